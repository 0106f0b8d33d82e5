/* SPDX-License-Identifier: MIT */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "utf8.h"

char *cli_plain(char *text)
{
	unsigned char *p = (unsigned char *)text, *end = p + strlen(text);

	while (p < end) {
		size_t n = utf8_character(p, (size_t)(end - p));
		bool obeyed = n == 1 ? *p < ' ' || *p == 0x7f : utf8_is_c1(p, n);

		if (!n || obeyed)
			memset(p, '?', n ? n : 1);
		p += n ? n : 1;
	}
	return text;
}

const char *cli_name(const char *path)
{
	static _Thread_local char text[PATH_MAX];

	snprintf(text, sizeof(text), "%s", path);
	return cli_plain(text);
}

static void complain(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

static void complain(const char *format, va_list args)
{
	char text[2 * PATH_MAX];

	vsnprintf(text, sizeof(text), format, args);
	fflush(stdout);
	fprintf(stderr, "igdpt: %s", cli_plain(text));
}

int cli_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	fputc('\n', stderr);
	return EXIT_CANNOT_RUN;
}

int cli_usage(const struct command *self, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	fprintf(stderr, "; try igdpt %s --help\n", self->name);
	return EXIT_CANNOT_RUN;
}

/* "vbt show", or the verb alone where there is no other word. */
static const char *verb(const struct command *self, char **argv)
{
	static _Thread_local char text[32];
	bool alone = strcmp(self->name, argv[0]) == 0;

	snprintf(text, sizeof(text), "%s%s%s", self->name, alone ? "" : " ", alone ? "" : argv[0]);
	return text;
}

/* Of "-json" getopt takes one letter at a time: it is the next word until all are taken. */
static const char *unknown_option(char **argv)
{
	const char *next = argv[optind];

	return optopt && next && next[0] == '-' && next[1] != '-' && strchr(next, optopt) ? next :
		argv[optind - 1];
}

int cli_getopt(const struct command *self, int argc, char **argv, const char *shorts,
	const struct option *longs)
{
	int option;

	opterr = 0;
	option = getopt_long(argc, argv, shorts, longs, NULL);
	if (option == '?')
		cli_usage(self, "%s: unknown option '%s'", verb(self, argv), unknown_option(argv));
	if (option == ':')
		cli_usage(self, "%s: %s needs a value", verb(self, argv), argv[optind - 1]);
	return option == ':' ? '?' : option;
}

int cli_json_option(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' }, { NULL, 0, NULL, 0 },
	};
	int option, json = 0;

	while ((option = cli_getopt(self, argc, argv, ":", options)) != -1) {
		if (option == '?')
			return -1;
		json = 1;
	}
	return json;
}

int cli_bad_value(const struct command *self, char **argv, const struct option *longs, int option)
{
	while (longs->val != option)
		longs++;
	return cli_usage(self, "%s: bad value '%s' for --%s", verb(self, argv), optarg, longs->name);
}

int cli_subcommand(const struct command *self, const struct subcommand *subs, size_t count, int argc,
	char **argv)
{
	if (argc < 2)
		return cli_usage(self, "%s: what shall be done?", self->name);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(argv[1], subs[i].name) == 0)
			return subs[i].run(self, argc - 1, argv + 1);
	}
	return cli_usage(self, "%s: unknown verb '%s'", self->name, argv[1]);
}

static bool because(char *reason, const char *what)
{
	snprintf(reason, CLI_REASON, "%s", what);
	return false;
}

static FILE *open_file(const char *path, char *reason)
{
	struct stat st;
	FILE *in;

	if (strcmp(path, "-") == 0)
		return stdin;
	/* A FIFO would block in open(); nothing but files and character devices holds a table. */
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode)) {
		because(reason, "not a file");
		return NULL;
	}
	in = fopen(path, "rb");
	if (!in)
		because(reason, strerror(errno));
	return in;
}

FILE *cli_open_file(const char *path)
{
	char reason[CLI_REASON];
	FILE *in = open_file(path, reason);

	if (!in)
		cli_error("%s: %s", path, reason);
	return in;
}

/* Reads one byte more than max, to tell a full buffer from a file that is too large. */
static bool read_stream(FILE *in, size_t max, uint8_t **data, size_t *len, char *reason)
{
	size_t room = 0;

	do {
		uint8_t *grown;

		room = room ? room * 2 : 16384;
		if (room > max + 1)
			room = max + 1;
		grown = realloc(*data, room);
		if (!grown)
			return because(reason, "out of memory");
		*data = grown;
		*len += fread(*data + *len, 1, room - *len, in);
	} while (*len == room && *len <= max);
	if (ferror(in))
		return because(reason, strerror(errno));
	if (*len > max)
		snprintf(reason, CLI_REASON, "larger than %zu bytes", max);
	return *len <= max;
}

