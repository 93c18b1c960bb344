"""From shots to pulls: each source frame that the cut uses is exported once. Pure functions on values."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from uprez.errors import PlanError
from uprez.frozen import Frozen
from uprez.model import Cut, Info, LeftOut, Media, PlatePreset, Pull, Shot, Size
from uprez.orders import Model, Recipe
from uprez.times import FrameRange

MAX_PHASE = 200  # beyond this many frames of phase a pull simply begins at the media's first frame


class Totals(Frozen):
    """Count frames: shown by the cut, exported, exported by the naive way, held by the media.

    The naive way exports each shot apart, with the same handles and the same phase.
    """

    used_frames: int
    pull_frames: int
    naive_frames: int
    media_frames: int


class Plan(Frozen):
    """Say what will be exported, for which shots, and what is left out and why."""

    timeline: str
    rate: Fraction
    recipe: Recipe
    shots: tuple[Shot, ...]
    pulls: tuple[Pull, ...]
    left_out: tuple[LeftOut, ...]
    totals: Totals


def plan(cut: Cut, recipe: Recipe, model: Model, have: Iterable[Pull] = ()) -> Plan:
    """Plan a cut: leave out what the model can't do, and pull the rest once.

    `have` are pulls whose renders exist; a shot that fits into one needs no new pull. Raises PlanError
    where the recipe asks for what no shot could get.
    """
    shots, refused = [], []
    for shot in cut.shots:
        reason = refusal(shot, recipe, model)
        if reason is None:
            shots.append(shot)
        else:
            refused.append(LeftOut(name=shot.name, track=shot.track, reason=reason))
    pulls = plan_pulls(shots, recipe.handles, have)
    return Plan(
        timeline=cut.name,
        rate=cut.rate,
        recipe=recipe,
        shots=tuple(shots),
        pulls=pulls,
        left_out=(*cut.left_out, *refused),
        totals=count_frames(shots, pulls, recipe.handles),
    )


def plan_pulls(shots: Iterable[Shot], handles: int, have: Iterable[Pull] = ()) -> tuple[Pull, ...]:
    """Merge every use of a source into as few exports as hold them all, padded by `handles` frames.

    Each shot lies in exactly one pull, with its handles as far as the media goes.
    """
    existing: dict[tuple[str, FrameRange], list[Pull]] = {}
    for pull in have:
        existing.setdefault(_key(pull.media), []).append(pull)
    pulls: list[Pull] = []
    for key, uses in _by_media(shots).items():
        fresh: list[_Span] = []
        reused: dict[str, tuple[Pull, list[str]]] = {}
        for shot in uses:
            home = next((pull for pull in existing.get(key, ()) if _fits(shot, pull)), None)
            if home is None:
                fresh.append(_Span.of(shot, handles))
            else:
                reused.setdefault(home.id, (home, []))[1].append(shot.id)
        pulls += [home.model_copy(update={"shots": tuple(ids)}) for home, ids in reused.values()]
        pulls += [_pull(span) for span in _merged(fresh)]
    return tuple(pulls)


def achieved_handles(pull: Pull, shot: Shot) -> tuple[int, int]:
    """Return how many frames the pull really has before and after the shot's own."""
    return shot.source.start - pull.frames.start, pull.frames.end - shot.source.end


def raster(size: Size, info: Info) -> tuple[int, int]:
    """Return the render's width and height in stored pixels: even, and with the source's own aspect.

    Raises PlanError for a size that says nothing.
    """
    if size.scale is not None:
        return _even(size.scale * info.width), _even(size.scale * info.height)
    if size.height is None:
        raise PlanError("the size is empty; give --scale or --to")
    if size.width is not None:
        return size.width, size.height
    return _even(Fraction(info.width * size.height, info.height)), _even(Fraction(size.height))


def plate_preset(model: Model, info: Info) -> PlatePreset:
    """Return the export preset for a source: the model's first, or its first that keeps more than 8 bits."""
    if info.still:
        return "still"
    moving = [preset for preset in model.plates if preset != "still"]
    deep = [preset for preset in moving if preset != "h264"] if info.bits > 8 else []
    return (deep or moving)[0]


