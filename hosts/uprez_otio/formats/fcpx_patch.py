"""Point the clips of an FCPXML at renders: only references to assets change, and what keeps the framing."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from uprez.errors import HostError, MediaError
from uprez.media.probe import probe
from uprez.model import Relink
from uprez_otio.edits import Edit
from uprez_otio.format import Job, Patch
from uprez_otio.formats.fcpx_assets import address_of
from uprez_otio.formats.fcpx_clones import Clones, start_of
from uprez_otio.formats.fcpx_curve import Span
from uprez_otio.formats.fcpx_extent import anew, shortened
from uprez_otio.formats.fcpx_framing import Grown, is_unscaled, rescaled
from uprez_otio.formats.fcpx_time import written
from uprez_otio.formats.fcpx_tree import CONTAINERS, Story
from uprez_otio.formats.fcpx_uses import Use
from uprez_otio.formats.fcpx_walk import Walk
from uprez_otio.media_url import like
from uprez_otio.placed import Placed, Rendered
from uprez_otio.xmltext import Element, parse, put_attribute

_Pair = tuple[Placed, Relink]
_BY_HAND = (None, "by hand")
_NO_CLIP = "its clip is not found again; run again"
_NEW_PICTURE = "its render is a new picture, which needs a track of its own; export the cut as .otio for that"
_COVERED = "another render, which holds its frames as well, was taken for it; nothing to do"
_MUTE = (
    "its render has no sound, and Final Cut plays a clip's picture and sound out of one file; "
    "put its source's sound into the render"
)


@dataclass
class Patcher:
    """Patch one document."""

    job: Job
    story: Story = field(init=False)
    walk: Walk = field(init=False)
    clones: Clones = field(init=False)
    _renewed: dict[int, Edit] = field(default_factory=dict)
    _uses: dict[Element, list[Use]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.story = Story(parse(self.job.text))
        self.walk = Walk(self.story)
        self.walk.rows()
        self.clones = Clones(self.job.text, self.story)
        for use in self.walk.uses:
            self._uses[use.leaf].append(use)

    def patch(self) -> Patch:
        """Return the edits that point each clip at its render; what can't be is left out by name."""
        patch = Patch()
        by_path = {use.path: use for use in self.walk.uses if use.path}
        by_leaf: dict[Element, list[tuple[Use, Placed, Relink]]] = defaultdict(list)
        for placed, relink in self.job.work:
            use = by_path.get(placed.path)
            if use is None or placed.footing is None:
                patch.leave_out(placed, _NO_CLIP)
            elif relink.generative:
                patch.leave_out(placed, _NEW_PICTURE)
            else:
                by_leaf[use.leaf].append((use, placed, relink))
        for group in by_leaf.values():
            self._element(group, patch)
        patch.edits += [*self.clones.edits(), *self._renewed.values()]
        return patch

    def _element(self, group: list[tuple[Use, Placed, Relink]], patch: Patch) -> None:
        """Let one element refer to the render that holds all that its uses show."""
        chosen = next((each for each in group if not self._refused(*each)), None)
        if chosen is None:
            for each in group:
                patch.leave_out(each[1], self._refused(*each) or _NO_CLIP)
            return
        use, placed, relink = chosen
        try:
            edits, was = self._edits(use, placed, relink)
        except HostError as refused:
            for _, other, _ in group:
                patch.leave_out(other, str(refused))
            return
        patch.edits += edits
        for _, other, asked in group:
            if asked.path != relink.path or asked.stands_for != relink.stands_for:
                patch.leave_out(
                    other, "another render, which holds its frames as well, was taken; nothing to do"
                )
                continue
            patch.relinked.append(asked.shot)
            patch.shown.append(Rendered(other.path, was["url"]))
            patch.was[asked.shot] = {"references": was}

    def _edits(self, use: Use, placed: Placed, relink: Relink) -> tuple[list[Edit], dict[str, Any]]:
        text, asset, job = self.job.text, use.asset, self.job
        media = placed.footing.media if placed.footing is not None else None
        assert media is not None
        grown = Grown(Fraction(relink.width, media.width), Fraction(relink.height, media.height))
        edits = list(rescaled(text, use.leaf, grown))
        holder = self._holder(use)
        if holder is not None:
            edits += rescaled(text, holder, grown)
        url = like(address_of(asset), relink.path, job.folder, job.origin)
        mute = self._has_sound(placed) and self._is_mute(relink)
        clone = self.clones.of(asset, placed, relink, url, mute=mute)
        edits.append(put_attribute(text, use.leaf, "ref", clone.asset))
        cut, held = self._shortened(use, placed, relink)
        edits += cut or self._fixed(use.leaf)
        self._renewed |= {edit.start: edit for edit in anew(text, use.leaf)}
        for each in (use.leaf, holder):
            if each is not None and self._is_its_own(each, asset):
                edits.append(put_attribute(text, each, "format", clone.form))
        form = self.story.resource("format", asset.attributes.get("format"))
        return edits, {
            "url": url,
            "asset": text[asset.start : asset.end],
            "format": text[form.start : form.end] if form is not None else "",
            "grown": [str(grown.across), str(grown.down)],
            "held": held,
        }

    def _shortened(self, use: Use, placed: Placed, relink: Relink) -> tuple[list[Edit], list[list[str]]]:
        """Return how an element inside a clip or an angle is cut to its render, and what it held."""
        if len(use.chain) < 2 or placed.footing is None or placed.footing.media.info.still:
            return [], []
        step = self.clones.step(use.asset, placed)
        first = start_of(use.asset, placed, relink, step)
        render = first, first + relink.stands_for.count * step
        holder = use.leaf.parent
        while holder is not None and self.story.rate(holder) is None:
            holder = holder.parent
        needed = [each.seen for each in self._uses[use.leaf] if each.seen is not None]
        rate = self.story.rate(holder) or 1 / step
        return shortened(self.job.text, self.story, use.leaf, render, needed, rate)

    def _fixed(self, leaf: Element) -> Iterator[Edit]:
        """Yield what writes down the times that an element had from its source's asset."""
        for name, time in (("start", self.story.begins(leaf)), ("duration", self.story.length(leaf))):
            if name not in leaf.attributes:
                yield put_attribute(self.job.text, leaf, name, written(time))

    def _holder(self, use: Use) -> Element | None:
        """Return the <clip> around a <video>, which is as large as it, so that it grows along."""
        if len(use.chain) < 2 or use.chain[-2].tag not in CONTAINERS or is_unscaled(use.leaf):
            return None
        holder = use.chain[-2]
        return holder if self._is_its_own(holder, use.asset) or is_unscaled(holder) else None

    def _is_its_own(self, element: Element, asset: Element) -> bool:
        own = element.attributes.get("format")
        return own is not None and own == asset.attributes.get("format")

    def _refused(self, use: Use, placed: Placed, relink: Relink) -> str | None:
        """Return why a render can't stand for an element's asset wherever that is used; None if it can."""
        others = [each for each in self._uses[use.leaf] if each is not use]
        for each in (use, *others):
            if each.seen is not None and not self._holds(placed, relink, each.seen, use.asset):
                return _not_for_all(len(others) + 1)
            if each.heard is not None and self._has_sound(placed):
                if not self._holds(placed, relink, each.heard, use.asset):
                    return self._unheard(each.heard, use.asset)
                if self._is_mute(relink):
                    return _MUTE
        return None

    def _holds(self, placed: Placed, relink: Relink, span: Span, asset: Element) -> bool:
        """Tell whether a render holds a stretch of its asset, as far as its source did."""
        footing = placed.footing
        if footing is None or footing.media.info.still:
            return True
        media = 1 / self.clones.step(asset, placed)
        available = footing.media.available
        base = available.start - Fraction(footing.base)
        first, end = _frames(span, media)
        low = max(first + base, Fraction(available.start))
        high = min(max(end, first + 1) + base, Fraction(available.end))
        return low >= high or (relink.stands_for.start <= low and high <= relink.stands_for.end)

    def _has_sound(self, placed: Placed) -> bool:
        return placed.footing is not None and bool(placed.footing.media.info.audio)

    def _is_mute(self, relink: Relink) -> bool:
        """Tell whether a render lacks the sound that all have which uprez finished itself."""
        if relink.made_by.get("provider") not in _BY_HAND or not relink.path.is_file():
            return False
        try:
            return not probe(relink.path).audio
        except MediaError:  # reading back says so
            return False

    def _unheard(self, span: Span, asset: Element) -> str:
        low, high = _frames(span, self.story.rate(asset) or Fraction(24))
        return (
            f"its picture and sound play out of one file, and its sound needs frames {low} to {high - 1}, "
            "which its render does not hold; give more --handles, or detach the sound in Final Cut"
        )


def _frames(span: Span, rate: Fraction) -> tuple[int, int]:
    """Return the frames that a stretch of seconds touches; a thousandth of one is none."""
    slack = Fraction(1, 1000)
    return math.floor(span[0] * rate + slack), math.ceil(span[1] * rate - slack)


def _not_for_all(uses: int) -> str:
    if uses == 1:
        return "its render does not hold all the frames that it shows; run again"
    return (
        f"one element of its compound or multicam clip is shown {uses} times, and no render holds the frames "
        "of all; relink them together"
    )
