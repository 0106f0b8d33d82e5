/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <stdbool.h>

#include "igdpt/stolen.h"

#define MIB (UINT64_C(1) << 20)

static struct igdpt_stolen decode(uint32_t codec, uint32_t ggc)
{
	struct igdpt_stolen s = { .size = sizeof(s) };

	ck_assert_int_eq(igdpt_stolen_decode(codec, ggc, 0, &s, NULL), 0);
	return s;
}

/* Registers of real machines and of data sheets, with the sizes that they are known to mean. */
START_TEST(known_registers_decode)
{
	static const struct {
		uint32_t codec, ggc, dsm_mib, gsm_mib;
	} rows[] = {
		{ IGDPT_CODEC_GEN6, 0x0211, 64, 2 },    { IGDPT_CODEC_GEN6, 0x0111, 64, 1 },
		{ IGDPT_CODEC_GEN8, 0x02c1, 64, 8 },    { IGDPT_CODEC_GEN9, 0x02c1, 64, 8 },
		{ IGDPT_CODEC_GEN9, 0x4081, 2048, 4 },  { IGDPT_CODEC_GEN9, 0xf0c1, 4, 8 },
		{ IGDPT_CODEC_GEN9, 0xfec1, 60, 8 },    { IGDPT_CODEC_GEN9, 0x05c0, 160, 8 },
		{ IGDPT_CODEC_GEN9, 0xefc0, 7648, 8 },  { IGDPT_CODEC_MTL, 0xf0c1, 4, 8 },
		{ IGDPT_CODEC_MTL, 0x02c1, 64, 8 },     { IGDPT_CODEC_CHV, 0x0211, 64, 4 },
		{ IGDPT_CODEC_CHV, 0x0389, 8, 8 },      { IGDPT_CODEC_CHV, 0x03b1, 28, 8 },
		{ IGDPT_CODEC_CHV, 0x03b9, 36, 8 },     { IGDPT_CODEC_CHV, 0x03e9, 60, 8 },
		{ IGDPT_CODEC_GEN3, 0x0350, 32, 2 },    { IGDPT_CODEC_GEN3, 0x0040, 16, 0 },
		{ IGDPT_CODEC_GEN3, 0x0970, 64, 2 },    { IGDPT_CODEC_GEN3, 0x0b70, 64, 4 },
		{ IGDPT_CODEC_GEN8, 0x0000, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_stolen s = decode(rows[i].codec, rows[i].ggc);

		ck_assert_msg(s.dsm_bytes == rows[i].dsm_mib * MIB && s.gsm_bytes == rows[i].gsm_mib * MIB,
			"row %zu: %llu + %llu", i, (unsigned long long)s.dsm_bytes,
			(unsigned long long)s.gsm_bytes);
	}
}
END_TEST

START_TEST(flags_tell_lock_and_vga)
{
	ck_assert_uint_eq(decode(IGDPT_CODEC_GEN6, 0x0211).flags, IGDPT_STOLEN_LOCKED);
	ck_assert_uint_eq(decode(IGDPT_CODEC_GEN6, 0x0212).flags, IGDPT_STOLEN_VGA_OFF);
	ck_assert_uint_eq(decode(IGDPT_CODEC_GEN9, 0x41c0).flags, IGDPT_STOLEN_GMS_UNUSUAL);
	ck_assert_uint_eq(decode(IGDPT_CODEC_MTL, 0x0280).flags, IGDPT_STOLEN_GGMS_BAD);
}
END_TEST

START_TEST(code_ff_is_undefined_unless_asked)
{
	struct igdpt_stolen s = { .size = sizeof(s) };
	struct igdpt_finding why = { .size = sizeof(why) };

	ck_assert_int_eq(igdpt_stolen_decode(IGDPT_CODEC_GEN9, 0xffc0, 0, &s, &why), -IGDPT_E_RANGE);
	ck_assert_uint_eq(why.id, IGDPT_F_GMS_UNDEFINED);
	ck_assert_uint_eq(why.value, 0xff);
	ck_assert_uint_eq(why.want, 0);
	ck_assert_int_eq(igdpt_stolen_decode(IGDPT_CODEC_GEN9, 0xffc0, IGDPT_STOLEN_LENIENT_FF, &s, &why),
		0);
	ck_assert_uint_eq(s.dsm_bytes, 64 * MIB);
	ck_assert_int_eq(igdpt_stolen_decode(IGDPT_CODEC_MTL, 0x05c0, 0, &s, &why), -IGDPT_E_RANGE);
}
END_TEST

/* Encoding writes GMS alone, and what was encoded decodes to the same size, for all sizes. */
START_TEST(encode_is_the_inverse_of_decode)
{
	for (uint32_t codec = IGDPT_CODEC_GEN3; codec <= IGDPT_CODEC_MTL; codec++) {
		uint32_t keep = codec == IGDPT_CODEC_MTL ? 0x00c3 : 0x0000, encoded = 0;

		for (uint64_t mib = 0; mib <= 2048; mib++) {
			uint32_t ggc = 0;

			if (igdpt_stolen_encode(codec, keep, mib * MIB, &ggc, NULL) < 0)
				continue;
			ck_assert_uint_eq(decode(codec, ggc).dsm_bytes, mib * MIB);
			ck_assert_uint_eq(decode(codec, ggc).ggms, decode(codec, keep).ggms);
			ck_assert_uint_eq(ggc & 3, keep & 3);
			encoded++;
		}
		ck_assert_uint_ge(encoded, 14);
	}
}
END_TEST

START_TEST(sizes_without_a_code_are_refused)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	uint32_t ggc = 0;

	ck_assert_int_eq(igdpt_stolen_encode(IGDPT_CODEC_GEN6, 0x211, 33 * MIB, &ggc, &why),
		-IGDPT_E_RANGE);
	ck_assert_uint_eq(why.id, IGDPT_F_GMS_NOT_ENCODABLE);
	ck_assert_uint_eq(why.value, 33 * MIB);
	ck_assert_uint_eq(why.want, 0);
	ck_assert_int_eq(igdpt_stolen_encode(IGDPT_CODEC_GEN8, 0, 4 * MIB, &ggc, &why), -IGDPT_E_RANGE);
	ck_assert_int_eq(igdpt_stolen_encode(IGDPT_CODEC_GEN9, 0, 4096 * MIB, &ggc, &why),
		-IGDPT_E_RANGE);
	ck_assert_int_eq(igdpt_stolen_encode(IGDPT_CODEC_NONE, 0, 0, &ggc, &why), -IGDPT_E_UNSUPPORTED);
	ck_assert_int_eq(igdpt_stolen_encode(IGDPT_CODEC_MTL + 1, 0, 0, &ggc, &why),
		-IGDPT_E_UNSUPPORTED);
	ck_assert_int_eq(igdpt_stolen_encode(IGDPT_CODEC_GEN9, 0x10000, 0, &ggc, &why),
		-IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_stolen_encode(IGDPT_CODEC_GEN9, 0, 0, NULL, &why), -IGDPT_E_INVALID);
	ck_assert_uint_eq(why.value | why.want, 0);
}
END_TEST

