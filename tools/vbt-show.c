/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "vbt.h"

#define MAX_ELEMENTS 255u
#define CHECKSUM_AT 26u
#define SIGNATURE_BYTES 20u
#define PORT_TEXT 120

static bool checksum_ok(const struct igdpt_vbt *vbt)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < vbt->len; i++)
		sum = (uint8_t)(sum + vbt->data[i]);
	return sum == 0;
}

/* The signature without the blanks and NULs that fill it up. */
static size_t signature_length(const struct igdpt_vbt *vbt)
{
	size_t n = SIGNATURE_BYTES;

	while (n && (vbt->data[n - 1] == ' ' || vbt->data[n - 1] == 0))
		n--;
	return n;
}

/* A field without elements; false if the table has none. */
static bool get_field(const struct igdpt_vbt *vbt, const char *name, uint32_t element,
	uint64_t *value)
{
	int number = igdpt_vbt_field_find(name);

	return number >= 0 && igdpt_vbt_get(vbt, (uint32_t)number, element, value) == 0;
}

/*
 * The panel in use: the firmware's choice, or 0 when it leaves that to the panel's EDID (0xff). The
 * timings are those that Linux takes, and `block` is where they are from; 0 for no panel.
 */
static unsigned current_panel(const struct igdpt_vbt *vbt, struct igdpt_vbt_panel *panel)
{
	struct igdpt_vbt_panel generic = { .size = sizeof(generic) };
	unsigned block = 42;
	uint64_t field;
	uint32_t index;

	if (!get_field(vbt, "lfp-options.panel-type", 0, &field))
		return 0;
	index = field < 16 ? (uint32_t)field : 0;
	if (igdpt_vbt_panel_at(vbt, index, panel, NULL) < 0)
		block = 0;
	if (igdpt_vbt_panel_at(vbt, IGDPT_VBT_PANEL_GENERIC + index, &generic, NULL) < 0)
		return block;
	generic.index = index;
	if (block) {
		generic.manufacturer = panel->manufacturer;
		generic.product = panel->product;
		generic.serial = panel->serial;
		generic.year = panel->year;
		generic.name_bytes = panel->name_bytes;
		generic.name = panel->name;
	}
	*panel = generic;
	return 58;
}

/* In hundredths of a hertz. */
static uint64_t refresh(const struct igdpt_vbt_panel *p)
{
	uint64_t pixels = (uint64_t)p->htotal * p->vtotal;

	return pixels ? (p->clock_khz * UINT64_C(100000) + pixels / 2) / pixels : 0;
}

static void manufacturer(const struct igdpt_vbt_panel *p, char letters[4])
{
	for (unsigned i = 0; i < 3; i++)
		letters[i] = (char)(p->manufacturer ? p->manufacturer >> (16 - 8 * i) & 0x7f : '?');
	letters[3] = '\0';
}

static void panel_json(const struct igdpt_vbt *vbt, struct json *j)
{
	struct igdpt_vbt_panel p = { .size = sizeof(p) };
	unsigned block = current_panel(vbt, &p);
	char letters[4];

	if (!block) {
		json_null(j, "panel");
		return;
	}
	json_begin_object(j, "panel");
	json_unsigned(j, "index", p.index);
	json_unsigned(j, "block", block);
	manufacturer(&p, letters);
	json_bytes(j, "name", p.name, p.name_bytes);
	json_string(j, "manufacturer", letters);
	json_unsigned(j, "product", p.product);
	json_unsigned(j, "serial", p.serial);
	json_unsigned(j, "year", p.year);
	json_unsigned(j, "width", p.width);
	json_unsigned(j, "height", p.height);
	json_unsigned(j, "clock_khz", p.clock_khz);
	json_unsigned(j, "hsync_start", p.hsync_start);
	json_unsigned(j, "hsync_end", p.hsync_end);
	json_unsigned(j, "htotal", p.htotal);
	json_unsigned(j, "vsync_start", p.vsync_start);
	json_unsigned(j, "vsync_end", p.vsync_end);
	json_unsigned(j, "vtotal", p.vtotal);
	json_end_object(j);
}

