/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "igdpt/opregion.h"

/* A capture may hold the VBT at a distance. */
#define FILE_MAX (16u << 20)

/* The files of one call, and what is said at its end. */
struct session {
	struct json json;
	bool as_json;
	unsigned files;
	unsigned worst[EXIT_CANNOT_RUN + 1]; /* files by exit code */
};

struct input {
	const char *file;
	uint8_t *data;
	size_t len;
	struct igdpt_opregion op;
};

static const char *const source_names[] = {
	[IGDPT_VBT_NONE] = "none",
	[IGDPT_VBT_MAILBOX4] = "mailbox 4",
	[IGDPT_VBT_RVDA_RELATIVE] = "RVDA, relative",
	[IGDPT_VBT_RVDA_ABSOLUTE] = "RVDA, absolute",
};


/* Reads a file; on failure the reason has been printed. */
static bool read_input(struct input *in, const char *file)
{
	*in = (struct input){ .file = file };
	return cli_read_file(file, FILE_MAX, &in->data, &in->len);
}

static void show_guess(FILE *out, const struct input *in)
{
	const char *guess = cli_looks_like(in->data, in->len);

	if (guess)
		fprintf(out, "    This is %s.\n", guess);
}

static void version_text(const struct igdpt_opregion *op, char text[16])
{
	snprintf(text, 16, "%u.%u.%u", op->version >> 8 & 0xff, op->version & 0xff,
		op->revision & 0xff);
}

static void summary_text(const struct input *in, const struct igdpt_opregion_vbt *vbt)
{
	char version[16];

	version_text(&in->op, version);
	printf("%s: OpRegion %s, %zu bytes, VBT: %s", in->file, version, in->len,
		source_names[vbt->source]);
	if (vbt->source != IGDPT_VBT_NONE)
		printf(" at 0x%" PRIx64, vbt->offset);
	if (vbt->bytes)
		printf(", %" PRIu64 " bytes", vbt->bytes);
}

static void summary_json(struct json *j, const struct input *in, const struct igdpt_opregion_vbt *vbt)
{
	char version[16];

	version_text(&in->op, version);
	json_string(j, "version", version);
	json_unsigned(j, "bytes", in->len);
	json_unsigned(j, "mboxes", in->op.mboxes);
	json_unsigned(j, "rvda", in->op.rvda);
	json_unsigned(j, "rvds", in->op.rvds);
	json_begin_object(j, "vbt");
	json_string(j, "source", source_names[vbt->source]);
	json_unsigned(j, "offset", vbt->offset);
	json_unsigned(j, "bytes", vbt->bytes);
	json_end_object(j);
}

/* "2 errors, 1 warning" */
static void counts_text(const struct cli_findings *f)
{
	unsigned errors = f->counts[IGDPT_SEV_ERROR], warnings = f->counts[IGDPT_SEV_WARNING];

	printf("%u error%s, %u warning%s", errors, errors == 1 ? "" : "s", warnings,
		warnings == 1 ? "" : "s");
}

static void judge(struct input *in, struct igdpt_opregion_vbt *vbt, struct cli_findings *findings)
{
	struct igdpt_finding why = { .size = sizeof(why) };

	if (igdpt_opregion_init(&in->op, in->data, in->len, &why) < 0) {
		cli_show_finding(findings, &why);
		if (!findings->json)
			show_guess(stdout, in);
		return;
	}
	igdpt_opregion_find_vbt(&in->op, vbt, NULL);
	igdpt_opregion_validate(&in->op, cli_show_finding, findings);
}

static int check_one(struct session *s, struct input *in)
{
	struct cli_findings findings = { .file = in->file };
	struct igdpt_opregion_vbt vbt = { .size = sizeof(vbt) };

	if (s->as_json) {
		findings.json = &s->json;
		json_begin_array(&s->json, "findings");
	}
	judge(in, &vbt, &findings);
	if (s->as_json) {
		json_end_array(&s->json);
		if (in->op.data)
			summary_json(&s->json, in, &vbt);
	} else if (in->op.data) {
		summary_text(in, &vbt);
		printf("; ");
		counts_text(&findings);
		printf("\n");
	}
	return cli_findings_exit(&findings);
}

/* Characters of 8 or 16 bits up to the first NUL, in ASCII; anything else becomes a dot. */
static void field_string(const struct igdpt_opregion *op, const struct igdpt_opregion_field_info *f,
	char text[64])
{
	uint64_t c;
	uint32_t i;

	for (i = 0; i < 63 && igdpt_opregion_get(op, f->offset, i, &c) == 0 && c; i++)
		text[i] = c >= 0x20 && c < 0x7f ? (char)c : '.';
	text[i] = '\0';
}

