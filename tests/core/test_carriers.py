"""Plates travel at whole rates in what a service takes; the render has all that is the source's back."""

from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

import av
import numpy as np
import pytest
from services.returns import Returned, write

from uprez.media.probe import probe
from uprez.model import Call, Colour, Info, RenderPreset, Size
from uprez.orders import Limits, Model, Order, Recipe, Succeeded
from uprez.outcome import Standing
from uprez.provider import Context
from uprez.testing.clips import BT709, make_clip, read_numbers
from uprez.testing.fake_service import FakeService, PaidProvider
from uprez.testing.workshop import Workshop
from uprez.times import to_timecode

FILM, VIDEO, FAST = Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)
NTSC = Colour(primaries=6, transfer=6, matrix=6, range=1)
FIRST, COUNT = 9, 21
SOURCES = {
    "film": (FILM, Fraction(24), "01:00:00:00", BT709),
    "drop": (VIDEO, Fraction(30), "00:00:59;15", NTSC),
    "fast": (FAST, Fraction(60), "23:59:59;40", BT709),
    "pal": (Fraction(25), Fraction(30), "10:00:00:00", Colour(primaries=5, transfer=6, matrix=6, range=1)),
    "own": (Fraction(24), Fraction(24), "00:00:00:00", BT709),
}


class Carrier(PaidProvider):
    """Take H.264 in MP4 at 24, 30 and 60 frames a second, and return as much, without a tag and a sound."""

    name: ClassVar[str] = "carrier"
    models: ClassVar[tuple[Model, ...]] = (
        Model(name="double", does=("upscale-video",), summary="", plates=("mp4",),
              limits=Limits(rates=(24, 30, 60), max_bits=8)),
    )  # fmt: skip
    stamped: Fraction | None = None
    hidden: int = 0

    async def fetch(self, done: Succeeded, to: Path) -> None:
        plate = Path(self.service._read(done.data["order"])["plate"])
        rate, numbers = self.stamped or probe(plate).rate, read_numbers(plate)
        before = range(numbers[0] - self.hidden, numbers[0])
        write(to, Returned(numbers=[*before, *numbers], rate=rate, size=(256, 144)))
        if self.hidden:
            hide(to, self.hidden / rate)


class Trip:
    """Send frames of a source to the service and back."""

    def __init__(self, folder: Path, kind: str, render: RenderPreset = "prores") -> None:
        self.rate, self.carrier, self.timecode, self.colour = SOURCES[kind]
        self.source = make_clip(
            folder / "A001.mov", frames=40, rate=self.rate, size=(128, 72), codec="prores_ks",
            pixel_format="yuv422p10le", timecode=self.timecode, reel="A001C007", colour=self.colour,
            audio=True,
        )  # fmt: skip
        self.service = FakeService(folder / "service")
        self.provider = Carrier(Context(scratch=folder / "scratch", base_url=str(self.service.folder)))
        recipe = Recipe(provider="carrier", model="double", size=Size(scale=Fraction(2)), render=render)
        self.shop = Workshop(folder, self.source, recipe, Carrier)

    @property
    def order(self) -> Order:
        return self.shop.order(FIRST, COUNT)

    def run(self) -> Standing:
        return self.shop.run(self.provider, self.order)[0]

    def proved(self) -> Path:
        standing = self.run()
        assert standing.state == "done", standing.error
        assert standing.render is not None
        assert standing.render.verdict.call is Call.MATCH
        assert standing.render.verdict.warnings == ()
        return standing.render.path


@pytest.mark.parametrize("render", ["prores", "h264"])
@pytest.mark.parametrize("kind", SOURCES)
def test_all_that_is_the_sources_comes_back(kind: str, render: RenderPreset, tmp_path: Path) -> None:
    trip = Trip(tmp_path, kind, render)
    file = trip.proved()
    info = probe(file)
    assert read_numbers(file) == list(range(FIRST, FIRST + COUNT))
    assert (info.rate, info.variable, info.frames) == (trip.rate, False, COUNT)
    assert ticks(file) == [number / trip.rate for number in range(COUNT)]
    assert info.reel == "A001C007"
    assert info.colour == trip.colour
    assert timecode(info) == timecode(probe(trip.source), FIRST)
    assert info.drop == (";" in trip.timecode)
    low, high = (round(frame / trip.rate * 48000) for frame in (FIRST, FIRST + COUNT))
    assert np.array_equal(samples(file), samples(trip.source)[low:high])


