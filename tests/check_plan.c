/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <stdbool.h>

#include "bytes.h"
#include "igdpt/mmio.h"
#include "igdpt/pcicfg.h"
#include "igdpt/plan.h"
#include "igdpt/stolen.h"

#define KIB UINT64_C(0x400)
#define MIB UINT64_C(0x100000)
#define GIB UINT64_C(0x40000000)
#define FIXED UINT64_C(0xfec00000)

static struct igdpt_platform named(const char *name)
{
	struct igdpt_platform p = { .size = sizeof(p) };

	ck_assert_int_eq(igdpt_platform_by_name(name, &p), 0);
	return p;
}

static struct igdpt_plan_opts question(const struct igdpt_platform *p, uint32_t mode)
{
	return (struct igdpt_plan_opts){ .size = sizeof(struct igdpt_plan_opts), .mode = mode,
		.ggc = p->codec == IGDPT_CODEC_GEN6 ? 0x0211 : 0x02c1, .low_end = 2 * GIB,
		.mmio_first = 0xc0000000, .mmio_last = 0xf7ffffff, .opregion_bytes = 8 * KIB,
		.host_bdsm = 0x7c000001, .host_asls = 0x7a000018, .platform = p };
}

static struct igdpt_plan_result plan(const struct igdpt_plan_opts *o)
{
	struct igdpt_plan_result r = { .size = sizeof(r) };
	struct igdpt_finding why = { .size = sizeof(why) };
	int rc = igdpt_plan_make(o, &r, &why);

	ck_assert_msg(rc == 0, "%d finding %u", rc, why.id);
	return r;
}

/* There is no such plan, and the finding tells why. */
static void refuses(const struct igdpt_plan_opts *o, uint32_t id, uint64_t value, uint64_t want)
{
	struct igdpt_plan_result r = { .size = sizeof(r) };
	struct igdpt_finding why = { .size = sizeof(why) };

	ck_assert_int_lt(igdpt_plan_make(o, &r, &why), 0);
	ck_assert_uint_eq(r.count, 0);
	ck_assert_msg(why.id == id && why.value == value && why.want == want,
		"finding %u tells %#llx, %#llx instead of %u, %#llx, %#llx", why.id,
		(unsigned long long)why.value, (unsigned long long)why.want, id,
		(unsigned long long)value, (unsigned long long)want);
}

static const struct igdpt_plan_block *block(const struct igdpt_plan_result *r, uint32_t kind)
{
	for (uint32_t i = 0; i < r->count; i++) {
		if (r->blocks[i].kind == kind)
			return &r->blocks[i];
	}
	return NULL;
}

static uint64_t first_of(const struct igdpt_plan_result *r, uint32_t kind)
{
	const struct igdpt_plan_block *b = block(r, kind);

	return b ? b->first : 0;
}

/* Addresses that SeaBIOS 1.16.2 and 1.17.0 were seen to write. */
START_TEST(seabios_is_predicted)
{
	static const struct {
		uint64_t low_end, opregion, dsm, asls, bdsm;
	} rows[] = {
		{ 512 * MIB, 8192, 64 * MIB, 0x1fffe000, 0x1af00000 },
		{ 2048 * MIB, 8192, 64 * MIB, 0x7fffe000, 0x7af00000 },
		{ 1024 * MIB, 8192, 64 * MIB, 0x3fffe000, 0x3af00000 },
		{ 1024 * MIB, 16799, 64 * MIB, 0x3fffb000, 0x3af00000 },
		{ 256 * MIB, 8192, 32 * MIB, 0x0fffe000, 0x0cf00000 },
		{ 512 * MIB, MIB + 8192, 64 * MIB, 0x1fefe000, 0x1af00000 },
		{ 512 * MIB, 8192, 480 * MIB, 0x1fffe000, 0x00f00000 },
		/* The limits of that: a part of a page, the whole zone, all RAM from 1 MiB on. */
		{ 512 * MIB + 0xfff, 8192, 64 * MIB, 0x1fffe000, 0x1af00000 },
		{ 512 * MIB, 16 * MIB, 64 * MIB, 0x1f000000, 0x1af00000 },
		{ 82 * MIB, 8192, 64 * MIB, 0x051fe000, 0x00100000 },
	};
	struct igdpt_platform p = named("skl");
	struct igdpt_plan_opts o = question(&p, IGDPT_PLAN_FIRMWARE);

	o.firmware = IGDPT_FIRMWARE_SEABIOS;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_plan_result r;

		o.low_end = rows[i].low_end;
		o.opregion_bytes = rows[i].opregion;
		o.dsm_bytes = rows[i].dsm;
		r = plan(&o);
		ck_assert_uint_eq(first_of(&r, IGDPT_PLAN_BLOCK_OPREGION), rows[i].asls);
		ck_assert_uint_eq(first_of(&r, IGDPT_PLAN_BLOCK_DSM), rows[i].bdsm);
		ck_assert_uint_eq(r.asls | r.bdsm, 0);
		ck_assert_uint_eq(r.asls_policy, IGDPT_REG_EMULATE);
	}
}
END_TEST

/* Each was seen to fail: nothing written, or nothing at all. */
START_TEST(what_seabios_cannot_do_is_refused)
{
	struct igdpt_platform p = named("skl");
	struct igdpt_plan_opts o = question(&p, IGDPT_PLAN_FIRMWARE);

	o.firmware = IGDPT_FIRMWARE_SEABIOS;
	o.low_end = 512 * MIB;
	o.opregion_bytes = 16 * MIB + 1;
	refuses(&o, IGDPT_F_PLAN_SEABIOS_OPREGION, 16 * MIB + 0x1000, 16 * MIB);
	o.opregion_bytes = 8192;
	o.low_end = 18 * MIB - 1; /* 17 MiB stay free above, 1 MiB below */
	refuses(&o, IGDPT_F_PLAN_SEABIOS_OPREGION, 8192, 16 * MIB);
	o.low_end = 82 * MIB - 1;
	refuses(&o, IGDPT_F_PLAN_NO_ROOM, 8192, 64 * MIB);
	o.low_end = 512 * MIB;
	o.dsm_bytes = 2 * GIB;
	refuses(&o, IGDPT_F_PLAN_NO_ROOM, 8192, 2 * GIB);
	o.dsm_bytes = 0;
	o.ggc = 0x80c0;
	refuses(&o, IGDPT_F_PLAN_DSM_SIZE, 4 * GIB, 4 * GIB - 1);
	o.ggc = 0x02c1;
	o.class_code = 0x038000;
	refuses(&o, IGDPT_F_PLAN_SEABIOS_CLASS, 0x038000, 0x030000);
	o.class_code = 0x0300ff; /* the programming interface does not matter */
	o.dsm_policy = IGDPT_PLAN_DSM_IDENTITY;
	refuses(&o, IGDPT_F_PLAN_SEABIOS_IDENTITY, 0, 0);
	o.dsm_policy = 0;
	o.vbt_bytes = 8192;
	refuses(&o, IGDPT_F_PLAN_SEPARATE_VBT, 8192, 0);
	o.vbt_bytes = 0;
	o.taken = &(struct igdpt_ranges){ &(struct igdpt_range){ 0x1ffff000, 0x1fffffff }, NULL, 1 };
	refuses(&o, IGDPT_F_PLAN_FIRMWARE_HITS, 0x1fffe000, 0x1ffff000);
	o.taken = &(struct igdpt_ranges){ &(struct igdpt_range){ 0x1fffffff, GIB }, NULL, 1 };
	refuses(&o, IGDPT_F_PLAN_FIRMWARE_HITS, 0x1fffe000, 0x1fffffff);
	o.taken = &(struct igdpt_ranges){ &(struct igdpt_range){ 0x1ef00000 - 1, GIB }, NULL, 1 };
	refuses(&o, IGDPT_F_PLAN_FIRMWARE_HITS, 0x1fffe000, 0x1ef00000 - 1);
}
END_TEST

