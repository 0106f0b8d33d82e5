/* SPDX-License-Identifier: MIT */
#include "svg.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MARGIN 16u
#define AXIS 132u  /* right end of the addresses */
#define TOP 84u    /* of the lanes */
#define LINE 18u   /* height of a line of text */
#define GLYPH 7u   /* width of a letter, about */
#define INSET 10u  /* of a label */
#define COLUMNS 6u /* at most, of spans that overlap in one lane */
#define LANE_MIN 150u
#define LANE_GAP 14u
#define FOLD 34u   /* height of what no lane covers */

struct picture {
	const struct svg_map *map;
	uint64_t at[2 * SVG_SPANS]; /* where spans begin or end, ascending */
	unsigned y[2 * SVG_SPANS];  /* and their height over the axis' foot */
	size_t count;
	unsigned x[SVG_LANES], width[SVG_LANES]; /* of each lane and its columns; 0: not drawn */
	unsigned edge, right, foot, bottom;      /* of the lanes, and of the paper */
};

/* In light and in dark: fill, fill. Text is black or white on them. Hues after Okabe and Ito. */
static const struct {
	const char *name, *light, *dark;
} colours[SVG_COLOURS] = {
	[SVG_RAM] = { "ram", "#dbe4ee", "#3a4a5c" },
	[SVG_RESERVED] = { "reserved", "#f4d9a0", "#6e5315" },
	[SVG_NVS] = { "nvs", "#e8cbe0", "#6b3d5c" },
	[SVG_HOLE] = { "hole", "#ececec", "#383838" },
	[SVG_TAKEN] = { "taken", "#cfcfcf", "#555555" },
	[SVG_OPREGION] = { "opregion", "#a6dfcb", "#13654d" },
	[SVG_STOLEN] = { "stolen", "#a9d3f2", "#14598a" },
	[SVG_BINDING] = { "binding", "#f5bd9a", "#8a3d05" },
};

static const char style_head[] =
	"<style>\n"
	"svg { font: 12px sans-serif; fill: #111; stroke: none }\n"
	".paper { fill: #fff } .title { font-size: 15px; font-weight: bold }\n"
	".lane { font-weight: bold } .quiet { fill: #555 } .at { font: 11px monospace; fill: #444 }\n"
	".axis { stroke: #888; fill: none } .fold { stroke: #888; fill: none; stroke-dasharray: 2 4 }\n"
	".grid { stroke: #ddd } .span { stroke: #666 }\n";

static const char style_dark[] =
	"@media (prefers-color-scheme: dark) {\n"
	"svg { fill: #eee } .paper { fill: #1b1b1b } .quiet { fill: #aaa } .at { fill: #bbb }\n"
	".grid { stroke: #333 } .span { stroke: #999 }\n";

/* Printable ASCII, escaped; anything else as a question mark. */
static void text(FILE *out, const char *string)
{
	for (const char *c = string; *c; c++) {
		if (strchr("&<>\"'", *c))
			fprintf(out, "&#%d;", *c);
		else
			fputc(*c >= ' ' && *c <= '~' ? *c : '?', out);
	}
}

/* "64 MiB"; four digits where it is not even. */
static void size_text(char *string, size_t room, uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes;
	unsigned unit = 0;

	for (; value >= 1023.5 && unit < 6; unit++)
		value /= 1024;
	snprintf(string, room, "%.4g %s", value, units[unit]);
}

bool svg_add(struct svg_map *map, unsigned lane, enum svg_colour colour, uint64_t first,
	uint64_t last, const char *label)
{
	struct svg_span *span = &map->spans[map->count];
	char size[16];

	if (last < first)
		return true;
	if (map->count == SVG_SPANS)
		return false;
	size_text(size, sizeof(size), last - first + 1 ? last - first + 1 : UINT64_MAX);
	*span = (struct svg_span){ .first = first, .last = last, .colour = colour, .lane = lane };
	snprintf(span->label, sizeof(span->label), "%s, %s", label, size);
	map->count++;
	return true;
}

