"""The hooks: who is there, and what happened. The work itself is in the classes that they name.

A plugin is a module with functions of these names, marked with `uprez.hookimpl`, and an entry point in
the group `uprez`:

    [project.entry-points.uprez]
    mine = "uprez_mine"
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from uprez.host import Host
    from uprez.orders import Event, Objection
    from uprez.plan import Plan
    from uprez.provider import Provider
    from uprez.stager import Stager

hookspec = pluggy.HookspecMarker("uprez")
hookimpl = pluggy.HookimplMarker("uprez")


@hookspec
def uprez_providers() -> Iterable[type[Provider]]:  # type: ignore[empty-body]
    """Name the providers of a plugin. Called once, when plugins are loaded.

    @uprez.hookimpl
    def uprez_providers():
        return [MyProvider]
    """


@hookspec
def uprez_hosts() -> Iterable[type[Host]]:  # type: ignore[empty-body]
    """Name the hosts of a plugin. Called once, when plugins are loaded.

    @uprez.hookimpl
    def uprez_hosts():
        return [MyEditor]
    """


@hookspec
def uprez_stagers() -> Iterable[type[Stager]]:  # type: ignore[empty-body]
    """Name the stagers of a plugin. Called once, when plugins are loaded.

    @uprez.hookimpl
    def uprez_stagers():
        return [MyBucket]
    """


@hookspec
def uprez_review(plan: Plan) -> Iterable[Objection]:  # type: ignore[empty-body]
    """Object to a plan. Called before any money moves; costs nothing; may be called again.

    @uprez.hookimpl
    def uprez_review(plan):
        if plan.totals.pull_frames > 100_000:
            return [Objection(reason="more than 100,000 frames; ask the producer")]
        return []
    """


@hookspec
def uprez_event(order: str, event: Event) -> None:
    """Hear every ledger event after it is written. An observer that raises is logged and dropped.

    @uprez.hookimpl
    def uprez_event(order, event):
        print(order, event.kind)
    """
