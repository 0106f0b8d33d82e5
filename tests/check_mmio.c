/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <stdbool.h>
#include <stdio.h>

#include "bytes.h"
#include "igdpt/mmio.h"

#define MIB UINT32_C(0x100000)
#define HOST_DSM 0x7c000000u
#define GUEST_DSM 0x3af00000u
#define PORTS 6u /* mirrors before the ports of BAR4, on gen 6 to 10 */

/* A host: where its firmware has put things; the contexts as on Ice and Tiger Lake. */
struct host {
	uint32_t dsm;
	uint32_t asls;
	uint64_t reserved, rc6_ctx, doorbell_ctx;
};

#define FIRMWARE(dsm, asls) { dsm, asls, dsm + 62 * MIB + 1, dsm + 64 * MIB - 0x9000 + 1, \
	dsm + 64 * MIB - 0x1000 + 1 }
static const struct host here = FIRMWARE(HOST_DSM, 0x7a000018);
/* The same machine with everything elsewhere: a guest must not be able to tell. */
static const struct host elsewhere = FIRMWARE(0x9b300000, 0x9a7f3018);

static void put_config(uint8_t *config, const struct igdpt_platform *p, const struct host *host)
{
	static const uint16_t ggc[] = {
		[IGDPT_CODEC_GEN6] = 0x0211, [IGDPT_CODEC_GEN8] = 0x02c1, [IGDPT_CODEC_CHV] = 0x0211,
		[IGDPT_CODEC_GEN9] = 0x02c1, [IGDPT_CODEC_MTL] = 0x02c1,
	};

	memset(config, 0, 256);
	put_le16(config, 0x8086);
	put_le16(config + 2, (uint16_t)p->device_id);
	config[0x0b] = 0x03;
	put_le16(config + IGDPT_CFG_GGC, ggc[p->codec]);
	put_le32(config + IGDPT_CFG_BDSM, host->dsm | 1);
	if (p->bdsm != IGDPT_BDSM_CFG_5C)
		put_le64(config + IGDPT_CFG_BDSM64, host->dsm | 1);
	put_le64(config + IGDPT_CFG_F0, host->dsm + 62 * MIB);
	put_le32(config + IGDPT_CFG_ASLS, host->asls);
}

static struct igdpt_pcicfg *make(const struct igdpt_platform *p, const struct host *host,
	const struct igdpt_pcicfg_opts *opts, struct igdpt_mmio_opts mmio)
{
	struct igdpt_pcicfg *cfg;
	uint8_t config[256];

	put_config(config, p, host);
	ck_assert_int_eq(igdpt_pcicfg_new(p, config, sizeof(config), opts, &cfg, NULL), 0);
	mmio.size = sizeof(mmio);
	mmio.host_reserved = host->reserved;
	mmio.host_rc6_ctx = host->rc6_ctx;
	mmio.host_doorbell_ctx = host->doorbell_ctx;
	ck_assert_int_eq(igdpt_mmio_setup(cfg, &mmio, NULL), 0);
	return cfg;
}

static struct igdpt_platform named(const char *name)
{
	struct igdpt_platform p = { .size = sizeof(p) };

	ck_assert_int_eq(igdpt_platform_by_name(name, &p), 0);
	return p;
}

static struct igdpt_pcicfg *default_device(const char *name)
{
	struct igdpt_platform p = named(name);

	return make(&p, &here, NULL, (struct igdpt_mmio_opts){ 0 });
}

static uint64_t read_mmio(const struct igdpt_pcicfg *cfg, uint64_t offset, uint32_t width,
	uint64_t hw)
{
	uint64_t value = 0;

	ck_assert_int_eq(igdpt_mmio_read(cfg, 0, offset, width, hw, &value), 0);
	return value;
}

static uint64_t read_config(const struct igdpt_pcicfg *cfg, uint32_t offset, uint32_t width)
{
	uint64_t value = 0;

	ck_assert_int_eq(igdpt_pcicfg_read(cfg, offset, width, 0, &value), 0);
	return value;
}

/* What firmware does: a 32-bit write, and the high half where there is one. */
static void set_bdsm(struct igdpt_pcicfg *cfg, const struct igdpt_platform *p, uint32_t base)
{
	uint32_t reg = p->bdsm == IGDPT_BDSM_CFG_C0 ? IGDPT_CFG_BDSM64 : IGDPT_CFG_BDSM;
	uint32_t forward;

	igdpt_pcicfg_write(cfg, reg, 4, base, &forward);
	if (p->bdsm == IGDPT_BDSM_CFG_C0)
		igdpt_pcicfg_write(cfg, reg + 4, 4, 0, &forward);
}

START_TEST(the_trap_list_follows_the_platform)
{
	static const struct {
		const char *platform, *traps;
	} rows[] = {
		{ "ilk", "" },
		{ "snb", "TOLUD:4:1 GGC:2:1 TOUUD:8:2 DSMBASE:4:1 "
			 "GSMBASE:4:1 STOLEN_RESERVED:4:1 BAR0_PORTS:8:1 " },
		{ "chv", "TOLUD:4:1 GGC:2:1 TOUUD:8:2 DSMBASE:4:1 "
			 "GSMBASE:4:1 STOLEN_RESERVED:4:1 BAR0_PORTS:8:1 " },
		{ "cfl", "TOLUD:4:1 GGC:2:1 TOUUD:8:2 DSMBASE:4:1 "
			 "GSMBASE:4:1 STOLEN_RESERVED:4:1 BAR0_PORTS:8:1 " },
		{ "glk", "RC6_CTX_BASE:8:1 TOLUD:4:1 GGC:2:1 TOUUD:8:2 DSMBASE:4:1 "
			 "GSMBASE:4:1 STOLEN_RESERVED:4:1 BAR0_PORTS:8:1 " },
		{ "cnl", "RC6_CTX_BASE:8:1 DOORBELL_CTX_BASE:8:1 TOLUD:4:1 GGC:2:1 TOUUD:8:2 DSMBASE:4:1 "
			 "GSMBASE:4:1 STOLEN_RESERVED:4:1 BAR0_PORTS:8:1 " },
		{ "icl", "RC6_CTX_BASE:8:1 DOORBELL_CTX_BASE:8:1 TOLUD:4:1 GGC:2:1 TOUUD:8:2 "
			 "DSMBASE:8:1 GSMBASE:8:1 "
			 "STOLEN_RESERVED:8:1 " },
		{ "tgl", "RC6_CTX_BASE:8:1 DOORBELL_CTX_BASE:8:1 TOLUD:4:1 GGC:2:1 TOUUD:8:2 "
			 "DSMBASE:8:1 GSMBASE:8:1 "
			 "STOLEN_RESERVED:8:1 " },
		{ "mtl", "TOLUD:4:1 TOUUD:8:2 DSMBASE:8:1 GSMBASE:8:1 "
			 "STOLEN_RESERVED:8:1 PCODE_STOLEN:4:2 " },
		{ "lnl", "TOLUD:4:1 TOUUD:8:2 DSMBASE:8:1 GSMBASE:8:1 "
			 "STOLEN_RESERVED:8:1 " },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_pcicfg *cfg = default_device(rows[i].platform);
		struct igdpt_mmio_trap trap = { .size = sizeof(trap) };
		char text[300] = "", one[60];

		for (uint32_t n = 0; igdpt_mmio_trap_at(cfg, n, &trap) == 0; n++) {
			snprintf(one, sizeof(one), "%s:%u:%u ", trap.name, trap.width, trap.policy);
			strcat(text, one);
			ck_assert_uint_eq(trap.bar, strcmp(trap.name, "BAR0_PORTS") == 0 ? 4 : 0);
		}
		ck_assert_str_eq(text, rows[i].traps);
		igdpt_pcicfg_free(cfg);
	}
}
END_TEST

/*
 * Linux's tests of the generation before it reads each register, and the silicon code of Cannon Lake
 * on for the contexts; the ports of BAR4 end the list to gen 10; 0 is an unknown device. Every number that a record might hold.
 */
