/* SPDX-License-Identifier: MIT */
#include "support.h"

#include "igdpt/fwcfg.h"
#include "igdpt/opregion.h"
#include "igdpt/stolen.h"
#include "told.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/* ---- etc/igd-bdsm-size ---- */

START_TEST(the_size_is_eight_bytes_little_endian)
{
	static const uint8_t want[8] = { 0, 0, 0, 4 };
	uint8_t buf[8];
	size_t len = sizeof(buf);

	ck_assert_int_eq(igdpt_fwcfg_bdsm_size(64 * MIB, buf, &len, NULL), 0);
	ck_assert_uint_eq(len, 8);
	ck_assert_mem_eq(buf, want, 8);
	ck_assert_int_eq(igdpt_fwcfg_bdsm_size(0, buf, &len, NULL), 0);
	ck_assert_int_eq(igdpt_fwcfg_bdsm_size(4 * GIB - MIB, buf, &len, NULL), 0);
}
END_TEST

/* SeaBIOS cuts the size to 32 bits; 0xEF on gen 9 means 7.5 GiB. */
START_TEST(four_gib_and_more_are_refused)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_stolen stolen = { .size = sizeof(stolen) };
	uint8_t buf[8];
	size_t len = sizeof(buf);

	ck_assert_int_eq(igdpt_fwcfg_bdsm_size(4 * GIB, buf, &len, &why), -IGDPT_E_RANGE);
	ck_assert_uint_eq(why.id, IGDPT_F_DSM_TOO_LARGE);
	ck_assert_uint_eq(why.value, 4 * GIB);
	ck_assert_uint_eq(why.want, 4 * GIB);
	ck_assert_int_eq(igdpt_fwcfg_bdsm_size(UINT64_MAX, buf, &len, &why), -IGDPT_E_RANGE);
	ck_assert_int_eq(igdpt_stolen_decode(IGDPT_CODEC_GEN9, 0xef00, 0, &stolen, NULL), 0);
	ck_assert_int_eq(igdpt_fwcfg_bdsm_size(stolen.dsm_bytes, buf, &len, &why), -IGDPT_E_RANGE);
}
END_TEST

START_TEST(only_whole_mib_are_taken)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	uint8_t buf[8];
	size_t len = sizeof(buf);

	ck_assert_int_eq(igdpt_fwcfg_bdsm_size(3 * MIB + 12345, buf, &len, &why), -IGDPT_E_ALIGN);
	ck_assert_uint_eq(why.id, IGDPT_F_DSM_UNALIGNED);
	ck_assert_int_eq(igdpt_fwcfg_bdsm_size(1, buf, &len, &why), -IGDPT_E_ALIGN);
	len = 7;
	ck_assert_int_eq(igdpt_fwcfg_bdsm_size(MIB, buf, &len, &why), -IGDPT_E_NOSPACE);
	ck_assert_uint_eq(len, 8);
}
END_TEST

/* ---- directory ---- */

START_TEST(the_directory_is_sorted_and_big_endian)
{
	struct igdpt_fwcfg_file files[] = {
		{ .name = "etc/igd-opregion", .bytes = 0x2345 },
		{ .name = "bootorder", .bytes = 1 },
		{ .name = "etc/igd-bdsm-size", .bytes = 8 },
	};
	static const uint8_t count[4] = { 0, 0, 0, 3 };
	static const uint8_t last[8] = { 0, 0, 0x23, 0x45, 0, 0x22, 0, 0 };
	static const uint8_t zeros[64];
	uint8_t buf[4 + 64 * 32];
	size_t len = sizeof(buf);

	memset(buf, 0xff, sizeof(buf));
	ck_assert_int_eq(igdpt_fwcfg_directory(files, 3, 0, buf, &len, NULL), 0);
	ck_assert_uint_eq(len, 2052);
	ck_assert_mem_eq(buf, count, 4);
	ck_assert_str_eq((char *)buf + 4 + 8, "bootorder");
	ck_assert_str_eq((char *)buf + 4 + 64 + 8, "etc/igd-bdsm-size");
	ck_assert_mem_eq(buf + 4 + 128, last, 8);
	ck_assert_str_eq((char *)buf + 4 + 128 + 8, "etc/igd-opregion");
	for (size_t i = 3; i < 32; i++)
		ck_assert_mem_eq(buf + 4 + 64 * i, zeros, 64);
	ck_assert_uint_eq(files[0].select, 0x20);
	ck_assert_uint_eq(files[2].select, 0x22);
}
END_TEST

