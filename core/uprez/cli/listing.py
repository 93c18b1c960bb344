"""`uprez providers`, `plugins`, `hosts` and `doctor`: who is there and whether it works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from uprez.cli import options as o
from uprez.cli import show

if TYPE_CHECKING:
    from uprez.orders import Model
    from uprez.provider import Provider


def providers(
    name: Annotated[
        str | None, typer.Argument(help="One provider, to see its models.", metavar="[NAME]")
    ] = None,
    json: o.AsJson = False,
) -> None:
    """List providers and models; with NAME also what each model takes, its limits and its options."""
    from uprez.cli.opening import loaded

    plugins = loaded()
    chosen = [plugins.provider(name)] if name else list(plugins.providers.values())
    if json:
        show.as_json({"providers": [_provider(kind) for kind in chosen]})
        return
    rows = [(kind.name, model.name, model.price, model.summary) for kind in chosen for model in kind.models]
    show.table(("provider", "model", "price", "what it does"), rows)
    if name:
        for model in chosen[0].models:
            _describe(model)


def plugins(json: o.AsJson = False) -> None:
    """List plugins: where each came from, and for a broken one why it is out."""
    from uprez.cli.opening import loaded

    lines = loaded().lines
    if json:
        show.as_json({"plugins": [line.model_dump(mode="json") for line in lines]})
        return
    rows = [(line.name, line.version or "-", line.error or "ok", line.source) for line in lines]
    show.table(("plugin", "version", "state", "from"), rows)


def hosts(json: o.AsJson = False) -> None:
    """List hosts and the manners in which each relinks."""
    from uprez.cli.opening import loaded

    found = loaded().hosts
    if json:
        show.as_json(
            {"hosts": [{"name": name, "manners": list(kind.manners)} for name, kind in found.items()]}
        )
        return
    show.table(("host", "manners"), [(name, ", ".join(kind.manners)) for name, kind in found.items()])


def doctor(json: o.AsJson = False) -> None:
    """Check this installation: versions, plugins, codecs, disk. Exit 1 where something is wrong."""
    from uprez.doctor import examine

    findings = examine()
    if json:
        show.as_json({"findings": [finding.model_dump(mode="json") for finding in findings]})
    else:
        rows = [("ok" if finding.good else "WRONG", finding.what, finding.found) for finding in findings]
        show.table(("", "what", "found"), rows)
    raise typer.Exit(0 if all(finding.good for finding in findings) else 1)


def _provider(kind: type[Provider]) -> dict[str, Any]:
    return {"name": kind.name, "key": kind.key_env, "models": [_model(model) for model in kind.models]}


def _model(model: Model) -> dict[str, Any]:
    shape = model.model_dump(mode="json", exclude={"options"})
    return {**shape, "options": model.options.model_json_schema()}


def _describe(model: Model) -> None:
    typer.echo(f"\n{model.name}: {model.summary}")
    typer.echo(f"  does {', '.join(model.does)}; reads {', '.join(model.plates)}")
    limits = {name: value for name, value in model.limits.model_dump().items() if value is not None}
    typer.echo(f"  limits {', '.join(f'{name} {value}' for name, value in limits.items())}")
    for name, shape in model.options.model_json_schema().get("properties", {}).items():
        typer.echo(f"  -O {name}={_values(shape)} {shape.get('description', '')}".rstrip())


def _values(shape: dict[str, Any]) -> str:
    """Write what an option takes, as its JSON Schema says: names, or a range, and the default."""
    if "enum" in shape:
        values = "|".join(map(str, shape["enum"]))
    else:
        low, high = shape.get("minimum"), shape.get("maximum")
        values = str(shape.get("type", "value")).upper() if low is None and high is None else f"{low}..{high}"
    return f"{values} [{shape['default']}]" if "default" in shape else f"{values} (required)"
