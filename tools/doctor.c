/* SPDX-License-Identifier: MIT
 *
 * igdpt doctor: from a black screen to the broken link of the chain.
 */
#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/bytes.h"
#include "cli.h"
#include "scan.h"

#define CONFIG_MAX (1u << 20)
#define ROM_MAX (16u << 20)
#define DUMP_MAX (16u << 20)
/* No --side was given. */
#define SIDES 2u

struct options {
	bool json, prometheus, open_vfio, ids;
	const char *root, *goal, *side, *explain, *vm, *libvirt, *pve, *rom, *log, *lspci, *device,
		*assume, *qemu;
};

static bool take_text(const char *path, char **text, size_t *len)
{
	uint8_t *data, *grown;

	if (!cli_read_file(path, CONFIG_MAX, &data, len))
		return false;
	grown = realloc(data, *len + 1);
	if (!grown) {
		free(data);
		return cli_error("out of memory"), false;
	}
	grown[*len] = '\0';
	*text = (char *)grown;
	return true;
}

/* "There is no WHAT", or what the file is that is not even text. */
static void is_no(const char *path, const char *what, const char *text, size_t len)
{
	const char *guess = cli_looks_like((const uint8_t *)text, len);

	if (guess && (!len || (unsigned char)*text < ' ' || (unsigned char)*text > '~'))
		cli_error("%s: this is %s", path, guess);
	else
		cli_error("%s: no %s", path, what);
}

/* A file, or the command line of a process. */
static bool take_qemu(struct vm *vm, const char *what)
{
	char path[64], *text;
	size_t len;

	if (*what && strspn(what, "0123456789") == strlen(what) && strlen(what) < 10) {
		snprintf(path, sizeof(path), "/proc/%s/cmdline", what);
		what = path;
	}
	if (!take_text(what, &text, &len))
		return false;
	vm_from_args(vm, text, len);
	if (!vm->known)
		is_no(what, "command line of QEMU in it", text, len);
	free(text);
	return vm->known;
}

static bool take_vm(struct vm *vm, const char *path, bool (*parse)(struct vm *vm, const char *text),
	const char *what)
{
	char *text;
	size_t len;

	if (!take_text(path, &text, &len))
		return false;
	parse(vm, text);
	if (!vm->known)
		is_no(path, what, text, len);
	free(text);
	return vm->known;
}

static bool take_log(struct facts *f, const char *path)
{
	FILE *in = cli_open_file(path);

	if (!in)
		return false;
	log_scan(in, &f->log);
	f->has_log = !ferror(in);
	if (!f->has_log)
		cli_error("%s: %s", path, strerror(errno));
	if (in != stdin)
		fclose(in);
	return f->has_log;
}

static bool take_root(struct facts *f, const char *path)
{
	f->live = !path;
	f->root = open(path ? path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->root < 0)
		return cli_error("%s: %s", path ? path : "/", strerror(errno)), false;
	return true;
}

/*
 * A file below the root: the links of a tree that somebody sent must not lead out. *data is NULL if it
 * is not there; false without memory, which is said.
 */
static bool read_below(const struct facts *f, const char *path, size_t room, uint8_t **data, size_t *len)
{
	*data = malloc(room + 1);
	if (!*data)
		return cli_error("out of memory"), false;
	*len = room;
	if (igdpt_host_read(f->root, path, *data, len) == 0) {
		(*data)[*len] = '\0';
		return true;
	}
	free(*data);
	*data = NULL;
	return true;
}

static bool take_log_below(struct facts *f)
{
	uint8_t *text;
	size_t len;
	FILE *in;

	if (!read_below(f, "log/dmesg.txt", ROM_MAX, &text, &len))
		return false;
	in = text && len ? fmemopen(text, len, "r") : NULL;
	if (in) {
		log_scan(in, &f->log);
		f->has_log = true;
		fclose(in);
	}
	free(text);
	return true;
}

