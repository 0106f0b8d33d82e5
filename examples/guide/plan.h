/* SPDX-License-Identifier: MIT
 *
 * The three models in which the VMM knows the addresses before the guest starts share the plan.
 */
#ifndef GUIDE_PLAN_H
#define GUIDE_PLAN_H

#include "guide.h"

struct device {
	struct host host;
	struct igdpt_platform platform;
	struct igdpt_plan_opts question;
	struct igdpt_plan_result plan;
	struct igdpt_pcicfg *cfg;
	uint8_t opregion[IGDPT_OPREGION_MAX_BYTES];
	size_t opregion_bytes;
};

/** [plan] */
static inline void make_plan(struct device *dev, uint32_t mode)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	const uint8_t *config = dev->host.config;
	bool wide;

	dev->platform.size = sizeof(dev->platform);
	need(igdpt_platform_find((uint32_t)(config[3] << 8 | config[2]), &dev->platform),
		"device id", NULL);
	wide = dev->platform.bdsm == IGDPT_BDSM_CFG_C0; /* from gen 11 on */
	dev->question = (struct igdpt_plan_opts){
		.size = sizeof(dev->question),
		.mode = mode,
		.ggc = (uint32_t)hardware_read(&dev->host, IGDPT_CFG_GGC, 2),
		.host_bdsm = hardware_read(&dev->host, wide ? IGDPT_CFG_BDSM64 : IGDPT_CFG_BDSM,
			wide ? 8 : 4),
		.host_asls = hardware_read(&dev->host, IGDPT_CFG_ASLS, 4),
		.low_end = GUEST_RAM,
		.mmio_first = 0xc0000000,
		.mmio_last = 0xf7ffffff,
		.opregion_bytes = dev->opregion_bytes,
		.platform = &dev->platform,
	};
	dev->plan.size = sizeof(dev->plan);
	need(igdpt_plan_make(&dev->question, &dev->plan, &why), "no place in this guest", &why);
}
/** [plan] */

/** [presets] */
static inline void make_config(struct device *dev)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_pcicfg_opts opts = {
		.size = sizeof(opts),
		.flags = dev->plan.config_flags,
		.asls_policy = dev->plan.asls_policy,
		.bdsm_policy = dev->plan.bdsm_policy,
		.gms_policy = dev->plan.gms_policy,
		.bridge = dev->plan.bridge,
		.asls = dev->plan.asls,
		.bdsm = dev->plan.bdsm,
		.dsm_bytes = dev->plan.dsm_bytes,
	};

	need(igdpt_pcicfg_new(&dev->platform, dev->host.config, sizeof(dev->host.config), &opts,
		     &dev->cfg, &why),
		"config space", &why);
}
/** [presets] */

/** [copy] */
static inline void copy_opregion(struct device *dev)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_opregion op;

	need(igdpt_opregion_init(&op, dev->host.opregion, dev->host.opregion_bytes, &why),
		"OpRegion", &why);
	dev->opregion_bytes = sizeof(dev->opregion);
	need(igdpt_opregion_normalise(&op, NULL, dev->opregion, &dev->opregion_bytes, &why),
		"OpRegion", &why);
	if (why.id)
		printf("an extended VBT was left out\n"); /* why says what is wrong with it */
}
/** [copy] */

/** [access] */
static inline uint64_t config_read(struct device *dev, uint32_t offset, uint32_t width)
{
	uint64_t hw = 0, value = UINT64_MAX;

	if (igdpt_pcicfg_hw_bytes(dev->cfg, offset, width))
		hw = hardware_read(&dev->host, offset, width);
	igdpt_pcicfg_read(dev->cfg, offset, width, hw, &value);
	return value;
}

/* What the library does not answer for goes on to the hardware. Returns the events. */
static inline int config_write(struct device *dev, uint32_t offset, uint32_t width, uint64_t value)
{
	uint32_t forward = 0;
	int events = igdpt_pcicfg_write(dev->cfg, offset, width, value, &forward);

	hardware_write(&dev->host, offset, width, value, forward);
	return events < 0 ? 0 : events;
}
/** [access] */

static inline const struct igdpt_plan_block *block(const struct device *dev, uint32_t kind)
{
	for (uint32_t i = 0; i < dev->plan.count; i++) {
		if (dev->plan.blocks[i].kind == kind)
			return &dev->plan.blocks[i];
	}
	return NULL;
}

#endif
