"""What each class of the API does, one module a class; names, arguments and answers are Blackmagic's."""

from collections.abc import Mapping
from typing import Any

from uprez.testing.fake_resolve.api.application import ManagerFace, ResolveFace
from uprez.testing.fake_resolve.api.bins import FolderFace
from uprez.testing.fake_resolve.api.clip import ClipFace
from uprez.testing.fake_resolve.api.item import GraphFace, ItemFace
from uprez.testing.fake_resolve.api.pool import PoolFace
from uprez.testing.fake_resolve.api.project import ProjectFace
from uprez.testing.fake_resolve.api.timeline import TimelineFace

FACES: Mapping[str, Any] = {
    "Resolve": ResolveFace,
    "ProjectManager": ManagerFace,
    "Project": ProjectFace,
    "MediaPool": PoolFace,
    "Folder": FolderFace,
    "MediaPoolItem": ClipFace,
    "Timeline": TimelineFace,
    "TimelineItem": ItemFace,
    "Graph": GraphFace,
}
