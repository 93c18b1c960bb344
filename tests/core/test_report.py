"""The report tells of every clip: as values, as a table, and as a page that nothing from outside changes."""

import csv
import io
import re
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from uprez.errors import MediaError, PlanError
from uprez.media.thumbnails import jpeg, stills
from uprez.model import Call, Cut, Info, LeftOut, Media, Plate, Render, Retime, Shot, Verdict
from uprez.orders import Estimate, Model, Order, Quote, Recipe
from uprez.outcome import Charge, FailedShot, NeedsYou, Outcome, RelinkedShot, Standing
from uprez.plan import Plan, plan
from uprez.report import Report, Row, build, read_report, write_one, write_report
from uprez.report.page import page
from uprez.report.table import COLUMNS, table
from uprez.report.words import amount, price, rate, speed, total_price
from uprez.testing.clips import make_clip, picture
from uprez.times import FrameRange

RATE = Fraction(30000, 1001)
INFO = Info(
    container="mov", codec="prores", rate=RATE, frames=900, timecode=107892, drop=True,
    width=1920, height=1080, pixel_format="yuv422p10le", bits=10,
)  # fmt: skip
MODEL = Model(name="cnn", does=("upscale-video",), summary="", plates=("h264",))
RECIPE = Recipe(provider="topaz", model="cnn", handles=8)
HOSTILE = "<script>alert(1)</script>"
LEFT = LeftOut(name="=cmd()", track="V2", reason="its media is offline; relink it")


def media(folder: Path, name: str) -> Media:
    """Return media whose timeline counts from 0, though the file's own timecode begins at an hour."""
    return Media(
        url=name, path=folder / name, fingerprint=name, rate=RATE,
        available=FrameRange(start=0, count=900), info=INFO,
    )  # fmt: skip


def shot(folder: Path, name: str, source: int, *, file: str = "a.mov", retime: int = 1) -> Shot:
    return Shot(
        id=f"id {name}", name=name, track="V1", media=media(folder, file),
        source=FrameRange(start=source, count=10), record=FrameRange(start=source, count=10),
        retime=None if retime == 1 else Retime(speed=Fraction(retime)),
    )  # fmt: skip


def standing(
    planned: Plan, index: int, state: str, *, call: Call | None = None, **changes: object
) -> Standing:
    pull = planned.pulls[index]
    folder = pull.media.path.parent
    order = Order(
        plate=Plate(pull=pull, preset="h264", path=folder / "plates" / f"{pull.id}.mov"),
        recipe=RECIPE, width=3840, height=2160,
    )  # fmt: skip
    render = call and Render(
        order=order.id, path=folder / "renders" / f"{pull.id}.mov",
        info=INFO.model_copy(update={"width": 3840, "height": 2160}),
        verdict=Verdict(call=call, findings=("it is what it is",)),
    )  # fmt: skip
    return Standing.model_validate({"order": order, "state": state, "render": render, **changes})


def told(folder: Path) -> Report:
    """Build the report of five shots: two of one pull relinked, one failed, one in doubt, one never sent."""
    shots = (
        shot(folder, "one", 100), shot(folder, "two", 105, retime=-1), shot(folder, HOSTILE, 0, file="b.mov"),
        shot(folder, "doubtful", 0, file="c.mov"), shot(folder, "too dear", 0, file="d.mov"),
    )  # fmt: skip
    planned = plan(Cut(name="Reel 3", rate=RATE, shots=shots, left_out=(LEFT,)), RECIPE, MODEL)
    standings = (
        standing(planned, 0, "done", call=Call.MATCH, charged=Decimal("1.50")),
        standing(planned, 1, "failed", call=Call.WRONG, error="the render is not its picture"),
        standing(planned, 2, "needs-you", reserved=Decimal(2), error="no answer"),
        standing(planned, 3, "queued", error="it costs 9 USD"),
    )
    outcome = Outcome(
        timeline="Reel 3", output="out.otio", receipt=folder / "receipt.json", workspace=folder,
        relinked=tuple(
            RelinkedShot(
                shot=f"id {name}", name=name, render=folder / "r.mov", verdict=Call.MATCH,
                stands_for=planned.pulls[0].frames,
            ) for name in ("one", "two")
        ),
        left_out=(LEFT,),
        failed=(FailedShot(shot=f"id {HOSTILE}", name=HOSTILE, error="it is another", verdict=Call.WRONG),),
        needs_you=(NeedsYou(order=standings[2].order.id, shots=("id doubtful",), error="no answer"),),
        charged=(
            Charge(provider="topaz", amount=Decimal("1.50"), unit="USD"),
            Charge(provider="topaz", amount=Decimal(3), unit="credits"),
        ),
        over_cap=True,
    )  # fmt: skip
    estimate = Estimate(amount=Decimal(9), basis="published")
    return build(
        planned, outcome, dict(zip((pull.id for pull in planned.pulls), standings, strict=True)),
        quote=Quote(provider="topaz", model="cnn", estimates={planned.pulls[3].id: estimate}),
        model=MODEL, notes={"id one": ("framing was kept",)}, made=datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC),
    )  # fmt: skip


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return told(tmp_path)


