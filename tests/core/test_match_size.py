"""`--match-size`: what is relinked has its source's raster, so that no scale in the timeline counts anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av

from uprez.media.probe import probe
from uprez.testing.clips import make_clip, read_numbers
from uprez.testing.timelines import clip, external, span, timeline, track, write


def cut_of(folder: Path, **media: Any) -> Path:
    make_clip(folder / "a.mkv", frames=24, first=100, **media)
    return write(
        folder / "cut.otio", timeline(track(clip("one", external("a.mkv", span(0, 24)), span(5, 10))))
    )


def made_odd(path: Path) -> None:
    """Write a file again, one pixel wider and higher."""
    even = path.rename(path.with_stem("even"))
    with av.open(str(even)) as source, av.open(str(path), "w") as out:
        video: Any = out.add_stream("ffv1", rate=24)
        video.width, video.height, video.pix_fmt = 161, 91, "yuv422p"
        for frame in source.decode(video=0):
            out.mux(video.encode(frame.reformat(161, 91, "yuv422p")))
        out.mux(video.encode(None))


def reference(output: Path) -> dict[str, Any]:
    one = json.loads(output.read_text())["tracks"]["children"][0]["children"][0]
    return dict(one["media_references"]["uprez"])


def test_a_render_is_relinked_at_its_sources_raster_frame_for_frame(tmp_path: Path, uprez: Any) -> None:
    cut_of(tmp_path, size=(160, 90))
    ended = uprez("run", "cut.otio", "-m", "lanczos", "--handles", "2", "--match-size", "--json")
    assert ended.code == 0, ended.err
    shown = reference(tmp_path / "cut_uprez.otio")
    path = tmp_path / shown["target_url"]
    info = probe(path)
    assert (info.width, info.height, info.frames) == (160, 90, 14)
    assert read_numbers(path) == list(range(103, 117))
    assert shown["metadata"]["uprez"]["size"] == [160, 90]
    large = next((tmp_path / "cut.uprez" / "renders").glob("*.mov"))
    assert probe(large).width == 320


def test_the_same_run_with_and_without_it_buys_once(tmp_path: Path, uprez: Any) -> None:
    cut_of(tmp_path, size=(160, 90))
    assert uprez("run", "cut.otio", "-m", "lanczos").code == 0
    assert uprez("run", "cut.otio", "-m", "lanczos", "--match-size").code == 0
    assert len(list((tmp_path / "cut.uprez" / "renders").glob("*.mov"))) == 1
    assert reference(tmp_path / "cut_uprez.otio")["metadata"]["uprez"]["size"] == [160, 90]


def test_an_odd_raster_is_left_out_before_anything_is_bought(tmp_path: Path, uprez: Any) -> None:
    cut_of(tmp_path, size=(160, 90))
    made_odd(tmp_path / "a.mkv")
    ended = uprez("run", "cut.otio", "-m", "lanczos", "--match-size")
    assert ended.code == 2
    assert not (tmp_path / "cut.uprez" / "renders").exists()
    assert "raster is odd" in ended.err
