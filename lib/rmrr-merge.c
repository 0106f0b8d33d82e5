/* SPDX-License-Identifier: MIT */
#include "rmrr-priv.h"

/* The sets that regions are compared with. */
enum {
	SET_DMAR = 0,   /* plus a type of 1 to 4 */
	SET_SYSFS = 4,  /* likewise */
	SET_FIRMWARE = 9,
	SET_VFIO,
	SET_IOMMUFD,
	SETS
};

struct merger {
	struct igdpt_ranges sets[SETS];
	struct igdpt_priv_report report;
	struct rmrr_list list;
	uint32_t given;
};

static unsigned set_of(const struct igdpt_rmrr_region *r)
{
	if (r->type >= IGDPT_RMRR_DIRECT && r->type <= IGDPT_RMRR_MSI)
		return (r->sources & IGDPT_RMRR_DMAR ? SET_DMAR : SET_SYSFS) + r->type;
	if (r->type == IGDPT_RMRR_USABLE)
		return r->sources & IGDPT_RMRR_VFIO ? SET_VFIO : SET_IOMMUFD;
	return r->type == IGDPT_RMRR_FIRMWARE ? SET_FIRMWARE : SETS;
}

static void build_sets(struct merger *m, const struct igdpt_rmrr_region *in, size_t count,
	struct igdpt_range *work)
{
	for (unsigned set = 0; set < SETS; set++) {
		size_t n = 0;

		for (size_t i = 0; i < count; i++) {
			if (set_of(&in[i]) == set && in[i].first <= in[i].last)
				work[n++] = (struct igdpt_range){ in[i].first, in[i].last };
		}
		igdpt_ranges_build(&m->sets[set], work, n, NULL, NULL, NULL);
		work += n;
	}
}

static bool covers(const struct igdpt_ranges *set, const struct igdpt_rmrr_region *r)
{
	struct igdpt_range hit;

	return igdpt_ranges_overlap(set, r->first, r->last, &hit) && hit.first <= r->first &&
		hit.last >= r->last;
}

/* The sources that bear a region out, beside the one that it is from. */
static uint32_t witnesses(const struct merger *m, const struct igdpt_rmrr_region *r)
{
	uint32_t sources = r->sources;

	if (r->type <= IGDPT_RMRR_MSI && covers(&m->sets[SET_SYSFS + r->type], r))
		sources |= IGDPT_RMRR_SYSFS;
	if (covers(&m->sets[SET_FIRMWARE], r))
		sources |= IGDPT_RMRR_IOMEM;
	if (r->type == IGDPT_RMRR_RELAXABLE || r->type > IGDPT_RMRR_MSI)
		return sources;
	if ((m->given & IGDPT_RMRR_VFIO) &&
		!igdpt_ranges_overlap(&m->sets[SET_VFIO], r->first, r->last, NULL))
		sources |= IGDPT_RMRR_VFIO;
	if ((m->given & IGDPT_RMRR_IOMMUFD) &&
		!igdpt_ranges_overlap(&m->sets[SET_IOMMUFD], r->first, r->last, NULL))
		sources |= IGDPT_RMRR_IOMMUFD;
	return sources;
}

