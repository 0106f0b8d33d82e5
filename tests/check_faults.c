/* SPDX-License-Identifier: MIT
 *
 * libigdpt-host on a machine where everything fails in turn. Each call into the C library that it
 * makes is counted, then made to fail once in each way that such a call can, for every call of
 * every function: the answer is then the right one or a documented error with its reason, no
 * descriptor stays open and no byte is written outside the caller's room. The devices are regular
 * files that fstat() calls character devices, behind a VFIO of a few lines.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support.h"
#include "tree.h"

#include "bytes.h"
#include "host/internal.h"
#include "igdpt/igdpt.h"

#define IGD 0x10u
#define PCI "sys/devices/pci0000:00/0000:00:02.0/"
#define VBT_BYTES 0x2100u
#define REGION_BYTES (0x2000u + VBT_BYTES)
#define NODE_BYTES 77 /* the size by which fstat() knows a device node */
#define ASLS 0x1000u
#define ROOM 0x5000u
#define CANARY 0x5a

/* ---- The C library -------------------------------------------------------------------------- */

enum fault {
	FAULT_NONE,
	FAULT_EIO,
	FAULT_EPERM,
	FAULT_EACCES,
	FAULT_ENOENT,
	FAULT_ENOMEM,
	FAULT_ENOSYS,
	FAULT_EINTR, /* reads only; others fail with it for good */
	FAULT_SHORT, /* a read of one byte */
	FAULT_END,   /* the file has shrunk */
	FAULT_MORE,  /* the file has grown */
	FAULTS
};

static const int numbers[FAULTS] = { 0, EIO, EPERM, EACCES, ENOENT, ENOMEM, ENOSYS, EINTR, 0, 0, 0 };

enum call { CALL_OTHER, CALL_READ, CALL_CLOSE, CALL_ALLOC };

static bool counting;
static uint32_t calls;   /* made since counting began */
static uint32_t fail_at; /* the one that fails, from 1 */
static enum fault fault;
static enum call failed; /* what it was */

/* Whether this call is the one. */
static bool strikes(enum call call)
{
	if (!counting || ++calls != fail_at)
		return false;
	failed = call;
	errno = numbers[fault];
	return true;
}

static bool fails(enum call call)
{
	return strikes(call) && numbers[fault];
}

int __real_openat(int at, const char *path, int flags, ...);
int __wrap_openat(int at, const char *path, int flags, ...);
long __wrap_syscall(long number, ...);
int __real_fstat(int fd, struct stat *st);
int __wrap_fstat(int fd, struct stat *st);
ssize_t __real_readlinkat(int at, const char *path, char *buf, size_t len);
ssize_t __wrap_readlinkat(int at, const char *path, char *buf, size_t len);
ssize_t __real_read(int fd, void *buf, size_t len);
ssize_t __wrap_read(int fd, void *buf, size_t len);
ssize_t __real_pread(int fd, void *buf, size_t len, off_t offset);
ssize_t __wrap_pread(int fd, void *buf, size_t len, off_t offset);
DIR *__real_fdopendir(int fd);
DIR *__wrap_fdopendir(int fd);
struct dirent *__real_readdir(DIR *dir);
struct dirent *__wrap_readdir(DIR *dir);
int __real_close(int fd);
int __wrap_close(int fd);
void *__real_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes);
/* The names of the same calls with 64-bit file offsets, and that of openat() with a checked mode. */
#if SIZE_MAX > UINT32_MAX
#define ALSO(name, as) __typeof__(as) name __attribute__((alias(#as)))
ALSO(__wrap_openat64, __wrap_openat);
ALSO(__wrap___openat64_2, __wrap_openat);
ALSO(__wrap_fstat64, __wrap_fstat);
ALSO(__wrap_pread64, __wrap_pread);
ALSO(__wrap_readdir64, __wrap_readdir);
#endif
int __wrap_ioctl(int fd, unsigned long request, ...);

int __wrap_openat(int at, const char *path, int flags, ...)
{
	/* Only the fixture creates files. */
	return fails(CALL_OTHER) ? -1 : __real_openat(at, path, flags, 0644);
}

