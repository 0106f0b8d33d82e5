/* SPDX-License-Identifier: MIT
 *
 * Checks D01 to D24: the device, its IOMMU, its driver, OpRegion, VBT and stolen memory on a host.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/bytes.h"
#include "doctor.h"

#define MIB (UINT64_C(1) << 20)
#define CONFIG "config space of %s"
#define ASLS 0xfcu
#define MMIO_BDSM 0x1080c0u
/* BAR0 up to the mirror of BDSM. */
#define MMIO_ROOM 0x200000u
/* Linux 6.12 looks at class 0300 only, 6.16 at base class 03 (measured; in between unverified). */
#define ANY_CLASS_SINCE 615u
/* Linux intel_vbt_defs.h: the connector of a panel. */
#define DEVICE_TYPE_INTERNAL (1u << 12)

static const char *bdf(const struct facts *f)
{
	static char text[16];
	uint32_t a = f->device.address;

	snprintf(text, sizeof(text), "%04x:%02x:%02x.%x", a >> 16, a >> 8 & 0xff, a >> 3 & 0x1f, a & 7);
	return text;
}

static bool is_vfio(const char *driver)
{
	return strcmp(driver, "vfio-pci") == 0 || strstr(driver, "-vfio-pci");
}

void check_device(const struct facts *f, struct doctor_line *l)
{
	because(l, "/sys/bus/pci/devices");
	if (!f->has_device) {
		say(l, DOCTOR_FAIL, "Enable the integrated GPU (IGD Multi-Monitor) in the firmware setup",
			"There is no Intel display device; firmware may have disabled it beside another GPU");
		return;
	}
	say(l, DOCTOR_PASS, "", "The IGD is %s, 8086:%04x", bdf(f), f->device.device);
}

void check_physical(const struct facts *f, struct doctor_line *l)
{
	because(l, "/sys/bus/pci/devices/%s", bdf(f));
	if (f->device.flags & IGDPT_HOST_VF)
		say(l, DOCTOR_FAIL, "Assign the physical function for a display",
			"%s is a virtual function: it has no OpRegion and no outputs, by design", bdf(f));
	else if (f->device.address != IGD_ADDRESS)
		say(l, DOCTOR_FAIL, "None: the OpRegion is for integrated GPUs",
			"%s is not at 00:02.0: it is a discrete GPU without OpRegion", bdf(f));
	else
		say(l, DOCTOR_PASS, "", "It is the physical function at 00:02.0");
}

void check_platform(const struct facts *f, struct doctor_line *l)
{
	because(l, "/sys/bus/pci/devices/%s/device: 0x%04x", bdf(f), f->device.device);
	if (!f->has_platform)
		say(l, DOCTOR_WARN, "Report the id; treat the device as OpRegion only until it is known",
			"Device id 8086:%04x is in no list, so no rule for GGC and BDSM applies",
			f->device.device);
	else if (f->platform.flags & IGDPT_PLATFORM_NO_IOMMU)
		say(l, DOCTOR_WARN, "None on Linux hosts",
			"It is %s, for which Linux switches the IOMMU off", f->platform.title);
	else
		say(l, DOCTOR_PASS, "", "It is %s, generation %u.%02u", f->platform.title,
			f->platform.gen / 100, f->platform.gen % 100);
}

void check_class(const struct facts *f, struct doctor_line *l)
{
	uint32_t class_code = f->device.class_code;

	because(l, "/sys/bus/pci/devices/%s/class: 0x%06x", bdf(f), class_code);
	if (class_code >> 8 == 0x0300)
		say(l, DOCTOR_PASS, "", "Class 0300: the IGD is the firmware's primary display");
	else
		say(l, DOCTOR_WARN, "Set Primary Display = IGD in the firmware setup, or let the VMM place "
			"the OpRegion itself",
			"Class %04x: not the primary display; SeaBIOS, QEMU up to 9.2 and vfio-pci up to "
			"Linux 6.12 ignore the OpRegion of such a device", class_code >> 8);
}

