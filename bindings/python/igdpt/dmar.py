# SPDX-License-Identifier: MIT
"""The ACPI DMAR table."""
import ctypes
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Iterator, List, Optional, Sequence, Tuple, Union

from . import _abi
from ._abi import DmarFlag, DmarScopeType, DmarState, DmarStructureFlag, DmarType
from .error import Finding, IgdptError, call, findings, output, walk
from .ranges import Ranges
from .raw import array, lib, sized
from .results import convert


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
    _raw: Any = field(default=None, repr=False, compare=False)

    def resolve(self, segment: int = 0,
                bridge: Optional[Callable[[int], Optional[int]]] = None) -> int:
        """segment << 16 | bus << 8 | device << 3 | function. `bridge` gives the secondary bus of
        the bridge at an address, or None."""
        raised: List[BaseException] = []

        def ask(_: Any, place: int) -> int:
            try:
                bus = bridge(place) if bridge else None
            except BaseException as problem:  # it cannot pass through C
                raised.append(problem)
                bus = None
            return -1 if bus is None else bus
        found = ctypes.c_uint32()
        callback = _abi.igdpt_dmar_bridge_fn(ask)
        try:
            call(lib.igdpt_dmar_resolve, self._raw, segment, callback, None, found)
        except IgdptError:
            if raised:
                raise raised.pop() from None
            raise
        return found.value


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


class Dmar:
    """A reader of one table. Keeps a copy of what is not `bytes` already."""
    __slots__ = ("data", "_view")

    def __init__(self, data: bytes) -> None:
        self.data = bytes(data)
        self._view = _abi.igdpt_dmar()
        call(lib.igdpt_dmar_init, self._view, self.data, len(self.data))

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
            kept = _abi.igdpt_dmar_scope.from_buffer_copy(scope)
            yield replace(convert(Scope, scope), path=tuple(zip(pairs[::2], pairs[1::2])),
                          _raw=_Kept(kept, self.data))

    def validate(self, firmware: Optional[Ranges] = None) -> List[Finding]:
        """Every rule that it breaks; `firmware` are the host's e820 reserved and NVS ranges"""
        opts = sized(_abi.igdpt_dmar_validate_opts)
        if firmware is not None:
            opts.firmware = ctypes.pointer(firmware._view)
        return findings(lib.igdpt_dmar_validate, self._view, opts)


class _Kept:
    """A struct as an argument, with the bytes that it points into"""

    def __init__(self, raw: Any, data: bytes) -> None:
        self._as_parameter_ = ctypes.byref(raw)
        self._data = data


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
          drhd_base: int = 0, of: Optional[Dmar] = None) -> bytes:
    """One unit and RMRRs, or `of` with other RMRRs"""
    opts = sized(_abi.igdpt_dmar_build_opts, host_address_width=host_address_width, flags=flags,
                 drhd_base=drhd_base, rmrr_count=len(rmrrs))
    kept: List[Any] = []
    rows = array(_abi.igdpt_dmar_build_rmrr, len(rmrrs))
    for row, rmrr in zip(rows, rmrrs):
        row.base, row.end, row.segment = rmrr.base, rmrr.end, rmrr.segment
        row.scope_count = len(rmrr.scopes)
        row.scopes = _build_scopes(rmrr.scopes, kept)
    opts.rmrrs = ctypes.pointer(rows[0])
    if of is not None:
        setattr(opts, "from", ctypes.pointer(of._view))
    return output(lib.igdpt_dmar_build, opts)


def _build_scopes(scopes: Sequence[BuildScope], kept: List[Any]) -> Any:
    rows = array(_abi.igdpt_dmar_build_scope, len(scopes))
    kept.append(rows)
    for row, scope in zip(rows, scopes):
        pairs = bytearray(number for pair in scope.path for number in pair)
        row.type, row.enumeration_id, row.bus = scope.type, scope.enumeration_id, scope.bus
        row.path_count = len(scope.path)
        if pairs:
            row.path = ctypes.pointer(ctypes.c_uint8.from_buffer(pairs))
    return ctypes.pointer(rows[0])
