/* SPDX-License-Identifier: MIT */
#ifndef IGDPT_ROM_H
#define IGDPT_ROM_H

#include "igdpt/base.h"
#include "igdpt/error.h"

/**
 * @defgroup igdpt_rom Option ROM: images, drivers, VBT, the VBIOS's cached BDSM
 *
 * An option ROM is a chain of images, each with a header (55 AA), a PCI data structure (PCIR) and
 * code: a legacy VBIOS, EFI drivers, or both. Passing an IGD takes a ROM for a picture before the
 * guest's own driver runs; what it must hold depends on the guest's firmware.
 *
 * @par Source
 * PCI Firmware Specification 3.1, section 5; UEFI specification, section 14.4.2 (EFI images).
 * @par Thread safety
 * Any thread; see @ref igdpt_base.
 *
 * @par Units and byte order
 * Offsets and lengths in bytes. The ROM is little-endian, members of the structs are host-endian.
 *
 * @par Lifetime
 * The ROM is borrowed for the call; an image record holds offsets, no pointers.
 * @{
 */

/** Code types in PCIR. */
enum igdpt_rom_code {
	IGDPT_ROM_X86 = 0,           /**< legacy BIOS */
	IGDPT_ROM_OPEN_FIRMWARE = 1, /**< Open Firmware */
	IGDPT_ROM_PA_RISC = 2,       /**< PA-RISC */
	IGDPT_ROM_EFI = 3            /**< EFI driver */
};

/** Flags of struct igdpt_rom_image. */
enum igdpt_rom_flag {
	IGDPT_ROM_LAST = 1,            /**< PCIR says that no image follows */
	IGDPT_ROM_CHECKSUM_BAD = 2,    /**< legacy image whose bytes do not sum to zero */
	IGDPT_ROM_COMPRESSED = 4,      /**< compressed EFI driver: its contents cannot be judged */
	IGDPT_ROM_BDSM_CACHED = 8,     /**< VBIOS with a place where it keeps the host's BDSM */
	IGDPT_ROM_BDSM_AMBIGUOUS = 16  /**< several such places: not patched */
};

/** Drivers that an image's plain text gives away. */
enum igdpt_rom_driver {
	IGDPT_ROM_IGD_ASSIGNMENT = 1, /**< reads etc/igd-opregion and programs ASLS and BDSM */
	IGDPT_ROM_GOP_POLICY = 2,     /**< PlatformGopPolicy: hands the VBT to Intel's GOP driver */
	IGDPT_ROM_INTEL_GOP = 4       /**< Intel's GOP driver: a picture before the OS runs */
};

/** One image. Offsets are from the image's start unless they say otherwise. */
struct igdpt_rom_image {
	uint32_t size;        /**< sizeof, set by the caller */
	uint32_t flags;       /**< ::igdpt_rom_flag */
	uint64_t offset;      /**< where the image starts in the ROM */
	uint32_t bytes;       /**< length of the image; 0 before the first call */
	uint32_t pcir;        /**< offset of PCIR */
	uint32_t code_type;   /**< ::igdpt_rom_code */
	uint32_t vendor_id;   /**< PCI vendor id */
	uint32_t device_id;   /**< PCI device id */
	uint32_t class_code;  /**< PCI class code, 24 bits */
	uint32_t device_list; /**< offset of further 16-bit device ids, 0 for none */
	uint32_t device_count; /**< how many */
	uint32_t efi_machine; /**< EFI: PE machine type, 0x8664 for x86-64 */
	uint32_t drivers;     /**< ::igdpt_rom_driver bits seen in plain text */
	uint32_t vbt;         /**< offset of a valid VBT, 0 for none */
	uint32_t vbt_bytes;   /**< its size by its own header */
	uint32_t bdsm;        /**< offset of the cached BDSM, 0 for none */
	uint32_t bdsm_value;  /**< what it holds: a host address, or 0 if it is clean */
};

IGDPT_BEGIN_DECLS

/**
 * The next image of an option ROM.
 *
 * @param rom the ROM, borrowed
 * @param len how many bytes
 * @param[in,out] image `size` set by the caller; `bytes` 0 for the first image, later as the
 *        previous call left it
 * @param[out] why reason of a failure, may be NULL
 * @retval 1 filled
 * @retval 0 the previous image was the last one, or the ROM ends behind it
 * @retval -IGDPT_E_MAGIC no 55 AA, or no PCIR
 * @retval -IGDPT_E_TRUNCATED a header or the image runs past the end
 * @retval -IGDPT_E_RANGE PCIR lies outside
 * @retval -IGDPT_E_SIZE the image has no length
 * @retval -IGDPT_E_ABI_SIZE `image->size` is impossible
 * @retval -IGDPT_E_INVALID `rom` or `image` is NULL
 * @since 1.0
 */
IGDPT_API int igdpt_rom_next(const void *rom, size_t len, struct igdpt_rom_image *image,
	struct igdpt_finding *why);

/**
 * Judge a ROM that is meant for a guest with a passed IGD.
 *
 * @param rom the ROM
 * @param len how many bytes
 * @param device_id the IGD's device id, 0 if not known
 * @param fn called for each finding, offsets from the ROM's start; may be NULL
 * @param user passed to `fn`
 * @return how many findings are errors
 * @since 1.0
 */
IGDPT_API int igdpt_rom_check(const void *rom, size_t len, uint32_t device_id, igdpt_finding_fn fn,
	void *user);

/**
 * A copy of a ROM whose VBIOS has forgotten the host's BDSM, with its checksum made right.
 *
 * The VBIOS of gen 6 to 9 keeps BDSM in a variable that the host's boot has filled; a guest that
 * runs the copy in the host's memory programs the GTT with host addresses. The patch clears the
 * variable, so that the VBIOS reads the register again, and repairs the image's checksum in byte 6.
 *
 * @param rom the ROM; may not overlap `buf`
 * @param len how many bytes
 * @param[out] buf the patched ROM
 * @param[in,out] buf_len room, then size (`len`)
 * @param[out] why reason of a failure, may be NULL
 * @return how many images were changed
 * @retval 0 nothing to change: the variable is there, and already clear
 * @retval -IGDPT_E_NOTFOUND no image has such a variable
 * @retval -IGDPT_E_DUPLICATE an image seems to have several: none is touched
 * @retval -IGDPT_E_NOSPACE `*buf_len` holds the needed size
 * @return any error of igdpt_rom_next()
 * @par Source
 * The instruction sequence that QEMU's VBIOS quirk looks for.
 * @since 1.0
 */
IGDPT_API int igdpt_rom_patch(const void *rom, size_t len, void *buf, size_t *buf_len,
	struct igdpt_finding *why);

IGDPT_END_DECLS

/** @} */
#endif
