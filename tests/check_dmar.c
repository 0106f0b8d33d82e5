/* SPDX-License-Identifier: MIT */
#include "support.h"

#include "bytes.h"
#include "igdpt/dmar.h"

static const uint8_t igd_path[] = { 2, 0 }, usb_path[] = { 0x14, 0 }, deep_path[] = { 0x1c, 0, 0, 0 };

static const struct igdpt_dmar_build_scope igd = { IGDPT_DMAR_SCOPE_ENDPOINT, 0, 0, 1, igd_path };
static const struct igdpt_dmar_build_scope others[] = {
	{ IGDPT_DMAR_SCOPE_ENDPOINT, 0, 0, 1, usb_path },
	{ IGDPT_DMAR_SCOPE_ENDPOINT, 0, 0, 2, deep_path },
};

/* The shape of most machines: one region for USB controllers, one for the IGD. */
static const struct igdpt_dmar_build_rmrr usual[] = {
	{ 0x88e2e000, 0x88e4dfff, 0, 2, others },
	{ 0x8b800000, 0x8fffffff, 0, 1, &igd },
};

#define USUAL_BYTES 138u
#define USUAL_RMRR 64u  /* after the 48-byte header and the 16-byte DRHD */
#define USUAL_SCOPE 88u /* the USB controller's */
#define USUAL_IGD 106u

struct seen {
	unsigned count;
	uint32_t id[64];
	uint64_t offset[64];
};

static void remember(void *user, const struct igdpt_finding *f)
{
	struct seen *seen = user;
	char text[400];

	ck_assert_uint_lt(seen->count, 64);
	ck_assert_int_gt(igdpt_finding_format(f, text, sizeof(text)), 0);
	seen->id[seen->count] = f->id;
	seen->offset[seen->count++] = f->offset;
}

static size_t build(const struct igdpt_dmar_build_rmrr *rmrrs, uint64_t count, uint8_t *buf,
	size_t room)
{
	struct igdpt_dmar_build_opts opts = { .size = sizeof(opts), .rmrrs = rmrrs,
		.rmrr_count = count };

	ck_assert_int_eq(igdpt_dmar_build(&opts, buf, &room, NULL), 0);
	return room;
}

static struct igdpt_dmar view(const uint8_t *data, size_t len)
{
	struct igdpt_dmar dmar;

	ck_assert_int_eq(igdpt_dmar_init(&dmar, data, len, NULL), 0);
	return dmar;
}

static struct seen validate(const uint8_t *data, size_t len)
{
	struct igdpt_dmar dmar = view(data, len);
	struct seen seen = { 0 };

	ck_assert_int_ge(igdpt_dmar_validate(&dmar, NULL, remember, &seen), 0);
	return seen;
}

static void repair(uint8_t *table, size_t len)
{
	table[9] = 0;
	table[9] = (uint8_t)-byte_sum(table, len);
}

START_TEST(what_is_built_is_read_back)
{
	uint8_t table[256];
	size_t len = build(usual, 2, table, sizeof(table));
	struct igdpt_dmar dmar = view(table, len);
	struct igdpt_dmar_structure s = { .size = sizeof(s) };
	struct igdpt_dmar_scope scope = { .size = sizeof(scope) };

	ck_assert_uint_eq(len, USUAL_BYTES);
	ck_assert_uint_eq(dmar.host_address_width, 39);
	ck_assert_uint_eq(dmar.checksum_ok, 1);
	ck_assert_uint_eq(validate(table, len).count, 0);
	ck_assert_int_eq(igdpt_dmar_next(&dmar, &s, NULL), 1);
	ck_assert_uint_eq(s.type, IGDPT_DMAR_DRHD);
	ck_assert_uint_eq(s.base, 0xfed90000);
	ck_assert_uint_eq(s.flags, IGDPT_DMAR_INCLUDE_PCI_ALL);
	ck_assert_int_eq(igdpt_dmar_scope_next(&dmar, &s, &scope, NULL), 0);
	ck_assert_int_eq(igdpt_dmar_next(&dmar, &s, NULL), 1);
	ck_assert_uint_eq(s.offset, USUAL_RMRR);
	ck_assert_uint_eq(s.base, 0x88e2e000);
	ck_assert_uint_eq(s.end, 0x88e4dfff);
	ck_assert_int_eq(igdpt_dmar_scope_next(&dmar, &s, &scope, NULL), 1);
	ck_assert_uint_eq(scope.path_count, 1);
	ck_assert_int_eq(igdpt_dmar_scope_next(&dmar, &s, &scope, NULL), 1);
	ck_assert_uint_eq(scope.path_count, 2);
	ck_assert_mem_eq(scope.path, deep_path, 4);
	ck_assert_int_eq(igdpt_dmar_scope_next(&dmar, &s, &scope, NULL), 0);
	ck_assert_int_eq(igdpt_dmar_next(&dmar, &s, NULL), 1);
	ck_assert_uint_eq(s.base, 0x8b800000);
	ck_assert_int_eq(igdpt_dmar_next(&dmar, &s, NULL), 0);
}
END_TEST

