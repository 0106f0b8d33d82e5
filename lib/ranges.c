/* SPDX-License-Identifier: MIT */
#include "igdpt/ranges.h"

#include <string.h>

#include "internal.h"
#include "ranges-priv.h"
#include "sort.h"

/*
 * The index has two parts, both in levels of which each entry stands for a group of 16 entries of
 * the level below, up to a level of at most 16 entries.
 *
 * For each of the 64 powers of two the lowest level holds the largest room of each block of 32
 * holes. A hole's room at an alignment is what remains of it above its first aligned address, so
 * the search for a place is exact, and only the blocks at the ends of the window can disappoint.
 *
 * Behind them the lowest level holds the last address of each 16 ranges. It finds a range in as
 * many cache lines as a binary search has steps in the first two levels of the cache.
 */
#define BLOCK 32u
#define FAN 16u
#define ALIGNMENTS 64u
#define LEVELS 16u /* 16^16 is 2^64 */

static bool by_first(const void *a, const void *b)
{
	const struct igdpt_range *x = a, *y = b;

	return x->first < y->first;
}

/* Join neighbours of a sorted array; answers how many remain. */
static size_t join(struct igdpt_range *r, size_t n)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		struct igdpt_range *top = used ? r + used - 1 : NULL;

		if (!top || (top->last != UINT64_MAX && r[i].first > top->last + 1))
			r[used++] = r[i];
		else if (r[i].last > top->last)
			top->last = r[i].last;
	}
	return used;
}

static size_t blocks_of(size_t count)
{
	return count / BLOCK + 1;
}

static size_t groups_of(size_t n)
{
	return (n + FAN - 1) / FAN;
}

static size_t group_end(size_t low, size_t n)
{
	return n - low > FAN ? low + FAN : n;
}

/* Words of all levels above n entries, the n entries included. */
static size_t levels_of(size_t n)
{
	size_t words = n;

	while (n > FAN) {
		n = groups_of(n);
		words += n;
	}
	return words;
}

/* Words of the index for one alignment. */
static size_t stride_of(size_t count)
{
	return levels_of(blocks_of(count));
}

static size_t words_of(size_t count)
{
	if (count < BLOCK)
		return 0;
	return ALIGNMENTS * stride_of(count) + levels_of(groups_of(count));
}

/*
 * Hole i lies below range i, the last one above all. If one of these two does not exist its ends
 * wrap, to those of the whole address space.
 */
static struct igdpt_range get_hole(const struct igdpt_ranges *set, size_t i)
{
	return (struct igdpt_range){
		.first = i ? set->ranges[i - 1].last + 1 : 0,
		.last = i < set->count ? set->ranges[i].first - 1 : UINT64_MAX,
	};
}

static bool align_up(uint64_t *address, uint64_t align)
{
	if (__builtin_add_overflow(*address, align - 1, address))
		return false;
	*address &= ~(align - 1);
	return true;
}

/* Bytes above the first aligned address of a hole; of the whole address space 2^64, which is 0. */
static uint64_t room_of(const struct igdpt_range *hole, uint64_t align)
{
	uint64_t first = hole->first;

	if (!align_up(&first, align) || first > hole->last)
		return 0;
	return hole->last - first + 1;
}

static inline uint64_t raised(uint64_t value, uint64_t least)
{
	return value < least ? least : value;
}

static void raise_to(uint64_t *max, uint64_t value)
{
	*max = raised(*max, value);
}

static void index_blocks(const struct igdpt_ranges *set, uint64_t *index, size_t stride)
{
	for (size_t i = 0; i <= set->count; i++) {
		const struct igdpt_range hole = get_hole(set, i);

		for (unsigned k = 0; k < ALIGNMENTS; k++)
			raise_to(&index[k * stride + i / BLOCK], room_of(&hole, UINT64_C(1) << k));
	}
}

static void index_levels(uint64_t *level, size_t n)
{
	while (n > FAN) {
		for (size_t i = 0; i < n; i++)
			raise_to(&level[n + i / FAN], level[i]);
		level += n;
		n = groups_of(n);
	}
}

static void build_index(struct igdpt_ranges *set, uint64_t *index)
{
	size_t stride = stride_of(set->count);
	uint64_t *lasts = index + ALIGNMENTS * stride;

	memset(index, 0, words_of(set->count) * sizeof(*index));
	index_blocks(set, index, stride);
	for (unsigned k = 0; k < ALIGNMENTS; k++)
		index_levels(index + k * stride, blocks_of(set->count));
	for (size_t group = 0; group < groups_of(set->count); group++)
		lasts[group] = set->ranges[group_end(group * FAN, set->count) - 1].last;
	index_levels(lasts, groups_of(set->count));
	set->index = index;
}

