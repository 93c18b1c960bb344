"""Find what --selected means in a Resolve that may not tell what is selected: the first rung with any."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from uprez_resolve.kinds import transition
from uprez_resolve.ours import TRACK
from uprez_resolve.seen import SeenItem, SeenTimeline

COLOR = "Orange"
"""The clip colour that marks clips for uprez where Resolve doesn't tell its selection."""
FLAG = "Lavender"
"""The flag that does the same."""
_Wants = Callable[[SeenItem], bool]


def climbed(seen: SeenTimeline) -> SeenTimeline:
    """Return the timeline with the wanted items as `chosen` and, as `rung`, how they were found.

    Nothing is chosen where no rung holds any; a rung that has only what is no clip is passed over.
    """
    for rung, wants in _rungs(seen):
        found = tuple(item.uid for item in _items(seen) if wants(item))
        if found:
            return seen.model_copy(update={"chosen": found, "rung": rung})
    return seen.model_copy(update={"chosen": (), "rung": ""})


def _rungs(seen: SeenTimeline) -> list[tuple[str, _Wants]]:
    chosen, under = _below(seen, seen.chosen or ()), _below(seen, (seen.under,))
    marks = seen.marks
    return [
        ("what is selected in Resolve", lambda item: item.uid in chosen),
        (f"clips of the colour {COLOR}", lambda item: item.color == COLOR),
        (f"clips with a flag of the colour {FLAG}", lambda item: FLAG in item.flags),
        (
            "clips between the in and out marks",
            lambda item: marks is not None and item.start < marks[1] and marks[0] < item.end,
        ),
        ("the clip under the playhead", lambda item: item.uid in under),
    ]


def _below(seen: SeenTimeline, uids: Iterable[str]) -> frozenset[str]:
    """Return ids, and those of the shots that our own clips among them cover, and so hide from a click."""
    ours = [item for track in seen.tracks if track.name == TRACK for item in track.items]
    covered = {(item.start, item.duration) for item in ours if item.uid in uids}
    below = (item.uid for item in _items(seen) if (item.start, item.duration) in covered)
    return frozenset((*uids, *below))


def _items(seen: SeenTimeline) -> list[SeenItem]:
    """Return all clips; what is on our own track stands above its shot and is never chosen itself."""
    tracks = [track for track in seen.tracks if track.name != TRACK]
    return [item for track in tracks for item in track.items if not transition(item)]
