/* SPDX-License-Identifier: MIT
 *
 * What every benchmark here shares: the best of several rounds of two functions in turn, printed as
 * a ratio. Absolute times are those of one machine; the ratio is what counts.
 */
#ifndef IGDPT_BENCH_BENCH_H
#define IGDPT_BENCH_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

/* Keeps a value, so that the compiler cannot drop the work that made it. */
static inline void keep(uint64_t value)
{
	__asm__ volatile("" : : "r"(value) : "memory");
}

static inline double bench_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* One call of `work` does `calls` operations on `data`. */
struct bench_side {
	const char *name;
	void (*work)(void *data, uint64_t calls);
	void *data;
};

static inline double bench_round(const struct bench_side *side, uint64_t calls)
{
	double begin = bench_seconds();

	side->work(side->data, calls);
	return (bench_seconds() - begin) / (double)calls;
}

/* How many calls take about 0.5 ms. */
static inline uint64_t bench_calls(const struct bench_side *side)
{
	uint64_t calls = 1;

	while (bench_round(side, calls) * (double)calls < 0.0005)
		calls *= 2;
	return calls;
}

/*
 * The best of many rounds of about 0.5 ms, the two sides in turn, so that each has one that runs
 * undisturbed; prints and returns ours / theirs.
 */
static inline double bench_ratio(const char *what, const struct bench_side *ours,
	const struct bench_side *theirs)
{
	double best[2] = { 1e9, 1e9 }, t;
	uint64_t our_calls = bench_calls(ours), their_calls = bench_calls(theirs);

	for (int i = 0; i < 200; i++) {
		t = bench_round(ours, our_calls);
		best[0] = t < best[0] ? t : best[0];
		t = bench_round(theirs, their_calls);
		best[1] = t < best[1] ? t : best[1];
	}
	printf("%-44s %8.1f ns  %-28s %8.1f ns  ratio %.2f\n", what, best[0] * 1e9, theirs->name,
		best[1] * 1e9, best[0] / best[1]);
	return best[0] / best[1];
}

#endif
