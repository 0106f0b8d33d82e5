/* SPDX-License-Identifier: MIT */
#include "support.h"

#include "bytes.h"
#include "igdpt/rom.h"

#define BLOCK 512u
#define PCIR 0x1cu
#define BDSM_AT 0x140u
#define HOST_BDSM 0x7c000001u

static void put_image(uint8_t *p, unsigned blocks, uint8_t code_type, bool last)
{
	memset(p, 0, blocks * (size_t)BLOCK);
	put_le16(p, 0xaa55);
	p[2] = (uint8_t)blocks;
	put_le16(p + 0x18, PCIR);
	memcpy(p + PCIR, "PCIR", 4);
	put_le16(p + PCIR + 4, 0x8086);
	put_le16(p + PCIR + 6, 0x0412);
	put_le16(p + PCIR + 0x0a, 0x18);
	p[PCIR + 0x0f] = 0x03;
	put_le16(p + PCIR + 0x10, (uint16_t)blocks);
	p[PCIR + 0x14] = code_type;
	p[PCIR + 0x15] = last ? 0x80 : 0;
	if (code_type != IGDPT_ROM_EFI)
		return;
	put_le32(p + 4, 0x0ef1);
	put_le16(p + 8, 11);
	put_le16(p + 0x0a, 0x8664);
	put_le16(p + 0x16, 0x38);
}

static void fix_sum(uint8_t *p, unsigned blocks)
{
	p[6] = (uint8_t)(p[6] - byte_sum(p, blocks * (size_t)BLOCK));
}

/* cmp dword cs:[at], 0; je +7; mov eax, cs:[at]; jmp +15; mov ax, 0x105e */
static void put_bdsm_code(uint8_t *p, uint16_t at)
{
	static const uint8_t code[] = { 0x66, 0x2e, 0x83, 0x3e, 0, 0, 0x00, 0x74, 0x07, 0x66, 0x2e,
		0xa1, 0, 0, 0xeb, 0x0f, 0xb8, 0x5e, 0x10 };

	memcpy(p, code, sizeof(code));
	put_le16(p + 4, at);
	put_le16(p + 12, at);
}

static void put_vbt(uint8_t *p)
{
	memcpy(p, "$VBT HASWELL        ", 20);
	put_le16(p + 20, 100);
	put_le16(p + 22, 48);
	put_le16(p + 24, 70);
	put_le32(p + 28, 48);
	memcpy(p + 48, "BIOS_DATA_BLOCK ", 16);
	put_le16(p + 48 + 16, 170);
	put_le16(p + 48 + 18, 22);
	put_le16(p + 48 + 20, 22);
}

static void put_wide(uint8_t *p, const char *text)
{
	for (; *text; text++, p += 2)
		put_le16(p, (uint8_t)*text);
}

/* A VBIOS with a VBT and a cached BDSM, then an EFI driver: 3 + 2 blocks. */
static const uint8_t *whole_rom(size_t *len)
{
	static uint8_t rom[5 * BLOCK];

	put_image(rom, 3, IGDPT_ROM_X86, false);
	put_bdsm_code(rom + 0x80, BDSM_AT);
	put_le32(rom + BDSM_AT, HOST_BDSM);
	put_vbt(rom + 0x200);
	fix_sum(rom, 3);
	put_image(rom + 3 * BLOCK, 2, IGDPT_ROM_EFI, true);
	memcpy(rom + 3 * BLOCK + 0x101, "etc/igd-opregion", 16);
	put_wide(rom + 3 * BLOCK + 0x203, "Intel(R) GOP Driver");
	*len = sizeof(rom);
	return rom;
}

struct seen {
	uint32_t ids[32];
	unsigned n;
};

static void record(void *user, const struct igdpt_finding *f)
{
	struct seen *seen = user;

	ck_assert_uint_lt(seen->n, 32);
	seen->ids[seen->n++] = f->id;
}

