"""No text that leaves the program holds a key: a run with a canary for a key is searched."""

import base64
import logging
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from uprez.keys import Key
from uprez.redaction import MaskingFilter, masked

CANARY = "canary/Key+7f3a9b=51c0"
FORMS = (
    CANARY,
    quote(CANARY, safe=""),
    base64.b64encode(CANARY.encode()).decode()[:-4],
    base64.b64encode(f"user:{CANARY}".encode()).decode()[8:-4],
)
PLUGIN = """
import base64, logging, uprez
from urllib.parse import quote
from uprez.errors import Rejected
from uprez.testing.fake_service import PaidProvider

class Blabbing(PaidProvider):
    name, key_env = "blabbing", "BLABBING_API_KEY"
    async def submit(self, order, staged):
        log = logging.getLogger("foreign")
        key = self.context.key.secret()
        basic = base64.b64encode(f"user:{key}".encode()).decode()
        log.warning("sent %s as Basic %s to /?key=%s", key, basic, quote(key, safe=""))
        try:
            raise ValueError(f"header {key}")
        except ValueError:
            log.exception("it echoes")
        if (self.service.folder / "refuses").exists():
            raise Rejected(f"blabbing: the key {key} may not do this; change the order")
        return await super().submit(order, staged)

@uprez.hookimpl
def uprez_providers(): return [Blabbing]
"""


@pytest.mark.parametrize("refuses", [False, True])
def test_a_paid_run_leaves_its_key_in_no_file_and_no_line(cut: Path, refuses: bool) -> None:
    here = cut.parent
    (here / "blabbing.py").write_text(PLUGIN)
    (here / "uprez.toml").write_text('plugins = ["blabbing.py"]')
    (here / "service").mkdir()
    if refuses:
        (here / "service" / "refuses").touch()
    program = "from uprez.cli import main; main()"
    words = ["run", cut, "-p", "blabbing", "--handles", "4", "-o", here / "out.otio", "--yes", "--json"]
    ended = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=here, capture_output=True, text=True,
        env=os.environ | {
            "UPREZ_HOME": str(here / "settings"), "UPREZ_BLABBING_BASE_URL": str(here / "service"),
            "BLABBING_API_KEY": CANARY, "UPREZ_DEBUG": "1",
        },
    )  # fmt: skip
    assert ended.returncode == int(refuses), ended.stderr
    assert "it echoes" in ended.stderr and "ValueError" in ended.stderr and "********" in ended.stderr
    written = [file for file in here.rglob("*") if file.is_file()]
    assert any(file.name == "ledger.db" for file in written)
    texts = {str(file): file.read_bytes() for file in written}
    texts |= {"stdout": ended.stdout.encode(), "stderr": ended.stderr.encode()}
    assert [(name, form) for name, text in texts.items() for form in FORMS if form.encode() in text] == []


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("GET https://b.example/o?X-Amz-Credential=AK%2F1&X-Amz-Signature=0a1b2c&n=1", ("AK%2F1", "0a1b2c")),
        ("https://b.example/o?Signature=abc123&Expires=9", ("abc123",)),
        ("https://b.example/o?token=abc123&sig=def456", ("abc123", "def456")),
        ("Authorization: Bearer abc123.def456-ghi789", ("abc123.def456-ghi789",)),
        ("the key sd_Abc123Def456 was refused", ("sd_Abc123Def456",)),
    ],
)
def test_what_looks_like_a_signature_is_masked(text: str, gone: tuple[str, ...]) -> None:
    assert not [one for one in gone if one in masked(text)]


@pytest.mark.parametrize(
    "text",
    ["request=12 of 24", "design=flat", "bearer of bad news", "the token is missing", "order 0a1b2c3d"],
)
def test_ordinary_words_stay(text: str) -> None:
    assert masked(text) == text


def test_a_record_is_masked_as_it_will_be_written() -> None:
    secret = Key("another-canary-42").secret()
    record = logging.LogRecord("x", logging.INFO, "f", 1, "%s and %d", (secret, 3), None)
    assert MaskingFilter().filter(record)
    assert record.getMessage() == "******** and 3"
