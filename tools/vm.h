/* SPDX-License-Identifier: MIT
 *
 * What a QEMU command line, a Proxmox file or a libvirt domain says about the IGD. The readers find
 * what matters and pass over the rest, also over what is broken: people paste pieces of such files.
 */
#ifndef IGDPT_TOOLS_VM_H
#define IGDPT_TOOLS_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "igdpt/legacy.h"

#define IGD_DEVFN 0x10u /* 00:02.0, where the IGD must be in most guests */

/* As in struct vm's version. */
#define QEMU_VERSION(major, minor) ((uint32_t)(major) << 8 | (minor))

/* Tri-state options. */
enum vm_switch {
	VM_UNSET,
	VM_ON,
	VM_OFF
};

/* What a configuration was read from: it decides how a place is written. */
enum vm_kind {
	VM_QEMU,
	VM_PVE,
	VM_LIBVIRT
};

/* Which function of the host a device is. */
enum vm_host {
	VM_HOST_OTHER,
	VM_HOST_IGD,    /* 0000:00:02.0 */
	VM_HOST_VIRTUAL /* 0000:00:02.1 to .7, or a mediated device */
};

struct vm {
	bool present;
	bool known;         /* the text is a configuration of that kind, or a piece of one */
	bool whole;         /* it would say so if the machine and the firmware were not the default */
	uint32_t kind;      /* enum vm_kind */
	bool igd;           /* it has the IGD */
	bool is_virtual;    /* it has a virtual function of it, or a mediated device */
	uint32_t machine;   /* enum igdpt_machine */
	uint32_t version;   /* of QEMU, major << 8 | minor; 0 unknown */
	bool exact;         /* QEMU is that version; else at least that one, by its machine type */
	bool uefi;
	unsigned programs;  /* how often the text names QEMU: 0 in a piece of a command line */
	uint32_t vga;       /* enum vm_switch: an emulated VGA adapter; unset is the VMM's default */
	bool serial;        /* Proxmox: a serial port in its place */
	int cards;          /* network cards that QEMU places; -1 is its default, one */
	uint32_t slots;     /* taken ones of QEMU's root bus, a bit each; 0 unknown */
	bool legacy_igd;    /* Proxmox: 00:02.0 on i440fx, where QEMU then tries legacy mode */
	char maybe[80];     /* what may be the IGD: "hostpci0 names the mapping igpu" */
	const char *maybe_fix; /* how to find out */
	const char *refused, *refused_fix; /* Proxmox or QEMU refuse it and say this, or NULL */
	uint32_t hostpci;   /* Proxmox: the numbers of its hostpci lines, a bit each */
	bool pci_0;         /* a bridge may be called pci.0 */
	bool lpc_bridge;    /* a vfio-pci-igd-lpc-bridge */
	bool blobs;         /* fw_cfg files etc/igd-* by hand */
	bool own_opregion;  /* one of them is etc/igd-opregion */
	bool placed;        /* the IGD's guest address is given */
	bool on_root_bus;
	uint32_t devfn;     /* of the IGD in the guest, if it is placed */
	char bus[32];       /* where it is if not on the root bus */
	char intruder[80];  /* what else is at 00:02.0 */
	char id[48];        /* by which other options name the IGD */
	bool own_id;        /* that of a -device that somebody wrote */
	char rom[256];
	uint32_t legacy, opregion, lpc, x_vga, rombar; /* enum vm_switch */
	bool gms_given;
	uint32_t gms;        /* x-igd-gms */
	uint32_t class_code; /* x-pci-class-code, 0 if unset */
	uint32_t phys_bits;  /* limit, 0 if there is none */
	uint64_t memory;     /* bytes, 0 unknown */
};

bool vm_from_args(struct vm *vm, const char *text, size_t len);
bool vm_from_pve(struct vm *vm, const char *text);
bool vm_from_libvirt(struct vm *vm, const char *text);

/* "9.2", "10.1.3", "pc-q35-9.2+pve1" and the like; 0 if there is none. */
uint32_t vm_version(const char *text);

/* Shared by the readers. */

/* The value of key= in a list of options; false if it is not there. */
bool vm_option(const char *list, const char *key, char *value, size_t room);
uint32_t vm_switch_of(const char *list, const char *key);
/* "02.0", "0000:00:02.0", "00:02", or the path of a device in sysfs. */
enum vm_host vm_host_of(const char *text);
/* A guest address as QEMU writes it: "0x2", "02.0"; false if it is none. */
bool vm_devfn(const char *text, uint32_t *devfn);
void vm_place(struct vm *vm, uint32_t devfn, const char *bus);
/* The VM has the IGD, once at most. */
void vm_has_igd(struct vm *vm);
/* Something that is not the IGD has this place. */
void vm_neighbour(struct vm *vm, uint32_t devfn, const char *what);
void vm_set_machine(struct vm *vm, const char *name);
/* A file of firmware is UEFI's, by its name. */
bool vm_is_uefi(const char *path);
/* The bus is the machine's root bus; the machine must be known. */
bool vm_is_root(const struct vm *vm, const char *bus);
/* What Proxmox or QEMU say instead of starting the VM; the first that is told counts. */
void vm_refuse(struct vm *vm, const char *said, const char *fix);
/* QEMU finds no bus of the name that the IGD's options say. */
void vm_check_bus(struct vm *vm);
/* Words of a command line; the same as vm_from_args() for a piece of one. */
void vm_take_args(struct vm *vm, const char *text, size_t len);
/* Options of the IGD's vfio-pci device, wherever they stand. */
void vm_igd_options(struct vm *vm, const char *list);
/* One word of the command line with the one before it; the first ones of -set go to the IGD. */
void vm_take_pair(struct vm *vm, const char *key, char *value);

#endif
