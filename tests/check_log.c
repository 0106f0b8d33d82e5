/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <time.h>

#include "support.h"

#include "log-match.h"
#include "log-scan.h"

#define LINE 512

static void scan_text(struct log_report *report, const char *text)
{
	FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");

	ck_assert_ptr_nonnull(in);
	log_scan(in, report);
	fclose(in);
}

/* Calls fn for each "ids<TAB>line" of the sample file; "-" is a line that means nothing. */
static void for_samples(void (*fn)(const char *id, const char *line))
{
	char path[1024], row[LINE];
	FILE *in;

	snprintf(path, sizeof(path), "%s/tests/log-samples.txt", getenv("IGDPT_SRCDIR"));
	in = fopen(path, "r");
	ck_assert_msg(in, "%s is missing", path);
	while (fgets(row, sizeof(row), in)) {
		char *tab = strchr(row, '\t');

		ck_assert_ptr_nonnull(tab);
		*tab = '\0';
		tab[1 + strcspn(tab + 1, "\n")] = '\0';
		fn(row, tab + 1);
	}
	fclose(in);
}

static bool listed(const char *ids, const char *id)
{
	size_t n = strlen(id);

	for (const char *p = strstr(ids, id); p; p = strstr(p + 1, id)) {
		if ((p == ids || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
			return true;
	}
	return false;
}

static void means(const char *ids, const char *line)
{
	struct log_report report;
	char *copy = exact_copy(line, strlen(line));

	log_report_init(&report);
	log_scan_line(&report, copy, strlen(line));
	free(copy);
	for (size_t i = 0; i < LOG_STRING_COUNT; i++)
		ck_assert_msg(listed(ids, log_string(i)->id) == (report.hits[i].count == 1),
			"\"%s\" is %s%s", line, report.hits[i].count ? "taken for " : "not taken for ",
			log_string(i)->id);
}

static void means_with_any_prefix(const char *id, const char *line)
{
	static const char *const prefixes[] = { "", "[    0.123456] ", "<4>[12345.678901] ",
		"Nov 22 20:01:02 host kernel: [   12.345678] ", "Nov 22 20:01:02 pve QEMU[1234]: ",
		"2026-11-22T20:01:02+0000 host kernel: ", "[mi\xc3\xa9 22 oct 20:01:02 2025] ", "(XEN) ",
		"> > ", "\t", "kvm: ", "vfio error: 0000:00:02.0: " };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		char whole[2 * LINE];

		snprintf(whole, sizeof(whole), "%s%s", prefixes[i], line);
		means(id, whole);
	}
}

START_TEST(every_sample_is_recognised_behind_any_prefix)
{
	for_samples(means_with_any_prefix);
}
END_TEST

/* What escapes quotation marks in JSON once, and each backslash once more in JSON that is in JSON. */
static void means_in_json(const char *id, const char *line)
{
	for (int depth = 0; depth < 2; depth++) {
		char whole[2 * LINE], *out = whole + sprintf(whole, "{\"msg\":\"");

		for (const char *p = line; *p; p++) {
			if (*p == '"' || *p == '\\')
				out += sprintf(out, "%s", depth ? "\\\\\\" : "\\");
			*out++ = *p;
		}
		strcpy(out, depth ? "\"}" : "\\n\"}");
		means(id, whole);
	}
}

START_TEST(every_sample_is_recognised_in_json)
{
	for_samples(means_in_json);
}
END_TEST

/* Whether one of the strings has the IGD's address in its pattern. */
static bool names_igd(const char *ids)
{
	for (size_t i = 0; i < LOG_STRING_COUNT; i++) {
		if (listed(ids, log_string(i)->id) &&
			strstr(log_string(i)->pattern, "0000:00:02.0"))
			return true;
	}
	return false;
}

/* A digit of an address, a group, a size is another digit on the next machine. */
static void means_with_other_addresses(const char *id, const char *line)
{
	char other[LINE], *bdf;

	snprintf(other, sizeof(other), "%s", line);
	for (bdf = strstr(other, "0000:00:0"); bdf; bdf = strstr(bdf + 1, "0000:00:0"))
		memcpy(bdf, "0001:af:1", 9);
	for (char *p = strstr(other, "0x"); p; p = strstr(p + 2, "0x")) {
		if (strncmp(p, "0xaa55", 6) != 0 && p[2] >= '1' && p[2] <= '9')
			p[2] = 'e';
	}
	means(strcmp(other, line) != 0 && names_igd(id) ? "-" : id, other);
}

START_TEST(every_sample_is_recognised_at_other_addresses)
{
	for_samples(means_with_other_addresses);
}
END_TEST

static bool seen[LOG_STRING_COUNT];

static void note(const char *id, const char *line)
{
	(void)line;
	for (size_t i = 0; i < LOG_STRING_COUNT; i++)
		seen[i] |= listed(id, log_string(i)->id);
}

START_TEST(every_row_has_a_sample_a_meaning_and_a_source)
{
	for_samples(note);
	for (size_t i = 0; i < LOG_STRING_COUNT; i++) {
		const struct log_string *s = log_string(i);

		ck_assert_msg(seen[i], "%s has no sample", s->id);
		ck_assert_msg(*s->meaning && *s->source, "%s", s->id);
		ck_assert_msg(s->severity != LOG_SEV_FATAL || *s->remedy, "%s has no remedy", s->id);
		ck_assert_msg(*s->pattern != '%' && *s->pattern != ' ', "%s", s->id);
		for (size_t k = 0; k < i; k++)
			ck_assert_str_ne(s->id, log_string(k)->id);
	}
}
END_TEST

static void cut_everywhere(const char *id, const char *line)
{
	struct log_report report;
	size_t len = strlen(line);

	(void)id;
	log_report_init(&report);
	for (size_t cut = 0; cut < len; cut++) {
		char *head = exact_copy(line, cut), *tail = exact_copy(line + cut, len - cut);

		log_scan_line(&report, head, cut);
		log_scan_line(&report, tail, len - cut);
		free(head);
		free(tail);
	}
}

START_TEST(a_cut_line_is_harmless)
{
	for_samples(cut_everywhere);
}
END_TEST

START_TEST(words_are_whole)
{
	ck_assert(!log_match("Code 43", "Code 430", 8, NULL, NULL));
	ck_assert(!log_match("Code 43", "QCode 43", 8, NULL, NULL));
	ck_assert(log_match("Code 43", "(Code 43)", 9, NULL, NULL));
	ck_assert(!log_match("iommu=off", "amd_iommu=off", 13, NULL, NULL));
	ck_assert(log_match("a b", "a \t b", 5, NULL, NULL));
	ck_assert(!log_match("a b", "ab", 2, NULL, NULL));
	ck_assert(log_match("x%*y", "xxyy y", 6, NULL, NULL));
	ck_assert(!log_match("x%*y", "y x", 3, NULL, NULL));
	ck_assert(log_match(": end%$", "a: end \t", 8, NULL, NULL));
	ck_assert(!log_match(": end%$", "a: end.", 7, NULL, NULL));
	ck_assert(log_match(": end%$", "\"a: end\",", 9, NULL, NULL));
}
END_TEST

#define RMRR "[ 0.1] Reserving Intel graphics memory at [mem 0x4b800000-0x4f7fffff]\n" \
	     "[ 0.2] DMAR: RMRR base: 0x00000038a4a000 end: 0x00000038c69fff\n" \
	     "[ 0.2] DMAR: RMRR base: 0x0000004b000000 end: 0x0000004f7fffff\n"
#define FAULT(time, bdf, addr) \
	"[" time "] DMAR: [DMA Read NO_PASID] Request device [" bdf "] fault addr " addr \
	" [fault reason 0x06] PTE Read access is not set\n"

#define NO_DOMAIN(reason, addr, which) \
	"[5.0] DMAR: [DMA Read] Request device [00:02.0] PASID ffffffff fault addr " addr \
	" [fault reason " reason "] Present bit in " which " entry is clear\n"

#define LEFT_OUT "[ 6.0] dmar_fault: 2345 callbacks suppressed\n"

static const struct {
	const char *id, *log;
} fault_logs[] = {
	/* No class of an address: the table of the IOMMU is damaged. */
	{ "-", "[ 5.0] DMAR: [DMA Read] Request device [00:02.0] fault addr fffffffef8004000 "
	  "[fault reason 07] Next page table ptr is invalid\n" },
	{ "dmar-faults-at-0", FAULT("5.0", "00:02.0", "0x0") },
	{ "dmar-faults-at-0", FAULT("5.0", "00:02.0", "0x0") FAULT("3605.0", "00:02.0", "0x0") },
	{ "dmar-fault-storm-at-0", FAULT("5.0", "00:02.0", "0x0") LEFT_OUT },
	{ "dmar-fault-storm-at-0", LEFT_OUT FAULT("6.0", "00:02.0", "0x0") },
	{ "dmar-faults-in-dsm", RMRR FAULT("5.0", "00:02.0", "0x4b800000") },
	{ "dmar-faults-in-dsm", RMRR FAULT("5.0", "0000:00:02.0", "4f7fffff") },
	{ "dmar-fault-storm-in-dsm", RMRR FAULT("5.0", "00:02.0", "0x4b800000") LEFT_OUT },
	{ "dmar-faults-in-gsm", RMRR FAULT("5.0", "0x00:0x02.0", "0x4b7ff000") },
	{ "dmar-fault-storm-in-gsm", RMRR FAULT("5.0", "00:02.0", "0x4b000000") LEFT_OUT },
	{ "dmar-faults-in-stolen", "DMAR: RMRR base: 0x0000004b000000 end: 0x0000004f7fffff\n"
		FAULT("5.0", "00:02.0", "0x4b7ff000") },
	{ "dmar-faults-in-stolen", "pci 0000:00:02.0: DMAR: Setting identity map [0x4b000000 - "
		"0x4f7fffff]\n" FAULT("5.0", "00:02.0", "0x4b7ff000") },
	{ "dmar-fault-storm-in-stolen", "DMAR: RMRR base: 0x0000004b000000 end: 0x0000004f7fffff\n"
		FAULT("5.0", "00:02.0", "0x4b7ff000") LEFT_OUT },
	{ "dmar-faults-elsewhere", RMRR FAULT("5.0", "00:02.0", "0x4f800000") },
	{ "dmar-faults-elsewhere", RMRR FAULT("5.0", "00:02.0", "0x38a4a000") },
	{ "dmar-faults-elsewhere", FAULT("5.0", "00:02.0", "0xff000") },
	{ "dmar-faults-elsewhere", FAULT("5.0", "00:02.0", "0x100000000") },
	{ "dmar-faults-low", FAULT("5.0", "00:02.0", "0x100000") },
	{ "dmar-faults-low", FAULT("5.0", "00:02.0", "0xfffff000") },
	{ "dmar-faults-low", "DMAR: RMRR base: 0x00000038a4a000 end: 0x00000038c69fff\n"
		FAULT("5.0", "00:02.0", "0x706e0000") },
	{ "dmar-fault-storm-low", LEFT_OUT FAULT("6.0", "00:02.0", "0x706e0000") },
	{ "dmar-faults-no-domain", RMRR NO_DOMAIN("1", "0x4b800000", "root") },
	{ "dmar-faults-no-domain", NO_DOMAIN("02", "0", "context") },
	{ "dmar-fault-storm-no-domain", RMRR NO_DOMAIN("0x02", "0x4b800000", "context") LEFT_OUT },
	{ "dmar-fault-storm-elsewhere", RMRR FAULT("5.0", "00:02.0", "0x1000") LEFT_OUT },
	{ "dmar-faults-other-device", FAULT("5.0", "00:14.0", "0x0") },
	{ "dmar-faults-other-device", FAULT("5.0", "0001:00:02.0", "0x0") },
	{ "dmar-fault-storm-other-device", FAULT("5.0", "00:14.0", "0x0") LEFT_OUT },
};

START_TEST(faults_are_sorted_by_address_and_rate)
{
	for (size_t i = 0; i < sizeof(fault_logs) / sizeof(fault_logs[0]); i++) {
		struct log_report report;

		scan_text(&report, fault_logs[i].log);
		for (size_t class = 0; class < LOG_FAULT_CLASSES; class++) {
			const struct log_string *s = log_fault_string(&report, class);

			if (s)
				ck_assert_msg(strcmp(s->id, fault_logs[i].id) == 0, "log %zu: %s, not %s", i,
					s->id, fault_logs[i].id);
			else
				ck_assert(report.faults[class].hit.count == 0);
		}
	}
}
END_TEST

START_TEST(more_than_a_hundred_faults_are_a_storm)
{
	static const char line[] = "Nov 22 23:59:59 host kernel: DMAR: [DMA Read] Request device "
				   "[00:02.0] fault addr 1000 [fault reason 06] PTE";
	struct log_report report;

	log_report_init(&report);
	for (int i = 0; i < 100; i++)
		log_scan_line(&report, line, sizeof(line) - 1);
	ck_assert_uint_eq(log_worst(&report), LOG_SEV_DEPENDS);
	log_scan_line(&report, line, sizeof(line) - 1);
	ck_assert_uint_eq(log_worst(&report), LOG_SEV_FATAL);
}
END_TEST

static const char *verdict(const struct log_report *report, size_t class)
{
	const struct log_string *s = log_fault_string(report, class);

	return s ? s->id : "none";
}

#define IGD_FAULT(time) FAULT(time, "00:02.0", "0x0")
#define OTHER_FAULT(time) FAULT(time, "05:00.0", "0xfff0000")

/* The kernel limits the rate of all devices together. */
START_TEST(what_the_kernel_left_out_is_of_the_device_before)
{
	static const struct {
		const char *log, *igd, *other;
	} logs[] = {
		{ IGD_FAULT("1.2") OTHER_FAULT("50.0")
			"[55.1] dmar_fault: 5120 callbacks suppressed\n" OTHER_FAULT("55.2"),
			"dmar-faults-at-0", "dmar-fault-storm-other-device" },
		{ OTHER_FAULT("1.2") IGD_FAULT("50.0")
			"[55.1] dmar_fault: 5120 callbacks suppressed\n" IGD_FAULT("55.2"),
			"dmar-fault-storm-at-0", "dmar-faults-other-device" },
		{ IGD_FAULT("5.0") IGD_FAULT("5.1") OTHER_FAULT("5.2") LEFT_OUT,
			"dmar-fault-storm-at-0", "dmar-faults-other-device" },
		{ OTHER_FAULT("5.0") LEFT_OUT LEFT_OUT IGD_FAULT("6.1"), "dmar-faults-at-0",
			"dmar-fault-storm-other-device" },
	};

	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		struct log_report report;

		scan_text(&report, logs[i].log);
		ck_assert_str_eq(verdict(&report, LOG_FAULT_ZERO), logs[i].igd);
		ck_assert_str_eq(verdict(&report, LOG_FAULT_OTHER), logs[i].other);
	}
}
END_TEST

