"""Export a pull as a plate: the source frames it names, each once, none else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from uprez.errors import MediaError
from uprez.media.presets import STILL_SUFFIXES, normal
from uprez.media.probe import probe
from uprez.media.scaling import Scaler
from uprez.media.sequences import read_media
from uprez.media.writing import VideoWriter, copy
from uprez.model import Colour, Info, Media, Plate
from uprez.newness import Keyframe

__all__ = ["alike", "converter", "export", "export_still", "first_timecode"]

Told = Callable[[int], None]
_RGB = Colour(primaries=1, transfer=1, matrix=0, range=2)


def export(plate: Plate, progress: Told = lambda done: None) -> Plate:
    """Write the plate's file and return the plate with what it holds; a whole one that exists is kept.

    `progress` hears how many frames are written. Raises MediaError.
    """
    existing = _existing(plate)
    if existing is None:
        _write(plate, progress)
        existing = probe(plate.path)
    wanted = 1 if plate.preset == "still" else plate.pull.frames.count
    if existing.frames != wanted:
        raise MediaError(
            f"{plate.path}: has {existing.frames} frames instead of {wanted}; remove it and run again"
        )
    # FFmpeg's Matroska takes no aspect from us; the source's holds for the plate as well
    aspect = plate.pull.media.info.sample_aspect
    return plate.model_copy(update={"info": existing.model_copy(update={"sample_aspect": aspect})})


def first_timecode(plate: Plate) -> int | None:
    """Return the timecode number of the plate's first frame, None where the source has no timecode."""
    media = plate.pull.media
    if media.info.timecode is None:
        return None
    return media.info.timecode + plate.pull.frames.start - media.available.start


def _existing(plate: Plate) -> Info | None:
    if not plate.path.exists():
        return None
    try:
        return probe(plate.path)
    except MediaError:
        return None


def _write(plate: Plate, progress: Told) -> None:
    pull, info = plate.pull, plate.pull.media.info
    first = pull.frames.start - pull.media.available.start
    if plate.preset == "still":
        export_still(pull.media, first, plate.path)
        progress(1)
        return
    frames = read_media(pull.media, first, pull.frames.count)
    pixel_format, bits, colour = normal(info)
    writer = VideoWriter(
        plate.path,
        plate.preset,
        width=info.width,
        height=info.height,
        rate=plate.carrier or info.rate,
        colour=colour,
        sample_aspect=info.sample_aspect,
        pixel_format_like=pixel_format,
        bits=bits,
        timecode=first_timecode(plate),
        drop=info.drop,
        reel=pull.media.reel or info.reel,
    )
    with writer as out:
        convert = converter(info, out.pixel_format, colour)
        for done, frame in enumerate(frames, 1):
            out.write(convert(frame))
            progress(done)


def export_still(media: Media, frame: int, to: Path) -> None:
    """Write one frame of a media, counted from its first, as a still of 8 bits.

    A still that stays of its kind is copied whole. Raises MediaError.
    """
    info = media.info
    if info.still and to.suffix.lower() == media.path.suffix.lower():
        _check_still(media.path)
        copy(media.path, to)
        return
    writer = VideoWriter(
        to,
        "still",
        width=info.width,
        height=info.height,
        rate=info.rate,
        colour=_RGB,
        sample_aspect=info.sample_aspect,
        pixel_format_like="rgb24",
    )
    with writer as out:
        scaler = Scaler(info.width, info.height, out.pixel_format)
        for shown in read_media(media, frame, 1):
            out.write(scaler.scale(shown))


def write_stills(frames: Iterable[Keyframe], workspace: Path) -> None:
    """Write frames as stills where they are not yet, under names that say what is in them.

    Raises MediaError.
    """
    for one in frames:
        to = one.still(workspace)
        if not to.exists():
            to.parent.mkdir(parents=True, exist_ok=True)
            export_still(one.media, one.frame, to)


def _check_still(path: Path) -> None:
    """Raise MediaError, before anything is bought, for a still whose kind can't be written back."""
    if path.suffix.lower() not in STILL_SUFFIXES:
        raise MediaError(
            f"{path}: a still of this kind can't be written; convert it to PNG, TIFF or JPEG and relink it"
        )


def converter(info: Info, pixel_format: str, colour: Colour) -> Callable[[Any], Any]:
    """Return what brings frames as `info` describes them to a pixel format and a colour's matrix and range.

    A tag that says nothing is taken to mean what is wanted, so that pixels are then left as they are.
    """
    same = pixel_format == info.pixel_format and alike(info.colour, colour)
    return _as_is if same else Scaler(info.width, info.height, pixel_format, colour=colour).scale


def alike(found: Colour, wanted: Colour) -> bool:
    """Tell whether pixels tagged `found` need no conversion to be what `wanted` says."""
    matrices, ranges = {found.matrix, wanted.matrix}, {found.range, wanted.range}
    return (2 in matrices or len(matrices) == 1) and (0 in ranges or len(ranges) == 1)


def _as_is(frame: Any) -> Any:
    return frame
