/* SPDX-License-Identifier: MIT */
#include "support.h"

#include "bytes.h"
#include "igdpt/platform.h"
#include "igdpt/vbt.h"
#include "vbt-hostile.h"

struct table {
	uint8_t *data;
	size_t len;
};

/* An exact-size heap copy of a built table. */
static struct table build(const struct igdpt_vbt_build_opts *opts)
{
	uint8_t room[UINT16_MAX];
	size_t len = sizeof(room);

	ck_assert_int_eq(igdpt_vbt_build(opts, room, &len, NULL), 0);
	return (struct table){ exact_copy(room, len), len };
}

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

/* A table under construction, with every kind of block that has a layout of its own. */
struct fixture {
	uint8_t p[8192];
	size_t len;
	size_t block[256]; /* where each id's data begins */
};

static void append(struct fixture *f, uint8_t id, const void *data, size_t n)
{
	f->p[f->len] = id;
	put_le16(f->p + f->len + 1, (uint16_t)n);
	f->block[id] = f->len + 3;
	memcpy(f->p + f->len + 3, data, n);
	f->len += 3 + n;
	put_le16(f->p + 24, (uint16_t)f->len);
	put_le16(f->p + 48 + 20, (uint16_t)(f->len - 48));
}

#define LFP_ENTRY 66u
#define FP_BYTES 38u

/* 16 panels of 1920x1080 at 60 Hz named "Panel 0" and so on, with the pointers of block 41. */
static void append_panels(struct fixture *f, bool pointers)
{
	static const uint8_t timing[18] = { 0x02, 0x3a, 0x80, 0x18, 0x71, 0x38, 0x2d, 0x40, 0x58, 0x2c,
		0x45, 0x55, 0, 0, 0, 0, 0, 0x1e };
	static const uint8_t pnp[10] = { 0x06, 0xaf, 0x2d, 0x15, 1, 0, 0, 0, 5, 22 };
	uint8_t data[16 * LFP_ENTRY + 16 * 13 + 102] = { 0 }, ptr[148] = { 3 };
	size_t base = f->len - 48 + 3 + (pointers ? 151 : 0);

	for (size_t i = 0; i < 16; i++) {
		uint8_t *entry = data + i * LFP_ENTRY, *p = ptr + 1 + i * 9;

		put_le16(entry, 1920);
		put_le16(entry + 2, 1080);
		put_le16(entry + FP_BYTES - 2, 0xffff);
		memcpy(entry + FP_BYTES, timing, 18);
		memcpy(entry + FP_BYTES + 18, pnp, 10);
		memcpy(data + 16 * LFP_ENTRY + i * 13, "Panel 0      ", 13);
		data[16 * LFP_ENTRY + i * 13 + 6] = (uint8_t)('0' + i);
		put_le16(p, (uint16_t)(base + i * LFP_ENTRY));
		p[2] = FP_BYTES;
		put_le16(p + 3, (uint16_t)(base + i * LFP_ENTRY + FP_BYTES));
		p[5] = 18;
		put_le16(p + 6, (uint16_t)(base + i * LFP_ENTRY + FP_BYTES + 18));
		p[8] = 10;
	}
	put_le16(ptr + 145, (uint16_t)(base + 16 * LFP_ENTRY));
	ptr[147] = 13;
	if (pointers)
		append(f, 41, ptr, sizeof(ptr));
	append(f, 42, data, sizeof(data));
}

/* Version 3: panel 0 with "power on" (delay, GPIO) and "display on" (send packet). */
static const uint8_t mipi_v3[] = { 3, 36, 0, 0, 0,
	0, 31, 0, 0, 0,
	10, 12, 0, 0, 0, 2, 4, 0xd0, 7, 0, 0, 3, 3, 1, 2, 1, 0,
	3, 8, 0, 0, 0, 1, 5, 0x05, 0x05, 1, 0, 0x11, 0,
	0 };
