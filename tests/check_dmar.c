/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <inttypes.h>

#include "bytes.h"
#include "told.h"
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

static struct told validate(const uint8_t *data, size_t len)
{
	struct igdpt_dmar dmar = view(data, len);
	struct told story = { .used = 0 };

	ck_assert_int_ge(igdpt_dmar_validate(&dmar, NULL, tell, &story), 0);
	return story;
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
	ck_assert_str_eq(validate(table, len).text, "");
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

static size_t append(uint8_t *table, size_t len, const void *bytes, size_t n)
{
	memcpy(table + len, bytes, n);
	len += n;
	put_le32(table + 4, (uint32_t)len);
	repair(table, len);
	return len;
}

static size_t append_rare(uint8_t *table, size_t len)
{
	return append(table, len, rare, sizeof(rare));
}

/* All that a walk tells, in hexadecimal, without what is zero. */
struct walk {
	char text[2000];
	size_t used;
};

static void note(struct walk *w, const char *name, uint64_t value)
{
	if (value)
		w->used += (size_t)snprintf(w->text + w->used, sizeof(w->text) - w->used, " %s %" PRIx64,
			name, value);
	ck_assert_uint_lt(w->used, sizeof(w->text));
}

static void walk_scopes(struct walk *w, const struct igdpt_dmar *dmar,
	const struct igdpt_dmar_structure *s)
{
	struct igdpt_dmar_scope scope = { .size = sizeof(scope) };

	while (igdpt_dmar_scope_next(dmar, s, &scope, NULL) > 0) {
		note(w, "scope", scope.offset);
		note(w, "type", scope.type);
		note(w, "length", scope.length);
		note(w, "flags", scope.flags);
		note(w, "id", scope.enumeration_id);
		note(w, "bus", scope.bus);
		note(w, "reserved", scope.reserved);
		for (uint32_t i = 0; i < scope.path_count; i++)
			note(w, "path", (uint64_t)scope.path[2 * i] << 8 | scope.path[2 * i + 1]);
	}
}

static struct walk walk(const uint8_t *table, size_t len)
{
	struct igdpt_dmar dmar = view(table, len);
	struct igdpt_dmar_structure s = { .size = sizeof(s) };
	struct walk w = { "", 0 };