/* The first byte behind a span, or the last address there is. */
static uint64_t end_of(const struct svg_span *span)
{
	return span->last == UINT64_MAX ? UINT64_MAX : span->last + 1;
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static bool covered(const struct svg_map *map, uint64_t address)
{
	for (size_t i = 0; i < map->count; i++) {
		if (map->spans[i].first <= address && address <= map->spans[i].last)
			return true;
	}
	return false;
}

static unsigned height(uint64_t bytes)
{
	unsigned bits = 0;

	for (uint64_t pages = bytes >> 12; pages; pages >>= 1)
		bits++;
	return LINE + 4 * bits;
}

/* Every address where something begins or ends, and its height. */
static void lay_out_axis(struct picture *p)
{
	const struct svg_map *map = p->map;
	size_t n = 0;

	for (size_t i = 0; i < map->count; i++) {
		p->at[n++] = map->spans[i].first;
		p->at[n++] = end_of(&map->spans[i]);
	}
	qsort(p->at, n, sizeof(p->at[0]), ascending);
	for (size_t i = 0; i < n; i++) {
		uint64_t low = p->count ? p->at[p->count - 1] : 0;

		if (p->count && p->at[i] == low)
			continue;
		if (p->count)
			p->y[p->count] = p->y[p->count - 1] +
				(covered(map, low) ? height(p->at[i] - low) : FOLD);
		p->at[p->count++] = p->at[i];
	}
}

/* Spans of a lane that overlap stand in columns, side by side. */
static unsigned column(const struct svg_map *map, size_t index)
{
	const struct svg_span *span = &map->spans[index];
	unsigned n = 0;

	for (size_t i = 0; i < index; i++) {
		const struct svg_span *other = &map->spans[i];

		n += other->lane == span->lane && other->first <= span->last &&
			span->first <= other->last;
	}
	return n < COLUMNS ? n : COLUMNS - 1;
}

static void lay_out_lanes(struct picture *p)
{
	unsigned columns[SVG_LANES] = { 0 };

	for (size_t i = 0; i < p->map->count; i++) {
		const struct svg_span *span = &p->map->spans[i];
		unsigned need = (unsigned)strlen(span->label) * GLYPH + 2 * INSET;
		unsigned *width = &p->width[span->lane], n = column(p->map, i) + 1;

		*width = *width < LANE_MIN ? LANE_MIN : *width;
		*width = *width < need ? need : *width;
		columns[span->lane] = columns[span->lane] < n ? n : columns[span->lane];
	}
	p->edge = AXIS;
	for (unsigned lane = 0; lane < SVG_LANES; lane++) {
		p->x[lane] = p->edge + LANE_GAP;
		if (columns[lane])
			p->edge = p->x[lane] + columns[lane] * p->width[lane];
	}
	p->right = p->edge + MARGIN;
}

static unsigned y_of(const struct picture *p, uint64_t address)
{
	const uint64_t *found = bsearch(&address, p->at, p->count, sizeof(p->at[0]), ascending);

	return p->foot - p->y[found - p->at];
}

static void print_span(FILE *out, const struct picture *p, size_t index)
{
	const struct svg_span *span = &p->map->spans[index];
	unsigned top = y_of(p, end_of(span)), tall = y_of(p, span->first) - top;
	unsigned width = p->width[span->lane], x = p->x[span->lane] + width * column(p->map, index);

	fprintf(out, "<g><title>0x%" PRIx64 "-0x%" PRIx64 " ", span->first, span->last);
	text(out, span->label);
	fprintf(out, "</title><rect class=\"span %s\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\"/>",
		colours[span->colour].name, x, top, width, tall);
	fprintf(out, "<text x=\"%u\" y=\"%u\">", x + INSET, top + tall / 2 + 4);
	text(out, span->label);
	fputs("</text></g>\n", out);
}

static void print_axis(FILE *out, const struct picture *p)
{
	for (size_t i = 0; i < p->count; i++) {
		unsigned y = p->foot - p->y[i];

		fprintf(out, "<path class=\"grid\" d=\"M%u %uH%u\"/>", AXIS, y, p->edge);
		fprintf(out, "<text class=\"at\" x=\"%u\" y=\"%u\" text-anchor=\"end\">0x%" PRIx64
			"</text>\n", AXIS - 10, y + 4, p->at[i]);
		if (i + 1 < p->count)
			fprintf(out, "<path class=\"%s\" d=\"M%u %uV%u\"/>\n",
				covered(p->map, p->at[i]) ? "axis" : "fold", AXIS - 4, y,
				p->foot - p->y[i + 1]);
	}
}

static void print_head(FILE *out, const struct picture *p)
{
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" "
		"viewBox=\"0 0 %u %u\" role=\"img\">\n<title>", p->right, p->bottom, p->right, p->bottom);
	text(out, p->map->title);
	fprintf(out, "</title>\n%s", style_head);
	for (unsigned i = 0; i < SVG_COLOURS; i++)
		fprintf(out, ".%s { fill: %s }\n", colours[i].name, colours[i].light);
	fputs(style_dark, out);
	for (unsigned i = 0; i < SVG_COLOURS; i++)
		fprintf(out, ".%s { fill: %s }\n", colours[i].name, colours[i].dark);
	fprintf(out, "}\n</style>\n<rect class=\"paper\" width=\"%u\" height=\"%u\" rx=\"8\"/>\n",
		p->right, p->bottom);
}

static void print_words(FILE *out, const char *class, unsigned x, unsigned y, const char *words)
{
	fprintf(out, "<text class=\"%s\" x=\"%u\" y=\"%u\">", class, x, y);
	text(out, words);
	fputs("</text>\n", out);
}

static unsigned note_count(const struct svg_map *map)
{
	unsigned n = 0;

	while (n < 4 && map->notes[n])
		n++;
	return n;
}

static void lay_out(struct picture *p)
{
	unsigned notes = note_count(p->map);
	size_t longest = strlen(p->map->title) + 8; /* it is set larger */

	lay_out_axis(p);
	lay_out_lanes(p);
	for (unsigned i = 0; i < notes; i++) {
		if (strlen(p->map->notes[i]) > longest)
			longest = strlen(p->map->notes[i]);
	}
	if (p->right < longest * GLYPH + 2 * MARGIN)
		p->right = (unsigned)longest * GLYPH + 2 * MARGIN;
	p->foot = TOP + (p->count ? p->y[p->count - 1] : 0);
	p->bottom = p->foot + LINE * (notes + 1) + MARGIN;
}

void svg_print(FILE *out, const struct svg_map *map)
{
	static struct picture p;

	p = (struct picture){ .map = map };
	lay_out(&p);
	print_head(out, &p);
	print_words(out, "title", MARGIN, 28, map->title);
	print_words(out, "quiet", MARGIN, 28 + LINE,
		"Heights follow the logarithm of sizes; dashed: nothing there");
	print_axis(out, &p);
	for (unsigned lane = 0; lane < SVG_LANES; lane++) {
		if (p.width[lane])
			print_words(out, "lane", p.x[lane], TOP - 10, map->lanes[lane]);
	}
	for (size_t i = 0; i < map->count; i++)
		print_span(out, &p, i);
	for (unsigned i = 0; i < note_count(map); i++)
		print_words(out, "quiet", MARGIN, p.foot + LINE * (i + 2), map->notes[i]);
	fputs("</svg>\n", out);
}
