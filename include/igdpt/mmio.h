/* SPDX-License-Identifier: MIT */
#ifndef IGDPT_MMIO_H
#define IGDPT_MMIO_H

#include "igdpt/base.h"
#include "igdpt/error.h"
#include "igdpt/pcicfg.h"

/**
 * @defgroup igdpt_mmio BAR mirrors: the registers that repeat config space
 *
 * GGC and BDSM have copies in BAR0, which Windows and the GOP driver read, and BAR0 holds further
 * addresses inside stolen memory. A VMM that relocates stolen memory must trap these few registers
 * and answer for them. Everything else of BAR0 stays mapped. igdpt_mmio_trap_at() lists what to
 * trap; igdpt_mmio_read() and igdpt_mmio_write() answer an access of any offset and width.
 *
 * @par What the guest sees
 * The copies of GGC and BDSM are always equal to the virtual config space. GSMBASE is BDSM less the
 * size of the GTT stolen memory, TOLUD the end of data stolen memory, as on every host that was
 * looked at; TOUUD reads 0. No driver is known that reads these two, but with the host's a guest
 * knows where the host's stolen memory lies. The reserved part of stolen memory (0x1082C0) moves
 * with the DSM: a host address there makes i915 drop stolen memory. So do the contexts at its end
 * (0xD48, 0xDC8): i915 switches RC6 off where they lie outside the reserved part. On gen 12 EVE saw
 * Windows fail with host values there while stolen memory was relocated, and also with its own
 * emulation of them, and now places stolen memory at the host's address: an identity plan, with the
 * host's values passed to igdpt_mmio_setup(), gives that. From gen 12.70 on stolen memory lies
 * behind BAR2: GGC (0x108040) must stay visible, the addresses read 0. Unless a policy says
 * ::IGDPT_MMIO_HOST, no host address can be read from a listed register.
 *
 * @par The ports of BAR4
 * On gen 6 to 10 the index port (4 bytes at 0) selects 4 bytes of BAR0 for the data port (at 4): bits
 * 1:0 are 0 for its register half and 1 for its GTT half, bits 31:2 are the offset. Through them a
 * mirror is what it is in BAR0, also where bits 1:0 are 2 or 3, of which nothing is known. What
 * hardware's index port holds is known once the guest has written each of its bytes; before that, and
 * again after a reset or a restore, the data port reads 0 and ignores writes.
 *
 * @par Cost
 * No allocation, lock, system call or input-dependent loop on an access.
 *
 * @par Thread safety
 * Any number of threads may read, one at a time may write; see @ref igdpt_base.
 *
 * @par Source
 * Linux intel_gtt.c, i915_gem_stolen.c and intel_rc6.c for offsets and widths (0x1080C0 and
 * 0x108100 "since snb": its commit that renames them); Intel's datasheet of the 7th generation
 * Core, volume 2, for TOLUD and TOUUD, of which that block is taken to have the same on other
 * generations; Intel's silicon initialisation code for Coffee, Cannon, Ice and Tiger Lake for 0xD48
 * and 0xDC8; what a host value in 0x1082C0 does was measured with i915 of Linux 6.1 and 7.3, what
 * drivers take from BAR0 from gen 12.70 on with i915 and xe of 7.3; EVE pull request 6432 for
 * Windows.
 *
 * @par Units and byte order
 * Offsets and widths in bytes of the BAR. In `value` and `hw` the first byte of an access is in
 * bits 7:0, whatever the host's byte order.
 *
 * @par Lifetime
 * The state is part of the handle of igdpt_pcicfg_new(). Strings live as long as the library.
 * @{
 */

/** Registers, as byte offsets in BAR0. */
enum igdpt_mmio_reg {
	IGDPT_MMIO_RC6_CTX = 0xd48,      /**< 8 bytes: RC6 context, at the end of stolen memory */
	IGDPT_MMIO_DOORBELL_CTX = 0xdc8, /**< 8 bytes: doorbell context, beside it */
	IGDPT_MMIO_TOLUD = 0x108000,     /**< 4 bytes: end of low memory, behind stolen memory */
	IGDPT_MMIO_GGC = 0x108040,       /**< 2 bytes: GGC */
	IGDPT_MMIO_TOUUD = 0x108080,     /**< 8 bytes: end of high memory */
	IGDPT_MMIO_DSMBASE = 0x1080c0,   /**< 8 bytes from gen 11 on, before 4: BDSM */
	IGDPT_MMIO_GSMBASE = 0x108100,   /**< 8 bytes from gen 11 on, before 4: base of the GTT
					      stolen memory */
	IGDPT_MMIO_STOLEN_RESERVED = 0x1082c0, /**< 8 bytes from gen 11 on, before 4 */
	IGDPT_MMIO_PCODE_STOLEN = 0x138914     /**< 4 bytes: 1 allows direct access to stolen memory */
};

/** What becomes of a register. */
enum igdpt_mmio_policy {
	IGDPT_MMIO_DEFAULT = 0,   /**< the documented default of that register */
	IGDPT_MMIO_TRANSLATE = 1, /**< moves with the guest's stolen memory; 0 while that is not set */
	IGDPT_MMIO_HIDE = 2,      /**< reads 0, writes are ignored */
	IGDPT_MMIO_HOST = 3       /**< passes through: shows the host's value */
};

