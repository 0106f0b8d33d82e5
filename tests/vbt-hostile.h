/* SPDX-License-Identifier: MIT
 *
 * Everything that reads a VBT, on bytes that may say anything. Returns what went wrong, or NULL.
 */
#ifndef IGDPT_TESTS_VBT_HOSTILE_H
#define IGDPT_TESTS_VBT_HOSTILE_H

#include <stdbool.h>
#include <string.h>

#include "bytes.h"
#include "igdpt/vbt.h"

static inline bool blocks_inside(const struct igdpt_vbt *vbt)
{
	struct igdpt_vbt_block block = { .size = sizeof(block) };
	uint32_t last = 0;

	while (igdpt_vbt_next(vbt, &block, NULL) > 0) {
		if (block.offset <= last || (size_t)block.offset + block.bytes > vbt->len)
			return false;
		last = block.offset;
	}
	return true;
}

static inline bool operations_inside(const struct igdpt_vbt *vbt)
{
	struct igdpt_vbt_mipi mipi = { .size = sizeof(mipi) };

	while (igdpt_vbt_mipi_next(vbt, &mipi, NULL) > 0) {
		if ((size_t)mipi.offset + mipi.bytes > vbt->len)
			return false;
	}
	return true;
}

static inline void read_children(const struct igdpt_vbt *vbt)
{
	struct igdpt_vbt_child child = { .size = sizeof(child) };
	char text[16];

	for (uint32_t i = 0; igdpt_vbt_child_at(vbt, i, &child) == 0; i++)
		igdpt_vbt_port_format(vbt, i, text, sizeof(text));
}

static inline void read_panels_and_fields(const struct igdpt_vbt *vbt)
{
	struct igdpt_vbt_panel panel = { .size = sizeof(panel) };
	struct igdpt_vbt_field field = { .size = sizeof(field) };
	uint64_t value;

	for (uint32_t i = 0; i < 21; i++)
		igdpt_vbt_panel_at(vbt, i, &panel, NULL);
	for (uint32_t i = 0; igdpt_vbt_field_at(i, &field) == 0; i++) {
		igdpt_vbt_get(vbt, i, 0, &value);
		igdpt_vbt_get(vbt, i, 15, &value);
	}
}

/* What was repaired is in order, and repairing it again changes nothing. */
static inline const char *repair_all(const uint8_t *data, size_t len)
{
	static uint8_t once[UINT16_MAX], twice[UINT16_MAX];
	size_t n = sizeof(once), m = sizeof(twice);
	struct igdpt_vbt vbt;

	if (igdpt_vbt_repair(data, len, once, &n, NULL) < 0)
		return NULL;
	if (igdpt_vbt_init(&vbt, once, n, NULL) < 0 || byte_sum(once, n) != 0)
		return "what was repaired is not in order";
	if (igdpt_vbt_repair(once, n, twice, &m, NULL) < 0 || n != m || memcmp(once, twice, n) != 0)
		return "repairing again changes the table";
	return NULL;
}

static inline const char *read_all(const uint8_t *data, size_t len)
{
	struct igdpt_vbt vbt;

	if (igdpt_vbt_init(&vbt, data, len, NULL) == 0) {
		if (!blocks_inside(&vbt))
			return "a block does not move on, or ends outside";
		if (!operations_inside(&vbt))
			return "a MIPI operation ends outside";
		read_children(&vbt);
		read_panels_and_fields(&vbt);
		igdpt_vbt_validate(&vbt, NULL, NULL);
	}
	return repair_all(data, len);
}

#endif
