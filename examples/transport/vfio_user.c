/* SPDX-License-Identifier: MIT */
#include "vfio_user.h"

#include <errno.h>
#include <string.h>

#include "wire.h"

/* Both ends run on one machine: the wire has its byte order. */
enum command {
	VERSION = 1,
	DMA_MAP = 2,
	DMA_UNMAP = 3,
	DEVICE_GET_INFO = 4,
	DEVICE_GET_REGION_INFO = 5,
	DEVICE_GET_IRQ_INFO = 7,
	DEVICE_SET_IRQS = 8,
	REGION_READ = 9,
	REGION_WRITE = 10,
	DEVICE_RESET = 13
};

enum header_flag {
	REPLY = 0x01,
	TYPE_MASK = 0x0f,
	NO_REPLY = 0x10,
	ERROR = 0x20
};

/* Numbers of linux/vfio.h, which the protocol takes over. */
enum {
	DEVICE_FLAG_RESET = 1,
	DEVICE_FLAG_PCI = 2,
	REGION_FLAG_READ = 1,
	REGION_FLAG_WRITE = 2,
	REGION_CONFIG = 7,
	REGIONS = 9,
	IRQS = 5,
	IRQ_INTX = 0,
	UNMAP_ALL = 2
};

#define CONFIG_BYTES 256
/* More data than this in one message is no register access. */
#define MAX_DATA 4096

struct header {
	uint16_t id;
	uint16_t command;
	uint32_t size; /* of the message, this header included */
	uint32_t flags;
	uint32_t error;
};

struct version {
	uint16_t major;
	uint16_t minor;
	char json[MAX_DATA]; /* with its NUL */
};

struct dma_map {
	uint32_t argsz;
	uint32_t flags;
	uint64_t offset;
	uint64_t address;
	uint64_t bytes;
};

struct dma_unmap {
	uint32_t argsz;
	uint32_t flags;
	uint64_t address;
	uint64_t bytes;
};

struct device_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t regions;
	uint32_t irqs;
};

struct region_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t cap_offset;
	uint64_t bytes;
	uint64_t offset;
};

struct irq_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t count;
};

struct region_access {
	uint64_t offset;
	uint32_t region;
	uint32_t bytes;
	uint8_t data[MAX_DATA];
};

#define ACCESS_HEADER offsetof(struct region_access, data)

struct message {
	struct header header;
	union {
		struct version version;
		struct dma_map map;
		struct dma_unmap unmap;
		struct device_info device;
		struct region_info region;
		struct irq_info irq;
		struct region_access access;
	} payload;
	size_t bytes; /* of the payload: as received, then of the answer */
	struct wire_fds fds;
};

static int receive_message(int socket, struct message *m)
{
	int rc = wire_receive_first(socket, &m->header, sizeof(m->header), &m->fds);

	if (rc <= 0)
		return rc;
	if ((m->header.flags & TYPE_MASK) == REPLY || m->header.size < sizeof(m->header) ||
		m->header.size - sizeof(m->header) > sizeof(m->payload))
		return -EPROTO;
	m->bytes = m->header.size - sizeof(m->header);
	return wire_receive(socket, &m->payload, m->bytes);
}

static int reply(int socket, struct message *m, int error)
{
	if (m->header.flags & NO_REPLY)
		return 1;
	if (error)
		m->bytes = 0;
	m->header.size = (uint32_t)(sizeof(m->header) + m->bytes);
	m->header.flags = REPLY | (error ? ERROR : 0);
	m->header.error = (uint32_t)error;
	/* The payload follows the header without padding: both are multiples of 8 bytes. */
	return wire_send(socket, m, m->header.size);
}

/* The client names its version and abilities; every ability has a default that suits this server. */
static int version(struct message *m)
{
	static const char json[] = "{\"capabilities\":{\"max_msg_fds\":8}}";
	struct version *v = &m->payload.version;

	if (m->bytes < offsetof(struct version, json) || v->major != 0)
		return EINVAL;
	v->minor = 0;
	memcpy(v->json, json, sizeof(json));
	m->bytes = offsetof(struct version, json) + sizeof(json);
	return 0;
}

/* A mapping without a descriptor is memory that only the client can reach: not guest RAM. */
static int dma_map(struct message *m, struct pci_device *dev)
{
	const struct dma_map *map = &m->payload.map;
	struct guest_ram_section section;

	if (m->bytes < sizeof(*map) || m->fds.count > 1)
		return EINVAL;
	m->bytes = 0;
	if (m->fds.count == 0)
		return 0;
	m->fds.count = 0; /* taken over */
	section = (struct guest_ram_section){
		.gpa = map->address,
		.bytes = map->bytes,
		.offset = map->offset,
		.fd = m->fds.fd[0],
	};
	return guest_ram_add(&dev->ram, &section) ? 0 : EINVAL;
}

