/* SPDX-License-Identifier: MIT
 *
 * Guest memory as sections of files. They are read and written with pread and pwrite, not mapped:
 * a peer that cuts a mapped file short would kill this process with SIGBUS.
 */
#ifndef EXAMPLES_RAM_H
#define EXAMPLES_RAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUEST_RAM_SECTIONS 64

struct guest_ram_section {
	uint64_t gpa;
	uint64_t bytes;
	uint64_t offset; /* in the file */
	int fd;
};

struct guest_ram {
	struct guest_ram_section section[GUEST_RAM_SECTIONS];
	size_t count;
};

/* Takes the descriptor over, also on failure. Only a file that holds the section will do. */
bool guest_ram_add(struct guest_ram *ram, const struct guest_ram_section *section);
/* Forget what lies inside this range whole. */
void guest_ram_remove(struct guest_ram *ram, uint64_t gpa, uint64_t bytes);
void guest_ram_clear(struct guest_ram *ram);

/* False if any byte is outside guest memory; the buffer may then be filled in part. */
bool guest_ram_read(const struct guest_ram *ram, uint64_t gpa, void *buf, size_t len);
bool guest_ram_write(const struct guest_ram *ram, uint64_t gpa, const void *buf, size_t len);

#endif