static bool saw(const struct seen *seen, uint32_t id)
{
	for (unsigned i = 0; i < seen->n; i++) {
		if (seen->ids[i] == id)
			return true;
	}
	return false;
}

static struct seen check(const void *rom, size_t len, uint32_t device_id)
{
	struct seen seen = { { 0 }, 0 };

	igdpt_rom_check(rom, len, device_id, record, &seen);
	return seen;
}

START_TEST(a_rom_is_a_chain_of_images)
{
	struct igdpt_rom_image image = { .size = sizeof(image) };
	size_t len;
	const uint8_t *rom = whole_rom(&len);

	ck_assert_int_eq(igdpt_rom_next(rom, len, &image, NULL), 1);
	ck_assert_uint_eq(image.offset, 0);
	ck_assert_uint_eq(image.bytes, 3 * BLOCK);
	ck_assert_uint_eq(image.code_type, IGDPT_ROM_X86);
	ck_assert_uint_eq(image.vendor_id, 0x8086);
	ck_assert_uint_eq(image.device_id, 0x0412);
	ck_assert_uint_eq(image.class_code, 0x030000);
	ck_assert_uint_eq(image.flags, IGDPT_ROM_BDSM_CACHED);
	ck_assert_uint_eq(image.bdsm, BDSM_AT);
	ck_assert_uint_eq(image.bdsm_value, HOST_BDSM);
	ck_assert_uint_eq(image.vbt, 0x200);
	ck_assert_uint_eq(image.vbt_bytes, 70);

	ck_assert_int_eq(igdpt_rom_next(rom, len, &image, NULL), 1);
	ck_assert_uint_eq(image.offset, 3 * BLOCK);
	ck_assert_uint_eq(image.code_type, IGDPT_ROM_EFI);
	ck_assert_uint_eq(image.efi_machine, 0x8664);
	ck_assert_uint_eq(image.drivers, IGDPT_ROM_IGD_ASSIGNMENT | IGDPT_ROM_INTEL_GOP);
	ck_assert_uint_eq(image.flags, IGDPT_ROM_LAST);
	ck_assert_uint_eq(image.bdsm | image.vbt, 0);
	ck_assert_int_eq(igdpt_rom_next(rom, len, &image, NULL), 0);
}
END_TEST

START_TEST(the_patched_vbios_forgets_the_host_and_sums_to_zero)
{
	struct igdpt_rom_image image = { .size = sizeof(image) };
	uint8_t out[5 * BLOCK], again[5 * BLOCK];
	size_t len, out_len = 0, different = 0;
	const uint8_t *rom = whole_rom(&len);

	ck_assert_int_eq(igdpt_rom_patch(rom, len, NULL, &out_len, NULL), -IGDPT_E_NOSPACE);
	ck_assert_uint_eq(out_len, len);
	ck_assert_int_eq(igdpt_rom_patch(rom, len, out, &out_len, NULL), 1);
	for (size_t i = 0; i < len; i++) {
		bool may = i == 6 || (i >= BDSM_AT && i < BDSM_AT + 4);

		ck_assert(may || out[i] == rom[i]);
		different += out[i] != rom[i];
	}
	ck_assert_uint_gt(different, 0);
	ck_assert_int_eq(igdpt_rom_next(out, len, &image, NULL), 1);
	ck_assert_uint_eq(image.flags, IGDPT_ROM_BDSM_CACHED);
	ck_assert_uint_eq(image.bdsm_value, 0);
	ck_assert_uint_eq(byte_sum(out, 3 * BLOCK), 0);
	ck_assert_int_eq(igdpt_rom_patch(out, len, again, &out_len, NULL), 0);
	ck_assert_mem_eq(again, out, len);
}
END_TEST

