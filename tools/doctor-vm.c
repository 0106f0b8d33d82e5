/* SPDX-License-Identifier: MIT
 *
 * Checks D25 to D30: the VM's configuration.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "doctor.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define GMS_UNIT (32 * MIB)
/* x-igd-gms: QEMU hw/vfio/igd.c. */
#define GMS_MAX_GEN6 0x10u
#define GMS_MAX 0x40u
#define GMS_SMALL_FIRST 0xf0u
#define GMS_SMALL_LAST 0xfeu
#define GMS_SMALL_UNIT (4 * MIB)
#define LPC_ADDRESS 0xf8u /* 0000:00:1f.0 */

/* True, with the line filled, if there is no VM with an IGD to judge. */
static bool no_vm(const struct facts *f, struct doctor_line *l)
{
	because(l, "configuration of the VM");
	if (!f->vm.present)
		say(l, DOCTOR_SKIP, "", "No VM was named (--qemu-args, --libvirt-xml, --pve-conf)");
	else if (!f->vm.igd && *f->vm.maybe)
		say(l, DOCTOR_SKIP, "", "%s, which may be the IGD (D25)", f->vm.maybe);
	else if (!f->vm.igd)
		say(l, DOCTOR_SKIP, "", "The VM has no vfio-pci device of host 00:02.0");
	return !f->vm.present || !f->vm.igd;
}

static const char *machine_name(const struct vm *vm)
{
	return vm->machine == IGDPT_MACHINE_Q35 ? "q35" :
		vm->machine != IGDPT_MACHINE_I440FX ? "another machine" :
		vm->whole ? "i440fx" : "i440fx by default (a piece of a configuration)";
}

static bool at_02(const struct vm *vm)
{
	return vm->placed && vm->on_root_bus && vm->devfn == IGD_ADDRESS;
}

static const char *guest_address(const struct vm *vm, char text[80])
{
	if (!vm->placed)
		return "an address that the VMM chooses";
	if (vm->on_root_bus)
		return short_name(vm->devfn, text);
	if (strncmp(vm->bus, "pci.", 4) == 0)
		snprintf(text, 80, "%02x.%x of %s behind a bridge", vm->devfn >> 3, vm->devfn & 7,
			vm->bus);
	else
		snprintf(text, 80, "%s", vm->bus);
	return text;
}

static bool gms_is_odd(const struct facts *f)
{
	uint32_t gms = f->vm.gms, gen = f->platform.gen;

	if (!f->vm.gms_given || !f->has_platform)
		return false;
	if (gen < 800 || (f->vm.exact && f->vm.version < QEMU_VERSION(9, 2)))
		return gms > GMS_MAX_GEN6;
	return gms > GMS_MAX && (gen < 900 || gms < GMS_SMALL_FIRST || gms > GMS_SMALL_LAST);
}

/* QEMU's fw_cfg_add_file_callback() ends it where a name is there already. */
static bool gives_twice(const struct vm *vm)
{
	return vm->exact && vm->version >= QEMU_VERSION(10, 1) ? vm->blobs && vm->opregion != VM_OFF :
		vm->own_opregion && vm->opregion == VM_ON;
}

