/* SPDX-License-Identifier: MIT
 *
 * A Proxmox VM, /etc/pve/qemu-server/N.conf.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm.h"

#define LINE_MAX_BYTES 4096u

/* "0000:00:02.0;0000:00:1f.3": the worst that is in it, and which one of how many that is. */
struct host {
	enum vm_host which;
	unsigned index, count;
	bool mdev;
};

static struct host host_of_list(char *list)
{
	struct host host = { VM_HOST_OTHER, 0, 0, false };

	for (char *p = strtok(list, "; "); p; p = strtok(NULL, "; "), host.count++) {
		enum vm_host one = vm_host_of(p);

		if (host.which == VM_HOST_IGD || one == VM_HOST_OTHER)
			continue;
		host.which = one;
		host.index = host.count;
	}
	return host;
}

static struct host host_of_line(const char *value)
{
	char text[256], mdev[8];
	struct host host;

	if (!vm_option(value, "host", text, sizeof(text)))
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(value, ","), value);
	host = host_of_list(text);
	host.mdev = vm_option(value, "mdev", mdev, sizeof(mdev));
	if (host.which == VM_HOST_IGD && host.mdev)
		host.which = VM_HOST_VIRTUAL;
	return host;
}

#define MODE "legacy IGD assignment "

/* What Proxmox refuses, in its words and its order: PVE/QemuServer/PCI.pm. */
static void refuse(struct vm *vm, const char *value, const struct host *host)
{
	bool q35 = vm->machine == IGDPT_MACHINE_Q35, legacy = vm_switch_of(value, "legacy-igd") == VM_ON;
	const struct {
		bool holds;
		const char *said, *fix;
	} rows[] = {
		{ vm->whole && !q35 && vm_switch_of(value, "pcie") == VM_ON, "q35 machine model is not enabled",
			"Remove pcie=1 from all devices, or take machine: q35 without legacy-igd" },
		{ legacy && vm->legacy_igd, "only one device can be assigned in legacy-igd mode",
			"Remove legacy-igd=1 from the other device" },
		{ legacy && vm->vga != VM_OFF, MODE "requires VGA mode to be 'none'", "Write vga: none" },
		{ legacy && vm_switch_of(value, "rombar") == VM_OFF, MODE "requires rombar to be enabled",
			"Remove rombar=0" },
		{ legacy && vm_switch_of(value, "x-vga") == VM_ON, MODE "is not compatible with x-vga",
			"Remove x-vga=1" },
		{ legacy && host->mdev, MODE "is not compatible with mdev", "Remove mdev=" },
		{ legacy && q35, MODE "is not compatible with q35",
			"Drop legacy-igd=1, or take i440fx and remove pcie=1 from all devices" },
		{ legacy && host->count > 1, MODE "is not compatible with multifunction devices",
			"Give the other functions a hostpci line of their own" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].holds)
			vm_refuse(vm, rows[i].said, rows[i].fix);
	}
}

/* Proxmox chooses slot 0x10 and others of pci.0, for hostpci4 and later pci.2, or a root port. */
static void place(struct vm *vm, const char *key, const char *value)
{
	if (vm->vga == VM_UNSET && vm_switch_of(value, "x-vga") == VM_ON)
		vm->vga = VM_OFF;
	if (vm_switch_of(value, "pcie") == VM_ON)
		vm_place(vm, 0, "a root port (pcie=1)");
	else
		vm_place(vm, 0x80, strtoul(key + 7, NULL, 10) < 4 ? "pci.0" : "pci.2");
	vm_igd_options(vm, value);
	if (vm_switch_of(value, "legacy-igd") != VM_ON)
		return;
	vm->legacy_igd = true;
	vm_place(vm, IGD_DEVFN, "");
}

/* hostpci0: 0000:00:02.0,legacy-igd=1,romfile=x */
static void take_hostpci(struct vm *vm, const char *key, const char *value)
{
	struct host host = host_of_line(value);
	unsigned long n = strtoul(key + 7, NULL, 10);
	char mapping[32];

	vm->hostpci |= n < 32 ? UINT32_C(1) << n : 0;
	refuse(vm, value, &host);
	vm->is_virtual |= host.which == VM_HOST_VIRTUAL;
	if (!*vm->maybe && vm_option(value, "mapping", mapping, sizeof(mapping))) {
		snprintf(vm->maybe, sizeof(vm->maybe), "%.16s names the mapping %s", key, mapping);
		vm->maybe_fix = "See in /etc/pve/mapping/pci.cfg whether it is 0000:00:02.0; then write that "
				"in its place in a copy of the file, for igdpt to read";
	}
	if (host.which != VM_HOST_IGD)
		return;
	vm_has_igd(vm);
	snprintf(vm->id, sizeof(vm->id), "%.40s", key);
	if (host.count > 1)
		snprintf(vm->id, sizeof(vm->id), "%.32s.%u", key, host.index);
	place(vm, key, value);
}

