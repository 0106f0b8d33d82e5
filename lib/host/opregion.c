/* SPDX-License-Identifier: MIT
 *
 * The OpRegion of a host, from memory or from the files of the graphics driver; VFIO is in vfio.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../bytes.h"
#include "internal.h"

#define OFF_SIZE 0x10u
#define OFF_VERSION 0x16u
#define OFF_RVDA 0x3bau
#define OFF_RVDS 0x3c2u
#define VERSION_2_0 0x0200u
#define VERSION_2_1 0x0201u
#define ASLS 0xfcu
#define DRI "sys/kernel/debug/dri"

int igdpt_priv_opregion_extra(const uint8_t *opregion, uint32_t *extra, uint8_t *buf, size_t room,
	struct igdpt_host_why *why)
{
	uint32_t rvds = get_le32(opregion + OFF_RVDS);
	uint16_t version = get_le16(opregion + OFF_VERSION);
	uint64_t rvda = get_le64(opregion + OFF_RVDA);

	if (memcmp(opregion, "IntelGraphicsMem", 16) != 0) {
		if (buf && room >= OPREGION_BYTES)
			memcpy(buf, opregion, OPREGION_BYTES);
		return igdpt_priv_host_fail(why, -IGDPT_E_MAGIC, 0, "there is no OpRegion signature");
	}
	*extra = 0;
	if (version < VERSION_2_0 || !rvda || get_le32(opregion + OFF_SIZE) != 8 || rvds > RVDS_MAX)
		return 0;
	/* A distance into the OpRegion itself is the firmware's fault, and stays visible. */
	if (version == VERSION_2_0 || rvda >= OPREGION_BYTES)
		*extra = rvds;
	return 0;
}

void igdpt_priv_opregion_attach(uint8_t *opregion, uint32_t extra)
{
	uint16_t version = get_le16(opregion + OFF_VERSION);

	if (extra && version == VERSION_2_0)
		put_le16(opregion + OFF_VERSION, VERSION_2_1);
	/* A distance that leads nowhere is no address, and stays visible. */
	if (extra || version <= VERSION_2_0)
		put_le64(opregion + OFF_RVDA, extra ? OPREGION_BYTES : 0);
}

/* Memory that read() refuses to /dev/mem can mostly be mapped. */
static int map_copy(int fd, uint64_t at, uint8_t *buf, size_t len)
{
	uint64_t page = at & ~UINT64_C(0xfff);
	size_t span = len + (size_t)(at - page);
	void *map = mmap(NULL, span, PROT_READ, MAP_SHARED, fd, (off_t)page);

	if (map == MAP_FAILED)
		return -errno;
	memcpy(buf, (const uint8_t *)map + (at - page), len);
	munmap(map, span);
	return 0;
}

static int mem_read(int fd, bool device, uint64_t at, uint8_t *buf, size_t len)
{
	size_t got = len;
	int rc = at > (uint64_t)INT64_MAX - len ? -EFAULT : igdpt_priv_host_pread(fd, (off_t)at, buf, &got);

	if (rc == -EFAULT && device)
		return map_copy(fd, at, buf, len);
	return !rc && got < len ? -EFAULT : rc;
}

/* The device 1:1, or a regular file in a captured or synthetic tree. */
static int open_mem(int root, bool *device, struct igdpt_host_why *why)
{
	int fd = igdpt_priv_host_open_type(root, "dev/mem", O_RDONLY, S_IFREG, 0);

	*device = fd < 0;
	if (fd == -EINVAL)
		fd = igdpt_priv_host_open_type(root, "dev/mem", O_RDONLY, S_IFCHR, makedev(1, 1));
	if (fd < 0)
		return igdpt_priv_host_fail(why, igdpt_priv_host_error(-fd), -fd, "/dev/mem");
	return fd;
}

static int copy_mem(int fd, bool device, uint32_t asls, uint8_t *buf, size_t *len,
	struct igdpt_host_why *why)
{
	uint8_t head[OPREGION_BYTES];
	uint32_t extra;
	uint64_t vbt;
	int rc = mem_read(fd, device, asls, head, sizeof(head));

	if (rc)
		return igdpt_priv_host_fail(why, igdpt_priv_host_error(-rc), -rc,
			"/dev/mem at ASLS 0x%x (lockdown or CONFIG_STRICT_DEVMEM?)", asls);
	rc = igdpt_priv_opregion_extra(head, &extra, buf, *len, why);
	if (!rc)
		rc = igdpt_priv_host_room(buf, len, sizeof(head) + extra, why);
	if (rc)
		return rc;
	vbt = get_le64(head + OFF_RVDA);
	if (extra && get_le16(head + OFF_VERSION) != VERSION_2_0 &&
		__builtin_add_overflow(vbt, asls, &vbt))
		return igdpt_priv_host_fail(why, -IGDPT_E_RANGE, 0, "RVDA runs past the address space");
	igdpt_priv_opregion_attach(head, extra);
	memcpy(buf, head, sizeof(head));
	*len = sizeof(head) + extra;
	rc = extra ? mem_read(fd, device, vbt, buf + OPREGION_BYTES, extra) : 0;
	return !rc ? 0 : igdpt_priv_host_fail(why, igdpt_priv_host_error(-rc), -rc,
		"/dev/mem at the VBT, 0x%llx", (unsigned long long)vbt);
}

