/* SPDX-License-Identifier: MIT */
#include "vbt-fixture.h"

static uint64_t get(const struct igdpt_vbt *vbt, const char *name, uint32_t element)
{
	int number = igdpt_vbt_field_find(name);
	uint64_t value = UINT64_MAX;

	ck_assert_int_ge(number, 0);
	igdpt_vbt_get(vbt, (uint32_t)number, element, &value);
	return value;
}

static int walk(const struct igdpt_vbt *vbt, unsigned *blocks)
{
	struct igdpt_vbt_block block = { .size = sizeof(block) };
	uint32_t last = 0;
	int rc;

	*blocks = 0;
	while ((rc = igdpt_vbt_next(vbt, &block, NULL)) > 0) {
		ck_assert_uint_gt(block.offset, last);
		ck_assert_uint_le((size_t)block.offset + block.bytes, vbt->len);
		last = block.offset;
		++*blocks;
	}
	return rc;
}

START_TEST(every_block_of_a_table_is_found)
{
	struct fixture f;
	struct igdpt_vbt_block block = { .size = sizeof(block) };
	struct igdpt_vbt vbt;
	unsigned blocks;

	rich(&f);
	vbt = view(f.p, f.len);
	ck_assert_int_eq(walk(&vbt, &blocks), 0);
	ck_assert_uint_eq(blocks, 15);
	while (igdpt_vbt_next(&vbt, &block, NULL) > 0) {
		if (f.block[block.id])
			ck_assert_uint_eq(block.offset, f.block[block.id]);
		ck_assert_str_ne(block.name, "unknown");
	}
}
END_TEST

START_TEST(a_last_block_one_byte_past_the_bdb_is_part_of_it)
{
	struct fixture f;
	struct igdpt_vbt vbt;
	unsigned blocks;

	rich(&f);
	put_le16(f.p + 48 + 20, (uint16_t)(f.len - 48 - 1));
	vbt = view(f.p, f.len);
	ck_assert_int_eq(walk(&vbt, &blocks), 0);
	ck_assert_uint_eq(blocks, 15);
	ck_assert_int_eq(validate(f.p, f.len), 0);
	ck_assert_uint_eq(counts[IGDPT_F_VBT_BDB_SHORT], 1);
}
END_TEST

START_TEST(block_53_of_version_3_tells_its_size_in_32_bits)
{
	struct igdpt_vbt_block block = { .size = sizeof(block) };
	struct fixture f;
	struct igdpt_vbt vbt;

	rich(&f);
	put_le16(f.p + f.block[53] - 2, 0);
	append(&f, 57, "after", 5);
	vbt = view(f.p, f.len);
	while (igdpt_vbt_next(&vbt, &block, NULL) > 0 && block.id != 53)
		;
	ck_assert_uint_eq(block.bytes, sizeof(mipi_v3));
	ck_assert_uint_eq(block.stored, 0);
	ck_assert_int_eq(igdpt_vbt_next(&vbt, &block, NULL), 1);
	ck_assert_uint_eq(block.id, 57);
	put_le32(f.p + f.block[53] + 1, UINT32_MAX);
	ck_assert_int_eq(validate(f.p, f.len), 0);
	ck_assert_uint_eq(counts[IGDPT_F_VBT_BLOCK_OVERRUN], 1);
}
END_TEST

START_TEST(a_broken_chain_keeps_the_blocks_before_it)
{
	struct fixture f;
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_vbt_block block = { .size = sizeof(block) };
	struct igdpt_vbt vbt;
	unsigned blocks;

	rich(&f);
	put_le16(f.p + f.block[43] - 2, 40000);
	vbt = view(f.p, f.len);
	ck_assert_int_eq(walk(&vbt, &blocks), -IGDPT_E_RANGE);
	ck_assert_uint_eq(blocks, 7);
	while (igdpt_vbt_next(&vbt, &block, &why) > 0)
		;
	ck_assert_uint_eq(why.id, IGDPT_F_VBT_BLOCK_OVERRUN);
	ck_assert_uint_eq(why.offset, f.block[43] - 3);
	ck_assert_uint_eq(why.value, 43);
	f.p[f.block[43] - 3] = 0;
	ck_assert_int_eq(validate(f.p, f.len), 0);
	ck_assert_uint_eq(counts[IGDPT_F_VBT_BLOCK_ZERO], 1);
}
END_TEST

