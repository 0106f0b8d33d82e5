/* SPDX-License-Identifier: MIT */
#ifndef IGDPT_PCICFG_H
#define IGDPT_PCICFG_H

#include "igdpt/base.h"
#include "igdpt/error.h"
#include "igdpt/platform.h"

/**
 * @defgroup igdpt_pcicfg Virtual config space of the IGD
 *
 * What the guest sees of ASLS (0xFC), BDSM (0x5C, or 0xC0 from gen 11), GGC (0x50), SWSCI (0xE8)
 * and the stolen-memory copy at 0xF0, over a hardware device whose every other register passes
 * through. The VMM calls igdpt_pcicfg_read() and igdpt_pcicfg_write() for every guest access of any
 * offset and width; a partial or spanning access gives what hardware would give.
 *
 * @par Host addresses
 * With every policy except ::IGDPT_REG_HOST no host address can be read at any offset and width.
 *
 * @par Meteor and Arrow Lake
 * Their record has no BDSM: Linux 7.3 ignores GGC, 0x5C and 0xC0 there (measured), QEMU's manual,
 * VfioIgdPkg and EVE agree. QEMU's newest code treats them as gen 12 instead. To follow it, copy the
 * record and set `codec` to ::IGDPT_CODEC_GEN9 and `bdsm` to ::IGDPT_BDSM_CFG_C0: 0x50 and 0xC0 are
 * then emulated and mirrored at 0x1080C0, while 0x138914 stays hidden and 0x108040 the hardware's.
 *
 * @par Cost
 * No allocation, lock, system call or input-dependent loop on an access.
 *
 * @par Thread safety
 * igdpt_pcicfg_read(), igdpt_pcicfg_hw_bytes() and igdpt_pcicfg_get_state() take a const handle: any
 * number of threads at once. Calls that change a handle need the caller's exclusion.
 *
 * @par Units and byte order
 * Offsets and widths in bytes of config space. In `value` and `hw` the first byte of an access is
 * in bits 7:0, whatever the host's byte order. Addresses in the options are the guest's; sizes are
 * in bytes.
 *
 * @par Lifetime
 * The handle keeps copies: platform record, config space and options may go once it is made. It
 * holds no file and no thread.
 *
 * @par Source
 * Datasheets and Linux for the registers; QEMU, bhyve, crosvm, ACRN and Xen for the policies; which
 * register SeaBIOS and Linux i915 touch, and how, was measured.
 * @{
 */

/** The handle. One owner; freed with igdpt_pcicfg_free(). */
struct igdpt_pcicfg;

/** Registers, as byte offsets in config space. */
enum igdpt_pcicfg_reg {
	IGDPT_CFG_GGC = 0x50,     /**< 2 bytes: graphics control */
	IGDPT_CFG_BDSM = 0x5c,    /**< 4 bytes: base of data stolen memory, to gen 10 */
	IGDPT_CFG_BDSM64 = 0xc0,  /**< 8 bytes: the same, gen 11 and 12.0 */
	IGDPT_CFG_SWSCI_ATOM = 0xe0, /**< 2 bytes: software SCI of Atom parts, besides */
	IGDPT_CFG_SWSCI = 0xe8,   /**< 2 bytes: software SCI */
	IGDPT_CFG_F0 = 0xf0,      /**< 8 bytes: on gen 11 and 12.0 an address inside stolen memory */
	IGDPT_CFG_ASLS = 0xfc     /**< 4 bytes: address of the OpRegion */
};

/** How a register behaves towards the guest. */
enum igdpt_reg_policy {
	IGDPT_REG_DEFAULT = 0,    /**< the documented default of that register */
	IGDPT_REG_EMULATE = 1,    /**< reads 0 after reset, guest firmware writes it (QEMU) */
	IGDPT_REG_PRESET_RW = 2,  /**< the VMM's value after reset, guest may write it (bhyve, crosvm) */
	IGDPT_REG_PRESET_RO = 3,  /**< the VMM's value, guest writes are ignored (ACRN) */
	IGDPT_REG_WRITE_ONCE = 4, /**< reads 0 after reset; the first write of each byte sticks (Xen) */
	IGDPT_REG_HIDE = 5,       /**< reads 0, guest writes are ignored */
	IGDPT_REG_HOST = 6        /**< passes through: shows the host's address to the guest */
};

