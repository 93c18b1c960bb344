"""The contract holds for the fakes that we ship, and notices providers that break it."""

from pathlib import Path

import pytest

from uprez.orders import Order, Recipe, Staged, Ticket
from uprez.provider import Context, Provider
from uprez.testing.clips import make_clip
from uprez.testing.fake_service import FakeService, PaidProvider, SilentProvider
from uprez.testing.faults import Workshop
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


class DenyingProvider(PaidProvider):
    """Say of every order that it is surely not there: the bug that buys twice."""

    async def find(self, order: Order, staged: Staged) -> Ticket | None:
        return None


def test_the_contract_notices_a_provider_that_buys_twice(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", frames=8, size=(128, 72))
    recipe = Recipe(provider="paid", model="double", render="ffv1")
    contract, far = TestPaidProvider(), Far(tmp_path, DenyingProvider)
    for number, broken in enumerate(
        (
            contract.test_what_was_placed_is_found_or_in_doubt_but_never_denied,
            lambda *given: contract.test_a_submit_without_an_answer_never_buys_twice(
                *given, ValueError(), True
            ),
            lambda *given: contract.test_a_crash_never_buys_twice_and_loses_nothing(*given, "submit", True),
        )
    ):
        shop = Workshop(tmp_path / str(number), clip, recipe, DenyingProvider)
        with pytest.raises(AssertionError):
            broken(far, shop, shop.order(number, 4))
