/* SPDX-License-Identifier: MIT */
#ifndef IGDPT_PLATFORM_H
#define IGDPT_PLATFORM_H

#include "igdpt/base.h"

/**
 * @defgroup igdpt_platform Platform: device id to capabilities
 *
 * An exact list of device ids, because prefixes collide, and one record per platform. An id that is
 * not in the list stays unknown: nothing is guessed. A caller that knows better looks the platform
 * up by name and uses that record.
 *
 * @par Units and byte order
 * Ids and register values are host-endian numbers.
 *
 * @par Lifetime
 * A record holds no pointers but to constants of the library.
 *
 * @par Source
 * Linux include/drm/intel/pciids.h for the ids, arch/x86/kernel/early-quirks.c and i915 for the
 * capabilities; config space dumps agree. Row by row in igdpt/platforms.def.
 * @{
 */

/** Platform numbers; one row each in igdpt/platforms.def. */
enum igdpt_platform_id {
#define IGDPT_PLATFORM(num, token, name, title, gen, codec, bdsm, flags, audio)                    \
	IGDPT_PLATFORM_##token = num,
#include "igdpt/platforms.def"
#undef IGDPT_PLATFORM
	IGDPT_PLATFORM_UNKNOWN = 0
};

/** How GGC encodes the sizes of stolen memory. */
enum igdpt_codec {
	IGDPT_CODEC_NONE = 0, /**< no GGC, or unknown */
	IGDPT_CODEC_GEN3 = 1, /**< gen 3 to 5: host bridge 0x52, GMS 7:4 by table */
	IGDPT_CODEC_GEN6 = 2, /**< gen 6 to 7.5, Valleyview: GMS 7:3 x 32 MiB, GGMS 9:8 x 1 MiB */
	IGDPT_CODEC_GEN8 = 3, /**< Broadwell: GMS 15:8 x 32 MiB, GGMS 7:6 as 2^n MiB */
	IGDPT_CODEC_CHV = 4,  /**< Cherryview: GMS 7:3 with 4 MiB codes, GGMS 9:8 as 2^n MiB */
	IGDPT_CODEC_GEN9 = 5, /**< gen 9 to 12.0: as gen 8 with 4 MiB codes 0xF0 to 0xFE */
	IGDPT_CODEC_MTL = 6   /**< gen 12.70 on, MMIO 0x108040: GMS 0..4 or 0xF0..0xFE, GGMS 3 */
};

/** Where the base of data stolen memory (DSM) is. */
enum igdpt_bdsm_kind {
	IGDPT_BDSM_NONE = 0,   /**< no usable register */
	IGDPT_BDSM_CFG_5C = 1, /**< 32-bit config register 0x5C */
	IGDPT_BDSM_CFG_C0 = 2  /**< 64-bit config register 0xC0 */
};

/** Platform flags. */
enum igdpt_platform_flag {
	IGDPT_PLATFORM_INTEGRATED = 1, /**< integrated: may have an OpRegion and stolen memory */
	IGDPT_PLATFORM_LMEMBAR = 2,    /**< stolen memory lies behind BAR2 */
	IGDPT_PLATFORM_NO_IOMMU = 4,   /**< Linux hosts switch its IOMMU off: not assignable there */
	IGDPT_PLATFORM_SWSCI_E0 = 8    /**< Atom part: config 0xE0 is SWSCI too */
};

/** Capabilities of one platform. */
struct igdpt_platform {
	uint32_t size;       /**< sizeof, set by the caller */
	uint32_t device_id;  /**< PCI device id looked up, 0 when looked up by name */
	uint32_t platform;   /**< ::igdpt_platform_id */
	uint32_t gen;        /**< graphics IP version times 100: 600, 750, 1200, 1270 */
	uint32_t codec;      /**< ::igdpt_codec of GGC */
	uint32_t bdsm;       /**< ::igdpt_bdsm_kind */
	uint32_t flags;      /**< ::igdpt_platform_flag */
	uint32_t audio_devfn; /**< HDMI audio, device << 3 | function on bus 0; 0 none or unknown */
	const char *name;    /**< stable short name, e.g. "adl-p"; lives as long as the library */
	const char *title;   /**< name in words, e.g. "Alder Lake-P" */
};

/** The chipset (PCH) that guest drivers look for beside an IGD, by the id of an ISA bridge. */
struct igdpt_pch {
	uint32_t size;       /**< sizeof, set by the caller */
	uint32_t mask;       /**< bits of the device id that count, 0xFF80 */
	uint32_t count;      /**< how many ids */
	uint32_t reserved;   /**< zero */
	const uint16_t *ids; /**< masked device ids that suit this IGD; live as long as the library */
	const char *name;    /**< what Linux assumes with an emulated bridge, e.g. "CNP" */
};

IGDPT_BEGIN_DECLS

/**
 * Capabilities of a device id (exact match).
 *
 * @param device_id PCI device id, vendor 0x8086 assumed
 * @param[in,out] platform `size` set by the caller
 * @retval 0 filled
 * @retval -IGDPT_E_NOTFOUND not an Intel graphics device that this library knows
 * @retval -IGDPT_E_ABI_SIZE `platform->size` is impossible
 * @retval -IGDPT_E_INVALID `platform` is NULL
 * @par Thread safety
 * Any thread, any time.
 * @since 1.0
 */
IGDPT_API int igdpt_platform_find(uint32_t device_id, struct igdpt_platform *platform);

/**
 * Capabilities of a platform by its short name: the explicit override for an unknown id.
 *
 * @param name e.g. "tgl"; compared exactly
 * @param[in,out] platform `size` set by the caller; `device_id` is 0
 * @retval 0 filled
 * @retval -IGDPT_E_NOTFOUND no platform of that name
 * @retval -IGDPT_E_ABI_SIZE `platform->size` is impossible
 * @retval -IGDPT_E_INVALID `platform` is NULL
 * @par Thread safety
 * Any thread, any time.
 * @since 1.0
 */
IGDPT_API int igdpt_platform_by_name(const char *name, struct igdpt_platform *platform);

/**
 * The n-th known device id, ascending: to list them all.
 *
 * @param index from 0
 * @param[in,out] platform `size` set by the caller
 * @retval 0 filled
 * @retval -IGDPT_E_NOTFOUND `index` is past the last id
 * @retval -IGDPT_E_ABI_SIZE `platform->size` is impossible
 * @retval -IGDPT_E_INVALID `platform` is NULL
 * @par Thread safety
 * Any thread, any time.
 * @since 1.0
 */
IGDPT_API int igdpt_platform_at(size_t index, struct igdpt_platform *platform);

/**
 * The PCH that goes with a platform.
 *
 * With the bridges of i440FX and Q35 Linux assumes the named one; a copied LPC id (igdpt_bridge_at())
 * of the list says it exactly. From Meteor Lake on nobody looks. Intel's GOP driver wants the id of
 * a real PCH in any case (EVE, ACRN).
 *
 * @param platform an ::igdpt_platform_id
 * @param[in,out] pch `size` set by the caller
 * @retval 0 filled
 * @retval -IGDPT_E_NOTFOUND Linux looks for none
 * @retval -IGDPT_E_ABI_SIZE `pch->size` is impossible
 * @retval -IGDPT_E_INVALID `pch` is NULL
 * @par Source
 * Linux intel_pch.c: the ids, and the guess for virtual bridges.
 * @par Thread safety
 * Any thread, any time.
 * @since 1.0
 */
IGDPT_API int igdpt_platform_pch(uint32_t platform, struct igdpt_pch *pch);

IGDPT_END_DECLS

/** @} */
#endif
