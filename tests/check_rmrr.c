/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <inttypes.h>

#include <ctype.h>

#include "bytes.h"
#include "told.h"
#include "igdpt/rmrr.h"

#define IGD 0x10u
#define IGD_FN1 0x11u
#define EDU 0x28u
#define GIB (UINT64_C(1) << 30)

static const uint8_t igd_path[] = { 2, 0 }, fn1_path[] = { 2, 1 }, edu_path[] = { 5, 0 },
	deep_path[] = { 0x1c, 0, 0, 0 };
static const struct igdpt_dmar_build_scope igd_scope = { IGDPT_DMAR_SCOPE_ENDPOINT, 0, 0, 1, igd_path };
static const struct igdpt_dmar_build_scope fn1_scope = { IGDPT_DMAR_SCOPE_ENDPOINT, 0, 0, 1, fn1_path };
static const struct igdpt_dmar_build_scope edu_scope = { IGDPT_DMAR_SCOPE_ENDPOINT, 0, 0, 1, edu_path };
static const struct igdpt_dmar_build_scope deep_scope = { IGDPT_DMAR_SCOPE_ENDPOINT, 0, 0, 2, deep_path };
static const struct igdpt_dmar_build_scope port_scope = { IGDPT_DMAR_SCOPE_BRIDGE, 0, 0, 1, deep_path };
static const struct igdpt_rmrr_device igd = { IGD, 0x030000 }, edu = { EDU, 0x00ff00 };

/*
 * Regions as text: a letter for each source (D for DMAR, then S, I, V, U), the type, an "i" for the
 * reason "ISA", first and last byte: "DS1 2000-2fff". Read, each gets its place from 1 on as offset.
 */
static const char letters[] = "DSIVU";

static size_t regions_of(const char *text, struct igdpt_rmrr_region *r)
{
	char word[8];
	int used;
	size_t n = 0;

	for (; sscanf(text, " %7s %" SCNx64 "-%" SCNx64 "%n", word, &r[n].first, &r[n].last, &used) == 3;
		text += used) {
		r[n].sources = 1u << (strchr(letters, word[0]) - letters);
		r[n].type = (uint32_t)(word[1] - '0');
		r[n].reason = word[2] ? IGDPT_RMRR_BY_ISA : 0;
		r[n].address = IGDPT_RMRR_NO_ADDRESS;
		r[n].state = 0;
		r[n].offset = n + 1;
		n++;
	}
	return n;
}

struct lines {
	char text[1000];
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void line(struct lines *l, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	l->used += (size_t)vsnprintf(l->text + l->used, sizeof(l->text) - l->used, format, values);
	va_end(values);
	ck_assert_uint_lt(l->used, sizeof(l->text));
}

static struct lines text_of(const struct igdpt_rmrr_region *r, size_t n)
{
	struct lines l = { "", 0 };

	for (; n--; r++) {
		line(&l, "%s", l.used ? " " : "");
		for (unsigned bit = 0; bit < 5; bit++)
			line(&l, "%.1s", r->sources >> bit & 1 ? letters + bit : "");
		line(&l, "%u %" PRIx64 "-%" PRIx64, r->type, r->first, r->last);
	}
	return l;
}

static struct igdpt_dmar table_of(const struct igdpt_dmar_build_rmrr *rmrrs, uint64_t count,
	uint8_t *buf, size_t room)
{
	struct igdpt_dmar_build_opts opts = { .size = sizeof(opts), .rmrrs = rmrrs,
		.rmrr_count = count };
	struct igdpt_dmar dmar;

	ck_assert_int_eq(igdpt_dmar_build(&opts, buf, &room, NULL), 0);
	ck_assert_int_eq(igdpt_dmar_init(&dmar, buf, room, NULL), 0);
	return dmar;
}

static int bridge(void *user, uint32_t address)
{
	(void)user;
	return address == 0x1c << 3 ? 0x0503 : -1;
}

static size_t predict(const struct igdpt_dmar *dmar, const struct igdpt_rmrr_device *devices,
	uint64_t count, uint32_t flags, struct igdpt_rmrr_region *regions, size_t room)
{
	struct igdpt_rmrr_predict_opts opts = { .size = sizeof(opts), .flags = flags,
		.devices = devices, .device_count = count, .bridge = bridge };

	ck_assert_int_eq(igdpt_rmrr_predict(dmar, &opts, regions, &room, NULL), 0);
	return room;
}

/* The lines of reserved_regions, as the kernel prints them. */
static void print(const struct igdpt_rmrr_region *r, size_t n, char *text, size_t room)
{
	static const char *const words[] = { "", "direct", "direct-relaxable", "reserved", "msi" };
	size_t used = 0;

	*text = '\0';
	for (; n--; r++)
		used += (size_t)snprintf(text + used, room - used, "0x%016" PRIx64 " 0x%016" PRIx64 " %s\n",
			r->first, r->last, words[r->type]);
}

/* Regions and attach of a group, as measured in a virtual machine with these tables. */
static void expect_group(const struct igdpt_dmar_build_rmrr *rmrrs, uint64_t count,
	const struct igdpt_rmrr_device *devices, uint64_t device_count, const char *lines,
	uint32_t blocker)
{
	struct igdpt_rmrr_region regions[16];
	struct igdpt_rmrr_attach attach = { .size = sizeof(attach) };
	uint8_t table[512];
	char text[600];
	struct igdpt_dmar dmar = table_of(rmrrs, count, table, sizeof(table));
	size_t n = predict(&dmar, devices, device_count, IGDPT_RMRR_AS_SYSFS, regions, 16);

	print(regions, n, text, sizeof(text));
	ck_assert_str_eq(text, lines);
	for (uint32_t minor = 1; minor <= 12; minor += 11) {
		ck_assert_int_eq(igdpt_rmrr_predict_attach(regions, n, 0x0600 | minor, &attach, NULL), 0);
		ck_assert_uint_eq(attach.blocked, blocker != 0);
		ck_assert_uint_eq(attach.error, !blocker ? 0 : minor == 1 ? 1 : 22);
		if (!blocker)
			continue;
		ck_assert_uint_eq(attach.address, blocker);
		ck_assert_ptr_nonnull(strstr(attach.message, minor == 1 ? "ineligible" : "1:1 IOMMU"));
	}
}

#define MSI "0x00000000fee00000 0x00000000feefffff msi\n"
#define STOLEN "0x000000003af00000 0x000000003eefffff "
#define LOW "0x00000000000f0000 0x00000000000fffff "

START_TEST(a_group_has_the_regions_that_linux_gave_it)
{
	const struct igdpt_dmar_build_scope both[] = { igd_scope, edu_scope };
	const struct igdpt_dmar_build_rmrr apart[] = { { 0x3af00000, 0x3eefffff, 0, 1, &igd_scope },
		{ 0xf0000, 0xfffff, 0, 1, &edu_scope } };
	const struct igdpt_dmar_build_rmrr shared = { 0x3af00000, 0x3eefffff, 0, 2, both };
	const struct igdpt_dmar_build_rmrr mate[] = { { 0x3af00000, 0x3eefffff, 0, 1, &igd_scope },
		{ 0xf0000, 0xfffff, 0, 1, &fn1_scope } };
	const struct igdpt_rmrr_device group[] = { igd, { IGD_FN1, 0x00ff00 } };

	expect_group(apart, 2, &igd, 1, STOLEN "direct-relaxable\n" MSI, 0);
	expect_group(apart, 2, &edu, 1, LOW "direct\n" MSI, EDU);
	expect_group(&shared, 1, &igd, 1, STOLEN "direct-relaxable\n" MSI, 0);
	expect_group(&shared, 1, &edu, 1, STOLEN "direct\n" MSI, EDU);
	expect_group(mate, 2, group, 2, LOW "direct\n" STOLEN "direct-relaxable\n" MSI, IGD_FN1);
}
END_TEST

START_TEST(the_class_of_the_device_decides)
{
	const struct igdpt_dmar_build_rmrr rmrr = { 0xf0000, 0xfffff, 0, 1, &edu_scope };
	static const struct {
		uint32_t class_code, blocker;
		const char *lines;
	} rows[] = {
		{ 0x038000, 0, LOW "direct-relaxable\n" MSI },
		{ 0x0c0330, 0, LOW "direct-relaxable\n" MSI },
		{ 0x0c0310, 0, LOW "direct-relaxable\n" MSI },
		{ 0x0c0500, EDU, LOW "direct\n" MSI },
		{ 0x010601, EDU, LOW "direct\n" MSI },
		{ 0x060100, EDU, "0x0000000000000000 0x0000000000ffffff direct-relaxable\n" LOW "direct\n" MSI },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct igdpt_rmrr_device device = { EDU, rows[i].class_code };

		expect_group(&rmrr, 1, &device, 1, rows[i].lines, rows[i].blocker);
	}
}
END_TEST

/* Linux joins what touches, type by type, and uses broken regions as they are. */
START_TEST(neighbours_of_one_type_are_one_line)
{
	const struct igdpt_dmar_build_rmrr rmrrs[] = {
		{ 0x5000, 0x5fff, 0, 1, &edu_scope }, { 0x1000, 0x2fff, 0, 1, &edu_scope },
		{ 0x3000, 0x3fff, 0, 1, &edu_scope }, { 0x2000, 0x2fff, 0, 1, &igd_scope },
		{ 0x9000, 0x8fff, 0, 1, &edu_scope } };
	const struct igdpt_rmrr_device group[] = { igd, edu };

	expect_group(rmrrs, 5, group, 2,
		"0x0000000000001000 0x0000000000003fff direct\n"
		"0x0000000000002000 0x0000000000002fff direct-relaxable\n"
		"0x0000000000005000 0x0000000000005fff direct\n"
		"0x0000000000009000 0x0000000000008fff direct\n" MSI, EDU);
}
END_TEST

START_TEST(a_bridge_stands_for_all_behind_it)
{
	const struct igdpt_dmar_build_rmrr rmrrs[] = { { 0x1000, 0x1fff, 0, 1, &deep_scope },
		{ 0x8000, 0x8fff, 0, 1, &port_scope } };
	struct igdpt_rmrr_device device = { 0x300, 0 };
	struct igdpt_rmrr_region regions[4];
	uint8_t table[256];
	struct igdpt_dmar dmar = table_of(rmrrs, 2, table, sizeof(table));

	ck_assert_uint_eq(predict(&dmar, &device, 1, 0, regions, 4), 3);
	device.address = 0x508;
	ck_assert_uint_eq(predict(&dmar, &device, 1, 0, regions, 4), 2);
	ck_assert_uint_eq(regions[0].first, 0x8000);
	device.address = 0x600;
	ck_assert_uint_eq(predict(&dmar, &device, 1, 0, regions, 4), 1);
	device.address = 0x10300;
	ck_assert_uint_eq(predict(&dmar, &device, 1, 0, regions, 4), 1);
	device = (struct igdpt_rmrr_device){ 0x1c << 3, 0x060400 };
	ck_assert_uint_eq(predict(&dmar, &device, 1, 0, regions, 4), 2);
}
END_TEST

START_TEST(all_regions_name_their_devices)
{
	const struct igdpt_dmar_build_scope both[] = { edu_scope, igd_scope };
	const struct igdpt_dmar_build_rmrr rmrr = { 0x1000, 0x1fff, 0, 2, both };
	struct igdpt_rmrr_region regions[3];
	uint8_t table[256];
	struct igdpt_dmar dmar = table_of(&rmrr, 1, table, sizeof(table));

	ck_assert_uint_eq(predict(&dmar, &igd, 1, IGDPT_RMRR_ALL_DEVICES, regions, 3), 3);
	ck_assert(regions[0].address == EDU && regions[0].type == IGDPT_RMRR_OTHER);
	ck_assert(regions[1].address == IGD && regions[1].type == IGDPT_RMRR_RELAXABLE &&
		regions[1].reason == IGDPT_RMRR_BY_DISPLAY);
}
END_TEST

/* As "type.reason first-last address offset" of what a table of two scopes gives. */
static struct lines foretell(const struct igdpt_dmar_build_rmrr *rmrrs, uint64_t count,
	const struct igdpt_rmrr_device *devices, uint64_t device_count, uint32_t flags)
{
	uint8_t table[512];
	struct igdpt_dmar dmar = table_of(rmrrs, count, table, sizeof(table));
	struct igdpt_rmrr_region r[16];
	struct lines l = { "", 0 };
	size_t n = predict(&dmar, devices, device_count, flags, r, 16);

	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(r[i].sources, IGDPT_RMRR_DMAR);
		line(&l, "%s%u.%u %" PRIx64 "-%" PRIx64 " %x %" PRIx64, i ? ", " : "", r[i].type, r[i].reason,
			r[i].first, r[i].last, r[i].address, r[i].offset);
	}
	return l;
}

