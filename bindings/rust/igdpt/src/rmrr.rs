// SPDX-License-Identifier: MIT
//! Which memory firmware claims, for whom, and what that means for a VMM.
use std::ops::{Deref, RangeInclusive};

use igdpt_sys::{
    igdpt_range, igdpt_rmrr_attach, igdpt_rmrr_device, igdpt_rmrr_region, igdpt_rmrr_resolve_opts,
    safe, IGDPT_RMRR_NO_ADDRESS,
};

use crate::error::receiver;
use crate::{
    Dmar, Finding, Platform, Result, RmrrPolicy, RmrrPredictFlag, RmrrReason, RmrrResolveFlag,
    RmrrSource, RmrrState, RmrrType,
};

/// A region, from one source or several; its members are those of `struct igdpt_rmrr_region`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Region(igdpt_rmrr_region);

impl Region {
    /// One that a VMM knows of itself
    pub fn new(range: RangeInclusive<u64>, kind: RmrrType, address: Option<u32>) -> Self {
        Self(igdpt_rmrr_region {
            first: *range.start(),
            last: *range.end(),
            r#type: kind as u32,
            address: address.unwrap_or(IGDPT_RMRR_NO_ADDRESS as u32),
            ..Default::default()
        })
    }

    /// What it is
    pub fn kind(&self) -> std::result::Result<RmrrType, u32> {
        self.0.r#type.try_into()
    }

    /// Which sources know it
    pub fn sources(&self) -> RmrrSource {
        RmrrSource(self.0.sources)
    }

    /// Why it has its type
    pub fn reason(&self) -> std::result::Result<RmrrReason, u32> {
        self.0.reason.try_into()
    }

    /// Device: segment << 16 | bus << 8 | device << 3 | function
    pub fn address(&self) -> Option<u32> {
        (u64::from(self.0.address) != IGDPT_RMRR_NO_ADDRESS).then(|| self.0.address)
    }

    /// What [`resolve`] decided about it
    pub fn state(&self) -> std::result::Result<RmrrState, u32> {
        self.0.state.try_into()
    }
}

impl Deref for Region {
    type Target = igdpt_rmrr_region;

    fn deref(&self) -> &igdpt_rmrr_region {
        &self.0
    }
}

fn regions(raw: Vec<igdpt_rmrr_region>) -> Vec<Region> {
    raw.into_iter().map(Region).collect()
}

fn raw(regions: &[Region]) -> Vec<igdpt_rmrr_region> {
    regions.iter().map(|region| region.0).collect()
}

/// A PCI function: address as above, and class code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// segment << 16 | bus << 8 | device << 3 | function
    pub address: u32,
    /// 24 bits
    pub class_code: u32,
}

/// The regions that a source tells, DMAR excepted.
///
/// ```
/// let text = b"0x000000007b800000 0x000000007fffffff direct-relaxable\n";
/// let regions = igdpt::rmrr::parse(igdpt::RmrrSource::SYSFS, text)?;
/// assert_eq!(regions[0].kind(), Ok(igdpt::RmrrType::Relaxable));
/// let (attach, _) = igdpt::rmrr::predict_attach(&regions, (6, 12))?;
/// assert_eq!(attach.blocked, 0);
/// # Ok::<(), igdpt::Error>(())
/// ```
pub fn parse(source: RmrrSource, data: &[u8]) -> Result<Vec<Region>> {
    Ok(regions(safe::rmrr_parse(source.0, data)?))
}

/// What Linux will make of a DMAR table for all functions of an IOMMU group. `bridge` gives the
/// secondary and the subordinate bus of the bridge at an address.
pub fn predict(
    dmar: &Dmar,
    devices: &[Device],
    flags: RmrrPredictFlag,
    mut bridge: impl FnMut(u32) -> Option<(u8, u8)>,
) -> Result<Vec<Region>> {
    let device = |d: &Device| igdpt_rmrr_device { address: d.address, class_code: d.class_code };
    let devices: Vec<_> = devices.iter().map(device).collect();
    Ok(regions(safe::rmrr_predict(&dmar.0, &devices, flags.0, &mut bridge)?))
}

/// One answer out of all sources; each finding is a disagreement.
pub fn merge(all: &[Region], receive: impl FnMut(Finding)) -> Result<Vec<Region>> {
    let (merged, _) = safe::rmrr_merge(&raw(all), &mut receiver(receive))?;
    Ok(regions(merged))
}

/// Whether a device can be attached; its members are those of `struct igdpt_rmrr_attach`.
pub type Attach = safe::Bound<'static, igdpt_rmrr_attach>;

/// Whether that Linux (major, minor) refuses to attach a group with these regions, and the line
/// that it logs then.
pub fn predict_attach(all: &[Region], kernel: (u8, u8)) -> Result<(Attach, &'static str)> {
    let kernel = u32::from(kernel.0) << 8 | u32::from(kernel.1);
    Ok(safe::rmrr_predict_attach(&raw(all), kernel)?)
}

/// Where the IGD's RMRR and its registers do not fit; gives how many things do not.
pub fn check_stolen(
    platform: &Platform,
    ggc: u32,
    bdsm: u64,
    rmrr: Option<RangeInclusive<u64>>,
    receive: impl FnMut(Finding),
) -> Result<usize> {
    let rmrr = rmrr.map(|range| igdpt_range { first: *range.start(), last: *range.end() });
    Ok(safe::rmrr_check_stolen(&platform.0, ggc, bdsm, rmrr, &mut receiver(receive))?)
}

/// Guest RAM and how [`resolve`] may change it. 0 means the library's default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ram {
    /// What to do about a conflict; `None` means relaxed
    pub policy: Option<RmrrPolicy>,
    /// Switches
    pub flags: RmrrResolveFlag,
    /// End of low RAM, which starts at 0; at most 4 GiB
    pub low_end: u64,
    /// End of high RAM, which starts at 4 GiB; 0 for none
    pub high_end: u64,
    /// RAM is not lowered for regions at or below this
    pub boundary: u64,
    /// The new end is a multiple of this power of two
    pub granularity: u64,
}

/// A layout that respects the regions.
#[derive(Clone, Debug)]
pub struct Layout {
    /// End of low RAM
    pub low_end: u64,
    /// End of high RAM; 0 for none
    pub high_end: u64,
    /// Regions that still lie in RAM
    pub conflicts: u32,
    /// Bytes that gave way
    pub moved: u64,
    /// The guest's memory map: RAM and reserved, ascending
    pub map: Vec<Region>,
}

/// Make guest RAM give way; each region gets its state.
pub fn resolve(ram: &Ram, all: &mut [Region]) -> Result<Layout> {
    let opts = igdpt_rmrr_resolve_opts {
        policy: ram.policy.map_or(0, |policy| policy as u32),
        flags: ram.flags.0,
        low_end: ram.low_end,
        high_end: ram.high_end,
        boundary: ram.boundary,
        granularity: ram.granularity,
        ..Default::default()
    };
    let mut rows = raw(all);
    let answer = safe::rmrr_resolve(&opts, &mut rows);
    all.iter_mut().zip(rows).for_each(|(region, row)| *region = Region(row));
    let (layout, map) = answer?;
    Ok(Layout {
        low_end: layout.low_end,
        high_end: layout.high_end,
        conflicts: layout.conflicts,
        moved: layout.moved,
        map: regions(map),
    })
}
