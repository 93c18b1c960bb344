"""How a run goes and how it ended: what the command line, the report and a panel show."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Literal

from uprez.frozen import Frozen
from uprez.model import Call, LeftOut, Render
from uprez.orders import Order
from uprez.times import FrameRange

Stage = Literal["export", "stage", "submit", "wait", "fetch", "finish", "verify", "done", "failed"]
OrderState = Literal["queued", "active", "done", "failed", "needs-you", "cancelled"]


class Progress(Frozen):
    """Tell how far an order is: `done` of `total` frames of its present stage."""

    order: str
    stage: Stage
    done: int = 0
    total: int = 0


class Standing(Frozen):
    """Say where the ledger has an order.

    `quoted` (None: not told), `reserved`, `charged` and `refunded` count in `unit`; what was reserved for an
    order that the provider had, and was not charged when it failed, is refunded. `pieces` are the orders that
    a stretch was bought in, which is itself none. `render` is there once the
    order is done, and also where a render was fetched but did not verify (state failed): its file is kept.
    """

    order: Order
    state: OrderState
    render: Render | None = None
    error: str | None = None
    unit: str = "USD"
    reserved: Decimal = Decimal(0)
    charged: Decimal = Decimal(0)
    quoted: Decimal | None = None
    refunded: Decimal = Decimal(0)
    pieces: tuple[str, ...] = ()


class RelinkedShot(Frozen):
    """Name a shot that now shows a render; `stands_for` are the source frames in the file."""

    shot: str
    name: str
    render: Path
    verdict: Call
    stands_for: FrameRange


class FailedShot(Frozen):
    """Name a shot that got no render, or one that did not verify."""

    shot: str
    name: str
    error: str
    verdict: Call | None = None


class NeedsYou(Frozen):
    """Name an order that a person has to settle; its money stays reserved."""

    order: str
    shots: tuple[str, ...]
    error: str


class Charge(Frozen):
    """Sum what a provider took in this workspace's orders of a run."""

    provider: str
    amount: Decimal
    unit: str


class Outcome(Frozen):
    """Hold the result of a run; `output` and `receipt` are None where nothing was relinked."""

    timeline: str
    output: str | None
    receipt: Path | None
    workspace: Path
    relinked: tuple[RelinkedShot, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    failed: tuple[FailedShot, ...] = ()
    needs_you: tuple[NeedsYou, ...] = ()
    charged: tuple[Charge, ...] = ()
    over_cap: bool = False

    @property
    def exit_code(self) -> int:
        """Return 0 all good, 1 some failed, 3 over the cap, 4 verification failed, 5 a person is needed."""
        if self.needs_you:
            return 5
        if self.over_cap:
            return 3
        if any(shot.verdict for shot in self.failed):
            return 4
        return 1 if self.failed else 0
