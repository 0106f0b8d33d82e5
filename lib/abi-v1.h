/* SPDX-License-Identifier: MIT
 *
 * How many bytes a size-prefixed struct had in the release that first had it, as its last member
 * then: callers of that release are served for ever. A released line never changes.
 */
#ifndef IGDPT_LIB_ABI_V1_H
#define IGDPT_LIB_ABI_V1_H

#include <stddef.h>

#define V1_END(type, last) (offsetof(struct type, last) + sizeof(((struct type *)0)->last))
#define V1(type) V1_##type

#define V1_igdpt_finding V1_END(igdpt_finding, want)
#define V1_igdpt_finding_info V1_END(igdpt_finding_info, source)
#define V1_igdpt_platform V1_END(igdpt_platform, title)
#define V1_igdpt_pch V1_END(igdpt_pch, name)
#define V1_igdpt_stolen V1_END(igdpt_stolen, gsm_bytes)
#define V1_igdpt_vbt_block V1_END(igdpt_vbt_block, name)
#define V1_igdpt_vbt_child V1_END(igdpt_vbt_child, reserved)
#define V1_igdpt_vbt_field V1_END(igdpt_vbt_field, name)
#define V1_igdpt_vbt_panel V1_END(igdpt_vbt_panel, name)
#define V1_igdpt_vbt_mipi V1_END(igdpt_vbt_mipi, end)
#define V1_igdpt_vbt_build_opts V1_END(igdpt_vbt_build_opts, port_count)
#define V1_igdpt_opregion_vbt V1_END(igdpt_opregion_vbt, bytes)
#define V1_igdpt_opregion_field_info V1_END(igdpt_opregion_field_info, source)
#define V1_igdpt_opregion_outcome V1_END(igdpt_opregion_outcome, source)
#define V1_igdpt_opregion_build_opts V1_END(igdpt_opregion_build_opts, address)
#define V1_igdpt_opregion_normalise_opts V1_END(igdpt_opregion_normalise_opts, vbt_bytes)
#define V1_igdpt_pcicfg_opts V1_END(igdpt_pcicfg_opts, dsm_bytes)
#define V1_igdpt_pcicfg_state V1_END(igdpt_pcicfg_state, gsm_bytes)
#define V1_igdpt_legacy_opts V1_END(igdpt_legacy_opts, platform)
#define V1_igdpt_bridge_reg V1_END(igdpt_bridge_reg, name)
#define V1_igdpt_ranges_request V1_END(igdpt_ranges_request, preferred)
#define V1_igdpt_plan_opts V1_END(igdpt_plan_opts, taken)
#define V1_igdpt_plan_result V1_END(igdpt_plan_result, blocks)
#define V1_igdpt_mmio_opts V1_END(igdpt_mmio_opts, host_doorbell_ctx)
#define V1_igdpt_mmio_trap V1_END(igdpt_mmio_trap, name)
#define V1_igdpt_rom_image V1_END(igdpt_rom_image, bdsm_value)
#define V1_igdpt_dmar_structure V1_END(igdpt_dmar_structure, name)
#define V1_igdpt_dmar_scope V1_END(igdpt_dmar_scope, path)
#define V1_igdpt_dmar_validate_opts V1_END(igdpt_dmar_validate_opts, words)
#define V1_igdpt_dmar_build_opts V1_END(igdpt_dmar_build_opts, from)
#define V1_igdpt_rmrr_predict_opts V1_END(igdpt_rmrr_predict_opts, user)
#define V1_igdpt_rmrr_attach V1_END(igdpt_rmrr_attach, ioctl)
#define V1_igdpt_rmrr_resolve_opts V1_END(igdpt_rmrr_resolve_opts, work)
#define V1_igdpt_rmrr_layout V1_END(igdpt_rmrr_layout, moved)

#define V1_igdpt_host_device V1_END(igdpt_host_device, driver)
#define V1_igdpt_host_iommu V1_END(igdpt_host_iommu, remapping)
#define V1_igdpt_host_kernel V1_END(igdpt_host_kernel, release)
#define V1_igdpt_host_regions V1_END(igdpt_host_regions, rom_bytes)
#define V1_igdpt_host_why V1_END(igdpt_host_why, text)

#endif