static int dma_unmap(struct message *m, struct pci_device *dev)
{
	const struct dma_unmap *unmap = &m->payload.unmap;

	if (m->bytes < sizeof(*unmap))
		return EINVAL;
	if (unmap->flags & UNMAP_ALL)
		guest_ram_clear(&dev->ram);
	else
		guest_ram_remove(&dev->ram, unmap->address, unmap->bytes);
	m->bytes = sizeof(*unmap);
	return 0;
}

static int device_info(struct message *m)
{
	struct device_info *info = &m->payload.device;

	if (m->bytes < sizeof(*info))
		return EINVAL;
	*info = (struct device_info){ sizeof(*info), DEVICE_FLAG_RESET | DEVICE_FLAG_PCI, REGIONS,
		IRQS };
	m->bytes = sizeof(*info);
	return 0;
}

static uint64_t region_bytes(const struct pci_device *dev, uint32_t index)
{
	if (index == REGION_CONFIG)
		return CONFIG_BYTES;
	return index < PCI_BARS ? dev->bars[index].bytes : 0;
}

static int region_info(struct message *m, const struct pci_device *dev)
{
	struct region_info *info = &m->payload.region;
	uint64_t bytes;

	if (m->bytes < sizeof(*info) || info->index >= REGIONS)
		return EINVAL;
	bytes = region_bytes(dev, info->index);
	*info = (struct region_info){
		.argsz = sizeof(*info),
		.flags = bytes ? REGION_FLAG_READ | REGION_FLAG_WRITE : 0,
		.index = info->index,
		.bytes = bytes,
	};
	m->bytes = sizeof(*info);
	return 0;
}

static int irq_info(struct message *m)
{
	struct irq_info *info = &m->payload.irq;

	if (m->bytes < sizeof(*info) || info->index >= IRQS)
		return EINVAL;
	*info = (struct irq_info){ sizeof(*info), 0, info->index, info->index == IRQ_INTX };
	m->bytes = sizeof(*info);
	return 0;
}

/* The largest natural access that fits: 4 bytes at most in config space, 8 in a BAR. */
static uint32_t step(const struct region_access *a, uint32_t done)
{
	uint32_t width = a->region == REGION_CONFIG ? 4 : 8;

	while (width > a->bytes - done || (a->offset + done) % width)
		width /= 2;
	return width;
}

static void read_step(struct pci_device *dev, struct region_access *a, uint32_t done, uint32_t width)
{
	uint64_t offset = a->offset + done, value;

	if (a->region == REGION_CONFIG)
		value = dev->ops->read_config(dev, (uint32_t)offset, width);
	else
		value = dev->ops->read_bar(dev, a->region, offset, width);
	for (uint32_t i = 0; i < width; i++)
		a->data[done + i] = (uint8_t)(value >> 8 * i);
}

static void write_step(struct pci_device *dev, const struct region_access *a, uint32_t done,
	uint32_t width)
{
	uint64_t offset = a->offset + done, value = 0;

	for (uint32_t i = width; i--;)
		value = value << 8 | a->data[done + i];
	if (a->region == REGION_CONFIG)
		dev->ops->write_config(dev, (uint32_t)offset, width, (uint32_t)value);
	else
		dev->ops->write_bar(dev, a->region, offset, width, value);
}

static int region_access(struct message *m, struct pci_device *dev)
{
	struct region_access *a = &m->payload.access;
	bool write = m->header.command == REGION_WRITE;
	uint64_t room = m->bytes < ACCESS_HEADER ? 0 : region_bytes(dev, a->region);

	if (a->bytes == 0 || a->bytes > MAX_DATA || a->bytes > room || a->offset > room - a->bytes)
		return EINVAL;
	if (write && m->bytes != ACCESS_HEADER + a->bytes)
		return EINVAL;
	for (uint32_t done = 0, width; done < a->bytes; done += width) {
		width = step(a, done);
		if (write)
			write_step(dev, a, done, width);
		else
			read_step(dev, a, done, width);
	}
	m->bytes = ACCESS_HEADER + (write ? 0 : a->bytes);
	return 0;
}

static int dispatch(struct message *m, struct pci_device *dev)
{
	switch (m->header.command) {
	case VERSION:
		return version(m);
	case DMA_MAP:
		return dma_map(m, dev);
	case DMA_UNMAP:
		return dma_unmap(m, dev);
	case DEVICE_GET_INFO:
		return device_info(m);
	case DEVICE_GET_REGION_INFO:
		return region_info(m, dev);
	case DEVICE_GET_IRQ_INFO:
		return irq_info(m);
	case REGION_READ:
	case REGION_WRITE:
		return region_access(m, dev);
	case DEVICE_RESET:
		dev->ops->reset(dev);
		m->bytes = 0;
		return 0;
	case DEVICE_SET_IRQS:
		m->bytes = 0;
		return 0;
	default:
		return ENOTSUP;
	}
}

int vfio_user_serve(int socket, struct pci_device *dev)
{
	struct message m = { 0 };
	int rc = receive_message(socket, &m);

	if (rc > 0)
		rc = reply(socket, &m, dispatch(&m, dev));
	wire_close_fds(&m.fds);
	return rc;
}
