/* SPDX-License-Identifier: MIT
 *
 * igdpt dmar: show, judge and build ACPI DMAR tables.
 */
#include "dmar.h"

#include <stdlib.h>
#include <string.h>

#include "igdpt/dmar.h"
#include "igdpt/rmrr.h"
#include "scan.h"

static const char *const structure_names[] = {
	"DRHD", "RMRR", "ATSR", "RHSA", "ANDD", "SATC", "SIDP",
};

static const char *structure_name(uint32_t type)
{
	return type < sizeof(structure_names) / sizeof(structure_names[0]) ? structure_names[type] :
		"unknown";
}

static const char *scope_name(uint32_t type)
{
	static const char *const names[] = {
		"unknown", "endpoint", "bridge", "ioapic", "hpet", "namespace",
	};

	return names[type < sizeof(names) / sizeof(names[0]) ? type : 0];
}

static void path_json(struct json *j, const struct igdpt_dmar_scope *scope)
{
	char pair[8];

	json_begin_array(j, "path");
	for (uint32_t i = 0; i < scope->path_count; i++) {
		snprintf(pair, sizeof(pair), "%02x.%x", scope->path[2 * i], scope->path[2 * i + 1]);
		json_string(j, NULL, pair);
	}
	json_end_array(j);
}

static void scopes_json(struct json *j, const struct igdpt_dmar *dmar,
	const struct igdpt_dmar_structure *s)
{
	struct igdpt_dmar_scope scope = { .size = sizeof(scope) };

	json_begin_array(j, "scopes");
	while (igdpt_dmar_scope_next(dmar, s, &scope, NULL) > 0) {
		json_begin_object(j, NULL);
		json_unsigned(j, "type", scope.type);
		json_unsigned(j, "offset", scope.offset);
		json_unsigned(j, "length", scope.length);
		json_unsigned(j, "flags", scope.flags);
		json_unsigned(j, "enumeration_id", scope.enumeration_id);
		json_unsigned(j, "bus", scope.bus);
		path_json(j, &scope);
		json_end_object(j);
	}
	json_end_array(j);
}

static void rmrr_json(struct json *j, const struct igdpt_dmar *dmar,
	const struct igdpt_dmar_structure *s)
{
	json_begin_object(j, NULL);
	json_unsigned(j, "offset", s->offset);
	json_unsigned(j, "segment", s->segment);
	json_hex(j, "base", s->base);
	json_hex(j, "end", s->end);
	scopes_json(j, dmar, s);
	json_end_object(j);
}

/* The members of a structure that its type has. */
static void fields_json(struct json *j, const struct igdpt_dmar_structure *s)
{
	if (s->type == IGDPT_DMAR_DRHD || s->type == IGDPT_DMAR_ATSR || s->type == IGDPT_DMAR_SATC)
		json_unsigned(j, "flags", s->flags);
	if (s->scopes)
		json_unsigned(j, "segment", s->segment);
	if (s->type == IGDPT_DMAR_DRHD || s->type == IGDPT_DMAR_RMRR || s->type == IGDPT_DMAR_RHSA)
		json_hex(j, "base", s->base);
	if (s->type == IGDPT_DMAR_DRHD)
		json_unsigned(j, "register_size", s->register_size);
	if (s->type == IGDPT_DMAR_RMRR)
		json_hex(j, "end", s->end);
	if (s->type == IGDPT_DMAR_RHSA)
		json_unsigned(j, "proximity_domain", s->proximity_domain);
	if (s->type == IGDPT_DMAR_ANDD) {
		json_unsigned(j, "device_number", s->device_number);
		json_bytes(j, "device_name", s->name, s->name_bytes);
	}
}

static void structure_json(struct json *j, const struct igdpt_dmar *dmar,
	const struct igdpt_dmar_structure *s)
{
	json_begin_object(j, NULL);
	json_unsigned(j, "type", s->type);
	json_unsigned(j, "offset", s->offset);
	json_unsigned(j, "length", s->length);
	json_string(j, "name", structure_name(s->type));
	if (s->state == IGDPT_DMAR_READ)
		fields_json(j, s);
	if (s->scopes)
		scopes_json(j, dmar, s);
	json_end_object(j);
}

