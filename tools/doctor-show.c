/* SPDX-License-Identifier: MIT
 *
 * The doctor's report as text, as JSON and as metrics.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../lib/bytes.h"
#include "cli.h"
#include "doctor.h"

#define INDENT 11u
#define WIDTH_MIN 40u
#define WIDTH_MAX 110u

static const char *const stage_names[STAGE_COUNT] = { "device", "IOMMU", "vfio-pci", "OpRegion",
	"VBT", "stolen memory", "VMM", "guest", "log" };
static const char *const status_names[] = { "PASS", "INFO", "SKIP", "WARN", "FAIL" };
static const char *const goal_names[] = { "display", "headless", "compute" };

const char *doctor_stage_name(uint32_t stage)
{
	return stage_names[stage];
}

const char *doctor_status_name(uint32_t status)
{
	return status_names[status];
}

struct paint {
	const char *status[5];
	const char *faint, *bold, *plain;
	unsigned width; /* of lines; 0: not broken */
};

static unsigned terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < WIDTH_MIN)
		return 80;
	return size.ws_col < WIDTH_MAX ? size.ws_col : WIDTH_MAX;
}

static struct paint choose_paint(void)
{
	struct paint p = { { "", "", "", "", "" }, "", "", "", 0 };
	static const struct paint colour = { { "\033[32m", "\033[36m", "\033[2m", "\033[33m",
		"\033[1;31m" }, "\033[2m", "\033[1m", "\033[0m", 0 };
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (!isatty(STDOUT_FILENO))
		return p;
	if ((!no || !*no) && term && strcmp(term, "dumb") != 0)
		p = colour;
	p.width = terminal_width();
	return p;
}

/* Words from column `at` on; what does not fit goes to the next line, behind `indent` blanks. */
static void wrapped(const struct paint *p, unsigned at, unsigned indent, const char *text)
{
	for (const char *w = text; *w;) {
		unsigned n = (unsigned)strcspn(w, " ");

		if (w != text) {
			bool fits = !p->width || at + 1 + n < p->width;

			if (fits)
				putchar(' ');
			else
				printf("\n%*s", (int)indent, "");
			at = fits ? at + 1 : indent;
		}
		printf("%.*s", (int)n, w);
		at += n;
		w += n + strspn(w + n, " ");
	}
}

/* "label  text" below a check. */
static void show_detail(const struct paint *p, const char *paint, const char *label,
	const char *text)
{
	if (!*text)
		return;
	printf("%*s%s%-5s ", (int)INDENT, "", paint, label);
	wrapped(p, INDENT + 6, INDENT + 6, text);
	printf("%s\n", p->plain);
}

static void show_line(const struct paint *p, const struct doctor_check *c,
	const struct doctor_line *l)
{
	const char *body = l->status == DOCTOR_SKIP ? p->faint : l->status >= DOCTOR_WARN ? p->bold : "";

	printf(" %s%s%s  D%02u %s ", p->status[l->status], status_names[l->status], p->plain, c->number,
		body);
	wrapped(p, INDENT, INDENT, l->said);
	printf("%s\n", p->plain);
	if (l->status >= DOCTOR_WARN)
		show_detail(p, p->faint, "from:", l->how);
	for (uint32_t i = 0; i < l->note_count && l->status != DOCTOR_SKIP; i++)
		show_detail(p, "", "also:", l->notes[i]);
	show_detail(p, "", "do:", l->fix);
}

/* What a link of the chain came to: its worst line, or SKIP if nothing was judged. */
static uint32_t stage_status(const struct doctor_line *lines, uint32_t stage)
{
	uint32_t worst = DOCTOR_SKIP;
	bool judged = false;

	for (size_t i = 0; i < DOCTOR_CHECKS; i++) {
		if (doctor_checks[i].stage != stage || lines[i].status == DOCTOR_SKIP)
			continue;
		if (!judged || lines[i].status > worst)
			worst = lines[i].status;
		judged = true;
	}
	return worst;
}

static void centred(const char *text, unsigned width)
{
	unsigned len = (unsigned)strlen(text), left = len < width ? (width - len) / 2 : 0;

	printf("%*s%s%*s", (int)left, "", text, (int)(len + left < width ? width - len - left : 0), "");
}

