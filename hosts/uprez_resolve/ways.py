"""The manners of relinking, each of which can say what it will do, do it, read it back and undo it."""

from __future__ import annotations

from typing import Protocol

from uprez.errors import PlanError
from uprez.model import MannerKind
from uprez_resolve.context import Scene
from uprez_resolve.finding import Board, Found
from uprez_resolve.journal import Change, Journal, Planned
from uprez_resolve.layering import Layering
from uprez_resolve.pooling import Pool
from uprez_resolve.remote import Handle
from uprez_resolve.replacing import Replacing
from uprez_resolve.taking import Note, Taking


class Way(Protocol):
    """Carry out one manner of relinking, for one clip at a time."""

    def refuse(self, found: Found) -> None:
        """Raise RelinkError for what this manner can't do, before there is a render; changes nothing."""

    def planned(self, found: Found) -> Planned:
        """Say what is about to change; changes nothing. Raises RelinkError for what this manner can't do."""

    def do(self, found: Found, change: Change, note: Note) -> Change:
        """Change the clip, noting what is learnt on the way; raises RelinkError."""

    def check(self, found: Found, change: Change) -> None:
        """Read the clip back; raises RelinkError."""

    def undo(self, item: Handle | None, change: Change) -> None:
        """Take a change back; does nothing where that is done. Raises RelinkError."""


def way_of(kind: MannerKind, scene: Scene, board: Board, pool: Pool, journal: Journal) -> Way:
    """Return what carries a manner out; raises PlanError for one that Resolve doesn't know."""
    if kind in ("take", "timeline"):
        return Taking(scene, board, pool, journal)
    if kind == "track":
        return Layering(scene, board, pool, journal)
    if kind == "replace":
        return Replacing(scene, journal)
    raise PlanError(f"--as {kind}: Resolve knows take, replace, track, timeline; choose one")
