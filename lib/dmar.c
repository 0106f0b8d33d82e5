/* SPDX-License-Identifier: MIT */
#include "igdpt/dmar.h"

#include "bytes.h"
#include "internal.h"
#include "sort.h"

/* ACPI table header and VT-d specification, "DMA Remapping Reporting Structure". */
#define TABLE_LENGTH 4u
#define TABLE_REVISION 8u
#define TABLE_CHECKSUM 9u
#define TABLE_OEM_ID 10u
#define TABLE_OEM_REVISION 24u
#define TABLE_WIDTH 36u
#define TABLE_FLAGS 37u
#define STRUCTURE_HEADER 4u
#define SCOPE_HEADER 6u
#define SCOPE_MAX 5u
/* Linux refuses a stored width below PAGE_SHIFT - 1. */
#define WIDTH_MIN 11u

/* Per type: bytes of the fixed part, and where scopes start. */
static const struct {
	uint8_t fixed;
	uint8_t scopes;
} types[] = {
	[IGDPT_DMAR_DRHD] = { 16, 16 },
	[IGDPT_DMAR_RMRR] = { 24, 24 },
	[IGDPT_DMAR_ATSR] = { 8, 8 },
	[IGDPT_DMAR_RHSA] = { 20, 0 },
	[IGDPT_DMAR_ANDD] = { 8, 0 },
	[IGDPT_DMAR_SATC] = { 8, 8 },
	[IGDPT_DMAR_SIDP] = { 8, 8 },
};

int igdpt_dmar_init(struct igdpt_dmar *dmar, const void *data, size_t len,
	struct igdpt_finding *why)
{
	const uint8_t *p = data;
	uint32_t length;

	if (!dmar || !data)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	if (len >= 4 && memcmp(p, "DMAR", 4) != 0)
		return igdpt_priv_fail(why, IGDPT_F_DMAR_SIGNATURE, 0, get_le32(p), 0x52414d44);
	if (len < IGDPT_DMAR_HEADER_BYTES)
		return igdpt_priv_fail(why, IGDPT_F_DMAR_SHORT, len, len, IGDPT_DMAR_HEADER_BYTES);
	length = get_le32(p + TABLE_LENGTH);
	if (length < IGDPT_DMAR_HEADER_BYTES)
		return igdpt_priv_fail(why, IGDPT_F_DMAR_LENGTH, TABLE_LENGTH, length,
			IGDPT_DMAR_HEADER_BYTES);
	if (length > len)
		return igdpt_priv_fail(why, IGDPT_F_DMAR_TRUNCATED, TABLE_LENGTH, length, len);
	*dmar = (struct igdpt_dmar){
		.data = p,
		.len = length,
		.host_address_width = p[TABLE_WIDTH] + 1u,
		.flags = p[TABLE_FLAGS],
		.revision = p[TABLE_REVISION],
		.checksum_ok = byte_sum(p, length) == 0,
	};
	return 0;
}

static void read_drhd(const uint8_t *p, struct igdpt_dmar_structure *s)
{
	s->flags = p[4];
	s->register_size = p[5];
	s->segment = get_le16(p + 6);
	s->base = get_le64(p + 8);
}

static void read_rmrr(const uint8_t *p, struct igdpt_dmar_structure *s)
{
	s->segment = get_le16(p + 6);
	s->base = get_le64(p + 8);
	s->end = get_le64(p + 16);
}

/* ATSR, SATC and SIDP; byte 4 of SIDP is reserved. */
static void read_scoped(const uint8_t *p, struct igdpt_dmar_structure *s)
{
	s->flags = s->type == IGDPT_DMAR_SIDP ? 0 : p[4];
	s->segment = get_le16(p + 6);
}

static void read_rhsa(const uint8_t *p, struct igdpt_dmar_structure *s)
{
	s->base = get_le64(p + 8);
	s->proximity_domain = get_le32(p + 16);
}

