/* SPDX-License-Identifier: MIT */
#include "igdpt/mmio.h"

#include "bytes.h"
#include "internal.h"
#include "pcicfg-internal.h"

#define LOW_BITS UINT64_C(0xfffff) /* sizes, enable and lock bits; addresses are whole MiB */
#define BAR4 4u
#define BAR4_INDEX 0u
#define BAR4_DATA 4u
#define BAR4_BYTES 8u
#define BAR4_GTT 1u /* index bits 1:0: 0 is the register half of BAR0, 1 the GTT half */

enum mirror_kind {
	MIRROR_GGC,
	MIRROR_DSM,
	MIRROR_GSM,
	MIRROR_RESERVED,
	MIRROR_ANCHOR,
	MIRROR_PCODE
};

/* gen 0 stands for a device that is not known. */
struct mirror {
	uint32_t offset;
	uint8_t kind;
	uint8_t width;       /* from gen 11 on */
	uint8_t width_gen6;  /* on gen 6 to 10; 0 if there is none */
	uint16_t gen_first;
	uint16_t gen_last;
	const char *name;
};

static const struct mirror mirrors[] = {
	/* EVE's notes on gen 12 name the two; their widths are not recorded. */
	{ IGDPT_MMIO_RC6_CTX, MIRROR_ANCHOR, 4, 0, 1200, 1200, "RC6_CTX_BASE" },
	{ IGDPT_MMIO_RESERVED_PTR, MIRROR_ANCHOR, 4, 0, 1200, 1200, "RESERVED_PTR" },
	{ IGDPT_MMIO_GGC, MIRROR_GGC, 2, 2, 600, 1200, "GGC" },
	{ IGDPT_MMIO_DSMBASE, MIRROR_DSM, 8, 4, 0, UINT16_MAX, "DSMBASE" },
	{ IGDPT_MMIO_GSMBASE, MIRROR_GSM, 8, 0, 0, UINT16_MAX, "GSMBASE" },
	{ IGDPT_MMIO_STOLEN_RESERVED, MIRROR_RESERVED, 8, 4, 0, UINT16_MAX, "STOLEN_RESERVED" },
	/* i915 asks on Meteor and Arrow Lake; 1 makes it use the host's DSM address directly. */
	{ IGDPT_MMIO_PCODE_STOLEN, MIRROR_PCODE, 4, 0, 1270, 1270, "PCODE_STOLEN" },
};

static bool has_bdsm(const struct igdpt_pcicfg *cfg)
{
	return cfg->platform.bdsm != IGDPT_BDSM_NONE;
}

static uint32_t mirror_width(const struct igdpt_pcicfg *cfg, const struct mirror *m)
{
	uint32_t gen = cfg->platform.gen;

	/* Before gen 6 there are no mirrors; 0 is an unknown device. */
	if ((gen && gen < 600) || gen < m->gen_first || gen > m->gen_last)
		return 0;
	return gen && gen < 1100 ? m->width_gen6 : m->width;
}

/* The config register that a mirror repeats. */
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

static uint32_t or_default(uint32_t policy, uint32_t value)
{
	return policy ? policy : value;
}

static uint32_t mirror_policy(const struct igdpt_pcicfg *cfg, const struct mirror *m)
{
	if (m->kind == MIRROR_ANCHOR)
		return or_default(cfg->mmio.opts.anchors, IGDPT_MMIO_HOST);
	if (m->kind == MIRROR_PCODE)
		return or_default(cfg->mmio.opts.pcode, IGDPT_MMIO_HIDE);
	if (twin_is_host(cfg, m))
		return IGDPT_MMIO_HOST;
	if (m->kind == MIRROR_GSM)
		return or_default(cfg->mmio.opts.gsmbase, IGDPT_MMIO_TRANSLATE);
	if (m->kind == MIRROR_RESERVED)
		return or_default(cfg->mmio.opts.stolen_reserved, IGDPT_MMIO_TRANSLATE);
	return IGDPT_MMIO_TRANSLATE;
}

static uint64_t gsm_base(const struct igdpt_pcicfg *cfg)
{
	uint64_t bdsm = igdpt_priv_pcicfg_bdsm(cfg);

	return bdsm > cfg->gsm_bytes ? bdsm - cfg->gsm_bytes : 0;
}

static uint64_t reserved(const struct igdpt_pcicfg *cfg)
{
	uint64_t host = cfg->mmio.opts.host_reserved;
	uint64_t base = igdpt_priv_pcicfg_translate(cfg, host & ~LOW_BITS);

	return base ? base | (host & LOW_BITS) : 0;
}

