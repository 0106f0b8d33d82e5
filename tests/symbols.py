#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Headers, symbol map and shared library agree, both ways."""
import os
import re
import subprocess
import sys

SRC = os.environ["IGDPT_SRCDIR"]
BUILD = os.environ["IGDPT_BUILDDIR"]
LIMIT = 100
results = []


def check(ok, what, *why):
    results.append(ok)
    for line in why if not ok else ():
        print("#", line)
    print(("ok" if ok else "not ok"), len(results), "-", what)


def declared(names):
    text = "".join(open(os.path.join(SRC, "include/igdpt", name)).read() for name in names)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return set(re.findall(r"IGDPT_API[^;{]*?\b(igdpt_\w+)\s*\(", text))


def mapped(path):
    return set(re.findall(r"^\s+(igdpt_\w+);", open(os.path.join(SRC, path)).read(), re.M))


def exported(library):
    out = subprocess.run(["nm", "-D", "--defined-only", "--with-symbol-versions", library],
                         check=True, capture_output=True, text=True).stdout
    rows = [line.split() for line in out.splitlines()]
    return [(row[1], row[2]) for row in rows if row[1] != "A"]


def core_headers():
    umbrella = open(os.path.join(SRC, "include/igdpt/igdpt.h")).read()
    return re.findall(r'#include "igdpt/(\w+\.h)"', umbrella)


def section_sizes(library):
    out = subprocess.run(["readelf", "-SW", library], check=True, capture_output=True,
                         text=True).stdout
    return {m.group(1): int(m.group(2), 16) for m in
            re.finditer(r"\s(\.\w[\w.]*)\s+\w+\s+[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+)", out)}


def main():
    library = os.path.join(BUILD, ".libs/libigdpt.so")
    if not os.path.exists(library):
        print("1..0 # SKIP no shared library in this build")
        return
    header, in_map = declared(core_headers()), mapped("lib/libigdpt.map")
    symbols = exported(library)
    functions = {name.split("@")[0] for _, name in symbols}
    check(header == in_map, "headers and map name the same functions", header ^ in_map)
    check(in_map == functions, "the library exports what the map names", in_map ^ functions)
    check(all(kind == "T" for kind, _ in symbols), "functions only, no exported data", symbols)
    check(all("@@LIBIGDPT_1.0" in name for _, name in symbols), "every symbol has its version node",
          symbols)
    news = set(re.findall(r"igdpt_\w+", open(os.path.join(SRC, "NEWS")).read()))
    check(in_map <= news, "NEWS names every function", in_map - news)
    check(len(functions) <= LIMIT, f"at most {LIMIT} exported functions", len(functions))
    needed = re.findall(r"NEEDED.*\[(.*)\]", subprocess.run(
        ["readelf", "-d", library], check=True, capture_output=True, text=True).stdout)
    check(set(needed) <= {"libc.so.6", "libgcov.so.1"}, "needs libc alone", needed)
    sections = section_sizes(library)
    writable = {name: sections[name] for name in (".data", ".bss") if sections.get(name, 0) > 16}
    check(not writable, "no writable global data", writable)
    check(".ctors" not in sections and sections.get(".init_array", 0) <= 8, "no constructors",
          sections)
    print(f"1..{len(results)}")


if __name__ == "__main__":
    main()
    sys.exit(0)
