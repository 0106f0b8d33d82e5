/* SPDX-License-Identifier: MIT */
#include "igdpt/mmio.h"

#include "bytes.h"
#include "internal.h"
#include "pcicfg-priv.h"

#define BAR4 4u
#define BAR4_INDEX 0u
#define BAR4_DATA 4u
#define BAR4_BYTES 8u
#define BAR4_GTT 1u /* bits 1:0 of the index: the GTT half of BAR0, not the register half */
#define INDEX_KNOWN 0xfu

#define ANCHOR_FLAGS UINT64_C(0xf) /* lock and enable bits below an address */

enum mirror_kind {
	MIRROR_TOLUD,
	MIRROR_TOUUD,
	MIRROR_GGC,
	MIRROR_DSM,
	MIRROR_GSM,
	MIRROR_RESERVED,
	MIRROR_RC6,
	MIRROR_DOORBELL,
	MIRROR_PCODE
};

/* gen 0 stands for a device that is not known. */
struct mirror {
	uint32_t offset;
	uint8_t kind;
	uint8_t width;       /* from gen 11 on */
	uint8_t width_gen6;  /* on gen 6 to 10; 0 if there is none */
	bool atom;           /* on Atom parts only */
	uint16_t gen_first;
	uint16_t gen_last;
	char name[20];
};

static const struct mirror mirrors[] = {
	/*
	 * Intel's silicon initialisation puts both contexts at the end of stolen memory, from Cannon
	 * Lake on; on Coffee Lake it writes no address. i915 checks the first on Broxton and Gemini
	 * Lake: it must lie in the reserved part (intel_rc6.c, bxt_check_bios_rc6_setup()).
	 */
	{ IGDPT_MMIO_RC6_CTX, MIRROR_RC6, 8, 8, true, 900, 900, "RC6_CTX_BASE" },
	{ IGDPT_MMIO_RC6_CTX, MIRROR_RC6, 8, 8, false, 1000, 1200, "RC6_CTX_BASE" },
	{ IGDPT_MMIO_DOORBELL_CTX, MIRROR_DOORBELL, 8, 8, false, 1000, 1200, "DOORBELL_CTX_BASE" },
	{ IGDPT_MMIO_TOLUD, MIRROR_TOLUD, 4, 4, false, 0, UINT16_MAX, "TOLUD" },
	{ IGDPT_MMIO_GGC, MIRROR_GGC, 2, 2, false, 600, 1200, "GGC" },
	{ IGDPT_MMIO_TOUUD, MIRROR_TOUUD, 8, 8, false, 0, UINT16_MAX, "TOUUD" },
	{ IGDPT_MMIO_DSMBASE, MIRROR_DSM, 8, 4, false, 0, UINT16_MAX, "DSMBASE" },
	{ IGDPT_MMIO_GSMBASE, MIRROR_GSM, 8, 4, false, 0, UINT16_MAX, "GSMBASE" },
	{ IGDPT_MMIO_STOLEN_RESERVED, MIRROR_RESERVED, 8, 4, false, 0, UINT16_MAX, "STOLEN_RESERVED" },
	/* i915 asks on Meteor and Arrow Lake; 1 makes it use the host's DSM address directly. */
	{ IGDPT_MMIO_PCODE_STOLEN, MIRROR_PCODE, 4, 0, false, 1270, 1270, "PCODE_STOLEN" },
};

static bool has_bdsm(const struct igdpt_pcicfg *cfg)
{
	return cfg->platform.bdsm != IGDPT_BDSM_NONE;
}

static uint32_t mirror_width(const struct igdpt_pcicfg *cfg, const struct mirror *m)
{
	uint32_t gen = cfg->platform.gen;

	/* Before gen 6 there are no mirrors; 0 is an unknown device. */
	if ((gen && gen < 600) || gen < m->gen_first || gen > m->gen_last ||
		(m->atom && !(cfg->platform.flags & IGDPT_PLATFORM_SWSCI_E0)))
		return 0;
	return gen && gen < 1100 ? m->width_gen6 : m->width;
}

