/* SPDX-License-Identifier: MIT
 *
 * A guest's accesses to config space and BARs, with resets, saves and restores, under any policies
 * on any platform. Two hosts that differ in nothing but the addresses of their OpRegion and stolen
 * memory are played the same accesses: the guest must see the same. Each also keeps to simpler
 * laws: an access is what its bytes are, save and restore are the identity, a failed restore
 * changes nothing.
 */
#include "fuzz.h"

#include "pcicfg-priv.h"

#define MIB (UINT64_C(1) << 20)
#define STATE_ROOM 64u
#define STEPS 200u

struct host {
	uint8_t config[PCI_CONFIG_BYTES];
	struct igdpt_mmio_opts mmio;
	uint8_t index[4]; /* hardware's index port of BAR4, which no reset of the library changes */
	struct igdpt_pcicfg *cfg;
	struct igdpt_pcicfg memory;
};

struct world {
	struct igdpt_platform platform;
	bool known;
	struct igdpt_pcicfg_opts opts;
	struct host hosts[2];
};

/* ---- Two hosts ------------------------------------------------------------------------------ */

static bool wide(const struct world *w)
{
	return w->platform.bdsm == IGDPT_BDSM_CFG_C0;
}

/* Put the addresses in; `apart` moves the second host's away from the first's. */
static void put_addresses(const struct world *w, struct host *h, struct fuzz_reader *in,
	bool apart)
{
	bool low_bits = w->opts.flags & IGDPT_PCICFG_KEEP_LOW_BITS;
	uint32_t asls = (uint32_t)fuzz_number(in, 4);
	uint64_t bdsm = 0x40000000 + (fuzz_number(in, 2) % 1024 << 20) + fuzz_number(in, 2) % 4;
	uint64_t inside = fuzz_number(in, 2) << 16, reserved = fuzz_number(in, 2) << 16;
	uint64_t move = fuzz_number(in, 2) % 1024 * MIB;
	bool mine = apart && w->opts.bdsm_policy != IGDPT_REG_HOST;

	if (wide(w))
		bdsm += (fuzz_number(in, 1) & 0x7f) << 32;
	if (apart && w->opts.asls_policy != IGDPT_REG_HOST)
		asls ^= low_bits ? 0xdeadb000 : 0xdeadbeef;
	if (mine)
		bdsm += move;
	h->mmio.host_reserved = (bdsm & ~(MIB - 1)) + reserved;
	h->mmio.host_rc6_ctx = h->mmio.host_reserved;
	h->mmio.host_doorbell_ctx = (bdsm & ~(MIB - 1)) + inside;
	put_le32(h->config + IGDPT_CFG_ASLS, asls);
	if (mine && !low_bits)
		bdsm ^= 0xabcd;
	if (wide(w) || w->platform.bdsm == IGDPT_BDSM_NONE)
		put_le64(h->config + IGDPT_CFG_BDSM64, bdsm);
	if (!wide(w))
		put_le32(h->config + IGDPT_CFG_BDSM, (uint32_t)bdsm);
	/* Gen 11 and 12.0 have an address here, and so may what is not known. */
	if ((wide(w) || !w->known) && w->opts.f0_policy != IGDPT_REG_HOST)
		put_le64(h->config + IGDPT_CFG_F0, (bdsm & ~(MIB - 1)) + inside);
}

static void take_policies(struct fuzz_reader *in, struct igdpt_pcicfg_opts *o)
{
	*o = (struct igdpt_pcicfg_opts){ .size = sizeof(*o), .flags = fuzz_below(in, 4),
		.asls_policy = fuzz_below(in, 8), .bdsm_policy = fuzz_below(in, 8),
		.f0_policy = (uint32_t[]){ 0, 1, 5, 6, 3 }[fuzz_below(in, 5)],
		.gms_policy = fuzz_below(in, 4), .swsci = fuzz_below(in, 3),
		.bridge = fuzz_below(in, 3) };
	o->asls = fuzz_number(in, 4);
	o->bdsm = fuzz_number(in, 3) << 20;
	o->dsm_bytes = fuzz_number(in, 1) << 22;
}

