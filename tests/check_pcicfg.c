/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <stdbool.h>

#include "igdpt/pcicfg.h"
#include "igdpt/stolen.h"

#define MIB (UINT64_C(1) << 20)

/* Host addresses with a mark that nothing else here has. */
#define HOST_ASLS 0xa5c1e018u
#define HOST_BDSM 0xa5d00000u
#define HOST_F0 (HOST_BDSM + 62 * MIB + 0x87)

struct host {
	uint8_t config[256];
	struct igdpt_platform platform;
};

static void put(uint8_t *p, uint64_t v, unsigned n)
{
	while (n--) {
		*p++ = (uint8_t)v;
		v >>= 8;
	}
}

/* Stolen memory of 64 MiB with its host base at 0x5C, or at 0xC0 from gen 11 on. */
static struct host make_host(uint32_t device_id)
{
	struct host h = { .platform = { .size = sizeof(h.platform) } };
	uint32_t ggc;

	ck_assert_int_eq(igdpt_platform_find(device_id, &h.platform), 0);
	ggc = h.platform.codec == IGDPT_CODEC_GEN6 || h.platform.codec == IGDPT_CODEC_CHV ? 0x0211 :
		0x02c1;
	put(h.config, 0x8086, 2);
	put(h.config + 2, device_id, 2);
	put(h.config + 8, 0x03000009, 4);
	put(h.config + 0x50, ggc, 2);
	put(h.config + (h.platform.bdsm == IGDPT_BDSM_CFG_C0 ? 0xc0 : 0x5c), HOST_BDSM | 1, 4);
	put(h.config + 0xe8, 0x8000, 2);
	put(h.config + 0xf0, h.platform.bdsm == IGDPT_BDSM_CFG_C0 ? HOST_F0 : 0, 8);
	put(h.config + 0xfc, HOST_ASLS, 4);
	return h;
}

static struct igdpt_pcicfg *make(const struct host *h, const struct igdpt_pcicfg_opts *opts)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_pcicfg *cfg = NULL;
	int rc = igdpt_pcicfg_new(&h->platform, h->config, sizeof(h->config), opts, &cfg, &why);

	ck_assert_msg(rc == 0, "%d finding %u value %#llx", rc, why.id, (unsigned long long)why.value);
	return cfg;
}

static uint64_t hardware(const struct host *h, uint32_t offset, uint32_t width)
{
	uint64_t v = 0;

	for (uint32_t i = 0; i < width; i++) {
		uint8_t byte = offset + i < 256 ? h->config[offset + i] : (uint8_t)(offset + i);

		v |= (uint64_t)byte << 8 * i;
	}
	return v;
}

static uint64_t rd(const struct igdpt_pcicfg *cfg, const struct host *h, uint32_t offset,
	uint32_t width)
{
	uint64_t v = 0;

	require(igdpt_pcicfg_read(cfg, offset, width, hardware(h, offset, width), &v) == 0,
		"%u bytes at %#x", width, offset);
	return v;
}

static int wr(struct igdpt_pcicfg *cfg, uint32_t offset, uint32_t width, uint64_t value)
{
	uint32_t forward = 0;
	int events = igdpt_pcicfg_write(cfg, offset, width, value, &forward);

	require(events >= 0, "%u bytes at %#x", width, offset);
	return events;
}

static struct igdpt_pcicfg_state state_of(const struct igdpt_pcicfg *cfg)
{
	struct igdpt_pcicfg_state s = { .size = sizeof(s) };

	ck_assert_int_eq(igdpt_pcicfg_get_state(cfg, &s), 0);
	return s;
}

START_TEST(registers_read_zero_until_firmware_writes_them)
{
	struct host h = make_host(0x0412);
	struct igdpt_pcicfg *cfg = make(&h, NULL);

	ck_assert_uint_eq(rd(cfg, &h, 0xfc, 4), 0);
	ck_assert_uint_eq(rd(cfg, &h, 0x5c, 4), 0);
	ck_assert_uint_eq(rd(cfg, &h, 0x50, 2), 0x0211);
	ck_assert_uint_eq(rd(cfg, &h, 0x00, 4), 0x04128086);
	ck_assert_int_eq(wr(cfg, 0xfc, 4, 0x3fffe000), IGDPT_EVENT_ASLS);
	ck_assert_int_eq(wr(cfg, 0x5c, 4, 0x3af00000), IGDPT_EVENT_BDSM);
	ck_assert_uint_eq(rd(cfg, &h, 0xfc, 4), 0x3fffe000);
	ck_assert_uint_eq(rd(cfg, &h, 0x5c, 4), 0x3af00000);
	ck_assert_uint_eq(state_of(cfg).asls, 0x3fffe000);
	ck_assert_uint_eq(state_of(cfg).bdsm, 0x3af00000);
	ck_assert_uint_eq(state_of(cfg).dsm_bytes, 64 * MIB);
	ck_assert_uint_eq(state_of(cfg).gsm_bytes, 2 * MIB);
	igdpt_pcicfg_free(cfg);
}
END_TEST