/* openat2() is all that is called in this way; the C library has no name for it. */
long __wrap_syscall(long number, ...)
{
	struct {
		uint64_t flags, mode, resolve;
	} how;
	va_list args;
	const char *path;
	int at;

	va_start(args, number);
	at = va_arg(args, int);
	path = va_arg(args, const char *);
	memcpy(&how, va_arg(args, void *), sizeof(how));
	va_end(args);
	ck_assert_int_eq(number, SYS_openat2);
	if (fails(CALL_OTHER))
		return -1;
	/* A link's target is inside the tree; one way to open is as good as the other. */
	return __real_openat(at, path, (int)how.flags);
}

int __wrap_fstat(int fd, struct stat *st)
{
	int rc = fails(CALL_OTHER) ? -1 : __real_fstat(fd, st);

	if (!rc && (st->st_size == NODE_BYTES || st->st_size == REGION_BYTES))
		st->st_mode = (st->st_mode & ~(mode_t)S_IFMT) | S_IFCHR;
	return rc;
}

ssize_t __wrap_readlinkat(int at, const char *path, char *buf, size_t len)
{
	return fails(CALL_OTHER) ? -1 : __real_readlinkat(at, path, buf, len);
}

/* What a read gives that does not fail with a number; -2 for what the file has. */
static ssize_t strange_read(void *buf, size_t len)
{
	if (fault == FAULT_END)
		return 0;
	if (fault != FAULT_MORE || !len)
		return -2;
	memset(buf, '7', len);
	return (ssize_t)len;
}

ssize_t __wrap_read(int fd, void *buf, size_t len)
{
	ssize_t n;

	if (!strikes(CALL_READ))
		return __real_read(fd, buf, len);
	if (numbers[fault])
		return -1;
	n = strange_read(buf, len);
	return n == -2 ? __real_read(fd, buf, len ? 1 : 0) : n;
}

ssize_t __wrap_pread(int fd, void *buf, size_t len, off_t offset)
{
	ssize_t n;

	if (!strikes(CALL_READ))
		return __real_pread(fd, buf, len, offset);
	if (numbers[fault])
		return -1;
	n = strange_read(buf, len);
	return n == -2 ? __real_pread(fd, buf, len ? 1 : 0, offset) : n;
}

DIR *__wrap_fdopendir(int fd)
{
	return fails(CALL_OTHER) ? NULL : __real_fdopendir(fd);
}

struct dirent *__wrap_readdir(DIR *dir)
{
	return fails(CALL_OTHER) ? NULL : __real_readdir(dir);
}

/* Linux closes the descriptor whatever close() answers. */
int __wrap_close(int fd)
{
	int rc = __real_close(fd);

	return fails(CALL_CLOSE) ? -1 : rc;
}

void *__wrap_malloc(size_t bytes)
{
	return fails(CALL_ALLOC) ? NULL : __real_malloc(bytes);
}

/* ---- The machine ---------------------------------------------------------------------------- */

/* Version 2.1 with an extended VBT. */
static void put_opregion(void)
{
	struct igdpt_vbt_build_opts opts = { .size = sizeof(opts), .bytes = VBT_BYTES };
	static uint8_t vbt[VBT_BYTES], memory[ASLS + REGION_BYTES];
	size_t vbt_len = sizeof(vbt), len = REGION_BYTES;

	ck_assert_int_eq(igdpt_vbt_build(&opts, vbt, &vbt_len, NULL), 0);
	ck_assert_int_eq(igdpt_opregion_build(NULL, vbt, vbt_len, memory + ASLS, &len, NULL), 0);
	ck_assert_uint_eq(len, REGION_BYTES);
	put("dev/mem", memory, sizeof(memory));
	put("device", memory + ASLS, REGION_BYTES);
	put("dev/vfio/devices/vfio0", memory + ASLS, REGION_BYTES);
	put("sys/kernel/debug/dri/0/name", "i915 dev=0000:00:02.0\n", 22);
	put("sys/kernel/debug/dri/0/i915_opregion", memory + ASLS, 0x2000);
	put("sys/kernel/debug/dri/0/i915_vbt", vbt, vbt_len);
}

