/* SPDX-License-Identifier: MIT */
#ifndef IGDPT_RMRR_H
#define IGDPT_RMRR_H

#include "igdpt/base.h"
#include "igdpt/dmar.h"
#include "igdpt/error.h"
#include "igdpt/platform.h"
#include "igdpt/ranges.h"

/**
 * @defgroup igdpt_rmrr RMRR: reserved memory of devices, and what it means for a VMM
 *
 * Firmware reserves memory for devices (RMRR). The kernel turns each RMRR into a reserved region of
 * the devices that it names: `direct` forbids to assign the device, `direct-relaxable` does not. The
 * functions here read what the sources say, foretell what the kernel makes of a DMAR table, and tell
 * whether the sources agree, which attach will fail and how, and what guest RAM has to give way.
 *
 * @par Must a VMM identity-map the RMRR of the IGD?
 * No. It is the IGD's stolen memory, relaxable, and the VMM need not and should not identity-map it,
 * unless it places stolen memory at its host address.
 *
 * @par Source
 * Linux drivers/iommu/intel/iommu.c and drivers/iommu/iommu.c; Xen tools/libs/light/libxl_dm.c for
 * the policies; error codes and messages measured on Linux 6.1, 6.12 and 7.3.
 *
 * @par Units and byte order
 * Addresses in bytes, ends inclusive. Binary input is little-endian, text is as the kernel prints
 * it, members of the structs are host-endian.
 *
 * @par Lifetime
 * Inputs and options are borrowed for the call; regions hold no pointer. Messages live as long as
 * the library.
 *
 * @par Thread safety
 * Any thread; see @ref igdpt_base.
 * @{
 */

/** Where knowledge about a region comes from; bits. */
enum igdpt_rmrr_source {
	IGDPT_RMRR_DMAR = 1,    /**< the DMAR table, by igdpt_rmrr_predict() */
	IGDPT_RMRR_SYSFS = 2,   /**< text of /sys/kernel/iommu_groups/N/reserved_regions */
	IGDPT_RMRR_IOMEM = 4,   /**< text of /proc/iomem, read as root */
	IGDPT_RMRR_VFIO = 8,    /**< capability VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, with its header */
	IGDPT_RMRR_IOMMUFD = 16 /**< array of struct iommu_iova_range from IOMMU_IOAS_IOVA_RANGES */
};

/** What a region is. The first four sort as the kernel sorts them. */
enum igdpt_rmrr_type {
	IGDPT_RMRR_DIRECT = 1,    /**< must stay mapped 1:1; the device cannot be assigned */
	IGDPT_RMRR_RELAXABLE = 2, /**< 1:1 only while firmware or the host uses the device */
	IGDPT_RMRR_RESERVED = 3,  /**< no I/O address may lie here */
	IGDPT_RMRR_MSI = 4,       /**< interrupt window */
	IGDPT_RMRR_OTHER = 5,     /**< a word of `reserved_regions` that this library does not know */
	IGDPT_RMRR_USABLE = 6,    /**< VFIO, iommufd: I/O addresses that may be mapped */
	IGDPT_RMRR_FIRMWARE = 7,  /**< iomem: reserved, ACPI NVS or graphics stolen memory */
	IGDPT_RMRR_RAM = 8        /**< iomem: RAM of the host; in a layout: RAM of the guest */
};

/** Why a region has its type. */
enum igdpt_rmrr_reason {
	IGDPT_RMRR_BY_SOURCE = 0,    /**< the source says so */
	IGDPT_RMRR_BY_DISPLAY = 1,   /**< base class 03: relaxable since Linux 5.3 */
	IGDPT_RMRR_BY_USB = 2,       /**< class 0C03: relaxable since Linux 5.3 */
	IGDPT_RMRR_BY_ISA = 3,       /**< class 0601: first 16 MiB, for the DMA of floppy drives */
	IGDPT_RMRR_BY_OTHER = 4,     /**< any other class: not relaxable */
	IGDPT_RMRR_BY_INTERRUPTS = 5, /**< the interrupt window of every device */
	IGDPT_RMRR_BY_BRIDGE = 6     /**< for what is behind a bridge whose buses are not known */
};

