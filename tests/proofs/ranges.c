/* SPDX-License-Identifier: MIT
 *
 * Range arithmetic on sets of up to RANGES ranges, anywhere in the 64-bit address space, judged by
 * an address of which nothing is known: what holds for it holds for each.
 */
#include "igdpt/ranges.h"
#include "internal.h"
#include "proof.h"

#define RANGES 3u
#define SORTED 3u
#define FEW 1u /* where sets are joined, and holes searched */

static bool inside(const struct igdpt_range *r, size_t n, uint64_t x)
{
	bool in = false;

	for (size_t i = 0; i < n; i++)
		in = in || (r[i].first <= x && x <= r[i].last);
	return in;
}

/* Sorted, disjoint, not touching: what igdpt_ranges_build() gives. */
static bool canonical(const struct igdpt_range *r, size_t n)
{
	bool good = true;

	for (size_t i = 0; i < n; i++)
		good = good && r[i].first <= r[i].last &&
			(i == 0 || (r[i - 1].last < r[i].first && r[i].first - r[i - 1].last > 1));
	return good;
}

static struct igdpt_ranges any_set(size_t max)
{
	size_t count = any_size();
	struct igdpt_range *r;

	assume(count <= max);
	r = any_bytes(count * sizeof(*r));
	assume(canonical(r, count));
	return (struct igdpt_ranges){ r, NULL, count };
}

/* At the array's end, so that a read past the last one is an error. */
static struct igdpt_ranges set_of(struct igdpt_range array[FEW], size_t count)
{
	struct igdpt_range *r = array + FEW - count;

	assume(canonical(r, count));
	return (struct igdpt_ranges){ r, NULL, count };
}

/* Of exactly this length: one that is open costs the solver hours. */
static void build(size_t count)
{
	struct igdpt_range array[SORTED], *r = array + SORTED - count, before[SORTED];
	struct igdpt_ranges set = { NULL, NULL, 0 };
	uint64_t x = any64();
	bool ordered = true;
	int rc;

	for (size_t i = 0; i < count; i++) {
		before[i] = r[i];
		ordered = ordered && r[i].first <= r[i].last;
	}
	rc = igdpt_ranges_build(&set, r, count, NULL, NULL, NULL);
	prove((rc == 0) == ordered);
	prove(implies(rc == 0, set.count <= count && canonical(set.ranges, set.count)));
	prove(implies(rc == 0, inside(set.ranges, set.count, x) == inside(before, count, x)));
}

void prove_build(void)
{
	for (size_t count = 0; count <= SORTED; count++)
		build(count);
}

/* With sets and output of exactly these lengths. */
static void combine(size_t count_a, size_t count_b, size_t room)
{
	struct igdpt_range of_a[FEW], of_b[FEW], joined[2 * FEW], *out = joined + 2 * FEW - room;
	const struct igdpt_ranges a = set_of(of_a, count_a), b = set_of(of_b, count_b);
	size_t count = room;
	uint32_t op = any32();
	uint64_t x = any64();
	bool in_a = inside(a.ranges, a.count, x), in_b = inside(b.ranges, b.count, x);
	bool want = op == IGDPT_RANGES_UNION ? in_a || in_b :
		in_a && in_b == (op == IGDPT_RANGES_INTERSECT);
	int rc = igdpt_ranges_combine(op, &a, &b, out, &count, NULL);

	prove((rc == 0) == (op >= IGDPT_RANGES_UNION && op <= IGDPT_RANGES_INTERSECT && count <= room));
	if (rc < 0)
		return;
	prove(canonical(out, count));
	prove(inside(out, count, x) == want);
}

void prove_combine(void)
{
	for (size_t a = 0; a <= FEW; a++) {
		for (size_t b = 0; b <= FEW; b++) {
			for (size_t room = 0; room <= a + b; room++)
				combine(a, b, room);
		}
	}
}

void prove_overlap(void)
{
	const struct igdpt_ranges set = any_set(RANGES);
	uint64_t first = any64(), last = any64(), x = any64();
	struct igdpt_range hit;
	int rc = igdpt_ranges_overlap(&set, first, last, &hit);

	prove(rc == 0 || rc == 1);
	prove(implies(first <= x && x <= last && inside(set.ranges, set.count, x), rc == 1));
	prove(implies(rc == 1, hit.first <= last && first <= hit.last && hit.first <= hit.last));
	prove(implies(rc == 1 && hit.first <= x && x <= hit.last, inside(set.ranges, set.count, x)));
}

/* Whether a place at `at` answers the request. */
static bool good_place(const struct igdpt_ranges *set, const struct igdpt_ranges_request *r,
	uint64_t at)
{
	uint64_t last = at + (r->bytes - 1), max = r->max ? r->max : UINT64_MAX;

	if (last < at || at < r->min || last > max || (r->align && at & (r->align - 1)))
		return false;
	for (size_t i = 0; i < set->count; i++) {
		if (set->ranges[i].first <= last && at <= set->ranges[i].last)
			return false;
	}
	return true;
}

/* The place found is good, and the best; where none is found there is none. */
static void fit(size_t count, uint32_t flags)
{
	struct igdpt_range ranges[FEW];
	const struct igdpt_ranges set = set_of(ranges, count);
	struct igdpt_ranges_request r = { .size = sizeof(r), .flags = flags, .bytes = any64(),
		.min = any64(), .max = any64(), .preferred = any64() };
	uint64_t first, other = any64();
	uint32_t shift = any8();
	bool good;
	int rc;

	assume(shift < 64 && r.bytes);
	r.align = any_bool() ? UINT64_C(1) << shift : 0;
	rc = igdpt_ranges_fit(&set, &r, &first, NULL);
	good = good_place(&set, &r, other);
	prove(rc <= 1);
	prove(implies(rc >= 0, good_place(&set, &r, first)));
	prove(implies(rc < 0, !good));
	prove(implies(rc == 1, first == r.preferred));
	prove(implies(rc == 0 && good && flags & IGDPT_RANGES_HIGHEST, other <= first));
	prove(implies(rc == 0 && good && !(flags & IGDPT_RANGES_HIGHEST), other >= first));
}

void prove_fit(void)
{
	for (size_t count = 0; count <= FEW; count++) {
		for (uint32_t f = 0; f <= (IGDPT_RANGES_HIGHEST | IGDPT_RANGES_PREFERRED); f++)
			fit(count, f);
	}
}
