"""What an examination found: one line of `uprez doctor`, by the core or by a host."""

from __future__ import annotations

from uprez.frozen import Frozen


class Finding(Frozen):
    """Hold one thing that was looked at; `good` False means that something will not work."""

    what: str
    found: str
    good: bool = True
