/* SPDX-License-Identifier: MIT
 *
 * Checks D14 to D19: ASLS, OpRegion, VBT.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../lib/bytes.h"
#include "doctor.h"

#define CONFIG "config space of %s"
#define ASLS 0xfcu
/* IGD OpRegion specification: BDDC in mailbox 5. */
#define MAILBOX5_EDID 0x1c04u
/* Linux intel_vbt_defs.h: the connector of a panel. */
#define DEVICE_TYPE_INTERNAL (1u << 12)

void check_asls(const struct facts *f, struct doctor_line *l)
{
	char outer[64] = "", inner[64] = "";
	uint32_t asls;

	if (f->config_len <= ASLS + 3) {
		because(l, CONFIG ": %zu bytes", device_name(f), f->config_len);
		say_no_config(f, l, "ASLS");
		return;
	}
	asls = get_le32(f->config + ASLS);
	because(l, CONFIG " at 0xfc: 0x%08x", device_name(f), asls);
	if (!asls || asls == UINT32_MAX) {
		say(l, f->goal == GOAL_DISPLAY ? DOCTOR_FAIL : DOCTOR_WARN,
			"Enable the IGD, CSM or its GOP in the firmware setup, and make it the primary display",
			"ASLS is 0x%x: the firmware made no OpRegion", asls);
		return;
	}
	if (iomem_at(f, asls, outer, inner, sizeof(outer)) && strcmp(outer, "System RAM") == 0) {
		say(l, DOCTOR_WARN, "Tell the vendor of the firmware",
			"ASLS 0x%08x points into usable RAM, which the kernel gives to others", asls);
		return;
	}
	if (asls & 0xfff)
		note(l, "It does not begin a page: copy it; a mapping would show the guest 0x%x foreign "
			"bytes in front", asls & 0xfff);
	say(l, DOCTOR_PASS, "", "The OpRegion is at 0x%08x%s%s%s", asls, *outer ? " (" : "", outer,
		*outer ? ")" : "");
}

static const char *const source_names[SOURCES + 1] = { "", "the VFIO group", "the VFIO device",
	"/dev/mem", "debugfs" };

void check_opregion_read(const struct facts *f, struct doctor_line *l)
{
	bool refused = false;

	if (f->source) {
		because(l, "%s: 0x%zx bytes", source_names[f->source], f->opregion_len);
		say(l, DOCTOR_PASS, "", "The OpRegion was read from %s", source_names[f->source]);
		return;
	}
	because(l, "the four sources");
	for (uint32_t i = 1; i <= SOURCES; i++) {
		refused |= f->why[i].error == -IGDPT_E_ACCESS && (f->live || !f->why[i].system);
		note(l, "%s: %s", source_names[i], f->why[i].text);
	}
	if (f->live && refused)
		say(l, DOCTOR_SKIP, "", "The OpRegion cannot be read: run as root, or with --open-vfio "
			"while no VM has the device");
	else
		say(l, f->goal == GOAL_DISPLAY ? DOCTOR_FAIL : DOCTOR_SKIP,
			"Bind the device to vfio-pci and use --open-vfio, or load i915 and mount debugfs",
			"No source shows the OpRegion");
}

/* The first error of the validator, other than those of RVDA and the VBT, or else of those. */
struct verdict {
	struct igdpt_finding worst;
	bool of_rvda;
};

static bool about_rvda(uint32_t id)
{
	return id >= IGDPT_F_RVDA_ABSOLUTE && id <= IGDPT_F_RVDA_NO_ASLE;
}

static bool about_vbt(uint32_t id)
{
	return id == IGDPT_F_VBT_FALLBACK || id == IGDPT_F_NO_VBT || (id >= 200 && id < 300);
}

static void take_worst(void *user, const struct igdpt_finding *finding)
{
	struct verdict *v = user;

	if (about_vbt(finding->id) || about_rvda(finding->id) != v->of_rvda)
		return;
	if (finding->severity > v->worst.severity)
		v->worst = *finding;
}

void check_opregion(const struct facts *f, struct doctor_line *l)
{
	struct verdict v = { .worst = { .size = sizeof(v.worst) } };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_opregion op;
	char good[80];

	because(l, "%s; SIZE %u KiB", source_names[f->source], get_le32(f->opregion + 0x10));
	if (igdpt_opregion_init(&op, f->opregion, f->opregion_len, &why) < 0) {
		judge_finding(l, &why, "");
		return;
	}
	igdpt_opregion_validate(&op, take_worst, &v);
	snprintf(good, sizeof(good), "The OpRegion is version %u.%u, mailboxes 0x%x", op.version >> 8,
		op.version & 0xff, op.mboxes);
	judge_finding(l, &v.worst, good);
}

