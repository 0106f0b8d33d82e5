// SPDX-License-Identifier: MIT
//! QEMU's legacy mode: would it do it, and if not, why not.
use igdpt_sys::{igdpt_legacy_opts, safe};

use crate::error::receiver;
use crate::{Finding, LegacyAnswer, LegacyFlag, Machine, Platform, Result, Slot1f};

/// What is known of host, guest and options. The default has nothing that speaks against it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Facts that speak against it
    pub flags: LegacyFlag,
    /// The guest's machine
    pub machine: Machine,
    /// What is at 00:1f.0
    pub slot_1f: Slot1f,
    /// PCI class code, 24 bits; 0 means 0x030000
    pub class_code: u32,
    /// The host's GGC
    pub ggc: u32,
    /// Capabilities; `None` if unknown
    pub platform: Option<Platform>,
}

/// Whether a version of QEMU (major, minor) offers legacy mode, with every condition that fails.
pub fn check(
    options: &Options,
    version: (u8, u8),
    receive: impl FnMut(Finding),
) -> Result<std::result::Result<LegacyAnswer, u32>> {
    let opts = igdpt_legacy_opts {
        flags: options.flags.0,
        machine: options.machine as u32,
        slot_1f: options.slot_1f as u32,
        class_code: options.class_code,
        ggc: options.ggc,
        ..Default::default()
    };
    let platform = options.platform.as_ref().map(|platform| &platform.0);
    let version = u32::from(version.0) << 8 | u32::from(version.1);
    let answer = safe::legacy_check(&opts, platform, version, &mut receiver(receive))?;
    Ok((answer as u32).try_into())
}
