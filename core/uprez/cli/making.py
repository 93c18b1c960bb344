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
    from uprez.model import Manner, Selection
    from uprez.newness import Making
    from uprez.orders import Recipe
    from uprez.plugins import Plugins
    from uprez.session import Session
    from uprez.settings import Settings

Allow = Annotated[bool, typer.Option("--allow-generative", help="Agree to pictures that a model makes up.")]
As = Annotated[
    str | None,
    typer.Option(
        "--as",
        help="reference, track or take [track where a clip is frozen, else reference].",
        metavar="MANNER",
    ),
]
Reference = Annotated[
    Path, typer.Option("--reference", help="A still whose look the clips get.", metavar="STILL")
]
_BESIDE = ("reference", "track", "take")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Hold the options that say which pictures to buy; their size and length follow from the cut."""

    provider: o.ProviderName = None
    model: o.ModelName = None
    option: o.ModelOptions = None
    render: o.RenderName = None

    def recipe(self, settings: Settings, plugins: Plugins) -> Recipe:
        """Return what is to be bought: the options over the settings. Raises PlanError."""
        from fractions import Fraction

        from uprez.model import Size

        wish = o.Wish(provider=self.provider, model=self.model, option=self.option, render=self.render)
        found = wish.recipe(settings, plugins)
        return found.model_copy(update={"size": Size(scale=Fraction(1)), "handles": 0})


@dataclass(frozen=True, slots=True)
class Terms:
    """Hold the options that say how new pictures are bought and where they go."""

    output: o.Output = None
    max_cost: o.MaxCost = None
    yes: o.Yes = False
    dry_run: DryRun = False
    force: o.Force = False
    accept_unsure: o.Unsure = False
    allow_generative: Allow = False
    workspace: o.Workspace = None
    json: o.AsJson = False
    progress: o.ProgressKind = "auto"

    def check(self, timeline: str, command: str) -> None:
        """Raise PlanError where nobody agreed to pictures that are made up."""
        if not self.allow_generative:
            raise PlanError(
                f"{timeline}: {command} is generative, it makes up pictures; give --allow-generative if that "
                "is wanted"
            )
        p.check(self.progress)


def animate(timeline: o.Timeline, choice: o.Choice, wish: Wanted, terms: Terms, manner: As = None) -> None:
    """Make stills and frozen clips move. Each for its own length, beside what it shows, never a conform."""
    from uprez.cli.opening import opened
    from uprez.newness import Making

    terms.check(timeline, "animate")
    session, settings = opened(timeline, terms.workspace, choice.media)
    making = Making(kind="animate", above=manner in (None, "track") and "track" in session.host.manners)
    selection, recipe = choice.selection(), wish.recipe(settings, session.plugins)
    if manner is None and _any_frozen(session, selection, recipe, making):
        manner = "track"
    made(timeline, session, settings, selection, recipe, making, terms, beside(session, manner, terms))


def restyle(
    timeline: o.Timeline,
    choice: o.Choice,
    wish: Wanted,
    reference: Reference,
    terms: Terms,
    manner: As = None,
) -> None:
    """Give clips the look of a still. Beside what they show, never a conform."""
    from uprez.cli.opening import opened
    from uprez.newness import Making

    terms.check(timeline, "restyle")
    session, settings = opened(timeline, terms.workspace, choice.media)
    making = Making(kind="restyle", reference=_kept(session, reference, write=not terms.dry_run))
    recipe = wish.recipe(settings, session.plugins)
    made(
        timeline, session, settings, choice.selection(), recipe, making, terms,
        beside(session, manner, terms),
    )  # fmt: skip


def made(
    timeline: str,
    session: Session,
    settings: Settings,
    selection: Selection,
    recipe: Recipe,
    making: Making,
    terms: Terms,
    manner: Manner,
) -> None:
    """Carry a request for new pictures out, or preview it."""
    from uprez.cli.run import carried_out, preview
    from uprez.request import Request

    cap = words.cap_from(terms.max_cost)
    request = Request(
        address=words.address_from(timeline),
        selection=selection,
        recipe=recipe,
        manner=manner,
        cap=settings.max_cost if cap is None else cap,
        accept_unsure=terms.accept_unsure,
        making=making,
    )
    if terms.dry_run:
        preview(session, request, json=terms.json)
    else:
        carried_out(session, request, yes=terms.yes, json=terms.json, progress=terms.progress)


def beside(session: Session, manner: str | None, terms: Terms) -> Manner:
    """Return how a new picture lands: beside the cut's own, never in its place. Raises PlanError."""
    from uprez.cli.run import manner_from

    known = [kind for kind in _BESIDE if kind in session.host.manners]
    if manner is not None and manner not in _BESIDE:
        raise PlanError(
            f"--as {manner}: a new picture never takes the place of the cut's own; choose "
            f"{' or '.join(known)}"
        )
    return manner_from(session, manner or next(iter(known), None), terms.output, terms.force)


def _any_frozen(session: Session, selection: Selection, recipe: Recipe, making: Making) -> bool:
    from uprez.generative import is_frozen

    return any(is_frozen(shot) for shot in session.plan(selection, recipe, making).shots)


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
