"""`quote -p all`: one table, where whoever can't give a price is a row and hides nobody else's."""

from decimal import Decimal
from pathlib import Path

import pytest

from uprez.orders import Estimate

PROVIDERS = """
import asyncio
import uprez
from decimal import Decimal
from uprez.errors import Rejected, Unauthorized, Unavailable
from uprez.orders import Estimate, Model, NoOptions
from uprez.testing.fake_service import PRICE, PaidProvider

class Credits(PaidProvider):
    name = "credits"
    async def estimate(self, pull, recipe):
        frames = pull.frames.count
        return Estimate(amount=Decimal(frames) / 2, unit="credits", basis="published", frames=frames,
                        billed=Decimal(frames) / 24, seconds=60.0)

class Keyless(PaidProvider):
    name, key_env = "keyless", "KEYLESS_API_KEY"
    async def estimate(self, pull, recipe):
        raise Unauthorized("keyless: no key; set KEYLESS_API_KEY", provider="keyless")

class Choosy(PaidProvider):
    name = "choosy"
    async def estimate(self, pull, recipe):
        if pull.frames.start > 86_420:
            raise Rejected(f"frame {pull.frames.start}: choosy takes no late frames; use another")
        return await super().estimate(pull, recipe)

class Fussy(PaidProvider):
    name = "fussy"
    async def estimate(self, pull, recipe): raise Rejected("fussy: it stops at 10 frames; choose fewer")

def model(name, does="upscale-video", options=NoOptions):
    return Model(name=name, does=(does,), summary=name, plates=("ffv1",), options=options, price="a cent")

class Needing(NoOptions):
    look: str

class Choice(PaidProvider):
    name = "choice"
    models = (
        model("stills", "upscale-image"), model("needing", options=Needing),
        model("tiny"), model("fit"), model("other"),
    )
    async def estimate(self, pull, recipe):
        if recipe.model == "tiny": raise Rejected("choice: tiny stops at 10 frames; choose fewer")
        return Estimate(amount=Decimal(2), at_most=Decimal(3), basis="quoted", unit="credits")

class Listed(PaidProvider):
    name, key_env = "listed", "LISTED_API_KEY"

class Artist(PaidProvider):
    name = "artist"
    models = (model("paint", "restyle-video").model_copy(update={"keeps_picture": False}),)

class Broken(PaidProvider):
    name = "broken"
    async def estimate(self, pull, recipe): return {}["price"]

class Busy(PaidProvider):
    name, asked, now, most = "busy", 0, 0, 0
    async def estimate(self, pull, recipe):
        Busy.asked += 1
        if Busy.asked <= 1:
            raise Unavailable("busy: not now; it is asked again", retry_after=0.0)
        Busy.now += 1
        Busy.most = max(Busy.most, Busy.now)
        await asyncio.sleep(0.05)
        Busy.now -= 1
        return Estimate(amount=PRICE, basis="quoted", seconds=float(Busy.most))

@uprez.hookimpl
def uprez_providers():
    return [PaidProvider, Credits, Keyless, Choosy, Fussy, Broken, Busy, Choice, Artist, Listed]
"""
NAMES = ("PAID", "CREDITS", "KEYLESS", "CHOOSY", "FUSSY", "BROKEN", "BUSY", "CHOICE", "ARTIST", "LISTED")