/* The config register that a mirror repeats or follows. */
static uint32_t twin(const struct igdpt_pcicfg *cfg, const struct mirror *m)
{
	if (m->kind == MIRROR_GGC)
		return IGDPT_CFG_GGC;
	return cfg->platform.bdsm == IGDPT_BDSM_CFG_5C ? IGDPT_CFG_BDSM : IGDPT_CFG_BDSM64;
}

/* Where config space shows the host's stolen memory, so do the mirrors. */
static bool twin_is_host(const struct igdpt_pcicfg *cfg, const struct mirror *m)
{
	return igdpt_pcicfg_hw_bytes(cfg, twin(cfg, m), 1) != 0;
}

static uint32_t chosen_policy(const struct igdpt_mmio_opts *o, const struct mirror *m)
{
	switch (m->kind) {
	case MIRROR_TOUUD:
		return IGDPT_MMIO_HIDE;
	case MIRROR_GSM:
		return o->gsmbase;
	case MIRROR_RESERVED:
		return o->stolen_reserved;
	case MIRROR_RC6:
	case MIRROR_DOORBELL:
		return o->anchors;
	case MIRROR_PCODE:
		return o->pcode;
	default:
		return IGDPT_MMIO_TRANSLATE;
	}
}

static uint32_t mirror_policy(const struct igdpt_pcicfg *cfg, const struct mirror *m)
{
	if (m->kind != MIRROR_PCODE && twin_is_host(cfg, m))
		return IGDPT_MMIO_HOST;
	return chosen_policy(&cfg->mmio.opts, m);
}

/* What hardware has in a register whose address moves with stolen memory; 0 if not known. */
static uint64_t host_value(const struct igdpt_pcicfg *cfg, const struct mirror *m)
{
	switch (m->kind) {
	case MIRROR_RESERVED:
		return cfg->mmio.opts.host_reserved;
	case MIRROR_RC6:
		return cfg->mmio.opts.host_rc6_ctx;
	default:
		return cfg->mmio.opts.host_doorbell_ctx;
	}
}

static uint64_t flag_bits(const struct mirror *m)
{
	return m->kind == MIRROR_RESERVED ? BDSM_LOW_BITS : ANCHOR_FLAGS;
}

/* How the guest's value moves with its BDSM, if it does; false if it is 0 whatever that is. */
static bool mirror_move(const struct igdpt_pcicfg *cfg, const struct mirror *m,
	struct pcicfg_move *move)
{
	uint64_t host = host_value(cfg, m), flags = host & flag_bits(m);

	switch (m->kind) {
	case MIRROR_GGC:
	case MIRROR_DSM:
		return true;
	case MIRROR_TOLUD:
		*move = (struct pcicfg_move){ 0, cfg->dsm_bytes };
		return has_bdsm(cfg);
	case MIRROR_GSM:
		*move = (struct pcicfg_move){ cfg->gsm_bytes, 0 - cfg->gsm_bytes };
		return has_bdsm(cfg);
	default:
		if (!has_bdsm(cfg) || !igdpt_priv_pcicfg_follow(cfg, host & ~flag_bits(m), move))
			return false;
		move->delta += flags;
		return true;
	}
}

/*
 * Bits that hardware still answers for. Behind LMEMBAR drivers take the size of the reserved part
 * from 0x1082C0 and its place from the end of BAR2's stolen memory: i915_gem_stolen.c.
 */
static uint64_t mirror_hw_bits(const struct igdpt_pcicfg *cfg, const struct mirror *m)
{
	return m->kind == MIRROR_RESERVED && mirror_policy(cfg, m) == IGDPT_MMIO_TRANSLATE &&
		!has_bdsm(cfg) ? BDSM_LOW_BITS : 0;
}

