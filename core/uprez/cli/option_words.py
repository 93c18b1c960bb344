"""Say in words what a model's options take, from the JSON Schema of its pydantic class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uprez.orders import Limits, Model

Schema = Mapping[str, Any]


def described(model: Model) -> Iterator[str]:
    """Yield a line for each option: its name, what it takes, its default and what it is for."""
    schema = model.options.model_json_schema()
    needed = schema.get("required", ())
    for name, shape in schema.get("properties", {}).items():
        how = (
            f"--render {_takes(shape, schema)}" if name == "render" else f"-O {name}={_takes(shape, schema)}"
        )
        default = shape.get("default")
        usual = "needed" if name in needed else f"default {default}" if default is not None else "optional"
        yield f"{how}  {shape.get('description', '')}".rstrip() + f" [{usual}]"


def bounds(limits: Limits) -> Iterator[str]:
    """Yield in words what a model stops at."""
    if limits.max_frames is not None:
        yield f"{limits.max_frames} frames an order"
    if limits.max_width is not None or limits.max_height is not None:
        yield f"renders up to {limits.max_width or 'any'}x{limits.max_height or 'any'}"
    if limits.min_rate is not None or limits.max_rate is not None:
        low, high = limits.min_rate, limits.max_rate
        between = f"{low} to {high}" if low and high else f"up to {high}" if high else f"from {low}"
        yield f"{between} frames a second"
    if limits.rates:
        yield f"plates travel at {_rates(limits.rates)} frames a second"
    if limits.max_bits < 16:
        yield f"works in {limits.max_bits} bits"
    yield "takes alpha" if limits.alpha else "takes no alpha"


def _rates(rates: Sequence[int]) -> str:
    low, high = min(rates), max(rates)
    every = len(rates) > 3 and set(rates) == set(range(low, high + 1))
    return f"{low} to {high}" if every else ", ".join(map(str, sorted(rates)))


def _takes(shape: Schema, whole: Schema) -> str:
    if "$ref" in shape:
        return _takes(whole.get("$defs", {}).get(shape["$ref"].rpartition("/")[2], {}), whole)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in shape:
            kinds = (_takes(one, whole) for one in shape[several] if one.get("type") != "null")
            return " or ".join(dict.fromkeys(kinds))
    if "enum" in shape:
        return "|".join(map(str, shape["enum"]))
    if "const" in shape:
        return str(shape["const"])
    low, high = _edge(shape, "inimum", "above"), _edge(shape, "aximum", "below")
    kind = str(shape.get("type", "value")).upper()
    if not low and not high:
        return kind
    return f"{kind} {low or 'any'} to {high}" if high else f"{kind} from {low}"


def _edge(shape: Schema, name: str, beyond: str) -> str:
    bare, exclusive = shape.get(f"m{name}"), shape.get(f"exclusiveM{name}")
    if bare is not None:
        return str(bare)
    return "" if exclusive is None else f"{beyond} {exclusive}"
