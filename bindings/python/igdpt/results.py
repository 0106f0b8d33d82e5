# SPDX-License-Identifier: MIT
"""From C structs to dataclasses.

A dataclass names the members that it takes, and its annotations say what becomes of them: numbers
stay, `Optional[int]` makes 0 None, an enum or flag gets the value (a number that it does not know
stays a number), `str` takes a constant string of the library.
"""
import dataclasses
from enum import IntFlag
from typing import (Any, Callable, Dict, List, Optional, Tuple, Type, TypeVar, Union, get_args,
                    get_origin, get_type_hints)

E = TypeVar("E", bound=int)
D = TypeVar("D")


def known(kind: Type[E], value: int) -> Union[E, int]:
    """A member of an enum, or the plain number that a newer library gave"""
    members: Dict[int, E] = kind._value2member_map_  # type: ignore[attr-defined]
    return members.get(value, value)


F = TypeVar("F", bound=IntFlag)


def flags(kind: Type[F], value: int) -> F:
    """A set of flags; those that are one flag, or were seen before, need no search"""
    members: Dict[int, F] = kind._value2member_map_  # type: ignore[assignment]
    return members.get(value) or kind(value)


def text(value: Optional[bytes]) -> str:
    """A constant string of the library"""
    return (value or b"").decode("utf-8", "replace")


def _converter(kind: Any) -> Optional[Callable[[Any], Any]]:
    """None for what stays as it is"""
    first = get_args(kind)[0] if get_origin(kind) is Union else kind
    if first is not kind and first is int:
        return lambda value: value or None
    if first is str:
        return text
    if issubclass(first, IntFlag):
        return lambda value: flags(first, value)
    members: Dict[int, Any] = getattr(first, "_value2member_map_", {})
    return None if first is int else lambda value: members.get(value, value)


Plan = List[Tuple[str, Optional[Callable[[Any], Any]]]]
_plans: Dict[Any, Plan] = {}


def _plan(kind: Any) -> Plan:
    hints = get_type_hints(kind)
    _plans[kind] = [(field.name, _converter(hints[field.name])) for field in dataclasses.fields(kind)
                    if field.default is dataclasses.MISSING]
    return _plans[kind]


def convert(kind: Type[D], raw: Any) -> D:
    """A dataclass out of a C struct; fields with a default are left alone"""
    made = object.__new__(kind)  # what a frozen class's own __init__ does takes twice as long
    made.__dict__.update([(name, converter(getattr(raw, name)) if converter else getattr(raw, name))
                          for name, converter in _plans.get(kind) or _plan(kind)])
    return made
