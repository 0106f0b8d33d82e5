/* SPDX-License-Identifier: MIT
 *
 * The walks over a DMAR table's structures and over a structure's scopes, on tables of every length
 * up to the 4 GiB - 1 that the header can tell. As in vbt.c one step is proved from any point that
 * a caller can name, and ends above it.
 */
#include "igdpt/dmar.h"
#include "internal.h"
#include "proof.h"

#define STRUCTURE_HEADER 4u
#define SCOPE_HEADER 6u

/* For the walks a memchr() that answers anything the standard allows is enough. */
void *memchr(const void *s, int c, size_t n)
{
	size_t at = any_size();

	__CPROVER_assert(__CPROVER_r_ok(s, n), "memchr inside the object");
	if (at >= n)
		return NULL;
	assume(((const uint8_t *)s)[at] == (uint8_t)c);
	return (uint8_t *)s + at;
}

/* The checksum's loop is unrolled; the sum itself is proved in bytes.c. */
#define TABLE_BYTES 60u

void prove_init(void)
{
	uint8_t table[TABLE_BYTES];
	size_t len = any_size();
	struct igdpt_dmar dmar = { .len = 0 };
	struct igdpt_finding why = { .size = sizeof(why) };
	int rc;

	assume(len <= sizeof(table));
	rc = igdpt_dmar_init(&dmar, table + sizeof(table) - len, len, &why);
	prove(rc <= 0);
	prove(implies(rc == 0, dmar.len >= IGDPT_DMAR_HEADER_BYTES && dmar.len <= len));
	prove(implies(rc == 0, dmar.host_address_width >= 1 && dmar.host_address_width <= 256));
	prove(implies(rc < 0, why.error == rc));
}

static struct igdpt_dmar any_dmar(void)
{
	struct igdpt_dmar dmar = { .len = any_size() };

	assume(dmar.len >= IGDPT_DMAR_HEADER_BYTES && dmar.len <= UINT32_MAX);
	dmar.data = any_bytes(dmar.len);
	return dmar;
}

void prove_step(void)
{
	const struct igdpt_dmar dmar = any_dmar();
	struct igdpt_dmar_structure s = { .size = sizeof(s), .offset = any64(), .length = any32() };
	const struct igdpt_dmar_structure from = s;
	struct igdpt_finding why = { .size = sizeof(why) };
	uint64_t at;
	int rc;

	/* A caller's own offset may wrap the sum: what an earlier step gave never does. */
	assume(from.offset <= UINT32_MAX);
	at = from.offset ? from.offset + from.length : IGDPT_DMAR_HEADER_BYTES;
	rc = igdpt_dmar_next(&dmar, &s, &why);
	prove(rc <= 1);
	prove(implies(rc == 1, s.offset == at && s.length >= STRUCTURE_HEADER));
	prove(implies(rc == 1, s.offset + s.length <= dmar.len));
	prove(implies(rc == 1, s.scopes <= s.length));
	prove(implies(rc == 1 && s.name, (const uint8_t *)s.name >= dmar.data + s.offset &&
		(const uint8_t *)s.name + s.name_bytes <= dmar.data + s.offset + s.length));
	prove(implies(rc == 0, at >= dmar.len));
	prove(implies(rc < 0, why.offset >= at));
}

/* Whatever the structure claims to be, as long as the caller did not make it up to wrap. */
void prove_scope_step(void)
{
	const struct igdpt_dmar dmar = any_dmar();
	struct igdpt_dmar_structure s = { .size = sizeof(s), .offset = any64(), .length = any32(),
		.scopes = any32() };
	struct igdpt_dmar_scope scope = { .size = sizeof(scope), .offset = any64(), .length = any32() };
	const struct igdpt_dmar_scope from = scope;
	struct igdpt_finding why = { .size = sizeof(why) };
	uint64_t at;
	int rc;

	assume(s.offset <= UINT32_MAX && from.offset <= UINT32_MAX);
	at = from.offset ? from.offset + from.length : s.offset + s.scopes;
	rc = igdpt_dmar_scope_next(&dmar, &s, &scope, &why);
	prove(rc <= 1);
	prove(implies(rc == 1, scope.offset == at && scope.length >= SCOPE_HEADER));
	prove(implies(rc == 1, scope.offset + scope.length <= s.offset + s.length));
	prove(implies(rc == 1, scope.offset + scope.length <= dmar.len));
	prove(implies(rc == 1, scope.path == dmar.data + scope.offset + SCOPE_HEADER));
	prove(implies(rc == 1, SCOPE_HEADER + 2 * scope.path_count <= scope.length));
}

/* A path of 124 pairs is the longest that 255 bytes hold; the loop is unrolled for a few. */
#define HOPS 6u

static int any_bridge(void *user, uint32_t address)
{
	(void)user;
	(void)address;
	return any_int();
}

void prove_resolve(void)
{
	struct igdpt_dmar_scope scope = { .size = sizeof(scope), .offset = any32(), .bus = any8() };
	struct igdpt_finding why = { .size = sizeof(why) };
	uint32_t address = any32(), before = address, segment = any32();
	int rc;

	scope.path_count = any32();
	assume(scope.path_count <= HOPS);
	scope.path = any_bytes(2 * scope.path_count);
	rc = igdpt_dmar_resolve(&scope, segment, any_bool() ? any_bridge : NULL, NULL, &address, &why);
	prove(rc <= 0);
	prove(implies(rc == 0, address >> 16 == segment));
	prove(implies(rc < 0, address == before));
}
