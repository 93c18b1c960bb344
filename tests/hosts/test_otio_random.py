"""Random timelines: depth, retimes, transitions, rates; what each place shows stays what it was."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hosts.otio_oracle import prove
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from uprez.errors import PlanError
from uprez.model import MannerKind, Selection
from uprez.testing.clips import make_clip
from uprez.testing.timelines import clip, dissolve, external, gap, span, stack, timeline, track, warp, write
from uprez_otio.host import OtioHost

Json = dict[str, Any]
FRAMES = 60
RATES = (Fraction(24_000, 1001), Fraction(24), Fraction(25), Fraction(30_000, 1001), Fraction(50))
SPEEDS = (1.0, 1.0, 1.0, 2.0, 0.5, 1.7, -1.0, -0.7, 3.0, 0.25, -2.0, 0.0)
STARTS = (0, 86_400, 107_892)
MANNERS: tuple[MannerKind, ...] = ("reference", "replace")


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> dict[Fraction, Path]:
    folder = tmp_path_factory.mktemp("media")
    return {
        rate: make_clip(folder / f"{rate.numerator}.mkv", frames=FRAMES, first=100, rate=rate, size=(64, 36))
        for rate in RATES
    }


def clips(rate: Fraction, start: int) -> st.SearchStrategy[Json]:
    """Draw clips of the one file of a rate, all of whose frames lie in it."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Json:
        speed = draw(st.sampled_from(SPEEDS))
        most = FRAMES - 8 if not speed else max(2, int((FRAMES - 10) / abs(speed)))
        count = draw(st.integers(2, min(most, 20)))
        used = 1 if not speed else int((count - 1) * abs(speed)) + 2
        first = draw(st.integers(0, FRAMES - used))
        exact = float(rate)
        effects = [] if speed == 1 else [warp(speed, "LinearTimeWarp.1" if speed else "FreezeFrame.1")]
        url = f"{rate.numerator}.mkv"
        return clip("c", external(url, span(start, FRAMES, exact)), span(start + first, count, exact),
                    effects=effects, enabled=draw(st.sampled_from((True, True, True, False))))  # fmt: skip

    return drawn()


@st.composite
def tracks(draw: st.DrawFn, rate: Fraction, start: int, depth: int) -> Json:
    """Draw a track of clips, gaps, dissolves between clips, and nested stacks that may be trimmed."""
    children: list[Json] = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(("clip", "clip", "clip", "gap", "nest") if depth else ("clip", "gap")))
        if kind == "gap":
            children.append(gap(draw(st.integers(1, 9)), float(rate)))
        elif kind == "nest":
            inner = [draw(tracks(rate, start, depth - 1)) for _ in range(draw(st.integers(1, 2)))]
            trim = span(draw(st.integers(0, 3)), draw(st.integers(3, 12)), float(rate))
            children.append(stack(*inner, source=draw(st.sampled_from((None, trim)))))
        else:
            one = draw(clips(rate, start))
            if children and children[-1]["OTIO_SCHEMA"].startswith("Clip") and draw(st.booleans()):
                children.append(dissolve(draw(st.integers(0, 2)), draw(st.integers(1, 2)), float(rate)))
            children.append(one)
    return track(*children)


@st.composite
def cuts(draw: st.DrawFn) -> Json:
    rate, start = draw(st.sampled_from(RATES)), draw(st.sampled_from(STARTS))
    layers = [draw(tracks(rate, start, 2)) for _ in range(draw(st.integers(1, 2)))]
    return timeline(*layers, start=draw(st.sampled_from((0, 86_400))), rate=float(rate))


def named(thing: Any, count: list[int]) -> None:
    """Give every clip a name of its own, by which the oracle tells them apart."""
    if isinstance(thing, dict):
        if str(thing.get("OTIO_SCHEMA", "")).startswith("Clip"):
            count[0] += 1
            thing["name"] = f"c{count[0]}"
        for each in thing.values():
            named(each, count)
    elif isinstance(thing, list):
        for each in thing:
            named(each, count)


EXAMPLES = int(os.environ.get("UPREZ_RANDOM_CUTS", "20"))


@given(cut=cuts(), manner=st.sampled_from(MANNERS))
@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=EXAMPLES <= 20
)
def test_what_any_cut_shows_stays_what_it_was(
    cut: Json, manner: MannerKind, media: dict[Fraction, Path]
) -> None:
    cut = json.loads(json.dumps(cut))
    named(cut, [0])
    folder = Path(tempfile.mkdtemp())
    try:
        for path in media.values():
            (folder / path.name).hardlink_to(path)
        file = write(folder / "cut.otio", cut)
        try:
            found = OtioHost(str(file)).shots(Selection(include_disabled=True))
        except PlanError:
            assume(False)
        assume(found.shots)
        prove(file, manner, {}, Selection(include_disabled=True))
    finally:
        shutil.rmtree(folder)
