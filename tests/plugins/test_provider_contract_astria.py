"""The contract holds for Astria, against its service on this machine, with stills."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from services.astria import Astria
from services.common import Storage

from uprez.keys import Key
from uprez.orders import Order
from uprez.provider import Context, Provider
from uprez.testing.provider_contract import ProviderContract, Service
from uprez_astria.provider import AstriaProvider

SETTINGS = {"models": {"only-upscale": {"cents": 5}}}


class Far(Service):
    """The service with its storage, each on a port of its own."""

    key = "sd_of-this-test-alone"

    def __init__(self, folder: Path) -> None:
        self.storage = Storage(folder / "storage").__enter__()
        self.service = Astria(folder / "service", self.storage, self.key).__enter__()

    def connect(self, scratch: Path) -> Provider:
        context = Context(
            scratch=scratch, key=Key(self.key), base_url=self.service.url, settings=dict(SETTINGS)
        )
        return AstriaProvider(context)

    def charges(self, order: Order) -> int:
        return self.service.charges(_digest(order))

    def kept(self, order: Order) -> int | None:
        standing = [one for one in self.service.of(_digest(order)) if not one.deleted]
        return len(standing) + len([one for one in standing if one.shown.get("filenames")])

    def close(self) -> None:
        self.service.__exit__()
        self.storage.__exit__()
        assert self.service.broken == []
        assert self.storage.leaks == []


def _digest(order: Order) -> str:
    return hashlib.sha256(order.plate.pull.media.path.read_bytes()).hexdigest()


class TestAstria(ProviderContract):
    provider = AstriaProvider
    model = "only-upscale"
    still = True
    count = 1

    @pytest.fixture
    def service(self, tmp_path: Path) -> Service:
        return Far(tmp_path)
