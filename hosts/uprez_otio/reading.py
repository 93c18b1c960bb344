"""Have a timeline read by a child process, and trust neither the timeline nor the child."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from uprez.errors import HostError
from uprez_otio.limits import SECONDS, BadTimeline
from uprez_otio.nativetext import native_text

Row = list[Any]
_TRUST = "UPREZ_TRUST_OTIO"
_CHANGING = ("OTIO_", "UPREZ_RENDERS")
_LINE = 64 << 20


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows that the child prints of a timeline, while it still reads; raises HostError."""
    _check_there(path)
    with _Child("rows", path) as child:
        yield from _rows(path, child)


def call(path: Path, module: str, function: str, told: Any) -> list[Row]:
    """Return what a function of a module yields, called in the child as (path, told); raises HostError.

    It may change the file, so give it a copy.
    """
    _check_there(path)
    with _Child("call", path, (module, function), json.dumps(told).encode()) as child:
        return list(_rows(path, child))


def _rows(path: Path, child: _Child) -> Iterator[Row]:
    count, ended = 0, False
    while line := child.out.readline(_LINE):
        for row in _parsed(path, line):
            if row[0] == "error":
                raise HostError(f"{path}: {row[1]}")
            if row[0] == "end":
                ended = row[1] == count
                break
            count += 1
            yield row
    child.check(ended)


def read_text(path: Path) -> str:
    """Return a timeline as OTIO's JSON text, unchanged where it is such; raises HostError."""
    _check_there(path)
    try:
        text = native_text(path)
    except (BadTimeline, OSError, KeyError, zipfile.BadZipFile) as bad:
        raise HostError(f"{path}: {bad}") from None
    if text is None:
        with _Child("text", path) as child:
            text = child.out.read()
            child.check(True, text)
    return text.decode("utf-8", "surrogateescape")


def _check_there(path: Path) -> None:
    if not path.exists():
        raise HostError(f"{path}: there is no such file; check the name")
    if path.suffix.lower() == ".otiod":
        if not (path / "content.otio").is_file():
            raise HostError(f"{path}: holds no content.otio; export the bundle again")
    elif path.is_dir() and path.suffix.lower() != ".fcpxmld":
        raise HostError(f"{path}: is a folder; name the timeline in it")


def _parsed(path: Path, line: bytes) -> list[Row]:
    try:
        rows = json.loads(line) if line.strip() else []
    except ValueError:
        raise HostError(f"{path}: what OpenTimelineIO read of it is cut off; export it again") from None
    return [row for row in rows if isinstance(row, list) and row]


class _Child:
    """Run the child with a clean environment, and stop it when its time is up."""

    def __init__(self, mode: str, path: Path, more: tuple[str, ...] = (), told: bytes = b"") -> None:
        self._path = path
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._told: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._told.write(told)
        self._told.seek(0)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "uprez_otio.child", mode, str(path.absolute()), *more],
            stdin=self._told,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env=_environment(),
        )
        assert self._process.stdout is not None
        self.out = self._process.stdout
        self._late = False
        self._timer = threading.Timer(SECONDS, self._stop)

    def __enter__(self) -> _Child:
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self.out.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._said.close()
        self._told.close()

    def _stop(self) -> None:
        self._late = True
        self._process.kill()

    def check(self, ended: bool, text: bytes = b"") -> None:
        """Raise HostError unless the child came to its end and said so."""
        code = self._process.wait()
        if self._late or code == -24:  # SIGXCPU
            raise HostError(f"{self._path}: OpenTimelineIO did not read it in time; export it again")
        if code == 3:
            told = _parsed(self._path, text.splitlines()[-1])
            raise HostError(f"{self._path}: {told[0][1]}")
        if code < 0 or code > 128:
            raise HostError(f"{self._path}: crashes OpenTimelineIO (a known bug); export it again")
        if code or not ended:
            raise HostError(f"{self._path}: could not be read ({self._last_words()}); export it again")

    def _last_words(self) -> str:
        self._said.seek(0)
        lines = self._said.read(1 << 16).decode("utf-8", "replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "it was cut off")


def _environment() -> dict[str, str]:
    """Drop what can change what OTIO reads: `OTIO_*`, which can run any Python, unless told to trust it."""
    if os.environ.get(_TRUST) == "1":
        return dict(os.environ)
    return {name: value for name, value in os.environ.items() if not name.startswith(_CHANGING)}
