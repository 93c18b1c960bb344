"""The application: what is open, which page is shown, and the state that calls work on."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from uprez.testing.fake_resolve.knobs import Knobs
from uprez.testing.fake_resolve.profiles import Profile
from uprez.testing.fake_resolve.state import (
    Clip,
    Folder,
    Item,
    Project,
    Timeline,
    Track,
    new_uid,
)

PAGES = ("media", "cut", "edit", "fusion", "color", "fairlight", "deliver")
UNTITLED = "Untitled Project"
_SETTINGS = {
    "timelineFrameRate": "24",
    "timelineResolutionWidth": "1920",
    "timelineResolutionHeight": "1080",
    "timelineOutputResolutionWidth": "1920",
    "timelineOutputResolutionHeight": "1080",
    "timelineInputResMismatchBehavior": "scaleToFit",
    "timelinePlaybackFrameRate": "24",
    "timelineDropFrameTimecode": "0",
    "superScale": "1",
    "perfProxyMediaMode": "1",
    "colorScienceMode": "davinciYRGB",
    "nodeStackLayers": "1",
}


def empty_project(name: str) -> Project:
    """Return a project as a fresh Resolve makes it."""
    root = new_uid()
    project = Project(new_uid(), name, new_uid(), root, root, settings=dict(_SETTINGS))
    project.folders[root] = Folder(root, "Master", None)
    return project


@dataclass
class App:
    """One running Resolve."""

    profile: Profile
    project: Project = field(default_factory=lambda: empty_project("uprez test"))
    saved: Project | None = None
    running: bool = True
    page: str | None = "edit"
    database: bool = True
    modal: str | None = None
    epoch: int = 1
    boot: int = 1
    said_once: set[str] = field(default_factory=set)
    refusals: int = 0
    shelf: dict[str, Project] = field(default_factory=dict)

    @property
    def knobs(self) -> Knobs:
        """Return the knobs as they are turned now."""
        return self.profile.knobs

    @property
    def current(self) -> Timeline | None:
        """Return the timeline that is open."""
        return self.timeline(self.project.current)

    @property
    def rendering(self) -> bool:
        """Tell whether a render job is running."""
        return any(job.left for job in self.project.render.jobs)

    def timeline(self, uid: str | None) -> Timeline | None:
        """Find a timeline by its id."""
        return next((found for found in self.project.timelines if found.uid == uid), None)

    def items(self) -> Iterator[tuple[Timeline, str, int, Track, Item]]:
        """Iterate over every item of every timeline."""
        for timeline in self.project.timelines:
            for kind, number, track, item in timeline.placed():
                yield timeline, kind, number, track, item

    def item(self, uid: str) -> tuple[Timeline, str, int, Track, Item] | None:
        """Find an item, the open timeline's first: ids may repeat in a duplicate."""
        found = [place for place in self.items() if place[4].uid == uid]
        found.sort(key=lambda place: place[0].uid != self.project.current)
        return found[0] if found else None

    def clip(self, uid: str | None) -> Clip | None:
        """Find a media pool item by its id."""
        return self.project.clips.get(uid) if uid else None

    def uses(self, clip: str) -> int:
        """Count the items that show a clip, in all timelines and in compound clips."""
        inside = sum(one.holds.count(clip) for one in self.project.clips.values())
        return inside + sum(item.clip == clip for *_, item in self.items())

    def lets_in(self, via: str) -> bool:
        """Tell whether a script gets a handle: from the menu or outside, and not while it still starts."""
        edition = self.profile.edition == "studio" if via == "outside" else self.profile.menu
        if not self.running or not edition:
            return False
        self.refusals -= 1
        return self.refusals < 0

    def once(self, name: str) -> bool:
        """Tell whether this is the first time that `name` is asked about."""
        first = name not in self.said_once
        self.said_once.add(name)
        return first

    def save(self) -> None:
        """Keep the project as it is, less what this Resolve loses at a save."""
        self._lose()
        self.saved = copy.deepcopy(self.project)

    def _lose(self) -> None:
        project = self.project
        if self.knobs.save_drops_errored and project.errored:
            self._drop(lambda item: item.placed_after >= project.errored)
        if self.knobs.save_drops:
            newest = project.placed - self.knobs.save_drops
            self._drop(lambda item: item.placed_after > newest)
        project.errored = 0

    def _drop(self, lost: Callable[[Item], bool]) -> None:
        for timeline in self.project.timelines:
            for tracks in timeline.tracks.values():
                for track in tracks:
                    track.items = [item for item in track.items if not (item.placed_after and lost(item))]

    def open_project(self, name: str) -> None:
        """Open a project, a new one where there is none of that name; handles of the one before are dead."""
        self.shelf[self.project.name] = self.project
        self.project = self.shelf.pop(name) if name in self.shelf else empty_project(name)
        self.saved, self.epoch = None, self.epoch + 1

    def close(self) -> None:
        """Close Resolve; what wasn't saved is gone."""
        self.running = False
        self.refusals = self.knobs.slow_start

    def start(self) -> None:
        """Start Resolve again with the project as it was saved; every handle of before is dead."""
        if self.saved is not None:
            self.project = copy.deepcopy(self.saved)
        self.project.render.jobs = [job for job in self.project.render.jobs if not job.left]
        self.running, self.modal, self.page = True, None, "edit"
        self.epoch, self.boot = self.epoch + 1, self.boot + 1
        self.said_once = set()


def ratio(timeline: Timeline, rate: Fraction) -> Fraction:
    """Return how many source frames one timeline frame shows at full speed."""
    return rate / timeline.rate
