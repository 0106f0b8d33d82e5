/* SPDX-License-Identifier: MIT
 *
 * The OpRegion region of a device that vfio-pci has.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../bytes.h"
#include "internal.h"

/* Since Linux 6.6; linux/vfio.h of older systems does not know it. */
#define BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)

struct bind_iommufd {
	uint32_t argsz;
	uint32_t flags;
	int32_t iommufd;
	uint32_t out_devid;
};

/* Linux vfio.h: vendor type of Intel (VFIO_REGION_TYPE_PCI_VENDOR_TYPE | id), subtype OpRegion. */
#define TYPE_INTEL 0x80008086u
#define SUBTYPE_OPREGION 1u
#define SUBTYPE_LPC 3u
#define ASLS 0xfcu
/* The fixed regions come first: BARs, ROM, config, VGA. */
#define FIRST_REGION ((uint32_t)VFIO_PCI_NUM_REGIONS)
#define REGIONS_MAX 64u
#define INFO_MAX 1024u

/* Walk the capabilities of a region; offsets only grow, so it ends. 0: not one of Intel's. */
static uint32_t intel_subtype(const uint8_t *info, uint32_t size, uint32_t at)
{
	while (at >= sizeof(struct vfio_region_info) && span_ok(size, at, 8)) {
		uint32_t next = get_le32(info + at + 4);

		if (get_le16(info + at) == VFIO_REGION_INFO_CAP_TYPE && span_ok(size, at, 16))
			return get_le32(info + at + 8) == TYPE_INTEL ? get_le32(info + at + 12) : 0;
		if (next <= at)
			break;
		at = next;
	}
	return 0;
}

/*
 * 1, 0 where the device has no such region, which EINVAL says, or an error. The first answer says
 * how large the second must be; *subtype is 0 for a region that is not one of Intel's.
 */
static int region_info(const struct igdpt_priv_vfio *vfio, uint32_t index,
	struct vfio_region_info *region, uint32_t *subtype, struct igdpt_host_why *why)
{
	uint8_t info[INFO_MAX] = { 0 };
	uint32_t size = sizeof(*region);

	for (int pass = 0; pass < 2; pass++) {
		*region = (struct vfio_region_info){ .argsz = size, .index = index };
		memcpy(info, region, sizeof(*region));
		if (vfio->control(vfio->device, VFIO_DEVICE_GET_REGION_INFO, info) < 0)
			return errno == EINVAL ? 0 : igdpt_priv_host_fail(why, -IGDPT_E_IO, errno,
				"VFIO_DEVICE_GET_REGION_INFO of region %u", index);
		memcpy(region, info, sizeof(*region));
		if (region->argsz <= size)
			break;
		if (region->argsz > sizeof(info))
			return 0;
		size = region->argsz;
	}
	*subtype = region->flags & VFIO_REGION_INFO_FLAG_CAPS ?
		intel_subtype(info, size, region->cap_offset) : 0;
	return 1;
}

static int region_count(const struct igdpt_priv_vfio *vfio, uint32_t *count,
	struct igdpt_host_why *why)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };

	if (vfio->control(vfio->device, VFIO_DEVICE_GET_INFO, &info) < 0)
		return igdpt_priv_host_fail(why, -IGDPT_E_IO, errno, "VFIO_DEVICE_GET_INFO");
	*count = info.num_regions < REGIONS_MAX ? info.num_regions : REGIONS_MAX;
	return 0;
}

static int find_region(const struct igdpt_priv_vfio *vfio, struct vfio_region_info *region,
	struct igdpt_host_why *why)
{
	uint32_t count, subtype;
	int rc = region_count(vfio, &count, why);

	for (uint32_t i = FIRST_REGION; rc >= 0 && i < count; i++) {
		rc = region_info(vfio, i, region, &subtype, why);
		if (rc > 0 && subtype == SUBTYPE_OPREGION)
			return 0;
	}
	if (rc < 0)
		return rc;
	return igdpt_priv_host_fail(why, -IGDPT_E_NOTFOUND, 0,
		"vfio-pci shows %u regions and no OpRegion among them", count);
}

