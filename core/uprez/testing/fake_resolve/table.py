"""The methods of each class with the version that brought them: data, so that nothing newer can be called."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from uprez.frozen import Frozen

_FAILURES: Mapping[str, Any] = {"null": None, "false": False, "0": 0, "[]": [], "{}": {}, '""': ""}
_HERE = Path(__file__).parent


class Method(Frozen):
    """Describe one method: arguments ("name?" may be left out), version, what it answers when it fails."""

    object: str
    name: str
    arguments: tuple[str, ...]
    since: tuple[int, ...]
    fail: Any
    writes: bool
    forbidden: bool

    @property
    def spoken(self) -> str:
        """Return the method as Object.Method."""
        return f"{self.object}.{self.name}"

    def takes(self, count: int) -> bool:
        """Tell whether the method can be called with so many arguments."""
        least = sum(not argument.endswith("?") for argument in self.arguments)
        return least <= count <= len(self.arguments)


def numbers(version: str) -> tuple[int, ...]:
    """Return a version as numbers: 21.0.4 is (21, 0, 4)."""
    return tuple(int(part) for part in version.split("."))


@cache
def methods() -> Mapping[tuple[str, str], Method]:
    """Return all modelled methods by object and name."""
    with (_HERE / "methods.csv").open(encoding="utf-8", newline="") as file:
        return {(row["object"], row["name"]): _method(row) for row in csv.DictReader(file)}


@cache
def constants() -> Mapping[str, tuple[int, tuple[int, ...]]]:
    """Return the constants that a Resolve handle carries: value and version."""
    with (_HERE / "constants.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: (int(row["value"]), numbers(row["since"])) for row in csv.DictReader(file)}


def _method(row: dict[str, str]) -> Method:
    return Method(
        object=row["object"],
        name=row["name"],
        arguments=tuple(row["arguments"].split()),
        since=numbers(row["since"]),
        fail=_FAILURES[row["fail"]],
        writes="writes" in row["notes"],
        forbidden="forbidden" in row["notes"],
    )
