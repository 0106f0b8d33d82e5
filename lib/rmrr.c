/* SPDX-License-Identifier: MIT */
#include "igdpt/rmrr.h"

#include "bytes.h"
#include "igdpt/stolen.h"
#include "internal.h"
#include "ranges-priv.h"
#include "sort.h"

/* struct vfio_info_cap_header, then two u32, then pairs of u64 (include/uapi/linux/vfio.h). */
#define VFIO_CAP_IOVA_RANGE 1u
#define VFIO_CAP_HEADER 16u
#define IOVA_PAIR 16u
/* IOAPIC_RANGE_START and _END of drivers/iommu/intel/iommu.h. */
#define MSI_FIRST 0xfee00000u
#define MSI_LAST 0xfeefffffu
#define ISA_LAST 0xffffffu
#define FOUR_GIB (4 * GIB)

/* Output array that goes on counting when it is full. */
struct list {
	struct igdpt_rmrr_region *regions;
	size_t room, used;
};

static void add(struct list *list, const struct igdpt_rmrr_region *region)
{
	if (list->used < list->room)
		list->regions[list->used] = *region;
	list->used++;
}

static int finish(const struct list *list, size_t *count, struct igdpt_finding *why)
{
	*count = list->used;
	if (list->used <= list->room)
		return 0;
	return igdpt_priv_fail(why, IGDPT_F_OUTPUT_SPACE, IGDPT_NO_OFFSET,
		list->room * sizeof(*list->regions), list->used * sizeof(*list->regions));
}

/* One line of text, and a position in it. */
struct line {
	const char *text;
	size_t len, at;
};

