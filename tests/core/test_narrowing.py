"""What the way to a service and back takes from a picture is said before anything is bought."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from uprez.model import Cut, Info, Media, PlatePreset, Pull, RenderPreset, Shot
from uprez.narrowing import narrowings, travel, travels
from uprez.orders import Limits, Model, Recipe
from uprez.plan import plan
from uprez.testing.clips import make_clip
from uprez.times import FrameRange

FILM = Fraction(24000, 1001)


def media(name: str = "A001.mov", **changes: object) -> Media:
    facts = {
        "container": "mov", "codec": "prores", "rate": FILM, "frames": 100, "width": 1280, "height": 720,
        "pixel_format": "yuv422p10le", "bits": 10,
    }  # fmt: skip
    info = Info.model_validate(facts | changes)
    return Media(
        url=name, path=Path(name), fingerprint=name, rate=info.rate,
        available=FrameRange(start=0, count=100), info=info,
    )  # fmt: skip


def model(*plates: PlatePreset, **limits: Any) -> Model:
    return Model(
        name="m", does=("upscale-video", "upscale-image"), summary="", plates=plates, limits=Limits(**limits)
    )


def lost(source: Media, by: Model, render: RenderPreset = "prores") -> tuple[str, ...]:
    return travel(source, Recipe(render=render), by).narrowed


def test_bits_chroma_and_rate_are_each_a_sentence() -> None:
    way = travel(media(), Recipe(), model("mp4", rates=range(15, 121), max_bits=8))
    assert (way.preset, way.bits, way.rate) == ("mp4", 8, 24)
    assert way.narrowed == (
        "10-bit becomes 8-bit on the way",
        "4:2:2 becomes 4:2:0 on the way",
        "23.976 travels as 24 and comes back as 23.976",
    )


@pytest.mark.parametrize(
    ("source", "by", "render", "said"),
    [
        (media(), model("ffv1"), "prores", ()),
        (media(), model("prores"), "prores", ()),
        (media(), model("ffv1"), "ffv1", ()),
        (media(), model("mp4", "prores", rates=(24,)), "dnxhr",
         ("23.976 travels as 24 and comes back as 23.976",)),
        (media(), model("ffv1", max_bits=8), "prores", ("10-bit becomes 8-bit on the way",)),
        (media(), model("ffv1"), "h264",
         ("10-bit becomes 8-bit in the h264 render", "4:2:2 becomes 4:2:0 in the h264 render")),
        (media(), model("mp4"), "h264",
         ("10-bit becomes 8-bit on the way", "4:2:2 becomes 4:2:0 on the way")),
        (media(bits=12, pixel_format="yuv444p12le"), model("ffv1"), "prores",
         ("12-bit becomes 10-bit in the prores render",)),
        (media(bits=12, pixel_format="yuv444p12le"), model("mp4", "prores", max_bits=10), "prores",
         ("12-bit becomes 10-bit on the way",)),
        (media(bits=8, pixel_format="bgr0"), model("mp4"), "prores", ("RGB becomes 4:2:0 on the way",)),
        (media(bits=8, pixel_format="yuvj420p"), model("mp4"), "prores", ()),
        (media(bits=8, pixel_format="yuv420p", rate=Fraction(24)), model("mp4", rates=(24,)), "prores", ()),
        (media(bits=8, pixel_format="gray"), model("mp4"), "prores", ()),
        (media("a.png", bits=16, pixel_format="rgb48be", still=True), model("still", max_bits=8), "h264",
         ("16-bit becomes 8-bit on the way",)),
        (media("a.png", bits=8, pixel_format="rgb24", still=True), model("still", max_bits=8), "h264", ()),
        (media(rate=Fraction(60000, 1001)), model("prores", rates=(24, 60)), "prores",
         ("59.94 travels as 60 and comes back as 59.94",)),
    ],
)  # fmt: skip
def test_only_what_is_truly_lost_is_said(
    source: Media, by: Model, render: RenderPreset, said: tuple[str, ...]
) -> None:
    assert lost(source, by, render) == said


def shot(of: Media, name: str, first: int) -> Shot:
    frames = FrameRange(start=first, count=10)
    return Shot(id=name, name=name, track="V1", media=of, source=frames, record=frames)


def test_a_plan_says_it_for_each_pull_and_in_a_line_for_each_media() -> None:
    deep, plain = media(), media("B.mov", bits=8, pixel_format="yuv420p", rate=Fraction(24))
    shots = (shot(deep, "one", 0), shot(deep, "two", 80), shot(plain, "three", 0))
    by = model("mp4", rates=(24,))
    planned = plan(Cut(name="cut", rate=FILM, shots=shots), Recipe(handles=0), by)
    ways = travels(planned, by)
    assert ways.keys() == {pull.id for pull in planned.pulls} and len(ways) == 3
    pulls: dict[str, Pull] = {shot: pull for pull in planned.pulls for shot in pull.shots}
    assert [len(ways[pulls[name].id].narrowed) for name in ("one", "two", "three")] == [3, 3, 0]
    (line,) = narrowings(planned, by)
    assert line.startswith("A001.mov: 10-bit becomes 8-bit on the way; ")


def test_a_model_that_makes_a_new_picture_has_none_to_narrow() -> None:
    by = model("mp4", rates=(24,))
    planned = plan(Cut(name="cut", rate=FILM, shots=(shot(media(), "one", 0),)), Recipe(), by)
    assert travels(planned, by.model_copy(update={"keeps_picture": False})) == {}


PLUGIN = """
import uprez
from uprez.orders import Limits, Model
from uprez.testing.fake_service import PaidProvider