/* Version 1, the narrow form: "display on" with all three. */
static const uint8_t mipi_v1[] = { 1,
	0, 17, 0,
	3, 2, 0xd0, 7, 0, 0, 3, 1, 1, 1, 0x05, 0x05, 1, 0, 0x11, 0,
	0 };

static void start(struct fixture *f, uint32_t bdb)
{
	struct igdpt_vbt_build_opts opts = { .size = sizeof(opts), .bdb_version = bdb };

	*f = (struct fixture){ .len = sizeof(f->p) };
	ck_assert_int_eq(igdpt_vbt_build(&opts, f->p, &f->len, NULL), 0);
}

static void rich(struct fixture *f)
{
	static const uint8_t zeros[850] = { 15 };
	uint8_t options[34] = { 1 }, dtd[2 + 2 * 28] = { 28 };

	start(f, 256);
	append(f, 40, options, sizeof(options));
	append_panels(f, true);
	append(f, 27, zeros, 850);
	append(f, 43, zeros, 305);
	append(f, 44, zeros, 136);
	append(f, 52, zeros, 822);
	append(f, 56, zeros, 210);
	put_le32(dtd + 2, 148500);
	append(f, 58, dtd, sizeof(dtd));
	append(f, 23, zeros, 72);
	append(f, 24, zeros, 40);
	append(f, 53, mipi_v3, sizeof(mipi_v3));
}

static struct igdpt_vbt view(const void *data, size_t len)
{
	struct igdpt_vbt vbt;

	ck_assert_int_eq(igdpt_vbt_init(&vbt, data, len, NULL), 0);
	return vbt;
}

/* How often a finding was reported. */
static unsigned counts[1000];

static void count_finding(void *user, const struct igdpt_finding *finding)
{
	(void)user;
	counts[finding->id]++;
}

static int validate(const void *data, size_t len)
{
	struct igdpt_vbt vbt = view(data, len);

	memset(counts, 0, sizeof(counts));
	return igdpt_vbt_validate(&vbt, count_finding, NULL);
}

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

static void hostile(const uint8_t *data, size_t len)
{
	const char *problem = read_all(data, len);

	ck_assert_msg(!problem, "%s", problem);
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

/* A cut table whose BDB header leads past the bytes that are left; one back into itself is refused. */
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
				headers[i] < 22 ? -IGDPT_E_SIZE : -IGDPT_E_NOSPACE);
			if (headers[i] >= 22) {
				ck_assert_uint_ge(len, 48 + 22);
				ck_assert_uint_le(len, cut);
				out = exact_copy(data, len);
				ck_assert_int_eq(igdpt_vbt_repair(data, cut, out, &len, NULL), 0);
				free(out);
			}
			free(data);
		}
	}
}
END_TEST

START_TEST(repair_refuses_headers_that_share_bytes)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct fixture f;
	size_t len = sizeof(f.p);
	uint8_t out[sizeof(f.p)];

	rich(&f);
	put_le16(f.p + 48 + 18, 20); /* the first block begins on the BDB's size */
	ck_assert_int_eq(igdpt_vbt_repair(f.p, sizeof(f.p), out, &len, &why), -IGDPT_E_SIZE);
	ck_assert_uint_eq(why.id, IGDPT_F_VBT_BDB_HEADER);
	ck_assert_uint_eq(why.offset, 48 + 18);
	put_le32(f.p + 28, 6); /* its size is where the checksum goes */
	put_le16(f.p + 6 + 20, 0x20);
	ck_assert_int_eq(igdpt_vbt_repair(f.p, sizeof(f.p), out, &len, NULL), -IGDPT_E_RANGE);
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

