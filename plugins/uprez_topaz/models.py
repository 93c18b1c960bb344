"""Topaz' models by their codes, with what each takes; the spec's own list of codes is stale.

The settings of the image models are left out: documents name them differently, and the service chooses them
itself where it isn't told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from uprez.orders import Limits, Model
from uprez.prices import prices
from uprez_topaz.options import (
    AstraOptions,
    ClassicOptions,
    CreativeOptions,
    PreciseOptions,
    VideoOptions,
)

RATES = tuple(range(1, 121))
"""Whole rates alone: a fractional one, rounded on the way, fails the service's second look at a file."""
_DIFFUSION = Limits(max_frames=9000, max_width=3840, max_height=2160, rates=RATES, max_bits=10)
_CLASSIC = Limits(max_width=16386, max_height=16386, rates=RATES, max_bits=10)
_UNCOUNTED = _DIFFUSION.model_copy(update={"max_frames": None})

IMAGE_MODELS = {
    "standard-v2": "Standard V2",
    "low-resolution-v2": "Low Resolution V2",
    "high-fidelity-v2": "High Fidelity V2",
    "cgi": "CGI",
    "text-refine": "Text Refine",
}
"""What the Image API calls them."""
_CLASSICS = {
    "prob-4": "Proteus 4: all-round, by values that can be set",
    "rhea-1": "Rhea: fine detail at large factors",
    "iris-2": "Iris 2: faces and interviews",
    "iris-3": "Iris 3: faces, from small and noisy sources",
    "nyx-3": "Nyx 3: takes out noise, keeps detail",
    "nxf-1": "Nyx Fast: takes out noise",
    "nxl-1": "Nyx Lite: takes out noise",
    "nxhf-1": "Nyx High Fidelity: takes out noise",
    "ghq-5": "Gaia HQ: good sources and renders",
    "gcg-5": "Gaia CG: animation and graphics",
    "ahq-12": "Artemis High: good sources",
    "amq-13": "Artemis Medium: compressed sources",
    "amqs-2": "Artemis Medium with halos taken out",
    "alq-13": "Artemis Low: poor sources",
    "alqs-2": "Artemis Low with halos taken out",
    "aaa-9": "Artemis against aliasing and moire",
    "thf-4": "Theia Fidelity: sharpens, mends compression",
    "thd-3": "Theia Detail: sharpens, adds detail",
    "thm-2": "Themis: takes out motion blur",
}


def _video(
    listed: Mapping[str, Any],
    name: str,
    summary: str,
    limits: Limits,
    options: type[BaseModel] = VideoOptions,
) -> Model:
    return Model(
        name=name,
        does=("upscale-video",),
        summary=summary,
        limits=limits,
        price=_price(listed, name),
        plates=("mp4", "prores"),
        options=options,
    )


def _still(name: str, summary: str) -> Model:
    return Model(
        name=name,
        does=("upscale-image",),
        summary=summary,
        price="credits, asked of the service",
        plates=("still",),
    )


def _price(listed: Mapping[str, Any], name: str) -> str:
    known = listed.get(name)
    sizes = (("hd", "HD"), ("uhd", "UHD"))
    told = [
        f"{known[size]} in {word}" for size, word in sizes if isinstance(known, Mapping) and size in known
    ]
    if not told:
        return "credits, asked of the service"
    return f"credits for 300 frames: {', '.join(told)} ({listed['date']})"


_DIFFUSIONS: tuple[tuple[str, str, Limits, type[BaseModel]], ...] = (
    ("ast-2", "Astra 2: invents detail, as much as creativity says", _DIFFUSION, AstraOptions),
    ("slp-2.6", "Starlight Precise 2.6: diffusion that stays at the source", _DIFFUSION, PreciseOptions),
    ("slp-2.5", "Starlight Precise 2.5: the one before, deprecated", _DIFFUSION, VideoOptions),
    ("slf-3", "Starlight Fast 3: quicker and cheaper diffusion", _UNCOUNTED, VideoOptions),
    ("slf-2", "Starlight Fast 2", _UNCOUNTED, VideoOptions),
    ("slf-1", "Starlight Fast 1", _UNCOUNTED, VideoOptions),
    ("slc-1", "Starlight Creative: invents detail in three steps", _UNCOUNTED, CreativeOptions),
)


def described(overrides: Mapping[str, Any] | None = None) -> tuple[Model, ...]:
    """Return every model, the settings' table `[provider.topaz.prices]` laid over the listed prices."""
    listed = prices("uprez_topaz", overrides)
    return (
        *(_video(listed, *one) for one in _DIFFUSIONS),
        *(_video(listed, code, summary, _CLASSIC, ClassicOptions) for code, summary in _CLASSICS.items()),
        *(_still(name, f"{called} of the Image API, for stills") for name, called in IMAGE_MODELS.items()),
    )


MODELS = described()
BY_NAME = {model.name: model for model in MODELS}
