// SPDX-License-Identifier: MIT
//! The ACPI DMAR table.
use std::fmt;
use std::ops::Deref;

use igdpt_sys::{igdpt_dmar_build_opts, igdpt_dmar_scope, igdpt_dmar_structure, safe};

pub use igdpt_sys::safe::{BuildRmrr, BuildScope};

use crate::error::receiver;
use crate::{DmarFlag, DmarScopeType, DmarState, DmarType, Finding, Ranges, Result};

/// A view of one table.
#[derive(Clone, Copy, Debug)]
pub struct Dmar<'a>(pub(crate) safe::Dmar<'a>);

/// One structure; its members are those of `struct igdpt_dmar_structure`.
#[derive(Clone, Copy)]
pub struct Structure<'a> {
    raw: safe::DmarStructure<'a>,
    table: safe::Dmar<'a>,
}

/// One device scope; its members are those of `struct igdpt_dmar_scope`.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    raw: safe::DmarScope<'a>,
    segment: u32,
}

impl<'a> Dmar<'a> {
    /// Checks only what a reader cannot do without.
    pub fn new(data: &'a [u8]) -> Result<Self> {
        Ok(Self(safe::dmar_init(data)?))
    }

    /// In bits
    pub fn host_address_width(&self) -> u32 {
        self.0.host_address_width
    }

    /// Header flags
    pub fn flags(&self) -> DmarFlag {
        DmarFlag(self.0.flags)
    }

    /// Whether all bytes sum up to 0
    pub fn checksum_ok(&self) -> bool {
        self.0.checksum_ok != 0
    }

    /// The structures, up to an error where the next one cannot be found.
    pub fn structures(&self) -> impl Iterator<Item = Result<Structure<'a>>> + 'a {
        let table = self.0;
        safe::dmar_structures(table).map(move |raw| Ok(Structure { raw: raw?, table }))
    }

    /// Judge it by every rule; `firmware` are the host's e820 reserved and NVS ranges. Gives how
    /// many findings are errors.
    pub fn validate(
        &self,
        firmware: Option<&Ranges>,
        receive: impl FnMut(Finding),
    ) -> Result<usize> {
        let firmware = firmware.map(|ranges| &ranges.0);
        Ok(safe::dmar_validate(&self.0, firmware, &mut receiver(receive))?)
    }
}

impl<'a> Structure<'a> {
    /// Which one it is
    pub fn kind(&self) -> std::result::Result<DmarType, u32> {
        self.raw.r#type.try_into()
    }

    /// How much of it could be read
    pub fn state(&self) -> std::result::Result<DmarState, u32> {
        self.raw.state.try_into()
    }

    /// ACPI path of an ANDD
    pub fn name(&self) -> &'a [u8] {
        safe::dmar_name(&self.raw)
    }

    /// Its device scopes, up to an error.
    pub fn scopes(&self) -> impl Iterator<Item = Result<Scope<'a>>> + 'a {
        let segment = self.raw.segment;
        safe::dmar_scopes(self.table, self.raw).map(move |raw| Ok(Scope { raw: raw?, segment }))
    }
}

impl<'a> Scope<'a> {
    /// What it names
    pub fn kind(&self) -> std::result::Result<DmarScopeType, u32> {
        self.raw.r#type.try_into()
    }

    /// Pairs of device and function
    pub fn path(&self) -> impl Iterator<Item = (u8, u8)> + 'a {
        safe::dmar_path(&self.raw).chunks_exact(2).map(|pair| (pair[0], pair[1]))
    }

    /// segment << 16 | bus << 8 | device << 3 | function. `bridge` gives the secondary and the
    /// subordinate bus of the bridge at an address.
    pub fn resolve(&self, mut bridge: impl FnMut(u32) -> Option<(u8, u8)>) -> Result<u32> {
        Ok(safe::dmar_resolve(&self.raw, self.segment, &mut bridge)?)
    }
}

impl Deref for Structure<'_> {
    type Target = igdpt_dmar_structure;

    fn deref(&self) -> &igdpt_dmar_structure {
        &self.raw
    }
}

impl Deref for Scope<'_> {
    type Target = igdpt_dmar_scope;

    fn deref(&self) -> &igdpt_dmar_scope {
        &self.raw
    }
}

impl fmt::Debug for Structure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.raw.fmt(f)
    }
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.raw.fmt(f)
    }
}

/// Options of [`build`]; 0 means the library's default, or what `from` has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// In bits
    pub host_address_width: u32,
    /// Added to those of `from`
    pub flags: DmarFlag,
    /// In the header
    pub oem_revision: u32,
    /// Registers of the one unit
    pub drhd_base: u64,
    /// Keep the header and all but the RMRRs of this
    pub from: Option<Dmar<'a>>,
}

/// One unit and RMRRs, or another table with other RMRRs.
pub fn build(options: &Options, rmrrs: &[BuildRmrr]) -> Result<Vec<u8>> {
    let opts = igdpt_dmar_build_opts {
        host_address_width: options.host_address_width,
        flags: options.flags.0,
        oem_revision: options.oem_revision,
        drhd_base: options.drhd_base,
        ..Default::default()
    };
    Ok(safe::dmar_build(&opts, rmrrs, options.from.as_ref().map(|dmar| &dmar.0))?)
}
