// SPDX-License-Identifier: MIT
//! DMAR, RMRR, ranges, VBT, plan, BAR mirrors and ROMs through the safe crate.
use std::panic::catch_unwind;

use igdpt::dmar::{self, BuildRmrr, BuildScope};
use igdpt::plan::{Machine, Plan};
use igdpt::rmrr::{self, Device, Ram, Region};
use igdpt::{
    bridges, legacy, opregion, rom, vbt, BdsmKind, BridgeModel, Codec, Consumer, Dmar, DmarType,
    E820Type, ErrorKind, LegacyAnswer, LegacyFlag, OpRegion, OpregionVerdict, PciConfig, PcicfgEvent,
    PlanKind, PlanMode, Platform, Ranges, RangesOp, RmrrPolicy, RmrrPredictFlag, RmrrResolveFlag,
    RmrrState, RmrrType, Vbt,
};

fn table() -> Vec<u8> {
    let igd = [BuildScope { kind: 1, path: &[2, 0], ..Default::default() }];
    let other = [BuildScope { kind: 1, path: &[0x1d, 0, 3, 1], ..Default::default() }];
    let rmrrs = [
        BuildRmrr { base: 0x7b80_0000, end: 0x7fff_ffff, segment: 0, scopes: &igd },
        BuildRmrr { base: 0x1000, end: 0x1fff, segment: 1, scopes: &other },
    ];
    dmar::build(&Default::default(), &rmrrs).unwrap()
}

/// Without its function it would be another device's path.
#[test]
fn half_a_pair_is_no_path() {
    let scopes = [BuildScope { kind: 1, path: &[0x1d, 0, 3], ..Default::default() }];
    let rmrrs = [BuildRmrr { base: 0x1000, end: 0x1fff, segment: 0, scopes: &scopes }];
    let error = dmar::build(&Default::default(), &rmrrs).unwrap_err();
    assert_eq!(error.kind, Ok(ErrorKind::Invalid));
}

#[test]
fn a_built_dmar_reads_back() {
    let bytes = table();
    let dmar = Dmar::new(&bytes).unwrap();
    let rmrrs = dmar.structures().map(Result::unwrap);
    let rmrrs: Vec<_> = rmrrs.filter(|s| s.kind() == Ok(DmarType::Rmrr)).collect();
    assert_eq!((rmrrs.len(), rmrrs[0].base, rmrrs[0].end), (2, 0x7b80_0000, 0x7fff_ffff));
    let scope = |index: usize| rmrrs[index].scopes().next().unwrap().unwrap();
    assert_eq!(scope(0).resolve(|_| None), Ok(0x10));
    assert_eq!(scope(1).path().collect::<Vec<_>>(), [(0x1d, 0), (3, 1)]);
    assert_eq!(scope(1).resolve(|at| (at == 0x100e8).then(|| (5, 6))), Ok(0x10519));
    assert_eq!(scope(1).resolve(|_| None).unwrap_err().kind, Ok(ErrorKind::Notfound));
    let firmware = Ranges::new([0x7b80_0000..=0x7fff_ffff]).unwrap();
    let mut names = Vec::new();
    dmar.validate(Some(&firmware), |f| names.push(f.rule().unwrap().name)).unwrap();
    assert_eq!(names, ["dmar-rmrr-not-reserved"]);
}

#[test]
fn a_panic_in_a_callback_comes_out_after_the_call() {
    let bytes = table();
    let dmar = Dmar::new(&bytes).unwrap();
    let last = dmar.structures().last().unwrap().unwrap();
    let scope = last.scopes().next().unwrap().unwrap();
    assert!(catch_unwind(|| scope.resolve(|_| panic!("in a callback"))).is_err());
    assert!(catch_unwind(|| dmar.validate(None, |_| panic!("in a callback"))).is_ok());
    let nothing = Ranges::new([]).unwrap();
    let call = std::panic::AssertUnwindSafe(|| dmar.validate(Some(&nothing), |_| panic!("here")));
    assert!(catch_unwind(call).is_err());
}