/**
 * What the guest sees in GMS, the size of stolen memory. GGMS is never changed. Where config space
 * has no GGC (before gen 6, from gen 12.70 on, unknown devices) there is nothing to change either,
 * which igdpt_pcicfg_check() tells.
 */
enum igdpt_gms_policy {
	IGDPT_GMS_DEFAULT = 0, /**< ::IGDPT_GMS_KEEP */
	IGDPT_GMS_KEEP = 1,    /**< the host's (QEMU 9.2 on, ACRN, bhyve, Xen); the guest needs a DSM */
	IGDPT_GMS_ZERO = 2,    /**< none (crosvm, GVT-g); crashes the Windows driver (EVE) */
	IGDPT_GMS_OVERRIDE = 3 /**< the code that means `dsm_bytes` (QEMU x-igd-gms) */
};

/** What becomes of SWSCI. */
enum igdpt_swsci_policy {
	IGDPT_SWSCI_DEFAULT = 0, /**< ::IGDPT_SWSCI_SWALLOW */
	IGDPT_SWSCI_SWALLOW = 1, /**< emulated; a trigger raises an event and reaches no hardware */
	IGDPT_SWSCI_HOST = 2     /**< passes through: a guest can raise an SCI on the host */
};

/** What happens to a 32-bit write of 0x5C on a part whose BDSM is at 0xC0. */
enum igdpt_bridge_policy {
	IGDPT_BRIDGE_DEFAULT = 0, /**< ::IGDPT_BRIDGE_ON */
	IGDPT_BRIDGE_ON = 1,      /**< carried over to 0xC0: SeaBIOS knows 0x5C only (measured) */
	IGDPT_BRIDGE_OFF = 2      /**< ignored: with SeaBIOS the guest then has no stolen memory */
};

/** Flags of struct igdpt_pcicfg_opts. */
enum igdpt_pcicfg_flag {
	IGDPT_PCICFG_KEEP_LOW_BITS = 1, /**< ASLS has the host's page offset, preset or once it is
					     written (ACRN, Xen); BDSM the host's low 20 bits (bhyve) */
	IGDPT_PCICFG_FORWARD = 2        /**< forward guest writes of emulated registers too (QEMU):
					     a guest's BDSM reaches the hardware */
};

/** Options of igdpt_pcicfg_new(). All zero: the safe defaults. */
struct igdpt_pcicfg_opts {
	uint32_t size;        /**< sizeof, set by the caller */
	uint32_t flags;       /**< ::igdpt_pcicfg_flag */
	uint32_t asls_policy; /**< ::igdpt_reg_policy; default EMULATE */
	uint32_t bdsm_policy; /**< ::igdpt_reg_policy; default EMULATE, HIDE with ::IGDPT_GMS_ZERO.
				   Without a BDSM register always HIDE, unless HOST */
	uint32_t f0_policy;   /**< EMULATE (default): moves with the DSM, 0 on a device that is not
				   known; HIDE; HOST */
	uint32_t gms_policy;  /**< ::igdpt_gms_policy */
	uint32_t swsci;       /**< ::igdpt_swsci_policy */
	uint32_t bridge;      /**< ::igdpt_bridge_policy */
	uint64_t asls;        /**< guest address of the OpRegion, for the PRESET policies */
	uint64_t bdsm;        /**< guest base of stolen memory, 1 MiB aligned, for PRESET */
	uint64_t dsm_bytes;   /**< size of stolen memory for ::IGDPT_GMS_OVERRIDE */
};

/** Events of igdpt_pcicfg_write(). */
enum igdpt_pcicfg_event {
	IGDPT_EVENT_ASLS = 1,   /**< ASLS was written, and each of its bytes at least once */
	IGDPT_EVENT_BDSM = 2,   /**< the same for BDSM (for its low 4 bytes at 0xC0) */
	IGDPT_EVENT_BRIDGED = 4, /**< with BDSM: the write came to 0x5C and was carried to 0xC0 */
	IGDPT_EVENT_SWSCI = 8,  /**< the guest triggered a software SCI */
	IGDPT_EVENT_IGNORED = 16 /**< (part of) the write hit a read-only emulated register */
};

