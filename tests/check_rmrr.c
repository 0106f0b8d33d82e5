/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

#include "bytes.h"
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

struct seen {
	unsigned count;
	uint32_t id[32];
};

static void remember(void *user, const struct igdpt_finding *f)
{
	struct seen *seen = user;
	char text[400];

	ck_assert_int_gt(igdpt_finding_format(f, text, sizeof(text)), 0);
	if (seen->count < 32)
		seen->id[seen->count++] = f->id;
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
	device.address = 0x1c << 3;
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

START_TEST(text_of_another_form_is_an_error_with_an_offset)
{
	static const struct {
		uint32_t source;
		const char *text;
		int error;
		uint64_t offset;
	} rows[] = {
		{ IGDPT_RMRR_SYSFS, "0x1000 0x1fff", IGDPT_E_SYNTAX, 13 },
		{ IGDPT_RMRR_SYSFS, "0x1000 0x1fff ", IGDPT_E_SYNTAX, 14 },
		{ IGDPT_RMRR_SYSFS, "0x1000 0x1fff msi\n1000 0x1fff msi\n", IGDPT_E_SYNTAX, 18 },
		{ IGDPT_RMRR_SYSFS, "0x10000000000000000 0x0 msi", IGDPT_E_SYNTAX, 19 },
		{ IGDPT_RMRR_IOMEM, "00001000-00000fff : Reserved", IGDPT_E_SYNTAX, 20 },
		{ IGDPT_RMRR_IOMEM, "1000-1fff Reserved", IGDPT_E_SYNTAX, 9 },
		{ IGDPT_RMRR_IOMEM, "00000000-00000000 : System RAM\n00000000-00000000 : Reserved\n",
			IGDPT_E_ACCESS, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_finding why = { .size = sizeof(why) };
		struct igdpt_rmrr_region r[2];
		size_t n = 2;

		ck_assert_int_eq(parse(rows[i].source, rows[i].text, strlen(rows[i].text), r, &n, &why),
			-rows[i].error);
		ck_assert_msg(why.offset == rows[i].offset, "row %zu: %" PRIu64, i, why.offset);
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

/* The sources of one healthy machine. */
struct machine {
	struct igdpt_rmrr_region in[32], out[32];
	struct igdpt_range work[32];
	size_t count, answers;
	struct seen seen;
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
	m->seen.count = 0;
	return igdpt_rmrr_merge(m->in, m->count, m->work, m->out, &m->answers, remember, &m->seen);
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
	ck_assert_uint_eq(m.seen.id[0], IGDPT_F_RMRR_NOT_IN_SYSFS);
	ck_assert_uint_eq(m.seen.id[1], IGDPT_F_RMRR_USABLE);
	ck_assert_uint_eq(m.seen.id[2], IGDPT_F_RMRR_NOT_IN_DMAR);
	healthy(&m);
	gather(&m, IGDPT_RMRR_SYSFS, LOW "direct\n", strlen(LOW "direct\n"));
	ck_assert_int_eq(merge(&m), 3);
	ck_assert_uint_eq(m.seen.id[0], IGDPT_F_RMRR_NOT_IN_DMAR);
	ck_assert_uint_eq(m.answers, 3);
	healthy(&m);
	m.in[m.count - 1].first += 0x200000;
	m.in[m.count - 2].last -= 0x100000;
	ck_assert_int_eq(merge(&m), 0);
	m.in[m.count - 1].last = 0x1ffffffff;
	gather(&m, IGDPT_RMRR_IOMMUFD, "\0\0\0\0\0\0\0\0\377\377\377\377\0\0\0\0", 16);
	ck_assert_int_eq(merge(&m), 1);
	ck_assert_uint_eq(m.seen.id[0], IGDPT_F_RMRR_USABLE);
	healthy(&m);
	m.in[m.count - 2].last = 0xdfffffff;
	m.in[m.count - 1].first = 0xff000000;
	m.in[m.count] = m.in[m.count - 1];
	m.in[m.count - 1].last = 0xff00ffff;
	m.in[m.count].first = 0xff020000;
	m.count++;
	ck_assert_int_eq(merge(&m), 1);
	ck_assert_uint_eq(m.seen.id[0], IGDPT_F_RMRR_HOLE);
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
		int misfits;
	} rows[] = {
		{ "cfl", 0x02c1, 0x4b800001, 0x4b000000, 0x4f7fffff, 0 },
		{ "hsw", 0x0241, 0xbf200001, 0xbf000000, 0xcf1fffff, 0 },
		{ "bdw", 0x0181, 0xbe000001, 0xbdc00000, 0xbfffffff, 0 },
		{ "tgl", 0x02c1, 0x4b800001, 0x4b000000, 0x4f7fffff, 0 },
		{ "cfl", 0x01c1, 0x4b800001, 0x4b000000, 0x4f7fffff, 1 },
		{ "cfl", 0x02c1, 0x4b000001, 0x4b000000, 0x4f7fffff, 1 },
		{ "cfl", 0x02c1, 0x4b000001, 0, UINT64_MAX, 2 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct igdpt_range rmrr = { rows[i].first, rows[i].last };
		struct igdpt_platform p = { .size = sizeof(p) };
		struct seen seen = { 0 };

		ck_assert_int_eq(igdpt_platform_by_name(rows[i].platform, &p), 0);
		ck_assert_msg(igdpt_rmrr_check_stolen(&p, rows[i].ggc, rows[i].bdsm, &rmrr, remember,
			&seen) == rows[i].misfits, "row %zu: %u", i, seen.count);
	}
}
END_TEST

START_TEST(no_region_is_normal_from_meteor_lake_on)
{
	struct igdpt_platform p = { .size = sizeof(p) };
	struct seen seen = { 0 };

	igdpt_platform_by_name("mtl", &p);
	ck_assert_int_eq(igdpt_rmrr_check_stolen(&p, 0, 0, NULL, remember, &seen), 0);
	ck_assert_uint_eq(seen.id[0], IGDPT_F_RMRR_STOLEN_NORMAL);
	igdpt_platform_by_name("cfl", &p);
	ck_assert_int_eq(igdpt_rmrr_check_stolen(&p, 0x02c1, 0, NULL, remember, &seen), 1);
	ck_assert_uint_eq(seen.id[1], IGDPT_F_RMRR_STOLEN_NONE);
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

	ck_assert_int_eq(igdpt_rmrr_predict_attach(NULL, 0, 0x0502, &attach, NULL), -IGDPT_E_VERSION);
	ck_assert_int_eq(igdpt_rmrr_predict_attach(NULL, 0, 0x0503, &attach, NULL), 0);
	ck_assert_ptr_null(attach.message);
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
	tcase_add_test(tc, text_of_the_kernel_is_read);
	tcase_add_test(tc, text_of_another_form_is_an_error_with_an_offset);
	tcase_add_test(tc, usable_ranges_are_read);
	tcase_add_test(tc, every_truncated_source_is_an_answer_or_an_error_with_an_offset);
	tcase_add_test(tc, sources_of_a_healthy_machine_agree);
	tcase_add_test(tc, each_disagreement_has_a_finding);
	tcase_add_test(tc, one_line_may_stand_for_several_regions);
	tcase_add_test(tc, the_region_of_an_igd_is_its_stolen_memory);
	tcase_add_test(tc, no_region_is_normal_from_meteor_lake_on);
	tcase_add_test(tc, low_ram_ends_where_a_region_above_the_boundary_begins);
	tcase_add_test(tc, a_region_at_the_boundary_is_a_conflict);
	tcase_add_test(tc, high_ram_never_gives_way);
	tcase_add_test(tc, regions_may_be_carved_out_of_ram);
	tcase_add_test(tc, impossible_layouts_are_refused);
	tcase_add_test(tc, linux_before_5_3_is_not_foretold);
	tcase_add_test(tc, ten_thousand_regions_are_answered_in_bounded_time);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
