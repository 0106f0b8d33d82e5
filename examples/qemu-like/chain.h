/* SPDX-License-Identifier: MIT
 *
 * The chain from the host's OpRegion to the guest's register, judged link by link from what was
 * seen on stock parts.
 */
#ifndef EXAMPLES_CHAIN_H
#define EXAMPLES_CHAIN_H

#include "firmware.h"
#include "host.h"
#include "vm.h"
#include "igd.h"

#define CHAIN_BOOTS 2

/* What one run of the firmware left behind. */
struct boot {
	struct firmware fw;
	struct igdpt_pcicfg_state state;
	uint8_t opregion[IGDPT_OPREGION_MAX_BYTES]; /* guest memory at ASLS */
	bool readable;                              /* ASLS lies in guest memory */
};

struct link {
	const char *name;
	bool ok;
	char text[320];
};

struct chain {
	/* What happened, filled by the runner. */
	struct igd igd;
	struct host_tables tables;
	struct igdpt_pcicfg_state before; /* the guest's view when it starts */
	enum vm_transport transport;
	bool no_opregion;                 /* the file is withheld from the guest */
	struct boot boots[CHAIN_BOOTS];
	size_t boot_count; /* that came to their end */
	size_t boots_wanted;
	const char *failure; /* why the guest did not come that far; NULL if it did */
	unsigned leaks_before;
	unsigned leaks_after;
	/* The judgement. */
	struct link links[32];
	size_t link_count;
};

void chain_judge(struct chain *chain);
/* The first link that is broken; NULL if the chain holds. */
const struct link *chain_broken(const struct chain *chain);
void chain_print(const struct chain *chain);
void chain_print_json(const struct chain *chain);

#endif
