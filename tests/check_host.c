/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdarg.h>
#include <stdio.h>
#if defined(__x86_64__) || defined(__i386__)
#include <sys/io.h>
#endif
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "support.h"
#include "tree.h"

#include "bytes.h"
#include "host/internal.h"

#define IGD 0x10u /* 0000:00:02.0 */
#define PCI "sys/devices/pci0000:00/"
#define RVDS 0x2400u

/* Both ways to open a path must agree; the descriptor's first byte, or a negative errno. */
static int first_byte(const char *path)
{
	int way[2];

	for (int i = 0; i < 2; i++) {
		int fd = i ? igdpt_priv_host_walk(root, path, O_RDONLY | O_NONBLOCK) :
			     igdpt_priv_host_open(root, path, O_RDONLY | O_NONBLOCK);
		char c = 0;

		way[i] = fd;
		if (fd >= 0) {
			way[i] = read(fd, &c, 1) == 1 ? c : -errno;
			close(fd);
		}
	}
	ck_assert_msg(way[0] == way[1], "%s: openat2 %d, walk %d", path, way[0], way[1]);
	return way[0];
}

START_TEST(links_never_leave_the_root)
{
	put_text("etc/passwd", "inside");
	put_text("a/b/file", "file");
	put_link("/etc/passwd", "absolute");
	put_link("../../../../../../../../etc/passwd", "a/b/climb");
	put_link("/etc/shadow", "nowhere");
	put_link("../b/../b/./file", "a/b/round");
	put_link("/a", "a/b/up");
	put_link("loop2", "loop1");
	put_link("loop1", "loop2");
	put_link("self", "self");
	ck_assert_int_eq(first_byte("absolute"), 'i');
	ck_assert_int_eq(first_byte("a/b/climb"), 'i');
	ck_assert_int_eq(first_byte("../../etc/passwd"), 'i');
	ck_assert_int_eq(first_byte("/etc/passwd"), 'i');
	ck_assert_int_eq(first_byte("nowhere"), -ENOENT);
	ck_assert_int_eq(first_byte("a/b/round"), 'f');
	ck_assert_int_eq(first_byte("a/b/up/b/up/b//./file"), 'f');
	ck_assert_int_eq(first_byte("loop1"), -ELOOP);
	ck_assert_int_eq(first_byte("self"), -ELOOP);
	ck_assert_int_eq(first_byte("a/b/file/more"), -ENOTDIR);
}
END_TEST

START_TEST(magic_links_lead_nowhere)
{
	int system = open("/", O_RDONLY | O_DIRECTORY), fd;

	ck_assert_int_ge(system, 0);
	fd = igdpt_priv_host_open(system, "proc/self/cwd/.", O_RDONLY);
	ck_assert_int_lt(fd, 0);
	close(system);
}
END_TEST

START_TEST(only_regular_files_are_read_and_none_blocks)
{
	char buf[16];
	size_t len = sizeof(buf);

	mkdirat(root, "dir", 0755);
	ck_assert_int_eq(mkfifoat(root, "fifo", 0644), 0);
	put_link("fifo", "link");
	ck_assert_int_eq(igdpt_host_read(root, "fifo", buf, &len), -IGDPT_E_UNSUPPORTED);
	ck_assert_int_eq(igdpt_host_read(root, "link", buf, &len), -IGDPT_E_UNSUPPORTED);
	ck_assert_int_eq(igdpt_host_read(root, "dir", buf, &len), -IGDPT_E_UNSUPPORTED);
	ck_assert_int_eq(igdpt_host_read(root, "none", buf, &len), -IGDPT_E_NOTFOUND);
	ck_assert_int_eq(igdpt_host_read(root, "", buf, &len), -IGDPT_E_NOTFOUND);
}
END_TEST

START_TEST(a_file_larger_than_the_room_is_refused)
{
	char *buf = malloc(8);
	size_t len = 8;

	put("eight", "12345678", 8);
	put("nine", "123456789", 9);
	ck_assert_int_eq(igdpt_host_read(root, "eight", buf, &len), 0);
	ck_assert_uint_eq(len, 8);
	ck_assert_int_eq(igdpt_host_read(root, "nine", buf, &len), -IGDPT_E_NOSPACE);
	ck_assert_uint_eq(len, 9);
	ck_assert_mem_eq(buf, "12345678", 8); /* not touched */
	free(buf);
}
END_TEST

/* The room that a first call names is what the second needs; the kernel's own files tell no size. */
START_TEST(a_file_says_how_much_room_it_needs)
{
	static const size_t sizes[] = { 0, 1, 10, 4095, 4096, 4097, 8192, 20000 };
	int proc = open("/proc/self", O_RDONLY | O_DIRECTORY);
	char *buf = calloc(1, 20000), first;
	size_t need = 0, len;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		put("file", buf, sizes[i]);
		for (size_t room = 0; room < 2; room++) {
			len = room ? SIZE_MAX : 0;
			ck_assert_int_eq(igdpt_host_read(root, "file", NULL, &len), -IGDPT_E_NOSPACE);
			ck_assert_uint_eq(len, sizes[i]);
			ck_assert_int_eq(igdpt_host_read(root, "file", buf, &len), 0);
			ck_assert_uint_eq(len, sizes[i]);
		}
	}
	/* More than a page of text, and st_size is 0. */
	ck_assert_int_eq(igdpt_host_read(proc, "smaps", NULL, &need), -IGDPT_E_NOSPACE);
	ck_assert_uint_gt(need, 4096);
	need = 0;
	ck_assert_int_eq(igdpt_host_read(proc, "environ", NULL, &need), -IGDPT_E_NOSPACE);
	len = need;
	ck_assert(need > 0 && need < 20000);
	ck_assert_int_eq(igdpt_host_read(proc, "environ", buf, &len), 0);
	ck_assert_uint_eq(len, need);
	first = buf[0]++;
	len = need - 1;
	ck_assert_int_eq(igdpt_host_read(proc, "environ", buf, &len), -IGDPT_E_NOSPACE);
	ck_assert(len == need && buf[0] == (char)(first + 1));
	free(buf);
	close(proc);
}
END_TEST