START_TEST(bdsm_keeps_whole_mebibytes_only)
{
	struct host h = make_host(0x1912);
	struct igdpt_pcicfg *cfg = make(&h, NULL);

	wr(cfg, 0x5c, 4, 0x3affffff);
	ck_assert_uint_eq(rd(cfg, &h, 0x5c, 4), 0x3af00000);
	igdpt_pcicfg_free(cfg);
}
END_TEST

/* SeaBIOS writes 0x5C on every generation; i915 reads 0xC0 from gen 11 on. */
START_TEST(gen11_bridge_carries_0x5c_over_to_0xc0)
{
	struct host h = make_host(0x9a49);
	struct igdpt_pcicfg_opts off = { .size = sizeof(off), .bridge = IGDPT_BRIDGE_OFF };
	struct igdpt_pcicfg *cfg = make(&h, NULL);

	ck_assert_int_eq(wr(cfg, 0x5c, 4, 0x3af00000), IGDPT_EVENT_BDSM | IGDPT_EVENT_BRIDGED);
	ck_assert_uint_eq(rd(cfg, &h, 0xc0, 8), 0x3af00000);
	ck_assert_uint_eq(rd(cfg, &h, 0x5c, 4), 0);
	ck_assert_int_eq(wr(cfg, 0xc0, 8, UINT64_C(0x13af00000)), IGDPT_EVENT_BDSM);
	ck_assert_uint_eq(rd(cfg, &h, 0xc0, 8), UINT64_C(0x13af00000));
	/* Two words mean the same as one dword. */
	igdpt_pcicfg_reset(cfg);
	ck_assert_int_eq(wr(cfg, 0x5c, 2, 0x0000), 0);
	ck_assert_int_eq(wr(cfg, 0x5e, 2, 0x3af0), IGDPT_EVENT_BDSM | IGDPT_EVENT_BRIDGED);
	ck_assert_uint_eq(rd(cfg, &h, 0xc0, 8), 0x3af00000);
	igdpt_pcicfg_free(cfg);

	cfg = make(&h, &off);
	ck_assert_int_eq(wr(cfg, 0x5c, 4, 0x3af00000), IGDPT_EVENT_IGNORED);
	ck_assert_uint_eq(rd(cfg, &h, 0xc0, 8), 0);
	igdpt_pcicfg_free(cfg);
}
END_TEST

/* 0xF0 of a real Alder Lake-P lies 62 MiB into its 64 MiB of stolen memory. */
START_TEST(the_address_at_0xf0_moves_with_stolen_memory)
{
	struct host h = make_host(0x46a6);
	struct igdpt_pcicfg_opts smaller = { .size = sizeof(smaller),
		.gms_policy = IGDPT_GMS_OVERRIDE, .dsm_bytes = 32 * MIB };
	struct igdpt_pcicfg *cfg = make(&h, NULL);

	ck_assert_uint_eq(rd(cfg, &h, 0xf0, 8), 0);
	wr(cfg, 0xc0, 8, 0x30000000);
	ck_assert_uint_eq(rd(cfg, &h, 0xf0, 8), 0x30000000 + 62 * MIB + 0x87);
	ck_assert_int_eq(wr(cfg, 0xf0, 4, 0), IGDPT_EVENT_IGNORED);
	ck_assert_uint_eq(rd(cfg, &h, 0xf0, 8), 0x30000000 + 62 * MIB + 0x87);
	igdpt_pcicfg_free(cfg);

	cfg = make(&h, &smaller);
	wr(cfg, 0xc0, 8, 0x30000000);
	ck_assert_uint_eq(rd(cfg, &h, 0xf0, 8), 0x30000000 + 30 * MIB + 0x87);
	igdpt_pcicfg_free(cfg);
}
END_TEST

