#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Headers, symbol maps, committed lists and libraries agree, both ways; what else the linker sees."""
import os
import re
import subprocess
import sys
import tempfile
from collections import namedtuple

SRC = os.environ["IGDPT_SRCDIR"]
BUILD = os.environ["IGDPT_BUILDDIR"]
CC = os.environ.get("CC", "cc").split()
EXPORT_LIMIT = 100
SIZE_LIMIT = 160 << 10  # stripped, with all tables
results = []

Library = namedtuple("Library", "name header map node info needed thread_local")
LIBRARIES = (
    Library("libigdpt", "igdpt.h", "lib/libigdpt.map", "LIBIGDPT_", "IGDPT_VERSION_INFO",
            {"libc.so.6"}, False),
    # libpci ends the process on an error, unless a handler leaps out of it: to this thread's place.
    Library("libigdpt-host", "igdpt-host.h", "lib/host/libigdpt-host.map", "LIBIGDPT_HOST_",
            "IGDPT_HOST_VERSION_INFO", {"libc.so.6", "libpci.so.3", "ld-linux-x86-64.so.2"}, True),
)


def check(ok, what, *why):
    results.append(bool(ok))
    for line in why if not ok else ():
        print("#", line)
    print(("ok" if ok else "not ok"), len(results), "-", what)


def skip(what, why):
    results.append(True)
    print("ok", len(results), "-", what, "# SKIP", why)


def source(path):
    with open(os.path.join(SRC, path), encoding="utf-8") as file:
        return file.read()


def built(path):
    return os.path.join(BUILD, ".libs", path)


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


def declared(header):
    """Public functions of a header and, if it is the umbrella, of all that it includes"""
    names = [header]
    if header == "igdpt.h":
        names = re.findall(r'#include "igdpt/(\w+\.h)"', source("include/igdpt/igdpt.h"))
    text = "".join(source("include/igdpt/" + name) for name in names)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return set(re.findall(r"IGDPT_API[^;{]*?\b(igdpt_\w+)\s*\(", text))


def read_map(path):
    """([(node, its parent)], {name@@node})"""
    nodes, symbols = [], set()
    for node, body, parent in re.findall(r"^(\S+) \{(.*?)^\}\s*(\S*);", source(path), re.M | re.S):
        nodes.append((node, parent))
        symbols |= {f"{name}@@{node}" for name in re.findall(r"^\s+(igdpt_\w+);", body, re.M)}
    return nodes, symbols


def exported(library):
    """[(type, name@@node)]"""
    out = run("nm", "-D", "--defined-only", "--with-symbol-versions", library)
    rows = [line.split() for line in out.splitlines()]
    return [(row[1], row[2]) for row in rows if row[1] != "A"]


def dynamic(library, tag):
    return re.findall(rf"\({tag}\).*\[(.*)\]", run("readelf", "-dW", library))


def sections(archive):
    """[(object, section, bytes)] of what is not empty"""
    found, member = [], ""
    for line in run("size", "-A", archive).splitlines():
        if line.endswith(":"):
            member = line.split()[0]
        words = line.split()
        if len(words) == 3 and words[0].startswith(".") and words[1] != "0":
            found.append((member, words[0], int(words[1])))
    return found


def globals_of(archive):
    out = run("nm", "--defined-only", "--extern-only", archive)
    return {line.split()[2] for line in out.splitlines() if len(line.split()) == 3}


def instrumented(archive):
    return "__gcov" in run("nm", archive) or "__asan" in run("nm", archive)


def check_symbols(lib, shared):
    _, in_map = read_map(lib.map)
    symbols = exported(shared)
    names = {name.split("@")[0] for name in in_map}
    header = declared(lib.header)
    listed = set(source(f"tests/abi/{lib.name}.symbols").split())
    news = set(re.findall(r"igdpt_\w+", source("NEWS")))
    check(header == names, f"{lib.name}: headers and map name the same functions", header ^ names)
    check({name for _, name in symbols} == in_map,
          f"{lib.name} exports what its map names, in its version node",
          {name for _, name in symbols} ^ in_map)
    check(listed == in_map, f"{lib.name}: tests/abi lists them (make regenerate-abi)",
          listed ^ in_map)
    check(all(kind == "T" for kind, _ in symbols), f"{lib.name} exports functions only", symbols)
    check(names <= news, f"{lib.name}: NEWS names every function", names - news)
    check(len(names) <= EXPORT_LIMIT, f"{lib.name}: at most {EXPORT_LIMIT} functions", len(names))


def check_numbers(lib, shared):
    """libtool's C:R:A, the SONAME, the version and the nodes of the map tell one story"""
    configure = source("configure.ac")
    current, revision, age = map(int, re.search(rf"\[{lib.info}\],\[(\d+):(\d+):(\d+)\]",
                                                configure).groups())
    version = re.search(r"AC_INIT\(\[libigdpt\],\[(\d+)\.(\d+)\.", configure)
    major, minor = map(int, version.groups())
    soname = f"{lib.name}.so.{current - age}"
    baseline = re.search(r" soname='[\w.-]*\.so\.(\d+)'", source(f"tests/abi/{lib.name}.abi"))
    nodes, _ = read_map(lib.map)
    wanted = [(f"{lib.node}{major}.{n}", f"{lib.node}{major}.{n - 1}" if n else "")
              for n in range(minor + 1)]
    check(dynamic(shared, "SONAME") == [soname], f"{lib.name}: the SONAME is {soname}",
          dynamic(shared, "SONAME"))
    check(os.path.exists(built(f"{soname}.{age}.{revision}")),
          f"{lib.name}: the file is named by {current}:{revision}:{age}")
    check(current - age >= int(baseline.group(1)), f"{lib.name}: the SONAME does not go back",
          baseline.group(0))
    check(nodes == [node for node in wanted if node in nodes] and wanted[0] in nodes,
          f"{lib.name}: a node for each minor release, each inheriting the last", nodes)
    check(age == len(nodes) - 1 and current - age == major,
          f"{lib.name}: {current}:{revision}:{age} counts the releases with new functions", nodes)


