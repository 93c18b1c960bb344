"""Each manner of relinking in Resolve, and taking it back."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hosts.resolve_scene import (
    MANNERS,
    SIZE,
    changed,
    honest,
    host,
    items,
    numbers_shown,
    reasons,
    reel,
    relinked,
    render,
    renders,
    shots,
    shown,
)

from uprez.errors import HostError, HostGone
from uprez.media.probe import probe
from uprez.model import Manner, MannerKind, Shot
from uprez.testing.clips import make_clip
from uprez.testing.fake_resolve import FakeResolve
from uprez_resolve.actions import newest_receipt
from uprez_resolve.baked import Baked
from uprez_resolve.host import ResolveHost
from uprez_resolve.journal import read_receipt
from uprez_resolve.shots import Shots


def test_a_take_is_half_open_and_beside_the_original(resolve: FakeResolve, media: Path) -> None:
    one, two = reel(resolve, media)
    relinked(media, "take")
    for item, start, count in ((one, 20, 10), (two, 40, 12)):
        found = items(resolve)[item]
        original, ours = found["takes"]
        assert (original["start"], original["end"]) == (str(start), str(start + count))
        assert (ours["start"], ours["end"]) == ("2", str(2 + count))  # two frames of handles lie before it
        assert found["selected"] == 2
    asked = [call.args for call in resolve.journal("AddTake")]
    assert [(start, end) for _, start, end in asked] == [(2, 12), (2, 14)]  # and not put right afterwards
    assert resolve.journal("FinalizeTake") == []


def test_a_take_stands_beside_the_users_own_takes(resolve: FakeResolve, media: Path) -> None:
    reel(resolve, media)
    timeline = resolve.scriptapp().GetProjectManager().GetCurrentProject().GetCurrentTimeline()
    item = timeline.GetItemListInTrack("video", 1)[0]
    assert item.AddTake(item.GetMediaPoolItem(), 5, 15)
    before = resolve.snapshot()
    conform = relinked(media, "take", shots()[:1])
    assert (len(conform.relinked), conform.left_out) == (1, ())
    assert len(items(resolve)[item.GetUniqueId()]["takes"]) == 3
    assert tuple(range(5, 15)) in numbers_shown(resolve, "resolve:Reel 1", wide=128)
    assert conform.receipt is not None
    host().revert(conform.receipt)
    assert changed(before, resolve.snapshot()) == []


def test_a_shot_has_its_name_whichever_take_is_shown(resolve: FakeResolve, media: Path) -> None:
    reel(resolve, media)
    before = shots()
    relinked(media, "take")
    assert [(shot.id, shot.name) for shot in shots()] == [(shot.id, shot.name) for shot in before]


def test_a_replaced_file_comes_back_though_its_timeline_is_gone(resolve: FakeResolve, media: Path) -> None:
    one, _ = reel(resolve, media)
    clip = items(resolve)[one]["clip"]
    own = resolve.snapshot()["window"]["timeline"]
    conform = relinked(media, "replace")
    other = resolve.user.timeline("Other")
    resolve.user.place(clip, (0, 10))
    resolve.user.delete_timeline(own)
    assert conform.receipt is not None
    back = ResolveHost("resolve:").revert(conform.receipt)
    assert (len(back.relinked), back.left_out) == (2, ())
    assert Path(resolve.snapshot()["project"]["clips"][clip]["path"]).name == "a.mkv"
    assert resolve.snapshot()["window"]["timeline"] == other


@pytest.mark.parametrize("speed", ["2", "-1", "0.5"])
def test_a_retimed_clip_keeps_its_speed_as_a_take_or_is_left_out(
    resolve: FakeResolve, media: Path, speed: str
) -> None:
    clip = resolve.user.media(media / "a.mkv")
    resolve.user.timeline("Reel 1")
    item = resolve.user.place(clip, (20, 40), speed=speed)
    before = resolve.snapshot()
    conform = relinked(media, "take")
    found = items(resolve)[item]
    assert len(conform.relinked) == 1
    assert (found["speed"], found["source"]) == (str(Fraction(speed)), "2")
    assert conform.receipt is not None
    host().revert(conform.receipt)
    assert changed(before, resolve.snapshot()) == []
    for kind, knobs in (("track", {}), ("take", {"take_keeps_speed": False})):
        resolve.turn(**knobs)
        refused = relinked(media, kind)
        assert (refused.relinked, len(refused.left_out)) == ((), 1)
        assert changed(before, resolve.snapshot()) == []


def test_a_take_of_another_rate_has_the_clips_length(resolve: FakeResolve, media: Path) -> None:
    make_clip(media / "pal.mkv", frames=60, size=SIZE, rate=Fraction(25))
    clip = resolve.user.media(media / "pal.mkv")
    resolve.user.timeline("Reel 1")
    for start, end in ((0, 10), (10, 23), (25, 50)):
        resolve.user.place(clip, (start, end))
    before = resolve.snapshot()
    for kind in MANNERS:
        conform = relinked(media, kind)
        assert (len(conform.relinked), conform.left_out) == (3, ()), kind
        assert conform.receipt is not None
        host().revert(conform.receipt)
        assert changed(before, resolve.snapshot()) == []


@pytest.mark.parametrize("kind", MANNERS)
@pytest.mark.parametrize("zero", ["frames", "clock"])
@pytest.mark.parametrize("rate", ["23.976", "24"])
def test_ntsc_film_is_relinked_frame_for_frame_however_its_seconds_count(
    resolve: FakeResolve, media: Path, kind: MannerKind, zero: str, rate: str
) -> None:
    """Near the timeline's rate a clip has as many frames as its place, and yet not quite their length."""
    resolve.turn(seconds_zero=zero)
    made = {"codec": "mpeg4", "rate": Fraction(24000, 1001), "timecode": "01:00:00:00"}
    make_clip(media / "ntsc.mov", frames=60, size=SIZE, **made)
    clip = resolve.user.media(media / "ntsc.mov")
    resolve.user.timeline("Reel 1", rate)
    for start in (11, 40):
        resolve.user.place(clip, (start, start + 10))
    before, found = resolve.snapshot(), shots()
    assert [(shot.source.start, shot.source.count) for shot in found] == [(11, 10), (40, 10)]
    whole = made if kind == "replace" else {}
    relinks = tuple(render(shot, media, 100 if whole else 2, **whole) for shot in found)
    conform = host().relink(relinks, Manner(kind=kind))
    assert (len(conform.relinked), conform.left_out) == (2, ())
    honest(resolve, before, conform, found)
    assert conform.receipt is not None
    host().revert(conform.receipt)
    assert changed(before, resolve.snapshot()) == []