/* Every length, in memory of that length. */
START_TEST(a_truncated_table_is_read_within_its_bytes)
{
	struct fixture f;

	rich(&f);
	for (size_t len = 0; len <= f.len; len++) {
		uint8_t *copy = exact_copy(f.p, len);

		hostile(copy, len);
		if (len >= 26) {
			put_le16(copy + 24, (uint16_t)len);
			if (len >= 70)
				put_le16(copy + 68, (uint16_t)(len - 48));
			hostile(copy, len);
		}
		free(copy);
	}
}
END_TEST

/* Every byte of every header, pointer, size and sequence takes the values that break readers. */
START_TEST(a_corrupt_table_is_read_within_its_bytes)
{
	struct igdpt_vbt_block block = { .size = sizeof(block) };
	struct fixture f;
	bool vital[sizeof(f.p)] = { false };
	struct igdpt_vbt vbt;
	uint8_t *copy;

	rich(&f);
	vbt = view(f.p, f.len);
	memset(vital, true, 70);
	while (igdpt_vbt_next(&vbt, &block, NULL) > 0)
		memset(vital + block.offset - 3, true, block.id == 41 || block.id == 53 ?
				block.bytes + 3 : 9);
	copy = exact_copy(f.p, f.len);
	for (size_t i = 0; i < f.len; i++) {
		const uint8_t values[] = { 0, 0xff, 0x80, (uint8_t)(f.p[i] + 1), (uint8_t)(f.p[i] - 1) };

		for (size_t k = 0; vital[i] && k < sizeof(values); k++) {
			copy[i] = values[k];
			hostile(copy, f.len);
		}
		copy[i] = f.p[i];
	}
	free(copy);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vbt");
	TCase *builds = tcase_create("build"), *reads = tcase_create("read");
	TCase *bad = tcase_create("hostile");

	tcase_add_test(builds, a_built_table_is_one_that_linux_accepts);
	tcase_add_test(builds, every_platform_gets_a_table);
	tcase_add_test(builds, padding_gives_the_size_asked_for);
	tcase_add_test(builds, the_builder_keeps_to_the_room);
	tcase_add_test(builds, build_options_out_of_range_are_refused);
	tcase_add_test(reads, every_block_of_a_table_is_found);
	tcase_add_test(reads, a_last_block_one_byte_past_the_bdb_is_part_of_it);
	tcase_add_test(reads, block_53_of_version_3_tells_its_size_in_32_bits);
	tcase_add_test(reads, a_broken_chain_keeps_the_blocks_before_it);
	tcase_add_test(reads, child_devices_have_the_size_of_their_bdb_version);
	tcase_add_test(reads, ports_are_told_in_words);
	tcase_add_test(reads, fields_exist_where_version_and_length_allow);
	tcase_add_test(reads, fields_of_several_bytes_and_of_panels_are_read);
	tcase_add_test(reads, field_names_are_unique);
	tcase_add_test(reads, a_panel_has_timings_and_a_name);
	tcase_add_test(reads, a_panel_behind_sdvo_has_timings);
	tcase_add_test(reads, panel_pointers_out_of_block_42_are_refused);
	tcase_add_test(reads, mipi_sequences_are_walked_in_both_forms);
	tcase_add_test(reads, the_validator_says_what_is_wrong);
	tcase_add_test(reads, repair_puts_sizes_and_checksum_right);
	tcase_add_test(reads, a_table_shorter_than_its_header_is_none);
	tcase_add_test(reads, repair_keeps_to_the_bytes_of_a_cut_table);
	tcase_add_test(reads, repair_refuses_headers_that_share_bytes);
	tcase_add_test(reads, a_table_is_found_at_multiples_of_four);
	tcase_add_test(reads, tables_are_compared_by_field);
	tcase_add_test(bad, a_truncated_table_is_read_within_its_bytes);
	tcase_add_test(bad, a_corrupt_table_is_read_within_its_bytes);
	tcase_set_timeout(bad, 120);
	suite_add_tcase(suite, builds);
	suite_add_tcase(suite, reads);
	suite_add_tcase(suite, bad);
	return run_suite(suite);
}
