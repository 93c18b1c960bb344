"""Hold a relinked timeline, read again, against what it was: only the media of its clips may differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from uprez.errors import RelinkError
from uprez.model import Relink, Shot
from uprez_otio.format import Patch
from uprez_otio.layout import Layout
from uprez_otio.placed import Placed, Rendered

Read = tuple[Layout, list[Placed]]


def check_by_original(output: Path, before: Read, after: Read, patch: Patch) -> None:
    """Raise RelinkError unless each clip is still known by its original media, and shows its render."""
    old, new = list(map(_told, _clips(before[1]))), list(map(_told, _clips(after[1])))
    changed = next((one for one, other in zip(old, new, strict=False) if one != other), None)
    if changed is not None or len(old) != len(new):
        name = changed[0] if changed else "a clip"
        raise RelinkError(f"{output}: {name} did not read back as it was; nothing was written")
    if Counter(map(_seen, after[0].renders)) != Counter(map(_seen, _expected(before[0], patch))):
        raise RelinkError(f"{output}: did not read back with its renders; nothing was written")


def check_by_render(output: Path, before: Read, after: Read, relinks: Iterable[Relink], patch: Patch) -> None:
    """Raise RelinkError unless each clip shows the very frames it showed, now out of its render."""
    done = {relink.shot: relink for relink in relinks if relink.shot in patch.relinked}
    old, new = list(_clips(before[1])), list(_clips(after[1]))
    if len(old) != len(new):
        raise RelinkError(f"{output}: did not read back with all its clips; nothing was written")
    for one, other in zip(old, new, strict=True):
        found = one.candidate.found
        relink = done.get(found.id) if isinstance(found, Shot) else None
        alike = _told(one) == _told(other) if relink is None else _rendered(one, other, relink)
        if not alike:
            raise RelinkError(f"{output}: {found.name} did not read back as it was; nothing was written")


def _rendered(one: Placed, other: Placed, relink: Relink) -> bool:
    was, now = one.candidate.found, other.candidate.found
    if not (isinstance(was, Shot) and isinstance(now, Shot)) or _place(one) != _place(other):
        return False
    first = now.source.start - now.media.available.start + relink.stands_for.start
    within = relink.stands_for.start + now.media.available.count <= relink.stands_for.end
    shown = first == was.source.start and now.source.count == was.source.count
    return shown and within and now.retime == was.retime and now.media.path == relink.path.absolute()


def _expected(before: Layout, patch: Patch) -> list[Rendered]:
    """Return the renders that the output must show: the new ones, and earlier ones that none replaced."""
    mine = {each.path for each in patch.shown} | set(patch.replaced)
    kept = [each for each in before.renders if each.path not in mine]
    return [*kept, *patch.shown]


def _seen(render: Rendered) -> tuple[object, ...]:
    return render.url, render.at


def _clips(placed: list[Placed]) -> Iterator[Placed]:
    return (each for each in placed if not each.ours)


def _told(each: Placed) -> tuple[object, ...]:
    """Return what a relink must leave alone; a clip's place in the tree may move with a new track."""
    found = each.candidate.found
    common = (*_place(each), each.source)
    return (*common, found.retime, found.source) if isinstance(found, Shot) else common


def _place(each: Placed) -> tuple[object, ...]:
    found, candidate = each.candidate.found, each.candidate
    return found.name, found.track, candidate.record, candidate.enabled, candidate.markers