START_TEST(what_a_vm_has_is_not_for_us)
{
	ck_assert_int_eq(igdpt_priv_host_error(EBUSY), -IGDPT_E_ACCESS);
	ck_assert_int_eq(igdpt_priv_host_error(EIO), -IGDPT_E_IO);
}
END_TEST

START_TEST(paths_of_any_length_are_survived)
{
	char path[9000], buf[4];
	size_t len = sizeof(buf);

	memset(path, 'x', sizeof(path));
	for (size_t n = 250; n < sizeof(path); n *= 2) {
		path[n] = '\0';
		ck_assert_int_lt(igdpt_host_read(root, path, buf, &len), 0);
		ck_assert_int_lt(igdpt_priv_host_walk(root, path, O_RDONLY), 0);
		path[n] = 'x';
	}
	for (size_t n = 0; n + 1 < 4000; n += 2)
		memcpy(path + n, "./", 2);
	path[4000] = '\0';
	ck_assert_int_lt(igdpt_host_read(root, path, buf, &len), 0);
}
END_TEST

static void put_device(const char *bdf, const char *device, const char *class_code, const char *group)
{
	char path[128], target[128];
	const char *const names[] = { "vendor", "device", "class" };
	const char *const values[] = { "0x8086\n", device, class_code };

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), PCI "%s/%s", bdf, names[i]);
		put_text(path, values[i]);
	}
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", bdf);
	snprintf(target, sizeof(target), "../../../devices/pci0000:00/%s", bdf);
	put_link(target, path);
	if (!group)
		return;
	snprintf(path, sizeof(path), PCI "%s/iommu_group", bdf);
	snprintf(target, sizeof(target), "../../../kernel/iommu_groups/%s", group);
	put_link(target, path);
	snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%s/devices/%s", group, bdf);
	snprintf(target, sizeof(target), "../../../../devices/pci0000:00/%s", bdf);
	put_link(target, path);
}

START_TEST(display_devices_are_found_in_order)
{
	struct igdpt_host_device d = { .size = sizeof(d) };

	put_device("0000:00:02.1", "0x46a6\n", "0x030000\n", "8");
	put_device("0000:00:02.0", "0x46a6\n", "0x038000\n", "0");
	put_device("0000:00:1f.0", "0x5182\n", "0x060100\n", "8");
	put_device("0000:03:00.0", "0x56a0\n", "0x030000\n", NULL);
	put_text("sys/bus/pci/devices/README", "no device");
	put_text("sys/bus/pci/devices/0000:00:02.0x/vendor", "0x8086\n");
	put_link("../../../bus/pci/drivers/vfio-pci", PCI "0000:00:02.0/driver");
	put_link("../0000:00:02.0", PCI "0000:00:02.1/physfn");
	put_text(PCI "0000:00:02.0/boot_vga", "1\n");
	ck_assert_int_eq(igdpt_host_find(root, 0, &d), 0);
	ck_assert_uint_eq(d.address, IGD);
	ck_assert_uint_eq(d.device, 0x46a6);
	ck_assert_uint_eq(d.class_code, 0x038000);
	ck_assert_int_eq(d.group, 0);
	ck_assert_uint_eq(d.flags, IGDPT_HOST_BOOT_VGA);
	ck_assert_str_eq(d.driver, "vfio-pci");
	ck_assert_int_eq(igdpt_host_find(root, d.address + 1, &d), 0);
	ck_assert_uint_eq(d.address, 0x11);
	ck_assert_uint_eq(d.flags, IGDPT_HOST_VF);
	ck_assert_str_eq(d.driver, "");
	ck_assert_int_eq(igdpt_host_find(root, d.address + 1, &d), 0);
	ck_assert_uint_eq(d.address, 0x300);
	ck_assert_int_eq(d.group, -1);
	ck_assert_int_eq(igdpt_host_find(root, d.address + 1, &d), -IGDPT_E_NOTFOUND);
	ck_assert_int_eq(igdpt_host_member(root, 8, 0, &d), 0);
	ck_assert_uint_eq(d.address, 0x11);
	ck_assert_int_eq(igdpt_host_member(root, 8, 0x12, &d), 0);
	ck_assert_uint_eq(d.address, 0xf8);
	ck_assert_int_eq(igdpt_host_member(root, 9, 0, &d), -IGDPT_E_NOTFOUND);
}
END_TEST

/* ffff:ff:1f.7: who goes on behind it would begin again. */
START_TEST(every_list_of_devices_ends)
{
	struct igdpt_host_device d = { .size = sizeof(d) };

	put_device("ffff:ff:1f.6", "0x46a6\n", "0x030000\n", "0");
	put_device("ffff:ff:1f.7", "0x46a6\n", "0x030000\n", "0");
	ck_assert_int_eq(igdpt_host_find(root, 0, &d), 0);
	ck_assert_uint_eq(d.address, 0xfffffffe);
	ck_assert_int_eq(igdpt_host_find(root, d.address + 1, &d), -IGDPT_E_NOTFOUND);
	ck_assert_int_eq(igdpt_host_member(root, 0, 0, &d), 0);
	ck_assert_uint_eq(d.address, 0xfffffffe);
	ck_assert_int_eq(igdpt_host_member(root, 0, d.address + 1, &d), -IGDPT_E_NOTFOUND);
	ck_assert_int_eq(igdpt_host_get_device(root, UINT32_MAX, &d), 0);
}
END_TEST

/* As in a tree that was captured in part, or while one is unplugged. */
START_TEST(a_member_that_is_gone_hides_none_behind_it)
{
	struct igdpt_host_device d = { .size = sizeof(d) };

	put_device("0000:00:02.0", "0x46a6\n", "0x030000\n", "8");
	put_link("../../../../devices/pci0000:00/0000:00:01.0",
		"sys/kernel/iommu_groups/8/devices/0000:00:01.0");
	ck_assert_int_eq(igdpt_host_member(root, 8, 0, &d), 0);
	ck_assert_uint_eq(d.address, IGD);
	ck_assert_int_eq(igdpt_host_member(root, 8, IGD + 1, &d), -IGDPT_E_NOTFOUND);
}
END_TEST

