/* SPDX-License-Identifier: MIT */
#include "vbt-fixture.h"

START_TEST(fields_of_several_bytes_and_of_panels_are_read)
{
	struct fixture f;
	struct igdpt_vbt vbt;

	rich(&f);
	put_le16(f.p + f.block[43] + 129 + 15 * 4, 0x1234);
	f.p[f.block[42] + 16 * LFP_ENTRY + 16 * 13] = 1 << 5;
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

/* Names are all there or none is: 16 of 13 bytes, wherever in block 42. */
START_TEST(the_pointer_to_the_names_keeps_to_block_42)
{
	static const struct {
		int32_t from_end;
		bool found;
	} rows[] = { { -208, true }, { -207, false }, { 0, false }, { -1366, true }, { -1367, false } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_vbt_panel panel = { .size = sizeof(panel) };
		struct igdpt_finding why = { .size = sizeof(why) };
		struct igdpt_vbt vbt;
		struct fixture f;

		start(&f, 177);
		append_panels(&f, true);
		ck_assert_uint_eq(f.len - f.block[42], 1366);
		memset(f.p + f.block[42], 'x', 13);
		memset(f.p + f.len - 208, 'x', 13);
		put_le16(f.p + f.block[41] + 145, (uint16_t)((int32_t)f.len - 48 + rows[i].from_end));
		vbt = view(f.p, f.len);
		ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 0, &panel, &why),
			rows[i].found ? 0 : -IGDPT_E_RANGE);
		ck_assert_uint_eq(why.id, rows[i].found ? 0 : IGDPT_F_VBT_LFP_POINTER);
		ck_assert_uint_eq(panel.name_bytes, rows[i].found ? 13 : 0);
	}
}
END_TEST

START_TEST(what_follows_the_names_ends_with_block_42)
{
	struct igdpt_vbt vbt;
	struct fixture f;

	start(&f, 245);
	append_panels(&f, true);
	memset(f.p + f.len - 2, 0xff, 200);
	vbt = view(f.p, f.len);
	put_le16(f.p + f.block[41] + 145, (uint16_t)(f.len - 48 - 210));
	ck_assert_uint_eq(get(&vbt, "lfp.scaling", 15), 1);
	ck_assert_uint_eq(get(&vbt, "lfp.drrs-min-refresh", 0), UINT64_MAX);
	put_le16(f.p + f.block[41] + 145, (uint16_t)(f.len - 48 - 208));
	ck_assert_uint_eq(get(&vbt, "lfp.scaling", 0), UINT64_MAX);
}
END_TEST

