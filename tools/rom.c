/* SPDX-License-Identifier: MIT
 *
 * igdpt rom: what an option ROM holds.
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "igdpt/rom.h"
#include "scan.h"

/* The largest expansion ROM BAR: PCI Local Bus Specification 6.2.5.2. */
#define ROM_MAX ((size_t)16 << 20)

struct options {
	const char *patch;
	uint32_t device;
	bool json;
};

static const char *code_name(uint32_t code_type)
{
	static const char *const names[] = { "x86", "open-firmware", "pa-risc", "efi" };

	return code_type < 4 ? names[code_type] : "unknown";
}

static const struct {
	uint32_t driver;
	const char *name;
} drivers[] = {
	{ IGDPT_ROM_IGD_ASSIGNMENT, "IgdAssignmentDxe" },
	{ IGDPT_ROM_GOP_POLICY, "PlatformGopPolicy" },
	{ IGDPT_ROM_INTEL_GOP, "IntelGopDriver" },
};

#define DRIVERS (sizeof(drivers) / sizeof(drivers[0]))

static void image_json(struct json *j, const struct igdpt_rom_image *image)
{
	json_begin_object(j, NULL);
	json_hex(j, "offset", image->offset);
	json_unsigned(j, "bytes", image->bytes);
	json_string(j, "code_type", code_name(image->code_type));
	json_hex(j, "vendor_id", image->vendor_id);
	json_hex(j, "device_id", image->device_id);
	json_hex(j, "class_code", image->class_code);
	json_unsigned(j, "further_devices", image->device_count);
	json_bool(j, "last", image->flags & IGDPT_ROM_LAST);
	if (image->code_type == IGDPT_ROM_X86)
		json_bool(j, "checksum_ok", !(image->flags & IGDPT_ROM_CHECKSUM_BAD));
	if (image->code_type == IGDPT_ROM_EFI) {
		json_hex(j, "efi_machine", image->efi_machine);
		json_bool(j, "compressed", image->flags & IGDPT_ROM_COMPRESSED);
	}
	json_begin_array(j, "drivers");
	for (size_t i = 0; i < DRIVERS; i++) {
		if (image->drivers & drivers[i].driver)
			json_string(j, NULL, drivers[i].name);
	}
	json_end_array(j);
	if (image->vbt)
		json_hex(j, "vbt", image->offset + image->vbt);
	if (image->bdsm) {
		json_hex(j, "cached_bdsm", image->offset + image->bdsm);
		json_hex(j, "cached_bdsm_value", image->bdsm_value);
	}
	json_end_object(j);
}

static void image_text(const struct igdpt_rom_image *image)
{
	printf("  image at 0x%" PRIx64 ", %" PRIu32 " bytes: %s, %04" PRIx32 ":%04" PRIx32
	       ", class %06" PRIx32, image->offset, image->bytes, code_name(image->code_type),
		image->vendor_id, image->device_id, image->class_code);
	if (image->device_count)
		printf(", %" PRIu32 " further device ids", image->device_count);
	if (image->flags & IGDPT_ROM_COMPRESSED)
		printf(", compressed");
	putchar('\n');
	for (size_t i = 0; i < DRIVERS; i++) {
		if (image->drivers & drivers[i].driver)
			printf("    holds %s\n", drivers[i].name);
	}
	if (image->vbt)
		printf("    VBT at 0x%" PRIx64 ", %" PRIu32 " bytes\n", image->offset + image->vbt,
			image->vbt_bytes);
	if (image->bdsm)
		printf("    cached BDSM at 0x%" PRIx64 ": 0x%" PRIx32 "\n",
			image->offset + image->bdsm, image->bdsm_value);
}

static void show_images(const uint8_t *rom, size_t len, struct json *j)
{
	struct igdpt_rom_image image = { .size = sizeof(image) };

	if (j)
		json_begin_array(j, "images");
	while (igdpt_rom_next(rom, len, &image, NULL) > 0) {
		if (j)
			image_json(j, &image);
		else
			image_text(&image);
	}
	if (j)
		json_end_array(j);
}

