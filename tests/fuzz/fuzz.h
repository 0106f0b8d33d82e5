/* SPDX-License-Identifier: MIT
 *
 * What the fuzz targets share. A target defines fuzz_one(); fuzz.c wraps it for libFuzzer, AFL++
 * and the replaying main of replay.c. What must() names is a promise of the headers: a broken one
 * stops the process, as a read outside the input does under a sanitizer.
 */
#ifndef IGDPT_TESTS_FUZZ_H
#define IGDPT_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bytes.h"
#include "igdpt/igdpt.h"

#define must(condition) ((condition) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #condition))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

_Noreturn void fuzz_broken(const char *file, int line, const char *condition);

/* One input, in a block of its own and at an odd address. */
void fuzz_one(const uint8_t *data, size_t len);

/* Whether [part, part + n) lies inside [data, data + len). */
bool fuzz_inside(const void *data, size_t len, const void *part, size_t n);

/* Takes an input apart; what it does not have reads 0. */
struct fuzz_reader {
	const uint8_t *data;
	size_t len;
};

uint64_t fuzz_number(struct fuzz_reader *in, uint32_t width);
/* A number below `bound`, from one byte. */
uint32_t fuzz_below(struct fuzz_reader *in, uint32_t bound);
/* The rest of the input, at most `max` bytes. */
const uint8_t *fuzz_rest(struct fuzz_reader *in, size_t max, size_t *len);

/* What a validator said, and a hash of it: the same input gets the same findings. */
struct fuzz_findings {
	uint64_t hash;
	uint64_t limit; /* no offset may be above */
	uint32_t wanted; /* a finding that must be among them */
	bool found;
	int errors;
	int total;
};

void fuzz_note(void *user, const struct igdpt_finding *finding);

/* Two runs of a validator over the same input. */
void fuzz_same_findings(const struct fuzz_findings *a, const struct fuzz_findings *b, int errors);

/* ---- Mutators ------------------------------------------------------------------------------- */

/* The engine's own mutation of bytes. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t len, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t max, unsigned seed);

uint32_t fuzz_random(unsigned *seed);
/* A value that code is likely to compare with: 0, all ones, a bound, or a small number. */
uint64_t fuzz_interesting(unsigned *seed, uint64_t bound);
/* Make the bytes sum up to 0 by the one at `at`. */
void fuzz_fix_sum(uint8_t *data, size_t len, size_t at);

#endif
