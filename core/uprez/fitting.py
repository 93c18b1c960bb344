"""Say which shots the files of a folder can be for: by stamp, by name and timecode, or by picture."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from uprez.errors import MediaError, PlanError
from uprez.identity import stamps_of
from uprez.media.probe import probe
from uprez.media.recognising import recognise
from uprez.model import Info, Media, Pull, Shot
from uprez.places import Found
from uprez.pulls import fits
from uprez.times import FrameRange

_OURS = re.compile(r"_(\d+)-(\d+)_")  # how uprez names the frames of a render


@dataclass(frozen=True)
class Candidate:
    """Hold a file, and the frames, counted from 0, that it stands for by source: what is known of it.

    Where nothing is, its name and its timecode say what it may be. One that was found `wrong` claims nothing.
    """

    path: Path
    info: Info
    known: Mapping[str, FrameRange] = field(default_factory=dict)
    wrong: bool = False

    def holds(self, shot: Shot) -> bool:
        """Tell whether it claims to hold a shot's frames, in the phase that its speed needs."""
        frames = self.frames_of(shot.media)
        if frames is None:
            return False
        return fits(shot, Pull(id="", media=shot.media, frames=frames, shots=(shot.id,)))

    def frames_of(self, media: Media) -> FrameRange | None:
        """Return the frames of a media that it claims to hold, in the media's own numbers."""
        if self.wrong:
            return None
        if self.known:
            return _counted(self.known.get(media.fingerprint), media)
        named = self.path.stem.lower().startswith(media.path.stem.lower())
        same_reel = media.reel is not None and self.info.reel == media.reel
        return self._told(media) if (named or same_reel) and self.info.rate == media.rate else None

    def _told(self, media: Media) -> FrameRange | None:
        """Go by the frames that its name has, else by its timecode; without any it must have all of them."""
        named = _OURS.search(self.path.stem)
        if named:
            frames = FrameRange.between(int(named[1]), int(named[2]) + 1)
            if frames.count == self.info.frames and frames.within(media.available):
                return frames
        if self.info.timecode is not None and media.info.timecode is not None:
            first = media.available.start + self.info.timecode - media.info.timecode
            frames = FrameRange(start=first, count=self.info.frames)
            return frames if frames.within(media.available) else None
        return media.available if self.info.frames == media.available.count else None


class Doubt(NamedTuple):
    """Name a file that may hold frames of some sources, and why nobody can tell."""

    found: Found
    why: str

    def is_about(self, shot: Shot) -> bool:
        """Tell whether a shot's frames are among those that it may hold."""
        return any(
            place.media.fingerprint == shot.media.fingerprint and shot.source.within(frames)
            for place in self.found.places
            if (frames := _counted(place.counted, shot.media)) is not None
        )


class Seen(NamedTuple):
    """Hold what files are by their picture, and those that nobody can tell."""

    sure: tuple[Candidate, ...] = ()
    doubts: tuple[Doubt, ...] = ()


def fitting(shots: Sequence[Shot], folder: Path) -> tuple[Candidate, ...]:
    """Return the files of a folder that have a picture, those with a stamp first; raises PlanError.

    The stamp of another length than its file, or of a source that no shot has, says nothing.
    """
    if not folder.is_dir():
        raise PlanError(f"{folder}: not a folder; name the one that holds the renders")
    sources = {shot.media.fingerprint for shot in shots}
    found = [_candidate(path.absolute(), info, sources) for path, info in _probed(folder)]
    return tuple(sorted(found, key=lambda one: not one.known))


def seen_in(files: Sequence[Candidate], shots: Sequence[Shot]) -> Seen:
    """Look for files in the sources of shots, by their picture alone; reads those sources whole."""
    if not files or not shots:
        return Seen()
    found = recognise([one.path for one in files], [shot.media for shot in shots])
    sure, doubts = [], []
    for one in files:
        told = found[one.path]
        if told.sure:
            place = told.places[0]
            sure.append(Candidate(one.path, one.info, {place.media.fingerprint: place.counted}))
        elif told.places:
            why = f"{one.path.name} may hold its frames, but that is not sure ({told.why})"
            doubts.append(Doubt(told, f"{why}; name it like its media, with its timecode"))
    return Seen(tuple(sure), tuple(doubts))


def _candidate(path: Path, info: Info, sources: set[str]) -> Candidate:
    known = {
        stamp.source: stamp.frames
        for _, stamp in stamps_of(path, info)
        if stamp.count == info.frames and stamp.source in sources and not stamp.generative
    }
    return Candidate(path, info, known)


def _probed(folder: Path) -> Iterator[tuple[Path, Info]]:
    """Probe what lies in the folder; files that are no video are passed over."""
    for path in sorted(folder.iterdir()):
        with contextlib.suppress(MediaError):
            yield path, probe(path)


def _counted(frames: FrameRange | None, media: Media) -> FrameRange | None:
    """Return frames that count from a file's first as its media counts them; None if that hasn't all."""
    if frames is None:
        return None
    moved = FrameRange(start=frames.start + media.available.start, count=frames.count)
    return moved if moved.within(media.available) else None