/* Trailing zero elements say nothing: display lists and tables end there. */
static uint32_t used_elements(const struct igdpt_opregion *op,
	const struct igdpt_opregion_field_info *f)
{
	uint32_t used = 0;
	uint64_t v;

	for (uint32_t i = 0; igdpt_opregion_get(op, f->offset, i, &v) == 0; i++) {
		if (v)
			used = i + 1;
	}
	return used;
}

static void field_numbers(const struct igdpt_opregion *op, const struct igdpt_opregion_field_info *f)
{
	uint32_t used = used_elements(op, f);
	uint64_t v;

	printf("%s", used ? "" : "0");
	for (uint32_t i = 0; i < used && igdpt_opregion_get(op, f->offset, i, &v) == 0; i++)
		printf("%s0x%" PRIx64, i ? " " : "", v);
}

static void field_text(const struct igdpt_opregion *op, const struct igdpt_opregion_field_info *f)
{
	char text[64];

	printf("  0x%04x %-4s ", f->offset, f->name);
	if (f->kind == IGDPT_FIELD_TEXT) {
		field_string(op, f, text);
		printf("\"%s\"", text);
	} else if (f->kind == IGDPT_FIELD_NUMBER) {
		field_numbers(op, f);
	} else {
		printf("%u bytes, %u used", f->count, used_elements(op, f));
	}
	printf("  (%s)\n", f->text);
}

static void field_json(struct json *j, const struct igdpt_opregion *op,
	const struct igdpt_opregion_field_info *f)
{
	char text[64];
	uint64_t v;

	if (f->kind == IGDPT_FIELD_TEXT) {
		field_string(op, f, text);
		json_string(j, f->name, text);
	} else if (f->kind == IGDPT_FIELD_NUMBER && f->count == 1) {
		igdpt_opregion_get(op, f->offset, 0, &v);
		json_unsigned(j, f->name, v);
	} else if (f->kind == IGDPT_FIELD_NUMBER) {
		json_begin_array(j, f->name);
		for (uint32_t i = 0; igdpt_opregion_get(op, f->offset, i, &v) == 0; i++)
			json_unsigned(j, NULL, v);
		json_end_array(j);
	} else {
		json_unsigned(j, f->name, used_elements(op, f));
	}
}

/* Mailboxes by name; one that MBOX does not offer is left out. Header and RVDA always count. */
static const struct {
	const char *title;
	uint32_t bits;
} mailboxes[] = {
	{ "header", 0 },
	{ "mailbox 1, ACPI", IGDPT_MBOX_ACPI },
	{ "mailbox 2, SWSCI or backlight", IGDPT_MBOX_SWSCI | IGDPT_MBOX_BACKLIGHT },
	{ "mailbox 3, ASLE", IGDPT_MBOX_ASLE },
	{ "mailbox 4, VBT", IGDPT_MBOX_VBT },
	{ "mailbox 5, ASLE extension", IGDPT_MBOX_ASLE_EXT },
};

static bool offered(const struct igdpt_opregion *op, uint32_t mailbox)
{
	return !mailboxes[mailbox].bits || (op->mboxes & mailboxes[mailbox].bits);
}

static void show_fields(struct session *s, const struct igdpt_opregion *op)
{
	struct igdpt_opregion_field_info f = { .size = sizeof(f) };
	uint32_t mailbox = UINT32_MAX;

	for (size_t i = 0; igdpt_opregion_field_at(i, &f) == 0; i++) {
		if (op->version < f.first || op->version > f.last || !offered(op, f.mailbox) ||
			f.policy == IGDPT_FIELD_RESERVED)
			continue;
		if (s->as_json) {
			field_json(&s->json, op, &f);
			continue;
		}
		if (f.mailbox != mailbox)
			printf("  %s\n", mailboxes[f.mailbox].title);
		mailbox = f.mailbox;
		field_text(op, &f);
	}
}

static int show_one(struct session *s, struct input *in)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_opregion_vbt vbt = { .size = sizeof(vbt) };

	if (igdpt_opregion_init(&in->op, in->data, in->len, &why) < 0)
		return check_one(s, in);
	igdpt_opregion_find_vbt(&in->op, &vbt, NULL);
	if (s->as_json) {
		summary_json(&s->json, in, &vbt);
		json_begin_object(&s->json, "fields");
	} else {
		summary_text(in, &vbt);
		printf("\n");
	}
	show_fields(s, &in->op);
	if (s->as_json)
		json_end_object(&s->json);
	return EXIT_FINE;
}

