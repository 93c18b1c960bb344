"""A cut in a fake Resolve, renders for it made by hand, and what may differ afterwards."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from uprez.host import Host
from uprez.model import Conform, Manner, MannerKind, Relink, Selection, Shot
from uprez.testing.clips import make_clip, read_numbers
from uprez.testing.fake_resolve import FakeResolve, differences
from uprez_resolve.host import ResolveHost

SIZE = (64, 36)
DEFAULTS = {"ZoomX": 1.0, "ZoomY": 1.0, "ZoomGang": True, "Scaling": 0}
EVERYTHING = Selection(include_disabled=True)
CAN = (
    "studio_18_5",
    "studio_19_1_3_7",
    "studio_20_3_2",
    "studio_21_0_3_7_win",
    "studio_21_0_4_5",
    "studio_21_1_1",
    "free_20_3_2_inapp",
    "headless",
)
MANNERS: tuple[MannerKind, ...] = ("take", "replace", "track", "timeline")


def host() -> Host:
    """Open the timeline that the fake shows."""
    return ResolveHost("resolve:")


def shots(address: str = "resolve:") -> tuple[Shot, ...]:
    """Read all shots."""
    return ResolveHost(address).shots(EVERYTHING).shots


def render(
    shot: Shot, folder: Path, handles: int = 2, scale: int = 2, name: str = "r", **made: Any
) -> Relink:
    """Make a shot's render without its picture's meaning: the frames carry the numbers of their source."""
    frames = shot.source.padded(handles, handles).clamped(shot.media.available)
    path = folder / "r.uprez" / f"{shot.media.path.stem}_{name}_{frames.start}_{frames.count}_{scale}.mkv"
    size = shot.media.width * scale, shot.media.height * scale
    if not path.exists():
        known = {"rate": shot.media.rate, "size": size, "first": frames.start, "frames": frames.count}
        make_clip(path, **{**known, **made})
    return Relink(
        shot=shot.id, path=path, stands_for=frames, rate=shot.media.rate, width=size[0], height=size[1]
    )


def renders(found: Iterable[Shot], folder: Path, kind: MannerKind = "take") -> tuple[Relink, ...]:
    """Make a render for every shot: of the whole file where that is asked for."""
    return tuple(render(shot, folder, handles=10_000 if kind == "replace" else 2) for shot in found)


def relinked(folder: Path, kind: MannerKind = "take", only: Iterable[Shot] | None = None) -> Conform:
    """Relink the shots of the open timeline, all of them unless told otherwise."""
    found = shots() if only is None else tuple(only)
    return host().relink(renders(found, folder, kind), Manner(kind=kind))


def reasons(conform: Conform) -> list[str]:
    """Return why clips were left out."""
    return [left.reason for left in conform.left_out]


def changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return where two snapshots differ, but for what no script can take away again."""
    return differences(_plain(copy.deepcopy(before)), _plain(copy.deepcopy(after)))


def _plain(state: dict[str, Any]) -> dict[str, Any]:
    """Leave out empty notes, and properties that are as they are by themselves."""
    for clip in state["project"]["clips"].values():
        clip["third_party"] = {key: told for key, told in clip["third_party"].items() if told}
    for timeline in state["timelines"].values():
        for track in timeline["tracks"].values():
            for item in track["items"].values():
                item["properties"] = {
                    key: told for key, told in item["properties"].items() if told != DEFAULTS.get(key)
                }
    return state


def items(fake: FakeResolve) -> dict[str, dict[str, Any]]:
    """Return every video item of every timeline by id."""
    return {
        uid: item
        for timeline in fake.snapshot()["timelines"].values()
        for name, track in timeline["tracks"].items()
        if name.startswith("video")
        for uid, item in track["items"].items()
    }


def shown(fake: FakeResolve, item: str) -> str:
    """Return the file name that an item shows."""
    project = fake.snapshot()["project"]
    return Path(project["clips"][items(fake)[item]["clip"]]["path"]).name