/* SeaBIOS's OpRegion and stolen memory touch what is taken below, between and above them. */
START_TEST(seabios_needs_no_more_than_it_takes)
{
	static const struct igdpt_range around[] = {
		{ 0x1aef0000, 0x1aefffff }, { 0x1ef00000, 0x1fffdfff }, { 0x20000000, 0x20000fff },
	};
	struct igdpt_platform skl = named("skl"), mtl = named("mtl");
	struct igdpt_plan_opts o = question(&skl, IGDPT_PLAN_FIRMWARE);
	struct igdpt_plan_result r;

	o.firmware = IGDPT_FIRMWARE_SEABIOS;
	o.low_end = 512 * MIB;
	o.taken = &(struct igdpt_ranges){ around, NULL, 3 };
	o.dsm_policy = IGDPT_PLAN_DSM_PREFER_IDENTITY;
	r = plan(&o);
	ck_assert_uint_eq(first_of(&r, IGDPT_PLAN_BLOCK_DSM), 0x1af00000);
	ck_assert_uint_eq(r.flags, IGDPT_PLAN_FELL_BACK);
	/* Without stolen memory any RAM will do, and there is nothing to be identical. */
	o = question(&mtl, IGDPT_PLAN_FIRMWARE);
	o.firmware = IGDPT_FIRMWARE_SEABIOS;
	o.low_end = 18 * MIB;
	o.dsm_policy = IGDPT_PLAN_DSM_IDENTITY;
	r = plan(&o);
	ck_assert_uint_eq(r.count, 1);
	ck_assert_uint_eq(r.blocks[0].first, 18 * MIB - 8192);
	ck_assert_uint_eq(r.blocks[0].e820, IGDPT_E820_RESERVED);
	ck_assert_uint_eq(r.blocks[0].flags, IGDPT_PLAN_IN_RAM | IGDPT_PLAN_PREDICTED);
}
END_TEST

/* EVE's firmware knows where the host's stolen memory is, and takes it from RAM; others do not. */
START_TEST(uefi_takes_the_hosts_address_if_it_is_ram)
{
	struct igdpt_platform p = named("tgl");
	struct igdpt_plan_opts o = question(&p, IGDPT_PLAN_FIRMWARE);
	struct igdpt_plan_result r;

	o.firmware = IGDPT_FIRMWARE_UEFI;
	for (o.dsm_policy = IGDPT_PLAN_DSM_PREFER_IDENTITY; o.dsm_policy <= IGDPT_PLAN_DSM_IDENTITY;
		o.dsm_policy++) {
		r = plan(&o);
		ck_assert_uint_eq(r.flags, IGDPT_PLAN_IS_IDENTITY | IGDPT_PLAN_STOLEN_BASE);
		ck_assert_uint_eq(r.count, 3);
		ck_assert_uint_eq(first_of(&r, IGDPT_PLAN_BLOCK_DSM), 0x7c000000);
		ck_assert_uint_eq(first_of(&r, IGDPT_PLAN_BLOCK_GSM), 0x7b800000);
		ck_assert_uint_eq(block(&r, IGDPT_PLAN_BLOCK_DSM)->flags,
			IGDPT_PLAN_IN_RAM | IGDPT_PLAN_PREDICTED);
		ck_assert_uint_eq(first_of(&r, IGDPT_PLAN_BLOCK_OPREGION), 0);
		ck_assert_uint_eq(block(&r, IGDPT_PLAN_BLOCK_OPREGION)->flags,
			IGDPT_PLAN_IN_RAM | IGDPT_PLAN_LATER);
		ck_assert_uint_eq(r.blocks[3].flags, 0); /* not in use */
		ck_assert_uint_eq(r.bdsm | r.asls, 0);
		ck_assert_uint_eq(r.bridge, IGDPT_BRIDGE_OFF);
	}
	o.low_end = GIB; /* the host's stolen memory lies above */
	o.dsm_policy = IGDPT_PLAN_DSM_IDENTITY;
	refuses(&o, IGDPT_F_PLAN_IDENTITY, 0x7c000000, GIB);
	o.dsm_policy = IGDPT_PLAN_DSM_PREFER_IDENTITY;
	r = plan(&o);
	ck_assert_uint_eq(r.flags, IGDPT_PLAN_FELL_BACK);
	ck_assert_uint_eq(r.count, 2);
	ck_assert_uint_eq(first_of(&r, IGDPT_PLAN_BLOCK_DSM), 0);
	ck_assert_uint_eq(block(&r, IGDPT_PLAN_BLOCK_DSM)->flags, IGDPT_PLAN_IN_RAM | IGDPT_PLAN_LATER);
	o.host_bdsm = 0;
	r = plan(&o);
	ck_assert_uint_eq(r.flags, IGDPT_PLAN_FELL_BACK);
	/* There, it would leave no room for the OpRegion. */
	o.host_bdsm = 9 * MIB;
	o.low_end = 73 * MIB;
	r = plan(&o);
	ck_assert_uint_eq(r.flags, IGDPT_PLAN_FELL_BACK);
	ck_assert_uint_eq(r.count, 2);
	o.dsm_policy = IGDPT_PLAN_DSM_IDENTITY;
	refuses(&o, IGDPT_F_PLAN_NO_ROOM, 8192, 64 * MIB);
	o.dsm_policy = IGDPT_PLAN_DSM_DEFAULT;
	r = plan(&o);
	ck_assert_uint_eq(r.flags, 0);
	o.low_end = 64 * MIB;
	refuses(&o, IGDPT_F_PLAN_NO_ROOM, 8192, 64 * MIB);
}
END_TEST

START_TEST(a_vmm_that_places_presets_the_registers)
{
	struct igdpt_platform p = named("tgl");
	struct igdpt_plan_opts o = question(&p, IGDPT_PLAN_COPY);
	struct igdpt_plan_result r = plan(&o);

	/* Gen 11 and 12 prefer the host's address; GTT stolen memory lies below. */
	ck_assert_uint_eq(r.flags, IGDPT_PLAN_IS_IDENTITY);
	ck_assert_uint_eq(r.bdsm, 0x7c000000);
	ck_assert_uint_eq(first_of(&r, IGDPT_PLAN_BLOCK_GSM), 0x7b800000);
	/* Stolen memory ends with RAM, so the OpRegion goes below. */
	ck_assert_uint_eq(r.asls, 0x7b7fe000);
	ck_assert_uint_eq(block(&r, IGDPT_PLAN_BLOCK_OPREGION)->e820, IGDPT_E820_NVS);
	ck_assert_uint_eq(r.asls_policy, IGDPT_REG_PRESET_RO);
	ck_assert_uint_eq(r.gms_policy, IGDPT_GMS_KEEP);
	o.flags = IGDPT_PLAN_TWO_TYPES;
	r = plan(&o);
	ck_assert_uint_eq(block(&r, IGDPT_PLAN_BLOCK_OPREGION)->e820, IGDPT_E820_RESERVED);
	o.vbt_bytes = 9000;
	r = plan(&o);
	ck_assert_uint_eq(r.rvda, first_of(&r, IGDPT_PLAN_BLOCK_VBT) - r.asls);
	ck_assert_uint_eq(block(&r, IGDPT_PLAN_BLOCK_VBT)->e820, IGDPT_E820_RESERVED);
	ck_assert_uint_ge(r.rvda, 8192);
}
END_TEST

/* Where stolen memory of the host lies that question() asks about. */
#define GSM UINT64_C(0x7b800000)
#define DSM UINT64_C(0x7c000000)
#define LAST UINT64_C(0x7fffffff)

