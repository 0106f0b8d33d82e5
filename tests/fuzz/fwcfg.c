/* SPDX-License-Identifier: MIT
 *
 * Files for guest firmware: the directory holds what was put in, sorted, with consecutive
 * selectors, and what is refused is refused for the reason that it has.
 */
#include "fuzz.h"

#define FILES 40u
#define NAME_ROOM 64u

struct set {
	struct igdpt_fwcfg_file files[FILES];
	char names[FILES][NAME_ROOM];
	uint32_t count;
};

static void take_name(struct fuzz_reader *in, char *name)
{
	static const char *const known[] = { IGDPT_FWCFG_OPREGION, IGDPT_FWCFG_BDSM_SIZE,
		IGDPT_FWCFG_STOLEN_BASE };
	uint32_t kind = fuzz_below(in, 8), n;

	if (kind < COUNT(known)) {
		strcpy(name, known[kind]);
		return;
	}
	n = fuzz_below(in, kind == 7 ? NAME_ROOM : 4);
	for (uint32_t i = 0; i < n; i++)
		name[i] = (char)fuzz_number(in, 1);
	name[n] = '\0';
}

/* Names, and pieces of the input as contents. */
static void take(struct fuzz_reader *in, struct set *s)
{
	s->count = fuzz_below(in, FILES + 1);
	for (uint32_t i = 0; i < s->count; i++) {
		struct igdpt_fwcfg_file *f = &s->files[i];
		size_t want = (size_t)fuzz_number(in, 2), len;

		take_name(in, s->names[i]);
		f->name = s->names[i];
		f->data = fuzz_rest(in, want, &len);
		f->bytes = len;
		if (want == 0xffff)
			f->bytes = UINT64_C(1) << 32;
	}
}

