/* SPDX-License-Identifier: MIT
 *
 * One operation, so many times: for counting instructions. usage: count [OPERATION CALLS]
 * Without arguments it lists the operations. Nothing here depends on files or on time.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "igdpt/igdpt.h"

#define RANGES 1000u
#define RMRRS 16u

/* What the operations work on, made by the library itself. */
static struct world {
	struct igdpt_platform platform;
	struct igdpt_pcicfg *cfg;
	uint8_t vbt[UINT16_MAX], opregion[IGDPT_OPREGION_MAX_BYTES], dmar[4096];
	size_t vbt_len, opregion_len, dmar_len;
	struct igdpt_range ranges[RANGES];
	uint64_t index[8 * RANGES];
	struct igdpt_ranges set;
	struct igdpt_plan_opts plan;
} w;

/* From memory, as with a trapped access. */
static volatile uint32_t width = 4;

static void config_read(uint64_t i)
{
	uint64_t v = 0;

	(void)i;
	igdpt_pcicfg_read(w.cfg, IGDPT_CFG_ASLS, width, 0, &v);
	keep(v);
}

static void config_write(uint64_t i)
{
	uint32_t forward;

	keep((uint64_t)igdpt_pcicfg_write(w.cfg, IGDPT_CFG_ASLS, width, i << 12, &forward));
}

static void mirror_read(uint64_t i)
{
	uint64_t v = 0;

	(void)i;
	igdpt_mmio_read(w.cfg, 0, IGDPT_MMIO_DSMBASE, width, 0, &v);
	keep(v);
}

static void mirror_write(uint64_t i)
{
	uint64_t hw;
	uint32_t forward;

	keep((uint64_t)igdpt_mmio_write(w.cfg, 0, IGDPT_MMIO_DSMBASE, width, i, &hw, &forward));
}

static void opregion_judge(uint64_t i)
{
	struct igdpt_opregion op;

	(void)i;
	igdpt_opregion_init(&op, w.opregion, w.opregion_len, NULL);
	keep((uint64_t)igdpt_opregion_validate(&op, NULL, NULL));
}

static void opregion_normalise(uint64_t i)
{
	static uint8_t out[IGDPT_OPREGION_MAX_BYTES];
	struct igdpt_opregion op;
	size_t len = sizeof(out);

	(void)i;
	igdpt_opregion_init(&op, w.opregion, w.opregion_len, NULL);
	keep((uint64_t)igdpt_opregion_normalise(&op, NULL, out, &len, NULL));
}

static void vbt_fields(uint64_t i)
{
	struct igdpt_vbt_field field = { .size = sizeof(field) };
	struct igdpt_vbt vbt;
	uint64_t v;

	(void)i;
	igdpt_vbt_init(&vbt, w.vbt, w.vbt_len, NULL);
	for (uint32_t n = 0; igdpt_vbt_field_at(n, &field) == 0; n++)
		keep((uint64_t)igdpt_vbt_get(&vbt, n, 0, &v));
}

static void dmar_judge(uint64_t i)
{
	struct igdpt_dmar dmar;

	(void)i;
	igdpt_dmar_init(&dmar, w.dmar, w.dmar_len, NULL);
	keep((uint64_t)igdpt_dmar_validate(&dmar, NULL, NULL, NULL));
}

static void ranges_overlap(uint64_t i)
{
	struct igdpt_range hit;
	uint64_t at = (i * 7919 % RANGES) << 16;

	keep((uint64_t)igdpt_ranges_overlap(&w.set, at, at + 0x3fff, &hit));
}

static void ranges_fit(uint64_t i)
{
	struct igdpt_ranges_request r = { .size = sizeof(r), .bytes = 0xc000, .align = 0x1000,
		.min = (i * 7919 % RANGES) << 16 };
	uint64_t first = 0;

	keep((uint64_t)igdpt_ranges_fit(&w.set, &r, &first, NULL));
}

static void plan_make(uint64_t i)
{
	struct igdpt_plan_result r = { .size = sizeof(r) };

	(void)i;
	keep((uint64_t)igdpt_plan_make(&w.plan, &r, NULL));
}

static void platform_find(uint64_t i)
{
	struct igdpt_platform p = { .size = sizeof(p) };

	keep((uint64_t)igdpt_platform_find((uint32_t)(0x4600 + i % 256), &p));
}

