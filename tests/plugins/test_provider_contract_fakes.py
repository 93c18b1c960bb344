"""The contract holds for the fakes that we ship."""

from pathlib import Path

import pytest

from uprez.orders import Order
from uprez.provider import Context, Provider
from uprez.testing.fake_service import FakeService, PaidProvider, SilentProvider
from uprez.testing.provider_contract import ProviderContract, Service


class Far(Service):
    def __init__(self, folder: Path, kind: type[PaidProvider]) -> None:
        self.service, self.kind = FakeService(folder / "service"), kind

    def connect(self, scratch: Path) -> Provider:
        return self.kind(Context(scratch=scratch, base_url=str(self.service.folder)))

    def charges(self, order: Order) -> int:
        return self.service.charges()[order.id]


class TestPaidProvider(ProviderContract):
    provider = PaidProvider

    @pytest.fixture
    def service(self, tmp_path: Path) -> Service:
        return Far(tmp_path, PaidProvider)


class TestSilentProvider(ProviderContract):
    provider = SilentProvider

    @pytest.fixture
    def service(self, tmp_path: Path) -> Service:
        return Far(tmp_path, SilentProvider)
