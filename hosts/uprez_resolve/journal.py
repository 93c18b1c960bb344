"""The receipt of a relink in Resolve: every step is on disk before it is done, so that it can be undone."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from pydantic import ValidationError

from uprez.errors import HostError
from uprez.frozen import Frozen
from uprez.model import MannerKind
from uprez_resolve.project import uid_of
from uprez_resolve.remote import Handle


class Use(Frozen):
    """Name one use of a media pool item: the receipt lists them all before the item gets another file."""

    timeline: str
    timeline_name: str
    item: str
    track: str
    start: int
    duration: int
    left: int
    shown: bool = True
    properties: dict[str, tuple[Any, Any]] = {}


class Change(Frozen):
    """Say what one clip had before it was relinked.

    `item` is the id of what is found again to undo it (a timeline item; with `replace` a media pool item),
    `clip`, `source` and `take` what it showed,
    `paths` the renders it was given, the newest last; `properties` hold
    what was set on the item, as (before, after); `heard` are timelines whose sound tracks have it.
    """

    shots: tuple[str, ...]
    name: str
    track: str
    item: str
    number: int = 0
    start: int = 0
    duration: int = 0
    take: int = 1
    clip: str = ""
    source: str = ""
    paths: tuple[str, ...] = ()
    first: int = 0
    state: Literal["begun", "done", "reverted"] = "begun"
    properties: dict[str, tuple[Any, Any]] = {}
    placed: tuple[str, ...] = ()
    disabled: bool = False
    kept: dict[str, str] = {}
    marks: dict[str, dict[str, int]] = {}
    uses: tuple[Use, ...] = ()
    heard: tuple[str, ...] = ()
    marker: str = ""

    @property
    def path(self) -> str:
        """Return the render it shows now."""
        return self.paths[-1]


class Planned(NamedTuple):
    """Hold a change as the receipt tells it, and the step `back` to what is there now if it fails."""

    change: Change
    back: Change


class Receipt(Frozen):
    """Hold what the relinks of one timeline in one manner did; a later one adds to it.

    `copy_id` is the duplicated timeline's id, `layout` the digest of how it was left.
    """

    uprez_receipt: Literal[1] = 1
    host: Literal["resolve"] = "resolve"
    input: str
    manner: MannerKind
    project: str
    project_name: str
    timeline: str
    timeline_name: str
    copy_id: str = ""
    copy_name: str = ""
    layout: str = ""
    imported: tuple[str, ...] = ()
    made_bin: bool = False
    made_tracks: bool = False
    changes: dict[str, Change] = {}


class Journal:
    """Keep a receipt on disk, always one step ahead of the timeline."""

    def __init__(self, path: Path, receipt: Receipt) -> None:
        self.path, self.receipt = path, receipt

    @classmethod
    def of(cls, workspace: Path, fresh: Receipt) -> Self:
        """Open the journal of a timeline and a manner: the one that is there, else a fresh one."""
        named = hashlib.sha256(f"{fresh.project} {fresh.timeline}".encode()).hexdigest()[:8]
        path = workspace / f"{fresh.manner}-{named}.uprez-receipt.json"
        if not path.exists():
            return cls(path, fresh)
        receipt = read_receipt(path)
        return cls(path, receipt.model_copy(update={"input": fresh.input}))

    def note(self, **told: Any) -> None:
        """Write down something about the whole relink."""
        self.receipt = self.receipt.model_copy(update=told)
        self._write()

    def put(self, change: Change) -> None:
        """Write a change down: before it begins, and again once it is proved."""
        self.note(changes={**self.receipt.changes, change.item: change})

    def drop(self, item: str) -> None:
        """Strike a change out that was rolled back."""
        self.note(changes={key: one for key, one in self.receipt.changes.items() if key != item})

    def earlier(self, item: str) -> Change | None:
        """Return what is known of an item that was relinked before and not reverted since."""
        known = self.receipt.changes.get(item)
        return known if known is not None and known.state != "reverted" else None

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        try:
            with part.open("w", encoding="utf-8") as file:
                file.write(self.receipt.model_dump_json(indent=1))
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.path)
        except OSError as broken:
            raise HostError(
                f"{self.path}: the receipt can't be written ({broken.strerror}); make room, then run again"
            ) from None


def fresh_receipt(project: Handle, timeline: Handle, kind: MannerKind) -> Receipt:
    """Return the receipt of a timeline that nothing was done in yet."""
    name = str(timeline.call("GetName"))
    return Receipt(
        input=f"resolve:{name}",
        manner=kind,
        project=uid_of(project),
        project_name=str(project.call("GetName") or ""),
        timeline=uid_of(timeline),
        timeline_name=name,
    )


def read_receipt(path: Path) -> Receipt:
    """Read a receipt; raises HostError for what is none."""
    try:
        return Receipt.model_validate_json(path.read_bytes())
    except OSError as broken:
        raise HostError(f"{path}: can't be read ({broken.strerror}); name the receipt of a relink") from None
    except ValidationError:
        raise HostError(
            f"{path}: is no receipt of a relink in Resolve; name the .uprez-receipt.json"
        ) from None


def originals(workspace: Path) -> dict[str, str]:
    """Return by render the file it stands for in the media pool now; what is reverted is not among them."""
    found: dict[str, str] = {}
    for path in sorted(workspace.glob("replace-*.uprez-receipt.json")):
        for change in read_receipt(path).changes.values():
            if change.state != "reverted":
                found |= dict.fromkeys(change.paths, change.source)
    return found