START_TEST(identity_is_possible_or_the_reason_is_named)
{
	struct igdpt_platform p = named("tgl");
	struct igdpt_plan_opts o = question(&p, IGDPT_PLAN_COPY);
	struct igdpt_range busy = { GSM, GSM + 0xfff };
	struct igdpt_plan_result r;

	o.dsm_policy = IGDPT_PLAN_DSM_IDENTITY;
	o.taken = &(struct igdpt_ranges){ &busy, NULL, 1 };
	refuses(&o, IGDPT_F_PLAN_IDENTITY, GSM, GSM); /* in the GSM */
	o.dsm_policy = IGDPT_PLAN_DSM_PREFER_IDENTITY;
	r = plan(&o);
	ck_assert_uint_eq(r.flags, IGDPT_PLAN_FELL_BACK);
	ck_assert_uint_eq(r.bdsm, 0x7bf00000);
	ck_assert_ptr_null(block(&r, IGDPT_PLAN_BLOCK_GSM));
	o.taken = NULL;
	o.low_end = 1 * GIB; /* above RAM: memory is added */
	o.dsm_policy = IGDPT_PLAN_DSM_IDENTITY;
	r = plan(&o);
	ck_assert_uint_eq(block(&r, IGDPT_PLAN_BLOCK_DSM)->flags, IGDPT_PLAN_ADD_MEMORY);
	ck_assert_uint_eq(r.asls, 1 * GIB - 8192);
	o.host_bdsm = 0;
	refuses(&o, IGDPT_F_PLAN_NO_HOST_DSM, 0, 8 * MIB);
	o.host_bdsm = 7 * MIB;
	refuses(&o, IGDPT_F_PLAN_NO_HOST_DSM, 7 * MIB, 8 * MIB);
	o.host_bdsm = 0;
	o.ggc = 0x0201; /* no GTT stolen memory */
	refuses(&o, IGDPT_F_PLAN_NO_HOST_DSM, 0, 0);
	o.low_end = o.host_bdsm = DSM;
	r = plan(&o);
	ck_assert_uint_eq(r.count, 2);
	ck_assert_uint_eq(block(&r, IGDPT_PLAN_BLOCK_DSM)->flags, IGDPT_PLAN_ADD_MEMORY);
}
END_TEST

/* Stolen memory with its GTT part from `gsm` to `last`: what touches it, and what is in its way. */
START_TEST(identity_is_refused_by_the_first_byte_in_its_way)
{
	static const struct {
		uint64_t dsm, low_end, mmio_first, mmio_last, blocked_at;
	} rows[] = {
		/* Free: to the end of RAM, from there on, from 1 MiB on, beside the hole, below the
		 * IOAPIC. */
		{ DSM, LAST + 1, 0, 0, 0 },
		{ DSM, GSM, 0, 0, 0 },
		{ 9 * MIB, GIB, 0, 0, 0 },
		{ DSM, GIB, GIB, GSM - 1, 0 },
		{ DSM, GIB, LAST + 1, 0xf0000000, 0 },
		{ 0xfac00000, GIB, GIB, 0xf0000000, 0 },
		{ DSM, 4 * GIB, 0, 0, 0 },
		/* Not: half in RAM, below 1 MiB, in the hole, in the IOAPIC, above 4 GiB. */
		{ DSM, LAST, 0, 0, LAST },
		{ DSM, GSM + 1, 0, 0, GSM + 1 },
		{ 8 * MIB, GIB, 0, 0, GIB },
		{ DSM, GIB, GIB + 1, GSM, GIB + 1 },
		{ DSM, GIB, LAST, 0xf0000000, LAST },
		{ DSM, GIB, GIB + 1, 0xf0000000, GIB + 1 },
		{ 0xfad00000, GIB, GIB, 0xf0000000, 0xfec00000 },
		{ 0xfad00000, 4 * GIB, 0, 0, 0xfec00000 },
		{ 0xfec00000 + 8 * MIB, GIB, 0, 0, 0xfec00000 },
		{ 4 * GIB + DSM, GIB, 0, 0, 0xfec00000 },
		{ UINT64_MAX - MIB + 1, GIB, 0, 0, 0xfec00000 },
	};
	struct igdpt_platform p = named("tgl");
	struct igdpt_plan_opts o = question(&p, IGDPT_PLAN_COPY);
	struct igdpt_plan_result r;

	o.dsm_policy = IGDPT_PLAN_DSM_IDENTITY;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		o.host_bdsm = rows[i].dsm | 1;
		o.low_end = rows[i].low_end;
		o.mmio_first = rows[i].mmio_first;
		o.mmio_last = rows[i].mmio_last;
		if (rows[i].blocked_at) {
			refuses(&o, IGDPT_F_PLAN_IDENTITY, rows[i].dsm - 8 * MIB, rows[i].blocked_at);
			continue;
		}
		r = plan(&o);
		ck_assert_uint_eq(r.bdsm, rows[i].dsm);
		ck_assert_uint_eq(block(&r, IGDPT_PLAN_BLOCK_DSM)->flags,
			rows[i].dsm < o.low_end ? IGDPT_PLAN_IN_RAM : IGDPT_PLAN_ADD_MEMORY);
	}
}
END_TEST

/* 72 MiB are free: all of it for stolen memory with its GTT part, or 64 and the OpRegion. */
START_TEST(identity_gives_way_to_the_opregion)
{
	struct igdpt_platform p = named("tgl");
	struct igdpt_plan_opts o = question(&p, IGDPT_PLAN_COPY);
	struct igdpt_plan_result r;

	o.taken = &(struct igdpt_ranges){ &(struct igdpt_range){ MIB, 0x7b7fffff }, NULL, 1 };
	o.dsm_policy = IGDPT_PLAN_DSM_IDENTITY;
	refuses(&o, IGDPT_F_PLAN_NO_ROOM, 8192, 64 * MIB);
	o.dsm_policy = IGDPT_PLAN_DSM_PREFER_IDENTITY;
	r = plan(&o);
	ck_assert_uint_eq(r.flags, IGDPT_PLAN_FELL_BACK);
	ck_assert_uint_eq(r.count, 2);
	ck_assert_uint_eq(r.asls, 2 * GIB - 8192);
}
END_TEST

START_TEST(a_trapped_opregion_lies_in_the_hole)
{
	struct igdpt_platform p = named("skl");
	struct igdpt_plan_opts o = question(&p, IGDPT_PLAN_TRAP);
	struct igdpt_plan_result r;

	o.dsm_policy = IGDPT_PLAN_DSM_NONE;
	r = plan(&o);
	ck_assert_uint_eq(r.asls, 0xf7ffe000);
	ck_assert_uint_eq(r.count, 1);
	ck_assert_uint_eq(r.blocks[0].flags, IGDPT_PLAN_TRAPPED);
	ck_assert_uint_eq(r.blocks[0].e820, IGDPT_E820_NONE);
	ck_assert_uint_eq(r.gms_policy, IGDPT_GMS_ZERO);
	ck_assert_uint_eq(r.bdsm_policy, IGDPT_REG_HIDE);
	o.ggc = 0xffc1; /* a size that no host has, and that is not used */
	r = plan(&o);
	ck_assert_uint_eq(r.dsm_bytes, 0);
	o.vbt_bytes = 8192;
	r = plan(&o);
	ck_assert_uint_eq(r.asls, 0xf7ffc000);
	ck_assert_uint_eq(r.rvda, 8192);
	ck_assert_uint_eq(block(&r, IGDPT_PLAN_BLOCK_VBT)->flags, IGDPT_PLAN_TRAPPED);
	ck_assert_uint_eq(block(&r, IGDPT_PLAN_BLOCK_VBT)->e820, IGDPT_E820_NONE);
	o.opregion_bytes = o.vbt_bytes = 512 * MIB;
	refuses(&o, IGDPT_F_PLAN_NO_ROOM, GIB, 0);
	o.mmio_first = o.mmio_last = 0;
	refuses(&o, IGDPT_F_PLAN_NO_HOLE, 0, 0);
	o.mode = IGDPT_PLAN_COPY;
	o.low_end = GIB;
	refuses(&o, IGDPT_F_PLAN_NO_ROOM, GIB, 0); /* for want of RAM */
}
END_TEST

/* ASLS is never page aligned on real machines: 8 KiB then touch three pages. */
START_TEST(a_map_follows_the_hosts_page_offset)
{
	struct igdpt_platform p = named("hsw");
	struct igdpt_plan_opts o = question(&p, IGDPT_PLAN_MAP);
	struct igdpt_plan_result r = plan(&o);

	ck_assert_uint_eq(block(&r, IGDPT_PLAN_BLOCK_OPREGION)->bytes, 0x3000);
	ck_assert_uint_eq(r.asls_policy, IGDPT_REG_WRITE_ONCE);
	ck_assert_uint_eq(r.config_flags, IGDPT_PCICFG_KEEP_LOW_BITS);
	ck_assert_uint_eq(block(&r, IGDPT_PLAN_BLOCK_OPREGION)->first, 0);
	ck_assert_uint_eq(block(&r, IGDPT_PLAN_BLOCK_OPREGION)->flags, IGDPT_PLAN_LATER);
	o.host_asls = 0x7a000001;
	r = plan(&o);
	ck_assert_uint_eq(block(&r, IGDPT_PLAN_BLOCK_OPREGION)->bytes, 0x3000);
	o.host_asls = 0x7a000000;
	r = plan(&o);
	ck_assert_uint_eq(block(&r, IGDPT_PLAN_BLOCK_OPREGION)->bytes, 0x2000);
}
END_TEST