@pytest.mark.parametrize("kind", ["take", "track", "timeline"])
def test_a_render_that_is_longer_than_it_is_said_to_be_is_refused(
    resolve: FakeResolve, media: Path, tmp_path: Path, kind: MannerKind
) -> None:
    reel(resolve, media)
    before = resolve.snapshot()
    relinks = [render(shot, tmp_path, name="long", frames=shot.source.count + 5) for shot in shots()]
    conform = host().relink(tuple(relinks), Manner(kind=kind))
    assert conform.relinked == ()
    assert ["frames in its render, not" in reason for reason in reasons(conform)] == [True, True]
    assert changed(before, resolve.snapshot()) == []


# --as replace


def test_a_replace_lists_every_timeline_that_uses_the_clip(resolve: FakeResolve, media: Path) -> None:
    one, _ = reel(resolve, media)
    clip = items(resolve)[one]["clip"]
    resolve.user.timeline("Trailer")
    resolve.user.place(clip, (0, 60))
    make_clip(media / "other.mkv", frames=20, size=SIZE)
    resolve.user.timeline("Takes")  # shows another clip, and has this one as a take
    resolve.user.place(resolve.user.media(media / "other.mkv"), (0, 10))
    timeline = resolve.scriptapp().GetProjectManager().GetCurrentProject().GetCurrentTimeline()
    item = timeline.GetItemListInTrack("video", 1)[0]
    trailer = resolve.scriptapp().GetProjectManager().GetCurrentProject().GetTimelineByIndex(2)
    assert item.AddTake(trailer.GetItemListInTrack("video", 1)[0].GetMediaPoolItem(), 0, 10)
    assert item.SelectTakeByIndex(1)
    resolve.user.timeline("Other")
    conform = ResolveHost("resolve:Reel 1").relink(
        renders(shots("resolve:Reel 1"), media, "replace"), Manner(kind="replace")
    )
    assert conform.receipt is not None
    (change,) = read_receipt(conform.receipt).changes.values()
    shown_in = [(use.timeline_name, use.shown) for use in change.uses]
    assert shown_in == [("Reel 1", True), ("Reel 1", True), ("Trailer", True), ("Takes", False)]
    told = json.loads(conform.receipt.read_text())
    assert (told["host"], told["input"]) == ("resolve", "resolve:Reel 1")
    assert numbers_shown(resolve, "resolve:Trailer", wide=128) == {tuple(range(60))}


