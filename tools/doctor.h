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
#include <stdio.h>

#include "cli.h"
#include "igdpt/igdpt-host.h"
#include "igdpt/igdpt.h"
#include "log-scan.h"
#include "vm.h"

#define HOST_BRIDGE 0u
#define SOURCES 4u
#define DOCTOR_NOTES 8u
/* Files of captured and made machines: vfio-pci's regions, and which side it is. */
#define CAPTURED_REGIONS "igdpt/regions"
#define CAPTURED_SIDE "igdpt/side"
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
	uint32_t note_count;
	char notes[DOCTOR_NOTES][256]; /* what else there is to say */
};

struct facts {
	int root;
	uint32_t side, goal;
	bool live;      /* the root is this machine */
	bool open_vfio; /* the user allows to open the device */
	const char *dump;      /* the lspci dump that is all there is, or NULL */
	uint32_t dump_devices; /* how many devices of it say what they are */
	bool dump_silent;      /* the IGD, or what was asked for, reads ff */
	bool given;     /* a device was asked for, */
	uint32_t wanted; /* this one */
	const char *assume; /* platform of an unknown id, or NULL */

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
	char interrupts[1 << 16];
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
	bool has_regions;
	struct igdpt_host_regions regions;

	struct vm vm;
	uint8_t *rom;
	size_t rom_len;
	bool has_log;
	struct log_report log;
};

typedef void doctor_check_fn(const struct facts *f, struct doctor_line *line);

/* A row of doctor-checks.def. */
struct doctor_check {
	uint32_t number;
	const char *name;
	uint32_t stage, side;
	uint64_t needs; /* bits of numbers */
	doctor_check_fn *fn;
	const char *about;
	const char *commands;
};

/* How many rows there are. */
enum {
	DOCTOR_CHECKS = 0
#define DOCTOR_CHECK(...) +1
#include "doctor-checks.def"
#undef DOCTOR_CHECK
};

extern const struct doctor_check doctor_checks[DOCTOR_CHECKS];

/* Fill a line for each check; then the place of the most likely cause, or DOCTOR_CHECKS. */
void doctor_judge(const struct facts *f, struct doctor_line *lines);
size_t doctor_cause(const struct doctor_line *lines);

const char *doctor_stage_name(uint32_t stage);
const char *doctor_status_name(uint32_t status);

/* The checksum of zip. */
uint32_t doctor_crc32(const uint8_t *data, size_t len);

/* The report: a line for each check, and the place of the most likely cause or the count. */
void doctor_show_text(const struct facts *f, const struct doctor_line *lines, size_t cause);
void doctor_show_json(const struct facts *f, const struct doctor_line *lines, size_t cause);
struct json;
void doctor_members_json(struct json *j, const struct facts *f, const struct doctor_line *lines,
	size_t cause);
/* The text format of Prometheus, version 0.0.4. */
void doctor_show_prometheus(const struct facts *f, const struct doctor_line *lines, size_t cause);

/* The page of a check, a finding or a log string; false if there is none of that id. */
bool page_show(FILE *out, const char *id);
/* All ids, one a line. */
void page_list(FILE *out);

/* Fill a line; `said` and `how` are printf formats. */
void say(struct doctor_line *line, uint32_t status, const char *fix, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void because(struct doctor_line *line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Something more to say; what does not fit is left out. */
void note(struct doctor_line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A register that is not in the config space that there is. */
void say_no_config(const struct facts *f, struct doctor_line *l, const char *reg);

/* "0000:00:02.0" of the device, and "00:1f.3" of another one. */
const char *device_name(const struct facts *f);
const char *short_name(uint32_t address, char text[16]);

/* What a monitor needs only: for another goal it is information. */
uint32_t for_display(const struct facts *f, uint32_t status);
/* What legacy mode needs only, which no VM on q35 has. */
uint32_t for_legacy(const struct facts *f, uint32_t status);

bool is_vfio_driver(const char *driver);

/* vfio-pci of this kernel shows the OpRegion of a device of class 0380, too. */
bool takes_any_class(const struct facts *f);

/* The finding as a line: PASS with `good` if it is no more than information. */
void judge_finding(struct doctor_line *line, const struct igdpt_finding *worst, const char *good);
/* An igdpt_finding_fn: keeps the worst in a struct igdpt_finding. */
void keep_worst(void *user, const struct igdpt_finding *finding);

void facts_from_tree(struct facts *f);
/* What lspci printed, of that name; and whether text is a dump of it, with config space. */
void facts_from_text(struct facts *f, const char *name, const uint8_t *text, size_t len);
bool facts_is_dump(const uint8_t *text, size_t len);

/* The outermost, and the innermost, name of /proc/iomem at an address; false if it is not there. */
bool iomem_at(const struct facts *f, uint64_t address, char *outer, char *inner, size_t room);

/* True if /proc/iomem was read with the right to see addresses. */
bool iomem_known(const struct facts *f);

/* Where a module's option is set: "FILE:LINE" below etc/modprobe.d; false if nowhere. */
bool modprobe_option(const struct facts *f, const char *option, char *where, size_t room);

#define DOCTOR_CHECK(id, name, stage, side, needs, fn, about, commands) doctor_check_fn fn;
#include "doctor-checks.def"
#undef DOCTOR_CHECK

#endif
