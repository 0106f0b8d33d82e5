/* SPDX-License-Identifier: MIT
 *
 * What the doctor knows before it judges.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/bytes.h"
#include "doctor.h"

/* BAR0 up to behind the copy of GGC. */
#define MMIO_ROOM 0x200000u
#define MMIO_GGC 0x108040u

static void read_text(const struct facts *f, const char *path, char *text, size_t room)
{
	size_t len = room - 1;

	text[igdpt_host_read(f->root, path, text, &len) < 0 ? 0 : len] = '\0';
}

#define WHOLE_MAX (16u << 20)

/* The beginning is enough: a file of many processors is longer than any room. */
static void read_start(const struct facts *f, const char *path, char *text, size_t room)
{
	size_t len = room - 1;
	int rc = igdpt_host_read(f->root, path, text, &len);
	char *whole = rc == -IGDPT_E_NOSPACE && len <= WHOLE_MAX ? malloc(len) : NULL;

	if (whole) {
		rc = igdpt_host_read(f->root, path, whole, &len);
		len = len < room - 1 ? len : room - 1;
		memcpy(text, whole, rc ? 0 : len);
		free(whole);
	}
	text[rc ? 0 : len] = '\0';
}

const char *short_name(uint32_t address, char text[16])
{
	snprintf(text, 16, "%02x:%02x.%x", address >> 8 & 0xff, address >> 3 & 0x1f, address & 7);
	return text;
}

const char *device_name(const struct facts *f)
{
	static _Thread_local char text[24];
	char tail[16];

	snprintf(text, sizeof(text), "%04x:%s", f->device.address >> 16,
		short_name(f->device.address, tail));
	return text;
}

/* Reading MMIO of a device that runs could disturb it, so only a captured copy is read. */
static bool read_mmio_ggc(const struct facts *f, uint16_t *ggc)
{
	size_t len = MMIO_ROOM;
	uint8_t *mmio = f->live || f->dump ? NULL : malloc(len);
	char path[96];
	bool ok;

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/resource0", device_name(f));
	ok = mmio && igdpt_host_read(f->root, path, mmio, &len) == 0 &&
		read_le16(mmio, len, MMIO_GGC, ggc);
	free(mmio);
	return ok;
}

/* GGC is in config space of the IGD, before generation 6 of the host bridge, from MTL on in MMIO. */
static bool read_ggc(const struct facts *f, uint16_t *ggc)
{
	if (f->platform.codec == IGDPT_CODEC_MTL)
		return read_mmio_ggc(f, ggc);
	if (f->platform.codec == IGDPT_CODEC_GEN3)
		return read_le16(f->bridge, f->bridge_len, 0x52, ggc);
	return read_le16(f->config, f->config_len, 0x50, ggc);
}

static void read_stolen(struct facts *f)
{
	uint16_t ggc = 0;

	f->stolen = (struct igdpt_stolen){ .size = sizeof(f->stolen) };
	if (!read_ggc(f, &ggc))
		return;
	f->ggc = ggc;
	f->has_stolen = igdpt_stolen_decode(f->platform.codec, ggc, 0, &f->stolen, NULL) == 0;
	if (f->platform.bdsm == IGDPT_BDSM_CFG_5C && f->config_len >= 0x100)
		f->bdsm = get_le32(f->config + 0x5c) & 0xfff00000;
	if (f->platform.bdsm == IGDPT_BDSM_CFG_C0 && f->config_len >= 0x100)
		f->bdsm = get_le64(f->config + 0xc0) & ~UINT64_C(0xfffff);
}

/* Cedarview has ids of Ponte Vecchio, 0be0 and others; no discrete GPU is at 00:02.0 of a host. */
static bool find_platform(struct facts *f)
{
	struct igdpt_platform p = { .size = sizeof(p) };
	bool igd = f->side == SIDE_HOST && f->device.address == IGD_ADDRESS;

	f->platform = (struct igdpt_platform){ .size = sizeof(f->platform) };
	if (igdpt_platform_find(f->device.device, &p) < 0 ||
		(igd && !(p.flags & IGDPT_PLATFORM_INTEGRATED)))
		return false;
	f->platform = p;
	return true;
}

static void know_platform(struct facts *f)
{
	f->has_platform = find_platform(f) ||
		(f->assume && igdpt_platform_by_name(f->assume, &f->platform) == 0);
	if (f->has_platform)
		read_stolen(f);
}

