"""The Deliver page's side of a project: settings in layers, a queue that the user shares, jobs."""

# ruff: noqa: N802, A002, D102 - names and meanings are Blackmagic's
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from uprez.testing.fake_resolve import rendering
from uprez.testing.fake_resolve.api.face import Face
from uprez.testing.fake_resolve.state import Job, Render, new_uid

FORMATS: Mapping[str, str] = {"MP4": "mp4", "QuickTime": "mov", "Wave": "wav"}
CODECS: Mapping[str, dict[str, str]] = {
    "mov": {
        "Apple ProRes 422 HQ": "ProRes422HQ",
        "Apple ProRes 4444": "ProRes4444",
        "DNxHR HQX": "DNxHRHQX",
        "H.264": "H264",
    },
    "mp4": {"H.264": "H264", "H.265": "H265"},
    "wav": {},
}
PRESETS: Mapping[str, dict[str, Any]] = {
    "ProRes 422 HQ": {"format": "mov", "codec": "ProRes422HQ", "ExportVideo": True, "ExportAudio": True},
    "H.264 Master": {"format": "mp4", "codec": "H264", "ExportVideo": True, "ExportAudio": True},
    "Audio Only": {"format": "mov", "codec": "ProRes422HQ", "ExportVideo": False, "ExportAudio": True},
}
_OLD = """SelectAllFrames MarkIn MarkOut TargetDir CustomName UniqueFilenameStyle ExportVideo ExportAudio
FormatWidth FormatHeight FrameRate PixelAspectRatio VideoQuality AudioCodec AudioBitDepth AudioSampleRate
ColorSpaceTag GammaTag ExportAlpha EncodingProfile MultiPassEncode AlphaMode NetworkOptimization"""
KEYS: Mapping[str, tuple[int, ...]] = {
    **dict.fromkeys(_OLD.split(), (16, 2)),
    **dict.fromkeys(("ClipStartFrame", "TimelineStartTimecode", "ReplaceExistingFilesInPlace"), (19, 1)),
    **dict.fromkeys(("ExportSubtitle", "SubtitleFormat"), (20, 2)),
    **dict.fromkeys(("UseFullExtents", "AddFrameHandles", "DataBurnIn"), (21, 0, 4)),
}


class DeliverFace(Face[None]):
    """What a project says and does about rendering."""

    @property
    def _render(self) -> Render:
        return self.project.render

    def GetRenderFormats(self) -> dict[str, str]:
        return dict(FORMATS)

    def GetRenderCodecs(self, format: str) -> dict[str, str]:
        return dict(CODECS.get(str(format), {}))

    def GetCurrentRenderFormatAndCodec(self) -> dict[str, str]:
        return {"format": self._render.format, "codec": self._render.codec}

    def SetCurrentRenderFormatAndCodec(self, format: str, codec: str) -> bool:
        if codec not in CODECS.get(str(format), {}).values():
            return False
        self._render.format, self._render.codec = format, codec
        return True

    def GetCurrentRenderMode(self) -> int:
        return self._render.mode

    def SetCurrentRenderMode(self, mode: Any) -> bool:
        if mode not in (0, 1):
            return False
        self._render.mode = int(mode)
        return True

    def _presets(self) -> dict[str, dict[str, Any]]:
        return {**PRESETS, **self._render.presets}

    def GetRenderPresetList(self) -> list[str]:
        return list(self._presets())

    def LoadRenderPreset(self, name: str) -> bool:
        preset = self._presets().get(name)
        if preset is None:
            return False
        self._render.settings = {key: value for key, value in preset.items() if key in KEYS}
        self._render.format, self._render.codec = preset["format"], preset["codec"]
        self._render.mode, self._render.preset = int(preset.get("mode", 1)), name
        return True

    def SaveAsNewRenderPreset(self, name: str) -> bool:
        if not name or name in self._presets():
            return False
        now = {"format": self._render.format, "codec": self._render.codec, "mode": self._render.mode}
        self._render.presets[name] = {**self._render.settings, **now}
        return True

    def DeleteRenderPreset(self, name: str) -> bool:
        if name == self._render.preset:
            self._render.preset = ""  # the settings stay, under no name
        return self._render.presets.pop(name, None) is not None

    def SetRenderSettings(self, settings: Any) -> bool:
        if not isinstance(settings, dict):
            return False
        known = {key for key, since in KEYS.items() if since <= self.app.profile.version}
        self._render.settings |= {key: value for key, value in settings.items() if key in known}
        return True  # layered on what was there, and keys that it doesn't know are passed over (12.2)

    def AddRenderJob(self) -> str | None:
        timeline = self.app.current
        once = self.knobs.addjob_empty_first and self.app.once("AddRenderJob")
        if timeline is None or once or not self._render.settings.get("TargetDir"):
            return None
        self._render.added += 1
        settings = dict(self._render.settings)
        enabled = {kind: [track.enabled for track in tracks] for kind, tracks in timeline.tracks.items()}
        name = f"Job {self._render.added}"
        where = (self._render.format, self._render.codec, self._render.mode)
        job = Job(new_uid(), timeline.uid, name, settings, *where, enabled)
        self._render.jobs.append(job)
        return job.uid

    def _job(self, uid: Any) -> Job | None:
        return next((job for job in self._render.jobs if job.uid == uid), None)

    def DeleteRenderJob(self, uid: str) -> bool:
        job = self._job(uid)
        if job is not None:
            self._render.jobs.remove(job)
        return job is not None

    def DeleteAllRenderJobs(self) -> bool:
        self._render.jobs = []
        return True

    def GetRenderJobList(self) -> list[dict[str, Any]]:
        return [rendering.listed(self.app, job) for job in self._render.jobs]

    def StartRendering(self, jobs: Any = None, interactive: Any = False) -> bool:
        wanted = [self._job(uid) for uid in ([jobs] if isinstance(jobs, str) else jobs)]
        if not wanted or None in wanted:
            return False
        for job in wanted:
            if job is not None:
                job.left, job.status, job.error = list(self.knobs.render_statuses), "Ready", ""
        return True

    def StopRendering(self) -> None:
        for job in self._render.jobs:
            job.status, job.left = ("Cancelled" if job.left else job.status), []

    def IsRenderingInProgress(self) -> bool:
        for job in self._render.jobs:
            if job.left:
                rendering.advance(self.app, job)
                return bool(job.left)
        return False

    def GetRenderJobStatus(self, uid: Any) -> dict[str, Any] | None:
        job = self._job(uid)
        if job is None:
            return None
        if job.left:
            rendering.advance(self.app, job)
        return rendering.status(job)
