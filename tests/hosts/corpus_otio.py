"""Relink every clip of an .otio to stand-in renders, and hold it against OTIO's own mapping of time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from hosts.otio_oracle import rendered, shown

from uprez.errors import HostError, PlanError
from uprez.model import Manner, Numbering, Selection
from uprez.testing.clips import make_clip, make_sequence
from uprez.times import snap_rate
from uprez_otio.host import OtioHost

Json = dict[str, Any]
SIZE = (64, 36)
LONGEST = 3000
STILLS = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
KEYS = ("media_references", "media_reference", "active_media_reference_key")


def run_corpus(file: Path, folder: Path) -> Json:
    """Relink what can be of a file; return how many clips, relinked, left out by reason, and wrong."""
    cut = with_stand_ins(file, folder)
    host = OtioHost(str(cut))
    try:
        found = host.shots(Selection(include_disabled=True))
    except (HostError, PlanError) as refused:
        return {"file": file.name, "clips": 0, "relinked": 0, "left_out": {str(refused)[-60:]: 1}, "wrong": 0}
    reasons = Counter(left.reason for left in found.left_out if "it stays as it is" not in left.reason)
    told = {"file": file.name, "clips": len(found.shots) + sum(reasons.values())}
    if not found.shots:
        return {**told, "relinked": 0, "left_out": dict(reasons), "wrong": 0}
    output = folder / "out.otio"
    conform = host.relink(rendered(found, folder / "renders", 0), Manner(output=output))
    reasons += Counter(left.reason for left in conform.left_out)
    wrong = list(differences(cut, output))
    assert conform.receipt is not None
    host.revert(conform.receipt, folder / "back.otio")
    if (folder / "back.otio").read_bytes() != cut.read_bytes():
        wrong.append("a revert does not give it back")
    more = {"left_out": dict(reasons), "wrong": len(wrong), "told": wrong[:5]}
    return {**told, "relinked": len(conform.relinked), **more}


def differences(before: Path, after: Path) -> Iterator[str]:
    """Say which clips show other numbers than they did, and what changed that is no media reference."""
    places = zip(shown(unmarked(before), {}), shown(unmarked(after), {}), strict=True)
    yield from (f"{one[1]} at {one[0]}: {one[2]} became {other[2]}" for one, other in places if one != other)
    if bare(json.loads(before.read_text())) != bare(json.loads(after.read_text())):
        yield "more changed than media references"


def unmarked(file: Path) -> Path:
    """Return a copy without markers: OTIO refuses those of a schema to come, and they show no frame."""

    def without(thing: Json) -> Json:
        return {**thing, "markers": []} if "markers" in thing else thing

    copy = file.with_name(f"unmarked {file.name}")
    copy.write_text(json.dumps(json.loads(file.read_text(), object_hook=without)))
    return copy


def bare(thing: Any) -> Any:
    """Return a timeline without its clips' media, and without a range that a clip had none of."""
    if isinstance(thing, list):
        return [bare(each) for each in thing]
    if not isinstance(thing, dict):
        return thing
    if str(thing.get("OTIO_SCHEMA", "")).startswith("Clip."):
        thing = {**thing, "OTIO_SCHEMA": "Clip", "source_range": None}
        return {key: bare(each) for key, each in thing.items() if key not in KEYS}
    return {key: bare(each) for key, each in thing.items()}


def with_stand_ins(file: Path, folder: Path) -> Path:
    """Copy a timeline and give each file that it names a small one of the same rate and length."""
    content = in_timeline(json.loads(file.read_text(encoding="utf-8")))
    for number, reference in enumerate(references(content)):
        if reference["OTIO_SCHEMA"] == "ImageSequenceReference.1":
            stand_in_for_files(reference, number, folder)
        else:
            reference["target_url"] = stand_in(reference, number, folder)
    copy = folder / "cut.otio"
    copy.write_text(json.dumps(content), encoding="utf-8")
    return copy


def in_timeline(content: Json) -> Json:
    """Return a timeline as it is; a clip or a track, which AYON keeps by itself, in one of its own."""
    if not content["OTIO_SCHEMA"].startswith(("Clip.", "Track.")):
        return content
    track = {"OTIO_SCHEMA": "Track.1", "name": "V1", "kind": "Video", "children": [content]}
    if content["OTIO_SCHEMA"].startswith("Track."):
        track = content
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "name": "cut",
        "tracks": {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [track]},
    }


def references(content: Any) -> list[Json]:
    if isinstance(content, list):
        return [found for each in content for found in references(each)]
    if not isinstance(content, dict):
        return []
    schema = content.get("OTIO_SCHEMA")
    named = schema == "ImageSequenceReference.1" or (
        schema == "ExternalReference.1" and content["target_url"]
    )
    own = [content] if named else []
    return own + [found for each in content.values() for found in references(each)]


def stand_in_for_files(reference: Json, number: int, folder: Path) -> None:
    """Give a sequence a picture for each frame, numbered from 0."""
    available = reference.get("available_range")
    if not available or not 0 < available["duration"]["value"] <= LONGEST:
        return
    there = folder / f"seq{number}"
    reference.update(target_url_base=f"{there.name}/", name_suffix=".png")
    numbering = Numbering(
        prefix=reference["name_prefix"], suffix=".png", first=reference["start_frame"],
        padding=reference["frame_zero_padding"],
    )  # fmt: skip
    make_sequence(there, numbering, frames=round(available["duration"]["value"]))


def still(folder: Path) -> str:
    if not (folder / "still.png").exists():
        make_clip(folder / "still.png", frames=1, size=SIZE, codec="png", pixel_format="rgb24", colour=None)
    return "still.png"


def stand_in(reference: Json, number: int, folder: Path) -> str:
    url = str(reference["target_url"])
    if url.lower().endswith(STILLS):
        return still(folder)
    available = reference.get("available_range")
    length = available["duration"]["value"] if available else 240
    rate = snap_rate(available["duration"]["rate"]) if available else Fraction(24)
    if url.lower().endswith((".wav", ".mp3")) or not 0 < length <= LONGEST or rate > 120:
        return url
    name = f"{round(length)} at {rate.numerator}-{rate.denominator}.mkv"
    if not (folder / name).exists():
        make_clip(folder / name, frames=round(length), rate=rate, size=SIZE)
    return name