/* The IGD at its place, else whatever Intel display there is. */
static void find_device(struct facts *f)
{
	f->device = (struct igdpt_host_device){ .size = sizeof(f->device) };
	if (f->given)
		f->has_device = igdpt_host_get_device(f->root, f->wanted, &f->device) == 0 &&
			f->device.vendor == 0x8086 && f->device.class_code >> 16 == 3;
	else
		f->has_device = igdpt_host_find(f->root, IGD_ADDRESS, &f->device) == 0 ||
			igdpt_host_find(f->root, 0, &f->device) == 0;
	if (!f->has_device)
		return;
	f->config_len = sizeof(f->config);
	if (igdpt_host_config(f->root, f->device.address, f->config, &f->config_len) < 0)
		f->config_len = 0;
	f->bridge_len = sizeof(f->bridge);
	if (igdpt_host_config(f->root, HOST_BRIDGE, f->bridge, &f->bridge_len) < 0)
		f->bridge_len = 0;
	know_platform(f);
}

static bool may_try(const struct facts *f, uint32_t source)
{
	return f->open_vfio || (source != IGDPT_HOST_VFIO_GROUP && source != IGDPT_HOST_VFIO_CDEV);
}

static void read_opregion(struct facts *f)
{
	for (uint32_t source = 1; source <= SOURCES && !f->source; source++) {
		struct igdpt_host_why *why = &f->why[source];
		size_t len = sizeof(f->opregion);
		int rc;

		*why = (struct igdpt_host_why){ .size = sizeof(*why) };
		if (!may_try(f, source)) {
			why->error = -IGDPT_E_ACCESS;
			strcpy(why->text, "not tried, it opens the device; --open-vfio allows it");
			continue;
		}
		rc = igdpt_host_opregion(f->root, f->device.address, source, f->opregion, &len, why);
		/* Bytes that are no OpRegion were read all the same. */
		if (rc == -IGDPT_E_MAGIC)
			len = 0x2000;
		if (rc == 0 || rc == -IGDPT_E_MAGIC) {
			f->source = source;
			f->opregion_len = len;
		}
	}
	if (!f->source)
		return;
	f->has_op = igdpt_opregion_init(&f->op, f->opregion, f->opregion_len, NULL) == 0;
	f->vbt = (struct igdpt_opregion_vbt){ .size = sizeof(f->vbt) };
	f->has_vbt = f->has_op && igdpt_opregion_find_vbt(&f->op, &f->vbt, NULL) == 0 &&
		(f->vbt.source == IGDPT_VBT_MAILBOX4 || f->vbt.source == IGDPT_VBT_RVDA_RELATIVE);
}

/* The file in which igdpt capture keeps what VFIO showed. */
static bool regions_from_file(struct facts *f)
{
	struct igdpt_host_regions *r = &f->regions;
	char text[256];

	read_text(f, CAPTURED_REGIONS, text, sizeof(text));
	return sscanf(text, "regions %" SCNu32 " flags %" SCNx32 " asls %" SCNx32 " opregion %" SCNx64
		" rom %" SCNx64, &r->count, &r->flags, &r->asls, &r->opregion_bytes, &r->rom_bytes) == 5;
}

static void read_regions(struct facts *f)
{
	f->regions = (struct igdpt_host_regions){ .size = sizeof(f->regions) };
	if (!f->live) {
		f->has_regions = regions_from_file(f);
		return;
	}
	for (uint32_t source = IGDPT_HOST_VFIO_GROUP; source <= IGDPT_HOST_VFIO_CDEV; source++) {
		if (f->open_vfio && !f->has_regions)
			f->has_regions = igdpt_host_regions(f->root, f->device.address, source,
				&f->regions, NULL) == 0;
	}
}

static void read_group(struct facts *f)
{
	size_t len = sizeof(f->reserved) - 1;

	if (f->device.group < 0 ||
		igdpt_host_reserved_regions(f->root, (uint32_t)f->device.group, f->reserved, &len) < 0)
		len = 0;
	f->reserved[len] = '\0';
}

void facts_from_tree(struct facts *f)
{
	f->iommu = (struct igdpt_host_iommu){ .size = sizeof(f->iommu) };
	f->kernel = (struct igdpt_host_kernel){ .size = sizeof(f->kernel) };
	igdpt_host_get_iommu(f->root, &f->iommu);
	f->has_kernel = igdpt_host_get_kernel(f->root, &f->kernel) == 0;
	read_text(f, IGDPT_HOST_CMDLINE, f->cmdline, sizeof(f->cmdline));
	read_start(f, IGDPT_HOST_CPUINFO, f->cpuinfo, sizeof(f->cpuinfo));
	read_start(f, "proc/interrupts", f->interrupts, sizeof(f->interrupts));
	read_text(f, IGDPT_HOST_IOMEM, f->iomem, sizeof(f->iomem));
	f->dmar_len = sizeof(f->dmar);
	f->dmar_error = igdpt_host_read(f->root, IGDPT_HOST_DMAR, f->dmar, &f->dmar_len);
	find_device(f);
	if (!f->has_device)
		return;
	read_group(f);
	read_opregion(f);
	read_regions(f);
}