void check_iommu(const struct facts *f, struct doctor_line *l)
{
	because(l, "/sys/class/iommu: %u units, %u can remap interrupts; iommu_group %d",
		f->iommu.units, f->iommu.remapping, f->device.group);
	if (!f->iommu.units)
		say(l, DOCTOR_FAIL, "Switch VT-d on in the firmware setup and boot with intel_iommu=on",
			"The IOMMU is off");
	else if (f->device.group < 0 && strstr(f->cmdline, "igfx_off"))
		say(l, DOCTOR_FAIL, "Take igfx_off out of intel_iommu= on the kernel command line",
			"igfx_off on the kernel command line switches the IOMMU off for graphics");
	else if (f->device.group < 0)
		say(l, DOCTOR_FAIL, "Look for \"Disabling IOMMU for graphics\" in the kernel log; on such "
			"a chipset the IGD cannot be assigned",
			"The IGD has no IOMMU group: the kernel leaves the IOMMU off for graphics");
	else if (!f->iommu.remapping)
		say(l, DOCTOR_FAIL, "Switch interrupt remapping on in the firmware setup, and drop "
			"intremap=off",
			"No VT-d unit can remap interrupts, so VFIO_SET_IOMMU is refused (EPERM)");
	else
		say(l, DOCTOR_PASS, "", "VT-d is on, the IGD is in IOMMU group %d, %u bits wide",
			f->device.group, f->iommu.width);
}

void check_group(const struct facts *f, struct doctor_line *l)
{
	struct igdpt_host_device d = { .size = sizeof(d) };
	uint32_t from = 0, members = 0;

	because(l, "/sys/kernel/iommu_groups/%d/devices", f->device.group);
	while (igdpt_host_member(f->root, (uint32_t)f->device.group, from, &d) == 0) {
		members++;
		from = d.address + 1;
		if (d.address == f->device.address || !*d.driver || is_vfio(d.driver) ||
			strcmp(d.driver, "pcieport") == 0)
			continue;
		say(l, DOCTOR_FAIL, "Bind it to vfio-pci as well, or move it; do not split the group by "
			"force",
			"Group %d is not viable: %02x:%02x.%x has driver %s", f->device.group,
			d.address >> 8 & 0xff, d.address >> 3 & 0x1f, d.address & 7, d.driver);
		return;
	}
	say(l, DOCTOR_PASS, "", members > 1 ? "All %u members of the group are free" :
					      "The IGD is alone in its group (%u member)", members);
}

void check_reserved(const struct facts *f, struct doctor_line *l)
{
	unsigned relaxable = 0;

	because(l, "/sys/kernel/iommu_groups/%d/reserved_regions", f->device.group);
	for (const char *p = f->reserved; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		uint64_t first, last;
		char type[32];

		if (sscanf(p, "%" SCNx64 " %" SCNx64 " %31s", &first, &last, type) != 3)
			continue;
		relaxable += strcmp(type, "direct-relaxable") == 0;
		if (strcmp(type, "direct") != 0)
			continue;
		say(l, DOCTOR_FAIL, "Look in the firmware setup for an option that releases the device; "
			"a patched kernel is the last resort",
			"0x%" PRIx64 "-0x%" PRIx64 " is reserved for a member of the group and not "
			"relaxable: the kernel refuses the assignment", first, last);
		return;
	}
	if (!*f->reserved)
		say(l, DOCTOR_SKIP, "", "The reservations of the group cannot be read");
	else
		say(l, DOCTOR_PASS, "", "%u reservation%s of the group, relaxable; nothing to map 1:1",
			relaxable, relaxable == 1 ? "" : "s");
}

static bool names_igd(const struct igdpt_dmar *dmar, const struct igdpt_dmar_structure *s)
{
	struct igdpt_dmar_scope scope = { .size = sizeof(scope) };

	while (igdpt_dmar_scope_next(dmar, s, &scope, NULL) > 0) {
		if (scope.type == IGDPT_DMAR_SCOPE_ENDPOINT && !scope.bus && scope.path_count == 1 &&
			scope.path[0] == 2 && scope.path[1] == 0)
			return true;
	}
	return false;
}

