"""The person in front of Resolve, who makes the cut a test begins with and won't keep their hands still.

Frames at which things lie on a timeline count from its start; source frames from the file's head, half-open.
Things are named by the ids that Resolve's own GetUniqueId gives.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from uprez.testing.fake_resolve import making
from uprez.testing.fake_resolve.acts import Acts
from uprez.testing.fake_resolve.media import frame_number, rate_of
from uprez.testing.fake_resolve.state import Clip, Facts, Item, Timeline, Track, new_uid


class User(Acts):
    """Make media, timelines and items; what a user does to them later is in `Acts`."""

    def media(self, path: str | Path) -> str:
        """Import a film, still or sound into the open bin; returns the clip's id."""
        return self._clip(making.imported(self.app, str(path)), str(path))

    def sequence(self, pattern: str | Path, first: int, last: int) -> str:
        """Import pictures named like shot.%04d.png; returns the clip's id."""
        entry = {"FilePath": str(pattern), "StartIndex": first, "EndIndex": last}
        return self._clip(making.imported(self.app, entry), str(pattern))

    def subclip(self, clip: str, start: int, end: int, name: str = "Subclip") -> str:
        """Make a subclip of a clip's source frames; returns its id."""
        parent = self.clip(clip)
        fields = {"kind": parent.kind, "path": parent.path, "facts": parent.facts, "span": (start, end)}
        return making.add_clip(self.app, name, **fields).uid

    def nested(
        self, name: str, kind: str = "compound", frames: int = 100, size: tuple[int, int] = (1920, 1080)
    ) -> str:
        """Make a compound, multicam, fusion or timeline clip with no file of its own; returns its id."""
        facts = Facts(Fraction(24), frames, size=(size[0], size[1]))
        return making.add_clip(self.app, name, kind=kind, facts=facts).uid

    def bin(self, name: str, parent: str | None = None) -> str:
        """Make a bin, in the root unless told otherwise; returns its id."""
        folder = making.add_folder(self.app, parent or self.app.project.root, name)
        if folder is None:
            raise ValueError(f"bin {name!r} is there already")
        return folder.uid

    def timeline(
        self,
        name: str,
        rate: str = "24",
        start: str | None = None,
        size: tuple[int, int] | None = None,
    ) -> str:
        """Make an empty timeline with one video and one audio track and open it; returns its id.

        `rate` is written as in the project settings ("29.97 DF"); `start` is timecode, 01:00:00:00 if None.
        """
        found = rate_of(rate)
        timeline = making.add_timeline(self.app, name, *found) if found else None
        if timeline is None:
            raise ValueError(f"timeline {name!r} at {rate} can't be made")
        if start is not None:
            first = frame_number(start, timeline.rate)
            timeline.start = timeline.playhead = first if first is not None else timeline.start
        if size is not None:
            names = ("timelineResolutionWidth", "timelineResolutionHeight")
            timeline.settings |= dict(zip(names, map(str, size), strict=True))
            timeline.settings["useCustomSettings"] = "1"
        return timeline.uid

    def track(self, kind: str = "video", name: str | None = None) -> int:
        """Add a track on top; returns its number."""
        tracks = self.opened.tracks[kind]
        tracks.append(Track(name or f"{kind.capitalize()} {len(tracks) + 1}"))
        return len(tracks)

    def place(
        self,
        clip: str,
        source: tuple[int, int] | None = None,
        at: int | None = None,
        *,
        track: int = 1,
        kind: str = "video",
        speed: str | float = 1,
        ramp: bool = False,
        linked: bool = False,
        **more: Any,
    ) -> str:
        """Put source frames on the open timeline, at its end unless told where; returns the item's id.

        `speed` is a factor, negative for backwards, 0 for a freeze of the first frame; a `ramp` has it as its
        mean. `linked` puts linked sound on audio 1; `more` are fields of the item: name, color, grade, ….
        """
        held, timeline = self.clip(clip), self.opened
        first, last = source or (0, held.facts.frames if held.facts else 0)
        factor, rate = Fraction(str(speed)), held.facts.rate if held.facts else timeline.rate
        pace = abs(factor) or 1
        length = max(1, int((last - first) * timeline.rate / rate / pace))
        begin = self._begin(at)
        made = {"clip": clip, "source": Fraction(first), "speed": factor, "ramp": ramp, **more}
        item = self._put(Item(new_uid(), "clip", begin, length, **made), kind, track)
        if linked:
            sound = self._put(Item(new_uid(), "clip", begin, length, **made), "audio", 1)
            item.linked, sound.linked = [sound.uid], [item.uid]
        return item.uid

    def title(
        self, duration: int, at: int | None = None, *, track: int = 1, kind: str = "title", **more: Any
    ) -> str:
        """Put a title, generator, adjustment or fusion composition on the timeline; returns the item's id."""
        return self._put(Item(new_uid(), kind, self._begin(at), duration, **more), "video", track).uid

    def transition(self, cut: int, duration: int = 12, *, track: int = 1) -> str:
        """Put a dissolve over a cut; returns the item's id."""
        begin = self.opened.start + cut - duration // 2
        item = Item(new_uid(), "transition", begin, duration, name="Cross Dissolve")
        self.opened.tracks["video"][track - 1].items.append(item)
        self.opened.tracks["video"][track - 1].items.sort(key=lambda one: one.start)
        return item.uid

    @property
    def opened(self) -> Timeline:
        """Return the open timeline; raises ValueError without one."""
        if self.app.current is None:
            raise ValueError("no timeline is open; make one first")
        return self.app.current

    def _begin(self, at: int | None) -> int:
        if at is not None:
            return self.opened.start + at
        return max((item.end for *_, item in self.opened.placed()), default=self.opened.start)

    def _put(self, item: Item, kind: str, number: int) -> Item:
        tracks = self.opened.tracks[kind]
        while len(tracks) < number:
            tracks.append(Track(f"{kind.capitalize()} {len(tracks) + 1}"))
        tracks[number - 1].items.append(item)
        tracks[number - 1].items.sort(key=lambda one: one.start)
        return item

    def _clip(self, clip: Clip | None, what: str) -> str:
        if clip is None:
            raise ValueError(f"{what} is no media that can be imported")
        return clip.uid
