/* SPDX-License-Identifier: MIT */
#include "igdpt/rmrr.h"
#include "igdpt/stolen.h"
#include "rmrr-priv.h"
#include "sort.h"

/* IOAPIC_RANGE_START and _END of drivers/iommu/intel/iommu.h. */
#define MSI_FIRST 0xfee00000u
#define MSI_LAST 0xfeefffffu
#define ISA_LAST 0xffffffu

struct predictor {
	const struct igdpt_dmar *dmar;
	struct igdpt_rmrr_predict_opts opts;
	struct rmrr_list list;
};

/* Linux device_rmrr_is_relaxable(): display and USB, whatever the region holds. */
static void classify(struct igdpt_rmrr_region *r, uint32_t class_code)
{
	r->type = IGDPT_RMRR_RELAXABLE;
	if (class_code >> 16 == 0x03) {
		r->reason = IGDPT_RMRR_BY_DISPLAY;
	} else if (class_code >> 8 == 0x0c03) {
		r->reason = IGDPT_RMRR_BY_USB;
	} else {
		r->type = IGDPT_RMRR_DIRECT;
		r->reason = IGDPT_RMRR_BY_OTHER;
	}
}

/* Whether a scope binds a device; UNTOLD if that depends on buses that are not known. */
enum { UNBOUND, BOUND, UNTOLD };

static int is_behind(const struct predictor *p, uint32_t device, uint32_t bridge)
{
	uint32_t bus = device >> 8 & 0xff;
	int buses;

	if (device >> 16 != bridge >> 16 || device >> 8 == bridge >> 8)
		return UNBOUND;
	buses = p->opts.bridge ? p->opts.bridge(p->opts.user, bridge) : -1;
	if (buses < 0)
		return UNTOLD;
	if (!buses || bus < (uint32_t)(buses & 0xff) || bus > (uint32_t)buses >> 8)
		return UNBOUND;
	return BOUND;
}

/* Linux dmar_insert_dev_scope() wants the kind of header that the type speaks of. */
static bool fits(uint32_t type, uint32_t class_code)
{
	uint32_t kind = class_code >> 8;

	if (type == IGDPT_DMAR_SCOPE_BRIDGE)
		return kind >> 8 == 0x06;
	return kind != 0x0604 && kind != 0x0607;
}

static int scope_binds(const struct predictor *p, uint32_t segment,
	const struct igdpt_dmar_scope *scope, const struct igdpt_rmrr_device *device)
{
	uint32_t address = device->address, named;
	int rc;

	if ((scope->type != IGDPT_DMAR_SCOPE_ENDPOINT && scope->type != IGDPT_DMAR_SCOPE_BRIDGE) ||
		!scope->path_count)
		return UNBOUND;
	rc = igdpt_dmar_resolve(scope, segment, p->opts.bridge, p->opts.user, &named, NULL);
	if (rc == -IGDPT_E_NOTFOUND && address >> 8 != (segment << 8 | scope->bus))
		return address >> 16 == segment ? UNTOLD : UNBOUND;
	if (rc < 0)
		return UNBOUND;
	if (address == named)
		return fits(scope->type, device->class_code) ? BOUND : UNBOUND;
	return scope->type == IGDPT_DMAR_SCOPE_BRIDGE ? is_behind(p, address, named) : UNBOUND;
}

static int binds(const struct predictor *p, const struct igdpt_dmar_structure *s,
	const struct igdpt_rmrr_device *device, struct igdpt_finding *why)
{
	struct igdpt_dmar_scope scope = { .size = sizeof(scope) };
	int rc, all = UNBOUND;

	while ((rc = igdpt_dmar_scope_next(p->dmar, s, &scope, why)) > 0) {
		int one = scope_binds(p, s->segment, &scope, device);

		if (one == BOUND)
			return BOUND;
		all = one == UNTOLD ? UNTOLD : all;
	}
	return rc < 0 ? rc : all;
}

static struct igdpt_rmrr_region region_of(const struct igdpt_dmar_structure *s, uint32_t address)
{
	return (struct igdpt_rmrr_region){ .first = s->base, .last = s->end, .offset = s->offset,
		.sources = IGDPT_RMRR_DMAR, .type = IGDPT_RMRR_OTHER, .address = address };
}

static int predict_given(struct predictor *p, const struct igdpt_dmar_structure *s,
	struct igdpt_finding *why)
{
	int rc = 0;