static void read_andd(const uint8_t *p, struct igdpt_dmar_structure *s)
{
	const uint8_t *name = p + types[IGDPT_DMAR_ANDD].fixed;
	const uint8_t *nul = memchr(name, 0, s->length - types[IGDPT_DMAR_ANDD].fixed);

	s->device_number = p[7];
	s->name = (const char *)name;
	s->name_bytes = nul ? (uint32_t)(nul - name) : s->length - types[IGDPT_DMAR_ANDD].fixed;
}

/* p holds s->length bytes. */
static void read_structure(const uint8_t *p, struct igdpt_dmar_structure *s)
{
	static void (*const readers[])(const uint8_t *p, struct igdpt_dmar_structure *s) = {
		read_drhd, read_rmrr, read_scoped, read_rhsa, read_andd, read_scoped, read_scoped,
	};

	if (s->type >= ARRAY_SIZE(types))
		s->state = IGDPT_DMAR_UNKNOWN;
	else if (s->length < types[s->type].fixed)
		s->state = IGDPT_DMAR_SHORT;
	else
		readers[s->type](p, s);
	if (s->state == IGDPT_DMAR_READ)
		s->scopes = types[s->type].scopes;
}

static int structure_at(const struct igdpt_dmar *dmar, uint64_t at, struct igdpt_dmar_structure *s,
	struct igdpt_finding *why)
{
	const uint8_t *p;

	*s = (struct igdpt_dmar_structure){ .offset = at };
	if (!span_ok(dmar->len, at, STRUCTURE_HEADER))
		return igdpt_priv_fail(why, IGDPT_F_DMAR_STRUCTURE_END, at, STRUCTURE_HEADER,
			dmar->len - at);
	p = dmar->data + at;
	s->type = get_le16(p);
	s->length = get_le16(p + 2);
	if (s->length < STRUCTURE_HEADER)
		return igdpt_priv_fail(why, IGDPT_F_DMAR_STRUCTURE_LENGTH, at + 2, s->length,
			STRUCTURE_HEADER);
	if (!span_ok(dmar->len, at, s->length))
		return igdpt_priv_fail(why, IGDPT_F_DMAR_STRUCTURE_END, at, s->length, dmar->len - at);
	read_structure(p, s);
	return 0;
}

int igdpt_dmar_next(const struct igdpt_dmar *dmar, struct igdpt_dmar_structure *s,
	struct igdpt_finding *why)
{
	struct igdpt_dmar_structure known;
	uint64_t at;
	int rc;

	if (!dmar || !s)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	rc = igdpt_priv_struct_in(&known, sizeof(known), V1(igdpt_dmar_structure), s, why);
	if (rc < 0)
		return rc;
	at = known.offset ? known.offset + known.length : IGDPT_DMAR_HEADER_BYTES;
	if (at >= dmar->len)
		return 0;
	rc = structure_at(dmar, at, &known, why);
	if (rc == 0)
		rc = igdpt_priv_struct_out(s, &known, sizeof(known), V1(igdpt_dmar_structure));
	return rc < 0 ? rc : 1;
}

/* p has `room` bytes to the end of the structure, at least one. */
static int scope_at(const uint8_t *p, uint64_t room, uint64_t at, struct igdpt_dmar_scope *scope,
	struct igdpt_finding *why)
{
	if (room < 2)
		return igdpt_priv_fail(why, IGDPT_F_DMAR_SCOPE_END, at, SCOPE_HEADER, room);
	if (p[1] < SCOPE_HEADER)
		return igdpt_priv_fail(why, IGDPT_F_DMAR_SCOPE_LENGTH, at + 1, p[1], SCOPE_HEADER);
	if (p[1] > room)
		return igdpt_priv_fail(why, IGDPT_F_DMAR_SCOPE_END, at, p[1], room);
	*scope = (struct igdpt_dmar_scope){
		.type = p[0],
		.offset = at,
		.length = p[1],
		.flags = p[2],
		.reserved = p[3],
		.enumeration_id = p[4],
		.bus = p[5],
		.path_count = (p[1] - SCOPE_HEADER) / 2u,
		.path = p + SCOPE_HEADER,
	};
	return 0;
}