#define TEXT "DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault addr 0x1000"

static const struct {
	const char *format;
	double base, scale; /* scale 0: the time since the line before */
} numbers[] = {
	{ "[  +%.6f] " TEXT "\n", 0, 0 },
	{ "kern  :err   : [  +%.6f] " TEXT "\n", 0, 0 },
	{ "[<%12.6f>] " TEXT "\n", 0, 0 },
	{ "[%12.6f] " TEXT "\n", 1, 1 },
	{ "[%12.6f][  T123] " TEXT "\n", 1, 1 },
	{ "kern  :err   : [%12.6f] " TEXT "\n", 1, 1 },
	{ "> > <3>[%12.6f] " TEXT "\n", 1, 1 },
	{ "\033[32m[%12.6f] \033[0m\033[33mDMAR: \033[0m\033[31m[DMA Read] Request device "
	  "[00:02.0] fault addr 0x1000\033[0m\n", 1, 1 },
	{ "3,1234,%.0f,-;" TEXT "\n", 1, 1e6 },
	{ "%.6f pve kernel: " TEXT "\n", 1763982000, 1 },
	{ "{\"pri\": 3, \"time\": %f, \"msg\": \"" TEXT "\"}\n", 1, 1 },
	{ "{\"pri\": 3, \"time\": %f, \"x\": 1e300, \"msg\": \"" TEXT "\"}\n", 1, 1 },
	{ "      },{\n   \"pri\": 3,\n   \"time\":%13.6f,\n   \"msg\": \"" TEXT "\"\n", 1, 1 },
	{ "__REALTIME_TIMESTAMP=%.0f\n__MONOTONIC_TIMESTAMP=77\nMESSAGE=" TEXT "\n\n",
		1763982000, 1e6 },
	{ "{\"__CURSOR\":\"s=1\",\"_BOOT_ID\":\"dd0f6af1\",\"__REALTIME_TIMESTAMP\":\"%.0f\","
	  "\"MESSAGE\":\"" TEXT "\"}\n", 1763982000, 1e6 },
};

