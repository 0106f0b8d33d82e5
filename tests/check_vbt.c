/* SPDX-License-Identifier: MIT */
#include "vbt-fixture.h"

static uint64_t get(const struct igdpt_vbt *vbt, const char *name, uint32_t element)
{
	int number = igdpt_vbt_field_find(name);
	uint64_t value = UINT64_MAX;

	ck_assert_int_ge(number, 0);
	if (igdpt_vbt_get(vbt, (uint32_t)number, element, &value) < 0)
		ck_assert_uint_eq(value, UINT64_MAX);
	else
		ck_assert_uint_ne(value, UINT64_MAX);
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

START_TEST(fields_of_several_bytes_and_of_panels_are_read)
{
	struct fixture f;
	struct igdpt_vbt vbt;

	rich(&f);
	put_le16(f.p + f.block[43] + 129 + 15 * 4, 0x1234);
	f.p[f.block[42] + 16 * LFP_ENTRY + 16 * 13] = 1 << 5;
	f.p[f.block[41] + 1 + 5 * 9 + 8] = 0; /* ten bytes, whatever the pointer says */
	f.p[f.block[27] + 160 + 3] = 0x80;
	f.p[f.block[52] + 122 * 5 + 26 + 3] = 0x7f;
	vbt = view(f.p, f.len);
	ck_assert_uint_eq(get(&vbt, "backlight.level", 15), 0x1234);
	ck_assert_uint_eq(get(&vbt, "backlight.level", 16), UINT64_MAX);
	ck_assert_uint_eq(get(&vbt, "lfp.scaling", 5), 1);
	ck_assert_uint_eq(get(&vbt, "lfp.scaling", 4), 0);
	ck_assert_uint_eq(get(&vbt, "lfp.product", 5), 0x152d);
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

/* Three pointers a panel: its registers (4 bytes at least), timing and identity, in block 42. */
START_TEST(a_panel_pointer_keeps_to_block_42)
{
	static const uint32_t room[3] = { 4, 18, 10 };

	for (uint32_t i = 0; i < 3; i++) {
		struct igdpt_vbt_panel panel = { .size = sizeof(panel) };
		struct igdpt_finding why = { .size = sizeof(why) };
		struct told told = { .used = 0 };
		struct igdpt_vbt vbt;
		struct fixture f;
		uint8_t *pointer;
		uint32_t first, last;
		char want[80];

		start(&f, 177);
		append_panels(&f, true);
		vbt = view(f.p, f.len);
		pointer = f.p + f.block[41] + 1 + 9 + 3 * i;
		first = (uint32_t)f.block[42];
		last = (uint32_t)f.len - room[i];
		put_le16(pointer, (uint16_t)(first - 48));
		ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 1, &panel, &why), 0);
		put_le16(pointer, (uint16_t)(last - 48));
		ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 1, &panel, &why), 0);
		put_le16(pointer, (uint16_t)(first - 49));
		ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 1, &panel, &why), -IGDPT_E_RANGE);
		tell(&told, &why);
		ck_assert_uint_eq(get(&vbt, "lfp.x-resolution", 1), UINT64_MAX);
		put_le16(pointer, (uint16_t)(last - 47));
		ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 1, &panel, &why), -IGDPT_E_RANGE);
		tell(&told, &why);
		snprintf(want, sizeof(want), "vbt-lfp-pointer@%x:%x/%x vbt-lfp-pointer@%x:%x/%x",
			(uint32_t)(pointer - f.p), first - 1, (uint32_t)f.len, (uint32_t)(pointer - f.p),
			last + 1, (uint32_t)f.len);
		ck_assert_str_eq(told.text, want);
	}
}
END_TEST

/* Block 41: a count, 16 panels' pointers, that of the names, all of it or as far as it goes. */
START_TEST(a_short_block_41_has_fewer_panels_and_no_names)
{
	struct igdpt_vbt whole, vbt;
	struct fixture with_all, f;

	start(&with_all, 177);
	append_panels(&with_all, true);
	whole = view(with_all.p, with_all.len);
	for (uint32_t bytes = 0; bytes <= 148; bytes += bytes == 145 ? 3 : 1) {
		struct igdpt_vbt_panel panel = { .size = sizeof(panel) };
		struct igdpt_finding why = { .size = sizeof(why) };
		uint32_t n = 0;

		f = with_all;
		put_le16(f.p + f.block[41] - 2, (uint16_t)bytes);
		if (bytes < 148) { /* the rest is another block */
			f.p[f.block[41] + bytes] = 200;
			put_le16(f.p + f.block[41] + bytes + 1, (uint16_t)(148 - 3 - bytes));
		}
		vbt = view(f.p, f.len);
		ck_assert_int_eq(igdpt_vbt_panel_at(&whole, 0, &panel, &why), 0);
		while (igdpt_vbt_panel_at(&vbt, n, &panel, &why) == 0 && n < 16)
			n++;
		ck_assert_uint_eq(n, bytes < 10 ? 0 : (bytes - 1) / 9);
		ck_assert_uint_eq(why.id, 0);
		if (n)
			ck_assert_uint_eq(panel.name_bytes, bytes == 148 ? 7 : 0);
	}
}
END_TEST