/* "00:02.0 VGA ..." or "0000:00:02.0 ..." */
static bool dump_header(const char *line, uint32_t *address)
{
	unsigned domain = 0, bus, device, function;
	char after;
	int ids = 0;

	sscanf(line, " [%*4x:%*4x] %n", &ids);
	line += ids;
	if (sscanf(line, "%4x:%2x:%2x.%1x%c", &domain, &bus, &device, &function, &after) != 5 &&
		(domain = 0, sscanf(line, "%2x:%2x.%1x%c", &bus, &device, &function, &after) != 4))
		return false;
	*address = domain << 16 | bus << 8 | device << 3 | function;
	return isspace((unsigned char)after) != 0;
}

/* "10: 04 00 ..." into config; true if it was such a line. */
static bool dump_row(const char *line, uint8_t config[4096], size_t *len)
{
	char *p;
	unsigned long at = strtoul(line, &p, 16);

	if (p == line || *p++ != ':' || at % 16 || at >= 4096)
		return false;
	for (size_t i = 0; i < 16; i++) {
		char *end;
		unsigned long byte = strtoul(p, &end, 16);

		if (end == p || byte > 0xff)
			return i > 0;
		config[at + i] = (uint8_t)byte;
		*len = at + i + 1;
		p = end;
	}
	return true;
}

static bool all_ff(const uint8_t *data, size_t len)
{
	while (len && data[len - 1] == 0xff)
		len--;
	return len == 0;
}

/* One device of an lspci dump: by its bytes, else by the numbers that -n or -nn print. */
struct dumped {
	uint32_t address;
	uint32_t vendor, device, class_code;
	uint8_t config[4096];
	size_t len;
	bool silent; /* lspci says so, of the bytes that it does not print */
	char driver[32];
};

/* By number before the colon; a list that prints ids alone has the words. */
static uint32_t dump_class(const char *line, const char *colon)
{
	unsigned code;

	if (sscanf(colon - (colon[-1] == ']') - 4, "%4x", &code) == 1)
		return code << 8;
	return strstr(line, "VGA compatible controller: ") ? 0x030000 :
		strstr(line, "Display controller: ") ? 0x038000 : 0;
}

/*
 * "00:02.0 VGA compatible controller [0300]: Intel ... [8086:46d1]", "00:02.0 0300: 8086:46d1", and
 * "[8086:46d1] 00:02.0 VGA compatible controller: Intel ..." of Unraid's list of groups
 */
static void dump_ids(const char *line, struct dumped *d)
{
	const char *colon = strstr(line, ": "), *p;
	unsigned vendor, device;

	if (!colon || colon - line < 5)
		return;
	for (p = *line == '[' ? line : colon + 1; p; p = strchr(p, '[')) {
		int end = 0;

		if (sscanf(++p, "%4x:%4x%n", &vendor, &device, &end) != 2 || end != 9)
			continue;
		d->vendor = vendor;
		d->device = device;
		d->class_code = dump_class(line, colon);
	}
}

/* No IGD has revision ff, and 7f is what is left of a header type that reads ff. */
static bool says_ff(const char *line)
{
	return strstr(line, "(rev ff)") || strstr(line, "!!! Unknown header type 7f");
}

/* What is said of a device below its first line. */
static void dump_line(const char *line, struct dumped *d)
{
	static const char in_use[] = "Kernel driver in use: ";
	const char *driver = strstr(line, in_use);

	d->silent |= says_ff(line);
	if (!driver) {
		dump_row(line, d->config, &d->len);
		return;
	}
	driver += sizeof(in_use) - 1;
	snprintf(d->driver, sizeof(d->driver), "%.*s", (int)strcspn(driver, " \r\n"), driver);
}

static void dump_device(struct facts *f, struct dumped *d)
{
	bool wanted = d->address == (f->given ? f->wanted : IGD_ADDRESS);
	bool silent = d->silent || (d->len && all_ff(d->config, d->len));

	/* lspci prints the header of a device that does not answer, whatever it was asked for. */
	f->dump_silent |= wanted && silent;
	if (d->len < 64) {
		d->len = 0;
	} else {
		d->vendor = get_le16(d->config);
		d->device = get_le16(d->config + 2);
		d->class_code = get_le32(d->config + 8) >> 8;
	}
	if (!d->vendor)
		return;
	f->dump_devices++;
	if (d->address == HOST_BRIDGE) {
		memcpy(f->bridge, d->config, d->len);
		f->bridge_len = d->len;
	}
	if (silent || d->vendor != 0x8086 || d->class_code >> 16 != 3)
		return;
	/* Another display device counts only as long as there is no better one. */
	if (!wanted && (f->given || f->has_device))
		return;
	memcpy(f->config, d->config, d->len);
	f->config_len = d->len;
	f->has_device = true;
	f->device.address = d->address;
	f->device.vendor = d->vendor;
	f->device.device = d->device;
	f->device.class_code = d->class_code;
	f->device.group = -1;
	memcpy(f->device.driver, d->driver, sizeof(d->driver));
}

