/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <limits.h>

#include "igdpt/error.h"
#include "internal.h"

START_TEST(every_error_has_a_text)
{
	for (int e = 0; e <= IGDPT_E_INTERNAL; e++) {
		ck_assert_str_ne(igdpt_strerror(e), "unknown error");
		ck_assert_str_eq(igdpt_strerror(e), igdpt_strerror(-e));
	}
	ck_assert_str_eq(igdpt_strerror(IGDPT_E_INTERNAL + 1), "unknown error");
	ck_assert_str_eq(igdpt_strerror(INT_MIN), "unknown error");
}
END_TEST

/* A text that lost its end goes on with another one. */
START_TEST(no_error_text_holds_another)
{
	for (int e = 0; e <= IGDPT_E_INTERNAL; e++) {
		for (int other = 0; other <= IGDPT_E_INTERNAL; other++)
			ck_assert_msg(e == other || !strstr(igdpt_strerror(e), igdpt_strerror(other)),
				"%s", igdpt_strerror(e));
	}
	ck_assert_str_eq(igdpt_strerror(-IGDPT_E_SYNTAX), "text does not have the expected form");
}
END_TEST

/* Rows are found by binary search: none is out of order. */
START_TEST(every_row_is_found_by_its_number)
{
	static const uint32_t numbers[] = {
#define IGDPT_FINDING(num, name, text, severity, error, message, remedy, source) num,
#include "igdpt/findings.def"
#undef IGDPT_FINDING
	};
	struct igdpt_finding_info info = { .size = sizeof(info) };

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		ck_assert_int_eq(igdpt_finding_describe(numbers[i], &info), 0);
		if (i)
			ck_assert_uint_gt(numbers[i], numbers[i - 1]);
	}
}
END_TEST

/* Names are kebab-case and unique, and no row leaves a column empty. */
START_TEST(every_finding_is_described)
{
	struct igdpt_finding_info a = { .size = sizeof(a) }, b = { .size = sizeof(b) };
	unsigned rows = 0;

	for (uint32_t id = 1; id < 10000; id++) {
		if (igdpt_finding_describe(id, &a) < 0)
			continue;
		rows++;
		ck_assert_uint_eq(strspn(a.name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(a.name));
		ck_assert(a.message[0] && a.remedy[0] && a.source[0]);
		ck_assert_int_lt(a.error, 0);
		ck_assert(a.severity >= IGDPT_SEV_INFO && a.severity <= IGDPT_SEV_ERROR);
		for (uint32_t other = id + 1; other < 10000; other++) {
			if (igdpt_finding_describe(other, &b) == 0)
				ck_assert_str_ne(a.name, b.name);
		}
	}
	ck_assert_uint_gt(rows, 8);
	ck_assert_int_eq(igdpt_finding_describe(0, &a), -IGDPT_E_NOTFOUND);
}
END_TEST

START_TEST(messages_take_their_numbers)
{
	struct igdpt_finding f = { .size = sizeof(f) };
	char buf[200], small[8];
	int n;

	ck_assert_int_eq(igdpt_priv_fail(&f, IGDPT_F_OUTPUT_SPACE, 5, 3, 8192), -IGDPT_E_NOSPACE);
	ck_assert_uint_eq(f.offset, 5);
	n = igdpt_finding_format(&f, buf, sizeof(buf));
	ck_assert_str_eq(buf, "the output needs 8192 bytes, the buffer has 3");
	ck_assert_int_eq(n, (int)strlen(buf));
	ck_assert_int_eq(igdpt_finding_format(&f, small, sizeof(small)), n);
	ck_assert_str_eq(small, "the out");
	ck_assert_int_eq(igdpt_finding_format(&f, NULL, 0), n);
	f.id = 0;
	ck_assert_int_eq(igdpt_finding_format(&f, buf, sizeof(buf)), -IGDPT_E_NOTFOUND);
}
END_TEST

START_TEST(input_structs_grow_at_their_end)
{
	struct {
		uint32_t size, a, b;
	} in = { sizeof(in), 7, 0 };
	struct {
		uint32_t size, a;
	} known;
	struct igdpt_finding why = { .size = sizeof(why) };

	ck_assert_int_eq(igdpt_priv_struct_in(&known, sizeof(known), sizeof(known), &in, &why), 0);
	ck_assert_uint_eq(known.a, 7);
	in.b = 1;
	ck_assert_int_eq(igdpt_priv_struct_in(&known, sizeof(known), sizeof(known), &in, &why),
		-IGDPT_E_ABI_UNKNOWN);
	in.size = 4;
	ck_assert_int_eq(igdpt_priv_struct_in(&known, sizeof(known), sizeof(known), &in, &why),
		-IGDPT_E_ABI_SIZE);
	in.size = 1u << 20;
	ck_assert_int_eq(igdpt_priv_struct_in(&known, sizeof(known), sizeof(known), &in, &why),
		-IGDPT_E_ABI_SIZE);
	ck_assert_int_eq(igdpt_priv_struct_in(&known, sizeof(known), sizeof(known), NULL, &why), 0);
	ck_assert_uint_eq(known.a, 0);
}
END_TEST

/* 4096 bytes are a newer caller, one more is garbage. */
START_TEST(struct_sizes_end_at_4096)
{
	static union {
		uint32_t size;
		uint8_t bytes[4104];
	} caller;
	const struct igdpt_finding known = { .size = sizeof(known), .id = 5 };
	struct igdpt_finding taken;

	caller.size = 4096;
	ck_assert_int_eq(igdpt_priv_struct_in(&taken, sizeof(taken), sizeof(taken), &caller, NULL), 0);
	ck_assert_int_eq(igdpt_priv_struct_out(&caller, &known, sizeof(known), sizeof(known)), 0);
	ck_assert_uint_eq(caller.size, sizeof(known));
	caller.size = 4097;
	ck_assert_int_eq(igdpt_priv_struct_in(&taken, sizeof(taken), sizeof(taken), &caller, NULL),
		-IGDPT_E_ABI_SIZE);
	ck_assert_int_eq(igdpt_priv_struct_out(&caller, &known, sizeof(known), sizeof(known)),
		-IGDPT_E_ABI_SIZE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("error");
	TCase *tc = tcase_create("findings");

	tcase_add_test(tc, every_error_has_a_text);
	tcase_add_test(tc, no_error_text_holds_another);
	tcase_add_test(tc, every_row_is_found_by_its_number);
	tcase_add_test(tc, every_finding_is_described);
	tcase_add_test(tc, messages_take_their_numbers);
	tcase_add_test(tc, input_structs_grow_at_their_end);
	tcase_add_test(tc, struct_sizes_end_at_4096);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
