/* SPDX-License-Identifier: MIT */
#include "bytes.h"
#include "internal.h"
#include "vbt-layout.h"

struct judge {
	const struct igdpt_vbt *vbt;
	struct igdpt_priv_report report;
	uint64_t end;       /* of the last block */
	uint64_t linux_end; /* the same where Linux sees it */
	uint32_t offset[256]; /* of each id's first block, 0 if there is none */
};

static void tell(struct judge *j, uint32_t id, uint64_t offset, uint64_t value, uint64_t want)
{
	igdpt_priv_report(&j->report, id, offset, value, want);
}

static void judge_header(struct judge *j)
{
	const uint8_t *p = j->vbt->data;
	uint32_t version = get_le16(p + VBT_VERSION), header = get_le16(p + VBT_HEADER_SIZE);
	uint8_t sum = byte_sum(p, j->vbt->len);

	if (version != VBT_VERSION_VALUE)
		tell(j, IGDPT_F_VBT_VERSION, VBT_VERSION, version, VBT_VERSION_VALUE);
	if (header < VBT_HEADER || header > j->vbt->bdb_offset)
		tell(j, IGDPT_F_VBT_HEADER_SIZE, VBT_HEADER_SIZE, header, VBT_HEADER);
	if (sum)
		tell(j, IGDPT_F_VBT_CHECKSUM, VBT_CHECKSUM, p[VBT_CHECKSUM],
			(uint8_t)(p[VBT_CHECKSUM] - sum));
}

static void judge_bdb(struct judge *j)
{
	const struct igdpt_vbt *v = j->vbt;
	const uint8_t *bdb = v->data + v->bdb_offset;

	if (memcmp(bdb, BDB_SIGNATURE_TEXT, BDB_SIGNATURE_CHARS) != 0)
		tell(j, IGDPT_F_VBT_BDB_SIGNATURE, v->bdb_offset, bdb[0], 'B');
	if (v->bdb_header < BDB_HEADER || v->bdb_header > v->bdb_size)
		tell(j, IGDPT_F_VBT_BDB_HEADER, v->bdb_offset + BDB_HEADER_SIZE, v->bdb_header,
			BDB_HEADER);
	if (v->bdb_version > BDB_VERSION_NEWEST)
		tell(j, IGDPT_F_VBT_BDB_VERSION, v->bdb_offset + BDB_VERSION, v->bdb_version,
			BDB_VERSION_NEWEST);
}

/* Linux reads the first block of an id and ignores others; only the VBIOS's own ids repeat. */
static void judge_block(struct judge *j, const struct igdpt_vbt_block *block)
{
	if (block->name[0] == 'u')
		tell(j, IGDPT_F_VBT_BLOCK_UNKNOWN, block->offset - BLOCK_HEADER, block->id, 0);
	if (j->offset[block->id] && block->id < 250)
		tell(j, IGDPT_F_VBT_BLOCK_TWICE, block->offset - BLOCK_HEADER, block->id,
			j->offset[block->id]);
	if (!j->offset[block->id])
		j->offset[block->id] = block->offset;
	j->end = (uint64_t)block->offset + block->bytes;
	j->linux_end = j->end;
	if (is_wide_mipi(j->vbt, block->id, block->offset))
		j->linux_end -= MIPI_HEADER_WIDE;
}

static void judge_chain(struct judge *j)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	const struct igdpt_vbt *v = j->vbt;
	uint64_t bdb_end = (uint64_t)v->bdb_offset + v->bdb_size;
	struct igdpt_vbt_block block;
	int rc;

	j->end = j->linux_end = igdpt_priv_vbt_first(v);
	while ((rc = igdpt_priv_vbt_read(v, j->end, &block, &why)) > 0)
		judge_block(j, &block);
	if (rc < 0)
		tell(j, why.id, why.offset, why.value, why.want);
	else if (j->end > bdb_end)
		tell(j, j->linux_end > bdb_end ? IGDPT_F_VBT_BDB_SHORT : IGDPT_F_VBT_BDB_SHORT_MIPI,
			v->bdb_offset + BDB_SIZE, v->bdb_size, j->end - v->bdb_offset);
	else if (j->end < v->len)
		tell(j, IGDPT_F_VBT_TRAILING, j->end, v->len - j->end, 0);
}

static void judge_children(struct judge *j)
{
	const struct igdpt_vbt *v = j->vbt;
	uint32_t at = j->offset[BLOCK_GENERAL_DEFINITIONS], size, want, bytes;

	if (!at || get_le16(v->data + at - 2) < CHILD_FIRST) {
		tell(j, IGDPT_F_VBT_NO_CHILDREN, at ? at : IGDPT_NO_OFFSET, 0, 0);
		return;
	}
	bytes = get_le16(v->data + at - 2) - CHILD_FIRST;
	size = v->data[at + CHILD_SIZE_AT];
	want = igdpt_priv_child_size(v->bdb_version);
	if (size < CHILD_SIZE_LEGACY)
		tell(j, IGDPT_F_VBT_CHILD_SMALL, at + CHILD_SIZE_AT, size, CHILD_SIZE_LEGACY);
	else if (size != want && v->bdb_version <= BDB_VERSION_NEWEST)
		tell(j, IGDPT_F_VBT_CHILD_SIZE, at + CHILD_SIZE_AT, size, want);
	if (size && bytes % size)
		tell(j, IGDPT_F_VBT_CHILD_REST, at, bytes % size, size);
}

static void judge_panel(struct judge *j)
{
	const struct igdpt_vbt *v = j->vbt;
	struct igdpt_finding why = { .size = sizeof(why) };
	uint32_t at = j->offset[BLOCK_LFP_OPTIONS], panel = 0;
	struct igdpt_priv_lfp lfp;

	if (!j->offset[BLOCK_LFP_DATA] || (!at && !j->offset[BLOCK_LFP_POINTERS]))
		return;
	if (at && get_le16(v->data + at - 2))
		panel = v->data[at];
	if (panel >= PANELS && panel != PANEL_AUTO)
		tell(j, IGDPT_F_VBT_PANEL_TYPE, at, panel, PANELS - 1);
	igdpt_priv_vbt_lfp(v, 0, &lfp, &why);
	if (why.id)
		tell(j, why.id, why.offset, why.value, why.want);
}

static void judge_mipi(struct judge *j)
{
	struct igdpt_vbt_mipi mipi = { .size = sizeof(mipi) };
	struct igdpt_finding why = { .size = sizeof(why) };

	if (!j->offset[BLOCK_MIPI_SEQUENCE])
		return;
	while (igdpt_vbt_mipi_next(j->vbt, &mipi, &why) > 0)
		;
	if (why.id)
		tell(j, why.id, why.offset, why.value, why.want);
}

int igdpt_vbt_validate(const struct igdpt_vbt *vbt, igdpt_finding_fn fn, void *user)
{
	struct judge j = { .vbt = vbt, .report = { .fn = fn, .user = user } };

	if (!vbt)
		return -IGDPT_E_INVALID;
	judge_header(&j);
	judge_bdb(&j);
	judge_chain(&j);
	judge_children(&j);
	judge_panel(&j);
	judge_mipi(&j);
	return j.report.errors;
}
