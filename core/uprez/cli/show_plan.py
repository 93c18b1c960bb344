"""Print plans, and sums of money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uprez.cli.show import frames, left_out, left_out_json, say, table
from uprez.cli.show_making import making_json, making_summary, making_text
from uprez.narrowing import narrowings, travels
from uprez.plan import achieved_handles, raster
from uprez.splitting import keep_of

if TYPE_CHECKING:
    from collections.abc import Container

    from uprez.model import Pull, Shot
    from uprez.narrowing import Travel
    from uprez.orders import Model, Quote
    from uprez.plan import Plan
    from uprez.splitting import Join
    from uprez.times import FrameRange


def plan_json(planned: Plan, model: Model) -> dict[str, Any]:
    """Return a plan in the shape of the contract, with how its plates travel to the model."""
    homes, ways = planned.homes, travels(planned, model)
    return {
        "timeline": planned.timeline,
        "rate": str(planned.rate),
        "recipe": planned.recipe.model_dump(mode="json"),
        "shots": [
            {
                "id": shot.id,
                "name": shot.name,
                "track": shot.track,
                "media": shot.media.url,
                "rate": str(shot.media.rate),
                "source": frames(shot.source),
                "record": frames(shot.record),
                "speed": str(shot.retime.speed) if shot.retime else "1",
                "ramp": shot.retime.ramp if shot.retime else False,
                "pull": homes[shot.id].id,
                "handles": list(achieved_handles(homes[shot.id], shot)),
                "size": list(raster(planned.recipe.size, shot.media.info)),
                "note": shot.note,
                "render_of": shot.media.info.stamp and shot.media.info.stamp.name,
            }
            for shot in planned.shots
        ],
        "pulls": [
            {
                "id": pull.id,
                "media": pull.media.url,
                "rate": str(pull.media.rate),
                "frames": frames(pull.frames),
                "shots": list(pull.shots),
                **_travel_json(ways.get(pull.id)),
            }
            for pull in planned.pulls
        ],
        "joins": joins_json(planned),
        "left_out": left_out_json(planned.left_out),
        "totals": planned.totals.model_dump(),
        **making_json(planned),
    }


def joins_json(planned: Plan) -> list[dict[str, Any]]:
    """Return the stretches that are bought in pieces, and which of those are there already."""
    return [
        {
            "pull": join.whole.id,
            "frames": frames(join.whole.frames),
            "pieces": [
                {"pull": one.id, "keeps": frames(keep_of(one)), "owned": one.id in planned.owned}
                for one in join.pieces
            ],
        }
        for join in planned.joins
    ]


def plan_text(planned: Plan, model: Model, *, err: bool = False) -> None:
    """Print a plan for people, with what the way to the model and back narrows."""
    if planned.making is not None:
        making_text(planned, err=err)
        return
    homes = planned.homes
    rows = []
    for shot in planned.shots:
        head, tail = achieved_handles(homes[shot.id], shot)
        width, height = raster(planned.recipe.size, shot.media.info)
        size = f"{shot.media.width}x{shot.media.height} to {width}x{height}"
        span = f"{shot.source.start}-{shot.source.end - 1}"
        speed = f" {shot.retime.words}" if shot.retime else ""
        rows.append((shot.name, shot.track, shot.media.path.name, f"{span}{speed}", f"{head}+{tail}", size))
    if rows:
        table(("shot", "track", "media", "source frames", "handles", "size"), rows, err=err)
    for line in (*made_up(planned), *notes(planned), *narrowings(planned, model)):
        say(line, err=err)
    left_out(planned.left_out, err=err)
    say(summary(planned), err=err)


def notes(planned: Plan) -> list[str]:
    """Return what a person should know of shots before they are bought."""
    said = ((shot.name, said) for shot in planned.shots for said in (shot.note, _made(shot)) if said)
    return [f"{name}: {what}" for name, what in said]


def _made(shot: Shot) -> str:
    """Say of a shot that shows a render already what that is."""
    stamp = shot.media.info.stamp
    if stamp is None:
        return ""
    return f"its media is a render of {stamp.name} already, by {stamp.provider} {stamp.model}"


def _travel_json(way: Travel | None) -> dict[str, Any]:
    if way is None:
        return {"travels": None, "narrowed": []}
    rate = None if way.rate is None else str(way.rate)
    return {
        "travels": {"preset": way.preset, "bits": way.bits, "rate": rate},
        "narrowed": list(way.narrowed),
    }


def summary(planned: Plan) -> str:
    """Say in a line how much a plan exports, against the other ways to do it."""
    totals = planned.totals
    if planned.making is not None:
        return making_summary(planned)
    if not planned.shots:
        return f"{planned.timeline}: no clip to upscale"
    return (
        f"{counted(len(planned.shots), 'shot')} in {counted(len(planned.pulls), 'pull')}: "
        f"{counted(totals.pull_frames, 'frame')} to export, {totals.used_frames} of them used "
        f"(each shot apart: {totals.naive_frames}, whole media: {totals.media_frames})"
    )


def part(planned: Plan, pull: Pull) -> str:
    """Say which piece of a stretch a pull is; nothing for a pull of its own."""
    for join in planned.joins:
        if pull in join.pieces:
            return f" ({join.pieces.index(pull) + 1} of {len(join.pieces)})"
    return ""


def made_up(planned: Plan) -> list[str]:
    """Say of each stretch of pieces what it is made of, and of others why they are not."""
    lines = [
        _grown(join, planned.owned) if join.whole.id in planned.grown else _in_pieces(join)
        for join in planned.joins
    ]
    return [*lines, *planned.apart.values()]


def _in_pieces(join: Join) -> str:
    pieces = ", ".join(map(_span, map(keep_of, join.pieces)))
    return (
        f"{join.whole.media.path.name} {_span(join.whole.frames)}: longer than the model takes "
        f"at once, so bought in {len(join.pieces)} pieces and joined ({pieces})"
    )


def _grown(join: Join, owned: Container[str]) -> str:
    """Say what of a stretch is there, and what is bought to go with it."""
    where = f"{join.whole.media.path.name} {_span(join.whole.frames)}"
    new = [piece for piece in join.pieces if piece.id not in owned]
    missing = sum(keep_of(piece).count for piece in new)
    there = counted(join.whole.frames.count - missing, "frame")
    if not new:
        return f"{where}: all of its {there} are there, and put together anew"
    context = sum(piece.frames.count for piece in new) - missing
    return f"{where}: {there} are there, {missing} are bought with {context} of context, and joined"


def _span(span: FrameRange) -> str:
    return f"{span.start}-{span.end - 1}"


def price(quote: Quote) -> str:
    """Write the sum of a quote."""
    most = quote.at_most
    sums = [
        f"{amount:f} to {most[unit]:f} {unit}" if most[unit] > amount else money(amount, unit)
        for unit, amount in quote.totals.items()
    ]
    if quote.unknown:
        sums.append(f"{counted(quote.unknown, 'pull')} without a known price")
    return " and ".join(sums) or "nothing to buy"


def money(amount: Any, unit: str) -> str:
    """Write an amount; what costs nothing is free."""
    return f"{amount:f} {unit}" if amount else "free"


def counted(number: int, noun: str) -> str:
    """Write a number of things: "1 shot", "2 shots"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
