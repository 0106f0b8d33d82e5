/* SPDX-License-Identifier: MIT
 *
 * Checks D25 to D35: the VM's configuration, the inside of a guest, logs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../lib/bytes.h"
#include "doctor.h"

#define MIB (UINT64_C(1) << 20)
#define GMS_UNIT (32 * MIB)
/* q35 and i440fx keep this much below 4 GiB for RAM at most; half of it is left to a guest OS. */
#define STOLEN_MAX (UINT64_C(1) << 30)

/* True, with the line filled, if there is no VM with an IGD to judge. */
static bool no_vm(const struct facts *f, struct doctor_line *l)
{
	because(l, "configuration of the VM");
	if (!f->vm.present)
		say(l, DOCTOR_SKIP, "", "No VM was named (--qemu-args, --libvirt-xml, --pve-conf)");
	else if (!f->vm.igd)
		say(l, DOCTOR_SKIP, "", "The VM has no vfio-pci device of host 00:02.0");
	return !f->vm.present || !f->vm.igd;
}

static bool at_02(const char *address)
{
	return !strcmp(address, "02.0") || !strcmp(address, "2.0") || !strcmp(address, "0x2") ||
		!strcmp(address, "2") || !strcmp(address, "02") || !strcmp(address, "0x02") ||
		!strcmp(address, "0x2.0x0");
}

void check_vm(const struct facts *f, struct doctor_line *l)
{
	if (!f->vm.present || !f->vm.igd) {
		no_vm(f, l);
		if (f->vm.present)
			l->status = DOCTOR_WARN;
		return;
	}
	because(l, "configuration of the VM: address %s, %s", *f->vm.address ? f->vm.address : "not set",
		f->vm.q35 ? "q35" : "i440fx");
	if (!at_02(f->vm.address))
		say(l, DOCTOR_FAIL, "Give it addr=02.0 on the root bus, and move what is there",
			"The IGD is at %s in the guest; firmware and drivers look at 00:02.0 only",
			*f->vm.address ? f->vm.address : "an address that the VMM chooses");
	else if (f->goal != GOAL_DISPLAY && f->vm.opregion == VM_ON)
		say(l, DOCTOR_INFO, "", "Without a monitor the guest's driver does better without OpRegion: "
			"x-igd-opregion=off");
	else if (f->goal == GOAL_DISPLAY && f->vm.opregion == VM_OFF)
		say(l, DOCTOR_FAIL, "Use x-igd-opregion=on", "x-igd-opregion=off: the guest gets no OpRegion");
	else
		say(l, DOCTOR_PASS, "", "The IGD is at 00:02.0 in the guest");
}

void check_legacy(const struct facts *f, struct doctor_line *l)
{
	uint32_t gen = f->platform.gen;

	if (no_vm(f, l))
		return;
	because(l, "configuration of the VM: %s; generation %u", f->vm.q35 ? "q35" : "i440fx", gen / 100);
	if (f->vm.legacy != VM_ON)
		say(l, DOCTOR_PASS, "", "Legacy mode is not asked for");
	else if (f->vm.q35 || f->vm.pcie)
		say(l, DOCTOR_FAIL, "Drop legacy mode, or take i440fx and remove pcie=1 from all devices",
			"Legacy mode is not compatible with q35");
	else if (f->has_platform && (gen < 600 || gen >= 1000))
		say(l, DOCTOR_FAIL, "Drop x-igd-legacy-mode; use a UEFI ROM and x-igd-opregion=on",
			"Legacy mode is for generation 6 to 9, and this is %u: QEMU 9.2 refuses it, 10.1 "
			"does not offer it", gen / 100);
	else
		say(l, DOCTOR_PASS, "", "Legacy mode is possible");
}

void check_firmware(const struct facts *f, struct doctor_line *l)
{
	if (no_vm(f, l))
		return;
	because(l, "configuration of the VM: %s, romfile %s", f->vm.ovmf ? "UEFI" : "SeaBIOS",
		*f->vm.rom ? f->vm.rom : "none");
	if (f->vm.ovmf && !*f->vm.rom)
		say(l, f->goal == GOAL_DISPLAY ? DOCTOR_FAIL : DOCTOR_WARN,
			"Add romfile= with IgdAssignmentDxe, or let the VMM place the OpRegion",
			"Nothing in this guest will program ASLS: stock OVMF does not");
	else if (!f->vm.ovmf && f->has_device && f->device.class_code >> 8 != 0x0300)
		say(l, DOCTOR_FAIL, "Set Primary Display = IGD, or use x-pci-class-code=0x030000",
			"SeaBIOS ignores a device of class %04x", f->device.class_code >> 8);
	else if (!f->vm.ovmf && f->has_platform && f->platform.bdsm == IGDPT_BDSM_CFG_C0)
		say(l, DOCTOR_WARN, "Use UEFI with a ROM that holds IgdAssignmentDxe",
			"SeaBIOS sets BDSM at 0x5C only; this platform has it at 0xC0");
	else
		say(l, DOCTOR_PASS, "", f->vm.ovmf ? "UEFI, with a ROM that can program ASLS" :
						     "SeaBIOS programs ASLS");
}

