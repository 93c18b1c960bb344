"""What a report says, as values: the page, the table and the JSON file are three ways to write it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Literal

from uprez.frozen import Frozen
from uprez.model import Call, LeftOut, RenderPreset
from uprez.outcome import Charge, FailedShot, NeedsYou
from uprez.pulls import Totals
from uprez.times import FrameRange

State = Literal["relinked", "failed", "needs-you", "cancelled", "not bought", "not relinked"]
Basis = Literal["charged", "reserved", "quoted", "published", "unknown"]


class Timed(Frozen):
    """Hold a range with its timecodes; `end`, like an EDL's out, names the frame after the last."""

    frames: FrameRange
    first: str
    end: str


class Handles(Frozen):
    """Count the frames a render has before and after the shot's own, and those that were asked for."""

    head: int
    tail: int
    asked: int


class Cost(Frozen):
    """Say what a pull cost; `shots` share it, so it is not added up over them.

    `amount` None means that the service does not tell.
    """

    amount: Decimal | None
    unit: str = "USD"
    basis: Basis = "unknown"
    shots: int = 1


class Row(Frozen):
    """Tell all of one shot.

    `source` counts in the media's own numbers; `pull_frames` are the ones that plate and render hold,
    `available` those of the media. Sizes are stored pixels. `narrowed` says what the plate or the render
    could not hold of the source, `notes` whatever else a person should know.
    """

    shot: str
    name: str
    track: str
    state: State
    why: str | None = None
    media: Path
    rate: Fraction
    available: FrameRange
    source: Timed
    record: Timed
    speed: Fraction = Fraction(1)
    handles: Handles
    pull: str
    pull_frames: FrameRange
    order: str | None = None
    provider: str
    model: str
    before: tuple[int, int]
    after: tuple[int, int]
    verdict: Call | None = None
    findings: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    cost: Cost
    render: Path | None = None
    plate: Path | None = None
    narrowed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    generative: bool = False

    @property
    def first_shown(self) -> int:
        """Return the source frame that the timeline shows first: the last where the shot runs backwards."""
        frames = self.source.frames
        return frames.end - 1 if self.speed < 0 else frames.start


class Report(Frozen):
    """Tell what a run did with every clip of a timeline; `made` is UTC."""

    timeline: str
    made: datetime
    rate: Fraction
    provider: str
    model: str
    codec: RenderPreset
    totals: Totals
    rows: tuple[Row, ...]
    left_out: tuple[LeftOut, ...] = ()
    failed: tuple[FailedShot, ...] = ()
    needs_you: tuple[NeedsYou, ...] = ()
    charged: tuple[Charge, ...] = ()
    notes: tuple[str, ...] = ()
    workspace: Path
    output: str | None = None
    receipt: Path | None = None
    over_cap: bool = False
