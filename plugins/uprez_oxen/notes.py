"""What must outlive the process: how an order ended, at hubs that forget their orders once they have."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from uprez.frozen import Frozen


class Note(Frozen):
    """Hold how an order ended: succeeded with a `url`, failed for a `reason`, or cancelled.

    `begun` says that work on a cancelled one may have begun.
    """

    state: str
    url: str | None = None
    reason: str = ""
    begun: bool = False


class Notes:
    """Keep notes as files named by the order's id."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, order: str, note: Note) -> None:
        """Write a note down."""
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f"{order}.part"
        part.write_text(note.model_dump_json(), encoding="utf-8")
        part.replace(self._folder / f"{order}.json")

    def read(self, order: str) -> Note | None:
        """Return the note of an order, None where there is none."""
        try:
            return Note.model_validate_json((self._folder / f"{order}.json").read_text(encoding="utf-8"))
        except (OSError, ValidationError):
            return None

    def forget(self, order: str) -> None:
        """Remove a note."""
        (self._folder / f"{order}.json").unlink(missing_ok=True)
