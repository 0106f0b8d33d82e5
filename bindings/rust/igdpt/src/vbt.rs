// SPDX-License-Identifier: MIT
//! The Video BIOS Table.
use igdpt_sys::{igdpt_vbt, igdpt_vbt_port, safe};

use crate::Result;

/// A view of one table.
#[derive(Clone, Copy, Debug)]
pub struct Vbt<'a> {
    raw: safe::Bound<'a, igdpt_vbt>,
    data: &'a [u8],
}

impl<'a> Vbt<'a> {
    /// With the checks of Linux i915 and no others.
    pub fn new(data: &'a [u8]) -> Result<Self> {
        Ok(Self { raw: safe::vbt_init(data)?, data })
    }

    /// The table's bytes by its own header
    pub fn bytes(&self) -> &'a [u8] {
        &self.data[..self.raw.len]
    }

    /// Decides which fields exist
    pub fn bdb_version(&self) -> u32 {
        self.raw.bdb_version
    }

    /// Where the BIOS data block starts
    pub fn bdb_offset(&self) -> u32 {
        self.raw.bdb_offset
    }

    /// Size of the BIOS data block as stored
    pub fn bdb_size(&self) -> u32 {
        self.raw.bdb_size
    }
}

/// A display connector for [`build`]. See `igdpt/vbt.h` for the numbers.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Port {
    pub handle: u32,
    pub device_type: u32,
    pub dvo_port: u32,
    pub ddc_pin: u32,
    pub aux_channel: u32,
}

/// Options of [`build`]; the default is a table with three DP++ connectors.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// Short name
    pub platform: Option<&'a str>,
    /// 0 is what firmware of the platform's generation has
    pub bdb_version: u32,
    /// Pad to so many bytes
    pub min_bytes: u32,
    /// Connectors
    pub ports: Option<&'a [Port]>,
}

/// Build a small table that lists connectors.
pub fn build(options: &Options) -> Result<Vec<u8>> {
    let ports = options.ports.map(|ports| ports.iter().map(raw_port).collect::<Vec<_>>());
    let (bdb, bytes) = (options.bdb_version, options.min_bytes);
    Ok(safe::vbt_build(options.platform, bdb, bytes, ports.as_deref())?)
}

fn raw_port(port: &Port) -> igdpt_vbt_port {
    igdpt_vbt_port {
        handle: port.handle,
        device_type: port.device_type,
        dvo_port: port.dvo_port,
        ddc_pin: port.ddc_pin,
        aux_channel: port.aux_channel,
        reserved: 0,
    }
}
