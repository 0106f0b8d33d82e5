/* SPDX-License-Identifier: MIT */
#include "igdpt/rom.h"

#include "bytes.h"
#include "igdpt/vbt.h"
#include "internal.h"

#define INTEL 0x8086u
#define BASE_CLASS_DISPLAY 0x03u
#define ROM_BLOCK 512u

/* Header, PCI Firmware Specification 3.1, 5.1.1; EFI header, UEFI table 14.4.2. */
#define HEADER_SIZE 0x1au
#define HEADER_BLOCKS 2u
#define HEADER_EFI_MAGIC 4u
#define HEADER_CHECKSUM 6u /* legacy images keep the byte that makes the sum zero here */
#define HEADER_EFI_MACHINE 0x0au
#define HEADER_EFI_COMPRESSION 0x0cu
#define HEADER_PCIR 0x18u
#define EFI_MAGIC 0x0ef1u

/* PCIR, PCI Firmware Specification 3.1, 5.1.2. */
#define PCIR_MIN 0x18u
#define PCIR_MAGIC 0x52494350u
#define PCIR_VENDOR 4u
#define PCIR_DEVICE 6u
#define PCIR_DEVICE_LIST 8u
#define PCIR_REVISION 0x0cu
#define PCIR_CLASS 0x0du
#define PCIR_BLOCKS 0x10u
#define PCIR_CODE_TYPE 0x14u
#define PCIR_INDICATOR 0x15u
#define PCIR_LIST_REVISION 3u

/* An image and where it lies in the ROM. */
struct view {
	const uint8_t *p;
	size_t len;
	uint64_t offset;
};

static int find_pcir(const struct view *rest, uint32_t *pcir, struct igdpt_finding *why)
{
	uint16_t magic;

	if (!read_le16(rest->p, rest->len, 0, &magic))
		return igdpt_priv_fail(why, IGDPT_F_ROM_SHORT, rest->offset, rest->len, HEADER_SIZE);
	if (magic != 0xaa55)
		return igdpt_priv_fail(why, IGDPT_F_ROM_SIGNATURE, rest->offset, magic, 0xaa55);
	if (rest->len < HEADER_SIZE)
		return igdpt_priv_fail(why, IGDPT_F_ROM_SHORT, rest->offset, rest->len, HEADER_SIZE);
	*pcir = get_le16(rest->p + HEADER_PCIR);
	if (*pcir < HEADER_SIZE || !span_ok(rest->len, *pcir, PCIR_MIN))
		return igdpt_priv_fail(why, IGDPT_F_ROM_PCIR, rest->offset + HEADER_PCIR, *pcir,
			rest->len);
	if (get_le32(rest->p + *pcir) != PCIR_MAGIC)
		return igdpt_priv_fail(why, IGDPT_F_ROM_PCIR_SIGNATURE, rest->offset + *pcir,
			get_le32(rest->p + *pcir), PCIR_MAGIC);
	return 0;
}

static int find_end(const struct view *rest, uint32_t pcir, uint32_t *bytes,
	struct igdpt_finding *why)
{
	uint64_t at = rest->offset + pcir + PCIR_BLOCKS;

	*bytes = get_le16(rest->p + pcir + PCIR_BLOCKS) * ROM_BLOCK;
	if (!*bytes)
		return igdpt_priv_fail(why, IGDPT_F_ROM_LENGTH, at, 0, 0);
	if (*bytes > rest->len)
		return igdpt_priv_fail(why, IGDPT_F_ROM_PAST_END, at, *bytes, rest->len);
	if (!span_ok(*bytes, pcir, PCIR_MIN))
		return igdpt_priv_fail(why, IGDPT_F_ROM_PCIR, rest->offset + HEADER_PCIR, pcir, *bytes);
	return 0;
}

