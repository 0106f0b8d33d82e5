// SPDX-License-Identifier: MIT
//! Answers the cases of tests/golden.txt, as C and Python do.
use std::ops::RangeInclusive;

use igdpt::dmar::{self, BuildRmrr, BuildScope};
use igdpt::pcicfg::Options;
use igdpt::plan::{Machine, Plan};
use igdpt::rmrr::{self, Device, Ram, Region};
use igdpt::{
    bridges, fwcfg, legacy, opregion, vbt, Dmar, Error, Finding, GmsPolicy, LegacyFlag, OpRegion,
    OpregionField, PciConfig, PcicfgFlag, Platform, Ranges, RegPolicy, Result, RmrrResolveFlag,
    RmrrSource, Stolen, StolenDecodeFlag, Vbt,
};

fn number(word: &str) -> u64 {
    match word.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).unwrap(),
        None => word.parse().unwrap(),
    }
}

fn small(word: &str) -> u32 {
    number(word) as u32
}

fn hexadecimal(numbers: &[u64]) -> String {
    let words: Vec<_> = numbers.iter().map(|number| format!("{number:#x}")).collect();
    words.join(" ")
}

/// Length and FNV-1a hash
fn digest(data: &[u8]) -> String {
    let hash = data.iter().fold(0xcbf29ce484222325u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100000001b3)
    });
    hexadecimal(&[data.len() as u64, hash])
}

fn failure(error: Error) -> String {
    let told = error.finding.map_or(String::new(), |finding| {
        let offset = finding.offset.map_or(String::new(), |offset| format!(" offset {offset:#x}"));
        format!(" finding {}{offset} value {:#x}", finding.id, finding.value)
    });
    format!("error {}{told}", error.kind.unwrap() as u32)
}

fn platform(words: &[&str]) -> Result<String> {
    let p = match words[0].starts_with('0') {
        true => Platform::find(small(words[0]))?,
        false => Platform::by_name(words[0])?,
    };
    let (codec, bdsm) = (p.codec().unwrap() as u64, p.bdsm().unwrap() as u64);
    let (flags, audio) = (p.flags().0.into(), p.audio_devfn().unwrap_or(0).into());
    Ok(format!("{} {}", p.name(), hexadecimal(&[p.gen().into(), codec, bdsm, flags, audio])))
}

fn decode(words: &[&str]) -> Result<String> {
    let codec = small(words[0]).try_into().unwrap();
    let s = Stolen::decode(codec, small(words[1]), StolenDecodeFlag(small(words[2])))?;
    let (gms, ggms, flags) = (s.gms.into(), s.ggms.into(), s.flags.0.into());
    Ok(hexadecimal(&[gms, ggms, flags, s.dsm_bytes, s.gsm_bytes]))
}

fn encode(words: &[&str]) -> Result<String> {
    let codec = small(words[0]).try_into().unwrap();
    let ggc = igdpt::encode_ggc(codec, small(words[1]), number(words[2]))?;
    Ok(hexadecimal(&[ggc.into()]))
}

fn make_vbt(words: &[&str]) -> Result<Vec<u8>> {
    let platform = Some(words[0]).filter(|name| *name != "-");
    let (bdb_version, min_bytes) = (small(words[1]), small(words[2]));
    vbt::build(&vbt::Options { platform, bdb_version, min_bytes, ports: None })
}

fn cut_and_change(mut data: Vec<u8>, words: &[&str]) -> Vec<u8> {
    for change in &words[1..] {
        let (offset, byte) = change.split_once(':').unwrap();
        data[number(offset) as usize] = number(byte) as u8;
    }
    data.truncate(number(words[0]) as usize);
    data
}

fn vbt_init(words: &[&str]) -> Result<String> {
    let data = cut_and_change(make_vbt(words)?, &words[3..]);
    let table = Vbt::new(&data)?;
    let (offset, size, version) = (table.bdb_offset(), table.bdb_size(), table.bdb_version());
    Ok(hexadecimal(&[table.bytes().len() as u64, offset.into(), size.into(), version.into()]))
}

fn make_opregion(words: &[&str]) -> Result<Vec<u8>> {
    let mboxes = igdpt::Mbox(small(words[1]));
    let options =
        opregion::Options { version: small(words[0]), mboxes, pcon: 0, address: 0x7ffe0000 };
    opregion::build(&options, Some(&make_vbt(&words[2..])?))
}

