// SPDX-License-Identifier: MIT
//! Intel GPU passthrough for virtual machine monitors: libigdpt for Rust.
//!
//! ```
//! let table = igdpt::vbt::build(&igdpt::vbt::Options { platform: Some("tgl"), ..Default::default() })?;
//! let region = igdpt::opregion::build(&Default::default(), Some(&table))?;
//! let view = igdpt::OpRegion::new(&region)?;
//! assert_eq!(view.find_vbt()?.source, Ok(igdpt::VbtSource::Mailbox4));
//! assert_eq!(view.validate(|finding| println!("{finding}"))?, 0);
//! # Ok::<(), igdpt::Error>(())
//! ```
//!
//! A view borrows its bytes, so it cannot outlive them:
//!
//! ```compile_fail,E0597
//! let view = {
//!     let bytes = vec![0u8; 8192];
//!     igdpt::OpRegion::new(&bytes)
//! };
//! drop(view);
//! ```
//!
//! nor can they change under it:
//!
//! ```compile_fail,E0506
//! let mut bytes = [0u8; 8192];
//! let view = igdpt::OpRegion::new(&bytes);
//! bytes[0] = 1;
//! drop(view);
//! ```
//!
//! Views and handles may be read on many threads at once, and changed on one:
//!
//! ```
//! fn shared<T: Send + Sync>() {}
//! shared::<igdpt::OpRegion>();
//! shared::<igdpt::PciConfig>();
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[macro_use]
mod macros;
pub mod bridges;
mod constants;
pub mod dmar;
mod error;
pub mod fwcfg;
#[cfg(feature = "host")]
pub mod host;
#[cfg(feature = "host")]
mod host_constants;
pub mod legacy;
pub mod opregion;
pub mod pcicfg;
pub mod plan;
mod platform;
pub mod ranges;
pub mod rmrr;
pub mod rom;
mod stolen;
pub mod vbt;

pub use constants::*;
pub use dmar::Dmar;
pub use error::{Error, Finding, Result, Rule};
pub use opregion::OpRegion;
pub use pcicfg::PciConfig;
pub use plan::Plan;
pub use platform::{platforms, Pch, Platform};
pub use ranges::Ranges;
pub use stolen::{encode_ggc, Stolen};
pub use vbt::Vbt;

/// Version of the library in use: major, minor, micro.
pub fn version() -> (u32, u32, u32) {
    igdpt_sys::safe::version()
}

/// Whether the library in use has a feature.
pub fn has(feature: Feature) -> bool {
    igdpt_sys::safe::has(feature as u32)
}
