"""A key is in nothing that the commands of a whole purchase leave behind, at each of the cloud services."""

from __future__ import annotations

import base64
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from services.shop_astria import AstriaShop
from services.shop_base import Shop
from services.shop_oxen import OxenShop
from services.shop_runware import RunwareShop
from services.shop_topaz import TopazShop

from uprez.testing import make_clip
from uprez.testing.timelines import clip, external, span, timeline, track, write

CANARY = "canary/Key+7f3a9b=51c0"
FORMS = (
    CANARY,
    quote(CANARY, safe=""),
    base64.b64encode(CANARY.encode()).decode()[:-4],
    base64.b64encode(f"user:{CANARY}".encode()).decode()[8:-4],
)
SHOPS: dict[str, type[Shop]] = {shop.name: shop for shop in (AstriaShop, OxenShop, RunwareShop, TopazShop)}
UPREZ = """
import json, sys
from uprez.plugins import load
for kind in load().providers.values():
    kind.poll_every = 0.05
from uprez.cli import main
codes = []
for sys.argv in json.loads(sys.argv[1]):
    try:
        main()
    except SystemExit as left:
        codes.append(int(left.code or 0))
print(codes)
"""


@contextmanager
def opened(name: str, folder: Path) -> Iterator[Shop]:
    """Open a service that takes the canary for a key."""
    shop = SHOPS[name](folder)
    shop.server.key = CANARY
    with shop:
        yield shop


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {toml(one)}" for name, one in value.items()) + "}"
    return json.dumps(value)


class Desk:
    """Give commands as a person would, with everything logged, and keep all that they say."""

    def __init__(self, folder: Path, shop: Shop) -> None:
        self.folder, self.shop = folder, shop
        self.said = b""
        name = shop.name.upper()
        self.variables = os.environ | {
            "UPREZ_HOME": str(folder / "home"), "UPREZ_DEBUG": "1",
            f"UPREZ_{name}_BASE_URL": shop.url, f"{name}_API_KEY": CANARY,
        }  # fmt: skip
        folder.mkdir()
        settings = "".join(f"{name} = {toml(value)}\n" for name, value in shop.settings.items())
        (folder / "uprez.toml").write_text(f"[provider.{shop.name}]\n{settings}")
        write(folder / "cut.otio", timeline(track(self._shot())))

    def give(self, *commands: str) -> list[int]:
        """Give commands one after another; returns their exit codes."""
        words = json.dumps([["uprez", *shlex.split(command)] for command in commands])
        ended = subprocess.run(
            [sys.executable, "-c", UPREZ, words], cwd=self.folder, env=self.variables, capture_output=True
        )
        self.said += ended.stdout + ended.stderr
        codes: list[int] = json.loads(ended.stdout.splitlines()[-1])
        return codes

    @property
    def run(self) -> str:
        """Return the command that buys."""
        options = " ".join(f"-O {name}={value}" for name, value in self.shop.recipe.options.items())
        return (
            f"run cut.otio -p {self.shop.name} -m {self.shop.recipe.model} --handles 0 {options} -o out.otio "
            "--yes --json"
        )

    @property
    def told(self) -> str:
        """Return what was said, without what was logged."""
        lines = self.said.decode().splitlines()
        return "\n".join(line for line in lines if not line.startswith(("DEBUG:", "INFO:")))

    def found(self) -> list[tuple[str, str]]:
        """Return where the key is, in whatever form."""
        files = (file for file in self.folder.rglob("*") if file.is_file())
        texts = {str(file.relative_to(self.folder)): file.read_bytes() for file in files}
        texts["what was said"] = self.said
        return [(name, form) for name, text in texts.items() for form in FORMS if form.encode() in text]

    def _shot(self) -> dict[str, object]:
        if self.shop.stills:
            make_clip(
                self.folder / "A001.png", frames=1, size=(128, 72), codec="png", pixel_format="rgb24",
                colour=None,
            )  # fmt: skip
            return clip("one", external("A001.png", span(0, 12)), span(0, 12))
        make_clip(self.folder / "A001.mkv", frames=6, size=(128, 72))
        return clip("one", external("A001.mkv", span(0, 6)), span(1, 4))


@pytest.mark.parametrize("name", SHOPS)
def test_a_whole_purchase_leaves_its_key_nowhere(name: str, tmp_path: Path) -> None:
    with opened(name, tmp_path / "far") as shop:
        desk = Desk(tmp_path / "here", shop)
        codes = desk.give(
            f"keys check {name}",
            "quote cut.otio -p all --handles 0 --json",
            desk.run,
            "orders cut.otio",
            "orders cut.otio --evidence ''",  # the only order begins so
            "resume cut.otio --yes",
        )
        assert codes == [0] * 6, desk.told
    kept = {file.name for file in (desk.folder / "cut.uprez").rglob("*") if file.is_file()}
    assert {"ledger.db", "report.html", "run.json"} <= kept
    assert b"DEBUG:" in desk.said, "everything is logged, or this proves little"
    assert desk.found() == []


@pytest.mark.parametrize("name", SHOPS)
def test_a_service_that_repeats_the_key_it_refuses_gets_it_nowhere(name: str, tmp_path: Path) -> None:
    with opened(name, tmp_path / "far") as shop:
        desk = Desk(tmp_path / "here", shop)
        said = {"message": f"the key {CANARY} (Bearer {CANARY}) is not known", "errors": [{"code": CANARY}]}
        for method in ("GET", "POST"):
            shop.server.fault(method, ".", times=1000, status=401, body=said)
        checked, bought, _ = desk.give(f"keys check {name}", desk.run, "orders cut.otio")
        assert checked == 2
        assert bought in (1, 2)
    assert "is not known" in desk.told and "********" in desk.told
    assert desk.found() == []
