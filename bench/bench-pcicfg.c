/* SPDX-License-Identifier: MIT
 *
 * A guest's config access against a bounds-checked memcpy from a 256-byte array.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "igdpt/mmio.h"
#include "igdpt/pcicfg.h"

static uint8_t array[256];

__attribute__((noinline)) static int array_read(const uint8_t *data, uint32_t offset, uint32_t width,
	uint64_t *value)
{
	if (width > 8 || offset > sizeof(array) - width)
		return -1;
	*value = 0;
	memcpy(value, data + offset, width);
	return 0;
}

__attribute__((noinline)) static int array_write(uint8_t *data, uint32_t offset, uint32_t width,
	uint64_t value)
{
	if (width > 8 || offset > sizeof(array) - width)
		return -1;
	memcpy(data + offset, &value, width);
	return 0;
}

/* The width comes from memory, as from a trapped access: no side knows it at compile time. */
static volatile uint32_t width = 4;

static void read_ours(void *data, uint64_t calls)
{
	uint64_t v = 0;

	for (uint32_t w = width; calls--;) {
		igdpt_pcicfg_read(data, IGDPT_CFG_ASLS, w, 0, &v);
		keep(v);
	}
}

static void read_array(void *data, uint64_t calls)
{
	uint64_t v = 0;

	for (uint32_t w = width; calls--;) {
		array_read(data, IGDPT_CFG_ASLS, w, &v);
		keep(v);
	}
}

static void write_ours(void *data, uint64_t calls)
{
	uint32_t forward;

	for (uint32_t w = width; calls--;)
		keep((uint64_t)igdpt_pcicfg_write(data, IGDPT_CFG_ASLS, w, calls << 12, &forward));
}

static void write_array(void *data, uint64_t calls)
{
	for (uint32_t w = width; calls--;)
		keep((uint64_t)array_write(data, IGDPT_CFG_ASLS, w, calls << 12));
}

static void mirror_ours(void *data, uint64_t calls)
{
	uint64_t v = 0;

	for (uint32_t w = width; calls--;) {
		igdpt_mmio_read(data, 0, IGDPT_MMIO_DSMBASE, w, 0, &v);
		keep(v);
	}
}

static void mirror_write_ours(void *data, uint64_t calls)
{
	uint64_t hw;
	uint32_t forward;

	for (uint32_t w = width; calls--;)
		keep((uint64_t)igdpt_mmio_write(data, 0, IGDPT_MMIO_DSMBASE, w, calls, &hw, &forward));
}

int main(void)
{
	static const uint8_t config[256] = { 0x86, 0x80, 0x12, 0x04, [0x0b] = 3, [0x50] = 0x11, 0x02 };
	struct igdpt_platform p = { .size = sizeof(p) };
	struct igdpt_pcicfg *cfg;
	struct bench_side theirs = { "bounds-checked memcpy", read_array, array };
	struct bench_side ours = { "igdpt_pcicfg_read", read_ours, NULL };

	if (igdpt_platform_find(0x0412, &p) < 0 ||
	    igdpt_pcicfg_new(&p, config, sizeof(config), NULL, &cfg, NULL) < 0)
		return EXIT_FAILURE;
	ours.data = cfg;
	bench_ratio("config read, 4 bytes, emulated", &ours, &theirs);
	ours.work = write_ours;
	theirs.work = write_array;
	bench_ratio("config write, 4 bytes, emulated", &ours, &theirs);
	igdpt_mmio_setup(cfg, NULL, NULL);
	ours.work = mirror_ours;
	theirs.work = read_array;
	bench_ratio("mirror read, 4 bytes", &ours, &theirs);
	ours.work = mirror_write_ours;
	theirs.work = write_array;
	bench_ratio("mirror write, 4 bytes", &ours, &theirs);
	igdpt_pcicfg_free(cfg);
	return EXIT_SUCCESS;
}
