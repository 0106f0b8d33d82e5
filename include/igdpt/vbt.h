/* SPDX-License-Identifier: MIT */
#ifndef IGDPT_VBT_H
#define IGDPT_VBT_H

#include "igdpt/base.h"
#include "igdpt/error.h"

/**
 * @defgroup igdpt_vbt VBT: header, blocks, child devices
 *
 * The Video BIOS Table describes the displays: a 48-byte header ("$VBT"), then the BIOS data block
 * (BDB) with its version, then blocks of id, size and data.
 *
 * @par Units and byte order
 * Offsets and sizes in bytes, offsets from the start of the VBT; timings in pixels, lines and kHz.
 * The table is little-endian, values and members of the structs are host-endian.
 *
 * @par Lifetime
 * A view, and what the walks fill, point into the caller's bytes, which must outlive them. Options
 * are borrowed for the call.
 *
 * @par Thread safety
 * Any thread; see @ref igdpt_base.
 *
 * @par Source
 * Linux intel_vbt_defs.h and intel_bios.c; held against intel_vbt_decode on 650 shipped tables.
 * @{
 */

/** View of a VBT. Filled by igdpt_vbt_init(); members may be read, not written. */
struct igdpt_vbt {
	const uint8_t *data;  /**< the caller's bytes */
	size_t len;           /**< bytes of the VBT by its own header, at most what the caller gave */
	uint32_t bdb_offset;  /**< where the BDB header starts */
	uint32_t bdb_size;    /**< BDB size as stored; one byte short in most newer files */
	uint32_t bdb_header;  /**< size of the BDB header as stored, 22 in every known file */
	uint32_t bdb_version; /**< decides which fields exist */
};

/** One block of the BDB. */
struct igdpt_vbt_block {
	uint32_t size;    /**< sizeof, set by the caller */
	uint32_t id;      /**< 1 to 255 */
	uint32_t offset;  /**< of the data, from the start of the VBT */
	uint32_t bytes;   /**< of the data */
	uint32_t stored;  /**< 16-bit size field: `bytes`, except for block 53 from version 3 on */
	uint32_t reserved; /**< zero */
	const char *name; /**< "general definitions"; "unknown" for an id without one */
};

/** A child device of block 2: a display output that the board wires up, or an unused slot. */
struct igdpt_vbt_child {
	uint32_t size;        /**< sizeof, set by the caller */
	uint32_t slot;        /**< place in the block, from 0 */
	uint32_t offset;      /**< from the start of the VBT */
	uint32_t bytes;       /**< child device size that the block tells */
	uint32_t handle;      /**< 16 bits */
	uint32_t device_type; /**< 16 bits; 0 is an unused slot */
	uint32_t dvo_port;    /**< which connector */
	uint32_t ddc_pin;     /**< 0 none */
	uint32_t aux_channel; /**< 0 none, or BDB version below 155 */
	uint32_t reserved;    /**< zero */
};

/** What is known about a named field. The strings live as long as the library. */
struct igdpt_vbt_field {
	uint32_t size;      /**< sizeof, set by the caller */
	uint32_t block;     /**< block id; 0 for the VBT and BDB headers */
	uint32_t bits;      /**< width of the value */
	uint32_t count;     /**< elements; 0 if the table itself tells how many */
	uint32_t first_bdb; /**< first BDB version that has it */
	uint32_t last_bdb;  /**< last one */
	const char *name;   /**< stable name, e.g. "child.dvo-port" */
};

/** Index of panel 0 in block 58, for igdpt_vbt_panel_at(). */
#define IGDPT_VBT_PANEL_GENERIC 32

/** A flat panel: timings and identity. */
struct igdpt_vbt_panel {
	uint32_t size;        /**< sizeof, set by the caller */
	uint32_t index;       /**< 0 to 19, or 32 to 47 */
	uint32_t width;       /**< active pixels */
	uint32_t height;      /**< active lines */
	uint32_t clock_khz;   /**< pixel clock */
	uint32_t hsync_start; /**< pixels from the start of the active part */
	uint32_t hsync_end;   /**< likewise */
	uint32_t htotal;      /**< likewise */
	uint32_t vsync_start; /**< lines */
	uint32_t vsync_end;   /**< lines */
	uint32_t vtotal;      /**< lines */
	uint32_t manufacturer; /**< three letters, the first in bits 23:16, the last in bits 7:0 */
	uint32_t product;     /**< product code */
	uint32_t serial;      /**< serial number */
	uint32_t year;        /**< e.g. 2012 */
	uint32_t name_bytes;  /**< length of the name, at most 13 */
	const char *name;     /**< in the table, not NUL-terminated; NULL if there is none */
};

