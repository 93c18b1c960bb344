"""Say before any money moves which clips a manner would leave out; reads, and changes nothing."""

from __future__ import annotations

import contextlib
from pathlib import Path

from uprez.errors import HostError, RelinkError
from uprez.model import Manner, Relink
from uprez_resolve.baked import Baked
from uprez_resolve.context import Scene
from uprez_resolve.finding import Board, Finder, timeline_holding
from uprez_resolve.journal import Journal, fresh_receipt, originals
from uprez_resolve.pooling import Pool
from uprez_resolve.project import timeline_of, uid_of
from uprez_resolve.reach import reached
from uprez_resolve.seeing import Eyes
from uprez_resolve.shots import parsed
from uprez_resolve.ways import way_of


def rehearse(address: str, workspace: Path, relinks: tuple[Relink, ...], manner: Manner) -> dict[str, str]:
    """Return by shot id why it would be left out; nothing where Resolve can't be asked just now."""
    found: dict[str, str] = {}
    with contextlib.suppress(HostError), reached() as remote:
        scene, name = Scene(remote), address.partition(":")[2]
        timeline = timeline_of(scene.project, name)
        if not name:
            timeline = timeline_holding(scene.project, timeline, [parsed(one.shot).uid for one in relinks])
        journal = Journal.of(workspace, fresh_receipt(scene.project, timeline, manner.kind))
        board = Board(timeline).read()
        finder = Finder(scene.project, board, Eyes(scene.project, originals(workspace)), Baked(workspace))
        way = way_of(manner.kind, scene, board, Pool(scene, journal), journal)
        told = uid_of(timeline) == scene.shown()  # of another timeline takes and tracks are not told truly
        for relink in relinks if told else ():
            try:
                way.refuse(finder.found(parsed(relink.shot), relink))
            except RelinkError as why:
                found[relink.shot] = str(why)
    return found
