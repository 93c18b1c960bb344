"""One order at work in a thread: from the plate to the render, whole or not there at all."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

from uprez.errors import UprezError
from uprez.frozen import Frozen
from uprez.model import PlatePreset, RenderPreset


class Brief(Frozen):
    """Hold all that the work needs, so that a later process can begin it again from its ticket."""

    plate: Path
    result: Path
    preset: PlatePreset | RenderPreset
    model: str
    width: int
    height: int
    frames: int
    strength: float = 0.5


class Work:
    """Upscale one plate; `done` counts encoded frames, `error` says why it ended without a render."""

    def __init__(self, brief: Brief) -> None:
        self.brief = brief
        self.done = 0
        self.error: str | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="uprez local", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Tell whether the thread is still at work."""
        return self._thread.is_alive()

    def cancel(self) -> None:
        """Stop the work and wait until it has cleaned up."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        from uprez_local.pipeline import Stopped

        try:
            upscale_file(self.brief, self._stop, self._tell)
        except Stopped:
            self.error = "it was stopped"
        except UprezError as failure:
            self.error = str(failure)
        except (MemoryError, OSError, ValueError) as failure:
            self.error = f"{self.brief.plate.name}: could not be upscaled ({failure}); try a smaller size"

    def _tell(self, done: int) -> None:
        self.done = done


def upscale_file(brief: Brief, stop: threading.Event, progress: Any) -> None:
    """Write the render of a brief. Raises MediaError, and Stopped when asked to stop."""
    from uprez.media.probe import probe
    from uprez.media.reading import read_frames
    from uprez.media.writing import VideoWriter
    from uprez_local.pipeline import run

    info = probe(brief.plate)
    writer = VideoWriter(
        brief.result,
        brief.preset,
        width=brief.width,
        height=brief.height,
        rate=info.rate if not info.still else Fraction(25),
        colour=info.colour,
        sample_aspect=info.sample_aspect,
        pixel_format_like=info.pixel_format,
        bits=info.bits,
    )
    with writer as out:
        frames = read_frames(brief.plate, 0, brief.frames, info.rate)
        run(frames, _upscaler(brief, out.pixel_format), out, stop, progress)


def _upscaler(brief: Brief, pixel_format: str) -> Any:
    from uprez_local.upscaling import ByNetwork, by_filter

    size = brief.width, brief.height
    if brief.model == "cnn":
        return ByNetwork(*size, pixel_format)
    if brief.model == "sharp":
        return by_filter(*size, pixel_format, "lanczos", f"cas=strength={brief.strength}")
    return by_filter(*size, pixel_format, brief.model)
