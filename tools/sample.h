/* SPDX-License-Identifier: MIT
 *
 * A synthetic machine: what it is, and its files.
 */
#ifndef IGDPT_TOOLS_SAMPLE_H
#define IGDPT_TOOLS_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "igdpt/platform.h"

enum sample_break {
	SAMPLE_WHOLE,
#define SAMPLE_BREAK(token, name, check, what) SAMPLE_##token,
#include "sample-breaks.def"
#undef SAMPLE_BREAK
	SAMPLE_BREAKS
};

struct sample {
	struct igdpt_platform platform;
	uint32_t fault; /* enum sample_break */
	bool guest;     /* the inside of a VM; else a host */
	uint32_t device_id;
	uint32_t class_code;
	uint32_t width;     /* of the IOMMU */
	uint32_t phys_bits; /* of the processor */
	uint32_t ggc;
	uint64_t dsm_bytes, gsm_bytes;
	uint64_t bdsm;     /* base, 0 for none */
	uint64_t mirror;   /* what MMIO 0x1080C0 holds */
	uint32_t asls;
	uint32_t tolud;
	const char *release;
	const char *driver;
	const char *bdf;
	uint8_t opregion[0x2000];
	uint8_t vbt[0x4000];
	size_t vbt_len; /* of an extended VBT or that of mailbox 4 */
};

/* Write all files below the directory `root`; false after a message. */
bool sample_write(const struct sample *s, int root);

#endif
