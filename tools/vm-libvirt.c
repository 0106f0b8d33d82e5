/* SPDX-License-Identifier: MIT
 *
 * A libvirt domain, `virsh dumpxml`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm.h"
#include "xml.h"

/* A PCI device of the domain while its element is open. */
struct element {
	bool hostdev, mdev;
	enum vm_host which;
	unsigned hostdevs; /* how many came before: libvirt names them hostdev0, hostdev1, ... */
	bool placed, on_root_bus;
	uint32_t devfn;
	char rom[256], rombar[8], alias[48], what[48];
};

struct reader {
	struct vm *vm;
	struct element e;
	char key[16]; /* the word of qemu:arg before this one */
	char device[48]; /* whose qemu:property this is */
	unsigned last; /* domain of several: the one with the IGD */
};

static bool number(const struct xml *x, const char *name, unsigned long *value)
{
	char text[24], *end;

	if (!xml_attribute(x, name, text, sizeof(text)))
		return false;
	*value = strtoul(text, &end, 0);
	return end != text && !*end;
}

static void take_source(struct reader *r, const struct xml *x)
{
	unsigned long domain = 0, bus = 0, slot = 0, function = 0;
	char text[32];

	number(x, "domain", &domain);
	number(x, "function", &function);
	if (!number(x, "bus", &bus) || !number(x, "slot", &slot) || bus > 0xff || slot > 31)
		return;
	snprintf(text, sizeof(text), "%04x:%02x:%02x.%x", (unsigned)(domain & 0xffff), (unsigned)bus,
		(unsigned)slot, (unsigned)(function & 7));
	r->e.which = vm_host_of(text);
}

static void take_address(struct reader *r, const struct xml *x)
{
	unsigned long bus = 0, slot = 0, function = 0;

	if (!number(x, "slot", &slot) || slot > 31)
		return;
	number(x, "bus", &bus);
	number(x, "function", &function);
	r->e.placed = true;
	r->e.on_root_bus = bus == 0;
	r->e.devfn = (uint32_t)(slot << 3 | (function & 7));
}

static void take_rom(struct reader *r, const struct xml *x)
{
	char file[256];

	if (xml_attribute(x, "file", file, sizeof(file)))
		snprintf(r->e.rom, sizeof(r->e.rom), "%s", file);
	xml_attribute(x, "bar", r->e.rombar, sizeof(r->e.rombar));
}

static void take_alias(struct reader *r, const struct xml *x)
{
	char name[48];

	if (xml_attribute(x, "name", name, sizeof(name)))
		snprintf(r->e.alias, sizeof(r->e.alias), "%s", name);
}

static void take_loader(struct reader *r, const struct xml *x)
{
	char text[256], type[16];

	xml_text(x, text, sizeof(text));
	xml_attribute(x, "type", type, sizeof(type));
	r->vm->uefi |= vm_is_uefi(text) || strcmp(type, "pflash") == 0;
}

static void take_os(struct reader *r, const struct xml *x)
{
	char text[64];

	r->vm->whole = true;
	if (xml_attribute(x, "firmware", text, sizeof(text)))
		r->vm->uefi = strcmp(text, "efi") == 0;
}

static void take_type(struct reader *r, const struct xml *x)
{
	char text[64];

	if (xml_attribute(x, "machine", text, sizeof(text)))
		vm_set_machine(r->vm, text);
}

static void take_memory(struct reader *r, const struct xml *x)
{
	static const char units[] = "bKMGT";
	char text[32], unit[8];
	const char *power;

	xml_text(x, text, sizeof(text));
	if (!xml_attribute(x, "unit", unit, sizeof(unit)))
		strcpy(unit, "KiB");
	power = *unit ? strchr(units, *unit) : NULL;
	r->vm->memory = strtoull(text, NULL, 10);
	if (!power || r->vm->memory > UINT64_C(1) << 40)
		r->vm->memory = 0;
	else
		r->vm->memory <<= 10 * (power - units);
}

static void take_physaddr(struct reader *r, const struct xml *x)
{
	unsigned long bits = 0;

	if (number(x, "limit", &bits) || number(x, "bits", &bits))
		r->vm->phys_bits = bits < 64 ? (uint32_t)bits : 0;
}

static void take_arg(struct reader *r, const struct xml *x)
{
	char value[1024];

	if (!xml_attribute(x, "value", value, sizeof(value)))
		return;
	vm_take_pair(r->vm, r->key, value);
	snprintf(r->key, sizeof(r->key), "%.15s", value);
}

static void take_override(struct reader *r, const struct xml *x)
{
	xml_attribute(x, "alias", r->device, sizeof(r->device));
}