START_TEST(struct_sizes_are_checked)
{
	struct igdpt_host_device d = { .size = 4 };
	struct igdpt_host_iommu iommu = { .size = 1u << 20 };

	put_device("0000:00:02.0", "0x46a6\n", "0x030000\n", NULL);
	ck_assert_int_eq(igdpt_host_find(root, 0, &d), -IGDPT_E_ABI_SIZE);
	ck_assert_int_eq(igdpt_host_get_iommu(root, &iommu), -IGDPT_E_ABI_SIZE);
}
END_TEST

START_TEST(garbage_in_attributes_is_no_device)
{
	struct igdpt_host_device d = { .size = sizeof(d) };

	put_device("0000:00:02.0", "0x46a6 or so", "0x030000\n", NULL);
	ck_assert_int_eq(igdpt_host_find(root, 0, &d), -IGDPT_E_SYNTAX);
	put_text(PCI "0000:00:02.0/class", "\xff\xff\xff\xff");
	ck_assert_int_eq(igdpt_host_find(root, 0, &d), -IGDPT_E_NOTFOUND);
}
END_TEST

START_TEST(the_narrowest_iommu_counts)
{
	struct igdpt_host_iommu iommu = { .size = sizeof(iommu) };

	ck_assert_int_eq(igdpt_host_get_iommu(root, &iommu), 0);
	ck_assert_uint_eq(iommu.units, 0);
	/* The units of an Alder Lake host: 46 bits, but 39 for graphics; one cannot remap. */
	put_text("sys/devices/virtual/iommu/dmar0/intel-iommu/cap", "d2008c402d0462\n");
	put_text("sys/devices/virtual/iommu/dmar0/intel-iommu/ecap", "f050d2\n");
	put_text("sys/devices/virtual/iommu/dmar1/intel-iommu/cap", "1c0000c40660462\n");
	put_text("sys/devices/virtual/iommu/dmar1/intel-iommu/ecap", "29a00f0505e\n");
	put_text("sys/devices/virtual/iommu/dmar2/intel-iommu/cap", "d2008c402d0462\n");
	put_text("sys/devices/virtual/iommu/dmar2/intel-iommu/ecap", "f050da\n");
	put_link("../../devices/virtual/iommu/dmar2", "sys/class/iommu/dmar2");
	put_link("../../devices/virtual/iommu/dmar0", "sys/class/iommu/dmar0");
	put_link("../../devices/virtual/iommu/dmar1", "sys/class/iommu/dmar1");
	ck_assert_int_eq(igdpt_host_get_iommu(root, &iommu), 0);
	ck_assert_uint_eq(iommu.units, 3);
	ck_assert_uint_eq(iommu.width, 39);
	ck_assert_uint_eq(iommu.remapping, 2);
}
END_TEST

START_TEST(the_kernel_and_its_options_are_known)
{
	struct igdpt_host_kernel k = { .size = sizeof(k) };
	char value[8];

	ck_assert_int_eq(igdpt_host_get_kernel(root, &k), -IGDPT_E_NOTFOUND);
	put_text("proc/version", "Linux version 6.12.95-amd64 (debian) (gcc) #1 SMP\n");
	ck_assert_int_eq(igdpt_host_get_kernel(root, &k), 0);
	ck_assert_str_eq(k.release, "6.12.95-amd64");
	ck_assert_uint_eq(k.major, 6);
	ck_assert_uint_eq(k.minor, 12);
	ck_assert_int_eq(igdpt_host_kernel_option(root, "CONFIG_VFIO"), -IGDPT_E_NOTFOUND);
	put_text("lib/modules/6.12.95-amd64/config",
		"CONFIG_VFIO_PCI=m\n# CONFIG_VFIO_PCI_VGA is not set\nCONFIG_VFIO_PCI_IGD=y\n");
	ck_assert_int_eq(igdpt_host_kernel_option(root, "CONFIG_VFIO_PCI"), 'm');
	ck_assert_int_eq(igdpt_host_kernel_option(root, "CONFIG_VFIO_PCI_IGD"), 'y');
	ck_assert_int_eq(igdpt_host_kernel_option(root, "CONFIG_VFIO_PCI_VGA"), 'n');
	ck_assert_int_eq(igdpt_host_kernel_option(root, "CONFIG_VFIO"), 'n');
	ck_assert_int_eq(igdpt_host_kernel_option(root, ""), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_host_kernel_option(root, NULL), -IGDPT_E_INVALID);
	put_text("sys/module/vfio_pci/parameters/disable_vga", "Y\n");
	ck_assert_int_eq(igdpt_host_parameter(root, "vfio_pci", "disable_vga", value, sizeof(value)), 0);
	ck_assert_str_eq(value, "Y");
	ck_assert_int_eq(igdpt_host_parameter(root, "vfio_pci", "disable_vga", value, 2), 0);
	ck_assert_str_eq(value, "Y");
	ck_assert_int_eq(igdpt_host_parameter(root, "vfio_pci", "disable_vga", value, 1),
		-IGDPT_E_NOSPACE);
	ck_assert_str_eq(value, "");
	put_text("proc/version", "Linux version ../../etc (x)\n");
	ck_assert_int_lt(igdpt_host_kernel_option(root, "CONFIG_VFIO"), 0);
}
END_TEST

/* An OpRegion of a version, and the extended VBT that it names. */
static void make_opregion(uint8_t *op, uint16_t version, uint64_t rvda, uint32_t rvds)
{
	memset(op, 0, OPREGION_BYTES);
	memcpy(op, "IntelGraphicsMem", 16);
	put_le32(op + 0x10, 8);
	put_le16(op + 0x16, version);
	put_le64(op + 0x3ba, rvda);
	put_le32(op + 0x3c2, rvds);
}

static void put_asls(uint32_t asls)
{
	uint8_t config[256] = { 0x86, 0x80 };

	put_device("0000:00:02.0", "0x46a6\n", "0x030000\n", NULL);
	put_le32(config + 0xfc, asls);
	put(PCI "0000:00:02.0/config", config, sizeof(config));
}

