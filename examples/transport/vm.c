/* SPDX-License-Identifier: MIT */
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "proxy.h"
#include "vfio_user.h"

#define MAX_ARGS 64
#define MAX_FDS 16
/* How often vm_run() looks for a signal that came between two waits. */
#define SIGNAL_CHECK_MS 200

/* The command line, and the descriptors that QEMU inherits. */
struct launch {
	char *argv[MAX_ARGS + 1];
	size_t args;
	int fd[MAX_FDS];
	size_t fds;
	bool failed;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

int64_t vm_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void arg(struct launch *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void arg(struct launch *l, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (l->args == MAX_ARGS || vasprintf(&l->argv[l->args], format, args) < 0)
		l->failed = true;
	else
		l->args++;
	va_end(args);
}

/* QEMU gets this descriptor under the same number. */
static int inherit(struct launch *l, int fd)
{
	if (fd < 0 || l->fds == MAX_FDS) {
		if (fd >= 0)
			close(fd);
		l->failed = true;
		return -1;
	}
	l->fd[l->fds++] = fd;
	return fd;
}

/* This end of a new socket pair; QEMU gets the other. */
static int socket_to_qemu(struct launch *l, int *theirs)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		l->failed = true;
		return -1;
	}
	*theirs = inherit(l, pair[1]);
	return pair[0];
}

static int blob_fd(const struct vm_blob *blob)
{
	int fd = memfd_create(blob->name, MFD_CLOEXEC);

	if (fd >= 0 && write(fd, blob->data, blob->bytes) == (ssize_t)blob->bytes)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static void machine_args(struct launch *l, const struct vm_config *config)
{
	arg(l, "%s", config->qemu ? config->qemu : "qemu-system-x86_64");
	for (const char *const *a = (const char *const[]){ "-no-user-config", "-nodefaults",
			"-display", "none", "-vga", "none", "-accel", "tcg", "-object", NULL };
		*a; a++)
		arg(l, "%s", *a);
	arg(l, "memory-backend-memfd,id=ram,share=on,size=%" PRIu64 "M", config->memory_mib);
	arg(l, "-m");
	arg(l, "%" PRIu64 "M", config->memory_mib);
	arg(l, "-M");
	arg(l, "%s,memory-backend=ram", config->machine);
	for (const char *const *a = config->extra_args; a && *a; a++)
		arg(l, "%s", *a);
}

static void proxy_args(struct launch *l, struct vm *vm)
{
	int theirs = -1;

	vm->device = socket_to_qemu(l, &theirs);
	vm->serve = proxy_serve;
	arg(l, "-device");
	arg(l, "x-pci-proxy-dev,id=igd,addr=2.0,fd=%d", theirs);
}

/* vfio-user-pci takes no descriptor: it connects to a path, here in a folder of this user alone. */
static int listen_at(struct vm *vm)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(vm->folder, "/tmp/igdpt-XXXXXX");
	if (!mkdtemp(vm->folder))
		vm->folder[0] = '\0';
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/igd", vm->folder);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		listen(fd, 1) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static void remove_socket(struct vm *vm)
{
	char path[sizeof(vm->folder) + 4];

	if (!vm->folder[0])
		return;
	snprintf(path, sizeof(path), "%s/igd", vm->folder);
	unlink(path);
	rmdir(vm->folder);
	vm->folder[0] = '\0';
}

static void vfio_user_args(struct launch *l, struct vm *vm)
{
	vm->device = listen_at(vm);
	vm->listening = true;
	vm->serve = vfio_user_serve;
	l->failed |= vm->device < 0;
	arg(l, "-device");
	arg(l, "{\"driver\":\"vfio-user-pci\",\"id\":\"igd\",\"addr\":\"2.0\",\"rombar\":0,"
		"\"socket\":{\"type\":\"unix\",\"path\":\"%s/igd\"}}",
		vm->folder);
}

static void device_args(struct launch *l, struct vm *vm, enum vm_transport transport)
{
	int theirs = -1;

	if (transport == VM_VFIO_USER)
		vfio_user_args(l, vm);
	else
		proxy_args(l, vm);
	vm->log = socket_to_qemu(l, &theirs);
	arg(l, "-chardev");
	arg(l, "socket,id=log,fd=%d", theirs);
	arg(l, "-device");
	arg(l, "isa-debugcon,iobase=0x402,chardev=log");
	vm->monitor = socket_to_qemu(l, &theirs);
	arg(l, "-chardev");
	arg(l, "socket,id=monitor,fd=%d", theirs);
	arg(l, "-mon");
	arg(l, "monitor");
}

static void blob_args(struct launch *l, const struct vm_config *config)
{
	for (size_t i = 0; i < config->blob_count; i++) {
		int fd = inherit(l, blob_fd(&config->blobs[i]));

		arg(l, "-fw_cfg");
		arg(l, "name=%s,file=/dev/fd/%d", config->blobs[i].name, fd);
	}
}

static _Noreturn void become_qemu(const struct launch *l, int errors, pid_t parent)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(126);
	for (size_t i = 0; i < l->fds; i++)
		fcntl(l->fd[i], F_SETFD, 0);
	dup2(null, STDIN_FILENO);
	dup2(errors, STDOUT_FILENO);
	dup2(errors, STDERR_FILENO);
	execvp(l->argv[0], l->argv);
	dprintf(STDERR_FILENO, "%s: %s (Debian package qemu-system-x86)\n", l->argv[0],
		strerror(errno));
	_exit(127);
}

