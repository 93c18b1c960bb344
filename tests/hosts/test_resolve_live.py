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
from uprez.testing.timelines import clip, external, gap, span, timeline, track, warp, write
from uprez_resolve.reach import library_of, nowhere

LIVE = os.environ.get("UPREZ_LIVE_RESOLVE") == "1"
ALLOWED = ("CreateCompoundClip", "CreateProject", "LoadProject", "CloseProject", "DeleteProject")
PROFILED = ("studio_18_5", "studio_20_3_2", "studio_21_0_4_5")
OTHERWISE = {
    "end_frame": "inclusive", "take_end": "inclusive", "take_selected": "old", "marker_base": "absolute",
    "duplicate_uids": "same", "duplicate_current": False, "disabled_append": "lost", "import_dupe": "new",
    "noncurrent_getters": "truth", "fps_type": "str", "rate_type": "str", "replace_renames": False,
    "replace_new_uid": True, "take_on_compound": True, "take_keeps_speed": False, "source_base": "start",
    "replace_resets_color": False, "empty_selection": "none",
}  # fmt: skip
ASKED = """19.1 ends of template clips; 19.6 the raster that crops count in; 19.9 LinkFullResolutionMedia;
19.10 GetSelectedClips with something selected on the Color page; 19.11 words in other languages;
19.14 CopyGrades across layers; 19.15 whether SetSpeed changes the length of an item"""
SINCE = {"empty_selection": (21, 0, 4), "take_keeps_speed": (19, 0, 1)}  # what the others can't be asked
SMALL, LARGE = ((320, 180), (640, 360)) if LIVE else ((32, 18), (64, 36))
HOUR, FIRST = 86_400, 1001  # the media's timecode; the first number of the sequence