START_TEST(each_device_has_its_regions)
{
	static const struct igdpt_dmar_build_scope hpet = { 4, 0, 0, 1, igd_path };
	const struct igdpt_dmar_build_scope both[] = { hpet, fn1_scope };
	const struct igdpt_dmar_build_rmrr rmrrs[] = { { 0x1000, 0x1fff, 0, 1, &igd_scope },
		{ 0x3000, 0x3fff, 0, 2, both }, { 0x5000, 0x5fff, 1, 1, &igd_scope } };
	const struct igdpt_dmar_build_rmrr plain[] = { rmrrs[0], { 0x3000, 0x3fff, 0, 1, &fn1_scope },
		rmrrs[2] };
	const struct igdpt_dmar_build_rmrr below = { 0x7000, 0x7fff, 0, 1, &port_scope };
	const struct igdpt_rmrr_device devices[] = { { IGD, 0x030000 }, { IGD_FN1, 0x0c0330 },
		{ 0x10000 | IGD, 0x060100 } }, port = { 0x1c << 3, 0x060400 };

	ck_assert_str_eq(foretell(rmrrs, 3, NULL, 0, 0).text,
		"4.5 fee00000-feefffff ffffffff 0");
	ck_assert_str_eq(foretell(rmrrs, 3, devices, 1, 0).text,
		"2.1 1000-1fff 10 40, 4.5 fee00000-feefffff ffffffff 0");
	ck_assert_str_eq(foretell(rmrrs, 3, devices, 3, 0).text,
		"2.1 1000-1fff 10 40, 2.2 3000-3fff 11 60, 1.4 5000-5fff 10010 88, "
		"2.3 0-ffffff 10010 0, 4.5 fee00000-feefffff ffffffff 0");
	ck_assert_str_eq(foretell(plain, 3, devices, 2, IGDPT_RMRR_ALL_DEVICES).text,
		"2.1 1000-1fff 10 40, 2.2 3000-3fff 11 60, 5.0 5000-5fff 10010 80, "
		"4.5 fee00000-feefffff ffffffff 0");
	ck_assert_str_eq(foretell(&below, 1, &port, 1, IGDPT_RMRR_ALL_DEVICES).text,
		"1.4 7000-7fff e0 40, 4.5 fee00000-feefffff ffffffff 0");
	ck_assert_str_eq(foretell(rmrrs, 3, devices, 2, IGDPT_RMRR_ALL_DEVICES).text,
		"2.1 1000-1fff 10 40, 5.0 3000-3fff 10 60, 2.2 3000-3fff 11 60, 5.0 5000-5fff 10010 88, "
		"4.5 fee00000-feefffff ffffffff 0");
}
END_TEST

/* What a bridge answers about its buses. */
static int answering_bridge(void *user, uint32_t address)
{
	return address == (0x10000 | 0x1c << 3) ? *(int *)user : -1;
}

/* A device is behind it (1.4), is not, or nobody knows (5.6); the last time nobody asks. */
START_TEST(a_bridge_says_which_buses_are_behind_it)
{
	static const struct {
		int buses;
		uint32_t address, type, reason;
	} rows[] = {
		{ 0x0404, 0x10400, 1, 4 }, { 0x0504, 0x10400, 1, 4 }, { 0x0403, 0x10400, 1, 4 },
		{ 0x0503, 0x10400, 1, 4 }, { 0x0505, 0x10400, 0, 0 }, { 0x0303, 0x10400, 0, 0 },
		{ 0xff01, 0x10400, 1, 4 }, { 0, 0x10400, 0, 0 },      { 0, 0x10000, 0, 0 },
		{ 0xff00, 0x10000, 0, 0 }, { 0x0403, 0x20400, 0, 0 },
		{ -1, 0x10400, 5, 6 },     { -1, 0x10000, 0, 0 },     { -1, 0x20400, 0, 0 },
		{ 0x0503, 0x10400, 5, 6 },
	};
	const struct igdpt_dmar_build_rmrr rmrr = { 0x1000, 0x1fff, 1, 1, &port_scope };
	uint8_t table[128];
	struct igdpt_dmar dmar = table_of(&rmrr, 1, table, sizeof(table));

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct igdpt_rmrr_device device = { rows[i].address, 0 };
		int buses = rows[i].buses;
		struct igdpt_rmrr_predict_opts opts = { .size = sizeof(opts), .devices = &device,
			.device_count = 1, .bridge = answering_bridge, .user = &buses };

		if (i == sizeof(rows) / sizeof(rows[0]) - 1)
			opts.bridge = NULL;
		for (opts.flags = 0; opts.flags <= IGDPT_RMRR_ALL_DEVICES; opts.flags++) {
			struct igdpt_rmrr_region r[2];
			size_t n = 2;

			ck_assert_int_eq(igdpt_rmrr_predict(&dmar, &opts, r, &n, NULL), 0);
			ck_assert_uint_eq(n, rows[i].type || opts.flags ? 2 : 1);
			if (n == 1)
				continue;
			ck_assert_uint_eq(r[0].type, rows[i].type ? rows[i].type : IGDPT_RMRR_OTHER);
			ck_assert_uint_eq(r[0].reason, rows[i].reason);
			ck_assert(rows[i].type != 1 || r[0].address == rows[i].address);
		}
	}
}
END_TEST

/* The path of a scope goes through a bridge; whoever is on the bus where it starts is not meant. */
START_TEST(a_path_through_an_unknown_bridge_may_lead_to_what_is_behind_one)
{
	static const uint8_t path[] = { 0x1c, 0, 0, 0 };
	static const struct {
		uint16_t segment;
		uint8_t bus; /* where the path starts */
		uint32_t address, scopes, bound;
	} rows[] = { { 0, 0, 0x300, 1, IGDPT_RMRR_OTHER }, { 0, 0, 0x10, 1, 0 },
		{ 0, 0, 0x10300, 1, 0 }, { 0, 0, 0x5e0, 1, IGDPT_RMRR_OTHER },
		{ 0, 0, 0x5e0, 2, IGDPT_RMRR_DIRECT }, { 1, 5, 0x10510, 1, 0 },
		{ 1, 5, 0x10300, 1, IGDPT_RMRR_OTHER }, { 2, 5, 0x10300, 1, 0 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct igdpt_dmar_build_scope scopes[] = {
			{ IGDPT_DMAR_SCOPE_ENDPOINT, 0, rows[i].bus, 2, path },
			{ IGDPT_DMAR_SCOPE_ENDPOINT, 0, 5, 1, path } };
		const struct igdpt_dmar_build_rmrr rmrr = { 0x1000, 0x1fff, rows[i].segment,
			rows[i].scopes, scopes };
		const struct igdpt_rmrr_device device = { rows[i].address, 0x020000 };
		struct igdpt_rmrr_predict_opts opts = { .size = sizeof(opts), .devices = &device,
			.device_count = 1 };
		struct igdpt_rmrr_attach attach = { .size = sizeof(attach) };
		struct igdpt_rmrr_region r[2];
		uint8_t table[128];
		struct igdpt_dmar dmar = table_of(&rmrr, 1, table, sizeof(table));
		size_t n = 2;

		ck_assert_int_eq(igdpt_rmrr_predict(&dmar, &opts, r, &n, NULL), 0);
		ck_assert_uint_eq(n, rows[i].bound ? 2 : 1);
		ck_assert(n == 1 || r[0].type == rows[i].bound);
		ck_assert_int_eq(igdpt_rmrr_predict_attach(r, n, 0x060c, &attach, NULL), 0);
		ck_assert_uint_eq(attach.blocked,
			rows[i].bound == IGDPT_RMRR_DIRECT ? 1 : rows[i].bound ? 2 : 0);
		ck_assert_uint_eq(attach.error, rows[i].bound == IGDPT_RMRR_DIRECT ? 22 : 0);
		ck_assert(!rows[i].bound || attach.first == 0x1000);
	}
}
END_TEST

/* What is certain comes before what nobody can tell, whatever the order. */
START_TEST(a_refusal_is_told_before_a_doubt)
{
	struct igdpt_rmrr_region r[2] = { { .first = 1, .type = IGDPT_RMRR_DIRECT },
		{ .first = 2, .type = IGDPT_RMRR_OTHER, .reason = IGDPT_RMRR_BY_BRIDGE } };
	struct igdpt_rmrr_attach attach = { .size = sizeof(attach) };

	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(igdpt_rmrr_predict_attach(r, 2, 0x060c, &attach, NULL), 0);
		ck_assert(attach.blocked == 1 && attach.first == 1 && attach.message);
		r[1] = r[0];
		r[0] = (struct igdpt_rmrr_region){ .first = 2, .type = IGDPT_RMRR_OTHER,
			.reason = IGDPT_RMRR_BY_BRIDGE };
	}
	r[1] = r[0];
	r[1].first = 3;
	ck_assert_int_eq(igdpt_rmrr_predict_attach(r, 2, 0x060c, &attach, NULL), 0);
	ck_assert(attach.blocked == 2 && attach.first == 2 && !attach.message && !attach.error);
}
END_TEST

/* sysfs is what the kernel made of it. */
START_TEST(sysfs_settles_what_a_bridge_would_tell)
{
	const struct igdpt_rmrr_region in[2] = {
		{ .first = 0x1000, .last = 0x1fff, .sources = IGDPT_RMRR_DMAR, .type = IGDPT_RMRR_OTHER,
			.reason = IGDPT_RMRR_BY_BRIDGE },
		{ .first = 0xfee00000, .last = 0xfeefffff, .sources = IGDPT_RMRR_SYSFS,
			.type = IGDPT_RMRR_MSI } };
	struct igdpt_rmrr_region out[2];
	struct igdpt_range work[2];

	for (size_t n = 1; n <= 2; n++) {
		size_t count = 2;

		ck_assert_int_ge(igdpt_rmrr_merge(in, n, work, out, &count, NULL, NULL), 0);
		ck_assert_uint_eq(count, 1);
		ck_assert_uint_eq(out[0].type, n == 1 ? IGDPT_RMRR_OTHER : IGDPT_RMRR_MSI);
	}
}
END_TEST

