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


def block(number, data, size=None):
    return bytes([number]) + struct.pack("<H", len(data) if size is None else size) + data


def panels(start, cut=None):
    """Blocks 41 and 42, the first of them at this offset of the BDB: 16 panels with names, maybe cut."""
    timing = bytes.fromhex("023a801871382d40582c45550000000000001e")[:18]
    entry = struct.pack("<HH", 1920, 1080) + bytes(32) + b"\xff\xff" + timing + bytes(10)
    base = start + 151 + 3
    pointers = b"\3" + b"".join(
        struct.pack("<HBHBHB", base + i * len(entry), 38, base + i * len(entry) + 38, 18,
                    base + i * len(entry) + 56, 10) for i in range(16))
    names = b"".join(b"Panel %-7d" % i for i in range(16))
    return (block(41, pointers + struct.pack("<HB", base + 16 * len(entry), 13))
            + block(42, 16 * entry + (names + bytes(102))[:cut]))


def mipi(version):
    """Block 53 with a delay, a GPIO, an I2C and a packet, in its narrow or wide form."""
    operations = [(2, struct.pack("<I", 2000)), (3, b"\1\1"), (4, bytes(6) + b"\2ab"), (1, b"\5\5\1\0\x11")]
    if version < 3:
        body = b"".join(bytes([n]) + data for n, data in operations)
        sequences = b"\3" + body + b"\0\0"
        return block(53, bytes([version]) + b"\0" + struct.pack("<H", len(sequences)) + sequences)
    body = b"".join(bytes([n, len(data)]) + data for n, data in operations) + b"\0"
    sequences = b"\3" + struct.pack("<I", len(body)) + body + b"\0"
    data = b"\0" + struct.pack("<I", len(sequences)) + sequences
    return block(53, bytes([version]) + struct.pack("<I", len(data)) + data, 0)


def vbt(version, *blocks):
    body = b"".join(blocks)
    bdb = b"BIOS_DATA_BLOCK " + struct.pack("<HHH", version, 22, 22 + len(body)) + body
    head = b"$VBT TIGERLAKE      " + struct.pack("<HHHBBI", 100, 48, 48 + len(bdb), 0, 0, 48) + bytes(16)
    table = bytearray(head + bdb)
    table[26] = -sum(table) & 0xff
    return bytes(table)


def rich_tables(out):
    child = struct.pack("<HH", 8, 0x1806) + bytes(12) + b"\x0a" + bytes(22)
    first = (block(254, bytes(20)) + block(1, bytes(20))
             + block(2, b"\0\0\0\0\x27" + child + bytes(39)) + block(12, bytes(20)))
    options = block(40, b"\1" + bytes(33))
    timings = block(58, struct.pack("<H", 28) + struct.pack("<I", 148500) + bytes(52))
    others = b"".join(block(n, bytes([15]) + bytes(size)) for n, size in
                      ((23, 71), (24, 39), (27, 849), (43, 304), (44, 135), (52, 821), (56, 209)))
    put(out, "vbt", vbt(256, first, options, panels(22 + len(first) + len(options)), others, timings, mipi(3)))
    put(out, "vbt", vbt(228, first, options, panels(22)[151:], mipi(1)))
    put(out, "vbt", vbt(170, first, block(41, bytes(148)), panels(22)[151:], mipi(9)))
    put(out, "vbt", vbt(204, options, others))


def play(platform, ggc, steps, policies=(0,) * 7, mirrors=(0,) * 5, subclass=0, high=b"\2"):
    """An input of pcicfg.c: platform, policies, config space, addresses, accesses. BDSM of 64 bits has a high half."""
    config = bytearray(96)
    config[0x50:0x52] = struct.pack("<H", ggc)
    config[0x0a] = subclass
    head = struct.pack("<H", platform) + bytes(policies) + struct.pack("<I", 0x7b000018) + b"\0\x06\0\x10"
    return (head + bytes(mirrors) + bytes(config) + struct.pack("<IHHHHH", 0x7a123018, 100, 1, 800, 900, 77)
            + high + b"".join(steps))


