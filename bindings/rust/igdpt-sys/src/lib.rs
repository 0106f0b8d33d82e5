// SPDX-License-Identifier: MIT
//! The C ABI of libigdpt, and over each function the thinnest safe wrapper.
//!
//! The items of the crate's root are generated from the C headers. [`safe`] is what the crate
//! `igdpt` stands on, which holds no unsafe code; use that one.
#![warn(missing_docs)]

mod abi;
pub mod safe;

pub use abi::*;
