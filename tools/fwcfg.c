/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "igdpt/fwcfg.h"
#include "igdpt/opregion.h"
#include "igdpt/platform.h"
#include "igdpt/stolen.h"

/* SeaBIOS has no room for more; a larger file is still read to be judged. */
#define FILE_MAX (32u << 20)

static const char *const known_names[] = {
	IGDPT_FWCFG_OPREGION,
	IGDPT_FWCFG_BDSM_SIZE,
	IGDPT_FWCFG_STOLEN_BASE,
};

#define KNOWN (sizeof(known_names) / sizeof(known_names[0]))

struct build {
	const char *dir;
	const char *opregion;
	const char *vbt;
	bool as_json;
	bool has_ggc;
	bool has_device;
	bool has_dsm;
	uint64_t ggc;
	uint32_t device;
	uint64_t dsm;
};

/* The two files, before they are written. */
struct blobs {
	uint8_t opregion[IGDPT_OPREGION_MAX_BYTES];
	size_t opregion_len;
	struct igdpt_finding dropped; /* a VBT that the guest does not get */
	bool refused;                 /* a file was read, and is of no use */
	uint64_t dsm;
	uint8_t size[8]; /* dsm as firmware reads it */
};

static bool opregion_from_vbt(struct blobs *b, const uint8_t *data, size_t len,
	struct igdpt_finding *why)
{
	return igdpt_opregion_build(NULL, data, len, b->opregion, &b->opregion_len, why) == 0;
}

/* What a guest may have of the host's OpRegion; `vbt` is what an absolute RVDA leads to. */
static bool opregion_from_host(struct blobs *b, const uint8_t *data, size_t len, const uint8_t *vbt,
	size_t vbt_len, struct igdpt_finding *why)
{
	const struct igdpt_opregion_normalise_opts opts = {
		.size = sizeof(opts), .vbt = vbt, .vbt_bytes = vbt_len,
	};
	struct igdpt_opregion op;

	return igdpt_opregion_init(&op, data, len, why) == 0 &&
		igdpt_opregion_normalise(&op, &opts, b->opregion, &b->opregion_len, why) == 0;
}

static bool refuse(struct blobs *b, const char *path, const uint8_t *data, size_t len,
	const struct igdpt_finding *why)
{
	b->refused = true;
	cli_refused(path, why);
	if (why->error == -IGDPT_E_MAGIC || why->error == -IGDPT_E_TRUNCATED)
		cli_guess(stderr, data, len, NULL);
	return false;
}

static bool make_opregion(const struct build *opts, struct blobs *b)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	uint8_t *host = NULL, *vbt = NULL;
	size_t host_len = 0, vbt_len = 0;
	bool ok;

	b->opregion_len = sizeof(b->opregion);
	if (opts->vbt && !cli_read_file(opts->vbt, FILE_MAX, &vbt, &vbt_len))
		return false;
	ok = !opts->opregion || cli_read_file(opts->opregion, FILE_MAX, &host, &host_len);
	if (ok && opts->opregion)
		ok = opregion_from_host(b, host, host_len, vbt, vbt_len, &why) ||
			refuse(b, opts->opregion, host, host_len, &why);
	else if (ok)
		ok = opregion_from_vbt(b, vbt, vbt_len, &why) ||
			refuse(b, opts->vbt, vbt, vbt_len, &why);
	b->dropped = why;
	free(host);
	free(vbt);
	return ok;
}

/* Stolen memory by GGC and device id; none where config space has no BDSM. */
static bool dsm_of_device(const struct build *opts, uint64_t *dsm)
{
	struct igdpt_platform platform = { .size = sizeof(platform) };
	struct igdpt_stolen stolen = { .size = sizeof(stolen) };
	struct igdpt_finding why = { .size = sizeof(why) };

	if (igdpt_platform_find(opts->device, &platform) < 0)
		return cli_error("--device 0x%" PRIx32 ": no known Intel GPU; give --dsm SIZE",
			opts->device), false;
	*dsm = 0;
	if (platform.bdsm == IGDPT_BDSM_NONE)
		return true;
	if (opts->ggc > UINT16_MAX)
		return cli_error("--ggc 0x%" PRIx64 ": the register has 16 bits", opts->ggc), false;
	if (igdpt_stolen_decode(platform.codec, (uint32_t)opts->ggc, 0, &stolen, &why) < 0)
		return cli_refused("--ggc", &why), false;
	*dsm = stolen.dsm_bytes;
	return true;
}

static bool make_size(const struct build *opts, struct blobs *b)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	size_t len = sizeof(b->size);

	b->dsm = opts->dsm;
	if (!opts->has_dsm && !dsm_of_device(opts, &b->dsm))
		return false;
	if (igdpt_fwcfg_bdsm_size(b->dsm, b->size, &len, &why) == 0)
		return true;
	return cli_refused("etc/igd-bdsm-size", &why), false;
}

