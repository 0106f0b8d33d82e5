/* SPDX-License-Identifier: MIT
 *
 * Offsets and sizes of the VBT, in bytes, and what its readers share. Source: Linux
 * intel_vbt_defs.h; every one of 650 shipped tables has these header sizes and this BDB offset.
 */
#ifndef IGDPT_LIB_VBT_LAYOUT_H
#define IGDPT_LIB_VBT_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "igdpt/vbt.h"

/* VBT header */
#define VBT_HEADER 48u
#define VBT_SIGNATURE_BYTES 20u
#define VBT_VERSION 20u
#define VBT_HEADER_SIZE 22u
#define VBT_SIZE 24u
#define VBT_CHECKSUM 26u
#define VBT_BDB_OFFSET 28u
#define VBT_VERSION_VALUE 100u

/* BDB header */
#define BDB_HEADER 22u
#define BDB_VERSION 16u
#define BDB_HEADER_SIZE 18u
#define BDB_SIZE 20u
#define BDB_SIGNATURE_TEXT "BIOS_DATA_BLOCK "
#define BDB_SIGNATURE_CHARS 15u
#define BDB_VERSION_NEWEST 266u

/* Block: id, 16-bit size of the data, data */
#define BLOCK_HEADER 3u
#define BLOCK_GENERAL_FEATURES 1u
#define BLOCK_GENERAL_DEFINITIONS 2u
#define BLOCK_DRIVER_FEATURES 12u
#define BLOCK_SDVO_DTD 23u
#define BLOCK_SDVO_PNP 24u
#define BLOCK_LFP_OPTIONS 40u
#define BLOCK_LFP_POINTERS 41u
#define BLOCK_LFP_DATA 42u
#define BLOCK_MIPI_SEQUENCE 53u
#define BLOCK_GENERIC_DTD 58u
#define BLOCK_SKIP 254u

/* Block 2: child devices, and the fields of each */
#define CHILD_SIZE_AT 4u
#define CHILD_FIRST 5u
#define CHILD_SIZE_LEGACY 33u
#define CHILD_HANDLE 0u
#define CHILD_TYPE 2u
#define CHILD_DVO_PORT 16u
#define CHILD_DDC_PIN 19u
#define CHILD_FLAGS 23u
#define CHILD_FLAGS_X4 0xc0u
#define CHILD_AUX 25u
#define CHILD_AUX_BDB 155u /* before, a second address at the same place */
#define CHILD_CAPS 27u
#define CHILD_CAPS_INTEGRATED 0x20u

/* Blocks 41 and 42 */
#define PANELS 16u
#define SDVO_PANELS 4u
#define PANEL_AUTO 0xffu
#define DTD_BYTES 18u
#define PNP_BYTES 10u
#define NAME_BYTES 13u

/* Block 41: a count, then three pointers of offset and size a panel, then that of the names. */
#define POINTERS_FIRST 1u
#define POINTERS_PANEL 9u
#define POINTERS_NAMES (POINTERS_FIRST + PANELS * POINTERS_PANEL)
#define POINTER_BYTES 3u

/* Block 53 from this version on: a version byte and a 32-bit size begin the data. */
#define MIPI_VERSION_WIDE 3u
#define MIPI_HEADER_WIDE 5u

/* A run of bytes, offset from the start of the VBT. */
struct span {
	uint32_t offset;
	uint32_t bytes;
};

/* Size of a child device that a BDB version calls for. */
uint32_t igdpt_priv_child_size(uint32_t bdb_version);

/* Where the first block begins: its header. */
static inline uint64_t igdpt_priv_vbt_first(const struct igdpt_vbt *vbt)
{
	return (uint64_t)vbt->bdb_offset + vbt->bdb_header;
}

/* The block whose header is at `at`: igdpt_vbt_next() without the care for struct sizes. */
int igdpt_priv_vbt_read(const struct igdpt_vbt *vbt, uint64_t at, struct igdpt_vbt_block *block,
	struct igdpt_finding *why);

/* The data of the first block with that id. */
bool igdpt_priv_vbt_block(const struct igdpt_vbt *vbt, uint32_t id, struct span *data);

/* Whether a block, whose data begin there, is one of MIPI sequences with a size of its own. */
static inline bool is_wide_mipi(const struct igdpt_vbt *vbt, uint32_t id, uint32_t offset)
{
	return id == BLOCK_MIPI_SEQUENCE && span_ok(vbt->len, offset, MIPI_HEADER_WIDE) &&
		vbt->data[offset] >= MIPI_VERSION_WIDE;
}

/* One child device; false past the last. */
bool igdpt_priv_vbt_child(const struct igdpt_vbt *vbt, uint32_t slot, struct span *child);

/* One entry of block 58, whose first word is the entries' size. */
bool igdpt_priv_vbt_dtd(const struct igdpt_vbt *vbt, const struct span *block, uint32_t element,
	struct span *entry);

/* Where block 42 keeps what it knows of a panel. */
struct igdpt_priv_lfp {
	struct span fp;
	struct span dtd;
	struct span pnp;
	struct span tail; /* panel names and what follows; 0 bytes if there are none */
};

int igdpt_priv_vbt_lfp(const struct igdpt_vbt *vbt, uint32_t panel, struct igdpt_priv_lfp *lfp,
	struct igdpt_finding *why);

#endif
