/* SPDX-License-Identifier: MIT
 *
 * Work on a stream of names by many threads, its output in the order of the names. Memory is that of
 * a batch a thread. No thread library with work queues was taken: this is two locks and one wait.
 */
#ifndef IGDPT_TOOLS_POOL_H
#define IGDPT_TOOLS_POOL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define POOL_RESULTS 4u

struct pool_counts {
	uint64_t results[POOL_RESULTS];
};

struct pool {
	unsigned threads; /* 1 or more */
	FILE *out;
	/* The next name, to be free()d, or NULL at the end. Called by one thread at a time. */
	char *(*next)(void *user);
	/* Works on a name and prints to `out`; below POOL_RESULTS. Called by many threads at once. */
	unsigned (*work)(void *user, const char *name, FILE *out);
	/* Told after each batch what there is so far; by one thread at a time. May be NULL. */
	void (*progress)(void *user, const struct pool_counts *so_far);
	void *user;
};

/* Run until the names or the room for output end; false if memory, threads or `out` failed. */
bool pool_run(const struct pool *pool, struct pool_counts *counts);

#endif
