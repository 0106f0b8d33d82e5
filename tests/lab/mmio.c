/* SPDX-License-Identifier: MIT */
#include "mmio.h"

#include <stdlib.h>
#include <string.h>

/* GMD_ID registers: which version of graphics, media and display there is. */
#define GMD(version, release) ((version) << 22 | (release) << 14)
#define GMD_IDS(gen, graphics, media, display)                                                     \
	{ gen, gen, 0x0d8c, graphics }, { gen, gen, 0x380d8c, media },                             \
	{ gen, gen, 0x510a0, display },

/*
 * Found by watching which answers i915 of Linux 6.1 to 7.3 and xe of 7.3 wait for. Without these
 * i915 goes on after time-outs, but takes the display for absent without the fuses; xe gives up.
 */
static const struct {
	uint32_t first_gen, last_gen;
	uint32_t offset;
	uint32_t value;
} constants[] = {
	{ 700, 700, 0xc2014, 1 << 13 },   /* SFUSE_STRAP: the display is not fused off */
	{ 600, 750, 0x120008, 0x7f },     /* GTFIFOCTL: free entries */
	{ 700, 700, 0xa180, 1 << 5 },     /* ECOBUS: forcewake for several threads */
	{ 900, 1100, 0x42000, 0x0ff80000 }, /* FUSE_STATUS: power groups distributed */
	{ 1100, 1299, 0x9138, 1 },        /* slices */
	{ 1200, 1299, 0x913c, 0x3f },     /* subslices */
	GMD_IDS(1270, GMD(12, 70), GMD(13, 0), GMD(14, 0))
	GMD_IDS(2004, GMD(20, 4), GMD(20, 0), GMD(20, 0))
	GMD_IDS(3000, GMD(30, 0), GMD(30, 0), GMD(30, 0))
	GMD_IDS(3003, GMD(30, 3), GMD(30, 2), GMD(30, 2))
	GMD_IDS(3004, GMD(30, 4), GMD(30, 2), GMD(35, 0))
	GMD_IDS(3510, GMD(35, 10), GMD(35, 3), GMD(35, 0))
	{ 1270, 3510, 0x0fd0, 1 },        /* steering semaphore */
	{ 1270, 3510, 0x380fd0, 1 },
	{ 1270, 3510, 0x10100c, 1 << 9 }, /* a display is present */
};

/* Forcewake: where a request is written, and where its acknowledgement is read. */
static const struct {
	uint32_t first_gen, last_gen;
	uint32_t request;
	uint32_t ack;
	uint32_t count; /* pairs, 4 bytes apart */
} wakes[] = {
	{ 600, 600, 0xa18c, 0x130090, 1 },
	{ 700, 700, 0xa188, 0x130040, 1 },
	{ 700, 800, 0xa188, 0x130044, 1 },
	{ 900, 1299, 0xa278, 0x0d84, 1 },
	{ 900, 1299, 0xa270, 0x0d88, 1 },
	{ 900, 1299, 0xa188, 0x130044, 1 },
	{ 1100, 1299, 0xa540, 0x0d50, 8 },
	{ 1100, 1299, 0xa560, 0x0d70, 4 },
	{ 1270, 3510, 0xa188, 0x0dfc, 1 },
	{ 1270, 1270, 0xa188, 0x380dfc, 1 },
	{ 1270, 3510, 0x38a188, 0x380dfc, 1 }, /* xe asks the media unit */
};

#define PCODE_MAILBOX 0x138124
#define PCODE_BUSY (UINT32_C(1) << 31)
#define GDRST 0x941c /* reset of engines: its bits clear when that is done */
/* RESET_CTL of an engine, from gen 8: who asks to be made ready for a reset is ready. */
#define RESET_CTL 0xd0
#define RESET_REQUEST 1u
#define RESET_READY 2u

static const uint32_t engines[] = { 0x2000, 0x12000, 0x1a000, 0x1c000, 0x22000, 0x1c0000, 0x1c4000,
	0x1c8000, 0x1d0000, 0x1d4000, 0x1d8000 };

static uint32_t get32(const struct mmio *m, uint64_t offset)
{
	return (uint32_t)mmio_read(m, offset, 4);
}

static void put32(struct mmio *m, uint64_t offset, uint32_t value)
{
	for (uint32_t i = 0; i < 4 && offset + i < m->len; i++)
		m->bytes[offset + i] = (uint8_t)(value >> 8 * i);
}

/* From gen 7 on the high half says which bits of the low half are meant. */
static uint32_t masked(const struct mmio *m, uint32_t old, uint32_t value)
{
	uint32_t mask = value >> 16;

	return m->gen < 700 ? value : ((old & ~mask) | (value & mask));
}

static void answer(struct mmio *m, uint32_t offset, uint32_t value)
{
	if (offset == PCODE_MAILBOX)
		put32(m, offset, value & ~PCODE_BUSY);
	if (offset == GDRST)
		put32(m, offset, 0);
	for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
		if (m->gen >= 800 && offset == engines[i] + RESET_CTL)
			put32(m, offset, value & RESET_REQUEST ? RESET_REQUEST | RESET_READY : 0);
	}
	for (size_t i = 0; i < sizeof(wakes) / sizeof(wakes[0]); i++) {
		uint32_t at = offset - wakes[i].request;

		if (m->gen < wakes[i].first_gen || m->gen > wakes[i].last_gen ||
			offset < wakes[i].request || at % 4 || at / 4 >= wakes[i].count)
			continue;
		put32(m, wakes[i].ack + at, masked(m, get32(m, wakes[i].ack + at), value));
	}
}

int mmio_init(struct mmio *m, size_t len, uint32_t gen)
{
	*m = (struct mmio){ .bytes = calloc(1, len), .len = len, .gen = gen };
	if (!m->bytes)
		return -1;
	for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++) {
		if (gen >= constants[i].first_gen && gen <= constants[i].last_gen)
			put32(m, constants[i].offset, constants[i].value);
	}
	return 0;
}

void mmio_free(struct mmio *m)
{
	free(m->bytes);
}

uint64_t mmio_read(const struct mmio *m, uint64_t offset, uint32_t width)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < width && offset + i < m->len; i++)
		value |= (uint64_t)m->bytes[offset + i] << 8 * i;
	return value;
}

void mmio_write(struct mmio *m, uint64_t offset, uint32_t width, uint64_t value)
{
	for (uint32_t i = 0; i < width && offset + i < m->len; i++)
		m->bytes[offset + i] = (uint8_t)(value >> 8 * i);
	if (width == 4)
		answer(m, (uint32_t)offset, (uint32_t)value);
}
