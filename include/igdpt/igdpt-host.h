/* SPDX-License-Identifier: MIT */
#ifndef IGDPT_IGDPT_HOST_H
#define IGDPT_IGDPT_HOST_H

#include "igdpt/base.h"
#include "igdpt/error.h"

/**
 * @defgroup igdpt_host Host: what a Linux machine says about its IGD
 *
 * A library of its own (`-ligdpt-host`), because it does I/O. Everything is read below a root
 * directory that the caller opened: "/" for this machine, another directory for a captured or a
 * synthetic one. Nothing outside it is read, whatever links are in it; only regular files are, and
 * the devices named below; no read blocks on a FIFO; sizes are bounded by the caller's room.
 *
 * Nothing is ever written to a device, and no function needs to run as root: what the system
 * refuses is -::IGDPT_E_ACCESS.
 *
 * @par PCI addresses
 * `domain << 16 | bus << 8 | device << 3 | function`: 0000:00:02.0 is 0x10. Lists leave out domains
 * above 0xffff (VMD), where no IGD is, and ffff:ff:1f.7, behind which no list could go on.
 *
 * @par Paths
 * Relative to the root, without a leading slash. Links are followed inside the root; an absolute
 * link starts at the root.
 *
 * @par Thread safety
 * All functions are re-entrant, except that those of libpci use its own state.
 *
 * @par Source
 * Linux Documentation/ABI/testing/sysfs-bus-pci, sysfs-kernel-iommu_groups; linux/vfio.h.
 *
 * @par Units and byte order
 * Sizes in bytes. Files come as the kernel shows them: config space and tables are little-endian,
 * text is text. Members of the structs are host-endian.
 *
 * @par Lifetime
 * The root's descriptor stays the caller's. Nothing is kept between calls; names are copied into
 * the caller's memory.
 * @{
 */

/** The DMAR table, for igdpt_host_read(). */
#define IGDPT_HOST_DMAR "sys/firmware/acpi/tables/DMAR"
/** The physical address map; addresses read 0 without root. */
#define IGDPT_HOST_IOMEM "proc/iomem"
/** The kernel's command line. */
#define IGDPT_HOST_CMDLINE "proc/cmdline"
/** The processors, with their address sizes. */
#define IGDPT_HOST_CPUINFO "proc/cpuinfo"

/** Flags of struct igdpt_host_device. */
enum igdpt_host_device_flag {
	IGDPT_HOST_VF = 1,       /**< a virtual function: it has a link `physfn` */
	IGDPT_HOST_BOOT_VGA = 2, /**< firmware's primary display */
	IGDPT_HOST_CDEV = 4      /**< has a VFIO character device (Linux 6.6) */
};

/** A PCI function. */
struct igdpt_host_device {
	uint32_t size;       /**< sizeof, set by the caller */
	uint32_t address;    /**< PCI address */
	uint32_t vendor;     /**< vendor id */
	uint32_t device;     /**< device id */
	uint32_t class_code; /**< class << 16 | subclass << 8 | interface */
	int32_t group;       /**< IOMMU group, -1 if there is none */
	uint32_t flags;      /**< ::igdpt_host_device_flag */
	uint32_t reserved;   /**< zero */
	char driver[32];     /**< name of the driver, empty if there is none */
};

/** The VT-d units. */
struct igdpt_host_iommu {
	uint32_t size;      /**< sizeof, set by the caller */
	uint32_t units;     /**< how many there are */
	uint32_t width;     /**< smallest address width of them in bits (MGAW), 0 if unknown */
	uint32_t remapping; /**< how many can remap interrupts */
};

/** The kernel. */
struct igdpt_host_kernel {
	uint32_t size;    /**< sizeof, set by the caller */
	uint32_t major;   /**< 6 of 6.12.1 */
	uint32_t minor;   /**< 12 of 6.12.1 */
	uint32_t reserved; /**< zero */
	char release[96]; /**< e.g. "6.12.95-amd64" */
};