def named(report: Report, name: str) -> Row:
    return next(row for row in report.rows if row.name == name)


def test_every_clip_is_told_of_with_what_became_of_it(report: Report) -> None:
    states = {row.name: (row.state, row.why) for row in report.rows}
    assert states == {
        "one": ("relinked", None),
        "two": ("relinked", None),
        HOSTILE: ("failed", "it is another"),
        "doubtful": ("needs-you", "no answer"),
        "too dear": ("not bought", "it costs 9 USD"),
    }
    assert report.left_out == (LEFT,)


def test_timecodes_are_the_files_own_and_out_is_the_frame_after_the_last(report: Report) -> None:
    source = named(report, "one").source
    assert (source.frames.start, source.first, source.end) == (100, "01:00:03;10", "01:00:03;20")
    assert named(report, "one").record.first == "00:00:03:10"


def test_handles_are_those_achieved_beside_those_asked_for(report: Report) -> None:
    handles = [(row.handles.head, row.handles.tail, row.handles.asked) for row in report.rows[:3]]
    assert handles == [(8, 13, 8), (13, 8, 8), (0, 8, 8)]


def test_a_cost_is_what_was_charged_else_reserved_else_estimated(report: Report) -> None:
    costs = [(row.cost.amount, row.cost.basis, row.cost.shots) for row in report.rows]
    assert costs == [
        (Decimal("1.50"), "charged", 2),
        (Decimal("1.50"), "charged", 2),
        (None, "unknown", 1),
        (Decimal(2), "reserved", 1),
        (Decimal(9), "published", 1),
    ]


def test_what_a_plate_could_not_hold_is_said(report: Report) -> None:
    assert any("10-bit becomes 8-bit" in sentence for sentence in named(report, "one").narrowed)


def test_a_backward_shot_shows_its_last_source_frame_first(report: Report) -> None:
    assert [row.first_shown for row in report.rows[:2]] == [100, 114]


def test_a_model_that_makes_a_new_picture_says_so(report: Report, tmp_path: Path) -> None:
    planned = plan(Cut(name="x", rate=RATE, shots=(shot(tmp_path, "one", 0),)), RECIPE, MODEL)
    outcome = Outcome(timeline="x", output=None, receipt=None, workspace=tmp_path)
    generative = MODEL.model_copy(update={"keeps_picture": False})
    made = build(planned, outcome, {}, model=generative)
    assert made.rows[0].generative and made.rows[0].state == "not bought"
    assert ">generative<" in page(made, {}) and ">generative<" not in page(report, {})


def test_json_is_read_back_as_the_same_report(report: Report, tmp_path: Path) -> None:
    write_report(report, tmp_path)
    assert read_report(tmp_path) == report


def test_a_moved_workspace_finds_its_own_files(report: Report, tmp_path: Path) -> None:
    write_report(report, tmp_path / "old")
    moved = (tmp_path / "old").rename(tmp_path / "new")
    there = read_report(moved)
    row = named(there, "one")
    assert there.workspace == moved and there.receipt == moved / "receipt.json"
    assert row.render and row.render.parent == moved / "renders" and row.media == tmp_path / "a.mov"


def test_a_workspace_without_a_report_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("{")
    with pytest.raises(PlanError, match="no report to read there"):
        read_report(tmp_path)


def test_the_table_has_a_line_for_every_clip_and_runs_no_formula(report: Report) -> None:
    lines = list(csv.DictReader(io.StringIO(table(report))))
    assert tuple(lines[0]) == COLUMNS
    assert [line["state"] for line in lines] == [
        "relinked", "relinked", "failed", "needs-you", "not bought", "left out",
    ]  # fmt: skip
    assert lines[5]["name"] == "'=cmd()"
    first = lines[0]
    exact = {"source_rate": "30000/1001", "source_start": "100", "source_out": "01:00:03;20", "speed": "1"}
    assert {column: first[column] for column in exact} == exact
    assert (first["pull_cost"], first["cost_unit"], first["pull_shots"]) == ("1.50", "USD", "2")
    assert lines[1]["speed"] == "-1"


def test_nothing_from_outside_becomes_markup(report: Report) -> None:
    hostile = report.model_copy(update={"timeline": f'"{HOSTILE}', "notes": (f"$name & {HOSTILE}",)})
    written = page(hostile, {row.shot: HOSTILE for row in report.rows})
    assert written.count("<script>") == 1 and "<script>alert" not in written
    assert "$name &amp; &lt;script&gt;" in written


