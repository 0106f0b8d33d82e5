/* SPDX-License-Identifier: MIT */
#include "pcicfg-priv.h"

#include <string.h>

#include "internal.h"

/* Magic[8], u16 version, u16 size, u32 fingerprint, u32 ASLS, u32 events, u64 BDSM, u16 SWSCI,
 * u8 written bytes of ASLS, u8 of BDSM, u16 SWSCI at 0xE0; little-endian. */
#define STATE_MAGIC "IGDPTCFG"
#define STATE_VERSION 1u
#define STATE_BYTES 38u

/* FNV-1a over what must be equal on both sides. */
static uint32_t fingerprint(const struct igdpt_pcicfg *cfg)
{
	const struct igdpt_pcicfg_opts *o = &cfg->opts;
	const struct igdpt_mmio_opts *m = &cfg->mmio.opts;
	const uint64_t parts[] = { cfg->platform.platform, o->flags, o->asls_policy, o->bdsm_policy,
		o->f0_policy, o->gms_policy, o->swsci, o->bridge, o->asls, o->bdsm, cfg->dsm_bytes,
		cfg->gsm_bytes, m->flags, m->stolen_reserved, m->gsmbase, m->anchors, m->pcode };
	uint32_t hash = 0x811c9dc5u;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		for (uint32_t shift = 0; shift < 64; shift += 8)
			hash = (hash ^ (uint8_t)(parts[i] >> shift)) * 0x01000193u;
	}
	return hash;
}

int igdpt_pcicfg_save(const struct igdpt_pcicfg *cfg, void *buf, size_t *len)
{
	const struct vreg *asls = &cfg->regs[VREG_ASLS], *bdsm = &cfg->regs[VREG_BDSM];
	const struct vreg *swsci = &cfg->regs[VREG_SWSCI], *atom = &cfg->regs[VREG_SWSCI_E0];
	uint8_t *p = buf;
	int rc = igdpt_priv_room(buf, len, STATE_BYTES, NULL);

	if (rc)
		return rc;
	memcpy(p, STATE_MAGIC, 8);
	put_le16(p + 8, STATE_VERSION);
	put_le16(p + 10, STATE_BYTES);
	put_le32(p + 12, fingerprint(cfg));
	put_le32(p + 16, asls->width ? (uint32_t)reg_get(cfg, asls) : 0);
	put_le32(p + 20, cfg->complete);
	put_le64(p + 24, bdsm->width ? reg_get(cfg, bdsm) & ~BDSM_LOW_BITS : 0);
	put_le16(p + 32, (uint16_t)(swsci->width ? reg_get(cfg, swsci) : 0));
	p[34] = (uint8_t)byte_bits(asls->written);
	p[35] = (uint8_t)byte_bits(bdsm->written);
	put_le16(p + 36, (uint16_t)(atom->width ? reg_get(cfg, atom) : 0));
	return 0;
}

static int check_state(const struct igdpt_pcicfg *cfg, const uint8_t *p, size_t len,
	struct igdpt_finding *why)
{
	if (!p)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	if (len < STATE_BYTES)
		return igdpt_priv_fail(why, IGDPT_F_PCICFG_STATE_SHORT, len, len, STATE_BYTES);
	if (memcmp(p, STATE_MAGIC, 8) != 0)
		return igdpt_priv_fail(why, IGDPT_F_PCICFG_STATE_MAGIC, 0, get_le64(p), 0);
	if (get_le16(p + 8) != STATE_VERSION || get_le16(p + 10) != STATE_BYTES)
		return igdpt_priv_fail(why, IGDPT_F_PCICFG_STATE_VERSION, 8, get_le16(p + 8),
			STATE_VERSION);
	if (get_le32(p + 12) != fingerprint(cfg))
		return igdpt_priv_fail(why, IGDPT_F_PCICFG_STATE_POLICY, 12, get_le32(p + 12),
			fingerprint(cfg));
	return 0;
}

static uint64_t bits_of_bytes(uint8_t bytes)
{
	uint64_t mask = 0;

	for (uint32_t i = 0; i < 8; i++)
		mask |= bytes & 1u << i ? UINT64_C(0xff) << 8 * i : 0;
	return mask;
}

/* The guest's bits of a saved register; what the policy fixes stays, whatever the bytes say. */
static void restore_reg(struct igdpt_pcicfg *cfg, struct vreg *r, uint64_t value, uint8_t written)
{
	if (!r->writable)
		return;
	r->written = bits_of_bytes(written) & r->mask;
	reg_set(cfg, r, (r->initial & ~r->writable) | (value & r->writable));
	if (r->policy == IGDPT_REG_WRITE_ONCE)
		masked_store(cfg->writable + r->offset, r->written, 0);
}

/* What follows from the bytes that the guest has written; only BRIDGED does not. */
static void restore_complete(struct igdpt_pcicfg *cfg, uint32_t saved)
{
	struct vreg *asls = &cfg->regs[VREG_ASLS];

	cfg->complete = completed(asls) | completed(&cfg->regs[VREG_BDSM]);
	if (cfg->complete & IGDPT_EVENT_BDSM && cfg->regs[VREG_BRIDGE].writable)
		cfg->complete |= saved & IGDPT_EVENT_BRIDGED;
	/* A VMM maps as many pages of its own as the offset asks for. */
	if (cfg->complete & IGDPT_EVENT_ASLS && cfg->opts.flags & IGDPT_PCICFG_KEEP_LOW_BITS)
		reg_set(cfg, asls, with_page_offset(cfg, reg_get(cfg, asls)));
}

int igdpt_pcicfg_restore(struct igdpt_pcicfg *cfg, const void *data, size_t len,
	struct igdpt_finding *why)
{
	const uint8_t *p = data;
	int rc = check_state(cfg, p, len, why);

	if (rc)
		return rc;
	igdpt_pcicfg_reset(cfg);
	restore_reg(cfg, &cfg->regs[VREG_ASLS], get_le32(p + 16), p[34]);
	restore_reg(cfg, &cfg->regs[VREG_BDSM], get_le64(p + 24), p[35]);
	restore_reg(cfg, &cfg->regs[VREG_SWSCI], get_le16(p + 32), 0);
	restore_reg(cfg, &cfg->regs[VREG_SWSCI_E0], get_le16(p + 36), 0);
	restore_complete(cfg, get_le32(p + 20));
	update_f0(cfg);
	return 0;
}