static void take_mirrors(struct fuzz_reader *in, struct igdpt_mmio_opts *o)
{
	*o = (struct igdpt_mmio_opts){ .size = sizeof(*o), .flags = fuzz_below(in, 2),
		.stolen_reserved = fuzz_below(in, 4), .gsmbase = fuzz_below(in, 4),
		.anchors = fuzz_below(in, 4), .pcode = fuzz_below(in, 4) };
}

static bool make_host(struct world *w, struct host *h)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	int rc = igdpt_pcicfg_init_at(&h->memory, sizeof(h->memory), w->known ? &w->platform : NULL,
		h->config, sizeof(h->config), &w->opts, &h->cfg, &why);

	must(rc == 0 || (why.id && !h->cfg));
	if (rc == 0)
		rc = igdpt_mmio_setup(h->cfg, &h->mmio, &why);
	must(rc == 0 || why.id);
	return rc == 0;
}

static bool make_world(struct world *w, struct fuzz_reader *in)
{
	struct fuzz_reader again;
	bool made;

	w->platform = (struct igdpt_platform){ .size = sizeof(w->platform) };
	w->known = igdpt_platform_at((size_t)fuzz_number(in, 2) % 700, &w->platform) == 0;
	if (!w->known)
		w->platform = (struct igdpt_platform){ .size = sizeof(w->platform) };
	take_policies(in, &w->opts);
	take_mirrors(in, &w->hosts[0].mmio);
	for (size_t i = 0; i < 96; i++)
		w->hosts[0].config[i] = (uint8_t)fuzz_number(in, 1);
	put_le16(w->hosts[0].config, 0x8086);
	w->hosts[0].config[0x0b] = 3;
	put_le32(w->hosts[0].index, IGDPT_MMIO_DSMBASE);
	w->hosts[1] = w->hosts[0];
	again = *in;
	put_addresses(w, &w->hosts[0], in, false);
	put_addresses(w, &w->hosts[1], &again, true);
	/* The two agree on whether it can be done. */
	made = make_host(w, &w->hosts[0]);
	must(make_host(w, &w->hosts[1]) == made);
	return made;
}

/* ---- What hardware answers ------------------------------------------------------------------ */

static uint8_t noise(uint64_t at)
{
	return (uint8_t)(at * UINT64_C(0x9e3779b97f4a7c15) >> 56);
}

static uint64_t config_hw(const struct host *h, uint32_t offset, uint32_t width)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < width; i++)
		value |= (uint64_t)(offset + i < PCI_CONFIG_BYTES ? h->config[offset + i] :
			noise(offset + i)) << 8 * i;
	return value;
}

/* Bits of a BAR0 byte that belong to the host alone: a listed register that does not show them. */
static uint8_t secret_bits(const struct world *w, const struct host *h, uint32_t bar, uint64_t at)
{
	struct igdpt_mmio_trap trap = { .size = sizeof(trap) };

	for (uint32_t i = 0; igdpt_mmio_trap_at(h->cfg, i, &trap) == 0; i++) {
		if (trap.bar != bar || bar != 0 || at - trap.offset >= trap.width)
			continue;
		if (trap.policy == IGDPT_MMIO_HOST)
			return 0;
		/* Behind LMEMBAR the size below 1 MiB is shown, and no address. */
		if (trap.offset == IGDPT_MMIO_STOLEN_RESERVED && trap.policy == IGDPT_MMIO_TRANSLATE &&
			w->platform.bdsm == IGDPT_BDSM_NONE && at - trap.offset < 3)
			return at - trap.offset == 2 ? 0xf0 : 0;
		return 0xff;
	}
	return 0;
}

static uint8_t mmio_byte(const struct world *w, const struct host *h, uint32_t bar, uint64_t at)
{
	if (bar == 4 && at < 4)
		return h->index[at];
	/* Before gen 11 the data port is a window on BAR0. */
	if (bar == 4 && at < 8 && w->platform.gen < 1100 && !(h->index[0] & 1))
		return mmio_byte(w, h, 0, (get_le32(h->index) & ~3u) + at - 4);
	return h == &w->hosts[1] ? noise(at) ^ secret_bits(w, h, bar, at) : noise(at);
}

static uint64_t mmio_hw(const struct world *w, const struct host *h, uint32_t bar, uint64_t offset,
	uint32_t width)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < width && i < 8; i++)
		value |= (uint64_t)mmio_byte(w, h, bar, offset + i) << 8 * i;
	return value;
}

