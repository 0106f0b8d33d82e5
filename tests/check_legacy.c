/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <stdbool.h>

#include "igdpt/legacy.h"

static struct igdpt_platform find(uint32_t id)
{
	struct igdpt_platform p = { .size = sizeof(p) };

	ck_assert_int_eq(igdpt_platform_find(id, &p), 0);
	return p;
}

static void count(void *user, const struct igdpt_finding *f)
{
	uint32_t *seen = user;

	*seen |= 1u << (f->id - IGDPT_F_LEGACY_OFF);
}

#define SEEN(name) (1u << (IGDPT_F_LEGACY_##name - IGDPT_F_LEGACY_OFF))

/* Who was offered legacy mode by which version: 9.2 lost ids, 10.1 stops at gen 9. */
START_TEST(versions_know_different_devices)
{
	static const struct {
		uint32_t id;
		int v7_2, v9_1, v9_2, v10_0, v10_1, v11_1;
	} rows[] = {
		{ 0x0046, 0, 0, 0, 0, 0, 0 }, { 0x0102, 1, 1, 1, 2, 1, 1 }, { 0x0412, 1, 1, 1, 2, 1, 1 },
		{ 0x1612, 1, 1, 1, 2, 1, 1 }, { 0x1912, 1, 1, 1, 2, 1, 1 }, { 0x5a84, 1, 1, 1, 2, 1, 1 },
		{ 0x5a85, 1, 1, 0, 2, 1, 1 }, { 0x1a84, 1, 1, 1, 2, 1, 1 }, { 0x1a85, 1, 1, 0, 2, 1, 1 },
		{ 0x3e92, 1, 1, 1, 2, 1, 1 }, { 0x9bc5, 1, 1, 0, 2, 1, 1 }, { 0x3185, 1, 1, 0, 2, 1, 1 },
		{ 0x8a52, 1, 1, 0, 0, 0, 0 }, { 0x9a49, 1, 1, 1, 0, 0, 0 }, { 0x4680, 1, 1, 0, 0, 0, 0 },
		{ 0xa7a0, 1, 1, 0, 0, 0, 0 }, { 0x7d55, 1, 1, 0, 0, 0, 0 },
	};
	struct igdpt_legacy_opts o = { .size = sizeof(o) };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_platform p = find(rows[i].id);

		o.platform = &p;
		ck_assert_int_eq(igdpt_legacy_check(&o, 0x0702, NULL, NULL), rows[i].v7_2);
		ck_assert_int_eq(igdpt_legacy_check(&o, 0x0901, NULL, NULL), rows[i].v9_1);
		ck_assert_int_eq(igdpt_legacy_check(&o, 0x0902, NULL, NULL), rows[i].v9_2);
		ck_assert_int_eq(igdpt_legacy_check(&o, 0x0a00, NULL, NULL), rows[i].v10_0);
		ck_assert_int_eq(igdpt_legacy_check(&o, 0x0a01, NULL, NULL), rows[i].v10_1);
		ck_assert_int_eq(igdpt_legacy_check(&o, 0x0b01, NULL, NULL), rows[i].v11_1);
	}
	o.platform = NULL; /* "assume newer is compatible", until 9.2 */
	ck_assert_int_eq(igdpt_legacy_check(&o, 0x0702, NULL, NULL), 1);
	ck_assert_int_eq(igdpt_legacy_check(&o, 0x0902, NULL, NULL), 0);
}
END_TEST

