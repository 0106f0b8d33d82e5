/* SPDX-License-Identifier: MIT
 *
 * Names of files one at a time, in constant memory however many there are: from a list, and from
 * arguments, where a directory stands for the regular files below it. Symbolic links are followed
 * where the user names them, never below a directory.
 */
#ifndef IGDPT_TOOLS_WALK_H
#define IGDPT_TOOLS_WALK_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define WALK_DEPTH 32u

struct walk {
	char **args;
	int count;
	FILE *list;    /* names, or NULL */
	int separator; /* what ends each of them: '\n', or 0 */

	bool incomplete; /* something was passed over */

	/* The directories that are open, and the path so far. */
	unsigned depth;
	struct {
		DIR *dir;
		size_t len; /* of its name in path */
	} open[WALK_DEPTH];
	char path[4096];
};

/*
 * The next name, to be free()d, or NULL when there are no more. What cannot be walked is said on
 * stderr and passed over; a name that cannot be opened is for the reader to find.
 */
char *walk_next(struct walk *w);

void walk_end(struct walk *w);

#endif