static bool igd_rmrr(const struct facts *f, uint64_t *base, uint64_t *end)
{
	struct igdpt_dmar_structure s = { .size = sizeof(s) };
	struct igdpt_dmar dmar;

	if (igdpt_dmar_init(&dmar, f->dmar, f->dmar_len, NULL) < 0)
		return false;
	while (igdpt_dmar_next(&dmar, &s, NULL) > 0) {
		if (s.type != IGDPT_DMAR_RMRR || s.state != IGDPT_DMAR_READ || !names_igd(&dmar, &s))
			continue;
		*base = s.base;
		*end = s.end;
		return true;
	}
	return false;
}

void check_rmrr(const struct facts *f, struct doctor_line *l)
{
	uint64_t base, end;

	because(l, "/sys/firmware/acpi/tables/DMAR; GGC 0x%x, BDSM 0x%" PRIx64, f->ggc, f->bdsm);
	if (f->dmar_error) {
		say(l, DOCTOR_SKIP, "", "The DMAR table cannot be read (%s)",
			f->dmar_error == -IGDPT_E_ACCESS ? "not root" : "there is none");
		return;
	}
	if (!igd_rmrr(f, &base, &end)) {
		say(l, DOCTOR_INFO, "", "The IGD has no RMRR, which is normal from Meteor Lake on");
		return;
	}
	if (!f->has_stolen || !f->bdsm) {
		say(l, DOCTOR_SKIP, "", "RMRR 0x%" PRIx64 "-0x%" PRIx64 "; GGC and BDSM are not known",
			base, end);
		return;
	}
	if (base == f->bdsm - f->stolen.gsm_bytes && end == f->bdsm + f->stolen.dsm_bytes - 1)
		say(l, DOCTOR_PASS, "", "RMRR 0x%" PRIx64 "-0x%" PRIx64 " is the stolen memory: %" PRIu64
			" MiB GTT and %" PRIu64 " MiB data", base, end, f->stolen.gsm_bytes / MIB,
			f->stolen.dsm_bytes / MIB);
	else
		say(l, DOCTOR_WARN, "Tell the vendor; VFIO is not affected, a plan that keeps stolen "
			"memory in place is",
			"RMRR 0x%" PRIx64 "-0x%" PRIx64 " is not the stolen memory, 0x%" PRIx64
			"-0x%" PRIx64, base, end, f->bdsm - f->stolen.gsm_bytes,
			f->bdsm + f->stolen.dsm_bytes - 1);
}

static unsigned phys_bits(const struct facts *f)
{
	const char *p = strstr(f->cpuinfo, "address sizes");
	unsigned bits = 0;

	if (p && (p = strchr(p, ':')))
		sscanf(p, ": %u bits", &bits);
	return bits;
}

void check_width(const struct facts *f, struct doctor_line *l)
{
	unsigned bits = phys_bits(f);

	because(l, "/sys/class/iommu/*/intel-iommu/cap: MGAW %u; /proc/cpuinfo: %u bits", f->iommu.width,
		bits);
	if (!bits || !f->iommu.width)
		say(l, DOCTOR_SKIP, "", "The widths are not known");
	else if (bits <= f->iommu.width)
		say(l, DOCTOR_PASS, "", "The IOMMU is as wide as the processor");
	else if (f->vm.present && f->vm.phys_bits && f->vm.phys_bits <= f->iommu.width)
		say(l, DOCTOR_PASS, "", "The VM is limited to %u bits, the IOMMU has %u", f->vm.phys_bits,
			f->iommu.width);
	else
		say(l, DOCTOR_WARN, "Limit the VM: -cpu host,host-phys-bits-limit=39, or libvirt "
			"<maxphysaddr mode='passthrough' limit='39'/>",
			"The processor addresses %u bits, the IOMMU %u: guest BARs above that fail with -22",
			bits, f->iommu.width);
}

void check_driver(const struct facts *f, struct doctor_line *l)
{
	const char *driver = f->device.driver;

	because(l, "/sys/bus/pci/devices/%s/driver: %s", bdf(f), *driver ? driver : "none");
	if (!*driver)
		say(l, DOCTOR_INFO, "", "No driver has the device; a VMM can bind it to vfio-pci");
	else if (is_vfio(driver))
		say(l, DOCTOR_PASS, "", "%s has the device", driver);
	else
		say(l, DOCTOR_FAIL, "Bind it at boot: vfio-pci.ids= on the kernel command line, or "
			"driverctl set-override 0000:00:02.0 vfio-pci",
			"%s still has the device; the start of a VM would rip it away", driver);
}