/* Tells all mirrors apart by the last byte of an access that overlaps one: see the table. */
static inline uint32_t slot_of(uint64_t last)
{
	return (last >> 6 ^ last >> 17) & (MIRROR_SLOTS - 1);
}

/* Gen 6 to 10 reach all of BAR0 through BAR4 as well; so may a device that is not known. */
static bool has_ports(const struct igdpt_pcicfg *cfg)
{
	uint32_t gen = cfg->platform.gen;

	return !gen || (gen >= 600 && gen < 1100);
}

static void prepare_mirror(struct igdpt_pcicfg *cfg, const struct mirror *m)
{
	bool repeats = m->kind == MIRROR_GGC || m->kind == MIRROR_DSM;
	uint32_t width = mirror_width(cfg, m), policy = mirror_policy(cfg, m);
	struct pcicfg_mirror *slot = &cfg->mmio.slots[slot_of(m->offset)];

	if (!width || policy == IGDPT_MMIO_HOST)
		return;
	/* What is hidden in BAR0 is not the hardware's to answer behind the ports either. */
	cfg->mmio.ports = has_ports(cfg);
	*slot = (struct pcicfg_mirror){ .offset = m->offset, .width = width, .twin = twin(cfg, m) };
	slot->ours = ~mirror_hw_bits(cfg, m) & width_mask(width);
	if (policy == IGDPT_MMIO_TRANSLATE && mirror_move(cfg, m, &slot->move))
		slot->keep = repeats ? width_mask(width) : cfg->regs[VREG_BDSM].mask & ~BDSM_LOW_BITS;
}

/* What the defaults mean. */
static void settle(struct igdpt_mmio_opts *o)
{
	o->stolen_reserved = o->stolen_reserved ? o->stolen_reserved : IGDPT_MMIO_TRANSLATE;
	o->gsmbase = o->gsmbase ? o->gsmbase : IGDPT_MMIO_TRANSLATE;
	o->anchors = o->anchors ? o->anchors : IGDPT_MMIO_TRANSLATE;
	o->pcode = o->pcode ? o->pcode : IGDPT_MMIO_HIDE;
}

void igdpt_priv_mmio_prepare(struct igdpt_pcicfg *cfg)
{
	settle(&cfg->mmio.opts);
	cfg->mmio.ports = has_ports(cfg) && (cfg->mmio.opts.flags & IGDPT_MMIO_BAR4_GTT);
	for (size_t i = 0; i < ARRAY_SIZE(mirrors); i++)
		prepare_mirror(cfg, &mirrors[i]);
}

static bool inside(uint64_t offset, uint32_t width)
{
	return width - 1 < 8 && offset <= UINT64_MAX - width;
}

/* The mirror that an access overlaps, or NULL: at most one, they lie further apart than 8 bytes. */
static inline const struct pcicfg_mirror *mirror_at(const struct igdpt_pcicfg *cfg, uint32_t bar,
	uint64_t offset, uint32_t width)
{
	uint64_t last = offset + width - 1;
	const struct pcicfg_mirror *m = &cfg->mmio.slots[slot_of(last)];

	return bar == 0 && last - m->offset < m->width + width - 1 ? m : NULL;
}

/* What a guest sees of hardware's bytes at an offset of BAR0 where a mirror lies. */
static inline uint64_t mirrored(const struct igdpt_pcicfg *cfg, const struct pcicfg_mirror *m,
	uint64_t offset, uint64_t hw)
{
	uint64_t mine = moved(&m->move, get_le64(cfg->value + m->twin) & m->keep) & m->ours;
	uint64_t ours = seen_from(m->ours, m->offset, offset, 8);

	return (hw & ~ours) | seen_from(mine, m->offset, offset, 8);
}

/* Where the data port leads: in BAR0, 4 bytes. */
static uint32_t port_target(const struct igdpt_pcicfg *cfg)
{
	return cfg->mmio.bar4_index & ~3u;
}