START_TEST(child_devices_have_the_size_of_their_bdb_version)
{
	static const struct {
		uint32_t bdb, bytes;
	} rows[] = {
		{ 105, 22 }, { 110, 27 }, { 155, 33 }, { 194, 33 }, { 195, 37 }, { 215, 38 }, { 216, 39 },
		{ 255, 39 }, { 256, 40 }, { 262, 40 }, { 263, 44 }, { 300, 44 },
	};
	struct igdpt_vbt_child child = { .size = sizeof(child) };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;
		struct igdpt_vbt vbt;

		start(&f, rows[i].bdb);
		vbt = view(f.p, f.len);
		ck_assert_int_eq(igdpt_vbt_child_at(&vbt, 2, &child), 0);
		if (rows[i].bytes == 27)
			f.p[child.offset + 25] = 0x30;
		ck_assert_int_eq(igdpt_vbt_child_at(&vbt, 2, &child), 0);
		ck_assert_uint_eq(child.bytes, rows[i].bytes);
		ck_assert_uint_eq(child.handle, 0x20);
		ck_assert_uint_eq(child.device_type, 0x60d6);
		ck_assert_uint_eq(child.ddc_pin, 6);
		ck_assert_uint_eq(child.aux_channel, rows[i].bdb < 155 ? 0 : 0x30);
		ck_assert_int_eq(igdpt_vbt_child_at(&vbt, 3, &child), -IGDPT_E_NOTFOUND);
		ck_assert_int_eq(validate(f.p, f.len), 0);
		ck_assert_uint_eq(counts[IGDPT_F_VBT_CHILD_SMALL], rows[i].bytes < 33);
		ck_assert_uint_eq(counts[IGDPT_F_VBT_CHILD_SIZE], 0);
	}
}
END_TEST

