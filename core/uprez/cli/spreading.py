"""Let commands share groups of options: a parameter that is a dataclass stands for its fields."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from typer.core import TyperCommand

Command = Callable[..., Any]


def spread(command: Command) -> Command:
    """Return the command with each dataclass among its parameters replaced by the fields of it."""
    own = inspect.signature(command, eval_str=True).parameters
    groups: dict[str, Any] = {
        name: one.annotation for name, one in own.items() if dataclasses.is_dataclass(one.annotation)
    }

    def called(**words: Any) -> Any:
        for name, group in groups.items():
            words[name] = group(**{field.name: words.pop(field.name) for field in dataclasses.fields(group)})
        return command(**words)

    parameters = [one for name in own for one in _parameters(own[name], groups.get(name))]
    called.__name__, called.__doc__ = command.__name__, command.__doc__
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    called.__annotations__ = {one.name: one.annotation for one in parameters}
    return called


def _parameters(own: inspect.Parameter, group: Any) -> Iterator[inspect.Parameter]:
    if group is None:
        yield own.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        return
    annotations = inspect.get_annotations(group, eval_str=True)
    for field in dataclasses.fields(group):
        yield inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=annotations[field.name],
        )


class GroupedCommand(TyperCommand):
    """Show the options of a command under the headings that they name, without loading rich."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Write arguments as they are named: what is optional says so itself."""
        return ["[OPTIONS]", *(_named(one) for one in self.get_params(ctx) if _is_argument(one))]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write one section for each heading, in the order in which the headings come up."""
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": []}
        for parameter in self.get_params(ctx):
            kind = "Arguments" if _is_argument(parameter) else "Options"
            record = (
                (_named(parameter), parameter.help or "")  # type: ignore[attr-defined]
                if kind == "Arguments"
                else parameter.get_help_record(ctx)
            )
            heading = getattr(parameter, "rich_help_panel", None) or kind
            if record:
                sections.setdefault(heading, []).append(record)
        for heading, records in sections.items():
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)


def _is_argument(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "argument")


def _named(argument: Any) -> str:
    return str(argument.metavar or argument.name.upper())