/* ---- Accesses ------------------------------------------------------------------------------- */

static uint64_t config_read(const struct host *h, uint32_t offset, uint32_t width)
{
	uint64_t hw = width <= 8 ? config_hw(h, offset, width) : 0, value = 0, wrong = 0;
	uint32_t bytes = igdpt_pcicfg_hw_bytes(h->cfg, offset, width);
	int rc = igdpt_pcicfg_read(h->cfg, offset, width, hw, &value);

	must(rc == (width >= 1 && width <= 8 && offset <= 4096 - width ? 0 : -IGDPT_E_RANGE));
	if (rc < 0)
		return bytes;
	must(width == 8 || value >> 8 * width == 0);
	/* What hw_bytes() does not ask for makes no difference. */
	for (uint32_t i = 0; i < width; i++)
		hw ^= bytes & 1u << i ? 0 : UINT64_C(0xff) << 8 * i;
	must(igdpt_pcicfg_read(h->cfg, offset, width, hw, &wrong) == 0 && wrong == value);
	for (uint32_t i = 0; i < width; i++) {
		uint64_t byte = 0;

		must(igdpt_pcicfg_read(h->cfg, offset + i, 1, config_hw(h, offset + i, 1), &byte) == 0);
		must(byte == (value >> 8 * i & 0xff));
	}
	return value;
}

static uint64_t mmio_read(const struct world *w, const struct host *h, uint32_t bar,
	uint64_t offset, uint32_t width)
{
	uint64_t value = 0;
	int rc = igdpt_mmio_read(h->cfg, bar, offset, width, mmio_hw(w, h, bar, offset, width), &value);

	must(rc == (width >= 1 && width <= 8 && offset <= UINT64_MAX - width ? 0 : -IGDPT_E_RANGE));
	must(rc < 0 || width == 8 || value >> 8 * width == 0);
	for (uint32_t i = 0; rc == 0 && i < width; i++) {
		uint64_t byte = 0;

		must(igdpt_mmio_read(h->cfg, bar, offset + i, 1, mmio_hw(w, h, bar, offset + i, 1),
			&byte) == 0);
		must(byte == (value >> 8 * i & 0xff));
	}
	return value;
}

static size_t save(const struct host *h, uint8_t state[STATE_ROOM])
{
	size_t len = STATE_ROOM;

	must(igdpt_pcicfg_save(h->cfg, state, &len) == 0);
	return len;
}

/* A write leaves what the writes of its bytes leave. */
static void config_write(struct host *h, uint32_t offset, uint32_t width, uint64_t value, int *rc,
	uint32_t *forward)
{
	uint8_t whole[STATE_ROOM], bytes[STATE_ROOM];
	struct igdpt_pcicfg copy = h->memory;
	size_t len;
	uint32_t one;

	*rc = igdpt_pcicfg_write(h->cfg, offset, width, value, forward);
	len = save(h, whole);
	if (*rc < 0) {
		must(*forward == 0 && memcmp(&copy, &h->memory, sizeof(copy)) == 0);
		return;
	}
	for (uint32_t i = 0; i < width; i++) {
		must(igdpt_pcicfg_write(&copy, offset + i, 1, value >> 8 * i & 0xff, &one) >= 0);
		must(one == (*forward >> i & 1));
	}
	must(igdpt_pcicfg_save(&copy, bytes, &(size_t){ STATE_ROOM }) == 0);
	must(memcmp(whole, bytes, len) == 0);
}

/* The identity, on a fresh handle with the same policies; nothing changes where it is refused. */
static void save_and_restore(struct world *w, struct host *h)
{
	struct host fresh = *h;
	uint8_t before[STATE_ROOM], after[STATE_ROOM];
	size_t len = save(h, before);

	must(make_host(w, &fresh));
	must(igdpt_pcicfg_restore(fresh.cfg, before, len - 1, NULL) < 0);
	must(igdpt_pcicfg_restore(fresh.cfg, before, len, NULL) == 0);
	must(save(&fresh, after) == len && memcmp(before, after, len) == 0);
	for (uint32_t at = 0; at < PCI_CONFIG_BYTES; at += 8)
		must(config_read(h, at, 8) == config_read(&fresh, at, 8));
}

