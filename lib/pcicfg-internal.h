/* SPDX-License-Identifier: MIT
 *
 * The virtual config space as its own module and the MMIO mirrors see it.
 */
#ifndef IGDPT_LIB_PCICFG_INTERNAL_H
#define IGDPT_LIB_PCICFG_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "igdpt/mmio.h"
#include "igdpt/pcicfg.h"

#define PCI_CONFIG_BYTES 256u
/* An 8-byte load at the last byte stays inside; what lies past 256 belongs to hardware. */
#define CFG_ARRAY (PCI_CONFIG_BYTES + 8)

enum vreg_kind {
	VREG_NONE,
	VREG_ASLS,
	VREG_BDSM,
	VREG_BRIDGE, /* 0x5C on a part whose BDSM is at 0xC0 */
	VREG_GGC,
	VREG_SWSCI,
	VREG_F0,
	VREG_HIDDEN,
	VREG_KINDS
};

/* One emulated register: where it is, what it is after reset, which bits the guest may change. */
struct vreg {
	uint8_t offset;
	uint8_t width;
	uint8_t policy;  /* enum igdpt_reg_policy */
	uint8_t written; /* a bit per byte: written by the guest since reset */
	uint32_t forward; /* a bit per byte: what goes on to hardware when all of it is written */
	uint64_t mask;    /* all of its bits */
	uint64_t initial;
	uint64_t writable;
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
	uint64_t dsm_bytes;
	uint64_t gsm_bytes;
};

/* How the BAR mirrors behave, and the index port of BAR4 as the guest left it. */
struct pcicfg_mmio {
	struct igdpt_mmio_opts opts;
	uint32_t bar4_index;
};

struct igdpt_pcicfg {
	/* Per byte of config space: the guest's value, whether it is emulated (0 or 0xFF), which
	 * bits the guest may write, whether a write goes on to hardware (0 or 0xFF), which register. */
	uint8_t value[CFG_ARRAY];
	uint8_t emulated[CFG_ARRAY];
	uint8_t writable[CFG_ARRAY];
	uint8_t forward[CFG_ARRAY];
	uint8_t kind[CFG_ARRAY];
	struct vreg regs[VREG_KINDS];
	struct igdpt_pcicfg_opts opts;
	struct igdpt_platform platform;
	struct pcicfg_host host;
	struct pcicfg_mmio mmio;
	uint64_t dsm_bytes; /* by the guest's GGC */
	uint64_t gsm_bytes;
	uint32_t complete;
};

/* Base of the guest's stolen memory without flag bits; 0 while it is not set. */
uint64_t igdpt_priv_pcicfg_bdsm(const struct igdpt_pcicfg *cfg);

/*
 * Where a host address inside the host's stolen memory lies in the guest's: the reserved part at
 * the top keeps its distance from the top, the GTT part its distance from the base. 0 if the
 * address lies elsewhere or the guest has no stolen memory yet.
 */
uint64_t igdpt_priv_pcicfg_translate(const struct igdpt_pcicfg *cfg, uint64_t host_address);

#endif