def test_the_page_loads_nothing_and_lets_only_its_own_script_run(report: Report) -> None:
    written = page(report, {})
    assert "default-src 'none'" in written and "script-src 'sha256-" in written
    assert re.findall(r'(?:src|href)="(?!#|data:)', written) == []
    assert re.findall(r"url\(|@import|https?:", written) == []


def test_what_needs_a_person_stands_before_the_shots_with_what_to_do(report: Report) -> None:
    top = page(report, {}).partition('id="overview"')[0]
    for said in ("1 order needs you", "--needs-you", "1 shot failed", "uprez resume", "raise --max-cost"):
        assert said in top


def test_the_page_names_each_clip_left_out_and_why(report: Report) -> None:
    below = page(report, {}).partition('id="left-out"')[2]
    assert "=cmd()" in below and LEFT.reason in below


def test_each_ending_is_a_format_and_nothing_is_overwritten(report: Report, tmp_path: Path) -> None:
    for name, begins in (("r.html", "<!doctype html>"), ("r.csv", "state,"), ("r.json", "{")):
        file = write_one(report, tmp_path / name)
        assert file.read_text(encoding="utf-8").startswith(begins)
        with pytest.raises(PlanError, match="exists already"):
            write_one(report, file)
        write_one(report, file, force=True)
    with pytest.raises(PlanError, match=r"\.html, \.csv or \.json"):
        write_one(report, tmp_path / "r.pdf")


def test_a_report_that_can_not_be_written_leaves_the_old_one(report: Report, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(MediaError, match=r"folder\.csv: the report can't be written"):
        write_one(report, tmp_path / "folder.csv", force=True)
    assert [file.name for file in tmp_path.iterdir()] == ["folder.csv"]


def test_a_missing_render_is_said_instead_of_shown(report: Report, tmp_path: Path) -> None:
    written = write_report(report, tmp_path).read_text(encoding="utf-8")
    assert written.count("No picture: ") == len(report.rows)
    assert "no such file" in written


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (rate(Fraction(24000, 1001)), "23.976 fps (24000/1001)"),
        (speed(Fraction(-3, 2)), "150% reverse"),
        (speed(Fraction(0)), "freeze frame"),
        (amount(Decimal("0.4"), "USD"), "0.40 USD"),
        (amount(Decimal("0.123400"), "USD"), "0.1234 USD"),
        (amount(Decimal(300), "credits"), "300 credits"),
        (amount(Decimal(0), "USD"), "free"),
    ],
)
def test_numbers_are_worded_as_editors_read_them(said: str, wanted: str) -> None:
    assert said == wanted


def test_credits_and_dollars_are_never_added(report: Report) -> None:
    assert total_price(report) == "1.50 USD + 3 credits"
    assert price(report.rows[2].cost) == "no charge recorded"


def decoded(image: bytes) -> np.ndarray:
    with av.open(io.BytesIO(image)) as opened:
        return next(opened.decode(video=0)).to_ndarray(format="rgb24").astype(int)


def test_both_sides_of_the_wipe_are_the_same_window_in_the_same_colours(tmp_path: Path) -> None:
    plate = make_clip(tmp_path / "plate.mkv", frames=10, size=(640, 360))
    render = make_clip(tmp_path / "render.mov", frames=10, size=(1280, 720), codec="prores_ks",
                       pixel_format="yuv422p10le")  # fmt: skip
    made = stills((plate, [8]), (render, [8]), rate=Fraction(24), window=(400, 300), budget=300_000)
    pair = made.pairs[0]
    before, after = decoded(pair.before), decoded(pair.after)
    assert before.shape == after.shape == (300, 400, 3)
    assert np.abs(before - after).mean() < 3
    box = made.box
    right = picture(8, (1280, 720)).to_ndarray(format="gray").astype(int)
    luma = right[box.y : box.y + box.height, box.x : box.x + box.width]
    assert np.abs(after - luma[:, :, None]).mean() < 1.5


def test_a_picture_is_as_good_as_its_bytes_allow() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    best, tight = jpeg(noise, 1_000_000), jpeg(noise, 20_000)
    assert len(tight) <= 20_000 < len(best)


def test_the_window_lies_where_the_detail_is(tmp_path: Path) -> None:
    flat = np.full((360, 640, 3), 128, np.uint8)
    flat[40:140, 460:620] = np.random.default_rng(1).integers(0, 256, (100, 160, 3), dtype=np.uint8)
    still = tmp_path / "still.png"
    with av.open(str(still), "w", format="image2", options={"update": "1"}) as out:
        stream = out.add_stream("png", rate=24)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "rgb24"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(flat, format="rgb24")))
        out.mux(stream.encode(None))
    box = stills((still, [0]), (still, [0]), rate=Fraction(24), window=(200, 120), budget=100_000).box
    assert box.x <= 470 and box.x + box.width >= 610 and box.y <= 50 and box.y + box.height >= 130
