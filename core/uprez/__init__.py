"""Bring a cut back at a higher resolution without touching the cut."""

from uprez.hookspecs import hookimpl

__all__ = ["hookimpl"]
__version__ = "0.1.0"