START_TEST(names_of_56_characters_are_refused)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_fwcfg_file files[2] = { { .name = "a" } };
	uint8_t buf[4 + 64 * 32];
	char name[100];
	size_t len;

	for (size_t n = 0; n < 80; n++) {
		char *exact;

		memset(name, 'x', n);
		name[n] = '\0';
		exact = exact_copy(name, n + 1);
		files[0].name = n % 2 ? "a" : exact;
		files[1].name = n % 2 ? exact : "a";
		len = sizeof(buf);
		if (n && n <= 55) {
			ck_assert_int_eq(igdpt_fwcfg_directory(files, 2, 0, buf, &len, &why), 0);
		} else {
			ck_assert_int_eq(igdpt_fwcfg_directory(files, 2, 0, buf, &len, &why), -IGDPT_E_NAME);
			ck_assert_uint_eq(why.value, n % 2);
		}
		free(exact);
	}
	files[1].name = NULL;
	ck_assert_int_eq(igdpt_fwcfg_directory(files, 2, 0, buf, &len, &why), -IGDPT_E_NAME);
}
END_TEST

START_TEST(a_name_twice_is_refused)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_fwcfg_file files[] = {
		{ .name = "etc/igd-opregion" }, { .name = "etc/e820" }, { .name = "etc/igd-opregion" },
	};
	uint8_t buf[4 + 64 * 32];
	size_t len = sizeof(buf);

	ck_assert_int_eq(igdpt_fwcfg_directory(files, 3, 0, buf, &len, &why), -IGDPT_E_DUPLICATE);
	ck_assert_uint_eq(why.value, 2);
	ck_assert_uint_eq(why.want, 1);
}
END_TEST

START_TEST(slots_and_sizes_have_their_limits)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_fwcfg_file files[3] = {
		{ .name = "a" }, { .name = "b" }, { .name = "c", .bytes = UINT32_MAX },
	};
	uint8_t buf[4 + 64 * 32];
	size_t len = sizeof(buf);

	ck_assert_int_eq(igdpt_fwcfg_directory(files, 3, 2, buf, &len, &why), -IGDPT_E_RANGE);
	ck_assert_uint_eq(why.id, IGDPT_F_FWCFG_SLOTS);
	ck_assert_int_eq(igdpt_fwcfg_directory(files, 3, 0x3fe1, buf, &len, &why), -IGDPT_E_RANGE);
	ck_assert_int_eq(igdpt_fwcfg_directory(files, 3, 0x3fe0, buf, &len, &why), -IGDPT_E_NOSPACE);
	len = sizeof(buf);
	ck_assert_int_eq(igdpt_fwcfg_directory(files, 3, 3, buf, &len, &why), 0);
	ck_assert_uint_eq(len, 4 + 64 * 3);
	files[2].bytes = UINT64_C(1) << 32;
	ck_assert_int_eq(igdpt_fwcfg_directory(files, 3, 3, buf, &len, &why), -IGDPT_E_RANGE);
	ck_assert_uint_eq(why.id, IGDPT_F_FWCFG_FILE_SIZE);
	len = 4;
	files[2].bytes = 0;
	ck_assert_int_eq(igdpt_fwcfg_directory(files, 3, 0, buf, &len, &why), -IGDPT_E_NOSPACE);
	ck_assert_uint_eq(len, 2052);
	ck_assert_int_eq(igdpt_fwcfg_directory(NULL, 3, 0, buf, &len, &why), -IGDPT_E_INVALID);
	ck_assert_uint_eq(why.value | why.want, 0);
	len = sizeof(buf);
	ck_assert_int_eq(igdpt_fwcfg_directory(NULL, 0, 0, buf, &len, &why), 0);
}
END_TEST

/* ---- judge ---- */

/* Two files; NULL is left out. The bytes are exact copies. */
static int check(const void *opregion, size_t opregion_len, const void *size, size_t size_len,
	struct seen *seen)
{
	void *a = exact_copy(opregion ? opregion : "", opregion_len);
	void *b = exact_copy(size ? size : "", size_len);
	struct igdpt_fwcfg_file files[2];
	size_t n = 0;
	int rc;

	memset(seen, 0, sizeof(*seen));
	if (opregion)
		files[n++] = (struct igdpt_fwcfg_file){ IGDPT_FWCFG_OPREGION, a, opregion_len, 0, 0 };
	if (size)
		files[n++] = (struct igdpt_fwcfg_file){ IGDPT_FWCFG_BDSM_SIZE, b, size_len, 0, 0 };
	rc = igdpt_fwcfg_check(files, n, see, seen);
	free(a);
	free(b);
	return rc;
}

static const uint8_t size_64m[8] = { 0, 0, 0, 4 };

