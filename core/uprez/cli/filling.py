"""`uprez bridge` and `uprez generate`: new clips above the gaps of a cut, which stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from uprez.cli import options as o
from uprez.cli.making import Terms, Wanted, beside, made

if TYPE_CHECKING:
    from uprez.newness import Making

_WHICH = "Which gap"

Between = Annotated[
    tuple[str, str],
    typer.Option(
        "--between",
        help="The clips before and after it, by name.",
        metavar="CLIP CLIP",
        rich_help_panel=_WHICH,
    ),
]
Gap = Annotated[
    str,
    typer.Option("--gap", help="A timecode of the timeline in it.", metavar="TC", rich_help_panel=_WHICH),
]
SomeGap = Annotated[
    str | None,
    typer.Option(
        "--gap",
        help="A timecode in it, where several lie between such clips.",
        metavar="TC",
        rich_help_panel=_WHICH,
    ),
]
Tracks = Annotated[
    list[str] | None,
    typer.Option(
        "--track", help="Track name, or V1, V2 …; repeatable.", metavar="NAME", rich_help_panel=_WHICH
    ),
]


def bridge(
    timeline: o.Timeline,
    between: Between,
    wish: Wanted,
    terms: Terms,
    gap: SomeGap = None,
    track: Tracks = None,
) -> None:
    """Fill the gap between two clips. From the one's last frame to the other's first, on a track above."""
    from uprez.newness import Making

    terms.check(timeline, "bridge")
    _fill(timeline, Making(kind="bridge", between=between, gap=gap), wish, terms, track)


def generate(timeline: o.Timeline, gap: Gap, wish: Wanted, terms: Terms, track: Tracks = None) -> None:
    """Fill a gap or a slug from words alone. For its whole length, on a track above."""
    from uprez.newness import Making

    terms.check(timeline, "generate")
    _fill(timeline, Making(kind="generate", gap=gap), wish, terms, track)


def _fill(timeline: str, making: Making, wish: Wanted, terms: Terms, track: list[str] | None) -> None:
    from uprez.cli.opening import opened
    from uprez.model import Selection

    session, settings = opened(timeline, terms.workspace)
    recipe = wish.recipe(settings, session.plugins)
    selection = Selection(tracks=tuple(track or ()))
    kind = "track" if session.host.fills_gaps else None
    made(timeline, session, settings, selection, recipe, making, terms, beside(session, kind, terms))
