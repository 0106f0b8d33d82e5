/* SPDX-License-Identifier: MIT */
#include "igdpt/stolen.h"

#include "internal.h"

#define GGC_LOCK 1u
#define GGC_IVD 2u
#define UNDEFINED UINT32_MAX

/* Where a codec keeps its fields, and what its codes mean in MiB; UNDEFINED for none. */
struct codec {
	uint8_t gms_shift;
	uint8_t gms_mask;
	uint8_t ggms_shift;
	uint8_t ggms_mask;
	uint32_t (*gms_mib)(uint32_t code);
	uint32_t (*ggms_mib)(uint32_t code);
	uint8_t linear_max; /* see listed() */
};

static uint32_t gms_gen3(uint32_t code)
{
	static const uint16_t mib[] = { 0, 1, 4, 8, 16, 32, 48, 64, 128, 256, 96, 160, 224, 352 };

	return code < ARRAY_SIZE(mib) ? mib[code] : UNDEFINED;
}

static uint32_t gms_linear(uint32_t code)
{
	return code * 32;
}

static uint32_t gms_chv(uint32_t code)
{
	if (code < 0x11)
		return code * 32;
	if (code < 0x17)
		return 8 + 4 * (code - 0x11);
	return 36 + 4 * (code - 0x17);
}

static uint32_t gms_gen9(uint32_t code)
{
	if (code < 0xf0)
		return code * 32;
	return code < 0xff ? 4 * (code - 0xf0 + 1) : UNDEFINED;
}

static uint32_t gms_mtl(uint32_t code)
{
	return code <= 4 || code >= 0xf0 ? gms_gen9(code) : UNDEFINED;
}

static uint32_t ggms_mib(uint32_t code)
{
	return code;
}

static uint32_t ggms_power(uint32_t code)
{
	return code ? 1u << code : 0;
}

/*
 * G33 has codes 1 and 2; G4x and Ironlake 1, 3, and 9 to 11, with VT-d: 1, 1.5 and 2 MiB of GTT and
 * a shadow GTT of that size, both pre-allocated. RMRRs of real machines have room for both.
 */
static uint32_t ggms_gen3(uint32_t code)
{
	static const uint8_t mib[] = { 0, 1, 2, 2, 0, 0, 0, 0, 0, 2, 3, 4, 0, 0, 0, 0 };

	return code == 0 || mib[code] ? mib[code] : UNDEFINED;
}

static uint32_t ggms_mtl(uint32_t code)
{
	return code == 3 ? 8 : UNDEFINED;
}

static const struct codec codecs[] = {
	[IGDPT_CODEC_GEN3] = { 4, 0x0f, 8, 0x0f, gms_gen3, ggms_gen3, 13 },
	[IGDPT_CODEC_GEN6] = { 3, 0x1f, 8, 0x03, gms_linear, ggms_mib, 0x10 },
	[IGDPT_CODEC_GEN8] = { 8, 0xff, 6, 0x03, gms_linear, ggms_power, 0x40 },
	[IGDPT_CODEC_CHV] = { 3, 0x1f, 8, 0x03, gms_chv, ggms_power, 0x10 },
	[IGDPT_CODEC_GEN9] = { 8, 0xff, 6, 0x03, gms_gen9, ggms_power, 0x40 },
	[IGDPT_CODEC_MTL] = { 8, 0xff, 6, 0x03, gms_mtl, ggms_mtl, 4 },
};

static int find_codec(uint32_t number, uint32_t ggc, const struct codec **codec,
	struct igdpt_finding *why)
{
	if (number >= ARRAY_SIZE(codecs) || !codecs[number].gms_mib)
		return igdpt_priv_fail(why, IGDPT_F_CODEC_UNKNOWN, IGDPT_NO_OFFSET, number, 0);
	if (ggc > UINT16_MAX)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, ggc, UINT16_MAX);
	*codec = &codecs[number];
	return 0;
}

/*
 * Codes that datasheets and QEMU's override list; others decode with a remark. They are multiples
 * of 32 MiB up to a code, and where there are smaller steps those up to 60 MiB.
 */
static bool listed(const struct codec *c, uint32_t code)
{
	return code <= c->linear_max || c->gms_mib(code) < 64;
}

static uint32_t decode_flags(const struct codec *c, uint32_t ggc, uint32_t gms, uint32_t ggms)
{
	uint32_t flags = 0;

	if (ggc & GGC_LOCK)
		flags |= IGDPT_STOLEN_LOCKED;
	if (ggc & GGC_IVD)
		flags |= IGDPT_STOLEN_VGA_OFF;
	if (!listed(c, gms))
		flags |= IGDPT_STOLEN_GMS_UNUSUAL;
	if (c->ggms_mib(ggms) == UNDEFINED)
		flags |= IGDPT_STOLEN_GGMS_BAD;
	return flags;
}

int igdpt_stolen_decode(uint32_t codec, uint32_t ggc, uint32_t flags, struct igdpt_stolen *stolen,
	struct igdpt_finding *why)
{
	struct igdpt_stolen known = { .size = sizeof(known) };
	const struct codec *c;
	uint32_t mib;
	int rc = find_codec(codec, ggc, &c, why);

	if (rc)
		return rc;
	if (flags > IGDPT_STOLEN_LENIENT_FF)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, flags,
			IGDPT_STOLEN_LENIENT_FF);
	known.gms = ggc >> c->gms_shift & c->gms_mask;
	known.ggms = ggc >> c->ggms_shift & c->ggms_mask;
	mib = c->gms_mib(known.gms);
	if (mib == UNDEFINED && codec == IGDPT_CODEC_GEN9 && (flags & IGDPT_STOLEN_LENIENT_FF))
		mib = 64;
	if (mib == UNDEFINED)
		return igdpt_priv_fail(why, IGDPT_F_GMS_UNDEFINED, IGDPT_NO_OFFSET, known.gms, 0);
	known.dsm_bytes = mib * MIB;
	known.flags = decode_flags(c, ggc, known.gms, known.ggms);
	if (!(known.flags & IGDPT_STOLEN_GGMS_BAD))
		known.gsm_bytes = c->ggms_mib(known.ggms) * MIB;
	return igdpt_priv_struct_out(stolen, &known, sizeof(known), V1(igdpt_stolen));
}

static bool find_code(const struct codec *c, uint64_t dsm_bytes, uint32_t *code)
{
	for (*code = 0; *code <= c->gms_mask; ++*code) {
		if (listed(c, *code) && c->gms_mib(*code) * MIB == dsm_bytes)
			return true;
	}
	return false;
}

int igdpt_stolen_encode(uint32_t codec, uint32_t ggc, uint64_t dsm_bytes, uint32_t *new_ggc,
	struct igdpt_finding *why)
{
	const struct codec *c;
	uint32_t code;
	int rc = find_codec(codec, ggc, &c, why);

	if (rc)
		return rc;
	if (!new_ggc)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	if (!find_code(c, dsm_bytes, &code))
		return igdpt_priv_fail(why, IGDPT_F_GMS_NOT_ENCODABLE, IGDPT_NO_OFFSET, dsm_bytes, 0);
	*new_ggc = (ggc & ~((uint32_t)c->gms_mask << c->gms_shift)) | code << c->gms_shift;
	return 0;
}
