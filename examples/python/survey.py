#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Survey folders of VBTs, DMAR tables and `lspci -xxx` dumps: a table of each kind.

    survey.py FOLDER...
    survey.py --page FOLDER FOLDER...

--page writes index.html into its folder, with the tables, a picture of the reserved memory that each
DMAR tells of, and one of a guest around each dump's IGD. The command `igdpt` draws them.
"""
import argparse
import html
import re
import subprocess
import sys
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Tuple

import igdpt

Row = Tuple[str, ...]
HEADS: Dict[str, Row] = {
    "VBT": ("file", "BDB", "bytes", "blocks", "connectors", "findings"),
    "DMAR": ("file", "bits", "units", "IGD's RMRR", "MiB", "findings"),
    "lspci": ("file", "device", "platform", "GGC", "DSM MiB", "GSM MiB", "BDSM", "ASLS"),
}
MIB = 1 << 20
BDSM: Dict[int, Tuple[int, int]] = {igdpt.BdsmKind.CFG_5C: (igdpt.PcicfgReg.BDSM, 4),
                                    igdpt.BdsmKind.CFG_C0: (igdpt.PcicfgReg.BDSM64, 8)}
IGD = 0x10  # 0000:00:02.0


def summary(findings: List[igdpt.Finding]) -> str:
    """Names of the warnings and errors, each once"""
    bad = (finding.name for finding in findings if finding.severity != igdpt.Severity.INFO)
    return ", ".join(dict.fromkeys(bad)) or "-"


def vbt_row(name: str, data: bytes) -> Row:
    table = igdpt.Vbt(data)
    wired = [table.port(child.slot).partition(",")[0] for child in table.children()
             if child.device_type]
    findings = table.validate()
    broken = any(finding.name == "vbt-block-overrun" for finding in findings)
    blocks = "broken" if broken else str(len(list(table.blocks())))
    return (name, str(table.bdb_version), str(len(table)), blocks, "; ".join(wired) or "-",
            summary(findings))


def is_igd(scope: igdpt.dmar.Scope, segment: int) -> bool:
    return len(scope.path) == 1 and scope.resolve(segment) == IGD


def dmar_row(name: str, data: bytes) -> Row:
    table = igdpt.Dmar(data)
    structures = list(table)
    units = sum(s.type == igdpt.DmarType.DRHD for s in structures)
    mine = [s for s in structures if s.type == igdpt.DmarType.RMRR
            and any(is_igd(scope, s.segment) for scope in s.scopes)]
    places = ", ".join(f"{s.base:#x}-{s.end:#x}" for s in mine)
    sizes = ", ".join(f"{(s.end + 1 - s.base) / MIB:g}" for s in mine)
    return (name, str(table.host_address_width), str(units), places or "-", sizes or "-",
            summary(table.validate()))


def config_of(text: str) -> bytes:
    """Config space of 00:02.0 out of a hex dump"""
    part = re.search(r"^(?:0000:)?00:02\.0 .*\n((?:.*\n)*?)(?:\n|\Z)", text, re.M)
    lines = re.findall(r"^[0-9a-f]+:((?: [0-9a-f]{2}){16})\s*$", part.group(1) if part else "", re.M)
    return bytes.fromhex("".join(lines))


def lspci_row(name: str, config: bytes) -> Row:
    def register(offset: int, width: int) -> int:
        return int.from_bytes(config[offset:offset + width], "little")
    device, ggc = register(2, 2), register(0x50, 2)
    platform = igdpt.Platform.find(device)
    if platform.codec == igdpt.Codec.GEN3:
        return (name, f"{device:04x}", platform.name, "in 00:00.0", "-", "-", "-", "-")
    try:
        stolen = igdpt.Stolen.decode(platform.codec, ggc)
        sizes = (f"{stolen.dsm_bytes / MIB:g}", f"{stolen.gsm_bytes / MIB:g}")
    except igdpt.IgdptError as error:
        sizes = (error.name or "-", "-")
    base = "-"
    if platform.bdsm in BDSM:
        base = f"{register(*BDSM[platform.bdsm]) & ~0xfffff:#x}"
    return (name, f"{device:04x}", platform.name, f"{ggc:04x}", *sizes, base,
            f"{register(0xfc, 4):#x}")


def row_of(path: Path) -> Tuple[str, Row]:
    """Kind and row of a file; an empty kind for what is none of the three"""
    data = path.read_bytes()
    if data[:4] == b"$VBT":
        return "VBT", vbt_row(path.name, data)
    if data[:4] == b"DMAR":
        return "DMAR", dmar_row(path.name, data)
    config = config_of(data.decode("latin-1"))
    return ("lspci", lspci_row(path.name, config)) if len(config) >= 256 else ("", ())


def picture(kind: str, path: Path) -> bytes:
    """What the command draws of a file; nothing for a kind without a picture"""
    if kind == "DMAR":
        options = ["rmrr", "query", "--dmar", str(path), "--all"]
    elif kind == "lspci":
        config = config_of(path.read_text(encoding="latin-1"))
        device, ggc = (int.from_bytes(config[at:at + 2], "little") for at in (2, 0x50))
        options = ["plan", "--device", hex(device), "--ggc", hex(ggc), "--mode", "copy", "--dsm",
                   "relocate", "--low", "3G", "--high", "5G", "--hole", "0xc0000000-0xf7ffffff"]
    else:
        return b""
    return subprocess.run([sys.executable, "-m", "igdpt", *options, "--svg"], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def page_row(row: Row, image: Optional[str], cell: str = "td") -> str:
    """One row of a table, its picture behind the first cell"""
    cells = [html.escape(text) for text in row]
    if image:
        cells[0] = f'<details><summary>{cells[0]}</summary><img src="{image}"></details>'
    return "<tr>" + "".join(f"<{cell}>{text}</{cell}>" for text in cells) + "</tr>"


def write_page(folder: Path, found: Dict[str, List[Tuple[Row, Path]]]) -> None:
    """index.html and its pictures"""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ['<!doctype html><meta charset="utf-8"><title>Survey</title><style>'
             "body { font: 14px sans-serif; color-scheme: light dark } td, th { text-align: left; "
             "vertical-align: top; padding: 2px 10px } img { max-width: 90vw }</style>"]
    for kind, files in found.items():
        lines.append(f"<h2>{len(files)} {kind} files</h2><table>{page_row(HEADS[kind], None, 'th')}")
        for number, (row, path) in enumerate(files):
            drawn = picture(kind, path)
            image = f"{kind}-{number}.svg" if drawn else None
            if image:
                (folder / image).write_bytes(drawn)
            lines.append(page_row(row, image))
        lines.append("</table>")
    (folder / "index.html").write_text("\n".join(lines) + "\n", encoding="utf-8")


def table(rows: List[Row]) -> Iterator[str]:
    """Lines with columns as wide as their widest cell"""
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()


def main() -> None:
    """Print the tables, or write the page; what cannot be read is told on standard error"""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--page", type=Path, metavar="FOLDER", help="write index.html there")
    parser.add_argument("folders", nargs="+")
    options = parser.parse_args()
    found: Dict[str, List[Tuple[Row, Path]]] = {}
    for folder in options.folders:
        for path in sorted(path for path in Path(folder).rglob("*") if path.is_file()):
            try:
                kind, row = row_of(path)
            except (igdpt.IgdptError, OSError) as error:
                print(f"{path}: {error}", file=sys.stderr)
                continue
            if kind:
                found.setdefault(kind, []).append((row, path))
    if options.page:
        write_page(options.page, found)
        return
    for kind, files in found.items():
        print(f"{len(files)} {kind} files\n")
        print("\n".join(table([HEADS[kind], *(row for row, _ in files)])) + "\n")


if __name__ == "__main__":
    main()
