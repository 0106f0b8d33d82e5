/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <stdbool.h>

#include "told.h"
#include "igdpt/ranges.h"

#define MAX UINT64_MAX

/* The same questions answered by looking at everything. */
static bool model_place(const struct igdpt_range *taken, size_t n, uint64_t first, uint64_t bytes)
{
	uint64_t last = first + (bytes - 1);

	if (last < first)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (taken[i].first <= last && first <= taken[i].last)
			return false;
	}
	return true;
}

static bool in_bounds(const struct igdpt_ranges_request *r, uint64_t first)
{
	uint64_t max = r->max ? r->max : MAX;

	return first >= r->min && first <= max && max - first >= r->bytes - 1;
}

/* The best place starts at a bound of the window or beside a taken range, then aligned. */
static bool model_fit(const struct igdpt_range *taken, size_t n,
	const struct igdpt_ranges_request *r, uint64_t *best)
{
	bool found = false, down = r->flags & IGDPT_RANGES_HIGHEST;
	uint64_t align = r->align ? r->align : 1, max = r->max ? r->max : MAX;

	for (size_t i = 0; i <= n; i++) {
		uint64_t at;

		if (down) {
			at = (i < n ? taken[i].first - 1 : max) - (r->bytes - 1);
			at &= ~(align - 1);
		} else {
			at = i < n ? taken[i].last + 1 : r->min;
			if (at > MAX - (align - 1))
				continue;
			at = (at + align - 1) & ~(align - 1);
		}
		if (!in_bounds(r, at) || !model_place(taken, n, at, r->bytes))
			continue;
		if (!found || (down ? at > *best : at < *best))
			*best = at;
		found = true;
	}
	return found;
}

static bool model_overlap(const struct igdpt_range *taken, size_t n, uint64_t first, uint64_t last)
{
	for (size_t i = 0; i < n; i++) {
		if (taken[i].first <= last && first <= taken[i].last)
			return true;
	}
	return false;
}

static uint64_t seed = 88172645463325252u;