static size_t opregion(uint8_t buf[IGDPT_OPREGION_BYTES])
{
	size_t len = IGDPT_OPREGION_BYTES;

	ck_assert_int_eq(igdpt_opregion_build(NULL, NULL, 0, buf, &len, NULL), 0);
	return len;
}

START_TEST(good_files_pass)
{
	uint8_t op[IGDPT_OPREGION_BYTES];
	struct seen seen;

	ck_assert_int_eq(check(op, opregion(op), size_64m, 8, &seen), 0);
	ck_assert_int_eq(check(NULL, 0, NULL, 0, &seen), 0);
	ck_assert_uint_eq(seen.ids[IGDPT_F_FWCFG_NO_OPREGION], 1);
	ck_assert_uint_eq(seen.ids[IGDPT_F_FWCFG_NO_SIZE], 1);
	ck_assert_uint_eq(seen.last[IGDPT_F_FWCFG_NO_SIZE].value, 0);
	ck_assert_uint_eq(seen.last[IGDPT_F_FWCFG_NO_SIZE].want, 0);
}
END_TEST

START_TEST(every_truncated_opregion_is_an_error)
{
	uint8_t op[IGDPT_OPREGION_BYTES];
	struct seen seen;

	opregion(op);
	ck_assert_int_eq(check(op, 0, size_64m, 8, &seen), 1);
	ck_assert_uint_eq(seen.ids[IGDPT_F_FWCFG_OPREGION_EMPTY], 1);
	ck_assert_uint_eq(seen.last[IGDPT_F_FWCFG_OPREGION_EMPTY].offset, 0);
	ck_assert_uint_eq(seen.last[IGDPT_F_FWCFG_OPREGION_EMPTY].value, 0);
	ck_assert_uint_eq(seen.last[IGDPT_F_FWCFG_OPREGION_EMPTY].want, IGDPT_OPREGION_BYTES);
	for (size_t len = 1; len < sizeof(op); len++) {
		ck_assert_int_eq(check(op, len, size_64m, 8, &seen), 1);
		ck_assert_uint_eq(seen.ids[IGDPT_F_OPREGION_SHORT], 1);
	}
}
END_TEST

START_TEST(a_size_file_of_any_other_length_is_an_error)
{
	uint8_t op[IGDPT_OPREGION_BYTES], size[16] = { 0 };
	struct seen seen;

	opregion(op);
	for (size_t len = 0; len < sizeof(size); len++)
		ck_assert_int_eq(check(op, sizeof(op), size, len, &seen), len != 8);
	check(op, sizeof(op), size, 8, &seen);
	ck_assert_uint_eq(seen.ids[IGDPT_F_FWCFG_SIZE_ZERO], 1);
	ck_assert_uint_eq(seen.last[IGDPT_F_FWCFG_SIZE_ZERO].offset, 0);
	ck_assert_uint_eq(seen.last[IGDPT_F_FWCFG_SIZE_ZERO].value, 0);
	ck_assert_uint_eq(seen.last[IGDPT_F_FWCFG_SIZE_ZERO].want, 0);
	ck_assert_int_eq(check(op, sizeof(op), "\0\0\0\0\1\0\0\0", 8, &seen), 1);
	ck_assert_uint_eq(seen.ids[IGDPT_F_DSM_TOO_LARGE], 1);
	ck_assert_int_eq(check(op, sizeof(op), "\1\0\0\0\0\0\0\0", 8, &seen), 1);
	ck_assert_uint_eq(seen.ids[IGDPT_F_DSM_UNALIGNED], 1);
}
END_TEST

/* Firmware copies the file as it is: an address in it is the host's. */
START_TEST(host_addresses_are_errors)
{
	uint8_t op[IGDPT_OPREGION_BYTES];
	struct seen seen;

	opregion(op);
	op[0x3aa] = 0x10;
	ck_assert_int_eq(check(op, sizeof(op), size_64m, 8, &seen), 1);
	ck_assert_uint_eq(seen.ids[IGDPT_F_FWCFG_ADDRESS], 1);
	opregion(op);
	op[0x16] = 0;
	op[0x3bc] = 0xff;
	op[0x3c3] = 0x22;
	ck_assert_int_eq(check(op, sizeof(op), size_64m, 8, &seen), 1);
	ck_assert_uint_eq(seen.ids[IGDPT_F_FWCFG_ADDRESS], 1);
	op[0x3c3] = 0; /* without a size */
	ck_assert_int_eq(check(op, sizeof(op), size_64m, 8, &seen), 1);
	ck_assert_uint_eq(seen.last[IGDPT_F_FWCFG_ADDRESS].offset, 0x3ba);
	op[0x16] = 1; /* a distance, from 2.1 on */
	ck_assert_int_eq(check(op, sizeof(op), size_64m, 8, &seen), 0);
	op[0x17] = 1; /* before there was an RVDA */
	ck_assert_int_eq(check(op, sizeof(op), size_64m, 8, &seen), 1);
	op[0x3bc] = 0;
	op[0x3c3] = 0x22; /* a size alone is no address */
	ck_assert_int_eq(check(op, sizeof(op), size_64m, 8, &seen), 0);
}
END_TEST

