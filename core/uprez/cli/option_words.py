"""Say in words what a model's options take, from the JSON Schema of its pydantic class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uprez.orders import Model

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
