"""Run render jobs: real files with the timeline's own pictures in them."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from uprez.testing.fake_resolve.app import App
from uprez.testing.fake_resolve.media import frame_of
from uprez.testing.fake_resolve.state import Clip, Item, Job, Timeline
from uprez.times import spoken, to_timecode

_ENCODERS = {
    "ProRes422HQ": ("prores_ks", "yuv422p10le", {"profile": "3"}),
    "ProRes4444": ("prores_ks", "yuv444p10le", {"profile": "4"}),
    "DNxHRHQX": ("dnxhd", "yuv422p10le", {"profile": "dnxhr_hqx"}),
    "H264": ("libx264", "yuv420p", {"crf": "12"}),
    "H265": ("libx265", "yuv420p", {"crf": "12"}),
}
_DONE = "Complete"


_writers: dict[str, threading.Thread] = {}


def advance(app: App, job: Job) -> None:
    """Take a job one status on; its file is there when it says that it is complete."""
    if job.left[0] == _DONE and app.knobs.render_writes and not _has_written(app, job):
        job.status = "Rendering"
        return
    word = job.left.pop(0)
    if word == "Failed":
        job.error, job.left = app.knobs.render_error or "The job failed", []
    if word == _DONE:
        job.left = []
        if job.error:
            word = "Failed"
    job.status = word


def _has_written(app: App, job: Job) -> bool:
    """Write in the background, so that asking for the status takes no time; tells whether it is done."""
    writer = _writers.get(job.uid)
    if writer is None:
        job.error = _refusal(app, job)
        if job.error:
            return True
        args = (copy.deepcopy(app), copy.deepcopy(job))
        writer = _writers[job.uid] = threading.Thread(target=_write, args=args, daemon=True)
        writer.start()
    writer.join(0.05)
    if not writer.is_alive():
        del _writers[job.uid]
    return not writer.is_alive()


def _refusal(app: App, job: Job) -> str:
    folder = Path(job.settings["TargetDir"])
    return "" if folder.is_dir() else f"{folder} is not there"


def status(job: Job) -> dict[str, Any]:
    """Return what GetRenderJobStatus says of a job."""
    done = job.status == _DONE
    found = {"JobStatus": job.status, "CompletionPercentage": 100 if done else 50 if job.left else 0}
    if done:
        found["TimeTakenToRenderInMs"] = 1200
    return found | ({"Error": job.error} if job.error else {})


def listed(app: App, job: Job) -> dict[str, Any]:
    """Return what GetRenderJobList says of a job: its request, which proves nothing (12.7)."""
    timeline = app.timeline(job.timeline)
    first, last = _range(timeline, job) if timeline else (0, 0)
    return {
        "JobId": job.uid,
        "RenderJobName": job.name,
        "TimelineName": timeline.name if timeline else "",
        "TargetDir": job.settings["TargetDir"],
        "OutputFilename": _name(timeline, job),
        "MarkIn": first,
        "MarkOut": last,
        "VideoFormat": job.format,
        "VideoCodec": job.codec,
        "FrameRate": spoken(timeline.rate) if timeline else "",
        "PresetName": "Custom",
    }


def _name(timeline: Timeline | None, job: Job) -> str:
    return f"{job.settings.get('CustomName') or (timeline.name if timeline else 'render')}.{job.format}"


def _range(timeline: Timeline, job: Job) -> tuple[int, int]:
    """Return the first and the last frame to render, absolute and inclusive (12.3)."""
    ends = [item.end for *_, item in timeline.placed()]
    whole = timeline.start, max(ends, default=timeline.start + 1) - 1
    if job.settings.get("SelectAllFrames", True):
        return whole
    return int(job.settings.get("MarkIn", whole[0])), int(job.settings.get("MarkOut", whole[1]))


def _write(app: App, job: Job) -> None:
    timeline, folder = app.timeline(job.timeline), Path(job.settings["TargetDir"])
    if timeline is None or not job.settings.get("ExportVideo", True):
        return
    if job.mode == 1:
        size = _size(app, timeline, job)
        first, last = _range(timeline, job)
        shown = [_top(timeline, job, frame) for frame in range(first, last + 1)]
        _encode(app, timeline, job, folder / _name(timeline, job), shown, first, size)
        return
    _clip_by_clip(app, timeline, job, folder)


def _clip_by_clip(app: App, timeline: Timeline, job: Job, folder: Path) -> None:
    """Write one file of each item in range, at its own size and with the handles asked for (12.5)."""
    first, last = _range(timeline, job)
    handles = int(job.settings.get("AddFrameHandles", 0) or 0)
    for number, (_, item) in enumerate(_items(timeline, job, first, last), 1):
        clip = app.clip(item.clip)
        if clip is None or clip.facts is None:
            continue
        shown = [(item, frame) for frame in range(item.start - handles, item.end + handles)]
        inside = [one for one in shown if 0 <= _source(timeline, clip, *one) < clip.facts.frames]
        name = f"{job.settings.get('CustomName') or timeline.name}_{number:08}.{job.format}"
        _encode(app, timeline, job, folder / name, list(inside), inside[0][1], clip.facts.size)


def _items(timeline: Timeline, job: Job, first: int, last: int) -> Iterator[tuple[int, Item]]:
    for number, track in enumerate(timeline.tracks["video"]):
        if job.enabled["video"][number : number + 1] == [True]:
            yield from ((number, one) for one in track.items if one.start <= last and first < one.end)


def _size(app: App, timeline: Timeline, job: Job) -> tuple[int, int]:
    settings = {**app.project.settings, **timeline.settings}
    wide, high = (int(settings[f"timelineResolution{side}"]) for side in ("Width", "Height"))
    return int(job.settings.get("FormatWidth", wide)), int(job.settings.get("FormatHeight", high))


def _top(timeline: Timeline, job: Job, frame: int) -> tuple[Item, int] | None:
    found = [item for _, item in _items(timeline, job, frame, frame) if item.enabled and item.clip]
    return (found[-1], frame) if found else None


def _source(timeline: Timeline, clip: Clip, item: Item, frame: int) -> int:
    """Return the source frame that an item shows at a timeline frame."""
    rate = clip.facts.rate if clip.facts else timeline.rate
    offset = (frame - item.start) * item.speed * rate / timeline.rate
    if item.speed < 0:
        offset += item.duration * abs(item.speed) * rate / timeline.rate - 1
    return int((item.source + offset) // 1)


def _encode(
    app: App,
    timeline: Timeline,
    job: Job,
    path: Path,
    shown: list[tuple[Item, int] | None],
    first: int,
    size: tuple[int, int],
) -> None:
    import av

    encoder, pixels, options = _ENCODERS[job.codec]
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream(encoder, rate=timeline.rate, options=options)
        video.width, video.height, video.pix_fmt = *size, pixels
        video.time_base = 1 / timeline.rate
        video.metadata["timecode"] = to_timecode(first, timeline.rate, drop=timeline.drop)
        files = _Files(app)
        for index, one in enumerate(shown):
            frame = files.picture(timeline, one, size).reformat(*size, format=pixels)
            frame.pts, frame.time_base = index, Fraction(1) / timeline.rate
            out.mux(video.encode(frame))
        out.mux(video.encode(None))


class _Files:
    """Decoded source files, each read once."""

    def __init__(self, app: App) -> None:
        self._app, self._frames = app, dict[str, list[Any]]()

    def picture(self, timeline: Timeline, shown: tuple[Item, int] | None, size: tuple[int, int]) -> Any:
        clip = self._app.clip(shown[0].clip) if shown else None
        if shown is None or clip is None or not clip.path:
            return _black(size)
        frames = self._of(clip)
        source = _source(timeline, clip, *shown)
        return frames[source] if 0 <= source < len(frames) else _black(size)

    def _of(self, clip: Clip) -> list[Any]:
        from uprez.testing.clips import decoded

        path = clip.path or ""
        if path not in self._frames:
            first = clip.facts.first if clip.facts else 0
            count = clip.facts.frames if clip.facts else 0
            numbered = [frame_of(path, number) for number in range(first, first + count)]
            paths = numbered if clip.kind == "sequence" else [Path(path)]
            self._frames[path] = [frame for one in paths for frame in decoded(one)]
        return self._frames[path]


def _black(size: tuple[int, int]) -> Any:
    import av
    import numpy as np

    luma = np.full((size[1] * 3 // 2, size[0]), 128, np.uint8)
    luma[: size[1]] = 16
    return av.VideoFrame.from_ndarray(luma, format="yuv420p")
