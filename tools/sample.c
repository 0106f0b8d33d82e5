/* SPDX-License-Identifier: MIT
 *
 * igdpt sample: the files of a machine with an IGD, for tests without one.
 */
#include "sample.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/bytes.h"
#include "cli.h"
#include "igdpt/opregion.h"
#include "igdpt/stolen.h"
#include "igdpt/vbt.h"

#define MIB (UINT64_C(1) << 20)
#define DSM_BYTES (64 * MIB)
/* RVDA, IGD OpRegion specification; rules of its value in igdpt/opregion.h. */
#define OPREGION_RVDA 0x3bau
#define OPREGION_SIZE 0x10u
#define VBT_BDB_SIZE (48u + 20u)
/* No Intel graphics device has this id. */
#define UNKNOWN_ID 0xfffeu
/* EDK2 pools place the OpRegion behind their header: the most common page offset of real ASLS. */
#define ASLS_OFFSET 0x18u
/* What a host of 2 GiB below 4 GiB would have; guests have 1 GiB. */
#define HOST_ASLS 0x7c23e018u
#define HOST_BDSM 0x7c000000u

static const struct {
	const char *name, *check, *what;
} faults[SAMPLE_BREAKS] = {
	[SAMPLE_WHOLE] = { "nothing", "none", "all is well" },
#define SAMPLE_BREAK(token, name, check, what) [SAMPLE_##token] = { name, check, what },
#include "sample-breaks.def"
#undef SAMPLE_BREAK
};

/* GGC without GMS: lock bit, and the GGMS that firmware of the time sets (real config dumps). */
static uint32_t ggc_base(uint32_t codec)
{
	switch (codec) {
	case IGDPT_CODEC_GEN3:
		return 0x0300;
	case IGDPT_CODEC_GEN6:
		return 0x0201;
	case IGDPT_CODEC_CHV:
		return 0x0301;
	default:
		return 0x00c1;
	}
}

static void set_stolen(struct sample *s)
{
	struct igdpt_stolen stolen = { .size = sizeof(stolen) };
	uint32_t codec = s->platform.codec;
	uint64_t dsm = s->fault == SAMPLE_GMS_ZERO ? 0 : DSM_BYTES;

	if (igdpt_stolen_encode(codec, ggc_base(codec), dsm, &s->ggc, NULL) < 0)
		return;
	if (s->fault == SAMPLE_VGA_OFF)
		s->ggc |= 2;
	if (igdpt_stolen_decode(codec, s->ggc, 0, &stolen, NULL) < 0)
		return;
	s->dsm_bytes = stolen.dsm_bytes;
	s->gsm_bytes = stolen.gsm_bytes;
	if (s->platform.bdsm != IGDPT_BDSM_NONE)
		s->bdsm = s->tolud - s->dsm_bytes;
	s->mirror = s->fault == SAMPLE_MIRROR ? 0x12300000 : s->bdsm;
}

/* An extended VBT from generation 9 on, one in mailbox 4 before. */
static bool set_opregion(struct sample *s)
{
	static const struct igdpt_vbt_port panel = { .handle = 8, .device_type = 0x1806,
		.dvo_port = 10, .aux_channel = 0x40 };
	struct igdpt_vbt_build_opts vbt = { .size = sizeof(vbt), .platform = s->platform.name };
	struct igdpt_opregion_build_opts op = { .size = sizeof(op) };
	struct igdpt_finding why = { .size = sizeof(why) };
	uint8_t bytes[sizeof(s->opregion) + sizeof(s->vbt)];
	size_t len = sizeof(bytes);

	bool inside = s->fault == SAMPLE_RVDA_INSIDE || s->fault == SAMPLE_SHADOW;

	vbt.bytes = s->platform.gen >= 900 && !inside ? 0x2100 : 0;
	op.version = s->platform.gen >= 900 || s->fault == SAMPLE_RVDA_INSIDE ? 0x0201 : 0x0200;
	if (s->fault == SAMPLE_VBT_NO_PORT) {
		vbt.ports = &panel;
		vbt.port_count = 1;
	}
	s->vbt_len = sizeof(s->vbt);
	if (igdpt_vbt_build(&vbt, s->vbt, &s->vbt_len, &why) < 0 ||
		igdpt_opregion_build(&op, s->vbt, s->vbt_len, bytes, &len, &why) < 0)
		return cli_error("the OpRegion cannot be built (finding %u)", why.id), false;
	memcpy(s->opregion, bytes, sizeof(s->opregion));
	return true;
}

