"""`uprez orders settle` and `--evidence`: a person decides what no machine can tell."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from uprez.cli import show
from uprez.errors import PlanError

if TYPE_CHECKING:
    from uprez.ledger import Ledger
    from uprez.orders import Ticket
    from uprez.outcome import Standing

SETTLE = "settle"
_USAGE = "say `uprez orders settle ORDER found ID`, or `absent`, with --workspace DIR"


def settle(workspace: Path | None, words: Sequence[str]) -> None:
    """Answer for an order in doubt: found under an ID at the service, or absent there. Raises PlanError."""
    order, answer, known_as = _read(words)
    workspace = workspace or _workspace_with(order)
    with opened(workspace) as ledger:
        standing = one_of(ledger.standings(), order, workspace)
        if standing.state != "needs-you":
            raise PlanError(
                f"{standing.order.id}: it is {standing.state}, which nobody has to settle; see `uprez orders`"
            )
        ticket = _ticket(workspace, standing, known_as) if answer == "found" else None
        ledger.settle(standing.order.id, ticket)
    _say(standing, answer, known_as, workspace)


def questions(ledger: Ledger, standings: Sequence[Standing], where: Path) -> Iterator[str]:
    """Say of each order that needs a person what to look for at the service, and what is at stake."""
    from uprez.evidence import plain
    from uprez.redaction import masked

    for standing in standings:
        if standing.state != "needs-you":
            continue
        attempt = ledger.attempts(standing.order.id)[-1]
        sent = attempt.staged.sent if attempt.staged else None
        tokens = plain(attempt.staged.data) if attempt.staged else {}
        look = ", ".join(f"{name} {masked(str(value))}" for name, value in tokens.items() if value)
        at = datetime.fromtimestamp(sent, UTC).isoformat(timespec="seconds") if sent else "an unknown time"
        order, pull = standing.order, standing.order.plate.pull
        yield (
            f"needs you: {order.id}: look at {order.recipe.provider} for a {order.recipe.model} order of "
            f"{pull.frames.count} frames sent at {at}{f' ({look})' if look else ''}; "
            f"{standing.reserved:f} {standing.unit} stay reserved until you say "
            f"`uprez orders settle {order.id} found ID --workspace {where}`, or `absent`"
        )


@contextlib.contextmanager
def opened(workspace: Path) -> Iterator[Ledger]:
    """Open the ledger of a workspace; raises PlanError where it has none."""
    from uprez.ledger import Ledger

    if not (workspace / "ledger.db").exists():
        raise PlanError(f"{workspace}: no orders there; name the workspace of a run, or its timeline")
    with contextlib.closing(Ledger(workspace / "ledger.db")) as ledger:
        yield ledger


def one_of(standings: Sequence[Standing], named: str, where: object) -> Standing:
    """Return the order that is named by how it begins. Raises PlanError."""
    fitting = [one for one in standings if one.order.id.startswith(named)]
    if len(fitting) != 1:
        why = "no such order" if not fitting else "more than one order begins so"
        raise PlanError(f"{named}: {why} in {where}; see `uprez orders {where}`")
    return fitting[0]


def workspace_here() -> Path:
    """Return the one workspace in the current folder. Raises PlanError."""
    found = list(_workspaces())
    if len(found) != 1:
        why = "no workspace is here" if not found else f"{len(found)} workspaces are here"
        raise PlanError(f"{Path.cwd()}: {why}; name one")
    return found[0]


def _read(words: Sequence[str]) -> tuple[str, str, str]:
    order, answer, known_as = [*words, "", "", ""][:3]
    fits = (answer, len(words)) in (("found", 3), ("absent", 2))
    if not (fits and order and (known_as.strip() or answer == "absent")):
        said = " ".join(("orders settle", *words))
        raise PlanError(f"{said}: that is no answer; {_USAGE}")
    return order, answer, known_as.strip()


def _workspaces() -> Iterator[Path]:
    here = Path.cwd()
    for folder in (here, *sorted(here.glob("*.uprez"))):
        if (folder / "ledger.db").exists():
            yield folder


def _workspace_with(order: str) -> Path:
    for workspace in _workspaces():
        with opened(workspace) as ledger:
            if any(one.order.id.startswith(order) for one in ledger.standings()):
                return workspace
    raise PlanError(f"{order}: no workspace in {Path.cwd()} has that order; give --workspace DIR")


def _ticket(workspace: Path, standing: Standing, known_as: str) -> Ticket:
    """Have the provider make the ticket, since it may need more than the id."""
    from uprez.cli.opening import loaded
    from uprez.connecting import connected
    from uprez.settings import read_settings

    provider = connected(loaded(), standing.order.recipe.provider, workspace, read_settings())
    return provider.ticket(known_as)


def _say(standing: Standing, answer: str, known_as: str, workspace: Path) -> None:
    order, where = standing.order.id, f"`uprez resume {workspace}`"
    money = f"{standing.reserved:f} {standing.unit}"
    if answer == "found":
        show.say(f"{order}: it is {known_as} at the service, {money} stay reserved; {where} brings it home")
    else:
        show.say(f"{order}: it was never placed, {money} are free again; {where} buys it")
