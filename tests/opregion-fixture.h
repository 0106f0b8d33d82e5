/* SPDX-License-Identifier: MIT
 *
 * OpRegions for the tests, around tables of any size.
 */
#ifndef IGDPT_TESTS_OPREGION_FIXTURE_H
#define IGDPT_TESTS_OPREGION_FIXTURE_H

#include "bytes.h"
#include "igdpt/opregion.h"
#include "support.h"
#include "told.h"

#define MAX IGDPT_OPREGION_MAX_BYTES

struct blob {
	uint8_t bytes[MAX];
	size_t len;
};

/* A VBT of any size: both headers, then one block 254 to the end, and a right checksum. */
static inline size_t make_vbt(uint8_t *p, size_t len)
{
	memset(p, 0, len);
	memcpy(p, "$VBT HASWELL        ", 20);
	put_le16(p + 20, 100);
	put_le16(p + 22, 48);
	put_le16(p + 24, (uint16_t)len);
	put_le32(p + 28, 48);
	memcpy(p + 48, "BIOS_DATA_BLOCK ", 16);
	put_le16(p + 64, 177);
	put_le16(p + 66, 22);
	put_le16(p + 68, (uint16_t)(len - 48));
	p[70] = 254;
	put_le16(p + 71, (uint16_t)(len - 73));
	for (size_t i = 73; i < len; i++)
		p[i] = (uint8_t)(i * 7);
	p[26] = (uint8_t)-byte_sum(p, len);
	return len;
}

static inline int try_build(uint32_t version, uint32_t mboxes, size_t vbt_len, struct blob *out)
{
	struct igdpt_opregion_build_opts opts = {
		.size = sizeof(opts), .version = version, .mboxes = mboxes,
	};
	uint8_t vbt[UINT16_MAX];

	out->len = sizeof(out->bytes);
	if (!vbt_len)
		return igdpt_opregion_build(&opts, NULL, 0, out->bytes, &out->len, NULL);
	return igdpt_opregion_build(&opts, vbt, make_vbt(vbt, vbt_len), out->bytes, &out->len, NULL);
}

static inline void build(uint32_t version, size_t vbt_len, struct blob *out)
{
	ck_assert_int_eq(try_build(version, 0, vbt_len, out), 0);
}

/* As vfio-pci shows a host's OpRegion with an extended VBT: 2.1, RVDA 0x2000. */
static inline void build_extended(struct blob *out)
{
	build(0x0201, 8700, out);
}

static inline struct igdpt_opregion view(const struct blob *b)
{
	struct igdpt_opregion op;

	ck_assert_int_eq(igdpt_opregion_init(&op, b->bytes, b->len, NULL), 0);
	return op;
}

static inline struct igdpt_opregion_vbt find_vbt(const struct blob *b)
{
	struct igdpt_opregion_vbt vbt = { .size = sizeof(vbt) };
	struct igdpt_opregion op = view(b);

	igdpt_opregion_find_vbt(&op, &vbt, NULL);
	return vbt;
}

static inline int validate(const struct blob *b, struct seen *seen)
{
	struct igdpt_opregion op = view(b);

	memset(seen, 0, sizeof(*seen));
	return igdpt_opregion_validate(&op, see, seen);
}

/* Nothing but the copy is written, and nothing at all if it is refused. */
static inline int normalise(const struct blob *in, uint32_t flags, struct blob *out,
	struct igdpt_finding *why)
{
	struct igdpt_opregion_normalise_opts opts = { .size = sizeof(opts), .flags = flags };
	struct igdpt_opregion op = view(in);
	const uint8_t *rest;
	int rc;

	memset(out->bytes, 0xaa, sizeof(out->bytes));
	out->len = sizeof(out->bytes);
	rc = igdpt_opregion_normalise(&op, &opts, out->bytes, &out->len, why);
	rest = out->bytes + (rc ? 0 : out->len);
	ck_assert_uint_eq(rest[0], 0xaa);
	ck_assert_mem_eq(rest, rest + 1, (size_t)(out->bytes + sizeof(out->bytes) - rest - 1));
	return rc;
}

#endif
