// SPDX-License-Identifier: MIT
//! What a Linux machine says about its IGD, by libigdpt-host (feature `host`).
//!
//! Everything is read below a root, "/" or the top of a captured tree; nothing is written.
//!
//! ```no_run
//! let host = igdpt::host::Host::open("/")?;
//! for igd in host.igds() {
//!     let igd = igd?;
//!     println!("{:04x} in group {:?}", igd.device, igd.group);
//!     println!("{} bytes of config space", host.config(igd.address)?.len());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::os::unix::io::{AsFd, BorrowedFd};
use std::path::Path;

use igdpt_sys::{host as sys, igdpt_host_device, safe};

pub use crate::host_constants::*;
use crate::ErrorKind;

/// The DMAR table, for [`Host::read`].
pub const DMAR: &str = igdpt_sys::IGDPT_HOST_DMAR;
/// The physical address map; addresses read 0 without root.
pub const IOMEM: &str = igdpt_sys::IGDPT_HOST_IOMEM;
/// The kernel's command line.
pub const CMDLINE: &str = igdpt_sys::IGDPT_HOST_CMDLINE;
/// The processors, with their address sizes.
pub const CPUINFO: &str = igdpt_sys::IGDPT_HOST_CPUINFO;

/// What a call gives.
pub type Result<T> = std::result::Result<T, Error>;

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What kind of thing went wrong; an unknown number from a newer library as it is
    pub kind: std::result::Result<ErrorKind, u32>,
    /// What the system said
    pub system: Option<i32>,
    /// One sentence, if the library told it
    pub text: String,
}

impl From<sys::Failure> for Error {
    fn from(failure: sys::Failure) -> Self {
        Self {
            kind: failure.error.unsigned_abs().try_into(),
            system: Some(failure.system).filter(|errno| *errno != 0),
            text: failure.text,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if !self.text.is_empty() {
            return f.write_str(&self.text);
        }
        f.write_str(safe::strerror(self.kind.map_or_else(|n| n, |k| k as u32) as i32))
    }
}

impl std::error::Error for Error {}

/// A PCI function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// domain << 16 | bus << 8 | device << 3 | function
    pub address: u32,
    /// Vendor id
    pub vendor: u32,
    /// Device id
    pub device: u32,
    /// class << 16 | subclass << 8 | interface
    pub class_code: u32,
    /// IOMMU group
    pub group: Option<u32>,
    /// Properties
    pub flags: HostDeviceFlag,
    /// Name of the driver
    pub driver: Option<String>,
}

impl From<igdpt_host_device> for Device {
    fn from(raw: igdpt_host_device) -> Self {
        Self {
            address: raw.address,
            vendor: raw.vendor,
            device: raw.device,
            class_code: raw.class_code,
            group: raw.group.try_into().ok(),
            flags: HostDeviceFlag(raw.flags),
            driver: Some(sys::driver(&raw)).filter(|name| !name.is_empty()),
        }
    }
}

/// The VT-d units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Iommu {
    /// How many there are
    pub units: u32,
    /// Smallest address width in bits, 0 if unknown
    pub width: u32,
    /// How many can remap interrupts
    pub remapping: u32,
}

/// The kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// Major and minor
    pub version: (u32, u32),
    /// Whole release
    pub release: String,
}

/// What vfio-pci shows of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Regions {
    /// How many there are
    pub count: u32,
    /// Which there are
    pub flags: HostRegionFlag,
    /// Config 0xFC as VFIO shows it
    pub asls: u32,
    /// Size of the OpRegion's
    pub opregion_bytes: u64,
    /// Size of the ROM's
    pub rom_bytes: u64,
}

/// On every architecture of Linux
const ENOTDIR: i32 = 20;

/// A machine, or a tree captured from one.
#[derive(Debug)]
pub struct Host(File);

impl Host {
    /// The top of a tree: "/" for this machine.
    pub fn open(root: impl AsRef<Path>) -> io::Result<Self> {
        // Looked at first: opening a FIFO would wait for a writer.
        if !fs::metadata(&root)?.is_dir() {
            return Err(io::Error::from_raw_os_error(ENOTDIR));
        }
        File::open(root).map(Self)
    }

