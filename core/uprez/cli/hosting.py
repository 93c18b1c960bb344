"""`uprez NAME install`, `uninstall`, `status`: what a host brings into its editor; looked up when asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from uprez.cli import show
from uprez.cli.ending import interruptible
from uprez.cli.spreading import GroupedCommand, spread

if TYPE_CHECKING:
    from uprez.host import Host

Apply = Annotated[bool, typer.Option("--apply", help="Do it; without this it is only shown.")]


class WithHosts(TyperGroup):
    """Know the hosts' own commands besides the program's; plugins are loaded for an unknown word only."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, the host's of that name where the program itself has none."""
        return super().get_command(ctx, cmd_name) or _commands_of(cmd_name)


def _commands_of(name: str) -> Any:
    from uprez.cli.opening import loaded
    from uprez.host import Host

    if name.startswith("-"):
        return None
    kind = loaded().hosts.get(name)
    if kind is None or kind.install.__func__ is Host.install.__func__:  # type: ignore[attr-defined]
        return None
    group = typer.Typer(
        name=name,
        add_completion=False,
        rich_markup_mode=None,
        help=f"Put entries into the menu of host {name}'s editor, or take them away.",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for command in _made(kind):
        guarded = interruptible(spread(command), f"stopped; `uprez {name} status` says what is there")
        for word in ("__name__", "__doc__", "__signature__", "__annotations__"):
            setattr(guarded, word, getattr(spread(command), word))
        group.command(cls=GroupedCommand)(guarded)
    return typer.main.get_command(group)


def _made(kind: type[Host]) -> tuple[Any, ...]:
    def install(apply: Apply = False) -> None:
        """Show what would be written. With --apply write it."""
        _say(kind.install(Path.home(), apply=apply))

    def uninstall(apply: Apply = False) -> None:
        """Show what would be removed. With --apply remove it."""
        _say(kind.uninstall(Path.home(), apply=apply))

    def status() -> None:
        """Say whether the editor can be reached. And what is in its menu; exit 1 where something is wrong."""
        findings = list(kind.check())
        rows = [("ok" if finding.good else "WRONG", finding.what, finding.found) for finding in findings]
        show.table(("", "what", "found"), rows)
        raise typer.Exit(0 if all(finding.good for finding in findings) else 1)

    return install, uninstall, status


def _say(lines: Any) -> None:
    for line in lines:
        show.say(line)
