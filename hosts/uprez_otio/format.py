"""What a kind of timeline file is to this host: how its clips are pointed at renders, and back.

A format is a reader, which `readers` names and the child process runs, and a `Format`, which writes. They
meet in a clip's path, such as "1/4": the fifth thing on the second track. Whoever writes finds the clip that
a row named by counting the same way.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from uprez.errors import HostError
from uprez.model import LeftOut, Manner, MannerKind, Relink
from uprez_otio.edits import Edit
from uprez_otio.layout import Layout
from uprez_otio.limits import BYTES
from uprez_otio.media_url import locate, locate_folder
from uprez_otio.placed import Placed, Rendered
from uprez_otio.receipt import Receipt


@dataclass(frozen=True, slots=True)
class Address:
    """Hold a media address of a text: the characters it takes up there, and what it says, unescaped.

    `folder` where it is that of the files, as image sequences have it.
    """

    start: int
    end: int
    url: str
    folder: bool = False

    def path(self, folder: Path) -> Path | None:
        """Return what it points at in a timeline in `folder`, None where nothing is there."""
        return (locate_folder if self.folder else locate)(self.url, folder).path


@dataclass(frozen=True, slots=True)
class Job:
    """Ask for clips of one timeline to be pointed at renders.

    `text` is the timeline's, `layout` how it was read; relative addresses in it count from `origin`, those
    of the output from `folder`. The renders need not be there yet: a rehearsal asks for the same edits.
    """

    text: str
    layout: Layout
    origin: Path
    folder: Path
    run: str
    work: tuple[tuple[Placed, Relink], ...]
    manner: Manner


@dataclass
class Patch:
    """Hold the edits of a relink; `shown` are the renders that reading back must find, by clip path.

    `was` says by shot what a clip had before, as `Changed` takes it; `replaced` are earlier renders that
    go.
    """

    edits: list[Edit] = field(default_factory=list)
    shown: list[Rendered] = field(default_factory=list)
    relinked: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    was: dict[str, dict[str, Any]] = field(default_factory=dict)
    replaced: list[str] = field(default_factory=list)

    def leave_out(self, placed: Placed, reason: str) -> None:
        """Name a clip that can't be pointed at its render."""
        found = placed.candidate.found
        self.left_out.append(LeftOut(name=found.name, track=found.track, reason=reason))


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Hold a text from which a relink was taken back, the shots that it was done for, and the others."""

    text: str
    done: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()


class Format(ABC):
    """Stand for one kind of timeline file. Has no state: all is told by the text and the job."""

    suffixes: ClassVar[tuple[str, ...]]
    """The suffixes that it reads, in small letters with their dots."""
    writes: ClassVar[str]
    """The suffix that it writes: always its own kind of file."""
    also_writes: ClassVar[tuple[str, ...]] = ()
    """Other suffixes that `-o` may ask for."""
    manners: ClassVar[tuple[MannerKind, ...]]
    """The manners it can write, its default first; "reference" is a copy where it holds one reference."""
    bakes: ClassVar[bool] = False
    """Whether a retime can be taken out of it (`Manner.retime` "bake")."""
    keeps_original: ClassVar[bool] = False
    """Whether a relinked clip read again is known by its original media, as in .otio."""
    by_engine: ClassVar[bool] = False
    """Whether MLT plays it, which counts each file at the rate that the file names itself."""

    @abstractmethod
    def patch(self, job: Job) -> Patch:
        """Return the edits of the text that point each clip at its render; opens no media.

        What can't be done is left out by name in the patch. Raises HostError where nothing can be.
        """

    @abstractmethod
    def addresses(self, text: str) -> Iterator[Address]:
        """Yield the media addresses of a text."""

    @abstractmethod
    def escaped(self, url: str) -> str:
        """Return an address as it stands in a text between the characters of an `Address`."""

    def taken_back(self, text: str, told: Receipt) -> TakenBack:
        """Take a relink back clip for clip from a text that was edited since; raises HostError.

        The default can't, and says so.
        """
        raise HostError(f"{told.output}: was changed since it was relinked; open {told.input} instead")

    def text(self, path: Path) -> str:
        """Return what a file holds, one character for each byte; raises HostError."""
        try:
            if path.stat().st_size > BYTES:
                raise HostError(f"{path}: is larger than the {BYTES >> 20} MiB that are read; split it")
            return path.read_bytes().decode("latin-1")
        except OSError as broken:
            raise HostError(f"{path}: can't be read ({broken.strerror}); check the name") from None

    def encoded(self, text: str) -> bytes:
        """Return the bytes that a file with this text has."""
        return text.encode("latin-1")

    def latin(self, new: str) -> str:
        """Return new words as they stand in a text with one character for each byte of UTF-8."""
        return new.encode("utf-8", "surrogateescape").decode("latin-1")
