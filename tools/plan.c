/* SPDX-License-Identifier: MIT
 *
 * igdpt plan: where OpRegion and stolen memory go in a guest.
 */
#include <string.h>

#include "cli.h"
#include "igdpt/opregion.h"
#include "igdpt/pcicfg.h"
#include "igdpt/plan.h"
#include "svg.h"

#define TAKEN_MAX 64u
#define E820_MAX 256u

struct question {
	struct igdpt_plan_opts opts;
	struct igdpt_platform platform;
	struct igdpt_range taken[TAKEN_MAX];
	struct igdpt_ranges set;
	size_t taken_count;
	bool json, svg, has_ggc;
};

/* Words of the command line, in the order of the library's numbers. */
static const char *const modes[] = { "firmware", "copy", "trap", "map", NULL };
static const char *const dsms[] = { "default", "relocate", "prefer-identity", "identity", "none",
	NULL };
static const char *const firmwares[] = { "unknown", "seabios", "uefi", NULL };
static const char *const kinds[] = { "?", "OpRegion", "VBT", "DSM", "GSM" };
static const char *const e820_types[] = { "none", "RAM", "Reserved", "?", "NVS" };
static const char *const reg_policies[] = { "default", "emulate", "preset-rw", "preset-ro",
	"write-once", "hide", "host" };
static const char *const gms_policies[] = { "default", "keep", "zero", "override" };

static bool word(const char *text, const char *const *words, uint32_t *value)
{
	for (*value = 0; words[*value]; ++*value) {
		if (strcmp(text, words[*value]) == 0)
			return true;
	}
	return false;
}

/* FIRST-LAST, inclusive. */
static bool range(char *text, uint64_t *first, uint64_t *last)
{
	char *dash = strchr(text, '-');
	bool ok;

	if (!dash)
		return false;
	*dash = '\0';
	ok = cli_number(text, first) && cli_number(dash + 1, last) && *first <= *last;
	*dash = '-';
	return ok;
}

static bool take_range(struct question *q, char *text)
{
	struct igdpt_range *r = &q->taken[q->taken_count];

	if (q->taken_count == TAKEN_MAX || !range(text, &r->first, &r->last))
		return false;
	q->taken_count++;
	return true;
}

static bool take_device(struct question *q, const char *text)
{
	q->opts.platform = &q->platform;
	return cli_platform(text, &q->platform);
}

enum {
	OPT_MODE = 1, OPT_DSM, OPT_FIRMWARE, OPT_DEVICE, OPT_GGC, OPT_CLASS, OPT_LOW, OPT_HIGH,
	OPT_HOLE, OPT_OPREGION, OPT_VBT, OPT_SIZE, OPT_ASLS, OPT_BDSM, OPT_TAKEN, OPT_TWO_TYPES,
	OPT_JSON, OPT_SVG
};

static bool take_option(struct question *q, int option, char *arg)
{
	struct igdpt_plan_opts *o = &q->opts;

	switch (option) {
	case OPT_MODE:
		return word(arg, modes, &o->mode);
	case OPT_DSM:
		return word(arg, dsms, &o->dsm_policy);
	case OPT_FIRMWARE:
		return word(arg, firmwares, &o->firmware);
	case OPT_DEVICE:
		return take_device(q, arg);
	case OPT_GGC:
		return q->has_ggc = cli_number32(arg, &o->ggc);
	case OPT_CLASS:
		return cli_number32(arg, &o->class_code);
	case OPT_LOW:
		return cli_number(arg, &o->low_end);
	case OPT_HIGH:
		return cli_number(arg, &o->high_bytes);
	case OPT_HOLE:
		return range(arg, &o->mmio_first, &o->mmio_last);
	case OPT_OPREGION:
		return cli_number(arg, &o->opregion_bytes);
	case OPT_VBT:
		return cli_number(arg, &o->vbt_bytes);
	case OPT_SIZE:
		return cli_number(arg, &o->dsm_bytes);
	case OPT_ASLS:
		return cli_number(arg, &o->host_asls);
	case OPT_BDSM:
		return cli_number(arg, &o->host_bdsm);
	case OPT_TAKEN:
		return take_range(q, arg);
	case OPT_TWO_TYPES:
		o->flags |= IGDPT_PLAN_TWO_TYPES;
		return true;
	case OPT_JSON:
		q->json = true;
		return true;
	case OPT_SVG:
		q->svg = true;
		return true;
	default:
		return false;
	}
}

