"""Astria's models as uprez describes them."""

from __future__ import annotations

from collections.abc import Mapping

from uprez.model import PlatePreset
from uprez.orders import Does, Limits, Model
from uprez_astria.catalogue import UPSCALE, Facts
from uprez_astria.options import UpscaleOptions, options_of


def described(facts: Mapping[str, Facts]) -> tuple[Model, ...]:
    """Return the upscaler of stills and every model of clips."""
    return (_upscale(), *(_clip(name, one) for name, one in facts.items()))


def _upscale() -> Model:
    return Model(
        name=UPSCALE,
        does=("upscale-image",),
        summary="upscales a still by a diffusion model that hardly repaints it",
        limits=Limits(max_bits=8),
        plates=("still",),
        options=UpscaleOptions,
    )


def _clip(name: str, facts: Facts) -> Model:
    preset: PlatePreset = "mp4" if facts.motion else "still"
    return Model(
        name=name,
        does=_does(facts),
        summary=_summary(facts),
        keeps_picture=False,
        keeps_rate=False,
        limits=Limits(max_bits=8),
        price="unknown" if facts.cents is None else f"{facts.cents / 100:.2f} USD for {facts.base} s",
        plates=(preset,),
        options=options_of(facts.text, facts.sound_option),
    )


def _does(facts: Facts) -> tuple[Does, ...]:
    kinds: tuple[tuple[bool, Does], ...] = (
        (facts.images, "image-to-video"),
        (facts.text, "text-to-video"),
        (facts.motion, "restyle-video"),
        (facts.images and facts.last, "bridge"),
    )
    return tuple(does for can, does in kinds if can)


def _summary(facts: Facts) -> str:
    first, last = min(facts.durations), max(facts.durations)
    whole = len(facts.durations) == last - first + 1
    seconds = f"{first}-{last}" if whole and first < last else ", ".join(map(str, facts.durations))
    what = "moves a picture like a video" if facts.motion else "makes a clip from a picture"
    more = ", or from words" * facts.text + ", up to a last one" * facts.last + ", with sound" * facts.sounds
    return f"{what}{more}: {seconds} s"
