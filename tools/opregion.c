/* SPDX-License-Identifier: MIT */
#include "opregion.h"

#include <stdlib.h>
#include <string.h>

#include "scan.h"

static const char *const source_names[] = {
	[IGDPT_VBT_NONE] = "none",
	[IGDPT_VBT_MAILBOX4] = "mailbox 4",
	[IGDPT_VBT_RVDA_RELATIVE] = "RVDA, relative",
	[IGDPT_VBT_RVDA_ABSOLUTE] = "RVDA, absolute",
};

bool opregion_read(struct input *in, const char *file)
{
	*in = (struct input){ .file = file, .why = { .size = sizeof(in->why) } };
	if (!cli_read_file(file, OPREGION_FILE_MAX, &in->data, &in->len))
		return false;
	igdpt_opregion_init(&in->op, in->data, in->len, &in->why);
	return true;
}

int opregion_refused(const struct input *in)
{
	cli_refused(in->file, &in->why);
	cli_guess(stderr, in->data, in->len, "an OpRegion");
	return EXIT_ERRORS;
}

static int one_file(struct session *s, const char *file, opregion_verb verb)
{
	struct input in;
	int rc;

	if (!opregion_read(&in, file)) {
		if (s->as_json)
			cli_unread_json(&s->json, file);
		return EXIT_CANNOT_RUN;
	}
	if (s->as_json) {
		json_begin_object(&s->json, NULL);
		json_string(&s->json, "file", file);
		if (!in.op.data)
			json_string(&s->json, "error", "no OpRegion");
	}
	rc = verb(s, &in);
	if (s->as_json)
		json_end_object(&s->json);
	free(in.data);
	return rc;
}

int opregion_each(struct session *s, int count, char **files, opregion_verb verb)
{
	int worst = EXIT_FINE;

	if (s->as_json && count > 1)
		json_begin_array(&s->json, NULL);
	for (int i = 0; i < count; i++) {
		int rc = one_file(s, files[i], verb);

		s->results[rc]++;
		worst = rc > worst ? rc : worst;
	}
	if (s->as_json && count > 1)
		json_end_array(&s->json);
	if (!s->as_json && count > 1)
		printf("%d files: %u fine, %u with warnings, %u with errors, %u failed\n", count,
			s->results[EXIT_FINE], s->results[EXIT_WARNINGS], s->results[EXIT_ERRORS],
			s->results[EXIT_CANNOT_RUN]);
	return worst;
}

int opregion_run_files(const struct command *self, int argc, char **argv, opregion_verb verb)
{
	struct session s = { .json = { .out = stdout } };
	int json = cli_json_option(self, argc, argv);

	if (json < 0)
		return EXIT_CANNOT_RUN;
	s.as_json = json;
	if (optind == argc)
		return cli_usage(self, "opregion %s: wants a FILE", argv[0]);
	return opregion_each(&s, argc - optind, argv + optind, verb);
}

