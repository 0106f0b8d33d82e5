/* SPDX-License-Identifier: MIT
 *
 * igdpt capture: the files of a machine that the doctor reads, without what identifies its owner.
 * Nothing is copied but what is listed here, so what is not known to be harmless stays behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "doctor.h"
#include "igdpt/igdpt-host.h"
#include "igdpt/opregion.h"

#define ROOM (1u << 20)
#define REMOVED "REMOVED"
/* Config space without extended capabilities, one of which is a serial number. */
#define CONFIG_BYTES 256u
/* IGD OpRegion specification: PHED and BDDC, size and bytes of the panel's EDID in mailbox 5. */
#define OPREGION_EDID_BLOCKS 0x1c00u
#define OPREGION_EDID 0x1c04u
#define OPREGION_EDID_BYTES 256u
/* VESA E-EDID 1.4: serial number, descriptors of 18 bytes, the one of tag 0xFF is a serial too. */
#define EDID_BLOCK 128u
#define EDID_SERIAL 12u
#define EDID_EXTENSIONS 126u
#define EDID_DESCRIPTORS 54u
#define EDID_DESCRIPTOR 18u

struct capture {
	int from, to;
	FILE *removed;
	uint8_t *data; /* ROOM bytes */
	bool failed;
	bool lacks; /* there is no IGD */
};

static void removed(struct capture *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void removed(struct capture *c, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(c->removed, "%s\n", cli_plain(text));
}

static void make_directories(struct capture *c, const char *path)
{
	char part[256];

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		if (mkdirat(c->to, part, 0777) < 0 && errno != EEXIST)
			c->failed = true;
	}
}

