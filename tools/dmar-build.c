/* SPDX-License-Identifier: MIT
 *
 * igdpt dmar build: a table from its parts.
 */
#include "dmar.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "igdpt/dmar.h"

struct build {
	struct igdpt_dmar_build_opts opts;
	struct igdpt_dmar from;
	uint8_t *from_bytes;
	const char *output, *from_path;
	/* Arrays that have room for all that argv can name. */
	struct igdpt_dmar_build_rmrr *rmrrs;
	struct igdpt_dmar_build_scope *scopes;
	uint8_t *paths;
	size_t scope_count, path_bytes;
};

/* Hexadecimal digits, then the character `end`. */
static bool hex_until(const char **text, char end, uint32_t *value)
{
	char *stop;
	unsigned long v = strtoul(*text, &stop, 16);

	if (stop == *text || stop - *text > 2 || *stop != end)
		return false;
	*value = (uint32_t)v;
	*text = stop + 1;
	return true;
}

static bool parse_pair(struct build *b, struct igdpt_dmar_build_scope *scope, const char **text)
{
	uint32_t device;

	if (!hex_until(text, '.', &device) || **text < '0' || **text > '7')
		return false;
	b->paths[b->path_bytes++] = (uint8_t)device;
	b->paths[b->path_bytes++] = (uint8_t)(*(*text)++ - '0');
	scope->path_count++;
	return true;
}

/* "00:02.0", "bridge:00:1c.0" or "00:1c.0/00.0", up to a comma or the end. */
static bool parse_scope(struct build *b, const char **text)
{
	struct igdpt_dmar_build_scope *scope = &b->scopes[b->scope_count++];

	scope->type = IGDPT_DMAR_SCOPE_ENDPOINT;
	if (strncmp(*text, "bridge:", 7) == 0) {
		scope->type = IGDPT_DMAR_SCOPE_BRIDGE;
		*text += 7;
	}
	scope->path = b->paths + b->path_bytes;
	if (!hex_until(text, ':', &scope->bus) || !parse_pair(b, scope, text))
		return false;
	while (**text == '/') {
		++*text;
		if (!parse_pair(b, scope, text))
			return false;
	}
	return !**text || **text == ',';
}

/* No sign, no blank, no more than 64 bits; the stop, or the end of all. */
static bool number_until(const char *text, char stop, uint64_t *value, char **end)
{
	errno = 0;
	*value = strtoull(text, end, 0);
	return isdigit((unsigned char)*text) && !errno && (**end == stop || (!**end && stop == '='));
}

/* "BASE-END=SCOPE,SCOPE" */
static bool parse_rmrr(struct build *b, const char *text)
{
	struct igdpt_dmar_build_rmrr *rmrr = &b->rmrrs[b->opts.rmrr_count++];
	char *end;

	rmrr->scopes = b->scopes + b->scope_count;
	if (!number_until(text, '-', &rmrr->base, &end) || !number_until(end + 1, '=', &rmrr->end, &end))
		return false;
	for (text = end; *text; rmrr->scope_count++) {
		text++;
		if (!parse_scope(b, &text))
			return false;
	}
	return true;
}

static int read_from(struct build *b)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	size_t len;

	if (!b->from_path)
		return EXIT_FINE;
	if (!cli_read_file(b->from_path, MAX_TABLE, &b->from_bytes, &len))
		return EXIT_CANNOT_RUN;
	b->opts.from = &b->from;
	if (igdpt_dmar_init(&b->from, b->from_bytes, len, &why) == 0)
		return EXIT_FINE;
	cli_refused(b->from_path, &why);
	cli_guess(stderr, b->from_bytes, len, "the ACPI table DMAR");
	return EXIT_ERRORS;
}

static bool build_option(struct build *b, int option)
{
	switch (option) {
	case 'd':
		return cli_number(optarg, &b->opts.drhd_base);
	case 'f':
		b->from_path = optarg;
		return true;
	case 'F':
		return cli_number32(optarg, &b->opts.flags);
	case 'o':
		b->output = optarg;
		return true;
	case 'O':
		return cli_number32(optarg, &b->opts.oem_revision);
	case 'r':
		return parse_rmrr(b, optarg);
	case 'w':
		return cli_number32(optarg, &b->opts.host_address_width);
	default:
		return false;
	}
}

static int write_built(const struct build *b)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	size_t len = 0;
	uint8_t *table;
	char message[300];
	int rc = igdpt_dmar_build(&b->opts, NULL, &len, &why);

	table = rc == -IGDPT_E_NOSPACE ? malloc(len) : NULL;
	if (table)
		rc = igdpt_dmar_build(&b->opts, table, &len, &why);
	if (rc == 0)
		rc = cli_write_file(b->output, table, len) ? EXIT_FINE : EXIT_CANNOT_RUN;
	else if (rc == -IGDPT_E_NOSPACE && !table)
		rc = cli_error("dmar build: out of memory");
	else if (igdpt_finding_format(&why, message, sizeof(message)) >= 0)
		rc = cli_error("dmar build: %s", message);
	free(table);
	return rc;
}

static int parse_build(const struct command *self, struct build *b, int argc, char **argv)
{
	static const struct option options[] = {
		{ "drhd", required_argument, NULL, 'd' },
		{ "flags", required_argument, NULL, 'F' },
		{ "from", required_argument, NULL, 'f' },
		{ "haw", required_argument, NULL, 'w' },
		{ "oem-revision", required_argument, NULL, 'O' },
		{ "output", required_argument, NULL, 'o' },
		{ "rmrr", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	int option, rc;

	while ((option = cli_getopt(self, argc, argv, ":o:", options)) != -1) {
		if (option == '?')
			return EXIT_CANNOT_RUN;
		if (!build_option(b, option))
			return cli_bad_value(self, argv, options, option);
	}
	if (optind != argc || !b->output)
		return cli_usage(self, "dmar build: wants -o FILE and no other argument");
	rc = read_from(b);
	return rc == EXIT_FINE ? write_built(b) : rc;
}

int dmar_run_build(const struct command *self, int argc, char **argv)
{
	struct build b = { .opts = { .size = sizeof(b.opts) } };
	size_t characters = 1;
	int rc = EXIT_CANNOT_RUN;

	for (int i = 0; i < argc; i++)
		characters += strlen(argv[i]) + 1;
	/* The shortest RMRR is "0-0", the shortest scope ",0:0.0" and its pair "/0.0". */
	b.rmrrs = calloc(characters, sizeof(*b.rmrrs));
	b.scopes = calloc(characters, sizeof(*b.scopes));
	b.paths = calloc(characters, 1);
	b.opts.rmrrs = b.rmrrs;
	if (b.rmrrs && b.scopes && b.paths)
		rc = parse_build(self, &b, argc, argv);
	else
		rc = cli_error("dmar build: out of memory");
	free(b.rmrrs);
	free(b.scopes);
	free(b.paths);
	free(b.from_bytes);
	return rc;
}
