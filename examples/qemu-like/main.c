/* SPDX-License-Identifier: MIT
 *
 * igdpt-qemu-like: an IGD as a VMM would assign it, given to a stock QEMU with stock SeaBIOS, and
 * the chain that makes the guest find its OpRegion, judged link by link. No Intel hardware needed.
 *
 * Read in this order: host.c makes the fw_cfg files, igd.c answers the guest, chain.c judges; this
 * file takes the options, starts QEMU and waits for the firmware.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "vm.h"

#define MIB (UINT64_C(1) << 20)
/* Guests whose firmware has not ended after its time are killed; a boot takes about 3 s. */
#define TIMEOUT_S 20

enum {
	EXIT_HOLDS = 0,
	EXIT_BROKEN = 2,
	EXIT_CANNOT_RUN = 3
};

enum number {
	DEVICE,
	CLASS,
	GGC,
	HOST_ASLS,
	HOST_BDSM,
	HOST_F0,
	VBT_BYTES,
	MEMORY,
	TIMEOUT,
	NUMBERS
};

enum text {
	OPREGION,
	VBT,
	OPREGION_VERSION,
	MACHINE,
	QEMU,
	TRANSPORT,
	TEXTS
};

enum flag {
	NO_OPREGION,
	NO_BRIDGE,
	RESET,
	JSON,
	FLAGS
};

struct options {
	uint64_t number[NUMBERS];
	const char *text[TEXTS];
	bool flag[FLAGS];
};

/* GGC then says 64 MiB of stolen memory, in the codec of the device. */
#define UNSET UINT64_MAX

/* The sample machine is a Haswell; its addresses are made of marks, see igd.h. */
static const struct {
	const char *name;
	uint64_t initial;
	uint64_t max;
	int base;
} number_options[NUMBERS] = {
	[DEVICE] = { "device", 0x0412, UINT16_MAX, 16 },
	[CLASS] = { "class", 0x0300, UINT16_MAX, 16 },
	[GGC] = { "ggc", UNSET, UINT16_MAX, 16 },
	[HOST_ASLS] = { "host-asls", 0xdeddd018, UINT32_MAX, 16 },
	[HOST_BDSM] = { "host-bdsm", 0xd5d00001, UINT64_MAX, 16 },
	[HOST_F0] = { "host-f0", 0xd8d71000, UINT64_MAX, 16 },
	[VBT_BYTES] = { "vbt-bytes", 0, UINT16_MAX, 10 },
	[MEMORY] = { "memory", 1024, 1 << 20, 10 },
	[TIMEOUT] = { "timeout", TIMEOUT_S, 3600, 10 },
};

static const struct {
	const char *name;
	const char *initial;
} text_options[TEXTS] = {
	[OPREGION] = { "opregion", NULL },
	[VBT] = { "vbt", NULL },
	[OPREGION_VERSION] = { "opregion-version", NULL },
	[MACHINE] = { "machine", "q35" },
	[QEMU] = { "qemu", NULL },
	[TRANSPORT] = { "transport", "auto" },
};

static const char *const flag_options[FLAGS] = {
	[NO_OPREGION] = "no-opregion",
	[NO_BRIDGE] = "no-bridge",
	[RESET] = "reset",
	[JSON] = "json",
};

static const char usage[] =
	"usage: igdpt-qemu-like [option]...\n"
	"\n"
	"Gives an Intel GPU, virtualised by libigdpt, to a stock QEMU and SeaBIOS, and follows the\n"
	"OpRegion from the host to the guest's register 0xFC.\n"
	"\n"
	"  --device ID           device id (0412, a Haswell)\n"
	"  --class CLASS         0300 or 0380 (0300)\n"
	"  --ggc VALUE           host's GGC (64 MiB of stolen memory)\n"
	"  --host-asls VALUE     host's registers 0xFC, 0x5C or 0xC0, and 0xF0; a byte from D4 to EF\n"
	"  --host-bdsm VALUE       in each makes a leak into the guest visible\n"
	"  --host-f0 VALUE\n"
	"  --opregion FILE       host's OpRegion (built around the VBT)\n"
	"  --vbt FILE            host's VBT (built by the library)\n"
	"  --vbt-bytes N         least size of the VBT that is built\n"
	"  --opregion-version V  of the OpRegion that is built, as in 2.0 (2.1)\n"
	"  --no-opregion         withhold the OpRegion from the guest\n"
	"  --no-bridge           do not carry a write of 0x5C over to 0xC0\n"
	"  --machine NAME        q35 or pc (q35)\n"
	"  --memory MIB          guest memory (1024)\n"
	"  --reset               reset the machine once, and follow the chain again\n"
	"  --timeout SECONDS     for each boot (20)\n"
	"  --qemu PROGRAM        (qemu-system-x86_64)\n"
	"  --transport NAME      proxy, vfio-user, or auto: what that QEMU can run (auto)\n"
	"  --json                the result as JSON\n"
	"\n"
	"Numbers are hex but for sizes and times. Exit status: 0 the chain holds, 2 it is broken,\n"
	"3 could not run.\n";

