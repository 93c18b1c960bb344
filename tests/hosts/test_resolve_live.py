"""The open questions about Resolve, measured: on the fake always, on a real one where UPREZ_LIVE_RESOLVE=1.

It makes a project and media of its own, prints what it measured as a profile, and takes them away again. The
calls that do this are the test's own: the product can't make them (hosts/uprez_resolve/inside/table.py).
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from uprez.testing.clips import make_clip
from uprez.testing.fake_resolve import PROFILES, FakeResolve, Profile
from uprez_resolve.reach import library_of

LIVE = os.environ.get("UPREZ_LIVE_RESOLVE") == "1"
ALLOWED = ("CreateCompoundClip", "CreateProject", "LoadProject", "CloseProject", "DeleteProject")
PROFILED = ("studio_18_5", "studio_20_3_2", "studio_21_0_4_5")
OTHERWISE = {
    "end_frame": "inclusive", "take_end": "inclusive", "take_selected": "old", "marker_base": "absolute",
    "duplicate_uids": "same", "duplicate_current": False, "disabled_append": "lost", "import_dupe": "new",
    "noncurrent_getters": "truth", "fps_type": "str", "rate_type": "str", "replace_renames": False,
    "replace_new_uid": True, "take_on_compound": True,
}  # fmt: skip
ASKED = """19.3 a take on a retimed item; 19.6 the raster that crops count in; 19.8 startFrame of media whose
Start isn't 0; 19.9 LinkFullResolutionMedia; 19.11 words in other languages; 19.14 CopyGrades across layers"""


class Lab:
    """Hold a project of our own in a Resolve that is open, with one timeline and media in it."""

    def __init__(self, resolve: Any, folder: Path) -> None:
        self.resolve, self.manager = resolve, resolve.GetProjectManager()
        self.folder, self.name = folder, f"uprez live {secrets.token_hex(4)}"
        self.found: dict[str, Any] = {}

    @contextmanager
    def opened(self) -> Iterator[Lab]:
        """Make the project, and at the end open the one that was open and delete ours."""
        was = self.manager.GetCurrentProject().GetName()
        if was != "Untitled Project":
            assert self.manager.SaveProject(), f"{was} can't be saved, so it stays open"
        self.project = self.manager.CreateProject(self.name)
        assert self.project is not None, "no project can be made; is a window open in Resolve?"
        try:
            self.resolve.OpenPage("edit")
            self.pool = self.project.GetMediaPool()
            yield self
        finally:
            if was == "Untitled Project" or self.manager.LoadProject(was) is None:
                self.manager.CloseProject(self.manager.GetCurrentProject())
            if not self.manager.DeleteProject(self.name):
                print(f"# the project {self.name} could not be deleted; delete it in the project manager")

    def media(self, name: str, **made: Any) -> Any:
        path = self.folder / name
        if not path.exists():
            make_clip(path, **{"frames": 60, "size": (64, 36), "codec": "mpeg4", **made})
        return self.pool.ImportMedia([str(path)])[0]

    def timeline(self, name: str) -> Any:
        made = self.pool.CreateEmptyTimeline(name)
        assert made is not None, f"timeline {name} can't be made"
        self.project.SetCurrentTimeline(made)
        return made

    def placed(self, timeline: Any, clip: Any, start: int, end: int, at: int = 0) -> Any:
        """Put frames on video 1; returns what lies there, None where nothing does."""
        first = timeline.GetStartFrame() + at
        told = {"mediaPoolItem": clip, "startFrame": start, "endFrame": end, "mediaType": 1}
        self.pool.AppendToTimeline([{**told, "trackIndex": 1, "recordFrame": first}])
        there = timeline.GetItemListInTrack("video", 1) or []
        return next((item for item in there if item.GetStart() == first), None)

    def note(self, knob: str, value: Any) -> None:
        """Write down what was measured; a Resolve that can't be asked gets no value."""
        self.found[knob] = value

    def measure(self) -> dict[str, Any]:
        """Ask everything that a script can ask."""
        clip = self.media("a.mov")
        self.note("import_dupe", "existing" if _same(clip, self.media("a.mov")) else "new")
        self.note("fps_type", "str" if isinstance(clip.GetClipProperty("FPS"), str) else "float")
        timeline = self.timeline("one")
        rate = timeline.GetSetting("timelineFrameRate")
        self.note("rate_type", "str" if isinstance(rate, str) else "number")
        item = self.placed(timeline, clip, 10, 20)
        self.note("end_frame", {10: "exclusive", 11: "inclusive"}.get(item.GetDuration(), item.GetDuration()))
        self._take(item, timeline)
        self._markers(timeline)
        self._copied(timeline)
        self._disabled(clip)
        self._replaced()
        self._compound(clip)
        return self.found

    def _take(self, item: Any, timeline: Any) -> None:
        item.AddTake(self.media("b.mov", size=(128, 72)), 10, 20)
        self.note("take_selected", {1: "old", 2: "new"}.get(item.GetSelectedTakeIndex()))
        item.SelectTakeByIndex(2)
        length = item.GetDuration()
        self.note("take_end", {10: "exclusive", 11: "inclusive"}.get(length, length))
        other = self.timeline("elsewhere")
        self.note("noncurrent_getters", "lie" if item.GetTakesCount() == 0 else "truth")
        self.project.SetCurrentTimeline(timeline)
        assert other.GetUniqueId() != timeline.GetUniqueId()

    def _markers(self, timeline: Any) -> None:
        timeline.AddMarker(5, "Mint", "uprez", "", 1, "uprez live")
        frames = [float(frame) for frame in timeline.GetMarkers()]
        self.note("marker_base", "offset" if frames == [5.0] else "absolute")

    def _copied(self, timeline: Any) -> None:
        before = {one.GetUniqueId() for one in timeline.GetItemListInTrack("video", 1)}
        copy = timeline.DuplicateTimeline("copy")
        current = self.project.GetCurrentTimeline()
        self.note("duplicate_current", _same(current, copy))
        after = {one.GetUniqueId() for one in copy.GetItemListInTrack("video", 1)}
        self.note("duplicate_uids", "same" if before & after else "new")

    def _disabled(self, clip: Any) -> None:
        timeline = self.timeline("disabled")
        if timeline.SetTrackEnable is not None:
            timeline.SetTrackEnable("video", 1, False)
            there = self.placed(timeline, clip, 0, 10)
            self.note("disabled_append", "lost" if there is None else "placed")

    def _replaced(self) -> None:
        clip = self.media("c.mov")
        uid, name = clip.GetUniqueId(), clip.GetName()
        timeline = self.timeline("replaced")
        self.placed(timeline, clip, 0, 10)
        self.media("d.mov", size=(128, 72), first=100)
        before = (self.folder / "d.mov").with_name("e.mov")
        (self.folder / "d.mov").rename(before)
        clip.ReplaceClip(str(before))
        now = timeline.GetItemListInTrack("video", 1)[0].GetMediaPoolItem()
        self.note("replace_new_uid", now.GetUniqueId() != uid)
        self.note("replace_renames", now.GetName() != name)

    def _compound(self, clip: Any) -> None:
        timeline = self.timeline("compound")
        item = self.placed(timeline, clip, 0, 10)
        made = timeline.CreateCompoundClip([item], {"name": "uprez compound"})
        self.note("take_on_compound", bool(made and made.AddTake(clip, 0, 10)))


