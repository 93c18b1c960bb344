"""Pictures, upscales and mutations for the verification campaign."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from uprez.model import Info
from uprez.testing.clips import BT709, picture

Frames = list[Any]
Luma = npt.NDArray[np.float64]
SIZE = (320, 180)
CODECS: dict[str, tuple[str, str, dict[str, str]]] = {
    "crf18": ("libx264", "yuv420p", {"crf": "18", "preset": "veryfast"}),
    "crf28": ("libx264", "yuv420p", {"crf": "28", "preset": "veryfast"}),
    "crf38": ("libx264", "yuv420p", {"crf": "38", "preset": "veryfast"}),
    "h265": ("libx265", "yuv420p10le", {"crf": "26", "preset": "veryfast", "x265-params": "log-level=error"}),
    "prores": ("prores_aw", "yuv422p10le", {}),
    "dnxhr": ("dnxhd", "yuv422p", {"profile": "dnxhr_sq"}),
    "ffv1": ("ffv1", "yuv420p", {}),
}


def drawn(luma: Luma, chroma: int = 128) -> Any:
    """Make a yuv420p frame of luma codes."""
    height, width = luma.shape
    planes = np.full((height * 3 // 2, width), chroma, np.uint8)
    planes[:height] = luma.clip(16, 235).round().astype(np.uint8)
    return av.VideoFrame.from_ndarray(planes, format="yuv420p")


def texture(seed: int, shape: tuple[int, int]) -> Luma:
    """Draw noise that is strong in coarse detail and weak in fine, as pictures are."""
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft2(random.normal(size=shape))
    y, x = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None]
    soft = np.fft.irfft2(spectrum / (np.hypot(x, y) + 0.01), shape)
    return np.asarray(120 + 45 * (soft - soft.mean()) / soft.std())


def pan(speed: float, count: int) -> Iterator[Any]:
    """Move a texture sideways by `speed` pixels a frame."""
    width, height = SIZE
    wide = texture(5, (height, width * 2))
    columns = np.fft.rfftfreq(width * 2)[None]
    for number in range(count):
        moved = np.fft.irfft(
            np.fft.rfft(wide, axis=1) * np.exp(2j * np.pi * columns * speed * number), axis=1
        )
        yield drawn(moved[:, :width])


def grain(strength: float, count: int, drift: float = 0.0) -> Iterator[Any]:
    """Hold a picture under fresh grain."""
    random, base = np.random.default_rng(3), texture(8, SIZE[::-1])
    for number in range(count):
        yield drawn(base + drift * number + random.normal(0, strength, base.shape))


def shaded(level: Callable[[int], float], count: int) -> Iterator[Any]:
    """Hold a picture and change only its light."""
    base = texture(9, SIZE[::-1]) - 16
    return (drawn(16 + base * level(number)) for number in range(count))


def cuts(count: int) -> Iterator[Any]:
    """Cut between moving pictures, the shortest one frame long."""
    lengths, number = [11, 1, 7, 2, 16, 5, 30], 0
    for scene, length in enumerate(lengths * 9):
        for step in range(length):
            if number == count:
                return
            yield picture(1000 * scene + step, SIZE)
            number += 1


def breathing(count: int) -> Iterator[Any]:
    """Let a small part of a still picture move gently."""
    base = texture(12, SIZE[::-1])
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    for number in range(count):
        spot = np.exp(-((x - 200) ** 2 + (y - 80) ** 2) / 500)
        yield drawn(base + 12 * np.sin(0.23 * number) * spot)


def twos(count: int) -> Iterator[Any]:
    """Animate on twos: every picture is held for two frames."""
    return (picture(number // 2 * 3, SIZE) for number in range(count))


SYNTHETIC: dict[str, Callable[[int], Iterator[Any]]] = {
    "numbered": lambda count: (picture(number, SIZE) for number in range(count)),
    "pan 2": lambda count: pan(2, count),
    "pan 0.3": lambda count: pan(0.3, count),
    "pan 0.05": lambda count: pan(0.05, count),
    "cuts": cuts,
    "twos": twos,
    "flashing": lambda count: shaded(lambda n: 1.3 if n % 9 == 4 or n % 14 == 3 else 0.9, count),
    "flicker": lambda count: shaded(lambda n: 0.9 + 0.04 * np.sin(2.3 * n) + 0.03 * np.sin(1.1 * n), count),
    "fade to black": lambda count: shaded(lambda n: max(0.0, 1 - n / (count - 4)), count),
    "grain 4": lambda count: grain(4, count),
    "grain 1": lambda count: grain(1, count),
    "breathing": breathing,
    "static": lambda count: grain(0, count),
}  # fmt: skip
MOVING = ("numbered", "pan 2", "pan 0.3", "cuts")


def footage(path: Path, start: int, count: int) -> Frames:
    """Read `count` frames of a file, at most 480 pixels wide."""
    with av.open(str(path)) as source:
        frames = list(islice(source.decode(video=0), start, start + count))
    width = min(480, frames[0].width) // 2 * 2
    height = round(frames[0].height * width / frames[0].width / 2) * 2
    return [
        frame.reformat(width, height, "yuv420p", interpolation="AREA", src_color_range=1, dst_color_range=1)
        for frame in frames
    ]


def filtered(frames: Frames, described: str) -> Frames:
    """Pass frames through a chain of FFmpeg filters, written name=arguments,name=arguments."""
    graph, first = av.filter.Graph(), frames[0]
    source = (
        f"video_size={first.width}x{first.height}:pix_fmt=yuv420p:time_base=1/24:colorspace=bt709:range=tv"
    )
    chain = [graph.add("buffer", source)]
    chain += [
        graph.add(name, words) for name, _, words in (one.partition("=") for one in described.split(","))
    ]
    chain += [graph.add("format", "yuv420p"), graph.add("buffersink")]
    for one, following in pairwise(chain):
        one.link_to(following)
    graph.configure()
    found: Frames = []
    for number, frame in enumerate(frames):
        frame.pts, frame.time_base, frame.colorspace, frame.color_range = number, Fraction(1, 24), 1, 1
        graph.push(frame)
    graph.push(None)
    while len(found) < len(frames):
        found.append(graph.pull())
    return found


UPSCALES: dict[str, str] = {
    "lanczos": "scale=iw*2:ih*2:flags=lanczos",
    "bicubic": "scale=iw*2:ih*2:flags=bicubic",
    "bilinear": "scale=iw*2:ih*2:flags=bilinear",
    "sharp": "scale=iw*2:ih*2:flags=lanczos,unsharp=7:7:1.2",
    "cas": "scale=iw*2:ih*2:flags=lanczos,cas=0.7",
    "denoised": "bilateral=sigmaS=2:sigmaR=0.06,scale=iw*2:ih*2:flags=lanczos",
    "grainy": "scale=iw*2:ih*2:flags=lanczos,noise=alls=12:allf=t",
}


def by_network(frames: Frames) -> Frames:
    """Enlarge by the local provider's network."""
    from uprez_local.upscaling import ByNetwork  # onnxruntime takes its time

    upscale = ByNetwork(frames[0].width * 2, frames[0].height * 2, "yuv420p")
    return [upscale(frame) for frame in frames]


