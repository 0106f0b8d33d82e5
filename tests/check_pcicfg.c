/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <stdbool.h>

#include "bytes.h"
#include "igdpt/mmio.h"
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
	put(h.config + 0xe0, 0x8000, 2);
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

/* In stolen memory the distance from its end stays, in the GTT part below that from its base. */
START_TEST(the_address_at_0xf0_is_0_where_it_cannot_move)
{
	static const struct {
		int64_t host; /* from BDSM */
		uint64_t guest_mib, base;
		int64_t guest; /* from the guest's */
		bool zero;
	} rows[] = {
		{ 0, 64, 0x30000000, 0, false },
		{ 0, 128, 0x30000000, 64 * (int64_t)MIB, false },
		{ 32 * (int64_t)MIB, 32, 0x30000000, 0, false },
		{ 31 * (int64_t)MIB, 32, 0x30000000, 0, true }, /* 33 MiB from the end */
		{ 63 * (int64_t)MIB, 64, 0x30000000, 63 * (int64_t)MIB, false },
		{ 64 * (int64_t)MIB, 64, 0x30000000, 0, true },
		{ -(int64_t)MIB, 64, 0x30000000, -(int64_t)MIB, false },
		{ -8 * (int64_t)MIB, 32, 0x30000000, -8 * (int64_t)MIB, false },
		{ -9 * (int64_t)MIB, 64, 0x30000000, 0, true },
		{ -8 * (int64_t)MIB, 64, 9 * MIB, -8 * (int64_t)MIB, false },
		{ -8 * (int64_t)MIB, 64, 8 * MIB, 0, true }, /* would be address 0 */
	};
	struct host h = make_host(0x46a6);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_pcicfg_opts o = { .size = sizeof(o), .gms_policy = IGDPT_GMS_OVERRIDE,
			.dsm_bytes = rows[i].guest_mib * MIB };
		struct igdpt_pcicfg *cfg;

		put(h.config + 0xf0, HOST_BDSM + (uint64_t)rows[i].host + 0x87, 8);
		cfg = make(&h, &o);
		wr(cfg, 0xc0, 8, rows[i].base);
		ck_assert_uint_eq(rd(cfg, &h, 0xf0, 8), rows[i].zero ? 0 :
			rows[i].base + (uint64_t)rows[i].guest + 0x87);
		igdpt_pcicfg_free(cfg);
	}
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
		{ IGDPT_REG_PRESET_RO, IGDPT_PCICFG_KEEP_LOW_BITS, 0x7ff00018, 0x7ff00018, 0x7ff00018,
			IGDPT_EVENT_IGNORED, IGDPT_EVENT_IGNORED },
		{ IGDPT_REG_PRESET_RW, IGDPT_PCICFG_KEEP_LOW_BITS, 0x7ff00018, 0x3fffe018, 0x11112018,
			IGDPT_EVENT_ASLS, IGDPT_EVENT_ASLS },
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
	uint8_t saved[64];
	size_t len = sizeof(saved);

	ck_assert_uint_eq(rd(cfg, &h, 0xe8, 2), 0x8000);
	ck_assert_int_eq(igdpt_pcicfg_write(cfg, 0xe8, 2, 0x8001, &forward), IGDPT_EVENT_SWSCI);
	ck_assert_uint_eq(forward, 0);
	ck_assert_uint_eq(rd(cfg, &h, 0xe8, 2), 0x8000);
	ck_assert_int_eq(wr(cfg, 0xe8, 1, 1), IGDPT_EVENT_SWSCI);
	ck_assert_int_eq(wr(cfg, 0xe8, 2, 0x0001), 0);
	ck_assert_int_eq(wr(cfg, 0xe9, 1, 0x80), 0);
	ck_assert_uint_eq(igdpt_pcicfg_hw_bytes(cfg, 0xe0, 2), 3);
	igdpt_pcicfg_free(cfg);
	/* Linux writes 0xE8 on Atom parts too, whose own register is 0xE0. */
	h = make_host(0x5a84);
	cfg = make(&h, NULL);
	for (uint32_t at = 0xe0; at <= 0xe8; at += 8) {
		ck_assert_int_eq(igdpt_pcicfg_write(cfg, at, 2, 0x8001, &forward), IGDPT_EVENT_SWSCI);
		ck_assert_uint_eq(forward, 0);
		wr(cfg, at, 2, at << 1);
		ck_assert_uint_eq(rd(cfg, &h, at, 2), at << 1);
	}
	ck_assert_int_eq(igdpt_pcicfg_save(cfg, saved, &len), 0);
	igdpt_pcicfg_reset(cfg);
	ck_assert_int_eq(igdpt_pcicfg_restore(cfg, saved, len, NULL), 0);
	for (uint32_t at = 0xe0; at <= 0xe8; at += 8)
		ck_assert_uint_eq(rd(cfg, &h, at, 2), at << 1);
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

/* A register as the header describes it, byte by byte. */
struct model_reg {
	uint32_t offset, width;
	uint64_t initial, writable;
	int event;         /* when its low four bytes have been written */
	bool sci, follows; /* SWSCI; the address at 0xF0 */
	int target;        /* index of the register that is written instead, or its own */
	bool once, keeps_page_offset, forward;
	uint8_t value[8];
	uint32_t written;
};

struct model {
	struct model_reg regs[6];
	int count;
	uint32_t complete;
};

static bool preset(uint32_t policy)
{
	return policy == IGDPT_REG_PRESET_RW || policy == IGDPT_REG_PRESET_RO;
}

static struct model_reg *model_add(struct model *m, const struct igdpt_pcicfg_opts *o, uint32_t offset,
	uint32_t width, uint32_t policy, uint64_t initial, uint64_t writable)
{
	struct model_reg *r = &m->regs[m->count];
	bool writes = policy == IGDPT_REG_DEFAULT || policy == IGDPT_REG_EMULATE ||
		policy == IGDPT_REG_PRESET_RW || policy == IGDPT_REG_WRITE_ONCE;

	if (policy == IGDPT_REG_HOST)
		return &m->regs[5]; /* not counted: hardware's */
	*r = (struct model_reg){ .offset = offset, .width = width, .target = m->count++,
		.initial = policy == IGDPT_REG_HIDE ? 0 : initial,
		.writable = writes ? writable : 0, .once = policy == IGDPT_REG_WRITE_ONCE,
		.forward = o->flags & IGDPT_PCICFG_FORWARD };
	return r;
}