START_TEST(each_generation_has_its_mirrors)
{
	static const struct {
		uint32_t first, last, atom;
		const char *traps;
	} rows[] = {
		{ 0, 0, 0, "108000:4 108080:8 1080c0:8 108100:8 1082c0:8 0:8 " },
		{ 1, 599, 0, "" },
		{ 600, 999, 0, "108000:4 108040:2 108080:8 1080c0:4 108100:4 1082c0:4 0:8 " },
		{ 899, 899, 1, "108000:4 108040:2 108080:8 1080c0:4 108100:4 1082c0:4 0:8 " },
		{ 900, 900, 1, "d48:8 108000:4 108040:2 108080:8 1080c0:4 108100:4 1082c0:4 0:8 " },
		{ 901, 901, 1, "108000:4 108040:2 108080:8 1080c0:4 108100:4 1082c0:4 0:8 " },
		{ 1000, 1099, 0, "d48:8 dc8:8 108000:4 108040:2 108080:8 1080c0:4 108100:4 1082c0:4 0:8 " },
		{ 1100, 1200, 0, "d48:8 dc8:8 108000:4 108040:2 108080:8 1080c0:8 108100:8 1082c0:8 " },
		{ 1201, 1269, 0, "108000:4 108080:8 1080c0:8 108100:8 1082c0:8 " },
		{ 1270, 1270, 0, "108000:4 108080:8 1080c0:8 108100:8 1082c0:8 138914:4 " },
		{ 1271, 3000, 0, "108000:4 108080:8 1080c0:8 108100:8 1082c0:8 " },
	};
	const struct igdpt_mmio_opts ports = { .size = sizeof(ports), .flags = IGDPT_MMIO_BAR4_GTT };
	struct igdpt_platform p = named("tgl");

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		p.flags = IGDPT_PLATFORM_INTEGRATED | (rows[i].atom ? IGDPT_PLATFORM_SWSCI_E0 : 0);
		for (p.gen = rows[i].first; p.gen <= rows[i].last; p.gen++) {
			struct igdpt_pcicfg *cfg = make(&p, &here, NULL, (struct igdpt_mmio_opts){ 0 });
			struct igdpt_mmio_trap trap = { .size = sizeof(trap) };
			char text[300] = "", one[60];

			for (uint32_t n = 0; igdpt_mmio_trap_at(cfg, n, &trap) == 0; n++) {
				snprintf(one, sizeof(one), "%x:%u ", (unsigned)trap.offset, trap.width);
				strcat(text, one);
			}
			require(strcmp(text, rows[i].traps) == 0, "gen %u: %s", p.gen, text);
			require((igdpt_mmio_setup(cfg, &ports, NULL) == 0) ==
				(p.gen >= 600 && p.gen < 1100), "ports of gen %u", p.gen);
			igdpt_pcicfg_free(cfg);
		}
	}
}
END_TEST

START_TEST(mirrors_repeat_config_space)
{
	static const char *const names[] = { "snb", "hsw", "bdw", "chv", "skl", "icl", "tgl", "rpl-p" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct igdpt_platform p = named(names[i]);
		struct igdpt_pcicfg *cfg = make(&p, &here, NULL, (struct igdpt_mmio_opts){ 0 });
		uint32_t wide = p.bdsm == IGDPT_BDSM_CFG_C0, width = wide ? 8 : 4;
		uint32_t reg = wide ? IGDPT_CFG_BDSM64 : IGDPT_CFG_BDSM;

		ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_GGC, 2, 0), read_config(cfg, IGDPT_CFG_GGC, 2));
		ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_DSMBASE, width, HOST_DSM), 0);
		set_bdsm(cfg, &p, GUEST_DSM);
		ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_DSMBASE, width, HOST_DSM), GUEST_DSM);
		ck_assert_uint_eq(read_config(cfg, reg, width), GUEST_DSM);
		igdpt_pcicfg_reset(cfg);
		ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_DSMBASE, width, HOST_DSM), 0);
		igdpt_pcicfg_free(cfg);
	}
}
END_TEST

/* Linux 6.1 and 7.3 drop stolen memory when 0x1082C0 points outside the guest's. */
START_TEST(the_reserved_part_keeps_its_distance_from_the_end)
{
	struct igdpt_platform p = named("tgl");
	struct igdpt_pcicfg_opts bigger = { .size = sizeof(bigger), .gms_policy = IGDPT_GMS_OVERRIDE,
		.dsm_bytes = 128 * MIB };
	struct igdpt_pcicfg *cfg = make(&p, &here, NULL, (struct igdpt_mmio_opts){ 0 });

	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_STOLEN_RESERVED, 8, here.reserved), 0);
	set_bdsm(cfg, &p, GUEST_DSM);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_STOLEN_RESERVED, 8, here.reserved),
		GUEST_DSM + 62 * MIB + 1);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_GSMBASE, 8, HOST_DSM - 8 * MIB),
		GUEST_DSM - 8 * MIB);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_TOLUD, 4, HOST_DSM + 64 * MIB), GUEST_DSM + 64 * MIB);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_TOUUD, 8, UINT64_C(0x47f800001)), 0);
	igdpt_pcicfg_free(cfg);
	cfg = make(&p, &here, &bigger, (struct igdpt_mmio_opts){ 0 });
	set_bdsm(cfg, &p, GUEST_DSM);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_STOLEN_RESERVED, 8, 0), GUEST_DSM + 126 * MIB + 1);
	igdpt_pcicfg_free(cfg);
}
END_TEST

/* i915 keeps RC6 on only if its context lies in the reserved part (Broxton, Gemini Lake). */
START_TEST(the_contexts_keep_their_distance_from_the_end)
{
	static const char *const names[] = { "bxt", "glk", "cnl", "icl", "tgl", "rpl-p" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct igdpt_platform p = named(names[i]);
		struct igdpt_pcicfg *cfg = make(&p, &here, NULL, (struct igdpt_mmio_opts){ 0 });
		uint64_t rc6, reserved;

		ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_RC6_CTX, 8, here.rc6_ctx), 0);
		set_bdsm(cfg, &p, GUEST_DSM);
		rc6 = read_mmio(cfg, IGDPT_MMIO_RC6_CTX, 8, here.rc6_ctx);
		reserved = read_mmio(cfg, IGDPT_MMIO_STOLEN_RESERVED, 4, here.reserved);
		ck_assert_uint_eq(rc6, here.rc6_ctx - HOST_DSM + GUEST_DSM);
		ck_assert(rc6 > reserved && rc6 < reserved + 2 * MIB);
		if (p.gen >= 1000)
			ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_DOORBELL_CTX, 8, here.doorbell_ctx),
				here.doorbell_ctx - HOST_DSM + GUEST_DSM);
		/* Identity: what the host has, as EVE does for Windows on gen 12. */
		set_bdsm(cfg, &p, HOST_DSM);
		ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_RC6_CTX, 8, 0), here.rc6_ctx);
		igdpt_pcicfg_free(cfg);
	}
}
END_TEST

START_TEST(the_contexts_can_be_the_hosts_or_hidden)
{
	struct igdpt_platform p = named("tgl");
	struct igdpt_pcicfg *host = make(&p, &here, NULL,
		(struct igdpt_mmio_opts){ .anchors = IGDPT_MMIO_HOST });
	struct igdpt_pcicfg *hidden = make(&p, &here, NULL,
		(struct igdpt_mmio_opts){ .anchors = IGDPT_MMIO_HIDE });

	set_bdsm(host, &p, GUEST_DSM);
	set_bdsm(hidden, &p, GUEST_DSM);
	ck_assert_uint_eq(read_mmio(host, IGDPT_MMIO_RC6_CTX, 8, here.rc6_ctx), here.rc6_ctx);
	ck_assert_uint_eq(read_mmio(host, IGDPT_MMIO_DOORBELL_CTX, 4, 0x1234), 0x1234);
	ck_assert_uint_eq(read_mmio(hidden, IGDPT_MMIO_RC6_CTX, 8, here.rc6_ctx), 0);
	ck_assert_uint_eq(read_mmio(hidden, IGDPT_MMIO_DOORBELL_CTX, 4, 0x1234), 0);
	igdpt_pcicfg_free(host);
	igdpt_pcicfg_free(hidden);
}
END_TEST

