/* SPDX-License-Identifier: MIT */
#ifndef IGDPT_BASE_H
#define IGDPT_BASE_H

/**
 * @defgroup igdpt_base Base: version, features, conventions
 *
 * libigdpt is a set of pure functions over bytes that the caller owns. It does no I/O, keeps no
 * global state, starts no thread, never exits, prints nothing and allocates only where a function
 * ends in `_new`.
 *
 * @par Bytes
 * Every multi-byte field of firmware tables and registers is little-endian unless a function says
 * otherwise. Input may have any alignment. Numbers in structs and arguments are host-endian.
 *
 * @par Results
 * Functions return 0 or a count on success and a negative ::igdpt_error on failure. Many take an
 * optional last argument `why`, a struct igdpt_finding that says which rule was broken and at which
 * byte offset; NULL is allowed.
 *
 * @par Structs
 * A struct whose first member is `size` grows only at its end. The caller stores
 * `sizeof(struct ...)` there before each call. A library newer than the caller fills what the
 * caller knows; an older one zeroes the rest. In option structs, members that the library does not
 * know must be zero (::IGDPT_E_ABI_UNKNOWN). Zero always means the documented default.
 *
 * @par Views
 * A view (struct igdpt_opregion, struct igdpt_vbt, ...) points into the caller's bytes, which must
 * outlive it and not change meanwhile. It may be copied by assignment and needs no release.
 *
 * @par Output buffers
 * `void *buf, size_t *len`: on entry `*len` is the room, on return the size needed or written. With
 * too little room (or a NULL buffer) the result is -::IGDPT_E_NOSPACE and nothing is written.
 *
 * @par Pointers
 * A pointer that is not said to be optional is checked, where a function documents
 * -::IGDPT_E_INVALID for it, and must not be NULL elsewhere. That goes for the handle of each function
 * that takes a struct igdpt_pcicfg (but igdpt_pcicfg_free()), and for the outputs of
 * igdpt_pcicfg_read(), igdpt_pcicfg_write(), igdpt_mmio_read() and igdpt_mmio_write(): a guest
 * waits for these, and who calls them has made the handle.
 *
 * @par Thread safety
 * All functions are re-entrant. Any number of threads may read through one view or one const
 * handle; one thread at a time may change a handle, with no reader meanwhile. Safe after fork().
 *
 * @par Units and byte order
 * Version numbers and feature numbers are plain host-endian integers.
 *
 * @par Lifetime
 * Nothing is kept, and nothing needs a release.
 *
 * @par Source
 * The rules of this library: doc/abi.md.
 * @{
 */

#include <stddef.h>
#include <stdint.h>

/** @cond */
#ifdef __cplusplus
#define IGDPT_BEGIN_DECLS extern "C" {
#define IGDPT_END_DECLS }
#else
#define IGDPT_BEGIN_DECLS
#define IGDPT_END_DECLS
#endif

#ifndef IGDPT_API
#if defined(__GNUC__)
#define IGDPT_API __attribute__((visibility("default")))
#else
#define IGDPT_API
#endif
#endif
/** @endcond */

/** Version of these headers; igdpt_version() gives that of the library in use. */
enum igdpt_header_version {
	IGDPT_VERSION_MAJOR = 1,
	IGDPT_VERSION_MINOR = 0,
	IGDPT_VERSION_MICRO = 0
};

/** Byte offset of a finding that has none. */
#define IGDPT_NO_OFFSET UINT64_MAX

/** Optional abilities that igdpt_has() can be asked for. Values are never reused. */
enum igdpt_feature {
	IGDPT_FEATURE_OPREGION = 1, /**< OpRegion reader, judge, builder, normaliser */
	IGDPT_FEATURE_PCICFG = 2,   /**< virtual config space */
	IGDPT_FEATURE_FWCFG = 3,    /**< fw_cfg files and directory */
	IGDPT_FEATURE_VBT = 4,      /**< VBT reader, judge, builder */
	IGDPT_FEATURE_DMAR = 5,     /**< DMAR tables, ranges, firmware reservations */
	IGDPT_FEATURE_ROM = 6,      /**< option ROM images */
	IGDPT_FEATURE_MMIO = 7,     /**< BAR mirrors */
	IGDPT_FEATURE_PLAN = 8      /**< guest memory plans */
};

IGDPT_BEGIN_DECLS

/**
 * Version of the library in use.
 *
 * @param[out] major,minor,micro each may be NULL
 * @par Thread safety
 * Any thread, any time.
 * @since 1.0
 */
IGDPT_API void igdpt_version(uint32_t *major, uint32_t *minor, uint32_t *micro);

/**
 * Whether the library in use has a feature.
 *
 * @param feature an ::igdpt_feature; unknown numbers are allowed
 * @retval 1 it has
 * @retval 0 it has not, or does not know the number
 * @par Thread safety
 * Any thread, any time.
 * @since 1.0
 */
IGDPT_API int igdpt_has(uint32_t feature);

IGDPT_END_DECLS

/** @} */
#endif
