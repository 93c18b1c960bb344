"""Read a model's request_schema: it decides how the rate, the size and the options are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from uprez.errors import Rejected
from uprez.frozen import Frozen


class Shape(Frozen):
    """Hold the fields that a request may have; none where the service tells nothing of them."""

    fields: dict[str, dict[str, Any]] = {}
    required: tuple[str, ...] = ()

    @classmethod
    def read(cls, schema: Any) -> Shape:
        """Read a JSON Schema; what can't be read is as if it weren't told."""
        found = schema if isinstance(schema, dict) else {}
        fields = found.get("properties")
        if not isinstance(fields, dict):
            return cls()
        required = found.get("required")
        return cls(
            fields={str(name): _flat(one) for name, one in fields.items() if isinstance(one, dict)},
            required=tuple(map(str, required)) if isinstance(required, list) else (),
        )

    def name(self, names: tuple[str, ...]) -> str | None:
        """Return which of several names a field has here; the first where nothing is told, None for none."""
        if not self.fields:
            return names[0]
        return next((name for name in names if name in self.fields), None)

    def knows(self, name: str) -> bool:
        """Tell whether a field is named; what isn't told is not known."""
        return name in self.fields

    def fit(self, name: str, value: Any, model: str) -> Any:
        """Return a value the way its field is written here; raises Rejected naming what the field takes."""
        if not self.fields:
            return value
        if name not in self.fields:
            raise Rejected(
                f"oxen: {model} has no parameter {name} any more; leave that option out", provider="oxen"
            )
        return _fitted(name, value, self.fields[name], model)

    def check(self, body: Mapping[str, Any], model: str) -> None:
        """Raise Rejected where the model asks for something that isn't sent: it would fail only later."""
        missing = [
            name
            for name in self.required
            if name not in body and "default" not in self.fields.get(name, {}) and name != "model"
        ]
        if missing:
            raise Rejected(
                f"oxen: {model} now asks for {', '.join(missing)}, which this uprez can't give; "
                "update uprez or take another model",
                provider="oxen",
            )


def _fitted(name: str, value: Any, field: Mapping[str, Any], model: str) -> Any:
    choices = field.get("enum")
    if isinstance(choices, list):
        found = next((one for one in choices if _same(one, value)), None)
        if found is None:
            raise _refused(name, value, f"one of {', '.join(map(str, choices))}", model)
        return found
    longest, number = _number(field.get("maxLength")), _number(value)
    if isinstance(value, str) and longest is not None and len(value) > longest:
        raise _refused(name, f"{len(value)} characters", f"{longest} characters at most", model)
    if number is None or isinstance(value, str):
        return value
    for bound, over in (("minimum", -1), ("maximum", 1)):
        most = _number(field.get(bound))
        if most is not None and (number - most) * over > 0:
            raise _refused(name, value, f"at {'least' if over < 0 else 'most'} {most}", model)
    if field.get("type") == "integer" and number != int(number):
        raise _refused(name, value, "a whole number", model)
    return str(value) if field.get("type") == "string" else value


def _refused(name: str, value: Any, takes: str, model: str) -> Rejected:
    return Rejected(
        f"oxen: {model} takes {takes} as {name} and not {value}; choose another value or model",
        provider="oxen",
    )


def _same(choice: Any, value: Any) -> bool:
    numbers = _number(choice), _number(value)
    if None not in numbers:
        return numbers[0] == numbers[1]
    return str(choice).lower() == str(value).lower()


def _number(found: Any) -> Decimal | None:
    if isinstance(found, bool) or found is None:
        return None
    try:
        number = Decimal(str(found))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _flat(field: Mapping[str, Any]) -> dict[str, Any]:
    """Return a field without its `null`: a nullable one is written as alternatives, or as two types."""
    flat = dict(field)
    for key in ("anyOf", "oneOf"):
        for one in flat.pop(key, None) or ():
            if isinstance(one, dict) and one.get("type") != "null":
                flat = {**one, **flat}
    kinds = flat.get("type")
    if isinstance(kinds, list):
        flat["type"] = next((kind for kind in kinds if kind != "null"), None)
    if isinstance(flat.get("enum"), list):
        flat["enum"] = [one for one in flat["enum"] if one is not None]
    return flat
