"""Caps of the settings, in the ledger before anything is bought; those of a day hold over all workspaces.

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

from uprez.errors import LedgerError, PlanError
from uprez.ledger import Ledger
from uprez.ledger.spending import Cap, spent_in
from uprez.orders import Quote
from uprez.request import Request
from uprez.settings import Caps, state

PATIENCE = 60.0  # seconds for the lock, which is held for as long as a few small files take to read
_LEDGER = "ledger.db"
_log = logging.getLogger("uprez")


def put_caps(ledger: Ledger, caps: Caps, quote: Quote, request: Request) -> None:
    """Have the ledger itself refuse what would pass a cap; an earlier run's own cap ends with it.

    Raises LedgerError, and PlanError where a cap of a day can't be kept.
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


class Keeper:
    """Keep the caps of a ledger: `gate` is its lock around taking an order."""

    def __init__(
        self, ledger: Ledger, caps: Caps, folder: Path, *, now: Callable[[], float] = time.time
    ) -> None:
        self._ledger, self._caps, self._now = ledger, caps, now
        self._listed = folder / "workspaces"
        self._lock = FileLock(folder / "money.lock", timeout=PATIENCE)

    def watch(self) -> None:
        """Put the caps into force; caps that are no longer in the settings end. Raises LedgerError."""
        if self._any:
            self._ledger.gate = self.gate
        else:
            self._ledger.renew_caps(())

    def enlist(self) -> None:
        """List this workspace among those that buy. Raises PlanError where a cap of a day needs it to be."""
        workspace = self._ledger.folder
        name = hashlib.sha256(str(workspace).encode()).hexdigest()[:16]
        part, to = self._listed / f".{name}.part", self._listed / f"{name}.json"
        try:
            self._listed.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps({"workspace": str(workspace)}), encoding="utf-8")
            part.replace(to)
        except OSError as refused:
            why = refused.strerror or refused
            sentence = f"{self._listed}: can't be written ({why}), so caps of a day can't be kept"
            if self._caps.day or self._caps.day_provider:
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
        return bool(self._caps.day or self._caps.provider or self._caps.day_provider)

    def in_force(self) -> Iterator[Cap]:
        """Yield the caps of this moment, with what other workspaces spent. Raises LedgerError."""
        caps, today = self._caps, datetime.fromtimestamp(self._now(), UTC)
        day, since = today.date().isoformat(), today.replace(hour=0, minute=0, second=0, microsecond=0)
        for unit, amount in caps.day.items():
            yield self._day_cap(f"day/{day}", unit, amount, since.timestamp(), None)
        for provider, amounts in caps.day_provider.items():
            for unit, amount in amounts.items():
                yield self._day_cap(f"day/{day}/{provider}", unit, amount, since.timestamp(), provider)
        for provider, amounts in caps.provider.items():
            for unit, amount in amounts.items():
                yield Cap(f"provider/{provider}", unit, amount, provider=provider)

    def _day_cap(self, scope: str, unit: str, amount: Decimal, since: float, provider: str | None) -> Cap:
        spent = [spent_in(ledger, unit, since, provider) for ledger in self._others(since)]
        return Cap(scope, unit, amount, since, provider, sum(spent, Decimal(0)))

    def _others(self, since: float) -> Iterator[Path]:
        """Yield the ledgers of the other workspaces that were written since a moment."""
        own = self._ledger.folder.resolve()
        for entry in sorted(self._listed.glob("*.json")):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                ledger = Path(json.loads(entry.read_text(encoding="utf-8"))["workspace"]) / _LEDGER
                if ledger.parent.resolve() != own and ledger.stat().st_mtime >= since:
                    yield ledger
