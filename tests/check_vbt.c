/* SPDX-License-Identifier: MIT */
#include "vbt-fixture.h"

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

START_TEST(a_missing_argument_is_refused)
{
	struct igdpt_vbt_block block = { .size = sizeof(block) };
	struct igdpt_vbt_mipi mipi = { .size = sizeof(mipi) };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_vbt vbt;
	struct fixture f;
	size_t offset = 0;
	uint64_t value;

	rich(&f);
	refused(igdpt_vbt_init(NULL, f.p, f.len, &why), &why);
	refused(igdpt_vbt_init(&vbt, NULL, f.len, &why), &why);
	vbt = view(f.p, f.len);
	refused(igdpt_vbt_next(NULL, &block, &why), &why);
	refused(igdpt_vbt_next(&vbt, NULL, &why), &why);
	refused(igdpt_vbt_mipi_next(NULL, &mipi, &why), &why);
	refused(igdpt_vbt_mipi_next(&vbt, NULL, &why), &why);
	ck_assert_int_eq(igdpt_vbt_get(NULL, 0, 0, &value), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_vbt_get(&vbt, 0, 0, NULL), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_vbt_find(NULL, 0, &offset, NULL), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_vbt_find(f.p, f.len, NULL, NULL), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_vbt_child_at(NULL, 0, NULL), -IGDPT_E_NOTFOUND);
	ck_assert_int_eq(igdpt_vbt_child_at(&vbt, 0, NULL), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_vbt_panel_at(NULL, 0, NULL, NULL), -IGDPT_E_NOTFOUND);
	ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 0, NULL, NULL), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_vbt_field_find(NULL), -IGDPT_E_NOTFOUND);
}
END_TEST

/* Each begins with its size: 4 is less than the first release's, 4097 is no struct. */
START_TEST(a_struct_of_an_impossible_size_is_refused)
{
	struct igdpt_vbt vbt;
	struct fixture f;

	rich(&f);
	vbt = view(f.p, f.len);
	for (uint32_t size = 4; size <= 4097; size += 4093) {
		struct igdpt_vbt_block block = { .size = size };
		struct igdpt_vbt_mipi mipi = { .size = size };
		struct igdpt_vbt_child child = { .size = size };
		struct igdpt_vbt_panel panel = { .size = size };
		struct igdpt_vbt_field field = { .size = size };

		ck_assert_int_eq(igdpt_vbt_next(&vbt, &block, NULL), -IGDPT_E_ABI_SIZE);
		ck_assert_int_eq(igdpt_vbt_mipi_next(&vbt, &mipi, NULL), -IGDPT_E_ABI_SIZE);
		ck_assert_int_eq(igdpt_vbt_child_at(&vbt, 0, &child), -IGDPT_E_ABI_SIZE);
		ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 0, &panel, NULL), -IGDPT_E_ABI_SIZE);
		ck_assert_int_eq(igdpt_vbt_field_at(0, &field), -IGDPT_E_ABI_SIZE);
	}
}
END_TEST

