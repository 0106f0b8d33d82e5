/* SPDX-License-Identifier: MIT
 *
 * The virtual config space and the registers of BAR0 and BAR4 that repeat it: any host, any device,
 * any policy, any access.
 */
#include "igdpt/mmio.h"
#include "igdpt/pcicfg.h"
#include "internal.h"
#include "pcicfg-priv.h"
#include "proof.h"

#define CONFIG_BYTES 256u

/* An access of any offset and width is answered or refused, and stays inside either way. */
void prove_read(void)
{
	struct igdpt_pcicfg cfg;
	uint32_t offset = any32(), width = any32(), bytes;
	uint64_t hw = any64(), value = any64();
	int rc;

	rc = igdpt_pcicfg_read(&cfg, offset, width, hw, &value);
	bytes = igdpt_pcicfg_hw_bytes(&cfg, offset, width);
	prove((rc == 0) == (width >= 1 && width <= 8 && offset <= 4096 - width));
	prove(implies(rc == 0 && width < 8, value >> 8 * width == 0));
	prove(implies(rc == 0, bytes >> width == 0));
	prove(implies(rc < 0, bytes == 0));
}

/*
 * No host value can be read: whatever hardware has there, at any offset and width, a byte that the
 * library answers for is the guest's.
 */
void prove_no_leak(void)
{
	struct igdpt_pcicfg cfg;
	uint32_t offset = any32(), width = any32(), byte = any32();
	uint64_t value = 0;

	assume(width >= 1 && width <= 8 && byte < width && offset <= CONFIG_BYTES - width);
	assume(cfg.emulated[offset + byte] == 0xff);
	igdpt_pcicfg_read(&cfg, offset, width, any64(), &value);
	prove((uint8_t)(value >> 8 * byte) == cfg.value[offset + byte]);
}

/* Mirrors as prove_mirrors() shows them. */
static bool mirrors_in_order(const struct igdpt_pcicfg *cfg)
{
	bool good = true;

	for (uint32_t i = 0; i < MIRROR_SLOTS; i++) {
		const struct pcicfg_mirror *m = &cfg->mmio.slots[i];

		good = good && m->width <= 8 && m->offset <= UINT32_MAX && m->twin <= CFG_ARRAY - 8;
	}
	return good;
}

/*
 * Writing needs a structure in order, as every one is that can be made. One of each layout is made
 * from a host whose bytes are known: the solver then has the accesses alone to think about.
 */
static struct igdpt_pcicfg *device(uint16_t id)
{
	static struct igdpt_pcicfg mem;
	static uint8_t config[CONFIG_BYTES] = { 0x86, 0x80, [0x0b] = 3, [0x50] = 0x11, 0x02,
		[0x5e] = 0x80, 0x7b, [0xc2] = 0x80, 0x7b, [0xe0] = 0x80, [0xfc] = 0x18, 0x30, 0x5b, 0x7a };
	struct igdpt_platform platform = { .size = sizeof(platform) };
	struct igdpt_pcicfg *cfg = NULL;

	put_le16(config + 2, id);
	prove(igdpt_platform_find(id, &platform) == 0);
	prove(igdpt_pcicfg_init_at(&mem, sizeof(mem), &platform, config, CONFIG_BYTES, NULL, &cfg,
		NULL) == 0);
	return cfg;
}

void prove_mirrors(void)
{
	prove(mirrors_in_order(device(0x0412)));
	prove(mirrors_in_order(device(0x9a49)));
}

/* Every offset and width in turn, any value: CBMC is much faster with places that it knows. */
static void write_any(const struct igdpt_pcicfg *made)
{
	struct igdpt_pcicfg cfg;
	uint32_t forward;

	for (uint32_t offset = 0; offset < CONFIG_BYTES; offset++) {
		for (uint32_t width = 1; width <= 8; width++) {
			int rc;

			cfg = *made;
			rc = igdpt_pcicfg_write(&cfg, offset, width, any64(), &forward);
			prove(rc >= 0 && forward >> width == 0);
			for (uint32_t at = offset; at < offset + 8; at++)
				prove(rc & IGDPT_EVENT_BRIDGED ||
					((cfg.value[at] ^ made->value[at]) & ~made->writable[at]) == 0);
		}
	}
}

void prove_write_32(void)
{
	write_any(device(0x0412)); /* Haswell: BDSM at 0x5C */
}

void prove_write_64(void)
{
	write_any(device(0x9a49)); /* Tiger Lake: BDSM at 0xC0, a bridge at 0x5C */
}

void prove_mmio_read(void)
{
	struct igdpt_pcicfg cfg;
	uint64_t offset = any64(), value = any64();
	uint32_t width = any32();
	int rc;

	assume(mirrors_in_order(&cfg));
	rc = igdpt_mmio_read(&cfg, any32(), offset, width, any64(), &value);
	prove((rc == 0) == (width >= 1 && width <= 8 && offset <= UINT64_MAX - width));
	prove(implies(rc == 0 && width < 8, value >> 8 * width == 0));
}

/* The same in a BAR, at and around every register that is trapped there. */
static void mmio_write_any(const struct igdpt_pcicfg *made)
{
	struct igdpt_mmio_trap trap = { .size = sizeof(trap) };
	struct igdpt_pcicfg cfg;

	for (uint32_t n = 0; igdpt_mmio_trap_at(made, n, &trap) == 0; n++) {
		for (uint32_t i = 0; i < 15 * 8; i++) {
			uint64_t offset = trap.offset + i / 8 - (trap.offset < 7 ? 0 : 7), hw = any64();
			uint32_t width = 1 + i % 8, forward;
			int rc;

			cfg = *made;
			rc = igdpt_mmio_write(&cfg, trap.bar, offset, width, any64(), &hw, &forward);
			prove(rc >= 0 && forward >> width == 0);
			prove(width == 8 || hw >> 8 * width == 0);
		}
	}
}

void prove_mmio_write_32(void)
{
	mmio_write_any(device(0x0412));
}