START_TEST(an_unknown_flag_is_refused)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_stolen s = { .size = sizeof(s) };

	ck_assert_int_eq(igdpt_stolen_decode(IGDPT_CODEC_GEN9, 0x2c1, 2, &s, &why), -IGDPT_E_INVALID);
	ck_assert(why.id == IGDPT_F_ARGUMENT && why.value == 2 && why.want == 1);
	ck_assert_uint_eq(why.offset, IGDPT_NO_OFFSET);
	ck_assert_int_eq(igdpt_stolen_decode(IGDPT_CODEC_GEN9, 0x2c1, 1, &s, &why), 0);
}
END_TEST

START_TEST(thirty_two_mib_takes_the_common_code)
{
	uint32_t ggc = 0;

	ck_assert_int_eq(igdpt_stolen_encode(IGDPT_CODEC_GEN9, 0x00c1, 32 * MIB, &ggc, NULL), 0);
	ck_assert_uint_eq(ggc, 0x01c1);
	ck_assert_int_eq(igdpt_stolen_encode(IGDPT_CODEC_GEN9, 0x00c1, 4 * MIB, &ggc, NULL), 0);
	ck_assert_uint_eq(ggc, 0xf0c1);
}
END_TEST

/* Data sheets of gen 3 to Ironlake, GMCH graphics control: every code of GMS, then of GGMS. */
START_TEST(each_code_of_gen3_has_its_size)
{
	static const uint16_t gms[16] = { 0, 1, 4, 8, 16, 32, 48, 64, 128, 256, 96, 160, 224, 352 };
	static const uint16_t ggms_kib[16] = { [1] = 1024, [2] = 2048, [3] = 2048, [9] = 2048,
		[10] = 3072, [11] = 4096 };

	for (uint32_t code = 0; code < 16; code++) {
		struct igdpt_stolen s = { .size = sizeof(s) };
		int rc = igdpt_stolen_decode(IGDPT_CODEC_GEN3, code << 4, 0, &s, NULL);

		ck_assert_int_eq(rc, code < 14 ? 0 : -IGDPT_E_RANGE);
		if (rc == 0)
			ck_assert_uint_eq(s.dsm_bytes, gms[code] * MIB);
		s = decode(IGDPT_CODEC_GEN3, code << 8);
		ck_assert_uint_eq(s.gsm_bytes, ggms_kib[code] * UINT64_C(1024));
		ck_assert_uint_eq(s.flags, code && !ggms_kib[code] ? IGDPT_STOLEN_GGMS_BAD : 0);
	}
}
END_TEST