/* Names are 13 bytes a panel, as far as block 42 goes; before it there are none. */
START_TEST(the_pointer_to_the_names_keeps_to_block_42)
{
	static const struct {
		int32_t from_end;
		uint32_t name_bytes[2];
	} rows[] = {
		{ -27, { 13, 13 } }, { -26, { 13, 13 } }, { -25, { 13, 0 } }, { -13, { 13, 0 } },
		{ -12, { 0, 0 } },   { -1, { 0, 0 } },    { 0, { 0, 0 } },    { 1, { 0, 0 } },
		{ -1366, { 13, 13 } }, /* where block 42 begins */
		{ -1367, { 0, 0 } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_vbt_panel panel = { .size = sizeof(panel) };
		struct igdpt_vbt vbt;
		struct fixture f;

		start(&f, 177);
		append_panels(&f, true);
		ck_assert_uint_eq(f.len - f.block[42], 1366);
		memset(f.p + f.block[42], 'x', 26);
		memset(f.p + f.len - 30, 'x', 60);
		put_le16(f.p + f.block[41] + 145, (uint16_t)((int32_t)f.len - 48 + rows[i].from_end));
		vbt = view(f.p, f.len);
		for (uint32_t k = 0; k < 2; k++) {
			ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, k, &panel, NULL), 0);
			ck_assert_uint_eq(panel.name_bytes, rows[i].name_bytes[k]);
		}
	}
}
END_TEST

/* The registers end where the timing begins, or have the size that block 41 tells. */
START_TEST(registers_of_a_panel_end_at_its_timing)
{
	static const struct {
		uint32_t size, distance; /* as told, and to the timing */
		uint64_t lvds;           /* four bytes at 8 */
	} rows[] = {
		{ 1, 12, 0x11111111 }, { 12, 11, UINT64_MAX },  { 12, 0, 0x11111111 },
		{ 11, 0, UINT64_MAX }, { 1, 38, 0x11111111 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_vbt vbt;
		struct fixture f;
		uint8_t *pointer;

		start(&f, 177);
		append_panels(&f, true);
		pointer = f.p + f.block[41] + 1;
		memset(f.p + f.block[42] + 8, 0x11, 4);
		pointer[2] = (uint8_t)rows[i].size;
		put_le16(pointer + 3, (uint16_t)(get_le16(pointer) + rows[i].distance));
		vbt = view(f.p, f.len);
		ck_assert_uint_eq(get(&vbt, "lfp.lvds", 0), rows[i].lvds);
	}
}
END_TEST

/* Without block 41: registers of 6 to 64 bytes that end with 0xffff, in each of 16 entries. */
START_TEST(the_layout_of_block_42_is_told_by_its_terminators)
{
	static const struct {
		uint32_t registers, missing; /* bytes; bytes at the end */
		uint32_t broken;             /* an entry without terminator */
		bool found;
	} rows[] = {
		{ 4, 0, 16, false },  { 6, 0, 16, true },   { 38, 0, 16, true },  { 64, 0, 16, true },
		{ 37, 0, 16, false }, { 66, 0, 16, false }, { 38, 1, 16, false }, { 38, 0, 0, false },  { 38, 0, 15, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_vbt_panel panel = { .size = sizeof(panel) };
		struct igdpt_finding why = { .size = sizeof(why) };
		uint32_t entry = rows[i].registers + 28, bytes = 16 * entry - rows[i].missing;
		uint8_t data[16 * (66 + 28)] = { 0 };
		struct igdpt_vbt vbt;
		struct fixture f;

		for (uint32_t k = 0; k < 16; k++) {
			uint8_t *end = data + k * entry + rows[i].registers;

			put_le16(end - 2, k == rows[i].broken ? 0xfffe : 0xffff);
			put_le16(end, (uint16_t)(k + 1));
			end[18 + 9] = (uint8_t)k;
		}
		start(&f, 177);
		append(&f, 42, data, bytes);
		vbt = view(f.p, f.len);
		if (!rows[i].found) {
			ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 0, &panel, &why), -IGDPT_E_RANGE);
			ck_assert_uint_eq(why.id, IGDPT_F_VBT_LFP_LAYOUT);
			ck_assert_uint_eq(why.offset, f.block[42]);
			ck_assert_uint_eq(why.value, bytes);
			ck_assert_uint_eq(why.want, 0);
			continue;
		}
		for (uint32_t k = 0; k < 16; k++) {
			ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, k, &panel, &why), 0);
			ck_assert_uint_eq(panel.clock_khz, 10 * (k + 1));
			ck_assert_uint_eq(panel.year, 1990 + k);
			ck_assert_ptr_null(panel.name);
		}
		ck_assert_uint_eq(get(&vbt, "lfp.lvds", 0), rows[i].registers < 12 ? UINT64_MAX : 0);
	}
}
END_TEST

