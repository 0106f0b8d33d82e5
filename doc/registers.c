/* SPDX-License-Identifier: MIT
 *
 * Prints the register reference from the library's own tables, as Markdown for Doxygen: what the
 * documentation says is what the library does. Only the table of config space is written by hand.
 */
#include <igdpt/igdpt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const char *const codecs[] = {
	"none",
	"gen 3",
	"gen 6",
	"gen 8",
	"Cherryview",
	"gen 9",
	"gen 12.70",
};
static const char *const ggc_places[] = {
	"-",
	"00:00.0 config 0x52",
	"config 0x50",
	"config 0x50",
	"config 0x50",
	"config 0x50",
	"MMIO 0x108040",
};
static const char *const bdsm_places[] = {"-", "config 0x5C, 32 bits", "config 0xC0, 64 bits"};
static const char *const reg_policies[] = {"default", "translated", "hidden", "host's"};

/* A cell of a table: a bar would end it. */
static void cell(const char *text)
{
	for (; text && *text; text++)
		printf(*text == '|' ? "\\|" : "%c", *text);
}

static void platform_row(const struct igdpt_platform *p, unsigned ids)
{
	struct igdpt_pch pch = { .size = sizeof(pch) };

	printf("| %s | `%s` | %u.%u | %u | %s | %s | %s | %s | %s |\n", p->title, p->name,
		p->gen / 100, p->gen / 10 % 10, ids, codecs[p->codec], ggc_places[p->codec],
		bdsm_places[p->bdsm],
		!(p->flags & IGDPT_PLATFORM_INTEGRATED) ? "discrete"
		: p->flags & IGDPT_PLATFORM_LMEMBAR	? "stolen memory behind BAR2"
		: p->flags & IGDPT_PLATFORM_SWSCI_E0	? "SWSCI at 0xE0 too"
		: p->flags & IGDPT_PLATFORM_NO_IOMMU	? "Linux hosts switch its IOMMU off"
							: "",
		igdpt_platform_pch(p->platform, &pch) == 0 ? pch.name : "");
}

static void platforms(void)
{
	static struct igdpt_platform seen[200];
	static unsigned ids[200];
	struct igdpt_platform p = { .size = sizeof(p) };
	size_t count = 0, i;

	for (size_t n = 0; igdpt_platform_at(n, &p) == 0; n++) {
		for (i = 0; i < count && seen[i].platform != p.platform; i++)
			;
		if (i == count && count < ARRAY_SIZE(seen))
			seen[count++] = p;
		ids[i]++;
	}
	printf("\n## Platforms {#registers_platforms}\n\nSource: igdpt/platforms.def names one for "
	       "each row; "
	       "igdpt_platform_find() looks an id up.\n\n"
	       "| platform | name | gen | ids | codec | GGC | BDSM | note | PCH "
	       "|\n|-|-|-|-|-|-|-|-|-|\n");
	for (uint32_t number = 0; number < 1000; number++) {
		for (i = 0; i < count; i++) {
			if (seen[i].platform == number)
				platform_row(&seen[i], ids[i]);
		}
	}
}

struct size {
	uint32_t code;
	uint64_t bytes;
};

/* How many sizes from this one on grow evenly with their codes. */
static size_t even(const struct size *sizes, size_t count)
{
	size_t n = 1;

	while (n < count && sizes[n].code == sizes[n - 1].code + 1 &&
		sizes[n].bytes > sizes[n - 1].bytes &&
		sizes[n].bytes - sizes[n - 1].bytes == sizes[1].bytes - sizes[0].bytes)
		n++;
	return n;
}

/* The codes that mean something, and the bits that hold them: the decoder tells both. */
static size_t collect(uint32_t codec, bool gms, struct size list[256], uint32_t *mask)
{
	struct igdpt_stolen s = { .size = sizeof(s) };
	bool seen[256] = {false};
	size_t count = 0;

	for (uint32_t ggc = 0; ggc < 0x10000; ggc++) {
		uint32_t code;

		if (igdpt_stolen_decode(codec, ggc, 0, &s, NULL) != 0)
			continue;
		code = gms ? s.gms : s.ggms;
		if (seen[code] || (!gms && s.flags & IGDPT_STOLEN_GGMS_BAD))
			continue;
		seen[code] = true;
		*mask |= ggc;
		list[count++] = (struct size){code, gms ? s.dsm_bytes : s.gsm_bytes};
	}
	return count;
}