def numbers_shown(fake: FakeResolve, address: str, wide: int) -> set[tuple[int, ...]]:
    """Return the frame numbers that the items of a timeline show from files of a certain width."""
    state, name = fake.snapshot(), address.removeprefix("resolve:")
    clips = state["project"]["clips"]
    (timeline,) = [one for one in state["timelines"].values() if one["name"] == name]
    found = set()
    for number, track in timeline["tracks"].items():
        for item in track["items"].values() if number.startswith("video") else ():
            clip = clips.get(item["clip"])
            if clip and clip["facts"]["size"][0] == wide and Path(clip["path"]).exists():
                start = int(item["source"])
                found.add(tuple(read_numbers(Path(clip["path"]))[start : start + item["duration"]]))
    return found


def reaching(
    fake: FakeResolve,
    library: Path,
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    profile: str,
    **knobs: Any,
) -> FakeResolve:
    """Begin anew with a profile, and lead uprez there."""
    monkeypatch.setenv("RESOLVE_SCRIPT_LIB", str(library))
    monkeypatch.setenv("UPREZ_HOME", str(folder / "home"))
    monkeypatch.setenv("UPREZ_FAKE_RESOLVE_VIA", "menu" if "inapp" in profile else "outside")
    fake.mend()
    fake.reset(profile, **knobs)
    return fake


def reel(fake: FakeResolve, media: Path) -> tuple[str, str]:
    """Make a cut of two clips with a grade, a frame, sound and a title, and the window somewhere in it."""
    clip = fake.user.media(media / "a.mkv")
    fake.user.open_bin(fake.user.bin("Rushes"))
    fake.user.timeline("Reel 1")
    one = fake.user.place(clip, (20, 30), at=0, linked=True, grade="a+b", color="Teal", flags=["Red"])
    two = fake.user.place(clip, (40, 52), at=20, properties={"ZoomX": 1.5, "ZoomY": 1.5, "Pan": 12.0})
    fake.user.title(12, at=40)
    fake.user.playhead(7)
    fake.user.save()
    return one, two


def honest(
    fake: FakeResolve, before: dict[str, Any], conform: Conform, asked: Iterable[Shot], *, window: bool = True
) -> None:
    """Prove that what is called done is done, that all else is named, and that what is named is as it was.

    `window` says whether what the user looked at can have been put back at all.
    """
    asked, done = tuple(asked), set(conform.relinked)
    assert done <= {shot.id for shot in asked}
    assert len(done) + len(conform.left_out) == len(asked)
    assert all(left.name and left.track and left.reason for left in conform.left_out)
    after, name = fake.snapshot(), conform.output.removeprefix("resolve:")
    (shows,) = [one for one in after["timelines"].values() if one["name"] == name]
    for shot in asked:
        if shot.id in done:
            assert _top(after, shows, shot) == list(range(shot.source.start, shot.source.end))
    failed = [shot for shot in asked if shot.id not in done]
    was, now = _places(_plain(copy.deepcopy(before))), _places(_plain(copy.deepcopy(after)))
    for uid in [shot.id.partition("|")[0] for shot in failed]:
        assert uid not in now or uid not in was or now[uid] == was[uid]
    if not window:
        after["window"] = before["window"]
    assert after["window"] == before["window"]
    for uid, timeline in before["timelines"].items():
        same = {key: track["locked"] for key, track in timeline["tracks"].items()}
        kept = after["timelines"][uid]["tracks"]
        assert {key: kept[key]["locked"] for key in same} == same
    if not done:
        assert changed(before, after) == [], conform.left_out


def _top(state: dict[str, Any], timeline: dict[str, Any], shot: Shot) -> list[int]:
    """Return the frame numbers that the uppermost clip over a shot shows, from a render twice as wide."""
    tracks = [track for key, track in timeline["tracks"].items() if key.startswith("video")]
    over = [item for track in tracks for item in track["items"].values() if item["enabled"]
            and item["start"] == shot.record.start]  # fmt: skip
    assert over, "nothing is where the shot was"
    item = over[-1]
    clip = state["project"]["clips"][item["clip"]]
    assert (item["duration"], clip["facts"]["size"][0]) == (shot.record.count, 2 * shot.media.width)
    start = int(item["source"])
    return read_numbers(Path(clip["path"]))[start : start + item["duration"]]


def _places(state: dict[str, Any]) -> dict[str, Any]:
    clips = state["project"]["clips"]
    return {
        uid: (item, clips.get(item["clip"]))
        for timeline in state["timelines"].values()
        for track in timeline["tracks"].values()
        for uid, item in track["items"].items()
    }