/* The list exists from PCIR revision 3 on, ends with a zero, and is relative to PCIR. */
static void find_device_list(const struct view *v, struct igdpt_rom_image *image)
{
	const uint8_t *pcir = v->p + image->pcir;
	uint32_t list = get_le16(pcir + PCIR_DEVICE_LIST);
	uint16_t id;

	if (pcir[PCIR_REVISION] < PCIR_LIST_REVISION || !list)
		return;
	image->device_list = image->pcir + list;
	while (read_le16(v->p, v->len, image->device_list + 2 * (uint64_t)image->device_count, &id) &&
	       id)
		image->device_count++;
	if (!image->device_count)
		image->device_list = 0;
}

static void read_pcir(const struct view *v, struct igdpt_rom_image *image)
{
	const uint8_t *pcir = v->p + image->pcir;

	image->vendor_id = get_le16(pcir + PCIR_VENDOR);
	image->device_id = get_le16(pcir + PCIR_DEVICE);
	image->class_code = get_le32(pcir + PCIR_CLASS) & 0xffffff;
	image->code_type = pcir[PCIR_CODE_TYPE];
	if (pcir[PCIR_INDICATOR] & 0x80)
		image->flags |= IGDPT_ROM_LAST;
	find_device_list(v, image);
}

static void find_vbt(const struct view *v, struct igdpt_rom_image *image)
{
	struct igdpt_vbt vbt;

	/* Linux looks at every fourth byte of the ROM: intel_bios.c. */
	for (size_t i = 0; span_ok(v->len, i, 4); i += 4) {
		if (memcmp(v->p + i, "$VBT", 4) != 0 ||
		    igdpt_vbt_init(&vbt, v->p + i, v->len - i, NULL) < 0)
			continue;
		image->vbt = (uint32_t)i;
		image->vbt_bytes = (uint32_t)vbt.len;
		return;
	}
}

static bool text_at(const struct view *v, size_t i, const char *text, size_t step)
{
	size_t n = strlen(text);

	if (!span_ok(v->len, i, n * step))
		return false;
	for (size_t k = 0; k < n; k++) {
		if (v->p[i + k * step] != (uint8_t)text[k] ||
		    (step == 2 && v->p[i + k * step + 1] != 0))
			return false;
	}
	return true;
}

/*
 * Texts that a driver cannot do without (the fw_cfg file's name), or that builds carry: the path
 * of the debug image, the name in UTF-16 that the component name protocol shows.
 */
static const struct {
	uint32_t driver;
	const char *text;
} driver_texts[] = {
	{ IGDPT_ROM_IGD_ASSIGNMENT, "etc/igd-opregion" },
	{ IGDPT_ROM_IGD_ASSIGNMENT, "IgdAssignment" },
	{ IGDPT_ROM_GOP_POLICY, "PlatformGopPolicy" },
	{ IGDPT_ROM_GOP_POLICY, "PlatformGOPPolicy" },
	{ IGDPT_ROM_INTEL_GOP, "IntelGopDriver" },
	{ IGDPT_ROM_INTEL_GOP, "Intel(R) GOP Driver" },
};

static void find_drivers(const struct view *v, struct igdpt_rom_image *image)
{
	for (size_t i = 0; i < v->len; i++) {
		if (!memchr("eIP", v->p[i], 3))
			continue;
		for (size_t d = 0; d < ARRAY_SIZE(driver_texts); d++) {
			if (text_at(v, i, driver_texts[d].text, 1) ||
			    text_at(v, i, driver_texts[d].text, 2))
				image->drivers |= driver_texts[d].driver;
		}
	}
}

static void read_efi(const struct view *v, struct igdpt_rom_image *image)
{
	if (get_le32(v->p + HEADER_EFI_MAGIC) == EFI_MAGIC) {
		image->efi_machine = get_le16(v->p + HEADER_EFI_MACHINE);
		if (get_le16(v->p + HEADER_EFI_COMPRESSION))
			image->flags |= IGDPT_ROM_COMPRESSED;
	}
	if (!(image->flags & IGDPT_ROM_COMPRESSED))
		find_drivers(v, image);
}

