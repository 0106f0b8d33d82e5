/* SPDX-License-Identifier: MIT */
#ifndef IGDPT_OPREGION_H
#define IGDPT_OPREGION_H

#include "igdpt/base.h"
#include "igdpt/error.h"

/**
 * @defgroup igdpt_opregion OpRegion: read, judge, build, normalise
 *
 * The OpRegion is 8 KiB ("IntelGraphicsMem") at the address in config register ASLS: a header, five
 * mailboxes, and in mailbox 4 or outside (RVDA, RVDS) the Video BIOS Table. The reader is lenient:
 * it works on anything whose signature and size make sense. The validator is strict and reports
 * everything; the normaliser makes a copy that a guest may have.
 *
 * @par Source
 * IGD OpRegion/Software SCI specification; Linux intel_opregion.c and vfio_pci_igd.c.
 *
 * @par Units and byte order
 * Offsets and sizes in bytes, offsets from the start of the OpRegion. The region is little-endian,
 * values and members of the structs are host-endian.
 *
 * @par Lifetime
 * A view points into the caller's bytes, which must outlive it. Options, and a VBT in them, are
 * borrowed for the call.
 *
 * @par Thread safety
 * Any thread; see @ref igdpt_base.
 * @{
 */

/** Sizes and offsets in bytes. */
enum igdpt_opregion_layout {
	IGDPT_OPREGION_BYTES = 0x2000,   /**< header and mailboxes, without an extended VBT */
	IGDPT_OPREGION_VBT = 0x400,      /**< mailbox 4 */
	IGDPT_OPREGION_VBT_BYTES = 0x1800, /**< room in mailbox 4 */
	IGDPT_OPREGION_VBT_BYTES_NO_MBOX5 = 0x1c00, /**< room when mailbox 5 is not advertised */
	IGDPT_OPREGION_MAX_BYTES = 0x2000 + 0x10000 /**< with the largest extended VBT (16-bit size) */
};

/** Bits of the MBOX header field. */
enum igdpt_mbox {
	IGDPT_MBOX_ACPI = 1,      /**< mailbox 1 */
	IGDPT_MBOX_SWSCI = 2,     /**< mailbox 2 as software SCI (1.x, 2.x) */
	IGDPT_MBOX_ASLE = 4,      /**< mailbox 3 */
	IGDPT_MBOX_VBT = 8,       /**< mailbox 4; Linux never tests it */
	IGDPT_MBOX_ASLE_EXT = 16, /**< mailbox 5 */
	IGDPT_MBOX_BACKLIGHT = 32 /**< mailbox 2 as backlight (3.x) */
};

/** Fields, numbered by their byte offset: IGDPT_OPF_CLID is 0x1AC. */
enum igdpt_opregion_field {
#define IGDPT_OPREGION_FIELD(token, offset, width, count, mailbox, first, last, kind, policy,      \
			     text, source)                                                         \
	IGDPT_OPF_##token = offset,
#include "igdpt/opregion-fields.def"
#undef IGDPT_OPREGION_FIELD
	IGDPT_OPF_END = 0x2000 /**< size of the region, no field */
};

/** What a field holds. */
enum igdpt_field_kind {
	IGDPT_FIELD_NUMBER = 0, /**< unsigned numbers */
	IGDPT_FIELD_TEXT = 1,   /**< characters of 8 or 16 bits, NUL-padded */
	IGDPT_FIELD_BYTES = 2   /**< anything */
};

/** What igdpt_opregion_normalise() makes of a field. */
enum igdpt_field_policy {
	IGDPT_FIELD_KEEP = 0,     /**< kept */
	IGDPT_FIELD_STATE = 1,    /**< zeroed: state of the host's driver and firmware */
	IGDPT_FIELD_ADDRESS = 2,  /**< zeroed: host physical addresses */
	IGDPT_FIELD_RESERVED = 3, /**< zeroed: nobody knows what is in there */
	IGDPT_FIELD_VBT = 4       /**< written new, around the VBT */
};