static uint64_t mirror_value(const struct igdpt_pcicfg *cfg, const struct mirror *m)
{
	uint64_t value = 0;

	if (mirror_policy(cfg, m) == IGDPT_MMIO_HIDE)
		return 0;
	switch (m->kind) {
	case MIRROR_GSM:
		return gsm_base(cfg);
	case MIRROR_RESERVED:
		return reserved(cfg);
	default:
		igdpt_pcicfg_read(cfg, twin(cfg, m), mirror_width(cfg, m), 0, &value);
		return value;
	}
}

/*
 * Bits that hardware still answers for. Behind LMEMBAR drivers take the size of the reserved part
 * from 0x1082C0 and its place from the end of BAR2's stolen memory: i915_gem_stolen.c.
 */
static uint64_t mirror_hw_bits(const struct igdpt_pcicfg *cfg, const struct mirror *m)
{
	uint32_t policy = mirror_policy(cfg, m);

	if (policy == IGDPT_MMIO_HOST)
		return UINT64_MAX;
	return m->kind == MIRROR_RESERVED && policy == IGDPT_MMIO_TRANSLATE && !has_bdsm(cfg) ?
		LOW_BITS : 0;
}

static bool inside(uint64_t offset, uint32_t width)
{
	return width - 1 < 8 && offset <= UINT64_MAX - width;
}

/* The width last: it is the only part that takes time. */
static bool overlaps(const struct igdpt_pcicfg *cfg, const struct mirror *m, uint64_t offset,
	uint32_t width)
{
	return offset < m->offset + UINT64_C(8) && m->offset < offset + width &&
		offset < m->offset + mirror_width(cfg, m);
}

/* Line the register up with the access: they overlap, so neither shift reaches 64. */
static uint64_t merge(const struct igdpt_pcicfg *cfg, const struct mirror *m, uint64_t offset,
	uint32_t width, uint64_t out)
{
	uint32_t bytes = mirror_width(cfg, m); /* 0: this device has no such register */
	uint64_t ours = bytes ? ~mirror_hw_bits(cfg, m) & width_mask(bytes) : 0;
	uint64_t value = mirror_value(cfg, m);

	if (offset >= m->offset) {
		ours >>= 8 * (offset - m->offset);
		value >>= 8 * (offset - m->offset);
	} else {
		ours <<= 8 * (m->offset - offset);
		value <<= 8 * (m->offset - offset);
	}
	ours &= width_mask(width);
	return (out & ~ours) | (value & ours);
}

int igdpt_mmio_read(const struct igdpt_pcicfg *cfg, uint32_t bar, uint64_t offset, uint32_t width,
	uint64_t hw, uint64_t *value)
{
	if (!inside(offset, width))
		return -IGDPT_E_RANGE;
	*value = hw & width_mask(width);
	for (size_t i = 0; bar == 0 && i < ARRAY_SIZE(mirrors); i++) {
		if (overlaps(cfg, &mirrors[i], offset, width))
			*value = merge(cfg, &mirrors[i], offset, width, *value);
	}
	return 0;
}

static uint32_t bytes_mask(uint32_t width)
{
	return (1u << width) - 1;
}

