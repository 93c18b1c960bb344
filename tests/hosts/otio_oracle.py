"""The oracle: OTIO's own mapping of time, walked place by place; nothing of our planning has a say in it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import opentimelineio as otio

from uprez.matching import in_files
from uprez.model import Cut, Manner, MannerKind, Relink, Selection
from uprez.pulls import plan_pulls
from uprez.testing.clips import make_clip, read_numbers
from uprez_otio.host import OtioHost

FIRST = 100
"""The number that the first frame of every source carries."""
HANDLES = 3
EVERYTHING = Selection()
EVERYTHING = Selection()
Shown = tuple[int, str, tuple[int | None, ...]]


def numbers_of(path: Path, known: dict[Path, list[int]] = {}) -> list[int]:  # noqa: B006
    if path not in known:
        known[path] = read_numbers(path)
    return known[path]


def file_of(url: str, folder: Path) -> Path:
    """Find the file as a reader would that knows nothing of ours."""
    plain = url.removeprefix("file://localhost").removeprefix("file://").removeprefix("file:")
    paths = [folder / plain, folder / unquote(plain)]
    return next(path for path in paths if path.is_file())


def speed_of(clip: Any) -> float:
    speed = 1.0
    for effect in clip.effects:
        speed *= getattr(effect, "time_scalar", 1.0)
    return speed


def shows_render(clip: Any) -> bool:
    return "uprez" in clip.media_reference.metadata


def is_shown(clip: Any, folder: Path) -> bool:
    """Tell whether a clip has media at all; a timeline of somebody else's may name what is not here."""
    try:
        media_of(clip, folder)
    except (AttributeError, StopIteration):
        return False
    return True


def media_of(clip: Any, folder: Path) -> tuple[list[int], float, float]:
    """Return the numbers in a clip's file, and which number and rate its first frame has in OTIO's eyes."""
    reference = clip.media_reference
    if type(reference) is otio.schema.ImageSequenceReference:
        count = round(reference.available_range.duration.value)  # a rate of 0 in the wild has OTIO count none
        start, digits = reference.start_frame, reference.frame_zero_padding
        before, after = f"{reference.target_url_base}{reference.name_prefix}", reference.name_suffix
        urls = [f"{before}{start + at:0{digits}d}{after}" for at in range(count)]
        numbers = [number for url in urls for number in numbers_of(file_of(url, folder))]
    else:
        numbers = numbers_of(file_of(reference.target_url, folder))
    whole = reference.available_range
    return numbers, whole.start_time.value if whole else 0.0, whole.start_time.rate if whole else 0.0


def shown(file: Path, base: dict[str, float], *, ours: bool = False) -> Iterator[Shown]:
    """Walk every place of the cut, and yield which numbers each clip can show there.

    Two numbers are yielded where a player may round up or down, so that both must stay. `base` says what
    the timeline's number of the file's first frame is, for the clips where only a person can know.
    """
    cut = otio.adapters.read_from_file(str(file))
    for clip in cut.find_clips():
        if ("uprez" in clip.parent().metadata) is not ours or clip.parent().kind != "Video":
            continue
        if not is_shown(clip, file.parent):
            continue
        numbers, first, rate = media_of(clip, file.parent)
        first = first if shows_render(clip) else base.get(clip.name, first)
        span = clip.source_range or clip.media_reference.available_range
        if span is None:
            span = otio.opentime.TimeRange(duration=otio.opentime.RationalTime(len(numbers), 24))
        own, seen, speed = span.duration.rate, seen_of(clip, span), speed_of(clip)
        first = counted_otherwise(clip, span, first, len(numbers))
        factor = Fraction(rate / own).limit_denominator(1000) if rate and abs(rate / own - 1) > 0.002 else 1
        for place in range(math.floor(seen[0]), math.ceil(seen[1])):
            moved = (place - span.start_time.value) * speed
            if speed < 0:
                moved += (span.duration.value - 1) * abs(speed)
            at = float((span.start_time.value + moved) * factor - first)
            nearest = (
                {math.floor(at + 1e-3), math.floor(at + 0.5)} if factor == 1 else {math.floor(at + 1e-3)}
            )
            yield (
                place,
                clip.name,
                tuple(numbers[index] if 0 <= index < len(numbers) else None for index in sorted(nearest)),
            )


