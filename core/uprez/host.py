"""The interface of a host: what reads shots from a timeline and points them at renders."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from uprez.errors import PlanError
from uprez.model import Conform, Cut, Manner, MannerKind, Relink, Selection


class Host(ABC):
    """Stand for one timeline of one editor. Sync, and always called on the caller's own thread."""

    name: ClassVar[str]
    manners: ClassVar[tuple[MannerKind, ...]]
    """The manners of relinking that it knows, its default first."""

    def __init__(self, address: str) -> None:
        self.address = address

    @classmethod
    @abstractmethod
    def claims(cls, address: str) -> bool:
        """Tell from the address alone whether the timeline is this host's: "cut.otio", "resolve:Reel 3"."""

    @abstractmethod
    def shots(self, selection: Selection) -> Cut:
        """Read the chosen shots; changes nothing; every clip left out is listed with its reason.

        May be called again; an unchanged timeline gives equal shots with equal ids. Raises HostError
        where the timeline can't be read, PlanError where the selection makes no sense.
        """

    def output(self, manner: Manner) -> Path | None:
        """Return the file that `relink` writes in this manner, None where it writes none; makes nothing."""
        return manner.output

    def refuse(self, manner: Manner) -> None:
        """Raise PlanError for a manner that `relink` can't carry out, such as an output that exists.

        Called before any money moves; changes nothing. The default refuses to overwrite a file.
        """
        if manner.output is not None and manner.output.exists() and not manner.force:
            raise PlanError(f"{manner.output} exists already; choose another name with -o, or give --force")

    @abstractmethod
    def relink(self, relinks: tuple[Relink, ...], manner: Manner) -> Conform:
        """Point shots at renders: undoable, read back, carries everything or changes nothing.

        No record range, source range, retime or transition changes. Writes a receipt before it returns: a
        JSON file whose `host` and `input` name this host and the timeline's address.
        May be called again with renders that came later. Raises RelinkError, PlanError.
        """

    @abstractmethod
    def revert(self, receipt: Path, output: Path | None = None) -> Conform:
        """Undo what a receipt says a relink changed, clip for clip; may be called again.

        Without `output` the relinked timeline itself is changed back. Raises HostError where it has
        since changed too much to be sure.
        """

    @abstractmethod
    def workspace(self) -> Path:
        """Return the folder where this timeline's ledger, plates and renders belong; makes nothing."""
