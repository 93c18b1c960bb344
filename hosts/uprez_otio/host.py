"""The OTIO host: shots out of any cut that OTIO reads, renders into a patched .otio beside it."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from uprez.errors import HostError, PlanError, RelinkError
from uprez.host import Host
from uprez.media.probe import fingerprint, probe
from uprez.model import Conform, Cut, Gap, Info, Manner, Relink, Selection, Shot
from uprez.selection import chosen
from uprez_otio.baking import carry_out
from uprez_otio.conforming import Conforming, Work
from uprez_otio.footing import Library
from uprez_otio.gaps import gaps_of, in_gap, of_tracks
from uprez_otio.known import format_of, is_known
from uprez_otio.layout import Layout
from uprez_otio.placed import Header, Placed, Space
from uprez_otio.reading import read_rows
from uprez_otio.reverting import revert


class OtioHost(Host):
    """Stand for one timeline file that OTIO, or an installed adapter of it, reads."""

    name = "otio"
    manners = ("reference", "replace", "track")
    retimes = ("keep", "bake", "whole")
    fills_gaps = True

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.path = Path(address)
        self.format = format_of(self.path)
        self._probed: dict[tuple[Path, int, int], tuple[Info, str]] = {}

    @classmethod
    def claims(cls, address: str) -> bool:
        """Tell whether the address is a file of a kind that OTIO reads."""
        return is_known(Path(address))

    def shots(self, selection: Selection) -> Cut:
        """Read the chosen shots; see `Host.shots`."""
        layout, placed = self.read(self.path, whole=selection.retime == "whole")
        header: Header = layout.header
        found, left_out = chosen([each.candidate for each in placed], selection, header.rate)
        return Cut(
            name=header.name or self.path.stem,
            rate=header.rate,
            shots=found,
            left_out=left_out,
            gaps=of_tracks(self._gaps(layout, placed), selection.tracks),
        )

    def _gaps(self, layout: Layout, placed: list[Placed]) -> dict[str, tuple[Gap, Space]]:
        """Return the gaps that can be filled: those of a file that gets a track above."""
        return gaps_of(layout, placed) if "track" in self.format.manners else {}

    def read(self, path: Path, *, whole: bool = False) -> tuple[Layout, list[Placed]]:
        """Read a timeline file whole, with where each clip lies in it; raises HostError.

        With `whole`, a clip whose speed curve is unknown is wanted with all of its media.
        """
        layout = Layout(Library(_media_folder(path), self._probe), whole)
        try:
            with _uncollected():
                return layout, list(layout.placed(read_rows(path)))
        except (ValueError, TypeError, IndexError, AttributeError) as odd:
            raise HostError(f"{path}: is written in a way nobody expects ({odd}); export it again") from odd

    def refuse(self, manner: Manner) -> None:
        """Refuse an output that would replace the input or another file; see `Host.refuse`."""
        output = self.output(manner)
        if manner.retime == "bake" and not self.format.bakes:
            raise PlanError(f"--retime bake: {self.format.writes} files keep their retimes; leave it off")
        if _same_file(output, self.path):
            raise PlanError(f"{output}: is the timeline itself; choose another name with -o")
        writes = self.format.writes
        if output.suffix.lower() != writes:
            raise PlanError(f"{output}: only {writes} is written; choose a name that ends in {writes}")
        if manner.kind not in self.format.manners:
            known = ", ".join(self.format.manners)
            raise PlanError(f"--as {manner.kind}: {writes} files know {known}; choose one")
        if not output.parent.is_dir():
            raise PlanError(f"{output}: its folder does not exist; make it first")
        if output.is_dir():
            raise PlanError(f"{output}: is a folder; choose a file name with -o")
        if not os.access(output.parent, os.W_OK):
            raise PlanError(f"{output}: its folder can't be written to; choose another with -o")
        if output.exists() and not manner.force:
            raise PlanError(f"{output}: exists already; choose another name with -o, or give --force")

    def output(self, manner: Manner) -> Path:
        """Return the file that a relink writes: by default beside the timeline, `cut_uprez.otio`."""
        return manner.output or self.path.with_name(f"{self.path.stem}_uprez{self.format.writes}")

    def relink(self, relinks: tuple[Relink, ...], manner: Manner) -> Conform:
        """Write a timeline that shows the renders; see `Host.relink`."""
        self.refuse(manner)
        layout, placed, work = self._work(relinks, manner)
        if manner.retime == "bake":
            carry_out(work)
        return self._conforming(manner).conform(layout, placed, work, manner)

    def rehearse(self, relinks: tuple[Relink, ...], manner: Manner) -> Mapping[str, str]:
        """Tell what has no place in this manner, such as a dissolve into a clip without a render."""
        if manner.kind not in self.format.manners or not relinks:
            return {}
        layout, _, work = self._work(relinks, manner)
        return self._conforming(manner).refused(layout, work, manner)

    def _conforming(self, manner: Manner) -> Conforming:
        read = partial(self.read, whole=manner.retime == "whole")
        return Conforming(self.path, self.output(manner), self.format, read)

    def _work(self, relinks: tuple[Relink, ...], manner: Manner) -> tuple[Layout, list[Placed], Work]:
        layout, placed = self.read(self.path, whole=manner.retime == "whole")
        by_id = {each.candidate.found.id: each for each in placed if isinstance(each.candidate.found, Shot)}
        gaps = {name: in_gap(*found) for name, found in self._gaps(layout, placed).items()}
        if manner.kind != "track" and any(relink.shot in gaps for relink in relinks):
            raise PlanError(f"--as {manner.kind}: a gap has no clip to relink; give --as track")
        by_id |= gaps
        work = []
        for relink in {relink.shot: relink for relink in relinks}.values():
            if relink.shot not in by_id:
                raise RelinkError(
                    f"{self.path}: has no clip {relink.shot} any more; it has changed since it was read, "
                    "run again"
                )
            work.append((by_id[relink.shot], relink))
        return layout, placed, tuple(work)

    def revert(self, receipt: Path, output: Path | None = None) -> Conform:
        """Take a relink back; see `Host.revert`."""
        return revert(receipt, output)

    def workspace(self) -> Path:
        """Return `cut.uprez` beside `cut.otio`."""
        return self.path.with_suffix(".uprez")

    def _probe(self, path: Path) -> tuple[Info, str]:
        stat = path.stat()
        key = path, stat.st_mtime_ns, stat.st_size
        if key not in self._probed:
            self._probed[key] = probe(path), fingerprint(path)
        return self._probed[key]


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Pause garbage collection: with 100,000 new shots that all stay, it takes a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _media_folder(path: Path) -> Path:
    folder = path.absolute()
    return folder if path.suffix.lower() in (".otiod", ".otioz") else folder.parent


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one.absolute() == other.absolute()
