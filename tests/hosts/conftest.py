"""One fake Resolve for the tests of a file, led to by the library that `uprez` looks for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hosts.mlt_engine import Engine, python
from hosts.resolve_bridge import bridged
from hosts.resolve_scene import SIZE, reaching

from uprez.cli import main
from uprez.testing.clips import make_clip
from uprez.testing.fake_resolve import FakeResolve
from uprez_resolve.reach import BRIDGE

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def uprez(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Call a command in the test's own process: its exit code, what it printed, what it said."""
    monkeypatch.setenv("UPREZ_RESOLVE_FOLDER", str(tmp_path / "work"))

    def called(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["uprez", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as leave:
            main()
        return int(leave.value.code or 0), *capsys.readouterr()

    return called


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine | None]:
    """Hold MLT where it is there: the plain reading of the files needs none."""
    engine = Engine(tmp_path_factory.mktemp("engine")) if python() else None
    yield engine
    if engine is not None:
        engine.close()


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the one clip of the cuts, in a folder of its own."""
    folder = tmp_path_factory.mktemp("media")
    make_clip(folder / "a.mkv", frames=60, size=SIZE)
    return folder


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeResolve, Path]]:
    """Start the fake; the path is of the library that reaches it."""
    with FakeResolve() as fake:
        yield fake, Path(fake.install(tmp_path_factory.mktemp("library"))["RESOLVE_SCRIPT_LIB"])


@pytest.fixture(scope="module")
def bridge(running: tuple[FakeResolve, Path]) -> Iterator[str]:
    """Serve the fake as its menu does, by the bridge's own code."""
    with bridged(running[0]) as called:
        yield called


@pytest.fixture
def inside(bridge: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have uprez go over the bridge, which spares each look the start of a Python."""
    monkeypatch.setenv(BRIDGE, bridge)


@pytest.fixture
def outside(resolve: FakeResolve, monkeypatch: pytest.MonkeyPatch) -> FakeResolve:
    """Have uprez load the library in a process of its own each time: what closes is met again only there."""
    monkeypatch.delenv(BRIDGE)
    return resolve


@pytest.fixture
def resolve(
    running: tuple[FakeResolve, Path], inside: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[FakeResolve]:
    """Begin anew with a Studio that has the selection API; no test may call what destroys a user's work."""
    fake = reaching(*running, monkeypatch, tmp_path, "studio_21_0_4_5")
    yield fake
    assert fake.do("forbidden") == []
