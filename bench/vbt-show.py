#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`igdpt vbt show` over the tables of $IGDPT_CORPUS/vbt against intel_vbt_decode run on each."""
import glob
import os
import shutil
import subprocess
import sys
import time


def best(work, rounds=3):
    times = []
    for _ in range(rounds):
        begin = time.monotonic()
        work()
        times.append(time.monotonic() - begin)
    return min(times)


def quiet(*command):
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def main():
    igdpt = sys.argv[1]
    files = glob.glob(os.path.join(os.environ.get("IGDPT_CORPUS", ""), "vbt", "*"))
    if not files or not shutil.which("intel_vbt_decode"):
        print("igdpt vbt show: no real tables, or no intel_vbt_decode")
        return
    theirs = best(lambda: [quiet("intel_vbt_decode", "--file=" + f) for f in files])
    for what, work in (
            ("one call", lambda: quiet(igdpt, "vbt", "show", *files)),
            ("one call, --json", lambda: quiet(igdpt, "vbt", "show", "--json", *files)),
            ("one call a file", lambda: [quiet(igdpt, "vbt", "show", f) for f in files])):
        ours = best(work)
        print("igdpt vbt show, %-28s %8.1f ms  intel_vbt_decode on each     %8.1f ms  ratio %.3f"
              % (what, ours * 1e3, theirs * 1e3, ours / theirs))


main()
