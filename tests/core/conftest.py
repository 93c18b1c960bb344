"""A small cut of two uses of one clip, and the command line called in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from services.command import uprez as uprez

from uprez.testing.clips import make_clip


@pytest.fixture(scope="session")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(
        tmp_path_factory.mktemp("footage") / "A001.mkv", frames=48, size=(160, 90), timecode="01:00:00:00"
    )


@pytest.fixture
def cut(tmp_path: Path, footage: Path) -> Path:
    """Write a cut of two uses of the footage, as plain JSON, beside a copy of it."""
    (tmp_path / footage.name).write_bytes(footage.read_bytes())
    return write_cut(tmp_path / "cut.otio", [("one", footage.name, 86_410), ("two", footage.name, 86_414)])


@pytest.fixture
def written() -> Callable[[Path, list[tuple[str, str, int]]], Path]:
    """Give the writer of cuts: clips are (name, url, first source frame), each 12 frames long."""
    return write_cut


def write_cut(file: Path, clips: list[tuple[str, str, int]]) -> Path:
    track = {**_thing("Track.1", "V1"), "kind": "Video", "children": [_clip(*clip) for clip in clips]}
    stack = {**_thing("Stack.1", "tracks"), "children": [track] if clips else []}
    timeline = {
        "OTIO_SCHEMA": "Timeline.1", "name": "cut", "metadata": {}, "global_start_time": None,
        "tracks": stack,
    }  # fmt: skip
    file.write_text(json.dumps(timeline, indent=4))
    return file


def _thing(schema: str, name: str) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": schema, "name": name, "metadata": {}, "source_range": None, "effects": [],
        "markers": [], "enabled": True,
    }  # fmt: skip


def _clip(name: str, url: str, start: int) -> dict[str, Any]:
    media = {
        "OTIO_SCHEMA": "ExternalReference.1", "name": "", "metadata": {}, "target_url": url,
        "available_range": _span(86_400, 48), "available_image_bounds": None,
    }  # fmt: skip
    return {
        **_thing("Clip.2", name),
        "source_range": _span(start, 12),
        "media_references": {"DEFAULT_MEDIA": media},
        "active_media_reference_key": "DEFAULT_MEDIA",
    }


def _span(start: int, count: int) -> dict[str, Any]:
    time = {"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0}
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": {**time, "value": float(start)},
        "duration": {**time, "value": float(count)},
    }
