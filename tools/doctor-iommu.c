/* SPDX-License-Identifier: MIT
 *
 * Checks D05 to D09: IOMMU, group, reservations, width.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/bytes.h"
#include "doctor.h"

#define MIB (UINT64_C(1) << 20)
#define MEMBERS 32u
#define REGIONS 64u
/* ACPI DMAR table: INTR_REMAP in the flags. */
#define DMAR_FLAGS 37u
#define PCI_HEADER_TYPE 0x0e
#define PCI_HEADER_BRIDGE 1
#define PCI_SECONDARY 0x19
#define PCI_SUBORDINATE 0x1a

/*
 * What the kernel uses shows in the names of its interrupt chips. Without them: every unit must be
 * able, firmware must allow it, and nobody may have switched it off.
 */
static bool remaps_interrupts(const struct facts *f)
{
	if (strstr(f->interrupts, "IO-APIC") || strstr(f->interrupts, "PCI-MSI"))
		return strstr(f->interrupts, "IR-") != NULL;
	if (!f->dmar_error && f->dmar_len > DMAR_FLAGS && !(f->dmar[DMAR_FLAGS] & IGDPT_DMAR_INTR_REMAP))
		return false;
	return f->iommu.remapping == f->iommu.units && !strstr(f->cmdline, "intremap=off") &&
		!strstr(f->cmdline, "nointremap");
}

static bool unsafe_allowed(const struct facts *f)
{
	char value[16];

	return igdpt_host_parameter(f->root, "vfio_iommu_type1", "allow_unsafe_interrupts", value,
		       sizeof(value)) == 0 && (*value == 'Y' || *value == '1');
}

/* Why the IGD alone has no group: the log or the command line says it. */
static void say_no_group(const struct facts *f, struct doctor_line *l)
{
	if (strstr(f->cmdline, "igfx_off") || (f->has_log && f->log.hits[LOG_IGFX_OFF].count))
		say(l, DOCTOR_FAIL, "Take igfx_off out of intel_iommu= on the kernel command line",
			"igfx_off on the kernel command line switches the IOMMU off for graphics");
	else if (f->has_log && f->log.hits[LOG_IGFX_SHADOW_GTT].count)
		say(l, DOCTOR_FAIL, log_string(LOG_IGFX_SHADOW_GTT)->remedy, "%s",
			log_string(LOG_IGFX_SHADOW_GTT)->pattern);
	else
		say(l, DOCTOR_FAIL, "Look for \"Disabling IOMMU for graphics\" in the kernel log; on such "
			"a chipset the IGD cannot be assigned",
			"The IGD has no IOMMU group: the kernel leaves the IOMMU off for graphics");
}

static void say_no_iommu(const struct facts *f, struct doctor_line *l)
{
	if (strstr(f->cmdline, "intel_iommu=off") || strstr(f->cmdline, " iommu=off"))
		say(l, DOCTOR_FAIL, "Take it out and boot with intel_iommu=on",
			"The IOMMU is off by the kernel command line");
	else if (f->dmar_error == -IGDPT_E_NOTFOUND)
		say(l, DOCTOR_FAIL, "Switch VT-d on in the firmware setup and boot with intel_iommu=on",
			"The IOMMU is off: firmware shows no DMAR table");
	else if (!f->dmar_error && strstr(f->cmdline, "intel_iommu=on"))
		say(l, DOCTOR_FAIL,
			"Run igdpt explain on the kernel's log and igdpt dmar check on the table; the kernel must "
			"have CONFIG_INTEL_IOMMU",
			"The kernel uses no IOMMU, although firmware shows a DMAR table and intel_iommu=on asks "
			"for it");
	else if (!f->dmar_error)
		say(l, DOCTOR_FAIL, "Boot with intel_iommu=on",
			"The IOMMU is off: firmware shows a DMAR table, which the kernel does not use");
	else
		say(l, DOCTOR_FAIL, "Switch VT-d on in the firmware setup and boot with intel_iommu=on",
			"The IOMMU is off");
}