/* device-X-[IOMMU]---vfio-pci ...: the mark stands before the link that is broken. */
static void draw_chain(const struct paint *p, const struct doctor_line *lines, size_t cause)
{
	static const char *const words[] = { "ok", "ok", "-", "WARN", "FAIL" };
	uint32_t broken = cause < DOCTOR_CHECKS ? doctor_checks[cause].stage : STAGE_COUNT;

	printf("\n  ");
	for (uint32_t stage = 0; stage < STAGE_LOG; stage++) {
		uint32_t status = stage_status(lines, stage);
		bool here = stage == broken;

		printf("%s%s%s%s%s%s", stage ? here ? "-X-" : "---" : "", p->status[status], here ? "[" : "",
			stage_names[stage], here ? "]" : "", p->plain);
	}
	printf("\n  ");
	for (uint32_t stage = 0; stage < STAGE_LOG; stage++) {
		uint32_t status = stage_status(lines, stage);
		unsigned width = (unsigned)strlen(stage_names[stage]) + (stage == broken ? 2 : 0);

		printf("%*s%s", stage ? 3 : 0, "", p->status[status]);
		centred(words[status], width);
		printf("%s", p->plain);
	}
	printf("\n\n");
}

static void show_head(const struct facts *f, const struct paint *p)
{
	char name[128] = "";

	printf("%sigdpt doctor%s", p->bold, p->plain);
	if (f->has_device) {
		igdpt_host_libpci_name(0x8086, f->device.device, name, sizeof(name));
		printf("  %s 8086:%04x%s%s", device_name(f), f->device.device, *name ? " " : "", name);
	}
	printf("  %s%s, goal: %s%s\n\n", p->faint, f->side == SIDE_GUEST ? "guest" : "host",
		goal_names[f->goal], p->plain);
}

/* "%s" in a command is the device. */
static void expand(const struct facts *f, const char *command, size_t len, char text[256])
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < 230; i++) {
		if (command[i] == '%' && i + 1 < len && command[i + 1] == 's') {
			n += (size_t)snprintf(text + n, 256 - n, "%s",
				f->has_device ? device_name(f) : "0000:00:02.0");
			i++;
		} else {
			text[n++] = command[i];
		}
	}
	text[n] = '\0';
}

static void each_command(const struct facts *f, size_t cause,
	void (*fn)(void *user, const char *command), void *user)
{
	char text[256];

	for (const char *p = doctor_checks[cause].commands; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		expand(f, p, strcspn(p, "\n"), text);
		fn(user, text);
	}
}

static void print_command(void *user, const char *command)
{
	const struct paint *p = user;

	printf("     %s%s%s\n", p->faint, command, p->plain);
}

static void show_counts(const struct paint *p, const struct doctor_line *lines)
{
	unsigned counts[5] = { 0 };

	for (size_t i = 0; i < DOCTOR_CHECKS; i++)
		counts[lines[i].status]++;
	printf("%s%u failure%s, %u warning%s, %u passed, %u skipped.%s\n", p->faint, counts[DOCTOR_FAIL],
		cli_plural(counts[DOCTOR_FAIL]), counts[DOCTOR_WARN],
		cli_plural(counts[DOCTOR_WARN]), counts[DOCTOR_PASS] + counts[DOCTOR_INFO],
		counts[DOCTOR_SKIP], p->plain);
}

/* No check of this side was skipped. */
static bool all_judged(const struct facts *f, const struct doctor_line *lines)
{
	for (size_t i = 0; i < DOCTOR_CHECKS; i++) {
		if (doctor_checks[i].side & f->side && lines[i].status == DOCTOR_SKIP)
			return false;
	}
	return true;
}

/* As a sentence, which texts of other origin may be already. */
static const char *full_stop(const char *text)
{
	size_t n = strlen(text);

	return n && strchr(".!?", text[n - 1]) ? "" : ".";
}

static void show_cause(const struct facts *f, struct paint *p, const struct doctor_line *lines,
	size_t cause)
{
	const struct doctor_line *l;
	char head[300];

	if (cause == DOCTOR_CHECKS) {
		printf("%sD36%s  Nothing found%s that would keep the IGD from working.\n", p->bold, p->plain,
			all_judged(f, lines) ? "" : " in what was read");
		return;
	}
	l = &lines[cause];
	snprintf(head, sizeof(head), "Most likely cause: D%02u. %s%s", doctor_checks[cause].number,
		l->said, full_stop(l->said));
	printf("%sD36  ", p->bold);
	wrapped(p, 5, 5, head);
	printf("%s\n", p->plain);
	if (*l->fix) {
		printf("     ");
		wrapped(p, 5, 5, l->fix);
		printf("%s\n", full_stop(l->fix));
	}
	printf("     Commands that tell more:\n");
	each_command(f, cause, print_command, p);
	printf("     %sigdpt doctor --explain D%02u%s\n", p->faint, doctor_checks[cause].number, p->plain);
}

