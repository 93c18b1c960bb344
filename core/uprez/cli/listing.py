"""`uprez providers`, `plugins`, `hosts` and `doctor`: who is there and whether it works."""

from __future__ import annotations

from pathlib import Path
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
    """List providers and models. With NAME also what each model takes, its limits and its options."""
    from uprez.cli.keys import source_of
    from uprez.cli.opening import loaded

    plugins = loaded()
    chosen = [plugins.provider(name)] if name else list(plugins.providers.values())
    if json:
        show.as_json({"providers": [_provider(kind) for kind in chosen]})
        return
    rows = [
        (kind.name, model.name, model.price, source_of(kind)[0], model.summary)
        for kind in chosen
        for model in kind.models
    ]
    show.table(("provider", "model", "price", "key", "what it does"), rows)
    if name:
        for model in chosen[0].models:
            _describe(model)


def plugins(
    words: Annotated[
        list[str] | None,
        typer.Argument(help="`new NAME` writes the repository of a provider plugin.", metavar="[new NAME]"),
    ] = None,
    json: o.AsJson = False,
) -> None:
    """List plugins and, for a broken one, why it is out. `new NAME` begins one, in the folder uprez-NAME."""
    if words:
        _begin(words)
        return
    from uprez.cli.opening import loaded

    lines = loaded().lines
    if json:
        show.as_json({"plugins": [line.model_dump(mode="json") for line in lines]})
        return
    rows = [(line.name, line.version or "-", line.source, line.error or "ok") for line in lines]
    show.table(("plugin", "version", "from", "state"), rows)


def hosts(json: o.AsJson = False) -> None:
    """List hosts and how each relinks. The first manner is what it does unasked.

    A host with a menu in its editor has commands of its own, such as `uprez resolve install`.
    """
    from uprez.cli.opening import loaded

    found = loaded().hosts
    if json:
        show.as_json(
            {"hosts": [{"name": name, "manners": list(kind.manners)} for name, kind in found.items()]}
        )
        return
    show.table(("host", "manners"), [(name, ", ".join(kind.manners)) for name, kind in found.items()])


def doctor(json: o.AsJson = False) -> None:
    """Check this installation. Versions, codecs, adapters, plugins, disk; exit 1 where something is wrong."""
    from uprez.doctor import examine

    findings = examine()
    if json:
        show.as_json({"findings": [finding.model_dump(mode="json") for finding in findings]})
    else:
        rows = [("ok" if finding.good else "WRONG", finding.what, finding.found) for finding in findings]
        show.table(("", "what", "found"), rows)
    raise typer.Exit(0 if all(finding.good for finding in findings) else 1)


def _begin(words: list[str]) -> None:
    """Write the repository of a new plugin; raises PlanError."""
    from uprez.cli.opening import loaded
    from uprez.errors import PlanError
    from uprez.template import write_repository

    if len(words) != 2 or words[0] != "new":
        raise PlanError(f"plugins {' '.join(words)}: is not understood; say `uprez plugins new NAME`")
    if words[1] in loaded().providers:
        raise PlanError(f"{words[1]}: a provider has that name already; take another one")
    folder = write_repository(words[1], Path())
    typer.echo(str(folder))
    show.say(
        f"now run `pytest` in {folder}, and put your service in the place of the imaginary one", err=True
    )


def _provider(kind: type[Provider]) -> dict[str, Any]:
    from uprez.cli.keys import source_of

    said, there = source_of(kind)
    return {
        "name": kind.name,
        "key": kind.key_env,
        "key_set": there,
        "key_source": said,
        "models": [_model(model) for model in kind.models],
    }


def _model(model: Model) -> dict[str, Any]:
    shape = model.model_dump(mode="json", exclude={"options"})
    return {**shape, "options": model.options.model_json_schema()}


def _describe(model: Model) -> None:
    from uprez.cli.option_words import bounds, described

    kind = "" if model.keeps_picture else " (generative: it makes a new picture, never a conform)"
    typer.echo("")
    show.say(f"{model.name}: {model.summary}{kind}")
    show.say(f"  does {', '.join(model.does)}; reads {', '.join(model.plates)}; price {model.price}")
    show.say(f"  limits: {', '.join(bounds(model.limits))}")
    for line in described(model):
        show.say(f"  {line}")