/** What igdpt_rmrr_resolve() decided about a region. */
enum igdpt_rmrr_state {
	IGDPT_RMRR_UNJUDGED = 0,
	IGDPT_RMRR_IGNORED = 1,  /**< not binding under this policy */
	IGDPT_RMRR_CLEAR = 2,    /**< never met guest RAM */
	IGDPT_RMRR_MOVED = 3,    /**< guest RAM gave way: moved above 4 GiB, or carved out */
	IGDPT_RMRR_CONFLICT = 4  /**< still in guest RAM */
};

/** `address` of a region whose device is not known, or that binds several. */
#define IGDPT_RMRR_NO_ADDRESS UINT32_MAX

/** A region. This struct never grows. */
struct igdpt_rmrr_region {
	uint64_t first;   /**< first byte */
	uint64_t last;    /**< last byte; below `first` for a broken RMRR, as the kernel shows it */
	uint64_t offset;  /**< byte offset in its input */
	uint32_t sources; /**< ::igdpt_rmrr_source bits */
	uint32_t type;    /**< ::igdpt_rmrr_type */
	uint32_t reason;  /**< ::igdpt_rmrr_reason */
	uint32_t address; /**< device: segment << 16 | bus << 8 | device << 3 | function */
	uint32_t state;   /**< ::igdpt_rmrr_state */
	uint32_t reserved; /**< zero */
};

/** A PCI function. This struct never grows. */
struct igdpt_rmrr_device {
	uint32_t address;    /**< segment << 16 | bus << 8 | device << 3 | function */
	uint32_t class_code; /**< 24 bits: base class, sub-class, interface; 0x030000 for VGA */
};

/** Flags of struct igdpt_rmrr_predict_opts. */
enum igdpt_rmrr_predict_flag {
	IGDPT_RMRR_ALL_DEVICES = 1, /**< every RMRR; one whose device is not given has no class */
	IGDPT_RMRR_AS_SYSFS = 2     /**< joined and sorted as the kernel prints a group */
};

/** Options of igdpt_rmrr_predict(). */
struct igdpt_rmrr_predict_opts {
	uint32_t size;  /**< sizeof, set by the caller */
	uint32_t flags; /**< ::igdpt_rmrr_predict_flag */
	const struct igdpt_rmrr_device *devices; /**< all functions of the iommu group, borrowed */
	uint64_t device_count;                   /**< how many */
	igdpt_dmar_bridge_fn bridge;             /**< for paths behind bridges; may be NULL */
	void *user;                              /**< passed to `bridge` */
};

/** Whether a device can be attached to a domain of a VMM. */
struct igdpt_rmrr_attach {
	uint32_t size;       /**< sizeof, set by the caller */
	uint32_t blocked;    /**< 1 if the kernel refuses, 2 if that cannot be told, else 0 */
	uint32_t error;      /**< Linux errno of `ioctl`: 1 EPERM or 22 EINVAL; 0 */
	uint32_t address;    /**< the device that owns the region in the way, maybe a group mate;
				  ::IGDPT_RMRR_NO_ADDRESS if that is not known, or nothing is in the way */
	uint64_t first;      /**< the region in the way, or that may be (::IGDPT_RMRR_BY_BRIDGE) */
	uint64_t last;       /**< its last byte */
	const char *message; /**< the kernel's log line after "vfio-pci BDF: "; NULL if it allows */
	const char *ioctl;   /**< which fails: VFIO_SET_IOMMU or VFIO_GROUP_SET_CONTAINER; or NULL */
};

