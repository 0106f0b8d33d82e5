/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "support.h"

#include <stdio.h>

#include "igdpt/igdpt-host.h"
#include "igdpt/igdpt.h"

/* The ABI of this machine, as tests/abi/layout.h froze it: a change does not compile. */
#define PICK(with64, with32, with_i386)                                                            \
	(sizeof(void *) == 8 ? (with64) :                                                          \
			       offsetof(struct { char c; uint64_t u; }, u) == 8 ? (with32) : (with_i386))
#define ABI_SIZE(type, ...)                                                                        \
	_Static_assert(sizeof(struct type) == PICK(__VA_ARGS__), "size of struct " #type);
#define ABI_MEMBER(type, member, ...)                                                              \
	_Static_assert(offsetof(struct type, member) == PICK(__VA_ARGS__), #type "." #member);
#define ABI_VALUE(name, value) _Static_assert((name) == (value), #name);
#include "abi/layout.h"

START_TEST(the_library_tells_its_version)
{
	uint32_t major = 99, minor = 99, micro = 99;
	char text[32];

	igdpt_version(&major, &minor, &micro);
	ck_assert_uint_eq(major, IGDPT_VERSION_MAJOR);
	ck_assert_uint_eq(minor, IGDPT_VERSION_MINOR);
	ck_assert_uint_eq(micro, IGDPT_VERSION_MICRO);
	snprintf(text, sizeof(text), "%u.%u.%u", major, minor, micro);
	ck_assert_str_eq(text, PACKAGE_VERSION);
	igdpt_version(NULL, NULL, NULL);
}
END_TEST

START_TEST(the_library_tells_its_features)
{
	for (uint32_t f = IGDPT_FEATURE_OPREGION; f <= IGDPT_FEATURE_PLAN; f++)
		ck_assert_int_eq(igdpt_has(f), 1);
	ck_assert_int_eq(igdpt_has(0), 0);
	ck_assert_int_eq(igdpt_has(IGDPT_FEATURE_PLAN + 1), 0);
	ck_assert_int_eq(igdpt_has(UINT32_MAX), 0);
}
END_TEST

/* What callers of the first release pass, as an output and as an input; nobody passes less. */
START_TEST(structs_of_the_first_release_are_the_smallest)
{
	struct igdpt_stolen s = { .size = 31 };
	struct igdpt_ranges_request r = { .size = 47, .bytes = 1 };
	struct igdpt_ranges nothing = { 0 };
	uint64_t first;

	ck_assert_int_eq(igdpt_stolen_decode(IGDPT_CODEC_GEN6, 0x0211, 0, &s, NULL), -IGDPT_E_ABI_SIZE);
	ck_assert_int_eq(igdpt_ranges_fit(&nothing, &r, &first, NULL), -IGDPT_E_ABI_SIZE);
	s.size++;
	r.size++;
	ck_assert_int_eq(igdpt_stolen_decode(IGDPT_CODEC_GEN6, 0x0211, 0, &s, NULL), 0);
	ck_assert_int_eq(igdpt_ranges_fit(&nothing, &r, &first, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base");
	TCase *tc = tcase_create("base");

	tcase_add_test(tc, the_library_tells_its_version);
	tcase_add_test(tc, the_library_tells_its_features);
	tcase_add_test(tc, structs_of_the_first_release_are_the_smallest);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