/** Where an OpRegion can be read from. */
enum igdpt_host_source {
	IGDPT_HOST_VFIO_GROUP = 1, /**< vfio-pci's region, by /dev/vfio/GROUP */
	IGDPT_HOST_VFIO_CDEV = 2,  /**< the same, by /dev/vfio/devices and /dev/iommu */
	IGDPT_HOST_DEV_MEM = 3,    /**< host memory at ASLS, by /dev/mem */
	IGDPT_HOST_DEBUGFS = 4     /**< files of i915 or xe in debugfs */
};

/** Flags of struct igdpt_host_regions. */
enum igdpt_host_region_flag {
	IGDPT_HOST_REGION_OPREGION = 1,    /**< the OpRegion */
	IGDPT_HOST_REGION_HOST_BRIDGE = 2, /**< config space of the host bridge */
	IGDPT_HOST_REGION_LPC = 4,         /**< config space of the LPC bridge */
	IGDPT_HOST_REGION_VGA = 8,         /**< VGA ranges */
	IGDPT_HOST_REGION_ROM = 16         /**< a ROM */
};

/** What vfio-pci shows of a device. */
struct igdpt_host_regions {
	uint32_t size;           /**< sizeof, set by the caller */
	uint32_t count;          /**< how many regions there are, the fixed nine included */
	uint32_t flags;          /**< ::igdpt_host_region_flag */
	uint32_t asls;           /**< config 0xFC as VFIO shows it: with an extended VBT not ASLS */
	uint64_t opregion_bytes; /**< size of the OpRegion region, 0 if there is none */
	uint64_t rom_bytes;      /**< size of the ROM region, 0 if there is none */
};

/** Why something could not be read. */
struct igdpt_host_why {
	uint32_t size;    /**< sizeof, set by the caller */
	int32_t error;    /**< negative ::igdpt_error */
	int32_t system;   /**< errno, or 0 */
	uint32_t reserved; /**< zero */
	char text[240];   /**< one English sentence without a full stop */
};

/** Receives names of a directory, in no order. Return non-zero to stop. */
typedef int (*igdpt_host_name_fn)(void *user, const char *name);

IGDPT_BEGIN_DECLS

/**
 * The whole of a regular file.
 *
 * A file of the kernel (sysfs, procfs, debugfs) has no size before it is read, and may have another
 * at the next time: where sysfs claims more than there is, the needed size is what it claims. A file
 * that grows while it is read may have filled the buffer before it is refused.
 *
 * @param root descriptor of the root directory
 * @param path below it
 * @param[out] buf the bytes
 * @param[in,out] len room, then how many bytes there were
 * @retval 0 read
 * @retval -IGDPT_E_NOTFOUND no such file, also if a link leads nowhere inside the root
 * @retval -IGDPT_E_ACCESS not allowed
 * @retval -IGDPT_E_NOSPACE larger than the room, or `buf` is NULL; `*len` holds the needed size
 * @retval -IGDPT_E_UNSUPPORTED not a regular file
 * @retval -IGDPT_E_IO anything else that went wrong
 * @since 1.0
 */
IGDPT_API int igdpt_host_read(int root, const char *path, void *buf, size_t *len);

/**
 * The last component of what a link points to: the driver of a device, its IOMMU group.
 *
 * @param root descriptor of the root directory
 * @param path of the link; links in front of the last component are followed
 * @param[out] name NUL-terminated
 * @param room in `name`, in bytes
 * @retval 0 found
 * @retval -IGDPT_E_NOTFOUND no such link
 * @retval -IGDPT_E_ACCESS not allowed
 * @retval -IGDPT_E_NOSPACE the name does not fit
 * @retval -IGDPT_E_UNSUPPORTED not a link
 * @retval -IGDPT_E_IO anything else that went wrong
 * @since 1.0
 */
IGDPT_API int igdpt_host_link(int root, const char *path, char *name, size_t room);

/**
 * The names in a directory, at most 4096 of them.
 *
 * @param root descriptor of the root directory
 * @param path of the directory
 * @param fn called for each name but "." and ".."
 * @param user passed to `fn`
 * @return what `fn` returned when it was not 0, else 0 or a negative error
 * @retval -IGDPT_E_NOTFOUND no such directory
 * @retval -IGDPT_E_ACCESS not allowed
 * @retval -IGDPT_E_IO anything else that went wrong
 * @since 1.0
 */