static void plan_json(struct json *j, const struct igdpt_plan_result *r)
{
	json_begin_object(j, "plan");
	json_string(j, "asls_policy", reg_policies[r->asls_policy]);
	json_hex(j, "asls", r->asls);
	json_string(j, "bdsm_policy", reg_policies[r->bdsm_policy]);
	json_hex(j, "bdsm", r->bdsm);
	json_string(j, "gms_policy", gms_policies[r->gms_policy]);
	json_bool(j, "bridge_5c_to_c0", r->bridge == IGDPT_BRIDGE_ON);
	json_bool(j, "keep_low_bits", r->config_flags & IGDPT_PCICFG_KEEP_LOW_BITS);
	json_unsigned(j, "dsm_bytes", r->dsm_bytes);
	json_unsigned(j, "gsm_bytes", r->gsm_bytes);
	json_hex(j, "rvda", r->rvda);
	json_bool(j, "identity", r->flags & IGDPT_PLAN_IS_IDENTITY);
	json_bool(j, "publish_stolen_base", r->flags & IGDPT_PLAN_STOLEN_BASE);
	json_begin_array(j, "blocks");
	for (uint32_t i = 0; i < r->count; i++) {
		const struct igdpt_plan_block *b = &r->blocks[i];

		json_begin_object(j, NULL);
		json_string(j, "kind", kinds[b->kind]);
		if (b->flags & IGDPT_PLAN_LATER)
			json_null(j, "first");
		else
			json_hex(j, "first", b->first);
		json_unsigned(j, "bytes", b->bytes);
		json_string(j, "e820", e820_types[b->e820]);
		json_bool(j, "in_ram", b->flags & IGDPT_PLAN_IN_RAM);
		json_bool(j, "add_memory", b->flags & IGDPT_PLAN_ADD_MEMORY);
		json_bool(j, "trapped", b->flags & IGDPT_PLAN_TRAPPED);
		json_bool(j, "predicted", b->flags & IGDPT_PLAN_PREDICTED);
		json_end_object(j);
	}
	json_end_array(j);
	json_end_object(j);
}

static void plan_text(const struct igdpt_plan_result *r)
{
	for (uint32_t i = 0; i < r->count; i++) {
		const struct igdpt_plan_block *b = &r->blocks[i];

		if (b->flags & IGDPT_PLAN_LATER)
			printf("%-8s chosen by firmware, ", kinds[b->kind]);
		else
			printf("%-8s 0x%08" PRIx64 "-0x%08" PRIx64 ", ", kinds[b->kind], b->first,
				b->first + b->bytes - 1);
		printf("%" PRIu64 " KiB, e820 %s%s%s%s\n", b->bytes >> 10, e820_types[b->e820],
			b->flags & IGDPT_PLAN_ADD_MEMORY ? ", add memory" : "",
			b->flags & IGDPT_PLAN_TRAPPED ? ", trapped" : "",
			b->flags & IGDPT_PLAN_PREDICTED ? ", predicted" : "");
	}
	printf("ASLS     %s 0x%" PRIx64 "\n", reg_policies[r->asls_policy], r->asls);
	printf("BDSM     %s 0x%" PRIx64 "%s%s\n", reg_policies[r->bdsm_policy], r->bdsm,
		r->flags & IGDPT_PLAN_IS_IDENTITY ? ", identity" : "",
		r->bridge == IGDPT_BRIDGE_ON ? ", writes of 0x5c carried over if need be" : "");
	printf("GMS      %s, %" PRIu64 " MiB\n", gms_policies[r->gms_policy], r->dsm_bytes >> 20);
	if (r->rvda)
		printf("RVDA     0x%" PRIx64 "\n", r->rvda);
}

static void show_map(const struct question *q, const struct igdpt_plan_result *r, struct json *j)
{
	static struct igdpt_e820_entry map[E820_MAX];
	size_t n = E820_MAX;

	if (igdpt_plan_e820(&q->opts, r, map, &n, NULL) < 0)
		n = 0;
	if (j)
		json_begin_array(j, "e820");
	for (size_t i = 0; i < n; i++) {
		if (!j) {
			printf("e820     0x%09" PRIx64 "-0x%09" PRIx64 " %s\n", map[i].first,
				map[i].first + map[i].bytes - 1, e820_types[map[i].type]);
			continue;
		}
		json_begin_object(j, NULL);
		json_hex(j, "first", map[i].first);
		json_unsigned(j, "bytes", map[i].bytes);
		json_string(j, "type", e820_types[map[i].type]);
		json_end_object(j);
	}
	if (j)
		json_end_array(j);
}

