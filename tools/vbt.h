/* SPDX-License-Identifier: MIT
 *
 * What the vbt verbs share.
 */
#ifndef IGDPT_TOOLS_VBT_H
#define IGDPT_TOOLS_VBT_H

#include "cli.h"
#include "igdpt/vbt.h"

/* A file and the VBT in it. */
struct vbt_input {
	const char *path;
	uint8_t *data;
	size_t len;
	size_t offset; /* of the VBT in the file */
	struct igdpt_vbt vbt;
	struct igdpt_finding why; /* why there is none; offset from the start of the file */
};

/* 0 opened, -1 unreadable (said on stderr), -2 no VBT (`why` holds the reason). Always close it. */
int vbt_open(struct vbt_input *in, const char *path);
void vbt_close(struct vbt_input *in);

/* Says on stderr why a file holds no VBT; returns EXIT_ERRORS. */
int vbt_complain(const struct vbt_input *in);

/* Validate, with offsets from the start of the file. */
void vbt_validate(const struct vbt_input *in, struct cli_findings *findings);

/* One file, shown; they return the exit code. */
int vbt_show_text(const struct vbt_input *in, bool fields);
int vbt_show_json(const struct vbt_input *in, struct json *j);
int vbt_ports_text(const struct vbt_input *in, bool fields);
int vbt_ports_json(const struct vbt_input *in, struct json *j);

/* What vbt_show_json() prints before the findings. */
void vbt_members_json(const struct vbt_input *in, struct json *j);

/* `igdpt vbt build` */
int vbt_run_build(const struct command *self, int argc, char **argv);

#endif
