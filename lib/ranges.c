/* SPDX-License-Identifier: MIT */
#include "igdpt/ranges.h"

#include <string.h>

#include "internal.h"
#include "sort.h"

/*
 * The index answers "where is the next block of holes that has room for this many bytes at this
 * alignment" for each of the 64 powers of two. For each of them it holds the largest room of each
 * block of 32 holes, then the maximum of each 16 of those, and so on up to a level of at most 16.
 * A hole's room at an alignment is what remains of it above its first aligned address, so the
 * answer is exact, and only the blocks at the ends of the window can disappoint.
 */
#define BLOCK 32u
#define FAN 16u
#define ALIGNMENTS 64u
#define LEVELS 16u /* 16^16 is 2^64 */

static int by_first(const void *a, const void *b)
{
	const struct igdpt_range *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* Join neighbours of a sorted array; answers how many remain. */
static size_t join(struct igdpt_range *r, size_t n)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		struct igdpt_range *top = r + used - 1;

		if (!used || (top->last != UINT64_MAX && r[i].first > top->last + 1))
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

/* Words of the index for one alignment. */
static size_t stride_of(size_t count)
{
	size_t n = blocks_of(count), words = n;

	while (n > FAN) {
		n = (n - 1) / FAN + 1;
		words += n;
	}
	return words;
}

static size_t words_of(size_t count)
{
	return blocks_of(count) > 1 ? ALIGNMENTS * stride_of(count) : 0;
}

/* Hole i lies below range i, the last one above all. The outermost two may not exist. */
static bool get_hole(const struct igdpt_ranges *set, size_t i, struct igdpt_range *hole)
{
	if ((i == 0 && set->count && set->ranges[0].first == 0) ||
		(i > 0 && set->ranges[i - 1].last == UINT64_MAX))
		return false;
	hole->first = i > 0 ? set->ranges[i - 1].last + 1 : 0;
	hole->last = i < set->count ? set->ranges[i].first - 1 : UINT64_MAX;
	return true;
}

static bool align_up(uint64_t *address, uint64_t align)
{
	if (__builtin_add_overflow(*address, align - 1, address))
		return false;
	*address &= ~(align - 1);
	return true;
}

/* Bytes above the first aligned address of a hole, which is never the whole address space. */
static uint64_t room_of(const struct igdpt_range *hole, uint64_t align)
{
	uint64_t first = hole->first;

	if (!align_up(&first, align) || first > hole->last)
		return 0;
	return hole->last - first + 1;
}

static void raise_to(uint64_t *max, uint64_t value)
{
	if (*max < value)
		*max = value;
}

static void index_blocks(const struct igdpt_ranges *set, uint64_t *index, size_t stride)
{
	struct igdpt_range hole;

	for (size_t i = 0; i <= set->count; i++) {
		if (!get_hole(set, i, &hole))
			continue;
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
		n = (n - 1) / FAN + 1;
	}
}

static void build_index(struct igdpt_ranges *set, uint64_t *index)
{
	size_t stride = stride_of(set->count);

	memset(index, 0, words_of(set->count) * sizeof(*index));
	index_blocks(set, index, stride);
	for (unsigned k = 0; k < ALIGNMENTS; k++)
		index_levels(index + k * stride, blocks_of(set->count));
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

/* Whether `at` lies in the set, and up to which address that stays so; *i moves with `at`. */
static bool stretch(const struct igdpt_ranges *set, size_t *i, uint64_t at, uint64_t *last)
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
		bool in_a = stretch(a, &i, at, &last_a), in_b = stretch(b, &j, at, &last_b);

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

/* How many ranges end below an address: a search whose steps do not depend on what it meets. */
static size_t below(const struct igdpt_ranges *set, uint64_t address)
{
	const struct igdpt_range *r = set->ranges;
	size_t n = set->count, half;

	for (; n > 1; n -= half) {
		half = n / 2;
		r += half * (r[half - 1].last < address);
	}
	return n ? (size_t)(r - set->ranges) + (r->last < address) : 0;
}

int igdpt_ranges_overlap(const struct igdpt_ranges *set, uint64_t first, uint64_t last,
	struct igdpt_range *hit)
{
	size_t i;

	if (!set || last < first)
		return 0;
	i = below(set, first);
	if (i == set->count || set->ranges[i].first > last)
		return 0;
	if (hit)
		*hit = set->ranges[i];
	return 1;
}

/* A request with its defaults filled in. */
struct search {
	const struct igdpt_ranges *set;
	uint64_t bytes, align, min, max;
	bool down;
};

/* The lowest or highest place in a hole. */
static bool place(const struct search *s, struct igdpt_range hole, uint64_t *first)
{
	raise_to(&hole.first, s->min);
	if (hole.last > s->max)
		hole.last = s->max;
	if (hole.first > hole.last || hole.last - hole.first < s->bytes - 1)
		return false;
	if (s->down) {
		*first = (hole.last - (s->bytes - 1)) & ~(s->align - 1);
		return *first >= hole.first;
	}
	*first = hole.first;
	return align_up(first, s->align) && *first <= hole.last && hole.last - *first >= s->bytes - 1;
}

/* From entry *i on, within its group, the first in the search's direction that has the room. */
static bool scan_group(const struct search *s, const uint64_t *level, size_t n, size_t *i)
{
	size_t low = *i - *i % FAN, high = n - low > FAN ? low + FAN : n;

	for (; *i >= low && *i < high; s->down ? --*i : ++*i) {
		if (level[*i] >= s->bytes)
			return true;
	}
	return false;
}

/* The group beside that of an entry, as an entry of the level above. */
static bool step_up(const struct search *s, size_t n, size_t group, size_t *i)
{
	if (s->down ? !group : group == (n - 1) / FAN)
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
		n[l + 1] = (n[l] - 1) / FAN + 1;
		l++;
	}
	while (l-- > 0) {
		*i = *i * FAN + (s->down ? FAN - 1 : 0);
		scan_group(s, level[l], n[l], i);
	}
	return true;
}

/* 1: placed; 0: not in this block; -1: the holes have left the window. */
static int scan_block(const struct search *s, size_t block, size_t hole, uint64_t *first)
{
	size_t low = block * BLOCK, high = s->set->count - low < BLOCK ? s->set->count + 1 : low + BLOCK;
	struct igdpt_range h;

	for (; hole >= low && hole < high; s->down ? --hole : ++hole) {
		if (!get_hole(s->set, hole, &h))
			continue;
		if (s->down ? h.last < s->min : h.first > s->max)
			return -1;
		if (place(s, h, first))
			return 1;
	}
	return 0;
}

static bool search(const struct search *s, uint64_t *first)
{
	size_t hole = below(s->set, s->down ? s->max : s->min), block = hole / BLOCK;
	size_t last = s->set->count / BLOCK, from = block;

	for (;;) {
		int rc;

		if (s->set->index && !next_block(s, &block))
			return false;
		if (block != from)
			hole = block * BLOCK + (s->down ? BLOCK - 1 : 0);
		rc = scan_block(s, block, hole, first);
		if (rc || block == (s->down ? 0 : last))
			return rc > 0;
		block += s->down ? SIZE_MAX : 1;
	}
}

static bool preferred_fits(const struct search *s, uint64_t first)
{
	uint64_t last;

	return !__builtin_add_overflow(first, s->bytes - 1, &last) && first >= s->min &&
		last <= s->max && !(first & (s->align - 1)) &&
		!igdpt_ranges_overlap(s->set, first, last, NULL);
}

int igdpt_ranges_fit(const struct igdpt_ranges *set, const struct igdpt_ranges_request *request,
	uint64_t *first, struct igdpt_finding *why)
{
	struct igdpt_ranges_request r;
	struct search s;
	int rc = igdpt_priv_struct_in(&r, sizeof(r), sizeof(r), request, why);

	if (rc < 0)
		return rc;
	s = (struct search){ set, r.bytes, r.align ? r.align : 1, r.min, r.max ? r.max : UINT64_MAX,
		r.flags & IGDPT_RANGES_HIGHEST };
	if (!set || !first || !r.bytes || r.flags > (IGDPT_RANGES_HIGHEST | IGDPT_RANGES_PREFERRED))
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, r.flags, 3);
	if (s.align & (s.align - 1))
		return igdpt_priv_fail(why, IGDPT_F_RANGE_ALIGN, IGDPT_NO_OFFSET, s.align, 0);
	*first = r.preferred;
	if ((r.flags & IGDPT_RANGES_PREFERRED) && preferred_fits(&s, r.preferred))
		return 1;
	if (s.min > s.max || !search(&s, first))
		return igdpt_priv_fail(why, IGDPT_F_RANGE_NO_FIT, IGDPT_NO_OFFSET, s.bytes, s.align);
	return 0;
}
