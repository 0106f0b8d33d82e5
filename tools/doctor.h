/* SPDX-License-Identifier: MIT
 *
 * The doctor: facts are gathered once, each check is a row of doctor-checks.def and one function
 * that reads the facts and fills a line.
 */
#ifndef IGDPT_TOOLS_DOCTOR_H
#define IGDPT_TOOLS_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "igdpt/igdpt-host.h"
#include "igdpt/igdpt.h"
#include "log-scan.h"

#define IGD_ADDRESS 0x10u /* 0000:00:02.0 */
#define HOST_BRIDGE 0u
#define SOURCES 4u
#define OPREGION_ROOM (0x2000u + 0x20000u)

enum doctor_status {
	DOCTOR_PASS,
	DOCTOR_INFO,
	DOCTOR_SKIP,
	DOCTOR_WARN,
	DOCTOR_FAIL
};

enum doctor_goal {
	GOAL_DISPLAY,
	GOAL_HEADLESS,
	GOAL_COMPUTE
};

/* The links of the chain, in its order. */
enum doctor_stage {
	STAGE_DEVICE,
	STAGE_IOMMU,
	STAGE_DRIVER,
	STAGE_OPREGION,
	STAGE_VBT,
	STAGE_STOLEN,
	STAGE_VMM,
	STAGE_GUEST,
	STAGE_LOG,
	STAGE_COUNT
};

/* Where a check has something to say. */
enum doctor_side {
	SIDE_HOST = 1,
	SIDE_GUEST = 2,
	SIDE_BOTH = 3
};

struct doctor_line {
	uint32_t status;
	char said[256]; /* one sentence */
	char how[256];  /* file and value */
	char fix[320];  /* one remedy, or empty */
};

/* Tri-state options of a VM. */
enum vm_switch {
	VM_UNSET,
	VM_ON,
	VM_OFF
};

/* What a VM's configuration says about its IGD. */
struct vm {
	bool present;
	bool igd;           /* it has the IGD */
	bool q35;
	bool ovmf;
	char address[64];   /* in the guest, empty if the VMM chooses */
	char rom[256];
	uint32_t legacy, opregion, lpc, x_vga; /* enum vm_switch */
	uint32_t gms;       /* x-igd-gms, in units of 32 MiB; 0 if unset */
	uint32_t phys_bits; /* limit, 0 if there is none */
	bool pcie;          /* Proxmox: some device wants q35 */
};

struct facts {
	int root;
	uint32_t side, goal;
	bool live;      /* the root is this machine */
	bool open_vfio; /* the user allows to open the device */
	bool dump;      /* config space from an lspci dump: nothing else is known */

	bool has_device;
	struct igdpt_host_device device;
	bool has_platform;
	struct igdpt_platform platform;
	uint8_t config[4096];
	size_t config_len;
	uint8_t bridge[4096];
	size_t bridge_len;
	bool has_stolen;
	struct igdpt_stolen stolen;
	uint32_t ggc;
	uint64_t bdsm;

	struct igdpt_host_iommu iommu;
	bool has_kernel;
	struct igdpt_host_kernel kernel;
	char cmdline[4096];
	char cpuinfo[8192];
	char reserved[8192];
	char iomem[1 << 18];
	uint8_t dmar[1 << 16];
	size_t dmar_len;
	int dmar_error;

	uint8_t opregion[OPREGION_ROOM];
	size_t opregion_len;
	uint32_t source; /* enum igdpt_host_source, 0 if none gave it */
	struct igdpt_host_why why[SOURCES + 1];
	bool has_op;
	struct igdpt_opregion op;
	bool has_vbt;
	struct igdpt_opregion_vbt vbt;

	struct vm vm;
	uint8_t *rom;
	size_t rom_len;
	bool has_log;
	struct log_report log;
};

typedef void doctor_check_fn(const struct facts *f, struct doctor_line *line);

/* Fill a line; `said` and `how` are printf formats. */
void say(struct doctor_line *line, uint32_t status, const char *fix, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void because(struct doctor_line *line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void facts_from_tree(struct facts *f);
bool facts_from_dump(struct facts *f, const char *file);

/* The outermost, and the innermost, name of /proc/iomem at an address; false if it is not there. */
bool iomem_at(const struct facts *f, uint64_t address, char *outer, char *inner, size_t room);

bool vm_from_args(struct vm *vm, const char *text, size_t len);
bool vm_from_pve(struct vm *vm, const char *text);
bool vm_from_libvirt(struct vm *vm, const char *text);

#define DOCTOR_CHECK(id, name, stage, side, needs, fn, about) doctor_check_fn fn;
#include "doctor-checks.def"
#undef DOCTOR_CHECK

#endif