static void take_property(struct reader *r, const struct xml *x)
{
	char name[64], value[256], list[330];

	if (*r->vm->id && strcmp(r->vm->id, r->device) != 0)
		return;
	xml_attribute(x, "name", name, sizeof(name));
	xml_attribute(x, "value", value, sizeof(value));
	snprintf(list, sizeof(list), "%s=%s", name, value);
	vm_igd_options(r->vm, list);
}

static const struct {
	const char *path;
	void (*take)(struct reader *r, const struct xml *x);
	bool late; /* needs to know which device is the IGD */
} tags[] = {
	{ "source/address", take_source, false },
	{ "hostdev/rom", take_rom, false },
	{ "hostdev/alias", take_alias, false },
	{ "os", take_os, false },
	{ "os/type", take_type, false },
	{ "os/loader", take_loader, false },
	{ "domain/memory", take_memory, false },
	{ "maxphysaddr", take_physaddr, false },
	{ "qemu:arg", take_arg, true },
	{ "qemu:override/qemu:device", take_override, true },
	{ "qemu:property", take_property, true },
};

static void end_hostdev(struct reader *r)
{
	struct vm *vm = r->vm;
	struct element *e = &r->e;

	vm->is_virtual |= e->mdev || e->which == VM_HOST_VIRTUAL;
	if (e->mdev)
		return;
	if (e->which != VM_HOST_IGD) {
		if (e->placed && e->on_root_bus)
			vm_neighbour(vm, e->devfn, "another hostdev");
		return;
	}
	vm_has_igd(vm);
	if (*e->alias)
		snprintf(vm->id, sizeof(vm->id), "%s", e->alias);
	else
		snprintf(vm->id, sizeof(vm->id), "hostdev%u", e->hostdevs);
	snprintf(vm->rom, sizeof(vm->rom), "%s", e->rom);
	if (*e->rombar)
		vm->rombar = strcmp(e->rombar, "off") == 0 ? VM_OFF : VM_ON;
	if (e->placed)
		vm_place(vm, e->devfn, e->on_root_bus ? "" : "a bridge or root port");
}

static void end_device(struct reader *r, const struct xml *x)
{
	if (r->e.hostdev)
		end_hostdev(r);
	else if (r->e.placed && r->e.on_root_bus)
		vm_neighbour(r->vm, r->e.devfn, x->path[x->depth - 1]);
}

static void begin_device(struct reader *r, const struct xml *x)
{
	unsigned hostdevs = r->e.hostdevs + r->e.hostdev;
	char type[16];

	r->e = (struct element){ .hostdevs = hostdevs, .hostdev = xml_is(x, "hostdev") };
	xml_attribute(x, "type", type, sizeof(type));
	r->e.mdev = strcmp(type, "mdev") == 0;
}

/* A child of <devices>, or a <hostdev> that was pasted alone. */
static bool is_device(const struct xml *x)
{
	return (x->depth >= 2 && x->depth <= XML_DEPTH &&
		       strcmp(x->path[x->depth - 2], "devices") == 0) ||
		(x->depth == 1 && xml_is(x, "hostdev"));
}

static bool is_place(const struct xml *x)
{
	return xml_is(x, "address") && !xml_is(x, "source/address") &&
		(xml_inside(x, "devices") || xml_inside(x, "hostdev"));
}

static void walk(struct reader *r, const char *text, bool late)
{
	unsigned domains = 0;
	struct xml x;

	xml_init(&x, text);
	while (xml_next(&x)) {
		bool device = !late && is_device(&x);

		r->vm->known |= xml_is(&x, "domain") || xml_is(&x, "devices") || xml_is(&x, "hostdev");
		if (device && x.open)
			begin_device(r, &x);
		for (size_t i = 0; x.open && i < sizeof(tags) / sizeof(tags[0]); i++) {
			if (tags[i].late == late && xml_is(&x, tags[i].path))
				tags[i].take(r, &x);
		}
		if (x.open && !late && is_place(&x))
			take_address(r, &x);
		if (device && (!x.open || x.empty))
			end_device(r, &x);
		/* A snapshot, or a list of domains, has more of them. */
		if (x.open || !xml_is(&x, "domain"))
			continue;
		domains++;
		if (late ? domains == r->last : r->vm->igd)
			break;
	}
	r->last = domains;
}

bool vm_from_libvirt(struct vm *vm, const char *text)
{
	struct reader r = { .vm = vm };

	vm->present = true;
	vm->kind = VM_LIBVIRT;
	vm->vga = VM_OFF; /* -nodefaults; what <video> makes has a place of its own */
	walk(&r, text, false);
	walk(&r, text, true);
	vm_check_bus(vm);
	return vm->igd;
}
