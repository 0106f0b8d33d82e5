/* SPDX-License-Identifier: MIT
 *
 * igdpt rmrr: which memory does firmware claim for a device, and what does that mean for a VMM?
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "igdpt/rmrr.h"
#include "scan.h"
#include "svg.h"

#define MAX_INPUT (16u << 20)
#define MAX_GROUP 64
#define MAX_BRIDGES 64
#define IGD_ADDRESS (2u << 3) /* 0000:00:02.0 */
#define FOUR_GIB (UINT64_C(4) << 30)

static const struct {
	const char *name;
	uint32_t bit;
} sources[] = {
	{ "dmar", IGDPT_RMRR_DMAR },   { "sysfs", IGDPT_RMRR_SYSFS },
	{ "iomem", IGDPT_RMRR_IOMEM }, { "vfio", IGDPT_RMRR_VFIO },
	{ "iommufd", IGDPT_RMRR_IOMMUFD },
};

static const char *const type_names[] = {
	"", "direct", "direct-relaxable", "reserved", "msi", "unknown", "usable", "firmware", "ram",
};

static const char *const reasons[] = {
	"the source says so",
	"the device is a display (base class 03): relaxable since Linux 5.3",
	"the device is a USB controller (class 0c03): relaxable since Linux 5.3",
	"the device is an ISA bridge: first 16 MiB, for floppy drives",
	"the device is neither a display nor a USB controller",
	"interrupt window of every device",
	"it is for devices behind a bridge whose bus numbers are not known",
};

static const char *const states[] = { "unjudged", "ignored", "clear", "moved", "conflict" };

enum {
	IGD_ANSWER, IDENTITY_ANSWER, RELAXABLE_ANSWER, NONE_ANSWER, DIRECT_ANSWER, FREE_ANSWER,
	SILENT_ANSWER, BRIDGE_ANSWER, NO_IOMMU_ANSWER
};

static const char *const answers[] = {
	[IGD_ANSWER] = "This RMRR is the IGD's stolen memory, relaxable: the VMM need not and should not "
		"identity-map it, unless the plan places stolen memory at its host address.",
	[IDENTITY_ANSWER] = "This RMRR is the IGD's stolen memory, which keeps its host address: guest RAM "
		"has to leave it out, and the VMM identity-maps it.",
	[RELAXABLE_ANSWER] = "The RMRR of this display device is relaxable: the VMM need not and should "
		"not identity-map it.",
	[NONE_ANSWER] = "No RMRR names this display device: there is nothing that a VMM could "
		"identity-map.",
	[DIRECT_ANSWER] = "The group has an RMRR that is not relaxable: Linux does not assign a device of "
		"it, and no identity map by the VMM changes that.",
	[FREE_ANSWER] = "No region of this group stands in the way of an assignment: the VMM need not "
		"identity-map anything.",
	[SILENT_ANSWER] = "These sources name no device: only the DMAR table or the group's "
		"reserved_regions tell whether it can be attached.",
	[BRIDGE_ANSWER] = "An RMRR is for devices behind a bridge, and without the bridge's bus numbers "
		"nobody can tell whether this device is one of them.",
	[NO_IOMMU_ANSWER] = "With this table Linux uses no IOMMU, and then no device can be assigned.",
};

/* `blocked` of struct igdpt_rmrr_attach, and one more, in words. */
enum { ALLOWED, REFUSED, UNTOLD, NO_IOMMU };

static const char *const attach_words[] = { "allowed", "refused", "not told",
	"impossible without an IOMMU" };

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
	const char *files[5]; /* as sources[] */
	uint32_t kernel, device_id, ggc;
	uint64_t bdsm;
	bool all, has_registers, has_ram, json, svg;
	struct igdpt_rmrr_resolve_opts resolve;
	struct growing in, out;
	struct igdpt_finding no_iommu; /* why Linux uses no remapping unit with the table */
	struct igdpt_range *work;
	struct cli_findings findings;
};

static void print_address(char *text, size_t room, uint32_t address)
{
	if (address == IGDPT_RMRR_NO_ADDRESS)
		snprintf(text, room, "unknown");
	else
		snprintf(text, room, "%04x:%02x:%02x.%x", address >> 16, address >> 8 & 0xff,
			address >> 3 & 0x1f, address & 7);
}