START_TEST(two_candidates_for_bdsm_are_left_alone)
{
	uint8_t rom[2 * BLOCK], out[sizeof(rom)];
	struct igdpt_finding why = { .size = sizeof(why) };
	size_t len = sizeof(out);

	put_image(rom, 2, IGDPT_ROM_X86, true);
	ck_assert_int_eq(igdpt_rom_patch(rom, sizeof(rom), out, &len, &why), -IGDPT_E_NOTFOUND);
	ck_assert_uint_eq(why.id, IGDPT_F_ROM_NO_BDSM);
	put_bdsm_code(rom + 0x80, 0x140);
	put_bdsm_code(rom + 0xa0, 0x150);
	ck_assert_int_eq(igdpt_rom_patch(rom, sizeof(rom), out, &len, &why), -IGDPT_E_DUPLICATE);
	ck_assert(saw(&(struct seen){ { IGDPT_F_ROM_BDSM_AMBIGUOUS }, 1 }, why.id));
	memset(rom + 0xa0, 0, 19);
	put_bdsm_code(rom + 0x80, 2 * BLOCK - 3); /* past the image */
	ck_assert_int_eq(igdpt_rom_patch(rom, sizeof(rom), out, &len, &why), -IGDPT_E_DUPLICATE);
	put_bdsm_code(rom + 0x80, 2); /* in the header */
	ck_assert_int_eq(igdpt_rom_patch(rom, sizeof(rom), out, &len, &why), -IGDPT_E_DUPLICATE);
	/* in the code that reads it, and in PCIR: clearing it would break the image */
	for (uint16_t at = 0x80 - 3; at < 0x80 + 19; at++) {
		put_bdsm_code(rom + 0x80, at);
		ck_assert_int_eq(igdpt_rom_patch(rom, sizeof(rom), out, &len, &why), -IGDPT_E_DUPLICATE);
	}
	put_image(rom, 2, IGDPT_ROM_X86, true);
	for (uint16_t at = get_le16(rom + 0x18) - 3; at < get_le16(rom + 0x18) + 0x18; at++) {
		put_bdsm_code(rom + 0x80, at);
		ck_assert_int_eq(igdpt_rom_patch(rom, sizeof(rom), out, &len, &why), -IGDPT_E_DUPLICATE);
	}
	put_bdsm_code(rom + 0x80, 0x140);
	rom[0x80 + 17] = 0x5c; /* reads another register */
	ck_assert_int_eq(igdpt_rom_patch(rom, sizeof(rom), out, &len, &why), -IGDPT_E_NOTFOUND);
	put_bdsm_code(rom + 0x80, 0x140);
	put_le16(rom + 0x80 + 12, 0x144); /* compares one place, reads another */
	ck_assert_int_eq(igdpt_rom_patch(rom, sizeof(rom), out, &len, &why), -IGDPT_E_NOTFOUND);
}
END_TEST

START_TEST(a_compressed_driver_cannot_be_judged)
{
	struct igdpt_rom_image image = { .size = sizeof(image) };
	uint8_t rom[2 * BLOCK];
	struct seen seen;

	put_image(rom, 2, IGDPT_ROM_EFI, true);
	memcpy(rom + 0x100, "etc/igd-opregion", 16);
	put_vbt(rom + 0x200);
	put_le16(rom + 0x0c, 1);
	ck_assert_int_eq(igdpt_rom_next(rom, sizeof(rom), &image, NULL), 1);
	ck_assert_uint_eq(image.flags, IGDPT_ROM_LAST | IGDPT_ROM_COMPRESSED);
	ck_assert_uint_eq(image.drivers | image.vbt, 0);
	seen = check(rom, sizeof(rom), 0);
	ck_assert(saw(&seen, IGDPT_F_ROM_COMPRESSED));
	ck_assert(!saw(&seen, IGDPT_F_ROM_NO_ASSIGNMENT));
}
END_TEST

