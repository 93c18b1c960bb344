"""Image sequences of MLT projects: which files an address means, and the address of a render's.

MLT prints numbers into a pattern, from its `?begin=` or nought on. The first file is the first that is there
within a hundred numbers, the last the one before a hundred that are missing in a row. It jumps over fewer:
the next file is the next frame. A property `begin` beside the address counts for nothing. `/.all.png` are
all files of a folder that end so, by their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from uprez_otio.media_url import is_relative, locate_folder

if TYPE_CHECKING:
    from uprez.model import Numbering

_SEQUENCE = re.compile(r"%\d*[diu]|/\.all\.|\?begin[=:]", re.IGNORECASE)
_PATTERN = re.compile(
    r"(?P<prefix>(?:[^%?/]|%%)*)%(?:0+(?P<digits>\d?))?[diu](?P<suffix>(?:[^%?/]|%%)*)"
    r"(?:\?begin[=:](?P<begin>\d{1,9}))?",
    re.DOTALL,
)
_BEGIN = re.compile(r"\?begin[=:](\d+)$")
_NUMBERED = re.compile(r"(.*?)(\d{1,9})(\.[^.]*)", re.DOTALL)
_ALL = "/.all."
GARBLED = (
    'its image sequence lies in a folder with "%" in its name, which MLT takes for its number; '
    "rename the folder and relink it in your editor"
)
_FAR = 100
"""How many numbers in a row MLT looks at without finding a file."""


def is_sequence(url: str) -> bool:
    """Tell whether MLT may take a picture's address for that of many."""
    return _SEQUENCE.search(url) is not None


def base_of(url: str) -> str:
    """Return the folder that a sequence's address names, as a path: in a pattern, MLT halves doubled "%"."""
    base = url[: url.rfind("/") + 1]
    return base if _ALL in url else base.replace("%%", "%")


def is_garbled(url: str, home: Path) -> bool:
    """Tell whether MLT would put the number into the folder of an address, which may count from `home`."""
    base = url[: url.rfind("/") + 1]
    whole = f"{home.as_posix()}/{base}" if not base or is_relative(base) else base
    return "%" in whole.replace("%%", "")


def begin_in(url: str) -> str | None:
    """Return the number that an address begins with, None where it tells none."""
    found = _BEGIN.search(url)
    return found[1] if found else None


def pattern_in(folder: str, numbering: Numbering, like: str) -> str:
    """Return the address of a sequence's files in a folder, its number told as another address tells it."""
    number = f"%0{numbering.padding}d" if numbering.padding else "%d"
    before, after = (words.replace("%", "%%") for words in (f"{folder}/{numbering.prefix}", numbering.suffix))
    sign = ":" if "?begin:" in like else "="
    return f"{before}{number}{after}?begin{sign}{numbering.first}"


@dataclass(frozen=True, slots=True)
class Files:
    """Say which files MLT plays: `count` in a row from number `first`, none where none is there.

    `problem` is what is wrong with them.
    """

    prefix: str
    suffix: str
    digits: int
    first: int
    count: int = 0
    problem: str | None = None

    def numbers(self, names: Iterable[str]) -> list[int]:
        """Return the numbers of the files among the names that are called so, from the first on."""
        shape = re.compile(rf"{re.escape(self.prefix)}(\d{{1,9}}){re.escape(self.suffix)}", re.DOTALL)
        told = (match[1] for match in map(shape.fullmatch, names) if match)
        found = (int(each) for each in told if each == f"{int(each):0{self.digits}d}")
        return sorted(number for number in found if number >= self.first)

    def counted(self, numbers: list[int]) -> Files:
        """Return them as they are where files of these numbers, in order, are there."""
        if not numbers:
            return self
        first, problem = numbers[0], None
        count = next((at for at, number in enumerate(numbers) if number != first + at), len(numbers))
        if first - self.first >= _FAR:
            problem = (
                f"MLT looks for its files from number {self.first} on, and they begin at {first}; "
                "add the image sequence again in your editor"
            )
        elif count < len(numbers) and numbers[count] - numbers[count - 1] <= _FAR:
            missing = f"{self.prefix}{first + count:0{self.digits}d}{self.suffix}"
            problem = f"its image sequence has a hole, which MLT jumps over ({missing}); bring the files back"
        return replace(self, first=first, count=count, problem=problem)


@dataclass
class Folders:
    """Look for the files of sequences, into each folder once; relative addresses count from `home`."""

    home: Path
    _names: dict[Path, list[str]] = field(default_factory=dict)

    def files(self, url: str) -> Files | None:
        """Return the files of an address; None where nobody can tell what they are called."""
        base, names = base_of(url), self._in(base_of(url))
        if base.startswith("file:") or "?" in base:  # MLT opens no such address
            return None
        files = _all(url.rpartition(_ALL)[2], names) if _ALL in url else _numbered(url, names)
        return replace(files, problem=GARBLED) if files and is_garbled(url, self.home) else files

    def is_file(self, url: str) -> bool:
        """Tell whether an address is that of a single file, called like a pattern."""
        return _ALL not in url and url.rpartition("/")[2] in self._in(url[: url.rfind("/") + 1])

    def _in(self, base: str) -> list[str]:
        folder = locate_folder(base, self.home).path
        if folder is None:
            return []
        if folder not in self._names:
            try:
                self._names[folder] = [path.name for path in folder.iterdir()]
            except OSError:  # who reads the media will say so
                self._names[folder] = []
        return self._names[folder]


def _numbered(url: str, names: list[str]) -> Files | None:
    """Return the files of a folder that a pattern means."""
    found = _PATTERN.fullmatch(url[url.rfind("/") + 1 :])
    if found is None:
        return None
    prefix, suffix = (found[part].replace("%%", "%") for part in ("prefix", "suffix"))
    asked = Files(prefix, suffix, int(found["digits"] or 0), int(found["begin"] or 0))
    return asked.counted(asked.numbers(names))


def _all(extension: str, names: list[str]) -> Files | None:
    """Return all files of a folder with an extension, where their names lie in the order of their numbers."""
    mine = [name for name in names if name.endswith(f".{extension}")]
    parts = [match for match in map(_NUMBERED.fullmatch, mine) if match]
    if (
        not parts
        or len(parts) < len(mine)
        or len({(match[1], match[3], len(match[2])) for match in parts}) > 1
    ):
        return None
    numbers = sorted(int(match[2]) for match in parts)
    one = Files(parts[0][1], parts[0][3], len(parts[0][2]), numbers[0])
    return one.counted(numbers) if numbers[-1] - numbers[0] < len(numbers) else None
