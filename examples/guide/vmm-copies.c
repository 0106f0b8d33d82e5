/* SPDX-License-Identifier: MIT
 *
 * Guide: the VMM copies and presets. It places OpRegion and stolen memory in guest RAM before the
 * guest starts, tells the guest's memory map, and presets the registers. bhyve works so.
 */
#include "plan.h"

/** [place] */
static void place(struct device *dev, uint8_t *ram)
{
	struct igdpt_finding why = { .size = sizeof(why) };

	for (uint32_t i = 0; i < dev->plan.count; i++) {
		const struct igdpt_plan_block *b = &dev->plan.blocks[i];

		if (!(b->flags & IGDPT_PLAN_IN_RAM))
			continue;
		/* Stolen memory is shown on the screen before the guest has drawn: clear it. */
		memset(ram + b->first, 0, (size_t)b->bytes);
		if (b->kind != IGDPT_PLAN_BLOCK_OPREGION)
			continue;
		need(igdpt_opregion_relocate(dev->opregion, dev->opregion_bytes, b->first, 0, &why),
			"OpRegion", &why);
		memcpy(ram + b->first, dev->opregion, dev->opregion_bytes);
	}
}
/** [place] */

/** [map] */
static size_t memory_map(const struct device *dev, struct igdpt_e820_entry map[16])
{
	struct igdpt_finding why = { .size = sizeof(why) };
	size_t count = 16;

	need(igdpt_plan_e820(&dev->question, &dev->plan, map, &count, &why), "memory map", &why);
	for (size_t i = 0; i < count; i++)
		printf("%08" PRIx64 " %8" PRIu64 " KiB type %" PRIu32 "\n", map[i].first,
			map[i].bytes >> 10, map[i].type);
	return count;
}
/** [map] */

static bool reserved(
	const struct igdpt_e820_entry *map, size_t count, const struct igdpt_plan_block *b)
{
	for (size_t i = 0; i < count; i++) {
		if (map[i].type != IGDPT_E820_RAM && map[i].first <= b->first &&
			b->first + b->bytes <= map[i].first + map[i].bytes)
			return true;
	}
	return false;
}

int main(void)
{
	struct device *dev = calloc(1, sizeof(*dev));
	struct igdpt_e820_entry map[16];
	struct igdpt_opregion op;
	uint8_t *ram = guest_ram();
	uint64_t asls, bdsm;
	size_t count;

	expect(dev != NULL, "there is memory for the device");
	host_read(&dev->host);
	copy_opregion(dev);
	make_plan(dev, IGDPT_PLAN_COPY);
	make_config(dev);
	place(dev, ram);
	count = memory_map(dev, map);

	asls = config_read(dev, IGDPT_CFG_ASLS, 4);
	bdsm = config_read(dev, IGDPT_CFG_BDSM, 4) & ~(MIB - 1);
	expect(asls == dev->plan.asls && asls % 4096 == 0, "the guest finds ASLS preset");
	expect(bdsm == dev->plan.bdsm && bdsm != 0x7c000000, "and BDSM, which is not the host's");
	expect(igdpt_opregion_init(&op, ram + asls, GUEST_RAM - asls, NULL) == 0,
		"an OpRegion is there");
	expect(reserved(map, count, block(dev, IGDPT_PLAN_BLOCK_OPREGION)),
		"no guest uses it as RAM");
	expect(reserved(map, count, block(dev, IGDPT_PLAN_BLOCK_DSM)), "nor stolen memory");
	igdpt_pcicfg_free(dev->cfg);
	free(dev);
	free(ram);
	return 0;
}
