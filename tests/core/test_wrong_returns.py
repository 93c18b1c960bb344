"""What a service returns in place of what was bought is named, kept, and neither used nor bought again."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from services import returns
from services.returns import RETURNS

from uprez.model import Call, Info, Uneven, Verdict
from uprez.report.files import read_report
from uprez.testing.clips import read_numbers
from uprez.testing.fake_service import FakeService
from uprez.verify import held_to_rate

WRONG = {
    "fewer": "it has 23 frames instead of 24",
    "more": "it has 25 frames instead of 24",
    "beginning": "it has 25 frames instead of 24",
    "stamped": "it came back at 30 frames per second instead of 24",
    "doubled": "it came back at 48 frames per second instead of 24",
    "resampled": "it came back at 30 frames per second instead of 24",
    "converted": "it came back at 30 frames per second instead of 24",
    "raster": "it is 640x360 instead of 320x180",
    "odd": "it is 321x181 instead of 320x180",
    "clip": "it shows another picture",
}


@pytest.fixture
def service(cut: Path, monkeypatch: pytest.MonkeyPatch) -> FakeService:
    (cut.parent / "uprez.toml").write_text(f"plugins = [{str(returns.__file__)!r}]")
    for name in (*RETURNS, "careless"):
        monkeypatch.setenv(f"UPREZ_{name.upper()}_BASE_URL", str(cut.parent / "service"))
    return FakeService(cut.parent / "service")


def run(uprez: Any, cut: Path, provider: str) -> Any:
    return uprez("run", cut, "--handles", "4", "-o", "out.otio", "-p", provider, "--yes", "--json")


@pytest.mark.parametrize("provider", WRONG)
def test_a_wrong_return_is_named_and_kept(provider: str, uprez: Any, cut: Path, service: FakeService) -> None:
    ended = run(uprez, cut, provider)
    assert ended.code == 4, ended.out
    assert ended.json["relinked"] == [] and not (cut.parent / "out.otio").exists()
    for failed in ended.json["failed"]:
        assert failed["verdict"] == "WRONG"
        assert WRONG[provider] in failed["error"]
    workspace = cut.with_suffix(".uprez")
    (rejected,) = (workspace / "rejected").iterdir()
    assert str(rejected) in ended.json["failed"][0]["error"]
    assert read_numbers(rejected) == list(RETURNS[provider].numbers)
    (fetched,) = (workspace / "fetched").iterdir()
    assert read_numbers(fetched) == list(RETURNS[provider].numbers)
    assert list(service.charges().values()) == [1]


def test_a_wrong_return_is_not_bought_again(uprez: Any, cut: Path, service: FakeService) -> None:
    assert [run(uprez, cut, "stamped").code for _ in range(2)] == [4, 4]
    assert list(service.charges().values()) == [1]


@pytest.mark.parametrize("provider", ["right", "careless", "near", "uneven"])
def test_the_right_frames_in_as_much_time_match_and_what_is_odd_is_a_warning(
    provider: str, uprez: Any, cut: Path, service: FakeService
) -> None:
    ended = run(uprez, cut, provider)
    assert ended.code == 0, ended.out
    assert {shot["verdict"] for shot in ended.json["relinked"]} == {"MATCH"}
    report = read_report(cut.with_suffix(".uprez"))
    (render,) = (cut.with_suffix(".uprez") / "renders").glob("*.mov")
    assert read_numbers(render) == list(range(6, 30))
    said = {"near": "at 23.976 frames per second instead of 24", "uneven": "uneven times"}
    warnings = [warning for row in report.rows for warning in row.warnings]
    assert len(warnings) == (2 if provider in said else 0)
    assert all(said[provider] in warning for warning in warnings), warnings


def test_frames_refused_for_their_rate_alone_can_be_adopted_by_a_person(
    uprez: Any, cut: Path, service: FakeService
) -> None:
    assert run(uprez, cut, "stamped").code == 4
    rejected = cut.with_suffix(".uprez") / "rejected"
    adopted = uprez("relink", cut, rejected, "-o", "adopted.otio", "--json")
    assert (adopted.code, len(adopted.json["relinked"])) == (0, 2), adopted.out


SAME = Verdict(call=Call.MATCH, findings=("24 frames, each its plate's",))


def came(rate: Fraction, **changes: Any) -> Info:
    facts = {"container": "mov", "codec": "h264", "rate": rate, "frames": 24, "width": 64, "height": 36,
             "pixel_format": "yuv420p", "bits": 8}  # fmt: skip
    return Info.model_validate(facts | changes)


@pytest.mark.parametrize(
    "file",
    [
        came(Fraction(24)),
        came(Fraction(25), frames=1),
        came(Fraction(25), still=True),
        came(Fraction(2402, 100), container="matroska"),  # 23 milliseconds' rounding over one second
    ],
)
def test_what_says_no_rate_or_the_right_one_changes_no_verdict(file: Info) -> None:
    assert held_to_rate(SAME, Fraction(24), file) == SAME


def test_another_rate_makes_a_shift_wrong_and_keeps_what_was_found() -> None:
    late = Verdict(call=Call.OFFSET, findings=("it runs 2 frames late",), offset=2)
    held = held_to_rate(late, Fraction(30), came(Fraction(60000, 1001)))
    assert (held.call, held.offset) == (Call.WRONG, None)
    assert held.findings == ("it came back at 59.94 frames per second instead of 30", *late.findings)


def test_uneven_times_of_another_length_are_wrong() -> None:
    uneven = Uneven(rate=Fraction(20), lasts=Fraction(1))
    held = held_to_rate(SAME, Fraction(24), came(Fraction(20), uneven=uneven))
    assert held.call is Call.WRONG
    assert "uneven times, on average 20 frames per second" in held.findings[0]
