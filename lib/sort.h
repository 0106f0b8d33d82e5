/* SPDX-License-Identifier: MIT
 *
 * Sorting in place: qsort() of the C library may allocate, and the core does not.
 */
#ifndef IGDPT_LIB_SORT_H
#define IGDPT_LIB_SORT_H

#include <stddef.h>

/*
 * Heap sort by cmp, which answers as strcmp() does: no allocation, no recursion, O(n log n) for
 * every input. Equal elements may change places.
 */
void igdpt_priv_sort(void *base, size_t n, size_t size, int (*cmp)(const void *, const void *));

#endif
