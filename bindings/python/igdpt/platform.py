# SPDX-License-Identifier: MIT
"""Platforms: what a PCI device id stands for."""
from dataclasses import dataclass, replace
from typing import Any, Iterator, Optional, Tuple, Union

from . import _abi
from ._abi import BdsmKind, Codec, PlatformFlag, PlatformId
from .error import check, found, rows
from .raw import fill, lib, sized, string
from .results import convert


@dataclass(frozen=True)
class Pch:
    """The chipset that guest drivers look for beside an IGD, by the id of an ISA bridge"""
    mask: int
    """bits of the device id that count"""
    name: str
    """what Linux assumes with an emulated bridge"""
    ids: Tuple[int, ...] = ()
    """masked device ids that suit this IGD"""


@dataclass(frozen=True)
class Platform:
    """Capabilities of one platform"""
    platform: Union[PlatformId, int]
    device_id: Optional[int]
    """PCI device id that was looked up"""
    gen: int
    """graphics IP version times 100"""
    codec: Union[Codec, int]
    bdsm: Union[BdsmKind, int]
    flags: PlatformFlag
    audio_devfn: Optional[int]
    """HDMI audio on bus 0, device << 3 | function"""
    name: str
    title: str

    @classmethod
    def find(cls, device_id: int) -> "Platform":
        """By PCI device id, exactly"""
        return convert(cls, _find(device_id))

    @classmethod
    def by_name(cls, name: str) -> "Platform":
        """By short name, e.g. "adl-p\""""
        return convert(cls, _by_name(name))

    def pch(self) -> Optional[Pch]:
        """The chipset that goes with it; None if Linux looks for none"""
        raw: Any = sized(_abi.igdpt_pch)
        if not found(lib.igdpt_platform_pch(self.platform, raw)):
            return None
        return replace(convert(Pch, raw), ids=tuple(raw.ids[:raw.count]))

    def _raw(self) -> Any:
        """What the library knows, with what dataclasses.replace() may have put there"""
        raw = _find(self.device_id) if self.device_id else _by_name(self.name)
        return fill(raw, platform=self.platform, gen=self.gen, codec=self.codec, bdsm=self.bdsm,
                    flags=self.flags, audio_devfn=self.audio_devfn or 0)


def _find(device_id: int) -> Any:
    raw = sized(_abi.igdpt_platform)
    check(lib.igdpt_platform_find(device_id, raw))
    return raw


def _by_name(name: str) -> Any:
    raw = sized(_abi.igdpt_platform)
    check(lib.igdpt_platform_by_name(string(name), raw))
    return raw


def platforms() -> Iterator[Platform]:
    """One record per known device id, ascending"""
    return rows(Platform, _abi.igdpt_platform, lib.igdpt_platform_at)