static void put(struct capture *c, const char *path, const void *data, size_t len)
{
	int fd;

	make_directories(c, path);
	fd = openat(c->to, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		c->failed = true;
	if (fd >= 0 && close(fd) < 0)
		c->failed = true;
}

/* A file as it is, at most `max` bytes of it. */
static void copy(struct capture *c, const char *path, size_t max)
{
	size_t len = ROOM;

	if (igdpt_host_read(c->from, path, c->data, &len) == 0)
		put(c, path, c->data, len < max ? len : max);
}

/* Of a link only the last component is kept: where a machine has it does not matter. */
static bool copy_link(struct capture *c, const char *path, const char *prefix)
{
	char name[64], target[128];

	if (igdpt_host_link(c->from, path, name, sizeof(name)) < 0)
		return false;
	snprintf(target, sizeof(target), "%s%s", prefix, name);
	make_directories(c, path);
	if (symlinkat(target, c->to, path) < 0 && errno != EEXIST)
		c->failed = true;
	return true;
}

/* The pieces of a text, cut at `separators`, that begin with one of the words. */
static void copy_matching(struct capture *c, const char *path, const char *separators,
	const char *const *words)
{
	size_t len = ROOM - 1, kept = 0, left_out = 0;
	char *text = (char *)c->data, *out;

	if (igdpt_host_read(c->from, path, text, &len) < 0)
		return;
	text[len] = '\0';
	out = malloc(len + 2);
	if (!out) {
		c->failed = true;
		return;
	}
	for (char *p = text, *end; *p; p = end + (*end != '\0')) {
		size_t i = 0;

		end = p + strcspn(p, separators);
		while (words[i] && strncmp(p, words[i], strlen(words[i])) != 0)
			i++;
		left_out += !words[i];
		if (!words[i])
			continue;
		memcpy(out + kept, p, (size_t)(end - p));
		kept += (size_t)(end - p);
		out[kept++] = *separators;
	}
	if (kept)
		put(c, path, out, kept);
	free(out);
	removed(c, "%s: %zu %s that the doctor does not read", path, left_out,
		left_out == 1 ? "entry" : "entries");
}

/* Who built the kernel, and where, stands in the first parentheses. */
static void copy_version(struct capture *c)
{
	size_t len = ROOM - 1;
	char *text = (char *)c->data;

	if (igdpt_host_read(c->from, "proc/version", text, &len) < 0)
		return;
	text[len] = '\0';
	len = strcspn(text, "(");
	if (text[len])
		removed(c, "proc/version: builder, compiler, build date");
	text[len++] = '\n';
	put(c, "proc/version", text, len);
}

/* The first block is then the only one: the others hold names and numbers too. */
static bool clear_edid(uint8_t *edid)
{
	static const uint8_t header[] = { 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0 };
	uint8_t sum = 0;

	if (memcmp(edid, header, sizeof(header)) != 0)
		return false;
	memset(edid + EDID_SERIAL, 0, 4);
	for (size_t i = 0; i < 4; i++) {
		uint8_t *d = edid + EDID_DESCRIPTORS + i * EDID_DESCRIPTOR;

		if (!d[0] && !d[1] && !d[2] && d[3] == 0xff)
			memset(d + 5, ' ', EDID_DESCRIPTOR - 5);
	}
	edid[EDID_EXTENSIONS] = 0;
	for (size_t i = 0; i < EDID_BLOCK - 1; i++)
		sum = (uint8_t)(sum + edid[i]);
	edid[EDID_BLOCK - 1] = (uint8_t)-sum;
	return true;
}

/* Of the panel's EDID the first block stays, without serials; what is no EDID is not known to be harmless. */
static void clear_mailbox5(struct capture *c, const char *bdf)
{
	static const uint8_t none[OPREGION_EDID_BYTES];
	uint8_t *edid = c->data + OPREGION_EDID;

	if (memcmp(edid, none, sizeof(none)) == 0)
		return;
	if (clear_edid(edid)) {
		removed(c, "OpRegion of %s: serial numbers and extension blocks of the panel's EDID", bdf);
		memset(edid + EDID_BLOCK, 0, sizeof(none) - EDID_BLOCK);
		if (c->data[OPREGION_EDID_BLOCKS] > 1)
			c->data[OPREGION_EDID_BLOCKS] = 1;
	} else {
		removed(c, "OpRegion of %s: bytes of mailbox 5 that are no EDID", bdf);
		memset(edid, 0, sizeof(none));
	}
}

static void copy_opregion(struct capture *c, uint32_t address, const char *bdf, bool open_vfio)
{
	struct igdpt_host_why why = { .size = sizeof(why) };
	uint32_t source = open_vfio ? IGDPT_HOST_VFIO_GROUP : IGDPT_HOST_DEV_MEM;
	char path[96];
	size_t len;
	int rc = -1;

	for (; source <= IGDPT_HOST_DEBUGFS && rc < 0; source++) {
		len = ROOM;
		rc = igdpt_host_opregion(c->from, address, source, c->data, &len, &why);
	}
	if (rc < 0) {
		cli_error("%s: no OpRegion captured (%s)", bdf, why.text);
		removed(c, "OpRegion of %s: it could not be read (%s)", bdf, why.text);
		return;
	}
	clear_mailbox5(c, bdf);
	snprintf(path, sizeof(path), "sys/kernel/debug/dri/%s/i915_opregion", bdf);
	put(c, path, c->data, IGDPT_OPREGION_BYTES);
	if (len == IGDPT_OPREGION_BYTES)
		return;
	snprintf(path, sizeof(path), "sys/kernel/debug/dri/%s/i915_vbt", bdf);
	put(c, path, c->data + IGDPT_OPREGION_BYTES, len - IGDPT_OPREGION_BYTES);
}

/* What vfio-pci shows, which the doctor cannot ask of a bundle. */
static void copy_regions(struct capture *c, uint32_t address)
{
	struct igdpt_host_regions r = { .size = sizeof(r) };
	char text[160];
	int rc = -1, len;

	for (uint32_t source = IGDPT_HOST_VFIO_GROUP; source <= IGDPT_HOST_VFIO_CDEV && rc < 0; source++)
		rc = igdpt_host_regions(c->from, address, source, &r, NULL);
	if (rc < 0)
		return;
	len = snprintf(text, sizeof(text), "regions %" PRIu32 "\nflags 0x%" PRIx32 "\nasls 0x%08" PRIx32
		"\nopregion 0x%" PRIx64 "\nrom 0x%" PRIx64 "\n", r.count, r.flags, r.asls, r.opregion_bytes,
		r.rom_bytes);
	put(c, CAPTURED_REGIONS, text, (size_t)len);
}

static void bdf_of(uint32_t address, char text[16])
{
	snprintf(text, 16, "%04x:%02x:%02x.%x", address >> 16, address >> 8 & 0xff, address >> 3 & 0x1f,
		address & 7);
}

struct cards {
	struct capture *c;
	const char *bdf;
};

/* Of a graphics driver's card only the name: whose connectors are whose. */
static int copy_card(void *user, const char *name)
{
	struct cards *cards = user;
	char path[128];

	if (strncmp(name, "card", 4) != 0 || strlen(name) > 16)
		return 0;
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/drm/%s", cards->bdf, name);
	put(cards->c, path, "", 0);
	return 0;
}

/* Devices are put where the links of sysfs would lead, without the bridges above them. */
static void copy_function(struct capture *c, uint32_t address, bool config)
{
	static const char *const files[] = { "vendor", "device", "class", "boot_vga",
		"driver_override" };
	char bdf[16], path[128], group[128], target[64];
	struct igdpt_host_device d = { .size = sizeof(d) };
	struct stat st;

	bdf_of(address, bdf);
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", bdf);
	if (igdpt_host_get_device(c->from, address, &d) < 0 ||
		fstatat(c->to, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/%s", bdf, files[i]);
		copy(c, path, 64);
	}
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/config", bdf);
	if (config)
		copy(c, path, CONFIG_BYTES);
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/drm", bdf);
	igdpt_host_list(c->from, path, copy_card, &(struct cards){ c, bdf });
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver", bdf);
	copy_link(c, path, "../../drivers/");
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/physfn", bdf);
	copy_link(c, path, "../");
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/iommu_group", bdf);
	if (!copy_link(c, path, "../../../../kernel/iommu_groups/") || d.group < 0)
		return;
	snprintf(group, sizeof(group), "sys/kernel/iommu_groups/%d/devices/%s", d.group, bdf);
	snprintf(target, sizeof(target), "../../../../bus/pci/devices/%s", bdf);
	make_directories(c, group);
	if (symlinkat(target, c->to, group) < 0)
		c->failed = true;
}

static void copy_group(struct capture *c, int32_t group)
{
	struct igdpt_host_device d = { .size = sizeof(d) };
	char path[96];
	struct stat st;

	snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%d/reserved_regions", group);
	if (group < 0 || fstatat(c->to, path, &st, 0) == 0)
		return;
	copy(c, path, ROOM);
	for (uint32_t from = 0; igdpt_host_member(c->from, (uint32_t)group, from, &d) == 0;
		from = d.address + 1)
		copy_function(c, d.address, false);
}

static int copy_unit(void *user, const char *name)
{
	struct capture *c = user;
	char path[128];

	snprintf(path, sizeof(path), "sys/class/iommu/%.32s/intel-iommu/cap", name);
	copy(c, path, 64);
	snprintf(path, sizeof(path), "sys/class/iommu/%.32s/intel-iommu/ecap", name);
	copy(c, path, 64);
	return 0;
}

static int copy_connector(void *user, const char *name)
{
	struct capture *c = user;
	size_t len = EDID_BLOCK * 8;
	char path[128];

	if (strncmp(name, "card", 4) != 0 || !strchr(name, '-') || strlen(name) > 64)
		return 0;
	snprintf(path, sizeof(path), "sys/class/drm/%s/status", name);
	copy(c, path, 64);
	snprintf(path, sizeof(path), "sys/class/drm/%s/edid", name);
	if (igdpt_host_read(c->from, path, c->data, &len) < 0 || len < EDID_BLOCK ||
		!clear_edid(c->data))
		return 0;
	removed(c, "%s: serial numbers; extension blocks", path);
	put(c, path, c->data, EDID_BLOCK);
	return 0;
}

/* Options of vfio and graphics modules. */
static int copy_conf(void *user, const char *name)
{
	static const char *const lines[] = { "options vfio", "options i915", "options xe", "options kvm",
		"blacklist i915", "blacklist xe", "softdep i915", "softdep xe", NULL };
	char path[128];

	if (strlen(name) < 64) {
		snprintf(path, sizeof(path), "etc/modprobe.d/%s", name);
		copy_matching(user, path, "\n", lines);
	}
	return 0;
}

static void copy_kernel(struct capture *c)
{
	static const char *const cmdline[] = { "intel_iommu=", "iommu=", "intremap=", "vfio", "i915.",
		"xe.", "video=", "initcall_blacklist=", "modprobe.blacklist=", "module_blacklist=",
		"nomodeset", "pci=", NULL };
	static const char *const cpuinfo[] = { "address sizes", NULL };
	static const char *const options[] = { "CONFIG_VFIO", "CONFIG_INTEL_IOMMU", "CONFIG_IOMMU",
		"CONFIG_STRICT_DEVMEM", "CONFIG_IO_STRICT_DEVMEM", NULL };
	struct igdpt_host_kernel kernel = { .size = sizeof(kernel) };
	char path[128];

	static const char *const chips[] = { "IR-", "IO-APIC", "PCI-MSI", "DMAR-MSI", NULL };

	copy_version(c);
	copy_matching(c, "proc/interrupts", " \n", chips);
	igdpt_host_list(c->from, "etc/modprobe.d", copy_conf, c);
	copy_matching(c, IGDPT_HOST_CMDLINE, " \n", cmdline);
	copy_matching(c, IGDPT_HOST_CPUINFO, "\n", cpuinfo);
	if (igdpt_host_get_kernel(c->from, &kernel) < 0 || strchr(kernel.release, '/'))
		return;
	snprintf(path, sizeof(path), "boot/config-%s", kernel.release);
	copy_matching(c, path, "\n", options);
	copy(c, "sys/module/vfio_pci/parameters/disable_vga", 64);
	copy(c, "sys/module/vfio_pci_core/parameters/disable_vga", 64);
	copy(c, "sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", 64);
}

static void copy_machine(struct capture *c, bool open_vfio)
{
	struct igdpt_host_device d = { .size = sizeof(d) };
	char bdf[16];

	fputs("Not captured: DMI, ACPI tables other than DMAR, host names, logs, disks, network.\n"
	      "Kept as they are: config space of the IGD, DMAR, /proc/iomem, the VBT with its panels' ids\n"
	      "and serial numbers.\n", c->removed);
	copy_kernel(c);
	copy(c, CAPTURED_REGIONS, 160);
	copy(c, CAPTURED_SIDE, 16);
	copy(c, IGDPT_HOST_DMAR, ROOM);
	copy(c, IGDPT_HOST_IOMEM, ROOM);
	igdpt_host_list(c->from, "sys/class/iommu", copy_unit, c);
	igdpt_host_list(c->from, "sys/class/drm", copy_connector, c);
	copy_function(c, 0, true);
	c->lacks = true;
	for (uint32_t from = 0; igdpt_host_find(c->from, from, &d) == 0; from = d.address + 1) {
		c->lacks = false;
		copy_function(c, d.address, true);
		copy_group(c, d.group);
		bdf_of(d.address, bdf);
		if (!(d.flags & IGDPT_HOST_VF))
			copy_opregion(c, d.address, bdf, open_vfio);
		if (open_vfio && d.address == IGD_ADDRESS)
			copy_regions(c, d.address);
	}
	if (c->lacks)
		removed(c, "No Intel display device was found");
	/* Sound may be at any of these; igdpt/platforms.def. */
	static const uint32_t audio[] = { 0x18, 0x70, 0xd8, 0xfb };
	for (size_t i = 0; i < sizeof(audio) / sizeof(audio[0]); i++) {
		d.size = sizeof(d);
		if (igdpt_host_get_device(c->from, audio[i], &d) == 0 && d.class_code >> 16 == 4)
			copy_group(c, d.group);
	}
}

/* The tree that --check walks: nftw() has no argument for its callback. */
static unsigned strangers;
static size_t prefix;

static int show_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	static const char *const below[] = { "sys/", "proc/", "boot/config-", "etc/modprobe.d/" };
	static const char *const files[] = { CAPTURED_REGIONS, CAPTURED_SIDE, REMOVED };
	const char *name = path + prefix;
	bool ok = false;

	(void)ftw;
	if (type == FTW_D)
		return 0;
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++)
		ok |= strncmp(name, below[i], strlen(below[i])) == 0;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		ok |= strcmp(name, files[i]) == 0;
	ok &= type == FTW_SL || (type == FTW_F && S_ISREG(st->st_mode));
	strangers += !ok;
	printf("%8lld  %s%s%s\n", (long long)st->st_size, cli_name(name), type == FTW_SL ? " (link)" : "",
		ok ? "" : "  <- not of a capture");
	return 0;
}

