/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "opregion.h"

/* Characters of 8 or 16 bits up to the first NUL, in ASCII; anything else becomes a dot. */
static void field_string(const struct igdpt_opregion *op, const struct igdpt_opregion_field_info *f,
	char text[64])
{
	uint64_t c;
	uint32_t i;

	for (i = 0; i < 63 && igdpt_opregion_get(op, f->offset, i, &c) == 0 && c; i++)
		text[i] = c >= 0x20 && c < 0x7f ? (char)c : '.';
	text[i] = '\0';
}

/* Trailing zero elements say nothing: display lists and tables end there. */
static uint32_t used_elements(const struct igdpt_opregion *op,
	const struct igdpt_opregion_field_info *f)
{
	uint32_t used = 0;
	uint64_t v;

	for (uint32_t i = 0; igdpt_opregion_get(op, f->offset, i, &v) == 0; i++) {
		if (v)
			used = i + 1;
	}
	return used;
}

static void field_numbers(const struct igdpt_opregion *op, const struct igdpt_opregion_field_info *f)
{
	uint32_t used = used_elements(op, f);
	uint64_t v;

	printf("%s", used ? "" : "0");
	for (uint32_t i = 0; i < used && igdpt_opregion_get(op, f->offset, i, &v) == 0; i++)
		printf("%s0x%" PRIx64, i ? " " : "", v);
}

static void field_text(const struct igdpt_opregion *op, const struct igdpt_opregion_field_info *f)
{
	char text[64];

	printf("  0x%04x %-4s ", f->offset, f->name);
	if (f->kind == IGDPT_FIELD_TEXT) {
		field_string(op, f, text);
		printf("\"%s\"", text);
	} else if (f->kind == IGDPT_FIELD_NUMBER) {
		field_numbers(op, f);
	} else {
		printf("%u bytes, %u used", f->count, used_elements(op, f));
	}
	printf("  (%s)\n", f->text);
}

static void field_json(struct json *j, const struct igdpt_opregion *op,
	const struct igdpt_opregion_field_info *f)
{
	char text[64];
	uint64_t v;

	if (f->kind == IGDPT_FIELD_TEXT) {
		field_string(op, f, text);
		json_string(j, f->name, text);
	} else if (f->kind == IGDPT_FIELD_NUMBER && f->count == 1) {
		igdpt_opregion_get(op, f->offset, 0, &v);
		json_unsigned(j, f->name, v);
	} else if (f->kind == IGDPT_FIELD_NUMBER) {
		json_begin_array(j, f->name);
		for (uint32_t i = 0; igdpt_opregion_get(op, f->offset, i, &v) == 0; i++)
			json_unsigned(j, NULL, v);
		json_end_array(j);
	} else {
		json_unsigned(j, f->name, used_elements(op, f));
	}
}

/* Mailboxes by name; one that MBOX does not offer is left out. Header and RVDA always count. */
static const struct {
	const char *title;
	uint32_t bits;
} mailboxes[] = {
	{ "header", 0 },
	{ "mailbox 1, ACPI", IGDPT_MBOX_ACPI },
	{ "mailbox 2, SWSCI or backlight", IGDPT_MBOX_SWSCI | IGDPT_MBOX_BACKLIGHT },
	{ "mailbox 3, ASLE", IGDPT_MBOX_ASLE },
	{ "mailbox 4, VBT", IGDPT_MBOX_VBT },
	{ "mailbox 5, ASLE extension", IGDPT_MBOX_ASLE_EXT },
};

static bool offered(const struct igdpt_opregion *op, uint32_t mailbox)
{
	return !mailboxes[mailbox].bits || (op->mboxes & mailboxes[mailbox].bits);
}

static void show_fields(struct session *s, const struct igdpt_opregion *op)
{
	struct igdpt_opregion_field_info f = { .size = sizeof(f) };
	uint32_t mailbox = UINT32_MAX;

	for (size_t i = 0; igdpt_opregion_field_at(i, &f) == 0; i++) {
		if (op->version < f.first || op->version > f.last || !offered(op, f.mailbox) ||
			f.policy == IGDPT_FIELD_RESERVED)
			continue;
		if (s->as_json) {
			field_json(&s->json, op, &f);
			continue;
		}
		if (f.mailbox != mailbox)
			printf("  %s\n", mailboxes[f.mailbox].title);
		mailbox = f.mailbox;
		field_text(op, &f);
	}
}

