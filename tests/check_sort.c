/* SPDX-License-Identifier: MIT */
#include "support.h"

#include "sort.h"

static int by_number(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static bool is_smaller(const void *a, const void *b)
{
	return by_number(a, b) < 0;
}

/* Numbers of a linear congruential generator, few enough values to repeat. */
static void scramble(uint32_t *v, size_t n, uint32_t seed, uint32_t values)
{
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1664525u + 1013904223u;
		v[i] = (seed >> 8) % values;
	}
}

START_TEST(every_length_comes_out_as_qsort_has_it)
{
	for (size_t n = 0; n < 300; n++) {
		uint32_t v[300], want[300], *copy;

		scramble(v, n, (uint32_t)n, n % 3 ? 1000000 : 7);
		memcpy(want, v, sizeof(want));
		copy = exact_copy(v, n * sizeof(*v));
		qsort(want, n, sizeof(*want), by_number);
		igdpt_priv_sort(copy, n, sizeof(*copy), is_smaller);
		ck_assert_mem_eq(copy, want, n * sizeof(*v));
		free(copy);
	}
}
END_TEST

static bool by_first_byte(const void *a, const void *b)
{
	return *(const uint8_t *)a < *(const uint8_t *)b;
}

START_TEST(elements_of_any_size_move_whole)
{
	char words[4][7] = { "delta", "bravo", "alpha", "charly" };

	igdpt_priv_sort(words, 4, sizeof(words[0]), by_first_byte);
	ck_assert_str_eq(words[0], "alpha");
	ck_assert_str_eq(words[1], "bravo");
	ck_assert_int_eq(memcmp(words[2], "charly", 7), 0);
	ck_assert_str_eq(words[3], "delta");
}
END_TEST

static unsigned calls;

static bool all_equal(const void *a, const void *b)
{
	(void)a;
	(void)b;
	calls++;
	return false;
}

/* Two comparisons for each element that has children, and two when the top is replaced. */
START_TEST(equal_elements_stay_where_they_are_put)
{
	uint32_t v[1024] = { 0 };

	igdpt_priv_sort(v, 1024, sizeof(*v), all_equal);
	ck_assert_uint_le(calls, 3 * 1024);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sort");
	TCase *tc = tcase_create("heap");

	tcase_add_test(tc, every_length_comes_out_as_qsort_has_it);
	tcase_add_test(tc, equal_elements_stay_where_they_are_put);
	tcase_add_test(tc, elements_of_any_size_move_whole);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