static void put_mem(uint64_t at, const void *data, size_t len)
{
	int fd;

	directories("dev/mem");
	fd = openat(root, "dev/mem", O_WRONLY | O_CREAT, 0644);
	ck_assert_int_eq(pwrite(fd, data, len, (off_t)at), (ssize_t)len);
	close(fd);
}

static int opregion(uint32_t source, uint8_t *buf, size_t *len, struct igdpt_host_why *why)
{
	*why = (struct igdpt_host_why){ .size = sizeof(*why) };
	return igdpt_host_opregion(root, IGD, source, buf, len, why);
}

/* Whatever the room, the answer names all of it, and nothing is written. */
static void room_is_told(int rc, const size_t *len, const uint8_t *buf)
{
	ck_assert_int_eq(rc, -IGDPT_E_NOSPACE);
	ck_assert_uint_eq(*len, OPREGION_BYTES + RVDS);
	ck_assert_uint_eq(buf[0], 0x77);
}

static const size_t rooms[] = { 0, 1, OPREGION_BYTES - 1, OPREGION_BYTES, OPREGION_BYTES + RVDS - 1 };

static void needs_all(uint32_t source, uint8_t *buf)
{
	struct igdpt_host_why why;
	size_t len = SIZE_MAX;

	buf[0] = 0x77;
	room_is_told(opregion(source, NULL, &len, &why), &len, buf);
	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		len = rooms[i];
		room_is_told(opregion(source, buf, &len, &why), &len, buf);
	}
}

/* Version 2.0 names its VBT by address, later ones by distance; ASLS need not be aligned. */
START_TEST(memory_gives_the_opregion_as_vfio_would)
{
	static const struct {
		uint16_t version, seen;
		uint64_t rvda, at;
	} rows[] = {
		{ 0x0200, 0x0201, 0x7d000200, 0x7d000200 },
		{ 0x0201, 0x0201, 0x3000, 0x65940018 + 0x3000 },
		{ 0x0300, 0x0300, 0x2000, 0x65940018 + 0x2000 },
	};

	put_asls(0x65940018);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t op[OPREGION_BYTES], vbt[RVDS], *buf = malloc(OPREGION_BYTES + RVDS);
		size_t len = OPREGION_BYTES + RVDS;
		struct igdpt_host_why why;

		make_opregion(op, rows[i].version, rows[i].rvda, RVDS);
		memset(vbt, 'V', sizeof(vbt));
		put_mem(0x65940018, op, sizeof(op));
		put_mem(rows[i].at, vbt, sizeof(vbt));
		ck_assert_msg(opregion(IGDPT_HOST_DEV_MEM, buf, &len, &why) == 0, "%s", why.text);
		ck_assert_uint_eq(len, OPREGION_BYTES + RVDS);
		ck_assert_uint_eq(get_le16(buf + 0x16), rows[i].seen);
		ck_assert_uint_eq(get_le64(buf + 0x3ba), 0x2000);
		ck_assert_mem_eq(buf + OPREGION_BYTES, vbt, sizeof(vbt));
		needs_all(IGDPT_HOST_DEV_MEM, buf);
		free(buf);
	}
}
END_TEST

/* What RVDA holds before version 2.0, or beside a size that cannot be right, is nobody's business. */
START_TEST(without_an_extended_vbt_no_address_of_one_counts)
{
	static const struct {
		uint16_t version;
		uint32_t size, rvds;
	} rows[] = {
		{ 0x0100, 8, RVDS }, { 0x0201, 4, RVDS }, { 0x0201, 8, 0 }, { 0x0201, 8, UINT32_MAX },
		{ 0x0200, 8, 0 },
	};

	put_asls(0x65940018);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t op[OPREGION_BYTES], buf[OPREGION_BYTES];
		size_t len = sizeof(buf);
		struct igdpt_host_why why;

		make_opregion(op, rows[i].version, UINT64_MAX, rows[i].rvds);
		put_le32(op + 0x10, rows[i].size);
		put_mem(0x65940018, op, sizeof(op));
		ck_assert_msg(opregion(IGDPT_HOST_DEV_MEM, buf, &len, &why) == 0, "%zu: %s", i, why.text);
		ck_assert_uint_eq(len, sizeof(buf));
		if (rows[i].version <= 0x0200) /* an address; vfio-pci shows none */
			put_le64(op + 0x3ba, 0);
		ck_assert_mem_eq(buf, op, sizeof(buf));
	}
}
END_TEST

START_TEST(memory_without_an_opregion_has_a_reason)
{
	uint8_t op[OPREGION_BYTES], buf[OPREGION_BYTES];
	size_t len = sizeof(buf);
	struct igdpt_host_why why;

	put_asls(0x65940018);
	ck_assert_int_eq(opregion(IGDPT_HOST_DEV_MEM, buf, &len, &why), -IGDPT_E_NOTFOUND);
	ck_assert_ptr_nonnull(strstr(why.text, "/dev/mem"));
	make_opregion(op, 0x0201, UINT64_MAX - 0x1000, RVDS);
	put_mem(0x65940018, op, 0x1000);
	ck_assert_int_eq(opregion(IGDPT_HOST_DEV_MEM, buf, &len, &why), -IGDPT_E_IO);
	put_mem(0x65940018, op, sizeof(op));
	ck_assert_int_eq(opregion(IGDPT_HOST_DEV_MEM, buf, &len, &why), -IGDPT_E_NOSPACE);
	op[0] = 'X';
	put_mem(0x65940018, op, sizeof(op));
	len = sizeof(buf);
	ck_assert_int_eq(opregion(IGDPT_HOST_DEV_MEM, buf, &len, &why), -IGDPT_E_MAGIC);
	ck_assert_mem_eq(buf, op, sizeof(buf));
	put(PCI "0000:00:02.0/config", op, 64);
	ck_assert_int_eq(opregion(IGDPT_HOST_DEV_MEM, buf, &len, &why), -IGDPT_E_ACCESS);
	ck_assert_ptr_nonnull(strstr(why.text, "without root"));
	put(PCI "0000:00:02.0/config", buf + 0x1000, 256);
	ck_assert_int_eq(opregion(IGDPT_HOST_DEV_MEM, buf, &len, &why), -IGDPT_E_NOTFOUND);
	ck_assert_ptr_nonnull(strstr(why.text, "ASLS is 0x0"));
	ck_assert_int_eq(opregion(77, buf, &len, &why), -IGDPT_E_INVALID);
}
END_TEST

