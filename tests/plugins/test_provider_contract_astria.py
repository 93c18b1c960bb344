"""The contract holds for Astria, against its service on this machine, with stills."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from services.astria import astria
from services.common import digest
from services.far import Far

from uprez.orders import Order
from uprez.testing.provider_contract import ProviderContract, Service
from uprez_astria.provider import AstriaProvider

SETTINGS = {"models": {"only-upscale": {"cents": 5}}}


def _digest(order: Order) -> str:
    return digest(order.plate.pull.media.path)


class TestAstria(ProviderContract):
    provider = AstriaProvider
    model = "only-upscale"
    still = True
    count = 1

    @pytest.fixture
    def service(self, tmp_path: Path) -> Iterator[Service]:
        with astria(tmp_path, key="sd_of-this-test-alone") as server:

            def kept(order: Order) -> int:
                standing = [one for one in server.of(_digest(order)) if not one.deleted]
                return len(standing) + len([one for one in standing if one.shown.get("filenames")])

            yield Far(
                server,
                AstriaProvider,
                lambda order: server.charges(_digest(order)),
                settings=dict(SETTINGS),
                kept=kept,
            )
