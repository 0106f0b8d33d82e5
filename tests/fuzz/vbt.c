/* SPDX-License-Identifier: MIT
 *
 * A VBT that may say anything: views stay inside, the validator and the reader agree, repairing is
 * idempotent, a table equals itself, and what is built from the bytes reads back.
 */
#include "fuzz.h"

#include "../vbt-hostile.h"

#define VBT_CHECKSUM 26u
#define BUILT_MAX 0x10000u

static void walk_agrees(const struct igdpt_vbt *vbt)
{
	struct fuzz_findings a = { .limit = vbt->len }, b = a;
	struct igdpt_vbt_block block = { .size = sizeof(block) };
	struct igdpt_finding why = { .size = sizeof(why) };
	int errors = igdpt_vbt_validate(vbt, fuzz_note, &a), rc;

	do {
		rc = igdpt_vbt_next(vbt, &block, &why);
	} while (rc > 0);
	b.wanted = why.id;
	igdpt_vbt_validate(vbt, fuzz_note, &b);
	fuzz_same_findings(&a, &b, errors);
	must((rc == 0 && !why.id) || (why.offset <= vbt->len && b.found));
}

static void children_inside(const struct igdpt_vbt *vbt)
{
	struct igdpt_vbt_child child = { .size = sizeof(child) };
	char text[200];

	for (uint32_t i = 0; igdpt_vbt_child_at(vbt, i, &child) == 0; i++) {
		int n = igdpt_vbt_port_format(vbt, i, text, sizeof(text));

		must(child.slot == i && span_ok(vbt->len, child.offset, child.bytes));
		must(n >= 0 && n < (int)sizeof(text) && (size_t)n == strlen(text));
		must(igdpt_vbt_port_format(vbt, i, NULL, 0) == n);
		must(igdpt_vbt_child_at(vbt, i + 1, &child) == 0 ||
			igdpt_vbt_port_format(vbt, i + 1, text, sizeof(text)) < 0);
	}
}

static struct igdpt_vbt_block block_of(const struct igdpt_vbt *vbt, uint32_t id)
{
	struct igdpt_vbt_block block = { .size = sizeof(block) };

	while (igdpt_vbt_next(vbt, &block, NULL) > 0) {
		if (block.id == id)
			return block;
	}
	return (struct igdpt_vbt_block){ .size = 0 };
}

/* Names lie in the block that holds the panels' data. */
static void panels_inside(const struct igdpt_vbt *vbt)
{
	struct igdpt_vbt_block panels = block_of(vbt, 42);

	for (uint32_t i = 0; i < IGDPT_VBT_PANEL_GENERIC + 17; i++) {
		struct igdpt_vbt_panel panel = { .size = sizeof(panel) };
		struct igdpt_finding why = { .size = sizeof(why) };
		int rc = igdpt_vbt_panel_at(vbt, i, &panel, &why);

		must(rc == 0 || rc == -IGDPT_E_NOTFOUND || (rc == -IGDPT_E_RANGE && why.id));
		must(rc < 0 || panel.index == i);
		must(rc < 0 || !panel.name || (panels.bytes &&
			fuzz_inside(vbt->data + panels.offset, panels.bytes, panel.name,
				panel.name_bytes)));
	}
}

/* Values keep to their width, and elements to their number. */
static void fields_fit(const struct igdpt_vbt *vbt)
{
	struct igdpt_vbt_field field = { .size = sizeof(field) };
	uint64_t value;

	for (uint32_t i = 0; igdpt_vbt_field_at(i, &field) == 0; i++) {
		static const uint32_t elements[] = { 0, 1, 5, 15, 255 };

		for (size_t n = 0; n < COUNT(elements); n++)
			must(igdpt_vbt_get(vbt, i, elements[n], &value) < 0 || value >> field.bits == 0);
		must(!field.count || igdpt_vbt_get(vbt, i, field.count, &value) < 0);
		/* One name a table: each takes long enough. */
		must(i != vbt->data[VBT_CHECKSUM] || igdpt_vbt_field_find(field.name) == (int)i);
	}
	must(igdpt_vbt_field_find("none of them") < 0 && igdpt_vbt_field_find(NULL) < 0);
}

static void read_one(const uint8_t *data, size_t len)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_vbt vbt;
	const char *fault = read_all(data, len);

	if (fault)
		fuzz_broken(__FILE__, __LINE__, fault);
	if (igdpt_vbt_init(&vbt, data, len, &why) < 0) {
		must(why.id && why.error < 0 && why.offset <= len);
		return;
	}
	must(vbt.data == data && vbt.len <= len);
	walk_agrees(&vbt);
	children_inside(&vbt);
	panels_inside(&vbt);
	fields_fit(&vbt);
	/* Four fifths of the time: not for every table. */
	must(data[VBT_CHECKSUM] % 8 || igdpt_vbt_compare(&vbt, &vbt, NULL, NULL) == 0);
}

