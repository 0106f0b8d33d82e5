/* SPDX-License-Identifier: MIT
 *
 * Plans for any guest: blocks keep the rules of plan.h, the memory map has every byte of RAM once,
 * and where the guest is so small that every page can be tried, "no room" means that there is none.
 */
#include "fuzz.h"

#include <stdlib.h>

#define MIB (UINT64_C(1) << 20)
#define PAGE UINT64_C(4096)
#define FOUR_GIB (UINT64_C(1) << 32)
#define FIXED UINT64_C(0xfec00000) /* IOAPIC, MSIs, firmware */
#define TAKEN 8u
#define SMALL (12 * MIB)

struct question {
	struct igdpt_plan_opts opts;
	struct igdpt_platform platform;
	struct igdpt_range taken[TAKEN];
	struct igdpt_ranges set;
};

/* An address that is small, or near one that matters. */
static uint64_t take_address(struct fuzz_reader *in)
{
	static const uint64_t near[] = { MIB, FOUR_GIB, 0xfec00000, 0x80000000 };
	uint32_t kind = fuzz_below(in, 8);

	if (kind < COUNT(near))
		return near[kind] + fuzz_number(in, 1) * PAGE - 128 * PAGE;
	if (kind < 7)
		return fuzz_number(in, 2) << 8;
	return fuzz_number(in, 4);
}

static void take_ranges(struct fuzz_reader *in, struct question *q)
{
	uint32_t n = fuzz_below(in, TAKEN + 1);

	for (uint32_t i = 0; i < n; i++) {
		q->taken[i].first = take_address(in);
		q->taken[i].last = q->taken[i].first + (fuzz_number(in, 2) << 4);
	}
	must(igdpt_ranges_build(&q->set, q->taken, n, NULL, NULL, NULL) == 0);
}

static void take(struct fuzz_reader *in, struct question *q)
{
	static const uint32_t ids[] = { 0x0412, 0x1912, 0x9a49, 0x46a6, 0x22b0, 0x7d55, 0x0046, 0x5917 };
	static const uint32_t ggcs[] = { 0x0211, 0x01f1, 0xf0c1, 0xf2c1, 0x00c1, 0x01c1, 0x0041 };
	struct igdpt_plan_opts *o = &q->opts;

	q->platform.size = sizeof(q->platform);
	must(igdpt_platform_find(ids[fuzz_below(in, COUNT(ids))], &q->platform) == 0);
	*o = (struct igdpt_plan_opts){ .size = sizeof(*o), .flags = fuzz_below(in, 3),
		.mode = fuzz_below(in, 5), .dsm_policy = fuzz_below(in, 6), .firmware = fuzz_below(in, 4),
		.platform = fuzz_below(in, 9) ? &q->platform : NULL };
	o->class_code = fuzz_below(in, 2) ? 0x038000 : 0;
	o->ggc = ggcs[fuzz_below(in, COUNT(ggcs))];
	if (fuzz_below(in, 8) == 0)
		o->ggc = (uint32_t)fuzz_number(in, 2);
	o->low_end = take_address(in);
	o->high_bytes = fuzz_below(in, 4) ? 0 : fuzz_number(in, 8);
	if (fuzz_below(in, 2)) {
		o->mmio_first = fuzz_below(in, 4) ? o->low_end : take_address(in);
		o->mmio_last = o->mmio_first + (fuzz_number(in, 2) << 8) + 0xfff;
	}
	o->opregion_bytes = 0x2000 + fuzz_number(in, 2);
	if (fuzz_below(in, 16) == 0)
		o->opregion_bytes = fuzz_number(in, 8);
	o->vbt_bytes = fuzz_below(in, 3) ? 0 : fuzz_number(in, 2);
	o->dsm_bytes = fuzz_below(in, 4) ? 0 : fuzz_number(in, 1) << 22;
	o->host_asls = fuzz_number(in, 4);
	o->host_bdsm = take_address(in);
	take_ranges(in, q);
	o->taken = fuzz_below(in, 4) ? &q->set : NULL;
}

static const struct igdpt_plan_block *block(const struct igdpt_plan_result *plan, uint32_t kind)
{
	for (uint32_t i = 0; i < plan->count; i++) {
		if (plan->blocks[i].kind == kind)
			return &plan->blocks[i];
	}
	return NULL;
}

static bool apart(const struct igdpt_plan_block *a, const struct igdpt_plan_block *b)
{
	return a->first + a->bytes <= b->first || b->first + b->bytes <= a->first;
}