/* "0000:00:02.0" or "00:02.0" */
static bool parse_address(const char *text, size_t len, uint32_t *address)
{
	unsigned segment = 0, bus, device, function;
	char copy[16];
	int end = 0;

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (sscanf(copy, "%4x:%2x:%2x.%1x%n", &segment, &bus, &device, &function, &end) != 4 ||
		copy[end]) {
		segment = 0;
		if (sscanf(copy, "%2x:%2x.%1x%n", &bus, &device, &function, &end) != 3 || copy[end])
			return false;
	}
	*address = segment << 16 | bus << 8 | device << 3 | function;
	return device < 32 && function < 8;
}

static bool parse_u32(const char *text, uint32_t max, uint32_t *value)
{
	uint64_t v;

	if (!cli_number(text, &v) || v > max)
		return false;
	*value = (uint32_t)v;
	return true;
}

/* "0000:00:02.1=0x038000" */
static bool parse_mate(struct query *q, const char *text)
{
	const char *equals = strchr(text, '=');
	struct igdpt_rmrr_device *mate = &q->group[q->group_count];

	if (!equals || q->group_count == MAX_GROUP)
		return false;
	q->group_count++;
	return parse_address(text, (size_t)(equals - text), &mate->address) &&
		parse_u32(equals + 1, 0xffffff, &mate->class_code);
}

/* "00:1c.0=02", "0000:00:1c.0=02-04": bus numbers in hex, as in addresses */
static bool parse_bridge(struct query *q, const char *text)
{
	const char *equals = strchr(text, '=');
	struct bridge *b = &q->bridges[q->bridge_count];
	unsigned first, last;
	int end = 0, more = 0;

	if (!equals || q->bridge_count == MAX_BRIDGES ||
		sscanf(equals + 1, "%2x%n-%2x%n", &first, &end, &last, &more) < 1)
		return false;
	if (!more)
		last = first;
	b->buses = (int)(first | last << 8);
	q->bridge_count++;
	return !equals[1 + (more ? more : end)] && first && first <= last &&
		parse_address(text, (size_t)(equals - text), &b->address);
}

static int find_bridge(void *user, uint32_t address)
{
	const struct query *q = user;

	for (size_t i = 0; i < q->bridge_count; i++) {
		if (q->bridges[i].address == address)
			return q->bridges[i].buses;
	}
	return -1;
}

/* "6.12", "6.12.95-generic" */
static bool parse_kernel(const char *text, uint32_t *kernel)
{
	unsigned major, minor;

	if (sscanf(text, "%3u.%3u", &major, &minor) != 2 || major > 255 || minor > 255)
		return false;
	*kernel = major << 8 | minor;
	return true;
}

/* "LOW" or "LOW,HIGH": bytes from 0 and from 4 GiB on. */
static bool parse_ram(struct query *q, const char *text)
{
	const char *comma = strchr(text, ',');
	char low[32] = "";
	uint64_t high = 0;

	if (comma && (size_t)(comma - text) < sizeof(low))
		memcpy(low, text, (size_t)(comma - text));
	if (!cli_number(comma ? low : text, &q->resolve.low_end) || (comma && !cli_number(comma + 1, &high)))
		return false;
	if (high > UINT64_MAX - FOUR_GIB)
		return false;
	q->resolve.high_end = high ? FOUR_GIB + high : 0;
	q->has_ram = true;
	return true;
}

static bool parse_policy(const char *text, uint32_t *policy)
{
	static const char *const names[] = { "relaxed", "strict", "ignore" };

	for (uint32_t i = 0; i < 3; i++) {
		if (strcmp(text, names[i]) == 0)
			*policy = i + 1;
	}
	return *policy != 0;
}

enum {
	OPT_SOURCE = 0, /* plus an index of sources[] */
	OPT_ALL = 16, OPT_BDSM, OPT_BOUNDARY, OPT_BRIDGE, OPT_CARVE, OPT_CLASS, OPT_DEVICE,
	OPT_DEVICE_ID, OPT_GGC, OPT_IDENTITY, OPT_JSON, OPT_KERNEL, OPT_MATE, OPT_POLICY, OPT_RAM,
	OPT_SVG
};

