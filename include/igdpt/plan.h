/* SPDX-License-Identifier: MIT */
#ifndef IGDPT_PLAN_H
#define IGDPT_PLAN_H

#include "igdpt/base.h"
#include "igdpt/error.h"
#include "igdpt/platform.h"
#include "igdpt/ranges.h"

/**
 * @defgroup igdpt_plan Plan: the guest's memory map around an IGD
 *
 * Guest RAM is laid out before any device exists, so the places of OpRegion and stolen memory must
 * be decided first. The planner takes the guest's RAM, its MMIO hole, what is taken already and
 * what the host's IGD has, and gives addresses, e820 entries and register presets, or the reason
 * why there is no such plan. If any placement exists that keeps the rules, one is found.
 *
 * @par Rules
 * Blocks in RAM lie in [1 MiB, end of low RAM), on 4 KiB (stolen memory: 1 MiB), overlap neither
 * each other nor a reservation. No block lies in 0xFEC00000 to 0xFFFFFFFF (IOAPIC, MSIs, firmware),
 * even if RAM or the MMIO hole is said to reach there. A separate VBT lies above its OpRegion, because
 * RVDA is positive.
 * In an identity plan the data stolen memory (DSM) has the host's address and the GTT stolen memory
 * (GSM) is kept free below it: EVE found gen 12 drivers to check that. It lies wholly in RAM or
 * wholly above it, outside the MMIO hole, below 0xFEC00000.
 *
 * @par Thread safety
 * Any thread; see @ref igdpt_base.
 *
 * @par Units and byte order
 * Addresses are the guest's unless they say host; sizes in bytes; all numbers are host-endian.
 *
 * @par Lifetime
 * A plan holds no pointer. Options, and the platform and ranges in them, are borrowed for the call.
 *
 * @par Source
 * SeaBIOS for the predicted addresses (measured with 1.16.2 and 1.17.0); QEMU, bhyve, crosvm, ACRN,
 * Xen and EVE for modes and policies.
 * @{
 */

/** How OpRegion and registers come to the guest. */
enum igdpt_plan_mode {
	IGDPT_PLAN_FIRMWARE = 0, /**< guest firmware places and writes the registers (QEMU, EVE) */
	IGDPT_PLAN_COPY = 1,     /**< the VMM copies into guest RAM and presets (bhyve) */
	IGDPT_PLAN_TRAP = 2,     /**< the VMM answers for the OpRegion in the MMIO hole (crosvm) */
	IGDPT_PLAN_MAP = 3       /**< host pages are mapped at the first write of ASLS (Xen) */
};

/** Where stolen memory goes. */
enum igdpt_plan_dsm {
	IGDPT_PLAN_DSM_DEFAULT = 0,  /**< PREFER_IDENTITY on gen 11 and 12 if the VMM places it, else
					  RELOCATE */
	IGDPT_PLAN_DSM_RELOCATE = 1, /**< where there is room (QEMU) */
	IGDPT_PLAN_DSM_PREFER_IDENTITY = 2, /**< at the host's address if possible (bhyve) */
	IGDPT_PLAN_DSM_IDENTITY = 3, /**< there or nowhere (ACRN from gen 11 on, EVE) */
	IGDPT_PLAN_DSM_NONE = 4      /**< none, GMS reads 0 (crosvm); crashes the Windows driver */
};

/** The guest's firmware. */
enum igdpt_plan_firmware {
	IGDPT_FIRMWARE_UNKNOWN = 0,
	IGDPT_FIRMWARE_SEABIOS = 1, /**< its choice of addresses is predicted */
	IGDPT_FIRMWARE_UEFI = 2     /**< with IgdAssignmentDxe */
};

/** Flags of struct igdpt_plan_opts. */
enum igdpt_plan_flag {
	IGDPT_PLAN_TWO_TYPES = 1 /**< the VMM's e820 knows RAM and Reserved only: no NVS */
};

/** e820 types; ACPI 6.5, table 15.374. */
enum igdpt_e820_type {
	IGDPT_E820_NONE = 0,     /**< no entry */
	IGDPT_E820_RAM = 1,      /**< usable */
	IGDPT_E820_RESERVED = 2, /**< not usable */
	IGDPT_E820_NVS = 4       /**< ACPI non-volatile: not usable, saved by firmware */
};

