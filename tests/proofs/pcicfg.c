/* SPDX-License-Identifier: MIT
 *
 * The virtual config space and the registers of BAR0 and BAR4 that repeat it: any host, any device,
 * any policy, any access.
 */
#include "igdpt/mmio.h"
#include "igdpt/pcicfg.h"
#include "internal.h"
#include "pcicfg-internal.h"
#include "proof.h"

#define CONFIG_BYTES 256u

static struct igdpt_platform any_platform(void)
{
	struct igdpt_platform p = { .size = sizeof(p), .platform = any32(), .gen = any32(),
		.codec = any32(), .bdsm = any32(), .flags = any32() };

	return p;
}

static struct igdpt_pcicfg_opts any_opts(void)
{
	struct igdpt_pcicfg_opts o = { .size = sizeof(o), .flags = any32(), .asls_policy = any32(),
		.bdsm_policy = any32(), .f0_policy = any32(), .gms_policy = any32(), .swsci = any32(),
		.bridge = any32(), .asls = any64(), .bdsm = any64(), .dsm_bytes = any64() };

	return o;
}

/*
 * Reading needs nothing of the structure. Writing needs that each register's bytes are known as
 * its own, inside config space; prove_init() shows that of every one that can be made.
 */
static bool sound_byte(const struct igdpt_pcicfg *cfg, uint32_t at)
{
	uint32_t kind = cfg->kind[at];
	const struct vreg *r = &cfg->regs[kind < VREG_KINDS ? kind : VREG_NONE];

	if (kind == VREG_NONE)
		return true;
	return kind < VREG_KINDS && r->width >= 1 && r->width <= 8 &&
		r->offset + r->width <= CONFIG_BYTES && r->offset <= at && at < r->offset + r->width &&
		r->mask == UINT64_MAX >> (64 - 8 * r->width) && r->forward >> r->width == 0;
}

static bool sound_bdsm(const struct igdpt_pcicfg *cfg)
{
	return cfg->regs[VREG_BDSM].offset + 8 <= CONFIG_BYTES;
}

static void assume_sound(const struct igdpt_pcicfg *cfg, uint32_t offset)
{
	for (uint32_t i = 0; i < 8; i++)
		assume(offset + i >= CFG_ARRAY || sound_byte(cfg, offset + i));
	assume(sound_bdsm(cfg));
}

/* Making one touches nothing outside what the caller gave, whatever the host's bytes are. */
void prove_init(void)
{
	static struct igdpt_pcicfg mem;
	size_t len = any_size();
	const struct igdpt_platform platform = any_platform();
	const struct igdpt_pcicfg_opts opts = any_opts();
	struct igdpt_pcicfg *cfg = NULL;
	struct igdpt_finding why = { .size = sizeof(why) };
	uint32_t at = any32();
	int rc;

	assume(len <= CONFIG_BYTES && at < CFG_ARRAY);
	rc = igdpt_pcicfg_init_at(&mem, sizeof(mem), &platform, any_bytes(len), len, &opts, &cfg, &why);
	prove(rc <= 0);
	prove((rc == 0) == (cfg == &mem));
	prove(implies(rc == 0, len == CONFIG_BYTES));
	prove(implies(rc == 0, sound_bdsm(&mem) && sound_byte(&mem, at)));
}

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

void prove_write(void)
{
	struct igdpt_pcicfg cfg;
	uint32_t offset = any32(), width = any32(), forward = any32();
	int rc;

	assume_sound(&cfg, offset);
	rc = igdpt_pcicfg_write(&cfg, offset, width, any64(), &forward);
	prove((rc >= 0) == (width >= 1 && width <= 8 && offset <= 4096 - width));
	prove(implies(rc >= 0, forward >> width == 0));
	prove(implies(rc < 0, forward == 0));
}

/* A write of registers that the guest may not write changes no byte that it reads. */
void prove_read_only(void)
{
	struct igdpt_pcicfg cfg;
	uint32_t offset = any32(), width = any32(), at = any32(), forward = any32();
	uint8_t before;

	assume_sound(&cfg, offset);
	assume(at < CFG_ARRAY && cfg.writable[at] == 0);
	for (uint32_t kind = VREG_NONE; kind < VREG_KINDS; kind++)
		assume(!cfg.regs[kind].writable);
	before = cfg.value[at];
	igdpt_pcicfg_write(&cfg, offset, width, any64(), &forward);
	prove(cfg.value[at] == before);
}

void prove_mmio_read(void)
{
	struct igdpt_pcicfg cfg;
	uint64_t offset = any64(), value = any64();
	uint32_t width = any32();
	int rc;

	rc = igdpt_mmio_read(&cfg, any32(), offset, width, any64(), &value);
	prove((rc == 0) == (width >= 1 && width <= 8 && offset <= UINT64_MAX - width));
	prove(implies(rc == 0 && width < 8, value >> 8 * width == 0));
}

void prove_mmio_write(void)
{
	struct igdpt_pcicfg cfg;
	uint64_t offset = any64(), hw = any64();
	uint32_t width = any32(), forward = any32();
	int rc;

	rc = igdpt_mmio_write(&cfg, any32(), offset, width, any64(), &hw, &forward);
	prove((rc >= 0) == (width >= 1 && width <= 8 && offset <= UINT64_MAX - width));
	prove(implies(rc >= 0, forward >> width == 0));
	prove(implies(rc >= 0 && width < 8, hw >> 8 * width == 0));
}
