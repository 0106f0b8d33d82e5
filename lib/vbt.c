/* SPDX-License-Identifier: MIT */
#include "igdpt/vbt.h"

#include "bytes.h"
#include "internal.h"
#include "vbt-layout.h"

/* Linux enum bdb_block_id. */
#define BLOCK_NAMES                                                                                \
	NAME(1, "general features")                                                                \
	NAME(2, "general definitions")                                                             \
	NAME(3, "display toggle")                                                                  \
	NAME(4, "mode support list")                                                               \
	NAME(5, "generic mode table")                                                              \
	NAME(6, "extended MMIO registers")                                                         \
	NAME(7, "software flags, I/O")                                                             \
	NAME(8, "software flags, MMIO")                                                            \
	NAME(9, "panel self refresh")                                                              \
	NAME(10, "mode removal table")                                                             \
	NAME(11, "child device table")                                                             \
	NAME(12, "driver features")                                                                \
	NAME(13, "driver persistence")                                                             \
	NAME(14, "extended table pointers")                                                        \
	NAME(15, "dot clock override")                                                             \
	NAME(16, "display select")                                                                 \
	NAME(17, "test functions")                                                                 \
	NAME(18, "driver rotation")                                                                \
	NAME(19, "display remove")                                                                 \
	NAME(20, "OEM modes")                                                                      \
	NAME(21, "EFP list")                                                                       \
	NAME(22, "SDVO LVDS options")                                                              \
	NAME(23, "SDVO LVDS timings")                                                              \
	NAME(24, "SDVO LVDS PnP ids")                                                              \
	NAME(25, "SDVO LVDS power sequence")                                                       \
	NAME(26, "TV options")                                                                     \
	NAME(27, "embedded DisplayPort")                                                           \
	NAME(28, "EFP timings")                                                                    \
	NAME(29, "display select, Ivy Bridge")                                                     \
	NAME(30, "display remove, Ivy Bridge")                                                     \
	NAME(31, "display select, Haswell")                                                        \
	NAME(32, "display remove, Haswell")                                                        \
	NAME(40, "LFP options")                                                                    \
	NAME(41, "LFP data pointers")                                                              \
	NAME(42, "LFP data")                                                                       \
	NAME(43, "LFP backlight")                                                                  \
	NAME(44, "LFP power conservation")                                                         \
	NAME(45, "eDP BFI")                                                                        \
	NAME(46, "chromaticity")                                                                   \
	NAME(50, "MIPI")                                                                           \
	NAME(51, "fixed mode")                                                                     \
	NAME(52, "MIPI configuration")                                                             \
	NAME(53, "MIPI sequences")                                                                 \
	NAME(54, "RGB palette")                                                                    \
	NAME(55, "compression parameters, old")                                                    \
	NAME(56, "compression parameters")                                                         \
	NAME(57, "vswing and pre-emphasis")                                                        \
	NAME(58, "generic timings")                                                                \
	NAME(252, "INT 15h hook")                                                                  \
	NAME(253, "PRD table")                                                                     \
	NAME(254, "VBIOS private")

static const struct block_names {
	char unknown[sizeof("unknown")];
#define NAME(id, name) char of_##id[sizeof(name)];
	BLOCK_NAMES
#undef NAME
} block_names = {
	"unknown",
#define NAME(id, name) name,
	BLOCK_NAMES
#undef NAME
};

/* By id, which is a byte; 0 is the place of "unknown". */
static const uint16_t name_places[UINT8_MAX + 1] = {
#define NAME(id, name) [id] = offsetof(struct block_names, of_##id),
	BLOCK_NAMES
#undef NAME
};

static int check_bdb(struct igdpt_vbt *vbt, struct igdpt_finding *why)
{
	const uint8_t *bdb;

	if (!span_ok(vbt->len, vbt->bdb_offset, BDB_HEADER))
		return igdpt_priv_fail(why, IGDPT_F_VBT_BDB_OFFSET, VBT_BDB_OFFSET, vbt->bdb_offset,
			vbt->len);
	bdb = vbt->data + vbt->bdb_offset;
	vbt->bdb_version = get_le16(bdb + BDB_VERSION);
	vbt->bdb_header = get_le16(bdb + BDB_HEADER_SIZE);
	vbt->bdb_size = get_le16(bdb + BDB_SIZE);
	if (!span_ok(vbt->len, vbt->bdb_offset, vbt->bdb_size))
		return igdpt_priv_fail(why, IGDPT_F_VBT_BDB_SIZE, vbt->bdb_offset + BDB_SIZE,
			vbt->bdb_size, vbt->len - vbt->bdb_offset);
	return 0;
}

int igdpt_vbt_init(struct igdpt_vbt *vbt, const void *data, size_t len, struct igdpt_finding *why)
{
	const uint8_t *p = data;

	if (!vbt || !data)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	if (len < VBT_HEADER)
		return igdpt_priv_fail(why, IGDPT_F_VBT_SHORT, len, len, VBT_HEADER);
	if (memcmp(p, "$VBT", 4) != 0)
		return igdpt_priv_fail(why, IGDPT_F_VBT_SIGNATURE, 0, get_le32(p), 0x54425624);
	*vbt = (struct igdpt_vbt){ .data = p, .len = get_le16(p + VBT_SIZE) };
	vbt->bdb_offset = get_le32(p + VBT_BDB_OFFSET);
	/* Linux takes this too, and reads a BDB inside the header; a copy of so few bytes is no VBT. */
	if (vbt->len < VBT_HEADER)
		return igdpt_priv_fail(why, IGDPT_F_VBT_SHORT, VBT_SIZE, vbt->len, VBT_HEADER);
	if (vbt->len > len)
		return igdpt_priv_fail(why, IGDPT_F_VBT_SIZE, VBT_SIZE, vbt->len, len);
	return check_bdb(vbt, why);
}

