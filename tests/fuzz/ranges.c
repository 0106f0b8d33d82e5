/* SPDX-License-Identifier: MIT
 *
 * Sets of ranges against a world so small that every address can be looked at: 256 of them, at the
 * bottom, in the middle or at the very top of the 64-bit space.
 */
#include "fuzz.h"

#define WORLD 256u
#define MOST 80u

struct world {
	uint64_t base; /* address 0 of the world */
	bool taken[WORLD];
};

static uint64_t address(const struct world *w, uint32_t at)
{
	return w->base + at;
}

static uint32_t take(struct fuzz_reader *in, struct world *w, struct igdpt_range *ranges)
{
	uint32_t n = fuzz_below(in, MOST + 1);

	for (uint32_t i = 0; i < n; i++) {
		uint32_t first = (uint32_t)fuzz_number(in, 1);
		uint32_t bytes = fuzz_below(in, n > 24 ? 4 : 64), last = first + bytes;

		if (last >= WORLD)
			last = WORLD - 1;
		ranges[i] = (struct igdpt_range){ address(w, first), address(w, last) };
		memset(w->taken + first, 1, last - first + 1);
	}
	return n;
}

/* The plain array says what the world says, sorted, disjoint and without touching neighbours. */
static void equals(const struct world *w, const struct igdpt_range *ranges, size_t count)
{
	size_t at = 0;

	for (uint32_t i = 0; i < WORLD; i++) {
		bool starts = w->taken[i] && (i == 0 || !w->taken[i - 1]);
		bool ends = w->taken[i] && (i == WORLD - 1 || !w->taken[i + 1]);

		must(!starts || (at < count && ranges[at].first == address(w, i)));
		must(!ends || ranges[at].last == address(w, i));
		at += ends;
	}
	must(at == count);
}

static void combine(const struct world *a, const struct world *b, const struct igdpt_ranges *x,
	const struct igdpt_ranges *y)
{
	for (uint32_t op = IGDPT_RANGES_UNION; op <= IGDPT_RANGES_INTERSECT; op++) {
		struct igdpt_range out[2 * MOST];
		struct world want = { .base = a->base };
		size_t n = COUNT(out), need = 0;
		int rc;

		for (uint32_t i = 0; i < WORLD; i++)
			want.taken[i] = op == IGDPT_RANGES_UNION ? a->taken[i] || b->taken[i] :
				op == IGDPT_RANGES_SUBTRACT ? a->taken[i] && !b->taken[i] :
							      a->taken[i] && b->taken[i];
		must(igdpt_ranges_combine(op, x, y, out, &n, NULL) == 0);
		must(n <= x->count + y->count);
		equals(&want, out, n);
		rc = igdpt_ranges_combine(op, x, y, NULL, &need, NULL);
		must(rc == (n ? -IGDPT_E_NOSPACE : 0) && need == n);
	}
}

static void overlap(const struct world *w, const struct igdpt_ranges *set, struct fuzz_reader *in)
{
	uint32_t first = (uint32_t)fuzz_number(in, 1), last = (uint32_t)fuzz_number(in, 1), at = first;
	struct igdpt_range hit;
	int rc = igdpt_ranges_overlap(set, address(w, first), address(w, last), &hit);

	while (at <= last && !w->taken[at])
		at++;
	must(rc == (at <= last));
	if (rc)
		must(hit.first <= address(w, at) && hit.last >= address(w, at) &&
			hit.first >= (at == first ? w->base : address(w, at)));
}

static bool is_free(const struct world *w, uint32_t at, uint32_t bytes)
{
	for (uint32_t i = at; i < at + bytes; i++) {
		if (i >= WORLD || w->taken[i])
			return false;
	}
	return true;
}

/* What the request asks for, by looking at every place. */
static int search(const struct world *w, const struct igdpt_ranges_request *r, uint32_t min,
	uint32_t max, uint64_t *found)
{
	uint64_t align = r->align ? r->align : 1;
	int rc = -IGDPT_E_NOTFOUND;

	for (uint32_t at = min; at + r->bytes - 1 <= max; at++) {
		if (address(w, at) % align || !is_free(w, at, (uint32_t)r->bytes))
			continue;
		if ((r->flags & IGDPT_RANGES_PREFERRED) && address(w, at) == r->preferred)
			return *found = r->preferred, 1;
		if (rc < 0 || (r->flags & IGDPT_RANGES_HIGHEST))
			*found = address(w, at);
		rc = 0;
	}
	return rc;
}

static void fit(const struct world *w, const struct igdpt_ranges *set, struct fuzz_reader *in)
{
	uint32_t min = (uint32_t)fuzz_number(in, 1), max = (uint32_t)fuzz_number(in, 1);
	struct igdpt_ranges_request r = { .size = sizeof(r), .flags = fuzz_below(in, 4),
		.bytes = 1 + fuzz_below(in, 32), .align = (UINT64_C(1) << fuzz_below(in, 7)) >> 1,
		.preferred = address(w, (uint32_t)fuzz_number(in, 1)), .min = address(w, min),
		.max = address(w, max) };
	struct igdpt_ranges plain = *set;
	struct igdpt_finding why = { .size = sizeof(why) };
	uint64_t first = 0, want = 0, slow = 0;
	int rc = igdpt_ranges_fit(set, &r, &first, &why), wanted;

	if (!r.max) /* no limit: beyond the world of this test */
		return;
	wanted = search(w, &r, min, max, &want);
	must(rc == wanted && (rc < 0 || first == want));
	must(rc >= 0 || why.id);
	plain.index = NULL;
	must(igdpt_ranges_fit(&plain, &r, &slow, NULL) == rc && (rc < 0 || slow == first));
}