/* What is wrong, superfluous or harmful in a VM's options, the worst first. */
static void lint(const struct facts *f, struct doctor_line *l)
{
	const struct vm *vm = &f->vm;
	bool display = f->goal == GOAL_DISPLAY, q35 = vm->machine == IGDPT_MACHINE_Q35;
	const struct {
		bool holds;
		uint32_t status;
		const char *said, *fix;
	} rows[] = {
		{ *vm->intruder && at_02(vm), DOCTOR_FAIL, "Another device of the VM is at 00:02.0 too",
			"Leave that device out, or give it another slot: mostly it is a root port, the emulated "
			"VGA adapter or a network card" },
		{ display && vm->opregion == VM_OFF, DOCTOR_FAIL,
			"x-igd-opregion=off: the guest gets no OpRegion", "Use x-igd-opregion=on" },
		{ gives_twice(vm), DOCTOR_FAIL,
			"fw_cfg files etc/igd-* by hand are those of QEMU again: it does not start, \"duplicate fw_cfg "
			"file name\"", "Leave the -fw_cfg out" },
		{ vm->lpc == VM_ON && q35, DOCTOR_FAIL,
			"x-igd-lpc=on is refused on q35, which has a bridge of its own at 1f.0",
			"Leave x-igd-lpc out, or use machine i440fx" },
		{ gms_is_odd(f), DOCTOR_FAIL, "x-igd-gms is outside what QEMU takes for this generation",
			"Leave x-igd-gms out: the guest then gets the host's size" },
		{ vm->vga != VM_OFF && !*vm->intruder && !vm->serial &&
				vm->machine == IGDPT_MACHINE_I440FX && at_02(vm),
			DOCTOR_WARN, "The emulated VGA adapter takes slot 2 on i440fx, where the IGD must be",
			"Use -vga none (Proxmox: vga: none; libvirt: <video><model type='none'/></video>)" },
		{ *vm->rom && vm->rombar == VM_OFF, DOCTOR_WARN,
			"rombar=0 hides the ROM that romfile= gives", "Remove rombar=0" },
		{ vm->blobs && vm->opregion != VM_OFF && !gives_twice(vm), DOCTOR_INFO,
			"fw_cfg files etc/igd-* by hand compete with those of QEMU 10.1 and later", "" },
		{ vm->x_vga == VM_ON && q35, DOCTOR_INFO,
			"x-vga=on brings VGA ranges, which a UEFI guest does not use", "" },
		{ !display && vm->opregion == VM_ON, DOCTOR_INFO,
			"Without a monitor the guest's driver does better with x-igd-opregion=off", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].holds)
			continue;
		if (rows[i].status > l->status)
			say(l, rows[i].status, rows[i].fix, "%s", rows[i].said);
		else
			note(l, "%s", rows[i].said);
	}
	if (*vm->intruder && (at_02(vm) || display))
		note(l, "00:02.0 has %s", vm->intruder);
}

static void say_refused(const struct facts *f, struct doctor_line *l)
{
	because(l, "configuration of the VM: %s", machine_name(&f->vm));
	say(l, DOCTOR_FAIL, f->vm.refused_fix, "The VM does not start: \"%s\"", f->vm.refused);
}

static void say_no_igd(const struct facts *f, struct doctor_line *l)
{
	static const char *const adding[] = {
		[VM_QEMU] = "Give the VM -device vfio-pci,host=0000:00:02.0,addr=02.0",
		[VM_PVE] = "Give the VM hostpci0: 0000:00:02.0",
		[VM_LIBVIRT] = "Give the VM a <hostdev> whose <source> is 0000:00:02.0",
	};
	bool display = f->goal == GOAL_DISPLAY;

	no_vm(f, l);
	if (!f->vm.present)
		return;
	if (*f->vm.maybe)
		say(l, DOCTOR_INFO, f->vm.maybe_fix, "%s", f->vm.maybe);
	else if (f->vm.is_virtual)
		say(l, display ? DOCTOR_FAIL : DOCTOR_INFO,
			display ? "Assign 0000:00:02.0 itself for a monitor; a virtual function is for computing" : "",
			"The VM has a virtual function or mediated device: no OpRegion, no outputs, by design");
	else
		say(l, DOCTOR_WARN, adding[f->vm.kind], "The VM has no vfio-pci device of host 00:02.0");
}

/* How the VM puts the IGD at 00:02.0, in the language of its configuration. */
static const char *placing(const struct vm *vm, char text[256])
{
	bool q35 = vm->machine == IGDPT_MACHINE_Q35;

	/* Without an id it came by -device, wherever that was written. */
	if (vm->kind == VM_QEMU || !*vm->id)
		return q35 ? "Write bus=pcie.0,addr=02.0, the root bus, in its -device, and move what is there" :
			     "Write bus=pci.0,addr=02.0, the root bus, in its -device, and move what is there";
	if (vm->kind == VM_LIBVIRT)
		return "Give its <hostdev> <address type='pci' domain='0x0000' bus='0x00' slot='0x02' "
		       "function='0x0'/>, and move what is there";
	if (q35)
		return "Write args: -set device.hostpci0.bus=pcie.0 -set device.hostpci0.addr=02.0, "
		       "with the number of its hostpci line";
	snprintf(text, 256, "Write legacy-igd=1 behind its hostpci line, and vga: none%s%s%s",
		vm->x_vga == VM_ON ? "; remove x-vga=1" : "", vm->rombar == VM_OFF ? "; remove rombar=0" : "",
		strchr(vm->id, '.') ? "; give the other functions a hostpci line of their own" : "");
	return text;
}

