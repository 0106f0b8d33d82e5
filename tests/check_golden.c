/* SPDX-License-Identifier: MIT
 *
 * Runs tests/golden.txt, as bindings/python and bindings/rust do.
 */
#include "support.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "igdpt/igdpt.h"

enum { MAX_WORDS = 64, MAX_TEXT = 4096, MAX_BYTES = 1 << 17 };

/* One line: its words, and the answer that grows. */
struct golden {
	char *words[MAX_WORDS];
	unsigned count;
	char text[MAX_TEXT];
	size_t used;
	struct igdpt_finding why;
};

__attribute__((format(printf, 2, 3)))
static void say(struct golden *g, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(g->text + g->used, MAX_TEXT - g->used, format, args);
	va_end(args);
	require(n >= 0 && (size_t)n < MAX_TEXT - g->used, "answer too long");
	g->used += (size_t)n;
}

static void say_number(struct golden *g, uint64_t value)
{
	say(g, "%s0x%llx", g->used ? " " : "", (unsigned long long)value);
}

/* A word as a number; 0 behind the last. */
static uint64_t number(const struct golden *g, unsigned index)
{
	return index < g->count ? strtoull(g->words[index], NULL, 0) : 0;
}

static bool failed(struct golden *g, int result)
{
	if (result >= 0)
		return false;
	say(g, "%serror %d", g->used ? " " : "", -result);
	if (g->why.id && g->why.offset == IGDPT_NO_OFFSET)
		say(g, " finding %u value 0x%llx", g->why.id, (unsigned long long)g->why.value);
	else if (g->why.id)
		say(g, " finding %u offset 0x%llx value 0x%llx", g->why.id,
			(unsigned long long)g->why.offset, (unsigned long long)g->why.value);
	return true;
}

/* Length and FNV-1a hash stand for bytes. */
static void say_bytes(struct golden *g, const uint8_t *data, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ data[i]) * UINT64_C(0x100000001b3);
	say_number(g, len);
	say_number(g, hash);
}

static void platform(struct golden *g)
{
	struct igdpt_platform p = { .size = sizeof(p) };
	bool by_id = g->words[1][0] == '0';

	if (failed(g, by_id ? igdpt_platform_find((uint32_t)number(g, 1), &p) :
			      igdpt_platform_by_name(g->words[1], &p)))
		return;
	say(g, "%s", p.name);
	say_number(g, p.gen);
	say_number(g, p.codec);
	say_number(g, p.bdsm);
	say_number(g, p.flags);
	say_number(g, p.audio_devfn);
}

static void decode(struct golden *g)
{
	struct igdpt_stolen s = { .size = sizeof(s) };

	if (failed(g, igdpt_stolen_decode((uint32_t)number(g, 1), (uint32_t)number(g, 2),
			(uint32_t)number(g, 3), &s, &g->why)))
		return;
	say_number(g, s.gms);
	say_number(g, s.ggms);
	say_number(g, s.flags);
	say_number(g, s.dsm_bytes);
	say_number(g, s.gsm_bytes);
}

static void encode(struct golden *g)
{
	uint32_t ggc = 0;

	if (!failed(g, igdpt_stolen_encode((uint32_t)number(g, 1), (uint32_t)number(g, 2),
			number(g, 3), &ggc, &g->why)))
		say_number(g, ggc);
}

/* Three words: PLATFORM|- BDB BYTES */
static int make_vbt(struct golden *g, unsigned word, uint8_t *room, size_t *len)
{
	struct igdpt_vbt_build_opts opts = { .size = sizeof(opts) };

	opts.platform = strcmp(g->words[word], "-") ? g->words[word] : NULL;
	opts.bdb_version = (uint32_t)number(g, word + 1);
	opts.bytes = (uint32_t)number(g, word + 2);
	*len = MAX_BYTES;
	return igdpt_vbt_build(&opts, room, len, &g->why);
}

static void vbt_build(struct golden *g)
{
	static uint8_t room[MAX_BYTES];
	size_t len;

	if (!failed(g, make_vbt(g, 1, room, &len)))
		say_bytes(g, room, len);
}

/* A word cuts the table; each further OFFSET:BYTE changes a byte of it. */
static size_t cut_and_change(const struct golden *g, unsigned word, uint8_t *room, size_t len)
{
	size_t cut = (size_t)number(g, word++);

	for (; word < g->count; word++) {
		char *end;
		size_t offset = strtoul(g->words[word], &end, 0);

		require(offset < len && *end == ':', "bad change %s", g->words[word]);
		room[offset] = (uint8_t)strtoul(end + 1, NULL, 0);
	}
	return cut < len ? cut : len;
}