/* Low four bits are flags, and stay; the rest is an address, which may lie in the GTT part. */
START_TEST(flags_of_a_context_are_no_part_of_its_address)
{
	static const struct {
		uint32_t low, base, want;
	} rows[] = {
		{ 0x1, GUEST_DSM, GUEST_DSM - 8 * MIB + 0x1 },
		{ 0xf, GUEST_DSM, GUEST_DSM - 8 * MIB + 0xf },
		{ 0x10, GUEST_DSM, GUEST_DSM - 8 * MIB + 0x10 }, { 0xf, 9 * MIB, MIB + 0xf },
		/* The address would be 0, which means none. */
		{ 0x1, 8 * MIB, 0 }, { 0xf, 8 * MIB, 0 }, { 0x10, 8 * MIB, 0x10 },
	};
	struct igdpt_platform p = named("tgl");
	struct host odd = here;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_pcicfg *cfg;

		odd.rc6_ctx = HOST_DSM - 8 * MIB + rows[i].low;
		cfg = make(&p, &odd, NULL, (struct igdpt_mmio_opts){ 0 });
		set_bdsm(cfg, &p, rows[i].base);
		ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_RC6_CTX, 8, odd.rc6_ctx), rows[i].want);
		igdpt_pcicfg_free(cfg);
	}
}
END_TEST

/* Reading 0x108040 as 0 makes Linux 7.3 fail to probe Meteor Lake; 0x138914 as 1 misleads it. */
START_TEST(meteor_lake_keeps_ggc_and_loses_addresses)
{
	struct igdpt_platform p = named("mtl");
	struct igdpt_pcicfg *cfg = default_device("mtl");

	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_GGC, 4, 0x000002c1), 0x000002c1);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_DSMBASE, 8, HOST_DSM | 1), 0);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_GSMBASE, 8, HOST_DSM), 0);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_STOLEN_RESERVED, 8, 0x7fe00181), 0x181);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_PCODE_STOLEN, 4, 1), 0);
	igdpt_pcicfg_free(cfg);
	cfg = make(&p, &here, NULL, (struct igdpt_mmio_opts){ .stolen_reserved = IGDPT_MMIO_HIDE });
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_STOLEN_RESERVED, 8, 0x7fe00181), 0);
	igdpt_pcicfg_free(cfg);
}
END_TEST

/* What QEMU's newest code does, against Linux and QEMU's own manual: by an edited record. */
START_TEST(meteor_lake_can_be_treated_as_gen_12)
{
	struct igdpt_platform p = named("mtl");
	struct igdpt_pcicfg *cfg;

	p.codec = IGDPT_CODEC_GEN9;
	p.bdsm = IGDPT_BDSM_CFG_C0;
	cfg = make(&p, &here, NULL, (struct igdpt_mmio_opts){ 0 });
	set_bdsm(cfg, &p, GUEST_DSM);
	ck_assert_uint_eq(read_config(cfg, IGDPT_CFG_BDSM64, 8), GUEST_DSM);
	ck_assert_uint_eq(read_config(cfg, IGDPT_CFG_GGC, 2), 0x02c1);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_DSMBASE, 8, HOST_DSM | 1), GUEST_DSM);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_GGC, 2, 0x02c1), 0x02c1);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_PCODE_STOLEN, 4, 1), 0);
	igdpt_pcicfg_free(cfg);
}
END_TEST

START_TEST(spanning_accesses_mix_hardware_and_mirror)
{
	struct igdpt_platform p = named("skl");
	struct igdpt_pcicfg *cfg = make(&p, &here, NULL, (struct igdpt_mmio_opts){ 0 });
	uint64_t hw = UINT64_C(0x1122334455667788), value;

	set_bdsm(cfg, &p, GUEST_DSM);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_DSMBASE, 8, hw), UINT64_C(0x112233443af00000));
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_DSMBASE - 2, 8, hw), UINT64_C(0x11223af000007788));
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_DSMBASE + 3, 2, 0x5577), 0x553a);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_GGC - 1, 4, 0x11223344), 0x1102c144);
	ck_assert_int_eq(igdpt_mmio_read(cfg, 2, IGDPT_MMIO_DSMBASE, 4, 0x1234, &value), 0);
	ck_assert_uint_eq(value, 0x1234);
	ck_assert_int_eq(igdpt_mmio_read(cfg, 0, 0, 0, 0, &value), -IGDPT_E_RANGE);
	ck_assert_int_eq(igdpt_mmio_read(cfg, 0, 0, 9, 0, &value), -IGDPT_E_RANGE);
	ck_assert_int_eq(igdpt_mmio_read(cfg, 0, UINT64_MAX - 3, 8, 0, &value), -IGDPT_E_RANGE);
	ck_assert_int_eq(igdpt_mmio_read(cfg, 0, UINT64_MAX - 7, 8, 0, &value), -IGDPT_E_RANGE);
	ck_assert_int_eq(igdpt_mmio_read(cfg, 0, UINT64_MAX - 8, 8, hw, &value), 0);
	ck_assert_uint_eq(value, hw);
	igdpt_pcicfg_free(cfg);
	cfg = default_device("tgl");
	for (uint32_t width = 1; width <= 8; width++) /* right behind a mirror of 8 bytes */
		ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_DSMBASE + 8, width, 0x5a), 0x5a);
	igdpt_pcicfg_free(cfg);
}
END_TEST

/* A device below gen 6 has none of these registers, also for an access that begins before one. */
START_TEST(where_there_is_no_mirror_hardware_answers)
{
	static const uint32_t mirrors[] = { IGDPT_MMIO_TOLUD, IGDPT_MMIO_GGC, IGDPT_MMIO_TOUUD, IGDPT_MMIO_DSMBASE,
		IGDPT_MMIO_GSMBASE, IGDPT_MMIO_STOLEN_RESERVED, IGDPT_MMIO_PCODE_STOLEN };
	struct igdpt_pcicfg *cfg = default_device("gm45");
	uint64_t hw = UINT64_C(0x1122334455667788);

	for (size_t i = 0; i < sizeof(mirrors) / sizeof(mirrors[0]); i++) {
		for (uint32_t back = 0; back < 8; back++)
			ck_assert_uint_eq(read_mmio(cfg, mirrors[i] - back, 8, hw), hw);
	}
	igdpt_pcicfg_free(cfg);
}
END_TEST

START_TEST(writes_to_mirrors_go_nowhere)
{
	struct igdpt_pcicfg *cfg = default_device("tgl");
	uint32_t forward;
	uint64_t hw;

	ck_assert_int_eq(igdpt_mmio_write(cfg, 0, IGDPT_MMIO_DSMBASE, 8, 1, &hw, &forward),
		IGDPT_EVENT_IGNORED);
	ck_assert_uint_eq(forward, 0);
	ck_assert_int_eq(igdpt_mmio_write(cfg, 0, IGDPT_MMIO_GGC - 2, 8, 1, &hw, &forward),
		IGDPT_EVENT_IGNORED);
	ck_assert_uint_eq(forward, 0xf3);
	ck_assert_int_eq(igdpt_mmio_write(cfg, 0, 0x2000, 4, 0x12345678, &hw, &forward), 0);
	ck_assert_uint_eq(forward, 0xf);
	ck_assert_uint_eq(hw, 0x12345678);
	ck_assert_int_eq(igdpt_mmio_write(cfg, 0, IGDPT_MMIO_RC6_CTX + 8, 4, 1, &hw, &forward), 0);
	ck_assert_uint_eq(forward, 0xf);
	hw = 1;
	ck_assert_int_eq(igdpt_mmio_write(cfg, 0, 0, 9, 1, &hw, &forward), -IGDPT_E_RANGE);
	ck_assert_uint_eq(forward, 0);
	ck_assert_uint_eq(hw, 0);
	igdpt_pcicfg_free(cfg);
}
END_TEST

