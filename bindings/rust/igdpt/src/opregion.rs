// SPDX-License-Identifier: MIT
//! The OpRegion: read, judge, build, normalise.
use igdpt_sys::{igdpt_opregion_build_opts, igdpt_opregion_difference, safe};

use crate::error::receiver;
use crate::{
    Consumer, FieldKind, FieldPolicy, Finding, Mbox, NormaliseFlag, OpregionField, OpregionVerdict,
    Result, VbtSource,
};

/// A view of one OpRegion.
#[derive(Clone, Copy, Debug)]
pub struct OpRegion<'a> {
    raw: safe::OpRegion<'a>,
    data: &'a [u8],
}

/// Where the VBT of an OpRegion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VbtPlace {
    /// How it was found
    pub source: std::result::Result<VbtSource, u32>,
    /// In the input; the host physical address if absolute
    pub offset: u64,
    /// Bytes that it may use there
    pub room: u64,
    /// Size by its own header, 0 if absolute
    pub bytes: u64,
}

impl<'a> OpRegion<'a> {
    /// Checks only what a reader cannot do without.
    pub fn new(data: &'a [u8]) -> Result<Self> {
        Ok(Self { raw: safe::opregion_init(data)?, data })
    }

    /// major << 8 | minor
    pub fn version(&self) -> u32 {
        self.raw.version
    }

    /// Which mailboxes there are
    pub fn mboxes(&self) -> Mbox {
        Mbox(self.raw.mboxes)
    }

    /// VBT address and size as stored
    pub fn rvda_rvds(&self) -> (u64, u32) {
        (self.raw.rvda, self.raw.rvds)
    }

    /// An element of a field
    pub fn get(&self, field: OpregionField, index: u32) -> Result<u64> {
        Ok(safe::opregion_get(&self.raw, field as u32, index)?)
    }

    /// Where the VBT is, as Linux i915 finds it.
    pub fn find_vbt(&self) -> Result<VbtPlace> {
        let raw = safe::opregion_find_vbt(&self.raw)?;
        let (source, offset, room) = (raw.source.try_into(), raw.offset, raw.room);
        Ok(VbtPlace { source, offset, room, bytes: raw.bytes })
    }

    /// The VBT's bytes; `None` if they are not in the input.
    pub fn vbt(&self) -> Result<Option<&'a [u8]>> {
        let place = self.find_vbt()?;
        if place.source == Ok(VbtSource::RvdaAbsolute) {
            return Ok(None);
        }
        let start = place.offset as usize;
        Ok(self.data.get(start..start + place.bytes as usize))
    }

    /// The panel's EDID in mailbox 5
    pub fn edid(&self) -> Option<&'a [u8]> {
        let (offset, size) = safe::opregion_edid(&self.raw).ok()?;
        self.data.get(offset as usize..(offset + size) as usize)
    }

    /// What a known consumer would make of it.
    pub fn consumer(&self, consumer: Consumer) -> Result<Outcome> {
        let ((raw, [name, title, source]), why) =
            safe::opregion_consumer(&self.raw, consumer as u32)?;
        let (verdict, vbt_source) = (raw.verdict.try_into(), raw.vbt_source.try_into());
        let reason = (why.id != 0).then(|| Finding::from(&why));
        Ok(Outcome { verdict, vbt_source, name, title, source, reason })
    }

    /// Field by field, the VBT last; gives how many differences there are.
    pub fn diff(
        &self,
        other: &OpRegion,
        mut receive: impl FnMut(&'static str, &Difference),
    ) -> Result<usize> {
        Ok(safe::opregion_diff(&self.raw, &other.raw, &mut receive)?)
    }

    /// Judge it by every rule; gives how many findings are errors.
    pub fn validate(&self, receive: impl FnMut(Finding)) -> Result<usize> {
        Ok(safe::opregion_validate(&self.raw, &mut receiver(receive))?)
    }

    /// The copy that a guest may have; `vbt` are the bytes at an absolute RVDA. With the finding
    /// for which a VBT was left out, if one was.
    pub fn normalise(
        &self,
        flags: NormaliseFlag,
        vbt: Option<&[u8]>,
    ) -> Result<(Vec<u8>, Option<Finding>)> {
        let (copy, why) = safe::opregion_normalise(&self.raw, flags.0, vbt)?;
        Ok((copy, (why.id != 0).then(|| Finding::from(&why))))
    }
}

/// What a consumer makes of an OpRegion.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// Whether it takes it
    pub verdict: std::result::Result<OpregionVerdict, u32>,
    /// Which VBT the guest's driver ends up with
    pub vbt_source: std::result::Result<VbtSource, u32>,
    /// Short name
    pub name: &'static str,
    /// Name in words
    pub title: &'static str,
    /// File or measurement behind the rules
    pub source: &'static str,
    /// Why it does not just take it
    pub reason: Option<Finding>,
}

/// One difference of two OpRegions.
pub type Difference = igdpt_opregion_difference;

/// Set RVDA for the addresses of an OpRegion and its extended VBT (0: directly behind it).
pub fn relocate(data: &mut [u8], address: u64, vbt_address: u64) -> Result<()> {
    Ok(safe::opregion_relocate(data, address, vbt_address)?)
}

/// Answer a guest's software SCI in mailbox 2, after [`crate::PcicfgEvent::SWSCI`]. Gives whether it
/// was a capability query, answered with none; all else is answered as failed.
pub fn answer_swsci(data: &mut [u8]) -> Result<bool> {
    Ok(safe::opregion_answer_swsci(data)?)
}

/// Options of [`build`]; 0 means the library's default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// major << 8 | minor
    pub version: u32,
    /// Mailboxes
    pub mboxes: Mbox,
    /// Platform configuration
    pub pcon: u32,
    /// Where the OpRegion will be; for version 2.0 with an extended VBT
    pub address: u64,
}

/// Build an OpRegion around a VBT.
pub fn build(options: &Options, vbt: Option<&[u8]>) -> Result<Vec<u8>> {
    let opts = igdpt_opregion_build_opts {
        version: options.version,
        mboxes: options.mboxes.0,
        pcon: options.pcon,
        address: options.address,
        ..Default::default()
    };
    Ok(safe::opregion_build(&opts, vbt)?)
}

/// What is known about a field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// In bytes; also its number
    pub offset: u32,
    /// Bytes of one element
    pub width: u32,
    /// Elements
    pub count: u32,
    /// 1 to 5, 0 for the header
    pub mailbox: u32,
    /// First and last version that has it, major << 8 | minor
    pub versions: (u32, u32),
    /// What it holds
    pub kind: std::result::Result<FieldKind, u32>,
    /// What [`OpRegion::normalise`] makes of it
    pub policy: std::result::Result<FieldPolicy, u32>,
    /// e.g. "CLID"
    pub name: &'static str,
    /// Its meaning
    pub text: &'static str,
    /// Where that is known from
    pub source: &'static str,
}

/// The table of fields, in order of offset.
pub fn fields() -> impl Iterator<Item = Field> {
    (0..).map_while(|index| safe::opregion_field_at(index).ok()).map(|raw| {
        let [name, text, source] = safe::opregion_field_strings(&raw);
        Field {
            offset: raw.offset,
            width: raw.width,
            count: raw.count,
            mailbox: raw.mailbox,
            versions: (raw.first, raw.last),
            kind: raw.kind.try_into(),
            policy: raw.policy.try_into(),
            name,
            text,
            source,
        }
    })
}
