/* SPDX-License-Identifier: MIT */
#include "igdpt/vbt.h"
#include "opregion-fixture.h"
#include "told.h"

/* ---- rules ---- */

/* A table that has nothing to be told about, of any size from 208 bytes on. */
static size_t make_good_vbt(uint8_t *p, size_t len)
{
	struct igdpt_vbt_build_opts opts = { .size = sizeof(opts), .bytes = (uint32_t)len };

	len = UINT16_MAX;
	ck_assert_int_eq(igdpt_vbt_build(&opts, p, &len, NULL), 0);
	return len;
}

/* An OpRegion around such a table, or with none in it. */
static void build_good(uint32_t version, uint32_t mboxes, size_t vbt_len, struct blob *out)
{
	struct igdpt_opregion_build_opts opts = {
		.size = sizeof(opts), .version = version, .mboxes = mboxes, .address = 0x7ffe0000,
	};
	uint8_t vbt[UINT16_MAX];

	memset(out, 0, sizeof(*out));
	out->len = sizeof(out->bytes);
	if (vbt_len)
		vbt_len = make_good_vbt(vbt, vbt_len);
	ck_assert_int_eq(igdpt_opregion_build(&opts, vbt_len ? vbt : NULL, vbt_len, out->bytes,
		&out->len, NULL), 0);
}

