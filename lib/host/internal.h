/* SPDX-License-Identifier: MIT
 *
 * What the parts of libigdpt-host share.
 */
#ifndef IGDPT_LIB_HOST_INTERNAL_H
#define IGDPT_LIB_HOST_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "../abi-v1.h"
#include "igdpt/igdpt-host.h"

#define OPREGION_BYTES 0x2000u
/* A VBT is at most 64 KiB long by its own 16-bit size; firmware rounds RVDS up a little. */
#define RVDS_MAX 0x20000u

/* errno as a negative error code. */
int igdpt_priv_host_error(int system);

/* Fill *why (may be NULL) from a printf format; returns `error`. */
int igdpt_priv_host_fail(struct igdpt_host_why *why, int error, int system, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * A descriptor of a path below the root, or -errno. `flags` are those of open(). The second form
 * does without openat2(), which Linux has since 5.6 and some containers refuse.
 */
int igdpt_priv_host_open(int root, const char *path, int flags);
int igdpt_priv_host_walk(int root, const char *path, int flags);

/*
 * The same for a file of the given type (S_IFREG, S_IFCHR), a device with this number unless it is 0;
 * nothing else is opened for access.
 */
int igdpt_priv_host_open_type(int root, const char *path, int flags, mode_t type, dev_t device);

/* Read up to *len bytes at `offset`, or from where the descriptor is if that is negative. */
int igdpt_priv_host_pread(int fd, off_t offset, void *buf, size_t *len);

/* Whether `bytes` fit; if not, or if `buf` is NULL, *len says how many they are. */
int igdpt_priv_host_room(const void *buf, size_t *len, size_t bytes, struct igdpt_host_why *why);

/* "0000:00:02.0" */
#define ADDRESS_TEXT 16
void igdpt_priv_host_address(uint32_t address, char text[ADDRESS_TEXT]);

/* Copy a struct that starts with its size to a caller who may know less or more of it. */
int igdpt_priv_host_out(void *dst, const void *src, size_t known, size_t v1);

/* How a VFIO device is talked to; the tests have a device of their own. */
struct igdpt_priv_vfio {
	int (*control)(void *device, unsigned long request, void *arg);
	ssize_t (*read)(void *device, void *buf, size_t len, uint64_t offset);
	void *device;
};

int igdpt_priv_vfio_opregion(const struct igdpt_priv_vfio *vfio, uint8_t *buf, size_t *len,
	struct igdpt_host_why *why);

int igdpt_priv_vfio_regions(const struct igdpt_priv_vfio *vfio, struct igdpt_host_regions *regions,
	struct igdpt_host_why *why);

/* The OpRegion by IGDPT_HOST_VFIO_GROUP or IGDPT_HOST_VFIO_CDEV. */
int igdpt_priv_vfio_read(int root, uint32_t address, uint32_t source, uint8_t *buf, size_t *len,
	struct igdpt_host_why *why);

/*
 * The bytes of an extended VBT: 0 if there is none, or if SIZE or RVDS cannot be right. What is no
 * OpRegion goes into `buf` all the same, if there is room.
 */
int igdpt_priv_opregion_extra(const uint8_t *opregion, uint32_t *extra, uint8_t *buf, size_t room,
	struct igdpt_host_why *why);

/* Set RVDA and version as vfio-pci does when so many bytes of a VBT follow, or none. */
void igdpt_priv_opregion_attach(uint8_t *opregion, uint32_t extra);

#endif
