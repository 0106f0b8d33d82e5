/* SPDX-License-Identifier: MIT
 *
 * Guide: the VMM traps MMIO and presets. The OpRegion lies in the MMIO hole and the VMM answers
 * each access. crosvm works so. The registers in BAR0 that repeat config space are answered alike.
 */
#include "plan.h"

/** [opregion] */
static uint64_t opregion_read(const struct device *dev, uint64_t offset, uint32_t width)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < width && offset + i < dev->opregion_bytes; i++)
		value |= (uint64_t)dev->opregion[offset + i] << 8 * i;
	return value;
}

/* Drivers write to mailboxes 1 and 3 and read back: the guest's copy is writable. */
static void opregion_write(struct device *dev, uint64_t offset, uint32_t width, uint64_t value)
{
	for (uint32_t i = 0; i < width && offset + i < IGDPT_OPREGION_BYTES; i++)
		dev->opregion[offset + i] = (uint8_t)(value >> 8 * i);
}
/** [opregion] */

/** [traps] */
static unsigned trap_mirrors(const struct device *dev)
{
	struct igdpt_mmio_trap trap = { .size = sizeof(trap) };
	unsigned count = 0;

	for (uint32_t i = 0; igdpt_mmio_trap_at(dev->cfg, i, &trap) == 0; i++) {
		if (trap.policy == IGDPT_MMIO_HOST)
			continue;
		/* Here a VMM takes the page of BAR `trap.bar` at `trap.offset` out of the mapping.
		 */
		printf("trap BAR%" PRIu32 " + 0x%06" PRIx64 ", %" PRIu32 " bytes: %s\n", trap.bar,
			trap.offset, trap.width, trap.name);
		count++;
	}
	return count;
}
/** [traps] */

/** [mirrors] */
static uint64_t bar_read(
	const struct device *dev, uint32_t bar, uint64_t offset, uint32_t width, uint64_t hw)
{
	uint64_t value = UINT64_MAX;

	igdpt_mmio_read(dev->cfg, bar, offset, width, hw, &value);
	return value;
}

/* Which bytes of a guest's write go on to the hardware, and what they are. */
static uint32_t bar_write(struct device *dev, uint32_t bar, uint64_t offset, uint32_t width,
	uint64_t value, uint64_t *hw)
{
	uint32_t forward = 0;

	igdpt_mmio_write(dev->cfg, bar, offset, width, value, hw, &forward);
	return forward;
}
/** [mirrors] */

/** [swsci] */
static void guest_writes(struct device *dev, uint32_t offset, uint32_t width, uint64_t value)
{
	int events = config_write(dev, offset, width, value);

	/* The guest's driver waits for firmware that is not there: answer in its mailbox 2. */
	if (events & IGDPT_EVENT_SWSCI)
		igdpt_opregion_answer_swsci(dev->opregion, dev->opregion_bytes, NULL);
}
/** [swsci] */

int main(void)
{
	struct device *dev = calloc(1, sizeof(*dev));
	uint64_t asls, hw = 0;

	expect(dev != NULL, "there is memory for the device");
	host_read(&dev->host);
	copy_opregion(dev);
	make_plan(dev, IGDPT_PLAN_TRAP);
	make_config(dev);

	asls = config_read(dev, IGDPT_CFG_ASLS, 4);
	expect(asls >= 0xc0000000 && asls == block(dev, IGDPT_PLAN_BLOCK_OPREGION)->first,
		"the OpRegion is in the MMIO hole");
	expect(opregion_read(dev, 0, 8) == UINT64_C(0x6172476c65746e49) &&
			opregion_read(dev, 8, 1) == 'p',
		"the guest reads its signature");
	opregion_write(dev, IGDPT_OPF_DRDY, 4, 1);
	expect(opregion_read(dev, IGDPT_OPF_DRDY, 4) == 1, "a driver reads back what it wrote");

	expect(trap_mirrors(dev) > 0, "there are mirrors to trap");
	expect(bar_read(dev, 0, IGDPT_MMIO_DSMBASE, 4, 0x7c000001) ==
			config_read(dev, IGDPT_CFG_BDSM, 4),
		"the mirror says what config space says");
	expect(bar_write(dev, 0, IGDPT_MMIO_DSMBASE, 4, 0, &hw) == 0,
		"no write of it reaches hardware");
	expect(bar_write(dev, 0, 0x2000, 4, 5, &hw) == 15 && hw == 5, "any other does");

	opregion_write(dev, IGDPT_OPF_SCIC, 4, 1 | 4 << 1);
	guest_writes(dev, IGDPT_CFG_SWSCI, 2, 0x8001);
	expect(!(opregion_read(dev, IGDPT_OPF_SCIC, 4) & 1), "a software SCI is answered");
	igdpt_pcicfg_free(dev->cfg);
	free(dev);
	return 0;
}