/* Bytes of the access that hit a mirror which the library answers for. */
static uint32_t ignored_bytes(const struct igdpt_pcicfg *cfg, const struct mirror *m,
	uint64_t offset, uint32_t width)
{
	uint32_t bytes = mirror_width(cfg, m), hit = 0;

	if (!overlaps(cfg, m, offset, width) || mirror_policy(cfg, m) == IGDPT_MMIO_HOST)
		return 0;
	for (uint32_t i = 0; i < width; i++)
		hit |= offset + i - m->offset < bytes ? 1u << i : 0;
	return hit;
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

/* Whether hardware may have the data: false if it would be a host address or half an entry. */
static bool data_written(const struct igdpt_pcicfg *cfg, bool whole, uint32_t *data)
{
	uint32_t index = cfg->mmio.bar4_index, at = index & ~3u;

	if ((index & 3u) != BAR4_GTT || at >= cfg->gsm_bytes)
		return true;
	if (!whole)
		return false;
	/* The high half of an 8-byte entry; stolen memory lies below 4 GiB. */
	if (cfg->platform.gen >= 800 && (at & 4)) {
		*data = 0;
		return true;
	}
	return translate_entry(cfg, data);
}

/* Index at 0, data at 4; an access may cover part of one or both. Returns the bytes to drop. */
static uint32_t bar4_written(struct igdpt_pcicfg *cfg, uint64_t offset, uint32_t width,
	uint64_t *value)
{
	uint32_t covered = bytes_mask(width) << offset & 0xff;
	uint8_t ports[BAR4_BYTES * 2] = { 0 };
	uint32_t data;

	put_le32(ports + BAR4_INDEX, cfg->mmio.bar4_index);
	for (uint32_t i = 0; i < width; i++)
		ports[offset + i] = (uint8_t)(*value >> 8 * i);
	cfg->mmio.bar4_index = get_le32(ports + BAR4_INDEX);
	data = get_le32(ports + BAR4_DATA);
	if (!(covered & 0xf0))
		return 0;
	if (!data_written(cfg, (covered & 0xf0) == 0xf0, &data))
		return (covered & 0xf0) >> offset;
	put_le32(ports + BAR4_DATA, data);
	*value = get_le64(ports + offset) & UINT64_MAX >> (64 - 8 * width);
	return 0;
}

int igdpt_mmio_write(struct igdpt_pcicfg *cfg, uint32_t bar, uint64_t offset, uint32_t width,
	uint64_t value, uint64_t *hw, uint32_t *forward)
{
	uint32_t drop = 0;

	*hw = 0;
	*forward = 0;
	if (!inside(offset, width))
		return -IGDPT_E_RANGE;
	*hw = value & UINT64_MAX >> (64 - 8 * width);
	for (size_t i = 0; bar == 0 && i < ARRAY_SIZE(mirrors); i++)
		drop |= ignored_bytes(cfg, &mirrors[i], offset, width);
	if (bar == BAR4 && offset < BAR4_BYTES && (cfg->mmio.opts.flags & IGDPT_MMIO_BAR4_GTT))
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
	if (index == 0 && (cfg->mmio.opts.flags & IGDPT_MMIO_BAR4_GTT))
		return fill_trap(trap, BAR4, BAR4_INDEX, BAR4_BYTES, IGDPT_MMIO_TRANSLATE, "GTT_PORTS");
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
		{ o->anchors, false },
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
	if (rc == 0)
		cfg->mmio = (struct pcicfg_mmio){ .opts = known };
	return rc;
}

static void check_reserved(const struct igdpt_pcicfg *cfg, struct igdpt_priv_report *report)
{
	uint64_t host = cfg->mmio.opts.host_reserved & ~LOW_BITS;

	if (!has_bdsm(cfg) || !cfg->dsm_bytes)
		return;
	if (!host)
		igdpt_priv_report(report, IGDPT_F_MMIO_RESERVED_UNKNOWN, IGDPT_MMIO_STOLEN_RESERVED, 0, 0);
	else if (host - cfg->host.bdsm >= cfg->host.dsm_bytes)
		igdpt_priv_report(report, IGDPT_F_MMIO_RESERVED_OUTSIDE, IGDPT_MMIO_STOLEN_RESERVED, host,
			cfg->host.bdsm);
	else if (igdpt_priv_pcicfg_bdsm(cfg) && !reserved(cfg))
		igdpt_priv_report(report, IGDPT_F_MMIO_RESERVED_NO_ROOM, IGDPT_MMIO_STOLEN_RESERVED,
			cfg->host.dsm_bytes - (host - cfg->host.bdsm), cfg->dsm_bytes);
}

/* A register that shows the host's value, while the guest's stolen memory lies elsewhere. */
static void check_host(const struct igdpt_pcicfg *cfg, const struct mirror *m,
	struct igdpt_priv_report *report)
{
	uint64_t guest = igdpt_priv_pcicfg_bdsm(cfg);

	if (mirror_policy(cfg, m) != IGDPT_MMIO_HOST || guest == cfg->host.bdsm)
		return;
	igdpt_priv_report(report, m->kind == MIRROR_ANCHOR ? IGDPT_F_MMIO_ANCHOR :
		m->kind == MIRROR_PCODE ? IGDPT_F_MMIO_PCODE : IGDPT_F_MMIO_LEAK, m->offset, 0, 0);
}

int igdpt_mmio_check(const struct igdpt_pcicfg *cfg, igdpt_finding_fn fn, void *user)
{
	struct igdpt_priv_report report = { fn, user, 0, 0 };

	for (size_t i = 0; i < ARRAY_SIZE(mirrors); i++) {
		if (!mirror_width(cfg, &mirrors[i]))
			continue;
		check_host(cfg, &mirrors[i], &report);
		if (mirrors[i].kind == MIRROR_RESERVED &&
		    mirror_policy(cfg, &mirrors[i]) == IGDPT_MMIO_TRANSLATE)
			check_reserved(cfg, &report);
	}
	return report.errors;
}