static const struct option options[] = {
	{ "dmar", required_argument, NULL, OPT_SOURCE },
	{ "reserved-regions", required_argument, NULL, OPT_SOURCE + 1 },
	{ "iomem", required_argument, NULL, OPT_SOURCE + 2 },
	{ "vfio", required_argument, NULL, OPT_SOURCE + 3 },
	{ "iommufd", required_argument, NULL, OPT_SOURCE + 4 },
	{ "all", no_argument, NULL, OPT_ALL },
	{ "bdsm", required_argument, NULL, OPT_BDSM },
	{ "boundary", required_argument, NULL, OPT_BOUNDARY },
	{ "bridge", required_argument, NULL, OPT_BRIDGE },
	{ "carve", no_argument, NULL, OPT_CARVE },
	{ "class", required_argument, NULL, OPT_CLASS },
	{ "device", required_argument, NULL, OPT_DEVICE },
	{ "device-id", required_argument, NULL, OPT_DEVICE_ID },
	{ "ggc", required_argument, NULL, OPT_GGC },
	{ "identity", no_argument, NULL, OPT_IDENTITY },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "kernel", required_argument, NULL, OPT_KERNEL },
	{ "mate", required_argument, NULL, OPT_MATE },
	{ "policy", required_argument, NULL, OPT_POLICY },
	{ "ram", required_argument, NULL, OPT_RAM },
	{ "svg", no_argument, NULL, OPT_SVG },
	{ NULL, 0, NULL, 0 },
};

static bool take_flag(struct query *q, int option)
{
	if (option == OPT_ALL)
		q->all = true;
	else if (option == OPT_JSON)
		q->json = true;
	else if (option == OPT_SVG)
		q->svg = true;
	else if (option == OPT_IDENTITY)
		q->resolve.flags |= IGDPT_RMRR_IDENTITY;
	else if (option == OPT_CARVE)
		q->resolve.flags |= IGDPT_RMRR_CARVE;
	else
		return false;
	return true;
}

static bool take_option(struct query *q, int option)
{
	if (option < (int)(sizeof(q->files) / sizeof(q->files[0]))) {
		q->files[option] = optarg;
		return true;
	}
	switch (option) {
	case OPT_BDSM:
		return cli_number(optarg, &q->bdsm);
	case OPT_BOUNDARY:
		return cli_number(optarg, &q->resolve.boundary);
	case OPT_BRIDGE:
		return parse_bridge(q, optarg);
	case OPT_CLASS:
		return parse_u32(optarg, 0xffffff, &q->group[0].class_code);
	case OPT_DEVICE:
		return parse_address(optarg, strlen(optarg), &q->group[0].address);
	case OPT_DEVICE_ID:
		return parse_u32(optarg, UINT16_MAX, &q->device_id);
	case OPT_GGC:
		q->has_registers = true;
		return parse_u32(optarg, UINT16_MAX, &q->ggc);
	case OPT_KERNEL:
		return parse_kernel(optarg, &q->kernel);
	case OPT_MATE:
		return parse_mate(q, optarg);
	case OPT_POLICY:
		return parse_policy(optarg, &q->resolve.policy);
	case OPT_RAM:
		return parse_ram(q, optarg);
	default:
		return take_flag(q, option);
	}
}

static bool grow(struct growing *g, size_t n)
{
	struct igdpt_rmrr_region *more = realloc(g->regions, (g->count + n + 1) * sizeof(*more));

	if (more)
		g->regions = more;
	return more != NULL;
}

/* By drivers/iommu/intel/dmar.c such a table leaves the host without an IOMMU. */
static void take_no_iommu(void *user, const struct igdpt_finding *f)
{
	struct query *q = user;

	if (f->id == IGDPT_F_DMAR_WIDTH || f->id == IGDPT_F_DMAR_NO_DRHD ||
		f->id == IGDPT_F_DMAR_DRHD_BASE)
		q->no_iommu = *f;
}

