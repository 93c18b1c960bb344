"""One order at work in a thread: from the plate to the render, whole or not there at all."""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from uprez.errors import UprezError
from uprez.frozen import Frozen
from uprez.model import PlatePreset, RenderPreset

if TYPE_CHECKING:
    from uprez_local.upscaling import Upscale

log = logging.getLogger("uprez.local")


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
    """Upscale one plate; `done` counts encoded frames, `error` says why it ended without a render.

    `replaced` counts the tiles in which the guard put the plain resize.
    """

    def __init__(self, brief: Brief) -> None:
        self.brief = brief
        self.done = 0
        self.replaced = 0
        self.error: str | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="uprez local", daemon=True)
        atexit.register(self.cancel)  # a thread inside FFmpeg while the interpreter ends can crash it
        self._thread.start()

    @property
    def running(self) -> bool:
        """Tell whether the thread is still at work."""
        return self._thread.is_alive()

    def cancel(self) -> None:
        """Stop the work and wait, for a frame or so, until it has cleaned up."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        from uprez_local.pipeline import Stopped

        name = self.brief.plate.name
        try:
            self._upscale()
        except Stopped:
            self.error = "it was stopped"
        except UprezError as failure:
            self.error = str(failure)
        except MemoryError:
            self.error = f"{name}: memory ran out; ask for a smaller size, or close other programs"
        except Exception as failure:
            log.debug("%s", name, exc_info=failure)
            why = str(failure).splitlines()[0] if str(failure) else type(failure).__name__
            self.error = f"{name}: could not be upscaled ({why}); try another model or size"
        finally:
            atexit.unregister(self.cancel)

    def _upscale(self) -> None:
        """Write the render of the brief. Raises MediaError, and Stopped when asked to stop."""
        from uprez.media.probe import probe
        from uprez.media.reading import read_frames
        from uprez.media.writing import VideoWriter
        from uprez_local.pipeline import run

        brief, info = self.brief, probe(self.brief.plate)
        writer = VideoWriter(
            brief.result,
            brief.preset,
            width=brief.width,
            height=brief.height,
            rate=Fraction(25) if info.still else info.rate,
            colour=info.colour,
            sample_aspect=info.sample_aspect,
            pixel_format_like=info.pixel_format,
            bits=info.bits,
        )
        with writer as out:
            upscale = _upscaler(brief, out.pixel_format, self._tell_replaced)
            run(read_frames(brief.plate, 0, brief.frames, info.rate), upscale, out, self._stop, self._tell)
        if self.replaced:
            log.info("%s: %d tiles were resized without the network", brief.plate.name, self.replaced)

    def _tell(self, done: int) -> None:
        self.done = done

    def _tell_replaced(self, tiles: int) -> None:
        self.replaced += tiles


def _upscaler(brief: Brief, pixel_format: str, replaced: Callable[[int], None]) -> Upscale:
    from uprez_local.upscaling import ByNetwork, by_filter

    size = brief.width, brief.height
    if brief.model == "cnn":
        return ByNetwork(*size, pixel_format, replaced)
    if brief.model == "sharp":
        return by_filter(*size, pixel_format, "lanczos", f"cas=strength={brief.strength}")
    return by_filter(*size, pixel_format, brief.model)
