/* SPDX-License-Identifier: MIT */
#include "vbt.h"

#include <stdlib.h>
#include <string.h>

#include "igdpt/opregion.h"
#include "scan.h"

/* A flash image is the largest file that may hold a VBT. */
#define INPUT_MAX ((size_t)64 << 20)

/* The VBT that drivers use of an OpRegion, else the first one in the file. */
static bool find_inside(struct vbt_input *in)
{
	struct igdpt_opregion_vbt place = { .size = sizeof(place) };
	struct igdpt_opregion op;

	if (igdpt_opregion_init(&op, in->data, in->len, NULL) == 0 &&
		igdpt_opregion_find_vbt(&op, &place, NULL) == 0 && place.bytes)
		in->offset = place.offset;
	return igdpt_vbt_find(in->data, in->len, &in->offset, &in->vbt) == 0;
}

/* 0, or -2 and the reason in `why`. */
static int find_vbt(struct vbt_input *in)
{
	if (igdpt_vbt_init(&in->vbt, in->data, in->len, &in->why) == 0)
		return 0;
	return in->why.id == IGDPT_F_VBT_SIGNATURE && find_inside(in) ? 0 : -2;
}

int vbt_open(struct vbt_input *in, const char *path)
{
	*in = (struct vbt_input){ .path = path, .why = { .size = sizeof(in->why) } };
	if (!cli_read_file(path, INPUT_MAX, &in->data, &in->len)) {
		in->data = NULL;
		return -1;
	}
	return find_vbt(in);
}

void vbt_close(struct vbt_input *in)
{
	free(in->data);
}

int vbt_complain(const struct vbt_input *in)
{
	cli_refused(in->path, &in->why);
	if (in->why.id != IGDPT_F_VBT_SIZE)
		cli_guess(stderr, in->data, in->len, "a VBT");
	return EXIT_ERRORS;
}

struct shifted {
	struct cli_findings *findings;
	size_t offset;
};

static void show_shifted(void *user, const struct igdpt_finding *finding)
{
	struct shifted *s = user;
	struct igdpt_finding f = *finding;

	if (f.offset != IGDPT_NO_OFFSET)
		f.offset += s->offset;
	cli_show_finding(s->findings, &f);
}

void vbt_validate(const struct vbt_input *in, struct cli_findings *findings)
{
	struct shifted s = { findings, in->offset };

	igdpt_vbt_validate(&in->vbt, show_shifted, &s);
}

/* What a verb for many files does with each of them; both return the exit code. */
struct each {
	int (*text)(const struct vbt_input *in, bool fields);
	int (*json)(const struct vbt_input *in, struct json *j);
};

static int check_text(const struct vbt_input *in, bool fields)
{
	struct cli_findings findings = { .file = in->path };

	(void)fields;
	vbt_validate(in, &findings);
	return cli_findings_exit(&findings);
}

static int check_json(const struct vbt_input *in, struct json *j)
{
	struct cli_findings findings = { .json = j, .file = in->path };

	json_begin_array(j, "findings");
	vbt_validate(in, &findings);
	json_end_array(j);
	return cli_findings_exit(&findings);
}

static void no_vbt_json(const struct vbt_input *in, int opened, struct json *j)
{
	struct cli_findings findings = { .json = j, .file = in->path };

	json_string(j, "error", opened == -1 ? "cannot be read" : "no VBT");
	json_begin_array(j, "findings");
	if (opened == -2)
		cli_show_finding(&findings, &in->why);
	json_end_array(j);
}

static int one_file(const struct each *each, const char *path, bool fields, struct json *j)
{
	struct vbt_input in;
	int opened = vbt_open(&in, path), rc = EXIT_CANNOT_RUN;

	if (j) {
		json_begin_object(j, NULL);
		json_string(j, "file", path);
	}
	if (opened == -2)
		rc = vbt_complain(&in);
	if (opened == 0)
		rc = j ? each->json(&in, j) : each->text(&in, fields);
	else if (j)
		no_vbt_json(&in, opened, j);
	if (j)
		json_end_object(j);
	vbt_close(&in);
	return rc;
}

/* One file gives an object in JSON, several an array, and in text a last line. */
static int all_files(const struct each *each, int count, char **paths, bool fields, struct json *j)
{
	unsigned codes[EXIT_CANNOT_RUN + 1] = { 0 };
	int worst = EXIT_FINE;

	if (j && count > 1)
		json_begin_array(j, NULL);
	for (int i = 0; i < count; i++) {
		int rc = one_file(each, paths[i], fields, j);

		codes[rc]++;
		worst = rc > worst ? rc : worst;
	}
	if (j && count > 1)
		json_end_array(j);
	if (!j && count > 1)
		printf("%d files: %u fine, %u with warnings, %u with errors, %u unreadable\n", count,
			codes[EXIT_FINE], codes[EXIT_WARNINGS], codes[EXIT_ERRORS],
			codes[EXIT_CANNOT_RUN]);
	return worst;
}

