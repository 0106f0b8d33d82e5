/* SPDX-License-Identifier: MIT
 *
 * What the files of the verb `opregion` share.
 */
#ifndef IGDPT_TOOLS_OPREGION_H
#define IGDPT_TOOLS_OPREGION_H

#include "cli.h"
#include "igdpt/opregion.h"

/* A capture may hold the VBT at a distance. */
#define OPREGION_FILE_MAX (16u << 20)

/* One call, which may name many files. */
struct session {
	struct json json;
	bool as_json;
	const void *options;                 /* of the verb, or NULL */
	unsigned results[EXIT_CANNOT_RUN + 1]; /* files by exit code */
};

/* One of its files; op.data is NULL where it is no OpRegion. */
struct input {
	const char *file;
	uint8_t *data;
	size_t len;
	struct igdpt_opregion op;
	struct igdpt_finding why; /* why it is none */
};

/* Reads and views; false when the file cannot be read, and the reason has been printed. */
bool opregion_read(struct input *in, const char *file);

/* The reason why a file is no OpRegion, and what it looks like, on stderr; returns EXIT_ERRORS. */
int opregion_refused(const struct input *in);

typedef int (*opregion_verb)(struct session *s, struct input *in);

/*
 * Run a verb on each file; in JSON inside an object that has the member `file`. One file gives an
 * object, several an array, and in text a last line. Returns the worst exit code.
 */
int opregion_each(struct session *s, int count, char **files, opregion_verb verb);

/* "2.1.0", size and place of the VBT. */
void opregion_summary(struct session *s, const struct input *in);

int opregion_run_show(const struct command *self, int argc, char **argv);
int opregion_run_build(const struct command *self, int argc, char **argv);
int opregion_run_normalise(const struct command *self, int argc, char **argv);
int opregion_run_diff(const struct command *self, int argc, char **argv);

/* Verbs whose only option is --json. */
int opregion_run_files(const struct command *self, int argc, char **argv, opregion_verb verb);

#endif