/** An element of a MIPI sequence (block 53): one thing to do to the panel. */
struct igdpt_vbt_mipi {
	uint32_t size;      /**< sizeof, set by the caller */
	uint32_t panel;     /**< 0 to 5 */
	uint32_t sequence;  /**< 1 to 11, e.g. 3 "display on" */
	uint32_t operation; /**< 1 send packet, 2 delay, 3 GPIO, 4 I2C, 5 SPI, 6 PMIC */
	uint32_t offset;    /**< of the operation's data, from the start of the VBT */
	uint32_t bytes;     /**< of the data */
	uint32_t next;      /**< where the walk goes on; zero to start */
	uint32_t end;       /**< end of the panel's sequences */
};

/** One difference between two tables. */
struct igdpt_vbt_difference {
	uint32_t size;    /**< sizeof */
	uint32_t block;   /**< block id; 0 for the headers */
	uint32_t element; /**< of the field, from 0; without a name the byte in the block */
	uint32_t present; /**< bit 0: the first table has it, bit 1: the second */
	uint64_t a;       /**< value in the first table; size of a block that only one has */
	uint64_t b;       /**< value in the second */
	const char *name; /**< name of the field; NULL for a whole block or bytes without a name */
};

/** Receives differences, on the caller's thread, during the call only. */
typedef void (*igdpt_vbt_difference_fn)(void *user, const struct igdpt_vbt_difference *d);

/** A display connector, for igdpt_vbt_build(). */
struct igdpt_vbt_port {
	uint32_t handle;      /**< 16 bits: 8 LFP 1, 4 EFP 1, 0x40 EFP 2, 0x20 EFP 3 */
	uint32_t device_type; /**< 16 bits: 0x1806 eDP, 0x60D6 DP++, 0x60D2 HDMI, 0x68C6 DP */
	uint32_t dvo_port;    /**< 8 bits: 0 to 3 HDMI A to D, 10 DP A, 7 to 9 DP B to D, ... */
	uint32_t ddc_pin;     /**< 8 bits, 0 none */
	uint32_t aux_channel; /**< 8 bits: 0x40 A, 0x10 B, 0x20 C, 0x30 D, 0 none */
	uint32_t reserved;    /**< zero */
};

/** Options of igdpt_vbt_build(). All zero: BDB 177 with DP++ connectors B, C and D. */
struct igdpt_vbt_build_opts {
	uint32_t size;        /**< sizeof, set by the caller */
	uint32_t bdb_version; /**< 16 bits; 0 is what firmware of the platform's generation has */
	uint32_t bytes;       /**< at least so many, up to 65535; a block 254 is the padding */
	uint32_t reserved;    /**< zero */
	const char *platform; /**< short name as of igdpt_platform_by_name(), or NULL */
	const struct igdpt_vbt_port *ports; /**< borrowed; NULL for the default connectors */
	uint64_t port_count;  /**< at most 16 */
};

IGDPT_BEGIN_DECLS

/**
 * Make a view of a VBT, with the checks that Linux i915 does, and that it is not shorter than its
 * own header.
 *
 * @param[out] vbt the view
 * @param data the bytes, borrowed, starting with "$VBT"; any alignment
 * @param len how many; trailing bytes are ignored
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 usable
 * @retval -IGDPT_E_TRUNCATED fewer bytes than the header, or than the header promises; or it
 *         promises less than itself
 * @retval -IGDPT_E_MAGIC no "$VBT"
 * @retval -IGDPT_E_RANGE the BDB lies outside the VBT
 * @retval -IGDPT_E_INVALID `vbt` or `data` is NULL
 * @par Source
 * Linux intel_bios.c, intel_bios_is_valid_vbt().
 * @since 1.0
 */
IGDPT_API int igdpt_vbt_init(struct igdpt_vbt *vbt, const void *data, size_t len,
	struct igdpt_finding *why);

/**
 * The next block. The walk starts at the BDB header's end when `block->bytes` and `block->offset`
 * are 0 and goes on behind the block given.
 *
 * A block belongs to the BDB if it starts before the BDB's end; it may end up to the end of the
 * VBT, because most newer tables store a BDB size that is one byte short. Ids may repeat.
 *
 * @param vbt a view
 * @param[in,out] block `size` set by the caller, other members zero at the start
 * @param[out] why why the chain broke, may be NULL
 * @retval 1 filled
 * @retval 0 no more blocks
 * @retval -IGDPT_E_RANGE a block runs past the VBT: no block follows that could be found
 * @retval -IGDPT_E_ABI_SIZE `block->size` is impossible
 * @retval -IGDPT_E_INVALID an argument is NULL
 * @retval -IGDPT_E_ABI_UNKNOWN a member of `block` that this library does not know is set
 * @par Source
 * Linux intel_bios.c; the rules for BDB size and block 53 measured on 650 shipped tables.
 * @since 1.0
 */
