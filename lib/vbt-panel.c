/* SPDX-License-Identifier: MIT */
#include "bytes.h"
#include "internal.h"
#include "vbt-layout.h"

#define FP_BYTES_MIN 4u
#define FP_BYTES_MAX 64u
#define FP_TERMINATOR 0xffffu

/* A pointer of block 41: offset from the BDB header, and size. The part ends with block 42. */
static int read_pointer(const struct igdpt_vbt *vbt, const struct span *data, uint32_t at,
	uint32_t min, struct span *out, struct igdpt_finding *why)
{
	uint32_t offset = vbt->bdb_offset + get_le16(vbt->data + at), bytes = vbt->data[at + 2];
	uint32_t end = data->offset + data->bytes;

	if (offset < data->offset || !span_ok(data->bytes, offset - data->offset, min))
		return igdpt_priv_fail(why, IGDPT_F_VBT_LFP_POINTER, at, offset, end);
	*out = (struct span){ offset, bytes < end - offset ? bytes : end - offset };
	return 0;
}

/*
 * The register part ends where the timings begin: some tables say 32 for a part of 38 bytes. Only
 * what lies before them belongs to it.
 */
static void fit_fp(struct igdpt_priv_lfp *lfp)
{
	if (lfp->dtd.offset > lfp->fp.offset)
		lfp->fp.bytes = lfp->dtd.offset - lfp->fp.offset;
}

static void find_tail(const struct span *data, uint32_t offset, struct span *tail)
{
	*tail = (struct span){ offset, 0 };
	if (offset >= data->offset && span_ok(data->bytes, offset - data->offset, 1))
		tail->bytes = data->bytes - (offset - data->offset);
}

static int follow_pointers(const struct igdpt_vbt *vbt, const struct span *pointers,
	const struct span *data, uint32_t panel, struct igdpt_priv_lfp *lfp,
	struct igdpt_finding *why)
{
	uint32_t at = pointers->offset + POINTERS_FIRST + panel * POINTERS_PANEL;
	int rc;

	if (!span_ok(pointers->bytes, at - pointers->offset, POINTERS_PANEL))
		return -IGDPT_E_NOTFOUND;
	rc = read_pointer(vbt, data, at, FP_BYTES_MIN, &lfp->fp, why);
	if (rc == 0)
		rc = read_pointer(vbt, data, at + POINTER_BYTES, DTD_BYTES, &lfp->dtd, why);
	if (rc == 0)
		rc = read_pointer(vbt, data, at + 2 * POINTER_BYTES, PNP_BYTES, &lfp->pnp, why);
	if (rc < 0)
		return rc;
	lfp->pnp.bytes = PNP_BYTES;
	fit_fp(lfp);
	lfp->tail = (struct span){ 0, 0 };
	if (span_ok(pointers->bytes, POINTERS_NAMES, POINTER_BYTES))
		find_tail(data,
			vbt->bdb_offset + get_le16(vbt->data + pointers->offset + POINTERS_NAMES),
			&lfp->tail);
	return 0;
}

/* All 16 register parts of that size end with the terminator, and the entries fit. */
static bool fp_size_fits(const struct igdpt_vbt *vbt, const struct span *data, uint32_t fp)
{
	uint32_t entry = fp + DTD_BYTES + PNP_BYTES;

	if (data->bytes < PANELS * entry)
		return false;
	for (uint32_t i = 0; i < PANELS; i++) {
		if (get_le16(vbt->data + data->offset + i * entry + fp - 2) != FP_TERMINATOR)
			return false;
	}
	return true;
}

/* Without block 41 the terminators tell the layout: 16 equal entries, then the names. */
static int derive_layout(const struct igdpt_vbt *vbt, const struct span *data, uint32_t panel,
	struct igdpt_priv_lfp *lfp, struct igdpt_finding *why)
{
	uint32_t fp = FP_BYTES_MIN + 2, entry;

	while (fp <= FP_BYTES_MAX && !fp_size_fits(vbt, data, fp))
		fp += 2;
	if (fp > FP_BYTES_MAX)
		return igdpt_priv_fail(why, IGDPT_F_VBT_LFP_LAYOUT, data->offset, data->bytes, 0);
	entry = fp + DTD_BYTES + PNP_BYTES;
	lfp->fp = (struct span){ data->offset + panel * entry, fp };
	lfp->dtd = (struct span){ lfp->fp.offset + fp, DTD_BYTES };
	lfp->pnp = (struct span){ lfp->dtd.offset + DTD_BYTES, PNP_BYTES };
	find_tail(data, data->offset + PANELS * entry, &lfp->tail);
	return 0;
}