/* A state that may say anything but passes for one of this handle. */
static void restore_any(struct host *h, const uint8_t *bytes, size_t n)
{
	uint8_t state[STATE_ROOM], before[STATE_ROOM], after[STATE_ROOM];
	size_t len = save(h, state);

	memcpy(before, state, len);
	for (size_t i = 0; i < n && i < len - 16; i++)
		state[16 + i] ^= bytes[i];
	must(igdpt_pcicfg_restore(h->cfg, state, len, NULL) == 0);
	save(h, state);
	must(igdpt_pcicfg_restore(h->cfg, state, len, NULL) == 0);
	save(h, after);
	must(memcmp(state, after, len) == 0);
	state[12] ^= 1; /* the fingerprint */
	must(igdpt_pcicfg_restore(h->cfg, state, len, NULL) == -IGDPT_E_INVALID);
	save(h, before);
	must(memcmp(before, after, len) == 0);
}

static void same_state(struct world *w)
{
	struct igdpt_pcicfg_state a = { .size = sizeof(a) }, b = { .size = sizeof(b) };
	uint8_t x[STATE_ROOM], y[STATE_ROOM];
	size_t len = save(&w->hosts[0], x);

	must(save(&w->hosts[1], y) == len && memcmp(x, y, len) == 0);
	must(igdpt_pcicfg_get_state(w->hosts[0].cfg, &a) == 0);
	must(igdpt_pcicfg_get_state(w->hosts[1].cfg, &b) == 0);
	must(memcmp(&a, &b, sizeof(a)) == 0);
}

/* ---- The play ------------------------------------------------------------------------------- */

static uint32_t take_offset(struct fuzz_reader *in)
{
	static const uint32_t near[] = { IGDPT_CFG_GGC, IGDPT_CFG_BDSM, IGDPT_CFG_BDSM64,
		IGDPT_CFG_SWSCI_ATOM, IGDPT_CFG_SWSCI, IGDPT_CFG_F0, IGDPT_CFG_ASLS };
	uint32_t kind = fuzz_below(in, 10);

	if (kind < COUNT(near))
		return near[kind] - 8 + fuzz_below(in, 16);
	return (uint32_t)fuzz_number(in, 2) & 0x1fff;
}

static uint64_t take_bar_offset(struct fuzz_reader *in)
{
	static const uint32_t near[] = { 8, IGDPT_MMIO_RC6_CTX, IGDPT_MMIO_DOORBELL_CTX,
		IGDPT_MMIO_GGC, IGDPT_MMIO_DSMBASE, IGDPT_MMIO_GSMBASE, IGDPT_MMIO_STOLEN_RESERVED,
		IGDPT_MMIO_PCODE_STOLEN, IGDPT_MMIO_TOLUD, IGDPT_MMIO_TOUUD };
	uint32_t kind = fuzz_below(in, COUNT(near) + 1);

	if (kind < COUNT(near))
		return near[kind] - UINT64_C(8) + fuzz_below(in, 20);
	return fuzz_number(in, 8);
}

static void play_config(struct world *w, struct fuzz_reader *in, bool write)
{
	uint32_t offset = take_offset(in), width = fuzz_below(in, 10), forward[2];
	uint64_t value = write ? fuzz_number(in, 8) : 0;
	int rc[2];

	if (!write) {
		must(config_read(&w->hosts[0], offset, width) == config_read(&w->hosts[1], offset, width));
		return;
	}
	for (uint32_t i = 0; i < 2; i++)
		config_write(&w->hosts[i], offset, width, value, &rc[i], &forward[i]);
	must(rc[0] == rc[1] && forward[0] == forward[1]);
}

static void mmio_write(struct host *h, uint32_t bar, uint64_t offset, uint32_t width, uint64_t value)
{
	uint32_t forward;
	uint64_t hw;

	must(igdpt_mmio_write(h->cfg, bar, offset, width, value, &hw, &forward) <= IGDPT_EVENT_IGNORED);
	for (uint32_t i = 0; i < width && bar == 4 && offset + i < 4; i++) {
		if (forward >> i & 1)
			h->index[offset + i] = (uint8_t)(hw >> 8 * i);
	}
}

