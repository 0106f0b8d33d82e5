# SPDX-License-Identifier: MIT
"""What `igdpt capture` takes along, and what it leaves behind."""
import json
import os
import shutil
import tempfile

import cli

SECRET = b"S3CRET-OWNER"
GPU = "sys/kernel/debug/dri/0000:00:02.0/"


def scratch(test):
    """Runs a test in a new directory, given to it as its argument"""
    def wrapped():
        where = tempfile.mkdtemp(prefix="igdpt-capture-")
        try:
            test(where)
        finally:
            shutil.rmtree(where)
    wrapped.__name__ = test.__name__
    return wrapped


def sample(where, *options, name="tree"):
    tree = os.path.join(where, name)
    status, _, err = cli.igdpt("sample", "--platform", "tgl", "-o", tree, *options)
    assert status == 0, err
    # A capture takes neither a VM's configuration nor logs along.
    shutil.rmtree(os.path.join(tree, "vm"), ignore_errors=True)
    shutil.rmtree(os.path.join(tree, "log"))
    return tree


def capture(where, tree, name="bundle", ok=(0,)):
    bundle = os.path.join(where, name)
    status, _, err = cli.igdpt("capture", "-o", bundle, "--root", tree, timeout=20)
    assert status in ok, err
    return bundle


def verdicts(tree, side):
    _, out, err = cli.igdpt("doctor", "--json", "--root", tree, "--side", side)
    assert not err, err
    # The mirrors are in BAR0, which a capture does not read.
    return {c["id"]: (c["status"], c["said"]) for c in json.loads(out)["checks"] if c["id"] != "D23"}


def contents(tree):
    for base, _, names in os.walk(tree):
        for name in names:
            path = os.path.join(base, name)
            if os.path.islink(path):
                yield path, os.readlink(path).encode()
            else:
                with open(path, "rb") as data:
                    yield path, data.read()


@scratch
def a_bundle_gets_the_same_verdicts_as_its_machine(where):
    _, out, _ = cli.igdpt("sample", "--list")
    for name in ["whole"] + [line.split()[0] for line in out.splitlines()]:
        tree = sample(where, *(["--break", name] if name != "whole" else []), name=name)
        bundle = os.path.join(where, name + "-bundle")
        status, _, _ = cli.igdpt("capture", "-o", bundle, "--root", tree)
        assert status == (name == "no-igd"), name
        with open(os.path.join(bundle, "REMOVED"), encoding="utf-8") as listed:
            assert ("No Intel display device" in listed.read()) == (name == "no-igd"), name
        side = "guest" if name.startswith("guest") else "host"
        if name == "opregion-signature":
            continue # without a signature there is nothing to take along
        mine, theirs = verdicts(tree, side), verdicts(bundle, side)
        same = {k for k in mine if mine[k] == theirs[k]}
        assert same == set(mine), (name, {k: (mine[k], theirs[k]) for k in set(mine) - same})


def edid():
    block = bytearray(128)
    block[0:8] = b"\x00" + b"\xff" * 6 + b"\x00"
    block[12:16] = SECRET[:4]
    block[54:72] = b"\x00\x00\x00\xff\x00" + SECRET + b"\n"
    block[72:90] = b"\x00\x00\x00\xfe\x00PANEL MODEL  "
    block[127] = -sum(block) & 0xff
    return bytes(block)