/* The types that the generator does not make: ATSR, RHSA, ANDD, SATC, SIDP and one of the future. */
static const uint8_t rare[] = {
	2, 0, 16, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0x1c, 0,
	3, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0xd9, 0xfe, 0, 0, 0, 0, 7, 0, 0, 0,
	4, 0, 14, 0, 0, 0, 0, 2, '\\', 'I', '2', 'C', 0, 0,
	5, 0, 16, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 2, 0,
	6, 0, 16, 0, 9, 0, 3, 0, 1, 8, 0x1f, 0, 0, 0, 2, 0,
	7, 0, 6, 0, 0xff, 0xff,
};

static size_t append_rare(uint8_t *table, size_t len)
{
	memcpy(table + len, rare, sizeof(rare));
	len += sizeof(rare);
	put_le32(table + 4, (uint32_t)len);
	repair(table, len);
	return len;
}

START_TEST(every_type_is_read_and_newer_ones_are_skipped)
{
	uint8_t table[256];
	size_t len = append_rare(table, build(NULL, 0, table, sizeof(table)));
	struct igdpt_dmar dmar = view(table, len);
	struct igdpt_dmar_structure s = { .size = sizeof(s) };
	struct igdpt_dmar_scope scope = { .size = sizeof(scope) };
	struct seen seen = validate(table, len);

	for (uint32_t type = 0; type <= 7; type += type ? 1 : 2) {
		ck_assert_int_eq(igdpt_dmar_next(&dmar, &s, NULL), 1);
		ck_assert_uint_eq(s.type, type);
		if (type == IGDPT_DMAR_ATSR || type == IGDPT_DMAR_SATC)
			ck_assert_uint_eq(s.flags, 1);
		if (type == IGDPT_DMAR_RHSA)
			ck_assert(s.base == 0xfed90000 && s.proximity_domain == 7);
		if (type == IGDPT_DMAR_ANDD)
			ck_assert(s.device_number == 2 && s.name_bytes == 4 && !memcmp(s.name, "\\I2C", 5));
		if (type != IGDPT_DMAR_SIDP)
			continue;
		ck_assert(s.segment == 3 && s.flags == 0);
		ck_assert_int_eq(igdpt_dmar_scope_next(&dmar, &s, &scope, NULL), 1);
		ck_assert_uint_eq(scope.flags, 0x1f);
	}
	ck_assert_uint_eq(s.state, IGDPT_DMAR_UNKNOWN);
	ck_assert_int_eq(igdpt_dmar_next(&dmar, &s, NULL), 0);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_uint_eq(seen.id[0], IGDPT_F_DMAR_STRUCTURE_TYPE);
}
END_TEST