void check_iommu(const struct facts *f, struct doctor_line *l)
{
	because(l, "/sys/class/iommu: %u units, %u can remap interrupts; iommu_group %d; "
		"/proc/interrupts: %s", f->iommu.units, f->iommu.remapping, f->device.group,
		!*f->interrupts ? "not read" : strstr(f->interrupts, "IR-") ? "IR-" : "no IR-");
	if (!f->iommu.units)
		say_no_iommu(f, l);
	else if (f->device.group < 0)
		say_no_group(f, l);
	else if (!remaps_interrupts(f) && unsafe_allowed(f))
		say(l, DOCTOR_WARN, "Switch interrupt remapping on in the firmware setup",
			"Interrupts are not remapped; allow_unsafe_interrupts lets VFIO go on, and the guest "
			"can forge the host's interrupts");
	else if (!remaps_interrupts(f))
		say(l, DOCTOR_FAIL, "Switch interrupt remapping on in the firmware setup, and drop "
			"intremap=off",
			"Interrupts are not remapped, so VFIO_SET_IOMMU is refused (EPERM)");
	else
		say(l, DOCTOR_PASS, "", "VT-d is on, the IGD is in IOMMU group %d, %u bits wide",
			f->device.group, f->iommu.width);
}

/* These may stay: Linux drivers/vfio and driver_managed_dma. */
static bool is_harmless(const char *driver)
{
	return !*driver || is_vfio_driver(driver) || strcmp(driver, "pcieport") == 0 ||
		strcmp(driver, "pci-stub") == 0;
}

void check_group(const struct facts *f, struct doctor_line *l)
{
	struct igdpt_host_device d = { .size = sizeof(d) };
	uint32_t from = 0, members = 0, in_the_way = 0;
	char name[16], first[64] = "";

	because(l, "/sys/kernel/iommu_groups/%d/devices", f->device.group);
	while (igdpt_host_member(f->root, (uint32_t)f->device.group, from, &d) == 0) {
		members++;
		from = d.address + 1;
		if (d.address == f->device.address || is_harmless(d.driver))
			continue;
		short_name(d.address, name);
		if (!in_the_way++)
			snprintf(first, sizeof(first), "%s has driver %s", name, d.driver);
		note(l, "%s (%04x:%04x) has driver %s: driverctl set-override %04x:%s vfio-pci", name,
			d.vendor, d.device, d.driver, d.address >> 16, name);
	}
	if (in_the_way)
		say(l, DOCTOR_FAIL, "Bind it to vfio-pci as well, or move it; do not split the group by "
			"force (ACS override)", "Group %d is not viable: %s", f->device.group, first);
	else
		say(l, DOCTOR_PASS, "", members > 1 ? "All %u members of the group are free" :
						      "The IGD is alone in its group (%u member)", members);
}

/* Bus numbers behind a bridge, from its header: an igdpt_dmar_bridge_fn. */
static int buses_behind(void *user, uint32_t address)
{
	uint8_t config[64];
	size_t len = sizeof(config);

	if (igdpt_host_config(*(int *)user, address, config, &len) < 0 || len < sizeof(config) ||
		(config[PCI_HEADER_TYPE] & 0x7f) != PCI_HEADER_BRIDGE)
		return -1;
	return config[PCI_SECONDARY] | config[PCI_SUBORDINATE] << 8;
}