static bool skip(struct line *line, const char *word)
{
	size_t n = strlen(word);

	if (line->len - line->at < n || memcmp(line->text + line->at, word, n) != 0)
		return false;
	line->at += n;
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 1 to 16 hexadecimal digits. */
static bool hex(struct line *line, uint64_t *value)
{
	size_t start = line->at;
	int d;

	*value = 0;
	while (line->at < line->len && (d = digit(line->text[line->at])) >= 0) {
		if (line->at++ - start == 16)
			return false;
		*value = *value << 4 | (uint64_t)d;
	}
	return line->at > start;
}

/* The rest of the line is one of the words; answers its type. */
struct word {
	const char *word;
	uint32_t type;
};

static uint32_t rest(const struct line *line, const struct word *words, uint32_t other)
{
	for (; words->word; words++) {
		struct line copy = *line;

		if (skip(&copy, words->word) && copy.at == copy.len)
			return words->type;
	}
	return other;
}

/* "0x0000000000000000 0x0000000000000fff direct"; iommu_group_show_resv_regions() in Linux. */
static bool sysfs_line(struct line *line, struct igdpt_rmrr_region *r)
{
	static const struct word words[] = {
		{ "direct", IGDPT_RMRR_DIRECT }, { "direct-relaxable", IGDPT_RMRR_RELAXABLE },
		{ "reserved", IGDPT_RMRR_RESERVED }, { "msi", IGDPT_RMRR_MSI }, { NULL, 0 },
	};

	if (!skip(line, "0x") || !hex(line, &r->first) || !skip(line, " 0x") || !hex(line, &r->last) ||
		!skip(line, " ") || line->at == line->len)
		return false;
	r->type = rest(line, words, IGDPT_RMRR_OTHER);
	return true;
}

/* "  00000000-00000fff : Reserved", indented below what holds it. */
static bool iomem_line(struct line *line, struct igdpt_rmrr_region *r)
{
	static const struct word words[] = {
		{ "System RAM", IGDPT_RMRR_RAM }, { "Reserved", IGDPT_RMRR_FIRMWARE },
		{ "reserved", IGDPT_RMRR_FIRMWARE },
		{ "ACPI Non-volatile Storage", IGDPT_RMRR_FIRMWARE },
		{ "Graphics Stolen Memory", IGDPT_RMRR_FIRMWARE }, { NULL, 0 },
	};

	while (skip(line, " ") || skip(line, "\t"))
		;
	if (!hex(line, &r->first) || !skip(line, "-") || !hex(line, &r->last) || !skip(line, " :") ||
		(line->at < line->len && !skip(line, " ")))
		return false;
	r->type = rest(line, words, 0);
	return r->first <= r->last;
}

/* Length of a line without blanks at its end, and what to step over to the next. */
static size_t line_length(const char *text, size_t len, size_t *step)
{
	const char *newline = memchr(text, '\n', len);
	size_t n = newline ? (size_t)(newline - text) : len;

	*step = newline ? n + 1 : n;
	while (n && (text[n - 1] == '\r' || text[n - 1] == ' ' || text[n - 1] == '\t'))
		n--;
	return n;
}

static int parse_text(uint32_t source, const char *text, size_t len, struct list *list,
	struct igdpt_finding *why)
{
	bool (*parse)(struct line *line, struct igdpt_rmrr_region *r) =
		source == IGDPT_RMRR_SYSFS ? sysfs_line : iomem_line;
	uint64_t seen = 0;

	for (size_t at = 0, step; at < len; at += step) {
		struct igdpt_rmrr_region r = { .offset = at, .sources = source,
			.address = IGDPT_RMRR_NO_ADDRESS };
		struct line line = { text + at, line_length(text + at, len - at, &step), 0 };

		if (!line.len)
			continue;
		if (!parse(&line, &r))
			return igdpt_priv_fail(why, IGDPT_F_RMRR_SYNTAX, at + line.at, line.at, line.len);
		seen |= r.last;
		if (r.type)
			add(list, &r);
	}
	if (source == IGDPT_RMRR_IOMEM && len && !seen)
		return igdpt_priv_fail(why, IGDPT_F_RMRR_HIDDEN, 0, 0, 0);
	return 0;
}

static int parse_pairs(uint32_t source, const uint8_t *p, uint64_t at, uint64_t end,
	struct list *list, struct igdpt_finding *why)
{
	for (; at < end; at += IOVA_PAIR) {
		struct igdpt_rmrr_region r = { .offset = at, .sources = source,
			.type = IGDPT_RMRR_USABLE, .address = IGDPT_RMRR_NO_ADDRESS };

		r.first = get_le64(p + at);
		r.last = get_le64(p + at + 8);
		if (r.last < r.first)
			return igdpt_priv_fail(why, IGDPT_F_RANGE_ORDER, at, r.first, r.last);
		add(list, &r);
	}
	return 0;
}

static int parse_vfio(const uint8_t *p, size_t len, struct list *list, struct igdpt_finding *why)
{
	uint64_t need = VFIO_CAP_HEADER;

	if (len >= need) {
		if (get_le16(p) != VFIO_CAP_IOVA_RANGE)
			return igdpt_priv_fail(why, IGDPT_F_RMRR_CAPABILITY, 0, get_le16(p),
				VFIO_CAP_IOVA_RANGE);
		need += (uint64_t)get_le32(p + 8) * IOVA_PAIR;
	}
	if (len < need)
		return igdpt_priv_fail(why, IGDPT_F_RMRR_TRUNCATED, len, len, need);
	return parse_pairs(IGDPT_RMRR_VFIO, p, VFIO_CAP_HEADER, need, list, why);
}

static int parse_iommufd(const uint8_t *p, size_t len, struct list *list, struct igdpt_finding *why)
{
	if (len % IOVA_PAIR)
		return igdpt_priv_fail(why, IGDPT_F_RMRR_TRUNCATED, len, len,
			len - len % IOVA_PAIR + IOVA_PAIR);
	return parse_pairs(IGDPT_RMRR_IOMMUFD, p, 0, len, list, why);
}

int igdpt_rmrr_parse(uint32_t source, const void *data, size_t len,
	struct igdpt_rmrr_region *regions, size_t *count, struct igdpt_finding *why)
{
	struct list list = { .regions = regions, .room = regions && count ? *count : 0 };
	int rc;

	if (!count || (len && !data))
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, len, 0);
	if (source == IGDPT_RMRR_SYSFS || source == IGDPT_RMRR_IOMEM)
		rc = parse_text(source, data, len, &list, why);
	else if (source == IGDPT_RMRR_VFIO)
		rc = parse_vfio(data, len, &list, why);
	else if (source == IGDPT_RMRR_IOMMUFD)
		rc = parse_iommufd(data, len, &list, why);
	else
		rc = igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, source, IGDPT_RMRR_IOMMUFD);
	return rc < 0 ? rc : finish(&list, count, why);
}

