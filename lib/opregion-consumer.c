/* SPDX-License-Identifier: MIT */
#include "opregion-priv.h"

/* SIZE other than 8 KiB. */
enum size_rule { SIZE_IGNORED, SIZE_EXACT, SIZE_CRASHES };

/* An absolute RVDA. */
enum absolute_rule {
	ABSOLUTE_READ,     /* read at that address */
	ABSOLUTE_REBUILT,  /* made 2.1 with the VBT appended */
	ABSOLUTE_REFUSED,
	ABSOLUTE_LEAKED    /* the host's address goes to the guest, where nothing is there */
};

static const struct rules {
	uint32_t consumer;
	uint16_t size;
	uint16_t absolute;
	uint16_t rvda_alone; /* RVDA counts without RVDS */
	uint16_t mailbox4;   /* 6144 at most, 0 as i915 */
	uint32_t window;     /* bytes that the guest sees, 0 all; those that are sure with any ASLS */
	const char *strings; /* name, title, source */
} consumers[] = {
	{ IGDPT_CONSUMER_I915, SIZE_IGNORED, ABSOLUTE_READ, 0, 0, 0, "i915\0"
		"Linux i915 and xe\0"
		"Linux intel_opregion.c" },
	{ IGDPT_CONSUMER_VFIO_PCI, SIZE_CRASHES, ABSOLUTE_REBUILT, 0, 0, 0, "vfio-pci\0"
		"Linux vfio-pci, showing the host's\0"
		"Linux vfio_pci_igd.c; SIZE 16 crashes the host (measured, 6.1 and 7.3)" },
	{ IGDPT_CONSUMER_QEMU, SIZE_IGNORED, ABSOLUTE_LEAKED, 0, 0, 0, "qemu\0"
		"QEMU, publishing a file as it is\0"
		"QEMU hw/vfio/igd.c" },
	{ IGDPT_CONSUMER_SEABIOS, SIZE_IGNORED, ABSOLUTE_LEAKED, 0, 0, 0, "seabios\0"
		"SeaBIOS, copying etc/igd-opregion\0"
		"SeaBIOS pciinit.c intel_igd_setup()" },
	{ IGDPT_CONSUMER_VFIOIGDPKG, SIZE_IGNORED, ABSOLUTE_REFUSED, 0, IGDPT_OPREGION_VBT_BYTES, 0,
		"vfioigdpkg\0"
		"VfioIgdPkg for OVMF\0"
		"VfioIgdPkg PlatformGopPolicy" },
	{ IGDPT_CONSUMER_BHYVE, SIZE_EXACT, ABSOLUTE_REFUSED, 1, 0, 0, "bhyve\0"
		"bhyve, copying the host's\0"
		"bhyve pci_gvt-d.c" },
	{ IGDPT_CONSUMER_XEN, SIZE_IGNORED, ABSOLUTE_LEAKED, 0, 0, 0x2000, "xen\0"
		"Xen, mapping the host's\0"
		"hvmloader pci.c; QEMU xen_pt_graphics.c: 3 pages" },
	{ IGDPT_CONSUMER_ACRN, SIZE_IGNORED, ABSOLUTE_LEAKED, 0, 0, 0x4000, "acrn\0"
		"ACRN, mapping the host's\0"
		"acrn-dm passthrough.c: 5 pages" },
};

/* What was decided: a verdict, the VBT's place, and the rule behind it. */
struct decision {
	uint32_t verdict;
	uint32_t vbt_source;
	struct igdpt_finding *why;
};

static void conclude(struct decision *o, uint32_t verdict, uint32_t id, uint64_t offset,
	uint64_t value, uint64_t want)
{
	o->verdict = verdict;
	igdpt_priv_fail(o->why, id, offset, value, want);
}

