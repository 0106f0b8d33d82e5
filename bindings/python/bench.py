# SPDX-License-Identifier: MIT
"""OpRegions parsed per second: the package, and a reader in plain Python that looks at the same.

Parsed means: header, mailboxes and where the VBT is; every rule about header, fields and VBT held
against the bytes. The plain reader does less: it reads what the rules are about, field by field,
and sums up the VBT, but holds no rule against it.
"""
import struct
import sys
import time
from pathlib import Path
from typing import Callable, List, Tuple

sys.path.insert(0, str(Path(__file__).resolve().parent))
import igdpt  # noqa: E402

FORMATS = {1: "B", 2: "H", 4: "I", 8: "Q"}


def field_formats() -> List[Tuple[int, struct.Struct, int, int]]:
    """(offset, format, first and last version) of each field"""
    return [(field.offset, struct.Struct(f"<{field.count}{FORMATS[field.width]}"), field.first,
             field.last) for field in igdpt.opregion.fields()
            if field.kind == igdpt.FieldKind.NUMBER]


FIELDS = field_formats()
HEADER = struct.Struct("<16sI4B32s16s16sIII32s")
VBT = struct.Struct("<20sHHHBBI4I")
BDB = struct.Struct("<16sHHH")


def plain(data: bytes) -> Tuple[int, ...]:
    """Version, mailboxes, VBT offset, its size, BDB version, sum of its bytes, fields"""
    (signature, kib, _, _, minor, major, _, _, _, mboxes, _, _, _) = HEADER.unpack_from(data)
    if signature != b"IntelGraphicsMem" or not kib or len(data) < 0x2000:
        raise ValueError("no OpRegion")
    version = major << 8 | minor
    values = [form.unpack_from(data, offset) for offset, form, first, last in FIELDS
              if first <= version <= last]
    rvda, rvds = struct.unpack_from("<QI", data, 0x3ba)
    place = rvda if version >= 0x201 and rvda and rvds else 0x400
    (magic, _, header, size, _, _, bdb, *_) = VBT.unpack_from(data, place)
    if magic[:4] != b"$VBT" or place + size > len(data) or bdb + header > size:
        raise ValueError("no VBT")
    (_, bdb_version, _, _) = BDB.unpack_from(data, place + bdb)
    return version, mboxes, place, size, bdb_version, sum(data[place:place + size]) & 0xff, len(values)


def package(data: bytes) -> Tuple[int, ...]:
    """Version, mailboxes, VBT offset, its size, findings"""
    region = igdpt.OpRegion(data)
    place = region.find_vbt()
    return region.version, region.mboxes, place.offset, place.bytes, len(region.validate())


def rate(call: Callable[[bytes], object], data: bytes) -> float:
    """Calls a second of one core: the best of many short runs, by processor time"""
    def run(count: int = 100) -> float:
        start = time.process_time()
        for _ in range(count):
            call(data)
        return count / (time.process_time() - start)
    return max(run() for _ in range(50))


def main() -> None:
    """One line for a small VBT, the median of real ones, and their third quartile"""
    for size in (0, 7168, 8704):
        data = igdpt.opregion.build(igdpt.vbt.build("adl-p", min_bytes=size))
        assert package(data)[:4] == plain(data)[:4] and plain(data)[5] == 0
        ours, theirs = rate(package, data), rate(plain, data)
        print(f"python OpRegion with a VBT of {plain(data)[3]} bytes: {ours:,.0f} a second, "
              f"{ours / theirs:.1f} times a plain Python reader")


if __name__ == "__main__":
    main()
