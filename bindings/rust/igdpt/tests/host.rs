// SPDX-License-Identifier: MIT
//! A small tree of sysfs through the feature `host`.
#![cfg(feature = "host")]
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use igdpt::host::{Host, HostSource, DMAR};
use igdpt::{dmar, rmrr, Dmar, ErrorKind, RmrrSource};

const IGD: &str = "sys/devices/pci0000:00/0000:00:02.0";

struct Tree(PathBuf);

impl Tree {
    fn new(name: &str) -> Self {
        let tree = Self(std::env::temp_dir().join(format!("igdpt-{name}-{}", std::process::id())));
        let mut config = vec![0; 256];
        config[..4].copy_from_slice(b"\x86\x80\x49\x9a");
        tree.put(&format!("{IGD}/config"), &config);
        for (file, text) in [("vendor", "0x8086"), ("device", "0x9a49"), ("class", "0x030000")] {
            tree.put(&format!("{IGD}/{file}"), format!("{text}\n").as_bytes());
        }
        tree.put("sys/kernel/iommu_groups/3/reserved_regions", b"0x1000 0x1fff direct\n");
        tree.put("sys/bus/pci/devices/.keep", b"");
        tree.put("proc/version", b"Linux version 6.12.1-test (x) #1\n");
        tree.link("../../../kernel/iommu_groups/3", &format!("{IGD}/iommu_group"));
        let device = "../../../devices/pci0000:00/0000:00:02.0";
        tree.link(device, "sys/bus/pci/devices/0000:00:02.0");
        tree
    }

    fn put(&self, path: &str, data: &[u8]) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, data).unwrap();
    }

    fn link(&self, target: &str, path: &str) {
        symlink(target, self.0.join(path)).unwrap();
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_igd_is_found_with_its_group_and_config_space() {
    let tree = Tree::new("found");
    let host = Host::open(&tree.0).unwrap();
    let igds = host.igds().collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!((igds.len(), igds[0].address, igds[0].group), (1, 0x10, Some(3)));
    assert_eq!((igds[0].device, igds[0].driver.as_deref()), (0x9a49, None));
    assert_eq!(host.config(0x10).unwrap()[..2], [0x86, 0x80]);
    assert_eq!(host.kernel().unwrap().version, (6, 12));
    let text = host.reserved_regions(3).unwrap();
    assert_eq!(rmrr::parse(RmrrSource::SYSFS, &text).unwrap()[0].last, 0x1fff);
    assert_eq!(host.link(&format!("{IGD}/iommu_group")).unwrap(), "3");
    assert_eq!(host.list("sys").unwrap(), ["bus", "devices", "kernel"]);
}

#[test]
fn a_file_larger_than_the_first_room_is_read_whole() {
    let tree = Tree::new("large");
    let mut table = dmar::build(&Default::default(), &[]).unwrap();
    table.resize(200_000, 0);
    tree.put(DMAR, &table);
    let host = Host::open(&tree.0).unwrap();
    let read = host.read(DMAR).unwrap();
    assert_eq!(read, table);
    assert!(Dmar::new(&read).is_ok());
}

#[test]
fn a_root_is_a_directory() {
    let tree = Tree::new("root");
    assert_eq!(Host::open(tree.0.join("proc/version")).unwrap_err().raw_os_error(), Some(20));
    assert!(Host::open(tree.0.join("none")).is_err() && Host::open(tree.0.join("proc")).is_ok());
}

#[test]
fn devices_that_cannot_be_read_are_not_none() {
    let tree = Tree::new("members");
    let host = Host::open(&tree.0).unwrap();
    assert_eq!(host.group(3).count(), 0);
    tree.put("sys/kernel/iommu_groups/3/devices/0000:00:02.0", b"");
    assert_eq!(host.group(3).count(), 1);
    tree.put(&format!("{IGD}/vendor"), b"Intel\n");
    let members: Vec<_> = host.group(3).collect();
    assert_eq!(members.len(), 1);
    assert_eq!(members[0].as_ref().unwrap_err().kind, Ok(ErrorKind::Syntax));
}

#[test]
fn what_is_not_there_is_told() {
    let tree = Tree::new("missing");
    let host = Host::open(&tree.0).unwrap();
    assert_eq!(host.read(DMAR).unwrap_err().kind, Ok(ErrorKind::Notfound));
    assert_eq!(host.device(0x18).unwrap_err().kind, Ok(ErrorKind::Notfound));
    assert_eq!(host.read("a\0b").unwrap_err().kind, Ok(ErrorKind::Invalid));
    let error = host.opregion(0x10, HostSource::VfioGroup).unwrap_err();
    assert_eq!(error.kind, Ok(ErrorKind::Notfound));
    assert!(error.text.contains("vfio-pci"), "{error}");
    tree.link("/etc/passwd", "outside");
    assert_eq!(host.read("outside").unwrap_err().kind, Ok(ErrorKind::Notfound));
}
