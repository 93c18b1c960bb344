"""What each model of Topaz can be told; a field's name here becomes the service's own on the way out."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AliasGenerator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from uprez.orders import Limits

Encoder = Literal["H265", "ProRes", "H264", "AV1"]
LARGEST: dict[str, tuple[int, int]] = {
    "H264": (4096, 4096),
    "H265": (8192, 8192),
    "ProRes": (16386, 16386),
    "AV1": (16384, 8704),
}
"""Width and height that an encoder of the service stops at (facts: T-SPEC)."""
PROMPTED_FRAMES = 450
_OURS = frozenset({"encoder", "quality"})
_STRICT = ConfigDict(frozen=True, extra="forbid")


class VideoOptions(BaseModel):
    """Hold what every video model can be told: how its render is encoded for the way home."""

    model_config = _STRICT

    encoder: Encoder = Field(default="H265", description="encoder of the delivered file")
    quality: Literal["Low", "Mid", "High"] = Field(
        default="High", description="bit rate of the delivered file"
    )

    def fields(self) -> dict[str, Any]:
        """Return what goes into the filter beside the model's code."""
        return self.model_dump(exclude_none=True, exclude=set(_OURS), by_alias=True)

    def narrowed(self, limits: Limits) -> Limits:
        """Return the limits with the encoder's largest raster in them."""
        width, height = LARGEST[self.encoder]
        return limits.model_copy(
            update={
                "max_width": min(width, limits.max_width or width),
                "max_height": min(height, limits.max_height or height),
            }
        )


class AstraOptions(VideoOptions):
    """Hold what Astra 2 can be told (facts: S000)."""

    creativity: float = Field(ge=0, le=1, description="how much is invented; 0 stays at the source")
    prompt: str | None = Field(default=None, description="what is in the picture; 450 frames at most then")
    realism: float | None = Field(default=None, ge=0, le=1, description="how photographic it looks")
    sharp: float = Field(default=0.5, ge=0, le=1, description="0 blurs, 0.5 passes through, 1 sharpens")

    def narrowed(self, limits: Limits) -> Limits:
        """Return the limits; with a prompt an order is of 450 frames at most."""
        narrowed = super().narrowed(limits)
        return narrowed.model_copy(update={"max_frames": PROMPTED_FRAMES}) if self.prompt else narrowed


class PreciseOptions(VideoOptions):
    """Hold what Starlight Precise 2.6 can be told (facts: T-DOC)."""

    sharpness: int | None = Field(default=None, ge=1, le=5, description="1 is softest; the service takes 5")
    watermark: bool | None = Field(default=None, description="mark the picture; the service does not")


class CreativeOptions(VideoOptions):
    """Hold what Starlight Creative can be told (facts: T-COMFY)."""

    creativity: Literal["low", "middle", "high"] = Field(description="how much is invented")


class ClassicOptions(VideoOptions):
    """Hold what Proteus and its family can be told (facts: T-SPEC)."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=AliasGenerator(serialization_alias=to_camel)
    )

    auto: Literal["Auto", "Manual", "Relative"] | None = Field(
        default=None, description="who chooses the values below"
    )
    compression: float | None = Field(default=None, ge=-1, le=1, description="mend compression")
    details: float | None = Field(default=None, ge=-1, le=1, description="bring out detail")
    noise: float | None = Field(default=None, ge=-1, le=1, description="take out noise")
    halo: float | None = Field(default=None, ge=-1, le=1, description="take out halos")
    preblur: float | None = Field(default=None, ge=-1, le=1, description="against aliasing")
    blur: float | None = Field(default=None, ge=-1, le=1, description="sharpen")
    prenoise: float | None = Field(default=None, ge=0, le=0.1, description="noise put in beforehand")
    grain: float | None = Field(default=None, ge=0, le=0.1, description="grain put in afterwards")
    grain_size: float | None = Field(default=None, ge=0, le=5, description="size of that grain")
    recover_original_detail_value: float | None = Field(
        default=None, ge=0, le=1, description="how much of the source is mixed back in"
    )
    focus_fix_level: Literal["None", "Normal", "Strong"] | None = Field(
        default=None, description="bring soft pictures into focus"
    )
