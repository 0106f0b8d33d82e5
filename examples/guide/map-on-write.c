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
	uint64_t offset, pages;

	need(igdpt_pcicfg_get_state(dev->cfg, &state), "config space", NULL);
	/* The OpRegion need not start on a page: its offset in the page stays the host's. */
	offset = state.asls % 4096;
	pages = (offset + dev->opregion_bytes + 4095) / 4096;
	/* The guest chose the address: only its own RAM can be replaced. */
	if (state.asls - offset + 4096 * pages > GUEST_RAM)
		return;
	*mapping = (struct mapping){ state.asls - offset, pages, mapping->made + 1 };
}
/** [pages] */

/** [write] */
static void guest_writes(struct device *dev, struct mapping *mapping, uint32_t offset,
	uint32_t width, uint64_t value)
{
	int events = config_write(dev, offset, width, value);

	if (events & IGDPT_EVENT_ASLS && !mapping->pages)
		map_opregion(dev, mapping);
}

/* Firmware starts anew, and may choose another place. */
static void guest_resets(struct device *dev, struct mapping *mapping)
{
	igdpt_pcicfg_reset(dev->cfg);
	mapping->pages = 0; /* here a VMM takes its pages out again */
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
	guest_writes(dev, &mapping, IGDPT_CFG_ASLS, 4, 0x0fe00018);
	expect(config_read(dev, IGDPT_CFG_ASLS, 4) == 0x0fe00018,
		"ASLS is the guest's, offset and all");
	expect(mapping.guest == 0x0fe00000 && mapping.pages == 3,
		"three pages hold 8 KiB at an offset");
	guest_writes(dev, &mapping, IGDPT_CFG_ASLS, 4, 0x0fd00018);
	expect(config_read(dev, IGDPT_CFG_ASLS, 4) == 0x0fe00018, "a second write changes nothing");
	expect(mapping.made == 1, "nor is anything mapped again");
	guest_resets(dev, &mapping);
	guest_writes(dev, &mapping, IGDPT_CFG_ASLS, 4, 0x0fd00018);
	expect(mapping.made == 2 && mapping.guest == 0x0fd00000, "after a reset firmware starts anew");
	guest_resets(dev, &mapping);
	guest_writes(dev, &mapping, IGDPT_CFG_ASLS, 4, 0xfffff018);
	expect(mapping.made == 2, "no page outside guest RAM is replaced");
	igdpt_pcicfg_free(dev->cfg);
	free(dev);
	return 0;
}
