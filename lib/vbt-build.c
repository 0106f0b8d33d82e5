/* SPDX-License-Identifier: MIT */
#include "igdpt/vbt.h"

#include "igdpt/platform.h"

#include "bytes.h"
#include "internal.h"
#include "vbt-layout.h"

#define MAX_PORTS 16u
#define DEFAULT_BDB_VERSION 177u
#define LVDS_CONFIG_EDP (3u << 11)
#define DEVICE_TYPE_EDP_BITS 0x1006u

/* What the firmware of a generation ships; the middle of what real tables show. */
static const struct {
	uint16_t gen;
	uint16_t version;
} versions[] = {
	{ 3000, 261 }, { 2004, 258 }, { 1270, 256 }, { 1200, 251 }, { 1100, 228 }, { 1000, 216 },
	{ 900, 209 }, { 800, 189 }, { 750, 177 }, { 700, 170 }, { 600, 161 }, { 500, 155 },
	{ 450, 142 }, { 0, 129 },
};

static const struct igdpt_vbt_port default_ports[] = {
	{ .handle = 0x04, .device_type = 0x60d6, .dvo_port = 7, .ddc_pin = 5, .aux_channel = 0x10 },
	{ .handle = 0x40, .device_type = 0x60d6, .dvo_port = 8, .ddc_pin = 4, .aux_channel = 0x20 },
	{ .handle = 0x20, .device_type = 0x60d6, .dvo_port = 9, .ddc_pin = 6, .aux_channel = 0x30 },
};

/* The table under construction. The caller made sure of the room. */
struct writer {
	uint8_t *p;
	uint32_t used;
};

uint32_t igdpt_priv_child_size(uint32_t bdb_version)
{
	/* Linux child_device_expected_size(): first BDB version and size, newest first. */
	static const uint16_t sizes[][2] = {
		{ 263, 44 }, { 256, 40 }, { 216, 39 }, { 196, 38 }, { 195, 37 }, { 111, 33 },
		{ 106, 27 }, { 0, 22 },
	};
	size_t i = 0;

	while (bdb_version < sizes[i][0])
		i++;
	return sizes[i][1];
}

static uint32_t version_for(uint32_t gen)
{
	size_t i = 0;

	while (gen < versions[i].gen)
		i++;
	return versions[i].version;
}

static uint32_t features_size(uint32_t version)
{
	return version < 177 ? 5 : 6;
}

static uint32_t driver_size(uint32_t version)
{
	return version < 161 ? 17 : 19;
}

static uint8_t *add_block(struct writer *w, uint8_t id, uint32_t size)
{
	uint8_t *data = w->p + w->used + BLOCK_HEADER;

	w->p[w->used] = id;
	put_le16(w->p + w->used + 1, (uint16_t)size);
	memset(data, 0, size);
	w->used += BLOCK_HEADER + size;
	return data;
}

/* From BDB 244 on Linux limits DisplayPort to the lane count here: 3 means four lanes. */
static void put_child(uint8_t *child, uint32_t child_size, uint32_t version,
	const struct igdpt_vbt_port *port)
{
	put_le16(child + CHILD_HANDLE, (uint16_t)port->handle);
	put_le16(child + CHILD_TYPE, (uint16_t)port->device_type);
	child[CHILD_DVO_PORT] = (uint8_t)port->dvo_port;
	child[CHILD_DDC_PIN] = (uint8_t)port->ddc_pin;
	if (child_size <= CHILD_CAPS)
		return;
	child[CHILD_FLAGS] = version < 244 ? 0 : CHILD_FLAGS_X4;
	child[CHILD_AUX] = (uint8_t)port->aux_channel;
	child[CHILD_CAPS] = CHILD_CAPS_INTEGRATED;
}

static void add_ports(struct writer *w, const struct igdpt_vbt_build_opts *o)
{
	uint32_t child_size = igdpt_priv_child_size(o->bdb_version);
	uint8_t *data = add_block(w, BLOCK_GENERAL_DEFINITIONS,
		CHILD_FIRST + (uint32_t)o->port_count * child_size);

	data[CHILD_SIZE_AT] = (uint8_t)child_size;
	for (uint64_t i = 0; i < o->port_count; i++)
		put_child(data + CHILD_FIRST + i * child_size, child_size, o->bdb_version,
			&o->ports[i]);
}

/* Linux takes a table that says "no LVDS" as a machine without an internal panel. */
static void add_driver_features(struct writer *w, const struct igdpt_vbt_build_opts *o)
{
	uint8_t *data = add_block(w, BLOCK_DRIVER_FEATURES, driver_size(o->bdb_version));

	for (uint64_t i = 0; i < o->port_count; i++) {
		if ((o->ports[i].device_type & DEVICE_TYPE_EDP_BITS) == DEVICE_TYPE_EDP_BITS)
			put_le16(data + 7, LVDS_CONFIG_EDP);
	}
}

/* "$VBT " and the title in capitals, without blanks, up to a bracket: "$VBT ALDERLAKE-P    ". */
static void put_signature(uint8_t *p, const char *title)
{
	uint32_t n = 5;

	memcpy(p, "$VBT                ", VBT_SIGNATURE_BYTES);
	for (; *title && *title != '(' && n < VBT_SIGNATURE_BYTES; title++) {
		if (*title == ' ')
			continue;
		p[n++] = (uint8_t)(*title >= 'a' && *title <= 'z' ? *title - 'a' + 'A' : *title);
	}
}

