#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes man pages from Doxygen's XML: one for each function, struct and enum, and one for each module.

usage: man.py VERSION XML-FOLDER MAN-FOLDER
"""
import os
import re
import sys

sys.dont_write_bytecode = True
import doxml  # noqa: E402

MODULE_SECTION = 7
SECTION = {"module": MODULE_SECTION, "function": 3, "struct": 3, "enum": 3, "typedef": 3}
TITLES = ("Units and byte order", "Lifetime", "Thread safety", "Source", "Since")


def page_name(entry):
    return entry.name.replace("_", "-") if entry.kind == "module" else entry.name


def escape(text):
    return text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")


INLINE_NOT = ("itemizedlist", "programlisting", "verbatim", "simplesect", "parameterlist", "para")


def inline(node):
    """A paragraph's text with fonts; lists, code and inner paragraphs are not inline."""
    parts = [escape(node.text or "")]
    for child in node:
        if child.tag in INLINE_NOT:
            pass
        elif child.tag in ("computeroutput", "ref", "bold"):
            parts.append("\\fB" + inline(child) + "\\fP")
        elif child.tag in ("emphasis", "parametername"):
            parts.append("\\fI" + inline(child) + "\\fP")
        elif child.tag == "linebreak":
            parts.append("\n.br\n")
        else:
            parts.append(inline(child))
        parts.append(escape(child.tail or ""))
    return "".join(parts)


def filled(text):
    """One sentence a line is what man pages have; a line must not start with a control character."""
    text = re.sub(r"[ \t]*\n(?!\.br)[ \t]*", " ", text)
    text = re.sub(r" +", " ", text).strip()
    return "\n".join("\\&" + line if line.startswith(".") and line != ".br" else line
                     for line in text.split("\n"))


def code(node):
    lines = [".PP", ".RS 4", ".nf"]
    for line in node.findall("codeline"):
        for space in line.iter("sp"):
            space.text = " "
        text = "".join(line.itertext()).expandtabs(8)
        lines.append("\\&" + escape(text) if text else ".sp")
    return lines + [".fi", ".RE"]


def block(node):
    lines = []
    text = filled(inline(node))
    if text:
        lines += [".PP", text]
    for child in node:
        if child.tag == "programlisting":
            lines += code(child)
        elif child.tag == "itemizedlist":
            for item in child.findall("listitem"):
                lines += [".IP \\(bu 2", filled(" ".join(inline(para) for para in item))]
        elif child.tag == "para":
            lines += block(child)
    return lines


def tagged(rows):
    lines = []
    for name, node in rows:
        paragraphs = [filled(inline(para)) for para in node.iter("para")] if node is not None else []
        lines += [".TP", "\\fB" + escape(name) + "\\fP", "\n.IP\n".join(paragraphs) or "\\&"]
    return lines


def prototype(entry):
    arguments = doxml.plain(entry.node.find("argsstring"))[1:-1].split(", ")
    kind = doxml.plain(entry.node.find("type"))
    head = f"{kind}{'' if kind.endswith('*') else ' '}{entry.name}("
    lines, line = [], head
    for number, argument in enumerate(arguments):
        piece = argument + (");" if number == len(arguments) - 1 else ",")
        if len(line) + len(piece) > 76 and line.strip() and line != head:
            lines.append(line.rstrip())
            line = " " * 8
        line += piece + " "
    return lines + [line.rstrip()]


def members(entry):
    """A struct or an enum as its header has it, comments behind the members."""
    tag = "memberdef" if entry.kind == "struct" else "enumvalue"
    rows = []
    for member in entry.node.iter(tag):
        kind = doxml.plain(member.find("type"))
        text = member.findtext("name") + (member.findtext("argsstring") or "")
        if tag == "memberdef":
            text = kind + ("" if kind.endswith("*") else " ") + text + ";"
        else:
            text += " " + doxml.plain(member.find("initializer")) + ","
        rows.append((text, member.find("briefdescription")))
    return rows