static int predict(struct query *q, const void *data, size_t len, struct igdpt_rmrr_region *regions,
	size_t *n, struct igdpt_finding *why)
{
	struct igdpt_rmrr_predict_opts opts = { .size = sizeof(opts), .devices = q->group,
		.device_count = q->group_count, .flags = q->all ? IGDPT_RMRR_ALL_DEVICES : 0,
		.bridge = find_bridge, .user = q };
	struct igdpt_dmar dmar;
	int rc = igdpt_dmar_init(&dmar, data, len, why);

	if (rc < 0)
		return rc;
	igdpt_dmar_validate(&dmar, NULL, take_no_iommu, q);
	return igdpt_rmrr_predict(&dmar, &opts, regions, n, why);
}

static int read_one(struct query *q, uint32_t source, const void *data, size_t len,
	struct igdpt_rmrr_region *regions, size_t *n, struct igdpt_finding *why)
{
	if (source == IGDPT_RMRR_DMAR)
		return predict(q, data, len, regions, n, why);
	return igdpt_rmrr_parse(source, data, len, regions, n, why);
}

/* EXIT_FINE, or what went wrong. */
static int read_source(struct query *q, size_t i)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	char message[400];
	uint8_t *data;
	size_t len, n = 0;
	int rc;

	if (!q->files[i])
		return EXIT_FINE;
	if (!cli_read_file(q->files[i], MAX_INPUT, &data, &len))
		return EXIT_CANNOT_RUN;
	if (!len) {
		free(data);
		return cli_error("%s: this is %s", q->files[i], cli_looks_like(NULL, 0));
	}
	rc = read_one(q, sources[i].bit, data, len, NULL, &n, &why);
	if (rc == -IGDPT_E_NOSPACE && grow(&q->in, n))
		rc = read_one(q, sources[i].bit, data, len, q->in.regions + q->in.count, &n, &why);
	free(data);
	if (rc == -IGDPT_E_NOSPACE)
		return cli_error("%s: out of memory", q->files[i]);
	if (rc == 0) {
		q->in.count += n;
		return EXIT_FINE;
	}
	igdpt_finding_format(&why, message, sizeof(message));
	cli_error("%s: at 0x%" PRIx64 ": %s", q->files[i], why.offset, message);
	return EXIT_ERRORS;
}

static bool merge(struct query *q)
{
	size_t n = q->in.count;

	q->work = calloc(n + 1, sizeof(*q->work));
	if (!q->work || !grow(&q->out, n))
		return false;
	q->out.count = n;
	return igdpt_rmrr_merge(q->in.regions, n, q->work, q->out.regions, &q->out.count,
		cli_show_finding, &q->findings) >= 0;
}

static void tell_region(struct query *q, uint32_t id, int error, const struct igdpt_rmrr_region *r)
{
	const struct igdpt_finding f = { sizeof(f), id, IGDPT_SEV_WARNING, error, r->offset, r->first,
		r->last };

	cli_show_finding(&q->findings, &f);
}

/* That there is no IOMMU, and what is for devices behind bridges that nobody named. */
static void tell_doubts(struct query *q)
{
	if (q->no_iommu.id)
		cli_show_finding(&q->findings, &q->no_iommu);
	for (size_t i = 0; i < q->out.count; i++) {
		if (q->out.regions[i].reason == IGDPT_RMRR_BY_BRIDGE)
			tell_region(q, IGDPT_F_RMRR_BRIDGE, -IGDPT_E_NOTFOUND, &q->out.regions[i]);
	}
}

static bool is_igd(const struct query *q)
{
	return q->group[0].address == IGD_ADDRESS;
}

/* The region of the device itself that a display has; the IGD's is its stolen memory. */
static const struct igdpt_rmrr_region *find_relaxable(const struct query *q)
{
	for (size_t i = 0; i < q->out.count; i++) {
		const struct igdpt_rmrr_region *r = &q->out.regions[i];

		if (r->type == IGDPT_RMRR_RELAXABLE && (r->address == q->group[0].address ||
			(r->address == IGDPT_RMRR_NO_ADDRESS && q->group_count == 1)))
			return r;
	}
	return NULL;
}

static void check_stolen(struct query *q)
{
	const struct igdpt_rmrr_region *r = find_relaxable(q);
	struct igdpt_range range = { r ? r->first : 0, r ? r->last : 0 };
	struct igdpt_platform platform = { .size = sizeof(platform) };

	if (q->has_registers && igdpt_platform_find(q->device_id, &platform) == 0)
		igdpt_rmrr_check_stolen(&platform, q->ggc, q->bdsm, r ? &range : NULL, cli_show_finding,
			&q->findings);
}

