/* SPDX-License-Identifier: MIT
 *
 * Pictures of address maps: lanes side by side over one axis of addresses, the highest on top. Heights
 * follow the logarithm of sizes, so that 4 KiB stays visible beside 64 GiB; what no lane covers is
 * folded away.
 */
#ifndef IGDPT_TOOLS_SVG_H
#define IGDPT_TOOLS_SVG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SVG_LANES 4u
#define SVG_SPANS 512u

enum svg_colour {
	SVG_RAM, SVG_RESERVED, SVG_NVS, SVG_HOLE, SVG_TAKEN, SVG_OPREGION, SVG_STOLEN, SVG_BINDING,
	SVG_COLOURS
};

struct svg_span {
	uint64_t first, last; /* inclusive */
	enum svg_colour colour;
	unsigned lane;
	char label[80];
};

/* Lanes without a span are left out. */
struct svg_map {
	const char *title;
	const char *notes[4]; /* lines below the picture, up to the first NULL */
	const char *lanes[SVG_LANES];
	struct svg_span spans[SVG_SPANS];
	size_t count;
};

/* One more span, its size behind the label; false if there are too many. An empty one is left out. */
bool svg_add(struct svg_map *map, unsigned lane, enum svg_colour colour, uint64_t first,
	uint64_t last, const char *label);

void svg_print(FILE *out, const struct svg_map *map);

#endif
