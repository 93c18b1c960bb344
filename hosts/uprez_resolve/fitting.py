"""Say whether a render can stand in a file's place in the media pool: every use keeps its offset into it."""

from __future__ import annotations

from uprez.errors import RelinkError
from uprez.model import Info
from uprez_resolve.finding import BAKED, Found


def whole_file(found: Found) -> None:
    """Refuse a render of a part of the file; raises RelinkError."""
    part, whole = found.relink.stands_for, found.shot.media.available
    if part != whole:
        raise RelinkError(
            f"its render has {part.count} of {whole.count} frames, and --as replace needs all of them; give "
            f"--handles {whole.count}, or --as take"
        )


def moving(found: Found) -> None:
    """Refuse what no take and no clip above can show, before it is bought; raises RelinkError."""
    if found.relink.generative:
        return
    if found.shot.media.info.still:
        raise RelinkError("it is a still, whose length nobody can tell Resolve; give --as replace")
    frozen = found.shot.retime is not None and found.shot.retime.speed == 0
    if frozen and found.relink.stands_for.count == 1:
        raise RelinkError(
            "it is frozen, and Resolve tells of no single frame that it is the one; put a still of it in its "
            "place and give --as replace"
        )


def own(found: Found) -> None:
    """Refuse a clip that does not show its own media file; raises RelinkError."""
    if found.shot.media.info.sequence is not None:
        raise RelinkError("it is an image sequence, whose place no movie can take; give --as take")
    if found.baked:
        raise RelinkError(f"{BAKED}; give --as track")
    if found.seen.shown:
        raise RelinkError("a take of uprez's is shown; revert that first, or give --as take")


def equal(source: Info, render: Info, counted: int | None, found: Found) -> None:
    """Refuse a render that is not its whole file: every use keeps its offset into it. Raises RelinkError."""
    whole_file(found)
    if render.frames != source.frames:
        raise RelinkError(
            f"its render has {render.frames} of {source.frames} frames, and --as replace needs all of them; "
            "give --as take"
        )
    if render.rate != source.rate and not source.still:
        raise RelinkError("its render has another rate than its file; give --as take")
    if (render.timecode or 0) != (source.timecode or 0) or render.drop != source.drop:
        raise RelinkError("its render starts at another timecode than its file; give --as take")
    if source.audio and len(render.audio) < len(source.audio):
        raise RelinkError("its render has not the sound of its file, which would go silent; give --as take")
    if counted != source.frames and not found.clip.has("ReplaceClipPreserveSubClip"):
        raise RelinkError("it is a subclip, which this version of Resolve would lengthen; give --as take")