struct rom_verdict {
	struct igdpt_finding worst;
};

static void take_rom(void *user, const struct igdpt_finding *finding)
{
	struct rom_verdict *v = user;

	if (finding->severity > v->worst.severity)
		v->worst = *finding;
}

void check_rom(const struct facts *f, struct doctor_line *l)
{
	struct rom_verdict v = { .worst = { .size = sizeof(v.worst) } };
	struct igdpt_finding_info info = { .size = sizeof(info) };
	char text[200];

	if (!f->rom) {
		say(l, DOCTOR_SKIP, "", "No ROM was named (--rom)");
		return;
	}
	because(l, "--rom: %zu bytes", f->rom_len);
	igdpt_rom_check(f->rom, f->rom_len, f->device.device, take_rom, &v);
	if (v.worst.severity < IGDPT_SEV_WARNING || igdpt_finding_describe(v.worst.id, &info) < 0) {
		say(l, DOCTOR_PASS, "", "The ROM is in order. Pass it with romfile=; never flash it");
		return;
	}
	igdpt_finding_format(&v.worst, text, sizeof(text));
	say(l, v.worst.severity == IGDPT_SEV_ERROR ? DOCTOR_FAIL : DOCTOR_WARN, info.remedy, "%s", text);
}

void check_bridge_ids(const struct facts *f, struct doctor_line *l)
{
	if (no_vm(f, l))
		return;
	if (f->vm.q35 && *f->vm.rom && f->vm.lpc != VM_ON)
		say(l, DOCTOR_INFO, "", "On q35 Intel's GOP driver finds an unknown LPC id: there may be no "
			"picture before the OS runs");
	else
		say(l, DOCTOR_PASS, "", "No LPC id is needed, or it is copied");
}

void check_room(const struct facts *f, struct doctor_line *l)
{
	uint64_t bytes = f->has_stolen ? f->stolen.dsm_bytes : 0;

	if (no_vm(f, l))
		return;
	if (f->vm.gms)
		bytes = f->vm.gms * GMS_UNIT;
	because(l, "configuration of the VM: x-igd-gms 0x%x; GGC 0x%x", f->vm.gms, f->ggc);
	if (bytes >= STOLEN_MAX)
		say(l, DOCTOR_FAIL, "Take x-igd-gms=0x2 (64 MiB) or less DVMT Pre-Allocated",
			"%" PRIu64 " MiB of stolen memory do not fit below 4 GiB", bytes / MIB);
	else
		say(l, DOCTOR_PASS, "", "%" PRIu64 " MiB of stolen memory fit below 4 GiB", bytes / MIB);
}

static bool guest_reserved(const struct facts *f, uint64_t address, char name[64])
{
	char inner[64];

	if (!iomem_at(f, address, name, inner, 64))
		strcpy(name, "nothing");
	return strcmp(name, "System RAM") != 0;
}

void check_guest_asls(const struct facts *f, struct doctor_line *l)
{
	uint32_t asls;
	char name[64];

	if (f->config_len < 0x100) {
		say(l, DOCTOR_SKIP, "", "ASLS cannot be read without root");
		return;
	}
	asls = get_le32(f->config + 0xfc);
	because(l, "config space at 0xfc: 0x%08x", asls);
	if (!asls || asls == UINT32_MAX)
		say(l, DOCTOR_FAIL, "Use SeaBIOS (class 0300) or a ROM with IgdAssignmentDxe, or let the VMM "
			"place the OpRegion",
			"ASLS is 0: no firmware in this guest consumed etc/igd-opregion");
	else if (!guest_reserved(f, asls, name))
		say(l, DOCTOR_FAIL, "The firmware must reserve it: ACPI NVS or Reserved",
			"ASLS 0x%08x points into RAM that the guest uses", asls);
	else if (f->source && !f->has_op)
		say(l, DOCTOR_FAIL, "A host address may have reached the guest; compare with the host",
			"There is no OpRegion at ASLS 0x%08x", asls);
	else
		say(l, DOCTOR_PASS, "", "The OpRegion is at 0x%08x (%s)%s", asls, name,
			f->source ? "" : "; its bytes cannot be read");
}

