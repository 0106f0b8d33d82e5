/* SPDX-License-Identifier: MIT */
#include "bytes.h"
#include "internal.h"
#include "vbt-layout.h"

#define FP_BYTES_MIN 32u
#define FP_BYTES_NEW 38u
#define FP_BYTES_UNTOLD 6u
#define FP_TERMINATOR 0xffffu
#define NEW_BDB 155u
#define POINTER_KINDS 3u
#define GENERIC_BDB 229u
#define GENERIC_BYTES 28u

/* Registers, timing and identity follow each other, and so do the panels. */
static uint32_t entry_bytes(uint32_t fp)
{
	return fp + DTD_BYTES + PNP_BYTES;
}

static uint32_t terminator_at(const struct span *data, uint32_t fp, uint32_t panel)
{
	return data->offset + panel * entry_bytes(fp) + fp - 2;
}

/* The first panel whose registers do not end with the terminator; PANELS if all do. */
static uint32_t unterminated(const struct igdpt_vbt *vbt, const struct span *data, uint32_t fp)
{
	uint32_t panel = 0;

	while (panel < PANELS &&
		get_le16(vbt->data + terminator_at(data, fp, panel)) == FP_TERMINATOR)
		panel++;
	return panel;
}

static int malformed(struct igdpt_finding *why, uint32_t at, uint32_t value, uint32_t want)
{
	return igdpt_priv_fail(why, IGDPT_F_VBT_LFP_MALFORMED, at, value, want);
}

/*
 * Panel 0 is where block 42 begins. Most tables tell six bytes less than the registers have, and
 * the terminator is among those.
 */
static int read_first(const struct igdpt_vbt *vbt, uint32_t at, const struct span *data,
	uint32_t *fp, struct igdpt_finding *why)
{
	const uint8_t *p = vbt->data + at;
	uint32_t first = data->offset - vbt->bdb_offset, told = p[2];
	uint32_t real = (uint16_t)(get_le16(p + POINTER_BYTES) - first);
	const uint32_t rules[][3] = {
		{ at - 1, p[-1], POINTER_KINDS },
		{ at, get_le16(p), first },
		{ at + 2, told, told < FP_BYTES_MIN ? FP_BYTES_MIN : told },
		{ at + 2, told, told + FP_BYTES_UNTOLD == real ? told : real },
		{ at + 5, p[5], DTD_BYTES },
		{ at + 6, get_le16(p + 6), first + real + DTD_BYTES },
		{ at + 8, p[8], PNP_BYTES },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (rules[i][1] != rules[i][2])
			return malformed(why, rules[i][0], rules[i][1], rules[i][2]);
	}
	*fp = real;
	return 0;
}

/* A panel's pointers are those of the first, further by an entry for each panel between. */
static bool pointers_even(const uint8_t *first, uint32_t panel, uint32_t entry)
{
	const uint8_t *p = first + panel * POINTERS_PANEL;

	for (uint32_t i = 0; i < POINTERS_PANEL; i += POINTER_BYTES) {
		if (p[i + 2] != first[i + 2])
			return false;
		if (get_le16(p + i) != get_le16(first + i) + panel * entry)
			return false;
	}
	return true;
}

static int check_others(const struct igdpt_vbt *vbt, uint32_t at, const struct span *data,
	uint32_t fp, struct igdpt_finding *why)
{
	uint32_t entry = entry_bytes(fp), panel;

	for (panel = 1; panel < PANELS; panel++) {
		if (!pointers_even(vbt->data + at, panel, entry))
			return igdpt_priv_fail(why, IGDPT_F_VBT_LFP_UNEVEN,
				at + panel * POINTERS_PANEL, panel, 0);
	}
	if (data->bytes < PANELS * entry)
		return igdpt_priv_fail(why, IGDPT_F_VBT_LFP_POINTER,
			at + (PANELS - 1) * POINTERS_PANEL, data->offset + PANELS * entry,
			data->offset + data->bytes);
	panel = unterminated(vbt, data, fp);
	if (panel < PANELS)
		return malformed(why, terminator_at(data, fp, panel),
			get_le16(vbt->data + terminator_at(data, fp, panel)), FP_TERMINATOR);
	return 0;
}

/* What follows the panels: their names, if all of them fit, and more. */
static bool find_tail(const struct span *data, uint32_t offset, struct span *tail)
{
	if (offset < data->offset ||
		!span_ok(data->bytes, offset - data->offset, PANELS * NAME_BYTES))
		return false;
	*tail = (struct span){ offset, data->bytes - (offset - data->offset) };
	return true;
}

