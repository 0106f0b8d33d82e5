/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "opregion.h"
#include "igdpt/vbt.h"

/* "2.1" */
static bool parse_version(const char *text, uint32_t *version)
{
	unsigned major, minor;
	char end;

	if (sscanf(text, "%2u.%2u%c", &major, &minor, &end) != 2)
		return false;
	*version = major << 8 | minor;
	return true;
}

struct build {
	struct igdpt_opregion_build_opts opts;
	const char *vbt;
	const char *output;
};

static bool build_option(struct build *b, int option)
{
	switch (option) {
	case 'V':
		b->vbt = optarg;
		return true;
	case 'o':
		b->output = optarg;
		return true;
	case 'v':
		return parse_version(optarg, &b->opts.version);
	case 'm':
		return cli_number32(optarg, &b->opts.mboxes);
	case 'p':
		return cli_number32(optarg, &b->opts.pcon);
	case 'a':
		return cli_number(optarg, &b->opts.address);
	default:
		return false;
	}
}

static int build_file(const struct build *b)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	uint8_t out[IGDPT_OPREGION_MAX_BYTES], *vbt = NULL;
	size_t vbt_len = 0, len = sizeof(out);
	struct igdpt_vbt table;
	int rc;

	if (b->vbt && !cli_read_file(b->vbt, OPREGION_FILE_MAX, &vbt, &vbt_len))
		return EXIT_CANNOT_RUN;
	rc = igdpt_opregion_build(&b->opts, vbt, vbt_len, out, &len, &why);
	if (rc == 0) {
		free(vbt);
		return cli_write_file(b->output, out, len) ? EXIT_FINE : EXIT_CANNOT_RUN;
	}
	cli_refused(b->vbt ? b->vbt : "opregion build", &why);
	if (why.id == IGDPT_F_VBT_SIGNATURE)
		cli_guess(stderr, vbt, vbt_len, "a VBT");
	rc = b->vbt && igdpt_vbt_init(&table, vbt, vbt_len, NULL) < 0 ? EXIT_ERRORS : EXIT_CANNOT_RUN;
	free(vbt);
	return rc;
}

int opregion_run_build(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "vbt", required_argument, NULL, 'V' },
		{ "output", required_argument, NULL, 'o' },
		{ "version", required_argument, NULL, 'v' },
		{ "mboxes", required_argument, NULL, 'm' },
		{ "pcon", required_argument, NULL, 'p' },
		{ "address", required_argument, NULL, 'a' },
		{ NULL, 0, NULL, 0 },
	};
	struct build b = { .opts = { .size = sizeof(b.opts) } };
	int option;

	while ((option = cli_getopt(self, argc, argv, ":o:", options)) != -1) {
		if (option == '?')
			return EXIT_CANNOT_RUN;
		if (!build_option(&b, option))
			return cli_bad_value(self, argv, options, option);
	}
	if (optind != argc || !b.output)
		return cli_usage(self, "opregion build: wants -o FILE and no other argument");
	return build_file(&b);
}

/* Options of normalise, and where the copies go. */
struct normalise {
	struct igdpt_opregion_normalise_opts opts;
	const char *vbt;
	const char *output;
	bool as_json;
	bool to_directory;
};

static const char *base_name(const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash ? slash + 1 : file;
}

static int by_base_name(const void *a, const void *b)
{
	return strcmp(base_name(*(char *const *)a), base_name(*(char *const *)b));
}

/* Two files of a directory that would have one name, or NULL. */
static const char *same_name(int count, char *const *files)
{
	char **sorted = malloc((size_t)count * sizeof(*sorted));
	const char *found = NULL;

	if (!sorted)
		return NULL;
	memcpy(sorted, files, (size_t)count * sizeof(*sorted));
	qsort(sorted, (size_t)count, sizeof(*sorted), by_base_name);
	for (int i = 1; i < count && !found; i++) {
		if (by_base_name(&sorted[i - 1], &sorted[i]) == 0)
			found = sorted[i];
	}
	free(sorted);
	return found;
}

static bool output_path(char path[PATH_MAX], const struct normalise *n, const char *file)
{
	int len = n->to_directory ?
		snprintf(path, PATH_MAX, "%s/%s", n->output, base_name(file)) :
		snprintf(path, PATH_MAX, "%s", n->output);

	if (len > 0 && len < PATH_MAX)
		return true;
	return cli_error("%s: name too long", n->output), false;
}

