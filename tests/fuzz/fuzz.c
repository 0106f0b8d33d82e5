/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

void fuzz_broken(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, condition);
	abort();
}

/* The reads that everything stands on answer for what lies wholly inside, and for nothing else. */
static void reads_keep_inside(const uint8_t *data, size_t len)
{
	for (size_t back = 0; back < 9 && back <= len; back++) {
		const uint8_t *p = data + len - back;
		uint64_t at = len - back, wide = 0;
		uint32_t word = 0;
		uint16_t half = 0;
		uint8_t byte = 0;

		must(read_le8(data, len, at, &byte) == (back >= 1));
		must(read_le16(data, len, at, &half) == (back >= 2));
		must(read_le32(data, len, at, &word) == (back >= 4));
		must(read_le64(data, len, at, &wide) == (back >= 8));
		must(byte == (back >= 1 ? *p : 0) && half == (back >= 2 ? get_le16(p) : 0));
		must(word == (back >= 4 ? get_le32(p) : 0) && wide == (back >= 8 ? get_le64(p) : 0));
	}
	must(!span_ok(len, 1, SIZE_MAX) && !span_ok(len, SIZE_MAX, 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len + 1);

	if (!copy)
		return 0;
	if (len)
		memcpy(copy + 1, data, len);
	reads_keep_inside(copy + 1, len);
	fuzz_one(copy + 1, len);
	free(copy);
	return 0;
}

bool fuzz_inside(const void *data, size_t len, const void *part, size_t n)
{
	uintptr_t base = (uintptr_t)data, at = (uintptr_t)part;

	return at >= base && span_ok(len, at - base, n);
}

uint64_t fuzz_number(struct fuzz_reader *in, uint32_t width)
{
	uint8_t bytes[8] = { 0 };
	size_t n = in->len < width ? in->len : width;

	if (n)
		memcpy(bytes, in->data, n);
	in->data += n;
	in->len -= n;
	return get_le64(bytes);
}

uint32_t fuzz_below(struct fuzz_reader *in, uint32_t bound)
{
	return (uint32_t)fuzz_number(in, 1) % bound;
}

const uint8_t *fuzz_rest(struct fuzz_reader *in, size_t max, size_t *len)
{
	const uint8_t *rest = in->data;

	*len = in->len < max ? in->len : max;
	in->data += *len;
	in->len -= *len;
	return rest;
}

static void mix(uint64_t *hash, uint64_t value)
{
	*hash = (*hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	*hash ^= *hash >> 29;
}

void fuzz_note(void *user, const struct igdpt_finding *f)
{
	struct igdpt_finding_info info = { .size = sizeof(info) };
	struct fuzz_findings *seen = user;
	char text[400];

	must(igdpt_finding_describe(f->id, &info) == 0);
	must(info.severity == f->severity && info.error == f->error);
	must(igdpt_finding_format(f, text, sizeof(text)) < (int)sizeof(text));
	must(f->offset == IGDPT_NO_OFFSET || f->offset <= seen->limit);
	mix(&seen->hash, f->id);
	mix(&seen->hash, f->offset);
	mix(&seen->hash, f->value);
	seen->found |= f->id == seen->wanted;
	seen->errors += f->severity == IGDPT_SEV_ERROR;
	seen->total++;
}

void fuzz_same_findings(const struct fuzz_findings *a, const struct fuzz_findings *b, int errors)
{
	must(a->hash == b->hash && a->total == b->total);
	must(a->errors == errors);
}

uint32_t fuzz_random(unsigned *seed)
{
	uint64_t x = *seed + UINT64_C(0x9e3779b97f4a7c15);

	mix(&x, *seed);
	*seed = (unsigned)(x >> 16);
	return *seed;
}

uint64_t fuzz_interesting(unsigned *seed, uint64_t bound)
{
	switch (fuzz_random(seed) % 8) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX;
	case 2:
		return bound;
	case 3:
		return bound + 1;
	case 4:
		return bound - 1;
	case 5:
		return UINT64_C(1) << fuzz_random(seed) % 64;
	case 6:
		return bound ? fuzz_random(seed) % bound : 0;
	default:
		return fuzz_random(seed) % 256;
	}
}

void fuzz_fix_sum(uint8_t *data, size_t len, size_t at)
{
	if (at < len)
		data[at] = (uint8_t)(data[at] - byte_sum(data, len));
}