static size_t build(struct igdpt_ranges *set, struct igdpt_range *ranges, uint32_t n,
	uint64_t *index, size_t room)
{
	size_t words = 0;
	int rc = igdpt_ranges_build(set, ranges, n, NULL, &words, NULL);

	must(rc == (words ? -IGDPT_E_NOSPACE : 0) && words <= room);
	must(igdpt_ranges_build(set, ranges, n, index, &words, NULL) == 0);
	return words;
}

/* A set of many ranges, whose index has several levels: with and without it the answer is one. */
static void many(struct fuzz_reader *in)
{
	enum { MANY = 10000 };
	static struct igdpt_range ranges[MANY];
	static uint64_t index[3 * MANY];
	struct igdpt_ranges_request r = { .size = sizeof(r), .flags = fuzz_below(in, 2),
		.bytes = 1 + fuzz_number(in, 2), .align = UINT64_C(1) << fuzz_below(in, 16),
		.min = fuzz_number(in, 3) };
	uint64_t step = 1 + fuzz_number(in, 1), at = 0, first = 0, slow = 0;
	size_t count = (size_t)fuzz_number(in, 2), words = COUNT(index);
	struct igdpt_ranges set, plain;
	int rc;

	/* Three levels take long to build: two are the rule. */
	count = 500 + count % (fuzz_below(in, 8) ? 1000 : MANY - 500);
	for (size_t i = 0; i < count; i++) {
		at += 2 + (i * i ^ step * i) % (step + i % 64);
		ranges[i] = (struct igdpt_range){ at, at + step % 8 };
		at += step % 8;
	}
	must(igdpt_ranges_build(&set, ranges, count, index, &words, NULL) == 0);
	plain = set;
	plain.index = NULL;
	rc = igdpt_ranges_fit(&set, &r, &first, NULL);
	must(igdpt_ranges_fit(&plain, &r, &slow, NULL) == rc && first == slow);
}

/* A range that holds the window's end and begins too low for any place below it. */
static void no_place_below(void)
{
	enum { RANGES = 64 };
	struct igdpt_range ranges[RANGES] = { { 3, 100 } };
	struct igdpt_ranges_request r = { .size = sizeof(r), .flags = IGDPT_RANGES_HIGHEST, .bytes = 10,
		.max = 50 };
	uint64_t index[256], first;
	size_t words = COUNT(index);
	struct igdpt_ranges set;

	for (uint32_t i = 1; i < RANGES; i++)
		ranges[i] = (struct igdpt_range){ 100 + 100 * i, 150 + 100 * i };
	must(igdpt_ranges_build(&set, ranges, RANGES, index, &words, NULL) == 0 && words);
	must(igdpt_ranges_fit(&set, &r, &first, NULL) == -IGDPT_E_NOTFOUND);
	r.bytes = 3;
	must(igdpt_ranges_fit(&set, &r, &first, NULL) == 0 && first == 0);
}

/* Arguments that are none are refused. */
static void refuse(const struct igdpt_ranges *set)
{
	struct igdpt_ranges_request r = { .size = sizeof(r), .bytes = 1, .align = 3 };
	struct igdpt_range turned = { 2, 1 };
	struct igdpt_ranges none;
	uint64_t first;
	size_t n = 0;

	must(igdpt_ranges_build(NULL, NULL, 0, NULL, NULL, NULL) == -IGDPT_E_INVALID);
	must(igdpt_ranges_build(&none, &turned, 1, NULL, NULL, NULL) == -IGDPT_E_RANGE);
	must(igdpt_ranges_combine(4, set, set, NULL, &n, NULL) == -IGDPT_E_INVALID);
	must(!igdpt_ranges_overlap(NULL, 0, 1, NULL));
	must(igdpt_ranges_fit(set, &r, &first, NULL) == -IGDPT_E_ALIGN);
	r.flags = 4;
	must(igdpt_ranges_fit(set, &r, &first, NULL) == -IGDPT_E_INVALID);
	r.size = 3;
	must(igdpt_ranges_fit(set, &r, &first, NULL) == -IGDPT_E_ABI_SIZE);
	must(igdpt_ranges_fit(NULL, NULL, NULL, NULL) == -IGDPT_E_INVALID);
	no_place_below();
}

void fuzz_one(const uint8_t *data, size_t len)
{
	static const uint64_t bases[] = { 0, 0xfffffff0, 0x100000000, UINT64_MAX - (WORLD - 1) };
	struct fuzz_reader in = { data, len };
	struct world a = { .base = bases[fuzz_below(&in, COUNT(bases))] }, b = { .base = a.base };
	struct igdpt_range x[MOST], y[MOST];
	uint64_t index[2][1024];
	struct igdpt_ranges one, two;

	build(&one, x, take(&in, &a, x), index[0], COUNT(index[0]));
	build(&two, y, take(&in, &b, y), index[1], COUNT(index[1]));
	equals(&a, one.ranges, one.count);
	equals(&b, two.ranges, two.count);
	combine(&a, &b, &one, &two);
	refuse(&one);
	if (len % 8 == 0)
		many(&in);
	for (uint32_t i = 0; i < 16 && in.len; i++) {
		overlap(&a, &one, &in);
		fit(&a, &one, &in);
		fit(&b, &two, &in);
	}
}