/* Linux drives the IGD at any address; who else looks at 00:02.0 only, a computing guest can spare. */
static void say_elsewhere(const struct facts *f, struct doctor_line *l, const char *address)
{
	char fix[256];

	if (f->goal == GOAL_DISPLAY)
		say(l, DOCTOR_FAIL, placing(&f->vm, fix),
			"The IGD is at %s in the guest; stolen memory, VBIOS and Windows drivers need 00:02.0",
			address);
	else
		say(l, DOCTOR_INFO, "", "The IGD is at %s in the guest: Linux needs no more, but stolen memory "
			"and a monitor do", address);
}

void check_vm(const struct facts *f, struct doctor_line *l)
{
	char text[80];

	if (!f->vm.present || !f->vm.igd) {
		say_no_igd(f, l);
		return;
	}
	if (f->vm.refused && !f->vm.legacy_igd) {
		say_refused(f, l);
		return;
	}
	because(l, "configuration of the VM: the IGD at %s, %s", guest_address(&f->vm, text),
		machine_name(&f->vm));
	if (at_02(&f->vm))
		say(l, DOCTOR_PASS, "", "The IGD is at 00:02.0 in the guest");
	else
		say_elsewhere(f, l, guest_address(&f->vm, text));
	lint(f, l);
}

static uint32_t legacy_flags(const struct facts *f)
{
	static const uint32_t regions[][2] = {
		{ IGDPT_HOST_REGION_OPREGION, IGDPT_LEGACY_NO_OPREGION },
		{ IGDPT_HOST_REGION_HOST_BRIDGE, IGDPT_LEGACY_NO_HOST },
		{ IGDPT_HOST_REGION_LPC, IGDPT_LEGACY_NO_LPC },
		{ IGDPT_HOST_REGION_VGA, IGDPT_LEGACY_NO_VGA },
		{ IGDPT_HOST_REGION_ROM, IGDPT_LEGACY_NO_ROM },
	};
	uint32_t flags = f->vm.x_vga == VM_ON ? IGDPT_LEGACY_X_VGA : 0;

	for (size_t i = 0; f->has_regions && i < 5; i++)
		flags |= f->regions.flags & regions[i][0] ? 0 : regions[i][1];
	if (*f->vm.rom)
		flags &= ~(uint32_t)IGDPT_LEGACY_NO_ROM;
	else if (f->vm.rombar == VM_OFF)
		flags |= IGDPT_LEGACY_NO_ROM;
	return flags | (at_02(&f->vm) ? 0 : IGDPT_LEGACY_NOT_02_0);
}

static void keep_first(void *user, const struct igdpt_finding *finding)
{
	struct igdpt_finding *first = user;

	if (!first->id)
		*first = *finding;
}

/* Whether legacy mode works, an igdpt_legacy_answer, and what is first in its way. */
static int legacy_answer(const struct facts *f, uint32_t version, struct igdpt_finding *why)
{
	struct igdpt_legacy_opts opts = { .size = sizeof(opts), .flags = legacy_flags(f),
		.machine = f->vm.machine, .class_code = f->device.class_code, .ggc = f->ggc,
		.slot_1f = f->vm.lpc_bridge ? IGDPT_SLOT_1F_LPC : IGDPT_SLOT_1F_FREE,
		.platform = f->has_platform ? &f->platform : NULL };

	return igdpt_legacy_check(&opts, version, keep_first, why);
}

