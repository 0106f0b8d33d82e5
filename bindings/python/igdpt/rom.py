# SPDX-License-Identifier: MIT
"""Option ROMs: images, drivers, VBT, the VBIOS's cached BDSM."""
from dataclasses import dataclass
from typing import Iterator, List, Optional, Union

from . import _abi
from ._abi import RomCode, RomDriver, RomFlag
from .error import Finding, findings, output, walk
from .raw import lib, octets, sized
from .results import convert


@dataclass(frozen=True)
class Image:
    """One image; offsets are from its start"""
    flags: RomFlag
    offset: int
    """where it starts in the ROM"""
    bytes: int
    code_type: Union[RomCode, int]
    vendor_id: int
    device_id: int
    class_code: int
    device_list: Optional[int]
    device_count: int
    efi_machine: Optional[int]
    drivers: RomDriver
    vbt: Optional[int]
    vbt_bytes: int
    bdsm: Optional[int]
    bdsm_value: int


def images(data: bytes) -> Iterator[Image]:
    """The images of a ROM; IgdptError where the chain breaks"""
    data = octets(data)
    for raw in walk(lib.igdpt_rom_next, sized(_abi.igdpt_rom_image), data, len(data)):
        yield convert(Image, raw)


def check(data: bytes, device_id: int = 0) -> List[Finding]:
    """What is wrong with a ROM for a guest with a passed IGD"""
    data = octets(data)
    return findings(lib.igdpt_rom_check, data, len(data), device_id)


def patch(data: bytes) -> bytes:
    """A copy whose VBIOS has forgotten the host's BDSM"""
    data = octets(data)
    return output(lib.igdpt_rom_patch, data, len(data))
