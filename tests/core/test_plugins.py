from pathlib import Path

import pytest

from uprez.errors import PlanError
from uprez.plugins import Plugins, load

GOOD = """
from decimal import Decimal
import uprez
from uprez.orders import Estimate, Model, Queued, Ticket
from uprez.provider import Provider

class Good(Provider):
    name = "{name}"
    models = (Model(name="one", does=("upscale-video",), summary="first"),)
    async def estimate(self, pull, recipe): return Estimate(amount=Decimal(0))
    async def submit(self, order, staged): return Ticket(id=order.id)
    async def poll(self, ticket): return Queued()
    async def fetch(self, done, to): to.touch()

@uprez.hookimpl
def uprez_providers():
    return [Good]
"""

BROKEN = {
    "raises on import": ("1 / 0", "ZeroDivisionError"),
    "is not Python": ("def (", "SyntaxError"),
    "ends the process": ("import sys; sys.exit(3)", "SystemExit"),
    "hooks into nothing": (
        "import uprez\n@uprez.hookimpl\ndef uprez_provider(): return []",
        "unknown hook",
    ),
    "names what is no provider": (
        "import uprez\n@uprez.hookimpl\ndef uprez_providers(): return [int]",
        "no Provider class",
    ),
    "raises in the hook": (
        "import uprez\n@uprez.hookimpl\ndef uprez_providers(): raise OSError('gone')",
        "gone",
    ),
    "takes a name that is taken": (GOOD.format(name="local"), "already has that name"),
}


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / f"{name}.py"
    file.write_text(text)
    return file


def line(plugins: Plugins, name: str) -> str | None:
    return next(line.error for line in plugins.lines if line.name == name)


def test_the_plugins_in_the_box_come_through_the_entry_points() -> None:
    plugins = load()
    assert {"local", "otio"} <= {line.name for line in plugins.lines}
    assert [line for line in plugins.lines if line.error] == []
    assert "local" in plugins.providers
    assert plugins.host("cut.otio").name == "otio"


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_plugin_is_a_line_and_the_others_go_on(fault: str, tmp_path: Path) -> None:
    text, why = BROKEN[fault]
    plugins = load([written(tmp_path, "broken", text), written(tmp_path, "good", GOOD.format(name="good"))])
    assert why in (line(plugins, "broken") or "")
    assert line(plugins, "good") is None
    assert plugins.provider("good").models[0].name == "one"
    assert "local" in plugins.providers


def test_an_inline_file_that_is_missing_is_a_line(tmp_path: Path) -> None:
    assert "FileNotFoundError" in (line(load([tmp_path / "gone.py"]), "gone") or "")


def test_loading_can_be_limited_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("UPREZ_PLUGINS", "otio, good")
    plugins = load([written(tmp_path, "good", GOOD.format(name="good"))])
    assert {line.name for line in plugins.lines} == {"otio", "good"}
    assert set(plugins.providers) == {"good"}


def test_unknown_names_are_refused_with_those_that_exist() -> None:
    plugins = load()
    with pytest.raises(PlanError, match="local"):
        plugins.provider("nobody")
    with pytest.raises(PlanError, match="lanczos"):
        plugins.model("local", "nothing")
    with pytest.raises(PlanError, match="uprez hosts"):
        plugins.host("cut.nothing-reads-this")
