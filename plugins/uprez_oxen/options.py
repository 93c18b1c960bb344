"""What can be chosen at each model; sizes, rates and file types follow from the order (facts: O-DOC)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from uprez.orders import Limits

PROMPTED_FRAMES = 450  # what astra-2 takes at most once it is given a prompt (facts: O-DOC)
Share = Annotated[float, Field(ge=0, le=1)]
Sway = Annotated[float, Field(ge=-1, le=1)]


class _Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SofterOptions(_Options):
    """Choose how Starlight 2.6 restores."""

    softness: float | None = Field(
        None, description="how soft the picture is made; the model's own where not given"
    )


class AstraOptions(_Options):
    """Choose how freely Astra 2 invents detail."""

    creativity: Share = Field(0.5, description="how much detail is invented, 0 to 1")
    sharp: Share = Field(0.5, description="how much is sharpened, 0 to 1")
    prompt: str | None = Field(
        None, description=f"what the picture shows; a piece then has at most {PROMPTED_FRAMES} frames"
    )

    def narrowed(self, limits: Limits) -> Limits:
        """Return the limits with a prompt: fewer frames an order."""
        return limits.model_copy(update={"max_frames": PROMPTED_FRAMES}) if self.prompt else limits


class EnhanceOptions(_Options):
    """Choose what Proteus, Rhea and Iris do to a picture; what is not given is the model's own."""

    blur: Sway | None = Field(None, description="how much blur is taken away, -1 to 1")
    compression: Sway | None = Field(None, description="how much compression is taken away, -1 to 1")
    details: Sway | None = Field(None, description="how much detail is brought out, -1 to 1")
    halo: Sway | None = Field(None, description="how much of a halo is taken away, -1 to 1")
    noise: Sway | None = Field(None, description="how much noise is taken away, -1 to 1")
    grain: Annotated[float, Field(ge=0, le=0.1)] | None = Field(
        None, description="how much grain is laid over it, 0 to 0.1"
    )
    grain_type: Literal["silver_rich", "gaussian", "grey"] | None = Field(
        None, description="which grain is laid over it"
    )


class HyperionOptions(_Options):
    """Choose the file of the HDR picture."""

    output_encoder: Literal["H265", "ProRes"] = Field("ProRes", description="codec of what Oxen sends")
    output_profile: Literal["422 Proxy", "422 LT", "422 Std", "422 HQ"] | None = Field(
        None, description="ProRes profile of what Oxen sends"
    )


class StillOptions(_Options):
    """Choose which of Topaz's still models works."""

    enhance_model: Literal["Standard V2", "Low Resolution V2", "CGI", "High Fidelity V2", "Text Refine"] = (
        Field("Standard V2", description="which of Topaz's still models works")
    )


class WonderOptions(_Options):
    """Choose how much Wonder changes a still."""

    enhancement_strength: Literal["low", "medium", "high"] | None = Field(
        None, description="how much is changed; the model's own where not given"
    )