static void vbt_init(struct golden *g)
{
	static uint8_t room[MAX_BYTES];
	struct igdpt_vbt vbt;
	uint8_t *copy;
	size_t len;

	if (failed(g, make_vbt(g, 1, room, &len)))
		return;
	len = cut_and_change(g, 4, room, len);
	copy = exact_copy(room, len);
	if (!failed(g, igdpt_vbt_init(&vbt, copy, len, &g->why))) {
		say_number(g, vbt.len);
		say_number(g, vbt.bdb_offset);
		say_number(g, vbt.bdb_size);
		say_number(g, vbt.bdb_version);
	}
	free(copy);
}

static void say_finding(void *user, const struct igdpt_finding *finding)
{
	say(user, "%s%u", ((struct golden *)user)->used ? " " : "", finding->id);
}

/* VERSION MBOXES and a VBT's three words */
static int make_opregion(struct golden *g, uint8_t *room, size_t *len)
{
	static uint8_t vbt[MAX_BYTES];
	struct igdpt_opregion_build_opts opts = { .size = sizeof(opts), .address = 0x7ffe0000 };
	size_t vbt_len;
	int result = make_vbt(g, 3, vbt, &vbt_len);

	opts.version = (uint32_t)number(g, 1);
	opts.mboxes = (uint32_t)number(g, 2);
	*len = MAX_BYTES;
	return result < 0 ? result :
			    igdpt_opregion_build(&opts, vbt, vbt_len, room, len, &g->why);
}

static void opregion_build(struct golden *g)
{
	static uint8_t room[MAX_BYTES];
	size_t len;

	if (!failed(g, make_opregion(g, room, &len)))
		say_bytes(g, room, len);
}

static void say_normalised(struct golden *g, const struct igdpt_opregion *op)
{
	static uint8_t room[MAX_BYTES];
	size_t len = sizeof(room);

	if (!failed(g, igdpt_opregion_normalise(op, NULL, room, &len, &g->why)))
		say_bytes(g, room, len);
}

static void say_opregion(struct golden *g, const struct igdpt_opregion *op)
{
	struct igdpt_opregion_vbt vbt = { .size = sizeof(vbt) };
	uint64_t lid = 0;

	say_number(g, op->version);
	say_number(g, op->mboxes);
	ck_assert_int_eq(igdpt_opregion_get(op, IGDPT_OPF_CLID, 0, &lid), 0);
	say_number(g, lid);
	if (!failed(g, igdpt_opregion_find_vbt(op, &vbt, &g->why))) {
		say_number(g, vbt.source);
		say_number(g, vbt.offset);
		say_number(g, vbt.room);
		say_number(g, vbt.bytes);
	}
	igdpt_opregion_validate(op, say_finding, g);
	g->why.id = 0;
	say_normalised(g, op);
}

static void opregion(struct golden *g)
{
	static uint8_t room[MAX_BYTES];
	struct igdpt_opregion op;
	uint8_t *copy;
	size_t len;

	if (failed(g, make_opregion(g, room, &len)))
		return;
	len = cut_and_change(g, 6, room, len);
	copy = exact_copy(room, len);
	if (!failed(g, igdpt_opregion_init(&op, copy, len, &g->why)))
		say_opregion(g, &op);
	free(copy);
}

static void bdsm_size(struct golden *g)
{
	uint8_t room[8];
	size_t len = sizeof(room);

	if (!failed(g, igdpt_fwcfg_bdsm_size(number(g, 1), room, &len, &g->why)))
		say_bytes(g, room, len);
}

/* NAME:SIZE..., contents zero */
static size_t make_files(struct golden *g, struct igdpt_fwcfg_file *files)
{
	static const uint8_t zeros[MAX_BYTES];

	for (unsigned i = 1; i < g->count; i++) {
		char *colon = strchr(g->words[i], ':');

		*colon = '\0';
		files[i - 1] = (struct igdpt_fwcfg_file){ .name = g->words[i], .data = zeros,
			.bytes = strtoul(colon + 1, NULL, 0) };
	}
	return g->count - 1;
}