/* The detailed timing of EDID 1.4, 3.10.2: bytes 0 to 11. */
START_TEST(each_bit_of_a_timing_counts)
{
	static const struct {
		const char *dtd, *want;
	} rows[] = {
		{ "0=ff", "2550: 0 0 0 0, 0 0 0 0" },          { "1=ff", "652800: 0 0 0 0, 0 0 0 0" },
		{ "2=ff", "0: 255 255 255 255, 0 0 0 0" },     { "3=ff", "0: 0 0 0 255, 0 0 0 0" },
		{ "4=f0", "0: 3840 3840 3840 3840, 0 0 0 0" }, { "4=0f", "0: 0 0 0 3840, 0 0 0 0" },
		{ "5=ff", "0: 0 0 0 0, 255 255 255 255" },     { "6=ff", "0: 0 0 0 0, 0 0 0 255" },
		{ "7=f0", "0: 0 0 0 0, 3840 3840 3840 3840" }, { "7=0f", "0: 0 0 0 0, 0 0 0 3840" },
		{ "8=ff", "0: 0 255 255 0, 0 0 0 0" },         { "9=ff", "0: 0 0 255 0, 0 0 0 0" },
		{ "a=f0", "0: 0 0 0 0, 0 15 15 0" },           { "a=0f", "0: 0 0 0 0, 0 0 15 0" },
		{ "b=c0", "0: 0 768 768 0, 0 0 0 0" },         { "b=30", "0: 0 0 768 0, 0 0 0 0" },
		{ "b=0c", "0: 0 0 0 0, 0 48 48 0" },           { "b=03", "0: 0 0 0 0, 0 0 48 0" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_vbt_panel p = { .size = sizeof(p) };
		uint8_t zeros[18] = { 0 };
		struct told told = { .used = 0 };
		struct igdpt_vbt vbt;
		struct fixture f;

		start(&f, 177);
		append(&f, 23, zeros, 18);
		append(&f, 24, zeros, 10);
		poke(f.p + f.block[23], rows[i].dtd);
		vbt = view(f.p, f.len);
		ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 16, &p, NULL), 0);
		say(&told, "%u: %u %u %u %u, %u %u %u %u", p.clock_khz, p.width, p.hsync_start, p.hsync_end,
			p.htotal, p.height, p.vsync_start, p.vsync_end, p.vtotal);
		ck_assert_msg(!strcmp(told.text, rows[i].want), "row %zu: %s", i, told.text);
	}
}
END_TEST

/* EISA id, product and serial number, year; each character of a name but the blanks behind it. */
START_TEST(a_panel_has_an_identity_and_maybe_a_name)
{
	static const struct {
		const char *pnp, *name, *want;
	} rows[] = {
		{ "0=04432301efcdab89050a", "0=41424344202020202020202020",
			"414243 123 89abcdef 2000 4 'ABCD'" },
		{ "0=6b5a0000000000000000", "0=20202020202020202020202020", "5a5a5a 0 0 1990" },
		{ "0=00000000000000000000", "0=4142434445464748494a4b4c4d",
			"404040 0 0 1990 13 'ABCDEFGHIJKLM'" },
		{ "0=00000000000000000000", "0=207e7f20202020202020202020",
			"404040 0 0 1990 2 ' ~'" },
		{ "0=00000000000000000000", "0=411f4220202020202020202020",
			"404040 0 0 1990 1 'A'" },
		{ "0=00000000000000000000", "0=00", "404040 0 0 1990" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_vbt_panel p = { .size = sizeof(p) };
		struct told told = { .used = 0 };
		struct igdpt_vbt vbt;
		struct fixture f;

		start(&f, 177);
		append_panels(&f, true);
		poke(f.p + f.block[42] + LFP_ENTRY + FP_BYTES + 18, rows[i].pnp);
		poke(f.p + f.block[42] + 16 * LFP_ENTRY + 13, rows[i].name);
		vbt = view(f.p, f.len);
		ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 1, &p, NULL), 0);
		say(&told, "%x %x %x %u", p.manufacturer, p.product, p.serial, p.year);
		if (p.name)
			say(&told, " %u '%.*s'", p.name_bytes, (int)p.name_bytes, p.name);
		ck_assert_uint_eq(p.index, 1);
		ck_assert_msg(!strcmp(told.text, rows[i].want), "row %zu: %s", i, told.text);
	}
}
END_TEST

