"""A cut is bought at Oxen by the commands alone, with a settings file and a key in the environment."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from services.oxen_bench import SMALL, STARLIGHT
from services.shop_oxen import OxenShop

from uprez.testing import make_clip, read_numbers
from uprez.testing.timelines import clip, external, span, timeline, track, write

CANARY = "canary/Key+7f3a9b=51c0"
SETTINGS = f"""
[provider.oxen]
repository = "editor/plates"

[provider.oxen.sizes]
1080p = "{SMALL["1080p"]}"

[provider.oxen.prices.{STARLIGHT}]
1080p = "6.00"
"""
UPREZ = """
from uprez.plugins import load
load().provider("oxen").poll_every = 0.05
from uprez.cli import main
main()
"""


class Desk:
    """Give commands as a person would, and keep all that they say."""

    def __init__(self, folder: Path, shop: OxenShop) -> None:
        self.folder = folder
        self.said: dict[str, bytes] = {}
        self.variables = os.environ | {
            "UPREZ_HOME": str(folder / "home"), "UPREZ_DEBUG": "1",
            "UPREZ_OXEN_BASE_URL": shop.url, "OXEN_API_KEY": CANARY,
        }  # fmt: skip
        folder.mkdir()
        (folder / "uprez.toml").write_text(SETTINGS)
        make_clip(folder / "A001.mkv", frames=6, size=(128, 72))
        shot = clip("one", external("A001.mkv", span(0, 6)), span(1, 4))
        write(folder / "cut.otio", timeline(track(shot)))

    def uprez(self, *words: str) -> "subprocess.CompletedProcess[bytes]":
        ended = subprocess.run(
            [sys.executable, "-c", UPREZ, *words], cwd=self.folder, env=self.variables,
            capture_output=True, check=False,
        )  # fmt: skip
        self.said[" ".join(words)] = ended.stdout + ended.stderr
        return ended

    def leaks(self) -> list[str]:
        files = (file for file in self.folder.rglob("*") if file.is_file())
        texts = self.said | {file.name: file.read_bytes() for file in files}
        return [name for name, text in texts.items() if CANARY.encode() in text]


def test_a_cut_is_quoted_bought_and_relinked_by_commands(tmp_path: Path) -> None:
    with OxenShop(tmp_path / "far") as shop:
        shop.server.key = CANARY
        desk = Desk(tmp_path / "here", shop)
        at_oxen = ("cut.otio", "-p", "oxen", "-m", STARLIGHT, "--handles", "0")
        assert b"takes the key" in desk.uprez("keys", "check", "oxen").stdout
        quoted = desk.uprez("quote", *at_oxen, "--json")
        assert quoted.returncode == 0, quoted.stderr
        (asked,) = json.loads(quoted.stdout)["quotes"]
        assert Decimal(asked["totals"]["USD"]) == 1, "four frames of 24 at 6.00 a second are a dollar"
        bought = desk.uprez("run", *at_oxen, "-o", "out.otio", "--yes", "--json")
        assert bought.returncode == 0, bought.stderr.decode()[-2000:]
        (render,) = (desk.folder / "cut.uprez" / "renders").glob("*.mov")
        assert read_numbers(render) == [1, 2, 3, 4]
        assert render.name in json.dumps(json.loads((desk.folder / "out.otio").read_text()))
        assert desk.uprez("resume", "cut.otio", "--yes").returncode == 0
        assert len(shop.server.jobs) == 1
        assert shop.server.lent() == []
    assert desk.leaks() == []