static void summary_json(struct json *j, const struct input *in, const char *version,
	const struct igdpt_opregion_vbt *vbt)
{
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

void opregion_summary(struct session *s, const struct input *in)
{
	struct igdpt_opregion_vbt vbt = { .size = sizeof(vbt) };
	char version[40];

	igdpt_opregion_find_vbt(&in->op, &vbt, NULL);
	snprintf(version, sizeof(version), "%u.%u.%u", in->op.version >> 8, in->op.version & 0xff,
		in->op.revision);
	if (s->as_json) {
		summary_json(&s->json, in, version, &vbt);
		return;
	}
	printf("%s: OpRegion %s, %zu bytes, VBT: %s", cli_name(in->file), version, in->len,
		source_names[vbt.source]);
	if (vbt.source != IGDPT_VBT_NONE)
		printf(" at 0x%" PRIx64, vbt.offset);
	if (vbt.bytes)
		printf(", %" PRIu64 " bytes", vbt.bytes);
}

static const char *const verdict_names[] = {
	[IGDPT_VERDICT_TAKES] = "takes it",
	[IGDPT_VERDICT_FALLBACK] = "falls back to the VBT in mailbox 4",
	[IGDPT_VERDICT_NO_VBT] = "finds no VBT",
	[IGDPT_VERDICT_REFUSES] = "refuses it",
	[IGDPT_VERDICT_HARMS] = "takes it, and does damage",
};

static void consumer_json(struct json *j, const struct igdpt_opregion_outcome *c,
	const struct igdpt_finding *why)
{
	char reason[400];

	json_begin_object(j, NULL);
	json_string(j, "name", c->name);
	json_string(j, "verdict", verdict_names[c->verdict]);
	json_string(j, "vbt", source_names[c->vbt_source]);
	if (c->verdict != IGDPT_VERDICT_TAKES) {
		igdpt_finding_format(why, reason, sizeof(reason));
		json_string(j, "reason", reason);
	}
	json_end_object(j);
}

/* In text only those that do not simply take it. */
static void show_consumers(struct session *s, const struct input *in)
{
	struct igdpt_opregion_outcome c = { .size = sizeof(c) };
	char reason[400];

	if (s->as_json)
		json_begin_array(&s->json, "consumers");
	for (uint32_t i = 1;; i++) {
		struct igdpt_finding why = { .size = sizeof(why) };

		if (igdpt_opregion_consumer(&in->op, i, &c, &why) < 0)
			break;
		if (s->as_json) {
			consumer_json(&s->json, &c, &why);
		} else if (c.verdict != IGDPT_VERDICT_TAKES) {
			igdpt_finding_format(&why, reason, sizeof(reason));
			printf("    %s: %s: %s\n", c.title, verdict_names[c.verdict], reason);
		}
	}
	if (s->as_json)
		json_end_array(&s->json);
}

static void show_counts(const struct cli_findings *f)
{
	unsigned errors = f->counts[IGDPT_SEV_ERROR], warnings = f->counts[IGDPT_SEV_WARNING];

	printf("; %u error%s, %u warning%s\n", errors, cli_plural(errors), warnings,
		cli_plural(warnings));
}

static void judge(const struct input *in, struct json *j, struct cli_findings *findings)
{
	if (j)
		json_begin_array(j, "findings");
	if (in->op.data)
		igdpt_opregion_validate(&in->op, cli_show_finding, findings);
	else
		cli_show_finding(findings, &in->why);
	if (j)
		json_end_array(j);
}

static int check_one(struct session *s, struct input *in)
{
	struct json *j = s->as_json ? &s->json : NULL;
	struct cli_findings findings = { .file = in->file, .json = j };

	judge(in, j, &findings);
	if (in->op.data) {
		opregion_summary(s, in);
		if (!s->as_json)
			show_counts(&findings);
		show_consumers(s, in);
	} else if (!s->as_json) {
		cli_guess(stdout, in->data, in->len, "an OpRegion");
	}
	return cli_findings_exit(&findings);
}

static int run_check(const struct command *self, int argc, char **argv)
{
	return opregion_run_files(self, argc, argv, check_one);
}

static const struct subcommand subs[] = {
	{ "check", run_check },
	{ "show", opregion_run_show },
	{ "build", opregion_run_build },
	{ "normalise", opregion_run_normalise },
	{ "diff", opregion_run_diff },
};

static int run_opregion(const struct command *self, int argc, char **argv)
{
	return cli_subcommand(self, subs, sizeof(subs) / sizeof(subs[0]), argc, argv);
}

static bool scan_is(const uint8_t *data, size_t len)
{
	return len >= 16 && memcmp(data, "IntelGraphicsMem", 16) == 0;
}

static void scan_file(const struct scan_input *file, struct json *j, struct cli_findings *findings)
{
	struct session s = { .as_json = true };
	struct input in = { .file = file->path, .data = file->data, .len = file->len,
		.why = { .size = sizeof(in.why) } };

	igdpt_opregion_init(&in.op, in.data, in.len, &in.why);
	judge(&in, j, findings);
	if (!j || !in.op.data)
		return;
	s.json = *j;
	opregion_summary(&s, &in);
	show_consumers(&s, &in);
	*j = s.json;
}

const struct scan_kind scan_opregion = { "opregion", scan_is, scan_file };

const struct command cmd_opregion = {
	.name = "opregion",
	.summary = "read, judge, build, normalise and compare OpRegions",
	.usage = "usage: igdpt opregion check [--json] FILE...\n"
		 "       igdpt opregion show [--json] FILE...\n"
		 "       igdpt opregion build [--vbt FILE] [OPTION...] -o FILE\n"
		 "       igdpt opregion normalise [--json] [OPTION...] -o OUT FILE...\n"
		 "       igdpt opregion diff [--json] FILE FILE...\n\n"
		 "check:     what is wrong, at which byte, what to do, and what Linux, QEMU, SeaBIOS,\n"
		 "           VfioIgdPkg, bhyve, Xen and ACRN make of it\n"
		 "show:      header and mailboxes by name\n"
		 "build:     an OpRegion around a VBT\n"
		 "  --version M.N  2.1 if not given\n"
		 "  --mboxes N     MBOX, 0x1d if not given\n"
		 "  --pcon N       PCON\n"
		 "  --address N    where it will be; version 2.0 with a VBT over 6 KiB needs it\n"
		 "normalise: the copy that a guest may have; OUT is a directory for several files\n"
		 "  --vbt FILE     the bytes at an absolute RVDA\n"
		 "  --keep-swsci   go on offering software SCI\n"
		 "  --keep-state   keep what the host's driver wrote\n"
		 "  --lid-open     say that the lid is open\n"
		 "  --repair-vbt   write a right VBT checksum\n"
		 "  --lenient      accept an odd SIZE and unknown versions\n"
		 "diff:      field by field, each file against the first; status 1 if one differs\n"
		 "-o may be written --output.\n",
	.run = run_opregion,
};
