/* SPDX-License-Identifier: MIT */
#include "igdpt/plan.h"

#include <string.h>

#include "igdpt/opregion.h"
#include "igdpt/pcicfg.h"
#include "igdpt/stolen.h"
#include "internal.h"

#define LOW_RAM_MIN MIB               /* below are the VGA window and option ROMs */
#define FIXED_FIRST UINT64_C(0xfec00000) /* IOAPIC, local APIC, MSIs, firmware, reset vector */
#define CLASS_VGA 0x0300u
#define DSM_MAX (4 * GIB - 1)

/* SeaBIOS 1.16.2 and 1.17.0, measured with 256 MiB to 2 GiB on pc and q35: the OpRegion ends with
 * RAM, in a zone of 16 MiB; stolen memory ends 1 MiB below that zone. */
#define SEABIOS_ZONE (16 * MIB)
#define SEABIOS_GAP (17 * MIB)

/* The options and what follows from them; the plan under construction. */
struct planner {
	struct igdpt_plan_opts o;
	struct igdpt_platform platform;
	struct igdpt_plan_result plan;
	uint64_t opregion_bytes; /* whole pages */
	uint64_t vbt_bytes;
	uint64_t host_dsm;
	struct igdpt_finding *why;
};

static uint64_t pages(uint64_t bytes)
{
	return (bytes + PAGE_SIZE_4K - 1) & ~(PAGE_SIZE_4K - 1);
}

static uint32_t nvs(const struct planner *p)
{
	return p->o.flags & IGDPT_PLAN_TWO_TYPES ? IGDPT_E820_RESERVED : IGDPT_E820_NVS;
}

static void add_block(struct planner *p, uint32_t kind, uint32_t flags, uint64_t first,
	uint64_t bytes, uint32_t e820)
{
	p->plan.blocks[p->plan.count++] = (struct igdpt_plan_block){
		.kind = kind, .flags = flags, .first = first, .bytes = bytes, .e820 = e820,
	};
}

static const struct igdpt_plan_block *find_block(const struct igdpt_plan_result *plan, uint32_t kind)
{
	for (uint32_t i = 0; i < plan->count; i++) {
		if (plan->blocks[i].kind == kind)
			return &plan->blocks[i];
	}
	return NULL;
}

/* ---- Checking the question ------------------------------------------------------------------ */

