/* SPDX-License-Identifier: MIT
 *
 * A Proxmox VM, /etc/pve/qemu-server/N.conf.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm.h"

#define LINE_MAX_BYTES 4096u

/* "0000:00:02.0;0000:00:1f.3": the worst that is in it. */
static enum vm_host host_of_list(char *list)
{
	enum vm_host found = VM_HOST_OTHER;

	for (char *p = strtok(list, "; "); p; p = strtok(NULL, "; ")) {
		enum vm_host one = vm_host_of(p);

		if (one == VM_HOST_IGD)
			return one;
		found = one != VM_HOST_OTHER ? one : found;
	}
	return found;
}

static enum vm_host host_of_line(const char *value)
{
	char host[256], mdev[8];
	enum vm_host which;

	if (!vm_option(value, "host", host, sizeof(host)))
		snprintf(host, sizeof(host), "%.*s", (int)strcspn(value, ","), value);
	which = host_of_list(host);
	return which == VM_HOST_IGD && vm_option(value, "mdev", mdev, sizeof(mdev)) ? VM_HOST_VIRTUAL :
											which;
}

/* hostpci0: 0000:00:02.0,legacy-igd=1,romfile=x. Proxmox chooses slot 0x10, or a root port. */
static void take_hostpci(struct vm *vm, const char *key, const char *value)
{
	enum vm_host which = host_of_line(value);

	vm->pcie |= vm_switch_of(value, "pcie") == VM_ON;
	vm->is_virtual |= which == VM_HOST_VIRTUAL;
	if (which != VM_HOST_IGD)
		return;
	vm->igd = true;
	snprintf(vm->id, sizeof(vm->id), "%.40s", key);
	if (vm_switch_of(value, "pcie") == VM_ON)
		vm_place(vm, 0, "a root port (pcie=1)");
	else
		vm_place(vm, 0x80, "");
	vm_igd_options(vm, value);
	if (vm_switch_of(value, "legacy-igd") != VM_ON)
		return;
	vm->legacy_igd = true;
	vm_place(vm, 0x10, "");
}

static void take_line(struct vm *vm, const char *key, char *value)
{
	char pair[8];

	if (strcmp(key, "machine") == 0) {
		vm_take_pair(vm, "-M", value);
	} else if (strcmp(key, "bios") == 0) {
		vm->uefi = strcmp(value, "ovmf") == 0;
	} else if (strcmp(key, "vga") == 0) {
		vm->vga = strncmp(value, "none", 4) != 0;
	} else if (strncmp(key, "hostpci", 7) == 0) {
		take_hostpci(vm, key, value);
	} else if (strcmp(key, "cpu") == 0 || strcmp(key, "memory") == 0) {
		snprintf(pair, sizeof(pair), "-%s", *key == 'c' ? "cpu" : "m");
		vm_take_pair(vm, pair, value);
	} else if (strcmp(key, "meta") == 0 && !vm->version) {
		char created[32];

		if (vm_option(value, "creation-qemu", created, sizeof(created)))
			vm->version = vm_version(created);
	}
}

/* "key: value" up to the first section; comments hold the VM's description. */
static void read_lines(struct vm *vm, const char *text, bool args)
{
	for (const char *p = text; *p && *p != '['; p += strcspn(p, "\n"), p += *p == '\n') {
		char line[LINE_MAX_BYTES], *colon, *value;

		snprintf(line, sizeof(line), "%.*s", (int)strcspn(p, "\r\n"), p);
		colon = strchr(line, ':');
		if (*line == '#' || !colon)
			continue;
		*colon = '\0';
		value = colon + 1 + strspn(colon + 1, " \t");
		if (!args)
			take_line(vm, line, value);
		else if (strcmp(line, "args") == 0)
			vm_from_args(vm, value, strlen(value));
	}
}

bool vm_from_pve(struct vm *vm, const char *text)
{
	bool vga;

	vm->present = true;
	vm->vga = true;
	read_lines(vm, text, false);
	/* "args" goes behind Proxmox's own arguments. */
	vga = vm->vga;
	read_lines(vm, text, true);
	vm->vga = vga;
	return vm->igd;
}