IGDPT_API int igdpt_vbt_next(const struct igdpt_vbt *vbt, struct igdpt_vbt_block *block,
	struct igdpt_finding *why);

/**
 * A child device of block 2.
 *
 * @param vbt a view
 * @param slot from 0
 * @param[in,out] child `size` set by the caller
 * @retval 0 filled; unused slots have device type 0
 * @retval -IGDPT_E_NOTFOUND no such slot, or no block 2
 * @retval -IGDPT_E_ABI_SIZE `child->size` is impossible
 * @retval -IGDPT_E_INVALID `child` is NULL
 * @since 1.0
 */
IGDPT_API int igdpt_vbt_child_at(const struct igdpt_vbt *vbt, uint32_t slot,
	struct igdpt_vbt_child *child);

/**
 * A child device in words: "DDI-B: HDMI, DDC pin 0x05, AUX B".
 *
 * @param vbt a view
 * @param slot from 0
 * @param[out] buf NUL-terminated text; cut if too long. May be NULL if `len` is 0
 * @param len room in `buf`, in bytes
 * @return the length that the whole text has without its NUL, or a negative error
 * @retval -IGDPT_E_NOTFOUND no such slot
 * @since 1.0
 */
IGDPT_API int igdpt_vbt_port_format(const struct igdpt_vbt *vbt, uint32_t slot, char *buf,
	size_t len);

/**
 * The n-th named field: to list them all.
 *
 * @param number from 0
 * @param[in,out] field `size` set by the caller
 * @retval 0 filled
 * @retval -IGDPT_E_NOTFOUND `number` is past the last field
 * @retval -IGDPT_E_ABI_SIZE `field->size` is impossible
 * @retval -IGDPT_E_INVALID `field` is NULL
 * @since 1.0
 */
IGDPT_API int igdpt_vbt_field_at(uint32_t number, struct igdpt_vbt_field *field);

/**
 * The number of a named field in this build of the library.
 *
 * @param name e.g. "general-definitions.child-size"
 * @return its number, for igdpt_vbt_get()
 * @retval -IGDPT_E_NOTFOUND no field of that name
 * @since 1.0
 */
IGDPT_API int igdpt_vbt_field_find(const char *name);

/**
 * The value of a field.
 *
 * @param vbt a view
 * @param number of the field, as of igdpt_vbt_field_find()
 * @param element which one, from 0: the panel, the child device's slot, ...
 * @param[out] value the value
 * @retval 0 read
 * @retval -IGDPT_E_NOTFOUND the table has no such field: the block is absent or too short, the BDB
 *         version outside the field's, or there are fewer elements
 * @retval -IGDPT_E_INVALID `vbt` or `value` is NULL, or no such field number
 * @since 1.0
 */
IGDPT_API int igdpt_vbt_get(const struct igdpt_vbt *vbt, uint32_t number, uint32_t element,
	uint64_t *value);

/**
 * A flat panel: timings, PnP id and name from block 42, if the pointers of all panels in block 41
 * are as Linux wants them; else it ignores all panel data, and so does this. Without block 41 (BDB
 * 155 and later) the layout is the one that Linux makes up. Panels behind SDVO, which have no name,
 * come from blocks 23 and 24.
 *
 * From BDB 229 on block 58 has timings, and nothing else, of a panel: ::IGDPT_VBT_PANEL_GENERIC plus
 * its number. Linux takes those, and block 42's where there are none.
 *
 * @param vbt a view
 * @param index 0 to 15, usually the field "lfp-options.panel-type"; 16 to 19 are the SDVO panels; 32
 *        to 47 those of block 58
 * @param[in,out] panel `size` set by the caller
 * @param[out] why which pointer is bad, may be NULL
 * @retval 0 filled
 * @retval -IGDPT_E_NOTFOUND no such panel, or no block that holds it
 * @retval -IGDPT_E_RANGE the pointers of block 41 are malformed or lead outside block 42
 * @retval -IGDPT_E_ABI_SIZE `panel->size` is impossible
 * @retval -IGDPT_E_INVALID `panel` is NULL
 * @since 1.0
 */
IGDPT_API int igdpt_vbt_panel_at(const struct igdpt_vbt *vbt, uint32_t index,
	struct igdpt_vbt_panel *panel, struct igdpt_finding *why);

