/* SPDX-License-Identifier: MIT
 *
 * libpci as a second reader of config space and for names. It reports errors through a callback
 * that must not return and exits the process otherwise; with_libpci() catches that.
 */
#include "internal.h"

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#ifdef HAVE_LIBPCI

#include <ctype.h>
#include <errno.h>
#include <pci/pci.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The callbacks have no argument of their own. */
static __thread struct {
	jmp_buf back;
	char message[160];
} caught;

static void catch_error(char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
static void ignore(char *format, ...) __attribute__((format(printf, 1, 2)));

static void catch_error(char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(caught.message, sizeof(caught.message), format, args);
	va_end(args);
	longjmp(caught.back, 1);
}

static void ignore(char *format, ...)
{
	(void)format;
}

/* What was allocated when libpci gave up stays so: its state cannot be trusted any more. */
static int with_libpci(int (*use)(struct pci_access *pci, void *user), void *user,
	struct igdpt_host_why *why)
{
	struct pci_access *pci;
	int rc;

	if (setjmp(caught.back))
		return igdpt_priv_host_fail(why, -IGDPT_E_IO, 0, "libpci: %s", caught.message);
	pci = pci_alloc();
	pci->error = catch_error;
	pci->warning = ignore;
	pci->debug = ignore;
	rc = use(pci, user);
	pci_cleanup(pci);
	return rc;
}

struct config_request {
	const char *dump;
	uint32_t address;
	void *buf;
	size_t *len;
};

/* Left to itself, libpci goes on to I/O ports, and writes to them, where no bus is to be seen. */
static unsigned int by_kernel(void)
{
	return access("/sys/bus/pci", R_OK) == 0 ? PCI_ACCESS_SYS_BUS_PCI : PCI_ACCESS_PROC_BUS_PCI;
}

static int read_config(struct pci_access *pci, void *user)
{
	struct config_request *r = user;
	int lengths[] = { 4096, 256, 64 };
	char parameter[] = "dump.name";
	struct pci_dev *device;

	pci->method = r->dump ? PCI_ACCESS_DUMP : by_kernel();
	if (r->dump)
		pci_set_param(pci, parameter, (char *)(uintptr_t)r->dump);
	pci_init(pci);
	pci_scan_bus(pci);
	/* A VMD's domain has more than 16 bits. */
	for (device = pci->devices; device; device = device->next) {
		if (((uint64_t)(uint32_t)device->domain << 16 | (uint32_t)device->bus << 8 |
			    (uint32_t)device->dev << 3 | device->func) == r->address)
			break;
	}
	if (!device)
		return -IGDPT_E_NOTFOUND;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		if ((size_t)lengths[i] > *r->len || !pci_read_block(device, 0, r->buf, lengths[i]))
			continue;
		*r->len = (size_t)lengths[i];
		return 0;
	}
	return *r->len < 64 ? -IGDPT_E_NOSPACE : -IGDPT_E_IO;
}

#define DUMP_MAX (64u << 20)

/*
 * libpci 3.9 takes the eight digits that may begin a line for a signed offset: "80000000: 00" makes
 * it write in front of its array, as in lspci -F.
 */
static int copy_lines(FILE *in, FILE *out, struct igdpt_host_why *why)
{
	bool negative = true; /* as far as the line was read */
	size_t column = 0;
	int c;

	for (uint32_t n = 0; (c = getc_unlocked(in)) != EOF; n++) {
		if (n == DUMP_MAX)
			return igdpt_priv_host_fail(why, -IGDPT_E_IO, 0, "more than %u bytes", DUMP_MAX);
		if (column < 8)
			negative = negative && isxdigit(c) && (column || c > '7');
		else if (column == 8 && negative && c == ':')
			return igdpt_priv_host_fail(why, -IGDPT_E_SYNTAX, 0,
				"offset of a line outside config space, at byte %u", n - 8);
		column = c == '\n' ? 0 : column + 1;
		negative = negative || !column;
		putc_unlocked(c, out);
	}
	return 0;
}

/* What was looked at is what libpci reads, even if the file changes or is a pipe. */
static int copy_dump(const char *path, FILE *out, struct igdpt_host_why *why)
{
	FILE *in = fopen(path, "re");
	int rc;

	if (!in)
		return igdpt_priv_host_fail(why, -IGDPT_E_IO, errno, "%s", path);
	rc = copy_lines(in, out, why);
	if (!rc && (ferror(in) || fflush(out)))
		rc = igdpt_priv_host_fail(why, -IGDPT_E_IO, errno, "%s", path);
	fclose(in);
	return rc;
}

static int config_of_dump(struct config_request r, struct igdpt_host_why *why)
{
	int fd = memfd_create("dump", MFD_CLOEXEC), rc;
	FILE *copy = fd < 0 ? NULL : fdopen(fd, "w");
	char path[32];

	if (!copy) {
		rc = igdpt_priv_host_fail(why, -IGDPT_E_IO, errno, "a copy of %s", r.dump);
		if (fd >= 0)
			close(fd);
		return rc;
	}
	rc = copy_dump(r.dump, copy, why);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r.dump = path;
	if (!rc)
		rc = with_libpci(read_config, &r, why);
	fclose(copy);
	return rc;
}

int igdpt_host_libpci_config(const char *dump, uint32_t address, void *buf, size_t *len,
	struct igdpt_host_why *why)
{
	struct config_request request = { dump, address, buf, len };
	int rc = dump ? config_of_dump(request, why) : with_libpci(read_config, &request, why);

	if (rc == -IGDPT_E_NOTFOUND)
		igdpt_priv_host_fail(why, rc, 0, "libpci knows no such device");
	return rc;
}

struct name_request {
	uint32_t vendor, device;
	char *name;
	size_t room;
};

static int look_up(struct pci_access *pci, void *user)
{
	struct name_request *r = user;
	const char *found = pci_lookup_name(pci, r->name, (int)r->room,
		PCI_LOOKUP_DEVICE | PCI_LOOKUP_NO_NUMBERS, (int)r->vendor, (int)r->device);

	return found && found == r->name ? 0 : -IGDPT_E_NOTFOUND;
}

int igdpt_host_libpci_name(uint32_t vendor, uint32_t device, char *name, size_t room)
{
	struct name_request request = { vendor, device, name, room };

	if (!room || room > 4096)
		return -IGDPT_E_INVALID;
	name[0] = '\0';
	if (vendor > UINT16_MAX || device > UINT16_MAX) /* libpci would take the low halves */
		return -IGDPT_E_NOTFOUND;
	return with_libpci(look_up, &request, NULL);
}

#else

int igdpt_host_libpci_config(const char *dump, uint32_t address, void *buf, size_t *len,
	struct igdpt_host_why *why)
{
	(void)dump;
	(void)address;
	(void)buf;
	(void)len;
	return igdpt_priv_host_fail(why, -IGDPT_E_UNSUPPORTED, 0, "built without libpci");
}

int igdpt_host_libpci_name(uint32_t vendor, uint32_t device, char *name, size_t room)
{
	(void)vendor;
	(void)device;
	(void)name;
	(void)room;
	return -IGDPT_E_UNSUPPORTED;
}

#endif
