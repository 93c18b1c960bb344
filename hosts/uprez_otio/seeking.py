"""Decide which of the files that may be meant is a clip's: by name first, then by timecode and length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from uprez.model import Info
from uprez_otio.convert import Number
from uprez_otio.searching import Folders, nearest

Probed = Callable[[Path], tuple[Info, str] | str]
Fits = Callable[[Info], Number | str]
_PROBED = 500
"""Files that are opened to look for a reel in them."""
_STRICT = 8  # letters that a reel has in a strict EDL; longer ones are cut off


@dataclass(frozen=True, slots=True)
class Wanted:
    """Hold what is known of a file: its address, its likely names in order, and the reels it may be of."""

    address: str = ""
    names: tuple[str, ...] = ()
    reels: tuple[str, ...] = ()

    @property
    def known(self) -> list[str]:
        """Return all names to look for, the address's own first."""
        told = PurePosixPath(self.address.replace("\\", "/")).name
        every = (told, unquote(told), *self.names, *self.reels)
        return [name for name in dict.fromkeys(every) if name not in ("", ".", "..")]


@dataclass(frozen=True, slots=True)
class Found:
    """Hold the file that was found, where the timeline's numbers stand in it, and how it was found."""

    path: Path
    info: Info
    digest: str
    base: Number
    how: str

    @property
    def note(self) -> str:
        """Return what the plan says of it."""
        return f"its file was found by its {self.how}: {self.path}"


@dataclass(frozen=True, slots=True)
class Seeker:
    """Seek files in folders."""

    folders: Folders
    probed: Probed

    def found(self, wanted: Wanted, fits: Fits) -> Found | str:
        """Return the one file that may be meant, or why there is none; an empty reason where no name fits."""
        why = ""
        for how, paths in self._ways(wanted):
            good, refused = self._fitting(paths, fits, how)
            why = why or refused
            if len(good) > 1:
                near = set(nearest([each.path for each in good], wanted.address)) if wanted.address else set()
                good = [each for each in good if not near or each.path in near]
            if len(good) > 1:
                both = " and ".join(str(each.path) for each in good[:2])
                return f"{both} may both be meant; give --media the folder of the right one alone"
            if good:
                return good[0]
        return why

    def rates(self, wanted: Iterable[Wanted]) -> set[int]:
        """Return the nominal rates of the files that are named so."""
        found = set()
        for each in wanted:
            for _, paths in self._ways(each):
                told = [self.probed(path) for path in paths]
                infos = [one[0] for one in told if not isinstance(one, str)]
                found |= {
                    round((info.uneven or info).rate)
                    for info in infos
                    if info.stamp is None and not info.still
                }
                if infos:
                    break
        return found

    def _ways(self, wanted: Wanted) -> Iterator[tuple[str, list[Path]]]:
        for name in wanted.known:
            for paths in self.folders.called(name):
                yield "name", paths
        for reel in wanted.reels:
            for paths in self.folders.pictures():
                yield "reel", [path for path in paths[:_PROBED] if self._reel(path) == reel.casefold()]
        for reel in wanted.reels:
            if len(reel) == _STRICT:
                for paths in self.folders.begun(reel):
                    yield "reel's first letters and its timecode", list(filter(self._timed, paths))

    def _reel(self, path: Path) -> str | None:
        told = self.probed(path)
        return None if isinstance(told, str) or told[0].reel is None else told[0].reel.casefold()

    def _timed(self, path: Path) -> bool:
        told = self.probed(path)
        return not isinstance(told, str) and told[0].timecode is not None

    def _fitting(self, paths: list[Path], fits: Fits, how: str) -> tuple[list[Found], str]:
        """Return the files that fit, each content once, and why one that does not fit does not."""
        good: dict[str, Found] = {}
        why = ""
        for path in paths:
            told = self.probed(path)
            if isinstance(told, str):
                why = why or told
            elif told[0].stamp is None:
                base = fits(told[0])
                if isinstance(base, str):
                    why = why or f"{path} does not fit: {base}"
                else:
                    good.setdefault(told[1], Found(path, *told, base, how))
        return list(good.values()), why