static const char *const clocks[] = {
	"[%a %b %d %T 2025] ", "%Y-%m-%dT%T,010000+01:00 ", "%b %e %T pve kernel: ",
	"%Y-%m-%dT%T+0100 pve kernel: ", "<3>1 %Y-%m-%dT%T.000000Z pve kernel - - - ",
	"%Y-%m-%d %T pve kernel: ", "%a %Y-%m-%d %T CET [s=1;i=2]\n    MESSAGE=",
};

/* A line of the i-th form: those of numbers, of clocks, and one without a time. */
static bool write_fault(FILE *out, size_t i, double seconds, double step)
{
	const size_t n = sizeof(numbers) / sizeof(numbers[0]);
	time_t now = 1764500000 + (time_t)seconds;
	char text[128];
	struct tm tm;

	if (i < n) {
		fprintf(out, numbers[i].format, numbers[i].scale == 0 ? seconds > 0 ? step : 0 :
			(numbers[i].base + seconds) * numbers[i].scale);
		return true;
	}
	if (i - n >= sizeof(clocks) / sizeof(clocks[0]))
		return false;
	strftime(text, sizeof(text), clocks[i - n], gmtime_r(&now, &tm));
	fprintf(out, "%s" TEXT "\n", text);
	return true;
}

/* `count` faults, one each `step` seconds */
static bool scan_faults(struct log_report *report, size_t form, unsigned count, double step)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	bool known = true;

	for (unsigned i = 0; i < count; i++)
		known = known && write_fault(out, form, i * step, step);
	fclose(out);
	scan_text(report, text);
	free(text);
	return known;
}