bool cli_load_file(const char *path, size_t max, uint8_t **data, size_t *len, char *reason)
{
	FILE *in = open_file(path, reason);
	bool ok;

	*data = NULL;
	*len = 0;
	if (!in)
		return false;
	ok = read_stream(in, max, data, len, reason);
	if (!ok) {
		free(*data);
		*data = NULL;
		*len = 0;
	}
	if (in != stdin)
		fclose(in);
	return ok;
}

bool cli_read_file(const char *path, size_t max, uint8_t **data, size_t *len)
{
	char reason[CLI_REASON];

	if (cli_load_file(path, max, data, len, reason))
		return true;
	cli_error("%s: %s", path, reason);
	return false;
}

void cli_unread_json(struct json *j, const char *path)
{
	json_begin_object(j, NULL);
	json_string(j, "file", path);
	json_string(j, "error", "cannot be read");
	json_end_object(j);
}

/* What a verb tells after its bytes goes to standard error. */
static bool write_stdout(const void *data, size_t len)
{
	if (fwrite(data, 1, len, stdout) == len && fflush(stdout) == 0 &&
		dup2(STDERR_FILENO, STDOUT_FILENO) >= 0)
		return true;
	return cli_error("standard output: %s", strerror(errno)), false;
}

/* "/dev/stdout": opened again, it would begin where the text begins that the verb tells. */
static bool is_stdout(const char *path)
{
	struct stat named, here;

	return stat(path, &named) == 0 && fstat(STDOUT_FILENO, &here) == 0 && !S_ISCHR(here.st_mode) &&
		named.st_dev == here.st_dev && named.st_ino == here.st_ino;
}

/* Half a file is worse than none. */
static void remove_part(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode))
		unlink(path);
}

bool cli_write_file(const char *path, const void *data, size_t len)
{
	FILE *out;

	if (strcmp(path, "-") == 0 || is_stdout(path))
		return write_stdout(data, len);
	out = fopen(path, "wb");
	if (!out)
		return cli_error("%s: %s", path, strerror(errno)), false;
	if (fwrite(data, 1, len, out) == len && fclose(out) == 0)
		return true;
	cli_error("%s: %s", path, strerror(errno));
	remove_part(path);
	return false;
}

bool cli_number(const char *text, uint64_t *value)
{
	static const char units[] = "KMG";
	const char *unit;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &end, 0);
	if (errno || end == text)
		return false;
	if (!*end)
		return true;
	unit = strchr(units, *end);
	if (!unit || end[1])
		return false;
	return !__builtin_mul_overflow(*value, UINT64_C(1) << 10 * (unit - units + 1), value);
}

bool cli_number32(const char *text, uint32_t *value)
{
	uint64_t v;

	if (!cli_number(text, &v) || v > UINT32_MAX)
		return false;
	*value = (uint32_t)v;
	return true;
}

bool cli_address(const char *text, size_t len, uint32_t *address)
{
	unsigned segment = 0, bus, device, function;
	char copy[16];
	int end = 0;

	/* scanf takes signs and blanks, too. */
	if (len >= sizeof(copy) || strspn(text, "0123456789abcdefABCDEF:.") < len)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (sscanf(copy, "%4x:%2x:%2x.%1x%n", &segment, &bus, &device, &function, &end) != 4 ||
		copy[end]) {
		segment = 0;
		if (sscanf(copy, "%2x:%2x.%1x%n", &bus, &device, &function, &end) != 3 || copy[end])
			return false;
	}
	*address = segment << 16 | bus << 8 | device << 3 | function;
	return device < 32 && function < 8;
}

bool cli_device_id(const char *text, uint32_t *id)
{
	const char *digits = strncmp(text, "8086:", 5) == 0 ? text + 5 : text;
	unsigned long number;
	char *end;

	number = strtoul(digits, &end, 16);
	*id = (uint32_t)number;
	return isxdigit((unsigned char)*digits) && !*end && number <= UINT16_MAX;
}

bool cli_platform(const char *text, struct igdpt_platform *p)
{
	uint32_t id;

	p->size = sizeof(*p);
	return igdpt_platform_by_name(text, p) == 0 ||
		(cli_device_id(text, &id) && igdpt_platform_find(id, p) == 0);
}

const char *cli_severity(uint32_t severity)
{
	switch (severity) {
	case IGDPT_SEV_INFO:
		return "info";
	case IGDPT_SEV_WARNING:
		return "warning";
	default:
		return "error";
	}
}

