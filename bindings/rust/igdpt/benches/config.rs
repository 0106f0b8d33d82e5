// SPDX-License-Identifier: MIT
//! Config accesses through the safe crate, as a ratio to the same C calls. The library is another
//! object, so no call can be left out.
use std::ptr::{null, null_mut};
use std::time::{Duration, Instant};

use igdpt::{PciConfig, Platform};
use igdpt_sys::{
    igdpt_pcicfg_new, igdpt_pcicfg_read, igdpt_pcicfg_write, igdpt_platform, igdpt_platform_find,
};

const TIMES: u32 = 50_000;
const ROUNDS: u32 = 40;
const OFFSETS: [u32; 8] = [0x00, 0x04, 0x10, 0x2c, 0x50, 0x5c, 0xe8, 0xfc];

fn host_config() -> [u8; 256] {
    let mut config = [0; 256];
    config[..12].copy_from_slice(b"\x86\x80\x12\x59\x06\x04\x10\0\x04\0\0\x03");
    config[0x50..0x52].copy_from_slice(&0x02c1u16.to_le_bytes());
    config
}

fn platform_record() -> igdpt_platform {
    let mut record = igdpt_platform::default();
    // SAFETY: fills a struct of the size that it tells.
    unsafe { igdpt_platform_find(0x5912, &mut record) };
    record
}

fn time(run: &mut dyn FnMut()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

/// Turn by turn, and the best of each, which is what the machine can do
fn compare(what: &str, safe: &mut dyn FnMut(), c: &mut dyn FnMut()) {
    let (mut best_safe, mut best_c) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        best_safe = best_safe.min(time(safe));
        best_c = best_c.min(time(c));
    }
    let ratio = best_safe.as_secs_f64() / best_c.as_secs_f64();
    let ns = best_safe.as_nanos() as f64 / f64::from(TIMES) / OFFSETS.len() as f64;
    println!("rust config {what}: {ns:.1} ns, {ratio:.2} times the C call");
}

fn main() {
    let (config, record) = (host_config(), platform_record());
    let platform = Platform::find(0x5912).expect("Kaby Lake is known");
    let mut safe =
        PciConfig::new(Some(&platform), &config, &Default::default()).expect("a plain IGD");
    let mut raw = null_mut();
    // SAFETY: all pointers are good for the call; the handle is left to the end of the process.
    unsafe { igdpt_pcicfg_new(&record, config.as_ptr().cast(), 256, null(), &mut raw, null_mut()) };
    let read_c = |offset| {
        let mut value = 0;
        // SAFETY: the handle is good.
        assert!(unsafe { igdpt_pcicfg_read(raw, offset, 4, 0, &mut value) } >= 0);
    };
    let write_c = |offset, value: u32| {
        let mut forward = 0;
        // SAFETY: the handle is good.
        let result = unsafe { igdpt_pcicfg_write(raw, offset, 4, value.into(), &mut forward) };
        assert!(result >= 0);
    };
    compare(
        "read",
        &mut || each(|offset, _| assert!(safe.read(offset, 4, 0).is_ok())),
        &mut || each(|offset, _| read_c(offset)),
    );
    compare(
        "write",
        &mut || each(|offset, value| assert!(safe.write(offset, 4, value.into()).is_ok())),
        &mut || each(write_c),
    );
}

#[inline(always)]
fn each(mut access: impl FnMut(u32, u32)) {
    for value in 0..TIMES {
        for offset in OFFSETS {
            access(offset, value);
        }
    }
}