/* The DMAR table and the group's reserved_regions say whose a region is. */
static bool names_devices(const struct query *q)
{
	return q->files[0] || q->files[1];
}

/* A group with reserved_regions has an IOMMU, whatever the table is. */
static unsigned verdict(const struct query *q, const struct igdpt_rmrr_attach *attach)
{
	if (!names_devices(q))
		return UNTOLD;
	return q->no_iommu.id && !q->files[1] ? NO_IOMMU : attach->blocked;
}

static const char *answer(const struct query *q, const struct igdpt_rmrr_attach *attach)
{
	static const uint8_t of_verdict[] = { [REFUSED] = DIRECT_ANSWER, [UNTOLD] = BRIDGE_ANSWER,
		[NO_IOMMU] = NO_IOMMU_ANSWER };
	bool display = q->group[0].class_code >> 16 == 3;
	unsigned v = verdict(q, attach);

	if (!names_devices(q))
		return answers[SILENT_ANSWER];
	if (v != ALLOWED)
		return answers[of_verdict[v]];
	if (!display)
		return answers[FREE_ANSWER];
	if (!find_relaxable(q))
		return answers[NONE_ANSWER];
	if (!is_igd(q))
		return answers[RELAXABLE_ANSWER];
	return answers[q->resolve.flags & IGDPT_RMRR_IDENTITY ? IDENTITY_ANSWER : IGD_ANSWER];
}

static void show_regions(const struct query *q, struct json *j)
{
	char address[16];

	if (j)
		json_begin_array(j, "regions");
	for (size_t i = 0; i < q->out.count; i++) {
		const struct igdpt_rmrr_region *r = &q->out.regions[i];

		print_address(address, sizeof(address), r->address);
		if (!j) {
			printf("  0x%" PRIx64 "-0x%" PRIx64 " %s", r->first, r->last, type_names[r->type]);
			if (r->address != IGDPT_RMRR_NO_ADDRESS)
				printf(" for %s", address);
			printf(" (");
			for (size_t s = 0, comma = 0; s < 5; s++) {
				if (r->sources & sources[s].bit)
					printf("%s%s", comma++ ? ", " : "", sources[s].name);
			}
			printf(")\n    %s\n", reasons[r->reason]);
			continue;
		}
		json_begin_object(j, NULL);
		json_hex(j, "first", r->first);
		json_hex(j, "last", r->last);
		json_string(j, "type", type_names[r->type]);
		json_string(j, "device", address);
		json_bool(j, "relaxable", r->type == IGDPT_RMRR_RELAXABLE);
		json_string(j, "reason", reasons[r->reason]);
		json_begin_array(j, "sources");
		for (size_t s = 0; s < 5; s++) {
			if (r->sources & sources[s].bit)
				json_string(j, NULL, sources[s].name);
		}
		json_end_array(j);
		if (q->has_ram)
			json_string(j, "state", states[r->state]);
		json_end_object(j);
	}
	if (j)
		json_end_array(j);
}

static void show_attach(const struct query *q, const struct igdpt_rmrr_attach *a, struct json *j)
{
	const char *error = a->error == 1 ? "EPERM" : "EINVAL";
	char address[16], own[16];
	unsigned v = verdict(q, a);
	bool mate = v == REFUSED && a->address != q->group[0].address &&
		a->address != IGDPT_RMRR_NO_ADDRESS;

	print_address(address, sizeof(address), a->address);
	print_address(own, sizeof(own), q->group[0].address);
	if (!j) {
		printf("Attach on Linux %u.%u: ", q->kernel >> 8, q->kernel & 0xff);
		if (v != REFUSED) {
			puts(attach_words[v]);
			return;
		}
		printf("refused, %s fails with %s; the log says\n"
			"    vfio-pci %s: %s\n", a->ioctl, error, address, a->message);
		if (mate)
			printf("  The cause is %s, a group mate of %s.\n", address, own);
		return;
	}
	json_begin_object(j, "attach");
	if (v == UNTOLD)
		json_null(j, "allowed");
	else
		json_bool(j, "allowed", v == ALLOWED);
	if (v == REFUSED) {
		json_unsigned(j, "errno", a->error);
		json_string(j, "errno_name", error);
		json_string(j, "ioctl", a->ioctl);
		json_string(j, "message", a->message);
		json_string(j, "device", address);
		json_bool(j, "group_mate", mate);
		json_hex(j, "first", a->first);
		json_hex(j, "last", a->last);
	}
	json_end_object(j);
}