int igdpt_dmar_scope_next(const struct igdpt_dmar *dmar, const struct igdpt_dmar_structure *s,
	struct igdpt_dmar_scope *scope, struct igdpt_finding *why)
{
	struct igdpt_dmar_structure in;
	struct igdpt_dmar_scope known;
	uint64_t at, end;
	int rc;

	if (!dmar || !s || !scope)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	rc = igdpt_priv_struct_in(&in, sizeof(in), V1(igdpt_dmar_structure), s, why);
	if (rc == 0)
		rc = igdpt_priv_struct_in(&known, sizeof(known), V1(igdpt_dmar_scope), scope, why);
	if (rc < 0)
		return rc;
	at = known.offset ? known.offset + known.length : in.offset + in.scopes;
	end = in.offset + in.length;
	if (!in.scopes || at >= end || end > dmar->len)
		return 0;
	rc = scope_at(dmar->data + at, end - at, at, &known, why);
	if (rc == 0)
		rc = igdpt_priv_struct_out(scope, &known, sizeof(known), V1(igdpt_dmar_scope));
	return rc < 0 ? rc : 1;
}

/* The function that pair `hop` of a path names on a bus. */
static int hop_address(const struct igdpt_dmar_scope *scope, uint32_t hop, uint32_t segment,
	uint32_t bus, uint32_t *address, struct igdpt_finding *why)
{
	uint32_t device = scope->path[2 * hop], function = scope->path[2 * hop + 1];
	uint64_t at = scope->offset + SCOPE_HEADER + 2 * hop;

	if (device > 31 || function > 7 || bus > 255)
		return igdpt_priv_fail(why, IGDPT_F_DMAR_SCOPE_PATH, at, device << 8 | function, 0x1f07);
	*address = segment << 16 | bus << 8 | device << 3 | function;
	return 0;
}

int igdpt_dmar_resolve(const struct igdpt_dmar_scope *scope, uint32_t segment,
	igdpt_dmar_bridge_fn bridge, void *user, uint32_t *address, struct igdpt_finding *why)
{
	uint32_t result;
	int rc, bus;

	if (!scope || !address || segment > UINT16_MAX)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, segment, UINT16_MAX);
	if (!scope->path_count)
		return igdpt_priv_fail(why, IGDPT_F_DMAR_SCOPE_EMPTY, scope->offset, 0, 0);
	rc = hop_address(scope, 0, segment, scope->bus, &result, why);
	for (uint32_t hop = 1; rc == 0 && hop < scope->path_count; hop++) {
		bus = bridge ? bridge(user, result) : -1;
		if (bus < 0 || bus > UINT16_MAX)
			return igdpt_priv_fail(why, IGDPT_F_DMAR_BRIDGE, scope->offset, result, 0);
		rc = hop_address(scope, hop, segment, (uint32_t)bus & 0xff, &result, why);
	}
	if (rc == 0)
		*address = result;
	return rc;
}

/* An RMRR among those compared with each other: three words of the caller's scratch. */
struct claim {
	uint64_t base, end, offset;
};

struct judge {
	struct igdpt_priv_report report;
	const struct igdpt_dmar *dmar;
	const struct igdpt_ranges *firmware;
	struct claim *claims;
	uint64_t room;
	uint64_t rmrrs;
	bool has_drhd;
};

static void judge_header(struct judge *j)
{
	const uint8_t *p = j->dmar->data;

	if (!j->dmar->checksum_ok)
		igdpt_priv_report(&j->report, IGDPT_F_DMAR_CHECKSUM, TABLE_CHECKSUM, p[TABLE_CHECKSUM],
			(uint8_t)(p[TABLE_CHECKSUM] - byte_sum(p, j->dmar->len)));
	if (p[TABLE_WIDTH] < WIDTH_MIN)
		igdpt_priv_report(&j->report, IGDPT_F_DMAR_WIDTH, TABLE_WIDTH, p[TABLE_WIDTH], WIDTH_MIN);
}

