/* SPDX-License-Identifier: MIT */
#include "log-scan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log-match.h"

#define MIB (UINT64_C(1) << 20)
/* No firmware gives the IGD less GTT stolen memory than 1 MiB. */
#define MIN_STOLEN (2 * MIB)
/*
 * More faults than this, or faults for longer than this many seconds, are a storm if there is no
 * pause between them. The kernel prints at most 10 lines in 5 seconds, so a change of owner leaves
 * some dozen at most, and a storm has a line every 5 seconds.
 */
#define STORM_COUNT 100u
#define STORM_SECONDS 60.0
#define PAUSE_SECONDS 6.0
#define BURST_LINES 10u
#define MINUTE 60.0
/* Where in a line a time may stand. */
#define STAMP_WITHIN 64u
/* Seconds since 1970 are not less in any log. */
#define EPOCH_MIN 1e8
/* Encoders of quoted-printable fill lines up to 76 characters, the "=" at the end included. */
#define SOFT_MIN 60u
#define SOFT_MAX 76u
/* A log is text if its first bytes are. */
#define TEXT_BYTES 4096u
/* What is none is looked at no further than this. */
#define BINARY_BYTES (UINT64_C(1) << 24)

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

const struct log_string *log_fault_string(const struct log_report *report, size_t class)
{
	if (class >= LOG_FAULT_CLASSES || !report->faults[class].hit.count)
		return NULL;
	return &fault_strings[class][report->faults[class].storm];
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

/* Stolen memory lies above the first MiB and below 4 GiB. */
static bool may_be_stolen(const struct log_report *report, uint64_t address)
{
	bool told = report->rmrr.first <= report->rmrr.last || report->dsm.first <= report->dsm.last;

	return !told && address >= MIB && address <= UINT32_MAX;
}

static enum log_fault_class classify(const struct log_report *report, uint64_t address)
{
	if (address == 0)
		return LOG_FAULT_ZERO;
	if (inside(&report->dsm, address))
		return LOG_FAULT_DSM;
	if (inside(&report->rmrr, address))
		return inside(&report->rmrr, report->dsm.first) ? LOG_FAULT_GSM : LOG_FAULT_STOLEN;
	return may_be_stolen(report, address) ? LOG_FAULT_LOW : LOG_FAULT_ELSEWHERE;
}

/* The microseconds of journalctl's JSON and export formats, which may be anywhere. */
static double journal_stamp(const char *line, size_t len)
{
	static const char key[] = "__REALTIME_TIMESTAMP";
	const char *p = memmem(line, len, key, sizeof(key) - 1), *end = line + len;
	char digits[20] = "";
	size_t n = 0;

	p = p ? p + sizeof(key) - 1 : end;
	while (p < end && !isdigit((unsigned char)*p))
		p++;
	while (p < end && n < sizeof(digits) - 1 && isdigit((unsigned char)*p))
		digits[n++] = *p++;
	return n ? strtod(digits, NULL) / 1e6 : -1;
}

/*
 * "[Nov28 07:00]": dmesg -e prints the minute where it is not that of the line before. The line is
 * taken to be near its begin, but for the first, and so the second has no known distance from it.
 */
static double minute_stamp(const char *head, struct log_report *report)
{
	struct tm tm = { .tm_year = 72 };
	double minute, gap;

	head = strchr(head, '[');
	if (!head || !strptime(head, "[%b%d %R]", &tm))
		return -1;
	minute = (double)timegm(&tm);
	gap = minute - report->minute - (report->marked < 0 ? MINUTE : report->now - report->marked);
	report->marked = report->minute < 0 ? -1 : report->now + (gap > 0 ? gap : 0);
	report->minute = minute;
	if (report->now < 0)
		return minute;
	return report->marked < 0 ? report->now : report->marked;
}

/* "[   12.345678]"; "[  +0.000011]" and "[<    0.000011>]" of dmesg -e and -d say how much later. */
static double bracket_stamp(const char *head, double before)
{
	for (const char *p = strchr(head, '['); p; p = strchr(p + 1, '[')) {
		size_t less = p[1] == '<';
		const char *number = p + 1 + less;
		bool later = less || number[strspn(number, " ")] == '+';
		char *end;
		double seconds = strtod(number, &end);

		if (end != number && *end == (less ? '>' : ']') && seconds >= 0 && seconds < 1e12)
			return later && before >= 0 ? before + seconds : seconds;
	}
	return -1;
}

/* 6,1234,12345678,-; of /dev/kmsg: the third number counts microseconds. */
static double kmsg_stamp(const char *head)
{
	static const char digits[] = "0123456789";
	char *end;
	double usec;

	for (int i = 0; i < 2; i++) {
		head += strspn(head, digits);
		if (*head++ != ',')
			return -1;
	}
	if (!isdigit((unsigned char)*head))
		return -1;
	usec = strtod(head, &end);
	return end - head <= 18 && *end == ',' && strchr(end, ';') ? usec / 1e6 : -1;
}

/* "time": 12.345678 of dmesg --json, /dev/kmsg, 1732700000.123456 of journalctl -o short-unix */
static double number_stamp(const char *head)
{
	const char *json = strstr(head, "\"time\":");
	double seconds;
	char *end;

	if (json) {
		seconds = strtod(json + strlen("\"time\":"), NULL);
		return seconds >= 0 && seconds < 1e12 ? seconds : -1;
	}
	if (!isdigit((unsigned char)*head))
		return -1;
	seconds = kmsg_stamp(head);
	if (seconds >= 0)
		return seconds;
	seconds = strtod(head, &end);
	return seconds >= EPOCH_MIN && seconds < 1e12 && *end == ' ' ? seconds : -1;
}

/* 20:01:02, with 2026-11-22 or Nov 22 before it */
static double clock_stamp(const char *head)
{
	static const struct {
		size_t before;
		const char *format;
	} forms[] = {
		{ 11, "%Y-%m-%dT%T" },
		{ 11, "%Y-%m-%d %T" },
		{ 7, "%b %d %T" },
		{ 0, "%T" },
	};

	for (const char *p = head; (p = strchr(p, ':')); p++) {
		if (p - head < 2 || (p - head > 2 && isdigit((unsigned char)p[-3])) ||
			!isdigit((unsigned char)p[1]) || !isdigit((unsigned char)p[2]) ||
			p[3] != ':')
			continue;
		for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
			size_t before = forms[i].before + 2;
			struct tm tm = { .tm_year = 72, .tm_mday = 1 };

			if ((size_t)(p - head) >= before &&
				strptime(p - before, forms[i].format, &tm))
				return (double)timegm(&tm);
		}
	}
	return -1;
}

