/* SPDX-License-Identifier: MIT
 *
 * An option ROM that may say anything: images follow each other inside the ROM, what an image is
 * said to hold lies in it, and a patched ROM differs in nothing but the variable and the checksum.
 */
#include "fuzz.h"

#include <stdlib.h>

#define PCIR_BYTES 0x18u
#define CHECKSUM 6u

static void image_inside(const uint8_t *rom, size_t len, const struct igdpt_rom_image *image)
{
	struct igdpt_vbt vbt;

	must(image->bytes && span_ok(len, image->offset, image->bytes));
	must(span_ok(image->bytes, image->pcir, PCIR_BYTES));
	must(!image->device_list ||
		span_ok(image->bytes, image->device_list, 2 * (uint64_t)image->device_count));
	must(!image->bdsm == !(image->flags & IGDPT_ROM_BDSM_CACHED));
	must(!image->bdsm || span_ok(image->bytes, image->bdsm, 4));
	must(!image->vbt || span_ok(image->bytes, image->vbt, image->vbt_bytes));
	if (image->vbt) {
		must(igdpt_vbt_init(&vbt, rom + image->offset + image->vbt, image->vbt_bytes, NULL) == 0);
		must(vbt.len == image->vbt_bytes);
	}
}

/* How many images there are; the finding that stopped the walk goes to *broken. */
static uint32_t walk(const uint8_t *rom, size_t len, uint32_t *broken)
{
	struct igdpt_rom_image image = { .size = sizeof(image) };
	struct igdpt_finding why = { .size = sizeof(why) };
	uint64_t end = 0;
	uint32_t n = 0;
	int rc;

	while ((rc = igdpt_rom_next(rom, len, &image, &why)) > 0) {
		must(image.offset == end);
		image_inside(rom, len, &image);
		end = image.offset + image.bytes;
		n++;
	}
	must(rc == 0 || (why.id && why.offset <= len));
	*broken = rc < 0 ? why.id : 0;
	return n;
}

static void judge(const uint8_t *rom, size_t len, uint32_t device_id, uint32_t broken)
{
	struct fuzz_findings a = { .limit = len, .wanted = broken }, b = a;
	int errors = igdpt_rom_check(rom, len, device_id, fuzz_note, &a);

	igdpt_rom_check(rom, len, device_id, fuzz_note, &b);
	fuzz_same_findings(&a, &b, errors);
	must(!broken || a.found);
}

/* Undo the patch where it may have been made: what is left must be the original. */
static void only_patched(const uint8_t *rom, uint8_t *out, size_t len, uint32_t images)
{
	struct igdpt_rom_image image = { .size = sizeof(image) }, after = { .size = sizeof(after) };

	while (igdpt_rom_next(rom, len, &image, NULL) > 0) {
		must(igdpt_rom_next(out, len, &after, NULL) > 0);
		must(after.offset == image.offset && after.bytes == image.bytes);
		must(after.bdsm == image.bdsm && after.bdsm_value == 0);
		must(!image.bdsm_value || !(after.flags & IGDPT_ROM_CHECKSUM_BAD));
		images--;
	}
	must(images == 0);
	image = (struct igdpt_rom_image){ .size = sizeof(image) };
	while (igdpt_rom_next(rom, len, &image, NULL) > 0) {
		uint64_t sum = image.offset + CHECKSUM, variable = image.offset + image.bdsm;

		if (!image.bdsm_value)
			continue;
		out[sum] = rom[sum];
		memcpy(out + variable, rom + variable, 4);
	}
	must(memcmp(out, rom, len) == 0);
}

static void patch(const uint8_t *rom, size_t len, uint32_t images)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	size_t room = 0, n;
	uint8_t *out, *again;
	int rc = igdpt_rom_patch(rom, len, NULL, &room, &why);

	must(rc < 0 && why.id);
	if (rc != -IGDPT_E_NOSPACE)
		return;
	must(room == len);
	out = malloc(len);
	again = malloc(len);
	n = len;
	must(out && again && igdpt_rom_patch(rom, len, out, &room, NULL) >= 0);
	must(igdpt_rom_patch(out, len, again, &n, NULL) == 0 && memcmp(out, again, len) == 0);
	only_patched(rom, out, len, images);
	free(out);
	free(again);
}

