#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Real DMAR tables and generated ones mean to igdpt what they mean to iasl."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

SRCDIR = os.environ.get("IGDPT_SRCDIR", ".")
IGDPT = os.path.join(os.environ.get("IGDPT_BUILDDIR", "."), "tools", "igdpt")
CORPUS = os.path.join(os.environ.get("IGDPT_CORPUS", ""), "dmar")
LINE = re.compile(r"^\[[0-9A-F]{3,}h (\d+) +\d+\] +(.+?) : (.*)$")
STOP = re.compile(r"\*\*\*\* Unknown DMAR subtable type 0x([0-9A-F]+)")

# Shapes that the corpus has few of or none: multi-hop paths, many scopes, a broken region, 2^64-1.
GENERATED = {
    "usual": ["--rmrr", "0x88e2e000-0x88e4dfff=00:14.0", "--rmrr", "0x8b800000-0x8fffffff=00:02.0"],
    "hops": ["--rmrr", "0xec000-0xeffff=00:1c.0/00.0/1f.7,bridge:80:03.0,00:1d.7"],
    "broken": ["--rmrr", "0xbf7dc000-0xbf7dbfff=00:02.0", "--haw", "46", "--flags", "7"],
    "end": ["--rmrr", "0xfffffffffffff000-0xffffffffffffffff=00:02.0", "--haw", "64"],
    "none": [],
}


def number(text):
    return int(text.split()[0], 16)


# What a line of iasl's output says, about the table, a structure or a device scope.
TABLE = {"Host Address Width": "host_address_width_raw", "Revision": "revision", "Flags": "flags"}
STRUCTURE = {"Length": "length", "PCI Segment Number": "segment", "Register Base Address": "base",
             "Base Address": "base", "End Address (limit)": "end", "Flags": "flags",
             "Proximity Domain": "proximity_domain", "Device Number": "device_number"}
SCOPE = {"Entry Length": "length", "Enumeration ID": "enumeration_id", "PCI Bus Number": "bus"}


def parse_iasl(text):
    table = {"structures": []}
    structure = scope = None
    for line in text.splitlines():
        stop = STOP.search(line)
        if stop:
            table["stop"] = int(stop.group(1), 16)
        match = LINE.match(line)
        if not match:
            continue
        offset, name, value = int(match.group(1)), match.group(2), match.group(3)
        if name == "Subtable Type":
            structure = {"type": number(value), "offset": offset, "scopes": []}
            table["structures"].append(structure)
            scope = None
        elif name == "Device Scope Type":
            scope = {"type": number(value), "offset": offset, "path": []}
            structure["scopes"].append(scope)
        elif name == "PCI Path":
            device, function = value.split(",")
            scope["path"].append("%02x.%x" % (int(device, 16), int(function, 16)))
        elif name == "Device Name":
            structure["device_name"] = value.strip('"')
        elif scope is not None and name in SCOPE:
            scope[SCOPE[name]] = number(value)
        elif structure is not None and name in STRUCTURE:
            structure[STRUCTURE[name]] = number(value)
        elif structure is None and name in TABLE:
            table[TABLE[name]] = number(value)
    return table


def same(ours, theirs):
    """Every key of theirs, in ours, with the same value; hex strings are numbers."""
    for key, value in theirs.items():
        mine = ours.get(key)
        if isinstance(mine, str) and isinstance(value, int):
            mine = int(mine, 16)
        if key == "scopes":
            mine = mine or []
            if len(mine) != len(value) or not all(map(same, mine, value)):
                return False
        elif mine != value:
            return False
    return True


def compare(ours, theirs):
    """Yields the differences as text."""
    structures, wanted = ours["structures"], theirs["structures"]
    if "stop" in theirs:
        yield "iasl stops at structure type %d" % theirs["stop"]
        structures, wanted = structures[:len(wanted)], wanted[:-1]
    elif len(structures) != len(wanted):
        yield "%d structures, iasl has %d" % (len(structures), len(wanted))
    for mine, want in zip(structures, wanted):
        if not same(mine, want):
            yield "structure at %d: %s, iasl %s" % (want["offset"], mine, want)
    if not same(ours, {k: theirs[k] for k in TABLE.values()}):
        yield "header differs"
    if ours["host_address_width"] != theirs["host_address_width_raw"] + 1:
        yield "host_address_width is not the stored byte plus 1"
    regions = [s for s in theirs["structures"] if s["type"] == 1]
    keys = ("offset", "segment", "base", "end", "scopes")
    if len(ours["rmrr"]) != len(regions) or not all(
            same(mine, {k: want[k] for k in keys}) for mine, want in zip(ours["rmrr"], regions)):
        yield "rmrr differs"


def examine(path, directory):
    prefix = os.path.join(directory, "table")
    shown = subprocess.run([IGDPT, "dmar", "show", "--json", path], stdout=subprocess.PIPE)
    decoded = subprocess.run(["iasl", "-d", "-p", prefix, path], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    if decoded.returncode:
        return ["iasl does not accept it"]
    with open(prefix + ".dsl", encoding="latin-1") as dsl:
        return list(compare(json.loads(shown.stdout), parse_iasl(dsl.read())))


def explained():
    with open(os.path.join(SRCDIR, "tests", "corpus-dmar.diff"), encoding="utf-8") as lines:
        return {line.split(" # ")[0] for line in lines if line.strip() and line[0] != "#"}


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def result(self, good, name, notes=()):
        self.count += 1
        self.failed += not good
        print("%sok %d - %s" % ("" if good else "not ", self.count, name))
        for note in notes:
            print("# " + note)

    def skip(self, name, reason):
        self.count += 1
        print("ok %d - %s # SKIP %s" % (self.count, name, reason))


def generated(tap, directory):
    for name, options in GENERATED.items():
        path = os.path.join(directory, name + ".dmar")
        again = os.path.join(directory, "again.dmar")
        for output in (path, again):
            subprocess.run([IGDPT, "dmar", "build", *options, "-o", output], check=True)
        notes = examine(path, directory)
        with open(path, "rb") as one, open(again, "rb") as two:
            if one.read() != two.read():
                notes.append("not the same bytes twice")
        tap.result(not notes, "generated table '%s' means the same to iasl" % name, notes)


def corpus(tap, directory):
    allowed, met, tables = explained(), set(), sorted(os.listdir(CORPUS))
    for name in tables:
        found = set(examine(os.path.join(CORPUS, name), directory))
        met |= found
        tap.result(found <= allowed, name, sorted(found))
    tap.result(met >= allowed, "every explained difference still occurs", sorted(allowed - met))
    everything = subprocess.run(
        [IGDPT, "dmar", "show", "--json"] + [os.path.join(CORPUS, name) for name in tables],
        stdout=subprocess.PIPE)
    names = [os.path.basename(table["file"]) for table in json.loads(everything.stdout)]
    tap.result(names == tables, "several files are one array in their order")


def main():
    tap = Tap()
    if not shutil.which("iasl"):
        print("1..0 # SKIP iasl (acpica-tools) is not installed: no DMAR table was compared")
        return 0
    with tempfile.TemporaryDirectory() as directory:
        generated(tap, directory)
        if os.path.isdir(CORPUS):
            corpus(tap, directory)
        else:
            tap.skip("real tables", "no corpus in $IGDPT_CORPUS: %s" % (CORPUS or "not set"))
    print("1..%d" % tap.count)
    return 1 if tap.failed else 0


sys.exit(main())
