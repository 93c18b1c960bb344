"""What Topaz takes in a create, what a request costs, and how it words a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

LARGEST = {"H264": (4096, 4096), "H265": (8192, 8192), "ProRes": (16386, 16386), "AV1": (16384, 8704),
           "VP9": (8192, 8192)}  # fmt: skip
PROFILES = {"H264": {"High"}, "H265": {"Main", "Main10"}, "AV1": {"8-bit", "10-bit"}, "VP9": {"Good", "Best"},
            "ProRes": {"422 Proxy", "422 LT", "422 Std", "422 HQ"}}  # fmt: skip
SPEC = {
    "aaa-9", "ahq-12", "alq-13", "alqs-2", "amq-13", "amqs-2", "color-1", "ddv-3", "dtd-4", "dtds-2", "dtv-4",
    "dtvs-2", "gcg-5", "ghq-5", "iris-2", "iris-3", "nxf-1", "nxl-1", "nxhf-1", "nyx-3", "prob-4", "rhea-1",
    "thd-3", "thf-4", "thm-2",
}  # fmt: skip
BEYOND_SPEC = {"ast-2", "slp-2.5", "slp-2.6", "slf-1", "slf-2", "slf-3", "slc-1", "sl-1", "hyp-2"}
SIGNED = ("compression", "details", "noise", "halo", "preblur", "blur")
RANGES: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(SIGNED, (-1, 1)), "prenoise": (0, 0.1), "grain": (0, 0.1), "grainSize": (0, 5),
    "recoverOriginalDetailValue": (0, 1), "realism": (0, 1), "sharp": (0, 1), "sharpness": (1, 5),
}  # fmt: skip
ENUMS = {"auto": {"Auto", "Manual", "Relative"}, "focusFixLevel": {"None", "Normal", "Strong"}}
FRAMES_A_CREDIT = {"ast-2": (10.0, 6.0), "slp-2.5": (26.0417, 11.9179)}  # up to 1080p, above it


class Invalid(Exception):
    """What a create body does wrong."""


def credits_for(body: Mapping[str, Any]) -> float:
    """Return what a request costs, unrounded: by frames, and by whether its render is more than HD."""
    model, frames = body["filters"][0]["model"], body["source"]["frameCount"]
    small, large = FRAMES_A_CREDIT.get(model, (30.0, 12.0))
    return float(frames / (small if body["output"]["resolution"]["height"] <= 1080 else large))


def check_body(body: Any, models: set[str]) -> None:
    """Raise Invalid for what the API answers with 400."""
    source, out, filters = (_given(body, name, kind) for name, kind in
                            (("source", dict), ("output", dict), ("filters", list)))  # fmt: skip
    _check_source(source)
    _check_output(out)
    if not filters:
        raise Invalid("filters is empty")
    for one in filters:
        if _given(one, "model", str) not in models:
            raise Invalid(f"filters.model {one['model']!r}")
        _check_filter(one, source["frameCount"])


def _check_source(source: dict[str, Any]) -> None:
    _one_of(source, "container", {"mp4", "mov", "mkv"})
    for name in ("size", "frameCount"):
        if _given(source, name, int) <= 0:
            raise Invalid(f"source.{name} must be positive")
    for name in ("duration", "frameRate"):
        if _given(source, name, int, float) <= 0:
            raise Invalid(f"source.{name} must be positive")
    _check_size(source)
    if abs(source["duration"] * source["frameRate"] - source["frameCount"]) > 1:
        raise Invalid("source.duration, frameRate and frameCount contradict each other")


def _check_size(of: dict[str, Any]) -> tuple[int, int]:
    size = _given(of, "resolution", dict)
    return _given(size, "width", int), _given(size, "height", int)


def _check_output(out: dict[str, Any]) -> None:
    width, height = _check_size(out)
    _given(out, "frameRate", int, float)
    audio = _one_of(out, "audioTransfer", {"Copy", "Convert", "None"})
    _one_of(out, "audioCodec", {"AAC", "AC3", "PCM"}, required=audio != "None")
    encoder = _one_of(out, "videoEncoder", set(LARGEST))
    _one_of(out, "videoProfile", PROFILES[encoder], required=False)
    _one_of(out, "container", {"mp4", "mov", "mkv"}, required=False)
    if ("videoBitrate" in out) == ("dynamicCompressionLevel" in out):
        raise Invalid("one of videoBitrate and dynamicCompressionLevel is required")
    _one_of(out, "dynamicCompressionLevel", {"Low", "Mid", "High"}, required=False)
    if width > LARGEST[encoder][0] or height > LARGEST[encoder][1]:
        raise Invalid(f"{encoder} takes {LARGEST[encoder]} at most")
    if encoder == "ProRes" and out.get("container") != "mov":
        raise Invalid("ProRes needs mov")


def _check_filter(one: dict[str, Any], frames: int) -> None:
    model = one["model"]
    for name, (low, high) in RANGES.items():
        if name in one and not low <= _given(one, name, int, float) <= high:
            raise Invalid(f"filters.{name} must be from {low} to {high}")
    for name, words in ENUMS.items():
        _one_of(one, name, words, required=False)
    if model == "ast-2" and not 0 <= _given(one, "creativity", int, float) <= 1:
        raise Invalid("filters.creativity must be from 0 to 1")
    if model == "slc-1":
        _one_of(one, "creativity", {"low", "middle", "high"})
    most = 450 if model == "ast-2" and one.get("prompt") else 9000
    if model in ("ast-2", "slp-2.5", "slp-2.6") and frames > most:
        raise Invalid(f"{model} takes {most} frames at most")


def _given(of: Any, name: str, *kinds: type) -> Any:
    found = of.get(name) if isinstance(of, dict) else None
    if not isinstance(found, kinds) or isinstance(found, bool):
        raise Invalid(f"{name} is missing or of a wrong type")
    return found


def _one_of(of: dict[str, Any], name: str, words: set[str], *, required: bool = True) -> str:
    found = of.get(name)
    if found is None and not required:
        return ""
    if found not in words:
        raise Invalid(f"{name} must be one of {sorted(words)}")
    return str(found)


def say(status: int, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status)
