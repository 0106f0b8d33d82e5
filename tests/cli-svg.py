# SPDX-License-Identifier: MIT
"""Pictures of `igdpt plan --svg` and `igdpt rmrr query --svg`."""
import json
import os
import re
import tempfile
import xml.etree.ElementTree as xml

import cli

SVG = "{http://www.w3.org/2000/svg}"
PLAN = ("plan", "--device", "0x9a49", "--ggc", "0x2c1", "--mode", "copy", "--low", "3G", "--high",
        "61G", "--host-bdsm", "0x7c000001", "--hole", "0xc0000000-0xf7ffffff", "--taken",
        "0xbffff000-0xbfffffff")
DIRECTORY = tempfile.TemporaryDirectory()


def picture(*args, status=0):
    got, out, err = cli.igdpt(*args, "--svg")
    assert got == status, (got, err)
    root = xml.fromstring(out)
    width, height = (int(root.get(name)) for name in ("width", "height"))
    assert root.get("viewBox") == f"0 0 {width} {height}", root.attrib
    for item in root.iter(SVG + "rect"):
        assert int(item.get("x", 0)) + int(item.get("width")) <= width, item.attrib
        assert int(item.get("y", 0)) + int(item.get("height")) <= height, item.attrib
    return root


def spans(root):
    """[(first, last, label, class, x, y, width, height)]"""
    found = []
    for group in root.iter(SVG + "g"):
        rect, title = group.find(SVG + "rect"), group.find(SVG + "title").text
        first, last, label = re.match("(0x[0-9a-f]+)-(0x[0-9a-f]+) (.*)", title).groups()
        assert group.find(SVG + "text").text == label
        place = (int(rect.get(name)) for name in ("x", "y", "width", "height"))
        found.append((int(first, 16), int(last, 16), label, rect.get("class").split()[1], *place))
    return found


def ticks(root):
    """{address: height on the paper}"""
    return {int(text.text, 16): int(text.get("y")) - 4 for text in root.iter(SVG + "text")
            if text.get("class") == "at"}


def every_entry_of_the_memory_map_is_drawn_once():
    root = picture(*PLAN)
    said = json.loads(cli.igdpt(*PLAN, "--json")[1])
    drawn = {(first, last, label.split(",")[0]) for first, last, label, *_ in spans(root)}
    for entry in said["e820"]:
        first = int(entry["first"], 16)
        assert (first, first + entry["bytes"] - 1, entry["type"]) in drawn, (entry, drawn)
    for block in said["plan"]["blocks"]:
        first = int(block["first"], 16)
        assert (first, first + block["bytes"] - 1, block["kind"]) in drawn, (block, drawn)
    assert len(drawn) == len(said["e820"]) + len(said["plan"]["blocks"]) + 2, drawn


def addresses_ascend_from_the_foot_and_labels_have_room():
    root = picture(*PLAN)
    heights = [y for _, y in sorted(ticks(root).items())]
    assert all(low - high >= 18 for low, high in zip(heights, heights[1:])), heights
    for first, last, label, _, _, y, width, height in spans(root):
        assert y == ticks(root)[last + 1] and y + height == ticks(root)[first], label
        assert 7 * len(label) <= width, label


def a_page_stays_visible_beside_61_gib():
    sizes = {label: height for *_, label, _, _, _, _, height in
             (span[:8] for span in spans(picture(*PLAN)))}
    assert sizes["taken, 4 KiB"] >= 18 and sizes["RAM, 61 GiB"] <= 200, sizes


def nothing_overlaps():
    regions = os.path.join(DIRECTORY.name, "regions")
    with open(regions, "w", encoding="ascii") as file:
        file.write("0x1000 0x8fff direct\n0x2000 0x3fff reserved\n0x3000 0xfffff msi\n")
    drawn = spans(picture("rmrr", "query", "--reserved-regions", regions))
    assert len(drawn) == 3, drawn
    for n, (*_, x, y, width, height) in enumerate(drawn):
        for *_, other_x, other_y, other_width, other_height in drawn[:n]:
            assert (x >= other_x + other_width or other_x >= x + width or
                    y >= other_y + other_height or other_y >= y + height), drawn