void check_vfio_options(const struct facts *f, struct doctor_line *l)
{
	static const char *const modules[] = { "vfio_pci_core", "vfio_pci" };
	char value[16];

	for (size_t i = 0; i < 2; i++) {
		if (igdpt_host_parameter(f->root, modules[i], "disable_vga", value, sizeof(value)) < 0)
			continue;
		because(l, "/sys/module/%s/parameters/disable_vga: %s", modules[i], value);
		if (*value == 'Y' || *value == '1')
			say(l, DOCTOR_WARN, "Remove disable_vga=1 from /etc/modprobe.d for legacy mode; leave "
				"it for a UEFI guest",
				"vfio-pci runs with disable_vga=1, which excludes legacy mode");
		else
			say(l, DOCTOR_PASS, "", "vfio-pci gives out VGA ranges");
		return;
	}
	say(l, DOCTOR_SKIP, "", "vfio-pci is not loaded");
}

void check_kernel_options(const struct facts *f, struct doctor_line *l)
{
	int igd = igdpt_host_kernel_option(f->root, "CONFIG_VFIO_PCI_IGD");
	int vga = igdpt_host_kernel_option(f->root, "CONFIG_VFIO_PCI_VGA");

	because(l, "/boot/config-%s", f->kernel.release);
	if (igd < 0)
		say(l, DOCTOR_SKIP, "", "The configuration of the kernel is not there");
	else if (igd == 'n')
		say(l, DOCTOR_FAIL, "Use a kernel with CONFIG_VFIO_PCI_IGD=y",
			"The kernel has no CONFIG_VFIO_PCI_IGD: vfio-pci shows no OpRegion");
	else if (vga == 'n')
		say(l, DOCTOR_INFO, "", "The kernel has CONFIG_VFIO_PCI_IGD, and no CONFIG_VFIO_PCI_VGA: "
			"no legacy mode");
	else
		say(l, DOCTOR_PASS, "", "The kernel has CONFIG_VFIO_PCI_IGD and CONFIG_VFIO_PCI_VGA");
}

/* A framebuffer in /proc/iomem inside a range that is named after the device. */
void check_framebuffer(const struct facts *f, struct doctor_line *l)
{
	static const char *const owners[] = { "BOOTFB", "efifb", "simplefb", "simple-framebuffer",
		"vesafb" };
	bool inside = false;

	because(l, "/proc/iomem");
	for (const char *p = f->iomem; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		const char *name = strstr(p, " : ");
		size_t len;

		if (!name || name > p + strcspn(p, "\n"))
			continue;
		name += 3;
		len = strcspn(name, "\n");
		if (len == 12 && strchr(name, ':') && strchr(name, ':') < name + len)
			inside = strncmp(name, bdf(f), 12) == 0;
		for (size_t i = 0; inside && i < sizeof(owners) / sizeof(owners[0]); i++) {
			if (len != strlen(owners[i]) || strncmp(name, owners[i], len) != 0)
				continue;
			say(l, DOCTOR_FAIL, "Boot with initcall_blacklist=sysfb_init (Linux 5.15 and later; "
				"video=efifb:off before)",
				"The boot framebuffer (%s) owns the IGD's memory: a VMM cannot map the BAR",
				owners[i]);
			return;
		}
	}
	if (*f->iomem)
		say(l, DOCTOR_PASS, "", "No boot framebuffer owns the IGD's memory");
	else
		say(l, DOCTOR_SKIP, "", "/proc/iomem cannot be read");
}

void check_asls(const struct facts *f, struct doctor_line *l)
{
	char outer[64] = "", inner[64] = "";
	uint32_t asls;

	if (f->config_len <= ASLS + 3) {
		because(l, CONFIG ": %zu bytes", bdf(f), f->config_len);
		say(l, DOCTOR_SKIP, "", "ASLS cannot be read without root");
		return;
	}
	asls = get_le32(f->config + ASLS);
	because(l, CONFIG " at 0xfc: 0x%08x", bdf(f), asls);
	if (!asls || asls == UINT32_MAX) {
		say(l, f->goal == GOAL_DISPLAY ? DOCTOR_FAIL : DOCTOR_WARN,
			"Enable the IGD, CSM or its GOP in the firmware setup, and make it the primary display",
			"ASLS is 0x%x: the firmware made no OpRegion", asls);
		return;
	}
	if (iomem_at(f, asls, outer, inner, sizeof(outer)) && strcmp(outer, "System RAM") == 0) {
		say(l, DOCTOR_WARN, "Tell the vendor of the firmware",
			"ASLS 0x%08x points into usable RAM, which the kernel gives to others", asls);
		return;
	}
	say(l, DOCTOR_PASS, "", "The OpRegion is at 0x%08x%s%s%s", asls, *outer ? " (" : "", outer,
		*outer ? ")" : "");
}

