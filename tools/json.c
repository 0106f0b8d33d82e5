/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <string.h>

#include "utf8.h"

static void new_line(struct json *j)
{
	if (j->line)
		return;
	fputc('\n', j->out);
	for (unsigned i = 0; i < j->depth; i++)
		fputs("  ", j->out);
}

/* How many bytes of the character at s need no escape; 0 if it needs one. */
static size_t plain(const unsigned char *s, size_t len, bool utf8)
{
	if (*s >= 0x80)
		return utf8 && !utf8_is_c1(s, len) ? utf8_character(s, len) : 0;
	return *s >= 0x20 && *s != '"' && *s != '\\' && *s != 0x7f;
}

/* Runs of plain characters go out in one piece. */
static void escaped(struct json *j, const unsigned char *s, size_t len, bool utf8)
{
	fputc('"', j->out);
	for (size_t i = 0, run = 0, n; i < len; i++, run = i) {
		while (i < len && (n = plain(s + i, len - i, utf8)))
			i += n;
		fwrite(s + run, 1, i - run, j->out);
		if (i == len)
			break;
		if (s[i] == '"' || s[i] == '\\')
			fprintf(j->out, "\\%c", s[i]);
		else if (utf8 && utf8_is_c1(s + i, len - i))
			fprintf(j->out, "\\u%04x", s[++i]);
		else
			fprintf(j->out, "\\u%04x", s[i]);
	}
	fputc('"', j->out);
}

static void item(struct json *j, const char *key)
{
	if (j->has_items)
		fputc(',', j->out);
	if (j->depth)
		new_line(j);
	j->has_items = true;
	if (!key)
		return;
	escaped(j, (const unsigned char *)key, strlen(key), true);
	fputs(j->line ? ":" : ": ", j->out);
}

static void begin(struct json *j, const char *key, char bracket)
{
	item(j, key);
	fputc(bracket, j->out);
	j->depth++;
	j->has_items = false;
}

static void end(struct json *j, char bracket)
{
	j->depth--;
	if (j->has_items)
		new_line(j);
	fputc(bracket, j->out);
	j->has_items = j->depth > 0;
	if (!j->depth)
		fputc('\n', j->out);
}

void json_begin_object(struct json *j, const char *key)
{
	begin(j, key, '{');
}

void json_begin_array(struct json *j, const char *key)
{
	begin(j, key, '[');
}

void json_end_object(struct json *j)
{
	end(j, '}');
}

void json_end_array(struct json *j)
{
	end(j, ']');
}

void json_string(struct json *j, const char *key, const char *value)
{
	item(j, key);
	escaped(j, (const unsigned char *)value, strlen(value), true);
}

void json_bytes(struct json *j, const char *key, const void *data, size_t len)
{
	item(j, key);
	escaped(j, data, len, false);
}

void json_unsigned(struct json *j, const char *key, uint64_t value)
{
	char text[20], *digit = text + sizeof(text);

	/* Most of a table's JSON is small numbers, and printf is slow at them. */
	do
		*--digit = (char)('0' + value % 10);
	while (value /= 10);
	item(j, key);
	fwrite(digit, 1, (size_t)(text + sizeof(text) - digit), j->out);
}

void json_hex(struct json *j, const char *key, uint64_t value)
{
	item(j, key);
	fprintf(j->out, "\"0x%" PRIx64 "\"", value);
}

void json_bool(struct json *j, const char *key, bool value)
{
	item(j, key);
	fputs(value ? "true" : "false", j->out);
}

void json_null(struct json *j, const char *key)
{
	item(j, key);
	fputs("null", j->out);
}
