/* SPDX-License-Identifier: MIT
 *
 * Checks D22 and D23: stolen memory and its mirrors.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/bytes.h"
#include "doctor.h"

#define MIB (UINT64_C(1) << 20)
#define CONFIG "config space of %s"
/* BAR0 up to the last mirror. */
#define MMIO_ROOM 0x200000u
#define MMIO_END 0x108108u

void check_stolen(const struct facts *f, struct doctor_line *l)
{
	because(l, CONFIG ": GGC 0x%04x, BDSM 0x%" PRIx64, device_name(f), f->ggc, f->bdsm);
	if (f->platform.codec == IGDPT_CODEC_MTL && !f->has_stolen)
		say(l, DOCTOR_INFO, "", "Stolen memory is behind BAR2, GGC in MMIO 0x108040");
	else if (f->config_len < 0x100)
		say_no_config(f, l, "GGC");
	else if (!f->has_stolen)
		say(l, DOCTOR_SKIP, "", "GGC has no known meaning here");
	else if (!f->stolen.dsm_bytes)
		say(l, DOCTOR_FAIL, "Set DVMT Pre-Allocated in the firmware setup to 64M",
			"There is no stolen memory (GMS is 0)");
	else if (f->stolen.flags & IGDPT_STOLEN_VGA_OFF)
		say(l, for_legacy(f, DOCTOR_WARN),
			"Set Primary Display = IGD for legacy mode; nothing for a UEFI guest",
			"The device claims no VGA cycles (IVD is set), which excludes legacy mode");
	else if (f->platform.bdsm == IGDPT_BDSM_NONE)
		say(l, DOCTOR_PASS, "", "Stolen memory: %" PRIu64 " MiB behind BAR2", f->stolen.dsm_bytes / MIB);
	else
		say(l, DOCTOR_PASS, "", "Stolen memory: %" PRIu64 " MiB data at 0x%" PRIx64 ", %" PRIu64
			" MiB GTT below", f->stolen.dsm_bytes / MIB, f->bdsm, f->stolen.gsm_bytes / MIB);
}

/* A register of BAR0 that repeats one of config space. Zero means that there is no such mirror. */
static const struct mirror {
	const char *name;
	uint32_t offset, bytes;
} mirrors[] = {
	{ "BDSM", 0x1080c0, 8 },
	{ "GGC", 0x108040, 2 },
	{ "GSMBASE", 0x108100, 8 },
};

static uint64_t expected(const struct facts *f, size_t i)
{
	return i == 0 ? f->bdsm : i == 1 ? f->ggc : f->bdsm - f->stolen.gsm_bytes;
}

static void compare_mirrors(const struct facts *f, struct doctor_line *l, const uint8_t *mmio)
{
	say(l, DOCTOR_PASS, "", "BAR0 repeats what config space says");
	for (size_t i = 0; i < sizeof(mirrors) / sizeof(mirrors[0]); i++) {
		const struct mirror *m = &mirrors[i];
		uint64_t is = m->bytes == 2 ? get_le16(mmio + m->offset) :
					      get_le64(mmio + m->offset) & ~UINT64_C(0xfffff);

		if (is == expected(f, i) || (i && !is))
			continue;
		note(l, "MMIO 0x%x (%s) is 0x%" PRIx64 " instead of 0x%" PRIx64, m->offset, m->name, is,
			expected(f, i));
		say(l, DOCTOR_WARN, "A VMM must answer reads of these registers itself",
			"BAR0 does not repeat what config space says");
	}
}

/* Reading MMIO of a device that runs could disturb it, so only a captured copy is read. */
void check_mirrors(const struct facts *f, struct doctor_line *l)
{
	size_t len = MMIO_ROOM;
	uint8_t *mmio = f->live ? NULL : malloc(len);
	char path[96];

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/resource0", device_name(f));
	because(l, "/%s; BDSM 0x%" PRIx64 ", GGC 0x%x", path, f->bdsm, f->ggc);
	if (mmio && f->platform.bdsm != IGDPT_BDSM_NONE &&
		igdpt_host_read(f->root, path, mmio, &len) == 0 && len >= MMIO_END)
		compare_mirrors(f, l, mmio);
	else if (!f->live && !mmio)
		say(l, DOCTOR_SKIP, "", "There is no memory for BAR0");
	else
		say(l, DOCTOR_SKIP, "", "BAR0 is not read, so as not to disturb the device");
	free(mmio);
}
