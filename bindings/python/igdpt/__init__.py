# SPDX-License-Identifier: MIT
"""Intel GPU passthrough for virtual machine monitors: libigdpt for Python.

    >>> import igdpt
    >>> igdpt.Platform.find(0x9a49).name
    'tgl'
    >>> region = igdpt.OpRegion(igdpt.opregion.build(igdpt.vbt.build("tgl")))
    >>> region.find_vbt().source.name
    'MAILBOX4'
    >>> region.validate()
    []

Input and output are bytes; results are dataclasses; what fails raises IgdptError. Everything of
the C library is in `igdpt.raw.lib` too, under its C name.
"""
import ctypes
from typing import Tuple

from . import (_abi, _host_abi, bridges, dmar, error, fwcfg, host, legacy, opregion, pcicfg, plan,
               platform, ranges, raw, rmrr, rom, stolen, vbt)
from ._abi import *
from ._host_abi import *
from .dmar import Dmar
from .error import Finding, IgdptError, Rule, rule, rules
from .opregion import OpRegion
from .pcicfg import PciConfig
from .platform import Platform, platforms
from .ranges import Ranges
from .stolen import Stolen
from .vbt import Vbt

__all__ = [
    "Dmar", "Finding", "IgdptError", "OpRegion", "PciConfig", "Platform", "Ranges", "Rule",
    "Stolen", "Vbt", "bridges", "dmar", "error", "fwcfg", "has", "host", "legacy", "opregion",
    "pcicfg", "plan", "platform", "platforms", "ranges", "raw", "rmrr", "rom", "rule", "rules", "stolen",
    "vbt", "version"]
__all__ += _abi.__all__ + _host_abi.__all__


def version() -> Tuple[int, int, int]:
    """Version of the library in use"""
    major, minor, micro = ctypes.c_uint32(), ctypes.c_uint32(), ctypes.c_uint32()
    raw.lib.igdpt_version(major, minor, micro)
    return major.value, minor.value, micro.value


def has(feature: int) -> bool:
    """Whether the library in use has a Feature"""
    return bool(raw.lib.igdpt_has(feature))
