"""What must outlive the process: a request's price, its upload addresses, which parts have arrived."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

from pydantic import ValidationError

from uprez.frozen import Frozen


class Record(Frozen):
    """Hold a request as far as it has come.

    `asked` is a digest of what was asked for, `least` and `most` its price in credits. `given_up` says that
    its upload can't be ended, so that it is to be cancelled and its money comes back.
    """

    request: str
    asked: str
    least: Decimal | None = None
    most: Decimal | None = None
    urls: tuple[str, ...] = ()
    etags: dict[int, str] = {}
    given_up: bool = False


class Records:
    """Keep records as files; every write is on disk before it returns."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, record: Record) -> Record:
        """Write a record down, and return it."""
        self._write(self._path(record.request), record.model_dump_json())
        return record

    def read(self, request: str) -> Record | None:
        """Return the record of a request, None where it is gone or damaged."""
        try:
            return Record.model_validate_json(self._path(request).read_text(encoding="utf-8"))
        except (OSError, ValidationError):
            return None

    def remember(self, order: str, request: str) -> None:
        """Write down which request was made last for an order."""
        self._write(self._folder / f"order-{order}", request)

    def last(self, order: str) -> Record | None:
        """Return the record of the request that was made last for an order."""
        try:
            return self.read((self._folder / f"order-{order}").read_text(encoding="utf-8"))
        except OSError:
            return None

    def forget(self, request: str) -> None:
        """Remove a record."""
        self._path(request).unlink(missing_ok=True)

    def _path(self, request: str) -> Path:
        return self._folder / f"request-{request}.json"

    def _write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
