# SPDX-License-Identifier: MIT
"""A VMM that places OpRegion and stolen memory itself, on a stock QEMU."""
import os
import re
import shutil
import subprocess

import cli

PROGRAM = os.path.join(cli.BUILDDIR, "examples", "crosvm-like", "igdpt-crosvm-like")
QEMU = os.environ.get("IGDPT_QEMU", "qemu-system-x86_64")


def run(*args):
    if not shutil.which(QEMU):
        raise cli.Skip(f"no {QEMU} (packages qemu-system-x86, seabios)")
    done = subprocess.run([PROGRAM, "--qemu", QEMU, *args], stdout=subprocess.PIPE, text=True,
                          timeout=120, check=False)
    assert done.returncode == 0 and "NO " not in done.stdout, done.stdout
    return done.stdout


def placed(text, what):
    """Where the plan put something: (first, bytes)"""
    match = re.search(rf"plan +{what} at 0x([0-9a-f]+), (\d+) KiB", text)
    return int(match.group(1), 16), int(match.group(2)) << 10


def reserved(text, first, size):
    """Whether one entry of the memory map that is not RAM holds it all"""
    entries = re.findall(r"e820 (\d)  0x([0-9a-f]+)-0x([0-9a-f]+)", text)
    return any(kind != "1" and int(low, 16) <= first and first + size <= int(high, 16) + 1
               for kind, low, high in entries)


def check_copy(*args, mib):
    text = run(*args)
    for what in "OpRegion", "stolen memory":
        assert reserved(text, *placed(text, what)), (what, text)
    assert placed(text, "stolen memory")[1] == mib << 20, text
    assert placed(text, "stolen memory")[0] % (1 << 20) == 0, text


def the_vmm_copies_the_opregion_and_the_guest_finds_it():
    check_copy(mib=64)


def every_generation_has_its_registers_preset():
    for device, ggc, mib in ("0102", "0221", 128), ("1912", "f0c1", 4), ("9a49", "02c1", 64):
        check_copy("--device", device, "--ggc", ggc, mib=mib)


def an_extended_vbt_is_placed_behind_its_opregion():
    check_copy("--vbt-bytes", "8700", "--device", "46a6", "--ggc", "02c1", mib=64)


def the_vmm_can_trap_the_opregion_instead():
    text = run("--trap", "--vbt-bytes", "8700")
    assert "trapped" in text and "where it traps" in text, text


cli.run(the_vmm_copies_the_opregion_and_the_guest_finds_it,
        every_generation_has_its_registers_preset,
        an_extended_vbt_is_placed_behind_its_opregion, the_vmm_can_trap_the_opregion_instead)
