/* SPDX-License-Identifier: MIT
 *
 * A QEMU command line: of /proc/PID/cmdline, of a script, of `ps`, of libvirt's or Proxmox's logs.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm.h"

#define TOKEN_MAX 4096u

/* Words as a shell would cut them. Quotes and comments are those of POSIX sh. */
struct words {
	const char *at, *end;
	bool zeros; /* words end with NUL instead, and nothing is quoted */
};

static bool blank(char c)
{
	return !c || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_blanks(struct words *w)
{
	for (; w->at < w->end; w->at++) {
		if (*w->at == '#' && !w->zeros) {
			const char *newline = memchr(w->at, '\n', (size_t)(w->end - w->at));

			w->at = newline ? newline : w->end - 1;
		} else if (*w->at == '\\' && w->at + 1 < w->end && blank(w->at[1])) {
			w->at++;
		} else if (!blank(*w->at)) {
			return;
		}
	}
}

static bool next_zero_word(struct words *w, char word[TOKEN_MAX])
{
	size_t n;

	while (w->at < w->end && !*w->at)
		w->at++;
	n = strnlen(w->at, (size_t)(w->end - w->at));
	snprintf(word, TOKEN_MAX, "%.*s", (int)(n < TOKEN_MAX ? n : TOKEN_MAX - 1), w->at);
	w->at += n;
	return n > 0;
}

/*
 * A double quote opens a string at the start of a word or of a value only: elsewhere it is JSON
 * that lost its outer quotes on the way through ps.
 */
static bool opens(char c, const char *word, size_t n)
{
	return c == '\'' || (c == '"' && (n == 0 || (word[0] != '{' && word[n - 1] == '=')));
}

static bool next_word(struct words *w, char word[TOKEN_MAX])
{
	size_t n = 0;
	char quote = 0;
	int braces = 0;

	if (w->zeros)
		return next_zero_word(w, word);
	skip_blanks(w);
	if (w->at == w->end)
		return false;
	for (; w->at < w->end && (quote || braces > 0 || !blank(*w->at)); w->at++) {
		char c = *w->at;

		if (quote ? c == quote : opens(c, word, n)) {
			quote = quote ? 0 : c;
			continue;
		}
		if (c == '\\' && quote != '\'' && w->at + 1 < w->end)
			c = *++w->at;
		if (!quote && (n == 0 || braces > 0))
			braces += (c == '{') - (c == '}');
		if (n < TOKEN_MAX - 1 && c)
			word[n++] = c;
	}
	word[n] = '\0';
	return true;
}

/* JSON of -device to the older syntax: {"a":"b","c":true} becomes a=b,c=true. */
static void flatten(char *text)
{
	bool quoted = false, value = false;
	char *out = text;

	if (*text != '{')
		return;
	for (const char *p = text; *p; p++) {
		if (*p == '"') {
			quoted = !quoted;
		} else if (*p == ':' && !value && !quoted) {
			*out++ = '=';
			value = true;
		} else if (quoted || !strchr("{} \t", *p)) {
			value &= *p != ',' || quoted;
			*out++ = *p;
		}
	}
	*out = '\0';
}

static void name_of(const char *list, char name[64])
{
	if (!vm_option(list, "driver", name, 64))
		snprintf(name, 64, "%.*s", (int)strcspn(list, ","), list);
}

static void take_place(struct vm *vm, const char *list, const char *name)
{
	char value[64], bus[32] = "pci.0";
	uint32_t devfn;

	vm_option(list, "bus", bus, sizeof(bus));
	if ((strcmp(bus, "pci.0") == 0 || strcmp(bus, "pcie.0") == 0) &&
		vm_option(list, "addr", value, sizeof(value)) && vm_devfn(value, &devfn))
		vm_neighbour(vm, devfn, name);
}

static void take_device(struct vm *vm, char *list)
{
	char host[256], name[64];
	enum vm_host which = VM_HOST_OTHER;

	flatten(list);
	name_of(list, name);
	vm->lpc_bridge |= strcmp(name, "vfio-pci-igd-lpc-bridge") == 0;
	vm->vga |= strcmp(name, "VGA") == 0 || strstr(name, "-vga");
	if (strncmp(name, "vfio-pci", 8) == 0 && (vm_option(list, "host", host, sizeof(host)) ||
							 vm_option(list, "sysfsdev", host, sizeof(host))))
		which = vm_host_of(host);
	vm->is_virtual |= which == VM_HOST_VIRTUAL;
	if (which != VM_HOST_IGD) {
		take_place(vm, list, name);
		return;
	}
	vm->igd = true;
	vm_option(list, "id", vm->id, sizeof(vm->id));
	vm_igd_options(vm, list);
}

/* device.ID.KEY=VALUE; Proxmox's and libvirt's ids may be named before the device is. */
static void take_set(struct vm *vm, const char *text)
{
	const char *key = strncmp(text, "device.", 7) == 0 ? strrchr(text, '.') : NULL;
	const char *equals = strchr(text, '=');
	size_t len;

	while (key && equals && key > equals)
		key = key > text + 7 ? memrchr(text, '.', (size_t)(key - text)) : NULL;
	if (!key || key <= text + 7)
		return;
	len = (size_t)(key - text - 7);
	if (*vm->id ? strlen(vm->id) == len && strncmp(vm->id, text + 7, len) == 0 :
		      strncmp(text + 7, "hostpci", 7) == 0 || strncmp(text + 7, "hostdev", 7) == 0)
		vm_igd_options(vm, key + 1);
}

static void take_cpu(struct vm *vm, const char *list)
{
	char value[16];

	if (vm_option(list, "host-phys-bits-limit", value, sizeof(value)) ||
		vm_option(list, "phys-bits", value, sizeof(value)))
		vm->phys_bits = (uint32_t)strtoul(value, NULL, 0);
}

static void take_machine(struct vm *vm, const char *list)
{
	char name[64];

	if (!vm_option(list, "type", name, sizeof(name)))
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(list, ","), list);
	if (!strchr(name, '='))
		vm_set_machine(vm, name);
	vm->uefi |= strstr(list, "pflash0=") != NULL;
}

