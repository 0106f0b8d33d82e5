/* SPDX-License-Identifier: MIT
 *
 * A DMAR table that may say anything: walks stay inside and end, the validator tells where they
 * break, and a table that is built from what was read reads the same.
 */
#include "fuzz.h"

#include <stdlib.h>

#define RMRRS 16u
#define SCOPES 8u

static int bridge(void *user, uint32_t address)
{
	(void)user;
	return address % 5 ? (int)(address % 256 | (address / 3 % 256) << 8) : -1;
}

static void scopes_inside(const struct igdpt_dmar *dmar, const struct igdpt_dmar_structure *s)
{
	struct igdpt_dmar_scope scope = { .size = sizeof(scope) };
	uint64_t end = s->offset;
	uint32_t address;

	while (igdpt_dmar_scope_next(dmar, s, &scope, NULL) > 0) {
		must(scope.offset > end && scope.length >= 6);
		must(span_ok(s->offset + s->length, scope.offset, scope.length));
		must(fuzz_inside(dmar->data, dmar->len, scope.path, 2 * (size_t)scope.path_count));
		must(6 + 2 * scope.path_count <= scope.length);
		end = scope.offset;
		if (igdpt_dmar_resolve(&scope, s->segment, bridge, NULL, &address, NULL) == 0)
			must(address >> 16 == s->segment);
		if (igdpt_dmar_resolve(&scope, s->segment, NULL, NULL, &address, NULL) == 0)
			must(scope.path_count == 1);
	}
}

/* The finding that stopped the walk, 0 if it came to the end. */
static uint32_t walk(const struct igdpt_dmar *dmar)
{
	struct igdpt_dmar_structure s = { .size = sizeof(s) };
	struct igdpt_finding why = { .size = sizeof(why) };
	uint64_t end = IGDPT_DMAR_HEADER_BYTES;
	int rc;

	while ((rc = igdpt_dmar_next(dmar, &s, &why)) > 0) {
		must(s.offset == end && s.length >= 4 && span_ok(dmar->len, s.offset, s.length));
		must(!s.name || fuzz_inside(dmar->data, dmar->len, s.name, s.name_bytes));
		end = s.offset + s.length;
		scopes_inside(dmar, &s);
	}
	must((rc == 0) == (why.id == 0));
	must(rc < 0 || end == dmar->len);
	must(igdpt_dmar_next(dmar, &s, NULL) == rc);
	return why.id;
}

/* Room for one reservation: that more could not be compared is said. */
static void judge_crowd(const struct igdpt_dmar *dmar)
{
	uint64_t work[3];
	struct igdpt_dmar_validate_opts opts = { .size = sizeof(opts), .work = work,
		.words = COUNT(work) };
	struct fuzz_findings seen = { .limit = UINT64_MAX, .wanted = IGDPT_F_DMAR_RMRR_MANY };
	struct igdpt_dmar_structure s = { .size = sizeof(s) };
	uint32_t judged = 0;

	while (igdpt_dmar_next(dmar, &s, NULL) > 0)
		judged += s.type == IGDPT_DMAR_RMRR && s.state == IGDPT_DMAR_READ && s.end > s.base;
	igdpt_dmar_validate(dmar, &opts, fuzz_note, &seen);
	must(seen.found == (judged > 1));
}

static void judge(const struct igdpt_dmar *dmar, uint32_t broken)
{
	struct igdpt_range reserved[] = { { 0x7a000000, 0x7fffffff }, { 0xfe000000, 0xffffffff } };
	struct igdpt_dmar_validate_opts opts = { .size = sizeof(opts) };
	struct fuzz_findings a = { .limit = dmar->len, .wanted = broken }, b = a, c = a;
	struct igdpt_ranges firmware;
	int errors = igdpt_dmar_validate(dmar, NULL, fuzz_note, &a);

	igdpt_dmar_validate(dmar, &opts, fuzz_note, &b);
	fuzz_same_findings(&a, &b, errors);
	must(!broken || (a.found && errors > 0));
	must(igdpt_ranges_build(&firmware, reserved, COUNT(reserved), NULL, NULL, NULL) == 0);
	opts.firmware = &firmware;
	must(igdpt_dmar_validate(dmar, &opts, fuzz_note, &c) >= 0);
	judge_crowd(dmar);
}

