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
	switch (feature) {
	case IGDPT_FEATURE_OPREGION:
	case IGDPT_FEATURE_PCICFG:
	case IGDPT_FEATURE_FWCFG:
		return 1;
	default:
		return 0;
	}
}