static const struct operation {
	const char *name;
	void (*run)(uint64_t i);
} operations[] = {
	{ "config-read", config_read },
	{ "config-write", config_write },
	{ "mirror-read", mirror_read },
	{ "mirror-write", mirror_write },
	{ "opregion-judge", opregion_judge },
	{ "opregion-normalise", opregion_normalise },
	{ "vbt-fields", vbt_fields },
	{ "dmar-judge", dmar_judge },
	{ "ranges-overlap", ranges_overlap },
	{ "ranges-fit", ranges_fit },
	{ "plan-make", plan_make },
	{ "platform-find", platform_find },
};

#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

static bool make_tables(void)
{
	static const uint8_t path[2] = { 2, 0 };
	static struct igdpt_dmar_build_rmrr rmrrs[RMRRS];
	struct igdpt_dmar_build_scope scope = { .type = IGDPT_DMAR_SCOPE_ENDPOINT, .path_count = 1,
		.path = path };
	struct igdpt_dmar_build_opts dmar = { .size = sizeof(dmar), .rmrrs = rmrrs,
		.rmrr_count = RMRRS };
	struct igdpt_vbt_build_opts vbt = { .size = sizeof(vbt), .bytes = 8700 };

	for (unsigned i = 0; i < RMRRS; i++)
		rmrrs[i] = (struct igdpt_dmar_build_rmrr){ .base = (uint64_t)(i + 1) << 24,
			.end = ((uint64_t)(i + 1) << 24) + 0xfffff, .scope_count = 1, .scopes = &scope };
	w.vbt_len = sizeof(w.vbt);
	w.opregion_len = sizeof(w.opregion);
	w.dmar_len = sizeof(w.dmar);
	return igdpt_vbt_build(&vbt, w.vbt, &w.vbt_len, NULL) == 0 &&
		igdpt_opregion_build(NULL, w.vbt, w.vbt_len, w.opregion, &w.opregion_len, NULL) == 0 &&
		igdpt_dmar_build(&dmar, w.dmar, &w.dmar_len, NULL) == 0;
}

/* A range of 16 KiB every 64 KiB. */
static bool make_ranges(void)
{
	size_t words = sizeof(w.index) / sizeof(w.index[0]);

	for (uint64_t i = 0; i < RANGES; i++)
		w.ranges[i] = (struct igdpt_range){ i << 16, (i << 16) + 0x3fff };
	return igdpt_ranges_build(&w.set, w.ranges, RANGES, w.index, &words, NULL) == 0;
}

static bool make_world(void)
{
	static const uint8_t config[256] = { 0x86, 0x80, 0x12, 0x04, [0x0b] = 3, [0x50] = 0x11, 0x02 };

	w.platform.size = sizeof(w.platform);
	if (igdpt_platform_find(0x0412, &w.platform) < 0 ||
		igdpt_pcicfg_new(&w.platform, config, sizeof(config), NULL, &w.cfg, NULL) < 0)
		return false;
	igdpt_mmio_setup(w.cfg, NULL, NULL);
	w.plan = (struct igdpt_plan_opts){ .size = sizeof(w.plan), .mode = IGDPT_PLAN_COPY,
		.ggc = 0x0211, .low_end = 0x80000000, .mmio_first = 0xc0000000,
		.mmio_last = 0xf7ffffff, .opregion_bytes = 0x2000, .platform = &w.platform };
	return make_tables() && make_ranges();
}

static const struct operation *find(const char *name)
{
	for (size_t i = 0; i < OPERATIONS; i++) {
		if (strcmp(name, operations[i].name) == 0)
			return &operations[i];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const struct operation *operation = argc == 3 ? find(argv[1]) : NULL;
	uint64_t calls = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;

	for (size_t i = 0; argc == 1 && i < OPERATIONS; i++)
		puts(operations[i].name);
	if (argc == 1)
		return EXIT_SUCCESS;
	if (!operation || !make_world())
		return EXIT_FAILURE;
	for (uint64_t i = 0; i < calls; i++)
		operation->run(i);
	igdpt_pcicfg_free(w.cfg);
	return EXIT_SUCCESS;
}