static const char *const source_names[SOURCES + 1] = { "", "the VFIO group", "the VFIO device",
	"/dev/mem", "debugfs" };

void check_opregion_read(const struct facts *f, struct doctor_line *l)
{
	bool refused = false;
	size_t at = 0;

	if (f->source) {
		because(l, "%s: 0x%zx bytes", source_names[f->source], f->opregion_len);
		say(l, DOCTOR_PASS, "", "The OpRegion was read from %s", source_names[f->source]);
		return;
	}
	for (uint32_t i = 1; i <= SOURCES; i++) {
		refused |= f->why[i].error == -IGDPT_E_ACCESS && (f->live || !f->why[i].system);
		if (at < sizeof(l->how))
			at += (size_t)snprintf(l->how + at, sizeof(l->how) - at, "%s%.60s: %.90s",
				at ? "; " : "", source_names[i], f->why[i].text);
	}
	if (f->live && refused)
		say(l, DOCTOR_SKIP, "", "The OpRegion cannot be read: run as root, or with --open-vfio "
			"while no VM has the device");
	else
		say(l, DOCTOR_FAIL, "Bind the device to vfio-pci and use --open-vfio, or load i915 and "
			"mount debugfs", "No source shows the OpRegion");
}

/* The first error of the validator, other than those of RVDA and the VBT, or else of those. */
struct verdict {
	struct igdpt_finding worst;
	bool of_rvda;
};

static bool about_rvda(uint32_t id)
{
	return id >= IGDPT_F_RVDA_ABSOLUTE && id <= IGDPT_F_RVDA_NO_ASLE;
}

static bool about_vbt(uint32_t id)
{
	return id == IGDPT_F_VBT_FALLBACK || id == IGDPT_F_NO_VBT || (id >= 200 && id < 300);
}

static void take_worst(void *user, const struct igdpt_finding *finding)
{
	struct verdict *v = user;

	if (about_vbt(finding->id) || about_rvda(finding->id) != v->of_rvda)
		return;
	if (finding->severity > v->worst.severity)
		v->worst = *finding;
}

static void judge(struct doctor_line *l, const struct igdpt_finding *worst, const char *good)
{
	struct igdpt_finding_info info = { .size = sizeof(info) };
	char text[200];

	if (worst->severity < IGDPT_SEV_WARNING || igdpt_finding_describe(worst->id, &info) < 0) {
		say(l, DOCTOR_PASS, "", "%s", good);
		return;
	}
	igdpt_finding_format(worst, text, sizeof(text));
	say(l, worst->severity == IGDPT_SEV_ERROR ? DOCTOR_FAIL : DOCTOR_WARN, info.remedy, "%s", text);
}

void check_opregion(const struct facts *f, struct doctor_line *l)
{
	struct verdict v = { .worst = { .size = sizeof(v.worst) } };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_opregion op;
	char good[80];

	because(l, "%s; SIZE %u KiB", source_names[f->source], get_le32(f->opregion + 0x10));
	if (igdpt_opregion_init(&op, f->opregion, f->opregion_len, &why) < 0) {
		judge(l, &why, "");
		return;
	}
	igdpt_opregion_validate(&op, take_worst, &v);
	snprintf(good, sizeof(good), "The OpRegion is version %u.%u, mailboxes 0x%x", op.version >> 8,
		op.version & 0xff, op.mboxes);
	judge(l, &v.worst, good);
}

