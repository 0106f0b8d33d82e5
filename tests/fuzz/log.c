/* SPDX-License-Identifier: MIT
 *
 * A log that may hold anything: what a pattern stands for lies in its line, counts are those of the
 * lines, and a log that is read twice in a row counts twice. A blank line is between the two, as
 * a string may go on in the next line; UTF-16 goes by pairs of bytes.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "log-match.h"
#include "log-scan.h"

static void match_all(const char *line, size_t len)
{
	for (size_t i = 0; i < LOG_STRING_COUNT; i++) {
		struct log_capture captures[LOG_CAPTURES];
		const char *pattern = log_string(i)->pattern;
		bool cut = false, hit = log_match(pattern, line, len, captures, &cut);

		must(hit == log_match(pattern, line, len, NULL, NULL) && !(hit && cut));
		for (size_t k = 0; hit && k < LOG_CAPTURES; k++)
			must(!captures[k].at || fuzz_inside(line, len, captures[k].at, captures[k].len));
	}
}

static void scan(const void *data, size_t len, struct log_report *report)
{
	FILE *in = fmemopen((void *)(uintptr_t)data, len, "rb");

	must(in);
	log_scan(in, report);
	fclose(in);
}

/* Reports say nothing that is not there. */
static void sane(const struct log_report *r, size_t len)
{
	must(r->lines <= len && log_worst(r) <= LOG_SEV_COUNT && *log_severity_name(log_worst(r)));
	must(!log_is_binary(r) || log_worst(r) == LOG_SEV_COUNT);
	for (size_t i = 0; i < LOG_STRING_COUNT; i++) {
		must(r->hits[i].count <= len && r->hits[i].line <= r->lines);
		must(!r->hits[i].count == !r->hits[i].line);
	}
	for (size_t i = 0; i <= LOG_STRING_COUNT + 2 * LOG_FAULT_CLASSES; i++)
		must(!log_string_at(i) == (i == LOG_STRING_COUNT + 2 * LOG_FAULT_CLASSES));
	for (size_t i = 0; i < LOG_FAULT_CLASSES; i++) {
		const struct log_string *s = log_fault_string(r, i);

		must(!r->faults[i].hit.count == !s);
		must(!s || (s->id && s->meaning && s->remedy && s->severity < LOG_SEV_COUNT));
	}
}

/* A string that a line has twice counts once. */
static void scan_one(const char *line, size_t len)
{
	struct log_report report;

	log_report_init(&report);
	log_scan_line(&report, line, len);
	for (size_t i = 0; i < LOG_STRING_COUNT; i++)
		must(report.hits[i].count <= 1);
}

static void scan_twice(const uint8_t *data, size_t len, const struct log_report *once)
{
	uint8_t *twice = malloc(2 * len + 3);
	struct log_report both;

	must(twice);
	memcpy(twice, data, len);
	memcpy(twice + len, "\n\n", 2);
	memcpy(twice + len + 2, data, len);
	twice[2 * len + 2] = '\n';
	scan(twice, 2 * len + 3, &both);
	for (size_t i = 0; i < LOG_STRING_COUNT; i++)
		must(both.hits[i].count == 2 * once->hits[i].count &&
			both.hits[i].line == once->hits[i].line);
	free(twice);
}

void fuzz_one(const uint8_t *data, size_t len)
{
	struct log_report report;

	if (!len)
		return;
	for (size_t at = 0; at < len;) {
		const uint8_t *newline = memchr(data + at, '\n', len - at);
		size_t n = newline ? (size_t)(newline - data) - at : len - at;

		match_all((const char *)data + at, n);
		scan_one((const char *)data + at, n);
		at += n + 1;
	}
	scan(data, len, &report);
	sane(&report, len);
	if (!log_is_utf16(data, len))
		scan_twice(data, len, &report);
}