typedef void show_fn(struct json *j, const struct igdpt_dmar *dmar,
	const struct igdpt_dmar_structure *s);

static void list_json(struct json *j, const struct igdpt_dmar *dmar, const char *key, show_fn *show,
	bool rmrr_only)
{
	struct igdpt_dmar_structure s = { .size = sizeof(s) };

	json_begin_array(j, key);
	while (dmar->data && igdpt_dmar_next(dmar, &s, NULL) > 0) {
		if (!rmrr_only || (s.type == IGDPT_DMAR_RMRR && s.state == IGDPT_DMAR_READ))
			show(j, dmar, &s);
	}
	json_end_array(j);
}

static void table_json(struct json *j, const struct igdpt_dmar *dmar)
{
	json_unsigned(j, "length", dmar->len);
	json_unsigned(j, "revision", dmar->revision);
	json_bytes(j, "oem_id", dmar->data + 10, 6);
	json_bytes(j, "oem_table_id", dmar->data + 16, 8);
	json_bool(j, "checksum_ok", dmar->checksum_ok);
	json_unsigned(j, "host_address_width", dmar->host_address_width);
	json_unsigned(j, "host_address_width_raw", dmar->host_address_width - 1);
	json_unsigned(j, "flags", dmar->flags);
}

/* The lists are there, and empty, where there is no table. */
static void members_json(struct json *j, const struct igdpt_dmar *dmar)
{
	if (dmar->data)
		table_json(j, dmar);
	list_json(j, dmar, "structures", structure_json, false);
	list_json(j, dmar, "rmrr", rmrr_json, true);
}

static void scopes_text(const struct igdpt_dmar *dmar, const struct igdpt_dmar_structure *s)
{
	struct igdpt_dmar_scope scope = { .size = sizeof(scope) };

	while (igdpt_dmar_scope_next(dmar, s, &scope, NULL) > 0) {
		printf("            %s %02x", scope_name(scope.type), scope.bus);
		for (uint32_t i = 0; i < scope.path_count; i++)
			printf("%c%02x.%x", i ? '/' : ':', scope.path[2 * i], scope.path[2 * i + 1]);
		if (scope.type >= IGDPT_DMAR_SCOPE_IOAPIC)
			printf(" id %u", scope.enumeration_id);
		if (scope.flags)
			printf(" flags 0x%x", scope.flags);
		putchar('\n');
	}
}

/* The name is the table's: what a terminal would obey becomes a dot. */
static void andd_text(const struct igdpt_dmar_structure *s)
{
	printf(" device %u ", s->device_number);
	for (size_t i = 0; i < s->name_bytes; i++)
		putchar(s->name[i] > ' ' && s->name[i] < 0x7f ? s->name[i] : '.');
}

static void fields_text(const struct igdpt_dmar_structure *s)
{
	if (s->type == IGDPT_DMAR_DRHD)
		printf(" segment %u registers 0x%" PRIx64 "%s", s->segment, s->base,
			s->flags & IGDPT_DMAR_INCLUDE_PCI_ALL ? " all other functions" : "");
	else if (s->type == IGDPT_DMAR_RMRR)
		printf(" segment %u 0x%" PRIx64 "-0x%" PRIx64 " (%" PRIu64 " KiB)", s->segment, s->base,
			s->end, s->end >= s->base ? (s->end - s->base) / 1024 + 1 : 0);
	else if (s->type == IGDPT_DMAR_RHSA)
		printf(" registers 0x%" PRIx64 " proximity domain %u", s->base, s->proximity_domain);
	else if (s->type == IGDPT_DMAR_ANDD)
		andd_text(s);
	else
		printf(" segment %u flags 0x%x", s->segment, s->flags);
}

