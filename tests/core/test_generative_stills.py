"""A still comes back as a still in its source's format, whatever kind of picture the service returned."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from uprez.media.finish import finish
from uprez.media.probe import fingerprint, probe
from uprez.model import Media, Plate, Pull, Size
from uprez.orders import Order, Recipe
from uprez.testing.clips import decoded, make_clip
from uprez.times import FrameRange

CODECS = {".png": ("png", "rgb24"), ".tiff": ("tiff", "rgb24"), ".jpg": ("mjpeg", "yuvj444p")}


def _still(path: Path, size: tuple[int, int]) -> Path:
    codec, pixel_format = CODECS[path.suffix]
    options = {"qmin": "1", "qmax": "2"} if codec == "mjpeg" else {}
    return make_clip(
        path, frames=1, first=5, size=size, codec=codec, pixel_format=pixel_format, colour=None,
        options=options,
    )  # fmt: skip


def _order(source: Path) -> Order:
    info = probe(source)
    frames = FrameRange(start=0, count=1)
    media = Media(
        url=source.name, path=source, fingerprint=fingerprint(source), rate=info.rate, available=frames,
        info=info,
    )  # fmt: skip
    pull = Pull(id="p", media=media, frames=frames, shots=("s",))
    plate = Plate(pull=pull, preset="still", path=source)
    return Order(plate=plate, recipe=Recipe(size=Size(scale=Fraction(2))), width=320, height=180)


@pytest.mark.parametrize("came", sorted(CODECS))
@pytest.mark.parametrize("wanted", sorted(CODECS))
def test_a_still_comes_back_in_its_own_format(came: str, wanted: str, tmp_path: Path) -> None:
    order = _order(_still(tmp_path / f"source{wanted}", (160, 90)))
    fetched = _still(tmp_path / f"came{came}", (320, 180))
    odd = fetched.rename(tmp_path / f"fetched{wanted}")  # a service's file gets the name that its plate has
    info = finish(odd, order, tmp_path / f"finished{wanted}")
    assert (info.codec, info.width, info.height, info.still) == (CODECS[wanted][0], 320, 180, True)
    one, other = (
        next(decoded(path)).to_ndarray(format="gray") for path in (tmp_path / f"finished{wanted}", odd)
    )
    assert np.abs(one.astype(int) - other).mean() < 3
