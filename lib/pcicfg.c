/* SPDX-License-Identifier: MIT */
#include "pcicfg-priv.h"

#include "internal.h"

#define PCIE_CONFIG_BYTES 4096u
#define SWSCI_SELECT_SCI 0x8000u

static bool inside(uint32_t offset, uint32_t width)
{
	return width - 1 < 8 && offset <= PCIE_CONFIG_BYTES - width;
}

uint32_t igdpt_pcicfg_hw_bytes(const struct igdpt_pcicfg *cfg, uint32_t offset, uint32_t width)
{
	if (!inside(offset, width))
		return 0;
	if (offset >= PCI_CONFIG_BYTES)
		return byte_bits(width_mask(width));
	return byte_bits(~get_le64(cfg->emulated + offset) & width_mask(width));
}

int igdpt_pcicfg_read(const struct igdpt_pcicfg *cfg, uint32_t offset, uint32_t width, uint64_t hw,
	uint64_t *value)
{
	uint64_t emulated;

	if (!inside(offset, width))
		return -IGDPT_E_RANGE;
	if (offset < PCI_CONFIG_BYTES) {
		emulated = get_le64(cfg->emulated + offset);
		hw = (get_le64(cfg->value + offset) & emulated) | (hw & ~emulated);
	}
	*value = hw & width_mask(width);
	return 0;
}

/* A guest wrote these bits of ASLS or BDSM. */
static inline uint32_t note_written(struct igdpt_pcicfg *cfg, struct vreg *r, uint64_t bits)
{
	uint32_t event;

	r->written |= bits;
	event = completed(r);
	cfg->complete |= event;
	if (r->event == IGDPT_EVENT_BDSM)
		update_f0(cfg);
	return event;
}

/* A register that may be written once, each of its bytes: these have been. */
static bool locked_out(const struct vreg *r, uint64_t bits)
{
	return r->policy == IGDPT_REG_WRITE_ONCE && !(bits & ~r->written);
}

/* The same where writes may be locked out, or low bits stay the host's. */
__attribute__((noinline)) static uint32_t note_rare(struct igdpt_pcicfg *cfg, struct vreg *r,
	uint64_t bits)
{
	bool once = r->policy == IGDPT_REG_WRITE_ONCE;
	uint32_t event, ignored = once && bits & r->written ? IGDPT_EVENT_IGNORED : 0;

	if (locked_out(r, bits))
		return ignored;
	if (once)
		masked_store(cfg->writable + r->offset, bits, 0);
	event = note_written(cfg, r, bits);
	if (event == IGDPT_EVENT_ASLS && (cfg->opts.flags & IGDPT_PCICFG_KEEP_LOW_BITS))
		reg_set(cfg, r, with_page_offset(cfg, reg_get(cfg, r)));
	return event | ignored;
}

/* SeaBIOS 1.16 and 1.17 write 0x5C on every generation (measured); it means a 32-bit base. */
static uint32_t bridge_written(struct igdpt_pcicfg *cfg, uint64_t bits, uint64_t value)
{
	struct vreg *bdsm = &cfg->regs[VREG_BDSM];
	uint64_t writable = get_le64(cfg->writable + bdsm->offset), store = bits;
	uint32_t event;

	/* Else an ignored write could still change the high half, of a state that was restored. */
	if (locked_out(bdsm, bits))
		return IGDPT_EVENT_IGNORED;
	if ((uint32_t)(bdsm->written | bits) == UINT32_MAX)
		store |= ~(uint64_t)UINT32_MAX; /* the high half becomes 0 */
	masked_store(cfg->value + bdsm->offset, store & writable, value & UINT32_MAX);
	event = bdsm->rare ? note_rare(cfg, bdsm, bits) : note_written(cfg, bdsm, bits);
	if (!(event & IGDPT_EVENT_BDSM))
		return event;
	cfg->complete |= IGDPT_EVENT_BRIDGED;
	return event | IGDPT_EVENT_BRIDGED;
}

/* The trigger bit clears itself; with SCI selected it asks for service (OpRegion mailbox 2). */
static uint32_t swsci_written(const struct igdpt_pcicfg *cfg, const struct vreg *r, uint64_t bits,
	uint64_t value)
{
	uint64_t now = reg_get(cfg, r);

	return bits & value & SWSCI_TRIGGER && now & SWSCI_SELECT_SCI ? IGDPT_EVENT_SWSCI : 0;
}

/* Out of line, as each_written(), so that the common write saves no registers for it. */
__attribute__((noinline)) static uint32_t rarely_written(struct igdpt_pcicfg *cfg, struct vreg *r,
	uint64_t bits, uint64_t value)
{
	if (r->kind == VREG_BRIDGE)
		return bridge_written(cfg, bits, value);
	if (is_swsci(r->kind))
		return swsci_written(cfg, r, bits, value);
	return note_rare(cfg, r, bits);
}

/* An access that was stored: what it means for a register of which it covers a byte. */
static inline uint32_t register_written(struct igdpt_pcicfg *cfg, struct vreg *r, uint32_t offset,
	uint64_t mask, uint64_t value)
{
	if (!r->writable)
		return IGDPT_EVENT_IGNORED;
	if (r->offset != offset) {
		mask = seen_from(mask, offset, r->offset, 8);
		value = seen_from(value, offset, r->offset, 8);
	}
	return r->rare ? rarely_written(cfg, r, mask & r->mask, value) :
		note_written(cfg, r, mask & r->mask);
}

__attribute__((noinline)) static uint32_t each_written(struct igdpt_pcicfg *cfg, uint32_t offset,
	uint32_t width, uint64_t value)
{
	uint32_t events = 0, end = offset + width;
	struct vreg *r = &cfg->regs[cfg->next[offset]];

	for (; r->offset < end; r = &cfg->regs[cfg->next[r->offset + r->width]])
		events |= register_written(cfg, r, offset, width_mask(width), value);
	return events;
}

int igdpt_pcicfg_write(struct igdpt_pcicfg *cfg, uint32_t offset, uint32_t width, uint64_t value,
	uint32_t *forward)
{
	struct vreg *r;
	uint64_t mask;

	if (!inside(offset, width)) {
		*forward = 0;
		return -IGDPT_E_RANGE;
	}
	*forward = bytes_mask(width);
	if (offset >= PCI_CONFIG_BYTES)
		return 0;
	*forward &= cfg->forward[offset];
	mask = width_mask(width);
	masked_store(cfg->value + offset, get_le64(cfg->writable + offset) & mask, value);
	r = &cfg->regs[cfg->next[offset]];
	if (r->offset >= offset + width)
		return 0;
	/* Registers lie so far apart that four bytes reach one. */
	return (int)(width > 4 ? each_written(cfg, offset, width, value) :
		register_written(cfg, r, offset, mask, value));
}

int igdpt_pcicfg_get_state(const struct igdpt_pcicfg *cfg, struct igdpt_pcicfg_state *state)
{
	const struct vreg *asls = &cfg->regs[VREG_ASLS], *ggc = &cfg->regs[VREG_GGC];
	struct igdpt_pcicfg_state known = {
		.asls = asls->width ? (uint32_t)reg_get(cfg, asls) : 0,
		.ggc = ggc->width ? (uint32_t)reg_get(cfg, ggc) : 0,
		.complete = cfg->complete,
		.bdsm = igdpt_priv_pcicfg_bdsm(cfg),
		.dsm_bytes = cfg->dsm_bytes,
		.gsm_bytes = cfg->gsm_bytes,
	};

	return igdpt_priv_struct_out(state, &known, sizeof(known), V1(igdpt_pcicfg_state));
}