def check_sections(lib, archive):
    """In the objects: what the linker adds to a shared library hides a small variable."""
    what = f"{lib.name}: no writable data, no constructor"
    if instrumented(archive):
        skip(what, "instrumented build")
        return
    allowed = {".tbss"} if lib.thread_local else set()
    # .data.rel.ro holds constants with addresses; it is read-only once the library is loaded.
    bad = [row for row in sections(archive) if row[1] not in allowed and re.match(
        r"\.(data(?!\.rel\.ro)|bss|tdata|tbss|ctors|dtors|init|fini|preinit)", row[1])]
    common = re.findall(r"^.* C .*$", run("nm", archive), re.M)
    check(not bad and not common, what, bad, common)


def check_size(lib, shared):
    what = f"{lib.name}: at most {SIZE_LIMIT >> 10} KiB stripped"
    compiled = re.findall(r"DW_AT_producer.*", run("readelf", "--debug-dump=info", shared))
    if not any(" -O2" in line for line in compiled):
        skip(what, "not built with -g -O2")
        return
    with tempfile.TemporaryDirectory() as where:
        stripped = os.path.join(where, "stripped")
        run("strip", "-o", stripped, shared)
        size = os.path.getsize(stripped)
    check(size <= SIZE_LIMIT, what, size)
    print(f"# {lib.name}: {size} bytes stripped")


def check_imports(lib, shared):
    """None but the compiler's own, those of <string.h> (clang: bcmp), snprintf, malloc and free"""
    names = {line.split()[-1].split("@")[0] for line in run("nm", "-D", "-u", shared).splitlines()}
    bad = {name for name in names if not re.match(r"_|gcov|mem|str|(bcmp|v?snprintf|malloc|free)$", name)}
    check(not bad, f"{lib.name}: imports nothing that reaches the system", bad)


def check_shared(lib):
    shared = built(lib.name + ".so")
    check_symbols(lib, shared)
    check_numbers(lib, shared)
    needed = set(dynamic(shared, "NEEDED")) - {"libgcov.so.1"}
    check(needed <= lib.needed, f"{lib.name}: needs nothing but {', '.join(sorted(lib.needed))}",
          needed)
    if lib.name == "libigdpt":
        check_imports(lib, shared)
    check_size(lib, shared)


def check_archives():
    seen = set()
    for lib in LIBRARIES:
        # What both the static and the shared library are made of.
        archive = built(lib.name + "-core.a")
        names = globals_of(archive)
        public = {name.split("@")[0] for name in read_map(lib.map)[1]}
        stray = {name for name in names - public if not re.match(r"_*(gcov|asan|odr_asan)", name)
                 and not name.startswith("igdpt_priv_")}
        check(not stray and public <= names,
              f"{lib.name}: the static library has public and igdpt_priv_ names only", stray,
              public - names)
        check(not names & seen, f"{lib.name}: no name that the other library has", names & seen)
        seen |= names
        check_sections(lib, archive)


def check_links(lib, how, *libraries):
    """A program that takes the address of every function"""
    with tempfile.TemporaryDirectory() as where:
        program = os.path.join(where, "all")
        code = run(sys.executable, os.path.join(SRC, "tests/abi/generate.py"), "--link", lib.name)
        done = subprocess.run([*CC, "-I" + os.path.join(SRC, "include"), "-xc", "-", "-xnone", "-o",
                               program, *libraries, "-Wl,-z,now", "-Wl,-rpath," + built("")],
                              input=code, text=True, capture_output=True, check=False)
        what = f"{lib.name}: a program links every function, {how}"
        if done.returncode:
            check(False, what, *done.stderr.splitlines()[-9:])
            return
        answer = subprocess.run([program], text=True, capture_output=True, check=False)
        check(answer.stdout.strip() == str(len(declared(lib.header))), what, answer)


def check_link_all():
    try:
        import pycparser as _
    except ImportError:
        skip("programs that link every function", "python3-pycparser is missing")
        return
    for lib in LIBRARIES:
        shared, static = built(lib.name + ".so"), built(lib.name + ".a")
        check_links(lib, "shared", shared)
        if not os.path.exists(static) or instrumented(static):
            skip(f"{lib.name}: a program links every function, static", "no static library")
            continue
        libpci = dynamic(shared, "NEEDED") and "libpci.so.3" in dynamic(shared, "NEEDED")
        check_links(lib, "static", static, *(["-lpci"] if libpci else []))


def main():
    if not os.path.exists(built("libigdpt.so")):
        print("1..0 # SKIP no shared library in this build")
        return
    for lib in LIBRARIES:
        check_shared(lib)
    check_archives()
    check_link_all()
    print(f"1..{len(results)}")


if __name__ == "__main__":
    main()
    sys.exit(0 if all(results) else 1)
