"""Write small EDLs with their media, relink them, and read each line's frames by a reading of its own."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from hosts.corpus_edl import Plain, plain

from uprez.model import Conform, Cut, Manner, Relink, Selection, Shot
from uprez.pulls import plan_pulls
from uprez.testing.clips import make_clip, read_numbers
from uprez.times import from_timecode, to_timecode
from uprez_otio.host import OtioHost

SIZE = (64, 36)
FILM = Fraction(24)


def edl(folder: Path, *lines: str, mode: str = "NON-DROP FRAME", name: str = "cut.edl") -> Path:
    """Write an EDL."""
    file = folder / name
    head = ["TITLE: Scene", *([f"FCM: {mode}"] if mode else []), ""]
    file.write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")
    return file


def event(
    number: int,
    reel: str,
    source: tuple[str, str],
    record: tuple[str, str],
    kind: str = "C",
    channel: str = "V",
) -> str:
    """Write one line in the columns of a CMX 3600 list."""
    return f"{number:03}  {reel:<8} {channel:<5} {kind:<8} {' '.join((*source, *record))}"


def footage(
    folder: Path, name: str, timecode: str | None, *, frames: int = 100, rate: Fraction = FILM,
    reel: str | None = None, first: int = 0,
) -> Path:  # fmt: skip
    """Write a file whose frames carry their numbers."""
    codec, pixels = ("prores_ks", "yuv422p10le") if name.endswith(".mov") else ("ffv1", "yuv420p")
    return make_clip(
        folder / name, frames=frames, rate=rate, timecode=timecode, reel=reel, size=SIZE, codec=codec,
        pixel_format=pixels, first=first,
    )  # fmt: skip


def read(file: Path, *media: Path) -> Cut:
    """Read an EDL with folders to search."""
    host = OtioHost(str(file))
    host.media = media
    return host.shots(Selection())


def relinked(
    file: Path, output: Path, *, handles: int = 3, renders: Path | None = None
) -> tuple[Cut, Conform]:
    """Relink all shots to renders that carry the same numbers at twice the size."""
    host = OtioHost(str(file))
    cut = host.shots(Selection())
    relinks = tuple(rendered(cut.shots, renders or file.parent / "cut.uprez" / "renders", handles))
    return cut, host.relink(relinks, Manner(output=output))


def rendered(shots: tuple[Shot, ...], folder: Path, handles: int) -> Iterator[Relink]:
    for count, pull in enumerate(plan_pulls(shots, handles)):
        media = pull.media
        head = pull.frames.start - media.available.start
        number = None if media.info.timecode is None else media.info.timecode + head
        code = None if number is None else to_timecode(number, media.rate, drop=media.info.drop)
        path = make_clip(
            folder / f"{media.path.stem}_{count}.mkv", frames=pull.frames.count, rate=media.rate,
            size=(SIZE[0] * 2, SIZE[1] * 2), timecode=code, first=head,
        )  # fmt: skip
        for shot in pull.shots:
            yield Relink(
                shot=shot, path=path, stands_for=pull.frames, rate=media.rate, width=SIZE[0] * 2,
                height=SIZE[1] * 2,
            )  # fmt: skip


def lines_of(file: Path) -> list[Plain]:
    """Read an EDL's picture lines by a reading apart from uprez's."""
    return plain(file.read_bytes().decode("latin-1"))


def numbers_shown(line: Plain, file: Path, first: int, rate: Fraction = FILM) -> list[int]:
    """Return the numbers of the frames that a line shows of a file whose first frame is `first`."""
    start, _, record_in, record_out = (
        int(text) if text.isdigit() else from_timecode(text, rate) for text in line.times
    )
    speed = 1 if line.speed is None else line.speed / round(rate)
    there = read_numbers(file)
    return [there[start + int(at * speed) - first] for at in range(record_out - record_in)]
