"""Find the markers of an AAF's composition, by track. Only ever runs in the child process."""

from __future__ import annotations

from typing import Any

from uprez_otio.formats.aaf_open import named, value_of


class Marks:
    """Hold the markers of a composition: where each is, on which slot and layer, and what it says."""

    def __init__(self, mob: Any) -> None:
        self._found: list[tuple[int, frozenset[int], int | None, str]] = []
        for slot in mob.slots:
            if named(slot) == "EventMobSlot":
                layer = value_of(slot, "PhysicalTrackNumber")
                for event in _events(slot.segment):
                    self._take(event, layer if isinstance(layer, int) else None)

    def _take(self, event: Any, layer: int | None) -> None:
        position, text = value_of(event, "Position"), value_of(event, "Comment")
        described = value_of(event, "DescribedSlots") or ()
        if isinstance(position, int) and text:
            self._found.append((position, frozenset(described), layer, str(text)))

    def on(self, slot: Any, layer: int) -> list[tuple[int, str]]:
        """Return the markers of a layer of a slot, counted from 0: at which frame, and what they say."""
        return [
            (position, text)
            for position, described, number, text in self._found
            if slot.slot_id in described and number in (None, layer + 1)
        ]


def _events(segment: Any) -> list[Any]:
    inside = list(segment.components) if named(segment) == "Sequence" else [segment]
    return [each for each in inside if named(each) in ("DescriptiveMarker", "CommentMarker")]