int igdpt_priv_vbt_lfp(const struct igdpt_vbt *vbt, uint32_t panel, struct igdpt_priv_lfp *lfp,
	struct igdpt_finding *why)
{
	struct span pointers, data;

	if (panel >= PANELS || !igdpt_priv_vbt_block(vbt, BLOCK_LFP_DATA, &data))
		return -IGDPT_E_NOTFOUND;
	if (igdpt_priv_vbt_block(vbt, BLOCK_LFP_POINTERS, &pointers))
		return follow_pointers(vbt, &pointers, &data, panel, lfp, why);
	return derive_layout(vbt, &data, panel, lfp, why);
}

static int sdvo_panel(const struct igdpt_vbt *vbt, uint32_t panel, struct igdpt_priv_lfp *lfp)
{
	struct span dtd, pnp;

	if (panel >= SDVO_PANELS || !igdpt_priv_vbt_block(vbt, BLOCK_SDVO_DTD, &dtd) ||
		!igdpt_priv_vbt_block(vbt, BLOCK_SDVO_PNP, &pnp) ||
		!span_ok(dtd.bytes, panel * DTD_BYTES, DTD_BYTES) ||
		!span_ok(pnp.bytes, panel * PNP_BYTES, PNP_BYTES))
		return -IGDPT_E_NOTFOUND;
	*lfp = (struct igdpt_priv_lfp){
		.dtd = { dtd.offset + panel * DTD_BYTES, DTD_BYTES },
		.pnp = { pnp.offset + panel * PNP_BYTES, PNP_BYTES },
	};
	return 0;
}

/* The 18-byte timing of EDID: high nibbles and bit pairs apart from their low bytes. */
static void read_timing(const uint8_t *p, struct igdpt_vbt_panel *panel)
{
	uint32_t hblank = p[3] | (p[4] & 0x0fu) << 8, vblank = p[6] | (p[7] & 0x0fu) << 8;

	panel->clock_khz = get_le16(p) * 10u;
	panel->width = p[2] | (p[4] & 0xf0u) << 4;
	panel->height = p[5] | (p[7] & 0xf0u) << 4;
	panel->htotal = panel->width + hblank;
	panel->vtotal = panel->height + vblank;
	panel->hsync_start = panel->width + (p[8] | (p[11] & 0xc0u) << 2);
	panel->hsync_end = panel->hsync_start + (p[9] | (p[11] & 0x30u) << 4);
	panel->vsync_start = panel->height + (p[10] >> 4 | (p[11] & 0x0cu) << 2);
	panel->vsync_end = panel->vsync_start + ((p[10] & 0x0fu) | (p[11] & 0x03u) << 4);
}

/* EISA id: three letters of five bits, big-endian. */
static void read_pnp(const uint8_t *p, struct igdpt_vbt_panel *panel)
{
	uint32_t id = (uint32_t)p[0] << 8 | p[1];

	panel->manufacturer = 0x404040 +
		((id >> 10 & 0x1f) << 16 | (id >> 5 & 0x1f) << 8 | (id & 0x1f));
	panel->product = get_le16(p + 2);
	panel->serial = get_le32(p + 4);
	panel->year = 1990u + p[9];
}

/* Printable characters, without the blanks that fill the name up. */
static void read_name(const struct igdpt_vbt *vbt, const struct span *tail,
	struct igdpt_vbt_panel *panel)
{
	const uint8_t *p;
	uint32_t n = 0;

	if (!span_ok(tail->bytes, panel->index * NAME_BYTES, NAME_BYTES))
		return;
	p = vbt->data + tail->offset + panel->index * NAME_BYTES;
	while (n < NAME_BYTES && p[n] >= 0x20 && p[n] < 0x7f)
		n++;
	while (n && p[n - 1] == ' ')
		n--;
	panel->name_bytes = n;
	panel->name = n ? (const char *)p : NULL;
}

int igdpt_vbt_panel_at(const struct igdpt_vbt *vbt, uint32_t index, struct igdpt_vbt_panel *panel,
	struct igdpt_finding *why)
{
	struct igdpt_vbt_panel known = { .index = index };
	struct igdpt_priv_lfp lfp;
	int rc;

	if (!vbt)
		return -IGDPT_E_NOTFOUND;
	if (index < PANELS)
		rc = igdpt_priv_vbt_lfp(vbt, index, &lfp, why);
	else
		rc = sdvo_panel(vbt, index - PANELS, &lfp);
	if (rc < 0)
		return rc;
	read_timing(vbt->data + lfp.dtd.offset, &known);
	read_pnp(vbt->data + lfp.pnp.offset, &known);
	read_name(vbt, &lfp.tail, &known);
	return igdpt_priv_struct_out(panel, &known, sizeof(known), V1(igdpt_vbt_panel));
}