static void table_text(const char *file, const struct igdpt_dmar *dmar)
{
	struct igdpt_dmar_structure s = { .size = sizeof(s) };

	printf("%s: DMAR revision %u, %zu bytes, host address width %u bits, flags 0x%x, checksum %s\n",
		cli_name(file), dmar->revision, dmar->len, dmar->host_address_width, dmar->flags,
		dmar->checksum_ok ? "right" : "wrong");
	while (igdpt_dmar_next(dmar, &s, NULL) > 0) {
		printf("  0x%04" PRIx64 "  %s", s.offset, structure_name(s.type));
		if (s.state == IGDPT_DMAR_READ)
			fields_text(&s);
		else
			printf(" type %u, %u bytes", s.type, s.length);
		putchar('\n');
		scopes_text(dmar, &s);
	}
}

struct show {
	struct json *json; /* NULL for text */
	const struct igdpt_ranges *firmware; /* what /proc/iomem says is reserved, or NULL */
	bool check;        /* findings only */
	int exit;
};

static void judge(const struct igdpt_dmar *dmar, const struct igdpt_ranges *firmware,
	struct cli_findings *findings)
{
	struct igdpt_dmar_validate_opts opts = { .size = sizeof(opts), .words = dmar->len / 8,
		.firmware = firmware };

	/* An RMRR has 24 bytes, and three words of scratch. */
	opts.work = malloc(dmar->len);
	igdpt_dmar_validate(dmar, &opts, cli_show_finding, findings);
	free(opts.work);
}

static void show_table(struct show *show, const char *file, const void *data, size_t len)
{
	struct cli_findings findings = { .json = show->json, .file = file };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_dmar dmar = { 0 };
	struct json *j = show->json;
	int rc = igdpt_dmar_init(&dmar, data, len, &why);

	if (j) {
		json_begin_object(j, NULL);
		json_string(j, "file", file);
	}
	if (rc == 0 && !j && !show->check)
		table_text(file, &dmar);
	if (j && !show->check)
		members_json(j, &dmar);
	if (j)
		json_begin_array(j, "findings");
	if (rc == 0)
		judge(&dmar, show->firmware, &findings);
	else
		cli_show_finding(&findings, &why);
	if (rc < 0 && !j)
		cli_guess(stdout, data, len, "the ACPI table DMAR");
	if (j) {
		json_end_array(j);
		json_end_object(j);
	}
	rc = cli_findings_exit(&findings);
	if (rc > show->exit && (show->check || rc == EXIT_ERRORS))
		show->exit = rc;
}

/* The reserved ranges of /proc/iomem; set->ranges is free()d by the caller. */
static bool read_iomem(const char *path, struct igdpt_ranges *set)
{
	struct igdpt_rmrr_region *regions = NULL;
	struct igdpt_range *ranges = NULL;
	size_t len, n = 0, used = 0;
	uint8_t *text;

	if (!cli_read_file(path, MAX_TABLE, &text, &len))
		return false;
	if (igdpt_rmrr_parse(IGDPT_RMRR_IOMEM, text, len, NULL, &n, NULL) == -IGDPT_E_NOSPACE) {
		regions = calloc(n, sizeof(*regions));
		ranges = calloc(n, sizeof(*ranges));
	}
	if (regions && ranges && igdpt_rmrr_parse(IGDPT_RMRR_IOMEM, text, len, regions, &n, NULL) == 0) {
		for (size_t i = 0; i < n; i++) {
			if (regions[i].type == IGDPT_RMRR_FIRMWARE)
				ranges[used++] = (struct igdpt_range){ regions[i].first, regions[i].last };
		}
		igdpt_ranges_build(set, ranges, used, NULL, NULL, NULL);
		ranges = NULL;
	} else if (n && (!regions || !ranges)) {
		cli_error("%s: out of memory", path);
	} else {
		cli_error("%s: not what root reads in /proc/iomem", path);
	}
	free(text);
	free(regions);
	free(ranges);
	return set->ranges != NULL;
}