/*
 * The VBIOS of gen 6 to 9 reads its cached BDSM, and asks config 0x5C through its access routine
 * if that is zero: cmp dword cs:[o], 0; je; mov eax, cs:[o]; jmp; mov ax, 0x105e. QEMU's quirk
 * looks for the same bytes.
 */
#define BDSM_CODE_BYTES 19u

static bool bdsm_code_at(const uint8_t *p)
{
	static const uint8_t a[] = { 0x66, 0x2e, 0x83, 0x3e };
	static const uint8_t b[] = { 0x00, 0x74, 0x07, 0x66, 0x2e, 0xa1 };
	static const uint8_t c[] = { 0xeb, 0x0f, 0xb8, 0x5e, 0x10 };

	return memcmp(p, a, sizeof(a)) == 0 && memcmp(p + 6, b, sizeof(b)) == 0 &&
		memcmp(p + 14, c, sizeof(c)) == 0 && get_le16(p + 4) == get_le16(p + 12);
}

static bool apart(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
	return a + a_bytes <= b || b + b_bytes <= a;
}

/* Clearing it must not change what the image is: not its headers, not the code that reads it. */
static bool can_be_variable(const struct view *v, const struct igdpt_rom_image *image, uint32_t at,
	uint64_t code)
{
	return at >= HEADER_SIZE && span_ok(v->len, at, 4) &&
		apart(at, 4, image->pcir, PCIR_MIN) && apart(at, 4, code, BDSM_CODE_BYTES);
}

static void find_bdsm(const struct view *v, struct igdpt_rom_image *image)
{
	unsigned found = 0;

	for (size_t i = HEADER_SIZE; span_ok(v->len, i, BDSM_CODE_BYTES); i++) {
		uint32_t at = get_le16(v->p + i + 4);

		if (v->p[i] != 0x66 || !bdsm_code_at(v->p + i))
			continue;
		found++;
		if (!can_be_variable(v, image, at, i))
			found++; /* a place that cannot be a variable: leave the image alone */
		else
			image->bdsm = at;
	}
	if (found > 1) {
		image->bdsm = 0;
		image->flags |= IGDPT_ROM_BDSM_AMBIGUOUS;
	}
	if (!image->bdsm)
		return;
	image->flags |= IGDPT_ROM_BDSM_CACHED;
	image->bdsm_value = get_le32(v->p + image->bdsm);
}

/* The bytes that a BIOS sums: what the header says, at most the image. */
static size_t summed(const struct view *v)
{
	size_t n = v->p[HEADER_BLOCKS] * (size_t)ROM_BLOCK;

	return n && n < v->len ? n : v->len;
}

static void read_legacy(const struct view *v, struct igdpt_rom_image *image)
{
	if (byte_sum(v->p, summed(v)) != 0)
		image->flags |= IGDPT_ROM_CHECKSUM_BAD;
	find_bdsm(v, image);
}

static int read_image(const struct view *rest, struct igdpt_rom_image *image,
	struct igdpt_finding *why)
{
	struct view v = *rest;
	int rc = find_pcir(rest, &image->pcir, why);

	if (rc == 0)
		rc = find_end(rest, image->pcir, &image->bytes, why);
	if (rc < 0)
		return rc;
	v.len = image->bytes;
	read_pcir(&v, image);
	if (image->code_type == IGDPT_ROM_EFI)
		read_efi(&v, image);
	if (image->code_type == IGDPT_ROM_X86)
		read_legacy(&v, image);
	if (!(image->flags & IGDPT_ROM_COMPRESSED))
		find_vbt(&v, image);
	return 0;
}

int igdpt_rom_next(const void *rom, size_t len, struct igdpt_rom_image *image,
	struct igdpt_finding *why)
{
	struct igdpt_rom_image known = { .size = sizeof(known) };
	struct view rest;
	int rc;

