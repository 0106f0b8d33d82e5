/* SPDX-License-Identifier: MIT */
#include "log-match.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Longer runs than these are neither a 64-bit number, nor an address, nor layout. */
#define NUMBER_MAX 20u
#define ADDRESS_MAX 20u
#define BLANKS_MAX 32u
/* So much of a pattern at the end of a line is no coincidence. */
#define CUT_MIN 8u

struct match {
	const char *line;
	size_t len;
	struct log_capture captures[LOG_CAPTURES];
	size_t captured;
	size_t taken; /* by the segments before */
	bool cut;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_number(char c)
{
	return isxdigit((unsigned char)c) || c == 'x';
}

static bool is_address(char c)
{
	return is_number(c) || c == ':' || c == '.';
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static size_t run(const struct match *m, size_t at, size_t max, bool (*member)(char))
{
	size_t n = 0;

	while (n < max && at + n < m->len && member(m->line[at + n]))
		n++;
	return n;
}

static size_t capture(struct match *m, size_t at, size_t max, bool (*member)(char))
{
	size_t n = run(m, at, max, member);

	while (n && m->line[at + n - 1] == ':')
		n--;
	if (n && m->captured < LOG_CAPTURES)
		m->captures[m->captured++] = (struct log_capture){ m->line + at, n };
	return n;
}

bool log_is_igd(const struct log_capture *c)
{
	unsigned long part[4] = { 0 };
	char text[ADDRESS_MAX + 1] = "", *p = text;
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

static size_t capture_igd(struct match *m, size_t at)
{
	size_t n = capture(m, at, ADDRESS_MAX, is_address);

	return log_is_igd(&(struct log_capture){ m->line + at, n }) ? n : 0;
}

static bool is_backslash(char c)
{
	return c == '\\';
}

/* JSON has backslashes in front of it. */
static size_t quotation_mark(const struct match *m, size_t at)
{
	size_t n = run(m, at, BLANKS_MAX, is_backslash);

	return at + n < m->len && m->line[at + n] == '"' ? n + 1 : 0;
}

/* One pattern element at `at`: how many bytes it takes, or 0 if it does not match. */
static size_t element(struct match *m, const char *p, size_t at)
{
	if (*p == ' ')
		return run(m, at, BLANKS_MAX, is_blank);
	if (p[0] == '%' && p[1] == 'x')
		return capture(m, at, NUMBER_MAX, is_number);
	if (p[0] == '%' && p[1] == 'b')
		return capture(m, at, ADDRESS_MAX, is_address);
	if (p[0] == '%' && p[1] == 'i')
		return capture_igd(m, at);
	if (*p == '"')
		return quotation_mark(m, at);
	return at < m->len && m->line[at] == *p;
}

/* Up to the next %*: true with *at behind it. */
static bool segment(struct match *m, const char **pattern, size_t *at)
{
	const char *p = *pattern;
	size_t start = *at;

	while (*p && !(p[0] == '%' && p[1] == '*')) {
		size_t n;

		if (p[0] == '%' && p[1] == '$') {
			n = *at + run(m, *at, BLANKS_MAX, is_blank);
			if (n != m->len && m->line[n] != '"' && m->line[n] != '\\')
				return false;
			p += 2;
			continue;
		}
		n = element(m, p, *at);
		if (!n) {
			m->cut |= *at == m->len && m->taken + *at - start >= CUT_MIN;
			return false;
		}
		*at += n;
		p += *p == '%' ? 2 : 1;
	}
	if (!*p && isalnum((unsigned char)p[-1]) && *at < m->len && p[-2] != '%' &&
		isalnum((unsigned char)m->line[*at]))
		return false;
	m->taken += *at - start;
	*pattern = p;
	return true;
}

/* The leftmost place where the segment matches; every segment starts with a literal. */
static bool find_segment(struct match *m, const char **pattern, size_t *at, bool first)
{
	size_t captured = m->captured;

	for (size_t start = *at; start < m->len; start++) {
		const char *hit = memchr(m->line + start, **pattern, m->len - start);

		if (!hit)
			return false;
		start = (size_t)(hit - m->line);
		if (first && start && isalnum((unsigned char)*hit) && is_word(hit[-1]))
			continue;
		*at = start;
		m->captured = captured;
		if (segment(m, pattern, at))
			return true;
	}
	return false;
}

bool log_match(const char *pattern, const char *line, size_t len, struct log_capture *captures,
	bool *cut)
{
	struct match m = { .line = line, .len = len };
	const char *p = pattern;
	size_t at = 0;

	while (*p) {
		size_t end = at + run(&m, at, BLANKS_MAX, is_blank);

		if (!find_segment(&m, &p, &at, p == pattern)) {
			if (cut)
				*cut |= m.cut || (m.taken >= CUT_MIN && end == len);
			return false;
		}
		if (*p)
			p += 2;
	}
	if (captures)
		memcpy(captures, m.captures, sizeof(m.captures));
	return true;
}