	for (uint64_t i = 0; rc >= 0 && i < p->opts.device_count; i++) {
		struct igdpt_rmrr_region r = region_of(s, p->opts.devices[i].address);

		rc = binds(p, s, &p->opts.devices[i], why);
		if (rc == BOUND)
			classify(&r, p->opts.devices[i].class_code);
		else
			r.reason = IGDPT_RMRR_BY_BRIDGE;
		if (rc > 0)
			rmrr_add(&p->list, &r);
	}
	return rc;
}

/* One region for each scope, with the class of a given device that it binds. */
static int predict_all(struct predictor *p, const struct igdpt_dmar_structure *s,
	struct igdpt_finding *why)
{
	struct igdpt_dmar_scope scope = { .size = sizeof(scope) };
	int rc;

	while ((rc = igdpt_dmar_scope_next(p->dmar, s, &scope, why)) > 0) {
		struct igdpt_rmrr_region r = region_of(s, IGDPT_RMRR_NO_ADDRESS);

		igdpt_dmar_resolve(&scope, s->segment, p->opts.bridge, p->opts.user, &r.address, NULL);
		for (uint64_t i = 0; i < p->opts.device_count && r.type == IGDPT_RMRR_OTHER; i++) {
			int bound = scope_binds(p, s->segment, &scope, &p->opts.devices[i]);

			if (bound == BOUND) {
				classify(&r, p->opts.devices[i].class_code);
				r.address = p->opts.devices[i].address;
			} else if (bound == UNTOLD) {
				r.reason = IGDPT_RMRR_BY_BRIDGE;
			}
		}
		rmrr_add(&p->list, &r);
	}
	return rc;
}

/* What intel_iommu_get_resv_regions() adds whatever the table says. */
static void predict_constant(struct predictor *p)
{
	struct igdpt_rmrr_region r = { .sources = IGDPT_RMRR_DMAR };

	for (uint64_t i = 0; i < p->opts.device_count; i++) {
		if (p->opts.devices[i].class_code >> 8 != 0x0601)
			continue;
		r.last = ISA_LAST;
		r.type = IGDPT_RMRR_RELAXABLE;
		r.reason = IGDPT_RMRR_BY_ISA;
		r.address = p->opts.devices[i].address;
		rmrr_add(&p->list, &r);
	}
	r.first = MSI_FIRST;
	r.last = MSI_LAST;
	r.type = IGDPT_RMRR_MSI;
	r.reason = IGDPT_RMRR_BY_INTERRUPTS;
	r.address = IGDPT_RMRR_NO_ADDRESS;
	rmrr_add(&p->list, &r);
}

static bool by_first_and_type(const void *a, const void *b)
{
	const struct igdpt_rmrr_region *x = a, *y = b;

	return x->first == y->first ? x->type < y->type : x->first < y->first;
}

/* Linux iommu_insert_resv_region(): sorted by start, neighbours of one type joined. */
static void join_as_sysfs(struct rmrr_list *list)
{
	struct igdpt_rmrr_region *top[IGDPT_RMRR_RAM + 1] = { NULL };
	size_t used = 0;

	igdpt_priv_sort(list->regions, list->used, sizeof(*list->regions), by_first_and_type);
	for (size_t i = 0; i < list->used; i++) {
		const struct igdpt_rmrr_region r = list->regions[i];
		struct igdpt_rmrr_region *t = top[r.type];

		if (!t || (t->last != UINT64_MAX && r.first > t->last + 1)) {
			top[r.type] = &list->regions[used];
			list->regions[used++] = r;
			continue;
		}
		if (r.last > t->last)
			t->last = r.last;
		if (r.address != t->address)
			t->address = IGDPT_RMRR_NO_ADDRESS;
	}
	list->used = used;
}

int igdpt_rmrr_predict(const struct igdpt_dmar *dmar, const struct igdpt_rmrr_predict_opts *opts,
	struct igdpt_rmrr_region *regions, size_t *count, struct igdpt_finding *why)
{
	struct igdpt_dmar_structure s = { .size = sizeof(s) };
	struct predictor p = { .dmar = dmar, .list = { regions, regions && count ? *count : 0, 0 } };
	int rc = igdpt_priv_struct_in(&p.opts, sizeof(p.opts), V1(igdpt_rmrr_predict_opts), opts, why);

