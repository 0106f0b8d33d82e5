/* SPDX-License-Identifier: MIT
 *
 * igdpt rmrr: which memory does firmware claim for a device, and what does that mean for a VMM?
 */
#include "rmrr.h"

#include <stdlib.h>
#include <string.h>

#include "scan.h"

#define MAX_INPUT (16u << 20)

static int find_bridge(void *user, uint32_t address)
{
	const struct query *q = user;

	for (size_t i = 0; i < q->bridge_count; i++) {
		if (q->bridges[i].address == address)
			return q->bridges[i].buses;
	}
	return -1;
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
	rc = read_one(q, rmrr_sources[i].bit, data, len, NULL, &n, &why);
	if (rc == -IGDPT_E_NOSPACE && grow(&q->in, n))
		rc = read_one(q, rmrr_sources[i].bit, data, len, q->in.regions + q->in.count, &n, &why);
	free(data);
	if (rc == -IGDPT_E_NOSPACE)
		return cli_error("%s: out of memory", q->files[i]);
	if (rc == 0) {
		q->in.count += n;
		return EXIT_FINE;
	}
	return cli_refused(q->files[i], &why);
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

bool rmrr_is_igd(const struct query *q)
{
	return q->group[0].address == IGD_ADDRESS;
}

const struct igdpt_rmrr_region *rmrr_find_relaxable(const struct query *q)
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
	const struct igdpt_rmrr_region *r = rmrr_find_relaxable(q);
	struct igdpt_range range = { r ? r->first : 0, r ? r->last : 0 };

	if (q->has_registers)
		igdpt_rmrr_check_stolen(&q->platform, q->ggc, q->bdsm, r ? &range : NULL, cli_show_finding,
			&q->findings);
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
		rc = rmrr_draw(q, &attach, map, n);
	} else {
		rmrr_tell(q, &attach, &layout, map, n, j);
		rc = EXIT_FINE;
	}
	free(map);
	return rc;
}

static int query(struct query *q)
{
	struct json json = { .out = stdout }, *j = q->json ? &json : NULL;
	int rc = EXIT_FINE;

	for (size_t i = 0; i < RMRR_SOURCES && rc == EXIT_FINE; i++)
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
	for (size_t i = 0; i < RMRR_SOURCES; i++) {
		if (q->files[i])
			return true;
	}
	return false;
}

/* What the registers mean is known only with the device, and the other way round. */
static int take_platform(const struct command *self, struct query *q)
{
	if (!q->has_registers && !q->device_id && !q->has_bdsm)
		return EXIT_FINE;
	q->platform.size = sizeof(q->platform);
	if (q->device_id && igdpt_platform_find(q->device_id, &q->platform) < 0)
		return cli_error("rmrr query: 8086:%04" PRIx32 " is no known Intel GPU", q->device_id);
	if (!q->has_registers || !q->device_id || (!q->has_bdsm && q->platform.bdsm != IGDPT_BDSM_NONE))
		return cli_usage(self, "rmrr query: --device-id, --ggc and --bdsm go together");
	return EXIT_FINE;
}

static int run_rmrr(const struct command *self, int argc, char **argv)
{
	struct query q = { .group = { { IGD_ADDRESS, 0x030000 } }, .group_count = 1, .kernel = 0x060c };
	int option, rc;

	if (argc < 2 || strcmp(argv[1], "query") != 0)
		return cli_usage(self, "rmrr: say query");
	while ((option = cli_getopt(self, argc - 1, argv + 1, ":", rmrr_options)) != -1) {
		if (option == '?')
			return EXIT_CANNOT_RUN;
		if (!rmrr_take_option(&q, option))
			return cli_bad_value(self, argv + 1, rmrr_options, option);
	}
	if (optind != argc - 1)
		return cli_usage(self, "rmrr query: takes options only");
	if (q.json && q.svg)
		return cli_usage(self, "rmrr query: either --json or --svg");
	if (q.has_registers && !rmrr_is_igd(&q))
		return cli_usage(self, "rmrr query: --ggc is for the IGD, 0000:00:02.0");
	rc = take_platform(self, &q);
	if (rc != EXIT_FINE)
		return rc;
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
		 "  --device-id ID --ggc N --bdsm N\n"
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
