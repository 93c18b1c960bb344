"""Say, before anything is bought, how plates travel and what a picture loses on the way there and back."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from uprez.frozen import Frozen
from uprez.media.presets import chroma_of, codec, depth_of, is_rgb, normal
from uprez.model import Info, Media, PlatePreset, RenderPreset
from uprez.orders import Limits, Model, Recipe
from uprez.plan import Plan, plate_preset
from uprez.times import spoken

_CHROMA = ("gray", "4:2:0", "4:2:2", "4:4:4")


class Travel(Frozen):
    """Say how the plates of a media travel: their preset, the bits that arrive, the rate they say.

    `rate` is None for a still; `narrowed` are sentences, none where the whole picture comes back.
    """

    preset: PlatePreset
    bits: int
    rate: Fraction | None = None
    narrowed: tuple[str, ...] = ()


class _Held(Frozen):
    """Hold what is there of a picture: bits per component, and its chroma by rank."""

    bits: int
    chroma: int


def travels(planned: Plan, model: Model) -> dict[str, Travel]:
    """Return by pull id how the plates of a plan travel; a model that makes new pictures has none to keep."""
    if not model.keeps_picture:
        return {}
    return {pull.id: travel(pull.media, planned.recipe, model) for pull in planned.pulls}


def travel(media: Media, recipe: Recipe, model: Model) -> Travel:
    """Return how the plates of a media travel to a model, and what its render lacks in the end."""
    limits, preset = model.limits_for(recipe.options), plate_preset(model, media.info)
    carrier = None if preset == "still" else limits.carrier(media.rate)
    return Travel(
        preset=preset,
        bits=_arriving(media.info, preset, limits.max_bits).bits,
        rate=None if preset == "still" else carrier or media.rate,
        narrowed=narrowed(media, preset, recipe.render, carrier=carrier, max_bits=limits.max_bits),
    )


def narrowed(
    media: Media,
    preset: PlatePreset,
    render: RenderPreset,
    *,
    carrier: Fraction | None = None,
    max_bits: int = Limits().max_bits,
) -> tuple[str, ...]:
    """Say in sentences what a plate, the model behind it or the render can't hold of a media."""
    if preset == "none":
        return ()
    info, true = media.info, spoken(media.rate)
    whole, there = (
        _Held(bits=info.bits, chroma=chroma_of(info.pixel_format)),
        _arriving(info, preset, max_bits),
    )
    lost = list(_lost(info, whole, there, "on the way"))
    if preset != "still":
        left = _Held(bits=min(whole.bits, there.bits), chroma=min(whole.chroma, there.chroma))
        lost += _lost(info, left, _rendered(info, preset, render, there.bits), f"in the {render} render")
    if info.interlaced:
        lost.append("interlaced becomes progressive, one picture a frame")
    if info.variable:
        lost.append(f"its variable rate becomes a constant {true}, each frame by its time")
    if carrier is not None and carrier != media.rate:
        lost.append(f"{true} travels as {spoken(carrier)} and comes back as {true}")
    return tuple(lost)


def narrowings(planned: Plan, model: Model) -> tuple[str, ...]:
    """Return a line for each media of a plan that is narrowed."""
    ways = travels(planned, model)
    lines = [
        f"{pull.media.path.name}: {'; '.join(ways[pull.id].narrowed)}"
        for pull in planned.pulls
        if pull.id in ways and ways[pull.id].narrowed
    ]
    return tuple(dict.fromkeys(lines))


def _plate_format(info: Info, preset: PlatePreset) -> str:
    pixel_format, bits, _ = normal(info)
    return codec(preset, pixel_format, bits).pixel_format


def _arriving(info: Info, preset: PlatePreset, max_bits: int) -> _Held:
    """Return what a model has of a picture: what the plate holds, in no more bits than it works in."""
    if preset == "still":  # copied as it is
        return _Held(bits=min(info.bits, max_bits), chroma=chroma_of(info.pixel_format))
    plate = _plate_format(info, preset)
    return _Held(bits=min(depth_of(plate), max_bits), chroma=chroma_of(plate))


def _rendered(info: Info, preset: PlatePreset, render: RenderPreset, bits: int) -> _Held:
    made = codec(render, _plate_format(info, preset), bits).pixel_format
    return _Held(bits=depth_of(made), chroma=chroma_of(made))


def _lost(info: Info, before: _Held, after: _Held, where: str) -> Iterator[str]:
    if after.bits < before.bits:
        yield f"{before.bits}-bit becomes {after.bits}-bit {where}"
    if after.chroma < before.chroma:
        whole = is_rgb(info.pixel_format) and before.chroma == chroma_of(info.pixel_format)
        yield f"{'RGB' if whole else _CHROMA[before.chroma]} becomes {_CHROMA[after.chroma]} {where}"
