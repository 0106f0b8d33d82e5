// SPDX-License-Identifier: MIT
//! What a guest's host bridge and LPC bridge repeat.
use igdpt_sys::safe;

use crate::{BridgeModel, BridgeSource};

/// A register to fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register {
    /// 0x00 host bridge, 0xf8 LPC bridge (00:1f.0)
    pub devfn: u32,
    /// Byte offset in config space
    pub offset: u32,
    /// Bytes
    pub width: u32,
    /// Where the value comes from
    pub source: std::result::Result<BridgeSource, u32>,
    /// What it is
    pub name: &'static str,
}

/// The registers that a VMM copies.
///
/// ```
/// let ids = igdpt::bridges::registers(igdpt::BridgeModel::Qemu).filter(|r| r.devfn == 0xf8);
/// assert!(ids.count() > 0);
/// ```
pub fn registers(model: BridgeModel) -> impl Iterator<Item = Register> {
    let all = (0..).map_while(move |index| safe::bridge_at(model as u32, index).ok());
    all.map(|(raw, name)| {
        let (devfn, offset, width) = (raw.devfn, raw.offset, raw.width);
        Register { devfn, offset, width, source: raw.source.try_into(), name }
    })
}
