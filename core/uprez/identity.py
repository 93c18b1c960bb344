"""Say which source frames a file stands for: by its stamp, by its sidecar, or by its picture alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal

from uprez.errors import MediaError, PlanError
from uprez.frozen import Frozen
from uprez.media.probe import fingerprint, probe
from uprez.media.recognising import agrees, recognise
from uprez.media.sequences import alongside
from uprez.media.stamps import stamp_beside
from uprez.model import Cut, Info, Media, Shot
from uprez.places import Found, Place
from uprez.stamp import Stamp
from uprez.times import FrameRange, to_timecode

By = Literal["source", "stamp", "sidecar", "content"]


class Showing(Frozen):
    """Name a shot that shows frames of a source; `frames` are those that a file has too, as `source` counts.

    `record` are the timeline's frames that it fits, None where an unknown curve hides which those are. It is
    `whole` where the file has all that the shot needs.
    """

    timeline: str
    shot: Shot
    frames: FrameRange
    record: FrameRange | None
    whole: bool


class Identity(Frozen):
    """Say what a file stands for: `frames` of the source `name`, counted from its first frame.

    `by` is None where nothing tells. Unless it is `sure` nothing may be built on it; `why` says what is in
    the way, and `places` what it may be instead.
    """

    file: Path
    by: By | None
    sure: bool
    why: str = ""
    source: str | None = None
    name: str | None = None
    frames: FrameRange | None = None
    rate: Fraction | None = None
    timecode: str | None = None
    media: Media | None = None
    stamp: Stamp | None = None
    places: tuple[Place, ...] = ()
    shots: tuple[Showing, ...] = ()


def identify(file: Path, cuts: Sequence[Cut] = (), sources: Iterable[Media] = ()) -> Identity:
    """Say what a file stands for, and which shots of the cuts show that.

    A stamp is believed unless the file has another length, or its picture is another than the source's.
    Raises MediaError, and PlanError where there is nothing to go by.
    """
    known = {media.fingerprint: media for media in _sources(cuts, sources)}
    info, own = probe(file), fingerprint(file)
    if own in known:
        frames = FrameRange(start=0, count=info.frames)
        found = _placed(file, "source", known[own], frames, why="it is a source itself")
        return _shown(found, cuts)
    refused = []
    for by, stamp in stamps_of(file, info):
        against = _against(file, stamp, info, known)
        if against is None:
            return _shown(_stamped(file, by, stamp, known.get(stamp.source)), cuts)
        refused.append(against)
    if not known:
        said = f"{refused[0]}; " if refused else "has no stamp and no sidecar; "
        raise PlanError(f"{file}: {said}name a timeline or a --workspace, to look for its picture there")
    return _shown(_by_content(file, recognise([file], [*known.values()])[file], refused), cuts)


def stamps_of(file: Path, info: Info) -> Iterator[tuple[By, Stamp]]:
    """Yield the stamps that a file has, inside and beside it."""
    if info.stamp is not None:
        yield "stamp", info.stamp
    beside = stamp_beside(file)
    if beside is not None and beside != info.stamp:
        yield "sidecar", beside


def showing(cuts: Iterable[Cut], source: str, frames: FrameRange) -> Iterator[Showing]:
    """Yield the shots of which a file that holds `frames` of a source, counted from 0, has some."""
    for cut in cuts:
        for shot in cut.shots:
            origin = origin_of(shot)
            if origin is None or origin[0] != source or origin[1].gap_to(frames) >= 0:
                continue
            common = origin[1].clamped(frames).moved(shot.source.start - origin[1].start)
            yield Showing(
                timeline=cut.name,
                shot=shot,
                frames=common,
                record=_record_of(shot, common, cut.rate),
                whole=common == shot.source,
            )


def _record_of(shot: Shot, frames: FrameRange, rate: Fraction) -> FrameRange | None:
    """Return the frames of a timeline of a rate that show these frames of a shot's source."""
    source, record, retime = shot.source, shot.record, shot.retime
    if frames == source or (retime and not retime.speed):
        return record
    if retime and retime.ramp:
        return None
    head, end = frames.start - source.start, frames.end - source.start
    if retime and retime.speed < 0:
        head, end = source.count - end, source.count - head
    even = Fraction(source.count, max(1, record.count))
    step = shot.media.rate * abs(retime.speed) / rate if retime else even
    shown = FrameRange.between(math.ceil(head / step), math.ceil(end / step))
    return shown.moved(record.start).clamped(record)