static uint64_t random64(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static struct igdpt_ranges make(struct igdpt_range *ranges, size_t n, uint64_t **index)
{
	struct igdpt_ranges set;
	size_t words = 0;

	*index = NULL;
	if (igdpt_ranges_build(&set, ranges, n, NULL, &words, NULL) == -IGDPT_E_NOSPACE) {
		*index = malloc(words * sizeof(**index));
		ck_assert_int_eq(igdpt_ranges_build(&set, ranges, n, *index, &words, NULL), 0);
		ck_assert(set.index || set.count < 32);
	}
	for (size_t i = 0; i < set.count; i++) {
		ck_assert(set.ranges[i].first <= set.ranges[i].last);
		ck_assert(!i || set.ranges[i].first > set.ranges[i - 1].last + 1);
	}
	return set;
}

static void same_fit(const struct igdpt_ranges *set, const struct igdpt_range *taken, size_t n,
	const struct igdpt_ranges_request *r)
{
	uint64_t want = 0, got = 0;
	bool possible = model_fit(taken, n, r, &want);
	int rc = igdpt_ranges_fit(set, r, &got, NULL);

	ck_assert_msg(possible ? rc == 0 && got == want : rc == -IGDPT_E_NOTFOUND,
		"%zu ranges, %llx bytes, align %llx, window %llx-%llx, flags %u: %d %llx, model %d %llx", n,
		(unsigned long long)r->bytes, (unsigned long long)r->align, (unsigned long long)r->min,
		(unsigned long long)r->max, r->flags, rc, (unsigned long long)got, possible,
		(unsigned long long)want);
}

/* All sets over eight addresses, at both ends of the address space, and every question to them. */
static void small_world(uint64_t origin)
{
	for (unsigned bits = 0; bits < 256; bits++) {
		struct igdpt_range taken[8], sorted[8];
		struct igdpt_ranges set;
		size_t n = 0;

		for (unsigned i = 0; i < 8; i++) {
			if (bits >> i & 1)
				taken[n++] = (struct igdpt_range){ origin + i, origin + i };
		}
		memcpy(sorted, taken, sizeof(taken));
		ck_assert_int_eq(igdpt_ranges_build(&set, sorted, n, NULL, NULL, NULL), 0);
		for (uint64_t a = 0; a < 8; a++) {
			for (uint64_t b = a; b < 8; b++) {
				struct igdpt_ranges_request r = { .size = sizeof(r), .min = origin + a,
					.max = origin + b };

				ck_assert_int_eq(igdpt_ranges_overlap(&set, origin + a, origin + b, NULL),
					model_overlap(taken, n, origin + a, origin + b));
				/* A maximum of 0 asks for the whole space. */
				for (r.bytes = 1; r.max && r.bytes <= 9; r.bytes++) {
					for (r.align = 1; r.align <= 8; r.align *= 2) {
						r.flags = 0;
						same_fit(&set, taken, n, &r);
						r.flags = IGDPT_RANGES_HIGHEST;
						same_fit(&set, taken, n, &r);
					}
				}
			}
		}
	}
}

START_TEST(every_small_set_answers_like_the_model)
{
	small_world(0);
	small_world(MAX - 7);
	small_world((UINT64_C(1) << 32) - 4);
}
END_TEST

/* Up to 600 ranges, sparse or dense, sizes and alignments of all magnitudes. */
static size_t random_set(struct igdpt_range *taken, unsigned round)
{
	static const size_t sizes[] = { 0, 1, 10, 31, 32, 33, 63, 64, 65, 511, 512, 600 };
	size_t n = sizes[round % 12];
	unsigned bits = 8 + round % 56;

	for (size_t i = 0; i < n; i++) {
		uint64_t length = random64() >> (64 - (1 + random64() % bits)) >> (round % 3 ? 14 : 4);

		taken[i].first = random64() >> (63 - bits);
		taken[i].last = taken[i].first > MAX - length ? MAX : taken[i].first + length;
	}
	return n;
}

static void random_requests(const struct igdpt_ranges *set, const struct igdpt_range *taken, size_t n)
{
	for (unsigned i = 0; i < 40; i++) {
		struct igdpt_ranges_request r = { .size = sizeof(r), .flags = i % 2 };

		r.bytes = (random64() >> random64() % 64) | 1;
		r.align = i % 3 ? UINT64_C(1) << random64() % 64 : 0;
		if (i % 4)
			r.min = random64() >> random64() % 64;
		if (i % 5)
			r.max = random64() >> random64() % 64;
		same_fit(set, taken, n, &r);
		ck_assert_int_eq(igdpt_ranges_overlap(set, r.min, r.max, NULL),
			r.min <= r.max && model_overlap(taken, n, r.min, r.max));
	}
}

START_TEST(random_sets_answer_like_the_model)
{
	unsigned indexed = 0, large = 0;

	for (unsigned round = 0; round < 120; round++) {
		struct igdpt_range taken[600], sorted[600];
		size_t n = random_set(taken, round);
		struct igdpt_ranges set;
		uint64_t *index;

		memcpy(sorted, taken, sizeof(taken));
		set = make(sorted, n, &index);
		random_requests(&set, taken, n);
		indexed += set.index != NULL;
		large += set.count > 512;
		set.index = NULL;
		random_requests(&set, taken, n);
		free(index);
	}
	ck_assert(indexed > 20 && large > 4);
}
END_TEST

/* A comb of pages: holes of one page everywhere, so that bytes alone tell nothing about alignment. */
START_TEST(an_aligned_hole_is_found_among_unaligned_ones)
{
	enum { TEETH = 50000 };
	struct igdpt_range *comb = malloc(TEETH * sizeof(*comb));
	struct igdpt_ranges_request r = { .size = sizeof(r), .bytes = 0x2000, .align = 0x2000 };
	struct igdpt_ranges set;
	uint64_t *index, at = 0;

	/* Two free pages from every odd page on, never aligned to two; one hole has three. */
	for (uint64_t i = 0; i < TEETH; i++)
		comb[i] = (struct igdpt_range){ i ? i * 0x4000 - 0x1000 : 0, i * 0x4000 + 0xfff };
	comb[40001].first += 0x1000;
	set = make(comb, TEETH, &index);
	r.max = TEETH * UINT64_C(0x4000) - 0x4000;
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), 0);
	ck_assert_uint_eq(at, 40000 * UINT64_C(0x4000) + 0x2000);
	r.flags = IGDPT_RANGES_HIGHEST;
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), 0);
	ck_assert_uint_eq(at, 40000 * UINT64_C(0x4000) + 0x2000);
	r.max = at;
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), -IGDPT_E_NOTFOUND);
	free(index);
	free(comb);
}
END_TEST

