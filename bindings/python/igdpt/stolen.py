# SPDX-License-Identifier: MIT
"""Stolen memory: what GGC says."""
import ctypes
from dataclasses import dataclass

from . import _abi
from ._abi import StolenDecodeFlag, StolenFlag
from .error import call
from .raw import lib, sized
from .results import convert


@dataclass(frozen=True)
class Stolen:
    """GGC, decoded; sizes in bytes"""
    gms: int
    ggms: int
    flags: StolenFlag
    dsm_bytes: int
    gsm_bytes: int

    @classmethod
    def decode(cls, codec: int, ggc: int, flags: int = StolenDecodeFlag(0)) -> "Stolen":
        """What a 16-bit GGC means with a Codec"""
        raw = sized(_abi.igdpt_stolen)
        call(lib.igdpt_stolen_decode, codec, ggc, flags, raw)
        return convert(cls, raw)


def encode(codec: int, ggc: int, dsm_bytes: int) -> int:
    """GGC with another size of data stolen memory"""
    new = ctypes.c_uint32()
    call(lib.igdpt_stolen_encode, codec, ggc, dsm_bytes, new)
    return new.value