def test_a_replace_says_before_it_is_bought_where_else_it_is_seen_and_heard(
    resolve: FakeResolve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make_clip(tmp_path / "loud.mov", frames=60, size=SIZE, codec="mpeg4", audio=True)
    clip = resolve.user.media(tmp_path / "loud.mov")
    for name, kind in (("Mix", "audio"), ("Trailer", "video"), ("Other", "video"), ("Reel 1", "video")):
        resolve.user.timeline(name)
        if name != "Other":
            resolve.user.place(clip, (20, 30), name="one", kind=kind, linked=kind == "video")
    resolve.user.place(clip, (30, 40), name="two")
    found = shots()
    assert host().rehearse(renders(found, tmp_path, "replace"), Manner(kind="replace")) == {}
    said = "one: --as replace changes it in Trailer (1), Reel 1 (2), Mix (sound)"
    assert [record.getMessage() for record in caplog.records] == [said]
    loud = [render(shot, tmp_path, 100, name="loud", codec="mpeg4", audio=True) for shot in found]
    conform = host().relink(tuple(loud), Manner(kind="replace"))
    assert (len(conform.relinked), conform.left_out) == (2, ())
    assert conform.receipt is not None
    (change,) = read_receipt(conform.receipt).changes.values()
    assert set(change.heard) == {"Mix", "Trailer", "Reel 1"}


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ({"frames": 59}, "59 of 60 frames"),
        ({"rate": Fraction(25)}, "another rate"),
        ({"timecode": "01:00:00:00"}, "another timecode"),
    ],
)
def test_a_replace_refuses_what_does_not_fit_the_file(
    resolve: FakeResolve, media: Path, tmp_path: Path, made: dict[str, Any], says: str
) -> None:
    reel(resolve, media)
    before = resolve.snapshot()
    relinks = [render(shot, tmp_path, 100, name="odd", **made) for shot in shots()]
    conform = host().relink(tuple(relinks), Manner(kind="replace"))
    assert conform.relinked == ()
    assert all(says in reason for reason in reasons(conform))
    assert changed(before, resolve.snapshot()) == []


def test_a_replace_that_would_silence_the_sound_is_refused(
    resolve: FakeResolve, media: Path, tmp_path: Path
) -> None:
    make_clip(tmp_path / "loud.mov", frames=48, size=SIZE, codec="mpeg4", audio=True)
    resolve.user.timeline("Reel 1")
    resolve.user.place(resolve.user.media(tmp_path / "loud.mov"), (0, 20), linked=True)
    conform = relinked(tmp_path, "replace")
    assert ["sound" in reason for reason in reasons(conform)] == [True]