void check_rvda(const struct facts *f, struct doctor_line *l)
{
	struct verdict v = { .worst = { .size = sizeof(v.worst) }, .of_rvda = true };

	because(l, "%s: RVDA 0x%" PRIx64 ", RVDS 0x%x", source_names[f->source], f->op.rvda, f->op.rvds);
	igdpt_opregion_validate(&f->op, take_worst, &v);
	judge(l, &v.worst, f->op.rvda && f->op.rvds ? "The VBT is outside the 8 KiB, and in reach" :
						      "There is no extended VBT");
}

void check_vbt(const struct facts *f, struct doctor_line *l)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	uint64_t at = f->op.rvda && f->op.rvds && f->op.rvda < f->opregion_len ? f->op.rvda : 0x400;
	struct igdpt_vbt vbt;

	if (f->has_vbt) {
		because(l, "OpRegion at 0x%" PRIx64, f->vbt.offset);
		say(l, DOCTOR_PASS, "", "The VBT is valid, %" PRIu64 " bytes in %s", f->vbt.bytes,
			f->vbt.source == IGDPT_VBT_MAILBOX4 ? "mailbox 4" : "the extended VBT");
		return;
	}
	because(l, "OpRegion at 0x%" PRIx64, at);
	if (igdpt_vbt_init(&vbt, f->opregion + at, f->opregion_len - at, &why) < 0 && why.id)
		judge(l, &why, "");
	if (l->status != DOCTOR_FAIL)
		say(l, DOCTOR_FAIL, "Give the guest's driver a VBT in another way (vbt_firmware=)",
			"There is no valid VBT");
}

void check_ports(const struct facts *f, struct doctor_line *l)
{
	struct igdpt_vbt_child child = { .size = sizeof(child) };
	unsigned ports = 0;
	struct igdpt_vbt vbt;

	because(l, "VBT block 2");
	if (igdpt_vbt_init(&vbt, f->opregion + f->vbt.offset, (size_t)f->vbt.bytes, NULL) < 0)
		return;
	for (uint32_t i = 0; igdpt_vbt_child_at(&vbt, i, &child) == 0; i++)
		ports += child.device_type && !(child.device_type & DEVICE_TYPE_INTERNAL);
	if (ports)
		say(l, DOCTOR_PASS, "", "The VBT lists %u external port%s", ports, ports == 1 ? "" : "s");
	else
		say(l, f->goal == GOAL_DISPLAY ? DOCTOR_WARN : DOCTOR_INFO,
			"Fine for a panel; for a monitor take the VBT of the right board",
			"The VBT lists no external port");
}

void check_regions(const struct facts *f, struct doctor_line *l)
{
	uint32_t version = f->kernel.major * 100 + f->kernel.minor;

	because(l, "driver %s, class 0x%06x, kernel %s",
		*f->device.driver ? f->device.driver : "none", f->device.class_code, f->kernel.release);
	if (f->source == IGDPT_HOST_VFIO_GROUP || f->source == IGDPT_HOST_VFIO_CDEV)
		say(l, DOCTOR_PASS, "", "vfio-pci shows an OpRegion region");
	else if (*f->device.driver && strcmp(f->device.driver, "vfio-pci") != 0)
		say(l, DOCTOR_FAIL, "Bind the device to vfio-pci",
			"%s shows no OpRegion region; only vfio-pci itself does", f->device.driver);
	else if (f->device.class_code >> 8 != 0x0300 && f->has_kernel && version < ANY_CLASS_SINCE)
		say(l, DOCTOR_FAIL, "Set Primary Display = IGD in the firmware setup, or boot Linux 6.16",
			"vfio-pci of Linux %u.%u shows no OpRegion of a class %04x device, although ASLS is "
			"valid", f->kernel.major, f->kernel.minor, f->device.class_code >> 8);
	else
		say(l, DOCTOR_PASS, "", "Nothing keeps vfio-pci from showing the OpRegion");
}

void check_shadow(const struct facts *f, struct doctor_line *l)
{
	because(l, "OpRegion of 0x%zx bytes", f->opregion_len);
	if (f->opregion_len > 0x2000)
		say(l, DOCTOR_INFO, "", "Config 0xFC read through VFIO is the address of the VBT here; a "
			"VMM must show its own value");
	else
		say(l, DOCTOR_PASS, "", "There is no extended VBT that would change 0xFC as VFIO shows it");
}