static void directory(struct golden *g)
{
	struct igdpt_fwcfg_file files[MAX_WORDS];
	size_t count = make_files(g, files);
	uint8_t room[MAX_TEXT];
	size_t len = sizeof(room);

	if (failed(g, igdpt_fwcfg_directory(files, count, 0, room, &len, &g->why)))
		return;
	say_bytes(g, room, len);
	for (size_t i = 0; i < count; i++)
		say(g, " %s %u", files[i].name, files[i].select);
}

static void fwcfg_check(struct golden *g)
{
	struct igdpt_fwcfg_file files[MAX_WORDS];

	failed(g, igdpt_fwcfg_check(files, make_files(g, files), say_finding, g));
}

static void put32(uint8_t *p, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

/* A host with marked addresses: GGC 0x02c1 and what must not leak. */
static void make_config(uint8_t *config, uint32_t device)
{
	memset(config, 0, 256);
	put32(config, device << 16 | 0x8086);
	put32(config + 8, 0x03000009);
	put32(config + 0x50, 0x02c1);
	put32(config + 0x5c, 0xa5d00001);
	put32(config + 0xc0, 0xa5d00001);
	put32(config + 0xe8, 0x8000);
	put32(config + 0xfc, 0xa5c1e018);
}

struct guest {
	struct igdpt_pcicfg *cfg;
	uint8_t config[256];
	uint8_t saved[256];
	size_t saved_len;
};

static void guest_reads(struct golden *g, const struct guest *guest, uint32_t at, uint32_t width)
{
	uint64_t hw = 0, value = 0;

	for (uint32_t i = 0; i < width && i < 8; i++)
		if (at + i < sizeof(guest->config))
			hw |= (uint64_t)guest->config[at + i] << 8 * i;
	if (!failed(g, igdpt_pcicfg_read(guest->cfg, at, width, hw, &value)))
		say_number(g, value);
}

static void guest_writes(struct golden *g, struct guest *guest, uint32_t at, uint32_t width,
	uint64_t value)
{
	uint32_t forward = 0;
	int events = igdpt_pcicfg_write(guest->cfg, at, width, value, &forward);

	if (failed(g, events))
		return;
	say_number(g, (uint64_t)events);
	say_number(g, forward);
}

static void guest_state(struct golden *g, const struct guest *guest)
{
	struct igdpt_pcicfg_state s = { .size = sizeof(s) };

	ck_assert_int_eq(igdpt_pcicfg_get_state(guest->cfg, &s), 0);
	say_number(g, s.asls);
	say_number(g, s.ggc);
	say_number(g, s.complete);
	say_number(g, s.bdsm);
	say_number(g, s.dsm_bytes);
	say_number(g, s.gsm_bytes);
}

static void guest_saves(struct golden *g, struct guest *guest)
{
	guest->saved_len = sizeof(guest->saved);
	if (!failed(g, igdpt_pcicfg_save(guest->cfg, guest->saved, &guest->saved_len)))
		say_bytes(g, guest->saved, guest->saved_len);
}

static void guest_reads_bar(struct golden *g, const struct guest *guest, uint32_t at, uint32_t width,
	uint64_t hw)
{
	uint64_t value = 0;

	if (!failed(g, igdpt_mmio_read(guest->cfg, 0, at, width, hw, &value)))
		say_number(g, value);
}

static void guest_writes_bar(struct golden *g, struct guest *guest, uint32_t at, uint32_t width,
	uint64_t value)
{
	uint64_t hw = 0;
	uint32_t forward = 0;
	int events = igdpt_mmio_write(guest->cfg, 0, at, width, value, &hw, &forward);

	if (failed(g, events))
		return;
	say_number(g, (uint64_t)events);
	say_number(g, hw);
	say_number(g, forward);
}

static void guest_acts(struct golden *g, struct guest *guest, const char *word)
{
	unsigned at = 0, width = 0;
	unsigned long long value = 0;

	if (sscanf(word, "w:%x:%u:%llx", &at, &width, &value) == 3)
		guest_writes(g, guest, at, width, value);
	else if (sscanf(word, "r:%x:%u", &at, &width) == 2)
		guest_reads(g, guest, at, width);
	else if (sscanf(word, "h:%x:%u", &at, &width) == 2)
		say_number(g, igdpt_pcicfg_hw_bytes(guest->cfg, at, width));
	else if (sscanf(word, "mr:%x:%u:%llx", &at, &width, &value) == 3)
		guest_reads_bar(g, guest, at, width, value);
	else if (sscanf(word, "mw:%x:%u:%llx", &at, &width, &value) == 3)
		guest_writes_bar(g, guest, at, width, value);
	else if (!strcmp(word, "setup"))
		failed(g, igdpt_mmio_setup(guest->cfg, NULL, &g->why));
	else if (!strcmp(word, "mcheck"))
		igdpt_mmio_check(guest->cfg, say_finding, g);
	else if (!strcmp(word, "reset"))
		igdpt_pcicfg_reset(guest->cfg);
	else if (!strcmp(word, "state"))
		guest_state(g, guest);
	else if (!strcmp(word, "save"))
		guest_saves(g, guest);
	else if (!strcmp(word, "restore"))
		failed(g, igdpt_pcicfg_restore(guest->cfg, guest->saved, guest->saved_len, &g->why));
	else if (!strcmp(word, "check"))
		igdpt_pcicfg_check(guest->cfg, say_finding, g);
	else
		ck_abort_msg("unknown step %s", word);
}

/* DEVICE FLAGS ASLS_POLICY BDSM_POLICY GMS_POLICY ASLS BDSM DSM_BYTES STEP... */
static void pcicfg(struct golden *g)
{
	struct igdpt_platform p = { .size = sizeof(p) };
	struct igdpt_pcicfg_opts opts = { .size = sizeof(opts) };
	struct guest guest = { .saved_len = 0 };
	int known = igdpt_platform_find((uint32_t)number(g, 1), &p);

	make_config(guest.config, (uint32_t)number(g, 1));
	opts.flags = (uint32_t)number(g, 2);
	opts.asls_policy = (uint32_t)number(g, 3);
	opts.bdsm_policy = (uint32_t)number(g, 4);
	opts.gms_policy = (uint32_t)number(g, 5);
	opts.asls = number(g, 6);
	opts.bdsm = number(g, 7);
	opts.dsm_bytes = number(g, 8);
	if (failed(g, igdpt_pcicfg_new(known == 0 ? &p : NULL, guest.config, sizeof(guest.config),
			&opts, &guest.cfg, &g->why)))
		return;
	for (unsigned i = 9; i < g->count; i++)
		guest_acts(g, &guest, g->words[i]);
	igdpt_pcicfg_free(guest.cfg);
}

static void say_plan(struct golden *g, const struct igdpt_plan_result *r)
{
	const uint64_t numbers[] = { r->flags, r->asls_policy, r->bdsm_policy, r->gms_policy, r->bridge,
		r->config_flags, r->asls, r->bdsm, r->dsm_bytes, r->gsm_bytes, r->rvda };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		say_number(g, numbers[i]);
	for (uint32_t i = 0; i < r->count; i++) {
		say_number(g, r->blocks[i].kind);
		say_number(g, r->blocks[i].flags);
		say_number(g, r->blocks[i].first);
		say_number(g, r->blocks[i].bytes);
		say_number(g, r->blocks[i].e820);
	}
}

static void say_e820(struct golden *g, const struct igdpt_plan_opts *opts,
	const struct igdpt_plan_result *r)
{
	struct igdpt_e820_entry map[32];
	size_t n = 32;

	if (failed(g, igdpt_plan_e820(opts, r, map, &n, &g->why)))
		return;
	for (size_t i = 0; i < n; i++) {
		say_number(g, map[i].first);
		say_number(g, map[i].bytes);
		say_number(g, map[i].type);
	}
}

/* From a word on: FIRST-LAST ranges. */
static size_t take_ranges(const struct golden *g, unsigned word, struct igdpt_range *ranges)
{
	size_t n = 0;

	for (; word < g->count; word++, n++) {
		char *end;

		ranges[n].first = strtoull(g->words[word], &end, 0);
		ranges[n].last = strtoull(end + 1, NULL, 0);
	}
	return n;
}

/* DEVICE MODE DSM_POLICY FIRMWARE GGC LOW_END HIGH_BYTES MMIO_FIRST MMIO_LAST HOST_BDSM TAKEN... */
static void plan(struct golden *g)
{
	struct igdpt_platform p = { .size = sizeof(p) };
	struct igdpt_range ranges[MAX_WORDS];
	struct igdpt_ranges taken;
	struct igdpt_plan_result r = { .size = sizeof(r) };
	struct igdpt_plan_opts opts = { .size = sizeof(opts), .opregion_bytes = 0x2000,
		.taken = &taken };
	int known = igdpt_platform_find((uint32_t)number(g, 1), &p);

	opts.platform = known == 0 ? &p : NULL;
	opts.mode = (uint32_t)number(g, 2);
	opts.dsm_policy = (uint32_t)number(g, 3);
	opts.firmware = (uint32_t)number(g, 4);
	opts.ggc = (uint32_t)number(g, 5);
	opts.low_end = number(g, 6);
	opts.high_bytes = number(g, 7);
	opts.mmio_first = number(g, 8);
	opts.mmio_last = number(g, 9);
	opts.host_bdsm = number(g, 10);
	ck_assert_int_eq(igdpt_ranges_build(&taken, ranges, take_ranges(g, 11, ranges), NULL, NULL,
		NULL), 0);
	if (failed(g, igdpt_plan_make(&opts, &r, &g->why)))
		return;
	say_plan(g, &r);
	say_e820(g, &opts, &r);
	igdpt_plan_check(&opts, &r, say_finding, g);
}

static void say_regions(struct golden *g, const struct igdpt_rmrr_region *regions, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		say_number(g, regions[i].first);
		say_number(g, regions[i].last);
		say_number(g, regions[i].type);
		say_number(g, regions[i].reason);
		say_number(g, regions[i].address);
		say_number(g, regions[i].state);
	}
}

