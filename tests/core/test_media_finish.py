"""A finished render carries its source's timecode, reel, tags, rate and sound, on every frame that came."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from uprez.errors import MediaError
from uprez.media.export import export
from uprez.media.finish import finish
from uprez.media.probe import fingerprint, probe
from uprez.media.writing import suffix
from uprez.model import Colour, Media, RenderPreset
from uprez.orders import Order, Recipe
from uprez.testing.clips import BT709, decoded, make_clip, read_numbers
from uprez.testing.samples import sample_order
from uprez.times import FrameRange, from_timecode, to_timecode

NTSC = Fraction(30000, 1001)
FETCHED: dict[RenderPreset, tuple[str, str, str, dict[str, str]]] = {
    "prores": (".mov", "prores_ks", "yuv422p10le", {}),
    "dnxhr": (".mov", "dnxhd", "yuv422p", {"profile": "dnxhr_hq"}),
    "h264": (".mp4", "libx264", "yuv420p", {"preset": "ultrafast", "bf": "2", "g": "10"}),
    "h265": (".mp4", "libx265", "yuv420p10le", {"preset": "ultrafast", "x265-params": "log-level=none"}),
    "ffv1": (".mkv", "ffv1", "yuv420p", {}),
}


def ordered(source: Path, folder: Path, first: int, count: int, render: RenderPreset) -> Order:
    """Order frames of a source, its plate exported."""
    info = probe(source)
    media = Media(
        url=source.as_uri(), path=source, fingerprint=fingerprint(source), rate=info.rate, reel=info.reel,
        info=info, available=FrameRange(start=info.timecode or 0, count=info.frames),
    )  # fmt: skip
    order = sample_order(
        media, folder, first=media.available.start + first, count=count, recipe=Recipe(render=render)
    )
    return order.model_copy(update={"plate": export(order.plate)})


def fetched_as(
    folder: Path, kind: RenderPreset, first: int, count: int, rate: Fraction, **others: Any
) -> Path:
    ending, codec, pixel_format, options = FETCHED[kind]
    return make_clip(
        folder / f"fetched{ending}", first=first, frames=count, rate=rate, size=(320, 180), codec=codec,
        pixel_format=pixel_format, options=options, **others,
    )  # fmt: skip


@pytest.mark.parametrize("came", FETCHED)
@pytest.mark.parametrize("render", ["prores", "dnxhr", "h264", "h265", "ffv1"])
def test_whatever_came_every_preset_is_finished_frame_for_frame(
    tmp_path: Path, came: RenderPreset, render: RenderPreset
) -> None:
    source = make_clip(
        tmp_path / "a.mov", frames=40, rate=NTSC, size=(160, 90), codec="prores_ks",
        pixel_format="yuv422p10le", timecode="00:59:59;20", reel="A001C003",
    )  # fmt: skip
    order = ordered(source, tmp_path, 15, 12, render)
    fetched = fetched_as(tmp_path, came, 15, 12, NTSC)
    info = finish(fetched, order, tmp_path / f"finished{suffix(render)}")
    assert read_numbers(tmp_path / f"finished{suffix(render)}") == [*range(15, 27)]
    assert (info.rate, info.frames, info.variable, info.reel) == (NTSC, 12, False, "A001C003")
    assert info.timecode == from_timecode("00:59:59;20", NTSC) + 15
    assert info.drop
    assert info.codec == {"prores": "prores", "dnxhr": "dnxhd", "h265": "hevc"}.get(render, render)
    assert [path.name for path in tmp_path.iterdir() if "finished." in path.name] == [
        f"finished{suffix(render)}"
    ]


def test_a_picture_in_the_wanted_codec_is_copied_and_not_encoded_again(tmp_path: Path) -> None:
    order = ordered(make_clip(tmp_path / "a.mkv", frames=12, rate=NTSC), tmp_path, 0, 12, "h264")
    fetched = fetched_as(tmp_path, "h264", 0, 12, NTSC)
    finish(fetched, order, tmp_path / "b.mov")
    before, after = (
        [frame.to_ndarray() for frame in decoded(path)] for path in (fetched, tmp_path / "b.mov")
    )
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))


@pytest.mark.parametrize("kind", ["h264", "prores"])
@pytest.mark.parametrize(
    ("rate", "carrier"),
    [(Fraction(24000, 1001), Fraction(24)), (NTSC, Fraction(30)), (Fraction(25), Fraction(30))],
)
def test_a_render_at_a_carrier_rate_plays_at_the_true_one(
    tmp_path: Path, kind: RenderPreset, rate: Fraction, carrier: Fraction
) -> None:
    order = ordered(make_clip(tmp_path / "a.mkv", frames=30, rate=rate), tmp_path, 4, 20, kind)
    info = finish(fetched_as(tmp_path, kind, 4, 20, carrier), order, tmp_path / "b.mov")
    assert (info.rate, info.frames, info.variable) == (rate, 20, False)
    with av.open(str(tmp_path / "b.mov")) as source:
        video = source.streams.video[0]
        assert video.duration * video.time_base == 20 / rate


@pytest.mark.parametrize("kind", FETCHED)
def test_tags_that_a_service_lost_are_the_sources_again(tmp_path: Path, kind: RenderPreset) -> None:
    order = ordered(make_clip(tmp_path / "a.mkv", frames=8), tmp_path, 0, 8, kind)
    fetched = fetched_as(tmp_path, kind, 0, 8, Fraction(24), colour=None)
    out = tmp_path / f"b{suffix(kind)}"
    assert finish(fetched, order, out).colour == BT709
    frame = next(decoded(out))
    assert (frame.colorspace, frame.color_range) in ((1, 1), (2, 0))  # FFV1 leaves it to the container


@pytest.mark.parametrize("kind", FETCHED)
def test_a_picture_that_is_told_its_tags_anew_has_its_timecode_all_the_same(
    tmp_path: Path, kind: RenderPreset
) -> None:
    source = make_clip(tmp_path / "a.mov", frames=8, codec="mpeg4", timecode="10:00:00:00")
    order = ordered(source, tmp_path, 2, 4, kind)
    fetched = fetched_as(tmp_path, kind, 2, 4, Fraction(24), colour=None)
    assert finish(fetched, order, tmp_path / f"b{suffix(kind)}").timecode == 864_002


def test_a_render_in_another_matrix_is_converted_and_not_just_renamed(tmp_path: Path) -> None:
    pal = Colour(primaries=5, transfer=6, matrix=5, range=1)
    order = ordered(make_clip(tmp_path / "a.mkv", frames=3), tmp_path, 0, 3, "ffv1")
    fetched = tinted(tmp_path / "fetched.mkv", pal)
    finish(fetched, order, tmp_path / "b.mkv")
    before, after = (chroma(next(decoded(path))) for path in (fetched, tmp_path / "b.mkv"))
    assert np.abs(before - [90, 240]).max() < 1
    assert np.abs(after - [102, 240]).max() < 2


def tinted(path: Path, colour: Colour) -> Path:
    """Write three frames of pure red as ITU-R BT.601 codes it."""
    make_clip(path, frames=3, colour=colour)
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream("ffv1", rate=24)
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        for number in range(3):
            planes = np.full((270, 320), 81, np.uint8)
            planes[180:225], planes[225:] = 90, 240
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 24)
            for target in (video.codec_context, frame):
                target.color_primaries, target.color_trc, target.colorspace, target.color_range = 5, 6, 5, 1
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    return path


def chroma(frame: Any) -> Any:
    return np.array([np.frombuffer(bytes(frame.planes[number]), np.uint8)[0] for number in (1, 2)], float)


@pytest.mark.parametrize("render", ["prores", "ffv1"])
def test_uncompressed_sound_is_the_sources_to_the_sample(tmp_path: Path, render: RenderPreset) -> None:
    rate = Fraction(24000, 1001)
    source = make_clip(
        tmp_path / "a.mov", frames=72, rate=rate, size=(96, 54), codec="prores_ks",
        pixel_format="yuv422p10le", audio=True,
    )  # fmt: skip
    order = ordered(source, tmp_path, 31, 24, render)
    out = tmp_path / f"b{suffix(render)}"
    info = finish(fetched_as(tmp_path, render, 31, 24, rate), order, out)
    assert info.frames == 24
    low, high = round(31 / rate * 48000), round(55 / rate * 48000)
    assert np.array_equal(samples(out), samples(source)[low:high])


def samples(path: Path) -> Any:
    """Decode the left channel of a file's first sound."""
    with av.open(str(path)) as source:
        return np.concatenate([frame.to_ndarray()[0][::2] for frame in source.decode(audio=0)])


