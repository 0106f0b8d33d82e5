/* SPDX-License-Identifier: MIT */
#ifndef IGDPT_DMAR_H
#define IGDPT_DMAR_H

#include "igdpt/base.h"
#include "igdpt/error.h"
#include "igdpt/ranges.h"

/**
 * @defgroup igdpt_dmar DMAR: the ACPI table of Intel VT-d
 *
 * The table says which remapping units there are (DRHD) and which memory firmware reserves for
 * which devices (RMRR): a 48-byte header, then structures of type and length, most of which end in
 * device scopes. The readers are lenient: they go on wherever a next step is defined, skip what
 * they do not know, and stop with an offset where it is not. igdpt_dmar_validate() is strict.
 *
 * @code
 * struct igdpt_dmar dmar;
 * struct igdpt_dmar_structure s = { .size = sizeof(s) };
 *
 * if (igdpt_dmar_init(&dmar, bytes, len, NULL) < 0)
 *	return;
 * while (igdpt_dmar_next(&dmar, &s, NULL) > 0)
 *	if (s.type == IGDPT_DMAR_RMRR && s.state == IGDPT_DMAR_READ)
 *		printf("%" PRIx64 "-%" PRIx64 "\n", s.base, s.end);
 * @endcode
 *
 * @par Source
 * Intel VT-d specification, chapter "BIOS considerations"; Linux drivers/iommu/intel/dmar.c and
 * iommu.c; the disassembler iasl.
 *
 * @par Units and byte order
 * Addresses and lengths in bytes, offsets from the start of the table. The table is little-endian,
 * members of the structs are host-endian.
 *
 * @par Lifetime
 * A view, and what the walks fill, point into the caller's bytes, which must outlive them. Options
 * are borrowed for the call.
 *
 * @par Thread safety
 * Any thread; see @ref igdpt_base.
 * @{
 */

/** Sizes and offsets in bytes. */
enum igdpt_dmar_layout {
	IGDPT_DMAR_HEADER_BYTES = 48 /**< ACPI header, address width, flags, reserved bytes */
};

/** Structure types. Others are skipped by every reader. */
enum igdpt_dmar_type {
	IGDPT_DMAR_DRHD = 0, /**< remapping hardware unit */
	IGDPT_DMAR_RMRR = 1, /**< memory that firmware reserves for devices */
	IGDPT_DMAR_ATSR = 2, /**< root ports with address translation services */
	IGDPT_DMAR_RHSA = 3, /**< proximity domain of a remapping unit */
	IGDPT_DMAR_ANDD = 4, /**< device that only the ACPI namespace knows */
	IGDPT_DMAR_SATC = 5, /**< integrated devices with an address translation cache */
	IGDPT_DMAR_SIDP = 6  /**< properties of integrated devices; flags byte in each scope */
};

/** Device scope types. */
enum igdpt_dmar_scope_type {
	IGDPT_DMAR_SCOPE_ENDPOINT = 1, /**< one PCI function */
	IGDPT_DMAR_SCOPE_BRIDGE = 2,   /**< a PCI bridge and all below it */
	IGDPT_DMAR_SCOPE_IOAPIC = 3,
	IGDPT_DMAR_SCOPE_HPET = 4,
	IGDPT_DMAR_SCOPE_NAMESPACE = 5 /**< `enumeration_id` is an ANDD's device number */
};

/** How much of a structure could be read. */
enum igdpt_dmar_state {
	IGDPT_DMAR_READ = 0,    /**< all fields of its type */
	IGDPT_DMAR_UNKNOWN = 1, /**< unknown type: only type, offset and length are set */
	IGDPT_DMAR_SHORT = 2    /**< shorter than the fixed part of its type: likewise */
};

