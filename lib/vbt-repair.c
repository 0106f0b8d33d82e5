/* SPDX-License-Identifier: MIT */
#include "bytes.h"
#include "internal.h"
#include "vbt-layout.h"

int igdpt_vbt_find(const void *data, size_t len, size_t *offset, struct igdpt_vbt *vbt)
{
	const uint8_t *p = data;
	struct igdpt_vbt view;

	if (!data || !offset)
		return -IGDPT_E_INVALID;
	if (*offset > len)
		return -IGDPT_E_NOTFOUND;
	for (uint64_t at = ((uint64_t)*offset + 3) & ~UINT64_C(3); span_ok(len, at, VBT_HEADER);
		at += 4) {
		if (memcmp(p + at, "$VBT", 4) != 0 ||
			igdpt_vbt_init(&view, p + at, len - (size_t)at, NULL) < 0)
			continue;
		*offset = (size_t)at;
		if (vbt)
			*vbt = view;
		return 0;
	}
	return -IGDPT_E_NOTFOUND;
}

/* Where the last whole block ends; sets *broken if the chain goes on behind it. */
static uint64_t chain_end(const struct igdpt_vbt *vbt, bool *broken)
{
	uint64_t end = igdpt_priv_vbt_first(vbt);
	struct igdpt_vbt_block block;
	int rc;

	while ((rc = igdpt_priv_vbt_read(vbt, end, &block, NULL)) > 0)
		end = (uint64_t)block.offset + block.bytes;
	*broken = rc < 0;
	return end;
}

/* A view whose VBT size is cut to what is there, and whose BDB fills it. */
static int lenient_init(struct igdpt_vbt *vbt, const uint8_t *data, size_t len,
	struct igdpt_finding *why)
{
	int rc = igdpt_vbt_init(vbt, data, len, why);
	uint64_t end;

	if (rc != -IGDPT_E_TRUNCATED || len < VBT_HEADER || vbt->len <= len)
		return rc;
	vbt->len = len;
	if (!span_ok(len, vbt->bdb_offset, BDB_HEADER))
		return igdpt_priv_fail(why, IGDPT_F_VBT_BDB_OFFSET, VBT_BDB_OFFSET, vbt->bdb_offset,
			len);
	vbt->bdb_header = get_le16(data + vbt->bdb_offset + BDB_HEADER_SIZE);
	vbt->bdb_size = (uint32_t)len - vbt->bdb_offset;
	end = chain_end(vbt, &(bool){ false });
	if (end < len) /* the BDB header may lead past all bytes */
		vbt->len = (size_t)end;
	return 0;
}

/* Sizes are written into both headers: these share no bytes, and no block lies in them. */
static int writable_init(struct igdpt_vbt *vbt, const uint8_t *data, size_t len,
	struct igdpt_finding *why)
{
	int rc = lenient_init(vbt, data, len, why);

	if (rc == 0 && vbt->bdb_offset < VBT_HEADER)
		return igdpt_priv_fail(why, IGDPT_F_VBT_BDB_OFFSET, VBT_BDB_OFFSET, vbt->bdb_offset,
			VBT_HEADER);
	if (rc == 0 && vbt->bdb_header < BDB_HEADER)
		return igdpt_priv_fail(why, IGDPT_F_VBT_BDB_HEADER, vbt->bdb_offset + BDB_HEADER_SIZE,
			vbt->bdb_header, BDB_HEADER);
	return rc;
}

int igdpt_vbt_repair(const void *data, size_t data_len, void *buf, size_t *len,
	struct igdpt_finding *why)
{
	struct igdpt_vbt vbt;
	uint64_t end, bdb_size;
	bool is_broken;
	uint8_t *p = buf;
	int rc = writable_init(&vbt, data, data_len, why);

	if (rc == 0)
		rc = igdpt_priv_room(buf, len, vbt.len, why);
	if (rc < 0)
		return rc;
	end = chain_end(&vbt, &is_broken);
	bdb_size = is_broken ? vbt.bdb_size : end - vbt.bdb_offset;
	if (bdb_size > vbt.len - vbt.bdb_offset)
		bdb_size = vbt.len - vbt.bdb_offset;
	memmove(p, data, vbt.len);
	put_le16(p + VBT_SIZE, (uint16_t)vbt.len);
	put_le16(p + vbt.bdb_offset + BDB_SIZE, (uint16_t)bdb_size);
	p[VBT_CHECKSUM] = 0;
	p[VBT_CHECKSUM] = (uint8_t)-byte_sum(p, vbt.len);
	return 0;
}