/// Findings as text, and what receives them
fn collect(call: impl FnOnce(&mut dyn FnMut(Finding)) -> Result<usize>) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    call(&mut |finding| ids.push(finding.id.to_string()))?;
    Ok(ids)
}

fn show_opregion(words: &[&str]) -> Result<String> {
    let data = cut_and_change(make_opregion(words)?, &words[5..]);
    let op = OpRegion::new(&data)?;
    let lid = op.get(OpregionField::Clid, 0)?;
    let place = op.find_vbt().map(|place| {
        let source = place.source.unwrap() as u64;
        hexadecimal(&[source, place.offset, place.room, place.bytes])
    });
    let mut answers = vec![hexadecimal(&[op.version().into(), op.mboxes().0.into(), lid])];
    answers.push(place.unwrap_or_else(failure));
    answers.extend(collect(|receive| op.validate(receive))?);
    let copy = op.normalise(Default::default(), None);
    answers.push(copy.map_or_else(failure, |(copy, _)| digest(&copy)));
    Ok(answers.join(" "))
}

/// NAME:SIZE..., contents zero
fn make_files<'a>(words: &[&'a str], zeros: &'a [u8]) -> Vec<(&'a str, &'a [u8])> {
    let parts = words.iter().map(|word| word.split_once(':').unwrap());
    parts.map(|(name, size)| (name, &zeros[..number(size) as usize])).collect()
}

fn directory(words: &[&str]) -> Result<String> {
    let (data, selectors) = fwcfg::directory(&make_files(words, &[0; 1 << 17]), 0)?;
    let names = selectors.iter().map(|(name, select)| format!(" {name} {select}"));
    Ok(digest(&data) + &names.collect::<String>())
}

fn fwcfg_check(words: &[&str]) -> Result<String> {
    let zeros = [0; 1 << 17];
    let files = make_files(words, &zeros);
    Ok(collect(|receive| fwcfg::check(&files, receive))?.join(" "))
}

