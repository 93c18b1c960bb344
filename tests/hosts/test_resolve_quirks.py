"""Every quirk of a Resolve turned at least once: done right all the same, or rolled back and named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hosts.resolve_scene import (
    MANNERS,
    changed,
    honest,
    host,
    reel,
    relinked,
    renders,
    shots,
)

from uprez.errors import HostGone
from uprez.model import Manner, MannerKind
from uprez.testing.fake_resolve import FakeResolve, Knobs
from uprez_resolve.remote import Remote

READING: dict[str, Any] = {
    "crop_unit": "timeline", "dead_handles": "raise", "empty_selection": "none", "flags_live_on": "clip",
    "fps_type": "str", "gone": "none", "locale": "ja", "marker_base": "absolute", "names_bleed": True,
    "noncurrent_getters": "truth", "rate_type": "str", "retime_left_offset": "source",
    "selection_has_audio": False, "selection_pages": "all", "setting_nonstring": "accept",
    "size_inert": False, "source_end": "inclusive", "source_start_slip": "off", "subclip_offset": "file",
    "switch_moves_playhead": False, "titles_keep_color": True, "deliver_moves_marks": False,
}  # fmt: skip
HARMLESS: tuple[tuple[MannerKind, dict[str, Any]], ...] = (
    ("take", {"take_end": "inclusive"}),
    ("take", {"take_selected": "old"}),
    ("take", {"take_end": "inclusive", "take_unequal": "ripple"}),
    ("take", {"take_end": "inclusive", "take_selected": "old"}),
    ("take", {"import_dupe": "new", "take_on_compound": True}),
    ("track", {"end_frame": "inclusive"}),
    ("track", {"append_bool": True}),
    ("track", {"ghost_uid": [0]}),
    ("track", {"overlap": "slide", "locked_append": "none", "beyond_tracks": "lost"}),
    ("track", {"overlap": "ghost", "track_without_mediatype": "track1", "source_base": "start"}),
    ("track", {"disabled_append": "lost", "fractional_frames": "floor", "still_ignores_end": False}),
    ("track", {"end_frame": "inclusive", "overlap": "slide"}),
    ("track", {"first_delete_fails": True}),
    ("track", {"save_drops_errored": True}),
    ("replace", {"replace_renames": False, "replace_resets_color": False}),
    ("replace", {"replace_new_uid": True}),
    ("timeline", {"duplicate_current": False}),
    ("timeline", {"duplicate_uids": "same"}),
    ("timeline", {"take_end": "inclusive", "source_end": "exclusive"}),
)
BAD: tuple[tuple[MannerKind, dict[str, Any]], ...] = (
    ("take", {"takes_land": False}),
    ("take", {"selecting_lands": False}),
    ("take", {"selecting_lands": False, "take_selected": "old"}),
    ("timeline", {"selecting_lands": False}),
    ("replace", {"replace_counts_short": True}),
    ("take", {"start_slip": 1}),
    ("track", {"start_slip": 1}),
    ("track", {"save_drops": 1}),
    ("track", {"save_drops": 2}),
)
ELSEWHERE = {
    "take_keeps_speed", "addjob_empty_first", "render_statuses", "render_writes", "render_error",
    "attach_crashes", "dissolve_needs_handles", "duplicate_loses", "seconds_zero",
}  # fmt: skip
"""Knobs that other tests of this host turn."""
BY_HAND = {"import_source_clips", "otio_strict"}
"""Knobs of importing a timeline, which its user does by hand: the tests of the dialect import as they do."""


@pytest.mark.parametrize("kind", MANNERS)
def test_odd_ways_to_tell_things_change_nothing(resolve: FakeResolve, media: Path, kind: MannerKind) -> None:
    resolve.turn(**READING)
    _all_done(resolve, media, kind)


@pytest.mark.parametrize(("kind", "knobs"), HARMLESS, ids=str)
def test_odd_ways_to_do_things_are_read_back_and_put_right(
    resolve: FakeResolve, media: Path, kind: MannerKind, knobs: dict[str, Any]
) -> None:
    resolve.turn(**knobs)
    _all_done(resolve, media, kind, again=False)


def _all_done(fake: FakeResolve, media: Path, kind: MannerKind, *, again: bool = True) -> None:
    reel(fake, media)
    before, found = fake.snapshot(), shots()
    conform = relinked(media, kind, found)
    assert conform.left_out == ()
    honest(fake, before, conform, found)
    if again:
        after = fake.snapshot()
        assert relinked(media, kind, found).relinked == conform.relinked
        assert [line for line in changed(after, fake.snapshot()) if "/playhead: " not in line] == []
    assert conform.receipt is not None
    host().revert(conform.receipt)
    assert _but_ids(changed(before, fake.snapshot())) == []


def _but_ids(lines: list[str]) -> list[str]:
    """Pass over a pool item's id: a build that makes a new one of it makes another when it is given back."""
    return [line for line in lines if "/clips/" not in line and not line.partition(":")[0].endswith("/clip")]


@pytest.mark.parametrize(("kind", "knobs"), BAD, ids=str)
def test_what_comes_to_nothing_is_named_and_rolled_back(
    resolve: FakeResolve, media: Path, kind: MannerKind, knobs: dict[str, Any]
) -> None:
    reel(resolve, media)
    resolve.turn(**knobs)
    before, found = resolve.snapshot(), shots()
    conform = relinked(media, kind, found)
    assert len(conform.relinked) == (1 if knobs == {"save_drops": 1} else 0)
    honest(resolve, before, conform, found)


@pytest.mark.usefixtures("outside")
def test_a_resolve_that_still_starts_is_asked_again(resolve: FakeResolve, media: Path) -> None:
    reel(resolve, media)
    resolve.turn(slow_start=1)
    assert len(relinked(media).relinked) == 2


@pytest.mark.usefixtures("outside")
def test_a_call_that_never_comes_back_is_given_up_and_taken_up_again(
    resolve: FakeResolve, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reel(resolve, media)
    before, found = resolve.snapshot(), shots()
    relinks = renders(found, media)
    resolve.turn(hang_on=["ProjectManager.SaveProject"])
    with monkeypatch.context() as sooner, pytest.raises(HostGone, match="no answer for 2 s"):
        sooner.setattr(Remote.__init__, "__defaults__", (2.0,))
        host().relink(relinks, Manner(kind="take"))
    resolve.turn(hang_on=[])
    resolve.mend()
    conform = host().relink(relinks, Manner(kind="take"))
    honest(resolve, before, conform, found, window=False)  # a Resolve that hangs can put nothing back
    assert len(conform.relinked) == 2


def test_every_knob_is_turned() -> None:
    turned: set[str] = {*READING, *(name for _, knobs in (*HARMLESS, *BAD) for name in knobs)}
    files = [one for one in Path(__file__).parent.glob("test_resolve_*.py") if one != Path(__file__)]
    words = "".join(one.read_text(encoding="utf-8") for one in files)
    assert [name for name in ELSEWHERE if f"{name}=" not in words and f'"{name}":' not in words] == []
    assert turned | ELSEWHERE | BY_HAND | {"slow_start", "hang_on"} == set(Knobs.model_fields)
    assert turned.isdisjoint(ELSEWHERE | BY_HAND)