/* "8G", "8192" (MiB), "size=8388608k,slots=2" */
static void take_memory(struct vm *vm, const char *list)
{
	static const char units[] = "KMGT";
	char value[32], *end;
	const char *unit;

	if (!vm_option(list, "size", value, sizeof(value)))
		snprintf(value, sizeof(value), "%.*s", (int)strcspn(list, ","), list);
	vm->memory = strtoull(value, &end, 0);
	unit = *end ? strchr(units, toupper((unsigned char)*end)) : units + 1;
	if (unit && vm->memory <= UINT64_C(1) << 40)
		vm->memory <<= 10 * (unit - units + 1);
	else
		vm->memory = 0;
}

static bool names_pflash(const char *list)
{
	return strstr(list, "if=pflash") != NULL || vm_is_uefi(list);
}

static void take_fw_cfg(struct vm *vm, const char *list)
{
	vm->blobs |= strstr(list, "etc/igd-") != NULL;
}

static void take_vga(struct vm *vm, const char *kind)
{
	vm->vga = strcmp(kind, "none") != 0;
}

static void take_firmware(struct vm *vm, const char *list)
{
	vm->uefi |= names_pflash(list);
}

static void take_global(struct vm *vm, const char *text)
{
	if (strncmp(text, "vfio-pci.", 9) == 0)
		vm_igd_options(vm, text + 9);
}

void vm_take_pair(struct vm *vm, const char *key, char *value)
{
	static const struct {
		const char *key;
		void (*take)(struct vm *vm, const char *value);
	} table[] = {
		{ "machine", take_machine }, { "M", take_machine }, { "m", take_memory },
		{ "cpu", take_cpu }, { "set", take_set }, { "global", take_global },
		{ "bios", take_firmware }, { "drive", take_firmware }, { "blockdev", take_firmware },
		{ "pflash", take_firmware }, { "vga", take_vga }, { "fw_cfg", take_fw_cfg },
	};

	if (*key++ != '-')
		return;
	key += *key == '-';
	if (strcmp(key, "device") == 0)
		take_device(vm, value);
	if (strcmp(key, "pflash") == 0)
		vm->uefi = true;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(key, table[i].key) == 0)
			table[i].take(vm, value);
	}
}

/* "qemu version: 9.2.0" as libvirt logs it. */
static void take_log_line(struct vm *vm, const char *text, size_t len)
{
	static const char mark[] = "qemu version: ";
	const char *at = memmem(text, len, mark, sizeof(mark) - 1);
	char number[16];

	if (!at)
		return;
	at += sizeof(mark) - 1;
	snprintf(number, sizeof(number), "%.*s",
		(int)(text + len - at < 15 ? text + len - at : 15), at);
	vm->version = vm_version(number);
	vm->exact = vm->version != 0;
}

/* The options once; a second time for -set, whose device may come behind it. */
static void read_words(struct vm *vm, const char *text, size_t len, bool sets)
{
	struct words w = { text, text + len, memchr(text, 0, len) != NULL };
	char key[TOKEN_MAX] = "", word[TOKEN_MAX];

	while (next_word(&w, word)) {
		if (sets == (strcmp(key, "-set") == 0 || strcmp(key, "-global") == 0))
			vm_take_pair(vm, key, word);
		if (strcmp(word, "-nodefaults") == 0)
			vm->vga = false;
		memcpy(key, word, strlen(word) + 1);
	}
}

bool vm_from_args(struct vm *vm, const char *text, size_t len)
{
	vm->present = true;
	vm->vga = true;
	take_log_line(vm, text, len);
	read_words(vm, text, len, false);
	read_words(vm, text, len, true);
	return vm->igd;
}
