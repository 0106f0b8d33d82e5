/* SPDX-License-Identifier: MIT
 *
 * Every function that takes a size-prefixed struct, called by callers of other releases: one whose
 * struct is as long as in the first release, a newer one with members that this library does not
 * know, and impossible ones. Prints TAP. The argument is how many bytes each struct of the library
 * in use is longer than in these headers: growth.py runs it against a library of the future.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "igdpt/igdpt.h"

#define NEWER 64u
#define ROOM 8192u
#define CANARY 0xa5

/* How a function uses the struct. */
enum use {
	IN,    /* options: unknown members must be zero */
	OUT,   /* a result: filled and zeroed to its end */
	WALK,  /* both */
	FILLED /* what the library filled is handed back, and not measured again */
};

static uint8_t vbt_bytes[4096], opregion_bytes[0x4000], dmar_bytes[512], rom_bytes[1024], config[256];
static size_t vbt_len = sizeof(vbt_bytes), opregion_len = sizeof(opregion_bytes);
static size_t dmar_len = sizeof(dmar_bytes);
static struct igdpt_vbt vbt;
static struct igdpt_opregion op;
static struct igdpt_dmar dmar;
static struct igdpt_dmar_structure rmrr = { .size = sizeof(rmrr) };
static struct igdpt_pcicfg *cfg;
static struct igdpt_platform hsw = { .size = sizeof(hsw) };
static struct igdpt_plan_result made = { .size = sizeof(made) };

static const uint8_t igd_path[] = { 2, 0 };
static const struct igdpt_dmar_build_scope igd = { IGDPT_DMAR_SCOPE_ENDPOINT, 0, 0, 1, igd_path };
static const struct igdpt_dmar_build_rmrr igd_rmrr = { 0x8b800000, 0x8fffffff, 0, 1, &igd };
static struct igdpt_rmrr_device igd_device = { 0x10, 0x030000 };
static struct igdpt_range work[8];

/* Templates: what a caller of these headers would pass. */
static const struct igdpt_finding finding = { .size = sizeof(finding), .id = IGDPT_F_ARGUMENT };
static const struct igdpt_vbt_build_opts vbt_opts = { .size = sizeof(vbt_opts), .platform = "hsw" };
static const struct igdpt_opregion_build_opts op_opts = { .size = sizeof(op_opts),
	.version = 0x0201 };
static const struct igdpt_plan_opts plan_opts = { .size = sizeof(plan_opts),
	.mode = IGDPT_PLAN_FIRMWARE, .ggc = 0x0211, .low_end = 0x80000000, .opregion_bytes = 0x2000,
	.platform = &hsw };
static const struct igdpt_ranges_request request = { .size = sizeof(request), .bytes = 1,
	.max = 99 };
static const struct igdpt_dmar_build_opts dmar_opts = { .size = sizeof(dmar_opts),
	.rmrrs = &igd_rmrr, .rmrr_count = 1 };
static const struct igdpt_rmrr_predict_opts predict_opts = { .size = sizeof(predict_opts),
	.devices = &igd_device, .device_count = 1 };
static const struct igdpt_rmrr_resolve_opts resolve_opts = { .size = sizeof(resolve_opts),
	.low_end = 0x80000000, .work = work };
static struct igdpt_dmar_scope scope = { .size = sizeof(scope) };

static void append(uint8_t id, const uint8_t *data, size_t n)
{
	uint8_t *p = vbt_bytes + vbt_len;

	p[0] = id;
	p[1] = (uint8_t)n;
	p[2] = (uint8_t)(n >> 8);
	memcpy(p + 3, data, n);
	vbt_len += 3 + n;
	for (unsigned i = 0; i < 2; i++) {
		vbt_bytes[24 + i] = (uint8_t)(vbt_len >> 8 * i);
		vbt_bytes[48 + 20 + i] = (uint8_t)((vbt_len - 48) >> 8 * i);
	}
}

