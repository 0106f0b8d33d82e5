/* SPDX-License-Identifier: MIT */
#include "support.h"

#include "bytes.h"

START_TEST(the_byte_sum_is_that_of_a_plain_loop)
{
	uint8_t bytes[300];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * i + 200);
	for (size_t len = 0; len < sizeof(bytes); len++) {
		uint8_t *copy = exact_copy(bytes, len);
		uint8_t sum = 0;

		for (size_t i = 0; i < len; i++)
			sum = (uint8_t)(sum + bytes[i]);
		ck_assert_uint_eq(byte_sum(copy, len), sum);
		if (len)
			ck_assert_uint_eq(byte_sum(copy + 1, len - 1), (uint8_t)(sum - bytes[0]));
		free(copy);
	}
}
END_TEST

START_TEST(numbers_are_little_endian_at_any_place)
{
	static const uint8_t bytes[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 };

	ck_assert_uint_eq(get_le16(bytes + 1), 0x0201);
	ck_assert_uint_eq(get_le32(bytes + 1), 0x04030201);
	ck_assert_uint_eq(get_le64(bytes + 1), 0x0807060504030201);
	for (uint32_t width = 1; width <= 8; width++)
		ck_assert_uint_eq(get_le(bytes + 1, width),
			0x0807060504030201 & (UINT64_MAX >> (64 - 8 * width)));
}
END_TEST

/* No sum of offset and size wraps. */
START_TEST(spans_are_bounded)
{
	uint32_t v = 7;

	ck_assert(span_ok(8, 0, 8) && span_ok(8, 8, 0) && span_ok(8, 4, 4));
	ck_assert(!span_ok(8, 9, 0) && !span_ok(8, 5, 4) && !span_ok(8, UINT64_MAX, 2));
	ck_assert(!span_ok(8, 4, UINT64_MAX - 3));
	ck_assert(!read_le32("abcdef", 6, 3, &v) && v == 7);
	ck_assert(read_le32("abcdef", 6, 2, &v) && v == 0x66656463);
}
END_TEST

START_TEST(readers_and_writers_hold_to_their_order)
{
	uint8_t p[4] = { 0 }, byte = 7;

	ck_assert(read_le8("ab", 2, 1, &byte) && byte == 'b');
	ck_assert(!read_le8("ab", 2, 2, &byte) && byte == 'b');
	put_be32(p, 0x01020304);
	ck_assert(p[0] == 1 && p[1] == 2 && p[2] == 3 && p[3] == 4);
	put_be16(p, 0x0506);
	ck_assert(p[0] == 5 && p[1] == 6 && p[2] == 3);
	put_le32(p, 0x0708090a);
	ck_assert(p[0] == 0x0a && p[1] == 9 && p[2] == 8 && p[3] == 7);
}
END_TEST

/* Each reader takes its bytes up to the last one, and leaves its output alone beyond. */
START_TEST(readers_stop_at_the_end)
{
	static const uint8_t bytes[] = { 0x10, 0x21, 0x32, 0x43, 0x54, 0x65, 0x76, 0x87, 0x98, 0xa9, 0xba,
		0xcb };

	for (uint64_t off = 0; off < sizeof(bytes); off++) {
		for (size_t len = 0; len <= sizeof(bytes) - 2; len++) {
			uint64_t want = 0, v64 = 7;
			uint32_t v32 = 7;
			uint16_t v16 = 7;
			uint8_t v8 = 7;

			for (unsigned i = 0; i < 8 && off + i < len; i++)
				want |= (uint64_t)bytes[off + i] << 8 * i;
			ck_assert_int_eq(read_le8(bytes, len, off, &v8), off + 1 <= len);
			ck_assert_int_eq(read_le16(bytes, len, off, &v16), off + 2 <= len);
			ck_assert_int_eq(read_le32(bytes, len, off, &v32), off + 4 <= len);
			ck_assert_int_eq(read_le64(bytes, len, off, &v64), off + 8 <= len);
			ck_assert_uint_eq(v8, off + 1 <= len ? (uint8_t)want : 7);
			ck_assert_uint_eq(v16, off + 2 <= len ? (uint16_t)want : 7);
			ck_assert_uint_eq(v32, off + 4 <= len ? (uint32_t)want : 7);
			ck_assert_uint_eq(v64, off + 8 <= len ? want : 7);
		}
	}
	ck_assert_uint_eq(get_le(bytes, 0), 0);
}
END_TEST

START_TEST(what_is_written_is_as_wide_as_its_name)
{
	static const uint8_t le[] = "########\x88\x77\x66\x55\x44\x33\x22\x11########";
	uint8_t p[24];

	memset(p, '#', sizeof(p));
	put_le64(p + 8, 0x1122334455667788);
	ck_assert_mem_eq(p, le, sizeof(p));
	ck_assert_uint_eq(get_le64(p + 8), 0x1122334455667788);
	memset(p, '#', sizeof(p));
	put_le32(p + 8, 0x55667788);
	ck_assert(memcmp(p, le, 12) == 0 && p[12] == '#');
	memset(p, '#', sizeof(p));
	put_le16(p + 8, 0x7788);
	ck_assert(memcmp(p, le, 10) == 0 && p[10] == '#');
	put_be32(p + 4, 0x88776655);
	ck_assert(memcmp(p, "####\x88\x77\x66\x55\x88\x77#", 11) == 0);
	put_be16(p, 0x8877);
	ck_assert(memcmp(p, "\x88\x77##\x88", 5) == 0);
}
END_TEST

START_TEST(masks_are_as_wide_as_they_are_asked)
{
	for (uint32_t width = 0; width <= 8; width++) {
		ck_assert_uint_eq(bytes_mask(width), (1u << width) - 1);
		ck_assert_uint_eq(width_mask(width), width ? UINT64_MAX >> (64 - 8 * width) : 0);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bytes");
	TCase *tc = tcase_create("bytes");

	tcase_add_test(tc, the_byte_sum_is_that_of_a_plain_loop);
	tcase_add_test(tc, numbers_are_little_endian_at_any_place);
	tcase_add_test(tc, spans_are_bounded);
	tcase_add_test(tc, readers_and_writers_hold_to_their_order);
	tcase_add_test(tc, readers_stop_at_the_end);
	tcase_add_test(tc, what_is_written_is_as_wide_as_its_name);
	tcase_add_test(tc, masks_are_as_wide_as_they_are_asked);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
