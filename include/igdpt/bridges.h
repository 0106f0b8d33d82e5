/* SPDX-License-Identifier: MIT */
#ifndef IGDPT_BRIDGES_H
#define IGDPT_BRIDGES_H

#include "igdpt/base.h"
#include "igdpt/error.h"

/**
 * @defgroup igdpt_bridges Bridges: what a guest's host bridge and LPC bridge repeat
 *
 * A VBIOS and Intel's GOP driver ask the host bridge (00:00.0) and the LPC bridge (00:1f.0) who
 * they are; Linux needs neither on the chipsets that VMMs emulate, and asks for no PCH from Meteor
 * Lake on. VMMs differ in what they copy. Nothing is copied by default: EVE found that a copied LPC
 * id harms the Windows driver on Raptor Lake-P.
 *
 * @par Thread safety
 * Any thread; see @ref igdpt_base.
 *
 * @par Units and byte order
 * Offsets and widths in bytes of config space; `devfn` is device << 3 | function. The VMM copies
 * the registers themselves, little-endian as config space has them.
 *
 * @par Lifetime
 * A record holds no pointer but `name`, which lives as long as the library.
 * @{
 */

/** Whose list. */
enum igdpt_bridge_model {
	IGDPT_BRIDGES_QEMU = 1,  /**< QEMU's legacy mode, and x-igd-lpc */
	IGDPT_BRIDGES_ACRN = 2,  /**< ACRN: igd-lpc, and its fixed host bridge */
	IGDPT_BRIDGES_BHYVE = 3, /**< bhyve: pcireg options of the LPC slot */
	IGDPT_BRIDGES_XEN = 4    /**< Xen's i440FX */
};

/** Where the value comes from. */
enum igdpt_bridge_source {
	IGDPT_BRIDGE_HOST = 1,      /**< the same register of the host's bridge */
	IGDPT_BRIDGE_HOST_RAW = 2,  /**< the same, and it may hold a host address */
	IGDPT_BRIDGE_GUEST_GGC = 3, /**< GGC as the guest's IGD shows it */
	IGDPT_BRIDGE_GUEST_BDSM = 4, /**< BDSM as the guest's IGD shows it */
	IGDPT_BRIDGE_GUEST_BGSM = 5 /**< that less the size of the GTT stolen memory */
};

/** A register to fill. */
struct igdpt_bridge_reg {
	uint32_t size;    /**< sizeof, set by the caller */
	uint32_t devfn;   /**< 0x00 host bridge, 0xf8 LPC bridge (00:1f.0) */
	uint32_t offset;  /**< byte offset in config space */
	uint32_t width;   /**< bytes */
	uint32_t source;  /**< ::igdpt_bridge_source */
	uint32_t reserved; /**< zero */
	const char *name; /**< what it is; lives as long as the library */
};

IGDPT_BEGIN_DECLS

/**
 * The n-th register of a model's list.
 *
 * @param model an ::igdpt_bridge_model
 * @param index from 0
 * @param[in,out] reg `size` set by the caller
 * @retval 0 filled
 * @retval -IGDPT_E_NOTFOUND no such model, or `index` is past its last register
 * @retval -IGDPT_E_ABI_SIZE `reg->size` is impossible
 * @retval -IGDPT_E_INVALID `reg` is NULL
 * @par Source
 * QEMU hw/vfio/igd.c and hw/pci-host/xen_igd_pt.c; ACRN devicemodel and vhostbridge.c; bhyve.
 * @since 1.0
 */
IGDPT_API int igdpt_bridge_at(uint32_t model, uint32_t index, struct igdpt_bridge_reg *reg);

IGDPT_END_DECLS

/** @} */
#endif
