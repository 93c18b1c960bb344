"""The OTIO host: shots out of any cut that OTIO reads, renders into a patched .otio beside it."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from uprez.errors import HostError, PlanError, RelinkError
from uprez.host import Host
from uprez.media.probe import fingerprint, probe
from uprez.model import Conform, Cut, Gap, Info, Manner, Relink, Selection, Shot
from uprez.selection import chosen
from uprez_otio.baking import carry_out
from uprez_otio.bundles import unpack
from uprez_otio.conforming import Conforming, Work
from uprez_otio.footing import Library
from uprez_otio.gaps import gaps_of, in_gap, of_tracks
from uprez_otio.known import format_of, is_known
from uprez_otio.layout import Layout
from uprez_otio.placed import Header, Placed, Space
from uprez_otio.rates import settled
from uprez_otio.refusing import refuse
from uprez_otio.reverting import revert
from uprez_otio.searching import Folders

Read = tuple[Layout, list[Placed]]


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
        self._known: tuple[object, Read] | None = None

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

    def read(self, path: Path, *, whole: bool = False) -> Read:
        """Read a timeline file whole, with where each clip lies in it; raises HostError.

        With `whole`, a clip whose speed curve is unknown is wanted with all of its media. A file that has not
        changed since is not read again, nor are its media looked for again.
        """
        state = path, _state(path), whole
        if self._known is not None and self._known[0] == state:
            return self._known[1]
        found = self._fresh(path, whole)
        if path == self.path:
            self._known = state, found
        return found

    def _fresh(self, path: Path, whole: bool) -> Read:
        folders = Folders(self.media, self._media_folder(self.path))
        by_name, by_engine = self.format.keeps_original, self.format.by_engine
        library = Library(self._media_folder(path), self._probe, folders, by_name, by_engine)
        layout = Layout(library, whole)
        try:
            with _uncollected():
                return layout, list(layout.placed(settled(path, library)))
        except (ValueError, TypeError, IndexError, AttributeError) as odd:
            raise HostError(f"{path}: is written in a way nobody expects ({odd}); export it again") from odd

    def refuse(self, manner: Manner) -> None:
        """Refuse an output that would replace the input or another file; see `Host.refuse`."""
        refuse(self.path, self.output(manner), self.format, manner)

    def output(self, manner: Manner) -> Path:
        """Return the file that a relink writes: by default beside the timeline, `cut_uprez.otio`."""
        suffix = ".otioz" if self.path.suffix.lower() == ".otioz" else self.format.writes
        return manner.output or self.path.with_name(f"{self.path.stem}_uprez{suffix}")

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
        folder = self._media_folder(self.path)
        return Conforming(self.path, self.output(manner), self.format, read, folder)

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

    def _media_folder(self, path: Path) -> Path:
        """Return the folder from which a timeline's relative addresses count; a bundle is laid out first."""
        folder = path.absolute()
        if folder.is_dir():
            return folder
        is_zip = folder.suffix.lower() == ".otioz"
        return unpack(folder, self.workspace().absolute() / "unpacked") if is_zip else folder.parent

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


def _state(path: Path) -> object:
    """Return what tells whether a file, or what lies right in a bundle's folder, was written since."""
    try:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        return [(file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files]
    except OSError:
        return None  # reading it will say what is wrong