static int run_each(const struct command *self, const struct each *verb, int argc, char **argv)
{
	static const struct option options[] = {
		{ "fields", no_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct json json = { .out = stdout };
	bool as_json = false, fields = false;
	int option;

	while ((option = cli_getopt(self, argc, argv, ":", options)) != -1) {
		if (option == '?')
			return EXIT_CANNOT_RUN;
		if (option == 'f')
			fields = true;
		else
			as_json = true;
	}
	if (optind == argc)
		return cli_usage(self, "vbt %s: no file given", argv[0]);
	return all_files(verb, argc - optind, argv + optind, fields, as_json ? &json : NULL);
}

static int run_show(const struct command *self, int argc, char **argv)
{
	static const struct each verb = { .text = vbt_show_text, .json = vbt_show_json };

	return run_each(self, &verb, argc, argv);
}

static int run_check(const struct command *self, int argc, char **argv)
{
	static const struct each verb = { .text = check_text, .json = check_json };

	return run_each(self, &verb, argc, argv);
}

static int run_ports(const struct command *self, int argc, char **argv)
{
	static const struct each verb = { .text = vbt_ports_text, .json = vbt_ports_json };

	return run_each(self, &verb, argc, argv);
}

/* Verbs that turn one file into another: FILE -o OUTPUT. */
static int input_and_output(const struct command *self, int argc, char **argv, const char **output)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' }, { NULL, 0, NULL, 0 },
	};
	int option;

	*output = NULL;
	while ((option = cli_getopt(self, argc, argv, ":o:", options)) != -1) {
		if (option == '?')
			return EXIT_CANNOT_RUN;
		*output = optarg;
	}
	if (optind != argc - 1 || !*output)
		return cli_usage(self, "vbt %s: wants FILE -o OUTPUT", argv[0]);
	return 0;
}

static int run_extract(const struct command *self, int argc, char **argv)
{
	struct vbt_input in;
	const char *output;
	int rc = input_and_output(self, argc, argv, &output);

	if (rc)
		return rc;
	rc = vbt_open(&in, argv[optind]);
	if (rc == -2)
		rc = vbt_complain(&in);
	else if (rc == -1 || !cli_write_file(output, in.vbt.data, in.vbt.len))
		rc = EXIT_CANNOT_RUN;
	else
		printf("%s: VBT of %zu bytes at 0x%zx\n", cli_name(in.path), in.vbt.len, in.offset);
	vbt_close(&in);
	return rc;
}

/* Repairs what is at the start of the file, or the VBT found in it. */
static int repair(const struct vbt_input *in, const char *output)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	uint8_t table[UINT16_MAX];
	size_t len = sizeof(table);

	if (igdpt_vbt_repair(in->data + in->offset, in->len - in->offset, table, &len, &why) == 0)
		return cli_write_file(output, table, len) ? EXIT_FINE : EXIT_CANNOT_RUN;
	cli_refused(in->path, &why);
	cli_guess(stderr, in->data, in->len, "a VBT");
	return EXIT_ERRORS;
}

static int run_repair(const struct command *self, int argc, char **argv)
{
	struct vbt_input in;
	const char *output;
	int rc = input_and_output(self, argc, argv, &output);

	if (rc)
		return rc;
	rc = vbt_open(&in, argv[optind]) == -1 ? EXIT_CANNOT_RUN : repair(&in, output);
	vbt_close(&in);
	return rc;
}

static void value_text(const struct igdpt_vbt_difference *d, uint32_t which)
{
	if (d->present & which)
		printf(" %" PRIu64, which == 1 ? d->a : d->b);
	else
		printf(" absent");
}

static void difference_text(void *user, const struct igdpt_vbt_difference *d)
{
	(void)user;
	if (d->name)
		printf("%s[%u]:", d->name, d->element);
	else if (d->present == 3)
		printf("block %u, byte %u:", d->block, d->element);
	else
		printf("block %u, size:", d->block);
	value_text(d, 1);
	printf(" ->");
	value_text(d, 2);
	putchar('\n');
}

static void value_json(struct json *j, const char *key, bool present, uint64_t value)
{
	if (present)
		json_unsigned(j, key, value);
	else
		json_null(j, key);
}

static void difference_json(void *user, const struct igdpt_vbt_difference *d)
{
	struct json *j = user;

	json_begin_object(j, NULL);
	json_unsigned(j, "block", d->block);
	if (d->name)
		json_string(j, "field", d->name);
	json_unsigned(j, d->name || d->present != 3 ? "element" : "byte", d->element);
	value_json(j, "a", d->present & 1, d->a);
	value_json(j, "b", d->present & 2, d->b);
	json_end_object(j);
}

