"""FCPXML relinked in place: every frame that a clip shows stays, and only references to assets change."""

from __future__ import annotations

import re
import shutil
from fractions import Fraction
from pathlib import Path

import pytest
from hosts.fcpxml_scene import Scene, clip, numbers, relinked, rendered, shots, time, time_map

from uprez.errors import HostError, RelinkError
from uprez.model import Manner
from uprez.testing.clips import make_clip
from uprez_otio.host import OtioHost

NTSC = Fraction(24_000, 1001)
RATES = {
    "23.976": (NTSC, 86_400, False),
    "25": (Fraction(25), 90_000, False),
    "29.97 drop": (Fraction(30_000, 1001), 107_892, True),
    "29.97": (Fraction(30_000, 1001), 108_000, False),
    "60": (Fraction(60), 0, False),
}


def test_a_clip_shows_its_render_and_the_source_keeps_its_asset(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2", first=86_400)
    file = scene.write(clip("r2", 86_420, 10))
    conform, output = relinked(file)
    assert numbers(file) == numbers(output) == list(range(20, 30))
    before, after = file.read_text(), output.read_text()
    assert len(conform.relinked) == 1
    assert re.search(r'<asset id="r\d+"[^>]* start="86417/24s" duration="2/3s"', after)
    assert after.count("ABCr2") == before.count("ABCr2")  # uid and sig belong to the original
    assert after.count("<bookmark>") == before.count("<bookmark>") == 1
    assert 'width="128" height="72"' in after
    assert after.count("FFVideoFormatOwn") == 1  # the larger format has no name of Apple's


@pytest.mark.parametrize("name", RATES)
def test_each_rate_and_timecode_shows_the_same_frames(name: str, tmp_path: Path) -> None:
    rate, first, drop = RATES[name]
    scene = Scene(tmp_path, rate, start=first)
    scene.asset("a.mkv", identity="r2", first=first, drop=drop)
    file = scene.write(
        clip("r2", first + 5, 7, at=first, rate=rate),
        f'<gap name="Gap" offset="{time(first + 7, rate)}" start="3600s" duration="{time(4, rate)}"/>',
        clip("r2", first + 40, 9, at=first + 11, rate=rate),
    )
    cut = shots(file)
    assert [(shot.record.start, shot.record.count) for shot in cut.shots] == [(first, 7), (first + 11, 9)]
    conform, output = relinked(file)
    assert len(conform.relinked) == 2
    assert [numbers(output, leaf) for leaf in (0, 1)] == [list(range(5, 12)), list(range(40, 49))]


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([(0, 0), (30, 60)], [20, 22, 24, 26, 28]),
        ([(0, 0), (120, 60)], [5, 5, 6, 6, 7]),
        ([(0, 10), (100, 180)], [27, 28, 30, 32, 33]),
        ([(0, 60), (60, 0)], [49, 48, 47, 46, 45]),
        ([(0, 60), (30, 0)], [39, 37, 35, 33, 31]),
        ([(0, 31), (60, 31)], [31, 31, 31, 31, 31]),
    ],
    ids=["double", "half", "1.7 with an offset", "reversed", "reversed and double", "frozen"],
)
def test_a_straight_time_map_is_a_speed(
    points: list[tuple[int, int]], expected: list[int], tmp_path: Path
) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2", frames=200)
    file = scene.write(clip("r2", 10, 5, inside=time_map(points)))
    shot = shots(file).shots[0]
    slope = Fraction(points[1][1] - points[0][1], points[1][0] - points[0][0])
    assert shot.retime is not None
    assert shot.retime.speed == slope
    also = [value + 1 for value in expected] if slope < 0 else []  # the frame before or after an instant
    assert {*expected, *also} <= set(range(shot.source.start, shot.source.end))
    _, output = relinked(file)
    assert numbers(output) == numbers(file)


def test_a_percentage_that_final_cut_rounded_is_read_as_meant(tmp_path: Path) -> None:
    scene = Scene(tmp_path, NTSC)
    scene.asset("a.mkv", identity="r2", frames=400)
    told = '<timept time="0s" value="0s"/><timept time="94909106/456000s" value="6643637/24000s"/>'
    file = scene.write(clip("r2", 20, 30, rate=NTSC, inside=f"<timeMap>{told}</timeMap>"))
    retime = shots(file).shots[0].retime
    assert retime is not None
    assert retime.speed == Fraction(133, 100)
    relinked(file)