/* Nobody knows what hardware makes of bit 1: it could be a register. */
static bool port_in_gtt(const struct igdpt_pcicfg *cfg)
{
	return (cfg->mmio.bar4_index & 3u) == BAR4_GTT;
}

/* The mirror that the data port reaches, or NULL. */
static const struct pcicfg_mirror *port_mirror(const struct igdpt_pcicfg *cfg)
{
	return port_in_gtt(cfg) ? NULL : mirror_at(cfg, 0, port_target(cfg), 4);
}

/* As for mirrors in BAR0, where an access covers a byte of the data port. */
__attribute__((noinline)) static uint64_t bar4_read(const struct igdpt_pcicfg *cfg, uint64_t offset,
	uint64_t hw)
{
	const struct pcicfg_mirror *m = port_mirror(cfg);
	uint64_t data = seen_from(hw, offset, BAR4_DATA, 8) & UINT32_MAX;
	uint64_t port = seen_from(UINT32_MAX, BAR4_DATA, offset, 8);

	if (cfg->mmio.bar4_known != INDEX_KNOWN)
		data = 0;
	else if (m)
		data = mirrored(cfg, m, port_target(cfg), data) & UINT32_MAX;
	return (hw & ~port) | seen_from(data, BAR4_DATA, offset, 8);
}

static inline bool at_ports(const struct igdpt_pcicfg *cfg, uint32_t bar, uint64_t offset)
{
	return bar == BAR4 && offset < BAR4_BYTES && cfg->mmio.ports;
}

int igdpt_mmio_read(const struct igdpt_pcicfg *cfg, uint32_t bar, uint64_t offset, uint32_t width,
	uint64_t hw, uint64_t *value)
{
	const struct pcicfg_mirror *m;

	if (!inside(offset, width))
		return -IGDPT_E_RANGE;
	m = mirror_at(cfg, bar, offset, width);
	if (m)
		hw = mirrored(cfg, m, offset, hw);
	else if (at_ports(cfg, bar, offset))
		hw = bar4_read(cfg, offset, hw);
	*value = hw & width_mask(width);
	return 0;
}

/* A GTT entry's low half: its address moves if it lies in the host's stolen memory. */
static bool translate_entry(const struct igdpt_pcicfg *cfg, uint32_t *entry)
{
	uint64_t guest = igdpt_priv_pcicfg_bdsm(cfg), above = *entry - cfg->host.bdsm;

	if (*entry < cfg->host.bdsm || above >= cfg->host.dsm_bytes)
		return true;
	if (!guest || above >= cfg->dsm_bytes || guest + above > UINT32_MAX)
		return false;
	*entry = (uint32_t)(guest + above);
	return true;
}

/* Whether hardware may have an entry: false if it would be a host address or half of one. */
static bool entry_written(const struct igdpt_pcicfg *cfg, bool whole, uint32_t *data)
{
	uint32_t index = cfg->mmio.bar4_index;

	if (!(cfg->mmio.opts.flags & IGDPT_MMIO_BAR4_GTT) || !port_in_gtt(cfg) || index >= cfg->gsm_bytes)
		return true;
	if (!whole)
		return false;
	/* The high half of an 8-byte entry; stolen memory lies below 4 GiB. */
	if (cfg->platform.gen >= 800 && (index & 4)) {
		*data = 0;
		return true;
	}
	return translate_entry(cfg, data);
}

/* Bytes of the data port that hardware may not have, one bit each. */
static uint32_t data_written(const struct igdpt_pcicfg *cfg, bool whole, uint32_t *data)
{
	const struct pcicfg_mirror *m = port_mirror(cfg);

	if (cfg->mmio.bar4_known != INDEX_KNOWN || !entry_written(cfg, whole, data))
		return 0xf;
	return m ? (uint32_t)seen_from(bytes_mask(m->width), m->offset, port_target(cfg), 1) & 0xf : 0;
}

