"""What is sent to Astria for an order, and what is refused before anything is sent."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from uprez.errors import Rejected
from uprez.http.client import Part
from uprez.orders import Order
from uprez_astria.catalogue import Facts

PICTURES = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"
}  # fmt: skip
_MOVING = {".mp4": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm"}
_SAMPLE = {"num_images": "1", "backend_version": "1"}  # facts: S004


def seconds(model: str, facts: Facts, frames: int, rate: Fraction) -> int:
    """Return how many seconds are bought: the shortest allowed duration that covers the frames.

    Raises Rejected where none is long enough.
    """
    wanted = Fraction(frames) / rate
    found = facts.seconds_for(wanted)
    if found is None:
        raise Rejected(
            f"astria: {model} makes no clip of {float(wanted):.2f} s, the nearest it makes is "
            f"{max(facts.durations)} s; shorten the shot or choose another model",
            provider="astria",
        )
    return found


def check_picture(path: Path) -> str:
    """Return the media type of a still; raises Rejected for a kind that Astria doesn't read."""
    kind = PICTURES.get(path.suffix.lower())
    if kind is None:
        raise Rejected(
            f"{path.name}: Astria reads PNG, JPEG and WebP; save the picture as one of them",
            provider="astria",
        )
    return kind


def upscale(order: Order) -> tuple[dict[str, str], dict[str, Part]]:
    """Return the fields and the file of a still to be upscaled (facts: S004)."""
    chosen = order.recipe.options
    fields = _SAMPLE | {
        name: _said(chosen[name])
        for name in ("denoising_strength", "steps", "cfg_scale", "scheduler")
        if name in chosen
    }
    if chosen.get("negative_prompt"):
        fields["negative_prompt"] = _said(chosen["negative_prompt"])
    fields["text"] = f"{chosen.get('prompt', '')} --only_upscale".strip()
    return fields, {"input_image": picture(order.plate.path)}


def clip(order: Order, facts: Facts, duration: int) -> tuple[dict[str, str], dict[str, Part]]:
    """Return the fields and the files of a clip (facts: S003, A-DOC)."""
    chosen = order.recipe.options
    prompt = _said(chosen.get("prompt", ""))
    fields = {
        "video_model": order.recipe.model, "video_prompt": prompt, "video_duration": str(duration),
        "num_images": "1",
    }  # fmt: skip
    files = _files(order, facts)
    if "video_first_frame" not in files:
        fields["text"] = prompt
        if "aspect_ratio" in chosen:
            fields["aspect_ratio"] = _said(chosen["aspect_ratio"])
    if chosen.get("negative_prompt"):
        fields["negative_prompt"] = _said(chosen["negative_prompt"])
    if chosen.get("audio"):
        fields["video_audio"] = "true"
    if chosen.get("upscale", "none") != "none":
        fields |= {
            "video_upscale_model": "seedvr2", "video_upscale_target_resolution": _said(chosen["upscale"])
        }  # fmt: skip
    return fields, files


def picture(path: Path) -> Part:
    """Return a still as a part of a form, under a name that tells nothing of this machine."""
    return f"picture{path.suffix.lower()}", path, check_picture(path)


def _files(order: Order, facts: Facts) -> dict[str, Part]:
    """Say which file is which: the plate is the first frame, or the video that is to be followed."""
    last, reference = order.extra.get("last"), order.extra.get("reference")
    if facts.motion:
        path = order.plate.path
        files: dict[str, Part] = {
            "input_video": (
                f"video{path.suffix.lower()}",
                path,
                _MOVING.get(path.suffix.lower(), "video/mp4"),
            )
        }
        return files | ({"video_first_frame": picture(reference)} if reference else {})
    if last is not None and not facts.last:
        raise Rejected(
            f"astria: {order.recipe.model} takes no last frame; choose another model", provider="astria"
        )
    if reference is not None:
        return _references(order, facts, reference)
    files = {"video_first_frame": picture(order.plate.path)} if order.plate.preset == "still" else {}
    return files | ({"video_last_frame": picture(last)} if last else {})


def _references(order: Order, facts: Facts, reference: Path) -> dict[str, Part]:
    """Return a reference picture: it excludes frames (facts: A-DOC)."""
    if not facts.references:
        raise Rejected(
            f"astria: {order.recipe.model} takes no reference picture; choose another model",
            provider="astria",
        )
    return {"image_references[]": picture(reference)}


def _said(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
