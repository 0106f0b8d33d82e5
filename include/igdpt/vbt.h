/* SPDX-License-Identifier: MIT */
#ifndef IGDPT_VBT_H
#define IGDPT_VBT_H

#include "igdpt/base.h"
#include "igdpt/error.h"

/**
 * @defgroup igdpt_vbt VBT: header, blocks, child devices
 *
 * The Video BIOS Table describes the displays: a 48-byte header ("$VBT"), then the BIOS data block
 * (BDB) with its version, then blocks of id, size and data.
 * @{
 */

/** View of a VBT. Filled by igdpt_vbt_init(); members may be read, not written. */
struct igdpt_vbt {
	const uint8_t *data;  /**< the caller's bytes */
	size_t len;           /**< bytes of the VBT by its own header, at most what the caller gave */
	uint32_t bdb_offset;  /**< where the BDB header starts */
	uint32_t bdb_size;    /**< BDB size as stored; one byte short in most newer files */
	uint32_t bdb_header;  /**< size of the BDB header as stored, 22 in every known file */
	uint32_t bdb_version; /**< decides which fields exist */
};

IGDPT_BEGIN_DECLS

/**
 * Make a view of a VBT, with the checks that Linux i915 does and no others.
 *
 * @param[out] vbt the view
 * @param data the bytes, borrowed, starting with "$VBT"; any alignment
 * @param len how many; trailing bytes are ignored
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 usable
 * @retval -IGDPT_E_TRUNCATED fewer bytes than the header, or than the header promises
 * @retval -IGDPT_E_MAGIC no "$VBT"
 * @retval -IGDPT_E_RANGE the BDB lies outside the VBT
 * @retval -IGDPT_E_INVALID `vbt` or `data` is NULL
 * @par Source
 * Linux intel_bios.c, intel_bios_is_valid_vbt().
 * @since 1.0
 */
IGDPT_API int igdpt_vbt_init(struct igdpt_vbt *vbt, const void *data, size_t len,
	struct igdpt_finding *why);

IGDPT_END_DECLS

/** @} */
#endif
