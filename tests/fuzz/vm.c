/* SPDX-License-Identifier: MIT
 *
 * A VM's configuration that may say anything: a QEMU command line, a Proxmox file, a libvirt
 * domain; the first byte says which. Text stays terminated and in its place, and the same text
 * says the same.
 */
#include "fuzz.h"

#include <stdlib.h>

#include "vm.h"

static bool terminated(const char *text, size_t room)
{
	return memchr(text, '\0', room) != NULL;
}

static bool parse(uint32_t kind, struct vm *vm, const char *text, size_t len)
{
	switch (kind) {
	case 0:
		return vm_from_args(vm, text, len);
	case 1:
		return vm_from_pve(vm, text);
	default:
		return vm_from_libvirt(vm, text);
	}
}

void fuzz_one(const uint8_t *data, size_t len)
{
	struct vm one = { 0 }, two = { 0 };
	char *text;
	bool has;

	if (!len)
		return;
	/* A command line has NULs and no end; the others are strings. */
	text = calloc(1, len);
	must(text);
	memcpy(text, data + 1, len - 1);
	has = parse(data[0] % 3, &one, text, len - (data[0] % 3 == 0));
	must(one.present && one.igd == has && one.kind == data[0] % 3u);
	must((!one.igd || one.known) && !one.refused == !one.refused_fix);
	must(terminated(one.maybe, sizeof(one.maybe)));
	must(terminated(one.bus, sizeof(one.bus)) && terminated(one.rom, sizeof(one.rom)));
	must(terminated(one.intruder, sizeof(one.intruder)) && terminated(one.id, sizeof(one.id)));
	must(one.legacy <= VM_OFF && one.opregion <= VM_OFF && one.lpc <= VM_OFF);
	must(one.x_vga <= VM_OFF && one.rombar <= VM_OFF && one.machine <= IGDPT_MACHINE_OTHER);
	must(!one.placed || one.devfn < 256);
	parse(data[0] % 3, &two, text, len - (data[0] % 3 == 0));
	must(memcmp(&one, &two, sizeof(one)) == 0);
	free(text);
}
