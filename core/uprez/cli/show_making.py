"""Print plans of new pictures: what each is made from, how long it will be, and that it is generative."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uprez.cli.show import left_out, say, table

if TYPE_CHECKING:
    from uprez.model import Pull, Shot
    from uprez.plan import Plan


def making_json(planned: Plan) -> dict[str, Any]:
    """Return what a plan says of new pictures; a conform has none."""
    making = planned.making
    return {"generative": making is not None, "making": making and making.model_dump(mode="json")}


def making_text(planned: Plan, *, err: bool = False) -> None:
    """Print a plan of new pictures for people."""
    homes = planned.homes
    rows = [
        (shot.name, shot.track, _made_from(planned, shot, homes[shot.id]), homes[shot.id].frames.count)
        for shot in planned.shots
    ]
    if rows:
        table(("shot", "track", "made from", "new frames"), rows, err=err)
    left_out(planned.left_out, err=err)
    say(making_summary(planned), err=err)


def making_summary(planned: Plan) -> str:
    """Say in a line that a plan is generative, and how many frames will be made up."""
    assert planned.making is not None
    kind, count = planned.making.kind, len(planned.shots)
    if not count:
        return f"{planned.timeline}: nothing to {kind}"
    frames = sum(pull.frames.count for pull in planned.pulls)
    shots = "1 shot" if count == 1 else f"{count} shots"
    return f"{kind} {shots}, generative: {planned.recipe.model} makes up {frames} frames, never a conform"


def _made_from(planned: Plan, shot: Shot, pull: Pull) -> str:
    making, name, last = planned.making, pull.media.path.name, planned.lasts.get(pull.id)
    first = pull.frames.start - pull.media.available.start
    if making is None or making.kind == "generate":
        return "words"
    if making.kind == "restyle":
        return f"{name}, frames {shot.source.start}-{shot.source.end - 1}"
    begin = name if pull.media.info.still else f"{name}, frame {first}"
    if last is None:
        return begin
    return f"{begin} to {last.media.path.name}" + ("" if last.media.info.still else f", frame {last.frame}")