/* One version of QEMU: an igdpt_legacy_answer, and a note on it. */
static int judge_version(const struct facts *f, struct doctor_line *l, uint32_t version)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	int answer = legacy_answer(f, version, &why);
	char text[160] = "possible";

	if (why.id)
		igdpt_finding_format(&why, text, sizeof(text));
	note(l, "QEMU %u.%u%s: %s", version >> 8, version & 0xff, f->vm.exact ? "" :
		version < QEMU_VERSION(9, 2) ? " and before" : version > QEMU_VERSION(9, 2) ? " and later" : "", text);
	return answer;
}

/*
 * Legacy mode was asked for: what each set of rules says of it. The last one decides. Proxmox's
 * legacy-igd=1 asks for no more than a try: from QEMU 10.0 on a failed one leaves all else as it is.
 */
static void judge_legacy(const struct facts *f, struct doctor_line *l)
{
	static const uint32_t versions[] = { QEMU_VERSION(9, 1), QEMU_VERSION(9, 2), QEMU_VERSION(10, 1) };
	int answer = IGDPT_LEGACY_UNKNOWN;

	if (f->vm.exact) {
		answer = judge_version(f, l, f->vm.version);
	} else {
		for (size_t i = 0; i < 3; i++) {
			if (versions[i] >= f->vm.version || i == 2)
				answer = judge_version(f, l, versions[i]);
		}
	}
	if (answer == IGDPT_LEGACY_IMPOSSIBLE && f->vm.legacy != VM_ON && f->vm.version >= QEMU_VERSION(10, 0))
		say(l, DOCTOR_PASS, "", "QEMU will not use legacy mode, and do without");
	else if (answer == IGDPT_LEGACY_IMPOSSIBLE && f->vm.legacy != VM_ON && f->vm.opregion == VM_ON)
		say(l, DOCTOR_PASS, "", "QEMU will not use legacy mode; x-igd-opregion=on does without");
	else if (answer == IGDPT_LEGACY_IMPOSSIBLE && f->vm.legacy != VM_ON)
		say(l, DOCTOR_WARN, "Take QEMU 10.1 or later, which does the rest without legacy mode",
			"Legacy mode is for generation 6 to 9: up to QEMU 9.2 the guest gets no OpRegion when "
			"it is refused");
	else if (answer == IGDPT_LEGACY_IMPOSSIBLE)
		say(l, DOCTOR_FAIL, "Drop x-igd-legacy-mode; use a UEFI ROM and x-igd-opregion=on",
			"Legacy mode is for generation 6 to 9 on i440fx, and this is generation %u on %s: "
			"QEMU refuses it",
			f->platform.gen / 100, machine_name(&f->vm));
	else
		say(l, DOCTOR_PASS, "", "Legacy mode is possible");
}

/*
 * QEMU tries legacy mode by itself, and up to 10.0 only that gives an OpRegion nobody asked for. What
 * an unknown version knows of a device is not told.
 */
static bool may_be_legacy(const struct facts *f)
{
	const struct vm *vm = &f->vm;
	struct igdpt_finding why = { .size = sizeof(why) };
	uint32_t gen = f->platform.gen;

	if (vm->machine != IGDPT_MACHINE_I440FX || vm->legacy == VM_OFF || !at_02(vm))
		return false;
	if (vm->exact && f->has_platform)
		return legacy_answer(f, vm->version, &why) > IGDPT_LEGACY_IMPOSSIBLE;
	return !f->has_platform || (gen >= 600 && gen < 1000);
}

/* In legacy mode QEMU up to 9.1 shows no stolen memory that x-igd-gms does not ask for. */
static bool loses_stolen(const struct facts *f)
{
	return f->vm.exact && f->vm.version < QEMU_VERSION(9, 2) && !f->vm.gms_given && may_be_legacy(f);
}

/*
 * What hangs on the version of QEMU: notes, as long as it is not known, unless what nearly all need
 * hangs on it.
 */