/** Where the VBT is. */
enum igdpt_vbt_source {
	IGDPT_VBT_NONE = 0,          /**< no valid VBT */
	IGDPT_VBT_MAILBOX4 = 1,      /**< inside the OpRegion at 0x400 */
	IGDPT_VBT_RVDA_RELATIVE = 2, /**< version 2.1 on: RVDA bytes after the OpRegion's start */
	IGDPT_VBT_RVDA_ABSOLUTE = 3  /**< version 2.0: at host physical address RVDA, not in the input */
};

/** View of an OpRegion. Filled by igdpt_opregion_init(); members may be read, not written. */
struct igdpt_opregion {
	const uint8_t *data; /**< the caller's bytes */
	size_t len;          /**< how many, at least ::IGDPT_OPREGION_BYTES */
	uint64_t rvda;       /**< raw VBT address as stored; 0 before version 2.0 */
	uint32_t rvds;       /**< raw VBT size in bytes as stored; 0 before version 2.0 */
	uint32_t version;    /**< major << 8 | minor, e.g. 0x0201 */
	uint32_t revision;   /**< third part of the version */
	uint32_t mboxes;     /**< ::igdpt_mbox bits */
	uint32_t kib;        /**< SIZE header field, 8 on every known machine */
	uint32_t reserved;   /**< zero */
};

/** Where the VBT of an OpRegion is. */
struct igdpt_opregion_vbt {
	uint32_t size;    /**< sizeof, set by the caller */
	uint32_t source;  /**< ::igdpt_vbt_source */
	uint64_t offset;  /**< byte offset in the input; host physical address if absolute */
	uint64_t room;    /**< bytes that the VBT may use there: RVDS, or the room in mailbox 4 */
	uint64_t bytes;   /**< size of the VBT by its own header; 0 if absolute */
};

/** What is known about a field. The strings live as long as the library. */
struct igdpt_opregion_field_info {
	uint32_t size;    /**< sizeof, set by the caller */
	uint32_t offset;  /**< in bytes, also the field's number (::igdpt_opregion_field) */
	uint32_t width;   /**< bytes of one element: 1, 2, 4 or 8 */
	uint32_t count;   /**< elements */
	uint32_t mailbox; /**< 1 to 5, 0 for the header */
	uint32_t first;   /**< first version that has it, major << 8 | minor */
	uint32_t last;    /**< last version that has it */
	uint32_t kind;    /**< ::igdpt_field_kind */
	uint32_t policy;  /**< ::igdpt_field_policy */
	uint32_t reserved; /**< zero */
	const char *name;   /**< e.g. "CLID" */
	const char *text;   /**< e.g. "lid state; bit 0 open" */
	const char *source; /**< where that is known from */
};

/** Who reads or hands on an OpRegion. Values are never reused. */
enum igdpt_consumer {
	IGDPT_CONSUMER_I915 = 1,      /**< the Linux drivers i915 and xe, in a host or a guest */
	IGDPT_CONSUMER_VFIO_PCI = 2,  /**< Linux vfio-pci from 5.16 on, showing a host's OpRegion */
	IGDPT_CONSUMER_QEMU = 3,      /**< QEMU, publishing a file as it is */
	IGDPT_CONSUMER_SEABIOS = 4,   /**< SeaBIOS, copying `etc/igd-opregion` */
	IGDPT_CONSUMER_VFIOIGDPKG = 5, /**< VfioIgdPkg for OVMF: assignment and GOP policy */
	IGDPT_CONSUMER_BHYVE = 6,     /**< bhyve, copying the host's */
	IGDPT_CONSUMER_XEN = 7,       /**< Xen, mapping the host's */
	IGDPT_CONSUMER_ACRN = 8       /**< ACRN, mapping the host's */
};

