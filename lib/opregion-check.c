/* SPDX-License-Identifier: MIT */
#include "opregion-priv.h"

#define MBOX_KNOWN 0x3fu
#define SCIC_BUSY 1u
#define CLID_OPEN 1u

static void pass_on(struct igdpt_priv_report *r, const struct igdpt_finding *why)
{
	igdpt_priv_report(r, why->id, why->offset, why->value, why->want);
}

static void check_header(const struct igdpt_opregion *op, struct igdpt_priv_report *r)
{
	uint32_t swsci = op->mboxes & IGDPT_MBOX_SWSCI;

	if (op->kib != OPREGION_KIB)
		igdpt_priv_report(r, IGDPT_F_OPREGION_SIZE, IGDPT_OPF_SIZE, op->kib, OPREGION_KIB);
	if (!version_known(op->version))
		igdpt_priv_report(r, IGDPT_F_OPREGION_VERSION, IGDPT_OPF_OVER, op->version,
			VERSION_MAX);
	if (op->mboxes & ~MBOX_KNOWN)
		igdpt_priv_report(r, IGDPT_F_MBOX_UNKNOWN, IGDPT_OPF_MBOX, op->mboxes, MBOX_KNOWN);
	if (swsci && op->version <= SWSCI_LAST)
		igdpt_priv_report(r, IGDPT_F_SWSCI_OFFERED, IGDPT_OPF_MBOX, op->mboxes, 0);
	if (swsci && op->version > SWSCI_LAST)
		igdpt_priv_report(r, IGDPT_F_SWSCI_OBSOLETE, IGDPT_OPF_MBOX, op->mboxes, 0);
}

static void check_state(const struct igdpt_opregion *op, struct igdpt_priv_report *r)
{
	uint64_t fdss = get_le64(op->data + IGDPT_OPF_FDSS);
	uint32_t fdsp = get_le32(op->data + IGDPT_OPF_FDSP);
	uint32_t scic = get_le32(op->data + IGDPT_OPF_SCIC);
	uint32_t clid = get_le32(op->data + IGDPT_OPF_CLID);

	if ((op->mboxes & IGDPT_MBOX_SWSCI) && op->version <= SWSCI_LAST && (scic & SCIC_BUSY))
		igdpt_priv_report(r, IGDPT_F_SWSCI_BUSY, IGDPT_OPF_SCIC, scic, 0);
	if ((op->mboxes & IGDPT_MBOX_ACPI) && !(clid & CLID_OPEN))
		igdpt_priv_report(r, IGDPT_F_LID_CLOSED, IGDPT_OPF_CLID, clid, 3);
	if (fdss)
		igdpt_priv_report(r, IGDPT_F_HOST_BUFFER, IGDPT_OPF_FDSS, fdss, 0);
	if (fdsp)
		igdpt_priv_report(r, IGDPT_F_HOST_BUFFER, IGDPT_OPF_FDSP, fdsp, 0);
}

/* What RVDA and RVDS say, without looking at the bytes behind them. */
static void check_rvda(const struct igdpt_opregion *op, struct igdpt_priv_report *r)
{
	uint64_t rvda = get_le64(op->data + IGDPT_OPF_RVDA);
	uint32_t rvds = get_le32(op->data + IGDPT_OPF_RVDS);
	enum rvda_kind kind = rvda_kind(op);

	if (op->version < RVDA_ABSOLUTE && (rvda || rvds))
		igdpt_priv_report(r, IGDPT_F_RVDA_TOO_OLD, IGDPT_OPF_RVDA, rvda, 0);
	else if (kind == RVDA_NONE && (rvda || rvds))
		igdpt_priv_report(r, IGDPT_F_RVDA_HALF, IGDPT_OPF_RVDA, rvda, rvds);
	if (kind == RVDA_OUTSIDE)
		igdpt_priv_report(r, IGDPT_F_RVDA_ABSOLUTE, IGDPT_OPF_RVDA, rvda, 0);
	if (kind == RVDA_INSIDE)
		igdpt_priv_report(r, IGDPT_F_RVDA_INSIDE, IGDPT_OPF_RVDA, rvda,
			IGDPT_OPREGION_BYTES);
	if (kind == RVDA_PAST)
		igdpt_priv_report(r, IGDPT_F_RVDA_PAST, IGDPT_OPF_RVDA, rvda, op->len);
	if (kind != RVDA_NONE && !(op->mboxes & IGDPT_MBOX_ASLE))
		igdpt_priv_report(r, IGDPT_F_RVDA_NO_ASLE, IGDPT_OPF_MBOX, op->mboxes,
			IGDPT_MBOX_ASLE);
}