static int check_enums(const struct planner *p)
{
	const struct igdpt_plan_opts *o = &p->o;
	const struct {
		uint32_t value, max;
	} members[] = {
		{ o->flags, IGDPT_PLAN_TWO_TYPES },
		{ o->mode, IGDPT_PLAN_MAP },
		{ o->dsm_policy, IGDPT_PLAN_DSM_NONE },
		{ o->firmware, IGDPT_FIRMWARE_UEFI },
		{ o->class_code, 0xffffff },
		{ o->reserved, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		if (members[i].value > members[i].max)
			return igdpt_priv_fail(p->why, IGDPT_F_PLAN_OPTION, IGDPT_NO_OFFSET,
				members[i].value, members[i].max);
	}
	return 0;
}

static int check_platform(const struct planner *p)
{
	if (p->o.platform && !(p->platform.flags & IGDPT_PLATFORM_INTEGRATED))
		return igdpt_priv_fail(p->why, IGDPT_F_PCICFG_DISCRETE, IGDPT_NO_OFFSET,
			p->platform.device_id, 0);
	return 0;
}

static int check_sizes(const struct planner *p)
{
	const struct igdpt_plan_opts *o = &p->o;

	if (o->opregion_bytes < IGDPT_OPREGION_BYTES || o->opregion_bytes >= 4 * GIB)
		return igdpt_priv_fail(p->why, IGDPT_F_PLAN_OPREGION_SIZE, IGDPT_NO_OFFSET,
			o->opregion_bytes, IGDPT_OPREGION_BYTES);
	/* Firmware copies one file, and a map follows the host: the VBT is part of both. */
	if (o->vbt_bytes && (o->mode == IGDPT_PLAN_FIRMWARE || o->mode == IGDPT_PLAN_MAP))
		return igdpt_priv_fail(p->why, IGDPT_F_PLAN_SEPARATE_VBT, IGDPT_NO_OFFSET, o->vbt_bytes,
			0);
	if (o->vbt_bytes >= 4 * GIB)
		return igdpt_priv_fail(p->why, IGDPT_F_PLAN_OPTION, IGDPT_NO_OFFSET, o->vbt_bytes,
			4 * GIB - 1);
	return 0;
}

static int check_memory(const struct planner *p)
{
	const struct igdpt_plan_opts *o = &p->o;
	bool hole = o->mmio_first || o->mmio_last;

	if (o->low_end <= LOW_RAM_MIN || o->low_end > 4 * GIB)
		return igdpt_priv_fail(p->why, IGDPT_F_PLAN_RAM, IGDPT_NO_OFFSET, o->low_end, 4 * GIB);
	if (o->high_bytes > UINT64_MAX - 4 * GIB)
		return igdpt_priv_fail(p->why, IGDPT_F_PLAN_RAM, IGDPT_NO_OFFSET, o->high_bytes,
			UINT64_MAX - 4 * GIB);
	if (hole && (o->mmio_first < o->low_end || o->mmio_last < o->mmio_first ||
		     o->mmio_last >= 4 * GIB))
		return igdpt_priv_fail(p->why, IGDPT_F_PLAN_HOLE, IGDPT_NO_OFFSET, o->mmio_first,
			o->mmio_last);
	return 0;
}

/* Whether there is a GGC that tells the guest a size, and a BDSM. */
static bool has_stolen(const struct igdpt_platform *platform)
{
	return platform->bdsm != IGDPT_BDSM_NONE && platform->codec >= IGDPT_CODEC_GEN6;
}

static int take_sizes(struct planner *p)
{
	bool none = p->o.dsm_policy == IGDPT_PLAN_DSM_NONE;
	struct igdpt_stolen s = { .size = sizeof(s) };
	uint32_t ggc = p->o.ggc;
	int rc = 0;

	p->opregion_bytes = pages(p->o.opregion_bytes);
	p->vbt_bytes = pages(p->o.vbt_bytes);
	p->host_dsm = p->o.host_bdsm & ~(MIB - 1);
	if (!has_stolen(&p->platform))
		return 0;
	if (none || p->o.dsm_bytes)
		rc = igdpt_stolen_encode(p->platform.codec, ggc, none ? 0 : p->o.dsm_bytes, &ggc, p->why);
	if (rc == 0)
		rc = igdpt_stolen_decode(p->platform.codec, ggc, 0, &s, p->why);
	if (rc < 0)
		return rc;
	p->plan.gsm_bytes = s.gsm_bytes;
	p->plan.dsm_bytes = s.dsm_bytes;
	if (p->plan.dsm_bytes > DSM_MAX)
		return igdpt_priv_fail(p->why, IGDPT_F_PLAN_DSM_SIZE, IGDPT_NO_OFFSET,
			p->plan.dsm_bytes, DSM_MAX);
	return 0;
}

static int take_options(struct planner *p, const struct igdpt_plan_opts *opts)
{
	int rc = igdpt_priv_struct_in(&p->o, sizeof(p->o), V1(igdpt_plan_opts), opts, p->why);

	if (rc == 0)
		rc = igdpt_priv_struct_in(&p->platform, sizeof(p->platform), V1(igdpt_platform),
			p->o.platform, p->why);
	if (rc == 0)
		rc = check_platform(p);
	if (rc == 0)
		rc = check_enums(p);
	if (rc == 0)
		rc = check_sizes(p);
	if (rc == 0)
		rc = check_memory(p);
	return rc ? rc : take_sizes(p);
}

/* ---- Finding places ------------------------------------------------------------------------- */

struct window {
	uint64_t first;
	uint64_t last;
};

static bool overlap(uint64_t first, uint64_t last, uint64_t other_first, uint64_t other_last)
{
	return first <= other_last && other_first <= last;
}

static const struct igdpt_plan_block *hit_block(const struct planner *p, uint64_t first,
	uint64_t last)
{
	for (uint32_t i = 0; i < p->plan.count; i++) {
		const struct igdpt_plan_block *b = &p->plan.blocks[i];

		if (overlap(first, last, b->first, b->first + b->bytes - 1))
			return b;
	}
	return NULL;
}

/*
 * The highest free place in a window; a window that ends at 0 is where there is no MMIO hole. Each
 * round passes one of at most four blocks.
 */
static bool highest(const struct planner *p, struct window w, uint64_t bytes, uint64_t align,
	uint64_t *first)
{
	static const struct igdpt_ranges nothing;
	const struct igdpt_ranges *taken = p->o.taken ? p->o.taken : &nothing;
	struct igdpt_ranges_request want = {
		.size = sizeof(want), .flags = IGDPT_RANGES_HIGHEST, .bytes = bytes, .align = align,
		.min = w.first, .max = w.last,
	};
	const struct igdpt_plan_block *hit;

	while (want.max && igdpt_ranges_fit(taken, &want, first, NULL) == 0) {
		hit = hit_block(p, *first, *first + bytes - 1);
		if (!hit)
			return true;
		want.max = hit->first - 1;
	}
	return false;
}

/* What a caller calls RAM or a hole may reach to 4 GiB; what is fixed below is not for blocks. */
static struct window usable(uint64_t first, uint64_t last)
{
	return (struct window){ first, last < FIXED_FIRST ? last : FIXED_FIRST - 1 };
}

static struct window ram(const struct planner *p)
{
	return usable(LOW_RAM_MIN, p->o.low_end - 1);
}

/* Where OpRegion and VBT go, and how. */
static struct window opregion_window(const struct planner *p)
{
	if (p->o.mode != IGDPT_PLAN_TRAP)
		return ram(p);
	return usable(p->o.mmio_first, p->o.mmio_last);
}

static uint32_t opregion_flags(const struct planner *p)
{
	return p->o.mode == IGDPT_PLAN_TRAP ? IGDPT_PLAN_TRAPPED : IGDPT_PLAN_IN_RAM;
}

static bool place_vbt(struct planner *p)
{
	uint64_t first;

	if (!p->vbt_bytes)
		return true;
	if (!highest(p, opregion_window(p), p->vbt_bytes, PAGE_SIZE_4K, &first))
		return false;
	add_block(p, IGDPT_PLAN_BLOCK_VBT, opregion_flags(p), first, p->vbt_bytes,
		p->o.mode == IGDPT_PLAN_TRAP ? IGDPT_E820_NONE : nvs(p));
	return true;
}

/* Below the VBT, if that has a block of its own. */
static bool place_opregion(struct planner *p)
{
	const struct igdpt_plan_block *vbt = find_block(&p->plan, IGDPT_PLAN_BLOCK_VBT);
	struct window w = opregion_window(p);
	uint64_t first;

	if (p->o.mode == IGDPT_PLAN_MAP)
		return true;
	if (vbt)
		w.last = vbt->first - 1;
	if (!highest(p, w, p->opregion_bytes, PAGE_SIZE_4K, &first))
		return false;
	add_block(p, IGDPT_PLAN_BLOCK_OPREGION, opregion_flags(p), first, p->opregion_bytes,
		p->o.mode == IGDPT_PLAN_TRAP ? IGDPT_E820_NONE : nvs(p));
	return true;
}

static bool place_dsm(struct planner *p)
{
	uint64_t first;

	if (!p->plan.dsm_bytes || find_block(&p->plan, IGDPT_PLAN_BLOCK_DSM))
		return true;
	if (!highest(p, ram(p), p->plan.dsm_bytes, MIB, &first))
		return false;
	add_block(p, IGDPT_PLAN_BLOCK_DSM, IGDPT_PLAN_IN_RAM, first, p->plan.dsm_bytes,
		IGDPT_E820_RESERVED);
	return true;
}

/*
 * If any placement exists, taking its blocks from the highest down and giving each the highest
 * place finds one: no block then lies lower than in that placement, so none is in the way of those
 * that follow. The VBT precedes the OpRegion in all orders, as it must lie above.
 */
static bool place_all(struct planner *p)
{
	static bool (*const orders[][3])(struct planner *) = {
		{ place_vbt, place_opregion, place_dsm },
		{ place_vbt, place_dsm, place_opregion },
		{ place_dsm, place_vbt, place_opregion },
	};
	uint32_t keep = p->plan.count;

	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		p->plan.count = keep;
		if (orders[i][0](p) && orders[i][1](p) && orders[i][2](p))
			return true;
	}
	return false;
}

