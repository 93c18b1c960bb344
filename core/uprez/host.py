"""The interface of a host: what reads shots from a timeline and points them at renders."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar

from uprez.errors import PlanError
from uprez.finding import Finding
from uprez.model import Conform, Cut, Manner, MannerKind, Relink, RetimeKind, Selection


class Host(ABC):
    """Stand for one timeline of one editor. Sync, and always called on the caller's own thread."""

    name: ClassVar[str]
    manners: ClassVar[tuple[MannerKind, ...]]
    """The manners of relinking that it knows, its default first."""
    whole: ClassVar[tuple[MannerKind, ...]] = ()
    """The manners whose renders must have all frames of their files: one of a part is none for them."""
    fills_gaps: ClassVar[bool] = False
    """Whether `shots` names the gaps of the timeline, and `relink` puts a clip above one."""
    retimes: ClassVar[tuple[RetimeKind, ...]] = ("keep",)
    """What it can do with retimed clips (`Selection.retime`, `Manner.retime`)."""
    sequences: ClassVar[bool] = True
    """Whether a render of an image sequence is to be one as well; else it is one file, as all others are."""
    renders: ClassVar[bool] = False
    """Whether `shots` can have the editor render clips whose files can't be read (`Selection.via_host`)."""

    media: tuple[Path, ...] = ()
    """Folders to search for media that the timeline does not name, or not where it is; set before reading."""

    def __init__(self, address: str) -> None:
        self.address = address

    @classmethod
    @abstractmethod
    def claims(cls, address: str) -> bool:
        """Tell from the address alone whether the timeline is this host's: "cut.otio", "resolve:Reel 3"."""

    @abstractmethod
    def shots(self, selection: Selection) -> Cut:
        """Read the chosen shots; changes nothing; every clip left out is listed with its reason.

        With `via_host` the editor may render files into the workspace first; the timeline stays as it is.

        May be called again; an unchanged timeline gives equal shots with equal ids. Raises HostError
        where the timeline can't be read, PlanError where the selection makes no sense.
        """

    @property
    def lasting(self) -> str:
        """Return the address that finds this very timeline again later, whatever the editor has open then.

        Asked for after `shots`, and kept for `uprez resume`. The default is the address as it was given.
        """
        return self.address

    def output(self, manner: Manner) -> Path | None:
        """Return the file that `relink` writes in this manner, None where it writes none; makes nothing."""
        return manner.output

    def refuse(self, manner: Manner) -> None:
        """Raise PlanError for a manner that `relink` can't carry out, such as an output that exists.

        Called before any money moves; changes nothing. The default refuses to overwrite a file.
        """
        if manner.output is not None and manner.output.exists() and not manner.force:
            raise PlanError(f"{manner.output} exists already; choose another name with -o, or give --force")

    def rehearse(self, relinks: tuple[Relink, ...], manner: Manner) -> Mapping[str, str]:
        """Return by shot id, with the reason, what `relink` would leave out though its render were there.

        Called before any money moves; the renders are not there yet; changes nothing. The default knows of
        nothing.
        """
        return {}

    @abstractmethod
    def relink(self, relinks: tuple[Relink, ...], manner: Manner) -> Conform:
        """Point shots at renders: undoable, read back, carries everything or changes nothing.

        No record range, source range, retime or transition changes; a gap stays, with its clip above it.
        Writes a receipt before it returns: a JSON file whose `host` and `input` name this host and the
        timeline's address.
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

    @classmethod
    def check(cls) -> Iterable[Finding]:
        """Say for `uprez doctor` what keeps this host from working, in plain words; changes nothing."""
        return ()

    @classmethod
    def install(cls, home: Path, *, apply: bool) -> Iterable[str]:
        """Put menu entries into the editor of the person at `home`; say line by line what is done.

        A host that has this has the commands `uprez NAME install`, `uninstall` and `status`. Without
        `apply` nothing is changed, and the lines say what would be. Raises PlanError before any change.
        """
        raise PlanError(f"host {cls.name}: has nothing to install into an editor; see `uprez hosts`")

    @classmethod
    def uninstall(cls, home: Path, *, apply: bool) -> Iterable[str]:
        """Take away what `install` put there, and nothing else; see there."""
        raise PlanError(f"host {cls.name}: has nothing to take away from an editor; see `uprez hosts`")
