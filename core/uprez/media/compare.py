"""Stream through a plate and a render at once and measure how alike they are, in constant memory."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from uprez.errors import MediaError
from uprez.media.colours import ColourSums
from uprez.media.opening import opened
from uprez.media.probe import probe
from uprez.model import Verdict
from uprez.verify import REACH, Evidence, Wanted, judge

WIDTH, HEIGHT = 128, 72
_QUEUE = 16
Codes = npt.NDArray[np.uint8]
Normal = npt.NDArray[np.float32]


def compare(
    plate: Path, render: Path, *, wanted: Wanted, progress: Callable[[int], None] = lambda done: None
) -> Verdict:
    """Decode both files once and judge; `progress` hears how many render frames are compared.

    Raises MediaError where the plate can't be read; what is wrong with the render is in the verdict.
    """
    plate_info, render_info = probe(plate), probe(render)
    seen = _measure(plate, render, progress)
    return judge(wanted, plate_info, render_info, seen)


def verify_files(plate: Path, render: Path) -> Verdict:
    """Judge any two files: the render must have the plate's frames, rate and shape, at any size."""
    info = probe(plate)
    wanted = Wanted(
        frames=info.frames,
        rate=info.rate,
        width=None,
        height=None,
        sample_aspect=info.sample_aspect,
        colour=info.colour,
    )
    return compare(plate, render, wanted=wanted)


def _measure(plate: Path, render: Path, progress: Callable[[int], None]) -> Evidence:
    """Walk both files side by side, holding no more frames than an offset can reach."""
    before, after = _Plates(plate), _Signatures(render)
    unlike: list[Normal] = []
    moved: list[float] = []
    colours, last = ColourSums(), None
    while (codes := after.next()) is not None:
        norm, _ = _normal(codes[0])
        unlike.append(before.unlike(len(unlike), norm))
        if last is not None:
            moved.append(_unlike(last, norm))
        last = norm
        same = before.codes(len(unlike) - 1)
        if same is not None:
            colours.add(same, codes)
        progress(len(unlike))
    before.finish()
    return Evidence(
        plate_frames=len(before.contrast),
        render_frames=len(unlike),
        unlike=np.array(unlike, dtype=float).reshape(-1, 2 * REACH + 1),
        moved=np.array(before.moved),
        render_moved=np.array(moved),
        contrast=np.array(before.contrast),
        colour=colours.fit(),
        broken=None if after.failure is None else f"it can't be decoded to its end ({after.failure})",
    )


class _Plates:
    """Hold the plate's frames around the render's present one, and what was measured on the way."""

    def __init__(self, path: Path) -> None:
        self.moved: list[float] = []
        self.contrast: list[float] = []
        self._source = _Signatures(path)
        self._held: deque[tuple[Codes, Normal]] = deque(maxlen=2 * REACH + 1)

    def unlike(self, number: int, norm: Normal) -> Normal:
        """Return how unlike a render frame is the plate frames that an offset can reach."""
        while len(self.contrast) <= number + REACH and self._take():
            pass
        row = np.full(2 * REACH + 1, np.nan, np.float32)
        for offset in range(-REACH, REACH + 1):
            held = self._get(number - offset)
            if held is not None:
                row[REACH + offset] = _unlike(held[1], norm)
        return row

    def codes(self, number: int) -> Codes | None:
        """Return the small picture of a plate frame that is still held."""
        held = self._get(number)
        return held[0] if held else None

    def finish(self) -> None:
        """Read to the end. Raises MediaError where the plate itself can't be decoded."""
        while self._take():
            pass
        if self._source.failure is not None:
            raise self._source.failure

    def _get(self, number: int) -> tuple[Codes, Normal] | None:
        index = number - (len(self.contrast) - len(self._held))
        return self._held[index] if 0 <= index < len(self._held) else None

    def _take(self) -> bool:
        codes = self._source.next()
        if codes is None:
            return False
        norm, deviation = _normal(codes[0])
        if self._held:
            self.moved.append(_unlike(self._held[-1][1], norm))
        self._held.append((codes, norm))
        self.contrast.append(deviation)
        return True


class _Signatures:
    """Decode a file in a thread of its own into small pictures: codes of shape (3, 72, 128)."""

    def __init__(self, path: Path) -> None:
        self.failure: MediaError | None = None
        self._ended = False
        self._ready: queue.Queue[Codes | None] = queue.Queue(_QUEUE)
        threading.Thread(target=self._fill, args=(path,), name="uprez verify", daemon=True).start()

    def next(self) -> Codes | None:
        """Return the next small picture, None at the end or at the first frame that can't be decoded."""
        if not self._ended:
            codes = self._ready.get()
            self._ended = codes is None
            return codes
        return None

    def _fill(self, path: Path) -> None:
        try:
            for codes in _small(path):
                self._ready.put(codes)
        except MediaError as broken:
            self.failure = broken
        finally:
            self._ready.put(None)


def _small(path: Path) -> Iterator[Codes]:
    with opened(path) as source:
        video = source.streams.video[0]
        video.thread_type = "AUTO"
        for frame in source.decode(video):
            yield _shrunk(frame)


def _shrunk(frame: Any) -> Codes:
    """Average a frame down without converting its range, so that a flipped range shows."""
    small = frame.reformat(
        width=WIDTH,
        height=HEIGHT,
        format="yuv444p",
        interpolation="AREA",
        src_color_range="MPEG",
        dst_color_range="MPEG",
    )
    planes = [
        np.frombuffer(plane, np.uint8).reshape(HEIGHT, plane.line_size)[:, :WIDTH] for plane in small.planes
    ]
    return np.stack(planes)


def _normal(luma: Codes) -> tuple[Normal, float]:
    """Take a frame's own brightness and contrast out, so that a colour shift is no time shift."""
    flat = luma.astype(np.float32).ravel()
    flat -= flat.mean()
    deviation = float(flat.std())
    return flat / max(deviation, 1.0), deviation


def _unlike(one: Normal, other: Normal) -> float:
    gap = one - other
    return float(gap @ gap) / gap.size
