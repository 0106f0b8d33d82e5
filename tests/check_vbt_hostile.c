/* SPDX-License-Identifier: MIT */
#include "vbt-fixture.h"
#include "vbt-hostile.h"

static void hostile(const uint8_t *data, size_t len)
{
	const char *problem = read_all(data, len);

	ck_assert_msg(!problem, "%s", problem);
}

/* Every length, in memory of that length. */
START_TEST(a_truncated_table_is_read_within_its_bytes)
{
	struct fixture f;

	rich(&f);
	for (size_t len = 0; len <= f.len; len++) {
		uint8_t *copy = exact_copy(f.p, len);

		hostile(copy, len);
		if (len >= 26) {
			put_le16(copy + 24, (uint16_t)len);
			if (len >= 70)
				put_le16(copy + 68, (uint16_t)(len - 48));
			hostile(copy, len);
		}
		free(copy);
	}
}
END_TEST

/* Every byte of every header, pointer, size and sequence takes the values that break readers. */
START_TEST(a_corrupt_table_is_read_within_its_bytes)
{
	struct igdpt_vbt_block block = { .size = sizeof(block) };
	struct fixture f;
	bool vital[sizeof(f.p)] = { false };
	struct igdpt_vbt vbt;
	uint8_t *copy;

	rich(&f);
	vbt = view(f.p, f.len);
	memset(vital, true, 70);
	while (igdpt_vbt_next(&vbt, &block, NULL) > 0)
		memset(vital + block.offset - 3, true, block.id == 41 || block.id == 53 ?
				block.bytes + 3 : 9);
	copy = exact_copy(f.p, f.len);
	for (size_t i = 0; i < f.len; i++) {
		const uint8_t values[] = { 0, 0xff, 0x80, (uint8_t)(f.p[i] + 1), (uint8_t)(f.p[i] - 1) };

		for (size_t k = 0; vital[i] && k < sizeof(values); k++) {
			copy[i] = values[k];
			hostile(copy, f.len);
		}
		copy[i] = f.p[i];
	}
	free(copy);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vbt_hostile");
	TCase *bad = tcase_create("hostile");

	tcase_add_test(bad, a_truncated_table_is_read_within_its_bytes);
	tcase_add_test(bad, a_corrupt_table_is_read_within_its_bytes);
	tcase_set_timeout(bad, 120);
	suite_add_tcase(suite, bad);
	return run_suite(suite);
}
