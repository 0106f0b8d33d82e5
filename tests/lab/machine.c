/* SPDX-License-Identifier: MIT
 *
 * The lab's VMM: one IGD behind a stock QEMU's x-pci-proxy-dev (--socket) or vfio-user-pci
 * (--listen), its config space and mirrors by libigdpt. It prints a JSON object a line: what the
 * library tells the guest, each time that changes. Without a transport it writes the guest's files,
 * or replays a guest's accesses (--replay), and ends.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "host.h"
#include "igd.h"
#include "mmio.h"
#include "proxy.h"
#include "vfio_user.h"

#define MAX_MMIO_PRESETS 16

struct machine {
	struct igd igd; /* first: the transport hands its address out */
	struct mmio mmio;
	struct igdpt_pcicfg_opts opts;
	struct {
		uint64_t offset, value;
	} preset[MAX_MMIO_PRESETS];
	size_t presets;
	/* The OpRegion that the guest must find. */
	uint8_t opregion[IGDPT_OPREGION_MAX_BYTES];
	size_t opregion_bytes;
	bool place; /* the VMM itself copies it into guest memory, to the preset ASLS */
	struct host_source source;
	bool multifunction;
	bool host_mirrors; /* BAR0 as hardware has it: a VMM that forgets the mirrors */
	bool replay;
	const char *output; /* a directory for the guest's files */
	int socket;
	int (*serve)(int socket, struct pci_device *dev);
};

static const struct {
	const char *name;
	uint32_t value;
} gms_policies[] = {
	{ "keep", IGDPT_GMS_KEEP },
	{ "zero", IGDPT_GMS_ZERO },
	{ "override", IGDPT_GMS_OVERRIDE },
};

static uint64_t number(const char *text)
{
	char *end;
	uint64_t v = strtoull(text, &end, 0);

	if (*end && *end != '=') {
		fprintf(stderr, "lab-machine: not a number: %s\n", text);
		exit(2);
	}
	return v;
}

static void load_opregion(struct machine *m, const char *path)
{
	FILE *in = fopen(path, "rb");

	if (in)
		m->opregion_bytes = fread(m->opregion, 1, sizeof(m->opregion), in);
	if (!in || ferror(in)) {
		fprintf(stderr, "lab-machine: %s: %s\n", path, strerror(errno));
		exit(2);
	}
	fclose(in);
}

static void add_preset(struct machine *m, const char *text)
{
	const char *value = strchr(text, '=');

	if (!value || m->presets == MAX_MMIO_PRESETS) {
		fprintf(stderr, "lab-machine: --mmio wants OFFSET=VALUE: %s\n", text);
		exit(2);
	}
	m->preset[m->presets].offset = number(text);
	m->preset[m->presets++].value = number(value + 1);
}

static uint32_t gms_policy(const char *name)
{
	for (size_t i = 0; i < sizeof(gms_policies) / sizeof(gms_policies[0]); i++) {
		if (strcmp(gms_policies[i].name, name) == 0)
			return gms_policies[i].value;
	}
	fprintf(stderr, "lab-machine: --gms wants keep, zero or override: %s\n", name);
	exit(2);
}

static void asls_option(struct machine *m, uint64_t asls)
{
	m->opts.asls_policy = IGDPT_REG_PRESET_RW;
	m->opts.asls = asls;
	m->place = true;
}

static void bdsm_option(struct machine *m, uint64_t bdsm)
{
	m->opts.bdsm_policy = IGDPT_REG_PRESET_RW;
	m->opts.bdsm = bdsm;
}

static void transport(struct machine *m, int socket, int (*serve)(int, struct pci_device *))
{
	m->socket = socket;
	m->serve = serve;
	if (socket < 0) {
		perror("lab-machine: QEMU does not connect");
		exit(2);
	}
}

static void option(struct machine *m, struct igd_host *host, int c)
{
	switch (c) {
	case 'f': transport(m, (int)number(optarg), proxy_serve); break;
	case 'l': transport(m, accept((int)number(optarg), NULL, NULL), vfio_user_serve); break;
	case 'd': host->device_id = (uint32_t)number(optarg); break;
	case 'c': host->class_code = (uint32_t)number(optarg); break;
	case 'g': host->ggc = (uint32_t)number(optarg); break;
	case 'D': host->bdsm = number(optarg); break;
	case 'o': load_opregion(m, optarg); break;
	case 'a': asls_option(m, number(optarg)); break;
	case 'b': bdsm_option(m, number(optarg)); break;
	case 'G': m->opts.gms_policy = gms_policy(optarg); break;
	case 's': m->opts.dsm_bytes = number(optarg); break;
	case 'B': m->opts.bridge = IGDPT_BRIDGE_OFF; break;
	case 'M': m->multifunction = true; break;
	case 'm': add_preset(m, optarg); break;
	case 'R': m->host_mirrors = true; break;
	case 'r': m->replay = true; break;
	case 'H': m->source.opregion_file = optarg; break;
	case 'V': m->source.vbt_file = optarg; break;
	case 'O': m->output = optarg; break;
	default: exit(2);
	}
}

