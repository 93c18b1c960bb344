"""The options that commands share, and how they become values."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from uprez.errors import PlanError
from uprez.model import RenderPreset, Selection, Size
from uprez.orders import Option, Recipe

if TYPE_CHECKING:
    from uprez.settings import Settings

_CHOOSE, _BUY = "Which clips", "What to buy"

Timeline = Annotated[
    str, typer.Argument(help="A timeline: a file that OTIO reads, or resolve:NAME.", metavar="TIMELINE")
]
Tracks = Annotated[
    list[str] | None,
    typer.Option("--track", help="Track name or V1, V2 …; repeatable.", rich_help_panel=_CHOOSE),
]
Clips = Annotated[
    list[str] | None,
    typer.Option("--clip", help="Clip name, with * and ?; repeatable.", rich_help_panel=_CHOOSE),
]
Colors = Annotated[list[str] | None, typer.Option("--color", help="Clip colour.", rich_help_panel=_CHOOSE)]
Flags = Annotated[list[str] | None, typer.Option("--flag", help="Flag colour.", rich_help_panel=_CHOOSE)]
Markers = Annotated[
    list[str] | None, typer.Option("--marker", help="Text in a clip's marker.", rich_help_panel=_CHOOSE)
]
Selected = Annotated[
    bool, typer.Option("--selected", help="What is selected in the editor.", rich_help_panel=_CHOOSE)
]
Between = Annotated[
    tuple[str, str] | None,
    typer.Option("--between", help="Timeline timecode from, to.", rich_help_panel=_CHOOSE),
]
Below = Annotated[
    str | None, typer.Option("--below", help="Only media below this height: 1080p.", rich_help_panel=_CHOOSE)
]
Disabled = Annotated[
    bool, typer.Option("--include-disabled", help="Disabled clips too.", rich_help_panel=_CHOOSE)
]

ProviderName = Annotated[
    str | None, typer.Option("-p", "--provider", help="Provider [local].", rich_help_panel=_BUY)
]
ModelName = Annotated[
    str | None, typer.Option("-m", "--model", help="Model [the provider's first].", rich_help_panel=_BUY)
]
Scale = Annotated[
    str | None, typer.Option("-s", "--scale", help="Factor: 2, 1.5, 3/2 [2].", rich_help_panel=_BUY)
]
To = Annotated[
    str | None, typer.Option("--to", help="Height or raster: 2160p, 3840x2160.", rich_help_panel=_BUY)
]
Handles = Annotated[
    int | None, typer.Option("--handles", min=0, help="Frames at each end [24].", rich_help_panel=_BUY)
]
Options = Annotated[
    list[str] | None, typer.Option("-O", help="A model's option, name=value.", rich_help_panel=_BUY)
]
Render = Annotated[
    str | None,
    typer.Option("--render", help="prores, dnxhr, h264, h265, ffv1 [prores].", rich_help_panel=_BUY),
]

Workspace = Annotated[
    Path | None, typer.Option("--workspace", help="Where plates and renders go [beside the timeline].")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def selection_from(
    tracks: list[str] | None,
    clips: list[str] | None,
    colors: list[str] | None,
    flags: list[str] | None,
    markers: list[str] | None,
    selected: bool,
    between: tuple[str, str] | None,
    below: str | None,
    disabled: bool,
) -> Selection:
    """Return the selection that the options name. Raises PlanError."""
    return Selection(
        tracks=tuple(tracks or ()),
        clips=tuple(clips or ()),
        colors=tuple(colors or ()),
        flags=tuple(flags or ()),
        markers=tuple(markers or ()),
        selected=selected,
        between=between,
        below=None if below is None else _height(below, "--below"),
        include_disabled=disabled,
    )


def recipe_from(
    settings: Settings,
    provider: str | None,
    model: str | None,
    scale: str | None,
    to: str | None,
    handles: int | None,
    options: list[str] | None,
    render: str | None,
) -> Recipe:
    """Return what the options say is to be bought, over what the settings say. Raises PlanError."""
    usual, fallback = settings.recipe, Recipe()
    same = provider is None or provider == (usual.provider or fallback.provider)
    asked = scale is not None or to is not None
    return Recipe(
        provider=provider or usual.provider or fallback.provider,
        model=model or (usual.model if same else None) or "",
        size=size_from(scale if asked else usual.scale, to if asked else usual.to),
        handles=fallback.handles
        if (found := handles if handles is not None else usual.handles) is None
        else found,
        options={**(usual.options if same else {}), **dict(map(_option, options or ()))},
        render=_preset(render) or usual.render or fallback.render,
    )


def size_from(scale: str | None, to: str | None) -> Size:
    """Read `--scale` or `--to`; twice the size where neither is given. Raises PlanError."""
    if scale is not None and to is not None:
        raise PlanError("--scale and --to both say how large; give one of them")
    if to is None:
        return Size(scale=_factor(scale or "2"))
    raster = re.fullmatch(r"(\d+)x(\d+)", to)
    if raster:
        return Size(width=_pixels(raster[1], to), height=_pixels(raster[2], to))
    return Size(height=_height(to, "--to"))


def cap_from(text: str | None) -> Decimal | None:
    """Read `--max-cost`. Raises PlanError."""
    if text is None:
        return None
    try:
        cap = Decimal(text)
    except InvalidOperation:
        cap = Decimal(-1)
    if not cap.is_finite() or cap < 0:
        raise PlanError(f"--max-cost {text}: not an amount; write it like 12.50")
    return cap


def _preset(name: str | None) -> RenderPreset | None:
    if name is None:
        return None
    presets: tuple[RenderPreset, ...] = get_args(RenderPreset)
    found = next((preset for preset in presets if preset == name), None)
    if found is None:
        raise PlanError(f"--render {name}: not a preset; choose one of {', '.join(presets)}")
    return found


def _factor(text: str) -> Fraction:
    try:
        scale = Fraction(text)
    except (ValueError, ZeroDivisionError):
        scale = Fraction(0)
    if not 1 < scale <= 16:
        raise PlanError(f"--scale {text}: not a factor above 1 and up to 16; write it like 2, 1.5 or 3/2")
    return scale


def _height(text: str, option: str) -> int:
    found = re.fullmatch(r"(\d+)p?", text)
    if not found:
        raise PlanError(f"{option} {text}: not a size; write it like 1080p or 1920x1080")
    return _pixels(found[1], text)


def _pixels(digits: str, text: str) -> int:
    if not 16 <= int(digits) <= 16_384:
        raise PlanError(f"{text}: sizes go from 16 to 16384 pixels")
    return int(digits)


def _option(text: str) -> tuple[str, Option]:
    name, found, value = text.partition("=")
    if not found or not name:
        raise PlanError(f"-O {text}: not name=value; write it like -O strength=0.4")
    return name, _value(value)


def _value(text: str) -> Option:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