static int no_room(const struct planner *p)
{
	if (p->o.mode == IGDPT_PLAN_TRAP && !p->o.mmio_first)
		return igdpt_priv_fail(p->why, IGDPT_F_PLAN_NO_HOLE, IGDPT_NO_OFFSET, 0, 0);
	return igdpt_priv_fail(p->why, IGDPT_F_PLAN_NO_ROOM, IGDPT_NO_OFFSET,
		p->opregion_bytes + p->vbt_bytes, p->plan.dsm_bytes);
}

/* ---- Identity ------------------------------------------------------------------------------- */

/* The first thing that [first, last] hits, or 0 where nothing is in the way. */
static bool identity_blocked(const struct planner *p, uint64_t first, uint64_t last, uint64_t *at)
{
	const struct igdpt_plan_opts *o = &p->o;
	struct igdpt_range hit;

	*at = o->low_end;
	if (first < LOW_RAM_MIN || (first < o->low_end && last >= o->low_end))
		return true;
	*at = o->mmio_first;
	if (o->mmio_first && overlap(first, last, o->mmio_first, o->mmio_last))
		return true;
	*at = FIXED_FIRST;
	if (first >= FIXED_FIRST || last >= FIXED_FIRST)
		return true;
	if (!igdpt_ranges_overlap(o->taken, first, last, &hit))
		return false;
	*at = hit.first;
	return true;
}

