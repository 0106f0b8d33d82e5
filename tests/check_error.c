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
	static const struct {
		uint32_t id;
		uint64_t value, want;
		const char *text;
	} rows[] = {
		{ IGDPT_F_OUTPUT_SPACE, 3, 8192, "the output needs 8192 bytes, the buffer has 3" },
		{ IGDPT_F_OUTPUT_SPACE, UINT64_MAX, 0,
			"the output needs 0 bytes, the buffer has 18446744073709551615" },
		{ IGDPT_F_RVDA_PAST, UINT64_MAX, 26,
			"RVDA 0xffffffffffffffff with RVDS ends after the input of 0x1a bytes, or wraps" },
		{ IGDPT_F_RMRR_KERNEL, 0x502, 0x503, "Linux version 0x502 (major << 8 | minor) is before "
			"0x503, where the rule was another one" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct igdpt_finding f = { .size = sizeof(f), .id = rows[i].id,
			.value = rows[i].value, .want = rows[i].want };
		int n = (int)strlen(rows[i].text);
		char buf[200];

		ck_assert_int_eq(igdpt_finding_format(&f, NULL, 0), n);
		ck_assert_int_eq(igdpt_finding_format(&f, NULL, sizeof(buf)), n);
		/* As much as there is room for, with its NUL; not one byte around it. */
		for (size_t room = 0; room <= (size_t)n + 2; room++) {
			size_t fits = room > (size_t)n ? (size_t)n : room ? room - 1 : 0;

			memset(buf, '#', sizeof(buf));
			ck_assert_int_eq(igdpt_finding_format(&f, buf + 1, room), n);
			ck_assert_int_eq(strncmp(buf + 1, rows[i].text, fits), 0);
			ck_assert(buf[0] == '#' && buf[1 + fits] == (room ? '\0' : '#'));
			ck_assert_int_eq(buf[2 + fits], '#');
		}
	}
	ck_assert_int_eq(igdpt_finding_format(&(struct igdpt_finding){ .size = 4 }, NULL, 0),
		-IGDPT_E_NOTFOUND);
	ck_assert_int_eq(igdpt_finding_format(NULL, NULL, 0), -IGDPT_E_NOTFOUND);
}
END_TEST

START_TEST(a_failure_is_its_code_and_its_finding)
{
	struct igdpt_finding f = { .size = sizeof(f) };
	size_t len = 7;

	ck_assert_int_eq(igdpt_priv_fail(&f, IGDPT_F_OUTPUT_SPACE, 5, 3, 8192), -IGDPT_E_NOSPACE);
	ck_assert(f.size == sizeof(f) && f.id == IGDPT_F_OUTPUT_SPACE && f.offset == 5 && f.value == 3 &&
		f.want == 8192);
	ck_assert(f.severity == IGDPT_SEV_ERROR && f.error == -IGDPT_E_NOSPACE);
	ck_assert_int_eq(igdpt_priv_fail(NULL, IGDPT_F_OUTPUT_SPACE, 5, 3, 8192), -IGDPT_E_NOSPACE);
	ck_assert_int_eq(igdpt_priv_fail(&f, 0, 0, 0, 0), -IGDPT_E_INTERNAL);
	/* Room for an output: none without a buffer, whatever the length says. */
	ck_assert_int_eq(igdpt_priv_room(&f, NULL, 1, &f), -IGDPT_E_INVALID);
	ck_assert(f.id == IGDPT_F_ARGUMENT && f.offset == IGDPT_NO_OFFSET && !f.value && !f.want);
	ck_assert_int_eq(igdpt_priv_room(NULL, &len, 1, &f), -IGDPT_E_NOSPACE);
	ck_assert(len == 1 && f.offset == IGDPT_NO_OFFSET && f.value == 0 && f.want == 1);
	ck_assert_int_eq(igdpt_priv_room(&f, &len, 1, NULL), 0);
	ck_assert_int_eq(igdpt_priv_room(&f, &len, 2, NULL), -IGDPT_E_NOSPACE);
	ck_assert_uint_eq(len, 2);
}
END_TEST

static void count_calls(void *user, const struct igdpt_finding *f)
{
	*(unsigned *)user += f->id;
}

START_TEST(a_report_counts_errors_and_all)
{
	unsigned sum = 0;
	struct igdpt_priv_report report = { count_calls, &sum, 0, 0 }, silent = { 0 };

	igdpt_priv_report(&report, IGDPT_F_OUTPUT_SPACE, 0, 0, 0);
	igdpt_priv_report(&report, IGDPT_F_ROM_CHECKSUM, 0, 0, 0); /* a warning */
	igdpt_priv_report(&report, 0, 0, 0, 0);
	ck_assert(report.errors == 1 && report.total == 2);
	ck_assert_uint_eq(sum, IGDPT_F_OUTPUT_SPACE + IGDPT_F_ROM_CHECKSUM);
	igdpt_priv_report(&silent, IGDPT_F_OUTPUT_SPACE, 0, 0, 0);
	ck_assert(silent.errors == 1 && silent.total == 1);
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
	in.b = 0x01000000;
	ck_assert_int_eq(igdpt_priv_struct_in(&known, sizeof(known), sizeof(known), &in, &why),
		-IGDPT_E_ABI_UNKNOWN);
	in.b = 1;
	ck_assert_int_eq(igdpt_priv_struct_in(&known, sizeof(known), sizeof(known), &in, &why),
		-IGDPT_E_ABI_UNKNOWN);
	ck_assert(why.offset == IGDPT_NO_OFFSET && why.value == 12 && why.want == 8);
	in.size = 4;
	ck_assert_int_eq(igdpt_priv_struct_in(&known, sizeof(known), sizeof(known), &in, &why),
		-IGDPT_E_ABI_SIZE);
	in.size = 1u << 20;
	ck_assert_int_eq(igdpt_priv_struct_in(&known, sizeof(known), sizeof(known), &in, &why),
		-IGDPT_E_ABI_SIZE);
	ck_assert(why.offset == IGDPT_NO_OFFSET && why.value == 1u << 20 && why.want == 4096);
	ck_assert_int_eq(igdpt_priv_struct_in(&known, sizeof(known), sizeof(known), NULL, &why), 0);
	ck_assert_uint_eq(known.a, 0);
	ck_assert_int_eq(igdpt_priv_struct_out(NULL, &known, sizeof(known), sizeof(known)),
		-IGDPT_E_INVALID);
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
	tcase_add_test(tc, messages_take_their_numbers);
	tcase_add_test(tc, a_failure_is_its_code_and_its_finding);
	tcase_add_test(tc, a_report_counts_errors_and_all);
	tcase_add_test(tc, input_structs_grow_at_their_end);
	tcase_add_test(tc, struct_sizes_end_at_4096);
	tcase_add_test(tc, every_finding_is_described);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