def the_reserved_memory_of_devices_and_of_the_guest_stand_side_by_side():
    dmar = os.path.join(DIRECTORY.name, "dmar")
    rmrr = "0x3af00000-0x3eefffff=00:02.0"
    assert cli.igdpt("dmar", "build", "--rmrr", rmrr, "-o", dmar)[0] == 0
    root = picture("rmrr", "query", "--dmar", dmar, "--ram", "3G,5G", "--identity", status=1)
    drawn = {label: kind for _, _, label, kind, *_ in spans(root)}
    assert drawn["direct-relaxable 0000:00:02.0, conflict, 64 MiB"] == "stolen", drawn
    assert "RAM, 5 GiB" in drawn, drawn
    texts = [text.text for text in root.iter(SVG + "text")]
    assert "Attach on Linux 6.12: allowed" in texts and "From dmar dmar" in texts, texts


def names_are_escaped():
    path = os.path.join(DIRECTORY.name, "<script>&\"'\x1b\xe9.txt")
    with open(path, "w", encoding="ascii") as file:
        file.write("0x1000 0x8fff direct\n")
    root = picture("rmrr", "query", "--reserved-regions", path, status=0)
    texts = [text.text for text in root.iter(SVG + "text")]
    assert texts[-1].startswith("From sysfs <script>&\"'?"), texts
    assert root.find(f".//{SVG}script") is None


def the_top_of_the_address_space_can_be_drawn():
    regions = os.path.join(DIRECTORY.name, "top")
    with open(regions, "w", encoding="ascii") as file:
        file.write("0x0 0xffffffffffffffff reserved\n0xfffffffffffff000 0xffffffffffffffff msi\n")
    drawn = spans(picture("rmrr", "query", "--reserved-regions", regions))
    assert [span[:2] for span in drawn] == [(0, 2**64 - 1), (2**64 - 4096, 2**64 - 1)], drawn


def what_cannot_be_drawn_is_refused():
    status, out, err = cli.igdpt("plan", "--device", "skl", "--ggc", "0x2c1", "--firmware",
                                 "seabios", "--class", "0x038000", "--svg")
    assert (status, out) == (2, "") and "plan-seabios-class" in err, (status, out, err)
    many = os.path.join(DIRECTORY.name, "many")
    with open(many, "w", encoding="ascii") as file:
        file.writelines(f"{n << 13:#x} {(n << 13) + 4095:#x} reserved\n" for n in range(1000))
    status, out, err = cli.igdpt("rmrr", "query", "--reserved-regions", many, "--svg")
    assert (status, out) == (3, "") and "too many regions" in err, (status, err)
    for verb in (PLAN, ("rmrr", "query")):
        assert cli.igdpt(*verb, "--json", "--svg")[0] == 3


def both_colour_schemes_keep_text_readable():
    """WCAG's 4.5:1 between each fill and its text"""
    style = picture(*PLAN).find(SVG + "style").text
    light, dark = style.split("@media (prefers-color-scheme: dark)")
    for part, ink in ((light, "#111111"), (dark, "#eeeeee")):
        fills = re.findall(r"^\.\w+ { fill: (#\w{6}) }", part, re.M)
        assert len(fills) == 8, fills
        assert all(contrast(fill, ink) >= 4.5 for fill in fills), fills


def contrast(*colours):
    def light(colour):
        parts = [int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5)]
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    low, high = sorted(map(light, colours))
    return (high + 0.05) / (low + 0.05)


cli.run(every_entry_of_the_memory_map_is_drawn_once,
        addresses_ascend_from_the_foot_and_labels_have_room, a_page_stays_visible_beside_61_gib,
        nothing_overlaps, the_reserved_memory_of_devices_and_of_the_guest_stand_side_by_side,
        names_are_escaped, the_top_of_the_address_space_can_be_drawn,
        what_cannot_be_drawn_is_refused, both_colour_schemes_keep_text_readable)
