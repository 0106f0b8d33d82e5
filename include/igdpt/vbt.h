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

/** A display connector, for igdpt_vbt_build(). */
struct igdpt_vbt_port {
	uint32_t handle;      /**< device handle, 16 bits: 8 LFP 1, 4 EFP 1, 0x40 EFP 2, 0x20 EFP 3 */
	uint32_t device_type; /**< 16 bits: 0x1806 eDP, 0x60D6 DP++, 0x60D2 HDMI, 0x68C6 DP */
	uint32_t dvo_port;    /**< 8 bits: 0 to 3 HDMI A to D, 10 DP A, 7 to 9 DP B to D, ... */
	uint32_t ddc_pin;     /**< 8 bits, 0 none */
	uint32_t aux_channel; /**< 8 bits: 0x40 A, 0x10 B, 0x20 C, 0x30 D, 0 none */
	uint32_t reserved;    /**< zero */
};

/** Options of igdpt_vbt_build(). All zero: BDB 177 with DP++ connectors B, C and D. */
struct igdpt_vbt_build_opts {
	uint32_t size;        /**< sizeof, set by the caller */
	uint32_t bdb_version; /**< 16 bits; 0 is what firmware of the platform's generation has */
	uint32_t bytes;       /**< at least so many, up to 65535; a block 254 is the padding */
	uint32_t reserved;    /**< zero */
	const char *platform; /**< short name as of igdpt_platform_by_name(), or NULL */
	const struct igdpt_vbt_port *ports; /**< borrowed; NULL for the default connectors */
	uint64_t port_count;  /**< at most 16 */
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

/**
 * Build a small VBT that lists connectors: for guests whose host has none to give, and for tests.
 *
 * Header, BDB, blocks 1, 2 and 12, padding if asked for, and a right checksum. Same options, same
 * bytes. Linux i915 accepts it.
 *
 * @param opts NULL or all zero for the defaults
 * @param[out] buf the VBT
 * @param[in,out] len room, then size; padding by one or two bytes becomes three
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 built
 * @retval -IGDPT_E_NOSPACE `*len` holds the needed size
 * @retval -IGDPT_E_NOTFOUND no such platform
 * @retval -IGDPT_E_INVALID an option is outside its range
 * @retval -IGDPT_E_ABI_SIZE `opts->size` is impossible
 * @par Source
 * Linux intel_vbt_defs.h; which blocks suffice: the VBT that Linux GVT-g gives to its guests.
 * @since 1.0
 */
IGDPT_API int igdpt_vbt_build(const struct igdpt_vbt_build_opts *opts, void *buf, size_t *len,
	struct igdpt_finding *why);

IGDPT_END_DECLS

/** @} */
#endif