/* A whole machine, with a node for each way to VFIO. */
static void plant_machine(void)
{
	uint8_t config[256] = { 0x86, 0x80 }, node[NODE_BYTES] = { 0 };

	plant();
	put_le32(config + 0xfc, ASLS);
	put(PCI "config", config, sizeof(config));
	put_text(PCI "vendor", "0x8086\n");
	put_text(PCI "device", "0x46a6\n");
	put_text(PCI "class", "0x030000\n");
	put_text(PCI "boot_vga", "1\n");
	put_text(PCI "vfio-dev/vfio0/dev", "511:0\n");
	put_link("../../../bus/pci/drivers/vfio-pci", PCI "driver");
	put_link("../../../kernel/iommu_groups/7", PCI "iommu_group");
	put_link("../../../devices/pci0000:00/0000:00:02.0", "sys/bus/pci/devices/0000:00:02.0");
	put_link("../../../../devices/pci0000:00/0000:00:02.0",
		"sys/kernel/iommu_groups/7/devices/0000:00:02.0");
	put_text("sys/kernel/iommu_groups/7/reserved_regions", "0xfee00000 0xfeefffff msi\n");
	put_text("sys/class/iommu/dmar0/intel-iommu/cap", "1c0000c40660462\n");
	put_text("sys/class/iommu/dmar0/intel-iommu/ecap", "f050da\n");
	put_text("proc/version", "Linux version 6.12.95-amd64 (builder) #1\n");
	put_text("lib/modules/6.12.95-amd64/config", "CONFIG_VFIO=m\nCONFIG_VFIO_PCI_IGD=y\n");
	put_text("sys/module/vfio_pci/parameters/disable_vga", "N\n");
	put("dev/vfio/vfio", node, sizeof(node));
	put("dev/vfio/7", node, sizeof(node));
	put("dev/iommu", node, sizeof(node));
	put_opregion();
}

/* One region behind the fixed ones, with the type of Intel's OpRegion. */
static void region_info(uint8_t *answer)
{
	struct vfio_region_info info;

	memcpy(&info, answer, sizeof(info));
	info.size = REGION_BYTES;
	info.offset = 0;
	info.flags = VFIO_REGION_INFO_FLAG_CAPS;
	info.cap_offset = 32;
	if (info.argsz >= 48) {
		put_le16(answer + 32, VFIO_REGION_INFO_CAP_TYPE);
		put_le32(answer + 32 + 8, 0x80008086);
		put_le32(answer + 32 + 12, 1);
	}
	info.argsz = 48;
	memcpy(answer, &info, sizeof(info));
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *answer;

	(void)fd;
	va_start(args, request);
	answer = va_arg(args, void *);
	va_end(args);
	if (fails(CALL_OTHER))
		return -1;
	switch (request) {
	case VFIO_GROUP_GET_STATUS:
		((struct vfio_group_status *)answer)->flags = VFIO_GROUP_FLAGS_VIABLE;
		break;
	case VFIO_GROUP_GET_DEVICE_FD:
		return __real_openat(root, "device", O_RDONLY | O_CLOEXEC);
	case VFIO_DEVICE_GET_INFO:
		((struct vfio_device_info *)answer)->num_regions = VFIO_PCI_NUM_REGIONS + 1;
		break;
	case VFIO_DEVICE_GET_REGION_INFO:
		region_info(answer);
		break;
	default:
		break;
	}
	return 0;
}

/* ---- What is asked -------------------------------------------------------------------------- */

/* An answer: what the function returned, and all that it filled. */
struct answer {
	int rc;
	size_t len;
	struct igdpt_host_why why;
	uint8_t bytes[ROOM];
};

static int ask_read(struct answer *a)
{
	return igdpt_host_read(root, PCI "vendor", a->bytes, &a->len);
}

static int ask_full(struct answer *a)
{
	a->len = 7; /* as much as the file has: whether there is more is asked too */
	return igdpt_host_read(root, PCI "vendor", a->bytes, &a->len);
}

