# SPDX-License-Identifier: MIT
"""The OpRegion: read, judge, build, normalise."""
import ctypes
from dataclasses import dataclass, replace
from typing import Iterator, List, Optional, Union

from . import _abi
from ._abi import (Consumer, FieldKind, FieldPolicy, Mbox, NormaliseFlag, OpregionVerdict,
                   VbtSource)
from .error import Collector, Finding, Reader, call, check, findings, found, output, rows
from .raw import address, lib, octets, sized, start
from .results import convert, flags


@dataclass(frozen=True)
class VbtPlace:
    """Where the VBT of an OpRegion is"""
    source: Union[VbtSource, int]
    offset: int
    """in the input; the host physical address if absolute"""
    room: int
    bytes: int
    """size by the VBT's own header, 0 if absolute"""


@dataclass(frozen=True)
class Outcome:
    """What a consumer makes of an OpRegion"""
    name: str
    title: str
    verdict: Union[OpregionVerdict, int]
    vbt_source: Union[VbtSource, int]
    source: str
    """file or measurement behind the rules"""
    consumer: int = 0
    reason: Optional[Finding] = None


@dataclass(frozen=True)
class Difference:
    """One difference of two OpRegions"""
    name: str
    """of the field; "VBT" for the VBT"""
    field: int
    index: int
    count: int
    a: int
    b: int


_differences = Collector(_abi.igdpt_opregion_diff_fn, lambda raw: convert(Difference, raw))


class OpRegion(Reader):
    """A reader of one OpRegion. Keeps a copy of what is not `bytes` already."""
    __slots__ = ()

    def __init__(self, data: bytes) -> None:
        super().__init__(_abi.igdpt_opregion(), lib.igdpt_opregion_init, data)

    @property
    def version(self) -> int:
        """major << 8 | minor"""
        return int(self._view.version)

    @property
    def revision(self) -> int:
        """Third part of the version"""
        return int(self._view.revision)

    @property
    def mboxes(self) -> Mbox:
        """Which mailboxes there are"""
        return flags(Mbox, self._view.mboxes)

    @property
    def rvda(self) -> int:
        """VBT address as stored"""
        return int(self._view.rvda)

    @property
    def rvds(self) -> int:
        """VBT size as stored"""
        return int(self._view.rvds)

    def get(self, field: int, index: int = 0) -> int:
        """An element of an OpregionField"""
        value = ctypes.c_uint64()
        check(lib.igdpt_opregion_get(self._view, field, index, value))
        return value.value

    def find_vbt(self) -> VbtPlace:
        """Where the VBT is; IgdptError if there is none"""
        raw = sized(_abi.igdpt_opregion_vbt)
        call(lib.igdpt_opregion_find_vbt, self._view, raw)
        return convert(VbtPlace, raw)

    def vbt(self) -> bytes:
        """The VBT's bytes; b"" if they are at an absolute address, IgdptError if there is none"""
        place = self.find_vbt()
        if place.source == VbtSource.RVDA_ABSOLUTE:
            return b""
        return self.data[place.offset:place.offset + place.bytes]

    def edid(self) -> Optional[bytes]:
        """The panel's EDID in mailbox 5"""
        offset, size = ctypes.c_uint32(), ctypes.c_uint32()
        if not found(lib.igdpt_opregion_edid(self._view, offset, size, None)):
            return None
        return self.data[offset.value:offset.value + size.value]

    def consumers(self) -> Iterator["Outcome"]:
        """What each known consumer would make of it"""
        for consumer in Consumer:
            raw, why = sized(_abi.igdpt_opregion_outcome), sized(_abi.igdpt_finding)
            if found(lib.igdpt_opregion_consumer(self._view, consumer, raw, why)):
                reason = Finding.of(why) if why.id else None
                yield replace(convert(Outcome, raw), consumer=consumer, reason=reason)

    def diff(self, other: "OpRegion") -> List["Difference"]:
        """Field by field, the VBT last"""
        return _differences(lib.igdpt_opregion_diff, self._view, other._view)

    def validate(self) -> List[Finding]:
        """Every rule that it breaks"""
        return findings(lib.igdpt_opregion_validate, self._view)

    def normalise(self, options: int = NormaliseFlag(0), vbt: Optional[bytes] = None,
                  notes: Optional[List[Finding]] = None) -> bytes:
        """The copy that a guest may have; `vbt` are the bytes at an absolute RVDA. `notes` gets
        the finding for which a VBT was left out."""
        opts = sized(_abi.igdpt_opregion_normalise_opts, flags=options)
        if vbt is not None:
            vbt = octets(vbt)
            opts.vbt = address(vbt)
            opts.vbt_bytes = len(vbt)
        return output(lib.igdpt_opregion_normalise, self._view, opts, notes=notes)


@dataclass(frozen=True)
class Field:
    """What is known about a field"""
    name: str
    offset: int
    """in bytes; also its number"""
    width: int
    """bytes of one element"""
    count: int
    mailbox: int
    """1 to 5, 0 for the header"""
    first: int
    """first version that has it, major << 8 | minor"""
    last: int
    kind: Union[FieldKind, int]
    policy: Union[FieldPolicy, int]
    """what normalise() makes of it"""
    text: str
    source: str


def fields() -> Iterator[Field]:
    """The table of fields, in order of offset"""
    return rows(Field, _abi.igdpt_opregion_field_info, lib.igdpt_opregion_field_at)


def relocate(data: bytes, address: int, vbt_address: int = 0) -> bytes:
    """A copy with RVDA set for where it and its extended VBT will be"""
    room = bytearray(octets(data))
    call(lib.igdpt_opregion_relocate, start(room), len(room), address, vbt_address)
    return bytes(room)


def answer_swsci(data: bytes) -> bytes:
    """A copy in which mailbox 2 answers the guest's software SCI"""
    room = bytearray(octets(data))
    call(lib.igdpt_opregion_answer_swsci, start(room), len(room))
    return bytes(room)


def build(vbt: Optional[bytes] = None, version: int = 0, mboxes: int = Mbox(0), pcon: int = 0,
          address: int = 0) -> bytes:
    """An OpRegion around a VBT"""
    opts = sized(_abi.igdpt_opregion_build_opts, version=version, mboxes=mboxes, pcon=pcon,
                 address=address)
    if vbt is not None:
        vbt = octets(vbt)
    return output(lib.igdpt_opregion_build, opts, vbt, len(vbt or b""))