static void judge_block(const struct question *q, const struct igdpt_plan_block *b)
{
	const struct igdpt_plan_opts *o = &q->opts;

	if (b->flags & IGDPT_PLAN_LATER) {
		must(b->first == 0);
		return;
	}
	must(b->bytes && b->bytes % PAGE == 0 && b->first % PAGE == 0);
	must(b->first + b->bytes <= FIXED);
	must(b->kind != IGDPT_PLAN_BLOCK_DSM || b->first % MIB == 0);
	must(!igdpt_ranges_overlap(o->taken, b->first, b->first + b->bytes - 1, NULL));
	if (b->flags & IGDPT_PLAN_IN_RAM)
		must(b->first >= MIB && b->first + b->bytes <= o->low_end);
	if (b->flags & IGDPT_PLAN_TRAPPED)
		must(b->first >= o->mmio_first && b->first + b->bytes - 1 <= o->mmio_last);
	if (b->flags & IGDPT_PLAN_ADD_MEMORY)
		must(b->first >= o->low_end &&
			(!o->mmio_first || b->first + b->bytes <= o->mmio_first ||
				b->first > o->mmio_last));
}

static void judge_plan(const struct question *q, const struct igdpt_plan_result *plan)
{
	const struct igdpt_plan_block *vbt = block(plan, IGDPT_PLAN_BLOCK_VBT);
	const struct igdpt_plan_block *op = block(plan, IGDPT_PLAN_BLOCK_OPREGION);
	const struct igdpt_plan_block *dsm = block(plan, IGDPT_PLAN_BLOCK_DSM);

	must(plan->count <= COUNT(plan->blocks));
	for (uint32_t i = 0; i < plan->count; i++) {
		const struct igdpt_plan_block *b = &plan->blocks[i];

		judge_block(q, b);
		for (uint32_t k = 0; k < i; k++)
			must((b->flags | plan->blocks[k].flags) & IGDPT_PLAN_LATER ||
				apart(b, &plan->blocks[k]));
	}
	must(op && op->bytes >= q->opts.opregion_bytes);
	must(!vbt == !q->opts.vbt_bytes);
	must(!vbt || (vbt->first >= op->first + op->bytes && plan->rvda == vbt->first - op->first));
	must(!dsm == !plan->dsm_bytes && (!dsm || dsm->bytes == plan->dsm_bytes));
	must(!(plan->flags & IGDPT_PLAN_IS_IDENTITY) ||
		(dsm && dsm->first == (q->opts.host_bdsm & ~(MIB - 1))));
	must(q->opts.dsm_policy != IGDPT_PLAN_DSM_IDENTITY || !dsm ||
		(plan->flags & IGDPT_PLAN_IS_IDENTITY));
}

/* Ascending, disjoint, whole: RAM and what lies in it, and nothing usable that is taken. */
static void judge_map(const struct question *q, const struct igdpt_plan_result *plan)
{
	struct igdpt_e820_entry *map;
	size_t n = 0, room;
	uint64_t at = 0;
	int rc = igdpt_plan_e820(&q->opts, plan, NULL, &n, NULL);

	must(rc == -IGDPT_E_NOSPACE && n < 64);
	map = calloc(n, sizeof(*map));
	room = n;
	must(map && igdpt_plan_e820(&q->opts, plan, map, &n, NULL) == 0 && n == room);
	for (size_t i = 0; i < n; i++) {
		uint64_t first = map[i].first, last = first + map[i].bytes - 1;

		must(map[i].bytes && first >= at && last >= first);
		must(first == at || at >= q->opts.low_end);
		must(map[i].type != IGDPT_E820_RAM ||
			!igdpt_ranges_overlap(q->opts.taken, first, last, NULL));
		for (uint32_t k = 0; k < plan->count; k++) {
			const struct igdpt_plan_block *b = &plan->blocks[k];

			must(map[i].type != IGDPT_E820_RAM || !b->e820 ||
				b->flags & (IGDPT_PLAN_LATER | IGDPT_PLAN_PREDICTED) ||
				b->first > last || b->first + b->bytes <= first);
		}
		at = last + 1;
	}
	free(map);
}

/* ---- Every place ---------------------------------------------------------------------------- */

/* Where one kind of block may lie, and what is in the way. */
struct ground {
	uint64_t first, end;
	const struct igdpt_ranges *taken;
	struct igdpt_range dsm; /* last below first for none */
};

static bool is_free(const struct ground *g, uint64_t at, uint64_t bytes)
{
	return at >= g->first && at + bytes <= g->end &&
		!igdpt_ranges_overlap(g->taken, at, at + bytes - 1, NULL) &&
		(g->dsm.last < g->dsm.first || at > g->dsm.last || at + bytes <= g->dsm.first);
}

