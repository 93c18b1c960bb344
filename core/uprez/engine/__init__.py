"""The engine: it brings orders from queued to done, through crashes, without buying anything twice."""

from uprez.engine.clock import Clock
from uprez.engine.engine import Engine
from uprez.engine.points import FAILPOINTS

__all__ = ["FAILPOINTS", "Clock", "Engine"]
