/* SPDX-License-Identifier: MIT */
#include "igdpt/base.h"

void igdpt_version(uint32_t *major, uint32_t *minor, uint32_t *micro)
{
	if (major)
		*major = IGDPT_VERSION_MAJOR;
	if (minor)
		*minor = IGDPT_VERSION_MINOR;
	if (micro)
		*micro = IGDPT_VERSION_MICRO;
}

int igdpt_has(uint32_t feature)
{
	/* Nothing of the core can be configured out. */
	return feature >= IGDPT_FEATURE_OPREGION && feature <= IGDPT_FEATURE_PLAN;
}