/** What a consumer makes of an OpRegion. */
enum igdpt_opregion_verdict {
	IGDPT_VERDICT_TAKES = 1,    /**< takes it; its guest's driver finds the VBT */
	IGDPT_VERDICT_FALLBACK = 2, /**< takes it; the VBT of mailbox 4 is used, not that behind RVDA */
	IGDPT_VERDICT_NO_VBT = 3,   /**< takes it; its guest's driver finds no VBT */
	IGDPT_VERDICT_REFUSES = 4,  /**< refuses it */
	IGDPT_VERDICT_HARMS = 5     /**< takes it, to the guest's or the host's damage */
};

/** Result of igdpt_opregion_consumer(). The strings live as long as the library. */
struct igdpt_opregion_outcome {
	uint32_t size;       /**< sizeof, set by the caller */
	uint32_t verdict;    /**< ::igdpt_opregion_verdict */
	uint32_t vbt_source; /**< ::igdpt_vbt_source that the guest's driver ends up with */
	uint32_t reserved;   /**< zero */
	const char *name;    /**< short name, e.g. "bhyve" */
	const char *title;   /**< e.g. "bhyve, copying the host's" */
	const char *source;  /**< file or measurement behind the rules */
};

/** One difference of two OpRegions. */
struct igdpt_opregion_difference {
	uint32_t size;   /**< sizeof of the library's struct */
	uint32_t field;  /**< ::igdpt_opregion_field; IGDPT_OPF_GVD1 is the VBT, wherever it is */
	uint32_t index;  /**< (first differing) element of the field */
	uint32_t count;  /**< elements that differ: 1 for numbers, any for text, bytes and the VBT */
	uint64_t a;      /**< value of that element in the first; 0 past its end */
	uint64_t b;      /**< in the second */
	const char *name; /**< the field's name, "VBT" for the VBT */
};

/** Receives differences in order of offset, the VBT last. The record is valid during the call. */
typedef void (*igdpt_opregion_diff_fn)(void *user, const struct igdpt_opregion_difference *diff);

/** Options of igdpt_opregion_build(). All zero: version 2.1, mailboxes 1, 3, 4 and 5. */
struct igdpt_opregion_build_opts {
	uint32_t size;     /**< sizeof, set by the caller */
	uint32_t version;  /**< major << 8 | minor; 0 means 0x0201 */
	uint32_t mboxes;   /**< ::igdpt_mbox bits; 0 means 0x1D, without 5 if the VBT needs its room;
				 an extended VBT brings mailbox 3 */
	uint32_t pcon;     /**< platform configuration header field */
	uint64_t address;  /**< where the OpRegion will be; needed by version 2.0 with an extended VBT */
};

/** Flags of struct igdpt_opregion_normalise_opts. */
enum igdpt_normalise_flag {
	IGDPT_NORMALISE_KEEP_SWSCI = 1,  /**< keep MBOX bit 1; by default it is cleared below 3.0 */
	IGDPT_NORMALISE_KEEP_STATE = 2,  /**< keep DRDY, CSTS, CHPD, ARDY, TCHE, the display lists */
	IGDPT_NORMALISE_LID_OPEN = 4,    /**< set CLID to 3 (open) */
	IGDPT_NORMALISE_REPAIR_VBT = 8,  /**< write a right VBT checksum */
	IGDPT_NORMALISE_LENIENT = 16     /**< accept SIZE other than 8 and unknown versions */
};

/** Options of igdpt_opregion_normalise(). All zero: the safe defaults. */
struct igdpt_opregion_normalise_opts {
	uint32_t size;         /**< sizeof, set by the caller */
	uint32_t flags;        /**< ::igdpt_normalise_flag */
	const void *vbt;       /**< bytes at an absolute RVDA, borrowed; else NULL */
	uint64_t vbt_bytes;    /**< how many */
};

IGDPT_BEGIN_DECLS