/** What the planner must know. */
struct igdpt_plan_opts {
	uint32_t size;       /**< sizeof, set by the caller */
	uint32_t flags;      /**< ::igdpt_plan_flag */
	uint32_t mode;       /**< ::igdpt_plan_mode */
	uint32_t dsm_policy; /**< ::igdpt_plan_dsm */
	uint32_t firmware;   /**< ::igdpt_plan_firmware */
	uint32_t class_code; /**< PCI class code, 24 bits; 0 means 0x030000 */
	uint32_t ggc;        /**< the host's GGC */
	uint32_t reserved;   /**< zero */
	uint64_t low_end;    /**< RAM lies in [0, low_end), at most 4 GiB */
	uint64_t high_bytes; /**< bytes of RAM from 4 GiB on */
	uint64_t mmio_first; /**< first byte of the 32-bit MMIO hole; 0 for no hole */
	uint64_t mmio_last;  /**< its last byte */
	uint64_t opregion_bytes; /**< size of the OpRegion with a contiguous extended VBT, from 8 KiB */
	uint64_t vbt_bytes;  /**< size of a separate extended VBT, else 0 */
	uint64_t dsm_bytes;  /**< size of stolen memory instead of GGC's; 0 means GGC's. It has no
				  effect on a device without stolen memory in RAM */
	uint64_t host_asls;  /**< the host's ASLS; its page offset counts in MAP mode */
	uint64_t host_bdsm;  /**< the host's BDSM, flag bits allowed; needed for identity */
	const struct igdpt_platform *platform; /**< capabilities; NULL for an unknown device */
	const struct igdpt_ranges *taken; /**< guest addresses that nothing may use; may be NULL */
};

/** What a block holds. */
enum igdpt_plan_kind {
	IGDPT_PLAN_BLOCK_OPREGION = 1, /**< OpRegion */
	IGDPT_PLAN_BLOCK_VBT = 2,      /**< separate extended VBT */
	IGDPT_PLAN_BLOCK_DSM = 3,      /**< data stolen memory: clear it */
	IGDPT_PLAN_BLOCK_GSM = 4       /**< kept free below an identity DSM */
};

/** Flags of a block. */
enum igdpt_plan_block_flag {
	IGDPT_PLAN_IN_RAM = 1,      /**< carved from RAM */
	IGDPT_PLAN_ADD_MEMORY = 2,  /**< outside RAM: the VMM adds memory there */
	IGDPT_PLAN_TRAPPED = 4,     /**< no memory: the VMM answers accesses */
	IGDPT_PLAN_PREDICTED = 8,   /**< firmware will choose this address, unless it has changed */
	IGDPT_PLAN_LATER = 16       /**< firmware will choose the address: `first` is 0 */
};

/** A block of guest memory. This struct never grows. */
struct igdpt_plan_block {
	uint32_t kind;  /**< ::igdpt_plan_kind */
	uint32_t flags; /**< ::igdpt_plan_block_flag */
	uint64_t first; /**< guest address */
	uint64_t bytes; /**< size, whole pages */
	uint32_t e820;  /**< ::igdpt_e820_type for the guest's map */
	uint32_t reserved; /**< zero */
};

/** Flags of struct igdpt_plan_result. */
enum igdpt_plan_result_flag {
	IGDPT_PLAN_IS_IDENTITY = 1, /**< stolen memory is at the host's address */
	IGDPT_PLAN_FELL_BACK = 2,   /**< identity was preferred, and not possible */
	IGDPT_PLAN_STOLEN_BASE = 4  /**< publish etc/igd-stolen-base for firmware that knows it (EVE) */
};