static int from_mem(int root, uint32_t address, uint8_t *buf, size_t *len,
	struct igdpt_host_why *why)
{
	uint8_t config[4096];
	size_t have = sizeof(config);
	uint32_t asls;
	bool device;
	int rc = igdpt_host_config(root, address, config, &have), fd;

	if (rc)
		return igdpt_priv_host_fail(why, rc, 0, "config space cannot be read");
	if (have < 0x100)
		return igdpt_priv_host_fail(why, -IGDPT_E_ACCESS, 0,
			"only %zu bytes of config space can be read without root", have);
	asls = get_le32(config + ASLS);
	if (asls == 0 || asls == UINT32_MAX)
		return igdpt_priv_host_fail(why, -IGDPT_E_NOTFOUND, 0, "ASLS is 0x%x", asls);
	fd = open_mem(root, &device, why);
	if (fd < 0)
		return fd;
	rc = copy_mem(fd, device, asls, buf, len, why);
	close(fd);
	return rc;
}

struct minor {
	int root;
	char address[ADDRESS_TEXT];
	char name[64];
};

/* dri/0000:00:02.0 on newer kernels; dri/0 with a file "name" that holds the address before. */
static int is_minor(void *user, const char *name)
{
	struct minor *m = user;
	char path[128], text[256];
	size_t len = sizeof(text) - 1;

	if (strlen(name) >= sizeof(m->name))
		return 0;
	snprintf(path, sizeof(path), DRI "/%s/name", name);
	if (strcmp(name, m->address) != 0) {
		if (igdpt_host_read(m->root, path, text, &len) < 0)
			return 0;
		text[len] = '\0';
		if (!strstr(text, m->address))
			return 0;
	}
	strcpy(m->name, name);
	return 1;
}

/* A file of the driver, which has this many bytes at most: more room would not help. */
static int read_driver(const struct minor *m, const char *file, uint8_t *buf, size_t *bytes,
	struct igdpt_host_why *why)
{
	char path[128];
	int rc;

	snprintf(path, sizeof(path), DRI "/%s/%s", m->name, file);
	rc = igdpt_host_read(m->root, path, buf, bytes);
	if (rc == -IGDPT_E_NOSPACE)
		return igdpt_priv_host_fail(why, -IGDPT_E_SIZE, 0, "/%s has %zu bytes", path, *bytes);
	return rc ? igdpt_priv_host_fail(why, rc, 0, "/%s cannot be read", path) : 0;
}

/* The VBT in use, padded to RVDS: the file holds as many bytes as the VBT says it has. */
static int append_vbt(const struct minor *m, uint8_t *buf, uint32_t extra, struct igdpt_host_why *why)
{
	size_t bytes = extra;

	memset(buf + OPREGION_BYTES, 0, extra);
	return read_driver(m, "i915_vbt", buf + OPREGION_BYTES, &bytes, why);
}

static int copy_debugfs(const struct minor *m, uint8_t *buf, size_t *len, struct igdpt_host_why *why)
{
	uint8_t head[OPREGION_BYTES];
	size_t bytes = sizeof(head);
	uint32_t extra;
	int rc = read_driver(m, "i915_opregion", head, &bytes, why);

	if (!rc && bytes != sizeof(head))
		rc = igdpt_priv_host_fail(why, -IGDPT_E_SIZE, 0, "/" DRI "/%s/i915_opregion has %zu bytes",
			m->name, bytes);
	if (!rc)
		rc = igdpt_priv_opregion_extra(head, &extra, buf, *len, why);
	if (!rc)
		rc = igdpt_priv_host_room(buf, len, sizeof(head) + extra, why);
	if (rc)
		return rc;
	igdpt_priv_opregion_attach(head, extra);
	memcpy(buf, head, sizeof(head));
	*len = sizeof(head) + extra;
	return extra ? append_vbt(m, buf, extra, why) : 0;
}

static int from_debugfs(int root, uint32_t address, uint8_t *buf, size_t *len,
	struct igdpt_host_why *why)
{
	struct minor m = { .root = root };
	int rc;

	igdpt_priv_host_address(address, m.address);
	rc = igdpt_host_list(root, DRI, is_minor, &m);
	if (rc < 0 && rc != -IGDPT_E_NOTFOUND)
		return igdpt_priv_host_fail(why, rc, 0, "/" DRI " cannot be read");
	if (rc <= 0)
		return igdpt_priv_host_fail(why, -IGDPT_E_NOTFOUND, 0,
			"/" DRI " has no graphics driver of %s", m.address);
	return copy_debugfs(&m, buf, len, why);
}

int igdpt_host_opregion(int root, uint32_t address, uint32_t source, void *buf, size_t *len,
	struct igdpt_host_why *why)
{
	switch (source) {
	case IGDPT_HOST_VFIO_GROUP:
	case IGDPT_HOST_VFIO_CDEV:
		return igdpt_priv_vfio_read(root, address, source, buf, len, why);
	case IGDPT_HOST_DEV_MEM:
		return from_mem(root, address, buf, len, why);
	case IGDPT_HOST_DEBUGFS:
		return from_debugfs(root, address, buf, len, why);
	default:
		return igdpt_priv_host_fail(why, -IGDPT_E_INVALID, 0, "there is no source %u", source);
	}
}
