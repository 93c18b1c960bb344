"""Relink in a duplicated timeline: the user's own stays as it is."""

from __future__ import annotations

import hashlib
import json

from uprez.errors import HostError, RelinkError
from uprez_resolve.context import Scene
from uprez_resolve.dressing import nodes_of
from uprez_resolve.finding import Board, path_of
from uprez_resolve.journal import Journal
from uprez_resolve.project import timelines, uid_of
from uprez_resolve.rates import whole
from uprez_resolve.remote import Handle
from uprez_resolve.seeing import Eyes, markers, words

KINDS = ("video", "audio", "subtitle")
_OF_THE_POOL = {"uid", "name", "clip", "shown"}


def copied(scene: Scene, timeline: Handle, journal: Journal) -> Handle:
    """Return the duplicate of a timeline that its relinks go to: an earlier run's, else a new one, opened.

    Raises RelinkError where the duplicate isn't whole.
    """
    there = {uid_of(one): one for one in timelines(scene.project)}
    known = there.get(journal.receipt.copy_id) or _unfinished(journal, list(there.values()))
    if known is not None:
        journal.note(copy_id=uid_of(known))
        scene.show(known)
        return known
    name = _free_name(str(timeline.call("GetName")), [str(one.call("GetName")) for one in there.values()])
    journal.note(copy_name=name, copy_id="", changes={})
    made = timeline.call("DuplicateTimeline", name)
    copy = _new(scene, there, name) or (made if isinstance(made, Handle) else None)
    if copy is None or uid_of(copy) in there:
        raise RelinkError(
            "DaVinci Resolve: makes no duplicate of the timeline; duplicate it, relink that one"
        )
    journal.note(copy_id=uid_of(copy))
    scene.show(copy)
    if _shape(copy) != _shape(timeline):
        discard(scene, copy)
        raise RelinkError(
            "DaVinci Resolve: its duplicate lacks clips; duplicate it yourself, relink that one"
        )
    return copy


def discard(scene: Scene, copy: Handle) -> None:
    """Delete a duplicate; the user's own timeline is opened first, as an open one can't be deleted."""
    uid = uid_of(copy)
    if scene.shown() == uid:
        other = scene.was if scene.was is not None and uid_of(scene.was) != uid else None
        other = other or next((one for one in timelines(scene.project) if uid_of(one) != uid), None)
        if other is None:
            raise HostError("DaVinci Resolve: the duplicate is the only timeline; delete it yourself")
        scene.show(other)
        scene.leave_at(other)
    scene.pool.call("DeleteTimelines", [copy])
    if any(uid_of(one) == uid for one in timelines(scene.project)):
        raise HostError("DaVinci Resolve: the duplicate can't be deleted; delete it yourself")


def digest(project: Handle, timeline: Handle) -> str:
    """Digest an open timeline, so that a later revert knows whether anybody worked on it since.

    Of a grade no more can be read than how many nodes it has.
    """
    eyes, told = Eyes(project), [_shape(timeline), [words(one) for _, one in markers(timeline)]]
    for spot in Board(timeline).read().items.values():
        seen = eyes.item(spot.item, spot.track).model_dump(mode="json", exclude=_OF_THE_POOL)
        told.append([path_of(spot.item.call("GetMediaPoolItem")), seen, nodes_of(spot.item)])
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _shape(timeline: Handle) -> list[list[int]]:
    """Return how many items each track has, by kind."""
    return [
        [
            len(timeline.call("GetItemListInTrack", kind, track) or ())
            for track in range(1, (whole(timeline.call("GetTrackCount", kind)) or 0) + 1)
        ]
        for kind in KINDS
    ]


def _unfinished(journal: Journal, there: list[Handle]) -> Handle | None:
    """Return the duplicate whose making was written down, but not its id: Resolve or we closed just then."""
    named = journal.receipt.copy_name if not journal.receipt.copy_id else ""
    return next((one for one in there if named and one.call("GetName") == named), None)


def _new(scene: Scene, before: dict[str, Handle], name: str) -> Handle | None:
    return next(
        (
            one
            for one in timelines(scene.project)
            if uid_of(one) not in before and one.call("GetName") == name
        ),
        None,
    )


def _free_name(name: str, taken: list[str]) -> str:
    number = 1
    while f"{name} — uprez {number}" in taken:
        number += 1
    return f"{name} — uprez {number}"
