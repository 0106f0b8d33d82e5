# SPDX-License-Identifier: MIT
"""`igdpt rom` over ROMs that others built and real firmware runs: iPXE's and SeaBIOS's."""
import glob
import json
import os
import struct
import tempfile

import cli

IPXE = sorted(glob.glob("/usr/lib/ipxe/qemu/*.rom"))
# The ISA and ramfb builds of SeaBIOS's VGA BIOS have no PCI data structure.
VGABIOS = [f for f in sorted(glob.glob("/usr/share/seabios/vgabios-*.bin"))
           if not f.endswith(("-isavga.bin", "-ramfb.bin"))]
BROKEN = {"rom-checksum", "rom-signature", "rom-short", "rom-pcir", "rom-length", "rom-past-end",
          "rom-not-last", "rom-trailing", "rom-header-size"}


def inspect(*args):
    status, out, err = cli.igdpt("rom", "inspect", "--json", *args)
    assert not err, err
    return status, json.loads(out)


def real_roms_are_whole_and_sum_to_zero():
    if not IPXE or not VGABIOS:
        raise cli.Skip("iPXE's or SeaBIOS's ROMs are not installed")
    _, reports = inspect(*IPXE, *VGABIOS)
    assert len(reports) == len(IPXE) + len(VGABIOS)
    for report in reports:
        assert not BROKEN & {f["id"] for f in report["findings"]}, report
        assert sum(i["bytes"] for i in report["images"]) == os.path.getsize(report["file"]), report


def combined_roms_are_a_legacy_and_an_efi_image():
    combined = [f for f in IPXE if "/efi-" in f]
    if not combined:
        raise cli.Skip("iPXE's ROMs are not installed")
    for report in inspect(*combined)[1]:
        assert [i["code_type"] for i in report["images"]] == ["x86", "efi"], report
        assert report["images"][1]["efi_machine"] == "0x8664", report
        assert "rom-no-assignment" in {f["id"] for f in report["findings"]}, report


def a_patched_vbios_is_written():
    code = bytes.fromhex("662e833e4001007407662ea14001eb0fb85e10")
    rom = bytearray(1024)
    rom[0:3] = b"\x55\xaa\x02"
    rom[0x18] = 0x1c
    rom[0x1c:0x34] = b"PCIR" + struct.pack("<HHHHB3sHHBBH", 0x8086, 0x412, 0, 24, 0, b"\0\0\3", 2,
                                           0, 0, 0x80, 0)
    rom[0x80:0x93] = code
    rom[0x140:0x144] = struct.pack("<I", 0x7c000001)
    rom[6] = -sum(rom) & 0xff
    with tempfile.TemporaryDirectory() as where:
        source, target = os.path.join(where, "a.rom"), os.path.join(where, "b.rom")
        with open(source, "wb") as f:
            f.write(rom)
        status, reports = inspect("--device", "0x412", "--patch", target, source)
        assert status == 1 and [f["id"] for f in reports[0]["findings"]] == ["rom-bdsm-cached"]
        with open(target, "rb") as f:
            patched = f.read()
        assert patched[0x140:0x144] == bytes(4) and sum(patched) % 256 == 0
        assert inspect(target)[0] == 0
        assert cli.igdpt("rom", "inspect", "--patch", target, source, source)[0] == 3


def a_file_that_is_no_rom_is_an_error():
    with tempfile.NamedTemporaryFile() as f:
        f.write(b"\x55\xaa\x02")
        f.flush()
        assert inspect(f.name)[0] == 2
    with tempfile.NamedTemporaryFile() as f:
        f.write(b"$VBT" + bytes(100))
        f.flush()
        for verb in (("rom", "inspect"), ("dmar", "show")):
            assert "    This is a VBT: see igdpt vbt" in cli.igdpt(*verb, f.name)[1], verb
    assert cli.igdpt("rom", "inspect", "/nonexistent")[0] == 3
    assert cli.igdpt("rom", "inspect")[0] == 3
    assert cli.igdpt("rom")[0] == 3


cli.run(real_roms_are_whole_and_sum_to_zero, combined_roms_are_a_legacy_and_an_efi_image,
        a_patched_vbios_is_written, a_file_that_is_no_rom_is_an_error)