@pytest.mark.parametrize(("codec", "copied"), [("aac", True), ("libopus", False), ("flac", False)])
def test_compressed_sound_is_copied_or_decoded_where_the_container_takes_none(
    tmp_path: Path, codec: str, copied: bool
) -> None:
    source = with_sound(tmp_path / "a.mkv", codec)
    order = ordered(source, tmp_path, 20, 20, "prores")
    info = finish(fetched_as(tmp_path, "prores", 20, 20, Fraction(25)), order, tmp_path / "b.mov")
    assert [sound.codec for sound in info.audio] == ["aac" if copied else "pcm_s24le"]
    assert (info.frames, info.rate) == (20, 25)
    with av.open(str(tmp_path / "b.mov")) as out:
        heard = list(out.decode(audio=0))
    begin, length = heard[0].pts * heard[0].time_base, sum(frame.samples for frame in heard)
    assert 0 <= begin < Fraction(3, 100)
    assert abs(length - 38400) < (2200 if copied else 1)


def with_sound(path: Path, codec: str) -> Path:
    """Write 75 numbered frames at 25 a second with three seconds of a tone."""
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 96, 54, "yuv420p"
        sound: Any = out.add_stream(codec, rate=48000, layout="stereo")
        wave = (8000 * np.sin(np.arange(144_000) * 0.0576)).astype(np.int16)
        tone = av.AudioFrame.from_ndarray(np.repeat(wave, 2).reshape(1, -1), format="s16", layout="stereo")
        tone.sample_rate, tone.pts, tone.time_base = 48000, 0, Fraction(1, 48000)
        fit = av.AudioResampler(sound.codec_context.format, "stereo", 48000, frame_size=960)
        for frame in fit.resample(tone):
            out.mux(sound.encode(frame))
        out.mux(sound.encode(None))
        for number, frame in enumerate(
            decoded(make_clip(path.with_suffix(".clip.mkv"), frames=75, size=(96, 54)))
        ):
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    return path


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_source_gives_a_plate_as_stored_and_a_render_that_turns_alike(
    tmp_path: Path, turn: int
) -> None:
    plain = make_clip(tmp_path / "plain.mp4", frames=8, codec="libx264", size=(96, 54))
    turned = tmp_path / "turned.mov"
    with av.open(str(plain)) as source, av.open(str(turned), "w") as out:
        video = out.add_stream_from_template(source.streams.video[0])
        video.set_display_rotation(turn)
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = video
                out.mux(packet)
    order = ordered(turned, tmp_path, 2, 5, "prores")
    assert order.plate.info is not None
    assert (order.plate.info.rotation, order.plate.info.width) == (0, 96)
    info = finish(fetched_as(tmp_path, "prores", 2, 5, Fraction(24)), order, tmp_path / "b.mov")
    assert (info.rotation, info.width, info.height) == (turn, 320, 180)