START_TEST(a_minute_of_faults_without_a_pause_is_a_storm_in_any_log)
{
	struct log_report report;

	for (size_t form = 0; scan_faults(&report, form, 14, 5); form++) {
		const struct log_fault *f = &report.faults[LOG_FAULT_ELSEWHERE];

		ck_assert_msg(f->hit.count == 14 && f->storm, "form %zu", form);
		ck_assert_msg(f->end - f->start > 64 && f->end - f->start < 66, "form %zu", form);
		scan_faults(&report, form, 12, 5);
		ck_assert_msg(f->hit.count == 12 && !f->storm, "form %zu", form);
	}
}
END_TEST

/* As dmesg -e prints them: the minute where it is another one, else the time since the line before. */
static bool storm_in_dmesg_e(unsigned count, unsigned step)
{
	struct log_report report;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (unsigned i = 0, now = 7 * 3600 + 50; i < count; i++, now += step) {
		if (!i || now / 60 != (now - step) / 60)
			fprintf(out, "[Nov28 %02u:%02u] " TEXT "\n", now / 3600, now / 60 % 60);
		else
			fprintf(out, "[  +%u.000000] " TEXT "\n", step);
	}
	fclose(out);
	scan_text(&report, text);
	free(text);
	return report.faults[LOG_FAULT_ELSEWHERE].storm;
}