static bool lowest(const struct ground *g, uint64_t from, uint64_t bytes, uint64_t step, uint64_t *at)
{
	for (*at = (from + step - 1) / step * step; *at + bytes <= g->end; *at += step) {
		if (is_free(g, *at, bytes))
			return true;
	}
	return false;
}

/* The lowest OpRegion leaves the VBT the most room above it. */
static bool tables_fit(const struct ground *g, uint64_t opregion, uint64_t vbt)
{
	uint64_t at;

	return lowest(g, g->first, opregion, PAGE, &at) &&
		(!vbt || lowest(g, at + opregion, vbt, PAGE, &at));
}

static uint64_t end_of(uint64_t end)
{
	return end < FIXED ? end : FIXED;
}

static bool any_placement(const struct question *q, uint64_t dsm)
{
	const struct igdpt_plan_opts *o = &q->opts;
	struct ground ram = { MIB, end_of(o->low_end), o->taken, { 1, 0 } }, tables = ram;
	uint64_t opregion = (o->opregion_bytes + PAGE - 1) / PAGE * PAGE;
	uint64_t vbt = (o->vbt_bytes + PAGE - 1) / PAGE * PAGE, at = MIB;

	if (o->mode == IGDPT_PLAN_TRAP && !o->mmio_first)
		return false;
	if (o->mode == IGDPT_PLAN_TRAP) {
		tables.first = o->mmio_first;
		tables.end = end_of(o->mmio_last + 1);
	}
	if (!dsm)
		return tables_fit(&tables, opregion, vbt);
	for (; lowest(&ram, at, dsm, MIB, &at); at += MIB) {
		tables.dsm = (struct igdpt_range){ at, at + dsm - 1 };
		if (tables_fit(&tables, opregion, vbt))
			return true;
	}
	return false;
}

/* "No room" in a small guest whose stolen memory is not tied to the host's address. */
static void really_no_room(const struct question *q, const struct igdpt_finding *why)
{
	const struct igdpt_plan_opts *o = &q->opts;

	if (why->id != IGDPT_F_PLAN_NO_ROOM && why->id != IGDPT_F_PLAN_NO_HOLE)
		return;
	if (o->low_end > SMALL || o->mmio_last - o->mmio_first > SMALL)
		return;
	if (o->mode == IGDPT_PLAN_FIRMWARE && o->firmware == IGDPT_FIRMWARE_SEABIOS)
		return;
	if (o->mode == IGDPT_PLAN_MAP || o->dsm_policy == IGDPT_PLAN_DSM_IDENTITY)
		return;
	/* `want` holds the size of the stolen memory that found no room. */
	must(!any_placement(q, why->id == IGDPT_F_PLAN_NO_ROOM ? why->want : 0));
}

/* Arguments that are none are refused. */
static void refuse(const struct igdpt_plan_result *plan)
{
	struct igdpt_plan_opts small = { .size = 3 };
	struct igdpt_plan_opts vast = { .size = sizeof(vast), .mode = IGDPT_PLAN_COPY,
		.low_end = FOUR_GIB / 2, .opregion_bytes = 0x2000, .vbt_bytes = FOUR_GIB };
	struct igdpt_plan_result result = { .size = sizeof(result) };
	size_t n = 0;

	must(igdpt_plan_e820(&small, plan, NULL, &n, NULL) == -IGDPT_E_ABI_SIZE);
	must(igdpt_plan_make(&vast, &result, NULL) < 0 && !result.count);
	must(igdpt_stolen_encode(IGDPT_CODEC_GEN8, 0x0211, MIB, NULL, NULL) == -IGDPT_E_INVALID);
}

void fuzz_one(const uint8_t *data, size_t len)
{
	struct fuzz_reader in = { data, len };
	struct question q = { .opts = { 0 } };
	struct igdpt_plan_result plan = { .size = sizeof(plan) };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct fuzz_findings seen = { .limit = UINT64_MAX };
	int rc;

	take(&in, &q);
	must(igdpt_plan_make(NULL, &plan, NULL) == -IGDPT_E_INVALID);
	must(igdpt_plan_check(NULL, &plan, NULL, NULL) == -IGDPT_E_INVALID);
	must(igdpt_plan_e820(NULL, &plan, NULL, NULL, NULL) == -IGDPT_E_INVALID);
	refuse(&plan);
	rc = igdpt_plan_make(&q.opts, &plan, &why);
	if (rc < 0) {
		must(why.id && plan.count == 0);
		really_no_room(&q, &why);
		return;
	}
	judge_plan(&q, &plan);
	judge_map(&q, &plan);
	rc = igdpt_plan_check(&q.opts, &plan, fuzz_note, &seen);
	must(rc == seen.errors);
}
