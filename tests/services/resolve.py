"""A scene in a fake Resolve, and the handles that a script would get at it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from uprez.testing import make_clip
from uprez.testing.fake_resolve import FakeResolve


class Scene:
    """One timeline with one plain clip of source frames 12 to 35 at its start."""

    def __init__(self, fake: FakeResolve, folder: Path, *, rate: str = "24", linked: bool = False) -> None:
        self.fake, self.folder = fake, folder
        self.file = film(folder / "a.mov", audio=linked)
        self.clip = fake.user.media(self.file)
        self.timeline = fake.user.timeline("Reel 1", rate)
        self.shot = fake.user.place(self.clip, (12, 36), linked=linked)

    @property
    def resolve(self) -> Any:
        return self.fake.scriptapp()

    @property
    def project(self) -> Any:
        return self.resolve.GetProjectManager().GetCurrentProject()

    @property
    def reel(self) -> Any:
        return self.project.GetCurrentTimeline()

    @property
    def pool(self) -> Any:
        return self.project.GetMediaPool()

    @property
    def item(self) -> Any:
        return self.reel.GetItemListInTrack("video", 1)[0]

    def imported(self, path: Path) -> Any:
        return self.pool.ImportMedia([str(path)])[0]

    def appended(self, clip: Any, start: int, end: int, at: int, **more: Any) -> Any:
        info = {"mediaPoolItem": clip, "startFrame": start, "endFrame": end, "mediaType": 1, "trackIndex": 1}
        return self.pool.AppendToTimeline([{**info, "recordFrame": 86400 + at, **more}])

    def spans(self, track: int = 1) -> list[tuple[int, int]]:
        items = self.reel.GetItemListInTrack("video", track) or []
        return [(item.GetStart() - 86400, item.GetDuration()) for item in items]


def film(path: Path, **more: Any) -> Path:
    """Write a small ProRes film with timecode, unless told otherwise."""
    given = {"frames": 60, "size": (64, 36), "timecode": "01:00:00:00", **more}
    given["rate"] = Fraction(given.get("rate", 24))
    return make_clip(path, codec="prores_ks", pixel_format="yuv422p10le", **given)