/* Seconds since whenever; negative if the line has no time. */
static double stamp(struct log_report *report, const char *line, size_t len)
{
	double seconds = journal_stamp(line, len);
	char head[STAMP_WITHIN + 1];

	len = len < STAMP_WITHIN ? len : STAMP_WITHIN;
	memcpy(head, line, len);
	head[len] = '\0';
	if (seconds < 0)
		seconds = number_stamp(head);
	if (seconds < 0)
		seconds = bracket_stamp(head, report->now);
	if (seconds < 0)
		seconds = minute_stamp(head, report);
	return seconds < 0 ? clock_stamp(head) : seconds;
}

static void add_to_run(struct log_fault *f, uint64_t count, double now)
{
	if (now >= 0 && f->end >= 0 && (now < f->end || now - f->end > PAUSE_SECONDS))
		f->run = 0;
	if (!f->run)
		f->run_start = now;
	f->run += count <= STORM_COUNT ? count : STORM_COUNT + 1;
	if (f->run > STORM_COUNT || (f->run_start >= 0 && now - f->run_start > STORM_SECONDS))
		f->storm = true;
}

/* A new interval begins when the last is full or over. */
static void note_burst(struct log_burst *b, size_t class, double now)
{
	if (b->total == BURST_LINES || now < b->start || now - b->start > PAUSE_SECONDS)
		*b = (struct log_burst){ .total = 0 };
	if (!b->total)
		b->start = now;
	b->total++;
	b->faults[class]++;
	b->last = class;
}

/* What the kernel left out is like most of what it printed just before. */
static void note_suppressed(struct log_report *report, uint64_t count)
{
	struct log_burst *b = &report->burst;
	size_t most = b->last;

	if (!b->total) {
		report->suppressed = count;
		return;
	}
	for (size_t i = 0; i < LOG_FAULT_CLASSES; i++) {
		if (b->faults[i] > b->faults[most])
			most = i;
	}
	add_to_run(&report->faults[most], count, -1);
	b->total = BURST_LINES;
}