static int read_names(const struct igdpt_vbt *vbt, const struct span *pointers,
	const struct span *data, struct span *tail, struct igdpt_finding *why)
{
	uint32_t at = pointers->offset + POINTERS_NAMES, offset;

	if (!span_ok(pointers->bytes, POINTERS_NAMES, POINTER_BYTES) || !vbt->data[at + 2])
		return 0;
	if (vbt->data[at + 2] != NAME_BYTES)
		return malformed(why, at + 2, vbt->data[at + 2], NAME_BYTES);
	offset = vbt->bdb_offset + get_le16(vbt->data + at);
	if (!find_tail(data, offset, tail))
		return igdpt_priv_fail(why, IGDPT_F_VBT_LFP_POINTER, at, offset,
			data->offset + data->bytes);
	return 0;
}

/* The rules by which Linux takes block 41: one broken pointer, and it has no panel data at all. */
static int read_pointers(const struct igdpt_vbt *vbt, const struct span *pointers,
	const struct span *data, uint32_t *fp, struct span *tail, struct igdpt_finding *why)
{
	uint32_t at = pointers->offset + POINTERS_FIRST;
	int rc;

	if (pointers->bytes < POINTERS_NAMES)
		return malformed(why, pointers->offset - 2, pointers->bytes, POINTERS_NAMES);
	rc = read_first(vbt, at, data, fp, why);
	if (rc == 0)
		rc = check_others(vbt, at, data, *fp, why);
	if (rc == 0)
		rc = read_names(vbt, pointers, data, tail, why);
	return rc;
}

/* Without block 41 Linux makes it up: registers of one known size, then the names. */
static int derive_layout(const struct igdpt_vbt *vbt, const struct span *data, uint32_t *fp,
	struct span *tail, struct igdpt_finding *why)
{
	uint32_t bytes = PANELS * entry_bytes(FP_BYTES_NEW);

	if (vbt->bdb_version < NEW_BDB || data->bytes < bytes ||
		unterminated(vbt, data, FP_BYTES_NEW) < PANELS)
		return igdpt_priv_fail(why, IGDPT_F_VBT_LFP_LAYOUT, data->offset, data->bytes, 0);
	*fp = FP_BYTES_NEW;
	find_tail(data, data->offset + bytes, tail);
	return 0;
}

int igdpt_priv_vbt_lfp(const struct igdpt_vbt *vbt, uint32_t panel, struct igdpt_priv_lfp *lfp,
	struct igdpt_finding *why)
{
	struct span pointers, data, tail = { 0, 0 };
	uint32_t fp = 0;
	int rc;

	if (panel >= PANELS || !igdpt_priv_vbt_block(vbt, BLOCK_LFP_DATA, &data))
		return -IGDPT_E_NOTFOUND;
	if (igdpt_priv_vbt_block(vbt, BLOCK_LFP_POINTERS, &pointers))
		rc = read_pointers(vbt, &pointers, &data, &fp, &tail, why);
	else
		rc = derive_layout(vbt, &data, &fp, &tail, why);
	if (rc < 0)
		return rc;
	lfp->fp = (struct span){ data.offset + panel * entry_bytes(fp), fp };
	lfp->dtd = (struct span){ lfp->fp.offset + fp, DTD_BYTES };
	lfp->pnp = (struct span){ lfp->dtd.offset + DTD_BYTES, PNP_BYTES };
	lfp->tail = tail;
	return 0;
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

/* Linux parse_generic_dtd(). A block that ends behind the BDB is one that its search does not find. */
static int generic_panel(const struct igdpt_vbt *vbt, uint32_t index, struct igdpt_vbt_panel *panel)
{
	struct span block, entry;
	const uint8_t *p;

	if (vbt->bdb_version < GENERIC_BDB || !igdpt_priv_vbt_block(vbt, BLOCK_GENERIC_DTD, &block) ||
		block.offset + block.bytes > vbt->bdb_offset + vbt->bdb_size ||
		!igdpt_priv_vbt_dtd(vbt, &block, index, &entry) || entry.bytes < GENERIC_BYTES)
		return -IGDPT_E_NOTFOUND;
	p = vbt->data + entry.offset;
	panel->clock_khz = get_le32(p);
	panel->width = get_le16(p + 4);
	panel->htotal = panel->width + get_le16(p + 6);
	panel->hsync_start = panel->width + get_le16(p + 8);
	panel->hsync_end = panel->hsync_start + get_le16(p + 10);
	panel->height = get_le16(p + 12);
	panel->vtotal = panel->height + get_le16(p + 14);
	panel->vsync_start = panel->height + get_le16(p + 16);
	panel->vsync_end = panel->vsync_start + get_le16(p + 18);
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

	if (!tail->bytes)
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
	if (index >= IGDPT_VBT_PANEL_GENERIC && index < IGDPT_VBT_PANEL_GENERIC + PANELS) {
		rc = generic_panel(vbt, index - IGDPT_VBT_PANEL_GENERIC, &known);
		return rc < 0 ? rc :
			igdpt_priv_struct_out(panel, &known, sizeof(known), V1(igdpt_vbt_panel));
	}
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