static struct model make_model(const struct host *h, const struct igdpt_pcicfg_opts *o)
{
	bool wide = h->platform.bdsm == IGDPT_BDSM_CFG_C0, low = o->flags & IGDPT_PCICFG_KEEP_LOW_BITS;
	struct model m = { .count = 0 };
	struct model_reg *bdsm, *r;

	model_add(&m, o, 0x50, 2, IGDPT_REG_PRESET_RO, get_le16(h->config + 0x50), 0);
	bdsm = model_add(&m, o, wide ? 0xc0 : 0x5c, wide ? 8 : 4, o->bdsm_policy,
		(preset(o->bdsm_policy) ? o->bdsm : 0) | low, ~UINT64_C(0xfffff));
	bdsm->event = IGDPT_EVENT_BDSM;
	if (wide) {
		bool on = o->bridge != IGDPT_BRIDGE_OFF && bdsm->writable;

		r = model_add(&m, o, 0x5c, 4, on ? IGDPT_REG_EMULATE : IGDPT_REG_HIDE, 0, UINT32_MAX);
		r->target = on ? bdsm->target : r->target;
		r = model_add(&m, o, 0xf0, 8, o->f0_policy, 0, 0);
		r->follows = o->f0_policy != IGDPT_REG_HIDE;
	}
	for (uint32_t at = h->platform.flags & IGDPT_PLATFORM_SWSCI_E0 ? 0xe0 : 0xe8; at <= 0xe8; at += 8) {
		r = model_add(&m, o, at, 2, IGDPT_REG_EMULATE, 0x8000, 0xfffe);
		r->sci = true;
		r->forward = false;
	}
	r = model_add(&m, o, 0xfc, 4, o->asls_policy, !preset(o->asls_policy) ? 0 : low ?
		(o->asls & ~UINT64_C(0xfff)) | (HOST_ASLS & 0xfff) : o->asls, UINT32_MAX);
	r->event = IGDPT_EVENT_ASLS;
	r->keeps_page_offset = low;
	return m;
}

static void model_reset(struct model *m)
{
	m->complete = 0;
	for (int i = 0; i < m->count; i++) {
		m->regs[i].written = 0;
		put(m->regs[i].value, m->regs[i].initial, 8);
	}
}

static void model_byte(struct model_reg *t, uint32_t i, uint8_t v)
{
	uint8_t mask = (uint8_t)(t->writable >> 8 * i);

	if (!(t->once && t->written >> i & 1))
		t->value[i] = (uint8_t)((t->value[i] & ~mask) | (v & mask));
}

static int model_reg_write(struct model *m, struct model_reg *r, uint32_t offset, uint32_t width,
	uint64_t v)
{
	struct model_reg *t = &m->regs[r->target];
	uint32_t bytes = 0, fresh;
	bool trigger = false;
	int event = 0, ignored = 0;

	if (!r->writable)
		return IGDPT_EVENT_IGNORED;
	for (uint32_t i = 0; i < width; i++) {
		uint32_t at = offset + i - r->offset;

		if (at >= r->width)
			continue;
		model_byte(t, at, (uint8_t)(v >> 8 * i));
		bytes |= 1u << at;
		trigger |= at == 0 && (v >> 8 * i & 1);
	}
	if (r->sci)
		return trigger && t->value[1] & 0x80 ? IGDPT_EVENT_SWSCI : 0;
	for (uint32_t i = 4; r != t && ((t->written | bytes) & 0xf) == 0xf && i < t->width; i++)
		model_byte(t, i, 0);
	if (t->once && bytes & t->written)
		ignored = IGDPT_EVENT_IGNORED;
	fresh = bytes & ~t->written;
	t->written |= bytes;
	if (t->once && !fresh)
		return ignored;
	if ((t->written & 0xf) == 0xf)
		event = t->event | (r != t ? IGDPT_EVENT_BRIDGED : 0);
	if (event && t->keeps_page_offset && t->event == IGDPT_EVENT_ASLS)
		put(t->value, (t->value[1] & 0xf0u) << 8 | (HOST_ASLS & 0xfff), 2);
	m->complete |= (uint32_t)event;
	return event | ignored;
}

static int model_write(struct model *m, uint32_t offset, uint32_t width, uint64_t v, uint32_t *forward)
{
	int events = 0;

	*forward = (1u << width) - 1;
	for (int n = 0; n < m->count; n++) {
		struct model_reg *r = &m->regs[n];

		if (offset >= r->offset + r->width || offset + width <= r->offset)
			continue;
		events |= model_reg_write(m, r, offset, width, v);
		for (uint32_t i = 0; i < width; i++)
			*forward &= offset + i - r->offset < r->width && !r->forward ? ~(1u << i) : 0xff;
	}
	return events;
}

static uint64_t number_of(const uint8_t *bytes)
{
	uint64_t v = 0;

	for (int i = 8; i--;)
		v = v << 8 | bytes[i];
	return v;
}

/* Index 1 is BDSM. The address at 0xF0 lies 62 MiB and some bytes above its base. */
static uint64_t model_read(const struct model *m, uint32_t offset, uint32_t width, uint64_t hw)
{
	uint64_t base = number_of(m->regs[1].value) & ~UINT64_C(0xfffff);

	for (int n = 0; n < m->count; n++) {
		const struct model_reg *r = &m->regs[n];
		uint64_t v = r->target == n ? number_of(r->value) : 0;

		if (r->follows && base)
			v = base + (HOST_F0 - HOST_BDSM);
		for (uint32_t i = 0; i < width; i++) {
			uint32_t at = offset + i - r->offset;

			if (at < r->width)
				hw = (hw & ~(UINT64_C(0xff) << 8 * i)) | (v >> 8 * at & 0xff) << 8 * i;
		}
	}
	return width < 8 ? hw & ((UINT64_C(1) << 8 * width) - 1) : hw;
}