struct predictor {
	const struct igdpt_dmar *dmar;
	struct igdpt_rmrr_predict_opts opts;
	struct list list;
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
			add(&p->list, &r);
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
		add(&p->list, &r);
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
		add(&p->list, &r);
	}
	r.first = MSI_FIRST;
	r.last = MSI_LAST;
	r.type = IGDPT_RMRR_MSI;
	r.reason = IGDPT_RMRR_BY_INTERRUPTS;
	r.address = IGDPT_RMRR_NO_ADDRESS;
	add(&p->list, &r);
}

static bool by_first_and_type(const void *a, const void *b)
{
	const struct igdpt_rmrr_region *x = a, *y = b;

	return x->first == y->first ? x->type < y->type : x->first < y->first;
}

/* Linux iommu_insert_resv_region(): sorted by start, neighbours of one type joined. */
static void join_as_sysfs(struct list *list)
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
	return finish(&p.list, count, why);
}

/* The sets that regions are compared with. */
enum {
	SET_DMAR = 0,   /* plus a type of 1 to 4 */
	SET_SYSFS = 4,  /* likewise */
	SET_FIRMWARE = 9,
	SET_VFIO,
	SET_IOMMUFD,
	SETS
};

struct merger {
	struct igdpt_ranges sets[SETS];
	struct igdpt_priv_report report;
	struct list list;
	uint32_t given;
};

static unsigned set_of(const struct igdpt_rmrr_region *r)
{
	if (r->type >= IGDPT_RMRR_DIRECT && r->type <= IGDPT_RMRR_MSI)
		return (r->sources & IGDPT_RMRR_DMAR ? SET_DMAR : SET_SYSFS) + r->type;
	if (r->type == IGDPT_RMRR_USABLE)
		return r->sources & IGDPT_RMRR_VFIO ? SET_VFIO : SET_IOMMUFD;
	return r->type == IGDPT_RMRR_FIRMWARE ? SET_FIRMWARE : SETS;
}

static void build_sets(struct merger *m, const struct igdpt_rmrr_region *in, size_t count,
	struct igdpt_range *work)
{
	for (unsigned set = 0; set < SETS; set++) {
		size_t n = 0;

		for (size_t i = 0; i < count; i++) {
			if (set_of(&in[i]) == set && in[i].first <= in[i].last)
				work[n++] = (struct igdpt_range){ in[i].first, in[i].last };
		}
		igdpt_ranges_build(&m->sets[set], work, n, NULL, NULL, NULL);
		work += n;
	}
}

static bool covers(const struct igdpt_ranges *set, const struct igdpt_rmrr_region *r)
{
	struct igdpt_range hit;

	return igdpt_ranges_overlap(set, r->first, r->last, &hit) && hit.first <= r->first &&
		hit.last >= r->last;
}

/* The sources that bear a region out, beside the one that it is from. */
static uint32_t witnesses(const struct merger *m, const struct igdpt_rmrr_region *r)
{
	uint32_t sources = r->sources;

	if (r->type <= IGDPT_RMRR_MSI && covers(&m->sets[SET_SYSFS + r->type], r))
		sources |= IGDPT_RMRR_SYSFS;
	if (covers(&m->sets[SET_FIRMWARE], r))
		sources |= IGDPT_RMRR_IOMEM;
	if (r->type == IGDPT_RMRR_RELAXABLE || r->type > IGDPT_RMRR_MSI)
		return sources;
	if ((m->given & IGDPT_RMRR_VFIO) &&
		!igdpt_ranges_overlap(&m->sets[SET_VFIO], r->first, r->last, NULL))
		sources |= IGDPT_RMRR_VFIO;
	if ((m->given & IGDPT_RMRR_IOMMUFD) &&
		!igdpt_ranges_overlap(&m->sets[SET_IOMMUFD], r->first, r->last, NULL))
		sources |= IGDPT_RMRR_IOMMUFD;
	return sources;
}

