"""The local provider from order to render: every model and size, and what a later process can pick up."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from uprez.errors import MediaError
from uprez.media.export import export
from uprez.media.probe import fingerprint, probe
from uprez.media.scaling import Scaler
from uprez.model import Media, Plate, Pull, Size
from uprez.orders import Failed, Option, Order, Recipe, Running, Staged, Status, Succeeded, Ticket
from uprez.plan import plate_preset, raster
from uprez.provider import Context
from uprez.testing.clips import decoded, make_clip, picture, read_numbers
from uprez.times import FrameRange
from uprez_local.models import CNN, MODELS
from uprez_local.provider import LocalProvider

MODEL_NAMES = [model.name for model in MODELS]


def order_for(
    clip: Path, tmp_path: Path, size: Size | None = None, render: str = "ffv1", **recipe: object
) -> Order:
    """Order a whole clip, its plate exported."""
    info = probe(clip)
    frames = FrameRange(start=0, count=info.frames)
    media = Media(
        url=clip.as_uri(),
        path=clip,
        fingerprint=fingerprint(clip),
        rate=info.rate,
        available=frames,
        info=info,
    )
    pull = Pull(id="pull", media=media, frames=frames, shots=("shot",))
    preset = plate_preset(CNN, info)
    ending = clip.suffix if preset == "still" else ".mkv"
    plate = export(Plate(pull=pull, preset=preset, path=tmp_path / "plates" / f"{clip.stem}{ending}"))
    wanted = Recipe.model_validate(
        {"model": "cnn", "size": size or Size(scale=Fraction(2)), "render": render, **recipe}
    )
    width, height = raster(wanted.size, info)
    return Order(plate=plate, recipe=wanted, width=width, height=height)


def provider_in(tmp_path: Path) -> LocalProvider:
    return LocalProvider(Context(scratch=tmp_path / "scratch"))


def ended(provider: LocalProvider, ticket: Ticket) -> Status:
    """Poll until the order has ended."""
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        status = asyncio.run(provider.poll(ticket))
        if not isinstance(status, Running):
            return status
        time.sleep(0.02)
    raise AssertionError("the order did not end")


def rendered(order: Order, tmp_path: Path) -> Path:
    """Take an order the whole way; returns the render."""
    provider = provider_in(tmp_path)
    ticket = asyncio.run(provider.submit(order, Staged()))
    done = ended(provider, ticket)
    assert isinstance(done, Succeeded), done
    assert done.charged == Decimal(0)
    to = tmp_path / "fetched" / f"render{order.plate.path.suffix}"
    asyncio.run(provider.fetch(done, to))
    return to


@pytest.mark.parametrize("model", MODEL_NAMES)
def test_every_frame_keeps_its_number(tmp_path: Path, model: str) -> None:
    clip = make_clip(tmp_path / "clip.mkv", frames=9, first=1000, rate=Fraction(24000, 1001))
    render = rendered(order_for(clip, tmp_path, model=model), tmp_path)
    assert read_numbers(render) == list(range(1000, 1009))
    info = probe(render)
    assert (info.width, info.height, info.rate) == (640, 360, Fraction(24000, 1001))
    assert info.colour == probe(clip).colour


def test_the_models_give_different_pictures_and_strength_is_heard(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", frames=1, size=(160, 90))
    options: list[dict[str, Option]] = [{}, {}, {"strength": 0.1}, {"strength": 0.9}, {}]
    models = ["cnn", "lanczos", "sharp", "sharp", "bicubic"]
    pictures = [
        next(
            decoded(rendered(order_for(clip, tmp_path, model=model, options=chosen), tmp_path / str(number)))
        )
        .to_ndarray()
        .tobytes()
        for number, (model, chosen) in enumerate(zip(models, options, strict=True))
    ]
    assert len(set(pictures)) == len(pictures)


@pytest.mark.parametrize("model", ["cnn", "lanczos"])
@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        (Size(scale=Fraction(3, 2)), (240, 136)),
        (Size(scale=Fraction(3)), (480, 270)),
        (Size(scale=Fraction(4)), (640, 360)),
        (Size(height=200), (356, 200)),
        (Size(width=500, height=200), (500, 200)),
        (Size(scale=Fraction(1)), (160, 90)),
    ],
    ids=str,
)
def test_any_size_can_be_asked_for(tmp_path: Path, model: str, size: Size, wanted: tuple[int, int]) -> None:
    clip = make_clip(tmp_path / "clip.mkv", frames=3, first=37, size=(160, 90))
    render = rendered(order_for(clip, tmp_path, size, model=model), tmp_path)
    assert read_numbers(render) == [37, 38, 39]
    assert (probe(render).width, probe(render).height) == wanted


@pytest.mark.parametrize("model", MODEL_NAMES)
@pytest.mark.parametrize(
    "pixel_format",
    ["yuv420p10le", "yuv422p10le", "yuv444p12le", "yuv444p16le", "gray", "yuva444p10le"],
)
def test_a_pixel_format_stays_what_it_is(tmp_path: Path, model: str, pixel_format: str) -> None:
    clip = make_clip(tmp_path / "clip.mkv", frames=2, first=5, size=(96, 54), pixel_format=pixel_format)
    render = rendered(order_for(clip, tmp_path, model=model), tmp_path)
    assert probe(render).pixel_format == pixel_format
    assert read_numbers(render) == [5, 6]


def test_odd_sizes_are_upscaled_to_even_ones(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mkv"
    with av.open(str(clip), "w") as out:
        video = out.add_stream("ffv1", rate=24)
        video.width, video.height, video.pix_fmt = 161, 91, "yuv422p"
        odd = Scaler(161, 91, "yuv422p")
        for number in (9, 10):
            frame = odd.scale(picture(number, (162, 92)))
            frame.pts, frame.time_base = number - 9, Fraction(1, 24)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    render = rendered(order_for(clip, tmp_path), tmp_path)
    assert (probe(render).width, probe(render).height) == (322, 182)
    assert read_numbers(render) == [9, 10]


def test_alpha_comes_back_at_the_new_size(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mkv"
    with av.open(str(clip), "w") as out:
        video = out.add_stream("ffv1", rate=24)
        video.width, video.height, video.pix_fmt = 64, 36, "yuva444p"
        frame = picture(3, (64, 36), "yuva444p")
        np.frombuffer(frame.planes[3], np.uint8).reshape(36, -1)[:, :32] = 0
        out.mux(video.encode(frame))
        out.mux(video.encode(None))
    large = next(decoded(rendered(order_for(clip, tmp_path), tmp_path)))
    alpha = np.frombuffer(large.planes[3], np.uint8).reshape(72, -1)[:, :128]
    assert (alpha[:, :56] == 0).all()
    assert (alpha[:, 72:] == 255).all()


def test_the_finished_codec_is_written_at_once(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", frames=3, pixel_format="yuv422p10le")
    info = probe(rendered(order_for(clip, tmp_path, render="prores"), tmp_path))
    assert (info.codec, info.pixel_format, info.bits) == ("prores", "yuv422p10le", 10)


@pytest.mark.parametrize("model", MODEL_NAMES)
@pytest.mark.parametrize(
    ("name", "codec", "pixel_format", "bits"),
    [
        ("a.png", "png", "rgb24", 8),
        ("b.png", "png", "rgb48be", 16),
        ("c.png", "png", "rgba64be", 16),
        ("d.jpg", "mjpeg", "yuvj420p", 8),
        ("e.tif", "tiff", "rgb24", 8),
        ("f.tiff", "tiff", "rgb48le", 16),
    ],
)
def test_a_still_comes_back_as_what_it_was(
    tmp_path: Path, model: str, name: str, codec: str, pixel_format: str, bits: int
) -> None:
    still = tmp_path / name
    with av.open(str(still), "w", format="image2", options={"update": "1"}) as out:
        stream = out.add_stream(codec, rate=1)
        stream.width, stream.height, stream.pix_fmt = 160, 90, pixel_format
        out.mux(stream.encode(picture(77, (160, 90), pixel_format)))
        out.mux(stream.encode(None))
    render = rendered(order_for(still, tmp_path, model=model), tmp_path)
    info = probe(render)
    assert (info.codec, info.pixel_format, info.bits) == (codec, pixel_format, bits)
    assert (info.width, info.height, info.still, render.suffix) == (320, 180, True, still.suffix)
    assert read_numbers(render) == [77]


def test_a_later_process_begins_the_work_again_from_its_ticket(tmp_path: Path) -> None:
    order = order_for(make_clip(tmp_path / "clip.mkv", frames=16, first=300), tmp_path)
    first = provider_in(tmp_path)
    ticket = asyncio.run(first.submit(order, Staged()))
    first._works[order.id].cancel()  # as if its process had died
    assert not list((tmp_path / "scratch").glob("*"))
    later = provider_in(tmp_path)
    assert asyncio.run(later.find(order, Staged())) is None
    status = asyncio.run(later.poll(Ticket.model_validate_json(ticket.model_dump_json())))
    assert status == Running(done=0, total=16)
    assert asyncio.run(later.find(order, Staged())) == ticket
    done = ended(later, ticket)
    assert isinstance(done, Succeeded)
    assert read_numbers(Path(done.data["path"])) == list(range(300, 316))


def test_a_finished_render_is_not_made_again(tmp_path: Path) -> None:
    order = order_for(make_clip(tmp_path / "clip.mkv", frames=2), tmp_path, model="lanczos")
    first, to = provider_in(tmp_path), tmp_path / "fetched" / "render.mkv"
    ticket = asyncio.run(first.submit(order, Staged()))
    done = ended(first, ticket)
    assert isinstance(done, Succeeded)
    assert asyncio.run(provider_in(tmp_path).poll(ticket)) == done
    for _ in range(2):
        asyncio.run(first.fetch(done, to))
        assert read_numbers(to) == [0, 1]
    later = provider_in(tmp_path)
    again = asyncio.run(later.poll(ticket))
    assert isinstance(again, Succeeded)
    asyncio.run(later.fetch(again, to))
    assert read_numbers(to) == [0, 1]
    to.unlink()
    assert isinstance(asyncio.run(later.poll(ticket)), Running)
    assert isinstance(ended(later, ticket), Succeeded)


def test_fetching_a_render_that_is_gone_says_so(tmp_path: Path) -> None:
    gone = Succeeded(data={"path": str(tmp_path / "scratch" / "gone.mov")})
    with pytest.raises(MediaError, match=r"gone\.mov: the render is gone; run `uprez resume`"):
        asyncio.run(provider_in(tmp_path).fetch(gone, tmp_path / "render.mov"))
    assert not (tmp_path / "render.mov").exists()


def test_cancelling_stops_the_work_and_leaves_nothing(tmp_path: Path) -> None:
    order = order_for(make_clip(tmp_path / "clip.mkv", frames=20), tmp_path)
    provider = provider_in(tmp_path)
    ticket = asyncio.run(provider.submit(order, Staged()))
    assert asyncio.run(provider.cancel(ticket)) is True
    assert asyncio.run(provider.poll(ticket)) == Failed(reason="it was cancelled")
    assert asyncio.run(provider.cancel(ticket)) is True
    assert not list((tmp_path / "scratch").glob("*"))
    asyncio.run(provider.submit(order, Staged()))
    assert isinstance(ended(provider, ticket), Succeeded)
    assert asyncio.run(provider.cancel(ticket)) is False


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (Path.unlink, "no such file"),
        (lambda path: path.write_bytes(path.read_bytes()[:3000]), "whole"),
    ],
)
def test_a_plate_that_cannot_be_read_fails_in_one_sentence(
    tmp_path: Path, spoil: Callable[[Path], object], reason: str
) -> None:
    order = order_for(make_clip(tmp_path / "clip.mkv", frames=12), tmp_path)
    spoil(order.plate.path)
    provider = provider_in(tmp_path)
    failed = ended(provider, asyncio.run(provider.submit(order, Staged())))
    assert isinstance(failed, Failed)
    assert str(order.plate.path) in failed.reason
    assert reason in failed.reason
    assert "\n" not in failed.reason
    assert not list((tmp_path / "scratch").glob("*"))


def test_the_estimate_is_free_and_close_to_what_it_takes(tmp_path: Path) -> None:
    order = order_for(make_clip(tmp_path / "clip.mkv", frames=12, size=(640, 360)), tmp_path, render="prores")
    provider = provider_in(tmp_path)
    estimate = asyncio.run(provider.estimate(order.plate.pull, order.recipe))
    assert (estimate.amount, estimate.unit, estimate.basis) == (Decimal(0), "USD", "published")
    began = time.monotonic()
    ended(provider, asyncio.run(provider.submit(order, Staged())))
    took = time.monotonic() - began
    assert estimate.seconds is not None
    assert took / 4 < estimate.seconds < took * 4  # other programs may share the cores


PEAK = """
import resource, sys, time
from uprez_local.work import Brief, Work
work = Work(Brief.model_validate_json(sys.argv[1]))
while work.running:
    time.sleep(0.01)
assert work.error is None, work.error
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.parametrize(
    ("model", "size", "frames"), [("lanczos", (480, 270), 120), ("cnn", (240, 134), 200)]
)
def test_memory_does_not_grow_with_the_length_of_a_clip(
    tmp_path: Path, model: str, size: tuple[int, int], frames: int
) -> None:
    pytest.importorskip("resource")
    peaks = []
    for count in (12, frames):
        order = order_for(
            make_clip(tmp_path / f"{count}.mkv", frames=count, size=size), tmp_path, model=model
        )
        brief = provider_in(tmp_path / str(count))._brief(order).model_dump_json()
        child = subprocess.run(
            [sys.executable, "-c", PEAK, brief], capture_output=True, text=True, check=True
        )
        peaks.append(int(child.stdout))
    uncompressed = (frames - 12) * 4 * size[0] * size[1] * 3 // 2 // 1024
    assert peaks[1] - peaks[0] < uncompressed / 2


def test_naming_the_provider_loads_no_library() -> None:
    asked = (
        "import sys, uprez_local; uprez_local.uprez_providers()[0]; "
        "print({'av', 'numpy', 'onnxruntime'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
