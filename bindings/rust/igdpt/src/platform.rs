// SPDX-License-Identifier: MIT
use std::fmt;

use igdpt_sys::safe;

use crate::{BdsmKind, Codec, PlatformFlag, PlatformId, Result};

/// The chipset (PCH) that guest drivers look for beside an IGD, by the id of an ISA bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pch {
    /// Bits of the device id that count
    pub mask: u32,
    /// Masked device ids that suit this IGD
    pub ids: &'static [u16],
    /// What Linux assumes with an emulated bridge
    pub name: &'static str,
}

/// Capabilities of one platform.
#[derive(Clone, Copy)]
pub struct Platform(pub(crate) safe::Platform);

impl Platform {
    /// By PCI device id, exactly.
    pub fn find(device_id: u32) -> Result<Self> {
        Ok(Self(safe::platform_find(device_id)?))
    }

    /// By short name, e.g. "adl-p": the explicit override for an unknown id.
    pub fn by_name(name: &str) -> Result<Self> {
        Ok(Self(safe::platform_by_name(name)?))
    }

    /// The same with another codec of GGC and another place of BDSM, for hosts that are known to
    /// differ from what the library says.
    #[must_use]
    pub fn with(self, codec: Codec, bdsm: BdsmKind) -> Self {
        Self(safe::platform_with(self.0, codec as u32, bdsm as u32))
    }

    /// PCI device id that was looked up
    pub fn device_id(&self) -> Option<u32> {
        (self.0.device_id != 0).then(|| self.0.device_id)
    }

    /// Which one it is
    pub fn id(&self) -> std::result::Result<PlatformId, u32> {
        self.0.platform.try_into()
    }

    /// Graphics IP version times 100
    pub fn gen(&self) -> u32 {
        self.0.gen
    }

    /// How GGC encodes sizes
    pub fn codec(&self) -> std::result::Result<Codec, u32> {
        self.0.codec.try_into()
    }

    /// Where BDSM is
    pub fn bdsm(&self) -> std::result::Result<BdsmKind, u32> {
        self.0.bdsm.try_into()
    }

    /// Properties
    pub fn flags(&self) -> PlatformFlag {
        PlatformFlag(self.0.flags)
    }

    /// HDMI audio on bus 0, device << 3 | function
    pub fn audio_devfn(&self) -> Option<u32> {
        (self.0.audio_devfn != 0).then(|| self.0.audio_devfn)
    }

    /// The chipset that goes with it; `None` if Linux looks for none
    pub fn pch(&self) -> Option<Pch> {
        let (mask, ids, name) = safe::platform_pch(self.0.platform).ok()?;
        Some(Pch { mask, ids, name })
    }

    /// Short name
    pub fn name(&self) -> &'static str {
        safe::platform_names(&self.0).0
    }

    /// Name in words
    pub fn title(&self) -> &'static str {
        safe::platform_names(&self.0).1
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_tuple("Platform").field(&self.name()).field(&self.device_id()).finish()
    }
}

/// One record per known device id, ascending.
pub fn platforms() -> impl Iterator<Item = Platform> {
    (0..).map_while(|index| safe::platform_at(index).ok()).map(Platform)
}