static bool has_no_domain(const char *text, size_t len)
{
	return log_match(strings[LOG_DMAR_FAULT_ROOT].pattern, text, len, NULL, NULL) ||
		log_match(strings[LOG_DMAR_FAULT_CONTEXT].pattern, text, len, NULL, NULL);
}

/* Not the address is at fault then, but the IOMMU's table. */
static bool is_damage(const char *text, size_t len)
{
	return log_match(strings[LOG_DMAR_FAULT_NEXT].pattern, text, len, NULL, NULL) ||
		log_match(strings[LOG_DMAR_FAULT_RESERVED].pattern, text, len, NULL, NULL);
}

static void note_fault(struct log_report *report, const struct log_capture *c, bool no_domain,
	uint64_t line)
{
	uint64_t address = hex(&c[1]);
	size_t class = !log_is_igd(&c[0]) ? LOG_FAULT_OTHER :
		no_domain ? LOG_FAULT_NO_DOMAIN : classify(report, address);
	struct log_fault *f = &report->faults[class];
	double now = report->now;

	if (!f->hit.count++) {
		f->hit.line = line;
		f->address = address;
		f->start = now;
		f->end = now;
	}
	/* A time that goes back is another boot, or midnight. */
	if (now < f->end)
		f->start = -1;
	add_to_run(f, 1, now);
	f->end = now;
	note_burst(&report->burst, class, now);
	add_to_run(f, report->suppressed, -1);
	report->suppressed = 0;
}

static void act(struct log_report *report, size_t id, const struct log_capture *c,
	const char *text, size_t len, uint64_t line)
{
	switch (id) {
	case LOG_DMAR_RMRR:
		note_rmrr(report, hex(&c[0]), hex(&c[1]));
		break;
	case LOG_DMAR_IDENTITY_MAP:
	case LOG_DMAR_IDENTITY_MAP_PCI:
		if (log_is_igd(&c[0]))
			note_rmrr(report, hex(&c[1]), hex(&c[2]));
		break;
	case LOG_STOLEN_EARLY:
	case LOG_STOLEN_EARLY_4:
	case LOG_STOLEN_EARLY_3:
		report->dsm = (struct log_range){ hex(&c[0]), hex(&c[1]) };
		break;
	case LOG_DMAR_FAULT_SUPPRESSED:
		note_suppressed(report, decimal(&c[0]));
		break;
	case LOG_DMAR_FAULT:
		if (!is_damage(text, len))
			note_fault(report, c, has_no_domain(text, len), line);
		break;
	default:
		break;
	}
}

/* Counts what is not seen yet; true if the text ends in the middle of a known string. */
static bool scan_text(struct log_report *report, const char *text, size_t len, uint64_t line,
	bool *seen)
{
	bool cut = false;

	for (size_t i = 0; i < LOG_STRING_COUNT; i++) {
		struct log_capture captures[LOG_CAPTURES];

		if (!log_match(strings[i].pattern, text, len, captures, &cut) || seen[i])
			continue;
		seen[i] = true;
		if (!report->hits[i].count++)
			report->hits[i].line = line;
		act(report, i, captures, text, len, line);
	}
	return cut;
}

/* `text` is not part of `held`. */
static void hold(struct log_held *held, const char *text, size_t len, uint64_t line)
{
	held->len = len <= sizeof(held->text) ? len : 0;
	held->line = line;
	memcpy(held->text, text, held->len);
}

/* The end of the string that the line before began, behind the marks of a quotation. */
static bool scan_wrapped(struct log_report *report, const char *line, size_t len, bool *seen)
{
	struct log_held *held = &report->held;
	char whole[2 * sizeof(held->text) + 1];
	size_t n = held->len;

	while (len && (*line == '>' || *line == ' ' || *line == '\t')) {
		line++;
		len--;
	}
	if (!n || !len || len > sizeof(held->text))
		return false;
	for (size_t i = 0; i < LOG_STRING_COUNT; i++)
		seen[i] |= held->seen[i];
	memcpy(whole, held->text, n);
	whole[n++] = ' ';
	memcpy(whole + n, line, len);
	if (!scan_text(report, whole, n + len, held->line, seen))
		return false;
	hold(held, whole, n + len, held->line);
	return held->len > 0;
}