void doctor_show_text(const struct facts *f, const struct doctor_line *lines, size_t cause)
{
	struct paint p = choose_paint();

	show_head(f, &p);
	for (size_t i = 0; i < DOCTOR_CHECKS; i++)
		show_line(&p, &doctor_checks[i], &lines[i]);
	draw_chain(&p, lines, cause);
	show_counts(&p, lines);
	show_cause(f, &p, lines, cause);
}

static void id_of(size_t i, char id[8])
{
	snprintf(id, 8, "D%02u", doctor_checks[i].number);
}

static void json_check(struct json *j, size_t i, const struct doctor_line *l)
{
	char id[8];

	id_of(i, id);
	json_begin_object(j, NULL);
	json_string(j, "id", id);
	json_string(j, "name", doctor_checks[i].name);
	json_string(j, "link", stage_names[doctor_checks[i].stage]);
	json_string(j, "status", status_names[l->status]);
	json_string(j, "said", l->said);
	if (*l->how)
		json_string(j, "known_from", l->how);
	if (*l->fix)
		json_string(j, "remedy", l->fix);
	if (l->note_count)
		json_begin_array(j, "notes");
	for (uint32_t n = 0; n < l->note_count; n++)
		json_string(j, NULL, l->notes[n]);
	if (l->note_count)
		json_end_array(j);
	json_end_object(j);
}

/* The checksum of zip: the same OpRegion on host and guest has the same. */
uint32_t doctor_crc32(const uint8_t *data, size_t len)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < len; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
	}
	return ~crc;
}

static void json_device(struct json *j, const struct facts *f)
{
	json_string(j, "side", f->side == SIDE_GUEST ? "guest" : "host");
	json_string(j, "goal", goal_names[f->goal]);
	if (f->has_device) {
		json_string(j, "address", device_name(f));
		json_hex(j, "device", f->device.device);
		json_hex(j, "class", f->device.class_code);
	}
	if (f->has_platform)
		json_string(j, "platform", f->platform.name);
	if (f->config_len >= 0x100) {
		json_hex(j, "asls", get_le32(f->config + 0xfc));
		json_hex(j, "ggc", f->ggc);
		json_hex(j, "bdsm", f->bdsm);
	}
	if (f->source) {
		json_unsigned(j, "opregion_bytes", f->opregion_len);
		json_hex(j, "opregion_crc32", doctor_crc32(f->opregion, f->opregion_len));
	}
}

static void json_command(void *user, const char *command)
{
	json_string(user, NULL, command);
}

void doctor_members_json(struct json *j, const struct facts *f, const struct doctor_line *lines,
	size_t cause)
{
	char id[8];

	json_device(j, f);
	json_begin_array(j, "checks");
	for (size_t i = 0; i < DOCTOR_CHECKS; i++)
		json_check(j, i, &lines[i]);
	json_end_array(j);
	if (cause == DOCTOR_CHECKS) {
		json_null(j, "cause");
		return;
	}
	id_of(cause, id);
	json_string(j, "cause", id);
	json_begin_array(j, "commands");
	each_command(f, cause, json_command, j);
	json_end_array(j);
}

void doctor_show_json(const struct facts *f, const struct doctor_line *lines, size_t cause)
{
	struct json j = { .out = stdout };

	json_begin_object(&j, NULL);
	doctor_members_json(&j, f, lines, cause);
	json_end_object(&j);
}

static void metric_help(const char *name, const char *help)
{
	printf("# HELP igdpt_%s %s\n# TYPE igdpt_%s gauge\n", name, help, name);
}

/* Label values are words of this program's own tables: none needs an escape. */
void doctor_show_prometheus(const struct facts *f, const struct doctor_line *lines, size_t cause)
{
	char id[8];

	if (f->has_device) {
		metric_help("device_info", "The IGD that was examined.");
		printf("igdpt_device_info{address=\"%s\",device=\"%04x\",platform=\"%s\"} 1\n",
			device_name(f), f->device.device, f->has_platform ? f->platform.name : "");
	}
	metric_help("check_status", "0 pass, 1 info, 2 skip, 3 warning, 4 failure.");
	for (size_t i = 0; i < DOCTOR_CHECKS; i++) {
		id_of(i, id);
		printf("igdpt_check_status{id=\"%s\",name=\"%s\",link=\"%s\"} %u\n", id,
			doctor_checks[i].name, stage_names[doctor_checks[i].stage], lines[i].status);
	}
	if (cause == DOCTOR_CHECKS)
		return;
	id_of(cause, id);
	metric_help("cause", "The check that is the most likely cause.");
	printf("igdpt_cause{id=\"%s\"} 1\n", id);
}