/* Write an entry's address port, then its data; what reaches the hardware's data port. */
static bool gtt_write(struct igdpt_pcicfg *cfg, uint32_t index, uint32_t data, uint64_t *hw)
{
	uint32_t forward;

	igdpt_mmio_write(cfg, 4, 0, 4, index, hw, &forward);
	ck_assert_uint_eq(forward, 0xf);
	igdpt_mmio_write(cfg, 4, 4, 4, data, hw, &forward);
	return forward == 0xf;
}

START_TEST(an_old_vbios_programs_the_gtt_with_guest_addresses)
{
	struct igdpt_platform p = named("skl");
	struct igdpt_pcicfg *cfg = make(&p, &here, NULL,
		(struct igdpt_mmio_opts){ .flags = IGDPT_MMIO_BAR4_GTT });
	uint32_t forward;
	uint64_t hw;

	ck_assert(!gtt_write(cfg, 0x11, HOST_DSM | 1, &hw)); /* stolen memory is not set yet */
	set_bdsm(cfg, &p, GUEST_DSM);
	ck_assert(gtt_write(cfg, 0x11, (HOST_DSM + 0x5000) | 1, &hw));
	ck_assert_uint_eq(hw, (GUEST_DSM + 0x5000) | 1);
	ck_assert(gtt_write(cfg, 0x15, 0x7, &hw)); /* high half */
	ck_assert_uint_eq(hw, 0);
	ck_assert(gtt_write(cfg, 0x11, 0x00123001, &hw)); /* not in stolen memory */
	ck_assert_uint_eq(hw, 0x00123001);
	ck_assert(gtt_write(cfg, 0x10, HOST_DSM, &hw)); /* a register, not the GTT */
	ck_assert_uint_eq(hw, HOST_DSM);
	/* Index and data in one access; half an entry cannot be translated. */
	ck_assert_int_eq(igdpt_mmio_write(cfg, 4, 0, 8, (uint64_t)HOST_DSM << 32 | 0x11, &hw,
		&forward), 0);
	ck_assert_uint_eq(hw, (uint64_t)GUEST_DSM << 32 | 0x11);
	ck_assert_int_eq(igdpt_mmio_write(cfg, 4, 6, 2, 0x7c00, &hw, &forward), IGDPT_EVENT_IGNORED);
	ck_assert_uint_eq(forward, 0);
	igdpt_pcicfg_free(cfg);
	cfg = make(&p, &here, NULL, (struct igdpt_mmio_opts){ 0 });
	ck_assert(gtt_write(cfg, 0x11, HOST_DSM, &hw)); /* an opt-in */
	ck_assert_uint_eq(hw, HOST_DSM);
	igdpt_pcicfg_free(cfg);
}
END_TEST

START_TEST(a_gtt_entry_never_points_past_the_guests_stolen_memory)
{
	struct igdpt_platform p = named("hsw");
	struct igdpt_pcicfg_opts small = { .size = sizeof(small), .gms_policy = IGDPT_GMS_OVERRIDE,
		.dsm_bytes = 32 * MIB };
	struct igdpt_pcicfg *cfg = make(&p, &here, &small,
		(struct igdpt_mmio_opts){ .flags = IGDPT_MMIO_BAR4_GTT });
	uint64_t hw;

	set_bdsm(cfg, &p, GUEST_DSM);
	ck_assert(gtt_write(cfg, 0x11, (HOST_DSM + 31 * MIB) | 1, &hw));
	ck_assert_uint_eq(hw, (GUEST_DSM + 31 * MIB) | 1);
	ck_assert(!gtt_write(cfg, 0x11, (HOST_DSM + 32 * MIB) | 1, &hw));
	ck_assert(!gtt_write(cfg, 0x11, HOST_DSM + 32 * MIB, &hw));
	/* Entries have 4 bytes before gen 8, and end with the GTT stolen memory (here 2 MiB). */
	ck_assert(gtt_write(cfg, 0x15, HOST_DSM | 1, &hw));
	ck_assert_uint_eq(hw, GUEST_DSM | 1);
	ck_assert(gtt_write(cfg, 2 * MIB | 1, HOST_DSM | 1, &hw));
	ck_assert_uint_eq(hw, HOST_DSM | 1);
	igdpt_pcicfg_free(cfg);
}
END_TEST

