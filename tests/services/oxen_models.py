"""Oxen's catalogue as its pages describe it, with both of its documents about the frame rate."""

from __future__ import annotations

from typing import Any

Fields = dict[str, Any]
RATES = {
    "integer": {"type": "integer", "minimum": 1, "maximum": 60, "default": 24},  # S001
    "enum": {  # O-DOC, July 2026
        "type": "number",
        "enum": [24, 23.976, 25, 29.97, 30, 50, 59.94, 60],
        "default": 30,
    },
    "few": {"type": "number", "enum": [24, 30]},
    "words": {"anyOf": [{"type": "string", "enum": ["24", "25", "30", "50", "60"]}, {"type": "null"}]},
}
UP = ["1080p", "2k", "4k"]
SHARE = {"type": "number", "minimum": 0, "maximum": 1}
SWAY = {"type": "number", "minimum": -1, "maximum": 1}
ENHANCE = {
    "resolution": {"type": "string", "enum": ["720p", *UP], "default": "1080p"},
    **dict.fromkeys(("blur", "compression", "details", "halo", "noise"), SWAY),
    "grain": {"type": "number", "minimum": 0, "maximum": 0.1, "default": 0.05},
    "grain_type": {"type": "string", "enum": ["silver_rich", "gaussian", "grey"]},
}
RESOLUTION = {"resolution": {"type": "string", "enum": UP, "default": "4k"}}
VIDEO: dict[str, Fields] = {
    "topazlabs-upscale-starlight-2-5-video": RESOLUTION,
    "topazlabs-upscale-starlight-2-6-video": {**RESOLUTION, "softness": {"type": "number"}},
    "topazlabs-astra-2-video": {
        **RESOLUTION,
        "creativity": {**SHARE, "default": 0.5},
        "sharp": {**SHARE, "default": 0.5},
        "prompt": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "topazlabs-video-upscale": {
        "target_resolution": {"type": "string", "enum": ["720p", "1080p", "4k"], "default": "1080p"}
    },
    "topazlabs-proteus-video": ENHANCE,
    "topazlabs-rhea-video": ENHANCE,
    "topazlabs-iris-mq-video": ENHANCE,
    "topazlabs-hyperion-2-video": {
        "output_encoder": {"type": "string", "enum": ["H265", "ProRes"]},
        "output_profile": {"type": "string", "enum": ["422 Proxy", "422 LT", "422 Std", "422 HQ"]},
    },
}
STILL: dict[str, Fields] = {
    "topazlabs-image-upscale": {
        "enhance_model": {
            "type": "string",
            "enum": ["Standard V2", "Low Resolution V2", "CGI", "High Fidelity V2", "Text Refine"],
        },
        "upscale_factor": {"type": "string", "enum": ["2x", "4x"]},
        "output_format": {"type": "string", "enum": ["jpg", "png"]},
    },
    "topazlabs-wonder-3-5-image": {
        "scale": {"type": "string", "enum": ["1x", "2x", "4x", "6x"]},
        "enhancement_strength": {"type": "string", "enum": ["low", "medium", "high"]},
    },
}
REQUIRED = {"topazlabs-astra-2-video": ["input_video", "creativity"]}


def schema(model: str, rate: str) -> Fields | None:
    """Return a model's request_schema; `rate` says which document holds, None for a model without one."""
    if model in STILL:
        fields, source = dict(STILL[model]), "input_image"
    elif model in VIDEO:
        fields, source = dict(VIDEO[model]), "input_video"
        fields["target_fps"] = RATES[rate]
        if rate == "enum":
            fields["interpolate_frames"] = {"type": "boolean", "default": False}
    else:
        return None
    fields |= {source: {"type": "string", "format": "uri"}, "response_format": {"enum": ["url", "b64_json"]}}
    return {"type": "object", "properties": fields, "required": REQUIRED.get(model, [source])}


def complaint(model: str, rate: str, sent: Fields) -> str | None:
    """Return what the model finds wrong with a request, as it says it itself; None for nothing."""
    told = schema(model, rate)
    assert told is not None
    fields = told["properties"]
    for name in told["required"]:
        if name not in sent:
            return f"{name}: Field required"
    for name, value in sent.items():
        if name in ("model", "num_generations", "target_namespace"):
            continue
        if name not in fields:
            return f"{name}: Extra inputs are not permitted"
        if (why := _wrong(name, value, fields[name])) is not None:
            return why
    return None


def _wrong(name: str, value: Any, field: Fields) -> str | None:
    field = next((one for one in field.get("anyOf", ()) if one["type"] != "null"), field)
    if "enum" in field and value not in field["enum"]:
        return (
            "Invalid resolution"
            if name == "resolution"
            else f"Value error, {name} is not one of {field['enum']}"
        )
    if field.get("type") == "integer" and not isinstance(value, int):
        return f"{name} must be an integer"
    if "minimum" in field and not field["minimum"] <= value <= field["maximum"]:
        return f"{name} must be between {field['minimum']} and {field['maximum']}"
    return None
