/* SPDX-License-Identifier: MIT
 *
 * What every Check program here needs: a main function, and an exact-size heap copy, so that the
 * sanitizers see a read one byte past the input.
 */
#ifndef IGDPT_TESTS_SUPPORT_H
#define IGDPT_TESTS_SUPPORT_H

#include <check.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Without a fork for each test the first failure is the last: what follows would run on its ruins. */
__attribute__((format(printf, 4, 5))) static inline void end_without_fork(const char *file,
	int line, const char *what, const char *format, ...)
{
	const char *mode = getenv("CK_FORK");
	va_list values;

	if (!mode || strcmp(mode, "no") != 0)
		return;
	fprintf(stderr, "%s:%d: %s ", file, line, what);
	va_start(values, format);
	if (format)
		vfprintf(stderr, format, values);
	va_end(values);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

/*
 * Check's own assertions make a system call even when they hold (to tell after a crash how far the
 * test came): too much for loops of millions.
 */
#undef ck_assert_msg
#define ck_assert_msg(expr, ...)                                                                   \
	((expr) ? (void)0 :                                                                        \
		(end_without_fork(__FILE__, __LINE__, "Assertion '" #expr "' failed", __VA_ARGS__),   \
			_ck_assert_failed(__FILE__, __LINE__, "Assertion '" #expr "' failed",          \
				__VA_ARGS__)))
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
