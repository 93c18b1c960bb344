"""`uprez keys`: where each provider's key comes from, keep one in the keyring, check one. It shows none."""

from __future__ import annotations

import getpass
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from uprez.cli import options as o
from uprez.cli import show
from uprez.errors import PlanError, Unauthorized

if TYPE_CHECKING:
    from uprez.plugins import Plugins
    from uprez.provider import Provider


def keys(
    action: Annotated[
        str,
        typer.Argument(
            help="list, set (asks for the key) or check (a free call) [list].", metavar="[ACTION]"
        ),
    ] = "list",
    provider: Annotated[
        str | None, typer.Argument(help="The provider that the key is for.", metavar="[PROVIDER]")
    ] = None,
    json: o.AsJson = False,
) -> None:
    """Say where keys come from, or set or check one. Never prints a key.

    A key is taken from the provider's variable, else from the file that VARIABLE_FILE names (readable by
    nobody else), else from the system's keyring, where `set` puts it; it asks without echo, or reads stdin.
    """
    from uprez.cli.opening import loaded

    plugins = loaded()
    if action == "list" and provider is None:
        _list([kind for kind in plugins.providers.values() if kind.key_env], json=json)
        return
    if action not in ("set", "check") or provider is None:
        raise PlanError(f"keys {action}: say `uprez keys set PROVIDER` or `uprez keys check PROVIDER`")
    kind = plugins.provider(provider)
    if kind.key_env is None:
        raise PlanError(f"{provider}: it needs no key; nothing to {action}")
    if action == "set":
        _set(kind)
    else:
        _check(plugins, kind)


def source_of(kind: type[Provider]) -> tuple[str, bool]:
    """Say where a provider's key comes from, and whether it has what it needs; never the key."""
    from uprez.keychain import key_for

    if kind.key_env is None:
        return "none needed", True
    try:
        found = key_for(kind)
    except PlanError as unreadable:
        return str(unreadable), False
    if found is None:
        return f"{kind.key_env} is not set", False
    named = found.source.startswith(kind.key_env)
    return (f"{found.source} is set" if named else f"from {found.source}"), True


def _list(kinds: list[type[Provider]], *, json: bool) -> None:
    sources = [(kind, *source_of(kind)) for kind in kinds]
    if json:
        shapes = [
            {"provider": kind.name, "key": kind.key_env, "source": said, "set": there}
            for kind, said, there in sources
        ]
        show.as_json({"keys": shapes})
    elif sources:
        rows = [(kind.name, kind.key_env, said) for kind, said, _ in sources]
        show.table(("provider", "variable", "key"), rows)
    else:
        show.say("no provider needs a key")


def _set(kind: type[Provider]) -> None:
    from uprez.keychain import keep_key, ring_for

    ring_for(kind)  # nobody types a key that nothing can keep
    if sys.stdin.isatty():
        value = getpass.getpass(f"Key of {kind.name} (not shown): ").strip()
    else:
        value = sys.stdin.readline().strip()
    if not value:
        raise PlanError(f"{kind.name}: no key was given; nothing was changed")
    show.say(f"{kind.name}: the key is in {keep_key(kind, value)}")


def _check(plugins: Plugins, kind: type[Provider]) -> None:
    from uprez.connecting import connected
    from uprez.keychain import key_for
    from uprez.loops import Loop
    from uprez.redaction import masked
    from uprez.settings import read_settings

    found = key_for(kind)
    if found is None:
        raise Unauthorized(
            f"{kind.name}: no key; set {kind.key_env}, or `uprez keys set {kind.name}`", provider=kind.name
        )
    with tempfile.TemporaryDirectory() as folder, Loop() as loop:
        here = connected(plugins, kind.name, Path(folder), read_settings())
        said = loop.run(here.check())
    show.say(f"{kind.name}: {masked(said)} (key: {found.source})")
