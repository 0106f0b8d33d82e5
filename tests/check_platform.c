/* SPDX-License-Identifier: MIT */
#include "support.h"

#include "igdpt/error.h"
#include "igdpt/platform.h"

static struct igdpt_platform find(uint32_t id)
{
	struct igdpt_platform p = { .size = sizeof(p) };

	ck_assert_msg(igdpt_platform_find(id, &p) == 0, "0x%04x", id);
	return p;
}

START_TEST(ids_map_to_their_platform)
{
	static const struct {
		uint32_t id, gen, codec, bdsm;
		const char *name;
	} rows[] = {
		{ 0x0102, 600, IGDPT_CODEC_GEN6, IGDPT_BDSM_CFG_5C, "snb" },
		{ 0x0152, 700, IGDPT_CODEC_GEN6, IGDPT_BDSM_CFG_5C, "ivb" },
		{ 0x0412, 750, IGDPT_CODEC_GEN6, IGDPT_BDSM_CFG_5C, "hsw" },
		{ 0x1612, 800, IGDPT_CODEC_GEN8, IGDPT_BDSM_CFG_5C, "bdw" },
		{ 0x22b0, 800, IGDPT_CODEC_CHV, IGDPT_BDSM_CFG_5C, "chv" },
		{ 0x1912, 900, IGDPT_CODEC_GEN9, IGDPT_BDSM_CFG_5C, "skl" },
		{ 0x8a52, 1100, IGDPT_CODEC_GEN9, IGDPT_BDSM_CFG_C0, "icl" },
		{ 0x9a49, 1200, IGDPT_CODEC_GEN9, IGDPT_BDSM_CFG_C0, "tgl" },
		{ 0x46a6, 1200, IGDPT_CODEC_GEN9, IGDPT_BDSM_CFG_C0, "adl-p" },
		{ 0x7d55, 1270, IGDPT_CODEC_MTL, IGDPT_BDSM_NONE, "mtl" },
		{ 0x64a0, 2004, IGDPT_CODEC_MTL, IGDPT_BDSM_NONE, "lnl" },
		{ 0x56a0, 1255, IGDPT_CODEC_NONE, IGDPT_BDSM_NONE, "dg2" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_platform p = find(rows[i].id);

		ck_assert_uint_eq(p.device_id, rows[i].id);
		ck_assert_uint_eq(p.gen, rows[i].gen);
		ck_assert_uint_eq(p.codec, rows[i].codec);
		ck_assert_uint_eq(p.bdsm, rows[i].bdsm);
		ck_assert_str_eq(p.name, rows[i].name);
	}
}
END_TEST

/* Ids that share a prefix with another platform: a rule by prefix gets these wrong. */
START_TEST(colliding_prefixes_are_told_apart)
{
	ck_assert_str_eq(find(0x0a84).name, "bxt");
	ck_assert_str_eq(find(0x0a16).name, "hsw");
	ck_assert_str_eq(find(0x5a84).name, "bxt");
	ck_assert_str_eq(find(0x5a41).name, "cnl");
	ck_assert_str_eq(find(0x87c0).name, "aml-kbl");
	ck_assert_str_eq(find(0x87ca).name, "aml-cfl");
	ck_assert_str_eq(find(0x7d41).name, "arl");
	ck_assert_str_eq(find(0x7d40).name, "mtl");
	ck_assert_str_eq(find(0x4680).name, "adl-s");
	ck_assert_str_eq(find(0x46d0).name, "adl-n");
}
END_TEST

START_TEST(unknown_ids_stay_unknown)
{
	struct igdpt_platform p = { .size = sizeof(p) };
	unsigned known = 0;

	for (uint32_t id = 0; id <= 0x10001; id++)
		known += igdpt_platform_find(id, &p) == 0;
	ck_assert_uint_eq(known, 446);
	ck_assert_int_eq(igdpt_platform_find(0xffff, &p), -IGDPT_E_NOTFOUND);
	ck_assert_int_eq(igdpt_platform_find(0x10102, &p), -IGDPT_E_NOTFOUND);
	ck_assert_int_eq(igdpt_platform_by_name("", &p), -IGDPT_E_NOTFOUND);
	ck_assert_int_eq(igdpt_platform_by_name(NULL, &p), -IGDPT_E_NOTFOUND);
}
END_TEST

START_TEST(the_list_is_complete_and_ascending)
{
	struct igdpt_platform p = { .size = sizeof(p) }, by_name = { .size = sizeof(by_name) };
	uint32_t last = 0;
	size_t n;

	for (n = 0; igdpt_platform_at(n, &p) == 0; n++) {
		ck_assert_uint_gt(p.device_id, last);
		last = p.device_id;
		ck_assert_int_eq(igdpt_platform_by_name(p.name, &by_name), 0);
		ck_assert_uint_eq(by_name.platform, p.platform);
		ck_assert_uint_eq(by_name.device_id, 0);
	}
	ck_assert_uint_eq(n, 446);
	ck_assert_int_eq(igdpt_platform_at(n, &p), -IGDPT_E_NOTFOUND);
	ck_assert_int_eq(igdpt_platform_at(SIZE_MAX, &p), -IGDPT_E_NOTFOUND);
}
END_TEST

/* Whoever has a BDSM register is integrated; LMEMBAR and BDSM exclude each other. */
START_TEST(capabilities_are_consistent)
{
	struct igdpt_platform p = { .size = sizeof(p) };

	for (size_t n = 0; igdpt_platform_at(n, &p) == 0; n++) {
		if (p.bdsm != IGDPT_BDSM_NONE)
			ck_assert(p.flags & IGDPT_PLATFORM_INTEGRATED);
		if (p.flags & IGDPT_PLATFORM_LMEMBAR)
			ck_assert_uint_eq(p.bdsm, IGDPT_BDSM_NONE);
		ck_assert_uint_eq((p.flags & IGDPT_PLATFORM_LMEMBAR) != 0, p.codec == IGDPT_CODEC_MTL);
		ck_assert_uint_eq(p.bdsm == IGDPT_BDSM_CFG_C0, p.gen == 1100 || p.gen == 1200);
	}
}
END_TEST

START_TEST(struct_sizes_follow_the_rules)
{
	struct {
		struct igdpt_platform known;
		uint64_t newer;
	} big = { .known = { .size = sizeof(big) }, .newer = 5 };
	struct igdpt_platform p = { .size = 8 };

	ck_assert_int_eq(igdpt_platform_find(0x0412, &p), -IGDPT_E_ABI_SIZE);
	ck_assert_int_eq(igdpt_platform_find(0x0412, &big.known), 0);
	ck_assert_uint_eq(big.known.size, sizeof(big.known));
	ck_assert_uint_eq(big.newer, 0);
}
END_TEST

/* What Linux prints for emulated bridges, and real LPC ids beside such an IGD. */
START_TEST(each_generation_has_its_pch)
{
	static const struct {
		uint32_t id, lpc;
		const char *name;
	} rows[] = {
		{ 0x0102, 0x1c4f, "CPT" }, { 0x0412, 0x8c5c, "LPT" }, { 0x1912, 0xa145, "SPT" },
		{ 0x5912, 0xa2c5, "SPT" }, { 0x3e92, 0xa304, "CNP" }, { 0x9b41, 0x0284, "CNP" },
		{ 0x8a52, 0x3482, "ICP" }, { 0x9a49, 0xa082, "TGP" }, { 0x4680, 0x7a84, "ADP" },
		{ 0xa7a0, 0x519d, "ADP" }, { 0x3e92, 0xa2c8, "CNP" }, { 0x4c8a, 0x0684, "TGP" },
	};
	struct igdpt_pch pch = { .size = sizeof(pch) };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t found = 0;

		ck_assert_int_eq(igdpt_platform_pch(find(rows[i].id).platform, &pch), 0);
		ck_assert_str_eq(pch.name, rows[i].name);
		for (uint32_t n = 0; n < pch.count; n++)
			found += (rows[i].lpc & pch.mask) == pch.ids[n];
		ck_assert_msg(found == 1, "0x%04x beside 0x%04x", rows[i].lpc, rows[i].id);
	}
	ck_assert_int_eq(igdpt_platform_pch(IGDPT_PLATFORM_MTL, &pch), -IGDPT_E_NOTFOUND);
	ck_assert_int_eq(igdpt_platform_pch(IGDPT_PLATFORM_VLV, &pch), -IGDPT_E_NOTFOUND);
	ck_assert_int_eq(igdpt_platform_pch(0, &pch), -IGDPT_E_NOTFOUND);
}
END_TEST

