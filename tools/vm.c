/* SPDX-License-Identifier: MIT
 *
 * What the readers of VM configurations share.
 */
#include "vm.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool vm_option(const char *list, const char *key, char *value, size_t room)
{
	size_t len = strlen(key);

	for (const char *p = list; p; p = strchr(p, ',')) {
		p += *p == ',';
		if (strncmp(p, key, len) != 0 || p[len] != '=')
			continue;
		snprintf(value, room, "%.*s", (int)strcspn(p + len + 1, ","), p + len + 1);
		return true;
	}
	return false;
}

static bool is_on(const char *value)
{
	return !strcmp(value, "on") || !strcmp(value, "yes") || !strcmp(value, "true") ||
		!strcmp(value, "y") || !strcmp(value, "1");
}

uint32_t vm_switch_of(const char *list, const char *key)
{
	char value[16];

	if (!vm_option(list, key, value, sizeof(value)) || strcmp(value, "auto") == 0)
		return VM_UNSET;
	return is_on(value) ? VM_ON : VM_OFF;
}

static enum vm_host host_of_numbers(unsigned domain, unsigned bus, unsigned slot, unsigned function)
{
	if (domain || bus || slot != 2)
		return VM_HOST_OTHER;
	return function ? VM_HOST_VIRTUAL : VM_HOST_IGD;
}

enum vm_host vm_host_of(const char *text)
{
	const char *last = strrchr(text, '/');
	unsigned domain = 0, bus = 0, slot, function = 0;
	int end = 0;

	if (last && (strstr(text, "/0000:00:02.0/") || strstr(text, "/mdev/devices/")))
		return VM_HOST_VIRTUAL;
	text = last ? last + 1 : text;
	if (sscanf(text, "%4x:%2x:%2x%n.%1x%n", &domain, &bus, &slot, &end, &function, &end) >= 3 &&
		!text[end])
		return host_of_numbers(domain, bus, slot, function);
	domain = function = 0;
	if (sscanf(text, "%2x:%2x%n.%1x%n", &bus, &slot, &end, &function, &end) >= 2 && !text[end])
		return host_of_numbers(0, bus, slot, function);
	function = 0;
	if (sscanf(text, "%2x.%1x%n", &slot, &function, &end) == 2 && !text[end])
		return host_of_numbers(0, 0, slot, function);
	return VM_HOST_OTHER;
}

bool vm_devfn(const char *text, uint32_t *devfn)
{
	char *end;
	unsigned long slot = strtoul(text, &end, 16), function = 0;

	if (end == text || slot > 31)
		return false;
	if (*end == '.') {
		text = end + 1;
		function = strtoul(text, &end, 16);
		if (end == text || function > 7)
			return false;
	}
	*devfn = (uint32_t)(slot << 3 | function);
	return !*end;
}

/*
 * The root bus is pci.0 on i440fx and pcie.0 on q35. What Proxmox calls pci.0 on q35 is a bridge
 * behind another one: pve-q35-4.0.cfg.
 */
bool vm_is_root(const struct vm *vm, const char *bus)
{
	return !*bus || strcmp(bus, "pcie.0") == 0 ||
		(strcmp(bus, "pci.0") == 0 && vm->machine != IGDPT_MACHINE_Q35);
}

void vm_check_bus(struct vm *vm)
{
	if (vm->igd && vm->machine == IGDPT_MACHINE_Q35 && !vm->pci_0 && strcmp(vm->bus, "pci.0") == 0)
		vm_refuse(vm, "Bus 'pci.0' not found", "Write bus=pcie.0, the root bus of q35");
}

void vm_refuse(struct vm *vm, const char *said, const char *fix)
{
	if (vm->refused)
		return;
	vm->refused = said;
	vm->refused_fix = fix;
}

void vm_has_igd(struct vm *vm)
{
	/* A script may hold the command lines of several VMs. */
	if (vm->igd && vm->kind != VM_QEMU)
		vm_refuse(vm, "device is already attached",
			"Name 0000:00:02.0 once: as hostpci or <hostdev>, or in a -device of your own");
	vm->igd = true;
}

void vm_place(struct vm *vm, uint32_t devfn, const char *bus)
{
	vm->placed = true;
	vm->devfn = devfn;
	vm->on_root_bus = vm_is_root(vm, bus);
	snprintf(vm->bus, sizeof(vm->bus), "%s", vm->on_root_bus ? "" : bus);
}

void vm_neighbour(struct vm *vm, uint32_t devfn, const char *what)
{
	if (devfn == IGD_DEVFN)
		snprintf(vm->intruder, sizeof(vm->intruder), "%s", what);
}

uint32_t vm_version(const char *text)
{
	for (const char *p = text; *p; p++) {
		unsigned major, minor;

		if (!isdigit((unsigned char)*p) || (p != text && (isalnum((unsigned char)p[-1]) || p[-1] == '.')))
			continue;
		if (sscanf(p, "%3u.%3u", &major, &minor) == 2 && major < 256 && minor < 256)
			return major << 8 | minor;
	}
	return 0;
}

void vm_set_machine(struct vm *vm, const char *name)
{
	uint32_t version = vm_version(name);

	vm->machine = strstr(name, "q35") ? IGDPT_MACHINE_Q35 :
		strstr(name, "i440fx") || strncmp(name, "pc", 2) == 0 ? IGDPT_MACHINE_I440FX :
									 IGDPT_MACHINE_OTHER;
	if (version && !vm->exact)
		vm->version = version;
}

/* By the names that distributions give them. */
bool vm_is_uefi(const char *path)
{
	static const char *const names[] = { "ovmf", "OVMF", "edk2", "uefi", "UEFI", "efi.fd", "pflash" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strstr(path, names[i]))
			return true;
	}
	return false;
}

static void keep(uint32_t *value, const char *list, const char *key)
{
	uint32_t found = vm_switch_of(list, key);

	if (found != VM_UNSET)
		*value = found;
}

void vm_igd_options(struct vm *vm, const char *list)
{
	char value[64], bus[32] = "";
	uint32_t devfn;

	if (vm_option(list, "addr", value, sizeof(value)) && vm_devfn(value, &devfn)) {
		if (!vm_option(list, "bus", bus, sizeof(bus)))
			snprintf(bus, sizeof(bus), "%s", vm->bus);
		vm_place(vm, devfn, bus);
	} else if (vm_option(list, "bus", bus, sizeof(bus))) {
		bool placed = vm->placed;

		vm_place(vm, vm->devfn, bus);
		/* On a root port any place is 0; on the root bus the VMM chooses. */
		vm->placed = placed || !vm->on_root_bus;
	}
	vm_option(list, "romfile", vm->rom, sizeof(vm->rom));
	keep(&vm->legacy, list, "x-igd-legacy-mode");
	keep(&vm->opregion, list, "x-igd-opregion");
	keep(&vm->lpc, list, "x-igd-lpc");
	keep(&vm->x_vga, list, "x-vga");
	keep(&vm->rombar, list, "rombar");
	if (vm_option(list, "x-igd-gms", value, sizeof(value))) {
		vm->gms = (uint32_t)strtoul(value, NULL, 0);
		vm->gms_given = vm->gms != 0;
	}
	if (vm_option(list, "x-pci-class-code", value, sizeof(value)))
		vm->class_code = (uint32_t)strtoul(value, NULL, 0);
}
