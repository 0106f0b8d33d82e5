// SPDX-License-Identifier: MIT
//! Option ROMs: images, drivers, VBT, the VBIOS's cached BDSM.
use igdpt_sys::{igdpt_rom_image, safe};

use crate::error::receiver;
use crate::{Finding, Result};

/// One image; its members are those of `struct igdpt_rom_image`.
pub type Image<'a> = safe::Bound<'a, igdpt_rom_image>;

/// The images of a ROM, up to an error where the chain breaks.
pub fn images<'a>(rom: &'a [u8]) -> impl Iterator<Item = Result<Image<'a>>> + 'a {
    safe::rom_images(rom).map(|image| Ok(image?))
}

/// Judge a ROM for a guest with a passed IGD (`device_id` 0 if not known).
pub fn check(rom: &[u8], device_id: u32, receive: impl FnMut(Finding)) -> Result<usize> {
    Ok(safe::rom_check(rom, device_id, &mut receiver(receive))?)
}

/// A copy whose VBIOS has forgotten the host's BDSM.
pub fn patch(rom: &[u8]) -> Result<Vec<u8>> {
    Ok(safe::rom_patch(rom)?)
}
