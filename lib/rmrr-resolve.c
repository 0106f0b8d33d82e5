/* SPDX-License-Identifier: MIT */
#include "rmrr-priv.h"
#include "ranges-priv.h"

#define FOUR_GIB (4 * GIB)

/* A layout on its way. */
struct resolver {
	struct igdpt_rmrr_resolve_opts opts;
	struct igdpt_rmrr_layout layout;
	struct rmrr_list map;
};

/* sysfs does not say whose a region is; what an ISA bridge has begins at 0. */
static bool may_be_stolen(const struct igdpt_rmrr_region *r)
{
	return r->reason == IGDPT_RMRR_BY_DISPLAY ||
		(r->reason == IGDPT_RMRR_BY_SOURCE && r->first);
}

static bool is_binding(const struct resolver *v, const struct igdpt_rmrr_region *r)
{
	if (v->opts.policy == IGDPT_RMRR_IGNORE || r->last < r->first)
		return false;
	if (r->type == IGDPT_RMRR_RELAXABLE)
		return (v->opts.flags & IGDPT_RMRR_IDENTITY) && may_be_stolen(r);
	return r->type >= IGDPT_RMRR_DIRECT && r->type <= IGDPT_RMRR_MSI;
}

static bool in_ram(const struct igdpt_rmrr_region *r, uint64_t low_end, uint64_t high_end)
{
	return r->first < low_end || (r->last >= FOUR_GIB && r->first < high_end);
}

static int check_resolve(struct resolver *v, struct igdpt_finding *why)
{
	struct igdpt_rmrr_resolve_opts *o = &v->opts;

	o->policy = o->policy ? o->policy : IGDPT_RMRR_RELAXED;
	o->boundary = o->boundary ? o->boundary : 2 * GIB;
	o->granularity = o->granularity ? o->granularity : PAGE_SIZE_4K;
	if (o->policy > IGDPT_RMRR_IGNORE || o->flags > 3 || o->reserved)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, o->policy, o->flags);
	if (o->granularity & (o->granularity - 1))
		return igdpt_priv_fail(why, IGDPT_F_RANGE_ALIGN, IGDPT_NO_OFFSET, o->granularity, 0);
	if (o->low_end > FOUR_GIB || (o->high_end && o->high_end <= FOUR_GIB))
		return igdpt_priv_fail(why, IGDPT_F_RMRR_LAYOUT, IGDPT_NO_OFFSET, o->low_end, o->high_end);
	v->layout.low_end = o->low_end;
	v->layout.high_end = o->high_end;
	return 0;
}

/* Low RAM ends at the lowest region above the boundary; high RAM takes what it lost. */
static int lower(struct resolver *v, const struct igdpt_rmrr_region *r, size_t n,
	struct igdpt_finding *why)
{
	struct igdpt_rmrr_layout *l = &v->layout;
	uint64_t high = l->high_end ? l->high_end : FOUR_GIB;

	for (size_t i = 0; i < n; i++) {
		if (is_binding(v, &r[i]) && r[i].first > v->opts.boundary && r[i].first < l->low_end)
			l->low_end = r[i].first & ~(v->opts.granularity - 1);
	}
	l->moved = v->opts.low_end - l->low_end;
	if (l->moved && __builtin_add_overflow(high, l->moved, &l->high_end))
		return igdpt_priv_fail(why, IGDPT_F_RMRR_LAYOUT, IGDPT_NO_OFFSET, l->moved, high);
	return 0;
}

static void set_states(struct resolver *v, struct igdpt_rmrr_region *r, size_t n)
{
	bool carve = v->opts.flags & IGDPT_RMRR_CARVE;

	for (; n--; r++) {
		if (!is_binding(v, r))
			r->state = IGDPT_RMRR_IGNORED;
		else if (!carve && in_ram(r, v->layout.low_end, v->layout.high_end))
			r->state = IGDPT_RMRR_CONFLICT;
		else if (in_ram(r, v->opts.low_end, v->opts.high_end))
			r->state = IGDPT_RMRR_MOVED;
		else
			r->state = IGDPT_RMRR_CLEAR;
		v->layout.conflicts += r->state == IGDPT_RMRR_CONFLICT;
	}
}

