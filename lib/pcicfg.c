/* SPDX-License-Identifier: MIT */
#include "igdpt/pcicfg.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "igdpt/stolen.h"
#include "internal.h"
#include "pcicfg-internal.h"

#define PCIE_CONFIG_BYTES 4096u
#define PCI_VENDOR 0x00u
#define PCI_DEVICE 0x02u
#define PCI_CLASS 0x08u /* dword: revision, then the 24-bit class */
#define CLASS_DISPLAY_OTHER 0x0380u
#define BASE_CLASS_DISPLAY 0x03u

#define PAGE_OFFSET UINT64_C(0xfff)
#define SWSCI_TRIGGER 0x0001u
#define SWSCI_SELECT_SCI 0x8000u

/* ---- Accesses ------------------------------------------------------------------------------- */

static bool inside(uint32_t offset, uint32_t width)
{
	return width - 1 < 8 && offset <= PCIE_CONFIG_BYTES - width;
}

/* One bit per byte of a mask whose bytes are 0 or 0xFF. */
static uint32_t byte_bits(uint64_t mask)
{
	return (uint32_t)((mask & UINT64_C(0x0101010101010101)) * UINT64_C(0x0102040810204080) >> 56);
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

static inline uint64_t reg_get(const struct igdpt_pcicfg *cfg, const struct vreg *r)
{
	return get_le64(cfg->value + r->offset) & r->mask;
}

static inline __attribute__((always_inline)) void masked_store(uint8_t *p, uint64_t mask,
	uint64_t value)
{
	put_le64(p, (get_le64(p) & ~mask) | (value & mask));
}

static inline __attribute__((always_inline)) void reg_set(struct igdpt_pcicfg *cfg,
	const struct vreg *r, uint64_t value)
{
	masked_store(cfg->value + r->offset, r->mask, value);
}

bool igdpt_priv_pcicfg_follow(const struct igdpt_pcicfg *cfg, uint64_t host_address,
	struct pcicfg_move *move)
{
	uint64_t above = host_address - cfg->host.bdsm, below = cfg->host.bdsm - host_address;
	uint64_t from_top = cfg->host.dsm_bytes - above;

	if (host_address >= cfg->host.bdsm) {
		*move = (struct pcicfg_move){ 0, cfg->dsm_bytes - from_top };
		return above < cfg->host.dsm_bytes && from_top <= cfg->dsm_bytes;
	}
	*move = (struct pcicfg_move){ below, 0 - below };
	return below <= cfg->host.gsm_bytes;
}

/* 0xF0 of an Alder Lake-P dump lies in the top 2 MiB of its stolen memory: it moves with it. */
static void prepare_f0(struct igdpt_pcicfg *cfg)
{
	if (igdpt_priv_pcicfg_follow(cfg, cfg->host.f0 & ~BDSM_LOW_BITS, &cfg->f0))
		cfg->f0.delta += cfg->host.f0 & BDSM_LOW_BITS;
	else
		cfg->f0.floor = UINT64_MAX;
}

static inline void update_f0(struct igdpt_pcicfg *cfg)
{
	const struct vreg *r = &cfg->regs[VREG_F0];

	if (r->policy == IGDPT_REG_EMULATE)
		reg_set(cfg, r, moved(&cfg->f0, igdpt_priv_pcicfg_bdsm(cfg)));
}

/* A guest wrote these bits of ASLS or BDSM. */
static inline uint32_t note_written(struct igdpt_pcicfg *cfg, struct vreg *r, uint64_t bits)
{
	uint32_t event = 0;

	r->written |= bits;
	if ((uint32_t)r->written == UINT32_MAX)
		event = r->event;
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

static uint64_t with_page_offset(const struct igdpt_pcicfg *cfg, uint64_t asls)
{
	return (asls & ~PAGE_OFFSET) | (cfg->host.asls & PAGE_OFFSET);
}

/* The same where writes may be locked out, or low bits stay the host's. */
__attribute__((noinline)) static uint32_t note_rare(struct igdpt_pcicfg *cfg, struct vreg *r,
	uint64_t bits)
{
	uint32_t event;

	if (locked_out(r, bits))
		return IGDPT_EVENT_IGNORED;
	if (r->policy == IGDPT_REG_WRITE_ONCE)
		masked_store(cfg->writable + r->offset, bits, 0);
	event = note_written(cfg, r, bits);
	if (event == IGDPT_EVENT_ASLS && (cfg->opts.flags & IGDPT_PCICFG_KEEP_LOW_BITS))
		reg_set(cfg, r, with_page_offset(cfg, reg_get(cfg, r)));
	return event;
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
	if (event != IGDPT_EVENT_BDSM)
		return event;
	cfg->complete |= IGDPT_EVENT_BRIDGED;
	return event | IGDPT_EVENT_BRIDGED;
}

static bool is_swsci(uint32_t kind)
{
	return kind == VREG_SWSCI || kind == VREG_SWSCI_E0;
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

/* ---- Making one ----------------------------------------------------------------------------- */

static void apply_initial(struct igdpt_pcicfg *cfg, struct vreg *r)
{
	r->written = 0;
	reg_set(cfg, r, r->initial);
	masked_store(cfg->writable + r->offset, r->mask, r->writable);
}

void igdpt_pcicfg_reset(struct igdpt_pcicfg *cfg)
{
	for (uint32_t kind = 0; kind < VREG_KINDS; kind++) {
		if (cfg->regs[kind].width)
			apply_initial(cfg, &cfg->regs[kind]);
	}
	/* The bridge only watches; its own bytes read 0, as hardware does there from gen 11 on. */
	if (cfg->regs[VREG_BRIDGE].width)
		masked_store(cfg->writable + IGDPT_CFG_BDSM, UINT32_MAX, 0);
	cfg->complete = 0;
	cfg->mmio.bar4_index = 0;
	cfg->mmio.bar4_known = 0;
	update_f0(cfg);
}

/* Emulate a register; a policy that lets the guest write turns `writable` on. */
static void add_reg(struct igdpt_pcicfg *cfg, uint32_t kind, uint32_t offset, uint32_t width,
	uint32_t policy, uint64_t initial, uint64_t writable)
{
	bool guest_writes = policy == IGDPT_REG_EMULATE || policy == IGDPT_REG_PRESET_RW ||
		policy == IGDPT_REG_WRITE_ONCE;

	if (policy == IGDPT_REG_HOST)
		return;
	cfg->regs[kind] = (struct vreg){
		.offset = (uint16_t)offset,
		.width = (uint8_t)width,
		.policy = (uint8_t)policy,
		.kind = (uint8_t)kind,
		.event = kind == VREG_ASLS ? IGDPT_EVENT_ASLS : kind == VREG_BDSM ? IGDPT_EVENT_BDSM : 0,
		.rare = policy == IGDPT_REG_WRITE_ONCE || kind == VREG_BRIDGE || is_swsci(kind) ||
			cfg->opts.flags & IGDPT_PCICFG_KEEP_LOW_BITS,
		.forward = (cfg->opts.flags & IGDPT_PCICFG_FORWARD) && !is_swsci(kind),
		.mask = width_mask(width),
		.initial = policy == IGDPT_REG_HIDE ? 0 : initial,
		.writable = guest_writes ? writable : 0,
	};
	memset(cfg->emulated + offset, 0xff, width);
}

/* From the end down, so that each byte has those behind it. */
static void prepare_lookup(struct igdpt_pcicfg *cfg)
{
	uint32_t forward = 0xff, next = VREG_NONE;

	cfg->regs[VREG_NONE].offset = UINT16_MAX;
	for (uint32_t at = CFG_ARRAY; at-- > 0;) {
		for (uint32_t kind = VREG_NONE + 1; kind < VREG_KINDS; kind++) {
			if (at - cfg->regs[kind].offset < cfg->regs[kind].width)
				next = kind;
		}
		forward = forward << 1 | (!cfg->emulated[at] || cfg->regs[next].forward);
		cfg->forward[at] = (uint8_t)forward;
		cfg->next[at] = (uint8_t)next;
	}
}

static bool presets(uint32_t policy)
{
	return policy == IGDPT_REG_PRESET_RW || policy == IGDPT_REG_PRESET_RO;
}

static int add_asls(struct igdpt_pcicfg *cfg, struct igdpt_finding *why)
{
	uint32_t policy = cfg->opts.asls_policy;
	uint64_t asls = cfg->opts.asls;

	if (presets(policy) && asls > UINT32_MAX)
		return igdpt_priv_fail(why, IGDPT_F_PCICFG_PRESET_RANGE, IGDPT_CFG_ASLS, asls, UINT32_MAX);
	if (cfg->opts.flags & IGDPT_PCICFG_KEEP_LOW_BITS)
		asls = with_page_offset(cfg, asls);
	add_reg(cfg, VREG_ASLS, IGDPT_CFG_ASLS, 4, policy, presets(policy) ? asls : 0, UINT32_MAX);
	return 0;
}

static int check_preset_bdsm(const struct igdpt_pcicfg *cfg, uint32_t offset, uint64_t limit,
	struct igdpt_finding *why)
{
	if (cfg->opts.bdsm > limit)
		return igdpt_priv_fail(why, IGDPT_F_PCICFG_PRESET_RANGE, offset, cfg->opts.bdsm, limit);
	if (cfg->opts.bdsm & BDSM_LOW_BITS)
		return igdpt_priv_fail(why, IGDPT_F_PCICFG_PRESET_ALIGN, offset, cfg->opts.bdsm, MIB);
	return 0;
}

static int add_bdsm_at(struct igdpt_pcicfg *cfg, uint32_t offset, uint32_t width,
	struct igdpt_finding *why)
{
	uint32_t policy = cfg->opts.bdsm_policy;
	bool low = cfg->opts.flags & IGDPT_PCICFG_KEEP_LOW_BITS;
	uint64_t initial = low ? cfg->host.bdsm_low : 0;
	int rc = 0;

	if (presets(policy)) {
		rc = check_preset_bdsm(cfg, offset, width_mask(width), why);
		initial |= cfg->opts.bdsm;
	}
	add_reg(cfg, VREG_BDSM, offset, width, policy, initial, ~BDSM_LOW_BITS & width_mask(width));
	return rc;
}

static int add_bdsm64(struct igdpt_pcicfg *cfg, struct igdpt_finding *why)
{
	int rc = add_bdsm_at(cfg, IGDPT_CFG_BDSM64, 8, why);
	bool on = cfg->opts.bridge != IGDPT_BRIDGE_OFF && cfg->regs[VREG_BDSM].writable;

	if (cfg->opts.bdsm_policy != IGDPT_REG_HOST)
		add_reg(cfg, VREG_BRIDGE, IGDPT_CFG_BDSM, 4, on ? IGDPT_REG_EMULATE : IGDPT_REG_HIDE, 0,
			UINT32_MAX);
	add_reg(cfg, VREG_F0, IGDPT_CFG_F0, 8, cfg->opts.f0_policy, 0, 0);
	return rc;
}

/* No register that is known to work: hide what could hold a host address. */
static int add_bdsm_none(struct igdpt_pcicfg *cfg)
{
	/* A device that is not known may be of gen 12. */
	if (!cfg->platform.gen && cfg->opts.f0_policy != IGDPT_REG_HOST)
		add_reg(cfg, VREG_F0, IGDPT_CFG_F0, 8, IGDPT_REG_HIDE, 0, 0);
	if (cfg->opts.bdsm_policy == IGDPT_REG_HOST)
		return 0;
	add_reg(cfg, VREG_BRIDGE, IGDPT_CFG_BDSM, 4, IGDPT_REG_HIDE, 0, 0);
	add_reg(cfg, VREG_HIDDEN, IGDPT_CFG_BDSM64, 8, IGDPT_REG_HIDE, 0, 0);
	return 0;
}

static int add_bdsm(struct igdpt_pcicfg *cfg, struct igdpt_finding *why)
{
	switch (cfg->platform.bdsm) {
	case IGDPT_BDSM_CFG_5C:
		return add_bdsm_at(cfg, IGDPT_CFG_BDSM, 4, why);
	case IGDPT_BDSM_CFG_C0:
		return add_bdsm64(cfg, why);
	default:
		return add_bdsm_none(cfg);
	}
}

/* GGC is in config space from gen 6 to 12.0; before in the host bridge, after in MMIO. */
static bool ggc_in_config(uint32_t codec)
{
	return codec >= IGDPT_CODEC_GEN6 && codec <= IGDPT_CODEC_GEN9;
}

static int guest_ggc(const struct igdpt_pcicfg *cfg, uint32_t *ggc, struct igdpt_finding *why)
{
	uint32_t policy = cfg->opts.gms_policy;

	*ggc = cfg->host.ggc;
	if (policy != IGDPT_GMS_ZERO && policy != IGDPT_GMS_OVERRIDE)
		return 0;
	return igdpt_stolen_encode(cfg->platform.codec, cfg->host.ggc,
		policy == IGDPT_GMS_OVERRIDE ? cfg->opts.dsm_bytes : 0, ggc, why);
}

static int add_ggc(struct igdpt_pcicfg *cfg, struct igdpt_finding *why)
{
	struct igdpt_stolen s = { .size = sizeof(s) };
	uint32_t ggc;
	int rc;

	if (!ggc_in_config(cfg->platform.codec))
		return 0;
	/* The host's own sizes only serve to translate; an undefined code there is no obstacle. */
	if (igdpt_stolen_decode(cfg->platform.codec, cfg->host.ggc, 0, &s, NULL) == 0) {
		cfg->host.dsm_bytes = s.dsm_bytes;
		cfg->host.gsm_bytes = s.gsm_bytes;
	}
	rc = guest_ggc(cfg, &ggc, why);
	if (rc == 0)
		rc = igdpt_stolen_decode(cfg->platform.codec, ggc, 0, &s, why);
	if (rc)
		return rc;
	cfg->dsm_bytes = s.dsm_bytes;
	cfg->gsm_bytes = s.gsm_bytes;
	add_reg(cfg, VREG_GGC, IGDPT_CFG_GGC, 2, IGDPT_REG_PRESET_RO, ggc, 0);
	return 0;
}

static bool is_atom(const struct igdpt_pcicfg *cfg)
{
	return cfg->platform.flags & IGDPT_PLATFORM_SWSCI_E0;
}

/* Linux writes 0xE8 on every part; firmware of Atom parts is called by 0xE0 (coreboot). */
static void add_swsci(struct igdpt_pcicfg *cfg)
{
	uint32_t policy = cfg->opts.swsci == IGDPT_SWSCI_HOST ? IGDPT_REG_HOST : IGDPT_REG_EMULATE;
	uint32_t writable = UINT16_MAX & ~SWSCI_TRIGGER;

	add_reg(cfg, VREG_SWSCI, IGDPT_CFG_SWSCI, 2, policy, cfg->host.swsci & writable, writable);
	if (is_atom(cfg))
		add_reg(cfg, VREG_SWSCI_E0, IGDPT_CFG_SWSCI_ATOM, 2, policy,
			cfg->host.swsci_e0 & writable, writable);
}

static int check_policies(const struct igdpt_pcicfg_opts *o, struct igdpt_finding *why)
{
	const struct {
		uint32_t value, max;
	} members[] = {
		{ o->flags, IGDPT_PCICFG_KEEP_LOW_BITS | IGDPT_PCICFG_FORWARD },
		{ o->asls_policy, IGDPT_REG_HOST },
		{ o->bdsm_policy, IGDPT_REG_HOST },
		{ o->f0_policy, IGDPT_REG_HOST },
		{ o->gms_policy, IGDPT_GMS_OVERRIDE },
		{ o->swsci, IGDPT_SWSCI_HOST },
		{ o->bridge, IGDPT_BRIDGE_OFF },
	};

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		if (members[i].value > members[i].max)
			return igdpt_priv_fail(why, IGDPT_F_PCICFG_POLICY, IGDPT_NO_OFFSET,
				members[i].value, members[i].max);
	}
	if (o->f0_policy > IGDPT_REG_EMULATE && o->f0_policy < IGDPT_REG_HIDE)
		return igdpt_priv_fail(why, IGDPT_F_PCICFG_POLICY, IGDPT_NO_OFFSET, o->f0_policy,
			IGDPT_REG_EMULATE);
	return 0;
}

static void settle(uint32_t *policy, uint32_t value)
{
	if (!*policy)
		*policy = value;
}

/* What the defaults mean, so that it makes no difference who says it; presets where they count. */
static void settle_options(struct igdpt_pcicfg *cfg)
{
	struct igdpt_pcicfg_opts *o = &cfg->opts;

	settle(&o->gms_policy, IGDPT_GMS_KEEP);
	settle(&o->asls_policy, IGDPT_REG_EMULATE);
	/* Nothing to point at: the guest sees no stolen memory. */
	settle(&o->bdsm_policy, o->gms_policy == IGDPT_GMS_ZERO ? IGDPT_REG_HIDE : IGDPT_REG_EMULATE);
	if (cfg->platform.bdsm == IGDPT_BDSM_NONE && o->bdsm_policy != IGDPT_REG_HOST)
		o->bdsm_policy = IGDPT_REG_HIDE;
	settle(&o->f0_policy, IGDPT_REG_EMULATE);
	settle(&o->swsci, IGDPT_SWSCI_SWALLOW);
	settle(&o->bridge, IGDPT_BRIDGE_ON);
	o->asls = presets(o->asls_policy) ? o->asls : 0;
	o->bdsm = presets(o->bdsm_policy) ? o->bdsm : 0;
}

static int check_device(const uint8_t *config, size_t len, struct igdpt_finding *why)
{
	if (len < PCI_CONFIG_BYTES)
		return igdpt_priv_fail(why, IGDPT_F_PCICFG_SHORT, len, len, PCI_CONFIG_BYTES);
	if (get_le16(config + PCI_VENDOR) != 0x8086)
		return igdpt_priv_fail(why, IGDPT_F_PCICFG_NOT_IGD, PCI_VENDOR,
			get_le16(config + PCI_VENDOR), 0x8086);
	if (config[PCI_CLASS + 3] != BASE_CLASS_DISPLAY)
		return igdpt_priv_fail(why, IGDPT_F_PCICFG_NOT_IGD, PCI_CLASS + 3, config[PCI_CLASS + 3],
			BASE_CLASS_DISPLAY);
	return 0;
}

/* Whatever record the caller has, or none. */
static int check_id(const uint8_t *config, struct igdpt_finding *why)
{
	struct igdpt_platform known = { .size = sizeof(known) };

	if (igdpt_platform_find(get_le16(config + PCI_DEVICE), &known) == 0 &&
		!(known.flags & IGDPT_PLATFORM_INTEGRATED))
		return igdpt_priv_fail(why, IGDPT_F_PCICFG_DISCRETE, PCI_DEVICE, known.device_id, 0);
	return 0;
}

static int take_platform(struct igdpt_pcicfg *cfg, const struct igdpt_platform *platform,
	struct igdpt_finding *why)
{
	int rc = igdpt_priv_struct_in(&cfg->platform, sizeof(cfg->platform), V1(igdpt_platform),
		platform, why);

	if (rc == 0 && platform && !(cfg->platform.flags & IGDPT_PLATFORM_INTEGRATED))
		return igdpt_priv_fail(why, IGDPT_F_PCICFG_DISCRETE, IGDPT_NO_OFFSET,
			cfg->platform.device_id, 0);
	return rc;
}

static void take_host(struct igdpt_pcicfg *cfg, const uint8_t *config)
{
	bool wide = cfg->platform.bdsm == IGDPT_BDSM_CFG_C0;
	uint64_t bdsm = wide ? get_le64(config + IGDPT_CFG_BDSM64) :
		get_le32(config + IGDPT_CFG_BDSM);

	cfg->host = (struct pcicfg_host){
		.asls = get_le32(config + IGDPT_CFG_ASLS),
		.class_code = get_le32(config + PCI_CLASS) >> 8,
		.bdsm = bdsm & ~BDSM_LOW_BITS,
		.bdsm_low = bdsm & BDSM_LOW_BITS,
		.f0 = get_le64(config + IGDPT_CFG_F0),
		.ggc = get_le16(config + IGDPT_CFG_GGC),
		.swsci = get_le16(config + IGDPT_CFG_SWSCI),
		.swsci_e0 = get_le16(config + IGDPT_CFG_SWSCI_ATOM),
	};
}

static int add_registers(struct igdpt_pcicfg *cfg, struct igdpt_finding *why)
{
	int rc = add_asls(cfg, why);

	if (rc == 0)
		rc = add_bdsm(cfg, why);
	if (rc == 0)
		rc = add_ggc(cfg, why);
	add_swsci(cfg);
	return rc;
}

static int setup(struct igdpt_pcicfg *cfg, const struct igdpt_platform *platform,
	const uint8_t *config, size_t len, const struct igdpt_pcicfg_opts *opts,
	struct igdpt_finding *why)
{
	int rc = igdpt_priv_struct_in(&cfg->opts, sizeof(cfg->opts), V1(igdpt_pcicfg_opts), opts, why);

	if (rc == 0)
		rc = check_policies(&cfg->opts, why);
	if (rc == 0)
		rc = check_device(config, len, why);
	if (rc == 0)
		rc = take_platform(cfg, platform, why);
	if (rc == 0)
		rc = check_id(config, why);
	if (rc)
		return rc;
	settle_options(cfg);
	take_host(cfg, config);
	rc = add_registers(cfg, why);
	prepare_lookup(cfg);
	prepare_f0(cfg);
	igdpt_priv_mmio_prepare(cfg);
	igdpt_pcicfg_reset(cfg);
	return rc;
}

size_t igdpt_pcicfg_sizeof(void)
{
	return sizeof(struct igdpt_pcicfg);
}

int igdpt_pcicfg_init_at(void *mem, size_t mem_len, const struct igdpt_platform *platform,
	const void *host_config, size_t host_len, const struct igdpt_pcicfg_opts *opts,
	struct igdpt_pcicfg **cfg, struct igdpt_finding *why)
{
	int rc;

	if (!mem || !host_config || !cfg)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	if (mem_len < sizeof(**cfg))
		return igdpt_priv_fail(why, IGDPT_F_OUTPUT_SPACE, IGDPT_NO_OFFSET, mem_len,
			sizeof(**cfg));
	memset(mem, 0, sizeof(**cfg));
	rc = setup(mem, platform, host_config, host_len, opts, why);
	*cfg = rc ? NULL : mem;
	return rc;
}

int igdpt_pcicfg_new(const struct igdpt_platform *platform, const void *host_config,
	size_t host_len, const struct igdpt_pcicfg_opts *opts, struct igdpt_pcicfg **cfg,
	struct igdpt_finding *why)
{
	struct igdpt_pcicfg *fresh = malloc(sizeof(*fresh));
	int rc;

	if (!fresh)
		return igdpt_priv_fail(why, IGDPT_F_NO_MEMORY, IGDPT_NO_OFFSET, sizeof(*fresh), 0);
	rc = igdpt_pcicfg_init_at(fresh, sizeof(*fresh), platform, host_config, host_len, opts, cfg, why);
	if (rc)
		free(fresh);
	return rc;
}

void igdpt_pcicfg_free(struct igdpt_pcicfg *cfg)
{
	free(cfg);
}

/* ---- Asking it ------------------------------------------------------------------------------ */

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

static void check_leaks(const struct igdpt_pcicfg *cfg, struct igdpt_priv_report *report)
{
	if (cfg->opts.asls_policy == IGDPT_REG_HOST)
		igdpt_priv_report(report, IGDPT_F_PCICFG_LEAK, IGDPT_CFG_ASLS, cfg->host.asls, 0);
	if (cfg->opts.bdsm_policy == IGDPT_REG_HOST)
		igdpt_priv_report(report, IGDPT_F_PCICFG_LEAK, cfg->platform.bdsm == IGDPT_BDSM_CFG_C0 ?
			IGDPT_CFG_BDSM64 : IGDPT_CFG_BDSM, cfg->host.bdsm, 0);
	if (cfg->opts.f0_policy == IGDPT_REG_HOST)
		igdpt_priv_report(report, IGDPT_F_PCICFG_LEAK, IGDPT_CFG_F0, cfg->host.f0, 0);
	if (cfg->opts.flags & IGDPT_PCICFG_FORWARD)
		igdpt_priv_report(report, IGDPT_F_PCICFG_FORWARDS, IGDPT_NO_OFFSET, 0, 0);
	if (cfg->opts.swsci == IGDPT_SWSCI_HOST)
		igdpt_priv_report(report, IGDPT_F_PCICFG_SWSCI_HOST, IGDPT_CFG_SWSCI, 0, 0);
	if (cfg->opts.swsci == IGDPT_SWSCI_HOST && is_atom(cfg))
		igdpt_priv_report(report, IGDPT_F_PCICFG_SWSCI_HOST, IGDPT_CFG_SWSCI_ATOM, 0, 0);
}

static void check_stolen(const struct igdpt_pcicfg *cfg, struct igdpt_priv_report *report)
{
	const struct vreg *bridge = &cfg->regs[VREG_BRIDGE];

	if (cfg->platform.bdsm == IGDPT_BDSM_CFG_C0 && bridge->writable)
		igdpt_priv_report(report, IGDPT_F_PCICFG_BRIDGE_ON, IGDPT_CFG_BDSM, 0, 0);
	if (cfg->opts.bridge == IGDPT_BRIDGE_OFF && cfg->platform.bdsm == IGDPT_BDSM_CFG_C0)
		igdpt_priv_report(report, IGDPT_F_PCICFG_BRIDGE_OFF, IGDPT_CFG_BDSM, 0, 0);
	if (cfg->opts.gms_policy > IGDPT_GMS_KEEP && !cfg->regs[VREG_GGC].width)
		igdpt_priv_report(report, IGDPT_F_PCICFG_GMS_NOWHERE, IGDPT_CFG_GGC, 0, 0);
	else if (cfg->opts.gms_policy == IGDPT_GMS_ZERO)
		igdpt_priv_report(report, IGDPT_F_PCICFG_GMS_ZERO, IGDPT_CFG_GGC, cfg->host.ggc, 0);
	if (cfg->platform.flags & IGDPT_PLATFORM_LMEMBAR)
		igdpt_priv_report(report, IGDPT_F_PCICFG_LMEMBAR, IGDPT_NO_OFFSET, 0, 0);
}

int igdpt_pcicfg_check(const struct igdpt_pcicfg *cfg, igdpt_finding_fn fn, void *user)
{
	struct igdpt_priv_report report = { .fn = fn, .user = user };

	if (cfg->platform.platform == IGDPT_PLATFORM_UNKNOWN)
		igdpt_priv_report(&report, IGDPT_F_PCICFG_UNKNOWN_DEVICE, 2, 0, 0);
	if (cfg->platform.flags & IGDPT_PLATFORM_NO_IOMMU)
		igdpt_priv_report(&report, IGDPT_F_PCICFG_NO_IOMMU, 2, cfg->platform.device_id, 0);
	if (cfg->host.class_code >> 8 == CLASS_DISPLAY_OTHER)
		igdpt_priv_report(&report, IGDPT_F_PCICFG_CLASS_0380, PCI_CLASS + 1,
			cfg->host.class_code, 0x030000);
	if (cfg->host.asls == 0 || cfg->host.asls == UINT32_MAX)
		igdpt_priv_report(&report, IGDPT_F_PCICFG_NO_ASLS, IGDPT_CFG_ASLS, cfg->host.asls, 0);
	check_stolen(cfg, &report);
	check_leaks(cfg, &report);
	return report.errors;
}

/* ---- Save and restore ----------------------------------------------------------------------- */

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
	cfg->complete = get_le32(p + 20) & (IGDPT_EVENT_ASLS | IGDPT_EVENT_BDSM | IGDPT_EVENT_BRIDGED);
	update_f0(cfg);
	return 0;
}