/* DIR/igd-opregion for etc/igd-opregion. */
static bool file_path(char path[PATH_MAX], const char *dir, const char *name)
{
	int n = snprintf(path, PATH_MAX, "%s/%s", dir, name + strlen("etc/"));

	if (n > 0 && n < PATH_MAX)
		return true;
	return cli_error("%s: name too long", dir), false;
}

/* QEMU doubles commas inside an option's value. */
static void qemu_value(char *to, const char *path)
{
	do {
		if (*path == ',')
			*to++ = ',';
		*to++ = *path;
	} while (*path++);
}

static void shell_word(const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-./=,:+@%";

	if (s[strspn(s, plain)] == '\0') {
		printf("%s", s);
		return;
	}
	putchar('\'');
	for (; *s; s++)
		printf(*s == '\'' ? "'\\''" : "%c", *s);
	putchar('\'');
}

static void show_argument(struct json *j, const char *name, const char *path)
{
	char value[2 * PATH_MAX], argument[2 * PATH_MAX + 100];

	qemu_value(value, path);
	snprintf(argument, sizeof(argument), "name=%s,file=%s", name, value);
	if (j) {
		json_string(j, NULL, "-fw_cfg");
		json_string(j, NULL, argument);
		return;
	}
	printf("-fw_cfg ");
	shell_word(argument);
}

/* On stdout alone the arguments, so that a shell can take them as they are. */
static bool show_arguments(const struct build *opts, struct json *j)
{
	char path[PATH_MAX];

	if (j)
		json_begin_array(j, "qemu");
	for (size_t i = 0; i < 2; i++) {
		if (!file_path(path, opts->dir, known_names[i]))
			return false;
		show_argument(j, known_names[i], path);
		if (!j)
			putchar(i ? '\n' : ' ');
	}
	if (j)
		json_end_array(j);
	return true;
}

static int judge(const struct build *opts, const struct blobs *b, struct json *j)
{
	const struct igdpt_fwcfg_file files[] = {
		{ .name = IGDPT_FWCFG_OPREGION, .data = b->opregion, .bytes = b->opregion_len },
		{ .name = IGDPT_FWCFG_BDSM_SIZE, .data = b->size, .bytes = sizeof(b->size) },
	};
	/* On stdout nothing but the arguments; what is fine needs no word on a terminal. */
	struct cli_findings findings = { .json = j, .out = stderr, .file = opts->dir };

	if (j)
		json_begin_array(j, "findings");
	if (b->dropped.id)
		cli_show_finding(&findings, &b->dropped);
	igdpt_fwcfg_check(files, 2, cli_show_finding, &findings);
	if (j)
		json_end_array(j);
	return cli_findings_exit(&findings);
}

static bool write_blobs(const struct build *opts, const struct blobs *b)
{
	char path[PATH_MAX];

	if (mkdir(opts->dir, 0777) < 0 && errno != EEXIST)
		return cli_error("%s: %s", opts->dir, strerror(errno)), false;
	return file_path(path, opts->dir, IGDPT_FWCFG_OPREGION) &&
		cli_write_file(path, b->opregion, b->opregion_len) &&
		file_path(path, opts->dir, IGDPT_FWCFG_BDSM_SIZE) &&
		cli_write_file(path, b->size, sizeof(b->size));
}

static int build_blobs(const struct build *opts)
{
	struct json json = { .out = stdout }, *j = opts->as_json ? &json : NULL;
	struct blobs b;
	int rc;

	b.refused = false;
	if (!make_opregion(opts, &b) || !make_size(opts, &b) || !write_blobs(opts, &b))
		return b.refused ? EXIT_ERRORS : EXIT_CANNOT_RUN;
	if (j)
		json_begin_object(j, NULL);
	rc = judge(opts, &b, j);
	if (!show_arguments(opts, j))
		rc = EXIT_CANNOT_RUN;
	if (j) {
		json_unsigned(j, "opregion_bytes", b.opregion_len);
		json_unsigned(j, "dsm_bytes", b.dsm);
		json_end_object(j);
	}
	return rc;
}

static bool build_option(struct build *b, int option)
{
	switch (option) {
	case 'o':
		b->dir = optarg;
		return true;
	case 'O':
		b->opregion = optarg;
		return true;
	case 'V':
		b->vbt = optarg;
		return true;
	case 'j':
		return b->as_json = true;
	case 'g':
		return b->has_ggc = cli_number(optarg, &b->ggc);
	case 'd':
		return b->has_device = cli_device_id(optarg, &b->device);
	case 's':
		return b->has_dsm = cli_number(optarg, &b->dsm);
	default:
		return false;
	}
}

