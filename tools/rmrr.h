/* SPDX-License-Identifier: MIT
 *
 * What the files of the verb `rmrr` share.
 */
#ifndef IGDPT_TOOLS_RMRR_H
#define IGDPT_TOOLS_RMRR_H

#include "cli.h"
#include "igdpt/rmrr.h"

#define RMRR_SOURCES 5
#define MAX_GROUP 64
#define MAX_BRIDGES 64

struct growing {
	struct igdpt_rmrr_region *regions;
	size_t count;
};

/* Bus numbers as igdpt_dmar_bridge_fn gives them: secondary | subordinate << 8. */
struct bridge {
	uint32_t address;
	int buses;
};

struct query {
	struct bridge bridges[MAX_BRIDGES];
	size_t bridge_count;
	struct igdpt_rmrr_device group[MAX_GROUP]; /* the device, then its mates */
	uint64_t group_count;
	const char *files[RMRR_SOURCES]; /* as rmrr_sources[] */
	uint32_t kernel, device_id, ggc;
	uint64_t bdsm;
	struct igdpt_platform platform; /* of device_id */
	bool all, has_registers, has_bdsm, has_ram, json, svg;
	struct igdpt_rmrr_resolve_opts resolve;
	struct growing in, out;
	struct igdpt_finding no_iommu; /* why Linux uses no remapping unit with the table */
	struct igdpt_range *work;
	struct cli_findings findings;
};

/* Where regions may be from, and what they may be, in words. */
struct rmrr_source {
	const char *name;
	uint32_t bit;
};

extern const struct rmrr_source rmrr_sources[RMRR_SOURCES];
extern const char *const rmrr_type_names[];

/* The options of the query, and what each does to it: false if its value is none. */
extern const struct option rmrr_options[];
bool rmrr_take_option(struct query *q, int option);

/* "0000:00:02.0", or "unknown" */
void rmrr_print_address(char *text, size_t room, uint32_t address);

bool rmrr_is_igd(const struct query *q);

/* The region of the device itself that a display has; the IGD's is its stolen memory. */
const struct igdpt_rmrr_region *rmrr_find_relaxable(const struct query *q);

/* Whether the device can be attached, in a word or two. */
const char *rmrr_attach_words(const struct query *q, const struct igdpt_rmrr_attach *attach);

/* All that was found, as text or JSON; n regions of the guest's memory map. */
void rmrr_tell(const struct query *q, const struct igdpt_rmrr_attach *attach,
	const struct igdpt_rmrr_layout *layout, const struct igdpt_rmrr_region *map, size_t n,
	struct json *j);

/* The same as a picture; returns the exit status. */
int rmrr_draw(const struct query *q, const struct igdpt_rmrr_attach *attach,
	const struct igdpt_rmrr_region *guest, size_t n);

#endif