static void break_opregion(struct sample *s)
{
	uint8_t *mailbox = s->opregion + IGDPT_OPREGION_VBT;

	switch (s->fault) {
	case SAMPLE_OPREGION_SIGNATURE:
		s->opregion[0] = 'X';
		break;
	case SAMPLE_OPREGION_SIZE:
		put_le32(s->opregion + OPREGION_SIZE, 0);
		break;
	case SAMPLE_RVDA_INSIDE:
		put_le64(s->opregion + OPREGION_RVDA, 0x400);
		put_le32(s->opregion + OPREGION_RVDA + 8, 0x1800);
		break;
	case SAMPLE_VBT_BAD:
		put_le16(s->vbt + VBT_BDB_SIZE, 0xffff);
		if (memcmp(mailbox, "$VBT", 4) == 0)
			put_le16(mailbox + VBT_BDB_SIZE, 0xffff);
		break;
	default:
		break;
	}
}

static void set_machine(struct sample *s, uint32_t seed)
{
	s->device_id = s->fault == SAMPLE_UNKNOWN_ID ? UNKNOWN_ID : s->platform.device_id;
	s->class_code = s->fault == SAMPLE_CLASS_0380 || s->fault == SAMPLE_OLD_KERNEL ? 0x038000 :
											 0x030000;
	s->width = 39;
	s->phys_bits = s->fault == SAMPLE_IOMMU_NARROW ? 46 : 39;
	s->tolud = s->guest ? 0x40000000 : 0x60000000 + seed % 8 * 0x08000000;
	s->asls = s->guest ? 0x3b000000 : s->tolud - 0x10000000 + seed / 8 % 256 * 0x1000 + ASLS_OFFSET;
	if (s->fault == SAMPLE_ASLS_ZERO || s->fault == SAMPLE_GUEST_ASLS)
		s->asls = 0;
	if (s->fault == SAMPLE_GUEST_ASLS_HOST)
		s->asls = HOST_ASLS;
	s->release = s->fault == SAMPLE_OLD_KERNEL ? "6.12.95-amd64" :
		s->fault == SAMPLE_ANCIENT_KERNEL ? "4.4.302-amd64" : "6.16.12-amd64";
	s->driver = s->guest || s->fault == SAMPLE_I915_BOUND ? "i915" : "vfio-pci";
	if (s->fault == SAMPLE_VARIANT_DRIVER)
		s->driver = "xe-vfio-pci";
	s->bdf = s->fault == SAMPLE_DISCRETE ? "0000:03:00.0" : "0000:00:02.0";
	set_stolen(s);
	if (s->fault == SAMPLE_GUEST_BDSM)
		s->bdsm = 0;
	if (s->fault == SAMPLE_GUEST_BDSM_HOST)
		s->bdsm = s->mirror = HOST_BDSM;
}

/* The seed-th id of a platform, so that seeds walk over all of them. */
static bool set_platform(struct sample *s, const char *name, uint32_t seed)
{
	struct igdpt_platform p = { .size = sizeof(p) };
	size_t count = 0;

	for (uint32_t pass = 0; pass < 2; pass++) {
		size_t wanted = count ? seed % count : 0;

		count = 0;
		for (size_t i = 0; igdpt_platform_at(i, &p) == 0; i++) {
			if (strcmp(p.name, name) != 0)
				continue;
			if (pass && count == wanted)
				return s->platform = p, true;
			count++;
		}
		if (!count)
			return cli_error("unknown platform '%s'", name), false;
	}
	return false;
}

static bool find_fault(struct sample *s, const char *name)
{
	for (uint32_t i = 0; i < SAMPLE_BREAKS; i++) {
		if (strcmp(faults[i].name, name) != 0)
			continue;
		s->fault = i;
		s->guest = strncmp(name, "guest-", 6) == 0;
		return true;
	}
	return false;
}