#[test]
fn ranges_behave_like_sets() {
    let low = Ranges::new([0..=9, 10..=19, 40..=49]).unwrap();
    let high = Ranges::new([15..=u64::MAX]).unwrap();
    let combined = |op| low.combine(op, &high).unwrap().iter().collect::<Vec<_>>();
    assert_eq!(combined(RangesOp::Union), [0..=u64::MAX]);
    assert_eq!(combined(RangesOp::Intersect), [15..=19, 40..=49]);
    assert_eq!(combined(RangesOp::Subtract), [0..=14]);
    assert_eq!(low.overlap(20..=45), Some(40..=49));
    let many = Ranges::new((0..1000).map(|page| page << 16..=(page << 16) + 0xefff)).unwrap();
    let moved = Box::new(many);
    let request = igdpt::ranges::Request { bytes: 0x1000, align: 0x1000, ..Default::default() };
    assert_eq!(moved.fit(&request), Ok(0xf000));
    let invalid = std::ops::RangeInclusive::new(5, 1);
    assert_eq!(Ranges::new([invalid]).unwrap_err().kind, Ok(ErrorKind::Range));
}

#[test]
fn an_opregion_tells_consumers_differences_and_moves() {
    let options = vbt::Options { min_bytes: 0x2000, ..Default::default() };
    let table = vbt::build(&options).unwrap();
    let data = opregion::build(&Default::default(), Some(&table)).unwrap();
    let region = OpRegion::new(&data).unwrap();
    assert_eq!(region.consumer(Consumer::I915).unwrap().verdict, Ok(OpregionVerdict::Takes));
    assert_eq!(region.edid(), None);
    let mut moved = data.clone();
    opregion::relocate(&mut moved, 0x7ff0_0000, 0x7ff1_0000).unwrap();
    let mut names = Vec::new();
    region.diff(&OpRegion::new(&moved).unwrap(), |name, _| names.push(name)).unwrap();
    assert_eq!(names[0], "RVDA");
}

#[test]
fn a_vbt_tells_blocks_ports_and_fields() {
    let options = vbt::Options { platform: Some("tgl"), ..Default::default() };
    let bytes = vbt::build(&options).unwrap();
    let table = Vbt::new(&bytes).unwrap();
    let ids: Vec<_> = table.blocks().map(|block| block.unwrap().id).collect();
    assert!(ids.contains(&2), "{ids:?}");
    let wired = table.children().find(|child| child.device_type != 0).unwrap();
    assert!(table.port(wired.slot).unwrap().starts_with("DDI-"));
    assert_eq!(table.get("lfp-options.panel-type", 0), Ok(None));
    assert!(table.get("no such field", 0).is_err());
    assert_eq!(table.validate(|_| ()), Ok(0));
    assert_eq!(table.compare(&table, |_, _| ()), Ok(0));
    let mut broken = bytes.clone();
    broken[0x1a] ^= 1;
    assert!(Vbt::new(&broken).unwrap().compare(&table, |_, _| ()).unwrap() > 0);
    assert_eq!(vbt::repair(&broken).unwrap(), bytes);
    assert_eq!(vbt::find(&[&[0; 64], &bytes[..]].concat(), 0), Some(64));
}

#[test]
fn mirrors_follow_config_space() {
    let mut config = [0; 256];
    config[..12].copy_from_slice(b"\x86\x80\x49\x9a\x06\x04\x10\0\x01\0\0\x03");
    config[0x50..0x52].copy_from_slice(&0x02c1u16.to_le_bytes());
    let platform = Platform::find(0x9a49).unwrap();
    let mut guest = PciConfig::new(Some(&platform), &config, &Default::default()).unwrap();
    guest.mmio_setup(&Default::default()).unwrap();
    guest.write(0xc0, 4, 0x7a00_0000).unwrap();
    assert_eq!(guest.mmio_read(0, 0x1080c0, 8, 0).unwrap() & !0xfffff, 0x7a00_0000);
    assert_eq!(guest.mmio_write(0, 0x1080c0, 4, 1), Ok((PcicfgEvent::IGNORED, 1, 0)));
    assert!(guest.traps().any(|(trap, name)| name == "DSMBASE" && trap.offset == 0x1080c0));
}

#[test]
fn a_rom_without_images_is_told_where() {
    let mut bytes = vec![0; 512];
    bytes[..2].copy_from_slice(b"\x55\xaa");
    let error = rom::images(&bytes).next().unwrap().unwrap_err();
    assert_eq!(error.offset(), Some(0x18));
    assert_eq!(rom::images(&bytes).count(), 1);
}

