"""The local models, their options and their prices: nothing."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from uprez.model import RenderPreset
from uprez.orders import Does, Limits, Model

_DOES: tuple[Does, ...] = ("upscale-video", "upscale-image")


class LocalOptions(BaseModel):
    """Hold what every local model can be told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    render: RenderPreset = Field(default="prores", description="codec of the finished file")


class SharpOptions(LocalOptions):
    """Hold what `sharp` can be told besides."""

    strength: float = Field(default=0.5, ge=0, le=1, description="how much to sharpen")


def _model(name: str, summary: str, options: type[BaseModel] = LocalOptions) -> Model:
    return Model(
        name=name,
        does=_DOES,
        summary=summary,
        price="free",
        limits=Limits(alpha=True),
        plates=("ffv1", "still"),
        options=options,
    )


CNN = _model("cnn", "Anime4K's VL network on luma: sharper than lanczos, invents nothing, safe on noise")
LANCZOS = _model("lanczos", "plain resize, nothing added")
SHARP = _model("sharp", "lanczos, then contrast-adaptive sharpening", SharpOptions)
BICUBIC = _model("bicubic", "plain resize, softer than lanczos")
MODELS = (CNN, LANCZOS, SHARP, BICUBIC)