static void take_args(struct vm *vm, const char *key, const char *value)
{
	(void)key;
	vm_take_args(vm, value, strlen(value));
}

static void take_pair(struct vm *vm, const char *key, const char *value)
{
	static const struct {
		const char *key, *option;
	} pairs[] = { { "machine", "-M" }, { "cpu", "-cpu" }, { "memory", "-m" } };
	char text[256];

	snprintf(text, sizeof(text), "%s", value);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (strcmp(key, pairs[i].key) == 0)
			vm_take_pair(vm, pairs[i].option, text);
	}
}

static void take_bios(struct vm *vm, const char *key, const char *value)
{
	(void)key;
	vm->uefi = strcmp(value, "ovmf") == 0;
}

static void take_vga(struct vm *vm, const char *key, const char *value)
{
	(void)key;
	vm->vga = strncmp(value, "none", 4) == 0 ? VM_OFF : VM_ON;
	vm->serial = strncmp(value, "serial", 6) == 0;
}

static void take_meta(struct vm *vm, const char *key, const char *value)
{
	char created[32];

	(void)key;
	if (!vm->version && vm_option(value, "creation-qemu", created, sizeof(created)))
		vm->version = vm_version(created);
}

/* The passes: devices need the machine and vga, and "args" goes behind Proxmox's own arguments. */
#define PASSES 3u

static const struct {
	const char *key;
	unsigned pass;
	void (*take)(struct vm *vm, const char *key, const char *value);
} lines[] = {
	{ "machine", 0, take_pair }, { "vga", 0, take_vga }, { "bios", 0, take_bios },
	{ "cpu", 1, take_pair }, { "memory", 1, take_pair }, { "meta", 1, take_meta },
	{ "hostpci", 1, take_hostpci }, { "args", 2, take_args },
};

/* Keys are those of the table, with a number behind hostpci. */
static void take_line(struct vm *vm, unsigned pass, const char *key, const char *value)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		size_t n = strlen(lines[i].key);

		if (lines[i].pass == pass && strncmp(key, lines[i].key, n) == 0 &&
			!key[n + strspn(key + n, "0123456789")])
			lines[i].take(vm, key, value);
	}
}

static bool is_key(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	return n > 1 && !text[n];
}

/*
 * "key: value" up to the first section; comments hold the VM's description. Lines may stand behind
 * the blanks or "> " of a quotation.
 */
static void read_lines(struct vm *vm, const char *text, unsigned pass)
{
	for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		char line[LINE_MAX_BYTES], *colon, *value;

		p += strspn(p, " \t>");
		if (*p == '[')
			return;
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(p, "\r\n"), p);
		colon = strchr(line, ':');
		if (*line == '#' || !colon)
			continue;
		*colon = '\0';
		value = colon + 1 + strspn(colon + 1, " \t");
		vm->known |= is_key(line);
		vm->whole |= is_key(line) && strncmp(line, "hostpci", 7) != 0 && strcmp(line, "args") != 0;
		take_line(vm, pass, line, value);
	}
}

bool vm_from_pve(struct vm *vm, const char *text)
{
	uint32_t vga = VM_UNSET;

	vm->present = true;
	vm->kind = VM_PVE;
	for (unsigned pass = 0; pass < PASSES; pass++) {
		read_lines(vm, text, pass);
		vga = pass < 2 ? vm->vga : vga; /* Proxmox starts QEMU with -nodefaults */
	}
	vm->vga = vga;
	/* In legacy mode Proxmox refuses it before QEMU does. */
	if (vm->whole && vm->machine == IGDPT_MACHINE_I440FX && vga != VM_OFF && !vm->serial &&
		!vm->legacy_igd)
		vm_neighbour(vm, IGD_DEVFN, "the emulated VGA adapter (vga: none leaves it out)");
	return vm->igd;
}