START_TEST(every_rule_tells_where_it_is_broken_and_by_what)
{
	static const struct {
		uint32_t version, mboxes;
		uint32_t vbt, more; /* bytes of the table, and behind all that was built */
		const char *pokes, *want;
	} rows[] = {
		{ 0x0201, 0x1d, 300, 0, "", "" },
		/* header */
		{ 0x0201, 0x1d, 300, 0, "10=10", "opregion-size@10:10/8" },
		{ 0x0201, 0x1d, 300, 0, "16=00 17=04", "opregion-version@14:400/3ff" },
		{ 0x0201, 0x1d, 300, 0, "16=ff 17=00", "opregion-version@14:ff/3ff" },
		{ 0x0201, 0x5d, 300, 0, "", "mbox-unknown@58:5d/3f" },
		{ 0x0201, 0x3d, 300, 0, "", "" },
		{ 0x0201, 0x1f, 300, 0, "", "swsci-offered@58:1f/0" },
		{ 0x02ff, 0x1f, 300, 0, "", "swsci-offered@58:1f/0" },
		{ 0x0300, 0x1f, 300, 0, "", "swsci-obsolete@58:1f/0" },
		/* state of the host */
		{ 0x0201, 0x1f, 300, 0, "200=09", "swsci-offered@58:1f/0 swsci-busy@200:9/0" },
		{ 0x0201, 0x1f, 300, 0, "200=08", "swsci-offered@58:1f/0" },
		{ 0x02ff, 0x1f, 300, 0, "200=01", "swsci-offered@58:1f/0 swsci-busy@200:1/0" },
		{ 0x0300, 0x1f, 300, 0, "200=01", "swsci-obsolete@58:1f/0" },
		{ 0x0201, 0x1d, 300, 0, "200=01", "" },
		{ 0x0201, 0x1d, 300, 0, "1ac=00", "lid-closed@1ac:0/3" },
		{ 0x0201, 0x1d, 300, 0, "1ac=02", "lid-closed@1ac:2/3" },
		{ 0x0201, 0x1c, 300, 0, "1ac=00", "" },
		{ 0x0201, 0x1d, 300, 0, "3aa=0000000001", "host-buffer@3aa:100000000/0" },
		{ 0x0201, 0x1d, 300, 0, "3b2=00e07c", "host-buffer@3b2:7ce000/0" },
		/* RVDA and RVDS by themselves */
		{ 0x01ff, 0x1d, 300, 0, "3ba=0020", "rvda-too-old@3ba:2000/0" },
		{ 0x01ff, 0x1d, 300, 0, "3c2=01", "rvda-too-old@3ba:0/0" },
		{ 0x0200, 0x1d, 300, 0, "3ba=0020", "rvda-half@3ba:2000/0" },
		{ 0x0201, 0x1d, 300, 0, "3ba=0020", "rvda-half@3ba:2000/0" },
		{ 0x0201, 0x1d, 300, 0, "3c2=01", "rvda-half@3ba:0/1" },
		{ 0x0200, 0x1d, 300, 0, "3ba=0020 3c2=0020", "rvda-absolute@3ba:2000/0" },
		{ 0x0200, 0x1d, 8192, 0, "", "rvda-absolute@3ba:7ffe2000/0" },
		{ 0x0201, 0x1d, 8192, 0, "58=19", "rvda-no-asle@58:19/4 no-vbt@400:0/0" },
		{ 0x0201, 0x19, 300, 0x60, "3ba=0020 3c2=60", "rvda-no-asle@58:19/4" },
		{ 0x0201, 0x19, 300, 0, "3ba=0020 3c2=01 400=25",
			"rvda-past-end@3ba:2000/2000 rvda-no-asle@58:19/4 "
			"vbt-signature@400:54425625/54425624" },
		/* mailbox 4 */
		{ 0x0201, 0x1d, 0, 0, "", "no-vbt@400:0/0" },
		{ 0x0201, 0x1d, 300, 0, "400=25", "vbt-signature@400:54425625/54425624" },
		{ 0x0201, 0x1d, 300, 0, "418=0118", "vbt-size@418:1801/1800" },
		{ 0x0201, 0x0d, 300, 0, "418=011c", "vbt-size@418:1c01/1c00" },
		{ 0x0201, 0x0d, 6144, 0, "", "" },
		{ 0x0201, 0x0d, 6145, 0, "", "vbt-spills@400:1801/1800" },
		{ 0x0201, 0x15, 300, 0, "", "mbox-no-vbt@58:15/8" },
		{ 0x0201, 0x15, 0, 0, "", "no-vbt@400:0/0" },
		/* behind RVDA */
		{ 0x0201, 0x1d, 8192, 0, "", "" },
		{ 0x0201, 0x1d, 8192, 0, "400=25", "" },
		{ 0x0201, 0x1d, 8192, 0, "2000=25", "vbt-signature@2000:54425625/54425624" },
		{ 0x0201, 0x1d, 300, 0, "3ba=0004 3c2=2c01", "rvda-inside@3ba:400/2000" },
		{ 0x0201, 0x1d, 300, 0, "3ba=0005 3c2=2c01",
			"rvda-inside@3ba:500/2000 vbt-signature@500:0/54425624 vbt-fallback@3ba:500/400" },
		{ 0x0201, 0x1d, 300, 0, "3ba=0020 3c2=01",
			"rvda-past-end@3ba:2000/2000 vbt-fallback@3ba:2000/400" },
		{ 0x0201, 0x1d, 300, 1, "3ba=0020 3c2=01",
			"vbt-short@2001:1/30 vbt-fallback@3ba:2000/400" },
		{ 0x0201, 0x1d, 300, 0x60, "3ba=0020 3c2=60",
			"vbt-signature@2000:0/54425624 vbt-fallback@3ba:2000/400" },
		{ 0x0201, 0x1d, 300, 5, "3ba=0020 3c2=06",
			"rvda-past-end@3ba:2000/2005 vbt-short@2005:5/30 vbt-fallback@3ba:2000/400" },
		/* the table by its own rules: blocks 1 and 2, and a size that fits no child device */
		{ 0x0201, 0x1d, 300, 0, "41a=00", "vbt-checksum@41a:0/1c" },
		{ 0x0201, 0x1d, 8192, 0, "201a=00", "vbt-checksum@201a:0/43" },
		{ 0x0201, 0x1d, 300, 0, "44f=03", "vbt-checksum@41a:1c/1b vbt-no-children:0/0" },
		/* the panel's EDID */
		{ 0x0201, 0x1d, 300, 0, "1c00=03", "edid-blocks@1c00:3/2" },
		{ 0x0201, 0x1d, 300, 0, "1c00=01 1c04=aa", "edid-header@1c04:aa/0" },
		{ 0x0201, 0x1d, 300, 0, "1c00=02 1c04=00ffffffffffff 1c83=06 1d03=01",
			"edid-checksum@1d03:1/0" },
		/* what nothing accounts for */
		{ 0x0201, 0x1d, 300, 1, "", "opregion-trailing@2000:1/0" },
		{ 0x0201, 0x1d, 8192, 2, "", "opregion-trailing@4000:2/0" },
		{ 0x0200, 0x1d, 8192, 2, "",
			"rvda-absolute@3ba:7ffe2000/0 opregion-trailing@4000:2/0" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_opregion op;
		struct told told = { .used = 0 };
		struct blob b;

		build_good(rows[i].version, rows[i].mboxes, rows[i].vbt, &b);
		b.len += rows[i].more;
		poke(b.bytes, rows[i].pokes);
		op = view(&b);
		ck_assert_int_eq(igdpt_opregion_validate(&op, tell, &told), told.errors);
		ck_assert_msg(!strcmp(told.text, rows[i].want), "row %zu: %s", i, told.text);
	}
	ck_assert_int_eq(igdpt_opregion_validate(NULL, NULL, NULL), -IGDPT_E_INVALID);
}
END_TEST

/* ---- consumers ---- */

/* The verdict, the VBT's source and the reason of one consumer. */
static struct told ask(const struct blob *b, uint32_t consumer)
{
	struct igdpt_opregion_outcome result = { .size = sizeof(result) };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_opregion op = view(b);
	struct told told = { .used = 0 };

	ck_assert_int_eq(igdpt_opregion_consumer(&op, consumer, &result, &why), 0);
	say(&told, "%c%u", " TFNRH"[result.verdict], result.vbt_source);
	tell(&told, &why);
	return told;
}

/* One letter per consumer, in order: T(akes), F(allback), N(o VBT), R(efuses), H(arms). */
static void expect(const struct blob *b, const char *want)
{
	char got[9] = "";

	for (uint32_t i = 0; i < 8; i++) {
		struct told told = ask(b, i + 1);

		got[i] = told.text[0];
		ck_assert_msg(got[i] == 'T' || told.text[2] == ' ', "%u has no reason", i + 1);
	}
	ck_assert_str_eq(got, want);
}

/* i915, vfio-pci, QEMU, SeaBIOS, VfioIgdPkg, bhyve, Xen, ACRN. */
START_TEST(each_consumer_has_its_verdict)
{
	struct igdpt_opregion op;
	struct blob b;

	build(0x0201, 300, &b);
	expect(&b, "TTTTTTTT");
	put_le32(b.bytes + IGDPT_OPF_SIZE, 16);
	expect(&b, "THTTTRTT");

	build(0x0201, 0, &b);
	expect(&b, "NNNNNNNN");
	build(0x0100, 7000, &b);
	expect(&b, "TTTTRTTT");

	build_extended(&b);
	expect(&b, "TTTTTTNN"); /* Xen maps three pages, ACRN five */
	put_le16(b.bytes + IGDPT_OPF_OVER + 2, 0x0200);
	expect(&b, "TTHHRRHH");
	put_le32(b.bytes + IGDPT_OPF_RVDS, 0);
	expect(&b, "NNNNNRNN"); /* bhyve looks at RVDA alone */

	build_extended(&b);
	put_le32(b.bytes + IGDPT_OPF_MBOX, 0x19);
	expect(&b, "NNNNNNNN");
	build(0x0201, 300, &b);
	put_le64(b.bytes + IGDPT_OPF_RVDA, 0x2000);
	put_le32(b.bytes + IGDPT_OPF_RVDS, 100);
	expect(&b, "FFFFFFFF");
	op = view(&b);
	ck_assert_int_eq(igdpt_opregion_consumer(&op, 0, NULL, NULL), -IGDPT_E_NOTFOUND);
	ck_assert_int_eq(igdpt_opregion_consumer(&op, 9, NULL, NULL), -IGDPT_E_NOTFOUND);
}
END_TEST

/* The digit is where the VBT is: nowhere, in mailbox 4, behind the OpRegion, elsewhere. */
START_TEST(each_consumer_says_why)
{
	static const struct {
		uint32_t consumer, version, mboxes, vbt;
		const char *pokes, *want;
	} rows[] = {
		{ IGDPT_CONSUMER_I915, 0x0201, 0x1d, 300, "10=10", "T1" },
		{ IGDPT_CONSUMER_VFIO_PCI, 0x0201, 0x1d, 300, "10=10", "H0 opregion-size@10:10/8" },
		{ IGDPT_CONSUMER_BHYVE, 0x0201, 0x1d, 300, "10=10", "R0 opregion-size@10:10/8" },
		{ IGDPT_CONSUMER_BHYVE, 0x0201, 0x1d, 300, "10=0700", "R0 opregion-size@10:7/8" },
		{ IGDPT_CONSUMER_I915, 0x0201, 0x1d, 0, "", "N0 no-vbt@400:0/0" },
		{ IGDPT_CONSUMER_I915, 0x0201, 0x1d, 300, "400=25",
			"N0 vbt-signature@400:54425625/54425624" },
		/* an absolute RVDA */
		{ IGDPT_CONSUMER_I915, 0x0200, 0x1d, 8192, "", "T3" },
		{ IGDPT_CONSUMER_VFIO_PCI, 0x0200, 0x1d, 8192, "", "T3" },
		{ IGDPT_CONSUMER_QEMU, 0x0200, 0x1d, 8192, "", "H0 rvda-absolute@3ba:7ffe2000/0" },
		{ IGDPT_CONSUMER_SEABIOS, 0x0200, 0x1d, 8192, "",
			"H0 rvda-absolute@3ba:7ffe2000/0" },
		{ IGDPT_CONSUMER_VFIOIGDPKG, 0x0200, 0x1d, 8192, "",
			"R0 rvda-absolute@3ba:7ffe2000/0" },
		{ IGDPT_CONSUMER_XEN, 0x0200, 0x1d, 300, "3ba=0020 3c2=01",
			"H0 rvda-absolute@3ba:2000/0" },
		{ IGDPT_CONSUMER_XEN, 0x0200, 0x1d, 300, "3ba=0020", "T1" },
		{ IGDPT_CONSUMER_XEN, 0x0200, 0x1d, 300, "3c2=01", "T1" },
		{ IGDPT_CONSUMER_BHYVE, 0x0200, 0x1d, 300, "3ba=0020",
			"R0 rvda-absolute@3ba:2000/0" },
		{ IGDPT_CONSUMER_BHYVE, 0x0200, 0x1d, 300, "3c2=01", "T1" },
		{ IGDPT_CONSUMER_BHYVE, 0x0201, 0x1d, 300, "3ba=0020", "T1" },
		{ IGDPT_CONSUMER_I915, 0x0200, 0x1d, 8192, "58=19", "N0 rvda-no-asle@58:19/4" },
		/* a relative one */
		{ IGDPT_CONSUMER_I915, 0x0201, 0x1d, 8192, "", "T2" },
		{ IGDPT_CONSUMER_VFIOIGDPKG, 0x0201, 0x1d, 8192, "", "T2" },
		{ IGDPT_CONSUMER_I915, 0x0201, 0x1d, 8192, "58=19", "N0 rvda-no-asle@58:19/4" },
		{ IGDPT_CONSUMER_I915, 0x0201, 0x1d, 8192, "58=19 400=25", "N0 rvda-no-asle@58:19/4" },
		{ IGDPT_CONSUMER_I915, 0x0201, 0x19, 300, "3ba=0020 3c2=01",
			"F1 rvda-no-asle@58:19/4" },
		{ IGDPT_CONSUMER_I915, 0x0201, 0x1d, 8192, "2000=25",
			"N0 vbt-signature@2000:54425625/54425624" },
		{ IGDPT_CONSUMER_I915, 0x0201, 0x1d, 300, "3ba=0020 3c2=01",
			"F1 rvda-past-end@3ba:2000/2000" },
		{ IGDPT_CONSUMER_XEN, 0x0201, 0x1d, 300, "3ba=0020 3c2=01",
			"F1 rvda-window@3ba:2000/2000" },
		{ IGDPT_CONSUMER_XEN, 0x0201, 0x1d, 300, "3ba=0004 3c2=2c01", "T2" },
		{ IGDPT_CONSUMER_XEN, 0x0201, 0x1d, 8192, "", "N0 rvda-window@3ba:2000/2000" },
		{ IGDPT_CONSUMER_XEN, 0x0201, 0x1d, 8192, "400=25",
			"N0 rvda-window@3ba:2000/2000" },
		{ IGDPT_CONSUMER_ACRN, 0x0201, 0x1d, 8192, "", "T2" },
		{ IGDPT_CONSUMER_ACRN, 0x0201, 0x1d, 8193, "", "N0 rvda-window@3ba:2000/4000" },
		/* a table that needs the room of mailbox 5 */
		{ IGDPT_CONSUMER_I915, 0x0201, 0x0d, 6145, "", "T1" },
		{ IGDPT_CONSUMER_VFIOIGDPKG, 0x0201, 0x0d, 6144, "", "T1" },
		{ IGDPT_CONSUMER_VFIOIGDPKG, 0x0201, 0x0d, 6145, "",
			"R1 vbt-spills@400:1801/1800" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct told told;
		struct blob b;

		build_good(rows[i].version, rows[i].mboxes, rows[i].vbt, &b);
		poke(b.bytes, rows[i].pokes);
		told = ask(&b, rows[i].consumer);
		ck_assert_msg(!strcmp(told.text, rows[i].want), "row %zu: %s", i, told.text);
	}
}
END_TEST

START_TEST(a_consumer_has_a_name_a_title_and_a_source)
{
	struct igdpt_opregion_outcome result = { .size = sizeof(result) };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_opregion op;
	struct blob b;

	build(0x0201, 300, &b);
	op = view(&b);
	ck_assert_int_eq(igdpt_opregion_consumer(&op, IGDPT_CONSUMER_ACRN, &result, NULL), 0);
	ck_assert_str_eq(result.name, "acrn");
	ck_assert_str_eq(result.title, "ACRN, mapping the host's");
	ck_assert_str_eq(result.source, "acrn-dm passthrough.c: 5 pages");
	ck_assert_int_eq(igdpt_opregion_consumer(&op, IGDPT_CONSUMER_I915, NULL, NULL),
		-IGDPT_E_INVALID);
	refused(igdpt_opregion_consumer(NULL, IGDPT_CONSUMER_I915, &result, &why), &why);
}
END_TEST

/* ---- comparison ---- */

/* "NAME[index]*count a/b" in hex, the count only where there are several. */
static void tell_difference(void *told, const struct igdpt_opregion_difference *d)
{
	say_next(told);
	say(told, "%s[%x]", d->name, d->index);
	if (d->count != 1)
		say(told, "*%x", d->count);
	say(told, ":%llx/%llx", (unsigned long long)d->a, (unsigned long long)d->b);
	ck_assert_uint_eq(d->size, sizeof(*d));
}

static int diff(const struct blob *a, const struct blob *b, struct told *told)
{
	struct igdpt_opregion x = view(a), y = view(b);
	int count;

	*told = (struct told){ .used = 0 };
	count = igdpt_opregion_diff(&x, &y, tell_difference, told);
	ck_assert_int_eq(igdpt_opregion_diff(&x, &y, NULL, NULL), count);
	return count;
}

START_TEST(differences_are_told_by_field)
{
	static const struct {
		uint32_t vbt_a, vbt_b;
		const char *pokes_a, *pokes_b, *want;
	} rows[] = {
		{ 300, 300, "", "", "" },
		{ 300, 300, "", "18=312e32", "SVER[0]*3:0/31" },
		{ 300, 300, "18=41", "1b=4242", "SVER[0]*3:41/0" },
		{ 300, 300, "", "128=0004 130=05", "DIDL[2]:0/400 DIDL[4]:0/5" },
		{ 300, 300, "3aa=0000000080", "31e=0182",
			"BCLM[1]:8a19/8201 FDSS[0]:8000000000/0" },
		{ 300, 300, "", "200=ff", "SCIC[0]:0/ff" },
		{ 300, 300, "17=03", "17=03 200=ffff 2ff=01", "BKLT[0]*3:0/ff" },
		{ 300, 300, "", "17=03 204=05", "OVER[0]:2010000/3010000 BKLT[4]:0/5" },
		{ 300, 300, "17=03 204=05", "", "OVER[0]:3010000/2010000 BKLT[4]:5/0" },
		{ 300, 300, "", "41a=00 52b=07 527=06", "VBT[1a]*3:1c/0" },
		{ 300, 301, "", "", "VBT[18]*5:2c/2d" },
		{ 301, 300, "", "", "VBT[18]*5:2d/2c" },
		{ 300, 0, "", "", "VBT[0]*12c:24/0" },
		{ 0, 300, "", "", "VBT[0]*12c:0/24" },
		{ 300, 0, "3ba=0020 3c2=01", "3ba=0020 3c2=01", "VBT[0]*12c:24/0" },
		{ 300, 0, "16=00 3ba=0020 3c2=01", "16=00 3ba=0020 3c2=01", "" },
	};
	struct igdpt_opregion op;
	struct blob a, b;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct told told;

		build_good(0x0201, 0x1d, rows[i].vbt_a, &a);
		build_good(0x0201, 0x1d, rows[i].vbt_b, &b);
		poke(a.bytes, rows[i].pokes_a);
		poke(b.bytes, rows[i].pokes_b);
		diff(&a, &b, &told);
		ck_assert_msg(!strcmp(told.text, rows[i].want), "row %zu: %s", i, told.text);
	}
	op = view(&a);
	ck_assert_int_eq(igdpt_opregion_diff(NULL, &op, NULL, NULL), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_opregion_diff(&op, NULL, NULL, NULL), -IGDPT_E_INVALID);
}
END_TEST

/* Every byte of the 8 KiB belongs to a field that the comparison looks at, the VBT's room aside. */
START_TEST(no_changed_byte_is_overlooked)
{
	struct told told;
	struct blob a, b;

	build(0x0201, 0, &a);
	build(0x0201, 0, &b);
	for (size_t i = 16; i < IGDPT_OPREGION_BYTES; i++) {
		if (i >= IGDPT_OPREGION_VBT && i < IGDPT_OPF_PHED)
			continue;
		b.bytes[i] ^= 1;
		if (i < IGDPT_OPF_SIZE || i >= IGDPT_OPF_OVER)
			ck_assert_msg(diff(&a, &b, &told) == 1, "byte 0x%zx", i);
		b.bytes[i] ^= 1;
	}
}
END_TEST

/* The same VBT in mailbox 4 and behind RVDA is no difference, but where it is said to be is. */
START_TEST(a_vbt_is_compared_by_content)
{
	struct told told;
	struct blob a, b, c;

	build(0x0201, 300, &a);
	b = a;
	memcpy(b.bytes + 0x2000, a.bytes + 0x400, 300);
	memset(b.bytes + 0x400, 0, 300);
	put_le64(b.bytes + IGDPT_OPF_RVDA, 0x2000);
	put_le32(b.bytes + IGDPT_OPF_RVDS, 300);
	b.len = 0x2000 + 300;
	diff(&a, &b, &told);
	ck_assert_str_eq(told.text, "RVDA[0]:0/2000 RVDS[0]:0/12c");
	build(0x0201, 0, &c);
	ck_assert_int_eq(diff(&a, &c, &told), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("opregion_rules");
	TCase *rules = tcase_create("rules");

	tcase_add_test(rules, every_rule_tells_where_it_is_broken_and_by_what);
	tcase_add_test(rules, each_consumer_has_its_verdict);
	tcase_add_test(rules, each_consumer_says_why);
	tcase_add_test(rules, a_consumer_has_a_name_a_title_and_a_source);
	tcase_add_test(rules, differences_are_told_by_field);
	tcase_add_test(rules, no_changed_byte_is_overlooked);
	tcase_add_test(rules, a_vbt_is_compared_by_content);
	suite_add_tcase(suite, rules);
	return run_suite(suite);
}