IGDPT_API int igdpt_host_list(int root, const char *path, igdpt_host_name_fn fn, void *user);

/**
 * A PCI function by its address.
 *
 * @param root descriptor of the root directory
 * @param address PCI address
 * @param[in,out] device `size` set by the caller
 * @retval 0 filled
 * @retval -IGDPT_E_NOTFOUND no such device
 * @retval -IGDPT_E_IO reading failed; also where only an optional attribute could not be read
 * @retval -IGDPT_E_ABI_SIZE `device->size` is impossible
 * @retval -IGDPT_E_SYNTAX a file of the device does not hold a number
 * @retval -IGDPT_E_NOSPACE a file or a link of it holds more than there is room for
 * @retval -IGDPT_E_UNSUPPORTED what should be a link or a file of it is something else
 * @retval -IGDPT_E_ACCESS not allowed
 * @retval -IGDPT_E_INVALID `device` is NULL
 * @since 1.0
 */
IGDPT_API int igdpt_host_get_device(int root, uint32_t address, struct igdpt_host_device *device);

/**
 * The first Intel display device (vendor 8086, base class 03) at or behind an address. To list them
 * all start with 0 and go on behind the last one.
 *
 * @param root descriptor of the root directory
 * @param from lowest PCI address
 * @param[in,out] device `size` set by the caller
 * @retval 0 filled
 * @retval -IGDPT_E_NOTFOUND none
 * @retval -IGDPT_E_IO reading failed, of this device or of one before it
 * @retval -IGDPT_E_SYNTAX a number of sysfs is none, of this device or of one before it
 * @retval -IGDPT_E_NOSPACE a file or a link holds more than there is room for, of the same
 * @retval -IGDPT_E_UNSUPPORTED what should be a link or a file is something else, of the same
 * @retval -IGDPT_E_INVALID `device` is NULL
 * @retval -IGDPT_E_ABI_SIZE `device->size` is impossible
 * @retval -IGDPT_E_ACCESS not allowed
 * @since 1.0
 */
IGDPT_API int igdpt_host_find(int root, uint32_t from, struct igdpt_host_device *device);

/**
 * The first member of an IOMMU group at or behind an address. Names without a device are passed over.
 *
 * @param root descriptor of the root directory
 * @param group number of the group
 * @param from lowest PCI address
 * @param[in,out] device `size` set by the caller
 * @retval 0 filled
 * @retval -IGDPT_E_NOTFOUND none
 * @retval -IGDPT_E_IO reading failed, of this device or of one before it
 * @retval -IGDPT_E_SYNTAX a number of sysfs is none, of this device or of one before it
 * @retval -IGDPT_E_NOSPACE a file or a link holds more than there is room for, of the same
 * @retval -IGDPT_E_UNSUPPORTED what should be a link or a file is something else, of the same
 * @retval -IGDPT_E_INVALID `device` is NULL
 * @retval -IGDPT_E_ABI_SIZE `device->size` is impossible
 * @retval -IGDPT_E_ACCESS not allowed
 * @since 1.0
 */
IGDPT_API int igdpt_host_member(int root, uint32_t group, uint32_t from,
	struct igdpt_host_device *device);

/**
 * Config space as sysfs shows it: the hardware's. An ordinary user gets the first 64 bytes.
 *
 * @param root descriptor of the root directory
 * @param address PCI address
 * @param[out] buf 4096 bytes are enough
 * @param[in,out] len room, then 64, 256 or 4096
 * @return as igdpt_host_read()
 * @since 1.0
 */
IGDPT_API int igdpt_host_config(int root, uint32_t address, void *buf, size_t *len);

/**
 * The reserved_regions file of an IOMMU group.
 *
 * @param root descriptor of the root directory
 * @param group number of the group
 * @param[out] buf text, not NUL-terminated
 * @param[in,out] len room, then size
 * @return as igdpt_host_read()
 * @since 1.0
 */
IGDPT_API int igdpt_host_reserved_regions(int root, uint32_t group, void *buf, size_t *len);