/* One hole of 16 bytes somewhere among holes of one byte, at sizes where the index gains a level. */
START_TEST(the_only_place_is_found_wherever_it_is)
{
	static const size_t counts[] = { 30, 31, 32, 63, 64, 511, 512, 513, 1023, 8191, 8192, 8704 };
	struct igdpt_range *comb = malloc(9000 * sizeof(*comb));

	for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
		size_t n = counts[k], step = n / 7 + 1;

		for (size_t hole = 1; hole < n; hole += hole + step < n ? step : 11) {
			struct igdpt_ranges_request r = { .size = sizeof(r), .bytes = 16,
				.max = 2 * n + 14 };
			struct igdpt_ranges set;
			uint64_t *index, at = 0;

			for (size_t i = 0; i < n; i++) {
				uint64_t first = 2 * i + (i < hole ? 0 : 15);

				comb[i] = (struct igdpt_range){ first, first };
			}
			set = make(comb, n, &index);
			for (r.flags = 0; r.flags <= IGDPT_RANGES_HIGHEST; r.flags++) {
				r.min = 0;
				ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), 0);
				ck_assert_uint_eq(at, 2 * hole - 1);
				r.min = at + 1;
				ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), -IGDPT_E_NOTFOUND);
			}
			free(index);
		}
	}
	free(comb);
}
END_TEST

START_TEST(ranges_that_touch_or_overlap_are_one)
{
	struct igdpt_range ranges[] = { { MAX - 5, MAX - 2 }, { 8, 15 }, { MAX - 9, MAX }, { 0, 7 },
		{ 3, 4 }, { MAX, MAX }, { 17, 17 } };
	struct igdpt_ranges set;

	ck_assert_int_eq(igdpt_ranges_build(&set, ranges, 7, NULL, NULL, NULL), 0);
	ck_assert_uint_eq(set.count, 3);
	ck_assert(ranges[0].first == 0 && ranges[0].last == 15);
	ck_assert(ranges[1].first == 17 && ranges[1].last == 17);
	ck_assert(ranges[2].first == MAX - 9 && ranges[2].last == MAX);
}
END_TEST

START_TEST(the_whole_address_space_is_one_hole_or_one_range)
{
	struct igdpt_range all = { 0, MAX }, hit;
	struct igdpt_ranges set = { 0 };
	struct igdpt_ranges_request r = { .size = sizeof(r), .bytes = MAX };
	uint64_t at = 1;

	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), 0);
	ck_assert_uint_eq(at, 0);
	r.align = UINT64_C(1) << 63;
	r.bytes = r.align;
	r.flags = IGDPT_RANGES_HIGHEST;
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), 0);
	ck_assert_uint_eq(at, r.align);
	ck_assert_int_eq(igdpt_ranges_build(&set, &all, 1, NULL, NULL, NULL), 0);
	ck_assert_int_eq(igdpt_ranges_overlap(&set, MAX, MAX, &hit), 1);
	ck_assert(hit.first == 0 && hit.last == MAX);
	r.bytes = 1;
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), -IGDPT_E_NOTFOUND);
	r.flags = IGDPT_RANGES_PREFERRED;
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), -IGDPT_E_NOTFOUND);
}
END_TEST

START_TEST(the_preferred_place_comes_first)
{
	struct igdpt_range taken[40];
	struct igdpt_ranges_request r = { .size = sizeof(r), .flags = IGDPT_RANGES_PREFERRED,
		.bytes = 0x1000, .align = 0x1000, .preferred = 0xf000 };
	struct igdpt_ranges set;
	uint64_t at = 0;

	/* What follows in the array belongs to somebody else. */
	for (unsigned i = 0; i < 40; i++)
		taken[i] = (struct igdpt_range){ i ? 0x18000 : 0x10000, i ? 0x5ffff : 0x1ffff };
	ck_assert_int_eq(igdpt_ranges_build(&set, taken, 1, NULL, NULL, NULL), 0);
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), 1);
	ck_assert_uint_eq(at, 0xf000);
	r.bytes = 0x1001;
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), 0);
	ck_assert_uint_eq(at, 0);
	r.bytes = 0x800;
	r.preferred = 0xf800;
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), 0);
	r.preferred = 0xf000;
	r.max = 0xf7fe;
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), 0);
	r.max = 0;
	r.min = 0xf001;
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), 0);
	ck_assert_uint_eq(at, 0x20000);
	r.min = 0;
	r.preferred = MAX - 0xfff;
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), 1);
	r.preferred = 0xf001;
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), 0);
	r.min = 0x1000;
	r.preferred = 0x1000;
	r.max = 0x1000 + r.bytes - 1;
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), 1);
}
END_TEST