def test_a_replaced_clip_keeps_the_timecode_that_its_user_gave_it(resolve: FakeResolve, media: Path) -> None:
    one, _ = reel(resolve, media)
    clip = items(resolve)[one]["clip"]
    timeline = resolve.scriptapp().GetProjectManager().GetCurrentProject().GetCurrentTimeline()
    pool = timeline.GetItemListInTrack("video", 1)[0].GetMediaPoolItem()
    assert pool.SetClipProperty("Start TC", "02:00:00:00")
    before = resolve.snapshot()
    conform = relinked(media, "replace")
    assert len(conform.relinked) == 2
    after = resolve.snapshot()["project"]["clips"][clip]
    assert after["facts"]["timecode"] == before["project"]["clips"][clip]["facts"]["timecode"] == 172_800
    assert conform.receipt is not None
    host().revert(conform.receipt)
    assert changed(before, resolve.snapshot()) == []


def test_a_replaced_clip_keeps_name_marks_and_colours(resolve: FakeResolve, media: Path) -> None:
    one, _ = reel(resolve, media)
    clip = items(resolve)[one]["clip"]
    resolve.user.describe(clip, name="My name", color="Orange", flags=["Red"])
    before = resolve.snapshot()["project"]["clips"][clip]
    relinked(media, "replace")
    after = resolve.snapshot()["project"]["clips"][clip]
    same = ("name", "color", "flags", "marks", "properties")
    assert [after[key] for key in same] == [before[key] for key in same]
    assert after["path"] != before["path"]


# --as track


def test_a_clip_above_looks_and_shows_as_its_original(resolve: FakeResolve, media: Path) -> None:
    clip = resolve.user.media(media / "a.mkv")
    resolve.user.timeline("Reel 1")
    dressed = {"ZoomX": 1.5, "ZoomY": 1.25, "ZoomGang": True, "FlipX": True, "RotationAngle": 5.0}
    resolve.user.place(clip, (20, 30), grade="a+b+c", color="Pink", properties=dressed)
    faint = resolve.user.place(clip, (0, 10), properties={"Opacity": 40.0})
    hidden = resolve.user.place(clip, (30, 40), enabled=False)
    before = resolve.snapshot()
    conform = relinked(media, "track")
    assert len(conform.relinked) == 3
    (timeline,) = resolve.snapshot()["timelines"].values()
    above = list(timeline["tracks"]["video 2"]["items"].values())
    assert (above[0]["grade"], above[0]["color"]) == ("a+b+c", "Pink")
    assert above[0]["properties"].items() >= dressed.items()
    assert [item["enabled"] for item in above] == [True, True, False]
    assert above[1]["properties"]["Opacity"] == 40.0
    assert [items(resolve)[item]["enabled"] for item in (faint, hidden)] == [False, False]
    again = resolve.snapshot()
    relinked(media, "track")
    assert changed(again, resolve.snapshot()) == []
    assert conform.receipt is not None
    host().revert(conform.receipt)
    assert changed(before, resolve.snapshot()) == []


def test_a_clip_above_never_covers_what_was_seen(resolve: FakeResolve, media: Path) -> None:
    clip = resolve.user.media(media / "a.mkv")
    resolve.user.timeline("Reel 1")
    resolve.user.place(clip, (20, 30), at=0, name="under a title")
    resolve.user.title(5, at=2, track=2)
    resolve.user.place(clip, (0, 10), at=20, name="dissolves")
    resolve.user.place(clip, (30, 40), at=30, name="dissolves too")
    resolve.user.transition(30, 6)
    resolve.user.place(clip, (30, 40), at=60, name="has Fusion", comps=["Composition 1"])
    resolve.user.place(clip, (40, 50), at=80, name="free")
    before = resolve.snapshot()
    conform = relinked(media, "track")
    assert [left.name for left in conform.left_out] == [
        "under a title", "dissolves", "dissolves too", "has Fusion",
    ]  # fmt: skip
    assert len(conform.relinked) == 1
    assert conform.receipt is not None
    host().revert(conform.receipt)
    assert changed(before, resolve.snapshot()) == []