static const char *block_name(uint32_t id)
{
	return string_at(&block_names, name_places[id], 0);
}

/*
 * Block 53 from version 3 on: the 16-bit size is 0 in the tables seen; a version byte and a 32-bit
 * size that counts neither itself nor the version begin the data. Linux steps 3 + size there, which
 * ends 5 bytes early; that the block ends at 3 + 5 + size is what all ten real tables show.
 */
static inline uint64_t data_bytes(const struct igdpt_vbt *vbt, uint32_t id, uint32_t offset,
	uint32_t stored)
{
	if (!is_wide_mipi(vbt, id, offset))
		return stored;
	return (uint64_t)MIPI_HEADER_WIDE + get_le32(vbt->data + offset + 1);
}

/* All but the name, which a search for a block does not need. */
static inline int read_block(const struct igdpt_vbt *vbt, uint64_t at, struct igdpt_vbt_block *block,
	struct igdpt_finding *why)
{
	uint32_t offset;
	uint64_t bytes;

	if (at >= (uint64_t)vbt->bdb_offset + vbt->bdb_size || !span_ok(vbt->len, at, BLOCK_HEADER))
		return 0;
	offset = (uint32_t)at + BLOCK_HEADER;
	block->id = vbt->data[at];
	block->stored = get_le16(vbt->data + at + 1);
	if (block->id == 0)
		return igdpt_priv_fail(why, IGDPT_F_VBT_BLOCK_ZERO, at, 0, 0);
	bytes = data_bytes(vbt, block->id, offset, block->stored);
	if (!span_ok(vbt->len, offset, bytes))
		return igdpt_priv_fail(why, IGDPT_F_VBT_BLOCK_OVERRUN, at, block->id,
			offset + bytes - vbt->len);
	block->offset = offset;
	block->bytes = (uint32_t)bytes;
	return 1;
}

int igdpt_priv_vbt_read(const struct igdpt_vbt *vbt, uint64_t at, struct igdpt_vbt_block *block,
	struct igdpt_finding *why)
{
	int rc = read_block(vbt, at, block, why);

	if (rc > 0)
		block->name = block_name(block->id);
	return rc;
}

int igdpt_vbt_next(const struct igdpt_vbt *vbt, struct igdpt_vbt_block *block,
	struct igdpt_finding *why)
{
	struct igdpt_vbt_block in, known = { .size = sizeof(known) };
	uint64_t at;
	int rc;

	if (!vbt || !block)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	rc = igdpt_priv_struct_in(&in, sizeof(in), V1(igdpt_vbt_block), block, why);
	if (rc < 0)
		return rc;
	at = in.offset ? (uint64_t)in.offset + in.bytes : igdpt_priv_vbt_first(vbt);
	rc = igdpt_priv_vbt_read(vbt, at, &known, why);
	if (rc <= 0)
		return rc;
	rc = igdpt_priv_struct_out(block, &known, sizeof(known), V1(igdpt_vbt_block));
	return rc < 0 ? rc : 1;
}

bool igdpt_priv_vbt_block(const struct igdpt_vbt *vbt, uint32_t id, struct span *data)
{
	uint64_t at = igdpt_priv_vbt_first(vbt);
	struct igdpt_vbt_block block = { 0 };

	while (read_block(vbt, at, &block, NULL) > 0) {
		if (block.id == id) {
			*data = (struct span){ block.offset, block.bytes };
			return true;
		}
		at = (uint64_t)block.offset + block.bytes;
	}
	return false;
}

bool igdpt_priv_vbt_child(const struct igdpt_vbt *vbt, uint32_t slot, struct span *child)
{
	struct span block;
	uint64_t at;
	uint8_t child_size;

	if (!igdpt_priv_vbt_block(vbt, BLOCK_GENERAL_DEFINITIONS, &block) ||
		block.bytes < CHILD_FIRST)
		return false;
	child_size = vbt->data[block.offset + CHILD_SIZE_AT];
	at = CHILD_FIRST + (uint64_t)slot * child_size;
	if (child_size < CHILD_DDC_PIN + 1 || !span_ok(block.bytes, at, child_size))
		return false;
	*child = (struct span){ block.offset + (uint32_t)at, child_size };
	return true;
}

int igdpt_vbt_child_at(const struct igdpt_vbt *vbt, uint32_t slot, struct igdpt_vbt_child *child)
{
	struct igdpt_vbt_child known = { .size = sizeof(known), .slot = slot };
	struct span span;
	const uint8_t *p;

	if (!vbt || !igdpt_priv_vbt_child(vbt, slot, &span))
		return -IGDPT_E_NOTFOUND;
	p = vbt->data + span.offset;
	known.offset = span.offset;
	known.bytes = span.bytes;
	known.handle = get_le16(p + CHILD_HANDLE);
	known.device_type = get_le16(p + CHILD_TYPE);
	known.dvo_port = p[CHILD_DVO_PORT];
	known.ddc_pin = p[CHILD_DDC_PIN];
	if (span.bytes > CHILD_AUX && vbt->bdb_version >= CHILD_AUX_BDB)
		known.aux_channel = p[CHILD_AUX];
	return igdpt_priv_struct_out(child, &known, sizeof(known), V1(igdpt_vbt_child));
}