static void options(struct machine *m, struct igd_host *host, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "socket", required_argument, NULL, 'f' },
		{ "listen", required_argument, NULL, 'l' },
		{ "device", required_argument, NULL, 'd' },
		{ "class", required_argument, NULL, 'c' },
		{ "ggc", required_argument, NULL, 'g' },
		{ "host-bdsm", required_argument, NULL, 'D' },
		{ "opregion", required_argument, NULL, 'o' },
		{ "asls", required_argument, NULL, 'a' },
		{ "bdsm", required_argument, NULL, 'b' },
		{ "gms", required_argument, NULL, 'G' },
		{ "dsm", required_argument, NULL, 's' },
		{ "no-bridge", no_argument, NULL, 'B' },
		{ "multifunction", no_argument, NULL, 'M' },
		{ "mmio", required_argument, NULL, 'm' },
		{ "host-mirrors", no_argument, NULL, 'R' },
		{ "replay", no_argument, NULL, 'r' },
		{ "host-opregion", required_argument, NULL, 'H' },
		{ "host-vbt", required_argument, NULL, 'V' },
		{ "output", required_argument, NULL, 'O' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		option(m, host, c);
}

/* "equal", "differs" or "absent": the OpRegion in guest memory at ASLS. */
static const char *copied(struct machine *m, uint32_t asls)
{
	static uint8_t guest[IGDPT_OPREGION_MAX_BYTES];

	if (!asls || !m->opregion_bytes ||
		!guest_ram_read(&m->igd.dev.ram, asls, guest, m->opregion_bytes))
		return "absent";
	return memcmp(guest, m->opregion, m->opregion_bytes) ? "differs" : "equal";
}

static uint64_t read_bar(struct pci_device *dev, uint32_t bar, uint64_t offset, uint32_t width)
{
	struct machine *m = (struct machine *)dev;
	uint64_t hw = bar == 0 ? mmio_read(&m->mmio, offset, width) : 0, value = hw;

	if (!m->host_mirrors)
		igdpt_mmio_read(m->igd.cfg, bar, offset, width, hw, &value);
	return value;
}

/* Stolen memory as the guest's copy of GGC in BAR0 has it: from gen 12.70 on the only one. */
static uint64_t mirror_dsm(struct machine *m)
{
	uint32_t ggc = (uint32_t)read_bar(&m->igd.dev, 0, IGDPT_MMIO_GGC, 2);
	struct igdpt_stolen s = { .size = sizeof(s) };

	return igdpt_stolen_decode(m->igd.platform.codec, ggc, 0, &s, NULL) < 0 ? 0 : s.dsm_bytes;
}

static void report(struct machine *m)
{
	struct igdpt_pcicfg_state s = { .size = sizeof(s) };
	uint64_t reserved = read_bar(&m->igd.dev, 0, IGDPT_MMIO_STOLEN_RESERVED, 8);

	if (igdpt_pcicfg_get_state(m->igd.cfg, &s) < 0)
		return;
	printf("{\"platform\": \"%s\", \"asls\": %" PRIu32 ", \"bdsm\": %" PRIu64 ", \"ggc\": %" PRIu32
	       ", \"dsm_bytes\": %" PRIu64 ", \"gsm_bytes\": %" PRIu64 ", \"stolen_reserved\": %" PRIu64
	       ", \"mirror_dsm\": %" PRIu64
	       ", \"opregion_copy\": \"%s\""
	       ", \"resets\": %u, \"host_writes\": %u}\n",
		m->igd.platform.name, s.asls, s.bdsm, s.ggc, s.dsm_bytes, s.gsm_bytes,
		reserved, mirror_dsm(m), copied(m, s.asls), m->igd.resets, m->igd.touched);
	fflush(stdout);
}

static uint32_t read_config(struct pci_device *dev, uint32_t offset, uint32_t width)
{
	return (uint32_t)igd_read((struct igd *)dev, offset, width);
}

static void write_config(struct pci_device *dev, uint32_t offset, uint32_t width, uint32_t value)
{
	struct machine *m = (struct machine *)dev;
	bool tells = offset >= IGDPT_CFG_GGC;

	igd_write(&m->igd, offset, width, value);
	if (tells)
		report(m);
}

static void write_bar(struct pci_device *dev, uint32_t bar, uint64_t offset, uint32_t width,
	uint64_t value)
{
	struct machine *m = (struct machine *)dev;
	uint32_t whole = (1u << width) - 1, forward = whole;

	if (!m->host_mirrors &&
		igdpt_mmio_write(m->igd.cfg, bar, offset, width, value, &value, &forward) < 0)
		return;
	if (bar != 0)
		return;
	if (forward == whole)
		mmio_write(&m->mmio, offset, width, value);
	for (uint32_t i = 0; i < width && forward != whole; i++) {
		if (forward >> i & 1)
			mmio_write(&m->mmio, offset + i, 1, value >> 8 * i & 0xff);
	}
}