/* A ROM with a GOP driver alone shows nothing: no one writes ASLS, no one hands it the VBT. */
START_TEST(a_gop_driver_needs_its_companions)
{
	uint8_t rom[2 * BLOCK];
	struct seen seen;

	put_image(rom, 2, IGDPT_ROM_EFI, true);
	memcpy(rom + 0x100, "IntelGopDriver", 14);
	seen = check(rom, sizeof(rom), 0);
	ck_assert(saw(&seen, IGDPT_F_ROM_NO_ASSIGNMENT) && saw(&seen, IGDPT_F_ROM_NO_POLICY));
	memcpy(rom + 0x140, "IgdAssignment", 13);
	memcpy(rom + 0x180, "PlatformGOPPolicy", 17);
	seen = check(rom, sizeof(rom), 0);
	ck_assert_uint_eq(seen.n, 0);
}
END_TEST

START_TEST(further_device_ids_come_from_the_list)
{
	struct igdpt_rom_image image = { .size = sizeof(image) };
	uint8_t rom[BLOCK];
	struct seen seen;

	put_image(rom, 1, IGDPT_ROM_X86, true);
	put_le16(rom + PCIR + 8, 0x20);
	put_le16(rom + PCIR + 0x20, 0x0416);
	put_le16(rom + PCIR + 0x22, 0x041a);
	ck_assert_int_eq(igdpt_rom_next(rom, sizeof(rom), &image, NULL), 1);
	ck_assert_uint_eq(image.device_count, 0); /* revision 0 has a pointer to VPD there */
	rom[PCIR + 0x0c] = 3;
	fix_sum(rom, 1);
	image.bytes = 0;
	ck_assert_int_eq(igdpt_rom_next(rom, sizeof(rom), &image, NULL), 1);
	ck_assert_uint_eq(image.device_count, 2);
	ck_assert_uint_eq(image.device_list, PCIR + 0x20);
	seen = check(rom, sizeof(rom), 0x041a);
	ck_assert_uint_eq(seen.n, 0);
	seen = check(rom, sizeof(rom), 0x1912);
	ck_assert(saw(&seen, IGDPT_F_ROM_DEVICE));
}
END_TEST

START_TEST(damage_is_named)
{
	static const struct {
		unsigned at;
		uint8_t value;
		uint32_t id;
	} rows[] = {
		{ 0, 0x54, IGDPT_F_ROM_SIGNATURE },
		{ 0x18, 0x10, IGDPT_F_ROM_PCIR },
		{ 0x19, 0x7f, IGDPT_F_ROM_PCIR },
		{ PCIR, 'Q', IGDPT_F_ROM_PCIR_SIGNATURE },
		{ PCIR + 0x10, 0, IGDPT_F_ROM_LENGTH },
		{ PCIR + 0x10, 3, IGDPT_F_ROM_PAST_END },
		{ PCIR + 0x10, 1, IGDPT_F_ROM_TRAILING },
		{ PCIR + 0x15, 0, IGDPT_F_ROM_NOT_LAST },
		{ PCIR + 4, 0x87, IGDPT_F_ROM_VENDOR },
		{ PCIR + 0x0f, 2, IGDPT_F_ROM_CLASS },
		{ 2, 3, IGDPT_F_ROM_HEADER_SIZE },
		{ 0x100, 1, IGDPT_F_ROM_CHECKSUM },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t rom[2 * BLOCK];
		struct seen seen;

		put_image(rom, 2, IGDPT_ROM_X86, true);
		fix_sum(rom, 2);
		rom[rows[i].at] = rows[i].value;
		seen = check(rom, sizeof(rom), 0);
		ck_assert_msg(saw(&seen, rows[i].id), "row %zu", i);
	}
}
END_TEST

START_TEST(what_follows_the_last_image_is_not_read)
{
	struct igdpt_rom_image image = { .size = sizeof(image) };
	uint8_t rom[2 * BLOCK];

	put_image(rom, 2, IGDPT_ROM_X86, true);
	put_le16(rom + PCIR + 0x10, 1);
	ck_assert_int_eq(igdpt_rom_next(rom, sizeof(rom), &image, NULL), 1);
	ck_assert_int_eq(igdpt_rom_next(rom, sizeof(rom), &image, NULL), 0);
	/* PCIR lies in the ROM, but behind the image that it describes. */
	put_le16(rom + 0x18, BLOCK + 4);
	memcpy(rom + BLOCK + 4, rom + PCIR, 0x18);
	image.bytes = 0;
	ck_assert_int_eq(igdpt_rom_next(rom, sizeof(rom), &image, NULL), -IGDPT_E_RANGE);
}
END_TEST