/* Without block 41: registers of 38 bytes that end with 0xffff, in each of 16 entries. */
START_TEST(without_pointers_the_layout_of_block_42_is_the_one_linux_knows)
{
	static const struct {
		uint32_t bdb, registers, missing; /* bytes; bytes at the end */
		uint32_t broken;                  /* an entry without terminator */
		bool found;
	} rows[] = {
		{ 155, 38, 0, 16, true },  { 154, 38, 0, 16, false }, { 177, 32, 0, 16, false },
		{ 177, 40, 0, 16, false }, { 177, 38, 1, 16, false }, { 177, 38, 0, 0, false },
		{ 177, 38, 0, 15, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_vbt_panel panel = { .size = sizeof(panel) };
		struct igdpt_finding why = { .size = sizeof(why) };
		uint32_t entry = rows[i].registers + 28, bytes = 16 * entry - rows[i].missing;
		uint8_t data[16 * (40 + 28)] = { 0 };
		struct igdpt_vbt vbt;
		struct fixture f;

		for (uint32_t k = 0; k < 16; k++) {
			uint8_t *end = data + k * entry + rows[i].registers;

			put_le16(end - 2, k == rows[i].broken ? 0xfffe : 0xffff);
			put_le16(end, (uint16_t)(k + 1));
			end[18 + 9] = (uint8_t)k;
		}
		start(&f, rows[i].bdb);
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
		ck_assert_uint_eq(get(&vbt, "lfp.lvds", 0), 0);
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

/* From BDB 229 on, if Linux finds the block: entries of 28 bytes or more. */
START_TEST(block_58_has_timings_of_panels)
{
	static const struct {
		uint32_t bdb, entry, panel, cut;
		bool found;
	} rows[] = { { 229, 28, 1, 0, true }, { 228, 28, 1, 0, false }, { 229, 27, 1, 0, false },
		{ 229, 28, 2, 0, false }, { 229, 28, 1, 1, false }, { 229, 28, 16, 0, false } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_vbt_panel p = { .size = sizeof(p) };
		uint8_t data[2 + 2 * 28] = { (uint8_t)rows[i].entry };
		struct told told = { .used = 0 };
		struct igdpt_vbt vbt;
		struct fixture f;
		int rc;

		poke(data + 2 + 28, "0=01020000 4=4006 6=5000 8=1000 a=2000 c=000a e=1e00 10=0300 12=0600");
		start(&f, rows[i].bdb);
		append(&f, 58, data, sizeof(data));
		put_le16(f.p + 48 + 20, (uint16_t)(f.len - 48 - rows[i].cut));
		vbt = view(f.p, f.len);
		rc = igdpt_vbt_panel_at(&vbt, IGDPT_VBT_PANEL_GENERIC + rows[i].panel, &p, NULL);
		ck_assert_msg(rc == (rows[i].found ? 0 : -IGDPT_E_NOTFOUND), "row %zu: %d", i, rc);
		if (rc < 0)
			continue;
		say(&told, "%u: %u %u %u %u, %u %u %u %u", p.clock_khz, p.width, p.hsync_start, p.hsync_end,
			p.htotal, p.height, p.vsync_start, p.vsync_end, p.vtotal);
		ck_assert_str_eq(told.text, "513: 1600 1616 1648 1680, 2560 2563 2569 2590");
		ck_assert(p.index == 33 && !p.name && !p.manufacturer);
	}
}
END_TEST

/* Linux takes all panels or none. */
START_TEST(one_bad_pointer_spoils_all_panels)
{
	struct igdpt_vbt_panel panel = { .size = sizeof(panel) };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_vbt vbt;
	struct fixture f;

	rich(&f);
	ck_assert_int_eq(validate(f.p, f.len), 0);
	ck_assert_uint_eq(seen.ids[IGDPT_F_VBT_LFP_UNEVEN], 0);
	put_le16(f.p + f.block[41] + 1 + 9, 0xfff0);
	vbt = view(f.p, f.len);
	ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 2, &panel, &why), -IGDPT_E_RANGE);
	ck_assert_uint_eq(why.id, IGDPT_F_VBT_LFP_UNEVEN);
	ck_assert_uint_eq(get(&vbt, "lfp.x-resolution", 2), UINT64_MAX);
	ck_assert_int_eq(validate(f.p, f.len), 0);
	ck_assert_uint_eq(seen.ids[IGDPT_F_VBT_LFP_UNEVEN], 1);
	rich(&f);
	f.p[f.block[42] + 15 * LFP_ENTRY + FP_BYTES - 1] = 0;
	vbt = view(f.p, f.len);
	ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 2, &panel, &why), -IGDPT_E_RANGE);
	ck_assert_uint_eq(why.id, IGDPT_F_VBT_LFP_MALFORMED);
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
			strncat(block, p, *p == ' ' ? 0 : 1);
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

int main(void)
{
	Suite *suite = suite_create("vbt_panel");
	TCase *read = tcase_create("read");

	tcase_add_test(read, fields_of_several_bytes_and_of_panels_are_read);
	tcase_add_test(read, a_panel_has_timings_and_a_name);
	tcase_add_test(read, the_pointer_to_the_names_keeps_to_block_42);
	tcase_add_test(read, what_follows_the_names_ends_with_block_42);
	tcase_add_test(read, without_pointers_the_layout_of_block_42_is_the_one_linux_knows);
	tcase_add_test(read, each_bit_of_a_timing_counts);
	tcase_add_test(read, a_panel_has_an_identity_and_maybe_a_name);
	tcase_add_test(read, a_panel_behind_sdvo_has_timings);
	tcase_add_test(read, block_58_has_timings_of_panels);
	tcase_add_test(read, one_bad_pointer_spoils_all_panels);
	tcase_add_test(read, mipi_sequences_are_walked_in_both_forms);
	tcase_add_test(read, a_mipi_walk_goes_on_where_it_was);
	suite_add_tcase(suite, read);
	return run_suite(suite);
}
