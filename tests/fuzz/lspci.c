/* SPDX-License-Identifier: MIT
 *
 * An `lspci -x` dump that may say anything, read by the doctor and by libpci; and a dump that is
 * printed from the input, from which both must read the input back.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "doctor.h"

/* A file in memory, and its path. */
static int put(const void *data, size_t len, char path[32])
{
	int fd = memfd_create("dump", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

static struct facts *read_dump(const void *data, size_t len)
{
	struct facts *f = calloc(1, sizeof(*f));

	must(f);
	facts_from_text(f, "dump", data, len);
	must(f->dump && f->config_len <= sizeof(f->config) && f->bridge_len <= sizeof(f->bridge));
	must(!f->has_device || f->dump_devices);
	must(!f->has_device || (f->device.vendor == 0x8086 && f->device.class_code >> 16 == 3));
	must(!f->config_len || (f->config_len >= 64 && f->has_device));
	must(!f->config_len || (get_le16(f->config) == 0x8086 && f->config[0x0b] == 3));
	must(strnlen(f->device.driver, sizeof(f->device.driver)) < sizeof(f->device.driver));
	return f;
}

static void read_any(const uint8_t *data, size_t len)
{
	struct igdpt_host_why why = { .size = sizeof(why) };
	uint8_t config[4096];
	size_t room = sizeof(config);
	char path[32];
	int fd = put(data, len, path);

	free(read_dump(data, len));
	if (igdpt_host_libpci_config(path, IGD_ADDRESS, config, &room, &why) == 0)
		must(room == 64 || room == 256 || room == 4096);
	close(fd);
}

/* As lspci prints it. */
static size_t print_dump(const uint8_t *config, size_t len, char *text, size_t room)
{
	size_t n = (size_t)snprintf(text, room, "00:02.0 VGA compatible controller: Intel\n");

	for (size_t at = 0; at < len; at++) {
		if (at % 16 == 0)
			n += (size_t)snprintf(text + n, room - n, "%02zx:", at);
		n += (size_t)snprintf(text + n, room - n, " %02x%s", config[at], at % 16 == 15 ? "\n" : "");
	}
	return n + (size_t)snprintf(text + n, room - n, "\n");
}

static void read_back(const uint8_t *data, size_t len)
{
	uint8_t config[256] = { 0 }, other[4096];
	size_t bytes = len >= 256 ? 256 : 64, room = sizeof(other), n;
	char text[2048], path[32];
	struct facts *f;
	int fd;

	memcpy(config, data, len < bytes ? len : bytes);
	put_le16(config, 0x8086);
	config[0x0b] = 3;
	n = print_dump(config, bytes, text, sizeof(text));
	fd = put(text, n, path);
	f = read_dump(text, n);
	must(f->has_device && f->config_len == bytes && memcmp(f->config, config, bytes) == 0);
	must(igdpt_host_libpci_config(path, IGD_ADDRESS, other, &room, NULL) == 0);
	must(room == bytes && memcmp(other, config, bytes) == 0);
	free(f);
	close(fd);
}

void fuzz_one(const uint8_t *data, size_t len)
{
	read_any(data, len);
	read_back(data, len);
}