/**
 * The VT-d units, by /sys/class/iommu.
 *
 * @param root descriptor of the root directory
 * @param[in,out] iommu `size` set by the caller
 * @retval 0 filled; `units` may be 0
 * @retval -IGDPT_E_IO reading failed: how many units there are is not known
 * @retval -IGDPT_E_ABI_SIZE `iommu->size` is impossible
 * @retval -IGDPT_E_INVALID `iommu` is NULL
 * @par Source
 * VT-d specification: capability register bits 21:16 (MGAW), extended capability bit 3 (IR).
 * @since 1.0
 */
IGDPT_API int igdpt_host_get_iommu(int root, struct igdpt_host_iommu *iommu);

/**
 * The kernel's version, by /proc/version.
 *
 * @param root descriptor of the root directory
 * @param[in,out] kernel `size` set by the caller
 * @retval 0 filled
 * @retval -IGDPT_E_NOTFOUND no such file
 * @retval -IGDPT_E_SYNTAX not a Linux version
 * @retval -IGDPT_E_UNSUPPORTED not a regular file
 * @retval -IGDPT_E_NOSPACE the file is larger than any version
 * @retval -IGDPT_E_ABI_SIZE `kernel->size` is impossible
 * @retval -IGDPT_E_ACCESS not allowed
 * @retval -IGDPT_E_IO anything else that went wrong
 * @retval -IGDPT_E_INVALID `kernel` is NULL
 * @since 1.0
 */
IGDPT_API int igdpt_host_get_kernel(int root, struct igdpt_host_kernel *kernel);

/**
 * An option of the running kernel's build, by /boot/config-RELEASE or /lib/modules/RELEASE/config.
 *
 * @param root descriptor of the root directory
 * @param option e.g. "CONFIG_VFIO_PCI_IGD"
 * @return 'y', 'm' or 'n', or a negative error
 * @retval -IGDPT_E_NOTFOUND there is no such file
 * @retval -IGDPT_E_INVALID `option` is NULL or empty
 * @retval -IGDPT_E_SYNTAX /proc/version does not name a release
 * @retval -IGDPT_E_NOSPACE a file is larger than any of its kind
 * @retval -IGDPT_E_UNSUPPORTED what should be a file is something else
 * @retval -IGDPT_E_NOMEM no memory for the file
 * @retval -IGDPT_E_ACCESS not allowed
 * @retval -IGDPT_E_IO anything else that went wrong
 * @since 1.0
 */
IGDPT_API int igdpt_host_kernel_option(int root, const char *option);

/**
 * A parameter of a loaded module, without its newline.
 *
 * @param root descriptor of the root directory
 * @param module e.g. "vfio_pci"
 * @param parameter e.g. "disable_vga"
 * @param[out] value NUL-terminated
 * @param room in `value`, in bytes
 * @return as igdpt_host_read()
 * @retval -IGDPT_E_NOSPACE `room` is 0, or the value does not fit
 * @since 1.0
 */
IGDPT_API int igdpt_host_parameter(int root, const char *module, const char *parameter, char *value,
	size_t room);

/**
 * The OpRegion and, behind its 8 KiB, the extended VBT if there is one.
 *
 * Whatever the source, the bytes are as vfio-pci shows them: with an extended VBT, RVDA is 0x2000
 * and version 2.0 reads 2.1; without one, up to version 2.0, RVDA is 0. (From 2.1 on a distance that
 * leads to none stays, unlike there.)
 *
 * With a SIZE other than 8, or an RVDS that does not fit, it is the 8 KiB alone.
 *
 * ::IGDPT_HOST_VFIO_GROUP and ::IGDPT_HOST_VFIO_CDEV open the device, which resets it as the start
 * of a VM would; they fail while a VM has it. Bytes behind 0x2000 are read only where SIZE is 8 and
 * the region is 0x2000 + RVDS long: other reads stop a stock kernel with an oops (measured on 6.1
 * and 7.3).
 *
 * @param root descriptor of the root directory
 * @param address PCI address
 * @param source an ::igdpt_host_source
 * @param[out] buf 0x2000 bytes, and RVDS more with an extended VBT
 * @param[in,out] len room, then size
 * @param[in,out] why the reason of a failure, `size` set by the caller; may be NULL
 * @retval 0 read
 * @retval -IGDPT_E_NOTFOUND the source does not exist for this device
 * @retval -IGDPT_E_ACCESS not allowed, or a VM has the device
 * @retval -IGDPT_E_MAGIC no OpRegion there; `buf` has the 8 KiB all the same, if there is room
 * @retval -IGDPT_E_SIZE a size that cannot be right
 * @retval -IGDPT_E_RANGE the extended VBT of ::IGDPT_HOST_DEV_MEM runs past the address space
 * @retval -IGDPT_E_NOSPACE too little room, or `buf` is NULL; `*len` holds the needed size
 * @retval -IGDPT_E_UNSUPPORTED what should be a file or a device is something else
 * @return by the sources of VFIO also any error of igdpt_host_get_device()
 * @retval -IGDPT_E_IO anything else that went wrong
 * @retval -IGDPT_E_INVALID no such source
 * @since 1.0
 */