fn host_config(device: u32) -> [u8; 256] {
    let mut config = [0; 256];
    for (offset, value) in [
        (0, device << 16 | 0x8086),
        (8, 0x03000009),
        (0x50, 0x02c1),
        (0x5c, 0xa5d00001),
        (0xc0, 0xa5d00001),
        (0xe8, 0x8000),
        (0xfc, 0xa5c1e018u32),
    ] {
        config[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
    }
    config
}

fn hardware(config: &[u8], offset: u32, width: u32) -> u64 {
    let bytes = config.iter().skip(offset as usize).take(width.min(8) as usize);
    bytes.rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

fn step(guest: &mut PciConfig, config: &[u8], saved: &mut Vec<u8>, word: &str) -> Result<String> {
    let parts: Vec<_> = word.split(':').collect();
    let hex = |index: usize| u64::from_str_radix(parts[index], 16).unwrap();
    Ok(match parts[0] {
        "r" => {
            let (offset, width) = (hex(1) as u32, small(parts[2]));
            hexadecimal(&[guest.read(offset, width, hardware(config, offset, width))?])
        }
        "w" => {
            let (events, forward) = guest.write(hex(1) as u32, small(parts[2]), hex(3))?;
            hexadecimal(&[events.0.into(), forward.into()])
        }
        "h" => hexadecimal(&[guest.hw_bytes(hex(1) as u32, small(parts[2])).into()]),
        "mr" => hexadecimal(&[guest.mmio_read(0, hex(1), small(parts[2]), hex(3))?]),
        "mw" => {
            let (events, hw, forward) = guest.mmio_write(0, hex(1), small(parts[2]), hex(3))?;
            hexadecimal(&[events.0.into(), hw, forward.into()])
        }
        "mcheck" => collect(|receive| guest.mmio_check(receive))?.join(" "),
        "setup" => guest.mmio_setup(&Default::default()).map(|()| String::new())?,
        "state" => {
            let s = guest.state()?;
            let (asls, ggc, complete) = (s.asls.into(), s.ggc.into(), s.complete.0.into());
            hexadecimal(&[asls, ggc, complete, s.bdsm, s.dsm_bytes, s.gsm_bytes])
        }
        "save" => {
            *saved = guest.save()?;
            digest(saved)
        }
        "check" => collect(|receive| guest.check(receive))?.join(" "),
        "restore" => guest.restore(saved).map(|()| String::new())?,
        "reset" => {
            guest.reset();
            String::new()
        }
        _ => panic!("unknown step {word}"),
    })
}

fn policy(word: &str) -> std::result::Result<RegPolicy, u32> {
    small(word).try_into()
}

fn pcicfg(words: &[&str]) -> Result<String> {
    let (device, gms) = (small(words[0]), GmsPolicy::try_from(small(words[4])).unwrap());
    // A policy that is none cannot be written down in Rust.
    let (asls_policy, bdsm_policy) = match (policy(words[2]), policy(words[3])) {
        (Ok(asls), Ok(bdsm)) => (asls, bdsm),
        (Err(bad), _) | (_, Err(bad)) => return Ok(format!("error 1 finding 504 value {bad:#x}")),
    };
    let options = Options {
        flags: PcicfgFlag(small(words[1])),
        asls_policy,
        bdsm_policy,
        gms_policy: gms,
        asls: number(words[5]),
        bdsm: number(words[6]),
        dsm_bytes: number(words[7]),
        ..Default::default()
    };
    let config = host_config(device);
    let mut guest = PciConfig::new(Platform::find(device).ok().as_ref(), &config, &options)?;
    let mut saved = Vec::new();
    let answers = words[8..].iter().map(|word| {
        step(&mut guest, &config, &mut saved, word).unwrap_or_else(failure)
    });
    Ok(answers.filter(|answer| !answer.is_empty()).collect::<Vec<_>>().join(" "))
}

fn range(word: &str) -> RangeInclusive<u64> {
    let (first, last) = word.split_once('-').unwrap();
    number(first)..=number(last)
}

fn show_plan(words: &[&str]) -> Result<String> {
    let taken = Ranges::new(words[10..].iter().map(|word| range(word)))?;
    let machine = Machine {
        mode: small(words[1]).try_into().unwrap(),
        dsm_policy: small(words[2]).try_into().unwrap(),
        firmware: small(words[3]).try_into().unwrap(),
        ggc: small(words[4]),
        low_end: number(words[5]),
        high_bytes: number(words[6]),
        mmio: Some(number(words[7])..=number(words[8])),
        host_bdsm: number(words[9]),
        platform: Platform::find(small(words[0])).ok(),
        taken: Some(&taken),
        ..Default::default()
    };
    let plan = Plan::make(&machine)?;
    let policies = [plan.flags, plan.asls_policy, plan.bdsm_policy, plan.gms_policy, plan.bridge];
    let mut numbers: Vec<u64> = policies.iter().map(|policy| u64::from(*policy)).collect();
    numbers.extend([plan.config_flags.into(), plan.asls, plan.bdsm, plan.dsm_bytes]);
    numbers.extend([plan.gsm_bytes, plan.rvda]);
    for block in plan.blocks() {
        let (kind, e820) = (block.kind.unwrap() as u64, block.e820.unwrap() as u64);
        numbers.extend([kind, block.flags.0.into(), block.first, block.bytes, e820]);
    }
    for entry in plan.e820(&machine)? {
        numbers.extend([entry.first, entry.bytes, entry.kind.unwrap() as u64]);
    }
    let mut answers = vec![hexadecimal(&numbers)];
    answers.extend(collect(|receive| plan.check(&machine, receive))?);
    Ok(answers.join(" "))
}

fn tell_regions(numbers: &mut Vec<u64>, regions: &[Region]) {
    for r in regions {
        let (kind, reason) = (r.kind().unwrap() as u64, r.reason().unwrap() as u64);
        let (address, state) = (r.address().unwrap_or(u32::MAX), r.state().unwrap() as u64);
        numbers.extend([r.first, r.last, kind, reason, address.into(), state]);
    }
}

fn show_rmrr(words: &[&str]) -> Result<String> {
    let parts = words[7..].iter().map(|word| word.split_once('@').unwrap());
    let places: Vec<_> = parts.map(|(devfn, place)| (small(devfn), range(place))).collect();
    let paths: Vec<_> = places.iter().map(|(at, _)| [(at >> 3) as u8, (at & 7) as u8]).collect();
    let scopes: Vec<_> =
        paths.iter().map(|path| [BuildScope { kind: 1, path, ..Default::default() }]).collect();
    let rmrrs = places.iter().zip(&scopes).map(|((_, place), scopes)| BuildRmrr {
        base: *place.start(),
        end: *place.end(),
        segment: 0,
        scopes,
    });
    let table = dmar::build(&Default::default(), &rmrrs.collect::<Vec<_>>())?;
    let igd = [Device { address: 0x10, class_code: small(words[0]) }];
    let mut regions = rmrr::predict(&Dmar::new(&table)?, &igd, Default::default(), |_| None)?;
    let kernel = small(words[1]);
    let (attach, _) = rmrr::predict_attach(&regions, ((kernel >> 8) as u8, kernel as u8))?;
    let ram = Ram {
        policy: small(words[2]).try_into().ok(),
        flags: RmrrResolveFlag(small(words[3])),
        low_end: number(words[4]),
        high_end: number(words[5]),
        boundary: number(words[6]),
        ..Default::default()
    };
    let layout = rmrr::resolve(&ram, &mut regions)?;
    let mut numbers = vec![attach.blocked.into(), attach.error.into(), layout.low_end];
    numbers.extend([layout.high_end, layout.conflicts.into(), layout.moved]);
    tell_regions(&mut numbers, &regions);
    tell_regions(&mut numbers, &layout.map);
    Ok(hexadecimal(&numbers))
}

fn rmrr_parse(words: &[&str]) -> Result<String> {
    let text: String = words[1..].chunks(3).map(|line| line.join(" ") + "\n").collect();
    let mut numbers = Vec::new();
    tell_regions(&mut numbers, &rmrr::parse(RmrrSource(small(words[0])), text.as_bytes())?);
    Ok(hexadecimal(&numbers))
}

fn show_legacy(words: &[&str]) -> Result<String> {
    let options = legacy::Options {
        platform: Platform::find(small(words[0])).ok(),
        flags: LegacyFlag(small(words[2])),
        machine: small(words[3]).try_into().unwrap(),
        slot_1f: small(words[4]).try_into().unwrap(),
        class_code: small(words[5]),
        ggc: small(words[6]),
    };
    let version = (small(words[1]) >> 8, small(words[1]) & 0xff);
    let (mut ids, version) = (Vec::new(), (version.0 as u8, version.1 as u8));
    let answer = legacy::check(&options, version, |f| ids.push(format!(" {}", f.id)))?;
    Ok(hexadecimal(&[answer.unwrap() as u64]) + &ids.concat())
}

fn show_bridges(words: &[&str]) -> String {
    let registers = bridges::registers(small(words[0]).try_into().unwrap());
    let numbers = registers.flat_map(|r| {
        [r.devfn.into(), r.offset.into(), r.width.into(), r.source.unwrap() as u64]
    });
    hexadecimal(&numbers.collect::<Vec<_>>())
}

fn answer(case: &str) -> String {
    let words: Vec<_> = case.split(' ').collect();
    let rest = &words[1..];
    let result = match words[0] {
        "platform" => platform(rest),
        "decode" => decode(rest),
        "encode" => encode(rest),
        "vbt-build" => make_vbt(rest).map(|data| digest(&data)),
        "vbt-init" => vbt_init(rest),
        "opregion-build" => make_opregion(rest).map(|data| digest(&data)),
        "opregion" => show_opregion(rest),
        "bdsm-size" => fwcfg::bdsm_size(number(rest[0])).map(|data| digest(&data)),
        "directory" => directory(rest),
        "fwcfg-check" => fwcfg_check(rest),
        "pcicfg" => pcicfg(rest),
        "plan" => show_plan(rest),
        "rmrr" => show_rmrr(rest),
        "rmrr-parse" => rmrr_parse(rest),
        "legacy" => show_legacy(rest),
        "bridges" => Ok(show_bridges(rest)),
        name => panic!("unknown call {name}"),
    };
    result.unwrap_or_else(failure)
}

#[test]
fn every_golden_case_has_its_answer() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/golden.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let cases: Vec<_> = lines.filter_map(|line| line.split_once(" = ")).collect();
    assert!(cases.len() >= 80);
    for (case, want) in cases {
        assert_eq!(answer(case), want, "{case}");
    }
}
