/* SPDX-License-Identifier: MIT
 *
 * A guest's access of every emulated register against a bounds-checked memcpy from a 256-byte
 * array, and against libpci where it is installed. A memcpy into the array is shown for comparison.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LIBPCI
#include <pci/pci.h>
#endif

#include "bench.h"
#include "igdpt/mmio.h"
#include "igdpt/pcicfg.h"

static uint8_t array[256];

__attribute__((noinline, noclone)) static int array_read(const uint8_t *data, uint32_t offset,
	uint32_t width, uint64_t *value)
{
	if (width > 8 || offset > sizeof(array) - width)
		return -1;
	*value = 0;
	memcpy(value, data + offset, width);
	return 0;
}

__attribute__((noinline, noclone)) static int array_write(uint8_t *data, uint32_t offset,
	uint32_t width, uint64_t value)
{
	if (width > 8 || offset > sizeof(array) - width)
		return -1;
	memcpy(data + offset, &value, width);
	return 0;
}

/* The width comes from memory, as from a trapped access: no side knows it at compile time. */
static volatile uint32_t width = 4;

/* One emulated register of one device. */
struct place {
	struct igdpt_pcicfg *cfg;
	uint32_t offset;
};

static void config_read(void *data, uint64_t calls)
{
	const struct place *p = data;
	uint64_t v = 0;

	for (uint32_t w = width; calls--;) {
		igdpt_pcicfg_read(p->cfg, p->offset, w, 0, &v);
		keep(v);
	}
}

static void config_write(void *data, uint64_t calls)
{
	const struct place *p = data;
	uint32_t forward;

	for (uint32_t w = width; calls--;)
		keep((uint64_t)igdpt_pcicfg_write(p->cfg, p->offset, w, calls << 20, &forward));
}

static void mirror_read(void *data, uint64_t calls)
{
	const struct place *p = data;
	uint64_t v = 0;

	for (uint32_t w = width; calls--;) {
		igdpt_mmio_read(p->cfg, 0, p->offset, w, 0, &v);
		keep(v);
	}
}

static void mirror_write(void *data, uint64_t calls)
{
	const struct place *p = data;
	uint32_t forward;
	uint64_t hw;

	for (uint32_t w = width; calls--;)
		keep((uint64_t)igdpt_mmio_write(p->cfg, 0, p->offset, w, calls, &hw, &forward));
}

static void read_array(void *data, uint64_t calls)
{
	uint64_t v = 0;

	for (uint32_t w = width; calls--;) {
		array_read(data, IGDPT_CFG_ASLS, w, &v);
		keep(v);
	}
}

static void write_array(void *data, uint64_t calls)
{
	for (uint32_t w = width; calls--;)
		keep((uint64_t)array_write(data, IGDPT_CFG_ASLS, w, calls << 20));
}

static const struct bench_side rival = { "memcpy from an array", read_array, array };

static double race(const char *platform, const char *name, struct place *p,
	void (*read)(void *, uint64_t), void (*write)(void *, uint64_t))
{
	struct bench_side ours = { name, read, p };
	double first, second;
	char what[80];

	snprintf(what, sizeof(what), "%s %s at 0x%x, read", platform, name, (unsigned)p->offset);
	first = bench_ratio(what, &ours, &rival);
	ours.work = write;
	snprintf(what, sizeof(what), "%s %s at 0x%x, write", platform, name, (unsigned)p->offset);
	second = bench_ratio(what, &ours, &rival);
	return first > second ? first : second;
}

/* Every dword of config space that holds an emulated byte. */
static double race_config(const char *platform, struct igdpt_pcicfg *cfg)
{
	double worst = 0, ratio;

	for (uint32_t at = 0; at < 256; at += 4) {
		struct place p = { cfg, at };

		if (igdpt_pcicfg_hw_bytes(cfg, at, 4) == 0xf)
			continue;
		ratio = race(platform, "config", &p, config_read, config_write);
		worst = ratio > worst ? ratio : worst;
	}
	return worst;
}

static double race_mirrors(const char *platform, struct igdpt_pcicfg *cfg)
{
	struct igdpt_mmio_trap trap = { .size = sizeof(trap) };
	double worst = 0, ratio;

	for (uint32_t n = 0; igdpt_mmio_trap_at(cfg, n, &trap) == 0; n++) {
		struct place p = { cfg, (uint32_t)trap.offset };

		if (trap.bar != 0)
			continue;
		ratio = race(platform, trap.name, &p, mirror_read, mirror_write);
		worst = ratio > worst ? ratio : worst;
	}
	return worst;
}

#ifdef HAVE_LIBPCI
static void libpci_read(void *data, uint64_t calls)
{
	while (calls--)
		keep(pci_read_long(data, IGDPT_CFG_ASLS));
}

/* A read of ours against libpci's of a device of this machine, from the kernel and from its cache. */
static void race_libpci(struct igdpt_pcicfg *cfg)
{
	static uint8_t cache[256];
	struct pci_access *pci = pci_alloc();
	struct place p = { cfg, IGDPT_CFG_ASLS };
	const struct bench_side ours = { "config", config_read, &p };
	struct bench_side kernel = { "libpci, from the kernel", libpci_read, NULL };
	struct bench_side cached = { "libpci, from its cache", libpci_read, NULL };

	pci_init(pci);
	pci_scan_bus(pci);
	kernel.data = cached.data = pci->devices;
	if (!pci->devices) {
		puts("libpci: no device here");
	} else {
		bench_ratio("config at 0xfc, read", &ours, &kernel);
		pci_setup_cache(pci->devices, cache, sizeof(cache));
		bench_ratio("config at 0xfc, read", &ours, &cached);
	}
	pci_cleanup(pci);
}
#else
static void race_libpci(struct igdpt_pcicfg *cfg)
{
	(void)cfg;
	puts("libpci: not in this build");
}
#endif

static double race_device(uint16_t id)
{
	uint8_t config[256] = { 0x86, 0x80, (uint8_t)id, (uint8_t)(id >> 8), [0x0b] = 3, [0x50] = 0x11,
		0x02 };
	struct igdpt_platform p = { .size = sizeof(p) };
	struct igdpt_pcicfg *cfg;
	double mirrors, worst;

	if (igdpt_platform_find(id, &p) < 0 ||
	    igdpt_pcicfg_new(&p, config, sizeof(config), NULL, &cfg, NULL) < 0)
		exit(EXIT_FAILURE);
	if (id == 0x0412)
		race_libpci(cfg);
	worst = race_config(p.name, cfg);
	mirrors = race_mirrors(p.name, cfg);
	igdpt_pcicfg_free(cfg);
	return mirrors > worst ? mirrors : worst;
}

int main(void)
{
	static const uint16_t ids[] = { 0x0412, 0x5a84, 0x9a49, 0x7d55 };
	const struct bench_side store = { "memcpy into an array", write_array, array };
	double worst = 0, ratio;

	bench_ratio("memcpy into an array", &store, &rival);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		ratio = race_device(ids[i]);
		worst = ratio > worst ? ratio : worst;
	}
	printf("the slowest emulated register: ratio %.2f\n", worst);
	return EXIT_SUCCESS;
}