/**
 * Make a view of an OpRegion.
 *
 * Checks only what a reader cannot do without: 8 KiB, the signature, SIZE not zero.
 *
 * @param[out] op the view
 * @param data the bytes, borrowed; any alignment
 * @param len how many: 8 KiB, or more with an extended VBT appended
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 usable
 * @retval -IGDPT_E_TRUNCATED fewer than 8 KiB
 * @retval -IGDPT_E_MAGIC no signature
 * @retval -IGDPT_E_SIZE SIZE is zero
 * @retval -IGDPT_E_INVALID `op` or `data` is NULL
 * @par Thread safety
 * Any thread; see @ref igdpt_base.
 * @since 1.0
 */
IGDPT_API int igdpt_opregion_init(struct igdpt_opregion *op, const void *data, size_t len,
	struct igdpt_finding *why);

/**
 * Find the VBT as Linux i915 does: behind RVDA if mailbox 3 is advertised, which has that field, RVDA
 * is usable and there is a valid VBT; else in mailbox 4 (7168 bytes when mailbox 5 is not advertised).
 *
 * An absolute RVDA (version exactly 2.0) points outside the input: the answer then is
 * ::IGDPT_VBT_RVDA_ABSOLUTE with address and size, for the caller to fetch and check; what
 * mailbox 4 holds is told by igdpt_opregion_validate().
 *
 * @param op a view
 * @param[in,out] vbt `size` set by the caller
 * @param[out] why why there is no valid VBT, or why it is not the one behind RVDA; untouched if
 *        there was nothing to tell; may be NULL
 * @retval 0 found, or absolute
 * @retval -IGDPT_E_NOTFOUND neither place holds a valid VBT; `why` holds the more specific reason
 * @retval -IGDPT_E_ABI_SIZE `vbt->size` is impossible
 * @retval -IGDPT_E_INVALID `op` or `vbt` is NULL
 * @since 1.0
 */
IGDPT_API int igdpt_opregion_find_vbt(const struct igdpt_opregion *op, struct igdpt_opregion_vbt *vbt,
	struct igdpt_finding *why);

/**
 * Find the panel's EDID in mailbox 5, with the checks that Linux i915 does.
 *
 * @param op a view
 * @param[out] offset where it starts in the input
 * @param[out] bytes 128 or 256
 * @param[out] why why there is none, may be NULL
 * @retval 0 found
 * @retval -IGDPT_E_NOTFOUND mailbox 5 is not offered, is empty or holds no EDID
 * @retval -IGDPT_E_INVALID `op`, `offset` or `bytes` is NULL
 * @par Source
 * Linux intel_opregion.c, intel_opregion_get_edid()
 * @since 1.0
 */
IGDPT_API int igdpt_opregion_edid(const struct igdpt_opregion *op, uint32_t *offset,
	uint32_t *bytes, struct igdpt_finding *why);

/**
 * The table of fields: walk `index` from 0 until -::IGDPT_E_NOTFOUND.
 *
 * In order of offset; where a mailbox means something else from a version on, both fields are
 * there. Together they cover all 8 KiB.
 *
 * @param index row
 * @param[in,out] info `size` set by the caller
 * @retval 0 filled
 * @retval -IGDPT_E_NOTFOUND no such row
 * @retval -IGDPT_E_ABI_SIZE `info->size` is impossible
 * @retval -IGDPT_E_INVALID `info` is NULL
 * @since 1.0
 */
IGDPT_API int igdpt_opregion_field_at(size_t index, struct igdpt_opregion_field_info *info);

/**
 * The value of a field.
 *
 * @param op a view
 * @param field an ::igdpt_opregion_field: the offset where the field starts
 * @param index element, from 0
 * @param[out] value the element
 * @retval 0 read
 * @retval -IGDPT_E_NOTFOUND the OpRegion's version has no field that starts there
 * @retval -IGDPT_E_RANGE the field has no such element
 * @retval -IGDPT_E_INVALID `op` or `value` is NULL
 * @since 1.0
 */
IGDPT_API int igdpt_opregion_get(const struct igdpt_opregion *op, uint32_t field, uint32_t index,
	uint64_t *value);