START_TEST(impossible_requests_are_refused)
{
	struct igdpt_range backwards[] = { { 1, 2 }, { 5, 4 } };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_ranges_request r = { .size = sizeof(r), .bytes = 1, .align = 3 };
	struct igdpt_ranges set = { 0 };
	uint64_t at;

	ck_assert_int_eq(igdpt_ranges_build(&set, backwards, 2, NULL, NULL, &why), -IGDPT_E_RANGE);
	ck_assert_uint_eq(why.offset, 16);
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), -IGDPT_E_ALIGN);
	r.align = 1;
	r.bytes = 0;
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), -IGDPT_E_INVALID);
	r.bytes = 1;
	r.flags = 4;
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), -IGDPT_E_INVALID);
	r.flags = 0;
	r.min = 2;
	r.max = 1;
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), -IGDPT_E_NOTFOUND);
	ck_assert_int_eq(igdpt_ranges_overlap(&set, 2, 1, NULL), 0);
}
END_TEST

static bool holds(const struct igdpt_range *ranges, size_t n, uint64_t address)
{
	return model_overlap(ranges, n, address, address);
}

static void same_combination(uint32_t op, const struct igdpt_ranges *a, const struct igdpt_ranges *b,
	uint64_t origin)
{
	struct igdpt_range out[16];
	size_t n = a->count + b->count, room = 0;
	int rc;

	ck_assert_int_eq(igdpt_ranges_combine(op, a, b, out, &n, NULL), 0);
	rc = igdpt_ranges_combine(op, a, b, NULL, &room, NULL);
	ck_assert_int_eq(rc, n ? -IGDPT_E_NOSPACE : 0);
	ck_assert_uint_eq(room, n);
	for (size_t i = 0; i < n; i++)
		ck_assert(out[i].first <= out[i].last && (!i || out[i].first > out[i - 1].last + 1));
	for (uint64_t i = 0; i < 6; i++) {
		bool in_a = holds(a->ranges, a->count, origin + i);
		bool in_b = holds(b->ranges, b->count, origin + i);
		bool want = op == IGDPT_RANGES_UNION ? in_a || in_b :
			op == IGDPT_RANGES_SUBTRACT ? in_a && !in_b : in_a && in_b;

		ck_assert_int_eq(holds(out, n, origin + i), want);
	}
}

/* All pairs of sets over six addresses at both ends of the address space. */
START_TEST(combinations_hold_what_they_should)
{
	static const uint64_t origins[] = { 0, 100, MAX - 5 };

	for (unsigned pair = 0; pair < 64 * 64 * 3; pair++) {
		struct igdpt_range ranges[2][6];
		struct igdpt_ranges set[2];
		uint64_t origin = origins[pair >> 12];

		for (unsigned k = 0; k < 2; k++) {
			size_t n = 0;

			for (uint64_t i = 0; i < 6; i++) {
				if (pair >> (6 * k + i) & 1)
					ranges[k][n++] = (struct igdpt_range){ origin + i, origin + i };
			}
			ck_assert_int_eq(igdpt_ranges_build(&set[k], ranges[k], n, NULL, NULL, NULL), 0);
		}
		for (uint32_t op = IGDPT_RANGES_UNION; op <= IGDPT_RANGES_INTERSECT; op++)
			same_combination(op, &set[0], &set[1], origin);
	}
}
END_TEST

