/* SPDX-License-Identifier: MIT */
#include "igdpt/platform.h"

#include <string.h>

#include "internal.h"

static const struct strings {
#define IGDPT_PLATFORM(num, token, name, title, ...) char token[sizeof(name "\0" title)];
#include "igdpt/platforms.def"
#undef IGDPT_PLATFORM
} strings = {
#define IGDPT_PLATFORM(num, token, name, title, ...) name "\0" title,
#include "igdpt/platforms.def"
#undef IGDPT_PLATFORM
};

struct platform_row {
	uint16_t number;
	uint16_t gen;
	uint8_t codec;
	uint8_t bdsm;
	uint8_t flags;
	uint8_t audio_devfn;
	uint16_t strings; /* name, title */
};

static const struct platform_row platforms[] = {
#define IGDPT_PLATFORM(num, token, name, title, gen, codec, bdsm, flags, audio)                    \
	{ num, gen, IGDPT_CODEC_##codec, IGDPT_BDSM_##bdsm, flags, audio,                          \
		offsetof(struct strings, token) },
#include "igdpt/platforms.def"
#undef IGDPT_PLATFORM
};

struct id_row {
	uint16_t device_id;
	uint8_t platform;
};

static const struct id_row ids[] = {
#define DEVICE_ID(id, token) { id, IGDPT_PLATFORM_##token },
#include "device-ids.def"
#undef DEVICE_ID
};

static const char *row_string(const struct platform_row *row, unsigned n)
{
	return string_at(&strings, row->strings, n);
}

static int fill(struct igdpt_platform *out, uint32_t device_id, const struct platform_row *row)
{
	struct igdpt_platform known = {
		.device_id = device_id,
		.platform = row->number,
		.gen = row->gen,
		.codec = row->codec,
		.bdsm = row->bdsm,
		.flags = row->flags,
		.audio_devfn = row->audio_devfn,
		.name = row_string(row, 0),
		.title = row_string(row, 1),
	};

	return igdpt_priv_struct_out(out, &known, sizeof(known), V1(igdpt_platform));
}

static int fill_id(struct igdpt_platform *out, const struct id_row *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(platforms); i++) {
		if (platforms[i].number == id->platform)
			return fill(out, id->device_id, &platforms[i]);
	}
	return -IGDPT_E_INTERNAL;
}

int igdpt_platform_find(uint32_t device_id, struct igdpt_platform *platform)
{
	size_t low = 0, high = ARRAY_SIZE(ids);

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (ids[mid].device_id == device_id)
			return fill_id(platform, &ids[mid]);
		if (ids[mid].device_id < device_id)
			low = mid + 1;
		else
			high = mid;
	}
	return -IGDPT_E_NOTFOUND;
}

int igdpt_platform_by_name(const char *name, struct igdpt_platform *platform)
{
	for (size_t i = 0; name && i < ARRAY_SIZE(platforms); i++) {
		if (strcmp(row_string(&platforms[i], 0), name) == 0)
			return fill(platform, 0, &platforms[i]);
	}
	return -IGDPT_E_NOTFOUND;
}

int igdpt_platform_at(size_t index, struct igdpt_platform *platform)
{
	if (index >= ARRAY_SIZE(ids))
		return -IGDPT_E_NOTFOUND;
	return fill_id(platform, &ids[index]);
}

/* Linux intel_pch.c: ids by family, and the family that it assumes beside a virtual bridge. */
static const uint16_t ibx[] = { 0x3b00 };
static const uint16_t cpt[] = { 0x1c00, 0x1e00 };
static const uint16_t lpt[] = { 0x8c00, 0x9c00, 0x8c80, 0x9c80 };
static const uint16_t spt[] = { 0xa100, 0x9d00, 0xa280 };
static const uint16_t cnp[] = { 0xa300, 0x9d80, 0x0280, 0x0680, 0xa380, 0x9d00, 0xa280 };
static const uint16_t icp[] = { 0x3480, 0x3880 };
static const uint16_t mcc[] = { 0x4b00 };
static const uint16_t jsp[] = { 0x4d80 };
static const uint16_t tgp[] = { 0xa080, 0x4380 };
/* Rocket Lake goes with Comet Lake's boards too. */
static const uint16_t tgp_cmp[] = { 0xa080, 0x4380, 0x0280, 0x0680 };
static const uint16_t adp[] = { 0x7a80, 0x5180, 0x7a00, 0x5480 };

static const struct {
	uint8_t first, last; /* platform numbers */
	uint8_t count;
	const uint16_t *ids;
	char name[4];
} pchs[] = {
#define PCH(first, last, ids, name)                                                                \
	{ IGDPT_PLATFORM_##first, IGDPT_PLATFORM_##last, ARRAY_SIZE(ids), ids, name },
	PCH(ILK, ILK, ibx, "IBX")
	PCH(SNB, IVB, cpt, "CPT")
	PCH(HSW, BDW, lpt, "LPT")
	PCH(SKL, SKL, spt, "SPT")
	PCH(KBL, AML_KBL, spt, "SPT")
	PCH(AML_CFL, CML, cnp, "CNP")
	PCH(ICL, ICL, icp, "ICP")
	PCH(EHL, EHL, mcc, "MCC")
	/* Linux assumes MCC for Jasper Lake too, whose own PCH is JSP. */
	PCH(JSL, JSL, jsp, "MCC")
	PCH(TGL, TGL, tgp, "TGP")
	PCH(RKL, RKL, tgp_cmp, "TGP")
	PCH(ADL_S, RPL_U, adp, "ADP")
#undef PCH
};

int igdpt_platform_pch(uint32_t platform, struct igdpt_pch *pch)
{
	for (size_t i = 0; i < ARRAY_SIZE(pchs); i++) {
		struct igdpt_pch known = {
			.mask = 0xff80,
			.count = pchs[i].count,
			.ids = pchs[i].ids,
			.name = pchs[i].name,
		};

		if (platform >= pchs[i].first && platform <= pchs[i].last)
			return igdpt_priv_struct_out(pch, &known, sizeof(known), V1(igdpt_pch));
	}
	return -IGDPT_E_NOTFOUND;
}
