# SPDX-License-Identifier: MIT
"""The plan: where OpRegion and stolen memory go, before guest RAM exists."""
import ctypes
from dataclasses import dataclass, field, replace
from typing import Any, List, Optional, Tuple, Union

from . import _abi
from ._abi import (BridgePolicy, E820Type, GmsPolicy, PcicfgFlag, PlanBlockFlag, PlanDsm,
                   PlanFirmware, PlanFlag, PlanKind, PlanMode, PlanResultFlag, RegPolicy)
from .error import Finding, call, findings
from .pcicfg import Options
from .platform import Platform
from .ranges import Ranges
from .raw import array, lib, sized
from .results import convert


@dataclass(frozen=True)
class Machine:
    """What the planner must know; 0 means the documented default"""
    low_end: int
    """RAM lies below it"""
    ggc: int = 0
    high_bytes: int = 0
    """bytes of RAM from 4 GiB on"""
    platform: Optional[Platform] = None
    mode: int = PlanMode.FIRMWARE
    dsm_policy: int = PlanDsm.DEFAULT
    firmware: int = PlanFirmware.UNKNOWN
    flags: int = PlanFlag(0)
    class_code: int = 0
    mmio_first: int = 0
    mmio_last: int = 0
    opregion_bytes: int = 0x2000
    vbt_bytes: int = 0
    dsm_bytes: int = 0
    host_asls: int = 0
    host_bdsm: int = 0
    taken: Optional[Ranges] = None
    """guest addresses that nothing may use"""

    def _raw(self) -> Any:
        numbers = {name: value for name, value in vars(self).items()
                   if name not in ("platform", "taken")}
        raw = sized(_abi.igdpt_plan_opts, **numbers)
        if self.platform:
            raw.platform = ctypes.pointer(self.platform._raw())
        if self.taken:
            raw.taken = ctypes.pointer(self.taken._view)
        return raw


@dataclass(frozen=True)
class Block:
    """A block of guest memory"""
    kind: Union[PlanKind, int]
    flags: PlanBlockFlag
    first: int
    bytes: int
    e820: Union[E820Type, int]


@dataclass(frozen=True)
class Plan:
    """Blocks, and the policies and presets for the virtual config space"""
    flags: PlanResultFlag
    asls_policy: Union[RegPolicy, int]
    bdsm_policy: Union[RegPolicy, int]
    gms_policy: Union[GmsPolicy, int]
    bridge: Union[BridgePolicy, int]
    config_flags: PcicfgFlag
    asls: int
    bdsm: int
    dsm_bytes: int
    gsm_bytes: int
    rvda: int
    blocks: Tuple[Block, ...] = ()
    _raw: Any = field(default=None, repr=False, compare=False)

    def options(self) -> Options:
        """For the virtual config space"""
        return Options(flags=self.config_flags, asls_policy=self.asls_policy,
                       bdsm_policy=self.bdsm_policy, gms_policy=self.gms_policy,
                       bridge=self.bridge, asls=self.asls, bdsm=self.bdsm,
                       dsm_bytes=self.dsm_bytes)


@dataclass(frozen=True)
class E820Entry:
    """An entry of the guest's memory map"""
    first: int
    bytes: int
    type: Union[E820Type, int]


def make(machine: Machine) -> Plan:
    """A plan, or IgdptError with the reason why there is none"""
    raw: Any = sized(_abi.igdpt_plan_result)
    call(lib.igdpt_plan_make, machine._raw(), raw)
    blocks = tuple(convert(Block, block) for block in raw.blocks[:raw.count])
    return replace(convert(Plan, raw), blocks=blocks, _raw=raw)


def check(machine: Machine, plan: Plan) -> List[Finding]:
    """What the plan costs"""
    return findings(lib.igdpt_plan_check, machine._raw(), plan._raw)


def e820(machine: Machine, plan: Plan) -> List[E820Entry]:
    """The guest's memory map"""
    opts, count = machine._raw(), ctypes.c_size_t(0)
    lib.igdpt_plan_e820(opts, plan._raw, None, count, None)
    rows = array(_abi.igdpt_e820_entry, count.value)
    call(lib.igdpt_plan_e820, opts, plan._raw, rows[0], count)
    return [convert(E820Entry, row) for row in rows[:count.value]]
