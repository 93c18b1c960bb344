"""Read back which frames of a render an item shows, and refuse what can't be read back."""

from __future__ import annotations

from fractions import Fraction

from uprez.errors import RelinkError
from uprez_resolve.context import Scene
from uprez_resolve.finding import AGAIN, Found, path_of, span_of
from uprez_resolve.framing import setting
from uprez_resolve.journal import Change
from uprez_resolve.playing import Pace, Played, played
from uprez_resolve.pooling import whole_frames
from uprez_resolve.rates import clip_rate, frame_of, rate_of
from uprez_resolve.remote import Handle
from uprez_resolve.seeing import Eyes

_EXACT = Fraction(1, 20)


def proved(scene: Scene, found: Found, item: Handle, change: Change) -> None:
    """Read back that an item lies where it did and shows the right frames; raises RelinkError."""
    if span_of(item) != (found.shot.record.start, found.shot.record.count):
        raise RelinkError(f"it does not lie where it did; {AGAIN}")
    clip = item.call("GetMediaPoolItem")
    if path_of(clip) != change.path:
        raise RelinkError(f"it does not show its render; {AGAIN}")
    shown = shows(scene, found.timeline, item, clip)
    if isinstance(shown, str):
        raise RelinkError(shown)
    speed = found.shot.retime.speed if found.shot.retime else Fraction(1)
    slack = int(found.count != found.shot.record.count)
    if (
        shown.low != found.first
        or abs(shown.high - found.first - found.count) > slack
        or shown.speed != speed
    ):
        raise RelinkError(
            f"it shows frames {shown.low} to {shown.high - 1} of its render and not {found.first} to "
            f"{found.first + found.count - 1} at its speed; give --as replace"
        )


def shows(scene: Scene, timeline: Handle, item: Handle, clip: Handle) -> Played | str:
    """Return which frames of a pool item's file an item shows, or why nobody can tell."""
    rate = clip_rate(clip.call("GetClipProperty", "FPS"))
    told = setting(scene.project, timeline, "timelineFrameRate")
    seen = Eyes(scene.project).item(item, 0).model_copy(update={"head": None})
    if rate is None:
        return f"Resolve doesn't tell the rate of its render; {AGAIN}"
    zero = frame_of(clip.call("GetClipProperty", "Start TC"), rate)
    return played(seen, Pace(rate, rate_of(told)[0], whole_frames(clip), zero))


def between_frames(found: Found) -> None:
    """Refuse an in-point between two frames of another rate: takes and appends begin at whole ones."""
    seconds = found.seen.seconds
    if seconds is None or found.seen.shown or found.baked:
        return
    exact = Fraction(min(seconds)) * found.shot.media.rate
    if abs(exact - round(exact)) > _EXACT:
        raise RelinkError("its in-point lies between two frames of its file; give --as replace")
