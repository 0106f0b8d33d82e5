/* SPDX-License-Identifier: MIT
 *
 * igdpt-crosvm-like: a VMM without fw_cfg. It plans the guest's memory before that exists, puts the
 * OpRegion there itself (or answers for it as MMIO, --trap), presets ASLS and BDSM, and tells the
 * guest's kernel what to leave alone. Runs on a stock QEMU whose firmware knows nothing of it.
 *
 * What a VMM would lift: make_plan(), make_device(), place() and the device operations. vCPU threads
 * share one handle: reads under a read lock, because they take it const; writes alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware.h"
#include "host.h"
#include "igd.h"
#include "vm.h"

#define MIB (UINT64_C(1) << 20)
#define READERS 3
#define TIMEOUT_MS 20000
#define TRAP_BAR 1
/* The 32-bit MMIO hole of q35 as SeaBIOS uses it, and what SeaBIOS takes at the top of low RAM: 16
 * MiB for good, and its own code just below while it runs (measured). */
#define MMIO_FIRST UINT64_C(0xc0000000)
#define MMIO_LAST UINT64_C(0xfebfffff)
#define FIRMWARE_BYTES (32 * MIB)

struct vmm {
	struct igd igd; /* first: the transport sees its struct pci_device */
	struct pci_device_ops ops;
	struct host_tables tables;
	struct igdpt_plan_opts want;
	struct igdpt_plan_result plan;
	struct igdpt_pcicfg_opts policies;
	pthread_rwlock_t lock;
	atomic_bool stop;
	atomic_uint reads;
	atomic_uint wrong; /* reads that gave neither the preset nor, before it, anything else */
	bool trap;
	uint8_t trapped[IGDPT_OPREGION_MAX_BYTES]; /* the guest's OpRegion, where it lies in no RAM */
	bool placed;
	unsigned broken;
};

