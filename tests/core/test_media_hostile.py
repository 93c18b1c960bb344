"""A file from outside may be anything: each gives one sentence that names it, and opens nothing else."""

import os
import re
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from uprez.errors import MediaError
from uprez.media.probe import fingerprint, probe
from uprez.testing.clips import make_clip

PLAYLISTS = {
    "hls.mp4": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{clip}\n#EXT-X-ENDLIST\n",
    "hls.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{clip}\n#EXT-X-ENDLIST\n",
    "concat.mov": "ffconcat version 1.0\nfile '{clip}'\n",
    "text.mov": "not a video",
    "dash.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period/></MPD>',
    "session.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
}


def refused(path: Path) -> str:
    with pytest.raises(MediaError) as caught:
        probe(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: ")
    assert "\n" not in said
    return said


@pytest.mark.parametrize("name", PLAYLISTS)
def test_nothing_that_names_other_files_is_opened(tmp_path: Path, name: str) -> None:
    clip = make_clip(tmp_path / "secret.mp4", frames=2, codec="libx264", size=(64, 36))
    path = tmp_path / name
    path.write_text(PLAYLISTS[name].format(clip=clip))
    refused(path)


def test_the_protocols_of_ffmpeg_are_only_odd_file_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    clip = make_clip(tmp_path / "a.mkv", frames=2, size=(64, 36))
    for address in (f"file:{clip}", f"concat:{clip}|{clip}", "http://127.0.0.1:9/a.mp4", "pipe:0", "data:,x"):
        assert "no such file" in refused(Path(address))
    clip.rename(tmp_path / "http:a.mkv")
    assert probe(Path("http:a.mkv")).frames == 2


def test_what_is_no_file_with_something_in_it_is_said(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "gone.mov")
    assert "a folder" in refused(tmp_path)
    (tmp_path / "empty.mov").touch()
    assert "the file is empty" in refused(tmp_path / "empty.mov")
    (tmp_path / "noise.mov").write_bytes(bytes(range(256)) * 400)
    assert "can't be read as media" in refused(tmp_path / "noise.mov")
    assert "can't be read" in refused(tmp_path / ("x" * 300))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mov")
    assert "a device" in refused(tmp_path / "pipe.mov")


def test_sound_alone_is_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.m4a"
    with av.open(str(path), "w", format="mp4") as out:
        sound: Any = out.add_stream("aac", rate=48000, layout="stereo")
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
        frame.sample_rate, frame.pts = 48000, 0
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        out.mux(sound.encode(frame))
        out.mux(sound.encode(None))
    assert "has no picture" in refused(path)


def test_a_file_cut_off_anywhere_is_one_sentence_or_what_is_left_of_it(tmp_path: Path) -> None:
    for name, codec, pixel_format in (
        ("a.mkv", "ffv1", "yuv420p"), ("a.ts", "libx264", "yuv420p"), ("a.mov", "prores_ks", "yuv422p10le"),
    ):  # fmt: skip
        held = make_clip(
            tmp_path / name, frames=24, codec=codec, pixel_format=pixel_format, size=(96, 54)
        ).read_bytes()
        for tenth in range(1, 10):
            path = tmp_path / f"cut{name}"
            path.write_bytes(held[: len(held) * tenth // 10])
            try:
                assert 0 < probe(path).frames < 24
            except MediaError as failure:
                assert str(failure).startswith(f"{path}: ")


def test_a_changed_byte_anywhere_is_no_traceback(tmp_path: Path) -> None:
    for name, codec in (
        ("a.mp4", "libx264"),
        ("a.mkv", "libx264"),
        ("a.avi", "mpeg4"),
        ("a.ts", "mpeg2video"),
    ):
        held = make_clip(tmp_path / name, frames=4, codec=codec, size=(64, 48)).read_bytes()
        for step in range(60):
            changed = bytearray(held)
            changed[step * len(held) // 60] ^= 0xFF
            path = tmp_path / f"changed{name}"
            path.write_bytes(changed)
            try:
                probe(path)
            except MediaError as failure:
                assert str(failure).startswith(f"{path}: ")


def test_a_codec_that_is_not_known_is_named_as_the_reason(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mov", frames=2, codec="libx264", size=(64, 36))
    clip.write_bytes(clip.read_bytes().replace(b"avc1", b"zzzz"))
    assert re.search("codec is not known|can't be read", refused(clip))


def test_a_still_that_claims_a_huge_picture_is_refused(tmp_path: Path) -> None:
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (30_000).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    import zlib

    path = tmp_path / "bomb.png"
    data = zlib.compress(bytes(1000))
    chunk = len(data).to_bytes(4, "big") + b"IDAT" + data + zlib.crc32(b"IDAT" + data).to_bytes(4, "big")
    path.write_bytes(header + zlib.crc32(header[12:]).to_bytes(4, "big") + chunk)
    refused(path)


def test_tags_in_an_old_encoding_do_not_hide_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as out:
        out.metadata["title"] = "Caf\u00e9\u00e9"
        video: Any = out.add_stream("ffv1", rate=24)
        video.width, video.height, video.pix_fmt = 64, 36, "yuv420p"
        out.mux(video.encode(av.VideoFrame(64, 36, "yuv420p")))
        out.mux(video.encode(None))
    path.write_bytes(path.read_bytes().replace("Caf\u00e9\u00e9".encode(), b"Caf\xe9\xe9  "))
    assert probe(path).frames == 1


def test_a_fingerprint_of_nothing_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="gone"):
        fingerprint(tmp_path / "gone.mov")


def test_a_file_of_sound_alone_says_so(tmp_path: Path) -> None:
    file = tmp_path / "music.wav"
    with av.open(str(file), "w") as out:
        sound = out.add_stream("pcm_s16le", rate=48_000)
        sound.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 48_000
        out.mux(sound.encode(frame))
        out.mux(sound.encode(None))
    with pytest.raises(MediaError, match="has no picture"):
        probe(file)