static void judge_options(const struct facts *f, struct doctor_line *l)
{
	const struct vm *vm = &f->vm;
	bool other_class = f->has_device && f->device.class_code >> 8 != 0x0300;
	const struct {
		bool used;
		uint32_t from, until, status; /* the first version, and the first that is fine again */
		const char *said, *fix;
		bool decides;
	} rows[] = {
		{ vm->lpc != VM_UNSET, 0, QEMU_VERSION(10, 0), DOCTOR_FAIL, "x-igd-lpc is not known before 10.0",
			"Leave x-igd-lpc out, or take QEMU 10.1", false },
		{ vm->legacy != VM_UNSET, 0, QEMU_VERSION(10, 0), DOCTOR_FAIL,
			"x-igd-legacy-mode is not known before 10.0",
			"Leave x-igd-legacy-mode out, or take QEMU 10.1", false },
		{ vm->class_code != 0, 0, QEMU_VERSION(10, 1), DOCTOR_FAIL,
			"x-pci-class-code is not known before 10.1", "Leave it out, or take QEMU 10.1", false },
		{ other_class, 0, QEMU_VERSION(10, 0), DOCTOR_FAIL,
			"A device of another class than 0300 gets no OpRegion before 10.0",
			"Set Primary Display = IGD in the firmware setup, or take QEMU 10.1", false },
		{ f->has_platform && f->platform.bdsm == IGDPT_BDSM_NONE, 0, QEMU_VERSION(10, 1), DOCTOR_WARN,
			"Meteor Lake and later are not known before 10.1", "Take QEMU 10.1 or later", false },
		{ f->goal == GOAL_DISPLAY && vm->opregion == VM_UNSET && vm->legacy != VM_ON &&
			!may_be_legacy(f),
			0, QEMU_VERSION(10, 1), DOCTOR_WARN, "x-igd-opregion is off by default before 10.1",
			"Write x-igd-opregion=on (Proxmox: args: -set device.hostpci0.x-igd-opregion=on; libvirt: "
			"in a <qemu:override>), or name a QEMU that needs no such word: --qemu 10.1", true },
		{ vm->gms_given, QEMU_VERSION(9, 2), QEMU_VERSION(10, 0), DOCTOR_WARN, "x-igd-gms has no effect in 9.2",
			"Take QEMU 10.0 or later, or set DVMT Pre-Allocated in the firmware setup", false },
		{ loses_stolen(f), 0, QEMU_VERSION(9, 2), DOCTOR_WARN, "Legacy mode before 9.2 shows the guest no "
			"stolen memory, with which Windows drivers fail", "Write x-igd-gms=1 (32 MiB) or 2", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].used || vm->version >= rows[i].until || (vm->exact && vm->version < rows[i].from))
			continue;
		if (vm->exact && rows[i].status > l->status)
			say(l, rows[i].status, rows[i].fix, "QEMU %u.%u: %s", vm->version >> 8,
				vm->version & 0xff, rows[i].said);
		else if (rows[i].decides && rows[i].status > l->status)
			say(l, rows[i].status, rows[i].fix, "QEMU: %s", rows[i].said);
		else
			note(l, "QEMU: %s", rows[i].said);
	}
}

void check_legacy(const struct facts *f, struct doctor_line *l)
{
	const struct vm *vm = &f->vm;
	bool asked = vm->legacy == VM_ON || (vm->legacy_igd && vm->legacy != VM_OFF);
	char version[24] = "unknown";

	if (no_vm(f, l))
		return;
	if (vm->version)
		snprintf(version, sizeof(version), "%s%u.%u", vm->exact ? "" : "at least ",
			vm->version >> 8, vm->version & 0xff);
	because(l, "configuration of the VM: %s, QEMU %s; generation %u", machine_name(vm), version,
		f->platform.gen / 100);
	if (vm->refused && vm->legacy_igd)
		say_refused(f, l);
	else if (asked && vm->machine == IGDPT_MACHINE_Q35)
		say(l, DOCTOR_FAIL, "Drop legacy mode, or take i440fx",
			"Legacy mode is not compatible with q35");
	else if (asked && f->has_platform)
		judge_legacy(f, l);
	else
		say(l, DOCTOR_PASS, "", asked ? "Legacy mode is asked for" : may_be_legacy(f) ?
				"Legacy mode is not asked for; QEMU tries it by itself" :
				"Legacy mode is not asked for");
	judge_options(f, l);
}