/*
 * A line without its end, without the "> " of a quotation and without the "IOMMU Group 0: " of a list
 * of groups, cut to what a dump's lines have; returns where the next begins.
 */
static size_t take_line(const uint8_t *text, size_t len, size_t at, char line[256])
{
	const uint8_t *newline = memchr(text + at, '\n', len - at);
	size_t end = newline ? (size_t)(newline - text) : len, n;
	int group = 0;

	while (at < end && text[at] == '>')
		at += at + 1 < end && text[at + 1] == ' ' ? 2 : 1;
	n = end - at;
	snprintf(line, 256, "%.*s", (int)(n < 255 ? n : 255), (const char *)text + at);
	sscanf(line, "IOMMU %*1[Gg]roup %*u%*1[: ] %n", &group);
	memmove(line, line + group, strlen(line + group) + 1);
	return end + 1;
}

/* Bytes below a header, or nothing but headers, one with its numbers, and what is said below them. */
bool facts_is_dump(const uint8_t *text, size_t len)
{
	struct dumped d = { .vendor = 0 };
	bool header = false, list = true;
	uint32_t address;
	char line[256];

	for (size_t at = 0; at < len && at < 4096;) {
		bool below = header;

		at = take_line(text, len, at, line);
		header = dump_header(line, &address);
		if (header)
			dump_ids(line, &d);
		else if (below && dump_row(line, d.config, &d.len))
			return true;
		header |= below && isspace((unsigned char)line[0]);
		list &= header || !line[strspn(line, " \t\r")];
	}
	return list && d.vendor;
}

void facts_from_text(struct facts *f, const char *name, const uint8_t *text, size_t len)
{
	struct dumped d = { .address = UINT32_MAX };

	f->dump = name;
	for (size_t at = 0; at < len;) {
		char line[256];
		uint32_t next;

		at = take_line(text, len, at, line);
		if (dump_header(line, &next)) {
			dump_device(f, &d);
			d = (struct dumped){ .address = next, .silent = says_ff(line) };
			dump_ids(line, &d);
		} else if (d.address != UINT32_MAX) {
			dump_line(line, &d);
		}
	}
	dump_device(f, &d);
	if (f->has_device)
		know_platform(f);
}

struct option_search {
	const struct facts *f;
	const char *option;
	char *where;
	size_t room;
};

/* Lines of modprobe.d are "options MODULE NAME=VALUE ..." or "blacklist MODULE". */
static int search_conf(void *user, const char *name)
{
	struct option_search *s = user;
	char path[160], text[8192];
	unsigned line = 1;

	if (strlen(name) > 100 || strlen(name) < 5 || strcmp(name + strlen(name) - 5, ".conf") != 0)
		return 0;
	snprintf(path, sizeof(path), "etc/modprobe.d/%s", name);
	read_text(s->f, path, text, sizeof(text));
	for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n', line++) {
		const char *found = strstr(p, s->option), *end = p + strcspn(p, "\n");

		if (*p == '#' || !found || found >= end)
			continue;
		snprintf(s->where, s->room, "/%s:%u", path, line);
		return 1;
	}
	return 0;
}

bool modprobe_option(const struct facts *f, const char *option, char *where, size_t room)
{
	struct option_search s = { f, option, where, room };

	return igdpt_host_list(f->root, "etc/modprobe.d", search_conf, &s) == 1;
}

/* Without root every address reads 0. */
bool iomem_known(const struct facts *f)
{
	uint64_t first, last;

	for (const char *p = f->iomem; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		if (sscanf(p, "%" SCNx64 "-%" SCNx64, &first, &last) == 2 && last)
			return true;
	}
	return false;
}

bool iomem_at(const struct facts *f, uint64_t address, char *outer, char *inner, size_t room)
{
	bool found = false;

	for (const char *p = f->iomem; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		uint64_t first, last;
		int name = 0;
		size_t len;

		if (sscanf(p, "%" SCNx64 "-%" SCNx64 " : %n", &first, &last, &name) < 2 || !name)
			continue;
		if (address < first || address > last)
			continue;
		len = strcspn(p + name, "\n");
		snprintf(inner, room, "%.*s", (int)(len < room ? len : room - 1), p + name);
		if (!found)
			memcpy(outer, inner, room);
		found = true;
	}
	return found;
}
