/* SPDX-License-Identifier: MIT
 *
 * The walk over a VBT's blocks. A table says its own size in 16 bits; the input may be longer. One
 * step is proved from any point that a caller can name, not only from those that earlier steps led
 * to, and each step ends above where it began: by induction the walk ends, whatever the length.
 */
#include "igdpt/vbt.h"
#include "internal.h"
#include "proof.h"
#include "vbt-layout.h"

void prove_init(void)
{
	size_t len = any_size();
	struct igdpt_vbt vbt = { .len = 0 };
	struct igdpt_finding why = { .size = sizeof(why) };
	int rc;

	assume(len <= UINT32_MAX);
	rc = igdpt_vbt_init(&vbt, any_bytes(len), len, &why);
	prove(rc <= 0);
	prove(implies(rc == 0, vbt.len <= len && vbt.len <= UINT16_MAX));
	prove(implies(rc == 0, (uint64_t)vbt.bdb_offset + vbt.bdb_size <= vbt.len));
	prove(implies(rc == 0, (uint64_t)vbt.bdb_offset + BDB_HEADER <= vbt.len));
	prove(implies(rc < 0, why.error == rc));
}

/* Any view that igdpt_vbt_init() can give of these bytes: what prove_init() shows, and no more. */
static struct igdpt_vbt any_vbt(const uint8_t *data, size_t len)
{
	struct igdpt_vbt vbt = { .data = data, .len = len };

	vbt.bdb_offset = any32();
	vbt.bdb_size = any16();
	vbt.bdb_header = any16();
	vbt.bdb_version = any16();
	assume((uint64_t)vbt.bdb_offset + vbt.bdb_size <= vbt.len);
	assume((uint64_t)vbt.bdb_offset + BDB_HEADER <= vbt.len);
	return vbt;
}

void prove_step(void)
{
	uint16_t len = any16();
	const struct igdpt_vbt vbt = any_vbt(any_bytes(len), len);
	struct igdpt_vbt_block block = { .size = sizeof(block), .offset = any32(), .bytes = any32() };
	const struct igdpt_vbt_block from = block;
	struct igdpt_finding why = { .size = sizeof(why) };
	uint64_t at = from.offset ? (uint64_t)from.offset + from.bytes :
		(uint64_t)vbt.bdb_offset + vbt.bdb_header;
	int rc = igdpt_vbt_next(&vbt, &block, &why);

	prove(rc <= 1);
	prove(implies(rc == 1, block.id >= 1 && block.id <= 255 && block.name));
	prove(implies(rc == 1, block.offset == at + BLOCK_HEADER));
	prove(implies(rc == 1, (uint64_t)block.offset + block.bytes <= vbt.len));
	prove(implies(rc == 1, at < (uint64_t)vbt.bdb_offset + vbt.bdb_size));
	prove(implies(rc < 1, block.offset == from.offset && block.bytes == from.bytes));
	prove(implies(rc < 0, why.offset == at));
}

/* As many bytes as the loop over blocks is unrolled for: the shortest block takes three. */
#define WALK_BYTES 40u

void prove_child(void)
{
	uint8_t table[WALK_BYTES];
	size_t len = any_size();
	struct igdpt_vbt vbt;
	struct igdpt_vbt_child child = { .size = sizeof(child) };
	uint32_t slot = any32();
	int rc;

	assume(len <= sizeof(table));
	vbt = any_vbt(table + sizeof(table) - len, len);
	rc = igdpt_vbt_child_at(&vbt, slot, &child);
	prove(rc <= 0);
	prove(implies(rc == 0, child.slot == slot));
	prove(implies(rc == 0, (uint64_t)child.offset + child.bytes <= vbt.len));
}
