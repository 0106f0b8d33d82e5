// SPDX-License-Identifier: MIT
//! Sets of inclusive address ranges.
use std::ops::RangeInclusive;

use igdpt_sys::{igdpt_range, igdpt_ranges_request, safe};

use crate::{RangesFlag, RangesOp, Result};

/// A set, built once: sorted, disjoint, touching ranges joined.
///
/// ```
/// let taken = igdpt::Ranges::new([0..=0xfff, 0x1000..=0x1fff, 0x8000..=u64::MAX])?;
/// assert_eq!(taken.iter().collect::<Vec<_>>(), [0..=0x1fff, 0x8000..=u64::MAX]);
/// assert_eq!(taken.fit(&igdpt::ranges::Request { bytes: 0x1000, align: 0x4000, ..Default::default() })?, 0x4000);
/// # Ok::<(), igdpt::Error>(())
/// ```
#[derive(Debug)]
pub struct Ranges(pub(crate) safe::Ranges);

/// What [`Ranges::fit`] looks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request {
    /// Size of the place
    pub bytes: u64,
    /// Power of two; 0 means 1
    pub align: u64,
    /// Lowest byte that it may have
    pub min: u64,
    /// Highest byte that it may have; 0 means no bound
    pub max: u64,
    /// The highest place instead of the lowest
    pub highest: bool,
    /// Tried before any other
    pub preferred: Option<u64>,
}

fn inclusive(range: &igdpt_range) -> RangeInclusive<u64> {
    range.first..=range.last
}

impl Ranges {
    /// Out of ranges in any order.
    pub fn new(ranges: impl IntoIterator<Item = RangeInclusive<u64>>) -> Result<Self> {
        let rows = ranges.into_iter();
        let rows = rows.map(|range| igdpt_range { first: *range.start(), last: *range.end() });
        Ok(Self(safe::Ranges::new(rows.collect())?))
    }

    /// In ascending order.
    pub fn iter(&self) -> impl Iterator<Item = RangeInclusive<u64>> + '_ {
        self.0.as_slice().iter().map(inclusive)
    }

    /// Union, difference or intersection.
    pub fn combine(&self, op: RangesOp, other: &Self) -> Result<Self> {
        Ok(Self(self.0.combine(op as u32, &other.0)?))
    }

    /// The lowest range that shares a byte with another.
    pub fn overlap(&self, range: RangeInclusive<u64>) -> Option<RangeInclusive<u64>> {
        self.0.overlap(*range.start(), *range.end()).map(|hit| inclusive(&hit))
    }

    /// First byte of a place that the set leaves free.
    pub fn fit(&self, request: &Request) -> Result<u64> {
        let highest = if request.highest { RangesFlag::HIGHEST } else { RangesFlag(0) };
        let preferred = request.preferred.map_or(RangesFlag(0), |_| RangesFlag::PREFERRED);
        Ok(self.0.fit(&igdpt_ranges_request {
            flags: (highest | preferred).0,
            bytes: request.bytes,
            align: request.align,
            min: request.min,
            max: request.max,
            preferred: request.preferred.unwrap_or(0),
            ..Default::default()
        })?)
    }
}
