"""Read an FCPXML's assets: where their files are, and which frames those have."""

from __future__ import annotations

from fractions import Fraction

from uprez_otio.formats.fcpx_time import seconds
from uprez_otio.xmltext import Element


def address_of(asset: Element) -> str:
    """Return where an asset's original media is; older versions write it on the asset itself."""
    source = source_of(asset)
    return source.attributes.get("src", "") if source is not None else ""


def source_of(asset: Element) -> Element | None:
    """Return the element that has the address of an asset's original media."""
    found = list(asset.all("media-rep"))
    original = [each for each in found if each.attributes.get("kind", "original-media") == "original-media"]
    return next(iter([*original, *found]), asset if "src" in asset.attributes else None)


def available(asset: Element, media: Fraction | None) -> list[float] | None:
    """Return the frames of an asset as a row has them, at rate `media`; None where it doesn't say."""
    first, length = (seconds(asset.attributes.get(name)) for name in ("start", "duration"))
    if media is None or not length:
        return None
    return [float((first or 0) * media), float(media), float(length * media), float(media)]


def is_still(asset: Element) -> bool:
    """Tell whether an asset is a still: one that lasts no time."""
    return seconds(asset.attributes.get("duration")) == 0
