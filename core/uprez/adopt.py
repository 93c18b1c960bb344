"""Take in renders that were made elsewhere: find the shots they fit, prove them, relink them."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from uprez.errors import MediaError, PlanError
from uprez.host import Host
from uprez.media.compare import verify_files
from uprez.media.export import export
from uprez.media.probe import probe
from uprez.model import Call, Info, LeftOut, Manner, Media, Plate, Pull, Render, Selection, Shot, Size
from uprez.orders import Order, Recipe
from uprez.outcome import Outcome, Standing
from uprez.plan import Plan
from uprez.pulls import count_frames
from uprez.results import outcome_of, relinks_for
from uprez.times import FrameRange

_Home = tuple[Path, str, int]
_OURS = re.compile(r"_(\d+)-(\d+)_")  # how uprez names the frames of a render
BY_HAND = Recipe(provider="by hand", model="unknown", size=Size(scale=Fraction(1)), handles=0)


def adopt(
    host: Host,
    selection: Selection,
    renders: Path,
    manner: Manner,
    workspace: Path,
    *,
    accept_unsure: bool = False,
) -> Outcome:
    """Relink the renders of a folder to the shots whose source frames they hold.

    A render fits a media by name (it begins with the media's) or by reel, and its timecode says which
    frames it holds; without timecode it must have all of them. Each is compared with its source before
    it is relinked. Raises PlanError where no shot finds a render.
    """
    host.refuse(manner)
    cut = host.shots(selection)
    found = tuple(_probed(renders))
    pulls: dict[_Home, Pull] = {}
    homed, homeless = [], []
    for shot in cut.shots:
        home = next(((path, info) for path, info in found if _holds(shot, path, info)), None)
        if home is None:
            reason = f"no file in {renders} holds its frames; check names, reels and timecode"
            homeless.append(LeftOut(name=shot.name, track=shot.track, reason=reason))
        else:
            homed.append(shot)
            _use(pulls, shot, *home)
    if not homed:
        raise PlanError(f"{renders}: no file there fits a clip of {cut.name} by name or reel and timecode")
    planned = Plan(
        timeline=cut.name,
        rate=cut.rate,
        recipe=BY_HAND,
        shots=tuple(homed),
        pulls=tuple(pulls.values()),
        left_out=(*cut.left_out, *homeless),
        totals=count_frames(homed, tuple(pulls.values()), 0),
    )
    infos = dict(found)
    standings = {pull.id: _proved(pull, path, infos[path], workspace) for (path, *_), pull in pulls.items()}
    relinks = relinks_for(planned, standings, accept_unsure=accept_unsure)
    conform = host.relink(relinks, manner) if relinks else None
    return outcome_of(planned, standings, {}, conform, accept_unsure, workspace)


def _probed(folder: Path) -> Iterator[tuple[Path, Info]]:
    """Probe what lies in the folder; files that are no video are passed over."""
    if not folder.is_dir():
        raise PlanError(f"{folder}: not a folder; name the one that holds the renders")
    for path in sorted(folder.iterdir()):
        with contextlib.suppress(MediaError):
            yield path.absolute(), probe(path)


def _holds(shot: Shot, path: Path, info: Info) -> bool:
    media = shot.media
    named = path.stem.lower().startswith(media.path.stem.lower())
    same_reel = media.reel is not None and info.reel == media.reel
    frames = _stands_for(media, path, info)
    return (
        (named or same_reel) and info.rate == media.rate and frames is not None and shot.source.within(frames)
    )


def _stands_for(media: Media, path: Path, info: Info) -> FrameRange | None:
    """Return the media frames that a file holds, in the media's own numbers."""
    named = _OURS.search(path.stem)
    if named:
        frames = FrameRange.between(int(named[1]), int(named[2]) + 1)
        if frames.count == info.frames and frames.within(media.available):
            return frames
    if info.timecode is not None and media.info.timecode is not None:
        first = media.available.start + info.timecode - media.info.timecode
        frames = FrameRange(start=first, count=info.frames)
        return frames if frames.within(media.available) else None
    return media.available if info.frames == media.available.count else None


def _use(pulls: dict[_Home, Pull], shot: Shot, path: Path, info: Info) -> None:
    """Add a shot to a render's pull; cards repeat names, so each media is proved apart."""
    home = path, shot.media.fingerprint, shot.media.available.start
    pull = pulls.get(home)
    if pull is not None:
        pulls[home] = pull.model_copy(update={"shots": (*pull.shots, shot.id)})
        return
    frames = _stands_for(shot.media, path, info) or shot.media.available
    digest = hashlib.sha256(f"{home} {frames}".encode()).hexdigest()[:16]
    pulls[home] = Pull(id=digest, media=shot.media, frames=frames, shots=(shot.id,))


def _proved(pull: Pull, path: Path, info: Info, workspace: Path) -> Standing:
    """Export the plate that the render claims to be, and compare."""
    plate = Plate(pull=pull, preset="ffv1", path=workspace / "plates" / f"{pull.id}.mkv")
    order = Order(plate=plate, recipe=BY_HAND, width=info.width, height=info.height)
    try:
        verdict = verify_files(export(plate).path, path)
    except MediaError as broken:
        return Standing(order=order, state="failed", error=str(broken))
    render = Render(order=order.id, path=path, info=info, verdict=verdict)
    if verdict.call in (Call.MATCH, Call.UNSURE):
        return Standing(order=order, state="done", render=render)
    why = verdict.findings[0] if verdict.findings else "it is another picture"
    error = f"{path.name}: {verdict.call.value}: {why}"
    return Standing(order=order, state="failed", render=render, error=error)