static void play_mmio(struct world *w, struct fuzz_reader *in, bool write)
{
	uint32_t bar = (uint32_t[]){ 0, 4, 0, 2 }[fuzz_below(in, 4)], width = fuzz_below(in, 10);
	uint64_t offset = take_bar_offset(in), value = write ? fuzz_number(in, 8) : 0;

	if (!write) {
		must(mmio_read(w, &w->hosts[0], bar, offset, width) ==
			mmio_read(w, &w->hosts[1], bar, offset, width));
		return;
	}
	/* What hardware gets may differ: GTT entries are translated for each host. */
	for (uint32_t i = 0; i < 2; i++)
		mmio_write(&w->hosts[i], bar, offset, width, value);
}

static void play_state(struct world *w, struct fuzz_reader *in)
{
	size_t n;
	const uint8_t *bytes;

	switch (fuzz_below(in, 4)) {
	case 0:
		igdpt_pcicfg_reset(w->hosts[0].cfg);
		igdpt_pcicfg_reset(w->hosts[1].cfg);
		break;
	case 1:
		bytes = fuzz_rest(in, 24, &n);
		restore_any(&w->hosts[0], bytes, n);
		restore_any(&w->hosts[1], bytes, n);
		break;
	default:
		save_and_restore(w, &w->hosts[0]);
		break;
	}
	same_state(w);
}

/* Presets that no register can hold, and a mirror that hardware does not tell. */
static void refuse_presets(const struct host *h)
{
	struct igdpt_platform p = { .size = sizeof(p) };
	struct igdpt_pcicfg_opts o = { .size = sizeof(o), .asls_policy = IGDPT_REG_PRESET_RO,
		.asls = UINT64_C(1) << 32 };
	struct igdpt_mmio_opts m = { .size = sizeof(m), .flags = 4 };
	uint8_t config[PCI_CONFIG_BYTES] = { 0x86, 0x80, [0x0b] = 3 };
	struct igdpt_pcicfg memory, *cfg;

	must(igdpt_pcicfg_sizeof() == sizeof(memory));
	put_le32(config + IGDPT_CFG_BDSM, 0x7b000000);
	put_le16(config + IGDPT_CFG_GGC, 0x0211);
	must(igdpt_platform_find(0x0412, &p) == 0);
	must(igdpt_pcicfg_init_at(&memory, sizeof(memory), &p, config, sizeof(config), &o, &cfg, NULL) ==
		-IGDPT_E_RANGE);
	o = (struct igdpt_pcicfg_opts){ .size = sizeof(o), .bdsm_policy = IGDPT_REG_PRESET_RO, .bdsm = 1 };
	must(igdpt_pcicfg_init_at(&memory, sizeof(memory), &p, config, sizeof(config), &o, &cfg, NULL) ==
		-IGDPT_E_ALIGN);
	must(igdpt_mmio_setup(h->cfg, &m, NULL) < 0);
}

/* What a check says of registers whose host value is not known, or that have no room. */
static void mirrors_judged(void)
{
	static const struct {
		uint64_t reserved, anchors;
		uint32_t finding;
	} rows[] = {
		{ 0, 0x7b100000, IGDPT_F_MMIO_RESERVED_UNKNOWN },
		{ 0x7b100000, 0, IGDPT_F_MMIO_ANCHOR_UNKNOWN },
		{ 0x7b000000, 0x7b100000, IGDPT_F_MMIO_RESERVED_NO_ROOM },
		{ 0x6b000000, 0x7b100000, IGDPT_F_MMIO_RESERVED_OUTSIDE },
	};
	struct igdpt_platform p = { .size = sizeof(p) };
	struct igdpt_pcicfg_opts o = { .size = sizeof(o), .bdsm_policy = IGDPT_REG_PRESET_RO,
		.bdsm = 0x60000000, .gms_policy = IGDPT_GMS_OVERRIDE, .dsm_bytes = 32 * MIB };
	uint8_t config[PCI_CONFIG_BYTES] = { 0x86, 0x80, [0x0b] = 3 };
	struct igdpt_pcicfg memory, *cfg;

	put_le64(config + IGDPT_CFG_BDSM64, 0x7b000000);
	put_le16(config + IGDPT_CFG_GGC, 0x02c1);
	must(igdpt_platform_find(0x9a49, &p) == 0);
	must(igdpt_pcicfg_init_at(&memory, sizeof(memory), &p, config, sizeof(config), &o, &cfg, NULL) == 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct igdpt_mmio_opts m = { .size = sizeof(m), .host_reserved = rows[i].reserved,
			.host_rc6_ctx = rows[i].anchors, .host_doorbell_ctx = rows[i].anchors };
		struct fuzz_findings seen = { .limit = UINT32_MAX, .wanted = rows[i].finding };

		must(igdpt_mmio_setup(cfg, &m, NULL) == 0);
		must(igdpt_mmio_check(cfg, fuzz_note, &seen) == seen.errors && seen.found);
	}
}