/* Which codes data sheets list: up to the first number, and from the second to the third. */
START_TEST(codes_that_no_data_sheet_lists_are_unusual)
{
	static const struct {
		uint32_t codec, shift, codes, last, first_small, last_small;
	} rows[] = {
		{ IGDPT_CODEC_GEN3, 4, 14, 13, 1, 0 },       { IGDPT_CODEC_GEN6, 3, 32, 16, 1, 0 },
		{ IGDPT_CODEC_GEN8, 8, 256, 0x40, 1, 0 },    { IGDPT_CODEC_CHV, 3, 32, 0x1d, 1, 0 },
		{ IGDPT_CODEC_GEN9, 8, 255, 0x40, 0xf0, 0xfe },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (uint32_t code = 0; code < rows[i].codes; code++) {
			bool listed = code <= rows[i].last ||
				(code >= rows[i].first_small && code <= rows[i].last_small);
			uint32_t flags = decode(rows[i].codec, code << rows[i].shift).flags;

			ck_assert_uint_eq(flags & IGDPT_STOLEN_GMS_UNUSUAL, listed ? 0 :
				IGDPT_STOLEN_GMS_UNUSUAL);
		}
	}
}
END_TEST

/* Linux early-quirks.c, gen6_stolen_size() and its successors: runs of codes in equal steps. */
START_TEST(each_code_has_its_size)
{
	static const struct {
		uint32_t codec, shift, first, last, mib, step;
	} runs[] = {
		{ IGDPT_CODEC_GEN6, 3, 0, 0x1f, 0, 32 },   { IGDPT_CODEC_GEN8, 8, 0, 0xff, 0, 32 },
		{ IGDPT_CODEC_CHV, 3, 0, 0x10, 0, 32 },    { IGDPT_CODEC_CHV, 3, 0x11, 0x16, 8, 4 },
		{ IGDPT_CODEC_CHV, 3, 0x17, 0x1f, 36, 4 }, { IGDPT_CODEC_GEN9, 8, 0, 0xef, 0, 32 },
		{ IGDPT_CODEC_GEN9, 8, 0xf0, 0xfe, 4, 4 },
	};

	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		for (uint32_t code = runs[i].first; code <= runs[i].last; code++)
			ck_assert_uint_eq(decode(runs[i].codec, code << runs[i].shift).dsm_bytes,
				(runs[i].mib + (code - runs[i].first) * runs[i].step) * MIB);
	}
}
END_TEST

