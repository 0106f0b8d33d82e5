/* SPDX-License-Identifier: MIT */
#include "xml.h"

#include <stdio.h>
#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void xml_init(struct xml *x, const char *text)
{
	*x = (struct xml){ .at = text };
}

/* Behind a comment, CDATA, a declaration or an instruction; NULL if it is none of them. */
static const char *skip_other(const char *p)
{
	static const struct {
		const char *start, *end;
	} kinds[] = { { "<!--", "-->" }, { "<![CDATA[", "]]>" }, { "<?", "?>" }, { "<!", ">" } };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *end;

		if (strncmp(p, kinds[i].start, strlen(kinds[i].start)) != 0)
			continue;
		end = strstr(p, kinds[i].end);
		return end ? end + strlen(kinds[i].end) : p + strlen(p);
	}
	return NULL;
}

/* The '>' of a tag: one inside quotes is not it. */
static const char *end_of_tag(const char *p)
{
	char quote = 0;

	for (; *p; p++) {
		if (quote ? *p == quote : *p == '\'' || *p == '"')
			quote = quote ? 0 : *p;
		else if (!quote && *p == '>')
			return p;
	}
	return NULL;
}

static void push(struct xml *x, const char *name, size_t len)
{
	if (x->depth < XML_DEPTH)
		snprintf(x->path[x->depth], XML_NAME, "%.*s", (int)(len < XML_NAME ? len : XML_NAME - 1),
			name);
	x->depth++;
}

static void pop(struct xml *x)
{
	if (x->depth)
		x->depth--;
}

static void take_tag(struct xml *x, const char *p, const char *end)
{
	size_t len;

	x->open = *p != '/';
	p += !x->open;
	len = strcspn(p, " \t\r\n/>");
	x->empty = x->open && end[-1] == '/';
	x->tag = p + len;
	x->tag_len = (size_t)(end - p) - len;
	x->text = end + 1;
	x->text_len = strcspn(end + 1, "<");
	x->at = end + 1;
	if (x->open)
		push(x, p, len);
}

bool xml_next(struct xml *x)
{
	/* What ended was still part of the path for the caller. */
	if (x->tag && (x->empty || !x->open))
		pop(x);
	x->empty = false;
	x->tag = NULL;
	while ((x->at = strchr(x->at, '<'))) {
		const char *end = skip_other(x->at);

		if (end) {
			x->at = end;
			continue;
		}
		end = end_of_tag(x->at + 1);
		if (!end)
			break;
		take_tag(x, x->at + 1, end);
		return true;
	}
	x->at = "";
	return false;
}

bool xml_is(const struct xml *x, const char *path)
{
	unsigned depth = x->depth;

	for (const char *end = path + strlen(path); depth;) {
		const char *from = end;

		while (from > path && from[-1] != '/')
			from--;
		if (depth > XML_DEPTH || strlen(x->path[depth - 1]) != (size_t)(end - from) ||
			strncmp(x->path[depth - 1], from, (size_t)(end - from)) != 0)
			return false;
		if (from == path)
			return true;
		end = from - 1;
		depth--;
	}
	return false;
}

bool xml_inside(const struct xml *x, const char *name)
{
	for (unsigned i = 0; i < x->depth && i < XML_DEPTH; i++) {
		if (strcmp(x->path[i], name) == 0)
			return true;
	}
	return false;
}

static void unescape(char *text)
{
	static const struct {
		const char *name;
		char c;
	} entities[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' },
		{ "&apos;", '\'' } };
	char *out = text;

	for (const char *p = text; *p; out++) {
		size_t step = 1;

		*out = *p;
		for (size_t i = 0; i < 5 && *p == '&'; i++) {
			if (strncmp(p, entities[i].name, strlen(entities[i].name)) != 0)
				continue;
			*out = entities[i].c;
			step = strlen(entities[i].name);
			break;
		}
		p += step;
	}
	*out = '\0';
}

bool xml_attribute(const struct xml *x, const char *name, char *value, size_t room)
{
	size_t len = strlen(name);
	const char *end = x->tag + x->tag_len;

	*value = '\0';
	for (const char *p = x->tag; p < end;) {
		const char *from = p + strspn(p, " \t\r\n/"), *equals, *stop;
		char quote;

		equals = from + strcspn(from, "=>");
		if (equals >= end || *equals != '=')
			return false;
		p = equals + 1 + strspn(equals + 1, " \t\r\n");
		quote = *p;
		stop = quote == '\'' || quote == '"' ? strchr(p + 1, quote) : NULL;
		if (!stop || stop >= end)
			return false;
		while (equals > from && is_space(equals[-1]))
			equals--;
		if ((size_t)(equals - from) == len && strncmp(from, name, len) == 0) {
			snprintf(value, room, "%.*s", (int)(stop - p - 1), p + 1);
			unescape(value);
			return true;
		}
		p = stop + 1;
	}
	return false;
}

void xml_text(const struct xml *x, char *value, size_t room)
{
	const char *p = x->text;
	size_t len = x->text_len;

	for (; len && is_space(*p); len--)
		p++;
	while (len && is_space(p[len - 1]))
		len--;
	snprintf(value, room, "%.*s", (int)(len < room ? len : room - 1), p);
	unescape(value);
}