	if (rc < 0)
		return rc;
	if (!dmar || !count || (p.opts.device_count && !p.opts.devices))
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, p.opts.device_count, 0);
	if (p.opts.flags > (IGDPT_RMRR_ALL_DEVICES | IGDPT_RMRR_AS_SYSFS))
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, p.opts.flags, 3);
	while ((rc = igdpt_dmar_next(dmar, &s, why)) > 0) {
		if (s.type != IGDPT_DMAR_RMRR) /* one that is too short has no scopes */
			continue;
		rc = p.opts.flags & IGDPT_RMRR_ALL_DEVICES ? predict_all(&p, &s, why) :
			predict_given(&p, &s, why);
		if (rc < 0)
			return rc;
	}
	if (rc < 0)
		return rc;
	predict_constant(&p);
	if ((p.opts.flags & IGDPT_RMRR_AS_SYSFS) && p.list.used <= p.list.room)
		join_as_sysfs(&p.list);
	return rmrr_finish(&p.list, count, why);
}

int igdpt_rmrr_predict_attach(const struct igdpt_rmrr_region *regions, size_t count,
	uint32_t kernel, struct igdpt_rmrr_attach *attach, struct igdpt_finding *why)
{
	static const char ineligible[] = "DMAR: Device is ineligible for IOMMU domain attach due to "
		"platform RMRR requirement.  Contact your platform vendor.";
	static const char one_to_one[] = "Firmware has requested this device have a 1:1 IOMMU mapping, "
		"rejecting configuring the device without a 1:1 mapping. Contact your platform vendor.";
	static const char set_iommu[] = "VFIO_SET_IOMMU";
	static const char set_container[] = "VFIO_GROUP_SET_CONTAINER";
	struct igdpt_rmrr_attach known = { .address = IGDPT_RMRR_NO_ADDRESS };
	bool old = kernel < 0x0606;

	if (count && !regions)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, count, 0);
	if (kernel < 0x0503)
		return igdpt_priv_fail(why, IGDPT_F_RMRR_KERNEL, IGDPT_NO_OFFSET, kernel, 0x0503);
	for (size_t i = 0; i < count && known.blocked != 1; i++) {
		bool direct = regions[i].type == IGDPT_RMRR_DIRECT;

		if (!direct && (regions[i].reason != IGDPT_RMRR_BY_BRIDGE || known.blocked))
			continue;
		known.blocked = direct ? 1 : 2;
		known.error = !direct ? 0 : old ? 1 : 22;
		known.ioctl = !direct ? NULL : kernel < 0x0513 ? set_iommu : set_container;
		known.message = !direct ? NULL : old ? ineligible : one_to_one;
		known.address = regions[i].address;
		known.first = regions[i].first;
		known.last = regions[i].last;
	}
	return igdpt_priv_struct_out(attach, &known, sizeof(known), V1(igdpt_rmrr_attach));
}

static void check_place(struct igdpt_priv_report *report, const struct igdpt_stolen *stolen,
	uint64_t bdsm, const struct igdpt_range *rmrr)
{
	uint64_t bytes = rmrr->last - rmrr->first + 1, want = stolen->gsm_bytes + stolen->dsm_bytes;

	if (bytes != want)
		igdpt_priv_report(report, IGDPT_F_RMRR_STOLEN_SIZE, IGDPT_NO_OFFSET, bytes, want);
	if (rmrr->first != bdsm - stolen->gsm_bytes)
		igdpt_priv_report(report, IGDPT_F_RMRR_STOLEN_BASE, IGDPT_NO_OFFSET, rmrr->first,
			bdsm - stolen->gsm_bytes);
}

int igdpt_rmrr_check_stolen(const struct igdpt_platform *platform, uint32_t ggc, uint64_t bdsm,
	const struct igdpt_range *rmrr, igdpt_finding_fn fn, void *user)
{
	struct igdpt_priv_report report = { .fn = fn, .user = user };
	struct igdpt_stolen stolen = { .size = sizeof(stolen) };
	struct igdpt_platform p;
	int rc;

	if (!platform)
		return -IGDPT_E_INVALID;
	rc = igdpt_priv_struct_in(&p, sizeof(p), V1(igdpt_platform), platform, NULL);
	if (rc < 0)
		return rc;
	if (!rmrr) {
		igdpt_priv_report(&report, p.gen < 1270 ? IGDPT_F_RMRR_STOLEN_NONE :
			IGDPT_F_RMRR_STOLEN_NORMAL, IGDPT_NO_OFFSET, p.gen, 1270);
		return p.gen < 1270;
	}
	rc = igdpt_stolen_decode(p.codec, ggc, 0, &stolen, NULL);
	if (rc == 0)
		check_place(&report, &stolen, bdsm & ~(MIB - 1), rmrr);
	return rc < 0 ? rc : report.total;
}
