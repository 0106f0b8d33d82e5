/* SPDX-License-Identifier: MIT
 *
 * What the modules share: findings and size-prefixed structs. Names that reach the linker start
 * with igdpt_priv_, so that a static archive clashes with nobody.
 */
#ifndef IGDPT_LIB_INTERNAL_H
#define IGDPT_LIB_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "abi-v1.h"
#include "igdpt/error.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define PAGE_SIZE_4K UINT64_C(0x1000)

/*
 * The strings of a table lie in one block, and each row holds the place of its own there: a pointer
 * would cost 32 bytes in the file, a relocation at every start and a page that no two processes
 * share. A row's strings follow each other, each with its NUL; n counts them.
 */
static inline const char *string_at(const void *block, size_t place, unsigned n)
{
	const char *s = (const char *)block + place;

	for (; n; n--)
		s += strlen(s) + 1;
	return s;
}

/* Larger struct sizes than this are garbage, not a newer caller. */
#define IGDPT_PRIV_MAX_STRUCT 4096u

/* Fill *why (may be NULL) and return the finding's error code. */
int igdpt_priv_fail(struct igdpt_finding *why, uint32_t id, uint64_t offset, uint64_t value,
	uint64_t want);

/* Where a validator sends its findings, and how many errors it saw. */
struct igdpt_priv_report {
	igdpt_finding_fn fn;
	void *user;
	int errors;
	int total;
};

void igdpt_priv_report(struct igdpt_priv_report *report, uint32_t id, uint64_t offset,
	uint64_t value, uint64_t want);

/*
 * Output struct: both sides start with a u32 size. Copies what both know, zeroes the caller's rest
 * and stores the meaningful size. v1 is the size in the first release.
 */
int igdpt_priv_struct_out(void *dst, const void *src, size_t known, size_t v1);

/*
 * Input struct: copies the caller's into *dst of `known` bytes; a shorter one reads as zero at its
 * end. src may be NULL: all zero. Unknown non-zero bytes are refused.
 */
int igdpt_priv_struct_in(void *dst, size_t known, size_t v1, const void *src,
	struct igdpt_finding *why);

/* The two-call rule for output buffers: 0 if buf has room for need, else *len is set. */
int igdpt_priv_room(const void *buf, size_t *len, size_t need, struct igdpt_finding *why);

#endif