    fn root(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    /// The whole of a regular file; the path has no leading slash.
    pub fn read(&self, path: &str) -> Result<Vec<u8>> {
        Ok(sys::read(self.root(), path)?)
    }

    /// The last component of what a link points to.
    pub fn link(&self, path: &str) -> Result<String> {
        Ok(sys::link(self.root(), path)?)
    }

    /// The names in a directory, sorted.
    pub fn list(&self, path: &str) -> Result<Vec<String>> {
        let mut names = sys::list(self.root(), path)?;
        names.sort_unstable();
        Ok(names)
    }

    /// A PCI function by its address.
    pub fn device(&self, address: u32) -> Result<Device> {
        Ok(sys::get_device(self.root(), address)?.into())
    }

    /// Intel's display devices.
    pub fn igds(&self) -> impl Iterator<Item = Result<Device>> + '_ {
        devices(|from| sys::find(self.root(), from))
    }

    /// The members of an IOMMU group.
    pub fn group(&self, number: u32) -> impl Iterator<Item = Result<Device>> + '_ {
        devices(move |from| sys::member(self.root(), number, from))
    }

    /// Config space as sysfs shows it: 64, 256 or 4096 bytes.
    pub fn config(&self, address: u32) -> Result<Vec<u8>> {
        Ok(sys::config(self.root(), address)?)
    }

    /// Text for [`crate::rmrr::parse`] with [`crate::RmrrSource::SYSFS`].
    pub fn reserved_regions(&self, group: u32) -> Result<Vec<u8>> {
        Ok(sys::reserved_regions(self.root(), group)?)
    }

    /// The VT-d units.
    pub fn iommu(&self) -> Result<Iommu> {
        let raw = sys::get_iommu(self.root())?;
        Ok(Iommu { units: raw.units, width: raw.width, remapping: raw.remapping })
    }

    /// The kernel's version.
    pub fn kernel(&self) -> Result<Kernel> {
        let (major, minor, release) = sys::get_kernel(self.root())?;
        Ok(Kernel { version: (major, minor), release })
    }

    /// 'y', 'm' or 'n'.
    pub fn kernel_option(&self, option: &str) -> Result<char> {
        Ok(sys::kernel_option(self.root(), option)?)
    }

    /// A parameter of a loaded module.
    pub fn parameter(&self, module: &str, parameter: &str) -> Result<String> {
        Ok(sys::parameter(self.root(), module, parameter)?)
    }

    /// The OpRegion with its extended VBT.
    pub fn opregion(&self, address: u32, source: HostSource) -> Result<Vec<u8>> {
        Ok(sys::opregion(self.root(), address, source as u32)?)
    }

    /// What vfio-pci shows of a device.
    pub fn regions(&self, address: u32, source: HostSource) -> Result<Regions> {
        let raw = sys::regions(self.root(), address, source as u32)?;
        Ok(Regions {
            count: raw.count,
            flags: HostRegionFlag(raw.flags),
            asls: raw.asls,
            opregion_bytes: raw.opregion_bytes,
            rom_bytes: raw.rom_bytes,
        })
    }
}

/// One after the other; the next search starts behind the last device. An error is the last.
fn devices(
    search: impl Fn(u32) -> sys::Answer<igdpt_host_device>,
) -> impl Iterator<Item = Result<Device>> {
    let mut from = Some(0);
    std::iter::from_fn(move || {
        let found = search(from?).map(Device::from).map_err(Error::from);
        from = found.as_ref().ok().and_then(|device| device.address.checked_add(1));
        Some(found).filter(|f| !matches!(f, Err(e) if e.kind == Ok(ErrorKind::Notfound)))
    })
}

/// Config space by libpci, of this machine or of an `lspci -x` dump.
pub fn libpci_config(dump: Option<&Path>, address: u32) -> Result<Vec<u8>> {
    Ok(sys::libpci_config(dump.map(Path::as_os_str), address)?)
}

/// The name of a device in libpci's database.
pub fn libpci_name(vendor: u32, device: u32) -> Result<String> {
    Ok(sys::libpci_name(vendor, device)?)
}