static int read_region(const struct igdpt_priv_vfio *vfio, uint64_t at, uint8_t *buf, size_t len,
	struct igdpt_host_why *why)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = vfio->read(vfio->device, buf + got, len - got, at + got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return igdpt_priv_host_fail(why, -IGDPT_E_IO, n < 0 ? errno : 0,
				"the OpRegion region cannot be read at 0x%zx", got);
		got += (size_t)n;
	}
	return 0;
}

/*
 * 8 KiB first, whatever the region's size is. Behind them only what is certainly a VBT: with a
 * SIZE above 8 the kernel copies from a bad pointer there.
 */
int igdpt_priv_vfio_opregion(const struct igdpt_priv_vfio *vfio, uint8_t *buf, size_t *len,
	struct igdpt_host_why *why)
{
	uint8_t head[OPREGION_BYTES];
	struct vfio_region_info region;
	uint32_t extra;
	int rc = find_region(vfio, &region, why);

	if (!rc && region.size < OPREGION_BYTES)
		rc = igdpt_priv_host_fail(why, -IGDPT_E_SIZE, 0,
			"the OpRegion region has only 0x%llx bytes", (unsigned long long)region.size);
	if (!rc)
		rc = read_region(vfio, region.offset, head, OPREGION_BYTES, why);
	if (!rc)
		rc = igdpt_priv_opregion_extra(head, &extra, buf, *len, why);
	if (rc)
		return rc;
	if (region.size != OPREGION_BYTES + (uint64_t)extra)
		extra = 0;
	rc = igdpt_priv_host_room(buf, len, OPREGION_BYTES + extra, why);
	if (rc)
		return rc;
	memcpy(buf, head, OPREGION_BYTES);
	*len = OPREGION_BYTES + extra;
	return read_region(vfio, region.offset + OPREGION_BYTES, buf + OPREGION_BYTES, extra, why);
}

static int real_control(void *device, unsigned long request, void *arg)
{
	return ioctl(*(int *)device, request, arg);
}

static ssize_t real_read(void *device, void *buf, size_t len, uint64_t offset)
{
	return pread(*(int *)device, buf, len, (off_t)offset);
}

static void add_region(struct igdpt_host_regions *r, uint32_t index, uint32_t subtype,
	const struct vfio_region_info *region)
{
	if (index == VFIO_PCI_ROM_REGION_INDEX && region->size) {
		r->flags |= IGDPT_HOST_REGION_ROM;
		r->rom_bytes = region->size;
	}
	if (index == VFIO_PCI_VGA_REGION_INDEX && region->size)
		r->flags |= IGDPT_HOST_REGION_VGA;
	if (index < FIRST_REGION || subtype < SUBTYPE_OPREGION || subtype > SUBTYPE_LPC)
		return;
	r->flags |= (uint32_t)IGDPT_HOST_REGION_OPREGION << (subtype - SUBTYPE_OPREGION);
	if (subtype == SUBTYPE_OPREGION)
		r->opregion_bytes = region->size;
}

/* The config region is one that every device has: absent is an error too. */
static int read_asls(const struct igdpt_priv_vfio *vfio, uint32_t *asls,
	struct igdpt_host_why *why)
{
	struct vfio_region_info region;
	uint32_t subtype;
	uint8_t value[4] = { 0 };
	int rc = region_info(vfio, VFIO_PCI_CONFIG_REGION_INDEX, &region, &subtype, why);

	if (rc == 0)
		return igdpt_priv_host_fail(why, -IGDPT_E_IO, EINVAL,
			"VFIO_DEVICE_GET_REGION_INFO of region %u", VFIO_PCI_CONFIG_REGION_INDEX);
	if (rc > 0)
		rc = read_region(vfio, region.offset + ASLS, value, sizeof(value), why);
	*asls = get_le32(value);
	return rc;
}

