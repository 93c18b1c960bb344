"""Write a container that is whole or not there at all, and blame its path for what fails in writing it."""

from __future__ import annotations

import contextlib
import os
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av

from uprez.media.opening import writable
from uprez.stamp import TAG, Stamp


class Output:
    """Mux into `path`, which appears only when the `with` block ends well; `file` is FFmpeg's own.

    `rate` is the picture's, in frames per second; `stamp` is what the file says of itself.
    Raises MediaError where the file can't be written.
    """

    def __init__(self, path: Path, container: str, rate: Fraction, stamp: Stamp | None = None) -> None:
        self.path = path
        self._stamp = stamp
        self._container = container
        self._options = _options(container, rate)
        self._part = path.with_name(path.name + ".part")

    def __enter__(self) -> Self:
        with writable(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.file: Any = av.open(
                str(self._part), "w", format=self._container, container_options=self._options
            )
            if self._stamp is not None:
                self.file.metadata[TAG] = self._stamp.text
        return self

    def mux(self, packets: Any) -> None:
        """Write one packet or several."""
        with writable(self.path):
            self.file.mux(packets)

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                with writable(self.path):
                    self.file.close()
                    settle(self._part, self.path)
            else:
                with contextlib.suppress(Exception):  # the first failure is the one to tell
                    self.file.close()
        finally:
            self._part.unlink(missing_ok=True)


def _options(container: str, rate: Fraction) -> dict[str, str]:
    if container == "image2":
        return {"update": "1"}
    if container == "mov":  # a clock of milliseconds would round the length of the clip's edit
        whole = rate.numerator
        return {"movie_timescale": str(whole if whole >= 1000 else 1000 * whole)}
    return {}


def settle(part: Path, path: Path) -> None:
    """Make a finished part file durable under its own name."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(path)
    with contextlib.suppress(OSError):  # not every system can sync a folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