static void reset(struct pci_device *dev)
{
	struct machine *m = (struct machine *)dev;

	igd_reset(&m->igd);
	if (m->place && !guest_ram_write(&dev->ram, m->opts.asls, m->opregion, m->opregion_bytes))
		fprintf(stderr, "lab-machine: no guest memory at ASLS\n");
	report(m);
}

static const struct pci_device_ops ops = {
	.read_config = read_config,
	.write_config = write_config,
	.read_bar = read_bar,
	.write_bar = write_bar,
	.reset = reset,
};

/* BAR0 of the host's hardware: the mirrors hold its addresses, unless the scenario says more. */
static int start_mmio(struct machine *m)
{
	const struct igd_host *host = &m->igd.host;
	struct igdpt_mmio_opts opts = { .size = sizeof(opts) };

	if (mmio_init(&m->mmio, m->igd.dev.bars[0].bytes, m->igd.platform.gen) < 0)
		return -1;
	mmio_write(&m->mmio, IGDPT_MMIO_GGC, 2, host->ggc);
	mmio_write(&m->mmio, IGDPT_MMIO_DSMBASE, 8, host->bdsm);
	for (size_t i = 0; i < m->presets; i++)
		mmio_write(&m->mmio, m->preset[i].offset, 8, m->preset[i].value);
	opts.host_reserved = mmio_read(&m->mmio, IGDPT_MMIO_STOLEN_RESERVED, 8);
	return igdpt_mmio_setup(m->igd.cfg, &opts, NULL);
}

static int start(struct machine *m, const struct igd_host *host)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	char reason[300] = "";
	int rc;

	m->opts.size = sizeof(m->opts);
	rc = igd_init(&m->igd, host, &m->opts, &why);
	if (rc < 0) {
		igdpt_finding_format(&why, reason, sizeof(reason));
		fprintf(stderr, "lab-machine: %s %s\n", igdpt_strerror(rc), reason);
		return rc;
	}
	m->igd.dev.ops = &ops;
	m->igd.hardware[0x0e] = m->multifunction ? 0x80 : 0; /* header type */
	if (start_mmio(m) < 0)
		return -1;
	report(m);
	return 0;
}

static int write_file(const char *directory, const char *name, const void *data, size_t len)
{
	char path[4096];
	FILE *out;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	out = fopen(path, "wb");
	ok = out && fwrite(data, 1, len, out) == len;
	if (out && fclose(out))
		ok = false;
	if (!ok)
		fprintf(stderr, "lab-machine: %s: %s\n", path, strerror(errno));
	return ok ? 0 : 2;
}

/* What the VMM makes of the host's OpRegion and GGC before the guest starts. */
static int write_files(const struct machine *m)
{
	static struct host_tables tables;

	if (host_tables(&tables, &m->source, igd_stolen_bytes(&m->igd)) < 0)
		return 2;
	if (write_file(m->output, "igd-opregion", tables.guest_opregion,
		tables.guest_opregion_bytes))
		return 2;
	return write_file(m->output, "igd-bdsm-size", tables.bdsm_size, sizeof(tables.bdsm_size));
}

/* A guest's accesses of 4 bytes from stdin: "config OFFSET 0", "bar0 OFFSET 0" print what it reads,
 * "write OFFSET VALUE" writes to config space. */
static int replay(struct machine *m)
{
	struct pci_device *dev = &m->igd.dev;
	uint32_t offset, value;
	char verb[8];

	while (scanf("%7s %" SCNi32 " %" SCNi32, verb, (int32_t *)&offset, (int32_t *)&value) == 3) {
		if (strcmp(verb, "write") == 0)
			write_config(dev, offset, 4, value);
		else if (strcmp(verb, "config") == 0)
			printf("0x%" PRIx32 "\n", read_config(dev, offset, 4));
		else
			printf("0x%" PRIx64 "\n", read_bar(dev, 0, offset, 4));
	}
	return feof(stdin) ? 0 : 2;
}

int main(int argc, char **argv)
{
	static struct machine m = { .socket = -1 };
	/* Addresses that must never show in the guest. */
	struct igd_host host = {
		.device_id = 0x0412,
		.class_code = 0x0300,
		.ggc = 0x0211,
		.asls = 0xd4d5d6d7,
		.bdsm = 0xd8e00001,
		.f0 = 0xd8e40000,
	};
	struct pollfd p;
	int rc = 1;

	options(&m, &host, argc, argv);
	if (start(&m, &host) < 0)
		return 2;
	if (m.replay)
		return replay(&m);
	if (m.socket < 0)
		return write_files(&m);
	p = (struct pollfd){ .fd = m.socket, .events = POLLIN };
	while (rc > 0 && poll(&p, 1, -1) > 0)
		rc = m.serve(m.socket, &m.igd.dev);
	if (rc < 0)
		fprintf(stderr, "lab-machine: QEMU's messages: %s\n", strerror(-rc));
	igd_free(&m.igd);
	mmio_free(&m.mmio);
	return rc < 0;
}
