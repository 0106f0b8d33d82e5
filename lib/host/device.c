/* SPDX-License-Identifier: MIT
 *
 * What sysfs and proc say: devices, IOMMU groups, VT-d units, the kernel.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define DEVICES "sys/bus/pci/devices"
#define PATH_ROOM 256u

void igdpt_priv_host_address(uint32_t address, char text[ADDRESS_TEXT])
{
	snprintf(text, ADDRESS_TEXT, "%04x:%02x:%02x.%x", address >> 16, address >> 8 & 0xff,
		address >> 3 & 0x1f, address & 7);
}

/* The inverse; false for what is not exactly such a name. */
static bool parse_address(const char *text, uint32_t *address)
{
	unsigned domain, bus, device, function;
	char again[ADDRESS_TEXT];

	if (sscanf(text, "%4x:%2x:%2x.%1x", &domain, &bus, &device, &function) != 4)
		return false;
	if (device > 31 || function > 7)
		return false;
	*address = domain << 16 | bus << 8 | device << 3 | function;
	igdpt_priv_host_address(*address, again);
	return strcmp(text, again) == 0;
}

static void device_path(uint32_t address, const char *file, char path[PATH_ROOM])
{
	char text[ADDRESS_TEXT];

	igdpt_priv_host_address(address, text);
	snprintf(path, PATH_ROOM, DEVICES "/%s/%s", text, file);
}

static int read_whole(int root, const char *path, char *text, size_t room)
{
	size_t len = room - 1;
	int rc = igdpt_host_read(root, path, text, &len);

	text[rc ? 0 : len] = '\0';
	return rc;
}

/* The first line of a small file, without its newline. */
static int read_text(int root, const char *path, char *text, size_t room)
{
	int rc = read_whole(root, path, text, room);

	text[strcspn(text, "\n")] = '\0';
	return rc;
}

static int read_hex(int root, uint32_t address, const char *file, uint32_t *value)
{
	char path[PATH_ROOM], text[32], *end;
	unsigned long long number;
	int rc;

	device_path(address, file, path);
	rc = read_text(root, path, text, sizeof(text));
	if (rc)
		return rc;
	number = strtoull(text, &end, 16);
	if (end == text || *end || number > UINT32_MAX)
		return -IGDPT_E_SYNTAX;
	*value = (uint32_t)number;
	return 0;
}

/* What a device need not have: without it nothing changes. Only a failing system is an error. */
static int optional(int rc)
{
	return rc == -IGDPT_E_IO ? rc : 0;
}

/* A link of a device by the name that it leads to; empty without one. */
static int optional_link(int root, uint32_t address, const char *file, char *name, size_t room)
{
	char path[PATH_ROOM];
	int rc;

	device_path(address, file, path);
	rc = igdpt_host_link(root, path, name, room);
	if (rc < 0)
		name[0] = '\0';
	return optional(rc);
}

static int read_group(int root, uint32_t address, int32_t *group)
{
	char name[32], *end;
	unsigned long number;
	int rc = optional_link(root, address, "iommu_group", name, sizeof(name));

	*group = -1;
	if (rc || !isdigit((unsigned char)*name))
		return rc;
	number = strtoul(name, &end, 10);
	if (!*end && number <= INT32_MAX)
		*group = (int32_t)number;
	return 0;
}

static int first_name(void *user, const char *name)
{
	(void)user;
	(void)name;
	return 1;
}

static int read_flags(int root, uint32_t address, uint32_t *flags)
{
	char path[PATH_ROOM], name[32];
	uint32_t boot_vga = 0;
	int rc = optional_link(root, address, "physfn", name, sizeof(name));

	if (*name)
		*flags |= IGDPT_HOST_VF;
	if (!rc)
		rc = optional(read_hex(root, address, "boot_vga", &boot_vga));
	if (boot_vga == 1)
		*flags |= IGDPT_HOST_BOOT_VGA;
	device_path(address, "vfio-dev", path);
	if (!rc)
		rc = igdpt_host_list(root, path, first_name, NULL);
	if (rc == 1)
		*flags |= IGDPT_HOST_CDEV;
	return optional(rc);
}

