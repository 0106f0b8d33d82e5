// SPDX-License-Identifier: MIT
//! An IGD at the points where crosvm's PCI devices are called: which memory to keep free, before
//! there is memory; `read_config_register(&self, ..)`, `write_config_register(&mut self, ..)`, and
//! `read_bar` for an OpRegion that is trapped instead of copied.
//!
//! The host is made up, so that this runs anywhere; a VMM reads config space from sysfs and the
//! OpRegion from its VFIO region.
use std::ops::Range;

use igdpt::pcicfg::Options;
use igdpt::{opregion, vbt, OpRegion, PciConfig, Platform, RegPolicy, Result, Stolen};

const PAGE: u64 = 0x1000;
const MIB: u64 = 1 << 20;
const HOST_ASLS: u32 = 0xa5c1_e000;
const HOST_BDSM: u32 = 0xa5d0_0001;

/// What VFIO gives access to.
trait Hardware {
    fn read(&self, offset: u32, width: u32) -> u64;
    fn write(&self, offset: u32, width: u32, value: u64);
}

/// What must be known before guest memory is laid out. Both ranges go to the e820 as reserved.
#[derive(Debug)]
struct Layout {
    opregion: Range<u64>,
    stolen: Range<u64>,
}

impl Layout {
    /// Directly below `top`, which is the end of low memory.
    fn new(opregion_bytes: usize, stolen: &Stolen, top: u64) -> Self {
        let pages = (opregion_bytes as u64 + PAGE - 1) / PAGE * PAGE;
        let dsm = (top - stolen.dsm_bytes) / MIB * MIB;
        Self { opregion: dsm - pages..dsm, stolen: dsm..dsm + stolen.dsm_bytes }
    }
}

struct Igd<H> {
    hardware: H,
    config: PciConfig,
    opregion: Vec<u8>,
    layout: Layout,
}

impl<H: Hardware> Igd<H> {
    fn new(hardware: H, host_config: &[u8], host_opregion: &[u8], top: u64) -> Result<Self> {
        let device_id = u32::from(u16::from_le_bytes([host_config[2], host_config[3]]));
        let platform = Platform::find(device_id)?;
        let ggc = u32::from(u16::from_le_bytes([host_config[0x50], host_config[0x51]]));
        let codec = platform.codec().expect("the library knows its own platforms");
        let stolen = Stolen::decode(codec, ggc, Default::default())?;
        let opregion = OpRegion::new(host_opregion)?.normalise(Default::default(), None)?;
        let layout = Layout::new(opregion.len(), &stolen, top);
        let options = Options {
            asls_policy: RegPolicy::PresetRw,
            bdsm_policy: RegPolicy::PresetRw,
            asls: layout.opregion.start,
            bdsm: layout.stolen.start,
            ..Default::default()
        };
        let config = PciConfig::new(Some(&platform), host_config, &options)?;
        Ok(Self { hardware, config, opregion, layout })
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
        let forward = match self.config.write(at, data.len() as u32, value) {
            Ok((_events, forward)) => forward,
            Err(_) => return,
        };
        for byte in (0..data.len() as u32).filter(|byte| forward & 1 << byte != 0) {
            self.hardware.write(at + byte, 1, u64::from(data[byte as usize]));
        }
    }

    /// A vCPU reads the OpRegion where it is trapped.
    fn read_bar(&self, address: u64, data: &mut [u8]) {
        data.fill(0xff);
        if self.layout.opregion.contains(&address) {
            let start = ((address - self.layout.opregion.start) as usize).min(self.opregion.len());
            let bytes = self.opregion[start..].iter();
            data.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
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
    let mut igd = Igd::new(Bytes(config), &config, &opregion, 0xd000_0000)?;
    println!("keep free: {:#x?}", igd.layout);

    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                assert_eq!(igd.read_config_register(0), 0x9a49_8086);
                assert_eq!(u64::from(igd.read_config_register(0x3f)), igd.layout.opregion.start);
                assert_eq!(u64::from(igd.read_config_register(0x30)), igd.layout.stolen.start);
            });
        }
    });

    let mut signature = [0; 16];
    igd.read_bar(igd.layout.opregion.start, &mut signature);
    assert_eq!(&signature, b"IntelGraphicsMem");

    igd.write_config_register(1, 0, &[7, 0]);
    igd.write_config_register(0x3f, 0, &0x1234_5000u32.to_le_bytes());
    assert_eq!(igd.read_config_register(0x3f), 0x1234_5000);
    Ok(())
}