START_TEST(every_failing_condition_is_named_at_once)
{
	struct igdpt_platform p = find(0x9a49);
	struct igdpt_legacy_opts o = { .size = sizeof(o), .flags = 0x1ff, .class_code = 0x038000,
		.machine = IGDPT_MACHINE_Q35, .ggc = 0x02c2, .platform = &p };
	uint32_t seen = 0, x_vga = ~(uint32_t)IGDPT_LEGACY_X_VGA;

	o.flags &= x_vga;
	ck_assert_int_eq(igdpt_legacy_check(&o, 0x0b01, count, &seen), IGDPT_LEGACY_IMPOSSIBLE);
	ck_assert_uint_eq(seen, SEEN(VERSION) - 1);
	seen = 0;
	ck_assert_int_eq(igdpt_legacy_check(&o, 0x0702, count, &seen), IGDPT_LEGACY_IMPOSSIBLE);
	ck_assert_uint_eq(seen, SEEN(CLASS) | SEEN(BDF) | SEEN(SLOT_1F) | SEEN(ROM) |
		SEEN(HOTPLUGGED) | SEEN(OPREGION) | SEEN(HOST_BRIDGE) | SEEN(LPC_BRIDGE));
	seen = 0;
	igdpt_legacy_check(&o, 0x0a00, count, &seen);
	ck_assert(seen & SEEN(VERSION));
}
END_TEST

START_TEST(vga_is_needed_unless_it_is_there_or_switched_off)
{
	struct igdpt_platform p = find(0x1912);
	struct igdpt_legacy_opts o = { .size = sizeof(o), .flags = IGDPT_LEGACY_NO_VGA, .ggc = 0x02c1,
		.platform = &p };

	ck_assert_int_eq(igdpt_legacy_check(&o, 0x0702, NULL, NULL), 0);
	o.flags |= IGDPT_LEGACY_X_VGA;
	ck_assert_int_eq(igdpt_legacy_check(&o, 0x0702, NULL, NULL), 1);
	o.flags = IGDPT_LEGACY_NO_VGA;
	o.ggc = 0x02c3;
	ck_assert_int_eq(igdpt_legacy_check(&o, 0x0702, NULL, NULL), 1);
	ck_assert_int_eq(igdpt_legacy_check(&o, 0x0a01, NULL, NULL), 0);
}
END_TEST

START_TEST(a_bridge_for_the_igd_may_be_there_already)
{
	struct igdpt_platform p = find(0x1912);
	struct igdpt_legacy_opts o = { .size = sizeof(o), .platform = &p };

	o.slot_1f = IGDPT_SLOT_1F_LPC;
	ck_assert_int_eq(igdpt_legacy_check(&o, 0x0b01, NULL, NULL), 1);
	o.slot_1f = IGDPT_SLOT_1F_OTHER;
	ck_assert_int_eq(igdpt_legacy_check(&o, 0x0b01, NULL, NULL), 0);
	o.slot_1f = 3;
	ck_assert_int_eq(igdpt_legacy_check(&o, 0x0b01, NULL, NULL), -IGDPT_E_INVALID);
	o.slot_1f = 0;
	o.flags = 0x200;
	ck_assert_int_eq(igdpt_legacy_check(&o, 0x0b01, NULL, NULL), -IGDPT_E_INVALID);
	o.flags = 0;
	o.class_code = 0x1000000;
	ck_assert_int_eq(igdpt_legacy_check(&o, 0x0b01, NULL, NULL), -IGDPT_E_INVALID);
	o.class_code = 0xffffff;
	ck_assert_int_eq(igdpt_legacy_check(&o, 0x0b01, NULL, NULL), 0);
	o.class_code = 0;
	ck_assert_int_eq(igdpt_legacy_check(&o, 0x0206, NULL, NULL), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_legacy_check(&o, 0x0207, NULL, NULL), 1); /* 2.7 is the first */
	o.size = 4;
	ck_assert_int_eq(igdpt_legacy_check(&o, 0x0b01, NULL, NULL), -IGDPT_E_ABI_SIZE);
}
END_TEST

static void keep(void *user, const struct igdpt_finding *f)
{
	struct igdpt_finding *all = user;

	all[f->id - IGDPT_F_LEGACY_OFF] = *f;
}

