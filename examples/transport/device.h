/* SPDX-License-Identifier: MIT
 *
 * A PCI device model as a transport sees it. The same model runs behind any transport: the
 * transport calls the operations, one at a time, for what the guest does.
 */
#ifndef EXAMPLES_DEVICE_H
#define EXAMPLES_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "ram.h"

#define PCI_BARS 6

struct pci_device;

struct pci_device_ops {
	/* width is 1, 2 or 4; the access lies inside the config space. Bits past it are ignored. */
	uint32_t (*read_config)(struct pci_device *dev, uint32_t offset, uint32_t width);
	void (*write_config)(struct pci_device *dev, uint32_t offset, uint32_t width, uint32_t value);
	/* width is 1, 2, 4 or 8; the access lies inside the BAR. */
	uint64_t (*read_bar)(struct pci_device *dev, uint32_t bar, uint64_t offset, uint32_t width);
	void (*write_bar)(struct pci_device *dev, uint32_t bar, uint64_t offset, uint32_t width,
		uint64_t value);
	void (*reset)(struct pci_device *dev);
};

struct pci_bar {
	uint64_t bytes; /* a power of 2; 0: no such BAR */
	bool io;
};

/* A model embeds this as its first member. */
struct pci_device {
	const struct pci_device_ops *ops;
	struct pci_bar bars[PCI_BARS];
	struct guest_ram ram; /* kept up to date by the transport */
};

#endif
