"""Caps and reservations, in whole micro-units: the database row itself refuses to be overspent."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal

from uprez.errors import BudgetError

MICRO = 1_000_000


def to_micro(amount: Decimal) -> int:
    """Return an amount in whole millionths of its unit, rounded up."""
    return int((amount * MICRO).to_integral_value(ROUND_CEILING))


def from_micro(micro: int) -> Decimal:
    """Return an amount in its unit."""
    return Decimal(micro) / MICRO


def scopes(provider: str, at: float) -> tuple[str, ...]:
    """Name the caps that an order bought at `at` (seconds since 1970) falls under."""
    day = datetime.fromtimestamp(at, UTC).date().isoformat()
    return ("run", f"day/{day}", f"day/{day}/{provider}")


def reserve(
    database: sqlite3.Connection, attempt: str, within: tuple[str, ...], amount: int, unit: str
) -> None:
    """Reserve `amount` under every cap in `within`; call it after `refusal`, in the same transaction."""
    for scope in within:
        capped = database.execute(
            "UPDATE budget SET reserved=reserved+? WHERE scope=? AND unit=?", (amount, scope, unit)
        )
        if capped.rowcount:
            database.execute("INSERT INTO reservation VALUES(?,?,?,?)", (attempt, scope, unit, amount))


def refusal(
    database: sqlite3.Connection, within: tuple[str, ...], amount: int | None, unit: str
) -> str | None:
    """Say which cap an order would pass, None if it passes none; what is free passes none."""
    if amount == 0:
        return None
    marks = ",".join("?" * len(within))
    rows = database.execute(f"SELECT * FROM budget WHERE scope IN({marks})", within).fetchall()
    same = {row["scope"]: row for row in rows if row["unit"] == unit}
    for row in rows:
        if amount is None:
            return f"its price is not known, so the cap of {_cap(row)} can't be kept; lift the cap"
        if row["scope"] not in same:
            return f"its price is in {unit}, and the cap is {_cap(row)}; give a cap in {unit}"
    for row in same.values():
        if amount is not None and row["reserved"] + row["spent"] + amount > row["cap"]:
            used = from_micro(row["reserved"] + row["spent"])
            return (
                f"it costs {from_micro(amount):f} {unit}, and {used:f} of the cap of {_cap(row)} are used; "
                "raise the cap"
            )
    return None


def settle(database: sqlite3.Connection, attempt: str, charged: int) -> None:
    """Turn an attempt's reservations into what was charged; nothing happens the second time."""
    database.execute(
        """UPDATE budget SET reserved=reserved-held.amount, spent=spent+:c,
             overrun=max(overrun, reserved-held.amount+spent+:c-cap)
           FROM (SELECT scope, unit, amount FROM reservation WHERE attempt=:a) AS held
           WHERE budget.scope=held.scope AND budget.unit=held.unit""",
        {"a": attempt, "c": charged},
    )
    database.execute("DELETE FROM reservation WHERE attempt=?", (attempt,))


def set_cap(database: sqlite3.Connection, scope: str, unit: str, cap: int, anew: bool) -> None:
    """Write a cap; a new one counts what is under way, `anew` forgets what was spent under the old one."""
    database.execute(
        """INSERT INTO budget(scope,unit,cap,overrun) VALUES(:s,:u,:c,0) ON CONFLICT DO UPDATE SET
             spent=CASE WHEN :anew THEN 0 ELSE spent END, cap=:c,
             overrun=max(0, reserved+CASE WHEN :anew THEN 0 ELSE spent END-:c)""",
        {"s": scope, "u": unit, "c": cap, "anew": anew},
    )


def begin(database: sqlite3.Connection, scope: str, unit: str, cap: int, spent: int) -> None:
    """Write a cap of which something is spent already."""
    database.execute(
        "INSERT INTO budget(scope,unit,cap,spent,overrun) VALUES(?,?,?,?,?)",
        (scope, unit, cap, spent, max(0, spent - cap)),
    )


def adopt(database: sqlite3.Connection, scope: str, unit: str, live: list[sqlite3.Row]) -> None:
    """Count the attempts under way against a cap that is younger than they are."""
    for attempt in live:
        known = database.execute(
            "INSERT INTO reservation VALUES(?,?,?,?) ON CONFLICT DO NOTHING",
            (attempt["id"], scope, unit, attempt["reserved"]),
        )
        if known.rowcount:
            database.execute(
                """UPDATE budget SET reserved=reserved+:x, overrun=max(overrun, reserved+:x+spent-cap)
                   WHERE scope=:s AND unit=:u""",
                {"x": attempt["reserved"], "s": scope, "u": unit},
            )


def lift(database: sqlite3.Connection, scope: str) -> None:
    """Remove the caps of a scope."""
    database.execute("DELETE FROM reservation WHERE scope=?", (scope,))
    database.execute("DELETE FROM budget WHERE scope=?", (scope,))


def lift_all_but(database: sqlite3.Connection, scope: str) -> None:
    """Remove every cap outside a scope."""
    database.execute("DELETE FROM reservation WHERE scope<>?", (scope,))
    database.execute("DELETE FROM budget WHERE scope<>?", (scope,))


def over(order: str, reason: str) -> BudgetError:
    """Build the error of an order that does not fit under a cap."""
    return BudgetError(f"order {order}: not bought, {reason}")


def named(scope: str) -> str:
    """Say in words how far a cap reaches."""
    kind, *rest = scope.split("/", 2)
    return {"run": "", "day": " a day"}.get(kind, f" ({scope})") + (f" at {rest[1]}" if rest[1:] else "")


def _cap(row: sqlite3.Row) -> str:
    return f"{from_micro(row['cap']):f} {row['unit']}{named(row['scope'])}"
