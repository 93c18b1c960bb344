"""Read back which frames of a render an item shows, and refuse what can't be read back."""

from __future__ import annotations

from fractions import Fraction

from uprez.errors import RelinkError
from uprez_resolve.context import Scene
from uprez_resolve.finding import AGAIN, Found, path_of, span_of
from uprez_resolve.framing import setting
from uprez_resolve.journal import Change
from uprez_resolve.playing import Pace, Played, counted, is_whole, played
from uprez_resolve.pooling import whole_frames
from uprez_resolve.project import asked
from uprez_resolve.rates import clip_rate, frame_of, rate_of, whole
from uprez_resolve.remote import Handle
from uprez_resolve.seeing import Eyes
from uprez_resolve.seen import SeenItem


class Proof:
    """Read back what the items of one timeline show."""

    def __init__(self, scene: Scene) -> None:
        self._project, self._look = scene.project, _Look(scene.project)

    def held(self, found: Found, item: Handle, change: Change) -> None:
        """Hold an item to its place and to the frames of its render; raises RelinkError."""
        place = found.shot.record
        if span_of(item) != (place.start, place.count):
            raise RelinkError(f"it does not lie where it did; {AGAIN}")
        clip = item.call("GetMediaPoolItem")
        if path_of(clip) != change.path:
            raise RelinkError(f"it does not show its render; {AGAIN}")
        shown = self._shows(found.timeline, item, clip)
        if isinstance(shown, str):
            raise RelinkError(shown)
        speed = found.shot.retime.speed if found.shot.retime else Fraction(1)
        slack = int(found.count != place.count)
        low, high = found.first, found.first + found.count
        if shown.low != low or abs(shown.high - high) > slack or shown.speed != speed:
            raise RelinkError(
                f"it shows frames {shown.low} to {shown.high - 1} of its render and not {low} to {high - 1} "
                "at its speed; give --as replace"
            )

    def _shows(self, timeline: Handle, item: Handle, clip: Handle) -> Played | str:
        """Return which frames of a pool item's file an item shows, or why nobody can tell."""
        rate = clip_rate(clip.call("GetClipProperty", "FPS"))
        told = setting(self._project, timeline, "timelineFrameRate")
        if rate is None:
            return f"Resolve doesn't tell the rate of its render; {AGAIN}"
        zero = frame_of(clip.call("GetClipProperty", "Start TC"), rate)
        return played(self._look.playing(item), Pace(rate, rate_of(told)[0], whole_frames(clip), zero))


class _Look(Eyes):
    """Read no more of an item than how it plays: it is asked for twice of every clip."""

    def playing(self, item: Handle) -> SeenItem:
        start, duration = span_of(item)
        source, seconds = self._source(item)
        return SeenItem(
            uid="",
            name="",
            kind="video",
            track=0,
            start=start or 0,
            duration=duration or 0,
            left=whole(asked(item, "GetLeftOffset")),
            right=whole(asked(item, "GetRightOffset")),
            source=source,
            seconds=seconds,
            speed=self._speed(item),
        )


def between_frames(found: Found) -> None:
    """Refuse an in-point between two frames of another rate: takes and appends begin at whole ones."""
    seconds, rate = found.seen.seconds, found.shot.media.rate
    if seconds is None or found.seen.shown or found.baked:
        return
    told = found.seen.clip.properties if found.seen.clip else {}
    zero = frame_of(told.get("Start TC"), rate) or 0
    if not any(is_whole(one) for one in counted(seconds, rate, zero)):
        raise RelinkError("its in-point lies between two frames of its file; give --as replace")
