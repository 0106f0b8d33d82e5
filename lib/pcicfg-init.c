/* SPDX-License-Identifier: MIT */
#include "pcicfg-priv.h"

#include <stdlib.h>
#include <string.h>

#include "igdpt/stolen.h"
#include "internal.h"

#define PCI_VENDOR 0x00u
#define PCI_DEVICE 0x02u
#define BASE_CLASS_DISPLAY 0x03u

bool igdpt_priv_pcicfg_follow(const struct igdpt_pcicfg *cfg, uint64_t host_address,
	struct pcicfg_move *move)
{
	uint64_t above = host_address - cfg->host.bdsm, below = cfg->host.bdsm - host_address;
	uint64_t from_top = cfg->host.dsm_bytes - above;

	if (host_address >= cfg->host.bdsm) {
		*move = (struct pcicfg_move){ 0, cfg->dsm_bytes - from_top };
		return host_address && above < cfg->host.dsm_bytes && from_top <= cfg->dsm_bytes;
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

	if (cfg)
		*cfg = NULL;
	if (!mem || !host_config || !cfg)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	if (mem_len < sizeof(**cfg))
		return igdpt_priv_fail(why, IGDPT_F_OUTPUT_SPACE, IGDPT_NO_OFFSET, mem_len,
			sizeof(**cfg));
	memset(mem, 0, sizeof(**cfg));
	rc = setup(mem, platform, host_config, host_len, opts, why);
	if (rc == 0)
		*cfg = mem;
	return rc;
}

int igdpt_pcicfg_new(const struct igdpt_platform *platform, const void *host_config,
	size_t host_len, const struct igdpt_pcicfg_opts *opts, struct igdpt_pcicfg **cfg,
	struct igdpt_finding *why)
{
	struct igdpt_pcicfg *fresh = malloc(sizeof(*fresh));
	int rc;

	if (cfg)
		*cfg = NULL;
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