/* Two cells: the field's bits, and its codes. */
static void sizes(uint32_t codec, bool gms)
{
	struct size list[256];
	uint32_t mask = 0;
	size_t count = collect(codec, gms, list, &mask);

	for (int bit = 15; bit >= 0; bit--) {
		if (mask >> bit == 1)
			printf("%d:", bit);
	}
	for (int bit = 0; bit < 16; bit++) {
		if (mask & 1u << bit && !(mask & ((1u << bit) - 1)))
			printf("%d", bit);
	}
	printf(" | ");
	for (size_t i = 0, n; i < count; i += n) {
		n = even(list + i, count - i);
		n = n < 3 ? 1 : n;
		printf("%s0x%" PRIX32, i ? "; " : "", list[i].code);
		if (n > 1)
			printf(" to 0x%" PRIX32 ": %" PRIu64 " to %" PRIu64 " MiB by %g",
				list[i + n - 1].code, list[i].bytes >> 20,
				list[i + n - 1].bytes >> 20,
				(double)(list[i + 1].bytes - list[i].bytes) / 0x100000);
		else
			printf(": %g MiB", (double)list[i].bytes / 0x100000);
	}
}

static void stolen(void)
{
	printf("\n## GGC: sizes of stolen memory {#registers_ggc}\n\nBit 0 locks the register; bit "
	       "1 (IVD) says "
	       "that the device claims no VGA cycles. Decoded by igdpt_stolen_decode(); sources: "
	       "arch/x86/kernel/early-quirks.c and i915 of Linux, datasheets.\n\n"
	       "| codec | GMS bits | data stolen memory by GMS | GGMS bits | GTT stolen memory by "
	       "GGMS |\n"
	       "|-|-|-|-|-|\n");
	for (uint32_t codec = IGDPT_CODEC_GEN3; codec <= IGDPT_CODEC_MTL; codec++) {
		printf("| %s | ", codecs[codec]);
		sizes(codec, true);
		printf(" | ");
		sizes(codec, false);
		printf(" |\n");
	}
}

static void mirrors_of(const char *name)
{
	struct igdpt_platform p = { .size = sizeof(p) };
	struct igdpt_mmio_trap trap = { .size = sizeof(trap) };
	struct igdpt_pcicfg *cfg = NULL;
	uint8_t config[256] = {0x86, 0x80};

	config[0x0b] = 0x03;
	config[IGDPT_CFG_GGC] = 0xc1;
	config[IGDPT_CFG_GGC + 1] = 0x02;
	if (igdpt_platform_by_name(name, &p) != 0 ||
		igdpt_pcicfg_new(&p, config, sizeof(config), NULL, &cfg, NULL) != 0)
		return;
	for (uint32_t i = 0; igdpt_mmio_trap_at(cfg, i, &trap) == 0; i++)
		printf("| %s | BAR%" PRIu32 " + 0x%06" PRIX64 " | %" PRIu32 " | %s | %s |\n",
			p.title, trap.bar, trap.offset, trap.width, trap.name,
			reg_policies[trap.policy]);
	igdpt_pcicfg_free(cfg);
}

static void mirrors(void)
{
	printf("\n## BAR mirrors {#registers_mirrors}\n\nWhat repeats config space, or holds an "
	       "address inside stolen "
	       "memory, and what a guest sees of it by default (igdpt_mmio_trap_at()). One "
	       "platform stands for "
	       "its generation. Sources: intel_gtt.c and i915_gem_stolen.c of Linux; the Windows "
	       "driver's reads "
	       "by bhyve, QEMU and EVE.\n\n| platform | register | bytes | name | guest sees "
	       "|\n|-|-|-|-|-|\n");
	mirrors_of("hsw");
	mirrors_of("skl");
	mirrors_of("icl");
	mirrors_of("tgl");
	mirrors_of("mtl");
}