static void judge_drhd(struct judge *j, const struct igdpt_dmar_structure *s)
{
	j->has_drhd = true;
	if (!s->base)
		igdpt_priv_report(&j->report, IGDPT_F_DMAR_DRHD_BASE, s->offset + 8, s->base, 0);
	else if (s->base % PAGE_SIZE_4K)
		igdpt_priv_report(&j->report, IGDPT_F_DMAR_DRHD_ALIGN, s->offset + 8, s->base, 0);
}

static bool beyond_width(const struct igdpt_dmar *dmar, uint64_t address)
{
	return dmar->host_address_width < 64 && address >> dmar->host_address_width;
}

static void judge_reserved(struct judge *j, const struct igdpt_dmar_structure *s)
{
	struct igdpt_range hit;

	if (!j->firmware || (igdpt_ranges_overlap(j->firmware, s->base, s->end, &hit) &&
		hit.first <= s->base && hit.last >= s->end))
		return;
	igdpt_priv_report(&j->report, IGDPT_F_DMAR_RMRR_NOT_RESERVED, s->offset + 8, s->base, s->end);
}

static void judge_rmrr(struct judge *j, const struct igdpt_dmar_structure *s)
{
	if (s->base % PAGE_SIZE_4K)
		igdpt_priv_report(&j->report, IGDPT_F_DMAR_RMRR_BASE, s->offset + 8, s->base, s->end);
	if ((s->end + 1) % PAGE_SIZE_4K)
		igdpt_priv_report(&j->report, IGDPT_F_DMAR_RMRR_END, s->offset + 16, s->end, s->base);
	if (beyond_width(j->dmar, s->end))
		igdpt_priv_report(&j->report, IGDPT_F_DMAR_RMRR_WIDTH, s->offset + 16, s->end,
			j->dmar->host_address_width);
	if (s->length <= s->scopes)
		igdpt_priv_report(&j->report, IGDPT_F_DMAR_RMRR_NO_SCOPE, s->offset + 2, s->length, 0);
	if (s->end <= s->base) {
		igdpt_priv_report(&j->report,
			s->end + 1 == s->base ? IGDPT_F_DMAR_RMRR_EMPTY : IGDPT_F_DMAR_RMRR_ORDER,
			s->offset + 16, s->end, s->base);
		return;
	}
	judge_reserved(j, s);
	if (j->rmrrs < j->room)
		j->claims[j->rmrrs] = (struct claim){ s->base, s->end, s->offset };
	j->rmrrs++;
}

static void judge_andd(struct judge *j, const struct igdpt_dmar_structure *s)
{
	if (s->name_bytes + types[IGDPT_DMAR_ANDD].fixed == s->length)
		igdpt_priv_report(&j->report, IGDPT_F_DMAR_ANDD_NAME,
			s->offset + types[IGDPT_DMAR_ANDD].fixed, s->name_bytes, 0);
}

static void judge_scope(struct judge *j, const struct igdpt_dmar_scope *scope)
{
	uint32_t address;

	if (!scope->type || scope->type > SCOPE_MAX)
		igdpt_priv_report(&j->report, IGDPT_F_DMAR_SCOPE_TYPE, scope->offset, scope->type,
			SCOPE_MAX);
	if ((scope->length - SCOPE_HEADER) % 2)
		igdpt_priv_report(&j->report, IGDPT_F_DMAR_SCOPE_ODD, scope->offset + 1, scope->length, 0);
	if (!scope->path_count)
		igdpt_priv_report(&j->report, IGDPT_F_DMAR_SCOPE_EMPTY, scope->offset, scope->length, 8);
	for (uint32_t hop = 0; hop < scope->path_count; hop++) {
		struct igdpt_finding why = { .size = sizeof(why) };

		if (hop_address(scope, hop, 0, 0, &address, &why) < 0)
			igdpt_priv_report(&j->report, why.id, why.offset, why.value, why.want);
	}
}