/* As in a program that has set a locale, which a VMM with windows does. */
char *__wrap_strerror(int error);

char *__wrap_strerror(int error)
{
	static char text[] = "Keine Berechtigung f\xfcr Ger\xe4t";

	return error ? text : NULL;
}

START_TEST(a_reason_is_an_english_sentence)
{
	struct igdpt_host_why why = { .size = sizeof(why) };

	igdpt_priv_host_fail(&why, -IGDPT_E_ACCESS, EACCES, "/dev/vfio/%d", 7);
	ck_assert_str_eq(why.text, "/dev/vfio/7: Permission denied");
}
END_TEST

START_TEST(debugfs_is_found_by_name_or_by_address)
{
	static const char *const directory[] = { "0", "0000:00:02.0" };
	uint8_t op[OPREGION_BYTES], buf[OPREGION_BYTES + RVDS];
	struct igdpt_host_why why;
	size_t len = sizeof(buf);

	ck_assert_int_eq(opregion(IGDPT_HOST_DEBUGFS, buf, &len, &why), -IGDPT_E_NOTFOUND);
	put_text("sys/kernel/debug/dri/1/name", "amdgpu dev=0000:03:00.0 unique=0000:03:00.0\n");
	for (size_t i = 0; i < 2; i++) {
		char path[128];

		make_opregion(op, 0x0201, 0x2000, RVDS);
		snprintf(path, sizeof(path), "sys/kernel/debug/dri/%s/i915_opregion", directory[i]);
		put(path, op, sizeof(op));
		snprintf(path, sizeof(path), "sys/kernel/debug/dri/%s/i915_vbt", directory[i]);
		put_text(path, "$VBT");
		if (!i)
			put_text("sys/kernel/debug/dri/0/name", "i915 dev=0000:00:02.0 unique=1\n");
		len = sizeof(buf);
		ck_assert_msg(opregion(IGDPT_HOST_DEBUGFS, buf, &len, &why) == 0, "%s", why.text);
		ck_assert_uint_eq(len, sizeof(buf));
		ck_assert_mem_eq(buf + OPREGION_BYTES, "$VBT\0\0\0", 8);
		needs_all(IGDPT_HOST_DEBUGFS, buf);
		snprintf(path, sizeof(path), "sys/kernel/debug/dri/%s", directory[i]);
		if (!i)
			put_text("sys/kernel/debug/dri/0/name", "other\n");
	}
	/* More room does not help against files that are too long. */
	put("sys/kernel/debug/dri/0000:00:02.0/i915_vbt", buf, RVDS + 1);
	len = sizeof(buf);
	ck_assert_int_eq(opregion(IGDPT_HOST_DEBUGFS, buf, &len, &why), -IGDPT_E_SIZE);
	put("sys/kernel/debug/dri/0000:00:02.0/i915_opregion", buf, OPREGION_BYTES + 1);
	ck_assert_int_eq(opregion(IGDPT_HOST_DEBUGFS, buf, &len, &why), -IGDPT_E_SIZE);
}
END_TEST

/*
 * vfio-pci as measured on Linux 6.1 to 7.3: three regions of its own, and a kernel that stops when
 * bytes at or behind 0x2000 are read although no VBT of that size was attached.
 */
struct fake {
	uint8_t bytes[OPREGION_BYTES + RVDS];
	uint64_t size;
	size_t attached; /* bytes of the VBT that may be read */
	uint32_t regions;
	uint16_t capability;
	uint32_t capability_next;
	uint32_t argsz;
	unsigned reads;
	bool fixed; /* shows VFIO's fixed regions too */
};

/* ROM, config space, VGA. */
static const uint64_t fixed_sizes[9] = { [6] = 0x20000, [7] = 0x1000, [8] = 0xc0000 };

static int fake_control(void *device, unsigned long request, void *arg)
{
	struct fake *f = device;
	struct vfio_region_info info;
	uint8_t *p = arg;

	if (request == VFIO_DEVICE_GET_INFO) {
		((struct vfio_device_info *)arg)->num_regions = f->regions;
		return 0;
	}
	memcpy(&info, arg, sizeof(info));
	if (f->fixed && info.index < 9 && fixed_sizes[info.index]) {
		info.size = fixed_sizes[info.index];
		info.offset = (uint64_t)info.index << 40;
		memcpy(arg, &info, sizeof(info));
		return 0;
	}
	if (info.index < 9 || info.index >= f->regions) {
		errno = EINVAL;
		return -1;
	}
	info.flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_CAPS;
	info.size = info.index == 10 ? f->size : 256;
	info.offset = (uint64_t)info.index << 40;
	info.cap_offset = info.argsz < 64 ? 0 : 48;
	if (info.argsz >= 64) {
		put_le16(p + 48, f->capability);
		put_le32(p + 52, f->capability_next);
		put_le32(p + 56, 0x80008086);
		put_le32(p + 60, info.index == 10 ? 1 : info.index == 9 ? 2 : 3);
	}
	info.argsz = f->argsz;
	memcpy(arg, &info, sizeof(info));
	return 0;
}

static ssize_t fake_read(void *device, void *buf, size_t len, uint64_t offset)
{
	struct fake *f = device;
	uint64_t at = offset - (UINT64_C(10) << 40);

	if (f->fixed && offset == (UINT64_C(7) << 40) + 0xfc) {
		put_le32(buf, 0x3fffd000);
		return (ssize_t)len;
	}
	ck_assert_uint_eq(offset >> 40, 10);
	ck_assert_msg(at + len <= OPREGION_BYTES ||
			(at >= OPREGION_BYTES && at + len <= OPREGION_BYTES + f->attached),
		"the kernel oopses: read of 0x%zx at 0x%llx", len, (unsigned long long)at);
	f->reads++;
	if (len > 0x1000)
		len = 0x1000;
	memcpy(buf, f->bytes + at, len);
	return (ssize_t)len;
}

