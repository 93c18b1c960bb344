"""What every host must hold to; an author subclasses `HostContract` and says only how to make a timeline."""

# ruff: noqa: D102 - the name of a test is its sentence
from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from uprez.errors import UprezError
from uprez.host import Host
from uprez.model import Cut, Gap, Manner, MannerKind, Relink, Selection, Shot
from uprez.testing.clips import make_clip, read_numbers
from uprez.times import FrameRange

FRAMES = 60
RASTER = (64, 36)


class HostContract(ABC):
    """Prove a host.

        class TestMyHost(HostContract):
            host_class = MyHost

            def timeline(self, folder, media): ...
            def state(self, address): ...

    Each test gets a fresh folder. A promise that a host can't keep is marked `xfail` with its reason.
    """

    host_class: type[Host]

    @abstractmethod
    def timeline(self, folder: Path, media: Path) -> str:
        """Make a timeline in `folder` and return its address.

        It has at least two clips of `media`, a file of 60 frames, at different places and not touching in
        the source, one of which shows frames 20 to 29, and one clip whose media is not there. For a host that
        fills gaps, one lies between the two.
        """

    @abstractmethod
    def state(self, address: str) -> Any:
        """Return all that a relink may not change: for a file its bytes; compared with `==`."""

    def cuts(self, address: str) -> Any:
        """Return each clip's name, record and source range and retime, read without the host.

        What the host itself reads is compared where this is not overridden.
        """
        cut = self.open(address).shots(Selection(include_disabled=True))
        return [(shot.name, shot.track, shot.record, shot.source, shot.retime) for shot in cut.shots]

    def open(self, address: str) -> Host:
        """Open the host for an address."""
        return self.host_class(address)

    def output(self, folder: Path, kind: MannerKind) -> Path | None:
        """Return where a relink writes; None for a host that changes the editor's own timeline."""
        return folder / "out.otio"

    @pytest.fixture
    def address(self, tmp_path: Path) -> str:
        """Make the timeline of one test."""
        media = make_clip(tmp_path / "a.mkv", frames=FRAMES, size=RASTER)
        return self.timeline(tmp_path, media)

    def test_the_host_claims_its_own_timelines_and_no_film(self, address: str) -> None:
        assert self.host_class.claims(address)
        assert not self.host_class.claims("film.mov")

    def test_reading_changes_nothing_and_makes_no_workspace(self, address: str) -> None:
        before = self.state(address)
        host = self.open(address)
        host.shots(Selection())
        assert self.state(address) == before
        assert not host.workspace().exists()

    def test_the_same_timeline_gives_equal_shots_with_equal_ids(self, address: str) -> None:
        first, second = self.open(address).shots(Selection()), self.open(address).shots(Selection())
        assert first == second
        ids = [shot.id for shot in first.shots]
        assert len(ids) == len(set(ids)) >= 2

    def test_shots_lie_in_their_media_and_name_a_file_that_is_there(self, address: str) -> None:
        cut = self.open(address).shots(Selection())
        assert all(shot.source.within(shot.media.available) for shot in cut.shots)
        assert all(shot.media.path.is_file() for shot in cut.shots)
        assert all(shot.record.count > 0 for shot in cut.shots)
        assert any(
            (shot.source.start - shot.media.available.start, shot.source.count) == (20, 10)
            for shot in cut.shots
        )

    def test_all_that_is_left_out_is_named_with_a_reason_and_what_to_do(self, address: str) -> None:
        cut = self.open(address).shots(Selection())
        assert cut.left_out
        assert all(left.name and left.track and len(left.reason) > 10 for left in cut.left_out)
        assert not {left.name for left in cut.left_out} & {shot.name for shot in cut.shots}

    def test_a_selection_narrows_and_one_that_finds_nothing_says_what_is_there(self, address: str) -> None:
        cut = self.open(address).shots(Selection())
        one = cut.shots[0]
        named = self.open(address).shots(Selection(clips=(one.name,)))
        assert named.shots == tuple(shot for shot in cut.shots if shot.name == one.name)
        with pytest.raises(UprezError, match=one.track):
            self.open(address).shots(Selection(tracks=("no such track",)))

    def test_a_relink_keeps_every_cut_and_shows_the_renders(self, address: str, tmp_path: Path) -> None:
        for kind in self.host_class.manners:
            cut, before = self.open(address).shots(Selection()), self.cuts(address)
            conform = self._relink(address, cut.shots, kind, tmp_path, force=True)
            assert set(conform.relinked) == {shot.id for shot in cut.shots}
            assert self.cuts(conform.output) == before
            assert conform.receipt is not None
            assert conform.receipt.is_file()
            self.open(address).revert(conform.receipt)

    def test_a_second_run_begins_from_the_originals(self, address: str, tmp_path: Path) -> None:
        for kind in self.host_class.manners:
            cut = self.open(address).shots(Selection())
            conform = self._relink(address, cut.shots, kind, tmp_path, force=True)
            again = self.open(conform.output).shots(Selection())
            assert [_use(shot) for shot in again.shots] == [_use(shot) for shot in cut.shots]
            assert conform.receipt is not None
            self.open(address).revert(conform.receipt)

    def test_a_revert_gives_the_timeline_back_and_may_be_repeated(self, address: str, tmp_path: Path) -> None:
        for kind in self.host_class.manners:
            before = self.state(address)
            cut = self.open(address).shots(Selection())
            conform = self._relink(address, cut.shots, kind, tmp_path, force=True)
            assert conform.receipt is not None
            for _ in range(2):
                back = self.open(address).revert(conform.receipt)
                assert self.state(back.output) == before

    def test_a_relink_that_cannot_be_leaves_everything_as_it_was(self, address: str, tmp_path: Path) -> None:
        before, shot = self.state(address), self.open(address).shots(Selection()).shots[0]
        unknown = shot.model_copy(update={"id": "no such clip"})
        with pytest.raises(UprezError):
            self._relink(address, (shot, unknown), self.host_class.manners[0], tmp_path)
        assert self.state(address) == before
        output = self.output(tmp_path, self.host_class.manners[0])
        assert output is None or not output.exists()

    def test_no_file_is_overwritten(self, address: str, tmp_path: Path) -> None:
        kind = self.host_class.manners[0]
        output = self.output(tmp_path, kind)
        if output is None:
            return
        output.write_text("mine")
        shots = self.open(address).shots(Selection()).shots
        with pytest.raises(UprezError):
            self.open(address).refuse(Manner(kind=kind, output=output))
        with pytest.raises(UprezError):
            self._relink(address, shots, kind, tmp_path)
        assert output.read_text() == "mine"

    def test_a_gap_is_named_with_the_clips_beside_it(self, address: str) -> None:
        cut = self.open(address).shots(Selection())
        if not self.host_class.fills_gaps:
            assert cut.gaps == ()
            return
        shots = {shot.id: shot for shot in cut.shots}
        gap = _gap(cut)
        assert gap.id not in shots
        assert gap.before is not None
        assert gap.after is not None
        assert shots[gap.before].record.end == gap.record.start
        assert shots[gap.after].record.start == gap.record.end
        assert {shots[gap.before].track, shots[gap.after].track} == {gap.track}

    def test_a_gap_is_filled_from_a_track_above_and_emptied_again(self, address: str, tmp_path: Path) -> None:
        if not self.host_class.fills_gaps:
            return
        before, cuts = self.state(address), self.cuts(address)
        fill = filling(self.open(address).shots(Selection()), tmp_path)
        manner = Manner(kind="track", output=self.output(tmp_path, "track"))
        conform = self.open(address).relink((fill,), manner)
        assert conform.relinked == (fill.shot,)
        assert self.cuts(conform.output) == cuts
        assert conform.receipt is not None
        for _ in range(2):
            assert self.state(self.open(address).revert(conform.receipt).output) == before

    def test_a_gap_is_filled_in_no_other_manner(self, address: str, tmp_path: Path) -> None:
        if not self.host_class.fills_gaps:
            return
        before = self.state(address)
        fill = filling(self.open(address).shots(Selection()), tmp_path)
        for kind in self.host_class.manners:
            if kind != "track":
                with pytest.raises(UprezError):
                    self.open(address).relink((fill,), Manner(kind=kind, output=self.output(tmp_path, kind)))
        assert self.state(address) == before

    def _relink(
        self, address: str, shots: Sequence[Shot], kind: MannerKind, folder: Path, *, force: bool = False
    ) -> Any:
        manner = Manner(kind=kind, output=self.output(folder, kind), force=force)
        return self.open(address).relink(tuple(render(shot, folder) for shot in shots), manner)


