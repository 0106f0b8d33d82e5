/* SPDX-License-Identifier: MIT
 *
 * A stock QEMU as a child process: TCG, guest memory in a memfd, one device at 00:02.0 served by
 * this process over x-pci-proxy-dev or vfio-user, the firmware's log as lines, a monitor. QEMU never
 * outlives vm_stop(), nor this process however that ends.
 */
#ifndef EXAMPLES_VM_H
#define EXAMPLES_VM_H

#include <stdbool.h>
#include <sys/types.h>

#include "device.h"

/* A fw_cfg file. */
struct vm_blob {
	const char *name;
	const void *data;
	size_t bytes;
};

/* How the device model and QEMU talk. */
enum vm_transport {
	VM_PROXY,    /* x-pci-proxy-dev: under TCG QEMU 7.2 and its like; it crashes 10.0 and 11.1 */
	VM_VFIO_USER /* vfio-user-pci: QEMU 10.1 and later */
};

struct vm_config {
	const char *qemu;    /* program; NULL: qemu-system-x86_64 */
	enum vm_transport transport;
	const char *machine; /* "q35" or "pc" */
	uint64_t memory_mib;
	const struct vm_blob *blobs;
	size_t blob_count;
	const char *const *extra_args; /* NULL-terminated; may be NULL */
	/* Each line of the firmware's log, without its newline. */
	void (*log_line)(void *user, const char *line);
	void *user;
};

enum vm_result {
	VM_DONE,        /* what vm_run() waited for has happened */
	VM_TIMEOUT,
	VM_ENDED,       /* QEMU ended; vm_errors() tells why */
	VM_PROTOCOL,    /* QEMU sent what the transport does not understand */
	VM_INTERRUPTED  /* SIGINT, SIGTERM or SIGHUP */
};

struct vm {
	pid_t pid;
	int device;  /* sockets and pipes of this end */
	bool listening; /* for QEMU to connect to device */
	char folder[32]; /* of the socket, while listening */
	int (*serve)(int socket, struct pci_device *dev);
	int log;
	int monitor;
	int errors;  /* what QEMU printed, a file */
	char line[256];
	size_t line_len;
	void (*log_line)(void *user, const char *line);
	void *user;
};

/* The transport that this QEMU can run: vfio-user where it has it. */
enum vm_transport vm_pick_transport(const char *qemu);
const char *vm_transport_name(enum vm_transport transport);

/* False with errno if a descriptor or a process could not be had. */
bool vm_start(struct vm *vm, const struct vm_config *config);

/* Serve the device until done(user) is true, checked after each event. */
enum vm_result vm_run(struct vm *vm, struct pci_device *dev, bool (*done)(void *user), void *user,
	int64_t deadline_ms);

/* One line for QEMU's human monitor, such as "system_reset". */
bool vm_monitor(struct vm *vm, const char *command);

/* What QEMU printed, from its start; cut to room. */
void vm_errors(const struct vm *vm, char *buf, size_t room);

/* Kill QEMU and wait for it. Harmless when it has ended, or never started. */
void vm_stop(struct vm *vm);

/* A monotonic clock for deadlines. */
int64_t vm_now_ms(void);

#endif
