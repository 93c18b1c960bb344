"""Find single places of a JSON text, so that nothing else of it is written anew."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from json.encoder import encode_basestring
from math import isfinite
from typing import Any

from uprez.errors import HostError
from uprez_otio.edits import Edit

Key = str | int
Pointer = tuple[Key, ...]
_plain = json.JSONEncoder(ensure_ascii=False).encode
_scan = json.JSONDecoder(strict=False).scan_once  # type: ignore[attr-defined]
_blank = re.compile(r"[ \t\n\r]*").match
_label = re.compile(r'"([^"\\]*)"[ \t\n\r]*:[ \t\n\r]*').match
_comma = re.compile(r"[ \t\n\r]*(?:,[ \t\n\r]*)?").match


@dataclass(frozen=True, slots=True)
class Member:
    """Hold a member of an object: where its key begins, and its value with where that stands."""

    key: str
    at: int
    start: int
    end: int
    value: Any


def value(text: str, at: int) -> tuple[Any, int]:
    """Return the value that begins at `at`, and where it ends; raises HostError."""
    try:
        found: tuple[Any, int] = _scan(text, at)
    except (StopIteration, ValueError, RecursionError):
        raise HostError(f"its JSON is broken at character {at}; export it again") from None
    return found


def members(text: str, at: int) -> Iterator[Member]:
    """Yield the members of the object that begins at `at`."""
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, start = _key(text, at)
        content, end = value(text, start)
        yield Member(key, at, start, end, content)
        at = _next(text, end)


def elements(text: str, at: int) -> list[tuple[int, int]]:
    """Return where each element of the array that begins at `at` begins and ends."""
    spans = []
    at = _skip(text, at + 1)
    while text[at] != "]":
        end = value(text, at)[1]
        spans.append((at, end))
        at = _next(text, end)
    return spans


def places(text: str, pointers: Iterable[Pointer]) -> dict[Pointer, tuple[int, int]]:
    """Return where the values that the pointers lead to begin and end; what is not there is missing."""
    root = _Wanted()
    for pointer in pointers:
        node = root
        for key in pointer:
            node = node.below.setdefault(key, _Wanted())
        node.here = True
    found: dict[Pointer, tuple[int, int]] = {}
    _visit(text, _skip(text, 0), root, (), found)
    return found


@dataclass
class _Wanted:
    here: bool = False
    below: dict[Key, _Wanted] = field(default_factory=dict)


def _visit(text: str, at: int, node: _Wanted, path: Pointer, found: dict[Pointer, tuple[int, int]]) -> int:
    """Walk only where something is wanted; the rest is passed over at the speed of the C scanner."""
    if not node.below or text[at] not in "{[":
        end = value(text, at)[1]
    else:
        is_object, index = text[at] == "{", 0
        inside = _skip(text, at + 1)
        while text[inside] not in "}]":
            key: Key
            key, start = _key(text, inside) if is_object else (index, inside)
            below = node.below.get(key)
            if below is None:
                ended = value(text, start)[1]
            else:
                ended = _visit(text, start, below, (*path, key), found)
            inside, index = _next(text, ended), index + 1
        end = inside + 1
    if node.here:
        found[path] = at, end
    return end


def _key(text: str, at: int) -> tuple[str, int]:
    plain = _label(text, at)
    if plain:
        return plain[1], plain.end()
    key, end = value(text, at)
    return key, _skip(text, _skip(text, end) + 1)


def _next(text: str, at: int) -> int:
    found = _comma(text, at)
    return found.end() if found else at


def _skip(text: str, at: int) -> int:
    found = _blank(text, at)
    return found.end() if found else at


@dataclass(frozen=True, slots=True)
class Hand:
    """Write new JSON as the text around it is written: `lead` is what stands before a member's key."""

    lead: str
    unit: str

    @classmethod
    def of(cls, text: str, at: int) -> Hand:
        """Take the hand from the object or array that begins at `at`, its own indent and its children's."""
        inside = _skip(text, at + 1)
        lead = text[at + 1 : inside]
        if "\n" not in lead:
            return cls(lead, "")
        outer = text[text.rfind("\n", 0, at) + 1 : at]
        outer = outer[: len(outer) - len(outer.lstrip(" \t"))]
        indent = lead.rpartition("\n")[2]
        return cls(lead, indent[len(outer) :] if indent.startswith(outer) else "    ")

    @property
    def comma(self) -> str:
        """Return what parts two members."""
        return f",{self.lead}" if "\n" in self.lead else ", "

    @property
    def deeper(self) -> Hand:
        """Return the hand for what stands one level further in."""
        return Hand(self.lead + self.unit, self.unit)

    def written(self, value: Any) -> str:
        """Write a value that stands as a member at this level."""
        if "\n" not in self.lead:
            return _plain(value)
        return _indented(value, self.lead, self.unit)


def _indented(value: Any, lead: str, unit: str) -> str:
    """Write a value as `json.dumps` does with an indent, which has no C encoder and takes far longer."""
    kind = type(value)
    if kind is str:
        return str(encode_basestring(value))
    if kind is int or (kind is float and isfinite(value)):
        return repr(value)
    if not value or not isinstance(value, dict | list):
        return _plain(value)
    deeper = lead + unit
    if isinstance(value, list):
        inside = [_indented(each, deeper, unit) for each in value]
        return f"[{deeper}{f',{deeper}'.join(inside)}{lead}]"
    inside = [f"{_named(key)}: {_indented(each, deeper, unit)}" for key, each in value.items()]
    return f"{{{deeper}{f',{deeper}'.join(inside)}{lead}}}"


@lru_cache(maxsize=1024)
def _named(key: str) -> str:
    return _plain(key)


def insertion(text: str, at: int, found: list[Member], key: str, new: str) -> Edit:
    """Return the edit that puts a member, its value written as `new`, last into the object at `at`."""
    if not found:
        return Edit(at + 1, at + 1, f'"{key}": {new}')
    end = found[-1].end
    return Edit(end, end, f'{Hand.of(text, at).comma}"{key}": {new}')
