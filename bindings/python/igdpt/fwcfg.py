# SPDX-License-Identifier: MIT
"""fw_cfg: the files that guest firmware reads."""
from typing import Any, Dict, List, Sequence, Tuple

from . import _abi
from .error import Finding, findings, output
from .raw import address, array, fill, lib, octets, string

Files = Sequence[Tuple[str, bytes]]
"""Names with their contents"""
OPREGION = _abi.IGDPT_FWCFG_OPREGION
BDSM_SIZE = _abi.IGDPT_FWCFG_BDSM_SIZE
STOLEN_BASE = _abi.IGDPT_FWCFG_STOLEN_BASE


def bdsm_size(dsm_bytes: int) -> bytes:
    """Contents of etc/igd-bdsm-size"""
    return output(lib.igdpt_fwcfg_bdsm_size, dsm_bytes)


def _raw(files: Files) -> Tuple[List[Any], List[bytes]]:
    """Rows, each of which keeps its name alive, and the contents"""
    rows = array(_abi.igdpt_fwcfg_file, len(files))
    contents = []
    for row, (name, data) in zip(rows, files):
        contents.append(octets(data))
        row.name, row.data = string(name), address(contents[-1])
        fill(row, bytes=len(contents[-1]))
    return rows, contents


def directory(files: Files, slots: int = 0) -> Tuple[bytes, Dict[str, int]]:
    """The directory's bytes, and the selector of each file"""
    rows, _contents = _raw(files)
    data = output(lib.igdpt_fwcfg_directory, rows[0], len(files), slots)
    return data, {row.name.decode(): row.select for row in rows[:len(files)]}


def check(files: Files) -> List[Finding]:
    """What known firmware stumbles on in these files"""
    rows, _contents = _raw(files)
    return findings(lib.igdpt_fwcfg_check, rows[0], len(files))
