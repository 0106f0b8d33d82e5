// SPDX-License-Identifier: MIT
//! The C ABI of libigdpt, and over each function the thinnest safe wrapper.
//!
//! The items of the crate's root are generated from the C headers. [`safe`] is what the crate
//! `igdpt` stands on, which holds no unsafe code; use that one.
#![warn(missing_docs)]

mod abi;
#[cfg(feature = "host")]
pub mod host;
#[cfg(feature = "host")]
mod host_abi;
pub mod safe;

pub use abi::*;
#[cfg(feature = "host")]
pub use host_abi::*;
