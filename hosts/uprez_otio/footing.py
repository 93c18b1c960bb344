"""Where a timeline's numbers of a media file stand in the file itself; what nothing proves is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from uprez.errors import MediaError
from uprez.model import Info, Media
from uprez.times import FrameRange
from uprez_otio.basing import base_in, counted, digest_of
from uprez_otio.convert import Number, Span, at_rate, same, span
from uprez_otio.media_url import locate
from uprez_otio.reels import wanted_by
from uprez_otio.searching import Folders
from uprez_otio.seeking import Found, Seeker, Wanted
from uprez_otio.sequences import COUNTED_FROM_FIRST, base_that_fits, sequence_media

Probe = Callable[[Path], tuple[Info, str]]
_KINDS = {
    "sequence": "it is an image sequence whose files nobody lists; export it as a movie and relink it",
    "missing": "it has no media; relink it in your editor",
}


@dataclass(frozen=True, slots=True)
class Footing:
    """Say that number `base` of the timeline, in frames of `rate`, is the file's first frame.

    `written` is the rate as the timeline wrote it, None where it wrote none; `note` says how the file was
    found where the timeline names none that is there, or how it is counted. A `headfast` one is counted from
    its first frame by whoever reads the timeline, so that no frames may be cut off its head.
    """

    media: Media
    base: Number
    rate: Fraction
    written: float | None
    note: str = ""
    headfast: bool = False

    def is_whole(self, available: Span | None) -> bool:
        """Tell whether what the timeline has of the file begins with its first frame."""
        return available is None or at_rate(available.start, available.rate, self.rate) == self.base


@dataclass(slots=True)
class Reference:
    """Hold a media reference as the timeline wrote it."""

    kind: str
    url: str
    available: Span | None
    written: float | None
    files: tuple[Any, ...] = ()
    settled: dict[Any, Footing | str] = field(default_factory=dict)


@dataclass
class Library:
    """Hold a timeline's media, each file probed once and known by one value."""

    folder: Path
    probe: Probe
    folders: Folders = field(default_factory=Folders)
    """Where media is searched that the timeline does not name."""
    by_name: bool = False
    """Whether a clip without any media is looked for by what it is called: who writes it must be able to."""
    by_engine: bool = False
    """Whether an engine counts the files, at the rates that they name themselves (`Format.by_engine`)."""
    references: list[Reference] = field(default_factory=list)
    _sequences: dict[Any, Footing | str] = field(default_factory=dict)
    _files: dict[Path, tuple[Info, str] | str] = field(default_factory=dict)
    _media: dict[tuple[Path, Fraction], Media] = field(default_factory=dict)
    _first: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, url: str, available: list[float] | None, files: list[Any] | None = None) -> None:
        """Take in the next reference of the timeline; `files` says how an image sequence's are called."""
        written = available[3] if available else None
        self.references.append(Reference(kind, url, span(available), written, tuple(files or ())))

    def footing(self, number: int, source: Span | None, name: str = "") -> Footing | str:
        """Return where a clip's media stands, or why it can't be told and what to do.

        `source` decides where the reference doesn't say which frames the file has, the clip's `name` where
        it names no file.
        """
        reference = self.references[number]
        open_ = reference.available is None or reference.kind in ("missing", "sequence")
        key = (source if open_ else None, name if reference.kind == "missing" else "")
        found = reference.settled.get(key)
        if found is None:
            found = reference.settled[key] = self._settled(reference, source, name)
        return found

    def rates_of(self, named: list[Any]) -> set[int]:
        """Return the nominal rates of the files that an EDL's events may mean."""
        return self._seeker().rates(wanted_by("", names) for names in named)

    def _settled(self, reference: Reference, source: Span | None, name: str) -> Footing | str:
        if reference.kind == "sequence":
            return self._numbered(reference, source) if reference.files else _KINDS["sequence"]
        if reference.kind == "missing":
            wanted = Wanted(names=(name,) if self.by_name else ())
            return self._sought(reference, source, wanted) or _KINDS["missing"]
        if reference.kind not in ("file", "reel"):
            return f"it is a {reference.kind} ({reference.url}), which has no file; render it first"
        address = locate(reference.url, self.folder)
        if address.path is not None:
            return self._at(reference, source, address.path)
        if reference.kind == "file":
            return self._sought(reference, source, Wanted(reference.url)) or address.why
        wanted = wanted_by(reference.url, reference.files)
        return self._sought(reference, source, wanted) or self._nowhere(wanted)

    def _at(self, reference: Reference, source: Span | None, path: Path) -> Footing | str:
        """Return where the file stands that the timeline names itself."""
        probed = self._probed(path)
        if isinstance(probed, str):
            return probed
        base = base_in(reference, source, probed[0], by_engine=self.by_engine)
        if isinstance(base, str):
            return base
        return self._standing(reference, Found(path, *probed, base, ""))

    def _sought(self, reference: Reference, source: Span | None, wanted: Wanted) -> Footing | str:
        """Return where a file stands that is searched; an empty reason where none has its name."""
        found = self._seeker().found(
            wanted, lambda info: base_in(reference, source, info, by_engine=self.by_engine)
        )
        return found if isinstance(found, str) else self._standing(reference, found)

    def _standing(self, reference: Reference, found: Found) -> Footing:
        url, info = reference.url or str(found.path), counted(reference, found.info, by_engine=self.by_engine)
        digest = digest_of(found.digest, info)
        media = self._one(found.path, url, info, digest, int(found.base // 1))
        return Footing(media, found.base, same(info.rate), reference.written, found.note if found.how else "")

    def _seeker(self) -> Seeker:
        return Seeker(self.folders, self._probed)

    def _nowhere(self, wanted: Wanted) -> str:
        known = ", ".join(wanted.known[:3]) or "it has no name"
        return f"no file of its name ({known}) is in {self.folders.told()}; give --media the folder it is in"

    def _numbered(self, reference: Reference, source: Span | None) -> Footing | str:
        """Return where an image sequence stands by the way in which a clip counts it."""
        footing = self._looked_through(reference)
        if isinstance(footing, str) or source is None:
            return footing
        start = at_rate(source.start, source.rate, footing.rate)
        first = reference.files[3]
        base, note = base_that_fits(footing.base, footing.media.available.count, first, start)
        return replace(footing, base=base, note=note, headfast=note == COUNTED_FROM_FIRST)

    def _looked_through(self, reference: Reference) -> Footing | str:
        """Return where an image sequence stands; each is looked through once."""
        key = reference.url, reference.files, reference.available
        if key not in self._sequences:
            told = sequence_media(reference.url, reference.files, reference.available, self.folder)
            self._sequences[key] = told if isinstance(told, str) else Footing(*told, reference.written)
        return self._sequences[key]

    def _probed(self, path: Path) -> tuple[Info, str] | str:
        if path not in self._files:
            try:
                self._files[path] = self.probe(path)
            except MediaError as broken:
                self._files[path] = str(broken)
        return self._files[path]

    def _one(self, path: Path, url: str, info: Info, digest: str, base: int) -> Media:
        """Return the one value of a file; copies count in the same numbers, so that they share pulls."""
        known = path, info.rate
        if known not in self._media:
            first = self._first.setdefault(digest, base)
            self._media[known] = Media(
                url=url,
                path=path,
                fingerprint=digest,
                rate=info.rate,
                available=FrameRange(start=first, count=info.frames),
                reel=info.reel,
                info=info,
            )
        return self._media[known]
