/* SPDX-License-Identifier: MIT
 *
 * BAR0 as far as a guest driver must believe in it on its way to OpRegion, VBT and stolen memory:
 * memory that stores what is written, and a few registers that answer.
 */
#ifndef LAB_MMIO_H
#define LAB_MMIO_H

#include <stddef.h>
#include <stdint.h>

struct mmio {
	uint8_t *bytes;
	size_t len;
	uint32_t gen; /* graphics IP version times 100 */
};

/* Zeroed registers with the constants of that generation; 0, or -1 without memory. */
int mmio_init(struct mmio *m, size_t len, uint32_t gen);
void mmio_free(struct mmio *m);

/* Accesses inside the BAR. */
uint64_t mmio_read(const struct mmio *m, uint64_t offset, uint32_t width);
void mmio_write(struct mmio *m, uint64_t offset, uint32_t width, uint64_t value);

#endif