static void foretell(const struct igdpt_dmar *dmar)
{
	static const struct igdpt_rmrr_device devices[] = { { 0x10, 0x030000 }, { 0xa0, 0x0c0330 },
		{ 0xf8, 0x060100 }, { 0x100, 0x020000 } };

	for (uint32_t flags = 0; flags < 4; flags++) {
		struct igdpt_rmrr_predict_opts opts = { .size = sizeof(opts), .flags = flags,
			.devices = devices, .device_count = COUNT(devices), .bridge = bridge };
		struct igdpt_rmrr_region *regions;
		size_t need = 0, n;
		int rc = igdpt_rmrr_predict(dmar, &opts, NULL, &need, NULL);

		if (rc != -IGDPT_E_NOSPACE)
			continue;
		regions = malloc(need * sizeof(*regions));
		n = need;
		must(regions && igdpt_rmrr_predict(dmar, &opts, regions, &n, NULL) == 0);
		must(n == need || (n < need && (flags & IGDPT_RMRR_AS_SYSFS)));
		for (size_t i = 0; i < n; i++)
			must(regions[i].type >= IGDPT_RMRR_DIRECT && regions[i].type <= IGDPT_RMRR_OTHER);
		free(regions);
	}
}

struct reservations {
	struct igdpt_dmar_build_rmrr rmrrs[RMRRS];
	struct igdpt_dmar_build_scope scopes[RMRRS][SCOPES];
	uint32_t count;
	uint32_t others; /* structures that are no RMRR */
};

static void take_scopes(const struct igdpt_dmar *dmar, const struct igdpt_dmar_structure *s,
	struct igdpt_dmar_build_rmrr *r, struct igdpt_dmar_build_scope *out)
{
	struct igdpt_dmar_scope scope = { .size = sizeof(scope) };

	while (r->scope_count < SCOPES && igdpt_dmar_scope_next(dmar, s, &scope, NULL) > 0)
		out[r->scope_count++] = (struct igdpt_dmar_build_scope){ scope.type,
			scope.enumeration_id, scope.bus, scope.path_count, scope.path };
	r->scopes = out;
}

static void take_reservations(const struct igdpt_dmar *dmar, struct reservations *out)
{
	struct igdpt_dmar_structure s = { .size = sizeof(s) };

	*out = (struct reservations){ .count = 0 };
	while (igdpt_dmar_next(dmar, &s, NULL) > 0) {
		struct igdpt_dmar_build_rmrr *r = &out->rmrrs[out->count];

		out->others += s.type != IGDPT_DMAR_RMRR;
		if (s.type != IGDPT_DMAR_RMRR || s.state != IGDPT_DMAR_READ || out->count == RMRRS)
			continue;
		*r = (struct igdpt_dmar_build_rmrr){ .base = s.base, .end = s.end, .segment = s.segment };
		take_scopes(dmar, &s, r, out->scopes[out->count++]);
	}
}

static void same_reservations(const struct reservations *a, const struct reservations *b)
{
	must(a->count == b->count && a->others == b->others);
	for (uint32_t i = 0; i < a->count; i++) {
		const struct igdpt_dmar_build_rmrr *x = &a->rmrrs[i], *y = &b->rmrrs[i];

		must(x->base == y->base && x->end == y->end && x->segment == y->segment);
		must(x->scope_count == y->scope_count);
		for (uint32_t k = 0; k < x->scope_count; k++) {
			const struct igdpt_dmar_build_scope *s = &x->scopes[k], *t = &y->scopes[k];

			must(s->type == t->type && s->enumeration_id == t->enumeration_id);
			must(s->bus == t->bus && s->path_count == t->path_count);
			must(memcmp(s->path, t->path, 2 * (size_t)s->path_count) == 0);
		}
	}
}

/* Decode after encode: the RMRRs that were read, put back among the table's other structures. */
static void rebuild(const struct igdpt_dmar *dmar)
{
	static struct reservations before, after;
	struct igdpt_dmar_build_opts opts = { .size = sizeof(opts), .from = dmar,
		.rmrrs = before.rmrrs };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_dmar built;
	size_t len = 0;
	uint8_t *out;
	int rc;

	take_reservations(dmar, &before);
	opts.rmrr_count = before.count;
	rc = igdpt_dmar_build(&opts, NULL, &len, &why);
	must(rc < 0 && why.id);
	if (rc != -IGDPT_E_NOSPACE)
		return;
	out = malloc(len);
	must(out && igdpt_dmar_build(&opts, out, &len, NULL) == 0);
	must(igdpt_dmar_init(&built, out, len, NULL) == 0 && built.len == len && built.checksum_ok);
	must(built.host_address_width == dmar->host_address_width && built.flags == dmar->flags);
	take_reservations(&built, &after);
	same_reservations(&before, &after);
	free(out);
}