/* Linux dmar_insert_dev_scope(): "Device scope type does not match". Type 0 is none at all. */
START_TEST(a_scope_binds_the_kind_of_device_that_its_type_speaks_of)
{
	static const uint8_t path[] = { 0x1c, 0 };
	static const struct {
		uint32_t type, class_code;
		bool bound;
	} rows[] = {
		{ 1, 0x030000, true },  { 1, 0x060100, true },  { 1, 0x060400, false },
		{ 1, 0x060700, false }, { 1, 0x060800, true },  { 2, 0x060400, true },
		{ 2, 0x068000, true },  { 2, 0x030000, false }, { 0, 0x030000, false },
		{ 3, 0x030000, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct igdpt_dmar_build_scope scope = { 1, 0, 0, 1, path };
		const struct igdpt_dmar_build_rmrr rmrr = { 0x1000, 0x1fff, 0, 1, &scope };
		const struct igdpt_rmrr_device device = { 0xe0, rows[i].class_code };
		struct igdpt_rmrr_predict_opts opts = { .size = sizeof(opts), .devices = &device,
			.device_count = 1 };
		struct igdpt_rmrr_region r[3];
		uint8_t table[128];
		struct igdpt_dmar dmar = table_of(&rmrr, 1, table, sizeof(table));
		size_t n = 3;

		table[64 + 24] = (uint8_t)rows[i].type;
		ck_assert_int_eq(igdpt_rmrr_predict(&dmar, &opts, r, &n, NULL), 0);
		ck_assert_msg((r[0].first == 0x1000) == rows[i].bound, "row %zu", i);
	}
}
END_TEST

/* As the kernel does: by start, then type; what touches is one, and may belong to several. */
START_TEST(lines_of_sysfs_are_joined_regions)
{
	static const uint64_t max = UINT64_MAX;
	const struct igdpt_rmrr_device group[] = { igd, edu };
	const struct igdpt_dmar_build_rmrr one[] = { { 0x1000, 0x1fff, 0, 1, &edu_scope },
		{ 0x2000, 0x2fff, 0, 1, &edu_scope }, { 0x4000, 0x7fff, 0, 1, &edu_scope },
		{ 0x5000, 0x5fff, 0, 1, &edu_scope } };
	const struct igdpt_dmar_build_rmrr apart[] = { { 0x1000, 0x1fff, 0, 1, &edu_scope },
		{ 0x2001, 0x2fff, 0, 1, &edu_scope } };
	const struct igdpt_dmar_build_scope both[] = { igd_scope, edu_scope };
	const struct igdpt_dmar_build_rmrr shared[] = { { 0x1000, 0x1fff, 0, 2, both },
		{ max - 0xfff, max, 0, 2, both }, { max - 0xfff, max, 0, 1, &igd_scope } };
	const struct igdpt_rmrr_device two[] = { { IGD, 0 }, { EDU, 0 } };

	ck_assert_str_eq(foretell(one, 4, group, 2, IGDPT_RMRR_AS_SYSFS).text,
		"1.4 1000-2fff 28 40, 1.4 4000-7fff 28 80, 4.5 fee00000-feefffff ffffffff 0");
	ck_assert_str_eq(foretell(apart, 2, group, 2, IGDPT_RMRR_AS_SYSFS).text,
		"1.4 1000-1fff 28 40, 1.4 2001-2fff 28 60, 4.5 fee00000-feefffff ffffffff 0");
	ck_assert_str_eq(foretell(shared, 3, group, 2, IGDPT_RMRR_AS_SYSFS).text,
		"1.4 1000-1fff 28 40, 2.1 1000-1fff 10 40, 4.5 fee00000-feefffff ffffffff 0, "
		"1.4 fffffffffffff000-ffffffffffffffff 28 68, "
		"2.1 fffffffffffff000-ffffffffffffffff 10 68");
	ck_assert_str_eq(foretell(shared, 3, two, 2, IGDPT_RMRR_AS_SYSFS).text,
		"1.4 1000-1fff ffffffff 40, 4.5 fee00000-feefffff ffffffff 0, "
		"1.4 fffffffffffff000-ffffffffffffffff ffffffff 68");
}
END_TEST

START_TEST(a_prediction_needs_its_arguments_and_a_whole_table)
{
	const struct igdpt_dmar_build_rmrr rmrr = { 0x1000, 0x1fff, 0, 1, &igd_scope };
	struct igdpt_rmrr_predict_opts opts = { .size = sizeof(opts), .devices = &igd, .device_count = 1 };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_rmrr_region r[2];
	uint8_t table[128];
	struct igdpt_dmar dmar = table_of(&rmrr, 1, table, sizeof(table));
	size_t n = 1;

	ck_assert_int_eq(igdpt_rmrr_predict(&dmar, &opts, r, &n, &why), -IGDPT_E_NOSPACE);
	ck_assert(n == 2 && why.value == sizeof(r[0]) && why.want == 2 * sizeof(r[0]));
	put_le64(table + 64 + 8, 0xff000000);
	put_le64(table + 64 + 16, 0xff000fff);
	opts.flags = IGDPT_RMRR_AS_SYSFS;
	ck_assert_int_eq(igdpt_rmrr_predict(&dmar, &opts, r, &n, &why), 0);
	ck_assert(n == 2 && r[0].type == IGDPT_RMRR_MSI && r[1].first == 0xff000000);
	n = 1;
	ck_assert_int_eq(igdpt_rmrr_predict(&dmar, &opts, r, &n, &why), -IGDPT_E_NOSPACE);
	n = 0;
	ck_assert_int_eq(igdpt_rmrr_predict(&dmar, &opts, NULL, &n, &why), -IGDPT_E_NOSPACE);
	ck_assert_int_eq(igdpt_rmrr_predict(NULL, &opts, r, &n, &why), -IGDPT_E_INVALID);
	ck_assert(why.offset == IGDPT_NO_OFFSET && why.value == 1 && why.want == 0);
	ck_assert_int_eq(igdpt_rmrr_predict(&dmar, &opts, r, NULL, &why), -IGDPT_E_INVALID);
	opts.flags = 4;
	ck_assert_int_eq(igdpt_rmrr_predict(&dmar, &opts, r, &n, &why), -IGDPT_E_INVALID);
	ck_assert(why.offset == IGDPT_NO_OFFSET && why.value == 4 && why.want == 3);
	opts.flags = 3;
	n = 2;
	ck_assert_int_eq(igdpt_rmrr_predict(&dmar, &opts, r, &n, &why), 0);
	opts.devices = NULL;
	ck_assert_int_eq(igdpt_rmrr_predict(&dmar, &opts, r, &n, &why), -IGDPT_E_INVALID);
	opts.size = 4;
	ck_assert_int_eq(igdpt_rmrr_predict(&dmar, &opts, r, &n, &why), -IGDPT_E_ABI_SIZE);
	opts = (struct igdpt_rmrr_predict_opts){ .size = sizeof(opts), .devices = &igd,
		.device_count = 1 };
	table[64] = IGDPT_DMAR_ATSR; /* which has scopes too, from byte 8 on */
	memcpy(table + 64 + 8, table + 64 + 24, 8);
	n = 2;
	ck_assert_int_eq(igdpt_rmrr_predict(&dmar, &opts, r, &n, &why), 0);
	ck_assert_uint_eq(n, 1);
	table[64] = IGDPT_DMAR_RMRR;
	table[64 + 24 + 1] = 5; /* the scope is too short */
	for (opts.flags = 0; opts.flags <= IGDPT_RMRR_ALL_DEVICES; opts.flags++) {
		ck_assert_int_eq(igdpt_rmrr_predict(&dmar, &opts, r, &n, &why), -IGDPT_E_SIZE);
		ck_assert_uint_eq(why.offset, 64 + 24 + 1);
	}
	table[64 + 2] = 23; /* too short to be read: nobody's region */
	table[64 + 23 + 2] = 9;
	table[64 + 23 + 3] = 0;
	n = 2;
	ck_assert_int_eq(igdpt_rmrr_predict(&dmar, &opts, r, &n, &why), 0);
	ck_assert_uint_eq(n, 1);
	table[64 + 2] = 3;
	ck_assert_int_eq(igdpt_rmrr_predict(&dmar, &opts, r, &n, &why), -IGDPT_E_SIZE);
}
END_TEST

static int parse(uint32_t source, const void *data, size_t len, struct igdpt_rmrr_region *regions,
	size_t *count, struct igdpt_finding *why)
{
	void *copy = exact_copy(data, len);
	int rc = igdpt_rmrr_parse(source, copy, len, regions, count, why);

	free(copy);
	return rc;
}

static const char sysfs[] = STOLEN "direct-relaxable\n" LOW "direct\n" MSI
	"0x0000000000000000 0xffffffffffffffff translated\n";

static const char iomem[] = "00000000-00000fff : Reserved\n00001000-0009dfff : System RAM\n"
	"3af00000-3fffffff : Reserved\n  3af00000-3eefffff : Graphics Stolen Memory\n"
	"40000000-bfffffff : PCI Bus 0000:00\n  c0000000-c0000fff : ACPI Non-volatile Storage\n";

START_TEST(text_of_the_kernel_is_read)
{
	struct igdpt_rmrr_region r[8];
	size_t n = 8;

	ck_assert_int_eq(parse(IGDPT_RMRR_SYSFS, sysfs, strlen(sysfs), r, &n, NULL), 0);
	ck_assert_uint_eq(n, 4);
	ck_assert(r[0].first == 0x3af00000 && r[0].last == 0x3eefffff);
	ck_assert(r[0].type == IGDPT_RMRR_RELAXABLE && r[1].type == IGDPT_RMRR_DIRECT &&
		r[2].type == IGDPT_RMRR_MSI && r[3].type == IGDPT_RMRR_OTHER);
	ck_assert(r[3].last == UINT64_MAX && r[1].offset == strlen(STOLEN) + 17);
	n = 8;
	ck_assert_int_eq(parse(IGDPT_RMRR_IOMEM, iomem, strlen(iomem), r, &n, NULL), 0);
	ck_assert_uint_eq(n, 5);
	ck_assert(r[1].type == IGDPT_RMRR_RAM && r[3].type == IGDPT_RMRR_FIRMWARE);
	n = 0;
	ck_assert_int_eq(parse(IGDPT_RMRR_IOMEM, iomem, strlen(iomem), NULL, &n, NULL),
		-IGDPT_E_NOSPACE);
	ck_assert_uint_eq(n, 5);
}
END_TEST

/* As "type first-last@offset", or what is wrong. */
START_TEST(each_form_of_a_line_is_read_or_refused)
{
	static const struct {
		uint32_t source;
		const char *text, *answer;
	} rows[] = {
		{ IGDPT_RMRR_SYSFS, "", "" },
		{ IGDPT_RMRR_SYSFS, "\n\r\n0x0 0xfff direct\r\n\n0x1 0x2 reserved", "1 0-fff@3 3 1-2@16" },
		{ IGDPT_RMRR_SYSFS, "0x0 0x1 direct\r", "1 0-1@0" },
		{ IGDPT_RMRR_SYSFS, "0x0 0x1 direct-relaxable\n0x2 0x3 msi", "2 0-1@0 4 2-3@19" },
		{ IGDPT_RMRR_SYSFS, "0x0 0x1 directs\n0x0 0x1 direct x\n0x0 0x1 ms", "5 0-1@0 5 0-1@10 5 0-1@21" },
		/* blanks at a line's end, as a terminal or a web page leaves them */
		{ IGDPT_RMRR_SYSFS, "0x0 0x1 direct \r\n \t\r\n0x2 0x3 msi\t \n\t", "1 0-1@0 4 2-3@15" },
		{ IGDPT_RMRR_SYSFS, "0xfedcba9876543210 0xFEDCBA9876543210 msi",
			"4 fedcba9876543210-fedcba9876543210@0" },
		{ IGDPT_RMRR_SYSFS, "0x0fedcba9876543210 0x0 msi", "rmrr-syntax@13:13/1b" },
		{ IGDPT_RMRR_SYSFS, "0x 0x1 msi", "rmrr-syntax@2:2/a" },
		{ IGDPT_RMRR_SYSFS, "0x1 1 msi", "rmrr-syntax@3:3/9" },
		{ IGDPT_RMRR_SYSFS, "0x1 0x msi", "rmrr-syntax@6:6/a" },
		{ IGDPT_RMRR_SYSFS, "0x1 0x1 ", "rmrr-syntax@7:7/7" },
		{ IGDPT_RMRR_SYSFS, "0x1 0x1\tmsi", "rmrr-syntax@7:7/b" },
		{ IGDPT_RMRR_SYSFS, "0", "rmrr-syntax@0:0/1" },
		{ IGDPT_RMRR_SYSFS, "0x1 0x1", "rmrr-syntax@7:7/7" },
		{ IGDPT_RMRR_SYSFS, "0x10000000000000000 0x0 msi", "rmrr-syntax@13:13/1b" },
		{ IGDPT_RMRR_SYSFS, "0x1 0x2 msi\nx", "rmrr-syntax@c:0/1" },
		{ IGDPT_RMRR_IOMEM, "", "" },
		{ IGDPT_RMRR_IOMEM, "\t 0-1 : System RAM\n  \t2-2 : Reserved\n3-4 : reserved",
			"8 0-1@0 7 2-2@13 7 3-4@25" },
		{ IGDPT_RMRR_IOMEM, "0-1 : ACPI Non-volatile Storage\n2-3 : Graphics Stolen Memory",
			"7 0-1@0 7 2-3@20" },
		{ IGDPT_RMRR_IOMEM, "0-1 : ACPI Tables\n2-3 : RAM buffer\n4-5 : \n6-7 : Reserved x", "" },
		{ IGDPT_RMRR_IOMEM, "0-1 : System RAM \n2-3 :\n4-5 : Reserved\t\n\t", "8 0-1@0 7 4-5@18" },
		{ IGDPT_RMRR_IOMEM, "0-0 : ACPI Tables\n0-0 : Reserved", "rmrr-hidden@0:0/0" },
		{ IGDPT_RMRR_IOMEM, "0-0 : Reserved\n0-1 : ACPI Tables", "7 0-0@0" },
		{ IGDPT_RMRR_IOMEM, "2-1 : Reserved", "rmrr-syntax@6:6/e" },
		{ IGDPT_RMRR_IOMEM, "0-1: Reserved", "rmrr-syntax@3:3/d" },
		{ IGDPT_RMRR_IOMEM, "-1 : Reserved", "rmrr-syntax@0:0/d" },
		{ IGDPT_RMRR_IOMEM, "1- : Reserved", "rmrr-syntax@2:2/d" },
		{ IGDPT_RMRR_IOMEM, "1 2 : Reserved", "rmrr-syntax@1:1/e" },
		{ IGDPT_RMRR_IOMEM, "1-2 Reserved", "rmrr-syntax@3:3/c" },
		{ IGDPT_RMRR_IOMEM, "1-2 :Reserved", "rmrr-syntax@5:5/d" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_finding why = { .size = sizeof(why) };
		struct igdpt_rmrr_region r[4];
		struct told story = { .used = 0 };
		struct lines l = { "", 0 };
		size_t n = 4;

		if (parse(rows[i].source, rows[i].text, strlen(rows[i].text), r, &n, &why) < 0) {
			ck_assert_int_eq(why.error, strstr(rows[i].answer, "hidden") ? -IGDPT_E_ACCESS :
				-IGDPT_E_SYNTAX);
			tell(&story, &why);
			line(&l, "%s", story.text);
			n = 0;
		}
		for (size_t k = 0; k < n; k++) {
			ck_assert(r[k].sources == rows[i].source && r[k].address == IGDPT_RMRR_NO_ADDRESS);
			line(&l, "%s%u %" PRIx64 "-%" PRIx64 "@%" PRIx64, k ? " " : "", r[k].type, r[k].first,
				r[k].last, r[k].offset);
		}
		ck_assert_msg(strcmp(l.text, rows[i].answer) == 0, "row %zu: %s", i, l.text);
	}
}
END_TEST

START_TEST(digits_are_those_of_hexadecimal)
{
	for (int c = 1; c < 256; c++) {
		char text[] = "0x? 0xff direct";
		struct igdpt_rmrr_region r[1];
		size_t n = 1;

		text[2] = (char)c;
		if (c == '\n')
			continue;
		ck_assert_int_eq(parse(IGDPT_RMRR_SYSFS, text, strlen(text), r, &n, NULL),
			isxdigit(c) ? 0 : -IGDPT_E_SYNTAX);
		if (isxdigit(c))
			ck_assert_uint_eq(r[0].first, strtoul(text + 2, NULL, 16));
	}
}
END_TEST

/* Two usable ranges around the interrupt window, as VFIO gives them. */
static size_t vfio_bytes(uint8_t *p)
{
	memset(p, 0, 48);
	put_le16(p, 1);
	put_le16(p + 2, 1);
	put_le32(p + 8, 2);
	put_le64(p + 24, 0xfedfffff);
	put_le64(p + 32, 0xfef00000);
	put_le64(p + 40, 0x7fffffffffff);
	return 48;
}

START_TEST(usable_ranges_are_read)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_rmrr_region r[2];
	uint8_t bytes[48];
	size_t n = 2;

	ck_assert_int_eq(parse(IGDPT_RMRR_VFIO, bytes, vfio_bytes(bytes), r, &n, NULL), 0);
	ck_assert(n == 2 && r[0].last == 0xfedfffff && r[1].type == IGDPT_RMRR_USABLE);
	n = 2;
	ck_assert_int_eq(parse(IGDPT_RMRR_IOMMUFD, bytes + 16, 32, r, &n, NULL), 0);
	ck_assert(n == 2 && r[1].first == 0xfef00000 && r[1].sources == IGDPT_RMRR_IOMMUFD);
	ck_assert_int_eq(parse(IGDPT_RMRR_IOMMUFD, bytes + 16, 31, r, &n, &why), -IGDPT_E_TRUNCATED);
	put_le32(bytes + 8, UINT32_MAX);
	ck_assert_int_eq(parse(IGDPT_RMRR_VFIO, bytes, 48, r, &n, &why), -IGDPT_E_TRUNCATED);
	ck_assert_uint_eq(why.offset, 48);
	put_le16(bytes, 2);
	ck_assert_int_eq(parse(IGDPT_RMRR_VFIO, bytes, 48, r, &n, &why), -IGDPT_E_MAGIC);
	ck_assert_int_eq(parse(IGDPT_RMRR_DMAR, bytes, 48, r, &n, &why), -IGDPT_E_INVALID);
}
END_TEST

/* Sixteen bytes of header, sixteen for each range; a range may be one byte, but not end too early. */
START_TEST(usable_ranges_are_counted_and_ordered)
{
	static const struct {
		uint32_t source, len, count, at;
		uint64_t value;
		const char *answer;
	} rows[] = {
		{ IGDPT_RMRR_VFIO, 48, 2, 24, 0, "V6 0-0 V6 fef00000-7fffffffffff" },
		{ IGDPT_RMRR_VFIO, 48, 1, 24, 0, "V6 0-0" },
		{ IGDPT_RMRR_VFIO, 16, 0, 24, 0, "" },
		{ IGDPT_RMRR_VFIO, 48, 3, 24, 0, "rmrr-truncated@30:30/40" },
		{ IGDPT_RMRR_VFIO, 47, 2, 24, 0, "rmrr-truncated@2f:2f/30" },
		{ IGDPT_RMRR_VFIO, 15, 2, 24, 0, "rmrr-truncated@f:f/10" },
		{ IGDPT_RMRR_VFIO, 16, 1, 24, 0, "rmrr-truncated@10:10/20" },
		{ IGDPT_RMRR_VFIO, 16, 0, 0, 2, "rmrr-capability@0:2/1" },
		{ IGDPT_RMRR_VFIO, 0, 2, 24, 0, "rmrr-truncated@0:0/10" },
		{ IGDPT_RMRR_VFIO, 48, 2, 40, 0xfef00000, "V6 0-fedfffff V6 fef00000-fef00000" },
		{ IGDPT_RMRR_VFIO, 48, 2, 40, 0xfeefffff, "range-order@20:fef00000/feefffff" },
		{ IGDPT_RMRR_VFIO, 48, 2, 0, 0x10001, "V6 0-fedfffff V6 fef00000-7fffffffffff" },
		{ IGDPT_RMRR_VFIO, 48, 2, 0, 2, "rmrr-capability@0:2/1" },
		{ IGDPT_RMRR_IOMMUFD, 32, 0, 24, 0, "U6 0-0 U6 fef00000-7fffffffffff" },
		{ IGDPT_RMRR_IOMMUFD, 32, 0, 40, 0xfeefffff, "range-order@10:fef00000/feefffff" },
		{ IGDPT_RMRR_IOMMUFD, 0, 0, 24, 0, "" },
		{ IGDPT_RMRR_IOMMUFD, 17, 0, 24, 0, "rmrr-truncated@11:11/20" },
		{ IGDPT_RMRR_IOMMUFD, 15, 0, 24, 0, "rmrr-truncated@f:f/10" },
		{ IGDPT_RMRR_IOMMUFD, 32, 0, 16, 1, "U6 1-fedfffff U6 fef00000-7fffffffffff" },
		{ 32, 48, 0, 24, 0, "argument:20/10" },
		{ 0, 48, 0, 24, 0, "argument:0/10" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_finding why = { .size = sizeof(why) };
		size_t skip = rows[i].source == IGDPT_RMRR_IOMMUFD ? 16 : 0;
		struct igdpt_rmrr_region r[4];
		struct told story = { .used = 0 };
		struct lines l = { "", 0 };
		uint8_t bytes[48];
		size_t n = 4;

		vfio_bytes(bytes);
		put_le64(bytes + rows[i].at, rows[i].value);
		if (rows[i].at)
			put_le32(bytes + 8, rows[i].count);
		if (parse(rows[i].source, bytes + skip, rows[i].len, r, &n, &why) < 0) {
			tell(&story, &why);
			line(&l, "%s", story.text);
			n = 0;
		}
		for (size_t k = 0; k < n; k++) {
			ck_assert(r[k].offset == (skip ? 0 : 16) + 16 * k && r[k].address == IGDPT_RMRR_NO_ADDRESS);
			line(&l, "%s%s", k ? " " : "", text_of(r + k, 1).text);
		}
		ck_assert_msg(strcmp(l.text, rows[i].answer) == 0, "row %zu: %s", i, l.text);
	}
}
END_TEST

START_TEST(regions_without_room_are_counted)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_rmrr_region r[3];
	size_t n = 3;

	memset(&r[2], 0x5a, sizeof(r[2]));
	n = 2;
	ck_assert_int_eq(parse(IGDPT_RMRR_SYSFS, sysfs, strlen(sysfs), r, &n, &why), -IGDPT_E_NOSPACE);
	ck_assert(n == 4 && why.offset == IGDPT_NO_OFFSET && why.value == 2 * sizeof(r[0]) &&
		why.want == 4 * sizeof(r[0]));
	ck_assert_uint_eq(r[2].first, 0x5a5a5a5a5a5a5a5a);
	ck_assert_int_eq(igdpt_rmrr_parse(IGDPT_RMRR_SYSFS, sysfs, 1, r, NULL, &why), -IGDPT_E_INVALID);
	ck_assert(why.offset == IGDPT_NO_OFFSET && why.value == 1 && why.want == 0);
	ck_assert_int_eq(igdpt_rmrr_parse(IGDPT_RMRR_SYSFS, NULL, 1, r, &n, &why), -IGDPT_E_INVALID);
	/* What follows behind the length is not read. */
	ck_assert_int_eq(igdpt_rmrr_parse(IGDPT_RMRR_SYSFS, "0x1 0x1 msi", 5, r, &n, &why),
		-IGDPT_E_SYNTAX);
	ck_assert_uint_eq(why.offset, 3);
	ck_assert_int_eq(igdpt_rmrr_parse(IGDPT_RMRR_SYSFS, NULL, 0, r, &n, &why), 0);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(every_truncated_source_is_an_answer_or_an_error_with_an_offset)
{
	uint8_t vfio[48];
	const struct {
		uint32_t source;
		const void *data;
		size_t len;
	} rows[] = {
		{ IGDPT_RMRR_SYSFS, sysfs, strlen(sysfs) }, { IGDPT_RMRR_IOMEM, iomem, strlen(iomem) },
		{ IGDPT_RMRR_VFIO, vfio, vfio_bytes(vfio) }, { IGDPT_RMRR_IOMMUFD, vfio + 16, 32 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t cut = 0; cut < rows[i].len; cut++) {
			struct igdpt_finding why = { .size = sizeof(why) };
			struct igdpt_rmrr_region r[8];
			size_t n = 8;

			if (parse(rows[i].source, rows[i].data, cut, r, &n, &why) < 0)
				ck_assert(why.id && why.offset <= cut);
		}
	}
}
END_TEST

static int words(const char *text)
{
	int n = *text != '\0';

	for (; *text; text++)
		n += *text == ' ';
	return n;
}

/* What goes in, what comes out, and what the sources disagree about. */
START_TEST(each_source_bears_out_what_it_can_know)
{
	static const struct {
		const char *in, *out, *findings;
	} rows[] = {
		{ "", "", "" },
		{ "D1 1000-1fff D2 2000-2fff D3 3000-3fff D4 4000-4fff D5 5000-5fff S1 1000-1fff S2 "
			"2000-2fff S3 3000-3fff S4 4000-4fff S5 5000-5fff",
			"DS1 1000-1fff DS2 2000-2fff DS3 3000-3fff DS4 4000-4fff D5 5000-5fff S5 "
			"5000-5fff", "" },
		{ "D1 2000-2fff S2 2000-2fff",
			"D1 2000-2fff S2 2000-2fff",
			"rmrr-not-in-sysfs@1:2000/2fff rmrr-not-in-dmar@2:2000/2fff" },
		{ "D1 2000-2fff D4 2000-2fff S2 8000-8fff", "D1 2000-2fff D4 2000-2fff S2 8000-8fff",
			"rmrr-not-in-sysfs@1:2000/2fff rmrr-not-in-sysfs@2:2000/2fff rmrr-not-in-dmar@3:8000/8fff" },
		{ "D1 2000-2000 S2 8000-8fff", "D1 2000-2000 S2 8000-8fff", "rmrr-not-in-sysfs@1:2000/2000 rmrr-not-in-dmar@2:8000/8fff" },
		{ "D3 2000-2fff S4 2000-2fff", "D3 2000-2fff S4 2000-2fff", "rmrr-not-in-sysfs@1:2000/2fff" },
		{ "D1 2000-2fff S1 1000-3fff", "DS1 2000-2fff S1 1000-3fff", "rmrr-not-in-dmar@2:1000/3fff" },
		{ "D1 1000-3fff S1 2000-2fff", "D1 1000-3fff", "rmrr-not-in-sysfs@1:1000/3fff" },
		{ "D1 2000-2fff S1 2000-2ffe", "D1 2000-2fff", "rmrr-not-in-sysfs@1:2000/2fff" },
		{ "D1 2000-2fff S1 2001-2fff", "D1 2000-2fff", "rmrr-not-in-sysfs@1:2000/2fff" },
		{ "D2 2000-2fff D1 8000-8fff I7 2000-8fff", "DI2 2000-2fff DI1 8000-8fff", "" },
		{ "D2 2000-2fff D1 8000-8fff I7 2000-2ffe I7 8001-8fff",
			"D2 2000-2fff D1 8000-8fff",
			"rmrr-not-in-iomem@1:2000/2fff rmrr-not-in-iomem@2:8000/8fff" },
		{ "D3 2000-2fff D4 8000-8fff D5 9000-9fff I8 0-ffff",
			"D3 2000-2fff D4 8000-8fff D5 9000-9fff", "" },
		{ "D1 2000-2fff D2 3000-3fff D3 4000-4fff D4 5000-5fff D5 6000-6fff V6 8000-9fff",
			"DV1 2000-2fff D2 3000-3fff DV3 4000-4fff DV4 5000-5fff D5 6000-6fff", "" },
		{ "D1 2000-2fff D2 3000-3fff D3 4000-4fff D4 5000-5fff D5 6000-6fff V6 0-9fff",
			"D1 2000-2fff D2 3000-3fff D3 4000-4fff D4 5000-5fff D5 6000-6fff",
			"rmrr-usable@1:2000/2fff rmrr-usable@3:4000/4fff rmrr-usable@4:5000/5fff" },
		{ "D1 2000-2fff D2 3000-3fff D3 4000-4fff D4 5000-5fff D5 6000-6fff U6 8000-9fff",
			"DU1 2000-2fff D2 3000-3fff DU3 4000-4fff DU4 5000-5fff D5 6000-6fff", "" },
		{ "D1 2000-2fff D2 3000-3fff D3 4000-4fff D4 5000-5fff D5 6000-6fff U6 0-9fff",
			"D1 2000-2fff D2 3000-3fff D3 4000-4fff D4 5000-5fff D5 6000-6fff",
			"rmrr-usable@1:2000/2fff rmrr-usable@3:4000/4fff rmrr-usable@4:5000/5fff" },
		{ "D1 2000-2fff V6 0-2000 U6 2fff-2fff",
			"D1 2000-2fff",
			"rmrr-usable@1:2000/2fff rmrr-usable@1:2000/2fff" },
		{ "D1 2000-2fff V6 0-1fff U6 3000-3000", "DVU1 2000-2fff", "" },
		{ "D1 2fff-2000 S2 0-1 I8 0-1 V6 0-1 U6 0-1",
			"DVU1 2fff-2000 S2 0-1",
			"rmrr-not-in-dmar@2:0/1 rmrr-not-in-iomem@2:0/1" },
		{ "D2i 0-ffffff D2 1000000-1ffffff S3 0-1 I8 0-1",
			"D2 0-ffffff D2 1000000-1ffffff S3 0-1",
			"rmrr-not-in-sysfs@2:1000000/1ffffff rmrr-not-in-iomem@2:1000000/1ffffff" },
		{ "V6 0-fff V6 2000-2fff V6 4000-4fff", "V3 1000-1fff V3 3000-3fff", "" },
		{ "V6 0-fff V6 2000-2fff V6 4000-4fff S4 1fff-3fff",
			"S4 1fff-3fff",
			"rmrr-usable@4:1fff/3fff" },
		{ "V6 0-fff V6 2000-2fff V6 4000-4fff D4 8000-8fff",
			"DV4 8000-8fff V3 1000-1fff V3 3000-3fff",
			"rmrr-hole:1000/1fff rmrr-hole:3000/3fff" },
		{ "U6 0-fff U6 2000-2fff V6 0-fff V6 2000-2fff V6 4000-4fff S1 1000-1fff",
			"SVU1 1000-1fff V3 3000-3fff",
			"rmrr-hole:3000/3fff" },
		{ "U6 0-fff U6 2000-2fff D2 1001-1001", "D2 1001-1001", "" },
		{ "U6 0-fff U6 2000-2fff D5 1000-1fff S5 1000-1fff",
			"D5 1000-1fff S5 1000-1fff U3 1000-1fff",
			"rmrr-hole:1000/1fff" },
		{ "U6 0-fff U6 2000-2fff D1 2000-1000 I8 0-fff",
			"DU1 2000-1000 U3 1000-1fff",
			"rmrr-hole:1000/1fff" },
		{ "S1 1000-1fff I7 1000-1fff", "SI1 1000-1fff", "" },
		{ "S3 1000-1fff D1 8000-8fff V6 9000-9fff",
			"SV3 1000-1fff DV1 8000-8fff",
			"rmrr-not-in-sysfs@2:8000/8fff" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_rmrr_region in[16], out[16];
		struct igdpt_range work[16];
		struct told story = { .used = 0 };
		size_t n = regions_of(rows[i].in, in), answers = 16;
		int rc = igdpt_rmrr_merge(in, n, work, out, &answers, tell, &story);

		ck_assert_str_eq(text_of(out, answers).text, rows[i].out);
		ck_assert_str_eq(story.text, rows[i].findings);
		ck_assert_int_eq(rc, words(story.text));
		ck_assert_int_eq(igdpt_rmrr_merge(in, n, work, out, &answers, NULL, NULL), rc);
	}
}
END_TEST

START_TEST(an_answer_that_has_no_room_is_counted)
{
	struct igdpt_rmrr_region in[4], out[2];
	struct igdpt_range work[4];
	size_t n = regions_of("D1 1000-1fff V6 0-fff V6 2000-2fff", in), answers = 0;

	in[3] = in[0];
	in[3].sources = IGDPT_RMRR_SYSFS;
	in[3].type = IGDPT_RMRR_DIRECT;
	in[3].first = 0x8000;
	in[3].last = 0x8fff;
	ck_assert_int_eq(igdpt_rmrr_merge(in, n + 1, work, NULL, &answers, NULL, NULL), -IGDPT_E_NOSPACE);
	ck_assert_uint_eq(answers, 2);
	ck_assert_int_eq(igdpt_rmrr_merge(in, n + 1, work, NULL, &answers, NULL, NULL), -IGDPT_E_NOSPACE);
	ck_assert_int_eq(igdpt_rmrr_merge(in, n + 1, work, out, &answers, NULL, NULL), 2);
	ck_assert_int_eq(igdpt_rmrr_merge(in, n, work, out, NULL, NULL, NULL), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_rmrr_merge(NULL, n, work, out, &answers, NULL, NULL), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_rmrr_merge(in, n, NULL, out, &answers, NULL, NULL), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_rmrr_merge(NULL, 0, NULL, out, &answers, NULL, NULL), 0);
	ck_assert_uint_eq(answers, 0);
}
END_TEST

/* The sources of one healthy machine. */
struct machine {
	struct igdpt_rmrr_region in[32], out[32];
	struct igdpt_range work[32];
	size_t count, answers;
	struct told told;
};

static void gather(struct machine *m, uint32_t source, const void *data, size_t len)
{
	size_t n = 32 - m->count;

	ck_assert_int_eq(parse(source, data, len, m->in + m->count, &n, NULL), 0);
	m->count += n;
}

static int merge(struct machine *m)
{
	m->answers = 32;
	m->told.used = 0;
	m->told.text[0] = 0;
	return igdpt_rmrr_merge(m->in, m->count, m->work, m->out, &m->answers, tell, &m->told);
}

static void healthy(struct machine *m)
{
	const struct igdpt_dmar_build_rmrr rmrr = { 0x3af00000, 0x3eefffff, 0, 1, &igd_scope };
	uint8_t table[128], vfio[48];
	struct igdpt_dmar dmar = table_of(&rmrr, 1, table, sizeof(table));

	memset(m, 0, sizeof(*m));
	m->count = predict(&dmar, &igd, 1, 0, m->in, 32);
	gather(m, IGDPT_RMRR_SYSFS, STOLEN "direct-relaxable\n" MSI,
		strlen(STOLEN "direct-relaxable\n" MSI));
	gather(m, IGDPT_RMRR_IOMEM, iomem, strlen(iomem));
	gather(m, IGDPT_RMRR_VFIO, vfio, vfio_bytes(vfio));
}

START_TEST(sources_of_a_healthy_machine_agree)
{
	struct machine m;

	healthy(&m);
	ck_assert_int_eq(merge(&m), 0);
	ck_assert_uint_eq(m.answers, 2);
	ck_assert_uint_eq(m.out[0].address, IGD);
	ck_assert_uint_eq(m.out[0].sources, IGDPT_RMRR_DMAR | IGDPT_RMRR_SYSFS | IGDPT_RMRR_IOMEM);
	ck_assert_uint_eq(m.out[1].sources, IGDPT_RMRR_DMAR | IGDPT_RMRR_SYSFS | IGDPT_RMRR_VFIO);
}
END_TEST

START_TEST(each_disagreement_has_a_finding)
{
	struct machine m;

	healthy(&m);
	m.in[0].type = IGDPT_RMRR_DIRECT;
	ck_assert_int_eq(merge(&m), 3);
	ck_assert_str_eq(m.told.text, "rmrr-not-in-sysfs@40:3af00000/3eefffff "
		"rmrr-usable@40:3af00000/3eefffff "
		"rmrr-not-in-dmar@0:3af00000/3eefffff");
	healthy(&m);
	gather(&m, IGDPT_RMRR_SYSFS, LOW "direct\n", strlen(LOW "direct\n"));
	ck_assert_int_eq(merge(&m), 3);
	ck_assert_str_eq(m.told.text, "rmrr-not-in-dmar@0:f0000/fffff "
		"rmrr-not-in-iomem@0:f0000/fffff "
		"rmrr-usable@0:f0000/fffff");
	ck_assert_uint_eq(m.answers, 3);
	healthy(&m);
	m.in[m.count - 1].first += 0x200000;
	m.in[m.count - 2].last -= 0x100000;
	ck_assert_int_eq(merge(&m), 0);
	m.in[m.count - 1].last = 0x1ffffffff;
	gather(&m, IGDPT_RMRR_IOMMUFD, "\0\0\0\0\0\0\0\0\377\377\377\377\0\0\0\0", 16);
	ck_assert_int_eq(merge(&m), 1);
	ck_assert_str_eq(m.told.text, "rmrr-usable@0:fee00000/feefffff");
	healthy(&m);
	m.in[m.count - 2].last = 0xdfffffff;
	m.in[m.count - 1].first = 0xff000000;
	m.in[m.count] = m.in[m.count - 1];
	m.in[m.count - 1].last = 0xff00ffff;
	m.in[m.count].first = 0xff020000;
	m.count++;
	ck_assert_int_eq(merge(&m), 1);
	ck_assert_str_eq(m.told.text, "rmrr-hole:ff010000/ff01ffff");
	ck_assert(m.out[2].first == 0xff010000 && m.out[2].last == 0xff01ffff);
}
END_TEST

START_TEST(one_line_may_stand_for_several_regions)
{
	static const char line[] = "0x1000 0x2fff direct\n";
	const struct igdpt_dmar_build_rmrr rmrrs[] = { { 0x1000, 0x1fff, 0, 1, &edu_scope },
		{ 0x2000, 0x2fff, 0, 1, &edu_scope } };
	struct machine m = { .count = 0 };
	uint8_t table[128];
	struct igdpt_dmar dmar = table_of(rmrrs, 2, table, sizeof(table));

	m.count = predict(&dmar, &edu, 1, 0, m.in, 32) - 1;
	gather(&m, IGDPT_RMRR_SYSFS, line, strlen(line));
	ck_assert_int_eq(merge(&m), 0);
	ck_assert_uint_eq(m.answers, 2);
}
END_TEST

/* Lines of real machines: 72 = 64 + 8, 258 = 256 + 2, 36 = 32 + 4 MiB. */
START_TEST(the_region_of_an_igd_is_its_stolen_memory)
{
	static const struct {
		const char *platform;
		uint32_t ggc;
		uint64_t bdsm, first, last;
		const char *findings;
	} rows[] = {
		{ "cfl", 0x02c1, 0x4b800001, 0x4b000000, 0x4f7fffff, "" },
		{ "hsw", 0x0241, 0xbf200001, 0xbf000000, 0xcf1fffff, "" },
		{ "bdw", 0x0181, 0xbe000001, 0xbdc00000, 0xbfffffff, "" },
		{ "tgl", 0x02c1, 0x4b800001, 0x4b000000, 0x4f7fffff, "" },
		{ "tgl", 0x02c1, 0x4b8fffff, 0x4b000000, 0x4f7fffff, "" },
		{ "cfl", 0x01c1, 0x4b800001, 0x4b000000, 0x4f7fffff, "rmrr-stolen-size:4800000/2800000" },
		{ "cfl", 0x02c1, 0x4b800001, 0x4b000000, 0x4f7ffffe, "rmrr-stolen-size:47fffff/4800000" },
		{ "cfl", 0x02c1, 0x4b000001, 0x4b000000, 0x4f7fffff, "rmrr-stolen-base:4b000000/4a800000" },
		{ "cfl", 0x02c1, 0x4b000001, 0, UINT64_MAX, "rmrr-stolen-size:0/4800000 rmrr-stolen-base:0/4a800000" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct igdpt_range rmrr = { rows[i].first, rows[i].last };
		struct igdpt_platform p = { .size = sizeof(p) };
		struct told story = { .used = 0 };
		int rc;

		ck_assert_int_eq(igdpt_platform_by_name(rows[i].platform, &p), 0);
		rc = igdpt_rmrr_check_stolen(&p, rows[i].ggc, rows[i].bdsm, &rmrr, tell, &story);
		ck_assert_str_eq(story.text, rows[i].findings);
		ck_assert_int_eq(rc, !rows[i].findings[0] ? 0 : strchr(story.text, ' ') ? 2 : 1);
	}
}
END_TEST

START_TEST(no_region_is_normal_from_meteor_lake_on)
{
	static const struct {
		const char *name, *finding;
		int rc;
	} rows[] = { { "mtl", "rmrr-stolen-normal:4f6/4f6", 0 }, { "lnl", "rmrr-stolen-normal:7d4/4f6", 0 },
		{ "tgl", "rmrr-stolen-none:4b0/4f6", 1 }, { "snb", "rmrr-stolen-none:258/4f6", 1 } };
	const struct igdpt_range rmrr = { 0, 0xfff };
	struct igdpt_platform p = { .size = sizeof(p) };
	struct told story = { .used = 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		story.used = 0;
		igdpt_platform_by_name(rows[i].name, &p);
		ck_assert_int_eq(igdpt_rmrr_check_stolen(&p, 0, 0, NULL, tell, &story), rows[i].rc);
		ck_assert_str_eq(story.text, rows[i].finding);
	}
	p.gen = 1269;
	story.used = 0;
	ck_assert_int_eq(igdpt_rmrr_check_stolen(&p, 0, 0, NULL, tell, &story), 1);
	ck_assert_str_eq(story.text, "rmrr-stolen-none:4f5/4f6");
	ck_assert_int_eq(igdpt_rmrr_check_stolen(NULL, 0, 0, NULL, NULL, NULL), -IGDPT_E_INVALID);
	igdpt_platform_by_name("cfl", &p);
	ck_assert_int_lt(igdpt_rmrr_check_stolen(&p, 0x10000, 0, &rmrr, NULL, NULL), 0);
	igdpt_platform_by_name("tgl", &p);
	ck_assert_int_eq(igdpt_rmrr_check_stolen(&p, 0xffc0, 0, &rmrr, NULL, NULL), -IGDPT_E_RANGE);
	p.size = 4;
	ck_assert_int_eq(igdpt_rmrr_check_stolen(&p, 0, 0, NULL, NULL, NULL), -IGDPT_E_ABI_SIZE);
}
END_TEST

static int resolve(struct igdpt_rmrr_resolve_opts *opts, struct igdpt_rmrr_region *regions, size_t n,
	struct igdpt_rmrr_layout *layout, struct igdpt_rmrr_region *map, size_t *count)
{
	struct igdpt_range work[8];

	opts->size = sizeof(*opts);
	opts->work = work;
	layout->size = sizeof(*layout);
	return igdpt_rmrr_resolve(opts, regions, n, layout, map, count, NULL);
}

#define REGION(first, last, type) { first, last, 0, IGDPT_RMRR_DMAR, type, 0, 0, 0, 0 }

START_TEST(low_ram_ends_where_a_region_above_the_boundary_begins)
{
	struct igdpt_rmrr_region r[] = { REGION(0xbdd00000, 0xbfffffff, IGDPT_RMRR_DIRECT),
		REGION(0xa0001000, 0xa0001fff, IGDPT_RMRR_DIRECT),
		REGION(0x90000000, 0x9fffffff, IGDPT_RMRR_RELAXABLE) };
	struct igdpt_rmrr_resolve_opts opts = { .low_end = 0xc0000000, .high_end = 5 * GIB,
		.granularity = 0x200000 };
	struct igdpt_rmrr_layout layout;
	struct igdpt_rmrr_region map[8];
	size_t n = 8;

	ck_assert_int_eq(resolve(&opts, r, 3, &layout, map, &n), 0);
	ck_assert(layout.low_end == 0xa0000000 && layout.conflicts == 0);
	ck_assert(layout.moved == 0x20000000 && layout.high_end == 5 * GIB + 0x20000000);
	ck_assert(r[0].state == IGDPT_RMRR_MOVED && r[1].state == IGDPT_RMRR_MOVED &&
		r[2].state == IGDPT_RMRR_IGNORED);
	ck_assert_uint_eq(n, 4);
	ck_assert(map[0].first == 0 && map[0].last == 0x9fffffff && map[0].type == IGDPT_RMRR_RAM);
	ck_assert(map[1].first == 0xa0001000 && map[1].type == IGDPT_RMRR_RESERVED);
	ck_assert(map[2].last == 0xbfffffff && map[2].type == IGDPT_RMRR_RESERVED);
	ck_assert(map[3].first == 4 * GIB && map[3].last == layout.high_end - 1);
	opts.flags = IGDPT_RMRR_IDENTITY;
	ck_assert_int_eq(resolve(&opts, r, 3, &layout, NULL, NULL), 0);
	ck_assert_uint_eq(layout.low_end, 0x90000000);
}
END_TEST

START_TEST(a_region_at_the_boundary_is_a_conflict)
{
	struct igdpt_rmrr_region r[] = { REGION(2 * GIB, 2 * GIB + 0xfff, IGDPT_RMRR_DIRECT) };
	struct igdpt_rmrr_resolve_opts opts = { .low_end = 3 * GIB };
	struct igdpt_rmrr_layout layout;
	struct igdpt_rmrr_region map[4];
	size_t n = 4;

	ck_assert_int_eq(resolve(&opts, r, 1, &layout, map, &n), 0);
	ck_assert(layout.conflicts == 1 && layout.low_end == 3 * GIB && layout.high_end == 0);
	ck_assert(n == 1 && r[0].state == IGDPT_RMRR_CONFLICT);
	opts.policy = IGDPT_RMRR_STRICT;
	ck_assert_int_eq(resolve(&opts, r, 1, &layout, NULL, NULL), -IGDPT_E_OVERLAP);
	ck_assert_uint_eq(layout.conflicts, 1);
	opts.boundary = 2 * GIB - 1;
	ck_assert_int_eq(resolve(&opts, r, 1, &layout, NULL, NULL), 0);
	ck_assert(layout.low_end == 2 * GIB && layout.high_end == 5 * GIB);
	opts.policy = IGDPT_RMRR_IGNORE;
	ck_assert_int_eq(resolve(&opts, r, 1, &layout, NULL, NULL), 0);
	ck_assert(layout.low_end == 3 * GIB && r[0].state == IGDPT_RMRR_IGNORED);
}
END_TEST

START_TEST(high_ram_never_gives_way)
{
	struct igdpt_rmrr_region r[] = { REGION(5 * GIB, 5 * GIB + 0xfff, IGDPT_RMRR_DIRECT) };
	struct igdpt_rmrr_resolve_opts opts = { .low_end = 2 * GIB, .high_end = 6 * GIB };
	struct igdpt_rmrr_layout layout;

	ck_assert_int_eq(resolve(&opts, r, 1, &layout, NULL, NULL), 0);
	ck_assert_uint_eq(layout.conflicts, 1);
	opts.high_end = 5 * GIB;
	ck_assert_int_eq(resolve(&opts, r, 1, &layout, NULL, NULL), 0);
	ck_assert(layout.conflicts == 0 && r[0].state == IGDPT_RMRR_CLEAR);
}
END_TEST

START_TEST(regions_may_be_carved_out_of_ram)
{
	struct igdpt_rmrr_region r[] = { REGION(0x80000000, 0x8fffffff, IGDPT_RMRR_DIRECT),
		REGION(0xbfff0000, 0xc000ffff, IGDPT_RMRR_DIRECT),
		REGION(UINT64_MAX - 0xfff, UINT64_MAX, IGDPT_RMRR_RESERVED) };
	struct igdpt_rmrr_resolve_opts opts = { .low_end = 0xc0000000, .flags = IGDPT_RMRR_CARVE };
	struct igdpt_rmrr_layout layout;
	struct igdpt_rmrr_region map[8];
	size_t n = 8;

	ck_assert_int_eq(resolve(&opts, r, 3, &layout, map, &n), 0);
	ck_assert_uint_eq(n, 5);
	ck_assert(map[1].first == 0x80000000 && map[1].last == 0x8fffffff);
	ck_assert(map[2].first == 0x90000000 && map[2].last == 0xbffeffff);
	ck_assert(map[3].first == 0xbfff0000 && map[3].last == 0xc000ffff);
	ck_assert(map[4].last == UINT64_MAX);
	ck_assert(layout.low_end == 0xc0000000 && layout.moved == 0x10010000);
	n = 4;
	ck_assert_int_eq(resolve(&opts, r, 3, &layout, map, &n), -IGDPT_E_NOSPACE);
	ck_assert_uint_eq(n, 5);
}
END_TEST

/*
 * Options are policy, flags, ends of low and high RAM, boundary and granularity. The answer is the
 * layout with conflicts and bytes moved, then the regions' states, then the map; or the finding.
 */
START_TEST(guest_ram_gives_way)
{
	static const struct {
		struct igdpt_rmrr_resolve_opts o;
		const char *regions, *answer;
	} rows[] = {
#define LAYOUT(p, f, l, h, b, g) { .policy = p, .flags = f, .low_end = l, .high_end = h, .boundary = b, \
	.granularity = g }
		{ LAYOUT(0, 0, 0, 0, 0, 0), "", "0 0 0 0 | | " },
		{ LAYOUT(0, 0, 3 * GIB, 0, 0, 0), "", "c0000000 0 0 0 | | 8 0-bfffffff" },
		{ LAYOUT(0, 0, 0, 5 * GIB, 0, 0), "", "0 140000000 0 0 | | 8 100000000-13fffffff" },
		{ LAYOUT(0, 0, 4 * GIB, 4 * GIB + 1, 0, 0), "",
			"100000000 100000001 0 0 | | 8 0-ffffffff 8 100000000-100000000" },
		/* One of each type: the first that binds is the lowest, above the boundary. */
		{ LAYOUT(0, 0, 3 * GIB, 0, 0, 0), "D1 80000000-80000fff D2 90000000-90000fff D3 a0000000-a0000fff D4 "
			"b0000000-b0000fff D5 c0000000-c0000fff",
			"a0000000 120000000 1 20000000 | 4 1 3 3 1 | 8 0-9fffffff 3 "
			"a0000000-a0000fff 3 b0000000-b0000fff 8 100000000-11fffffff" },
		{ LAYOUT(1, 1, 3 * GIB, 0, 0, 0), "D2 90000000-90000fff D5 88000000-880000ff V6 8a000000-8a000000",
			"90000000 130000000 0 30000000 | 3 1 1 | 8 0-8fffffff 3 90000000-90000fff 8 "
			"100000000-12fffffff" },
		{ LAYOUT(0, 0, 3 * GIB, 0, 0, 0), "D1 b0000fff-b0000fff D1 b0000000-affffff0",
			"b0000000 110000000 0 10000000 | 3 1 | 8 0-afffffff 3 b0000fff-b0000fff 8 "
			"100000000-10fffffff" },
		{ LAYOUT(0, 0, 3 * GIB, 0, 0, 0x1000000), "D1 b0123456-b0123456",
			"b0000000 110000000 0 10000000 | 3 | 8 0-afffffff 3 b0123456-b0123456 8 "
			"100000000-10fffffff" },
		{ LAYOUT(0, 0, 3 * GIB, 0, 0, 1), "D1 b0123456-b0123456",
			"b0123456 10fedcbaa 0 fedcbaa | 3 | 8 0-b0123455 3 b0123456-b0123456 8 "
			"100000000-10fedcba9" },
		{ LAYOUT(0, 0, 3 * GIB, 0, 0, 2), "D1 b0123457-b0123457",
			"b0123456 10fedcbaa 0 fedcbaa | 3 | 8 0-b0123455 3 b0123457-b0123457 8 "
			"100000000-10fedcba9" },
		{ LAYOUT(0, 0, 3 * GIB - 0x800, 0, 0, 0), "D1 bffff800-bfffffff",
			"bffff800 0 0 0 | 2 | 8 0-bffff7ff 3 bffff800-bfffffff" },
		{ LAYOUT(0, 0, 3 * GIB, 5 * GIB, 0x1000, 0), "D1 1000-1fff",
			"c0000000 140000000 1 0 | 4 | 8 0-bfffffff 8 100000000-13fffffff" },
		{ LAYOUT(0, 0, 3 * GIB, 5 * GIB, 0xfff, 0), "D1 1000-1fff",
			"1000 1fffff000 0 bffff000 | 3 | 8 0-fff 3 1000-1fff 8 100000000-1ffffefff" },
		{ LAYOUT(0, 0, 3 * GIB, 5 * GIB, 0, 0), "D1 c0000000-ffffffff D1 e0000000-100000000",
			"c0000000 140000000 1 0 | 2 4 | 8 0-bfffffff 3 c0000000-ffffffff 8 "
			"100000000-13fffffff" },
		{ LAYOUT(0, 0, 3 * GIB, 5 * GIB, 0, 0), "D1 c0000000-13fffffff",
			"c0000000 140000000 1 0 | 4 | 8 0-bfffffff 8 100000000-13fffffff" },
		{ LAYOUT(0, 0, 3 * GIB, 5 * GIB, 0, 0), "D1 bfffffff-bfffffff D1 140000000-140000000",
			"bffff000 140001000 1 1000 | 3 4 | 8 0-bfffefff 3 bfffffff-bfffffff 8 "
			"100000000-140000fff" },
		{ LAYOUT(0, 0, 3 * GIB, 5 * GIB, 0, 0), "D1 c0000000-c0000000 D1 ffffffff-ffffffff D1 140000000-1ffffffff",
			"c0000000 140000000 0 0 | 2 2 2 | 8 0-bfffffff 3 c0000000-c0000000 3 "
			"ffffffff-ffffffff 8 100000000-13fffffff 3 140000000-1ffffffff" },
		{ LAYOUT(0, 0, 3 * GIB, 0, 0, 0), "D1 100000000-1ffffffff",
			"c0000000 0 0 0 | 2 | 8 0-bfffffff 3 100000000-1ffffffff" },
		{ LAYOUT(0, 0, 3 * GIB, 0, 0, 0), "D1 0-0", "c0000000 0 1 0 | 4 | 8 0-bfffffff" },
		{ LAYOUT(2, 0, 3 * GIB, 0, 0, 0), "D1 0-0 D1 7-8",
			"rmrr-conflict:2/0 c0000000 0 2 0 | 4 4 | 8 0-bfffffff" },
		{ LAYOUT(3, 0, 3 * GIB, 0, 0, 0), "D1 0-0 D1 b0000000-b0000fff",
			"c0000000 0 0 0 | 1 1 | 8 0-bfffffff" },
		/* Carved out: nothing is lowered, and what touches is one entry of the map. */
		{ LAYOUT(0, 2, 3 * GIB, 5 * GIB, 0, 0), "D1 0-fff D1 1000-1fff D2 5000-5fff D1 bffff000-bfffffff D1 "
			"c0000000-c0000fff D1 fffff000-100000fff",
			"c0000000 140000000 0 4000 | 3 3 1 3 2 3 | 3 0-1fff 8 2000-bfffefff 3 "
			"bffff000-c0000fff 3 fffff000-100000fff 8 100001000-13fffffff" },
		{ LAYOUT(2, 3, 3 * GIB, 0, 0, 0), "D2 5000-5fff D3 80000000-ffffffffffffffff",
			"c0000000 0 0 40001000 | 3 3 | 8 0-4fff 3 5000-5fff 8 6000-7fffffff 3 "
			"80000000-ffffffffffffffff" },
		{ LAYOUT(3, 2, 3 * GIB, 0, 0, 0), "D1 5000-5fff",
			"c0000000 0 0 0 | 1 | 8 0-bfffffff" },
		/* Identity is for stolen memory, not for an ISA bridge's floppy or a USB controller. */
		{ LAYOUT(2, 1, 3 * GIB, 0, 0, 0), "D2i 0-ffffff D2 0-ffffff D2 90000000-bfffffff",
			"90000000 130000000 0 30000000 | 1 1 3 | 8 0-8fffffff 3 90000000-bfffffff 8 "
			"100000000-12fffffff" },
		/* What cannot be asked. */
		{ LAYOUT(4, 1, 3 * GIB, 0, 0, 0), "", "argument:4/1" },
		{ LAYOUT(0, 4, 3 * GIB, 0, 0, 0), "", "argument:1/4" },
		{ { .low_end = 3 * GIB, .reserved = 1 }, "", "argument:1/0" },
		{ LAYOUT(0, 0, 3 * GIB, 0, 0, 3), "", "range-align:3/0" },
		{ LAYOUT(0, 0, 4 * GIB + 1, 0, 0, 0), "", "rmrr-layout:100000001/0" },
		{ LAYOUT(0, 0, 3 * GIB, 4 * GIB, 0, 0), "", "rmrr-layout:c0000000/100000000" },
		{ LAYOUT(0, 0, 3 * GIB, UINT64_MAX - 0xfff, 0, 0), "D1 bffff000-bfffffff",
			"rmrr-layout:1000/fffffffffffff000" },
		{ LAYOUT(0, 0, 3 * GIB, UINT64_MAX - 0x1000, 0, 0), "D1 bffff000-bfffffff",
			"bffff000 ffffffffffffffff 0 1000 | 3 | 8 0-bfffefff 3 bffff000-bfffffff 8 "
			"100000000-fffffffffffffffe" },
#undef LAYOUT
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_rmrr_resolve_opts opts = rows[i].o;
		struct igdpt_rmrr_layout layout = { .size = sizeof(layout) };
		struct igdpt_finding why = { .size = sizeof(why) };
		struct igdpt_rmrr_region r[8], map[18];
		struct igdpt_range work[8];
		struct lines l = { "", 0 };
		size_t n = regions_of(rows[i].regions, r), count = 18;
		int rc;

		opts.size = sizeof(opts);
		opts.work = work;
		rc = igdpt_rmrr_resolve(&opts, r, n, &layout, map, &count, &why);
		if (rc < 0) {
			struct told story = { .used = 0 };

			tell(&story, &why);
			line(&l, "%s", story.text);
		}
		if (!rc || rc == -IGDPT_E_OVERLAP) {
			line(&l, "%s%" PRIx64 " %" PRIx64 " %u %" PRIx64 " |", rc ? " " : "", layout.low_end,
				layout.high_end, layout.conflicts, layout.moved);
			for (size_t k = 0; k < n; k++)
				line(&l, " %u", r[k].state);
			line(&l, " | %s", text_of(map, count).text);
			for (size_t k = 0; k < count; k++)
				ck_assert_uint_eq(map[k].address, IGDPT_RMRR_NO_ADDRESS);
		}
		ck_assert_msg(strcmp(l.text, rows[i].answer) == 0, "row %zu: %s", i, l.text);
	}
}
END_TEST

START_TEST(a_layout_needs_its_arguments)
{
	struct igdpt_rmrr_region r[2];
	struct igdpt_range work[2];
	struct igdpt_rmrr_resolve_opts opts = { .size = sizeof(opts), .low_end = GIB, .work = work };
	struct igdpt_rmrr_layout layout = { .size = sizeof(layout) };
	struct igdpt_finding why = { .size = sizeof(why) };
	size_t n = regions_of("D1 1000-1fff D1 3000-3fff", r), room = 0;

	ck_assert_int_eq(igdpt_rmrr_resolve(&opts, r, n, NULL, NULL, NULL, &why), -IGDPT_E_INVALID);
	ck_assert(why.offset == IGDPT_NO_OFFSET && why.value == 2 && why.want == 0);
	ck_assert_int_eq(igdpt_rmrr_resolve(&opts, NULL, n, &layout, NULL, NULL, &why),
		-IGDPT_E_INVALID);
	opts.work = NULL;
	ck_assert_int_eq(igdpt_rmrr_resolve(&opts, r, n, &layout, NULL, NULL, &why), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_rmrr_resolve(&opts, NULL, 0, &layout, NULL, NULL, &why), 0);
	ck_assert_int_eq(igdpt_rmrr_resolve(&opts, NULL, 0, &layout, r, NULL, &why), 0);
	ck_assert_int_eq(igdpt_rmrr_resolve(&opts, NULL, 0, &layout, NULL, &room, &why),
		-IGDPT_E_NOSPACE);
	ck_assert(room == 1 && why.value == 0 && why.want == sizeof(r[0]));
	layout.size = 4;
	ck_assert_int_eq(igdpt_rmrr_resolve(&opts, NULL, 0, &layout, NULL, NULL, &why),
		-IGDPT_E_ABI_SIZE);
	opts.size = 4;
	ck_assert_int_eq(igdpt_rmrr_resolve(&opts, NULL, 0, &layout, NULL, NULL, &why),
		-IGDPT_E_ABI_SIZE);
}
END_TEST

START_TEST(impossible_layouts_are_refused)
{
	struct igdpt_rmrr_resolve_opts opts = { .low_end = 4 * GIB + 1 };
	struct igdpt_rmrr_region r[] = { REGION(3 * GIB, UINT64_MAX, IGDPT_RMRR_DIRECT) };
	struct igdpt_rmrr_layout layout;

	ck_assert_int_eq(resolve(&opts, r, 1, &layout, NULL, NULL), -IGDPT_E_RANGE);
	opts.low_end = 4 * GIB;
	opts.high_end = 4 * GIB;
	ck_assert_int_eq(resolve(&opts, r, 1, &layout, NULL, NULL), -IGDPT_E_RANGE);
	opts.high_end = UINT64_MAX;
	ck_assert_int_eq(resolve(&opts, r, 1, &layout, NULL, NULL), -IGDPT_E_RANGE);
	opts.high_end = 0;
	opts.granularity = 3;
	ck_assert_int_eq(resolve(&opts, r, 1, &layout, NULL, NULL), -IGDPT_E_ALIGN);
	opts.granularity = 0;
	opts.policy = 4;
	ck_assert_int_eq(resolve(&opts, r, 1, &layout, NULL, NULL), -IGDPT_E_INVALID);
}
END_TEST

START_TEST(linux_before_5_3_is_not_foretold)
{
	struct igdpt_rmrr_attach attach = { .size = sizeof(attach) };
	struct igdpt_finding why = { .size = sizeof(why) };

	ck_assert_int_eq(igdpt_rmrr_predict_attach(NULL, 0, 0x0502, &attach, &why), -IGDPT_E_VERSION);
	ck_assert(why.offset == IGDPT_NO_OFFSET && why.value == 0x0502 && why.want == 0x0503);
	ck_assert_int_eq(igdpt_rmrr_predict_attach(NULL, 0, 0x0503, &attach, NULL), 0);
	ck_assert_ptr_null(attach.message);
	ck_assert_int_eq(igdpt_rmrr_predict_attach(NULL, 1, 0x0503, &attach, &why), -IGDPT_E_INVALID);
	ck_assert(why.offset == IGDPT_NO_OFFSET && why.value == 1 && why.want == 0);
}
END_TEST

/* The first direct region is in the way; its error number changed with Linux 6.6. */
START_TEST(only_a_direct_region_blocks)
{
	static const struct {
		const char *regions;
		uint32_t kernel, blocked, error, address;
		uint64_t first, last;
	} rows[] = {
		{ "D2 0-1 D3 2-3 D4 4-5 D5 6-7", 0x0605, 0, 0, IGDPT_RMRR_NO_ADDRESS, 0, 0 },
		{ "D2 0-1 D1 2-3 D1 4-5", 0x0503, 1, 1, 8, 2, 3 },
		{ "D1 4-5", 0x0605, 1, 1, 7, 4, 5 }, { "D1 4-5", 0x0606, 1, 22, 7, 4, 5 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_rmrr_attach a = { .size = sizeof(a) };
		struct igdpt_rmrr_region r[4];
		size_t n = regions_of(rows[i].regions, r);

		for (uint32_t k = 0; k < n; k++)
			r[k].address = 7 + k;
		ck_assert_int_eq(igdpt_rmrr_predict_attach(r, n, rows[i].kernel, &a, NULL), 0);
		ck_assert(a.blocked == rows[i].blocked && a.error == rows[i].error &&
			a.address == rows[i].address && a.first == rows[i].first && a.last == rows[i].last);
		ck_assert(!a.blocked == !a.message);
	}
}
END_TEST

/* Until 5.18 a container is joined without a claim to the group's DMA: what follows fails. */
START_TEST(the_call_that_fails_changed_with_linux_5_19)
{
	static const struct {
		uint32_t kernel;
		const char *ioctl;
	} rows[] = { { 0x0503, "VFIO_SET_IOMMU" }, { 0x0512, "VFIO_SET_IOMMU" },
		{ 0x0513, "VFIO_GROUP_SET_CONTAINER" }, { 0x0606, "VFIO_GROUP_SET_CONTAINER" } };
	const struct igdpt_rmrr_region r = { .type = IGDPT_RMRR_DIRECT };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_rmrr_attach a = { .size = sizeof(a) };

		ck_assert_int_eq(igdpt_rmrr_predict_attach(&r, 1, rows[i].kernel, &a, NULL), 0);
		ck_assert_str_eq(a.ioctl, rows[i].ioctl);
		ck_assert_int_eq(igdpt_rmrr_predict_attach(&r, 0, rows[i].kernel, &a, NULL), 0);
		ck_assert_ptr_null(a.ioctl);
	}
}
END_TEST

START_TEST(ten_thousand_regions_are_answered_in_bounded_time)
{
	enum { COUNT = 10000 };
	struct igdpt_dmar_build_rmrr *rmrrs = calloc(COUNT, sizeof(*rmrrs));
	struct igdpt_rmrr_region *in = calloc(2 * COUNT + 2, sizeof(*in));
	struct igdpt_rmrr_region *out = calloc(2 * COUNT + 2, sizeof(*out));
	struct igdpt_range *work = calloc(2 * COUNT + 2, sizeof(*work));
	uint8_t *table = malloc(64 + 32 * COUNT);
	size_t n, answers = 2 * COUNT + 2;
	struct igdpt_dmar dmar;

	for (uint64_t i = 0; i < COUNT; i++)
		rmrrs[i] = (struct igdpt_dmar_build_rmrr){ (COUNT - i) * 0x2000, (COUNT - i) * 0x2000 + 0xfff,
			0, 1, &igd_scope };
	dmar = table_of(rmrrs, COUNT, table, 64 + 32 * COUNT);
	n = predict(&dmar, &igd, 1, IGDPT_RMRR_AS_SYSFS, in, COUNT + 1);
	ck_assert_uint_eq(n, COUNT + 1);
	for (size_t i = 0; i < n; i++)
		in[i].sources = IGDPT_RMRR_SYSFS;
	ck_assert_uint_eq(predict(&dmar, &igd, 1, 0, in + n, COUNT + 1), n);
	ck_assert_int_eq(igdpt_rmrr_merge(in, 2 * n, work, out, &answers, NULL, NULL), 0);
	ck_assert_uint_eq(answers, n);
	free(rmrrs);
	free(in);
	free(out);
	free(work);
	free(table);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rmrr");
	TCase *tc = tcase_create("regions");

	tcase_add_test(tc, a_group_has_the_regions_that_linux_gave_it);
	tcase_add_test(tc, the_class_of_the_device_decides);
	tcase_add_test(tc, neighbours_of_one_type_are_one_line);
	tcase_add_test(tc, a_bridge_stands_for_all_behind_it);
	tcase_add_test(tc, all_regions_name_their_devices);
	tcase_add_test(tc, each_device_has_its_regions);
	tcase_add_test(tc, a_bridge_says_which_buses_are_behind_it);
	tcase_add_test(tc, a_path_through_an_unknown_bridge_may_lead_to_what_is_behind_one);
	tcase_add_test(tc, a_refusal_is_told_before_a_doubt);
	tcase_add_test(tc, sysfs_settles_what_a_bridge_would_tell);
	tcase_add_test(tc, a_scope_binds_the_kind_of_device_that_its_type_speaks_of);
	tcase_add_test(tc, lines_of_sysfs_are_joined_regions);
	tcase_add_test(tc, a_prediction_needs_its_arguments_and_a_whole_table);
	tcase_add_test(tc, text_of_the_kernel_is_read);
	tcase_add_test(tc, each_form_of_a_line_is_read_or_refused);
	tcase_add_test(tc, digits_are_those_of_hexadecimal);
	tcase_add_test(tc, usable_ranges_are_read);
	tcase_add_test(tc, usable_ranges_are_counted_and_ordered);
	tcase_add_test(tc, regions_without_room_are_counted);
	tcase_add_test(tc, every_truncated_source_is_an_answer_or_an_error_with_an_offset);
	tcase_add_test(tc, each_source_bears_out_what_it_can_know);
	tcase_add_test(tc, an_answer_that_has_no_room_is_counted);
	tcase_add_test(tc, sources_of_a_healthy_machine_agree);
	tcase_add_test(tc, each_disagreement_has_a_finding);
	tcase_add_test(tc, one_line_may_stand_for_several_regions);
	tcase_add_test(tc, the_region_of_an_igd_is_its_stolen_memory);
	tcase_add_test(tc, no_region_is_normal_from_meteor_lake_on);
	tcase_add_test(tc, low_ram_ends_where_a_region_above_the_boundary_begins);
	tcase_add_test(tc, a_region_at_the_boundary_is_a_conflict);
	tcase_add_test(tc, high_ram_never_gives_way);
	tcase_add_test(tc, regions_may_be_carved_out_of_ram);
	tcase_add_test(tc, guest_ram_gives_way);
	tcase_add_test(tc, a_layout_needs_its_arguments);
	tcase_add_test(tc, impossible_layouts_are_refused);
	tcase_add_test(tc, linux_before_5_3_is_not_foretold);
	tcase_add_test(tc, only_a_direct_region_blocks);
	tcase_add_test(tc, the_call_that_fails_changed_with_linux_5_19);
	tcase_add_test(tc, ten_thousand_regions_are_answered_in_bounded_time);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