/* What the DMAR table makes the kernel reserve for the group. */
static size_t predict(const struct facts *f, struct igdpt_rmrr_region regions[REGIONS])
{
	int root = f->root;
	struct igdpt_rmrr_device members[MEMBERS];
	struct igdpt_rmrr_predict_opts opts = { .size = sizeof(opts), .devices = members,
		.bridge = buses_behind, .user = &root };
	struct igdpt_host_device d = { .size = sizeof(d) };
	struct igdpt_dmar dmar;
	size_t count = REGIONS;

	for (uint32_t from = 0; opts.device_count < MEMBERS &&
		igdpt_host_member(f->root, (uint32_t)f->device.group, from, &d) == 0;
		from = d.address + 1)
		members[opts.device_count++] =
			(struct igdpt_rmrr_device){ d.address, d.class_code };
	if (f->dmar_error || igdpt_dmar_init(&dmar, f->dmar, f->dmar_len, NULL) < 0 ||
		igdpt_rmrr_predict(&dmar, &opts, regions, &count, NULL) < 0)
		return 0;
	return count;
}

/* Who owns the reservation that is in the way, and how the kernel will refuse. */
static void note_refusal(const struct facts *f, struct doctor_line *l, uint64_t first)
{
	struct igdpt_rmrr_attach attach = { .size = sizeof(attach) };
	struct igdpt_rmrr_region regions[REGIONS];
	size_t count = predict(f, regions);
	char name[16];

	for (size_t i = 0; i < count; i++) {
		if (regions[i].first == first && regions[i].type == IGDPT_RMRR_DIRECT)
			note(l, "The RMRR names %s", short_name(regions[i].address, name));
	}
	if (!f->has_kernel || igdpt_rmrr_predict_attach(regions, count,
		f->kernel.major << 8 | (f->kernel.minor & 0xff), &attach, NULL) < 0 || attach.blocked != 1)
		return;
	note(l, "%s will fail with %s, and the log say: %s", attach.ioctl,
		attach.error == 1 ? "EPERM" : "EINVAL", attach.message);
}

static bool next_region(const char **at, uint64_t *first, uint64_t *last, char type[32])
{
	while (**at) {
		int found = sscanf(*at, "%" SCNx64 " %" SCNx64 " %31s", first, last, type);

		*at += strcspn(*at, "\n");
		*at += **at == '\n';
		if (found == 3)
			return true;
	}
	return false;
}

void check_reserved(const struct facts *f, struct doctor_line *l)
{
	unsigned relaxable = 0;
	const char *at = f->reserved;
	uint64_t first, last;
	char type[32];

	because(l, "/sys/kernel/iommu_groups/%d/reserved_regions", f->device.group);
	while (next_region(&at, &first, &last, type)) {
		relaxable += strcmp(type, "direct-relaxable") == 0;
		if (strcmp(type, "direct") != 0)
			continue;
		say(l, DOCTOR_FAIL, "Look in the firmware setup for an option that releases the device; "
			"a patched kernel is the last resort",
			"0x%" PRIx64 "-0x%" PRIx64 " is reserved for a member of the group and not "
			"relaxable: the kernel refuses the assignment", first, last);
		note_refusal(f, l, first);
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

/* Linux warns of an RMRR that no reserved range covers, and uses it all the same. */
static void note_map(const struct facts *f, struct doctor_line *l, uint64_t base, uint64_t end)
{
	char outer[64], inner[64];

	if (!iomem_known(f))
		return;
	if (!iomem_at(f, base, outer, inner, sizeof(outer)) || strcmp(outer, "System RAM") == 0 ||
		!iomem_at(f, end, outer, inner, sizeof(outer)) || strcmp(outer, "System RAM") == 0)
		note(l, "The memory map does not reserve it: the kernel calls that a firmware bug and goes "
			"on; tell the vendor");
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
	note_map(f, l, base, end);
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
	char fix[200];

	snprintf(fix, sizeof(fix), "Limit the VM to the IOMMU's width: -cpu host,host-phys-bits-limit=%u "
		"(Proxmox: in args:), or libvirt <maxphysaddr mode='passthrough' limit='%u'/>",
		f->iommu.width, f->iommu.width);
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
		say(l, DOCTOR_WARN, fix,
			"The processor addresses %u bits, the IOMMU %u: guest BARs above that fail with -22",
			bits, f->iommu.width);
}