/* What is known of the blocks that have no address yet. */
static const char *later(const struct igdpt_plan_result *r)
{
	static char note[160];
	size_t n = 0;

	for (uint32_t i = 0; i < r->count; i++) {
		const struct igdpt_plan_block *b = &r->blocks[i];

		if (b->flags & IGDPT_PLAN_LATER)
			n += (size_t)snprintf(note + n, sizeof(note) - n, "%s%s, %" PRIu64 " KiB",
				n ? "; " : "Chosen by firmware: ", kinds[b->kind], b->bytes >> 10);
	}
	return n ? note : NULL;
}

static bool draw_blocks(struct svg_map *map, const struct igdpt_plan_result *r)
{
	bool ok = true;

	for (uint32_t i = 0; i < r->count; i++) {
		const struct igdpt_plan_block *b = &r->blocks[i];
		bool table = b->kind == IGDPT_PLAN_BLOCK_OPREGION || b->kind == IGDPT_PLAN_BLOCK_VBT;
		char label[32];

		if (b->flags & IGDPT_PLAN_LATER)
			continue;
		snprintf(label, sizeof(label), "%s%s", kinds[b->kind],
			b->flags & IGDPT_PLAN_PREDICTED ? " (predicted)" : "");
		ok &= svg_add(map, 1, table ? SVG_OPREGION : SVG_STOLEN, b->first,
			b->first + b->bytes - 1, label);
	}
	return ok;
}

static bool draw_map(struct svg_map *map, const struct question *q,
	const struct igdpt_plan_result *r)
{
	static const enum svg_colour types[] = { SVG_HOLE, SVG_RAM, SVG_RESERVED, SVG_HOLE, SVG_NVS };
	static struct igdpt_e820_entry entries[E820_MAX];
	const struct igdpt_plan_opts *o = &q->opts;
	size_t n = E820_MAX;
	bool ok = igdpt_plan_e820(o, r, entries, &n, NULL) == 0;

	for (size_t i = 0; ok && i < n; i++)
		ok = svg_add(map, 0, types[entries[i].type], entries[i].first,
			entries[i].first + entries[i].bytes - 1, e820_types[entries[i].type]);
	if (o->mmio_last)
		ok &= svg_add(map, 2, SVG_HOLE, o->mmio_first, o->mmio_last, "MMIO hole");
	for (size_t i = 0; ok && i < q->set.count; i++)
		ok = svg_add(map, 2, SVG_TAKEN, q->set.ranges[i].first, q->set.ranges[i].last, "taken");
	return ok && draw_blocks(map, r);
}

static int draw(const struct question *q)
{
	struct svg_map map = { .title = "Guest memory around an IGD",
		.lanes = { "e820", "IGD", "not for RAM" } };
	struct cli_findings findings = { .file = "plan", .out = stderr };
	struct igdpt_plan_result r = { .size = sizeof(r) };
	struct igdpt_finding why = { .size = sizeof(why) };
	char note[160], title[80];

	if (igdpt_plan_make(&q->opts, &r, &why) < 0) {
		cli_show_finding(&findings, &why);
		return cli_findings_exit(&findings);
	}
	snprintf(title, sizeof(title), "Guest memory around an IGD: %s", q->platform.title);
	snprintf(note, sizeof(note), "ASLS %s, BDSM %s%s, GMS %s", reg_policies[r.asls_policy],
		reg_policies[r.bdsm_policy], r.flags & IGDPT_PLAN_IS_IDENTITY ? " (identity)" : "",
		gms_policies[r.gms_policy]);
	map.title = title;
	map.notes[0] = note;
	map.notes[1] = later(&r);
	if (!draw_map(&map, q, &r))
		return cli_error("plan: too much for a picture");
	svg_print(stdout, &map);
	igdpt_plan_check(&q->opts, &r, cli_show_finding, &findings);
	return cli_findings_exit(&findings);
}