/* SeaBIOS has 16 MiB for both; with more it sets neither register. */
START_TEST(an_opregion_too_large_for_seabios_is_an_error)
{
	size_t len = 16 * MIB + 1;
	uint8_t *op = calloc(1, len);
	struct seen seen;

	opregion(op);
	ck_assert_int_eq(check(op, len, size_64m, 8, &seen), 1);
	ck_assert_uint_eq(seen.ids[IGDPT_F_FWCFG_OPREGION_LARGE], 1);
	ck_assert_uint_eq(seen.last[IGDPT_F_FWCFG_OPREGION_LARGE].value, len);
	ck_assert_uint_eq(seen.last[IGDPT_F_FWCFG_OPREGION_LARGE].want, 16 * MIB);
	ck_assert_int_eq(check(op, len - 1, size_64m, 8, &seen), 0);
	free(op);
}
END_TEST

/* The names carry no device: a second GPU cannot have its own. */
START_TEST(two_opregions_are_an_error)
{
	uint8_t op[IGDPT_OPREGION_BYTES];
	struct igdpt_fwcfg_file files[2];
	struct seen seen = { .ids = { 0 } };

	files[0] = (struct igdpt_fwcfg_file){ IGDPT_FWCFG_OPREGION, op, opregion(op), 0, 0 };
	files[1] = files[0];
	ck_assert_int_eq(igdpt_fwcfg_check(files, 2, see, &seen), 1);
	ck_assert_uint_eq(seen.ids[IGDPT_F_FWCFG_DUPLICATE], 1);
	files[1].data = NULL;
	ck_assert_int_eq(igdpt_fwcfg_check(files, 2, see, &seen), -IGDPT_E_INVALID);
	files[1] = files[0];
	files[0].name = NULL;
	ck_assert_int_eq(igdpt_fwcfg_check(files, 2, see, &seen), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_fwcfg_check(NULL, 2, see, &seen), -IGDPT_E_INVALID);
}
END_TEST

START_TEST(eves_base_file_is_judged)
{
	static const uint8_t good[8] = { 0, 0, 0x10, 0x7c }, bad[8] = { 0, 0x10, 0, 0x7c };
	struct igdpt_fwcfg_file file = { IGDPT_FWCFG_STOLEN_BASE, good, 8, 0, 0 };
	struct seen seen = { .ids = { 0 } };

	ck_assert_int_eq(igdpt_fwcfg_check(&file, 1, see, &seen), 0);
	ck_assert_uint_eq(seen.ids[IGDPT_F_FWCFG_STOLEN_BASE], 0);
	file.data = bad;
	igdpt_fwcfg_check(&file, 1, see, &seen);
	ck_assert_uint_eq(seen.ids[IGDPT_F_FWCFG_STOLEN_BASE], 1);
	ck_assert_uint_eq(seen.last[IGDPT_F_FWCFG_STOLEN_BASE].offset, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fwcfg");
	TCase *size = tcase_create("size"), *dir = tcase_create("directory");
	TCase *judge = tcase_create("check");

	tcase_add_test(size, the_size_is_eight_bytes_little_endian);
	tcase_add_test(size, four_gib_and_more_are_refused);
	tcase_add_test(size, only_whole_mib_are_taken);
	suite_add_tcase(suite, size);
	tcase_add_test(dir, the_directory_is_sorted_and_big_endian);
	tcase_add_test(dir, names_of_56_characters_are_refused);
	tcase_add_test(dir, a_name_twice_is_refused);
	tcase_add_test(dir, slots_and_sizes_have_their_limits);
	suite_add_tcase(suite, dir);
	tcase_add_test(judge, good_files_pass);
	tcase_add_test(judge, every_truncated_opregion_is_an_error);
	tcase_add_test(judge, a_size_file_of_any_other_length_is_an_error);
	tcase_add_test(judge, host_addresses_are_errors);
	tcase_add_test(judge, an_opregion_too_large_for_seabios_is_an_error);
	tcase_add_test(judge, two_opregions_are_an_error);
	tcase_add_test(judge, eves_base_file_is_judged);
	suite_add_tcase(suite, judge);
	return run_suite(suite);
}
