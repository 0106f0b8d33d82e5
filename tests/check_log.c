/* SPDX-License-Identifier: MIT */
#include <stdio.h>

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

/* Calls fn for each "id<TAB>line" of the sample file. */
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

static void means(const char *id, const char *line)
{
	struct log_report report;
	char *copy = exact_copy(line, strlen(line));

	log_report_init(&report);
	log_scan_line(&report, copy, strlen(line));
	free(copy);
	for (size_t i = 0; i < LOG_STRING_COUNT; i++)
		ck_assert_msg((strcmp(log_string(i)->id, id) == 0) == (report.hits[i].count == 1),
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
	means(id, other);
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
		seen[i] |= strcmp(log_string(i)->id, id) == 0;
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
	ck_assert(!log_match("Code 43", "Code 430", 8, NULL));
	ck_assert(!log_match("Code 43", "QCode 43", 8, NULL));
	ck_assert(log_match("Code 43", "(Code 43)", 9, NULL));
	ck_assert(log_match("a b", "a \t b", 5, NULL));
	ck_assert(!log_match("a b", "ab", 2, NULL));
	ck_assert(log_match("x%*y", "xxyy y", 6, NULL));
	ck_assert(!log_match("x%*y", "y x", 3, NULL));
	ck_assert(log_match(": end%$", "a: end \t", 8, NULL));
	ck_assert(!log_match(": end%$", "a: end.", 7, NULL));
}
END_TEST

#define RMRR "[ 0.1] Reserving Intel graphics memory at [mem 0x4b800000-0x4f7fffff]\n" \
	     "[ 0.2] DMAR: RMRR base: 0x00000038a4a000 end: 0x00000038c69fff\n" \
	     "[ 0.2] DMAR: RMRR base: 0x0000004b000000 end: 0x0000004f7fffff\n"
#define FAULT(time, bdf, addr) \
	"[" time "] DMAR: [DMA Read NO_PASID] Request device [" bdf "] fault addr " addr \
	" [fault reason 0x06] PTE Read access is not set\n"

static const struct {
	const char *id, *log;
} fault_logs[] = {
	{ "dmar-faults-at-0", FAULT("5.0", "00:02.0", "0x0") },
	{ "dmar-fault-storm-at-0", FAULT("5.0", "00:02.0", "0x0") FAULT("99.0", "00:02.0", "0x0") },
	{ "dmar-fault-storm-at-0",
		FAULT("5.0", "00:02.0", "0x0") "[ 6.0] dmar_fault: 2345 callbacks suppressed\n" },
	{ "dmar-faults-in-dsm", RMRR FAULT("5.0", "00:02.0", "0x4b800000") },
	{ "dmar-faults-in-dsm", RMRR FAULT("5.0", "0000:00:02.0", "4f7fffff") },
	{ "dmar-fault-storm-in-dsm",
		RMRR FAULT("5.0", "00:02.0", "0x4b800000") FAULT("99.0", "00:02.0", "0x4c000000") },
	{ "dmar-faults-in-gsm", RMRR FAULT("5.0", "0x00:0x02.0", "0x4b7ff000") },
	{ "dmar-fault-storm-in-gsm",
		RMRR FAULT("5.0", "00:02.0", "0x4b000000") FAULT("99.0", "00:02.0", "0x4b000000") },
	{ "dmar-faults-in-stolen", "DMAR: RMRR base: 0x0000004b000000 end: 0x0000004f7fffff\n"
		FAULT("5.0", "00:02.0", "0x4b7ff000") },
	{ "dmar-faults-in-stolen", "pci 0000:00:02.0: DMAR: Setting identity map [0x4b000000 - "
		"0x4f7fffff]\n" FAULT("5.0", "00:02.0", "0x4b7ff000") },
	{ "dmar-fault-storm-in-stolen", "DMAR: RMRR base: 0x0000004b000000 end: 0x0000004f7fffff\n"
		FAULT("5.0", "00:02.0", "0x4b7ff000") FAULT("95.0", "00:02.0", "0x4b7ff000") },
	{ "dmar-faults-elsewhere", RMRR FAULT("5.0", "00:02.0", "0x4f800000") },
	{ "dmar-faults-elsewhere", FAULT("5.0", "00:02.0", "0x38a4a000") },
	{ "dmar-fault-storm-elsewhere",
		RMRR FAULT("5.0", "00:02.0", "0x1000") FAULT("99.0", "00:02.0", "0x2000") },
	{ "dmar-faults-other-device", FAULT("5.0", "00:14.0", "0x0") },
	{ "dmar-faults-other-device", FAULT("5.0", "0001:00:02.0", "0x0") },
	{ "dmar-fault-storm-other-device",
		FAULT("5.0", "00:14.0", "0x0") FAULT("99.0", "00:14.0", "0x0") },
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

	tcase_add_test(tc, every_sample_is_recognised_behind_any_prefix);
	tcase_add_test(tc, every_sample_is_recognised_at_other_addresses);
	tcase_add_test(tc, every_row_has_a_sample_a_meaning_and_a_source);
	tcase_add_test(tc, a_cut_line_is_harmless);
	tcase_add_test(tc, words_are_whole);
	tcase_add_test(tc, faults_are_sorted_by_address_and_rate);
	tcase_add_test(tc, more_than_a_hundred_faults_are_a_storm);
	tcase_add_test(tc, counts_and_first_lines_are_right);
	tcase_add_test(tc, garbage_means_nothing);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
