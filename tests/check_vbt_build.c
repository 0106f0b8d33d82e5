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

/* The signature has the title without blanks, up to a bracket; the version is of its generation. */
START_TEST(a_platforms_table_has_its_name_and_the_version_of_its_time)
{
	static const struct {
		const char *platform, *signature;
		uint32_t version;
	} rows[] = {
		{ NULL, "$VBT SYNTHETIC      ", 177 },     { "i810", "$VBT I810           ", 129 },
		{ "i965gm", "$VBT I965GM         ", 129 }, { "gm45", "$VBT GM45           ", 142 },
		{ "ilk", "$VBT IRONLAKE       ", 155 },    { "snb", "$VBT SANDYBRIDGE    ", 161 },
		{ "vlv", "$VBT VALLEYVIEW     ", 170 },    { "hsw", "$VBT HASWELL        ", 177 },
		{ "bdw", "$VBT BROADWELL      ", 189 },    { "bxt", "$VBT BROXTON/APOLLOL", 209 },
		{ "cnl", "$VBT CANNONLAKE     ", 216 },    { "icl", "$VBT ICELAKE        ", 228 },
		{ "tgl", "$VBT TIGERLAKE      ", 251 },    { "pvc", "$VBT PONTEVECCHIO   ", 251 },
		{ "mtl", "$VBT METEORLAKE     ", 256 },    { "bmg", "$VBT BATTLEMAGE     ", 256 },
		{ "lnl", "$VBT LUNARLAKE      ", 258 },    { "ptl", "$VBT PANTHERLAKE    ", 261 },
		{ "nvl-p", "$VBT NOVALAKE-P     ", 261 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_vbt_build_opts opts = { .size = sizeof(opts), .platform = rows[i].platform };
		struct table t = build(&opts);

		ck_assert_msg(!memcmp(t.data, rows[i].signature, 20), "%.20s", (char *)t.data);
		ck_assert_uint_eq(view(t.data, t.len).bdb_version, rows[i].version);
		free(t.data);
	}
}
END_TEST

/* "id:bytes" of each block, in decimal. */
static struct told blocks_of(const struct table *t)
{
	struct igdpt_vbt_block block = { .size = sizeof(block) };
	struct igdpt_vbt vbt = view(t->data, t->len);
	struct told told = { .used = 0 };

	while (igdpt_vbt_next(&vbt, &block, NULL) > 0) {
		say_next(&told);
		say(&told, "%u:%u", block.id, block.bytes);
	}
	return told;
}

/* Linux intel_vbt_defs.h: which versions made blocks 1 and 12 and a child device longer. */
START_TEST(blocks_have_the_size_of_their_bdb_version)
{
	static const struct {
		uint32_t version;
		const char *want;
	} rows[] = {
		{ 1, "1:5 2:27 12:17" },    { 105, "1:5 2:27 12:17" },  { 106, "1:5 2:32 12:17" },
		{ 110, "1:5 2:32 12:17" },  { 111, "1:5 2:38 12:17" },  { 160, "1:5 2:38 12:17" },
		{ 161, "1:5 2:38 12:19" },  { 176, "1:5 2:38 12:19" },  { 177, "1:6 2:38 12:19" },
		{ 194, "1:6 2:38 12:19" },  { 195, "1:6 2:42 12:19" },  { 196, "1:6 2:43 12:19" },
		{ 215, "1:6 2:43 12:19" },  { 216, "1:6 2:44 12:19" },  { 255, "1:6 2:44 12:19" },
		{ 256, "1:6 2:45 12:19" },  { 262, "1:6 2:45 12:19" },  { 263, "1:6 2:49 12:19" },
		{ 65535, "1:6 2:49 12:19" },
	};
	static const struct igdpt_vbt_port port = { .handle = 4 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_vbt_build_opts opts = { .size = sizeof(opts), .ports = &port,
			.port_count = 1, .bdb_version = rows[i].version };
		struct table t = build(&opts);

		ck_assert_str_eq(blocks_of(&t).text, rows[i].want);
		free(t.data);
	}
}
END_TEST

/* A child device in hex, as Linux struct child_device_config has it. */
START_TEST(a_port_is_a_child_device_byte_by_byte)
{
	static const struct {
		uint32_t version;
		const char *want;
	} rows[] = {
		{ 100, "341278560000000000000000000000009a0000bc0000" },
		{ 106, "341278560000000000000000000000009a0000bc00000000000000" },
		{ 177, "341278560000000000000000000000009a0000bc0000000000de00200000000000" },
		{ 243, "341278560000000000000000000000009a0000bc0000000000de00200000000000000000000000" },
		{ 244, "341278560000000000000000000000009a0000bc000000c000de00200000000000000000000000" },
	};
	static const struct igdpt_vbt_port port = { .handle = 0x1234, .device_type = 0x5678,
		.dvo_port = 0x9a, .ddc_pin = 0xbc, .aux_channel = 0xde };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_vbt_build_opts opts = { .size = sizeof(opts), .ports = &port,
			.port_count = 1, .bdb_version = rows[i].version };
		struct igdpt_vbt_child child = { .size = sizeof(child) };
		struct table t = build(&opts);
		struct igdpt_vbt vbt = view(t.data, t.len);
		struct told told = { .used = 0 };

		ck_assert_int_eq(igdpt_vbt_child_at(&vbt, 0, &child), 0);
		for (uint32_t k = 0; k < child.bytes; k++)
			say(&told, "%02x", t.data[child.offset + k]);
		ck_assert_msg(!strcmp(told.text, rows[i].want), "row %zu: %s", i, told.text);
		free(t.data);
	}
}
END_TEST

