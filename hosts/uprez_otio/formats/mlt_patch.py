"""Point the clips of an MLT project at renders; what can't be is left out by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from uprez.errors import HostError
from uprez.model import Relink, Shot
from uprez_otio.edits import Edit
from uprez_otio.format import Job, Patch
from uprez_otio.formats.mlt_bin import Bin, beside
from uprez_otio.formats.mlt_clip import Shown, Spot, shown_by
from uprez_otio.formats.mlt_clone import Names, clone
from uprez_otio.formats.mlt_effects import moved_effects, why_not_moved
from uprez_otio.formats.mlt_fit import Fit, cropped, fitted, growth_of, why_not_framed
from uprez_otio.formats.mlt_ramp import ramped
from uprez_otio.formats.mlt_rows import home_of
from uprez_otio.formats.mlt_sequence import GARBLED, base_of, is_garbled, pattern_in
from uprez_otio.formats.mlt_time import like as like_time
from uprez_otio.formats.mlt_time import nearest
from uprez_otio.formats.mlt_tree import Document, named, value
from uprez_otio.formats.mlt_walk import Walk
from uprez_otio.limits import BadTimeline
from uprez_otio.media_url import is_relative, like
from uprez_otio.placed import Placed, Rendered
from uprez_otio.xmltext import Element, parse, put_attribute, put_text

Asked = tuple[Placed, Relink]


@dataclass(frozen=True, slots=True)
class Change:
    """Hold what becomes of one clip: the shots that asked for it, its render, and how it is moved."""

    asked: tuple[Asked, ...]
    spot: Spot
    url: str
    fit: Fit

    @property
    def shot(self) -> Shot:
        """Return one of its shots: they are alike."""
        found = self.asked[0][0].candidate.found
        assert isinstance(found, Shot)
        return found

    @property
    def relink(self) -> Relink:
        """Return what it is pointed at."""
        return self.asked[0][1]


@dataclass
class Patcher:
    """Patch one timeline for a job."""

    job: Job
    document: Document = field(init=False)
    _patch: Patch = field(default_factory=Patch)
    _clones: dict[tuple[object, ...], Names] = field(default_factory=dict)
    _last: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        self.document = document_of(self.job.text)
        self._bin = Bin(self.document, self.job.text)

    def patch(self) -> Patch:
        """Return the edits of all clips."""
        for change in self._changes():
            names = self._names(change)
            self._patch.edits += self._entry(change, names)
            for placed, relink in change.asked:
                self._patch.relinked.append(relink.shot)
                self._patch.shown.append(Rendered(placed.path, change.url))
                wide, high = growth_of(change.shot, change.relink)
                self._patch.was[relink.shot] = {
                    "references": {
                        "clone": names.id,
                        "producer": change.spot.service.attributes.get("id", ""),
                        "moved": change.fit.back,
                        "bin": [value(change.spot.service, "kdenlive:id"), names.bin],
                        "growth": [str(wide), str(high)],
                    }
                }
        self._patch.edits += self._bin.edits
        return self._patch

    def _entry(self, change: Change, names: Names) -> Iterator[Edit]:
        """Yield the edits of what cuts a clip: another producer, moved by what the render begins later."""
        text, spot, holder = self.job.text, change.spot, change.spot.holder
        if spot.service.parent is not holder:
            yield put_attribute(text, holder, "producer", names.id)
        if not change.fit.kept and spot.count is not None:
            shown = {"in": spot.first, "out": spot.first + spot.count - 1}
            for name, frame in shown.items():
                written, wanted = holder.attributes.get(name, ""), frame - change.fit.back
                if self.document.time(holder, name) != wanted:
                    yield put_attribute(text, holder, name, like_time(written, wanted, self.document.rate))
        told = named(holder, "kdenlive:id")
        if told is not None and names.bin:
            yield put_text(told, names.bin)
        if spot.service is not holder:
            yield from cropped(holder, growth_of(change.shot, change.relink))
        if not change.fit.kept and spot.service is not holder:
            yield from moved_effects(self.document, text, holder, change.fit.back)

    def _names(self, change: Change) -> Names:
        """Return the names of the copy that shows a render; made where there is none yet."""
        service, fit = change.spot.service, change.fit
        key = service.start, change.url, fit, change.relink.stands_for.start
        names = self._clones.get(key)
        if names is not None:
            return names
        growth = growth_of(change.shot, change.relink)
        number, uuid = self._bin.added(service, change.url, self._whole(change), growth)
        names = self._clones[key] = Names(self._free(service), number, uuid)
        edits = list(cropped(service, growth))
        edits += ramped(service, fit.ramp) if fit.ramp else ()
        written = clone(self.document, self.job.text, service, change.url, fit, names, edits)
        if service.parent is change.spot.holder:
            self._patch.edits.append(Edit(service.start, service.end, written))
        else:
            self._patch.edits.append(beside(self.job.text, service, written))
        return names

    def _whole(self, change: Change) -> Fit:
        """Return how a clip of a whole render lies to one of its whole file."""
        if change.fit.still:
            return change.fit
        frames, media = change.relink.stands_for, change.shot.media
        shown = shown_by(self.document, change.spot.service)
        step = self.document.rate / media.rate
        step = step / shown.speed if shown.kind == "sequence" else step
        return Fit(nearest((frames.start - media.available.start) * step), nearest(frames.count * step))

    def _free(self, service: Element) -> str:
        """Return an id that nothing in the project has."""
        wanted = f"{service.attributes.get('id', '')}_uprez"
        number = self._last[wanted] + 1
        while f"{wanted}{number}" in self.document.by_id:
            number += 1
        self._last[wanted] = number
        return f"{wanted}{number}"

    def _changes(self) -> Iterator[Change]:
        """Yield what is to be done, once for each clip: one in a nested sequence may be asked for twice."""
        uses: dict[int, int] = defaultdict(int)
        spots: dict[str, Spot] = {}
        for spot in spots_in(self.document):
            uses[spot.holder.start] += 1
            spots[spot.path] = spot
        by_clip: dict[int, list[Asked]] = defaultdict(list)
        for asked in self.job.work:
            by_clip[spots[asked[0].path].holder.start].append(asked)
        for start, group in by_clip.items():
            change = self._change(tuple(group), spots[group[0][0].path], uses[start])
            if isinstance(change, str):
                for placed, _ in group:
                    self._patch.leave_out(placed, change)
                continue
            yield change

    def _change(self, group: tuple[Asked, ...], spot: Spot, uses: int) -> Change | str:
        """Return what becomes of a clip, or why nothing can."""
        placed, relink = group[0]
        shot, shown = placed.candidate.found, shown_by(self.document, spot.service)
        if not isinstance(shot, Shot):
            return "it has no file any more; run again"
        if spot.holder is spot.service:
            return "its track is the file itself and has no clips; put it into a playlist in the editor"
        if relink.generative:
            return "new pictures have no place in this kind of file; export an .otio and use that"
        if len(group) < uses or len({(each.path, each.stands_for) for _, each in group}) > 1:
            return f"its sequence is nested {uses} times and not all are done alike; choose all, or unnest it"
        if shown.kind == "sequence" and not shot.media.info.still and relink.sequence is None:
            return "its render is no image sequence as its source is; relink it by a run of its own"
        fit = fitted(self.document, spot, shown, shot, relink)
        if isinstance(fit, str):
            return fit
        refused = why_not_framed(self.document, spot, shot, relink)
        refused = refused or why_not_moved(self.document, spot.filters, fit.back)
        refused = refused or self._bin.why_not(spot.service)
        url = self._address(shown, relink)
        if relink.sequence is not None and is_garbled(url, self._here(shown)):
            refused = refused or GARBLED
        return refused or Change(group, spot, url, fit)

    def _here(self, shown: Shown) -> Path:
        """Return the folder that a relative address of the output counts from."""
        home = home_of(self.document.root)
        return home if home is not None and is_relative(shown.url) else self.job.folder

    def _address(self, shown: Shown, relink: Relink) -> str:
        """Return the address of a render, in the style of its source's."""
        here, origin = self._here(shown), home_of(self.document.root) or self.job.origin
        if relink.sequence is not None:
            style = base_of(shown.url).replace("%", "_")  # MLT undoes no escapes in it
            folder = like(style, relink.path.absolute().parent, here, origin)
            return pattern_in(folder, relink.sequence, shown.url)
        if shown.url.startswith("file:"):  # MLT undoes no escapes in it
            return f"file://{relink.path.absolute().as_posix()}"
        return like(shown.url, relink.path.absolute(), here, origin)


def document_of(text: str) -> Document:
    """Read a text; raises HostError for what is no project."""
    try:
        return Document.of(parse(text))
    except BadTimeline as bad:
        raise HostError(str(bad)) from None


def spots_in(document: Document) -> Iterator[Spot]:
    """Yield each clip that the timeline shows, nested ones by each way to them."""
    return (each for each in Walk(document).timeline() if isinstance(each, Spot))
