/* SPDX-License-Identifier: MIT
 *
 * Checks D10 to D13, D20 and D21: the device's driver, and what vfio-pci shows.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../lib/bytes.h"
#include "doctor.h"

/* Linux 6.12 looks at class 0300 only, 6.16 at base class 03 (measured; in between unverified). */
#define ANY_CLASS_SINCE 615u
/* Linux 4.6 brought the regions of the IGD. */
#define REGIONS_SINCE 406u
#define SYSFB_SINCE 515u
#define ASLS 0xfcu

static uint32_t kernel_version(const struct facts *f)
{
	return f->kernel.major * 100 + f->kernel.minor;
}

bool takes_any_class(const struct facts *f)
{
	return f->has_kernel && kernel_version(f) >= ANY_CLASS_SINCE;
}

static bool is_lasting(const struct facts *f)
{
	char path[96], value[32], where[160];
	size_t len = sizeof(value) - 1;

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver_override", device_name(f));
	if (igdpt_host_read(f->root, path, value, &len) == 0 && strncmp(value, "vfio", 4) == 0)
		return true;
	return strstr(f->cmdline, "vfio-pci.ids=") || strstr(f->cmdline, "vfio_pci.ids=") ||
		modprobe_option(f, "ids=", where, sizeof(where));
}

static bool virtual_only(const struct facts *f)
{
	return f->vm.is_virtual && !f->vm.igd;
}

/* A virtual function or mediated device is made by the graphics driver of the whole one. */
static void say_maker(struct doctor_line *l, const char *driver)
{
	if (is_vfio_driver(driver))
		say(l, DOCTOR_WARN, "Give it back to its graphics driver, which makes the virtual ones",
			"%s has the device, and the VM has a virtual one", driver);
	else
		say(l, DOCTOR_PASS, "", "%s has the device, and makes the virtual ones", driver);
}

void check_driver(const struct facts *f, struct doctor_line *l)
{
	const char *driver = f->device.driver;
	bool vfio = is_vfio_driver(driver), is_virtual = virtual_only(f);
	char fix[320];

	if (f->dump)
		because(l, "%s: Kernel driver in use: %s", f->dump, driver);
	else
		because(l, "/sys/bus/pci/devices/%s/driver: %s", device_name(f), *driver ? driver : "none");
	snprintf(fix, sizeof(fix), "Bind it at boot: vfio-pci.ids=8086:%04x on the kernel command line, "
		"softdep %s pre: vfio-pci in /etc/modprobe.d, so that vfio-pci comes first, and a new "
		"initramfs; or driverctl set-override %s vfio-pci", f->device.device, driver, device_name(f));
	if (f->dump && !*driver)
		say(l, DOCTOR_SKIP, "", "The dump names no driver; that of lspci -k does");
	else if (f->dump && !f->vm.present)
		say(l, DOCTOR_INFO, "", "%s had the device when the dump was made", driver);
	else if (!*driver)
		say(l, DOCTOR_INFO, "", "No driver has the device; a VMM can bind it to vfio-pci");
	else if (is_virtual && !(vfio && f->goal == GOAL_DISPLAY))
		say_maker(l, driver);
	else if (vfio)
		say(l, DOCTOR_PASS, "", "%s has the device", driver);
	else
		say(l, DOCTOR_FAIL, fix, "%s still has the device; the start of a VM would rip it away",
			driver);
	if (l->status == DOCTOR_PASS && !f->dump && vfio && !is_lasting(f))
		note(l, "It was bound by hand: after the next boot it may have its graphics driver again");
}