START_TEST(meteor_lake_and_unknown_devices_have_an_opregion_only)
{
	struct igdpt_platform p = named("mtl");
	struct igdpt_plan_opts o = question(&p, IGDPT_PLAN_COPY);
	struct igdpt_plan_result r = plan(&o);

	ck_assert_uint_eq(r.count, 1);
	ck_assert_uint_eq(r.dsm_bytes, 0);
	ck_assert_uint_eq(r.gms_policy, IGDPT_GMS_KEEP);
	o.platform = NULL;
	r = plan(&o);
	ck_assert_uint_eq(r.count, 1);
	ck_assert_uint_eq(r.asls, 2 * GIB - 8192);
	ck_assert_int_eq(igdpt_platform_find(0x56a0, &p), 0);
	o.platform = &p;
	refuses(&o, IGDPT_F_PCICFG_DISCRETE, 0x56a0, 0);
}
END_TEST

START_TEST(nonsense_is_refused)
{
	struct igdpt_platform p = named("skl");
	const struct igdpt_plan_opts good = question(&p, IGDPT_PLAN_COPY);
	struct igdpt_plan_result r = { .size = sizeof(r) };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_plan_opts o;

#define REFUSED(member, value, finding, told, limit)                                               \
	o = good;                                                                                  \
	o.member = value;                                                                          \
	refuses(&o, IGDPT_F_##finding, told, limit)
	REFUSED(mode, 4, PLAN_OPTION, 4, 3);
	REFUSED(flags, 2, PLAN_OPTION, 2, 1);
	REFUSED(dsm_policy, 5, PLAN_OPTION, 5, 4);
	REFUSED(firmware, 3, PLAN_OPTION, 3, 2);
	REFUSED(class_code, 0x1000000, PLAN_OPTION, 0x1000000, 0xffffff);
	REFUSED(reserved, 1, PLAN_OPTION, 1, 0);
	REFUSED(low_end, 0, PLAN_RAM, 0, 4 * GIB);
	REFUSED(low_end, MIB, PLAN_RAM, MIB, 4 * GIB);
	REFUSED(low_end, MIB + 1, PLAN_NO_ROOM, 8192, 64 * MIB);
	REFUSED(low_end, 4 * GIB + 1, PLAN_RAM, 4 * GIB + 1, 4 * GIB);
	REFUSED(high_bytes, UINT64_MAX, PLAN_RAM, UINT64_MAX, UINT64_MAX - 4 * GIB);
	REFUSED(high_bytes, UINT64_MAX - 4 * GIB + 1, PLAN_RAM, o.high_bytes, o.high_bytes - 1);
	REFUSED(mmio_first, 0, PLAN_HOLE, 0, 0xf7ffffff);
	REFUSED(mmio_first, 2 * GIB - 1, PLAN_HOLE, 2 * GIB - 1, 0xf7ffffff);
	REFUSED(mmio_last, 4 * GIB, PLAN_HOLE, 0xc0000000, 4 * GIB);
	REFUSED(mmio_last, 0xbfffffff, PLAN_HOLE, 0xc0000000, 0xbfffffff);
	REFUSED(mmio_last, 0, PLAN_HOLE, 0xc0000000, 0);
	REFUSED(opregion_bytes, 8191, PLAN_OPREGION_SIZE, 8191, 8192);
	REFUSED(opregion_bytes, 4 * GIB, PLAN_OPREGION_SIZE, 4 * GIB, 8192);
	REFUSED(opregion_bytes, 4 * GIB - 1, PLAN_NO_ROOM, 4 * GIB, 64 * MIB);
	REFUSED(vbt_bytes, 4 * GIB, PLAN_OPTION, 4 * GIB, 4 * GIB - 1);
	REFUSED(vbt_bytes, 4 * GIB - 1, PLAN_NO_ROOM, 4 * GIB + 8192, 64 * MIB);
	REFUSED(dsm_bytes, 33 * MIB, GMS_NOT_ENCODABLE, 33 * MIB, 0);
	REFUSED(ggc, 0xffc1, GMS_UNDEFINED, 0xff, 0);
	REFUSED(size, 4, ABI_SIZE, 4, 4096);
	o = good;
	o.mode = IGDPT_PLAN_MAP;
	o.vbt_bytes = 1;
	refuses(&o, IGDPT_F_PLAN_SEPARATE_VBT, 1, 0);
	ck_assert_int_eq(igdpt_plan_make(NULL, &r, &why), -IGDPT_E_INVALID);
	ck_assert_uint_eq(why.value | why.want, 0);
	why.id = 0;
	ck_assert_int_eq(igdpt_plan_make(&good, NULL, &why), -IGDPT_E_INVALID);
	ck_assert_uint_eq(why.id, IGDPT_F_ARGUMENT);
#undef REFUSED
}
END_TEST

/* The largest and the smallest that each option may be. */
START_TEST(options_reach_their_limits)
{
	struct igdpt_platform p = named("skl");
	struct igdpt_plan_opts o = question(&p, IGDPT_PLAN_COPY);
	struct igdpt_plan_result r;

	o.class_code = 0xffffff;
	o.high_bytes = UINT64_MAX - 4 * GIB;
	o.mmio_first = o.mmio_last = 4 * GIB - 1;
	o.low_end = 4 * GIB - 1;
	o.ggc = 0x7fc1; /* 4064 MiB */
	r = plan(&o);
	ck_assert_uint_eq(r.asls, FIXED - 8192);
	ck_assert_uint_eq(r.dsm_bytes, 4064 * MIB);
	o.low_end = FIXED - 1;
	r = plan(&o);
	ck_assert_uint_eq(r.asls, FIXED - 0x3000); /* the last page of RAM is no whole one */
	o.low_end = 4 * GIB;
	o.mmio_first = o.mmio_last = 0;
	o.dsm_policy = IGDPT_PLAN_DSM_NONE;
	o.opregion_bytes = FIXED - 2 * MIB - 1;
	o.vbt_bytes = MIB;
	r = plan(&o);
	ck_assert_uint_eq(r.asls, MIB);
	ck_assert_uint_eq(r.rvda, FIXED - 2 * MIB);
	o.opregion_bytes = MIB;
	o.vbt_bytes = FIXED - 2 * MIB - 1;
	r = plan(&o);
	ck_assert_uint_eq(r.rvda, MIB);
	o = question(&p, IGDPT_PLAN_COPY);
	o.dsm_policy = IGDPT_PLAN_DSM_NONE;
	o.low_end = MIB + 8192;
	o.mmio_first = o.low_end;
	r = plan(&o);
	ck_assert_uint_eq(r.asls, MIB);
	o.mode = IGDPT_PLAN_TRAP;
	o.mmio_last = o.mmio_first + 8191;
	r = plan(&o);
	ck_assert_uint_eq(r.asls, MIB + 8192);
}
END_TEST

/* IOAPIC, MSI window and reset vector are there, whatever a VMM calls its hole or its RAM. */
START_TEST(no_block_lies_where_the_machine_has_its_own)
{
	struct igdpt_platform p = named("skl");
	struct igdpt_plan_opts o = question(&p, IGDPT_PLAN_TRAP);
	static const uint64_t ends[] = { 0xfec00000, 0xfec00fff, 0xfeefffff, 0xffffffff };
	struct igdpt_plan_result r;

	o.mmio_first = 0xc0000000;
	for (size_t i = 0; i < 4; i++) {
		o.mmio_last = ends[i];
		r = plan(&o);
		ck_assert_uint_eq(r.asls, FIXED - 8192);
	}
	o.mmio_last = FIXED - 2;
	r = plan(&o);
	ck_assert_uint_eq(r.asls, FIXED - 0x3000);
	o.mmio_first = FIXED - 0x1000;
	o.mmio_last = 0xffffffff;
	refuses(&o, IGDPT_F_PLAN_NO_ROOM, 8192, 64 * MIB);
	o.mmio_first = FIXED;
	refuses(&o, IGDPT_F_PLAN_NO_ROOM, 8192, 64 * MIB);
	o = question(&p, IGDPT_PLAN_COPY);
	o.mmio_first = o.mmio_last = 0;
	o.low_end = 4 * GIB;
	r = plan(&o);
	ck_assert_uint_eq(r.asls, FIXED - 8192);
	ck_assert_uint_eq(r.bdsm, FIXED - 65 * MIB);
	o.mode = IGDPT_PLAN_FIRMWARE;
	o.firmware = IGDPT_FIRMWARE_SEABIOS;
	r = plan(&o);
	ck_assert_uint_eq(first_of(&r, IGDPT_PLAN_BLOCK_OPREGION), FIXED - 8192);
	ck_assert_uint_eq(first_of(&r, IGDPT_PLAN_BLOCK_DSM), FIXED - 81 * MIB);
}
END_TEST

static uint32_t rng_state = 0x2545f491;

static uint32_t rng(uint32_t below)
{
	rng_state ^= rng_state << 13;
	rng_state ^= rng_state >> 17;
	rng_state ^= rng_state << 5;
	return rng_state % below;
}

/*
 * A world of twelve units of 2 MiB above the first: every set of taken units, stolen memory of none,
 * 2 or 4 units, OpRegions of one to three, VBTs of none to three. A program that tries every
 * placement answers.
 */
#define UNIT (2 * MIB)
#define UNITS 12u

struct small {
	uint32_t taken; /* a bit per unit */
	uint32_t op, vbt, dsm; /* sizes in units */
};

static bool free_units(uint32_t taken, uint32_t at, uint32_t n)
{
	return at + n <= UNITS && !(taken >> at & ((1u << n) - 1));
}

static bool solvable_vbt(const struct small *w, uint32_t taken)
{
	for (uint32_t op = 0; op + w->op <= UNITS; op++) {
		if (!free_units(taken, op, w->op))
			continue;
		if (!w->vbt)
			return true;
		for (uint32_t vbt = op + w->op; vbt + w->vbt <= UNITS; vbt++) {
			if (free_units(taken, vbt, w->vbt))
				return true;
		}
	}
	return false;
}

static bool solvable(const struct small *w)
{
	if (!w->dsm)
		return solvable_vbt(w, w->taken);
	for (uint32_t d = 0; d + w->dsm <= UNITS; d++) {
		if (free_units(w->taken, d, w->dsm) &&
		    solvable_vbt(w, w->taken | ((1u << w->dsm) - 1) << d))
			return true;
	}
	return false;
}

/* What must hold for every plan that a VMM carries out. */
static void assert_sound(const struct igdpt_plan_opts *o, const struct igdpt_plan_result *r)
{
	for (uint32_t i = 0; i < r->count; i++) {
		const struct igdpt_plan_block *b = &r->blocks[i];
		uint64_t last = b->first + b->bytes - 1;

		if (b->flags & IGDPT_PLAN_LATER)
			continue;
		if (b->first % 0x1000 || b->bytes % 0x1000 || !b->bytes)
			ck_abort_msg("block %u is not whole pages", i);
		if (igdpt_ranges_overlap(o->taken, b->first, last, NULL))
			ck_abort_msg("block %u is not free", i);
		if (b->flags & IGDPT_PLAN_IN_RAM && (b->first < MIB || last >= o->low_end))
			ck_abort_msg("block %u is not in RAM", i);
		if (!(b->flags & IGDPT_PLAN_IN_RAM) && b->first < o->low_end)
			ck_abort_msg("block %u is in RAM", i);
		if (o->mmio_first && b->first <= o->mmio_last && last >= o->mmio_first &&
		    !(b->flags & IGDPT_PLAN_TRAPPED))
			ck_abort_msg("block %u is in the hole", i);
		for (uint32_t k = 0; k < i; k++) {
			if (b->first < r->blocks[k].first + r->blocks[k].bytes &&
			    r->blocks[k].first <= last && !(r->blocks[k].flags & IGDPT_PLAN_LATER))
				ck_abort_msg("blocks %u and %u overlap", i, k);
		}
	}
}

/* Whether stolen memory fits at the host's address, with a unit of GTT stolen memory below it. */
static bool solvable_at(const struct small *w, uint32_t identity_at)
{
	struct small fixed = *w;

	fixed.taken |= ((1u << (w->dsm + 1)) - 1) << (identity_at - 1);
	return free_units(w->taken, identity_at - 1, w->dsm + 1) && solvable_vbt(&fixed, fixed.taken);
}

static void try_small(const struct small *w, const struct igdpt_platform *p, uint32_t identity_at,
	uint32_t policy)
{
	struct igdpt_range taken[UNITS];
	struct igdpt_ranges set = { 0 };
	struct igdpt_plan_result r = { .size = sizeof(r) };
	struct igdpt_plan_opts o = question(p, IGDPT_PLAN_COPY);
	size_t n = 0;
	bool want;
	int rc;

	for (uint32_t u = 0; u < UNITS; u++) {
		if (w->taken >> u & 1)
			taken[n++] = (struct igdpt_range){ (u + 1) * UNIT, (u + 2) * UNIT - 1 };
	}
	ck_assert(igdpt_ranges_build(&set, taken, n, NULL, NULL, NULL) == 0);
	o.taken = &set;
	o.low_end = (UNITS + 1) * UNIT;
	o.opregion_bytes = w->op * UNIT;
	o.vbt_bytes = w->vbt * UNIT;
	/* GGMS 1: 2 MiB, one unit. GMS 0xF0: 4 MiB, 0xF1: 8 MiB. */
	o.ggc = w->dsm ? (w->dsm == 2 ? 0xf040 : 0xf140) : 0x0040;
	o.dsm_policy = policy;
	o.host_bdsm = (identity_at + 1) * UNIT;
	want = policy == IGDPT_PLAN_DSM_IDENTITY ? solvable_at(w, identity_at) : solvable(w);
	rc = igdpt_plan_make(&o, &r, NULL);
	if ((rc == 0) != want)
		ck_abort_msg("taken %03x op %u vbt %u dsm %u identity %u: %d", w->taken, w->op, w->vbt,
			w->dsm, identity_at, rc);
	if (rc < 0)
		return;
	assert_sound(&o, &r);
	if (w->vbt && (r.rvda < o.opregion_bytes || r.asls + r.rvda !=
		first_of(&r, IGDPT_PLAN_BLOCK_VBT)))
		ck_abort_msg("RVDA %llx", (unsigned long long)r.rvda);
	if (w->dsm && (r.dsm_bytes != w->dsm * UNIT ||
		r.bdsm != first_of(&r, IGDPT_PLAN_BLOCK_DSM) || r.bdsm % MIB))
		ck_abort_msg("BDSM");
	if (policy == IGDPT_PLAN_DSM_PREFER_IDENTITY &&
		solvable_at(w, identity_at) != !!(r.flags & IGDPT_PLAN_IS_IDENTITY))
		ck_abort_msg("taken %03x: identity given up, or not possible", w->taken);
	if (r.flags & IGDPT_PLAN_IS_IDENTITY && (r.bdsm != o.host_bdsm || r.gsm_bytes != UNIT ||
		first_of(&r, IGDPT_PLAN_BLOCK_GSM) != r.bdsm - UNIT))
		ck_abort_msg("identity");
}

START_TEST(every_layout_of_a_small_world_is_found_or_impossible)
{
	struct igdpt_platform p = named("skl");
	unsigned worlds = 0;

	for (uint32_t taken = 0; taken < 1u << UNITS; taken++) {
		for (uint32_t dsm = 0; dsm <= 4; dsm += 2) {
			for (uint32_t op = 1; op <= 3; op++) {
				for (uint32_t vbt = 0; vbt <= 3; vbt++, worlds++)
					try_small(&(struct small){ taken, op, vbt, dsm }, &p, 0,
						IGDPT_PLAN_DSM_RELOCATE);
			}
			for (uint32_t at = 1; dsm && at + dsm <= UNITS; at++, worlds += 2) {
				struct small w = { taken, 1, 1, dsm };

				try_small(&w, &p, at, IGDPT_PLAN_DSM_IDENTITY);
				try_small(&w, &p, at, IGDPT_PLAN_DSM_PREFER_IDENTITY);
			}
		}
	}
	ck_assert_uint_gt(worlds, 200000);
}
END_TEST

/* Six units of RAM above the first, six of MMIO hole; the VMM answers for OpRegion and VBT there. */
#define HALF (UNITS / 2)
#define HOLE UINT64_C(0xc0000000)

static void try_hole(const struct small *w, const struct igdpt_platform *p)
{
	uint32_t outside = ((1u << HALF) - 1) << HALF;
	struct small hole = *w, ram = { w->taken | outside, 0, 0, w->dsm };
	struct igdpt_range taken[UNITS];
	struct igdpt_ranges set = { 0 };
	struct igdpt_plan_result r = { .size = sizeof(r) };
	struct igdpt_plan_opts o = question(p, IGDPT_PLAN_TRAP);
	size_t n = 0;
	bool want;

	for (uint32_t u = 0; u < UNITS; u++) {
		uint64_t first = u < HALF ? (u + 1) * UNIT : HOLE + (u - HALF) * UNIT;

		if (w->taken >> u & 1)
			taken[n++] = (struct igdpt_range){ first, first + UNIT - 1 };
	}
	ck_assert(igdpt_ranges_build(&set, taken, n, NULL, NULL, NULL) == 0);
	o.taken = &set;
	o.low_end = (HALF + 1) * UNIT;
	o.mmio_first = HOLE;
	o.mmio_last = HOLE + HALF * UNIT - 1;
	o.opregion_bytes = w->op * UNIT;
	o.vbt_bytes = w->vbt * UNIT;
	o.ggc = w->dsm ? (w->dsm == 2 ? 0xf040 : 0xf140) : 0x0040;
	o.dsm_policy = IGDPT_PLAN_DSM_RELOCATE;
	hole.taken = w->taken | ((1u << HALF) - 1);
	want = solvable_vbt(&hole, hole.taken) && solvable(&ram);
	if ((igdpt_plan_make(&o, &r, NULL) == 0) != want)
		ck_abort_msg("taken %03x op %u vbt %u dsm %u: want %d", w->taken, w->op, w->vbt, w->dsm,
			want);
	if (want)
		assert_sound(&o, &r);
}

START_TEST(every_layout_of_a_small_hole_is_found_or_impossible)
{
	struct igdpt_platform p = named("skl");

	for (uint32_t taken = 0; taken < 1u << UNITS; taken++) {
		for (uint32_t dsm = 0; dsm <= 4; dsm += 2) {
			for (uint32_t op = 1; op <= 3; op++) {
				for (uint32_t vbt = 0; vbt <= 3; vbt++)
					try_hole(&(struct small){ taken, op, vbt, dsm }, &p);
			}
		}
	}
}
END_TEST

struct machine {
	struct igdpt_platform platform;
	uint8_t config[256];
	uint32_t host_dsm;
	uint64_t reserved;
};

/* Any platform with a BDSM register, and a GGC that its codec defines. */
static void random_machine(struct machine *m, struct igdpt_stolen *s)
{
	m->platform.size = sizeof(m->platform);
	do {
		ck_assert(igdpt_platform_at(rng(446), &m->platform) == 0);
	} while (m->platform.bdsm == IGDPT_BDSM_NONE || m->platform.codec < IGDPT_CODEC_GEN6);
	memset(m->config, 0, sizeof(m->config));
	do {
		put_le16(m->config + 0x50, (uint16_t)(rng(0x10000) & (rng(2) ? 0x04ff : 0xffff)));
		s->size = sizeof(*s);
	} while (igdpt_stolen_decode(m->platform.codec, get_le16(m->config + 0x50), 0, s, NULL) < 0);
	m->host_dsm = (0x400 + rng(0xb00)) << 20;
	put_le16(m->config, 0x8086);
	put_le16(m->config + 2, (uint16_t)m->platform.device_id);
	m->config[0x0b] = 3;
	put_le32(m->config + (m->platform.bdsm == IGDPT_BDSM_CFG_C0 ? 0xc0 : 0x5c), m->host_dsm | 1);
	put_le32(m->config + 0xfc, 0x3a000018);
	m->reserved = s->dsm_bytes >= 2 * MIB ? m->host_dsm + s->dsm_bytes - 2 * MIB + 1 : 0;
}

static void random_question(const struct machine *m, struct igdpt_plan_opts *o)
{
	*o = question(&m->platform, rng(4));
	o->flags = rng(2);
	o->dsm_policy = rng(5);
	o->firmware = rng(3);
	o->ggc = get_le16(m->config + 0x50);
	o->host_bdsm = m->host_dsm | 1;
	o->low_end = (64 + rng(2944)) * MIB;
	o->dsm_bytes = rng(4) ? 0 : 32 * MIB * (1 + rng(4));
	o->opregion_bytes = 8192 + rng(2) * rng(10000);
	if (o->mode == IGDPT_PLAN_COPY || o->mode == IGDPT_PLAN_TRAP)
		o->vbt_bytes = rng(2) * (1 + rng(9000));
}

/* The handle that a VMM makes of a plan. */
static struct igdpt_pcicfg *carry_out(const struct machine *m, const struct igdpt_plan_opts *o,
	const struct igdpt_plan_result *r)
{
	struct igdpt_pcicfg_opts opts = { .size = sizeof(opts), .flags = r->config_flags,
		.asls_policy = r->asls_policy, .bdsm_policy = r->bdsm_policy,
		.gms_policy = r->gms_policy, .bridge = r->bridge, .asls = r->asls, .bdsm = r->bdsm,
		.dsm_bytes = o->dsm_bytes };
	struct igdpt_mmio_opts mmio = { .size = sizeof(mmio), .host_reserved = m->reserved };
	struct igdpt_pcicfg *cfg = NULL;
	uint32_t forward;

	if (igdpt_pcicfg_new(&m->platform, m->config, sizeof(m->config), &opts, &cfg, NULL) < 0)
		ck_abort_msg("no handle");
	igdpt_mmio_setup(cfg, &mmio, NULL);
	if (o->mode == IGDPT_PLAN_FIRMWARE && r->dsm_bytes) {
		uint32_t base = (uint32_t)first_of(r, IGDPT_PLAN_BLOCK_DSM);
		bool wide = m->platform.bdsm == IGDPT_BDSM_CFG_C0 && r->bridge != IGDPT_BRIDGE_ON;

		igdpt_pcicfg_write(cfg, wide ? 0xc0 : 0x5c, 4, base ? base : 0x01000000, &forward);
	}
	return cfg;
}

static uint64_t mirror(const struct igdpt_pcicfg *cfg, uint32_t offset, uint32_t width)
{
	uint64_t value = 0;

	/* Hardware answers with ones: a register that is not answered for shows. */
	igdpt_mmio_read(cfg, 0, offset, width, UINT64_MAX, &value);
	return value;
}

static void registers_agree(const struct machine *m, const struct igdpt_plan_opts *o,
	const struct igdpt_plan_result *r, const struct igdpt_pcicfg *cfg)
{
	bool wide = m->platform.bdsm == IGDPT_BDSM_CFG_C0;
	struct igdpt_stolen s = { .size = sizeof(s) };
	uint64_t ggc = 0, bdsm = 0, want = first_of(r, IGDPT_PLAN_BLOCK_DSM);
	uint64_t reserved, distance = 2 * MIB;

	if (r->dsm_bytes && !want)
		want = 0x01000000; /* where "firmware" put it */
	igdpt_pcicfg_read(cfg, 0x50, 2, 0, &ggc);
	igdpt_pcicfg_read(cfg, wide ? 0xc0 : 0x5c, wide ? 8 : 4, 0, &bdsm);
	if (igdpt_stolen_decode(m->platform.codec, (uint32_t)ggc, 0, &s, NULL) < 0)
		ck_abort_msg("GGC %llx", (unsigned long long)ggc);
	if (s.dsm_bytes != r->dsm_bytes || s.gsm_bytes != r->gsm_bytes)
		ck_abort_msg("GGC and plan disagree");
	if ((bdsm & ~UINT64_C(0xfffff)) != want)
		ck_abort_msg("BDSM %llx, planned %llx", (unsigned long long)bdsm,
			(unsigned long long)want);
	if (mirror(cfg, IGDPT_MMIO_GGC, 2) != ggc || mirror(cfg, IGDPT_MMIO_DSMBASE, wide ? 8 : 4) != bdsm)
		ck_abort_msg("a mirror differs");
	if (mirror(cfg, IGDPT_MMIO_GSMBASE, wide ? 8 : 4) !=
	    (want > s.gsm_bytes ? want - s.gsm_bytes : 0))
		ck_abort_msg("GSMBASE");
	if (mirror(cfg, IGDPT_MMIO_TOLUD, 4) != (want ? (uint32_t)(want + s.dsm_bytes) : 0))
		ck_abort_msg("TOLUD");
	reserved = mirror(cfg, IGDPT_MMIO_STOLEN_RESERVED, wide ? 8 : 4) & ~UINT64_C(0xfffff);
	if (reserved != (m->reserved && want && r->dsm_bytes >= distance ?
		want + r->dsm_bytes - distance : 0))
		ck_abort_msg("STOLEN_RESERVED %llx", (unsigned long long)reserved);
	if (r->flags & IGDPT_PLAN_IS_IDENTITY && want != (o->host_bdsm & ~UINT64_C(0xfffff)))
		ck_abort_msg("identity is not identity");
}

START_TEST(ggc_bdsm_mirrors_and_plan_always_agree)
{
	unsigned planned = 0, asked = 0;

	while (planned < 100000) {
		struct igdpt_plan_result r = { .size = sizeof(r) };
		struct igdpt_plan_opts o;
		struct igdpt_stolen s;
		struct igdpt_pcicfg *cfg;
		struct machine m;

		if (asked++ > 1000000)
			ck_abort_msg("only %u plans", planned);
		random_machine(&m, &s);
		random_question(&m, &o);
		if (igdpt_plan_make(&o, &r, NULL) < 0)
			continue;
		planned++;
		assert_sound(&o, &r);
		cfg = carry_out(&m, &o, &r);
		registers_agree(&m, &o, &r, cfg);
		igdpt_pcicfg_free(cfg);
	}
}
END_TEST

/* What a finding tells must be the block's place and size, the two registers, or nothing. */
static void count(void *user, const struct igdpt_finding *f)
{
	uint64_t *seen = user, value = 0, want = 0;

	*seen |= UINT64_C(1) << (f->id - 800);
	if (f->id == IGDPT_F_PLAN_BRIDGE) {
		value = IGDPT_CFG_BDSM;
		want = IGDPT_CFG_BDSM64;
	}
	if (f->id != IGDPT_F_PLAN_PREDICTED && f->id != IGDPT_F_PLAN_ADD_MEMORY)
		ck_assert(f->value == value && f->want == want);
	ck_assert_uint_eq(f->offset, IGDPT_NO_OFFSET);
}

static void keep_last(void *user, const struct igdpt_finding *f)
{
	struct igdpt_finding *last = user;

	*last = *f;
}

#define SEEN(name) (UINT64_C(1) << (IGDPT_F_##name - 800))

START_TEST(a_plan_says_what_it_gives_up)
{
	struct igdpt_platform p = named("tgl");
	struct igdpt_plan_opts o = question(&p, IGDPT_PLAN_FIRMWARE);
	struct igdpt_finding last;
	struct igdpt_plan_result r;
	uint64_t seen = 0;

	o.firmware = IGDPT_FIRMWARE_SEABIOS;
	r = plan(&o);
	ck_assert_int_eq(igdpt_plan_check(&o, &r, count, &seen), 0);
	ck_assert_uint_eq(seen, SEEN(PLAN_PREDICTED) | SEEN(PLAN_RELOCATED) | SEEN(PLAN_BRIDGE));
	r.flags = IGDPT_PLAN_IS_IDENTITY; /* of a plan with one block, the last */
	r.bridge = IGDPT_BRIDGE_OFF;
	igdpt_plan_check(&o, &r, keep_last, &last);
	ck_assert_uint_eq(last.value, 0x7af00000);
	ck_assert_uint_eq(last.want, 64 * MIB);
	o = question(&p, IGDPT_PLAN_COPY);
	o.low_end = GIB;
	o.flags = IGDPT_PLAN_TWO_TYPES;
	r = plan(&o);
	seen = 0;
	igdpt_plan_check(&o, &r, count, &seen);
	ck_assert_uint_eq(seen, SEEN(PLAN_ADD_MEMORY) | SEEN(PLAN_TWO_TYPES_NOTE));
	o.flags = 0;
	igdpt_plan_check(&o, &r, keep_last, &last);
	ck_assert_uint_eq(last.value, 0x7b800000); /* the GTT part */
	ck_assert_uint_eq(last.want, 8 * MIB);
	o.host_bdsm = 0;
	o.flags = 0;
	r = plan(&o);
	seen = 0;
	igdpt_plan_check(&o, &r, count, &seen);
	ck_assert_uint_eq(seen, SEEN(PLAN_FELL_BACK) | SEEN(PLAN_RELOCATED));
	o.dsm_policy = IGDPT_PLAN_DSM_NONE;
	r = plan(&o);
	seen = 0;
	igdpt_plan_check(&o, &r, count, &seen);
	ck_assert_uint_eq(seen, SEEN(PLAN_NO_DSM));
	ck_assert_int_eq(igdpt_plan_check(NULL, &r, NULL, NULL), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_plan_check(&o, NULL, NULL, NULL), -IGDPT_E_INVALID);
	/* Without a platform there is no register to miss. */
	o.platform = NULL;
	seen = 0;
	igdpt_plan_check(&o, &r, count, &seen);
	ck_assert_uint_eq(seen, 0);
	p = named("mtl");
	o = question(&p, IGDPT_PLAN_COPY);
	r = plan(&o);
	ck_assert_int_eq(igdpt_plan_check(&o, &r, keep_last, &last), 0);
	ck_assert_uint_ne(last.id, IGDPT_F_PCICFG_GMS_NOWHERE);
	o.dsm_bytes = 256 * MIB;
	r = plan(&o);
	ck_assert_int_eq(igdpt_plan_check(&o, &r, keep_last, &last), 0);
	ck_assert_uint_eq(last.id, IGDPT_F_PCICFG_GMS_NOWHERE);
	ck_assert(last.offset == IGDPT_NO_OFFSET && !last.value && !last.want);
	p.size = 3;
	ck_assert_int_eq(igdpt_plan_check(&o, &r, NULL, NULL), -IGDPT_E_ABI_SIZE);
	/* Gen 11 relocates without trouble. */
	p = named("icl");
	o = question(&p, IGDPT_PLAN_COPY);
	o.dsm_policy = IGDPT_PLAN_DSM_RELOCATE;
	r = plan(&o);
	igdpt_plan_check(&o, &r, count, &seen);
	ck_assert_uint_eq(seen, 0);
}
END_TEST

START_TEST(the_memory_map_is_whole_and_ascending)
{
	static const struct igdpt_e820_entry want[] = {
		{ 0, 0xa0000, 1, 0 }, { 0xa0000, 0x60000, 2, 0 }, { MIB, 0x100000, 1, 0 },
		{ 2 * MIB, MIB, 2, 0 }, { 3 * MIB, 0x7b7fe000 - 3 * MIB, 1, 0 },
		{ 0x7b7fe000, 0x2000, 4, 0 }, { 0x7b800000, 0x4800000, 2, 0 },
		{ 4 * GIB, GIB, 1, 0 },
	};
	struct igdpt_platform p = named("tgl");
	struct igdpt_plan_opts o = question(&p, IGDPT_PLAN_COPY);
	struct igdpt_range taken = { 2 * MIB, 3 * MIB - 1 };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_e820_entry got[16];
	struct igdpt_plan_result r;
	size_t n = 0;

	o.high_bytes = GIB;
	o.taken = &(struct igdpt_ranges){ &taken, NULL, 1 };
	r = plan(&o);
	ck_assert_int_eq(igdpt_plan_e820(&o, &r, NULL, &n, NULL), -IGDPT_E_NOSPACE);
	ck_assert_uint_eq(n, 8);
	ck_assert_int_eq(igdpt_plan_e820(&o, &r, got, &n, NULL), 0);
	ck_assert_mem_eq(got, want, sizeof(want));
	n = 7;
	memset(got, 0xff, sizeof(got));
	ck_assert_int_eq(igdpt_plan_e820(&o, &r, got, &n, &why), -IGDPT_E_NOSPACE);
	ck_assert_uint_eq(n, 8);
	ck_assert_uint_eq(why.value, 7);
	ck_assert_uint_eq(why.want, 8);
	ck_assert_mem_eq(got, want, 7 * sizeof(want[0])); /* as many as there is room for */
	ck_assert_uint_eq(got[7].type, UINT32_MAX);
	ck_assert_int_eq(igdpt_plan_e820(&o, &r, got, NULL, &why), -IGDPT_E_INVALID);
	ck_assert_uint_eq(why.value | why.want, 0);
	ck_assert_int_eq(igdpt_plan_e820(&o, NULL, got, &n, &why), -IGDPT_E_INVALID);
	ck_assert_uint_eq(why.value | why.want, 0);
	r.size = 4;
	ck_assert_int_eq(igdpt_plan_e820(&o, &r, got, &n, &why), -IGDPT_E_ABI_SIZE);
	o.low_end = GIB; /* stolen memory above RAM */
	r = plan(&o);
	n = 16;
	ck_assert_int_eq(igdpt_plan_e820(&o, &r, got, &n, NULL), 0);
	ck_assert_uint_eq(got[n - 2].first, 0x7b800000);
	ck_assert_uint_eq(got[n - 2].type, IGDPT_E820_RESERVED);
	ck_assert_uint_eq(got[n - 2].bytes, 72 * MIB);
}
END_TEST

static bool is_ram(const struct igdpt_plan_opts *o, uint64_t at)
{
	return at < o->low_end || (at >= 4 * GIB && at < 4 * GIB + o->high_bytes);
}

/* The type of one byte by the words of the header, 0 for none. */
static uint32_t type_at(const struct igdpt_plan_opts *o, const struct igdpt_plan_result *r, uint64_t at)
{
	bool carved = is_ram(o, at);

	if (at >= 0xa0000 && at < MIB)
		return IGDPT_E820_RESERVED;
	for (uint32_t i = 0; i < r->count; i++) {
		const struct igdpt_plan_block *b = &r->blocks[i];

		if (at >= b->first && at - b->first < b->bytes &&
		    b->flags & (carved ? IGDPT_PLAN_IN_RAM : IGDPT_PLAN_ADD_MEMORY) &&
		    !(b->flags & (IGDPT_PLAN_PREDICTED | IGDPT_PLAN_LATER)))
			return b->e820;
	}
	if (!carved)
		return IGDPT_E820_NONE;
	return igdpt_ranges_overlap(o->taken, at, at, NULL) ? IGDPT_E820_RESERVED : IGDPT_E820_RAM;
}

static uint32_t mapped_at(const struct igdpt_e820_entry *map, size_t n, uint64_t at)
{
	for (size_t i = 0; i < n; i++) {
		if (at >= map[i].first && at - map[i].first < map[i].bytes)
			return map[i].type;
	}
	return IGDPT_E820_NONE;
}

/* A map can only be wrong beside a place where something begins or ends. */
static void map_is_right_around(const struct igdpt_plan_opts *o, const struct igdpt_plan_result *r,
	const struct igdpt_e820_entry *map, size_t n, uint64_t edge)
{
	for (uint64_t at = edge - (edge > 0); at <= edge && at < UINT64_MAX; at++)
		require(mapped_at(map, n, at) == type_at(o, r, at), "%#llx has type %u instead of %u",
			(unsigned long long)at, mapped_at(map, n, at), type_at(o, r, at));
}

static void check_map(const struct igdpt_plan_opts *o, const struct igdpt_plan_result *r)
{
	const uint64_t edges[] = { 0, 0xa0000, MIB, o->low_end, 4 * GIB, 4 * GIB + o->high_bytes };
	struct igdpt_e820_entry map[40];
	size_t n = 40;

	require(igdpt_plan_e820(o, r, map, &n, NULL) == 0, "no map");
	for (size_t i = 0; i < n; i++) {
		require(map[i].bytes && map[i].reserved == 0, "entry %zu", i);
		require(!i || map[i].first > map[i - 1].first + map[i - 1].bytes ||
			(map[i].first == map[i - 1].first + map[i - 1].bytes &&
				map[i].type != map[i - 1].type), "entry %zu", i);
	}
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
		map_is_right_around(o, r, map, n, edges[i]);
	for (size_t i = 0; i < o->taken->count; i++) {
		map_is_right_around(o, r, map, n, o->taken->ranges[i].first);
		map_is_right_around(o, r, map, n, o->taken->ranges[i].last + 1);
	}
	for (uint32_t i = 0; i < r->count; i++) {
		map_is_right_around(o, r, map, n, r->blocks[i].first);
		map_is_right_around(o, r, map, n, r->blocks[i].first + r->blocks[i].bytes);
	}
}

/* Ranges that begin and end at the edges of RAM and of each other, up to the last address. */
START_TEST(the_memory_map_says_of_each_byte_what_it_is)
{
	static const uint64_t steps[] = { 0, 0x1000, 0x9f000, 0xa0000, 0xb0000, MIB, 0x1fe000, 2 * MIB,
		0x10000000, 0x7b800000, 0x7c000000, 0x80000000, 0x80001000, 4 * GIB - 0x1000, 4 * GIB,
		5 * GIB, 5 * GIB + 0x1000, UINT64_MAX };
	enum { STEPS = sizeof(steps) / sizeof(steps[0]) };
	unsigned maps = 0;

	for (int i = 0; i < 100000; i++) {
		struct igdpt_platform p = named(rng(2) ? "tgl" : "skl");
		struct igdpt_plan_opts o = question(&p, rng(4));
		struct igdpt_plan_result r = { .size = sizeof(r) };
		struct igdpt_range taken[STEPS];
		struct igdpt_ranges set = { 0 };
		size_t n = 0;

		for (size_t k = 0; k + 1 < STEPS; k++) {
			if (!rng(4))
				taken[n++] = (struct igdpt_range){ steps[k],
					steps[k + 1] - (steps[k + 1] < UINT64_MAX) };
		}
		ck_assert(igdpt_ranges_build(&set, taken, n, NULL, NULL, NULL) == 0);
		o.taken = &set;
		o.low_end = rng(2) ? 2 * GIB : 0x10000000;
		o.high_bytes = rng(2) ? GIB : 0;
		o.dsm_policy = rng(5);
		o.firmware = rng(3);
		o.flags = rng(2);
		if (igdpt_plan_make(&o, &r, NULL) < 0)
			continue;
		check_map(&o, &r);
		maps++;
	}
	ck_assert_uint_gt(maps, 10000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plan");
	TCase *tc = tcase_create("plans");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, seabios_is_predicted);
	tcase_add_test(tc, what_seabios_cannot_do_is_refused);
	tcase_add_test(tc, seabios_needs_no_more_than_it_takes);
	tcase_add_test(tc, uefi_takes_the_hosts_address_if_it_is_ram);
	tcase_add_test(tc, a_vmm_that_places_presets_the_registers);
	tcase_add_test(tc, identity_is_possible_or_the_reason_is_named);
	tcase_add_test(tc, identity_is_refused_by_the_first_byte_in_its_way);
	tcase_add_test(tc, identity_gives_way_to_the_opregion);
	tcase_add_test(tc, a_trapped_opregion_lies_in_the_hole);
	tcase_add_test(tc, a_map_follows_the_hosts_page_offset);
	tcase_add_test(tc, meteor_lake_and_unknown_devices_have_an_opregion_only);
	tcase_add_test(tc, nonsense_is_refused);
	tcase_add_test(tc, options_reach_their_limits);
	tcase_add_test(tc, no_block_lies_where_the_machine_has_its_own);
	tcase_add_test(tc, every_layout_of_a_small_world_is_found_or_impossible);
	tcase_add_test(tc, every_layout_of_a_small_hole_is_found_or_impossible);
	tcase_add_test(tc, ggc_bdsm_mirrors_and_plan_always_agree);
	tcase_add_test(tc, a_plan_says_what_it_gives_up);
	tcase_add_test(tc, the_memory_map_is_whole_and_ascending);
	tcase_add_test(tc, the_memory_map_says_of_each_byte_what_it_is);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
