/* SPDX-License-Identifier: MIT
 *
 * What `igdpt rmrr query` says.
 */
#include "rmrr.h"

#include <string.h>

const struct rmrr_source rmrr_sources[] = {
	{ "dmar", IGDPT_RMRR_DMAR },   { "sysfs", IGDPT_RMRR_SYSFS },
	{ "iomem", IGDPT_RMRR_IOMEM }, { "vfio", IGDPT_RMRR_VFIO },
	{ "iommufd", IGDPT_RMRR_IOMMUFD },
};

const char *const rmrr_type_names[] = {
	"", "direct", "direct-relaxable", "reserved", "msi", "unknown", "usable", "firmware", "ram",
};

static const char *const reasons[] = {
	"the source says so",
	"the device is a display (base class 03): relaxable since Linux 5.3",
	"the device is a USB controller (class 0c03): relaxable since Linux 5.3",
	"the device is an ISA bridge: first 16 MiB, for floppy drives",
	"the device is neither a display nor a USB controller",
	"interrupt window of every device",
	"it is for devices behind a bridge whose bus numbers are not known",
};

static const char *const states[] = { "unjudged", "ignored", "clear", "moved", "conflict" };

enum {
	IGD_ANSWER, IDENTITY_ANSWER, RELAXABLE_ANSWER, NONE_ANSWER, DIRECT_ANSWER, FREE_ANSWER,
	SILENT_ANSWER, BRIDGE_ANSWER, NO_IOMMU_ANSWER
};

static const char *const answers[] = {
	[IGD_ANSWER] = "This RMRR is the IGD's stolen memory, relaxable: the VMM need not and should not "
		"identity-map it, unless the plan places stolen memory at its host address.",
	[IDENTITY_ANSWER] = "This RMRR is the IGD's stolen memory, which keeps its host address: guest RAM "
		"has to leave it out, and the VMM identity-maps it.",
	[RELAXABLE_ANSWER] = "The RMRR of this display device is relaxable: the VMM need not and should "
		"not identity-map it.",
	[NONE_ANSWER] = "No RMRR names this display device: there is nothing that a VMM could "
		"identity-map.",
	[DIRECT_ANSWER] = "The group has an RMRR that is not relaxable: Linux does not assign a device of "
		"it, and no identity map by the VMM changes that.",
	[FREE_ANSWER] = "No region of this group stands in the way of an assignment: the VMM need not "
		"identity-map anything.",
	[SILENT_ANSWER] = "These sources name no device: only the DMAR table or the group's "
		"reserved_regions tell whether it can be attached.",
	[BRIDGE_ANSWER] = "An RMRR is for devices behind a bridge, and without the bridge's bus numbers "
		"nobody can tell whether this device is one of them.",
	[NO_IOMMU_ANSWER] = "With this table Linux uses no IOMMU, and then no device can be assigned.",
};

/* `blocked` of struct igdpt_rmrr_attach, and one more, in words. */
enum { ALLOWED, REFUSED, UNTOLD, NO_IOMMU };

static const char *const attach_words[] = { "allowed", "refused", "not told",
	"impossible without an IOMMU" };

void rmrr_print_address(char *text, size_t room, uint32_t address)
{
	if (address == IGDPT_RMRR_NO_ADDRESS)
		snprintf(text, room, "unknown");
	else
		snprintf(text, room, "%04x:%02x:%02x.%x", address >> 16, address >> 8 & 0xff,
			address >> 3 & 0x1f, address & 7);
}

/* The DMAR table and the group's reserved_regions say whose a region is. */
static bool names_devices(const struct query *q)
{
	return q->files[0] || q->files[1];
}

/* A group with reserved_regions has an IOMMU, whatever the table is. */
static unsigned verdict(const struct query *q, const struct igdpt_rmrr_attach *attach)
{
	if (!names_devices(q))
		return UNTOLD;
	return q->no_iommu.id && !q->files[1] ? NO_IOMMU : attach->blocked;
}

static const char *answer(const struct query *q, const struct igdpt_rmrr_attach *attach)
{
	static const uint8_t of_verdict[] = { [REFUSED] = DIRECT_ANSWER, [UNTOLD] = BRIDGE_ANSWER,
		[NO_IOMMU] = NO_IOMMU_ANSWER };
	bool display = q->group[0].class_code >> 16 == 3;
	unsigned v = verdict(q, attach);

	if (!names_devices(q))
		return answers[SILENT_ANSWER];
	if (v != ALLOWED)
		return answers[of_verdict[v]];
	if (!display)
		return answers[FREE_ANSWER];
	if (!rmrr_find_relaxable(q))
		return answers[NONE_ANSWER];
	if (!rmrr_is_igd(q))
		return answers[RELAXABLE_ANSWER];
	return answers[q->resolve.flags & IGDPT_RMRR_IDENTITY ? IDENTITY_ANSWER : IGD_ANSWER];
}

const char *rmrr_attach_words(const struct query *q, const struct igdpt_rmrr_attach *attach)
{
	return attach_words[verdict(q, attach)];
}

static void region_text(const struct igdpt_rmrr_region *r, const char *address)
{
	const char *comma = "";

	printf("  0x%" PRIx64 "-0x%" PRIx64 " %s", r->first, r->last, rmrr_type_names[r->type]);
	if (r->address != IGDPT_RMRR_NO_ADDRESS)
		printf(" for %s", address);
	printf(" (");
	for (size_t s = 0; s < RMRR_SOURCES; s++) {
		if (r->sources & rmrr_sources[s].bit) {
			printf("%s%s", comma, rmrr_sources[s].name);
			comma = ", ";
		}
	}
	printf(")\n    %s\n", reasons[r->reason]);
}

