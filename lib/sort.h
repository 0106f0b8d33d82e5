/* SPDX-License-Identifier: MIT
 *
 * Sorting in place: qsort() of the C library may allocate, and the core does not.
 */
#ifndef IGDPT_LIB_SORT_H
#define IGDPT_LIB_SORT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the first of two elements comes before the second; not if they are equal. */
typedef bool (*igdpt_priv_before_fn)(const void *, const void *);

/*
 * Heap sort: no allocation, no recursion, O(n log n) for every input. Equal elements may change
 * places.
 */
void igdpt_priv_sort(void *base, size_t n, size_t size, igdpt_priv_before_fn before);

#endif