static void scan_line(struct log_report *report, const char *line, size_t len, uint64_t number)
{
	bool seen[LOG_STRING_COUNT] = { false };
	double now = stamp(report, line, len);
	bool cut;

	if (now >= 0)
		report->now = now;
	cut = scan_text(report, line, len, number, seen);
	if (!scan_wrapped(report, line, len, seen))
		hold(&report->held, line, cut ? len : 0, number);
	memcpy(report->held.seen, seen, sizeof(seen));
}

void log_scan_line(struct log_report *report, const char *line, size_t len)
{
	scan_line(report, line, len, report->lines);
}

void log_report_init(struct log_report *report)
{
	*report = (struct log_report){ .rmrr = { 1, 0 }, .dsm = { 1, 0 }, .now = -1,
		.minute = -1, .marked = -1 };
}

bool log_is_binary(const struct log_report *report)
{
	return report->nul && log_worst(report) == LOG_SEV_COUNT;
}

bool log_is_utf16(const uint8_t *data, size_t len)
{
	return len >= 2 && (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0);
}

/* Without the sequences that colour a terminal: ESC, [, parameters, a letter. */
static size_t without_colours(char *line, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (line[i] == '\033' && i + 1 < len && line[i + 1] == '[') {
			for (i += 2; i < len && line[i] >= 0x20 && line[i] < 0x40; i++)
				;
			continue;
		}
		line[n++] = line[i];
	}
	return n;
}

/* A line of a log, or several that are one in quoted-printable. */
struct reader {
	FILE *in;
	struct log_report *report;
	bool utf16, big;
	size_t head; /* how much of the head is read */
	char line[LOG_LINE_MAX];
	size_t len;
	size_t start; /* of the last of the lines */
	uint64_t first; /* of the lines */
};

static int next_byte(struct reader *r)
{
	return r->head < r->report->head_len ? r->report->head[r->head++] : getc_unlocked(r->in);
}

/* What is no ASCII in UTF-16 is in no known string. */
static int next_char(struct reader *r)
{
	int a = next_byte(r), b, high, low;

	if (!r->utf16 || a == EOF)
		return a;
	b = next_byte(r);
	high = r->big ? a : b;
	low = r->big ? b : a;
	return high || low > 0x7f ? '?' : low;
}

static void read_head(struct reader *r)
{
	struct log_report *report = r->report;
	int c;

	while (report->head_len < LOG_HEAD && (c = getc_unlocked(r->in)) != EOF)
		report->head[report->head_len++] = (uint8_t)c;
	r->utf16 = log_is_utf16(report->head, report->head_len);
	r->big = r->utf16 && report->head[0] == 0xfe;
	r->head = r->utf16 ? 2 : 0;
}

/* A log may have been through a serial line or Windows. */
static void drop_return(struct reader *r)
{
	if (r->len > r->start && r->line[r->len - 1] == '\r')
		r->len--;
}

/* Whether quoted-printable goes on in the next line. */
static bool goes_on(struct reader *r)
{
	size_t here = r->len - r->start;

	if (here < SOFT_MIN || here > SOFT_MAX || r->line[r->len - 1] != '=')
		return false;
	r->start = --r->len;
	return true;
}

static void flush(struct reader *r)
{
	scan_line(r->report, r->line, without_colours(r->line, r->len), r->first);
	r->len = 0;
	r->start = 0;
}

static void end_line(struct reader *r)
{
	drop_return(r);
	if (!goes_on(r))
		flush(r);
}

void log_scan(FILE *in, struct log_report *report)
{
	struct reader r = { .in = in, .report = report };
	bool fresh = true;
	uint64_t n = 0;
	int c;

	log_report_init(report);
	read_head(&r);
	while ((c = next_char(&r)) != EOF && (n < BINARY_BYTES || !log_is_binary(report))) {
		report->nul |= !c && n < TEXT_BYTES;
		n++;
		report->lines += fresh;
		r.first = r.len ? r.first : report->lines;
		fresh = c == '\n';
		if (fresh)
			end_line(&r);
		else
			r.line[r.len++] = (char)c;
		if (r.len == sizeof(r.line))
			flush(&r);
	}
	end_line(&r);
	flush(&r);
}
