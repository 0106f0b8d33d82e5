/* SPDX-License-Identifier: MIT */
#include "vbt-fixture.h"

static void put_checksum(struct fixture *f)
{
	f->p[26] = 0;
	f->p[26] = (uint8_t)-byte_sum(f->p, get_le16(f->p + 24));
}

/* The findings of a table. */
static struct told judge(const struct fixture *f)
{
	struct igdpt_vbt vbt = view(f->p, f->len);
	struct told told = { .used = 0 };

	ck_assert_int_eq(igdpt_vbt_validate(&vbt, tell, &told), told.errors);
	ck_assert_int_eq(igdpt_vbt_validate(&vbt, NULL, NULL), told.errors);
	return told;
}

/*
 * A small table: block 1 at 0x46, block 2 with three child devices of 33 bytes at 0x4f (its data
 * at 0x52), block 12 at 0xba, the end at 0xd0. Version 177 calls for 33 bytes.
 */
START_TEST(every_rule_tells_where_it_is_broken_and_by_what)
{
	static const struct {
		const char *blocks, *pokes, *want;
	} rows[] = {
		{ "", "", "" },
		/* headers */
		{ "", "14=63", "vbt-version@14:63/64" },
		{ "", "16=2f", "vbt-header-size@16:2f/30" },
		{ "", "16=31", "vbt-header-size@16:31/30" },
		{ "", "30=62", "vbt-bdb-signature@30:62/42" },
		{ "", "3e=6b", "vbt-bdb-signature@30:42/42" },
		{ "", "3f=00", "" },
		{ "", "42=a0", "vbt-no-children:0/0" },
		{ "", "42=a1",
			"vbt-bdb-header@42:a1/16 vbt-bdb-short@44:a0/a1 vbt-no-children:0/0" },
		{ "", "42=15",
			"vbt-bdb-header@42:15/16 vbt-block-zero@45:0/0 vbt-no-children:0/0" },
		{ "", "40=0000", "vbt-child-size@56:21/16" },
		{ "", "40=0a01", "vbt-child-size@56:21/2c" },
		{ "", "40=0b01", "vbt-bdb-version@40:10b/10a" },
		/* blocks */
		{ "c8:00", "", "vbt-block-unknown@d0:c8/0" },
		{ "0c:00 0c:00", "", "vbt-block-twice@d0:c/bd vbt-block-twice@d4:c/bd" },
		{ "f9:00 f9:00", "",
			"vbt-block-unknown@d0:f9/0 vbt-block-unknown@d4:f9/0 vbt-block-twice@d4:f9/d3" },
		{ "fa:00 fa:00", "", "vbt-block-unknown@d0:fa/0 vbt-block-unknown@d4:fa/0" },
		{ "fe:00 fe:00", "", "" },
		{ "", "bb=14", "vbt-block-overrun@ba:c/1" },
		{ "", "ba=00", "vbt-block-zero@ba:0/0" },
		{ "", "44=9f", "vbt-bdb-short@44:9f/a0" },
		{ "35:0300000000", "44=a7", "vbt-bdb-short-mipi@44:a7/a8" },
		{ "35:0300000000", "44=a3", "vbt-bdb-short-mipi@44:a3/a8" },
		{ "35:0300000000", "44=a2", "vbt-bdb-short@44:a2/a8" },
		{ "35:0100000000", "44=a7", "vbt-bdb-short@44:a7/a8" },
		{ "35:0300000000 39:", "44=aa", "vbt-bdb-short@44:aa/ab" },
		{ "39:", "39:", "" },
		{ "", "18=d4", "vbt-trailing@d0:4/0" },
		/* child devices */
		{ "", "4f=03", "vbt-no-children:0/0" },
		{ "02:00000000", "4f=03", "vbt-no-children@d3:0/0" },
		{ "02:0000000021", "4f=03", "" },
		{ "", "56=20", "vbt-child-small@56:20/21 vbt-child-rest@52:3/20" },
		{ "", "56=22", "vbt-child-size@56:22/21 vbt-child-rest@52:1f/22" },
		{ "", "56=00", "vbt-child-small@56:0/21" },
		/* panels */
		{ "2a:00", "", "" },
		{ "28:00", "", "" },
		{ "28:00 2a:00 29:03", "", "vbt-lfp-malformed@d9:1/91" },
		{ "2a:00 29:03 28: 39:", "", "vbt-lfp-malformed@d5:1/91" },
		{ "28:00 2a:00", "", "vbt-lfp-layout@d7:1/0" },
		/* MIPI sequences */
		{ "35:09", "", "vbt-mipi-version@d3:9/4" },
		{ "35:01000100", "", "vbt-mipi-range@d4:d4/d7" },
		{ "35:0100010000", "", "" },
		{ "35:010008000302d00700000500", "", "vbt-mipi-range@dd:dd/df" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;
		struct told told;

		start(&f, 177);
		append_text(&f, rows[i].blocks);
		poke(f.p, rows[i].pokes);
		f.len = 2048;
		put_checksum(&f);
		told = judge(&f);
		ck_assert_msg(!strcmp(told.text, rows[i].want), "row %zu: %s", i, told.text);
	}
	ck_assert_int_eq(igdpt_vbt_validate(NULL, NULL, NULL), -IGDPT_E_INVALID);
}
END_TEST

START_TEST(a_wrong_checksum_is_told_with_the_right_one)
{
	struct fixture f;
	struct told told;

	start(&f, 177);
	put_checksum(&f);
	poke(f.p, "1a=5a");
	told = judge(&f);
	ck_assert_str_eq(told.text, "vbt-checksum@1a:5a/2c");
}
END_TEST

/*
 * Block 41 at 0xd0: a count at 0xd3, the pointers of panel 0 from 0xd4 on, nine bytes a panel, and
 * that of the names at 0x164. Block 42 begins at 0x16a, 66 bytes a panel; offsets are from 0x30 on.
 */
START_TEST(panels_are_judged_by_their_pointers_and_the_panel_type)
{
	static const struct {
		const char *blocks, *pokes, *want;
	} rows[] = {
		{ "", "", "" },
		{ "28:00", "", "" },
		{ "28:", "", "" },
		{ "28:0f", "", "" },
		{ "28:10", "", "vbt-panel-type@6c3:10/f" },
		{ "28:fe", "", "vbt-panel-type@6c3:fe/f" },
		{ "28:ff", "", "" },
		{ "28:10", "d4=0000", "vbt-panel-type@6c3:10/f vbt-lfp-malformed@d4:0/13a" },
		/* three parts, which follow each other */
		{ "", "d3=02", "vbt-lfp-malformed@d3:2/3" },
		{ "", "d4=0000", "vbt-lfp-malformed@d4:0/13a" },
		{ "", "d4=3b01", "vbt-lfp-malformed@d4:13b/13a" },
		{ "28:01", "d4=3901", "vbt-lfp-malformed@d4:139/13a" },
		{ "", "d6=25", "vbt-lfp-malformed@d6:25/26" },
		{ "", "d6=1f", "vbt-lfp-malformed@d6:1f/20" },
		{ "", "d6=20", "vbt-lfp-uneven@dd:1/0" },
		{ "", "d7=5f01", "vbt-lfp-malformed@d6:26/25" },
		{ "", "d7=6101", "vbt-lfp-malformed@d6:26/27" },
		{ "", "d7=6601", "vbt-lfp-malformed@da:172/178" },
		{ "", "d9=13", "vbt-lfp-malformed@d9:13/12" },
		{ "", "da=7301", "vbt-lfp-malformed@da:173/172" },
		{ "", "dc=0b", "vbt-lfp-malformed@dc:b/a" },
		/* those of one panel after the other have one distance and one size */
		{ "", "dd=0000", "vbt-lfp-uneven@dd:1/0" },
		{ "", "e0=0000", "vbt-lfp-uneven@dd:1/0" },
		{ "", "e3=0000", "vbt-lfp-uneven@dd:1/0" },
		{ "", "df=27", "vbt-lfp-uneven@dd:1/0" },
		{ "", "e2=13", "vbt-lfp-uneven@dd:1/0" },
		{ "", "e5=0b", "vbt-lfp-uneven@dd:1/0" },
		{ "", "15d=27", "vbt-lfp-uneven@15b:f/0" },
		{ "", "160=13", "vbt-lfp-uneven@15b:f/0" },
		{ "", "163=0b", "vbt-lfp-uneven@15b:f/0" },
		/* registers end with a terminator */
		{ "", "18e=feff", "vbt-lfp-malformed@18e:fffe/ffff" },
		{ "", "56c=ff7f", "vbt-lfp-malformed@56c:7fff/ffff" },
		/* 16 names of 13 bytes, or none */
		{ "", "166=00", "" },
		{ "", "166=0c", "vbt-lfp-malformed@166:c/d" },
		{ "", "164=3a01", "" },
		{ "", "164=3901", "vbt-lfp-pointer@164:169/6c0" },
		{ "", "164=c005", "" },
		{ "", "164=c105", "vbt-lfp-pointer@164:5f1/6c0" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;
		struct told told;

		start(&f, 177);
		append_panels(&f, true);
		append_text(&f, rows[i].blocks);
		poke(f.p, rows[i].pokes);
		put_checksum(&f);
		told = judge(&f);
		ck_assert_msg(!strcmp(told.text, rows[i].want), "row %zu: %s", i, told.text);
	}
}
END_TEST

/* Of the names' pointer a part may lack, or all of it; block 254 keeps block 41's old place. */
START_TEST(pointers_of_all_panels_are_there)
{
	for (uint32_t bytes = 0; bytes <= 148; bytes++) {
		struct igdpt_vbt_panel panel = { .size = sizeof(panel) };
		struct igdpt_vbt vbt;
		struct fixture f;
		char want[80];

		start(&f, 177);
		append_panels(&f, true);
		append(&f, 41, f.p + f.block[41], bytes);
		f.p[0xd0] = 254;
		put_checksum(&f);
		snprintf(want, sizeof(want), "vbt-lfp-malformed@6c1:%x/91", bytes);
		ck_assert_str_eq(judge(&f).text, bytes < 145 ? want : "");
		vbt = view(f.p, f.len);
		ck_assert_int_eq(igdpt_vbt_panel_at(&vbt, 0, &panel, NULL),
			bytes < 145 ? -IGDPT_E_RANGE : 0);
		if (bytes >= 145)
			ck_assert_uint_eq(panel.name_bytes, bytes == 148 ? 7 : 0);
	}
}
END_TEST

/* Most tables tell 32 for a part of 38 bytes. */
START_TEST(registers_may_be_told_without_their_last_six_bytes)
{
	struct igdpt_vbt vbt;
	struct fixture f;

	start(&f, 177);
	append_panels(&f, true);
	for (uint32_t i = 0; i < 16; i++) {
		f.p[f.block[41] + 1 + 9 * i + 2] = 32;
		f.p[f.block[42] + LFP_ENTRY * i + 32] = 0x5a;
	}
	put_checksum(&f);
	ck_assert_str_eq(judge(&f).text, "");
	vbt = view(f.p, f.len);
	ck_assert_uint_eq(get(&vbt, "lfp.pp-divisor", 15), 0x5a);
}
END_TEST

/* The sixteenth panel ends where block 42 ends, or before. */
START_TEST(panels_lie_in_block_42)
{
	for (uint32_t missing = 0; missing <= 1; missing++) {
		struct fixture f;

		start(&f, 177);
		append_panels(&f, true);
		f.p[f.block[41] + 147] = 0;
		f.len = f.block[42] - 3;
		append(&f, 42, f.p + f.block[42], 16 * LFP_ENTRY - missing);
		put_checksum(&f);
		ck_assert_str_eq(judge(&f).text, missing ? "vbt-lfp-pointer@15b:58a/589" : "");
	}
}
END_TEST

START_TEST(evenly_spaced_pointers_may_be_odd)
{
	struct fixture f;

	start(&f, 177);
	append_text(&f, "fe:");
	append_panels(&f, true);
	put_checksum(&f);
	ck_assert_str_eq(judge(&f).text, "");
}
END_TEST

START_TEST(a_table_with_every_kind_of_block_breaks_no_rule)
{
	struct fixture f;

	rich(&f);
	put_checksum(&f);
	ck_assert_str_eq(judge(&f).text, "");
}
END_TEST

/* Size of the VBT, size of the BDB, checksum of the copy, or why there is none. */
START_TEST(a_repaired_table_has_the_sizes_of_its_blocks)
{
	static const struct {
		const char *blocks, *pokes;
		size_t len;
		const char *want;
	} rows[] = {
		{ "", "", 208, "d0 a0 2c" },
		{ "", "", 300, "d0 a0 2c" },
		{ "", "1a=00", 208, "d0 a0 2c" },
		/* the BDB ends early, or late, or the VBT does */
		{ "39:0102", "44=a400", 213, "d5 a5 e4" },
		{ "39:0102", "44=a000", 213, "d5 a0 e9" },
		{ "39:", "44=a100", 211, "d3 a3 ed" },
		{ "", "18=d400", 213, "d4 a0 28" },
		{ "", "18=d400 44=a400", 213, "d4 a4 24" },
		{ "39:0102", "d1=03", 213, "d5 a5 e3" },
		/* a cut table ends with the last whole block */
		{ "39:0102", "", 212, "d0 a0 2c" },
		{ "39:0102", "", 211, "d0 a0 2c" },
		{ "39:0102", "", 210, "d0 a0 2c" },
		{ "39:0102", "", 208, "d0 a0 2c" },
		{ "39:0102", "", 207, "ba 8a 77" },
		{ "39:0102", "42=1500", 207, "vbt-bdb-header@42:15/16" },
		{ "39:0102", "42=0000", 207, "vbt-bdb-header@42:0/16" },
		{ "39:0102", "42=ff00", 207, "cf 9f 45" },
		{ "39:0102", "", 70, "46 16 de" },
		{ "39:0102", "", 69, "vbt-bdb-offset@1c:30/45" },
		{ "39:0102", "", 48, "vbt-bdb-offset@1c:30/30" },
		{ "39:0102", "", 47, "vbt-short@2f:2f/30" },
		{ "39:0102", "1c=b4 c6=1600", 202, "ca 16 7d" },
		{ "39:0102", "1c=b5", 202, "vbt-bdb-offset@1c:b5/ca" },
		/* headers that share bytes, and what no cut explains */
		{ "", "1c=2f 43=1000", 208, "vbt-bdb-offset@1c:2f/30" },
		{ "", "1c=2f", 207, "vbt-bdb-offset@1c:2f/30" },
		{ "", "18=2f", 208, "vbt-short@18:2f/30" },
		{ "", "00=25", 208, "vbt-signature@0:54425625/54425624" },
		{ "", "44=ff", 208, "vbt-bdb-size@44:ff/a0" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_finding why = { .size = sizeof(why) };
		struct told told = { .used = 0 };
		uint8_t out[512];
		size_t len = sizeof(out);
		struct fixture f;
		int rc;

		start(&f, 177);
		append_text(&f, rows[i].blocks);
		poke(f.p, rows[i].pokes);
		rc = igdpt_vbt_repair(f.p, rows[i].len, out, &len, &why);
		if (rc < 0) {
			ck_assert_int_eq(rc, why.error);
			tell(&told, &why);
		} else {
			say(&told, "%x %x %x", get_le16(out + 24), get_le16(out + out[28] + 20), out[26]);
			ck_assert_uint_eq(byte_sum(out, len), 0);
			ck_assert_uint_eq(len, get_le16(out + 24));
		}
		ck_assert_msg(!strcmp(told.text, rows[i].want), "row %zu: %s", i, told.text);
	}
}
END_TEST

/* The caller's own bytes may be the room for the copy. */
START_TEST(a_table_is_repaired_in_place)
{
	struct fixture f;
	size_t len = sizeof(f.p);

	start(&f, 177);
	f.p[26] = 0;
	ck_assert_int_eq(igdpt_vbt_repair(f.p, f.len, f.p, &len, NULL), 0);
	ck_assert_str_eq(judge(&f).text, "");
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
	ck_assert_uint_eq(seen.ids[IGDPT_F_VBT_CHECKSUM] + seen.ids[IGDPT_F_VBT_BDB_SHORT], 0);
	ck_assert_uint_eq(get_le16(out + 48 + 20), f.len - 48);
	len = sizeof(out);
	ck_assert_int_eq(igdpt_vbt_repair(f.p, f.block[58], out, &len, NULL), 0);
	ck_assert_uint_eq(len, f.block[58] - 3);
}
END_TEST

/* A cut table whose BDB header leads past what is left; one that leads into itself is refused. */
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

/* "field[element]:a/b" or "block id[byte]:a/b" in hex, - for what a table does not have. */
static void tell_difference(void *told, const struct igdpt_vbt_difference *d)
{
	say_next(told);
	if (d->name)
		say(told, "%s", d->name);
	else
		say(told, "block %u", d->block);
	say(told, "[%x]:", d->element);
	if (d->present & 1)
		say(told, "%llx", (unsigned long long)d->a);
	else
		say(told, "-");
	if (d->present & 2)
		say(told, "/%llx", (unsigned long long)d->b);
	else
		say(told, "/-");
	if (d->present != 3)
		ck_assert_uint_eq(d->present & 1 ? d->b : d->a, 0);
	ck_assert_uint_eq(d->size, sizeof(*d));
}

static struct told compare(const struct fixture *f, const struct fixture *g)
{
	struct igdpt_vbt a = view(f->p, f->len), b = view(g->p, g->len);
	struct told told = { .used = 0 };
	int count = igdpt_vbt_compare(&a, &b, tell_difference, &told), n = 0;

	for (const char *p = told.text; *p; p++)
		n += *p == '/';
	ck_assert_int_eq(count, n);
	ck_assert_int_eq(igdpt_vbt_compare(&a, &b, NULL, NULL), count);
	return told;
}

/* The headers tell of every change of size; what else differs comes before and behind them. */
START_TEST(tables_are_compared_by_field_then_by_block)
{
	static const struct {
		const char *blocks_a, *blocks_b, *pokes_a, *pokes_b, *want;
	} rows[] = {
		{ "", "", "", "", "" },
		{ "", "", "14=63", "1a=00", "header.version[0]:63/64 header.checksum[0]:56/0" },
		/* a field of a block that only one table has is not told, the block is */
		{ "", "", "", "46=03", "block 1[0]:6/- block 3[0]:-/6" },
		{ "", "", "46=03", "", "block 1[0]:-/6 block 3[0]:6/-" },
		{ "39:616263", "", "", "",
			"header.vbt-size[0]:eb/e5 bdb.size[0]:bb/b5 block 57[0]:3/-" },
		{ "", "ff:00", "", "",
			"header.vbt-size[0]:e5/e9 bdb.size[0]:b5/b9 block 255[0]:-/1" },
		/* elements of a block that tells their number */
		{ "3a:040011223344", "3a:0400112233447856", "", "",
			"header.vbt-size[0]:ee/f0 bdb.size[0]:be/c0 block 58[6]:0/78" },
		{ "3a:040011223344", "3a:04001122334478563412", "", "",
			"header.vbt-size[0]:ee/f2 bdb.size[0]:be/c2 generic-dtd.pixel-clock[1]:-/12345678" },
		{ "3a:04001122334478563412", "3a:040011223344", "", "",
			"header.vbt-size[0]:f2/ee bdb.size[0]:c2/be generic-dtd.pixel-clock[1]:12345678/-" },
		{ "3a:0400112233440099", "3a:0400112233450098", "", "",
			"generic-dtd.pixel-clock[0]:44332211/45332211" },
		/* bytes without a name */
		{ "39:616263", "39:616263", "", "", "" },
		{ "39:616263", "39:617a7a", "", "", "block 57[1]:62/7a" },
		{ "39:6162 fe:", "39:616200 fe:", "", "",
			"header.vbt-size[0]:ed/ee bdb.size[0]:bd/be block 57[2]:0/0" },
		{ "39:6162 fe:", "39:6162fe fe:", "", "",
			"header.vbt-size[0]:ed/ee bdb.size[0]:bd/be block 57[2]:0/fe" },
		{ "39:616207 fe:", "39:6162 fe:", "", "",
			"header.vbt-size[0]:ee/ed bdb.size[0]:be/bd block 57[2]:7/0" },
		{ "3a:040011223344 39:61", "3a:040011223345 39:62", "", "",
			"generic-dtd.pixel-clock[0]:44332211/45332211 block 57[0]:61/62" },
	};
	struct igdpt_vbt vbt;
	struct fixture f, g;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct told told;

		start(&f, 256);
		start(&g, 256);
		append_text(&f, rows[i].blocks_a);
		append_text(&g, rows[i].blocks_b);
		poke(f.p, rows[i].pokes_a);
		poke(g.p, rows[i].pokes_b);
		told = compare(&f, &g);
		ck_assert_msg(!strcmp(told.text, rows[i].want), "row %zu: %s", i, told.text);
	}
	vbt = view(f.p, f.len);
	ck_assert_int_eq(igdpt_vbt_compare(NULL, &vbt, NULL, NULL), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_vbt_compare(&vbt, NULL, NULL, NULL), -IGDPT_E_INVALID);
}
END_TEST

START_TEST(panels_are_compared_each_for_itself)
{
	struct fixture f, g;

	rich(&f);
	g = f;
	ck_assert_str_eq(compare(&f, &g).text, "");
	put_le16(g.p + g.block[43] + 129 + 3 * 4, 77);
	put_le16(g.p + g.block[43] + 129 + 5 * 4, 78);
	g.p[g.block[53] + 17] ^= 1;
	ck_assert_str_eq(compare(&f, &g).text,
		"backlight.level[3]:0/4d backlight.level[5]:0/4e block 53[11]:d0/d1");
}
END_TEST

/* What a table itself counts is compared up to the 255th. */
START_TEST(elements_past_the_255th_have_no_name)
{
	uint8_t timings[2 + 4 * 257] = { 4 };
	struct fixture f, g;

	start(&f, 256);
	append(&f, 58, timings, sizeof(timings));
	g = f;
	g.p[g.block[58] + 2 + 4 * 255] = 1;
	ck_assert_str_eq(compare(&f, &g).text, "block 58[3fe]:0/1");
	g.p[g.block[58] + 2 + 4 * 254] = 1;
	ck_assert_str_eq(compare(&f, &g).text, "generic-dtd.pixel-clock[fe]:0/1");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vbt_judge");
	TCase *rules = tcase_create("rules");

	tcase_add_test(rules, every_rule_tells_where_it_is_broken_and_by_what);
	tcase_add_test(rules, a_wrong_checksum_is_told_with_the_right_one);
	tcase_add_test(rules, panels_are_judged_by_their_pointers_and_the_panel_type);
	tcase_add_test(rules, pointers_of_all_panels_are_there);
	tcase_add_test(rules, registers_may_be_told_without_their_last_six_bytes);
	tcase_add_test(rules, panels_lie_in_block_42);
	tcase_add_test(rules, evenly_spaced_pointers_may_be_odd);
	tcase_add_test(rules, a_table_with_every_kind_of_block_breaks_no_rule);
	tcase_add_test(rules, a_repaired_table_has_the_sizes_of_its_blocks);
	tcase_add_test(rules, a_table_is_repaired_in_place);
	tcase_add_test(rules, repair_puts_sizes_and_checksum_right);
	tcase_add_test(rules, repair_keeps_to_the_bytes_of_a_cut_table);
	tcase_add_test(rules, repair_refuses_headers_that_share_bytes);
	tcase_add_test(rules, tables_are_compared_by_field_then_by_block);
	tcase_add_test(rules, panels_are_compared_each_for_itself);
	tcase_add_test(rules, elements_past_the_255th_have_no_name);
	suite_add_tcase(suite, rules);
	return run_suite(suite);
}