/* Index at 0, data at 4; an access may cover part of one or both. Returns the bytes to drop. */
__attribute__((noinline)) static uint32_t bar4_written(struct igdpt_pcicfg *cfg, uint64_t offset,
	uint32_t width, uint64_t *value)
{
	uint32_t covered = bytes_mask(width) << offset & 0xff;
	uint8_t ports[BAR4_BYTES * 2] = { 0 };
	uint32_t data, drop;

	put_le32(ports + BAR4_INDEX, cfg->mmio.bar4_index);
	for (uint32_t i = 0; i < width; i++)
		ports[offset + i] = (uint8_t)(*value >> 8 * i);
	cfg->mmio.bar4_index = get_le32(ports + BAR4_INDEX);
	cfg->mmio.bar4_known |= (uint8_t)(covered & INDEX_KNOWN);
	data = get_le32(ports + BAR4_DATA);
	drop = data_written(cfg, (covered & 0xf0) == 0xf0, &data) << BAR4_DATA & covered;
	if (!drop)
		put_le32(ports + BAR4_DATA, data);
	*value = get_le64(ports + offset) & width_mask(width);
	return drop >> offset;
}

int igdpt_mmio_write(struct igdpt_pcicfg *cfg, uint32_t bar, uint64_t offset, uint32_t width,
	uint64_t value, uint64_t *hw, uint32_t *forward)
{
	const struct pcicfg_mirror *m;
	uint32_t drop = 0;

	if (!inside(offset, width)) {
		*hw = 0;
		*forward = 0;
		return -IGDPT_E_RANGE;
	}
	*hw = value & width_mask(width);
	m = mirror_at(cfg, bar, offset, width);
	if (m)
		drop = (uint32_t)seen_from(bytes_mask(m->width), m->offset, offset, 1);
	else if (at_ports(cfg, bar, offset))
		drop = bar4_written(cfg, offset, width, hw);
	*forward = bytes_mask(width) & ~drop;
	return drop ? IGDPT_EVENT_IGNORED : 0;
}

static int fill_trap(struct igdpt_mmio_trap *trap, uint32_t bar, uint64_t offset, uint32_t width,
	uint32_t policy, const char *name)
{
	struct igdpt_mmio_trap known = {
		.bar = bar,
		.offset = offset,
		.width = width,
		.policy = policy,
		.name = name,
	};

	return igdpt_priv_struct_out(trap, &known, sizeof(known), V1(igdpt_mmio_trap));
}

int igdpt_mmio_trap_at(const struct igdpt_pcicfg *cfg, uint32_t index, struct igdpt_mmio_trap *trap)
{
	for (size_t i = 0; i < ARRAY_SIZE(mirrors); i++) {
		const struct mirror *m = &mirrors[i];
		uint32_t width = mirror_width(cfg, m);

		if (width && index-- == 0)
			return fill_trap(trap, 0, m->offset, width, mirror_policy(cfg, m), m->name);
	}
	if (index == 0 && has_ports(cfg))
		return fill_trap(trap, BAR4, BAR4_INDEX, BAR4_BYTES,
			cfg->mmio.ports ? IGDPT_MMIO_TRANSLATE : IGDPT_MMIO_HOST, "BAR0_PORTS");
	return -IGDPT_E_NOTFOUND;
}