IGDPT_API int igdpt_host_opregion(int root, uint32_t address, uint32_t source, void *buf,
	size_t *len, struct igdpt_host_why *why);

/**
 * The regions that vfio-pci shows of a device, and config 0xFC as it shows it. Opens the device, as
 * igdpt_host_opregion() does by the same sources.
 *
 * @param root descriptor of the root directory
 * @param address PCI address
 * @param source ::IGDPT_HOST_VFIO_GROUP or ::IGDPT_HOST_VFIO_CDEV
 * @param[in,out] regions `size` set by the caller
 * @param[in,out] why the reason of a failure, `size` set by the caller; may be NULL
 * @retval 0 filled
 * @retval -IGDPT_E_NOTFOUND the source does not exist for this device
 * @retval -IGDPT_E_ACCESS not allowed, or a VM has the device
 * @retval -IGDPT_E_IO anything else that went wrong
 * @retval -IGDPT_E_INVALID no such source
 * @retval -IGDPT_E_ABI_SIZE `regions->size` is impossible
 * @retval -IGDPT_E_UNSUPPORTED what should be a device is something else
 * @return any error of igdpt_host_get_device()
 * @since 1.0
 */
IGDPT_API int igdpt_host_regions(int root, uint32_t address, uint32_t source,
	struct igdpt_host_regions *regions, struct igdpt_host_why *why);

/**
 * Config space read by libpci, of this machine or of an `lspci -x` dump. libpci 3.9 (and its lspci
 * -F) writes to wild addresses when a line of a dump has an offset from 0x80000000 on: such a dump
 * is refused. libpci reads a checked copy of the dump, a memfd that it opens as /proc/self/fd/N: a
 * dump needs /proc mounted.
 *
 * @param dump path of the dump, or NULL for this machine
 * @param address PCI address
 * @param[out] buf the bytes
 * @param[in,out] len room, then size
 * @param[in,out] why the reason of a failure, `size` set by the caller; may be NULL
 * @retval 0 read
 * @retval -IGDPT_E_UNSUPPORTED built without libpci
 * @retval -IGDPT_E_NOTFOUND no such device
 * @retval -IGDPT_E_NOSPACE the room is less than 64 bytes
 * @retval -IGDPT_E_SYNTAX a line of the dump has such an offset
 * @retval -IGDPT_E_IO the dump cannot be read, libpci gave up, or /proc is not mounted
 * @since 1.0
 */
IGDPT_API int igdpt_host_libpci_config(const char *dump, uint32_t address, void *buf, size_t *len,
	struct igdpt_host_why *why);

/**
 * The name of a device in libpci's database.
 *
 * @param vendor vendor id
 * @param device device id
 * @param[out] name NUL-terminated
 * @param room in `name`, in bytes
 * @retval 0 found
 * @retval -IGDPT_E_UNSUPPORTED built without libpci
 * @retval -IGDPT_E_NOTFOUND no name known, or no database
 * @retval -IGDPT_E_INVALID `room` is 0 or above 4096
 * @retval -IGDPT_E_IO libpci gave up
 * @since 1.0
 */
IGDPT_API int igdpt_host_libpci_name(uint32_t vendor, uint32_t device, char *name, size_t room);

IGDPT_END_DECLS

/** @} */
#endif
