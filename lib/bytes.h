/* SPDX-License-Identifier: MIT
 *
 * Bounded, unaligned-safe, little-endian access to the caller's bytes. Nothing here reads outside
 * [data, data + len); nothing here depends on the host's byte order.
 */
#ifndef IGDPT_LIB_BYTES_H
#define IGDPT_LIB_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* [off, off + n) lies inside len bytes. */
static inline bool span_ok(uint64_t len, uint64_t off, uint64_t n)
{
	return off <= len && n <= len - off;
}

static inline uint16_t get_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t get_le32(const uint8_t *p)
{
	return (uint32_t)get_le16(p) | (uint32_t)get_le16(p + 2) << 16;
}

static inline uint64_t get_le64(const uint8_t *p)
{
	return (uint64_t)get_le32(p) | (uint64_t)get_le32(p + 4) << 32;
}

/* A number of 1 to 8 bytes. */
static inline uint64_t get_le(const uint8_t *p, uint32_t width)
{
	uint64_t v = 0;

	while (width--)
		v = v << 8 | p[width];
	return v;
}

static inline void put_le16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void put_le32(uint8_t *p, uint32_t v)
{
	put_le16(p, (uint16_t)v);
	put_le16(p + 2, (uint16_t)(v >> 16));
}

static inline void put_le64(uint8_t *p, uint64_t v)
{
	put_le32(p, (uint32_t)v);
	put_le32(p + 4, (uint32_t)(v >> 32));
}

static inline void put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void put_be32(uint8_t *p, uint32_t v)
{
	put_be16(p, (uint16_t)(v >> 16));
	put_be16(p + 2, (uint16_t)v);
}

/* The low `width` bytes, 0 to 8; a table, since it is half of what an emulated access costs. */
static inline uint64_t width_mask(uint32_t width)
{
	static const uint64_t masks[] = {
		0, 0xff, 0xffff, 0xffffff, 0xffffffff, 0xffffffffff, 0xffffffffffff, 0xffffffffffffff,
		UINT64_MAX,
	};

	return masks[width];
}

/* One bit for each of `width` bytes, 0 to 8. */
static inline uint32_t bytes_mask(uint32_t width)
{
	static const uint8_t masks[] = { 0, 1, 3, 7, 0xf, 0x1f, 0x3f, 0x7f, 0xff };

	return masks[width];
}

/* Reads that answer false, and leave *out alone, when the field is not wholly inside. */
static inline bool read_le8(const void *data, size_t len, uint64_t off, uint8_t *out)
{
	if (!span_ok(len, off, 1))
		return false;
	*out = ((const uint8_t *)data)[off];
	return true;
}

static inline bool read_le16(const void *data, size_t len, uint64_t off, uint16_t *out)
{
	if (!span_ok(len, off, 2))
		return false;
	*out = get_le16((const uint8_t *)data + off);
	return true;
}

static inline bool read_le32(const void *data, size_t len, uint64_t off, uint32_t *out)
{
	if (!span_ok(len, off, 4))
		return false;
	*out = get_le32((const uint8_t *)data + off);
	return true;
}

static inline bool read_le64(const void *data, size_t len, uint64_t off, uint64_t *out)
{
	if (!span_ok(len, off, 8))
		return false;
	*out = get_le64((const uint8_t *)data + off);
	return true;
}

/* Sixteen bytes that add at once, each modulo 256. */
typedef uint8_t byte_lanes __attribute__((vector_size(16)));

/* Sum of all bytes modulo 256: 0 for a table with a right checksum. */
static inline uint8_t byte_sum(const void *data, size_t len)
{
	const uint8_t *p = data;
	byte_lanes sums = { 0 }, lanes;
	uint32_t sum = 0;

	for (; len >= sizeof(lanes); p += sizeof(lanes), len -= sizeof(lanes)) {
		memcpy(&lanes, p, sizeof(lanes));
		sums += lanes;
	}
	for (size_t i = 0; i < sizeof(lanes); i++)
		sum += sums[i];
	while (len--)
		sum += *p++;
	return (uint8_t)sum;
}

#endif
