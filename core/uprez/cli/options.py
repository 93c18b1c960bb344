"""The options that commands share, and what they make: a selection and a recipe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from uprez.cli import words

if TYPE_CHECKING:
    from uprez.model import RetimeKind, Selection
    from uprez.orders import Option, Recipe
    from uprez.plugins import Plugins
    from uprez.settings import Settings

_CHOOSE, _BUY = "Which clips (several kinds narrow each other)", "What to buy"

Timeline = Annotated[
    str, typer.Argument(help="A timeline: a file that OTIO reads, or resolve:NAME.", metavar="TIMELINE")
]
Where = Annotated[str, typer.Argument(help="A workspace (cut.uprez) or its timeline.", metavar="WORKSPACE")]
Workspace = Annotated[
    Path | None,
    typer.Option("--workspace", help="Where plates and renders go [beside the timeline].", metavar="DIR"),
]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", help="The timeline to write [cut_uprez.otio].", metavar="FILE"),
]
As = Annotated[
    str | None,
    typer.Option(
        "--as", help="reference, replace, track, timeline or take [the host's first].", metavar="MANNER"
    ),
]
MatchSize = Annotated[
    bool,
    typer.Option("--match-size", help="Relink renders that are brought back to their source's raster."),
]
MaxCost = Annotated[
    str | None,
    typer.Option(
        "--max-cost",
        help="Spend no more than this in this run, in the provider's unit [max_cost in uprez.toml].",
        metavar="AMOUNT",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Buy without asking.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite an output that exists; never the input.")]
Unsure = Annotated[bool, typer.Option("--accept-unsure", help="Relink what could not be proved either way.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
ProgressKind = Annotated[
    str, typer.Option("--progress", help="auto, json or none, on stderr.", metavar="KIND")
]


def _choose(*names: str, says: str, metavar: str | None = None) -> Any:
    return typer.Option(*names, help=says, metavar=metavar, rich_help_panel=_CHOOSE)


def _buy(*names: str, says: str, metavar: str) -> Any:
    return typer.Option(*names, help=says, metavar=metavar, rich_help_panel=_BUY)


ProviderName = Annotated[str | None, _buy("-p", "--provider", says="Provider [local].", metavar="NAME")]
ModelName = Annotated[str | None, _buy("-m", "--model", says="Model [the provider's first].", metavar="NAME")]
ModelOptions = Annotated[
    list[str] | None,
    _buy("-O", says="An option of the model; repeatable; see `uprez providers NAME`.", metavar="NAME=VALUE"),
]
RenderName = Annotated[
    str | None, _buy("--render", says="prores, dnxhr, h264, h265, ffv1 [prores].", metavar="PRESET")
]


@dataclass(frozen=True, slots=True)
class Choice:
    """Hold the options that choose clips."""

    track: Annotated[
        list[str] | None, _choose("--track", says="Track name, or V1, V2 …; repeatable.", metavar="NAME")
    ] = None
    clip: Annotated[
        list[str] | None, _choose("--clip", says="Clip name, with * and ?; repeatable.", metavar="GLOB")
    ] = None
    color: Annotated[
        list[str] | None, _choose("--color", says="Clip colour; repeatable.", metavar="NAME")
    ] = None
    flag: Annotated[list[str] | None, _choose("--flag", says="Flag colour; repeatable.", metavar="NAME")] = (
        None
    )
    marker: Annotated[
        list[str] | None, _choose("--marker", says="Text in a clip's marker; repeatable.", metavar="TEXT")
    ] = None
    selected: Annotated[bool, _choose("--selected", says="What is selected in the editor.")] = False
    between: Annotated[
        tuple[str, str] | None,
        _choose("--between", says="Timecode of the timeline, from and to.", metavar="TC TC"),
    ] = None
    below: Annotated[
        str | None, _choose("--below", says="Only media less high than this: 1080p.", metavar="HEIGHT")
    ] = None
    include_disabled: Annotated[bool, _choose("--include-disabled", says="Disabled clips too.")] = False
    retime: Annotated[
        str,
        _choose(
            "--retime",
            says="keep, bake into the file, or whole: all of a media whose speed curve is unknown.",
            metavar="HOW",
        ),
    ] = "keep"
    media: Annotated[
        list[Path] | None,
        _choose(
            "--media",
            says="Search media that the timeline does not name, or not where it is, here first; repeatable.",
            metavar="FOLDER",
        ),
    ] = None
    via_resolve: Annotated[
        bool,
        _choose(
            "--via-resolve", says="Have Resolve render clips whose files can't be read; bakes the grade in."
        ),
    ] = False

    def selection(self) -> Selection:
        """Return the selection that the options name. Raises PlanError."""
        from uprez.model import Selection

        return Selection(
            tracks=tuple(self.track or ()),
            clips=tuple(self.clip or ()),
            colors=tuple(self.color or ()),
            flags=tuple(self.flag or ()),
            markers=tuple(self.marker or ()),
            selected=self.selected,
            between=self.between,
            below=None if self.below is None else words.height_from(self.below, "--below"),
            include_disabled=self.include_disabled,
            via_host=self.via_resolve,
            retime=self.retimed(),
        )

    def retimed(self) -> RetimeKind:
        """Return what becomes of retimed clips. Raises PlanError."""
        return words.retime_from(self.retime)


@dataclass(frozen=True, slots=True)
class Wish:
    """Hold the options that say what to buy."""

    provider: ProviderName = None
    model: ModelName = None
    scale: Annotated[str | None, _buy("-s", "--scale", says="Factor: 2, 1.5, 3/2 [2].", metavar="FACTOR")] = (
        None
    )
    to: Annotated[
        str | None, _buy("--to", says="Height or raster instead: 2160p, 3840x2160.", metavar="SIZE")
    ] = None
    handles: Annotated[
        int | None, _buy("--handles", says="Extra frames at each end [24].", metavar="FRAMES")
    ] = None
    option: ModelOptions = None
    render: RenderName = None

    def recipe(self, settings: Settings, plugins: Plugins, provider: str | None = None) -> Recipe:
        """Return what is to be bought: the options over the settings over the defaults. Raises PlanError.

        `provider` takes the place of the option of that name.
        """
        from uprez.orders import Recipe

        usual, fallback = settings.recipe, Recipe()
        named = provider or self.provider or usual.provider or fallback.provider
        same = named == (usual.provider or fallback.provider)
        model = plugins.model(named, self.model or (usual.model if same else None) or "")
        same = same and usual.model in (None, "", model.name)
        sized = self.scale is not None or self.to is not None
        handles = next(
            count for count in (self.handles, usual.handles, fallback.handles) if count is not None
        )
        options: dict[str, Option] = dict(usual.options) if same else {}
        return Recipe(
            provider=named,
            model=model.name,
            size=words.size_from(self.scale if sized else usual.scale, self.to if sized else usual.to),
            handles=words.handles_from(handles),
            options={**options, **words.options_from(self.option or (), model)},
            render=words.preset_from(self.render) or usual.render or fallback.render,
        )
