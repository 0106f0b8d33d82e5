/* SPDX-License-Identifier: MIT
 *
 * An assigned IGD as a VMM holds it: the hardware's config space (here a model), and in front of it
 * the virtual one of libigdpt that the guest sees. What a VMM would lift is igd_read(), igd_write()
 * and igd_reset().
 */
#ifndef EXAMPLES_IGD_H
#define EXAMPLES_IGD_H

#include <igdpt/igdpt.h>

#include "device.h"

/*
 * The host's addresses must never show in the guest. So that a leak can be told at any offset and
 * width, they hold marks: bytes of this range, which nothing else in config space contains.
 */
#define IGD_MARK_FIRST 0xd4
#define IGD_MARK_LAST 0xef

/* The host's device. */
struct igd_host {
	uint32_t device_id;
	uint32_t class_code; /* 16 bits: 0x0300, or 0x0380 when it drives no display at boot */
	uint32_t ggc;
	uint32_t asls;
	uint64_t bdsm;
	uint64_t f0;
};

struct igd {
	struct pci_device dev;
	struct igdpt_platform platform;
	struct igdpt_pcicfg *cfg;
	uint8_t hardware[256];
	struct igd_host host;
	unsigned resets;
	unsigned stale;   /* resets after which a guest address was still there */
	unsigned touched; /* guest writes that reached a host register that is the VMM's */
};

/* Returns what igdpt_platform_find() or igdpt_pcicfg_new() returns. */
int igd_init(struct igd *igd, const struct igd_host *host, const struct igdpt_pcicfg_opts *opts,
	struct igdpt_finding *why);
void igd_free(struct igd *igd);

/* The guest's accesses, of 1 to 8 bytes. */
uint64_t igd_read(struct igd *igd, uint32_t offset, uint32_t width);
/* Returns the events of igdpt_pcicfg_write(); a VMM answers IGDPT_EVENT_SWSCI. */
int igd_write(struct igd *igd, uint32_t offset, uint32_t width, uint64_t value);
/* In the guest's OpRegion, where ASLS says that it is. */
void igd_answer_swsci(struct igd *igd);
void igd_reset(struct igd *igd);

/* How much of guest memory firmware must set aside: none if no register holds its address. */
uint64_t igd_stolen_bytes(const struct igd *igd);

/* Read everything at every offset and width as the guest: how many reads show a host address? */
unsigned igd_leaks(struct igd *igd);

#endif