static uint32_t next_random(uint32_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 17;
	return *s ^= *s << 5;
}

static void follow_the_model(uint32_t device, const struct igdpt_pcicfg_opts *opts, uint32_t seed)
{
	struct host h = make_host(device);
	struct igdpt_pcicfg *cfg = make(&h, opts);
	struct model m = make_model(&h, opts);
	uint8_t saved[64];
	size_t len = sizeof(saved);

	model_reset(&m);
	for (int n = 0; n < 100000; n++) {
		uint32_t width = 1 + next_random(&seed) % 8, forward = 0, want_forward = 0;
		uint32_t offset = next_random(&seed) % (n % 16 ? 264 : 4096 - 8);
		uint32_t what = next_random(&seed) % 64;
		uint64_t v = (uint64_t)next_random(&seed) << 32 | next_random(&seed), got = 0;
		int events, want;

		if (what == 0) {
			igdpt_pcicfg_reset(cfg);
			model_reset(&m);
		} else if (what == 1) { /* the same guest goes on elsewhere, or goes back */
			ck_assert_int_eq(igdpt_pcicfg_save(cfg, saved, &len), 0);
			if (n % 2) {
				igdpt_pcicfg_free(cfg);
				cfg = make(&h, opts);
			}
			igdpt_pcicfg_write(cfg, 0xfc, 4, v, &forward);
			igdpt_pcicfg_write(cfg, 0x5c, 4, v, &forward);
			igdpt_pcicfg_write(cfg, 0xc0, 8, v, &forward);
			ck_assert_int_eq(igdpt_pcicfg_restore(cfg, saved, len, NULL), 0);
		} else if (what < 32) {
			events = igdpt_pcicfg_write(cfg, offset, width, v, &forward);
			want = model_write(&m, offset, width, v, &want_forward);
			require(events == want && forward == want_forward,
				"%d: %u bytes to %#x: events %#x forward %#x, model %#x %#x", n, width,
				offset, (unsigned)events, forward, (unsigned)want, want_forward);
		} else {
			require(igdpt_pcicfg_read(cfg, offset, width, v, &got) == 0, "%#x", offset);
			v = model_read(&m, offset, width, v);
			require(got == v, "%d: %u bytes at %#x: %#llx, model %#llx", n, width, offset,
				(unsigned long long)got, (unsigned long long)v);
		}
		require(n % 64 || state_of(cfg).complete == m.complete, "%d: complete", n);
	}
	igdpt_pcicfg_free(cfg);
}

/* Devices and models side by side, a million accesses of any width and offset, spanning ones too. */
START_TEST(a_byte_array_model_agrees_over_a_million_accesses)
{
	enum { LOW = IGDPT_PCICFG_KEEP_LOW_BITS, FORWARD = IGDPT_PCICFG_FORWARD };
	enum { EMU = IGDPT_REG_EMULATE, RW = IGDPT_REG_PRESET_RW, RO = IGDPT_REG_PRESET_RO,
		ONCE = IGDPT_REG_WRITE_ONCE, HIDE = IGDPT_REG_HIDE, HOST = IGDPT_REG_HOST };
	static const struct {
		uint32_t device, flags, asls, bdsm, f0, bridge;
	} rows[] = {
		{ 0x0412, 0, 0, 0, 0, 0 },          { 0x0412, LOW, EMU, EMU, 0, 0 },
		{ 0x1912, FORWARD, RW, RO, 0, 0 },  { 0x1912, LOW, ONCE, ONCE, 0, 0 },
		{ 0x3185, LOW, RO, RW, 0, 0 },      { 0x9a49, 0, RW, RW, 0, 0 },
		{ 0x9a49, 0, 0, 0, 0, 0 },
		{ 0x9a49, LOW, ONCE, ONCE, EMU, 0 }, { 0x9a49, FORWARD, HOST, RO, HIDE, 0 },
		{ 0x46a6, 0, HIDE, ONCE, 0, 0 },    { 0x46a6, LOW, EMU, EMU, 0, IGDPT_BRIDGE_OFF },
	};

	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_pcicfg_opts o = { .size = sizeof(o), .flags = rows[i].flags,
			.asls_policy = rows[i].asls, .bdsm_policy = rows[i].bdsm,
			.f0_policy = rows[i].f0, .bridge = rows[i].bridge, .asls = 0x7ff12345,
			.bdsm = 0x7a100000 };

		follow_the_model(rows[i].device, &o, 0x1234567 + i);
	}
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
	ck_assert_uint_eq(state_of(cfg).asls, 0);
	igdpt_pcicfg_free(cfg);
}
END_TEST

static void collect(void *user, const struct igdpt_finding *f)
{
	uint64_t *seen = user;

	if (f->id >= 500 && f->id < 564)
		*seen |= UINT64_C(1) << (f->id - 500);
}

static void keep(void *user, const struct igdpt_finding *f)
{
	struct igdpt_finding *last = user;

	if (f->id == last->id)
		*last = *f;
}

/* The finding that the check must make, by what it tells. */
static void tells(const struct host *h, const struct igdpt_pcicfg_opts *opts, uint32_t id,
	uint64_t offset, uint64_t value, uint64_t want)
{
	struct igdpt_pcicfg *cfg = make(h, opts);
	struct igdpt_finding last = { .id = id };

	igdpt_pcicfg_check(cfg, keep, &last);
	ck_assert_msg(last.size && last.offset == offset && last.value == value && last.want == want,
		"finding %u at %#llx tells %#llx, %#llx", id, (unsigned long long)last.offset,
		(unsigned long long)last.value, (unsigned long long)last.want);
	igdpt_pcicfg_free(cfg);
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
	put(h.config + 0xfc, UINT32_MAX, 4);
	ck_assert_uint_eq(findings_of(&h, NULL), SEEN(CLASS_0380) | SEEN(NO_ASLS));
	h = make_host(0x1612);
	ck_assert_uint_eq(findings_of(&h, NULL), SEEN(NO_IOMMU));
	h = make_host(0x2a42);
	ck_assert_uint_eq(findings_of(&h, NULL), SEEN(NO_IOMMU));
	h = make_host(0x7d55);
	ck_assert_uint_eq(findings_of(&h, NULL), SEEN(LMEMBAR));
	/* To follow QEMU: it has a BDSM then, and needs guest RAM. */
	h.platform.codec = IGDPT_CODEC_GEN9;
	h.platform.bdsm = IGDPT_BDSM_CFG_C0;
	put(h.config + 0x50, 0x02c1, 2);
	ck_assert_uint_eq(findings_of(&h, NULL), SEEN(BRIDGE_ON));
}
END_TEST

