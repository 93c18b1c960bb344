"""Read the words of options as values; each refusal names the option and says how to write it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from uprez.errors import PlanError

if TYPE_CHECKING:
    from uprez.model import RenderPreset, RetimeKind, Size
    from uprez.orders import Model, Option

_SMALLEST, _LARGEST = 16, 16_384
_MOST_HANDLES = 100_000


def address_from(timeline: str) -> str:
    """Return a timeline's address; that of a file holds from any folder."""
    return str(Path(timeline).absolute()) if Path(timeline).exists() else timeline


def size_from(scale: str | None, to: str | None) -> Size:
    """Read `--scale` or `--to`; twice the size where neither is given. Raises PlanError."""
    from uprez.model import Size

    if scale is not None and to is not None:
        raise PlanError("--scale and --to both say how large; give one of them")
    if to is None:
        return Size(scale=_factor(scale or "2"))
    raster = re.fullmatch(r"(\d{1,6})[xX](\d{1,6})", to, re.ASCII)
    if raster:
        return Size(width=_even(raster[1], to), height=_even(raster[2], to))
    return Size(height=height_from(to, "--to"))


def height_from(text: str, option: str) -> int:
    """Read a height in pixels: 1080p or 1080. Raises PlanError."""
    found = re.fullmatch(r"(\d{1,6})p?", text, re.ASCII)
    if not found:
        raise PlanError(f"{option} {text}: not a size; write it like 1080p or 1920x1080")
    return _pixels(found[1], text)


def cap_from(text: str | None) -> Decimal | None:
    """Read `--max-cost`. Raises PlanError."""
    if text is None:
        return None
    try:
        cap = Decimal(text)
    except InvalidOperation:
        cap = Decimal(-1)
    if not cap.is_finite() or not 0 <= cap < 10**9:
        raise PlanError(f"--max-cost {text}: not an amount; write it like 12.50")
    return cap


def handles_from(count: int) -> int:
    """Check `--handles`. Raises PlanError."""
    if not 0 <= count <= _MOST_HANDLES:
        raise PlanError(f"--handles {count}: not a number of frames; write it like 24")
    return count


def preset_from(name: str | None) -> RenderPreset | None:
    """Read `--render`. Raises PlanError."""
    from uprez.model import RenderPreset

    presets: tuple[RenderPreset, ...] = get_args(RenderPreset)
    if name is None:
        return None
    found = next((preset for preset in presets if preset == name), None)
    if found is None:
        raise PlanError(f"--render {name}: not a preset; choose one of {', '.join(presets)}")
    return found


def retime_from(name: str) -> RetimeKind:
    """Read `--retime`. Raises PlanError."""
    from uprez.model import RetimeKind

    kinds: tuple[RetimeKind, ...] = get_args(RetimeKind)
    found = next((kind for kind in kinds if kind == name), None)
    if found is None:
        raise PlanError(f"--retime {name}: not a way; choose one of {', '.join(kinds)}")
    return found


def options_from(texts: Iterable[str], model: Model) -> dict[str, Option]:
    """Read each `-O name=value` as the type that the model's option has. Raises PlanError."""
    fields = model.options.model_fields
    found: dict[str, Option] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise PlanError(f"-O {text}: not name=value; write it like -O strength=0.4")
        if name == "render":
            raise PlanError(f"-O {text}: the codec has an option of its own; write --render {value}")
        if name not in fields and model.options.model_config.get("extra") != "allow":
            names = ", ".join(known for known in fields if known != "render") or "none"
            raise PlanError(f"-O {name}: model {model.name} has no such option; it has {names}")
        found[name] = _typed(value, fields[name].annotation) if name in fields else _guessed(value)
    return found


def _typed(text: str, annotation: Any) -> Option:
    """Take what the text looks like where the option's type allows it, else the text itself."""
    from pydantic import TypeAdapter, ValidationError

    guess = _guessed(text)
    try:
        TypeAdapter(annotation).validate_python(guess)
    except ValidationError:
        return text
    return guess


def _guessed(text: str) -> Option:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        return number if math.isfinite(number) else text
    return text


def _factor(text: str) -> Fraction:
    try:
        scale = Fraction(text)
    except (ValueError, ZeroDivisionError):
        scale = Fraction(0)
    if not 1 < scale <= 16:
        raise PlanError(f"--scale {text}: not a factor above 1 and up to 16; write it like 2, 1.5 or 3/2")
    return scale


def _even(digits: str, text: str) -> int:
    pixels = _pixels(digits, text)
    if pixels % 2:
        raise PlanError(f"--to {text}: {pixels} is odd, which most codecs refuse; choose even numbers")
    return pixels


def _pixels(digits: str, text: str) -> int:
    if not _SMALLEST <= int(digits) <= _LARGEST:
        raise PlanError(f"{text}: sizes go from {_SMALLEST} to {_LARGEST} pixels")
    return int(digits)
