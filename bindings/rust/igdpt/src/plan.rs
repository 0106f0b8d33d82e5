// SPDX-License-Identifier: MIT
//! The plan: where OpRegion and stolen memory go, before guest RAM exists.
use std::ops::{Deref, RangeInclusive};

use igdpt_sys::{igdpt_plan_opts, igdpt_plan_result, safe};

use crate::error::receiver;
use crate::{
    pcicfg, BridgePolicy, E820Type, Finding, GmsPolicy, PcicfgFlag, PlanBlockFlag, PlanDsm,
    PlanFirmware, PlanFlag, PlanKind, PlanMode, PlanResultFlag, Platform, Ranges, RegPolicy,
    Result,
};

/// What the planner must know. 0 means the library's default.
///
/// ```
/// use igdpt::plan::{Machine, Plan};
/// let machine = Machine {
///     mode: igdpt::PlanMode::Copy,
///     platform: Some(igdpt::Platform::find(0x5912)?),
///     ggc: 0x02c1,
///     low_end: 3 << 30,
///     ..Default::default()
/// };
/// let plan = Plan::make(&machine)?;
/// let dsm = plan.blocks().find(|block| block.kind == Ok(igdpt::PlanKind::Dsm)).unwrap();
/// assert_eq!((dsm.bytes, dsm.first), (64 << 20, plan.bdsm));
/// # Ok::<(), igdpt::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Machine<'a> {
    /// Switches
    pub flags: PlanFlag,
    /// How OpRegion and registers come to the guest
    pub mode: PlanMode,
    /// Where stolen memory goes
    pub dsm_policy: PlanDsm,
    /// The guest's firmware
    pub firmware: PlanFirmware,
    /// PCI class code, 24 bits; 0 means 0x030000
    pub class_code: u32,
    /// The host's GGC
    pub ggc: u32,
    /// RAM lies below it, at most 4 GiB
    pub low_end: u64,
    /// Bytes of RAM from 4 GiB on
    pub high_bytes: u64,
    /// 32-bit MMIO hole
    pub mmio: Option<RangeInclusive<u64>>,
    /// Size of the OpRegion with a contiguous extended VBT
    pub opregion_bytes: u64,
    /// Size of a separate extended VBT
    pub vbt_bytes: u64,
    /// Size of stolen memory instead of GGC's
    pub dsm_bytes: u64,
    /// The host's ASLS
    pub host_asls: u64,
    /// The host's BDSM; needed for identity
    pub host_bdsm: u64,
    /// Capabilities; `None` for an unknown device
    pub platform: Option<Platform>,
    /// Guest addresses that nothing may use
    pub taken: Option<&'a Ranges>,
}

impl Default for Machine<'_> {
    fn default() -> Self {
        Self {
            flags: PlanFlag(0),
            mode: PlanMode::Firmware,
            dsm_policy: PlanDsm::Default,
            firmware: PlanFirmware::Unknown,
            class_code: 0,
            ggc: 0,
            low_end: 2 << 30,
            high_bytes: 0,
            mmio: None,
            opregion_bytes: 0x2000,
            vbt_bytes: 0,
            dsm_bytes: 0,
            host_asls: 0,
            host_bdsm: 0,
            platform: None,
            taken: None,
        }
    }
}

impl Machine<'_> {
    fn raw(&self) -> safe::PlanOpts<'_> {
        let (mmio_first, mmio_last) =
            self.mmio.as_ref().map_or((0, 0), |hole| (*hole.start(), *hole.end()));
        let opts = igdpt_plan_opts {
            flags: self.flags.0,
            mode: self.mode as u32,
            dsm_policy: self.dsm_policy as u32,
            firmware: self.firmware as u32,
            class_code: self.class_code,
            ggc: self.ggc,
            low_end: self.low_end,
            high_bytes: self.high_bytes,
            mmio_first,
            mmio_last,
            opregion_bytes: self.opregion_bytes,
            vbt_bytes: self.vbt_bytes,
            dsm_bytes: self.dsm_bytes,
            host_asls: self.host_asls,
            host_bdsm: self.host_bdsm,
            ..Default::default()
        };
        let platform = self.platform.as_ref().map(|platform| &platform.0);
        safe::plan_opts(&opts, platform, self.taken.map(|ranges| &ranges.0))
    }
}

/// A block of guest memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it holds
    pub kind: std::result::Result<PlanKind, u32>,
    /// Who makes it, and what of
    pub flags: PlanBlockFlag,
    /// Guest address
    pub first: u64,
    /// Size, whole pages
    pub bytes: u64,
    /// For the guest's map
    pub e820: std::result::Result<E820Type, u32>,
}

/// An entry of the guest's memory map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct E820Entry {
    /// First byte
    pub first: u64,
    /// Size
    pub bytes: u64,
    /// What it is
    pub kind: std::result::Result<E820Type, u32>,
}

/// A plan; its other members are those of `struct igdpt_plan_result`.
#[derive(Clone, Copy, Debug)]
pub struct Plan(safe::Plan);

impl Plan {
    /// Make a plan, or say why there is none.
    pub fn make(machine: &Machine) -> Result<Self> {
        Ok(Self(safe::plan_make(&machine.raw())?))
    }

    /// Identity, or whether it was given up
    pub fn flags(&self) -> PlanResultFlag {
        PlanResultFlag(self.0.flags)
    }

    /// The blocks, in no particular order.
    pub fn blocks(&self) -> impl Iterator<Item = Block> + '_ {
        self.0.blocks[..self.0.count as usize].iter().map(|raw| Block {
            kind: raw.kind.try_into(),
            flags: PlanBlockFlag(raw.flags),
            first: raw.first,
            bytes: raw.bytes,
            e820: raw.e820.try_into(),
        })
    }

    /// For the virtual config space.
    pub fn options(&self) -> pcicfg::Options {
        pcicfg::Options {
            flags: PcicfgFlag(self.0.config_flags),
            asls_policy: RegPolicy::try_from(self.0.asls_policy).unwrap_or_default(),
            bdsm_policy: RegPolicy::try_from(self.0.bdsm_policy).unwrap_or_default(),
            gms_policy: GmsPolicy::try_from(self.0.gms_policy).unwrap_or_default(),
            bridge: BridgePolicy::try_from(self.0.bridge).unwrap_or_default(),
            asls: self.0.asls,
            bdsm: self.0.bdsm,
            dsm_bytes: self.0.dsm_bytes,
            ..Default::default()
        }
    }

    /// What the plan costs; gives how many findings are errors.
    pub fn check(&self, machine: &Machine, receive: impl FnMut(Finding)) -> Result<usize> {
        Ok(safe::plan_check(&machine.raw(), &self.0, &mut receiver(receive))?)
    }

    /// The guest's memory map, ascending.
    pub fn e820(&self, machine: &Machine) -> Result<Vec<E820Entry>> {
        let rows = safe::plan_e820(&machine.raw(), &self.0)?.into_iter();
        Ok(rows
            .map(|row| E820Entry { first: row.first, bytes: row.bytes, kind: row.r#type.try_into() })
            .collect())
    }
}

impl Deref for Plan {
    type Target = igdpt_plan_result;

    fn deref(&self) -> &igdpt_plan_result {
        &self.0
    }
}