/* Linux include/drm/intel/i915_drm.h and early-quirks.c: masks of GMS and GGMS in the register. */
START_TEST(fields_lie_where_linux_has_them)
{
	static const struct {
		uint32_t codec, gms, gms_shift, ggms, ggms_shift;
	} rows[] = {
		{ IGDPT_CODEC_GEN3, 0x00f0, 4, 0x0f00, 8 }, { IGDPT_CODEC_GEN6, 0x00f8, 3, 0x0300, 8 },
		{ IGDPT_CODEC_GEN8, 0xff00, 8, 0x00c0, 6 }, { IGDPT_CODEC_CHV, 0x00f8, 3, 0x0300, 8 },
		{ IGDPT_CODEC_GEN9, 0xff00, 8, 0x00c0, 6 }, { IGDPT_CODEC_MTL, 0xff00, 8, 0x00c0, 6 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (uint32_t ggc = 0; ggc <= UINT16_MAX; ggc++) {
			struct igdpt_stolen s = { .size = sizeof(s) };
			struct igdpt_finding why = { .size = sizeof(why) };
			int rc = igdpt_stolen_decode(rows[i].codec, ggc, 0, &s, &why);
			uint32_t gms = (ggc & rows[i].gms) >> rows[i].gms_shift;
			uint32_t ggms = (ggc & rows[i].ggms) >> rows[i].ggms_shift;

			require((rc < 0 ? why.value : s.gms) == gms, "%#x", ggc);
			require(rc < 0 || s.ggms == ggms, "%#x", ggc);
		}
	}
}
END_TEST

/* Meteor Lake on: 0 to 128 MiB in 32s, 4 to 60 in 4s, nothing else; the GTT is 8 MiB. */
START_TEST(meteor_lake_knows_few_codes)
{
	struct igdpt_stolen s = { .size = sizeof(s) };
	struct igdpt_finding why = { .size = sizeof(why) };

	for (uint32_t code = 0; code < 256; code++) {
		bool known = code <= 4 || (code >= 0xf0 && code < 0xff);
		int rc = igdpt_stolen_decode(IGDPT_CODEC_MTL, code << 8 | 0xc0, 0, &s, &why);

		ck_assert_int_eq(rc, known ? 0 : -IGDPT_E_RANGE);
		if (known) {
			ck_assert_uint_eq(s.dsm_bytes, (code <= 4 ? 32 * code : 4 * (code - 0xef)) * MIB);
			ck_assert_uint_eq(s.gsm_bytes, 8 * MIB);
			ck_assert_uint_eq(s.flags, 0);
		} else {
			ck_assert_uint_eq(why.value, code);
		}
	}
	ck_assert_int_eq(igdpt_stolen_decode(77, 0, 0, &s, &why), -IGDPT_E_UNSUPPORTED);
	ck_assert_uint_eq(why.value, 77);
	ck_assert_uint_eq(why.want, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stolen");
	TCase *tc = tcase_create("ggc");

	tcase_add_test(tc, known_registers_decode);
	tcase_add_test(tc, flags_tell_lock_and_vga);
	tcase_add_test(tc, an_unknown_flag_is_refused);
	tcase_add_test(tc, code_ff_is_undefined_unless_asked);
	tcase_add_test(tc, encode_is_the_inverse_of_decode);
	tcase_add_test(tc, sizes_without_a_code_are_refused);
	tcase_add_test(tc, thirty_two_mib_takes_the_common_code);
	tcase_add_test(tc, each_code_of_gen3_has_its_size);
	tcase_add_test(tc, codes_that_no_data_sheet_lists_are_unusual);
	tcase_add_test(tc, each_code_has_its_size);
	tcase_add_test(tc, fields_lie_where_linux_has_them);
	tcase_add_test(tc, meteor_lake_knows_few_codes);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