/* One RMRR for each DEVFN@BASE-END from a word on. */
static size_t make_dmar(struct golden *g, unsigned word, uint8_t *room)
{
	static uint8_t paths[MAX_WORDS][2];
	struct igdpt_dmar_build_scope scopes[MAX_WORDS];
	struct igdpt_dmar_build_rmrr rmrrs[MAX_WORDS];
	struct igdpt_dmar_build_opts opts = { .size = sizeof(opts), .rmrrs = rmrrs };
	size_t len = MAX_BYTES;

	for (unsigned n = 0; word < g->count; word++, n++) {
		char *end;
		unsigned long devfn = strtoul(g->words[word], &end, 0);

		paths[n][0] = (uint8_t)(devfn >> 3);
		paths[n][1] = devfn & 7;
		scopes[n] = (struct igdpt_dmar_build_scope){ .type = IGDPT_DMAR_SCOPE_ENDPOINT,
			.path = paths[n], .path_count = 1 };
		rmrrs[n] = (struct igdpt_dmar_build_rmrr){ .scopes = &scopes[n], .scope_count = 1 };
		rmrrs[n].base = strtoull(end + 1, &end, 0);
		rmrrs[n].end = strtoull(end + 1, NULL, 0);
		opts.rmrr_count++;
	}
	ck_assert_int_eq(igdpt_dmar_build(&opts, room, &len, NULL), 0);
	return len;
}