/* Every place that igdpt_vbt_find() names holds a table, and the next search goes on behind it. */
static void find_all(const uint8_t *data, size_t len)
{
	struct igdpt_vbt found, vbt;

	for (size_t at = 0; igdpt_vbt_find(data, len, &at, &found) == 0; at++) {
		must(at % 4 == 0 && at < len);
		must(igdpt_vbt_init(&vbt, data + at, len - at, NULL) == 0);
		must(found.data == vbt.data && found.len == vbt.len);
	}
}

static void same_ports(const struct igdpt_vbt *vbt, const struct igdpt_vbt_port *ports, uint64_t n)
{
	struct igdpt_vbt_child child = { .size = sizeof(child) };

	for (uint32_t i = 0; i < n; i++) {
		must(igdpt_vbt_child_at(vbt, i, &child) == 0);
		must(child.handle == ports[i].handle && child.dvo_port == ports[i].dvo_port);
		must(child.device_type == ports[i].device_type && child.ddc_pin == ports[i].ddc_pin);
		must(vbt->bdb_version < 155 || child.aux_channel == ports[i].aux_channel);
	}
}

/* What was built reads back: decode after encode is the identity. */
static void build_one(const uint8_t *data, size_t len)
{
	static uint8_t bytes[BUILT_MAX];
	struct fuzz_reader in = { data, len };
	struct igdpt_vbt_port ports[17] = { 0 };
	struct igdpt_vbt_build_opts opts = { .size = sizeof(opts), .ports = ports };
	struct igdpt_finding why = { .size = sizeof(why) };
	size_t room = sizeof(bytes), need = 0;
	struct igdpt_vbt vbt;

	opts.bdb_version = (uint32_t)fuzz_number(&in, 2);
	opts.bytes = (uint32_t)fuzz_number(&in, 2);
	opts.port_count = 1 + fuzz_below(&in, COUNT(ports));
	for (uint32_t i = 0; i < opts.port_count && i < COUNT(ports); i++) {
		ports[i].handle = (uint32_t)fuzz_number(&in, 2);
		ports[i].device_type = (uint32_t)fuzz_number(&in, 2);
		ports[i].dvo_port = (uint32_t)fuzz_number(&in, 1);
		ports[i].ddc_pin = (uint32_t)fuzz_number(&in, 1);
		ports[i].aux_channel = (uint32_t)fuzz_number(&in, 1);
	}
	if (igdpt_vbt_build(&opts, bytes, &room, &why) < 0) {
		must(why.id);
		return;
	}
	must(igdpt_vbt_build(&opts, NULL, &need, &why) == -IGDPT_E_NOSPACE && need == room);
	must(igdpt_vbt_init(&vbt, bytes, room, NULL) == 0 && vbt.len == room && room >= opts.bytes);
	must(!opts.bdb_version || vbt.bdb_version == opts.bdb_version);
	must(byte_sum(bytes, room) == 0);
	same_ports(&vbt, ports, opts.port_count);
	walk_agrees(&vbt);
}

/* Ports and numbers that have no room in their fields. */
static void refuse_to_build(void)
{
	static const struct igdpt_vbt_port ports[] = { { .handle = 0x10000 }, { .device_type = 0x10000 },
		{ .dvo_port = 256 }, { .ddc_pin = 256 }, { .aux_channel = 256 }, { .reserved = 1 } };
	struct igdpt_vbt_build_opts opts = { .size = sizeof(opts), .port_count = 1 };
	size_t room = 0;

	for (size_t i = 0; i < COUNT(ports); i++) {
		opts.ports = &ports[i];
		must(igdpt_vbt_build(&opts, NULL, &room, NULL) ==
			(ports[i].reserved ? -IGDPT_E_ABI_UNKNOWN : -IGDPT_E_INVALID));
	}
	opts = (struct igdpt_vbt_build_opts){ .size = sizeof(opts), .bdb_version = 0x10000 };
	must(igdpt_vbt_build(&opts, NULL, &room, NULL) == -IGDPT_E_INVALID);
	opts.bdb_version = 0;
	opts.platform = "none of them";
	must(igdpt_vbt_build(&opts, NULL, &room, NULL) < 0);
	opts.platform = NULL;
	must(igdpt_vbt_build(&opts, NULL, &room, NULL) == -IGDPT_E_NOSPACE && room);
}

