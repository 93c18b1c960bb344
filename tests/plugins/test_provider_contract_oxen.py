"""Oxen keeps the same contract as everybody's, against a service with sockets, media and a bill."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from services.far import Far
from services.oxen import Oxen

from uprez.testing import ProviderContract, Service
from uprez_oxen.provider import OxenProvider

SIZES = {"1080p": (256, 144)}  # the rasters of the service are set small: hundreds of renders are made


class TestOxen(ProviderContract):
    provider = OxenProvider

    @pytest.fixture
    def service(self, tmp_path: Path) -> Iterator[Service]:
        with Oxen(tmp_path / "oxen", "a-key-for-oxen") as hub:
            hub.sizes |= SIZES
            yield Far(
                hub,
                OxenProvider,
                lambda order: hub.charges(order.plate.path),
                url=f"{hub.url}/api",
                settings={"repository": "editor/plates", "sizes": {"1080p": "256x144"}},
                storage=hub.storage,
                kept=lambda order: len(hub.lent()),
            )


class TestOxenStills(TestOxen):
    model = "topazlabs-image-upscale"
    still = True
