#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Has CBMC prove what the files beside this one state, and shows that each proof can fail.

usage: run.py CBMC [--all] [--bounds N] [names...]

A row is a proof: its file and function, the sources with the code under proof, the loop bound
(CBMC fails if a loop could go on after it), and a change of the code that must turn the proof red.
Quick rows take seconds each; --all runs the others too. Prints TAP.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
VBT = ["vbt.c", "error.c"]
BLOCKS = ["vbt-fields.c", "vbt-mipi.c", "error.c"]
DMAR = ["dmar.c", "error.c", "sort.c", "ranges.c"]
RANGES = ["ranges.c", "sort.c", "error.c"]
PCICFG = ["pcicfg.c", "pcicfg-init.c", "mmio.c", "stolen.c", "error.c", "platform.c"]
STOLEN = ["stolen.c", "error.c"]
CHECKS = ["--object-bits", "12", "--pointer-overflow-check", "--drop-unused-functions"]

# Devices are made with all loops at their true length; the walk over registers is what is open.
WRITES = "300 each_written.0:6"

# file, function, sources, loop bound (for all loops, then for single ones), quick, unsigned
# wrap-around is an error too,
# (file, what stands there, what breaks it)
PROOFS = [
    ("bytes", "prove_span", [], 9, True, True,
     ("bytes.h", "n <= len - off", "n <= len")),
    ("bytes", "prove_read8", [], 9, True, True,
     ("bytes.h", "off, 1)", "off, 0)")),
    ("bytes", "prove_read16", [], 9, True, True,
     ("bytes.h", "off, 2)", "off, 1)")),
    ("bytes", "prove_read32", [], 9, True, True,
     ("bytes.h", "off, 4)", "off, 3)")),
    ("bytes", "prove_read64", [], 9, False, True,
     ("bytes.h", "off, 8)", "off, 7)")),
    ("bytes", "prove_round_trip", [], 9, True, False,
     ("bytes.h", "put_le16(p + 2, (uint16_t)(v >> 16))", "put_le16(p + 2, (uint16_t)(v >> 15))")),
    ("bytes", "prove_sum", [], 33, False, False,
     ("bytes.h", "while (len--)", "while (len-- > 1)")),
    ("bytes", "prove_sum_bounds", [], 66, False, False,
     ("bytes.h", "len >= sizeof(lanes)", "len >= sizeof(lanes) - 1")),
    ("vbt", "prove_init", VBT, 12, True, True,
     ("vbt.c", "if (vbt->len > len)", "if (vbt->len > len + 1)")),
    ("vbt", "prove_child", VBT, 15, False, False,
     ("vbt.c", "span_ok(block.bytes, at, child_size)", "span_ok(block.bytes + 1, at, child_size)")),
    ("vbt", "prove_step", VBT, 12, True, True,
     ("vbt.c", "span_ok(vbt->len, offset, bytes)", "span_ok(vbt->len + 1, offset, bytes)")),
    ("vbt-blocks", "prove_get", BLOCKS, 10, False, True,
     ("vbt-fields.c", "span_ok(base->bytes, first, count)", "span_ok(base->bytes + 1, first, count)")),
    ("vbt-blocks", "prove_mipi", BLOCKS, 10, False, True,
     ("vbt-mipi.c", "if (!span_ok(m->end, at, m->bytes))", "if (!span_ok(m->end + 1, at, m->bytes))")),
    ("dmar", "prove_init", DMAR, 17, True, False,
     ("dmar.c", "if (length > len)", "if (length > len + 1)")),
    ("dmar", "prove_step", DMAR, 12, False, True,
     ("dmar.c", "span_ok(dmar->len, at, s->length)", "span_ok(dmar->len + 1, at, s->length)")),
    ("dmar", "prove_scope_step", DMAR, 12, True, True,
     ("dmar.c", "if (p[1] > room)", "if (p[1] > room + 1)")),
    ("dmar", "prove_resolve", DMAR, 12, True, False,
     ("dmar.c", "rc == 0 && hop < scope->path_count", "rc == 0 && hop <= scope->path_count")),
    ("stolen", "prove_decode", STOLEN, 12, True, True,
     ("stolen.c", "code < ARRAY_SIZE(mib)", "code <= ARRAY_SIZE(mib)")),
    ("stolen", "prove_encode", STOLEN, 260, False, False,
     ("stolen.c", "~((uint32_t)c->gms_mask << c->gms_shift)", "~((uint32_t)c->gms_mask << 3)")),
    ("ranges", "prove_overlap", RANGES, 6, True, True,
     ("ranges.c", "return set->ranges[i].first <= last;", "return set->ranges[i].first < last;")),
    ("ranges", "prove_build", RANGES, "5 swap.0:17 find_row.0:10", True, False,
     ("ranges.c", "r[i].first > top->last + 1", "r[i].first > top->last")),
    ("ranges", "prove_combine", RANGES, "5 igdpt_priv_stretch.0:2 find_row.0:10", True, False,
     ("ranges.c", "last = last_a < last_b ? last_a : last_b;", "last = last_a;")),
    ("ranges", "prove_fit", RANGES, "3 find_row.0:10 prove_fit.0:5", False, False,
     ("ranges.c", "end > low && least < r[0].first", "end > low && least <= r[0].first")),
    ("pcicfg", "prove_write_32", PCICFG, WRITES, False, False,
     ("pcicfg.c", "get_le64(cfg->writable + offset) & mask, value);", "mask, value);")),
    ("pcicfg", "prove_write_64", PCICFG, WRITES, False, False,
     ("pcicfg.c", "*forward &= cfg->forward[offset];", "*forward |= cfg->forward[offset];")),
    ("pcicfg", "prove_mmio_write_32", PCICFG, WRITES, False, False,
     ("mmio.c", "*hw = value & width_mask(width);", "*hw = value;")),
    ("pcicfg", "prove_no_leak", PCICFG, 10, False, False,
     ("pcicfg.c", "& emulated) | (hw & ~emulated)", "& emulated) | hw")),
    ("pcicfg", "prove_mirrors", PCICFG, "300 mirrors_in_order.0:17", True, False,
     ("mmio.c", ".width = width, .twin", ".width = width + 8, .twin")),
    ("pcicfg", "prove_mmio_read", PCICFG, "10 mirrors_in_order.0:17", False, False,
     ("mmio.c", "offset <= UINT64_MAX - width", "offset <= UINT64_MAX - 1")),
    ("pcicfg", "prove_read", PCICFG, 10, False, False,
     ("pcicfg.c", "width - 1 < 8 &&", "width - 1 < 9 &&")),
]