START_TEST(a_rom_cut_anywhere_is_an_error_or_a_shorter_chain)
{
	size_t len;
	const uint8_t *rom = whole_rom(&len);

	for (size_t cut = 0; cut < len; cut++) {
		struct igdpt_rom_image image = { .size = sizeof(image) };
		uint8_t *copy = exact_copy(rom, cut);
		int rc, images = 0;

		while ((rc = igdpt_rom_next(copy, cut, &image, NULL)) > 0)
			images++;
		ck_assert_int_eq(images, cut >= 3 * BLOCK);
		ck_assert_int_eq(rc == 0, cut == 3 * BLOCK);
		ck_assert(rc == 0 || rc == -IGDPT_E_TRUNCATED || rc == -IGDPT_E_RANGE);
		igdpt_rom_check(copy, cut, 0x0412, NULL, NULL);
		free(copy);
	}
}
END_TEST

/* Every byte of the headers takes every value: no reader leaves the image, the walk ends. */
START_TEST(hostile_headers_are_harmless)
{
	size_t len;
	const uint8_t *whole = whole_rom(&len);
	uint8_t *rom = exact_copy(whole, len), out[5 * BLOCK];

	for (size_t at = 0; at < 3 * BLOCK + 0x40; at == 0x3f ? at = 3 * BLOCK : at++) {
		uint8_t keep = rom[at];

		for (unsigned v = 0; v < 256; v++) {
			struct igdpt_rom_image image = { .size = sizeof(image) };
			size_t out_len = sizeof(out);
			unsigned images = 0;

			rom[at] = (uint8_t)v;
			while (igdpt_rom_next(rom, len, &image, NULL) > 0)
				ck_assert_uint_le(++images, len / BLOCK);
			igdpt_rom_patch(rom, len, out, &out_len, NULL);
		}
		rom[at] = keep;
	}
	free(rom);
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
	struct igdpt_rom_image image = { .size = sizeof(image) };
	struct igdpt_finding why = { .size = sizeof(why) };
	size_t len;
	const uint8_t *rom = whole_rom(&len);

	ck_assert_int_eq(igdpt_rom_next(NULL, 0, &image, &why), -IGDPT_E_INVALID);
	image.size = 8;
	ck_assert_int_eq(igdpt_rom_next(rom, len, &image, &why), -IGDPT_E_ABI_SIZE);
	image = (struct igdpt_rom_image){ .size = sizeof(image), .bytes = 1, .offset = UINT64_MAX - 1 };
	ck_assert_int_eq(igdpt_rom_next(rom, len, &image, &why), -IGDPT_E_INVALID);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rom");
	TCase *tc = tcase_create("images");

	tcase_add_test(tc, a_rom_is_a_chain_of_images);
	tcase_add_test(tc, the_patched_vbios_forgets_the_host_and_sums_to_zero);
	tcase_add_test(tc, two_candidates_for_bdsm_are_left_alone);
	tcase_add_test(tc, a_compressed_driver_cannot_be_judged);
	tcase_add_test(tc, a_gop_driver_needs_its_companions);
	tcase_add_test(tc, further_device_ids_come_from_the_list);
	tcase_add_test(tc, damage_is_named);
	tcase_add_test(tc, what_follows_the_last_image_is_not_read);
	tcase_add_test(tc, a_rom_cut_anywhere_is_an_error_or_a_shorter_chain);
	tcase_add_test(tc, hostile_headers_are_harmless);
	tcase_add_test(tc, bad_arguments_are_refused);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
