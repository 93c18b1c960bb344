"""Relinking in every version of Resolve, in every manner: only what must changes, and all comes back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hosts.resolve_scene import (
    CAN,
    MANNERS,
    changed,
    host,
    numbers_shown,
    reaching,
    reasons,
    reel,
    relinked,
)

from uprez.model import MannerKind
from uprez.testing.fake_resolve import FakeResolve

ANY = r"[^/]+"
OUR_BIN = (rf"project/folders/{ANY}: \(absent\)", rf"project/clips/{ANY}: \(absent\)")
MARK = rf"timelines/{ANY}/markers/[\d.]+: \(absent\)"
MUST = {
    "take": (*OUR_BIN, MARK, rf"timelines/{ANY}/tracks/video 1/items/{ANY}/(clip|source|takes|selected): "),
    "replace": (MARK, rf"project/clips/{ANY}/(path|facts/size/\d|third_party/uprez.original): "),
    "track": (*OUR_BIN, MARK, rf"timelines/{ANY}/tracks/video 2: \(absent\)"),
    "timeline": (*OUR_BIN, rf"timelines/{ANY}: \(absent\)"),
}


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("kind", MANNERS)
@pytest.mark.parametrize("profile", CAN)
def test_every_version_changes_only_what_it_must_and_gives_it_back(
    running: tuple[FakeResolve, Path], monkeypatch: pytest.MonkeyPatch, media: Path, tmp_path: Path,
    profile: str, kind: MannerKind,
) -> None:  # fmt: skip
    fake = reaching(*running, monkeypatch, tmp_path, profile)
    reel(fake, media)
    before = fake.snapshot()
    conform = relinked(media, kind)
    after = fake.snapshot()
    assert conform.left_out == ()
    assert len(conform.relinked) == 2
    assert numbers_shown(fake, conform.output, wide=128) == {tuple(range(20, 30)), tuple(range(40, 52))}
    for line in changed(before, after):
        assert re.match("|".join(MUST[kind]), line), line
    assert conform.receipt is not None
    host().revert(conform.receipt)
    assert changed(before, fake.snapshot()) == []


@pytest.mark.usefixtures("inside")
def test_the_oldest_version_takes_takes_and_says_what_it_cannot(
    running: tuple[FakeResolve, Path], monkeypatch: pytest.MonkeyPatch, media: Path, tmp_path: Path
) -> None:
    fake = reaching(*running, monkeypatch, tmp_path, "studio_18_0_4")
    reel(fake, media)
    before = fake.snapshot()
    refused = relinked(media, "track")
    assert refused.relinked == ()
    assert all("can't add tracks" in reason for reason in reasons(refused))
    assert changed(before, fake.snapshot()) == []
    for kind in ("take", "replace", "timeline"):
        conform = relinked(media, kind)
        assert (len(conform.relinked), conform.left_out) == (2, ())
        assert conform.receipt is not None
        host().revert(conform.receipt)
        assert changed(before, fake.snapshot()) == []
