/* SPDX-License-Identifier: MIT */
#include "bytes.h"
#include "internal.h"
#include "vbt-layout.h"

/*
 * Block 53, Linux intel_bios.c: a version byte, from version 3 on a 32-bit size, then up to six
 * panels of id, size (16 bits, from version 3 on 32) and sequences. A sequence is its id, from
 * version 3 on a 32-bit size, then operations up to a zero byte.
 */
#define VERSION_MAX 4u
#define SEQUENCE_MAX 11u
#define OP_SEND 1u
#define OP_DELAY 2u
#define OP_GPIO 3u
#define OP_I2C 4u

struct walk {
	const struct igdpt_vbt *vbt;
	struct span block;
	uint32_t version;
	struct igdpt_finding *why;
};

static bool wide(const struct walk *w)
{
	return w->version >= 3;
}

static int broken(const struct walk *w, uint32_t at, uint32_t end)
{
	return igdpt_priv_fail(w->why, IGDPT_F_VBT_MIPI_RANGE, at, at, end);
}

/* What a step of the walk found; negative is an error. */
enum {
	GO_ON = 0,
	OPERATION = 1,
	END = 2
};

static int enter_panel(const struct walk *w, struct igdpt_vbt_mipi *m)
{
	uint32_t end = w->block.offset + w->block.bytes, header = wide(w) ? 5 : 3, at = m->end;
	const uint8_t *p = w->vbt->data + at;
	uint32_t bytes;

	if (!span_ok(end, at, header))
		return END;
	bytes = wide(w) ? get_le32(p + 1) : get_le16(p + 1);
	if (!span_ok(end, (uint64_t)at + header, bytes))
		return broken(w, at, end);
	m->panel = p[0];
	m->sequence = 0;
	m->next = at + header;
	m->end = m->next + bytes;
	return GO_ON;
}

static int enter_sequence(const struct walk *w, struct igdpt_vbt_mipi *m)
{
	uint32_t header = wide(w) ? 5 : 1;

	m->sequence = w->vbt->data[m->next];
	if (m->sequence == 0) {
		m->next = m->end;
		return GO_ON;
	}
	if (m->sequence > SEQUENCE_MAX || !span_ok(m->end, m->next, header))
		return broken(w, m->next, m->end);
	m->next += header;
	return GO_ON;
}

/* Bytes that the operation's data take; more than any table has if that cannot be told. */
static uint32_t data_bytes(const struct walk *w, const struct igdpt_vbt_mipi *m, uint32_t at)
{
	const uint8_t *p = w->vbt->data + at;

	switch (m->operation) {
	case OP_SEND:
		return span_ok(m->end, at, 4) ? 4u + get_le16(p + 2) : UINT32_MAX;
	case OP_DELAY:
		return 4;
	case OP_GPIO:
		return 2;
	case OP_I2C:
		return span_ok(m->end, at, 7) ? 7u + p[6] : UINT32_MAX;
	default:
		return UINT32_MAX;
	}
}

static int read_operation(const struct walk *w, struct igdpt_vbt_mipi *m)
{
	uint32_t at = m->next + 1;

	m->operation = w->vbt->data[m->next];
	if (m->operation == 0) {
		m->next = at;
		m->sequence = 0;
		return GO_ON;
	}
	if (!wide(w)) {
		m->bytes = data_bytes(w, m, at);
	} else if (span_ok(m->end, at, 1)) {
		m->bytes = w->vbt->data[at++];
	} else {
		return broken(w, m->next, m->end);
	}
	if (!span_ok(m->end, at, m->bytes))
		return broken(w, m->next, m->end);
	m->offset = at;
	m->next = at + m->bytes;
	return OPERATION;
}

/* Every turn moves m->next forward, or m->end with it. */
static int advance(const struct walk *w, struct igdpt_vbt_mipi *m)
{
	int rc = GO_ON;

	while (rc == GO_ON) {
		if (m->next >= m->end)
			rc = enter_panel(w, m);
		else if (m->sequence == 0)
			rc = enter_sequence(w, m);
		else
			rc = read_operation(w, m);
	}
	return rc;
}

static int open_block(struct walk *w, const struct igdpt_vbt *vbt, struct igdpt_finding *why)
{
	*w = (struct walk){ .vbt = vbt, .why = why };
	if (!igdpt_priv_vbt_block(vbt, BLOCK_MIPI_SEQUENCE, &w->block) || w->block.bytes == 0)
		return END;
	w->version = vbt->data[w->block.offset];
	if (w->version == 0 || w->version > VERSION_MAX)
		return igdpt_priv_fail(why, IGDPT_F_VBT_MIPI_VERSION, w->block.offset, w->version,
			VERSION_MAX);
	return GO_ON;
}

/* The place to go on from is the caller's: it must lie in the block. */
static bool place_ok(const struct walk *w, const struct igdpt_vbt_mipi *m)
{
	return m->next >= w->block.offset && m->next <= m->end &&
		m->end <= w->block.offset + w->block.bytes;
}

int igdpt_vbt_mipi_next(const struct igdpt_vbt *vbt, struct igdpt_vbt_mipi *mipi,
	struct igdpt_finding *why)
{
	struct igdpt_vbt_mipi m;
	struct walk w;
	int rc;

	if (!vbt || !mipi)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	rc = igdpt_priv_struct_in(&m, sizeof(m), V1(igdpt_vbt_mipi), mipi, why);
	if (rc == 0)
		rc = open_block(&w, vbt, why);
	if (rc != GO_ON)
		return rc == END ? 0 : rc;
	if (!m.end)
		m.next = m.end = w.block.offset + (wide(&w) ? 5 : 1);
	if (!place_ok(&w, &m))
		return broken(&w, m.next, m.end);
	rc = advance(&w, &m);
	if (rc != OPERATION)
		return rc == END ? 0 : rc;
	rc = igdpt_priv_struct_out(mipi, &m, sizeof(m), V1(igdpt_vbt_mipi));
	return rc < 0 ? rc : 1;
}
