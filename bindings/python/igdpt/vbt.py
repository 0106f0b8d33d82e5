# SPDX-License-Identifier: MIT
"""The Video BIOS Table."""
import ctypes
from dataclasses import asdict, dataclass
from typing import Optional, Sequence

from . import _abi
from .error import call, output
from .raw import array, lib, sized


@dataclass(frozen=True)
class Port:
    """A display connector for build()"""
    handle: int
    device_type: int
    dvo_port: int
    ddc_pin: int = 0
    aux_channel: int = 0


class Vbt:
    """A reader of one table. Keeps a copy of what is not `bytes` already."""
    __slots__ = ("data", "_view")

    def __init__(self, data: bytes) -> None:
        self.data = bytes(data)
        self._view = _abi.igdpt_vbt()
        call(lib.igdpt_vbt_init, self._view, self.data, len(self.data))

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


def build(platform: Optional[str] = None, bdb_version: int = 0, min_bytes: int = 0,
          ports: Optional[Sequence[Port]] = None) -> bytes:
    """A small table that lists connectors"""
    opts = sized(_abi.igdpt_vbt_build_opts, bdb_version=bdb_version, bytes=min_bytes)
    opts.platform = platform.encode() if platform else None
    if ports is not None:
        rows = array(_abi.igdpt_vbt_port, len(ports))
        for row, port in zip(rows, ports):
            for member, value in asdict(port).items():
                setattr(row, member, value)
        opts.ports = ctypes.pointer(rows[0])
        opts.port_count = len(ports)
    return output(lib.igdpt_vbt_build, opts)
