/* SPDX-License-Identifier: MIT
 *
 * igdpt doctor: from a black screen to the broken link of the chain.
 */
#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/bytes.h"
#include "cli.h"

#define CONFIG_MAX (1u << 20)
#define ROM_MAX (16u << 20)
#define GATE(n) (UINT64_C(1) << (n))
/* What an lspci dump can tell. */
#define DUMP_CHECKS (GATE(1) | GATE(2) | GATE(3) | GATE(4) | GATE(14) | GATE(22))

static const struct check {
	uint32_t number;
	const char *name;
	uint32_t stage, side;
	uint64_t needs;
	doctor_check_fn *fn;
	const char *about;
} checks[] = {
#define DOCTOR_CHECK(number, name, stage, side, needs, fn, about)                                  \
	{ number, name, stage, side, needs, fn, about },
#include "doctor-checks.def"
#undef DOCTOR_CHECK
};

#define CHECKS (sizeof(checks) / sizeof(checks[0]))

static const char *const stage_names[STAGE_COUNT] = { "device", "IOMMU", "vfio-pci", "OpRegion",
	"VBT", "stolen memory", "VMM", "guest", "log" };
static const char *const status_names[] = { "PASS", "INFO", "SKIP", "WARN", "FAIL" };

/* Names from a tree may hold anything, also what a terminal would obey. */
static void tame(char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
	}
}

void say(struct doctor_line *line, uint32_t status, const char *fix, const char *format, ...)
{
	va_list args;

	line->status = status;
	snprintf(line->fix, sizeof(line->fix), "%s", fix);
	va_start(args, format);
	vsnprintf(line->said, sizeof(line->said), format, args);
	va_end(args);
	tame(line->said);
}

void because(struct doctor_line *line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(line->how, sizeof(line->how), format, args);
	va_end(args);
	tame(line->how);
}

/* The first gate that stops a check, 0 if none does. */
static uint32_t stopped_by(const struct check *c, const struct doctor_line *lines, uint64_t ran)
{
	for (size_t i = 0; i < CHECKS && checks[i].number < c->number; i++) {
		if ((c->needs & GATE(checks[i].number)) && (ran & GATE(checks[i].number)) &&
			(lines[i].status == DOCTOR_FAIL || lines[i].status == DOCTOR_SKIP))
			return checks[i].number;
	}
	return 0;
}

static void judge_all(const struct facts *f, struct doctor_line *lines)
{
	uint64_t ran = 0;

	for (size_t i = 0; i < CHECKS; i++) {
		const struct check *c = &checks[i];
		uint32_t gate = stopped_by(c, lines, ran);

		if (!(c->side & f->side)) {
			say(&lines[i], DOCTOR_SKIP, "", "Asked of the %s only",
				c->side == SIDE_HOST ? "host" : "guest");
		} else if (f->dump && !(DUMP_CHECKS & GATE(c->number))) {
			say(&lines[i], DOCTOR_SKIP, "", "Config space alone does not tell");
		} else if (gate) {
			say(&lines[i], DOCTOR_SKIP, "", "D%02u comes first", gate);
			ran |= GATE(c->number);
		} else {
			c->fn(f, &lines[i]);
			ran |= GATE(c->number);
		}
	}
}

/* The first failure is what everything behind it hangs on; without one, the first warning. */
static size_t most_likely(const struct doctor_line *lines)
{
	for (uint32_t status = DOCTOR_FAIL; status >= DOCTOR_WARN; status--) {
		for (size_t i = 0; i < CHECKS; i++) {
			if (lines[i].status == status)
				return i;
		}
	}
	return CHECKS;
}

struct paint {
	const char *status[5];
	const char *faint, *bold, *plain;
};

static struct paint choose_paint(void)
{
	static const struct paint none = { { "", "", "", "", "" }, "", "", "" };
	static const struct paint colour = { { "\033[32m", "\033[36m", "\033[2m", "\033[33m", "\033[31m" },
		"\033[2m", "\033[1m", "\033[0m" };
	const char *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && (!no || !*no) ? colour : none;
}

static void show_line(const struct paint *p, const struct check *c, const struct doctor_line *l)
{
	printf("%s%s%s D%02u  %s\n", p->status[l->status], status_names[l->status], p->plain, c->number,
		l->said);
	if (l->status < DOCTOR_WARN)
		return;
	if (*l->how)
		printf("          %sknown from: %s%s\n", p->faint, l->how, p->plain);
	if (*l->fix)
		printf("          %sremedy:     %s%s\n", p->bold, l->fix, p->plain);
}

