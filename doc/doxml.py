# SPDX-License-Identifier: MIT
"""What Doxygen's XML says about the public API, as small records."""
import os
import re
import xml.etree.ElementTree as ElementTree


class Entry:
    """A module, a function, a struct, an enum or a callback type."""

    def __init__(self, kind, name, node):
        self.kind = kind
        self.name = name
        self.node = node
        self.module = None
        self.header = None
        self.brief = node.find("briefdescription")
        self.sections = {}
        self.params = []
        self.returns = []
        self.body = []
        for block in node.findall("detaileddescription/*"):
            self._sort_in(block)

    def _sort_in(self, block):
        """Doxygen puts lists and titled sections inside the paragraph before them."""
        rest = ElementTree.Element(block.tag)
        rest.text = block.text
        for child in block:
            if child.tag == "parameterlist":
                rows = self.params if child.get("kind") == "param" else self.returns
                rows.extend(_rows(child))
            elif child.tag == "simplesect" and child.get("kind") == "return":
                self.returns.append((None, child))
            elif child.tag == "simplesect":
                self.sections[_title(child)] = child
            else:
                rest.append(child)
                continue
            if len(rest):
                rest[-1].tail = (rest[-1].tail or "") + (child.tail or "")
            else:
                rest.text = (rest.text or "") + (child.tail or "")
        if plain(rest).strip():
            self.body.append(rest)

    def section(self, title):
        """Its own section, or that of its module."""
        if title in self.sections or self.module is None:
            return self.sections.get(title)
        return self.module.sections.get(title)

    def codes(self):
        return [name for name, _ in self.returns if name]


def _title(section):
    """The title of a section, taken out of it."""
    title = section.find("title")
    if title is None:
        return section.get("kind").capitalize()
    section.remove(title)
    return title.text


def _rows(node):
    for item in node.findall("parameteritem"):
        names = [plain(name) for name in item.iter("parametername")]
        yield ", ".join(names), item.find("parameterdescription")


def plain(node):
    """The text of a node, spaces folded."""
    if node is None:
        return ""
    return re.sub(r"\s+", " ", "".join(node.itertext())).strip()


def load(directory):
    """All entries by kind and name; modules first."""
    entries = {"module": {}, "function": {}, "struct": {}, "enum": {}, "typedef": {}, "define": {}}
    for name in sorted(os.listdir(directory)):
        if name.startswith("group__"):
            _load_group(directory, name, entries)
    return entries


def _load_group(directory, name, entries):
    compound = ElementTree.parse(os.path.join(directory, name)).find("compounddef")
    module = Entry("module", compound.findtext("compoundname").removesuffix("_api"), compound)
    module.title = compound.findtext("title")
    module.members = []
    entries["module"][module.name] = module
    for inner in compound.findall("innerclass"):
        node = ElementTree.parse(os.path.join(directory, inner.get("refid") + ".xml")).find("compounddef")
        _add(entries, module, Entry("struct", node.findtext("compoundname"), node))
    for member in compound.iter("memberdef"):
        if member.get("kind") in entries:
            _add(entries, module, Entry(member.get("kind"), member.findtext("name"), member))


def _add(entries, module, entry):
    entry.module = module
    entry.header = entry.node.find("location").get("file")
    module.header = module.header or entry.header
    module.members.append(entry)
    entries[entry.kind][entry.name] = entry
