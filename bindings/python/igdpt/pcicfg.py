# SPDX-License-Identifier: MIT
"""The virtual config space of the IGD."""
import ctypes
import weakref
from dataclasses import asdict, dataclass
from typing import Any, Iterator, List, Optional, Tuple, Union

from . import _abi
from ._abi import (BridgePolicy, GmsPolicy, MmioFlag, MmioPolicy, PcicfgEvent, PcicfgFlag,
                   RegPolicy, SwsciPolicy)
from .error import Finding, call, check, findings, output, rows
from .platform import Platform
from .raw import lib, octets, sized
from .results import convert


@dataclass(frozen=True)
class Options:
    """What the guest may see and do; the defaults are the safe ones"""
    flags: int = PcicfgFlag(0)
    asls_policy: int = RegPolicy.DEFAULT
    bdsm_policy: int = RegPolicy.DEFAULT
    f0_policy: int = RegPolicy.DEFAULT
    gms_policy: int = GmsPolicy.DEFAULT
    swsci: int = SwsciPolicy.DEFAULT
    bridge: int = BridgePolicy.DEFAULT
    asls: int = 0
    bdsm: int = 0
    dsm_bytes: int = 0


@dataclass(frozen=True)
class MmioOptions:
    """How the BAR0 mirrors behave; the defaults are the safe ones"""
    flags: int = MmioFlag(0)
    stolen_reserved: int = MmioPolicy.DEFAULT
    gsmbase: int = MmioPolicy.DEFAULT
    anchors: int = MmioPolicy.DEFAULT
    pcode: int = MmioPolicy.DEFAULT
    host_reserved: int = 0
    host_rc6_ctx: int = 0
    host_doorbell_ctx: int = 0


@dataclass(frozen=True)
class Trap:
    """A register in a BAR that the library answers for"""
    name: str
    bar: int
    offset: int
    width: int
    policy: Union[MmioPolicy, int]


@dataclass(frozen=True)
class State:
    """What the guest sees now"""
    asls: int
    ggc: int
    complete: PcicfgEvent
    bdsm: int
    dsm_bytes: int
    gsm_bytes: int


class PciConfig:
    """The config space that one guest sees of one IGD"""

    def __init__(self, platform: Optional[Platform], host_config: bytes,
                 options: Options = Options()) -> None:
        host_config = octets(host_config)
        opts = sized(_abi.igdpt_pcicfg_opts, **asdict(options))
        handle = ctypes.POINTER(_abi.igdpt_pcicfg)()
        call(lib.igdpt_pcicfg_new, platform and platform._raw(), host_config, len(host_config),
             opts, handle)
        self._handle = handle
        weakref.finalize(self, lib.igdpt_pcicfg_free, handle).atexit = False  # others may use it then

    def __reduce__(self) -> Any:
        raise TypeError("a PciConfig cannot be copied; save() and restore() carry what the guest "
                        "has changed")

    def hw_bytes(self, offset: int, width: int) -> int:
        """Which bytes of a read come from hardware, one bit each"""
        return int(lib.igdpt_pcicfg_hw_bytes(self._handle, offset, width))

    def read(self, offset: int, width: int, hw: int = 0) -> int:
        """A guest's read; `hw` is what hardware gave"""
        value = ctypes.c_uint64()
        check(lib.igdpt_pcicfg_read(self._handle, offset, width, hw, value))
        return value.value

    def write(self, offset: int, width: int, value: int) -> Tuple[PcicfgEvent, int]:
        """A guest's write: its events, and the bytes that hardware must get, one bit each"""
        forward = ctypes.c_uint32()
        events = check(lib.igdpt_pcicfg_write(self._handle, offset, width, value, forward))
        return PcicfgEvent(events), forward.value

    def reset(self) -> None:
        """Every register back to its first value"""
        lib.igdpt_pcicfg_reset(self._handle)

    def state(self) -> State:
        """What the guest sees now"""
        raw = sized(_abi.igdpt_pcicfg_state)
        check(lib.igdpt_pcicfg_get_state(self._handle, raw))
        return convert(State, raw)

    def check(self) -> List[Finding]:
        """What device and policies cost"""
        return findings(lib.igdpt_pcicfg_check, self._handle)

    def save(self) -> bytes:
        """What the guest has changed"""
        return output(lib.igdpt_pcicfg_save, self._handle, why=False)

    def restore(self, data: bytes) -> None:
        """Back to what save() gave"""
        data = octets(data)
        call(lib.igdpt_pcicfg_restore, self._handle, data, len(data))

    def mmio_setup(self, options: MmioOptions = MmioOptions()) -> None:
        """How the BAR0 mirrors behave"""
        opts = sized(_abi.igdpt_mmio_opts, **asdict(options))
        call(lib.igdpt_mmio_setup, self._handle, opts)

    def traps(self) -> Iterator[Trap]:
        """The registers in BARs that matter on this device"""
        yield from rows(Trap, _abi.igdpt_mmio_trap, lib.igdpt_mmio_trap_at, self._handle)

    def mmio_read(self, bar: int, offset: int, width: int, hw: int = 0) -> int:
        """A guest's read of a BAR"""
        value = ctypes.c_uint64()
        check(lib.igdpt_mmio_read(self._handle, bar, offset, width, hw, value))
        return value.value

    def mmio_write(self, bar: int, offset: int, width: int,
                   value: int) -> Tuple[PcicfgEvent, int, int]:
        """A guest's write of a BAR: events, what hardware must get, and which bytes of it"""
        hw, forward = ctypes.c_uint64(), ctypes.c_uint32()
        events = check(lib.igdpt_mmio_write(self._handle, bar, offset, width, value, hw, forward))
        return PcicfgEvent(events), hw.value, forward.value

    def mmio_check(self) -> List[Finding]:
        """What the mirrors show and what a driver will miss"""
        return findings(lib.igdpt_mmio_check, self._handle)