/* device -- IOMMU --X-- vfio-pci ...: the mark stands before the link that is broken. */
static void draw_chain(const struct paint *p, const struct doctor_line *lines, size_t cause)
{
	uint32_t broken = cause < CHECKS ? checks[cause].stage : STAGE_COUNT;
	uint32_t status = cause < CHECKS ? lines[cause].status : DOCTOR_PASS;

	printf("\n  ");
	for (uint32_t stage = 0; stage < STAGE_LOG; stage++) {
		if (stage == broken)
			printf("%s%s[%s]%s", stage ? "-X-" : "", p->status[status], stage_names[stage],
				p->plain);
		else
			printf("%s%s", stage ? "---" : "", stage_names[stage]);
	}
	printf("\n\n");
}

static void show_text(const struct facts *f, const struct doctor_line *lines, size_t cause)
{
	struct paint p = choose_paint();
	char name[128] = "";

	if (f->has_device) {
		igdpt_host_libpci_name(0x8086, f->device.device, name, sizeof(name));
		printf("igdpt doctor: 8086:%04x%s%s%s\n\n", f->device.device, *name ? " (" : "", name,
			*name ? ")" : "");
	}
	for (size_t i = 0; i < CHECKS; i++)
		show_line(&p, &checks[i], &lines[i]);
	draw_chain(&p, lines, cause);
	if (cause == CHECKS)
		printf("%sD36%s  Nothing found that would keep the IGD from working.\n", p.bold, p.plain);
	else
		printf("%sD36%s  Most likely cause: D%02u. %s.\n     %s%s\n", p.bold, p.plain,
			checks[cause].number, lines[cause].said, *lines[cause].fix ? "Try: " : "",
			lines[cause].fix);
}

static void show_json(const struct facts *f, const struct doctor_line *lines, size_t cause)
{
	struct json j = { .out = stdout };
	char id[8];

	json_begin_object(&j, NULL);
	json_string(&j, "side", f->side == SIDE_GUEST ? "guest" : "host");
	if (f->has_device)
		json_hex(&j, "device", f->device.device);
	if (f->has_device)
		json_hex(&j, "class", f->device.class_code);
	if (f->has_platform)
		json_string(&j, "platform", f->platform.name);
	if (f->config_len >= 0x100) {
		json_hex(&j, "asls", get_le32(f->config + 0xfc));
		json_hex(&j, "ggc", f->ggc);
		json_hex(&j, "bdsm", f->bdsm);
	}
	json_begin_array(&j, "checks");
	for (size_t i = 0; i < CHECKS; i++) {
		snprintf(id, sizeof(id), "D%02u", checks[i].number);
		json_begin_object(&j, NULL);
		json_string(&j, "id", id);
		json_string(&j, "name", checks[i].name);
		json_string(&j, "link", stage_names[checks[i].stage]);
		json_string(&j, "status", status_names[lines[i].status]);
		json_bytes(&j, "said", lines[i].said, strlen(lines[i].said));
		if (*lines[i].how)
			json_bytes(&j, "known_from", lines[i].how, strlen(lines[i].how));
		if (*lines[i].fix)
			json_bytes(&j, "remedy", lines[i].fix, strlen(lines[i].fix));
		json_end_object(&j);
	}
	json_end_array(&j);
	if (cause < CHECKS) {
		snprintf(id, sizeof(id), "D%02u", checks[cause].number);
		json_string(&j, "cause", id);
	} else {
		json_null(&j, "cause");
	}
	json_end_object(&j);
}

static int explain_check(const char *id)
{
	unsigned long number = *id == 'D' || *id == 'd' ? strtoul(id + 1, NULL, 10) : 0;

	if (number == 36) {
		printf("D36 summary\n\nThe first failed check is the most likely cause; without one, the "
		       "first warning.\n");
		return EXIT_FINE;
	}
	for (size_t i = 0; i < CHECKS; i++) {
		if (checks[i].number != number)
			continue;
		printf("D%02u %s (link: %s)\n\n%s\n", checks[i].number, checks[i].name,
			stage_names[checks[i].stage], checks[i].about);
		for (size_t k = 0; k < CHECKS; k++) {
			if (checks[i].needs & GATE(checks[k].number))
				printf("Needs D%02u (%s).\n", checks[k].number, checks[k].name);
		}
		return EXIT_FINE;
	}
	return cli_error("there is no check '%s'; they are D01 to D36", id);
}

struct options {
	bool json, open_vfio;
	const char *root, *goal, *side, *explain, *qemu, *libvirt, *pve, *rom, *log, *lspci;
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
	free(text);
	return true;
}