void check_guest_bdsm(const struct facts *f, struct doctor_line *l)
{
	char name[64];

	because(l, "config space: BDSM 0x%" PRIx64 ", GGC 0x%x", f->bdsm, f->ggc);
	if (f->platform.bdsm == IGDPT_BDSM_NONE || f->config_len < 0x100)
		say(l, DOCTOR_SKIP, "", "BDSM is not there, or cannot be read");
	else if (f->has_log && f->log.hits[LOG_STOLEN_OUTSIDE].count)
		say(l, DOCTOR_FAIL, "Translate 0x1082C0 with the stolen memory, or place it at the host's "
			"address",
			"The driver found its reserved area outside stolen memory: a host address reached "
			"the guest");
	else if (!f->bdsm && f->has_stolen && f->stolen.dsm_bytes)
		say(l, DOCTOR_FAIL, f->platform.bdsm == IGDPT_BDSM_CFG_C0 ?
			"SeaBIOS knows 0x5C only: use a ROM with IgdAssignmentDxe" :
			"Let the VMM publish etc/igd-bdsm-size",
			"BDSM is 0 although GGC promises %" PRIu64 " MiB", f->stolen.dsm_bytes / MIB);
	else if (f->bdsm && !guest_reserved(f, f->bdsm, name))
		say(l, DOCTOR_FAIL, "The firmware must reserve it",
			"BDSM 0x%" PRIx64 " points into RAM that the guest uses", f->bdsm);
	else
		say(l, DOCTOR_PASS, "", "Stolen memory is at 0x%" PRIx64, f->bdsm);
}

struct outputs {
	int root;
	unsigned connectors, connected;
};

static int count_output(void *user, const char *name)
{
	struct outputs *o = user;
	char path[128], status[16];
	size_t len = sizeof(status) - 1;

	if (strncmp(name, "card", 4) != 0 || !strchr(name, '-') || strlen(name) > 64)
		return 0;
	snprintf(path, sizeof(path), "sys/class/drm/%s/status", name);
	if (igdpt_host_read(o->root, path, status, &len) < 0)
		return 0;
	status[len] = '\0';
	o->connectors++;
	o->connected += strncmp(status, "connected", 9) == 0;
	return 0;
}

void check_guest_output(const struct facts *f, struct doctor_line *l)
{
	struct outputs o = { .root = f->root };

	igdpt_host_list(f->root, "sys/class/drm", count_output, &o);
	because(l, "/sys/class/drm/card*-*/status: %u of %u connected", o.connected, o.connectors);
	if (o.connected)
		say(l, DOCTOR_PASS, "", "%u of %u connectors have a monitor", o.connected, o.connectors);
	else if (f->goal != GOAL_DISPLAY)
		say(l, DOCTOR_INFO, "", "No connector has a monitor");
	else if (!o.connectors)
		say(l, DOCTOR_FAIL, "See D31: without OpRegion and VBT the driver finds no outputs",
			"The guest's driver shows no connector");
	else
		say(l, DOCTOR_FAIL, "Check the cable; if the VBT is not the board's, the ports are wrong",
			"No connector of the guest has a monitor");
}

void check_log(const struct facts *f, struct doctor_line *l)
{
	size_t worst = LOG_STRING_COUNT;

	if (!f->has_log) {
		say(l, DOCTOR_SKIP, "", "No log was named (--log)");
		return;
	}
	because(l, "--log: %" PRIu64 " lines", f->log.lines);
	for (size_t i = 0; i < LOG_STRING_COUNT; i++) {
		if (f->log.hits[i].count && log_string(i)->severity <= LOG_SEV_WARNING &&
			(worst == LOG_STRING_COUNT || log_string(i)->severity < log_string(worst)->severity))
			worst = i;
	}
	if (worst == LOG_STRING_COUNT)
		say(l, DOCTOR_PASS, "", "The log holds nothing bad");
	else
		say(l, log_string(worst)->severity == LOG_SEV_FATAL ? DOCTOR_FAIL : DOCTOR_WARN,
			log_string(worst)->remedy, "Line %" PRIu64 " of the log: %s",
			f->log.hits[worst].line, log_string(worst)->meaning);
}

void check_faults(const struct facts *f, struct doctor_line *l)
{
	const struct log_string *worst = NULL;

	if (!f->has_log) {
		say(l, DOCTOR_SKIP, "", "No log was named (--log)");
		return;
	}
	because(l, "--log: %" PRIu64 " fault records", f->log.hits[LOG_DMAR_FAULT].count);
	for (size_t i = 0; i < LOG_FAULT_CLASSES; i++) {
		const struct log_string *s = log_fault_string(&f->log, i);

		if (s && s->severity <= LOG_SEV_WARNING && (!worst || s->severity < worst->severity))
			worst = s;
	}
	if (!worst)
		say(l, DOCTOR_PASS, "", "No DMAR faults, or a few that are normal");
	else
		say(l, worst->severity == LOG_SEV_FATAL ? DOCTOR_FAIL : DOCTOR_WARN, worst->remedy, "%s",
			worst->meaning);
}
