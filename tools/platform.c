/* SPDX-License-Identifier: MIT
 *
 * igdpt platform: what is known of a device id.
 */
#include <string.h>

#include "cli.h"
#include "igdpt/platform.h"

static const char *const codecs[] = { "none", "gen3", "gen6", "gen8", "chv", "gen9", "mtl" };
static const char *const bdsms[] = { "none", "32 bit at 0x5c", "64 bit at 0xc0" };

static void list_json(struct json *j, const struct igdpt_platform *p)
{
	json_begin_object(j, NULL);
	json_hex(j, "device_id", p->device_id);
	json_string(j, "name", p->name);
	json_string(j, "title", p->title);
	json_unsigned(j, "gen", p->gen);
	json_end_object(j);
}

static int list(bool as_json)
{
	struct json j = { .out = stdout };
	struct igdpt_platform p = { .size = sizeof(p) };

	if (as_json)
		json_begin_array(&j, NULL);
	for (size_t n = 0; igdpt_platform_at(n, &p) == 0; n++) {
		if (as_json)
			list_json(&j, &p);
		else
			printf("8086:%04" PRIx32 "  %-8s gen %2" PRIu32 ".%02" PRIu32 "  %s\n",
				p.device_id, p.name, p.gen / 100, p.gen % 100, p.title);
	}
	if (as_json)
		json_end_array(&j);
	return EXIT_FINE;
}

static void show_json(const struct igdpt_platform *p, const struct igdpt_pch *pch)
{
	struct json j = { .out = stdout };

	json_begin_object(&j, NULL);
	if (p->device_id)
		json_hex(&j, "device_id", p->device_id);
	json_string(&j, "name", p->name);
	json_string(&j, "title", p->title);
	json_unsigned(&j, "gen", p->gen);
	json_string(&j, "codec", codecs[p->codec]);
	json_string(&j, "bdsm", bdsms[p->bdsm]);
	json_bool(&j, "integrated", p->flags & IGDPT_PLATFORM_INTEGRATED);
	json_bool(&j, "lmembar", p->flags & IGDPT_PLATFORM_LMEMBAR);
	json_bool(&j, "no_iommu_on_linux", p->flags & IGDPT_PLATFORM_NO_IOMMU);
	json_hex(&j, "swsci", p->flags & IGDPT_PLATFORM_SWSCI_E0 ? 0xe0 : 0xe8);
	if (p->audio_devfn)
		json_hex(&j, "audio_devfn", p->audio_devfn);
	json_begin_array(&j, "pch");
	for (uint32_t i = 0; i < pch->count; i++)
		json_hex(&j, NULL, pch->ids[i]);
	json_end_array(&j);
	json_end_object(&j);
}

static void show_text(const struct igdpt_platform *p, const struct igdpt_pch *pch)
{
	printf("%s (%s), gen %" PRIu32 ".%02" PRIu32 "\n", p->title, p->name, p->gen / 100, p->gen % 100);
	if (!(p->flags & IGDPT_PLATFORM_INTEGRATED)) {
		puts("  discrete: no OpRegion, no stolen memory in system RAM");
		return;
	}
	printf("  GGC codec %s, BDSM %s\n", codecs[p->codec], bdsms[p->bdsm]);
	if (p->flags & IGDPT_PLATFORM_LMEMBAR)
		puts("  stolen memory lies behind BAR2; GGC is at BAR0 + 0x108040");
	if (p->flags & IGDPT_PLATFORM_NO_IOMMU)
		puts("  Linux hosts switch its IOMMU off: not assignable there");
	if (p->audio_devfn)
		printf("  HDMI audio at 00:%02" PRIx32 ".%" PRIx32 "\n", p->audio_devfn >> 3,
			p->audio_devfn & 7);
	if (!pch->count) {
		puts("  Linux looks for no PCH");
		return;
	}
	printf("  PCH: Linux assumes %s beside an emulated bridge; real ids, masked %04" PRIx32 ":",
		pch->name, pch->mask);
	for (uint32_t i = 0; i < pch->count; i++)
		printf(" %04x", pch->ids[i]);
	putchar('\n');
}

static int show(const char *what, bool as_json)
{
	struct igdpt_platform p;
	struct igdpt_pch pch = { .size = sizeof(pch) };

	if (!cli_platform(what, &p)) {
		cli_error("%s: not an Intel graphics device that is known here: give its id, of "
			"lspci -nn -s 02.0, or a name of igdpt platform list", what);
		return EXIT_ERRORS;
	}
	igdpt_platform_pch(p.platform, &pch);
	if (as_json)
		show_json(&p, &pch);
	else
		show_text(&p, &pch);
	return EXIT_FINE;
}

static int run_list(const struct command *self, int argc, char **argv)
{
	int json = cli_json_option(self, argc, argv);

	if (json >= 0 && optind != argc)
		return cli_usage(self, "platform list: unexpected argument '%s'", argv[optind]);
	return json < 0 ? EXIT_CANNOT_RUN : list(json);
}

static int run_show(const struct command *self, int argc, char **argv)
{
	int json = cli_json_option(self, argc, argv);

	if (json >= 0 && optind != argc - 1)
		return cli_usage(self, "platform show: wants an id or a name");
	return json < 0 ? EXIT_CANNOT_RUN : show(argv[optind], json);
}

static int run(const struct command *self, int argc, char **argv)
{
	static const struct subcommand verbs[] = { { "list", run_list }, { "show", run_show } };

	return cli_subcommand(self, verbs, 2, argc, argv);
}

const struct command cmd_platform = {
	.name = "platform",
	.summary = "what is known of a device id",
	.usage = "usage: igdpt platform list [--json]\n"
		 "       igdpt platform show [--json] ID|NAME   e.g. 46a6, 8086:46a6 or adl-p\n",
	.run = run,
};
