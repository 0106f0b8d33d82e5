/* SPDX-License-Identifier: MIT
 *
 * A page for each id that a report can show: checks, findings, log strings. Who does not know the
 * id may give the message, a part of it, or a line of a log that has it.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "doctor.h"
#include "log-match.h"

#define FINDING_NUMBERS 1000u
#define TITLE_MAX 512u
/* Shorter text is in almost every message. */
#define PART_MIN 3u

static void check_page(FILE *out, const struct doctor_check *c)
{
	fprintf(out, "D%02u %s\n\nA check of igdpt doctor, on the link \"%s\" of the chain%s.\n\n%s\n",
		c->number, c->name, doctor_stage_name(c->stage), c->side == SIDE_HOST ? ", on the host" :
		c->side == SIDE_GUEST ? ", in the guest" : "", c->about);
	for (size_t i = 0; i < DOCTOR_CHECKS; i++) {
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

struct title {
	char text[TITLE_MAX];
};

static const char *stands_for(char mark)
{
	switch (mark) {
	case '$':
		return "";
	case '*':
		return "...";
	case 'i':
		return "00:02.0";
	default:
		return "N";
	}
}

/* The message without its marks. */
static struct title title(const char *pattern, const char *marks)
{
	struct title t = { "" };
	size_t n = 0;

	for (const char *p = pattern; *p && n < sizeof(t.text) - 8; p++) {
		if (*p == '%' && p[1] && strchr(marks, p[1]))
			n += (size_t)snprintf(t.text + n, 8, "%s", stands_for(*++p));
		else
			t.text[n++] = *p;
	}
	return t;
}

static struct title finding_title(const struct igdpt_finding_info *info)
{
	return title(info->message, "vwVW");
}

static struct title log_title(const struct log_string *s)
{
	return title(s->pattern, "xbi*$");
}

static void finding_page(FILE *out, uint32_t number, const struct igdpt_finding_info *info)
{
	static const char *const severities[] = { "nothing", "information", "a warning", "an error" };

	fprintf(out, "%s\n\n    %s", info->name, finding_title(info).text);
	fprintf(out, "\n\nFinding %u of libigdpt, %s. N stands for a number.\n\nWhat to do: %s.\n"
		"Source: %s.\n", number, severities[info->severity <= IGDPT_SEV_ERROR ? info->severity : 0],
		info->remedy, info->source);
}

static void log_page(FILE *out, const struct log_string *s)
{
	fprintf(out, "%s\n\n", s->id);
	if (*s->pattern)
		fprintf(out, "    %s\n\n", log_title(s).text);
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
	for (size_t i = 0; i < DOCTOR_CHECKS; i++) {
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

/* What was found for a text that is no id. */
struct found {
	FILE *out; /* NULL: count only */
	const char *text;
	size_t count;
	const char *id; /* of the last one */
};

static bool has(const char *message, const char *part)
{
	return strcasestr(message, part) != NULL;
}

static void is_found(struct found *f, const char *id, const char *message)
{
	f->id = id;
	f->count++;
	if (f->out)
		fprintf(f->out, "%s\n    %s\n", id, message);
}

static void find_strings(struct found *f)
{
	const struct log_string *s;

	for (size_t i = 0; (s = log_string_at(i)); i++) {
		struct title t = log_title(s);

		if (has(s->id, f->text) || has(t.text, f->text) ||
			(*t.text && log_match(s->pattern, f->text, strlen(f->text), NULL, NULL)))
			is_found(f, s->id, *t.text ? t.text : s->meaning);
	}
}

static void find_findings(struct found *f)
{
	struct igdpt_finding_info info = { .size = sizeof(info) };

	for (uint32_t n = 1; n < FINDING_NUMBERS; n++) {
		struct title t;

		if (igdpt_finding_describe(n, &info) < 0)
			continue;
		t = finding_title(&info);
		if (has(info.name, f->text) || has(t.text, f->text))
			is_found(f, info.name, t.text);
	}
}

static bool show_found(FILE *out, const char *text)
{
	struct found f = { .text = text };

	if (strlen(text) < PART_MIN)
		return false;
	find_findings(&f);
	find_strings(&f);
	if (f.count == 1)
		return show_finding(out, f.id) || show_log_string(out, f.id);
	f.out = out;
	if (f.count)
		fprintf(out, "%zu messages are like that:\n\n", f.count);
	find_findings(&f);
	find_strings(&f);
	return f.count > 0;
}

bool page_show(FILE *out, const char *id)
{
	return show_check(out, id) || show_finding(out, id) || show_log_string(out, id) ||
		show_found(out, id);
}

void page_list(FILE *out)
{
	struct igdpt_finding_info info = { .size = sizeof(info) };
	const struct log_string *s;

	for (size_t i = 0; i < DOCTOR_CHECKS; i++)
		fprintf(out, "D%02u\n", doctor_checks[i].number);
	fputs("D36\n", out);
	for (uint32_t n = 1; n < FINDING_NUMBERS; n++) {
		if (igdpt_finding_describe(n, &info) == 0)
			fprintf(out, "%s\n", info.name);
	}
	for (size_t i = 0; (s = log_string_at(i)); i++)
		fprintf(out, "%s\n", s->id);
}