int igdpt_ranges_build(struct igdpt_ranges *set, struct igdpt_range *ranges, size_t count,
	uint64_t *index, size_t *words, struct igdpt_finding *why)
{
	size_t room = index && words ? *words : 0;

	if (!set || (count && !ranges))
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, count, 0);
	if (words)
		*words = words_of(count);
	if (words && room < *words)
		return igdpt_priv_fail(why, IGDPT_F_OUTPUT_SPACE, IGDPT_NO_OFFSET, room * 8, *words * 8);
	for (size_t i = 0; i < count; i++) {
		if (ranges[i].first > ranges[i].last)
			return igdpt_priv_fail(why, IGDPT_F_RANGE_ORDER, i * sizeof(*ranges), ranges[i].first,
				ranges[i].last);
	}
	igdpt_priv_sort(ranges, count, sizeof(*ranges), by_first);
	*set = (struct igdpt_ranges){ ranges, NULL, join(ranges, count) };
	if (index && words && words_of(set->count))
		build_index(set, index);
	return 0;
}

bool igdpt_priv_stretch(const struct igdpt_ranges *set, size_t *i, uint64_t at, uint64_t *last)
{
	bool inside;

	while (*i < set->count && set->ranges[*i].last < at)
		++*i;
	inside = *i < set->count && set->ranges[*i].first <= at;
	if (*i == set->count)
		*last = UINT64_MAX;
	else
		*last = inside ? set->ranges[*i].last : set->ranges[*i].first - 1;
	return inside;
}

static bool keeps(uint32_t op, bool in_a, bool in_b)
{
	if (op == IGDPT_RANGES_UNION)
		return in_a || in_b;
	return in_a && in_b == (op == IGDPT_RANGES_INTERSECT);
}

/* Ranges arrive in ascending order; the last one stays open for one that touches it. */
struct output {
	struct igdpt_range *out;
	size_t room;
	size_t used;
	uint64_t next; /* the address that would touch; 0 for none */
};

static void append(struct output *o, uint64_t first, uint64_t last)
{
	bool touches = o->used && first == o->next;

	o->used += !touches;
	o->next = last + 1;
	if (o->used > o->room)
		return;
	if (!touches)
		o->out[o->used - 1].first = first;
	o->out[o->used - 1].last = last;
}

int igdpt_ranges_combine(uint32_t op, const struct igdpt_ranges *a, const struct igdpt_ranges *b,
	struct igdpt_range *out, size_t *count, struct igdpt_finding *why)
{
	struct output o = { .out = out, .room = out && count ? *count : 0 };
	uint64_t at = 0, last_a, last_b, last;
	size_t i = 0, j = 0;

	if (!a || !b || !count || op < IGDPT_RANGES_UNION || op > IGDPT_RANGES_INTERSECT)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, op, IGDPT_RANGES_INTERSECT);
	do {
		bool in_a = igdpt_priv_stretch(a, &i, at, &last_a);
		bool in_b = igdpt_priv_stretch(b, &j, at, &last_b);

		last = last_a < last_b ? last_a : last_b;
		if (keeps(op, in_a, in_b))
			append(&o, at, last);
		at = last + 1;
	} while (last != UINT64_MAX);
	*count = o.used;
	if (o.used > o.room)
		return igdpt_priv_fail(why, IGDPT_F_OUTPUT_SPACE, IGDPT_NO_OFFSET,
			o.room * sizeof(*out), o.used * sizeof(*out));
	return 0;
}

/* The first range of a group that does not end below an address, counted without a branch. */
static size_t below_in_group(const struct igdpt_ranges *set, size_t low, uint64_t address)
{
	size_t high = group_end(low, set->count), i = low;

	for (size_t k = low; k < high; k++)
		i += set->ranges[k].last < address;
	return i;
}

/* Halves the array down to a group. */
static size_t below_unindexed(const struct igdpt_ranges *set, uint64_t address)
{
	size_t low = 0, n = set->count;

	while (n > FAN) {
		size_t half = n / 2;

		low += half * (set->ranges[low + half - 1].last < address);
		n -= half;
	}
	return below_in_group(set, low, address);
}

/* Through the levels of the index. Out of line: small sets would pay for its frame. */
__attribute__((noinline)) static size_t below_indexed(const struct igdpt_ranges *set,
	uint64_t address)
{
	size_t n[LEVELS] = { groups_of(set->count) }, i = 0;
	const uint64_t *level = set->index + ALIGNMENTS * stride_of(set->count);
	unsigned l = 0;

	for (; n[l] > FAN; l++) {
		level += n[l];
		n[l + 1] = groups_of(n[l]);
	}
	for (;; level -= n[l]) {
		size_t low = FAN * i, high = group_end(low, n[l]);

		i = low;
		for (size_t k = low; k < high; k++)
			i += level[k] < address;
		if (i == n[l])
			return set->count;
		if (!l--)
			return below_in_group(set, FAN * i, address);
	}
}

