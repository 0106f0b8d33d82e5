/* SPDX-License-Identifier: MIT */
#include "support.h"

#include "bytes.h"
#include "told.h"
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

static struct told check(const void *rom, size_t len, uint32_t device_id)
{
	struct told story = { .used = 0 };

	igdpt_rom_check(rom, len, device_id, tell, &story);
	return story;
}

/* The first image of a ROM that has one. */
static struct igdpt_rom_image first_image(const void *rom, size_t len)
{
	struct igdpt_rom_image image = { .size = sizeof(image) };

	ck_assert_int_eq(igdpt_rom_next(rom, len, &image, NULL), 1);
	return image;
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
	ck_assert(why.id == IGDPT_F_ROM_NO_BDSM && why.offset == IGDPT_NO_OFFSET && !why.value &&
		!why.want);
	put_bdsm_code(rom + 0x80, 0x140);
	put_bdsm_code(rom + 0xa0, 0x150);
	ck_assert_int_eq(igdpt_rom_patch(rom, sizeof(rom), out, &len, &why), -IGDPT_E_DUPLICATE);
	ck_assert(why.id == IGDPT_F_ROM_BDSM_AMBIGUOUS && !why.offset && !why.value && !why.want);
	ck_assert_uint_eq(first_image(rom, sizeof(rom)).bdsm, 0);
	ck_assert_str_eq(check(rom, sizeof(rom), 0).text, "rom-checksum@6:72/0 rom-bdsm-ambiguous@0:0/0");
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

/* Every byte of the code counts, wherever the code lies; the place is read from two of its operands. */
START_TEST(the_code_that_reads_bdsm_is_known_byte_by_byte)
{
	static const uint16_t places[] = { 0x34, 0x80, BLOCK - 19 };
	uint8_t rom[BLOCK];

	for (size_t k = 0; k < sizeof(places) / sizeof(places[0]); k++) {
		put_image(rom, 1, IGDPT_ROM_X86, true);
		put_bdsm_code(rom + places[k], 0x140);
		ck_assert_uint_eq(first_image(rom, sizeof(rom)).bdsm, 0x140);
		for (unsigned i = 0; i < 19; i++) {
			rom[places[k] + i] ^= 1;
			ck_assert_uint_eq(first_image(rom, sizeof(rom)).flags & ~(uint32_t)IGDPT_ROM_CHECKSUM_BAD,
				IGDPT_ROM_LAST);
			rom[places[k] + i] ^= 1;
		}
	}
	/* Behind the header at once, with PCIR further up. */
	put_image(rom, 1, IGDPT_ROM_X86, true);
	memmove(rom + 0x100, rom + PCIR, 0x18);
	put_le16(rom + 0x18, 0x100);
	put_bdsm_code(rom + 0x1a, 0x140);
	ck_assert_uint_eq(first_image(rom, sizeof(rom)).bdsm, 0x140);
}
END_TEST

/* It needs four bytes that belong to nothing else: neither header, PCIR, code nor the next image. */
START_TEST(a_variable_may_touch_what_the_image_needs)
{
	static const struct {
		uint16_t at;
		bool free;
	} rows[] = {
		{ 0x19, false }, { 0x1a, true }, { 0x3c, true }, { 0x3d, false }, { 0x57, false },
		{ 0x58, true }, { 0x7c, true }, { 0x7d, false }, { 0x92, false }, { 0x93, true },
		{ BLOCK - 4, true }, { BLOCK - 3, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t rom[BLOCK];
		struct igdpt_rom_image image;

		put_image(rom, 1, IGDPT_ROM_X86, true);
		memmove(rom + 0x40, rom + PCIR, 0x18);
		memset(rom + PCIR, 0, 0x40 - PCIR);
		put_le16(rom + 0x18, 0x40);
		put_bdsm_code(rom + 0x80, rows[i].at);
		image = first_image(rom, sizeof(rom));
		ck_assert_msg(image.bdsm == (rows[i].free ? rows[i].at : 0), "row %zu", i);
		ck_assert_msg((image.flags & IGDPT_ROM_BDSM_AMBIGUOUS) == (rows[i].free ? 0 :
			IGDPT_ROM_BDSM_AMBIGUOUS), "row %zu", i);
	}
}
END_TEST

START_TEST(each_image_with_a_variable_is_patched)
{
	uint8_t rom[4 * BLOCK], out[sizeof(rom)];
	struct igdpt_finding why = { .size = sizeof(why) };
	size_t len = sizeof(out);

	for (unsigned i = 0; i < 4; i++) {
		put_image(rom + i * BLOCK, 1, IGDPT_ROM_X86, i == 3);
		if (i == 1)
			continue;
		put_bdsm_code(rom + i * BLOCK + 0x80, BDSM_AT);
		if (i != 2)
			put_le32(rom + i * BLOCK + BDSM_AT, HOST_BDSM + i);
	}
	ck_assert_str_eq(check(rom, sizeof(rom), 0).text, "rom-checksum@6:a6/0 rom-bdsm-cached@140:7c000001/0 rom-checksum@206:82/0 "
		"rom-checksum@406:29/0 rom-checksum@606:29/0 rom-bdsm-cached@740:7c000004/0");
	ck_assert_int_eq(igdpt_rom_patch(rom, sizeof(rom), out, &len, NULL), 2);
	ck_assert_str_eq(check(out, sizeof(out), 0).text, "rom-checksum@206:82/0 rom-checksum@406:29/0");
	/* Where a later image is in doubt nothing is written. */
	put_bdsm_code(rom + 2 * BLOCK + 0xa0, BDSM_AT);
	memset(out, 0x5a, sizeof(out));
	ck_assert_int_eq(igdpt_rom_patch(rom, sizeof(rom), out, &len, &why), -IGDPT_E_DUPLICATE);
	ck_assert_uint_eq(why.offset, 2 * BLOCK);
	ck_assert_uint_eq(out[0], 0x5a);
	rom[3 * BLOCK] = 0;
	memset(rom + 2 * BLOCK + 0xa0, 0, 19);
	ck_assert_int_eq(igdpt_rom_patch(rom, sizeof(rom), out, &len, &why), -IGDPT_E_MAGIC);
	len--;
	ck_assert_int_eq(igdpt_rom_patch(rom, sizeof(rom), out, &len, &why), -IGDPT_E_MAGIC);
	rom[3 * BLOCK] = 0x55;
	ck_assert_int_eq(igdpt_rom_patch(rom, sizeof(rom), out, &len, &why), -IGDPT_E_NOSPACE);
	ck_assert_uint_eq(len, sizeof(rom));
}
END_TEST

START_TEST(a_compressed_driver_cannot_be_judged)
{
	uint8_t rom[2 * BLOCK];
	struct igdpt_rom_image image;

	put_image(rom, 2, IGDPT_ROM_EFI, true);
	memcpy(rom + 0x100, "IntelGopDriver", 14);
	put_vbt(rom + 0x200);
	put_le16(rom + 0x0c, 1);
	image = first_image(rom, sizeof(rom));
	ck_assert_uint_eq(image.flags, IGDPT_ROM_LAST | IGDPT_ROM_COMPRESSED);
	ck_assert_uint_eq(image.drivers | image.vbt, 0);
	ck_assert_str_eq(check(rom, sizeof(rom), 0).text, "rom-compressed@c:0/0");
	/* Without the EFI signature these fields mean nothing. */
	put_le32(rom + 4, 0x0ef2);
	image = first_image(rom, sizeof(rom));
	ck_assert_uint_eq(image.flags, IGDPT_ROM_LAST);
	ck_assert_uint_eq(image.efi_machine, 0);
	ck_assert_uint_eq(image.vbt, 0x200);
}
END_TEST

/* A ROM with a GOP driver alone shows nothing: no one writes ASLS, no one hands it the VBT. */
START_TEST(a_gop_driver_needs_its_companions)
{
	uint8_t rom[3 * BLOCK];

	put_image(rom, 2, IGDPT_ROM_EFI, true);
	ck_assert_str_eq(check(rom, 2 * BLOCK, 0).text, "rom-no-assignment:1/0");
	memcpy(rom + 0x100, "IntelGopDriver", 14);
	ck_assert_str_eq(check(rom, 2 * BLOCK, 0).text, "rom-no-assignment:1/0 rom-no-policy:0/0");
	memcpy(rom + 0x180, "PlatformGOPPolicy", 17);
	ck_assert_str_eq(check(rom, 2 * BLOCK, 0).text, "rom-no-assignment:1/0");
	memcpy(rom + 0x140, "IgdAssignment", 13);
	ck_assert_str_eq(check(rom, 2 * BLOCK, 0).text, "");
	/* A compressed image may hold all that is missing. */
	put_image(rom, 2, IGDPT_ROM_EFI, false);
	memcpy(rom + 0x100, "IntelGopDriver", 14);
	put_image(rom + 2 * BLOCK, 1, IGDPT_ROM_EFI, true);
	ck_assert_str_eq(check(rom, 3 * BLOCK, 0).text, "rom-no-assignment:2/0 rom-no-policy:0/0");
	put_le16(rom + 2 * BLOCK + 0x0c, 1);
	ck_assert_str_eq(check(rom, 3 * BLOCK, 0).text, "rom-compressed@40c:0/0");
}
END_TEST

/* In one byte or two a letter, up to the last byte of the image and no further. */
START_TEST(drivers_are_known_by_their_texts)
{
	static const struct {
		const char *text;
		uint32_t driver;
	} rows[] = {
		{ "etc/igd-opregion", IGDPT_ROM_IGD_ASSIGNMENT },
		{ "IgdAssignment", IGDPT_ROM_IGD_ASSIGNMENT },
		{ "PlatformGopPolicy", IGDPT_ROM_GOP_POLICY },
		{ "PlatformGOPPolicy", IGDPT_ROM_GOP_POLICY },
		{ "IntelGopDriver", IGDPT_ROM_INTEL_GOP },
		{ "Intel(R) GOP Driver", IGDPT_ROM_INTEL_GOP },
	};

	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		size_t wide = i & 1, n = strlen(rows[i / 2].text) << wide;
		uint8_t rom[BLOCK + 1], text[48] = { 0 };

		if (wide)
			put_wide(text, rows[i / 2].text);
		else
			memcpy(text, rows[i / 2].text, n);
		for (size_t at = BLOCK - n - 1; at <= BLOCK - n + 1; at++) {
			put_image(rom, 1, IGDPT_ROM_EFI, true);
			memcpy(rom + at, text, n);
			ck_assert_msg(first_image(rom, BLOCK).drivers ==
				(at + n <= BLOCK ? rows[i / 2].driver : 0), "row %zu", i);
		}
		for (size_t k = 0; k < n; k++) {
			put_image(rom, 1, IGDPT_ROM_EFI, true);
			memcpy(rom + 0x101, text, n);
			rom[0x101 + k] ^= 2;
			ck_assert_msg(first_image(rom, BLOCK).drivers == 0, "row %zu, byte %zu", i, k);
		}
	}
}
END_TEST

START_TEST(a_class_code_has_24_bits)
{
	uint8_t rom[BLOCK];

	put_image(rom, 1, IGDPT_ROM_X86, true);
	put_le16(rom + PCIR + 0x0d, 0xffff);
	ck_assert_uint_eq(first_image(rom, BLOCK).class_code, 0x03ffff);
}
END_TEST

START_TEST(further_device_ids_come_from_the_list)
{
	struct igdpt_rom_image image;
	uint8_t rom[BLOCK], longer[2 * BLOCK];

	put_image(rom, 1, IGDPT_ROM_X86, true);
	put_le16(rom + PCIR + 8, 0x20);
	put_le16(rom + PCIR + 0x20, 0x0416);
	put_le16(rom + PCIR + 0x22, 0x041a);
	rom[PCIR + 0x0c] = 2;
	ck_assert_uint_eq(first_image(rom, BLOCK).device_count, 0); /* a pointer to VPD */
	rom[PCIR + 0x0c] = 4;
	ck_assert_uint_eq(first_image(rom, BLOCK).device_count, 2);
	rom[PCIR + 0x0c] = 3;
	fix_sum(rom, 1);
	image = first_image(rom, BLOCK);
	ck_assert_uint_eq(image.device_count, 2);
	ck_assert_uint_eq(image.device_list, PCIR + 0x20);
	ck_assert_str_eq(check(rom, BLOCK, 0x0412).text, "");
	ck_assert_str_eq(check(rom, BLOCK, 0x0416).text, "");
	ck_assert_str_eq(check(rom, BLOCK, 0x041a).text, "");
	ck_assert_str_eq(check(rom, BLOCK, 0x1912).text, "rom-device@22:412/1912");
	/* The list ends with its image, whatever follows. */
	memcpy(longer, rom, BLOCK);
	memset(longer + BLOCK, 0x34, BLOCK);
	put_le16(longer + PCIR + 8, BLOCK - PCIR - 2);
	put_le16(longer + BLOCK - 2, 0x0412);
	fix_sum(longer, 1);
	ck_assert_str_eq(check(longer, sizeof(longer), 0x3434).text, "rom-device@22:412/3434 rom-trailing@200:200/0");
	/* An EFI driver asks the hardware, whatever its list says. */
	rom[PCIR + 0x14] = IGDPT_ROM_EFI;
	memcpy(rom + 0x100, "IgdAssignment", 13);
	ck_assert_str_eq(check(rom, BLOCK, 0x1912).text, "");
	/* No terminator in the image; no id at all; none of the pointers leads anywhere. */
	put_le16(rom + PCIR + 8, BLOCK - PCIR - 4);
	memset(rom + BLOCK - 4, 0x12, 4);
	ck_assert_uint_eq(first_image(rom, BLOCK).device_count, 2);
	memset(rom + BLOCK - 4, 0, 4);
	ck_assert_uint_eq(first_image(rom, BLOCK).device_list, 0);
	put_le16(rom + PCIR + 8, 0xffff);
	ck_assert_uint_eq(first_image(rom, BLOCK).device_list, 0);
	put_le16(rom + PCIR + 8, 0);
	ck_assert_uint_eq(first_image(rom, BLOCK).device_count, 0);
}
END_TEST

/* One byte of the second image is changed; it sums to zero again unless that is the point. */
START_TEST(damage_is_named)
{
	static const struct {
		unsigned at;
		uint8_t value;
		bool sum;
		const char *findings;
	} rows[] = {
		{ 0x100, 0, true, "" },
		{ 0, 0x54, true, "rom-signature@200:aa54/aa55 rom-not-last@31:0/0" },
		{ 1, 0xab, true, "rom-signature@200:ab55/aa55 rom-not-last@31:0/0" },
		{ 0x18, 0x10, true, "rom-pcir@218:10/400 rom-not-last@31:0/0" },
		{ 0x18, 0x19, true, "rom-pcir@218:19/400 rom-not-last@31:0/0" },
		{ 0x19, 0x7f, true, "rom-pcir@218:7f1c/400 rom-not-last@31:0/0" },
		{ PCIR, 'Q', true, "rom-pcir-signature@21c:52494351/52494350 rom-not-last@31:0/0" },
		{ PCIR + 3, 'S', true, "rom-pcir-signature@21c:53494350/52494350 rom-not-last@31:0/0" },
		{ PCIR + 0x10, 0, true, "rom-length@22c:0/0 rom-not-last@31:0/0" },
		{ PCIR + 0x10, 3, true, "rom-past-end@22c:600/400 rom-not-last@31:0/0" },
		{ PCIR + 0x10, 1, true, "rom-header-size@202:400/200 rom-trailing@400:200/0" },
		{ PCIR + 0x15, 0, true, "rom-not-last@231:0/0" },
		{ PCIR + 0x15, 0x7f, true, "rom-not-last@231:0/0" },
		{ PCIR + 0x15, 0xff, true, "" },
		{ PCIR + 4, 0x87, true, "rom-vendor@220:8087/8086" },
		{ PCIR + 6, 0x13, true, "rom-device@222:413/412" },
		{ PCIR + 0x0d, 9, true, "" },
		{ PCIR + 0x0f, 2, true, "rom-class@229:20000/30000" },
		{ PCIR + 0x14, 1, true, "" },
		{ 2, 3, true, "rom-header-size@202:600/400" },
		{ 2, 0, false, "rom-checksum@206:fe/0" },
		{ 0x100, 1, false, "rom-checksum@206:1/0" },
		{ 0x3ff, 1, false, "rom-checksum@206:1/0" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t rom[3 * BLOCK], *p = rom + BLOCK;
		struct told story;

		put_image(rom, 1, IGDPT_ROM_X86, false);
		fix_sum(rom, 1);
		put_image(p, 2, IGDPT_ROM_X86, true);
		fix_sum(p, 2);
		p[rows[i].at] = rows[i].value;
		if (rows[i].sum)
			fix_sum(p, p[PCIR + 0x10] == 1 ? 1 : 2);
		story = check(rom, sizeof(rom), 0x0412);
		ck_assert_msg(strcmp(story.text, rows[i].findings) == 0, "row %zu: %s", i, story.text);
	}
}
END_TEST

/* As the BIOS does it: as many blocks as the header says, if it says any that there are. */
START_TEST(the_sum_is_taken_over_the_blocks_of_the_header)
{
	static const struct {
		uint8_t blocks, at;
		const char *findings;
	} rows[] = {
		{ 0, 0, "rom-checksum@6:2/0" }, { 1, 0, "rom-checksum@6:2/0" }, { 1, 1, "" }, { 2, 1, "rom-checksum@6:2/0" }, { 2, 2, "" },
		{ 3, 2, "rom-checksum@6:2/0" }, { 4, 2, "rom-header-size@2:800/600 rom-checksum@6:2/0" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t rom[3 * BLOCK];

		put_image(rom, 3, IGDPT_ROM_X86, true);
		rom[2] = rows[i].blocks;
		fix_sum(rom, 3);
		rom[rows[i].at * BLOCK + 0x100] = 2;
		ck_assert_str_eq(check(rom, sizeof(rom), 0).text, rows[i].findings);
	}
}
END_TEST

/* Linux looks at every fourth byte, and goes on behind what only looks like a VBT. */
START_TEST(a_vbt_is_found_where_linux_looks)
{
	static const struct {
		uint16_t at, other;
		uint32_t vbt;
	} rows[] = {
		{ 0x100, 0, 0x100 }, { 0x104, 0, 0x104 }, { 0x102, 0, 0 }, { 0x101, 0, 0 },
		{ 0x180, 0x100, 0x100 }, { 0x200 - 72, 0, 0x200 - 72 }, { 0x200 - 68, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t rom[2 * BLOCK];

		put_image(rom, 1, IGDPT_ROM_X86, true);
		put_vbt(rom + rows[i].at);
		if (rows[i].other)
			put_vbt(rom + rows[i].other);
		ck_assert_msg(first_image(rom, BLOCK).vbt == rows[i].vbt, "row %zu", i);
		memcpy(rom + 0x60, "$VBT", 4);
		ck_assert_msg(first_image(rom, BLOCK).vbt == rows[i].vbt, "row %zu", i);
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
		struct igdpt_finding why = { .size = sizeof(why) };
		uint8_t *copy = exact_copy(rom, cut);
		size_t from = cut < 3 * BLOCK ? 0 : 3 * BLOCK, n = cut - from;
		size_t bytes = from ? 2 * BLOCK : 3 * BLOCK;
		int rc, images = 0;

		while ((rc = igdpt_rom_next(copy, cut, &image, &why)) > 0)
			images++;
		ck_assert_int_eq(images, cut >= 3 * BLOCK);
		igdpt_rom_check(copy, cut, 0x0412, NULL, NULL);
		free(copy);
		ck_assert_int_eq(rc == 0, cut == 3 * BLOCK);
		if (rc == 0)
			continue;
		if (n < 0x1a)
			ck_assert(why.id == IGDPT_F_ROM_SHORT && why.offset == from && why.value == n &&
				why.want == 0x1a);
		else if (n < PCIR + 0x18)
			ck_assert(why.id == IGDPT_F_ROM_PCIR && why.offset == from + 0x18 &&
				why.value == PCIR && why.want == n);
		else
			ck_assert(why.id == IGDPT_F_ROM_PAST_END && why.offset == from + PCIR + 0x10 &&
				why.value == bytes && why.want == n);
	}
}
END_TEST

/* It may lie anywhere between the header's end and the image's. */
START_TEST(pcir_fits_into_its_image)
{
	static const struct {
		uint16_t at;
		int rc;
	} rows[] = {
		{ 0x19, -IGDPT_E_RANGE }, { 0x1a, 1 }, { BLOCK - 0x18, 1 },
		{ BLOCK - 0x17, -IGDPT_E_RANGE }, { BLOCK, -IGDPT_E_RANGE }, { 2 * BLOCK - 0x18, -IGDPT_E_RANGE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_rom_image image = { .size = sizeof(image) };
		struct igdpt_finding why = { .size = sizeof(why) };
		uint8_t rom[2 * BLOCK];

		put_image(rom, 2, IGDPT_ROM_X86, true);
		put_le16(rom + PCIR + 0x10, 1);
		memmove(rom + rows[i].at, rom + PCIR, 0x18);
		put_le16(rom + 0x18, rows[i].at);
		ck_assert_int_eq(igdpt_rom_next(rom, sizeof(rom), &image, &why), rows[i].rc);
		if (rows[i].rc < 0)
			ck_assert(why.id == IGDPT_F_ROM_PCIR && why.offset == 0x18 && why.value == rows[i].at);
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
	ck_assert_int_eq(igdpt_rom_next(rom, len, NULL, &why), -IGDPT_E_INVALID);
	ck_assert(why.offset == IGDPT_NO_OFFSET && !why.value && !why.want);
	image.size = offsetof(struct igdpt_rom_image, bdsm_value) + 3;
	ck_assert_int_eq(igdpt_rom_next(rom, len, &image, &why), -IGDPT_E_ABI_SIZE);
	ck_assert(why.value == image.size && why.want == 4096);
	image = (struct igdpt_rom_image){ .size = sizeof(image), .bytes = 1, .offset = len };
	ck_assert_int_eq(igdpt_rom_next(rom, len, &image, &why), -IGDPT_E_INVALID);
	ck_assert(why.offset == IGDPT_NO_OFFSET && why.value == len + 1 && why.want == len);
	image.offset = UINT64_MAX - 1;
	ck_assert_int_eq(igdpt_rom_next(rom, len, &image, &why), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_rom_check(rom, 1, 0, NULL, NULL), 1);
	ck_assert_int_eq(igdpt_rom_check(rom, len, 0, NULL, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rom");
	TCase *tc = tcase_create("images");

	tcase_add_test(tc, a_rom_is_a_chain_of_images);
	tcase_add_test(tc, the_patched_vbios_forgets_the_host_and_sums_to_zero);
	tcase_add_test(tc, two_candidates_for_bdsm_are_left_alone);
	tcase_add_test(tc, the_code_that_reads_bdsm_is_known_byte_by_byte);
	tcase_add_test(tc, a_variable_may_touch_what_the_image_needs);
	tcase_add_test(tc, each_image_with_a_variable_is_patched);
	tcase_add_test(tc, a_compressed_driver_cannot_be_judged);
	tcase_add_test(tc, a_gop_driver_needs_its_companions);
	tcase_add_test(tc, drivers_are_known_by_their_texts);
	tcase_add_test(tc, a_class_code_has_24_bits);
	tcase_add_test(tc, further_device_ids_come_from_the_list);
	tcase_add_test(tc, damage_is_named);
	tcase_add_test(tc, the_sum_is_taken_over_the_blocks_of_the_header);
	tcase_add_test(tc, a_vbt_is_found_where_linux_looks);
	tcase_add_test(tc, what_follows_the_last_image_is_not_read);
	tcase_add_test(tc, pcir_fits_into_its_image);
	tcase_add_test(tc, bad_arguments_are_refused);
	tcase_add_test(tc, a_rom_cut_anywhere_is_an_error_or_a_shorter_chain);
	tcase_add_test(tc, hostile_headers_are_harmless);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
