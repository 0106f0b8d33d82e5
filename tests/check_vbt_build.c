/* SPDX-License-Identifier: MIT */
#include "igdpt/platform.h"
#include "vbt-fixture.h"

START_TEST(a_built_table_is_one_that_linux_accepts)
{
	struct igdpt_vbt_build_opts opts = { .size = sizeof(opts), .platform = "adl-p" };
	struct table t = build(&opts);
	struct igdpt_vbt vbt;

	ck_assert_int_eq(memcmp(t.data, "$VBT ALDERLAKE-P    ", 20), 0);
	ck_assert_int_eq(igdpt_vbt_init(&vbt, t.data, t.len, NULL), 0);
	ck_assert_uint_eq(vbt.len, t.len);
	ck_assert_uint_eq(vbt.bdb_version, 251);
	ck_assert_uint_eq(vbt.bdb_offset + vbt.bdb_size, t.len);
	ck_assert_uint_eq(byte_sum(t.data, t.len), 0);
	free(t.data);
}
END_TEST

START_TEST(every_platform_gets_a_table)
{
	struct igdpt_platform platform = { .size = sizeof(platform) };
	struct igdpt_vbt vbt;

	for (size_t i = 0; igdpt_platform_at(i, &platform) == 0; i++) {
		struct igdpt_vbt_build_opts opts = { .size = sizeof(opts), .platform = platform.name };
		struct table t = build(&opts);

		ck_assert_int_eq(igdpt_vbt_init(&vbt, t.data, t.len, NULL), 0);
		free(t.data);
		platform.size = sizeof(platform);
	}
}
END_TEST

START_TEST(padding_gives_the_size_asked_for)
{
	struct igdpt_vbt_build_opts opts = { .size = sizeof(opts) };
	struct table plain = build(&opts);

	for (uint32_t extra = 0; extra < 6; extra++) {
		struct table t;

		opts.bytes = (uint32_t)plain.len + extra;
		t = build(&opts);
		ck_assert_uint_eq(t.len, plain.len + (extra == 1 || extra == 2 ? 3 : extra));
		free(t.data);
	}
	for (uint32_t bytes = 6144; bytes <= UINT16_MAX; bytes += 59391) {
		struct table t;

		opts.bytes = bytes;
		t = build(&opts);
		ck_assert_uint_eq(t.len, bytes);
		ck_assert_uint_eq(byte_sum(t.data, t.len), 0);
		free(t.data);
	}
	free(plain.data);
}
END_TEST

START_TEST(the_builder_keeps_to_the_room)
{
	struct igdpt_vbt_build_opts opts = { .size = sizeof(opts) };
	struct table t = build(&opts);
	struct igdpt_finding why = { .size = sizeof(why) };
	size_t len = 0;

	ck_assert_int_eq(igdpt_vbt_build(&opts, NULL, &len, NULL), -IGDPT_E_NOSPACE);
	ck_assert_uint_eq(len, t.len);
	len--;
	ck_assert_int_eq(igdpt_vbt_build(&opts, t.data, &len, &why), -IGDPT_E_NOSPACE);
	ck_assert_uint_eq(why.id, IGDPT_F_OUTPUT_SPACE);
	ck_assert_uint_eq(len, t.len);
	ck_assert_int_eq(igdpt_vbt_build(NULL, t.data, &len, &why), 0);
	free(t.data);
}
END_TEST

START_TEST(build_options_out_of_range_are_refused)
{
	static const struct igdpt_vbt_port wide = { .handle = 0x10000 };
	static const struct igdpt_vbt_port newer = { .reserved = 1 };
	struct igdpt_vbt_build_opts rows[] = {
		{ .bdb_version = 0x10000 }, { .bytes = 0x10000 },   { .port_count = 17, .ports = &wide },
		{ .reserved = 1 },          { .platform = "none" }, { .port_count = 1, .ports = &wide },
		{ .port_count = 1, .ports = &newer },
	};
	size_t len = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rows[i].size = sizeof(rows[i]);
		ck_assert_int_ne(igdpt_vbt_build(&rows[i], NULL, &len, NULL), -IGDPT_E_NOSPACE);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vbt_build");
	TCase *build = tcase_create("build");

	tcase_add_test(build, a_built_table_is_one_that_linux_accepts);
	tcase_add_test(build, every_platform_gets_a_table);
	tcase_add_test(build, padding_gives_the_size_asked_for);
	tcase_add_test(build, the_builder_keeps_to_the_room);
	tcase_add_test(build, build_options_out_of_range_are_refused);
	suite_add_tcase(suite, build);
	return run_suite(suite);
}