/** Header flags. */
enum igdpt_dmar_flag {
	IGDPT_DMAR_INTR_REMAP = 1,    /**< the platform supports interrupt remapping */
	IGDPT_DMAR_X2APIC_OPT_OUT = 2, /**< firmware asks not to enable x2APIC */
	IGDPT_DMAR_DMA_CTRL = 4       /**< platform opts in to DMA protection */
};

/** Bit 0 of a structure's flags, by type. */
enum igdpt_dmar_structure_flag {
	IGDPT_DMAR_INCLUDE_PCI_ALL = 1, /**< DRHD: all functions that no other unit names */
	IGDPT_DMAR_ALL_PORTS = 1,       /**< ATSR: every root port of the segment */
	IGDPT_DMAR_ATC_REQUIRED = 1     /**< SATC: the cache must be enabled */
};

/** View of a table. Filled by igdpt_dmar_init(); members may be read, not written. */
struct igdpt_dmar {
	const uint8_t *data;         /**< the caller's bytes */
	size_t len;                  /**< bytes of the table by its own header */
	uint32_t host_address_width; /**< in bits: the stored byte plus 1, 39 for 0x26 */
	uint32_t flags;              /**< ::igdpt_dmar_flag */
	uint32_t revision;           /**< of the table */
	uint32_t checksum_ok;        /**< 1 if all bytes sum up to 0 modulo 256, else 0 */
};

/** One structure, and the position of a walk. */
struct igdpt_dmar_structure {
	uint32_t size;             /**< sizeof, set by the caller */
	uint32_t type;             /**< ::igdpt_dmar_type or another number */
	uint64_t offset;           /**< from the start of the table; 0 before the first */
	uint64_t base;             /**< RMRR: first byte; DRHD, RHSA: register base */
	uint64_t end;              /**< RMRR: last byte, as stored */
	uint32_t length;           /**< bytes, as stored */
	uint32_t state;            /**< ::igdpt_dmar_state */
	uint32_t flags;            /**< DRHD, ATSR, SATC: ::igdpt_dmar_structure_flag */
	uint32_t segment;          /**< PCI segment; DRHD, RMRR, ATSR, SATC, SIDP */
	uint32_t scopes;           /**< offset of the first device scope in it; 0 for none */
	uint32_t register_size;    /**< DRHD: byte 5, in its low 4 bits n for 2^n pages of registers */
	uint32_t proximity_domain; /**< RHSA */
	uint32_t device_number;    /**< ANDD */
	uint32_t name_bytes;       /**< ANDD: length of `name` without its NUL */
	uint32_t reserved;         /**< zero */
	const char *name;          /**< ANDD: ACPI path, in the caller's bytes; may lack its NUL */
};

/** One device scope, and the position of a walk. */
struct igdpt_dmar_scope {
	uint32_t size;           /**< sizeof, set by the caller */
	uint32_t type;           /**< ::igdpt_dmar_scope_type or another number */
	uint64_t offset;         /**< from the start of the table; 0 before the first */
	uint32_t length;         /**< bytes, as stored */
	uint32_t flags;          /**< byte 2; SIDP gives it a meaning, else reserved */
	uint32_t enumeration_id; /**< of an IOAPIC, HPET or namespace device */
	uint32_t bus;            /**< where the path starts */
	uint32_t path_count;     /**< pairs in `path` */
	uint32_t reserved;       /**< byte 3 */
	const uint8_t *path;     /**< pairs of device and function bytes, in the caller's bytes */
};

/**
 * Gives the bus numbers behind the bridge at `address` (segment << 16 | bus << 8 | device << 3 |
 * function) as secondary | subordinate << 8, or a negative number if there is no such bridge.
 */
typedef int (*igdpt_dmar_bridge_fn)(void *user, uint32_t address);

/** Options of igdpt_dmar_validate(). All zero: the table alone is judged. */
struct igdpt_dmar_validate_opts {
	uint32_t size;                        /**< sizeof, set by the caller */
	uint32_t reserved;                    /**< zero */
	const struct igdpt_ranges *firmware;  /**< e820 reserved and NVS ranges of the host, or NULL */
	uint64_t *work;                       /**< scratch, three words for each RMRR, or NULL */
	uint64_t words;                       /**< room in `work`; NULL has room for 64 RMRRs */
};