@pytest.mark.parametrize("kind", SOURCES)
def test_a_plate_is_stamped_with_the_next_whole_rate_and_holds_the_same_frames(
    kind: str, tmp_path: Path
) -> None:
    trip = Trip(tmp_path, kind)
    plate = trip.shop.exported(trip.order).plate
    assert plate.info is not None
    assert (plate.info.container, plate.info.codec, plate.path.suffix) == ("mov", "h264", ".mp4")
    assert (plate.rate, plate.info.rate, plate.info.variable) == (trip.carrier, trip.carrier, False)
    assert (plate.info.pixel_format, plate.info.width, plate.info.height) == ("yuv420p", 128, 72)
    assert read_numbers(plate.path) == list(range(FIRST, FIRST + COUNT))


def test_what_came_back_was_coded_out_of_order_behind_an_edit_list(tmp_path: Path) -> None:
    trip = Trip(tmp_path, "film")
    trip.run()
    (fetched,) = (trip.shop.workspace / "fetched").iterdir()
    assert b"elst" in fetched.read_bytes()
    with av.open(str(fetched)) as file:
        shown = [packet.pts for packet in file.demux(video=0) if packet.size]
    assert shown != sorted(shown)


@pytest.mark.parametrize("render", ["prores", "h264"])
def test_frames_that_an_edit_list_hides_are_not_the_renders(render: RenderPreset, tmp_path: Path) -> None:
    trip = Trip(tmp_path, "film", render)
    trip.provider.hidden = 7
    file = trip.proved()
    assert read_numbers(file) == list(range(FIRST, FIRST + COUNT))
    assert ticks(file) == [number / FILM for number in range(COUNT)]


@pytest.mark.parametrize(
    ("stamped", "said"),
    [
        (Fraction(30), "it came back at 30 frames per second instead of 24"),
        (FAST, "it came back at 59.94 frames per second instead of 24"),
        (Fraction(25), "it came back at 25 frames per second instead of 24"),
    ],
)
def test_a_plate_that_comes_back_at_another_rate_than_it_was_sent_at_is_refused(
    stamped: Fraction, said: str, tmp_path: Path
) -> None:
    trip = Trip(tmp_path, "film")
    trip.provider.stamped = stamped
    standing = trip.run()
    assert (standing.state, trip.service.charges().total()) == ("failed", 1)
    assert said in str(standing.error)
    assert standing.render is not None
    assert standing.render.path.parent.name == "rejected"
    assert read_numbers(standing.render.path) == list(range(FIRST, FIRST + COUNT))


def test_the_true_rate_in_place_of_its_carrier_is_no_more_than_a_warning(tmp_path: Path) -> None:
    trip = Trip(tmp_path, "film")
    trip.provider.stamped = FILM
    standing = trip.run()
    assert standing.state == "done", standing.error
    assert standing.render is not None
    assert standing.render.info.rate == FILM
    assert standing.render.verdict.warnings == ("it came back at 23.976 frames per second instead of 24",)


def hide(path: Path, seconds: Fraction) -> None:
    """Have an edit list begin the film later: the frames before stay in the file and are not shown."""
    whole = path.rename(path.with_suffix(".whole"))
    early = {"avoid_negative_ts": "disabled"}
    with av.open(str(whole)) as source, av.open(str(path), "w", format="mp4", options=early) as out:
        video = source.streams.video[0]
        copied = out.add_stream_from_template(video)
        for packet in source.demux(video):
            if packet.size and packet.pts is not None and packet.dts is not None:
                later = round(seconds / packet.time_base)
                packet.pts, packet.dts, packet.stream = packet.pts - later, packet.dts - later, copied
                out.mux(packet)
    whole.unlink()


def timecode(info: Info, later: int = 0) -> str:
    assert info.timecode is not None
    return to_timecode(info.timecode + later, info.rate, drop=info.drop)


def ticks(path: Path) -> list[Fraction]:
    """Return when each frame of a file is shown, in seconds after the first."""
    with av.open(str(path)) as file:
        base = file.streams.video[0].time_base
        assert base is not None
        shown = sorted(packet.pts for packet in file.demux(video=0) if packet.size and packet.pts is not None)
    return [(tick - shown[0]) * base for tick in shown]


def samples(path: Path) -> Any:
    """Decode the left channel of a file's sound."""
    with av.open(str(path)) as source:
        return np.concatenate([frame.to_ndarray()[0][::2] for frame in source.decode(audio=0)])