static void say_layout(struct golden *g, const struct igdpt_rmrr_attach *attach,
	struct igdpt_rmrr_region *regions, size_t n)
{
	struct igdpt_range work[MAX_WORDS];
	struct igdpt_rmrr_region map[MAX_WORDS];
	struct igdpt_rmrr_resolve_opts opts = { .size = sizeof(opts), .work = work };
	struct igdpt_rmrr_layout layout = { .size = sizeof(layout) };
	size_t count = MAX_WORDS;

	opts.policy = (uint32_t)number(g, 3);
	opts.flags = (uint32_t)number(g, 4);
	opts.low_end = number(g, 5);
	opts.high_end = number(g, 6);
	opts.boundary = number(g, 7);
	if (failed(g, igdpt_rmrr_resolve(&opts, regions, n, &layout, map, &count, &g->why)))
		return;
	say_number(g, attach->blocked);
	say_number(g, attach->error);
	say_number(g, layout.low_end);
	say_number(g, layout.high_end);
	say_number(g, layout.conflicts);
	say_number(g, layout.moved);
	say_regions(g, regions, n);
	say_regions(g, map, count);
}

/* CLASS KERNEL POLICY FLAGS LOW_END HIGH_END BOUNDARY DEVFN@BASE-END... about 00:02.0 */
static void rmrr(struct golden *g)
{
	static uint8_t table[MAX_BYTES];
	struct igdpt_rmrr_device igd = { .address = 0x10, .class_code = (uint32_t)number(g, 1) };
	struct igdpt_rmrr_predict_opts opts = { .size = sizeof(opts), .devices = &igd,
		.device_count = 1 };
	struct igdpt_rmrr_attach attach = { .size = sizeof(attach) };
	struct igdpt_rmrr_region regions[MAX_WORDS];
	struct igdpt_dmar dmar;
	size_t n = MAX_WORDS;

	ck_assert_int_eq(igdpt_dmar_init(&dmar, table, make_dmar(g, 8, table), NULL), 0);
	ck_assert_int_eq(igdpt_rmrr_predict(&dmar, &opts, regions, &n, NULL), 0);
	if (failed(g, igdpt_rmrr_predict_attach(regions, n, (uint32_t)number(g, 2), &attach, &g->why)))
		return;
	say_layout(g, &attach, regions, n);
}