/* A table of its own, with numbers from the input: what fits its field is read back. */
static void build_fresh(const uint8_t *data, size_t len)
{
	static const uint8_t path[] = { 2, 0 };
	struct fuzz_reader in = { data, len };
	struct igdpt_dmar_build_scope scope = { .path = path };
	struct igdpt_dmar_build_rmrr rmrr = { .scopes = &scope, .scope_count = 1 };
	struct igdpt_dmar_build_opts opts = { .size = sizeof(opts), .rmrrs = &rmrr, .rmrr_count = 1 };
	struct igdpt_dmar_structure s = { .size = sizeof(s) };
	uint8_t out[256];
	size_t room = sizeof(out);
	struct igdpt_dmar dmar;

	opts.host_address_width = (uint32_t)fuzz_number(&in, 2) % 300;
	opts.flags = (uint32_t)fuzz_number(&in, 2) % 300;
	opts.oem_revision = (uint32_t)fuzz_number(&in, 1);
	opts.drhd_base = fuzz_number(&in, 2) << 12;
	rmrr.base = fuzz_number(&in, 8);
	rmrr.end = fuzz_number(&in, 8);
	rmrr.segment = (uint32_t)fuzz_number(&in, 3) % 0x10010;
	scope.type = (uint32_t)fuzz_number(&in, 2) % 260;
	scope.path_count = fuzz_below(&in, 16) ? 1 : 40000;
	if (scope.path_count > 1)
		rmrr.scope_count = 0;
	if (igdpt_dmar_build(&opts, out, &room, NULL) < 0)
		return;
	must(igdpt_dmar_init(&dmar, out, room, NULL) == 0 && dmar.checksum_ok);
	must(!opts.host_address_width || dmar.host_address_width == opts.host_address_width);
	while (igdpt_dmar_next(&dmar, &s, NULL) > 0)
		must(s.type != IGDPT_DMAR_RMRR || (s.base == rmrr.base && s.end == rmrr.end &&
			s.segment == rmrr.segment));
}

static int build_with(struct igdpt_dmar_build_opts opts, const struct igdpt_dmar_build_rmrr *rmrr)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	size_t len = 0;
	int rc;

	opts.size = sizeof(opts);
	opts.rmrrs = rmrr;
	opts.rmrr_count = 1;
	rc = igdpt_dmar_build(&opts, NULL, &len, &why);
	must(rc < 0 && why.id);
	return rc;
}

/* What has no room in its field is refused. */
static void refuse_to_build(void)
{
	static const uint8_t path[2 * 124];
	static struct igdpt_dmar_build_scope many[260];
	struct igdpt_dmar_build_scope wide = { .type = 256, .path_count = 1, .path = path };
	struct igdpt_dmar_build_rmrr rmrr = { .end = 0xfff, .scopes = &wide, .scope_count = 1 };

	must(build_with((struct igdpt_dmar_build_opts){ .size = 0 }, NULL) == -IGDPT_E_INVALID);
	must(build_with((struct igdpt_dmar_build_opts){ .flags = 256 }, &rmrr) == -IGDPT_E_RANGE);
	must(build_with((struct igdpt_dmar_build_opts){ .size = 0 }, &rmrr) == -IGDPT_E_RANGE);
	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = (struct igdpt_dmar_build_scope){ .type = 1, .path_count = 124, .path = path };
	rmrr.scopes = many;
	rmrr.scope_count = COUNT(many);
	must(build_with((struct igdpt_dmar_build_opts){ .size = 0 }, &rmrr) == -IGDPT_E_RANGE);
	rmrr.scope_count = 0;
	must(build_with((struct igdpt_dmar_build_opts){ .size = 0 }, &rmrr) == -IGDPT_E_NOSPACE);
	rmrr.segment = 0x10000;
	must(build_with((struct igdpt_dmar_build_opts){ .size = 0 }, &rmrr) == -IGDPT_E_RANGE);
}

