/* SPDX-License-Identifier: MIT */
#include "opregion-fixture.h"

/* ---- consumers ---- */

static uint32_t verdict(const struct blob *b, uint32_t consumer, uint32_t *reason)
{
	struct igdpt_opregion_outcome result = { .size = sizeof(result) };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_opregion op = view(b);

	ck_assert_int_eq(igdpt_opregion_consumer(&op, consumer, &result, &why), 0);
	ck_assert_ptr_nonnull(result.title);
	ck_assert_msg(result.verdict == IGDPT_VERDICT_TAKES || why.id, "%s has no reason", result.name);
	*reason = why.id;
	return result.verdict;
}

/* One letter per consumer, in order: T(akes), F(allback), N(o VBT), R(efuses), H(arms). */
static void expect(const struct blob *b, const char *want)
{
	char got[9] = "";

	for (uint32_t i = 0; i < 8; i++) {
		uint32_t reason;

		got[i] = " TFNRH"[verdict(b, i + 1, &reason)];
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

/* ---- comparison ---- */

struct differences {
	struct igdpt_opregion_difference list[40];
	size_t count;
};

static void collect(void *user, const struct igdpt_opregion_difference *d)
{
	struct differences *all = user;

	ck_assert_uint_lt(all->count, 40);
	all->list[all->count++] = *d;
}

static int diff(const struct blob *a, const struct blob *b, struct differences *all)
{
	struct igdpt_opregion x = view(a), y = view(b);

	all->count = 0;
	return igdpt_opregion_diff(&x, &y, collect, all);
}

START_TEST(differences_are_told_by_field)
{
	struct differences all;
	struct blob a, b;

	build(0x0201, 300, &a);
	build(0x0201, 300, &b);
	ck_assert_int_eq(diff(&a, &b, &all), 0);
	put_le32(b.bytes + IGDPT_OPF_DIDL + 8, 0x400);
	memcpy(b.bytes + IGDPT_OPF_SVER, "1.2", 3);
	b.bytes[IGDPT_OPREGION_VBT + 299] ^= 1;
	ck_assert_int_eq(diff(&a, &b, &all), 3);
	ck_assert_str_eq(all.list[0].name, "SVER");
	ck_assert_uint_eq(all.list[0].count, 3);
	ck_assert_str_eq(all.list[1].name, "DIDL");
	ck_assert_uint_eq(all.list[1].index, 2);
	ck_assert_uint_eq(all.list[1].b, 0x400);
	ck_assert_str_eq(all.list[2].name, "VBT");
	ck_assert_uint_eq(all.list[2].index, 299);
}
END_TEST

/* Every byte of the 8 KiB belongs to a field that the comparison looks at, the VBT's room aside. */
START_TEST(no_changed_byte_is_overlooked)
{
	struct differences all;
	struct blob a, b;

	build(0x0201, 0, &a);
	build(0x0201, 0, &b);
	for (size_t i = 16; i < IGDPT_OPREGION_BYTES; i++) {
		if (i >= IGDPT_OPREGION_VBT && i < IGDPT_OPF_PHED)
			continue;
		b.bytes[i] ^= 1;
		if (i < IGDPT_OPF_SIZE || i >= IGDPT_OPF_OVER)
			ck_assert_msg(diff(&a, &b, &all) == 1, "byte 0x%zx", i);
		b.bytes[i] ^= 1;
	}
}
END_TEST

/* The same VBT in mailbox 4 and behind RVDA is no difference, but where it is said to be is. */
START_TEST(a_vbt_is_compared_by_content)
{
	struct differences all;
	struct blob a, b, c;

	build(0x0201, 300, &a);
	b = a;
	memcpy(b.bytes + 0x2000, a.bytes + 0x400, 300);
	memset(b.bytes + 0x400, 0, 300);
	put_le64(b.bytes + IGDPT_OPF_RVDA, 0x2000);
	put_le32(b.bytes + IGDPT_OPF_RVDS, 300);
	b.len = 0x2000 + 300;
	ck_assert_int_eq(diff(&a, &b, &all), 2);
	ck_assert_str_eq(all.list[0].name, "RVDA");
	ck_assert_str_eq(all.list[1].name, "RVDS");
	build(0x0201, 0, &c);
	ck_assert_int_eq(diff(&a, &c, &all), 1);
	ck_assert_uint_eq(all.list[0].count, 300);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("opregion_rules");
	TCase *rules = tcase_create("rules");

	tcase_add_test(rules, each_consumer_has_its_verdict);
	tcase_add_test(rules, differences_are_told_by_field);
	tcase_add_test(rules, no_changed_byte_is_overlooked);
	tcase_add_test(rules, a_vbt_is_compared_by_content);
	suite_add_tcase(suite, rules);
	return run_suite(suite);
}