static void show_map(const struct igdpt_rmrr_region *map, size_t n, struct json *j)
{
	if (j)
		json_begin_array(j, "e820");
	for (size_t i = 0; i < n; i++) {
		bool ram = map[i].type == IGDPT_RMRR_RAM;

		if (!j) {
			printf("  0x%" PRIx64 "-0x%" PRIx64 " %s\n", map[i].first, map[i].last,
				ram ? "RAM" : "reserved");
			continue;
		}
		json_begin_object(j, NULL);
		json_hex(j, "first", map[i].first);
		json_hex(j, "last", map[i].last);
		json_unsigned(j, "type", ram ? 1 : 2);
		json_end_object(j);
	}
	if (j)
		json_end_array(j);
}

static void show_layout(const struct igdpt_rmrr_layout *l, const struct igdpt_rmrr_region *map,
	size_t n, struct json *j)
{
	if (j) {
		json_begin_object(j, "layout");
		json_hex(j, "low_end", l->low_end);
		json_hex(j, "high_end", l->high_end);
		json_hex(j, "moved", l->moved);
		json_unsigned(j, "conflicts", l->conflicts);
	} else {
		printf("Guest RAM: low to 0x%" PRIx64 ", high to 0x%" PRIx64 ", 0x%" PRIx64
			" bytes gave way, %u conflict%s\n", l->low_end, l->high_end, l->moved,
			l->conflicts, cli_plural(l->conflicts));
	}
	show_map(map, n, j);
	if (j)
		json_end_object(j);
}

/* Layout and states; the map is free()d by the caller. */
static int resolve(struct query *q, struct igdpt_rmrr_layout *layout,
	struct igdpt_rmrr_region **map, size_t *n, struct igdpt_finding *why)
{
	*n = 2 * q->out.count + 2;
	*map = calloc(*n, sizeof(**map));
	if (!*map) {
		why->id = IGDPT_F_NO_MEMORY;
		why->value = *n * sizeof(**map);
		*n = 0;
		return -IGDPT_E_NOMEM;
	}
	q->resolve.size = sizeof(q->resolve);
	q->resolve.work = q->work;
	return igdpt_rmrr_resolve(&q->resolve, q->out.regions, q->out.count, layout, *map, n, why);
}

static void tell_conflicts(struct query *q)
{
	for (size_t i = 0; i < q->out.count; i++) {
		if (q->out.regions[i].state == IGDPT_RMRR_CONFLICT)
			tell_region(q, IGDPT_F_RMRR_IN_RAM, -IGDPT_E_OVERLAP, &q->out.regions[i]);
	}
}

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
	print_address(address, sizeof(address), r->address);
	n = snprintf(label, sizeof(label), "%s", type_names[r->type]);
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

	for (size_t i = 0; i < 5; i++) {
		const char *path = q->files[i], *slash = path ? strrchr(path, '/') : NULL;

		if (path && n < room)
			n += (size_t)snprintf(note + n, room - n, "%s%s %s", n ? "; " : "From ",
				sources[i].name, slash ? slash + 1 : path);
	}
}

static int draw(const struct query *q, const struct igdpt_rmrr_attach *attach,
	const struct igdpt_rmrr_region *guest, size_t n)
{
	struct svg_map map = { .lanes = { "reserved for devices", "host memory",
		"usable for I/O", "guest memory" } };
	char title[64], note[200] = "", own[16], kernel[48];

	print_address(own, sizeof(own), q->group[0].address);
	snprintf(title, sizeof(title), "Reserved memory around %s", own);
	snprintf(kernel, sizeof(kernel), "Attach on Linux %u.%u: %s", q->kernel >> 8, q->kernel & 0xff,
		attach_words[verdict(q, attach)]);
	name_sources(q, note, sizeof(note));
	map.title = title;
	map.notes[0] = kernel;
	map.notes[1] = note[0] ? note : NULL;
	if (!draw_regions(q, &map, guest, n))
		return cli_error("rmrr query: too many regions for a picture");
	svg_print(stdout, &map);
	return EXIT_FINE;
}

