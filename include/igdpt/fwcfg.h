/* SPDX-License-Identifier: MIT */
#ifndef IGDPT_FWCFG_H
#define IGDPT_FWCFG_H

#include "igdpt/base.h"
#include "igdpt/error.h"

/**
 * @defgroup igdpt_fwcfg fw_cfg: the files that guest firmware reads
 *
 * QEMU's firmware configuration device carries named files. Guest firmware copies
 * `etc/igd-opregion` into reserved memory and writes its address to ASLS, and reserves as many
 * bytes of stolen memory as `etc/igd-bdsm-size` says and writes their base to BDSM. The directory
 * is big-endian; file contents are little-endian.
 *
 * @par Units and byte order
 * Sizes in bytes. The directory is big-endian, the contents of the files are little-endian, members
 * of the structs are host-endian.
 *
 * @par Lifetime
 * Names and contents are borrowed for the call; nothing is kept.
 *
 * @par Thread safety
 * Any thread; see @ref igdpt_base.
 *
 * @par Source
 * QEMU docs/specs/fw_cfg.rst and hw/nvram/fw_cfg.c for the wire; what SeaBIOS makes of the files
 * was measured with 1.16.2; IgdAssignmentDxe of VfioIgdPkg.
 * @{
 */

/** The OpRegion, with an extended VBT appended. */
#define IGDPT_FWCFG_OPREGION "etc/igd-opregion"
/** The size of stolen memory, u64 little-endian. */
#define IGDPT_FWCFG_BDSM_SIZE "etc/igd-bdsm-size"
/** Out-of-tree extension of EVE: host base of stolen memory, for an identity placement. */
#define IGDPT_FWCFG_STOLEN_BASE "etc/igd-stolen-base"

/** Numbers of the wire format. */
enum igdpt_fwcfg_layout {
	IGDPT_FWCFG_KEY_DIR = 0x19,   /**< selector of the directory */
	IGDPT_FWCFG_KEY_FIRST = 0x20, /**< selector of the first file */
	IGDPT_FWCFG_NAME_MAX = 55,    /**< longest name, without its NUL */
	IGDPT_FWCFG_SLOTS = 32,       /**< QEMU's default number of directory slots */
	IGDPT_FWCFG_SLOTS_MAX = 0x3fe0 /**< selectors 0x20 to 0x3FFF */
};

/** One file of a directory. */
struct igdpt_fwcfg_file {
	const char *name;  /**< at most ::IGDPT_FWCFG_NAME_MAX bytes, borrowed */
	const void *data;  /**< contents, borrowed; igdpt_fwcfg_check() reads them */
	uint64_t bytes;    /**< size, below 4 GiB */
	uint32_t select;   /**< selector, filled by igdpt_fwcfg_directory() */
	uint32_t reserved; /**< zero */
};

IGDPT_BEGIN_DECLS

/**
 * Contents of `etc/igd-bdsm-size`: the size of the guest's stolen memory, 8 bytes little-endian.
 *
 * The size is that of the DSM alone (GMS); the GTT stolen memory is not part of it. 0 means none
 * and is skipped by SeaBIOS.
 *
 * @param dsm_bytes a multiple of 1 MiB below 4 GiB, or 0
 * @param[out] buf 8 bytes
 * @param[in,out] len room, then 8
 * @param[out] why reason of a failure, may be NULL
 * @retval 0 done
 * @retval -IGDPT_E_RANGE 4 GiB or more: SeaBIOS cuts the size to 32 bits, then reserves more than
 *         it allocated (measured)
 * @retval -IGDPT_E_ALIGN not a multiple of 1 MiB
 * @retval -IGDPT_E_NOSPACE `*len` holds the needed size
 * @retval -IGDPT_E_INVALID `len` is NULL
 * @since 1.0
 */
IGDPT_API int igdpt_fwcfg_bdsm_size(uint64_t dsm_bytes, void *buf, size_t *len,
	struct igdpt_finding *why);

/**
 * Lay out a directory: sort the files by name, give out selectors, write the directory's bytes.
 *
 * Selectors follow the sorted order, so all files must be known before any selector is used.
 *
 * @param[in,out] files reordered; `select` filled
 * @param count how many
 * @param slots directory slots, 0 means ::IGDPT_FWCFG_SLOTS; at least `count`
 * @param[out] buf 4 + 64 * slots bytes
 * @param[in,out] len room, then size
 * @param[out] why reason of a failure, `value` is the file's index; may be NULL
 * @retval 0 done
 * @retval -IGDPT_E_NAME a name is empty or longer than 55 bytes
 * @retval -IGDPT_E_DUPLICATE a name occurs twice
 * @retval -IGDPT_E_RANGE a file is 4 GiB or larger, there are more files than slots, or more slots than
 *         ::IGDPT_FWCFG_SLOTS_MAX
 * @retval -IGDPT_E_NOSPACE `*len` holds the needed size
 * @retval -IGDPT_E_INVALID `len` is NULL, or `files` is NULL with a count
 * @since 1.0
 */
IGDPT_API int igdpt_fwcfg_directory(struct igdpt_fwcfg_file *files, size_t count, uint32_t slots,
	void *buf, size_t *len, struct igdpt_finding *why);

/**
 * Judge the files that are meant for a guest by what known firmware does with them: SeaBIOS,
 * VfioIgdPkg.
 *
 * Looks at the three file names above and at no others: the OpRegion is validated, its size is held
 * against SeaBIOS's 16 MiB of high memory, an absolute RVDA is an error, the size file must hold 8
 * bytes, no size of 4 GiB or more, whole MiB.
 *
 * @param files the files with their contents
 * @param count how many
 * @param fn called for each finding; may be NULL
 * @param user passed to `fn`
 * @return how many findings are errors, or a negative error
 * @retval -IGDPT_E_INVALID a file has no name, or a size and no data; or `files` is NULL with a count
 * @since 1.0
 */
IGDPT_API int igdpt_fwcfg_check(const struct igdpt_fwcfg_file *files, size_t count,
	igdpt_finding_fn fn, void *user);

IGDPT_END_DECLS

/** @} */
#endif