static void report_missing(struct merger *m, const struct igdpt_rmrr_region *r)
{
	static const struct {
		uint32_t source, finding, first_type, last_type;
	} rules[] = {
		{ IGDPT_RMRR_DMAR, IGDPT_F_RMRR_NOT_IN_DMAR, IGDPT_RMRR_DIRECT, IGDPT_RMRR_RELAXABLE },
		{ IGDPT_RMRR_SYSFS, IGDPT_F_RMRR_NOT_IN_SYSFS, IGDPT_RMRR_DIRECT, IGDPT_RMRR_MSI },
		{ IGDPT_RMRR_IOMEM, IGDPT_F_RMRR_NOT_IN_IOMEM, IGDPT_RMRR_DIRECT, IGDPT_RMRR_RELAXABLE },
		{ IGDPT_RMRR_VFIO, IGDPT_F_RMRR_USABLE, IGDPT_RMRR_DIRECT, IGDPT_RMRR_DIRECT },
		{ IGDPT_RMRR_VFIO, IGDPT_F_RMRR_USABLE, IGDPT_RMRR_RESERVED, IGDPT_RMRR_MSI },
		{ IGDPT_RMRR_IOMMUFD, IGDPT_F_RMRR_USABLE, IGDPT_RMRR_DIRECT, IGDPT_RMRR_DIRECT },
		{ IGDPT_RMRR_IOMMUFD, IGDPT_F_RMRR_USABLE, IGDPT_RMRR_RESERVED, IGDPT_RMRR_MSI },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if ((m->given & rules[i].source) && !(r->sources & rules[i].source) &&
			r->type >= rules[i].first_type && r->type <= rules[i].last_type &&
			r->reason != IGDPT_RMRR_BY_ISA)
			igdpt_priv_report(&m->report, rules[i].finding, r->offset, r->first, r->last);
	}
}

static void merge_region(struct merger *m, const struct igdpt_rmrr_region *in)
{
	struct igdpt_rmrr_region r = *in;

	if (r.type > IGDPT_RMRR_OTHER || ((r.sources & IGDPT_RMRR_SYSFS) &&
		r.type <= IGDPT_RMRR_MSI && covers(&m->sets[SET_DMAR + r.type], &r)))
		return;
	if (r.reason == IGDPT_RMRR_BY_BRIDGE && (m->given & IGDPT_RMRR_SYSFS))
		return;
	r.sources = witnesses(m, &r);
	rmrr_add(&m->list, &r);
	if (r.first <= r.last)
		report_missing(m, &r);
}

static bool explained(const struct merger *m, uint64_t first, uint64_t last)
{
	for (unsigned set = SET_DMAR + 1; set <= SET_SYSFS + IGDPT_RMRR_MSI; set++) {
		if (igdpt_ranges_overlap(&m->sets[set], first, last, NULL))
			return true;
	}
	return false;
}

/* Holes between usable ranges that nothing reserved explains. */
static void merge_holes(struct merger *m, unsigned set, uint32_t source)
{
	const struct igdpt_ranges *usable = &m->sets[set];

	for (size_t i = 1; i < usable->count; i++) {
		struct igdpt_rmrr_region r = { .first = usable->ranges[i - 1].last + 1,
			.last = usable->ranges[i].first - 1, .offset = IGDPT_NO_OFFSET, .sources = source,
			.type = IGDPT_RMRR_RESERVED, .address = IGDPT_RMRR_NO_ADDRESS };

		if (explained(m, r.first, r.last))
			continue;
		rmrr_add(&m->list, &r);
		if (m->given & (IGDPT_RMRR_DMAR | IGDPT_RMRR_SYSFS))
			igdpt_priv_report(&m->report, IGDPT_F_RMRR_HOLE, IGDPT_NO_OFFSET, r.first, r.last);
	}
}

int igdpt_rmrr_merge(const struct igdpt_rmrr_region *in, size_t in_count, struct igdpt_range *work,
	struct igdpt_rmrr_region *out, size_t *count, igdpt_finding_fn fn, void *user)
{
	struct merger m = { .report = { .fn = fn, .user = user },
		.list = { out, out && count ? *count : 0, 0 } };
	int rc;

	if (!count || (in_count && (!in || !work)))
		return -IGDPT_E_INVALID;
	for (size_t i = 0; i < in_count; i++)
		m.given |= in[i].sources;
	if (in_count)
		build_sets(&m, in, in_count, work);
	for (size_t i = 0; i < in_count; i++)
		merge_region(&m, &in[i]);
	merge_holes(&m, SET_VFIO, IGDPT_RMRR_VFIO);
	merge_holes(&m, SET_IOMMUFD, IGDPT_RMRR_IOMMUFD);
	rc = rmrr_finish(&m.list, count, NULL);
	return rc < 0 ? rc : m.report.total;
}