/* Every id of Linux intel_pch.c, by the platform beside which it stands. */
START_TEST(the_ids_of_each_pch_are_those_linux_knows)
{
	static const struct {
		uint32_t platform;
		uint16_t ids[8];
	} rows[] = {
		{ IGDPT_PLATFORM_ILK, { 0x3b00 } },
		{ IGDPT_PLATFORM_SNB, { 0x1c00, 0x1e00 } },
		{ IGDPT_PLATFORM_HSW, { 0x8c00, 0x9c00, 0x8c80, 0x9c80 } },
		{ IGDPT_PLATFORM_SKL, { 0xa100, 0x9d00, 0xa280 } },
		{ IGDPT_PLATFORM_KBL, { 0xa100, 0x9d00, 0xa280 } },
		{ IGDPT_PLATFORM_CFL, { 0xa300, 0x9d80, 0x0280, 0x0680, 0xa380, 0x9d00, 0xa280 } },
		{ IGDPT_PLATFORM_CML, { 0xa300, 0x9d80, 0x0280, 0x0680, 0xa380, 0x9d00, 0xa280 } },
		{ IGDPT_PLATFORM_ICL, { 0x3480, 0x3880 } },
		{ IGDPT_PLATFORM_EHL, { 0x4b00 } },
		{ IGDPT_PLATFORM_JSL, { 0x4d80 } },
		{ IGDPT_PLATFORM_TGL, { 0xa080, 0x4380 } },
		{ IGDPT_PLATFORM_RKL, { 0xa080, 0x4380, 0x0280, 0x0680 } },
		{ IGDPT_PLATFORM_ADL_S, { 0x7a80, 0x5180, 0x7a00, 0x5480 } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_pch pch = { .size = sizeof(pch) };

		ck_assert_int_eq(igdpt_platform_pch(rows[i].platform, &pch), 0);
		ck_assert_uint_eq(pch.mask, 0xff80);
		for (uint32_t n = 0; n < pch.count; n++)
			ck_assert_uint_eq(pch.ids[n], rows[i].ids[n]);
		ck_assert_uint_eq(rows[i].ids[pch.count], 0);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("platform");
	TCase *tc = tcase_create("ids");

	tcase_add_test(tc, ids_map_to_their_platform);
	tcase_add_test(tc, colliding_prefixes_are_told_apart);
	tcase_add_test(tc, unknown_ids_stay_unknown);
	tcase_add_test(tc, the_list_is_complete_and_ascending);
	tcase_add_test(tc, capabilities_are_consistent);
	tcase_add_test(tc, struct_sizes_follow_the_rules);
	tcase_add_test(tc, each_generation_has_its_pch);
	tcase_add_test(tc, the_ids_of_each_pch_are_those_linux_knows);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
