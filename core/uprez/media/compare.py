"""Stream through a plate and a render at once and measure how alike they are, in constant memory."""

from __future__ import annotations

import queue
import threading
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from uprez.alignment import OFFSETS, REACH, Distances
from uprez.errors import MediaError
from uprez.media.colours import ColourSums
from uprez.media.opening import opened, picture
from uprez.media.probe import probe
from uprez.model import Verdict
from uprez.verify import Evidence, Wanted, judge

WIDTH, HEIGHT = 128, 72
_QUEUE = 16
_FULL = 2
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
    with closing(_Ahead(plate)) as before, closing(_Ahead(render)) as after:
        seen = measured(before, after, progress)
    if before.failure is not None:
        raise before.failure
    if after.failure is not None:
        seen = replace(seen, broken=f"it can't be decoded to its end ({after.failure})")
    return seen


def measured(
    plate: Iterable[Codes], render: Iterable[Codes], progress: Callable[[int], None] = lambda done: None
) -> Evidence:
    """Walk two rows of small pictures (codes of shape (3, 72, 128)) side by side and measure them.

    Holds no more frames than an offset can reach, and about 100 bytes for each that went by.
    """
    before, tally, colours = _Plates(iter(plate)), _Tally(), ColourSums()
    count = 0
    for count, codes in enumerate(render, 1):
        near = before.around(count - 1)
        tally.add(codes[0], near)
        if (same := near[REACH]) is not None:
            colours.add(same.codes, codes)
        progress(count)
    before.finish()
    return Evidence(
        plate_frames=before.count,
        render_frames=count,
        distances=tally.distances(before.peaks),
        contrast=np.array(before.contrast),
        colour=colours.fit(),
    )


class _Small:
    """Hold a small picture in the shapes that are compared."""

    def __init__(self, codes: Codes) -> None:
        self.codes = codes
        self.luma, self.shape, self.contrast = _flat(codes[0])


class _Tally:
    """Gather the distances of one render frame after the other."""

    def __init__(self) -> None:
        self._rows = {name: array("f") for name in ("unlike", "step", "lean", "residue", "level")}

    def add(self, codes: Codes, near: list[_Small | None]) -> None:
        """Measure a render frame against the plate frames in reach, which stand in order of their offset."""
        luma, shape, _ = _flat(codes)
        rows, own = self._rows, near[REACH]
        if own is None:  # the render goes on after the plate's end
            return
        rows["unlike"].extend(np.nan if one is None else _square(one.shape - shape) for one in near)
        residue = luma - own.luma
        rows["residue"].append(_square(residue))
        rows["level"].append(float(residue.mean()))
        for one in near:
            way = None if one is None else one.luma - own.luma
            rows["step"].append(np.nan if way is None else _square(way))
            rows["lean"].append(np.nan if way is None else float(way @ residue) / way.size)

    def distances(self, peaks: array[int]) -> Distances:
        """Return what was gathered, over the frames that both files have."""
        found = {name: np.array(row, dtype=float) for name, row in self._rows.items()}
        tables = {name: found[name].reshape(-1, len(OFFSETS)) for name in ("unlike", "step", "lean")}
        return Distances(
            **tables,
            residue=found["residue"],
            level=found["level"],
            peak=np.array(peaks, dtype=float),
        )


class _Plates:
    """Hold the plate's frames around the render's present one, and what was measured on the way."""

    def __init__(self, source: Iterator[Codes]) -> None:
        self.contrast, self.peaks = array("f"), array("B")
        self.count = 0
        self._source = source
        self._held: deque[_Small] = deque(maxlen=2 * REACH + 1)

    def around(self, number: int) -> list[_Small | None]:
        """Return the plate frames that a render frame's offsets reach, latest offset last."""
        while self.count <= number + REACH and self._take():
            pass
        return [self._get(number - offset) for offset in OFFSETS]

    def finish(self) -> None:
        """Read to the end."""
        while self._take():
            pass

    def _get(self, number: int) -> _Small | None:
        index = number - (self.count - len(self._held))
        return self._held[index] if 0 <= index < len(self._held) else None

    def _take(self) -> bool:
        codes = next(self._source, None)
        if codes is None:
            return False
        if self._held:
            last = self._held[-1].codes
            self.peaks.append(int((np.maximum(codes, last) - np.minimum(codes, last)).max()))
        self._held.append(_Small(codes))
        self.contrast.append(self._held[-1].contrast)
        self.count += 1
        return True


class _Ahead:
    """Decode a file into small pictures in a thread of its own, a few frames ahead."""

    def __init__(self, path: Path) -> None:
        self.failure: MediaError | None = None
        self._left = False
        self._ready: queue.Queue[Codes | None] = queue.Queue(_QUEUE)
        self._thread = threading.Thread(target=self._fill, args=(path,), name="uprez verify", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[Codes]:
        """Give the small pictures up to the end or the first frame that can't be decoded."""
        while (codes := self._ready.get()) is not None:
            yield codes

    def close(self) -> None:
        """Stop decoding where the rest isn't wanted, and let the file go."""
        self._left = True
        while self._thread.is_alive():
            with suppress(queue.Empty):
                self._ready.get(timeout=0.01)

    def _fill(self, path: Path) -> None:
        try:
            for codes in small_pictures(path):
                self._ready.put(codes)
                if self._left:
                    return
        except MediaError as broken:
            self.failure = broken
        finally:
            self._ready.put(None)


def small_pictures(path: Path) -> Iterator[Codes]:
    """Decode a file into small pictures: YCbCr codes of shape (3, 72, 128). Raises MediaError."""
    with opened(path) as source:
        video = picture(source)
        video.thread_type = "AUTO"
        for frame in source.decode(video):
            yield shrunk(frame)


def shrunk(frame: Any) -> Codes:
    """Average a frame down, by its own range tag, so that a flip of either tag or codes shows.

    FFmpeg takes the yuvj formats, which some decoders give for full range, for full whatever is said.
    """
    full = frame.color_range == _FULL or frame.format.name.startswith("yuvj")
    small = frame.reformat(
        width=WIDTH,
        height=HEIGHT,
        format="yuv444p",
        interpolation="AREA",
        src_color_range="JPEG" if full else "MPEG",
        dst_color_range="MPEG",
    )
    planes = [
        np.frombuffer(plane, np.uint8).reshape(HEIGHT, plane.line_size)[:, :WIDTH] for plane in small.planes
    ]
    return np.stack(planes)


def _flat(luma: Codes) -> tuple[Normal, Normal, float]:
    """Return a frame's luma, its shape without its own brightness and contrast, and its contrast."""
    flat = luma.astype(np.float32).ravel()
    shape = flat - flat.mean()
    contrast = float(shape.std())
    return flat, shape / max(contrast, 1.0), contrast


def _square(gap: Normal) -> float:
    return float(gap @ gap) / gap.size
