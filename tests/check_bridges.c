/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <stdio.h>

#include "igdpt/bridges.h"

START_TEST(each_model_has_its_registers)
{
	static const struct {
		uint32_t model, host, lpc, raw;
	} rows[] = {
		{ 0, 0, 0, 0 }, { IGDPT_BRIDGES_QEMU, 3, 5, 0 }, { IGDPT_BRIDGES_ACRN, 3, 5, 0 },
		{ IGDPT_BRIDGES_BHYVE, 0, 5, 0 }, { IGDPT_BRIDGES_XEN, 7, 0, 2 }, { 5, 0, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_bridge_reg reg = { .size = sizeof(reg) };
		uint32_t host = 0, lpc = 0, raw = 0;

		for (uint32_t n = 0; igdpt_bridge_at(rows[i].model, n, &reg) == 0; n++) {
			host += reg.devfn == 0;
			lpc += reg.devfn == 0xf8;
			raw += reg.source == IGDPT_BRIDGE_HOST_RAW;
			ck_assert_uint_eq(reg.offset % reg.width, 0);
			ck_assert_ptr_nonnull(reg.name);
		}
		ck_assert_uint_eq(host, rows[i].host);
		ck_assert_uint_eq(lpc, rows[i].lpc);
		ck_assert_uint_eq(raw, rows[i].raw);
	}
}
END_TEST

/* No list but Xen's copies a register in which a host address may be. */
START_TEST(stolen_memory_comes_from_the_guests_registers)
{
	struct igdpt_bridge_reg reg = { .size = sizeof(reg) };

	ck_assert_int_eq(igdpt_bridge_at(IGDPT_BRIDGES_ACRN, 1, &reg), 0);
	ck_assert_uint_eq(reg.offset, 0xb0);
	ck_assert_uint_eq(reg.source, IGDPT_BRIDGE_GUEST_BDSM);
	ck_assert_int_eq(igdpt_bridge_at(IGDPT_BRIDGES_ACRN, 2, &reg), 0);
	ck_assert_uint_eq(reg.source, IGDPT_BRIDGE_GUEST_BGSM);
	reg.size = 4;
	ck_assert_int_eq(igdpt_bridge_at(IGDPT_BRIDGES_ACRN, 2, &reg), -IGDPT_E_ABI_SIZE);
	ck_assert_int_eq(igdpt_bridge_at(IGDPT_BRIDGES_ACRN, 8, &reg), -IGDPT_E_NOTFOUND);
}
END_TEST

/* As "offset:width", the host bridge's behind a 0, the LPC bridge's behind an f8. */
START_TEST(each_list_is_that_of_its_vmm)
{
	static const char *const lists[] = {
		[IGDPT_BRIDGES_QEMU] = " 0.08:2 0.2c:2 0.2e:2 f8.00:2 f8.02:2 f8.08:2 f8.2c:2 f8.2e:2",
		[IGDPT_BRIDGES_ACRN] = " 0.50:2 0.b0:4 0.b4:4 f8.00:2 f8.02:2 f8.08:1 f8.2c:2 f8.2e:2",
		[IGDPT_BRIDGES_BHYVE] = " f8.00:2 f8.02:2 f8.08:1 f8.2c:2 f8.2e:2",
		[IGDPT_BRIDGES_XEN] = " 0.08:2 0.2c:2 0.2e:2 0.50:2 0.52:2 0.a4:4 0.a8:4",
	};

	for (uint32_t model = IGDPT_BRIDGES_QEMU; model <= IGDPT_BRIDGES_XEN; model++) {
		struct igdpt_bridge_reg reg = { .size = sizeof(reg) };
		char text[128] = "";
		size_t used = 0;

		for (uint32_t n = 0; igdpt_bridge_at(model, n, &reg) == 0; n++)
			used += (size_t)snprintf(text + used, sizeof(text) - used, " %x.%02x:%u",
				(unsigned)reg.devfn, (unsigned)reg.offset, (unsigned)reg.width);
		ck_assert_str_eq(text, lists[model]);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bridges");
	TCase *tc = tcase_create("lists");

	tcase_add_test(tc, each_model_has_its_registers);
	tcase_add_test(tc, stolen_memory_comes_from_the_guests_registers);
	tcase_add_test(tc, each_list_is_that_of_its_vmm);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
