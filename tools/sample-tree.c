/* SPDX-License-Identifier: MIT
 *
 * The files of a synthetic machine, where Linux shows them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/bytes.h"
#include "cli.h"
#include "igdpt/dmar.h"
#include "doctor.h"
#include "sample.h"

#define DEVICES "sys/devices/pci0000:00/"
#define AUDIO_GROUP 15u
#define BRIDGE_GROUP 1u
#define LPC_GROUP 14u
/* BAR0 up to and with the mirrors that are written. */
#define MMIO_BYTES 0x109000u
#define MMIO_GGC 0x108040u
#define MMIO_BDSM 0x1080c0u
#define MMIO_GSMBASE 0x108100u
/* igdpt_host_region_flag: all of them, and what is left without the IGD's own. */
#define ALL_REGIONS 0x1fu
#define PLAIN_REGIONS 0x18u

struct tree {
	int root;
	int failed; /* errno of the first failure */
};

static void fail(struct tree *t)
{
	if (!t->failed)
		t->failed = errno ? errno : EIO;
}

static void make_directories(struct tree *t, const char *path)
{
	char part[256];

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		if (mkdirat(t->root, part, 0777) < 0 && errno != EEXIST)
			fail(t);
	}
}

static void put(struct tree *t, const char *path, const void *data, size_t len)
{
	int fd;

	make_directories(t, path);
	fd = openat(t->root, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		fail(t);
	if (fd >= 0 && close(fd) < 0)
		fail(t);
}

static void put_text(struct tree *t, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void put_text(struct tree *t, const char *path, const char *format, ...)
{
	char text[4096];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	put(t, path, text, (size_t)len);
}

static void put_link(struct tree *t, const char *target, const char *path)
{
	make_directories(t, path);
	if (symlinkat(target, t->root, path) < 0)
		fail(t);
}

struct function {
	const char *bdf;
	uint32_t id;
	uint32_t class_code;
	int group; /* negative: none */
	const char *driver;
};

static void put_function(struct tree *t, const struct function *f)
{
	char path[160], target[160];

	snprintf(path, sizeof(path), DEVICES "%s/vendor", f->bdf);
	put_text(t, path, "0x8086\n");
	snprintf(path, sizeof(path), DEVICES "%s/device", f->bdf);
	put_text(t, path, "0x%04x\n", f->id);
	snprintf(path, sizeof(path), DEVICES "%s/class", f->bdf);
	put_text(t, path, "0x%06x\n", f->class_code);
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", f->bdf);
	snprintf(target, sizeof(target), "../../../devices/pci0000:00/%s", f->bdf);
	put_link(t, target, path);
	if (f->driver) {
		snprintf(path, sizeof(path), DEVICES "%s/driver", f->bdf);
		snprintf(target, sizeof(target), "../../../bus/pci/drivers/%s", f->driver);
		put_link(t, target, path);
	}
	if (f->group < 0)
		return;
	snprintf(path, sizeof(path), DEVICES "%s/iommu_group", f->bdf);
	snprintf(target, sizeof(target), "../../../kernel/iommu_groups/%d", f->group);
	put_link(t, target, path);
	snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%d/devices/%s", f->group, f->bdf);
	snprintf(target, sizeof(target), "../../../../devices/pci0000:00/%s", f->bdf);
	put_link(t, target, path);
}

/* Config space: header, GGC, BDSM, ASLS; all else is 0. */
static void put_config(struct tree *t, const struct sample *s)
{
	uint8_t c[256] = { 0x86, 0x80 };
	char path[96];

	put_le16(c + 0x02, (uint16_t)s->device_id);
	put_le16(c + 0x04, 0x0407);
	c[0x08] = 0x0c;
	c[0x0a] = (uint8_t)(s->class_code >> 8);
	c[0x0b] = (uint8_t)(s->class_code >> 16);
	put_le64(c + 0x10, 0x6000000004);
	put_le64(c + 0x18, 0x400000000c);
	put_le32(c + 0x20, 0x3001);
	if (s->platform.codec != IGDPT_CODEC_GEN3 && s->platform.codec != IGDPT_CODEC_MTL)
		put_le16(c + 0x50, (uint16_t)s->ggc);
	if (s->platform.bdsm == IGDPT_BDSM_CFG_5C && s->bdsm)
		put_le32(c + 0x5c, (uint32_t)s->bdsm | 1);
	if (s->platform.bdsm == IGDPT_BDSM_CFG_C0 && s->bdsm)
		put_le64(c + 0xc0, s->bdsm | 1);
	put_le32(c + 0xfc, s->asls);
	snprintf(path, sizeof(path), DEVICES "%s/config", s->bdf);
	put(t, path, c, sizeof(c));
}

/* The host bridge has GGC before generation 6. */
static void put_bridge(struct tree *t, const struct sample *s)
{
	const struct function bridge = { "0000:00:00.0", 0x4621, 0x060000, BRIDGE_GROUP, NULL };
	const struct function lpc = { "0000:00:1f.0", 0x5182, 0x060100, LPC_GROUP, NULL };
	uint8_t c[256] = { 0x86, 0x80 };

	put_function(t, &bridge);
	put_function(t, &lpc);
	c[0x0b] = 6;
	put_le16(c + 0x52, s->platform.codec == IGDPT_CODEC_GEN3 ? (uint16_t)s->ggc : 0);
	put(t, DEVICES "0000:00:00.0/config", c, sizeof(c));
}

static void put_mmio(struct tree *t, const struct sample *s)
{
	static uint8_t mmio[MMIO_BYTES];
	char path[96];

	memset(mmio, 0, sizeof(mmio));
	put_le16(mmio + MMIO_GGC, (uint16_t)s->ggc);
	put_le64(mmio + MMIO_BDSM, s->mirror);
	put_le64(mmio + MMIO_GSMBASE, s->bdsm ? s->bdsm - s->gsm_bytes : 0);
	snprintf(path, sizeof(path), DEVICES "%s/resource0", s->bdf);
	put(t, path, mmio, sizeof(mmio));
}

static void put_igd(struct tree *t, const struct sample *s)
{
	struct function igd = { s->bdf, s->device_id, s->class_code, 0, s->driver };

	if (s->guest || s->fault == SAMPLE_NO_IOMMU || s->fault == SAMPLE_IGFX_OFF)
		igd.group = -1;
	put_function(t, &igd);
	put_config(t, s);
	put_mmio(t, s);
	if (s->fault == SAMPLE_VF)
		put_link(t, "../0000:00:01.0", DEVICES "0000:00:02.0/physfn");
}

/* Neighbours: the audio function, and whom a shared group is shared with. */
static void put_neighbours(struct tree *t, const struct sample *s)
{
	struct function audio = { NULL, 0x51c8, 0x040300, AUDIO_GROUP, NULL };
	const struct function smbus = { "0000:00:1f.4", 0x51a3, 0x0c0500, AUDIO_GROUP, "i801_smbus" };
	const struct function mate = { "0000:00:0a.0", 0x467d, 0x118000, 0,
		s->fault == SAMPLE_RMRR_MATE ? "vfio-pci" : "intel_vsec" };
	uint32_t devfn = s->platform.audio_devfn;
	char bdf[16];

	snprintf(bdf, sizeof(bdf), "0000:00:%02x.%x", devfn >> 3 & 0x1f, devfn & 7);
	audio.bdf = bdf;
	if (devfn)
		put_function(t, &audio);
	if (s->fault == SAMPLE_AUDIO_GROUP)
		put_function(t, &smbus);
	if (s->fault == SAMPLE_GROUP_SHARED || s->fault == SAMPLE_RMRR_MATE)
		put_function(t, &mate);
}

static bool has_rmrr(const struct sample *s)
{
	return s->bdsm && s->dsm_bytes;
}

static void put_reserved(struct tree *t, const struct sample *s)
{
	char direct[64] = "", rmrr[80] = "";

	if (s->fault == SAMPLE_RMRR_DIRECT || s->fault == SAMPLE_RMRR_MATE)
		strcpy(direct, "0x00000000000f0000 0x00000000000fffff direct\n");
	if (has_rmrr(s))
		snprintf(rmrr, sizeof(rmrr), "0x%016llx 0x%016llx direct-relaxable\n",
			(unsigned long long)(s->bdsm - s->gsm_bytes),
			(unsigned long long)(s->bdsm + s->dsm_bytes - 1));
	put_text(t, "sys/kernel/iommu_groups/0/reserved_regions",
		"%s%s0x00000000fee00000 0x00000000feefffff msi\n", direct, rmrr);
}

/* Cap: MGAW in bits 21:16; ecap: interrupt remapping is bit 3. */
static void put_iommu(struct tree *t, const struct sample *s)
{
	uint64_t cap = UINT64_C(0x1c0000c40000462) | (uint64_t)(s->width - 1) << 16;
	uint64_t ecap = 0xf050da;

	if (s->fault == SAMPLE_NO_INTREMAP || s->fault == SAMPLE_UNSAFE_INTERRUPTS)
		ecap &= ~UINT64_C(8);
	for (int i = 0; i < 2; i++) {
		char path[96], target[64];

		snprintf(path, sizeof(path), "sys/devices/virtual/iommu/dmar%d/intel-iommu/cap", i);
		put_text(t, path, "%llx\n", (unsigned long long)cap);
		snprintf(path, sizeof(path), "sys/devices/virtual/iommu/dmar%d/intel-iommu/ecap", i);
		put_text(t, path, "%llx\n", (unsigned long long)ecap);
		snprintf(path, sizeof(path), "sys/class/iommu/dmar%d", i);
		snprintf(target, sizeof(target), "../../devices/virtual/iommu/dmar%d", i);
		put_link(t, target, path);
	}
}

static void put_dmar(struct tree *t, const struct sample *s)
{
	static const uint8_t path[] = { 2, 0 }, mate[] = { 10, 0 };
	struct igdpt_dmar_build_scope scopes[] = {
		{ .type = IGDPT_DMAR_SCOPE_ENDPOINT, .path_count = 1, .path = path },
		{ .type = IGDPT_DMAR_SCOPE_ENDPOINT, .path_count = 1, .path = mate },
	};
	struct igdpt_dmar_build_rmrr rmrrs[] = {
		{ .base = 0xf0000, .end = 0xfffff, .scope_count = 1, .scopes = &scopes[1] },
		{ .scope_count = 1, .scopes = &scopes[0] },
	}, *rmrr = &rmrrs[1];
	bool bound = s->fault == SAMPLE_RMRR_MATE;
	struct igdpt_dmar_build_opts opts = { .size = sizeof(opts), .host_address_width = s->width,
		.flags = IGDPT_DMAR_INTR_REMAP, .rmrrs = bound ? rmrrs : rmrr,
		.rmrr_count = has_rmrr(s) + bound };
	uint8_t table[512];
	size_t len = sizeof(table);

	if (s->fault == SAMPLE_NO_INTREMAP || s->fault == SAMPLE_UNSAFE_INTERRUPTS)
		opts.flags = 0;
	rmrr->base = s->bdsm - s->gsm_bytes;
	rmrr->end = s->bdsm + s->dsm_bytes - 1;
	if (s->fault == SAMPLE_RMRR_SIZE)
		rmrr->base += 0x400000;
	if (igdpt_dmar_build(&opts, table, &len, NULL) < 0)
		fail(t);
	else
		put(t, "sys/firmware/acpi/tables/DMAR", table, len);
}

static void put_iomem(struct tree *t, const struct sample *s)
{
	bool inside = s->asls && s->asls < s->tolud;
	uint64_t nvs = inside ? s->asls & ~0xfffu : s->tolud - 0x8000000;
	uint64_t stolen = s->tolud - s->dsm_bytes - s->gsm_bytes;

	put_text(t, "proc/iomem",
		"00000000-00000fff : Reserved\n"
		"00001000-0009ffff : System RAM\n"
		"000a0000-000fffff : Reserved\n"
		"00100000-%08llx : System RAM\n"
		"%08llx-%08llx : ACPI Non-volatile Storage\n"
		"%08llx-%08llx : Reserved\n"
		"4000000000-7fffffffff : PCI Bus 0000:00\n"
		"  4000000000-400fffffff : 0000:00:02.0\n"
		"%s"
		"  6000000000-6000ffffff : 0000:00:02.0\n",
		(unsigned long long)nvs - 1, (unsigned long long)nvs,
		(unsigned long long)stolen - 1, (unsigned long long)stolen,
		(unsigned long long)s->tolud - 1,
		s->fault == SAMPLE_BOOTFB ? "    4000000000-40007e8fff : BOOTFB\n" : "");
}

static void put_kernel(struct tree *t, const struct sample *s)
{
	char path[64];

	put_text(t, "proc/version", "Linux version %s (sample) (gcc) #1 SMP PREEMPT_DYNAMIC\n",
		s->release);
	put_text(t, "proc/cmdline", "BOOT_IMAGE=/vmlinuz intel_iommu=on%s%s%s vfio-pci.ids=8086:%04x\n",
		s->fault == SAMPLE_IGFX_OFF ? ",igfx_off" : "",
		s->fault == SAMPLE_INTREMAP_OFF ? " intremap=off" : "",
		s->guest ? " console=ttyS0" : "", s->device_id);
	put_text(t, "proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\n"
		"address sizes\t: %u bits physical, 48 bits virtual\n", s->phys_bits);
	if (s->guest)
		return;
	snprintf(path, sizeof(path), "boot/config-%s", s->release);
	put_text(t, path, "CONFIG_INTEL_IOMMU=y\nCONFIG_VFIO=m\nCONFIG_VFIO_PCI=m\n"
		"CONFIG_VFIO_PCI_VGA=y\n%s\n", s->fault == SAMPLE_NO_VFIO_IGD ?
		"# CONFIG_VFIO_PCI_IGD is not set" : "CONFIG_VFIO_PCI_IGD=y");
	put_text(t, "sys/module/vfio_pci/parameters/disable_vga", "%c\n",
		s->fault == SAMPLE_DISABLE_VGA ? 'Y' : 'N');
	put_text(t, "sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "%c\n",
		s->fault == SAMPLE_UNSAFE_INTERRUPTS ? 'Y' : 'N');
	put_text(t, "etc/modprobe.d/vfio.conf", "# Options of vfio-pci\noptions vfio-pci disable_vga=%d\n",
		s->fault == SAMPLE_DISABLE_VGA);
}

static void put_debugfs(struct tree *t, const struct sample *s)
{
	char path[96];

	if (s->fault == SAMPLE_OPREGION_UNREADABLE)
		return;
	snprintf(path, sizeof(path), "sys/kernel/debug/dri/%s/i915_opregion", s->bdf);
	put(t, path, s->opregion, sizeof(s->opregion));
	snprintf(path, sizeof(path), "sys/kernel/debug/dri/%s/i915_vbt", s->bdf);
	put(t, path, s->vbt, s->vbt_len);
}

/* An EFI ROM of one block: header, PCIR, and the names of the drivers that a good one has. */
static void put_rom(struct tree *t, const struct sample *s)
{
	uint8_t rom[512] = { 0x55, 0xaa, 1 };

	put_le32(rom + 4, 0x0ef1);
	put_le16(rom + 8, 11);
	put_le16(rom + 10, 0x8664);
	put_le16(rom + 0x16, 0x38);
	put_le16(rom + 0x18, 0x1c);
	memcpy(rom + 0x1c, "PCIR", 4);
	put_le16(rom + 0x20, 0x8086);
	put_le16(rom + 0x22, (uint16_t)s->device_id);
	put_le16(rom + 0x26, 0x18);
	rom[0x2b] = 3;
	put_le16(rom + 0x2c, 1);
	rom[0x30] = 3;
	rom[0x31] = 0x80;
	memcpy(rom + 0x40, "IgdAssignmentDxe", 16);
	if (s->fault == SAMPLE_VM_GOP)
		memcpy(rom + 0x60, "PlatformGopPolicy\0IntelGopDriver", 33);
	if (s->fault == SAMPLE_ROM_BAD)
		memset(rom, 0, 2);
	put(t, "vm/igd.rom", rom, sizeof(rom));
}

/* What vfio-pci shows if it opens the device; with an extended VBT 0xFC is the VBT's address. */
static void put_regions(struct tree *t, const struct sample *s)
{
	bool extended = s->vbt_len > 0x1800 && s->asls, none = s->fault == SAMPLE_NO_REGION ||
		s->fault == SAMPLE_OLD_KERNEL || s->fault == SAMPLE_NO_VFIO_IGD ||
		s->fault == SAMPLE_ANCIENT_KERNEL || !s->asls;
	uint32_t asls = s->fault == SAMPLE_SHADOW ? 0x12345000 : extended && !none ? s->asls + 0x2000 :
										     s->asls;
	size_t bytes = none ? 0 : extended ? 0x2000 + s->vbt_len : 0x2000;

	if (strcmp(s->driver, "vfio-pci") != 0 || s->fault == SAMPLE_OPREGION_SIGNATURE ||
		s->fault == SAMPLE_OPREGION_SIZE)
		return;
	put_text(t, CAPTURED_REGIONS, "regions %u\nflags 0x%x\nasls 0x%08x\nopregion 0x%zx\nrom 0x%x\n",
		none ? 9 : 12, none ? PLAIN_REGIONS : ALL_REGIONS, asls, bytes, 0x20000);
}

static void put_vm(struct tree *t, const struct sample *s)
{
	const char *address = s->fault == SAMPLE_VM_ADDRESS ? "0a.0" : "02.0";
	const char *rom = s->fault == SAMPLE_VM_NO_ROM ? "" : ",romfile=igd.rom";
	const char *limit = s->fault == SAMPLE_IOMMU_NARROW ? "" : ",host-phys-bits-limit=39";
	bool legacy = s->fault == SAMPLE_VM_LEGACY || s->fault == SAMPLE_DISABLE_VGA ||
		s->fault == SAMPLE_VGA_OFF;
	const char *extra = s->fault == SAMPLE_VM_LEGACY ? ",x-igd-legacy-mode=on" :
		s->fault == SAMPLE_VM_OLD ? ",x-igd-lpc=off" : "";

	put_text(t, "vm/qemu.args",
		"%sqemu-system-x86_64 -machine %s -accel kvm -cpu host%s -m %s \\\n"
		"  -drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE.fd \\\n"
		"  -vga none -display none -nic none \\\n"
		"%s"
		"  -device vfio-pci,host=0000:00:02.%d,addr=%s%s,x-igd-opregion=%s%s\n",
		s->fault == SAMPLE_VM_OLD ? "# qemu version: 9.2.4\n" : "",
		legacy ? "pc" : "q35", limit,
		s->fault == SAMPLE_VM_SMALL ? "64M" : "8G",
		s->fault == SAMPLE_VM_CONFLICT ? "  -device pcie-root-port,bus=pcie.0,addr=2.0 \\\n" : "",
		s->fault == SAMPLE_VM_VIRTUAL, address, rom,
		s->fault == SAMPLE_VM_NO_OPREGION ? "off" : "on", extra);
	put_rom(t, s);
}

static void put_log(struct tree *t, const struct sample *s)
{
	char storm[512] = "";

	if (s->fault == SAMPLE_LOG_STORM)
		snprintf(storm, sizeof(storm),
			"[   20.000000] DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault addr "
			"0x1000 [fault reason 0x06] PTE Read access is not set\n"
			"[   25.000000] dmar_fault: 2345 callbacks suppressed\n"
			"[   25.000000] DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault addr "
			"0x2000 [fault reason 0x06] PTE Read access is not set\n");
	put_text(t, "log/dmesg.txt",
		"[    0.000000] Linux version %s\n[    0.010000] DMAR: Host address width %u\n"
		"[    0.020000] DMAR: IOMMU enabled\n%s%s", s->release, s->width,
		s->fault == SAMPLE_LOG_FATAL ?
			"[    0.030000] vfio-pci 0000:00:02.0: Failed to setup Intel IGD regions\n" : "",
		storm);
}

/* What a guest has beyond the device: connectors. */
static void put_guest(struct tree *t, const struct sample *s)
{
	uint8_t edid[128] = { 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0 };
	bool dark = s->fault == SAMPLE_GUEST_OUTPUT, silent = dark || s->fault == SAMPLE_GUEST_EDID;

	put_text(t, "sys/class/drm/card0-HDMI-A-1/status", "%sconnected\n", dark ? "dis" : "");
	put(t, "sys/class/drm/card0-HDMI-A-1/edid", edid, silent ? 0 : sizeof(edid));
	put_text(t, "sys/class/drm/card0-DP-1/status", "disconnected\n");
	put(t, "sys/class/drm/card0-DP-1/edid", edid, 0);
}

bool sample_write(const struct sample *s, int root)
{
	struct tree t = { .root = root };

	put_bridge(&t, s);
	if (s->fault != SAMPLE_NO_IGD)
		put_igd(&t, s);
	put_neighbours(&t, s);
	put_iomem(&t, s);
	put_kernel(&t, s);
	put_debugfs(&t, s);
	put_log(&t, s);
	put_text(&t, CAPTURED_SIDE, "%s\n", s->guest ? "guest" : "host");
	if (s->guest)
		put_guest(&t, s);
	if (!s->guest) {
		put_vm(&t, s);
		put_regions(&t, s);
		put_dmar(&t, s);
		put_reserved(&t, s);
	}
	if (!s->guest && s->fault != SAMPLE_NO_IOMMU)
		put_iommu(&t, s);
	if (t.failed)
		cli_error("cannot write the tree: %s", strerror(t.failed));
	return !t.failed;
}
