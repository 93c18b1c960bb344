"""Plan new pictures for the places of a cut: these are never a conform. Pure functions on values."""

from __future__ import annotations

from typing import Literal

from uprez.errors import PlanError
from uprez.model import Cut, LeftOut, Media, Pull, Shot
from uprez.orders import Model, Recipe
from uprez.plan import Plan
from uprez.pulls import count_frames
from uprez.times import FrameRange

Making = Literal["animate", "restyle"]
_COMMANDS = {"image-to-video": "animate", "text-to-video": "generate", "restyle-video": "restyle"}
_RETIMED = "its speed is changed; bake the retime in your editor"
_FROZEN = "its freeze would hold the new picture as well; export the frame as a still and relink it"


def refuse_as_conform(model: Model) -> None:
    """Raise PlanError for a model that makes new pictures, naming the command that is meant."""
    if not model.keeps_picture:
        command = next((_COMMANDS[does] for does in model.does if does in _COMMANDS), "animate")
        raise PlanError(
            f"model {model.name} makes a new picture, which is never a conform; use `uprez {command}`"
        )


def plan_animation(cut: Cut, recipe: Recipe, model: Model) -> Plan:
    """Plan a moving clip of its own length for every still; raises PlanError for a model that can't."""
    if "image-to-video" not in model.does:
        raise PlanError(f"model {model.name} does not make clips from pictures; choose another model")
    shots: list[Shot] = []
    pulls: dict[str, Pull] = {}
    left: list[LeftOut] = []
    for shot in cut.shots:
        why = _unfit(shot)
        if why is not None:
            left.append(LeftOut(name=shot.name, track=shot.track, reason=why))
            continue
        pull = _pull(shot, cut)
        shots.append(shot.model_copy(update={"media": pull.media, "source": pull.frames}))
        if pull.id in pulls:
            pull = pull.model_copy(update={"shots": (*pulls[pull.id].shots, shot.id)})
        pulls[pull.id] = pull
    bought = tuple(pulls.values())
    return Plan(
        timeline=cut.name,
        rate=cut.rate,
        recipe=recipe,
        shots=tuple(shots),
        pulls=bought,
        left_out=(*cut.left_out, *left),
        totals=count_frames(shots, bought, 0),
    )


def plan_restyling(cut: Cut, recipe: Recipe, model: Model) -> Plan:
    """Plan a new picture for the frames each clip shows; raises PlanError for a model that can't."""
    if "restyle-video" not in model.does:
        raise PlanError(f"model {model.name} does not restyle clips; choose another model")
    shots: list[Shot] = []
    pulls: list[Pull] = []
    left: list[LeftOut] = []
    for shot in cut.shots:
        if shot.media.info.still or shot.retime is not None:
            why = "it is a still; use `uprez animate`" if shot.media.info.still else _RETIMED
            left.append(LeftOut(name=shot.name, track=shot.track, reason=why))
            continue
        shots.append(shot)
        first, last = shot.source.start, shot.source.end - 1
        name = f"made-{shot.media.fingerprint[:12]}-{first}-{last}"
        same = next((pull for pull in pulls if pull.id == name), None)
        if same is not None:
            pulls[pulls.index(same)] = same.model_copy(update={"shots": (*same.shots, shot.id)})
        else:
            pulls.append(Pull(id=name, media=shot.media, frames=shot.source, shots=(shot.id,)))
    return Plan(
        timeline=cut.name,
        rate=cut.rate,
        recipe=recipe,
        shots=tuple(shots),
        pulls=tuple(pulls),
        left_out=(*cut.left_out, *left),
        totals=count_frames(shots, pulls, 0),
    )


def _unfit(shot: Shot) -> str | None:
    if shot.retime is not None and shot.retime.speed == 0 and not shot.media.info.still:
        return _FROZEN
    if not shot.media.info.still:
        return "it moves already; choose stills with --clip"
    return None


def _pull(shot: Shot, cut: Cut) -> Pull:
    """Name a still as if it had the frames wanted of it: what is bought goes by that length and rate."""
    frames = FrameRange(start=0, count=shot.record.count)
    media: Media = shot.media.model_copy(update={"rate": cut.rate, "available": frames})
    name = f"made-{media.fingerprint[:12]}-{frames.count}"
    return Pull(id=name, media=media, frames=frames, shots=(shot.id,))
