"""Caps of the settings: what may be spent in a day over all workspaces, in the ledger before it is spent.

Every workspace that buys is listed in the state folder. While one takes an order it holds a lock there and
adds up what the ledgers of the others reserved or spent that day (UTC); each ledger stays the one truth
about its own money. A workspace that is deleted or moved counts no more.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from filelock import FileLock, Timeout

from uprez.errors import BudgetError, LedgerError, PlanError
from uprez.ledger import Ledger
from uprez.ledger.money import named
from uprez.ledger.spending import Cap, spent_in
from uprez.orders import Quote
from uprez.request import Request
from uprez.settings import Amounts, Caps, state

PATIENCE = 60.0  # seconds for the lock, which is held for as long as a few small files take to read
_LEDGER = "ledger.db"
_LISTED = "workspaces"
_log = logging.getLogger("uprez")


def put_caps(ledger: Ledger, caps: Caps, quote: Quote, request: Request) -> None:
    """Have the ledger itself refuse what would pass a cap; an earlier run's own cap ends with it.

    Raises LedgerError, and PlanError where the settings' caps can't be kept.
    """
    if request.cap is None:
        ledger.lift_cap("run")
    else:
        for unit in {estimate.unit for estimate in quote.estimates.values()} or {"USD"}:
            ledger.set_cap("run", unit, request.cap, anew=not request.resumed)
    keeper = Keeper(ledger, caps, state())
    if any(estimate.reserved != 0 for estimate in quote.estimates.values()):
        keeper.enlist()
    keeper.watch()


def hold(quote: Quote, caps: Caps, workspace: Path, *, timeline: str) -> None:
    """Raise BudgetError where what is still to be bought passes a cap as it stands now; writes nothing."""
    found = in_force(caps, workspace, state(), time.time())
    bind = [cap for cap in found if cap.provider in (None, quote.provider)]
    for cap in bind:
        used = cap.elsewhere + spent_in(workspace / _LEDGER, cap.unit, cap.since, cap.provider)
        units = {one.unit for one in bind if one.scope == cap.scope}
        if reason := _refusal(quote, cap, used, units):
            raise BudgetError(f"{timeline}: {reason}")


def _refusal(quote: Quote, cap: Cap, used: Decimal, units: set[str]) -> str | None:
    """Say why a quote does not fit under a cap; `units` are those that its scope has caps in."""
    said = f"the cap of {cap.amount:f} {cap.unit}{named(cap.scope)}"
    if quote.unknown:
        return (
            f"{quote.provider} does not tell the price of {quote.unknown} pulls, so {said} can't be kept; "
            "lift it in uprez.toml or choose another provider"
        )
    for unit, amount in quote.at_most.items():
        cost = f"it would cost {amount:f} {unit}"
        if amount and unit not in units:
            return f"{cost}, and {said} is in another unit; give one in {unit} in uprez.toml"
        if unit == cap.unit and amount and used + amount > cap.amount:
            return f"{cost}, and {used:f} of {said} are used; raise it in uprez.toml or choose fewer clips"
    return None


def in_force(caps: Caps, workspace: Path, folder: Path, now: float) -> Iterator[Cap]:
    """Yield the caps of a moment, with what workspaces but this one spent. Raises LedgerError."""
    today = datetime.fromtimestamp(now, UTC)
    day = f"day/{today.date().isoformat()}"
    since = today.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    wanted: list[tuple[str, str | None, Amounts]] = [(day, None, caps.day)]
    wanted += [(f"{day}/{provider}", provider, amounts) for provider, amounts in caps.provider.items()]
    for scope, provider, amounts in wanted:
        for unit, amount in amounts.items():
            others = _others(workspace, folder, since)
            spent = sum((spent_in(ledger, unit, since, provider) for ledger in others), Decimal(0))
            yield Cap(scope, unit, amount, since, provider, spent)


class Keeper:
    """Keep the caps of a ledger: `gate` is its lock around taking an order."""

    def __init__(
        self, ledger: Ledger, caps: Caps, folder: Path, *, now: Callable[[], float] = time.time
    ) -> None:
        self._ledger, self._caps, self._now = ledger, caps, now
        self._folder, self._listed = folder, folder / _LISTED
        self._lock = FileLock(folder / "money.lock", timeout=PATIENCE)

    def watch(self) -> None:
        """Put the caps into force; caps that are no longer in the settings end. Raises LedgerError."""
        if self._any:
            self._ledger.gate = self.gate
        else:
            self._ledger.renew_caps(())

    def enlist(self) -> None:
        """List this workspace among those that buy. Raises PlanError where a cap needs it to be."""
        workspace = self._ledger.folder
        name = hashlib.sha256(str(workspace).encode()).hexdigest()[:16]
        part, to = self._listed / f".{name}.part", self._listed / f"{name}.json"
        try:
            self._listed.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps({"workspace": str(workspace)}), encoding="utf-8")
            part.replace(to)
        except OSError as refused:
            why = refused.strerror or refused
            sentence = f"{self._listed}: can't be written ({why}), so caps can't be kept"
            if self._any:
                raise PlanError(f"{sentence}; mend that, or set UPREZ_HOME") from None
            _log.info("%s over workspaces", sentence)

    @contextlib.contextmanager
    def gate(self) -> Iterator[None]:
        """Bring the caps up to date, and let nobody else take an order meanwhile. Raises LedgerError."""
        try:
            self._lock.acquire()
        except (Timeout, OSError):
            raise LedgerError(
                f"{self._lock.lock_file} is locked or can't be written; end the other uprez, or mend that",
                why="locked",
            ) from None
        try:
            self._ledger.renew_caps(self.in_force())
            yield
        finally:
            self._lock.release()

    @property
    def _any(self) -> bool:
        return bool(self._caps.day or self._caps.provider)

    def in_force(self) -> Iterator[Cap]:
        """Yield the caps of this moment. Raises LedgerError."""
        return in_force(self._caps, self._ledger.folder, self._folder, self._now())


def _others(workspace: Path, folder: Path, since: float) -> Iterator[Path]:
    """Yield the ledgers of the other workspaces that were written since a moment."""
    for entry in sorted((folder / _LISTED).glob("*.json")):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            ledger = Path(json.loads(entry.read_text(encoding="utf-8"))["workspace"]) / _LEDGER
            if ledger.parent.resolve() != workspace.resolve() and ledger.stat().st_mtime >= since:
                yield ledger