/* A bundle comes from somebody else: links in it may lead anywhere. */
static bool show_removed(const char *path)
{
	int root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *text = calloc(1, ROOM + 1), *line = text;
	size_t len = ROOM;
	bool ok = root >= 0 && text && igdpt_host_read(root, REMOVED, text, &len) == 0;

	putchar('\n');
	while (ok && *line) {
		size_t n = strcspn(line, "\n");
		bool last = !line[n];

		line[n] = '\0';
		puts(cli_plain(line));
		line += n + !last;
	}
	if (root >= 0)
		close(root);
	free(text);
	return ok;
}

static int check_bundle(char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	prefix = len + 1;
	strangers = 0;
	if (nftw(path, show_entry, 16, FTW_PHYS) < 0)
		return cli_error("%s: %s", path, strerror(errno));
	if (!show_removed(path))
		return cli_error("%s/" REMOVED ": there is none that can be read", path);
	return strangers ? EXIT_WARNINGS : EXIT_FINE;
}

static int capture(struct capture *c, const char *root, const char *output, bool open_vfio)
{
	int fd;

	c->from = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->from < 0)
		return cli_error("%s: %s", root, strerror(errno));
	if (mkdir(output, 0700) < 0) /* /proc/iomem and DMAR are root's alone */
		return cli_error("%s: %s", output, strerror(errno));
	c->to = open(output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = c->to < 0 ? -1 : openat(c->to, REMOVED, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	c->removed = fd < 0 ? NULL : fdopen(fd, "w");
	if (!c->removed)
		return cli_error("%s: %s", output, strerror(errno));
	c->data = malloc(ROOM);
	if (!c->data)
		return cli_error("out of memory");
	copy_machine(c, open_vfio);
	if (fclose(c->removed) != 0)
		c->failed = true;
	free(c->data);
	close(c->to);
	close(c->from);
	if (c->failed)
		return cli_error("%s: not all could be written", output);
	return c->lacks ? EXIT_WARNINGS : EXIT_FINE;
}

static int run_capture(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "check", required_argument, NULL, 'c' }, { "open-vfio", no_argument, NULL, 'v' },
		{ "output", required_argument, NULL, 'o' }, { "root", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	const char *output = NULL, *root = "/";
	char *check = NULL;
	struct capture c = { .from = -1 };
	bool open_vfio = false;
	int option;

	while ((option = cli_getopt(self, argc, argv, ":o:", options)) != -1) {
		if (option == '?')
			return EXIT_CANNOT_RUN;
		if (option == 'v')
			open_vfio = true;
		else if (option == 'c')
			check = optarg;
		else
			*(option == 'o' ? &output : &root) = optarg;
	}
	if (optind != argc)
		return cli_usage(self, "capture: unexpected argument '%s'", argv[optind]);
	if (check)
		return check_bundle(check);
	return output ? capture(&c, root, output, open_vfio) : cli_usage(self, "capture: -o is needed");
}

const struct command cmd_capture = {
	.name = "capture",
	.summary = "copy what the doctor reads, without what identifies the owner",
	.usage = "usage: igdpt capture -o BUNDLE [--root DIR] [--open-vfio]\n"
		 "       igdpt capture --check BUNDLE\n\n"
		 "Writes a directory that igdpt doctor --root BUNDLE reads: for bug reports and tests.\n"
		 "BUNDLE/REMOVED lists what was left out; --check shows all that is in it.\n"
		 "-o may be written --output.\n",
	.run = run_capture,
};