class Lab:
    """Hold a project of our own in a Resolve that is open, with one timeline and media in it."""

    def __init__(self, resolve: Any, folder: Path) -> None:
        self.resolve, self.manager = resolve, resolve.GetProjectManager()
        self.folder, self.name = folder, f"uprez live {secrets.token_hex(4)}"
        self.found: dict[str, Any] = {}
        self.missed: dict[str, str] = {}

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
            self.manager.SaveProject()  # ours, so that nobody is asked about it when another one opens
            if was == "Untitled Project" or self.manager.LoadProject(was) is None:
                self.manager.CloseProject(self.manager.GetCurrentProject())
            if not self.manager.DeleteProject(self.name):
                print(f"# the project {self.name} could not be deleted; delete it in the project manager")

    def media(self, name: str, **made: Any) -> Any:
        """Import a film of a kind that every Resolve reads, made if it isn't there."""
        found = self.pool.ImportMedia([str(self.film(name, **made))])
        assert found, f"{name} is not imported"
        return found[0]

    def film(self, name: str, **made: Any) -> Path:
        path = self.folder / name
        if not path.exists():
            plain = {"frames": 60, "size": SMALL, "codec": "prores_ks", "pixel_format": "yuv422p10le"}
            make_clip(path, **{**plain, "timecode": "01:00:00:00", **made})
        return path

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
        """Ask everything that a script can ask; a question that comes to nothing leaves the others alone."""
        first = (self._pooled, self._appended, self._take, self._retimed, self._markers, self._copied)
        for ask in (*first, self._disabled, self._sequence, self._replaced, self._selected, self._compound):
            try:
                ask()
            except Exception as why:
                self.missed[ask.__name__.strip("_")] = f"{type(why).__name__}: {why}"
        return self.found

    def _pooled(self) -> None:
        clip = self.media("a.mov")
        self.note("import_dupe", "existing" if _same(clip, self.media("a.mov")) else "new")
        self.note("fps_type", "str" if isinstance(clip.GetClipProperty("FPS"), str) else "float")

    def _appended(self) -> None:
        self.one = self.timeline("one")
        rate = self.one.GetSetting("timelineFrameRate")
        self.note("rate_type", "str" if isinstance(rate, str) else "number")
        self.item = self.placed(self.one, self.media("a.mov"), 10, 20)
        length = self.item.GetDuration()
        self.note("end_frame", {10: "exclusive", 11: "inclusive"}.get(length, length))

    def _take(self) -> None:
        item, timeline = self.item, self.one
        item.AddTake(self.media("b.mov", size=LARGE), 10, 20)
        self.note("take_selected", {1: "old", 2: "new"}.get(item.GetSelectedTakeIndex()))
        item.SelectTakeByIndex(2)
        length = item.GetDuration()
        self.note("take_end", {10: "exclusive", 11: "inclusive"}.get(length, length))
        other = self.timeline("elsewhere")
        self.note("noncurrent_getters", "lie" if item.GetTakesCount() == 0 else "truth")
        self.project.SetCurrentTimeline(timeline)
        assert other.GetUniqueId() != timeline.GetUniqueId()

    def _retimed(self) -> None:
        """No script can retime before 21.1, but a timeline file can: ten frames at 200 %."""
        if _version(self.resolve) < SINCE["take_keeps_speed"]:
            return
        path = self.film("a.mov")
        reference = external(str(path), span(HOUR, 60), name=path.name)
        shot = clip("fast", reference, span(HOUR + 20, 10), effects=[warp(2.0)])
        cut = timeline(track(shot, gap(24), name="Video 1"), start=HOUR, rate=24.0)
        file = write(self.folder / "retimed.otio", cut)
        options = {"timelineName": "retimed"}
        made = self.pool.ImportTimelineFromFile(str(file), options)
        made = made or self.pool.ImportTimelineFromFile(str(file), {**options, "importSourceClips": False})
        assert made is not None, "the timeline with a retimed clip is not imported"
        self.project.SetCurrentTimeline(made)
        item = made.GetItemListInTrack("video", 1)[0]
        assert item.GetDuration() == 10, f"the retimed clip is {item.GetDuration()} frames long"
        assert item.AddTake(self.media("b.mov"), 20, 40), "a retimed clip takes no take"
        item.SelectTakeByIndex(2)
        self.note("take_keeps_speed", item.GetDuration() < 15)

    def _markers(self) -> None:
        self.project.SetCurrentTimeline(self.one)
        self.one.AddMarker(5, "Mint", "uprez", "", 1, "uprez live")
        frames = [float(frame) for frame in self.one.GetMarkers()]
        self.note("marker_base", "offset" if frames == [5.0] else "absolute")

    def _copied(self) -> None:
        before = {one.GetUniqueId() for one in self.one.GetItemListInTrack("video", 1)}
        copy = self.one.DuplicateTimeline("copy")
        current = self.project.GetCurrentTimeline()
        self.note("duplicate_current", _same(current, copy))
        after = {one.GetUniqueId() for one in copy.GetItemListInTrack("video", 1)}
        self.note("duplicate_uids", "same" if before & after else "new")

    def _disabled(self) -> None:
        made = self.timeline("disabled")
        if made.SetTrackEnable is not None:
            made.SetTrackEnable("video", 1, False)
            there = self.placed(made, self.media("a.mov"), 0, 10)
            self.note("disabled_append", "lost" if there is None else "placed")

    def _sequence(self) -> None:
        """Append frames 4 to 9 of pictures that are numbered from 1001, by index and by number."""
        for number in range(FIRST, FIRST + 12):
            self.film(f"n_{number:04}.png", frames=1, codec="png", pixel_format="rgb24", colour=None)
        told = {"FilePath": str(self.folder / "n_%04d.png"), "StartIndex": FIRST, "EndIndex": FIRST + 11}
        (pictures,) = self.pool.ImportMedia([told])
        made = self.timeline("sequence")
        for at, first, base in ((0, 4, "head"), (100, FIRST + 4, "start")):
            item = self.placed(made, pictures, first, first + 6, at)
            if item is not None and item.GetLeftOffset() == 4:
                self.note("source_base", base)
                return
        raise AssertionError("pictures from 1001 on are placed by neither count")

    def _replaced(self) -> None:
        clip = self.media("c.mov")
        uid, name = clip.GetUniqueId(), clip.GetName()
        made = self.timeline("replaced")
        self.placed(made, clip, 0, 10)
        clip.SetClipProperty("Data Level", "Full")
        level = clip.GetClipProperty("Data Level")
        clip.ReplaceClip(str(self.film("e.mov", size=LARGE, first=100)))
        now = made.GetItemListInTrack("video", 1)[0].GetMediaPoolItem()
        assert "e.mov" in now.GetClipProperty("File Path"), "the clip was not replaced"
        self.note("replace_new_uid", now.GetUniqueId() != uid)
        self.note("replace_renames", now.GetName() != name)
        self.note("replace_resets_color", now.GetClipProperty("Data Level") != level)

    def _selected(self) -> None:
        made = self.timeline("nothing selected")
        if "GetSelectedClips" in dir(made):
            self.note("empty_selection", "none" if made.GetSelectedClips() is None else "list")

    def _compound(self) -> None:
        made = self.timeline("compound")
        item = self.placed(made, self.media("a.mov"), 0, 10)
        compound = made.CreateCompoundClip([item], {"name": "uprez compound"})
        self.note("take_on_compound", bool(compound and compound.AddTake(self.media("a.mov"), 0, 10)))


def _same(one: Any, other: Any) -> bool:
    return bool(one) and bool(other) and one.GetUniqueId() == other.GetUniqueId()