static int ask_walk(struct answer *a)
{
	int fd = igdpt_priv_host_walk(root, "sys/bus/pci/devices/0000:00:02.0/vendor", O_RDONLY);

	a->len = 0;
	if (fd < 0)
		return igdpt_priv_host_error(-fd);
	__real_close(fd);
	return 0;
}

static int ask_link(struct answer *a)
{
	a->len = 32;
	return igdpt_host_link(root, PCI "driver", (char *)a->bytes, a->len);
}

static int count_name(void *user, const char *name)
{
	(void)name;
	++*(uint8_t *)user;
	return 0;
}

static int ask_list(struct answer *a)
{
	a->len = 1;
	return igdpt_host_list(root, "sys/bus/pci", count_name, a->bytes);
}

static int finish_struct(struct answer *a, int rc, const void *filled, size_t size)
{
	a->len = rc < 0 ? 0 : size;
	memcpy(a->bytes, filled, a->len);
	return rc;
}

static int ask_device(struct answer *a)
{
	struct igdpt_host_device d = { .size = sizeof(d) };
	int rc = igdpt_host_get_device(root, IGD, &d);

	return finish_struct(a, rc, &d, sizeof(d));
}

static int ask_find(struct answer *a)
{
	struct igdpt_host_device d = { .size = sizeof(d) };
	int rc = igdpt_host_find(root, 0, &d);

	return finish_struct(a, rc, &d, sizeof(d));
}

static int ask_member(struct answer *a)
{
	struct igdpt_host_device d = { .size = sizeof(d) };
	int rc = igdpt_host_member(root, 7, 0, &d);

	return finish_struct(a, rc, &d, sizeof(d));
}

static int ask_config(struct answer *a)
{
	return igdpt_host_config(root, IGD, a->bytes, &a->len);
}

static int ask_reserved(struct answer *a)
{
	return igdpt_host_reserved_regions(root, 7, a->bytes, &a->len);
}

static int ask_iommu(struct answer *a)
{
	struct igdpt_host_iommu i = { .size = sizeof(i) };
	int rc = igdpt_host_get_iommu(root, &i);

	return finish_struct(a, rc, &i, sizeof(i));
}

static int ask_kernel(struct answer *a)
{
	struct igdpt_host_kernel k = { .size = sizeof(k) };
	int rc = igdpt_host_get_kernel(root, &k);

	return finish_struct(a, rc, &k, sizeof(k));
}

static int ask_option(struct answer *a)
{
	int rc = igdpt_host_kernel_option(root, "CONFIG_VFIO_PCI_IGD");

	a->bytes[0] = (uint8_t)rc;
	a->len = 1;
	return rc < 0 ? rc : 0;
}

static int ask_parameter(struct answer *a)
{
	a->len = 16;
	return igdpt_host_parameter(root, "vfio_pci", "disable_vga", (char *)a->bytes, a->len);
}

static int ask_mem(struct answer *a)
{
	return igdpt_host_opregion(root, IGD, IGDPT_HOST_DEV_MEM, a->bytes, &a->len, &a->why);
}

static int ask_debugfs(struct answer *a)
{
	return igdpt_host_opregion(root, IGD, IGDPT_HOST_DEBUGFS, a->bytes, &a->len, &a->why);
}

static int ask_group(struct answer *a)
{
	return igdpt_host_opregion(root, IGD, IGDPT_HOST_VFIO_GROUP, a->bytes, &a->len, &a->why);
}

static int ask_cdev(struct answer *a)
{
	return igdpt_host_opregion(root, IGD, IGDPT_HOST_VFIO_CDEV, a->bytes, &a->len, &a->why);
}

static int ask_regions(struct answer *a, uint32_t source)
{
	struct igdpt_host_regions r = { .size = sizeof(r) };
	int rc = igdpt_host_regions(root, IGD, source, &r, &a->why);

	return finish_struct(a, rc, &r, sizeof(r));
}

static int ask_group_regions(struct answer *a)
{
	return ask_regions(a, IGDPT_HOST_VFIO_GROUP);
}

static int ask_cdev_regions(struct answer *a)
{
	return ask_regions(a, IGDPT_HOST_VFIO_CDEV);
}

