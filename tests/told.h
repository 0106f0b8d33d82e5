/* SPDX-License-Identifier: MIT
 *
 * Input and outcome of a test as text, all numbers in hex, so that a row of a table says both in
 * one line: "1ac=00" puts a byte at an offset; "lid-closed@1ac:0/3" is a finding with its offset
 * (if it has one), the value and what it should be. Several stand side by side.
 */
#ifndef IGDPT_TESTS_TOLD_H
#define IGDPT_TESTS_TOLD_H

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#include "igdpt/error.h"
#include "support.h"

struct told {
	char text[2000];
	size_t used;
	int errors; /* findings that are */
};

__attribute__((format(printf, 2, 3))) static inline void say(struct told *told, const char *format,
	...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(told->text + told->used, sizeof(told->text) - told->used, format, args);
	va_end(args);
	require(n >= 0 && (size_t)n < sizeof(told->text) - told->used, "%s", told->text);
	told->used += (size_t)n;
}

/* Between two of a kind. */
static inline void say_next(struct told *told)
{
	if (told->used)
		say(told, " ");
}

/* An igdpt_finding_fn; nothing is told of a finding that was never filled. */
static inline void tell(void *told, const struct igdpt_finding *f)
{
	struct igdpt_finding_info info = { .size = sizeof(info) };

	if (!f->id)
		return;
	((struct told *)told)->errors += f->severity == IGDPT_SEV_ERROR;
	ck_assert_int_eq(igdpt_finding_describe(f->id, &info), 0);
	say_next(told);
	say(told, "%s", info.name);
	if (f->offset != IGDPT_NO_OFFSET)
		say(told, "@%llx", (unsigned long long)f->offset);
	say(told, ":%llx/%llx", (unsigned long long)f->value, (unsigned long long)f->want);
}

/* Findings by number: how often each was made, and the last of each. */
struct seen {
	unsigned ids[1000];
	struct igdpt_finding last[1000];
};

/* An igdpt_finding_fn. */
static inline void see(void *user, const struct igdpt_finding *f)
{
	struct seen *seen = user;

	ck_assert_uint_lt(f->id, 1000);
	seen->ids[f->id]++;
	seen->last[f->id] = *f;
}

/* What the refusal of a missing argument looks like. */
static inline void refused(int result, struct igdpt_finding *why)
{
	struct told told = { .used = 0 };

	tell(&told, why);
	ck_assert_int_eq(result, -IGDPT_E_INVALID);
	ck_assert_str_eq(told.text, "argument:0/0");
	*why = (struct igdpt_finding){ .size = sizeof(*why) };
}

static inline void poke(uint8_t *p, const char *edits)
{
	while (*edits) {
		char *end, byte[3] = "";
		size_t at = strtoul(edits, &end, 16);

		for (edits = end + 1; isxdigit(*edits); edits += 2) {
			memcpy(byte, edits, 2);
			p[at++] = (uint8_t)strtoul(byte, NULL, 16);
		}
		edits += *edits == ' ';
	}
}

#endif