START_TEST(ports_are_told_in_words)
{
	static const struct {
		struct igdpt_vbt_port port;
		const char *text;
	} rows[] = {
		{ { 4, 0x60d2, 1, 5, 0x10, 0 }, "DDI-B: HDMI, DDC pin 0x05, AUX B" },
		{ { 8, 0x1806, 10, 0, 0x40, 0 }, "DDI-A: eDP, AUX A" },
		{ { 4, 0x60d6, 7, 5, 0x10, 0 }, "DDI-B: DP++, DDC pin 0x05, AUX B" },
		{ { 4, 0x68c6, 19, 0, 0x90, 0 }, "DDI-I: DP, AUX I" },
		{ { 4, 0x68d2, 3, 6, 0, 0 }, "DDI-D: DVI, DDC pin 0x06" },
		{ { 8, 0x1022, 4, 3, 0, 0 }, "LVDS: LVDS, DDC pin 0x03" },
		{ { 1, 0x6001, 6, 2, 0, 0 }, "CRT: VGA, DDC pin 0x02" },
		{ { 2, 0x0609, 5, 0, 0, 0 }, "TV: TV" },
		{ { 8, 0x1400, 21, 0, 0, 0 }, "DSI-A: MIPI DSI" },
		{ { 4, 0x0100, 99, 0, 0x41, 0 }, "unknown port: unknown kind, AUX ?" },
		{ { 4, 0, 0, 0, 0, 0 }, "DDI-A: unused" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_vbt_build_opts opts = { .size = sizeof(opts), .bdb_version = 228,
			.ports = &rows[i].port, .port_count = 1 };
		struct table t = build(&opts);
		struct igdpt_vbt vbt = view(t.data, t.len);
		char text[80], small[6];
		int n = igdpt_vbt_port_format(&vbt, 0, text, sizeof(text));

		ck_assert_str_eq(text, rows[i].text);
		ck_assert_int_eq(n, (int)strlen(text));
		ck_assert_int_eq(igdpt_vbt_port_format(&vbt, 0, NULL, 0), n);
		ck_assert_int_eq(igdpt_vbt_port_format(&vbt, 0, small, sizeof(small)), n);
		ck_assert_uint_eq(strlen(small), 5);
		ck_assert_int_eq(igdpt_vbt_port_format(&vbt, 1, text, sizeof(text)), -IGDPT_E_NOTFOUND);
		free(t.data);
	}
}
END_TEST

START_TEST(fields_exist_where_version_and_length_allow)
{
	struct fixture f;
	struct igdpt_vbt vbt;

	start(&f, 215);
	vbt = view(f.p, f.len);
	ck_assert_uint_eq(get(&vbt, "child.dvo-port", 1), 8);
	ck_assert_uint_eq(get(&vbt, "child.dp-iboost-level", 0), 0);
	ck_assert_uint_eq(get(&vbt, "child.dp-max-link-rate", 0), UINT64_MAX);
	ck_assert_uint_eq(get(&vbt, "child.dvo-port", 3), UINT64_MAX);
	ck_assert_uint_eq(get(&vbt, "psr.idle-frames", 0), UINT64_MAX);
	put_le16(f.p + 48 + 16, 216);
	vbt = view(f.p, f.len);
	ck_assert_uint_eq(get(&vbt, "child.dp-max-link-rate", 0), UINT64_MAX);
	put_le16(f.p + 48 + 16, 242);
	vbt = view(f.p, f.len);
	ck_assert_uint_eq(get(&vbt, "general-features.tc-hpd-retry-timeout", 0), 0);
	ck_assert_uint_eq(get(&vbt, "general-features.afc-startup", 0), UINT64_MAX);
	put_le16(f.p + 48 + 16, 228);
	vbt = view(f.p, f.len);
	ck_assert_uint_eq(get(&vbt, "driver-features.psr", 0), UINT64_MAX);
	ck_assert_uint_eq(get(&vbt, "driver-features.ips", 0), 0);
}
END_TEST

START_TEST(fields_of_several_bytes_and_of_panels_are_read)
{
	struct fixture f;
	struct igdpt_vbt vbt;

	rich(&f);
	put_le16(f.p + f.block[43] + 129 + 15 * 4, 0x1234);
	f.p[f.block[27] + 160 + 3] = 0x80;
	f.p[f.block[52] + 122 * 5 + 26 + 3] = 0x7f;
	vbt = view(f.p, f.len);
	ck_assert_uint_eq(get(&vbt, "backlight.level", 15), 0x1234);
	ck_assert_uint_eq(get(&vbt, "backlight.level", 16), UINT64_MAX);
	ck_assert_uint_eq(get(&vbt, "edp.color-depth", 15), 2);
	ck_assert_uint_eq(get(&vbt, "edp.color-depth", 14), 0);
	ck_assert_uint_eq(get(&vbt, "mipi.hs-tx-timeout", 5), 0x7f000000);
	ck_assert_uint_eq(get(&vbt, "generic-dtd.pixel-clock", 0), 148500);
	ck_assert_uint_eq(get(&vbt, "generic-dtd.pixel-clock", 2), UINT64_MAX);
	ck_assert_uint_eq(get(&vbt, "header.vbt-size", 0), f.len);
	ck_assert_uint_eq(get(&vbt, "bdb.version", 0), 256);
}
END_TEST

START_TEST(field_names_are_unique)
{
	struct igdpt_vbt_field field = { .size = sizeof(field) };
	uint32_t n;

	for (n = 0; igdpt_vbt_field_at(n, &field) == 0; n++) {
		ck_assert_int_eq(igdpt_vbt_field_find(field.name), (int)n);
		ck_assert(field.bits >= 1 && field.bits <= 32 && field.first_bdb <= field.last_bdb);
		field.size = sizeof(field);
	}
	ck_assert_uint_gt(n, 300);
	ck_assert_int_eq(igdpt_vbt_field_find("no.such-field"), -IGDPT_E_NOTFOUND);
}
END_TEST

START_TEST(a_panel_has_timings_and_a_name)
{
	struct igdpt_vbt_panel panel = { .size = sizeof(panel) };

	for (int pointers = 0; pointers < 2; pointers++) {
		struct fixture f;
		struct igdpt_vbt vbt;

		start(&f, 228);
		append_panels(&f, pointers);
		vbt = view(f.p, f.len);
		ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 7, &panel, NULL), 0);
		ck_assert_uint_eq(panel.width, 1920);
		ck_assert_uint_eq(panel.height, 1080);
		ck_assert_uint_eq(panel.clock_khz, 148500);
		ck_assert_uint_eq(panel.htotal, 2200);
		ck_assert_uint_eq(panel.vtotal, 1125);
		ck_assert_uint_eq(panel.hsync_start, 1920 + 0x158);
		ck_assert_uint_eq(panel.hsync_end, 1920 + 0x158 + 0x12c);
		ck_assert_uint_eq(panel.vsync_start, 1080 + 0x14);
		ck_assert_uint_eq(panel.vsync_end, 1080 + 0x14 + 0x15);
		ck_assert_uint_eq(panel.manufacturer, 'A' << 16 | 'U' << 8 | 'O');
		ck_assert_uint_eq(panel.product, 0x152d);
		ck_assert_uint_eq(panel.year, 2012);
		ck_assert_uint_eq(panel.name_bytes, 7);
		ck_assert_int_eq(memcmp(panel.name, "Panel 7", 7), 0);
		ck_assert_uint_eq(get(&vbt, "lfp.x-resolution", 15), 1920);
		ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 16, &panel, NULL), -IGDPT_E_NOTFOUND);
	}
}
END_TEST

