/* SPDX-License-Identifier: MIT
 *
 * What may stand behind `igdpt rmrr query`.
 */
#include "rmrr.h"

#include <ctype.h>
#include <string.h>

#define FOUR_GIB (UINT64_C(4) << 30)

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
	return cli_address(text, (size_t)(equals - text), &mate->address) &&
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
		!isxdigit((unsigned char)equals[1]) ||
		sscanf(equals + 1, "%2x%n-%2x%n", &first, &end, &last, &more) < 1)
		return false;
	if (!more)
		last = first;
	b->buses = (int)(first | last << 8);
	q->bridge_count++;
	return !equals[1 + (more ? more : end)] && first && first <= last &&
		cli_address(text, (size_t)(equals - text), &b->address);
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
		if (strcmp(text, names[i]) != 0)
			continue;
		*policy = i + 1;
		return true;
	}
	return false;
}

enum {
	OPT_SOURCE = 0, /* plus an index of rmrr_sources[] */
	OPT_ALL = 16, OPT_BDSM, OPT_BOUNDARY, OPT_BRIDGE, OPT_CARVE, OPT_CLASS, OPT_DEVICE,
	OPT_DEVICE_ID, OPT_GGC, OPT_IDENTITY, OPT_JSON, OPT_KERNEL, OPT_MATE, OPT_POLICY, OPT_RAM,
	OPT_SVG
};

const struct option rmrr_options[] = {
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

bool rmrr_take_option(struct query *q, int option)
{
	if (option < RMRR_SOURCES) {
		q->files[option] = optarg;
		return true;
	}
	switch (option) {
	case OPT_BDSM:
		q->has_bdsm = true;
		return cli_number(optarg, &q->bdsm);
	case OPT_BOUNDARY:
		return cli_number(optarg, &q->resolve.boundary);
	case OPT_BRIDGE:
		return parse_bridge(q, optarg);
	case OPT_CLASS:
		return parse_u32(optarg, 0xffffff, &q->group[0].class_code);
	case OPT_DEVICE:
		return cli_address(optarg, strlen(optarg), &q->group[0].address);
	case OPT_DEVICE_ID:
		return cli_device_id(optarg, &q->device_id);
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