/* How many ranges end below an address. */
static inline size_t below(const struct igdpt_ranges *set, uint64_t address)
{
	return set->index ? below_indexed(set, address) : below_unindexed(set, address);
}

int igdpt_ranges_overlap(const struct igdpt_ranges *set, uint64_t first, uint64_t last,
	struct igdpt_range *hit)
{
	size_t i;

	if (!set || last < first)
		return 0;
	i = below(set, first);
	if (i == set->count)
		return 0;
	if (hit)
		*hit = set->ranges[i];
	return set->ranges[i].first <= last;
}

/* A request with its defaults filled in; all places start in [min, highest]. */
struct search {
	const struct igdpt_ranges *set;
	uint64_t span; /* bytes - 1 */
	uint64_t align, min, max, highest;
	bool down;
};

/* From entry *i on, within its group, the first in the search's direction that has the room. */
static bool scan_group(const struct search *s, const uint64_t *level, size_t n, size_t *i)
{
	size_t low = *i - *i % FAN, high = group_end(low, n);

	for (; *i >= low && *i < high; s->down ? --*i : ++*i) {
		if (level[*i] > s->span)
			return true;
	}
	return false;
}

/* The group beside that of an entry, as an entry of the level above. */
static bool step_up(const struct search *s, size_t n, size_t group, size_t *i)
{
	if (s->down ? !group : group + 1 == groups_of(n))
		return false;
	*i = s->down ? group - 1 : group + 1;
	return true;
}

/* From block *i on, the next that has room for the request, without the window's bounds. */
static bool next_block(const struct search *s, size_t *i)
{
	unsigned k = (unsigned)__builtin_ctzll(s->align), l = 0;
	const uint64_t *level[LEVELS] = { s->set->index + k * stride_of(s->set->count) };
	size_t n[LEVELS] = { blocks_of(s->set->count) }, group;

	for (;;) {
		group = *i / FAN;
		if (scan_group(s, level[l], n[l], i))
			break;
		if (!step_up(s, n[l], group, i))
			return false;
		level[l + 1] = level[l] + n[l];
		n[l + 1] = groups_of(n[l]);
		l++;
	}
	while (l-- > 0) {
		*i = *i * FAN + (s->down ? FAN - 1 : 0);
		scan_group(s, level[l], n[l], i);
	}
	return true;
}

/*
 * The lowest place in the holes from `low` on, before `end`: 1 if there is one, 0 if not in these,
 * -1 if there can be none. From the top down without a branch on what a hole is like: in a few
 * holes that takes less time than one wrong guess of which of them is the first to fit.
 */
static inline int scan_up(const struct search *s, size_t low, size_t end, uint64_t *first)
{
	const struct igdpt_range *r = s->set->ranges;
	uint64_t mask = s->align - 1, bytes = s->span + 1, least = s->min + s->span, best = UINT64_MAX;
	bool open;

	/* Holes that begin too close to the end of the address space for any place. */
	while (end > low && end > 1 && (r[end - 2].last | mask) > ~bytes)
		end--;
	open = end > s->set->count;
	if (open)
		best = raised(--end ? (r[end - 1].last | mask) + bytes : 0, least);
	for (; end > low && end > 1; end--) {
		uint64_t last = raised((r[end - 2].last | mask) + bytes, least);

		best = last < r[end - 1].first ? last : best;
	}
	if (end > low && least < r[0].first)
		best = least;
	*first = best - s->span;
	if (best == UINT64_MAX && !open)
		return 0;
	return best <= s->max ? 1 : -1;
}

/* The same downwards: the highest place in the holes from `hole` down to `low`. */
static inline int scan_down(const struct search *s, size_t hole, size_t low, uint64_t *first)
{
	const struct igdpt_range *r = s->set->ranges;
	uint64_t at = s->highest;
	bool below_zero = false;

	if (hole < s->set->count && r[hole].first <= s->max)
		below_zero = __builtin_sub_overflow(r[hole].first, s->span + 1, &at);
	for (;; hole--) {
		at &= ~(s->align - 1);
		if (below_zero || at < s->min)
			return -1;
		if (!hole || r[hole - 1].last < at) {
			*first = at;
			return 1;
		}
		if (hole == low)
			return 0;
		if (r[hole - 1].first <= at + s->span)
			below_zero = __builtin_sub_overflow(r[hole - 1].first, s->span + 1, &at);
	}
}

