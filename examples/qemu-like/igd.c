/* SPDX-License-Identifier: MIT */
#include "igd.h"

#include <string.h>

#define MIB (UINT64_C(1) << 20)

/* Registers whose host value is an address, or that a guest must not change in hardware. */
static const struct {
	uint8_t offset;
	uint8_t bytes;
} guarded[] = {
	{ IGDPT_CFG_GGC, 2 }, { IGDPT_CFG_BDSM, 4 }, { IGDPT_CFG_BDSM64, 8 },
	{ IGDPT_CFG_SWSCI, 2 }, { IGDPT_CFG_F0, 8 }, { IGDPT_CFG_ASLS, 4 },
};

static void put(uint8_t *p, uint32_t bytes, uint64_t value)
{
	for (uint32_t i = 0; i < bytes; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

/* Which bits of a byte of config space software can change in this hardware. */
static uint8_t writable(const struct igd *igd, uint32_t offset)
{
	uint64_t bar_bytes;

	switch (offset) {
	case 0x04: /* command: I/O, memory, bus master */
		return 0x07;
	case 0x05: /* INTx disable */
		return 0x04;
	case 0x0c: /* cache line size, interrupt line */
	case 0x3c:
		return 0xff;
	}
	if (offset < 0x10 || offset >= 0x10 + 4 * PCI_BARS)
		return 0;
	bar_bytes = igd->dev.bars[(offset - 0x10) / 4].bytes;
	if (!bar_bytes)
		return 0;
	return (uint8_t)(~(bar_bytes - 1) >> 8 * (offset % 4));
}

static uint8_t hardware_read(const struct igd *igd, uint32_t offset)
{
	return offset < sizeof(igd->hardware) ? igd->hardware[offset] : 0xff;
}

static void hardware_write(struct igd *igd, uint32_t offset, uint8_t value)
{
	uint8_t mask;

	for (size_t i = 0; i < sizeof(guarded) / sizeof(guarded[0]); i++) {
		if (offset >= guarded[i].offset && offset - guarded[i].offset < guarded[i].bytes)
			igd->touched++;
	}
	if (offset >= sizeof(igd->hardware))
		return;
	mask = writable(igd, offset);
	igd->hardware[offset] = (uint8_t)((igd->hardware[offset] & ~mask) | (value & mask));
}

uint64_t igd_read(struct igd *igd, uint32_t offset, uint32_t width)
{
	uint32_t wanted = igdpt_pcicfg_hw_bytes(igd->cfg, offset, width);
	uint64_t hw = 0, value = UINT64_MAX;

	for (uint32_t i = 0; i < width; i++) {
		if (wanted >> i & 1)
			hw |= (uint64_t)hardware_read(igd, offset + i) << 8 * i;
	}
	igdpt_pcicfg_read(igd->cfg, offset, width, hw, &value);
	return value;
}

int igd_write(struct igd *igd, uint32_t offset, uint32_t width, uint64_t value)
{
	uint32_t forward = 0;
	int events = igdpt_pcicfg_write(igd->cfg, offset, width, value, &forward);

	for (uint32_t i = 0; i < width; i++) {
		if (forward >> i & 1)
			hardware_write(igd, offset + i, (uint8_t)(value >> 8 * i));
	}
	return events < 0 ? 0 : events;
}

void igd_answer_swsci(struct igd *igd)
{
	struct igdpt_pcicfg_state s = { .size = sizeof(s) };
	const size_t answer = IGDPT_OPF_PARM + 4 - IGDPT_OPF_SCIC;
	uint8_t opregion[IGDPT_OPREGION_BYTES];

	if (igdpt_pcicfg_get_state(igd->cfg, &s) == 0 &&
		guest_ram_read(&igd->dev.ram, s.asls, opregion, sizeof(opregion)) &&
		igdpt_opregion_answer_swsci(opregion, sizeof(opregion), NULL) >= 0)
		guest_ram_write(&igd->dev.ram, s.asls + IGDPT_OPF_SCIC, opregion + IGDPT_OPF_SCIC,
			answer);
}

void igd_reset(struct igd *igd)
{
	igdpt_pcicfg_reset(igd->cfg);
	put(igd->hardware + 0x04, 2, 0);
	for (uint32_t i = 0; i < PCI_BARS; i++)
		put(igd->hardware + 0x10 + 4 * i, 4, igd->dev.bars[i].io);
	igd->resets++;
	if (igd_read(igd, IGDPT_CFG_ASLS, 4) ||
		(igd->platform.bdsm == IGDPT_BDSM_CFG_5C && igd_read(igd, IGDPT_CFG_BDSM, 4)) ||
		(igd->platform.bdsm == IGDPT_BDSM_CFG_C0 && igd_read(igd, IGDPT_CFG_BDSM64, 8)))
		igd->stale++;
}

static uint32_t op_read_config(struct pci_device *dev, uint32_t offset, uint32_t width)
{
	return (uint32_t)igd_read((struct igd *)dev, offset, width);
}

static void op_write_config(struct pci_device *dev, uint32_t offset, uint32_t width, uint32_t value)
{
	struct igd *igd = (struct igd *)dev;

	if (igd_write(igd, offset, width, value) & IGDPT_EVENT_SWSCI)
		igd_answer_swsci(igd);
}

/* Firmware looks at no MMIO register: nothing is behind the BARs. */
static uint64_t op_read_bar(struct pci_device *dev, uint32_t bar, uint64_t offset, uint32_t width)
{
	(void)dev, (void)bar, (void)offset, (void)width;
	return 0;
}

static void op_write_bar(struct pci_device *dev, uint32_t bar, uint64_t offset, uint32_t width,
	uint64_t value)
{
	(void)dev, (void)bar, (void)offset, (void)width, (void)value;
}

static void op_reset(struct pci_device *dev)
{
	igd_reset((struct igd *)dev);
}

static const struct pci_device_ops ops = {
	.read_config = op_read_config,
	.write_config = op_write_config,
	.read_bar = op_read_bar,
	.write_bar = op_write_bar,
	.reset = op_reset,
};

static void hardware_init(struct igd *igd)
{
	const struct igd_host *host = &igd->host;
	uint8_t *cfg = igd->hardware;

	put(cfg + 0x00, 2, 0x8086);
	put(cfg + 0x02, 2, host->device_id);
	put(cfg + 0x0a, 2, host->class_code);
	put(cfg + 0x2c, 4, 0x22128086); /* subsystem */
	cfg[0x3d] = 1;                  /* INTA */
	put(cfg + IGDPT_CFG_GGC, 2, host->ggc);
	put(cfg + IGDPT_CFG_ASLS, 4, host->asls);
	if (igd->platform.bdsm == IGDPT_BDSM_CFG_C0) {
		put(cfg + IGDPT_CFG_BDSM64, 8, host->bdsm);
		put(cfg + IGDPT_CFG_F0, 8, host->f0);
	} else {
		put(cfg + IGDPT_CFG_BDSM, 4, host->bdsm);
	}
}

/* 32-bit BARs, because the proxy transport knows no other: MMIO and GTT, aperture, I/O. */
static void bars_init(struct igd *igd)
{
	igd->dev.bars[0].bytes = igd->platform.gen < 800 ? 4 * MIB : 16 * MIB;
	igd->dev.bars[2].bytes = 256 * MIB;
	igd->dev.bars[4] = (struct pci_bar){ .bytes = 64, .io = true };
}

int igd_init(struct igd *igd, const struct igd_host *host, const struct igdpt_pcicfg_opts *opts,
	struct igdpt_finding *why)
{
	int rc;

	*igd = (struct igd){ .dev.ops = &ops, .host = *host, .platform.size = sizeof(igd->platform) };
	rc = igdpt_platform_find(host->device_id, &igd->platform);
	if (rc < 0)
		return rc;
	bars_init(igd);
	hardware_init(igd);
	return igdpt_pcicfg_new(&igd->platform, igd->hardware, sizeof(igd->hardware), opts,
		&igd->cfg, why);
}

void igd_free(struct igd *igd)
{
	igdpt_pcicfg_free(igd->cfg);
	guest_ram_clear(&igd->dev.ram);
}

uint64_t igd_stolen_bytes(const struct igd *igd)
{
	struct igdpt_pcicfg_state s = { .size = sizeof(s) };

	if (igd->platform.bdsm == IGDPT_BDSM_NONE || igdpt_pcicfg_get_state(igd->cfg, &s) < 0)
		return 0;
	return s.dsm_bytes;
}

/* The marks among the bytes of the host's addresses. */
static void collect_marks(const struct igd_host *host, bool marks[256])
{
	const uint64_t addresses[] = { host->asls, host->bdsm, host->f0 };

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		for (uint32_t shift = 0; shift < 64; shift += 8) {
			uint8_t byte = (uint8_t)(addresses[i] >> shift);

			marks[byte] |= byte >= IGD_MARK_FIRST && byte <= IGD_MARK_LAST;
		}
	}
}

static bool shows_mark(uint64_t value, uint32_t width, const bool marks[256])
{
	for (uint32_t i = 0; i < width; i++) {
		if (marks[value >> 8 * i & 0xff])
			return true;
	}
	return false;
}

unsigned igd_leaks(struct igd *igd)
{
	bool marks[256] = { false };
	unsigned leaks = 0;

	collect_marks(&igd->host, marks);
	for (uint32_t offset = 0; offset < sizeof(igd->hardware); offset++) {
		for (uint32_t width = 1; width <= 8; width *= 2)
			leaks += shows_mark(igd_read(igd, offset, width), width, marks);
	}
	return leaks;
}
