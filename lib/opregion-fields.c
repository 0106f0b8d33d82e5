/* SPDX-License-Identifier: MIT */
#include "opregion-priv.h"

static const struct strings {
#define IGDPT_OPREGION_FIELD(token, offset, width, count, mailbox, first, last, kind, policy,      \
			     text, source)                                                         \
	char token[sizeof(#token "\0" text "\0" source)];
#include "igdpt/opregion-fields.def"
#undef IGDPT_OPREGION_FIELD
} strings = {
#define IGDPT_OPREGION_FIELD(token, offset, width, count, mailbox, first, last, kind, policy,      \
			     text, source)                                                         \
	#token "\0" text "\0" source,
#include "igdpt/opregion-fields.def"
#undef IGDPT_OPREGION_FIELD
};

static const struct igdpt_priv_field fields[] = {
#define IGDPT_OPREGION_FIELD(token, offset, width, count, mailbox, first, last, kind, policy,      \
			     text, source)                                                         \
	{ offset, width, count, mailbox, first, last, IGDPT_FIELD_##kind, IGDPT_FIELD_##policy,    \
		offsetof(struct strings, token) },
#include "igdpt/opregion-fields.def"
#undef IGDPT_OPREGION_FIELD
};

const char *igdpt_priv_field_string(const struct igdpt_priv_field *f, unsigned n)
{
	return string_at(&strings, f->strings, n);
}

const struct igdpt_priv_field *igdpt_priv_opregion_fields(size_t *count)
{
	*count = ARRAY_SIZE(fields);
	return fields;
}

int igdpt_opregion_field_at(size_t index, struct igdpt_opregion_field_info *info)
{
	struct igdpt_opregion_field_info known;
	const struct igdpt_priv_field *f;

	if (index >= ARRAY_SIZE(fields))
		return -IGDPT_E_NOTFOUND;
	f = &fields[index];
	known = (struct igdpt_opregion_field_info){
		.offset = f->offset,
		.width = f->width,
		.count = f->count,
		.mailbox = f->mailbox,
		.first = f->first,
		.last = f->last,
		.kind = f->kind,
		.policy = f->policy,
		.name = igdpt_priv_field_string(f, FIELD_NAME),
		.text = igdpt_priv_field_string(f, FIELD_TEXT),
		.source = igdpt_priv_field_string(f, FIELD_SOURCE),
	};
	return igdpt_priv_struct_out(info, &known, sizeof(known), V1(igdpt_opregion_field_info));
}

static const struct igdpt_priv_field *find_field(uint32_t version, uint32_t offset)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (fields[i].offset == offset && field_exists(&fields[i], version))
			return &fields[i];
	}
	return NULL;
}

int igdpt_opregion_get(const struct igdpt_opregion *op, uint32_t field, uint32_t index,
	uint64_t *value)
{
	const struct igdpt_priv_field *f;

	if (!op || !value)
		return -IGDPT_E_INVALID;
	f = find_field(op->version, field);
	if (!f)
		return -IGDPT_E_NOTFOUND;
	if (index >= f->count)
		return -IGDPT_E_RANGE;
	*value = get_le(op->data + f->offset + (size_t)index * f->width, f->width);
	return 0;
}