/* The window's own end of the set, then block by block where the index sees room. */
static int search_blocks(const struct search *s, uint64_t *first)
{
	size_t count = s->set->count, last = count / BLOCK, block;
	size_t hole = below(s->set, s->down ? s->max : s->min), start = hole / BLOCK;
	int rc;

	for (block = start; next_block(s, &block); block += s->down ? SIZE_MAX : 1) {
		size_t low = block * BLOCK, high = block == last ? count + 1 : low + BLOCK;

		if (block != start)
			hole = s->down ? high - 1 : low;
		rc = s->down ? scan_down(s, hole, low, first) : scan_up(s, hole, high, first);
		if (rc || block == (s->down ? 0 : last))
			return rc;
	}
	return -1;
}

/* Above 0 if there is a place. A set without an index is short, or its owner has the time. */
static int search(const struct search *s, uint64_t *first)
{
	size_t count = s->set->count;
	int rc = 0;

	if (s->set->index)
		return search_blocks(s, first);
	if (s->down)
		return scan_down(s, count, 0, first);
	for (size_t low = 0; low <= count && !rc; low += BLOCK)
		rc = scan_up(s, low, count - low < BLOCK ? count + 1 : low + BLOCK, first);
	return rc;
}

/* False if no place can lie in the window, whatever the set holds. */
static inline bool make_search(struct search *s, const struct igdpt_ranges *set,
	const struct igdpt_ranges_request *r)
{
	s->set = set;
	s->span = r->bytes - 1;
	s->align = r->align ? r->align : 1;
	s->min = r->min;
	s->max = r->max ? r->max : UINT64_MAX;
	s->down = r->flags & IGDPT_RANGES_HIGHEST;
	return !__builtin_sub_overflow(s->max, s->span, &s->highest) && align_up(&s->min, s->align) &&
		s->min <= s->highest;
}

static bool preferred_fits(const struct search *s, uint64_t first)
{
	return first >= s->min && first <= s->highest && !(first & (s->align - 1)) &&
		!igdpt_ranges_overlap(s->set, first, first + s->span, NULL);
}

/* Sets are small and requests plain, most often; these four stay out of their way. */
__attribute__((noinline)) static int bad_request(const struct igdpt_ranges_request *r,
	struct igdpt_finding *why)
{
	if (!r->bytes)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, r->bytes, 1);
	if (r->flags > (IGDPT_RANGES_HIGHEST | IGDPT_RANGES_PREFERRED))
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, r->flags, 3);
	return igdpt_priv_fail(why, IGDPT_F_RANGE_ALIGN, IGDPT_NO_OFFSET, r->align, 0);
}

__attribute__((noinline)) static int no_fit(const struct igdpt_ranges_request *r,
	struct igdpt_finding *why)
{
	return igdpt_priv_fail(why, IGDPT_F_RANGE_NO_FIT, IGDPT_NO_OFFSET, r->bytes, r->align);
}

__attribute__((noinline)) static int fit_any(const struct igdpt_ranges *set,
	const struct igdpt_ranges_request *r, uint64_t *first, struct igdpt_finding *why)
{
	struct search s;

	if (!make_search(&s, set, r))
		return no_fit(r, why);
	*first = r->preferred;
	if ((r->flags & IGDPT_RANGES_PREFERRED) && preferred_fits(&s, r->preferred))
		return 1;
	return search(&s, first) > 0 ? 0 : no_fit(r, why);
}

__attribute__((noinline)) static int fit_other_size(const struct igdpt_ranges *set,
	const struct igdpt_ranges_request *r, uint64_t *first, struct igdpt_finding *why)
{
	struct igdpt_ranges_request known;
	int rc = igdpt_priv_struct_in(&known, sizeof(known), V1(igdpt_ranges_request), r, why);

	known.size = sizeof(known);
	return rc < 0 ? rc : igdpt_ranges_fit(set, &known, first, why);
}

int igdpt_ranges_fit(const struct igdpt_ranges *set, const struct igdpt_ranges_request *request,
	uint64_t *first, struct igdpt_finding *why)
{
	const struct igdpt_ranges_request *r = request;
	struct search s;

	if (!set || !r || !first)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	if (r->size != sizeof(*r))
		return fit_other_size(set, r, first, why);
	if (!r->bytes || r->flags > (IGDPT_RANGES_HIGHEST | IGDPT_RANGES_PREFERRED) ||
		(r->align & (r->align - 1)))
		return bad_request(r, why);
	if (r->flags || set->count >= BLOCK)
		return fit_any(set, r, first, why);
	return make_search(&s, set, r) && scan_up(&s, 0, set->count + 1, first) > 0 ? 0 :
		no_fit(r, why);
}
