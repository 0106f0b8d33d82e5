/* SPDX-License-Identifier: MIT
 *
 * Guide: map on the first write. Guest firmware picks an address in a reserved page and writes it
 * to ASLS; the VMM maps pages there. Xen works so. What is mapped here is the guest's own copy:
 * mapping the host's pages, as Xen does, lets the guest write into the host's mailboxes.
 */
#include "plan.h"

struct mapping {
	uint64_t guest; /* first page */
	uint64_t pages;
	unsigned made;
};

/** [pages] */
static void map_opregion(const struct device *dev, struct mapping *mapping)
{
	struct igdpt_pcicfg_state state = { .size = sizeof(state) };
	uint64_t offset;

	need(igdpt_pcicfg_get_state(dev->cfg, &state), "config space", NULL);
	/* The OpRegion need not start on a page: its offset in the page stays the host's. */
	offset = state.asls % 4096;
	mapping->guest = state.asls - offset;
	mapping->pages = (offset + dev->opregion_bytes + 4095) / 4096;
	mapping->made++;
}
/** [pages] */

/** [write] */
static void config_write(struct device *dev, struct mapping *mapping, uint32_t offset,
	uint32_t width, uint64_t value)
{
	uint32_t forward = 0;
	int events = igdpt_pcicfg_write(dev->cfg, offset, width, value, &forward);

	if (events > 0 && events & IGDPT_EVENT_ASLS && !mapping->made)
		map_opregion(dev, mapping);
}
/** [write] */

int main(void)
{
	struct device *dev = calloc(1, sizeof(*dev));
	struct mapping mapping = {0, 0, 0};

	expect(dev != NULL, "there is memory for the device");
	host_read(&dev->host);
	copy_opregion(dev);
	make_plan(dev, IGDPT_PLAN_MAP);
	make_config(dev);

	/* Firmware has found a place, and keeps the host's offset in the page. */
	config_write(dev, &mapping, IGDPT_CFG_ASLS, 4, 0x0fe00018);
	expect(config_read(dev, IGDPT_CFG_ASLS, 4) == 0x0fe00018,
		"ASLS is the guest's, offset and all");
	expect(mapping.guest == 0x0fe00000 && mapping.pages == 3,
		"three pages hold 8 KiB at an offset");
	config_write(dev, &mapping, IGDPT_CFG_ASLS, 4, 0x0fd00018);
	expect(config_read(dev, IGDPT_CFG_ASLS, 4) == 0x0fe00018, "a second write changes nothing");
	expect(mapping.made == 1, "nor is anything mapped again");
	igdpt_pcicfg_free(dev->cfg);
	free(dev);
	return 0;
}