/** A device scope to build. This struct never grows. */
struct igdpt_dmar_build_scope {
	uint32_t type;           /**< ::igdpt_dmar_scope_type */
	uint32_t enumeration_id; /**< 0 for PCI functions */
	uint32_t bus;            /**< where the path starts */
	uint32_t path_count;     /**< pairs in `path`, at least 1 */
	const uint8_t *path;     /**< pairs of device (0 to 31) and function (0 to 7) */
};

/** An RMRR to build. This struct never grows. */
struct igdpt_dmar_build_rmrr {
	uint64_t base;        /**< first byte, written as it is */
	uint64_t end;         /**< last byte, written as it is */
	uint32_t segment;     /**< PCI segment */
	uint32_t scope_count; /**< how many `scopes` */
	const struct igdpt_dmar_build_scope *scopes; /**< the devices that it is for, borrowed */
};

/** Options of igdpt_dmar_build(). */
struct igdpt_dmar_build_opts {
	uint32_t size;               /**< sizeof, set by the caller */
	uint32_t host_address_width; /**< in bits, 12 to 256; 0 means 39, or that of `from` */
	uint32_t flags;              /**< ::igdpt_dmar_flag, added to those of `from` */
	uint32_t oem_revision;       /**< 0 means 1, or that of `from` plus 1 */
	uint64_t drhd_base;          /**< registers of the one unit; 0 means 0xfed90000; without `from` */
	uint64_t rmrr_count;         /**< how many `rmrrs` */
	const struct igdpt_dmar_build_rmrr *rmrrs; /**< in the order of the table, borrowed */
	const struct igdpt_dmar *from; /**< keep the header and all but the RMRRs of this; or NULL */
};

IGDPT_BEGIN_DECLS

/**
 * Make a view of a table. Checks only what a reader cannot do without; the checksum and the
 * address width are for igdpt_dmar_validate().
 *
 * @param[out] dmar the view
 * @param data the bytes, borrowed, starting with "DMAR"; any alignment
 * @param len how many; bytes after the table's own length are ignored
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 usable
 * @retval -IGDPT_E_TRUNCATED fewer bytes than the header, or than the header promises
 * @retval -IGDPT_E_MAGIC no "DMAR"
 * @retval -IGDPT_E_SIZE the header promises less than itself
 * @retval -IGDPT_E_INVALID `dmar` or `data` is NULL
 * @par Thread safety
 * Any thread; see @ref igdpt_base.
 * @since 1.0
 */
IGDPT_API int igdpt_dmar_init(struct igdpt_dmar *dmar, const void *data, size_t len,
	struct igdpt_finding *why);

/**
 * The next structure. Start with a struct that is zero but for `size`.
 *
 * @param dmar a view
 * @param[in,out] s the structure before, then the next; left alone when there is none
 * @param[out] why reason of a failure, may be NULL
 * @retval 1 there is one
 * @retval 0 the table ends here
 * @retval -IGDPT_E_SIZE its length is below 4: where the next one starts is unknown
 * @retval -IGDPT_E_RANGE it runs past the table; the same call again fails again
 * @retval -IGDPT_E_ABI_SIZE `s->size` is impossible
 * @retval -IGDPT_E_INVALID `dmar` is NULL
 * @retval -IGDPT_E_ABI_UNKNOWN a member of `s` that this library does not know is set
 * @since 1.0
 */
IGDPT_API int igdpt_dmar_next(const struct igdpt_dmar *dmar, struct igdpt_dmar_structure *s,
	struct igdpt_finding *why);