/* A finding tells the register it judged and what it should be, and nothing where there is none. */
START_TEST(findings_tell_what_was_seen)
{
	struct igdpt_platform p = find(0x9a49);
	struct igdpt_legacy_opts o = { .size = sizeof(o), .flags = 0x1ff & ~IGDPT_LEGACY_X_VGA,
		.class_code = 0x038000, .machine = IGDPT_MACHINE_Q35, .ggc = 0x02c2, .platform = &p };
	struct igdpt_finding all[16] = { { .size = 0 } };

	igdpt_legacy_check(&o, 0x0a00, keep, all);
	for (uint32_t i = 0; i < 16; i++) {
		uint32_t id = i + IGDPT_F_LEGACY_OFF;
		bool speaks = id == IGDPT_F_LEGACY_CLASS || id == IGDPT_F_LEGACY_GEN ||
			id == IGDPT_F_LEGACY_IVD || id == IGDPT_F_LEGACY_VERSION;

		ck_assert(speaks || (!all[i].value && !all[i].want));
	}
	ck_assert_uint_eq(all[IGDPT_F_LEGACY_VERSION - IGDPT_F_LEGACY_OFF].value, 10);
	ck_assert_uint_eq(all[IGDPT_F_LEGACY_VERSION - IGDPT_F_LEGACY_OFF].want, 0);
	ck_assert_uint_eq(all[IGDPT_F_LEGACY_CLASS - IGDPT_F_LEGACY_OFF].value, 0x038000);
	ck_assert_uint_eq(all[IGDPT_F_LEGACY_CLASS - IGDPT_F_LEGACY_OFF].want, 0x030000);
	ck_assert_uint_eq(all[IGDPT_F_LEGACY_GEN - IGDPT_F_LEGACY_OFF].value, 0x9a49);
	ck_assert_uint_eq(all[IGDPT_F_LEGACY_GEN - IGDPT_F_LEGACY_OFF].want, 0);
	ck_assert_uint_eq(all[IGDPT_F_LEGACY_IVD - IGDPT_F_LEGACY_OFF].value, 0x02c2);
	ck_assert_uint_eq(all[IGDPT_F_LEGACY_IVD - IGDPT_F_LEGACY_OFF].want, 0);
}
END_TEST

/* From 10.0 on the VGA region is needed even where the device claims no cycles. */
START_TEST(version_10_0_is_the_new_rule)
{
	struct igdpt_platform p = find(0x1912);
	struct igdpt_legacy_opts o = { .size = sizeof(o), .machine = IGDPT_MACHINE_OTHER,
		.platform = &p };
	uint32_t seen = 0;

	igdpt_legacy_check(&o, 0x09ff, count, &seen);
	ck_assert(!(seen & SEEN(MACHINE)));
	igdpt_legacy_check(&o, 0x0a00, count, &seen);
	ck_assert(seen & SEEN(MACHINE));
}
END_TEST

/* The groups of 256 ids that QEMU's masks name, and no others: first and last id of each. */
START_TEST(each_group_of_ids_is_known)
{
	static const uint8_t both[] = { 0x01, 0x04, 0x0a, 0x0c, 0x0d, 0x0f, 0x16, 0x19, 0x22, 0x59,
		0x3e };

	for (uint32_t id = 0; id <= UINT16_MAX; id += id & 1 ? 1 : 0xff) {
		bool known = memchr(both, (int)(id >> 8), sizeof(both));
		bool v9_2 = known || id >> 8 == 0x45 || id >> 8 == 0x9a;
		bool v10_1 = known || id >> 8 == 0x31 || id >> 8 == 0x9b;
		struct igdpt_platform p = find(0x1912);
		struct igdpt_legacy_opts o = { .size = sizeof(o), .platform = &p };

		p.device_id = id;
		require(igdpt_legacy_check(&o, 0x0902, NULL, NULL) == v9_2, "9.2, %#x", id);
		require(igdpt_legacy_check(&o, 0x0a01, NULL, NULL) == v10_1, "10.1, %#x", id);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("legacy");
	TCase *tc = tcase_create("conditions");

	tcase_add_test(tc, versions_know_different_devices);
	tcase_add_test(tc, every_failing_condition_is_named_at_once);
	tcase_add_test(tc, vga_is_needed_unless_it_is_there_or_switched_off);
	tcase_add_test(tc, a_bridge_for_the_igd_may_be_there_already);
	tcase_add_test(tc, findings_tell_what_was_seen);
	tcase_add_test(tc, version_10_0_is_the_new_rule);
	tcase_add_test(tc, each_group_of_ids_is_known);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
