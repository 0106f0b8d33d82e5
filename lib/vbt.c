/* SPDX-License-Identifier: MIT */
#include "igdpt/vbt.h"

#include "bytes.h"
#include "internal.h"
#include "vbt-layout.h"

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
	if (vbt->len > len)
		return igdpt_priv_fail(why, IGDPT_F_VBT_SIZE, VBT_SIZE, vbt->len, len);
	return check_bdb(vbt, why);
}