static void report_missing(struct merger *m, const struct igdpt_rmrr_region *r)
{
	static const struct {
		uint32_t source, finding, first_type, last_type;
	} rules[] = {
		{ IGDPT_RMRR_DMAR, IGDPT_F_RMRR_NOT_IN_DMAR, IGDPT_RMRR_DIRECT, IGDPT_RMRR_RELAXABLE },
		{ IGDPT_RMRR_SYSFS, IGDPT_F_RMRR_NOT_IN_SYSFS, IGDPT_RMRR_DIRECT, IGDPT_RMRR_MSI },
		{ IGDPT_RMRR_IOMEM, IGDPT_F_RMRR_NOT_IN_IOMEM, IGDPT_RMRR_DIRECT, IGDPT_RMRR_RELAXABLE },
		{ IGDPT_RMRR_VFIO, IGDPT_F_RMRR_USABLE, IGDPT_RMRR_DIRECT, IGDPT_RMRR_DIRECT },
		{ IGDPT_RMRR_VFIO, IGDPT_F_RMRR_USABLE, IGDPT_RMRR_RESERVED, IGDPT_RMRR_MSI },
		{ IGDPT_RMRR_IOMMUFD, IGDPT_F_RMRR_USABLE, IGDPT_RMRR_DIRECT, IGDPT_RMRR_DIRECT },
		{ IGDPT_RMRR_IOMMUFD, IGDPT_F_RMRR_USABLE, IGDPT_RMRR_RESERVED, IGDPT_RMRR_MSI },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if ((m->given & rules[i].source) && !(r->sources & rules[i].source) &&
			r->type >= rules[i].first_type && r->type <= rules[i].last_type &&
			r->reason != IGDPT_RMRR_BY_ISA)
			igdpt_priv_report(&m->report, rules[i].finding, r->offset, r->first, r->last);
	}
}

static void merge_region(struct merger *m, const struct igdpt_rmrr_region *in)
{
	struct igdpt_rmrr_region r = *in;

	if (r.type > IGDPT_RMRR_OTHER || ((r.sources & IGDPT_RMRR_SYSFS) &&
		r.type <= IGDPT_RMRR_MSI && covers(&m->sets[SET_DMAR + r.type], &r)))
		return;
	if (r.reason == IGDPT_RMRR_BY_BRIDGE && (m->given & IGDPT_RMRR_SYSFS))
		return;
	r.sources = witnesses(m, &r);
	add(&m->list, &r);
	if (r.first <= r.last)
		report_missing(m, &r);
}

static bool explained(const struct merger *m, uint64_t first, uint64_t last)
{
	for (unsigned set = SET_DMAR + 1; set <= SET_SYSFS + IGDPT_RMRR_MSI; set++) {
		if (igdpt_ranges_overlap(&m->sets[set], first, last, NULL))
			return true;
	}
	return false;
}

/* Holes between usable ranges that nothing reserved explains. */
static void merge_holes(struct merger *m, unsigned set, uint32_t source)
{
	const struct igdpt_ranges *usable = &m->sets[set];

	for (size_t i = 1; i < usable->count; i++) {
		struct igdpt_rmrr_region r = { .first = usable->ranges[i - 1].last + 1,
			.last = usable->ranges[i].first - 1, .offset = IGDPT_NO_OFFSET, .sources = source,
			.type = IGDPT_RMRR_RESERVED, .address = IGDPT_RMRR_NO_ADDRESS };

		if (explained(m, r.first, r.last))
			continue;
		add(&m->list, &r);
		if (m->given & (IGDPT_RMRR_DMAR | IGDPT_RMRR_SYSFS))
			igdpt_priv_report(&m->report, IGDPT_F_RMRR_HOLE, IGDPT_NO_OFFSET, r.first, r.last);
	}
}

int igdpt_rmrr_merge(const struct igdpt_rmrr_region *in, size_t in_count, struct igdpt_range *work,
	struct igdpt_rmrr_region *out, size_t *count, igdpt_finding_fn fn, void *user)
{
	struct merger m = { .report = { .fn = fn, .user = user },
		.list = { out, out && count ? *count : 0, 0 } };
	int rc;

