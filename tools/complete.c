/* SPDX-License-Identifier: MIT
 *
 * What may follow on the command line. The verbs' usage texts are the table, so completion offers
 * what --help tells.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

#define SEEN_MAX 96u
#define WORD_MAX 48u

/* Candidates that were printed: a usage names some options twice. */
struct candidates {
	const char *prefix;
	char seen[SEEN_MAX][WORD_MAX];
	unsigned count;
};

static void offer(struct candidates *c, const char *word, size_t len, const char *about)
{
	char text[WORD_MAX];

	if (len >= WORD_MAX || c->count == SEEN_MAX)
		return;
	snprintf(text, sizeof(text), "%.*s", (int)len, word);
	for (unsigned i = 0; i < c->count; i++) {
		if (strcmp(c->seen[i], text) == 0)
			return;
	}
	strcpy(c->seen[c->count++], text);
	if (strncmp(text, c->prefix, strlen(c->prefix)) == 0)
		printf("%s%s%s\n", text, *about ? "\t" : "", about);
}

static bool is_word(char c)
{
	return islower((unsigned char)c) || isdigit((unsigned char)c) || c == '-' || c == '.';
}

static size_t word_length(const char *p)
{
	size_t n = 0;

	while (is_word(p[n]))
		n++;
	while (n && (p[n - 1] == '.' || p[n - 1] == '-'))
		n--;
	return n;
}

/* "one|two|three" from p on; a single word is none. */
static void offer_alternatives(struct candidates *c, const char *p)
{
	size_t n = word_length(p);

	if (!n || p[n] != '|')
		return;
	for (; n; n = word_length(p)) {
		offer(c, p, n, "");
		p += n + (p[n] == '|');
	}
}

static bool is_option(const char *usage, const char *p)
{
	return *p == '-' && (p == usage || strchr(" [|\n", p[-1])) &&
		(p[1] == '-' || (isalpha((unsigned char)p[1]) && !isalnum((unsigned char)p[2])));
}

static size_t option_length(const char *p)
{
	size_t n = p[1] == '-' ? 2 : 1;

	return n + word_length(p + n);
}

/* All options that the usage names, from the first blank before them. */
static void offer_options(struct candidates *c, const char *usage)
{
	for (const char *p = usage; *p; p++) {
		if (is_option(usage, p) && option_length(p) > 1)
			offer(c, p, option_length(p), "");
	}
	offer(c, "--help", 6, "");
}

/* "igdpt VERB show|check ..." and "igdpt VERB build ..." */
static void offer_subverbs(struct candidates *c, const struct command *verb)
{
	char start[32];
	const char *p = verb->usage;

	snprintf(start, sizeof(start), "igdpt %s ", verb->name);
	while ((p = strstr(p, start))) {
		p += strlen(start);
		for (size_t n = word_length(p); n && *p != '-'; n = word_length(p)) {
			offer(c, p, n, "");
			p += n;
			if (*p++ != '|')
				break;
		}
	}
}

/* The words that an option takes, if the usage names them; true if it takes a value at all. */
static bool offer_values(struct candidates *c, const struct command *verb, const char *option)
{
	size_t len = strlen(option);
	bool takes = false;

	for (const char *p = strstr(verb->usage, option); p; p = strstr(p + 1, option)) {
		if (!is_option(verb->usage, p) || option_length(p) != len || p[len] != ' ')
			continue;
		takes |= isupper((unsigned char)p[len + 1]) || word_length(p + len + 1) > 0;
		offer_alternatives(c, p + len + 1);
	}
	return takes && c->count;
}

static int complete_verb(struct candidates *c, const struct command *const *commands)
{
	for (; *commands; commands++)
		offer(c, (*commands)->name, strlen((*commands)->name), (*commands)->summary);
	offer(c, "--help", 6, "the verbs");
	offer(c, "--version", 9, "of the command");
	return EXIT_FINE;
}

int cli_complete(const struct command *const *commands, int argc, char **argv)
{
	struct candidates c = { .prefix = argc ? argv[argc - 1] : "" };

	if (argc < 2)
		return complete_verb(&c, commands);
	while (*commands && strcmp((*commands)->name, argv[0]) != 0)
		commands++;
	if (!*commands || offer_values(&c, *commands, argv[argc - 2]))
		return EXIT_FINE;
	if (*c.prefix == '-')
		offer_options(&c, (*commands)->usage);
	else if (argc == 2)
		offer_subverbs(&c, *commands);
	return EXIT_FINE;
}
