/* SPDX-License-Identifier: MIT */
#include "opregion-priv.h"

/* Bytes of OVER, from its start. */
#define OVER_REVISION (IGDPT_OPF_OVER + 1)
#define OVER_VERSION (IGDPT_OPF_OVER + 2)

#define EDID_BLOCK 128u
#define EDID_BLOCKS 3u /* bits of PHED */
#define EDID_ROOM 2u

static int check_start(const uint8_t *p, size_t len, struct igdpt_finding *why)
{
	const char *want = OPREGION_SIGNATURE;

	if (len < IGDPT_OPREGION_BYTES)
		return igdpt_priv_fail(why, IGDPT_F_OPREGION_SHORT, len, len, IGDPT_OPREGION_BYTES);
	for (uint32_t i = 0; want[i]; i++) {
		if (p[i] != (uint8_t)want[i])
			return igdpt_priv_fail(why, IGDPT_F_OPREGION_SIGNATURE, i, p[i],
				(uint8_t)want[i]);
	}
	if (!get_le32(p + IGDPT_OPF_SIZE))
		return igdpt_priv_fail(why, IGDPT_F_OPREGION_SIZE_ZERO, IGDPT_OPF_SIZE, 0,
			OPREGION_KIB);
	return 0;
}

int igdpt_opregion_init(struct igdpt_opregion *op, const void *data, size_t len,
	struct igdpt_finding *why)
{
	const uint8_t *p = data;
	int rc;

	if (!op || !data)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	rc = check_start(p, len, why);
	if (rc < 0)
		return rc;
	*op = (struct igdpt_opregion){
		.data = p,
		.len = len,
		.version = get_le16(p + OVER_VERSION),
		.revision = p[OVER_REVISION],
		.mboxes = get_le32(p + IGDPT_OPF_MBOX),
		.kib = get_le32(p + IGDPT_OPF_SIZE),
	};
	if (op->version >= RVDA_ABSOLUTE) {
		op->rvda = get_le64(p + IGDPT_OPF_RVDA);
		op->rvds = get_le32(p + IGDPT_OPF_RVDS);
	}
	return 0;
}

int igdpt_priv_opregion_vbt_at(const uint8_t *data, uint64_t offset, uint64_t room,
	struct igdpt_vbt *vbt, struct igdpt_finding *why)
{
	struct igdpt_finding found = { .size = sizeof(found) };
	int rc = igdpt_vbt_init(vbt, data + offset, (size_t)room, &found);

	return rc < 0 ? igdpt_priv_fail(why, found.id, offset + found.offset, found.value, found.want) :
		rc;
}

/* As i915: RVDA may even point into the OpRegion; but nothing is read past the input. */
static bool inside_input(const struct igdpt_opregion *op, struct igdpt_opregion_vbt *out,
	struct igdpt_finding *why)
{
	struct igdpt_vbt vbt;
	uint64_t left;

	if (op->rvda >= op->len) {
		igdpt_priv_fail(why, IGDPT_F_RVDA_PAST, IGDPT_OPF_RVDA, op->rvda, op->len);
		return false;
	}
	left = op->len - op->rvda;
	out->source = IGDPT_VBT_RVDA_RELATIVE;
	out->offset = op->rvda;
	out->room = op->rvds < left ? op->rvds : left;
	if (igdpt_priv_opregion_vbt_at(op->data, out->offset, out->room, &vbt, why) < 0)
		return false;
	out->bytes = vbt.len;
	return true;
}

/* As i915, which counts on RVDA where mailbox 3 is offered: the field is a part of that. */
static bool behind_rvda(const struct igdpt_opregion *op, struct igdpt_opregion_vbt *out,
	struct igdpt_finding *why)
{
	if (rvda_kind(op) == RVDA_NONE)
		return false;
	if (!(op->mboxes & IGDPT_MBOX_ASLE)) {
		igdpt_priv_fail(why, IGDPT_F_RVDA_NO_ASLE, IGDPT_OPF_MBOX, op->mboxes, IGDPT_MBOX_ASLE);
		return false;
	}
	if (rvda_kind(op) != RVDA_OUTSIDE)
		return inside_input(op, out, why);
	out->source = IGDPT_VBT_RVDA_ABSOLUTE;
	out->offset = op->rvda;
	out->room = op->rvds;
	return true;
}

static bool in_mailbox4(const struct igdpt_opregion *op, struct igdpt_opregion_vbt *out,
	struct igdpt_finding *why)
{
	struct igdpt_vbt vbt;

	out->source = IGDPT_VBT_MAILBOX4;
	out->offset = IGDPT_OPREGION_VBT;
	out->room = mailbox4_room(op->mboxes);
	if (!get_le32(op->data + out->offset)) {
		igdpt_priv_fail(why, IGDPT_F_NO_VBT, out->offset, 0, 0);
		return false;
	}
	if (igdpt_priv_opregion_vbt_at(op->data, out->offset, out->room, &vbt, why) < 0)
		return false;
	out->bytes = vbt.len;
	return true;
}

int igdpt_opregion_find_vbt(const struct igdpt_opregion *op, struct igdpt_opregion_vbt *vbt,
	struct igdpt_finding *why)
{
	struct igdpt_opregion_vbt found = { .size = sizeof(found) };
	int rc = 0, room;

	if (!op || !vbt)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	if (!behind_rvda(op, &found, why) &&
		!in_mailbox4(op, &found, rvda_kind(op) == RVDA_NONE ? why : NULL)) {
		found = (struct igdpt_opregion_vbt){ .size = sizeof(found) };
		rc = -IGDPT_E_NOTFOUND;
	}
	room = igdpt_priv_struct_out(vbt, &found, sizeof(found), V1(igdpt_opregion_vbt));
	return room < 0 ? room : rc;
}

static int check_edid(const struct igdpt_opregion *op, uint32_t blocks, struct igdpt_finding *why)
{
	static const uint8_t header[8] = { 0, 255, 255, 255, 255, 255, 255, 0 };
	const uint8_t *edid = op->data + IGDPT_OPF_BDDC;

	if (!(op->mboxes & IGDPT_MBOX_ASLE_EXT) || !blocks)
		return igdpt_priv_fail(why, IGDPT_F_EDID_NONE, IGDPT_OPF_PHED, blocks, 0);
	if (blocks > EDID_ROOM)
		return igdpt_priv_fail(why, IGDPT_F_EDID_BLOCKS, IGDPT_OPF_PHED, blocks, EDID_ROOM);
	if (memcmp(edid, header, sizeof(header)) != 0)
		return igdpt_priv_fail(why, IGDPT_F_EDID_HEADER, IGDPT_OPF_BDDC, edid[0], header[0]);
	for (uint32_t i = 0; i < blocks; i++, edid += EDID_BLOCK) {
		if (byte_sum(edid, EDID_BLOCK))
			return igdpt_priv_fail(why, IGDPT_F_EDID_CHECKSUM,
				IGDPT_OPF_BDDC + (i + 1) * EDID_BLOCK - 1, byte_sum(edid, EDID_BLOCK), 0);
	}
	return 0;
}

int igdpt_opregion_edid(const struct igdpt_opregion *op, uint32_t *offset, uint32_t *bytes,
	struct igdpt_finding *why)
{
	uint32_t blocks;

	if (!op || !offset || !bytes)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	blocks = get_le32(op->data + IGDPT_OPF_PHED) & EDID_BLOCKS;
	if (check_edid(op, blocks, why) < 0)
		return -IGDPT_E_NOTFOUND;
	*offset = IGDPT_OPF_BDDC;
	*bytes = blocks * EDID_BLOCK;
	return 0;
}