START_TEST(holes_are_what_a_window_does_not_share)
{
	struct igdpt_range taken[] = { { 0x2000, 0x2fff }, { 0, 0xfff } }, window = { 0x800, MAX };
	struct igdpt_range holes[3];
	struct igdpt_ranges set, around;
	size_t n = 3;

	igdpt_ranges_build(&set, taken, 2, NULL, NULL, NULL);
	igdpt_ranges_build(&around, &window, 1, NULL, NULL, NULL);
	ck_assert_int_eq(igdpt_ranges_combine(IGDPT_RANGES_SUBTRACT, &around, &set, holes, &n, NULL), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert(holes[0].first == 0x1000 && holes[0].last == 0x1fff);
	ck_assert(holes[1].first == 0x3000 && holes[1].last == MAX);
	ck_assert_int_eq(igdpt_ranges_combine(4, &around, &set, holes, &n, NULL), -IGDPT_E_INVALID);
}
END_TEST

static void expect(int rc, const struct igdpt_finding *why, int want, const char *text)
{
	struct told story = { .used = 0 };

	tell(&story, why);
	ck_assert_int_eq(rc, want);
	ck_assert_str_eq(story.text, text);
}

START_TEST(each_refusal_tells_its_numbers)
{
	struct igdpt_range taken[] = { { 5, 6 }, { 9, 8 } }, out[2];
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_range far = { 100, 200 };
	struct igdpt_ranges set = { 0 }, one = { taken, NULL, 1 }, other = { &far, NULL, 1 };
	struct igdpt_ranges_request r = { .size = sizeof(r), .bytes = 1 };
	size_t n = 1;
	uint64_t at;

	expect(igdpt_ranges_build(NULL, taken, 2, NULL, NULL, &why), &why, -IGDPT_E_INVALID, "argument:2/0");
	expect(igdpt_ranges_build(&set, NULL, 2, NULL, NULL, &why), &why, -IGDPT_E_INVALID, "argument:2/0");
	expect(igdpt_ranges_build(&set, taken, 2, NULL, NULL, &why), &why, -IGDPT_E_RANGE, "range-order@10:9/8");
	expect(igdpt_ranges_build(&set, taken + 1, 1, NULL, NULL, &why), &why, -IGDPT_E_RANGE, "range-order@0:9/8");
	expect(igdpt_ranges_combine(0, &one, &one, out, &n, &why), &why, -IGDPT_E_INVALID, "argument:0/3");
	expect(igdpt_ranges_combine(4, &one, &one, out, &n, &why), &why, -IGDPT_E_INVALID, "argument:4/3");
	expect(igdpt_ranges_combine(1, NULL, &one, out, &n, &why), &why, -IGDPT_E_INVALID, "argument:1/3");
	expect(igdpt_ranges_combine(1, &one, NULL, out, &n, &why), &why, -IGDPT_E_INVALID, "argument:1/3");
	expect(igdpt_ranges_combine(1, &one, &one, out, NULL, &why), &why, -IGDPT_E_INVALID, "argument:1/3");
	n = 0;
	expect(igdpt_ranges_combine(1, &one, &one, out, &n, &why), &why, -IGDPT_E_NOSPACE, "output-space:0/10");
	n = 1;
	expect(igdpt_ranges_combine(1, &one, &one, NULL, &n, &why), &why, -IGDPT_E_NOSPACE, "output-space:0/10");
	n = 1;
	expect(igdpt_ranges_combine(1, &one, &other, out, &n, &why), &why, -IGDPT_E_NOSPACE, "output-space:10/20");
	expect(igdpt_ranges_fit(NULL, &r, &at, &why), &why, -IGDPT_E_INVALID, "argument:0/0");
	expect(igdpt_ranges_fit(&set, NULL, &at, &why), &why, -IGDPT_E_INVALID, "argument:0/0");
	expect(igdpt_ranges_fit(&set, &r, NULL, &why), &why, -IGDPT_E_INVALID, "argument:0/0");
	r.flags = 4;
	expect(igdpt_ranges_fit(&set, &r, &at, &why), &why, -IGDPT_E_INVALID, "argument:4/3");
	r.flags = 3;
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), 1);
	r.bytes = 0;
	expect(igdpt_ranges_fit(&set, &r, &at, &why), &why, -IGDPT_E_INVALID, "argument:0/1");
	r.bytes = 1;
	r.align = 6;
	expect(igdpt_ranges_fit(&set, &r, &at, &why), &why, -IGDPT_E_ALIGN, "range-align:6/0");
	r = (struct igdpt_ranges_request){ .size = sizeof(r), .bytes = 9, .align = 4, .max = 7 };
	expect(igdpt_ranges_fit(&set, &r, &at, &why), &why, -IGDPT_E_NOTFOUND, "range-no-fit:9/4");
	r.flags = IGDPT_RANGES_HIGHEST;
	expect(igdpt_ranges_fit(&set, &r, &at, &why), &why, -IGDPT_E_NOTFOUND, "range-no-fit:9/4");
	r.max = 11;
	r.min = 4;
	expect(igdpt_ranges_fit(&set, &r, &at, &why), &why, -IGDPT_E_NOTFOUND, "range-no-fit:9/4");
	r.size = offsetof(struct igdpt_ranges_request, preferred);
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, &why), -IGDPT_E_ABI_SIZE);
}
END_TEST