def upscaled(frames: Frames, name: str) -> Frames:
    """Enlarge twice by a named way."""
    return by_network(frames) if name == "cnn" else filtered(frames, UPSCALES[name])


def recoloured(frames: Frames, table: Callable[[Luma], Luma]) -> Frames:
    """Change the luma codes of every frame."""
    changed = []
    for frame in frames:
        planes = frame.to_ndarray().astype(float)
        planes[: frame.height] = table(planes[: frame.height])
        changed.append(av.VideoFrame.from_ndarray(planes.clip(0, 255).round().astype(np.uint8), "yuv420p"))
    return changed


def swapped(frames: list[Any], at: int) -> list[Any]:
    """Exchange two neighbours."""
    return [*frames[:at], frames[at + 1], frames[at], *frames[at + 2 :]]


def reordered(count: int, at: int) -> dict[str, list[int]]:
    """Return what each mutation of time makes of frames 0 to `count`; `at` is where it strikes."""
    all_of = list(range(count))
    return {
        "first dropped": all_of[1:],
        "last dropped": all_of[:-1],
        "first dropped, last doubled": [*all_of[1:], count - 1],
        "last dropped, first doubled": [0, *all_of[:-1]],
        "late by two": [0, 0, *all_of[:-2]],
        "early by three": [*all_of[3:], *[count - 1] * 3],
        "doubled, another dropped": [*all_of[: at + 1], *all_of[at : at + 9], *all_of[at + 10 :]],
        "dropped, last doubled": [*all_of[:at], *all_of[at + 1 :], count - 1],
        "one repeats its neighbour": [*all_of[:at], at - 1, *all_of[at + 1 :]],
        "two swapped": swapped(all_of, at),
        "first two swapped": swapped(all_of, 0),
        "last two swapped": swapped(all_of, count - 2),
        "frozen from there on": [*all_of[:at], *[at] * (count - at)],
        "frozen": [0] * count,
        "reversed": all_of[::-1],
    }


RECOLOURED: dict[str, Callable[[Luma], Luma]] = {
    "gamma up": lambda luma: 16 + 219 * ((luma - 16).clip(0) / 219) ** (1 / 1.12),
    "gamma down": lambda luma: 16 + 219 * ((luma - 16).clip(0) / 219) ** 1.12,
    "limited to full": lambda luma: (luma - 16) * 255 / 219,
    "full to limited": lambda luma: 16 + luma * 219 / 255,
    "mirrored": lambda luma: luma[:, ::-1],
    "upside down": lambda luma: luma[::-1],
    "black": lambda luma: luma * 0 + 16,
}


def encoded(path: Path, frames: Frames, codec: str) -> Path:
    """Write frames by a named codec, 24 of them a second."""
    name, pixel_format, options = CODECS[codec]
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream(name, rate=24, options=options)
        video.width, video.height, video.pix_fmt = frames[0].width, frames[0].height, pixel_format
        video.codec_context.thread_count = 2
        for number, frame in enumerate(frames):
            copy = frame.reformat(format=pixel_format, src_color_range=1, dst_color_range=1)
            copy.color_primaries, copy.color_trc, copy.colorspace, copy.color_range = 1, 1, 1, 1
            copy.pts, copy.time_base, copy.pict_type = number, Fraction(1, 24), 0
            out.mux(video.encode(copy))
        out.mux(video.encode(None))
    return path


def described(frames: int) -> Info:
    """Describe a file that has nothing wrong but perhaps its number of frames."""
    return Info(
        container="matroska",
        codec="ffv1",
        rate=Fraction(24),
        frames=frames,
        width=SIZE[0],
        height=SIZE[1],
        pixel_format="yuv420p",
        bits=8,
        colour=BT709,
    )