static void link_line(struct vmm *v, bool ok, const char *name, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void link_line(struct vmm *v, bool ok, const char *name, const char *format, ...)
{
	va_list args;

	printf("%s  %-14s  ", ok ? "ok" : "NO", name);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	v->broken += !ok;
}

/* ---- Before memory exists ------------------------------------------------------------------- */

static int make_plan(struct vmm *v, const struct igdpt_platform *platform,
	const struct igd_host *host, uint64_t memory)
{
	static struct igdpt_range taken[1];
	static uint64_t index[16];
	static struct igdpt_ranges set;
	struct igdpt_finding why = { .size = sizeof(why) };
	size_t words = sizeof(index) / sizeof(index[0]);
	int rc;

	taken[0] = (struct igdpt_range){ memory - FIRMWARE_BYTES, memory - 1 };
	rc = igdpt_ranges_build(&set, taken, 1, index, &words, &why);
	if (rc < 0)
		return host_complain("reservations", rc, &why);
	v->want = (struct igdpt_plan_opts){
		.size = sizeof(v->want),
		.mode = v->trap ? IGDPT_PLAN_TRAP : IGDPT_PLAN_COPY,
		.ggc = host->ggc,
		.low_end = memory,
		.mmio_first = MMIO_FIRST,
		.mmio_last = MMIO_LAST,
		.opregion_bytes = v->tables.guest_opregion_bytes,
		.host_asls = host->asls,
		.host_bdsm = host->bdsm,
		.platform = platform,
		.taken = &set,
	};
	v->plan.size = sizeof(v->plan);
	rc = igdpt_plan_make(&v->want, &v->plan, &why);
	return rc < 0 ? host_complain("plan", rc, &why) : 0;
}

static void show_plan(struct vmm *v)
{
	static const char *const names[] = {
		[IGDPT_PLAN_BLOCK_OPREGION] = "OpRegion", [IGDPT_PLAN_BLOCK_VBT] = "VBT",
		[IGDPT_PLAN_BLOCK_DSM] = "stolen memory", [IGDPT_PLAN_BLOCK_GSM] = "its GTT" };
	struct igdpt_e820_entry map[32];
	size_t count = sizeof(map) / sizeof(map[0]);

	for (uint32_t i = 0; i < v->plan.count; i++) {
		const struct igdpt_plan_block *b = &v->plan.blocks[i];

		link_line(v, true, "plan", "%s at 0x%08" PRIx64 ", %" PRIu64 " KiB%s", names[b->kind],
			b->first, b->bytes >> 10, b->flags & IGDPT_PLAN_TRAPPED ? ", trapped" : "");
	}
	if (igdpt_plan_e820(&v->want, &v->plan, map, &count, NULL) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		printf("    e820 %u  0x%010" PRIx64 "-0x%010" PRIx64 "\n", map[i].type, map[i].first,
			map[i].first + map[i].bytes - 1);
	/* A guest whose memory map the VMM does not write can be told on its command line. */
	for (uint32_t i = 0; i < v->plan.count; i++) {
		if (v->plan.blocks[i].flags & IGDPT_PLAN_IN_RAM)
			printf("    memmap=0x%" PRIx64 "$0x%" PRIx64 "\n", v->plan.blocks[i].bytes,
				v->plan.blocks[i].first);
	}
}

/* ---- The device ----------------------------------------------------------------------------- */

static uint32_t op_read_config(struct pci_device *dev, uint32_t offset, uint32_t width)
{
	struct vmm *v = (struct vmm *)dev;
	uint32_t value;

	pthread_rwlock_rdlock(&v->lock);
	value = (uint32_t)igd_read(&v->igd, offset, width);
	pthread_rwlock_unlock(&v->lock);
	return value;
}

/*
 * crosvm knows the trapped region's address before the guest starts. Here the guest's firmware
 * gives it out as a BAR, the only MMIO that the transports carry, and ASLS is preset anew.
 */
static void follow_bar(struct vmm *v)
{
	uint64_t base = igd_read(&v->igd, 0x10 + 4 * TRAP_BAR, 4) & ~UINT64_C(15);
	struct igdpt_pcicfg *moved;

	if (base == v->policies.asls || !base)
		return;
	v->policies.asls = base;
	if (igdpt_pcicfg_new(&v->igd.platform, v->igd.hardware, sizeof(v->igd.hardware),
			&v->policies, &moved, NULL) < 0)
		return;
	igdpt_pcicfg_free(v->igd.cfg);
	v->igd.cfg = moved;
}

static void op_write_config(struct pci_device *dev, uint32_t offset, uint32_t width, uint32_t value)
{
	struct vmm *v = (struct vmm *)dev;

	int events;

	pthread_rwlock_wrlock(&v->lock);
	events = igd_write(&v->igd, offset, width, value);
	if (v->trap)
		follow_bar(v);
	if (events & IGDPT_EVENT_SWSCI && v->trap)
		igdpt_opregion_answer_swsci(v->trapped, v->tables.guest_opregion_bytes, NULL);
	else if (events & IGDPT_EVENT_SWSCI)
		igd_answer_swsci(&v->igd);
	pthread_rwlock_unlock(&v->lock);
}

static uint64_t op_read_bar(struct pci_device *dev, uint32_t bar, uint64_t offset, uint32_t width)
{
	struct vmm *v = (struct vmm *)dev;
	uint64_t value = 0;

	for (uint32_t i = 0; bar == TRAP_BAR && i < width; i++) {
		if (offset + i < v->tables.guest_opregion_bytes)
			value |= (uint64_t)v->trapped[offset + i] << 8 * i;
	}
	return value;
}

/* Drivers write to the mailboxes and read back; an extended VBT stays as it is. */
static void op_write_bar(struct pci_device *dev, uint32_t bar, uint64_t offset, uint32_t width,
	uint64_t value)
{
	struct vmm *v = (struct vmm *)dev;

	for (uint32_t i = 0; bar == TRAP_BAR && i < width && offset + i < IGDPT_OPREGION_BYTES; i++)
		v->trapped[offset + i] = (uint8_t)(value >> 8 * i);
}

static void clear(struct vmm *v, const struct igdpt_plan_block *b)
{
	static const uint8_t zeros[1 << 16];

	for (uint64_t done = 0; done < b->bytes; done += sizeof(zeros))
		v->placed &= guest_ram_write(&v->igd.dev.ram, b->first + done, zeros,
			b->bytes - done < sizeof(zeros) ? b->bytes - done : sizeof(zeros));
}

/* At each reset the guest starts with a fresh OpRegion and clean stolen memory. */
static void place(struct vmm *v)
{
	v->placed = true;
	memcpy(v->trapped, v->tables.guest_opregion, v->tables.guest_opregion_bytes);
	for (uint32_t i = 0; i < v->plan.count; i++) {
		const struct igdpt_plan_block *b = &v->plan.blocks[i];

		if (!(b->flags & IGDPT_PLAN_IN_RAM))
			continue;
		clear(v, b);
		if (b->kind == IGDPT_PLAN_BLOCK_OPREGION)
			v->placed &= guest_ram_write(&v->igd.dev.ram, b->first,
				v->tables.guest_opregion, v->tables.guest_opregion_bytes);
	}
}

static void op_reset(struct pci_device *dev)
{
	struct vmm *v = (struct vmm *)dev;

	pthread_rwlock_wrlock(&v->lock);
	igd_reset(&v->igd);
	place(v);
	pthread_rwlock_unlock(&v->lock);
}

static int make_device(struct vmm *v, const struct igd_host *host)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	int rc;

	v->policies = (struct igdpt_pcicfg_opts){
		.size = sizeof(v->policies),
		.flags = v->plan.config_flags,
		.asls_policy = v->plan.asls_policy,
		.bdsm_policy = v->plan.bdsm_policy,
		.gms_policy = v->plan.gms_policy,
		.bridge = v->plan.bridge,
		.asls = v->plan.asls,
		.bdsm = v->plan.bdsm,
		.dsm_bytes = v->plan.dsm_bytes,
	};
	rc = igd_init(&v->igd, host, &v->policies, &why);
	if (rc < 0)
		return host_complain("device", rc, &why);
	v->ops = *v->igd.dev.ops;
	v->ops.read_config = op_read_config;
	v->ops.write_config = op_write_config;
	v->ops.read_bar = op_read_bar;
	v->ops.write_bar = op_write_bar;
	v->ops.reset = op_reset;
	v->igd.dev.ops = &v->ops;
	for (uint64_t bytes = 4096; v->trap && v->igd.dev.bars[TRAP_BAR].bytes <
			v->tables.guest_opregion_bytes; bytes *= 2)
		v->igd.dev.bars[TRAP_BAR].bytes = bytes;
	return 0;
}

/* ---- The run -------------------------------------------------------------------------------- */

static uint64_t guest_bdsm(struct vmm *v)
{
	bool wide = v->igd.platform.bdsm == IGDPT_BDSM_CFG_C0;

	return igd_read(&v->igd, wide ? IGDPT_CFG_BDSM64 : IGDPT_CFG_BDSM, wide ? 8 : 4);
}

/* A vCPU that does nothing but read config space. */
static void *reader(void *arg)
{
	struct vmm *v = arg;

	while (!atomic_load(&v->stop)) {
		pthread_rwlock_rdlock(&v->lock);
		if (igd_read(&v->igd, IGDPT_CFG_ASLS, 4) != v->policies.asls ||
			guest_bdsm(v) != v->policies.bdsm)
			atomic_fetch_add(&v->wrong, 1);
		pthread_rwlock_unlock(&v->lock);
		atomic_fetch_add(&v->reads, 1);
	}
	return NULL;
}

struct dump {
	char path[32];
	uint64_t bytes;
};

static bool dump_complete(void *user)
{
	struct dump *dump = user;
	struct stat st;

	return stat(dump->path, &st) == 0 && (uint64_t)st.st_size >= dump->bytes;
}

/* What the guest reads at ASLS, through QEMU: memory and MMIO alike. */
static bool guest_reads_opregion(struct vmm *v, struct vm *vm)
{
	static uint8_t seen[IGDPT_OPREGION_MAX_BYTES];
	struct dump dump = { "/tmp/igdpt-XXXXXX", v->tables.guest_opregion_bytes };
	int fd = mkstemp(dump.path);
	char command[100];
	bool same;

	snprintf(command, sizeof(command), "pmemsave 0x%" PRIx64 " %" PRIu64 " \"%s\"",
		igd_read(&v->igd, IGDPT_CFG_ASLS, 4), dump.bytes, dump.path);
	vm_monitor(vm, command);
	vm_run(vm, &v->igd.dev, dump_complete, &dump, vm_now_ms() + 10000);
	same = fd >= 0 && pread(fd, seen, dump.bytes, 0) == (ssize_t)dump.bytes &&
		memcmp(seen, v->tables.guest_opregion, dump.bytes) == 0;
	if (fd >= 0)
		close(fd);
	unlink(dump.path);
	return same;
}

static void judge(struct vmm *v, struct vm *vm)
{
	struct igdpt_pcicfg_state state = { .size = sizeof(state) };

	igdpt_pcicfg_get_state(v->igd.cfg, &state);
	link_line(v, v->placed, "placed", "in guest memory at every reset (%u)", v->igd.resets);
	link_line(v, state.asls != 0 && state.asls == v->policies.asls, "ASLS",
		"0x%08" PRIx32 ", preset by the VMM%s", state.asls, v->trap ? ", where it traps" : "");
	link_line(v, guest_reads_opregion(v, vm), "guest copy", "the guest reads all %zu bytes at ASLS",
		v->tables.guest_opregion_bytes);
	link_line(v, state.bdsm == v->policies.bdsm && state.dsm_bytes == v->plan.dsm_bytes, "BDSM",
		"0x%08" PRIx64 ", %" PRIu64 " MiB by GGC", state.bdsm, state.dsm_bytes >> 20);
	link_line(v, state.complete == 0, "firmware", "wrote neither register: it got no files");
	link_line(v, igd_leaks(&v->igd) == 0, "host addresses", "no read of any offset and width shows one");
	link_line(v, v->reads && !v->wrong, "threads", "%u reads by %d threads, %u of them wrong",
		v->reads, READERS, v->wrong);
}

static int run(struct vmm *v, const char *qemu, uint64_t memory)
{
	struct firmware fw;
	struct vm_config config = { .qemu = qemu, .transport = vm_pick_transport(qemu),
		.machine = "q35", .memory_mib = memory / MIB, .log_line = firmware_line, .user = &fw };
	pthread_t threads[READERS];
	struct vm vm;
	int started = 0;

	firmware_start(&fw);
	if (!vm_start(&vm, &config)) {
		fprintf(stderr, "igdpt-crosvm-like: %s\n", strerror(errno));
		vm_stop(&vm);
		return 3;
	}
	while (started < READERS && pthread_create(&threads[started], NULL, reader, v) == 0)
		started++;
	if (vm_run(&vm, &v->igd.dev, firmware_finished, &fw, vm_now_ms() + TIMEOUT_MS) == VM_DONE)
		judge(v, &vm);
	else
		link_line(v, false, "firmware", "it did not come to its end");
	atomic_store(&v->stop, true);
	while (started)
		pthread_join(threads[--started], NULL);
	vm_stop(&vm);
	printf(v->broken ? "The chain is broken.\n" : "The chain holds: the VMM placed everything.\n");
	return v->broken ? 2 : 0;
}

static int usage(FILE *out, int status)
{
	fputs("usage: igdpt-crosvm-like [--device ID] [--ggc VALUE] [--vbt-bytes N] [--memory MIB]\n"
	      "                         [--trap] [--qemu PROGRAM]\n\n"
	      "A VMM that places OpRegion and stolen memory itself, on a stock QEMU. With --trap it\n"
	      "answers for the OpRegion as MMIO. Exit status: 0 the chain holds, 2 broken, 3 could not\n"
	      "run.\n", out);
	return status;
}

int main(int argc, char **argv)
{
	static struct vmm v;
	struct igd_host host = { .device_id = 0x0412, .class_code = 0x0300, .ggc = 0x0211,
		.asls = 0xdeddd018, .bdsm = 0xd5d00001, .f0 = 0xd8d71000 };
	struct host_source source = { 0 };
	struct igdpt_platform platform = { .size = sizeof(platform) };
	const char *qemu = NULL;
	uint64_t memory = 1024;

	for (int i = 1; i < argc; i++) {
		const char *value = argv[i + 1];

		if (strcmp(argv[i], "--help") == 0)
			return usage(stdout, 0);
		if (strcmp(argv[i], "--trap") == 0)
			v.trap = true;
		else if (!value)
			return usage(stderr, 3);
		else if (strcmp(argv[i], "--device") == 0)
			host.device_id = (uint32_t)strtoul(argv[++i], NULL, 16);
		else if (strcmp(argv[i], "--ggc") == 0)
			host.ggc = (uint32_t)strtoul(argv[++i], NULL, 16);
		else if (strcmp(argv[i], "--vbt-bytes") == 0)
			source.vbt_bytes = (uint32_t)strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--memory") == 0)
			memory = strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--qemu") == 0)
			qemu = argv[++i];
		else
			return usage(stderr, 3);
	}
	if (memory < 64 || memory > 2048 || igdpt_platform_find(host.device_id, &platform) < 0)
		return usage(stderr, 3);
	source.platform = platform.name;
	source.address = host.asls;
	pthread_rwlock_init(&v.lock, NULL);
	if (host_tables(&v.tables, &source, 0) < 0 ||
		make_plan(&v, &platform, &host, memory * MIB) < 0 || make_device(&v, &host) < 0)
		return 3;
	show_plan(&v);
	return run(&v, qemu, memory * MIB);
}
