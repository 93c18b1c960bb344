"""The whole loop by commands: what is selected in Resolve becomes renders in its timeline, and comes back."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hosts.resolve_scene import CAN, MANNERS, SIZE, changed, numbers_shown, reaching, reel

from uprez.cli import main
from uprez.testing.clips import make_clip
from uprez.testing.fake_resolve import FakeResolve

WIDE = 2 * SIZE[0]
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def uprez(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    monkeypatch.setenv("UPREZ_RESOLVE_FOLDER", str(tmp_path / "work"))

    def called(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["uprez", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as leave:
            main()
        return int(leave.value.code or 0), *capsys.readouterr()

    return called


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
    """The free edition's loop, which begins in its menu, is in test_resolve_menu.py."""
    fake = reaching(*running, monkeypatch, tmp_path, profile)
    reel(fake, media)
    before = fake.snapshot()
    for kind in MANNERS:
        told = ran(uprez, kind, "--color", "Teal")
        assert len(told["relinked"]) == 1, kind
        assert tuple(range(20, 30)) in numbers_shown(fake, told["output"], WIDE), kind
        assert uprez("revert", told["receipt"])[0] == 0
        assert changed(before, fake.snapshot()) == [], kind