/* How to name the ROM that the configuration names. Proxmox keeps them in one folder. */
static const char *rom_option(const struct facts *f, char text[320])
{
	bool name = f->vm.kind == VM_PVE && !strchr(f->vm.rom, '/');

	if (strchr(f->vm.rom, '$'))
		return "Name it: --rom FILE";
	snprintf(text, 320, "Name it: --rom %s%s", name ? "/usr/share/kvm/" : "", f->vm.rom);
	return text;
}

/* igdpt_rom_driver bits; what is compressed, or no ROM (D28), may hold the one that is needed. */
static uint32_t rom_drivers(const struct facts *f)
{
	struct igdpt_rom_image image = { .size = sizeof(image) };
	uint32_t drivers = 0, images = 0;

	for (; f->rom && igdpt_rom_next(f->rom, f->rom_len, &image, NULL) > 0; images++)
		drivers |= image.flags & IGDPT_ROM_COMPRESSED ? IGDPT_ROM_IGD_ASSIGNMENT : image.drivers;
	return images ? drivers : IGDPT_ROM_IGD_ASSIGNMENT;
}

void check_firmware(const struct facts *f, struct doctor_line *l)
{
	bool idle = f->rom && !(rom_drivers(f) & IGDPT_ROM_IGD_ASSIGNMENT);
	bool vga_class = f->device.class_code >> 8 == 0x0300 || f->vm.class_code >> 8 == 0x0300;
	char fix[320];

	if (no_vm(f, l))
		return;
	because(l, "configuration of the VM: %s, romfile %s", f->vm.uefi ? "UEFI" :
		f->vm.whole ? "SeaBIOS" : "SeaBIOS by default (a piece of a configuration)",
		*f->vm.rom ? f->vm.rom : "none");
	if (f->vm.uefi && (!*f->vm.rom || idle) && f->goal != GOAL_DISPLAY)
		say(l, DOCTOR_INFO, "", "Stock OVMF programs no ASLS and no BDSM: enough without a monitor");
	else if (f->vm.uefi && !*f->vm.rom)
		say(l, DOCTOR_FAIL, "Add romfile= with IgdAssignmentDxe, or let the VMM place the OpRegion",
			"Nothing in this guest will program ASLS: stock OVMF does not");
	else if (f->vm.uefi && idle)
		say(l, DOCTOR_FAIL, "Take a ROM with IgdAssignmentDxe, or let the VMM place the OpRegion",
			"Nothing in this guest will program ASLS: stock OVMF does not, and the ROM holds no "
			"IgdAssignmentDxe");
	else if (!f->vm.uefi && f->has_device && !vga_class)
		say(l, DOCTOR_FAIL, "Set Primary Display = IGD, or use x-pci-class-code=0x030000",
			"SeaBIOS ignores a device of class %04x", f->device.class_code >> 8);
	else if (!f->vm.uefi && f->has_platform && f->platform.bdsm == IGDPT_BDSM_CFG_C0)
		say(l, DOCTOR_WARN, "Use UEFI with a ROM that holds IgdAssignmentDxe",
			"SeaBIOS sets BDSM at 0x5C only; this platform has it at 0xC0");
	else if (f->vm.uefi && !f->rom)
		say(l, DOCTOR_INFO, rom_option(f, fix), "UEFI with a ROM that was not read: stock OVMF "
			"programs no ASLS, so the ROM must hold IgdAssignmentDxe");
	else
		say(l, DOCTOR_PASS, "", f->vm.uefi ? "UEFI, with a ROM that may program ASLS" :
						     "SeaBIOS programs ASLS");
}

void check_rom(const struct facts *f, struct doctor_line *l)
{
	struct igdpt_finding worst = { .size = sizeof(worst) };

	if (!f->rom) {
		say(l, DOCTOR_SKIP, "", "No ROM was named (--rom)");
		return;
	}
	because(l, "--rom: %zu bytes", f->rom_len);
	igdpt_rom_check(f->rom, f->rom_len, f->device.device, keep_worst, &worst);
	judge_finding(l, &worst, "The ROM is in order. Pass it with romfile=; never flash it");
}

