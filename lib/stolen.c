/* SPDX-License-Identifier: MIT */
#include "igdpt/stolen.h"

#include "internal.h"

#define GGC_LOCK 1u
#define GGC_IVD 2u
#define UNDEFINED UINT32_MAX

/* Where a codec keeps its fields, and what its codes mean in MiB; UNDEFINED for none. */
struct codec {
	uint8_t gms_shift;
	uint8_t gms_bits;
	uint8_t ggms_shift;
	uint8_t ggms_bits;
	uint32_t (*gms_mib)(uint32_t code);
	uint32_t (*ggms_mib)(uint32_t code);
	/* Codes that datasheets and QEMU's override list; others decode with a remark. */
	uint8_t linear_max;
	uint8_t small_first;
	uint8_t small_last;
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

/* G33 has codes 1 and 2; G4x and Ironlake 1, 3, and 9 to 11, which include a shadow GTT. */
static uint32_t ggms_gen3(uint32_t code)
{
	static const uint8_t mib[16] = { [1] = 1, [2] = 2, [3] = 2, [9] = 1, [10] = 1, [11] = 2 };

	return code == 0 || mib[code] ? mib[code] : UNDEFINED;
}

static uint32_t ggms_mtl(uint32_t code)
{
	return code == 3 ? 8 : UNDEFINED;
}

static const struct codec codecs[] = {
	[IGDPT_CODEC_GEN3] = { 4, 4, 8, 4, gms_gen3, ggms_gen3, 13, 0, 0 },
	[IGDPT_CODEC_GEN6] = { 3, 5, 8, 2, gms_linear, ggms_mib, 0x10, 0, 0 },
	[IGDPT_CODEC_GEN8] = { 8, 8, 6, 2, gms_linear, ggms_power, 0x40, 0, 0 },
	[IGDPT_CODEC_CHV] = { 3, 5, 8, 2, gms_chv, ggms_power, 0x10, 0x11, 0x1d },
	[IGDPT_CODEC_GEN9] = { 8, 8, 6, 2, gms_gen9, ggms_power, 0x40, 0xf0, 0xfe },
	[IGDPT_CODEC_MTL] = { 8, 8, 6, 2, gms_mtl, ggms_mtl, 4, 0xf0, 0xfe },
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

static uint32_t field(uint32_t ggc, uint8_t shift, uint8_t bits)
{
	return ggc >> shift & ((1u << bits) - 1);
}

static bool listed(const struct codec *c, uint32_t code)
{
	return code <= c->linear_max || (c->small_last && code >= c->small_first &&
		code <= c->small_last);
}

/* Code 10 of gen 3 means 1.5 MiB, the only size that is no whole MiB. */
static uint64_t ggms_bytes(uint32_t number, const struct codec *c, uint32_t code)
{
	uint32_t mib = c->ggms_mib(code);

	if (mib == UNDEFINED)
		return 0;
	return mib * MIB + (number == IGDPT_CODEC_GEN3 && code == 10 ? MIB / 2 : 0);
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

	if (rc < 0)
		return rc;
	known.gms = field(ggc, c->gms_shift, c->gms_bits);
	known.ggms = field(ggc, c->ggms_shift, c->ggms_bits);
	mib = c->gms_mib(known.gms);
	if (mib == UNDEFINED && codec == IGDPT_CODEC_GEN9 && (flags & IGDPT_STOLEN_LENIENT_FF))
		mib = 64;
	if (mib == UNDEFINED)
		return igdpt_priv_fail(why, IGDPT_F_GMS_UNDEFINED, IGDPT_NO_OFFSET, known.gms, 0);
	known.dsm_bytes = mib * MIB;
	known.gsm_bytes = ggms_bytes(codec, c, known.ggms);
	known.flags = decode_flags(c, ggc, known.gms, known.ggms);
	return igdpt_priv_struct_out(stolen, &known, sizeof(known), V1(igdpt_stolen));
}

static bool find_code(const struct codec *c, uint64_t dsm_bytes, uint32_t *code)
{
	for (*code = 0; *code < 1u << c->gms_bits; ++*code) {
		uint32_t mib = c->gms_mib(*code);

		if (listed(c, *code) && mib != UNDEFINED && mib * MIB == dsm_bytes)
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

	if (rc < 0)
		return rc;
	if (!new_ggc)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	if (!find_code(c, dsm_bytes, &code))
		return igdpt_priv_fail(why, IGDPT_F_GMS_NOT_ENCODABLE, IGDPT_NO_OFFSET, dsm_bytes, 0);
	*new_ggc = (ggc & ~(((1u << c->gms_bits) - 1) << c->gms_shift)) | code << c->gms_shift;
	return 0;
}