/* What is told after success: a VBT that was dropped. */
static void show_copy(struct session *s, const struct input *copy, const struct igdpt_finding *why)
{
	struct cli_findings findings = {
		.file = copy->file, .json = s->as_json ? &s->json : NULL,
	};

	if (s->as_json) {
		json_string(&s->json, "output", copy->file);
		json_begin_array(&s->json, "findings");
	}
	if (why->id)
		cli_show_finding(&findings, why);
	if (s->as_json)
		json_end_array(&s->json);
	opregion_summary(s, copy);
	if (!s->as_json)
		printf("\n");
}

static int normalise_one(struct session *s, struct input *in)
{
	const struct normalise *n = s->options;
	struct igdpt_finding why = { .size = sizeof(why) };
	uint8_t out[IGDPT_OPREGION_MAX_BYTES];
	char path[PATH_MAX];
	struct input copy = { .file = path, .data = out, .len = sizeof(out) };

	if (!in->op.data)
		return opregion_refused(in);
	if (igdpt_opregion_normalise(&in->op, &n->opts, out, &copy.len, &why) < 0)
		return cli_refused(in->file, &why);
	if (!output_path(path, n, in->file) || !cli_write_file(path, out, copy.len))
		return EXIT_CANNOT_RUN;
	igdpt_opregion_init(&copy.op, out, copy.len, NULL);
	show_copy(s, &copy, &why);
	return why.id ? EXIT_WARNINGS : EXIT_FINE;
}

static void take_normalise_option(struct normalise *n, int option)
{
	static const struct {
		int option;
		uint32_t flag;
	} flags[] = {
		{ 's', IGDPT_NORMALISE_KEEP_SWSCI }, { 'k', IGDPT_NORMALISE_KEEP_STATE },
		{ 'l', IGDPT_NORMALISE_LID_OPEN },   { 'r', IGDPT_NORMALISE_REPAIR_VBT },
		{ 'L', IGDPT_NORMALISE_LENIENT },
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (flags[i].option == option)
			n->opts.flags |= flags[i].flag;
	}
	if (option == 'V')
		n->vbt = optarg;
	if (option == 'o')
		n->output = optarg;
	n->as_json |= option == 'j';
}

static int normalise_files(struct normalise *n, int count, char **files)
{
	struct session s = { .json = { .out = stdout }, .as_json = n->as_json, .options = n };
	struct stat st;
	uint8_t *vbt = NULL;
	const char *twin;
	size_t len = 0;
	int rc;

	n->to_directory = stat(n->output, &st) == 0 && S_ISDIR(st.st_mode);
	if (count > 1 && !n->to_directory)
		return cli_error("%s: not a directory, and there are several files", n->output);
	twin = n->to_directory ? same_name(count, files) : NULL;
	if (twin)
		return cli_error("%s: another file has the same name, and one would replace the other", twin);
	if (n->vbt && !cli_read_file(n->vbt, OPREGION_FILE_MAX, &vbt, &len))
		return EXIT_CANNOT_RUN;
	n->opts.vbt = vbt;
	n->opts.vbt_bytes = len;
	rc = opregion_each(&s, count, files, normalise_one);
	free(vbt);
	return rc;
}

int opregion_run_normalise(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "vbt", required_argument, NULL, 'V' },
		{ "output", required_argument, NULL, 'o' },
		{ "json", no_argument, NULL, 'j' },
		{ "keep-swsci", no_argument, NULL, 's' },
		{ "keep-state", no_argument, NULL, 'k' },
		{ "lid-open", no_argument, NULL, 'l' },
		{ "repair-vbt", no_argument, NULL, 'r' },
		{ "lenient", no_argument, NULL, 'L' },
		{ NULL, 0, NULL, 0 },
	};
	struct normalise n = { .opts = { .size = sizeof(n.opts) } };
	int option;

	while ((option = cli_getopt(self, argc, argv, ":o:", options)) != -1) {
		if (option == '?')
			return EXIT_CANNOT_RUN;
		take_normalise_option(&n, option);
	}
	if (optind == argc || !n.output)
		return cli_usage(self, "opregion normalise: wants -o OUT and a FILE");
	if (n.as_json && strcmp(n.output, "-") == 0)
		return cli_usage(self, "opregion normalise: either --json or -o -");
	if (n.vbt && argc - optind > 1)
		return cli_usage(self, "opregion normalise: --vbt belongs to one FILE");
	return normalise_files(&n, argc - optind, argv + optind);
}
