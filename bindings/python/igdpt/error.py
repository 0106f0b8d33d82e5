# SPDX-License-Identifier: MIT
"""Errors and findings.

A negative result becomes an IgdptError that carries the error, and where the library told it the
finding: which rule, at which byte, with which value.
"""
import ctypes
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import (Any, Callable, Dict, Generic, Iterator, List, Optional, Tuple, Type, TypeVar,
                    Union)

from . import _abi
from ._abi import Error, Severity
from .raw import lib, octets, sized, start
from .results import convert, known, text

D = TypeVar("D")
T = TypeVar("T")


@dataclass(frozen=True)
class Rule:
    """What is known about a finding number"""
    name: str
    severity: Union[Severity, int]
    message: str
    """template: %v and %w are value and want in hex, %V and %W in decimal"""
    remedy: str
    source: str
    id: int = 0


@lru_cache(maxsize=None)
def rule(number: int) -> Optional[Rule]:
    """The rule of a finding number, None if there is no such number"""
    info = sized(_abi.igdpt_finding_info)
    if lib.igdpt_finding_describe(number, info) < 0:
        return None
    return replace(convert(Rule, info), id=number)


def rules() -> Iterator[Rule]:
    """All rules that the library knows"""
    for number in range(1, 10000):
        found = rule(number)
        if found:
            yield found


@dataclass(frozen=True)
class Finding:
    """Which rule was broken, where, by which value"""
    id: int
    severity: Union[Severity, int]
    error: Union[Error, int]
    offset: Optional[int]
    """byte offset in the input"""
    value: int
    want: int

    @classmethod
    def of(cls, raw: Any) -> "Finding":
        """From a struct igdpt_finding"""
        offset = None if raw.offset == _abi.IGDPT_NO_OFFSET else raw.offset
        return cls(raw.id, known(Severity, raw.severity), known(Error, -raw.error), offset,
                   raw.value, raw.want)

    def _rule(self) -> Rule:
        return rule(self.id) or Rule("", self.severity, "", "", "", self.id)

    @property
    def name(self) -> str:
        """Stable name, e.g. "opregion-signature\""""
        return self._rule().name

    @property
    def remedy(self) -> str:
        """What to do"""
        return self._rule().remedy

    @property
    def source(self) -> str:
        """Specification, kernel file or measurement behind the rule"""
        return self._rule().source

    @property
    def message(self) -> str:
        """One sentence with the numbers filled in"""
        raw = sized(_abi.igdpt_finding, id=self.id, value=self.value, want=self.want)
        try:
            return sentence(lib.igdpt_finding_format, raw)
        except IgdptError:
            return ""

    def __str__(self) -> str:
        place = "" if self.offset is None else f" at {self.offset:#x}"
        return f"{self.name}{place}: {self.message}"


class IgdptError(Exception):
    """A call failed: `error` says how, `finding` (if the library gave one) which rule and where"""

    def __init__(self, error: int, finding: Optional[Finding] = None) -> None:
        self.error = known(Error, abs(error))
        self.finding = finding
        super().__init__(str(finding) if finding else text(lib.igdpt_strerror(error)))

    def __reduce__(self) -> Any:
        return type(self), (int(self.error), self.finding)

    @property
    def name(self) -> Optional[str]:
        """Name of the finding"""
        return self.finding.name if self.finding else None

    @property
    def offset(self) -> Optional[int]:
        """Byte offset in the input"""
        return self.finding.offset if self.finding else None


def check(result: int) -> int:
    """A result that is not negative"""
    if result < 0:
        raise IgdptError(result)
    return result


def found(result: int) -> bool:
    """Whether a result is not IGDPT_E_NOTFOUND"""
    return result != -Error.NOTFOUND and check(result) >= 0


def call(function: Callable[..., int], *args: Any, notes: Optional[List[Finding]] = None) -> int:
    """Calls a function whose last parameter is `why`; `notes` gets what it told all the same."""
    why = sized(_abi.igdpt_finding)
    result = function(*args, why)
    told = Finding.of(why) if why.id else None
    if result < 0:
        raise IgdptError(result, told)
    if told and notes is not None:
        notes.append(told)
    return result


def output(function: Callable[..., int], *args: Any, why: bool = True,
           notes: Optional[List[Finding]] = None) -> bytes:
    """The bytes of a function that ends in `buf, len` and maybe `why`."""
    length = ctypes.c_size_t(0)
    result = function(*args, None, length, *([None] if why else []))
    room = bytearray(length.value if result == -Error.NOSPACE else 1)
    if why:
        call(function, *args, start(room), length, notes=notes)
    else:
        check(function(*args, start(room), length))
    return bytes(room[:length.value])


def sentence(function: Callable[..., int], *args: Any) -> str:
    """The text of a function that ends in `buf, len`."""
    room = bytearray(check(function(*args, None, 0)) + 1)
    check(function(*args, start(room), len(room)))
    return text(room[:-1])


class Collector(Generic[T]):
    """Calls functions that end in `fn, user`, and gives what they report."""

    def __init__(self, callback_type: Any, of: Callable[[Any], T]) -> None:
        self._of = of
        self._calls: Dict[int, Tuple[List[T], List[BaseException]]] = {}
        self._callback = callback_type(self._add)

    def _add(self, user: int, record: Any) -> int:
        try:
            self._calls[user][0].append(self._of(getattr(record, "contents", record)))
        except BaseException as problem:  # Ctrl-C, say; it cannot pass through C
            self._calls[user][1].append(problem)
        return 0

    def answer(self, function: Callable[..., int], *args: Any) -> Tuple[int, List[T]]:
        """The result too"""
        found: List[T] = []
        raised: List[BaseException] = []
        self._calls[id(found)] = found, raised
        try:
            result = function(*args, self._callback, id(found))
        finally:
            del self._calls[id(found)]
        if raised:
            raise raised.pop(0)
        return check(result), found

    def __call__(self, function: Callable[..., int], *args: Any) -> List[T]:
        return self.answer(function, *args)[1]


findings = Collector(_abi.igdpt_finding_fn, Finding.of)


def walk(step: Callable[..., int], raw: Any, *args: Any) -> Iterator[Any]:
    """A struct again and again, as long as a function that ends in `raw, why` fills it."""
    while call(step, *args, raw) > 0:
        yield raw


def rows(kind: Type[D], raw_kind: Type[ctypes.Structure], at: Callable[..., int],
         *args: Any) -> Iterator[D]:
    """All that a function with a running index gives"""
    raw, index = sized(raw_kind), 0
    while found(at(*args, index, raw)):
        yield convert(kind, raw)
        raw, index = sized(raw_kind), index + 1


class Reader:
    """A view of bytes that stay as they are. Keeps a copy of what is not `bytes` already."""
    __slots__ = ("_data", "_view")

    def __init__(self, view: ctypes.Structure, init: Callable[..., int], data: bytes) -> None:
        data = octets(data)
        call(init, view, data, len(data))
        self._data = data
        self._view: Any = view

    @property
    def data(self) -> bytes:
        """All of the input"""
        return self._data

    def __reduce__(self) -> Any:
        return type(self), (self._data,)