static int refuse(const char *what, const char *value)
{
	fprintf(stderr, "igdpt-qemu-like: %s: %s (--help tells more)\n", value, what);
	return -1;
}

static bool parse_number(const char *text, int base, uint64_t max, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, base);
	return !errno && end != text && !*end && *text != '-' && *value <= max;
}

/* How many of the two arguments were used: 1 a flag, 2 a value; -1 refused. */
static int parse_option(struct options *o, const char *name, const char *value)
{
	for (size_t i = 0; i < FLAGS; i++) {
		if (strcmp(name, flag_options[i]) == 0)
			return o->flag[i] = true, 1;
	}
	for (size_t i = 0; i < TEXTS; i++) {
		if (value && strcmp(name, text_options[i].name) == 0)
			return o->text[i] = value, 2;
	}
	for (size_t i = 0; i < NUMBERS; i++) {
		if (!value || strcmp(name, number_options[i].name) != 0)
			continue;
		if (parse_number(value, number_options[i].base, number_options[i].max,
				&o->number[i]))
			return 2;
		return refuse("not a number in range", value);
	}
	return refuse("no such option, or it needs a value", name);
}

static bool parse(struct options *o, int argc, char **argv)
{
	for (size_t i = 0; i < NUMBERS; i++)
		o->number[i] = number_options[i].initial;
	for (size_t i = 0; i < TEXTS; i++)
		o->text[i] = text_options[i].initial;
	for (int i = 1, used; i < argc; i += used) {
		if (strncmp(argv[i], "--", 2) != 0)
			return refuse("not an option", argv[i]), false;
		used = parse_option(o, argv[i] + 2, argv[i + 1]);
		if (used < 0)
			return false;
	}
	return true;
}

static bool parse_version(const char *text, uint32_t *value)
{
	unsigned major, minor;
	char rest;

	*value = 0;
	if (!text)
		return true;
	if (sscanf(text, "%3u.%3u%c", &major, &minor, &rest) != 2 || major > 255 || minor > 255)
		return refuse("not a version such as 2.0", text), false;
	*value = major << 8 | minor;
	return true;
}

static bool parse_transport(const struct options *o, enum vm_transport *transport)
{
	const char *name = o->text[TRANSPORT];

	if (strcmp(name, "auto") == 0)
		*transport = vm_pick_transport(o->text[QEMU]);
	else if (strcmp(name, "proxy") == 0)
		*transport = VM_PROXY;
	else if (strcmp(name, "vfio-user") == 0)
		*transport = VM_VFIO_USER;
	else
		return refuse("not a transport", name), false;
	return true;
}

/* Lock bit and some GTT in both layouts of the register; then the size. */
static uint32_t usual_ggc(uint32_t device_id)
{
	struct igdpt_platform p = { .size = sizeof(p) };
	uint32_t ggc = 0;
	bool high;

	igdpt_platform_find(device_id, &p);
	high = p.codec == IGDPT_CODEC_GEN6 || p.codec == IGDPT_CODEC_CHV;
	igdpt_stolen_encode(p.codec, high ? 0x0201 : 0x0041, 64 * MIB, &ggc, NULL);
	return ggc;
}

static int make_device(struct chain *c, const struct options *o)
{
	struct igdpt_pcicfg_opts policies = {
		.size = sizeof(policies),
		.bridge = o->flag[NO_BRIDGE] ? IGDPT_BRIDGE_OFF : IGDPT_BRIDGE_ON,
	};
	struct igd_host host = {
		.device_id = (uint32_t)o->number[DEVICE],
		.class_code = (uint32_t)o->number[CLASS],
		.ggc = (uint32_t)o->number[GGC],
		.asls = (uint32_t)o->number[HOST_ASLS],
		.bdsm = o->number[HOST_BDSM],
		.f0 = o->number[HOST_F0],
	};
	struct igdpt_finding why = { .size = sizeof(why) };
	int rc;

	if (o->number[GGC] == UNSET)
		host.ggc = usual_ggc(host.device_id);
	rc = igd_init(&c->igd, &host, &policies, &why);
	return rc < 0 ? host_complain("device", rc, &why) : 0;
}