def command(cbmc, row, lib):
    file, function, sources, bounds, _, wraps, _ = row
    bound, *single = str(bounds).split()
    return [cbmc, *CHECKS, *(["--unsigned-overflow-check"] if wraps else []),
            "--unwind", bound, *(word for s in single for word in ("--unwindset", s)),
            "--function", function, f"-I{TOP}/tests/proofs", f"-I{TOP}/include", f"-I{lib}",
            f"{TOP}/tests/proofs/{file}.c", *(f"{lib}/{s}" for s in sources)]


def verdict(cbmc, row, lib):
    """CBMC's verdict, its complaints, and the seconds of processor time it took."""
    done = subprocess.run(command(cbmc, row, lib), capture_output=True, text=True)
    found = re.search(r"^VERIFICATION (\w+)", done.stdout, re.M)
    lines = [l for l in done.stdout.splitlines() if l.endswith(": FAILURE")]
    return found.group(1) if found else "ERROR", lines or done.stderr.splitlines()[-5:]


def broken(change, folder):
    """A copy of lib/ with one change."""
    name, old, new = change
    lib = pathlib.Path(folder) / "lib"
    shutil.copytree(TOP / "lib", lib)
    text = (lib / name).read_text()
    if text.count(old) != 1:
        raise ValueError(f"{name} has {text.count(old)} times: {old}")
    (lib / name).write_text(text.replace(old, new))
    return lib


def judge(cbmc, row):
    """(name, complaints): none if it is proved, and not proved of the broken code."""
    name, begin = f"{row[0]}: {row[1]}", time.monotonic()
    result, why = verdict(cbmc, row, TOP / "lib")
    if result != "SUCCESSFUL":
        return name, [f"verification {result}", *why]
    with tempfile.TemporaryDirectory() as folder:
        result, why = verdict(cbmc, row, broken(row[-1], folder))
    if result != "FAILED":
        return name, [f"verification {result} of broken code: {row[-1][2]}", *why]
    return f"{name} ({time.monotonic() - begin:.0f} s)", []


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cbmc")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("names", nargs="*", help="files or functions")
    args = parser.parse_args()
    rows = [r for r in PROOFS if (args.all or args.names or r[4]) and
            (not args.names or r[0] in args.names or r[1] in args.names)]
    print(f"1..{len(rows)}")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for n, (name, why) in enumerate(pool.map(lambda r: judge(args.cbmc, r), rows), 1):
            print("".join(f"# {line}\n" for line in why) +
                  f"{'not ok' if why else 'ok'} {n} - {name}", flush=True)
            failed += bool(why)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