/**
 * The next device scope of a structure. Start with a struct that is zero but for `size`. An odd
 * byte after the last pair of a path is ignored.
 *
 * @param dmar a view
 * @param s a structure from igdpt_dmar_next()
 * @param[in,out] scope the scope before, then the next; left alone when there is none
 * @param[out] why reason of a failure, may be NULL
 * @retval 1 there is one
 * @retval 0 the structure ends here, or has no scopes
 * @retval -IGDPT_E_SIZE its length is below 6: where the next one starts is unknown
 * @retval -IGDPT_E_RANGE it runs past its structure
 * @retval -IGDPT_E_ABI_SIZE `size` of a struct is impossible
 * @retval -IGDPT_E_INVALID `dmar` or `s` is NULL
 * @retval -IGDPT_E_ABI_UNKNOWN a member of `s` or `scope` that this library does not know is set
 * @since 1.0
 */
IGDPT_API int igdpt_dmar_scope_next(const struct igdpt_dmar *dmar,
	const struct igdpt_dmar_structure *s, struct igdpt_dmar_scope *scope,
	struct igdpt_finding *why);

/**
 * The PCI address that a device scope means. The first pair of its path is a function on the start
 * bus, each further one a function behind the bridge before it.
 *
 * @param scope a scope from igdpt_dmar_scope_next()
 * @param segment PCI segment of its structure
 * @param bridge asked for each bridge of a longer path; may be NULL
 * @param user passed to `bridge`
 * @param[out] address segment << 16 | bus << 8 | device << 3 | function
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 found
 * @retval -IGDPT_E_NOTFOUND the path is empty, or `bridge` is NULL or does not know a bridge
 * @retval -IGDPT_E_RANGE device above 31, function above 7, bus above 255
 * @retval -IGDPT_E_INVALID `scope` or `address` is NULL
 * @since 1.0
 */
IGDPT_API int igdpt_dmar_resolve(const struct igdpt_dmar_scope *scope, uint32_t segment,
	igdpt_dmar_bridge_fn bridge, void *user, uint32_t *address, struct igdpt_finding *why);

/**
 * Judge a table by every rule. Where Linux has words of its own for a fault, the message quotes
 * them.
 *
 * @param dmar a view
 * @param opts NULL or all zero for the table alone
 * @param fn called for each finding; may be NULL
 * @param user passed to `fn`
 * @return how many findings are errors; 0 means that a strict consumer accepts it
 * @retval -IGDPT_E_INVALID `dmar` is NULL
 * @retval -IGDPT_E_ABI_SIZE `opts->size` is impossible
 * @retval -IGDPT_E_ABI_UNKNOWN a member of `opts` that this library does not know is set
 * @since 1.0
 */
IGDPT_API int igdpt_dmar_validate(const struct igdpt_dmar *dmar,
	const struct igdpt_dmar_validate_opts *opts, igdpt_finding_fn fn, void *user);

/**
 * Build a table: one remapping unit for all devices, or the units of another table, and RMRRs.
 * Structures come in ascending types, as the specification asks. Same input, same bytes. Addresses
 * are written as given, so that tables with known faults can be made for tests.
 *
 * @param opts what to build
 * @param[out] buf the table
 * @param[in,out] len room, then size
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 built
 * @retval -IGDPT_E_NOSPACE `*len` holds the needed size
 * @retval -IGDPT_E_RANGE a number does not fit its field; a structure above 65535 bytes
 * @retval -IGDPT_E_INVALID `len` is NULL, or an array that has members, or a scope's path
 * @retval -IGDPT_E_ABI_SIZE `opts->size` is impossible
 * @retval -IGDPT_E_ABI_UNKNOWN a member of `opts` that this library does not know is set
 * @return any error of igdpt_dmar_next() on `opts->from`
 * @since 1.0
 */
IGDPT_API int igdpt_dmar_build(const struct igdpt_dmar_build_opts *opts, void *buf, size_t *len,
	struct igdpt_finding *why);

IGDPT_END_DECLS

/** @} */
#endif