START_TEST(a_panel_behind_sdvo_has_timings)
{
	static const uint8_t pnp[40] = { [30] = 0x06, 0xaf };
	uint8_t dtd[72] = { [54] = 0x02, 0x3a, 0x80, 0x18, 0x71, 0x38, 0x2d, 0x40 };
	struct igdpt_vbt_panel panel = { .size = sizeof(panel) };
	struct igdpt_vbt vbt;
	struct fixture f;

	start(&f, 155);
	append(&f, 23, dtd, sizeof(dtd));
	append(&f, 24, pnp, sizeof(pnp));
	vbt = view(f.p, f.len);
	ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 19, &panel, NULL), 0);
	ck_assert_uint_eq(panel.width, 1920);
	ck_assert_uint_eq(panel.vtotal, 1125);
	ck_assert_uint_eq(panel.manufacturer, 'A' << 16 | 'U' << 8 | 'O');
	ck_assert_ptr_null(panel.name);
	ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 20, &panel, NULL), -IGDPT_E_NOTFOUND);
	ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 0, &panel, NULL), -IGDPT_E_NOTFOUND);
	put_le16(f.p + f.block[24] - 2, 39);
	vbt = view(f.p, f.len);
	ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 19, &panel, NULL), -IGDPT_E_NOTFOUND);
}
END_TEST

START_TEST(panel_pointers_out_of_block_42_are_refused)
{
	struct igdpt_vbt_panel panel = { .size = sizeof(panel) };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_vbt vbt;
	struct fixture f;

	rich(&f);
	ck_assert_int_eq(validate(f.p, f.len), 0);
	ck_assert_uint_eq(counts[IGDPT_F_VBT_LFP_UNEVEN], 0);
	put_le16(f.p + f.block[41] + 1 + 9, 0xfff0);
	vbt = view(f.p, f.len);
	ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 1, &panel, &why), -IGDPT_E_RANGE);
	ck_assert_uint_eq(why.id, IGDPT_F_VBT_LFP_POINTER);
	ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 2, &panel, &why), 0);
	ck_assert_int_eq(validate(f.p, f.len), 0);
	ck_assert_uint_eq(counts[IGDPT_F_VBT_LFP_POINTER], 1);
	ck_assert_uint_eq(counts[IGDPT_F_VBT_LFP_UNEVEN], 1);
}
END_TEST

