"""The proof of a provider: an author says how the service behaves when well, the faults are added here.

    class TestMine(ProviderContract):
        provider = MyProvider

        @pytest.fixture
        def service(self, tmp_path):
            return MyService(tmp_path)

A check can be left out only by an `xfail` with a reason; one that can't apply skips itself and says why.
What was charged is counted at the service; the ledger is never asked. Faults on the line are put between the
provider and httpx, so that a provider which speaks HTTP has them all without a word from its author.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

pytest.register_assert_rewrite("uprez.testing.trial", "uprez.testing.checks")

from uprez.orders import Option, Recipe  # noqa: E402
from uprez.provider import Provider  # noqa: E402
from uprez.recipes import settled  # noqa: E402
from uprez.testing.checks.bad_luck import BadLuck  # noqa: E402
from uprez.testing.checks.buying import Buying  # noqa: E402
from uprez.testing.checks.downloads import Downloads  # noqa: E402
from uprez.testing.checks.keys import Keys  # noqa: E402
from uprez.testing.checks.lines import Lines  # noqa: E402
from uprez.testing.checks.money import Money  # noqa: E402
from uprez.testing.checks.options import Options  # noqa: E402
from uprez.testing.checks.service_time import ServiceTime  # noqa: E402
from uprez.testing.clips import make_clip  # noqa: E402
from uprez.testing.clock import Wall  # noqa: E402
from uprez.testing.service import Service  # noqa: E402
from uprez.testing.trial import Census, Trial  # noqa: E402
from uprez.testing.wire import Wire  # noqa: E402
from uprez.testing.workshop import Workshop  # noqa: E402

__all__ = ["ProviderContract", "Service", "Trial"]


class ProviderContract(Buying, BadLuck, Lines, Keys, Downloads, Money, Options, ServiceTime):
    """Inherit this in a test class named `Test…`; set `provider`, and define a fixture `service`.

    `still` orders numbered PNG stills instead of stretches of a clip.
    """

    provider: ClassVar[type[Provider]]
    model: ClassVar[str] = ""
    options: ClassVar[dict[str, Option]] = {}
    paid: ClassVar[bool] = True
    still: ClassVar[bool] = False
    clip_size: ClassVar[tuple[int, int]] = (128, 72)
    count: ClassVar[int] = 8  # frames of an order
    _known: ClassVar[dict[type, dict[str, Census]]] = {}
    _clips: ClassVar[dict[tuple[int, tuple[int, int]], bytes]] = {}

    @classmethod
    def recipe(cls) -> Recipe:
        """Say what is bought, its options filled in as a session does."""
        name = cls.model or cls.provider.models[0].name
        model = next(model for model in cls.provider.models if model.name == name)
        recipe = Recipe(provider=cls.provider.name, model=name, options=cls.options, render="ffv1")
        return settled(recipe, model)

    @pytest.fixture
    def service(self, tmp_path: Path) -> Service:
        """Return the service when it is well."""
        raise NotImplementedError(f"{type(self).__name__} needs a fixture `service` that returns a Service")

    @pytest.fixture
    def trial(
        self,
        service: Service,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> Iterator[Trial]:
        """Put the service on trial, and close it afterwards."""
        caplog.set_level(logging.INFO, "httpcore")  # it says ten lines a request, which one check alone reads
        caplog.set_level(logging.DEBUG)
        yield self.on_trial(service, tmp_path, monkeypatch)
        service.close()

    @classmethod
    def on_trial(cls, service: Service, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Trial:
        """Set up a workshop with a clip whose frames carry their numbers, and watch the wire."""
        clip = cls._clip(folder / "clip.mkv", 1 if cls.still else 3 * cls.count)
        wall = Wall(monkeypatch)
        shop = Workshop(folder, clip, cls.recipe(), cls.provider, stills=cls.still, wall=wall)
        known = cls._known.setdefault(cls, {})
        return Trial(service, shop, Wire(monkeypatch), wall, cls.count, int(cls.paid), known)

    @classmethod
    def _clip(cls, path: Path, frames: int) -> Path:
        """Write the clip of a trial, which is drawn once for all of its kind."""
        kind = frames, cls.clip_size
        if kind not in cls._clips:
            cls._clips[kind] = make_clip(path, frames=frames, size=cls.clip_size).read_bytes()
        path.write_bytes(cls._clips[kind])
        return path