int igdpt_host_get_device(int root, uint32_t address, struct igdpt_host_device *device)
{
	struct igdpt_host_device mine = { .size = sizeof(mine), .address = address };
	int rc = read_hex(root, address, "vendor", &mine.vendor);

	if (!rc)
		rc = read_hex(root, address, "device", &mine.device);
	if (!rc)
		rc = read_hex(root, address, "class", &mine.class_code);
	if (!rc)
		rc = read_group(root, address, &mine.group);
	if (!rc)
		rc = read_flags(root, address, &mine.flags);
	if (!rc)
		rc = optional_link(root, address, "driver", mine.driver, sizeof(mine.driver));
	return rc ? rc : igdpt_priv_host_out(device, &mine, sizeof(mine),
		V1(igdpt_host_device));
}

/* The lowest address in a directory at or behind `from` that `wanted` accepts. */
struct search {
	int root;
	uint32_t from;
	int (*wanted)(int root, uint32_t address); /* 1, 0 or an error */
	uint32_t best;
	bool found;
};

static int consider(void *user, const char *name)
{
	struct search *s = user;
	uint32_t address;
	int rc;

	/* Behind the last address of all there is none to go on from. */
	if (!parse_address(name, &address) || address == UINT32_MAX || address < s->from ||
		(s->found && address >= s->best))
		return 0;
	rc = s->wanted(s->root, address);
	if (rc <= 0)
		return rc;
	s->best = address;
	s->found = true;
	return 0;
}

static int search(const char *path, struct search *s, struct igdpt_host_device *device)
{
	int rc = igdpt_host_list(s->root, path, consider, s);

	if (rc < 0 && rc != -IGDPT_E_NOTFOUND)
		return rc;
	return s->found ? igdpt_host_get_device(s->root, s->best, device) : -IGDPT_E_NOTFOUND;
}

static int is_intel_display(int root, uint32_t address)
{
	uint32_t vendor = 0, class_code = 0;
	int rc = read_hex(root, address, "vendor", &vendor);

	if (!rc && vendor == 0x8086)
		rc = read_hex(root, address, "class", &class_code);
	return optional(rc) ? rc : class_code >> 16 == 0x03;
}

int igdpt_host_find(int root, uint32_t from, struct igdpt_host_device *device)
{
	struct search s = { .root = root, .from = from, .wanted = is_intel_display };

	return search(DEVICES, &s, device);
}

/* A link may outlive its device, in a captured tree and for a moment after a hot-unplug. */
static int is_there(int root, uint32_t address)
{
	uint32_t vendor;

	return read_hex(root, address, "vendor", &vendor) != -IGDPT_E_NOTFOUND;
}

int igdpt_host_member(int root, uint32_t group, uint32_t from, struct igdpt_host_device *device)
{
	struct search s = { .root = root, .from = from, .wanted = is_there };
	char path[PATH_ROOM];

	snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%u/devices", group);
	return search(path, &s, device);
}

int igdpt_host_config(int root, uint32_t address, void *buf, size_t *len)
{
	char path[PATH_ROOM];

	device_path(address, "config", path);
	return igdpt_host_read(root, path, buf, len);
}

int igdpt_host_reserved_regions(int root, uint32_t group, void *buf, size_t *len)
{
	char path[PATH_ROOM];

	snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%u/reserved_regions", group);
	return igdpt_host_read(root, path, buf, len);
}

struct units {
	int root;
	struct igdpt_host_iommu sum;
};

/* 0 in *value without the file. */
static int unit_register(int root, const char *unit, const char *file, uint64_t *value)
{
	char path[PATH_ROOM], text[32];
	int rc;

	snprintf(path, sizeof(path), "sys/class/iommu/%.64s/intel-iommu/%s", unit, file);
	rc = read_text(root, path, text, sizeof(text));
	*value = rc ? 0 : strtoull(text, NULL, 16);
	return rc;
}