void check_vfio_options(const struct facts *f, struct doctor_line *l)
{
	static const char *const modules[] = { "vfio_pci_core", "vfio_pci" };
	char value[16], where[160] = "/etc/modprobe.d", fix[320];

	for (size_t i = 0; i < 2; i++) {
		if (igdpt_host_parameter(f->root, modules[i], "disable_vga", value, sizeof(value)) < 0)
			continue;
		because(l, "/sys/module/%s/parameters/disable_vga: %s", modules[i], value);
		modprobe_option(f, "disable_vga", where, sizeof(where));
		snprintf(fix, sizeof(fix), "Remove disable_vga=1 from %s for legacy mode; leave it for a "
			"UEFI guest", where);
		if (*value == 'Y' || *value == '1')
			say(l, for_legacy(f, DOCTOR_WARN), fix,
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
	char fix[200];

	snprintf(fix, sizeof(fix), "Unpack /proc/config.gz, if the kernel has it: zcat /proc/config.gz "
		">/boot/config-%s", f->has_kernel ? f->kernel.release : "$(uname -r)");
	because(l, "/boot/config-%s", f->kernel.release);
	if (f->has_kernel && kernel_version(f) < REGIONS_SINCE)
		say(l, for_display(f, DOCTOR_FAIL), "Boot Linux 4.6 or newer",
			"vfio-pci of Linux %u.%u shows no OpRegion of any device", f->kernel.major,
			f->kernel.minor);
	else if (igd == -IGDPT_E_NOMEM || vga == -IGDPT_E_NOMEM)
		say(l, DOCTOR_SKIP, "", "There is no memory for the configuration of the kernel");
	else if (igd < 0)
		say(l, DOCTOR_SKIP, fix, "The configuration of the kernel is not there");
	else if (igd == 'n')
		say(l, for_display(f, DOCTOR_FAIL), "Use a kernel with CONFIG_VFIO_PCI_IGD=y",
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
			inside = strncmp(name, device_name(f), 12) == 0;
		for (size_t i = 0; inside && i < sizeof(owners) / sizeof(owners[0]); i++) {
			if (len != strlen(owners[i]) || strncmp(name, owners[i], len) != 0)
				continue;
			say(l, DOCTOR_FAIL, f->has_kernel && kernel_version(f) < SYSFB_SINCE ?
				"Boot with video=efifb:off video=vesafb:off" :
				"Boot with initcall_blacklist=sysfb_init",
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

static void note_regions(const struct facts *f, struct doctor_line *l)
{
	static const struct {
		uint32_t flag;
		const char *without;
	} rows[] = {
		{ IGDPT_HOST_REGION_HOST_BRIDGE, "no host bridge region: QEMU's legacy mode is refused" },
		{ IGDPT_HOST_REGION_LPC, "no LPC bridge region: x-igd-lpc=on is refused" },
		{ IGDPT_HOST_REGION_VGA, "no VGA ranges: legacy mode is refused, UEFI does not need them" },
		{ IGDPT_HOST_REGION_ROM, "no ROM: give the VM one with romfile=" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!(f->regions.flags & rows[i].flag))
			note(l, "%s", rows[i].without);
	}
}

/* True, with the line filled, if something known keeps vfio-pci from showing the OpRegion. */
static bool has_reason(const struct facts *f, struct doctor_line *l)
{
	uint32_t class_code = f->device.class_code >> 8;

	if (*f->device.driver && strcmp(f->device.driver, "vfio-pci") != 0)
		say(l, for_display(f, DOCTOR_FAIL), "Bind the device to vfio-pci",
			"%s shows no OpRegion region; only vfio-pci itself does", f->device.driver);
	else if (class_code != 0x0300 && f->has_kernel && !takes_any_class(f))
		say(l, for_display(f, DOCTOR_FAIL),
			"Set Primary Display = IGD in the firmware setup, or boot Linux 6.16",
			"vfio-pci of Linux %u.%u shows no OpRegion of a class %04x device, whatever ASLS is",
			f->kernel.major, f->kernel.minor, class_code);
	else
		return false;
	return true;
}

/* vfio-pci itself was asked, and refused. */
static bool was_refused(const struct facts *f, struct doctor_line *l)
{
	const struct igdpt_host_why *why = &f->why[IGDPT_HOST_VFIO_GROUP];

	if (!f->open_vfio || !why->error || !why->system || why->error == -IGDPT_E_NOTFOUND)
		return false;
	if (why->system == EBUSY)
		say(l, DOCTOR_SKIP, "", "A VM has the device, so vfio-pci cannot be asked");
	else if (why->system == EACCES)
		say(l, DOCTOR_SKIP, "", "vfio-pci cannot be asked: %s", why->text);
	else if (strncmp(why->text, "VFIO_GROUP_GET_DEVICE_FD", 24) == 0)
		say(l, DOCTOR_FAIL, "Read the kernel's log; see D16", "vfio-pci does not open the device: "
			"the OpRegion has no signature or a SIZE of 0 (%s)", why->text);
	else
		say(l, DOCTOR_FAIL, "Read the kernel's log; see D05 and D07",
			"The kernel refuses the assignment: %s", why->text);
	return true;
}

void check_regions(const struct facts *f, struct doctor_line *l)
{
	because(l, "driver %s, class 0x%06x, kernel %s; regions: %u",
		*f->device.driver ? f->device.driver : "none", f->device.class_code, f->kernel.release,
		f->regions.count);
	if (f->has_regions && f->regions.flags & IGDPT_HOST_REGION_OPREGION)
		say(l, DOCTOR_PASS, "", "vfio-pci shows the OpRegion region, 0x%" PRIx64 " bytes",
			f->regions.opregion_bytes);
	else if (virtual_only(f))
		say(l, DOCTOR_SKIP, "", "The VM has a virtual one, which has no OpRegion (D25)");
	else if (has_reason(f, l) || was_refused(f, l))
		return;
	else if (f->has_regions)
		say(l, for_display(f, DOCTOR_FAIL), "Run igdpt explain on the kernel's log",
			"vfio-pci shows %u regions and no OpRegion among them, although nothing known "
			"speaks against it", f->regions.count);
	else if (f->goal != GOAL_DISPLAY)
		say(l, DOCTOR_SKIP, "", "Not asked: without a monitor no OpRegion is needed");
	else
		say(l, DOCTOR_PASS, "", "Nothing keeps vfio-pci from showing the OpRegion%s",
			f->live && !f->open_vfio ? "; --open-vfio asks it" : "");
	if (f->has_regions)
		note_regions(f, l);
}

void check_shadow(const struct facts *f, struct doctor_line *l)
{
	bool extended = f->opregion_len > 0x2000 || f->regions.opregion_bytes > 0x2000;
	uint32_t asls = f->config_len > ASLS + 3 ? get_le32(f->config + ASLS) : 0;

	because(l, "config 0xfc by sysfs 0x%08x, by VFIO 0x%08x", asls, f->regions.asls);
	if (f->config_len <= ASLS + 3 || (!f->has_regions && !f->source))
		say(l, DOCTOR_SKIP, "", "ASLS, or vfio-pci and the OpRegion, could not be asked");
	else if (extended && (!f->has_regions || f->regions.asls != asls))
		say(l, DOCTOR_INFO, "", "Config 0xFC read through VFIO is the address of the VBT here; a "
			"VMM must show its own value, and read the region");
	else if (f->has_regions && f->regions.asls != asls)
		say(l, DOCTOR_WARN, "Take ASLS from sysfs and the OpRegion from its region, never from "
			"config space as VFIO shows it",
			"Config 0xFC is 0x%08x by VFIO and 0x%08x by sysfs", f->regions.asls, asls);
	else
		say(l, DOCTOR_PASS, "", f->has_regions ? "VFIO and sysfs show the same ASLS" :
			"There is no extended VBT that would change 0xFC as VFIO shows it");
}