START_TEST(minutes_of_dmesg_e_are_read)
{
	ck_assert(storm_in_dmesg_e(20, 5));
	ck_assert(!storm_in_dmesg_e(12, 5));
	ck_assert(!storm_in_dmesg_e(100, 10));
	ck_assert(!storm_in_dmesg_e(200, 60));
	ck_assert(!storm_in_dmesg_e(200, 90));
	ck_assert(!storm_in_dmesg_e(22, 3600));
}
END_TEST

START_TEST(faults_with_pauses_are_no_storm_in_any_log)
{
	static const double steps[] = { 10, 3600, 86400, 86401 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct log_report report;

		for (size_t form = 0; scan_faults(&report, form, 60, steps[i]); form++)
			ck_assert_msg(!report.faults[LOG_FAULT_ELSEWHERE].storm, "form %zu", form);
	}
}
END_TEST

START_TEST(a_reboot_and_midnight_are_pauses)
{
	static const char *const logs[] = {
		IGD_FAULT("5.0") IGD_FAULT("500.0") IGD_FAULT("4.0") IGD_FAULT("66.0"),
		"23:59:50 DMAR: [DMA Read] Request device [00:02.0] fault addr 0\n"
		"00:00:59 DMAR: [DMA Read] Request device [00:02.0] fault addr 0\n",
	};

	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		struct log_report report;

		scan_text(&report, logs[i]);
		ck_assert_str_eq(verdict(&report, LOG_FAULT_ZERO), "dmar-faults-at-0");
		ck_assert(report.faults[LOG_FAULT_ZERO].start < 0);
	}
}
END_TEST

