/* SPDX-License-Identifier: MIT
 *
 * What the files of the OpRegion module share: field offsets come from opregion-fields.def.
 */
#ifndef IGDPT_LIB_OPREGION_PRIV_H
#define IGDPT_LIB_OPREGION_PRIV_H

#include "igdpt/opregion.h"
#include "igdpt/vbt.h"
#include "bytes.h"
#include "internal.h"

#define OPREGION_SIGNATURE "IntelGraphicsMem"
#define OPREGION_KIB 8u
#define RVDA_ABSOLUTE 0x0200u /* the only version whose RVDA is an address */
#define VERSION_MAX 0x03ffu
#define SWSCI_LAST 0x02ffu    /* mailbox 2 is software SCI up to here */

/* A row of opregion-fields.def. */
struct igdpt_priv_field {
	uint16_t offset;
	uint16_t width;
	uint16_t count;
	uint16_t mailbox;
	uint16_t first; /* versions that have it */
	uint16_t last;
	uint16_t kind;
	uint16_t policy;
	uint16_t strings;
};

enum { FIELD_NAME, FIELD_TEXT, FIELD_SOURCE };

static inline bool field_exists(const struct igdpt_priv_field *f, uint32_t version)
{
	return version >= f->first && version <= f->last;
}

/* One of a row's strings. */
const char *igdpt_priv_field_string(const struct igdpt_priv_field *f, unsigned n);

/* All rows, *count of them. */
const struct igdpt_priv_field *igdpt_priv_opregion_fields(size_t *count);

/* What RVDA and RVDS say; reader, validator and normaliser draw different conclusions. */
enum rvda_kind {
	RVDA_NONE,     /* not defined in this version, or one of them is zero */
	RVDA_OUTSIDE,  /* absolute: not in the input */
	RVDA_INSIDE,   /* points into the OpRegion itself */
	RVDA_PAST,     /* ends after the input, or wraps */
	RVDA_GOOD
};

static inline enum rvda_kind rvda_kind(const struct igdpt_opregion *op)
{
	if (!op->rvda || !op->rvds)
		return RVDA_NONE;
	if (op->version == RVDA_ABSOLUTE)
		return RVDA_OUTSIDE;
	if (op->rvda < IGDPT_OPREGION_BYTES)
		return RVDA_INSIDE;
	return span_ok(op->len, op->rvda, op->rvds) ? RVDA_GOOD : RVDA_PAST;
}

static inline bool version_known(uint32_t version)
{
	return version >= 0x0100 && version <= VERSION_MAX;
}

/* i915 lets a VBT run to the end of the 8 KiB where mailbox 5 is not advertised. */
static inline uint32_t mailbox4_room(uint32_t mboxes)
{
	return mboxes & IGDPT_MBOX_ASLE_EXT ? IGDPT_OPREGION_VBT_BYTES :
		IGDPT_OPREGION_VBT_BYTES_NO_MBOX5;
}

/* View of the VBT in `room` bytes at `offset`, which lie inside; the finding counts from `data`. */
int igdpt_priv_opregion_vbt_at(const uint8_t *data, uint64_t offset, uint64_t room,
	struct igdpt_vbt *vbt, struct igdpt_finding *why);

#endif