def test_what_resolve_rendered_itself_goes_above_and_is_not_graded_twice(
    resolve: FakeResolve, media: Path
) -> None:
    clip = resolve.user.nested("Compound 1", "compound")
    resolve.user.timeline("Reel 1", size=SIZE)
    item = resolve.user.place(clip, (10, 30), grade="a+b", comps=["Composition 1"])
    looks = {"Input Color Space": "ARRI LogC3"}
    resolve.user.interpret(clip, looks)
    opened = ResolveHost("resolve:")
    (seen,) = opened.seen().tracks[0].items
    baked = Baked(opened.workspace())
    make_clip(baked.folder / f"{baked.stem(seen)}.mkv", frames=20, size=SIZE)
    candidates = Shots(opened.seen(), lambda path: (probe(path), ""), baked.of).candidates()
    found = [candidate.found for candidate in candidates if isinstance(candidate.found, Shot)]
    assert len(found) == 1
    before = resolve.snapshot()
    for kind in ("take", "replace", "timeline"):
        assert ["grade" in reason for reason in reasons(relinked(media, kind, found))] == [True]
        assert changed(before, resolve.snapshot()) == []
    conform = relinked(media, "track", found)
    assert (len(conform.relinked), conform.left_out) == (1, ())
    (timeline,) = resolve.snapshot()["timelines"].values()
    (above,) = timeline["tracks"]["video 2"]["items"].values()
    assert (above["grade"], above["properties"]["Scaling"]) == ("", 2)
    assert (
        resolve.snapshot()["project"]["clips"][above["clip"]]["properties"].items().isdisjoint(looks.items())
    )
    assert items(resolve)[item]["grade"] == "a+b"
    assert conform.receipt is not None
    host().revert(conform.receipt)
    assert changed(before, resolve.snapshot()) == []


# --as timeline


def test_a_duplicate_gets_a_free_name_and_the_original_is_untouched(
    resolve: FakeResolve, media: Path
) -> None:
    reel(resolve, media)
    own = resolve.snapshot()["window"]["timeline"]
    resolve.user.timeline("Reel 1 — uprez 1")
    resolve.user.open_timeline(own)
    before = resolve.snapshot()["timelines"][own]
    conform = relinked(media, "timeline")
    assert conform.output == "resolve:Reel 1 — uprez 2"
    assert resolve.snapshot()["timelines"][own] == before
    assert resolve.snapshot()["window"]["timeline"] == own


def test_a_duplicate_that_was_worked_on_is_not_deleted(resolve: FakeResolve, media: Path) -> None:
    reel(resolve, media)
    conform = relinked(media, "timeline")
    state = resolve.snapshot()
    (copy,) = [uid for uid, one in state["timelines"].items() if one["name"].endswith("uprez 1")]
    own = state["window"]["timeline"]
    resolve.user.open_timeline(copy)
    resolve.user.title(10, at=100)
    before = resolve.snapshot()
    assert conform.receipt is not None
    with pytest.raises(HostError, match="was changed since"):
        host().revert(conform.receipt)
    assert changed(before, resolve.snapshot()) == []
    resolve.user.delete(next(uid for uid, item in items(resolve).items()
                             if item["start"] == 86_500 and item["kind"] == "title"))  # fmt: skip
    host().revert(conform.receipt)  # the user still looks at the copy, which goes
    assert list(resolve.snapshot()["timelines"]) == [own]
    assert resolve.snapshot()["window"]["timeline"] == own