void check_rvda(const struct facts *f, struct doctor_line *l)
{
	struct verdict v = { .worst = { .size = sizeof(v.worst) }, .of_rvda = true };

	because(l, "%s: RVDA 0x%" PRIx64 ", RVDS 0x%x", source_names[f->source], f->op.rvda, f->op.rvds);
	igdpt_opregion_validate(&f->op, take_worst, &v);
	judge_finding(l, &v.worst, f->op.rvda && f->op.rvds ? "The VBT is outside the 8 KiB, and in reach" :
						      "There is no extended VBT");
}

void check_vbt(const struct facts *f, struct doctor_line *l)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	uint64_t at = f->op.rvda && f->op.rvds && f->op.rvda < f->opregion_len ? f->op.rvda : 0x400;
	struct igdpt_vbt vbt;

	if (f->has_vbt) {
		because(l, "OpRegion at 0x%" PRIx64, f->vbt.offset);
		say(l, DOCTOR_PASS, "", "The VBT is valid, %" PRIu64 " bytes in %s", f->vbt.bytes,
			f->vbt.source == IGDPT_VBT_MAILBOX4 ? "mailbox 4" : "the extended VBT");
		return;
	}
	because(l, "OpRegion at 0x%" PRIx64, at);
	if (igdpt_vbt_init(&vbt, f->opregion + at, f->opregion_len - at, &why) < 0 && why.id)
		judge_finding(l, &why, "");
	if (l->status != DOCTOR_FAIL)
		say(l, DOCTOR_FAIL, "Give the guest's driver a VBT in another way (vbt_firmware=)",
			"There is no valid VBT");
	l->status = for_display(f, DOCTOR_FAIL);
}

/* Two connectors on one pin cannot both be read, unless one of them is the other's twin. */
static void note_twins(const struct igdpt_vbt *vbt, struct doctor_line *l)
{
	struct igdpt_vbt_child a = { .size = sizeof(a) }, b = { .size = sizeof(b) };

	for (uint32_t i = 0; igdpt_vbt_child_at(vbt, i, &a) == 0; i++) {
		for (uint32_t k = 0; k < i && igdpt_vbt_child_at(vbt, k, &b) == 0; k++) {
			if (a.device_type && b.device_type && a.ddc_pin && a.ddc_pin == b.ddc_pin &&
				a.dvo_port != b.dvo_port)
				note(l, "children %u and %u share DDC pin 0x%x: one of the monitors may not be "
					"recognised", k, i, a.ddc_pin);
		}
	}
}

/* Mailbox 5 may hold the panel's EDID. */
static void note_edid(const struct facts *f, struct doctor_line *l)
{
	static const uint8_t header[] = { 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0 };
	static const uint8_t none[sizeof(header)];
	const uint8_t *edid = f->opregion + MAILBOX5_EDID;

	if (f->has_op && f->op.mboxes & 0x10 && memcmp(edid, none, sizeof(none)) != 0 &&
		memcmp(edid, header, sizeof(header)) != 0)
		note(l, "the panel's EDID in mailbox 5 is not valid; drivers read it from the panel");
}

void check_ports(const struct facts *f, struct doctor_line *l)
{
	struct igdpt_vbt_child child = { .size = sizeof(child) };
	unsigned ports = 0;
	struct igdpt_vbt vbt;

	because(l, "VBT block 2");
	if (!f->has_vbt ||
		igdpt_vbt_init(&vbt, f->opregion + f->vbt.offset, (size_t)f->vbt.bytes, NULL) < 0) {
		say(l, DOCTOR_SKIP, "", "D18 comes first");
		return;
	}
	for (uint32_t i = 0; igdpt_vbt_child_at(&vbt, i, &child) == 0; i++)
		ports += child.device_type && !(child.device_type & DEVICE_TYPE_INTERNAL);
	note_twins(&vbt, l);
	note_edid(f, l);
	if (ports)
		say(l, DOCTOR_PASS, "", "The VBT lists %u external port%s", ports, ports == 1 ? "" : "s");
	else
		say(l, for_display(f, DOCTOR_WARN),
			"Fine for a panel; for a monitor take the VBT of the right board",
			"The VBT lists no external port");
}
