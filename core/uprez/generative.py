"""Plan new pictures for the places of a cut: these are never a conform. Pure functions on values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from uprez.errors import PlanError
from uprez.filling import Place, place_between, place_for_words
from uprez.host import Host
from uprez.keyframes import pull_from, unreadable
from uprez.model import Cut, LeftOut, Pull, Selection, Shot
from uprez.newness import Keyframe, Making
from uprez.orders import Model, Recipe
from uprez.plan import Plan
from uprez.pulls import count_frames

_NEEDS = {
    "animate": ("image-to-video", "does not make clips from pictures"),
    "restyle": ("restyle-video", "does not restyle clips"),
    "bridge": ("bridge", "takes no last frame"),
    "generate": ("text-to-video", "does not make clips from words"),
}
_COMMANDS = {does: command for command, (does, _) in _NEEDS.items()}
_NAMED = 3
_NO_LASTS: Mapping[str, Keyframe] = MappingProxyType({})
_RETIMED = "its speed is changed; bake the retime in your editor"
_FROZEN = "its freeze would hold the new picture as well; give --as track"


def refuse_as_conform(model: Model) -> None:
    """Raise PlanError for a model that makes new pictures, naming the command that is meant."""
    if not model.keeps_picture:
        command = next((_COMMANDS[does] for does in model.does if does in _COMMANDS), "animate")
        raise PlanError(
            f"model {model.name} is generative, and a new picture is never a conform; use `uprez {command}`"
        )


def plan_making(host: Host, selection: Selection, recipe: Recipe, model: Model, making: Making) -> Plan:
    """Read the timeline and plan what new pictures it gets; writes nothing.

    Raises PlanError for a model or a host that can't, and for a place that isn't there; HostError.
    """
    does, why = _NEEDS[making.kind]
    if does not in model.does:
        raise PlanError(
            f"model {model.name} {why}; choose one that does {does}, see `uprez providers {recipe.provider}`"
        )
    if making.kind in ("bridge", "generate"):
        return _filled(_with_gaps(host, selection, making), recipe, making)
    cut = host.shots(selection)
    if making.kind == "animate":
        return _planned(
            cut, recipe, making, lambda shot: _not_animated(shot, making), lambda shot: _animated(shot, cut)
        )
    return _planned(cut, recipe, making, _not_restyled, _restyled)


def is_frozen(shot: Shot) -> bool:
    """Tell whether a shot shows one frame of a clip all the time."""
    return not shot.media.info.still and shot.retime is not None and shot.retime.speed == 0


def _with_gaps(host: Host, selection: Selection, making: Making) -> Cut:
    if not host.fills_gaps:
        raise PlanError(
            f"{host.address}: host {host.name} can't fill gaps; export the timeline as .otio and name it"
        )
    return host.shots(selection)


def _filled(cut: Cut, recipe: Recipe, making: Making) -> Plan:
    place: Place = place_between(cut, making) if making.kind == "bridge" else place_for_words(cut, making)
    lasts = {} if place.last is None else {place.pull.id: place.last}
    return _plan(cut, recipe, making, (place.shot,), (place.pull,), (), lasts)


def _planned(
    cut: Cut,
    recipe: Recipe,
    making: Making,
    unfit: Callable[[Shot], str | None],
    pull_of: Callable[[Shot], Pull],
) -> Plan:
    """Leave out by name what is unfit, and buy equal pulls once."""
    shots: list[Shot] = []
    pulls: dict[str, Pull] = {}
    left = list(cut.left_out)
    for shot in cut.shots:
        why = unfit(shot)
        if why is not None:
            left.append(LeftOut(name=shot.name, track=shot.track, reason=why))
            continue
        pull = pull_of(shot)
        shots.append(shot.model_copy(update={"media": pull.media, "source": pull.frames}))
        earlier = pulls[pull.id].shots if pull.id in pulls else ()
        pulls[pull.id] = pull.model_copy(update={"shots": (*earlier, shot.id)})
    if not shots:
        named = "; ".join(f"{one.name}: {one.reason}" for one in left[:_NAMED]) or "no clip is there"
        raise PlanError(f"{cut.name}: nothing to {making.kind}; {named}")
    return _plan(cut, recipe, making, shots, pulls.values(), left)


def _plan(
    cut: Cut,
    recipe: Recipe,
    making: Making,
    shots: Iterable[Shot],
    pulls: Iterable[Pull],
    left_out: Iterable[LeftOut],
    lasts: Mapping[str, Keyframe] = _NO_LASTS,
) -> Plan:
    shots, pulls = tuple(shots), tuple(pulls)
    return Plan(
        timeline=cut.name,
        rate=cut.rate,
        recipe=recipe,
        shots=shots,
        pulls=pulls,
        left_out=tuple(left_out),
        totals=count_frames(shots, pulls, 0),
        making=making,
        lasts=dict(lasts),
    )


def _not_animated(shot: Shot, making: Making) -> str | None:
    if shot.media.info.still:
        return None
    if is_frozen(shot):
        return unreadable(shot.media) if making.above else _FROZEN
    return "it moves already; choose stills and frozen clips with --clip"


def _not_restyled(shot: Shot) -> str | None:
    if shot.media.info.still:
        return "it is a still; use `uprez animate`"
    return _RETIMED if shot.retime is not None else None


def _restyled(shot: Shot) -> Pull:
    name = f"made-{shot.media.fingerprint[:12]}-{shot.source.start}-{shot.source.end - 1}"
    return Pull(id=name, media=shot.media, frames=shot.source, shots=(shot.id,))


def _animated(shot: Shot, cut: Cut) -> Pull:
    still = shot.media.info.still
    first = Keyframe(media=shot.media, frame=0 if still else shot.source.start - shot.media.available.start)
    return pull_from(first, shot.record.count, cut.rate, shot.id)
