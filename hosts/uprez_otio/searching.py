"""Find the files that clips mean where their timeline names none, or one that is not there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

MOST = 10_000
"""Files that are looked at in all, so that a whole disk is no place to search."""
PICTURES = frozenset(
    {".mov", ".mp4", ".m4v", ".mxf", ".mkv", ".avi", ".webm", ".mts", ".m2ts", ".mpg", ".mpeg", ".ts", ".dv"}
    | {".y4m", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".exr", ".dpx"}
)
_OURS = "ledger.db"


@dataclass
class Folders:
    """Hold where media is searched: the folders that a person named, and only then the timeline's own.

    Both go down into the folders below, each real folder once; hidden ones and workspaces are no places for
    media.
    """

    named: tuple[Path, ...] = ()
    own: Path | None = None
    full: bool = False
    """Whether there were more files than are looked at."""
    _tiers: list[_Index] | None = None

    def called(self, name: str) -> Iterator[list[Path]]:
        """Yield for each tier the files of this very name, else those that have it before their suffix."""
        for tier in self._indexed():
            key = name.casefold()
            yield _exact(tier.names.get(key) or tier.stems.get(key) or [], name)

    def begun(self, start: str) -> Iterator[list[Path]]:
        """Yield for each tier the files whose name begins so: a reel of eight letters is cut off there."""
        key = start.casefold()
        for tier in self._indexed():
            yield [path for stem, paths in tier.stems.items() if stem.startswith(key) for path in paths]

    def pictures(self) -> Iterator[list[Path]]:
        """Yield for each tier all files that may hold pictures."""
        for tier in self._indexed():
            yield [path for paths in tier.names.values() for path in paths]

    def told(self) -> str:
        """Return where it was searched, in words."""
        places = [*map(str, self.named), *([str(self.own)] if self.own else [])]
        more = f", of which only the first {MOST} files were looked at" if self.full else ""
        return f"{', '.join(places)} and below{more}"

    def _indexed(self) -> list[_Index]:
        if self._tiers is None:
            tiers = [self.named] if self.named else []
            tiers += [(self.own,)] if self.own else []
            left, self._tiers = MOST, []
            for folders in tiers:
                index = _Index()
                for file in _files(folders):
                    left -= 1
                    if left < 0:
                        self.full = True
                        break
                    index.add(file)
                self._tiers.append(index)
        return self._tiers


@dataclass
class _Index:
    names: dict[str, list[Path]] = field(default_factory=dict)
    stems: dict[str, list[Path]] = field(default_factory=dict)

    def add(self, file: Path) -> None:
        if file.suffix.lower() in PICTURES:
            self.names.setdefault(file.name.casefold(), []).append(file)
            self.stems.setdefault(file.stem.casefold(), []).append(file)


def nearest(paths: Sequence[Path], address: str) -> list[Path]:
    """Return those whose folders have most in common with an address, counted from the file up."""
    wanted = PurePosixPath(address.replace("\\", "/").rstrip("/")).parts[-2::-1]

    def alike(path: Path) -> int:
        count = 0
        for one, other in zip(path.parts[-2::-1], wanted, strict=False):
            if one.casefold() != other.casefold():
                break
            count += 1
        return count

    most = max(map(alike, paths), default=0)
    return [path for path in paths if alike(path) == most]


def _exact(paths: list[Path], name: str) -> list[Path]:
    """Prefer what is written with the same capitals."""
    return [path for path in paths if name in (path.name, path.stem)] or paths


def _files(folders: Sequence[Path]) -> Iterator[Path]:
    """Yield the files of folders, nearer ones first; a folder that several links lead to once."""
    roots = [folder.absolute() for folder in folders]
    waiting, seen = roots, set()
    while waiting:
        below: list[Path] = []
        for folder in waiting:
            try:
                state = folder.stat()
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            except OSError:
                continue
            ours = waiting is not roots and any(entry.name == _OURS for entry in entries)
            if ours or (state.st_dev, state.st_ino) in seen:
                continue
            seen.add((state.st_dev, state.st_ino))
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if _is_folder(entry):
                    if not entry.name.endswith(".uprez"):
                        below.append(folder / entry.name)
                else:
                    yield folder / entry.name
        waiting = below


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
