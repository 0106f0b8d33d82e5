/* SPDX-License-Identifier: MIT
 *
 * Judging a whole OpRegion with its VBT against a plain sum of the same bytes at -O3. The VBTs are
 * those of $IGDPT_CORPUS/vbt, else one that the library builds.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "igdpt/opregion.h"
#include "igdpt/vbt.h"

#define FILES 1000

struct blobs {
	struct blob {
		uint8_t *data;
		size_t len;
	} list[FILES];
	size_t count;
	size_t bytes;
};

#if defined(__GNUC__) && !defined(__clang__)
#define PLAIN __attribute__((noinline, optimize("O3"))) static
#else
#define PLAIN __attribute__((noinline)) static
#endif

PLAIN uint32_t plain_sum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += p[i];
	return sum;
}

/* The same modulo 256: sixteen bytes at once on x86-64. */
PLAIN uint8_t plain_sum8(const uint8_t *p, size_t len)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + p[i]);
	return sum;
}

static void sum_all(void *data, uint64_t calls)
{
	const struct blobs *b = data;

	while (calls--) {
		for (size_t i = 0; i < b->count; i++)
			keep(plain_sum(b->list[i].data, b->list[i].len));
	}
}

static void sum8_all(void *data, uint64_t calls)
{
	const struct blobs *b = data;

	while (calls--) {
		for (size_t i = 0; i < b->count; i++)
			keep(plain_sum8(b->list[i].data, b->list[i].len));
	}
}

static void validate_all(void *data, uint64_t calls)
{
	const struct blobs *b = data;
	struct igdpt_opregion op;

	while (calls--) {
		for (size_t i = 0; i < b->count; i++) {
			igdpt_opregion_init(&op, b->list[i].data, b->list[i].len, NULL);
			keep((uint64_t)igdpt_opregion_validate(&op, NULL, NULL));
		}
	}
}

static void add(struct blobs *b, const uint8_t *vbt, size_t vbt_len)
{
	uint8_t buf[IGDPT_OPREGION_MAX_BYTES];
	size_t len = sizeof(buf);
	uint8_t *copy;

	if (b->count == FILES || igdpt_opregion_build(NULL, vbt, vbt_len, buf, &len, NULL) < 0)
		return;
	copy = malloc(len);
	if (!copy)
		return;
	memcpy(copy, buf, len);
	b->list[b->count++] = (struct blob){ copy, len };
	b->bytes += len;
}

static void add_corpus(struct blobs *b, const char *corpus)
{
	static uint8_t data[UINT16_MAX];
	char path[4096];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/vbt", corpus);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		FILE *in;

		snprintf(path, sizeof(path), "%s/vbt/%s", corpus, entry->d_name);
		in = fopen(path, "rb");
		if (!in)
			continue;
		add(b, data, fread(data, 1, sizeof(data), in));
		fclose(in);
	}
	if (dir)
		closedir(dir);
}

static void add_built(struct blobs *b)
{
	static uint8_t vbt[UINT16_MAX];
	struct igdpt_vbt_build_opts opts = { .size = sizeof(opts), .bytes = 8700 };
	size_t len = sizeof(vbt);

	if (igdpt_vbt_build(&opts, vbt, &len, NULL) == 0)
		add(b, vbt, len);
}

int main(void)
{
	static struct blobs b;
	const char *corpus = getenv("IGDPT_CORPUS");
	struct bench_side ours = { "igdpt_opregion_validate", validate_all, &b };
	struct bench_side theirs = { "plain byte sum, -O3", sum_all, &b };
	char what[80];

	if (corpus)
		add_corpus(&b, corpus);
	if (!b.count)
		add_built(&b);
	snprintf(what, sizeof(what), "judge %zu OpRegions, %zu KiB", b.count, b.bytes / 1024);
	bench_ratio(what, &ours, &theirs);
	theirs = (struct bench_side){ "the same modulo 256", sum8_all, &b };
	bench_ratio(what, &ours, &theirs);
	while (b.count)
		free(b.list[--b.count].data);
	return EXIT_SUCCESS;
}
