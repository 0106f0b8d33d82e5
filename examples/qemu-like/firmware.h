/* SPDX-License-Identifier: MIT
 *
 * What SeaBIOS says of itself on its debug port, read line by line.
 */
#ifndef EXAMPLES_FIRMWARE_H
#define EXAMPLES_FIRMWARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define E820_RESERVED 2

/* The end is exclusive, as SeaBIOS prints it. */
struct e820_entry {
	uint64_t start;
	uint64_t end;
	uint32_t type;
};

struct firmware {
	char version[64];
	char said[4][160];  /* lines about the IGD, and warnings */
	size_t said_count;
	struct e820_entry e820[64];
	size_t e820_count;
	bool finished; /* PCI, memory map and option ROMs are done; it looks for a disk now */
};

void firmware_start(struct firmware *fw);

/* A log_line of struct vm_config; user is a struct firmware. */
void firmware_line(void *user, const char *line);

/* A done of vm_run(). */
bool firmware_finished(void *user);

/* Whether the guest's memory map reserves all of these bytes; *entry is where they start. */
bool firmware_reserves(const struct firmware *fw, uint64_t start, uint64_t bytes,
	const struct e820_entry **entry);

#endif