static void check_mailbox4(const struct igdpt_opregion *op, struct igdpt_priv_report *r)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_vbt vbt;
	bool other = rvda_kind(op) != RVDA_NONE && op->mboxes & IGDPT_MBOX_ASLE;
	int rc = igdpt_priv_opregion_vbt_at(op->data, IGDPT_OPREGION_VBT, mailbox4_room(op->mboxes),
		&vbt, &why);

	if (rc == 0 && vbt.len > IGDPT_OPREGION_VBT_BYTES)
		igdpt_priv_report(r, IGDPT_F_VBT_SPILLS, IGDPT_OPREGION_VBT, vbt.len,
			IGDPT_OPREGION_VBT_BYTES);
	if (rc == 0 && !(op->mboxes & IGDPT_MBOX_VBT))
		igdpt_priv_report(r, IGDPT_F_MBOX_NO_VBT, IGDPT_OPF_MBOX, op->mboxes,
			IGDPT_MBOX_VBT);
	if (!why.id || other)
		return;
	if (get_le32(op->data + IGDPT_OPREGION_VBT) == 0)
		igdpt_priv_report(r, IGDPT_F_NO_VBT, IGDPT_OPREGION_VBT, 0, 0);
	else
		pass_on(r, &why);
}

static void check_extended(const struct igdpt_opregion *op, struct igdpt_priv_report *r)
{
	struct igdpt_opregion_vbt place = { .size = sizeof(place) };
	struct igdpt_finding why = { .size = sizeof(why) };
	int rc;

	if (rvda_kind(op) == RVDA_NONE || rvda_kind(op) == RVDA_OUTSIDE ||
		!(op->mboxes & IGDPT_MBOX_ASLE))
		return;
	rc = igdpt_opregion_find_vbt(op, &place, &why);
	if (rc == 0 && place.source == IGDPT_VBT_RVDA_RELATIVE)
		return;
	if (why.id != IGDPT_F_RVDA_PAST)
		pass_on(r, &why);
	if (rc == 0)
		igdpt_priv_report(r, IGDPT_F_VBT_FALLBACK, IGDPT_OPF_RVDA, op->rvda,
			IGDPT_OPREGION_VBT);
}

struct shifted {
	struct igdpt_priv_report *report;
	uint64_t by;
};

static void shift(void *user, const struct igdpt_finding *f)
{
	const struct shifted *s = user;

	igdpt_priv_report(s->report, f->id,
		f->offset == IGDPT_NO_OFFSET ? f->offset : f->offset + s->by, f->value, f->want);
}

/* The VBT by its own rules, at the offsets that it has here. */
static void check_blocks(const struct igdpt_opregion *op, struct igdpt_priv_report *r)
{
	struct igdpt_opregion_vbt place = { .size = sizeof(place) };
	struct shifted shifted = { .report = r };
	struct igdpt_vbt vbt;

	if (igdpt_opregion_find_vbt(op, &place, NULL) < 0 || !place.bytes)
		return;
	shifted.by = place.offset;
	if (igdpt_vbt_init(&vbt, op->data + place.offset, (size_t)place.room, NULL) == 0)
		igdpt_vbt_validate(&vbt, shift, &shifted);
}

/* An empty mailbox 5 is nothing to tell. */
static void check_edid(const struct igdpt_opregion *op, struct igdpt_priv_report *r)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	uint32_t offset, bytes;

	igdpt_opregion_edid(op, &offset, &bytes, &why);
	if (why.id && why.id != IGDPT_F_EDID_NONE)
		pass_on(r, &why);
}

/* Bytes that neither the OpRegion nor RVDA accounts for; what an absolute RVDA means may follow. */
static void check_end(const struct igdpt_opregion *op, struct igdpt_priv_report *r)
{
	enum rvda_kind kind = rvda_kind(op);
	uint64_t end = IGDPT_OPREGION_BYTES;

	if (kind == RVDA_GOOD)
		end = op->rvda + op->rvds;
	if (kind == RVDA_OUTSIDE)
		end += op->rvds;
	if (kind != RVDA_PAST && end < op->len)
		igdpt_priv_report(r, IGDPT_F_OPREGION_TRAILING, end, op->len - end, 0);
}

int igdpt_opregion_validate(const struct igdpt_opregion *op, igdpt_finding_fn fn, void *user)
{
	struct igdpt_priv_report r = { .fn = fn, .user = user };

	if (!op)
		return -IGDPT_E_INVALID;
	check_header(op, &r);
	check_state(op, &r);
	check_rvda(op, &r);
	check_mailbox4(op, &r);
	check_extended(op, &r);
	check_blocks(op, &r);
	check_edid(op, &r);
	check_end(op, &r);
	return r.errors;
}
