# SPDX-License-Identifier: MIT
"""Sets of inclusive address ranges."""
import ctypes
from typing import Any, Iterable, Iterator, NamedTuple, Optional

from . import _abi
from ._abi import Error, RangesFlag, RangesOp
from .error import IgdptError, call
from .raw import array, fill, lib, sized

TOP = 2**64 - 1


class Range(NamedTuple):
    """First and last byte"""
    first: int
    last: int


class Ranges:
    """A set, built once: sorted, disjoint, touching ranges joined"""

    def __init__(self, ranges: Iterable[Iterable[int]] = ()) -> None:
        pairs = [tuple(pair) for pair in ranges]
        self._rows = array(_abi.igdpt_range, len(pairs))
        for row, (first, last) in zip(self._rows, pairs):
            fill(row, first=first, last=last)
        self._view = _abi.igdpt_ranges()
        self._words = bytearray()
        self._build(len(pairs))

    def _build(self, count: int) -> None:
        words = ctypes.c_size_t(0)
        try:
            call(lib.igdpt_ranges_build, self._view, self._rows[0], count, None, words)
        except IgdptError as error:
            if error.error != Error.NOSPACE:
                raise
            self._words = bytearray(8 * words.value)
            index = ctypes.c_uint64.from_buffer(self._words)
            call(lib.igdpt_ranges_build, self._view, self._rows[0], count, index, words)

    def __len__(self) -> int:
        return int(self._view.count)

    def __iter__(self) -> Iterator[Range]:
        return (Range(row.first, row.last) for row in self._rows[:len(self)])

    def __contains__(self, address: int) -> bool:
        return 0 <= address <= TOP and self.overlap(address, address) is not None

    def __repr__(self) -> str:
        return "Ranges([" + ", ".join(f"({r.first:#x}, {r.last:#x})" for r in self) + "])"

    def _combine(self, operation: int, other: "Ranges") -> "Ranges":
        room = array(_abi.igdpt_range, len(self) + len(other))
        count = ctypes.c_size_t(len(room))
        call(lib.igdpt_ranges_combine, operation, self._view, other._view, room[0], count)
        return Ranges((row.first, row.last) for row in room[:count.value])

    def __or__(self, other: "Ranges") -> "Ranges":
        return self._combine(RangesOp.UNION, other)

    def __sub__(self, other: "Ranges") -> "Ranges":
        return self._combine(RangesOp.SUBTRACT, other)

    def __and__(self, other: "Ranges") -> "Ranges":
        return self._combine(RangesOp.INTERSECT, other)

    def overlap(self, first: int, last: int) -> Optional[Range]:
        """The lowest range of the set that shares a byte with first to last"""
        hit = _abi.igdpt_range()
        if lib.igdpt_ranges_overlap(self._view, first, last, hit):
            return Range(hit.first, hit.last)
        return None

    def fit(self, size: int, align: int = 1, low: int = 0, high: int = TOP, highest: bool = False,
            preferred: Optional[int] = None) -> int:
        """First byte of a place that the set leaves free; `low` and `high` are the first and the last
        byte that it may have; a `high` of 0 is none"""
        flags = RangesFlag.HIGHEST if highest else RangesFlag(0)
        if preferred is not None:
            flags |= RangesFlag.PREFERRED
        request: Any = sized(_abi.igdpt_ranges_request, flags=flags, bytes=size, align=align,
                             min=low, max=high, preferred=preferred or 0)
        first = ctypes.c_uint64()
        call(lib.igdpt_ranges_fit, self._view, request, first)
        return first.value
