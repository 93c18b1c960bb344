"""From shots to pulls: each source frame that the cut uses is exported once. Pure functions on values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

from uprez.errors import PlanError
from uprez.frozen import Frozen
from uprez.model import Cut, Info, LeftOut, PlatePreset, Pull, Shot, Size
from uprez.newness import Keyframe, Making
from uprez.orders import Limits, Model, Recipe
from uprez.pulls import Totals, count_frames, plan_pulls
from uprez.splitting import Join, homes_of, joins_of

_FIELD_BY_FIELD = ("hevc",)  # each field is a picture of its own, which FFmpeg does not put together


class Plan(Frozen):
    """Say what will be exported, for which shots, and what is left out and why.

    With a `making` its shots get new pictures; `lasts` are the frames that they end on, by pull id. `owned`
    are the pulls whose renders were there already, `grown` the stretches of them and of what was missing, and
    `apart` says by stretch why one is bought whole instead. `moved` says by shot id, of shots that show a
    render of ours, how many frames later their source counts.
    """

    timeline: str
    rate: Fraction
    recipe: Recipe
    shots: tuple[Shot, ...]
    pulls: tuple[Pull, ...]
    left_out: tuple[LeftOut, ...]
    totals: Totals
    making: Making | None = None
    lasts: dict[str, Keyframe] = {}
    owned: frozenset[str] = frozenset()
    grown: frozenset[str] = frozenset()
    apart: dict[str, str] = {}
    moved: dict[str, int] = {}

    @property
    def joins(self) -> tuple[Join, ...]:
        """Return the stretches that are bought in pieces, because they are longer than the model takes."""
        return joins_of(self.pulls)

    @property
    def homes(self) -> dict[str, Pull]:
        """Return by shot id what its render holds: a pull, or the whole stretch that pieces make up."""
        return {shot: home for home in homes_of(self.pulls) for shot in home.shots}


def plan(
    cut: Cut,
    recipe: Recipe,
    model: Model,
    have: Iterable[Pull] = (),
    cuts: Mapping[str, Sequence[int]] = MappingProxyType({}),
    apart: Mapping[str, str] | None = None,
) -> Plan:
    """Plan a cut: leave out what the model can't do, and pull the rest once.

    `have` are pulls whose renders exist; a shot that fits into one needs no new pull. What is longer than
    the model takes is bought in pieces, which meet at `cuts`, frames by the stretch's pull id. With `apart`
    only the missing frames are bought of a shot that is partly there, and joined, except for the stretches
    that it names with a reason. Raises PlanError where the recipe asks for what no shot could get.
    """
    shots, refused = [], []
    unfit: dict[int, str | None] = {}
    most = model.limits_for(recipe.options).max_frames
    for shot in cut.shots:
        media = id(shot.media)
        if media not in unfit:
            unfit[media] = unfitness(shot.media.info, recipe, model)
        reason = unfit[media] or misfit(shot)
        if reason is None:
            shots.append(shot)
        else:
            refused.append(LeftOut(name=shot.name, track=shot.track, reason=reason))
    have = tuple(have)
    pulls = plan_pulls(shots, recipe.handles, have, most, cuts, None if apart is None else frozenset(apart))
    owned = {pull.id: pull for pull in have}
    return Plan(
        timeline=cut.name,
        rate=cut.rate,
        recipe=recipe,
        shots=tuple(shots),
        pulls=pulls,
        left_out=(*cut.left_out, *refused),
        totals=count_frames(shots, pulls, recipe.handles),
        owned=frozenset(pull.id for pull in pulls if pull.id in owned),
        grown=frozenset() if apart is None else frozenset(_grown(pulls, owned)),
        apart=dict(apart or {}),
    )


def _grown(pulls: Iterable[Pull], owned: Mapping[str, Pull]) -> Iterator[str]:
    """Yield the stretches of which a piece was bought for something else."""
    for join in joins_of(pulls):
        if any(_stretch(owned.get(piece.id, piece)) != _stretch(piece) for piece in join.pieces):
            yield join.whole.id


def _stretch(pull: Pull) -> tuple[int, int] | None:
    """Return what a pull is a piece of, counted from the file's first frame."""
    if pull.piece is None:
        return None
    return pull.piece.stretch.start - pull.media.available.start, pull.piece.stretch.count


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
    deep = [preset for preset in moving if preset not in ("h264", "mp4")] if info.bits > 8 else []
    return (deep or moving)[0]


def misfit(shot: Shot) -> str | None:
    """Return why a shot can't be done whatever the model is; None if it can."""
    if shot.source.within(shot.media.available):
        return None
    return "it uses frames that its media doesn't have; relink it"


def unfitness(info: Info, recipe: Recipe, model: Model) -> str | None:
    """Return why a media can't be done by this model with this recipe, and what to do; None if it can."""
    limits = model.limits_for(recipe.options)
    width, height = raster(recipe.size, info)
    wanted = "upscale-image" if info.still else "upscale-video"
    checks = (
        (
            info.interlaced and (info.variable or info.codec in _FIELD_BY_FIELD),
            "its fields can't be told apart frame by frame; deinterlace it first",
        ),
        (
            recipe.size.scale is None and height <= info.height and width <= info.width,
            f"it is already {info.width}x{info.height}; ask for a larger size",
        ),
        (
            _stretches(info, width, height),
            f"{width}x{height} would stretch its {info.width}x{info.height}; give --to a height alone",
        ),
        (wanted not in model.does, f"model {model.name} does not do {wanted}; choose another model"),
        (
            not info.still and not _carried(info.rate, limits),
            f"its rate of {info.rate} is not one that model {model.name} takes; choose another model",
        ),
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


def _carried(rate: Fraction, limits: Limits) -> bool:
    """Tell whether a model takes a rate, or a plate of that rate can travel at a whole one."""
    if limits.rates:
        return rate <= max(limits.rates)
    return (limits.min_rate or rate) <= rate <= (limits.max_rate or rate)


def _stretches(info: Info, width: int, height: int) -> bool:
    """Tell whether a raster changes the picture's shape by more than rounding to even pixels does."""
    shape = Fraction(width * info.height, height * info.width)
    return abs(shape - 1) > Fraction(2, min(width, height)) + Fraction(1, 200)


def _even(pixels: Fraction | int) -> int:
    return max(2, 2 * round(Fraction(pixels) / 2))
