/* SPDX-License-Identifier: MIT */
#include "igdpt/legacy.h"

#include "internal.h"

#define QEMU_FIRST 0x0207u /* legacy mode came in 2016 */
#define QEMU_9_2 0x0902u
#define QEMU_10_0 0x0a00u
#define GGC_IVD 2u
#define CLASS_VGA 0x0300u

static bool listed(uint32_t device_id, const uint16_t *groups, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if ((device_id & 0xff00) == groups[i])
			return true;
	}
	return false;
}

/* Whether this version's id masks know the device, and as one that legacy mode supports. */
static bool known_device(const struct igdpt_platform *p, uint32_t version)
{
	static const uint16_t v9_2[] = { 0x0100, 0x0400, 0x0a00, 0x0c00, 0x0d00, 0x0f00, 0x1600, 0x1900,
		0x2200, 0x5900, 0x3e00, 0x4500, 0x9a00 };
	static const uint16_t gen6_to_9[] = { 0x0100, 0x0400, 0x0a00, 0x0c00, 0x0d00, 0x0f00, 0x1600,
		0x1900, 0x2200, 0x3100, 0x5900, 0x3e00, 0x9b00 };

	if (p->platform == IGDPT_PLATFORM_UNKNOWN)
		return version < QEMU_9_2; /* then: "assume newer is compatible" */
	if (p->gen < 600)
		return false;
	if (version < QEMU_9_2)
		return true;
	/* Broxton: all of it in the newest code; without 1A85 and 5A85 before. */
	if (p->platform == IGDPT_PLATFORM_BXT)
		return version >= QEMU_10_0 || (p->device_id & 0xfff) == 0xa84;
	if (version < QEMU_10_0)
		return listed(p->device_id, v9_2, ARRAY_SIZE(v9_2));
	return listed(p->device_id, gen6_to_9, ARRAY_SIZE(gen6_to_9));
}

static bool check_1f(const struct igdpt_legacy_opts *o)
{
	return o->slot_1f == IGDPT_SLOT_1F_OTHER || o->machine == IGDPT_MACHINE_Q35;
}

/* A condition of one version or another; `fails` has been worked out. */
struct condition {
	bool fails;
	uint32_t finding;
	uint64_t value;
	uint64_t want;
};

static int tell(const struct condition *c, size_t count, struct igdpt_priv_report *report)
{
	for (size_t i = 0; i < count; i++) {
		if (c[i].fails)
			igdpt_priv_report(report, c[i].finding, IGDPT_NO_OFFSET, c[i].value, c[i].want);
	}
	return report->errors ? IGDPT_LEGACY_IMPOSSIBLE : IGDPT_LEGACY_POSSIBLE;
}

static int judge(const struct igdpt_legacy_opts *o, const struct igdpt_platform *p,
	uint32_t version, struct igdpt_priv_report *report)
{
	bool newer = version >= QEMU_10_0, ivd = o->ggc & GGC_IVD;
	uint32_t class_code = o->class_code ? o->class_code : CLASS_VGA << 8;
	/* Before 10.0, a device that claims no VGA cycles needs no VGA region. */
	bool needs_vga = !(o->flags & IGDPT_LEGACY_X_VGA) && (newer || !ivd);
	const struct condition conditions[] = {
		{ newer && (o->flags & IGDPT_LEGACY_OFF), IGDPT_F_LEGACY_OFF, 0, 0 },
		{ class_code >> 8 != CLASS_VGA, IGDPT_F_LEGACY_CLASS, class_code, CLASS_VGA << 8 },
		{ newer && o->machine != IGDPT_MACHINE_I440FX, IGDPT_F_LEGACY_MACHINE, 0, 0 },
		{ o->flags & IGDPT_LEGACY_NOT_02_0, IGDPT_F_LEGACY_BDF, 0, 0 },
		{ check_1f(o), IGDPT_F_LEGACY_SLOT_1F, 0, 0 },
		{ !known_device(p, version), IGDPT_F_LEGACY_GEN, p->device_id, 0 },
		{ newer && ivd, IGDPT_F_LEGACY_IVD, o->ggc, 0 },
		{ o->flags & IGDPT_LEGACY_NO_ROM, IGDPT_F_LEGACY_ROM, 0, 0 },
		{ o->flags & IGDPT_LEGACY_HOTPLUG, IGDPT_F_LEGACY_HOTPLUGGED, 0, 0 },
		{ o->flags & IGDPT_LEGACY_NO_OPREGION, IGDPT_F_LEGACY_OPREGION, 0, 0 },
		{ o->flags & IGDPT_LEGACY_NO_HOST, IGDPT_F_LEGACY_HOST_BRIDGE, 0, 0 },
		{ o->flags & IGDPT_LEGACY_NO_LPC, IGDPT_F_LEGACY_LPC_BRIDGE, 0, 0 },
		{ needs_vga && (o->flags & IGDPT_LEGACY_NO_VGA), IGDPT_F_LEGACY_VGA, 0, 0 },
	};

	return tell(conditions, ARRAY_SIZE(conditions), report);
}

int igdpt_legacy_check(const struct igdpt_legacy_opts *opts, uint32_t version, igdpt_finding_fn fn,
	void *user)
{
	struct igdpt_priv_report report = { .fn = fn, .user = user };
	struct igdpt_legacy_opts o;
	struct igdpt_platform p;
	int rc = igdpt_priv_struct_in(&o, sizeof(o), V1(igdpt_legacy_opts), opts, NULL);

	if (rc == 0)
		rc = igdpt_priv_struct_in(&p, sizeof(p), V1(igdpt_platform), o.platform, NULL);
	if (rc < 0)
		return rc;
	if (version < QEMU_FIRST || o.machine > IGDPT_MACHINE_OTHER || o.slot_1f > IGDPT_SLOT_1F_OTHER ||
		o.flags >= IGDPT_LEGACY_NOT_02_0 << 1 || o.class_code > 0xffffff)
		return -IGDPT_E_INVALID;
	rc = judge(&o, &p, version, &report);
	if (version != QEMU_10_0)
		return rc;
	igdpt_priv_report(&report, IGDPT_F_LEGACY_VERSION, IGDPT_NO_OFFSET, 10, 0);
	return rc == IGDPT_LEGACY_POSSIBLE ? IGDPT_LEGACY_UNKNOWN : rc;
}
