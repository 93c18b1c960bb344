"""What all classes of the API have in common, and what a call may answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from uprez.testing.fake_resolve.app import App
from uprez.testing.fake_resolve.knobs import Knobs
from uprez.testing.fake_resolve.state import Item, Project, Timeline

Thing = TypeVar("Thing")
COLORS = (
    *("Blue", "Cyan", "Green", "Yellow", "Red", "Pink", "Purple", "Fuchsia"),
    *("Rose", "Lavender", "Sky", "Mint", "Lemon", "Sand", "Cocoa", "Cream"),
)
CLIP_COLORS = (
    *("Orange", "Apricot", "Yellow", "Lime", "Olive", "Green", "Teal", "Navy"),
    *("Blue", "Purple", "Violet", "Pink", "Tan", "Beige", "Brown", "Chocolate"),
)


@dataclass(frozen=True)
class Ref:
    """Point at an object of the API: its class and its id."""

    kind: str
    uid: str


@dataclass(frozen=True)
class Dead:
    """Stand for an argument whose object is no more."""

    kind: str


class Face(Generic[Thing]):
    """Act on one thing of a running Resolve."""

    def __init__(self, app: App, thing: Thing) -> None:
        self.app, self.thing = app, thing

    @property
    def project(self) -> Project:
        """Return the open project."""
        return self.app.project

    @property
    def knobs(self) -> Knobs:
        """Return the knobs as they are turned now."""
        return self.app.knobs

    def clip_refs(self, uids: list[str]) -> list[Ref]:
        """Return the media pool items of some ids."""
        return [Ref("MediaPoolItem", uid) for uid in uids if uid in self.project.clips]


def timeline_ref(timeline: Timeline | None) -> Ref | None:
    """Point at a timeline."""
    return Ref("Timeline", timeline.uid) if timeline else None


def item_ref(item: Item | None, *, ghost: bool = False) -> Ref | None:
    """Point at an item of a timeline; a ghost's handle doesn't know its own id (6.7k)."""
    return Ref("TimelineItem", item.uid + "?" * ghost) if item else None


def listed(value: Any) -> list[Any]:
    """Return a list as it is and anything else in one; raises TypeError for nothing at all."""
    if value is None:
        raise TypeError("bad argument: a list was expected")
    return value if isinstance(value, list) else [value]


def whole(value: Any) -> int | None:
    """Return a number that is whole, 24.0 as well; None for any other."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        return None
    return int(value)
