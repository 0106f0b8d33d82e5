/* SPDX-License-Identifier: MIT */
#include "igdpt/bridges.h"

#include "internal.h"

#define HOST 0x00u
#define LPC 0xf8u

struct row {
	uint8_t model;
	uint8_t devfn;
	uint8_t offset;
	uint8_t width;
	uint8_t source;
	char name[35];
};

static const struct row rows[] = {
#define ROW(model, devfn, offset, width, source, name)                                             \
	{ IGDPT_BRIDGES_##model, devfn, offset, width, IGDPT_BRIDGE_##source, name },
	ROW(QEMU, HOST, 0x08, 2, HOST, "revision, programming interface")
	ROW(QEMU, HOST, 0x2c, 2, HOST, "subsystem vendor id")
	ROW(QEMU, HOST, 0x2e, 2, HOST, "subsystem id")
	ROW(QEMU, LPC, 0x00, 2, HOST, "vendor id")
	ROW(QEMU, LPC, 0x02, 2, HOST, "device id")
	ROW(QEMU, LPC, 0x08, 2, HOST, "revision, programming interface")
	ROW(QEMU, LPC, 0x2c, 2, HOST, "subsystem vendor id")
	ROW(QEMU, LPC, 0x2e, 2, HOST, "subsystem id")

	ROW(ACRN, HOST, 0x50, 2, GUEST_GGC, "GGC")
	ROW(ACRN, HOST, 0xb0, 4, GUEST_BDSM, "BDSM")
	ROW(ACRN, HOST, 0xb4, 4, GUEST_BGSM, "BGSM")
	ROW(ACRN, LPC, 0x00, 2, HOST, "vendor id")
	ROW(ACRN, LPC, 0x02, 2, HOST, "device id")
	ROW(ACRN, LPC, 0x08, 1, HOST, "revision")
	ROW(ACRN, LPC, 0x2c, 2, HOST, "subsystem vendor id")
	ROW(ACRN, LPC, 0x2e, 2, HOST, "subsystem id")

	ROW(BHYVE, LPC, 0x00, 2, HOST, "vendor id")
	ROW(BHYVE, LPC, 0x02, 2, HOST, "device id")
	ROW(BHYVE, LPC, 0x08, 1, HOST, "revision")
	ROW(BHYVE, LPC, 0x2c, 2, HOST, "subsystem vendor id")
	ROW(BHYVE, LPC, 0x2e, 2, HOST, "subsystem id")

	ROW(XEN, HOST, 0x08, 2, HOST, "revision, programming interface")
	ROW(XEN, HOST, 0x2c, 2, HOST, "subsystem vendor id")
	ROW(XEN, HOST, 0x2e, 2, HOST, "subsystem id")
	ROW(XEN, HOST, 0x50, 2, HOST, "GGC")
	ROW(XEN, HOST, 0x52, 2, HOST, "GGC before gen 6")
	ROW(XEN, HOST, 0xa4, 4, HOST_RAW, "called Sandy Bridge's BGSM by Xen")
	ROW(XEN, HOST, 0xa8, 4, HOST_RAW, "beside it")
#undef ROW
};

int igdpt_bridge_at(uint32_t model, uint32_t index, struct igdpt_bridge_reg *reg)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct igdpt_bridge_reg known = {
			.devfn = rows[i].devfn,
			.offset = rows[i].offset,
			.width = rows[i].width,
			.source = rows[i].source,
			.name = rows[i].name,
		};

		if (rows[i].model == model && index-- == 0)
			return igdpt_priv_struct_out(reg, &known, sizeof(known), V1(igdpt_bridge_reg));
	}
	return -IGDPT_E_NOTFOUND;
}