static const struct question {
	int (*ask)(struct answer *a);
	const char *name;
	bool has_why;
} questions[] = {
	{ ask_read, "read", false }, { ask_full, "read of a full buffer", false },
	{ ask_walk, "walk", false }, { ask_link, "link", false }, { ask_list, "list", false },
	{ ask_device, "device", false }, { ask_find, "find", false }, { ask_member, "member", false },
	{ ask_config, "config", false }, { ask_reserved, "reserved regions", false },
	{ ask_iommu, "iommu", false }, { ask_kernel, "kernel", false },
	{ ask_option, "kernel option", false }, { ask_parameter, "parameter", false },
	{ ask_mem, "/dev/mem", true }, { ask_debugfs, "debugfs", true },
	{ ask_group, "VFIO group", true }, { ask_cdev, "VFIO device", true },
	{ ask_group_regions, "VFIO group's regions", true },
	{ ask_cdev_regions, "VFIO device's regions", true },
};
#define QUESTIONS ((int)(sizeof(questions) / sizeof(questions[0])))

static int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Ask with the n-th call failing, 0 for none; the answer's bytes are followed by a canary. */
static void ask(const struct question *q, uint32_t n, enum fault how, struct answer *a)
{
	int before = open_files();

	memset(a, CANARY, sizeof(*a));
	a->len = ROOM - 0x100;
	a->why = (struct igdpt_host_why){ .size = sizeof(a->why) };
	calls = 0;
	fail_at = n;
	fault = how;
	failed = CALL_OTHER;
	counting = true;
	a->rc = q->ask(a);
	counting = false;
	ck_assert_msg(open_files() == before, "%s, call %u: a descriptor stays open", q->name, n);
	for (size_t i = ROOM - 0x100; i < ROOM; i++)
		ck_assert_uint_eq(a->bytes[i], CANARY);
}