static void judge_scopes(struct judge *j, const struct igdpt_dmar_structure *s)
{
	struct igdpt_dmar_scope scope = { .size = sizeof(scope) };
	struct igdpt_finding why = { .size = sizeof(why) };
	int rc;

	while ((rc = igdpt_dmar_scope_next(j->dmar, s, &scope, &why)) > 0)
		judge_scope(j, &scope);
	if (rc < 0)
		igdpt_priv_report(&j->report, why.id, why.offset, why.value, why.want);
}

static void judge_structure(struct judge *j, const struct igdpt_dmar_structure *s)
{
	if (s->state == IGDPT_DMAR_UNKNOWN)
		igdpt_priv_report(&j->report, IGDPT_F_DMAR_STRUCTURE_TYPE, s->offset, s->type,
			ARRAY_SIZE(types) - 1);
	else if (s->state == IGDPT_DMAR_SHORT)
		igdpt_priv_report(&j->report, IGDPT_F_DMAR_STRUCTURE_SHORT, s->offset + 2, s->length,
			types[s->type].fixed);
	else if (s->type == IGDPT_DMAR_DRHD)
		judge_drhd(j, s);
	else if (s->type == IGDPT_DMAR_RMRR)
		judge_rmrr(j, s);
	else if (s->type == IGDPT_DMAR_ANDD)
		judge_andd(j, s);
	judge_scopes(j, s);
}

static bool by_base(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;

	return x->base == y->base ? x->offset < y->offset : x->base < y->base;
}

static void judge_overlaps(struct judge *j)
{
	uint64_t n = j->rmrrs < j->room ? j->rmrrs : j->room;
	const struct claim *widest = j->claims;

	if (j->rmrrs > j->room)
		igdpt_priv_report(&j->report, IGDPT_F_DMAR_RMRR_MANY, IGDPT_NO_OFFSET, j->rmrrs, j->room);
	igdpt_priv_sort(j->claims, (size_t)n, sizeof(*j->claims), by_base);
	for (const struct claim *c = j->claims + 1; n && c < j->claims + n; c++) {
		if (c->base <= widest->end)
			igdpt_priv_report(&j->report, IGDPT_F_DMAR_RMRR_OVERLAP, c->offset + 8, c->base,
				widest->end);
		if (c->end > widest->end)
			widest = c;
	}
}

static void judge_table(struct judge *j)
{
	struct igdpt_dmar_structure s = { .size = sizeof(s) };
	struct igdpt_finding why = { .size = sizeof(why) };
	int rc;

	judge_header(j);
	while ((rc = igdpt_dmar_next(j->dmar, &s, &why)) > 0)
		judge_structure(j, &s);
	if (rc < 0)
		igdpt_priv_report(&j->report, why.id, why.offset, why.value, why.want);
	if (!j->has_drhd)
		igdpt_priv_report(&j->report, IGDPT_F_DMAR_NO_DRHD, IGDPT_NO_OFFSET, 0, 1);
	judge_overlaps(j);
}

int igdpt_dmar_validate(const struct igdpt_dmar *dmar, const struct igdpt_dmar_validate_opts *opts,
	igdpt_finding_fn fn, void *user)
{
	struct igdpt_dmar_validate_opts known;
	struct claim few[64];
	struct judge j = { .report = { .fn = fn, .user = user }, .dmar = dmar };
	int rc = igdpt_priv_struct_in(&known, sizeof(known), V1(igdpt_dmar_validate_opts), opts, NULL);

	if (rc < 0)
		return rc;
	if (!dmar)
		return -IGDPT_E_INVALID;
	if (known.reserved)
		return -IGDPT_E_ABI_UNKNOWN;
	j.firmware = known.firmware;
	j.claims = known.work ? (struct claim *)known.work : few;
	j.room = known.work ? known.words / 3 : ARRAY_SIZE(few);
	judge_table(&j);
	return j.report.errors;
}