static int diff_inputs(const struct vbt_input *a, const struct vbt_input *b, bool as_json)
{
	struct json j = { .out = stdout };
	int count;

	if (!as_json) {
		count = igdpt_vbt_compare(&a->vbt, &b->vbt, difference_text, NULL);
		printf("%d difference%s\n", count, cli_plural((uint64_t)count));
		return count ? EXIT_WARNINGS : EXIT_FINE;
	}
	json_begin_object(&j, NULL);
	json_string(&j, "a", a->path);
	json_string(&j, "b", b->path);
	json_begin_array(&j, "differences");
	count = igdpt_vbt_compare(&a->vbt, &b->vbt, difference_json, &j);
	json_end_array(&j);
	json_end_object(&j);
	return count ? EXIT_WARNINGS : EXIT_FINE;
}

static int open_or_complain(struct vbt_input *in, const char *path)
{
	int rc = vbt_open(in, path);

	if (rc == -2)
		return vbt_complain(in);
	return rc == -1 ? EXIT_CANNOT_RUN : 0;
}

static int run_diff(const struct command *self, int argc, char **argv)
{
	int json = cli_json_option(self, argc, argv), rc;
	struct vbt_input a, b = { 0 };

	if (json < 0)
		return EXIT_CANNOT_RUN;
	if (argc - optind != 2)
		return cli_usage(self, "vbt diff: wants [--json] FILE FILE");
	rc = open_or_complain(&a, argv[optind]);
	if (!rc)
		rc = open_or_complain(&b, argv[optind + 1]);
	if (!rc)
		rc = diff_inputs(&a, &b, json);
	vbt_close(&a);
	vbt_close(&b);
	return rc;
}

static int run_vbt(const struct command *self, int argc, char **argv)
{
	static const struct subcommand verbs[] = {
		{ "build", vbt_run_build }, { "check", run_check }, { "diff", run_diff },
		{ "extract", run_extract }, { "ports", run_ports }, { "repair", run_repair },
		{ "show", run_show },
	};

	return cli_subcommand(self, verbs, sizeof(verbs) / sizeof(verbs[0]), argc, argv);
}

static bool scan_is(const uint8_t *data, size_t len)
{
	struct igdpt_vbt vbt;
	size_t offset = 0;

	return (len >= 4 && memcmp(data, "$VBT", 4) == 0) ||
		igdpt_vbt_find(data, len, &offset, &vbt) == 0;
}

static void scan_file(const struct scan_input *file, struct json *j, struct cli_findings *findings)
{
	struct vbt_input in = { .path = file->path, .data = file->data, .len = file->len,
		.why = { .size = sizeof(in.why) } };
	bool found = find_vbt(&in) == 0;

	if (j && found)
		vbt_members_json(&in, j);
	if (j)
		json_begin_array(j, "findings");
	if (found)
		vbt_validate(&in, findings);
	else
		cli_show_finding(findings, &in.why);
	if (j)
		json_end_array(j);
}

const struct scan_kind scan_vbt = { "vbt", scan_is, scan_file };

const struct command cmd_vbt = {
	.name = "vbt",
	.summary = "read, judge, repair and build Video BIOS Tables",
	.usage = "usage: igdpt vbt show [--json] [--fields] FILE...\n"
		 "       igdpt vbt check [--json] FILE...\n"
		 "       igdpt vbt ports [--json] FILE...\n"
		 "       igdpt vbt diff [--json] FILE FILE\n"
		 "       igdpt vbt extract FILE -o OUTPUT\n"
		 "       igdpt vbt repair FILE -o OUTPUT\n"
		 "       igdpt vbt build [OPTION...] -o OUTPUT\n\n"
		 "FILE is a VBT, or an option ROM, a flash image or an OpRegion that holds one.\n\n"
		 "show     header, connectors, panel, blocks, findings; --fields: every field\n"
		 "check    findings alone\n"
		 "ports    one line a connector\n"
		 "diff     by field name; exit status 1 if the tables differ\n"
		 "extract  the VBT alone\n"
		 "repair   sizes and checksum put right\n"
		 "build    a small table that lists connectors:\n"
		 "  --platform NAME  signature and BDB version of that platform, e.g. hsw, adl-p\n"
		 "  --bdb N          another BDB version\n"
		 "  --size N         at least so many bytes, up to 65535\n"
		 "  --port KIND:X    edp, dp, dp++ or hdmi on connector a to d; may be repeated\n"
		 "                   (default: dp++:b dp++:c dp++:d)\n"
		 "-o may be written --output.\n",
	.run = run_vbt,
};