def render(shot: Shot, folder: Path, handles: int = 2) -> Relink:
    """Make a shot's render by hand, at twice the size and with handles, and ask to relink it."""
    frames = shot.source.padded(handles, handles).clamped(shot.media.available)
    first = read_numbers(shot.media.path)[frames.start - shot.media.available.start]
    path = folder / "renders" / f"{shot.media.path.stem}_{frames.start}_{frames.count}.mkv"
    size = shot.media.width * 2, shot.media.height * 2
    make_clip(path, frames=frames.count, first=first, rate=shot.media.rate, size=size)
    return Relink(
        shot=shot.id, path=path, stands_for=frames, rate=shot.media.rate, width=size[0], height=size[1]
    )


def filling(cut: Cut, folder: Path) -> Relink:
    """Make a clip for the gap of a cut by hand, and ask to put it above."""
    gap = _gap(cut)
    frames = FrameRange(start=0, count=gap.record.count)
    path = make_clip(folder / "renders" / "new.mkv", frames=frames.count, rate=cut.rate, size=RASTER)
    return Relink(
        shot=gap.id, path=path, stands_for=frames, rate=cut.rate, width=RASTER[0], height=RASTER[1],
        generative=True,
    )  # fmt: skip


def _gap(cut: Cut) -> Gap:
    return next(gap for gap in cut.gaps if gap.before and gap.after)


def _use(shot: Shot) -> tuple[object, ...]:
    return shot.name, shot.source, shot.record, shot.retime, shot.media.fingerprint