#[test]
fn a_plan_makes_a_config_space_and_a_memory_map() {
    let taken = Ranges::new([0xbfff_f000..=0xbfff_ffff]).unwrap();
    let machine = Machine {
        mode: PlanMode::Copy,
        platform: Some(Platform::find(0x5912).unwrap()),
        ggc: 0x02c1,
        low_end: 3 << 30,
        mmio: Some(0xe000_0000..=0xfebf_ffff),
        taken: Some(&taken),
        ..Default::default()
    };
    let plan = Plan::make(&machine).unwrap();
    let find = |kind| plan.blocks().find(|block| block.kind == Ok(kind)).unwrap();
    let (opregion, dsm) = (find(PlanKind::Opregion), find(PlanKind::Dsm));
    let mut config = [0; 256];
    config[..12].copy_from_slice(b"\x86\x80\x12\x59\x06\x04\x10\0\x04\0\0\x03");
    config[0x50..0x52].copy_from_slice(&0x02c1u16.to_le_bytes());
    let guest = PciConfig::new(machine.platform.as_ref(), &config, &plan.options()).unwrap();
    assert_eq!(guest.read(0xfc, 4, 0), Ok(opregion.first));
    assert_eq!(guest.read(0x5c, 4, 0), Ok(dsm.first));
    let map = plan.e820(&machine).unwrap();
    assert!(map.iter().any(|entry| entry.first == dsm.first && entry.kind != Ok(E820Type::Ram)));
    assert!(map.windows(2).all(|pair| pair[0].first + pair[0].bytes <= pair[1].first), "{map:?}");
    assert_eq!(plan.check(&machine, |_| ()), Ok(0));
    let small = Machine { low_end: 16 << 20, ..machine };
    assert_eq!(Plan::make(&small).unwrap_err().kind, Ok(ErrorKind::Notfound));
}

#[test]
fn a_bridge_says_which_buses_are_behind_it() {
    let scope = [BuildScope { kind: 2, path: &[0x1c, 0], ..Default::default() }];
    let rmrr = BuildRmrr { base: 0x1000, end: 0x1fff, scopes: &scope, ..Default::default() };
    let bytes = dmar::build(&Default::default(), &[rmrr]).unwrap();
    let dmar = Dmar::new(&bytes).unwrap();
    let nic = [Device { address: 0x200, class_code: 0x020000 }];
    let first = |buses| {
        rmrr::predict(&dmar, &nic, Default::default(), |_| buses).unwrap()[0].kind()
    };
    assert_eq!(first(Some((2, 3))), Ok(RmrrType::Direct));
    assert_eq!(first(Some((3, 4))), Ok(RmrrType::Msi));
    let asked = std::cell::Cell::new(0);
    let call = std::panic::AssertUnwindSafe(|| {
        rmrr::predict(&dmar, &nic, Default::default(), |_| {
            asked.set(asked.get() + 1);
            panic!("in a callback")
        })
    });
    assert!(catch_unwind(call).is_err());
    assert_eq!(asked.get(), 1);
}

#[test]
fn a_table_is_judged_whole() {
    let scope = [BuildScope { kind: 1, path: &[2, 0], ..Default::default() }];
    let rmrr = |n: u64| BuildRmrr {
        base: n << 12,
        end: (n << 12) + 0xfff,
        scopes: &scope,
        ..Default::default()
    };
    let many: Vec<_> = (1..100).chain([1]).map(rmrr).collect();
    let bytes = dmar::build(&Default::default(), &many).unwrap();
    let mut names = Vec::new();
    let dmar = Dmar::new(&bytes).unwrap();
    dmar.validate(None, |f| names.push(f.rule().unwrap().name)).unwrap();
    assert_eq!(names, ["dmar-rmrr-overlap"]);
}

#[test]
fn a_vbt_that_is_left_out_is_told() {
    let table = vbt::build(&vbt::Options { min_bytes: 0x2400, ..Default::default() }).unwrap();
    let mut region = opregion::build(&Default::default(), Some(&table)).unwrap();
    let whole = OpRegion::new(&region).unwrap().normalise(Default::default(), None).unwrap();
    assert_eq!(whole, (region.clone(), None));
    region[0x2000..].fill(0);
    let (copy, note) =
        OpRegion::new(&region).unwrap().normalise(Default::default(), None).unwrap();
    assert_eq!((copy.len(), note.unwrap().rule().unwrap().name), (0x2000, "no-vbt"));
}

#[test]
fn a_platform_can_be_corrected() {
    let mtl = Platform::find(0x7d55).unwrap();
    let old = mtl.with(Codec::Gen9, BdsmKind::CfgC0);
    assert_eq!((old.codec(), old.bdsm()), (Ok(Codec::Gen9), Ok(BdsmKind::CfgC0)));
    assert_eq!((old.name(), old.device_id()), (mtl.name(), mtl.device_id()));
}

