/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define BATCH 8u
#define MAX_THREADS 256u

/* Two locks: while one thread waits for a name, the others print. */
struct crew {
	const struct pool *pool;
	pthread_mutex_t input;
	uint64_t tickets; /* batches handed out */
	pthread_mutex_t output;
	pthread_cond_t turn_changed;
	uint64_t turn;    /* the batch whose output is next */
	struct pool_counts *counts;
	atomic_bool failed;
};

struct batch {
	char *names[BATCH];
	unsigned results[BATCH];
	unsigned count;
	uint64_t ticket;
	char *text;
	size_t len;
};

/* Fills a batch with names; an empty one is the end. */
static void take(struct crew *crew, struct batch *b)
{
	b->count = 0;
	pthread_mutex_lock(&crew->input);
	while (!crew->failed && b->count < BATCH) {
		char *name = crew->pool->next(crew->pool->user);

		if (!name)
			break;
		b->names[b->count++] = name;
	}
	if (b->count)
		b->ticket = crew->tickets++;
	pthread_mutex_unlock(&crew->input);
}

static bool work(const struct pool *pool, struct batch *b)
{
	FILE *out = open_memstream(&b->text, &b->len);

	for (unsigned i = 0; i < b->count; i++) {
		if (out)
			b->results[i] = pool->work(pool->user, b->names[i], out);
		free(b->names[i]);
	}
	return out && fclose(out) == 0;
}

/* Waits for the batch's turn, then prints and counts it. */
static void give(struct crew *crew, const struct batch *b, bool worked)
{
	pthread_mutex_lock(&crew->output);
	while (crew->turn != b->ticket)
		pthread_cond_wait(&crew->turn_changed, &crew->output);
	/* Flushed, since the next name may be long in coming. */
	if (!worked || fwrite(b->text, 1, b->len, crew->pool->out) != b->len ||
		fflush(crew->pool->out) != 0)
		crew->failed = true;
	for (unsigned i = 0; worked && i < b->count; i++)
		crew->counts->results[b->results[i]]++;
	if (crew->pool->progress)
		crew->pool->progress(crew->pool->user, crew->counts);
	crew->turn++;
	pthread_cond_broadcast(&crew->turn_changed);
	pthread_mutex_unlock(&crew->output);
}

static void *run(void *arg)
{
	struct crew *crew = arg;
	struct batch b = { .text = NULL };

	for (take(crew, &b); b.count; take(crew, &b)) {
		give(crew, &b, work(crew->pool, &b));
		free(b.text);
		b.text = NULL;
	}
	return NULL;
}

bool pool_run(const struct pool *pool, struct pool_counts *counts)
{
	struct crew crew = { .pool = pool, .counts = counts };
	pthread_t threads[MAX_THREADS];
	unsigned started = 0;

	*counts = (struct pool_counts){ { 0 } };
	pthread_mutex_init(&crew.input, NULL);
	pthread_mutex_init(&crew.output, NULL);
	pthread_cond_init(&crew.turn_changed, NULL);
	/* The caller's thread is one of them, so that one that cannot be started is no failure. */
	while (started + 1 < pool->threads && started < MAX_THREADS &&
		pthread_create(&threads[started], NULL, run, &crew) == 0)
		started++;
	run(&crew);
	while (started)
		pthread_join(threads[--started], NULL);
	pthread_cond_destroy(&crew.turn_changed);
	pthread_mutex_destroy(&crew.output);
	pthread_mutex_destroy(&crew.input);
	return !crew.failed;
}
