# SPDX-License-Identifier: MIT
"""Which memory firmware claims, for whom, and what that means for a VMM."""
import ctypes
from dataclasses import dataclass, replace
from typing import Any, Callable, List, Optional, Sequence, Tuple, Union

from . import _abi
from ._abi import Error, RmrrPolicy, RmrrReason, RmrrResolveFlag, RmrrSource, RmrrState, RmrrType
from .dmar import Bridge, Dmar, asking
from .error import Finding, IgdptError, call, findings
from .platform import Platform
from .ranges import Range
from .raw import array, fill, lib, octets, sized, version
from .results import convert


@dataclass(frozen=True)
class Region:
    """A region, from one source or several"""
    first: int
    last: int
    type: Union[RmrrType, int]
    sources: RmrrSource = RmrrSource(0)
    reason: Union[RmrrReason, int] = RmrrReason.SOURCE
    address: Optional[int] = None
    """device: segment << 16 | bus << 8 | device << 3 | function"""
    state: Union[RmrrState, int] = RmrrState.UNJUDGED
    offset: int = 0
    """in its input"""


@dataclass(frozen=True)
class Attach:
    """Whether a device can be attached to a domain of a VMM"""
    blocked: int
    error: int
    """Linux errno of `ioctl`"""
    first: int
    last: int
    message: str
    """the kernel's log line"""
    ioctl: str
    """what fails"""
    address: Optional[int] = None
    """the device that owns the region in the way, if that is known"""


@dataclass(frozen=True)
class Layout:
    """Guest RAM: [0, low_end) and [4 GiB, high_end)"""
    low_end: int
    high_end: int = 0
    conflicts: int = 0
    moved: int = 0


def _of(raw: Any) -> Region:
    known = convert(_Plain, raw)
    return Region(known.first, known.last, known.type, known.sources, known.reason, _address(raw),
                  known.state, known.offset)


def _address(raw: Any) -> Optional[int]:
    return None if raw.address == _abi.IGDPT_RMRR_NO_ADDRESS else raw.address


@dataclass(frozen=True)
class _Plain:
    first: int
    last: int
    type: Union[RmrrType, int]
    sources: RmrrSource
    reason: Union[RmrrReason, int]
    state: Union[RmrrState, int]
    offset: int


def _raw(regions: Sequence[Region]) -> List[Any]:
    rows = array(_abi.igdpt_rmrr_region, len(regions))
    for row, region in zip(rows, regions):
        members = dict(vars(region))
        if region.address is None:
            members["address"] = _abi.IGDPT_RMRR_NO_ADDRESS
        fill(row, **members)
    return rows


def _regions(function: Callable[..., int], *args: Any) -> List[Region]:
    """The regions of a function that ends in `regions, count, why`"""
    count = ctypes.c_size_t(16)
    while True:
        rows = array(_abi.igdpt_rmrr_region, count.value)
        try:
            call(function, *args, rows[0], count)
        except IgdptError as error:
            if error.error == Error.NOSPACE and count.value > len(rows):
                continue
            raise
        return [_of(row) for row in rows[:count.value]]


def parse(source: int, data: bytes) -> List[Region]:
    """The regions that a RmrrSource tells, DMAR excepted"""
    data = octets(data)
    return _regions(lib.igdpt_rmrr_parse, source, data, len(data))


def predict(dmar: Dmar, devices: Sequence[Tuple[int, int]] = (), flags: int = 0,
            bridge: Optional[Bridge] = None) -> List[Region]:
    """What Linux will make of a DMAR table, for (address, class code) of each function"""
    opts = sized(_abi.igdpt_rmrr_predict_opts, flags=flags, device_count=len(devices))
    rows = array(_abi.igdpt_rmrr_device, len(devices))
    for row, (address, class_code) in zip(rows, devices):
        fill(row, address=address, class_code=class_code)
    opts.devices = ctypes.pointer(rows[0])
    with asking(bridge) as callback:
        opts.bridge = callback
        return _regions(lib.igdpt_rmrr_predict, dmar._view, opts)


def merge(regions: Sequence[Region]) -> Tuple[List[Region], List[Finding]]:
    """One answer out of all sources, and where they disagree"""
    rows, out = _raw(regions), array(_abi.igdpt_rmrr_region, len(regions))
    work, count = array(_abi.igdpt_range, len(regions)), ctypes.c_size_t(len(regions))
    found = findings(lib.igdpt_rmrr_merge, rows[0], len(regions), work[0], out[0], count)
    return [_of(row) for row in out[:count.value]], found


def predict_attach(regions: Sequence[Region], kernel: Tuple[int, int]) -> Attach:
    """Whether that Linux, e.g. (6, 12), refuses to attach a group with these regions"""
    raw = sized(_abi.igdpt_rmrr_attach)
    call(lib.igdpt_rmrr_predict_attach, _raw(regions)[0], len(regions), version(kernel), raw)
    return replace(convert(Attach, raw), address=_address(raw))


def check_stolen(platform: Platform, ggc: int, bdsm: int,
                 rmrr: Optional[Range] = None) -> List[Finding]:
    """Where the IGD's RMRR and its registers do not fit"""
    place = fill(_abi.igdpt_range(), first=rmrr[0], last=rmrr[1]) if rmrr else None
    return findings(lib.igdpt_rmrr_check_stolen, platform._raw(), ggc, bdsm, place)


def resolve(layout: Layout, regions: Sequence[Region], policy: int = RmrrPolicy.RELAXED,
            flags: int = RmrrResolveFlag(0), boundary: int = 0,
            granularity: int = 0) -> Tuple[Layout, List[Region], List[Region]]:
    """A layout that respects the regions; the regions with their states; the memory map"""
    opts: Any = sized(_abi.igdpt_rmrr_resolve_opts, policy=policy, flags=flags,
                      low_end=layout.low_end, high_end=layout.high_end, boundary=boundary,
                      granularity=granularity)
    work, rows = array(_abi.igdpt_range, len(regions)), _raw(regions)
    opts.work = ctypes.pointer(work[0])
    raw: Any = sized(_abi.igdpt_rmrr_layout)
    out = array(_abi.igdpt_rmrr_region, 2 * len(regions) + 2)
    count = ctypes.c_size_t(len(out))
    call(lib.igdpt_rmrr_resolve, opts, rows[0], len(regions), raw, out[0], count)
    made = Layout(raw.low_end, raw.high_end, raw.conflicts, raw.moved)
    return made, [_of(row) for row in rows[:len(regions)]], [_of(row) for row in out[:count.value]]