static void fields(void)
{
	static const char *const policies[] = {
		"kept", "zeroed (state)", "zeroed (address)", "zeroed (reserved)", "written new"};
	struct igdpt_opregion_field_info f = { .size = sizeof(f) };

	printf("\n## OpRegion fields {#registers_opregion}\n\nAll little-endian; "
	       "igdpt_opregion_get() reads them. "
	       "The last but one column is what igdpt_opregion_normalise() makes of a field.\n\n"
	       "| offset | name | bytes | mailbox | versions | what | guest's copy | source "
	       "|\n|-|-|-|-|-|-|-|-|\n");
	for (size_t i = 0; igdpt_opregion_field_at(i, &f) == 0; i++) {
		printf("| 0x%04" PRIX32 " | %s | %" PRIu32 " x %" PRIu32 " | ", f.offset, f.name,
			f.width, f.count);
		if (f.mailbox)
			printf("%" PRIu32, f.mailbox);
		else
			printf("header");
		if (!f.first && f.last >= 0xfff)
			printf(" | all | ");
		else if (f.last >= 0xfff)
			printf(" | %" PRIu32 ".%" PRIu32 " on | ", f.first >> 8, f.first & 0xff);
		else
			printf(" | before %" PRIu32 ".0 | ", (f.last >> 8) + 1);
		cell(f.text);
		printf(" | %s | ", policies[f.policy]);
		cell(f.source);
		printf(" |\n");
	}
}

static void bridges(void)
{
	static const char *const models[] = {"", "QEMU", "ACRN", "bhyve", "Xen"};
	static const char *const sources[] = {"", "host's", "host's, may be a host address",
		"guest's GGC", "guest's BDSM", "guest's BDSM less the GTT stolen memory"};
	struct igdpt_bridge_reg r = { .size = sizeof(r) };

	printf("\n## Bridges {#registers_bridges}\n\nWhat VMMs copy to the guest's host bridge "
	       "(00:00.0) and LPC "
	       "bridge (00:1f.0): igdpt_bridge_at().\n\n| VMM | device | register | bytes | what | "
	       "value |\n|-|-|-|-|-|-|\n");
	for (uint32_t model = IGDPT_BRIDGES_QEMU; model <= IGDPT_BRIDGES_XEN; model++) {
		for (uint32_t i = 0; igdpt_bridge_at(model, i, &r) == 0; i++)
			printf("| %s | 00:%02" PRIx32 ".%" PRIu32 " | 0x%02" PRIX32 " | %" PRIu32
			       " | %s | %s |\n",
				models[model], r.devfn >> 3, r.devfn & 7, r.offset, r.width, r.name,
				sources[r.source]);
	}
}

int main(void)
{
	puts("# Registers and fields {#registers}\n\nWritten by a program that asks the library "
	     "(doc/registers.c).\n\n"
	     "[Platforms](#registers_platforms) - [GGC](#registers_ggc) - [Config "
	     "space](#registers_config) - "
	     "[BAR mirrors](#registers_mirrors) - [OpRegion](#registers_opregion) - "
	     "[Bridges](#registers_bridges)");
	platforms();
	stolen();
	printf("\n## Config space of the IGD {#registers_config}\n\n"
	       "| register | offset | bytes | where | what a guest sees by default | source "
	       "|\n|-|-|-|-|-|-|\n"
	       "| GGC | 0x%02X | 2 | gen 6 to 12.0 | the host's, or another GMS | early-quirks.c "
	       "|\n"
	       "| BDSM | 0x%02X | 4 | gen 3 to 10 | 0, then what the guest writes | early-quirks.c "
	       "|\n"
	       "| BDSM | 0x%02X | 8 | gen 11 and 12.0 | 0, then what the guest writes | "
	       "early-quirks.c |\n"
	       "| SWSCI | 0x%02X | 2 | all | emulated, a trigger raises an event | "
	       "OpRegion specification; Linux intel_opregion.c |\n"
	       "| SWSCI | 0x%02X | 2 | Atom parts | emulated, a trigger raises an event | coreboot "
	       "|\n"
	       "| (no name) | 0x%02X | 8 | gen 11 and 12.0 | moves with stolen memory | EVE; "
	       "config space dumps |\n"
	       "| ASLS | 0x%02X | 4 | all with an OpRegion | 0, then what the guest writes | "
	       "OpRegion specification |\n\n"
	       "Other policies: ::igdpt_reg_policy, ::igdpt_gms_policy, ::igdpt_swsci_policy.\n",
		IGDPT_CFG_GGC, IGDPT_CFG_BDSM, IGDPT_CFG_BDSM64, IGDPT_CFG_SWSCI,
		IGDPT_CFG_SWSCI_ATOM, IGDPT_CFG_F0, IGDPT_CFG_ASLS);
	mirrors();
	fields();
	bridges();
	return 0;
}
