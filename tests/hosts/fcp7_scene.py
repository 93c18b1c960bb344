"""Write small Final Cut XMLs, relink all of their clips, and hold the result against a reading of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from xml.sax.saxutils import escape

from hosts.corpus_fcp7 import blank, differences, renders_of

from uprez.model import Conform, Cut, Manner, Relink, Selection
from uprez.pulls import plan_pulls
from uprez.testing.clips import make_clip
from uprez_otio.host import OtioHost

SIZE = (32, 18)
PAL = Fraction(25)


def rate_text(rate: Fraction) -> str:
    ntsc = rate.denominator == 1001
    return f"<rate><timebase>{round(rate)}</timebase><ntsc>{'TRUE' if ntsc else 'FALSE'}</ntsc></rate>"


def file_text(
    path: Path | str,
    name: str = "file-1",
    *,
    frames: int = 100,
    rate: Fraction = PAL,
    timecode: tuple[str, int, str] | None = None,
    more: str = "",
) -> str:
    """Write a file out in full; a path is written as Premiere writes it."""
    url = path if isinstance(path, str) else f"file://localhost{path}"
    code = ""
    if timecode:
        words, frame, kind = timecode
        code = (
            f"<timecode>{rate_text(rate)}<string>{words}</string><frame>{frame}</frame>"
            f"<displayformat>{kind}</displayformat></timecode>"
        )
    return (
        f'<file id="{name}"><name>{escape(url.rpartition("/")[2])}</name><pathurl>{escape(url)}</pathurl>'
        f"{rate_text(rate)}<duration>{frames}</duration>{code}<media><video><samplecharacteristics>"
        f"{rate_text(rate)}<width>{SIZE[0]}</width><height>{SIZE[1]}</height><anamorphic>FALSE</anamorphic>"
        "<pixelaspectratio>square</pixelaspectratio><fielddominance>none</fielddominance>"
        "</samplecharacteristics></video><audio><channelcount>2</channelcount></audio></media>"
        f"{more}</file>"
    )


def again(name: str = "file-1") -> str:
    """Name a file that is written out elsewhere."""
    return f'<file id="{name}"/>'


def clip_text(
    name: str,
    span: tuple[int, int],
    points: tuple[float, float],
    file: str,
    more: str = "",
    *,
    rate: Fraction | None = PAL,
    enabled: bool = True,
) -> str:
    """Write a clip: `span` on the timeline, `points` its in and out."""
    return (
        f'<clipitem id="clip-{name}"><masterclipid>masterclip-1</masterclipid><name>{name}</name>'
        f"<enabled>{'TRUE' if enabled else 'FALSE'}</enabled>{rate_text(rate) if rate else ''}"
        f"<start>{span[0]}</start><end>{span[1]}</end><in>{points[0]}</in><out>{points[1]}</out>"
        f"{file}{more}</clipitem>"
    )


def remap_text(
    speed: str,
    *,
    reverse: bool = False,
    variable: bool = False,
    keys: Sequence[tuple[float, float, str]] = (),
    most: int = 0,
) -> str:
    graph = "".join(
        f"<keyframe><when>{when}</when><value>{value}</value><speedvirtualkf>TRUE</speedvirtualkf>"
        f"<speedkf{kind}>TRUE</speedkf{kind}></keyframe>"
        for when, value, kind in keys
    )
    drawn = (
        f"<parameter><parameterid>graphdict</parameterid><valuemax>{most}</valuemax><value>0</value>{graph}</parameter>"
        if keys
        else ""
    )
    return (
        "<filter><effect><name>Time Remap</name><effectid>timeremap</effectid>"
        f"<parameter><parameterid>variablespeed</parameterid><value>{int(variable)}</value></parameter>"
        f"<parameter><parameterid>speed</parameterid><value>{speed}</value></parameter>"
        f"<parameter><parameterid>reverse</parameterid><value>{str(reverse).upper()}</value></parameter>"
        f"{drawn}</effect></filter>"
    )


def motion_text(
    scale: str,
    keys: Sequence[tuple[int, str]] = (),
    center: tuple[str, str] = ("0", "0"),
    rotation: str = "0",
) -> str:
    moving = "".join(
        f"<keyframe><when>{when}</when><value>{value}</value></keyframe>" for when, value in keys
    )
    return (
        "<filter><effect><name>Basic Motion</name><effectid>basic</effectid>"
        f"<parameter><parameterid>scale</parameterid><value>{scale}</value>{moving}</parameter>"
        f"<parameter><parameterid>rotation</parameterid><value>{rotation}</value></parameter>"
        "<parameter><parameterid>center</parameterid><value>"
        f"<horiz>{center[0]}</horiz><vert>{center[1]}</vert></value></parameter></effect></filter>"
    )


def cross(start: int, end: int, alignment: str = "center") -> str:
    return (
        f"<transitionitem><start>{start}</start><end>{end}</end><alignment>{alignment}</alignment>"
        "<effect><name>Cross Dissolve</name><effectid>Cross Dissolve</effectid></effect></transitionitem>"
    )


def sequence_text(
    *tracks: str,
    rate: Fraction = PAL,
    name: str = "cut",
    sound: Sequence[str] = (),
    attributes: str = ' id="sequence-1" TL.SQTimePerPixel="0.2"',
) -> str:
    """Write a sequence, by default as Premiere's."""
    shown = "".join(
        f"<track>{track}<enabled>TRUE</enabled><locked>FALSE</locked></track>" for track in tracks
    )
    heard = "".join(f"<track>{track}</track>" for track in sound)
    return (
        f"<sequence{attributes}><uuid>u</uuid><duration>1000</duration>{rate_text(rate)}<name>{name}</name>"
        f"<media><video>{shown}</video><audio>{heard}</audio></media></sequence>"
    )