def see_also(entry, entries):
    names = {}
    for ref in entry.node.iter("ref"):
        name = "".join(ref.itertext()).removesuffix("()")
        for kind in ("function", "struct", "enum"):
            if name in entries[kind] and name != entry.name:
                names[name] = 3
    pages = [(name, 3) for name in sorted(names)]
    pages.append((page_name(entry.module), MODULE_SECTION))
    return [".SH SEE ALSO", " ,\n".join(f".BR {escape(name)} ({section})" for name, section in pages)]


def head(entry, version):
    brief = filled(inline(entry.brief.find("para"))) if entry.brief.find("para") is not None else ""
    if entry.kind == "module":
        brief = escape(entry.title)
    name = escape(page_name(entry))
    return [f'.TH "{page_name(entry)}" {SECTION[entry.kind]} "" "libigdpt {version}" "libigdpt"',
            ".SH NAME", f"{name} \\- {brief.rstrip('.')}"]


def synopsis(entry):
    library = "igdpt\\-host" if entry.header.endswith("igdpt-host.h") else "igdpt"
    lines = [".SH SYNOPSIS", ".nf", f"\\fB#include <{escape(entry.header)}>\\fP", ".sp"]
    if entry.kind == "function":
        lines += ["\\fB" + escape(line) + "\\fP" for line in prototype(entry)]
    elif entry.kind == "typedef":
        lines += ["\\fBtypedef " + escape(doxml.plain(entry.node.find("definition"))
                                         .removeprefix("typedef ")) + ";\\fP"]
    else:
        lines += [f"\\fB{entry.kind} {escape(entry.name)}\\fP { '{...};' }"]
    return lines + [".sp", f"cc ... $(pkg\\-config \\-\\-cflags \\-\\-libs {library})", ".fi"]


def returns(entry):
    lines = [".SH RETURN VALUE"]
    for name, node in entry.returns:
        if name is None:
            lines += block(node)
    return lines + tagged((name, node) for name, node in entry.returns if name)


def page(entry, entries, version):
    lines = head(entry, version) + synopsis(entry)
    if entry.body:
        lines.append(".SH DESCRIPTION")
        for node in entry.body:
            lines += block(node)
    if entry.params:
        lines += [".SH PARAMETERS"] + tagged(entry.params)
    if entry.kind in ("struct", "enum"):
        rows = members(entry)
        if rows:
            lines += [".SH " + ("MEMBERS" if entry.kind == "struct" else "VALUES")] + tagged(rows)
    if entry.returns:
        lines += returns(entry)
    for title in TITLES if entry.kind == "function" else ():
        if entry.section(title) is not None:
            lines += [".SH " + title.upper()] + block(entry.section(title))
    return lines + see_also(entry, entries)


def module_page(module, version):
    lines = head(module, version)
    lines += [".SH SYNOPSIS", f".B #include <{escape(module.header)}>", ".SH DESCRIPTION"]
    for node in [module.brief, *module.body]:
        lines += block(node)
    for title, node in module.sections.items():
        lines += [".SS " + escape(title)] + block(node)
    for kind, title in (("function", "FUNCTIONS"), ("struct", "STRUCTS"), ("enum", "ENUMS"),
                        ("typedef", "CALLBACKS"), ("define", "CONSTANTS")):
        rows = [(entry.name + ("(3)" if kind != "define" else ""), entry.brief)
                for entry in module.members if entry.kind == kind]
        if rows:
            lines += [".SH " + title] + tagged(rows)
    return lines


def write(folder, entry, lines):
    section = SECTION[entry.kind]
    path = os.path.join(folder, f"man{section}")
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(path, f"{page_name(entry)}.{section}"), "w", encoding="utf-8") as out:
        out.write(re.sub(r"(?m)^(\.S[HS] .*)\n\.PP$", r"\1", "\n".join(lines) + "\n"))


def main():
    version, source, folder = sys.argv[1:]
    entries = doxml.load(source)
    for module in entries["module"].values():
        write(folder, module, module_page(module, version))
        for entry in module.members:
            if entry.kind in SECTION:
                write(folder, entry, page(entry, entries, version))


if __name__ == "__main__":
    main()
