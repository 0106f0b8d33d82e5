/* SPDX-License-Identifier: MIT
 *
 * Checks D31 to D33: the inside of a guest.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../lib/bytes.h"
#include "doctor.h"

#define MIB (UINT64_C(1) << 20)

/* What the guest's memory map has at an address. */
static const char *guest_memory(const struct facts *f, uint64_t address, char name[64])
{
	char inner[64];

	if (!iomem_known(f))
		strcpy(name, "not known");
	else if (!iomem_at(f, address, name, inner, 64))
		strcpy(name, "nothing");
	return name;
}

static bool is_used(const char *name)
{
	return strcmp(name, "System RAM") == 0;
}

void check_guest_asls(const struct facts *f, struct doctor_line *l)
{
	uint32_t asls;
	char name[64];
	bool none;

	if (f->config_len < 0x100) {
		say_no_config(f, l, "ASLS");
		return;
	}
	asls = get_le32(f->config + 0xfc);
	none = !asls || asls == UINT32_MAX;
	because(l, "config space at 0xfc: 0x%08x", asls);
	if (!asls)
		note(l, "A virtual function has none, by design, and no outputs");
	if (f->source)
		note(l, "The CRC-32 of its 0x%zx bytes is 0x%08x; --json shows that of the host, the same until "
			"the guest's driver loads", f->opregion_len, doctor_crc32(f->opregion, f->opregion_len));
	if (none && f->goal != GOAL_DISPLAY)
		say(l, DOCTOR_INFO, "", "ASLS is 0: there is no OpRegion; none is needed without a monitor");
	else if (none)
		say(l, DOCTOR_FAIL, "Use SeaBIOS (class 0300) or a ROM with IgdAssignmentDxe, or let the VMM "
			"place the OpRegion",
			"ASLS is 0: no firmware in this guest consumed etc/igd-opregion");
	else if (is_used(guest_memory(f, asls, name)))
		say(l, DOCTOR_FAIL, "The firmware must reserve it: ACPI NVS or Reserved",
			"ASLS 0x%08x points into RAM that the guest uses", asls);
	else if (strcmp(name, "nothing") == 0 || (f->source && !f->has_op))
		say(l, DOCTOR_FAIL, "A host address may have reached the guest; compare with the host",
			"There is no OpRegion at ASLS 0x%08x", asls);
	else
		say(l, DOCTOR_PASS, "", "The OpRegion is at 0x%08x (%s)%s", asls, name,
			f->source ? "" : "; its bytes cannot be read");
}

void check_guest_bdsm(const struct facts *f, struct doctor_line *l)
{
	char name[64];

	because(l, "config space: BDSM 0x%" PRIx64 ", GGC 0x%x", f->bdsm, f->ggc);
	if (f->platform.bdsm == IGDPT_BDSM_NONE || f->config_len < 0x100)
		say(l, DOCTOR_SKIP, "", "BDSM is not there, or cannot be read");
	else if (f->has_log && f->log.hits[LOG_STOLEN_OUTSIDE].count)
		say(l, DOCTOR_FAIL, "Translate 0x1082C0 with the stolen memory, or place it at the host's "
			"address",
			"The driver found its reserved area outside stolen memory: a host address reached "
			"the guest");
	else if (!f->bdsm && (f->goal != GOAL_DISPLAY || (f->has_stolen && !f->stolen.dsm_bytes)))
		say(l, DOCTOR_INFO, "", "BDSM is 0: the guest has no stolen memory; Linux does without");
	else if (!f->bdsm && f->has_stolen && f->stolen.dsm_bytes)
		say(l, DOCTOR_FAIL, f->platform.bdsm == IGDPT_BDSM_CFG_C0 ?
			"SeaBIOS knows 0x5C only: use a ROM with IgdAssignmentDxe" :
			"Let the VMM publish etc/igd-bdsm-size",
			"BDSM is 0 although GGC promises %" PRIu64 " MiB", f->stolen.dsm_bytes / MIB);
	else if (f->bdsm && is_used(guest_memory(f, f->bdsm, name)))
		say(l, DOCTOR_FAIL, "The firmware must reserve it",
			"BDSM 0x%" PRIx64 " points into RAM that the guest uses", f->bdsm);
	else if (f->bdsm && strcmp(name, "nothing") == 0)
		say(l, DOCTOR_WARN, "Let the VMM show its own BDSM, also in MMIO 0x1080C0",
			"There is no memory at BDSM 0x%" PRIx64 ": a host address may have reached the guest",
			f->bdsm);
	else
		say(l, DOCTOR_PASS, "", "Stolen memory is at 0x%" PRIx64, f->bdsm);
}