static void region_json(struct json *j, const struct igdpt_rmrr_region *r, const char *address,
	bool state)
{
	json_begin_object(j, NULL);
	json_hex(j, "first", r->first);
	json_hex(j, "last", r->last);
	json_string(j, "type", rmrr_type_names[r->type]);
	json_string(j, "device", address);
	json_bool(j, "relaxable", r->type == IGDPT_RMRR_RELAXABLE);
	json_string(j, "reason", reasons[r->reason]);
	json_begin_array(j, "sources");
	for (size_t s = 0; s < RMRR_SOURCES; s++) {
		if (r->sources & rmrr_sources[s].bit)
			json_string(j, NULL, rmrr_sources[s].name);
	}
	json_end_array(j);
	if (state)
		json_string(j, "state", states[r->state]);
	json_end_object(j);
}

static void show_regions(const struct query *q, struct json *j)
{
	char address[16];

	if (j)
		json_begin_array(j, "regions");
	for (size_t i = 0; i < q->out.count; i++) {
		rmrr_print_address(address, sizeof(address), q->out.regions[i].address);
		if (j)
			region_json(j, &q->out.regions[i], address, q->has_ram);
		else
			region_text(&q->out.regions[i], address);
	}
	if (j)
		json_end_array(j);
}

static const char *errno_name(const struct igdpt_rmrr_attach *a)
{
	return a->error == 1 ? "EPERM" : "EINVAL";
}

static void attach_text(const struct query *q, const struct igdpt_rmrr_attach *a,
	const char *address, bool mate)
{
	char own[16];

	printf("Attach on Linux %u.%u: ", q->kernel >> 8, q->kernel & 0xff);
	if (verdict(q, a) != REFUSED) {
		puts(rmrr_attach_words(q, a));
		return;
	}
	printf("refused, %s fails with %s; the log says\n"
		"    vfio-pci %s: %s\n", a->ioctl, errno_name(a), address, a->message);
	rmrr_print_address(own, sizeof(own), q->group[0].address);
	if (mate)
		printf("  The cause is %s, a group mate of %s.\n", address, own);
}

static void attach_json(const struct query *q, const struct igdpt_rmrr_attach *a,
	const char *address, bool mate, struct json *j)
{
	unsigned v = verdict(q, a);

	json_begin_object(j, "attach");
	if (v == UNTOLD)
		json_null(j, "allowed");
	else
		json_bool(j, "allowed", v == ALLOWED);
	if (v == REFUSED) {
		json_unsigned(j, "errno", a->error);
		json_string(j, "errno_name", errno_name(a));
		json_string(j, "ioctl", a->ioctl);
		json_string(j, "message", a->message);
		json_string(j, "device", address);
		json_bool(j, "group_mate", mate);
		json_hex(j, "first", a->first);
		json_hex(j, "last", a->last);
	}
	json_end_object(j);
}

static void show_attach(const struct query *q, const struct igdpt_rmrr_attach *a, struct json *j)
{
	bool mate = a->address != q->group[0].address && a->address != IGDPT_RMRR_NO_ADDRESS;
	char address[16];

	rmrr_print_address(address, sizeof(address), a->address);
	if (j)
		attach_json(q, a, address, mate, j);
	else
		attach_text(q, a, address, mate);
}

static void show_map(const struct igdpt_rmrr_region *map, size_t n, struct json *j)
{
	if (j)
		json_begin_array(j, "e820");
	for (size_t i = 0; i < n; i++) {
		bool ram = map[i].type == IGDPT_RMRR_RAM;

		if (!j) {
			printf("  0x%" PRIx64 "-0x%" PRIx64 " %s\n", map[i].first, map[i].last,
				ram ? "RAM" : "reserved");
			continue;
		}
		json_begin_object(j, NULL);
		json_hex(j, "first", map[i].first);
		json_hex(j, "last", map[i].last);
		json_unsigned(j, "type", ram ? 1 : 2);
		json_end_object(j);
	}
	if (j)
		json_end_array(j);
}

static void show_layout(const struct igdpt_rmrr_layout *l, const struct igdpt_rmrr_region *map,
	size_t n, struct json *j)
{
	if (j) {
		json_begin_object(j, "layout");
		json_hex(j, "low_end", l->low_end);
		json_hex(j, "high_end", l->high_end);
		json_hex(j, "moved", l->moved);
		json_unsigned(j, "conflicts", l->conflicts);
	} else {
		printf("Guest RAM: low to 0x%" PRIx64 ", high to 0x%" PRIx64 ", 0x%" PRIx64
			" bytes gave way, %u conflict%s\n", l->low_end, l->high_end, l->moved,
			l->conflicts, cli_plural(l->conflicts));
	}
	show_map(map, n, j);
	if (j)
		json_end_object(j);
}

void rmrr_tell(const struct query *q, const struct igdpt_rmrr_attach *attach,
	const struct igdpt_rmrr_layout *layout, const struct igdpt_rmrr_region *map, size_t n,
	struct json *j)
{
	char own[16];

	rmrr_print_address(own, sizeof(own), q->group[0].address);
	if (j)
		json_string(j, "device", own);
	else
		printf("Device %s, class 0x%06x\n", own, q->group[0].class_code);
	show_regions(q, j);
	if (names_devices(q))
		show_attach(q, attach, j);
	if (q->has_ram)
		show_layout(layout, map, n, j);
	if (j)
		json_string(j, "answer", answer(q, attach));
	else
		printf("%s\n", answer(q, attach));
}
