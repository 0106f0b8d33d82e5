/* SPDX-License-Identifier: MIT */
#include "vbt-fixture.h"

START_TEST(the_validator_says_what_is_wrong)
{
	static const struct {
		uint32_t offset, finding;
		uint8_t value;
		int errors;
	} rows[] = {
		{ 20, IGDPT_F_VBT_VERSION, 99, 0 },       { 22, IGDPT_F_VBT_HEADER_SIZE, 47, 1 },
		{ 22, IGDPT_F_VBT_HEADER_SIZE, 49, 1 },   { 26, IGDPT_F_VBT_CHECKSUM, 0x5a, 0 },
		{ 48, IGDPT_F_VBT_BDB_SIGNATURE, 'b', 0 }, { 66, IGDPT_F_VBT_BDB_HEADER, 21, 1 },
		{ 65, IGDPT_F_VBT_BDB_VERSION, 2, 0 },
	};
	struct fixture f;

	rich(&f);
	f.p[26] = 0;
	f.p[26] = (uint8_t)-byte_sum(f.p, f.len);
	ck_assert_int_eq(validate(f.p, f.len), 0);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		ck_assert_uint_eq(counts[i], 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t old = f.p[rows[i].offset];

		f.p[rows[i].offset] = rows[i].value;
		ck_assert_int_eq(validate(f.p, f.len), rows[i].errors);
		ck_assert_uint_eq(counts[rows[i].finding], 1);
		f.p[rows[i].offset] = old;
	}
	append(&f, 200, "", 1);
	append(&f, 12, "", 1);
	f.p[f.block[40]] = 16;
	ck_assert_int_eq(validate(f.p, f.len), 0);
	ck_assert_uint_eq(counts[IGDPT_F_VBT_BLOCK_UNKNOWN], 1);
	ck_assert_uint_eq(counts[IGDPT_F_VBT_BLOCK_TWICE], 1);
	ck_assert_uint_eq(counts[IGDPT_F_VBT_PANEL_TYPE], 1);
}
END_TEST

START_TEST(repair_puts_sizes_and_checksum_right)
{
	struct fixture f;
	uint8_t out[8192];
	size_t len = 0;

	rich(&f);
	put_le16(f.p + 48 + 20, (uint16_t)(f.len - 49));
	f.p[26] = 0x77;
	ck_assert_int_eq(igdpt_vbt_repair(f.p, sizeof(f.p), NULL, &len, NULL), -IGDPT_E_NOSPACE);
	ck_assert_uint_eq(len, f.len);
	ck_assert_int_eq(igdpt_vbt_repair(f.p, sizeof(f.p), out, &len, NULL), 0);
	ck_assert_int_eq(validate(out, len), 0);
	ck_assert_uint_eq(counts[IGDPT_F_VBT_CHECKSUM] + counts[IGDPT_F_VBT_BDB_SHORT], 0);
	ck_assert_uint_eq(get_le16(out + 48 + 20), f.len - 48);
	len = sizeof(out);
	ck_assert_int_eq(igdpt_vbt_repair(f.p, f.block[58], out, &len, NULL), 0);
	ck_assert_uint_eq(len, f.block[58] - 3);
}
END_TEST

/* A cut table whose BDB header leads past the bytes that are left, or back into itself. */
START_TEST(repair_keeps_to_the_bytes_of_a_cut_table)
{
	static const uint16_t headers[] = { 0, 1, 21, 22, 23, 0x0fff, 0xffff };
	struct fixture f;

	rich(&f);
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		for (size_t cut = 48 + 22; cut < 48 + 40; cut++) {
			uint8_t *data = exact_copy(f.p, cut), *out;
			size_t len = 0;

			put_le16(data + 48 + 18, headers[i]);
			ck_assert_int_eq(igdpt_vbt_repair(data, cut, NULL, &len, NULL),
				-IGDPT_E_NOSPACE);
			ck_assert_uint_ge(len, 48 + 22);
			ck_assert_uint_le(len, cut);
			out = malloc(len);
			ck_assert_int_eq(igdpt_vbt_repair(data, cut, out, &len, NULL), 0);
			free(out);
			free(data);
		}
	}
}
END_TEST

START_TEST(repair_refuses_headers_that_share_bytes)
{
	struct fixture f;
	size_t len = sizeof(f.p);
	uint8_t out[sizeof(f.p)];

	rich(&f);
	put_le32(f.p + 28, 6); /* its size is where the checksum goes */
	put_le16(f.p + 6 + 20, 0x20);
	ck_assert_int_eq(igdpt_vbt_repair(f.p, sizeof(f.p), out, &len, NULL), -IGDPT_E_RANGE);
}
END_TEST

static struct igdpt_vbt_difference differences[16];

static void keep_difference(void *user, const struct igdpt_vbt_difference *d)
{
	unsigned *n = user;

	if (*n < 16)
		differences[*n] = *d;
	++*n;
}

START_TEST(tables_are_compared_by_field)
{
	struct fixture f, g;
	struct igdpt_vbt a, b;
	unsigned n = 0;

	rich(&f);
	g = f;
	a = view(f.p, f.len);
	b = view(g.p, g.len);
	ck_assert_int_eq(igdpt_vbt_compare(&a, &b, keep_difference, &n), 0);
	put_le16(g.p + g.block[43] + 129 + 3 * 4, 77);
	g.p[g.block[53] + 17] ^= 1;
	ck_assert_int_eq(igdpt_vbt_compare(&a, &b, keep_difference, &n), 2);
	ck_assert_str_eq(differences[0].name, "backlight.level");
	ck_assert_uint_eq(differences[0].element, 3);
	ck_assert_uint_eq(differences[0].b, 77);
	ck_assert_ptr_null(differences[1].name);
	ck_assert_uint_eq(differences[1].block, 53);
	ck_assert_uint_eq(differences[1].element, 17);
	append(&g, 57, "new", 3);
	b = view(g.p, g.len);
	n = 0;
	ck_assert_int_eq(igdpt_vbt_compare(&a, &b, keep_difference, &n), 5);
	ck_assert_uint_eq(differences[4].block, 57);
	ck_assert_uint_eq(differences[4].present, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vbt_judge");
	TCase *judge = tcase_create("judge");

	tcase_add_test(judge, the_validator_says_what_is_wrong);
	tcase_add_test(judge, repair_puts_sizes_and_checksum_right);
	tcase_add_test(judge, repair_keeps_to_the_bytes_of_a_cut_table);
	tcase_add_test(judge, repair_refuses_headers_that_share_bytes);
	tcase_add_test(judge, tables_are_compared_by_field);
	suite_add_tcase(suite, judge);
	return run_suite(suite);
}
