/* SPDX-License-Identifier: MIT */
#include "sort.h"

#include <stdint.h>

struct heap {
	uint8_t *base;
	size_t size;
	igdpt_priv_before_fn before;
};

static uint8_t *at(const struct heap *h, size_t i)
{
	return h->base + i * h->size;
}

static void swap(uint8_t *a, uint8_t *b, size_t size)
{
	while (size--) {
		uint8_t byte = a[size];

		a[size] = b[size];
		b[size] = byte;
	}
}

/* Let element `root` of the first n sink below its larger children. */
static void sink(const struct heap *h, size_t root, size_t n)
{
	/* A root at n / 2 or later has no child; the test also keeps 2 * root from wrapping. */
	while (root < n / 2) {
		size_t child = 2 * root + 1;

		if (child + 1 < n && h->before(at(h, child), at(h, child + 1)))
			child++;
		if (!h->before(at(h, root), at(h, child)))
			return;
		swap(at(h, root), at(h, child), h->size);
		root = child;
	}
}

void igdpt_priv_sort(void *base, size_t n, size_t size, igdpt_priv_before_fn before)
{
	const struct heap h = { base, size, before };

	for (size_t i = n; i-- > 0;)
		sink(&h, i, n);
	while (n--) {
		swap(at(&h, 0), at(&h, n), size);
		sink(&h, 0, n);
	}
}
