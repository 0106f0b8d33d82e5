// SPDX-License-Identifier: MIT
use igdpt_sys::safe;

use crate::{Codec, Result, StolenDecodeFlag, StolenFlag};

/// What GGC says; sizes in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stolen {
    /// GMS code
    pub gms: u32,
    /// GGMS code
    pub ggms: u32,
    /// Properties
    pub flags: StolenFlag,
    /// Data stolen memory
    pub dsm_bytes: u64,
    /// GTT stolen memory, directly below
    pub gsm_bytes: u64,
}

impl Stolen {
    /// Decode a 16-bit GGC.
    pub fn decode(codec: Codec, ggc: u32, flags: StolenDecodeFlag) -> Result<Self> {
        let raw = safe::stolen_decode(codec as u32, ggc, flags.0)?;
        Ok(Self {
            gms: raw.gms,
            ggms: raw.ggms,
            flags: StolenFlag(raw.flags),
            dsm_bytes: raw.dsm_bytes,
            gsm_bytes: raw.gsm_bytes,
        })
    }
}

/// GGC with another size of data stolen memory.
pub fn encode_ggc(codec: Codec, ggc: u32, dsm_bytes: u64) -> Result<u32> {
    Ok(safe::stolen_encode(codec as u32, ggc, dsm_bytes)?)
}