static void put_headers(struct writer *w, const struct igdpt_vbt_build_opts *o, const char *title)
{
	uint8_t *bdb = w->p + VBT_HEADER;

	memset(w->p, 0, VBT_HEADER);
	put_signature(w->p, title);
	put_le16(w->p + VBT_VERSION, VBT_VERSION_VALUE);
	put_le16(w->p + VBT_HEADER_SIZE, VBT_HEADER);
	put_le32(w->p + VBT_BDB_OFFSET, VBT_HEADER);
	memcpy(bdb, BDB_SIGNATURE_TEXT, BDB_VERSION);
	put_le16(bdb + BDB_VERSION, (uint16_t)o->bdb_version);
	put_le16(bdb + BDB_HEADER_SIZE, BDB_HEADER);
	w->used = VBT_HEADER + BDB_HEADER;
}

static void put_sizes(struct writer *w)
{
	put_le16(w->p + VBT_SIZE, (uint16_t)w->used);
	put_le16(w->p + VBT_HEADER + BDB_SIZE, (uint16_t)(w->used - VBT_HEADER));
	w->p[VBT_CHECKSUM] = (uint8_t)-byte_sum(w->p, w->used);
}

static uint32_t plain_size(const struct igdpt_vbt_build_opts *o)
{
	uint32_t children = (uint32_t)o->port_count * igdpt_priv_child_size(o->bdb_version);

	return VBT_HEADER + BDB_HEADER + 3 * BLOCK_HEADER + features_size(o->bdb_version) +
		CHILD_FIRST + children + driver_size(o->bdb_version);
}

/* Size with the padding block, which is at least its own header. */
static uint32_t padded_size(const struct igdpt_vbt_build_opts *o)
{
	uint32_t plain = plain_size(o);

	if (o->bytes <= plain)
		return plain;
	return o->bytes < plain + BLOCK_HEADER ? plain + BLOCK_HEADER : o->bytes;
}

static int check_limits(const uint32_t (*limits)[2], size_t n, struct igdpt_finding *why)
{
	for (; n; n--, limits++) {
		if ((*limits)[0] > (*limits)[1])
			return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, (*limits)[0],
				(*limits)[1]);
	}
	return 0;
}

static int check_port(const struct igdpt_vbt_port *p, struct igdpt_finding *why)
{
	const uint32_t limits[][2] = {
		{ p->handle, UINT16_MAX }, { p->device_type, UINT16_MAX }, { p->dvo_port, UINT8_MAX },
		{ p->ddc_pin, UINT8_MAX }, { p->aux_channel, UINT8_MAX },
	};
	int rc = check_limits(limits, ARRAY_SIZE(limits), why);

	if (rc == 0 && p->reserved)
		return igdpt_priv_fail(why, IGDPT_F_ABI_UNKNOWN, IGDPT_NO_OFFSET, 0, 0);
	return rc;
}

static int check_opts(const struct igdpt_vbt_build_opts *o, struct igdpt_finding *why)
{
	const uint32_t limits[][2] = { { o->bdb_version, UINT16_MAX }, { o->bytes, UINT16_MAX } };
	int rc = check_limits(limits, ARRAY_SIZE(limits), why);

	if (rc == 0 && o->port_count > MAX_PORTS)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, o->port_count,
			MAX_PORTS);
	for (uint64_t i = 0; rc == 0 && i < o->port_count; i++)
		rc = check_port(&o->ports[i], why);
	return rc;
}

static int read_opts(struct igdpt_vbt_build_opts *o, const struct igdpt_vbt_build_opts *opts,
	const char **title, struct igdpt_finding *why)
{
	struct igdpt_platform platform = { .size = sizeof(platform) };
	int rc = igdpt_priv_struct_in(o, sizeof(*o), V1(igdpt_vbt_build_opts), opts, why);

	if (rc < 0)
		return rc;
	if (o->reserved)
		return igdpt_priv_fail(why, IGDPT_F_ABI_UNKNOWN, IGDPT_NO_OFFSET, o->size,
			sizeof(*o));
	if (o->platform && igdpt_platform_by_name(o->platform, &platform) < 0)
		return igdpt_priv_fail(why, IGDPT_F_VBT_PLATFORM, IGDPT_NO_OFFSET, 0, 0);
	if (o->platform)
		*title = platform.title;
	if (!o->bdb_version)
		o->bdb_version = o->platform ? version_for(platform.gen) : DEFAULT_BDB_VERSION;
	if (!o->ports) {
		o->ports = default_ports;
		o->port_count = ARRAY_SIZE(default_ports);
	}
	return check_opts(o, why);
}

int igdpt_vbt_build(const struct igdpt_vbt_build_opts *opts, void *buf, size_t *len,
	struct igdpt_finding *why)
{
	struct igdpt_vbt_build_opts o;
	struct writer w = { buf, 0 };
	const char *title = "SYNTHETIC";
	uint32_t size;
	int rc = read_opts(&o, opts, &title, why);

	if (rc < 0)
		return rc;
	size = padded_size(&o);
	rc = igdpt_priv_room(buf, len, size, why);
	if (rc < 0)
		return rc;
	put_headers(&w, &o, title);
	add_block(&w, BLOCK_GENERAL_FEATURES, features_size(o.bdb_version));
	add_ports(&w, &o);
	add_driver_features(&w, &o);
	if (size > w.used)
		add_block(&w, BLOCK_SKIP, size - w.used - BLOCK_HEADER);
	put_sizes(&w);
	return 0;
}
