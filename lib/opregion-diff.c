/* SPDX-License-Identifier: MIT */
#include "opregion-priv.h"

struct diff {
	const struct igdpt_opregion *a, *b;
	igdpt_opregion_diff_fn fn;
	void *user;
	int count;
};

static void tell(struct diff *d, const struct igdpt_opregion_difference *found)
{
	d->count++;
	if (d->fn)
		d->fn(d->user, found);
}

/* Numbers differ one by one, text and bytes as a whole. */
static void compare_field(struct diff *d, const struct igdpt_priv_field *f)
{
	struct igdpt_opregion_difference found = {
		.size = sizeof(found), .field = f->offset, .name = igdpt_priv_field_string(f, FIELD_NAME),
	};

	for (uint32_t i = 0; i < f->count; i++) {
		size_t at = f->offset + (size_t)i * f->width;

		if (memcmp(d->a->data + at, d->b->data + at, f->width) == 0)
			continue;
		if (!found.count++) {
			found.index = i;
			found.a = get_le(d->a->data + at, f->width);
			found.b = get_le(d->b->data + at, f->width);
		}
		if (f->kind == IGDPT_FIELD_NUMBER) {
			tell(d, &found);
			found.count = 0;
		}
	}
	if (found.count)
		tell(d, &found);
}

/* The VBT's bytes; none, or one that is elsewhere, is no bytes. */
static const uint8_t *vbt_of(const struct igdpt_opregion *op, uint64_t *len)
{
	struct igdpt_opregion_vbt vbt = { .size = sizeof(vbt) };

	igdpt_opregion_find_vbt(op, &vbt, NULL);
	*len = vbt.bytes;
	return op->data + (vbt.bytes ? vbt.offset : 0);
}

static void compare_vbt(struct diff *d)
{
	struct igdpt_opregion_difference found = {
		.size = sizeof(found), .field = IGDPT_OPF_GVD1, .name = "VBT",
	};
	uint64_t a_len, b_len;
	const uint8_t *a = vbt_of(d->a, &a_len), *b = vbt_of(d->b, &b_len);

	for (uint32_t i = 0; i < a_len || i < b_len; i++) {
		if (i < a_len && i < b_len && a[i] == b[i])
			continue;
		if (!found.count++) {
			found.index = i;
			found.a = i < a_len ? a[i] : 0;
			found.b = i < b_len ? b[i] : 0;
		}
	}
	if (found.count)
		tell(d, &found);
}

int igdpt_opregion_diff(const struct igdpt_opregion *a, const struct igdpt_opregion *b,
	igdpt_opregion_diff_fn fn, void *user)
{
	struct diff d = { a, b, fn, user, 0 };
	const struct igdpt_priv_field *f;
	uint32_t version;
	size_t count;

	if (!a || !b)
		return -IGDPT_E_INVALID;
	version = a->version > b->version ? a->version : b->version;
	f = igdpt_priv_opregion_fields(&count);
	for (; count--; f++) {
		if (field_exists(f, version) && f->offset != IGDPT_OPF_GVD1)
			compare_field(&d, f);
	}
	compare_vbt(&d);
	return d.count;
}