static int place_identity(struct planner *p)
{
	uint64_t gsm = p->plan.gsm_bytes, dsm = p->plan.dsm_bytes, at;
	uint32_t flags = p->host_dsm < p->o.low_end ? IGDPT_PLAN_IN_RAM : IGDPT_PLAN_ADD_MEMORY;

	if (!p->host_dsm || p->host_dsm < gsm)
		return igdpt_priv_fail(p->why, IGDPT_F_PLAN_NO_HOST_DSM, IGDPT_NO_OFFSET, p->host_dsm,
			gsm);
	if (identity_blocked(p, p->host_dsm - gsm, p->host_dsm + dsm - 1, &at))
		return igdpt_priv_fail(p->why, IGDPT_F_PLAN_IDENTITY, IGDPT_NO_OFFSET,
			p->host_dsm - gsm, at);
	/* Firmware takes memory from RAM only. */
	if (p->o.mode == IGDPT_PLAN_FIRMWARE && flags == IGDPT_PLAN_ADD_MEMORY)
		return igdpt_priv_fail(p->why, IGDPT_F_PLAN_IDENTITY, IGDPT_NO_OFFSET, p->host_dsm,
			p->o.low_end);
	add_block(p, IGDPT_PLAN_BLOCK_DSM, flags, p->host_dsm, dsm, IGDPT_E820_RESERVED);
	if (gsm)
		add_block(p, IGDPT_PLAN_BLOCK_GSM, flags, p->host_dsm - gsm, gsm, IGDPT_E820_RESERVED);
	p->plan.flags |= IGDPT_PLAN_IS_IDENTITY;
	return 0;
}