/* The first and last entry of what is translated, and the first that is not. */
START_TEST(stolen_memory_and_its_gtt_have_their_ends)
{
	static const struct {
		const char *platform;
		uint32_t base, index, data, want;
		bool dropped;
	} rows[] = {
		{ "skl", GUEST_DSM, 0x1, HOST_DSM, GUEST_DSM, false },
		{ "skl", GUEST_DSM, 0x1, HOST_DSM - 1, HOST_DSM - 1, false },
		{ "skl", GUEST_DSM, 0x1, HOST_DSM + 64 * MIB - 1, GUEST_DSM + 64 * MIB - 1, false },
		{ "skl", GUEST_DSM, 0x1, HOST_DSM + 64 * MIB, HOST_DSM + 64 * MIB, false },
		{ "skl", GUEST_DSM, 8 * MIB - 7, HOST_DSM, GUEST_DSM, false },
		{ "skl", GUEST_DSM, 8 * MIB - 3, HOST_DSM, 0, false },
		{ "skl", GUEST_DSM, 8 * MIB + 1, HOST_DSM, HOST_DSM, false },
		{ "skl", GUEST_DSM, 0x2, HOST_DSM, HOST_DSM, false },
		{ "skl", GUEST_DSM, 0x3, HOST_DSM, HOST_DSM, false },
		/* Entries have 8 bytes from gen 8 on. */
		{ "bdw", GUEST_DSM, 0x5, HOST_DSM, 0, false },
		{ "hsw", GUEST_DSM, 0x5, HOST_DSM, GUEST_DSM, false },
		/* An entry's low half ends at 4 GiB. */
		{ "skl", 0xfc000000, 0x1, HOST_DSM + 64 * MIB - 1, UINT32_MAX, false },
		{ "skl", 0xfc100000, 0x1, HOST_DSM + 63 * MIB - 1, UINT32_MAX, false },
		{ "skl", 0xfc100000, 0x1, HOST_DSM + 63 * MIB, 0, true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_platform p = named(rows[i].platform);
		struct igdpt_pcicfg *cfg = make(&p, &here, NULL,
			(struct igdpt_mmio_opts){ .flags = IGDPT_MMIO_BAR4_GTT });
		uint64_t hw;

		set_bdsm(cfg, &p, rows[i].base);
		ck_assert(gtt_write(cfg, rows[i].index, rows[i].data, &hw) == !rows[i].dropped);
		if (!rows[i].dropped)
			ck_assert_uint_eq(hw, rows[i].want);
		igdpt_pcicfg_free(cfg);
	}
}
END_TEST

struct ports {
	uint8_t index[4];
	bool known[4];
};

/* Whether a byte of the data port is one that hardware may have: not where a mirror lies. */
static bool byte_passes(const struct ports *p, uint32_t at)
{
	static const struct {
		uint32_t at, width;
	} hidden[] = { { 0x108000, 4 }, { 0x108040, 2 }, { 0x108080, 8 }, { 0x1080c0, 4 },
		{ 0x108100, 4 }, { 0x1082c0, 4 } };
	uint32_t reg = (get_le32(p->index) & ~3u) + at;

	if (!p->known[0] || !p->known[1] || !p->known[2] || !p->known[3])
		return false;
	for (size_t i = 0; (p->index[0] & 3) != 1 && i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		if (reg - hidden[i].at < hidden[i].width)
			return false;
	}
	return true;
}

/* Index and data port byte by byte; `entry` is what a whole write of the data port may become. */
static void port_write(struct ports *p, uint32_t offset, uint32_t width, uint64_t v, uint64_t *hw,
	uint32_t *forward)
{
	uint8_t *index = p->index;
	uint64_t mask = width < 8 ? (UINT64_C(1) << 8 * width) - 1 : UINT64_MAX;
	bool whole = offset <= 4 && offset + width >= 8, any = offset < 8 && offset + width > 4;
	uint32_t entry = (uint32_t)(offset <= 4 ? v >> 8 * (4 - offset) : 0), shift = 8 * (4 - offset);

	for (uint32_t i = 0; i < width && offset + i < 4; i++) {
		index[offset + i] = (uint8_t)(v >> 8 * i);
		p->known[offset + i] = true;
	}
	*hw = v & mask;
	*forward = (1u << width) - 1;
	for (uint32_t i = 0; i < width; i++) {
		if (offset + i >= 4 && offset + i < 8 && !byte_passes(p, offset + i - 4))
			*forward &= ~(1u << i);
	}
	if (!any || (get_le32(index) & 3) != 1 || get_le32(index) >= 8 * MIB)
		return;
	for (uint32_t i = 0; !whole && i < width; i++)
		*forward &= offset + i >= 4 && offset + i < 8 ? ~(1u << i) : UINT32_MAX;
	if (!whole)
		return;
	if (index[0] & 4)
		entry = 0;
	else if (entry - HOST_DSM < 64 * MIB)
		entry += GUEST_DSM - HOST_DSM;
	*hw = ((*hw & ~((uint64_t)UINT32_MAX << shift)) | (uint64_t)entry << shift) & mask;
}

START_TEST(the_ports_take_accesses_of_any_offset_and_width)
{
	struct igdpt_platform p = named("skl");
	struct igdpt_pcicfg *cfg = make(&p, &here, NULL,
		(struct igdpt_mmio_opts){ .flags = IGDPT_MMIO_BAR4_GTT });
	static const uint32_t mirrors[] = { 0x108040, 0x1080c0, 0x1082c0, 0x1080c4, 0x108000, 0x108084, 0x108100,
		0x108104 };
	struct ports model = { { 0 }, { false } };
	uint32_t seed = 0x1234567, forward, want_forward;
	uint64_t hw, want;

	set_bdsm(cfg, &p, GUEST_DSM);
	for (int n = 0; n < 200000; n++) {
		uint32_t offset, width, event;
		uint64_t v;

		seed = seed * 1664525 + 1013904223;
		offset = (seed >> 8) % 12;
		width = 1 + (seed >> 16) % 8;
		/* An index inside or past the GTT and an entry in stolen memory, where the access has them. */
		v = seed >> 30 ? (seed >> 8 & 0xfffffc) | 1 : mirrors[seed >> 27 & 7] | (seed >> 24 & 2);
		v |= (uint64_t)(HOST_DSM + (seed & 0x7ffffff)) << 32;
		v = offset < 8 ? v >> 8 * offset : v;
		port_write(&model, offset, width, v, &want, &want_forward);
		event = (uint32_t)igdpt_mmio_write(cfg, 4, offset, width, v, &hw, &forward);
		require(forward == want_forward && hw == want,
			"%d: %u bytes at %u: %#llx %#x, model %#llx %#x", n, width, offset,
			(unsigned long long)hw, forward, (unsigned long long)want, want_forward);
		require(event == (forward == (1u << width) - 1 ? 0 : IGDPT_EVENT_IGNORED), "event");
	}
	igdpt_pcicfg_free(cfg);
}
END_TEST

/* What config space shows the mirrors show. */
START_TEST(a_host_bdsm_passes_through_in_both_places)
{
	struct igdpt_platform p = named("tgl");
	struct igdpt_pcicfg_opts opts = { .size = sizeof(opts), .bdsm_policy = IGDPT_REG_HOST };
	struct igdpt_pcicfg *cfg = make(&p, &here, &opts, (struct igdpt_mmio_opts){ 0 });

	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_DSMBASE, 8, HOST_DSM | 1), HOST_DSM | 1);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_GSMBASE, 8, HOST_DSM), HOST_DSM);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_STOLEN_RESERVED, 8, 0x7fe00001), 0x7fe00001);
	igdpt_pcicfg_free(cfg);
}
END_TEST

static uint64_t read_port(const struct igdpt_pcicfg *cfg, uint32_t offset, uint32_t width,
	uint64_t hw)
{
	uint64_t value = 0;

	ck_assert_int_eq(igdpt_mmio_read(cfg, 4, offset, width, hw, &value), 0);
	return value;
}

/* Bits 1:0 of the index are no part of the address; bit 1 selects nothing that is known. */
START_TEST(a_mirror_is_the_same_through_the_ports)
{
	static const char *const names[] = { "snb", "hsw", "bdw", "chv", "skl", "glk", "cnl" };
	static const uint32_t regs[] = { IGDPT_MMIO_RC6_CTX, IGDPT_MMIO_RC6_CTX + 4,
		IGDPT_MMIO_DOORBELL_CTX, IGDPT_MMIO_DOORBELL_CTX + 4, IGDPT_MMIO_GGC,
		IGDPT_MMIO_DSMBASE, IGDPT_MMIO_DSMBASE + 4, IGDPT_MMIO_STOLEN_RESERVED, 0, 0x100 };
	static const uint32_t low[] = { 0, 2, 3 };
	const uint64_t noise = UINT64_C(0x5aa596693cc3f00f);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) * sizeof(regs) / sizeof(regs[0]); i++) {
		uint32_t reg = regs[i / 7], index = reg | low[i % 3], forward, direct;
		struct igdpt_platform p = named(names[i % 7]);
		struct igdpt_pcicfg *cfg = make(&p, &here, NULL, (struct igdpt_mmio_opts){ 0 });
		uint64_t hw, same;

		set_bdsm(cfg, &p, GUEST_DSM);
		ck_assert_int_eq(igdpt_mmio_write(cfg, 4, 0, 4, index, &hw, &forward), 0);
		ck_assert(hw == index && forward == 0xf);
		for (uint32_t at = 0; at < 4; at++) {
			for (uint32_t width = 1; width <= 4 - at; width++) {
				same = read_mmio(cfg, reg + at, width, noise);
				ck_assert_uint_eq(read_port(cfg, 4 + at, width, noise), same);
				igdpt_mmio_write(cfg, 0, reg + at, width, noise, &hw, &direct);
				igdpt_mmio_write(cfg, 4, 4 + at, width, noise, &hw, &forward);
				ck_assert_uint_eq(forward, direct);
			}
		}
		/* What lies beside the data port is hardware's. */
		same = read_mmio(cfg, reg, 4, noise >> 32);
		ck_assert_uint_eq(read_port(cfg, 0, 8, noise), same << 32 | (uint32_t)noise);
		ck_assert_uint_eq(read_port(cfg, 2, 2, noise), noise & 0xffff);
		same = read_mmio(cfg, reg + 3, 1, noise & 0xff);
		ck_assert_uint_eq(read_port(cfg, 7, 8, noise), (noise & ~UINT64_C(0xff)) | same);
		ck_assert_uint_eq(read_port(cfg, 8, 8, noise), noise);
		/* The other half of BAR0 has no mirrors. */
		igdpt_mmio_write(cfg, 4, 0, 1, (reg & 0xff) | 1, &hw, &forward);
		ck_assert_uint_eq(read_port(cfg, 4, 4, noise), (uint32_t)noise);
		ck_assert_int_eq(igdpt_mmio_write(cfg, 4, 4, 4, noise, &hw, &forward), 0);
		igdpt_pcicfg_free(cfg);
	}
}
END_TEST

static void nothing_passes(struct igdpt_pcicfg *cfg)
{
	uint32_t forward;
	uint64_t hw;

	ck_assert_uint_eq(read_port(cfg, 4, 4, HOST_DSM), 0);
	ck_assert_uint_eq(read_port(cfg, 0, 8, UINT64_MAX), UINT32_MAX);
	ck_assert_int_eq(igdpt_mmio_write(cfg, 4, 4, 4, 5, &hw, &forward), IGDPT_EVENT_IGNORED);
	ck_assert_uint_eq(forward, 0);
}

