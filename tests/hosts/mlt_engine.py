"""Hold a real editor's engine, MLT, at the ready for tests, and read the pictures that it shows."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

PLAYER = Path(__file__).with_name("mlt_player.py")
WHY_NOT = "MLT is not there; on Debian: apt-get install --no-install-recommends python3-mlt melt"
WIDTH, HEIGHT = 128, 72
BITS = 16
Light = np.ndarray[Any, np.dtype[np.uint8]]


@cache
def python() -> str | None:
    """Return a Python that has the engine's binding: this one or the system's; None where none has."""
    for each in (sys.executable, "/usr/bin/python3"):
        said = subprocess.run(
            [each, str(PLAYER)], input="", capture_output=True, text=True, check=False, timeout=60
        )
        if said.returncode == 0 and '"ready": true' in said.stdout:
            return each
    return None


@dataclass(frozen=True)
class Seen:
    """Hold what one position shows: the number in its barcode, its tint, its picture in gray."""

    number: int
    tint: str
    light: Light

    @property
    def blocks(self) -> list[float]:
        """Return how light each block of the barcode is: in a dissolve a mix of two."""
        return blocks_in(self.light)


class Engine:
    """Play projects in one process that stays."""

    def __init__(self, folder: Path) -> None:
        self._raw = folder / "frames.raw"
        found = python()
        assert found is not None, WHY_NOT
        self._process = subprocess.Popen(
            [found, str(PLAYER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._lengths: dict[tuple[str, Fraction], int] = {}
        assert self._answer()["ready"]

    def close(self) -> None:
        """Let the engine go."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=20)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def play(self, project: Path, places: Iterable[int]) -> dict[int, Seen]:
        """Return what positions of a project show."""
        places = [*places]
        told = self._ask({"play": str(project), "to": str(self._raw), "places": places,
                          "width": WIDTH, "height": HEIGHT})  # fmt: skip
        assert "error" not in told, f"{project}: {told}"
        raw = np.frombuffer(self._raw.read_bytes(), np.uint8).reshape(len(places), HEIGHT, WIDTH, 3)
        return dict(zip(places, map(seen, raw), strict=True))

    def warped_length(self, path: Path, speed: float, rate: Fraction) -> int:
        """Return how many frames the engine gives a file that is played at a speed."""
        address = f"{speed}:{path}"
        if (address, rate) not in self._lengths:
            told = self._ask({"length": address, "rate": [rate.numerator, rate.denominator]})
            self._lengths[address, rate] = told["length"]
        return self._lengths[address, rate]

    def _ask(self, wish: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        print(json.dumps(wish), file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the engine ended before it answered"
        answer: dict[str, Any] = json.loads(line)
        return answer


def seen(picture: Any) -> Seen:
    """Read one RGB picture."""
    light = picture.max(axis=2)  # a tint darkens two of the colours
    return Seen(number_in(light), tint_of(picture[2 : HEIGHT * 6 // 10].astype(float)), light)


def blocks_in(light: Light) -> list[float]:
    """Return how light each block of the barcode along the lower edge is."""
    height, width = light.shape
    begins, ends = inner(width)
    sums = np.concatenate([[0], np.cumsum(light[height - height // 10], dtype=float)])
    return list((sums[ends] - sums[begins]) / (ends - begins))


@cache
def inner(width: int) -> tuple[Any, Any]:
    """Return where the inner part of each block begins and ends."""
    bits = np.arange(BITS)
    begins, ends = ((bits + part) * width / BITS for part in (0.35, 0.65))
    return begins.astype(int), ends.astype(int) + 1


def number_in(light: Light) -> int:
    """Read the barcode of a picture."""
    return sum(int(block > 126) << (BITS - 1 - bit) for bit, block in enumerate(blocks_in(light)))


def tint_of(colours: Any) -> str:
    """Return the colour that a picture is tinted with, "none" where it is gray or black."""
    red, green, blue = (colours[..., channel].mean() for channel in range(3))
    if red - blue > 25:
        return "red"
    if blue - red > 25:
        return "blue"
    return "green" if green - max(red, blue) > 25 else "none"