static bool take_args_below(struct facts *f)
{
	uint8_t *text;
	size_t len;

	if (!read_below(f, "vm/qemu.args", CONFIG_MAX, &text, &len))
		return false;
	if (text)
		vm_from_args(&f->vm, (const char *)text, len);
	free(text);
	return true;
}

/* What lies beside a captured or made machine, if nothing else was named. */
static bool take_beside(struct facts *f, const struct options *o)
{
	if (f->live)
		return true;
	return (o->vm || o->libvirt || o->pve || take_args_below(f)) &&
		(o->rom || read_below(f, "vm/igd.rom", ROM_MAX, &f->rom, &f->rom_len)) &&
		(o->log || take_log_below(f));
}

/* A made machine says which side it is. */
static bool is_guest_tree(const struct facts *f)
{
	char text[16];
	size_t len = sizeof(text) - 1;

	return !f->live && igdpt_host_read(f->root, CAPTURED_SIDE, text, &len) == 0 && len >= 5 &&
		memcmp(text, "guest", 5) == 0;
}

static bool take_dump(struct facts *f, const char *path)
{
	uint8_t *text;
	size_t len;
	bool ok;

	if (!cli_read_file(path, DUMP_MAX, &text, &len))
		return false;
	facts_from_text(f, path, text, len);
	ok = f->dump_devices || f->dump_silent;
	if (!ok)
		is_no(path, "device of lspci with its ids in it; run lspci -nnkxxx as root", (char *)text, len);
	free(text);
	return ok;
}

static bool gather(struct facts *f, const struct options *o)
{
	if (!take_root(f, o->root))
		return false;
	if ((o->vm && !take_qemu(&f->vm, o->vm)) ||
		(o->libvirt && !take_vm(&f->vm, o->libvirt, vm_from_libvirt, "domain of libvirt in it")) ||
		(o->pve && !take_vm(&f->vm, o->pve, vm_from_pve, "configuration of Proxmox in it")) || (o->log && !take_log(f, o->log)) ||
		(o->rom && !cli_read_file(o->rom, ROM_MAX, &f->rom, &f->rom_len)) || !take_beside(f, o))
		return false;
	if (o->qemu) {
		f->vm.version = vm_version(o->qemu);
		f->vm.exact = true;
	}
	if (f->side == SIDES)
		f->side = is_guest_tree(f);
	f->side = f->side ? SIDE_GUEST : SIDE_HOST;
	if (o->lspci)
		return take_dump(f, o->lspci);
	facts_from_tree(f);
	return true;
}

static int examine(struct facts *f, const struct options *o)
{
	struct doctor_line lines[DOCTOR_CHECKS];
	size_t cause;

	if (!gather(f, o))
		return EXIT_CANNOT_RUN;
	memset(lines, 0, sizeof(lines));
	doctor_judge(f, lines);
	cause = doctor_cause(lines);
	if (o->json)
		doctor_show_json(f, lines, cause);
	else if (o->prometheus)
		doctor_show_prometheus(f, lines, cause);
	else
		doctor_show_text(f, lines, cause);
	if (cause == DOCTOR_CHECKS)
		return EXIT_FINE;
	return lines[cause].status == DOCTOR_FAIL ? EXIT_ERRORS : EXIT_WARNINGS;
}

/* One of the words, by its place; false if it is none of them. */
static bool choose(const char *word, const char *const *words, uint32_t *place)
{
	for (uint32_t i = 0; words[i]; i++) {
		if (word && strcmp(word, words[i]) == 0)
			return *place = i, true;
	}
	return !word;
}

