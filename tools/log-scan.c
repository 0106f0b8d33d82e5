/* SPDX-License-Identifier: MIT */
#include "log-scan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "log-match.h"

#define MIB (UINT64_C(1) << 20)
/* No firmware gives the IGD less GTT stolen memory than 1 MiB. */
#define MIN_STOLEN (2 * MIB)
/*
 * More faults than this, or faults for longer than this many seconds, are a storm. The kernel
 * prints at most 10 in 5 seconds, so a change of owner leaves some dozen lines at most.
 */
#define STORM_COUNT 100
#define STORM_SECONDS 60.0
/* Where in a line a time may stand. */
#define STAMP_WITHIN 64u

static const struct log_string strings[LOG_STRING_COUNT] = {
#define LOG_STRING(token, id, severity, pattern, meaning, remedy, source)                          \
	{ id, LOG_SEV_##severity, pattern, meaning, remedy, source },
#define LOG_FAULT(class, storm, id, severity, meaning, remedy)
#include "log-strings.def"
#undef LOG_STRING
#undef LOG_FAULT
};

static const struct log_string fault_strings[LOG_FAULT_CLASSES][2] = {
#define LOG_STRING(token, id, severity, pattern, meaning, remedy, source)
#define LOG_FAULT(class, storm, id, severity, meaning, remedy)                                     \
	[LOG_FAULT_##class][storm] = { id, LOG_SEV_##severity, "", meaning, remedy,                \
		"users' reports; QEMU docs/igd-assign.txt" },
#include "log-strings.def"
#undef LOG_STRING
#undef LOG_FAULT
};

const struct log_string *log_string(size_t id)
{
	return id < LOG_STRING_COUNT ? &strings[id] : NULL;
}

const struct log_string *log_string_at(size_t i)
{
	if (i < LOG_STRING_COUNT)
		return &strings[i];
	i -= LOG_STRING_COUNT;
	return i < LOG_FAULT_CLASSES * 2 ? &fault_strings[i / 2][i % 2] : NULL;
}

static bool is_storm(const struct log_report *report, size_t class)
{
	const struct log_fault *f = &report->faults[class];

	return f->hit.count + report->suppressed > STORM_COUNT || f->end - f->start > STORM_SECONDS;
}

const struct log_string *log_fault_string(const struct log_report *report, size_t class)
{
	if (class >= LOG_FAULT_CLASSES || !report->faults[class].hit.count)
		return NULL;
	return &fault_strings[class][is_storm(report, class)];
}

const char *log_severity_name(uint32_t severity)
{
	static const char *const names[LOG_SEV_COUNT] = { "fatal", "warning", "depends", "info",
		"benign" };

	return severity < LOG_SEV_COUNT ? names[severity] : "none";
}

uint32_t log_worst(const struct log_report *report)
{
	uint32_t worst = LOG_SEV_COUNT;

	for (size_t i = 0; i < LOG_STRING_COUNT; i++) {
		if (report->hits[i].count && strings[i].severity < worst)
			worst = strings[i].severity;
	}
	for (size_t i = 0; i < LOG_FAULT_CLASSES; i++) {
		const struct log_string *s = log_fault_string(report, i);

		if (s && s->severity < worst)
			worst = s->severity;
	}
	return worst;
}

/* Captures are at most 20 characters of hex digits and 'x'. */
static uint64_t hex(const struct log_capture *c)
{
	char text[24] = "";

	if (c->at && c->len < sizeof(text))
		memcpy(text, c->at, c->len);
	return strtoull(text, NULL, 16);
}

static uint64_t decimal(const struct log_capture *c)
{
	char text[24] = "";

	if (c->at && c->len < sizeof(text))
		memcpy(text, c->at, c->len);
	return strtoull(text, NULL, 10);
}

/* 00:02.0, 0000:00:02.0, 0x00:0x02.0; with another domain it is not the IGD. */
static bool is_igd(const struct log_capture *c)
{
	unsigned long part[4] = { 0 };
	char text[24] = "", *p = text;
	size_t n = 0;

	if (!c->at || c->len >= sizeof(text))
		return false;
	memcpy(text, c->at, c->len);
	while (n < 4 && *p) {
		char *end;

		part[n++] = strtoul(p, &end, 16);
		if (*end != ':' && *end != '.' && *end)
			return false;
		p = *end ? end + 1 : end;
	}
	if (n == 3)
		return part[0] == 0 && part[1] == 2 && part[2] == 0;
	return n == 4 && !part[0] && !part[1] && part[2] == 2 && !part[3];
}

/*
 * Which reservation is the IGD's? All that were ever seen begin and end on whole MiB, and no other
 * does (corpus of 366 DMAR tables); the log's own word on 00:02.0 is better.
 */
static void note_rmrr(struct log_report *report, uint64_t first, uint64_t last)
{
	if (first % MIB || (last + 1) % MIB || last < first || last - first < MIN_STOLEN - 1)
		return;
	report->rmrr = (struct log_range){ first, last };
}

static bool inside(const struct log_range *range, uint64_t address)
{
	return range->first <= address && address <= range->last;
}

static enum log_fault_class classify(const struct log_report *report, uint64_t address)
{
	if (address == 0)
		return LOG_FAULT_ZERO;
	if (inside(&report->dsm, address))
		return LOG_FAULT_DSM;
	if (inside(&report->rmrr, address))
		return inside(&report->rmrr, report->dsm.first) ? LOG_FAULT_GSM : LOG_FAULT_STOLEN;
	return LOG_FAULT_ELSEWHERE;
}

/* Seconds from "[   12.345678]" or "20:01:02"; negative if the line has neither. */
static double stamp(const char *line, size_t len)
{
	char head[STAMP_WITHIN + 1];
	const char *p;
	unsigned h, m, s;

	len = len < STAMP_WITHIN ? len : STAMP_WITHIN;
	memcpy(head, line, len);
	head[len] = '\0';
	for (p = strchr(head, '['); p; p = strchr(p + 1, '[')) {
		char *end;
		double seconds = strtod(p + 1, &end);

		if (end != p + 1 && *end == ']' && seconds >= 0 && seconds < 1e12)
			return seconds;
	}
	for (p = head; *p; p++) {
		if (isdigit((unsigned char)*p) && (p == head || !isdigit((unsigned char)p[-1])) &&
			sscanf(p, "%2u:%2u:%2u", &h, &m, &s) == 3 && h < 24 && m < 60 && s < 61)
			return h * 3600.0 + m * 60.0 + s;
	}
	return -1;
}

static void note_fault(struct log_report *report, const struct log_capture *c, const char *line,
	size_t len)
{
	uint64_t address = hex(&c[1]);
	struct log_fault *f =
		&report->faults[is_igd(&c[0]) ? classify(report, address) : LOG_FAULT_OTHER];
	double now = stamp(line, len);

	if (!f->hit.count++) {
		f->hit.line = report->lines;
		f->address = address;
		f->start = now;
		f->end = now;
	}
	/* A time that goes back is another boot, or midnight. */
	if (f->start >= 0 && now >= f->end)
		f->end = now;
}

static void act(struct log_report *report, size_t id, const struct log_capture *c, const char *line,
	size_t len)
{
	switch (id) {
	case LOG_DMAR_RMRR:
		note_rmrr(report, hex(&c[0]), hex(&c[1]));
		break;
	case LOG_DMAR_IDENTITY_MAP:
	case LOG_DMAR_IDENTITY_MAP_PCI:
		if (is_igd(&c[0]))
			note_rmrr(report, hex(&c[1]), hex(&c[2]));
		break;
	case LOG_STOLEN_EARLY:
		report->dsm = (struct log_range){ hex(&c[0]), hex(&c[1]) };
		break;
	case LOG_DMAR_FAULT_SUPPRESSED:
		report->suppressed += decimal(&c[0]);
		break;
	case LOG_DMAR_FAULT:
		note_fault(report, c, line, len);
		break;
	default:
		break;
	}
}

void log_scan_line(struct log_report *report, const char *line, size_t len)
{
	for (size_t i = 0; i < LOG_STRING_COUNT; i++) {
		struct log_capture captures[LOG_CAPTURES];

		if (!log_match(strings[i].pattern, line, len, captures))
			continue;
		if (!report->hits[i].count++)
			report->hits[i].line = report->lines;
		act(report, i, captures, line, len);
	}
}

void log_report_init(struct log_report *report)
{
	*report = (struct log_report){ .rmrr = { 1, 0 }, .dsm = { 1, 0 } };
}

/* A log may have been through a serial line or Windows. */
static void scan_line(struct log_report *report, const char *line, size_t len)
{
	log_scan_line(report, line, len && line[len - 1] == '\r' ? len - 1 : len);
}

void log_scan(FILE *in, struct log_report *report)
{
	char line[LOG_LINE_MAX];
	size_t len = 0;
	bool fresh = true;
	int c;

	log_report_init(report);
	while ((c = getc_unlocked(in)) != EOF) {
		report->lines += fresh;
		fresh = c == '\n';
		if (!fresh)
			line[len++] = (char)c;
		if (fresh || len == sizeof(line)) {
			scan_line(report, line, len);
			len = 0;
		}
	}
	scan_line(report, line, len);
}
