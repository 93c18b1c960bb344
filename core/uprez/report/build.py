"""From a plan, its outcome and its standings to the report. Pure functions on values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from uprez.model import Media, Pull, Shot
from uprez.narrowing import narrowed
from uprez.orders import Estimate, Limits, Model, Quote
from uprez.outcome import Outcome, Standing
from uprez.plan import Plan, achieved_handles, raster
from uprez.report.values import Basis, Cost, Handles, Report, Row, State, Timed
from uprez.times import FrameRange, to_timecode

Notes = Mapping[str, tuple[str, ...]]
_NO_NOTES: Notes = MappingProxyType({})


def build(
    planned: Plan,
    outcome: Outcome,
    by_pull: Mapping[str, Standing],
    *,
    quote: Quote | None = None,
    model: Model | None = None,
    notes: Notes = _NO_NOTES,
    made: datetime | None = None,
) -> Report:
    """Tell everything about a run: every shot of the plan is a row, every other clip is left out by name.

    `by_pull` are the standings by pull id; a pull without one was not bought. `notes` are sentences by
    shot id, and under "" for the whole. `made` is now where it isn't given.
    """
    told = _Told(planned, outcome, by_pull, quote, model, notes)
    return Report(
        timeline=planned.timeline,
        made=(made or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0),
        rate=planned.rate,
        provider=planned.recipe.provider,
        model=planned.recipe.model,
        codec=planned.recipe.render,
        totals=planned.totals,
        rows=tuple(told.row(shot) for shot in planned.shots),
        left_out=outcome.left_out,
        failed=outcome.failed,
        needs_you=outcome.needs_you,
        charged=outcome.charged,
        notes=notes.get("", ()),
        workspace=outcome.workspace,
        output=outcome.output,
        receipt=outcome.receipt,
        over_cap=outcome.over_cap,
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """Hold what a run told, so that each shot's part can be looked up."""

    planned: Plan
    outcome: Outcome
    by_pull: Mapping[str, Standing]
    quote: Quote | None
    model: Model | None
    notes: Notes
    pulls: dict[str, Pull] = field(init=False, default_factory=dict)
    relinked: set[str] = field(init=False, default_factory=set)
    failed: dict[str, str] = field(init=False, default_factory=dict)
    refused: dict[tuple[str, str], str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.pulls.update(self.planned.homes)
        self.relinked.update(done.shot for done in self.outcome.relinked)
        self.failed.update({failed.shot: failed.error for failed in self.outcome.failed})
        self.refused.update({(left.name, left.track): left.reason for left in self.outcome.left_out})

    def row(self, shot: Shot) -> Row:
        """Build the row of a shot."""
        recipe, media, pull = self.planned.recipe, shot.media, self.pulls[shot.id]
        standing = self.by_pull.get(pull.id)
        state, why = self._state(shot, standing)
        head, tail = achieved_handles(pull, shot)
        order = standing.order if standing else None
        bought = [one.id for one in self.planned.pulls if shot.id in one.shots]
        estimate = _estimate(self.quote, bought) if self.quote else None
        return Row(
            shot=shot.id,
            name=shot.name,
            track=shot.track,
            state=state,
            why=why,
            media=media.path,
            rate=media.rate,
            available=media.available,
            source=_source(media, shot.source),
            record=_timed(shot.record, self.planned.rate),
            speed=shot.retime.speed if shot.retime else Fraction(1),
            handles=Handles(head=head, tail=tail, asked=recipe.handles),
            pull=pull.id,
            pull_frames=pull.frames,
            order=order.id if order else None,
            provider=recipe.provider,
            model=recipe.model,
            before=(media.width, media.height),
            after=raster(recipe.size, media.info),
            cost=_cost(standing, estimate, len(pull.shots)),
            plate=order.plate.path if order and order.plate.preset != "none" else None,
            narrowed=_narrowed(media, standing, self.model),
            notes=self.notes.get(shot.id, ()),
            generative=self.model is not None and not self.model.keeps_picture,
        ).model_copy(update=_rendered(standing))

    def _state(self, shot: Shot, standing: Standing | None) -> tuple[State, str | None]:
        if shot.id in self.relinked:
            return "relinked", None
        if standing is None or standing.state == "queued":
            return "not bought", (standing.error if standing else None) or "nothing was sent for it"
        if standing.state == "needs-you":
            return "needs-you", standing.error or "it may have been charged"
        if standing.state == "cancelled":
            return "cancelled", standing.error or "it was cancelled"
        failed = self.failed.get(shot.id, standing.error)
        if standing.state == "failed" or failed:
            return "failed", failed or f"order {standing.order.id} failed"
        unsaid = "the host did not relink it; its render is kept"
        return "not relinked", self.refused.get((shot.name, shot.track), unsaid)


def _rendered(standing: Standing | None) -> dict[str, object]:
    """Tell of a render, where there is one."""
    if standing is None or standing.render is None:
        return {}
    info, verdict = standing.render.info, standing.render.verdict
    return {
        "after": (info.width, info.height),
        "verdict": verdict.call,
        "findings": verdict.findings,
        "warnings": verdict.warnings,
        "render": standing.render.path,
    }


def _source(media: Media, frames: FrameRange) -> Timed:
    """Give a source range the timecode that the file itself carries, where it carries one."""
    info = media.info
    shift = 0 if info.timecode is None else info.timecode - media.available.start
    return _timed(frames, media.rate, shift, drop=info.drop)


def _timed(frames: FrameRange, rate: Fraction, shift: int = 0, *, drop: bool = False) -> Timed:
    first, end = (to_timecode(frame + shift, rate, drop=drop) for frame in (frames.start, frames.end))
    return Timed(frames=frames, first=first, end=end)


def _cost(standing: Standing | None, estimate: Estimate | None, shots: int) -> Cost:
    """Take what was charged over what is reserved over what was estimated."""
    if standing and (standing.charged or standing.reserved):
        basis: Basis = "charged" if standing.charged else "reserved"
        amount = standing.charged or standing.reserved
        return Cost(amount=amount, unit=standing.unit, basis=basis, shots=shots)
    if estimate:
        return Cost(amount=estimate.amount, unit=estimate.unit, basis=estimate.basis, shots=shots)
    return Cost(amount=None, unit=standing.unit if standing else "USD", shots=shots)


def _estimate(quote: Quote, bought: Sequence[str]) -> Estimate | None:
    """Return the estimate of a pull, or the sum over the pieces of a stretch."""
    known = [quote.estimates[pull] for pull in bought if pull in quote.estimates]
    if len(known) < len(bought):
        return None
    amounts = [one.amount for one in known if one.amount is not None]
    amount = sum(amounts, Decimal(0)) if len(amounts) == len(known) else None
    return known[0].model_copy(update={"amount": amount})


def _narrowed(media: Media, standing: Standing | None, model: Model | None) -> tuple[str, ...]:
    if standing is None or standing.order.frames is not None:
        return ()
    plate, recipe = standing.order.plate, standing.order.recipe
    limits = model.limits_for(recipe.options) if model else Limits()
    return narrowed(media, plate.preset, recipe.render, carrier=plate.carrier, max_bits=limits.max_bits)