/** A plan. The policies and presets go into struct igdpt_pcicfg_opts. */
struct igdpt_plan_result {
	uint32_t size;        /**< sizeof, set by the caller */
	uint32_t flags;       /**< ::igdpt_plan_result_flag */
	uint32_t asls_policy; /**< ::igdpt_reg_policy */
	uint32_t bdsm_policy; /**< ::igdpt_reg_policy */
	uint32_t gms_policy;  /**< ::igdpt_gms_policy */
	uint32_t bridge;      /**< ::igdpt_bridge_policy */
	uint32_t config_flags; /**< ::igdpt_pcicfg_flag */
	uint32_t count;       /**< blocks in use */
	uint64_t asls;        /**< preset of ASLS, 0 if the guest writes it */
	uint64_t bdsm;        /**< preset of BDSM, 0 if the guest writes it */
	uint64_t dsm_bytes;   /**< stolen memory of the guest: etc/igd-bdsm-size */
	uint64_t gsm_bytes;   /**< GTT stolen memory by GGC */
	uint64_t rvda;        /**< RVDA for a separate VBT: its distance from the OpRegion; else 0 */
	struct igdpt_plan_block blocks[4]; /**< in no particular order */
};

/** An entry of the guest's memory map. This struct never grows. */
struct igdpt_e820_entry {
	uint64_t first;    /**< first byte */
	uint64_t bytes;    /**< size */
	uint32_t type;     /**< ::igdpt_e820_type */
	uint32_t reserved; /**< zero */
};

IGDPT_BEGIN_DECLS

/**
 * Make a plan.
 *
 * @param opts what is known
 * @param[in,out] plan `size` set by the caller; unchanged on failure
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 planned
 * @retval -IGDPT_E_INVALID an option is outside its range
 * @retval -IGDPT_E_RANGE RAM and MMIO hole make no sense, or a size is too large for someone
 * @retval -IGDPT_E_NOTFOUND there is no room, or no host address for an identity plan
 * @retval -IGDPT_E_OVERLAP identity, or the firmware's choice, hits something that is taken
 * @retval -IGDPT_E_UNSUPPORTED the firmware cannot do this, or the device is discrete
 * @retval -IGDPT_E_ABI_SIZE a struct's `size` is impossible
 * @return any error of igdpt_stolen_decode() and igdpt_stolen_encode()
 * @retval -IGDPT_E_ABI_UNKNOWN a member of a struct that this library does not know is set
 * @since 1.0
 */
IGDPT_API int igdpt_plan_make(const struct igdpt_plan_opts *opts, struct igdpt_plan_result *plan,
	struct igdpt_finding *why);

/**
 * Say what a plan means: what was given up, what firmware and drivers are known to do with it.
 *
 * @param opts what the plan was made from
 * @param plan a plan of igdpt_plan_make()
 * @param fn called for each finding; may be NULL
 * @param user passed to `fn`
 * @return how many findings are errors, or a negative error
 * @retval -IGDPT_E_INVALID an argument is NULL
 * @retval -IGDPT_E_ABI_SIZE a struct's `size` is impossible
 * @retval -IGDPT_E_ABI_UNKNOWN a member of a struct that this library does not know is set
 * @since 1.0
 */
IGDPT_API int igdpt_plan_check(const struct igdpt_plan_opts *opts,
	const struct igdpt_plan_result *plan, igdpt_finding_fn fn, void *user);

/**
 * The guest's memory map: RAM less what the plan and `taken` use, and the plan's entries, ascending.
 *
 * Blocks that firmware places are its own affair and stay RAM.
 *
 * @param opts what the plan was made from
 * @param plan a plan of igdpt_plan_make()
 * @param[out] entries the map
 * @param[in,out] count room, then how many
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 done
 * @retval -IGDPT_E_NOSPACE `*count` holds the room needed
 * @retval -IGDPT_E_INVALID an argument is NULL
 * @retval -IGDPT_E_ABI_SIZE a struct's `size` is impossible
 * @retval -IGDPT_E_ABI_UNKNOWN a member of a struct that this library does not know is set
 * @since 1.0
 */
IGDPT_API int igdpt_plan_e820(const struct igdpt_plan_opts *opts,
	const struct igdpt_plan_result *plan, struct igdpt_e820_entry *entries, size_t *count,
	struct igdpt_finding *why);

IGDPT_END_DECLS

/** @} */
#endif