static uint32_t dsm_policy(const struct planner *p)
{
	if (p->o.dsm_policy)
		return p->o.dsm_policy;
	return p->o.mode != IGDPT_PLAN_FIRMWARE && p->platform.bdsm == IGDPT_BDSM_CFG_C0 ?
		IGDPT_PLAN_DSM_PREFER_IDENTITY : IGDPT_PLAN_DSM_RELOCATE;
}

static int place_by_policy(struct planner *p)
{
	uint32_t policy = dsm_policy(p);
	bool wants = p->plan.dsm_bytes && (policy == IGDPT_PLAN_DSM_IDENTITY ||
		policy == IGDPT_PLAN_DSM_PREFER_IDENTITY);
	int rc = wants ? place_identity(p) : 0;

	if (rc == 0 && place_all(p))
		return 0;
	if (!wants || policy == IGDPT_PLAN_DSM_IDENTITY)
		return rc ? rc : no_room(p);
	p->plan.count = 0;
	p->plan.flags = IGDPT_PLAN_FELL_BACK;
	return place_all(p) ? 0 : no_room(p);
}

/* ---- Firmware places ------------------------------------------------------------------------ */

static int predict(struct planner *p, uint32_t kind, uint64_t first, uint64_t bytes, uint32_t e820)
{
	struct igdpt_range hit;

	if (igdpt_ranges_overlap(p->o.taken, first, first + bytes - 1, &hit))
		return igdpt_priv_fail(p->why, IGDPT_F_PLAN_FIRMWARE_HITS, IGDPT_NO_OFFSET, first,
			hit.first);
	add_block(p, kind, IGDPT_PLAN_IN_RAM | IGDPT_PLAN_PREDICTED, first, bytes, e820);
	return 0;
}

static int place_by_seabios(struct planner *p)
{
	uint64_t top = (ram(p).last + 1) & ~(PAGE_SIZE_4K - 1), end, dsm = p->plan.dsm_bytes;
	int rc;

	if (p->opregion_bytes > SEABIOS_ZONE || top < SEABIOS_GAP + LOW_RAM_MIN)
		return igdpt_priv_fail(p->why, IGDPT_F_PLAN_SEABIOS_OPREGION, IGDPT_NO_OFFSET,
			p->opregion_bytes, SEABIOS_ZONE);
	end = (top - SEABIOS_GAP) & ~(MIB - 1);
	if (dsm > end - LOW_RAM_MIN)
		return no_room(p);
	rc = predict(p, IGDPT_PLAN_BLOCK_OPREGION, top - p->opregion_bytes, p->opregion_bytes,
		IGDPT_E820_RESERVED);
	if (rc == 0 && dsm)
		rc = predict(p, IGDPT_PLAN_BLOCK_DSM, end - dsm, dsm, IGDPT_E820_RESERVED);
	return rc;
}

static bool is_vga(const struct planner *p)
{
	return !p->o.class_code || p->o.class_code >> 8 == CLASS_VGA;
}

static int check_seabios(const struct planner *p)
{
	if (!is_vga(p))
		return igdpt_priv_fail(p->why, IGDPT_F_PLAN_SEABIOS_CLASS, IGDPT_NO_OFFSET,
			p->o.class_code, CLASS_VGA << 8);
	if (dsm_policy(p) == IGDPT_PLAN_DSM_IDENTITY && p->plan.dsm_bytes)
		return igdpt_priv_fail(p->why, IGDPT_F_PLAN_SEABIOS_IDENTITY, IGDPT_NO_OFFSET, 0, 0);
	return 0;
}

