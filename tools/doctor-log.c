/* SPDX-License-Identifier: MIT
 *
 * Checks D34 and D35: logs.
 */
#include <inttypes.h>

#include "doctor.h"

void check_log(const struct facts *f, struct doctor_line *l)
{
	size_t worst = LOG_STRING_COUNT;

	if (!f->has_log) {
		say(l, DOCTOR_SKIP, "", "No log was named (--log)");
		return;
	}
	if (log_is_binary(&f->log)) {
		say(l, DOCTOR_SKIP, "Name a text file; unpack it first if it is compressed",
			"The log is no text");
		return;
	}
	because(l, "--log: %" PRIu64 " lines", f->log.lines);
	for (size_t i = 0; i < LOG_STRING_COUNT; i++) {
		if (!f->log.hits[i].count || log_string(i)->severity > LOG_SEV_WARNING)
			continue;
		note(l, "%s, %s, %" PRIu64 " times: %s", log_severity_name(log_string(i)->severity),
			log_string(i)->id, f->log.hits[i].count, log_string(i)->meaning);
		if (worst == LOG_STRING_COUNT || log_string(i)->severity < log_string(worst)->severity)
			worst = i;
	}
	if (!f->log.lines)
		say(l, DOCTOR_SKIP, "", "The log is empty");
	else if (worst == LOG_STRING_COUNT)
		say(l, DOCTOR_PASS, "", "The log holds nothing bad");
	else
		say(l, log_string(worst)->severity == LOG_SEV_FATAL ? DOCTOR_FAIL : DOCTOR_WARN,
			log_string(worst)->remedy, "Line %" PRIu64 " of the log: %s",
			f->log.hits[worst].line, log_string(worst)->meaning);
}

void check_faults(const struct facts *f, struct doctor_line *l)
{
	const struct log_string *worst = NULL;

	if (!f->has_log) {
		say(l, DOCTOR_SKIP, "", "No log was named (--log)");
		return;
	}
	if (log_is_binary(&f->log)) {
		say(l, DOCTOR_SKIP, "", "The log is no text");
		return;
	}
	because(l, "--log: %" PRIu64 " fault records", f->log.hits[LOG_DMAR_FAULT].count);
	for (size_t i = 0; i < LOG_FAULT_CLASSES; i++) {
		const struct log_string *s = log_fault_string(&f->log, i);

		if (s && s->severity <= LOG_SEV_WARNING && (!worst || s->severity < worst->severity))
			worst = s;
	}
	if (!worst)
		say(l, DOCTOR_PASS, "", "No DMAR faults, or a few that are normal");
	else
		say(l, worst->severity == LOG_SEV_FATAL ? DOCTOR_FAIL : DOCTOR_WARN, worst->remedy, "%s",
			worst->meaning);
}
