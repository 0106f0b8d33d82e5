/* SPDX-License-Identifier: MIT
 *
 * What the VMM makes of the host before the guest starts: the host's OpRegion as the guest may have
 * it, and the fw_cfg files.
 */
#ifndef EXAMPLES_HOST_H
#define EXAMPLES_HOST_H

#include <igdpt/igdpt.h>

/* Where the host's OpRegion comes from. All zero: built around a VBT that the library makes. */
struct host_source {
	const char *opregion_file;
	const char *vbt_file;  /* with an OpRegion file: what lies at its absolute RVDA */
	uint32_t vbt_bytes;    /* size of the VBT that the library makes, 0: small */
	uint32_t version;      /* of the OpRegion that is built around a VBT, 0: the default */
	uint64_t address;      /* of the host's OpRegion: ASLS */
	const char *platform;
};

struct host_tables {
	uint8_t opregion[IGDPT_OPREGION_MAX_BYTES];
	size_t opregion_bytes;
	uint8_t vbt[0x10000]; /* given, or made */
	size_t vbt_bytes;
	uint8_t guest_opregion[IGDPT_OPREGION_MAX_BYTES]; /* etc/igd-opregion */
	size_t guest_opregion_bytes;
	uint8_t bdsm_size[8]; /* etc/igd-bdsm-size */
};

/* Fill the tables; on failure say why on stderr. */
int host_tables(struct host_tables *t, const struct host_source *source, uint64_t dsm_bytes);

/* "program: what: reason" on stderr; returns error. */
int host_complain(const char *what, int error, const struct igdpt_finding *why);

#endif
