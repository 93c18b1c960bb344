"""The options of Astria's models; prompts must not carry flags, since flags there change what is bought."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from uprez_astria.catalogue import tune_of

_FLAG = re.compile(r"(?:^|\s)--[a-z]", re.IGNORECASE)
LARGEST_SEED = 2_147_483_647

AspectRatio = Literal["1:1", "16:9", "9:16", "21:9", "9:21", "3:2", "2:3", "5:4", "4:5", "4:3", "3:4"]


def _flagless(text: str) -> str:
    if _FLAG.search(text):
        raise ValueError("words that begin with -- are read as flags by Astria; take them out")
    if "\0" in text:
        raise ValueError("it holds a zero byte; take it out")
    return text


Words = Annotated[str, AfterValidator(_flagless)]
Seed = Annotated[int, Field(ge=-1, le=LARGEST_SEED, description="seed; -1 draws another one for every order")]


class _Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: Seed = -1


class UpscaleOptions(_Options):
    """Choose how a still is upscaled; the defaults are those of the vendor's sample."""

    prompt: Words = Field("", description="what the picture shows, for the upscaler")
    negative_prompt: Words = Field("", description="what must not be added")
    denoising_strength: float = Field(
        0.1, ge=0, le=1, description="how far the picture may drift from its source"
    )
    steps: int = Field(16, ge=0, le=50, description="steps of the sampler")
    cfg_scale: float = Field(6.0, ge=0, le=15, description="how closely the prompt is followed")
    scheduler: str = Field("euler_a", pattern=r"^[a-z0-9_+]{1,40}$", description="the sampler's name")
    tune: int = Field(tune_of("stills"), ge=1, description="the tune at Astria that upscales")


class ClipOptions(_Options):
    """Choose how a clip is made; its duration follows from the order."""

    prompt: Words = Field("", description="how the picture moves")
    negative_prompt: Words = Field("", description="what must not be seen")
    tune: int = Field(tune_of("clips"), ge=1, description="the tune at Astria that the order is filed under")
    upscale: Literal["none", "720p", "1080p", "2k", "4k"] = Field(
        "none", description="have the clip upscaled there by seedvr2, at a price that isn't published"
    )


class TextOptions(ClipOptions):
    """Choose the shape as well, where a clip can be made without a first frame."""

    aspect_ratio: AspectRatio = Field("16:9", description="shape of the clip, where no frame sets it")


class SoundOptions(TextOptions):
    """Choose sound as well."""

    audio: bool = Field(False, description="make sound with the clip")


def options_of(text: bool, sound: bool) -> type[Any]:
    """Return the options of a model that makes clips from words, and with sound where asked for."""
    if sound:
        return SoundOptions
    return TextOptions if text else ClipOptions
