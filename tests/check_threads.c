/* SPDX-License-Identifier: MIT
 *
 * Threads under the rules that the headers give: any number read one object at a time, a writer has
 * it alone, and what is built from constant bytes is shared without a lock. ThreadSanitizer, under
 * which scripts/check runs this too, sees every access that breaks them: a hidden cache, say.
 */
#include "support.h"

#include <pthread.h>

#include "igdpt/dmar.h"
#include "igdpt/mmio.h"
#include "igdpt/opregion.h"
#include "igdpt/pcicfg.h"
#include "igdpt/ranges.h"
#include "igdpt/stolen.h"

#define READERS 4
#define ROUNDS 400u

static struct shared {
	pthread_rwlock_t lock;
	struct igdpt_pcicfg *cfg;
	struct igdpt_ranges set;
	struct igdpt_opregion op;
	struct igdpt_dmar dmar;
} shared;

/* Config space and its mirror in BAR0 are one register; ASLS has four equal bytes at all times. */
static uint32_t read_config(const struct igdpt_pcicfg *cfg)
{
	struct igdpt_pcicfg_state state = { .size = sizeof(state) };
	uint8_t saved[64];
	uint64_t asls = 0, bdsm = 0, mirror = 0;
	size_t len = sizeof(saved);

	igdpt_pcicfg_read(cfg, IGDPT_CFG_ASLS, 4, 0, &asls);
	igdpt_pcicfg_read(cfg, IGDPT_CFG_BDSM, 4, 0, &bdsm);
	igdpt_mmio_read(cfg, 0, IGDPT_MMIO_DSMBASE, 4, 0, &mirror);
	igdpt_pcicfg_get_state(cfg, &state);
	igdpt_pcicfg_save(cfg, saved, &len);
	igdpt_pcicfg_check(cfg, NULL, NULL);
	igdpt_mmio_check(cfg, NULL, NULL);
	return asls != (asls & 0xff) * 0x01010101u || asls != state.asls || bdsm != mirror;
}

static void read_constants(void)
{
	struct igdpt_ranges_request request = { .size = sizeof(request), .bytes = 0x1000,
		.align = 0x1000 };
	struct igdpt_dmar_structure s = { .size = sizeof(s) };
	struct igdpt_opregion_vbt vbt = { .size = sizeof(vbt) };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_stolen stolen = { .size = sizeof(stolen) };
	uint64_t first;

	igdpt_ranges_fit(&shared.set, &request, &first, &why);
	igdpt_opregion_find_vbt(&shared.op, &vbt, &why);
	igdpt_opregion_validate(&shared.op, NULL, NULL);
	while (igdpt_dmar_next(&shared.dmar, &s, &why) > 0)
		continue;
	igdpt_stolen_decode(IGDPT_CODEC_GEN9, 0x05c1, 0, &stolen, &why);
}

static void *reader(void *count)
{
	uint32_t *torn = count;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		pthread_rwlock_rdlock(&shared.lock);
		*torn += read_config(shared.cfg);
		pthread_rwlock_unlock(&shared.lock);
		read_constants();
	}
	return NULL;
}

static void *writer(void *unused)
{
	uint32_t forward;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		pthread_rwlock_wrlock(&shared.lock);
		for (uint32_t byte = 0; byte < 4; byte++)
			igdpt_pcicfg_write(shared.cfg, IGDPT_CFG_ASLS + byte, 1, i & 0xff, &forward);
		igdpt_pcicfg_write(shared.cfg, IGDPT_CFG_BDSM, 4, (uint64_t)i << 20, &forward);
		pthread_rwlock_unlock(&shared.lock);
	}
	return unused;
}

static void share(void)
{
	static const uint8_t config[256] = { 0x86, 0x80, 0x12, 0x04, [0x0b] = 3, [0x50] = 0x11, 0x02 };
	static struct igdpt_range ranges[] = { { 0, 0xffff }, { 0x20000, 0x2ffff } };
	static uint8_t opregion[IGDPT_OPREGION_BYTES], table[256];
	struct igdpt_platform p = { .size = sizeof(p) };
	struct igdpt_dmar_build_opts build = { .size = sizeof(build) };
	size_t len = sizeof(table);

	memcpy(opregion, "IntelGraphicsMem", 16);
	opregion[IGDPT_OPF_SIZE] = 8;
	ck_assert_int_eq(igdpt_platform_find(0x0412, &p), 0);
	ck_assert_int_eq(igdpt_pcicfg_new(&p, config, sizeof(config), NULL, &shared.cfg, NULL), 0);
	ck_assert_int_eq(igdpt_mmio_setup(shared.cfg, NULL, NULL), 0);
	ck_assert_int_eq(igdpt_ranges_build(&shared.set, ranges, 2, NULL, NULL, NULL), 0);
	ck_assert_int_eq(igdpt_opregion_init(&shared.op, opregion, sizeof(opregion), NULL), 0);
	ck_assert_int_eq(igdpt_dmar_build(&build, table, &len, NULL), 0);
	ck_assert_int_eq(igdpt_dmar_init(&shared.dmar, table, len, NULL), 0);
}

START_TEST(readers_share_what_a_writer_has_alone)
{
	pthread_t threads[READERS + 1];
	uint32_t torn[READERS] = { 0 };

	share();
	pthread_rwlock_init(&shared.lock, NULL);
	for (size_t i = 0; i < READERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, reader, &torn[i]), 0);
	ck_assert_int_eq(pthread_create(&threads[READERS], NULL, writer, NULL), 0);
	for (size_t i = 0; i <= READERS; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < READERS; i++)
		ck_assert_uint_eq(torn[i], 0);
	pthread_rwlock_destroy(&shared.lock);
	igdpt_pcicfg_free(shared.cfg);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("threads");
	TCase *tc = tcase_create("rules");

	tcase_add_test(tc, readers_share_what_a_writer_has_alone);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