void check_stolen(const struct facts *f, struct doctor_line *l)
{
	because(l, CONFIG ": GGC 0x%04x, BDSM 0x%" PRIx64, bdf(f), f->ggc, f->bdsm);
	if (f->platform.codec == IGDPT_CODEC_MTL)
		say(l, DOCTOR_INFO, "", "Stolen memory is behind BAR2, GGC in MMIO 0x108040");
	else if (f->config_len < 0x100)
		say(l, DOCTOR_SKIP, "", "GGC cannot be read without root");
	else if (!f->has_stolen)
		say(l, DOCTOR_SKIP, "", "GGC has no known meaning here");
	else if (!f->stolen.dsm_bytes)
		say(l, DOCTOR_FAIL, "Set DVMT Pre-Allocated in the firmware setup to 64M",
			"There is no stolen memory (GMS is 0)");
	else if (f->stolen.flags & IGDPT_STOLEN_VGA_OFF)
		say(l, DOCTOR_WARN, "Set Primary Display = IGD for legacy mode; nothing for a UEFI guest",
			"The device claims no VGA cycles (IVD is set), which excludes legacy mode");
	else
		say(l, DOCTOR_PASS, "", "Stolen memory: %" PRIu64 " MiB data at 0x%" PRIx64 ", %" PRIu64
			" MiB GTT below", f->stolen.dsm_bytes / MIB, f->bdsm, f->stolen.gsm_bytes / MIB);
}

/* Reading MMIO of a device that runs could disturb it, so only a captured copy is read. */
void check_mirrors(const struct facts *f, struct doctor_line *l)
{
	size_t len = MMIO_ROOM;
	uint8_t *mmio = f->live ? NULL : malloc(len);
	uint64_t mirror = 0;
	char path[96];

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/resource0", bdf(f));
	if (!mmio || f->platform.bdsm == IGDPT_BDSM_NONE ||
		igdpt_host_read(f->root, path, mmio, &len) < 0 || len < MMIO_BDSM + 8) {
		free(mmio);
		say(l, DOCTOR_SKIP, "", "BAR0 is not read, so as not to disturb the device");
		return;
	}
	mirror = get_le64(mmio + MMIO_BDSM) & ~UINT64_C(0xfffff);
	free(mmio);
	because(l, "/%s at 0x%x: 0x%" PRIx64 "; BDSM 0x%" PRIx64, path, MMIO_BDSM, mirror, f->bdsm);
	if (mirror == f->bdsm)
		say(l, DOCTOR_PASS, "", "MMIO 0x1080C0 repeats BDSM");
	else
		say(l, DOCTOR_WARN, "A VMM must answer reads of 0x1080C0 itself",
			"MMIO 0x1080C0 differs from BDSM in config space");
}

void check_audio(const struct facts *f, struct doctor_line *l)
{
	struct igdpt_host_device audio = { .size = sizeof(audio) }, mate = { .size = sizeof(mate) };
	uint32_t from = 0;

	if (!f->platform.audio_devfn) {
		say(l, DOCTOR_INFO, "", "The audio function of this platform is not known");
		return;
	}
	because(l, "/sys/bus/pci/devices/0000:00:%02x.%x", f->platform.audio_devfn >> 3,
		f->platform.audio_devfn & 7);
	if (igdpt_host_get_device(f->root, f->platform.audio_devfn, &audio) < 0 || audio.group < 0) {
		say(l, DOCTOR_INFO, "", "There is no audio function, or it has no group");
		return;
	}
	while (igdpt_host_member(f->root, (uint32_t)audio.group, from, &mate) == 0) {
		from = mate.address + 1;
		if (mate.address == audio.address || mate.address == f->device.address)
			continue;
		say(l, DOCTOR_WARN, "Leave sound to the host, or assign the whole group",
			"The audio function shares group %d with %02x:%02x.%x: HDMI sound cannot be "
			"assigned alone", audio.group, mate.address >> 8 & 0xff, mate.address >> 3 & 0x1f,
			mate.address & 7);
		return;
	}
	say(l, DOCTOR_PASS, "", "The audio function 00:%02x.%x is alone in group %d",
		f->platform.audio_devfn >> 3, f->platform.audio_devfn & 7, audio.group);
}