/* The guest sees the host's LPC id only where QEMU copies it. */
void check_bridge_ids(const struct facts *f, struct doctor_line *l)
{
	struct igdpt_host_device lpc = { .size = sizeof(lpc) };
	bool copied = f->vm.lpc == VM_ON || f->vm.legacy == VM_ON || f->vm.lpc_bridge;

	if (no_vm(f, l))
		return;
	igdpt_host_get_device(f->root, LPC_ADDRESS, &lpc);
	because(l, "00:1f.0 is 8086:%04x on the host, %s in the guest", lpc.device, copied ? "the same" :
		f->vm.machine == IGDPT_MACHINE_Q35 ? "8086:2918" : "missing");
	if (copied || !*f->vm.rom)
		say(l, DOCTOR_PASS, "", "No LPC id is needed, or it is copied");
	else if (rom_drivers(f) & IGDPT_ROM_INTEL_GOP && f->goal == GOAL_DISPLAY)
		say(l, DOCTOR_WARN, "Only for a picture before the OS runs: machine i440fx with x-igd-lpc=on",
			"Intel's GOP driver in the ROM declines without the host's LPC id at 1f.0");
	else
		say(l, DOCTOR_INFO, "", "Intel's GOP driver would find an unknown LPC id: there may be no "
			"picture before the OS runs");
}

/* RAM below 4 GiB: QEMU hw/i386/pc_piix.c, pc_q35.c. */
static uint64_t low_ram(const struct vm *vm)
{
	bool q35 = vm->machine == IGDPT_MACHINE_Q35;
	uint64_t most = q35 ? 0xb0000000 : 0xe0000000;

	if (!vm->memory)
		return 2 * GIB;
	if (vm->memory >= most)
		most = q35 ? 2 * GIB : 3 * GIB;
	return vm->memory < most ? vm->memory : most;
}

static uint64_t guest_stolen(const struct facts *f)
{
	if (!f->vm.gms_given)
		return f->has_stolen && !loses_stolen(f) ? f->stolen.dsm_bytes : 0;
	if (f->platform.gen >= 900 && f->vm.gms >= GMS_SMALL_FIRST)
		return (f->vm.gms - GMS_SMALL_FIRST + 1) * GMS_SMALL_UNIT;
	return f->vm.gms * GMS_UNIT;
}

void check_room(const struct facts *f, struct doctor_line *l)
{
	struct igdpt_plan_opts opts = { .size = sizeof(opts), .firmware = IGDPT_FIRMWARE_UEFI,
		.ggc = f->ggc, .low_end = low_ram(&f->vm), .dsm_bytes = guest_stolen(f),
		.dsm_policy = IGDPT_PLAN_DSM_RELOCATE,
		.opregion_bytes = f->opregion_len > 0x2000 ? f->opregion_len : 0x2000,
		.platform = f->has_platform ? &f->platform : NULL };
	struct igdpt_plan_result plan = { .size = sizeof(plan) };
	struct igdpt_finding why = { .size = sizeof(why) };
	char text[160] = "it does not fit";

	if (no_vm(f, l))
		return;
	if (gms_is_odd(f)) {
		say(l, DOCTOR_SKIP, "", "x-igd-gms comes first (D25)");
		return;
	}
	if (!f->has_stolen && !f->vm.gms_given &&
		!(f->has_platform && f->platform.bdsm == IGDPT_BDSM_NONE)) {
		say(l, DOCTOR_SKIP, "", "Nothing tells how much stolen memory the guest sees");
		return;
	}
	because(l, "configuration of the VM: %" PRIu64 " MiB of RAM below 4 GiB, x-igd-gms 0x%x; GGC 0x%x",
		opts.low_end / MIB, f->vm.gms, f->ggc);
	if (igdpt_plan_make(&opts, &plan, &why) == 0) {
		say(l, DOCTOR_PASS, "", "%" PRIu64 " MiB of stolen memory and the OpRegion fit below 4 GiB",
			opts.dsm_bytes / MIB);
		return;
	}
	if (why.id)
		igdpt_finding_format(&why, text, sizeof(text));
	say(l, DOCTOR_FAIL, "Take a smaller x-igd-gms or DVMT Pre-Allocated, e.g. 64 MiB, or more RAM",
		"%" PRIu64 " MiB of stolen memory do not fit below 4 GiB: %s", opts.dsm_bytes / MIB, text);
}