START_TEST(a_panel_behind_sdvo_has_timings)
{
	static const uint8_t pnp[50] = { [30] = 0x06, 0xaf };
	uint8_t dtd[90] = { [54] = 0x02, 0x3a, 0x80, 0x18, 0x71, 0x38, 0x2d, 0x40 };
	struct igdpt_vbt_panel panel = { .size = sizeof(panel) };
	struct igdpt_vbt vbt;
	struct fixture f;

	start(&f, 155);
	append(&f, 23, dtd, sizeof(dtd)); /* room for five, but there are four */
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
	ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 19, &panel, NULL), -IGDPT_E_NOTFOUND);
	put_le16(f.p + f.block[24] - 2, 40);
	ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 19, &panel, NULL), 0);
	for (size_t bytes = 71; bytes <= 72; bytes++) {
		start(&f, 155);
		append(&f, 24, pnp, sizeof(pnp));
		append(&f, 23, dtd, bytes);
		vbt = view(f.p, f.len);
		ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 19, &panel, NULL),
			bytes < 72 ? -IGDPT_E_NOTFOUND : 0);
		ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 18, &panel, NULL), 0);
	}
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

/* "panel.sequence.operation@offset+bytes" in hex, offsets in block 53, and what ends the walk. */
START_TEST(mipi_sequences_are_walked_in_both_forms)
{
	static const struct {
		const char *block, *want;
	} rows[] = {
		/* no sequences */
		{ "", "" },
		{ "00", "vbt-mipi-version@0:0/4" },
		{ "05", "vbt-mipi-version@0:5/4" },
		{ "01", "" },
		{ "010001", "" },
		/* one panel of version 1: "display on" with a delay, a GPIO, a packet, an I2C write */
		{ "0100060003 02d0070000 00", "0.3.2@6+4" },
		{ "0100070003 02d0070000 0000", "0.3.2@6+4" },
		{ "01 051200 0b 02d0070000 030301 01 01050200 0a0b 00 00",
			"5.b.2@6+4 5.b.3@b+2 5.b.1@e+6" },
		{ "0100130003 0400000000000002aabb 0400000000000000 00", "0.3.4@6+9 0.3.4@10+7" },
		/* what is cut: a packet, its data, an I2C write, its data, a GPIO, a delay */
		{ "0100040003 010105", "vbt-mipi-range@5:5/8" },
		{ "0100050003 01010500", "vbt-mipi-range@5:5/9" },
		{ "0100060003 0101050001", "vbt-mipi-range@5:5/a" },
		{ "0100080003 04000000000000", "vbt-mipi-range@5:5/c" },
		{ "0100090003 0400000000000001", "vbt-mipi-range@5:5/d" },
		{ "0100030003 0301", "vbt-mipi-range@5:5/7" },
		{ "0100050003 02d00700", "vbt-mipi-range@5:5/9" },
		/* operations without a known length; sequences past the last */
		{ "0100030003 0500", "vbt-mipi-range@5:5/7" },
		{ "010003000b 0000", "" },
		{ "010003000c 0000", "vbt-mipi-range@4:4/7" },
		/* several sequences and panels; a sequence of id 0 ends a panel */
		{ "01 000800 03 02d0070000 00 00 01 0900 01 02d1070000 00 02 00",
			"0.3.2@6+4 1.1.2@11+4" },
		{ "01000b0003 02d0070000 00 04 030303 00", "0.3.2@6+4 0.4.3@d+2" },
		{ "01 000400 03 030101 01 0500 01 030101 00", "0.3.3@6+2 1.1.3@d+2" },
		{ "01 000600 03 01 01050000", "0.3.1@6+4" },
		{ "01 000300 00 aabb 01 0500 01 030101 00", "1.1.3@c+2" },
		{ "0100ff0003", "vbt-mipi-range@1:1/5" },
		/* version 2 as 1, from 3 on sizes are wide and operations tell their own */
		{ "0200060003 02d0070000 00", "0.3.2@6+4" },
		{ "0311000000 000c00000003 00000000 0204d0070000 00", "0.3.2@11+4" },
		{ "0411000000 000c00000003 00000000 05020102 0900 00", "0.3.5@11+2 0.3.9@15+0" },
		{ "030c000000 0007000000 0300000000 0900", "0.3.9@11+0" },
		{ "030b000000 0006000000 0300000000 01", "vbt-mipi-range@f:f/10" },
		{ "030b000000 0006000000 0300000000 02", "vbt-mipi-range@f:f/10" },
		{ "030c000000 0007000000 0300000000 0201", "vbt-mipi-range@f:f/11" },
		{ "0309000000 0004000000 03000000", "vbt-mipi-range@a:a/e" },
		{ "0304000000 00040000", "" },
		{ "030a000000 0005000000 0300000000", "" },
		{ "0305000000 0001000000", "vbt-mipi-range@5:5/a" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_vbt_mipi mipi = { .size = sizeof(mipi) };
		struct igdpt_finding why = { .size = sizeof(why) };
		struct told told = { .used = 0 };
		struct igdpt_vbt vbt;
		char block[80] = "35:";
		uint32_t at = 0xd3;
		struct fixture f;
		uint8_t *copy;
		int rc;

		for (const char *p = rows[i].block; *p; p++)
			strncat(block, p, *p != ' ');
		start(&f, 177);
		append_text(&f, block);
		copy = exact_copy(f.p, f.len);
		vbt = view(copy, f.len);
		while ((rc = igdpt_vbt_mipi_next(&vbt, &mipi, &why)) == 1) {
			say_next(&told);
			say(&told, "%x.%x.%x@%x+%x", mipi.panel, mipi.sequence, mipi.operation,
				mipi.offset - at, mipi.bytes);
		}
		ck_assert_int_eq(rc, why.error);
		why.offset -= at;
		why.value -= why.id == IGDPT_F_VBT_MIPI_RANGE ? at : 0;
		why.want -= why.id == IGDPT_F_VBT_MIPI_RANGE ? at : 0;
		tell(&told, &why);
		ck_assert_msg(!strcmp(told.text, rows[i].want), "row %zu: %s", i, told.text);
		free(copy);
	}
}
END_TEST

/* A place that was not the walk's own is refused: before the block, behind it, past the panel. */
START_TEST(a_mipi_walk_goes_on_where_it_was)
{
	static const struct {
		uint32_t next, end;
		int result;
	} rows[] = {
		{ 0, 0, 1 },        { 0xd3, 0xd3, -IGDPT_E_RANGE }, { 0xd4, 0xd4, 1 },
		{ 0xd2, 0xd4, -IGDPT_E_RANGE }, { 0xde, 0xde, 0 },  { 0xdf, 0xdf, -IGDPT_E_RANGE },
		{ 0xd5, 0xd4, -IGDPT_E_RANGE }, { 0xd4, 0xdf, -IGDPT_E_RANGE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_vbt_mipi mipi = { .size = sizeof(mipi), .next = rows[i].next,
			.end = rows[i].end };
		struct igdpt_vbt vbt;
		struct fixture f;

		start(&f, 177);
		append_text(&f, "35:010007000302d007000000 39:");
		vbt = view(f.p, f.len);
		require(igdpt_vbt_mipi_next(&vbt, &mipi, NULL) == rows[i].result, "row %zu", i);
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
	tcase_add_test(read, fields_of_several_bytes_and_of_panels_are_read);
	tcase_add_test(read, field_names_are_unique);
	tcase_add_test(read, a_panel_has_timings_and_a_name);
	tcase_add_test(read, a_panel_pointer_keeps_to_block_42);
	tcase_add_test(read, a_short_block_41_has_fewer_panels_and_no_names);
	tcase_add_test(read, the_pointer_to_the_names_keeps_to_block_42);
	tcase_add_test(read, registers_of_a_panel_end_at_its_timing);
	tcase_add_test(read, the_layout_of_block_42_is_told_by_its_terminators);
	tcase_add_test(read, each_bit_of_a_timing_counts);
	tcase_add_test(read, a_panel_has_an_identity_and_maybe_a_name);
	tcase_add_test(read, a_panel_behind_sdvo_has_timings);
	tcase_add_test(read, panel_pointers_out_of_block_42_are_refused);
	tcase_add_test(read, mipi_sequences_are_walked_in_both_forms);
	tcase_add_test(read, a_mipi_walk_goes_on_where_it_was);
	tcase_add_test(read, a_table_shorter_than_its_header_is_none);
	tcase_add_test(read, what_only_looks_like_a_table_is_passed_over);
	tcase_add_test(read, a_table_is_found_at_multiples_of_four);
	suite_add_tcase(suite, read);
	return run_suite(suite);
}