/* A newer caller's struct is longer; what it holds beyond is zero or not known. */
START_TEST(a_longer_request_asks_the_same)
{
	struct {
		struct igdpt_ranges_request known;
		uint64_t newer;
	} r = { { .size = sizeof(r), .bytes = 8, .align = 8, .min = 1 }, 0 };
	struct igdpt_ranges set = { 0 };
	uint64_t at = 0;

	ck_assert_int_eq(igdpt_ranges_fit(&set, &r.known, &at, NULL), 0);
	ck_assert_uint_eq(at, 8);
	r.newer = 1;
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r.known, &at, NULL), -IGDPT_E_ABI_UNKNOWN);
}
END_TEST

/*
 * Words for 64 alignments with an entry for each 32 holes, and for the last addresses of each 16
 * ranges, each in levels of a sixteenth: 512 ranges have 64 * (17 + 2) + (32 + 2).
 */
START_TEST(an_index_needs_seventeen_bytes_a_range)
{
	static const struct {
		size_t count, words;
	} rows[] = {
		{ 0, 0 }, { 31, 0 }, { 32, 130 }, { 33, 131 }, { 63, 132 }, { 64, 196 }, { 256, 592 },
		{ 257, 595 }, { 511, 1058 }, { 512, 1250 }, { 513, 1252 }, { 8191, 17954 }, { 8192, 18210 },
		{ 8193, 18213 },
	};
	struct igdpt_range *ranges = malloc(8193 * sizeof(*ranges));

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_finding why = { .size = sizeof(why) };
		uint64_t *index = calloc(rows[i].words + 1, sizeof(*index));
		size_t n = rows[i].count, words = 0;
		struct igdpt_ranges set;
		int rc;

		for (size_t k = 0; k < n; k++)
			ranges[k] = (struct igdpt_range){ 2 * (n - k), 2 * (n - k) };
		rc = igdpt_ranges_build(&set, ranges, n, NULL, &words, &why);
		ck_assert_uint_eq(words, rows[i].words);
		ck_assert_int_eq(rc, words ? -IGDPT_E_NOSPACE : 0);
		if (words) {
			ck_assert(why.value == 0 && why.want == 8 * words);
			ck_assert_uint_eq(ranges[0].first, 2 * n);
			words--;
			ck_assert_int_eq(igdpt_ranges_build(&set, ranges, n, index, &words, &why),
				-IGDPT_E_NOSPACE);
			ck_assert(why.offset == IGDPT_NO_OFFSET && why.value == 8 * (words - 1) &&
				why.want == 8 * words);
		}
		index[words] = 0x5a;
		ck_assert_int_eq(igdpt_ranges_build(&set, ranges, n, index, &words, NULL), 0);
		ck_assert_ptr_eq(set.index, words ? index : NULL);
		ck_assert_uint_eq(index[words], 0x5a);
		ck_assert_int_eq(igdpt_ranges_build(&set, ranges, n, index, NULL, NULL), 0);
		ck_assert_ptr_null(set.index);
		free(index);
	}
	free(ranges);
}
END_TEST

/* What remains of hole i above its first aligned address. */
static uint64_t model_room(const struct igdpt_ranges *set, size_t i, uint64_t align)
{
	uint64_t first = i ? set->ranges[i - 1].last + 1 : 0;
	uint64_t last = i < set->count ? set->ranges[i].first - 1 : MAX;
	uint64_t skip = first % align ? align - first % align : 0;

	if (i ? first == 0 : last == MAX)
		return 0;
	return skip <= last - first ? last - first - skip + 1 : 0;
}

static uint64_t largest(const uint64_t *level, size_t first, size_t n)
{
	uint64_t max = 0;

	for (size_t i = first; i < n && i < first + 16; i++)
		max = level[i] > max ? level[i] : max;
	return max;
}

/* Each entry of a level is the largest of 16 below it; answers where the next tree begins. */
static const uint64_t *check_levels(const uint64_t *level, size_t n)
{
	while (n > 16) {
		size_t above = (n + 15) / 16;

		for (size_t i = 0; i < above; i++)
			ck_assert_uint_eq(level[n + i], largest(level, 16 * i, n));
		level += n;
		n = above;
	}
	return level + n;
}

static void check_index(const struct igdpt_ranges *set)
{
	const uint64_t *level = set->index;
	size_t blocks = set->count / 32 + 1, groups = (set->count + 15) / 16;

	for (unsigned k = 0; k < 64; k++) {
		for (size_t block = 0; block < blocks; block++) {
			uint64_t max = 0;

			for (size_t i = 32 * block; i < 32 * block + 32 && i <= set->count; i++) {
				uint64_t room = model_room(set, i, UINT64_C(1) << k);

				max = room > max ? room : max;
			}
			ck_assert_uint_eq(level[block], max);
		}
		level = check_levels(level, blocks);
	}
	for (size_t group = 0; group < groups; group++)
		ck_assert_uint_eq(level[group], set->ranges[16 * group + 15 < set->count ?
			16 * group + 15 : set->count - 1].last);
	check_levels(level, groups);
}