def refusal(shot: Shot, recipe: Recipe, model: Model) -> str | None:
    """Return why a shot can't be done by this model with this recipe, and what to do; None if it can."""
    info, limits = shot.media.info, model.limits
    width, height = raster(recipe.size, info)
    wanted = "upscale-image" if info.still else "upscale-video"
    checks = (
        (
            not shot.source.within(shot.media.available),
            "it uses frames that its media doesn't have; relink it",
        ),
        (info.variable, "its frame rate is variable; conform the media to a constant rate first"),
        (info.interlaced, "its media is interlaced; deinterlace it first"),
        (
            recipe.size.scale is None and height <= info.height and width <= info.width,
            f"it is already {info.width}x{info.height}; ask for a larger size",
        ),
        (wanted not in model.does, f"model {model.name} does not do {wanted}; choose another model"),
        (info.alpha and not limits.alpha, f"it has an alpha channel, which model {model.name} would drop"),
        (
            limits.max_width is not None and width > limits.max_width,
            f"the render would be {width} pixels wide, model {model.name} stops at {limits.max_width}",
        ),
        (
            limits.max_height is not None and height > limits.max_height,
            f"the render would be {height} pixels high, model {model.name} stops at {limits.max_height}",
        ),
    )
    return next((reason for applies, reason in checks if applies), None)


def count_frames(shots: Sequence[Shot], pulls: Sequence[Pull], handles: int) -> Totals:
    """Count what the plan exports against what the cut shows and what the naive way would export."""
    by_id = {shot.id: shot for shot in shots}
    naive = 0
    for pull in pulls:
        uses = [by_id[shot] for shot in pull.shots]
        phase = math.lcm(*(_phase(shot) for shot in uses))
        naive += sum(_Span.of(shot, handles).at_phase(phase).count for shot in uses)
    media = {_key(shot.media): shot.media.available.count for shot in shots}
    return Totals(
        used_frames=sum(_union(uses) for uses in _by_media(shots).values()),
        pull_frames=sum(pull.frames.count for pull in pulls),
        naive_frames=naive,
        media_frames=sum(media.values()),
    )


@dataclass(slots=True)
class _Span:
    """An export in the making: frames wanted with handles, before the phase is kept."""

    media: Media
    low: int
    high: int
    phase: int
    shots: list[str]

    @classmethod
    def of(cls, shot: Shot, handles: int) -> _Span:
        speed = abs(shot.retime.speed) if shot.retime else Fraction(1)
        reach = math.ceil(handles * max(Fraction(1), speed)) if speed else 0
        wanted = shot.source.padded(reach, reach).clamped(shot.media.available)
        return cls(shot.media, wanted.start, wanted.end, _phase(shot), [shot.id])

    def at_phase(self, phase: int) -> FrameRange:
        """Begin early enough that the frames cut off the head are a multiple of `phase`."""
        first = self.media.available.start
        cut = 0 if phase > MAX_PHASE else (self.low - first) // phase * phase
        return FrameRange.between(first + cut, self.high)

    def join(self, later: _Span) -> None:
        self.low, self.high = min(self.low, later.low), max(self.high, later.high)
        self.phase = math.lcm(self.phase, later.phase)
        self.shots += later.shots

    @property
    def frames(self) -> FrameRange:
        return self.at_phase(self.phase)


def _merged(spans: list[_Span]) -> list[_Span]:
    """Join exports that overlap or touch until none do; keeping the phase can make a span reach back."""
    merged: list[_Span] = []
    for span in sorted(spans, key=lambda span: span.frames.start):
        while merged and merged[-1].frames.gap_to(span.frames) <= 0:
            earlier = merged.pop()
            earlier.join(span)
            span = earlier
        merged.append(span)
    return merged


def _pull(span: _Span) -> Pull:
    frames = span.frames
    name = f"{span.media.fingerprint} {frames.start - span.media.available.start} {frames.count}"
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return Pull(id=digest, media=span.media, frames=frames, shots=tuple(span.shots))


def _fits(shot: Shot, pull: Pull) -> bool:
    cut = pull.frames.start - shot.media.available.start
    return shot.source.within(pull.frames) and cut % _phase(shot) == 0


def _phase(shot: Shot) -> int:
    return shot.retime.phase if shot.retime else 1


def _key(media: Media) -> tuple[str, FrameRange]:
    return media.fingerprint, media.available


def _by_media(shots: Iterable[Shot]) -> dict[tuple[str, FrameRange], list[Shot]]:
    groups: dict[tuple[str, FrameRange], list[Shot]] = {}
    for shot in shots:
        groups.setdefault(_key(shot.media), []).append(shot)
    return groups


def _union(shots: list[Shot]) -> int:
    total, reached = 0, None
    for used in sorted((shot.source for shot in shots), key=lambda used: used.start):
        start = used.start if reached is None else max(used.start, reached)
        total += max(0, used.end - start)
        reached = used.end if reached is None else max(used.end, reached)
    return total


def _even(pixels: Fraction | int) -> int:
    return max(2, 2 * round(Fraction(pixels) / 2))