/* Firmware that is not measured: only whether there is room can be told. */
static int place_later(struct planner *p)
{
	int rc = place_by_policy(p);
	bool identity = p->plan.flags & IGDPT_PLAN_IS_IDENTITY;

	if (rc)
		return rc;
	p->plan.flags |= identity ? IGDPT_PLAN_STOLEN_BASE : 0;
	for (uint32_t n = 0; n < p->plan.count; n++) {
		struct igdpt_plan_block *b = &p->plan.blocks[n];

		b->flags = IGDPT_PLAN_IN_RAM | IGDPT_PLAN_PREDICTED;
		if (identity && b->kind >= IGDPT_PLAN_BLOCK_DSM)
			continue;
		b->flags = IGDPT_PLAN_IN_RAM | IGDPT_PLAN_LATER;
		b->first = 0;
	}
	return 0;
}

static int place_by_firmware(struct planner *p)
{
	int rc;

	if (p->o.firmware != IGDPT_FIRMWARE_SEABIOS)
		return place_later(p);
	rc = check_seabios(p);
	p->plan.flags |= dsm_policy(p) == IGDPT_PLAN_DSM_PREFER_IDENTITY ? IGDPT_PLAN_FELL_BACK : 0;
	return rc ? rc : place_by_seabios(p);
}

/* ---- The result ----------------------------------------------------------------------------- */

static void set_asls(struct planner *p)
{
	const struct igdpt_plan_block *op = find_block(&p->plan, IGDPT_PLAN_BLOCK_OPREGION);
	const struct igdpt_plan_block *vbt = find_block(&p->plan, IGDPT_PLAN_BLOCK_VBT);

	if (p->o.mode == IGDPT_PLAN_MAP) {
		uint64_t offset = p->o.host_asls & (PAGE_SIZE_4K - 1);

		p->plan.asls_policy = IGDPT_REG_WRITE_ONCE;
		p->plan.config_flags = IGDPT_PCICFG_KEEP_LOW_BITS;
		add_block(p, IGDPT_PLAN_BLOCK_OPREGION, IGDPT_PLAN_LATER, 0,
			pages(offset + p->o.opregion_bytes), nvs(p));
		return;
	}
	p->plan.asls_policy = IGDPT_REG_EMULATE;
	if (p->o.mode == IGDPT_PLAN_FIRMWARE)
		return;
	p->plan.asls_policy = IGDPT_REG_PRESET_RO;
	p->plan.asls = op->first;
	p->plan.rvda = vbt ? vbt->first - op->first : 0;
}

static void set_bdsm(struct planner *p)
{
	const struct igdpt_plan_block *dsm = find_block(&p->plan, IGDPT_PLAN_BLOCK_DSM);
	bool has_register = p->platform.bdsm != IGDPT_BDSM_NONE;
	bool firmware = p->o.mode == IGDPT_PLAN_FIRMWARE;

	p->plan.gms_policy = IGDPT_GMS_KEEP;
	p->plan.bdsm_policy = IGDPT_REG_HIDE;
	p->plan.bridge = IGDPT_BRIDGE_OFF;
	if (!dsm) {
		p->plan.gms_policy = has_register ? IGDPT_GMS_ZERO : IGDPT_GMS_KEEP;
		return;
	}
	if (p->o.dsm_bytes)
		p->plan.gms_policy = IGDPT_GMS_OVERRIDE;
	p->plan.bdsm_policy = firmware ? IGDPT_REG_EMULATE : IGDPT_REG_PRESET_RO;
	p->plan.bdsm = firmware ? 0 : dsm->first;
	if (firmware && p->o.firmware != IGDPT_FIRMWARE_UEFI)
		p->plan.bridge = IGDPT_BRIDGE_ON;
}

int igdpt_plan_make(const struct igdpt_plan_opts *opts, struct igdpt_plan_result *plan,
	struct igdpt_finding *why)
{
	struct planner p = { .why = why };
	int rc;

	if (!opts || !plan)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	rc = take_options(&p, opts);
	if (rc == 0)
		rc = p.o.mode == IGDPT_PLAN_FIRMWARE ? place_by_firmware(&p) : place_by_policy(&p);
	if (rc)
		return rc;
	set_asls(&p);
	set_bdsm(&p);
	return igdpt_priv_struct_out(plan, &p.plan, sizeof(p.plan), V1(igdpt_plan_result));
}

