/* SPDX-License-Identifier: MIT
 *
 * What a QEMU command line, a Proxmox file or a libvirt domain says about the IGD. These are not
 * parsers of those formats: they find what matters and ignore the rest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"

#define TOKEN_MAX 4096u

/* Cut the next word off: NUL-separated as in /proc/PID/cmdline, or as a shell would. */
static bool next_word(const char **at, const char *end, char word[TOKEN_MAX])
{
	size_t n = 0;
	char quote = 0;
	const char *p = *at;

	while (p < end && (!*p || strchr(" \t\r\n", *p) || (*p == '\\' && p + 1 < end && p[1] == '\n')))
		p++;
	if (p == end)
		return false;
	for (; p < end && *p && (quote || !strchr(" \t\r\n", *p)); p++) {
		if (quote ? *p == quote : (*p == '\'' || *p == '"') && (n == 0 || word[n - 1] == '='))
			quote = quote ? 0 : *p;
		else if (n < TOKEN_MAX - 1)
			word[n++] = *p;
	}
	word[n] = '\0';
	*at = p;
	return true;
}

/* JSON of -device to the older syntax: {"a":"b","c":true} becomes a=b,c=true. */
static void flatten(char *text)
{
	bool quoted = false;
	char *out = text;

	if (*text != '{')
		return;
	for (const char *p = text; *p; p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (quoted || !strchr("{} :", *p))
			*out++ = *p;
		else if (*p == ':')
			*out++ = '=';
	}
	*out = '\0';
}

/* The value of key= in a list of options; false if it is not there. */
static bool option(const char *list, const char *key, char *value, size_t room)
{
	size_t len = strlen(key);

	for (const char *p = list; p; p = strchr(p, ',')) {
		p += *p == ',';
		if (strncmp(p, key, len) != 0 || p[len] != '=')
			continue;
		snprintf(value, room, "%.*s", (int)strcspn(p + len + 1, ","), p + len + 1);
		return true;
	}
	return false;
}

static uint32_t switch_of(const char *list, const char *key)
{
	char value[16];

	if (!option(list, key, value, sizeof(value)))
		return VM_UNSET;
	return !strcmp(value, "on") || !strcmp(value, "true") || !strcmp(value, "1") ? VM_ON : VM_OFF;
}

static void keep(uint32_t *value, uint32_t found)
{
	if (found != VM_UNSET)
		*value = found;
}

/* Options of the IGD's vfio-pci device, wherever they stand. */
static void igd_options(struct vm *vm, const char *list)
{
	char value[256];

	if (option(list, "addr", value, sizeof(value)))
		snprintf(vm->address, sizeof(vm->address), "%.60s", value);
	option(list, "romfile", vm->rom, sizeof(vm->rom));
	keep(&vm->legacy, switch_of(list, "x-igd-legacy-mode"));
	keep(&vm->opregion, switch_of(list, "x-igd-opregion"));
	keep(&vm->lpc, switch_of(list, "x-igd-lpc"));
	keep(&vm->x_vga, switch_of(list, "x-vga"));
	if (option(list, "x-igd-gms", value, sizeof(value)))
		vm->gms = (uint32_t)strtoul(value, NULL, 0);
}

static bool ends_with(const char *text, const char *tail)
{
	size_t a = strlen(text), b = strlen(tail);

	return a >= b && strcmp(text + a - b, tail) == 0;
}

static void take_device(struct vm *vm, char *list)
{
	char host[256];

	flatten(list);
	if (strncmp(list, "vfio-pci,", 9) != 0 && !strstr(list, "driver=vfio-pci"))
		return;
	if (!option(list, "host", host, sizeof(host)) && !option(list, "sysfsdev", host, sizeof(host)))
		return;
	if (!ends_with(host, "00:02.0") && strcmp(host, "02.0") != 0)
		return;
	vm->igd = true;
	igd_options(vm, list);
}

/* -set device.hostpci0.addr=02.0 and the like. */
static void take_set(struct vm *vm, const char *text)
{
	const char *key = strncmp(text, "device.", 7) == 0 ? strchr(text + 7, '.') : NULL;

	if (key && strncmp(text, "device.hostpci", 14) == 0)
		igd_options(vm, key + 1);
}

static void take_cpu(struct vm *vm, const char *list)
{
	char value[16];

	if (option(list, "host-phys-bits-limit", value, sizeof(value)) ||
		option(list, "phys-bits", value, sizeof(value)))
		vm->phys_bits = (uint32_t)strtoul(value, NULL, 0);
}

static bool is_uefi(const char *text)
{
	return strstr(text, "OVMF") || strstr(text, "ovmf") || strstr(text, "edk2");
}

static void take_pair(struct vm *vm, const char *key, char *value)
{
	if (strcmp(key, "-machine") == 0 || strcmp(key, "-M") == 0)
		vm->q35 = strstr(value, "q35") != NULL;
	else if (strcmp(key, "-device") == 0)
		take_device(vm, value);
	else if (strcmp(key, "-set") == 0)
		take_set(vm, value);
	else if (strcmp(key, "-cpu") == 0)
		take_cpu(vm, value);
	else if (strcmp(key, "-bios") == 0 || strcmp(key, "-drive") == 0 ||
		strcmp(key, "-blockdev") == 0)
		vm->ovmf |= is_uefi(value);
}

