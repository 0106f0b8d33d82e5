/* SPDX-License-Identifier: MIT */
#include "pcicfg-priv.h"

#include "internal.h"

#define CLASS_DISPLAY_OTHER 0x0380u

static void check_leaks(const struct igdpt_pcicfg *cfg, struct igdpt_priv_report *report)
{
	if (cfg->opts.asls_policy == IGDPT_REG_HOST)
		igdpt_priv_report(report, IGDPT_F_PCICFG_LEAK, IGDPT_CFG_ASLS, cfg->host.asls, 0);
	if (cfg->opts.bdsm_policy == IGDPT_REG_HOST)
		igdpt_priv_report(report, IGDPT_F_PCICFG_LEAK, cfg->platform.bdsm == IGDPT_BDSM_CFG_C0 ?
			IGDPT_CFG_BDSM64 : IGDPT_CFG_BDSM, cfg->host.bdsm, 0);
	if (cfg->opts.f0_policy == IGDPT_REG_HOST)
		igdpt_priv_report(report, IGDPT_F_PCICFG_LEAK, IGDPT_CFG_F0, cfg->host.f0, 0);
	if (cfg->opts.flags & IGDPT_PCICFG_FORWARD)
		igdpt_priv_report(report, IGDPT_F_PCICFG_FORWARDS, IGDPT_NO_OFFSET, 0, 0);
	if (cfg->opts.swsci == IGDPT_SWSCI_HOST)
		igdpt_priv_report(report, IGDPT_F_PCICFG_SWSCI_HOST, IGDPT_CFG_SWSCI, 0, 0);
	if (cfg->opts.swsci == IGDPT_SWSCI_HOST && is_atom(cfg))
		igdpt_priv_report(report, IGDPT_F_PCICFG_SWSCI_HOST, IGDPT_CFG_SWSCI_ATOM, 0, 0);
}

static void check_stolen(const struct igdpt_pcicfg *cfg, struct igdpt_priv_report *report)
{
	const struct vreg *bridge = &cfg->regs[VREG_BRIDGE];

	if (cfg->platform.bdsm == IGDPT_BDSM_CFG_C0 && bridge->writable)
		igdpt_priv_report(report, IGDPT_F_PCICFG_BRIDGE_ON, IGDPT_CFG_BDSM, 0, 0);
	if (cfg->opts.bridge == IGDPT_BRIDGE_OFF && cfg->platform.bdsm == IGDPT_BDSM_CFG_C0)
		igdpt_priv_report(report, IGDPT_F_PCICFG_BRIDGE_OFF, IGDPT_CFG_BDSM, 0, 0);
	if (cfg->opts.gms_policy > IGDPT_GMS_KEEP && !cfg->regs[VREG_GGC].width)
		igdpt_priv_report(report, IGDPT_F_PCICFG_GMS_NOWHERE, IGDPT_CFG_GGC, 0, 0);
	else if (cfg->opts.gms_policy == IGDPT_GMS_ZERO)
		igdpt_priv_report(report, IGDPT_F_PCICFG_GMS_ZERO, IGDPT_CFG_GGC, cfg->host.ggc, 0);
	/* A caller who follows QEMU has given it one. */
	if (cfg->platform.flags & IGDPT_PLATFORM_LMEMBAR && cfg->platform.bdsm == IGDPT_BDSM_NONE)
		igdpt_priv_report(report, IGDPT_F_PCICFG_LMEMBAR, IGDPT_NO_OFFSET, 0, 0);
}

int igdpt_pcicfg_check(const struct igdpt_pcicfg *cfg, igdpt_finding_fn fn, void *user)
{
	struct igdpt_priv_report report = { .fn = fn, .user = user };

	if (cfg->platform.platform == IGDPT_PLATFORM_UNKNOWN)
		igdpt_priv_report(&report, IGDPT_F_PCICFG_UNKNOWN_DEVICE, 2, 0, 0);
	if (cfg->platform.flags & IGDPT_PLATFORM_NO_IOMMU)
		igdpt_priv_report(&report, IGDPT_F_PCICFG_NO_IOMMU, 2, cfg->platform.device_id, 0);
	if (cfg->host.class_code >> 8 == CLASS_DISPLAY_OTHER)
		igdpt_priv_report(&report, IGDPT_F_PCICFG_CLASS_0380, PCI_CLASS + 1,
			cfg->host.class_code, 0x030000);
	if (cfg->host.asls == 0 || cfg->host.asls == UINT32_MAX)
		igdpt_priv_report(&report, IGDPT_F_PCICFG_NO_ASLS, IGDPT_CFG_ASLS, cfg->host.asls, 0);
	check_stolen(cfg, &report);
	check_leaks(cfg, &report);
	return report.errors;
}