static int read_fake(struct fake *f, uint8_t *buf, size_t *len, struct igdpt_host_why *why)
{
	struct igdpt_priv_vfio vfio = { fake_control, fake_read, f };

	*why = (struct igdpt_host_why){ .size = sizeof(*why) };
	return igdpt_priv_vfio_opregion(&vfio, buf, len, why);
}

static struct fake new_fake(uint32_t kib, uint64_t rvda, uint32_t rvds, uint64_t size)
{
	struct fake f = { .size = size, .regions = 12, .argsz = 64,
		.capability = VFIO_REGION_INFO_CAP_TYPE };

	make_opregion(f.bytes, 0x0201, rvda, rvds);
	put_le32(f.bytes + 0x10, kib);
	if (kib == 8 && rvda == 0x2000)
		f.attached = rvds;
	return f;
}

START_TEST(vfio_regions_are_read_without_harm)
{
	static const struct {
		uint32_t kib;
		uint64_t rvda;
		uint32_t rvds;
		uint64_t size;
		size_t len;
	} rows[] = {
		{ 8, 0, 0, 0x2000, 0x2000 },
		{ 8, 0x2000, RVDS, 0x2000 + RVDS, 0x2000 + RVDS },
		{ 16, 0, 0, 0x4000, 0x2000 },              /* oops on 6.1 and 7.3 */
		{ 16, 0x2000, RVDS, 0x4000 + RVDS, 0x2000 }, /* oops on 6.1 */
		{ 16, 0x2000, RVDS, 0x2000 + RVDS, 0x2000 },
		{ 8, 0x7d000000, RVDS, 0x2000, 0x2000 },   /* kernels before 5.16 */
		{ 8, 0, RVDS, 0x2000 + RVDS, 0x2000 },
		{ 8, 0x400, RVDS, 0x2000 + RVDS, 0x2000 },
		{ 8, 0x2000, UINT32_MAX, 0x1fff, 0 },
		{ 4, 0, 0, 0x1000, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake f = new_fake(rows[i].kib, rows[i].rvda, rows[i].rvds, rows[i].size);
		uint8_t *buf = malloc(OPREGION_BYTES + RVDS);
		size_t len = OPREGION_BYTES + RVDS;
		struct igdpt_host_why why;
		int rc = read_fake(&f, buf, &len, &why);

		ck_assert_msg(rc == (rows[i].len ? 0 : -IGDPT_E_SIZE), "row %zu: %s", i, why.text);
		if (!rc)
			ck_assert_msg(len == rows[i].len, "row %zu: 0x%zx", i, len);
		free(buf);
	}
}
END_TEST

START_TEST(vfio_tells_how_much_room_it_needs)
{
	struct fake f = new_fake(8, 0x2000, RVDS, 0x2000 + RVDS);
	uint8_t buf[OPREGION_BYTES + RVDS] = { 0x77 };
	struct igdpt_host_why why;
	size_t len = SIZE_MAX;

	room_is_told(read_fake(&f, NULL, &len, &why), &len, buf);
	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		len = rooms[i];
		room_is_told(read_fake(&f, buf, &len, &why), &len, buf);
	}
	ck_assert_int_eq(read_fake(&f, buf, &len, &why), 0);
	ck_assert_mem_eq(buf, f.bytes, sizeof(buf));
}
END_TEST

START_TEST(vfio_tells_its_regions_and_its_asls)
{
	struct fake f = new_fake(8, 0x2000, RVDS, 0x2000 + RVDS);
	struct igdpt_priv_vfio vfio = { fake_control, fake_read, &f };
	struct igdpt_host_regions r = { .size = sizeof(r) };
	struct igdpt_host_why why = { .size = sizeof(why) };

	ck_assert_int_eq(igdpt_priv_vfio_regions(&vfio, &r, &why), -IGDPT_E_IO);
	f.fixed = true;
	ck_assert_msg(igdpt_priv_vfio_regions(&vfio, &r, &why) == 0, "%s", why.text);
	ck_assert_uint_eq(r.count, 12);
	ck_assert_uint_eq(r.flags, 0x1f);
	ck_assert_uint_eq(r.asls, 0x3fffd000);
	ck_assert_uint_eq(r.opregion_bytes, 0x2000 + RVDS);
	ck_assert_uint_eq(r.rom_bytes, 0x20000);
	ck_assert_uint_eq(f.reads, 0);
	f.regions = 9;
	ck_assert_int_eq(igdpt_priv_vfio_regions(&vfio, &r, &why), 0);
	ck_assert_uint_eq(r.flags, IGDPT_HOST_REGION_VGA | IGDPT_HOST_REGION_ROM);
	ck_assert_uint_eq(r.opregion_bytes, 0);
	r.size = 3;
	ck_assert_int_eq(igdpt_priv_vfio_regions(&vfio, &r, &why), -IGDPT_E_ABI_SIZE);
	r.size = sizeof(r);
	ck_assert_int_eq(igdpt_host_regions(root, IGD, IGDPT_HOST_DEV_MEM, &r, &why),
		-IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_host_regions(root, IGD, IGDPT_HOST_VFIO_CDEV, &r, &why),
		-IGDPT_E_NOTFOUND);
}
END_TEST

START_TEST(a_strange_vfio_answer_ends_the_search)
{
	uint8_t buf[OPREGION_BYTES];
	struct igdpt_host_why why;
	size_t len = sizeof(buf);
	struct fake f = new_fake(8, 0, 0, 0x2000);

	f.regions = 9;
	ck_assert_int_eq(read_fake(&f, buf, &len, &why), -IGDPT_E_NOTFOUND);
	ck_assert_ptr_nonnull(strstr(why.text, "no OpRegion"));
	f = new_fake(8, 0, 0, 0x2000);
	f.argsz = UINT32_MAX;
	ck_assert_int_eq(read_fake(&f, buf, &len, &why), -IGDPT_E_NOTFOUND);
	f.argsz = 32;
	ck_assert_int_eq(read_fake(&f, buf, &len, &why), -IGDPT_E_NOTFOUND);
	f = new_fake(8, 0, 0, 0x2000);
	f.regions = UINT32_MAX;
	ck_assert_int_eq(read_fake(&f, buf, &len, &why), 0);
	f.capability = 99;
	f.capability_next = 48;
	ck_assert_int_eq(read_fake(&f, buf, &len, &why), -IGDPT_E_NOTFOUND);
	f.capability_next = 1020;
	ck_assert_int_eq(read_fake(&f, buf, &len, &why), -IGDPT_E_NOTFOUND);
	f = new_fake(8, 0, 0, 0x2000);
	len = 0x1fff;
	ck_assert_int_eq(read_fake(&f, buf, &len, &why), -IGDPT_E_NOSPACE);
	ck_assert_uint_eq(len, 0x2000);
}
END_TEST