/* Linux takes "no LVDS" as no internal panel; 3 means eDP. */
START_TEST(an_edp_port_makes_an_internal_panel)
{
	static const struct {
		uint32_t types[3], config;
	} rows[] = {
		{ { 0x60d6, 0x60d6, 0x60d6 }, 0 }, { { 0x1806, 0x60d6, 0x60d6 }, 3 },
		{ { 0x60d6, 0x60d6, 0x1806 }, 3 }, { { 0x1004, 0x1002, 0x0006 }, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_vbt_port ports[4] = { { .handle = 8 }, { .handle = 4 }, { .handle = 0x40 },
			{ .device_type = 0x1806 } /* one too many */ };
		struct igdpt_vbt_build_opts opts = { .size = sizeof(opts), .ports = ports,
			.port_count = 3 };
		uint64_t value;
		struct igdpt_vbt vbt;
		struct table t;

		for (size_t k = 0; k < 3; k++)
			ports[k].device_type = rows[i].types[k];
		t = build(&opts);
		vbt = view(t.data, t.len);
		ck_assert_int_eq(igdpt_vbt_get(&vbt,
			(uint32_t)igdpt_vbt_field_find("driver-features.lvds-config"), 0, &value), 0);
		ck_assert_uint_eq(value, rows[i].config);
		free(t.data);
	}
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
	static const struct igdpt_vbt_port handle = { .handle = 0x10001 };
	static const struct igdpt_vbt_port type = { .device_type = 0x10002 };
	static const struct igdpt_vbt_port dvo = { .dvo_port = 0x103 };
	static const struct igdpt_vbt_port ddc = { .ddc_pin = 0x104 };
	static const struct igdpt_vbt_port aux = { .aux_channel = 0x105 };
	static const struct igdpt_vbt_port ports[2] = { { .handle = 4 }, { .reserved = 1 } };
	static const struct {
		struct igdpt_vbt_build_opts opts;
		const char *want;
	} rows[] = {
		{ { .bdb_version = 0x10000 }, "argument:10000/ffff" },
		{ { .bytes = 0x10001 }, "argument:10001/ffff" },
		{ { .port_count = 17, .ports = &aux }, "argument:11/10" },
		{ { .reserved = 1 }, "abi-unknown:28/28" },
		{ { .platform = "none" }, "vbt-platform:0/0" },
		{ { .port_count = 1, .ports = &handle }, "argument:10001/ffff" },
		{ { .port_count = 1, .ports = &type }, "argument:10002/ffff" },
		{ { .port_count = 1, .ports = &dvo }, "argument:103/ff" },
		{ { .port_count = 1, .ports = &ddc }, "argument:104/ff" },
		{ { .port_count = 1, .ports = &aux }, "argument:105/ff" },
		{ { .port_count = 2, .ports = ports }, "abi-unknown:0/0" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_vbt_build_opts opts = rows[i].opts;
		struct igdpt_finding why = { .size = sizeof(why) };
		struct told told = { .used = 0 };
		size_t len = 0;

		opts.size = sizeof(opts);
		ck_assert_int_eq(igdpt_vbt_build(&opts, NULL, &len, &why), why.error);
		tell(&told, &why);
		ck_assert_msg(!strcmp(told.text, rows[i].want), "row %zu: %s", i, told.text);
	}
	ck_assert_int_eq(igdpt_vbt_build(&(struct igdpt_vbt_build_opts){ .size = 4 }, NULL,
		&(size_t){ 0 }, NULL), -IGDPT_E_ABI_SIZE);
}
END_TEST

START_TEST(build_options_at_their_limits_are_taken)
{
	static const struct igdpt_vbt_port ports[16] = { [15] = { .handle = 0xffff,
		.device_type = 0xffff, .dvo_port = 0xff, .ddc_pin = 0xff, .aux_channel = 0xff } };
	struct igdpt_vbt_build_opts opts = { .size = sizeof(opts), .ports = ports, .port_count = 16,
		.bdb_version = 0xffff, .bytes = 0xffff };
	struct igdpt_vbt_child child = { .size = sizeof(child) };
	struct table t = build(&opts);
	struct igdpt_vbt vbt = view(t.data, t.len);

	ck_assert_int_eq(igdpt_vbt_child_at(&vbt, 15, &child), 0);
	ck_assert_uint_eq(child.handle & child.device_type, 0xffff);
	ck_assert_uint_eq(child.dvo_port & child.ddc_pin & child.aux_channel, 0xff);
	free(t.data);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vbt_build");
	TCase *builds = tcase_create("build");

	tcase_add_test(builds, a_built_table_is_one_that_linux_accepts);
	tcase_add_test(builds, a_platforms_table_has_its_name_and_the_version_of_its_time);
	tcase_add_test(builds, blocks_have_the_size_of_their_bdb_version);
	tcase_add_test(builds, a_port_is_a_child_device_byte_by_byte);
	tcase_add_test(builds, an_edp_port_makes_an_internal_panel);
	tcase_add_test(builds, every_platform_gets_a_table);
	tcase_add_test(builds, padding_gives_the_size_asked_for);
	tcase_add_test(builds, the_builder_keeps_to_the_room);
	tcase_add_test(builds, build_options_out_of_range_are_refused);
	tcase_add_test(builds, build_options_at_their_limits_are_taken);
	suite_add_tcase(suite, builds);
	return run_suite(suite);
}