/** Policies of igdpt_rmrr_resolve(), after Xen's. */
enum igdpt_rmrr_policy {
	IGDPT_RMRR_RELAXED = 1, /**< report a conflict that cannot be solved and go on; the default */
	IGDPT_RMRR_STRICT = 2,  /**< refuse the layout then */
	IGDPT_RMRR_IGNORE = 3   /**< do nothing */
};

/** Flags of struct igdpt_rmrr_resolve_opts. */
enum igdpt_rmrr_resolve_flag {
	IGDPT_RMRR_IDENTITY = 1, /**< a display's regions bind too: stolen memory keeps its place */
	IGDPT_RMRR_CARVE = 2     /**< cut regions out of RAM instead of lowering its end */
};

/** Options of igdpt_rmrr_resolve(). */
struct igdpt_rmrr_resolve_opts {
	uint32_t size;         /**< sizeof, set by the caller */
	uint32_t policy;       /**< ::igdpt_rmrr_policy; 0 means relaxed */
	uint32_t flags;        /**< ::igdpt_rmrr_resolve_flag */
	uint32_t reserved;     /**< zero */
	uint64_t low_end;      /**< first byte after low RAM, which starts at 0; at most 4 GiB */
	uint64_t high_end;     /**< first byte after high RAM, which starts at 4 GiB; 0 for none */
	uint64_t boundary;     /**< RAM is not lowered for regions at or below this; 0 means 2 GiB */
	uint64_t granularity;  /**< the new end is a multiple of this power of two; 0 means 4 KiB */
	struct igdpt_range *work; /**< scratch, as many as there are regions */
};

/** What igdpt_rmrr_resolve() made of a layout. */
struct igdpt_rmrr_layout {
	uint32_t size;      /**< sizeof, set by the caller */
	uint32_t conflicts; /**< regions that still lie in RAM */
	uint64_t low_end;   /**< first byte after low RAM */
	uint64_t high_end;  /**< first byte after high RAM; 0 for none */
	uint64_t moved;     /**< bytes that went from low to high RAM, or that were carved out */
};

IGDPT_BEGIN_DECLS

/**
 * Read one source. Regions come in the order of the input.
 *
 * Text may end without a newline, and lines may end in blanks, as pasted ones do. Lines of
 * /proc/iomem that matter to nobody here are skipped. A VFIO or iommufd source gives
 * ::IGDPT_RMRR_USABLE regions.
 *
 * @param source one ::igdpt_rmrr_source bit, not ::IGDPT_RMRR_DMAR
 * @param data text or little-endian bytes, borrowed for the call
 * @param len how many bytes
 * @param[out] regions room for the regions
 * @param[in,out] count room, then how many there are
 * @param[out] why reason of a failure, with the byte offset; may be NULL
 * @retval 0 read
 * @retval -IGDPT_E_NOSPACE `*count` holds the room needed; `regions` is unspecified
 * @retval -IGDPT_E_SYNTAX a line does not have the expected form
 * @retval -IGDPT_E_RANGE a range ends before it begins
 * @retval -IGDPT_E_TRUNCATED the bytes end before what they promise
 * @retval -IGDPT_E_MAGIC not this VFIO capability
 * @retval -IGDPT_E_ACCESS /proc/iomem was read without the right to see addresses: all are 0
 * @retval -IGDPT_E_INVALID an unknown source, or a NULL argument
 * @par Source
 * Linux iommu_group_show_resv_regions(), include/uapi/linux/vfio.h and iommufd.h.
 * @since 1.0
 */
IGDPT_API int igdpt_rmrr_parse(uint32_t source, const void *data, size_t len,
	struct igdpt_rmrr_region *regions, size_t *count, struct igdpt_finding *why);

