/* SPDX-License-Identifier: MIT
 *
 * What the four guides share: a host to pass on, a guest to pass it to, and a word on failures.
 * A VMM has its own of these.
 */
#ifndef GUIDE_H
#define GUIDE_H

#include <igdpt/igdpt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB UINT64_C(0x100000)
#define GUEST_RAM (256 * MIB)

/* What a VMM has read of the host: sysfs `config`, and VFIO's OpRegion region. */
struct host {
	uint8_t config[256];
	uint8_t opregion[IGDPT_OPREGION_MAX_BYTES];
	size_t opregion_bytes;
};

/* Ends the program with the library's reason; a VMM would refuse the device. */
static inline void need(int rc, const char *what, const struct igdpt_finding *why)
{
	char reason[200] = "";

	if (rc >= 0)
		return;
	if (why && why->id)
		igdpt_finding_format(why, reason, sizeof(reason));
	fprintf(stderr, "%s: %s\n", what, *reason ? reason : igdpt_strerror(rc));
	exit(1);
}

static inline void expect(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "not so: %s\n", what);
	exit(1);
}

static inline void put(uint8_t *p, unsigned bytes, uint64_t value)
{
	for (unsigned i = 0; i < bytes; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

/* A Skylake machine: 64 MiB of stolen memory at 0x7c000000, OpRegion at 0x7a000018. */
static inline void host_read(struct host *host)
{
	struct igdpt_vbt_build_opts opts = { .size = sizeof(opts), .platform = "skl" };
	struct igdpt_finding why = { .size = sizeof(why) };
	uint8_t vbt[4096];
	size_t len = sizeof(vbt);

	memset(host, 0, sizeof(*host));
	put(host->config, 4, 0x19128086);
	put(host->config + 0x09, 3, 0x030000);
	put(host->config + IGDPT_CFG_GGC, 2, 0x02c1);
	put(host->config + IGDPT_CFG_BDSM, 4, 0x7c000001);
	put(host->config + IGDPT_CFG_ASLS, 4, 0x7a000018);
	need(igdpt_vbt_build(&opts, vbt, &len, &why), "VBT", &why);
	host->opregion_bytes = sizeof(host->opregion);
	need(igdpt_opregion_build(NULL, vbt, len, host->opregion, &host->opregion_bytes, &why),
		"OpRegion", &why);
}

static inline uint8_t *guest_ram(void)
{
	uint8_t *ram = calloc(1, GUEST_RAM);

	expect(ram != NULL, "there is memory for the guest");
	return ram;
}

/* The device behind VFIO. */
static inline uint64_t hardware_read(const struct host *host, uint32_t offset, uint32_t width)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < width && offset + i < sizeof(host->config); i++)
		value |= (uint64_t)host->config[offset + i] << 8 * i;
	return value;
}

/* The bytes of a write that go on to it, one bit each. */
static inline void hardware_write(struct host *host, uint32_t offset, uint32_t width, uint64_t value,
	uint32_t forward)
{
	for (uint32_t i = 0; i < width && offset + i < sizeof(host->config); i++) {
		if (forward >> i & 1)
			host->config[offset + i] = (uint8_t)(value >> 8 * i);
	}
}

#endif
