/* SPDX-License-Identifier: MIT */
#include "igdpt/fwcfg.h"

#include "bytes.h"
#include "igdpt/opregion.h"
#include "internal.h"
#include "sort.h"

#define SIZE_BYTES 8u
#define ENTRY_BYTES 64u
#define ENTRY_SELECT 4u
#define ENTRY_NAME 8u
#define SEABIOS_HIGH (16 * MIB)

static int check_dsm(uint64_t bytes, struct igdpt_finding *why)
{
	if (bytes >= 4 * GIB)
		return igdpt_priv_fail(why, IGDPT_F_DSM_TOO_LARGE, 0, bytes, 4 * GIB);
	if (bytes % MIB)
		return igdpt_priv_fail(why, IGDPT_F_DSM_UNALIGNED, 0, bytes, MIB);
	return 0;
}

int igdpt_fwcfg_bdsm_size(uint64_t dsm_bytes, void *buf, size_t *len, struct igdpt_finding *why)
{
	int rc = check_dsm(dsm_bytes, why);

	if (rc)
		return rc;
	rc = igdpt_priv_room(buf, len, SIZE_BYTES, why);
	if (rc)
		return rc;
	put_le64(buf, dsm_bytes);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct igdpt_fwcfg_file *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static bool is_before(const void *a, const void *b)
{
	return by_name(a, b) < 0;
}

static bool name_ok(const char *name)
{
	return name && *name && memchr(name, '\0', IGDPT_FWCFG_NAME_MAX + 1);
}

static int check_files(const struct igdpt_fwcfg_file *files, size_t count, uint32_t slots,
	struct igdpt_finding *why)
{
	if (!files && count)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	if (slots > IGDPT_FWCFG_SLOTS_MAX)
		return igdpt_priv_fail(why, IGDPT_F_FWCFG_SLOTS, IGDPT_NO_OFFSET, slots,
			IGDPT_FWCFG_SLOTS_MAX);
	if (count > slots)
		return igdpt_priv_fail(why, IGDPT_F_FWCFG_SLOTS, IGDPT_NO_OFFSET, count, slots);
	for (size_t i = 0; i < count; i++) {
		if (!name_ok(files[i].name))
			return igdpt_priv_fail(why, IGDPT_F_FWCFG_NAME, IGDPT_NO_OFFSET, i,
				IGDPT_FWCFG_NAME_MAX);
		if (files[i].bytes > UINT32_MAX)
			return igdpt_priv_fail(why, IGDPT_F_FWCFG_FILE_SIZE, IGDPT_NO_OFFSET, i,
				UINT32_MAX);
	}
	return 0;
}

static int sort_files(struct igdpt_fwcfg_file *files, size_t count, struct igdpt_finding *why)
{
	igdpt_priv_sort(files, count, sizeof(*files), is_before);
	for (size_t i = 1; i < count; i++) {
		if (by_name(&files[i - 1], &files[i]) == 0)
			return igdpt_priv_fail(why, IGDPT_F_FWCFG_DUPLICATE, IGDPT_NO_OFFSET, i, i - 1);
	}
	return 0;
}

static void put_directory(uint8_t *p, struct igdpt_fwcfg_file *files, size_t count)
{
	put_be32(p, (uint32_t)count);
	p += 4;
	for (size_t i = 0; i < count; i++, p += ENTRY_BYTES) {
		files[i].select = (uint32_t)(IGDPT_FWCFG_KEY_FIRST + i);
		put_be32(p, (uint32_t)files[i].bytes);
		put_be16(p + ENTRY_SELECT, (uint16_t)files[i].select);
		memcpy(p + ENTRY_NAME, files[i].name, strlen(files[i].name));
	}
}

int igdpt_fwcfg_directory(struct igdpt_fwcfg_file *files, size_t count, uint32_t slots, void *buf,
	size_t *len, struct igdpt_finding *why)
{
	size_t need;
	int rc;

	if (!slots)
		slots = IGDPT_FWCFG_SLOTS;
	rc = check_files(files, count, slots, why);
	if (rc)
		return rc;
	need = 4 + (size_t)ENTRY_BYTES * slots;
	rc = igdpt_priv_room(buf, len, need, why);
	if (rc)
		return rc;
	rc = sort_files(files, count, why);
	if (rc)
		return rc;
	memset(buf, 0, need);
	put_directory(buf, files, count);
	return 0;
}

struct opregion_judge {
	struct igdpt_priv_report *report;
	uint32_t version;
};

/* From version 2.1 on RVDA is a distance. */
static bool names_host_address(const struct igdpt_finding *f, uint32_t version)
{
	switch (f->id) {
	case IGDPT_F_RVDA_ABSOLUTE:
	case IGDPT_F_HOST_BUFFER:
		return true;
	case IGDPT_F_RVDA_HALF:
	case IGDPT_F_RVDA_TOO_OLD:
		return f->value && version <= 0x0200;
	default:
		return false;
	}
}

/* A finding of the OpRegion's own rules; what names a host address is an error in a guest's file. */
static void pass_on(void *user, const struct igdpt_finding *f)
{
	const struct opregion_judge *j = user;

	igdpt_priv_report(j->report,
		names_host_address(f, j->version) ? IGDPT_F_FWCFG_ADDRESS : f->id, f->offset, f->value,
		f->want);
}

static void check_opregion(const struct igdpt_fwcfg_file *file, struct igdpt_priv_report *r)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct opregion_judge judge = { .report = r };
	struct igdpt_opregion op;

	if (!file->bytes) {
		igdpt_priv_report(r, IGDPT_F_FWCFG_OPREGION_EMPTY, 0, 0, IGDPT_OPREGION_BYTES);
		return;
	}
	if (file->bytes > SEABIOS_HIGH)
		igdpt_priv_report(r, IGDPT_F_FWCFG_OPREGION_LARGE, IGDPT_NO_OFFSET, file->bytes,
			SEABIOS_HIGH);
	if (igdpt_opregion_init(&op, file->data, (size_t)file->bytes, &why) < 0) {
		igdpt_priv_report(r, why.id, why.offset, why.value, why.want);
		return;
	}
	judge.version = op.version;
	igdpt_opregion_validate(&op, pass_on, &judge);
}

