# SPDX-License-Identifier: MIT
"""QEMU's legacy mode: would it do it, and if not, why not."""
import ctypes
from typing import List, Optional, Tuple, Union

from . import _abi
from ._abi import LegacyAnswer, LegacyFlag, Machine, Slot1f
from .error import Finding, findings
from .platform import Platform
from .raw import lib, sized, version as number
from .results import known


def check(version: Tuple[int, int], platform: Optional[Platform] = None,
          flags: int = LegacyFlag(0), machine: int = Machine.I440FX, slot_1f: int = Slot1f.FREE,
          class_code: int = 0, ggc: int = 0) -> Tuple[Union[LegacyAnswer, int], List[Finding]]:
    """Whether that QEMU, e.g. (9, 2), offers legacy mode, and every condition that fails"""
    opts = sized(_abi.igdpt_legacy_opts, flags=flags, machine=machine, slot_1f=slot_1f,
                 class_code=class_code, ggc=ggc)
    if platform:
        opts.platform = ctypes.pointer(platform._raw())
    answer, found = findings.answer(lib.igdpt_legacy_check, opts, number(version))
    return known(LegacyAnswer, answer), found