/* Output under construction; without a buffer it only counts. */
struct writer {
	uint8_t *out;
	uint64_t used;
};

static uint8_t *put(struct writer *w, const void *bytes, uint64_t n)
{
	uint8_t *at = w->out ? w->out + w->used : NULL;

	if (at && bytes)
		memcpy(at, bytes, (size_t)n);
	w->used += n;
	return at;
}

static void put_header(struct writer *w, const struct igdpt_dmar_build_opts *o)
{
	static const char oem[] = "IGDPT LIBIGDPT\1\0\0\0IGPT\1\0\0\0";
	const struct igdpt_dmar *from = o->from;
	uint8_t header[IGDPT_DMAR_HEADER_BYTES] = { 'D', 'M', 'A', 'R' };

	header[TABLE_REVISION] = 1;
	memcpy(header + TABLE_OEM_ID, oem, sizeof(oem) - 1);
	if (from) {
		memcpy(header, from->data, sizeof(header));
		put_le32(header + TABLE_OEM_REVISION, get_le32(header + TABLE_OEM_REVISION) + 1);
	} else {
		header[TABLE_WIDTH] = 38;
	}
	if (o->oem_revision)
		put_le32(header + TABLE_OEM_REVISION, o->oem_revision);
	if (o->host_address_width)
		header[TABLE_WIDTH] = (uint8_t)(o->host_address_width - 1);
	header[TABLE_FLAGS] |= (uint8_t)o->flags;
	put(w, header, sizeof(header));
}

/* The structures of another table with first <= type <= last, in its order. */
static int put_structures(struct writer *w, const struct igdpt_dmar *from, uint32_t first,
	uint32_t last, struct igdpt_finding *why)
{
	struct igdpt_dmar_structure s = { .size = sizeof(s) };
	int rc;

	while ((rc = igdpt_dmar_next(from, &s, why)) > 0) {
		if (s.type >= first && s.type <= last)
			put(w, from->data + s.offset, s.length);
	}
	return rc;
}

static void put_drhd(struct writer *w, uint64_t base)
{
	uint8_t drhd[16] = { IGDPT_DMAR_DRHD, 0, sizeof(drhd), 0, IGDPT_DMAR_INCLUDE_PCI_ALL };

	put_le64(drhd + 8, base ? base : 0xfed90000);
	put(w, drhd, sizeof(drhd));
}

static int put_scope(struct writer *w, const struct igdpt_dmar_build_scope *scope,
	struct igdpt_finding *why)
{
	const uint32_t bytes[] = { scope->type, scope->enumeration_id, scope->bus };
	uint8_t header[SCOPE_HEADER] = { (uint8_t)scope->type };

	if (!scope->path)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, scope->path_count, 0);
	if (!scope->path_count || scope->path_count > (255 - SCOPE_HEADER) / 2)
		return igdpt_priv_fail(why, IGDPT_F_DMAR_BUILD, IGDPT_NO_OFFSET, scope->path_count,
			(255 - SCOPE_HEADER) / 2);
	for (size_t i = 0; i < ARRAY_SIZE(bytes); i++) {
		if (bytes[i] > 255)
			return igdpt_priv_fail(why, IGDPT_F_DMAR_BUILD, IGDPT_NO_OFFSET, bytes[i], 255);
	}
	for (uint32_t i = 0; i < 2 * scope->path_count; i++) {
		if (scope->path[i] > (i % 2 ? 7 : 31))
			return igdpt_priv_fail(why, IGDPT_F_DMAR_BUILD, IGDPT_NO_OFFSET, scope->path[i],
				i % 2 ? 7 : 31);
	}
	header[1] = (uint8_t)(SCOPE_HEADER + 2 * scope->path_count);
	header[4] = (uint8_t)scope->enumeration_id;
	header[5] = (uint8_t)scope->bus;
	put(w, header, sizeof(header));
	put(w, scope->path, 2 * (uint64_t)scope->path_count);
	return 0;
}