/* ---- What it means -------------------------------------------------------------------------- */

static void check_blocks(const struct igdpt_plan_result *plan, struct igdpt_priv_report *report)
{
	for (uint32_t i = 0; i < plan->count; i++) {
		const struct igdpt_plan_block *b = &plan->blocks[i];

		if (b->flags & IGDPT_PLAN_ADD_MEMORY)
			igdpt_priv_report(report, IGDPT_F_PLAN_ADD_MEMORY, IGDPT_NO_OFFSET, b->first,
				b->bytes);
		if (b->flags & IGDPT_PLAN_PREDICTED)
			igdpt_priv_report(report, IGDPT_F_PLAN_PREDICTED, IGDPT_NO_OFFSET, b->first,
				b->bytes);
	}
}

static void check_dsm(const struct igdpt_plan_result *plan, const struct igdpt_platform *platform,
	struct igdpt_priv_report *report)
{
	bool has_register = platform->bdsm != IGDPT_BDSM_NONE;

	if (plan->flags & IGDPT_PLAN_FELL_BACK)
		igdpt_priv_report(report, IGDPT_F_PLAN_FELL_BACK, IGDPT_NO_OFFSET, 0, 0);
	if (has_register && !plan->dsm_bytes)
		igdpt_priv_report(report, IGDPT_F_PLAN_NO_DSM, IGDPT_NO_OFFSET, 0, 0);
	if (plan->dsm_bytes && !(plan->flags & IGDPT_PLAN_IS_IDENTITY) && platform->gen == 1200)
		igdpt_priv_report(report, IGDPT_F_PLAN_RELOCATED, IGDPT_NO_OFFSET, 0, 0);
	if (platform->bdsm == IGDPT_BDSM_CFG_C0 && plan->bridge == IGDPT_BRIDGE_ON)
		igdpt_priv_report(report, IGDPT_F_PLAN_BRIDGE, IGDPT_NO_OFFSET, IGDPT_CFG_BDSM,
			IGDPT_CFG_BDSM64);
}

/* Options and plan as this library knows them, whichever version the caller was built with. */
static int made_plan(const struct igdpt_plan_opts *opts, const struct igdpt_plan_result *plan,
	struct igdpt_plan_opts *o, struct igdpt_plan_result *p, struct igdpt_finding *why)
{
	int rc;

	if (!opts || !plan)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	rc = igdpt_priv_struct_in(o, sizeof(*o), V1(igdpt_plan_opts), opts, why);
	return rc ? rc : igdpt_priv_struct_in(p, sizeof(*p), V1(igdpt_plan_result), plan, why);
}

int igdpt_plan_check(const struct igdpt_plan_opts *opts, const struct igdpt_plan_result *plan,
	igdpt_finding_fn fn, void *user)
{
	struct igdpt_priv_report report = { .fn = fn, .user = user };
	struct igdpt_platform platform;
	struct igdpt_plan_opts o;
	struct igdpt_plan_result p;
	int rc = made_plan(opts, plan, &o, &p, NULL);

	if (rc == 0)
		rc = igdpt_priv_struct_in(&platform, sizeof(platform), V1(igdpt_platform), o.platform,
			NULL);
	if (rc)
		return rc;
	check_blocks(&p, &report);
	check_dsm(&p, &platform, &report);
	if (o.dsm_bytes && !has_stolen(&platform))
		igdpt_priv_report(&report, IGDPT_F_PCICFG_GMS_NOWHERE, IGDPT_NO_OFFSET, 0, 0);
	if (o.flags & IGDPT_PLAN_TWO_TYPES)
		igdpt_priv_report(&report, IGDPT_F_PLAN_TWO_TYPES_NOTE, IGDPT_NO_OFFSET, 0, 0);
	return report.errors;
}

/* ---- The memory map ------------------------------------------------------------------------- */

