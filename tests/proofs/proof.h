/* SPDX-License-Identifier: MIT
 *
 * What every proof here needs: values and bytes of which nothing is known. A proof is a function
 * that CBMC takes as main; each statement in it holds for all of them at once.
 */
#ifndef IGDPT_TESTS_PROOFS_PROOF_H
#define IGDPT_TESTS_PROOFS_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define assume(condition) __CPROVER_assume(condition)
#define prove(condition) __CPROVER_assert(condition, #condition)
#define implies(a, b) (!(a) || (b))

/* CBMC gives functions of this prefix any value, a new one at each call. */
uint8_t nondet_u8(void);
uint16_t nondet_u16(void);
uint32_t nondet_u32(void);
uint64_t nondet_u64(void);
size_t nondet_size(void);
int nondet_int(void);
bool nondet_bool(void);

#define any8 nondet_u8
#define any16 nondet_u16
#define any32 nondet_u32
#define any64 nondet_u64
#define any_size nondet_size
#define any_int nondet_int
#define any_bool nondet_bool

/* An object of exactly len bytes with any content: a read at len or past it is an error. */
static inline void *any_bytes(size_t len)
{
	void *p = malloc(len);

	assume(p);
	return p;
}

#endif