START_TEST(vfio_needs_vfio_pci_and_real_devices)
{
	uint8_t buf[OPREGION_BYTES];
	struct igdpt_host_why why;
	size_t len = sizeof(buf);

	put_device("0000:00:02.0", "0x46a6\n", "0x030000\n", "0");
	ck_assert_int_eq(opregion(IGDPT_HOST_VFIO_GROUP, buf, &len, &why), -IGDPT_E_NOTFOUND);
	ck_assert_str_eq(why.text, "the driver is none, not vfio-pci");
	put_link("../../../bus/pci/drivers/vfio-pci", PCI "0000:00:02.0/driver");
	ck_assert_int_eq(opregion(IGDPT_HOST_VFIO_CDEV, buf, &len, &why), -IGDPT_E_NOTFOUND);
	put_text("dev/vfio/vfio", "");
	put_text("dev/vfio/0", "");
	ck_assert_int_eq(opregion(IGDPT_HOST_VFIO_GROUP, buf, &len, &why), -IGDPT_E_UNSUPPORTED);
	put_text("dev/vfio/devices/vfio0", "");
	put_text(PCI "0000:00:02.0/vfio-dev/vfio0/dev", "511:0\n");
	ck_assert_int_eq(opregion(IGDPT_HOST_VFIO_CDEV, buf, &len, &why), -IGDPT_E_UNSUPPORTED);
}
END_TEST

#ifdef HAVE_LIBPCI
#define LEFT_OUT 0
#else
#define LEFT_OUT 1
#endif

START_TEST(functions_of_libpci_are_unsupported_in_a_build_without_it)
{
	struct igdpt_host_why why = { .size = sizeof(why) };
	char name[64];
	uint8_t buf[256];
	size_t len = sizeof(buf);
	int config = igdpt_host_libpci_config("/nonexistent/dump", IGD, buf, &len, &why);
	int of_name = igdpt_host_libpci_name(0x8086, 0x0412, name, sizeof(name));

	ck_assert_int_eq(config == -IGDPT_E_UNSUPPORTED, LEFT_OUT);
	ck_assert_int_eq(of_name == -IGDPT_E_UNSUPPORTED, LEFT_OUT);
}
END_TEST

START_TEST(an_id_of_more_than_16_bits_has_no_name)
{
	static const uint32_t ids[][2] = { { 0x18086, 0x0412 }, { 0x8086, 0x10412 }, { UINT32_MAX, 0 } };
	char name[64];

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		ck_assert_int_eq(igdpt_host_libpci_name(ids[i][0], ids[i][1], name, sizeof(name)),
			LEFT_OUT ? -IGDPT_E_UNSUPPORTED : -IGDPT_E_NOTFOUND);
}
END_TEST

/* libpci exits when it fails; here it must come back. */
START_TEST(libpci_gives_up_without_taking_the_process)
{
	struct igdpt_host_why why = { .size = sizeof(why) };
	uint8_t buf[256];
	size_t len = sizeof(buf);
	char path[128];
	int rc;

	snprintf(path, sizeof(path), "%s/dump", tree);
	put_text("dump", "00:02.0 VGA\n00001000: 00\n");
	for (int i = 0; i < 3; i++) {
		rc = igdpt_host_libpci_config(path, IGD, buf, &len, &why);
		if (rc == -IGDPT_E_UNSUPPORTED)
			return;
		ck_assert_int_eq(rc, -IGDPT_E_IO);
		ck_assert_ptr_nonnull(strstr(why.text, "libpci: "));
	}
	ck_assert_int_eq(igdpt_host_libpci_config("/nonexistent/dump", IGD, buf, &len, &why),
		-IGDPT_E_IO);
	ck_assert_ptr_nonnull(strstr(why.text, "/nonexistent/dump"));
	put_text("dump", "00:02.0 VGA\n00: 86 80 a6 46 07 04 10 00 0c 00 00 03 10 00 00 00\n"
			 "10: 04 00 00 7d 60 00 00 00 0c 00 00 00 40 00 00 00\n"
			 "20: 01 30 00 00 00 00 00 00 00 00 00 00 aa 17 ce 22\n"
			 "30: 00 00 00 00 40 00 00 00 00 00 00 00 ff 01 00 00\n");
	ck_assert_int_eq(igdpt_host_libpci_config(path, IGD, buf, &len, &why), 0);
	ck_assert_uint_eq(len, 64);
	ck_assert_uint_eq(get_le32(buf), 0x46a68086);
	ck_assert_int_eq(igdpt_host_libpci_config(path, IGD + 1, buf, &len, &why), -IGDPT_E_NOTFOUND);
	put_text("dump", "\xff\xfe garbage\n10: zz\n");
	ck_assert_int_lt(igdpt_host_libpci_config(path, IGD, buf, &len, &why), 0);
}
END_TEST

/* What libpci calls on its way, taken in front of the C library. */
#define IN_FRONT __attribute__((visibility("default")))

static bool kernel_is_hidden;
static int port_requests;

IN_FRONT int access(const char *path, int mode)
{
	if (kernel_is_hidden && (strncmp(path, "/sys", 4) == 0 || strncmp(path, "/proc", 5) == 0)) {
		errno = ENOENT;
		return -1;
	}
	return faccessat(AT_FDCWD, path, mode, 0);
}

#if defined(__x86_64__) || defined(__i386__)
IN_FRONT int iopl(int level)
{
	port_requests++;
	return level ? -1 : 0;
}

IN_FRONT int ioperm(unsigned long from, unsigned long num, int on)
{
	port_requests++;
	return from || num || on ? -1 : 0;
}
#endif

