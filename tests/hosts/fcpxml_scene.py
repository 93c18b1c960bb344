"""Write small FCPXML documents, with media whose frames carry their number, and read what clips show."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from hosts.corpus_fcpxml import Document, differences

from uprez.model import Conform, Cut, Manner, Relink, Selection
from uprez.pulls import plan_pulls
from uprez.testing.clips import make_clip, read_numbers
from uprez.times import to_timecode
from uprez_otio.host import OtioHost

SIZE = (64, 36)
R24 = Fraction(24)


def time(frames: int | Fraction, rate: Fraction = R24) -> str:
    """Write a time as Final Cut does."""
    exact = Fraction(frames) / rate
    return f"{exact.numerator}/{exact.denominator}s" if exact.denominator != 1 else f"{exact.numerator}s"


def form(name: str, rate: Fraction = R24, size: tuple[int, int] = SIZE, more: str = "") -> str:
    """Write a format."""
    return (
        f'<format id="{name}" name="FFVideoFormatOwn" frameDuration="{time(1, rate)}" '
        f'width="{size[0]}" height="{size[1]}" colorSpace="1-1-1 (Rec. 709)"{more}/>'
    )


@dataclass
class Scene:
    """Collect a document's resources and what lies in its project; `rate` is the project's."""

    folder: Path
    rate: Fraction = R24
    version: str = "1.11"
    resources: list[str] = field(default_factory=list)
    start: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.resources.insert(0, form("r1", self.rate))

    def asset(
        self,
        name: str,
        *,
        identity: str,
        frames: int = 60,
        rate: Fraction | None = None,
        first: int = 0,
        url: str | None = None,
        sound: bool = False,
        drop: bool = False,
        more: str = "",
    ) -> Path:
        """Make a clip, and an asset of it whose first frame has number `first`."""
        rate = rate or self.rate
        path = self.folder / name
        timecode = to_timecode(first, rate, drop=drop) if first else None
        make_clip(path, frames=frames, rate=rate, size=SIZE, timecode=timecode, audio=sound)
        own = "r1" if rate == self.rate else f"{identity}f"
        if own != "r1":
            self.resources.append(form(own, rate))
        heard = ' hasAudio="1" audioSources="1" audioChannels="2" audioRate="48000"' if sound else ""
        self.resources.append(
            f'<asset id="{identity}" name="{path.stem}" uid="ABC{identity}" start="{time(first, rate)}" '
            f'duration="{time(frames, rate)}" hasVideo="1" format="{own}" videoSources="1"{heard}{more}>\n'
            f'            <media-rep kind="original-media" sig="ABC{identity}" '
            f'src="{url or path.as_uri()}">\n'
            "                <bookmark>Ym9vaw==</bookmark>\n            </media-rep>\n"
            '            <metadata>\n                <md key="reel" value="A001"/>\n            </metadata>\n'
            "        </asset>"
        )
        return path

    def write(self, *story: str, name: str = "cut.fcpxml", tail: str = "") -> Path:
        """Write a document whose project's primary storyline holds `story`."""
        spine = "\n".join(f"                        {each}" for each in story)
        project = (
            f'        <event name="Day 1">\n            <project name="Cut">\n'
            f'                <sequence format="r1" tcStart="{time(self.start, self.rate)}" tcFormat="NDF">\n'
            f"                    <spine>\n{spine}\n                    </spine>\n"
            "                </sequence>\n            </project>\n        </event>"
        )
        return self.document(f"    <library>\n{project}\n    </library>{tail}", name)

    def document(self, content: str, name: str = "cut.fcpxml") -> Path:
        """Write a document with any content."""
        resources = "\n".join(f"        {each}" for each in self.resources)
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n\n'
            f'<fcpxml version="{self.version}">\n    <resources>\n{resources}\n    </resources>\n'
            f"{content}\n</fcpxml>\n",
            encoding="utf-8",
        )
        return path


def clip(
    ref: str,
    start: int | Fraction,
    count: int,
    at: int | None = None,
    rate: Fraction = R24,
    more: str = "",
    inside: str = "",
) -> str:
    """Write an asset-clip of frames of one rate."""
    offset = f' offset="{time(at, rate)}"' if at is not None else ""
    times = f'start="{time(start, rate)}" duration="{time(count, rate)}"'
    head = f'<asset-clip ref="{ref}"{offset} name="{ref}" {times}{more}'
    return f"{head}>{inside}</asset-clip>" if inside else f"{head}/>"


def time_map(points: list[tuple[int, int]], interp: str = "smooth2") -> str:
    """Write a time map of frames at 24."""
    told = (f'<timept time="{time(at)}" value="{time(value)}" interp="{interp}"/>' for at, value in points)
    return f"<timeMap>{''.join(told)}</timeMap>"


def shots(file: Path, **selection: bool) -> Cut:
    """Read the shots of a file."""
    return OtioHost(str(file)).shots(Selection(**selection))


def rendered(cut: Cut, folder: Path, *, handles: int = 3, sound: bool = False) -> tuple[Relink, ...]:
    """Make a render twice as large for each pull of a cut; its frames carry the numbers of the source's."""
    media = {shot.id: shot.media for shot in cut.shots}
    relinks = []
    for number, pull in enumerate(plan_pulls(cut.shots, handles)):
        path = folder / f"render {number}.mkv"
        first = pull.frames.start - pull.media.available.start
        make_clip(
            path,
            frames=pull.frames.count,
            first=first,
            rate=pull.media.rate,
            size=(pull.media.width * 2, pull.media.height * 2),
            audio=sound,
        )
        relinks += [
            Relink(
                shot=shot,
                path=path,
                stands_for=pull.frames,
                rate=media[shot].rate,
                width=pull.media.width * 2,
                height=pull.media.height * 2,
            )
            for shot in pull.shots
        ]
    return tuple(relinks)


def relinked(file: Path, *, handles: int = 3, sound: bool = False) -> tuple[Conform, Path]:
    """Relink all of a file, and hold what changed against a reading by hand."""
    cut = shots(file)
    relinks = rendered(cut, file.parent / "renders", handles=handles, sound=sound)
    output = file.with_name("cut_uprez.fcpxml")
    conform = OtioHost(str(file)).relink(relinks, Manner(output=output, force=True))
    assert list(differences(file, output, cut.shots, relinks, set(conform.relinked))) == []
    return conform, output


def numbers(file: Path, leaf: int = 0) -> list[int]:
    """Return the numbers in the pictures that an element shows, as they are in the file that it plays now."""
    document = Document(ET.parse(file).getroot())
    element, asset = document.leaves()[leaf]
    url = document.source(asset)
    path = Path(url.removeprefix("file://").replace("%20", " "))
    found = read_numbers(path)
    return [found[index] for index in document.shown(element, asset) if 0 <= index < len(found)]
