"""Build the media references of renders: which frames they stand for, in the timeline's own numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from uprez.model import Relink, Shot
from uprez_otio.baking import Baked
from uprez_otio.convert import alike, at_rate, frames, rate_of
from uprez_otio.footing import Footing
from uprez_otio.formats.otio import Json, range_json, reference_json, sequence_json
from uprez_otio.layout import Layout
from uprez_otio.media_url import like
from uprez_otio.placed import Placed

_MADE_BY = "made_by"


@dataclass(frozen=True, slots=True)
class References:
    """Build references for a timeline in `origin`, whose output will be in `folder`."""

    layout: Layout
    origin: Path
    folder: Path
    run: str
    _addresses: dict[tuple[str, Path], str] = field(default_factory=dict)

    def of(self, placed: Placed, relink: Relink, original: Json, key: str) -> Json:
        """Return the reference that a clip gets beside, or instead of, its `original` one."""
        shot, footing = placed.candidate.found, placed.footing
        assert isinstance(shot, Shot)
        assert footing is not None
        written = original.get("available_range")
        available: Json | None
        if relink.generative and (shot.media.info.still or (shot.retime and shot.retime.speed == 0)):
            available = self._seen(placed, shot)  # whatever frames the picture was said to have
        elif shot.media.info.still:
            available = written
        else:
            cut = relink.stands_for.start - shot.media.available.start
            rate = _rate(placed, footing)
            start = written["start_time"]["value"] if written and _counts(footing, written) else footing.base
            start = float(start)
            available = range_json(start + cut, relink.stands_for.count, rate)
        told = self._told(relink) | {"original_key": key}
        url = self._address(original, relink.path.absolute())
        bounds, name = original.get("available_image_bounds"), original.get("name") or ""
        single = reference_json(url, available, bounds, name, told)
        if relink.sequence is None:
            return single
        folder = self._address(original, relink.path.absolute().parent)
        return sequence_json(single, relink.sequence, folder, float(original.get("rate") or relink.rate))

    def _address(self, original: Json, path: Path) -> str:
        """Return a path in the style of the original's address."""
        written = str(original.get("target_url") or original.get("target_url_base") or "")
        known = self._addresses.get((written, path))
        if known is None:
            known = self._addresses[written, path] = like(written, path, self.folder, self.origin)
        return known

    def baked(
        self, placed: Placed, relink: Relink, original: Json, key: str, baked: Baked, effects: list[Json]
    ) -> Json:
        """Return the reference to a clip's file as it is played, which says what it was before."""
        shown = range_json(float(baked.shown.start), float(baked.shown.count), float(baked.shown.rate))
        told = self._told(relink) | {
            "original_key": key,
            "baked": {"speed": placed.played.told, "effects": effects},
        }
        url = self._address(original, baked.path.absolute())
        bounds, name = original.get("available_image_bounds"), original.get("name") or ""
        return reference_json(url, shown, bounds, name, told)

    def _seen(self, placed: Placed, shot: Shot) -> Json:
        """Return the frames of a clip that the cut shows, in its own numbers: a nest may trim it."""
        own, rate = placed.source, self.layout.header.rate
        assert own is not None
        head = at_rate(shot.record.start - round(placed.start), rate, own.rate)
        whole = shot.record.count == round(at_rate(own.count, own.rate, rate))
        count = own.count if whole else at_rate(shot.record.count, rate, own.rate)
        return range_json(float(own.start + head), float(count), float(own.rate))

    def above_gap(self, placed: Placed, relink: Relink) -> Json:
        """Return the reference of a clip that lies above a gap."""
        url = like(self._style(), relink.path.absolute(), self.folder, self.origin)
        return reference_json(url, _own(placed), None, "", self._told(relink))

    def _style(self) -> str:
        """Return an address as the timeline writes them, a relative one where it has none."""
        return next((one.url for one in self.layout.library.references if one.kind == "file"), "")

    def _told(self, relink: Relink) -> Json:
        """Return what is written of a render into the timeline's metadata."""
        return {
            "run": self.run,
            "shot": relink.shot,
            "generative": relink.generative,
            "size": [relink.width, relink.height],
            _MADE_BY: dict(relink.made_by),
        }


def _own(placed: Placed) -> Json:
    """Return the frames that a clip shows, in its own numbers."""
    own = placed.source
    assert own is not None
    return range_json(float(own.start), float(own.count), float(own.rate))


def _counts(footing: Footing, written: Json | None) -> bool:
    """Tell whether the original's own numbers are the file's frames, so that they can be counted on from."""
    if not written or footing.written is None:
        return False
    rate = rate_of(footing.written)
    start = frames(written["start_time"]["value"])
    return rate is not None and alike(rate, footing.rate) and start == footing.base


def _rate(placed: Placed, footing: Footing) -> float:
    """Return the rate to write: as the timeline wrote it where it counts the file's frames one for one."""
    if footing.written is not None:
        rate = rate_of(footing.written)
        return footing.written if rate and alike(rate, footing.rate) else float(footing.rate)
    own = placed.source.rate if placed.source else footing.rate
    return float(own if alike(own, footing.rate) else footing.rate)