/* Arguments that are none are refused. */
static void refuse(const struct igdpt_dmar *dmar)
{
	struct igdpt_dmar_structure s = { .size = 3 };
	struct igdpt_dmar_scope scope = { .size = sizeof(scope) };
	struct igdpt_dmar_validate_opts opts = { .size = sizeof(opts), .reserved = 1 };
	struct igdpt_rmrr_predict_opts predict = { .size = 3 };
	struct igdpt_dmar view;
	uint32_t address;
	size_t n = 0;

	must(igdpt_dmar_init(NULL, NULL, 0, NULL) == -IGDPT_E_INVALID);
	must(igdpt_dmar_init(&view, dmar->data, IGDPT_DMAR_HEADER_BYTES - 1, NULL) < 0);
	must(igdpt_dmar_next(NULL, &s, NULL) == -IGDPT_E_INVALID);
	must(igdpt_dmar_next(dmar, &s, NULL) == -IGDPT_E_ABI_SIZE);
	must(igdpt_dmar_scope_next(NULL, &s, &scope, NULL) == -IGDPT_E_INVALID);
	must(igdpt_dmar_scope_next(dmar, &s, &scope, NULL) == -IGDPT_E_ABI_SIZE);
	must(igdpt_dmar_resolve(NULL, 0, NULL, NULL, &address, NULL) == -IGDPT_E_INVALID);
	must(igdpt_dmar_resolve(&scope, 0x10000, NULL, NULL, &address, NULL) < 0);
	must(igdpt_dmar_validate(NULL, NULL, NULL, NULL) == -IGDPT_E_INVALID);
	must(igdpt_dmar_validate(dmar, &opts, NULL, NULL) == -IGDPT_E_ABI_UNKNOWN);
	opts.size = 3;
	must(igdpt_dmar_validate(dmar, &opts, NULL, NULL) == -IGDPT_E_ABI_SIZE);
	must(igdpt_finding_describe(IGDPT_F_DMAR_SHORT, NULL) == -IGDPT_E_INVALID);
	/* It takes long, and depends on no byte: not for every table. */
	if (dmar->checksum_ok && dmar->len % 8 == 0)
		refuse_to_build();
	must(igdpt_dmar_build(NULL, NULL, NULL, NULL) < 0);
	must(igdpt_rmrr_predict(dmar, &predict, NULL, &n, NULL) == -IGDPT_E_ABI_SIZE);
	must(igdpt_rmrr_predict(NULL, NULL, NULL, &n, NULL) == -IGDPT_E_INVALID);
}

void fuzz_one(const uint8_t *data, size_t len)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_dmar dmar;

	build_fresh(data, len);
	if (igdpt_dmar_init(&dmar, data, len, &why) < 0) {
		must(why.id && why.error < 0 && why.offset <= len);
		return;
	}
	must(dmar.data == data && dmar.len <= len && dmar.len >= IGDPT_DMAR_HEADER_BYTES);
	must(dmar.checksum_ok == (byte_sum(data, dmar.len) == 0));
	judge(&dmar, walk(&dmar));
	foretell(&dmar);
	rebuild(&dmar);
	refuse(&dmar);
}

/* ---- Mutators ------------------------------------------------------------------------------- */

/* A structure of any type with one scope, at the end. */
static size_t append(uint8_t *data, size_t len, size_t max, unsigned *seed)
{
	static const uint8_t fixed[] = { 16, 24, 8, 20, 8, 8, 8 };
	uint32_t type = fuzz_random(seed) % 7, bytes = fixed[type];
	uint32_t pairs = fuzz_random(seed) % 4;
	uint8_t *p = data + len;

	if (max - len < 64)
		return len;
	memset(p, 0, 64);
	p[4] = (uint8_t)fuzz_random(seed) & 1;
	put_le64(p + 8, fuzz_random(seed) & 0xfffff000u);
	put_le64(p + 16, get_le64(p + 8) + (fuzz_random(seed) & 0x1ffffffu) + 0xfff);
	p[bytes] = (uint8_t)(1 + fuzz_random(seed) % 5);
	p[bytes + 1] = (uint8_t)(6 + 2 * pairs);
	memset(p + bytes + 2, 0, 4);
	for (uint32_t i = 0; i < 2 * pairs; i++)
		p[bytes + 6 + i] = (uint8_t)(fuzz_random(seed) % (i % 2 ? 8 : 32));
	put_le16(p, (uint16_t)type);
	put_le16(p + 2, (uint16_t)(bytes + 6 + 2 * pairs));
	return len + bytes + 6 + 2 * pairs;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t max, unsigned seed)
{
	if (max < 256)
		return LLVMFuzzerMutate(data, len, max);
	if (len < IGDPT_DMAR_HEADER_BYTES) {
		memset(data, 0, IGDPT_DMAR_HEADER_BYTES);
		memcpy(data, "DMAR", 4);
		len = IGDPT_DMAR_HEADER_BYTES;
	}
	if (fuzz_random(&seed) % 3 == 0)
		len = append(data, len, max, &seed);
	else
		len = LLVMFuzzerMutate(data, len, max);
	if (len >= IGDPT_DMAR_HEADER_BYTES && fuzz_random(&seed) % 8) {
		put_le32(data + 4, (uint32_t)len);
		fuzz_fix_sum(data, len, 9);
	}
	return len;
}
