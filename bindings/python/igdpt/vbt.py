# SPDX-License-Identifier: MIT
"""The Video BIOS Table."""
import ctypes
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any, Iterator, List, Optional, Sequence

from . import _abi
from .error import (Collector, Finding, Reader, call, check, findings, found, output, rows, sentence,
                    walk)
from .raw import array, fill, lib, octets, sized, string
from .results import convert


@dataclass(frozen=True)
class Block:
    """One block of the BIOS data block"""
    id: int
    offset: int
    """of the data, from the start of the table"""
    bytes: int
    stored: int
    """16-bit size field"""
    name: str


@dataclass(frozen=True)
class Child:
    """A child device: a display output, or (device type 0) an unused slot"""
    slot: int
    offset: int
    bytes: int
    handle: int
    device_type: int
    dvo_port: int
    ddc_pin: int
    aux_channel: int


@dataclass(frozen=True)
class Field:
    """What is known about a named field"""
    name: str
    block: int
    """0 for the headers"""
    bits: int
    count: int
    """elements; 0 if the table itself tells how many"""
    first_bdb: int
    last_bdb: int


@dataclass(frozen=True)
class Panel:
    """A local flat panel"""
    index: int
    width: int
    height: int
    clock_khz: int
    hsync_start: int
    hsync_end: int
    htotal: int
    vsync_start: int
    vsync_end: int
    vtotal: int
    product: int
    serial: int
    year: int
    manufacturer: str = ""
    """three letters"""
    name: str = ""


@dataclass(frozen=True)
class Mipi:
    """An operation of a MIPI sequence"""
    panel: int
    sequence: int
    operation: int
    offset: int
    bytes: int


@dataclass(frozen=True)
class Difference:
    """One difference between two tables"""
    name: str
    """empty for a whole block, or bytes without a name"""
    block: int
    element: int
    present: int
    """bit 0: the first has it, bit 1: the second"""
    a: int
    b: int


@dataclass(frozen=True)
class Port:
    """A display connector for build()"""
    handle: int
    device_type: int
    dvo_port: int
    ddc_pin: int = 0
    aux_channel: int = 0


class Vbt(Reader):
    """A reader of one table. Keeps a copy of what is not `bytes` already."""
    __slots__ = ()

    def __init__(self, data: bytes) -> None:
        super().__init__(_abi.igdpt_vbt(), lib.igdpt_vbt_init, data)

    def __len__(self) -> int:
        """Bytes of the table by its own header"""
        return int(self._view.len)

    @property
    def bdb_version(self) -> int:
        """Decides which fields exist"""
        return int(self._view.bdb_version)

    @property
    def bdb_offset(self) -> int:
        """Where the BIOS data block starts"""
        return int(self._view.bdb_offset)

    @property
    def bdb_size(self) -> int:
        """Size of the BIOS data block as stored"""
        return int(self._view.bdb_size)

    def blocks(self) -> Iterator[Block]:
        """The blocks; IgdptError where the chain breaks"""
        for raw in walk(lib.igdpt_vbt_next, sized(_abi.igdpt_vbt_block), self._view):
            yield convert(Block, raw)

    def block(self, block: Block) -> bytes:
        """The data of a block"""
        return self.data[block.offset:block.offset + block.bytes]

    def children(self) -> Iterator[Child]:
        """The child devices, unused slots included"""
        yield from rows(Child, _abi.igdpt_vbt_child, lib.igdpt_vbt_child_at, self._view)

    def port(self, slot: int) -> str:
        """A child device in words"""
        return sentence(lib.igdpt_vbt_port_format, self._view, slot)

    def get(self, name: str, element: int = 0) -> Optional[int]:
        """A field by its name; None if this table does not have it"""
        value = ctypes.c_uint64()
        there = found(lib.igdpt_vbt_get(self._view, _field_number(name), element, value))
        return value.value if there else None

    def panel(self, index: int) -> Panel:
        """A local flat panel: timings and identity"""
        raw: Any = sized(_abi.igdpt_vbt_panel)
        call(lib.igdpt_vbt_panel_at, self._view, index, raw)
        letters = raw.manufacturer.to_bytes(4, "big").strip(b"\0").decode("latin-1")
        return replace(convert(Panel, raw), manufacturer=letters, name=_panel_name(raw))

    def mipi(self) -> Iterator[Mipi]:
        """The operations of the MIPI sequences"""
        for raw in walk(lib.igdpt_vbt_mipi_next, sized(_abi.igdpt_vbt_mipi), self._view):
            yield convert(Mipi, raw)

    def validate(self) -> List[Finding]:
        """Every rule that it breaks"""
        return findings(lib.igdpt_vbt_validate, self._view)

    def compare(self, other: "Vbt") -> List[Difference]:
        """Field by field, then block by block"""
        return _differences(lib.igdpt_vbt_compare, self._view, other._view)


_differences = Collector(_abi.igdpt_vbt_difference_fn, lambda raw: convert(Difference, raw))


def _panel_name(raw: Any) -> str:
    # The member itself would be read up to a NUL, which the table may lack.
    place = ctypes.c_void_p.from_buffer(raw, type(raw).name.offset).value
    return ctypes.string_at(place, raw.name_bytes).decode("latin-1") if place else ""


@lru_cache(maxsize=None)
def _field_number(name: str) -> int:
    return check(lib.igdpt_vbt_field_find(string(name)))


def fields() -> Iterator[Field]:
    """All named fields"""
    return rows(Field, _abi.igdpt_vbt_field, lib.igdpt_vbt_field_at)


def find(data: bytes, offset: int = 0) -> Optional[int]:
    """Where a table is in a ROM, a flash image or an OpRegion"""
    data, place = octets(data), fill(ctypes.c_size_t(), value=offset)
    return place.value if found(lib.igdpt_vbt_find(data, len(data), place, None)) else None


def repair(data: bytes) -> bytes:
    """A copy with sizes and checksum put right"""
    data = octets(data)
    return output(lib.igdpt_vbt_repair, data, len(data))


def build(platform: Optional[str] = None, bdb_version: int = 0, min_bytes: int = 0,
          ports: Optional[Sequence[Port]] = None) -> bytes:
    """A small table that lists connectors"""
    opts = sized(_abi.igdpt_vbt_build_opts, bdb_version=bdb_version, bytes=min_bytes)
    opts.platform = string(platform) if platform else None
    if ports is not None:
        listed = array(_abi.igdpt_vbt_port, len(ports))
        for row, port in zip(listed, ports):
            fill(row, **asdict(port))
        opts.ports = ctypes.pointer(listed[0])
        opts.port_count = len(ports)
    return output(lib.igdpt_vbt_build, opts)
