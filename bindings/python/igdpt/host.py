# SPDX-License-Identifier: MIT
"""What a Linux machine says about its IGD, by libigdpt-host.

    host = igdpt.host.Host()
    for igd in host.igds():
        print(igd, host.config(igd.address)[0x50:0x52].hex())

A library of its own, loaded at the first call: $IGDPT_HOST_LIBRARY if that is set, else by SONAME.
`root` is "/" or the top of a captured tree; nothing outside it is read, and nothing is written.
"""
import ctypes
import os
import weakref
from threading import Lock
from dataclasses import dataclass, replace
from typing import Any, Callable, Iterator, List, Optional

from . import _host_abi as _abi
from ._abi import Error
from ._host_abi import HostDeviceFlag, HostRegionFlag, HostSource
from .error import Collector, IgdptError
from .raw import host_lib as lib, sized, start, string
from .results import convert, text

DMAR = _abi.IGDPT_HOST_DMAR
IOMEM = _abi.IGDPT_HOST_IOMEM
CMDLINE = _abi.IGDPT_HOST_CMDLINE
CPUINFO = _abi.IGDPT_HOST_CPUINFO
NAME_ROOM = 4096
MOST = 16 << 20
_libpci = Lock()
"""libpci has one database of names, and its own error handler, for all threads"""


class HostError(IgdptError):
    """Something could not be read: `system` is the errno or 0"""

    def __init__(self, error: int, reason: str = "", system: int = 0) -> None:
        super().__init__(error)
        self.reason = reason
        self.system = system
        if reason:
            self.args = (reason,)

    def __reduce__(self) -> Any:
        return type(self), (int(self.error), self.reason, self.system)


@dataclass(frozen=True)
class Device:
    """A PCI function"""
    address: int
    """domain << 16 | bus << 8 | device << 3 | function"""
    vendor: int
    device: int
    class_code: int
    flags: HostDeviceFlag
    group: Optional[int] = None
    """IOMMU group"""
    driver: Optional[str] = None

    def __str__(self) -> str:
        a = self.address
        return f"{a >> 16:04x}:{a >> 8 & 0xff:02x}:{a >> 3 & 0x1f:02x}.{a & 7}"


@dataclass(frozen=True)
class Iommu:
    """The VT-d units"""
    units: int
    width: int
    """smallest address width in bits, 0 if unknown"""
    remapping: int
    """how many can remap interrupts"""


@dataclass(frozen=True)
class Kernel:
    """The kernel"""
    major: int
    minor: int
    release: str


@dataclass(frozen=True)
class Regions:
    """What vfio-pci shows of a device"""
    count: int
    flags: HostRegionFlag
    asls: int
    """config 0xFC as VFIO shows it"""
    opregion_bytes: int
    rom_bytes: int