/* An earlier guest, or the host's own VBIOS, may have left it at a register that is hidden. */
START_TEST(the_data_port_is_shut_while_hardwares_index_is_not_known)
{
	struct igdpt_platform p = named("skl");
	struct igdpt_pcicfg *cfg = make(&p, &here, NULL, (struct igdpt_mmio_opts){ 0 });
	uint8_t state[64];
	size_t len = sizeof(state);
	uint32_t forward;
	uint64_t hw;

	for (uint32_t i = 0; i < 4; i++) {
		nothing_passes(cfg);
		igdpt_mmio_write(cfg, 4, i, 1, 0, &hw, &forward);
	}
	ck_assert_uint_eq(read_port(cfg, 4, 4, 0x1234), 0x1234);
	ck_assert_int_eq(igdpt_pcicfg_save(cfg, state, &len), 0);
	igdpt_pcicfg_reset(cfg);
	nothing_passes(cfg);
	ck_assert(gtt_write(cfg, 0, 5, &hw));
	ck_assert_int_eq(igdpt_pcicfg_restore(cfg, state, len, NULL), 0);
	nothing_passes(cfg);
	for (uint32_t i = 4; i--;) {
		nothing_passes(cfg);
		igdpt_mmio_write(cfg, 4, i, 1, 0, &hw, &forward);
	}
	ck_assert(gtt_write(cfg, 0, 5, &hw));
	igdpt_pcicfg_free(cfg);
}
END_TEST

/* Nothing of BAR0 is hidden then; and from gen 11 on there are no ports. */
START_TEST(ports_before_registers_of_the_host_are_the_hosts)
{
	struct igdpt_platform p = named("skl");
	struct igdpt_pcicfg_opts opts = { .size = sizeof(opts), .bdsm_policy = IGDPT_REG_HOST };
	struct igdpt_mmio_trap trap = { .size = sizeof(trap) };
	struct igdpt_pcicfg *cfg;
	uint32_t forward;
	uint64_t hw;

	p.codec = IGDPT_CODEC_NONE; /* no GGC */
	cfg = make(&p, &here, &opts, (struct igdpt_mmio_opts){ 0 });
	ck_assert_int_eq(igdpt_mmio_trap_at(cfg, PORTS, &trap), 0);
	ck_assert(trap.bar == 4 && trap.policy == IGDPT_MMIO_HOST);
	ck_assert_uint_eq(read_port(cfg, 4, 4, HOST_DSM), HOST_DSM);
	ck_assert_int_eq(igdpt_mmio_write(cfg, 4, 4, 4, 5, &hw, &forward), 0);
	igdpt_pcicfg_free(cfg);
	/* Unless the GTT behind them is to be translated. */
	cfg = make(&p, &here, &opts, (struct igdpt_mmio_opts){ .flags = IGDPT_MMIO_BAR4_GTT });
	ck_assert_int_eq(igdpt_mmio_trap_at(cfg, PORTS, &trap), 0);
	ck_assert_uint_eq(trap.policy, IGDPT_MMIO_TRANSLATE);
	igdpt_pcicfg_free(cfg);
	cfg = default_device("tgl");
	ck_assert_uint_eq(read_port(cfg, 4, 4, HOST_DSM), HOST_DSM);
	igdpt_pcicfg_free(cfg);
}
END_TEST

START_TEST(impossible_options_are_refused)
{
#define OPTS(...) { .size = sizeof(struct igdpt_mmio_opts), __VA_ARGS__ }
	static const struct {
		const char *platform;
		struct igdpt_mmio_opts opts;
		int error;
		uint64_t value, want;
	} rows[] = {
		{ "icl", OPTS(.flags = 1), -IGDPT_E_UNSUPPORTED, 1100, 0 },
		{ "ilk", OPTS(.flags = 1), -IGDPT_E_UNSUPPORTED, 500, 0 },
		{ "snb", OPTS(.flags = 1), 0, 0, 0 },
		{ "cnl", OPTS(.flags = 1), 0, 0, 0 },
		{ "ilk", OPTS(.flags = 0), 0, 0, 0 },
		{ "skl", OPTS(.flags = 2), -IGDPT_E_INVALID, 2, 1 },
		{ "skl", OPTS(.gsmbase = 4), -IGDPT_E_INVALID, 4, 3 },
		{ "skl", OPTS(.stolen_reserved = 9), -IGDPT_E_INVALID, 9, 3 },
		{ "skl", OPTS(.anchors = 4), -IGDPT_E_INVALID, 4, 3 },
		{ "skl", OPTS(.pcode = 4), -IGDPT_E_INVALID, 4, 3 },
		{ "skl", OPTS(.pcode = IGDPT_MMIO_TRANSLATE), -IGDPT_E_INVALID, 1, 3 },
		{ "skl", OPTS(.gsmbase = 3, .stolen_reserved = 3, .anchors = 3, .pcode = 3), 0, 0, 0 },
		{ "skl", { .size = 4 }, -IGDPT_E_ABI_SIZE, 4, 4096 },
	};
#undef OPTS

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_finding why = { .size = sizeof(why) };
		struct igdpt_pcicfg *cfg = default_device(rows[i].platform);

		ck_assert_int_eq(igdpt_mmio_setup(cfg, &rows[i].opts, &why), rows[i].error);
		ck_assert_uint_eq(why.value, rows[i].value);
		ck_assert_uint_eq(why.want, rows[i].want);
		igdpt_pcicfg_free(cfg);
	}
}
END_TEST

static void collect(void *user, const struct igdpt_finding *f)
{
	uint64_t *seen = user;

	ck_assert(f->id > 800 && f->id < 864);
	*seen |= UINT64_C(1) << (f->id - 800);
}

static uint64_t findings(const struct igdpt_pcicfg *cfg)
{
	uint64_t seen = 0;

	igdpt_mmio_check(cfg, collect, &seen);
	return seen;
}

#define SEEN(name) (UINT64_C(1) << (IGDPT_F_##name - 800))

