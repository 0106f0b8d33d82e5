/* SPDX-License-Identifier: MIT
 *
 * The bounded readers answer for exactly the fields that lie inside, whatever the length and the
 * offset, and read nothing else.
 */
#include "bytes.h"
#include "proof.h"

/* In 128 bits nothing wraps. */
static bool fits(uint64_t len, uint64_t off, uint64_t n)
{
	return (unsigned __int128)off + n <= len;
}

void prove_span(void)
{
	uint64_t len = any64(), off = any64(), n = any64();

	prove(span_ok(len, off, n) == fits(len, off, n));
}

/* One reader: true for what is inside, with the bytes in their order; else *out is as it was. */
#define PROVE_READER(bits)                                                                         \
	void prove_read##bits(void)                                                                    \
	{                                                                                              \
		size_t len = any_size();                                                                   \
		uint64_t off = any64();                                                                    \
		uint##bits##_t before = (uint##bits##_t)any64(), out = before;                             \
		const uint8_t *p;                                                                          \
		uint32_t k = any32();                                                                      \
		bool read;                                                                                 \
                                                                                                   \
		assume(len <= SIZE_MAX / 4 && k < bits / 8);                                               \
		p = any_bytes(len);                                                                        \
		read = read_le##bits(p, len, off, &out);                                                   \
		prove(read == fits(len, off, bits / 8));                                                   \
		prove(implies(!read, out == before));                                                      \
		prove(implies(read, (uint8_t)(out >> 8 * k) == p[off + k]));                               \
	}

PROVE_READER(8)
PROVE_READER(16)
PROVE_READER(32)
PROVE_READER(64)

/* Writers and readers are each other's inverse, in both byte orders. */
void prove_round_trip(void)
{
	uint8_t p[8];
	uint64_t v = any64();
	uint32_t width = any32(), k = any32();

	assume(width >= 1 && width <= 8 && k < 4);
	put_le64(p, v);
	prove(get_le64(p) == v);
	prove(get_le(p, width) == (v & width_mask(width)));
	put_le32(p, (uint32_t)v);
	prove(get_le32(p) == (uint32_t)v);
	put_le16(p, (uint16_t)v);
	prove(get_le16(p) == (uint16_t)v);
	put_be32(p, (uint32_t)v);
	prove(p[k] == (uint8_t)(v >> 8 * (3 - k)));
	put_be16(p, (uint16_t)v);
	prove(p[0] == (uint8_t)(v >> 8) && p[1] == (uint8_t)v);
}

/* One whole vector and a rest; two vectors add in another order, which only tests compare. */
#define SUM_BYTES 31u
#define SUM_BOUNDS 64u

void prove_sum(void)
{
	size_t len = any_size();
	uint8_t sum = 0;
	uint8_t *p;

	assume(len <= SUM_BYTES);
	p = any_bytes(len);
	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + p[i]);
	prove(byte_sum(p, len) == sum);
}

void prove_sum_bounds(void)
{
	size_t len = any_size();

	assume(len <= SUM_BOUNDS);
	byte_sum(any_bytes(len), len);
}
