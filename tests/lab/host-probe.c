/* SPDX-License-Identifier: MIT
 *
 * Runs in a host that a scenario boots, static: what vfio-pci shows of a device, in lines that
 * start with "LAB:", and what libigdpt-host reads there.
 *
 *     host-probe BDF regions   attach, regions, config space
 *     host-probe BDF readers   what libigdpt-host reads: the device must be free
 *     host-probe BDF beyond    read the OpRegion region to its end, as no reader should
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "igdpt/igdpt-host.h"

#define TYPE_INTEL 0x80008086u
#define SUBTYPE_OPREGION 1u
#define ROOM (1u << 20)

struct region {
	struct vfio_region_info info;
	uint32_t type;
	uint32_t subtype;
};

static uint8_t buf[ROOM];

/* The checksum of zip and Python's zlib.crc32(). */
static uint32_t crc32(const uint8_t *data, size_t len)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < len; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
	}
	return ~crc;
}

static int said(const char *bdf, const char *what, int rc)
{
	printf("LAB: %s %s errno %d\n", bdf, what, rc < 0 ? errno : 0);
	return rc;
}

static int open_group(const char *bdf)
{
	char path[128], link[128], node[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", bdf);
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0)
		return -1;
	link[n] = '\0';
	snprintf(node, sizeof(node), "/dev/vfio/%.20s", strrchr(link, '/') + 1);
	return open(node, O_RDWR);
}

/* The container stays open: the group needs it as long as the device is in use. */
static int open_device(const char *bdf)
{
	int container = open("/dev/vfio/vfio", O_RDWR);
	int group = said(bdf, "group", open_group(bdf));

	if (container < 0 || group < 0)
		return -1;
	if (said(bdf, "set-container", ioctl(group, VFIO_GROUP_SET_CONTAINER, &container)) < 0 ||
		said(bdf, "set-iommu", ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU)) < 0)
		return -1;
	return said(bdf, "device", ioctl(group, VFIO_GROUP_GET_DEVICE_FD, bdf));
}

static void get_region(int device, uint32_t index, struct region *r)
{
	uint8_t info[256] = { 0 };
	struct vfio_region_info_cap_type type;

	*r = (struct region){ .info = { .argsz = sizeof(info), .index = index } };
	memcpy(info, &r->info, sizeof(r->info));
	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, info) < 0)
		return;
	memcpy(&r->info, info, sizeof(r->info));
	if (!(r->info.flags & VFIO_REGION_INFO_FLAG_CAPS) ||
		r->info.cap_offset > sizeof(info) - sizeof(type))
		return;
	memcpy(&type, info + r->info.cap_offset, sizeof(type));
	if (type.header.id != VFIO_REGION_INFO_CAP_TYPE)
		return;
	r->type = type.type;
	r->subtype = type.subtype;
}

static void show_regions(const char *bdf, int device)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	uint32_t id = 0;
	struct region r;

	ioctl(device, VFIO_DEVICE_GET_INFO, &info);
	printf("LAB: %s regions %u\n", bdf, info.num_regions);
	for (uint32_t i = VFIO_PCI_NUM_REGIONS; i < info.num_regions; i++) {
		get_region(device, i, &r);
		if (pread(device, &id, sizeof(id), (off_t)r.info.offset) != sizeof(id))
			id = 0;
		printf("LAB: %s region %u type 0x%x subtype %u size 0x%llx starts 0x%08" PRIx32 "\n",
			bdf, i, r.type, r.subtype, (unsigned long long)r.info.size, id);
	}
}

/* Config space by VFIO, and by sysfs: the hardware's. */
static void show_asls(const char *bdf, int device)
{
	uint32_t vfio = 0, sysfs = 0;
	struct region config;
	char path[128];
	int fd;

	get_region(device, VFIO_PCI_CONFIG_REGION_INDEX, &config);
	if (pread(device, &vfio, sizeof(vfio), (off_t)(config.info.offset + 0xfc)) != sizeof(vfio))
		said(bdf, "config", -1);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", bdf);
	fd = open(path, O_RDONLY);
	if (fd < 0 || pread(fd, &sysfs, sizeof(sysfs), 0xfc) != sizeof(sysfs))
		said(bdf, "sysfs config", -1);
	printf("LAB: %s asls vfio 0x%08" PRIx32 " sysfs 0x%08" PRIx32 "\n", bdf, vfio, sysfs);
}

static void show_reader(const char *bdf, int root, uint32_t address, uint32_t source,
	const char *name)
{
	struct igdpt_host_why why = { .size = sizeof(why) };
	size_t len = sizeof(buf);
	int rc = igdpt_host_opregion(root, address, source, buf, &len, &why);

	if (rc < 0)
		printf("LAB: %s reader %s error %d errno %d: %s\n", bdf, name, -rc, why.system,
			why.text);
	else
		printf("LAB: %s reader %s bytes 0x%zx crc 0x%08" PRIx32 "\n", bdf, name, len,
			crc32(buf, len));
}

static void show_readers(const char *bdf)
{
	int root = open("/", O_PATH | O_DIRECTORY);
	unsigned bus, slot, function;

	if (sscanf(bdf, "0000:%x:%x.%x", &bus, &slot, &function) != 3)
		return;
	bus = bus << 8 | slot << 3 | function;
	show_reader(bdf, root, bus, IGDPT_HOST_VFIO_GROUP, "group");
	show_reader(bdf, root, bus, IGDPT_HOST_VFIO_CDEV, "cdev");
	show_reader(bdf, root, bus, IGDPT_HOST_DEV_MEM, "mem");
	close(root);
}

static void read_beyond(const char *bdf, int device)
{
	struct region r = { .type = 0 };
	uint32_t i = VFIO_PCI_NUM_REGIONS;
	ssize_t n;

	for (; i < VFIO_PCI_NUM_REGIONS + 3 && r.subtype != SUBTYPE_OPREGION; i++)
		get_region(device, i, &r);
	if (r.type != TYPE_INTEL)
		return;
	printf("LAB: %s reads 0x%llx bytes\n", bdf, (unsigned long long)r.info.size);
	fflush(stdout);
	n = pread(device, buf, r.info.size, (off_t)r.info.offset);
	printf("LAB: %s read %zd errno %d crc 0x%08" PRIx32 "\n", bdf, n, n < 0 ? errno : 0,
		crc32(buf, n < 0 ? 0 : (size_t)n));
}

int main(int argc, char **argv)
{
	const char *verb = argc > 2 ? argv[2] : "";
	int device;

	if (argc < 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (strcmp(verb, "readers") == 0) {
		show_readers(argv[1]);
		return 0;
	}
	device = open_device(argv[1]);
	if (device < 0)
		return 1;
	if (strcmp(verb, "beyond") == 0) {
		read_beyond(argv[1], device);
		return 0;
	}
	show_regions(argv[1], device);
	show_asls(argv[1], device);
	return 0;
}
