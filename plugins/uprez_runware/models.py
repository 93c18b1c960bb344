"""What Runware's upscalers take (facts: S002, R-SDK)."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from uprez.orders import Limits, Model

Quality = Annotated[int, Field(ge=20, le=99)]


class VideoOptions(BaseModel):
    """Choose the file that comes back; the rate and the size are the order's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["MP4", "MOV", "WEBM"] = Field("MP4", description="container of the render; MP4 is H.264")
    quality: Quality = Field(95, description="compression of the render, 99 is best")


class ImageOptions(BaseModel):
    """Choose the file that comes back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["PNG", "JPG", "WEBP"] = Field("PNG", description="file format of the render")
    quality: Quality = Field(95, description="compression of a JPG or WEBP, 99 is best")


_LIMITS = Limits(
    max_width=3840,
    max_height=2160,
    max_frames=9000,  # inferred from Topaz's own limit for the same model
    max_rate=Fraction(120),
    rates=tuple(range(15, 121)),
    max_bits=8,
)


def _video(name: str, summary: str, price: str) -> Model:
    return Model(
        name=name,
        does=("upscale-video",),
        summary=summary,
        limits=_LIMITS,
        price=price,
        plates=("mp4",),
        options=VideoOptions,
    )


MODELS = (
    _video(
        "topazlabs:starlight-precise@2.5",
        "Topaz Starlight Precise 2.5: restores and upscales, up to 3840x2160",
        "0.0033 USD a frame up to 1920x1080, 0.0073 above",
    ),
    _video("topazlabs:proteus@4", "Topaz Proteus 4: sharpens and upscales", "told once it is done"),
    Model(
        name="topazlabs:wonder@3.5",
        does=("upscale-image",),
        summary="Topaz Wonder 3.5: upscales stills by a whole factor",
        limits=Limits(max_bits=8),
        price="told once it is done",
        plates=("still",),
        options=ImageOptions,
    ),
)
BY_NAME = {model.name: model for model in MODELS}