static void refuses(const struct host *h, const struct igdpt_pcicfg_opts *o, uint32_t id,
	uint64_t offset, uint64_t value, uint64_t want)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_pcicfg *cfg = (struct igdpt_pcicfg *)&why;

	ck_assert_int_lt(igdpt_pcicfg_new(&h->platform, h->config, 256, o, &cfg, &why), 0);
	ck_assert_ptr_null(cfg);
	ck_assert_msg(why.id == id && why.offset == offset && why.value == value && why.want == want,
		"finding %u at %#llx tells %#llx, %#llx", why.id, (unsigned long long)why.offset,
		(unsigned long long)why.value, (unsigned long long)why.want);
}

START_TEST(bad_input_is_refused_with_its_offset)
{
	struct host h = make_host(0x0412);
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_pcicfg *cfg = NULL;

	for (size_t len = 0; len < 256; len++) {
		void *copy = exact_copy(h.config, len);

		ck_assert_int_eq(igdpt_pcicfg_new(&h.platform, copy, len, NULL, &cfg, &why),
			-IGDPT_E_TRUNCATED);
		ck_assert_uint_eq(why.offset, len);
		ck_assert_uint_eq(why.value, len);
		ck_assert_uint_eq(why.want, 256);
		ck_assert_ptr_null(cfg);
		free(copy);
	}
	ck_assert_int_eq(igdpt_pcicfg_new(&h.platform, NULL, 256, NULL, &cfg, &why), -IGDPT_E_INVALID);
	ck_assert_uint_eq(why.value | why.want, 0);
	ck_assert_int_eq(igdpt_pcicfg_new(&h.platform, h.config, 256, NULL, NULL, &why),
		-IGDPT_E_INVALID);
	h.config[0x0b] = 0x02;
	refuses(&h, NULL, IGDPT_F_PCICFG_NOT_IGD, 0x0b, 0x02, 0x03);
	h.config[0x00] = 0x87;
	refuses(&h, NULL, IGDPT_F_PCICFG_NOT_IGD, 0x00, 0x8087, 0x8086);
	h = make_host(0x0412);
	ck_assert_int_eq(igdpt_platform_find(0x56a0, &h.platform), 0);
	refuses(&h, NULL, IGDPT_F_PCICFG_DISCRETE, IGDPT_NO_OFFSET, 0x56a0, 0);
	h.platform.size = 4;
	refuses(&h, NULL, IGDPT_F_ABI_SIZE, IGDPT_NO_OFFSET, 4, 4096);
	h = make_host(0x1912);
	put(h.config + 0x50, 0xffc1, 2);
	refuses(&h, NULL, IGDPT_F_GMS_UNDEFINED, IGDPT_NO_OFFSET, 0xff, 0);
}
END_TEST

START_TEST(options_outside_their_range_are_refused)
{
	enum { RW = IGDPT_REG_PRESET_RW, RO = IGDPT_REG_PRESET_RO };
	static const struct {
		uint32_t id;
		uint64_t offset, value, want;
		struct igdpt_pcicfg_opts o;
	} rows[] = {
#define POLICY(member, value, max)                                                                 \
	{ IGDPT_F_PCICFG_POLICY, IGDPT_NO_OFFSET, value, max, { .member = value } }
		POLICY(flags, 4, 3), POLICY(asls_policy, 7, 6), POLICY(bdsm_policy, 7, 6),
		POLICY(f0_policy, 7, 6), POLICY(f0_policy, 2, 1), POLICY(f0_policy, 4, 1),
		POLICY(gms_policy, 4, 3), POLICY(swsci, 3, 2), POLICY(bridge, 3, 2),
#undef POLICY
		{ IGDPT_F_PCICFG_PRESET_RANGE, 0xfc, UINT64_C(1) << 32, UINT32_MAX,
			{ .asls_policy = RW, .asls = UINT64_C(1) << 32 } },
		{ IGDPT_F_PCICFG_PRESET_RANGE, 0xfc, UINT64_MAX, UINT32_MAX,
			{ .asls_policy = RO, .asls = UINT64_MAX } },
		{ IGDPT_F_PCICFG_PRESET_RANGE, 0x5c, UINT64_C(1) << 32, UINT32_MAX,
			{ .bdsm_policy = RW, .bdsm = UINT64_C(1) << 32 } },
		{ IGDPT_F_PCICFG_PRESET_ALIGN, 0x5c, UINT32_MAX, MIB,
			{ .bdsm_policy = RW, .bdsm = UINT32_MAX } },
		{ IGDPT_F_PCICFG_PRESET_ALIGN, 0x5c, 0x30080000, MIB,
			{ .bdsm_policy = RO, .bdsm = 0x30080000 } },
		{ IGDPT_F_PCICFG_PRESET_ALIGN, 0x5c, 0x30000001, MIB,
			{ .bdsm_policy = RO, .bdsm = 0x30000001 } },
		{ IGDPT_F_GMS_NOT_ENCODABLE, IGDPT_NO_OFFSET, 5 * MIB, 0,
			{ .gms_policy = IGDPT_GMS_OVERRIDE, .dsm_bytes = 5 * MIB } },
	};
	struct igdpt_pcicfg_opts o = { .size = sizeof(o), .bdsm_policy = RW, .bdsm = UINT64_C(0x130080000) };
	struct host h = make_host(0x9a49);

	refuses(&h, &o, IGDPT_F_PCICFG_PRESET_ALIGN, 0xc0, o.bdsm, MIB);
	h = make_host(0x0412);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		o = rows[i].o;
		o.size = sizeof(o);
		refuses(&h, &o, rows[i].id, rows[i].offset, rows[i].value, rows[i].want);
	}
}
END_TEST

