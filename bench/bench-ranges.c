/* SPDX-License-Identifier: MIT
 *
 * Overlap and first fit against a linear scan of the same sorted array, and against GLib's balanced
 * tree where there is GLib. The tree finds a neighbour in logarithmic time, but must walk for a fit.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "bench.h"
#include "igdpt/ranges.h"

#ifdef HAVE_GLIB
#pragma GCC diagnostic ignored "-Wpedantic"
#include <glib.h>
#endif

#define QUERIES 65536u
#define PAGE UINT64_C(0x1000)
/* Rarer than one hole in a hundred. */
#define FIT_BYTES (24 * PAGE)
#define FIT_ALIGN (16 * PAGE)

struct world {
	struct igdpt_range *ranges;
	struct igdpt_ranges set;
	uint64_t *index;
	uint64_t queries[QUERIES];
	void *tree;
};

static uint64_t seed = 88172645463325252u;

static uint64_t random64(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Ranges of 1 to 16 pages; holes of 1 to 16 pages, one in 128 of up to 64. */
static void make_world(struct world *w, size_t n)
{
	uint64_t at = 0;
	size_t words = 0;

	w->ranges = calloc(n, sizeof(*w->ranges));
	for (size_t i = 0; i < n; i++) {
		at += PAGE * (1 + random64() % (random64() % 128 ? 16 : 64));
		w->ranges[i].first = at;
		at += PAGE * (1 + random64() % 16);
		w->ranges[i].last = at - 1;
	}
	igdpt_ranges_build(&w->set, w->ranges, n, NULL, &words, NULL);
	w->index = calloc(words + 1, sizeof(*w->index));
	igdpt_ranges_build(&w->set, w->ranges, n, w->index, &words, NULL);
	for (size_t i = 0; i < QUERIES; i++)
		w->queries[i] = random64() % at;
}

static void overlap_ours(void *data, uint64_t calls)
{
	const struct world *w = data;
	struct igdpt_range hit;

	for (uint64_t q; calls--;) {
		q = w->queries[calls % QUERIES];
		keep((uint64_t)igdpt_ranges_overlap(&w->set, q, q + 4 * PAGE, &hit));
	}
}

/* Not inlined, as the library's function is not. */
__attribute__((noinline, noclone)) static int scan_overlap(const struct igdpt_ranges *set, uint64_t first,
	uint64_t last, struct igdpt_range *hit)
{
	for (size_t i = 0; i < set->count && set->ranges[i].first <= last; i++) {
		if (set->ranges[i].last >= first) {
			*hit = set->ranges[i];
			return 1;
		}
	}
	return 0;
}

static void overlap_scan(void *data, uint64_t calls)
{
	const struct world *w = data;
	struct igdpt_range hit;

	for (uint64_t q; calls--;) {
		q = w->queries[calls % QUERIES];
		keep((uint64_t)scan_overlap(&w->set, q, q + 4 * PAGE, &hit));
	}
}

static void fit_ours(void *data, uint64_t calls)
{
	const struct world *w = data;
	struct igdpt_ranges_request r = { .size = sizeof(r), .bytes = FIT_BYTES, .align = FIT_ALIGN };
	uint64_t first = 0;

	while (calls--) {
		r.min = w->queries[calls % QUERIES];
		igdpt_ranges_fit(&w->set, &r, &first, NULL);
		keep(first);
	}
}

/* The loop that one writes for a sorted list: window, size and alignment are known at run time. */
__attribute__((noinline, noclone)) static int scan_fit(const struct igdpt_ranges *set,
	const struct igdpt_ranges_request *r, uint64_t *first)
{
	uint64_t at = (r->min + r->align - 1) & ~(r->align - 1), max = r->max ? r->max : UINT64_MAX;

	for (size_t i = 0; i < set->count; i++) {
		if (set->ranges[i].last < at)
			continue;
		if (set->ranges[i].first > at && set->ranges[i].first - at >= r->bytes)
			break;
		at = (set->ranges[i].last + r->align) & ~(r->align - 1);
	}
	*first = at;
	return at <= max && max - at >= r->bytes - 1 ? 0 : -1;
}

static void fit_scan(void *data, uint64_t calls)
{
	const struct world *w = data;
	struct igdpt_ranges_request r = { .size = sizeof(r), .bytes = FIT_BYTES, .align = FIT_ALIGN };
	uint64_t first = 0;

	while (calls--) {
		r.min = w->queries[calls % QUERIES];
		scan_fit(&w->set, &r, &first);
		keep(first);
	}
}

#ifdef HAVE_GLIB
static int by_last(gconstpointer a, gconstpointer b, gpointer unused)
{
	const struct igdpt_range *x = a, *y = b;

	(void)unused;
	return x->last < y->last ? -1 : x->last > y->last;
}

static void make_tree(struct world *w)
{
	w->tree = g_tree_new_full(by_last, NULL, NULL, NULL);
	for (size_t i = 0; i < w->set.count; i++)
		g_tree_insert(w->tree, &w->ranges[i], &w->ranges[i]);
}

static void overlap_tree(void *data, uint64_t calls)
{
	const struct world *w = data;

	while (calls--) {
		struct igdpt_range key = { .last = w->queries[calls % QUERIES] };
		GTreeNode *node = g_tree_lower_bound(w->tree, &key);
		const struct igdpt_range *r = node ? g_tree_node_key(node) : NULL;

		keep(r && r->first <= key.last + 4 * PAGE);
	}
}

static uint64_t tree_fit(GTree *tree, uint64_t min)
{
	uint64_t at = (min + FIT_ALIGN - 1) & ~(FIT_ALIGN - 1);
	struct igdpt_range key = { .last = at };

	for (GTreeNode *node = g_tree_lower_bound(tree, &key); node; node = g_tree_node_next(node)) {
		const struct igdpt_range *r = g_tree_node_key(node);

		if (r->first > at && r->first - at >= FIT_BYTES)
			return at;
		at = (r->last + FIT_ALIGN) & ~(FIT_ALIGN - 1);
	}
	return at;
}

static void fit_tree(void *data, uint64_t calls)
{
	const struct world *w = data;

	while (calls--)
		keep(tree_fit(w->tree, w->queries[calls % QUERIES]));
}
#endif

struct side {
	void (*work)(void *data, uint64_t calls);
	uint64_t calls;
	double best;
};

static void measure(struct side *side, struct world *w)
{
	const struct bench_side bench = { NULL, side->work, w };
	double t = bench_round(&bench, side->calls);

	side->best = t < side->best ? t : side->best;
}

/*
 * The best of many short rounds, the sides in turn, so that each has one that runs undisturbed; they
 * differ too much for a common number of calls.
 */
static void race(struct side *sides, size_t n, struct world *w)
{
	for (struct side *s = sides; s < sides + n; s++) {
		const struct bench_side bench = { NULL, s->work, w };

		s->best = 1e9;
		s->calls = 1;
		while (bench_round(&bench, s->calls) * (double)s->calls < 0.0005)
			s->calls *= 2;
	}
	for (int i = 0; i < 200; i++) {
		for (size_t k = 0; k < n; k++)
			measure(&sides[k], w);
	}
}

static void compare(const char *what, size_t n, struct world *w, void (*ours)(void *, uint64_t),
	void (*scan)(void *, uint64_t), void (*tree)(void *, uint64_t))
{
	struct side s[3] = { { .work = ours }, { .work = scan }, { .work = tree } };

	race(s, tree ? 3 : 2, w);
	printf("%-10s %8zu ranges: %8.1f ns  scan %11.1f ns = %.1f times", what, n, s[0].best * 1e9,
		s[1].best * 1e9, s[1].best / s[0].best);
	if (tree)
		printf("  GTree %8.1f ns = %.1f times", s[2].best * 1e9, s[2].best / s[0].best);
	putchar('\n');
}

/* The sides answer the same questions alike, or their times mean nothing. */
static bool same_answers(struct world *w)
{
	struct igdpt_ranges_request r = { .size = sizeof(r), .bytes = FIT_BYTES, .align = FIT_ALIGN };
	struct igdpt_range a, b;

	for (size_t i = 0; i < 64; i++) {
		uint64_t q = w->queries[i], first = 0, scanned = 0;

		r.min = q;
		if (igdpt_ranges_fit(&w->set, &r, &first, NULL) != scan_fit(&w->set, &r, &scanned) ||
		    first != scanned ||
		    igdpt_ranges_overlap(&w->set, q, q + 4 * PAGE, &a) !=
			scan_overlap(&w->set, q, q + 4 * PAGE, &b))
			return false;
	}
	return true;
}

int main(void)
{
	static struct world w;

	for (size_t n = 10; n <= 1000000; n *= n < 1000 ? 100 : 1000) {
		make_world(&w, n);
		if (!same_answers(&w))
			return EXIT_FAILURE;
#ifdef HAVE_GLIB
		make_tree(&w);
		compare("overlap", n, &w, overlap_ours, overlap_scan, overlap_tree);
		compare("first fit", n, &w, fit_ours, fit_scan, fit_tree);
		g_tree_destroy(w.tree);
#else
		compare("overlap", n, &w, overlap_ours, overlap_scan, NULL);
		compare("first fit", n, &w, fit_ours, fit_scan, NULL);
#endif
		free(w.index);
		free(w.ranges);
	}
	return EXIT_SUCCESS;
}