struct map {
	struct igdpt_e820_entry *entries;
	size_t room;
	size_t count;
	struct igdpt_e820_entry last; /* kept also where there is no room, to count right */
};

static void map_add(struct map *m, uint64_t first, uint64_t end, uint32_t type)
{
	if (first >= end)
		return;
	if (m->count && m->last.type == type && m->last.first + m->last.bytes == first)
		m->last.bytes += end - first;
	else {
		m->last = (struct igdpt_e820_entry){ first, end - first, type, 0 };
		m->count++;
	}
	if (m->count <= m->room)
		m->entries[m->count - 1] = m->last;
}

/* Something in RAM that is not plain RAM; nothing where first is UINT64_MAX. */
struct special {
	uint64_t first;
	uint64_t end;
	uint32_t type;
};

/* The next block of the plan or taken range at or above `at`. */
static struct special next_special(const struct igdpt_plan_opts *opts,
	const struct igdpt_plan_result *plan, uint64_t at)
{
	struct special next = { UINT64_MAX, UINT64_MAX, IGDPT_E820_RESERVED };
	struct igdpt_range hit;

	if (igdpt_ranges_overlap(opts->taken, at, UINT64_MAX, &hit)) {
		next.first = hit.first > at ? hit.first : at;
		next.end = hit.last < UINT64_MAX ? hit.last + 1 : hit.last;
	}
	for (uint32_t i = 0; i < plan->count; i++) {
		const struct igdpt_plan_block *b = &plan->blocks[i];

		if (b->e820 && !(b->flags & (IGDPT_PLAN_LATER | IGDPT_PLAN_PREDICTED)) &&
		    b->first >= at && b->first < next.first)
			next = (struct special){ b->first, b->first + b->bytes, b->e820 };
	}
	return next;
}

/* RAM of [first, end) with what is special in it. */
static void map_ram(struct map *m, const struct igdpt_plan_opts *opts,
	const struct igdpt_plan_result *plan, uint64_t first, uint64_t end)
{
	uint64_t at = first;

	while (at < end) {
		struct special s = next_special(opts, plan, at);

		if (s.first > end)
			s.first = end;
		if (s.end > end)
			s.end = end;
		map_add(m, at, s.first, IGDPT_E820_RAM);
		map_add(m, s.first, s.end, s.type);
		at = s.end;
	}
}

/* A block between low RAM and 4 GiB. */
static void map_added(struct map *m, const struct igdpt_plan_block *b)
{
	if (b && b->flags & IGDPT_PLAN_ADD_MEMORY)
		map_add(m, b->first, b->first + b->bytes, b->e820);
}

int igdpt_plan_e820(const struct igdpt_plan_opts *opts, const struct igdpt_plan_result *plan,
	struct igdpt_e820_entry *entries, size_t *count, struct igdpt_finding *why)
{
	struct map m = { .entries = entries };
	struct igdpt_plan_opts o;
	struct igdpt_plan_result p;
	int rc;

	if (!count)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	rc = made_plan(opts, plan, &o, &p, why);
	if (rc)
		return rc;
	m.room = entries ? *count : 0;
	map_ram(&m, &o, &p, 0, 0xa0000);
	map_add(&m, 0xa0000, LOW_RAM_MIN, IGDPT_E820_RESERVED);
	map_ram(&m, &o, &p, LOW_RAM_MIN, o.low_end);
	/* Ascending: the GSM touches its DSM from below. */
	map_added(&m, find_block(&p, IGDPT_PLAN_BLOCK_GSM));
	map_added(&m, find_block(&p, IGDPT_PLAN_BLOCK_DSM));
	map_ram(&m, &o, &p, 4 * GIB, 4 * GIB + o.high_bytes);
	*count = m.count;
	if (m.count > m.room)
		return igdpt_priv_fail(why, IGDPT_F_OUTPUT_SPACE, IGDPT_NO_OFFSET, m.room, m.count);
	return 0;
}