static int run_build(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "opregion", required_argument, NULL, 'O' },
		{ "vbt", required_argument, NULL, 'V' },
		{ "ggc", required_argument, NULL, 'g' },
		{ "device", required_argument, NULL, 'd' },
		{ "dsm", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct build b = { .dir = NULL };
	int option;

	while ((option = cli_getopt(self, argc, argv, ":o:", options)) != -1) {
		if (option == '?')
			return EXIT_CANNOT_RUN;
		if (!build_option(&b, option))
			return cli_bad_value(self, argv, options, option);
	}
	if (optind != argc || !b.dir)
		return cli_usage(self, "fwcfg build: wants -o DIR and no other argument");
	if (!b.opregion && !b.vbt)
		return cli_usage(self, "fwcfg build: wants --opregion FILE or --vbt FILE");
	if (b.has_dsm == (b.has_ggc || b.has_device) || b.has_ggc != b.has_device)
		return cli_usage(self, "fwcfg build: wants --ggc N and --device ID, or --dsm SIZE");
	return build_blobs(&b);
}

/* Files to judge: what a directory has of the known names, or NAME=FILE. */
struct set {
	struct igdpt_fwcfg_file files[16];
	uint8_t *data[16];
	size_t count;
};

static bool set_add(struct set *set, const char *name, const char *path)
{
	size_t len;

	if (set->count == sizeof(set->files) / sizeof(set->files[0]))
		return cli_error("too many files"), false;
	if (!cli_read_file(path, FILE_MAX, &set->data[set->count], &len))
		return false;
	set->files[set->count] = (struct igdpt_fwcfg_file){
		.name = name,
		.data = set->data[set->count],
		.bytes = len,
	};
	set->count++;
	return true;
}

static bool set_add_directory(struct set *set, const char *dir)
{
	char path[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < KNOWN; i++) {
		if (!file_path(path, dir, known_names[i]))
			return false;
		if (stat(path, &st) == 0 && !set_add(set, known_names[i], path))
			return false;
	}
	return true;
}

static bool set_add_argument(struct set *set, char *argument)
{
	char *equals = strchr(argument, '=');
	struct stat st;

	if (stat(argument, &st) == 0 && S_ISDIR(st.st_mode))
		return set_add_directory(set, argument);
	if (!equals)
		return cli_error("%s: neither a directory nor NAME=FILE", argument), false;
	*equals = '\0';
	return set_add(set, argument, equals + 1);
}

static int check_set(const struct set *set, bool as_json)
{
	struct json json = { .out = stdout };
	struct cli_findings findings = { .json = as_json ? &json : NULL, .file = "fw_cfg" };

	if (as_json) {
		json_begin_object(&json, NULL);
		json_begin_array(&json, "findings");
	}
	igdpt_fwcfg_check(set->files, set->count, cli_show_finding, &findings);
	if (as_json) {
		json_end_array(&json);
		json_end_object(&json);
	} else {
		unsigned errors = findings.counts[IGDPT_SEV_ERROR],
			 warnings = findings.counts[IGDPT_SEV_WARNING];

		printf("fw_cfg: %zu file%s, %u error%s, %u warning%s\n", set->count,
			cli_plural(set->count), errors, cli_plural(errors), warnings, cli_plural(warnings));
	}
	return cli_findings_exit(&findings);
}

static int run_check(const struct command *self, int argc, char **argv)
{
	int json = cli_json_option(self, argc, argv), rc;
	struct set set = { .count = 0 };
	bool ok = true;

	if (json < 0)
		return EXIT_CANNOT_RUN;
	if (optind == argc)
		return cli_usage(self, "fwcfg check: wants a DIR or NAME=FILE");
	for (int i = optind; i < argc && ok; i++)
		ok = set_add_argument(&set, argv[i]);
	rc = ok ? check_set(&set, json) : EXIT_CANNOT_RUN;
	while (set.count)
		free(set.data[--set.count]);
	return rc;
}

static const struct subcommand subs[] = {
	{ "build", run_build },
	{ "check", run_check },
};

static int run_fwcfg(const struct command *self, int argc, char **argv)
{
	return cli_subcommand(self, subs, sizeof(subs) / sizeof(subs[0]), argc, argv);
}

const struct command cmd_fwcfg = {
	.name = "fwcfg",
	.summary = "make and judge the files that guest firmware reads",
	.usage = "usage: igdpt fwcfg build SOURCE SIZE [--json] -o DIR\n"
		 "       igdpt fwcfg check [--json] DIR\n"
		 "       igdpt fwcfg check [--json] NAME=FILE...\n\n"
		 "build: writes igd-opregion and igd-bdsm-size into DIR and prints QEMU's arguments\n"
		 "  SOURCE  --opregion FILE  the host's OpRegion; its guest copy is written\n"
		 "          --vbt FILE       an OpRegion is built around it; with --opregion, the\n"
		 "                           bytes at an absolute RVDA (version 2.0)\n"
		 "  SIZE    --ggc N --device ID the host's register 0x50 and PCI device id\n"
		 "          --dsm SIZE          bytes of stolen memory, e.g. 64M, or 0\n"
		 "check: what SeaBIOS and VfioIgdPkg will make of them\n"
		 "-o may be written --output.\n",
	.run = run_fwcfg,
};
