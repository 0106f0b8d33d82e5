/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "bytes.h"
#include "internal.h"
#include "vbt-layout.h"

/* What a field's byte offset counts from; see vbt-fields.def. */
enum group {
	GROUP_HEADER,
	GROUP_BDB,
	GROUP_BLOCK,
	GROUP_CHILD,
	GROUP_FP,
	GROUP_PNP,
	GROUP_TAIL,
	GROUP_DTD,
};

/* A member for each line of the table. */
#define PASTE(a, b) a##b
#define MEMBER_OF(line) PASTE(line_, line)
#define MEMBER MEMBER_OF(__LINE__)

static const struct names {
#define FIELD(group, block, name, ...) char MEMBER[sizeof(name)];
#include "vbt-fields.def"
#undef FIELD
} names = {
#define FIELD(group, block, name, ...) name,
#include "vbt-fields.def"
#undef FIELD
};

struct row {
	uint16_t name; /* its place in names */
	uint16_t byte;
	uint16_t stride;
	uint16_t first;
	uint16_t last;
	uint8_t group;
	uint8_t block;
	uint8_t bit;
	uint8_t bits;
	uint8_t count;
};

static const struct row rows[] = {
#define FIELD(group, block, name, byte, bit, width, count, stride, first, last)                    \
	{ offsetof(struct names, MEMBER), byte, stride, first, last, GROUP_##group, block,  \
		bit, width, count },
#include "vbt-fields.def"
#undef FIELD
};

static const char *row_name(const struct row *row)
{
	return string_at(&names, row->name, 0);
}

int igdpt_vbt_field_at(uint32_t number, struct igdpt_vbt_field *field)
{
	const struct row *row;
	struct igdpt_vbt_field known;

	if (number >= ARRAY_SIZE(rows))
		return -IGDPT_E_NOTFOUND;
	row = &rows[number];
	known = (struct igdpt_vbt_field){
		.block = row->block,
		.bits = row->bits,
		.count = row->count,
		.first_bdb = row->first,
		.last_bdb = row->last,
		.name = row_name(row),
	};
	return igdpt_priv_struct_out(field, &known, sizeof(known), V1(igdpt_vbt_field));
}

int igdpt_vbt_field_find(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_SIZE(rows); i++) {
		if (strcmp(row_name(&rows[i]), name) == 0)
			return (int)i;
	}
	return -IGDPT_E_NOTFOUND;
}

bool igdpt_priv_vbt_dtd(const struct igdpt_vbt *vbt, const struct span *block, uint32_t element,
	struct span *entry)
{
	uint64_t at;
	uint16_t bytes;

	if (!read_le16(vbt->data + block->offset, block->bytes, 0, &bytes))
		return false;
	at = 2 + (uint64_t)element * bytes;
	if (!span_ok(block->bytes, at, bytes))
		return false;
	*entry = (struct span){ block->offset + (uint32_t)at, bytes };
	return true;
}

static bool find_lfp(const struct igdpt_vbt *vbt, const struct row *row, uint32_t element,
	struct span *base)
{
	struct igdpt_priv_lfp lfp;

	if (igdpt_priv_vbt_lfp(vbt, element, &lfp, NULL) < 0)
		return false;
	if (row->group == GROUP_FP)
		*base = lfp.fp;
	else
		*base = row->group == GROUP_PNP ? lfp.pnp : lfp.tail;
	return true;
}

static bool find_base(const struct igdpt_vbt *vbt, const struct row *row, uint32_t element,
	struct span *base)
{
	switch (row->group) {
	case GROUP_HEADER:
		*base = (struct span){ 0, VBT_HEADER };
		return true;
	case GROUP_BDB:
		*base = (struct span){ vbt->bdb_offset, BDB_HEADER };
		return true;
	case GROUP_BLOCK:
		return igdpt_priv_vbt_block(vbt, row->block, base);
	case GROUP_CHILD:
		return igdpt_priv_vbt_child(vbt, element, base);
	case GROUP_DTD:
		return igdpt_priv_vbt_block(vbt, BLOCK_GENERIC_DTD, base) &&
			igdpt_priv_vbt_dtd(vbt, base, element, base);
	default:
		return find_lfp(vbt, row, element, base);
	}
}

/* Bits of a little-endian run; false if it does not lie wholly inside. */
static bool read_bits(const struct igdpt_vbt *vbt, const struct span *base, uint64_t bit,
	uint32_t bits, uint64_t *value)
{
	uint64_t first = bit / 8, count = (bit % 8 + bits + 7) / 8, v = 0;

	if (!span_ok(base->bytes, first, count))
		return false;
	for (uint64_t i = 0; i < count; i++)
		v |= (uint64_t)vbt->data[base->offset + first + i] << (8 * i);
	*value = v >> (bit % 8) & ((UINT64_C(1) << bits) - 1);
	return true;
}

int igdpt_vbt_get(const struct igdpt_vbt *vbt, uint32_t number, uint32_t element, uint64_t *value)
{
	const struct row *row;
	struct span base;

	if (!vbt || !value || number >= ARRAY_SIZE(rows))
		return -IGDPT_E_INVALID;
	row = &rows[number];
	if (vbt->bdb_version < row->first || vbt->bdb_version > row->last)
		return -IGDPT_E_NOTFOUND;
	if ((row->count && element >= row->count) || !find_base(vbt, row, element, &base))
		return -IGDPT_E_NOTFOUND;
	if (!read_bits(vbt, &base, row->byte * 8u + row->bit + (uint64_t)element * row->stride,
		    row->bits, value))
		return -IGDPT_E_NOTFOUND;
	return 0;
}