static int show_files(struct show *show, int count, char **files)
{
	bool unread = false, several = show->json && count > 1;

	if (several)
		json_begin_array(show->json, NULL);
	for (int i = 0; i < count; i++) {
		uint8_t *data;
		size_t len;

		if (cli_read_file(files[i], MAX_TABLE, &data, &len)) {
			show_table(show, files[i], data, len);
			free(data);
		} else {
			unread = true;
			if (show->json)
				cli_unread_json(show->json, files[i]);
		}
	}
	if (several)
		json_end_array(show->json);
	return unread ? EXIT_CANNOT_RUN : show->exit;
}

static int run_show(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "iomem", required_argument, NULL, 'i' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct json json = { .out = stdout };
	struct igdpt_ranges firmware = { 0 };
	struct show show = { .check = strcmp(argv[0], "check") == 0 };
	const char *iomem = NULL;
	int option, rc;

	while ((option = cli_getopt(self, argc, argv, ":", options)) != -1) {
		if (option == '?')
			return EXIT_CANNOT_RUN;
		if (option == 'i')
			iomem = optarg;
		else
			show.json = &json;
	}
	if (optind == argc)
		return cli_usage(self, "dmar %s: which file?", argv[0]);
	if (iomem && !read_iomem(iomem, &firmware))
		return EXIT_CANNOT_RUN;
	show.firmware = iomem ? &firmware : NULL;
	rc = show_files(&show, argc - optind, argv + optind);
	free((void *)(uintptr_t)firmware.ranges);
	return rc;
}

static int run_dmar(const struct command *self, int argc, char **argv)
{
	if (argc < 2)
		return cli_usage(self, "dmar: what shall be done?");
	if (strcmp(argv[1], "show") == 0 || strcmp(argv[1], "check") == 0)
		return run_show(self, argc - 1, argv + 1);
	if (strcmp(argv[1], "build") == 0)
		return dmar_run_build(self, argc - 1, argv + 1);
	return cli_usage(self, "dmar: unknown verb '%s'", argv[1]);
}

/* What a table prints may be more than sixty times its size; real ones have some hundred bytes. */
#define SCAN_TABLE (1u << 20)

static bool scan_is(const uint8_t *data, size_t len)
{
	return len >= 4 && len <= SCAN_TABLE && memcmp(data, "DMAR", 4) == 0;
}

static void scan_file(const struct scan_input *in, struct json *j, struct cli_findings *findings)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_dmar dmar = { 0 };
	int rc = igdpt_dmar_init(&dmar, in->data, in->len, &why);

	if (j)
		members_json(j, &dmar);
	if (j)
		json_begin_array(j, "findings");
	if (rc == 0)
		judge(&dmar, NULL, findings);
	else
		cli_show_finding(findings, &why);
	if (j)
		json_end_array(j);
}

const struct scan_kind scan_dmar = { "dmar", scan_is, scan_file };

const struct command cmd_dmar = {
	.name = "dmar",
	.summary = "read, judge and build ACPI DMAR tables",
	.usage = "usage: igdpt dmar show|check [--json] [--iomem FILE] FILE...\n"
		 "       igdpt dmar build [OPTION...] -o FILE\n\n"
		 "show: structures, device scopes and findings; warnings leave the exit status at 0\n"
		 "check: findings only\n"
		 "  --json              one object, or an array of them for several files\n"
		 "  --iomem FILE        /proc/iomem, read as root: is each RMRR in a reserved range?\n"
		 "build: a table with one remapping unit and RMRRs; same options, same bytes\n"
		 "  --rmrr BASE-END=SCOPE,SCOPE\n"
		 "                      a reserved region, END inclusive; may be repeated. A scope is\n"
		 "                      BUS:DEV.FN or bridge:BUS:DEV.FN; /DEV.FN goes on behind a bridge\n"
		 "  --from FILE         keep the header and all but the RMRRs of that table\n"
		 "  --haw N             host address width in bits (default: 39)\n"
		 "  --flags N           table flags, added to those of --from\n"
		 "  --drhd ADDRESS      registers of the unit (default: 0xfed90000)\n"
		 "  --oem-revision N    (default: 1, or one more than that of --from)\n"
		 "-o may be written --output.\n",
	.run = run_dmar,
};
