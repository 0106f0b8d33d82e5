/* SPDX-License-Identifier: MIT
 *
 * Walking several sets at once, for those that make more of it than igdpt_ranges_combine().
 */
#ifndef IGDPT_LIB_RANGES_PRIV_H
#define IGDPT_LIB_RANGES_PRIV_H

#include <stdbool.h>

#include "igdpt/ranges.h"

/* Whether `at` lies in the set, and up to which address that stays so; *i moves with `at`. */
bool igdpt_priv_stretch(const struct igdpt_ranges *set, size_t *i, uint64_t at, uint64_t *last);

#endif