/* One byte of a good table is changed; the strict reader names the rule and the place. */
START_TEST(every_fault_has_a_name_and_an_offset)
{
	static const struct {
		uint32_t id;
		uint8_t at, value;
		uint8_t offset;
	} rows[] = {
		{ IGDPT_F_DMAR_WIDTH, 36, 10, 36 },
		{ IGDPT_F_DMAR_STRUCTURE_LENGTH, USUAL_RMRR + 2, 0, USUAL_RMRR + 2 },
		{ IGDPT_F_DMAR_STRUCTURE_LENGTH, USUAL_RMRR + 2, 1, USUAL_RMRR + 2 },
		{ IGDPT_F_DMAR_STRUCTURE_LENGTH, USUAL_RMRR + 2, 3, USUAL_RMRR + 2 },
		{ IGDPT_F_DMAR_STRUCTURE_SHORT, USUAL_RMRR + 2, 5, USUAL_RMRR + 2 },
		{ IGDPT_F_DMAR_STRUCTURE_END, USUAL_RMRR + 2, 200, USUAL_RMRR },
		{ IGDPT_F_DMAR_NO_DRHD, 48, 9, 0 },
		{ IGDPT_F_DMAR_DRHD_ALIGN, 57, 1, 56 },
		{ IGDPT_F_DMAR_RMRR_BASE, USUAL_RMRR + 9, 0x81, USUAL_RMRR + 8 },
		{ IGDPT_F_DMAR_RMRR_END, USUAL_RMRR + 17, 0xdb, USUAL_RMRR + 16 },
		{ IGDPT_F_DMAR_RMRR_ORDER, USUAL_RMRR + 18, 0xe1, USUAL_RMRR + 16 },
		{ IGDPT_F_DMAR_RMRR_OVERLAP, USUAL_RMRR + 19, 0x8c, USUAL_IGD + 8 },
		{ IGDPT_F_DMAR_RMRR_WIDTH, USUAL_RMRR + 23, 1, USUAL_RMRR + 16 },
		{ IGDPT_F_DMAR_SCOPE_LENGTH, USUAL_SCOPE + 1, 0, USUAL_SCOPE + 1 },
		{ IGDPT_F_DMAR_SCOPE_LENGTH, USUAL_SCOPE + 1, 5, USUAL_SCOPE + 1 },
		{ IGDPT_F_DMAR_SCOPE_EMPTY, USUAL_SCOPE + 1, 6, USUAL_SCOPE },
		{ IGDPT_F_DMAR_SCOPE_END, USUAL_SCOPE + 1, 40, USUAL_SCOPE },
		{ IGDPT_F_DMAR_SCOPE_END, USUAL_IGD + 25, 9, USUAL_IGD + 24 },
		{ IGDPT_F_DMAR_SCOPE_ODD, USUAL_IGD + 25, 7, USUAL_IGD + 25 },
		{ IGDPT_F_DMAR_SCOPE_TYPE, USUAL_SCOPE, 6, USUAL_SCOPE },
		{ IGDPT_F_DMAR_SCOPE_TYPE, USUAL_SCOPE, 0, USUAL_SCOPE },
		{ IGDPT_F_DMAR_SCOPE_PATH, USUAL_SCOPE + 6, 32, USUAL_SCOPE + 6 },
		{ IGDPT_F_DMAR_SCOPE_PATH, USUAL_SCOPE + 7, 8, USUAL_SCOPE + 6 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t table[USUAL_BYTES];
		struct seen seen;
		bool found = false;

		build(usual, 2, table, sizeof(table));
		table[rows[i].at] = rows[i].value;
		ck_assert_uint_eq(view(table, sizeof(table)).checksum_ok, 0);
		repair(table, sizeof(table));
		seen = validate(table, sizeof(table));
		for (unsigned k = 0; k < seen.count; k++)
			found |= seen.id[k] == rows[i].id &&
				(!rows[i].offset || seen.offset[k] == rows[i].offset);
		ck_assert_msg(found, "row %zu: %u findings, first %u at %llu", i, seen.count, seen.id[0],
			(unsigned long long)seen.offset[0]);
	}
}
END_TEST

/* Regions of real kernel logs that no table of the corpus has. */
START_TEST(broken_regions_of_kernel_logs_are_found)
{
	static const struct {
		uint64_t base, end;
		uint32_t id;
	} rows[] = {
		{ 0xe4000, 0xe8bff, IGDPT_F_DMAR_RMRR_END },
		{ 0xbf7dc000, 0xbf7dbfff, IGDPT_F_DMAR_RMRR_EMPTY },
		{ 0, 0, IGDPT_F_DMAR_RMRR_END },
		{ 0x1000, 0, IGDPT_F_DMAR_RMRR_ORDER },
		{ 0xffffffffff000000, UINT64_MAX, IGDPT_F_DMAR_RMRR_WIDTH },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct igdpt_dmar_build_rmrr rmrr = { rows[i].base, rows[i].end, 0, 1, &igd };
		uint8_t table[128];
		struct seen seen = validate(table, build(&rmrr, 1, table, sizeof(table)));
		bool found = false;

		for (unsigned k = 0; k < seen.count; k++)
			found |= seen.id[k] == rows[i].id;
		ck_assert_msg(found, "row %zu", i);
	}
}
END_TEST

START_TEST(the_last_page_of_the_address_space_is_no_fault)
{
	const struct igdpt_dmar_build_rmrr rmrr = { UINT64_MAX - 4095, UINT64_MAX, 0, 1, &igd };
	struct igdpt_dmar_build_opts opts = { .size = sizeof(opts), .host_address_width = 64,
		.rmrrs = &rmrr, .rmrr_count = 1 };
	uint8_t table[128];
	size_t len = sizeof(table);

	ck_assert_int_eq(igdpt_dmar_build(&opts, table, &len, NULL), 0);
	ck_assert_uint_eq(validate(table, len).count, 0);
}
END_TEST

START_TEST(a_region_wants_a_firmware_reservation)
{
	struct igdpt_range reserved[] = { { 0x88e2e000, 0x88e4cfff }, { 0x8b000000, 0x8fffffff } };
	struct igdpt_ranges set;
	struct igdpt_dmar_validate_opts opts = { .size = sizeof(opts), .firmware = &set };
	uint8_t table[USUAL_BYTES];
	struct igdpt_dmar dmar = view(table, build(usual, 2, table, sizeof(table)));
	struct seen seen = { 0 };

	ck_assert_int_eq(igdpt_ranges_build(&set, reserved, 2, NULL, NULL, NULL), 0);
	ck_assert_int_eq(igdpt_dmar_validate(&dmar, &opts, remember, &seen), 0);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_uint_eq(seen.id[0], IGDPT_F_DMAR_RMRR_NOT_RESERVED);
	ck_assert_uint_eq(seen.offset[0], USUAL_RMRR + 8);
}
END_TEST

START_TEST(one_shared_byte_is_an_overlap)
{
	struct igdpt_dmar_build_rmrr two[] = { usual[1], usual[1] };
	uint8_t table[256];
	struct seen seen;

	two[0].base = usual[1].end;
	two[0].end = usual[1].end + 0x1000;
	seen = validate(table, build(two, 2, table, sizeof(table)));
	ck_assert_uint_eq(seen.id[seen.count - 1], IGDPT_F_DMAR_RMRR_OVERLAP);
	two[0].base++;
	seen = validate(table, build(two, 2, table, sizeof(table)));
	ck_assert_uint_eq(seen.count, 0);
}
END_TEST

/* A path of one pair and a half is one pair. */
START_TEST(an_odd_byte_after_a_path_is_ignored)
{
	uint8_t table[USUAL_BYTES + 1] = { 0 };
	struct igdpt_dmar_structure s = { .size = sizeof(s) };
	struct igdpt_dmar_scope scope = { .size = sizeof(scope) };
	struct igdpt_dmar dmar;

	build(usual, 2, table, sizeof(table));
	put_le32(table + 4, sizeof(table));
	table[USUAL_IGD + 2] = 33;
	table[USUAL_IGD + 25] = 9;
	dmar = view(table, sizeof(table));
	while (igdpt_dmar_next(&dmar, &s, NULL) > 0 && s.offset != USUAL_IGD)
		;
	ck_assert_int_eq(igdpt_dmar_scope_next(&dmar, &s, &scope, NULL), 1);
	ck_assert_uint_eq(scope.path_count, 1);
	ck_assert_int_eq(igdpt_dmar_scope_next(&dmar, &s, &scope, NULL), 0);
}
END_TEST

static int bridge(void *user, uint32_t address)
{
	return address == 0x1c << 3 ? *(int *)user : -1;
}

START_TEST(paths_lead_behind_bridges)
{
	struct igdpt_dmar_scope scope = { .size = sizeof(scope), .path = deep_path, .path_count = 2 };
	struct igdpt_finding why = { .size = sizeof(why) };
	uint32_t address = 0;
	int bus = 3;

	ck_assert_int_eq(igdpt_dmar_resolve(&scope, 1, bridge, &bus, &address, NULL),
		-IGDPT_E_NOTFOUND);
	ck_assert_int_eq(igdpt_dmar_resolve(&scope, 0, bridge, &bus, &address, NULL), 0);
	ck_assert_uint_eq(address, 0x300);
	ck_assert_int_eq(igdpt_dmar_resolve(&scope, 0, NULL, NULL, &address, &why), -IGDPT_E_NOTFOUND);
	ck_assert_uint_eq(why.id, IGDPT_F_DMAR_BRIDGE);
	bus = 0x10000;
	ck_assert_int_eq(igdpt_dmar_resolve(&scope, 0, bridge, &bus, &address, NULL),
		-IGDPT_E_NOTFOUND);
	bus = 0x0504;
	ck_assert_int_eq(igdpt_dmar_resolve(&scope, 0, bridge, &bus, &address, NULL), 0);
	ck_assert_uint_eq(address, 0x400);
	scope.path_count = 0;
	ck_assert_int_eq(igdpt_dmar_resolve(&scope, 0, bridge, &bus, &address, NULL),
		-IGDPT_E_NOTFOUND);
	scope = (struct igdpt_dmar_scope){ .path = igd_path, .path_count = 1 };
	ck_assert_int_eq(igdpt_dmar_resolve(&scope, 2, NULL, NULL, &address, NULL), 0);
	ck_assert_uint_eq(address, 0x20010);
}
END_TEST

/* Everything a reader may do, on bytes that end exactly where the heap block does. */
static int read_all(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = exact_copy(bytes, len);
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_dmar_structure s = { .size = sizeof(s) };
	struct igdpt_dmar dmar = { .len = 0 };
	uint32_t address;
	int rc = igdpt_dmar_init(&dmar, copy, len, &why);

	while (rc >= 0 && (rc = igdpt_dmar_next(&dmar, &s, &why)) > 0) {
		struct igdpt_dmar_scope scope = { .size = sizeof(scope) };

		while (igdpt_dmar_scope_next(&dmar, &s, &scope, NULL) > 0)
			igdpt_dmar_resolve(&scope, s.segment, NULL, NULL, &address, NULL);
	}
	if (dmar.data == copy)
		ck_assert_int_ge(igdpt_dmar_validate(&dmar, NULL, NULL, NULL), 0);
	if (rc < 0)
		ck_assert_msg(why.id && why.offset <= len, "length %zu: id %u at %llu", len, why.id,
			(unsigned long long)why.offset);
	free(copy);
	return rc;
}

START_TEST(a_truncated_table_is_an_error_with_an_offset)
{
	uint8_t table[256];
	size_t len = append_rare(table, build(usual, 2, table, sizeof(table)));

	for (size_t cut = 0; cut < len; cut++) {
		struct igdpt_dmar dmar;

		ck_assert_int_eq(igdpt_dmar_init(&dmar, table, cut, NULL), -IGDPT_E_TRUNCATED);
		ck_assert_int_lt(read_all(table, cut), 0);
	}
	ck_assert_int_eq(read_all(table, len), 0);
	/* The header owns up to the cut: the walk meets it. */
	for (size_t cut = 48; cut < len; cut++) {
		put_le32(table + 4, (uint32_t)cut);
		read_all(table, cut);
	}
}
END_TEST

START_TEST(any_byte_may_have_any_value)
{
	uint8_t table[256];
	size_t len = append_rare(table, build(usual, 2, table, sizeof(table)));

	for (size_t at = 4; at < len; at++) {
		uint8_t keep = table[at];

		for (unsigned value = 0; value < 256; value++) {
			table[at] = (uint8_t)value;
			read_all(table, len);
		}
		table[at] = keep;
	}
}
END_TEST

START_TEST(ten_thousand_regions_are_judged_in_bounded_time)
{
	enum { COUNT = 10000 };
	struct igdpt_dmar_build_rmrr *rmrrs = calloc(COUNT, sizeof(*rmrrs));
	struct igdpt_dmar_validate_opts opts = { .size = sizeof(opts), .words = 3 * COUNT };
	struct igdpt_dmar dmar;
	struct seen seen = { 0 };
	size_t len = 48 + 16 + 32 * COUNT;
	uint8_t *table = malloc(len);

	for (unsigned i = 0; i < COUNT; i++)
		rmrrs[i] = (struct igdpt_dmar_build_rmrr){ (COUNT - i) * 0x1000ull,
			(COUNT - i) * 0x1000ull + 0xfff, 0, 1, &igd };
	rmrrs[COUNT - 1].end += 0x1000;
	ck_assert_uint_eq(build(rmrrs, COUNT, table, len), len);
	dmar = view(table, len);
	ck_assert_int_eq(igdpt_dmar_validate(&dmar, NULL, remember, &seen), 0);
	ck_assert_uint_eq(seen.id[0], IGDPT_F_DMAR_RMRR_MANY);
	opts.work = malloc(opts.words * 8);
	seen.count = 0;
	ck_assert_int_eq(igdpt_dmar_validate(&dmar, &opts, remember, &seen), 0);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_uint_eq(seen.id[0], IGDPT_F_DMAR_RMRR_OVERLAP);
	ck_assert_uint_eq(seen.offset[0], 64 + (COUNT - 2) * 32 + 8);
	free(opts.work);
	free(rmrrs);
	free(table);
}
END_TEST

START_TEST(another_table_keeps_all_but_its_regions)
{
	uint8_t before[256], after[256];
	size_t len = append_rare(before, build(usual, 2, before, sizeof(before)));
	struct igdpt_dmar from = view(before, len);
	const struct igdpt_dmar_build_rmrr one = { 0x3af00000, 0x3eefffff, 0, 1, &igd };
	struct igdpt_dmar_build_opts opts = { .size = sizeof(opts), .from = &from, .rmrrs = &one,
		.rmrr_count = 1 };
	size_t size = sizeof(after), want = len - 42 - 32 + 32;

	ck_assert_int_eq(igdpt_dmar_build(&opts, after, &size, NULL), 0);
	ck_assert_uint_eq(size, want);
	ck_assert_uint_eq(get_le32(after + 24), get_le32(before + 24) + 1);
	ck_assert_mem_eq(after + 48, before + 48, 16);
	ck_assert_uint_eq(get_le64(after + 64 + 8), 0x3af00000);
	ck_assert_mem_eq(after + 96, rare, sizeof(rare));
	ck_assert_uint_eq(validate(after, size).count, 1);
}
END_TEST

START_TEST(what_has_no_room_in_the_table_is_refused)
{
	static const uint8_t bad_path[] = { 32, 0 }, long_path[250];
	struct igdpt_dmar_build_scope scope = igd;
	struct igdpt_dmar_build_scope *many = calloc(9000, sizeof(*many));
	struct igdpt_dmar_build_rmrr rmrr = { 0, 0xfff, 0, 1, &scope };
	struct igdpt_dmar_build_opts opts = { .size = sizeof(opts), .rmrrs = &rmrr, .rmrr_count = 1 };
	uint8_t table[128];
	size_t len = 95;

	ck_assert_int_eq(igdpt_dmar_build(&opts, table, &len, NULL), -IGDPT_E_NOSPACE);
	ck_assert_uint_eq(len, 96);
	scope.path = bad_path;
	ck_assert_int_eq(igdpt_dmar_build(&opts, table, &len, NULL), -IGDPT_E_RANGE);
	scope.path = long_path;
	scope.path_count = 125;
	ck_assert_int_eq(igdpt_dmar_build(&opts, table, &len, NULL), -IGDPT_E_RANGE);
	scope.path = igd_path;
	scope.path_count = 1;
	scope.bus = 256;
	ck_assert_int_eq(igdpt_dmar_build(&opts, table, &len, NULL), -IGDPT_E_RANGE);
	for (unsigned i = 0; i < 9000; i++)
		many[i] = igd;
	rmrr.scopes = many;
	rmrr.scope_count = 9000;
	ck_assert_int_eq(igdpt_dmar_build(&opts, table, &len, NULL), -IGDPT_E_RANGE);
	rmrr.scope_count = 1;
	opts.host_address_width = 11;
	ck_assert_int_eq(igdpt_dmar_build(&opts, table, &len, NULL), -IGDPT_E_RANGE);
	free(many);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dmar");
	TCase *tc = tcase_create("table");

	tcase_add_test(tc, what_is_built_is_read_back);
	tcase_add_test(tc, every_type_is_read_and_newer_ones_are_skipped);
	tcase_add_test(tc, every_fault_has_a_name_and_an_offset);
	tcase_add_test(tc, broken_regions_of_kernel_logs_are_found);
	tcase_add_test(tc, the_last_page_of_the_address_space_is_no_fault);
	tcase_add_test(tc, a_region_wants_a_firmware_reservation);
	tcase_add_test(tc, one_shared_byte_is_an_overlap);
	tcase_add_test(tc, an_odd_byte_after_a_path_is_ignored);
	tcase_add_test(tc, paths_lead_behind_bridges);
	tcase_add_test(tc, a_truncated_table_is_an_error_with_an_offset);
	tcase_add_test(tc, any_byte_may_have_any_value);
	tcase_add_test(tc, ten_thousand_regions_are_judged_in_bounded_time);
	tcase_add_test(tc, another_table_keeps_all_but_its_regions);
	tcase_add_test(tc, what_has_no_room_in_the_table_is_refused);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
