"""The Resolve host is proved by the kit that we ship, in every manner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hosts.resolve_scene import numbers_shown, reaching

from uprez.model import Manner, MannerKind, Selection, Shot
from uprez.testing.fake_resolve import FakeResolve
from uprez.testing.fake_resolve.table import methods
from uprez.testing.host_contract import FRAMES, HostContract, render
from uprez_resolve.host import ResolveHost
from uprez_resolve.inside.table import HANDLES, PLAIN


@pytest.mark.usefixtures("inside")
class TestResolveHost(HostContract):
    host_class = ResolveHost
    profile = "studio_21_0_4_5"
    fake: FakeResolve

    @pytest.fixture(autouse=True)
    def _open(
        self, running: tuple[FakeResolve, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> Iterator[None]:
        self.fake = reaching(*running, monkeypatch, tmp_path, self.profile)
        yield
        assert self.fake.do("forbidden") == []

    def timeline(self, folder: Path, media: Path) -> str:
        user = self.fake.user
        clip = user.media(media)
        gone = media.with_name("gone.mkv")
        gone.write_bytes(media.read_bytes())
        lost = user.media(gone)
        user.timeline("Reel 1")
        user.place(clip, (20, 30), at=0, name="one", linked=True)
        user.place(clip, (45, 55), at=30, name="two", grade="a+b")
        user.place(lost, (0, 10), at=60, name="lost")
        gone.unlink()
        user.describe(lost, offline=True)
        return "resolve:Reel 1"

    def state(self, address: str) -> Any:
        state = self.fake.snapshot()
        for clip in state["project"]["clips"].values():
            clip["third_party"] = {key: told for key, told in clip["third_party"].items() if told}
        return state

    def output(self, folder: Path, kind: MannerKind) -> Path | None:
        return None

    def cuts(self, address: str) -> Any:
        """Read the fake itself: where everything lies that isn't ours, and at what speed it plays."""
        name = address.removeprefix("resolve:")
        found = [one for one in self.fake.snapshot()["timelines"].values() if one["name"] == name]
        return [
            (item["name"], number, item["start"], item["duration"], item["speed"])
            for number, track in found[0]["tracks"].items()
            if track["name"] != "uprez"
            for item in track["items"].values()
        ]

    def _relink(
        self, address: str, shots: Sequence[Shot], kind: MannerKind, folder: Path, *, force: bool = False
    ) -> Any:
        """To replace a file takes all of its frames."""
        handles = FRAMES if kind == "replace" else 2
        relinks = tuple(render(shot, folder, handles) for shot in shots)
        return self.open(address).relink(relinks, Manner(kind=kind, force=force))

    def test_each_manner_shows_the_renders_frames(self, address: str, tmp_path: Path) -> None:
        wanted = {tuple(range(20, 30)), tuple(range(45, 55))}
        for kind in ResolveHost.manners:
            shots = self.open(address).shots(Selection()).shots
            conform = self._relink(address, shots, kind, tmp_path)
            assert numbers_shown(self.fake, conform.output, wide=128) == wanted, kind
            self.open(address).revert(conform.receipt)
            assert numbers_shown(self.fake, address, wide=64) == wanted


def test_what_destroys_a_users_work_is_not_even_passed_on_to_resolve() -> None:
    passed = {(kind, name) for kind, names in HANDLES.items() for name in names}
    passed |= {(kind, name) for kind, names in PLAIN.items() for name in names.split()}
    forbidden = {key for key, method in methods().items() if method.forbidden}
    assert {name for _, name in forbidden} >= {
        "FinalizeTake", "DeleteAllRenderJobs", "StopRendering", "CreateCompoundClip", "CloseProject", "Quit",
        "DeleteProject",
    }  # fmt: skip
    assert passed & forbidden == set()
    assert passed <= set(methods())
