/* SPDX-License-Identifier: MIT
 *
 * igdpt explain: what a log says about a passed through IGD.
 */
#include <inttypes.h>
#include <string.h>

#include "cli.h"
#include "log-scan.h"
#include "scan.h"

static void show_text(const struct log_string *s, const struct log_hit *hit)
{
	printf("\n%-8s %s: %" PRIu64 " time%s, first in line %" PRIu64 "\n    %s\n",
		log_severity_name(s->severity), s->id, hit->count, cli_plural(hit->count), hit->line,
		s->meaning);
	if (*s->remedy)
		printf("    Do: %s.\n", s->remedy);
}

static void show_json(struct json *j, const struct log_string *s, const struct log_hit *hit)
{
	json_begin_object(j, NULL);
	json_string(j, "id", s->id);
	json_string(j, "severity", log_severity_name(s->severity));
	json_unsigned(j, "count", hit->count);
	json_unsigned(j, "line", hit->line);
	json_string(j, "meaning", s->meaning);
	if (*s->remedy)
		json_string(j, "remedy", s->remedy);
	json_string(j, "source", s->source);
	json_end_object(j);
}

static void show_fault(struct json *j, const struct log_string *s, const struct log_fault *f)
{
	bool timed = f->start >= 0 && f->end > f->start;

	if (!j) {
		show_text(s, &f->hit);
		printf("    The first hit 0x%" PRIx64, f->address);
		if (timed)
			printf("; all came within %.0f seconds", f->end - f->start);
		printf(".\n");
		return;
	}
	json_begin_object(j, NULL);
	json_string(j, "id", s->id);
	json_string(j, "severity", log_severity_name(s->severity));
	json_unsigned(j, "count", f->hit.count);
	json_unsigned(j, "line", f->hit.line);
	json_hex(j, "address", f->address);
	if (timed)
		json_unsigned(j, "seconds", (uint64_t)(f->end - f->start));
	json_string(j, "meaning", s->meaning);
	if (*s->remedy)
		json_string(j, "remedy", s->remedy);
	json_end_object(j);
}

static void show_strings(struct json *j, const struct log_report *report, uint32_t severity)
{
	for (size_t i = 0; i < LOG_STRING_COUNT; i++) {
		const struct log_string *s = log_string(i);

		if (!report->hits[i].count || s->severity != severity)
			continue;
		if (j)
			show_json(j, s, &report->hits[i]);
		else
			show_text(s, &report->hits[i]);
	}
}

static void show_faults(struct json *j, const struct log_report *report, uint32_t severity)
{
	for (size_t i = 0; i < LOG_FAULT_CLASSES; i++) {
		const struct log_string *s = log_fault_string(report, i);

		if (s && s->severity == severity)
			show_fault(j, s, &report->faults[i]);
	}
}

static void members_json(struct json *j, const struct log_report *report)
{
	json_unsigned(j, "lines", report->lines);
	json_string(j, "worst", log_severity_name(log_worst(report)));
	json_begin_array(j, "strings");
	for (uint32_t severity = 0; severity < LOG_SEV_COUNT; severity++)
		show_strings(j, report, severity);
	json_end_array(j);
	json_begin_array(j, "dmar_faults");
	for (uint32_t severity = 0; severity < LOG_SEV_COUNT; severity++)
		show_faults(j, report, severity);
	json_end_array(j);
}

static void show_report_json(const char *file, const struct log_report *report)
{
	struct json j = { .out = stdout };

	json_begin_object(&j, NULL);
	json_string(&j, "file", file);
	members_json(&j, report);
	json_end_object(&j);
}

static void show_report(const char *file, const struct log_report *report)
{
	size_t known = 0;

	for (size_t i = 0; i < LOG_STRING_COUNT; i++)
		known += report->hits[i].count > 0;
	printf("%s: %" PRIu64 " line%s, %zu known string%s\n", cli_name(file), report->lines,
		cli_plural(report->lines), known, cli_plural(known));
	for (uint32_t severity = 0; severity < LOG_SEV_COUNT; severity++) {
		show_faults(NULL, report, severity);
		show_strings(NULL, report, severity);
	}
}

static int verdict(const struct log_report *report)
{
	switch (log_worst(report)) {
	case LOG_SEV_FATAL:
		return EXIT_ERRORS;
	case LOG_SEV_WARNING:
		return EXIT_WARNINGS;
	default:
		return EXIT_FINE;
	}
}

static int refuse(const char *file, const struct log_report *report)
{
	const char *guess = cli_looks_like(report->head, report->head_len);

	return cli_error("%s: this is no text; it looks like %s", file,
		guess ? guess : "binary data");
}

static int run_explain(const struct command *self, int argc, char **argv)
{
	struct log_report report;
	const char *file = "-";
	int json = cli_json_option(self, argc, argv);
	FILE *in;

	if (json < 0)
		return EXIT_CANNOT_RUN;
	if (argc - optind > 1)
		return cli_usage(self, "explain: unexpected argument '%s'", argv[optind + 1]);
	if (optind < argc)
		file = argv[optind];
	in = cli_open_file(file);
	if (!in)
		return EXIT_CANNOT_RUN;
	log_scan(in, &report);
	if (ferror(in))
		return cli_error("%s: cannot read", file);
	if (log_is_binary(&report))
		return refuse(file, &report);
	if (json)
		show_report_json(file, &report);
	else
		show_report(file, &report);
	return verdict(&report);
}

/* Text has no NUL, unless it is UTF-16; a table has one in its first bytes. */
static bool scan_is(const uint8_t *data, size_t len)
{
	if (log_is_utf16(data, len))
		return true;
	return len && !memchr(data, 0, len < 4096 ? len : 4096);
}

static void scan_hit(struct cli_findings *findings, const struct log_string *s)
{
	FILE *out = findings->out ? findings->out : stdout;

	if (s->severity == LOG_SEV_FATAL)
		findings->counts[IGDPT_SEV_ERROR]++;
	else if (s->severity == LOG_SEV_WARNING)
		findings->counts[IGDPT_SEV_WARNING]++;
	else
		return;
	if (!findings->json && !findings->quiet)
		fprintf(out, "%s: %s: %s [%s]\n", cli_name(findings->file), log_severity_name(s->severity),
			s->meaning, s->id);
}

static void scan_file(const struct scan_input *file, struct json *j, struct cli_findings *findings)
{
	FILE *in = fmemopen(file->data, file->len, "r");
	struct log_report report;

	if (!in) {
		findings->counts[IGDPT_SEV_ERROR]++;
		return;
	}
	log_scan(in, &report);
	fclose(in);
	if (j)
		members_json(j, &report);
	for (size_t i = 0; i < LOG_STRING_COUNT; i++) {
		if (report.hits[i].count)
			scan_hit(findings, log_string(i));
	}
	for (size_t i = 0; i < LOG_FAULT_CLASSES; i++) {
		const struct log_string *s = log_fault_string(&report, i);

		if (s)
			scan_hit(findings, s);
	}
}

const struct scan_kind scan_log = { "log", scan_is, scan_file };

const struct command cmd_explain = {
	.name = "explain",
	.summary = "say what a kernel, VMM or guest log means",
	.usage = "usage: igdpt explain [--json] [FILE]\n\n"
		 "Reads a log (standard input without FILE) and explains each known string once.\n"
		 "DMAR faults are sorted by address and by whether they are a burst or a storm.\n"
		 "Exit status: 0 nothing bad, 1 warnings, 2 fatal strings, 3 could not run.\n",
	.run = run_explain,
};