/** What the guest sees now. */
struct igdpt_pcicfg_state {
	uint32_t size;      /**< sizeof, set by the caller */
	uint32_t asls;      /**< ASLS */
	uint32_t ggc;       /**< GGC as the guest reads it; 0 where config has none */
	uint32_t complete;  /**< ::igdpt_pcicfg_event bits seen since reset: ASLS, BDSM, BRIDGED */
	uint64_t bdsm;      /**< base of stolen memory without flag bits; 0 not set */
	uint64_t dsm_bytes; /**< size of the data stolen memory by the guest's GGC */
	uint64_t gsm_bytes; /**< size of the GTT stolen memory by the guest's GGC */
};

IGDPT_BEGIN_DECLS

/**
 * Make the virtual config space of one IGD.
 *
 * @param platform capabilities from igdpt_platform_find(), or a record chosen by name for an
 *        unknown id; NULL for an unknown device: ASLS is emulated, 0x5C, 0xC0 and 0xF0 are
 *        hidden, 0x50 and 0xE0 are the hardware's
 * @param host_config the host device's config space, copied; sysfs `config`, not the VFIO region
 *        (VFIO's 0xFC may hold the address of the VBT)
 * @param host_len at least 256 bytes
 * @param opts NULL or all zero for the defaults; copied
 * @param[out] cfg the handle
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 made
 * @retval -IGDPT_E_TRUNCATED fewer than 256 bytes of config space
 * @retval -IGDPT_E_UNSUPPORTED not an Intel display device, or a discrete one by its record or its id
 * @retval -IGDPT_E_RANGE a preset address does not fit its register, or GMS cannot be encoded or
 *         decoded
 * @retval -IGDPT_E_ALIGN a preset BDSM is not 1 MiB aligned
 * @retval -IGDPT_E_INVALID a policy has an unknown value
 * @retval -IGDPT_E_NOMEM out of memory
 * @retval -IGDPT_E_ABI_SIZE `size` of a struct is impossible
 * @retval -IGDPT_E_ABI_UNKNOWN a member of a struct that this library does not know is set
 * @since 1.0
 */
IGDPT_API int igdpt_pcicfg_new(const struct igdpt_platform *platform, const void *host_config,
	size_t host_len, const struct igdpt_pcicfg_opts *opts, struct igdpt_pcicfg **cfg,
	struct igdpt_finding *why);

/**
 * Free a handle of igdpt_pcicfg_new().
 *
 * @param cfg may be NULL
 * @since 1.0
 */
IGDPT_API void igdpt_pcicfg_free(struct igdpt_pcicfg *cfg);

/**
 * Bytes that igdpt_pcicfg_init_at() needs.
 *
 * @return the size of a handle in bytes
 * @since 1.0
 */
IGDPT_API size_t igdpt_pcicfg_sizeof(void);

/**
 * As igdpt_pcicfg_new(), in the caller's memory. The handle needs no release.
 *
 * @param mem at least igdpt_pcicfg_sizeof() bytes, aligned for any object
 * @param mem_len how many
 * @param platform,host_config,host_len,opts,cfg,why as in igdpt_pcicfg_new()
 * @retval 0 made; `*cfg` points into `mem`
 * @retval -IGDPT_E_NOSPACE `mem_len` is too small
 * @return any error of igdpt_pcicfg_new()
 * @since 1.0
 */
IGDPT_API int igdpt_pcicfg_init_at(void *mem, size_t mem_len, const struct igdpt_platform *platform,
	const void *host_config, size_t host_len, const struct igdpt_pcicfg_opts *opts,
	struct igdpt_pcicfg **cfg, struct igdpt_finding *why);

/**
 * Which bytes of a guest read come from hardware.
 *
 * @param cfg the handle
 * @param offset byte offset
 * @param width 1 to 8 bytes
 * @return one bit per byte of the access, bit 0 the first; 0: no need to read the device
 * @since 1.0
 */