/* What Linux intel_bios_is_valid_vbt() refuses, and a table shorter than its own header. */
START_TEST(headers_must_lie_inside_each_other)
{
	static const struct {
		size_t len;
		const char *pokes, *want;
	} rows[] = {
		{ 208, "", "" },
		{ 47, "", "vbt-short@2f:2f/30" },
		{ 48, "", "vbt-size@18:d0/30" },
		{ 207, "", "vbt-size@18:d0/cf" },
		{ 208, "00=25", "vbt-signature@0:54425625/54425624" },
		{ 208, "03=74", "vbt-signature@0:74425624/54425624" },
		{ 208, "18=2f00", "vbt-short@18:2f/30" },
		{ 208, "18=3000", "vbt-bdb-offset@1c:30/30" },
		{ 208, "1c=bb", "vbt-bdb-offset@1c:bb/d0" },
		{ 208, "1c=ba", "" },
		{ 208, "1c=ba ce=1600", "" },
		{ 208, "1c=ba ce=1700", "vbt-bdb-size@ce:17/16" },
		{ 208, "1f=01", "vbt-bdb-offset@1c:1000030/d0" },
		{ 208, "44=a000", "" },
		{ 208, "44=a100", "vbt-bdb-size@44:a1/a0" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_finding why = { .size = sizeof(why) };
		struct told told = { .used = 0 };
		struct igdpt_vbt vbt;
		struct fixture f;

		start(&f, 177);
		poke(f.p, rows[i].pokes);
		ck_assert_int_eq(igdpt_vbt_init(&vbt, f.p, rows[i].len, &why), why.error);
		tell(&told, &why);
		ck_assert_msg(!strcmp(told.text, rows[i].want), "row %zu: %s", i, told.text);
	}
}
END_TEST

/* "id@offset:bytes" of each block behind the first three, in hex, and what ends the walk. */
START_TEST(blocks_are_walked_to_the_end_of_the_bdb)
{
	static const struct {
		const char *blocks, *pokes, *want;
	} rows[] = {
		{ "", "", "" },
		{ "39:", "", "39@d3:0" },
		{ "39: ff:010203", "", "39@d3:0 ff@d6:3" },
		{ "39:01 39:02", "", "39@d3:1 39@d7:1" },
		/* the BDB ends one byte before a block, or in it; the VBT before its header */
		{ "39:01", "44=a000", "" },
		{ "39:01", "44=a100", "39@d3:1" },
		{ "39:01", "18=d2 44=a200", "" },
		{ "39:", "18=d3 44=a200", "39@d3:0" },
		{ "39:01", "18=d3 44=a300", "vbt-block-overrun@d0:39/1" },
		{ "39:01", "d0=00", "vbt-block-zero@d0:0/0" },
		/* block 53: the size is behind the version from 3 on, if that is there */
		{ "35:0200000000", "", "35@d3:5" },
		{ "35:0301000000aa 39:", "", "35@d3:6 39@dc:0" },
		{ "35:0301000000aa 39:", "d1=0000", "35@d3:6(0) 39@dc:0" },
		{ "35:0302000000aa", "", "vbt-block-overrun@d0:35/1" },
		{ "35:03ffffffff", "", "vbt-block-overrun@d0:35/ffffffff" },
		{ "35:03fbffffff", "", "vbt-block-overrun@d0:35/fffffffb" },
		{ "35:03000000", "", "35@d3:4" },
		{ "35:0300000000", "", "35@d3:5" },
		{ "34:0301000000aa", "d1=0100", "34@d3:1 1@d7:0" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_vbt_block block = { .size = sizeof(block) };
		struct igdpt_finding why = { .size = sizeof(why) };
		struct told told = { .used = 0 };
		struct igdpt_vbt vbt;
		struct fixture f;
		int rc;

		start(&f, 177);
		append_text(&f, rows[i].blocks);
		poke(f.p, rows[i].pokes);
		vbt = view(f.p, f.len);
		while ((rc = igdpt_vbt_next(&vbt, &block, &why)) == 1) {
			if (block.offset < 0xd0)
				continue;
			say_next(&told);
			say(&told, "%x@%x:%x", block.id, block.offset, block.bytes);
			if (block.stored != block.bytes)
				say(&told, "(%x)", block.stored);
		}
		ck_assert_int_eq(rc, why.error);
		tell(&told, &why);
		ck_assert_msg(!strcmp(told.text, rows[i].want), "row %zu: %s", i, told.text);
	}
}
END_TEST

/* Linux enum bdb_block_id. */
START_TEST(blocks_that_linux_knows_have_a_name)
{
	for (uint32_t id = 1; id < 256; id++) {
		bool known = id <= 32 || (id >= 40 && id <= 46) || (id >= 50 && id <= 58) ||
			(id >= 252 && id <= 254);
		struct igdpt_vbt_block block = { .size = sizeof(block) };
		struct igdpt_vbt vbt;
		struct fixture f;

		start(&f, 177);
		f.p[0x46] = (uint8_t)id;
		vbt = view(f.p, f.len);
		ck_assert_int_eq(igdpt_vbt_next(&vbt, &block, NULL), 1);
		ck_assert_msg(!strcmp(block.name, "unknown") == !known, "%u is %s", id, block.name);
	}
}
END_TEST

START_TEST(a_child_device_reaches_to_its_ddc_pin_at_least)
{
	static const struct {
		uint32_t bdb;
		uint8_t child_size;
		uint32_t bytes, count; /* of the block, and of child devices in it */
		uint32_t aux;
	} rows[] = {
		{ 155, 19, 5 + 2 * 19, 0, 0 }, { 155, 20, 5 + 2 * 20, 2, 0 },
		{ 155, 20, 4 + 2 * 20, 1, 0 }, { 155, 20, 5, 0, 0 },
		{ 155, 20, 4, 0, 0 },          { 155, 0, 5 + 20, 0, 0 },
		{ 155, 25, 5 + 25, 1, 0 },     { 155, 26, 5 + 26, 1, 0x40 },
		{ 154, 26, 5 + 26, 1, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_vbt_child child = { .size = sizeof(child) };
		uint8_t data[64] = { [5 + 19] = 7, [5 + 25] = 0x40 };
		struct igdpt_vbt vbt;
		struct fixture f;
		uint32_t n = 0;

		start(&f, rows[i].bdb);
		f.p[0x4f - (rows[i].bdb < 161 ? 1 : 0)] = 3; /* the table's own block 2 */
		data[4] = rows[i].child_size;
		append(&f, 2, data, rows[i].bytes);
		append_text(&f, "39:");
		vbt = view(f.p, f.len);
		while (igdpt_vbt_child_at(&vbt, n, &child) == 0)
			n++;
		ck_assert_uint_eq(n, rows[i].count);
		if (igdpt_vbt_child_at(&vbt, 0, &child) == 0) {
			ck_assert_uint_eq(child.slot, 0);
			ck_assert_uint_eq(child.ddc_pin, 7);
			ck_assert_uint_eq(child.aux_channel, rows[i].aux);
		}
	}
}
END_TEST

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
	ck_assert_uint_eq(seen.ids[IGDPT_F_VBT_BDB_SHORT_MIPI], 1);
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
	ck_assert_uint_eq(seen.ids[IGDPT_F_VBT_BLOCK_OVERRUN], 1);
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
	ck_assert_uint_eq(seen.ids[IGDPT_F_VBT_BLOCK_ZERO], 1);
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
		ck_assert_uint_eq(seen.ids[IGDPT_F_VBT_CHILD_SMALL], rows[i].bytes < 33);
		ck_assert_uint_eq(seen.ids[IGDPT_F_VBT_CHILD_SIZE], 0);
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

static struct told port_text(uint32_t bdb, const struct igdpt_vbt_port *port, const char *pokes)
{
	struct igdpt_vbt_build_opts opts = { .size = sizeof(opts), .bdb_version = bdb, .ports = port,
		.port_count = 1 };
	struct igdpt_vbt_child child = { .size = sizeof(child) };
	struct table t = build(&opts);
	struct igdpt_vbt vbt = view(t.data, t.len);
	struct told told = { .used = 0 };

	ck_assert_int_eq(igdpt_vbt_child_at(&vbt, 0, &child), 0);
	poke(t.data + child.offset, pokes);
	igdpt_vbt_port_format(&vbt, 0, told.text, sizeof(told.text));
	free(t.data);
	return told;
}

/* Linux DVO_PORT_* and DP_AUX_*. */
START_TEST(connectors_and_aux_channels_have_letters)
{
	static const char *const ports[] = { "DDI-A", "DDI-B", "DDI-C", "DDI-D", "LVDS", "TV", "CRT",
		"DDI-B", "DDI-C", "DDI-D", "DDI-A", "DDI-E", "DDI-E", "DDI-F", "DDI-F", "DDI-G", "DDI-G",
		"DDI-H", "DDI-H", "DDI-I", "DDI-I", "DSI-A", "DSI-B", "DSI-C", "DSI-D", "unknown port" };
	static const char letters[] = "BCDAEFGHI??????";

	for (uint32_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		struct igdpt_vbt_port port = { .dvo_port = i };

		ck_assert_str_eq(strtok(port_text(155, &port, "").text, ":"), ports[i]);
	}
	for (uint32_t i = 1; i < 16; i++) {
		struct igdpt_vbt_port port = { .aux_channel = i << 4 };

		ck_assert_int_eq(strrchr(port_text(155, &port, "").text, ' ')[1], letters[i - 1]);
		port.aux_channel |= 8;
		ck_assert_int_eq(strrchr(port_text(155, &port, "").text, ' ')[1], '?');
	}
}
END_TEST

START_TEST(the_bdb_version_says_how_a_port_is_told)
{
	static const struct {
		uint32_t bdb, type, dvo_port;
		const char *pokes, *want;
	} rows[] = {
		{ 154, 1, 0, "", "on board: VGA" },
		{ 154, 1, 1, "", "DVO-B: VGA" },
		{ 154, 1, 2, "", "DVO-C: VGA" },
		{ 154, 1, 3, "", "unknown port: VGA" },
		{ 154, 1, 1, "19=40", "DVO-B: VGA" },
		{ 155, 1, 1, "19=40", "DDI-B: VGA, AUX A" },
		/* byte 33, if the child device is that long */
		{ 195, 0x60d2, 1, "21=03", "DDI-B: HDMI, Type-C" },
		{ 208, 0x60d2, 1, "21=03", "DDI-B: HDMI, Type-C" },
		{ 209, 0x60d2, 1, "21=01", "DDI-B: HDMI, Type-C" },
		{ 209, 0x60d2, 1, "21=02", "DDI-B: HDMI, Thunderbolt" },
		{ 209, 0x60d2, 1, "21=fc", "DDI-B: HDMI" },
		/* bits of the type */
		{ 209, 0x0004, 1, "", "DDI-B: DP" },
		{ 209, 0x0005, 1, "", "DDI-B: DP" },
		{ 209, 0x0011, 1, "", "DDI-B: HDMI" },
		{ 209, 0x1000, 1, "", "DDI-B: unknown kind" },
		{ 209, 0x1004, 1, "", "DDI-B: eDP" },
		{ 209, 0x0014, 1, "", "DDI-B: DP++" },
		{ 209, 0x0030, 1, "", "DDI-B: LVDS" },
		{ 209, 0x0010, 1, "", "DDI-B: HDMI" },
		{ 209, 0x0810, 1, "", "DDI-B: DVI" },
		{ 209, 0x0404, 1, "", "DDI-B: MIPI DSI" },
		{ 209, 0x0408, 1, "", "DDI-B: TV" },
		{ 209, 0xe3c2, 1, "", "DDI-B: unknown kind" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_vbt_port port = { .device_type = rows[i].type, .dvo_port = rows[i].dvo_port };
		struct told told = port_text(rows[i].bdb, &port, rows[i].pokes);

		ck_assert_msg(!strcmp(told.text, rows[i].want), "row %zu: %s", i, told.text);
	}
}
END_TEST

/* A child device of 33 bytes has no byte 33, whatever the version. */
START_TEST(a_short_child_device_is_no_type_c_port)
{
	uint8_t data[5 + 34] = { [4] = 33, [5 + 2] = 1, [5 + 33] = 3 };
	struct igdpt_vbt vbt;
	struct fixture f;
	char text[40];

	start(&f, 209);
	f.p[0x4f] = 3;
	append(&f, 2, data, sizeof(data));
	vbt = view(f.p, f.len);
	igdpt_vbt_port_format(&vbt, 0, text, sizeof(text));
	ck_assert_str_eq(text, "DDI-A: VGA");
	f.p[f.block[2] + 4] = 34;
	igdpt_vbt_port_format(&vbt, 0, text, sizeof(text));
	ck_assert_str_eq(text, "DDI-A: VGA, Type-C, Thunderbolt");
	put_le16(f.p + 48 + 16, 194); /* nor does an old table have one */
	vbt = view(f.p, f.len);
	igdpt_vbt_port_format(&vbt, 0, text, sizeof(text));
	ck_assert_str_eq(text, "DDI-A: VGA");
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
	put_le16(f.p + 48 + 16, 227);
	vbt = view(f.p, f.len);
	ck_assert_uint_eq(get(&vbt, "driver-features.psr", 0), 0);
	put_le16(f.p + 48 + 16, 228);
	vbt = view(f.p, f.len);
	ck_assert_uint_eq(get(&vbt, "driver-features.psr", 0), UINT64_MAX);
	ck_assert_uint_eq(get(&vbt, "driver-features.ips", 0), 0);
}
END_TEST

/* A 32-bit field in each kind of place, as far as there are bytes. */
START_TEST(a_field_must_lie_wholly_inside_its_place)
{
	static const struct {
		const char *blocks, *field;
		uint32_t element;
		uint64_t want;
	} rows[] = {
		{ "3a:", "generic-dtd.pixel-clock", 0, UINT64_MAX },
		{ "3a:0400", "generic-dtd.pixel-clock", 0, UINT64_MAX },
		{ "3a:000078563412", "generic-dtd.pixel-clock", 0, UINT64_MAX },
		{ "3a:0300785634", "generic-dtd.pixel-clock", 0, UINT64_MAX },
		{ "3a:04007856341278", "generic-dtd.pixel-clock", 0, 0x12345678 },
		{ "3a:0500785634120021436587ff", "generic-dtd.pixel-clock", 1, 0x87654321 },
		{ "3a:0500785634120021436587", "generic-dtd.pixel-clock", 1, UINT64_MAX },
		{ "3a:06007856341200ff", "generic-dtd.hactive", 0, 0xff00 },
		{ "3a:050078563412", "generic-dtd.pixel-clock", 0, UINT64_MAX },
		{ "2b:", "backlight.entry-size", 0, UINT64_MAX },
		{ "2b:06", "backlight.entry-size", 0, 6 },
		{ "09:01", "psr.full-link", 0, 1 },
		{ "09:fe", "psr.full-link", 0, 0 },
		{ "", "header.bdb-offset", 0, 48 },
		{ "", "header.aim-offset", 3, 0xa5 },
		{ "", "header.aim-offset", 4, UINT64_MAX },
		{ "", "bdb.header-size", 0, 22 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_vbt vbt;
		struct fixture f;
		uint8_t *copy;

		start(&f, 256);
		append_text(&f, rows[i].blocks);
		f.p[44] = 0xa5;
		copy = exact_copy(f.p, f.len);
		vbt = view(copy, f.len);
		require(get(&vbt, rows[i].field, rows[i].element) == rows[i].want, "row %zu", i);
		free(copy);
	}
}
END_TEST

START_TEST(a_field_tells_what_it_is)
{
	struct igdpt_vbt_field field = { .size = sizeof(field) };
	struct igdpt_vbt vbt;
	struct fixture f;
	uint32_t number, n = 0;
	uint64_t value;

	start(&f, 256);
	vbt = view(f.p, f.len);
	number = (uint32_t)igdpt_vbt_field_find("backlight.level");
	ck_assert_int_eq(igdpt_vbt_field_at(number, &field), 0);
	ck_assert_uint_eq(field.block, 43);
	ck_assert_uint_eq(field.bits, 16);
	ck_assert_uint_eq(field.count, 16);
	ck_assert_uint_eq(field.first_bdb, 234);
	ck_assert_uint_eq(field.last_bdb, 0xffff);
	while (igdpt_vbt_field_at(n, &field) == 0)
		n++;
	ck_assert_int_eq(igdpt_vbt_field_at(n, &field), -IGDPT_E_NOTFOUND);
	ck_assert_int_eq(igdpt_vbt_get(&vbt, n, 0, &value), -IGDPT_E_INVALID);
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

/* Half a signature, a table that is none, an offset past the end, one that counts from the end. */
START_TEST(what_only_looks_like_a_table_is_passed_over)
{
	static const struct {
		size_t from, len;
		const char *pokes;
		int result;
		size_t offset;
	} rows[] = {
		{ 0, 464, "", 0, 0 },
		{ 0, 464, "00=25", 0, 256 },
		{ 0, 464, "03=55", 0, 256 },
		{ 0, 464, "18=0000", 0, 256 },
		{ 0, 463, "00=25", -IGDPT_E_NOTFOUND, 0 },
		{ 1, 464, "", 0, 256 },
		{ 256, 464, "", 0, 256 },
		{ 257, 464, "", -IGDPT_E_NOTFOUND, 257 },
		{ 464, 464, "", -IGDPT_E_NOTFOUND, 464 },
		{ 465, 464, "", -IGDPT_E_NOTFOUND, 465 },
		{ SIZE_MAX, 464, "", -IGDPT_E_NOTFOUND, SIZE_MAX },
	};
	struct fixture f;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_vbt vbt = { .data = NULL };
		uint8_t image[464] = { 0 };
		size_t offset = rows[i].from;

		start(&f, 177);
		memcpy(image, f.p, 208);
		memcpy(image + 256, f.p, 208);
		poke(image, rows[i].pokes);
		require(igdpt_vbt_find(image, rows[i].len, &offset, &vbt) == rows[i].result, "row %zu", i);
		require(offset == rows[i].offset, "row %zu", i);
		ck_assert_ptr_eq(vbt.data, rows[i].result ? NULL : image + offset);
	}
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

	tcase_add_test(read, a_missing_argument_is_refused);
	tcase_add_test(read, a_struct_of_an_impossible_size_is_refused);
	tcase_add_test(read, headers_must_lie_inside_each_other);
	tcase_add_test(read, blocks_are_walked_to_the_end_of_the_bdb);
	tcase_add_test(read, blocks_that_linux_knows_have_a_name);
	tcase_add_test(read, a_child_device_reaches_to_its_ddc_pin_at_least);
	tcase_add_test(read, every_block_of_a_table_is_found);
	tcase_add_test(read, a_last_block_one_byte_past_the_bdb_is_part_of_it);
	tcase_add_test(read, block_53_of_version_3_tells_its_size_in_32_bits);
	tcase_add_test(read, a_broken_chain_keeps_the_blocks_before_it);
	tcase_add_test(read, child_devices_have_the_size_of_their_bdb_version);
	tcase_add_test(read, ports_are_told_in_words);
	tcase_add_test(read, connectors_and_aux_channels_have_letters);
	tcase_add_test(read, the_bdb_version_says_how_a_port_is_told);
	tcase_add_test(read, a_short_child_device_is_no_type_c_port);
	tcase_add_test(read, fields_exist_where_version_and_length_allow);
	tcase_add_test(read, a_field_must_lie_wholly_inside_its_place);
	tcase_add_test(read, a_field_tells_what_it_is);
	tcase_add_test(read, field_names_are_unique);
	tcase_add_test(read, a_table_shorter_than_its_header_is_none);
	tcase_add_test(read, what_only_looks_like_a_table_is_passed_over);
	tcase_add_test(read, a_table_is_found_at_multiples_of_four);
	suite_add_tcase(suite, read);
	return run_suite(suite);
}