	if (!rom || !image)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	if (image->size < V1(igdpt_rom_image))
		return igdpt_priv_fail(why, IGDPT_F_ABI_SIZE, IGDPT_NO_OFFSET, image->size,
			IGDPT_PRIV_MAX_STRUCT);
	known.offset = image->bytes ? image->offset + image->bytes : 0;
	if (image->bytes && (image->flags & IGDPT_ROM_LAST || known.offset == len))
		return 0;
	if (known.offset > len)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, known.offset, len);
	rest = (struct view){ (const uint8_t *)rom + known.offset, len - (size_t)known.offset,
		known.offset };
	rc = read_image(&rest, &known, why);
	if (rc == 0)
		rc = igdpt_priv_struct_out(image, &known, sizeof(known), V1(igdpt_rom_image));
	return rc < 0 ? rc : 1;
}

static bool lists_device(const uint8_t *p, const struct igdpt_rom_image *image, uint32_t device_id)
{
	if (image->device_id == device_id)
		return true;
	for (uint32_t i = 0; i < image->device_count; i++) {
		if (get_le16(p + image->device_list + 2 * i) == device_id)
			return true;
	}
	return false;
}

static void check_ids(const uint8_t *p, const struct igdpt_rom_image *image, uint32_t device_id,
	struct igdpt_priv_report *report)
{
	uint64_t pcir = image->offset + image->pcir;

	if (image->vendor_id != INTEL)
		igdpt_priv_report(report, IGDPT_F_ROM_VENDOR, pcir + PCIR_VENDOR, image->vendor_id,
			INTEL);
	else if (device_id && image->code_type == IGDPT_ROM_X86 &&
		 !lists_device(p, image, device_id))
		igdpt_priv_report(report, IGDPT_F_ROM_DEVICE, pcir + PCIR_DEVICE, image->device_id,
			device_id);
}

static void check_image(const uint8_t *p, const struct igdpt_rom_image *image, uint32_t device_id,
	struct igdpt_priv_report *report)
{
	uint64_t at = image->offset;

	check_ids(p, image, device_id, report);
	if (image->code_type != IGDPT_ROM_EFI && image->class_code >> 16 != BASE_CLASS_DISPLAY)
		igdpt_priv_report(report, IGDPT_F_ROM_CLASS, at + image->pcir + PCIR_CLASS,
			image->class_code, BASE_CLASS_DISPLAY << 16);
	if (p[HEADER_BLOCKS] * ROM_BLOCK > image->bytes)
		igdpt_priv_report(report, IGDPT_F_ROM_HEADER_SIZE, at + HEADER_BLOCKS,
			p[HEADER_BLOCKS] * ROM_BLOCK, image->bytes);
	if (image->flags & IGDPT_ROM_CHECKSUM_BAD)
		igdpt_priv_report(report, IGDPT_F_ROM_CHECKSUM, at + HEADER_CHECKSUM,
			byte_sum(p, summed(&(struct view){ p, image->bytes, at })), 0);
	if (image->flags & IGDPT_ROM_COMPRESSED)
		igdpt_priv_report(report, IGDPT_F_ROM_COMPRESSED, at + HEADER_EFI_COMPRESSION, 0, 0);
	if (image->bdsm_value)
		igdpt_priv_report(report, IGDPT_F_ROM_BDSM_CACHED, at + image->bdsm,
			image->bdsm_value, 0);
	if (image->flags & IGDPT_ROM_BDSM_AMBIGUOUS)
		igdpt_priv_report(report, IGDPT_F_ROM_BDSM_AMBIGUOUS, at, 0, 0);
}

/* What the images were found to be, all together. */
struct summary {
	unsigned efi;
	bool compressed;
	uint32_t drivers;
};