struct outputs {
	int root;
	char card[16]; /* of the IGD; empty: all count */
	unsigned connectors, connected, silent; /* silent: connected, without an EDID */
};

static bool has_edid(int root, const char *connector)
{
	char path[128];
	uint8_t edid[4096];
	size_t len = sizeof(edid);

	snprintf(path, sizeof(path), "sys/class/drm/%.64s/edid", connector);
	return igdpt_host_read(root, path, edid, &len) == 0 && len >= 128;
}

static int take_card(void *user, const char *name)
{
	struct outputs *o = user;

	if (strncmp(name, "card", 4) != 0 || strlen(name) >= sizeof(o->card))
		return 0;
	strcpy(o->card, name);
	return 1;
}

/* Other adapters have connectors too. Whose they are, a made tree and an older bundle do not tell. */
static void find_card(const struct facts *f, struct outputs *o)
{
	char path[96];

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/drm", device_name(f));
	if (igdpt_host_list(f->root, path, take_card, o) != 1 && f->live)
		strcpy(o->card, "none");
}

static bool is_own(const struct outputs *o, const char *name)
{
	size_t n = strlen(o->card);

	return !n || (strncmp(name, o->card, n) == 0 && name[n] == '-');
}

static int count_output(void *user, const char *name)
{
	struct outputs *o = user;
	char path[128], status[16];
	size_t len = sizeof(status) - 1;

	if (strncmp(name, "card", 4) != 0 || !strchr(name, '-') || strlen(name) > 64 || !is_own(o, name))
		return 0;
	snprintf(path, sizeof(path), "sys/class/drm/%s/status", name);
	if (igdpt_host_read(o->root, path, status, &len) < 0)
		return 0;
	status[len] = '\0';
	o->connectors++;
	if (strncmp(status, "connected", 9) != 0)
		return 0;
	o->connected++;
	o->silent += !has_edid(o->root, name);
	return 0;
}

void check_guest_output(const struct facts *f, struct doctor_line *l)
{
	struct outputs o = { .root = f->root };

	find_card(f, &o);
	igdpt_host_list(f->root, "sys/class/drm", count_output, &o);
	because(l, "/sys/class/drm/card*-*/status: %u of %u connected", o.connected, o.connectors);
	if (f->has_log && f->log.hits[LOG_VBT_MISSING].count)
		note(l, "The driver's log says: Failed to find VBIOS tables (VBT)");
	if (o.connected && o.silent == o.connected)
		say(l, DOCTOR_WARN, "Check the cable, and that the VBT is the board's: DDC pins and AUX "
			"channels come from it", "No monitor gives an EDID");
	else if (o.connected)
		say(l, DOCTOR_PASS, "", "%u of %u connectors have a monitor", o.connected, o.connectors);
	else if (f->goal != GOAL_DISPLAY)
		say(l, DOCTOR_INFO, "", "No connector has a monitor");
	else if (!o.connectors)
		say(l, DOCTOR_FAIL, "See D31: without OpRegion and VBT the driver finds no outputs",
			"The guest's driver shows no connector");
	else
		say(l, DOCTOR_FAIL, "Check the cable; if the VBT is not the board's, the ports are wrong",
			"No connector of the guest has a monitor");
}
