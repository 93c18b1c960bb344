"""Have Resolve render items whose file can't be read: own jobs by their ids, and a file that proves each."""

from __future__ import annotations

import contextlib
import logging
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from uprez.errors import HostError, HostGone, MediaError
from uprez.media.probe import probe
from uprez_resolve.baked import Baked, unfit
from uprez_resolve.context import Scene
from uprez_resolve.deliver import alone, begin, describe, marks_kept, settings_kept
from uprez_resolve.finding import Board
from uprez_resolve.framing import raster_of, setting
from uprez_resolve.remote import Handle
from uprez_resolve.seen import SeenItem, SeenTimeline

_OVER, _FAILED = "Complete", ("Failed", "Cancelled")
_IDLE = 4  # looks at a queue that rests after it worked, until the file alone decides
_UNMANAGED = "davinciYRGB"
_log = logging.getLogger("uprez")


@dataclass(frozen=True)
class Patience:
    """Hold, in seconds: until a job begins, without progress, between two looks."""

    begin: float = 60.0
    still: float = 600.0
    pause: float = 0.5


class Rendering:
    """Render items of the open timeline, each by itself, into files of their own."""

    def __init__(
        self, scene: Scene, timeline: Handle, seen: SeenTimeline, patience: Patience | None = None
    ) -> None:
        self._project, self._scene, self._timeline = scene.project, scene, timeline
        self._seen, self._patience = seen, patience or Patience()

    def all(self, items: Sequence[SeenItem], baked: Baked) -> dict[str, str]:
        """Render items that have no file yet; returns by item id why one has none. Raises HostGone."""
        self._scene.show(self._timeline)
        reasons = {item.uid: self._refused(item) for item in items}
        failures = {uid: why for uid, why in reasons.items() if why is not None}
        wanted = [item for item in items if item.uid not in failures]
        if not wanted:
            return failures
        with settings_kept(self._project), marks_kept(self._timeline):
            for item in wanted:
                try:
                    self._render(item, baked.folder, baked.stem(item))
                except HostGone:
                    raise
                except HostError as why:
                    self._scene.still_there()
                    failures[item.uid] = str(why)
        return failures

    def _refused(self, item: SeenItem) -> str | None:
        managed = setting(self._project, self._timeline, "colorScienceMode")
        if managed != _UNMANAGED:
            return f"colour is managed here ({managed}), which would convert a render twice; bake it by hand"
        spot = Board(self._timeline).read().items.get(item.uid)
        if spot is None or (spot.track, spot.start, spot.duration) != (item.track, item.start, item.duration):
            return "it was moved or trimmed since it was read; run again"
        return unfit(item, self._seen, raster_of(self._project, self._timeline))

    def _render(self, item: SeenItem, folder: Path, stem: str) -> None:
        _log.warning("%s: is being rendered in Resolve (%d frames)", item.name, item.duration)
        named = f"uprez-{stem}-{secrets.token_hex(4)}"
        scratch = folder / f".{named}"
        scratch.mkdir(parents=True)
        told = {
            "MarkIn": item.start,
            "MarkOut": item.end - 1,  # the last frame that is rendered (facts: 12.3)
            "TargetDir": str(scratch.absolute()),
            "CustomName": named,
        }
        try:
            with alone(self._scene, self._timeline, item.track), self._job(told) as job:
                self._awaited(job)
            file = self._proved(scratch, item)
            file.replace(folder / f"{stem}{file.suffix}")
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    @contextlib.contextmanager
    def _job(self, told: dict[str, Any]) -> Iterator[str]:
        """Add a job of ours, start it alone by its id, and take it out of the queue again."""
        begin(self._project)
        describe(self._project, self._timeline, self._seen.rate, told)
        if self._project.call("IsRenderingInProgress"):
            raise HostError("Resolve is rendering; wait until it is done, then run again")
        job = self._project.call("AddRenderJob") or self._project.call("AddRenderJob")
        if not isinstance(job, str) or not job:
            raise HostError("Resolve takes no render job for it; bake it by hand")
        try:
            if not self._project.call("StartRendering", [job], False):
                raise HostError("Resolve does not start to render it; look at the Deliver page")
            yield job
        finally:
            self._taken_out(job)

    def _taken_out(self, job: str) -> None:
        """Take a job out of the queue. While it renders Resolve may let nobody change anything, so wait."""
        self._project.call("DeleteRenderJob", job)
        if self._queued(job) and self._project.call("IsRenderingInProgress"):
            _log.warning("DaVinci Resolve: still renders; all is put back when it is done, please wait")
            until = time.monotonic() + self._patience.still
            while time.monotonic() < until and self._project.call("IsRenderingInProgress"):
                time.sleep(self._patience.pause)
            self._project.call("DeleteRenderJob", job)
        if self._queued(job):
            _log.warning("DaVinci Resolve: a job of uprez's is left on the Deliver page; delete it there")

    def _queued(self, job: str) -> bool:
        return any(one.get("JobId") == job for one in self._project.call("GetRenderJobList") or ())

    def _awaited(self, job: str) -> None:
        """Wait for the end of a job, whatever language its words are in. Raises HostError."""
        begun = changed = time.monotonic()
        last: object = None
        moved, idle = False, 0
        while True:
            told = self._project.call("GetRenderJobStatus", job)
            status = told if isinstance(told, dict) else {"Error": told}
            word, percent = status.get("JobStatus"), status.get("CompletionPercentage")
            if word in _FAILED or status.get("Error"):
                why = status.get("Error") or word
                raise HostError(f"Resolve could not render it ({why}); look at the Deliver page")
            busy = bool(self._project.call("IsRenderingInProgress"))
            moved = moved or busy
            idle = idle + 1 if moved and not busy else 0
            if word == _OVER or (percent == 100 and not busy) or idle >= _IDLE:
                return
            now = time.monotonic()
            last, changed = (last, changed) if last == (word, percent) else ((word, percent), now)
            since, limit = (changed, self._patience.still) if moved else (begun, self._patience.begin)
            if now - since > limit:
                raise HostError("Resolve does not get on with rendering it; look at the Deliver page")
            time.sleep(self._patience.pause)

    def _proved(self, scratch: Path, item: SeenItem) -> Path:
        """Return the one file that was written, if it is what was asked for: a job's word proves nothing."""
        files = [file for file in scratch.iterdir() if file.is_file()]
        if len(files) != 1:
            raise HostError("Resolve said that it rendered it and there is no file; look at the Deliver page")
        try:
            info = probe(files[0])
        except MediaError as broken:
            raise HostError(f"what Resolve rendered can't be read ({broken}); bake it by hand") from None
        if (info.frames, info.rate) != (item.duration, self._seen.rate):
            raise HostError(
                f"Resolve rendered {info.frames} of its {item.duration} frames, or at another rate; "
                "bake it by hand"
            )
        return files[0]
