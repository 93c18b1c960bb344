"""The host for OpenTimelineIO: any cut that OTIO or an installed adapter reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pluggy import HookimplMarker

if TYPE_CHECKING:
    from uprez.host import Host

hookimpl = HookimplMarker("uprez")  # not uprez's own: the child that reads timelines starts without pydantic


@hookimpl
def uprez_hosts() -> Iterable[type[Host]]:
    """Name the OTIO host."""
    from uprez_otio.host import OtioHost

    return [OtioHost]