/* Arguments that are none are refused. */
static void refuse(const uint8_t *rom, size_t len)
{
	struct igdpt_rom_image image = { .size = 3 };

	must(igdpt_rom_next(rom, len, &image, NULL) == -IGDPT_E_ABI_SIZE);
	must(igdpt_rom_next(NULL, 0, &image, NULL) == -IGDPT_E_INVALID);
	image = (struct igdpt_rom_image){ .size = sizeof(image), .offset = len, .bytes = 512 };
	must(igdpt_rom_next(rom, len, &image, NULL) == -IGDPT_E_INVALID);
}

void fuzz_one(const uint8_t *data, size_t len)
{
	uint32_t broken, images = walk(data, len, &broken);

	judge(data, len, 0, broken);
	judge(data, len, 0x0412, broken);
	patch(data, len, images);
	refuse(data, len);
}

/* ---- Mutators ------------------------------------------------------------------------------- */

/* A header with its PCIR, for an image of all the bytes that are left. */
static void put_image(uint8_t *p, size_t len, unsigned *seed)
{
	uint32_t pcir = 0x1c + 4 * (fuzz_random(seed) % 8);

	memcpy(p, "\x55\xaa", 2);
	p[2] = (uint8_t)(len / 512);
	put_le16(p + 0x18, (uint16_t)pcir);
	p += pcir;
	memcpy(p, "PCIR", 4);
	put_le16(p + 4, 0x8086);
	put_le16(p + 6, 0x0412);
	put_le16(p + 8, (uint16_t)(fuzz_random(seed) % 2 ? 0x1c : 0));
	put_le16(p + 0x0a, PCIR_BYTES);
	p[0x0c] = (uint8_t)(fuzz_random(seed) % 4);
	p[0x0f] = 3;
	put_le16(p + 0x10, (uint16_t)(1 + fuzz_random(seed) % (len / 512)));
	p[0x14] = (uint8_t)(fuzz_random(seed) % 2 * 3);
	p[0x15] = (uint8_t)(fuzz_random(seed) % 2 * 0x80);
}

/* The instructions that read the cached BDSM. */
static void put_code(uint8_t *p, uint16_t variable)
{
	static const uint8_t code[] = { 0x66, 0x2e, 0x83, 0x3e, 0, 0, 0x00, 0x74, 0x07, 0x66, 0x2e,
		0xa1, 0, 0, 0xeb, 0x0f, 0xb8, 0x5e, 0x10 };

	memcpy(p, code, sizeof(code));
	put_le16(p + 4, variable);
	put_le16(p + 12, variable);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t max, unsigned seed)
{
	struct igdpt_vbt_build_opts opts = { .size = sizeof(opts) };
	size_t room = 512, at = len ? fuzz_random(&seed) % len & ~(size_t)511 : 0;

	if (max < 1024)
		return LLVMFuzzerMutate(data, len, max);
	if (len < 1024) {
		memset(data + len, 0, 1024 - len);
		len = 1024;
	}
	if (len - at < 512)
		at = 0;
	switch (fuzz_random(&seed) % 6) {
	case 0:
		put_image(data + at, len - at, &seed);
		break;
	case 1:
		put_code(data + at + 0x80 + fuzz_random(&seed) % 128,
			(uint16_t)(0x100 + fuzz_random(&seed) % 256));
		break;
	case 2:
		igdpt_vbt_build(&opts, data + at + 0x80, &(size_t){ 0x180 }, NULL);
		break;
	case 3:
		memcpy(data + at + 4, "\xf1\x0e\0\0\x0b\0\x64\x86\0\0", 10);
		memcpy(data + at + 0x90, "etc/igd-opregion", 16);
		break;
	case 4:
		fuzz_fix_sum(data + at, room, CHECKSUM);
		break;
	default:
		len = LLVMFuzzerMutate(data, len, max);
		break;
	}
	return len;
}