const char *cli_plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void finding_json(struct json *j, const struct igdpt_finding *f, const char *name,
	const char *message, const char *remedy)
{
	json_begin_object(j, NULL);
	json_string(j, "id", name);
	json_string(j, "severity", cli_severity(f->severity));
	if (f->offset == IGDPT_NO_OFFSET)
		json_null(j, "offset");
	else
		json_unsigned(j, "offset", f->offset);
	json_string(j, "message", message);
	json_string(j, "remedy", remedy);
	json_end_object(j);
}

void cli_show_finding(void *user, const struct igdpt_finding *f)
{
	struct cli_findings *findings = user;
	FILE *out = findings->out ? findings->out : stdout;
	struct igdpt_finding_info info = { .size = sizeof(info) };
	char message[400];

	if (f->severity <= IGDPT_SEV_ERROR)
		findings->counts[f->severity]++;
	if (findings->quiet || igdpt_finding_describe(f->id, &info) < 0)
		return;
	igdpt_finding_format(f, message, sizeof(message));
	if (findings->json) {
		finding_json(findings->json, f, info.name, message, info.remedy);
		return;
	}
	fprintf(out, "%s: %s: ", cli_name(findings->file), cli_severity(f->severity));
	if (f->offset != IGDPT_NO_OFFSET)
		fprintf(out, "at 0x%" PRIx64 ": ", f->offset);
	fprintf(out, "%s [%s]\n", message, info.name);
	if (f->severity != IGDPT_SEV_INFO)
		fprintf(out, "    %s.\n", info.remedy);
}

int cli_refused(const char *file, const struct igdpt_finding *why)
{
	struct igdpt_finding_info info = { .size = sizeof(info) };
	char message[400], at[40] = "";

	if (igdpt_finding_describe(why->id, &info) < 0) {
		cli_error("%s: refused", file);
		return EXIT_ERRORS;
	}
	igdpt_finding_format(why, message, sizeof(message));
	if (why->offset != IGDPT_NO_OFFSET)
		snprintf(at, sizeof(at), "at 0x%" PRIx64 ": ", why->offset);
	cli_error("%s: %s%s [%s]", file, at, message, info.name);
	fprintf(stderr, "    %s.\n", info.remedy);
	return EXIT_ERRORS;
}

static bool all_bytes(const uint8_t *data, size_t len, uint8_t byte)
{
	while (len && data[len - 1] == byte)
		len--;
	return len == 0;
}

const char *cli_looks_like(const uint8_t *data, size_t len)
{
	static const struct {
		const char *start, *text;
	} starts[] = {
		{ "$VBT", "a VBT: see igdpt vbt, and igdpt opregion build --vbt" },
		{ "IntelGraphicsMem", "an OpRegion: see igdpt opregion" },
		{ "\x55\xaa", "a PCI option ROM" },
		{ "DMAR", "the ACPI table DMAR" },
		{ "BIOS_DATA_BLOCK", "a BDB, the part of a VBT that follows its header" },
		{ "\x1f\x8b", "compressed (gzip): unpack it first" },
		{ "00000000-", "text of /proc/iomem: see igdpt rmrr query" },
		{ "00000000", "a hex dump: xxd -r makes bytes of it" },
		{ "OpRegion", "text, not the bytes of a table" },
		{ "\xff\xfe", "text in UTF-16: iconv -f UTF-16 -t UTF-8 makes the usual text of it" },
		{ "\xfe\xff", "text in UTF-16: iconv -f UTF-16 -t UTF-8 makes the usual text of it" },
	};

	if (!len)
		return "empty; sysfs and debugfs files are when they could not be read";
	if (all_bytes(data, len, 0))
		return "nothing but zeros: memory that was never filled";
	if (all_bytes(data, len, 0xff))
		return "nothing but 0xff: hardware that did not answer";
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		size_t n = strlen(starts[i].start);

		if (len >= n && memcmp(data, starts[i].start, n) == 0)
			return starts[i].text;
	}
	return NULL;
}

void cli_guess(FILE *out, const uint8_t *data, size_t len, const char *wanted)
{
	const char *guess = cli_looks_like(data, len);

	if (guess && (!wanted || strncmp(guess, wanted, strlen(wanted)) != 0))
		fprintf(out, "    This is %s.\n", guess);
}

int cli_findings_exit(const struct cli_findings *findings)
{
	if (findings->counts[IGDPT_SEV_ERROR])
		return EXIT_ERRORS;
	return findings->counts[IGDPT_SEV_WARNING] ? EXIT_WARNINGS : EXIT_FINE;
}
