/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int host_complain(const char *what, int error, const struct igdpt_finding *why)
{
	char reason[300] = "";

	if (why && why->id)
		igdpt_finding_format(why, reason, sizeof(reason));
	fprintf(stderr, "%s: %s: %s", program_invocation_short_name, what, *reason ? reason : igdpt_strerror(error));
	if (why && why->id && why->offset != IGDPT_NO_OFFSET)
		fprintf(stderr, " at 0x%" PRIx64, why->offset);
	fputc('\n', stderr);
	return error;
}

static int read_file(const char *path, uint8_t *buf, size_t room, size_t *len)
{
	FILE *in = fopen(path, "rb");

	if (in)
		*len = fread(buf, 1, room, in);
	if (!in || ferror(in) || fgetc(in) != EOF) {
		fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, path,
			errno ? strerror(errno) : "larger than any such table");
		if (in)
			fclose(in);
		return -IGDPT_E_IO;
	}
	fclose(in);
	return 0;
}

static int get_vbt(struct host_tables *t, const struct host_source *source)
{
	struct igdpt_vbt_build_opts opts = {
		.size = sizeof(opts),
		.bytes = source->vbt_bytes,
		.platform = source->platform,
	};
	struct igdpt_finding why = { .size = sizeof(why) };
	int rc;

	t->vbt_bytes = sizeof(t->vbt);
	if (source->vbt_file)
		return read_file(source->vbt_file, t->vbt, sizeof(t->vbt), &t->vbt_bytes);
	rc = igdpt_vbt_build(&opts, t->vbt, &t->vbt_bytes, &why);
	return rc < 0 ? host_complain("VBT", rc, &why) : 0;
}

/* The host's OpRegion: read from a file, or what firmware would build around a VBT. */
static int get_opregion(struct host_tables *t, const struct host_source *source)
{
	struct igdpt_opregion_build_opts opts = {
		.size = sizeof(opts),
		.version = source->version,
		.address = source->address & ~UINT64_C(0xfff),
	};
	struct igdpt_finding why = { .size = sizeof(why) };
	int rc = 0;

	if (source->vbt_file || !source->opregion_file)
		rc = get_vbt(t, source);
	if (rc < 0)
		return rc;
	t->opregion_bytes = sizeof(t->opregion);
	if (source->opregion_file)
		return read_file(source->opregion_file, t->opregion, sizeof(t->opregion),
			&t->opregion_bytes);
	rc = igdpt_opregion_build(&opts, t->vbt, t->vbt_bytes, t->opregion, &t->opregion_bytes,
		&why);
	return rc < 0 ? host_complain("OpRegion", rc, &why) : 0;
}

/* The copy for the guest. An absolute RVDA points to host memory: its bytes come along. */
static int normalise(struct host_tables *t)
{
	struct igdpt_opregion_vbt where = { .size = sizeof(where) };
	struct igdpt_opregion_normalise_opts opts = { .size = sizeof(opts) };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_opregion op;
	int rc = igdpt_opregion_init(&op, t->opregion, t->opregion_bytes, &why);

	if (rc < 0)
		return host_complain("host OpRegion", rc, &why);
	if (igdpt_opregion_find_vbt(&op, &where, NULL) == 0 &&
		where.source == IGDPT_VBT_RVDA_ABSOLUTE && t->vbt_bytes) {
		opts.vbt = t->vbt;
		opts.vbt_bytes = t->vbt_bytes;
	}
	t->guest_opregion_bytes = sizeof(t->guest_opregion);
	rc = igdpt_opregion_normalise(&op, &opts, t->guest_opregion, &t->guest_opregion_bytes, &why);
	if (rc < 0 || why.id) /* the guest's copy may lack a VBT */
		host_complain("host OpRegion", rc, &why);
	return rc;
}

static void warn(void *user, const struct igdpt_finding *finding)
{
	(void)user;
	if (finding->severity != IGDPT_SEV_INFO)
		host_complain("fw_cfg", finding->error, finding);
}

/* What the known guest firmwares would make of the files. */
static int check_files(const struct host_tables *t)
{
	const struct igdpt_fwcfg_file files[] = {
		{ IGDPT_FWCFG_OPREGION, t->guest_opregion, t->guest_opregion_bytes, 0, 0 },
		{ IGDPT_FWCFG_BDSM_SIZE, t->bdsm_size, sizeof(t->bdsm_size), 0, 0 },
	};

	return igdpt_fwcfg_check(files, 2, warn, NULL) ? -IGDPT_E_INVALID : 0;
}

int host_tables(struct host_tables *t, const struct host_source *source, uint64_t dsm_bytes)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	size_t len = sizeof(t->bdsm_size);
	int rc = get_opregion(t, source);

	if (rc == 0)
		rc = normalise(t);
	if (rc < 0)
		return rc;
	rc = igdpt_fwcfg_bdsm_size(dsm_bytes, t->bdsm_size, &len, &why);
	if (rc < 0)
		return host_complain(IGDPT_FWCFG_BDSM_SIZE, rc, &why);
	return check_files(t);
}