/* The error that the files deserve, by looking at each and at each pair. */
static int deserved(const struct set *s, uint32_t slots)
{
	bool bad = s->count > (slots ? slots : IGDPT_FWCFG_SLOTS) || slots > IGDPT_FWCFG_SLOTS_MAX;

	for (uint32_t i = 0; i < s->count; i++) {
		size_t n = strlen(s->names[i]);

		bad |= n == 0 || n > IGDPT_FWCFG_NAME_MAX || s->files[i].bytes >> 32;
		for (uint32_t k = 0; k < i; k++)
			bad |= strcmp(s->names[i], s->names[k]) == 0;
	}
	return bad;
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Decode after encode. */
static void read_directory(const struct set *s, const uint8_t *dir, size_t len, uint32_t slots)
{
	must(len == 4 + 64 * (size_t)slots && be32(dir) == s->count);
	for (uint32_t i = 0; i < s->count; i++) {
		const struct igdpt_fwcfg_file *f = &s->files[i];
		const uint8_t *entry = dir + 4 + 64 * (size_t)i;

		must(be32(entry) == f->bytes && f->select == IGDPT_FWCFG_KEY_FIRST + i);
		must((uint32_t)(entry[4] << 8 | entry[5]) == f->select);
		must(strcmp((const char *)entry + 8, f->name) == 0);
		must(i == 0 || strcmp(s->files[i - 1].name, f->name) < 0);
	}
	for (const uint8_t *p = dir + 4 + 64 * (size_t)s->count; p < dir + len; p++)
		must(*p == 0);
}

static void lay_out(struct set *s, uint32_t slots)
{
	static uint8_t dir[4 + 64 * 256];
	struct igdpt_finding why = { .size = sizeof(why) };
	size_t len = sizeof(dir);
	int rc = igdpt_fwcfg_directory(s->files, s->count, slots, dir, &len, &why);

	must((rc < 0) == deserved(s, slots));
	must(rc == 0 || (why.id && rc != -IGDPT_E_NOSPACE));
	if (rc == 0)
		read_directory(s, dir, len, slots ? slots : IGDPT_FWCFG_SLOTS);
}

static void judge(const struct set *s)
{
	struct fuzz_findings a = { .limit = UINT64_MAX }, b = a;
	int errors;

	for (uint32_t i = 0; i < s->count; i++) {
		if (s->files[i].bytes >> 32)
			return; /* only the directory takes it */
	}
	errors = igdpt_fwcfg_check(s->files, s->count, fuzz_note, &a);
	must(errors >= 0 && igdpt_fwcfg_check(s->files, s->count, fuzz_note, &b) == errors);
	fuzz_same_findings(&a, &b, errors);
}

/* The size file says what went in, and firmware that checks it has nothing to say. */
static void size_file(uint64_t bytes)
{
	struct igdpt_fwcfg_file file = { .name = IGDPT_FWCFG_BDSM_SIZE, .bytes = 8 };
	uint8_t out[8];
	size_t len = sizeof(out);
	int rc = igdpt_fwcfg_bdsm_size(bytes, out, &len, NULL);

	must(rc == (bytes >> 32 ? -IGDPT_E_RANGE : bytes % 0x100000 ? -IGDPT_E_ALIGN : 0));
	file.data = out;
	if (rc == 0)
		must(get_le64(out) == bytes && igdpt_fwcfg_check(&file, 1, NULL, NULL) == 0);
}

static bool names_address(const void *data, size_t len)
{
	struct igdpt_fwcfg_file file = { .name = IGDPT_FWCFG_OPREGION, .data = data, .bytes = len };
	struct fuzz_findings seen = { .limit = UINT64_MAX, .wanted = IGDPT_F_FWCFG_ADDRESS };
	int errors = igdpt_fwcfg_check(&file, 1, fuzz_note, &seen);

	must(seen.errors == errors && (!seen.found || errors));
	return seen.found;
}

/* An OpRegion for a guest that still holds an address of the host is an error. */
static void host_address(uint64_t address)
{
	static uint8_t op[(16u << 20) + 1];
	struct igdpt_opregion_build_opts opts = { .size = sizeof(opts) };
	size_t len = sizeof(op);

	must(igdpt_opregion_build(&opts, NULL, 0, op, &len, NULL) == 0);
	must(!names_address(op, len));
	put_le32(op + IGDPT_OPF_FDSP, (uint32_t)address);
	must(names_address(op, len) == !!(uint32_t)address);
	put_le32(op + IGDPT_OPF_FDSP, 0);
	put_le64(op + IGDPT_OPF_FDSS, address);
	must(names_address(op, len) == !!address);
	must(names_address(op, sizeof(op)) == !!address);
}

/* Arguments that are none are refused. */
static void refuse(void)
{
	struct igdpt_fwcfg_file file = { .name = IGDPT_FWCFG_BDSM_SIZE, .bytes = 8 };
	size_t len = 0;

	must(igdpt_fwcfg_bdsm_size(0, NULL, &len, NULL) == -IGDPT_E_NOSPACE && len == 8);
	must(igdpt_fwcfg_bdsm_size(0, NULL, NULL, NULL) < 0);
	must(igdpt_fwcfg_check(&file, 1, NULL, NULL) == -IGDPT_E_INVALID);
	must(igdpt_fwcfg_check(NULL, 1, NULL, NULL) < 0);
	must(igdpt_fwcfg_directory(NULL, 1, 0, NULL, &len, NULL) < 0);
	len = 0;
	must(igdpt_fwcfg_directory(&file, 1, 0, NULL, &len, NULL) == -IGDPT_E_NOSPACE);
	must(igdpt_fwcfg_directory(&file, 1, IGDPT_FWCFG_SLOTS_MAX + 1, NULL, &len, NULL) ==
		-IGDPT_E_RANGE);
}

void fuzz_one(const uint8_t *data, size_t len)
{
	static struct set s;
	struct fuzz_reader in = { data, len };
	uint64_t dsm = fuzz_number(&in, 8);
	uint32_t slots = (uint32_t)fuzz_number(&in, 1);

	size_file(dsm);
	size_file((dsm & 0xffff) << 20);
	host_address(dsm);
	s = (struct set){ .count = 0 };
	take(&in, &s);
	refuse();
	judge(&s);
	lay_out(&s, slots);
}
