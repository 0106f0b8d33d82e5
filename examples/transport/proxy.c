/* SPDX-License-Identifier: MIT */
#include "proxy.h"

#include <errno.h>

#include "wire.h"

/* The wire has the byte order and the layout of the host: both ends run on one machine. */
enum command {
	SYNC_SYSMEM = 0, /* guest memory, whole, each time it changes; no reply */
	RET = 1,
	PCI_CFGWRITE = 2,
	PCI_CFGREAD = 3,
	BAR_WRITE = 4,
	BAR_READ = 5,
	SET_IRQFD = 6, /* two eventfds for INTx; no reply */
	DEVICE_RESET = 7
};

#define MAX_FDS WIRE_FDS
#define CONFIG_BYTES 256

struct header {
	int32_t command;
	uint32_t padding;
	uint64_t size; /* of the payload */
};

struct config_access {
	uint32_t offset;
	uint32_t value;
	int32_t width;
};

struct bar_access {
	uint64_t address; /* as the BAR is mapped, not relative to it */
	uint64_t value;
	uint32_t width;
	uint8_t memory;
	uint8_t padding[3];
};

struct sync_sysmem {
	uint64_t gpa[MAX_FDS];
	uint64_t bytes[MAX_FDS];
	int64_t offset[MAX_FDS];
};

struct message {
	struct header header;
	union {
		struct config_access config;
		struct bar_access bar;
		struct sync_sysmem sysmem;
	} payload;
	struct wire_fds fds;
};

static const uint8_t payload_bytes[] = {
	[SYNC_SYSMEM] = sizeof(struct sync_sysmem),
	[PCI_CFGWRITE] = sizeof(struct config_access),
	[PCI_CFGREAD] = sizeof(struct config_access),
	[BAR_WRITE] = sizeof(struct bar_access),
	[BAR_READ] = sizeof(struct bar_access),
	[DEVICE_RESET] = 0,
};

static int receive_message(int socket, struct message *m)
{
	int rc = wire_receive_first(socket, &m->header, sizeof(m->header), &m->fds);

	if (rc <= 0)
		return rc;
	if (m->header.command < SYNC_SYSMEM || m->header.command > DEVICE_RESET ||
		m->header.command == RET)
		return -EPROTO;
	if (m->header.command == SET_IRQFD)
		return m->header.size ? -EPROTO : 1;
	if (m->header.size != payload_bytes[m->header.command])
		return -EPROTO;
	return wire_receive(socket, &m->payload, m->header.size);
}

/* UINT64_MAX means an error to QEMU, which then gives the guest the same ones. */
static int reply(int socket, uint64_t value)
{
	struct {
		struct header header;
		uint64_t value;
	} ret = { { .command = RET, .size = sizeof(value) }, value };

	return wire_send(socket, &ret, sizeof(ret));
}

static bool valid_width(uint32_t width, uint32_t max)
{
	return width <= max && (width == 1 || width == 2 || width == 4 || width == 8);
}

static uint64_t low_bytes(uint64_t value, uint32_t width)
{
	return value & (UINT64_MAX >> (64 - 8 * width));
}

/* Every message replaces the whole map, with fresh descriptors even when nothing changed. */
static int sync_sysmem(struct message *m, struct pci_device *dev)
{
	guest_ram_clear(&dev->ram);
	for (size_t i = 0; i < m->fds.count; i++) {
		struct guest_ram_section section = {
			.gpa = m->payload.sysmem.gpa[i],
			.bytes = m->payload.sysmem.bytes[i],
			.offset = (uint64_t)m->payload.sysmem.offset[i],
			.fd = m->fds.fd[i],
		};

		guest_ram_add(&dev->ram, &section);
	}
	m->fds.count = 0; /* taken over */
	return 1;
}

static int config_access(int socket, const struct message *m, struct pci_device *dev)
{
	const struct config_access *a = &m->payload.config;
	uint32_t width = (uint32_t)a->width;

	if (!valid_width(width, 4) || a->offset > CONFIG_BYTES - width)
		return -EPROTO;
	if (m->header.command == PCI_CFGREAD)
		return reply(socket, low_bytes(dev->ops->read_config(dev, a->offset, width), width));
	dev->ops->write_config(dev, a->offset, width, (uint32_t)low_bytes(a->value, width));
	return reply(socket, 0);
}

/* The BAR that holds the address now; PCI_BARS if none does. */
static uint32_t find_bar(struct pci_device *dev, const struct bar_access *a, uint64_t *offset)
{
	for (uint32_t i = 0; i < PCI_BARS; i++) {
		const struct pci_bar *bar = &dev->bars[i];
		uint64_t base;

		if (!bar->bytes || bar->io == (a->memory != 0))
			continue;
		base = dev->ops->read_config(dev, 0x10 + 4 * i, 4) & (bar->io ? ~3u : ~15u);
		if (a->address < base || bar->bytes < a->width)
			continue;
		*offset = a->address - base;
		if (*offset <= bar->bytes - a->width)
			return i;
	}
	return PCI_BARS;
}

/* An access that hits no BAR reads as ones, as on a bus. */
static int bar_access(int socket, const struct message *m, struct pci_device *dev)
{
	const struct bar_access *a = &m->payload.bar;
	uint64_t offset = 0;
	uint32_t bar;

	if (!valid_width(a->width, 8))
		return -EPROTO;
	bar = find_bar(dev, a, &offset);
	if (m->header.command == BAR_WRITE) {
		if (bar < PCI_BARS)
			dev->ops->write_bar(dev, bar, offset, a->width,
				low_bytes(a->value, a->width));
		return reply(socket, 0);
	}
	return reply(socket, low_bytes(bar < PCI_BARS
			? dev->ops->read_bar(dev, bar, offset, a->width)
			: UINT64_MAX, a->width));
}

static int dispatch(int socket, struct message *m, struct pci_device *dev)
{
	switch (m->header.command) {
	case SYNC_SYSMEM:
		return sync_sysmem(m, dev);
	case PCI_CFGREAD:
	case PCI_CFGWRITE:
		return config_access(socket, m, dev);
	case BAR_READ:
	case BAR_WRITE:
		return bar_access(socket, m, dev);
	case DEVICE_RESET:
		dev->ops->reset(dev);
		return reply(socket, 0);
	default:
		return 1; /* SET_IRQFD: no interrupt of this model needs it */
	}
}

int proxy_serve(int socket, struct pci_device *dev)
{
	struct message m = { 0 };
	int rc = receive_message(socket, &m);

	if (rc > 0)
		rc = dispatch(socket, &m, dev);
	wire_close_fds(&m.fds);
	return rc;
}