/* As the comment at the beginning of lib/ranges.c has it; a wrong entry might cost only time. */
START_TEST(an_index_holds_the_room_of_blocks_and_the_ends_of_groups)
{
	static const size_t counts[] = { 32, 33, 64, 255, 256, 257, 511, 512, 600 };

	for (size_t k = 0; k < 4 * sizeof(counts) / sizeof(counts[0]); k++) {
		size_t n = counts[k / 4];
		struct igdpt_range ranges[600];
		struct igdpt_ranges set;
		uint64_t *index;

		for (size_t i = 0; i < n; i++) {
			ranges[i].first = (i + (k % 2)) * 0x123456789abcd0 + (random64() & 0xffffffffffff);
			ranges[i].last = ranges[i].first + (random64() & 0xfff);
		}
		for (size_t i = 0; k % 4 == 1 && i < n; i++)
			ranges[i].first = ranges[i].last = 2 * i + 1;
		if (k & 2)
			ranges[n - 1].last = MAX;
		if (!(k & 1))
			ranges[0].first = 0;
		set = make(ranges, n, &index);
		check_index(&set);
		free(index);
	}
}
END_TEST

/* Two bytes of four are taken: which range comes next follows from the address alone. */
START_TEST(each_address_finds_its_range)
{
	static const size_t counts[] = { 255, 256, 257, 511, 512, 513, 4095, 4096, 4097, 8191, 8192,
		8193 };
	struct igdpt_range *ranges = malloc(8193 * sizeof(*ranges));
	uint64_t *index = malloc(18300 * sizeof(*index));

	for (size_t c = 0; c < 100 + sizeof(counts) / sizeof(counts[0]); c++) {
		size_t n = c < 100 ? c : counts[c - 100], words = 18300, step = n < 300 ? 1 : 61;
		struct igdpt_ranges set[2];

		for (uint64_t i = 0; i < n; i++)
			ranges[i] = (struct igdpt_range){ 4 * i + 2, 4 * i + 3 };
		memset(index, 0, words * sizeof(*index));
		ck_assert_int_eq(igdpt_ranges_build(&set[0], ranges, n, index, &words, NULL), 0);
		set[1] = set[0];
		set[1].index = NULL;
		for (uint64_t at = 0; at < 4 * n + 4; at += step) {
			for (unsigned k = 0; k < 2; k++) {
				struct igdpt_range hit = { 0, 0 };
				int rc = igdpt_ranges_overlap(&set[k], at, MAX, &hit);

				ck_assert_int_eq(rc, at / 4 < n);
				ck_assert(!rc || hit.first == at / 4 * 4 + 2);
				ck_assert_int_eq(igdpt_ranges_overlap(&set[k], at, at, NULL), rc && at % 4 >= 2);
			}
		}
	}
	free(index);
	free(ranges);
}
END_TEST

/* The window ends in the first byte of a range, which leaves eight bytes below it; above are more. */
START_TEST(a_place_ends_before_the_range_at_the_windows_end)
{
	struct igdpt_range ranges[40];
	struct igdpt_ranges_request r = { .size = sizeof(r), .flags = IGDPT_RANGES_HIGHEST, .max = 8 };
	struct igdpt_ranges set;
	uint64_t *index, at = 1;

	for (uint64_t i = 0; i < 40; i++)
		ranges[i] = (struct igdpt_range){ 8 + (i < 20 ? 4 : 40) * i, 9 + (i < 20 ? 4 : 40) * i };
	set = make(ranges, 40, &index);
	r.bytes = 8;
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), 0);
	ck_assert_uint_eq(at, 0);
	r.bytes = 9;
	ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), -IGDPT_E_NOTFOUND);
	free(index);
}
END_TEST