static void check_end(const struct igdpt_rom_image *last, size_t len, const struct summary *sum,
	struct igdpt_priv_report *report)
{
	uint64_t end = last->offset + last->bytes;

	if (!(last->flags & IGDPT_ROM_LAST))
		igdpt_priv_report(report, IGDPT_F_ROM_NOT_LAST,
			last->offset + last->pcir + PCIR_INDICATOR, 0, 0);
	else if (end < len)
		igdpt_priv_report(report, IGDPT_F_ROM_TRAILING, end, len - end, 0);
	if (sum->efi && !sum->compressed && !(sum->drivers & IGDPT_ROM_IGD_ASSIGNMENT))
		igdpt_priv_report(report, IGDPT_F_ROM_NO_ASSIGNMENT, IGDPT_NO_OFFSET, sum->efi, 0);
	if ((sum->drivers & IGDPT_ROM_INTEL_GOP) && !sum->compressed &&
	    !(sum->drivers & IGDPT_ROM_GOP_POLICY))
		igdpt_priv_report(report, IGDPT_F_ROM_NO_POLICY, IGDPT_NO_OFFSET, 0, 0);
}

int igdpt_rom_check(const void *rom, size_t len, uint32_t device_id, igdpt_finding_fn fn,
	void *user)
{
	struct igdpt_priv_report report = { .fn = fn, .user = user };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_rom_image image = { .size = sizeof(image) };
	struct summary sum = { 0, false, 0 };
	int rc;

	while ((rc = igdpt_rom_next(rom, len, &image, &why)) > 0) {
		check_image((const uint8_t *)rom + image.offset, &image, device_id, &report);
		sum.efi += image.code_type == IGDPT_ROM_EFI;
		sum.compressed |= (image.flags & IGDPT_ROM_COMPRESSED) != 0;
		sum.drivers |= image.drivers;
	}
	if (rc < 0)
		igdpt_priv_report(&report, why.id, why.offset, why.value, why.want);
	if (image.bytes)
		check_end(&image, len, &sum, &report);
	return report.errors;
}

static void patch_image(uint8_t *p, const struct igdpt_rom_image *image)
{
	struct view v = { p, image->bytes, image->offset };

	put_le32(p + image->bdsm, 0);
	p[HEADER_CHECKSUM] = (uint8_t)(p[HEADER_CHECKSUM] - byte_sum(p, summed(&v)));
}

/* Decides before anything is written: whether any image has the variable, or why not. */
static int count_cached(const void *rom, size_t len, struct igdpt_finding *why)
{
	struct igdpt_rom_image image = { .size = sizeof(image) };
	bool found = false;
	int rc;

	while ((rc = igdpt_rom_next(rom, len, &image, why)) > 0) {
		if (image.flags & IGDPT_ROM_BDSM_AMBIGUOUS)
			return igdpt_priv_fail(why, IGDPT_F_ROM_BDSM_AMBIGUOUS, image.offset, 0, 0);
		found |= (image.flags & IGDPT_ROM_BDSM_CACHED) != 0;
	}
	if (rc == 0 && !found)
		return igdpt_priv_fail(why, IGDPT_F_ROM_NO_BDSM, IGDPT_NO_OFFSET, 0, 0);
	return rc;
}

int igdpt_rom_patch(const void *rom, size_t len, void *buf, size_t *buf_len,
	struct igdpt_finding *why)
{
	struct igdpt_rom_image image = { .size = sizeof(image) };
	int changed = 0, rc = count_cached(rom, len, why);

	if (rc == 0)
		rc = igdpt_priv_room(buf, buf_len, len, why);
	if (rc < 0)
		return rc;
	memcpy(buf, rom, len);
	while (igdpt_rom_next(rom, len, &image, NULL) > 0) {
		if (!image.bdsm_value)
			continue;
		patch_image((uint8_t *)buf + image.offset, &image);
		changed++;
	}
	return changed;
}