def origin_of(shot: Shot) -> tuple[str, FrameRange] | None:
    """Return which frames of which source a shot shows, counted from 0: also one that shows a render by now.

    None where it shows a new picture.
    """
    media, first = shot.media, shot.source.start - shot.media.available.start
    stamp = media.info.stamp
    if stamp is None:
        return media.fingerprint, FrameRange(start=first, count=shot.source.count)
    if stamp.generative:
        return None
    return stamp.source, FrameRange(start=stamp.first + first, count=shot.source.count)


def _sources(cuts: Iterable[Cut], sources: Iterable[Media]) -> Iterator[Media]:
    """Yield what is a source: a render that a timeline shows by now is none."""
    for media in (*sources, *(shot.media for cut in cuts for shot in cut.shots)):
        if media.info.stamp is None:
            yield media


def _against(file: Path, stamp: Stamp, info: Info, known: Mapping[str, Media]) -> str | None:
    """Return what speaks against a file's stamp, None where nothing does."""
    frames = _claimed(file, stamp, info)
    if info.frames != frames.count:
        return f"its stamp is of {stamp.count} frames and it has {info.frames}"
    media = known.get(stamp.source)
    if media is None or stamp.generative:
        return None
    try:
        fits = agrees(file, media, frames.start, frames.count)
    except MediaError:
        return None  # the source can't be read, so that nothing speaks against it
    return None if fits else f"its stamp names frames of {stamp.name}, but its picture is another"


def _claimed(file: Path, stamp: Stamp, info: Info) -> FrameRange:
    """Return the source frames that a file itself is to show: one of an image sequence, a single one."""
    files = alongside(file) if info.still and stamp.count > 1 else []
    if len(files) != stamp.count:
        return stamp.frames
    return FrameRange(start=stamp.first + files.index(file), count=1)


def _stamped(file: Path, by: By, stamp: Stamp, media: Media | None) -> Identity:
    return Identity(
        file=file,
        by=by,
        sure=True,
        source=stamp.source,
        name=stamp.name if media is None else media.path.name,
        frames=stamp.frames,
        rate=stamp.rate,
        timecode=stamp.timecode,
        media=media,
        stamp=stamp,
    )


def _by_content(file: Path, found: Found, refused: Sequence[str]) -> Identity:
    why = "; ".join([*refused, *([found.why] if found.why else [])])
    if not found.places:
        return Identity(file=file, by=None, sure=False, why=why)
    place = found.places[0]
    identity = _placed(file, "content", place.media, place.counted, why=why)
    return identity.model_copy(update={"sure": found.sure, "places": found.places})


def _placed(file: Path, by: By, media: Media, frames: FrameRange, *, why: str) -> Identity:
    number = media.info.timecode
    code = None if number is None else to_timecode(number + frames.start, media.rate, drop=media.info.drop)
    return Identity(
        file=file,
        by=by,
        sure=True,
        why=why,
        source=media.fingerprint,
        name=media.path.name,
        frames=frames,
        rate=media.rate,
        timecode=code,
        media=media,
    )


def _shown(found: Identity, cuts: Sequence[Cut]) -> Identity:
    """Add the shots, as far as it is known what the file is."""
    if found.source is None or found.frames is None or not found.sure:
        return found
    return found.model_copy(update={"shots": tuple(showing(cuts, found.source, found.frames))})
