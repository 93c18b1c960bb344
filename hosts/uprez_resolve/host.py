"""The Resolve host: shots out of the timeline that is open there, renders back into it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

from uprez.errors import HostGone, PlanError
from uprez.finding import Finding
from uprez.host import Host
from uprez.media.probe import fingerprint, probe
from uprez.model import Conform, Cut, Info, Manner, Relink, Selection
from uprez.selection import chosen
from uprez_resolve.baked import Baked, is_baked
from uprez_resolve.context import as_found
from uprez_resolve.doctoring import findings
from uprez_resolve.finding import BAKED
from uprez_resolve.installing import Places, install, uninstall
from uprez_resolve.journal import originals
from uprez_resolve.kinds import bakeable
from uprez_resolve.ladder import climbed
from uprez_resolve.project import project_of, timeline_of, uid_of
from uprez_resolve.reach import reached
from uprez_resolve.remote import Handle, Remote
from uprez_resolve.rendering import Rendering
from uprez_resolve.seen import SeenItem, SeenTimeline
from uprez_resolve.shots import AsBaked, Shots
from uprez_resolve.snapshot import snapshot
from uprez_resolve.workspaces import workspace_of

SCHEME = "resolve:"
_log = logging.getLogger("uprez")


class ResolveHost(Host):
    """Stand for a timeline in the open project of a running DaVinci Resolve: its open one, or one by name."""

    name = "resolve"
    manners = ("take", "replace", "track", "timeline")
    whole = ("replace",)
    sequences = False
    renders = True

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.timeline, self.uid = address.removeprefix(SCHEME), ""
        self._probed: dict[tuple[Path, int, int], tuple[Info, str]] = {}
        self._from_baked: frozenset[str] = frozenset()
        self._workspace: Path | None = None

    @classmethod
    def claims(cls, address: str) -> bool:
        """Tell whether the address is `resolve:` or `resolve:NAME`."""
        return address.startswith(SCHEME)

    def shots(self, selection: Selection) -> Cut:
        """Read the chosen shots, then let go of Resolve; see `Host.shots`."""
        seen = self.seen()
        if selection.selected:
            seen = climbed(seen)
            _tell(seen)
        spoken = _spoken(selection, seen)
        baked = self._baked(seen, spoken) if selection.via_host else _unbaked
        found, left_out = chosen(list(Shots(seen, self._probe, baked).candidates()), spoken, seen.rate)
        self._from_baked = frozenset(shot.id for shot in found if is_baked(shot.media.path))
        return Cut(name=seen.name, rate=seen.rate, shots=found, left_out=left_out)

    def seen(self) -> SeenTimeline:
        """Read the timeline as it is now. Raises HostError, HostGone."""
        with reached() as remote:
            project, timeline, workspace = self._found(remote)
            return snapshot(project, timeline, originals(workspace))

    @property
    def lasting(self) -> str:
        """Return the timeline's address by its id, which stays when it gets another name."""
        return f"{SCHEME}{self.uid}" if self.uid else self.address

    def output(self, manner: Manner) -> None:
        """Return no file: the timeline itself is changed, or a copy beside it."""
        return

    def refuse(self, manner: Manner) -> None:
        """Refuse a file to write; see `Host.refuse`."""
        if manner.output is not None:
            raise PlanError(f"{manner.output}: no file is written in Resolve; leave off -o")
        if manner.kind not in self.manners:
            raise PlanError(f"--as {manner.kind}: Resolve knows {', '.join(self.manners)}; choose one")

    def rehearse(self, relinks: tuple[Relink, ...], manner: Manner) -> Mapping[str, str]:
        """Ask each clip whether the manner can do it; see `Host.rehearse`."""
        from uprez_resolve.rehearsing import rehearse

        baked = set() if manner.kind == "track" else self._from_baked
        told = {one.shot: f"{BAKED}; give --as track" for one in relinks if one.shot in baked}
        return rehearse(self.address, self.workspace(), relinks, manner) | told

    def relink(self, relinks: tuple[Relink, ...], manner: Manner) -> Conform:
        """Show renders in Resolve, each step read back; see `Host.relink`."""
        from uprez_resolve.conforming import relink

        self.refuse(manner)
        try:
            return relink(self.address, self.workspace(), relinks, manner)
        except HostGone as gone:
            raise HostGone(f"{gone}; the renders are kept, and nothing is bought twice") from None

    def revert(self, receipt: Path, output: Path | None = None) -> Conform:
        """Take a relink back in Resolve; see `Host.revert`."""
        from uprez_resolve.conforming import revert

        if output is not None:
            raise PlanError(f"{output}: no file is written in Resolve; leave off -o")
        return revert(receipt)

    def workspace(self) -> Path:
        """Return the timeline's folder below the videos folder, by its id; see `Host.workspace`."""
        if self._workspace is None:  # each look costs the start of a Python
            with reached() as remote:
                return self._found(remote)[2]
        return self._workspace

    def _baked(self, seen: SeenTimeline, selection: Selection) -> AsBaked:
        """Have Resolve render what is wanted, can't be read, and has no file yet; tells what came of it."""
        workspace = self.workspace()
        baked = Baked(workspace)
        paired = list(Shots(seen, self._probe, baked.of).paired())
        left_out = chosen([candidate for _, candidate in paired], selection, seen.rate)[1]
        wanted = [item for item, one in paired if any(one.found is left for left in left_out)]
        wanted = [item for item in wanted if bakeable(item) and baked.of(item) is None]
        if not wanted:
            return baked.of
        with reached() as remote, as_found(remote) as scene:
            timeline = self._found(remote)[1]
            return Baked(workspace, Rendering(scene, timeline, seen).all(wanted, baked)).of

    def _found(self, remote: Remote) -> tuple[Handle, Handle, Path]:
        """Return project, timeline and workspace: the same for ever, whatever is opened in the meantime."""
        project = project_of(remote)
        timeline = timeline_of(project, self.timeline, self.uid)
        self.uid = uid_of(timeline)
        self._workspace = self._workspace or _workspace(project, timeline)
        return project, timeline, self._workspace

    @classmethod
    def check(cls) -> Iterable[Finding]:
        """Say what keeps uprez from Resolve; see `Host.check`."""
        return findings(Places(Path.home()))

    @classmethod
    def install(cls, home: Path, *, apply: bool) -> Iterable[str]:
        """Write the menu entries; see `Host.install`."""
        return install(Places(home), apply=apply)

    @classmethod
    def uninstall(cls, home: Path, *, apply: bool) -> Iterable[str]:
        """Remove the menu entries; see `Host.uninstall`."""
        return uninstall(Places(home), apply=apply)

    def _probe(self, path: Path) -> tuple[Info, str]:
        stat = path.stat()
        key = path, stat.st_mtime_ns, stat.st_size
        if key not in self._probed:
            self._probed[key] = probe(path), fingerprint(path)
        return self._probed[key]


def _unbaked(item: SeenItem) -> None:
    """Stand for a run that has nothing rendered in Resolve."""


def _workspace(project: Handle, timeline: Handle) -> Path:
    named, titled = (str(one.call("GetName") or "") for one in (project, timeline))
    return workspace_of(named, titled, uid_of(timeline))


def _tell(seen: SeenTimeline) -> None:
    """Say aloud which rung was taken: what is bought next depends on it."""
    if seen.rung:
        count = len(seen.chosen or ())
        _log.warning("--selected: takes %s (%d)", seen.rung, count)


def _spoken(selection: Selection, seen: SeenTimeline) -> Selection:
    """Return the selection with timecodes as a drop-frame timeline counts them, however they were typed."""
    if selection.between is None or not seen.drop:
        return selection
    start, end = (_dropping(text) for text in selection.between)
    return selection.model_copy(update={"between": (start, end)})


def _dropping(timecode: str) -> str:
    head, mark, frames = timecode.rpartition(":")
    return f"{head};{frames}" if mark and not {";", ","} & set(timecode) else timecode