static int check_opts(const struct igdpt_pcicfg *cfg, const struct igdpt_mmio_opts *o,
	struct igdpt_finding *why)
{
	const struct {
		uint32_t value;
		bool translates;
	} members[] = {
		{ o->stolen_reserved, true },
		{ o->gsmbase, true },
		{ o->anchors, true },
		{ o->pcode, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		if (members[i].value > IGDPT_MMIO_HOST ||
		    (members[i].value == IGDPT_MMIO_TRANSLATE && !members[i].translates))
			return igdpt_priv_fail(why, IGDPT_F_MMIO_POLICY, IGDPT_NO_OFFSET,
				members[i].value, IGDPT_MMIO_HOST);
	}
	if (o->flags & ~(uint32_t)IGDPT_MMIO_BAR4_GTT)
		return igdpt_priv_fail(why, IGDPT_F_MMIO_POLICY, IGDPT_NO_OFFSET, o->flags,
			IGDPT_MMIO_BAR4_GTT);
	if (o->flags && (cfg->platform.gen < 600 || cfg->platform.gen >= 1100))
		return igdpt_priv_fail(why, IGDPT_F_MMIO_BAR4_GEN, IGDPT_NO_OFFSET, cfg->platform.gen, 0);
	return 0;
}

int igdpt_mmio_setup(struct igdpt_pcicfg *cfg, const struct igdpt_mmio_opts *opts,
	struct igdpt_finding *why)
{
	struct igdpt_mmio_opts known;
	int rc = igdpt_priv_struct_in(&known, sizeof(known), V1(igdpt_mmio_opts), opts, why);

	if (rc == 0)
		rc = check_opts(cfg, &known, why);
	if (rc)
		return rc;
	cfg->mmio = (struct pcicfg_mmio){ .opts = known };
	igdpt_priv_mmio_prepare(cfg);
	return 0;
}

/* A register whose address moves with stolen memory, where it can. */
static void check_move(const struct igdpt_pcicfg *cfg, const struct mirror *m,
	struct igdpt_priv_report *report)
{
	uint64_t host = host_value(cfg, m) & ~flag_bits(m);
	bool reserved = m->kind == MIRROR_RESERVED;
	struct pcicfg_move move;

	if (!has_bdsm(cfg) || !cfg->dsm_bytes)
		return;
	if (!host)
		igdpt_priv_report(report, reserved ? IGDPT_F_MMIO_RESERVED_UNKNOWN :
			IGDPT_F_MMIO_ANCHOR_UNKNOWN, m->offset, 0, 0);
	else if (host - cfg->host.bdsm >= cfg->host.dsm_bytes)
		igdpt_priv_report(report, IGDPT_F_MMIO_RESERVED_OUTSIDE, m->offset, host, cfg->host.bdsm);
	else if (igdpt_priv_pcicfg_bdsm(cfg) && !mirror_move(cfg, m, &move))
		igdpt_priv_report(report, IGDPT_F_MMIO_RESERVED_NO_ROOM, m->offset,
			cfg->host.dsm_bytes - (host - cfg->host.bdsm), cfg->dsm_bytes);
}

static bool is_anchor(const struct mirror *m)
{
	return m->kind == MIRROR_RC6 || m->kind == MIRROR_DOORBELL;
}

/* A register that shows the host's value, while the guest's stolen memory lies elsewhere. */
static void check_host(const struct igdpt_pcicfg *cfg, const struct mirror *m,
	struct igdpt_priv_report *report)
{
	uint64_t guest = igdpt_priv_pcicfg_bdsm(cfg);

	if (guest && guest == cfg->host.bdsm)
		return;
	igdpt_priv_report(report, is_anchor(m) ? IGDPT_F_MMIO_ANCHOR :
		m->kind == MIRROR_PCODE ? IGDPT_F_MMIO_PCODE : IGDPT_F_MMIO_LEAK, m->offset, 0, 0);
}

int igdpt_mmio_check(const struct igdpt_pcicfg *cfg, igdpt_finding_fn fn, void *user)
{
	struct igdpt_priv_report report = { .fn = fn, .user = user };

	for (size_t i = 0; i < ARRAY_SIZE(mirrors); i++) {
		const struct mirror *m = &mirrors[i];
		uint32_t policy = mirror_policy(cfg, m);

		if (!mirror_width(cfg, m))
			continue;
		if (policy == IGDPT_MMIO_HOST)
			check_host(cfg, m, &report);
		else if (policy == IGDPT_MMIO_TRANSLATE && (m->kind == MIRROR_RESERVED || is_anchor(m)))
			check_move(cfg, m, &report);
	}
	return report.errors;
}
