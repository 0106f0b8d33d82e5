/* SPDX-License-Identifier: MIT */
#include "opregion-priv.h"
#include "vbt-layout.h"

#define VERSION_RELATIVE 0x0201u
#define LID_OPEN 3u /* Linux gvt/opregion.c */

/* The guest's copy, decided before a byte is written. */
struct copy {
	const struct igdpt_opregion *op;
	struct igdpt_opregion_normalise_opts opts;
	struct igdpt_vbt vbt;  /* len 0: none */
	bool extended;         /* the VBT goes behind the 8 KiB */
};

static int check_flags(const struct copy *c, struct igdpt_finding *why)
{
	uint32_t most = (IGDPT_NORMALISE_LENIENT << 1) - 1;

	return c->opts.flags <= most ? 0 :
		igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, c->opts.flags, most);
}

static int check_header(const struct copy *c, struct igdpt_finding *why)
{
	if (c->opts.flags & IGDPT_NORMALISE_LENIENT)
		return 0;
	if (c->op->kib != OPREGION_KIB)
		return igdpt_priv_fail(why, IGDPT_F_OPREGION_SIZE, IGDPT_OPF_SIZE, c->op->kib,
			OPREGION_KIB);
	if (!version_known(c->op->version))
		return igdpt_priv_fail(why, IGDPT_F_OPREGION_VERSION, IGDPT_OPF_OVER,
			c->op->version, VERSION_MAX);
	return 0;
}

/* The bytes behind RVDA; *data and *len are left as they are when there are none. */
static int extended_bytes(const struct copy *c, const uint8_t **data, uint64_t *len,
	struct igdpt_finding *why)
{
	const struct igdpt_opregion *op = c->op;

	switch (rvda_kind(op)) {
	case RVDA_INSIDE:
		return igdpt_priv_fail(why, IGDPT_F_RVDA_INSIDE, IGDPT_OPF_RVDA, op->rvda,
			IGDPT_OPREGION_BYTES);
	case RVDA_PAST:
		return igdpt_priv_fail(why, IGDPT_F_RVDA_PAST, IGDPT_OPF_RVDA, op->rvda, op->len);
	case RVDA_OUTSIDE:
		if (!c->opts.vbt)
			return igdpt_priv_fail(why, IGDPT_F_RVDA_UNREAD, IGDPT_OPF_RVDA, op->rvda, 0);
		*data = c->opts.vbt;
		*len = c->opts.vbt_bytes < op->rvds ? c->opts.vbt_bytes : op->rvds;
		return 0;
	case RVDA_GOOD:
		*data = op->data + op->rvda;
		*len = op->rvds;
		return 0;
	default:
		return 0;
	}
}

static bool find_mailbox4(struct copy *c)
{
	bool good = igdpt_vbt_init(&c->vbt, c->op->data + IGDPT_OPREGION_VBT,
		mailbox4_room(c->op->mboxes), NULL) == 0;

	if (!good)
		c->vbt.len = 0;
	return good;
}

/*
 * An extended VBT that is none is left out, as i915 falls back to mailbox 4: vfio-pci shows zeros
 * behind an RVDA that led nowhere (measured). So is one behind an RVDA that i915 ignores, for want
 * of mailbox 3, unless it is the only one: others look there all the same. *why tells so.
 */
static int find_vbt(struct copy *c, struct igdpt_finding *why)
{
	const struct igdpt_opregion *op = c->op;
	const uint8_t *data = NULL;
	bool mailbox4 = find_mailbox4(c);
	uint64_t len = 0;
	int rc;

	if (mailbox4 && rvda_kind(op) != RVDA_NONE && !(op->mboxes & IGDPT_MBOX_ASLE)) {
		igdpt_priv_fail(why, IGDPT_F_RVDA_NO_ASLE, IGDPT_OPF_MBOX, op->mboxes, IGDPT_MBOX_ASLE);
		return 0;
	}
	rc = extended_bytes(c, &data, &len, why);
	if (rc < 0 || !len)
		return rc;
	c->extended = igdpt_vbt_init(&c->vbt, data, (size_t)len, NULL) == 0;
	if (c->extended)
		return 0;
	mailbox4 = find_mailbox4(c);
	igdpt_priv_fail(why, mailbox4 ? IGDPT_F_VBT_FALLBACK : IGDPT_F_NO_VBT, IGDPT_OPF_RVDA, op->rvda,
		IGDPT_OPREGION_VBT);
	return 0;
}