/* Arguments that are none are refused, whatever the table says. */
static void refuse(const uint8_t *data, size_t len)
{
	struct igdpt_vbt_build_opts opts = { .size = 3 };
	struct igdpt_vbt_mipi mipi = { .size = 3 };
	struct igdpt_vbt_block block = { .size = 3 };
	struct igdpt_vbt vbt;
	size_t room = 0;

	must(igdpt_vbt_init(NULL, data, len, NULL) == -IGDPT_E_INVALID);
	must(igdpt_vbt_validate(NULL, NULL, NULL) == -IGDPT_E_INVALID);
	must(igdpt_vbt_compare(NULL, NULL, NULL, NULL) == -IGDPT_E_INVALID);
	must(igdpt_vbt_next(NULL, NULL, NULL) == -IGDPT_E_INVALID);
	must(igdpt_vbt_mipi_next(NULL, NULL, NULL) == -IGDPT_E_INVALID);
	must(igdpt_vbt_panel_at(NULL, 0, NULL, NULL) < 0 && igdpt_vbt_child_at(NULL, 0, NULL) < 0);
	must(igdpt_vbt_get(NULL, 0, 0, NULL) == -IGDPT_E_INVALID);
	must(igdpt_vbt_find(NULL, 0, &room, NULL) == -IGDPT_E_INVALID);
	must(igdpt_vbt_find(data, len, &(size_t){ len + 1 }, NULL) == -IGDPT_E_NOTFOUND);
	must(igdpt_vbt_build(&opts, NULL, &room, NULL) == -IGDPT_E_ABI_SIZE);
	refuse_to_build();
	if (igdpt_vbt_init(&vbt, data, len, NULL) < 0)
		return;
	must(igdpt_vbt_mipi_next(&vbt, &mipi, NULL) == -IGDPT_E_ABI_SIZE);
	must(igdpt_vbt_next(&vbt, &block, NULL) == -IGDPT_E_ABI_SIZE);
	/* A walk may go on from anywhere that the caller says. */
	mipi = (struct igdpt_vbt_mipi){ .size = sizeof(mipi), .next = data[len - 1], .end = 0x4000 };
	must(igdpt_vbt_mipi_next(&vbt, &mipi, NULL) <= 1);
}

static void count_difference(void *user, const struct igdpt_vbt_difference *d)
{
	must(d->present <= 3 && (d->present != 3 || !d->name || d->a != d->b));
	++*(int *)user;
}

/* Another table differs from this one as much as this one from it. */
static void compare_with(const struct igdpt_vbt *vbt, const struct igdpt_vbt *other)
{
	int told = 0, count = igdpt_vbt_compare(vbt, other, count_difference, &told);

	must(count == told && igdpt_vbt_compare(other, vbt, NULL, NULL) == count);
}

static void compare_one(const uint8_t *data, size_t len)
{
	static const struct igdpt_vbt_port port = { .handle = 8, .device_type = 0x1806 };
	struct igdpt_vbt_build_opts opts = { .size = sizeof(opts), .platform = "tgl", .ports = &port,
		.port_count = 1 };
	uint8_t bytes[1024];
	size_t room = sizeof(bytes);
	struct igdpt_vbt vbt, other;

	if (len <= VBT_CHECKSUM || data[VBT_CHECKSUM] % 16 || igdpt_vbt_init(&vbt, data, len, NULL) < 0)
		return;
	must(igdpt_vbt_build(&opts, bytes, &room, NULL) == 0);
	must(igdpt_vbt_init(&other, bytes, room, NULL) == 0);
	compare_with(&vbt, &other);
}

void fuzz_one(const uint8_t *data, size_t len)
{
	read_one(data, len);
	refuse(data, len);
	compare_one(data, len);
	find_all(data, len);
	if (len < 256)
		build_one(data, len);
}

/* ---- Mutators ------------------------------------------------------------------------------- */

/* The header of a block picked by its place in the chain; 0 if the table cannot be read. */
static uint32_t pick_block(const uint8_t *data, size_t len, unsigned *seed)
{
	struct igdpt_vbt_block block = { .size = sizeof(block) };
	uint32_t steps = fuzz_random(seed) % 64, at = 0;
	struct igdpt_vbt vbt;

	if (igdpt_vbt_init(&vbt, data, len, NULL) < 0)
		return 0;
	while (steps-- && igdpt_vbt_next(&vbt, &block, NULL) > 0)
		at = block.offset - 3;
	return at;
}

/* Rename, resize or fill one block, or change what the headers say. */
static void change_table(uint8_t *data, size_t len, unsigned *seed)
{
	static const uint8_t ids[] = { 1, 2, 12, 22, 23, 24, 27, 40, 41, 42, 43, 44, 52, 53, 56, 58 };
	uint32_t at = pick_block(data, len, seed);
	size_t spot = at + 3 + fuzz_random(seed) % 48;

	switch (at ? fuzz_random(seed) % 4 : 3) {
	case 0:
		data[at] = ids[fuzz_random(seed) % sizeof(ids)];
		break;
	case 1:
		put_le16(data + at + 1, (uint16_t)fuzz_interesting(seed, len - at - 3));
		break;
	case 2:
		if (spot < len)
			data[spot] = (uint8_t)fuzz_interesting(seed, 255);
		break;
	default:
		spot = (size_t[]){ 20, 22, 24, 28, 64, 66, 68 }[fuzz_random(seed) % 7];
		if (spot + 2 <= len)
			put_le16(data + spot, (uint16_t)fuzz_interesting(seed, len));
		break;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t max, unsigned seed)
{
	if (len < 70 || fuzz_random(&seed) % 2)
		len = LLVMFuzzerMutate(data, len, max);
	else
		change_table(data, len, &seed);
	if (fuzz_random(&seed) % 4 == 0)
		fuzz_fix_sum(data, len, VBT_CHECKSUM);
	return len;
}
