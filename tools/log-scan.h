/* SPDX-License-Identifier: MIT
 *
 * Reads a kernel, VMM or guest log once and counts the strings of log-strings.def. DMAR faults are
 * sorted by the address that they hit, apart from those of a device without a domain, and by
 * whether they are a burst or a storm: more than 100, or a minute of them, without a pause; those
 * that the kernel left out count. Memory is bounded;
 * longer lines than LOG_LINE_MAX are read in pieces.
 *
 * A log may have any of the time stamps of dmesg, journalctl, syslog and /dev/kmsg, colours, UTF-16
 * with a byte order mark, and lines that a mailer wrapped.
 */
#ifndef IGDPT_TOOLS_LOG_SCAN_H
#define IGDPT_TOOLS_LOG_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define LOG_LINE_MAX 4096u
#define LOG_HEAD 16u

/* In the order in which reports show them: the worst first. */
enum log_severity {
	LOG_SEV_FATAL,
	LOG_SEV_WARNING,
	LOG_SEV_DEPENDS,
	LOG_SEV_INFO,
	LOG_SEV_BENIGN,
	LOG_SEV_COUNT
};

enum log_string_id {
#define LOG_STRING(token, id, severity, pattern, meaning, remedy, source) LOG_##token,
#define LOG_FAULT(class, storm, id, severity, meaning, remedy)
#include "log-strings.def"
#undef LOG_STRING
#undef LOG_FAULT
	LOG_STRING_COUNT
};

/* Where a fault of the IGD hit; faults of other devices are one class. */
enum log_fault_class {
	LOG_FAULT_ZERO,
	LOG_FAULT_DSM,
	LOG_FAULT_GSM,
	LOG_FAULT_STOLEN, /* in the IGD's RMRR, and the log does not tell DSM from GSM */
	LOG_FAULT_LOW, /* below 4 GiB, and the log does not tell where stolen memory is */
	LOG_FAULT_ELSEWHERE,
	LOG_FAULT_NO_DOMAIN, /* wherever it hit */
	LOG_FAULT_OTHER,
	LOG_FAULT_CLASSES
};

struct log_string {
	const char *id;
	uint32_t severity; /* enum log_severity */
	const char *pattern;
	const char *meaning;
	const char *remedy; /* empty if there is nothing to do */
	const char *source;
};

struct log_hit {
	uint64_t count;
	uint64_t line; /* of the first, from 1 */
};

struct log_range {
	uint64_t first, last; /* last below first: unknown */
};

struct log_fault {
	struct log_hit hit;
	uint64_t address; /* the first */
	double start, end; /* seconds; start is negative if the log has no times, or they go back */
	uint64_t run; /* faults since the last pause, with those that the kernel left out */
	double run_start;
	bool storm;
};

/* The fault lines of one interval of the kernel's rate limit. */
struct log_burst {
	unsigned faults[LOG_FAULT_CLASSES], total;
	size_t last; /* the class of the last one */
	double start;
};

/* A line that ends in the middle of a known string, until the next one is there. */
struct log_held {
	char text[256];
	size_t len;
	uint64_t line;
	bool seen[LOG_STRING_COUNT]; /* what it has without the next */
};

struct log_report {
	uint64_t lines;
	struct log_hit hits[LOG_STRING_COUNT];
	struct log_fault faults[LOG_FAULT_CLASSES];
	struct log_burst burst;
	uint64_t suppressed; /* fault reports left out before the first one in the log */
	struct log_range rmrr; /* the IGD's, as far as the log tells */
	struct log_range dsm;
	double now; /* seconds; negative before the first time */
	double minute; /* the last that dmesg -e has printed, likewise */
	double marked; /* the time then; negative for the first, which may be anywhere in its minute */
	struct log_held held;
	uint8_t head[LOG_HEAD]; /* the first bytes */
	size_t head_len;
	bool nul; /* among the first bytes of the log */
};

void log_scan(FILE *in, struct log_report *report);

/* One line without its newline; report->lines is its number. */
void log_scan_line(struct log_report *report, const char *line, size_t len);

void log_report_init(struct log_report *report);

/* The row of a string or of a class of faults. */
const struct log_string *log_string(size_t id);
/* All rows, also those of fault classes; NULL behind the last. */
const struct log_string *log_string_at(size_t i);
const struct log_string *log_fault_string(const struct log_report *report, size_t class);

/* No log at all: it has a NUL where text has none, and nothing that is known. */
bool log_is_binary(const struct log_report *report);

/* Whether the bytes are UTF-16 with a byte order mark, which log_scan() reads. */
bool log_is_utf16(const uint8_t *data, size_t len);

/* The worst severity that was seen, LOG_SEV_COUNT if nothing was. */
uint32_t log_worst(const struct log_report *report);

const char *log_severity_name(uint32_t severity);

#endif
