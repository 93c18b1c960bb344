"""Make shots of what was seen: which frames of which file each item shows, or why it can't be done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from uprez.errors import MediaError, RelinkError
from uprez.media.sequences import probe_sequence
from uprez.model import Info, LeftOut, Media, Retime, Shot
from uprez.selection import Candidate
from uprez.times import FrameRange, spoken
from uprez_resolve.baked import NOTE
from uprez_resolve.kinds import bakeable, file_of, problem, sequence_of, transition
from uprez_resolve.ours import TRACK
from uprez_resolve.overlaps import widened
from uprez_resolve.playing import Pace, Played, played
from uprez_resolve.rates import clip_rate, frame_of, whole
from uprez_resolve.seen import SeenClip, SeenItem, SeenTimeline, SeenTrack

Probe = Callable[[Path], tuple[Info, str]]
AsBaked = Callable[[SeenItem], Path | str | None]
_LEVELS = (
    "its data level is set to Full, which would be wrong for its render; set it to Auto in Clip Attributes, "
    "which reads this file alike, and run again"
)
_UNEVEN = (
    "its frame rate is variable, and nobody has measured how Resolve counts such a file; transcode it to a "
    "constant rate and relink it"
)
_FULL, _RGB = 2, 0  # as FFmpeg counts ranges and matrices
_ID = "{0.uid}|{0.kind}|{0.track}|{0.start}|{0.duration}|{1}"


class Known(NamedTuple):
    """Hold what an item can be found again by: its own id first, else all the rest together."""

    uid: str
    track: int
    start: int
    duration: int
    clip: str


def item_id(seen: SeenItem) -> str:
    """Return a shot's id: all that an item can be found again by, the same before and after a relink."""
    return _ID.format(seen, seen.clip.uid if seen.clip else "")


def parsed(shot: str) -> Known:
    """Read a shot's id; raises RelinkError for what none of ours is."""
    parts = shot.split("|")
    numbers = [whole(part) for part in parts[2:5]]
    if len(parts) != 6 or parts[1] != "video" or not parts[5] or None in numbers:
        raise RelinkError(f"DaVinci Resolve: {shot!r} is no clip of its timeline; run again from the start")
    track, start, duration = (number or 0 for number in numbers)
    return Known(parts[0], track, start, duration, parts[5])


