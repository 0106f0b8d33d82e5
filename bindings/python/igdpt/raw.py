# SPDX-License-Identifier: MIT
"""The C functions as they are: `raw.lib.igdpt_platform_find(...)`.

The library is loaded at the first call: $IGDPT_LIBRARY if that is set, else by SONAME; libigdpt-host
likewise by `raw.host_lib` and $IGDPT_HOST_LIBRARY. A function
is bound when it is first named; one that the library in use does not have raises
NotImplementedError when called, so that the package works with older libraries. A number that does
not fit its parameter raises ctypes.ArgumentError, one that does not fit a member OverflowError.

Calls of libigdpt keep the interpreter's lock, so that threads can share what the package makes: a
call is over before the next begins, but for one that reports findings, which lets others in between
two of them. libigdpt-host waits for the kernel without the lock.
"""
import ctypes
import os
from functools import lru_cache
from typing import Any, Callable, Dict, List, Optional, Tuple, Type, TypeVar, Union

from . import _abi, _host_abi

S = TypeVar("S", bound=ctypes.Structure)
T = TypeVar("T")
Functions = Dict[str, Tuple[str, Any, List[Tuple[str, Any]]]]


class LibraryMissing(OSError):
    """There is no such library here"""


class Library:
    """Attributes are the C functions of one library."""

    def __init__(self, soname: str, variable: str, functions: Functions,
                 loader: Type[ctypes.CDLL]) -> None:
        self._soname = soname
        self._loader = loader
        self._variable = variable
        self._functions = functions
        self._dll: Optional[ctypes.CDLL] = None

    @property
    def dll(self) -> ctypes.CDLL:
        """The loaded library"""
        if self._dll is None:
            path = os.environ.get(self._variable) or self._soname
            try:
                self._dll = self._loader(path)
            except OSError as failure:
                raise LibraryMissing(f"{path} is needed: {failure}; ${self._variable} names "
                                     "another file") from None
        return self._dll

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in self._functions:
            raise AttributeError(f"{self._soname} has no function {name}")
        function = self._bind(name)
        setattr(self, name, function)
        return function

    def _bind(self, name: str) -> Callable[..., Any]:
        node, result, params = self._functions[name]
        try:
            function = self.dll[name]
        except AttributeError:
            return _missing(name, node)
        function.restype = result
        function.argtypes = [_whole(kind) for _, kind in params]
        return function


UNSIGNED = {ctypes.c_uint32, ctypes.c_uint64, ctypes.c_size_t}


@lru_cache(maxsize=None)
def _whole(kind: Any) -> Any:
    """The same as a parameter that refuses what ctypes would cut"""
    if kind not in UNSIGNED:
        return kind
    converted, top = kind.from_param, 1 << 8 * ctypes.sizeof(kind)

    class Whole(kind):  # type: ignore[misc]
        """A number in range"""
        @classmethod
        def from_param(cls, value: Any) -> Any:
            if 0 <= value < top:
                return converted(value)
            raise OverflowError(f"{value:#x} is not within {8 * ctypes.sizeof(kind)} bits")
    return Whole


def _missing(name: str, node: str) -> Callable[..., Any]:
    def call(*_: Any) -> Any:
        raise NotImplementedError(f"the library in use has no {name} (it came with {node})")
    return call


def sized(kind: Type[S], **members: Any) -> S:
    """A struct that starts with its size"""
    return fill(kind(ctypes.sizeof(kind)), **members)


def fill(struct: T, **members: Any) -> T:
    """Sets members, and sees that they are what was given"""
    for name, value in members.items():
        setattr(struct, name, value)
        if getattr(struct, name) != value:
            raise OverflowError(f"{name}: {value:#x} does not fit")
    return struct


def array(kind: Type[S], count: int) -> List[S]:
    """Structs in a row (at least one); the first is passed for all. Makes no type, so no cycle."""
    size, count = ctypes.sizeof(kind), max(count, 1)
    room = bytearray(size * count)
    return [kind.from_buffer(room, size * index) for index in range(count)]


def start(room: bytearray) -> Any:
    """A buffer as an output argument"""
    return ctypes.byref(ctypes.c_char.from_buffer(room)) if room else None


def octets(data: Any) -> bytes:
    """The bytes of whatever holds bytes"""
    return data if isinstance(data, bytes) else memoryview(data).tobytes()


def address(data: bytes) -> Optional[int]:
    """Where an object's bytes are; it must outlive the use"""
    return ctypes.c_void_p.from_buffer(ctypes.c_char_p(data)).value


def string(value: Union[str, bytes]) -> bytes:
    """For a `const char *`; behind a NUL nothing would be read"""
    data = value.encode() if isinstance(value, str) else value
    if b"\0" in data:
        raise ValueError("embedded null character")
    return data


def version(pair: Tuple[int, int]) -> int:
    """major << 8 | minor"""
    major, minor = pair
    if not (0 <= major < 256 and 0 <= minor < 256):
        raise OverflowError(f"there is no version {major}.{minor}")
    return major << 8 | minor


lib = Library("libigdpt.so.1", "IGDPT_LIBRARY", _abi.FUNCTIONS, ctypes.PyDLL)
host_lib = Library("libigdpt-host.so.1", "IGDPT_HOST_LIBRARY", _host_abi.FUNCTIONS, ctypes.CDLL)