class Narrow(PaidProvider):
    name = "narrow"
    models = (Model(name="m", does=("upscale-video",), summary="", plates=("mp4",),
                    limits=Limits(rates=(25, 30), max_bits=8)),)

@uprez.hookimpl
def uprez_providers():
    return [Narrow]
"""


@pytest.fixture
def narrow(cut: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the cut a source of ten bits, and a service that takes eight at 25 frames a second."""
    make_clip(
        cut.parent / "A001.mkv", frames=48, size=(160, 90), timecode="01:00:00:00", pixel_format="yuv422p10le"
    )
    (cut.parent / "narrow.py").write_text(PLUGIN)
    (cut.parent / "uprez.toml").write_text('plugins = ["narrow.py"]')
    monkeypatch.setenv("UPREZ_NARROW_BASE_URL", str(cut.parent / "service"))
    return cut


SAID = [
    "10-bit becomes 8-bit on the way",
    "4:2:2 becomes 4:2:0 on the way",
    "24 travels as 25 and comes back as 24",
]


def test_the_plan_says_it_in_text_and_in_json(uprez: Any, narrow: Path) -> None:
    (pull,) = uprez("plan", narrow, "-p", "narrow", "--json").json["pulls"]
    assert pull["travels"] == {"preset": "mp4", "bits": 8, "rate": "25"}
    assert pull["narrowed"] == SAID
    assert f"A001.mkv: {'; '.join(SAID)}\n" in uprez("plan", narrow, "-p", "narrow").out
    (kept,) = uprez("plan", narrow, "-m", "lanczos", "--json").json["pulls"]
    assert (kept["travels"], kept["narrowed"]) == ({"preset": "ffv1", "bits": 10, "rate": "24"}, [])
    assert "becomes" not in uprez("plan", narrow, "-m", "lanczos").out


def test_who_is_asked_to_buy_reads_it_first(uprez: Any, narrow: Path) -> None:
    ended = uprez("run", narrow, "-p", "narrow")
    assert ended.code == 2
    assert SAID[0] in ended.err


def test_the_report_says_it_again(uprez: Any, narrow: Path) -> None:
    ended = uprez("run", narrow, "-p", "narrow", "-o", "out.otio", "--yes", "--json")
    assert ended.code == 0, ended.out
    uprez("report", narrow, "-o", "report.csv")
    text = (narrow.parent / "report.csv").read_text()
    assert all(sentence in text for sentence in SAID)
