"""What Astria's service takes, what it costs in thousandths of a cent, and which order it takes for which."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

IDEMPOTENT = (
    "text", "cfg_scale", "steps", "seed", "callback", "negative_prompt", "super_resolution", "face_correct",
    "ar", "num_images", "controlnet", "denoising_strength", "use_lpw", "controlnet_conditioning_scale", "w",
    "h", "hires_fix", "scheduler", "controlnet_txt2img", "inpaint_faces",
)  # fmt: skip
RATIOS = ["1:1", "16:9", "9:16", "21:9", "9:21", "3:2", "2:3", "5:4", "4:5", "4:3", "3:4"]
FILES = ("input_image", "input_video", "video_first_frame", "video_last_frame", "image_references")
STILL_MC = 5_000  # what this service asks for an upscaled still; the true one's price isn't known
_FLAG = re.compile(r'--(\w+)(?:[ =]("[^"]*"|(?!--)\S+))?')
_PROMOTED = {"duration": "video_duration"}


@cache
def table() -> dict[str, dict[str, str]]:
    with Path(__file__).with_name("astria_models.csv").open() as file:
        return {row["video_model"]: row for row in csv.DictReader(file)}


def allowed(said: str) -> set[int]:
    found: set[int] = set()
    for part in said.split("|"):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


def promoted(fields: dict[str, Any]) -> dict[str, Any]:
    """Turn the flags inside a text into fields, as the service has always done."""
    flags = {name: value.strip('"') or "true" for name, value in _FLAG.findall(str(fields.get("text", "")))}
    if "only_upscale" in flags:
        return {**fields, "only_upscale": "true"}
    video = {_PROMOTED.get(name, name): value for name, value in flags.items() if name != "video"}
    kept = {name: value for name, value in video.items() if name.startswith("video_")}
    return {**fields, **kept}


def problems(fields: Mapping[str, Any], given: set[str]) -> dict[str, list[str]]:
    """Return the errors by field, none for an order that is taken; `given` are the files or their urls."""
    found: dict[str, list[str]] = {}
    _image_stage(fields, found)
    if "image_references" in given and fields.get("image_reference_urls"):
        found["image_references"] = ["can't be mixed with image_reference_urls"]
    if "video_model" in fields:
        _clip(fields, given, found)
    elif "only_upscale" in fields:
        if "input_image" not in given:
            found["input_image"] = ["can't be blank"]
    elif not fields.get("text"):
        found["text"] = ["can't be blank"]
    return found


def cost(fields: Mapping[str, Any]) -> int:
    """Return thousandths of a cent: linear above the base duration."""
    row = table().get(str(fields.get("video_model")))
    if row is None:
        return STILL_MC * int(fields.get("num_images", 1))
    seconds, base = duration(fields), int(row["base"])
    return int(row["cents"]) * 1000 * max(seconds, base) // base


def duration(fields: Mapping[str, Any]) -> int:
    return int(fields.get("video_duration") or table()[str(fields["video_model"])]["base"])


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether the idempotency switch takes two orders for one: no field of video and no file counts."""
    return all(one.get(name) == other.get(name) for name in IDEMPOTENT)


def _image_stage(fields: Mapping[str, Any], found: dict[str, list[str]]) -> None:
    bounds = {"num_images": (1, 8), "cfg_scale": (0, 15), "steps": (0, 50), "denoising_strength": (0, 1)}
    for name, (least, most) in bounds.items():
        if name in fields and not least <= float(fields[name]) <= most:
            found[name] = [f"must be from {least} to {most}"]
    if "seed" in fields and not 0 <= int(fields["seed"]) < 1 << 32:
        found["seed"] = ["must be from 0 to 4294967295"]
    if "aspect_ratio" in fields and fields["aspect_ratio"] not in RATIOS:
        found["aspect_ratio"] = ["is not included in the list"]


def _clip(fields: Mapping[str, Any], given: set[str], found: dict[str, list[str]]) -> None:
    name = str(fields["video_model"])
    row = table().get(name)
    if row is None:
        found["video_model"] = ["is not included in the list"]
        return
    if not fields.get("video_prompt"):
        found["video_prompt"] = ["can't be blank"]
    if duration(fields) not in allowed(row["durations"]):
        found["video_duration"] = ["is not included in the list"]
    if row["motion"] == "1" and "input_video" not in given:
        found["input_video"] = ["can't be blank"]
    if "video_last_frame" in given and row["last"] != "1":
        found["video_last_frame"] = ["is not supported by this model"]
    if "image_references" in given and row["references"] != "1":
        found["image_references"] = ["is not supported by this model"]
    if not fields.get("text") and "video_first_frame" not in given and row["text"] != "1":
        found["text"] = ["can't be blank"]
    frames = given & {"video_first_frame", "video_last_frame"}
    if (
        name.startswith("seedance2")
        and frames
        and given & {"image_references", "input_video", "audio_reference"}
    ):
        found["base"] = ["first and last frames exclude references, input video and audio"]