IGDPT_API uint32_t igdpt_pcicfg_hw_bytes(const struct igdpt_pcicfg *cfg, uint32_t offset,
	uint32_t width);

/**
 * A guest's read.
 *
 * @param cfg the handle
 * @param offset byte offset, up to 4095
 * @param width 1 to 8 bytes, not past 4096
 * @param hw what hardware gave for these bytes; only those of igdpt_pcicfg_hw_bytes() matter
 * @param[out] value what the guest gets, the first byte in bits 7:0
 * @retval 0 read
 * @retval -IGDPT_E_RANGE not inside config space
 * @since 1.0
 */
IGDPT_API int igdpt_pcicfg_read(const struct igdpt_pcicfg *cfg, uint32_t offset, uint32_t width,
	uint64_t hw, uint64_t *value);

/**
 * A guest's write.
 *
 * @param cfg the handle
 * @param offset byte offset, up to 4095
 * @param width 1 to 8 bytes, not past 4096
 * @param value the bytes, the first in bits 7:0
 * @param[out] forward bytes that must be written to hardware, one bit per byte; not NULL
 * @return ::igdpt_pcicfg_event bits, 0 for none
 * @retval -IGDPT_E_RANGE not inside config space; nothing is written
 * @since 1.0
 */
IGDPT_API int igdpt_pcicfg_write(struct igdpt_pcicfg *cfg, uint32_t offset, uint32_t width,
	uint64_t value, uint32_t *forward);

/**
 * A reset of the device or the machine: every register back to its policy's initial value.
 *
 * @param cfg the handle
 * @since 1.0
 */
IGDPT_API void igdpt_pcicfg_reset(struct igdpt_pcicfg *cfg);

/**
 * What the guest sees now.
 *
 * @param cfg the handle
 * @param[in,out] state `size` set by the caller
 * @retval 0 filled
 * @retval -IGDPT_E_ABI_SIZE `state->size` is impossible
 * @retval -IGDPT_E_INVALID `state` is NULL
 * @since 1.0
 */
IGDPT_API int igdpt_pcicfg_get_state(const struct igdpt_pcicfg *cfg, struct igdpt_pcicfg_state *state);

/**
 * Judge device and policies: who will not act on this device, what a policy costs.
 *
 * @param cfg the handle
 * @param fn called for each finding; may be NULL
 * @param user passed to `fn`
 * @return how many findings are errors
 * @since 1.0
 */
IGDPT_API int igdpt_pcicfg_check(const struct igdpt_pcicfg *cfg, igdpt_finding_fn fn, void *user);

/**
 * What the guest has changed, as versioned little-endian bytes: for snapshots and migration.
 *
 * No host address is part of it, nor is BAR4's index port (see @ref igdpt_mmio).
 *
 * @param cfg the handle
 * @param[out] buf the bytes
 * @param[in,out] len room, then size
 * @retval 0 saved
 * @retval -IGDPT_E_NOSPACE `*len` holds the needed size
 * @retval -IGDPT_E_INVALID `len` is NULL
 * @since 1.0
 */
IGDPT_API int igdpt_pcicfg_save(const struct igdpt_pcicfg *cfg, void *buf, size_t *len);

/**
 * Bring a handle with the same platform and policies to a saved state, whether these were named or
 * are the defaults. What the policies fix stays, whatever the bytes say, and `complete` follows from
 * what was written. On failure nothing changes.
 *
 * @param cfg the handle
 * @param data bytes of igdpt_pcicfg_save()
 * @param len how many
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 restored
 * @retval -IGDPT_E_TRUNCATED too few bytes
 * @retval -IGDPT_E_MAGIC not such bytes
 * @retval -IGDPT_E_VERSION of a newer library
 * @retval -IGDPT_E_INVALID saved under another platform or other policies
 * @since 1.0
 */
IGDPT_API int igdpt_pcicfg_restore(struct igdpt_pcicfg *cfg, const void *data, size_t len,
	struct igdpt_finding *why);

IGDPT_END_DECLS

/** @} */
#endif
