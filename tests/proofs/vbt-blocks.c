/* SPDX-License-Identifier: MIT
 *
 * What is read out of a VBT's blocks. That blocks and child devices lie inside the table is proved
 * in vbt.c, and tested of the parts of panels; here they lie anywhere inside it, so that nothing
 * hangs on the way there.
 */
#include "igdpt/vbt.h"
#include "internal.h"
#include "proof.h"
#include "vbt-layout.h"

static uint32_t longest = UINT32_MAX;

static bool any_span(const struct igdpt_vbt *vbt, struct span *span)
{
	struct span any = { any32(), any32() };

	assume(any.offset >= vbt->bdb_offset + BLOCK_HEADER && any.bytes <= longest);
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

int igdpt_priv_vbt_lfp(const struct igdpt_vbt *vbt, uint32_t panel, struct igdpt_priv_lfp *lfp,
	struct igdpt_finding *why)
{
	(void)panel;
	(void)why;
	return any_span(vbt, &lfp->fp) && any_span(vbt, &lfp->pnp) && any_span(vbt, &lfp->tail) ? 0 : -1;
}

/* A table of some length at the end of its object: a read past it is an error. */
#define TABLE_BYTES 300u

static struct igdpt_vbt any_vbt(const uint8_t *table, uint32_t bytes)
{
	struct igdpt_vbt vbt = { .len = any16(), .bdb_offset = any32(), .bdb_version = any16() };

	assume(vbt.len >= VBT_HEADER && vbt.len <= bytes);
	assume((uint64_t)vbt.bdb_offset + BDB_HEADER <= vbt.len);
	vbt.data = table + bytes - vbt.len;
	return vbt;
}

void prove_get(void)
{
	uint8_t table[TABLE_BYTES];
	const struct igdpt_vbt vbt = any_vbt(table, sizeof(table));
	struct igdpt_vbt_field field = { .size = sizeof(field) };
	uint32_t number = any32(), element = any32();
	uint64_t value = 0;
	int rc = igdpt_vbt_get(&vbt, number, element, &value);

	prove(rc <= 0);
	prove(implies(rc == 0, igdpt_vbt_field_at(number, &field) == 0));
	prove(implies(rc == 0, value >> field.bits == 0));
	prove(implies(rc == 0 && field.count, element < field.count));
}

/* As many bytes as the loop over sequences is unrolled for: each turn takes one at least. */
#define MIPI_BYTES 8u

void prove_mipi(void)
{
	uint8_t table[VBT_HEADER + MIPI_BYTES];
	const struct igdpt_vbt vbt = any_vbt(table, sizeof(table));
	struct igdpt_vbt_mipi mipi = { .size = sizeof(mipi) }, from;
	int rc;

	longest = MIPI_BYTES;
	mipi.sequence = any8();
	mipi.next = any32();
	mipi.end = any32();
	from = mipi;
	rc = igdpt_vbt_mipi_next(&vbt, &mipi, NULL);
	prove(rc <= 1);
	prove(implies(rc == 1, (uint64_t)mipi.offset + mipi.bytes <= mipi.end));
	prove(implies(rc == 1, mipi.end <= vbt.len && mipi.next == mipi.offset + mipi.bytes));
	prove(implies(rc == 1 && from.end, mipi.next > from.next));
	prove(implies(rc < 1, mipi.next == from.next && mipi.end == from.end));
}
