"""`uprez identify`: which source frames a file stands for, and which shots show them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from uprez.cli import options as o
from uprez.cli import show
from uprez.cli.ending import UNPROVED
from uprez.errors import PlanError, UprezError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uprez.identity import Identity
    from uprez.model import Cut, Media
    from uprez.times import FrameRange

_log = logging.getLogger("uprez")
_HOW = {
    "source": "it is that source itself",
    "stamp": "by its stamp",
    "sidecar": "by its sidecar",
    "content": "by its picture",
}


def identify(
    file: Annotated[Path, typer.Argument(help="A render, or any file of pictures.", metavar="FILE")],
    timelines: Annotated[
        list[str] | None, typer.Argument(help="Timelines whose shots it may be for.", metavar="[TIMELINE…]")
    ] = None,
    workspace: Annotated[
        Path | None, typer.Option("--workspace", help="Look among what was run there.", metavar="DIR")
    ] = None,
    media: Annotated[
        list[Path] | None,
        typer.Option("--media", help="Search the timelines' media here first; repeatable.", metavar="FOLDER"),
    ] = None,
    json: o.AsJson = False,
) -> None:
    """Say which source frames FILE stands for. And which shots show them; exit 4 where that isn't sure.

    A render says so itself, inside or in the sidecar beside it, whatever its name. One without either is
    looked for by its picture in the sources of the timelines; a tie, or a picture that hardly moves, is
    unsure and never guessed.
    """
    from uprez.identity import identify as identified

    cuts = [_read(timeline, media or ()) for timeline in timelines or ()]
    sources: list[Media] = []
    if workspace is not None:
        found, sources = _run_in(workspace, media or ())
        cuts += found
    told = identified(file.absolute(), cuts, sources)
    if json:
        show.as_json(_shape(told))
    else:
        _text(told)
    raise typer.Exit(0 if told.sure else UNPROVED)


def _read(timeline: str, media: Iterable[Path]) -> Cut:
    """Read all shots of a timeline. Raises PlanError, HostError."""
    from uprez.cli.opening import opened
    from uprez.model import Selection

    session, _ = opened(timeline, None, media)
    return session.host.shots(Selection(include_disabled=True))


def _run_in(workspace: Path, media: Iterable[Path]) -> tuple[list[Cut], list[Media]]:
    """Return what a workspace was run for: its timeline, where that can still be read, and its sources."""
    from uprez.owning import standings
    from uprez.request import remembered

    known = standings(workspace)
    if not known:
        raise PlanError(f"{workspace}: nothing was run there; name a workspace, or a timeline")
    cuts: list[Cut] = []
    try:
        before = remembered(workspace)
        cuts.append(_read(before.address, (*media, *before.media)))
    except UprezError as unreadable:
        _log.warning("%s", unreadable)
    return cuts, [standing.order.plate.pull.media for standing in known.values()]


def _shape(told: Identity) -> dict[str, Any]:
    """Return an identity as JSON's kind of values."""
    return {
        "file": str(told.file),
        "by": told.by,
        "sure": told.sure,
        "why": told.why,
        "source": None
        if told.frames is None
        else {
            "fingerprint": told.source,
            "name": told.name,
            "media": str(told.media.path) if told.media else None,
            "frames": show.frames(told.frames),
            "rate": str(told.rate),
            "timecode": told.timecode,
        },
        "places": [
            {"media": str(place.media.path), "frames": show.frames(place.counted), "alike": place.alike}
            for place in told.places
        ],
        "shots": [
            {
                "timeline": one.timeline,
                "shot": one.shot.id,
                "name": one.shot.name,
                "track": one.shot.track,
                "record": show.frames(one.shot.record),
                "source": show.frames(one.shot.source),
                "frames": show.frames(one.frames),
                "fits": one.record and show.frames(one.record),
                "whole": one.whole,
            }
            for one in told.shots
        ],
        "stamp": told.stamp and told.stamp.model_dump(mode="json"),
    }


def _text(told: Identity) -> None:
    if told.frames is None or told.by is None:
        show.say(f"{told.file.name}: not known, {told.why}")
        return
    if not told.sure:
        show.say(f"{told.file.name}: unsure, {told.why}")
        for place in told.places:
            show.say(f"  it may be {_where(place.media.path.name, place.counted)}, {place.alike:.1%} alike")
        return
    where = _where(told.name or "", told.frames)
    code = f" from {told.timecode}" if told.timecode else ""
    show.say(f"{told.file.name}: {where}{code}, {_HOW[told.by]}")
    for line in _made(told):
        show.say(f"  {line}")
    rows = [
        (
            one.shot.name,
            one.shot.track,
            one.timeline,
            "not known, its speed follows a curve" if one.record is None else _span(one.record),
            _span(one.shot.source),
            "all" if one.whole else _span(one.frames),
        )
        for one in told.shots
    ]
    if rows:
        head = ("shot", "track", "timeline", "timeline frames it fits", "source frames", "of which it has")
        show.table(head, rows)


def _made(told: Identity) -> Iterable[str]:
    """Say who made a render and what it cost."""
    stamp = told.stamp
    if told.why and told.by != "source":
        yield f"but {told.why}"
    if stamp is None:
        return
    kind = "a new picture" if stamp.generative else "made"
    options = "".join(f" {name}={value}" for name, value in stamp.options.items())
    cost = f", for {stamp.amount:f} {stamp.unit}" if stamp.amount else ", free" if stamp.amount == 0 else ""
    yield f"{kind} by {stamp.provider} {stamp.model}{options}{cost}, order {stamp.order}"


def _where(name: str, frames: FrameRange) -> str:
    return f"frames {_span(frames)} of {name} (counted from 0)"


def _span(frames: FrameRange) -> str:
    return f"{frames.start}-{frames.end - 1}" if frames.count else "none"