/* A preset that the policy does not use may be anything; what is used may fill the register. */
START_TEST(presets_count_for_their_policies_only)
{
	static const struct {
		uint32_t policy;
		uint64_t asls, bdsm, shown_asls, shown_bdsm;
	} rows[] = {
		{ IGDPT_REG_EMULATE, UINT64_MAX, UINT64_MAX, 0, 0 },
		{ IGDPT_REG_WRITE_ONCE, UINT64_MAX, UINT64_MAX, 0, 0 },
		{ IGDPT_REG_HIDE, UINT64_MAX, UINT64_MAX, 0, 0 },
		{ IGDPT_REG_PRESET_RW, UINT32_MAX, 0xfff00000, UINT32_MAX, 0xfff00000 },
		{ IGDPT_REG_PRESET_RO, UINT32_MAX, 0xfff00000, UINT32_MAX, 0xfff00000 },
	};
	struct host h = make_host(0x0412), gen12 = make_host(0x9a49);
	struct igdpt_pcicfg_opts o = { .size = sizeof(o) };
	struct igdpt_pcicfg *cfg;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		o.asls_policy = o.bdsm_policy = rows[i].policy;
		o.asls = rows[i].asls;
		o.bdsm = rows[i].bdsm;
		cfg = make(&h, &o);
		ck_assert_uint_eq(rd(cfg, &h, 0xfc, 4), rows[i].shown_asls);
		ck_assert_uint_eq(rd(cfg, &h, 0x5c, 4), rows[i].shown_bdsm);
		igdpt_pcicfg_free(cfg);
	}
	o.bdsm = UINT64_C(0xfffffffffff00000);
	cfg = make(&gen12, &o);
	ck_assert_uint_eq(rd(cfg, &gen12, 0xc0, 8), o.bdsm);
	igdpt_pcicfg_free(cfg);
}
END_TEST

/* GGC lies in config space from Sandy Bridge to the last part of gen 12.0. */
START_TEST(ggc_is_emulated_where_it_is)
{
	static const struct {
		uint32_t device;
		bool ours;
	} rows[] = { { 0x0046, false }, { 0x0102, true }, { 0x1612, true }, { 0x22b0, true },
		{ 0x46a6, true }, { 0x7d55, false } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct host h = make_host(rows[i].device);
		struct igdpt_pcicfg *cfg = make(&h, NULL);

		ck_assert_uint_eq(igdpt_pcicfg_hw_bytes(cfg, 0x50, 2), rows[i].ours ? 0 : 3);
		ck_assert_uint_eq(state_of(cfg).ggc, rows[i].ours ? rd(cfg, &h, 0x50, 2) : 0);
		ck_assert_uint_eq(state_of(cfg).dsm_bytes, rows[i].ours ? 64 * MIB : 0);
		igdpt_pcicfg_free(cfg);
	}
}
END_TEST

/* The host's own code may be undefined as long as the guest gets another; 0xF0 then is 0. */
START_TEST(an_undefined_size_of_the_host_can_be_overridden)
{
	struct host h = make_host(0x9a49);
	struct igdpt_pcicfg_opts o = { .size = sizeof(o), .gms_policy = IGDPT_GMS_OVERRIDE,
		.dsm_bytes = 64 * MIB };
	struct igdpt_pcicfg *cfg;

	put(h.config + 0x50, 0xffc1, 2);
	cfg = make(&h, &o);
	ck_assert_uint_eq(rd(cfg, &h, 0x50, 2), 0x02c1);
	wr(cfg, 0xc0, 8, 0x30000000);
	ck_assert_uint_eq(rd(cfg, &h, 0xf0, 8), 0);
	igdpt_pcicfg_free(cfg);
}
END_TEST

START_TEST(findings_tell_the_register_and_the_host_value)
{
	struct igdpt_pcicfg_opts o = { .size = sizeof(o), .asls_policy = IGDPT_REG_HOST,
		.bdsm_policy = IGDPT_REG_HOST, .f0_policy = IGDPT_REG_HOST,
		.flags = IGDPT_PCICFG_FORWARD, .swsci = IGDPT_SWSCI_HOST, .bridge = IGDPT_BRIDGE_OFF };
	struct igdpt_pcicfg_opts leaks[3] = { { .size = sizeof(o), .asls_policy = IGDPT_REG_HOST },
		{ .size = sizeof(o), .bdsm_policy = IGDPT_REG_HOST },
		{ .size = sizeof(o), .f0_policy = IGDPT_REG_HOST } };
	struct host h = make_host(0x9a49), atom = make_host(0x22b0);

	tells(&h, &leaks[0], IGDPT_F_PCICFG_LEAK, 0xfc, HOST_ASLS, 0);
	tells(&h, &leaks[1], IGDPT_F_PCICFG_LEAK, 0xc0, HOST_BDSM, 0);
	tells(&h, &leaks[2], IGDPT_F_PCICFG_LEAK, 0xf0, HOST_F0, 0);
	tells(&h, &o, IGDPT_F_PCICFG_FORWARDS, IGDPT_NO_OFFSET, 0, 0);
	tells(&h, &o, IGDPT_F_PCICFG_SWSCI_HOST, 0xe8, 0, 0);
	tells(&h, &o, IGDPT_F_PCICFG_BRIDGE_OFF, 0x5c, 0, 0);
	tells(&h, NULL, IGDPT_F_PCICFG_BRIDGE_ON, 0x5c, 0, 0);
	tells(&atom, &o, IGDPT_F_PCICFG_SWSCI_HOST, 0xe0, 0, 0);
	ck_assert_uint_eq(findings_of(&atom, NULL) & SEEN(SWSCI_HOST), 0);
	o = (struct igdpt_pcicfg_opts){ .size = sizeof(o), .gms_policy = IGDPT_GMS_ZERO };
	tells(&h, &o, IGDPT_F_PCICFG_GMS_ZERO, 0x50, 0x02c1, 0);
	h = make_host(0x7d55);
	tells(&h, NULL, IGDPT_F_PCICFG_LMEMBAR, IGDPT_NO_OFFSET, 0, 0);
	for (o.gms_policy = IGDPT_GMS_ZERO; o.gms_policy <= IGDPT_GMS_OVERRIDE; o.gms_policy++) {
		tells(&h, &o, IGDPT_F_PCICFG_GMS_NOWHERE, 0x50, 0, 0);
		ck_assert_uint_eq(findings_of(&h, &o) & SEEN(GMS_ZERO), 0);
	}
	o.gms_policy = IGDPT_GMS_KEEP;
	ck_assert_uint_eq(findings_of(&h, &o) & SEEN(GMS_NOWHERE), 0);
	h = make_host(0x1612);
	tells(&h, NULL, IGDPT_F_PCICFG_NO_IOMMU, 2, 0x1612, 0);
	tells(&h, &leaks[1], IGDPT_F_PCICFG_LEAK, 0x5c, HOST_BDSM, 0);
	h.config[0x0a] = 0x80;
	tells(&h, NULL, IGDPT_F_PCICFG_CLASS_0380, 9, 0x038000, 0x030000);
	put(h.config + 0xfc, UINT32_MAX, 4);
	tells(&h, NULL, IGDPT_F_PCICFG_NO_ASLS, 0xfc, UINT32_MAX, 0);
	h.platform = (struct igdpt_platform){ .size = sizeof(h.platform),
		.flags = IGDPT_PLATFORM_INTEGRATED };
	tells(&h, NULL, IGDPT_F_PCICFG_UNKNOWN_DEVICE, 2, 0, 0);
}
END_TEST

