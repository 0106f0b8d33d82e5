/* SPDX-License-Identifier: MIT
 *
 * Tables for the tests of the VBT: built by the library, or put together block by block.
 */
#ifndef IGDPT_TESTS_VBT_FIXTURE_H
#define IGDPT_TESTS_VBT_FIXTURE_H

#include "bytes.h"
#include "igdpt/vbt.h"
#include "support.h"
#include "told.h"

struct table {
	uint8_t *data;
	size_t len;
};

/* An exact-size heap copy of a built table, behind which nothing was written. */
static inline struct table build(const struct igdpt_vbt_build_opts *opts)
{
	uint8_t room[UINT16_MAX + 64];
	size_t len = sizeof(room);

	memset(room, 0xaa, sizeof(room));
	ck_assert_int_eq(igdpt_vbt_build(opts, room, &len, NULL), 0);
	ck_assert_uint_eq(room[len], 0xaa);
	ck_assert_mem_eq(room + len, room + len + 1, sizeof(room) - len - 1);
	return (struct table){ exact_copy(room, len), len };
}

/* A table under construction, with every kind of block that has a layout of its own. */
struct fixture {
	uint8_t p[8192];
	size_t len;
	size_t block[256]; /* where each id's data begins */
};

static inline void append(struct fixture *f, uint8_t id, const void *data, size_t n)
{
	f->p[f->len] = id;
	put_le16(f->p + f->len + 1, (uint16_t)n);
	f->block[id] = f->len + 3;
	memmove(f->p + f->len + 3, data, n);
	f->len += 3 + n;
	put_le16(f->p + 24, (uint16_t)f->len);
	put_le16(f->p + 48 + 20, (uint16_t)(f->len - 48));
}

/* "28:01 39:616263" are a block 0x28 of one byte and a block 0x39 of three. */
static inline void append_text(struct fixture *f, const char *blocks)
{
	while (*blocks) {
		uint8_t data[256] = { 0 };
		char edit[2 * sizeof(data) + 3] = "0=";
		size_t id = strtoul(blocks, NULL, 16), digits;

		blocks = strchr(blocks, ':') + 1;
		digits = strcspn(blocks, " ");
		strncat(edit, blocks, digits);
		poke(data, edit);
		append(f, (uint8_t)id, data, digits / 2);
		blocks += digits + (blocks[digits] == ' ');
	}
}

#define LFP_ENTRY 66u
#define FP_BYTES 38u

/* 16 panels of 1920x1080 at 60 Hz named "Panel 0" and so on, with the pointers of block 41. */
static inline void append_panels(struct fixture *f, bool pointers)
{
	static const uint8_t timing[18] = { 0x02, 0x3a, 0x80, 0x18, 0x71, 0x38, 0x2d, 0x40, 0x58, 0x2c,
		0x45, 0x55, 0, 0, 0, 0, 0, 0x1e };
	static const uint8_t pnp[10] = { 0x06, 0xaf, 0x2d, 0x15, 1, 0, 0, 0, 5, 22 };
	uint8_t data[16 * LFP_ENTRY + 16 * 13 + 102] = { 0 }, ptr[148] = { 3 };
	size_t base = f->len - 48 + 3 + (pointers ? 151 : 0);

	for (size_t i = 0; i < 16; i++) {
		uint8_t *entry = data + i * LFP_ENTRY, *p = ptr + 1 + i * 9;

		put_le16(entry, 1920);
		put_le16(entry + 2, 1080);
		put_le16(entry + FP_BYTES - 2, 0xffff);
		memcpy(entry + FP_BYTES, timing, 18);
		memcpy(entry + FP_BYTES + 18, pnp, 10);
		memcpy(data + 16 * LFP_ENTRY + i * 13, "Panel 0      ", 13);
		data[16 * LFP_ENTRY + i * 13 + 6] = (uint8_t)('0' + i);
		put_le16(p, (uint16_t)(base + i * LFP_ENTRY));
		p[2] = FP_BYTES;
		put_le16(p + 3, (uint16_t)(base + i * LFP_ENTRY + FP_BYTES));
		p[5] = 18;
		put_le16(p + 6, (uint16_t)(base + i * LFP_ENTRY + FP_BYTES + 18));
		p[8] = 10;
	}
	put_le16(ptr + 145, (uint16_t)(base + 16 * LFP_ENTRY));
	ptr[147] = 13;
	if (pointers)
		append(f, 41, ptr, sizeof(ptr));
	append(f, 42, data, sizeof(data));
}

/* Version 3: panel 0 with "power on" (delay, GPIO) and "display on" (send packet). */
static const uint8_t mipi_v3[] = { 3, 36, 0, 0, 0,
	0, 31, 0, 0, 0,
	10, 12, 0, 0, 0, 2, 4, 0xd0, 7, 0, 0, 3, 3, 1, 2, 1, 0,
	3, 8, 0, 0, 0, 1, 5, 0x05, 0x05, 1, 0, 0x11, 0,
	0 };
/* Version 1, the narrow form: "display on" with all three. */
static const uint8_t mipi_v1[] = { 1,
	0, 17, 0,
	3, 2, 0xd0, 7, 0, 0, 3, 1, 1, 1, 0x05, 0x05, 1, 0, 0x11, 0,
	0 };

static inline void start(struct fixture *f, uint32_t bdb)
{
	struct igdpt_vbt_build_opts opts = { .size = sizeof(opts), .bdb_version = bdb };

	*f = (struct fixture){ .len = sizeof(f->p) };
	ck_assert_int_eq(igdpt_vbt_build(&opts, f->p, &f->len, NULL), 0);
}

static inline void rich(struct fixture *f)
{
	static const uint8_t zeros[850] = { 15 };
	uint8_t options[34] = { 1 }, dtd[2 + 2 * 28] = { 28 };

	start(f, 256);
	append(f, 40, options, sizeof(options));
	append_panels(f, true);
	append(f, 27, zeros, 850);
	append(f, 43, zeros, 305);
	append(f, 44, zeros, 136);
	append(f, 52, zeros, 822);
	append(f, 56, zeros, 210);
	put_le32(dtd + 2, 148500);
	append(f, 58, dtd, sizeof(dtd));
	append(f, 23, zeros, 72);
	append(f, 24, zeros, 40);
	append(f, 53, mipi_v3, sizeof(mipi_v3));
}

static inline struct igdpt_vbt view(const void *data, size_t len)
{
	struct igdpt_vbt vbt;

	ck_assert_int_eq(igdpt_vbt_init(&vbt, data, len, NULL), 0);
	return vbt;
}

/* A field by its name; all ones if the table does not have it. */
static inline uint64_t get(const struct igdpt_vbt *vbt, const char *name, uint32_t element)
{
	int number = igdpt_vbt_field_find(name);
	uint64_t value = UINT64_MAX;

	ck_assert_int_ge(number, 0);
	if (igdpt_vbt_get(vbt, (uint32_t)number, element, &value) < 0)
		ck_assert_uint_eq(value, UINT64_MAX);
	else
		ck_assert_uint_ne(value, UINT64_MAX);
	return value;
}

/* What the last validation found. */
static struct seen seen;

static inline int validate(const void *data, size_t len)
{
	struct igdpt_vbt vbt = view(data, len);

	memset(&seen, 0, sizeof(seen));
	return igdpt_vbt_validate(&vbt, see, &seen);
}

#endif