def _told(resolve: Any, lab: Lab, profile: Profile) -> list[str]:
    """Write what was measured as a profile, where it differs from ours, and what came to nothing."""
    found = lab.found
    version = ", ".join(str(part) for part in resolve.GetVersion()[:4])
    lines = [f"# {resolve.GetProductName()}", "[measured]", f"version = [{version}]", "[measured.knobs]"]
    lines += [f"{name} = {json.dumps(value)}" for name, value in sorted(found.items())]
    ours = profile.knobs.model_dump()
    lines += [
        f"# {name}: {profile.name} has {ours[name]!r}, this one {value!r}"
        for name, value in sorted(found.items())
        if ours[name] != value
    ]
    lines += [f"# not measured, {name}: {why}" for name, why in lab.missed.items()]
    return [*lines, f"# by hand, if you can: {' '.join(ASKED.split())}"]


def _version(resolve: Any) -> tuple[int, ...]:
    return tuple(int(part) for part in resolve.GetVersion()[:4])


def _expected(version: tuple[int, ...]) -> set[str]:
    return {knob for knob in OTHERWISE if version >= SINCE.get(knob, ())}


def _nearest(version: tuple[int, ...]) -> Profile:
    studio = [one for one in PROFILES.values() if one.edition == "studio" and not one.headless]
    older = [one for one in studio if one.version <= version]
    return max(older or studio, key=lambda one: one.version)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("live")


@pytest.mark.skipif(LIVE, reason="a real Resolve is asked instead")
@pytest.mark.parametrize("profile", PROFILED)
def test_the_fake_is_measured_as_its_profile_says(
    profile: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeResolve(profile) as fake:
        fake.allow(*ALLOWED)
        with Lab(fake.scriptapp(), folder).opened() as lab:
            found = lab.measure()
        knobs = fake.profile.knobs.model_dump()
        assert lab.missed == {}
        assert found == {name: knobs[name] for name in found}
        assert found.keys() == _expected(fake.profile.version)
        print("\n".join(_told(fake.scriptapp(), lab, fake.profile)))
    assert 'end_frame = "exclusive"' in capsys.readouterr().out


@pytest.mark.skipif(LIVE, reason="a real Resolve is asked instead")
def test_another_resolve_is_measured_as_another_one(folder: Path) -> None:
    with FakeResolve(**OTHERWISE) as fake:
        fake.allow(*ALLOWED)
        with Lab(fake.scriptapp(), folder).opened() as lab:
            assert (lab.measure(), lab.missed) == (OTHERWISE, {})
        told = _told(fake.scriptapp(), lab, PROFILES["studio_21_0_4_5"])
        assert "# end_frame: studio_21_0_4_5 has 'exclusive', this one 'inclusive'" in told


@pytest.mark.skipif(LIVE, reason="a real Resolve is asked instead")
def test_a_question_that_comes_to_nothing_leaves_the_others_alone(folder: Path) -> None:
    with FakeResolve() as fake:
        fake.allow(*ALLOWED)
        fake.fail("DuplicateTimeline", "no copies today")
        with Lab(fake.scriptapp(), folder).opened() as lab:
            lab.measure()
        assert lab.missed == {"copied": "RuntimeError: no copies today"}
        assert lab.found.keys() == OTHERWISE.keys() - {"duplicate_current", "duplicate_uids"}
        assert "# not measured, copied: RuntimeError: no copies today" in _told(
            fake.scriptapp(), lab, fake.profile
        )


@pytest.mark.skipif(not LIVE, reason="set UPREZ_LIVE_RESOLVE=1 with Resolve Studio open to measure it")
def test_this_resolve_is_measured(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    resolve = _attached()
    version = _version(resolve)
    with Lab(resolve, folder).opened() as lab:
        lab.measure()
    with capsys.disabled():
        print("\n" + "\n".join(_told(resolve, lab, _nearest(version))))
    assert lab.missed == {}
    assert lab.found.keys() == _expected(version)
    legal: Callable[..., Profile] = PROFILES["studio_21_0_4_5"].turned
    legal(**lab.found)  # raises for a value that no knob knows: that is news


def _attached() -> Any:
    library = library_of(os.environ)
    assert library is not None, nowhere(os.environ)
    kinds = importlib.machinery
    kind = kinds.SourceFileLoader if library.suffix == ".py" else kinds.ExtensionFileLoader
    loader = kind("fusionscript", str(library))
    spec = importlib.util.spec_from_loader("fusionscript", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    resolve = module.scriptapp("Resolve")  # type: ignore[attr-defined]
    assert resolve is not None, "Resolve does not answer; `uprez doctor` says why"
    return resolve
