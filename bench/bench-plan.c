/* SPDX-License-Identifier: MIT
 *
 * A plan of guest memory beside what a guest has taken already, against sorting those ranges, which
 * whoever looks for room by hand does first; and how it grows with them.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "igdpt/plan.h"

#define MOST 100000u
#define LOW_END UINT64_C(0x80000000)

struct guest {
	struct igdpt_plan_opts opts;
	struct igdpt_ranges taken;
	struct igdpt_range unsorted[MOST], sorted[MOST];
};

static void make_plan(void *data, uint64_t calls)
{
	struct guest *g = data;

	while (calls--) {
		struct igdpt_plan_result r = { .size = sizeof(r) };

		keep((uint64_t)igdpt_plan_make(&g->opts, &r, NULL));
	}
}

static int by_first(const void *a, const void *b)
{
	const struct igdpt_range *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

static void sort(void *data, uint64_t calls)
{
	struct guest *g = data;

	while (calls--) {
		memcpy(g->sorted, g->unsorted, g->taken.count * sizeof(g->sorted[0]));
		qsort(g->sorted, g->taken.count, sizeof(g->sorted[0]), by_first);
		keep(g->sorted[0].first);
	}
}

/* 4 KiB in every 16 below the end of low memory: what is left there is too small for stolen memory. */
static void take(struct guest *g, size_t count)
{
	static struct igdpt_range ranges[MOST];

	for (uint64_t i = 0; i < count; i++) {
		ranges[i].first = LOW_END - ((count - i) << 14);
		ranges[i].last = ranges[i].first + 0xfff;
		g->unsorted[i * 7919 % count] = ranges[i];
	}
	g->taken = (struct igdpt_ranges){ ranges, NULL, count };
}

int main(void)
{
	static struct guest g;
	static struct igdpt_platform platform = { .size = sizeof(platform) };

	if (igdpt_platform_find(0x0412, &platform) < 0)
		return EXIT_FAILURE;
	g.opts = (struct igdpt_plan_opts){ .size = sizeof(g.opts), .mode = IGDPT_PLAN_COPY,
		.ggc = 0x0211, .low_end = LOW_END, .mmio_first = 0xc0000000, .mmio_last = 0xf7ffffff,
		.opregion_bytes = 0x2000, .platform = &platform, .taken = &g.taken };
	for (size_t count = 10; count <= MOST; count *= 10) {
		const struct bench_side ours = { "plan", make_plan, &g };
		const struct bench_side rival = { "qsort() of them", sort, &g };
		char what[64];

		take(&g, count);
		snprintf(what, sizeof(what), "plan, %zu ranges taken", count);
		bench_ratio(what, &ours, &rival);
	}
	return EXIT_SUCCESS;
}