static int answer(struct question *q)
{
	struct json j = { .out = stdout };
	struct cli_findings findings = { .json = q->json ? &j : NULL, .file = "plan" };
	struct igdpt_plan_result r = { .size = sizeof(r) };
	struct igdpt_finding why = { .size = sizeof(why) };
	bool ok = igdpt_plan_make(&q->opts, &r, &why) == 0;

	if (q->json)
		json_begin_object(&j, NULL);
	if (ok) {
		if (q->json)
			plan_json(&j, &r);
		else
			plan_text(&r);
		show_map(q, &r, findings.json);
	}
	if (q->json)
		json_begin_array(&j, "findings");
	if (ok)
		igdpt_plan_check(&q->opts, &r, cli_show_finding, &findings);
	else
		cli_show_finding(&findings, &why);
	if (q->json) {
		json_end_array(&j);
		json_end_object(&j);
	}
	return cli_findings_exit(&findings);
}

static int run(const struct command *self, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "mode", required_argument, NULL, OPT_MODE },
		{ "dsm", required_argument, NULL, OPT_DSM },
		{ "firmware", required_argument, NULL, OPT_FIRMWARE },
		{ "device", required_argument, NULL, OPT_DEVICE },
		{ "ggc", required_argument, NULL, OPT_GGC },
		{ "class", required_argument, NULL, OPT_CLASS },
		{ "low", required_argument, NULL, OPT_LOW },
		{ "high", required_argument, NULL, OPT_HIGH },
		{ "hole", required_argument, NULL, OPT_HOLE },
		{ "opregion", required_argument, NULL, OPT_OPREGION },
		{ "vbt", required_argument, NULL, OPT_VBT },
		{ "dsm-size", required_argument, NULL, OPT_SIZE },
		{ "host-asls", required_argument, NULL, OPT_ASLS },
		{ "host-bdsm", required_argument, NULL, OPT_BDSM },
		{ "taken", required_argument, NULL, OPT_TAKEN },
		{ "two-types", no_argument, NULL, OPT_TWO_TYPES },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "svg", no_argument, NULL, OPT_SVG },
		{ NULL, 0, NULL, 0 },
	};
	struct question q = { .opts = { .size = sizeof(q.opts), .low_end = UINT64_C(2) << 30,
		.opregion_bytes = IGDPT_OPREGION_BYTES } };
	int c;

	while ((c = cli_getopt(self, argc, argv, ":", longs)) != -1) {
		if (c == '?')
			return EXIT_CANNOT_RUN;
		if (!take_option(&q, c, optarg))
			return cli_bad_value(self, argv, longs, c);
	}
	if (optind != argc || !q.opts.platform)
		return optind != argc ? cli_usage(self, "plan: unexpected argument '%s'", argv[optind]) :
			cli_usage(self, "plan: name the device");
	if (!q.has_ggc && q.opts.platform->bdsm != IGDPT_BDSM_NONE &&
		q.opts.dsm_policy != IGDPT_PLAN_DSM_NONE)
		return cli_usage(self, "plan: --ggc is needed, the host's register 0x50, or --dsm none");
	if (igdpt_ranges_build(&q.set, q.taken, q.taken_count, NULL, NULL, NULL) < 0)
		return cli_error("plan: bad ranges");
	q.opts.taken = &q.set;
	if (q.json && q.svg)
		return cli_usage(self, "plan: either --json or --svg");
	return q.svg ? draw(&q) : answer(&q);
}

const struct command cmd_plan = {
	.name = "plan",
	.summary = "where OpRegion and stolen memory go in a guest",
	.usage = "usage: igdpt plan --device ID|PLATFORM --ggc GGC [OPTION...]\n"
		 "  --mode firmware|copy|trap|map   who places; default firmware\n"
		 "  --firmware unknown|seabios|uefi the guest's firmware\n"
		 "  --dsm default|relocate|prefer-identity|identity|none\n"
		 "  --low SIZE --high SIZE          RAM below and above 4 GiB; default 2G and none\n"
		 "  --hole FIRST-LAST               32-bit MMIO hole\n"
		 "  --taken FIRST-LAST              guest addresses in use; may be repeated\n"
		 "  --opregion SIZE --vbt SIZE      bytes; a separate VBT only if it has its own block\n"
		 "  --dsm-size SIZE                 stolen memory instead of GGC's\n"
		 "  --host-bdsm ADDR --host-asls ADDR --class CLASS\n"
		 "  --two-types                     the memory map knows no NVS\n"
		 "  --json | --svg                  for programs; as a picture\n",
	.run = run,
};