static int build_kept(const struct resolver *v, const struct igdpt_rmrr_region *r, size_t n,
	struct igdpt_ranges *kept)
{
	size_t used = 0;

	for (; n--; r++) {
		if (r->state == IGDPT_RMRR_CLEAR || r->state == IGDPT_RMRR_MOVED)
			v->opts.work[used++] = (struct igdpt_range){ r->first, r->last };
	}
	return igdpt_ranges_build(kept, v->opts.work, used, NULL, NULL, NULL);
}

/* Ascending: what is kept, as one entry each, and RAM where nothing is kept. */
static void draw_map(struct resolver *v, const struct igdpt_ranges *kept)
{
	struct igdpt_range ends[2] = { { 0, v->layout.low_end - 1 },
		{ FOUR_GIB, v->layout.high_end - 1 } };
	bool low = v->layout.low_end, high = v->layout.high_end, was_kept = false;
	const struct igdpt_ranges ram = { ends + !low, NULL, (size_t)low + high };
	uint64_t at = 0, last_kept, last_ram, last;
	size_t i = 0, j = 0;

	do {
		bool is_kept = igdpt_priv_stretch(kept, &i, at, &last_kept);
		bool is_ram = igdpt_priv_stretch(&ram, &j, at, &last_ram);
		struct igdpt_rmrr_region r = { .first = at, .address = IGDPT_RMRR_NO_ADDRESS,
			.type = is_kept ? IGDPT_RMRR_RESERVED : IGDPT_RMRR_RAM };

		last = last_kept < last_ram ? last_kept : last_ram;
		r.last = is_kept ? last_kept : last;
		if (is_kept ? !was_kept : is_ram)
			rmrr_add(&v->map, &r);
		if (is_kept && is_ram)
			v->layout.moved += last - at + 1;
		was_kept = is_kept;
		at = last + 1;
	} while (last != UINT64_MAX);
}

int igdpt_rmrr_resolve(const struct igdpt_rmrr_resolve_opts *opts,
	struct igdpt_rmrr_region *regions, size_t region_count, struct igdpt_rmrr_layout *layout,
	struct igdpt_rmrr_region *map, size_t *map_count, struct igdpt_finding *why)
{
	struct resolver v = { .map = { map, map && map_count ? *map_count : 0, 0 } };
	struct igdpt_ranges kept;
	int rc = igdpt_priv_struct_in(&v.opts, sizeof(v.opts), V1(igdpt_rmrr_resolve_opts), opts, why);

	if (rc == 0 && (!layout || (region_count && (!regions || !v.opts.work))))
		rc = igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, region_count, 0);
	if (rc == 0)
		rc = check_resolve(&v, why);
	if (rc == 0 && !(v.opts.flags & IGDPT_RMRR_CARVE))
		rc = lower(&v, regions, region_count, why);
	if (rc < 0)
		return rc;
	set_states(&v, regions, region_count);
	rc = build_kept(&v, regions, region_count, &kept);
	draw_map(&v, &kept);
	if (rc == 0 && map_count)
		rc = rmrr_finish(&v.map, map_count, why);
	if (rc == 0)
		rc = igdpt_priv_struct_out(layout, &v.layout, sizeof(v.layout), V1(igdpt_rmrr_layout));
	if (rc == 0 && v.layout.conflicts && v.opts.policy == IGDPT_RMRR_STRICT)
		rc = igdpt_priv_fail(why, IGDPT_F_RMRR_CONFLICT, IGDPT_NO_OFFSET, v.layout.conflicts, 0);
	return rc;
}