/* A BDB inside the VBT header shares bytes with the checksum: writing one would change the other. */
static int check_repair(const struct copy *c, struct igdpt_finding *why)
{
	uint64_t at = c->extended ? 0 : IGDPT_OPREGION_VBT;

	if (!(c->opts.flags & IGDPT_NORMALISE_REPAIR_VBT) || !c->vbt.len ||
		c->vbt.bdb_offset >= VBT_HEADER)
		return 0;
	if (rvda_kind(c->op) == RVDA_GOOD && c->extended)
		at = c->op->rvda;
	return igdpt_priv_fail(why, IGDPT_F_VBT_BDB_OFFSET, at + VBT_BDB_OFFSET, c->vbt.bdb_offset,
		VBT_HEADER);
}

static bool cleared(const struct copy *c, const struct igdpt_priv_field *f)
{
	switch (f->policy) {
	case IGDPT_FIELD_STATE:
		return !(c->opts.flags & IGDPT_NORMALISE_KEEP_STATE);
	case IGDPT_FIELD_KEEP:
		return false;
	default:
		return true;
	}
}

static void clear_fields(const struct copy *c, uint8_t *p)
{
	size_t count;
	const struct igdpt_priv_field *f = igdpt_priv_opregion_fields(&count);

	for (; count--; f++) {
		/* Before 2.0 the place of RVDA is as good as reserved. */
		if ((field_exists(f, c->op->version) || f->policy == IGDPT_FIELD_VBT) && cleared(c, f))
			memset(p + f->offset, 0, (size_t)f->width * f->count);
	}
	if (!(c->op->mboxes & IGDPT_MBOX_ASLE_EXT))
		memset(p + IGDPT_OPF_PHED, 0, IGDPT_OPREGION_BYTES - IGDPT_OPF_PHED);
}

static void put_vbt(const struct copy *c, uint8_t *p)
{
	uint8_t *vbt = p + (c->extended ? IGDPT_OPREGION_BYTES : IGDPT_OPREGION_VBT);

	if (!c->vbt.len)
		return;
	memcpy(vbt, c->vbt.data, c->vbt.len);
	if (c->opts.flags & IGDPT_NORMALISE_REPAIR_VBT)
		vbt[VBT_CHECKSUM] = (uint8_t)(vbt[VBT_CHECKSUM] - byte_sum(vbt, c->vbt.len));
	if (!c->extended)
		return;
	put_le64(p + IGDPT_OPF_RVDA, IGDPT_OPREGION_BYTES);
	put_le32(p + IGDPT_OPF_RVDS, (uint32_t)c->vbt.len);
	if (c->op->version == RVDA_ABSOLUTE)
		put_le16(p + IGDPT_OPF_OVER + 2, VERSION_RELATIVE);
}

static void put_copy(const struct copy *c, uint8_t *p)
{
	uint32_t mboxes = c->op->mboxes;

	memcpy(p, c->op->data, IGDPT_OPREGION_BYTES);
	clear_fields(c, p);
	put_le32(p + IGDPT_OPF_SIZE, OPREGION_KIB);
	if (c->op->version <= SWSCI_LAST && !(c->opts.flags & IGDPT_NORMALISE_KEEP_SWSCI))
		put_le32(p + IGDPT_OPF_MBOX, mboxes & ~(uint32_t)IGDPT_MBOX_SWSCI);
	if (c->opts.flags & IGDPT_NORMALISE_LID_OPEN)
		put_le32(p + IGDPT_OPF_CLID, LID_OPEN);
	put_vbt(c, p);
}