	if (!count || (in_count && (!in || !work)))
		return -IGDPT_E_INVALID;
	for (size_t i = 0; i < in_count; i++)
		m.given |= in[i].sources;
	if (in_count)
		build_sets(&m, in, in_count, work);
	for (size_t i = 0; i < in_count; i++)
		merge_region(&m, &in[i]);
	merge_holes(&m, SET_VFIO, IGDPT_RMRR_VFIO);
	merge_holes(&m, SET_IOMMUFD, IGDPT_RMRR_IOMMUFD);
	rc = finish(&m.list, count, NULL);
	return rc < 0 ? rc : m.report.total;
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

/* A layout on its way. */
struct resolver {
	struct igdpt_rmrr_resolve_opts opts;
	struct igdpt_rmrr_layout layout;
	struct list map;
};

/* sysfs does not say whose a region is; what an ISA bridge has begins at 0. */
static bool may_be_stolen(const struct igdpt_rmrr_region *r)
{
	return r->reason == IGDPT_RMRR_BY_DISPLAY ||
		(r->reason == IGDPT_RMRR_BY_SOURCE && r->first);
}

static bool is_binding(const struct resolver *v, const struct igdpt_rmrr_region *r)
{
	if (v->opts.policy == IGDPT_RMRR_IGNORE || r->last < r->first)
		return false;
	if (r->type == IGDPT_RMRR_RELAXABLE)
		return (v->opts.flags & IGDPT_RMRR_IDENTITY) && may_be_stolen(r);
	return r->type >= IGDPT_RMRR_DIRECT && r->type <= IGDPT_RMRR_MSI;
}

static bool in_ram(const struct igdpt_rmrr_region *r, uint64_t low_end, uint64_t high_end)
{
	return r->first < low_end || (r->last >= FOUR_GIB && r->first < high_end);
}

static int check_resolve(struct resolver *v, struct igdpt_finding *why)
{
	struct igdpt_rmrr_resolve_opts *o = &v->opts;

	o->policy = o->policy ? o->policy : IGDPT_RMRR_RELAXED;
	o->boundary = o->boundary ? o->boundary : 2 * GIB;
	o->granularity = o->granularity ? o->granularity : PAGE_SIZE_4K;
	if (o->policy > IGDPT_RMRR_IGNORE || o->flags > 3 || o->reserved)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, o->policy, o->flags);
	if (o->granularity & (o->granularity - 1))
		return igdpt_priv_fail(why, IGDPT_F_RANGE_ALIGN, IGDPT_NO_OFFSET, o->granularity, 0);
	if (o->low_end > FOUR_GIB || (o->high_end && o->high_end <= FOUR_GIB))
		return igdpt_priv_fail(why, IGDPT_F_RMRR_LAYOUT, IGDPT_NO_OFFSET, o->low_end, o->high_end);
	v->layout.low_end = o->low_end;
	v->layout.high_end = o->high_end;
	return 0;
}

/* Low RAM ends at the lowest region above the boundary; high RAM takes what it lost. */
static int lower(struct resolver *v, const struct igdpt_rmrr_region *r, size_t n,
	struct igdpt_finding *why)
{
	struct igdpt_rmrr_layout *l = &v->layout;
	uint64_t high = l->high_end ? l->high_end : FOUR_GIB;

	for (size_t i = 0; i < n; i++) {
		if (is_binding(v, &r[i]) && r[i].first > v->opts.boundary && r[i].first < l->low_end)
			l->low_end = r[i].first & ~(v->opts.granularity - 1);
	}
	l->moved = v->opts.low_end - l->low_end;
	if (l->moved && __builtin_add_overflow(high, l->moved, &l->high_end))
		return igdpt_priv_fail(why, IGDPT_F_RMRR_LAYOUT, IGDPT_NO_OFFSET, l->moved, high);
	return 0;
}

