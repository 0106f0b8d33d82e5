// SPDX-License-Identifier: MIT
//! An IGD at the points where crosvm's PCI devices are called: which memory to keep free, before
//! there is memory; `read_config_register(&self, ..)`, `write_config_register(&mut self, ..)`, and
//! `read_bar` and `write_bar` for an OpRegion that is trapped instead of copied.
//!
//! The host is made up, so that this runs anywhere; a VMM reads config space from sysfs and the
//! OpRegion from its VFIO region.
use igdpt::plan::{Block, Machine, Plan};
use igdpt::{
    opregion, vbt, OpRegion, PciConfig, PcicfgEvent, PlanKind, PlanMode, Platform, Result,
};

const HOST_ASLS: u32 = 0xa5c1_e000;
const HOST_BDSM: u32 = 0xa5d0_0001;

/// What VFIO gives access to.
trait Hardware {
    fn read(&self, offset: u32, width: u32) -> u64;
    fn write(&self, offset: u32, width: u32, value: u64);
}

/// Before there is guest memory, and before any VFIO descriptor is open: sysfs has config space.
fn layout(host_config: &[u8], opregion_bytes: usize) -> Result<(Platform, Plan)> {
    let word = |at: usize| u32::from(u16::from_le_bytes([host_config[at], host_config[at + 1]]));
    let platform = Platform::find(word(2))?;
    let plan = Plan::make(&Machine {
        mode: PlanMode::Trap,
        platform: Some(platform),
        ggc: word(0x50),
        low_end: 0xd000_0000,
        high_bytes: 1 << 30,
        mmio: Some(0xd000_0000..=0xf7ff_ffff),
        opregion_bytes: opregion_bytes as u64,
        host_bdsm: HOST_BDSM.into(),
        ..Default::default()
    })?;
    Ok((platform, plan))
}

struct Igd<H> {
    hardware: H,
    config: PciConfig,
    opregion: Vec<u8>,
    trapped: Block,
}

impl<H: Hardware> Igd<H> {
    fn new(hardware: H, host_config: &[u8], host_opregion: &[u8]) -> Result<Self> {
        let (opregion, note) =
            OpRegion::new(host_opregion)?.normalise(Default::default(), None)?;
        if let Some(finding) = note {
            println!("an extended VBT was left out: {finding}");
        }
        let (platform, plan) = layout(host_config, opregion.len())?;
        for block in plan.blocks() {
            println!("{block:x?}");
        }
        let trapped = plan.blocks().find(|block| block.kind == Ok(PlanKind::Opregion));
        let trapped = trapped.expect("every plan has an OpRegion");
        let config = PciConfig::new(Some(&platform), host_config, &plan.options())?;
        Ok(Self { hardware, config, opregion, trapped })
    }

    /// A vCPU reads a dword of config space; any number of vCPUs at once.
    fn read_config_register(&self, register: usize) -> u32 {
        let offset = register as u32 * 4;
        let hw = match self.config.hw_bytes(offset, 4) {
            0 => 0,
            _ => self.hardware.read(offset, 4),
        };
        self.config.read(offset, 4, hw).map_or(u32::MAX, |value| value as u32)
    }

    /// A vCPU writes up to 4 bytes at `offset` of a dword.
    fn write_config_register(&mut self, register: usize, offset: u64, data: &[u8]) {
        let at = register as u32 * 4 + offset as u32;
        let value = data.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
        let (events, forward) = match self.config.write(at, data.len() as u32, value) {
            Ok(answer) => answer,
            Err(_) => return,
        };
        if events.contains(PcicfgEvent::SWSCI) {
            let _ = opregion::answer_swsci(&mut self.opregion);
        }
        for byte in (0..data.len() as u32).filter(|byte| forward & 1 << byte != 0) {
            self.hardware.write(at + byte, 1, u64::from(data[byte as usize]));
        }
    }

    /// A vCPU reads the OpRegion where it is trapped.
    fn read_bar(&self, address: u64, data: &mut [u8]) {
        data.fill(0xff);
        let start = address.wrapping_sub(self.trapped.first) as usize;
        if let Some(bytes) = self.opregion.get(start..) {
            data.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        }
    }

    /// A vCPU writes to the mailboxes, where a driver reads back what it wrote.
    fn write_bar(&mut self, address: u64, data: &[u8]) {
        let start = address.wrapping_sub(self.trapped.first) as usize;
        if let Some(bytes) = self.opregion.get_mut(start..0x2000) {
            bytes.iter_mut().zip(data).for_each(|(to, from)| *to = *from);
        }
    }
}

/// A host of bytes.
struct Bytes([u8; 256]);

impl Hardware for Bytes {
    fn read(&self, offset: u32, width: u32) -> u64 {
        let bytes = self.0.iter().skip(offset as usize).take(width as usize);
        bytes.rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
    }

    fn write(&self, offset: u32, width: u32, value: u64) {
        println!("to hardware: {width} byte(s) {value:#x} at {offset:#x}");
    }
}

fn host() -> Result<([u8; 256], Vec<u8>)> {
    let mut config = [0; 256];
    let registers =
        [(0, 0x9a49_8086), (8, 0x0300_0001), (0x50, 0x02c1), (0xc0, HOST_BDSM), (0xfc, HOST_ASLS)];
    for (offset, value) in registers {
        config[offset..offset + 4].copy_from_slice(&u32::to_le_bytes(value));
    }
    let table = vbt::build(&vbt::Options { platform: Some("tgl"), ..Default::default() })?;
    Ok((config, opregion::build(&Default::default(), Some(&table))?))
}

fn main() -> Result<()> {
    let (config, opregion) = host()?;
    let mut igd = Igd::new(Bytes(config), &config, &opregion)?;

    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                assert_eq!(igd.read_config_register(0), 0x9a49_8086);
                assert_eq!(u64::from(igd.read_config_register(0x3f)), igd.trapped.first);
            });
        }
    });

    let mut signature = [0; 16];
    igd.read_bar(igd.trapped.first, &mut signature);
    assert_eq!(&signature, b"IntelGraphicsMem");
    igd.write_bar(igd.trapped.first + 0x100, &[1]);
    igd.read_bar(igd.trapped.first + 0x100, &mut signature[..1]);
    assert_eq!(signature[0], 1);

    igd.write_config_register(1, 0, &[7, 0]);
    igd.write_config_register(0x3f, 0, &0x1234_5000u32.to_le_bytes());
    assert_eq!(u64::from(igd.read_config_register(0x3f)), igd.trapped.first);
    Ok(())
}