START_TEST(an_unknown_device_gets_an_opregion_and_shows_no_base)
{
	struct igdpt_pcicfg_opts show = { .size = sizeof(show), .bdsm_policy = IGDPT_REG_HOST };
	struct host h = make_host(0x9a49);
	struct igdpt_pcicfg *cfg = NULL;

	ck_assert_int_eq(igdpt_pcicfg_new(NULL, h.config, 256, NULL, &cfg, NULL), 0);
	ck_assert_uint_eq(rd(cfg, &h, 0xc0, 8), 0);
	ck_assert_uint_eq(rd(cfg, &h, 0x5c, 4), 0);
	ck_assert_uint_eq(rd(cfg, &h, 0xf0, 8), 0);
	ck_assert_uint_eq(igdpt_pcicfg_hw_bytes(cfg, 0xf0, 8), 0);
	ck_assert_uint_eq(rd(cfg, &h, 0x50, 2), 0x02c1);
	ck_assert_int_eq(wr(cfg, 0xfc, 4, 0x3fffe000), IGDPT_EVENT_ASLS);
	ck_assert_int_eq(wr(cfg, 0x5c, 4, 0x3af00000), IGDPT_EVENT_IGNORED);
	ck_assert_int_eq(wr(cfg, 0xc4, 1, 1), IGDPT_EVENT_IGNORED);
	ck_assert_uint_eq(rd(cfg, &h, 0xc0, 8), 0);
	ck_assert_uint_eq(igdpt_pcicfg_hw_bytes(cfg, 0x58, 8), 0x0f);
	ck_assert_uint_eq(igdpt_pcicfg_hw_bytes(cfg, 0x5c, 8), 0xf0);
	ck_assert_uint_eq(igdpt_pcicfg_hw_bytes(cfg, 0xbf, 8), 0x01);
	ck_assert_uint_eq(igdpt_pcicfg_hw_bytes(cfg, 0xc1, 8), 0x80);
	igdpt_pcicfg_free(cfg);
	ck_assert_int_eq(igdpt_pcicfg_new(NULL, h.config, 256, &show, &cfg, NULL), 0);
	ck_assert_uint_eq(igdpt_pcicfg_hw_bytes(cfg, 0x5c, 4), 0xf);
	ck_assert_uint_eq(igdpt_pcicfg_hw_bytes(cfg, 0xc0, 8), 0xff);
	ck_assert_uint_eq(igdpt_pcicfg_hw_bytes(cfg, 0xf0, 8), 0);
	igdpt_pcicfg_free(cfg);
	show.bdsm_policy = IGDPT_REG_DEFAULT;
	show.f0_policy = IGDPT_REG_HOST;
	ck_assert_int_eq(igdpt_pcicfg_new(NULL, h.config, 256, &show, &cfg, NULL), 0);
	ck_assert_uint_eq(igdpt_pcicfg_hw_bytes(cfg, 0xf0, 8), 0xff);
	ck_assert_uint_eq(igdpt_pcicfg_hw_bytes(cfg, 0xc0, 8), 0);
	igdpt_pcicfg_free(cfg);
}
END_TEST

/* Its id says so, whatever record the caller has for it. */
START_TEST(a_discrete_gpu_is_never_an_igd)
{
	struct host h = make_host(0x9a49);
	const struct igdpt_platform *const records[] = { NULL, &h.platform };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_pcicfg *cfg;

	put(h.config + 2, 0x56a0, 2);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(igdpt_pcicfg_new(records[i], h.config, 256, NULL, &cfg, &why),
			-IGDPT_E_UNSUPPORTED);
		ck_assert(why.id == IGDPT_F_PCICFG_DISCRETE && why.offset == 2 && why.value == 0x56a0);
	}
}
END_TEST