/* Sixteen bytes are free below some of the ranges, one byte below the others. */
START_TEST(places_outside_the_window_do_not_count)
{
	static const size_t below[] = { 1, 31, 32, 33, 63, 64, 480, 511, 512, 513, 544, 1023, 1024, 1025,
		8191, 8192, 8193, 8704, 0 };
	static const size_t counts[] = { 40, 70, 520, 600, 1100, 8200, 9000 };
	struct igdpt_range *comb = malloc(9000 * sizeof(*comb));

	for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		uint64_t start[18], at = 0;
		struct igdpt_ranges set;
		uint64_t *index;
		size_t holes = 0;

		for (size_t i = 0; i < counts[c]; i++) {
			comb[i].first = 2 * i + 15 * holes;
			if (i == below[holes]) {
				start[holes++] = comb[i].first - 1;
				comb[i].first += 15;
			}
			comb[i].last = comb[i].first;
		}
		set = make(comb, counts[c], &index);
		for (unsigned k = 0; k < 4 * holes * holes; k++) {
			size_t low = k / 4 / holes, high = k / 4 % holes;
			struct igdpt_ranges_request r = { .size = sizeof(r), .flags = k & 1, .bytes = 16 };

			set.index = k & 2 ? NULL : index;
			if (low > high)
				continue;
			r.min = start[low];
			r.max = start[high] + 15;
			ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), 0);
			ck_assert_uint_eq(at, start[r.flags ? high : low]);
			r.min++;
			r.max--;
			ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL),
				high > low + 1 ? 0 : -IGDPT_E_NOTFOUND);
			if (high > low + 1)
				ck_assert_uint_eq(at, start[r.flags ? high - 1 : low + 1]);
		}
		/* Behind the last of them, and below the first. */
		set.index = index;
		for (unsigned k = 0; k < 4; k++) {
			struct igdpt_ranges_request r = { .size = sizeof(r), .flags = k & 1, .bytes = 16,
				.max = start[0] + 14 };

			if (k & 2) {
				r.min = start[holes - 1] + 1;
				r.max = set.ranges[set.count - 1].last;
			}
			ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), -IGDPT_E_NOTFOUND);
		}
		free(index);
	}
	free(comb);
}
END_TEST

/* Room in blocks 0 and 17 of 35 alone, and a window that ends or begins anywhere. */
START_TEST(blocks_without_room_are_passed)
{
	enum { COUNT = 1100 };
	struct igdpt_range comb[COUNT];
	struct igdpt_ranges set;
	uint64_t *index, at = 0;

	for (uint64_t i = 0; i < COUNT; i++)
		comb[i].first = comb[i].last = 2 * i + (i < 1 ? 0 : i < 544 ? 15 : 30);
	set = make(comb, COUNT, &index);
	for (size_t i = 1; i < COUNT; i++) {
		struct igdpt_ranges_request r = { .size = sizeof(r), .flags = IGDPT_RANGES_HIGHEST,
			.bytes = 16, .max = comb[i].first };

		ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), 0);
		ck_assert_uint_eq(at, i < 544 ? 1 : comb[543].first + 1);
		r = (struct igdpt_ranges_request){ .size = sizeof(r), .bytes = 16, .min = comb[i].first,
			.max = comb[COUNT - 1].first };
		ck_assert_int_eq(igdpt_ranges_fit(&set, &r, &at, NULL), i < 544 ? 0 : -IGDPT_E_NOTFOUND);
		if (i < 544)
			ck_assert_uint_eq(at, comb[543].first + 1);
	}
	free(index);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ranges");
	TCase *tc = tcase_create("sets");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, ranges_that_touch_or_overlap_are_one);
	tcase_add_test(tc, the_whole_address_space_is_one_hole_or_one_range);
	tcase_add_test(tc, the_preferred_place_comes_first);
	tcase_add_test(tc, impossible_requests_are_refused);
	tcase_add_test(tc, holes_are_what_a_window_does_not_share);
	tcase_add_test(tc, each_refusal_tells_its_numbers);
	tcase_add_test(tc, a_longer_request_asks_the_same);
	tcase_add_test(tc, an_index_needs_seventeen_bytes_a_range);
	tcase_add_test(tc, an_index_holds_the_room_of_blocks_and_the_ends_of_groups);
	tcase_add_test(tc, a_place_ends_before_the_range_at_the_windows_end);
	tcase_add_test(tc, each_address_finds_its_range);
	tcase_add_test(tc, blocks_without_room_are_passed);
	tcase_add_test(tc, places_outside_the_window_do_not_count);
	tcase_add_test(tc, combinations_hold_what_they_should);
	tcase_add_test(tc, an_aligned_hole_is_found_among_unaligned_ones);
	tcase_add_test(tc, random_sets_answer_like_the_model);
	tcase_add_test(tc, the_only_place_is_found_wherever_it_is);
	tcase_add_test(tc, every_small_set_answers_like_the_model);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
