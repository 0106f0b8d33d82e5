// SPDX-License-Identifier: MIT
//! The virtual config space of the IGD.
use igdpt_sys::{igdpt_mmio_opts, igdpt_mmio_trap, igdpt_pcicfg_opts, safe};

use crate::error::receiver;
use crate::{
    BridgePolicy, Error, Finding, GmsPolicy, MmioFlag, MmioPolicy, PcicfgEvent, PcicfgFlag,
    Platform, RegPolicy, Result, SwsciPolicy,
};

/// What the guest may see and do. The default is the safe one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Switches
    pub flags: PcicfgFlag,
    /// ASLS
    pub asls_policy: RegPolicy,
    /// BDSM
    pub bdsm_policy: RegPolicy,
    /// The copy at 0xF0
    pub f0_policy: RegPolicy,
    /// GMS of GGC
    pub gms_policy: GmsPolicy,
    /// SWSCI
    pub swsci: SwsciPolicy,
    /// Writes of 0x5C on a part whose BDSM is at 0xC0
    pub bridge: BridgePolicy,
    /// Guest address of the OpRegion, for the preset policies
    pub asls: u64,
    /// Guest base of stolen memory, for the preset policies
    pub bdsm: u64,
    /// Size of stolen memory, for [`GmsPolicy::Override`]
    pub dsm_bytes: u64,
}

/// How the BAR0 mirrors behave. The default is the safe one.
#[derive(Clone, Copy, Debug, Default)]
pub struct MmioOptions {
    /// Switches
    pub flags: MmioFlag,
    /// 0x1082C0
    pub stolen_reserved: MmioPolicy,
    /// 0x108100
    pub gsmbase: MmioPolicy,
    /// 0xD48 and 0xDC8
    pub anchors: MmioPolicy,
    /// 0x138914
    pub pcode: MmioPolicy,
    /// What hardware has at 0x1082C0, 0 if unknown
    pub host_reserved: u64,
    /// The same at 0xD48
    pub host_rc6_ctx: u64,
    /// The same at 0xDC8
    pub host_doorbell_ctx: u64,
}

/// A register in a BAR that the library answers for; its members are those of
/// `struct igdpt_mmio_trap`.
pub type Trap = safe::Bound<'static, igdpt_mmio_trap>;

/// What the guest sees now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// ASLS
    pub asls: u32,
    /// GGC as the guest reads it
    pub ggc: u32,
    /// Events seen since reset
    pub complete: PcicfgEvent,
    /// Base of stolen memory, 0 if not set
    pub bdsm: u64,
    /// Size of the data stolen memory
    pub dsm_bytes: u64,
    /// Size of the GTT stolen memory
    pub gsm_bytes: u64,
}

/// The config space that one guest sees of one IGD. Reads take `&self`, on any number of threads.
#[derive(Debug)]
pub struct PciConfig(safe::PciConfig);

impl PciConfig {
    /// `host_config` is the sysfs file `config`, at least 256 bytes; no platform means that only
    /// the OpRegion is set up.
    pub fn new(platform: Option<&Platform>, host_config: &[u8], options: &Options) -> Result<Self> {
        let opts = igdpt_pcicfg_opts {
            flags: options.flags.0,
            asls_policy: options.asls_policy as u32,
            bdsm_policy: options.bdsm_policy as u32,
            f0_policy: options.f0_policy as u32,
            gms_policy: options.gms_policy as u32,
            swsci: options.swsci as u32,
            bridge: options.bridge as u32,
            asls: options.asls,
            bdsm: options.bdsm,
            dsm_bytes: options.dsm_bytes,
            ..Default::default()
        };
        Ok(Self(safe::PciConfig::new(platform.map(|platform| &platform.0), host_config, &opts)?))
    }

    /// Which bytes of a read come from hardware, one bit each.
    #[inline]
    pub fn hw_bytes(&self, offset: u32, width: u32) -> u32 {
        self.0.hw_bytes(offset, width)
    }

    /// A guest's read; `hw` is what hardware gave for the bytes of [`PciConfig::hw_bytes`].
    #[inline]
    pub fn read(&self, offset: u32, width: u32, hw: u64) -> Result<u64> {
        self.0.read(offset, width, hw).map_err(Error::from_code)
    }

    /// A guest's write: its events, and the bytes that hardware must get, one bit each.
    #[inline]
    pub fn write(&mut self, offset: u32, width: u32, value: u64) -> Result<(PcicfgEvent, u32)> {
        let (events, forward) = self.0.write(offset, width, value).map_err(Error::from_code)?;
        Ok((PcicfgEvent(events), forward))
    }

    /// Every register back to its first value.
    pub fn reset(&mut self) {
        self.0.reset()
    }

    /// What the guest sees now.
    pub fn state(&self) -> Result<State> {
        let raw = self.0.state()?;
        Ok(State {
            asls: raw.asls,
            ggc: raw.ggc,
            complete: PcicfgEvent(raw.complete),
            bdsm: raw.bdsm,
            dsm_bytes: raw.dsm_bytes,
            gsm_bytes: raw.gsm_bytes,
        })
    }

    /// Judge device and policies; gives how many findings are errors.
    pub fn check(&self, receive: impl FnMut(Finding)) -> Result<usize> {
        Ok(self.0.check(&mut receiver(receive))?)
    }

    /// What the guest has changed, as versioned bytes.
    pub fn save(&self) -> Result<Vec<u8>> {
        Ok(self.0.save()?)
    }

    /// Back to what [`PciConfig::save`] gave.
    pub fn restore(&mut self, data: &[u8]) -> Result<()> {
        Ok(self.0.restore(data)?)
    }

    /// How the BAR0 mirrors behave.
    pub fn mmio_setup(&mut self, options: &MmioOptions) -> Result<()> {
        Ok(self.0.mmio_setup(&igdpt_mmio_opts {
            flags: options.flags.0,
            stolen_reserved: options.stolen_reserved as u32,
            gsmbase: options.gsmbase as u32,
            anchors: options.anchors as u32,
            pcode: options.pcode as u32,
            host_reserved: options.host_reserved,
            host_rc6_ctx: options.host_rc6_ctx,
            host_doorbell_ctx: options.host_doorbell_ctx,
            ..Default::default()
        })?)
    }

    /// The registers in BARs that matter on this device, with their names.
    pub fn traps(&self) -> impl Iterator<Item = (Trap, &'static str)> + '_ {
        (0..).map_while(|index| self.0.mmio_trap_at(index).ok())
    }

    /// A guest's read of a BAR; `hw` is what hardware gave.
    #[inline]
    pub fn mmio_read(&self, bar: u32, offset: u64, width: u32, hw: u64) -> Result<u64> {
        self.0.mmio_read(bar, offset, width, hw).map_err(Error::from_code)
    }

    /// A guest's write of a BAR: its events, what hardware must get, and which bytes of it.
    #[inline]
    pub fn mmio_write(
        &mut self,
        bar: u32,
        offset: u64,
        width: u32,
        value: u64,
    ) -> Result<(PcicfgEvent, u64, u32)> {
        let result = self.0.mmio_write(bar, offset, width, value).map_err(Error::from_code);
        result.map(|(events, hw, forward)| (PcicfgEvent(events), hw, forward))
    }

    /// Judge the mirrors as they are now; gives how many findings are errors.
    pub fn mmio_check(&self, receive: impl FnMut(Finding)) -> Result<usize> {
        Ok(self.0.mmio_check(&mut receiver(receive))?)
    }
}