START_TEST(the_check_names_what_still_shows_the_host)
{
	struct igdpt_platform p = named("tgl"), mtl = named("mtl"), skl = named("skl");
	struct host odd = here;
	struct igdpt_pcicfg *cfg = make(&p, &here, NULL,
		(struct igdpt_mmio_opts){ .anchors = IGDPT_MMIO_HOST });

	set_bdsm(cfg, &p, GUEST_DSM);
	ck_assert_uint_eq(findings(cfg), SEEN(MMIO_ANCHOR));
	set_bdsm(cfg, &p, HOST_DSM);
	ck_assert_uint_eq(findings(cfg), 0);
	igdpt_pcicfg_free(cfg);
	odd.rc6_ctx = 0;
	cfg = make(&p, &odd, NULL, (struct igdpt_mmio_opts){ 0 });
	ck_assert_uint_eq(findings(cfg), SEEN(MMIO_ANCHOR_UNKNOWN));
	igdpt_pcicfg_free(cfg);
	odd.rc6_ctx = HOST_DSM + 64 * MIB + 1;
	cfg = make(&p, &odd, NULL, (struct igdpt_mmio_opts){ 0 });
	ck_assert_uint_eq(findings(cfg), SEEN(MMIO_RESERVED_OUTSIDE));
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_RC6_CTX, 8, odd.rc6_ctx), 0);
	igdpt_pcicfg_free(cfg);
	odd = here;
	cfg = make(&mtl, &here, NULL, (struct igdpt_mmio_opts){ .pcode = IGDPT_MMIO_HOST,
		.gsmbase = IGDPT_MMIO_HOST });
	ck_assert_uint_eq(findings(cfg), SEEN(MMIO_PCODE) | SEEN(MMIO_LEAK));
	igdpt_pcicfg_free(cfg);
	odd.dsm = 0; /* Meteor Lake has nothing at 0x5C: that is no base that the guest's could equal */
	cfg = make(&mtl, &odd, &(struct igdpt_pcicfg_opts){ .size = sizeof(struct igdpt_pcicfg_opts),
		.bdsm_policy = IGDPT_REG_HOST }, (struct igdpt_mmio_opts){ .pcode = IGDPT_MMIO_HOST });
	ck_assert_uint_eq(findings(cfg), SEEN(MMIO_PCODE) | SEEN(MMIO_LEAK));
	igdpt_pcicfg_free(cfg);
	cfg = make(&mtl, &odd, NULL, (struct igdpt_mmio_opts){ .gsmbase = IGDPT_MMIO_HOST });
	ck_assert_uint_eq(findings(cfg), SEEN(MMIO_LEAK));
	igdpt_pcicfg_free(cfg);
	odd = here;
	odd.reserved = 0;
	cfg = make(&skl, &odd, NULL, (struct igdpt_mmio_opts){ 0 });
	ck_assert_uint_eq(findings(cfg), SEEN(MMIO_RESERVED_UNKNOWN));
	igdpt_pcicfg_free(cfg);
	odd.reserved = HOST_DSM + 64 * MIB;
	cfg = make(&skl, &odd, NULL, (struct igdpt_mmio_opts){ 0 });
	ck_assert_uint_eq(findings(cfg), SEEN(MMIO_RESERVED_OUTSIDE));
	igdpt_pcicfg_free(cfg);
	cfg = make(&skl, &here, &(struct igdpt_pcicfg_opts){ .size = sizeof(struct igdpt_pcicfg_opts),
		.gms_policy = IGDPT_GMS_OVERRIDE, .dsm_bytes = 32 * MIB }, (struct igdpt_mmio_opts){ 0 });
	set_bdsm(cfg, &skl, GUEST_DSM);
	ck_assert_uint_eq(findings(cfg), 0);
	igdpt_pcicfg_free(cfg);
	odd.reserved = HOST_DSM + 16 * MIB; /* 48 MiB from the end, the guest has 32 */
	cfg = make(&skl, &odd, &(struct igdpt_pcicfg_opts){ .size = sizeof(struct igdpt_pcicfg_opts),
		.gms_policy = IGDPT_GMS_OVERRIDE, .dsm_bytes = 32 * MIB }, (struct igdpt_mmio_opts){ 0 });
	set_bdsm(cfg, &skl, GUEST_DSM);
	ck_assert_uint_eq(findings(cfg), SEEN(MMIO_RESERVED_NO_ROOM));
	igdpt_pcicfg_free(cfg);
}
END_TEST

static void keep(void *user, const struct igdpt_finding *f)
{
	struct igdpt_finding *last = user;

	if (f->id == last->id)
		*last = *f;
}

static void tells(struct igdpt_pcicfg *cfg, uint32_t id, uint64_t offset, uint64_t value, uint64_t want)
{
	struct igdpt_finding last = { .id = id };

	ck_assert_int_eq(igdpt_mmio_check(cfg, keep, &last), 0);
	ck_assert_msg(last.size && last.offset == offset && last.value == value && last.want == want,
		"finding %u at %#llx tells %#llx, %#llx", id, (unsigned long long)last.offset,
		(unsigned long long)last.value, (unsigned long long)last.want);
	igdpt_pcicfg_free(cfg);
}

START_TEST(findings_tell_the_register_and_what_is_wrong_with_it)
{
	struct igdpt_pcicfg_opts small = { .size = sizeof(small), .gms_policy = IGDPT_GMS_OVERRIDE,
		.dsm_bytes = 32 * MIB };
	struct igdpt_platform tgl = named("tgl"), mtl = named("mtl"), bxt = named("bxt");
	struct igdpt_mmio_opts shown = { .gsmbase = IGDPT_MMIO_HOST, .anchors = IGDPT_MMIO_HOST,
		.pcode = IGDPT_MMIO_HOST }, none = { 0 };
	struct host odd = here;
	struct igdpt_pcicfg *cfg;

	tells(make(&tgl, &here, NULL, shown), IGDPT_F_MMIO_ANCHOR, 0xdc8, 0, 0);
	tells(make(&bxt, &here, NULL, shown), IGDPT_F_MMIO_ANCHOR, 0xd48, 0, 0);
	tells(make(&tgl, &here, NULL, shown), IGDPT_F_MMIO_LEAK, 0x108100, 0, 0);
	tells(make(&mtl, &here, NULL, shown), IGDPT_F_MMIO_PCODE, 0x138914, 0, 0);
	odd.doorbell_ctx = 0xf; /* flags without an address */
	tells(make(&tgl, &odd, NULL, none), IGDPT_F_MMIO_ANCHOR_UNKNOWN, 0xdc8, 0, 0);
	odd.reserved = 0xfffff;
	tells(make(&tgl, &odd, NULL, none), IGDPT_F_MMIO_RESERVED_UNKNOWN, 0x1082c0, 0, 0);
	odd.doorbell_ctx = 0x10;
	tells(make(&tgl, &odd, NULL, none), IGDPT_F_MMIO_RESERVED_OUTSIDE, 0xdc8, 0x10, HOST_DSM);
	odd.doorbell_ctx = HOST_DSM - 1;
	tells(make(&tgl, &odd, NULL, none), IGDPT_F_MMIO_RESERVED_OUTSIDE, 0xdc8, HOST_DSM - 16,
		HOST_DSM);
	odd = here;
	odd.rc6_ctx = HOST_DSM + MIB; /* inside, 63 MiB from the end */
	cfg = make(&tgl, &odd, &small, none);
	ck_assert_uint_eq(findings(cfg), 0); /* the guest's base is not set yet */
	set_bdsm(cfg, &tgl, GUEST_DSM);
	tells(cfg, IGDPT_F_MMIO_RESERVED_NO_ROOM, 0xd48, 63 * MIB, 32 * MIB);
	/* A guest without stolen memory misses nothing. */
	cfg = make(&tgl, &odd, &(struct igdpt_pcicfg_opts){ .size = sizeof(struct igdpt_pcicfg_opts),
		.gms_policy = IGDPT_GMS_ZERO }, none);
	ck_assert_uint_eq(findings(cfg), 0);
	igdpt_pcicfg_free(cfg);
	/* Hidden registers show nothing. */
	cfg = make(&tgl, &odd, NULL, (struct igdpt_mmio_opts){ .stolen_reserved = IGDPT_MMIO_HIDE,
		.gsmbase = IGDPT_MMIO_HIDE, .anchors = IGDPT_MMIO_HIDE });
	set_bdsm(cfg, &tgl, GUEST_DSM);
	ck_assert_uint_eq(findings(cfg), 0);
	igdpt_pcicfg_free(cfg);
}
END_TEST

START_TEST(the_trap_list_ends_with_the_ports)
{
	struct igdpt_platform p = named("skl");
	struct igdpt_pcicfg *cfg = make(&p, &here, NULL,
		(struct igdpt_mmio_opts){ .flags = IGDPT_MMIO_BAR4_GTT });
	struct igdpt_mmio_trap trap = { .size = sizeof(trap) };

	ck_assert_int_eq(igdpt_mmio_trap_at(cfg, PORTS, &trap), 0);
	ck_assert(trap.bar == 4 && trap.offset == 0 && trap.width == 8);
	ck_assert_uint_eq(trap.policy, IGDPT_MMIO_TRANSLATE);
	ck_assert_str_eq(trap.name, "BAR0_PORTS");
	ck_assert_int_eq(igdpt_mmio_trap_at(cfg, PORTS + 1, &trap), -IGDPT_E_NOTFOUND);
	ck_assert_int_eq(igdpt_mmio_trap_at(cfg, UINT32_MAX, &trap), -IGDPT_E_NOTFOUND);
	ck_assert_int_eq(igdpt_mmio_trap_at(cfg, 0, NULL), -IGDPT_E_INVALID);
	igdpt_pcicfg_free(cfg);
}
END_TEST

/*
 * No host address can be read: two machines that differ in nothing but where their firmware put
 * things look the same to the guest. `hw` carries the difference too, in every byte.
 */
