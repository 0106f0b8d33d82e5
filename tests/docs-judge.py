#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Judges the documentation of the exported functions; prints what is missing.

usage: docs-judge.py XML-FOLDER MAN-FOLDER
"""
import glob
import os
import re
import sys

SRC = os.environ["IGDPT_SRCDIR"]
sys.path.insert(0, os.path.join(SRC, "doc"))
sys.dont_write_bytecode = True
import doxml  # noqa: E402

TITLES = ("Units and byte order", "Lifetime", "Thread safety", "Source")
faults = []


def fault(name, text):
    faults.append(f"{name}: {text}")


def exported():
    for path in glob.glob(os.path.join(SRC, "lib/*.map")) + glob.glob(os.path.join(SRC, "lib/host/*.map")):
        yield from re.findall(r"^\s+(igdpt_\w+);", open(path).read(), re.M)


def declarations():
    """Prototypes as the headers have them, spaces folded: not what Doxygen made of them."""
    found = {}
    for path in glob.glob(os.path.join(SRC, "include/igdpt/*.h")):
        text = re.sub(r"/\*.*?\*/", "", open(path).read(), flags=re.S)
        for match in re.finditer(r"IGDPT_API\s+([^;{}]*?\b(igdpt_\w+)\s*\([^;{}]*\))\s*;", text):
            found[match.group(2)] = re.sub(r"\s+", " ", match.group(1))
    return found


def bodies():
    """C functions of the library by name: what a public function itself returns."""
    found = {}
    for path in glob.glob(os.path.join(SRC, "lib/*.c")) + glob.glob(os.path.join(SRC, "lib/host/*.c")):
        text = re.sub(r"/\*.*?\*/", "", open(path).read(), flags=re.S)
        for match in re.finditer(r"^\w[\w *]*?\b(igdpt_\w+)\([^;{}]*\)\n\{\n(.*?)^\}", text, re.S | re.M):
            found[match.group(1)] = found.get(match.group(1), "") + match.group(2)
    return found


def page_text(path):
    text = open(path, encoding="utf-8").read()
    text = re.sub(r"\\f[BIPR]", "", text).replace("\\-", "-")
    return re.sub(r"\s+", " ", text)


def judge_page(entry, declared, folder):
    path = os.path.join(folder, "man3", entry.name + ".3")
    if not os.path.exists(path):
        fault(entry.name, "has no man page")
    elif declared + ";" not in page_text(path):
        fault(entry.name, f"its page lacks the prototype '{declared};'")


def sized(entries, type_text):
    """Is it a pointer to a struct whose first member is `size`?"""
    match = re.search(r"struct (igdpt_\w+) \*$", type_text)
    struct = match and entries["struct"].get(match.group(1))
    first = struct.node.find(".//memberdef/name") if struct else None
    return first is not None and first.text == "size" and "igdpt_finding" not in type_text \
        and "host_why" not in type_text


def wanted_codes(entry, entries, body):
    """Errors that the signature alone brings, and those that the function itself names."""
    want = set(re.findall(r"return [^;]*-(IGDPT_E_\w+)", body))
    for param in entry.node.findall("param"):
        kind, name = doxml.plain(param.find("type")), param.findtext("declname")
        if sized(entries, kind) and not kind.startswith("const"):
            want.add("IGDPT_E_ABI_SIZE")
        if sized(entries, kind) and kind.startswith("const") and name in ("opts", "request"):
            want |= {"IGDPT_E_ABI_SIZE", "IGDPT_E_ABI_UNKNOWN"}
        if kind.replace(" ", "") == "size_t*" and name in ("len", "buf_len", "count", "words"):
            want.add("IGDPT_E_NOSPACE")
    return want - {"IGDPT_E_INTERNAL"}


def judge_text(entry, entries, body):
    for title in TITLES:
        if not doxml.plain(entry.section(title)):
            fault(entry.name, f"nothing on '{title}', nor in its module")
    if not re.fullmatch(r"\d+\.\d+", doxml.plain(entry.section("Since"))):
        fault(entry.name, "no @since")
    for name, node in entry.params:
        if not doxml.plain(node):
            fault(entry.name, f"nothing on '{name}'")
    if doxml.plain(entry.node.find("type")) != "void" and not entry.returns:
        fault(entry.name, "nothing on its result")
    known = {value.findtext("name") for value in entries["enum"]["igdpt_error"].node.iter("enumvalue")}
    told = {code.lstrip("-") for code in entry.codes() if code.startswith("-")}
    if told - known:
        fault(entry.name, f"no such error: {sorted(told - known)}")
    inherits = any(name is None and re.search(r"any error of|as igdpt_", doxml.plain(node))
                   for name, node in entry.returns)
    if not inherits and wanted_codes(entry, entries, body) - told:
        fault(entry.name, f"no @retval: {sorted(wanted_codes(entry, entries, body) - told)}")


def main():
    entries = doxml.load(sys.argv[1])
    declared, code = declarations(), bodies()
    names = sorted(set(exported()))
    for name in names:
        entry = entries["function"].get(name)
        if entry is None:
            fault(name, "not documented")
            continue
        judge_page(entry, declared.get(name, "?"), sys.argv[2])
        judge_text(entry, entries, code.get(name, ""))
    if len(names) < 80:
        fault("map", f"only {len(names)} exported functions were found")
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