START_TEST(mipi_sequences_are_walked_in_both_forms)
{
	static const struct {
		const uint8_t *data;
		size_t bytes;
		unsigned operations[3], sizes[3];
	} rows[] = {
		{ mipi_v3, sizeof(mipi_v3), { 2, 3, 1 }, { 4, 3, 5 } },
		{ mipi_v1, sizeof(mipi_v1), { 2, 3, 1 }, { 4, 2, 5 } },
	};

	for (size_t i = 0; i < 2; i++) {
		struct igdpt_vbt_mipi mipi = { .size = sizeof(mipi) };
		struct igdpt_finding why = { .size = sizeof(why) };
		struct fixture f;
		struct igdpt_vbt vbt;

		start(&f, 200);
		append(&f, 53, rows[i].data, rows[i].bytes);
		vbt = view(f.p, f.len);
		for (size_t k = 0; k < 3; k++) {
			ck_assert_int_eq(igdpt_vbt_mipi_next(&vbt, &mipi, &why), 1);
			ck_assert_uint_eq(mipi.operation, rows[i].operations[k]);
			ck_assert_uint_eq(mipi.bytes, rows[i].sizes[k]);
		}
		ck_assert_uint_eq(mipi.sequence, 3);
		ck_assert_int_eq(igdpt_vbt_mipi_next(&vbt, &mipi, &why), 0);
		f.p[f.block[53]] = 9;
		mipi = (struct igdpt_vbt_mipi){ .size = sizeof(mipi) };
		put_le32(f.p + f.block[53] + 1, (uint32_t)rows[i].bytes - 5);
		vbt = view(f.p, f.len);
		ck_assert_int_eq(igdpt_vbt_mipi_next(&vbt, &mipi, &why), -IGDPT_E_VERSION);
	}
}
END_TEST

START_TEST(a_table_shorter_than_its_header_is_none)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	uint8_t out[8192];
	struct fixture f;
	struct igdpt_vbt vbt;
	size_t len = sizeof(out);

	rich(&f);
	put_le32(f.p + 28, 0); /* Linux would read a BDB here */
	put_le16(f.p + 20, 0);
	for (uint16_t size = 0; size < 48; size++) {
		put_le16(f.p + 24, size);
		ck_assert_int_eq(igdpt_vbt_init(&vbt, f.p, f.len, &why), -IGDPT_E_TRUNCATED);
		ck_assert_uint_eq(why.offset, 24);
		ck_assert_int_eq(igdpt_vbt_repair(f.p, f.len, out, &len, NULL), -IGDPT_E_TRUNCATED);
	}
	put_le16(f.p + 24, 48);
	ck_assert_int_eq(igdpt_vbt_init(&vbt, f.p, f.len, &why), 0);
}
END_TEST

START_TEST(a_table_is_found_at_multiples_of_four)
{
	struct igdpt_vbt_build_opts opts = { .size = sizeof(opts) };
	struct table t = build(&opts);
	uint8_t image[2048];

	for (size_t at = 0; at <= sizeof(image) - t.len; at++) {
		struct igdpt_vbt vbt;
		size_t found = 0;
		uint8_t *copy;

		memset(image, 0x24, sizeof(image));
		memcpy(image + at, t.data, t.len);
		copy = exact_copy(image, at + t.len);
		ck_assert_int_eq(igdpt_vbt_find(copy, at + t.len, &found, &vbt),
			at % 4 ? -IGDPT_E_NOTFOUND : 0);
		if (at % 4 == 0) {
			ck_assert_uint_eq(found, at);
			found++;
			ck_assert_int_eq(igdpt_vbt_find(copy, at + t.len, &found, NULL), -IGDPT_E_NOTFOUND);
		}
		free(copy);
	}
	free(t.data);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vbt");
	TCase *read = tcase_create("read");

	tcase_add_test(read, every_block_of_a_table_is_found);
	tcase_add_test(read, a_last_block_one_byte_past_the_bdb_is_part_of_it);
	tcase_add_test(read, block_53_of_version_3_tells_its_size_in_32_bits);
	tcase_add_test(read, a_broken_chain_keeps_the_blocks_before_it);
	tcase_add_test(read, child_devices_have_the_size_of_their_bdb_version);
	tcase_add_test(read, ports_are_told_in_words);
	tcase_add_test(read, fields_exist_where_version_and_length_allow);
	tcase_add_test(read, fields_of_several_bytes_and_of_panels_are_read);
	tcase_add_test(read, field_names_are_unique);
	tcase_add_test(read, a_panel_has_timings_and_a_name);
	tcase_add_test(read, a_panel_behind_sdvo_has_timings);
	tcase_add_test(read, panel_pointers_out_of_block_42_are_refused);
	tcase_add_test(read, mipi_sequences_are_walked_in_both_forms);
	tcase_add_test(read, a_table_shorter_than_its_header_is_none);
	tcase_add_test(read, a_table_is_found_at_multiples_of_four);
	suite_add_tcase(suite, read);
	return run_suite(suite);
}