static void cannot_tell_apart(const struct igdpt_pcicfg *a, const struct igdpt_pcicfg *b)
{
	struct igdpt_mmio_trap trap = { .size = sizeof(trap) };

	for (uint32_t n = 0; igdpt_mmio_trap_at(a, n, &trap) == 0; n++) {
		if (trap.policy == IGDPT_MMIO_HOST || trap.bar != 0)
			continue;
		/* Behind LMEMBAR the low 20 bits of 0x1082C0 stay: sizes, no address. */
		bool low_bits = read_mmio(a, trap.offset, 2, 0xffff) == 0xffff;

		for (uint32_t width = 1; width <= 8; width++) {
			for (uint64_t at = trap.offset - 7; at < trap.offset + trap.width; at++) {
				uint64_t same = 0, seen_a = 0, seen_b = 0, diff;

				for (uint32_t i = 0; i < width; i++) {
					if (at + i >= trap.offset && at + i < trap.offset + trap.width)
						same |= UINT64_C(0xff) << 8 * i;
				}
				igdpt_mmio_read(a, 0, at, width, UINT64_C(0x5a5a5a5a5a5a5a5a), &seen_a);
				igdpt_mmio_read(b, 0, at, width, UINT64_C(0xa5a5a5a5a5a5a5a5), &seen_b);
				diff = (seen_a ^ seen_b) & same;
				if (low_bits && at <= trap.offset)
					diff &= ~(UINT64_C(0xfffff) << 8 * (trap.offset - at));
				else if (low_bits)
					diff &= ~(UINT64_C(0xfffff) >> 8 * (at - trap.offset));
				if (diff)
					ck_abort_msg("%s at %u width %u", trap.name,
						(unsigned)(at - trap.offset), width);
			}
		}
	}
}

static void follow_a_guest(const struct igdpt_platform *p, const struct igdpt_pcicfg_opts *opts,
	struct igdpt_mmio_opts mmio)
{
	struct igdpt_pcicfg *a = make(p, &here, opts, mmio), *b = make(p, &elsewhere, opts, mmio);
	uint8_t state[64];
	size_t len = sizeof(state);

	cannot_tell_apart(a, b);
	set_bdsm(a, p, GUEST_DSM);
	set_bdsm(b, p, GUEST_DSM);
	cannot_tell_apart(a, b);
	ck_assert_int_eq(igdpt_pcicfg_save(a, state, &len), 0);
	igdpt_pcicfg_reset(a);
	igdpt_pcicfg_reset(b);
	cannot_tell_apart(a, b);
	ck_assert_int_eq(igdpt_pcicfg_restore(a, state, len, NULL), 0);
	ck_assert_int_eq(igdpt_pcicfg_restore(b, state, len, NULL), 0);
	cannot_tell_apart(a, b);
	igdpt_pcicfg_free(a);
	igdpt_pcicfg_free(b);
}

static void every_policy(const struct igdpt_platform *p)
{
	for (uint32_t bdsm = 0; bdsm <= IGDPT_REG_HOST; bdsm++) {
		for (uint32_t gms = 0; gms <= IGDPT_GMS_OVERRIDE; gms++) {
			bool ggc = p->codec >= IGDPT_CODEC_GEN6 && p->codec <= IGDPT_CODEC_GEN9;
			struct igdpt_pcicfg_opts opts = { .size = sizeof(opts), .bdsm_policy = bdsm,
				.gms_policy = ggc ? gms : 0, .dsm_bytes = 96 * MIB, .bdsm = 0x50000000 };

			/* The registers do not depend on each other's policies. */
			for (uint32_t m = 0; m <= IGDPT_MMIO_HOST; m++)
				follow_a_guest(p, &opts, (struct igdpt_mmio_opts){
					.stolen_reserved = m, .gsmbase = m,
					.anchors = m,
					.pcode = m == IGDPT_MMIO_TRANSLATE ? 0 : m });
		}
	}
}

START_TEST(the_guest_cannot_learn_where_the_host_has_things)
{
	struct igdpt_platform p = { .size = sizeof(p) };
	bool done[256] = { false };
	size_t platforms = 0;

	for (size_t n = 0; igdpt_platform_at(n, &p) == 0; n++) {
		if (!(p.flags & IGDPT_PLATFORM_INTEGRATED) || done[p.platform])
			continue;
		done[p.platform] = true;
		platforms++;
		every_policy(&p);
	}
	ck_assert_uint_gt(platforms, 40);
}
END_TEST

/* Firmware of a host that is a guest itself may have left them 0: SeaBIOS knows nothing of 0xC0. */
START_TEST(a_host_address_that_is_not_known_is_none)
{
	static const struct host blank = { 0, 0, 0, 0, 0 };
	struct igdpt_platform p = named("tgl");
	struct igdpt_pcicfg *cfg = make(&p, &blank, NULL, (struct igdpt_mmio_opts){ 0 });

	set_bdsm(cfg, &p, GUEST_DSM);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_DSMBASE, 8, 0), GUEST_DSM);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_STOLEN_RESERVED, 8, 5), 0);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_RC6_CTX, 8, 5), 0);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_DOORBELL_CTX, 8, 5), 0);
	igdpt_pcicfg_free(cfg);
}
END_TEST

START_TEST(an_unknown_device_shows_no_addresses)
{
	struct igdpt_pcicfg *cfg;
	uint8_t config[256];

	put_config(config, &(struct igdpt_platform){ .device_id = 0xffff }, &here);
	ck_assert_int_eq(igdpt_pcicfg_new(NULL, config, sizeof(config), NULL, &cfg, NULL), 0);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_DSMBASE, 8, HOST_DSM), 0);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_GSMBASE, 8, HOST_DSM), 0);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_STOLEN_RESERVED, 8, HOST_DSM | 0x181), 0x181);
	ck_assert_uint_eq(read_mmio(cfg, IGDPT_MMIO_GGC, 2, 0x2c1), 0x2c1);
	igdpt_pcicfg_free(cfg);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mmio");
	TCase *tc = tcase_create("mirrors");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, the_trap_list_follows_the_platform);
	tcase_add_test(tc, each_generation_has_its_mirrors);
	tcase_add_test(tc, the_trap_list_ends_with_the_ports);
	tcase_add_test(tc, mirrors_repeat_config_space);
	tcase_add_test(tc, the_reserved_part_keeps_its_distance_from_the_end);
	tcase_add_test(tc, the_contexts_keep_their_distance_from_the_end);
	tcase_add_test(tc, the_contexts_can_be_the_hosts_or_hidden);
	tcase_add_test(tc, flags_of_a_context_are_no_part_of_its_address);
	tcase_add_test(tc, meteor_lake_keeps_ggc_and_loses_addresses);
	tcase_add_test(tc, meteor_lake_can_be_treated_as_gen_12);
	tcase_add_test(tc, spanning_accesses_mix_hardware_and_mirror);
	tcase_add_test(tc, where_there_is_no_mirror_hardware_answers);
	tcase_add_test(tc, writes_to_mirrors_go_nowhere);
	tcase_add_test(tc, an_old_vbios_programs_the_gtt_with_guest_addresses);
	tcase_add_test(tc, a_gtt_entry_never_points_past_the_guests_stolen_memory);
	tcase_add_test(tc, stolen_memory_and_its_gtt_have_their_ends);
	tcase_add_test(tc, the_ports_take_accesses_of_any_offset_and_width);
	tcase_add_test(tc, a_host_bdsm_passes_through_in_both_places);
	tcase_add_test(tc, a_mirror_is_the_same_through_the_ports);
	tcase_add_test(tc, the_data_port_is_shut_while_hardwares_index_is_not_known);
	tcase_add_test(tc, ports_before_registers_of_the_host_are_the_hosts);
	tcase_add_test(tc, impossible_options_are_refused);
	tcase_add_test(tc, the_check_names_what_still_shows_the_host);
	tcase_add_test(tc, findings_tell_the_register_and_what_is_wrong_with_it);
	tcase_add_test(tc, the_guest_cannot_learn_where_the_host_has_things);
	tcase_add_test(tc, a_host_address_that_is_not_known_is_none);
	tcase_add_test(tc, an_unknown_device_shows_no_addresses);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