/* What mailers did to lines. */
START_TEST(wrapped_lines_are_one)
{
	static const struct {
		const char *id, *text;
		uint64_t line;
	} logs[] = {
		{ "host-stolen-memory", "x\nReserving Intel graphics memory at [mem\n"
			"0x4b800000-0x4f7fffff]\n", 2 },
		{ "host-stolen-memory", "> > Reserving Intel graphics memory at\n> > [mem\n> > "
			"0x4b800000-0x4f7fffff]\n", 1 },
		{ "host-stolen-memory", "[    0.018003] Reserving Intel graphics memory at [mem "
			"0x4b800000-0x4f7ffff=\r\nf]\r\n", 1 },
		{ "dmar-rmrr", "DMAR: RMRR base:\n0x00000038a4a000 end: 0x00000038c69fff", 1 },
		{ "dmar-fault", "DMAR: [DMA Write NO_PASID] Request device\n[0x00:0x02.0] fault "
			"addr 0xf0afc000\n", 1 },
		{ "dmar-fault", "DMAR: [DMA Write NO_PASID] Request device [00:02.0]\nfault addr "
			"0xf0afc000\n", 1 },
	};

	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		struct log_report report;

		scan_text(&report, logs[i].text);
		for (size_t k = 0; k < LOG_STRING_COUNT; k++) {
			bool it = strcmp(log_string(k)->id, logs[i].id) == 0;

			ck_assert_msg(report.hits[k].count == it, "%zu: %s", i, log_string(k)->id);
			ck_assert_uint_eq(report.hits[k].line, it ? logs[i].line : 0);
		}
	}
}
END_TEST

START_TEST(lines_that_do_not_belong_together_are_apart)
{
	struct log_report report;

	scan_text(&report, "Reserving Intel graphics memory at [mem\n\n0x4b800000-0x4f7fffff]\n"
		"DMAR: RMRR base:\nDMAR: IOMMU enabled\n0x00000038a4a000 end: 0x00000038c69fff\n"
		"root=\nDMAR: IOMMU enabled\n");
	for (size_t i = 0; i < LOG_STRING_COUNT; i++)
		ck_assert_uint_eq(report.hits[i].count, i == LOG_DMAR_ENABLED ? 2 : 0);
	scan_text(&report, FAULT("5.0", "00:02.0", "0x0") FAULT("5.0", "00:02.0", "0x0")
		"Request device [01:00.0] fault addr 0x0 [fault reason 0x0c] non-zero reserved "
		"fields in PTE\n");
	ck_assert_uint_eq(report.hits[LOG_DMAR_FAULT].count, 2);
	ck_assert_uint_eq(report.hits[LOG_DMAR_FAULT_RESERVED].count, 0);
}
END_TEST

START_TEST(utf_16_is_read)
{
	static const char text[] = "\xe9\r\nDMAR: Disable GFX device mapping\r\n";

	for (int big = 0; big < 2; big++) {
		uint8_t wide[2 * sizeof(text)] = { big ? 0xfe : 0xff, big ? 0xff : 0xfe };
		struct log_report report;
		FILE *in;

		for (size_t i = 0; i + 1 < sizeof(text); i++)
			wide[2 + 2 * i + !!big] = (uint8_t)text[i];
		in = fmemopen(wide, sizeof(wide), "r");
		log_scan(in, &report);
		fclose(in);
		ck_assert_uint_eq(report.lines, 2);
		ck_assert_uint_eq(report.hits[LOG_IGFX_OFF].count, 1);
		ck_assert(!log_is_binary(&report));
	}
}
END_TEST