@pytest.mark.parametrize("kind", ["prores", "dnxhr", "h264", "h265"])
def test_the_stored_aspect_is_the_sources(tmp_path: Path, kind: RenderPreset) -> None:
    source = make_clip(
        tmp_path / "a.mov", frames=5, codec="libx264", size=(96, 54), sample_aspect=Fraction(64, 45)
    )  # fmt: skip
    order = ordered(source, tmp_path, 0, 5, kind)
    assert order.plate.info is not None
    assert order.plate.info.sample_aspect == Fraction(64, 45)
    for came in (kind, "ffv1"):
        out = tmp_path / f"from_{came}{suffix(kind)}"
        fetched = fetched_as(tmp_path, came, 0, 5, Fraction(24))
        assert finish(fetched, order, out).sample_aspect == Fraction(64, 45)


def test_a_broken_download_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    order = ordered(make_clip(tmp_path / "a.mkv", frames=12), tmp_path, 0, 12, "prores")
    fetched = fetched_as(tmp_path, "h264", 0, 12, Fraction(24))
    fetched.write_bytes(fetched.read_bytes()[:2000])
    folder = tmp_path / "renders"
    with pytest.raises(MediaError, match=r"fetched\.mp4: can't be read as media"):
        finish(fetched, order, folder / "b.mov")
    assert not folder.exists() or list(folder.iterdir()) == []


def test_past_midnight_the_timecode_begins_again(tmp_path: Path) -> None:
    source = make_clip(
        tmp_path / "a.mov", frames=60, rate=Fraction(24), codec="prores_ks",
        pixel_format="yuv422p10le", timecode="23:59:58:00", size=(96, 54),
    )  # fmt: skip
    order = ordered(source, tmp_path, 50, 5, "prores")
    info = finish(fetched_as(tmp_path, "prores", 50, 5, Fraction(24)), order, tmp_path / "b.mov")
    assert info.timecode is not None
    assert to_timecode(info.timecode, Fraction(24)) == "00:00:00:02"