static void launch_free(struct launch *l)
{
	for (size_t i = 0; i < l->fds; i++)
		close(l->fd[i]);
	for (size_t i = 0; i < l->args; i++)
		free(l->argv[i]);
}

const char *vm_transport_name(enum vm_transport transport)
{
	return transport == VM_VFIO_USER ? "vfio-user" : "x-pci-proxy-dev";
}

enum vm_transport vm_pick_transport(const char *qemu)
{
	char command[512], line[256];
	enum vm_transport transport = VM_PROXY;
	FILE *options;

	snprintf(command, sizeof(command), "timeout 10 '%s' -device vfio-user-pci,help 2>/dev/null",
		qemu ? qemu : "qemu-system-x86_64");
	options = popen(command, "r");
	while (options && fgets(line, sizeof(line), options)) {
		if (strncmp(line, "vfio-user-pci options", 21) == 0)
			transport = VM_VFIO_USER;
	}
	if (options)
		pclose(options);
	return transport;
}

bool vm_start(struct vm *vm, const struct vm_config *config)
{
	pid_t parent = getpid();
	struct launch l = { 0 };

	*vm = (struct vm){
		.pid = -1,
		.device = -1,
		.log = -1,
		.monitor = -1,
		.errors = memfd_create("qemu-output", MFD_CLOEXEC),
		.log_line = config->log_line,
		.user = config->user,
	};
	machine_args(&l, config);
	device_args(&l, vm, config->transport);
	blob_args(&l, config);
	catch_signals();
	if (!l.failed && vm->errors >= 0)
		vm->pid = fork();
	if (vm->pid == 0)
		become_qemu(&l, vm->errors, parent);
	launch_free(&l);
	return vm->pid > 0;
}

static void log_bytes(struct vm *vm, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != '\n') {
			if (vm->line_len < sizeof(vm->line) - 1)
				vm->line[vm->line_len++] = bytes[i];
			continue;
		}
		vm->line[vm->line_len] = '\0';
		vm->line_len = 0;
		vm->log_line(vm->user, vm->line);
	}
}

/* False once QEMU has closed its end. */
static bool serve_log(struct vm *vm)
{
	char buf[4096];
	ssize_t n = recv(vm->log, buf, sizeof(buf), MSG_DONTWAIT);

	if (n > 0)
		log_bytes(vm, buf, (size_t)n);
	return n > 0 || (n < 0 && errno == EAGAIN);
}

static void accept_qemu(struct vm *vm)
{
	int fd = accept4(vm->device, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	close(vm->device);
	vm->device = fd;
	vm->listening = false;
	remove_socket(vm);
}

/* The log goes first: what QEMU said before a message is read before the message is served. */
static bool serve(struct vm *vm, struct pci_device *dev, struct pollfd p[2],
	enum vm_result *result)
{
	int rc;

	if (p[1].revents && !serve_log(vm)) {
		*result = VM_ENDED;
		return false;
	}
	if (!p[0].revents)
		return true;
	if (vm->listening) {
		accept_qemu(vm);
		return true;
	}
	rc = vm->serve(vm->device, dev);
	*result = rc == 0 ? VM_ENDED : VM_PROTOCOL;
	return rc > 0;
}

enum vm_result vm_run(struct vm *vm, struct pci_device *dev, bool (*done)(void *user), void *user,
	int64_t deadline_ms)
{
	enum vm_result result = VM_DONE;

	while (!done(user)) {
		struct pollfd p[2] = { { .fd = vm->device, .events = POLLIN },
			{ .fd = vm->log, .events = POLLIN } };
		int64_t left = deadline_ms - vm_now_ms();

		if (interrupted)
			return VM_INTERRUPTED;
		if (left <= 0)
			return VM_TIMEOUT;
		if (poll(p, 2, left < SIGNAL_CHECK_MS ? (int)left : SIGNAL_CHECK_MS) > 0 &&
			!serve(vm, dev, p, &result))
			return result;
	}
	return VM_DONE;
}

bool vm_monitor(struct vm *vm, const char *command)
{
	char line[128];
	int len = snprintf(line, sizeof(line), "%s\n", command);

	return len < (int)sizeof(line) &&
		send(vm->monitor, line, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL) == len;
}

void vm_errors(const struct vm *vm, char *buf, size_t room)
{
	ssize_t n = pread(vm->errors, buf, room - 1, 0);

	buf[n > 0 ? n : 0] = '\0';
}

void vm_stop(struct vm *vm)
{
	int *fds[] = { &vm->device, &vm->log, &vm->monitor, &vm->errors };

	if (vm->pid > 0) {
		kill(vm->pid, SIGKILL);
		while (waitpid(vm->pid, NULL, 0) < 0 && errno == EINTR)
			;
		vm->pid = -1;
	}
	remove_socket(vm);
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}