static int add_unit(void *user, const char *name)
{
	struct units *u = user;
	uint64_t cap, ecap;
	uint32_t width;
	int rc = unit_register(u->root, name, "cap", &cap);

	if (rc)
		return optional(rc);
	rc = unit_register(u->root, name, "ecap", &ecap);
	width = (uint32_t)(cap >> 16 & 0x3f) + 1;
	if (!u->sum.units++ || width < u->sum.width)
		u->sum.width = width;
	u->sum.remapping += ecap >> 3 & 1;
	return optional(rc);
}

int igdpt_host_get_iommu(int root, struct igdpt_host_iommu *iommu)
{
	struct units u = { .root = root, .sum = { .size = sizeof(u.sum) } };
	int rc = optional(igdpt_host_list(root, "sys/class/iommu", add_unit, &u));

	return rc ? rc : igdpt_priv_host_out(iommu, &u.sum, sizeof(u.sum),
		V1(igdpt_host_iommu));
}

int igdpt_host_get_kernel(int root, struct igdpt_host_kernel *kernel)
{
	static const char prefix[] = "Linux version ";
	struct igdpt_host_kernel mine = { .size = sizeof(mine) };
	char text[1024];
	size_t len;
	int rc = read_text(root, "proc/version", text, sizeof(text));

	if (rc)
		return rc;
	if (strncmp(text, prefix, sizeof(prefix) - 1) != 0)
		return -IGDPT_E_SYNTAX;
	len = strcspn(text + sizeof(prefix) - 1, " ");
	if (len >= sizeof(mine.release) ||
		sscanf(text + sizeof(prefix) - 1, "%4u.%4u", &mine.major, &mine.minor) != 2)
		return -IGDPT_E_SYNTAX;
	memcpy(mine.release, text + sizeof(prefix) - 1, len);
	return igdpt_priv_host_out(kernel, &mine, sizeof(mine), V1(igdpt_host_kernel));
}

/* "OPTION=y", "OPTION=m"; anything else, also "# OPTION is not set", is 'n'. */
static int option_in(const char *text, const char *option)
{
	size_t len = strlen(option);

	for (const char *p = strstr(text, option); p; p = strstr(p + 1, option)) {
		if ((p == text || p[-1] == '\n') && p[len] == '=')
			return p[len + 1] == 'y' || p[len + 1] == 'm' ? p[len + 1] : 'n';
	}
	return 'n';
}

int igdpt_host_kernel_option(int root, const char *option)
{
	struct igdpt_host_kernel kernel = { .size = sizeof(kernel) };
	const size_t room = 1u << 20;
	int rc = igdpt_host_get_kernel(root, &kernel), other, found;
	char path[PATH_ROOM], *text;

	if (!option || !*option)
		return -IGDPT_E_INVALID;
	/* The release becomes part of a path. */
	if (rc || strchr(kernel.release, '/'))
		return rc ? rc : -IGDPT_E_SYNTAX;
	text = malloc(room);
	if (!text)
		return -IGDPT_E_NOMEM;
	snprintf(path, sizeof(path), "boot/config-%s", kernel.release);
	rc = read_whole(root, path, text, room);
	if (rc) {
		snprintf(path, sizeof(path), "lib/modules/%s/config", kernel.release);
		other = read_whole(root, path, text, room);
		rc = other == -IGDPT_E_NOTFOUND ? rc : other;
	}
	found = rc ? rc : option_in(text, option);
	free(text);
	return found;
}

int igdpt_host_parameter(int root, const char *module, const char *parameter, char *value,
	size_t room)
{
	char path[PATH_ROOM], text[4097]; /* a page: sysfs has no more */
	int rc;

	if (!room)
		return -IGDPT_E_NOSPACE;
	snprintf(path, sizeof(path), "sys/module/%.64s/parameters/%.64s", module, parameter);
	rc = read_text(root, path, text, sizeof(text));
	if (!rc && strlen(text) >= room)
		rc = -IGDPT_E_NOSPACE;
	snprintf(value, room, "%s", rc ? "" : text);
	return rc;
}
