"""Plan new pictures for the places of a cut: these are never a conform. Pure functions on values."""

from __future__ import annotations

from collections.abc import Callable
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
    return _planned(cut, recipe, _not_animated, lambda shot: _pull_of_still(shot, cut))


def plan_restyling(cut: Cut, recipe: Recipe, model: Model) -> Plan:
    """Plan a new picture for the frames each clip shows; raises PlanError for a model that can't."""
    if "restyle-video" not in model.does:
        raise PlanError(f"model {model.name} does not restyle clips; choose another model")
    return _planned(cut, recipe, _not_restyled, _pull_of_clip)


def _planned(
    cut: Cut, recipe: Recipe, unfit: Callable[[Shot], str | None], pull_of: Callable[[Shot], Pull]
) -> Plan:
    """Leave out by name what is unfit, and buy equal pulls once."""
    shots: list[Shot] = []
    pulls: dict[str, Pull] = {}
    left: list[LeftOut] = []
    for shot in cut.shots:
        why = unfit(shot)
        if why is not None:
            left.append(LeftOut(name=shot.name, track=shot.track, reason=why))
            continue
        pull = pull_of(shot)
        shots.append(shot.model_copy(update={"media": pull.media, "source": pull.frames}))
        earlier = pulls[pull.id].shots if pull.id in pulls else ()
        pulls[pull.id] = pull.model_copy(update={"shots": (*earlier, shot.id)})
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


def _not_animated(shot: Shot) -> str | None:
    if shot.media.info.still:
        return None
    frozen = shot.retime is not None and shot.retime.speed == 0
    return _FROZEN if frozen else "it moves already; choose stills with --clip"


def _not_restyled(shot: Shot) -> str | None:
    if shot.media.info.still:
        return "it is a still; use `uprez animate`"
    return _RETIMED if shot.retime is not None else None


def _pull_of_clip(shot: Shot) -> Pull:
    name = f"made-{shot.media.fingerprint[:12]}-{shot.source.start}-{shot.source.end - 1}"
    return Pull(id=name, media=shot.media, frames=shot.source, shots=(shot.id,))


def _pull_of_still(shot: Shot, cut: Cut) -> Pull:
    """Name a still as if it had the frames wanted of it: what is bought goes by that length and rate."""
    frames = FrameRange(start=0, count=shot.record.count)
    media: Media = shot.media.model_copy(update={"rate": cut.rate, "available": frames})
    name = f"made-{media.fingerprint[:12]}-{frames.count}"
    return Pull(id=name, media=media, frames=frames, shots=(shot.id,))
