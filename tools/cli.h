/* SPDX-License-Identifier: MIT
 *
 * What the verbs of the command share: options, files, findings as text or JSON, exit codes.
 */
#ifndef IGDPT_TOOLS_CLI_H
#define IGDPT_TOOLS_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "igdpt/error.h"
#include "igdpt/platform.h"
#include "json.h"

/* Exit codes of the command. */
enum {
	EXIT_FINE = 0,
	EXIT_WARNINGS = 1,
	EXIT_ERRORS = 2,
	EXIT_CANNOT_RUN = 3
};

/* A verb: `igdpt NAME ...`; argv[0] is the verb itself. */
struct command {
	const char *name;
	const char *summary;
	const char *usage;
	int (*run)(const struct command *self, int argc, char **argv);
};

/* A verb of a verb: `igdpt opregion NAME ...`; argv[0] is NAME. */
struct subcommand {
	const char *name;
	int (*run)(const struct command *self, int argc, char **argv);
};

/* Run the one of `count` that argv[1] names. */
int cli_subcommand(const struct command *self, const struct subcommand *subs, size_t count, int argc,
	char **argv);

/* Print what may follow these words, the last of which is incomplete; for shells. */
int cli_complete(const struct command *const *commands, int argc, char **argv);

extern const struct command cmd_capture;
extern const struct command cmd_doctor;
extern const struct command cmd_explain;
extern const struct command cmd_opregion;
extern const struct command cmd_dmar;
extern const struct command cmd_rmrr;
extern const struct command cmd_fwcfg;
extern const struct command cmd_vbt;
extern const struct command cmd_rom;
extern const struct command cmd_sample;
extern const struct command cmd_scan;
extern const struct command cmd_plan;
extern const struct command cmd_legacy;
extern const struct command cmd_platform;

/* Text for a terminal: '?' stands for what one would obey, and for what is no UTF-8. Returns text. */
char *cli_plain(char *text);

/* The same of a file's name; good until the next call in this thread. */
const char *cli_name(const char *path);

/* "igdpt: message" on stderr; returns EXIT_CANNOT_RUN. */
int cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A message on stderr, and where the verb's usage is; returns EXIT_CANNOT_RUN. */
int cli_usage(const struct command *self, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * The next option, as getopt_long() has it; '?' if there is none such or its value is missing, which
 * is told. `shorts` begins with ':', argv[0] is the verb.
 */
int cli_getopt(const struct command *self, int argc, char **argv, const char *shorts,
	const struct option *longs);

/* For verbs that take --json and no other option: whether it is there; -1 after telling of another. */
int cli_json_option(const struct command *self, int argc, char **argv);

/* That the value of this option is none; returns EXIT_CANNOT_RUN. */
int cli_bad_value(const struct command *self, char **argv, const struct option *longs, int option);

/* A file for reading ("-" is standard input); on failure prints the reason and returns NULL. */
FILE *cli_open_file(const char *path);

#define CLI_REASON 128

/*
 * The whole of a file ("-" is standard input), at most max bytes; free() it. On failure `reason`
 * (CLI_REASON bytes) says why, and *data is NULL.
 */
bool cli_load_file(const char *path, size_t max, uint8_t **data, size_t *len, char *reason);

/* The same; on failure prints the reason. */
bool cli_read_file(const char *path, size_t max, uint8_t **data, size_t *len);

/* The record of a file that could not be read. */
void cli_unread_json(struct json *j, const char *path);

/* Write a file, replacing it ("-" is standard output); on failure prints the reason. */
bool cli_write_file(const char *path, const void *data, size_t len);

/* A decimal, hex or octal number with nothing after it but an optional K, M or G (powers of 2). */
bool cli_number(const char *text, uint64_t *value);
/* The same, up to 32 bits. */
bool cli_number32(const char *text, uint32_t *value);

#define IGD_ADDRESS 0x10u /* 0000:00:02.0, where an IGD is on every host */

/* A PCI address of so many characters: "0000:00:02.0" or "00:02.0". */
bool cli_address(const char *text, size_t len, uint32_t *address);

/* A PCI device id as lspci, sysfs and QEMU write it: 8086:46a6, 46a6, 0x46a6. */
bool cli_device_id(const char *text, uint32_t *id);

/* A platform by its name, or by a device id. */
bool cli_platform(const char *text, struct igdpt_platform *p);

/* Findings of one input, counted; `json` and `file` say how they are shown. */
struct cli_findings {
	struct json *json; /* inside an array when set; else text on `out` */
	FILE *out;         /* NULL is stdout */
	const char *file;
	bool quiet;        /* count, show nothing */
	unsigned counts[IGDPT_SEV_ERROR + 1];
};

/* An igdpt_finding_fn; user is a struct cli_findings. */
void cli_show_finding(void *user, const struct igdpt_finding *finding);

/* A finding as the reason of a failure, on stderr; returns EXIT_ERRORS. */
int cli_refused(const char *file, const struct igdpt_finding *why);

/* "This is a ...": what a file that is not what it should be looks like, or NULL. */
const char *cli_looks_like(const uint8_t *data, size_t len);

/* That as a line below a refusal, unless it looks like what it should be (NULL: not one thing). */
void cli_guess(FILE *out, const uint8_t *data, size_t len, const char *wanted);

/* The exit code that the worst finding asks for. */
int cli_findings_exit(const struct cli_findings *findings);

const char *cli_severity(uint32_t severity);

/* "s", unless there is one. */
const char *cli_plural(uint64_t count);

#endif