/* It would look for config space by writing to I/O ports next, where it is allowed to. */
START_TEST(where_the_kernel_shows_no_devices_no_port_is_touched)
{
	struct igdpt_host_why why = { .size = sizeof(why) };
	uint8_t buf[4096];
	size_t len = sizeof(buf);

	kernel_is_hidden = true;
	igdpt_host_libpci_config(NULL, IGD, buf, &len, &why);
	kernel_is_hidden = false;
	ck_assert_int_eq(port_requests, 0);
}
END_TEST

/* What libpci itself does not survive never reaches it; offsets of eight digits may be right. */
START_TEST(a_dump_with_an_offset_that_is_negative_to_libpci_is_refused)
{
	static const struct {
		const char *lines;
		int answer;
	} rows[] = {
		{ "80000000: 00\n", -IGDPT_E_SYNTAX }, { "fFfFfF00: 00\n", -IGDPT_E_SYNTAX },
		{ "10: 00\n\n90000010: 00", -IGDPT_E_SYNTAX }, { "7fffffff: 00\n", -IGDPT_E_IO },
		{ "00000010: 00\n", 0 }, { "x0000000: 00\n", 0 }, { "8000000x: 00\n", 0 },
		{ "80000000 00\n", 0 }, { " 80000000: 00\n", 0 }, { "180000000: 00\n", 0 },
	};
	static const char head[] = "00:02.0 VGA\n00000000: 86 80 a6 46\n30: 00 00 00 00 00 00 00 00 "
				   "00 00 00 00 00 00 00 00\n";
	char path[128], text[256];

	snprintf(path, sizeof(path), "%s/dump", tree);
	for (size_t i = 0; !LEFT_OUT && i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_host_why why = { .size = sizeof(why) };
		uint8_t buf[256];
		size_t len = sizeof(buf);

		snprintf(text, sizeof(text), "%s%s", head, rows[i].lines);
		put_text("dump", text);
		ck_assert_msg(igdpt_host_libpci_config(path, IGD, buf, &len, &why) == rows[i].answer,
			"%s: %s", rows[i].lines, why.text);
		ck_assert(rows[i].answer < 0 || (len == 64 && get_le32(buf) == 0x46a68086));
	}
	put_text("dump", "80000000: 00\n");
	ck_assert_int_lt(igdpt_host_libpci_config(path, IGD, text, &(size_t){ 64 }, NULL), 0);
}
END_TEST

/* A VMD puts its devices there: no address has room for such a domain, and none may mean it. */
START_TEST(a_domain_of_more_than_16_bits_is_nobodys_address)
{
	static const char dump[] =
		"%s:00:02.0 VGA\n00: 86 80 %s 46 00 00 00 00 00 00 00 03 00 00 00 00\n"
		"30: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n\n";
	char path[128], text[512];
	uint8_t buf[256];
	size_t len = sizeof(buf);

	snprintf(path, sizeof(path), "%s/dump", tree);
	snprintf(text, sizeof(text), dump, "10000", "a6");
	put_text("dump", text);
	ck_assert_int_eq(igdpt_host_libpci_config(path, IGD, buf, &len, NULL),
		LEFT_OUT ? -IGDPT_E_UNSUPPORTED : -IGDPT_E_NOTFOUND);
	for (int first = 0; !LEFT_OUT && first < 2; first++) {
		size_t n = (size_t)snprintf(text, sizeof(text), dump, first ? "10000" : "0000",
			first ? "a6" : "a8");

		snprintf(text + n, sizeof(text) - n, dump, first ? "0000" : "10000", first ? "a8" : "a6");
		put_text("dump", text);
		len = sizeof(buf);
		ck_assert_int_eq(igdpt_host_libpci_config(path, IGD, buf, &len, NULL), 0);
		ck_assert_uint_eq(get_le32(buf), 0x46a88086);
	}
}
END_TEST

START_TEST(this_machine_can_be_asked)
{
	struct igdpt_host_kernel k = { .size = sizeof(k) };
	struct igdpt_host_iommu iommu = { .size = sizeof(iommu) };
	struct igdpt_host_device d = { .size = sizeof(d) };
	int system = open("/", O_RDONLY | O_DIRECTORY);

	ck_assert_int_eq(igdpt_host_get_kernel(system, &k), 0);
	ck_assert_uint_ge(k.major, 3);
	ck_assert_int_eq(igdpt_host_get_iommu(system, &iommu), 0);
	igdpt_host_find(system, 0, &d);
	close(system);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_file_says_how_much_room_it_needs, what_a_vm_has_is_not_for_us,
		links_never_leave_the_root, magic_links_lead_nowhere,
		only_regular_files_are_read_and_none_blocks, a_file_larger_than_the_room_is_refused,
		paths_of_any_length_are_survived, display_devices_are_found_in_order,
		every_list_of_devices_ends, a_member_that_is_gone_hides_none_behind_it,
		struct_sizes_are_checked, garbage_in_attributes_is_no_device,
		the_narrowest_iommu_counts, the_kernel_and_its_options_are_known,
		memory_gives_the_opregion_as_vfio_would, without_an_extended_vbt_no_address_of_one_counts,
		memory_without_an_opregion_has_a_reason,
		a_reason_is_an_english_sentence,
		debugfs_is_found_by_name_or_by_address, vfio_regions_are_read_without_harm,
		vfio_tells_how_much_room_it_needs,
		vfio_tells_its_regions_and_its_asls, a_strange_vfio_answer_ends_the_search,
		vfio_needs_vfio_pci_and_real_devices,
		functions_of_libpci_are_unsupported_in_a_build_without_it,
		libpci_gives_up_without_taking_the_process, an_id_of_more_than_16_bits_has_no_name,
		where_the_kernel_shows_no_devices_no_port_is_touched,
		a_dump_with_an_offset_that_is_negative_to_libpci_is_refused,
		a_domain_of_more_than_16_bits_is_nobodys_address, this_machine_can_be_asked,
	};
	Suite *suite = suite_create("host");
	TCase *tc = tcase_create("tree");

	tcase_add_checked_fixture(tc, plant, fell);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
