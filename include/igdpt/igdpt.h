/* SPDX-License-Identifier: MIT */
#ifndef IGDPT_IGDPT_H
#define IGDPT_IGDPT_H

/** @file
 * Everything of the core library: `#include <igdpt/igdpt.h>`, link with `-ligdpt`.
 */

#include "igdpt/base.h"
#include "igdpt/error.h"
#include "igdpt/platform.h"
#include "igdpt/stolen.h"
#include "igdpt/vbt.h"
#include "igdpt/opregion.h"
#include "igdpt/fwcfg.h"
#include "igdpt/pcicfg.h"
#include "igdpt/legacy.h"
#include "igdpt/bridges.h"
#include "igdpt/plan.h"
#include "igdpt/mmio.h"
#include "igdpt/rom.h"
#include "igdpt/ranges.h"
#include "igdpt/dmar.h"
#include "igdpt/rmrr.h"

#endif