bool vm_from_args(struct vm *vm, const char *text, size_t len)
{
	char key[TOKEN_MAX] = "", word[TOKEN_MAX];
	const char *at = text;

	vm->present = true;
	while (next_word(&at, text + len, word)) {
		take_pair(vm, key, word);
		memcpy(key, word, strlen(word) + 1);
	}
	return vm->igd;
}

/* A hostpci line: 0000:00:02.0,legacy-igd=1,romfile=x */
static void take_hostpci(struct vm *vm, const char *value)
{
	char host[64];

	vm->pcie |= switch_of(value, "pcie") == VM_ON;
	snprintf(host, sizeof(host), "%.*s", (int)strcspn(value, ","), value);
	if (!ends_with(host, "00:02.0") && !ends_with(host, "00:02") && !ends_with(host, "host=0000:00:02.0"))
		return;
	vm->igd = true;
	igd_options(vm, value);
	if (switch_of(value, "legacy-igd") == VM_ON) {
		vm->legacy = VM_ON;
		strcpy(vm->address, "02.0");
	}
	/* Proxmox gives the first device slot 0x10, or puts it behind a root port. */
	if (!*vm->address)
		strcpy(vm->address, "10.0");
}

bool vm_from_pve(struct vm *vm, const char *text)
{
	const char *args = NULL;

	vm->present = true;
	for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		char line[TOKEN_MAX];

		if (*p == '[')
			break; /* snapshots follow */
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(p, "\r\n"), p);
		if (strncmp(line, "machine:", 8) == 0)
			vm->q35 = strstr(line, "q35") != NULL;
		else if (strncmp(line, "bios:", 5) == 0)
			vm->ovmf = strstr(line, "ovmf") != NULL;
		else if (strncmp(line, "cpu:", 4) == 0)
			take_cpu(vm, line + 4);
		else if (strncmp(line, "hostpci", 7) == 0 && strchr(line, ':'))
			take_hostpci(vm, strchr(line, ':') + 1 + strspn(strchr(line, ':') + 1, " "));
		else if (strncmp(line, "args:", 5) == 0)
			args = p + 5;
	}
	if (args)
		vm_from_args(vm, args, strcspn(args, "\r\n"));
	return vm->igd;
}

/* The value of attr='...' behind `from` and before `end`; empty if it is not there. */
static void attribute(const char *from, const char *end, const char *attr, char *value, size_t room)
{
	size_t len = strlen(attr);

	*value = '\0';
	for (const char *p = strstr(from, attr); p && p < end; p = strstr(p + 1, attr)) {
		char quote = p[len] == '=' ? p[len + 1] : 0;
		const char *stop;

		if ((quote != '\'' && quote != '"') || p == from || !strchr(" \t\n", p[-1]))
			continue;
		stop = strchr(p + len + 2, quote);
		if (stop)
			snprintf(value, room, "%.*s", (int)(stop - p - (long)len - 2), p + len + 2);
		return;
	}
}

static bool is_number(const char *value, unsigned long number)
{
	return *value && strtoul(value, NULL, 0) == number;
}

static void take_hostdev(struct vm *vm, const char *from, const char *end)
{
	const char *source = strstr(from, "<source"), *inside = strstr(from, "</source>");
	char bus[16], slot[16], function[16];
	const char *address;

	if (!source || !inside || inside > end)
		return;
	attribute(source, inside, "bus", bus, sizeof(bus));
	attribute(source, inside, "slot", slot, sizeof(slot));
	attribute(source, inside, "function", function, sizeof(function));
	if (!is_number(bus, 0) || !is_number(slot, 2) || !is_number(function, 0))
		return;
	vm->igd = true;
	attribute(inside, end, "file", vm->rom, sizeof(vm->rom));
	address = strstr(inside, "<address");
	if (!address || address > end)
		return;
	attribute(address, end, "bus", bus, sizeof(bus));
	attribute(address, end, "slot", slot, sizeof(slot));
	attribute(address, end, "function", function, sizeof(function));
	snprintf(vm->address, sizeof(vm->address), "%s%02lx.%lx", is_number(bus, 0) ? "" : "1:",
		strtoul(slot, NULL, 0), strtoul(function, NULL, 0));
}

bool vm_from_libvirt(struct vm *vm, const char *text)
{
	const char *end = text + strlen(text), *limit = strstr(text, "<maxphysaddr");
	const char *os = strstr(text, "<os");
	char value[256];

	vm->present = true;
	if (os) {
		attribute(os, end, "machine", value, sizeof(value));
		vm->q35 = strstr(value, "q35") != NULL;
	}
	vm->ovmf = strstr(text, "firmware='efi'") || (strstr(text, "<loader") && is_uefi(text));
	for (const char *p = strstr(text, "<hostdev"); p; p = strstr(p + 1, "<hostdev")) {
		const char *close = strstr(p, "</hostdev>");

		take_hostdev(vm, p, close ? close : end);
	}
	if (limit) {
		attribute(limit, end, "limit", value, sizeof(value));
		vm->phys_bits = (uint32_t)strtoul(value, NULL, 0);
	}
	for (const char *p = strstr(text, "<qemu:property"); p; p = strstr(p + 1, "<qemu:property")) {
		char name[64], list[330];

		attribute(p, end, "name", name, sizeof(name));
		attribute(p, end, "value", value, sizeof(value));
		snprintf(list, sizeof(list), "%s=%s", name, value);
		igd_options(vm, list);
	}
	return vm->igd;
}
