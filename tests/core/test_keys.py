"""Keys come from the environment, a private file or the keyring, in this order, and are never shown."""

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from uprez.errors import PlanError
from uprez.keychain import key_for
from uprez.testing.fake_service import PaidProvider

PLUGIN = """
import uprez
from uprez.errors import Unauthorized
from uprez.testing.fake_service import PaidProvider

class Locked(PaidProvider):
    name, key_env = "locked", "LOCKED_API_KEY"
    async def check(self):
        key = self.context.key.secret()
        if key != "sesame-open-1234":
            raise Unauthorized(f"locked: {key} is refused; set LOCKED_API_KEY", provider="locked")
        return f"the key {key} is good, 12 credits are left"

class Mute(PaidProvider):
    name, key_env = "mute", "MUTE_API_KEY"

@uprez.hookimpl
def uprez_providers(): return [Locked, Mute]
"""
KEY = "sesame-open-1234"


class Locked(PaidProvider):
    name, key_env = "locked", "LOCKED_API_KEY"


class Safe(KeyringBackend):
    """Keep passwords in memory, as a desktop's keyring would."""

    priority = 5

    def __init__(self, priority: float = 5, shut: bool = False) -> None:
        self.priority, self.shut, self.kept = priority, shut, dict[tuple[str, str], str]()

    def get_password(self, service: str, username: str) -> str | None:
        if self.shut:
            raise KeyringLocked("locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "plugin.py").write_text(PLUGIN)
    (tmp_path / "uprez.toml").write_text('plugins = ["plugin.py"]')
    for name in ("LOCKED_API_KEY", "LOCKED_API_KEY_FILE", "MUTE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    yield
    keyring.set_keyring(before)


def test_the_variable_comes_before_the_file_and_the_file_before_the_keyring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    safe, file = Safe(), tmp_path / "key"
    keyring.set_keyring(safe)
    assert key_for(Locked) is None
    safe.set_password("uprez", "locked", "from-the-ring")
    found = key_for(Locked)
    assert found is not None and found.key.secret() == "from-the-ring" and "Safe" in found.source
    file.write_text("from-the-file\n")
    file.chmod(0o600)
    monkeypatch.setenv("LOCKED_API_KEY_FILE", str(file))
    found = key_for(Locked)
    assert found is not None and found.key.secret() == "from-the-file"
    monkeypatch.setenv("LOCKED_API_KEY", "from-the-variable")
    found = key_for(Locked)
    assert found is not None and (found.key.secret(), found.source) == ("from-the-variable", "LOCKED_API_KEY")


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_key_file_that_others_can_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    file = tmp_path / "key"
    file.write_text(KEY)
    file.chmod(mode)
    monkeypatch.setenv("LOCKED_API_KEY_FILE", str(file))
    with pytest.raises(PlanError, match="read by others") as refused:
        key_for(Locked)
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("ring", [Safe(priority=0.5), Safe(shut=True), keyring.backends.fail.Keyring()])
def test_a_keyring_that_is_plain_locked_or_missing_is_as_good_as_none(ring: KeyringBackend) -> None:
    if isinstance(ring, Safe):
        ring.kept["uprez", "locked"] = KEY
    keyring.set_keyring(ring)
    assert key_for(Locked) is None


def test_set_reads_a_piped_key_and_listings_say_only_where_it_is(uprez, monkeypatch) -> None:
    safe = Safe()
    keyring.set_keyring(safe)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{KEY}\n"))
    ended = uprez("keys", "set", "locked")
    assert (ended.code, ended.err) == (0, "")
    assert safe.kept == {("uprez", "locked"): KEY}
    for words in (["keys"], ["keys", "--json"], ["providers"], ["providers", "--json"], ["doctor"]):
        listed = uprez(*words)
        assert "Safe" in listed.out, words
        assert KEY not in ended.out + listed.out + listed.err


def test_set_without_a_keyring_names_the_variable(uprez, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{KEY}\n"))
    ended = uprez("keys", "set", "locked")
    assert ended.code == 2
    assert "LOCKED_API_KEY_FILE" in ended.err and KEY not in ended.err


def test_check_asks_the_service_and_shows_no_key(uprez, monkeypatch) -> None:
    assert "set LOCKED_API_KEY" in uprez("keys", "check", "locked").err
    monkeypatch.setenv("LOCKED_API_KEY", KEY)
    good = uprez("keys", "check", "locked")
    assert good.code == 0 and "is good, 12 credits are left" in good.out and KEY not in good.out
    monkeypatch.setenv("LOCKED_API_KEY", "sesame-shut-9876")
    bad = uprez("keys", "check", "locked")
    assert bad.code == 2 and "is refused" in bad.err and "9876" not in bad.err
    monkeypatch.setenv("MUTE_API_KEY", KEY)
    assert "no free call" in uprez("keys", "check", "mute").out


@pytest.mark.parametrize(
    "words", [["keys", "show"], ["keys", "set"], ["keys", "set", "local"], ["keys", "set", "no"]]
)
def test_what_can_not_be_done_is_said(uprez, words: list[str]) -> None:
    ended = uprez(*words)
    assert ended.code == 2 and ended.err.startswith("uprez: ")