static bool same(const struct answer *a, const struct answer *b)
{
	return a->rc == b->rc && a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static void judge(const struct question *q, const struct answer *clean, const struct answer *a,
	uint32_t n, enum fault how)
{
	bool transparent = how == FAULT_SHORT || failed == CALL_CLOSE ||
		(how == FAULT_EINTR && failed == CALL_READ);

	if (transparent)
		ck_assert_msg(same(clean, a), "%s, call %u, fault %d: not the right answer", q->name, n,
			(int)how);
	if (how == FAULT_EIO)
		ck_assert_msg(a->rc < 0 || same(clean, a), "%s, call %u: an I/O error goes unnoticed", q->name, n);
	if (failed == CALL_ALLOC && numbers[how])
		ck_assert_int_eq(a->rc, -IGDPT_E_NOMEM);
	ck_assert_msg(a->rc <= 0 && a->rc >= -(int)IGDPT_E_NOMEM - 2, "%s: error %d", q->name, a->rc);
	if (q->has_why && a->rc < 0)
		ck_assert_msg(a->why.error == a->rc && a->why.text[0], "%s, call %u: no reason", q->name, n);
	if (q->has_why && a->rc < 0 && a->rc != -IGDPT_E_NOTFOUND)
		ck_assert_msg(!strstr(a->why.text, "has no ") && !strstr(a->why.text, "no such"),
			"%s, call %u: %d, \"%s\"", q->name, n, a->rc, a->why.text);
}

START_TEST(each_call_fails_in_each_way)
{
	const struct question *q = &questions[_i];
	static struct answer clean, a;
	uint32_t total;

	ask(q, 0, FAULT_NONE, &clean);
	total = calls;
	ck_assert_msg(clean.rc == 0 && total > 0, "%s: %d, %s", q->name, clean.rc, clean.why.text);
	for (enum fault how = FAULT_EIO; how < FAULTS; how++) {
		for (uint32_t n = 1; n <= total; n++) {
			ask(q, n, how, &a);
			judge(q, &clean, &a, n, how);
		}
	}
	ask(q, 0, FAULT_NONE, &a);
	ck_assert_msg(same(&clean, &a), "%s: a fault leaves a trace", q->name);
}
END_TEST

/* SELinux may also refuse what follows on open(): fstat() and reading. */
START_TEST(what_the_system_refuses_is_not_allowed)
{
	static const enum fault refusals[] = { FAULT_EPERM, FAULT_EACCES };
	static struct answer clean, a;

	for (int i = 0; i < QUESTIONS; i++) {
		const struct question *q = &questions[i];

		if (q->ask != ask_read && q->ask != ask_full && q->ask != ask_link &&
			q->ask != ask_list && q->ask != ask_config)
			continue;
		ask(q, 0, FAULT_NONE, &clean);
		for (uint32_t n = 2 * calls; n; n--) {
			ask(q, (n + 1) / 2, refusals[n % 2], &a);
			ck_assert_msg(a.rc == -IGDPT_E_ACCESS || same(&clean, &a), "%s, call %u: %d",
				q->name, (n + 1) / 2, a.rc);
		}
	}
}
END_TEST

/* /boot is closed to users on some systems, and its file the only one. */
START_TEST(a_kernel_configuration_that_is_refused_is_there)
{
	const struct question option = { ask_option, "kernel option", false };
	static struct answer clean, a;

	ck_assert_int_eq(unlinkat(root, "lib/modules/6.12.95-amd64/config", 0), 0);
	put_text("boot/config-6.12.95-amd64", "CONFIG_VFIO_PCI_IGD=m\n");
	ask(&option, 0, FAULT_NONE, &clean);
	ck_assert_uint_eq(clean.bytes[0], 'm');
	for (uint32_t n = calls; n; n--) {
		ask(&option, n, FAULT_EACCES, &a);
		ck_assert_msg(a.rc != -IGDPT_E_NOTFOUND, "call %u", n);
	}
}
END_TEST

/* A short number is a number; a short OpRegion is none, but that i915_vbt may have any size. */
START_TEST(a_region_that_shrinks_is_no_opregion)
{
	static struct answer clean, a;

	for (int i = 0; i < QUESTIONS; i++) {
		const struct question *q = &questions[i];

		if (!q->has_why || q->ask == ask_group_regions || q->ask == ask_cdev_regions)
			continue;
		ask(q, 0, FAULT_NONE, &clean);
		ck_assert_uint_eq(clean.len, REGION_BYTES);
		for (uint32_t n = calls; n; n--) {
			ask(q, n, FAULT_END, &a);
			ck_assert_msg(a.rc < 0 || same(&clean, &a) || q->ask == ask_debugfs,
				"%s, call %u", q->name, n);
		}
	}
}
END_TEST

START_TEST(a_handle_without_memory_is_refused)
{
	struct igdpt_platform p = { .size = sizeof(p) };
	uint8_t config[256] = { 0x86, 0x80, [0x0b] = 3, [0x50] = 0xc1, 0x02 };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_pcicfg *cfg = NULL;

	ck_assert_int_eq(igdpt_platform_find(0x1912, &p), 0);
	calls = 0;
	fail_at = 1;
	fault = FAULT_ENOMEM;
	counting = true;
	ck_assert_int_eq(igdpt_pcicfg_new(&p, config, sizeof(config), NULL, &cfg, &why),
		-IGDPT_E_NOMEM);
	ck_assert_uint_eq(why.id, IGDPT_F_NO_MEMORY);
	ck_assert_ptr_null(cfg);
	ck_assert_int_eq(igdpt_pcicfg_new(&p, config, sizeof(config), NULL, &cfg, &why), 0);
	counting = false;
	ck_assert_uint_eq(calls, 2); /* one allocation each */
	igdpt_pcicfg_free(cfg);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("faults");
	TCase *tc = tcase_create("host");

	tcase_add_checked_fixture(tc, plant_machine, fell);
	tcase_add_loop_test(tc, each_call_fails_in_each_way, 0, QUESTIONS);
	tcase_add_test(tc, what_the_system_refuses_is_not_allowed);
	tcase_add_test(tc, a_kernel_configuration_that_is_refused_is_there);
	tcase_add_test(tc, a_region_that_shrinks_is_no_opregion);
	tcase_add_test(tc, a_handle_without_memory_is_refused);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
