/* SPDX-License-Identifier: MIT */
#ifndef IGDPT_LEGACY_H
#define IGDPT_LEGACY_H

#include "igdpt/base.h"
#include "igdpt/error.h"
#include "igdpt/platform.h"

/**
 * @defgroup igdpt_legacy Legacy mode: would QEMU do it, and if not, why not
 *
 * QEMU's legacy mode makes the guest look like bare metal: VGA ranges, VBIOS, OpRegion, stolen
 * memory, host and LPC bridge ids. QEMU stops at the first condition that fails, after it has
 * changed the machine; this names all of them beforehand and changes nothing. The rules differ by
 * version: up to 9.1, 9.2, 10.0 (not known), 10.1 and later.
 *
 * @par Source
 * QEMU hw/vfio/igd.c of 7.2, 9.2 and after 10.1; messages seen with 7.2 and 11.1.
 * @par Thread safety
 * Any thread; see @ref igdpt_base.
 *
 * @par Units and byte order
 * Ids, classes and register values are host-endian numbers.
 *
 * @par Lifetime
 * Options and the platform record are borrowed for the call.
 * @{
 */

/** The guest's machine. */
enum igdpt_machine {
	IGDPT_MACHINE_I440FX = 0, /**< QEMU "pc" */
	IGDPT_MACHINE_Q35 = 1,    /**< its ICH9 LPC bridge sits at 1f.0 */
	IGDPT_MACHINE_OTHER = 2   /**< any other */
};

/** What is at 00:1f.0. */
enum igdpt_slot_1f {
	IGDPT_SLOT_1F_FREE = 0,  /**< nothing */
	IGDPT_SLOT_1F_LPC = 1,   /**< a vfio-pci-igd-lpc-bridge */
	IGDPT_SLOT_1F_OTHER = 2  /**< anything else */
};

/** Facts that speak against legacy mode. All zero: none does. */
enum igdpt_legacy_flag {
	IGDPT_LEGACY_OFF = 1,        /**< x-igd-legacy-mode=off */
	IGDPT_LEGACY_NO_ROM = 2,     /**< no ROM BAR and no romfile= */
	IGDPT_LEGACY_HOTPLUG = 4,    /**< plugged after start */
	IGDPT_LEGACY_NO_OPREGION = 8, /**< the kernel offers no OpRegion region */
	IGDPT_LEGACY_NO_HOST = 16,   /**< nor one for the host bridge */
	IGDPT_LEGACY_NO_LPC = 32,    /**< nor one for the LPC bridge */
	IGDPT_LEGACY_NO_VGA = 64,    /**< VGA cannot be enabled: disable_vga=1, or no kernel support */
	IGDPT_LEGACY_X_VGA = 128,    /**< x-vga=on was given: VGA is enabled already */
	IGDPT_LEGACY_NOT_02_0 = 256  /**< not at 00:02.0 on the guest's root bus */
};

/** What is known of host, guest and options. */
struct igdpt_legacy_opts {
	uint32_t size;       /**< sizeof, set by the caller */
	uint32_t flags;      /**< ::igdpt_legacy_flag */
	uint32_t machine;    /**< ::igdpt_machine */
	uint32_t slot_1f;    /**< ::igdpt_slot_1f; Q35 means OTHER */
	uint32_t class_code; /**< PCI class code, 24 bits; 0 means 0x030000 */
	uint32_t ggc;        /**< the host's GGC: bit 1 says that VGA cycles are off */
	const struct igdpt_platform *platform; /**< from igdpt_platform_find(); NULL if unknown */
};

/** Answers of igdpt_legacy_check(). */
enum igdpt_legacy_answer {
	IGDPT_LEGACY_IMPOSSIBLE = 0, /**< a condition fails */
	IGDPT_LEGACY_POSSIBLE = 1,   /**< every condition holds */
	IGDPT_LEGACY_UNKNOWN = 2     /**< nothing speaks against it, but this version is not known */
};

IGDPT_BEGIN_DECLS

/**
 * Whether a version of QEMU offers legacy mode, with every condition that fails.
 *
 * @param opts what is known
 * @param version of QEMU, major << 8 | minor: 0x0902 for 9.2
 * @param fn called for each failing condition, in QEMU's order; may be NULL
 * @param user passed to `fn`
 * @return an ::igdpt_legacy_answer, or a negative error
 * @retval -IGDPT_E_INVALID an option is outside its range, or the version is older than 2.7
 * @retval -IGDPT_E_ABI_SIZE the size of `opts` or of its `platform` is impossible
 * @retval -IGDPT_E_ABI_UNKNOWN a member of one of them that this library does not know is set
 * @since 1.0
 */
IGDPT_API int igdpt_legacy_check(const struct igdpt_legacy_opts *opts, uint32_t version,
	igdpt_finding_fn fn, void *user);

IGDPT_END_DECLS

/** @} */
#endif
