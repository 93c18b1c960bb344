"""Runware keeps the same contract as everybody's, against a service with sockets, media and a bill."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from services.far import Far
from services.runware import Runware

from uprez.testing import ProviderContract, Service
from uprez_runware.provider import RunwareProvider


class TestRunware(ProviderContract):
    provider = RunwareProvider

    @pytest.fixture
    def service(self, tmp_path: Path) -> Iterator[Service]:
        with Runware(tmp_path / "runware", "a-key-for-runware") as server:
            yield Far(
                server,
                RunwareProvider,
                lambda order: server.charges(order.plate.path),
                url=f"{server.url}/v1",
                storage=server.storage,
                kept=lambda order: len(server.media),
            )


class TestRunwareStills(TestRunware):
    model = "topazlabs:wonder@3.5"
    still = True