def counted_otherwise(clip: Any, span: Any, first: float, count: int) -> float:
    """Return the number of a sequence's first frame as its writer meant it, where OTIO's leads out of it."""
    reference, start = clip.media_reference, span.start_time.value
    if type(reference) is not otio.schema.ImageSequenceReference or first <= start < first + count:
        return first
    return float(reference.start_frame if start >= reference.start_frame else 0)


def seen_of(clip: Any, span: Any) -> tuple[float, float]:
    """Return from where to where a clip is seen, in its own numbers, its transitions included."""
    if clip.source_range is None and clip.media_reference.available_range is None:
        return 0.0, span.duration.value
    visible = clip.visible_range()
    start = visible.start_time.rescaled_to(span.duration.rate).value
    return start, start + visible.duration.rescaled_to(span.duration.rate).value


def places(file: Path) -> list[tuple[str, Any]]:
    """Return where OTIO says that each clip lies in the whole cut, for clips whose length it knows."""
    cut = otio.adapters.read_from_file(str(file))
    return [
        (clip.name, clip.transformed_time_range(clip.trimmed_range(), cut.tracks))
        for clip in cut.find_clips()
        if "uprez" not in clip.parent().metadata
        and (clip.source_range or clip.media_reference.available_range)
    ]


def rendered(cut: Cut, folder: Path, numbered_from: int = FIRST) -> tuple[Relink, ...]:
    """Make each pull's render by hand: its frames at twice the size, carrying the numbers of the source."""
    relinks = []
    by_id = {shot.id: shot for shot in cut.shots}
    for pull in plan_pulls(cut.shots, HANDLES):
        media = pull.media
        first = numbered_from + pull.frames.start - media.available.start
        path = make_clip(
            folder / f"render {pull.id}.mkv",
            frames=pull.frames.count,
            first=first,
            rate=media.rate,
            size=(media.width * 2, media.height * 2),
        )
        for shot in pull.shots:
            relink = Relink(
                shot=shot,
                path=path,
                stands_for=pull.frames,
                rate=by_id[shot].media.rate,
                width=media.width * 2,
                height=media.height * 2,
                made_by={"provider": "by hand"},
            )
            relinks.append(in_files(relink, by_id[shot]))
    return tuple(relinks)


def prove(file: Path, kind: MannerKind, base: dict[str, float], selection: Selection = EVERYTHING) -> Path:
    """Relink every shot to renders with the same numbers, and hold what is shown against what was."""
    host = OtioHost(str(file))
    cut = host.shots(selection)
    assert cut.shots, cut.left_out
    output = file.with_name("out.otio")
    conform = host.relink(rendered(cut, file.parent / "renders"), Manner(kind=kind, output=output))
    assert len(conform.relinked) == len(cut.shots), conform.left_out
    before, after = list(shown(file, base)), list(shown(output, base))
    assert [each for each in before if None not in each[2]] != []
    assert after == before
    where = places(output)
    assert all(place in where for place in places(file))
    return output


def on_cut(file: Path, *, ours: bool) -> set[tuple[str, float, tuple[int | None, ...]]]:
    """Return what is shown at every place of the cut, by the tracks that uprez made or by the others."""
    cut = otio.adapters.read_from_file(str(file))
    clips = {clip.name: clip for clip in cut.find_clips() if ("uprez" in clip.parent().metadata) is ours}
    found = set()
    for place, name, numbers in shown(file, {}, ours=ours):
        clip = clips[name]
        rate = clip.trimmed_range().duration.rate
        time = clip.transformed_time(otio.opentime.RationalTime(place, rate), cut.tracks)
        found.add((name, time.rescaled_to(24).value, numbers))
    return found
