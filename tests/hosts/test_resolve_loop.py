"""The whole loop by commands: what is selected in Resolve becomes renders in its timeline, and comes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hosts.resolve_scene import CAN, MANNERS, SIZE, changed, numbers_shown, reaching, reel

from uprez.testing.clips import make_clip
from uprez.testing.fake_resolve import FakeResolve

WIDE = 2 * SIZE[0]
Command = Callable[..., tuple[int, str, str]]


def ran(uprez: Command, kind: str, *chosen: str) -> dict[str, Any]:
    handles = "100" if kind == "replace" else "2"
    words = ("-m", "lanczos", "--handles", handles, "--as", kind, "--json", "--progress", "none")
    code, out, err = uprez("run", "resolve:", *chosen, *words)
    assert code == 0, err
    told: dict[str, Any] = json.loads(out)
    return told


@pytest.mark.parametrize("kind", ["take", "replace", "track", "timeline"])
def test_what_is_selected_is_upscaled_relinked_and_reverted(
    uprez: Command,
    running: tuple[FakeResolve, Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    kind: str,
) -> None:
    fake = reaching(*running, monkeypatch, tmp_path, "studio_21_0_4_5")
    make_clip(tmp_path / "a.mkv", frames=60, size=SIZE)
    one, _ = reel(fake, tmp_path)
    fake.user.select(one)
    before = fake.snapshot()
    told = ran(uprez, kind, "--selected")
    assert [shot["verdict"] for shot in told["relinked"]] == ["MATCH"]
    assert tuple(range(20, 30)) in numbers_shown(
        fake, f"resolve:{told['output'].removeprefix('resolve:')}", WIDE
    )
    again = ran(uprez, kind, "--selected")
    assert [shot["render"] for shot in again["relinked"]] == [shot["render"] for shot in told["relinked"]]
    assert uprez("revert", told["receipt"])[0] == 0
    assert changed(before, fake.snapshot()) == []


@pytest.mark.parametrize("profile", sorted({*CAN} - {"studio_21_0_4_5", "free_20_3_2_inapp"}))
def test_every_version_runs_the_loop_in_every_manner_on_clips_of_a_colour(
    uprez: Command,
    running: tuple[FakeResolve, Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    media: Path,
    profile: str,
) -> None:
    """The free edition's loop, which begins in its menu, is in test_resolve_inapp.py."""
    fake = reaching(*running, monkeypatch, tmp_path, profile)
    reel(fake, media)
    before = fake.snapshot()
    for kind in MANNERS:
        told = ran(uprez, kind, "--color", "Teal")
        assert len(told["relinked"]) == 1, kind
        assert tuple(range(20, 30)) in numbers_shown(fake, told["output"], WIDE), kind
        assert uprez("revert", told["receipt"])[0] == 0
        assert changed(before, fake.snapshot()) == [], kind


def test_a_workspace_is_resumed_in_its_own_timeline_whatever_is_open_by_then(
    uprez: Command,
    running: tuple[FakeResolve, Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    media: Path,
) -> None:
    """What is open is not asked: its clips were never quoted, and would be bought."""
    fake = reaching(*running, monkeypatch, tmp_path, "studio_21_0_4_5")
    one, _ = reel(fake, media)
    own = fake.snapshot()["window"]["timeline"]
    told = ran(uprez, "take", "--track", "V1", "--color", "Teal")
    fake.user.take(one, 1)
    fake.scriptapp().GetProjectManager().GetCurrentProject().GetCurrentTimeline().SetName("Reel 1, final")
    other = fake.user.timeline("Reel 2")
    fake.user.place(fake.user.media(media / "a.mkv"), (0, 30), color="Teal")
    before = fake.snapshot()
    code, out, err = uprez("resume", told["workspace"], "--json", "--progress", "none")
    assert code == 0, err
    again = json.loads(out)
    assert [shot["render"] for shot in again["relinked"]] == [shot["render"] for shot in told["relinked"]]
    after = fake.snapshot()
    assert after["timelines"][other] == before["timelines"][other]
    assert after["timelines"][own]["tracks"]["video 1"]["items"][one]["selected"] == 2
    fake.user.delete_timeline(own)
    code, out, err = uprez("resume", told["workspace"], "--json", "--progress", "none")
    assert (code, out) == (2, "") and "the project has no such timeline; there is Reel 2" in err
