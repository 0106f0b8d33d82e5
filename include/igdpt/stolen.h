/* SPDX-License-Identifier: MIT */
#ifndef IGDPT_STOLEN_H
#define IGDPT_STOLEN_H

#include "igdpt/base.h"
#include "igdpt/error.h"
#include "igdpt/platform.h"

/**
 * @defgroup igdpt_stolen Stolen memory: GGC, GMS, GGMS
 *
 * GGC (GMCH graphics control, 16 bits) holds GMS, the size of the graphics data stolen memory
 * (DSM), and GGMS, the size of the GTT stolen memory (GSM) that lies directly below the DSM.
 * How the codes map to bytes differs by platform: ::igdpt_codec.
 *
 * @par Units and byte order
 * GGC is a 16-bit host-endian number; sizes in bytes.
 *
 * @par Lifetime
 * Nothing is kept.
 *
 * @par Source
 * Linux arch/x86/kernel/early-quirks.c and i915 for the codes, datasheets for the bits; what may be
 * encoded is what QEMU's x-igd-gms takes.
 * @{
 */

/** Flags of struct igdpt_stolen. */
enum igdpt_stolen_flag {
	IGDPT_STOLEN_LOCKED = 1,      /**< GGC bit 0: firmware locked the register */
	IGDPT_STOLEN_VGA_OFF = 2,     /**< GGC bit 1, IVD: the device claims no VGA cycles */
	IGDPT_STOLEN_GMS_UNUSUAL = 4, /**< GMS outside the codes that datasheets and QEMU list */
	IGDPT_STOLEN_GGMS_BAD = 8     /**< GGMS has a code that this codec does not define */
};

/** Options of igdpt_stolen_decode(). */
enum igdpt_stolen_decode_flag {
	/** Decode the undefined code 0xFF by the formula of Linux, as 64 MiB (gen 9 codec only). */
	IGDPT_STOLEN_LENIENT_FF = 1
};

/** What GGC says. */
struct igdpt_stolen {
	uint32_t size;       /**< sizeof, set by the caller */
	uint32_t gms;        /**< GMS code */
	uint32_t ggms;       /**< GGMS code */
	uint32_t flags;      /**< ::igdpt_stolen_flag */
	uint64_t dsm_bytes;  /**< size of the data stolen memory */
	uint64_t gsm_bytes;  /**< size of the GTT stolen memory below it, a shadow GTT included */
};

IGDPT_BEGIN_DECLS

/**
 * Decode GGC.
 *
 * @param codec an ::igdpt_codec
 * @param ggc the 16-bit register, host-endian: config 0x50 of the IGD from gen 6 on, 0x52 of the
 *        host bridge before, MMIO 0x108040 from gen 12.70 on
 * @param flags ::igdpt_stolen_decode_flag
 * @param[in,out] stolen `size` set by the caller
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 filled
 * @retval -IGDPT_E_RANGE the GMS code has no meaning (finding 301)
 * @retval -IGDPT_E_UNSUPPORTED the codec describes no GGC
 * @retval -IGDPT_E_INVALID `ggc` has more than 16 bits, or an unknown flag
 * @retval -IGDPT_E_ABI_SIZE `stolen->size` is impossible
 * @par Source
 * Linux early-quirks.c and i915 for the sizes; datasheets for the bits.
 * @par Thread safety
 * Any thread, any time.
 * @since 1.0
 */
IGDPT_API int igdpt_stolen_decode(uint32_t codec, uint32_t ggc, uint32_t flags,
	struct igdpt_stolen *stolen, struct igdpt_finding *why);

/**
 * GGC with another size of data stolen memory; every other bit, GGMS included, stays.
 *
 * A multiple of 32 MiB takes the 32 MiB code even where a 4 MiB code means the same.
 *
 * @param codec an ::igdpt_codec
 * @param ggc the present 16-bit register, host-endian
 * @param dsm_bytes the wanted size, 0 for none
 * @param[out] new_ggc the register with its GMS field replaced
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 done
 * @retval -IGDPT_E_RANGE no code in use means that size (finding 303)
 * @retval -IGDPT_E_UNSUPPORTED the codec describes no GGC
 * @retval -IGDPT_E_INVALID `ggc` has more than 16 bits, or `new_ggc` is NULL
 * @par Thread safety
 * Any thread, any time.
 * @since 1.0
 */
IGDPT_API int igdpt_stolen_encode(uint32_t codec, uint32_t ggc, uint64_t dsm_bytes,
	uint32_t *new_ggc, struct igdpt_finding *why);

IGDPT_END_DECLS

/** @} */
#endif