static void blocks_json(const struct vbt_input *in, struct json *j)
{
	struct igdpt_vbt_block block = { .size = sizeof(block) };

	json_begin_array(j, "blocks");
	while (igdpt_vbt_next(&in->vbt, &block, NULL) > 0) {
		json_begin_object(j, NULL);
		json_unsigned(j, "id", block.id);
		json_unsigned(j, "offset", in->offset + block.offset);
		json_unsigned(j, "size", block.bytes);
		json_string(j, "name", block.name);
		if (block.stored != block.bytes)
			json_unsigned(j, "stored_size", block.stored);
		json_end_object(j);
	}
	json_end_array(j);
}

static void children_json(const struct vbt_input *in, struct json *j)
{
	struct igdpt_vbt_child c = { .size = sizeof(c) };

	json_begin_array(j, "children");
	for (uint32_t slot = 0; igdpt_vbt_child_at(&in->vbt, slot, &c) == 0; slot++) {
		if (!c.device_type)
			continue;
		json_begin_object(j, NULL);
		json_unsigned(j, "slot", c.slot);
		json_unsigned(j, "offset", in->offset + c.offset);
		json_unsigned(j, "handle", c.handle);
		json_unsigned(j, "device_type", c.device_type);
		json_unsigned(j, "dvo_port", c.dvo_port);
		json_unsigned(j, "aux_channel", c.aux_channel);
		json_unsigned(j, "ddc_pin", c.ddc_pin);
		json_end_object(j);
	}
	json_end_array(j);
}

int vbt_ports_json(const struct vbt_input *in, struct json *j)
{
	struct igdpt_vbt_child c = { .size = sizeof(c) };
	char text[PORT_TEXT];

	json_begin_array(j, "ports");
	for (uint32_t slot = 0; igdpt_vbt_child_at(&in->vbt, slot, &c) == 0; slot++) {
		if (c.device_type && igdpt_vbt_port_format(&in->vbt, slot, text, sizeof(text)) > 0)
			json_string(j, NULL, text);
	}
	json_end_array(j);
	return EXIT_FINE;
}

static void field_json(const struct igdpt_vbt *vbt, uint32_t number,
	const struct igdpt_vbt_field *field, struct json *j)
{
	uint32_t count = field->count ? field->count : MAX_ELEMENTS;
	uint64_t value;

	if (igdpt_vbt_get(vbt, number, 0, &value) < 0)
		return;
	if (count == 1) {
		json_unsigned(j, field->name, value);
		return;
	}
	json_begin_array(j, field->name);
	for (uint32_t i = 0; i < count && igdpt_vbt_get(vbt, number, i, &value) == 0; i++)
		json_unsigned(j, NULL, value);
	json_end_array(j);
}

static void fields_json(const struct igdpt_vbt *vbt, struct json *j)
{
	struct igdpt_vbt_field field = { .size = sizeof(field) };

	json_begin_object(j, "fields");
	for (uint32_t n = 0; igdpt_vbt_field_at(n, &field) == 0; n++)
		field_json(vbt, n, &field, j);
	json_end_object(j);
}

static void header_json(const struct vbt_input *in, struct json *j)
{
	const struct igdpt_vbt *v = &in->vbt;

	json_bytes(j, "signature", v->data, signature_length(v));
	json_unsigned(j, "vbt_offset", in->offset);
	json_unsigned(j, "vbt_size", v->len);
	json_unsigned(j, "checksum", v->data[CHECKSUM_AT]);
	json_bool(j, "checksum_ok", checksum_ok(v));
	json_unsigned(j, "bdb_offset", in->offset + v->bdb_offset);
	json_unsigned(j, "bdb_size", v->bdb_size);
	json_unsigned(j, "bdb_version", v->bdb_version);
}