@pytest.mark.parametrize("act", ["grade", "color", "zoom", "disable", "fusion", "marker", "take"])
def test_a_duplicate_in_which_anything_was_changed_is_not_deleted(
    resolve: FakeResolve, media: Path, act: str
) -> None:
    reel(resolve, media)
    conform = relinked(media, "timeline")
    state = resolve.snapshot()
    (copy,) = [uid for uid, one in state["timelines"].items() if one["name"].endswith("uprez 1")]
    item = next(iter(state["timelines"][copy]["tracks"]["video 1"]["items"]))
    resolve.user.open_timeline(copy)
    if act == "zoom":
        resolve.user.frame(item, ZoomX=2.0)
    elif act == "take":
        resolve.user.take(item, 1)
    elif act == "marker":
        manager = resolve.scriptapp().GetProjectManager()
        manager.GetCurrentProject().GetCurrentTimeline().AddMarker(90, "Red", "look", "", 1, "")
    else:
        told = {"grade": "a+b+c", "color": "Pink", "disable": False, "fusion": ["Composition 1"]}[act]
        resolve.user.change(item, **{{"disable": "enabled", "fusion": "comps"}.get(act, act): told})
    assert conform.receipt is not None
    with pytest.raises(HostError, match="was changed since"):
        host().revert(conform.receipt)
    assert copy in resolve.snapshot()["timelines"]


def test_a_duplicate_that_was_worked_on_between_two_runs_is_not_deleted(
    resolve: FakeResolve, media: Path
) -> None:
    reel(resolve, media)
    own, found = resolve.snapshot()["window"]["timeline"], shots()
    relinked(media, "timeline", found[:1])
    (copy,) = set(resolve.snapshot()["timelines"]) - {own}
    resolve.user.open_timeline(copy)
    resolve.user.title(10, at=100)
    resolve.user.open_timeline(own)
    conform = relinked(media, "timeline", found)
    assert len(conform.relinked) == 2
    assert conform.receipt is not None
    with pytest.raises(HostError, match="was changed since"):
        host().revert(conform.receipt)
    assert copy in resolve.snapshot()["timelines"]


# reverting


@pytest.mark.parametrize("kind", ["take", "timeline"])
def test_what_to_take_back_is_known_by_the_timelines_id_in_a_duplicate_too(
    resolve: FakeResolve, media: Path, kind: MannerKind
) -> None:
    reel(resolve, media)
    opened = ResolveHost("resolve:")
    assert newest_receipt(opened.workspace(), opened.uid) is None
    conform = relinked(media, kind)
    if kind == "timeline":
        (copy,) = set(resolve.snapshot()["timelines"]) - {opened.uid}
        resolve.user.open_timeline(copy)
    project = resolve.scriptapp().GetProjectManager().GetCurrentProject()
    project.GetCurrentTimeline().SetName("final")
    broken = opened.workspace().with_name("other.uprez") / "take-0.uprez-receipt.json"
    broken.parent.mkdir()
    broken.touch()
    opened = ResolveHost("resolve:")
    receipt = newest_receipt(opened.workspace(), opened.uid)
    assert receipt == conform.receipt is not None
    opened.revert(receipt)
    assert newest_receipt(opened.workspace(), opened.uid) is None


def test_a_revert_leaves_alone_what_the_user_did_since(resolve: FakeResolve, media: Path) -> None:
    one, two = reel(resolve, media)
    conform = relinked(media, "take")
    resolve.user.move(one, by=300)
    resolve.user.frame(two, ZoomX=3.0)
    resolve.user.change(two, grade="new")
    assert conform.receipt is not None
    back = host().revert(conform.receipt)
    assert (len(back.relinked), back.left_out) == (2, ())
    assert shown(resolve, one) == shown(resolve, two) == "a.mkv"
    assert items(resolve)[one]["start"] == 86_700
    assert (items(resolve)[two]["grade"], items(resolve)[two]["properties"]["ZoomX"]) == ("new", 3.0)


def test_a_revert_leaves_the_framing_that_the_user_set_since(resolve: FakeResolve, media: Path) -> None:
    resolve.user.setting("timelineInputResMismatchBehavior", "centerCrop")
    clip = resolve.user.media(media / "a.mkv")
    resolve.user.timeline("Reel 1", size=(1920, 1080))
    item = resolve.user.place(clip, (20, 30))
    conform = relinked(media, "take")
    assert [items(resolve)[item]["properties"][zoom] for zoom in ("ZoomX", "ZoomY")] == [0.5, 0.5]
    resolve.user.frame(item, ZoomX=3.0)
    assert conform.receipt is not None
    host().revert(conform.receipt)
    assert [items(resolve)[item]["properties"][zoom] for zoom in ("ZoomX", "ZoomY")] == [3.0, 1.0]


