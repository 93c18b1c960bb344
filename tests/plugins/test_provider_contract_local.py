"""The local provider keeps the same contract as everybody's."""

from pathlib import Path
from typing import ClassVar

import pytest

from uprez.orders import Order
from uprez.provider import Context, Provider
from uprez.testing.provider_contract import ProviderContract, Service
from uprez_local.provider import LocalProvider


class ThisMachine(Service):
    def connect(self, scratch: Path) -> Provider:
        return LocalProvider(Context(scratch=scratch))

    def charges(self, order: Order) -> int:
        return 0

    def left(self, provider: Provider) -> None:
        assert isinstance(provider, LocalProvider)
        for work in provider._works.values():
            work.cancel()


class TestLocalProvider(ProviderContract):
    provider = LocalProvider
    model: ClassVar[str] = "lanczos"
    paid = False

    @pytest.fixture
    def service(self, tmp_path: Path) -> Service:
        return ThisMachine()


class TestLocalStills(TestLocalProvider):
    still = True


class TestLocalSharp(TestLocalProvider):
    model = "sharp"
    options: ClassVar = {"strength": 0.25}
