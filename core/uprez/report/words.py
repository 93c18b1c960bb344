"""How the report words numbers, sizes, speeds and prices."""

from __future__ import annotations

import shlex
from decimal import Decimal
from fractions import Fraction

from uprez.model import Call
from uprez.report.values import Cost, Report, Row, State
from uprez.times import FrameRange

TONES = {Call.MATCH: "good", Call.UNSURE: "doubt", Call.OFFSET: "bad", Call.WRONG: "bad"}
STATES = {
    "relinked": "good",
    "failed": "bad",
    "needs-you": "bad",
    "cancelled": "idle",
    "not bought": "doubt",
    "not relinked": "doubt",
}


def number(value: int) -> str:
    """Write a count with its thousands apart."""
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def counted(value: int, one: str) -> str:
    """Write a count with its noun, in the plural where it is one."""
    return f"{number(value)} {one}{'' if value == 1 else 's'}"


def size(raster: tuple[int, int]) -> str:
    """Write a raster in pixels."""
    return f"{raster[0]}×{raster[1]}"


def span(frames: FrameRange) -> str:
    """Write a range by its length and its first frame."""
    return f"{counted(frames.count, 'frame')} from {frames.start}"


def said(state: State) -> str:
    """Write a state as words."""
    return state.replace("-", " ")


def reason(row: Row) -> str:
    """Write why a shot was not relinked, without the name that stands beside it."""
    return (row.why or said(row.state)).removeprefix(f"{row.name}: ")


def rate(value: Fraction) -> str:
    """Write a rate in frames per second, exactly."""
    if value.denominator == 1:
        return f"{value} fps"
    return f"{float(value):.3f} fps ({value.numerator}/{value.denominator})"


def speed(value: Fraction) -> str:
    """Write a speed as an editor reads it; nothing for the normal one."""
    if value == 1:
        return ""
    if value == 0:
        return "freeze frame"
    percent = f"{float(abs(value) * 100):.6g}%"
    return f"{percent} reverse" if value < 0 else percent


def amount(value: Decimal, unit: str) -> str:
    """Write money with its unit, to the last digit that says something."""
    if value == 0:
        return "free"
    written = f"{value.normalize():f}"
    if unit == "USD" and len(written.partition(".")[2]) < 2:
        written = f"{value:.2f}"
    return f"{written} {unit}"


def price(cost: Cost) -> str:
    """Write what a pull cost and how that is known."""
    if cost.amount is None:
        return "no charge recorded"
    basis = "" if cost.amount == 0 or cost.basis == "unknown" else f" {cost.basis}"
    return f"{amount(cost.amount, cost.unit)}{basis}"


def total_price(report: Report) -> str:
    """Write what a run was charged, unit by unit; credits and dollars are never added to each other."""
    sums: dict[str, Decimal] = {}
    for charge in report.charged:
        sums[charge.unit] = sums.get(charge.unit, Decimal(0)) + charge.amount
    return " + ".join(amount(value, unit) for unit, value in sums.items()) or "nothing"


def kinds(row: Row) -> tuple[str, ...]:
    """Return what a row can be chosen by in the page."""
    looked_at = bool(row.warnings or row.narrowed or row.notes)
    verdict = (row.verdict.value,) if row.verdict else ()
    return (row.state, *verdict, *(("with remarks",) if looked_at else ()))


def command(*words: object) -> str:
    """Write a command so that it can be copied into a shell."""
    return shlex.join(["uprez", *map(str, words)])