	while (igdpt_dmar_next(&dmar, &s, NULL) > 0) {
		note(&w, "\nat", s.offset);
		note(&w, "type", s.type);
		note(&w, "length", s.length);
		note(&w, "state", s.state);
		note(&w, "flags", s.flags);
		note(&w, "segment", s.segment);
		note(&w, "pages", s.register_size);
		note(&w, "base", s.base);
		note(&w, "end", s.end);
		note(&w, "domain", s.proximity_domain);
		note(&w, "device", s.device_number);
		note(&w, "name", s.name_bytes);
		if (s.name)
			note(&w, "begins", (uint8_t)s.name[0]);
		walk_scopes(&w, &dmar, &s);
	}
	return w;
}

/* Bytes that name their place, so that a field from elsewhere shows. */
START_TEST(every_field_has_its_place)
{
	static const uint8_t lengths[] = { 24, 32, 16, 24, 12, 16, 16, 8 };
	uint8_t table[256], bytes[256];
	size_t len = build(NULL, 0, table, sizeof(table)), used = 0;

	for (uint8_t type = 0; type < sizeof(lengths); type++) {
		static const uint8_t scopes[] = { 16, 24, 8, 0, 0, 8, 8, 0 };
		uint8_t *p = bytes + used;

		for (uint8_t i = 0; i < lengths[type]; i++)
			p[i] = (uint8_t)(type << 5 | i);
		put_le16(p, type);
		put_le16(p + 2, lengths[type]);
		if (scopes[type])
			p[scopes[type] + 1] = 8;
		used += lengths[type];
	}
	len = append(table, len, bytes, used);
	ck_assert_str_eq(walk(table, len).text,
		" \nat 30 length 10 flags 1 base fed90000"
		" \nat 40 length 18 flags 4 segment 706 pages 5 base f0e0d0c0b0a0908 scope 50 type"
		" 10 length 8 flags 12 id 14 bus 15 reserved 13 path 1617"
		" \nat 58 type 1 length 20 segment 2726 base 2f2e2d2c2b2a2928 end 3736353433323130"
		" scope 70 type 38 length 8 flags 3a id 3c bus 3d reserved 3b path 3e3f"
		" \nat 78 type 2 length 10 flags 44 segment 4746 scope 80 type 48 length 8 flags"
		" 4a id 4c bus 4d reserved 4b path 4e4f"
		" \nat 88 type 3 length 18 base 6f6e6d6c6b6a6968 domain 73727170"
		" \nat a0 type 4 length c device 87 name 4 begins 88"
		" \nat ac type 5 length 10 flags a4 segment a7a6 scope b4 type a8 length 8 flags"
		" aa id ac bus ad reserved ab path aeaf"
		" \nat bc type 6 length 10 segment c7c6 scope c4 type c8 length 8 flags ca id cc"
		" bus cd reserved cb path cecf"
		" \nat cc type 7 length 8 state 1");
}
END_TEST

START_TEST(every_type_is_read_and_newer_ones_are_skipped)
{
	uint8_t table[256];
	size_t len = append_rare(table, build(NULL, 0, table, sizeof(table)));

	ck_assert_str_eq(walk(table, len).text,
		" \nat 30 length 10 flags 1 base fed90000"
		" \nat 40 type 2 length 10 flags 1 scope 48 type 1 length 8 path 1c00"
		" \nat 50 type 3 length 14 base fed90000 domain 7"
		" \nat 64 type 4 length e device 2 name 4 begins 5c"
		" \nat 72 type 5 length 10 flags 1 scope 7a type 1 length 8 path 200"
		" \nat 82 type 6 length 10 segment 3 scope 8a type 1 length 8 flags 1f path 200"
		" \nat 92 type 7 length 6 state 1");
	ck_assert_str_eq(validate(table, len).text, "dmar-structure-type@92:7/6");
}
END_TEST

/* One byte less than the fixed part of each type, which is all that is read of it. */
START_TEST(a_structure_holds_its_fixed_part)
{
	static const uint8_t fixed[] = { 16, 24, 8, 20, 8, 8, 8 };

	for (uint8_t type = 0; type < sizeof(fixed); type++) {
		uint8_t table[96], bytes[24] = { type, 0, fixed[type] };
		struct igdpt_dmar_structure s = { .size = sizeof(s), .offset = 48, .length = 16 };
		size_t len = append(table, build(NULL, 0, table, sizeof(table)), bytes, fixed[type]);
		struct igdpt_dmar dmar = view(table, len);
		char want[32];

		ck_assert_int_eq(igdpt_dmar_next(&dmar, &s, NULL), 1);
		ck_assert_uint_eq(s.state, IGDPT_DMAR_READ);
		bytes[2]--;
		len = append(table, 64, bytes, fixed[type] - 1u);
		dmar = view(table, len);
		s = (struct igdpt_dmar_structure){ .size = sizeof(s), .offset = 48, .length = 16 };
		ck_assert_int_eq(igdpt_dmar_next(&dmar, &s, NULL), 1);
		ck_assert(s.state == IGDPT_DMAR_SHORT && !s.scopes);
		snprintf(want, sizeof(want), "dmar-structure-short@42:%x/%x", fixed[type] - 1u, fixed[type]);
		ck_assert_str_eq(validate(table, len).text, want);
	}
}
END_TEST

/* One byte of a good table is changed; the strict reader names the rule and the place. */
START_TEST(every_fault_has_a_name_and_an_offset)
{
	static const struct {
		uint8_t at, value;
		const char *findings;
	} rows[] = {
		{ 36, 10, "dmar-width@24:a/b dmar-rmrr-width@50:88e4dfff/b dmar-rmrr-width@7a:8fffffff/b" },
		{ 36, 11, "dmar-rmrr-width@50:88e4dfff/c dmar-rmrr-width@7a:8fffffff/c" },
		{ USUAL_RMRR + 2, 0, "dmar-structure-length@42:0/4" },
		{ USUAL_RMRR + 2, 3, "dmar-structure-length@42:3/4" },
		{ USUAL_RMRR + 2, 4, "dmar-structure-short@42:4/18 dmar-structure-length@46:0/4" },
		{ USUAL_RMRR + 2, 23, "dmar-structure-short@42:17/18 dmar-structure-type@57:100/6 dmar-structure-type@5f:100/6 dmar-structure-end@69:2000/21" },
		{ USUAL_RMRR + 2, 24, "dmar-rmrr-no-scope@42:18/0 dmar-structure-length@5a:0/4" },
		{ USUAL_RMRR + 2, 75, "dmar-structure-end@40:4b/4a" },
		{ USUAL_IGD + 2, 33, "dmar-structure-end@6a:21/20" },
		{ USUAL_IGD + 2, 25, "dmar-scope-end@82:6/1 dmar-structure-length@85:0/4" },
		{ USUAL_IGD + 2, 26, "dmar-scope-end@82:8/2 dmar-structure-length@86:0/4" },
		{ USUAL_IGD + 2, 31, "dmar-scope-end@82:8/7 dmar-structure-end@89:4/1" },
		{ 48, 9, "dmar-structure-type@30:9/6 dmar-no-drhd:0/1" },
		{ 50, 17, "dmar-scope-end@40:6/1 dmar-structure-length@43:0/4" },
		{ 57, 1, "dmar-drhd-align@38:fed90100/0" },
		{ USUAL_RMRR + 9, 0x81, "dmar-rmrr-base@48:88e28100/88e4dfff" },
		{ USUAL_RMRR + 17, 0xdb, "dmar-rmrr-end@50:88e4dbff/88e2e000" },
		{ USUAL_RMRR + 18, 0xe1, "dmar-rmrr-order@50:88e1dfff/88e2e000" },
		{ USUAL_RMRR + 19, 0x8c, "dmar-rmrr-overlap@72:8b800000/8ce4dfff" },
		{ USUAL_RMRR + 20, 0x7f, "dmar-rmrr-overlap@72:8b800000/7f88e4dfff" },
		{ USUAL_RMRR + 20, 0x80, "dmar-rmrr-width@50:8088e4dfff/27 dmar-rmrr-overlap@72:8b800000/8088e4dfff" },
		{ USUAL_SCOPE + 1, 0, "dmar-scope-length@59:0/6" },
		{ USUAL_SCOPE + 1, 5, "dmar-scope-length@59:5/6" },
		{ USUAL_SCOPE + 1, 6, "dmar-scope-empty@58:6/8 dmar-scope-length@5f:0/6" },
		{ USUAL_SCOPE + 1, 19, "dmar-scope-end@58:13/12" },
		{ USUAL_IGD + 25, 9, "dmar-scope-end@82:9/8" },
		{ USUAL_IGD + 25, 7, "dmar-scope-odd@83:7/0 dmar-scope-empty@82:7/8 dmar-scope-end@89:6/1" },
		{ USUAL_SCOPE, 5, "" },
		{ USUAL_SCOPE, 6, "dmar-scope-type@58:6/5" },
		{ USUAL_SCOPE, 0, "dmar-scope-type@58:0/5" },
		{ USUAL_SCOPE + 6, 31, "" },
		{ USUAL_SCOPE + 6, 32, "dmar-scope-path@5e:2000/1f07" },
		{ USUAL_SCOPE + 7, 7, "" },
		{ USUAL_SCOPE + 7, 8, "dmar-scope-path@5e:1408/1f07" },
		{ USUAL_SCOPE + 17, 8, "dmar-scope-path@68:8/1f07" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t table[USUAL_BYTES];
		struct told story;

		build(usual, 2, table, sizeof(table));
		table[rows[i].at] = rows[i].value;
		ck_assert_uint_eq(view(table, sizeof(table)).checksum_ok, 0);
		repair(table, sizeof(table));
		story = validate(table, sizeof(table));
		ck_assert_msg(strcmp(story.text, rows[i].findings) == 0, "row %zu: %s", i, story.text);
	}
}
END_TEST

START_TEST(more_than_one_byte_makes_a_fault)
{
	static const uint8_t names[2][10] = { { 4, 0, 10, 0, 0, 0, 0, 1, 'A', 0 },
		{ 4, 0, 10, 0, 0, 0, 0, 1, 'A', 'B' } };
	uint8_t table[96];
	size_t len = build(NULL, 0, table, sizeof(table));

	put_le64(table + 56, 0);
	repair(table, len);
	ck_assert_str_eq(validate(table, len).text, "dmar-drhd-base@38:0/0");
	put_le64(table + 56, 0xfed91000);
	ck_assert_str_eq(validate(table, append(table, len, names[0], 10)).text, "");
	ck_assert_str_eq(validate(table, append(table, len, names[1], 10)).text, "dmar-andd-name@48:2/0");
}
END_TEST

START_TEST(the_header_is_judged_and_told)
{
	uint8_t table[USUAL_BYTES];
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_dmar dmar;

	build(usual, 2, table, sizeof(table));
	table[8] = 5;
	table[36] = 0x2e;
	table[37] = 6;
	table[9]++;
	dmar = view(table, sizeof(table));
	ck_assert(dmar.len == USUAL_BYTES && dmar.host_address_width == 47 && dmar.flags == 6 &&
		dmar.revision == 5 && !dmar.checksum_ok && dmar.data == table);
	ck_assert_str_eq(validate(table, sizeof(table)).text, "dmar-checksum@9:61/4e");
	ck_assert_int_eq(igdpt_dmar_validate(&dmar, NULL, NULL, NULL), 1);
	ck_assert_int_eq(igdpt_dmar_init(&dmar, table, 48, &why), -IGDPT_E_TRUNCATED);
	ck_assert(why.id == IGDPT_F_DMAR_TRUNCATED && why.offset == 4 && why.value == USUAL_BYTES &&
		why.want == 48);
	ck_assert_int_eq(igdpt_dmar_init(&dmar, table, 47, &why), -IGDPT_E_TRUNCATED);
	ck_assert(why.id == IGDPT_F_DMAR_SHORT && why.offset == 47 && why.value == 47 &&
		why.want == 48);
	put_le32(table + 4, 47);
	ck_assert_int_eq(igdpt_dmar_init(&dmar, table, 48, &why), -IGDPT_E_SIZE);
	ck_assert(why.offset == 4 && why.value == 47 && why.want == 48);
	put_le32(table + 4, 48);
	ck_assert_int_eq(igdpt_dmar_init(&dmar, table, 48, &why), 0);
	table[3]++;
	ck_assert_int_eq(igdpt_dmar_init(&dmar, table, 3, &why), -IGDPT_E_TRUNCATED);
	ck_assert_int_eq(igdpt_dmar_init(&dmar, table, 4, &why), -IGDPT_E_MAGIC);
	ck_assert(why.offset == 0 && why.value == 0x53414d44 && why.want == 0x52414d44);
	ck_assert_int_eq(igdpt_dmar_init(&dmar, NULL, 48, &why), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_dmar_init(NULL, table, 48, &why), -IGDPT_E_INVALID);
	ck_assert(why.offset == IGDPT_NO_OFFSET && !why.value && !why.want);
}
END_TEST

/* Regions of real kernel logs that no table of the corpus has. */
START_TEST(broken_regions_of_kernel_logs_are_found)
{
	static const struct {
		uint64_t base, end;
		const char *findings;
	} rows[] = {
		{ 0xe4000, 0xe8bff, "dmar-rmrr-end@50:e8bff/e4000" },
		{ 0xbf7dc000, 0xbf7dbfff, "dmar-rmrr-empty@50:bf7dbfff/bf7dc000" },
		{ 0, 0, "dmar-rmrr-end@50:0/0 dmar-rmrr-order@50:0/0" },
		{ 0x1000, 0, "dmar-rmrr-end@50:0/1000 dmar-rmrr-order@50:0/1000" },
		{ 0x1000, 0x1000, "dmar-rmrr-end@50:1000/1000 dmar-rmrr-order@50:1000/1000" },
		{ 0xffffffffff000000, UINT64_MAX, "dmar-rmrr-width@50:ffffffffffffffff/27" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct igdpt_dmar_build_rmrr rmrr = { rows[i].base, rows[i].end, 0, 1, &igd };
		uint8_t table[128];

		ck_assert_str_eq(validate(table, build(&rmrr, 1, table, sizeof(table))).text,
			rows[i].findings);
	}
}
END_TEST

/* A width of 64 bits or more leaves out nothing. */
START_TEST(a_region_ends_within_the_width)
{
	static const struct {
		uint64_t end;
		uint32_t width;
		const char *findings;
	} rows[] = {
		{ UINT64_MAX, 64, "" }, { UINT64_MAX, 65, "" }, { UINT64_MAX, 63, "dmar-rmrr-width@50:ffffffffffffffff/3f" },
		{ UINT64_MAX >> 1, 63, "" }, { UINT64_MAX >> 1, 62, "dmar-rmrr-width@50:7fffffffffffffff/3e" },
		{ 0xfff, 12, "" }, { 0x1fff, 12, "dmar-rmrr-width@50:1fff/c" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct igdpt_dmar_build_rmrr rmrr = { rows[i].end - 0xfff, rows[i].end, 0, 1, &igd };
		struct igdpt_dmar_build_opts opts = { .size = sizeof(opts),
			.host_address_width = rows[i].width, .rmrrs = &rmrr, .rmrr_count = 1 };
		uint8_t table[128];
		size_t len = sizeof(table);

		ck_assert_int_eq(igdpt_dmar_build(&opts, table, &len, NULL), 0);
		ck_assert_str_eq(validate(table, len).text, rows[i].findings);
	}
}
END_TEST

START_TEST(a_region_wants_a_firmware_reservation)
{
	static const struct {
		struct igdpt_range reserved[2];
		const char *findings;
	} rows[] = {
		{ { { 0x88e2e000, 0x88e4dfff }, { 0x8b800000, 0x8fffffff } }, "" },
		{ { { 0x88e2e000, 0x88e4dffe }, { 0x8b000000, 0xffffffff } }, "dmar-rmrr-not-reserved@48:88e2e000/88e4dfff" },
		{ { { 0x88e2e001, 0x88e4dfff }, { 0x8b000000, 0xffffffff } }, "dmar-rmrr-not-reserved@48:88e2e000/88e4dfff" },
		{ { { 0, 0x1000 }, { 0x88e2e000, 0x8b7fffff } }, "dmar-rmrr-not-reserved@72:8b800000/8fffffff" },
	};
	uint8_t table[USUAL_BYTES];
	struct igdpt_dmar dmar = view(table, build(usual, 2, table, sizeof(table)));

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_ranges set;
		struct igdpt_dmar_validate_opts opts = { .size = sizeof(opts), .firmware = &set };
		struct igdpt_range reserved[2] = { rows[i].reserved[0], rows[i].reserved[1] };
		struct told story = { .used = 0 };

		ck_assert_int_eq(igdpt_ranges_build(&set, reserved, 2, NULL, NULL, NULL), 0);
		ck_assert_int_eq(igdpt_dmar_validate(&dmar, &opts, tell, &story), 0);
		ck_assert_str_eq(story.text, rows[i].findings);
	}
}
END_TEST

/* Regions are compared by bytes, though they should have whole pages. */
START_TEST(one_shared_byte_is_an_overlap)
{
	struct igdpt_dmar_build_rmrr two[] = { usual[1], usual[1] };
	uint8_t table[256];

	two[0].base = usual[1].end;
	two[0].end = usual[1].end + 0x1000;
	ck_assert_str_eq(validate(table, build(two, 2, table, sizeof(table))).text,
		"dmar-rmrr-base@48:8fffffff/90000fff dmar-rmrr-overlap@48:8fffffff/8fffffff");
	two[0].base++;
	ck_assert_str_eq(validate(table, build(two, 2, table, sizeof(table))).text, "");
}
END_TEST

/* Of more than two, each that begins below the end of a lower one is told, once. */
START_TEST(each_overlap_is_told_once)
{
	static const struct {
		uint64_t pages[3][2]; /* first, last */
		const char *findings;
	} rows[] = {
		{ { { 1, 2 }, { 3, 4 }, { 5, 6 } }, "" },
		{ { { 5, 6 }, { 3, 4 }, { 1, 2 } }, "" },
		{ { { 1, 3 }, { 3, 4 }, { 5, 6 } }, "dmar-rmrr-overlap@68:3000/3fff" },
		{ { { 3, 4 }, { 1, 3 }, { 5, 6 } }, "dmar-rmrr-overlap@48:3000/3fff" },
		{ { { 1, 9 }, { 3, 4 }, { 5, 6 } }, "dmar-rmrr-overlap@68:3000/9fff dmar-rmrr-overlap@88:5000/9fff" },
		{ { { 1, 4 }, { 3, 6 }, { 6, 7 } }, "dmar-rmrr-overlap@68:3000/4fff dmar-rmrr-overlap@88:6000/6fff" },
		{ { { 1, 2 }, { 1, 1 }, { 1, 1 } }, "dmar-rmrr-overlap@68:1000/2fff dmar-rmrr-overlap@88:1000/2fff" },
		{ { { 1, 1 }, { 1, 2 }, { 2, 2 } }, "dmar-rmrr-overlap@68:1000/1fff dmar-rmrr-overlap@88:2000/2fff" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_dmar_build_rmrr rmrrs[3];
		uint8_t table[256];

		for (unsigned k = 0; k < 3; k++)
			rmrrs[k] = (struct igdpt_dmar_build_rmrr){ rows[i].pages[k][0] << 12,
				(rows[i].pages[k][1] << 12) + 0xfff, 0, 1, &igd };
		ck_assert_str_eq(validate(table, build(rmrrs, 3, table, sizeof(table))).text,
			rows[i].findings);
	}
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

/* Behind each bridge the bus of three more than twice its own number. */
static int any_bridge(void *user, uint32_t address)
{
	*(unsigned *)user += 1;
	return (int)(2 * (address >> 8 & 0xff) + 3);
}

START_TEST(paths_lead_behind_bridges)
{
	static const uint8_t path[] = { 0x1f, 7, 3, 1, 4, 5 };
	struct igdpt_dmar_scope scope = { .size = sizeof(scope), .path = path };
	static const uint32_t addresses[] = { 0, 0xffff00ff, 0xffff0319, 0xffff0925 };
	unsigned calls = 0;
	uint32_t address = 0;

	for (scope.path_count = 1; scope.path_count <= 3; scope.path_count++) {
		ck_assert_int_eq(igdpt_dmar_resolve(&scope, 0xffff, any_bridge, &calls, &address, NULL),
			0);
		ck_assert_uint_eq(address, addresses[scope.path_count]);
	}
	ck_assert_uint_eq(calls, 3);
	scope = (struct igdpt_dmar_scope){ .path = igd_path, .path_count = 1, .bus = 255 };
	ck_assert_int_eq(igdpt_dmar_resolve(&scope, 2, NULL, NULL, &address, NULL), 0);
	ck_assert_uint_eq(address, 0x2ff10);
}
END_TEST

START_TEST(buses_are_the_eight_low_bits_of_an_answer)
{
	static const struct {
		int answer;
		uint32_t address;
	} rows[] = { { -1, 0 }, { 0, 0x00000 }, { 3, 0x300 }, { 0x0504, 0x400 }, { 0xffff, 0xff00 },
		{ 0x10000, 0 } };
	struct igdpt_dmar_scope scope = { .offset = 88, .path = deep_path, .path_count = 2 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int answer = rows[i].answer;
		uint32_t address = 0x55;
		bool known = answer >= 0 && answer <= 0xffff;

		ck_assert_int_eq(igdpt_dmar_resolve(&scope, 0, bridge, &answer, &address, NULL),
			known ? 0 : -IGDPT_E_NOTFOUND);
		ck_assert_uint_eq(address, known ? rows[i].address : 0x55);
	}
}
END_TEST

START_TEST(a_path_that_leads_nowhere_is_told)
{
	static const uint8_t device[] = { 31, 0, 32, 0 }, function[] = { 0, 7, 0, 8 };
	static const struct {
		const uint8_t *path;
		uint32_t count, bus, segment;
		const char *finding;
	} rows[] = {
		{ device, 2, 0, 0, "dmar-scope-path@60:2000/1f07" }, { function, 2, 0, 0, "dmar-scope-path@60:8/1f07" },
		{ device, 1, 256, 0, "dmar-scope-path@5e:1f00/1f07" }, { device, 0, 0, 0, "dmar-scope-empty@58:0/0" },
		{ device, 1, 0, 0x10000, "argument:10000/ffff" }, { NULL, 1, 0, 0, "argument:0/ffff" },
	};
	struct igdpt_finding why = { .size = sizeof(why) };
	unsigned calls = 0;
	uint32_t address = 7;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_dmar_scope scope = { .offset = 88, .path = rows[i].path,
			.path_count = rows[i].count, .bus = rows[i].bus };
		struct told story = { .used = 0 };

		ck_assert_int_lt(igdpt_dmar_resolve(rows[i].path ? &scope : NULL, rows[i].segment,
			any_bridge, &calls, &address, &why), 0);
		tell(&story, &why);
		ck_assert_str_eq(story.text, rows[i].finding);
		ck_assert_uint_eq(address, 7);
	}
	ck_assert_int_eq(igdpt_dmar_resolve(&(struct igdpt_dmar_scope){ .offset = 88, .bus = 1,
		.path = deep_path, .path_count = 2 }, 0, NULL, NULL, &address, &why), -IGDPT_E_NOTFOUND);
	ck_assert(why.id == IGDPT_F_DMAR_BRIDGE && why.offset == 88 && why.value == 0x1e0 && !why.want);
	ck_assert_int_eq(igdpt_dmar_resolve(&(struct igdpt_dmar_scope){ .path = device,
		.path_count = 1 }, 0, NULL, NULL, NULL, NULL), -IGDPT_E_INVALID);
}
END_TEST

/* A walk goes on from a struct that the caller may have changed. */
START_TEST(a_walk_stays_inside_the_table)
{
	uint8_t table[USUAL_BYTES + 64];
	struct igdpt_dmar dmar = view(table, build(usual, 2, table, sizeof(table)));
	struct igdpt_dmar_structure s = { .size = sizeof(s), .offset = USUAL_BYTES - 1, .length = 1 };
	struct igdpt_dmar_scope scope = { .size = sizeof(scope) };
	struct igdpt_finding why = { .size = sizeof(why) };

	memset(table + USUAL_BYTES, 1, 64);
	ck_assert_int_eq(igdpt_dmar_next(&dmar, &s, NULL), 0);
	s.length = 2;
	ck_assert_int_eq(igdpt_dmar_next(&dmar, &s, NULL), 0);
	s = (struct igdpt_dmar_structure){ .size = sizeof(s), .offset = USUAL_IGD, .length = 32,
		.scopes = 24 };
	ck_assert_int_eq(igdpt_dmar_scope_next(&dmar, &s, &scope, NULL), 1);
	ck_assert_int_eq(igdpt_dmar_scope_next(&dmar, &s, &scope, NULL), 0);
	scope.offset = 0;
	s.length = 33;
	ck_assert_int_eq(igdpt_dmar_scope_next(&dmar, &s, &scope, NULL), 0);
	s.length = 32;
	s.scopes = 0;
	ck_assert_int_eq(igdpt_dmar_scope_next(&dmar, &s, &scope, NULL), 0);
	s.scopes = 32;
	ck_assert_int_eq(igdpt_dmar_scope_next(&dmar, &s, &scope, NULL), 0);
	ck_assert_int_eq(igdpt_dmar_scope_next(NULL, &s, &scope, NULL), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_dmar_scope_next(&dmar, NULL, &scope, NULL), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_dmar_scope_next(&dmar, &s, NULL, &why), -IGDPT_E_INVALID);
	ck_assert(why.offset == IGDPT_NO_OFFSET && !why.value && !why.want);
	ck_assert_int_eq(igdpt_dmar_next(NULL, &s, &why), -IGDPT_E_INVALID);
	ck_assert(why.offset == IGDPT_NO_OFFSET && !why.value && !why.want);
	ck_assert_int_eq(igdpt_dmar_next(&dmar, NULL, NULL), -IGDPT_E_INVALID);
	s.size = offsetof(struct igdpt_dmar_structure, name);
	ck_assert_int_eq(igdpt_dmar_next(&dmar, &s, NULL), -IGDPT_E_ABI_SIZE);
	ck_assert_int_eq(igdpt_dmar_scope_next(&dmar, &s, &scope, NULL), -IGDPT_E_ABI_SIZE);
	s.size = sizeof(s);
	scope.size = offsetof(struct igdpt_dmar_scope, path);
	ck_assert_int_eq(igdpt_dmar_scope_next(&dmar, &s, &scope, NULL), -IGDPT_E_ABI_SIZE);
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
	struct told story = { .used = 0 };
	size_t len = 48 + 16 + 32 * COUNT;
	uint8_t *table = malloc(len);

	for (unsigned i = 0; i < COUNT; i++)
		rmrrs[i] = (struct igdpt_dmar_build_rmrr){ (COUNT - i) * 0x1000ull,
			(COUNT - i) * 0x1000ull + 0xfff, 0, 1, &igd };
	rmrrs[COUNT - 1].end += 0x1000;
	ck_assert_uint_eq(build(rmrrs, COUNT, table, len), len);
	dmar = view(table, len);
	ck_assert_int_eq(igdpt_dmar_validate(&dmar, NULL, tell, &story), 0);
	ck_assert_str_eq(story.text, "dmar-rmrr-many:2710/40");
	opts.work = malloc(opts.words * 8);
	story.used = 0;
	ck_assert_int_eq(igdpt_dmar_validate(&dmar, &opts, tell, &story), 0);
	ck_assert_str_eq(story.text, "dmar-rmrr-overlap@4e208:2000/2fff");
	free(opts.work);
	free(rmrrs);
	free(table);
}
END_TEST

/* Without scratch 64 regions are compared; three words are needed for each. */
START_TEST(as_many_regions_are_compared_as_there_is_room)
{
	static const struct {
		uint32_t rmrrs, words;
		const char *findings;
	} rows[] = {
		{ 64, 0, "dmar-rmrr-overlap@828:1000/1fff" }, { 65, 0, "dmar-rmrr-many:41/40 dmar-rmrr-overlap@828:1000/1fff" },
		{ 3, 9, "dmar-rmrr-overlap@88:1000/1fff" }, { 3, 11, "dmar-rmrr-overlap@88:1000/1fff" }, { 3, 8, "dmar-rmrr-many:3/2" },
		{ 3, 2, "dmar-rmrr-many:3/0" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_dmar_build_rmrr rmrrs[65];
		uint64_t work[12];
		struct igdpt_dmar_validate_opts opts = { .size = sizeof(opts), .words = rows[i].words,
			.work = rows[i].words ? work : NULL };
		uint8_t table[64 + 65 * 32];
		struct told story = { .used = 0 };
		struct igdpt_dmar dmar;

		memset(work, 0x5a, sizeof(work));
		for (uint64_t k = 0; k < rows[i].rmrrs; k++)
			rmrrs[k] = (struct igdpt_dmar_build_rmrr){ 0x1000 * (k + 1), 0x1000 * (k + 1) + 0xfff, 0,
				1, &igd };
		/* The last that is compared shares its page with the first. */
		rmrrs[rows[i].rmrrs == 65 ? 63 : rows[i].rmrrs - 1].base = 0x1000;
		rmrrs[rows[i].rmrrs == 65 ? 63 : rows[i].rmrrs - 1].end = 0x1fff;
		dmar = view(table, build(rmrrs, rows[i].rmrrs, table, sizeof(table)));
		ck_assert_int_eq(igdpt_dmar_validate(&dmar, &opts, tell, &story), 0);
		ck_assert_str_eq(story.text, rows[i].findings);
		for (size_t word = rows[i].words / 3 * 3; word < 12; word++)
			ck_assert_uint_eq(work[word], 0x5a5a5a5a5a5a5a5a);
	}
}
END_TEST

START_TEST(options_that_mean_nothing_are_refused)
{
	uint8_t table[USUAL_BYTES];
	struct igdpt_dmar dmar = view(table, build(usual, 2, table, sizeof(table)));
	struct igdpt_dmar_validate_opts opts = { .size = sizeof(opts) };

	ck_assert_int_eq(igdpt_dmar_validate(NULL, &opts, NULL, NULL), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_dmar_validate(&dmar, &opts, NULL, NULL), 0);
	opts.reserved = 1;
	ck_assert_int_eq(igdpt_dmar_validate(&dmar, &opts, NULL, NULL), -IGDPT_E_ABI_UNKNOWN);
	opts.size = offsetof(struct igdpt_dmar_validate_opts, words);
	ck_assert_int_eq(igdpt_dmar_validate(&dmar, &opts, NULL, NULL), -IGDPT_E_ABI_SIZE);
}
END_TEST

START_TEST(another_table_keeps_all_but_its_regions)
{
	uint8_t before[256], after[256];
	size_t len = append_rare(before, build(usual, 2, before, sizeof(before)));
	const struct igdpt_dmar_build_rmrr one = { 0x3af00000, 0x3eefffff, 0, 1, &igd };
	struct igdpt_dmar_build_opts opts = { .size = sizeof(opts), .rmrrs = &one, .rmrr_count = 1 };
	size_t size = sizeof(after), want = len - 42 - 32 + 32;
	struct igdpt_dmar from;

	memset(before + 10, 'X', 14);
	put_le32(before + 24, 7);
	memset(before + 28, 'Y', 8);
	before[36] = 45;
	before[37] = 1;
	memset(before + 38, 'Z', 10);
	repair(before, len);
	from = view(before, len);
	opts.from = &from;
	ck_assert_int_eq(igdpt_dmar_build(&opts, after, &size, NULL), 0);
	ck_assert_uint_eq(size, want);
	ck_assert_uint_eq(get_le32(after + 4), want);
	ck_assert_mem_eq(after + 10, before + 10, 14);
	ck_assert_uint_eq(get_le32(after + 24), 8);
	ck_assert_mem_eq(after + 28, before + 28, 36);
	ck_assert_uint_eq(get_le64(after + 64 + 8), 0x3af00000);
	ck_assert_mem_eq(after + 96, rare, sizeof(rare));
	ck_assert_str_eq(validate(after, size).text, "dmar-structure-type@b2:7/6");
	opts.oem_revision = 0x1234567;
	opts.host_address_width = 12;
	opts.flags = 6;
	ck_assert_int_eq(igdpt_dmar_build(&opts, after, &size, NULL), 0);
	ck_assert_uint_eq(get_le32(after + 24), 0x1234567);
	ck_assert(after[36] == 11 && after[37] == 7);
	before[len - 4] = 3; /* the last structure is too short for its header */
	repair(before, len);
	ck_assert_int_eq(igdpt_dmar_build(&opts, after, &size, NULL), -IGDPT_E_SIZE);
}
END_TEST

START_TEST(a_table_from_nothing_is_the_simplest_one)
{
	static const uint8_t want[] = "DMAR\x60\0\0\0\1SIGDPT LIBIGDPT\1\0\0\0IGPT\1\0\0\0\x26\0"
		"\0\0\0\0\0\0\0\0\0\0" "\0\0\x10\0\1\0\0\0\0\0\xd9\xfe\0\0\0\0"
		"\1\0\x20\0\0\0\x34\x12\x08\7\6\5\4\3\2\1\x18\x17\x16\x15\x14\x13\x12\x11"
		"\2\x08\0\0\4\5\x1f\7";
	static const uint8_t path[] = { 31, 7 };
	const struct igdpt_dmar_build_scope scope = { IGDPT_DMAR_SCOPE_BRIDGE, 4, 5, 1, path };
	const struct igdpt_dmar_build_rmrr rmrr = { 0x0102030405060708, 0x1112131415161718, 0x1234, 1,
		&scope };
	struct igdpt_dmar_build_opts opts = { .size = sizeof(opts), .rmrrs = &rmrr, .rmrr_count = 1 };
	uint8_t table[sizeof(want) - 1];
	size_t len = sizeof(table);

	ck_assert_int_eq(igdpt_dmar_build(&opts, table, &len, NULL), 0);
	ck_assert_uint_eq(len, sizeof(table));
	ck_assert_uint_eq(byte_sum(table, len), 0);
	table[9] = 'S'; /* the checksum */
	ck_assert_mem_eq(table, want, len);
	opts.drhd_base = 0xfed91000;
	opts.oem_revision = 9;
	opts.host_address_width = 256;
	opts.flags = 255;
	ck_assert_int_eq(igdpt_dmar_build(&opts, table, &len, NULL), 0);
	ck_assert_uint_eq(get_le64(table + 56), 0xfed91000);
	ck_assert(get_le32(table + 24) == 9 && table[36] == 255 && table[37] == 255);
}
END_TEST

static struct told build_failure(const struct igdpt_dmar_build_opts *opts, size_t room)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct told story = { .used = 0 };
	uint8_t *table = malloc(room);

	if (igdpt_dmar_build(opts, table, &room, &why) < 0)
		tell(&story, &why);
	free(table);
	return story;
}

/* The largest that its field holds, and one more. */
START_TEST(what_has_no_room_in_the_table_is_refused)
{
	static const uint8_t path[] = { 31, 7, 31, 7 }, device[] = { 0, 0, 32, 0 }, zeroes[250],
		function[] = { 31, 8 };
	static const struct {
		struct igdpt_dmar_build_scope scope;
		const char *finding;
	} scopes[] = {
		{ { 255, 255, 255, 2, path }, "" }, { { 1, 0, 0, 124, zeroes }, "" },
		{ { 256, 0, 0, 1, path }, "dmar-build:100/ff" }, { { 1, 256, 0, 1, path }, "dmar-build:100/ff" },
		{ { 1, 0, 0x200, 1, path }, "dmar-build:200/ff" }, { { 1, 0, 0, 2, device }, "dmar-build:20/1f" },
		{ { 1, 0, 0, 1, device + 2 }, "dmar-build:20/1f" },
		{ { 1, 0, 0, 1, function }, "dmar-build:8/7" }, { { 1, 0, 0, 125, zeroes }, "dmar-build:7d/7c" },
		{ { 1, 0, 0, 0, path }, "dmar-build:0/7c" }, { { 1, 0, 0, 1, NULL }, "argument:1/0" },
	};
	struct igdpt_dmar_build_rmrr rmrr = { 0, 0xfff, 0, 1, NULL };
	struct igdpt_dmar_build_opts opts = { .size = sizeof(opts), .rmrrs = &rmrr, .rmrr_count = 1 };

	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
		rmrr.scopes = &scopes[i].scope;
		ck_assert_str_eq(build_failure(&opts, 512).text, scopes[i].finding);
	}
	rmrr.scopes = &igd;
	ck_assert_str_eq(build_failure(&opts, 96).text, "");
	ck_assert_str_eq(build_failure(&opts, 95).text, "output-space:5f/60");
	rmrr.segment = 0xffff;
	ck_assert_str_eq(build_failure(&opts, 96).text, "");
	rmrr.segment = 0x10000;
	ck_assert_str_eq(build_failure(&opts, 96).text, "dmar-build:10000/ffff");
	rmrr.segment = 0;
	rmrr.scopes = NULL;
	ck_assert_str_eq(build_failure(&opts, 96).text, "argument:1/0");
	rmrr.scope_count = 0;
	ck_assert_str_eq(build_failure(&opts, 88).text, "");
	opts.rmrrs = NULL;
	ck_assert_str_eq(build_failure(&opts, 88).text, "argument:1/0");
	opts.rmrr_count = 0;
	opts.flags = 256;
	ck_assert_str_eq(build_failure(&opts, 64).text, "dmar-build:100/ff");
	opts.flags = 0;
	opts.host_address_width = 11;
	ck_assert_str_eq(build_failure(&opts, 64).text, "dmar-build:b/c");
	opts.host_address_width = 257;
	ck_assert_str_eq(build_failure(&opts, 64).text, "dmar-build:101/100");
}
END_TEST

/* 24 bytes and 8 for each scope are at most 65535, in a field of 16 bits. */
START_TEST(a_structure_has_at_most_64_kib)
{
	struct igdpt_dmar_build_scope *many = calloc(9000, sizeof(*many));
	struct igdpt_dmar_build_rmrr rmrrs[2] = { { 0, 0xfff, 0, 8188, many }, { 0, 0xfff, 0, 1, &igd } };
	struct igdpt_dmar_build_opts opts = { .size = sizeof(opts), .rmrrs = rmrrs, .rmrr_count = 2 };
	size_t len = 64 + 65528 + 32;
	uint8_t *table = malloc(len);

	for (unsigned i = 0; i < 9000; i++)
		many[i] = igd;
	ck_assert_int_eq(igdpt_dmar_build(&opts, table, &len, NULL), 0);
	ck_assert_uint_eq(get_le16(table + 66), 65528);
	ck_assert_uint_eq(get_le16(table + 64 + 65528 + 2), 32);
	rmrrs[0].scope_count++;
	ck_assert_str_eq(build_failure(&opts, len).text, "dmar-build:10000/ffff");
	rmrrs[0].scope_count = 9000;
	ck_assert_str_eq(build_failure(&opts, len).text, "dmar-build:10000/ffff");
	free(many);
	free(table);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dmar");
	TCase *tc = tcase_create("table");

	tcase_add_test(tc, what_is_built_is_read_back);
	tcase_add_test(tc, every_field_has_its_place);
	tcase_add_test(tc, every_type_is_read_and_newer_ones_are_skipped);
	tcase_add_test(tc, a_structure_holds_its_fixed_part);
	tcase_add_test(tc, every_fault_has_a_name_and_an_offset);
	tcase_add_test(tc, more_than_one_byte_makes_a_fault);
	tcase_add_test(tc, the_header_is_judged_and_told);
	tcase_add_test(tc, broken_regions_of_kernel_logs_are_found);
	tcase_add_test(tc, a_region_ends_within_the_width);
	tcase_add_test(tc, a_region_wants_a_firmware_reservation);
	tcase_add_test(tc, one_shared_byte_is_an_overlap);
	tcase_add_test(tc, each_overlap_is_told_once);
	tcase_add_test(tc, an_odd_byte_after_a_path_is_ignored);
	tcase_add_test(tc, paths_lead_behind_bridges);
	tcase_add_test(tc, buses_are_the_eight_low_bits_of_an_answer);
	tcase_add_test(tc, a_path_that_leads_nowhere_is_told);
	tcase_add_test(tc, a_walk_stays_inside_the_table);
	tcase_add_test(tc, a_truncated_table_is_an_error_with_an_offset);
	tcase_add_test(tc, as_many_regions_are_compared_as_there_is_room);
	tcase_add_test(tc, options_that_mean_nothing_are_refused);
	tcase_add_test(tc, another_table_keeps_all_but_its_regions);
	tcase_add_test(tc, a_table_from_nothing_is_the_simplest_one);
	tcase_add_test(tc, what_has_no_room_in_the_table_is_refused);
	tcase_add_test(tc, a_structure_has_at_most_64_kib);
	tcase_add_test(tc, any_byte_may_have_any_value);
	tcase_add_test(tc, ten_thousand_regions_are_judged_in_bounded_time);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