/** Flags of struct igdpt_mmio_opts. */
enum igdpt_mmio_flag {
	/** Translate GTT entries that a VBIOS writes through the index and data ports of BAR4. It is
	 * for a VBIOS that remembers the host's BDSM and is not patched (igdpt_rom_patch()). */
	IGDPT_MMIO_BAR4_GTT = 1
};

/** Options of igdpt_mmio_setup(). All zero: the defaults. */
struct igdpt_mmio_opts {
	uint32_t size;            /**< sizeof, set by the caller */
	uint32_t flags;           /**< ::igdpt_mmio_flag */
	uint32_t stolen_reserved; /**< ::igdpt_mmio_policy of 0x1082C0; default TRANSLATE */
	uint32_t gsmbase;         /**< of 0x108100; default TRANSLATE */
	uint32_t anchors;         /**< of 0xD48 and 0xDC8; default TRANSLATE. Their page also holds
				       forcewake acknowledgements, which drivers poll: a VMM that
				       traps whole pages pays for it, unless HOST */
	uint32_t pcode;           /**< of 0x138914, HIDE or HOST; default HIDE: drivers then reach
				       stolen memory through BAR2 */
	uint64_t host_reserved;   /**< what hardware has at 0x1082C0, read once; 0 if unknown */
	uint64_t host_rc6_ctx;    /**< the same at 0xD48 */
	uint64_t host_doorbell_ctx; /**< the same at 0xDC8 */
};

/** A register that the library answers for. */
struct igdpt_mmio_trap {
	uint32_t size;     /**< sizeof, set by the caller */
	uint32_t bar;      /**< 0 or 4 */
	uint64_t offset;   /**< first byte in the BAR */
	uint32_t width;    /**< how many bytes; index and data port of BAR4 are one row of 8 */
	uint32_t policy;   /**< TRANSLATE or HIDE: must be trapped; HOST: shows the host's value */
	const char *name;  /**< e.g. "DSMBASE"; lives as long as the library */
};

IGDPT_BEGIN_DECLS

/**
 * Choose how the mirrors behave. Without this call the defaults hold, with 0 for `host_reserved`.
 *
 * @param cfg the handle
 * @param opts NULL or all zero for the defaults; copied
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 done
 * @retval -IGDPT_E_INVALID a policy has an unknown value, or one that its register cannot have
 * @retval -IGDPT_E_UNSUPPORTED ::IGDPT_MMIO_BAR4_GTT outside gen 6 to 10
 * @retval -IGDPT_E_ABI_SIZE `opts->size` is impossible
 * @retval -IGDPT_E_ABI_UNKNOWN a member of `opts` that this library does not know is set
 * @since 1.0
 */
IGDPT_API int igdpt_mmio_setup(struct igdpt_pcicfg *cfg, const struct igdpt_mmio_opts *opts,
	struct igdpt_finding *why);

/**
 * The n-th register that matters on this device.
 *
 * @param cfg the handle
 * @param index from 0
 * @param[in,out] trap `size` set by the caller
 * @retval 0 filled
 * @retval -IGDPT_E_NOTFOUND `index` is past the last one
 * @retval -IGDPT_E_ABI_SIZE `trap->size` is impossible
 * @retval -IGDPT_E_INVALID `trap` is NULL
 * @since 1.0
 */
IGDPT_API int igdpt_mmio_trap_at(const struct igdpt_pcicfg *cfg, uint32_t index,
	struct igdpt_mmio_trap *trap);

/**
 * A guest's read.
 *
 * @param cfg the handle
 * @param bar BAR number
 * @param offset byte offset in the BAR
 * @param width 1 to 8 bytes
 * @param hw what hardware gave for these bytes
 * @param[out] value what the guest gets, the first byte in bits 7:0
 * @retval 0 read
 * @retval -IGDPT_E_RANGE impossible width, or the end wraps
 * @since 1.0
 */
IGDPT_API int igdpt_mmio_read(const struct igdpt_pcicfg *cfg, uint32_t bar, uint64_t offset,
	uint32_t width, uint64_t hw, uint64_t *value);

/**
 * A guest's write. Mirrors are read-only: what hits one is ignored.
 *
 * @param cfg the handle
 * @param bar BAR number
 * @param offset byte offset in the BAR
 * @param width 1 to 8 bytes
 * @param value the bytes, the first in bits 7:0
 * @param[out] hw what to write to hardware: `value`, or a translated GTT entry
 * @param[out] forward bytes that must be written to hardware, one bit per byte
 * @return ::IGDPT_EVENT_IGNORED if (part of) the write went nowhere, else 0
 * @retval -IGDPT_E_RANGE impossible width, or the end wraps; nothing is to be written
 * @since 1.0
 */
IGDPT_API int igdpt_mmio_write(struct igdpt_pcicfg *cfg, uint32_t bar, uint64_t offset,
	uint32_t width, uint64_t value, uint64_t *hw, uint32_t *forward);

/**
 * Judge the mirrors as they are now: what still shows a host address, what a driver will miss.
 *
 * @param cfg the handle
 * @param fn called for each finding, offsets in BAR0; may be NULL
 * @param user passed to `fn`
 * @return how many findings are errors
 * @since 1.0
 */
IGDPT_API int igdpt_mmio_check(const struct igdpt_pcicfg *cfg, igdpt_finding_fn fn, void *user);

IGDPT_END_DECLS

/** @} */
#endif