static int make_tables(struct chain *c, const struct options *o)
{
	struct host_source source = {
		.opregion_file = o->text[OPREGION],
		.vbt_file = o->text[VBT],
		.vbt_bytes = (uint32_t)o->number[VBT_BYTES],
		.address = o->number[HOST_ASLS],
		.platform = c->igd.platform.name,
	};

	if (!parse_version(o->text[OPREGION_VERSION], &source.version))
		return -IGDPT_E_SYNTAX;
	c->before.size = sizeof(c->before);
	igdpt_pcicfg_get_state(c->igd.cfg, &c->before);
	return host_tables(&c->tables, &source, igd_stolen_bytes(&c->igd));
}

/* Keep what the firmware left: registers, the OpRegion's copy. */
static void end_of_boot(struct chain *c, struct boot *b)
{
	b->state.size = sizeof(b->state);
	igdpt_pcicfg_get_state(c->igd.cfg, &b->state);
	b->readable = b->state.asls && guest_ram_read(&c->igd.dev.ram, b->state.asls, b->opregion,
		c->tables.guest_opregion_bytes);
	c->boot_count++;
}

/* So that the next boot cannot live on what this one left. */
static void wipe_copy(struct chain *c)
{
	static const uint8_t zeros[IGDPT_OPREGION_MAX_BYTES];

	if (c->boots[0].readable)
		guest_ram_write(&c->igd.dev.ram, c->boots[0].state.asls, zeros,
			c->tables.guest_opregion_bytes);
}

/* Warnings come first; what ended QEMU is what it said last. */
static const char *last_line(char *said)
{
	size_t len = strlen(said);
	char *line;

	while (len && said[len - 1] == '\n')
		said[--len] = '\0';
	line = strrchr(said, '\n');
	return len ? (line ? line + 1 : said) : NULL;
}

static const char *failure(enum vm_result result, const struct vm *vm)
{
	static char said[1024];

	switch (result) {
	case VM_DONE:
		return NULL;
	case VM_TIMEOUT:
		return "it did not come to its end in time";
	case VM_PROTOCOL:
		return "QEMU broke the protocol";
	case VM_INTERRUPTED:
		return "interrupted";
	default:
		vm_errors(vm, said, sizeof(said));
		return last_line(said) ? last_line(said) : "QEMU ended";
	}
}

static void follow_boots(struct chain *c, struct vm *vm, struct firmware *fw, int64_t timeout_ms)
{
	for (size_t i = 0; i < c->boots_wanted; i++) {
		firmware_start(fw);
		if (i > 0) {
			wipe_copy(c);
			vm_monitor(vm, "system_reset");
		}
		c->failure = failure(vm_run(vm, &c->igd.dev, firmware_finished, fw,
			vm_now_ms() + timeout_ms), vm);
		if (c->failure)
			return;
		c->boots[i].fw = *fw;
		end_of_boot(c, &c->boots[i]);
	}
}

static bool run_guest(struct chain *c, const struct options *o)
{
	const struct vm_blob blobs[] = {
		{ IGDPT_FWCFG_BDSM_SIZE, c->tables.bdsm_size, sizeof(c->tables.bdsm_size) },
		{ IGDPT_FWCFG_OPREGION, c->tables.guest_opregion, c->tables.guest_opregion_bytes },
	};
	struct firmware fw;
	struct vm_config config = {
		.qemu = o->text[QEMU],
		.transport = c->transport,
		.machine = o->text[MACHINE],
		.memory_mib = o->number[MEMORY],
		.blobs = blobs,
		.blob_count = c->no_opregion ? 1 : 2,
		.log_line = firmware_line,
		.user = &fw,
	};
	struct vm vm;
	bool started = vm_start(&vm, &config);

	if (started)
		follow_boots(c, &vm, &fw, (int64_t)o->number[TIMEOUT] * 1000);
	vm_stop(&vm);
	return started;
}

int main(int argc, char **argv)
{
	static struct chain chain;
	struct options o = { 0 };
	int rc = EXIT_CANNOT_RUN;

	if (argc > 1 && strcmp(argv[1], "--help") == 0)
		return fputs(usage, stdout), EXIT_HOLDS;
	if (!parse(&o, argc, argv) || !parse_transport(&o, &chain.transport))
		return EXIT_CANNOT_RUN;
	chain.no_opregion = o.flag[NO_OPREGION];
	chain.boots_wanted = o.flag[RESET] ? 2 : 1;
	if (make_device(&chain, &o) == 0 && make_tables(&chain, &o) == 0) {
		chain.leaks_before = igd_leaks(&chain.igd);
		if (run_guest(&chain, &o)) {
			chain.leaks_after = igd_leaks(&chain.igd);
			chain_judge(&chain);
			(o.flag[JSON] ? chain_print_json : chain_print)(&chain);
			rc = chain.failure ? EXIT_CANNOT_RUN
				: chain_broken(&chain) ? EXIT_BROKEN : EXIT_HOLDS;
		} else {
			perror("igdpt-qemu-like: QEMU");
		}
	}
	igd_free(&chain.igd);
	return rc;
}
