/* SPDX-License-Identifier: MIT
 *
 * What the files of the RMRR module share.
 */
#ifndef IGDPT_LIB_RMRR_PRIV_H
#define IGDPT_LIB_RMRR_PRIV_H

#include "igdpt/rmrr.h"
#include "internal.h"

/* Output array that goes on counting when it is full. */
struct rmrr_list {
	struct igdpt_rmrr_region *regions;
	size_t room, used;
};

static inline void rmrr_add(struct rmrr_list *list, const struct igdpt_rmrr_region *region)
{
	if (list->used < list->room)
		list->regions[list->used] = *region;
	list->used++;
}

static inline int rmrr_finish(const struct rmrr_list *list, size_t *count, struct igdpt_finding *why)
{
	*count = list->used;
	if (list->used <= list->room)
		return 0;
	return igdpt_priv_fail(why, IGDPT_F_OUTPUT_SPACE, IGDPT_NO_OFFSET,
		list->room * sizeof(*list->regions), list->used * sizeof(*list->regions));
}

#endif