/* A fault that the platform cannot have: nothing would be broken. */
static bool possible(const struct sample *s)
{
	const struct igdpt_platform *p = &s->platform;

	if (!(p->flags & IGDPT_PLATFORM_INTEGRATED))
		return cli_error("%s is not an integrated GPU", p->name), false;
	if (p->bdsm == IGDPT_BDSM_NONE && (s->fault == SAMPLE_RMRR_SIZE || s->fault == SAMPLE_MIRROR ||
						  s->fault == SAMPLE_VM_SMALL ||
						  s->fault == SAMPLE_GUEST_BDSM ||
						  s->fault == SAMPLE_GUEST_BDSM_HOST))
		return cli_error("%s has no BDSM to break", p->name), false;
	if (!p->audio_devfn && s->fault == SAMPLE_AUDIO_GROUP)
		return cli_error("%s has no known audio function", p->name), false;
	if (p->gen >= 600 && p->gen < 1000 && s->fault == SAMPLE_VM_LEGACY)
		return cli_error("%s has legacy mode", p->name), false;
	return true;
}

static int list_faults(void)
{
	for (uint32_t i = SAMPLE_WHOLE + 1; i < SAMPLE_BREAKS; i++)
		printf("%-22s %s  %s\n", faults[i].name, faults[i].check, faults[i].what);
	return EXIT_FINE;
}

static int open_output(const char *path)
{
	int fd;

	if (mkdir(path, 0777) < 0)
		return cli_error("%s: %s", path, strerror(errno)), -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		cli_error("%s: %s", path, strerror(errno));
	return fd;
}

static int make(struct sample *s, const char *platform, uint32_t seed, const char *output)
{
	bool ok;
	int root;

	if (!set_platform(s, platform, seed) || !possible(s))
		return EXIT_CANNOT_RUN;
	set_machine(s, seed);
	if (!set_opregion(s))
		return EXIT_CANNOT_RUN;
	break_opregion(s);
	root = open_output(output);
	if (root < 0)
		return EXIT_CANNOT_RUN;
	ok = sample_write(s, root);
	close(root);
	return ok ? EXIT_FINE : EXIT_CANNOT_RUN;
}

struct request {
	const char *platform, *output;
	uint32_t seed;
	bool guest;
};

static bool take_option(struct sample *s, struct request *r, int option)
{
	switch (option) {
	case 'b':
		return find_fault(s, optarg);
	case 'n':
		return cli_number32(optarg, &r->seed);
	case 's':
		r->guest = strcmp(optarg, "guest") == 0;
		return r->guest || strcmp(optarg, "host") == 0;
	case 'p':
		r->platform = optarg;
		return true;
	default:
		r->output = optarg;
		return true;
	}
}

static int read_request(const struct command *self, int argc, char **argv, struct sample *s)
{
	static const struct option options[] = {
		{ "break", required_argument, NULL, 'b' },
		{ "output", required_argument, NULL, 'o' },
		{ "platform", required_argument, NULL, 'p' },
		{ "seed", required_argument, NULL, 'n' },
		{ "side", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	struct request r = { .seed = 1 };
	int option;

	while ((option = cli_getopt(self, argc, argv, ":o:", options)) != -1) {
		if (option == '?')
			return EXIT_CANNOT_RUN;
		if (!take_option(s, &r, option))
			return cli_bad_value(self, argv, options, option);
	}
	if (optind != argc)
		return cli_usage(self, "sample: unexpected argument '%s'", argv[optind]);
	if (!r.platform || !r.output)
		return cli_usage(self, "sample: --platform and -o are needed");
	s->guest |= r.guest;
	return make(s, r.platform, r.seed, r.output);
}

static int run_sample(const struct command *self, int argc, char **argv)
{
	struct sample *s;
	int rc;

	if (argc == 2 && strcmp(argv[1], "--list") == 0)
		return list_faults();
	s = calloc(1, sizeof(*s));
	rc = s ? read_request(self, argc, argv, s) : cli_error("out of memory");
	free(s);
	return rc;
}

const struct command cmd_sample = {
	.name = "sample",
	.summary = "make the files of a machine with an IGD, whole or broken",
	.usage = "usage: igdpt sample --platform NAME -o DIR [--side host|guest] [--break WHAT]\n"
		 "                    [--seed N]\n"
		 "       igdpt sample --list\n\n"
		 "Writes a synthetic tree (sysfs, proc, debugfs, a VM's command line, a ROM, a log) for\n"
		 "igdpt doctor to examine. Same arguments, same bytes. DIR must not exist yet.\n"
		 "--list shows what can be broken, and which check of the doctor tells.\n"
		 "-o may be written --output.\n",
	.run = run_sample,
};