class Shots:
    """Make candidates of a timeline; each file is probed once and becomes one value.

    `baked` tells of an item that can't be done which file Resolve rendered of it, or why it has none.
    """

    def __init__(self, timeline: SeenTimeline, probe: Probe, baked: AsBaked = lambda item: None) -> None:
        self._timeline, self._probe, self._baked = timeline, probe, baked
        self._media: dict[str, Media | str] = {}

    def candidates(self) -> Iterator[Candidate]:
        """Yield all clips of the video tracks, those that can't be done with their reason."""
        for _, candidate in self.paired():
            yield candidate

    def paired(self) -> Iterator[tuple[SeenItem, Candidate]]:
        """Yield the same, each with the item that it was made of."""
        for track in self._timeline.tracks:
            if track.name != TRACK:
                for item in track.items:
                    if not transition(item):
                        yield item, self._candidate(track, item)

    def _candidate(self, track: SeenTrack, item: SeenItem) -> Candidate:
        record, enabled = FrameRange(start=item.start, count=item.duration), item.enabled and track.enabled
        selected = item.uid in (self._timeline.chosen or ())
        found = self._found(track, item, record, enabled, selected)
        return Candidate(
            found=found if isinstance(found, Shot) else _left_out(track, item, found),
            tracks=(track.name, f"V{track.index}"),
            color=item.color or None,
            flags=item.flags,
            markers=item.markers,
            selected=selected,
            record=record,
            enabled=enabled,
        )

    def _found(
        self, track: SeenTrack, item: SeenItem, record: FrameRange, enabled: bool, selected: bool
    ) -> Shot | str:
        told, note = self._read(track, item), ""
        if isinstance(told, str):
            told, note = self._rendered(item) or told, NOTE
        if isinstance(told, str):
            return told
        media, source = told
        note = note or _average(source.speed)
        return Shot(
            id=item_id(item),
            name=item.name,
            track=track.name,
            media=media,
            source=FrameRange.between(source.low, source.high),
            record=record,
            retime=None if source.speed == 1 else Retime(speed=source.speed),
            enabled=enabled,
            color=item.color or None,
            flags=item.flags,
            markers=item.markers,
            selected=selected,
            note=note,
        )

    def _read(self, track: SeenTrack, item: SeenItem) -> tuple[Media, Played] | str:
        clip, why = item.clip, problem(item)
        if why is not None or clip is None:
            return why or ""
        media = self._at(clip.path, clip.properties)
        if isinstance(media, Media) and _levels_differ(clip, media.info):
            return _LEVELS
        source = media if isinstance(media, str) else self._consumed(item, clip, media)
        if isinstance(media, str) or isinstance(source, str):
            return str(source)
        if media.info.still:
            return media, source
        pace = media.rate / self._timeline.rate
        return media, widened(source, item, track, pace, media.available.count)

    def _rendered(self, item: SeenItem) -> tuple[Media, Played] | str | None:
        """Return what Resolve rendered of an item: a frame of it for each frame of the timeline."""
        path = self._baked(item) if bakeable(item) else None
        media = self._at(str(path)) if isinstance(path, Path) else path
        if media is None or isinstance(media, str):
            return media
        if (media.rate, media.available.count) != (self._timeline.rate, item.duration):
            return f"what Resolve rendered of it is not it any more; delete {path} and run again"
        return media, Played(0, item.duration, Fraction(1))

    def _at(self, path: str, properties: Mapping[str, Any] = MappingProxyType({})) -> Media | str:
        if path not in self._media:
            self._media[path] = self._opened(path, properties)
        return self._media[path]

    def _opened(self, path: str, properties: Mapping[str, Any]) -> Media | str:
        try:
            info, digest = self._probed(path, properties)
        except MediaError as broken:
            return f"{broken}; or give --via-resolve"
        return Media(
            url=path,
            path=file_of(path),
            fingerprint=digest,
            rate=info.rate,
            available=FrameRange(start=0, count=info.frames),
            reel=info.reel,
            info=info,
        )

    def _probed(self, path: str, properties: Mapping[str, Any]) -> tuple[Info, str]:
        """Read a file, or an image sequence, whose rate is the one that Resolve gives it."""
        numbered, rate = sequence_of(path), clip_rate(properties.get("FPS"))
        if numbered is None:
            return self._probe(Path(path))
        if rate is None:
            raise MediaError(f"{path}: Resolve doesn't tell its rate; set it in Clip Attributes")
        return probe_sequence(Path(path).parent, *numbered, rate)

    def _consumed(self, item: SeenItem, clip: SeenClip, media: Media) -> Played | str:
        if media.info.still:
            return Played(0, 1, Fraction(1))
        pace = self._pace(clip, media)
        shown = pace if isinstance(pace, str) else played(item, pace)
        return shown if isinstance(shown, str) else _inside(shown, media.available.count)

    def _pace(self, clip: SeenClip, media: Media) -> Pace | str:
        told, info = clip.properties, media.info
        rate, frames = clip_rate(told.get("FPS")) or info.rate, whole(told.get("Frames"))
        if info.variable:
            return _UNEVEN
        if rate != info.rate:
            return (
                f"Resolve plays it at {spoken(rate)} frames per second and its file has {spoken(info.rate)}; "
                "set the rate back in Clip Attributes, or conform the file"
            )
        if frames is not None and frames > info.frames:
            return (
                f"Resolve counts {frames} frames in its file and there are {info.frames}; "
                "relink it in the media pool and run again"
            )
        head = (whole(told.get("Start")) or 0) if frames is not None and frames < info.frames else 0
        zero = frame_of(told.get("Start TC"), rate)
        if head:
            zero = info.timecode or 0  # a subclip's own timecode is its first frame's
        return Pace(rate, self._timeline.rate, frames, zero, head)


def _average(speed: Fraction) -> str:
    """Say of a retimed clip what no script can see; none of a frozen one, which has no other frame."""
    if speed in (0, 1):
        return ""
    percent = spoken(speed * 100)
    return (
        f"plays at {percent} % on average; if that changes on the way, bake it first, as no script can tell"
    )


def _levels_differ(clip: SeenClip, info: Info) -> bool:
    """Tell whether full levels are forced on a clip whose render, unlike its file, has video levels."""
    full = info.colour.range == _FULL or info.colour.matrix == _RGB
    return full and str(clip.properties.get("Data Level")) == "Full"


def _left_out(track: SeenTrack, item: SeenItem, why: str) -> LeftOut:
    return LeftOut(name=item.name, track=track.name, reason=why)


def _inside(shown: Played, count: int) -> Played | str:
    """Hold what is shown to the file's frames; one over at an end is rounding, more is another file."""
    if shown.low < -1 or shown.high > count + 1 or shown.low >= count or shown.high <= 0:
        return (
            f"it shows frames {shown.low} to {shown.high - 1} of a file that has frames 0 to {count - 1}; "
            "relink it in the media pool and run again"
        )
    return Played(max(shown.low, 0), min(shown.high, count), shown.speed)