/* Bytes that are no saved state, and arguments that are none. */
static void refuse(struct host *h)
{
	struct igdpt_pcicfg_state small = { .size = 3 };
	uint8_t state[STATE_ROOM];
	struct igdpt_pcicfg *cfg;
	size_t len = save(h, state);

	must(igdpt_pcicfg_get_state(h->cfg, &small) == -IGDPT_E_ABI_SIZE);
	must(igdpt_pcicfg_save(h->cfg, NULL, &(size_t){ 0 }) == -IGDPT_E_NOSPACE);
	must(igdpt_pcicfg_restore(h->cfg, NULL, len, NULL) == -IGDPT_E_INVALID);
	state[8] ^= 1; /* the version */
	must(igdpt_pcicfg_restore(h->cfg, state, len, NULL) == -IGDPT_E_VERSION);
	state[0] ^= 1; /* the magic */
	must(igdpt_pcicfg_restore(h->cfg, state, len, NULL) == -IGDPT_E_MAGIC);
	must(igdpt_pcicfg_init_at(NULL, 0, NULL, NULL, 0, NULL, &cfg, NULL) == -IGDPT_E_INVALID);
	must(igdpt_pcicfg_init_at(&h->memory, 1, NULL, h->config, 256, NULL, &cfg, NULL) ==
		-IGDPT_E_NOSPACE);
	must(igdpt_pcicfg_new(NULL, h->config, 255, NULL, &cfg, NULL) == -IGDPT_E_TRUNCATED);
	must(igdpt_pcicfg_new(NULL, h->config, 256, NULL, &cfg, NULL) == 0);
	igdpt_pcicfg_free(cfg);
	refuse_presets(h);
	h->config[0x0b] = 4;
	must(igdpt_pcicfg_new(NULL, h->config, 256, NULL, &cfg, NULL) == -IGDPT_E_UNSUPPORTED);
	h->config[0] = 0;
	must(igdpt_pcicfg_new(NULL, h->config, 256, NULL, &cfg, NULL) == -IGDPT_E_UNSUPPORTED);
}

static void judge(const struct host *h)
{
	struct fuzz_findings a = { .limit = UINT32_MAX }, b = a;
	int errors = igdpt_pcicfg_check(h->cfg, fuzz_note, &a);

	must(a.errors == errors);
	errors = igdpt_mmio_check(h->cfg, fuzz_note, &b);
	must(b.errors == errors);
}

void fuzz_one(const uint8_t *data, size_t len)
{
	static struct world w;
	struct fuzz_reader in = { data, len };

	memset(&w, 0, sizeof(w));
	if (!make_world(&w, &in))
		return;
	for (uint32_t i = 0; i < STEPS && in.len; i++) {
		uint32_t kind = fuzz_below(&in, 9);

		if (kind < 4)
			play_config(&w, &in, kind & 1);
		else if (kind < 8)
			play_mmio(&w, &in, kind & 1);
		else
			play_state(&w, &in);
	}
	same_state(&w);
	save_and_restore(&w, &w.hosts[1]);
	/* Every byte, and over time at every alignment. */
	for (uint32_t at = len % 4; at < PCI_CONFIG_BYTES; at += 4)
		must(config_read(&w.hosts[0], at, 4) == config_read(&w.hosts[1], at, 4));
	judge(&w.hosts[0]);
	judge(&w.hosts[1]);
	refuse(&w.hosts[0]);
	mirrors_judged();
}