static void tell(const struct query *q, const struct igdpt_rmrr_attach *attach,
	const struct igdpt_rmrr_layout *layout, const struct igdpt_rmrr_region *map, size_t n,
	struct json *j)
{
	char own[16];

	print_address(own, sizeof(own), q->group[0].address);
	if (j)
		json_string(j, "device", own);
	else
		printf("Device %s, class 0x%06x\n", own, q->group[0].class_code);
	show_regions(q, j);
	if (names_devices(q))
		show_attach(q, attach, j);
	if (q->has_ram)
		show_layout(layout, map, n, j);
	if (j)
		json_string(j, "answer", answer(q, attach));
	else
		printf("%s\n", answer(q, attach));
}

static int show(struct query *q, struct json *j)
{
	struct igdpt_rmrr_attach attach = { .size = sizeof(attach) };
	struct igdpt_rmrr_layout layout = { .size = sizeof(layout) };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_rmrr_region *map = NULL;
	char message[300];
	size_t n = 0;
	int rc = igdpt_rmrr_predict_attach(q->out.regions, q->out.count, q->kernel, &attach, &why);

	if (rc == 0 && q->has_ram)
		rc = resolve(q, &layout, &map, &n, &why);
	if (rc == -IGDPT_E_OVERLAP)
		cli_show_finding(&q->findings, &why);
	tell_conflicts(q);
	if (j)
		json_end_array(j);
	if (rc < 0 && rc != -IGDPT_E_OVERLAP) {
		igdpt_finding_format(&why, message, sizeof(message));
		rc = cli_error("rmrr query: %s", message);
	} else if (q->svg) {
		rc = draw(q, &attach, map, n);
	} else {
		tell(q, &attach, &layout, map, n, j);
		rc = EXIT_FINE;
	}
	free(map);
	return rc;
}

static int query(struct query *q)
{
	struct json json = { .out = stdout }, *j = q->json ? &json : NULL;
	int rc = EXIT_FINE;

	for (size_t i = 0; i < 5 && rc == EXIT_FINE; i++)
		rc = read_source(q, i);
	if (rc != EXIT_FINE)
		return rc;
	q->findings.json = j;
	q->findings.out = q->svg ? stderr : stdout;
	q->findings.file = "rmrr";
	if (j) {
		json_begin_object(j, NULL);
		json_begin_array(j, "findings");
	}
	if (!merge(q))
		return cli_error("out of memory");
	tell_doubts(q);
	check_stolen(q);
	rc = show(q, j);
	if (j)
		json_end_object(j);
	return rc == EXIT_FINE ? cli_findings_exit(&q->findings) : rc;
}

static bool has_source(const struct query *q)
{
	for (size_t i = 0; i < sizeof(q->files) / sizeof(q->files[0]); i++) {
		if (q->files[i])
			return true;
	}
	return false;
}

static int run_rmrr(const struct command *self, int argc, char **argv)
{
	struct query q = { .group = { { IGD_ADDRESS, 0x030000 } }, .group_count = 1, .kernel = 0x060c };
	int option, rc;

	if (argc < 2 || strcmp(argv[1], "query") != 0)
		return cli_usage(self, "rmrr: what shall be done?");
	while ((option = getopt_long(argc - 1, argv + 1, "", options, NULL)) != -1) {
		if (option == '?')
			return cli_usage(self, "rmrr query: unknown option, or one without its value");
		if (!take_option(&q, option))
			return cli_usage(self, "rmrr query: bad value '%s'", optarg);
	}
	if (optind != argc - 1)
		return cli_usage(self, "rmrr query: takes options only");
	if (q.json && q.svg)
		return cli_usage(self, "rmrr query: either --json or --svg");
	if (q.has_registers && !is_igd(&q))
		return cli_usage(self, "rmrr query: --ggc is for the IGD, 0000:00:02.0");
	if (!has_source(&q))
		return cli_usage(self, "rmrr query: name a source, e.g. --dmar FILE");
	rc = query(&q);
	free(q.in.regions);
	free(q.out.regions);
	free(q.work);
	return rc;
}

