/* SPDX-License-Identifier: MIT
 *
 * A page for each id that a report can show: checks, findings, log strings.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "doctor.h"

#define FINDING_NUMBERS 1000u

static void check_page(FILE *out, const struct doctor_check *c)
{
	fprintf(out, "D%02u %s\n\nA check of igdpt doctor, on the link \"%s\" of the chain%s.\n\n%s\n",
		c->number, c->name, doctor_stage_name(c->stage), c->side == SIDE_HOST ? ", on the host" :
		c->side == SIDE_GUEST ? ", in the guest" : "", c->about);
	for (size_t i = 0; i < doctor_check_count; i++) {
		if (c->needs & UINT64_C(1) << doctor_checks[i].number)
			fprintf(out, "It comes after D%02u (%s).\n", doctor_checks[i].number,
				doctor_checks[i].name);
	}
	fprintf(out, "\nCommands that tell more:\n\n");
	for (const char *p = c->commands; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		fprintf(out, "    ");
		for (size_t i = 0; i < strcspn(p, "\n"); i++) {
			bool device = p[i] == '%' && p[i + 1] == 's';

			device ? fputs("0000:00:02.0", out) : fputc(p[i], out);
			i += device;
		}
		fputc('\n', out);
	}
}

static void summary_page(FILE *out)
{
	fputs("D36 summary\n\nThe first failed check is the most likely cause, because what comes behind "
	      "it hangs on it;\nwithout a failure it is the first warning.\n", out);
}

/* %v and the like stand for numbers. */
static void message(FILE *out, const char *template)
{
	for (const char *p = template; *p; p++) {
		bool number = *p == '%' && p[1] && strchr("vwVW", p[1]);

		fputc(number ? 'N' : *p, out);
		p += number;
	}
}

static void finding_page(FILE *out, uint32_t number, const struct igdpt_finding_info *info)
{
	static const char *const severities[] = { "nothing", "information", "a warning", "an error" };

	fprintf(out, "%s\n\n    ", info->name);
	message(out, info->message);
	fprintf(out, "\n\nFinding %u of libigdpt, %s. N stands for a number.\n\nWhat to do: %s.\n"
		"Source: %s.\n", number, severities[info->severity <= IGDPT_SEV_ERROR ? info->severity : 0],
		info->remedy, info->source);
}

static void log_page(FILE *out, const struct log_string *s)
{
	fprintf(out, "%s\n\n", s->id);
	if (*s->pattern) {
		fprintf(out, "    ");
		for (const char *p = s->pattern; *p; p++) {
			bool mark = *p == '%' && p[1];

			if (!mark)
				fputc(*p, out);
			else if (p[1] != '$')
				fputs(p[1] == '*' ? "..." : "N", out);
			p += mark;
		}
		fputs("\n\n", out);
	}
	fprintf(out, "A string of kernel, VMM or guest logs (%s).%s\n\n%s\n",
		log_severity_name(s->severity), strchr(s->pattern, '%') ? " N stands for a number or an "
		"address." : "", s->meaning);
	if (*s->remedy)
		fprintf(out, "What to do: %s.\n", s->remedy);
	fprintf(out, "Source: %s.\n", s->source);
}

static bool show_check(FILE *out, const char *id)
{
	char *end;
	unsigned long number;

	if (strncasecmp(id, "IGDPT-", 6) == 0)
		id += 6;
	number = (*id == 'D' || *id == 'd') && id[1] ? strtoul(id + 1, &end, 10) : 0;
	if (!number || *end)
		return false;
	if (number == 36)
		return summary_page(out), true;
	for (size_t i = 0; i < doctor_check_count; i++) {
		if (doctor_checks[i].number == number)
			return check_page(out, &doctor_checks[i]), true;
	}
	return false;
}

static bool show_finding(FILE *out, const char *id)
{
	struct igdpt_finding_info info = { .size = sizeof(info) };

	for (uint32_t n = 1; n < FINDING_NUMBERS; n++) {
		if (igdpt_finding_describe(n, &info) == 0 && strcmp(info.name, id) == 0)
			return finding_page(out, n, &info), true;
	}
	return false;
}

static bool show_log_string(FILE *out, const char *id)
{
	const struct log_string *s;

	for (size_t i = 0; (s = log_string_at(i)); i++) {
		if (strcmp(s->id, id) == 0)
			return log_page(out, s), true;
	}
	return false;
}

bool page_show(FILE *out, const char *id)
{
	return show_check(out, id) || show_finding(out, id) || show_log_string(out, id);
}

void page_list(FILE *out)
{
	struct igdpt_finding_info info = { .size = sizeof(info) };
	const struct log_string *s;

	for (size_t i = 0; i < doctor_check_count; i++)
		fprintf(out, "D%02u\n", doctor_checks[i].number);
	fputs("D36\n", out);
	for (uint32_t n = 1; n < FINDING_NUMBERS; n++) {
		if (igdpt_finding_describe(n, &info) == 0)
			fprintf(out, "%s\n", info.name);
	}
	for (size_t i = 0; (s = log_string_at(i)); i++)
		fprintf(out, "%s\n", s->id);
}
