# SPDX-License-Identifier: MIT
"""fw_cfg: the files that guest firmware reads."""
from typing import Any, Dict, List, Mapping, Tuple

from . import _abi
from .error import Finding, findings, output
from .raw import address, array, lib

OPREGION = _abi.IGDPT_FWCFG_OPREGION
BDSM_SIZE = _abi.IGDPT_FWCFG_BDSM_SIZE
STOLEN_BASE = _abi.IGDPT_FWCFG_STOLEN_BASE


def bdsm_size(dsm_bytes: int) -> bytes:
    """Contents of etc/igd-bdsm-size"""
    return output(lib.igdpt_fwcfg_bdsm_size, dsm_bytes)


def _raw(files: Mapping[str, bytes]) -> List[Any]:
    rows = array(_abi.igdpt_fwcfg_file, len(files))
    for row, (name, data) in zip(rows, files.items()):
        row.name, row.bytes, row.data = name.encode(), len(data), address(data)
    return rows


def directory(files: Mapping[str, bytes], slots: int = 0) -> Tuple[bytes, Dict[str, int]]:
    """The directory's bytes, and the selector of each file"""
    rows = _raw(files)
    data = output(lib.igdpt_fwcfg_directory, rows[0], len(files), slots)
    return data, {row.name.decode(): row.select for row in rows[:len(files)]}


def check(files: Mapping[str, bytes]) -> List[Finding]:
    """What known firmware stumbles on in these files"""
    return findings(lib.igdpt_fwcfg_check, _raw(files)[0], len(files))