/**
 * The next operation of the MIPI sequences in block 53.
 *
 * @param vbt a view
 * @param[in,out] mipi `size` set by the caller, other members zero at the start
 * @param[out] why where a sequence is broken, may be NULL
 * @retval 1 filled
 * @retval 0 no more, or no block 53
 * @retval -IGDPT_E_RANGE an operation runs past its sequence
 * @retval -IGDPT_E_VERSION a version of the block, or an operation, without a known layout
 * @retval -IGDPT_E_ABI_SIZE `mipi->size` is impossible
 * @retval -IGDPT_E_INVALID `vbt` or `mipi` is NULL
 * @retval -IGDPT_E_ABI_UNKNOWN a member of `mipi` that this library does not know is set
 * @since 1.0
 */
IGDPT_API int igdpt_vbt_mipi_next(const struct igdpt_vbt *vbt, struct igdpt_vbt_mipi *mipi,
	struct igdpt_finding *why);

/**
 * Judge a VBT by every rule.
 *
 * @param vbt a view
 * @param fn called for each finding; may be NULL
 * @param user passed to `fn`
 * @return how many findings are errors; 0 means that a strict consumer accepts it
 * @retval -IGDPT_E_INVALID `vbt` is NULL
 * @since 1.0
 */
IGDPT_API int igdpt_vbt_validate(const struct igdpt_vbt *vbt, igdpt_finding_fn fn, void *user);

/**
 * Find a VBT in an option ROM, a flash image or an OpRegion: the first place at a multiple of four
 * bytes where igdpt_vbt_init() succeeds. Pointers inside images are not used: real ones are wrong.
 *
 * @param data the bytes, borrowed
 * @param len how many
 * @param[in,out] offset where to begin, then where it was found
 * @param[out] vbt the view, may be NULL
 * @retval 0 found
 * @retval -IGDPT_E_NOTFOUND none from `*offset` on
 * @retval -IGDPT_E_INVALID `data` or `offset` is NULL
 * @par Source
 * Linux intel_bios.c scans option ROMs in the same way.
 * @since 1.0
 */
IGDPT_API int igdpt_vbt_find(const void *data, size_t len, size_t *offset, struct igdpt_vbt *vbt);

/**
 * Copy a VBT with its sizes and its checksum put right: BDB size up to the end of the last block,
 * VBT size cut to the last whole block if the table is truncated, then the checksum. A broken chain
 * of blocks stays broken.
 *
 * @param data the bytes, borrowed, starting with "$VBT"
 * @param data_len how many; bytes behind the VBT are dropped
 * @param[out] buf the copy
 * @param[in,out] len room, then size
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 done
 * @retval -IGDPT_E_NOSPACE `*len` holds the needed size
 * @retval -IGDPT_E_RANGE the BDB begins inside the VBT header
 * @retval -IGDPT_E_SIZE the BDB header is shorter than its fields: a block would lie on its size
 * @return any error of igdpt_vbt_init(), except that of a VBT size that is too large
 * @since 1.0
 */
IGDPT_API int igdpt_vbt_repair(const void *data, size_t data_len, void *buf, size_t *len,
	struct igdpt_finding *why);

/**
 * Compare two tables by the names of fields, then block by block where no field tells the
 * difference.
 *
 * @param a,b views
 * @param fn called for each difference; may be NULL
 * @param user passed to `fn`
 * @return how many differences
 * @retval -IGDPT_E_INVALID a view is NULL
 * @since 1.0
 */
IGDPT_API int igdpt_vbt_compare(const struct igdpt_vbt *a, const struct igdpt_vbt *b,
	igdpt_vbt_difference_fn fn, void *user);

/**
 * Build a small VBT that lists connectors: for guests whose host has none to give, and for tests.
 *
 * Header, BDB, blocks 1, 2 and 12, padding if asked for, and a right checksum. Same options, same
 * bytes. Linux i915 accepts it.
 *
 * @param opts NULL or all zero for the defaults
 * @param[out] buf the VBT
 * @param[in,out] len room, then size; padding by one or two bytes becomes three
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 built
 * @retval -IGDPT_E_NOSPACE `*len` holds the needed size
 * @retval -IGDPT_E_NOTFOUND no such platform
 * @retval -IGDPT_E_INVALID an option is outside its range
 * @retval -IGDPT_E_ABI_SIZE `opts->size` is impossible
 * @retval -IGDPT_E_ABI_UNKNOWN a member of `opts` that this library does not know is set
 * @par Source
 * Linux intel_vbt_defs.h; which blocks suffice: the VBT that Linux GVT-g gives to its guests.
 * @since 1.0
 */
IGDPT_API int igdpt_vbt_build(const struct igdpt_vbt_build_opts *opts, void *buf, size_t *len,
	struct igdpt_finding *why);

IGDPT_END_DECLS

/** @} */
#endif