/* Three letters of five bits, A is 1: EDID 1.4, section 3.4.1. */
static void edid_vendor(const uint8_t *edid, char text[4])
{
	unsigned id = (unsigned)edid[8] << 8 | edid[9];

	for (unsigned i = 0; i < 3; i++)
		text[i] = (char)('@' + (id >> (10 - 5 * i) & 31));
	text[3] = '\0';
}

static void show_edid(struct session *s, const struct input *in)
{
	uint32_t offset, bytes;
	char vendor[4];
	unsigned product;

	if (igdpt_opregion_edid(&in->op, &offset, &bytes, NULL) < 0)
		return;
	edid_vendor(in->data + offset, vendor);
	product = in->data[offset + 10] | (unsigned)in->data[offset + 11] << 8;
	if (!s->as_json) {
		printf("  panel EDID: %s %04x, %u bytes at 0x%x\n", vendor, product, bytes, offset);
		return;
	}
	json_begin_object(&s->json, "edid");
	json_unsigned(&s->json, "offset", offset);
	json_unsigned(&s->json, "bytes", bytes);
	json_string(&s->json, "vendor", vendor);
	json_unsigned(&s->json, "product", product);
	json_end_object(&s->json);
}

static int show_one(struct session *s, struct input *in)
{
	if (!in->op.data)
		return opregion_refused(in);
	opregion_summary(s, in);
	if (s->as_json)
		json_begin_object(&s->json, "fields");
	else
		printf("\n");
	show_fields(s, &in->op);
	if (s->as_json)
		json_end_object(&s->json);
	show_edid(s, in);
	return EXIT_FINE;
}

int opregion_run_show(const struct command *self, int argc, char **argv)
{
	return opregion_run_files(self, argc, argv, show_one);
}

/* A difference in words: elements of text and bytes are counted. */
static void difference_text(const struct igdpt_opregion_difference *d, const char *a, const char *b)
{
	printf("%s: %s", cli_name(b), d->name);
	if (d->index || d->count > 1)
		printf("[%u]", d->index);
	printf(": 0x%" PRIx64 ", in %s 0x%" PRIx64, d->b, cli_name(a), d->a);
	if (d->count > 1)
		printf(" (and %u more)", d->count - 1);
	printf("\n");
}

struct diff {
	struct session *s;
	const char *a, *b;
};

static void show_difference(void *user, const struct igdpt_opregion_difference *d)
{
	const struct diff *diff = user;
	struct json *j = &diff->s->json;

	if (!diff->s->as_json) {
		difference_text(d, diff->a, diff->b);
		return;
	}
	json_begin_object(j, NULL);
	json_string(j, "name", d->name);
	json_unsigned(j, "offset", d->field);
	json_unsigned(j, "index", d->index);
	json_unsigned(j, "count", d->count);
	json_unsigned(j, "a", d->a);
	json_unsigned(j, "b", d->b);
	json_end_object(j);
}

static int diff_one(struct session *s, struct input *in)
{
	const struct input *first = s->options;
	struct diff diff = { s, first->file, in->file };
	int count;

	if (!in->op.data)
		return opregion_refused(in);
	if (s->as_json)
		json_begin_array(&s->json, "differences");
	count = igdpt_opregion_diff(&first->op, &in->op, show_difference, &diff);
	if (s->as_json)
		json_end_array(&s->json);
	return count ? EXIT_WARNINGS : EXIT_FINE;
}

int opregion_run_diff(const struct command *self, int argc, char **argv)
{
	int json = cli_json_option(self, argc, argv), rc;
	struct session s = { .json = { .out = stdout }, .as_json = json > 0 };
	struct input first;

	if (json < 0)
		return EXIT_CANNOT_RUN;
	if (argc - optind < 2)
		return cli_usage(self, "opregion diff: wants two files or more");
	if (!opregion_read(&first, argv[optind]))
		return EXIT_CANNOT_RUN;
	s.options = &first;
	rc = first.op.data ? opregion_each(&s, argc - optind - 1, argv + optind + 1, diff_one) :
		opregion_refused(&first);
	free(first.data);
	return rc;
}