/**
 * Judge an OpRegion by every rule, and the VBT in it as igdpt_vbt_validate() does.
 *
 * @param op a view
 * @param fn called for each finding; may be NULL
 * @param user passed to `fn`
 * @return how many findings are errors; 0 means that a strict consumer accepts it
 * @retval -IGDPT_E_INVALID `op` is NULL
 * @since 1.0
 */
IGDPT_API int igdpt_opregion_validate(const struct igdpt_opregion *op, igdpt_finding_fn fn,
	void *user);

/**
 * Build an OpRegion around a VBT. Same input, same bytes.
 *
 * A VBT that does not fit mailbox 4 goes behind the 8 KiB with RVDA and RVDS set (version 2.0 on).
 * CLID says open (3): a Windows guest blocks on a closed lid.
 *
 * @param opts NULL or all zero for the defaults
 * @param vbt the VBT, starting with "$VBT"; NULL with `vbt_len` 0 for none
 * @param vbt_len bytes given; trailing bytes after the VBT's own size are dropped
 * @param[out] buf the OpRegion
 * @param[in,out] len room, then size: 8 KiB plus the extended VBT
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 built
 * @retval -IGDPT_E_NOSPACE `*len` holds the needed size
 * @retval -IGDPT_E_VERSION version below 1.0 or above 3.x, or too old for an extended VBT
 * @retval -IGDPT_E_INVALID version 2.0 with an extended VBT, and no address
 * @retval -IGDPT_E_RANGE the address is not below 4 GiB
 * @return any error of the VBT's header check
 * @retval -IGDPT_E_ABI_SIZE `opts->size` is impossible
 * @retval -IGDPT_E_ABI_UNKNOWN a member of `opts` that this library does not know is set
 * @since 1.0
 */
IGDPT_API int igdpt_opregion_build(const struct igdpt_opregion_build_opts *opts, const void *vbt,
	size_t vbt_len, void *buf, size_t *len, struct igdpt_finding *why);

/**
 * Make the copy of a host's OpRegion that a guest may have: contiguous, relocatable, with no host
 * address in it and no state of the host's driver.
 *
 * With an extended VBT the result is 8 KiB plus the VBT, RVDA is 0x2000, and version 2.0 becomes
 * 2.1. Without one RVDA and RVDS are 0. Zeroed are: the fields whose ::igdpt_field_policy says so,
 * all bytes that belong to no field and to no VBT, and by default bit 1 of MBOX (below version 3).
 * Normalising the result again changes nothing.
 *
 * If RVDA leads to no valid VBT (vfio-pci shows zeros behind an RVDA that led nowhere) the copy has
 * what mailbox 4 holds, as with Linux i915; the result is 0 and `why` tells so. So it is where MBOX
 * lacks mailbox 3, if mailbox 4 holds a valid VBT: i915 then ignores RVDA.
 *
 * @param op a view
 * @param opts NULL or all zero for the defaults
 * @param[out] buf the copy; must not overlap the input
 * @param[in,out] len room, then size
 * @param[out] why reason of a failure; after success IGDPT_F_VBT_FALLBACK, IGDPT_F_NO_VBT
 *        or IGDPT_F_RVDA_NO_ASLE if what is behind RVDA was dropped, else untouched; may be NULL
 * @retval 0 done
 * @retval -IGDPT_E_NOSPACE `*len` holds the needed size
 * @retval -IGDPT_E_UNSUPPORTED RVDA is absolute and `opts->vbt` does not give the bytes there
 * @retval -IGDPT_E_SIZE SIZE is not 8
 * @retval -IGDPT_E_VERSION unknown version
 * @retval -IGDPT_E_RANGE RVDA points into the OpRegion, or RVDA and RVDS run past the input or wrap;
 *         or the VBT's checksum cannot be repaired, since the BDB begins inside the VBT header
 * @retval -IGDPT_E_INVALID `op` or `len` is NULL, or an unknown flag
 * @retval -IGDPT_E_ABI_SIZE `opts->size` is impossible
 * @retval -IGDPT_E_ABI_UNKNOWN a member of `opts` that this library does not know is set
 * @since 1.0
 */
