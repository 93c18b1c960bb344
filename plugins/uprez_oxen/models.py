"""What Oxen sells of Topaz's upscalers, and which rasters each can return exactly (facts: O-DOC, S001)."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from uprez.errors import Rejected
from uprez.frozen import Frozen
from uprez.model import Info
from uprez.orders import Limits, Model, NoOptions
from uprez_oxen.options import (
    AstraOptions,
    EnhanceOptions,
    HyperionOptions,
    SofterOptions,
    StillOptions,
    WonderOptions,
)

SIZES = {"720p": (1280, 720), "1080p": (1920, 1080), "2k": (2560, 1440), "4k": (3840, 2160)}
"""Rasters by the words of `resolution`; "2k" is inferred, and other shapes than 16:9 are not documented."""
_VIDEO = Limits(
    max_width=3840,
    max_height=2160,
    max_frames=9000,  # Topaz's own limit for the same models; Oxen names none
    rates=(24, 25, 30, 50, 60),  # valid under both of Oxen's documents
    max_bits=8,
)


class Facts(Frozen):
    """Say how a model is told the size: by one of `tiers`, by one of `factors`, or not at all.

    `fields` are the names that this parameter may have, `source` those of the plate's address.
    """

    tiers: tuple[str, ...] = ()
    factors: tuple[int, ...] = ()
    fields: tuple[str, ...] = ()
    source: tuple[str, ...] = ("input_video", "video", "video_url")

    def word(
        self, info: Info, size: tuple[int, int], model: str, sizes: Mapping[str, tuple[int, int]]
    ) -> str:
        """Return the word for a raster: a tier, a factor such as "2x", or "" where it stays what it is.

        Raises Rejected naming the sizes where the model can't return exactly this one.
        """
        words = {tier: sizes.get(tier, SIZES[tier]) for tier in self.tiers}
        words |= {f"{factor}x": (factor * info.width, factor * info.height) for factor in self.factors}
        if not words:
            words = {"": (info.width, info.height)}
        found = next((word for word, raster in words.items() if raster == size), None)
        if found is None:
            made = " or ".join(f"{width}x{height}" for width, height in words.values())
            raise Rejected(
                f"oxen: {model} can't return {size[0]}x{size[1]} exactly; it makes {made}, choose one of "
                "them by --to or --scale or take another model",
                provider="oxen",
            )
        return found


def _video(
    name: str,
    summary: str,
    tiers: tuple[str, ...],
    options: type[BaseModel] = NoOptions,
    price: str = "by the second of the render; what Oxen's catalogue says",
    fields: tuple[str, ...] = ("resolution", "target_resolution"),
) -> tuple[Model, Facts]:
    return (
        Model(
            name=name,
            does=("upscale-video",),
            summary=summary,
            keeps_picture=bool(tiers),
            limits=_VIDEO,
            price=price,
            plates=("mp4",),
            options=options,
        ),
        Facts(tiers=tiers, fields=fields),
    )


def _still(
    name: str, summary: str, factors: tuple[int, ...], options: type[BaseModel]
) -> tuple[Model, Facts]:
    return (
        Model(
            name=name,
            does=("upscale-image",),
            summary=summary,
            limits=Limits(max_bits=8),
            price="by the picture; what Oxen's catalogue says",
            plates=("still",),
            options=options,
        ),
        Facts(
            factors=factors,
            fields=("upscale_factor", "scale"),
            source=("input_image", "image", "image_url"),
        ),
    )


_UP = ("1080p", "2k", "4k")
_ENHANCE = ("720p", *_UP)
_ALL = (
    _video(
        "topazlabs-upscale-starlight-2-5-video",
        "Starlight Precise 2.5: restores and upscales by diffusion",
        _UP,
        price="0.0374 USD a second of the render at 1080p, 0.1494 at 2k and 4k",
    ),
    _video("topazlabs-upscale-starlight-2-6-video", "Starlight Precise 2.6", _UP, SofterOptions),
    _video("topazlabs-astra-2-video", "Astra 2: upscales and invents detail", _UP, AstraOptions),
    _video(
        "topazlabs-video-upscale",
        "Topaz's plain video upscaler",
        ("720p", "1080p", "4k"),
        fields=("target_resolution", "resolution"),
    ),
    _video("topazlabs-proteus-video", "Proteus: sharpens and upscales", _ENHANCE, EnhanceOptions),
    _video("topazlabs-rhea-video", "Rhea: upscales with fine detail", _ENHANCE, EnhanceOptions),
    _video("topazlabs-iris-mq-video", "Iris: restores faces and compressed video", _ENHANCE, EnhanceOptions),
    _video("topazlabs-hyperion-2-video", "Hyperion 2: SDR to HDR at the same size", (), HyperionOptions),
    _still("topazlabs-image-upscale", "Topaz's still upscaler", (2, 4), StillOptions),
    _still("topazlabs-wonder-3-5-image", "Wonder 3.5: upscales stills", (2, 4, 6), WonderOptions),
)
MODELS = tuple(model for model, _ in _ALL)
BY_NAME = {model.name: model for model in MODELS}
FACTS = {model.name: facts for model, facts in _ALL}
