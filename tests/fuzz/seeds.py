#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Seeds for the fuzz targets: what the project makes itself, or a folder of real tables.

usage: seeds.py own IGDPT OUT     from igdpt's own samples and builders
       seeds.py real CORPUS OUT   from real tables; nothing grown from these is ever committed
"""
import hashlib
import pathlib
import struct
import subprocess
import sys
import tempfile

PLATFORMS = "ilk snb hsw bdw chv skl cfl glk icl tgl adl-p mtl".split()
BREAKS = ("rvda-inside vbt-bad opregion-size rmrr-direct rmrr-size gms-zero vm-legacy vm-gms "
          "log-fatal log-storm rom-bad").split()
KINDS = {"sysfs": 0, "iomem": 1, "vfio": 2, "iommufd": 3}
ARGS, PVE, LIBVIRT = b"\0", b"\1", b"\2"


def put(out, target, data, limit=1 << 16):
    if 0 < len(data) <= limit:
        folder = out / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


def piece(kind, data):
    return bytes([KINDS[kind]]) + struct.pack("<H", len(data)) + data


def regions(*pieces, policy=1, flags=0):
    """Options as rmrr.c takes them, then pieces."""
    head = bytes([policy, flags]) + struct.pack("<HHH", 0x8000, 0x100, 0) + b"\0"
    return head + b"".join(pieces)


def usable(*pairs):
    return b"".join(struct.pack("<QQ", *p) for p in pairs)


def capability(*pairs):
    return struct.pack("<HHIII", 1, 1, 0, len(pairs), 0) + usable(*pairs)


def dump(config):
    """As lspci -x prints it."""
    rows = [f"{at:02x}: {config[at:at + 16].hex(' ')}\n" for at in range(0, len(config), 16)]
    return ("00:02.0 VGA compatible controller: Intel\n" + "".join(rows) + "\n").encode()


def from_tree(tree, out):
    """The files of igdpt sample."""
    read = {p.name: p.read_bytes() for p in tree.rglob("*") if p.is_file() and p.name != "config"}
    for name, target in (("i915_vbt", "vbt"), ("DMAR", "dmar"), ("igd.rom", "rom"), ("dmesg.txt", "log")):
        put(out, target, read.get(name, b""))
    op, vbt = read.get("i915_opregion", b""), read.get("i915_vbt", b"")
    put(out, "opregion", op)
    put(out, "opregion", op + vbt)
    put(out, "vm", ARGS + read.get("qemu.args", b""))
    put(out, "rmrr", regions(piece("sysfs", read.get("reserved_regions", b"")),
                             piece("iomem", read.get("iomem", b""))))
    for p in tree.rglob("0000:00:02.0/config"):
        put(out, "lspci", dump(p.read_bytes()))


def written_by_hand(out):
    holes = (0, 0xfedfffff), (0xfef00000, 0x7fffffffff)
    put(out, "rmrr", regions(piece("vfio", capability(*holes)), piece("iommufd", usable(*holes))))
    put(out, "rmrr", regions(piece("sysfs", b"0x0000000000000000 0x0000000000ffffff direct-relaxable\n"
                                   b"0x00000000fee00000 0x00000000feefffff msi\n"), policy=2, flags=3))
    put(out, "vm", PVE + b"bios: ovmf\ncpu: host\nhostpci0: 0000:00:02.0,legacy-igd=1,romfile=a.rom\n"
        b"machine: pc-i440fx-8.1\nargs: -set device.hostpci0.addr=02.0 -cpu host,phys-bits=39\n"
        b"hostpci1: 0000:00:1f.3,pcie=1\n[snapshot]\nmachine: q35\n")
    put(out, "vm", LIBVIRT + b"<domain><os firmware='efi'><type machine='pc-q35-8.1'>hvm</type></os>"
        b"<cpu><maxphysaddr mode='passthrough' limit='39'/></cpu><devices><hostdev mode='subsystem' "
        b"type='pci'><source><address domain='0x0000' bus='0x00' slot='0x02' function='0x0'/></source>"
        b"<rom file='/igd.rom'/><address type='pci' bus='0x00' slot='0x02' function='0x0'/></hostdev>"
        b"</devices><qemu:override><qemu:property name='x-igd-gms' type='unsigned' value='2'/>"
        b"</qemu:override></domain>\n")
    put(out, "vm", ARGS + b"qemu\0-device\0{\"driver\":\"vfio-pci\",\"host\":\"0000:00:02.0\","
        b"\"x-igd-opregion\":true,\"addr\":\"02.0\"}\0-machine\0q35\0-drive\0file=OVMF.fd\0")
    # Targets whose input is a list of decisions start from any bytes.
    for target in ("fwcfg", "pcicfg", "plan", "ranges"):
        for n in range(8):
            put(out, target, b"".join(hashlib.sha256(f"{target} {n} {i}".encode()).digest()
                                      for i in range(1 + 4 * n)))


def own(igdpt, out):
    with tempfile.TemporaryDirectory() as scratch:
        for i, name in enumerate(PLATFORMS + BREAKS):
            tree = pathlib.Path(scratch) / name
            fault = ["--break", name] if name in BREAKS else []
            platform = "hsw" if name in BREAKS else name
            subprocess.run([igdpt, "sample", "--platform", platform, "--seed", str(i), "-o", tree] + fault,
                           stderr=subprocess.DEVNULL, check=False)
            from_tree(tree, out)
    written_by_hand(out)


def real(corpus, out):
    for folder, target in (("vbt", "vbt"), ("dmar", "dmar"), ("opregion", "opregion"), ("dmesg", "log"),
                           ("lspci", "lspci")):
        for path in (corpus / folder).rglob("*"):
            if path.is_file():
                put(out, target, path.read_bytes(), 1 << 14 if target == "log" else 1 << 16)
    for path in (corpus / "iomem").rglob("*"):
        if path.is_file():
            put(out, "rmrr", regions(piece("iomem", path.read_bytes()[:60000])))


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("own", "real"):
        sys.exit(__doc__)
    source, target = sys.argv[2], pathlib.Path(sys.argv[3])
    if sys.argv[1] == "own":
        own(source, target)
    else:
        real(pathlib.Path(source), target)
