"""Find the angles of a multicam that a clip of it shows, and those that it plays the sound of."""

from __future__ import annotations

from uprez_otio.formats.fcpx_tree import Story
from uprez_otio.xmltext import Element


def seen_angle(story: Story, clip: Element) -> Element | None:
    """Return the angle that a clip shows; where it names none, the first that has a picture."""
    angles, names = _angles(story, clip), _names(clip, "video")
    if names is None:
        return next((each for each in angles if any(map(story.pictured, each.children))), None)
    return next((each for each in angles if each.attributes.get("angleID") in names), None)


def heard_angles(story: Story, clip: Element) -> list[Element]:
    """Return the angles that a clip plays the sound of; where it names none, the one that it shows."""
    names = _names(clip, "audio")
    if names is None:
        seen = seen_angle(story, clip)
        return [] if seen is None else [seen]
    return [each for each in _angles(story, clip) if each.attributes.get("angleID") in names]


def _names(clip: Element, kind: str) -> list[str] | None:
    sources = list(clip.all("mc-source"))
    used = [each for each in sources if each.attributes.get("srcEnable", "all") in ("all", kind)]
    return [each.attributes.get("angleID", "") for each in used] if sources else None


def _angles(story: Story, clip: Element) -> list[Element]:
    media = story.resource("media", clip.attributes.get("ref"))
    multicam = media.find("multicam") if media is not None else None
    return list(multicam.all("mc-angle")) if multicam is not None else []