START_TEST(gms_is_kept_zeroed_or_replaced_and_ggms_never)
{
	static const struct {
		uint32_t id, policy;
		uint64_t mib;
		uint32_t want;
	} rows[] = {
		{ 0x0102, IGDPT_GMS_KEEP, 0, 0x0211 },     { 0x0102, IGDPT_GMS_ZERO, 0, 0x0201 },
		{ 0x0102, IGDPT_GMS_OVERRIDE, 512, 0x0281 }, { 0x1912, IGDPT_GMS_ZERO, 0, 0x00c1 },
		{ 0x1912, IGDPT_GMS_OVERRIDE, 4, 0xf0c1 }, { 0x22b0, IGDPT_GMS_ZERO, 0, 0x0201 },
		{ 0x22b0, IGDPT_GMS_OVERRIDE, 8, 0x0289 }, { 0x9a49, IGDPT_GMS_OVERRIDE, 60, 0xfec1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct host h = make_host(rows[i].id);
		struct igdpt_pcicfg_opts opts = { .size = sizeof(opts), .gms_policy = rows[i].policy,
			.dsm_bytes = rows[i].mib * MIB };
		struct igdpt_pcicfg *cfg = make(&h, &opts);

		ck_assert_uint_eq(rd(cfg, &h, 0x50, 2), rows[i].want);
		ck_assert_int_eq(wr(cfg, 0x50, 2, 0xffff), IGDPT_EVENT_IGNORED);
		ck_assert_uint_eq(rd(cfg, &h, 0x50, 2), rows[i].want);
		igdpt_pcicfg_free(cfg);
	}
}
END_TEST

START_TEST(every_asls_policy_does_what_its_vmm_does)
{
	struct host h = make_host(0x0412);
	static const struct {
		uint32_t policy, flags, before, after, after2;
		int event, event2;
	} rows[] = {
		{ IGDPT_REG_EMULATE, 0, 0, 0x3fffe000, 0x11112000, IGDPT_EVENT_ASLS, IGDPT_EVENT_ASLS },
		{ IGDPT_REG_PRESET_RW, 0, 0x7ff00000, 0x3fffe000, 0x11112000, IGDPT_EVENT_ASLS,
			IGDPT_EVENT_ASLS },
		{ IGDPT_REG_PRESET_RO, 0, 0x7ff00000, 0x7ff00000, 0x7ff00000, IGDPT_EVENT_IGNORED,
			IGDPT_EVENT_IGNORED },
		{ IGDPT_REG_WRITE_ONCE, 0, 0, 0x3fffe000, 0x3fffe000, IGDPT_EVENT_ASLS,
			IGDPT_EVENT_IGNORED },
		{ IGDPT_REG_WRITE_ONCE, IGDPT_PCICFG_KEEP_LOW_BITS, 0, 0x3fffe018, 0x3fffe018,
			IGDPT_EVENT_ASLS, IGDPT_EVENT_IGNORED },
		{ IGDPT_REG_HIDE, 0, 0, 0, 0, IGDPT_EVENT_IGNORED, IGDPT_EVENT_IGNORED },
		{ IGDPT_REG_HOST, 0, HOST_ASLS, HOST_ASLS, HOST_ASLS, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_pcicfg_opts opts = { .size = sizeof(opts), .flags = rows[i].flags,
			.asls_policy = rows[i].policy, .asls = 0x7ff00000 };
		struct igdpt_pcicfg *cfg = make(&h, &opts);

		ck_assert_uint_eq(rd(cfg, &h, 0xfc, 4), rows[i].before);
		ck_assert_int_eq(wr(cfg, 0xfc, 4, 0x3fffe000), rows[i].event);
		ck_assert_uint_eq(rd(cfg, &h, 0xfc, 4), rows[i].after);
		ck_assert_int_eq(wr(cfg, 0xfc, 4, 0x11112000), rows[i].event2);
		ck_assert_uint_eq(rd(cfg, &h, 0xfc, 4), rows[i].after2);
		igdpt_pcicfg_reset(cfg);
		ck_assert_uint_eq(rd(cfg, &h, 0xfc, 4), rows[i].before);
		igdpt_pcicfg_free(cfg);
	}
}
END_TEST

/* A guest's trigger of a software SCI must not reach the host; the event lets the VMM answer. */
START_TEST(a_software_sci_stays_in_the_guest)
{
	struct host h = make_host(0x0412);
	struct igdpt_pcicfg *cfg = make(&h, NULL);
	uint32_t forward = 0xff;

	ck_assert_uint_eq(rd(cfg, &h, 0xe8, 2), 0x8000);
	ck_assert_int_eq(igdpt_pcicfg_write(cfg, 0xe8, 2, 0x8001, &forward), IGDPT_EVENT_SWSCI);
	ck_assert_uint_eq(forward, 0);
	ck_assert_uint_eq(rd(cfg, &h, 0xe8, 2), 0x8000);
	ck_assert_int_eq(wr(cfg, 0xe8, 1, 1), IGDPT_EVENT_SWSCI);
	ck_assert_int_eq(wr(cfg, 0xe8, 2, 0x0001), 0);
	ck_assert_int_eq(wr(cfg, 0xe9, 1, 0x80), 0);
	igdpt_pcicfg_free(cfg);
}
END_TEST

START_TEST(only_registers_that_pass_through_reach_hardware)
{
	struct host h = make_host(0x0412);
	struct igdpt_pcicfg_opts all = { .size = sizeof(all), .flags = IGDPT_PCICFG_FORWARD };
	struct igdpt_pcicfg *cfg = make(&h, NULL);
	uint32_t forward = 0;

	ck_assert_uint_eq(igdpt_pcicfg_hw_bytes(cfg, 0xfc, 4), 0);
	ck_assert_uint_eq(igdpt_pcicfg_hw_bytes(cfg, 0x50, 4), 0xc);
	ck_assert_uint_eq(igdpt_pcicfg_hw_bytes(cfg, 0x04, 2), 3);
	ck_assert_uint_eq(igdpt_pcicfg_hw_bytes(cfg, 0xfe, 4), 0xc);
	ck_assert_uint_eq(igdpt_pcicfg_hw_bytes(cfg, 0x100, 8), 0xff);
	ck_assert_uint_eq(igdpt_pcicfg_hw_bytes(cfg, 0xffe, 4), 0);
	ck_assert_int_eq(igdpt_pcicfg_write(cfg, 0x04, 2, 7, &forward), 0);
	ck_assert_uint_eq(forward, 3);
	ck_assert_int_eq(igdpt_pcicfg_write(cfg, 0x58, 8, UINT64_C(0x3af0000000000000), &forward),
		IGDPT_EVENT_BDSM);
	ck_assert_uint_eq(forward, 0x0f);
	ck_assert_int_eq(igdpt_pcicfg_write(cfg, 0x200, 4, 1, &forward), 0);
	ck_assert_uint_eq(forward, 0xf);
	igdpt_pcicfg_free(cfg);
	cfg = make(&h, &all);
	ck_assert_int_eq(igdpt_pcicfg_write(cfg, 0x5c, 4, 0x3af00000, &forward), IGDPT_EVENT_BDSM);
	ck_assert_uint_eq(forward, 0xf);
	ck_assert_int_eq(igdpt_pcicfg_write(cfg, 0xe8, 2, 0x8001, &forward), IGDPT_EVENT_SWSCI);
	ck_assert_uint_eq(forward, 0);
	igdpt_pcicfg_free(cfg);
}
END_TEST

START_TEST(accesses_outside_config_space_are_refused)
{
	static const struct {
		uint32_t offset, width;
	} rows[] = { { 0, 0 }, { 0, 9 }, { 4096, 1 }, { 4095, 2 }, { UINT32_MAX, 1 }, { 4093, 4 },
		{ 0, UINT32_MAX } };
	struct host h = make_host(0x0412);
	struct igdpt_pcicfg *cfg = make(&h, NULL);
	uint64_t v = 77;
	uint32_t forward = 5;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(igdpt_pcicfg_read(cfg, rows[i].offset, rows[i].width, 0, &v),
			-IGDPT_E_RANGE);
		ck_assert_uint_eq(v, 77);
		ck_assert_int_eq(igdpt_pcicfg_write(cfg, rows[i].offset, rows[i].width, 0, &forward),
			-IGDPT_E_RANGE);
		ck_assert_uint_eq(forward, 0);
	}
	ck_assert_int_eq(igdpt_pcicfg_read(cfg, 4088, 8, UINT64_C(0x1122334455667788), &v), 0);
	ck_assert_uint_eq(v, UINT64_C(0x1122334455667788));
	igdpt_pcicfg_free(cfg);
}
END_TEST

/* What a guest may see of a register: host bytes, except where this model says otherwise. */
struct model {
	uint8_t value[4096];
	uint8_t writable[4096];
	uint8_t emulated[4096];
};

static void model_reg(struct model *m, uint32_t offset, uint32_t width, uint64_t initial,
	uint64_t writable)
{
	put(m->value + offset, initial, width);
	put(m->writable + offset, writable, width);
	memset(m->emulated + offset, 0xff, width);
}

static void model_write(struct model *m, uint8_t *hw, uint32_t offset, uint32_t width, uint64_t v)
{
	for (uint32_t i = offset; i < offset + width; i++, v >>= 8) {
		if (m->emulated[i])
			m->value[i] = (uint8_t)((m->value[i] & ~m->writable[i]) | (v & m->writable[i]));
		else
			hw[i] = (uint8_t)v;
	}
}

static uint32_t next_random(uint32_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 17;
	return *s ^= *s << 5;
}

/* Two devices side by side, a million accesses of any width and offset, spanning ones included. */
START_TEST(a_byte_array_model_agrees_over_a_million_accesses)
{
	struct host h = make_host(0x0412);
	struct igdpt_pcicfg *cfg = make(&h, NULL);
	static struct model m;
	static uint8_t ours[4096], theirs[4096];
	uint32_t seed = 0x1234567;

	memset(&m, 0, sizeof(m));
	model_reg(&m, 0x50, 2, 0x0211, 0);
	model_reg(&m, 0x5c, 4, 0, 0xfff00000);
	model_reg(&m, 0xe8, 2, 0x8000, 0xfffe);
	model_reg(&m, 0xfc, 4, 0, 0xffffffff);
	for (int n = 0; n < 1000000; n++) {
		uint32_t width = 1 + next_random(&seed) % 8, forward = 0;
		uint32_t offset = next_random(&seed) % (n % 16 ? 264 : 4096 - 8);
		uint64_t v = (uint64_t)next_random(&seed) << 32 | next_random(&seed), got = 0, want = 0;

		if (next_random(&seed) % 2) {
			require(igdpt_pcicfg_write(cfg, offset, width, v, &forward) >= 0, "%#x", offset);
			for (uint32_t i = 0; i < width; i++) {
				if (forward & 1u << i)
					ours[offset + i] = (uint8_t)(v >> 8 * i);
			}
			model_write(&m, theirs, offset, width, v);
			continue;
		}
		for (uint32_t i = width; i--;) {
			v = v << 8 | ours[offset + i];
			want = want << 8 | (m.emulated[offset + i] ? m.value[offset + i] :
				theirs[offset + i]);
		}
		require(igdpt_pcicfg_read(cfg, offset, width, v, &got) == 0, "%#x", offset);
		require(got == want, "%d: %u bytes at %#x: %#llx, model %#llx", n, width, offset,
			(unsigned long long)got, (unsigned long long)want);
	}
	ck_assert_mem_eq(ours, theirs, sizeof(ours));
	igdpt_pcicfg_free(cfg);
}
END_TEST

/* Each marked address holds a byte, 0xA5 or 0xA9, that nothing else here has. */
static bool shows_mark(uint64_t v)
{
	for (; v; v >>= 8) {
		if ((v & 0xff) == 0xa5 || (v & 0xff) == 0xa9)
			return true;
	}
	return false;
}

/* Bytes 0 to 3 are vendor and device id, which may hold any byte. */
static void read_everything(const struct igdpt_pcicfg *cfg, const struct host *h, const char *when)
{
	for (uint32_t width = 1; width <= 8; width++) {
		for (uint32_t offset = 4; offset + width <= 256; offset++) {
			uint64_t v = rd(cfg, h, offset, width);

			require(!shows_mark(v), "%s %s: %u bytes at %#x show %#llx", h->platform.name,
				when, width, offset, (unsigned long long)v);
		}
	}
}

static bool may_show_host(const struct igdpt_pcicfg_opts *o)
{
	return o->asls_policy == IGDPT_REG_HOST || o->bdsm_policy == IGDPT_REG_HOST ||
		o->f0_policy == IGDPT_REG_HOST;
}

static void leak_cycle(const struct host *h, const struct igdpt_pcicfg_opts *opts)
{
	struct igdpt_pcicfg *cfg = make(h, opts);
	uint8_t saved[64];
	size_t len = sizeof(saved);

	read_everything(cfg, h, "before firmware");
	wr(cfg, 0xfc, 4, 0x3fffe000);
	wr(cfg, 0x5c, 4, 0x3af00000);
	read_everything(cfg, h, "after firmware");
	ck_assert_int_eq(igdpt_pcicfg_save(cfg, saved, &len), 0);
	igdpt_pcicfg_reset(cfg);
	read_everything(cfg, h, "after reset");
	ck_assert_int_eq(igdpt_pcicfg_restore(cfg, saved, len, NULL), 0);
	read_everything(cfg, h, "after restore");
	igdpt_pcicfg_free(cfg);
}

/* Every integrated platform, every policy that hides, marks in every register that has one. */
START_TEST(no_host_address_reaches_the_guest)
{
	struct igdpt_platform p = { .size = sizeof(p) };
	uint32_t last = 0;

	for (size_t n = 0; igdpt_platform_at(n, &p) == 0; n++) {
		struct host h;

		if (!(p.flags & IGDPT_PLATFORM_INTEGRATED) || p.platform == last)
			continue;
		last = p.platform;
		h = make_host(p.device_id);
		put(h.config + 0x5c, HOST_BDSM | 1, 4);
		if (p.bdsm != IGDPT_BDSM_CFG_5C)
			put(h.config + 0xc0, HOST_BDSM | 1, 8);
		for (uint32_t i = 0; i <= IGDPT_REG_HOST * 8u + 7; i++) {
			struct igdpt_pcicfg_opts o = { .size = sizeof(o), .asls_policy = i >> 3,
				.bdsm_policy = i >> 3, .asls = 0x30000000, .bdsm = 0x30100000 };

			o.f0_policy = i & 1 ? IGDPT_REG_HIDE : 0;
			o.bridge = i & 2 ? IGDPT_BRIDGE_OFF : 0;
			o.flags = i & 4 ? IGDPT_PCICFG_FORWARD : 0;
			if (!may_show_host(&o))
				leak_cycle(&h, &o);
		}
	}
}
END_TEST

/* The test above can fail: with the HOST policy the marks are there. */
START_TEST(the_host_policy_shows_host_addresses_and_says_so)
{
	struct host h = make_host(0x9a49);
	struct igdpt_pcicfg_opts o = { .size = sizeof(o), .asls_policy = IGDPT_REG_HOST,
		.bdsm_policy = IGDPT_REG_HOST, .f0_policy = IGDPT_REG_HOST };
	struct igdpt_pcicfg *cfg = make(&h, &o);

	ck_assert(shows_mark(rd(cfg, &h, 0xfc, 4)));
	ck_assert(shows_mark(rd(cfg, &h, 0xc0, 8)));
	ck_assert(shows_mark(rd(cfg, &h, 0xf0, 4)));
	ck_assert_int_eq(igdpt_pcicfg_check(cfg, NULL, NULL), 3);
	igdpt_pcicfg_free(cfg);
}
END_TEST

static void collect(void *user, const struct igdpt_finding *f)
{
	uint64_t *seen = user;

	if (f->id >= 500 && f->id < 564)
		*seen |= UINT64_C(1) << (f->id - 500);
}

static uint64_t findings_of(const struct host *h, const struct igdpt_pcicfg_opts *opts)
{
	struct igdpt_pcicfg *cfg = make(h, opts);
	uint64_t seen = 0;

	igdpt_pcicfg_check(cfg, collect, &seen);
	igdpt_pcicfg_free(cfg);
	return seen;
}

#define SEEN(name) (UINT64_C(1) << (IGDPT_F_PCICFG_##name - 500))

START_TEST(check_names_what_a_machine_will_stumble_over)
{
	struct igdpt_pcicfg_opts o = { .size = sizeof(o), .bridge = IGDPT_BRIDGE_OFF,
		.gms_policy = IGDPT_GMS_ZERO, .flags = IGDPT_PCICFG_FORWARD,
		.swsci = IGDPT_SWSCI_HOST };
	struct host h = make_host(0x9a49);

	ck_assert_uint_eq(findings_of(&h, NULL), SEEN(BRIDGE_ON));
	ck_assert_uint_eq(findings_of(&h, &o),
		SEEN(BRIDGE_OFF) | SEEN(GMS_ZERO) | SEEN(FORWARDS) | SEEN(SWSCI_HOST));
	h = make_host(0x0412);
	ck_assert_uint_eq(findings_of(&h, NULL), 0);
	h.config[0x0a] = 0x80;
	put(h.config + 0xfc, 0, 4);
	ck_assert_uint_eq(findings_of(&h, NULL), SEEN(CLASS_0380) | SEEN(NO_ASLS));
	h = make_host(0x1612);
	ck_assert_uint_eq(findings_of(&h, NULL), SEEN(NO_IOMMU));
	h = make_host(0x7d55);
	ck_assert_uint_eq(findings_of(&h, NULL), SEEN(LMEMBAR));
}
END_TEST

START_TEST(bad_input_is_refused_with_its_offset)
{
	struct host h = make_host(0x0412);
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_pcicfg *cfg = NULL;
	struct igdpt_pcicfg_opts o = { .size = sizeof(o), .asls_policy = IGDPT_REG_PRESET_RW,
		.asls = UINT64_C(0x100000000) };
	struct igdpt_platform dg2 = { .size = sizeof(dg2) };

	for (size_t len = 0; len < 256; len++) {
		void *copy = exact_copy(h.config, len);

		ck_assert_int_eq(igdpt_pcicfg_new(&h.platform, copy, len, NULL, &cfg, &why),
			-IGDPT_E_TRUNCATED);
		ck_assert_uint_eq(why.offset, len);
		ck_assert_ptr_null(cfg);
		free(copy);
	}
	ck_assert_int_eq(igdpt_pcicfg_new(&h.platform, h.config, 256, &o, &cfg, &why), -IGDPT_E_RANGE);
	ck_assert_uint_eq(why.offset, 0xfc);
	o = (struct igdpt_pcicfg_opts){ .size = sizeof(o), .bdsm_policy = IGDPT_REG_PRESET_RO,
		.bdsm = 0x30080000 };
	ck_assert_int_eq(igdpt_pcicfg_new(&h.platform, h.config, 256, &o, &cfg, &why), -IGDPT_E_ALIGN);
	o = (struct igdpt_pcicfg_opts){ .size = sizeof(o), .gms_policy = IGDPT_GMS_OVERRIDE,
		.dsm_bytes = 5 * MIB };
	ck_assert_int_eq(igdpt_pcicfg_new(&h.platform, h.config, 256, &o, &cfg, &why), -IGDPT_E_RANGE);
	o = (struct igdpt_pcicfg_opts){ .size = sizeof(o), .swsci = 9 };
	ck_assert_int_eq(igdpt_pcicfg_new(&h.platform, h.config, 256, &o, &cfg, &why), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_platform_find(0x56a0, &dg2), 0);
	ck_assert_int_eq(igdpt_pcicfg_new(&dg2, h.config, 256, NULL, &cfg, &why), -IGDPT_E_UNSUPPORTED);
	h.config[0x0b] = 0x02;
	ck_assert_int_eq(igdpt_pcicfg_new(&h.platform, h.config, 256, NULL, &cfg, &why),
		-IGDPT_E_UNSUPPORTED);
	ck_assert_uint_eq(why.offset, 0x0b);
}
END_TEST

START_TEST(an_unknown_device_gets_an_opregion_and_shows_no_base)
{
	struct host h = make_host(0x9a49);
	struct igdpt_pcicfg *cfg = NULL;

	ck_assert_int_eq(igdpt_pcicfg_new(NULL, h.config, 256, NULL, &cfg, NULL), 0);
	ck_assert_uint_eq(rd(cfg, &h, 0xc0, 8), 0);
	ck_assert_uint_eq(rd(cfg, &h, 0x5c, 4), 0);
	ck_assert_uint_eq(rd(cfg, &h, 0x50, 2), 0x02c1);
	ck_assert_int_eq(wr(cfg, 0xfc, 4, 0x3fffe000), IGDPT_EVENT_ASLS);
	igdpt_pcicfg_free(cfg);
}
END_TEST

/* Save, restore: the same guest goes on elsewhere, under the same policies only. */
START_TEST(restore_after_save_is_the_identity)
{
	struct host h = make_host(0x9a49), other = make_host(0x8a52);
	struct igdpt_pcicfg *a = make(&h, NULL), *b = make(&h, NULL), *c = make(&other, NULL);
	struct igdpt_finding why = { .size = sizeof(why) };
	uint8_t saved[64], again[64];
	size_t len = 0;

	wr(a, 0xfc, 4, 0x3fffe000);
	wr(a, 0x5c, 4, 0x3af00000);
	wr(a, 0xe8, 2, 0x1234);
	ck_assert_int_eq(igdpt_pcicfg_save(a, NULL, &len), -IGDPT_E_NOSPACE);
	ck_assert_int_eq(igdpt_pcicfg_save(a, saved, &len), 0);
	ck_assert_int_eq(igdpt_pcicfg_restore(b, saved, len, &why), 0);
	for (uint32_t offset = 0; offset < 256; offset++)
		ck_assert_uint_eq(rd(a, &h, offset, 1), rd(b, &h, offset, 1));
	ck_assert_uint_eq(state_of(b).complete, state_of(a).complete);
	ck_assert_int_eq(igdpt_pcicfg_save(b, again, &len), 0);
	ck_assert_mem_eq(saved, again, len);
	ck_assert_int_eq(igdpt_pcicfg_restore(c, saved, len, &why), -IGDPT_E_INVALID);
	for (size_t n = 0; n < len; n++) {
		void *copy = exact_copy(saved, n);

		ck_assert_int_eq(igdpt_pcicfg_restore(b, copy, n, &why), -IGDPT_E_TRUNCATED);
		free(copy);
	}
	saved[0] ^= 1;
	ck_assert_int_eq(igdpt_pcicfg_restore(b, saved, len, &why), -IGDPT_E_MAGIC);
	saved[0] ^= 1;
	saved[8]++;
	ck_assert_int_eq(igdpt_pcicfg_restore(b, saved, len, &why), -IGDPT_E_VERSION);
	ck_assert_uint_eq(state_of(b).asls, 0x3fffe000);
	igdpt_pcicfg_free(a);
	igdpt_pcicfg_free(b);
	igdpt_pcicfg_free(c);
}
END_TEST

/* Bytes that no library wrote cannot bring a state that the policies do not allow. */
START_TEST(restore_obeys_the_policies_whatever_the_bytes)
{
	struct host h = make_host(0x0412);
	struct igdpt_pcicfg_opts o = { .size = sizeof(o), .asls_policy = IGDPT_REG_PRESET_RO,
		.asls = 0x7ff00000 };
	struct igdpt_pcicfg *cfg = make(&h, &o);
	uint8_t saved[64];
	size_t len = sizeof(saved);

	ck_assert_int_eq(igdpt_pcicfg_save(cfg, saved, &len), 0);
	memset(saved + 16, 0xff, len - 16);
	ck_assert_int_eq(igdpt_pcicfg_restore(cfg, saved, len, NULL), 0);
	ck_assert_uint_eq(rd(cfg, &h, 0xfc, 4), 0x7ff00000);
	ck_assert_uint_eq(rd(cfg, &h, 0x5c, 4), 0xfff00000);
	ck_assert_uint_eq(rd(cfg, &h, 0xe8, 2), 0xfffe);
	igdpt_pcicfg_free(cfg);
}
END_TEST

START_TEST(a_handle_lives_in_the_callers_memory)
{
	struct host h = make_host(0x0412);
	size_t need = igdpt_pcicfg_sizeof();
	void *mem = malloc(need);
	struct igdpt_pcicfg *cfg = NULL;

	ck_assert_int_eq(igdpt_pcicfg_init_at(mem, need - 1, &h.platform, h.config, 256, NULL, &cfg, NULL),
		-IGDPT_E_NOSPACE);
	ck_assert_int_eq(igdpt_pcicfg_init_at(mem, need, &h.platform, h.config, 256, NULL, &cfg, NULL), 0);
	ck_assert_ptr_eq(cfg, mem);
	wr(cfg, 0xfc, 4, 0x3fffe000);
	ck_assert_uint_eq(rd(cfg, &h, 0xff, 1), 0x3f);
	free(mem);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pcicfg");
	TCase *tc = tcase_create("registers");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, registers_read_zero_until_firmware_writes_them);
	tcase_add_test(tc, bdsm_keeps_whole_mebibytes_only);
	tcase_add_test(tc, gen11_bridge_carries_0x5c_over_to_0xc0);
	tcase_add_test(tc, the_address_at_0xf0_moves_with_stolen_memory);
	tcase_add_test(tc, gms_is_kept_zeroed_or_replaced_and_ggms_never);
	tcase_add_test(tc, every_asls_policy_does_what_its_vmm_does);
	tcase_add_test(tc, a_software_sci_stays_in_the_guest);
	tcase_add_test(tc, only_registers_that_pass_through_reach_hardware);
	tcase_add_test(tc, accesses_outside_config_space_are_refused);
	tcase_add_test(tc, a_byte_array_model_agrees_over_a_million_accesses);
	tcase_add_test(tc, no_host_address_reaches_the_guest);
	tcase_add_test(tc, the_host_policy_shows_host_addresses_and_says_so);
	tcase_add_test(tc, check_names_what_a_machine_will_stumble_over);
	tcase_add_test(tc, bad_input_is_refused_with_its_offset);
	tcase_add_test(tc, an_unknown_device_gets_an_opregion_and_shows_no_base);
	tcase_add_test(tc, restore_after_save_is_the_identity);
	tcase_add_test(tc, restore_obeys_the_policies_whatever_the_bytes);
	tcase_add_test(tc, a_handle_lives_in_the_callers_memory);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
