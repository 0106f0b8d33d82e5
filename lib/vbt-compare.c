/* SPDX-License-Identifier: MIT */
#include "bytes.h"
#include "internal.h"
#include "vbt-layout.h"

#define MAX_ELEMENTS 255u

struct comparison {
	const struct igdpt_vbt *a;
	const struct igdpt_vbt *b;
	igdpt_vbt_difference_fn fn;
	void *user;
	int count;
	bool named[256]; /* blocks of which a field differs */
};

static void tell(struct comparison *c, struct igdpt_vbt_difference d)
{
	d.size = sizeof(d);
	c->count++;
	if (c->fn)
		c->fn(c->user, &d);
}

/* False once neither table has the element. */
static bool compare_element(struct comparison *c, uint32_t number,
	const struct igdpt_vbt_field *field, uint32_t element)
{
	struct igdpt_vbt_difference d = { .block = field->block, .element = element };

	if (igdpt_vbt_get(c->a, number, element, &d.a) == 0)
		d.present |= 1;
	if (igdpt_vbt_get(c->b, number, element, &d.b) == 0)
		d.present |= 2;
	if (d.present == 0)
		return false;
	if (d.present == 3 && d.a == d.b)
		return true;
	d.name = field->name;
	c->named[field->block & 0xff] = true;
	tell(c, d);
	return true;
}

static bool has(const struct igdpt_vbt *vbt, uint32_t block, struct span *data)
{
	*data = (struct span){ 0, 0 };
	return block == 0 || igdpt_priv_vbt_block(vbt, block, data);
}

static void compare_fields(struct comparison *c)
{
	struct igdpt_vbt_field field = { .size = sizeof(field) };

	for (uint32_t n = 0; igdpt_vbt_field_at(n, &field) == 0; n++) {
		uint32_t count = field.count ? field.count : MAX_ELEMENTS;
		struct span a, b;

		if (!has(c->a, field.block, &a) || !has(c->b, field.block, &b))
			continue;
		for (uint32_t i = 0; i < count && compare_element(c, n, &field, i); i++)
			;
	}
}

/* Offset of the first byte that differs, or that only one has. */
static uint32_t first_difference(const struct comparison *c, const struct span *a,
	const struct span *b)
{
	const uint8_t *p = c->a->data + a->offset, *q = c->b->data + b->offset;
	uint32_t n = a->bytes < b->bytes ? a->bytes : b->bytes, i = 0;

	while (i < n && p[i] == q[i])
		i++;
	return i;
}

static void compare_block(struct comparison *c, uint32_t id)
{
	struct igdpt_vbt_difference d = { .block = id };
	struct span a, b;

	if (has(c->a, id, &a))
		d.present |= 1;
	if (has(c->b, id, &b))
		d.present |= 2;
	d.a = a.bytes;
	d.b = b.bytes;
	if (d.present == 3) {
		d.element = first_difference(c, &a, &b);
		if (c->named[id] || (d.element == a.bytes && d.element == b.bytes))
			return;
		d.a = d.element < a.bytes ? c->a->data[a.offset + d.element] : 0;
		d.b = d.element < b.bytes ? c->b->data[b.offset + d.element] : 0;
	}
	if (d.present)
		tell(c, d);
}

int igdpt_vbt_compare(const struct igdpt_vbt *a, const struct igdpt_vbt *b,
	igdpt_vbt_difference_fn fn, void *user)
{
	struct comparison c = { .a = a, .b = b, .fn = fn, .user = user };

	if (!a || !b)
		return -IGDPT_E_INVALID;
	compare_fields(&c);
	for (uint32_t id = 1; id <= UINT8_MAX; id++)
		compare_block(&c, id);
	return c.count;
}
