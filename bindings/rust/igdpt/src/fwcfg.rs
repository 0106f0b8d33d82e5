// SPDX-License-Identifier: MIT
//! fw_cfg: the files that guest firmware reads.
use igdpt_sys::safe;

use crate::error::receiver;
use crate::{Finding, Result};

/// The OpRegion
pub const OPREGION: &str = igdpt_sys::IGDPT_FWCFG_OPREGION;
/// Size of stolen memory
pub const BDSM_SIZE: &str = igdpt_sys::IGDPT_FWCFG_BDSM_SIZE;
/// Host base of stolen memory, for an identity placement (EVE)
pub const STOLEN_BASE: &str = igdpt_sys::IGDPT_FWCFG_STOLEN_BASE;

/// Contents of [`BDSM_SIZE`].
pub fn bdsm_size(dsm_bytes: u64) -> Result<Vec<u8>> {
    Ok(safe::fwcfg_bdsm_size(dsm_bytes)?)
}

/// The directory's bytes, and the selector of each file; `slots` 0 means QEMU's default.
pub fn directory(files: &[(&str, &[u8])], slots: u32) -> Result<(Vec<u8>, Vec<(String, u32)>)> {
    Ok(safe::fwcfg_directory(files, slots)?)
}

/// What known firmware stumbles on in these files; gives how many findings are errors.
pub fn check(files: &[(&str, &[u8])], receive: impl FnMut(Finding)) -> Result<usize> {
    Ok(safe::fwcfg_check(files, &mut receiver(receive))?)
}