/* False, with the reason told, if an option is unknown or lacks its value. */
static bool parse_options(const struct command *self, int argc, char **argv, struct options *o)
{
	const struct {
		const char *name;
		const char **value;
		bool *flag;
	} table[] = {
		{ "root", &o->root, NULL }, { "lspci", &o->lspci, NULL },
		{ "device", &o->device, NULL }, { "assume", &o->assume, NULL },
		{ "side", &o->side, NULL }, { "goal", &o->goal, NULL },
		{ "qemu-args", &o->vm, NULL }, { "libvirt-xml", &o->libvirt, NULL },
		{ "pve-conf", &o->pve, NULL }, { "qemu", &o->qemu, NULL },
		{ "rom", &o->rom, NULL }, { "log", &o->log, NULL },
		{ "explain", &o->explain, NULL }, { "json", NULL, &o->json },
		{ "prometheus", NULL, &o->prometheus },
		{ "open-vfio", NULL, &o->open_vfio }, { "ids", NULL, &o->ids },
	};
	struct option options[sizeof(table) / sizeof(table[0]) + 1] = { { 0 } };
	int option;

	for (int i = 0; i < (int)(sizeof(table) / sizeof(table[0])); i++) {
		options[i].name = table[i].name;
		options[i].has_arg = table[i].value ? required_argument : no_argument;
		options[i].val = i;
	}
	while ((option = cli_getopt(self, argc, argv, ":", options)) != -1) {
		if (option == '?')
			return false;
		if (table[option].flag)
			*table[option].flag = true;
		else
			*table[option].value = optarg;
	}
	if (optind != argc)
		return cli_usage(self, "doctor: unexpected argument '%s'", argv[optind]), false;
	return true;
}

static bool take_address(struct facts *f, const char *text)
{
	f->given = text != NULL;
	return !text || cli_address(text, strlen(text), &f->wanted);
}

/*
 * The options that are a word of a list, a platform or a number; false, with the reason told, if one
 * of them is not.
 */
static bool take_words(const struct command *self, struct facts *f, const struct options *o)
{
	static const char *const goals[] = { "display", "headless", "compute", NULL };
	static const char *const sides[] = { "host", "guest", NULL };
	struct igdpt_platform p = { .size = sizeof(p) };

	const struct {
		bool ok;
		const char *option, *value, *form;
	} rows[] = {
		{ choose(o->goal, goals, &f->goal), "goal", o->goal, "display, headless or compute" },
		{ choose(o->side, sides, &f->side), "side", o->side, "host or guest" },
		{ take_address(f, o->device), "device", o->device, "00:02.0 or 0000:00:02.0" },
		{ !o->qemu || vm_version(o->qemu), "qemu", o->qemu, "such as 10.1" },
		{ !o->assume || igdpt_platform_by_name(o->assume, &p) == 0, "assume", o->assume,
			"a name of igdpt platform list" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].ok)
			return cli_usage(self, "doctor: bad value '%s' for --%s (%s)", rows[i].value,
				       rows[i].option, rows[i].form),
			       false;
	}
	return true;
}

/* One string a line as an array; else the text as it is. */
static void tell_json(const struct options *o, char *text)
{
	struct json j = { .out = stdout };

	if (!o->ids) {
		json_begin_object(&j, NULL);
		json_string(&j, "id", o->explain);
		json_string(&j, "text", text);
		json_end_object(&j);
		return;
	}
	json_begin_array(&j, NULL);
	for (char *p = strtok(text, "\n"); p; p = strtok(NULL, "\n"))
		json_string(&j, NULL, p);
	json_end_array(&j);
}

static int tell(const struct options *o)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	bool found = true;

	if (!out)
		return cli_error("out of memory");
	if (o->ids)
		page_list(out);
	else
		found = page_show(out, o->explain);
	if (fclose(out) != 0) {
		free(text);
		return cli_error("out of memory");
	}
	if (found && o->json)
		tell_json(o, text);
	else if (found)
		fputs(text, stdout);
	free(text);
	return found ? EXIT_FINE :
		       cli_error("there is no '%s'; igdpt doctor --ids lists them", o->explain);
}

