/* SPDX-License-Identifier: MIT
 *
 * igdpt legacy: would QEMU's legacy mode work here, and if not, why not.
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "igdpt/legacy.h"

/* One version for each set of rules. */
static const uint32_t versions[] = { 0x0702, 0x0902, 0x0a00, 0x0a01 };

static const struct {
	const char *word;
	uint32_t flag;
} facts[] = {
	{ "off", IGDPT_LEGACY_OFF },
	{ "no-rom", IGDPT_LEGACY_NO_ROM },
	{ "hotplug", IGDPT_LEGACY_HOTPLUG },
	{ "no-opregion", IGDPT_LEGACY_NO_OPREGION },
	{ "no-host-bridge", IGDPT_LEGACY_NO_HOST },
	{ "no-lpc-bridge", IGDPT_LEGACY_NO_LPC },
	{ "no-vga", IGDPT_LEGACY_NO_VGA },
	{ "x-vga", IGDPT_LEGACY_X_VGA },
	{ "not-02.0", IGDPT_LEGACY_NOT_02_0 },
};

static bool take_fact(struct igdpt_legacy_opts *o, const char *text)
{
	if (strcmp(text, "lpc-at-1f.0") == 0 || strcmp(text, "1f.0-taken") == 0) {
		o->slot_1f = *text == 'l' ? IGDPT_SLOT_1F_LPC : IGDPT_SLOT_1F_OTHER;
		return true;
	}
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		if (strcmp(text, facts[i].word) == 0) {
			o->flags |= facts[i].flag;
			return true;
		}
	}
	return false;
}

static bool take_machine(struct igdpt_legacy_opts *o, const char *text)
{
	static const struct {
		const char *start;
		uint32_t machine;
		bool versions; /* "pc-q35-8.1" */
	} names[] = {
		{ "pc", IGDPT_MACHINE_I440FX, false }, { "i440fx", IGDPT_MACHINE_I440FX, false },
		{ "pc-i440fx", IGDPT_MACHINE_I440FX, true }, { "q35", IGDPT_MACHINE_Q35, false },
		{ "pc-q35", IGDPT_MACHINE_Q35, true }, { "other", IGDPT_MACHINE_OTHER, false },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i].start);

		if (strncmp(text, names[i].start, n) != 0 || (text[n] && (!names[i].versions || text[n] != '-')))
			continue;
		o->machine = names[i].machine;
		return true;
	}
	return false;
}

static bool take_version(const char *text, uint32_t *version)
{
	char *end;
	unsigned long major = strtoul(text, &end, 10), minor = 0;

	if (end != text && *end == '.')
		minor = strtoul(end + 1, &end, 10);
	*version = (uint32_t)(major << 8 | minor);
	return end != text && (!*end || *end == '.') && major < 256 && minor < 256;
}

static int judge(const struct igdpt_legacy_opts *o, uint32_t version, struct json *j)
{
	static const char *const answers[] = { "impossible", "possible", "unknown" };
	struct cli_findings findings = { .json = j };
	char name[24];
	int rc;

	snprintf(name, sizeof(name), "QEMU %u.%u", version >> 8, version & 0xff);
	findings.file = name;
	if (j) {
		json_begin_object(j, NULL);
		json_string(j, "qemu", name + 5);
		json_begin_array(j, "findings");
	}
	rc = igdpt_legacy_check(o, version, cli_show_finding, &findings);
	if (j) {
		json_end_array(j);
		json_string(j, "legacy_mode", rc < 0 ? "invalid" : answers[rc]);
		json_end_object(j);
	} else if (rc >= 0) {
		printf("%s: legacy mode is %s\n", name, answers[rc]);
	}
	return rc < 0 ? cli_error("%s: no legacy mode before 2.7", name) : cli_findings_exit(&findings);
}

static int judge_all(const struct igdpt_legacy_opts *o, uint32_t version, bool as_json)
{
	struct json j = { .out = stdout };
	int best = EXIT_CANNOT_RUN;

	if (as_json)
		json_begin_array(&j, NULL);
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		int rc = judge(o, version ? version : versions[i], as_json ? &j : NULL);

		best = rc < best ? rc : best;
		if (version)
			break;
	}
	if (as_json)
		json_end_array(&j);
	return best;
}

static int run(const struct command *self, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "device", required_argument, NULL, 'd' },
		{ "machine", required_argument, NULL, 'm' },
		{ "qemu", required_argument, NULL, 'q' },
		{ "ggc", required_argument, NULL, 'g' },
		{ "class", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct igdpt_platform p = { 0 };
	struct igdpt_legacy_opts o = { .size = sizeof(o), .platform = &p };
	uint32_t version = 0;
	uint64_t number = 0;
	bool as_json = false, ok = true;
	int c = 0;

	while (ok && (c = cli_getopt(self, argc, argv, ":", longs)) != -1) {
		if (c == 'g' || c == 'c')
			ok = cli_number(optarg, &number) && number <= 0xffffff;
		if (c == 'g')
			o.ggc = (uint32_t)number;
		else if (c == 'c')
			o.class_code = (uint32_t)number;
		else if (c == 'm')
			ok = take_machine(&o, optarg);
		else if (c == 'q')
			ok = take_version(optarg, &version);
		else if (c == 'd')
			ok = cli_platform(optarg, &p) && p.device_id; /* QEMU goes by the id */
		else
			ok = as_json = c == 'j';
	}
	if (!ok)
		return c == '?' ? EXIT_CANNOT_RUN : cli_bad_value(self, argv, longs, c);
	for (; optind < argc; optind++) {
		if (!take_fact(&o, argv[optind]))
			return cli_usage(self, "legacy: no such fact: %s", argv[optind]);
	}
	if (!p.size)
		return cli_usage(self, "legacy: name the device");
	return judge_all(&o, version, as_json);
}

const struct command cmd_legacy = {
	.name = "legacy",
	.summary = "would QEMU's legacy mode work, and if not, why not",
	.usage = "usage: igdpt legacy --device ID [OPTION...] [FACT...]\n"
		 "  --machine pc|q35|other  the guest's machine, also as pc-q35-9.2; default pc\n"
		 "  --qemu VERSION        one version; default: one for each set of rules\n"
		 "  --ggc GGC --class CLASS --json\n"
		 "Facts: off no-rom hotplug no-opregion no-host-bridge no-lpc-bridge no-vga x-vga not-02.0\n"
		 "       lpc-at-1f.0 1f.0-taken\n"
		 "The exit status is that of the best version.\n",
	.run = run,
};
