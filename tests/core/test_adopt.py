"""Renders made elsewhere are found by name and timecode, and each is proved against its own media."""

from pathlib import Path

import pytest

from uprez.adopt import adopt
from uprez.errors import PlanError
from uprez.model import Call, Manner, Selection
from uprez.plugins import load
from uprez.testing.clips import make_clip
from uprez.testing.timelines import clip, external, timeline, track, write

