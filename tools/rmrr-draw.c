/* SPDX-License-Identifier: MIT
 *
 * `igdpt rmrr query --svg`: reservations, host and guest memory, one above the other.
 */
#include "rmrr.h"

#include <string.h>

#include "svg.h"

/* The lanes of the picture. */
enum { LANE_DEVICES, LANE_HOST, LANE_USABLE, LANE_GUEST };

static bool same(const struct igdpt_rmrr_region *a, const struct igdpt_rmrr_region *b)
{
	return a->first == b->first && a->last == b->last && a->type == b->type;
}

/* Devices that share a region share its rectangle. */
static bool draw_device_region(struct svg_map *map, const struct growing *all, size_t i)
{
	static const enum svg_colour colours[IGDPT_RMRR_RAM + 1] = {
		[IGDPT_RMRR_DIRECT] = SVG_BINDING, [IGDPT_RMRR_RELAXABLE] = SVG_STOLEN,
		[IGDPT_RMRR_RESERVED] = SVG_RESERVED, [IGDPT_RMRR_MSI] = SVG_NVS,
		[IGDPT_RMRR_OTHER] = SVG_TAKEN,
	};
	const struct igdpt_rmrr_region *r = &all->regions[i];
	char address[16], label[64];
	unsigned more = 0;
	int n;

	for (size_t other = 0; other < all->count; other++) {
		if (other != i && same(&all->regions[other], r)) {
			if (other < i)
				return true;
			more++;
		}
	}
	rmrr_print_address(address, sizeof(address), r->address);
	n = snprintf(label, sizeof(label), "%s", rmrr_type_names[r->type]);
	if (r->address != IGDPT_RMRR_NO_ADDRESS)
		n += snprintf(label + n, sizeof(label) - (size_t)n, " %s", address);
	if (more)
		n += snprintf(label + n, sizeof(label) - (size_t)n, " and %u more", more);
	if (r->state == IGDPT_RMRR_CONFLICT)
		snprintf(label + n, sizeof(label) - (size_t)n, ", conflict");
	return svg_add(map, LANE_DEVICES, colours[r->type], r->first, r->last, label);
}

static bool draw_source_region(struct svg_map *map, const struct igdpt_rmrr_region *r)
{
	if (r->type == IGDPT_RMRR_USABLE)
		return svg_add(map, LANE_USABLE, SVG_OPREGION, r->first, r->last,
			r->sources & IGDPT_RMRR_VFIO ? "vfio" : "iommufd");
	if (r->type < IGDPT_RMRR_USABLE)
		return true;
	return svg_add(map, LANE_HOST, r->type == IGDPT_RMRR_RAM ? SVG_RAM : SVG_RESERVED, r->first,
		r->last, r->type == IGDPT_RMRR_RAM ? "RAM" : "firmware's");
}

static bool draw_regions(const struct query *q, struct svg_map *map,
	const struct igdpt_rmrr_region *guest, size_t n)
{
	bool ok = true;

	for (size_t i = 0; ok && i < q->out.count; i++)
		ok = draw_device_region(map, &q->out, i);
	for (size_t i = 0; ok && i < q->in.count; i++)
		ok = draw_source_region(map, &q->in.regions[i]);
	for (size_t i = 0; ok && i < n; i++) {
		bool ram = guest[i].type == IGDPT_RMRR_RAM;

		ok = svg_add(map, LANE_GUEST, ram ? SVG_RAM : SVG_RESERVED, guest[i].first,
			guest[i].last, ram ? "RAM" : "reserved");
	}
	return ok;
}

/* Which files the picture tells of. */
static void name_sources(const struct query *q, char *note, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < RMRR_SOURCES; i++) {
		const char *path = q->files[i], *slash = path ? strrchr(path, '/') : NULL;

		if (path && n < room)
			n += (size_t)snprintf(note + n, room - n, "%s%s %s", n ? "; " : "From ",
				rmrr_sources[i].name, slash ? slash + 1 : path);
	}
}

int rmrr_draw(const struct query *q, const struct igdpt_rmrr_attach *attach,
	const struct igdpt_rmrr_region *guest, size_t n)
{
	struct svg_map map = { .lanes = { "reserved for devices", "host memory",
		"usable for I/O", "guest memory" } };
	char title[64], note[200] = "", own[16], kernel[48];

	rmrr_print_address(own, sizeof(own), q->group[0].address);
	snprintf(title, sizeof(title), "Reserved memory around %s", own);
	snprintf(kernel, sizeof(kernel), "Attach on Linux %u.%u: %s", q->kernel >> 8, q->kernel & 0xff,
		rmrr_attach_words(q, attach));
	name_sources(q, note, sizeof(note));
	map.title = title;
	map.notes[0] = kernel;
	map.notes[1] = note[0] ? note : NULL;
	if (!draw_regions(q, &map, guest, n))
		return cli_error("rmrr query: too many regions for a picture");
	svg_print(stdout, &map);
	return EXIT_FINE;
}
