/* SPDX-License-Identifier: MIT
 *
 * What every Check program here needs: a main function, and an exact-size heap copy, so that the
 * sanitizers see a read one byte past the input.
 */
#ifndef IGDPT_TESTS_SUPPORT_H
#define IGDPT_TESTS_SUPPORT_H

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * Check's own assertions make a system call even when they hold (to tell after a crash how far the
 * test came): too much for loops of millions.
 */
#undef ck_assert_msg
#define ck_assert_msg(expr, ...)                                                                   \
	((expr) ? (void)0 :                                                                        \
		_ck_assert_failed(__FILE__, __LINE__, "Assertion '" #expr "' failed", __VA_ARGS__))
#define require(condition, ...) ck_assert_msg(condition, __VA_ARGS__)

static inline int run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static inline void *exact_copy(const void *data, size_t len)
{
	void *copy = malloc(len ? len : 1);

	ck_assert_ptr_nonnull(copy);
	if (len)
		memcpy(copy, data, len);
	return copy;
}

#endif
