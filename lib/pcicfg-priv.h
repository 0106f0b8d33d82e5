/* SPDX-License-Identifier: MIT
 *
 * The virtual config space as the files of its module and the MMIO mirrors see it.
 */
#ifndef IGDPT_LIB_PCICFG_PRIV_H
#define IGDPT_LIB_PCICFG_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "igdpt/mmio.h"
#include "igdpt/pcicfg.h"

#define PCI_CONFIG_BYTES 256u
#define PCI_CLASS 0x08u /* dword: revision, then the 24-bit class */
#define PAGE_OFFSET UINT64_C(0xfff)
#define SWSCI_TRIGGER 0x0001u
/* Bits below 1 MiB are the lock bit and reserved ones: Linux early-quirks.c, datasheets. */
#define BDSM_LOW_BITS UINT64_C(0xfffff)
/* An 8-byte load at the last byte stays inside; what lies past 256 belongs to hardware. */
#define CFG_ARRAY (PCI_CONFIG_BYTES + sizeof(uint64_t))

enum vreg_kind {
	VREG_NONE,
	VREG_ASLS,
	VREG_BDSM,
	VREG_BRIDGE, /* 0x5C on a part whose BDSM is at 0xC0 */
	VREG_GGC,
	VREG_SWSCI,
	VREG_SWSCI_E0, /* of Atom parts, besides */
	VREG_F0,
	VREG_HIDDEN,
	VREG_KINDS
};

/* One emulated register: where it is, what it is after reset, which bits the guest may change. */
struct vreg {
	uint16_t offset; /* past config space for the one that ends every walk */
	uint8_t width;
	uint8_t policy;    /* enum igdpt_reg_policy */
	uint8_t kind;
	uint8_t event;     /* of a write that completes it: ASLS, BDSM */
	uint8_t forward;   /* a guest's write goes on to hardware */
	uint8_t rare;      /* a guest's write means more than that event */
	uint64_t mask;     /* all of its bits */
	uint64_t initial;
	uint64_t writable;
	uint64_t written;  /* bits of the bytes that the guest has written since reset */
};

/* What the host has; nothing of this may be read by the guest. */
struct pcicfg_host {
	uint32_t asls;
	uint32_t class_code;
	uint64_t bdsm;     /* without its low 20 bits */
	uint64_t bdsm_low; /* those */
	uint64_t f0;
	uint32_t ggc;
	uint32_t swsci;
	uint32_t swsci_e0;
	uint64_t dsm_bytes;
	uint64_t gsm_bytes;
};

/*
 * How an address follows the base of the guest's stolen memory: base + delta if the base lies above
 * the floor, else 0.
 */
struct pcicfg_move {
	uint64_t floor;
	uint64_t delta;
};

/* A mirror that the library answers for, from the bytes of the config register behind it. */
struct pcicfg_mirror {
	uint64_t offset; /* in BAR0 */
	uint64_t ours;   /* bits that hardware does not answer */
	uint64_t keep;   /* bits of the config register that count; 0 for a mirror that reads 0 */
	struct pcicfg_move move;
	uint32_t width; /* 0 in an empty slot */
	uint32_t twin;  /* offset in config space */
};

#define MIRROR_SLOTS 16u /* a power of two */

/*
 * How the BAR mirrors behave, and the index port of BAR4 as the guest left it. What hardware has
 * there is not known before the guest has written each of its bytes.
 */
struct pcicfg_mmio {
	struct igdpt_mmio_opts opts;
	struct pcicfg_mirror slots[MIRROR_SLOTS]; /* by address, no two in one; never changes */
	bool ports;         /* accesses of BAR4's ports are not the hardware's alone */
	uint8_t bar4_known; /* bytes of the index written since reset, one bit each */
	uint32_t bar4_index;
};

struct igdpt_pcicfg {
	/* Per byte of config space: the guest's value, whether it is emulated (0 or 0xFF), which
	 * bits the guest may write; whether a write of this and the next seven bytes goes on to
	 * hardware, one bit each; the first emulated register that ends behind it. */
	uint8_t value[CFG_ARRAY];
	uint8_t emulated[CFG_ARRAY];
	uint8_t writable[CFG_ARRAY];
	uint8_t forward[CFG_ARRAY];
	uint8_t next[CFG_ARRAY];
	struct vreg regs[VREG_KINDS];
	struct igdpt_pcicfg_opts opts;
	struct igdpt_platform platform;
	struct pcicfg_host host;
	struct pcicfg_mmio mmio;
	struct pcicfg_move f0;
	uint64_t dsm_bytes; /* by the guest's GGC */
	uint64_t gsm_bytes;
	uint32_t complete;
};

/* One bit per byte of a mask whose bytes are 0 or 0xFF. */
static inline uint32_t byte_bits(uint64_t mask)
{
	return (uint32_t)((mask & UINT64_C(0x0101010101010101)) * UINT64_C(0x0102040810204080) >> 56);
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

/* Base of the guest's stolen memory without flag bits; 0 while it is not set. */
static inline uint64_t igdpt_priv_pcicfg_bdsm(const struct igdpt_pcicfg *cfg)
{
	const struct vreg *r = &cfg->regs[VREG_BDSM];

	return get_le64(cfg->value + r->offset) & r->mask & ~BDSM_LOW_BITS;
}

/*
 * How a host address inside the host's stolen memory follows the guest's: the reserved part at the
 * top keeps its distance from the top, the GTT part its distance from the base. False if the
 * address lies elsewhere, or the guest's stolen memory is too small for it.
 */
bool igdpt_priv_pcicfg_follow(const struct igdpt_pcicfg *cfg, uint64_t host_address,
	struct pcicfg_move *move);

/* Fill the empty slots of the mirrors, for the options and the sizes that the handle now has. */
void igdpt_priv_mmio_prepare(struct igdpt_pcicfg *cfg);

/* Bits of the bytes at one address, as an access at another sees them; closer than 8 bytes. */
static inline uint64_t seen_from(uint64_t bits, uint64_t at, uint64_t from, uint32_t unit)
{
	return from >= at ? bits >> unit * (from - at) : bits << unit * (at - from);
}

static inline uint64_t moved(const struct pcicfg_move *move, uint64_t base)
{
	return base > move->floor ? base + move->delta : 0;
}

static inline void update_f0(struct igdpt_pcicfg *cfg)
{
	const struct vreg *r = &cfg->regs[VREG_F0];

	if (r->policy == IGDPT_REG_EMULATE)
		reg_set(cfg, r, moved(&cfg->f0, igdpt_priv_pcicfg_bdsm(cfg)));
}

static inline uint64_t with_page_offset(const struct igdpt_pcicfg *cfg, uint64_t asls)
{
	return (asls & ~PAGE_OFFSET) | (cfg->host.asls & PAGE_OFFSET);
}

/* The event of ASLS or BDSM, once the guest has written each byte that counts for it. */
static inline uint32_t completed(const struct vreg *r)
{
	return (uint32_t)r->written == UINT32_MAX ? r->event : 0;
}

static inline bool is_swsci(uint32_t kind)
{
	return kind == VREG_SWSCI || kind == VREG_SWSCI_E0;
}

static inline bool is_atom(const struct igdpt_pcicfg *cfg)
{
	return cfg->platform.flags & IGDPT_PLATFORM_SWSCI_E0;
}

#endif