def _same(one: Any, other: Any) -> bool:
    return bool(one) and bool(other) and one.GetUniqueId() == other.GetUniqueId()


def _told(resolve: Any, found: dict[str, Any], profile: Profile) -> list[str]:
    """Write the measurement as a profile for profiles.toml, and where it differs from ours."""
    version = ", ".join(str(part) for part in resolve.GetVersion()[:4])
    lines = [f"# {resolve.GetProductName()}", "[measured]", f"version = [{version}]", "[measured.knobs]"]
    lines += [f"{name} = {json.dumps(value)}" for name, value in sorted(found.items())]
    ours = profile.knobs.model_dump()
    lines += [
        f"# {name}: {profile.name} has {ours[name]!r}, this one {value!r}"
        for name, value in sorted(found.items())
        if ours[name] != value
    ]
    return [*lines, f"# by hand, if you can: {' '.join(ASKED.split())}"]


def _nearest(version: tuple[int, ...]) -> Profile:
    studio = [one for one in PROFILES.values() if one.edition == "studio" and not one.headless]
    older = [one for one in studio if one.version <= version]
    return max(older or studio, key=lambda one: one.version)


@pytest.mark.skipif(LIVE, reason="a real Resolve is asked instead")
@pytest.mark.parametrize("profile", PROFILED)
def test_the_fake_is_measured_as_its_profile_says(
    profile: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeResolve(profile) as fake:
        fake.allow(*ALLOWED)
        with Lab(fake.scriptapp(), tmp_path).opened() as lab:
            found = lab.measure()
        knobs = fake.profile.knobs.model_dump()
        assert found == {name: knobs[name] for name in found}
        assert found.keys() == OTHERWISE.keys()
        print("\n".join(_told(fake.scriptapp(), found, fake.profile)))
    assert 'end_frame = "exclusive"' in capsys.readouterr().out


@pytest.mark.skipif(LIVE, reason="a real Resolve is asked instead")
def test_another_resolve_is_measured_as_another_one(tmp_path: Path) -> None:
    with FakeResolve(**OTHERWISE) as fake:
        fake.allow(*ALLOWED)
        with Lab(fake.scriptapp(), tmp_path).opened() as lab:
            assert lab.measure() == OTHERWISE
        told = _told(fake.scriptapp(), lab.found, PROFILES["studio_21_0_4_5"])
        assert "# end_frame: studio_21_0_4_5 has 'exclusive', this one 'inclusive'" in told


@pytest.mark.skipif(not LIVE, reason="set UPREZ_LIVE_RESOLVE=1 with Resolve Studio open to measure it")
def test_this_resolve_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    resolve = _attached()
    with Lab(resolve, tmp_path).opened() as lab:
        lab.measure()
    version = tuple(int(part) for part in resolve.GetVersion()[:4])
    with capsys.disabled():
        print("\n" + "\n".join(_told(resolve, lab.found, _nearest(version))))
    assert lab.found.keys() == OTHERWISE.keys()
    legal: Callable[..., Profile] = PROFILES["studio_21_0_4_5"].turned
    legal(**lab.found)  # raises for a value that no knob knows: that is news


def _attached() -> Any:
    library = library_of(os.environ)
    assert library is not None, "Resolve's library is not here; set RESOLVE_SCRIPT_LIB"
    loader = importlib.machinery.ExtensionFileLoader("fusionscript", str(library))
    spec = importlib.util.spec_from_loader("fusionscript", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    resolve = module.scriptapp("Resolve")  # type: ignore[attr-defined]
    assert resolve is not None, "Resolve does not answer; `uprez doctor` says why"
    return resolve
