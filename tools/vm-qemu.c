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
/* From this QEMU on libvirt writes -device as JSON. */
#define JSON_DEVICES QEMU_VERSION(6, 2)

/* Words as a shell would cut them. Quotes and comments are those of POSIX sh. */
struct words {
	const char *at, *end;
	bool zeros; /* words end with NUL instead, and nothing is quoted */
	bool begins; /* the word is the first of its line */
};

static bool blank(char c)
{
	return !c || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A backslash and the end of the line, which sh takes out, also within a word: their length. */
static size_t continuation(const struct words *w)
{
	size_t left = (size_t)(w->end - w->at);

	if (left >= 2 && memcmp(w->at, "\\\n", 2) == 0)
		return 2;
	return left >= 3 && memcmp(w->at, "\\\r\n", 3) == 0 ? 3 : 0;
}

/* The "> " of a quotation, or of a shell that waits for the rest. */
static bool quotation(const struct words *w)
{
	return *w->at == '>' && w->begins && (w->at + 1 == w->end || blank(w->at[1]));
}

static void skip_blanks(struct words *w)
{
	for (; w->at < w->end; w->at++) {
		if (*w->at == '#' && !w->zeros) {
			const char *newline = memchr(w->at, '\n', (size_t)(w->end - w->at));

			w->at = newline ? newline : w->end - 1;
		} else if (*w->at == '\\' && w->at + 1 < w->end && blank(w->at[1])) {
			w->at += continuation(w) ? continuation(w) - 1 : 1;
			continue;
		} else if (!blank(*w->at) && !quotation(w)) {
			return;
		}
		w->begins |= *w->at == '\n';
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

static const char *behind_blanks(const char *p, const char *end)
{
	while (p < end && blank(*p))
		p++;
	return p;
}

/* A brace that is no shell's: before a key and its colon, or empty. */
static bool opens_json(const struct words *w)
{
	const char *p = behind_blanks(w->at + 1, w->end);

	if (p == w->end || *p != '"')
		return p < w->end && *p == '}';
	p = memchr(p + 1, '"', (size_t)(w->end - p - 1));
	p = p ? behind_blanks(p + 1, w->end) : w->end;
	return p < w->end && *p == ':';
}

static bool next_word(struct words *w, char word[TOKEN_MAX])
{
	size_t n = 0, skip;
	char quote = 0;
	int braces = 0;

	if (w->zeros)
		return next_zero_word(w, word);
	skip_blanks(w);
	if (w->at == w->end)
		return false;
	for (; w->at < w->end && (quote || braces > 0 || !blank(*w->at)); w->at++) {
		char c = *w->at;

		skip = quote == '\'' ? 0 : continuation(w);
		if (skip) {
			w->at += skip - 1;
			continue;
		}
		if (quote ? c == quote : opens(c, word, n)) {
			quote = quote ? 0 : c;
			continue;
		}
		if (c == '\\' && quote != '\'' && w->at + 1 < w->end)
			c = *++w->at;
		if (!quote && (braces > 0 || (n == 0 && c == '{' && opens_json(w))))
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

static bool is_vga(const char *name)
{
	return strcmp(name, "VGA") == 0 || (strstr(name, "vga") && strncmp(name, "secondary", 9) != 0);
}

/* Of other devices the bus is not known: they may be USB's or SCSI's. */
static bool is_pci(const char *name)
{
	static const char *const models[] = { "VGA", "e1000", "e1000e", "rtl8139", "nvme", "qemu-xhci",
		"nec-usb-xhci", "usb-ehci", "intel-hda", "ich9-intel-hda", "ahci", "pcie-root-port" };
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		if (strcmp(name, models[i]) == 0)
			return true;
	}
	return strstr(name, "vga") || (len > 4 && strcmp(name + len - 4, "-pci") == 0) ||
		(strncmp(name, "virtio-", 7) == 0 && !strstr(name, "-device"));
}

/* What has no address gets the first free slot. */
static void take_slot(struct vm *vm, const char *what)
{
	uint32_t slot = 0;

	while (slot < 31 && vm->slots >> slot & 1)
		slot++;
	vm->slots |= UINT32_C(1) << slot;
	vm_neighbour(vm, slot << 3, what);
}

/*
 * QEMU places its own devices before those of -device: hw/i386/pc_piix.c, pc_q35.c. In a script that
 * starts several VMs it is not known which devices are whose.
 */
static void take_own(struct vm *vm)
{
	if (vm->kind != VM_QEMU || vm->programs != 1 || vm->machine == IGDPT_MACHINE_OTHER)
		return;
	vm->slots = vm->machine == IGDPT_MACHINE_Q35 ? UINT32_C(0x80000001) : 3;
	if (vm->vga != VM_OFF)
		take_slot(vm, "the emulated VGA adapter (-vga none leaves it out)");
	for (int i = 0; i < (vm->cards < 0 ? 1 : vm->cards) && i < 32; i++)
		take_slot(vm, vm->cards < 0 ? "the network card that QEMU adds (-nic none leaves it out)" :
			"a network card without an address; -device gives it one");
}

static void take_place(struct vm *vm, const char *list, const char *name)
{
	char value[64], bus[32] = "", text[128];
	uint32_t devfn;

	vm_option(list, "bus", bus, sizeof(bus));
	if (!vm_is_root(vm, bus))
		return;
	if (vm_option(list, "addr", value, sizeof(value))) {
		if (vm_devfn(value, &devfn)) {
			vm->slots |= vm->slots ? UINT32_C(1) << (devfn >> 3) : 0;
			vm_neighbour(vm, devfn, name);
		}
	} else if (vm->slots && !vm->igd && is_pci(name)) {
		snprintf(text, sizeof(text), "%s, which has no address: write it behind the IGD", name);
		take_slot(vm, text);
	}
}

/* Which device of the host that is; a script may keep it in a variable. */
static enum vm_host take_host(struct vm *vm, const char *host)
{
	enum vm_host which = vm_host_of(host);

	if (which == VM_HOST_OTHER && strchr(host, '$') && !*vm->maybe) {
		snprintf(vm->maybe, sizeof(vm->maybe), "The device is in a variable, %.40s", host);
		vm->maybe_fix = "Give igdpt the command line that runs, /proc/PID/cmdline";
	}
	return which;
}

static void take_device(struct vm *vm, char *list)
{
	char host[256], name[64], id[8];
	enum vm_host which = VM_HOST_OTHER;

	flatten(list);
	name_of(list, name);
	vm->pci_0 |= vm_option(list, "id", id, sizeof(id)) && strcmp(id, "pci.0") == 0;
	vm->lpc_bridge |= strcmp(name, "vfio-pci-igd-lpc-bridge") == 0;
	if (strncmp(name, "vfio-pci", 8) == 0 && (vm_option(list, "host", host, sizeof(host)) ||
							 vm_option(list, "sysfsdev", host, sizeof(host))))
		which = take_host(vm, host);
	vm->is_virtual |= which == VM_HOST_VIRTUAL;
	if (which != VM_HOST_IGD) {
		take_place(vm, list, name);
		return;
	}
	vm_has_igd(vm);
	vm->own_id = vm_option(list, "id", vm->id, sizeof(vm->id));
	vm_igd_options(vm, list);
}

/* "hostpci7", which no hostpci line of the configuration defines. */
static bool undefined(const struct vm *vm, const char *id, size_t len)
{
	unsigned long n;

	if (vm->kind != VM_PVE || strncmp(id, "hostpci", 7) != 0)
		return false;
	n = strtoul(id + 7, NULL, 10);
	return len == strspn(id, "hostpci0123456789") && n < 32 && !(vm->hostpci >> n & 1);
}

/*
 * device.ID.KEY=VALUE. QEMU's qemu_set_option() ends an id at the first dot, so it finds none of
 * hostpci0.0 and hostpci0.1.
 */
static void take_set(struct vm *vm, const char *text)
{
	static const char nobody[] = "there is no device of that id defined";
	const char *id = text + 7;
	size_t len;
	bool is_igd;

	if (strncmp(text, "device.", 7) != 0)
		return;
	len = strcspn(id, ".=");
	if (!len || id[len] != '.')
		return;
	is_igd = strlen(vm->id) == len && strncmp(vm->id, id, len) == 0;
	if (is_igd && vm->kind == VM_LIBVIRT && vm->version >= JSON_DEVICES && !vm->own_id)
		vm_refuse(vm, nobody,
			"Write <qemu:override> with a <qemu:property> in place of -set: libvirt gives QEMU 6.2 "
			"and later its devices as JSON, which -set does not find");
	if (strncmp(vm->id, id, len) == 0 && vm->id[len] == '.')
		vm_refuse(vm, nobody,
			"Give each function a hostpci line of its own: those of a list are hostpci0.0, "
			"hostpci0.1 and so on, which -set cannot name");
	else if (is_igd)
		vm_igd_options(vm, id + len + 1);
	else if (undefined(vm, id, len))
		vm_refuse(vm, nobody,
			"Write the IGD as a hostpci line, which gives it the id, or the options into its -device");
}

/*
 * Whether it has the width of the host, as host models have unless they are told otherwise: measured
 * by qom-get on QEMU 7.2. Proxmox may write cputype= and phys-bits=host.
 */
static bool has_host_width(const char *list)
{
	const char *model = strncmp(list, "cputype=", 8) == 0 ? list + 8 : list;
	uint32_t asked = vm_switch_of(list, "host-phys-bits");
	char name[64], value[16];

	if (vm_option(list, "phys-bits", value, sizeof(value)) && strcmp(value, "host") == 0)
		return true;
	name_of(model, name);
	return asked == VM_UNSET ? strcmp(name, "host") == 0 || strcmp(name, "max") == 0 : asked == VM_ON;
}

static void take_cpu(struct vm *vm, const char *list)
{
	const char *limit = has_host_width(list) ? "host-phys-bits-limit" : "phys-bits";
	char value[16] = "";

	vm_option(list, limit, value, sizeof(value));
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

/* Proxmox defines the buses of q35 in a file, pci.0 among them; Incus and EVE all devices. */
static void take_config(struct vm *vm, const char *path)
{
	vm->pci_0 |= *path != '\0';
	if (*vm->maybe || strstr(path, "/pve-q35"))
		return;
	snprintf(vm->maybe, sizeof(vm->maybe), "Devices are in %.60s", path);
	vm->maybe_fix = "See in that file whether a [device] has the host address 0000:00:02.0, and write "
			"it as -device into a copy of the command line, for igdpt to read";
}

static void take_fw_cfg(struct vm *vm, const char *list)
{
	vm->blobs |= strstr(list, "etc/igd-") != NULL;
	vm->own_opregion |= strstr(list, "etc/igd-opregion") != NULL;
}

static void take_vga(struct vm *vm, const char *kind)
{
	vm->vga = strcmp(kind, "none") == 0 ? VM_OFF : VM_ON;
}

/* Whatever it says, it takes the place of QEMU's default. */
static void take_netdev(struct vm *vm, const char *list)
{
	(void)list;
	vm->cards += vm->cards < 0;
}

static void take_nic(struct vm *vm, const char *list)
{
	take_netdev(vm, list);
	vm->cards += strcmp(list, "none") != 0;
}

static void take_net(struct vm *vm, const char *list)
{
	char value[8];

	take_netdev(vm, list);
	vm->cards += strncmp(list, "nic", 3) == 0 && !vm_option(list, "addr", value, sizeof(value));
}

static void take_bios(struct vm *vm, const char *path)
{
	vm->uefi |= vm_is_uefi(path);
}

static void take_pflash(struct vm *vm, const char *path)
{
	vm->uefi |= *path != '\0';
}

static void take_drive(struct vm *vm, const char *list)
{
	char value[16];

	vm->uefi |= vm_option(list, "if", value, sizeof(value)) && strcmp(value, "pflash") == 0;
}

/* libvirt and others name the node for what it is. */
static void take_blockdev(struct vm *vm, const char *list)
{
	char value[64];

	vm->uefi |= vm_option(list, "node-name", value, sizeof(value)) && strstr(value, "pflash");
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
		{ "bios", take_bios }, { "drive", take_drive }, { "blockdev", take_blockdev },
		{ "pflash", take_pflash }, { "vga", take_vga }, { "fw_cfg", take_fw_cfg },
		{ "readconfig", take_config },
		{ "net", take_net }, { "nic", take_nic }, { "netdev", take_netdev },
	};

	if (*key++ != '-')
		return;
	key += *key == '-';
	if (strcmp(key, "device") == 0) {
		vm->known = true;
		take_device(vm, value);
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(key, table[i].key) != 0)
			continue;
		vm->known = true;
		table[i].take(vm, value);
	}
}

/*
 * What must be known first: places need the machine, those of -device need what QEMU places itself,
 * and -set a device that may come behind it.
 */
enum pass {
	PASS_MACHINE,
	PASS_OWN,
	PASS_OPTIONS,
	PASS_SETS,
	PASSES
};

static enum pass pass_of(const char *key)
{
	key += strncmp(key, "--", 2) == 0;
	if (strcmp(key, "-machine") == 0 || strcmp(key, "-M") == 0)
		return PASS_MACHINE;
	if (strcmp(key, "-vga") == 0 || strcmp(key, "-net") == 0 || strcmp(key, "-nic") == 0 ||
		strcmp(key, "-netdev") == 0)
		return PASS_OWN;
	return strcmp(key, "-set") == 0 || strcmp(key, "-global") == 0 ? PASS_SETS : PASS_OPTIONS;
}

/* What a script assigns by NAME="...", if that is several words; else NULL. */
static const char *assigned(const struct words *w, const char *key, const char *word)
{
	const char *value = word;

	if (w->zeros || (*key == '-' && !w->begins))
		return NULL;
	while (isalnum((unsigned char)*value) || *value == '_')
		value++;
	if (value == word || *(value += *value == '+') != '=')
		return NULL;
	return strpbrk(value, " \t\n") ? value + 1 : NULL;
}

/* The program. Folders, disks and elements of libvirt's are called qemu, too. */
static bool names_qemu(const char *word)
{
	const char *last = strrchr(word, '/');

	last = last ? last + 1 : word;
	return strncmp(last, "qemu-system-", 12) == 0 || strcmp(last, "qemu") == 0 ||
		strcmp(last, "qemu-kvm") == 0 || strcmp(last, "kvm") == 0;
}

/* What a whole command line leaves out, and what it is known by. */
static void note_word(struct vm *vm, const char *key, char *word)
{
	bool qemu = names_qemu(word);
	char name[64];

	vm->known |= qemu;
	vm->programs += qemu && *key != '-';
	if (strcmp(word, "-nodefaults") == 0) {
		vm->vga = VM_OFF;
		vm->cards = 0;
	}
	if (strcmp(key, "-device") != 0)
		return;
	flatten(word);
	name_of(word, name);
	if (is_vga(name))
		vm->vga = VM_OFF;
}

static void read_words(struct vm *vm, struct words w, enum pass pass, bool inside)
{
	char key[TOKEN_MAX] = "", word[TOKEN_MAX] = "";

	while (next_word(&w, word)) {
		const char *value = inside ? NULL : assigned(&w, key, word);

		if (value)
			read_words(vm, (struct words){ value, value + strlen(value), false, true }, pass, true);
		else if (pass_of(key) == pass)
			vm_take_pair(vm, key, word);
		if (pass == PASS_MACHINE)
			note_word(vm, key, word);
		memcpy(key, word, strlen(word) + 1);
		w.begins = false;
	}
}

void vm_take_args(struct vm *vm, const char *text, size_t len)
{
	struct words w = { text, text + len, memchr(text, 0, len) != NULL, true };

	for (enum pass pass = 0; pass < PASSES; pass++) {
		read_words(vm, w, pass, false);
		if (pass == PASS_OWN)
			take_own(vm);
	}
}

/* Behind the last place where the mark is, or NULL. */
static const char *behind_last(const char *text, size_t len, const char *mark)
{
	size_t n = strlen(mark);
	const char *found = NULL;

	for (const char *at = text; (at = memmem(at, (size_t)(text + len - at), mark, n)); at += n)
		found = at + n;
	return found;
}

/*
 * The last start of a log: libvirt puts "..., qemu version: 9.2.0, ..." before each, Proxmox says
 * "start failed: command '...' failed: ...", with quotes in the quotes.
 */
static void last_start(struct vm *vm, const char **text, size_t *len)
{
	static const char failed[] = "' failed: ";
	const char *end = *text + *len, *at = behind_last(*text, *len, "qemu version: "), *stop;
	char number[16];

	if (at) {
		snprintf(number, sizeof(number), "%.*s", (int)(end - at < 15 ? end - at : 15), at);
		vm->version = vm_version(number);
		vm->exact = vm->version != 0;
	} else {
		at = behind_last(*text, *len, "start failed: command '");
		stop = at ? memmem(at, (size_t)(end - at), failed, sizeof(failed) - 1) : NULL;
		end = stop ? stop : end;
	}
	if (at)
		*text = at;
	*len = (size_t)(end - *text);
}

bool vm_from_args(struct vm *vm, const char *text, size_t len)
{
	vm->present = true;
	vm->whole = true;
	vm->kind = VM_QEMU;
	vm->cards = -1;
	last_start(vm, &text, &len);
	vm_take_args(vm, text, len);
	vm_check_bus(vm);
	return vm->igd;
}