/* Who writes the defaults out, and who names presets that no policy asks for, means the same. */
START_TEST(a_state_is_for_the_same_policies_however_they_are_said)
{
	static const uint16_t ids[] = { 0x0412, 0x9a49, 0x7d55 };
	struct igdpt_mmio_opts mirrors = { .size = sizeof(mirrors),
		.stolen_reserved = IGDPT_MMIO_TRANSLATE, .gsmbase = IGDPT_MMIO_TRANSLATE,
		.anchors = IGDPT_MMIO_TRANSLATE, .pcode = IGDPT_MMIO_HIDE };

	for (size_t i = 0; i < 3; i++) {
		struct host h = make_host(ids[i]);
		struct igdpt_pcicfg_opts said = { .size = sizeof(said), .asls_policy = IGDPT_REG_EMULATE,
			.bdsm_policy = IGDPT_REG_EMULATE,
			.f0_policy = IGDPT_REG_EMULATE, .gms_policy = IGDPT_GMS_KEEP,
			.swsci = IGDPT_SWSCI_SWALLOW, .bridge = IGDPT_BRIDGE_ON, .asls = 0x7ff00000,
			.bdsm = 0x7b000000, .dsm_bytes = 32 << 20 };
		struct igdpt_pcicfg *a = make(&h, NULL), *b = make(&h, &said);
		uint8_t saved[64];
		size_t len = sizeof(saved);

		ck_assert_int_eq(igdpt_mmio_setup(b, &mirrors, NULL), 0);
		ck_assert_int_eq(igdpt_pcicfg_save(a, saved, &len), 0);
		ck_assert_int_eq(igdpt_pcicfg_restore(b, saved, len, NULL), 0);
		ck_assert_int_eq(igdpt_pcicfg_save(b, saved, &len), 0);
		ck_assert_int_eq(igdpt_pcicfg_restore(a, saved, len, NULL), 0);
		mirrors.gsmbase = IGDPT_MMIO_HIDE;
		ck_assert_int_eq(igdpt_mmio_setup(b, &mirrors, NULL), 0);
		ck_assert_int_eq(igdpt_pcicfg_restore(b, saved, len, NULL), -IGDPT_E_INVALID);
		mirrors.gsmbase = IGDPT_MMIO_TRANSLATE;
		igdpt_pcicfg_free(a);
		igdpt_pcicfg_free(b);
	}
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
	ck_assert_uint_eq(why.offset, 12);
	ck_assert_uint_eq(why.value, get_le32(saved + 12));
	ck_assert_uint_ne(why.want, why.value);
	for (size_t n = 0; n < len; n++) {
		void *copy = exact_copy(saved, n);

		ck_assert_int_eq(igdpt_pcicfg_restore(b, copy, n, &why), -IGDPT_E_TRUNCATED);
		ck_assert(why.offset == n && why.value == n && why.want == len);
		free(copy);
	}
	for (size_t n = 0; n < 8; n++) {
		saved[n] ^= 1;
		ck_assert_int_eq(igdpt_pcicfg_restore(b, saved, len, &why), -IGDPT_E_MAGIC);
		ck_assert_uint_eq(why.offset, 0);
		ck_assert_uint_eq(why.value, get_le64(saved));
		ck_assert_uint_eq(why.want, 0);
		saved[n] ^= 1;
	}
	ck_assert_int_eq(igdpt_pcicfg_restore(b, NULL, len, &why), -IGDPT_E_INVALID);
	ck_assert_uint_eq(why.value | why.want, 0);
	saved[10]++;
	ck_assert_int_eq(igdpt_pcicfg_restore(b, saved, len, &why), -IGDPT_E_VERSION);
	saved[10]--;
	saved[8]++;
	ck_assert_int_eq(igdpt_pcicfg_restore(b, saved, len, &why), -IGDPT_E_VERSION);
	ck_assert_uint_eq(why.offset, 8);
	ck_assert_uint_eq(why.value, 2);
	ck_assert_uint_eq(why.want, 1);
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
	ck_assert_int_eq(igdpt_pcicfg_save(cfg, saved, &len), 0);
	ck_assert_uint_eq(saved[34], 0); /* the guest has written none of its bytes */
	ck_assert_uint_eq(saved[35], 0x0f);
	ck_assert_uint_eq(rd(cfg, &h, 0xfc, 4), 0x7ff00000);
	ck_assert_uint_eq(rd(cfg, &h, 0x5c, 4), 0xfff00000);
	ck_assert_uint_eq(rd(cfg, &h, 0xe8, 2), 0xfffe);
	ck_assert_uint_eq(state_of(cfg).complete, IGDPT_EVENT_BDSM);
	igdpt_pcicfg_free(cfg);
}
END_TEST

/* A VMM that maps the OpRegion at the guest's address would map at one that no guest has given. */
START_TEST(a_restored_register_is_complete_if_its_bytes_were_written)
{
	static const struct {
		uint32_t device, written_asls, written_bdsm, saved, complete;
	} rows[] = {
		{ 0x9a49, 0x0, 0x00, 7, 0 },
		{ 0x9a49, 0x7, 0x0e, 7, 0 },
		{ 0x9a49, 0xf, 0xf0, 7, IGDPT_EVENT_ASLS },
		{ 0x9a49, 0x0, 0x0f, 7, IGDPT_EVENT_BDSM | IGDPT_EVENT_BRIDGED },
		{ 0x9a49, 0xf, 0xff, 0, IGDPT_EVENT_ASLS | IGDPT_EVENT_BDSM },
		{ 0x9a49, 0xf, 0xff, 0xffffffff, 7 },
		{ 0x0412, 0xf, 0x0f, 7, IGDPT_EVENT_ASLS | IGDPT_EVENT_BDSM },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct host h = make_host(rows[i].device);
		struct igdpt_pcicfg *cfg = make(&h, NULL);
		uint8_t saved[64];
		size_t len = sizeof(saved);

		ck_assert_int_eq(igdpt_pcicfg_save(cfg, saved, &len), 0);
		put_le32(saved + 20, rows[i].saved);
		saved[34] = (uint8_t)rows[i].written_asls;
		saved[35] = (uint8_t)rows[i].written_bdsm;
		ck_assert_int_eq(igdpt_pcicfg_restore(cfg, saved, len, NULL), 0);
		ck_assert_uint_eq(state_of(cfg).complete, rows[i].complete);
		igdpt_pcicfg_free(cfg);
	}
}
END_TEST