@pytest.mark.parametrize("interp", ["linear", "smooth2"])
def test_speed_segments_are_followed(interp: str, tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2", frames=300)
    points = [(0, 0), (20, 40), (40, 50), (60, 110)]
    file = scene.write(clip("r2", 15, 30, inside=time_map(points, interp)))
    shot = shots(file).shots[0]
    assert shot.retime is not None
    assert shot.retime.ramp
    low, high = (30, 64) if interp == "linear" else (0, 110)
    assert low - 2 <= shot.source.start <= low
    assert high <= shot.source.end <= high + 3
    relinked(file)


def test_a_clip_inside_one_sharp_segment_has_one_speed(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2", frames=300)
    file = scene.write(clip("r2", 5, 10, inside=time_map([(0, 0), (20, 40), (40, 50)], "linear")))
    retime = shots(file).shots[0].retime
    assert retime is not None
    assert (retime.speed, retime.ramp) == (2, False)


def test_transitions_ask_for_the_frames_that_they_show(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    fade = f'<transition name="Cross Dissolve" offset="{time(6)}" duration="{time(8)}"/>'
    file = scene.write(clip("r2", 20, 10, at=0), fade, clip("r2", 40, 10, at=10))
    one, other = shots(file).shots
    assert (one.source.start, one.source.end) == (20, 34)
    assert (other.source.start, other.source.end) == (36, 50)
    relinked(file)


def test_clips_of_one_source_share_the_asset_of_a_render(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2", frames=200)
    file = scene.write(clip("r2", 20, 10), clip("r2", 25, 10), clip("r2", 150, 10))
    conform, output = relinked(file)
    assert len(conform.relinked) == 3
    assert output.read_text().count("<asset ") == 1 + 2
    assert output.read_text().count("<format ") == 1 + 1


def test_what_was_not_asked_for_stays_on_its_source(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    file = scene.write(clip("r2", 20, 10, at=0), clip("r2", 5, 10, at=10))
    cut = shots(file)
    relinks = tuple(each for each in rendered(cut, tmp_path / "renders") if each.shot == cut.shots[0].id)
    conform = OtioHost(str(file)).relink(relinks, Manner())
    text = Path(conform.output).read_text()
    assert text.count('ref="r2"') == 1


def test_a_clip_without_a_start_keeps_its_first_frame(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    inside = f'<video ref="r2" offset="0s" duration="{time(60)}"/>'
    outside = f'offset="0s" name="c" duration="{time(10)}" start="{time(20)}" format="r1"'
    file = scene.write(f"<clip {outside}>{inside}</clip>")
    _, output = relinked(file)
    assert numbers(output) == list(range(20, 30))
    (held,) = re.findall(r"<video [^>]*>", output.read_text())
    assert {'offset="17/24s"', 'start="17/24s"', 'duration="2/3s"/>'} <= set(held.split())


def test_a_clip_as_long_as_its_media_stays_that_long(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    file = scene.write('<asset-clip ref="r2" offset="0s" name="a"/>')
    assert shots(file).shots[0].record.count == 60
    _, output = relinked(file)
    assert 'duration="5/2s"' in output.read_text()


def test_a_format_that_only_has_apples_name_gets_its_rate_and_size(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    scene.resources[0] = '<format id="r1" name="FFVideoFormat1080p24"/>'
    file = scene.write(clip("r2", 20, 10))
    host = OtioHost(str(file))
    output = Path(host.relink(rendered(shots(file), tmp_path / "renders"), Manner()).output)
    new = next(each for each in re.findall(r"<format [^>]*>", output.read_text()) if 'id="r1"' not in each)
    assert "name=" not in new
    assert {'frameDuration="1/24s"', 'width="128"', 'height="72"'} <= set(new[1:-2].split())


def test_a_render_has_no_fields(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    scene.resources[0] = scene.resources[0].replace('id="r1"', 'id="r1" fieldOrder="upper first"')
    file = scene.write(clip("r2", 20, 10))
    output = Path(OtioHost(str(file)).relink(rendered(shots(file), tmp_path / "renders"), Manner()).output)
    assert re.findall(r'fieldOrder="([^"]*)"', output.read_text()) == ["upper first", "progressive"]


def test_an_older_document_has_its_addresses_on_the_asset(tmp_path: Path) -> None:
    scene = Scene(tmp_path, version="1.8")
    path = scene.asset("a.mkv", identity="r2")
    scene.resources[-1] = (
        f'<asset id="r2" name="a" uid="X" src="{path.as_uri()}" start="0s" duration="{time(60)}" '
        'hasVideo="1" format="r1"><bookmark>Ym9vaw==</bookmark></asset>'
    )
    _, output = relinked(scene.write(clip("r2", 20, 10)))
    assert numbers(output) == list(range(20, 30))
    assert output.read_text().count("<bookmark>") == 1


def test_proxies_stay_with_the_source(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    proxy = '</media-rep>\n            <media-rep kind="proxy-media" src="file:///proxy.mov"/>'
    scene.resources[-1] = scene.resources[-1].replace("</media-rep>", proxy)
    _, output = relinked(scene.write(clip("r2", 20, 10)))
    assert output.read_text().count("proxy.mov") == 1


@pytest.mark.parametrize(
    "style",
    ["file://localhost{path}", "file://{path}", "./{name}", "{name}"],
)
def test_an_address_keeps_the_style_of_the_source(style: str, tmp_path: Path) -> None:
    scene = Scene(tmp_path / "ü & 100% #1")
    path = scene.asset("a b.mkv", identity="r2")
    quoted = path.as_uri().removeprefix("file://")
    url = style.format(path=quoted, name="a b.mkv").replace("&", "&amp;")
    scene.resources[-1] = re.sub(r'src="[^"]*"', lambda _: f'src="{url}"', scene.resources[-1])
    file = scene.write(clip("r2", 20, 10))
    cut = shots(file)
    relinks = rendered(cut, file.parent / "renders")
    conform = OtioHost(str(file)).relink(relinks, Manner())
    assert len(conform.relinked) == 1
    (new,) = set(re.findall(r'src="([^"]*render[^"]*)"', Path(conform.output).read_text()))
    assert new.startswith(style.partition("{")[0])
    assert ("%20" in new) == style.startswith("file")


@pytest.mark.parametrize("url", ["file:///C%3A/media/a.mov", "C:\\media\\a.mov", "\\\\server\\share\\a.mov"])
def test_media_of_another_machine_are_offline_and_named(url: str, tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2", url=url)
    scene.asset("b.mkv", identity="r3")
    file = scene.write(clip("r2", 20, 10), clip("r3", 20, 10))
    assert ["offline" in left.reason for left in shots(file).left_out] == [True]
    conform, _ = relinked(file)
    assert len(conform.relinked) == 1


def test_two_files_of_one_name_are_two_sources(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("one/a.mkv", identity="r2", frames=50)
    scene.asset("two/a.mkv", identity="r3", frames=70)
    conform, _ = relinked(scene.write(clip("r2", 20, 10), clip("r3", 20, 10)))
    assert len(conform.relinked) == 2


def test_relinking_twice_writes_the_same_and_a_revert_gives_the_bytes_back(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    file = scene.write(clip("r2", 20, 10)).rename(tmp_path / "cut.fcpxml")
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    _, output = relinked(file)
    first = output.read_bytes()
    _, output = relinked(file)
    assert output.read_bytes() == first
    assert b"\n" not in first.replace(b"\r\n", b"")
    OtioHost(str(file)).revert(output.with_name("cut_uprez.uprez-receipt.json"))
    assert output.read_bytes() == file.read_bytes()


def test_a_relinked_document_can_be_relinked_again(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    _, output = relinked(scene.write(clip("r2", 20, 10)))
    again = tmp_path / "again"
    again.mkdir()
    moved = again / "cut.fcpxml"
    moved.write_bytes(output.read_bytes())
    conform, _ = relinked(moved)
    assert len(conform.relinked) == 1


def test_a_bundle_is_read_and_a_plain_file_is_written(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "cut.fcpxmld")
    scene.asset("media/a.mkv", identity="r2", url="./media/a.mkv")
    scene.write(clip("r2", 20, 10), name="Info.fcpxml")
    bundle = tmp_path / "cut.fcpxmld"
    cut = shots(bundle)
    relinks = rendered(cut, tmp_path / "renders")
    host = OtioHost(str(bundle))
    conform = host.relink(relinks, Manner())
    assert Path(conform.output) == tmp_path / "cut_uprez.fcpxml"
    text = Path(conform.output).read_text()
    assert 'src="./cut.fcpxmld/media/a.mkv"' in text
    assert 'src="./renders/render 0.mkv"' in text
    host.revert(Path(conform.output).with_name("cut_uprez.uprez-receipt.json"))
    assert [shot.source for shot in shots(Path(conform.output)).shots] == [shot.source for shot in cut.shots]


def test_a_bundle_without_its_document_is_named(tmp_path: Path) -> None:
    (tmp_path / "cut.fcpxmld").mkdir()
    with pytest.raises(HostError, match=r"cut\.fcpxmld: it holds no Info\.fcpxml; export the bundle again"):
        shots(tmp_path / "cut.fcpxmld")


def test_a_render_that_is_gone_leaves_nothing_behind(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    file = scene.write(clip("r2", 20, 10))
    relinks = rendered(shots(file), tmp_path / "renders")
    host = OtioHost(str(file))
    shutil.rmtree(tmp_path / "renders")
    assert dict(host.rehearse(relinks, Manner())) == {}
    with pytest.raises(RelinkError):
        host.relink(relinks, Manner())
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.mkv", "cut.fcpxml"]


def test_a_render_with_too_few_frames_is_not_taken(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    file = scene.write(clip("r2", 20, 10))
    (relink,) = rendered(shots(file), tmp_path / "renders")
    short = relink.model_copy(update={"stands_for": relink.stands_for.between(22, 33)})
    conform = OtioHost(str(file)).rehearse((short,), Manner())
    assert ["does not hold all the frames" in reason for reason in conform.values()] == [True]


def test_an_edited_output_goes_back_clip_for_clip(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2", frames=200)
    file = scene.write(clip("r2", 20, 10, at=0), clip("r2", 150, 10, at=10))
    _, output = relinked(file)
    receipt = output.with_name("cut_uprez.uprez-receipt.json")
    output.write_text(output.read_text().replace('name="Cut"', 'name="Cut, second"'))
    OtioHost(str(file)).revert(receipt)
    assert output.read_text() == file.read_text().replace('name="Cut"', 'name="Cut, second"')


def test_an_output_that_final_cut_wrote_anew_goes_back_by_address(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    file = scene.write(clip("r2", 20, 10, at=0))
    _, output = relinked(file)
    (render,) = re.findall(r'<asset-clip ref="(r\d+)"', output.read_text())
    text = re.sub(r'\s*<asset id="r2".*?</asset>', "", output.read_text(), flags=re.DOTALL)
    output.write_text(text.replace(f'"{render}"', '"r77"'))
    OtioHost(str(file)).revert(output.with_name("cut_uprez.uprez-receipt.json"))
    assert numbers(output) == list(range(20, 30))
    assert "renders" not in output.read_text()


def test_an_output_without_its_renders_has_nothing_to_take_back(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    file = scene.write(clip("r2", 20, 10, at=0))
    _, output = relinked(file)
    output.write_text(file.read_text().replace("Cut", "Other"))
    with pytest.raises(HostError, match="no clip shows its render any more"):
        OtioHost(str(file)).revert(output.with_name("cut_uprez.uprez-receipt.json"))


def test_stills_keep_their_times(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    path = tmp_path / "a.png"
    make_clip(path, frames=1, size=(64, 36), codec="png", pixel_format="rgb24", colour=None)
    scene.resources += [
        '<format id="r9" name="FFVideoFormatRateUndefined" width="64" height="36"/>',
        f'<asset id="r2" name="a" start="0s" duration="0s" hasVideo="1" format="r9" videoSources="1">'
        f'<media-rep kind="original-media" src="{path.as_uri()}"/></asset>',
    ]
    file = scene.write(f'<video ref="r2" offset="0s" name="a" start="3600s" duration="{time(50)}"/>')
    (shot,) = shots(file).shots
    assert (shot.source.count, shot.record.count) == (1, 50)
    larger = tmp_path / "b.png"
    make_clip(larger, frames=1, size=(128, 72), codec="png", pixel_format="rgb24", colour=None)
    (plan,) = rendered(shots(file), tmp_path / "renders")
    relink = plan.model_copy(update={"path": larger})
    conform = OtioHost(str(file)).relink((relink,), Manner())
    text = Path(conform.output).read_text()
    assert text.count("FFVideoFormatRateUndefined") == 2
    assert re.search(
        r'<asset id="r\d+" name="a" start="0s" duration="0s"[^>]*>\s*<media-rep[^>]*b\.png', text
    )
