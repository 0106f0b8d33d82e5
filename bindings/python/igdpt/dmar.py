# SPDX-License-Identifier: MIT
"""The ACPI DMAR table."""
import ctypes
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Callable, Iterator, List, Optional, Sequence, Tuple, Union

from . import _abi
from ._abi import DmarFlag, DmarScopeType, DmarState, DmarStructureFlag, DmarType
from .error import Finding, Reader, call, findings, output, walk
from .ranges import Ranges
from .raw import address, array, fill, lib, sized
from .results import convert

RMRR_BYTES = 24
"""the least that an RMRR takes in a table"""
Bridge = Callable[[int], Optional[Tuple[int, int]]]
"""Secondary and subordinate bus of the bridge at an address, None if there is no such bridge"""


@contextmanager
def asking(bridge: Optional[Bridge]) -> Iterator[Any]:
    """A callback for C that asks a Bridge; what that raises passes by C"""
    raised: List[BaseException] = []

    def ask(_: Any, place: int) -> int:
        try:
            buses = None if bridge is None or raised else bridge(place)
            if buses is None:
                return -1
            secondary, subordinate = buses
            return int.from_bytes(bytes((secondary, subordinate)), "little")
        except BaseException as problem:
            raised.append(problem)
            return -1
    try:
        yield _abi.igdpt_dmar_bridge_fn(ask)
    finally:
        if raised:
            raise raised.pop() from None


@dataclass(frozen=True)
class Scope:
    """One device scope"""
    type: Union[DmarScopeType, int]
    offset: int
    """from the start of the table"""
    length: int
    flags: int
    enumeration_id: int
    bus: int
    path: Tuple[Tuple[int, int], ...] = ()
    """pairs of device and function"""

    def resolve(self, segment: int = 0, bridge: Optional[Bridge] = None) -> int:
        """segment << 16 | bus << 8 | device << 3 | function"""
        pairs, found = _pairs(self.path), ctypes.c_uint32()
        raw = sized(_abi.igdpt_dmar_scope, type=self.type, offset=self.offset, length=self.length,
                    flags=self.flags, enumeration_id=self.enumeration_id, bus=self.bus,
                    path_count=len(self.path))
        raw.path = _bytes_at(pairs)
        with asking(bridge) as callback:
            call(lib.igdpt_dmar_resolve, raw, segment, callback, None, found)
        return found.value


def _pairs(path: Sequence[Tuple[int, int]]) -> bytes:
    return bytes(number for device, function in path for number in (device, function))


def _bytes_at(data: bytes) -> Any:
    """As a pointer to bytes; `data` must outlive its use"""
    return ctypes.pointer(ctypes.c_uint8.from_address(address(data) or 0))


@dataclass(frozen=True)
class Structure:
    """One structure; members that its type does not have are 0"""
    type: Union[DmarType, int]
    offset: int
    """from the start of the table"""
    base: int
    end: int
    length: int
    state: Union[DmarState, int]
    flags: DmarStructureFlag
    segment: int
    register_size: int
    proximity_domain: int
    device_number: int
    name: bytes = b""
    """ACPI path"""
    scopes: Tuple[Scope, ...] = ()


class Dmar(Reader):
    """A reader of one table. Keeps a copy of what is not `bytes` already."""
    __slots__ = ()

    def __init__(self, data: bytes) -> None:
        super().__init__(_abi.igdpt_dmar(), lib.igdpt_dmar_init, data)

    @property
    def host_address_width(self) -> int:
        """In bits"""
        return int(self._view.host_address_width)

    @property
    def flags(self) -> DmarFlag:
        """Header flags"""
        return DmarFlag(self._view.flags)

    @property
    def revision(self) -> int:
        """Of the table"""
        return int(self._view.revision)

    @property
    def checksum_ok(self) -> bool:
        """Whether all bytes sum up to 0"""
        return bool(self._view.checksum_ok)

    def __iter__(self) -> Iterator[Structure]:
        """The structures; IgdptError where the next one cannot be found"""
        raw: Any
        for raw in walk(lib.igdpt_dmar_next, sized(_abi.igdpt_dmar_structure), self._view):
            yield replace(convert(Structure, raw), scopes=tuple(self._scopes(raw)),
                          name=self._name(raw))

    def _name(self, raw: Any) -> bytes:
        # The member itself would be read up to a NUL, which the table may lack.
        if not raw.name_bytes:
            return b""
        place = ctypes.c_void_p.from_buffer(raw, type(raw).name.offset).value
        return ctypes.string_at(place or 0, raw.name_bytes)

    def _scopes(self, raw: Any) -> Iterator[Scope]:
        for scope in walk(lib.igdpt_dmar_scope_next, sized(_abi.igdpt_dmar_scope), self._view, raw):
            pairs = bytes(scope.path[:2 * scope.path_count])
            yield replace(convert(Scope, scope), path=tuple(zip(pairs[::2], pairs[1::2])))

    def validate(self, firmware: Optional[Ranges] = None) -> List[Finding]:
        """Every rule that it breaks; `firmware` are the host's e820 reserved and NVS ranges"""
        words = 3 * (len(self.data) // RMRR_BYTES)
        room = bytearray(8 * max(words, 1))
        opts = sized(_abi.igdpt_dmar_validate_opts, words=words)
        opts.work = ctypes.pointer(ctypes.c_uint64.from_buffer(room))
        if firmware is not None:
            opts.firmware = ctypes.pointer(firmware._view)
        return findings(lib.igdpt_dmar_validate, self._view, opts)


@dataclass(frozen=True)
class BuildScope:
    """A device scope for build()"""
    path: Sequence[Tuple[int, int]]
    type: int = DmarScopeType.ENDPOINT
    bus: int = 0
    enumeration_id: int = 0


@dataclass(frozen=True)
class BuildRmrr:
    """An RMRR for build(); addresses are written as they are"""
    base: int
    end: int
    scopes: Sequence[BuildScope] = ()
    segment: int = 0


def build(rmrrs: Sequence[BuildRmrr] = (), host_address_width: int = 0, flags: int = DmarFlag(0),
          drhd_base: int = 0, of: Optional[Dmar] = None, oem_revision: int = 0) -> bytes:
    """One unit and RMRRs, or `of` with other RMRRs"""
    opts = sized(_abi.igdpt_dmar_build_opts, host_address_width=host_address_width, flags=flags,
                 drhd_base=drhd_base, rmrr_count=len(rmrrs), oem_revision=oem_revision)
    kept: List[Any] = []
    rows = array(_abi.igdpt_dmar_build_rmrr, len(rmrrs))
    for row, rmrr in zip(rows, rmrrs):
        fill(row, base=rmrr.base, end=rmrr.end, segment=rmrr.segment,
             scope_count=len(rmrr.scopes))
        row.scopes = _build_scopes(rmrr.scopes, kept)
    opts.rmrrs = ctypes.pointer(rows[0])
    if of is not None:
        setattr(opts, "from", ctypes.pointer(of._view))
    return output(lib.igdpt_dmar_build, opts)


def _build_scopes(scopes: Sequence[BuildScope], kept: List[Any]) -> Any:
    rows = array(_abi.igdpt_dmar_build_scope, len(scopes))
    kept.append(rows)
    for row, scope in zip(rows, scopes):
        pairs = _pairs(scope.path)
        kept.append(pairs)
        fill(row, type=scope.type, enumeration_id=scope.enumeration_id, bus=scope.bus,
             path_count=len(scope.path))
        row.path = _bytes_at(pairs)
    return ctypes.pointer(rows[0])
