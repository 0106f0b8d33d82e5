#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The command when memory runs out: each allocation of each verb fails once. It then says so and
exits with 3, or needs no such memory for the same answer; the doctor skips a check and says why. It
never dies."""
import os
import shutil
import subprocess
import tempfile

import cli

PROGRAM = os.path.join(cli.BUILDDIR, "tests", "igdpt-failing")


SAID = "out of memory", "could not be allocated", "not all could be written"


def run(words, fail, count=None):
    environment = dict(os.environ, IGDPT_FAIL_ALLOCATION=str(fail))
    if count:
        environment["IGDPT_COUNT_ALLOCATIONS"] = count
    return subprocess.run([PROGRAM, *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False,
                          env=environment)


def each_allocation_fails(scratch, words, outputs=()):
    """How many allocations there were."""
    count = os.path.join(scratch, "count")

    failures = []

    def once(fail):
        for path in outputs:
            shutil.rmtree(path) if os.path.isdir(path) else os.path.exists(path) and os.unlink(path)
        return run(words, fail, count)

    clean = once(0)
    assert 0 <= clean.returncode <= 2, (words, clean.stderr)
    with open(count, encoding="ascii") as f:
        total = int(f.read())
    for fail in range(1, total + 1):
        done = once(fail)
        said = done.stderr.decode("latin-1")
        told = done.returncode == 3 and said.startswith("igdpt: ") and any(s in said for s in SAID)
        told = told or b"There is no memory" in done.stdout
        if not told and (done.returncode, done.stdout) != (clean.returncode, clean.stdout):
            failures.append((words, fail, done.returncode, said))
    assert not failures, failures
    return total


def in_a_sample(test):
    """Runs it on the files of a machine, which igdpt sample makes."""
    with tempfile.TemporaryDirectory() as scratch:
        tree = os.path.join(scratch, "tree")
        assert run(["sample", "--platform", "adl-p", "-o", tree], 0).returncode == 0
        test(scratch, tree)


def every_verb_survives_without_memory():
    def test(scratch, tree):
        dri = os.path.join(tree, "sys/kernel/debug/dri/0000:00:02.0")
        vbt, opregion = os.path.join(dri, "i915_vbt"), os.path.join(scratch, "opregion")
        assert run(["opregion", "build", "--vbt", vbt, "-o", opregion], 0).returncode == 0
        dmar, iomem = os.path.join(tree, "sys/firmware/acpi/tables/DMAR"), os.path.join(tree, "proc/iomem")
        regions = os.path.join(tree, "sys/kernel/iommu_groups/0/reserved_regions")
        out = os.path.join(scratch, "out")
        total = 0
        for words, outputs in (
                (["vbt", "show", vbt], ()), (["vbt", "repair", vbt, "-o", out], (out,)),
                (["opregion", "check", opregion], ()), (["opregion", "normalise", "-o", out, opregion], (out,)),
                (["opregion", "diff", opregion, opregion], ()), (["rom", "inspect", os.path.join(tree, "vm/igd.rom")], ()),
                (["dmar", "show", dmar], ()), (["dmar", "check", "--iomem", iomem, dmar], ()),
                (["dmar", "build", "--rmrr", "0x7b000000-0x7f7fffff=00:02.0", "-o", out], (out,)),
                (["rmrr", "query", "--dmar", dmar, "--reserved-regions", regions, "--iomem", iomem, "--ram", "4G"], ()),
                (["explain", os.path.join(tree, "log/dmesg.txt")], ()), (["doctor", "--root", tree], ()),
                (["capture", "--root", tree, "-o", out], (out,)),
                (["sample", "--platform", "hsw", "-o", out], (out,))):
            total += each_allocation_fails(scratch, words, outputs)
        assert total > 30, total

    in_a_sample(test)


def a_directory_that_breaks_off_is_told():
    with tempfile.TemporaryDirectory() as scratch:
        os.makedirs(os.path.join(scratch, "sub"))
        for name in ("a", "b", "sub/c"):
            with open(os.path.join(scratch, name), "wb") as out:
                out.write(b"$VBT" + bytes(60))
        for fail in range(1, 9):
            done = subprocess.run([PROGRAM, "scan", "--quiet", scratch], capture_output=True, check=False, timeout=60,
                                  env=dict(os.environ, IGDPT_FAIL_READDIR=str(fail)))
            said = done.stderr.decode("latin-1")
            assert done.returncode == 3 and said.startswith(f"igdpt: {scratch}") and "error" in said, (fail, done)


if __name__ == "__main__":
    cli.run(every_verb_survives_without_memory, a_directory_that_breaks_off_is_told)