static bool read_size(const struct igdpt_fwcfg_file *file, struct igdpt_priv_report *r,
	uint64_t *value)
{
	if (file->bytes != SIZE_BYTES) {
		igdpt_priv_report(r, IGDPT_F_FWCFG_SIZE_LENGTH, IGDPT_NO_OFFSET, file->bytes,
			SIZE_BYTES);
		return false;
	}
	*value = get_le64(file->data);
	return true;
}

static void check_size(const struct igdpt_fwcfg_file *file, struct igdpt_priv_report *r)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	uint64_t bytes;

	if (!read_size(file, r, &bytes))
		return;
	if (!bytes)
		igdpt_priv_report(r, IGDPT_F_FWCFG_SIZE_ZERO, 0, 0, 0);
	else if (check_dsm(bytes, &why))
		igdpt_priv_report(r, why.id, why.offset, why.value, why.want);
}

static void check_base(const struct igdpt_fwcfg_file *file, struct igdpt_priv_report *r)
{
	uint64_t base;

	if (read_size(file, r, &base) && base % MIB)
		igdpt_priv_report(r, IGDPT_F_FWCFG_STOLEN_BASE, 0, base, MIB);
}

static const struct {
	const char *name;
	void (*check)(const struct igdpt_fwcfg_file *file, struct igdpt_priv_report *r);
	uint32_t missing; /* finding if there is no such file, 0 none */
} known_files[] = {
	{ IGDPT_FWCFG_OPREGION, check_opregion, IGDPT_F_FWCFG_NO_OPREGION },
	{ IGDPT_FWCFG_BDSM_SIZE, check_size, IGDPT_F_FWCFG_NO_SIZE },
	{ IGDPT_FWCFG_STOLEN_BASE, check_base, 0 },
};

int igdpt_fwcfg_check(const struct igdpt_fwcfg_file *files, size_t count, igdpt_finding_fn fn,
	void *user)
{
	struct igdpt_priv_report r = { .fn = fn, .user = user };

	if (!files && count)
		return -IGDPT_E_INVALID;
	for (size_t i = 0; i < count; i++) {
		if (!files[i].name || (files[i].bytes && !files[i].data) || files[i].bytes > SIZE_MAX)
			return -IGDPT_E_INVALID;
	}
	for (size_t k = 0; k < ARRAY_SIZE(known_files); k++) {
		size_t first = count;

		for (size_t i = 0; i < count; i++) {
			if (strcmp(files[i].name, known_files[k].name) != 0)
				continue;
			if (first < count)
				igdpt_priv_report(&r, IGDPT_F_FWCFG_DUPLICATE, IGDPT_NO_OFFSET, i, first);
			else
				first = i;
			known_files[k].check(&files[i], &r);
		}
		if (first == count && known_files[k].missing)
			igdpt_priv_report(&r, known_files[k].missing, IGDPT_NO_OFFSET, 0, 0);
	}
	return r.errors;
}