START_TEST(bytes_are_no_text)
{
	static const char bytes[] = "\x1f\x8b\x08\0\0\0", text[] = "\0\0DMAR: IOMMU enabled\n";
	struct log_report report;
	FILE *in = fmemopen((void *)(uintptr_t)bytes, sizeof(bytes), "r");

	log_scan(in, &report);
	fclose(in);
	ck_assert(log_is_binary(&report));
	in = fmemopen((void *)(uintptr_t)text, sizeof(text), "r");
	log_scan(in, &report);
	fclose(in);
	ck_assert(!log_is_binary(&report));
}
END_TEST

START_TEST(counts_and_first_lines_are_right)
{
	struct log_report report;

	scan_text(&report, "\n\r\nDMAR: IOMMU enabled\r\nnothing\nDMAR: IOMMU enabled\n"
		"00:02.0: zero size\r");
	ck_assert_uint_eq(report.lines, 6);
	ck_assert_uint_eq(report.hits[LOG_DMAR_ENABLED].count, 2);
	ck_assert_uint_eq(report.hits[LOG_DMAR_ENABLED].line, 3);
	ck_assert_uint_eq(report.hits[LOG_UEFI_ZERO].count, 1);
	ck_assert_uint_eq(report.hits[LOG_UEFI_ZERO].line, 6);
}
END_TEST

/* Random bytes in one endless line, with pieces of patterns in between. */
START_TEST(garbage_means_nothing)
{
	static const char *const pieces[] = { "DMAR:", "Request device [", "fault addr ", "0x", "[",
		"%", "*", "\0", " ", "\xff" };
	size_t room = 1 << 20;
	char *noise = calloc(1, room);
	struct log_report report;
	uint32_t seed = 1;
	FILE *in;

	for (size_t at = 0; at + 32 < room; at++) {
		seed = seed * 1103515245u + 12345u;
		if (seed >> 28 == 0) {
			const char *piece = pieces[(seed >> 16) % 10];

			memcpy(noise + at, piece, strlen(piece));
			at += strlen(piece);
		} else if (seed >> 16 & 1) {
			noise[at] = (char)(seed >> 20);
		}
		if (noise[at] == '\n')
			noise[at] = 'n';
	}
	in = fmemopen(noise, room, "r");
	log_scan(in, &report);
	fclose(in);
	free(noise);
	ck_assert_uint_eq(report.lines, 1);
	ck_assert_uint_ge(log_worst(&report), LOG_SEV_DEPENDS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("log");
	TCase *tc = tcase_create("strings");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, every_sample_is_recognised_behind_any_prefix);
	tcase_add_test(tc, every_sample_is_recognised_in_json);
	tcase_add_test(tc, every_sample_is_recognised_at_other_addresses);
	tcase_add_test(tc, every_row_has_a_sample_a_meaning_and_a_source);
	tcase_add_test(tc, a_cut_line_is_harmless);
	tcase_add_test(tc, words_are_whole);
	tcase_add_test(tc, faults_are_sorted_by_address_and_rate);
	tcase_add_test(tc, more_than_a_hundred_faults_are_a_storm);
	tcase_add_test(tc, what_the_kernel_left_out_is_of_the_device_before);
	tcase_add_test(tc, a_minute_of_faults_without_a_pause_is_a_storm_in_any_log);
	tcase_add_test(tc, minutes_of_dmesg_e_are_read);
	tcase_add_test(tc, faults_with_pauses_are_no_storm_in_any_log);
	tcase_add_test(tc, a_reboot_and_midnight_are_pauses);
	tcase_add_test(tc, wrapped_lines_are_one);
	tcase_add_test(tc, lines_that_do_not_belong_together_are_apart);
	tcase_add_test(tc, utf_16_is_read);
	tcase_add_test(tc, bytes_are_no_text);
	tcase_add_test(tc, counts_and_first_lines_are_right);
	tcase_add_test(tc, garbage_means_nothing);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