int igdpt_opregion_normalise(const struct igdpt_opregion *op,
	const struct igdpt_opregion_normalise_opts *opts, void *buf, size_t *len,
	struct igdpt_finding *why)
{
	struct copy c = { .op = op };
	int rc;

	if (!op)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	rc = igdpt_priv_struct_in(&c.opts, sizeof(c.opts), V1(igdpt_opregion_normalise_opts), opts, why);
	if (rc == 0)
		rc = check_flags(&c, why);
	if (rc == 0)
		rc = check_header(&c, why);
	if (rc == 0)
		rc = find_vbt(&c, why);
	if (rc == 0)
		rc = check_repair(&c, why);
	if (rc == 0)
		rc = igdpt_priv_room(buf, len,
			IGDPT_OPREGION_BYTES + (c.extended ? c.vbt.len : 0), why);
	if (rc == 0)
		put_copy(&c, buf);
	return rc;
}

static int check_places(const struct igdpt_opregion *op, uint64_t address, uint64_t vbt_address,
	struct igdpt_finding *why)
{
	bool distance = rvda_kind(op) != RVDA_NONE && op->version != RVDA_ABSOLUTE;

	if (address > UINT32_MAX + UINT64_C(1) - IGDPT_OPREGION_BYTES)
		return igdpt_priv_fail(why, IGDPT_F_ASLS_HIGH, IGDPT_NO_OFFSET, address,
			UINT32_MAX + UINT64_C(1) - IGDPT_OPREGION_BYTES);
	if (distance && vbt_address < address + IGDPT_OPREGION_BYTES)
		return igdpt_priv_fail(why, IGDPT_F_RVDA_DISTANCE, IGDPT_OPF_RVDA, vbt_address,
			address);
	return 0;
}

int igdpt_opregion_relocate(void *data, size_t len, uint64_t address, uint64_t vbt_address,
	struct igdpt_finding *why)
{
	struct igdpt_opregion op;
	int rc = igdpt_opregion_init(&op, data, len, why);

	if (rc < 0)
		return rc;
	if (!vbt_address)
		vbt_address = address + IGDPT_OPREGION_BYTES;
	rc = check_places(&op, address, vbt_address, why);
	if (rc < 0 || rvda_kind(&op) == RVDA_NONE)
		return rc;
	put_le64((uint8_t *)data + IGDPT_OPF_RVDA,
		op.version == RVDA_ABSOLUTE ? vbt_address : vbt_address - address);
	return 0;
}

#define SCIC_EXIT_SUCCESS (1u << 5)
#define SCIC_FUNCTION(scic) ((scic) >> 1 & 0xf)
#define SCIC_SUB_FUNCTION(scic) ((scic) >> 8 & 0xff)
#define SWSCI_GET_BIOS_DATA 4u
#define SWSCI_BIOS_CALLBACKS 6u

static bool asks_for_capabilities(uint32_t scic)
{
	uint32_t sub = SCIC_SUB_FUNCTION(scic);

	switch (SCIC_FUNCTION(scic)) {
	case SWSCI_GET_BIOS_DATA:
		return sub <= 1;
	case SWSCI_BIOS_CALLBACKS:
		return sub == 0;
	default:
		return false;
	}
}

int igdpt_opregion_answer_swsci(void *data, size_t len, struct igdpt_finding *why)
{
	struct igdpt_opregion op;
	uint8_t *p = data;
	int rc = igdpt_opregion_init(&op, data, len, why);
	bool query;

	if (rc < 0 || op.version > SWSCI_LAST)
		return rc;
	query = asks_for_capabilities(get_le32(p + IGDPT_OPF_SCIC));
	put_le32(p + IGDPT_OPF_SCIC, query ? SCIC_EXIT_SUCCESS : 0);
	put_le32(p + IGDPT_OPF_PARM, 0);
	return query;
}
