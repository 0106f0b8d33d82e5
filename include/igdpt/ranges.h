/* SPDX-License-Identifier: MIT */
#ifndef IGDPT_RANGES_H
#define IGDPT_RANGES_H

#include "igdpt/base.h"
#include "igdpt/error.h"

/**
 * @defgroup igdpt_ranges Ranges: sets of addresses
 *
 * A set holds inclusive ranges up to the last byte of a 64-bit address space, 2^64 - 1 included.
 * It is built once, in O(n log n), in memory that the caller gives, and then answers in O(log n).
 *
 * The set's array stays plain: sorted, disjoint, and without touching neighbours, so that a caller
 * may walk `ranges[0 .. count - 1]` itself.
 *
 * @par Units and byte order
 * Addresses in bytes, ends inclusive, host-endian.
 *
 * @par Lifetime
 * A set borrows the caller's array and index, which must outlive it and not change.
 *
 * @par Thread safety
 * Any thread; see @ref igdpt_base.
 *
 * @par Source
 * Arithmetic alone; held against a slow model in tests/check_ranges.c.
 * @{
 */

/** An inclusive range of addresses. This struct never grows. */
struct igdpt_range {
	uint64_t first; /**< first byte */
	uint64_t last;  /**< last byte, at least `first` */
};

/**
 * View of a set. Filled by igdpt_ranges_build(); members may be read, not written. All zero is the
 * empty set.
 */
struct igdpt_ranges {
	const struct igdpt_range *ranges; /**< the caller's array: sorted, disjoint, not touching */
	const uint64_t *index;            /**< the caller's words for igdpt_ranges_fit(), or NULL */
	size_t count;                     /**< ranges in the set */
};

/** What igdpt_ranges_combine() makes of two sets. */
enum igdpt_ranges_op {
	IGDPT_RANGES_UNION = 1,    /**< what lies in either */
	IGDPT_RANGES_SUBTRACT = 2, /**< what lies in the first, not in the second */
	IGDPT_RANGES_INTERSECT = 3 /**< what lies in both */
};

/** Flags of struct igdpt_ranges_request. */
enum igdpt_ranges_flag {
	IGDPT_RANGES_HIGHEST = 1,  /**< the highest place; the default is the lowest */
	IGDPT_RANGES_PREFERRED = 2 /**< try `preferred` before any other place */
};

/** What igdpt_ranges_fit() looks for. */
struct igdpt_ranges_request {
	uint32_t size;      /**< sizeof, set by the caller */
	uint32_t flags;     /**< ::igdpt_ranges_flag */
	uint64_t bytes;     /**< size of the place, at least 1 */
	uint64_t align;     /**< power of two; 0 means 1 */
	uint64_t min;       /**< lowest byte that the place may have */
	uint64_t max;       /**< highest byte that the place may have; 0 means 2^64 - 1 */
	uint64_t preferred; /**< first byte of the place to try first */
};

IGDPT_BEGIN_DECLS

/**
 * Build a set: sort the array in place, join what overlaps or touches, index the holes.
 *
 * The index is needed only to make igdpt_ranges_fit() logarithmic. Without one, or below 32 ranges,
 * which need no words, it looks at each hole. The index takes about 17 bytes a range.
 *
 * @param[out] set the view
 * @param[in,out] ranges the ranges, in any order; borrowed for the life of the set
 * @param count how many; 0 makes the empty set
 * @param[out] index room for the index, borrowed for the life of the set; may be NULL
 * @param[in,out] words on entry room in `index` in 64-bit words, on return the number needed for
 *                `count` ranges; NULL for no index
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 built
 * @retval -IGDPT_E_NOSPACE `*words` holds the room needed; nothing was changed
 * @retval -IGDPT_E_RANGE a range ends before it begins; `why->offset` is its byte offset in
 *         `ranges`; nothing was changed
 * @retval -IGDPT_E_INVALID `set` is NULL, or `ranges` is NULL with a count
 * @par Thread safety
 * Any thread; see @ref igdpt_base.
 * @since 1.0
 */
IGDPT_API int igdpt_ranges_build(struct igdpt_ranges *set, struct igdpt_range *ranges, size_t count,
	uint64_t *index, size_t *words, struct igdpt_finding *why);

/**
 * Union, difference or intersection, in one walk over both sets. The holes of a window are
 * ::IGDPT_RANGES_SUBTRACT from a set of that one range.
 *
 * @param op an ::igdpt_ranges_op
 * @param a,b sets
 * @param[out] out the result, sorted, disjoint and not touching; must not overlap the inputs
 * @param[in,out] count on entry room in `out` in ranges, on return the number needed, which is at
 *                most the sum of both counts
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 done
 * @retval -IGDPT_E_NOSPACE `*count` holds the room needed; `out` is unspecified
 * @retval -IGDPT_E_INVALID an unknown operation, or a NULL argument
 * @since 1.0
 */
IGDPT_API int igdpt_ranges_combine(uint32_t op, const struct igdpt_ranges *a,
	const struct igdpt_ranges *b, struct igdpt_range *out, size_t *count,
	struct igdpt_finding *why);

/**
 * The lowest range of a set that shares a byte with [first, last], in O(log n).
 *
 * One call for several questions: `first == last` asks for the range that holds an address,
 * `last == UINT64_MAX` for the next range at or above it, and a hit with `hit->first <= first` and
 * `hit->last >= last` means that the set holds all of [first, last].
 *
 * @param set a set
 * @param first,last inclusive; with `last` below `first` nothing is hit
 * @param[out] hit the range as the set has it, ranges of the input joined, and unspecified if there
 *             is none; may be NULL
 * @retval 1 there is one
 * @retval 0 there is none, or `set` is NULL
 * @since 1.0
 */
IGDPT_API int igdpt_ranges_overlap(const struct igdpt_ranges *set, uint64_t first, uint64_t last,
	struct igdpt_range *hit);

/**
 * A place that the set leaves free: the preferred one if asked for and free, else the lowest or
 * highest. Exact for every power of two: if any place satisfies the request, one is found.
 *
 * O(log n) with an index: at most two blocks of 32 holes are looked at, for every alignment.
 *
 * @param set what is taken
 * @param request what is looked for
 * @param[out] first first byte of the place
 * @param[out] why reason of a failure, may be NULL
 * @retval 1 the preferred place is free
 * @retval 0 another place was found
 * @retval -IGDPT_E_NOTFOUND there is none
 * @retval -IGDPT_E_ALIGN `align` is not a power of two
 * @retval -IGDPT_E_INVALID `bytes` is 0, an unknown flag, or a NULL argument
 * @retval -IGDPT_E_ABI_SIZE `request->size` is impossible
 * @retval -IGDPT_E_ABI_UNKNOWN a member of `request` that this library does not know is set
 * @since 1.0
 */
IGDPT_API int igdpt_ranges_fit(const struct igdpt_ranges *set,
	const struct igdpt_ranges_request *request, uint64_t *first, struct igdpt_finding *why);

IGDPT_END_DECLS

/** @} */
#endif