/* True when SIZE or an absolute RVDA settles it. */
static bool settled(const struct igdpt_opregion *op, const struct rules *r, struct decision *o)
{
	bool absolute = op->version == RVDA_ABSOLUTE && op->rvda && (op->rvds || r->rvda_alone);

	if (op->kib != OPREGION_KIB && r->size == SIZE_EXACT)
		conclude(o, IGDPT_VERDICT_REFUSES, IGDPT_F_OPREGION_SIZE, IGDPT_OPF_SIZE, op->kib,
			OPREGION_KIB);
	else if (op->kib != OPREGION_KIB && r->size == SIZE_CRASHES)
		conclude(o, IGDPT_VERDICT_HARMS, IGDPT_F_OPREGION_SIZE, IGDPT_OPF_SIZE, op->kib,
			OPREGION_KIB);
	else if (absolute && r->absolute == ABSOLUTE_REFUSED)
		conclude(o, IGDPT_VERDICT_REFUSES, IGDPT_F_RVDA_ABSOLUTE, IGDPT_OPF_RVDA, op->rvda, 0);
	else if (absolute && r->absolute == ABSOLUTE_LEAKED)
		conclude(o, IGDPT_VERDICT_HARMS, IGDPT_F_RVDA_ABSOLUTE, IGDPT_OPF_RVDA, op->rvda, 0);
	else
		return false;
	return true;
}

/*
 * Whether the guest gets to see what is behind RVDA, as far as that can be said. Where there is a
 * window, an absolute RVDA has settled it already.
 */
static bool rvda_leads_on(const struct igdpt_opregion *op, const struct rules *r, struct decision *o)
{
	if (!(op->mboxes & IGDPT_MBOX_ASLE)) {
		igdpt_priv_fail(o->why, IGDPT_F_RVDA_NO_ASLE, IGDPT_OPF_MBOX, op->mboxes,
			IGDPT_MBOX_ASLE);
		return false;
	}
	if (r->window && !span_ok(r->window, op->rvda, op->rvds)) {
		igdpt_priv_fail(o->why, IGDPT_F_RVDA_WINDOW, IGDPT_OPF_RVDA, op->rvda, r->window);
		return false;
	}
	return true;
}

static void look_for_vbt(const struct igdpt_opregion *op, const struct rules *r, struct decision *o)
{
	struct igdpt_opregion seen = *op;
	struct igdpt_opregion_vbt vbt = { .size = sizeof(vbt) };
	bool wanted = rvda_kind(op) != RVDA_NONE;

	if (wanted && !rvda_leads_on(op, r, o))
		seen.rvda = 0;
	igdpt_opregion_find_vbt(&seen, &vbt, seen.rvda || !wanted ? o->why : NULL);
	o->vbt_source = vbt.source;
	if (vbt.source == IGDPT_VBT_NONE)
		o->verdict = IGDPT_VERDICT_NO_VBT;
	else if (wanted && vbt.source == IGDPT_VBT_MAILBOX4)
		o->verdict = IGDPT_VERDICT_FALLBACK;
	else if (vbt.source == IGDPT_VBT_MAILBOX4 && r->mailbox4 && vbt.bytes > r->mailbox4)
		conclude(o, IGDPT_VERDICT_REFUSES, IGDPT_F_VBT_SPILLS, IGDPT_OPREGION_VBT, vbt.bytes,
			r->mailbox4);
}

int igdpt_opregion_consumer(const struct igdpt_opregion *op, uint32_t consumer,
	struct igdpt_opregion_outcome *result, struct igdpt_finding *why)
{
	struct decision o = { .verdict = IGDPT_VERDICT_TAKES, .why = why };
	struct igdpt_opregion_outcome known;
	const struct rules *r;

	if (!op)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	if (consumer < 1 || consumer > ARRAY_SIZE(consumers))
		return -IGDPT_E_NOTFOUND;
	r = &consumers[consumer - 1];
	if (!settled(op, r, &o))
		look_for_vbt(op, r, &o);
	known = (struct igdpt_opregion_outcome){
		.verdict = o.verdict,
		.vbt_source = o.vbt_source,
		.name = string_at(r->strings, 0, 0),
		.title = string_at(r->strings, 0, 1),
		.source = string_at(r->strings, 0, 2),
	};
	return igdpt_priv_struct_out(result, &known, sizeof(known), V1(igdpt_opregion_outcome));
}
