"""Stills by Topaz' Image API: each comes back in its source's own format, and is paid once or in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import av
import pytest
from services.topaz import TopazService, topaz
from services.topaz_buying import connect

from uprez.errors import InDoubt, OutOfCredit, Rejected, Unauthorized, Unavailable
from uprez.orders import Failed, Order, Queued, Recipe, Running, Staged, Succeeded
from uprez.testing.clips import make_clip, picture, read_numbers
from uprez.testing.service import ended, staged
from uprez.testing.workshop import Workshop
from uprez_topaz.provider import TopazProvider

CODECS = {
    ".png": ("png", "rgb24", "png"),
    ".jpg": ("mjpeg", "yuvj444p", "jpeg"),
    ".jpeg": ("mjpeg", "yuvj444p", "jpeg"),
    ".tif": ("tiff", "rgb24", "tiff"),
    ".tiff": ("tiff", "rgb24", "tiff"),
}
ENHANCE = "/enhance/async$"


class Stills(Workshop):
    """A workshop whose stills are files of one format."""

    ending = ".png"

    def _still(self, number: int) -> Path:
        path = self.clip.with_name(f"still-{number}{self.ending}")
        codec, pixels, _ = CODECS[self.ending.lower()]
        encoder: Any = av.CodecContext.create(codec, "w")
        encoder.width, encoder.height, encoder.pix_fmt, encoder.framerate = 128, 72, pixels, 25
        frame = picture(number, (128, 72)).reformat(format=pixels)
        path.write_bytes(b"".join(map(bytes, [*encoder.encode(frame), *encoder.encode(None)])))
        return path


@pytest.fixture
def service(tmp_path: Path) -> Iterator[TopazService]:
    with topaz(tmp_path / "topaz") as service:
        yield service


@pytest.fixture
def shop(tmp_path: Path) -> Stills:
    clip = make_clip(tmp_path / "clip.mkv", frames=1, size=(128, 72))
    return Stills(tmp_path, clip, Recipe(provider="topaz", model="standard-v2"), TopazProvider, stills=True)


def on_hand(service: TopazService, shop: Stills) -> tuple[TopazProvider, Order, Staged]:
    provider, order = connect(service, shop), shop.exported(shop.order(3, 1))
    return provider, order, staged(provider, order)


@pytest.mark.parametrize("ending", [*CODECS, ".JPG"])
def test_a_still_comes_home_in_the_format_it_had(service: TopazService, shop: Stills, ending: str) -> None:
    shop.ending = ending
    order = shop.order(7, 1)
    (standing,) = shop.run(connect(service, shop), order)
    assert standing.state == "done", standing.error
    assert standing.render is not None
    assert standing.render.path.suffix == ending
    assert read_numbers(standing.render.path) == [7]
    with av.open(str(standing.render.path)) as file:
        codec = file.streams.video[0].codec_context
        assert (codec.name, codec.width, codec.height) == (CODECS[ending.lower()][0], 256, 144)
    (still,) = service.stills.values()
    assert still["form"]["output_format"] == CODECS[ending.lower()][2]
    assert set(still["form"]) == {"model", "output_width", "output_height", "output_format", "image"}
    assert still["form"]["image"].filename.startswith("still.")
    assert standing.charged == Decimal(1)


def test_a_still_of_another_format_is_refused_before_it_is_asked_about(
    service: TopazService, shop: Stills
) -> None:
    order = shop.order(3, 1)
    media = order.plate.pull.media.model_copy(update={"path": Path("sky.exr")})
    pull = order.plate.pull.model_copy(update={"media": media})
    with pytest.raises(Rejected, match=r"sky\.exr.*PNG, JPEG and TIFF"):
        asyncio.run(connect(service, shop).estimate(pull, order.recipe))
    assert service.seen == []


def test_both_spellings_of_cancelled_and_all_states_are_understood(
    service: TopazService, shop: Stills
) -> None:
    provider, order, place = on_hand(service, shop)
    ticket = asyncio.run(provider.submit(order, place))
    assert asyncio.run(provider.poll(ticket)) == Queued()
    assert asyncio.run(provider.poll(ticket)) == Running()
    assert isinstance(asyncio.run(provider.poll(ticket)), Succeeded)
    for word in ("Cancelled", "canceled", "Failed"):
        service.stills[ticket.id]["status"] = word
        assert isinstance(asyncio.run(provider.poll(ticket)), Failed)


def test_a_still_that_is_not_ready_for_download_is_waited_for(
    service: TopazService, shop: Stills, tmp_path: Path
) -> None:
    provider, order, place = on_hand(service, shop)
    ticket = asyncio.run(provider.submit(order, place))
    early = Succeeded(data={**ticket.data, "still": True, "request": ticket.id})
    with pytest.raises(Unavailable, match="can't be downloaded just now"):
        asyncio.run(provider.fetch(early, tmp_path / "still.png"))  # 409 while it is worked on
    done = ended(provider, ticket)
    assert isinstance(done, Succeeded)
    asyncio.run(provider.fetch(done, tmp_path / "still.png"))
    assert read_numbers(tmp_path / "still.png") == [3]


def test_a_waiting_still_is_cancelled_with_its_credits_back_and_a_ready_one_is_not(
    service: TopazService, shop: Stills
) -> None:
    provider, order, place = on_hand(service, shop)
    ticket = asyncio.run(provider.submit(order, place))
    assert asyncio.run(provider.cancel(ticket)) is True
    assert service.held(ticket.id) == 0
    ready = asyncio.run(provider.submit(order, staged(provider, order)))
    ended(provider, ready)
    assert asyncio.run(provider.cancel(ready)) is False


@pytest.mark.parametrize("how", [{"drop": "after"}, {"status": 504, "after": True}, {"status": 500}])
def test_a_still_whose_answer_was_lost_needs_a_person_and_is_never_sent_again(
    service: TopazService, shop: Stills, how: dict[str, Any]
) -> None:
    service.fault("POST", ENHANCE, **how)
    (standing,) = shop.run(connect(service, shop), shop.order(3, 1))
    assert standing.state == "needs-you"
    assert standing.reserved > 0
    assert "settle" in (standing.error or "")
    assert service.count("POST", ENHANCE) == 1
    assert len(service.paid()) <= 1


def test_a_still_in_doubt_is_gone_on_with_by_the_id_that_a_person_found(
    service: TopazService, shop: Stills, tmp_path: Path
) -> None:
    provider, order, place = on_hand(service, shop)
    service.fault("POST", ENHANCE, drop="after")
    with pytest.raises(Unavailable):
        asyncio.run(provider.submit(order, place))
    with pytest.raises(InDoubt):
        asyncio.run(provider.find(order, place))
    (name,) = service.stills
    later = connect(service, shop)
    done = ended(later, later.ticket(name))
    assert isinstance(done, Succeeded)
    asyncio.run(later.fetch(done, tmp_path / "still.png"))
    assert read_numbers(tmp_path / "still.png") == [3]


ERRORS = [
    (400, Rejected),
    (402, OutOfCredit),
    (403, Unauthorized),
    (404, Rejected),
    (413, Rejected),
    (503, Unavailable),
]


@pytest.mark.parametrize(("status", "error"), ERRORS, ids=str)
def test_every_documented_refusal_of_a_still_is_told_as_what_it_is(
    service: TopazService, shop: Stills, status: int, error: type[Exception]
) -> None:
    provider, order, place = on_hand(service, shop)
    service.fault("POST", ENHANCE, status=status, body={"message": "said by Topaz"})
    with pytest.raises(error) as told:
        asyncio.run(provider.submit(order, place))
    assert type(told.value) is error
    assert service.bill.entries == []
    if error in (Rejected, OutOfCredit):
        assert "said by Topaz" in str(told.value)