/* Blocks 23 and 24 hold a panel, block 53 a sequence: panel 0, "power on", a delay of 2 ms. */
static int make_vbt(void)
{
	static const uint8_t zeros[72], mipi[] = { 3, 24, 0, 0, 0, 0, 19, 0, 0, 0, 10, 6, 0, 0, 0, 2, 4,
		0xd0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	int rc = igdpt_vbt_build(&vbt_opts, vbt_bytes, &vbt_len, NULL);

	append(22, zeros, 22);
	append(23, zeros, 72);
	append(24, zeros, 40);
	append(53, mipi, sizeof(mipi));
	return rc < 0 ? rc : igdpt_vbt_init(&vbt, vbt_bytes, vbt_len, NULL);
}

static int make_opregion(void)
{
	int rc = igdpt_opregion_build(&op_opts, vbt_bytes, vbt_len, opregion_bytes, &opregion_len,
		NULL);

	return rc < 0 ? rc : igdpt_opregion_init(&op, opregion_bytes, opregion_len, NULL);
}

static int make_dmar(void)
{
	int rc = igdpt_dmar_build(&dmar_opts, dmar_bytes, &dmar_len, NULL);

	if (rc == 0)
		rc = igdpt_dmar_init(&dmar, dmar_bytes, dmar_len, NULL);
	while (rc >= 0 && rmrr.type != IGDPT_DMAR_RMRR) {
		rc = igdpt_dmar_next(&dmar, &rmrr, NULL);
		if (rc == 0)
			return -1;
	}
	return rc < 0 ? rc : igdpt_dmar_scope_next(&dmar, &rmrr, &scope, NULL);
}

/* One image of 1 KiB without code. */
static void make_rom(void)
{
	static const uint8_t head[] = { 0x55, 0xaa, 2 }, pcir[] = { 'P', 'C', 'I', 'R', 0x86, 0x80, 0x12,
		4, 0, 0, 0x18, 0, 0, 0, 0, 3, 2, 0, 0, 0, 0, 0x80 };

	memcpy(rom_bytes, head, sizeof(head));
	rom_bytes[0x18] = 0x1c;
	memcpy(rom_bytes + 0x1c, pcir, sizeof(pcir));
}

static int make_config(void)
{
	memcpy(config, "\x86\x80\x12\x04", 4);
	config[0x0b] = 3;
	config[0x50] = 0x11;
	config[0x51] = 2;
	return igdpt_pcicfg_new(&hsw, config, sizeof(config), NULL, &cfg, NULL);
}

static int make_all(void)
{
	int rc = igdpt_platform_find(0x0412, &hsw);

	make_rom();
	if (rc >= 0)
		rc = make_vbt();
	if (rc >= 0)
		rc = make_opregion();
	if (rc >= 0)
		rc = make_dmar();
	if (rc >= 0)
		rc = make_config();
	return rc < 0 ? rc : igdpt_plan_make(&plan_opts, &made, NULL);
}

static int with_config(const struct igdpt_platform *platform, const struct igdpt_pcicfg_opts *opts,
	int here)
{
	static uint64_t mem[512];
	struct igdpt_pcicfg *one = NULL;
	int rc;

	if (here)
		return igdpt_pcicfg_init_at(mem, sizeof(mem), platform, config, sizeof(config), opts, &one,
			NULL);
	rc = igdpt_pcicfg_new(platform, config, sizeof(config), opts, &one, NULL);
	igdpt_pcicfg_free(one);
	return rc;
}

/* `why` is filled on failure; its size decides nothing else. */
static int fail(struct igdpt_finding *why)
{
	struct igdpt_stolen s = { .size = sizeof(s) };
	uint32_t size = why->size;
	int rc = igdpt_stolen_decode(99, 0, 0, &s, why);

	if (rc == -IGDPT_E_ABI_SIZE || rc >= 0)
		return -1;
	return why->id == IGDPT_F_CODEC_UNKNOWN && size >= 40 ? 0 : -IGDPT_E_ABI_SIZE;
}

static int merge_nothing(const struct igdpt_rmrr_resolve_opts *opts, struct igdpt_rmrr_layout *layout)
{
	struct igdpt_rmrr_region map[4];
	size_t n = 4;

	return igdpt_rmrr_resolve(opts, NULL, 0, layout, map, &n, NULL);
}

static int with_platform(const struct igdpt_platform *p)
{
	struct igdpt_legacy_opts legacy = { .size = sizeof(legacy), .platform = p };
	struct igdpt_plan_opts plan = plan_opts;
	struct igdpt_plan_result result = { .size = sizeof(result) };
	int rc = igdpt_legacy_check(&legacy, 0x0702, NULL, NULL);

	plan.platform = p;
	return rc < 0 ? rc : igdpt_plan_make(&plan, &result, NULL);
}

static uint8_t out[0x8000];
static size_t out_len;
static struct igdpt_e820_entry entries[8];
static const struct igdpt_ranges nothing;
static uint64_t number;
static uint32_t address;

#define CASE(function, type, use, template, call)                                                  \
	static int function##_##type(void *p)                                                      \
	{                                                                                          \
		struct type *s = p;                                                                \
                                                                                                   \
		out_len = sizeof(out);                                                             \
		return call;                                                                       \
	}
#include "growth.def"
#undef CASE

static const struct {
	const char *name;
	enum use use;
	const void *template;
	uint32_t bytes;
	int (*run)(void *p);
} cases[] = {
#define CASE(function, type, use, template, call)                                                  \
	{ #function ":" #type, use, template, sizeof(struct type), function##_##type },
#include "growth.def"
#undef CASE
};

#define COUNT (sizeof(cases) / sizeof(cases[0]))

static uint64_t place[ROOM / 8];
static uint8_t *const bytes = (uint8_t *)place;
static uint32_t grown;

/* Call with a struct of that size, whose last byte is `last`. */
static int call(size_t i, uint32_t size, uint8_t last)
{
	uint32_t known = cases[i].bytes;

	memset(bytes, CANARY, ROOM);
	if (size > known && size < ROOM)
		memset(bytes + known, 0, size - known);
	if (cases[i].template)
		memcpy(bytes, cases[i].template, known < size ? known : size < 4 ? 4 : size);
	else
		memset(bytes, 0, known);
	memcpy(bytes, &size, sizeof(size));
	if (size > known && size < ROOM)
		bytes[size - 1] = last;
	return cases[i].run(bytes);
}

/* Bytes from there on are untouched. */
static int intact(uint32_t from)
{
	while (from < ROOM && bytes[from] == CANARY)
		from++;
	return from == ROOM;
}

static int zero(uint32_t from, uint32_t to)
{
	while (from < to && !bytes[from])
		from++;
	return from == to;
}

static uint32_t size_now(void)
{
	uint32_t size;

	memcpy(&size, bytes, sizeof(size));
	return size;
}

static const char *first_release(size_t i)
{
	uint32_t n = cases[i].bytes;

	if (call(i, n, 0) < 0)
		return "refused";
	if (!intact(n))
		return "bytes behind the struct were written";
	return size_now() == n ? NULL : "size is not the caller's";
}

static const char *newer(size_t i)
{
	uint32_t n = cases[i].bytes + NEWER, known = cases[i].bytes + grown;

	if (call(i, n, 0) < 0)
		return "refused";
	if (!intact(n) || !zero(known, n))
		return "bytes that the library does not know are not zero";
	return size_now() == (cases[i].use == OUT || cases[i].use == WALK ? known : n) ? NULL :
		"size does not tell what is meaningful";
}

static const char *unknown_member(size_t i)
{
	uint32_t n = cases[i].bytes + NEWER;
	int rc = call(i, n, 1);

	if (cases[i].use == OUT)
		return rc < 0 || bytes[n - 1] ? "an unknown member of a result is left set" : NULL;
	return rc == -IGDPT_E_ABI_UNKNOWN ? NULL : "not refused";
}

static const char *impossible(size_t i)
{
	/* Five: on 32-bit machines the last four bytes may be padding. */
	uint32_t sizes[] = { 0, 4, cases[i].bytes - 5, 4097, UINT32_MAX };

	for (unsigned n = 0; n < sizeof(sizes) / sizeof(sizes[0]); n++) {
		if (call(i, sizes[n], 0) != -IGDPT_E_ABI_SIZE)
			return "not refused";
	}
	return NULL;
}

static void report(size_t i, const char *what, const char *error)
{
	static unsigned n;

	if (error)
		printf("# %s\n", error);
	printf("%sok %u - %s: %s\n", error ? "not " : "", ++n, cases[i].name, what);
}

int main(int argc, char **argv)
{
	unsigned plan = 0;

	grown = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
	if (make_all() < 0) {
		puts("Bail out! the fixtures cannot be made");
		return 1;
	}
	for (size_t i = 0; i < COUNT; i++) {
		report(i, "a caller of the first release", first_release(i));
		report(i, "a newer caller", newer(i));
		plan += 2;
		if (cases[i].use == FILLED)
			continue;
		report(i, "an unknown member", unknown_member(i));
		report(i, "impossible sizes", impossible(i));
		plan += 2;
	}
	igdpt_pcicfg_free(cfg);
	printf("1..%u\n", plan);
	return 0;
}