/**
 * The reserved regions that Linux 5.3 and later derive from a DMAR table for a group of devices.
 *
 * An RMRR binds a device if one of its scopes names the device or a bridge above it. Whether it is
 * relaxable depends on the device alone. Like the kernel this uses broken RMRRs as they are, and
 * passes over scopes of other types, and those of a type that does not suit the device's class.
 *
 * Where a scope leads to or through a bridge of unknown buses, and the device may be behind it, the
 * region has type ::IGDPT_RMRR_OTHER and reason ::IGDPT_RMRR_BY_BRIDGE.
 *
 * @param dmar a view
 * @param opts the devices, and how to answer
 * @param[out] regions room for the regions
 * @param[in,out] count room, then how many there are; with ::IGDPT_RMRR_AS_SYSFS the room needed
 *                may be larger than the number in the end
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 foretold
 * @retval -IGDPT_E_NOSPACE `*count` holds the room needed; `regions` is unspecified
 * @retval -IGDPT_E_INVALID a NULL argument, or an unknown flag
 * @retval -IGDPT_E_ABI_SIZE `opts->size` is impossible
 * @retval -IGDPT_E_ABI_UNKNOWN a member of `opts` that this library does not know is set
 * @return any error of igdpt_dmar_next() and igdpt_dmar_scope_next()
 * @since 1.0
 */
IGDPT_API int igdpt_rmrr_predict(const struct igdpt_dmar *dmar,
	const struct igdpt_rmrr_predict_opts *opts, struct igdpt_rmrr_region *regions, size_t *count,
	struct igdpt_finding *why);

/**
 * One answer from all sources: each region once, with a bit for each source that bears it out, and
 * a finding for each region that a given source should know and does not.
 *
 * sysfs bears out what its lines of the same type cover, since the kernel joins neighbours; iomem
 * what lies in firmware's ranges; VFIO and iommufd what they leave out, which a relaxable region
 * never is. Regions of sysfs and holes of VFIO or iommufd that DMAR does not explain come last.
 * With sysfs given, what only a bridge's unknown buses would tell is left out: the kernel has told.
 *
 * @param in regions of all sources, in any order
 * @param in_count how many
 * @param work scratch, as many as `in_count`
 * @param[out] out the answer; must not overlap `in`
 * @param[in,out] count room, then how many there are; at most `in_count`
 * @param fn called for each disagreement; may be NULL
 * @param user passed to `fn`
 * @return how many disagreements there are; 0 means that the sources agree
 * @retval -IGDPT_E_NOSPACE `*count` holds the room needed; `out` is unspecified
 * @retval -IGDPT_E_INVALID a NULL argument
 * @since 1.0
 */
IGDPT_API int igdpt_rmrr_merge(const struct igdpt_rmrr_region *in, size_t in_count,
	struct igdpt_range *work, struct igdpt_rmrr_region *out, size_t *count, igdpt_finding_fn fn,
	void *user);

/**
 * Whether VFIO can attach a group with these regions, and with which error and message not.
 *
 * Up to Linux 6.5 the errno is EPERM and the message speaks of an ineligible device, from 6.6 on it
 * is EINVAL and the message speaks of a 1:1 mapping. The message names the device that owns the
 * region, which may be a group mate of the one that is assigned. Before 5.19 the group joins a
 * container, and VFIO_SET_IOMMU fails; since then joining claims the group's DMA, and fails.
 *
 * @param regions regions of the whole group
 * @param count how many
 * @param kernel Linux version as major << 8 | minor: 0x060c for 6.12
 * @param[in,out] attach `size` set by the caller
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 answered
 * @retval -IGDPT_E_VERSION before 5.3, where the rule was another one
 * @retval -IGDPT_E_ABI_SIZE `attach->size` is impossible
 * @retval -IGDPT_E_INVALID a NULL argument
 * @par Source
 * Measured on 6.1, 6.12 and 7.3. Before: users' logs ("failed to set iommu for container: Operation
 * not permitted") and the patch "vfio: Set DMA ownership for VFIO devices" of 18 April 2022, which
 * 5.19 has. The change of 6.6 is Linux commits a48ce36e2786 (iommu: the new refusal)
 * and d3aedf94f480 (iommu/vt-d: the old one removed), both listed in the pull request "IOMMU Updates
 * for Linux v6.6" of 1 September 2023, which 0468be89b3fa merged.
 * @since 1.0
 */
