"""Read what a media pool item has to say from the file itself, and write it as Resolve would."""

from __future__ import annotations

import copy
import re
import wave
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from uprez.errors import UprezError
from uprez.testing.fake_resolve.state import Clip, Facts
from uprez.times import from_timecode, may_drop, snap_rate, spoken, to_timecode

_RANGE = re.compile(r"^(.*)\[(\d+)-(\d+)\](\.\w+)$")
_PRINTF = re.compile(r"%0?(\d*)d")
_ENDINGS = "mov mp4 m4v mkv mxf avi mts m2ts mpg webm png jpg jpeg tif tiff bmp dpx exr tga webp gif wav"
_TYPES: Mapping[str, tuple[str, str]] = {
    "both": ("Video + Audio", "ビデオ + オーディオ"),
    "media": ("Video", "ビデオ"),
    "sequence": ("Video", "ビデオ"),
    "audio": ("Audio", "オーディオ"),
    "still": ("Still", "スチル"),
    "timeline": ("Timeline", "タイムライン"),
    "compound": ("Compound", "複合"),
    "multicam": ("Multicam", "マルチカム"),
    "fusion": ("Fusion", "Fusion"),
}


def read_file(path: Path) -> Facts | None:
    """Read a film, a still or a WAV file; None for what no media pool would take, as its ending says."""
    if not path.is_file() or path.suffix.lower().removeprefix(".") not in _ENDINGS.split():
        return None
    status = path.stat()
    found = _read(path, status.st_size, status.st_mtime_ns)
    return copy.copy(found)


@lru_cache(maxsize=256)
def _read(path: Path, size: int, changed: int) -> Facts | None:
    if path.suffix.lower() == ".wav":
        return _sound(path)
    from uprez.media.probe import probe  # costs a second that a fake without media need not pay

    try:
        info = probe(path)
    except UprezError:
        return None
    return Facts(
        rate=info.rate,
        frames=info.frames,
        timecode=info.timecode or 0,
        drop=info.drop,
        size=(info.width, info.height),
        aspect=info.sample_aspect,
        codec=info.codec,
        bits=info.bits,
        alpha=info.alpha,
        audio=len(info.audio),
        still=info.still,
    )


def _sound(path: Path) -> Facts | None:
    try:
        with wave.open(str(path)) as sound:
            rate = sound.getframerate()
            return Facts(rate=Fraction(rate), frames=sound.getnframes(), video=False, audio=1)
    except (wave.Error, EOFError, OSError):
        return None


def read_sequence(pattern: str, first: int, last: int, rate: Fraction) -> Facts | None:
    """Read a sequence by its first picture; it takes the project's rate (6.3)."""
    number = _PRINTF.search(pattern)
    if number is None or any(not frame_of(pattern, index).is_file() for index in (first, last)):
        return None
    facts = read_file(frame_of(pattern, first))
    if facts is None:
        return None
    changed = {"rate": rate, "frames": last - first + 1, "first": first, "timecode": first, "still": False}
    return Facts(**{**vars(facts), **changed})


def frame_of(pattern: str, number: int) -> Path:
    """Return one picture's path of a sequence that is named printf-like or as name_[0001-0024].png."""
    ranged = _RANGE.match(pattern)
    if ranged:
        head, first, _, tail = ranged.groups()
        return Path(f"{head}{number:0{len(first)}}{tail}")
    return Path(_PRINTF.sub(lambda digits: f"{number:0{int(digits[1] or 1)}}", pattern))


def shown_path(pattern: str, first: int, last: int) -> str:
    """Return a sequence's path as Resolve writes it."""
    return _PRINTF.sub(
        lambda digits: f"[{first:0{int(digits[1] or 1)}}-{last:0{int(digits[1] or 1)}}]", pattern
    )


def described(clip: Clip, locale: str, fps_type: str, uses: int) -> dict[str, str | float]:
    """Return all properties of a clip as GetClipProperty would: text, but for FPS in recent builds."""
    found: dict[str, str | float] = {
        "File Path": clip.path or "",
        "File Name": Path(clip.path).name if clip.path else "",
        "Clip Directory": str(Path(clip.path).parent) if clip.path else "",
        "Clip Name": clip.name,
        "Type": _type(clip, locale),
        "Usage": str(uses),
        "Clip Color": clip.color,
        "Flags": ", ".join(clip.flags),
        "Online Status": "Offline" if clip.offline or _gone(clip) else "Online",
        "Proxy": "Online" if clip.proxy else "None",
        "Proxy Media Path": clip.proxy or "",
    }
    if clip.facts is not None:
        found |= _measured(clip, clip.facts, fps_type)
    return found | clip.properties


def _gone(clip: Clip) -> bool:
    return bool(clip.path) and clip.kind != "sequence" and not Path(clip.path or "").exists()


def _type(clip: Clip, locale: str) -> str:
    facts = clip.facts
    both = clip.kind == "media" and facts is not None and facts.audio > 0
    return _TYPES["both" if both else clip.kind][locale == "ja"]


def _measured(clip: Clip, facts: Facts, fps_type: str) -> dict[str, str | float]:
    rate = snap_rate(facts.rate)
    fps = spoken(rate) if fps_type == "str" else float(spoken(rate))
    if not facts.video:
        return {"FPS": fps, "Frames": "", "Start": "", "End": "", "Resolution": "", "Audio Ch": "2"}
    head, tail = clip.span or (0, facts.frames)
    code = [to_timecode(facts.timecode + frame, rate, drop=facts.drop) for frame in (head, tail)]
    return {
        "FPS": fps,
        "Frames": str(tail - head),
        "Start": str(facts.first + head),
        "End": str(facts.first + tail - 1),
        "Start TC": code[0],
        "End TC": code[1],
        "Duration": to_timecode(tail - head, rate, drop=facts.drop),
        "Resolution": f"{facts.size[0]}x{facts.size[1]}",
        "Drop frame": str(int(facts.drop)),
        "Video Codec": facts.codec,
        "Bit Depth": str(facts.bits),
        "Audio Ch": "2" if facts.audio else "",
    }


RATES = (
    "16 18 23.976 24 25 29.97 30 47.952 48 50 59.94 60 72 95.904 96 100 119.88 120 29.97DF 59.94DF 119.88DF"
)


def rate_of(text: str) -> tuple[Fraction, bool] | None:
    """Read a rate as the project settings write it, "29.97 DF" for drop-frame; None where it is no such."""
    bare = str(text).replace(" ", "").upper()
    if bare.removesuffix(".0") not in RATES.split():
        return None
    rate = snap_rate(float(bare.removesuffix("DF")))
    return rate, bare.endswith("DF") and may_drop(rate)


def frame_number(text: str, rate: Fraction) -> int | None:
    """Read timecode as a frame number; None for text that is none."""
    try:
        return from_timecode(text, rate)
    except UprezError:
        return None


def hour(rate: Fraction, drop: bool) -> int:
    """Return the frame number of 01:00:00:00."""
    return from_timecode("01:00:00;00" if drop else "01:00:00:00", rate)
