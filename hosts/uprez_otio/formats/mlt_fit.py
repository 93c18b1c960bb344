"""Whether a clip of an MLT project can show the same frames out of a render, and how far it must be moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from uprez.model import Relink, Shot
from uprez_otio.edits import Edit
from uprez_otio.formats.mlt_clip import Shown, Spot
from uprez_otio.formats.mlt_ramp import Pair, Ramp
from uprez_otio.formats.mlt_time import nearest
from uprez_otio.formats.mlt_tree import Document, named, value
from uprez_otio.xmltext import Element, put_text

_BETWEEN = (
    "its file has another frame rate than the project, and its render would begin between two frames; "
    "convert its file to the project's rate, or give handles that reach its first frame"
)
_SHORT = "it shows frames that its render does not have; give more handles"
_EARLIER = (
    "its render begins before the file that the project shows, where MLT has no frames; relink the project "
    "that shows the source"
)
Growth = tuple[Fraction, Fraction]
_SIDES = {"left": 0, "right": 0, "top": 1, "bottom": 1}


@dataclass(frozen=True, slots=True)
class Fit:
    """Say how a clip is moved: by `moved` frames of its producer, whose new one plays `length` of them.

    A reversed clip stays where it is, since MLT counts it from its producer's end. One along a curve of its
    speed stays, too, as long as it is: `ramp` is its new curve, where it is known.
    """

    moved: int
    length: int
    turned: bool = False
    still: bool = False
    curved: bool = False
    ramp: Ramp | None = None

    @property
    def kept(self) -> bool:
        """Tell whether its producer has the length that it had, and plays from where it did."""
        return self.still or self.curved

    @property
    def back(self) -> int:
        """Return by how much its in and out points and its effects come earlier."""
        return 0 if self.turned else self.moved


def fitted(document: Document, spot: Spot, shown: Shown, shot: Shot, relink: Relink) -> Fit | str:
    """Return how a clip is moved, or why it can't show the same frames."""
    if shown.still or shot.media.info.still:
        return Fit(0, document.length(spot.service) or 1, still=True)
    if spot.count is None:
        return "its in and out points are not told; open and save it in the editor"
    head = relink.stands_for.start - shot.media.available.start
    if shown.ramp is not None:
        return _curved(document, spot, shown.ramp, shot, relink)
    if head < 0:
        return _EARLIER
    step = shown.step(document.rate, shot.media.rate)
    last = shot.media.available.count - 1  # beyond it MLT goes on showing the last frame
    before = [min(each, last) for each in shown.frames(spot, step)]
    if min(before) < head or max(before) >= head + relink.stands_for.count:
        return _SHORT
    if shown.problem:  # a curve that nobody knows, and all of its media
        return Fit(0, document.length(spot.service) or 1, curved=True) if head == 0 else _SHORT
    near = nearest(head / step)
    end = head + relink.stands_for.count - 1
    for moved in (near, near - 1, near + 1):
        after = [min(each, end) for each in shown.frames(spot, step, moved, head)]
        if moved >= 0 and after == before:
            return Fit(moved, _length(spot, shown, relink, step, moved), turned=shown.turn is not None)
    return _BETWEEN


def _curved(document: Document, spot: Spot, ramp: Ramp, shot: Shot, relink: Relink) -> Fit | str:
    """Return the curve by which a clip shows the same frames of a file that begins later."""
    media, begin = shot.media, relink.stands_for.start - shot.media.available.start
    places = range(spot.first, spot.first + (spot.count or 0))
    before = _within(ramp.pairs(places, document.rate, media.rate), media.available.count)
    if (
        min(low for low, _ in before) < begin
        or max(high for _, high in before) >= begin + relink.stands_for.count
    ):
        return _SHORT
    if begin == 0:
        return Fit(0, document.length(spot.service) or 1, curved=True)
    for curve in ramp.earlier(begin / media.rate):
        after = _within(curve.pairs(places, document.rate, media.rate), relink.stands_for.count)
        if [(low + begin, high + begin) for low, high in after] == before:
            return Fit(0, document.length(spot.service) or 1, curved=True, ramp=curve)
    return _BETWEEN


def _within(pairs: list[Pair], count: int) -> list[Pair]:
    """Return what MLT shows of a file: its first frame for those before it, its last for those beyond."""
    return [(min(max(low, 0), count - 1), min(max(high, 0), count - 1)) for low, high in pairs]


def _length(spot: Spot, shown: Shown, relink: Relink, step: Fraction, moved: int) -> int:
    if shown.turn is not None:
        return shown.turn - moved
    return max(nearest(relink.stands_for.count / step), spot.first + (spot.count or 0) - moved)


def why_not_framed(document: Document, spot: Spot, shot: Shot, relink: Relink) -> str | None:
    """Return why a clip would look larger or be cropped elsewhere, None where it would not."""
    if (relink.width, relink.height) == (shot.media.width, shot.media.height):
        return None
    width, height = document.width * spot.bare, document.height * spot.bare
    small = shot.media.width < width or shot.media.height < height
    if small or any(_is_unfilled(each) for each in (*spot.filters, *spot.above)):
        return "it is shown at its own size in pixels; give --match-size, or a geometry in the editor"
    growth = growth_of(shot, relink)
    for each in spot.filters:
        if any(_grown(side, growth) is None for side in _cropped(each)):
            return "its crop would fall between two pixels of its render; give --match-size"
    for each in (*spot.filters, *spot.above):
        if value(each, "mlt_service") == "crop" and value(each, "center_bias") not in ("", "0"):
            return "its crop is moved by pixels; give --match-size"
    if any(side for each in spot.above for side in _cropped(each)):
        return "its track is cropped by pixels of the files on it; give --match-size, or crop its clips"
    return None


def _is_unfilled(filter_: Element) -> bool:
    """Tell whether an effect moves a picture without filling its place: a larger one looks larger then."""
    return value(filter_, "mlt_service") == "affine" and value(filter_, "transition.fill") == "0"


def growth_of(shot: Shot, relink: Relink) -> Growth:
    """Return how many times as wide and as high as its source a render is."""
    return Fraction(relink.width, shot.media.width), Fraction(relink.height, shot.media.height)


def cropped(element: Element, growth: Growth) -> Iterator[Edit]:
    """Yield the edits that crop a picture at the same places that is larger, or smaller again."""
    for each in element.all("filter"):
        for side in _cropped(each):
            grown = _grown(side, growth)
            if grown is not None and str(grown) != side.text.strip():
                yield put_text(side, str(grown))


def _cropped(filter_: Element) -> Iterator[Element]:
    """Yield the sides of a crop that count in the file's own pixels."""
    if value(filter_, "mlt_service") != "crop" or value(filter_, "use_profile") == "1":
        return
    for name in _SIDES:
        side = named(filter_, name)
        if side is not None and side.text.strip() not in ("", "0"):
            yield side


def _grown(side: Element, growth: Growth) -> int | None:
    """Return a side's new pixels, None where they are no whole ones."""
    written = side.text.strip()
    if not written.isascii() or not written.isdigit() or len(written) > 9:
        return None
    grown = int(written) * growth[_SIDES[side.attributes["name"]]]
    return int(grown) if grown.denominator == 1 else None