const struct command cmd_rmrr = {
	.name = "rmrr",
	.summary = "the memory that firmware claims for a device, and what follows",
	.usage = "usage: igdpt rmrr query [OPTION...]\n\n"
		 "What is known:\n"
		 "  --dmar FILE              ACPI table, e.g. /sys/firmware/acpi/tables/DMAR\n"
		 "  --reserved-regions FILE  of the device's group in /sys/kernel/iommu_groups\n"
		 "  --iomem FILE             /proc/iomem, read as root\n"
		 "  --vfio FILE              bytes of VFIO's IOVA range capability\n"
		 "  --iommufd FILE           bytes of iommufd's IOVA ranges\n"
		 "About whom:\n"
		 "  --device ADDRESS         (default: 0000:00:02.0)\n"
		 "  --class N                its class code (default: 0x030000)\n"
		 "  --mate ADDRESS=CLASS     another device of its iommu group; may be repeated\n"
		 "  --bridge ADDRESS=FIRST[-LAST]\n"
		 "                           bus numbers behind a bridge, e.g. 00:1c.0=02-04\n"
		 "  --all                    every RMRR of the table\n"
		 "  --kernel X.Y             Linux of the host (default: 6.12)\n"
		 "  --device-id N --ggc N --bdsm N\n"
		 "                           compare the IGD's RMRR with its stolen memory\n"
		 "What guest RAM has to give way:\n"
		 "  --ram LOW[,HIGH]         bytes from 0 and from 4 GiB on, e.g. 3G,5G\n"
		 "  --policy P               relaxed (default), strict or ignore\n"
		 "  --boundary ADDRESS       RAM is not lowered below it (default: 2G)\n"
		 "  --identity               stolen memory keeps its host address\n"
		 "  --carve                  cut regions out of RAM instead of lowering its end\n"
		 "  --json | --svg           for programs; as a picture\n",
	.run = run_rmrr,
};

/* ---- scan ---- */

/* The first line that is not blank decides; a flash image may have none. */
#define SCAN_HEAD 4096u

static bool scan_is(uint32_t source, const uint8_t *data, size_t len)
{
	const uint8_t *end;
	size_t count = 0;

	len = len < SCAN_HEAD ? len : SCAN_HEAD;
	for (; len && memchr(" \t\r\n", *data, 4); len--)
		data++;
	end = memchr(data, '\n', len);
	if (end)
		len = (size_t)(end - data);
	return len && igdpt_rmrr_parse(source, data, len, NULL, &count, NULL) != -IGDPT_E_SYNTAX;
}

static bool scan_is_iomem(const uint8_t *data, size_t len)
{
	return scan_is(IGDPT_RMRR_IOMEM, data, len);
}

static bool scan_is_sysfs(const uint8_t *data, size_t len)
{
	return scan_is(IGDPT_RMRR_SYSFS, data, len);
}

/* How many regions there are; what they mean together is what `igdpt rmrr query` tells. */
static void scan_text(uint32_t source, const struct scan_input *in, struct json *j,
	struct cli_findings *findings)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	size_t count = 0;
	int rc = igdpt_rmrr_parse(source, in->data, in->len, NULL, &count, &why);

	if (j) {
		json_unsigned(j, "regions", count);
		json_begin_array(j, "findings");
	}
	if (rc < 0 && rc != -IGDPT_E_NOSPACE)
		cli_show_finding(findings, &why);
	if (j)
		json_end_array(j);
}

static void scan_iomem_text(const struct scan_input *in, struct json *j, struct cli_findings *findings)
{
	scan_text(IGDPT_RMRR_IOMEM, in, j, findings);
}

static void scan_sysfs_text(const struct scan_input *in, struct json *j, struct cli_findings *findings)
{
	scan_text(IGDPT_RMRR_SYSFS, in, j, findings);
}

const struct scan_kind scan_iomem = { "iomem", scan_is_iomem, scan_iomem_text };
const struct scan_kind scan_sysfs = { "reserved-regions", scan_is_sysfs, scan_sysfs_text };
