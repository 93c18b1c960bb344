"""Topaz passes the contract: its videos by the Video API, its stills by the Image API."""

from pathlib import Path

import pytest
from services.topaz import TopazService

from uprez.keys import Key
from uprez.orders import Order
from uprez.provider import Context, Provider
from uprez.testing.clips import decoded, read_number
from uprez.testing.provider_contract import ProviderContract, Service
from uprez_topaz.provider import TopazProvider


class Far(Service):
    key = "topaz-key-of-the-test"

    def __init__(self, folder: Path) -> None:
        self.topaz = TopazService(folder, self.key)
        self.topaz.__enter__()

    def connect(self, scratch: Path) -> Provider:
        return TopazProvider(Context(scratch=scratch, key=Key(self.key), base_url=self.topaz.url))

    def charges(self, order: Order) -> int:
        return self.topaz.charges(_number(order))

    def kept(self, order: Order) -> int | None:
        if order.plate.preset == "still":
            return None
        made = [one for one in self.topaz.requests.values() if one.number == _number(order)]
        return sum(map(self.topaz.kept, made))

    def close(self) -> None:
        self.topaz.__exit__()
        self.topaz.expect_nothing_broke()


def _number(order: Order) -> int:
    pull = order.plate.pull
    if order.plate.preset == "still":
        return read_number(next(decoded(pull.media.path)))
    return pull.frames.start


class TestTopaz(ProviderContract):
    provider = TopazProvider
    model = "ast-2"
    options = {"creativity": 0.2}

    @pytest.fixture
    def service(self, tmp_path: Path) -> Service:
        return Far(tmp_path / "topaz")


class TestTopazStills(ProviderContract):
    provider = TopazProvider
    model = "standard-v2"
    still = True

    @pytest.fixture
    def service(self, tmp_path: Path) -> Service:
        return Far(tmp_path / "topaz")