static int put_rmrr(struct writer *w, const struct igdpt_dmar_build_rmrr *rmrr,
	struct igdpt_finding *why)
{
	uint8_t header[24] = { IGDPT_DMAR_RMRR };
	uint64_t start = w->used;
	uint8_t *at;
	int rc = 0;

	if (rmrr->scope_count && !rmrr->scopes)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, rmrr->scope_count, 0);
	if (rmrr->segment > UINT16_MAX)
		return igdpt_priv_fail(why, IGDPT_F_DMAR_BUILD, IGDPT_NO_OFFSET, rmrr->segment,
			UINT16_MAX);
	put_le16(header + 6, (uint16_t)rmrr->segment);
	put_le64(header + 8, rmrr->base);
	put_le64(header + 16, rmrr->end);
	at = put(w, header, sizeof(header));
	for (uint32_t i = 0; rc == 0 && i < rmrr->scope_count && w->used - start <= UINT16_MAX; i++)
		rc = put_scope(w, &rmrr->scopes[i], why);
	if (rc == 0 && w->used - start > UINT16_MAX)
		rc = igdpt_priv_fail(why, IGDPT_F_DMAR_BUILD, IGDPT_NO_OFFSET, w->used - start, UINT16_MAX);
	if (at && rc == 0)
		put_le16(at + 2, (uint16_t)(w->used - start));
	return rc;
}

static int put_table(struct writer *w, const struct igdpt_dmar_build_opts *o,
	struct igdpt_finding *why)
{
	int rc = 0;

	put_header(w, o);
	if (o->from)
		rc = put_structures(w, o->from, IGDPT_DMAR_DRHD, IGDPT_DMAR_DRHD, why);
	else
		put_drhd(w, o->drhd_base);
	for (uint64_t i = 0; rc == 0 && i < o->rmrr_count; i++)
		rc = put_rmrr(w, &o->rmrrs[i], why);
	if (rc == 0 && o->from)
		rc = put_structures(w, o->from, IGDPT_DMAR_ATSR, UINT32_MAX, why);
	if (rc == 0 && w->used > UINT32_MAX)
		rc = igdpt_priv_fail(why, IGDPT_F_DMAR_BUILD, IGDPT_NO_OFFSET, w->used, UINT32_MAX);
	return rc;
}

static int check_build(const struct igdpt_dmar_build_opts *o, struct igdpt_finding *why)
{
	if (o->rmrr_count && !o->rmrrs)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, o->rmrr_count, 0);
	if (o->host_address_width && (o->host_address_width <= WIDTH_MIN || o->host_address_width > 256))
		return igdpt_priv_fail(why, IGDPT_F_DMAR_BUILD, IGDPT_NO_OFFSET, o->host_address_width,
			o->host_address_width > 256 ? 256 : WIDTH_MIN + 1);
	if (o->flags > UINT8_MAX)
		return igdpt_priv_fail(why, IGDPT_F_DMAR_BUILD, IGDPT_NO_OFFSET, o->flags, UINT8_MAX);
	return 0;
}

int igdpt_dmar_build(const struct igdpt_dmar_build_opts *opts, void *buf, size_t *len,
	struct igdpt_finding *why)
{
	struct igdpt_dmar_build_opts o;
	struct writer count = { NULL, 0 }, w = { buf, 0 };
	int rc = igdpt_priv_struct_in(&o, sizeof(o), V1(igdpt_dmar_build_opts), opts, why);

	if (rc == 0)
		rc = check_build(&o, why);
	if (rc == 0)
		rc = put_table(&count, &o, why);
	if (rc == 0)
		rc = igdpt_priv_room(buf, len, (size_t)count.used, why);
	if (rc == 0)
		rc = put_table(&w, &o, why);
	if (rc < 0)
		return rc;
	put_le32(w.out + TABLE_LENGTH, (uint32_t)w.used);
	w.out[TABLE_CHECKSUM] = 0;
	w.out[TABLE_CHECKSUM] = (uint8_t)-byte_sum(w.out, (size_t)w.used);
	return 0;
}
