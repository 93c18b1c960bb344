"""Read what an OTIO media reference says, and its times, as plain values. Only ever runs in the child."""

from __future__ import annotations

from typing import Any

import opentimelineio as otio

WITH_FILES = ("file", "sequence")
OURS = "uprez"
"""Our name in metadata, and the key of a second reference."""


def media(reference: Any) -> list[Any]:
    """Return what follows "media" in the row of a reference: its kind, its address, which frames it has.

    Of an image sequence also what its files are called: folder, prefix, suffix, number of the first, step,
    digits, and rate.
    """
    kind = type(reference)
    if kind is otio.schema.ExternalReference:
        return ["file", reference.target_url, span_of(reference.available_range)]
    if kind is otio.schema.ImageSequenceReference:
        return _sequence(reference)
    if kind is otio.schema.GeneratorReference:
        return ["generator", reference.generator_kind, span_of(reference.available_range)]
    if reference is None or kind is otio.schema.MissingReference:
        return ["missing", "", None if reference is None else span_of(reference.available_range)]
    known = isinstance(reference, otio.core.SerializableObject)
    return ["unknown", reference.schema_name() if known else kind.__name__, None]


def available_of(reference: Any) -> list[float] | None:
    """Return which frames a media has; of a render of ours, its source."""
    if reference is None:
        return None
    original = reference.metadata.get(OURS, {}).get("original")
    span: list[float] | None = media(original or reference)[2]
    return span


def _sequence(reference: Any) -> list[Any]:
    base, digits = reference.target_url_base, reference.frame_zero_padding
    name = f"{reference.name_prefix}{'#' * max(1, digits)}{reference.name_suffix}"
    url = f"{base}{name}" if not base or base.endswith("/") else f"{base}/{name}"
    files = [
        base,
        reference.name_prefix,
        reference.name_suffix,
        reference.start_frame,
        reference.frame_step,
        digits,
        reference.rate,
    ]
    return ["sequence", url, span_of(reference.available_range), files]


def span_of(span: Any) -> list[float] | None:
    """Return a range as rows hold it."""
    if span is None:
        return None
    start, count = span.start_time, span.duration
    return [start.value, start.rate, count.value, count.rate]


def time_of(time: Any) -> list[float] | None:
    """Return a time as rows hold it."""
    return None if time is None else [time.value, time.rate]
