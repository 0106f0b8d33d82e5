# SPDX-License-Identifier: MIT
"""An RMRR lacks a firmware reservation for igdpt where it did for the Linux that wrote the log."""
import json
import os
import re
import tempfile

import cli

E820 = re.compile(r"BIOS-e820: \[mem 0x([0-9a-f]+)-0x([0-9a-f]+)\] (.*)")
RMRR = re.compile(r"DMAR: RMRR base: 0x([0-9a-f]+) end: 0x([0-9a-f]+)")
LACKS = re.compile(r"No firmware reserved region can cover this RMRR \[0x([0-9a-f]+)-0x([0-9a-f]+)\]")
NAMES = {"usable": "System RAM", "reserved": "Reserved", "ACPI NVS": "ACPI Non-volatile Storage"}
# Some logs were cut; a whole map has more entries than this.
WHOLE_MAP = 9


def judged(directory, e820, rmrrs):
    """The RMRRs that `dmar check --iomem` finds in no reserved range."""
    table, iomem = os.path.join(directory, "dmar"), os.path.join(directory, "iomem")
    options = [w for first, last in rmrrs for w in ("--rmrr", f"{first:#x}-{last:#x}=00:02.0")]
    assert cli.igdpt("dmar", "build", "--haw", "46", *options, "-o", table)[0] == 0
    with open(iomem, "w", encoding="ascii") as text:
        for first, last, kind in e820:
            text.write(f"{first}-{last} : {NAMES.get(kind.strip(), kind.strip())}\n")
    shown = json.loads(cli.igdpt("dmar", "show", "--json", "--iomem", iomem, table)[1])
    lacking = {f["offset"] - 8 for f in shown["findings"] if f["id"] == "dmar-rmrr-not-reserved"}
    return {(int(r["base"], 16), int(r["end"], 16)) for r in shown["rmrr"] if r["offset"] in lacking}


def pairs(pattern, text):
    return {(int(m.group(1), 16), int(m.group(2), 16)) for m in pattern.finditer(text)}


def linux_and_igdpt_miss_the_same_reservations():
    with open(os.path.join(cli.SRCDIR, "tests", "corpus-rmrr.diff"), encoding="utf-8") as lines:
        expected = {line.split(" # ")[0] for line in lines if line[0] != "#"}
    met, logs = set(), 0
    with tempfile.TemporaryDirectory() as directory:
        for path in cli.corpus("dmesg"):
            with open(path, encoding="latin-1") as log:
                text = log.read()
            e820, rmrrs = E820.findall(text), pairs(RMRR, text)
            if path.endswith("curated-broken-rmrr.txt") or len(e820) < WHOLE_MAP or not rmrrs:
                continue
            logs += 1
            for first, last in judged(directory, e820, rmrrs) ^ pairs(LACKS, text):
                met.add(f"{os.path.basename(path)} {first:#x}-{last:#x}")
    assert met == expected, (met - expected, expected - met)
    assert logs > 40, logs


cli.run(linux_and_igdpt_miss_the_same_reservations)