int igdpt_priv_vfio_regions(const struct igdpt_priv_vfio *vfio, struct igdpt_host_regions *regions,
	struct igdpt_host_why *why)
{
	struct igdpt_host_regions mine = { .size = sizeof(mine) };
	struct vfio_region_info region;
	int rc = region_count(vfio, &mine.count, why);
	uint32_t subtype;

	for (uint32_t i = 0; rc >= 0 && i < mine.count; i++) {
		rc = region_info(vfio, i, &region, &subtype, why);
		if (rc > 0)
			add_region(&mine, i, subtype, &region);
	}
	if (rc >= 0)
		rc = read_asls(vfio, &mine.asls, why);
	if (rc < 0)
		return rc;
	return igdpt_priv_host_out(regions, &mine, sizeof(mine), V1(igdpt_host_regions));
}

static int open_node(int root, const char *path, struct igdpt_host_why *why)
{
	int fd = igdpt_priv_host_open_type(root, path, O_RDWR, S_IFCHR, 0);

	if (fd < 0)
		return igdpt_priv_host_fail(why, igdpt_priv_host_error(-fd), -fd, "/%s", path);
	return fd;
}

/* An open device, and what must stay open with it; -1 where there is nothing. */
struct handle {
	int container, group, device;
};

static void close_handle(struct handle *h)
{
	if (h->device >= 0)
		close(h->device);
	if (h->group >= 0)
		close(h->group);
	if (h->container >= 0)
		close(h->container);
}

/* The device must be vfio-pci's; its other drivers have no such region. */
static int bound(int root, uint32_t address, struct igdpt_host_device *device,
	struct igdpt_host_why *why)
{
	int rc;

	*device = (struct igdpt_host_device){ .size = sizeof(*device) };
	rc = igdpt_host_get_device(root, address, device);
	if (rc)
		return igdpt_priv_host_fail(why, rc, 0, rc == -IGDPT_E_NOTFOUND ?
			"there is no such device" : "the device's attributes cannot be read");
	if (strcmp(device->driver, "vfio-pci") != 0)
		return igdpt_priv_host_fail(why, -IGDPT_E_NOTFOUND, 0, "the driver is %s, not vfio-pci",
			*device->driver ? device->driver : "none");
	return 0;
}

static int attach_group(struct handle *h, const char *address, struct igdpt_host_why *why)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	if (ioctl(h->group, VFIO_GROUP_GET_STATUS, &status) < 0)
		return igdpt_priv_host_fail(why, -IGDPT_E_IO, errno, "VFIO_GROUP_GET_STATUS");
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		return igdpt_priv_host_fail(why, -IGDPT_E_ACCESS, 0, "the IOMMU group is not viable");
	if (ioctl(h->group, VFIO_GROUP_SET_CONTAINER, &h->container) < 0)
		return igdpt_priv_host_fail(why, -IGDPT_E_ACCESS, errno, "VFIO_GROUP_SET_CONTAINER");
	if (ioctl(h->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0)
		return igdpt_priv_host_fail(why, -IGDPT_E_ACCESS, errno, "VFIO_SET_IOMMU");
	h->device = ioctl(h->group, VFIO_GROUP_GET_DEVICE_FD, address);
	if (h->device < 0)
		return igdpt_priv_host_fail(why, -IGDPT_E_IO, errno, "VFIO_GROUP_GET_DEVICE_FD");
	return 0;
}

static int open_group(int root, const struct igdpt_host_device *device, struct handle *h,
	struct igdpt_host_why *why)
{
	char path[64], text[ADDRESS_TEXT];

	if (device->group < 0)
		return igdpt_priv_host_fail(why, -IGDPT_E_NOTFOUND, 0, "the device has no IOMMU group");
	h->container = open_node(root, "dev/vfio/vfio", why);
	if (h->container < 0)
		return h->container;
	snprintf(path, sizeof(path), "dev/vfio/%d", device->group);
	h->group = open_node(root, path, why);
	if (h->group < 0)
		return h->group;
	igdpt_priv_host_address(device->address, text);
	return attach_group(h, text, why);
}

