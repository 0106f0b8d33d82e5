/* SPDX-License-Identifier: MIT
 *
 * The checks in their order, and how they say what they found.
 */
#include "doctor.h"

#include <stdarg.h>
#include <string.h>

#define GATE(n) (UINT64_C(1) << (n))
/* What an lspci dump can tell, and what the other inputs tell beside it. */
#define DUMP_CHECKS (GATE(1) | GATE(2) | GATE(3) | GATE(4) | GATE(10) | GATE(14) | GATE(22) | INPUT_CHECKS)
#define INPUT_CHECKS \
	(GATE(25) | GATE(26) | GATE(27) | GATE(28) | GATE(30) | GATE(34) | GATE(35))

const struct doctor_check doctor_checks[DOCTOR_CHECKS] = {
#define DOCTOR_CHECK(number, name, stage, side, needs, fn, about, commands)                         \
	{ number, name, stage, side, needs, fn, about, commands },
#include "doctor-checks.def"
#undef DOCTOR_CHECK
};

void say(struct doctor_line *line, uint32_t status, const char *fix, const char *format, ...)
{
	va_list args;

	line->status = status;
	snprintf(line->fix, sizeof(line->fix), "%s", fix);
	cli_plain(line->fix);
	va_start(args, format);
	vsnprintf(line->said, sizeof(line->said), format, args);
	va_end(args);
	cli_plain(line->said);
}

void because(struct doctor_line *line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(line->how, sizeof(line->how), format, args);
	va_end(args);
	cli_plain(line->how);
}

void note(struct doctor_line *line, const char *format, ...)
{
	va_list args;
	char *text;

	if (line->note_count == DOCTOR_NOTES)
		return;
	text = line->notes[line->note_count++];
	va_start(args, format);
	vsnprintf(text, sizeof(line->notes[0]), format, args);
	va_end(args);
	cli_plain(text);
}

uint32_t for_display(const struct facts *f, uint32_t status)
{
	return f->goal == GOAL_DISPLAY ? status : DOCTOR_INFO;
}

uint32_t for_legacy(const struct facts *f, uint32_t status)
{
	return f->vm.igd && f->vm.machine == IGDPT_MACHINE_Q35 ? DOCTOR_INFO : for_display(f, status);
}

bool is_vfio_driver(const char *driver)
{
	return strcmp(driver, "vfio-pci") == 0 || strstr(driver, "-vfio-pci");
}

void keep_worst(void *user, const struct igdpt_finding *finding)
{
	struct igdpt_finding *worst = user;

	if (finding->severity > worst->severity)
		*worst = *finding;
}

void judge_finding(struct doctor_line *line, const struct igdpt_finding *worst, const char *good)
{
	struct igdpt_finding_info info = { .size = sizeof(info) };
	char text[200];

	if (worst->severity < IGDPT_SEV_WARNING || igdpt_finding_describe(worst->id, &info) < 0) {
		say(line, DOCTOR_PASS, "", "%s", good);
		return;
	}
	igdpt_finding_format(worst, text, sizeof(text));
	say(line, worst->severity == IGDPT_SEV_ERROR ? DOCTOR_FAIL : DOCTOR_WARN, info.remedy, "%s [%s]",
		text, info.name);
}

void say_no_config(const struct facts *f, struct doctor_line *l, const char *reg)
{
	if (f->dump)
		say(l, DOCTOR_SKIP, "Take the dump as root, with lspci -xxx",
			"%s is not in the %zu bytes of config space of the dump", reg, f->config_len);
	else
		say(l, DOCTOR_SKIP, "", "%s cannot be read without root", reg);
}

/* These failing stops others; that they could not be judged does not. */
#define OPTIONAL (GATE(7) | GATE(12) | GATE(14))

static bool stops(const struct doctor_check *gate, const struct doctor_line *line)
{
	return line->status == DOCTOR_FAIL ||
		(line->status == DOCTOR_SKIP && !(OPTIONAL & GATE(gate->number)));
}

/* The first gate that stops a check, 0 if none does. */
static uint32_t stopped_by(const struct doctor_check *c, const struct doctor_line *lines,
	uint64_t ran)
{
	for (size_t i = 0; i < DOCTOR_CHECKS && doctor_checks[i].number < c->number; i++) {
		if ((c->needs & GATE(doctor_checks[i].number)) && (ran & GATE(doctor_checks[i].number)) &&
			stops(&doctor_checks[i], &lines[i]))
			return doctor_checks[i].number;
	}
	return 0;
}

void doctor_judge(const struct facts *f, struct doctor_line *lines)
{
	uint64_t ran = 0;

	for (size_t i = 0; i < DOCTOR_CHECKS; i++) {
		const struct doctor_check *c = &doctor_checks[i];
		uint32_t gate = stopped_by(c, lines, ran);

		if (!(c->side & f->side)) {
			say(&lines[i], DOCTOR_SKIP, "", "Asked of the %s only",
				c->side == SIDE_HOST ? "host" : "guest");
		} else if (f->dump && !(DUMP_CHECKS & GATE(c->number))) {
			say(&lines[i], DOCTOR_SKIP, "", "The dump does not tell");
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
size_t doctor_cause(const struct doctor_line *lines)
{
	for (uint32_t status = DOCTOR_FAIL; status >= DOCTOR_WARN; status--) {
		for (size_t i = 0; i < DOCTOR_CHECKS; i++) {
			if (lines[i].status == status)
				return i;
		}
	}
	return DOCTOR_CHECKS;
}