static int one_file(struct session *s, const char *file, int (*verb)(struct session *, struct input *))
{
	struct input in;
	int rc;

	if (!read_input(&in, file))
		return EXIT_CANNOT_RUN;
	if (s->as_json) {
		json_begin_object(&s->json, NULL);
		json_string(&s->json, "file", file);
	}
	rc = verb(s, &in);
	if (s->as_json)
		json_end_object(&s->json);
	free(in.data);
	return rc;
}

/* One file gives an object in JSON, several an array and in text a last line. */
static int each_file(struct session *s, int count, char **files,
	int (*verb)(struct session *, struct input *))
{
	int worst = EXIT_FINE;

	if (s->as_json && count > 1)
		json_begin_array(&s->json, NULL);
	for (int i = 0; i < count; i++) {
		int rc = one_file(s, files[i], verb);

		s->worst[rc]++;
		worst = rc > worst ? rc : worst;
	}
	if (s->as_json && count > 1)
		json_end_array(&s->json);
	if (!s->as_json && count > 1)
		printf("%d files: %u fine, %u with warnings, %u with errors, %u unreadable\n", count,
			s->worst[EXIT_FINE], s->worst[EXIT_WARNINGS], s->worst[EXIT_ERRORS],
			s->worst[EXIT_CANNOT_RUN]);
	return worst;
}

static int run_files(const struct command *self, int argc, char **argv,
	int (*verb)(struct session *, struct input *))
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct session s = { .json = { .out = stdout } };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'j')
			return cli_usage(self, "opregion %s: unknown option", argv[0]);
		s.as_json = true;
	}
	if (optind == argc)
		return cli_usage(self, "opregion %s: wants a FILE", argv[0]);
	return each_file(&s, argc - optind, argv + optind, verb);
}

static int run_check(const struct command *self, int argc, char **argv)
{
	return run_files(self, argc, argv, check_one);
}

static int run_show(const struct command *self, int argc, char **argv)
{
	return run_files(self, argc, argv, show_one);
}

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

static bool parse_u32(const char *text, uint32_t *value)
{
	uint64_t v;

	if (!cli_number(text, &v) || v > UINT32_MAX)
		return false;
	*value = (uint32_t)v;
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
		return parse_u32(optarg, &b->opts.mboxes);
	case 'p':
		return parse_u32(optarg, &b->opts.pcon);
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
	int rc;

	if (b->vbt && !cli_read_file(b->vbt, FILE_MAX, &vbt, &vbt_len))
		return EXIT_CANNOT_RUN;
	rc = igdpt_opregion_build(&b->opts, vbt, vbt_len, out, &len, &why);
	if (rc < 0) {
		const char *guess = vbt ? cli_looks_like(vbt, vbt_len) : NULL;

		cli_refused(b->vbt ? b->vbt : "opregion build", &why);
		if (guess && why.id == IGDPT_F_VBT_SIGNATURE)
			fprintf(stderr, "    This is %s.\n", guess);
	}
	free(vbt);
	return rc == 0 && cli_write_file(b->output, out, len) ? EXIT_FINE : EXIT_CANNOT_RUN;
}

static int run_build(const struct command *self, int argc, char **argv)
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

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (option == '?')
			return cli_usage(self, "opregion build: unknown option, or one without its value");
		if (!build_option(&b, option))
			return cli_usage(self, "opregion build: bad value '%s'", optarg);
	}
	if (optind != argc || !b.output)
		return cli_usage(self, "opregion build: wants -o FILE and no other argument");
	return build_file(&b);
}

static const struct subcommand subs[] = {
	{ "check", run_check },
	{ "show", run_show },
	{ "build", run_build },
};

static int run_opregion(const struct command *self, int argc, char **argv)
{
	return cli_subcommand(self, subs, sizeof(subs) / sizeof(subs[0]), argc, argv);
}

const struct command cmd_opregion = {
	.name = "opregion",
	.summary = "read, judge and build OpRegions",
	.usage = "usage: igdpt opregion check [--json] FILE...\n"
		 "       igdpt opregion show [--json] FILE...\n"
		 "       igdpt opregion build [--vbt FILE] [OPTION...] -o FILE\n\n"
		 "check: what is wrong, at which byte, and what to do\n"
		 "show:  header and mailboxes by name\n"
		 "build: an OpRegion around a VBT\n"
		 "  --version M.N  2.1 if not given\n"
		 "  --mboxes N     MBOX, 0x1d if not given\n"
		 "  --pcon N       PCON\n"
		 "  --address N    where it will be; version 2.0 with a VBT over 6 KiB needs it\n",
	.run = run_opregion,
};
