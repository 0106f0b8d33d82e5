# SPDX-License-Identifier: MIT
"""What a guest's host bridge and LPC bridge repeat."""
from dataclasses import dataclass
from typing import Iterator, Union

from . import _abi
from ._abi import BridgeSource
from .error import rows
from .raw import lib


@dataclass(frozen=True)
class Register:
    """A register to fill"""
    devfn: int
    """0x00 host bridge, 0xf8 LPC bridge (00:1f.0)"""
    offset: int
    width: int
    """bytes"""
    source: Union[BridgeSource, int]
    name: str


def registers(model: int) -> Iterator[Register]:
    """The registers that a VMM, a BridgeModel, copies"""
    return rows(Register, _abi.igdpt_bridge_reg, lib.igdpt_bridge_at, model)
