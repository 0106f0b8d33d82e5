// SPDX-License-Identifier: MIT
//! The Video BIOS Table.
use igdpt_sys::{
    igdpt_vbt_block, igdpt_vbt_child, igdpt_vbt_difference, igdpt_vbt_field, igdpt_vbt_mipi,
    igdpt_vbt_panel, igdpt_vbt_port, safe,
};

use crate::error::receiver;
use crate::{ErrorKind, Finding, Result};

/// One block; its members are those of `struct igdpt_vbt_block`.
pub type Block<'a> = safe::Bound<'a, igdpt_vbt_block>;
/// A child device; device type 0 is an unused slot.
pub type Child = igdpt_vbt_child;
/// What is known about a named field; its members are those of `struct igdpt_vbt_field`.
pub type Field = safe::Bound<'static, igdpt_vbt_field>;
/// A local flat panel; its members are those of `struct igdpt_vbt_panel`.
pub type Panel<'a> = safe::Bound<'a, igdpt_vbt_panel>;
/// An operation of a MIPI sequence; its members are those of `struct igdpt_vbt_mipi`.
pub type Mipi<'a> = safe::Bound<'a, igdpt_vbt_mipi>;
/// One difference between two tables.
pub type Difference = igdpt_vbt_difference;

/// A view of one table.
#[derive(Clone, Copy, Debug)]
pub struct Vbt<'a> {
    raw: safe::Vbt<'a>,
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

    /// The blocks, up to an error where the chain breaks.
    pub fn blocks(&self) -> impl Iterator<Item = Result<Block<'a>>> + 'a {
        safe::vbt_blocks(self.raw).map(|block| Ok(block?))
    }

    /// The data of a block
    pub fn block(&self, block: &Block) -> &'a [u8] {
        let start = block.offset as usize;
        self.data.get(start..start + block.bytes as usize).unwrap_or(&[])
    }

    /// The child devices, unused slots included.
    pub fn children(&self) -> impl Iterator<Item = Child> + 'a {
        let view = self.raw;
        (0..).map_while(move |slot| safe::vbt_child_at(&view, slot).ok())
    }

    /// A child device in words.
    pub fn port(&self, slot: u32) -> Result<String> {
        Ok(safe::vbt_port_format(&self.raw, slot)?)
    }

    /// A field by its name; `None` if this table does not have it.
    pub fn get(&self, name: &str, element: u32) -> Result<Option<u64>> {
        let number = safe::vbt_field_find(name)?;
        match safe::vbt_get(&self.raw, number, element) {
            Err(failure) if failure.error == ErrorKind::Notfound as i32 => Ok(None),
            value => Ok(Some(value?)),
        }
    }

    /// A local flat panel, with its name.
    pub fn panel(&self, index: u32) -> Result<(Panel<'a>, &'a [u8])> {
        Ok(safe::vbt_panel_at(&self.raw, index)?)
    }

    /// The operations of the MIPI sequences, up to an error.
    pub fn mipi(&self) -> impl Iterator<Item = Result<Mipi<'a>>> + 'a {
        safe::vbt_mipi(self.raw).map(|mipi| Ok(mipi?))
    }

    /// Judge it by every rule; gives how many findings are errors.
    pub fn validate(&self, receive: impl FnMut(Finding)) -> Result<usize> {
        Ok(safe::vbt_validate(&self.raw, &mut receiver(receive))?)
    }

    /// Field by field, then block by block; gives how many differences there are. The name is empty
    /// for a whole block, or bytes without a name.
    pub fn compare(
        &self,
        other: &Vbt,
        mut receive: impl FnMut(&'static str, &Difference),
    ) -> Result<usize> {
        Ok(safe::vbt_compare(&self.raw, &other.raw, &mut receive)?)
    }
}

/// Name of a block
pub fn block_name(block: &Block) -> &'static str {
    safe::vbt_block_name(block)
}

/// All named fields, with their names.
pub fn fields() -> impl Iterator<Item = (Field, &'static str)> {
    (0..).map_while(|number| safe::vbt_field_at(number).ok())
}

/// Where a table is in a ROM, a flash image or an OpRegion, from `offset` on.
pub fn find(data: &[u8], offset: usize) -> Option<usize> {
    safe::vbt_find(data, offset)
}

/// A copy with sizes and checksum put right.
pub fn repair(data: &[u8]) -> Result<Vec<u8>> {
    Ok(safe::vbt_repair(data)?)
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
