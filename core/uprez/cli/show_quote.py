"""Print quotes: one table over providers, a row for each that has a price and each that has none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from uprez.cli.show import length, table
from uprez.cli.show_plan import money
from uprez.quoting import saving

if TYPE_CHECKING:
    from uprez.model import LeftOut
    from uprez.orders import Quote
    from uprez.plan import Plan

_HEAD = (
    "provider", "model", "price", "unit", "basis", "takes about", "frames billed", "seconds billed",
    "merging saves", "pulls, or why not",
)  # fmt: skip


class Priced(NamedTuple):
    """Hold a plan with what it would cost."""

    planned: Plan
    quote: Quote


class Refused(NamedTuple):
    """Name a provider without a quote; `kind` is "key", "refused" or "fault"."""

    provider: str
    model: str
    reason: str
    kind: str


def quotes_text(
    priced: Iterable[Priced],
    refused: Iterable[Refused] = (),
    *,
    left_out: Iterable[LeftOut] = (),
    err: bool = False,
) -> None:
    """Print what providers would charge; credits and dollars are never added to each other.

    `left_out` are clips that are told elsewhere; what a provider leaves out besides is in its row.
    """
    told = {(clip.name, clip.track) for clip in left_out}
    rows = [row for one in priced for row in _rows(one, told)]
    rows += [(one.provider, one.model, "no quote", *("-",) * 6, one.reason) for one in refused]
    table(_HEAD, rows, err=err)


def quote_json(quote: Quote) -> dict[str, Any]:
    """Return a quote: sums by unit, what has no price, and the estimate of each pull."""
    return {
        "provider": quote.provider,
        "model": quote.model,
        "totals": {unit: str(amount) for unit, amount in quote.totals.items()},
        "at_most": {unit: str(amount) for unit, amount in quote.at_most.items()},
        "unknown": quote.unknown,
        "basis": sorted({estimate.basis for estimate in quote.estimates.values()}),
        "seconds": _sum(quote, "seconds"),
        "frames": _sum(quote, "frames"),
        "billed": _written(_sum(quote, "billed")),
        "pulls": {
            pull: estimate.model_dump(mode="json", exclude={"token"})
            for pull, estimate in quote.estimates.items()
        },
        "refused": quote.refused,
    }


def priced_json(priced: Priced) -> dict[str, Any]:
    """Return a quote with what merging saved and what of the plan is left out."""
    saved = saving(priced.planned, priced.quote)
    return {
        **quote_json(priced.quote),
        "generative": priced.planned.making is not None,
        "saved": {"frames": saved.frames, "amount": _written(saved.amount), "unit": saved.unit},
        "left_out": [left.model_dump() for left in priced.planned.left_out],
    }


def _rows(priced: Priced, told: set[tuple[str, str]]) -> list[Sequence[object]]:
    """Return a row for each unit, and the first of them carries what belongs to all."""
    quote = priced.quote
    model = quote.model if priced.planned.making is None else f"{quote.model} (generative)"
    most = quote.at_most
    prices = [(_price(amount, most[unit]), unit) for unit, amount in quote.totals.items()]
    if quote.unknown:
        all_of_them = quote.unknown == len(quote.estimates)
        prices.append(
            ("unknown" if all_of_them else f"{quote.unknown} of {len(quote.estimates)} unknown", "-")
        )
    (price, unit), *others = prices or [("nothing to buy", "-")]
    rest = [(quote.provider, model, *other, *("",) * 5, "") for other in others]
    return [(quote.provider, model, price, unit, *_facts(priced, told)), *rest]


def _price(amount: Decimal, most: Decimal) -> str:
    if most > amount:
        return f"{amount:f} to {most:f}"
    return f"{amount:f}" if amount else "free"


def _facts(priced: Priced, told: set[tuple[str, str]]) -> tuple[object, ...]:
    quote = priced.quote
    basis = ", ".join(sorted({estimate.basis for estimate in quote.estimates.values()})) or "-"
    seconds, frames, billed = (_sum(quote, name) for name in ("seconds", "frames", "billed"))
    return (
        basis,
        "-" if seconds is None else length(float(seconds)),
        "-" if frames is None else frames,
        "-" if billed is None else f"{round(Decimal(billed), 2).normalize():f}",
        _saved(priced),
        _pulls(priced, told),
    )


def _pulls(priced: Priced, told: set[tuple[str, str]]) -> str:
    besides = [left for left in priced.planned.left_out if (left.name, left.track) not in told]
    pulls = f"{len(priced.quote.estimates)}"
    if not besides:
        return pulls
    names = ", ".join(left.name for left in besides)
    return f"{pulls} (without {names}: {'; '.join(dict.fromkeys(left.reason for left in besides))})"


def _saved(priced: Priced) -> str:
    saved = saving(priced.planned, priced.quote)
    if not saved.frames:
        return "-"
    frames = f"{saved.frames} frames"
    return f"{frames}, {money(saved.amount, saved.unit or '')}" if saved.amount else frames


def _sum(quote: Quote, name: str) -> Any:
    """Add up a fact of the estimates, as far as they tell it."""
    told = [getattr(estimate, name) for estimate in quote.estimates.values()]
    known = [one for one in told if one is not None]
    return sum(known) if known else None


def _written(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"