def access(kind, where, at, width, value=None):
    """kind 0 and 1: config read and write; 4 and 5: the same in BAR0, 6 and 7 in BAR4."""
    if kind < 4:
        head = bytes([kind, where, at, width])
    else:
        head = bytes([4 + kind % 2, kind > 5, width, where, at])
    return head + (struct.pack("<Q", value) if value is not None else b"")


def plays(out):
    steps = [access(1, 6, 8, 4, 0x7e000000), access(1, 1, 8, 4, 0x60000000), access(1, 2, 8, 8, 0x60000000),
             access(1, 4, 8, 2, 0x8001), access(1, 4, 8, 2, 0x8001), access(1, 3, 8, 2, 0x8001),
             access(1, 6, 9, 1, 0x12), access(1, 6, 9, 1, 0x34), access(0, 0, 0, 8), access(0, 2, 4, 8),
             b"\x08\2", b"\x08\0", access(1, 1, 8, 4, 0x60000000)]
    steps += [access(4, reg, 8, 8) for reg in range(10)] + [access(5, reg, 8, 8, 5) for reg in range(10)]
    for data in (0x46400001, 0x5555001, 0x46500001):
        steps += [access(7, 0, 0, 4, 1), access(7, 0, 4, 4, data), access(7, 0, 4, 2, data), access(7, 0, 0, 8, 1),
                  access(7, 0, 0, 4, 5), access(7, 0, 4, 4, data), access(7, 0, 0, 4, 0xfffffffd), access(7, 0, 4, 4, 1)]
    for reg in (0x108000, 0x108040, 0x1080c0, 0x1082c0):
        steps += [access(7, 0, 0, 4, reg), access(6, 0, 4, 4), access(6, 0, 2, 4), access(7, 0, 4, 4, 5)]
    for platform in range(0, 640, 9):
        for ggc, high in ((0x0211, b"\2"), (0x02c1, b"\2"), (0x0211, b"")):
            put(out, "pcicfg", play(platform, ggc, steps, (0,) * 7, (platform // 9 % 2, 0, 0, 0, 0), high=high))
    for platform in (63, 460):
        put(out, "pcicfg", play(platform, 0x0211, steps, (2, 6, 6, 3, 0, 2, 0), subclass=0x80))
    for n in range(8):
        put(out, "pcicfg", play(9 * n, 0x0211, steps, (n % 4, n, n, n % 4, n % 3, n % 3, n % 3), (0, n % 4, n % 4, 2, 3)))
        put(out, "pcicfg", play(400 + 9 * n, 0x02c1, steps, (n % 4, 4, 4, n % 4, n % 3, n % 3, n % 3), (0, n % 4, 1, 2, 3)))


def opregions(out):
    """What the builder makes, with one field after the other set to what decides."""
    for path in list((out / "opregion").glob("*")):
        data = bytearray(path.read_bytes())
        for at, value in ((0x14, b"\0\0\0\2"), (0x14, b"\0\0\0\3"), (0x14, b"\0\0\0\x09"), (0x10, b"\x10\0\0\0"),
                          (0x58, b"\1\0\0\0"), (0x3ba, bytes(12)), (0x1a0, b"\x1f\0\0\0"), (0x1c00, b"\2\0\0\0")):
            changed = data[:]
            changed[at:at + len(value)] = value
            if at == 0x1c00:
                for base in (0x1c04, 0x1c84):
                    changed[base:base + 128] = b"\0\xff\xff\xff\xff\xff\xff\0" + bytes(119) + b"\x06"
            put(out, "opregion", bytes(changed))


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
    put(out, "vm", LIBVIRT + b"<?xml version='1.0'?><!-- a <comment> --><domain type='kvm'><memory unit='GiB'>4</memory>"
        b"<os><type machine='pc-i440fx-9.2'>hvm</type><loader readonly='yes' type='pflash'>/OVMF_CODE.fd</loader></os>"
        b"<cpu><numa/><![CDATA[ <x> ]]></cpu><devices><video><model type='virtio' heads='1'/></video>"
        b"<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='4b20d080-1b54-4048'/></source>"
        b"<alias name='ua-igd'/><rom bar='off' file='a&amp;b&#x41;.rom'/></hostdev>"
        b"<controller type='pci' index='0'><address type='pci' domain='0x0000' bus='0x01' slot='0x02' function='0x0'/>"
        b"</controller></devices><qemu:commandline><qemu:arg value='-set'/><qemu:arg value='device.ua-igd.x-igd-gms=2'/>"
        b"<qemu:arg value='-fw_cfg'/><qemu:arg value='name=opt/igd-opregion,file=x'/></qemu:commandline>"
        b"<qemu:override><qemu:device alias='ua-igd'><qemu:frontend><qemu:property name='x-igd-opregion' value='on'/>"
        b"</qemu:frontend></qemu:device></qemu:override></domain>")
    put(out, "vm", ARGS + b"qemu\0-device\0{\"driver\":\"vfio-pci\",\"host\":\"0000:00:02.0\","
        b"\"x-igd-opregion\":true,\"addr\":\"02.0\"}\0-machine\0q35\0-drive\0file=OVMF.fd\0")
    lines = (pathlib.Path(__file__).parent.parent / "log-samples.txt").read_bytes().splitlines()
    lines = [line.split(b"\t", 1)[-1] for line in lines if b"\t" in line]
    for line in lines:
        put(out, "log", b"[   12.345678] " + line + b"\n")
    faults = [b"Jan 1 20:%02d:02 host kernel: DMAR: [DMA Read NO_PASID] Request device [%s] fault addr 0x%x "
              b"[fault reason 0x06] PTE Read access is not set\r\n" % (n, device, address)
              for n, (device, address) in enumerate([(b"00:02.0", 0), (b"00:02.0", 0x4b800000), (b"00:02.0", 0x4d000000),
                                                     (b"0x00:0x02.0", 0x99000000), (b"03:00.0", 0x1000)])]
    before = (b"[    0.000000] Reserving Intel graphics memory at [mem 0x4c000000-0x4f7fffff]\n"
              b"DMAR: RMRR base: 0x0000004b000000 end: 0x0000004f7fffff\n")
    put(out, "log", before + b"".join(faults) + b"dmar_fault: 42 callbacks suppressed\n")
    put(out, "log", before[79:] + b"".join(faults))
    # Targets whose input is a list of decisions start from any bytes.
    for target in ("fwcfg", "pcicfg", "plan", "ranges"):
        for n in range(8):
            put(out, target, b"".join(hashlib.sha256(f"{target} {n} {i}".encode()).digest()
                                      for i in range(1 + 4 * n)))


def tables_of_memory(out):
    """DMAR structures and reservations that firmware seldom has."""
    def structure(number, body, scopes=b""):
        return struct.pack("<HH", number, 4 + len(body + scopes)) + body + scopes

    def dmar(*structures, length=None):
        body = b"".join(structures)
        head = b"DMAR" + struct.pack("<I", 48 + len(body) if length is None else length)
        table = bytearray(head + b"\1\0" + bytes(26) + b"\x26\1" + bytes(10) + body)
        table[9] = -sum(table) & 0xff
        return bytes(table)

    drhd, end = struct.pack("<BBHQ", 1, 0, 0, 0), struct.pack("<BBHBB", 1, 9, 0, 0, 5) + b"\2\0\1"
    rmrr = struct.pack("<HHQQ", 0, 0, 0x7b800000, 0x7fffffff)
    put(out, "dmar", dmar(length=16))
    put(out, "dmar", dmar(length=4096))
    put(out, "dmar", dmar(structure(0, drhd), structure(1, rmrr), structure(1, rmrr, end), structure(1, rmrr, b"\1")))
    put(out, "dmar", dmar(structure(4, bytes(3) + b"\1" + b"\\_SB.NAME"), structure(4, bytes(4) + b"\\_SB\0")))
    direct = piece("sysfs", b"0x000000007b800000 0x000000007fffffff direct\n")
    around = (0, 0x7b7fffff), (0x80000000, 0xffffffff), (0x100100000, 0x7fffffffff)
    put(out, "rmrr", regions(direct, piece("vfio", capability(*around))))
    put(out, "rmrr", regions(direct, piece("iommufd", usable(*around))))
    put(out, "rmrr", regions(piece("sysfs", b"0x0000000000000000 0x00000000000000ff")))
    put(out, "rmrr", regions(piece("sysfs", b"0x0000000000001000 0x0000000000001fff direct\0\n"
                                   b"0x0000000000002000 0x0000000000002fff  direct-relaxable\n"
                                   b"0x0000000000003000 0x0000000000003fff direct-relaxable\r\n")))


def odd_roms(out):
    """Images with a list of devices, compressed, of another class, and cut short."""
    def rom(kind=0, pcir=0x1c, device=0x0412, pciclass=0x030000, listed=b"", length=1, efi=b""):
        image = bytearray(512)
        image[0:3] = b"\x55\xaa\1"
        image[4:4 + len(efi)] = efi
        image[0x18:0x1a] = struct.pack("<H", pcir)
        head = b"PCIR" + struct.pack("<HHHHBHBHHBBHHHH", 0x8086, device, 0x1c if listed else 0, 0x18, 3,
                                     pciclass & 0xffff, pciclass >> 16, length, 0, kind, 0x80, 0, 0, 0, 0)[:0x18]
        at = min(pcir, 480)
        image[at:at + len(head)] = head
        image[at + 0x1c:at + 0x1c + len(listed)] = listed
        image[6] = (image[6] - sum(image)) & 0xff
        return bytes(image[:512])

    put(out, "rom", b"U")
    put(out, "rom", rom(listed=struct.pack("<HHH", 0x0166, 0x0412, 0), device=0x0156))
    put(out, "rom", rom(pciclass=0x020000))
    put(out, "rom", rom(kind=3, efi=b"\xf1\x0e\0\0\x0b\0\x64\x86\1\0"))
    two = bytearray(rom() + rom())
    two[0x18:0x1a] = struct.pack("<H", 0x21c)
    two[0x22c:0x22e] = b"\1\0"
    put(out, "rom", bytes(two))


def odd_tables(out):
    """VBTs whose panels and sequences are broken, one way each."""
    options, base = block(40, b"\1" + bytes(33)), 22
    put(out, "vbt", vbt(228, block(40, b"\x11" + bytes(33)), panels(base + 37)))
    put(out, "vbt", vbt(228, options, panels(base + 37, 20), block(43, bytes(305))))
    whole = panels(base + 37)
    put(out, "vbt", vbt(228, options, whole[:151], block(42, whole[154:154 + 10 * 66])))
    put(out, "vbt", vbt(228, options, whole[151:]))
    put(out, "vbt", vbt(150, options, whole[151:]))
    told = bytearray(whole)
    for panel in range(16):
        told[6 + 9 * panel] = 32
    put(out, "vbt", vbt(228, options, bytes(told)))
    # The count, an offset, sizes, the second panel, terminators of two panels, the names' place and size.
    for at in (3, 5, 6, 9, 10, 12, 13, 15, 190, 190 + 66 * 15, 149, 150):
        one = bytearray(whole)
        one[at] ^= 0x20
        put(out, "vbt", vbt(228, options, bytes(one)))
    one = bytearray(whole)
    one[150] = 0
    put(out, "vbt", vbt(228, options, bytes(one)))
    broken = bytearray(whole)
    for at in (4, 13, 15):
        one = broken[:]
        one[3 + 1 + at] ^= 0x40
        put(out, "vbt", vbt(228, options, bytes(one)))
    put(out, "vbt", vbt(228, options, block(41, b"\3" + bytes(20)), panels(base)[151 + 3:]))
    put(out, "vbt", vbt(228, options, block(41, b"\3" + bytes(150)), block(42, bytes(900))))
    for sequences in (b"\3\x09", b"\3\2\0", b"\x0c\2", b"\3\4" + bytes(6) + b"\xff"):
        put(out, "vbt", vbt(200, block(53, b"\1\0" + struct.pack("<H", len(sequences)) + sequences)))
    put(out, "vbt", vbt(200, block(53, b"\1\0\xff\xff\0")))
    for sequences in (b"\3\1\0\0\0\2", b"\3\1\0\0\0\2\xff\0", b"\3\1"):
        data = b"\0" + struct.pack("<I", len(sequences)) + sequences
        put(out, "vbt", vbt(248, block(53, b"\3" + struct.pack("<I", len(data)) + data, 0)))
    child = struct.pack("<HH", 8, 0) + bytes(12) + b"\x0a" + bytes(22)
    types = b"".join(child[:2] + struct.pack("<H", kind) + child[4:] for kind in (1, 2, 0x60, 0x400, 0x1000, 0x8020))
    put(out, "vbt", vbt(228, block(2, b"\0\0\0\0\x27" + types)))


def odd_opregions(out):
    """Mailbox 5 with an EDID that is none, RVDA in every sense, one field of which decides."""
    plain = bytearray(8192)
    plain[0:17] = b"IntelGraphicsMem\x08"
    plain[0x16:0x18] = b"\0\3"
    plain[0x58:0x5c] = b"\x1f\0\0\0"
    for blocks, edid in ((3, b""), (1, b"\1"), (1, b"\0\xff\xff\xff\xff\xff\xff\0\1")):
        plain[0x1c00] = blocks
        plain[0x1c04:0x1c14] = edid.ljust(16, b"\0")
        put(out, "opregion", bytes(plain))
    # The BDB's size is where the checksum is.
    table = bytearray(vbt(200))
    table[26:32] = b"\0\0" + struct.pack("<I", 6)
    table[40] = (0x10 - sum(table)) & 0xff
    shared = plain + table
    shared[0x16:0x18] = b"\1\2"
    shared[0x3ba:0x3c6] = struct.pack("<QI", 8192, len(table))
    shared[0x1a0:0x1a4] = b"\x1f\0\0\0"
    put(out, "opregion", bytes(shared))


def tight_guests(out):
    """Plans for 6 MiB of which stolen memory takes the upper four: the tables go below it."""
    for vbt_bytes in (b"\1", b"\0\0\x10"):
        where = b"\7" + struct.pack("<I", 0x600000) + b"\1\0"
        taken = b"\1\7" + struct.pack("<IH", 0x110000, 0xefff) + b"\1"
        put(out, "plan", bytes([1, 0, 1, 1, 0, 1, 0, 2, 1]) + where + b"\0\0\1" + vbt_bytes + b"\1"
            + bytes(4) + b"\7" + bytes(4) + taken)


def long_names(out):
    """Names and words that do not fit."""
    for n in (55, 56):
        put(out, "fwcfg", bytes(8) + b"\x10\1\0\0\7" + bytes([n]) + n * b"a")
    put(out, "vm", ARGS + b"qemu -device " + 4200 * b"a")
    put(out, "lspci", dump(bytes.fromhex("868012040704900006000003") + bytes(60)) + b"1000: 01 02 03\n")
    put(out, "vm", LIBVIRT + b"<domain><memory>" + 100 * b"1" + b"</memory></domain>")


def configurations(out):
    """Command lines, Proxmox files and domains, each with what seldom stands in them."""
    put(out, "vm", ARGS + b"# a comment\nqemu -nodefaults -M q35 \\\n -global vfio-pci.x-igd-opregion=on -pflash x.fd "
        b"-device VGA,addr=2.0 -device e1000,addr=02.0,bus=pcie.0 -device e1000,addr=99 -device e1000,addr=2.9 "
        b"-device vfio-pci,host=00:02.1 -device vfio-pci,host=02.0,bus=rp1,x-pci-class-code=0x30000,addr=1f.100 "
        b"-device vfio-pci,sysfsdev=/sys/devices/pci0000:00/0000:00:02.0/4b20d080 -name a\\ b #end")
    put(out, "vm", ARGS + b"qemu version: 9.2.1qemu-kvm, kernel: 6.1\n-device 'vfio-pci,host=0000:00:02.0,bus=pci.0'")
    put(out, "vm", PVE + b"#note\nvga: none\nmeta: creation-qemu=9.0.2,ctime=1\nhostpci0: 00:02,pcie=1\n"
        b"hostpci1: 0000:00:02.0;0000:00:1f.3,mdev=x\nmemory: 8192\n")
    put(out, "vm", LIBVIRT + b"<domain><memory>8388608</memory><os/><devices>"
        b"<hostdev><source><address bus='0' slot='0x03'/></source><address slot='0x02' bus='0'/></hostdev>"
        b"<hostdev><source><address bus='0' slot='0x02' function='1'/></source></hostdev>"
        b"<hostdev><source><address bus='0' slot='0x02'/></source><address slot='0x22'/><alias name='ua-igd'/><rom bar = 'on'/></hostdev>"
        b"<video><address slot = '0x02' bus='0'/></video></devices>"
        b"<memory unit='Zebra'> 4 </memory><qemu:arg/><qemu:arg value='-set'/></domain>")
    put(out, "vm", LIBVIRT + b"<domain><memory unit='GiB'>9999999999999</memory><address slot='1'/><os firmware=efi></os></domain>")
    put(out, "vm", PVE + b"machine: q35\nhostpci0: mapping=igpu,pcie=1\n")
    put(out, "vm", ARGS + b"qemu -device vfio-pci,host=00:02.0,\\\naddr=02.0 -blockdev driver=file,node-name=libvirt-pflash0")
    put(out, "vm", ARGS + b"qemu -device vfio-pci,host=00:02.0,id=hostpci0.0 -set device.hostpci0.addr=02.0")
    put(out, "vm", ARGS + b"qemu -nic user -netdev user,id=n -net nic,addr=5 -device e1000,bus=b1 -device e1000 "
        b"-cpu max,phys-bits=host -readconfig /pve-q35.cfg -device vfio-pci,host=00:02.0")
    put(out, "vm", PVE + b"hostpci0: 00:02.0,x-vga=1\n")
    put(out, "vm", ARGS + b"TASK ERROR: start failed: command '/usr/bin/kvm -device 'vfio-pci,host=0000:00:02.0'' failed: got timeout\n")


def devices_by_name(out):
    nowhere = b"vfio-pci,host=0000:00:02.0,bus=pci.0,addr=02.0"
    for before in (b"", b"-device pci-bridge,id=pci.0 ", b"-readconfig /x.cfg "):
        put(out, "vm", ARGS + b"qemu -M q35 " + before + b"-device " + nowhere)
    put(out, "vm", ARGS + b"qemu -device vfio-pci,host=$IGD -device vfio-pci,sysfsdev=/sys/bus/mdev/devices/83b8")
    put(out, "vm", PVE + b"args: -device " + nowhere + b" -set device.hostpci0.addr=2 -set device.hostpci1.addr=2\n"
        b"hostpci1: 0000:00:1f.3\n")
    put(out, "vm", ARGS + b"start() {\n  qemu -device '{ \"driver\":\"vfio-pci\"}' -device {\n\"driver\":1}\n}\n{ }\n{")
    put(out, "vm", PVE + b"memory: 1\nhostpci0: 00:02.0,pcie=1\nargs: -device vfio-pci,host=00:02.0\n")
    put(out, "vm", LIBVIRT + b"<domain><os><type machine='pc-q35-8.2'/></os><devices><hostdev><source>"
        b"<address bus='0' slot='2'/></source></hostdev></devices><qemu:arg value='-set'/>"
        b"<qemu:arg value='device.hostdev0.addr=2'/></domain>")
    put(out, "vm", LIBVIRT + b"<domain><devices><hostdev type='mdev'><source><address uuid='1'/></source></hostdev>")
    put(out, "lspci", b"00:00.0 0600: 8086:4621\n00:02.0 0300: 8086:46a6 (rev 0c)\n\tKernel driver in use: i915\n")
    put(out, "lspci", b"00:02.0 VGA [0300]: Intel [UHD] [8086:46a6] (rev 0c)\n\tKernel driver in use: vfio-pci\r\n")
    put(out, "lspci", b"IOMMU Group 1 01:00.0 VGA [0300]: NVIDIA [10de:1b80]\nIOMMU group 2:\t[8086:46a6] 00:02.0 "
        b"VGA compatible controller: Intel\n[8086:4680] 00:02.0 Display controller: Intel\n")


def lines_seldom_logged(out):
    lines = (b"IOMMU: Setting identity map for device 0000:00:02.0 [0xbf000000 - 0xcf1fffff]",
             b"DMAR: RMRR base: 0x0000004b000fff end: 0x0000004f7fffff", b"opregion: zero size  ", b"opregion: zero size?",
             b"DMAR: [DMA Read] Request device [x0:02.0] fault addr 7c000000 [fault reason 06] PTE Read access is not set")
    put(out, "log", b"\n".join(lines) + b"\n")
    for mark, code in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        put(out, "log", mark + "DMAR: IOMMU enabled \u2014\r\n".encode(code))
    put(out, "log", b"\x1b[32mDMAR: \x1b[0mIOMMU enabled\n")
    put(out, "log", b"> i915 0000:00:02.0: [drm] Failed to find VBIOS\n> tables (VBT)\n")
    put(out, "log", b"[    1.000000] i915 0000:00:02.0: [drm] *ERROR* Failed to find VBIOS tab=\nles (VBT)\n")
    put(out, "log", 5000 * b"a")
    put(out, "log", b"DMAR: \0\0")
    put(out, "log", b"i915 [drm] Failed to find\n VBIOS\n tables (VBT)\n")
    fault = (b"DMAR: [DMA Read] Request device [00:02.0] fault addr %x "
             b"[fault reason 06] PTE Read access is not set")
    put(out, "log", b"".join(b"[   12.%06d] " % n + fault % 0 + b"\n" for n in range(102)))
    put(out, "log", b"[    1.0] " + fault % 0x1000 + b"\n" + 3 * (b"[    1.1] " + fault % 0 + b"\n")
        + b"[    1.2] " + fault % 0x1000 + b"\n[    1.3] dmar_fault: 42 callbacks suppressed\n")
    put(out, "log", b'{"__REALTIME_TIMESTAMP":"1732700000123456","MESSAGE":"' + fault % 0 + b'"}\n')
    put(out, "log", b"4,1234,12345678,-;" + fault % 0 + b"\n4,1235,-,-;" + fault % 0
        + b"\n1732700000.123456 host kernel: " + fault % 0 + b"\n")
    clear = (b"DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault addr 0x7cd80000 "
             b"[fault reason 0x0%d] Present bit in %s entry is clear\n")
    put(out, "log", fault % 0x706e0000 + b"\n" + fault % 0x100000000 + b"\n" + clear % (1, b"root")
        + clear % (2, b"context"))
    put(out, "log", b'{"dmesg":[{"pri":4,"time":    1.234567,"msg":"' + fault % 0 + b'"}]}\n')
    put(out, "log", b"[  +1.500000] " + fault % 0 + b"\n[<    0.000011>] " + fault % 0 + b"\n[<x] y\n")
    put(out, "log", b"".join(b"[Nov28 07:%02d] " % n + fault % 0 + b"\n[  +2.0] " + fault % 0 + b"\n" for n in (0, 1, 2, 9))
        + b"[Nov28 99:00] x\n")
    put(out, "log", fault.split(b" [fault")[0] % 0x2000 + b" [fault reason 07] Next page table ptr is invalid\n")
    put(out, "log", b'{"msg":"vfio-pci: failed to find romfile \\"x"}\n')
    put(out, "log", b'{"MESSAGE":"DMAR-IR: Not enabling interrupt remapping","PRIORITY":"4"}\n')


def own(igdpt, out):
    with tempfile.TemporaryDirectory() as scratch:
        for i, name in enumerate(PLATFORMS + BREAKS):
            tree = pathlib.Path(scratch) / name
            fault = ["--break", name] if name in BREAKS else []
            platform = "hsw" if name in BREAKS else name
            subprocess.run([igdpt, "sample", "--platform", platform, "--seed", str(i), "-o", tree] + fault,
                           stderr=subprocess.DEVNULL, check=False)
            from_tree(tree, out)
    rich_tables(out)
    plays(out)
    opregions(out)
    written_by_hand(out)
    for make in (tables_of_memory, odd_roms, odd_tables, odd_opregions, configurations, long_names, tight_guests,
                 devices_by_name, lines_seldom_logged):
        make(out)


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
