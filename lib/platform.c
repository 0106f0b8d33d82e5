/* SPDX-License-Identifier: MIT */
#include "igdpt/platform.h"

#include <string.h>

#include "internal.h"

struct platform_row {
	uint16_t number;
	uint16_t gen;
	uint8_t codec;
	uint8_t bdsm;
	uint8_t flags;
	uint8_t audio_devfn;
	const char *name;
	const char *title;
};

static const struct platform_row platforms[] = {
#define IGDPT_PLATFORM(num, token, name, title, gen, codec, bdsm, flags, audio)                    \
	{ num, gen, IGDPT_CODEC_##codec, IGDPT_BDSM_##bdsm, flags, audio, name, title },
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
		.name = row->name,
		.title = row->title,
	};

	return igdpt_priv_struct_out(out, &known, sizeof(known), sizeof(known));
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
		if (strcmp(platforms[i].name, name) == 0)
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
