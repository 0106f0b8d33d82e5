/* SPDX-License-Identifier: MIT
 *
 * Fields of a VBT. Where blocks and child devices lie is what vbt.c proves; here they lie anywhere
 * inside the table, so that nothing hangs on the walk.
 */
#include "igdpt/vbt.h"
#include "internal.h"
#include "proof.h"
#include "vbt-layout.h"

static bool any_span(const struct igdpt_vbt *vbt, struct span *span)
{
	struct span any = { any32(), any32() };

	assume((uint64_t)any.offset + any.bytes <= vbt->len);
	if (any_bool())
		return false;
	*span = any;
	return true;
}

bool igdpt_priv_vbt_block(const struct igdpt_vbt *vbt, uint32_t id, struct span *data)
{
	(void)id;
	return any_span(vbt, data);
}

bool igdpt_priv_vbt_child(const struct igdpt_vbt *vbt, uint32_t slot, struct span *child)
{
	(void)slot;
	return any_span(vbt, child);
}

/* A table of some length at the end of its object: a read past it is an error. */
#define TABLE_BYTES 300u

static struct igdpt_vbt any_vbt(const uint8_t *table)
{
	struct igdpt_vbt vbt = { .len = any16(), .bdb_offset = any32(), .bdb_version = any16() };

	assume(vbt.len >= VBT_HEADER && vbt.len <= TABLE_BYTES);
	assume((uint64_t)vbt.bdb_offset + BDB_HEADER <= vbt.len);
	vbt.data = table + TABLE_BYTES - vbt.len;
	return vbt;
}

static bool inside(const struct igdpt_vbt *vbt, const struct span *span)
{
	return (uint64_t)span->offset + span->bytes <= vbt->len;
}

void prove_panel(void)
{
	uint8_t table[TABLE_BYTES];
	const struct igdpt_vbt vbt = any_vbt(table);
	struct igdpt_priv_lfp lfp;
	int rc = igdpt_priv_vbt_lfp(&vbt, any32(), &lfp, NULL);

	prove(rc <= 0);
	prove(implies(rc == 0, inside(&vbt, &lfp.fp) && inside(&vbt, &lfp.dtd)));
	prove(implies(rc == 0, inside(&vbt, &lfp.pnp)));
	prove(implies(rc == 0 && lfp.tail.bytes, inside(&vbt, &lfp.tail)));
	prove(implies(rc == 0, lfp.dtd.offset + 18u <= vbt.len && lfp.pnp.bytes == 10));
}

void prove_get(void)
{
	uint8_t table[TABLE_BYTES];
	const struct igdpt_vbt vbt = any_vbt(table);
	struct igdpt_vbt_field field = { .size = sizeof(field) };
	uint32_t number = any32(), element = any32();
	uint64_t value = 0;
	int rc = igdpt_vbt_get(&vbt, number, element, &value);

	prove(rc <= 0);
	prove(implies(rc == 0, igdpt_vbt_field_at(number, &field) == 0));
	prove(implies(rc == 0, value >> field.bits == 0));
	prove(implies(rc == 0 && field.count, element < field.count));
}