static bool take_vm(struct vm *vm, const char *path, bool (*parse)(struct vm *vm, const char *text))
{
	char *text;
	size_t len;

	if (!take_text(path, &text, &len))
		return false;
	parse(vm, text);
	free(text);
	return true;
}

static bool take_log(struct facts *f, const char *path)
{
	FILE *in = cli_open_file(path);

	if (!in)
		return false;
	log_scan(in, &f->log);
	f->has_log = true;
	if (in != stdin)
		fclose(in);
	return true;
}

static bool take_root(struct facts *f, const char *path)
{
	f->live = !path;
	f->root = open(path ? path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->root < 0)
		return cli_error("%s: %s", path ? path : "/", strerror(errno)), false;
	return true;
}

static bool gather(struct facts *f, const struct options *o)
{
	if (!take_root(f, o->root))
		return false;
	if ((o->qemu && !take_qemu(&f->vm, o->qemu)) ||
		(o->libvirt && !take_vm(&f->vm, o->libvirt, vm_from_libvirt)) ||
		(o->pve && !take_vm(&f->vm, o->pve, vm_from_pve)) || (o->log && !take_log(f, o->log)) ||
		(o->rom && !cli_read_file(o->rom, ROM_MAX, &f->rom, &f->rom_len)))
		return false;
	if (o->lspci)
		return facts_from_dump(f, o->lspci);
	facts_from_tree(f);
	return true;
}

static int examine(struct facts *f, const struct options *o)
{
	struct doctor_line lines[CHECKS];
	size_t cause;

	if (!gather(f, o))
		return EXIT_CANNOT_RUN;
	memset(lines, 0, sizeof(lines));
	judge_all(f, lines);
	cause = most_likely(lines);
	if (o->json)
		show_json(f, lines, cause);
	else
		show_text(f, lines, cause);
	if (cause == CHECKS)
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

static bool parse_options(int argc, char **argv, struct options *o)
{
	const struct {
		const char *name;
		const char **value;
	} table[] = {
		{ "--root", &o->root }, { "--goal", &o->goal }, { "--side", &o->side },
		{ "--explain", &o->explain }, { "--qemu-args", &o->qemu },
		{ "--libvirt-xml", &o->libvirt }, { "--pve-conf", &o->pve }, { "--rom", &o->rom },
		{ "--log", &o->log }, { "--lspci", &o->lspci },
	};

	for (int i = 1; i < argc; i++) {
		size_t k = 0;

		if (strcmp(argv[i], "--json") == 0) {
			o->json = true;
			continue;
		}
		if (strcmp(argv[i], "--open-vfio") == 0) {
			o->open_vfio = true;
			continue;
		}
		while (k < sizeof(table) / sizeof(table[0]) && strcmp(argv[i], table[k].name) != 0)
			k++;
		if (k == sizeof(table) / sizeof(table[0]) || i + 1 == argc)
			return false;
		*table[k].value = argv[++i];
	}
	return true;
}

static int run_doctor(const struct command *self, int argc, char **argv)
{
	static const char *const goals[] = { "display", "headless", "compute", NULL };
	static const char *const sides[] = { "host", "guest", NULL };
	struct options o = { .json = false };
	uint32_t goal = GOAL_DISPLAY, side = 0;
	struct facts *f;
	int rc;

	if (!parse_options(argc, argv, &o) || !choose(o.goal, goals, &goal) ||
		!choose(o.side, sides, &side))
		return cli_usage(self, "an option is unknown or lacks its value");
	if (o.explain)
		return explain_check(o.explain);
	f = calloc(1, sizeof(*f));
	if (!f)
		return cli_error("out of memory");
	f->goal = goal;
	f->side = side ? SIDE_GUEST : SIDE_HOST;
	f->open_vfio = o.open_vfio;
	f->root = -1;
	rc = examine(f, &o);
	if (f->root >= 0)
		close(f->root);
	free(f->rom);
	free(f);
	return rc;
}

const struct command cmd_doctor = {
	.name = "doctor",
	.summary = "find the broken link between firmware and guest",
	.usage = "usage: igdpt doctor [--json] [--root DIR | --lspci FILE] [--side host|guest]\n"
		 "                    [--goal display|headless|compute] [--qemu-args FILE|PID]\n"
		 "                    [--libvirt-xml FILE] [--pve-conf FILE] [--rom FILE] [--log FILE]\n"
		 "                    [--open-vfio]\n"
		 "       igdpt doctor --explain ID\n\n"
		 "Examines this machine, or the one whose files are below DIR, and never writes to a\n"
		 "device. --open-vfio allows to open the device, which resets it.\n"
		 "Exit status: 0 fine, 1 warnings, 2 failures, 3 could not run.\n",
	.run = run_doctor,
};