def test_a_revert_names_what_is_gone(resolve: FakeResolve, media: Path) -> None:
    one, _ = reel(resolve, media)
    conform = relinked(media, "take")
    resolve.user.delete(one)
    assert conform.receipt is not None
    for _ in range(2):
        back = host().revert(conform.receipt)
        assert len(back.relinked) == 1
        assert [left.name for left in back.left_out] == ["a.mkv"]


def test_a_render_that_is_used_elsewhere_stays_in_the_pool(resolve: FakeResolve, media: Path) -> None:
    one, _ = reel(resolve, media)
    conform = relinked(media, "take")
    used = items(resolve)[one]["clip"]
    resolve.user.timeline("Trailer")
    resolve.user.place(used, (0, 5))
    assert conform.receipt is not None
    ResolveHost("resolve:Reel 1").revert(conform.receipt)
    left = [clip for clip in resolve.snapshot()["project"]["clips"].values() if "_r_" in clip["name"]]
    assert [clip["uid"] for clip in left] == [used]
    assert read_receipt(conform.receipt).imported == (left[0]["path"],)


def test_a_render_in_a_compound_clip_stays_in_the_pool(resolve: FakeResolve, media: Path) -> None:
    one, two = reel(resolve, media)
    conform = relinked(media, "take")
    used = items(resolve)[one]["clip"]
    resolve.user.compound(one)
    assert conform.receipt is not None
    back = host().revert(conform.receipt)
    assert [left.reason for left in back.left_out] == [
        "it is not in the timeline any more; nothing to take back"
    ]
    left = [uid for uid, clip in resolve.snapshot()["project"]["clips"].items() if "_r_" in clip["name"]]
    assert left == [used]
    assert shown(resolve, two) == "a.mkv"


@pytest.mark.usefixtures("outside")
def test_a_revert_wants_the_right_project_and_a_receipt(
    resolve: FakeResolve, media: Path, tmp_path: Path
) -> None:
    reel(resolve, media)
    conform = relinked(media, "take")
    (tmp_path / "odd.json").write_text("{}")
    for path in (tmp_path / "odd.json", tmp_path / "none.json"):
        with pytest.raises(HostError):
            host().revert(path)
    resolve.user.project("Another")
    assert conform.receipt is not None
    with pytest.raises(HostError, match="another one is open"):
        host().revert(conform.receipt)
    resolve.user.quit()
    with pytest.raises(HostGone):
        host().revert(conform.receipt)


def test_a_rehearsal_says_beforehand_what_a_relink_would_leave_out(resolve: FakeResolve, media: Path) -> None:
    clip = resolve.user.media(media / "a.mkv")
    resolve.user.timeline("Reel 1", size=(1920, 1080))
    resolve.user.place(clip, (20, 30), at=0)
    resolve.user.title(5, at=2, track=2)
    resolve.user.place(clip, (0, 10), at=20, properties={"CropLeft": 4.0})
    resolve.user.place(clip, (20, 40), at=40, speed=2)
    resolve.user.place(clip, (40, 50), at=80)
    before, found = resolve.snapshot(), shots()
    for kind in MANNERS:
        opened, relinks = host(), renders(found, media, kind)
        told = opened.rehearse(relinks, Manner(kind=kind))
        assert changed(before, resolve.snapshot()) == []
        conform = opened.relink(relinks, Manner(kind=kind))
        assert sorted(told.values()) == sorted(reasons(conform)), kind
        assert set(told) == {shot.id for shot in found} - set(conform.relinked)
        if conform.receipt is not None:
            opened.revert(conform.receipt)
    assert set(opened.rehearse(renders(found, media), Manner(kind="replace"))) == {shot.id for shot in found}