#[test]
fn reservations_are_merged_and_resolved() {
    let bytes = table();
    let dmar = Dmar::new(&bytes).unwrap();
    let igd = [Device { address: 0x10, class_code: 0x030000 }];
    let told = rmrr::predict(&dmar, &igd, Default::default(), |_| None).unwrap();
    let stolen = told.iter().find(|region| region.address() == Some(0x10)).unwrap();
    assert_eq!((stolen.first, stolen.kind()), (0x7b80_0000, Ok(RmrrType::Relaxable)));
    let mut disagreements = Vec::new();
    let sysfs = rmrr::parse(igdpt::RmrrSource::SYSFS, b"0x1000 0x1fff direct\n").unwrap();
    let all = [&told[..], &sysfs[..]].concat();
    rmrr::merge(&all, |f| disagreements.push(f.rule().unwrap().name)).unwrap();
    assert!(disagreements.contains(&"rmrr-not-in-dmar"), "{disagreements:?}");
    assert_eq!(rmrr::predict_attach(&told, (6, 12)).unwrap().0.blocked, 0);
    let (refused, message) = rmrr::predict_attach(&sysfs, (6, 12)).unwrap();
    assert!(refused.blocked == 1 && message.contains("1:1"), "{message}");
    let platform = Platform::find(0x5912).unwrap();
    let place = Some(stolen.first..=stolen.last);
    assert_eq!(rmrr::check_stolen(&platform, 0x02c1, 0x7c00_0001, place, |_| ()), Ok(0));
}

#[test]
fn guest_ram_gives_way_or_the_layout_is_refused() {
    let mut all = [Region::new(0x7b80_0000..=0x7fff_ffff, RmrrType::Direct, Some(0x10))];
    let ram = Ram { low_end: 3 << 30, boundary: 0x1000, ..Default::default() };
    let layout = rmrr::resolve(&ram, &mut all).unwrap();
    assert_eq!((layout.low_end, layout.conflicts), (0x7b80_0000, 0));
    assert_eq!(all[0].state(), Ok(RmrrState::Moved));
    assert!(layout.map.iter().any(|entry| entry.kind() == Ok(RmrrType::Ram)));
    let carved = Ram { flags: RmrrResolveFlag::CARVE, ..ram };
    assert_eq!(rmrr::resolve(&carved, &mut all).unwrap().low_end, 3 << 30);
    let strict = Ram { policy: Some(RmrrPolicy::Strict), boundary: 0, ..ram };
    assert_eq!(rmrr::resolve(&strict, &mut all).unwrap_err().kind, Ok(ErrorKind::Overlap));
    assert_eq!(all[0].state(), Ok(RmrrState::Conflict));
}

#[test]
fn a_panic_in_a_bridge_resolver_comes_out_of_a_prediction() {
    let bytes = table();
    let dmar = Dmar::new(&bytes).unwrap();
    let all = RmrrPredictFlag::ALL_DEVICES;
    let call = || rmrr::predict(&dmar, &[], all, |_| panic!("in a callback"));
    assert!(catch_unwind(call).is_err());
}

#[test]
fn legacy_mode_names_every_condition_and_bridges_their_registers() {
    let options = legacy::Options {
        platform: Some(Platform::find(0x5912).unwrap()),
        flags: LegacyFlag::NO_ROM | LegacyFlag::NO_VGA,
        ..Default::default()
    };
    let mut names = Vec::new();
    let answer = legacy::check(&options, (9, 1), |f| names.push(f.rule().unwrap().name)).unwrap();
    assert_eq!(answer, Ok(LegacyAnswer::Impossible));
    assert_eq!(names, ["legacy-rom", "legacy-vga"]);
    assert!(bridges::registers(BridgeModel::Xen).any(|register| register.devfn == 0));
    let pch = options.platform.unwrap().pch().unwrap();
    assert!(!pch.name.is_empty() && pch.ids.iter().all(|id| u32::from(*id) & !pch.mask == 0));
}

#[test]
fn a_software_sci_is_answered() {
    let mut data = opregion::build(&Default::default(), None).unwrap();
    data[0x200..0x204].copy_from_slice(&0x09u32.to_le_bytes());
    assert_eq!(opregion::answer_swsci(&mut data), Ok(true));
    assert_eq!(data[0x200] & 1, 0);
    assert!(opregion::answer_swsci(&mut data[..100]).is_err());
}