def document_text(*sequences: str) -> str:
    body = "".join(sequences).replace("><", ">\n\t<")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n<xmeml version="4">\n{body}\n</xmeml>\n'
    )


@dataclass
class Done:
    """Hold what a relink was and became."""

    cut: Cut
    conform: Conform
    before: Path
    after: Path
    wrong: list[str]

    @property
    def reasons(self) -> dict[str, str]:
        """Return why clips were left out, by name."""
        return {left.name: left.reason for left in (*self.cut.left_out, *self.conform.left_out)}

    @property
    def text(self) -> str:
        """Return the output."""
        return self.after.read_text(encoding="utf-8")


def written(folder: Path, text: str) -> Path:
    path = folder / "cut.xml"
    path.write_bytes(text.encode())
    return path


def relinks_for(cut: Cut, folder: Path, *, handles: int = 2, numbers: bool = False) -> tuple[Relink, ...]:
    """Make the renders of a plan, twice as large; with `numbers` each frame carries its own."""
    relinks = []
    for number, pull in enumerate(plan_pulls(cut.shots, handles)):
        still = pull.media.info.still
        path = folder / "renders" / f"render {number}{'.png' if still else '.mkv'}"
        width, height = pull.media.width * 2, pull.media.height * 2
        if numbers:
            first = pull.frames.start - pull.media.available.start
            make_clip(path, frames=pull.frames.count, rate=pull.media.rate, size=(width, height), first=first)
        else:
            blank(path, pull.frames.count, pull.media.rate, (width, height), number)
        relinks += [
            Relink(
                shot=shot,
                path=path,
                stands_for=pull.frames,
                rate=pull.media.rate,
                width=width,
                height=height,
            )
            for shot in pull.shots
        ]
    return tuple(relinks)


def relinked(
    folder: Path, text: str, *, handles: int = 2, numbers: bool = False, selection: Selection | None = None
) -> Done:
    """Relink all clips of a timeline and look for a frame that is another one."""
    before = written(folder, text)
    host = OtioHost(str(before))
    cut = host.shots(selection or Selection(include_disabled=True))
    relinks = relinks_for(cut, folder, handles=handles, numbers=numbers)
    after = folder / "cut_uprez.xml"
    conform = host.relink(relinks, Manner())
    rates = {f"file://localhost{shot.media.path}": shot.media.rate for shot in cut.shots}
    rates |= {shot.media.path.as_posix(): shot.media.rate for shot in cut.shots}
    renders = renders_of(cut.shots, relinks)
    wrong = list(differences(before, after, renders, rates, len(conform.relinked)))
    return Done(cut, conform, before, after, wrong)