class Host:
    """A machine, or a tree captured from one"""

    def __init__(self, root: str = "/") -> None:
        self._fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._close = weakref.finalize(self, os.close, self._fd)
        self._close.atexit = False  # others may read then

    def __enter__(self) -> "Host":
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    @property
    def _root(self) -> int:
        if not self._close.alive:  # its number may be another file's by now
            raise ValueError("this Host is closed")
        return self._fd

    def __reduce__(self) -> Any:
        raise TypeError("a Host cannot be copied")

    def read(self, path: str) -> bytes:
        """The whole of a regular file"""
        return _bytes(lib.igdpt_host_read, self._root, _path(path))

    def link(self, path: str) -> str:
        """The last component of what a link points to"""
        return _text(lib.igdpt_host_link, self._root, _path(path))

    def list(self, path: str) -> List[str]:
        """The names in a directory, sorted"""
        try:
            return sorted(_names(lib.igdpt_host_list, self._root, _path(path)))
        except IgdptError as error:
            raise HostError(error.error) from None

    def device(self, address: int) -> Optional[Device]:
        """A PCI function by its address"""
        return _device(lib.igdpt_host_get_device, self._root, address)

    def igds(self) -> Iterator[Device]:
        """Intel's display devices"""
        yield from _devices(lambda *at: lib.igdpt_host_find(self._root, *at))

    def group(self, number: int) -> Iterator[Device]:
        """The members of an IOMMU group"""
        yield from _devices(lambda *at: lib.igdpt_host_member(self._root, number, *at))

    def config(self, address: int) -> bytes:
        """Config space as sysfs shows it: 64, 256 or 4096 bytes"""
        return _bytes(lib.igdpt_host_config, self._root, address)

    def reserved_regions(self, group: int) -> bytes:
        """Text for rmrr.parse() as RmrrSource.SYSFS"""
        return _bytes(lib.igdpt_host_reserved_regions, self._root, group)

    def iommu(self) -> Iommu:
        """The VT-d units"""
        raw = sized(_abi.igdpt_host_iommu)
        _plain(lib.igdpt_host_get_iommu, self._root, raw)
        return convert(Iommu, raw)

    def kernel(self) -> Kernel:
        """The kernel's version"""
        raw = sized(_abi.igdpt_host_kernel)
        _plain(lib.igdpt_host_get_kernel, self._root, raw)
        return convert(Kernel, raw)

    def kernel_option(self, option: str) -> Optional[str]:
        """"y", "m" or "n"; None if the kernel's configuration is not there"""
        answer = _found(lib.igdpt_host_kernel_option, self._root, string(option))
        return None if answer is None else chr(answer)

    def parameter(self, module: str, parameter: str) -> str:
        """A parameter of a loaded module"""
        return _text(lib.igdpt_host_parameter, self._root, string(module), string(parameter))

    def opregion(self, address: int, source: int) -> bytes:
        """The OpRegion with its extended VBT, from a HostSource"""
        return _bytes(lib.igdpt_host_opregion, self._root, address, source, why=True)

    def regions(self, address: int, source: int) -> Regions:
        """What vfio-pci shows of a device, by HostSource.VFIO_GROUP or VFIO_CDEV"""
        raw = sized(_abi.igdpt_host_regions)
        _told(lib.igdpt_host_regions, self._root, address, source, raw)
        return convert(Regions, raw)


def libpci_config(address: int, dump: Optional[str] = None) -> bytes:
    """Config space by libpci, of this machine or of an `lspci -x` dump"""
    path = None if dump is None else _path(dump)
    with _libpci:
        return _bytes(lib.igdpt_host_libpci_config, path, address, why=True)


def libpci_name(vendor: int, device: int) -> Optional[str]:
    """The name of a device in libpci's database"""
    try:
        with _libpci:
            return _text(lib.igdpt_host_libpci_name, vendor, device)
    except HostError as error:
        if error.error != Error.NOTFOUND:
            raise
        return None


def _path(path: str) -> bytes:
    return string(os.fsencode(path))


_names = Collector(_abi.igdpt_host_name_fn, os.fsdecode)


def _told(function: Callable[..., int], *args: Any) -> int:
    """Calls a function that ends in `why`."""
    why: Any = sized(_abi.igdpt_host_why)
    result = function(*args, why)
    if result < 0:
        raise HostError(result, text(why.text), why.system)
    return result


def _check(result: int) -> int:
    if result < 0:
        raise HostError(result)
    return result


def _plain(function: Callable[..., int], *args: Any) -> int:
    return _check(function(*args))


def _found(function: Callable[..., int], *args: Any) -> Optional[int]:
    """The result, or None for IGDPT_E_NOTFOUND"""
    result = function(*args)
    return None if result == -Error.NOTFOUND else _check(result)


def _bytes(function: Callable[..., int], *args: Any, why: bool = False) -> bytes:
    """The bytes of a function that ends in `buf, len` and maybe `why`."""
    room = 1 << 16
    while True:
        data = bytearray(room)
        length = ctypes.c_size_t(room)
        try:
            (_told if why else _plain)(function, *args, start(data), length)
        except HostError as error:
            if error.error != Error.NOSPACE or room >= MOST:
                raise
            room <<= 4
            continue
        return bytes(data[:length.value])


def _text(function: Callable[..., int], *args: Any) -> str:
    """The text of a function that ends in `name, room`."""
    data = bytearray(NAME_ROOM)
    _plain(function, *args, start(data), len(data))
    return os.fsdecode(bytes(data).partition(b"\0")[0])


def _device(function: Callable[..., int], *args: Any) -> Optional[Device]:
    raw: Any = sized(_abi.igdpt_host_device)
    if _found(function, *args, raw) is None:
        return None
    return replace(convert(Device, raw), group=None if raw.group < 0 else raw.group,
                   driver=text(raw.driver) or None)


def _devices(function: Callable[..., int]) -> Iterator[Device]:
    device = _device(function, 0)
    while device:
        yield device
        device = _device(function, device.address + 1)