IGDPT_API int igdpt_rmrr_predict_attach(const struct igdpt_rmrr_region *regions, size_t count,
	uint32_t kernel, struct igdpt_rmrr_attach *attach, struct igdpt_finding *why);

/**
 * Compare the RMRR of an IGD with its stolen memory: the region should be GSM and DSM, from
 * BDSM - GSM on. A mismatch is worth a report, never a refusal. From Meteor Lake on there is no such
 * RMRR, and none is missed.
 *
 * @param platform of the device
 * @param ggc the 16-bit register
 * @param bdsm the register of the platform's width, lock bit included
 * @param rmrr the region; NULL if no RMRR names the device
 * @param fn called for each finding; may be NULL
 * @param user passed to `fn`
 * @return how many things do not fit; 0 means that they agree
 * @retval -IGDPT_E_INVALID `platform` is NULL
 * @return any error of igdpt_stolen_decode()
 * @retval -IGDPT_E_ABI_SIZE `platform->size` is impossible
 * @retval -IGDPT_E_ABI_UNKNOWN a member of `platform` that this library does not know is set
 * @par Source
 * Measured: base and end fit on 87 of 87 machines whose kernel logs show both.
 * @since 1.0
 */
IGDPT_API int igdpt_rmrr_check_stolen(const struct igdpt_platform *platform, uint32_t ggc,
	uint64_t bdsm, const struct igdpt_range *rmrr, igdpt_finding_fn fn, void *user);

/**
 * Make guest RAM give way to reserved regions, as Xen's toolstack does, and list the guest's memory
 * map.
 *
 * A region in low RAM above the boundary lowers the end of low RAM; high RAM grows by as much. What
 * then still lies in RAM is a conflict, and is left out of the map. With ::IGDPT_RMRR_CARVE every
 * region is cut out of RAM instead, and there is no conflict. The map has ::IGDPT_RMRR_RAM and
 * ::IGDPT_RMRR_RESERVED entries, ascending and disjoint.
 *
 * @param opts the layout and the policy
 * @param[in,out] regions what to respect: direct, reserved and MSI regions, with
 *                ::IGDPT_RMRR_IDENTITY relaxable ones too: a display's, and those of nobody known
 *                but for what begins at 0, as an ISA bridge's does; `state` is set in each
 * @param region_count how many
 * @param[in,out] layout `size` set by the caller
 * @param[out] map the guest's memory map; may be NULL if `map_count` is
 * @param[in,out] map_count room, then how many there are: at most twice `region_count`, plus 2; may
 *                be NULL
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 resolved; under the relaxed policy `layout->conflicts` may be above 0
 * @retval -IGDPT_E_OVERLAP a conflict under the strict policy; `layout` and states are set
 * @retval -IGDPT_E_NOSPACE `*map_count` holds the room needed
 * @retval -IGDPT_E_RANGE low RAM ends above 4 GiB, high RAM below, or it cannot grow
 * @retval -IGDPT_E_ALIGN the granularity is not a power of two
 * @retval -IGDPT_E_INVALID an unknown policy or flag, or a NULL argument
 * @retval -IGDPT_E_ABI_SIZE `size` of a struct is impossible
 * @retval -IGDPT_E_ABI_UNKNOWN a member of `opts` that this library does not know is set
 * @since 1.0
 */
IGDPT_API int igdpt_rmrr_resolve(const struct igdpt_rmrr_resolve_opts *opts,
	struct igdpt_rmrr_region *regions, size_t region_count, struct igdpt_rmrr_layout *layout,
	struct igdpt_rmrr_region *map, size_t *map_count, struct igdpt_finding *why);

IGDPT_END_DECLS

/** @} */
#endif