struct cdev {
	char name[32];
};

static int is_cdev(void *user, const char *name)
{
	struct cdev *c = user;

	if (strncmp(name, "vfio", 4) != 0 || strlen(name) >= sizeof(c->name))
		return 0;
	strcpy(c->name, name);
	return 1;
}

/* The binding holds its own reference to the iommufd. */
static int bind_cdev(int root, struct handle *h, struct igdpt_host_why *why)
{
	struct bind_iommufd bind = { .argsz = sizeof(bind) };
	int iommu = open_node(root, "dev/iommu", why), rc = iommu;

	if (iommu < 0)
		return rc;
	bind.iommufd = iommu;
	rc = ioctl(h->device, BIND_IOMMUFD, &bind);
	if (rc < 0)
		rc = igdpt_priv_host_fail(why, -IGDPT_E_ACCESS, errno, "VFIO_DEVICE_BIND_IOMMUFD");
	close(iommu);
	return rc < 0 ? rc : 0;
}

static int open_cdev(int root, const struct igdpt_host_device *device, struct handle *h,
	struct igdpt_host_why *why)
{
	char path[128], text[ADDRESS_TEXT];
	struct cdev cdev = { "" };
	int rc;

	igdpt_priv_host_address(device->address, text);
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/vfio-dev", text);
	rc = igdpt_host_list(root, path, is_cdev, &cdev);
	if (rc < 0 && rc != -IGDPT_E_NOTFOUND)
		return igdpt_priv_host_fail(why, rc, 0, "/%s cannot be read", path);
	if (rc <= 0)
		return igdpt_priv_host_fail(why, -IGDPT_E_NOTFOUND, 0,
			"the device has no VFIO character device (Linux 6.6, CONFIG_VFIO_DEVICE_CDEV)");
	snprintf(path, sizeof(path), "dev/vfio/devices/%s", cdev.name);
	h->device = open_node(root, path, why);
	return h->device < 0 ? h->device : bind_cdev(root, h, why);
}

static int open_handle(int root, uint32_t address, uint32_t source, struct handle *h,
	struct igdpt_host_why *why)
{
	struct igdpt_host_device device;
	int rc = bound(root, address, &device, why);

	if (rc)
		return rc;
	return source == IGDPT_HOST_VFIO_GROUP ? open_group(root, &device, h, why) :
						 open_cdev(root, &device, h, why);
}

int igdpt_priv_vfio_read(int root, uint32_t address, uint32_t source, uint8_t *buf, size_t *len,
	struct igdpt_host_why *why)
{
	struct handle h = { -1, -1, -1 };
	struct igdpt_priv_vfio vfio = { .control = real_control, .read = real_read,
		.device = &h.device };
	int rc = open_handle(root, address, source, &h, why);

	if (!rc)
		rc = igdpt_priv_vfio_opregion(&vfio, buf, len, why);
	close_handle(&h);
	return rc;
}

int igdpt_host_regions(int root, uint32_t address, uint32_t source,
	struct igdpt_host_regions *regions, struct igdpt_host_why *why)
{
	struct handle h = { -1, -1, -1 };
	struct igdpt_priv_vfio vfio = { .control = real_control, .read = real_read,
		.device = &h.device };
	int rc;

	if (source != IGDPT_HOST_VFIO_GROUP && source != IGDPT_HOST_VFIO_CDEV)
		return igdpt_priv_host_fail(why, -IGDPT_E_INVALID, 0, "%u is no source of VFIO", source);
	rc = open_handle(root, address, source, &h, why);
	if (!rc)
		rc = igdpt_priv_vfio_regions(&vfio, regions, why);
	close_handle(&h);
	return rc;
}
