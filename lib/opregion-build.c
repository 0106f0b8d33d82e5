/* SPDX-License-Identifier: MIT */
#include "opregion-priv.h"

#define MBOX_DEFAULT (IGDPT_MBOX_ACPI | IGDPT_MBOX_ASLE | IGDPT_MBOX_VBT | IGDPT_MBOX_ASLE_EXT)
#define VERSION_DEFAULT 0x0201u
#define VALID32 (UINT32_C(1) << 31)
#define BCLM_VALID 0x8000u
#define BCLM_LEVELS 11u

/*
 * What firmware that builds an OpRegion puts into mailbox 3 (coreboot), and the lid open as Linux
 * GVT-g has it: with another value a Windows guest blocks.
 */
static const struct {
	uint16_t offset;
	uint32_t value;
} start_values[] = {
	{ IGDPT_OPF_SIZE, OPREGION_KIB },
	{ IGDPT_OPF_CLID, 3 },
	{ IGDPT_OPF_BCLP, 0xff },
	{ IGDPT_OPF_PFIT, VALID32 | 6 },
	{ IGDPT_OPF_CBLV, VALID32 | 100 },
};

/* The plan of an OpRegion to build. */
struct plan {
	struct igdpt_opregion_build_opts opts;
	struct igdpt_vbt vbt; /* len 0: none */
	uint32_t extended;    /* bytes behind the 8 KiB */
};

/* An extended VBT needs RVDA, and in version 2.0 an address to put there. */
static bool rvda_possible(const struct igdpt_opregion_build_opts *opts)
{
	return opts->version > RVDA_ABSOLUTE || (opts->version == RVDA_ABSOLUTE && opts->address);
}

static int plan_vbt(struct plan *plan, struct igdpt_finding *why)
{
	struct igdpt_opregion_build_opts *opts = &plan->opts;

	if (!opts->mboxes) {
		opts->mboxes = MBOX_DEFAULT;
		if (plan->vbt.len > IGDPT_OPREGION_VBT_BYTES && !rvda_possible(opts) &&
			plan->vbt.len <= IGDPT_OPREGION_VBT_BYTES_NO_MBOX5)
			opts->mboxes &= ~(uint32_t)IGDPT_MBOX_ASLE_EXT;
	}
	if (plan->vbt.len <= mailbox4_room(opts->mboxes))
		return 0;
	if (opts->version < RVDA_ABSOLUTE)
		return igdpt_priv_fail(why, IGDPT_F_BUILD_VERSION, IGDPT_NO_OFFSET, plan->vbt.len,
			mailbox4_room(opts->mboxes));
	if (!rvda_possible(opts))
		return igdpt_priv_fail(why, IGDPT_F_BUILD_ADDRESS, IGDPT_NO_OFFSET, plan->vbt.len, 0);
	plan->extended = (uint32_t)plan->vbt.len;
	opts->mboxes |= IGDPT_MBOX_ASLE; /* RVDA is a field of it */
	return 0;
}

static int plan_opts(struct plan *plan, const struct igdpt_opregion_build_opts *opts,
	struct igdpt_finding *why)
{
	int rc = igdpt_priv_struct_in(&plan->opts, sizeof(plan->opts), V1(igdpt_opregion_build_opts), opts, why);

	if (rc < 0)
		return rc;
	if (!plan->opts.version)
		plan->opts.version = VERSION_DEFAULT;
	if (!version_known(plan->opts.version))
		return igdpt_priv_fail(why, IGDPT_F_OPREGION_VERSION, IGDPT_NO_OFFSET,
			plan->opts.version, VERSION_MAX);
	if (plan->opts.address > UINT32_MAX)
		return igdpt_priv_fail(why, IGDPT_F_ASLS_HIGH, IGDPT_NO_OFFSET, plan->opts.address,
			UINT32_MAX);
	return 0;
}

/* Levels in steps of ten percent, as coreboot fills them. */
static void put_levels(uint8_t *p)
{
	for (uint32_t i = 0; i < BCLM_LEVELS; i++)
		put_le16(p + 2 * i, (uint16_t)(BCLM_VALID | i * 10 << 8 | i * 255 / 10));
}

static void put_vbt(uint8_t *p, const struct plan *plan)
{
	uint64_t rvda = IGDPT_OPREGION_BYTES;

	if (!plan->extended) {
		memcpy(p + IGDPT_OPREGION_VBT, plan->vbt.data, plan->vbt.len);
		return;
	}
	memcpy(p + IGDPT_OPREGION_BYTES, plan->vbt.data, plan->extended);
	if (plan->opts.version == RVDA_ABSOLUTE)
		rvda += plan->opts.address;
	put_le64(p + IGDPT_OPF_RVDA, rvda);
	put_le32(p + IGDPT_OPF_RVDS, plan->extended);
}

static void put_opregion(uint8_t *p, const struct plan *plan)
{
	memset(p, 0, IGDPT_OPREGION_BYTES);
	memcpy(p, OPREGION_SIGNATURE, strlen(OPREGION_SIGNATURE));
	for (size_t i = 0; i < ARRAY_SIZE(start_values); i++)
		put_le32(p + start_values[i].offset, start_values[i].value);
	put_levels(p + IGDPT_OPF_BCLM);
	put_le32(p + IGDPT_OPF_OVER, plan->opts.version << 16);
	put_le32(p + IGDPT_OPF_MBOX, plan->opts.mboxes);
	put_le32(p + IGDPT_OPF_PCON, plan->opts.pcon);
	if (plan->vbt.len)
		put_vbt(p, plan);
}

int igdpt_opregion_build(const struct igdpt_opregion_build_opts *opts, const void *vbt,
	size_t vbt_len, void *buf, size_t *len, struct igdpt_finding *why)
{
	struct plan plan = { .extended = 0 };
	int rc = plan_opts(&plan, opts, why);

	if (rc < 0)
		return rc;
	if (vbt || vbt_len) {
		rc = igdpt_vbt_init(&plan.vbt, vbt, vbt_len, why);
		if (rc < 0)
			return rc;
	}
	rc = plan_vbt(&plan, why);
	if (rc < 0)
		return rc;
	rc = igdpt_priv_room(buf, len, IGDPT_OPREGION_BYTES + plan.extended, why);
	if (rc < 0)
		return rc;
	put_opregion(buf, &plan);
	return 0;
}
