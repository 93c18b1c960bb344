"""The OTIO host is proved by the kit that we ship."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import opentimelineio as otio

from uprez.testing.host_contract import HostContract
from uprez.testing.timelines import clip, external, gap, span, timeline, track, warp, write
from uprez_otio.host import OtioHost


class TestOtioHost(HostContract):
    host_class = OtioHost

    def timeline(self, folder: Path, media: Path) -> str:
        known = external(media.name, span(0, 60))
        lost = clip("lost", external("lost.mov", span(0, 60)), span(0, 10))
        fast = clip("fast", known, span(40, 5), effects=[warp(2.0)])
        children = (clip("one", known, span(20, 10)), gap(3), fast, lost)
        return str(write(folder / "cut.otio", timeline(track(*children))))

    def state(self, address: str) -> Any:
        return Path(address).read_bytes()

    def cuts(self, address: str) -> Any:
        cut = otio.adapters.read_from_file(address)
        clips = [clip for clip in cut.find_clips() if "uprez" not in clip.parent().metadata]
        return [
            (
                clip.name,
                clip.source_range,
                clip.range_in_parent(),
                [effect.time_scalar for effect in clip.effects],
            )
            for clip in clips
        ]
