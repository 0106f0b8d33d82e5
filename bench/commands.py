#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The command as a whole process against what a user would otherwise run, in the same run, and how
it grows with the number of files. usage: commands.py IGDPT"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

IGDPT = sys.argv[1]
CORPUS = os.environ.get("IGDPT_CORPUS", "")
LOOP = 500  # calls of a program that takes one file each


def run(*command):
    """Seconds; what it prints is read by nobody"""
    begin = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.monotonic() - begin


def scan(names):
    """(seconds, peak KiB) of a scan that is fed names; its memory is looked at before they end"""
    begin = time.monotonic()
    with subprocess.Popen((IGDPT, "scan", "--json", "--files-from", "-"), stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL) as child:
        child.stdin.write(names)
        child.stdin.flush()
        time.sleep(0.1)
        with open(f"/proc/{child.pid}/status", encoding="ascii") as status:
            peak = int(re.search(r"^VmHWM:\s*(\d+) kB", status.read(), re.M).group(1))
        child.stdin.close()
    return time.monotonic() - begin, peak


def best(work, rounds=3):
    return min(work() for _ in range(rounds))


def loop(*command):
    """Seconds of one call with each of the files in turn; intel_vbt_decode wants them as options"""
    before = "--file=" if command[0] == "intel_vbt_decode" else ""

    def work(files):
        return sum(run(*command, before + name) for name in files)
    return work


def line(what, ours, name, theirs):
    print(f"{what:<44} {ours * 1e3:8.1f} ms  {name:<28} {theirs * 1e3:8.1f} ms  "
          f"ratio {ours / theirs:.3f}")


def built_vbts(room):
    names = []
    for platform in ("snb", "hsw", "skl", "icl", "tgl", "adl-p"):
        names.append(os.path.join(room, platform + ".vbt"))
        run(IGDPT, "vbt", "build", "--platform", platform, "-o", names[-1])
    return names


def real(folder):
    return sorted(glob.glob(os.path.join(CORPUS, folder, "*"))) if CORPUS else []


def start_up():
    line("start-up: igdpt --version", best(lambda: run(IGDPT, "--version"), 20), "true",
         best(lambda: run("true"), 20))


def against_decoder(what, files, verbs, decoder):
    if not shutil.which(decoder[0]) or not files:
        print(f"{what}: no {decoder[0]}, or no files")
        return
    theirs = best(lambda: loop(*decoder)(files))
    for verb in verbs:
        line(" ".join(verb) + ", one call", best(lambda v=verb: run(IGDPT, *v, *files)),
             decoder[0] + " on each", theirs)
    line(" ".join(verbs[0]) + ", one call a file", best(lambda: loop(IGDPT, *verbs[0])(files)),
         decoder[0] + " on each", theirs)


def scan_grows(vbts):
    """A fleet's tables: files a second against a loop over the decoder, and peak memory"""
    some = (vbts * LOOP)[:LOOP]
    rival = LOOP / loop("intel_vbt_decode")(some) if shutil.which("intel_vbt_decode") else None
    for count in (10, 100, 1000, 10000, 100000):
        names = "\n".join((vbts * (count // len(vbts) + 1))[:count]).encode()
        seconds, peak = scan(names)
        rate = count / seconds
        print(f"scan --json, {count:>6} VBTs {rate:>22.0f} files/s, peak {peak} KiB" +
              (f"  intel_vbt_decode in a loop {rival:>10.0f} files/s  {rate / rival:.1f} times"
               if rival else ""))


def main():
    with tempfile.TemporaryDirectory() as room:
        vbts = real("vbt") or built_vbts(room)
        start_up()
        against_decoder("vbt show", vbts, (("vbt", "show"), ("vbt", "show", "--json")),
                        ("intel_vbt_decode",))
        against_decoder("dmar show", real("dmar"), (("dmar", "show"), ("dmar", "show", "--json")),
                        ("iasl", "-p", os.path.join(room, "out"), "-d"))
        scan_grows(vbts)


main()