IGDPT_API int igdpt_opregion_normalise(const struct igdpt_opregion *op,
	const struct igdpt_opregion_normalise_opts *opts, void *buf, size_t *len,
	struct igdpt_finding *why);

/**
 * Set RVDA for the addresses at which a VMM places an OpRegion and its extended VBT.
 *
 * From version 2.1 on RVDA becomes the distance of the two, in 2.0 the VBT's address. An OpRegion
 * without an extended VBT is left as it is. RVDS and the VBT's bytes do not change.
 *
 * @param[in,out] data the OpRegion; only RVDA is written
 * @param len bytes there, at least 8 KiB; the VBT may be elsewhere
 * @param address where the OpRegion will be in the guest, below 4 GiB
 * @param vbt_address where its extended VBT will be; 0 means 8 KiB after `address`
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 done, or nothing to do
 * @retval -IGDPT_E_RANGE the OpRegion would not lie below 4 GiB, or its extended VBT, from version
 *         2.1 on, not at least 8 KiB above it
 * @return any error of igdpt_opregion_init()
 * @since 1.0
 */
IGDPT_API int igdpt_opregion_relocate(void *data, size_t len, uint64_t address,
	uint64_t vbt_address, struct igdpt_finding *why);

/**
 * Answer a guest's software SCI in mailbox 2 of its OpRegion, after the event
 * ::IGDPT_EVENT_SWSCI: the guest's driver waits for it, and no firmware will.
 *
 * The three capability queries (function 4, sub-functions 0 and 1; function 6, sub-function 0)
 * succeed with no capability; everything else fails. Drivers then ask no more. From version 3.0 on
 * there is no mailbox 2, and nothing is written.
 *
 * @param[in,out] data the guest's OpRegion; only SCIC and PARM are written
 * @param len bytes there, at least 8 KiB
 * @param[out] why reason of a failure, may be NULL
 * @retval 1 a capability query, answered with none
 * @retval 0 another request, answered as failed, or no mailbox 2
 * @return any error of igdpt_opregion_init()
 * @par Source
 * OpRegion specification, mailbox 2; KVMGT answers the same requests.
 * @since 1.0
 */
IGDPT_API int igdpt_opregion_answer_swsci(void *data, size_t len, struct igdpt_finding *why);

/**
 * What a known consumer would make of an OpRegion, by the rules of its source.
 *
 * A consumer that hands the OpRegion on is judged by what a Linux guest then finds. Where RVDA is
 * absolute nothing is known of the bytes there, and they are taken to be a valid VBT.
 *
 * @param op a view
 * @param consumer an ::igdpt_consumer; walk from 1 until -::IGDPT_E_NOTFOUND
 * @param[in,out] result `size` set by the caller
 * @param[out] why the reason, if the verdict is not ::IGDPT_VERDICT_TAKES; may be NULL
 * @retval 0 filled
 * @retval -IGDPT_E_NOTFOUND no such consumer
 * @retval -IGDPT_E_INVALID `op` is NULL
 * @retval -IGDPT_E_ABI_SIZE `result->size` is impossible
 * @since 1.0
 */
IGDPT_API int igdpt_opregion_consumer(const struct igdpt_opregion *op, uint32_t consumer,
	struct igdpt_opregion_outcome *result, struct igdpt_finding *why);

/**
 * Compare two OpRegions field by field, and their VBTs by content, wherever these are.
 *
 * Fields are those of the newer version of the two; bytes of an extended VBT's surroundings are not
 * compared.
 *
 * @param a,b views
 * @param fn called for each difference; may be NULL
 * @param user passed to `fn`
 * @return how many differences there are; 0 means equal
 * @retval -IGDPT_E_INVALID `a` or `b` is NULL
 * @since 1.0
 */
IGDPT_API int igdpt_opregion_diff(const struct igdpt_opregion *a, const struct igdpt_opregion *b,
	igdpt_opregion_diff_fn fn, void *user);

IGDPT_END_DECLS

/** @} */
#endif
