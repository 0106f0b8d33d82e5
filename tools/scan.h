/* SPDX-License-Identifier: MIT
 *
 * What `igdpt scan` asks of each kind of file. The verb that reads a kind defines its row.
 */
#ifndef IGDPT_TOOLS_SCAN_H
#define IGDPT_TOOLS_SCAN_H

#include "cli.h"

struct scan_input {
	const char *path;
	uint8_t *data;
	size_t len;
};

struct scan_kind {
	const char *name;
	bool (*is)(const uint8_t *data, size_t len);
	/*
	 * Judges the file. With `j` it prints the members of the file's object, an array of findings
	 * among them. Called by many threads at once.
	 */
	void (*read)(const struct scan_input *in, struct json *j, struct cli_findings *findings);
};

extern const struct scan_kind scan_dmar, scan_iomem, scan_log, scan_lspci, scan_opregion, scan_rom,
	scan_sysfs, scan_vbt;

#endif