/* SOURCE WORD WORD...: a line of text for each three words */
static void rmrr_parse(struct golden *g)
{
	struct igdpt_rmrr_region regions[MAX_WORDS];
	char text[MAX_TEXT] = "";
	size_t n = MAX_WORDS;

	for (unsigned word = 2; word < g->count; word++) {
		strcat(text, g->words[word]);
		strcat(text, word % 3 == 1 ? "\n" : " ");
	}
	if (!failed(g, igdpt_rmrr_parse((uint32_t)number(g, 1), text, strlen(text), regions, &n,
			&g->why)))
		say_regions(g, regions, n);
}

/* DEVICE VERSION FLAGS MACHINE SLOT_1F CLASS GGC */
static void legacy(struct golden *g)
{
	struct igdpt_platform p = { .size = sizeof(p) };
	struct igdpt_legacy_opts opts = { .size = sizeof(opts) };
	int known = igdpt_platform_find((uint32_t)number(g, 1), &p), answer;

	opts.platform = known == 0 ? &p : NULL;
	opts.flags = (uint32_t)number(g, 3);
	opts.machine = (uint32_t)number(g, 4);
	opts.slot_1f = (uint32_t)number(g, 5);
	opts.class_code = (uint32_t)number(g, 6);
	opts.ggc = (uint32_t)number(g, 7);
	answer = igdpt_legacy_check(&opts, (uint32_t)number(g, 2), NULL, NULL);
	if (failed(g, answer))
		return;
	say_number(g, (uint64_t)answer);
	igdpt_legacy_check(&opts, (uint32_t)number(g, 2), say_finding, g);
}

static void bridges(struct golden *g)
{
	struct igdpt_bridge_reg r = { .size = sizeof(r) };

	for (uint32_t i = 0; igdpt_bridge_at((uint32_t)number(g, 1), i, &r) == 0; i++) {
		say_number(g, r.devfn);
		say_number(g, r.offset);
		say_number(g, r.width);
		say_number(g, r.source);
	}
}

static const struct {
	const char *name;
	void (*run)(struct golden *g);
} calls[] = {
	{ "platform", platform },
	{ "decode", decode },
	{ "encode", encode },
	{ "vbt-build", vbt_build },
	{ "vbt-init", vbt_init },
	{ "opregion-build", opregion_build },
	{ "opregion", opregion },
	{ "bdsm-size", bdsm_size },
	{ "directory", directory },
	{ "fwcfg-check", fwcfg_check },
	{ "pcicfg", pcicfg },
	{ "plan", plan },
	{ "rmrr", rmrr },
	{ "rmrr-parse", rmrr_parse },
	{ "legacy", legacy },
	{ "bridges", bridges },
};

static void run(struct golden *g)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (!strcmp(calls[i].name, g->words[0])) {
			calls[i].run(g);
			return;
		}
	ck_abort_msg("unknown call %s", g->words[0]);
}

/* Returns what the line expects, NULL if it holds no case. */
static const char *split(struct golden *g, char *line)
{
	char *want = strstr(line, " = ");

	*g = (struct golden){ .why = { .size = sizeof(g->why) } };
	if (line[0] == '#' || !want)
		return NULL;
	*want = '\0';
	for (char *word = strtok(line, " "); word; word = strtok(NULL, " ")) {
		require(g->count < MAX_WORDS, "too many words");
		g->words[g->count++] = word;
	}
	want[3 + strcspn(want + 3, "\n")] = '\0';
	return want + 3;
}

START_TEST(every_golden_case_has_its_answer)
{
	static struct golden g;
	char path[4096], line[MAX_TEXT];
	unsigned number_of_line = 0, cases = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/golden.txt", getenv("IGDPT_SRCDIR"));
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file)) {
		const char *want = split(&g, line);

		number_of_line++;
		if (!want)
			continue;
		run(&g);
		require(!strcmp(g.text, want), "line %u: %s", number_of_line, g.text);
		cases++;
	}
	fclose(file);
	ck_assert_uint_ge(cases, 80);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("golden");
	TCase *tc = tcase_create("golden");

	tcase_add_test(tc, every_golden_case_has_its_answer);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
