"""Topaz passes the contract: its videos by the Video API, its stills by the Image API."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from services.far import Far
from services.topaz import topaz

from uprez.orders import Order
from uprez.testing.clips import decoded, read_number
from uprez.testing.provider_contract import ProviderContract, Service
from uprez_topaz.provider import TopazProvider


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
    def service(self, tmp_path: Path) -> Iterator[Service]:
        with topaz(tmp_path / "topaz", key="topaz-key-of-the-test") as server:

            def kept(order: Order) -> int | None:
                if order.plate.preset == "still":
                    return None
                number = _number(order)
                return sum(server.kept(one) for one in server.requests.values() if one.number == number)

            yield Far(server, TopazProvider, lambda order: server.charges(_number(order)), kept=kept)


class TestTopazStills(TestTopaz):
    model = "standard-v2"
    options = {}
    still = True
