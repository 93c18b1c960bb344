"""Find what lies in an FCPXML: its resources, and what each of its elements is and when.

The reader and the writer both ask here, so that they see the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from uprez_otio.formats.fcpx_time import rate_of, seconds
from uprez_otio.limits import BadTimeline
from uprez_otio.xmltext import Element

INFO = "Info.fcpxml"
CONTAINERS = ("clip", "sync-clip")
NESTS = ("ref-clip", "mc-clip")
LEAVES = ("asset-clip", "video")
STORY = (*LEAVES, *CONTAINERS, *NESTS, "audition", "title", "audio", "gap")
_NO_FORM = "it has no <format> with a frame rate; export it again"


def file_of(path: Path) -> Path:
    """Return the file that holds the XML: a bundle's is inside it."""
    if not path.is_dir():
        return path
    if not (path / INFO).is_file():
        raise BadTimeline(f"it holds no {INFO}; export the bundle again")
    return path / INFO


@dataclass
class Story:
    """Hold a document's resources, and tell what each of its elements is and when it is."""

    root: Element
    resources: dict[str, Element] = field(init=False)
    _known: dict[Element, bool] = field(default_factory=dict)
    _sizes: dict[Element, int] = field(default_factory=dict)
    _rates: dict[str, Fraction | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.root.tag != "fcpxml":
            raise BadTimeline(f"it is a <{self.root.tag}> and no FCPXML; export it from Final Cut as XML")
        version = self.root.attributes.get("version", "")
        if version.partition(".")[0] != "1":
            raise BadTimeline(f"it is FCPXML {version or 'of no version'}, which is unknown; update uprez")
        found = self.root.find("resources")
        self.resources = {each.attributes.get("id", ""): each for each in (found.children if found else ())}

    def resource(self, tag: str, reference: str | None) -> Element | None:
        """Return the resource of a tag that a reference names."""
        found = self.resources.get(reference or "")
        return found if found is not None and found.tag == tag else None

    def asset(self, element: Element) -> Element | None:
        """Return the asset that an element plays."""
        return self.resource("asset", element.attributes.get("ref"))

    def rate(self, element: Element | None) -> Fraction | None:
        """Return the frame rate of what has a format, None for none."""
        reference = element.attributes.get("format") if element is not None else None
        if reference is not None and reference not in self._rates:
            self._rates[reference] = rate_of(self.resource("format", reference))
        return self._rates[reference] if reference is not None else None

    def timelines(self) -> list[tuple[str, Element]]:
        """Return the sequences that the document is about, each with its name."""
        projects = list(self.root.every("project"))
        named = [(each.attributes.get("name", ""), each.find("sequence")) for each in projects]
        return [(name, sequence) for name, sequence in named if sequence is not None]

    def loose(self) -> list[Element]:
        """Return the clips of a document without a project, as an event has them."""
        homes = (self.root, *self.root.every("event"))
        return [child for home in homes for child in home.children if child.tag in STORY]

    def source_rate(self, element: Element) -> Fraction | None:
        """Return the rate of what a clip holds: of its asset, its compound, or its own format."""
        asset = self.asset(element)
        media = self.resource("media", element.attributes.get("ref"))
        inside = media.children[0] if media is not None and media.children else None
        return self.rate(asset) or self.rate(inside) or self.rate(element)

    def begins(self, element: Element) -> Fraction:
        """Return the second of an element's own clock at which it is cut in.

        Where none is written it is 0, or the first second that its media has where 0 is none of it.
        """
        told = seconds(element.attributes.get("start"))
        if told is not None:
            return told
        asset = self.asset(element)
        media = self.resource("media", element.attributes.get("ref"))
        if asset is not None:
            first = seconds(asset.attributes.get("start")) or Fraction(0)
            length = seconds(asset.attributes.get("duration")) or Fraction(0)
            return first if first > 0 or first + length <= 0 else Fraction(0)
        if media is not None and media.children:
            return seconds(media.children[0].attributes.get("tcStart")) or Fraction(0)
        return Fraction(0)

    def length(self, element: Element) -> Fraction:
        """Return how long an element is in its timeline; 0 where nobody says."""
        told = seconds(element.attributes.get("duration"))
        asset = self.asset(element)
        if told is not None or asset is None:
            return told or Fraction(0)
        first = seconds(asset.attributes.get("start")) or Fraction(0)
        whole = seconds(asset.attributes.get("duration")) or Fraction(0)
        return max(Fraction(0), first + whole - self.begins(element))

    def picked(self, element: Element) -> Element | None:
        """Return the clip that stands for an element: of an audition, the one that was chosen."""
        if element.tag != "audition":
            return element
        return next((child for child in element.children if child.tag in STORY), None)

    def shows(self, element: Element) -> bool:
        """Tell whether an element has a picture, or may have one; not whether one is connected to it."""
        if element.tag in ("audio", "gap") or element.attributes.get("srcEnable") == "audio":
            return False
        if element.tag in CONTAINERS:
            return any(map(self.pictured, self.contained(element)))
        asset = self.asset(element)
        return asset is None or _has_picture(asset)

    def pictured(self, element: Element) -> bool:
        """Tell whether an element has a picture, or one hangs on it; each is asked once."""
        known = self._known.get(element)
        if known is None:
            below = (child for child in element.children if child.tag in (*STORY, "spine"))
            own = element.tag not in ("spine", "audition") and self.shows(element)
            known = self._known[element] = own or any(map(self.pictured, below))
        return known

    def bears(self, element: Element) -> bool:
        """Tell whether a picture hangs on an element."""
        return any(self.pictured(child) for child in element.children if child.tag in (*STORY, "spine"))

    def size(self, element: Element) -> int:
        """Return how many clips an element comes to with its compounds unfolded; each is counted once."""
        if element not in self._sizes:
            self._sizes[element] = 0  # one that lies in itself is refused where it is followed
            media = self.resource("media", element.attributes.get("ref"))
            inner = sum(map(self.size, element.children)) + (self.size(media) if media is not None else 0)
            self._sizes[element] = inner + (element.tag in STORY)
        return self._sizes[element]

    def contained(self, element: Element) -> list[Element]:
        """Return what a container holds on its own clock, without what is connected to it."""
        inner = []
        for child in element.children:
            if child.tag == "spine" and not lane_of(child):
                inner += [each for each in child.children if each.tag in STORY]
            elif child.tag in STORY and not lane_of(child):
                inner.append(child)
        return [each for each in map(self.picked, inner) if each is not None]


def need_rate(rate: Fraction | None) -> Fraction:
    """Return a timeline's rate; raises BadTimeline where it has none."""
    if rate is None:
        raise BadTimeline(_NO_FORM)
    return rate


def _has_picture(asset: Element) -> bool:
    """Tell whether an asset has a picture, or may have one, because it says nothing of its streams."""
    told = asset.attributes.get("hasVideo", "0" if asset.attributes.get("hasAudio") == "1" else "1")
    return told == "1"


def lane_of(element: Element) -> int:
    """Return the lane of an element, 0 where it lies on its parent's own."""
    words = element.attributes.get("lane", "0").strip()
    return int(words) if words.lstrip("+-").isdecimal() and len(words) < 10 else 0