static int write_patched(const struct options *o, const uint8_t *rom, size_t len,
	struct cli_findings *findings)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	uint8_t *out = malloc(len ? len : 1);
	int rc = EXIT_FINE;

	if (!out)
		return cli_error("out of memory");
	if (igdpt_rom_patch(rom, len, out, &len, &why) < 0)
		cli_show_finding(findings, &why);
	else if (!cli_write_file(o->patch, out, len))
		rc = EXIT_CANNOT_RUN;
	free(out);
	return rc;
}

static bool scan_is(const uint8_t *data, size_t len)
{
	return len >= 2 && data[0] == 0x55 && data[1] == 0xaa;
}

static int inspect(const struct options *o, const char *path, struct json *j)
{
	struct cli_findings findings = { .json = j, .file = path };
	uint8_t *rom;
	size_t len;
	int rc = EXIT_FINE;

	if (!cli_read_file(path, ROM_MAX, &rom, &len)) {
		if (j)
			cli_unread_json(j, path);
		return EXIT_CANNOT_RUN;
	}
	if (j) {
		json_begin_object(j, NULL);
		json_string(j, "file", path);
	} else {
		printf("%s: %zu bytes\n", cli_name(path), len);
	}
	show_images(rom, len, j);
	if (j)
		json_begin_array(j, "findings");
	igdpt_rom_check(rom, len, o->device, cli_show_finding, &findings);
	if (!j && !scan_is(rom, len))
		cli_guess(stdout, rom, len, "a PCI option ROM");
	if (o->patch)
		rc = write_patched(o, rom, len, &findings);
	if (j) {
		json_end_array(j);
		json_end_object(j);
	}
	free(rom);
	return rc ? rc : cli_findings_exit(&findings);
}

static int inspect_all(const struct options *o, int count, char **paths)
{
	struct json j = { .out = stdout };
	int worst = EXIT_FINE;

	if (o->json)
		json_begin_array(&j, NULL);
	for (int i = 0; i < count; i++) {
		int rc = inspect(o, paths[i], o->json ? &j : NULL);

		worst = rc > worst ? rc : worst;
	}
	if (o->json)
		json_end_array(&j);
	return worst;
}

static int run(const struct command *self, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "device", required_argument, NULL, 'd' },
		{ "patch", required_argument, NULL, 'p' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { NULL, 0, false };
	int c;

	if (argc < 2 || strcmp(argv[1], "inspect") != 0)
		return cli_usage(self, "rom: say inspect");
	argc--;
	argv++;
	while ((c = cli_getopt(self, argc, argv, ":", longs)) != -1) {
		if (c == '?')
			return EXIT_CANNOT_RUN;
		if (c == 'j')
			o.json = true;
		else if (c == 'p')
			o.patch = optarg;
		else if (!cli_device_id(optarg, &o.device))
			return cli_bad_value(self, argv, longs, c);
	}
	if (o.patch && strcmp(o.patch, "-") == 0)
		return cli_usage(self, "rom inspect: --patch wants a file, for the report goes to standard output");
	if (optind == argc || (o.patch && optind + 1 != argc))
		return cli_usage(self, "rom inspect: name %s", o.patch ? "one ROM" : "a ROM");
	return inspect_all(&o, argc - optind, argv + optind);
}

static void scan_file(const struct scan_input *in, struct json *j, struct cli_findings *findings)
{
	if (j)
		show_images(in->data, in->len, j);
	if (j)
		json_begin_array(j, "findings");
	igdpt_rom_check(in->data, in->len, 0, cli_show_finding, findings);
	if (j)
		json_end_array(j);
}

const struct scan_kind scan_rom = { "rom", scan_is, scan_file };

const struct command cmd_rom = {
	.name = "rom",
	.summary = "what an option ROM holds: images, drivers, VBT, the host's BDSM",
	.usage = "usage: igdpt rom inspect [--device ID] [--patch OUT] [--json] FILE...\n"
		 "  --device ID  the IGD's device id, e.g. 46a6\n"
		 "  --patch OUT  write a copy without the host's stolen memory base\n",
	.run = run,
};