/* It says how many pages a VMM maps: one of the state's choice could ask for one too many. */
START_TEST(a_restored_asls_has_the_hosts_page_offset)
{
	struct host h = make_host(0x0412);
	struct igdpt_pcicfg_opts o = { .size = sizeof(o), .asls_policy = IGDPT_REG_WRITE_ONCE,
		.flags = IGDPT_PCICFG_KEEP_LOW_BITS };
	struct igdpt_pcicfg *cfg = make(&h, &o);
	uint8_t saved[64];
	size_t len = sizeof(saved);

	ck_assert_int_eq(igdpt_pcicfg_save(cfg, saved, &len), 0);
	put_le32(saved + 16, 0x3fffefff);
	saved[34] = 0x0f;
	ck_assert_int_eq(igdpt_pcicfg_restore(cfg, saved, len, NULL), 0);
	ck_assert_uint_eq(rd(cfg, &h, 0xfc, 4), 0x3fffe000 | (HOST_ASLS & 0xfff));
	ck_assert_uint_eq(state_of(cfg).complete, IGDPT_EVENT_ASLS);
	ck_assert_int_eq(wr(cfg, 0xfc, 4, 0x4fffe000), IGDPT_EVENT_IGNORED);
	igdpt_pcicfg_free(cfg);
}
END_TEST

/* The low half of BDSM is locked, the high half came with the state and is not. */
START_TEST(an_ignored_write_of_0x5c_changes_nothing)
{
	struct host h = make_host(0x9a49);
	struct igdpt_pcicfg_opts o = { .size = sizeof(o), .bdsm_policy = IGDPT_REG_WRITE_ONCE };
	struct igdpt_pcicfg *cfg = make(&h, &o);
	uint8_t saved[64];
	size_t len = sizeof(saved);
	uint64_t before;

	ck_assert_int_eq(igdpt_pcicfg_save(cfg, saved, &len), 0);
	put_le64(saved + 24, UINT64_C(0x13af00000));
	saved[35] = 0x0f;
	ck_assert_int_eq(igdpt_pcicfg_restore(cfg, saved, len, NULL), 0);
	before = rd(cfg, &h, 0xf0, 8);
	ck_assert_int_eq(wr(cfg, 0x5c, 4, 0x4bf00000), IGDPT_EVENT_IGNORED);
	ck_assert_uint_eq(rd(cfg, &h, 0xc0, 8), UINT64_C(0x13af00000));
	ck_assert_uint_eq(rd(cfg, &h, 0xf0, 8), before);
	igdpt_pcicfg_free(cfg);
}
END_TEST

/* The layout that lib/pcicfg-save.c documents: saved states outlive the library that wrote them. */
START_TEST(a_saved_state_has_the_documented_bytes)
{
	static const uint8_t want[22] = { 0x00, 0xe0, 0xff, 0x3f, 7, 0, 0, 0, 0, 0, 0xf0, 0x3a,
		0, 0, 0, 0, 0x34, 0x92, 0x0f, 0x0f };
	struct host h = make_host(0x9a49);
	struct igdpt_pcicfg_opts hidden = { .size = sizeof(hidden), .asls_policy = IGDPT_REG_HOST,
		.bdsm_policy = IGDPT_REG_HOST, .swsci = IGDPT_SWSCI_HOST };
	struct igdpt_pcicfg *cfg = make(&h, NULL);
	uint8_t saved[40];
	size_t len = sizeof(saved);

	wr(cfg, 0xfc, 4, 0x3fffe000);
	wr(cfg, 0x5c, 4, 0x3af00000);
	wr(cfg, 0xe8, 2, 0x9234);
	ck_assert_int_eq(igdpt_pcicfg_save(cfg, saved, &len), 0);
	ck_assert_mem_eq(saved, "IGDPTCFG\1\0\46\0", 12);
	ck_assert_uint_eq(len, 38);
	ck_assert_mem_eq(saved + 16, want, 22);
	igdpt_pcicfg_free(cfg);
	cfg = make(&h, &hidden);
	ck_assert_int_eq(igdpt_pcicfg_save(cfg, saved, &len), 0);
	for (size_t i = 16; i < len; i++)
		ck_assert_uint_eq(saved[i], 0);
	igdpt_pcicfg_free(cfg);
}
END_TEST

START_TEST(a_handle_lives_in_the_callers_memory)
{
	struct host h = make_host(0x0412);
	size_t need = igdpt_pcicfg_sizeof();
	struct igdpt_finding why = { .size = sizeof(why) };
	void *mem = malloc(need);
	struct igdpt_pcicfg *cfg = NULL;

	ck_assert_int_eq(igdpt_pcicfg_init_at(mem, need - 1, &h.platform, h.config, 256, NULL, &cfg, &why),
		-IGDPT_E_NOSPACE);
	ck_assert_uint_eq(why.value, need - 1);
	ck_assert_uint_eq(why.want, need);
	cfg = mem;
	ck_assert_int_eq(igdpt_pcicfg_init_at(NULL, need, &h.platform, h.config, 256, NULL, &cfg, &why),
		-IGDPT_E_INVALID);
	ck_assert_ptr_null(cfg);
	cfg = mem;
	ck_assert_int_eq(igdpt_pcicfg_new(&h.platform, NULL, 256, NULL, &cfg, NULL), -IGDPT_E_INVALID);
	ck_assert_ptr_null(cfg);
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
	tcase_add_test(tc, the_address_at_0xf0_is_0_where_it_cannot_move);
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
	tcase_add_test(tc, options_outside_their_range_are_refused);
	tcase_add_test(tc, presets_count_for_their_policies_only);
	tcase_add_test(tc, ggc_is_emulated_where_it_is);
	tcase_add_test(tc, an_undefined_size_of_the_host_can_be_overridden);
	tcase_add_test(tc, findings_tell_the_register_and_the_host_value);
	tcase_add_test(tc, an_unknown_device_gets_an_opregion_and_shows_no_base);
	tcase_add_test(tc, a_discrete_gpu_is_never_an_igd);
	tcase_add_test(tc, restore_after_save_is_the_identity);
	tcase_add_test(tc, a_state_is_for_the_same_policies_however_they_are_said);
	tcase_add_test(tc, restore_obeys_the_policies_whatever_the_bytes);
	tcase_add_test(tc, a_saved_state_has_the_documented_bytes);
	tcase_add_test(tc, a_restored_register_is_complete_if_its_bytes_were_written);
	tcase_add_test(tc, a_restored_asls_has_the_hosts_page_offset);
	tcase_add_test(tc, an_ignored_write_of_0x5c_changes_nothing);
	tcase_add_test(tc, a_handle_lives_in_the_callers_memory);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
