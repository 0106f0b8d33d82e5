/* SPDX-License-Identifier: MIT
 *
 * Checks D01 to D04 and D24: the device and its sound.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/bytes.h"
#include "doctor.h"

/* Where the facts of the device come from. */
static const char *device_source(const struct facts *f, char text[160])
{
	if (f->dump)
		snprintf(text, 160, "%.120s: %s", f->dump, device_name(f));
	else
		snprintf(text, 160, "/sys/bus/pci/devices/%s", device_name(f));
	return text;
}

void check_device(const struct facts *f, struct doctor_line *l)
{
	because(l, "%s", f->dump ? f->dump : "/sys/bus/pci/devices");
	if (!f->has_device && f->dump_silent) {
		say(l, DOCTOR_FAIL, "Keep it awake, echo on >/sys/bus/pci/devices/0000:00:02.0/power/control, "
			"and look again; if it stays silent, power-cycle the machine",
			"The device does not answer: its config space reads ff");
		return;
	}
	if (!f->has_device && f->given) {
		say(l, DOCTOR_FAIL, "See what lspci -D -d 8086::0300 shows, and name that",
			"The device that --device names is no Intel display device");
		return;
	}
	if (!f->has_device) {
		say(l, DOCTOR_FAIL, "Enable the integrated GPU (IGD Multi-Monitor) in the firmware setup",
			"There is no Intel display device; firmware may have disabled it beside another GPU");
		if (f->live && (f->vm.present || f->has_log))
			note(l, "If the files are another machine's: --lspci or --root tell of its device");
		return;
	}
	say(l, DOCTOR_PASS, "", "The IGD is %s, 8086:%04x", device_name(f), f->device.device);
}

void check_physical(const struct facts *f, struct doctor_line *l)
{
	char text[160];

	because(l, "%s", device_source(f, text));
	if (f->device.flags & IGDPT_HOST_VF)
		say(l, DOCTOR_FAIL, "Assign the physical function for a display",
			"%s is a virtual function: it has no OpRegion and no outputs, by design", device_name(f));
	else if (f->device.address != IGD_ADDRESS && f->platform.flags & IGDPT_PLATFORM_INTEGRATED)
		say(l, DOCTOR_FAIL, "Look at the host; of a guest use --side guest",
			"%s is an integrated GPU, which is at 00:02.0 on every host: this is a guest's view of it",
			device_name(f));
	else if (f->device.address != IGD_ADDRESS)
		say(l, DOCTOR_FAIL, f->given ? "None: the OpRegion is for integrated GPUs" :
			"Enable the integrated GPU (IGD Multi-Monitor) in the firmware setup; a discrete one "
			"has no OpRegion",
			"%s is not at 00:02.0: it is a discrete GPU without OpRegion", device_name(f));
	else
		say(l, DOCTOR_PASS, "", "It is the physical function at 00:02.0");
}

/*
 * Linux drivers/iommu/intel/iommu.c, quirk_iommu_igfx: whole platforms, Arrandale by its host bridge,
 * and Q35, whose id is one of G33's.
 */
static bool iommu_off(const struct facts *f)
{
	uint32_t bridge = f->bridge_len >= 64 ? get_le16(f->bridge + 2) : 0;

	return f->platform.flags & IGDPT_PLATFORM_NO_IOMMU || bridge == 0x0044 ||
		f->device.device == 0x29b2;
}

void check_platform(const struct facts *f, struct doctor_line *l)
{
	struct igdpt_platform known = { .size = sizeof(known) };
	char text[160];

	because(l, "%s%s: 0x%04x", device_source(f, text), f->dump ? "" : "/device", f->device.device);
	if (!f->has_platform)
		say(l, DOCTOR_WARN, "Report the id; treat the device as OpRegion only until it is known, "
			"or name a platform that it is like: --assume",
			"Device id 8086:%04x is in no list of IGDs, so no rule for GGC and BDSM applies",
			f->device.device);
	else if (iommu_off(f))
		say(l, DOCTOR_WARN, "None on Linux hosts",
			"It is %s, for which Linux switches the IOMMU off", f->platform.title);
	else if (igdpt_platform_find(f->device.device, &known) < 0)
		say(l, DOCTOR_INFO, "", "Device id 8086:%04x is in no list; %s is assumed",
			f->device.device, f->platform.title);
	else
		say(l, DOCTOR_PASS, "", "It is %s, generation %u.%02u", f->platform.title,
			f->platform.gen / 100, f->platform.gen % 100);
}

void check_class(const struct facts *f, struct doctor_line *l)
{
	uint32_t class_code = f->device.class_code;
	char text[160];

	because(l, "%s%s: 0x%06x", device_source(f, text), f->dump ? "" : "/class", class_code);
	if (class_code >> 8 == 0x0300)
		say(l, DOCTOR_PASS, "", "Class 0300: the IGD is the firmware's primary display");
	else if (takes_any_class(f) && f->vm.uefi && f->vm.version >= QEMU_VERSION(10, 0))
		say(l, DOCTOR_INFO, "",
			"Class %04x: not the primary display; this kernel, QEMU and UEFI take it all the same",
			class_code >> 8);
	else
		say(l, for_display(f, DOCTOR_WARN),
			"Set Primary Display = IGD in the firmware setup, or let the VMM place the OpRegion "
			"itself",
			"Class %04x: not the primary display; SeaBIOS, QEMU up to 9.2 and vfio-pci up to "
			"Linux 6.12 ignore the OpRegion of such a device", class_code >> 8);
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
		say(l, for_display(f, DOCTOR_WARN), "Leave sound to the host, or assign the whole group",
			"The audio function shares group %d with %02x:%02x.%x: HDMI sound cannot be "
			"assigned alone", audio.group, mate.address >> 8 & 0xff, mate.address >> 3 & 0x1f,
			mate.address & 7);
		return;
	}
	say(l, DOCTOR_PASS, "", "The audio function 00:%02x.%x is alone in group %d",
		f->platform.audio_devfn >> 3, f->platform.audio_devfn & 7, audio.group);
}
