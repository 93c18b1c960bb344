"""`uprez animate` and `uprez restyle`: new pictures beside what the cut shows, never a conform."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from uprez.cli import options as o
from uprez.cli import progress as p
from uprez.cli import words
from uprez.cli.run import DryRun
from uprez.errors import MediaError, PlanError

if TYPE_CHECKING:
    from uprez.generative import Making
    from uprez.session import Session

Allow = Annotated[bool, typer.Option("--allow-generative", help="Agree to pictures that a model makes up.")]


Reference = Annotated[
    Path, typer.Option("--reference", help="A still whose look the clips get.", metavar="STILL")
]


@dataclass(frozen=True, slots=True)
class Terms:
    """Hold the options that say how new pictures are bought and where they go."""

    output: o.Output = None
    max_cost: o.MaxCost = None
    yes: o.Yes = False
    dry_run: DryRun = False
    force: o.Force = False
    allow_generative: Allow = False
    workspace: o.Workspace = None
    json: o.AsJson = False
    progress: o.ProgressKind = "auto"


def animate(timeline: o.Timeline, choice: o.Choice, wish: o.Wish, terms: Terms) -> None:
    """Make stills move. As long as their clips, as an alternate reference, never a conform."""
    _make("animate", timeline, choice, wish, terms)


def restyle(timeline: o.Timeline, choice: o.Choice, wish: o.Wish, reference: Reference, terms: Terms) -> None:
    """Give clips the look of a still. As an alternate reference, never a conform."""
    _make("restyle", timeline, choice, wish, terms, reference)


def _make(
    making: Making,
    timeline: str,
    choice: o.Choice,
    wish: o.Wish,
    terms: Terms,
    reference: Path | None = None,
) -> None:
    from fractions import Fraction

    from uprez.cli.opening import opened
    from uprez.cli.run import carried_out, manner_from, preview
    from uprez.model import Size
    from uprez.request import Request

    if not terms.allow_generative:
        raise PlanError(f"{timeline}: {making} makes up pictures; give --allow-generative if that is wanted")
    p.check(terms.progress)
    session, settings = opened(timeline, terms.workspace)
    cap = words.cap_from(terms.max_cost)
    recipe = wish.recipe(settings, session.plugins)
    request = Request(
        address=str(Path(timeline).absolute()) if Path(timeline).exists() else timeline,
        selection=choice.selection(),
        recipe=recipe.model_copy(update={"size": Size(scale=Fraction(1)), "handles": 0}),
        manner=manner_from(session, "reference", terms.output, terms.force),
        cap=settings.max_cost if cap is None else cap,
        making=making,
        reference=_kept(session, reference, write=not terms.dry_run) if reference else None,
    )
    session.making, session.reference = request.making, request.reference
    if terms.dry_run:
        preview(session, request, json=terms.json)
    else:
        carried_out(session, request, yes=terms.yes, json=terms.json, progress=terms.progress)


def _kept(session: Session, still: Path, *, write: bool) -> Path:
    """Keep a reference in the workspace under a name that says what is in it, for a later process."""
    import hashlib

    from uprez.media.probe import probe
    from uprez.media.writing import copy

    if not probe(still).still:
        raise MediaError(f"{still}: is no still; give a picture as --reference")
    digest = hashlib.sha256(still.read_bytes()).hexdigest()
    to = session.workspace / "references" / f"{digest}{still.suffix.lower()}"
    if write and not to.exists():
        copy(still, to)
    return to