static void set_states(struct resolver *v, struct igdpt_rmrr_region *r, size_t n)
{
	bool carve = v->opts.flags & IGDPT_RMRR_CARVE;

	for (; n--; r++) {
		if (!is_binding(v, r))
			r->state = IGDPT_RMRR_IGNORED;
		else if (!carve && in_ram(r, v->layout.low_end, v->layout.high_end))
			r->state = IGDPT_RMRR_CONFLICT;
		else if (in_ram(r, v->opts.low_end, v->opts.high_end))
			r->state = IGDPT_RMRR_MOVED;
		else
			r->state = IGDPT_RMRR_CLEAR;
		v->layout.conflicts += r->state == IGDPT_RMRR_CONFLICT;
	}
}

static int build_kept(const struct resolver *v, const struct igdpt_rmrr_region *r, size_t n,
	struct igdpt_ranges *kept)
{
	size_t used = 0;

	for (; n--; r++) {
		if (r->state == IGDPT_RMRR_CLEAR || r->state == IGDPT_RMRR_MOVED)
			v->opts.work[used++] = (struct igdpt_range){ r->first, r->last };
	}
	return igdpt_ranges_build(kept, v->opts.work, used, NULL, NULL, NULL);
}

/* Ascending: what is kept, as one entry each, and RAM where nothing is kept. */
static void draw_map(struct resolver *v, const struct igdpt_ranges *kept)
{
	struct igdpt_range ends[2] = { { 0, v->layout.low_end - 1 },
		{ FOUR_GIB, v->layout.high_end - 1 } };
	bool low = v->layout.low_end, high = v->layout.high_end, was_kept = false;
	const struct igdpt_ranges ram = { ends + !low, NULL, (size_t)low + high };
	uint64_t at = 0, last_kept, last_ram, last;
	size_t i = 0, j = 0;

	do {
		bool is_kept = igdpt_priv_stretch(kept, &i, at, &last_kept);
		bool is_ram = igdpt_priv_stretch(&ram, &j, at, &last_ram);
		struct igdpt_rmrr_region r = { .first = at, .address = IGDPT_RMRR_NO_ADDRESS,
			.type = is_kept ? IGDPT_RMRR_RESERVED : IGDPT_RMRR_RAM };

		last = last_kept < last_ram ? last_kept : last_ram;
		r.last = is_kept ? last_kept : last;
		if (is_kept ? !was_kept : is_ram)
			add(&v->map, &r);
		if (is_kept && is_ram)
			v->layout.moved += last - at + 1;
		was_kept = is_kept;
		at = last + 1;
	} while (last != UINT64_MAX);
}

int igdpt_rmrr_resolve(const struct igdpt_rmrr_resolve_opts *opts,
	struct igdpt_rmrr_region *regions, size_t region_count, struct igdpt_rmrr_layout *layout,
	struct igdpt_rmrr_region *map, size_t *map_count, struct igdpt_finding *why)
{
	struct resolver v = { .map = { map, map && map_count ? *map_count : 0, 0 } };
	struct igdpt_ranges kept;
	int rc = igdpt_priv_struct_in(&v.opts, sizeof(v.opts), V1(igdpt_rmrr_resolve_opts), opts, why);

	if (rc == 0 && (!layout || (region_count && (!regions || !v.opts.work))))
		rc = igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, region_count, 0);
	if (rc == 0)
		rc = check_resolve(&v, why);
	if (rc == 0 && !(v.opts.flags & IGDPT_RMRR_CARVE))
		rc = lower(&v, regions, region_count, why);
	if (rc < 0)
		return rc;
	set_states(&v, regions, region_count);
	rc = build_kept(&v, regions, region_count, &kept);
	draw_map(&v, &kept);
	if (rc == 0 && map_count)
		rc = finish(&v.map, map_count, why);
	if (rc == 0)
		rc = igdpt_priv_struct_out(layout, &v.layout, sizeof(v.layout), V1(igdpt_rmrr_layout));
	if (rc == 0 && v.layout.conflicts && v.opts.policy == IGDPT_RMRR_STRICT)
		rc = igdpt_priv_fail(why, IGDPT_F_RMRR_CONFLICT, IGDPT_NO_OFFSET, v.layout.conflicts, 0);
	return rc;
}