void vbt_members_json(const struct vbt_input *in, struct json *j)
{
	header_json(in, j);
	blocks_json(in, j);
	children_json(in, j);
	vbt_ports_json(in, j);
	panel_json(&in->vbt, j);
	fields_json(&in->vbt, j);
}

int vbt_show_json(const struct vbt_input *in, struct json *j)
{
	struct cli_findings findings = { .json = j, .file = in->path };

	vbt_members_json(in, j);
	json_begin_array(j, "findings");
	vbt_validate(in, &findings);
	json_end_array(j);
	return EXIT_FINE;
}

static void panel_text(const struct igdpt_vbt *vbt)
{
	struct igdpt_vbt_panel p = { .size = sizeof(p) };
	uint64_t hz100;
	char letters[4];

	if (!current_panel(vbt, &p))
		return;
	hz100 = refresh(&p);
	manufacturer(&p, letters);
	printf("  panel %u: %ux%u at %u.%02u Hz, %s %04x", p.index, p.width, p.height,
		(unsigned)(hz100 / 100), (unsigned)(hz100 % 100), letters, p.product);
	if (p.name)
		printf(", \"%.*s\"", (int)p.name_bytes, p.name);
	putchar('\n');
}

/* How many there were. */
static uint32_t print_ports(const struct igdpt_vbt *vbt, const char *before, const char *between)
{
	struct igdpt_vbt_child c = { .size = sizeof(c) };
	char text[PORT_TEXT];
	uint32_t count = 0;

	for (uint32_t slot = 0; igdpt_vbt_child_at(vbt, slot, &c) == 0; slot++) {
		if (!c.device_type || igdpt_vbt_port_format(vbt, slot, text, sizeof(text)) <= 0)
			continue;
		printf("%s%s%s\n", before, between, text);
		count++;
	}
	return count;
}

int vbt_ports_text(const struct vbt_input *in, bool fields)
{
	(void)fields;
	if (!print_ports(&in->vbt, in->path, ": "))
		printf("%s: names no connector\n", cli_name(in->path));
	return EXIT_FINE;
}

static void blocks_text(const struct vbt_input *in)
{
	struct igdpt_vbt_block block = { .size = sizeof(block) };

	while (igdpt_vbt_next(&in->vbt, &block, NULL) > 0)
		printf("  block %3u at 0x%04zx, %4u bytes: %s\n", block.id,
			in->offset + block.offset, block.bytes, block.name);
}

static void fields_text(const struct igdpt_vbt *vbt)
{
	struct igdpt_vbt_field field = { .size = sizeof(field) };
	uint64_t value;

	for (uint32_t n = 0; igdpt_vbt_field_at(n, &field) == 0; n++) {
		uint32_t count = field.count ? field.count : MAX_ELEMENTS;

		if (igdpt_vbt_get(vbt, n, 0, &value) < 0)
			continue;
		printf("  %s:", field.name);
		for (uint32_t i = 0; i < count && igdpt_vbt_get(vbt, n, i, &value) == 0; i++)
			printf(" %" PRIu64, value);
		putchar('\n');
	}
}

int vbt_show_text(const struct vbt_input *in, bool fields)
{
	const struct igdpt_vbt *v = &in->vbt;
	struct cli_findings findings = { .file = in->path };
	char signature[SIGNATURE_BYTES + 1] = "";

	memcpy(signature, v->data, signature_length(v));
	printf("%s: \"%s\", %zu bytes, BDB version %u, checksum %s\n", cli_name(in->path),
		cli_plain(signature), v->len, v->bdb_version, checksum_ok(v) ? "right" : "wrong");
	if (in->offset)
		printf("  found at 0x%zx of the file\n", in->offset);
	print_ports(v, "  ", "");
	panel_text(v);
	blocks_text(in);
	if (fields)
		fields_text(v);
	vbt_validate(in, &findings);
	return EXIT_FINE;
}