@scratch
def nothing_that_names_the_owner_is_in_a_bundle(where):
    tree = sample(where, "--side", "guest")
    owner = SECRET.decode()
    with open(f"{tree}/proc/version", "w", encoding="ascii") as out:
        out.write(f"Linux version 6.12.1 ({owner}@{owner}) (gcc) #1 {owner}\n")
    with open(f"{tree}/proc/cmdline", "w", encoding="ascii") as out:
        out.write(f"root=UUID={owner} intel_iommu=on ip=::::{owner}:eth0 iommu=pt")
    with open(f"{tree}/sys/class/drm/card0-HDMI-A-1/edid", "wb") as out:
        out.write(edid() + SECRET * 10)
    with open(f"{tree}/{GPU}i915_opregion", "r+b") as out:
        out.seek(0x1c00)
        block = bytearray(edid())
        block[126] = 1
        block[127] = (block[127] - 1) & 0xff
        out.write(bytes([2, 0, 0, 0]) + block + SECRET * 9)
    os.makedirs(f"{tree}/sys/class/dmi/id")
    os.makedirs(f"{tree}/etc")
    for path in ("sys/class/dmi/id/product_serial", "etc/hostname", "proc/mounts"):
        with open(f"{tree}/{path}", "wb") as out:
            out.write(SECRET)
    bundle = capture(where, tree)
    found = dict(contents(bundle))
    assert not [path for path, data in found.items() if SECRET[:4] in data]
    blocks, panel = found[f"{bundle}/{GPU}i915_opregion"][0x1c00], found[f"{bundle}/{GPU}i915_opregion"][0x1c04:0x1c84]
    assert blocks == 1 and panel[126] == 0 and os.stat(bundle).st_mode & 0o77 == 0
    with open(f"{tree}/{GPU}i915_opregion", "r+b") as out:
        out.seek(0x1c05)
        out.write(b"\0" + SECRET)
    other = capture(where, tree, name="other")
    assert not [path for path, data in contents(other) if SECRET[:4] in data]
    assert b"PANEL MODEL" in panel and sum(panel) & 0xff == 0 and panel[12:16] == b"\0" * 4
    assert found[f"{bundle}/proc/cmdline"].split() == [b"intel_iommu=on", b"iommu=pt"]
    listed = found[f"{bundle}/REMOVED"].decode()
    for what in ("EDID", "proc/version", "proc/cmdline", "card0-HDMI-A-1", "DMI"):
        assert what in listed, listed


@scratch
def a_hostile_machine_gives_nothing_from_outside(where):
    tree = sample(where)
    outside = os.path.join(where, "outside")
    with open(outside, "wb") as out:
        out.write(SECRET)
    for path in ("proc/iomem", "sys/firmware/acpi/tables/DMAR", GPU + "i915_opregion",
                 "sys/module/vfio_pci/parameters/disable_vga"):
        os.remove(f"{tree}/{path}")
        os.symlink("../" * 20 + outside, f"{tree}/{path}")
    os.remove(f"{tree}/proc/cmdline")
    os.mkfifo(f"{tree}/proc/cmdline")
    with open(f"{tree}/proc/cpuinfo", "wb") as out:
        out.truncate(1 << 40)
    assert not [path for path, data in contents(capture(where, tree)) if SECRET in data]


@scratch
def check_shows_all_and_finds_strangers(where):
    bundle = capture(where, sample(where))
    status, out, _ = cli.igdpt("capture", "--check", bundle)
    assert status == 0 and "i915_opregion" in out and "Not captured: DMI" in out, out
    with open(f"{bundle}/\033[31mstranger", "wb"):
        pass
    status, out, _ = cli.igdpt("capture", "--check", bundle)
    assert status == 1 and "?[31mstranger  <- not of a capture" in out, out
    os.remove(f"{bundle}/\033[31mstranger")
    assert cli.igdpt("capture", "--check", bundle + "//")[:2] == cli.igdpt("capture", "--check", bundle)[:2]
    for stranger in ("REMOVED.x", "igdpt/regions.x"):
        with open(f"{bundle}/{stranger}", "wb"):
            pass
        assert cli.igdpt("capture", "--check", bundle)[0] == 1, stranger
        os.remove(f"{bundle}/{stranger}")
    os.mkfifo(f"{bundle}/sys/fifo")
    assert cli.igdpt("capture", "--check", bundle)[0] == 1
    os.remove(f"{bundle}/REMOVED")
    assert cli.igdpt("capture", "--check", bundle)[0] == 3
    os.symlink("/etc/passwd", f"{bundle}/REMOVED")
    status, out, _ = cli.igdpt("capture", "--check", bundle)
    assert status == 3 and "root:" not in out, out


@scratch
def nothing_is_overwritten(where):
    tree = sample(where)
    for args in (["-o", tree, "--root", tree], ["-o", f"{where}/x", "--root", "/dev/null/none"], [],
                 ["-o"], ["--bad", "x"]):
        status, out, err = cli.igdpt("capture", *args)
        assert status == 3 and not out and err, args


@scratch
def this_machine_can_be_captured(where):
    bundle = capture(where, "/", ok=(0, 1))  # 1: it has no IGD
    assert cli.igdpt("capture", "--check", bundle)[0] == 0
    assert cli.igdpt("doctor", "--root", bundle)[0] in (0, 1, 2)


cli.run(a_bundle_gets_the_same_verdicts_as_its_machine, nothing_that_names_the_owner_is_in_a_bundle,
        a_hostile_machine_gives_nothing_from_outside, check_shows_all_and_finds_strangers,
        nothing_is_overwritten, this_machine_can_be_captured)