static int run_doctor(const struct command *self, int argc, char **argv)
{
	struct options o = { .json = false };
	struct facts *f;
	int rc = EXIT_CANNOT_RUN;

	if (!parse_options(self, argc, argv, &o))
		return EXIT_CANNOT_RUN;
	if (o.ids || o.explain)
		return tell(&o);
	f = calloc(1, sizeof(*f));
	if (!f)
		return cli_error("out of memory");
	f->root = -1;
	f->assume = o.assume;
	f->open_vfio = o.open_vfio;
	f->side = SIDES;
	if (take_words(self, f, &o))
		rc = examine(f, &o);
	if (f->root >= 0)
		close(f->root);
	free(f->rom);
	free(f);
	return rc;
}

/* In a scan, a dump's checks that warn or fail are its findings. */
static void scan_lines(const struct doctor_line *lines, struct cli_findings *findings)
{
	FILE *out = findings->out ? findings->out : stdout;

	for (size_t i = 0; i < DOCTOR_CHECKS; i++) {
		bool fail = lines[i].status == DOCTOR_FAIL;

		if (lines[i].status < DOCTOR_WARN)
			continue;
		findings->counts[fail ? IGDPT_SEV_ERROR : IGDPT_SEV_WARNING]++;
		if (!findings->json && !findings->quiet)
			fprintf(out, "%s: %s: %s [D%02u]\n", findings->file, fail ? "error" : "warning",
				lines[i].said, doctor_checks[i].number);
	}
}

static void scan_file(const struct scan_input *in, struct json *j, struct cli_findings *findings)
{
	struct doctor_line *lines = calloc(DOCTOR_CHECKS, sizeof(*lines));
	struct facts *f = calloc(1, sizeof(*f));

	if (f && lines) {
		f->side = SIDE_HOST;
		f->root = -1;
		facts_from_text(f, in->path, in->data, in->len);
		doctor_judge(f, lines);
		if (j)
			doctor_members_json(j, f, lines, doctor_cause(lines));
		scan_lines(lines, findings);
	} else {
		findings->counts[IGDPT_SEV_ERROR]++;
		cli_error("%s: out of memory", in->path);
	}
	free(f);
	free(lines);
}

const struct scan_kind scan_lspci = { "lspci", facts_is_dump, scan_file };

const struct command cmd_doctor = {
	.name = "doctor",
	.summary = "find the broken link between firmware and guest",
	.usage = "usage: igdpt doctor [OPTION...]\n"
		 "       igdpt doctor --explain ID\n"
		 "       igdpt doctor --ids\n\n"
		 "Examines the way of an IGD from firmware to guest and names the broken link.\n"
		 "  --root DIR          the machine whose files are below DIR; default: this one\n"
		 "  --lspci FILE        what lspci -nnkxxx printed, instead\n"
		 "  --device ADDRESS    another device than 0000:00:02.0\n"
		 "  --assume PLATFORM   what an unknown device id is like, e.g. adl-p\n"
		 "  --side host|guest   where it runs; default: host\n"
		 "  --goal display|headless|compute\n"
		 "                      what the guest shall do; default: display\n"
		 "  --open-vfio         open the device by VFIO, which resets it\n"
		 "The VM:\n"
		 "  --qemu-args FILE|PID  a QEMU command line, or a process\n"
		 "  --libvirt-xml FILE  a domain of virsh dumpxml\n"
		 "  --pve-conf FILE     a file of /etc/pve/qemu-server\n"
		 "  --qemu VERSION      of QEMU; default: what the VM's files say\n"
		 "  --rom FILE          its ROM\n"
		 "  --log FILE          a log of the kernel, the VMM or the guest\n"
		 "The report:\n"
		 "  --json              as JSON\n"
		 "  --prometheus        as metrics, for node_exporter's textfile collector\n"
		 "  --explain ID        what a check (D05), a finding or a log string means\n"
		 "  --ids               all that --explain knows\n\n"
		 "Reads only, and never writes to a device. Below --root, vm/qemu.args, vm/igd.rom and\n"
		 "log/dmesg.txt are read if nothing else is named.\n"
		 "Exit status: 0 fine, 1 warnings, 2 failures, 3 could not run.\n",
	.run = run_doctor,
};