@pytest.fixture(autouse=True)
def providers(cut: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (cut.parent / "several.py").write_text(PROVIDERS)
    (cut.parent / "uprez.toml").write_text('plugins = ["several.py"]')
    monkeypatch.delenv("KEYLESS_API_KEY", raising=False)
    for name in NAMES:
        monkeypatch.setenv(f"UPREZ_{name}_BASE_URL", str(cut.parent / "service"))


def test_one_table_has_a_row_for_every_provider_with_or_without_a_price(uprez, cut: Path) -> None:
    ended = uprez("quote", cut, "-p", "all", "--handles", "4")
    assert (ended.code, ended.err) == (0, "")
    head, *lines = ended.out.splitlines()
    assert head.split("  ")[0] == "provider" and "frames billed" in head and "merging saves" in head
    rows = {line.split()[0]: line for line in lines}
    assert rows["credits"].split()[2:7] == ["12", "credits", "published", "60", "s"]
    assert "24 " in rows["credits"] and "16 frames, 8 credits" in rows["credits"]
    assert rows["keyless"].split()[1:4] == ["double", "no", "quote"]
    assert rows["keyless"].endswith(
        "KEYLESS_API_KEY is not set; set it, or run `uprez keys set keyless` (its price: 0.01 USD a frame)"
    )
    assert "no quote" in rows["fussy"] and "stops at 10 frames" in rows["fussy"]
    assert "no quote" in rows["broken"] and "KeyError('price')" in rows["broken"]
    assert "free" in rows["local"]


def test_each_provider_is_asked_for_its_first_model_that_can_do_it(uprez, cut: Path) -> None:
    rows = {line.split()[0]: line for line in uprez("quote", cut, "-p", "all").out.splitlines()}
    assert rows["choice"].split()[1:7] == ["fit", "2", "to", "3", "credits", "quoted"]
    assert "it makes new pictures only, never a conform" in rows["artist"]
    named = uprez("quote", cut, "-p", "all", "-m", "other").out.splitlines()
    assert [line.split()[:2] for line in named[1:]] == [["choice", "other"]]
    ended = uprez("quote", cut, "-p", "all", "-m", "needing")
    assert (ended.code, ended.out) == (2, "") and "-O look: Field required" in ended.err
    ended = uprez("quote", cut, "-p", "all", "-m", "none-such")
    assert ended.code == 2 and "no provider has a model of that name" in ended.err


def test_what_one_provider_leaves_out_is_in_its_row_and_what_all_do_is_told_once(
    uprez, tmp_path: Path, cut: Path, written
) -> None:
    clips = [("early", "A001.mkv", 86_400), ("late", "A001.mkv", 86_436), ("gone", "gone.mkv", 86_400)]
    ended = uprez("quote", written(tmp_path / "three.otio", clips), "-p", "all", "--handles", "0")
    rows = {line.split()[0]: line for line in ended.out.splitlines()}
    assert "1 (without late: frame 86436: choosy takes no late frames; use another)" in rows["choosy"]
    assert rows["credits"].endswith("  2")
    assert [line for line in ended.out.splitlines() if line.startswith("left out:")] == [
        line for line in ended.out.splitlines() if line.startswith("left out: gone (V1)")
    ]
    assert "offline" in ended.out and "offline" not in rows["choosy"]


def test_json_has_everything_that_the_table_has(uprez, cut: Path) -> None:
    found = uprez("quote", cut, "-p", "all", "--handles", "4", "--json").json
    told = {one["provider"]: one for one in found["quotes"]}["credits"]
    assert told["totals"] == {"credits": "12"}
    assert (told["basis"], told["seconds"], told["frames"]) == (["published"], 60.0, 24)
    assert told["billed"] == "1"
    assert told["saved"] == {"frames": 16, "amount": "8", "unit": "credits"}
    assert {one["provider"]: one["kind"] for one in found["refused"]}["keyless"] == "key"
    assert {one["provider"]: one["kind"] for one in found["refused"]}["broken"] == "fault"


def test_a_price_that_does_not_go_by_the_frame_claims_no_saving_in_money(uprez, cut: Path) -> None:
    (paid,) = uprez("quote", cut, "-p", "paid", "--handles", "4", "--json").json["quotes"]
    assert paid["saved"] == {"frames": 16, "amount": None, "unit": None}


def test_a_refused_pull_is_left_out_by_name_and_the_others_are_quoted_and_run(
    uprez, tmp_path: Path, cut: Path, written
) -> None:
    timeline = written(tmp_path / "apart.otio", [("early", "A001.mkv", 86_400), ("late", "A001.mkv", 86_436)])
    ended = uprez("quote", timeline, "-p", "choosy", "--handles", "0", "--json").json
    assert ended["quotes"][0]["totals"] == {"USD": "0.12"}
    assert [(left["name"], "no late frames" in left["reason"]) for left in ended["left_out"]] == [
        ("late", True)
    ]
    run = uprez("run", timeline, "-p", "choosy", "--handles", "0", "-o", "o.otio", "--yes", "--json")
    assert run.code == 0, run.err
    assert [shot["name"] for shot in run.json["relinked"]] == ["early"]
    assert [left["name"] for left in run.json["left_out"]] == ["late"]


def test_a_price_is_rounded_up_to_what_the_ledger_counts_in() -> None:
    second = Decimal("0.08")
    assert str(Estimate(amount=second / 24 * 252).amount) == "0.84"
    assert str(Estimate(amount=Decimal("1.837500000000000000000")).amount) == "1.8375"
    with pytest.raises(ValueError, match="no amount of money"):
        Estimate(amount=Decimal("1e30"))
    assert str(Estimate(amount=second / 3, at_most=Decimal(100) / 3 * 3).amount) == "0.026667"
    assert str(Estimate(amount=Decimal("0.240"), at_most=Decimal(100)).amount) == "0.240"


def test_a_listed_price_needs_no_key_and_a_run_without_one_exports_nothing(uprez, cut: Path) -> None:
    (quoted,) = uprez("quote", cut, "-p", "listed", "--handles", "4", "--json").json["quotes"]
    assert quoted["totals"] == {"USD": "0.24"}
    ended = uprez("run", cut, "-p", "listed", "--handles", "4", "-o", "out.otio", "--yes")
    assert (ended.code, ended.out) == (2, "")
    assert "listed: there is no key; set LISTED_API_KEY" in ended.err
    assert not cut.with_suffix(".uprez").exists()


def test_a_run_of_which_every_pull_is_refused_says_why(uprez, cut: Path) -> None:
    ended = uprez("run", cut, "-p", "fussy", "--yes")
    assert (ended.code, ended.out) == (2, "")
    assert "it stops at 10 frames" in ended.err


def test_a_busy_service_is_asked_again_and_many_at_once(uprez, tmp_path: Path, cut: Path, written) -> None:
    clips = [(f"s{start}", "A001.mkv", 86_400 + start) for start in (0, 18, 36)]
    timeline = written(tmp_path / "three.otio", clips)
    (quoted,) = uprez("quote", timeline, "-p", "busy", "--handles", "0", "--json").json["quotes"]
    seconds = [one["seconds"] for one in quoted["pulls"].values()]
    assert (len(seconds), quoted["refused"]) == (3, {})
    assert max(seconds) == 2.0  # as many at once as the provider takes, and no more
