"""Reaching Resolve from outside: its library or Blackmagic's module, and a sentence where neither answers."""

from __future__ import annotations

import os
import re
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from uprez.errors import HostError, HostGone
from uprez.testing.fake_resolve import FakeResolve
from uprez_resolve import reach
from uprez_resolve.reach import CLOSED, OFF, attached, libraries, reached
from uprez_resolve.remote import Handle
from uprez_resolve.running import among


@pytest.fixture(scope="module")
def resolve() -> Iterator[FakeResolve]:
    with FakeResolve("studio_20_3_2", patience=2) as fake:
        yield fake


@pytest.fixture
def installed(resolve: FakeResolve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr(reach, "_PLACES", {})
    resolve.reset("studio_20_3_2")
    return dict(resolve.install(tmp_path / "lib"))


def product(environment: dict[str, str]) -> object:
    with reached(environment) as remote:
        return remote.resolve.call("GetProductName")


def why(environment: dict[str, str]) -> str:
    with pytest.raises(HostGone) as gone, reached(environment):
        pass
    return str(gone.value)


def test_the_library_comes_before_blackmagics_module(installed: dict[str, str]) -> None:
    library, module = libraries(installed)
    assert (library.name, module.name) == ("fusionscript.py", "DaVinciResolveScript.py")
    assert product(installed) == "DaVinci Resolve Studio"


def test_a_python_told_to_trust_no_folder_finds_what_it_needs_all_the_same(
    installed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    assert product(installed) == "DaVinci Resolve Studio"


def test_blackmagics_module_alone_is_enough(
    installed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It puts the library in its own place, and looks for that by itself."""
    monkeypatch.setenv("RESOLVE_SCRIPT_LIB", installed["RESOLVE_SCRIPT_LIB"])
    assert product({"RESOLVE_SCRIPT_API": installed["RESOLVE_SCRIPT_API"]}) == "DaVinci Resolve Studio"


def test_a_module_that_needs_a_python_of_long_ago_says_so(installed: dict[str, str], tmp_path: Path) -> None:
    module = tmp_path / "Modules" / "DaVinciResolveScript.py"
    module.parent.mkdir()
    module.write_text("import no_such_imp_any_more")
    assert "No module named 'no_such_imp_any_more'" in why({"RESOLVE_SCRIPT_API": str(tmp_path)})


def test_a_library_that_is_nowhere_is_said(installed: dict[str, str], tmp_path: Path) -> None:
    assert "not on this machine" in why({})
    named = str(tmp_path / "no.so")
    assert f"RESOLVE_SCRIPT_LIB names {named}, which is not there" in why({"RESOLVE_SCRIPT_LIB": named})


@pytest.mark.parametrize(
    ("python", "words"),
    [
        ("/no/such/python", "UPREZ_RESOLVE_PYTHON /no/such/python can't be started"),
        ("/bin/echo", "crashes, or never comes back, under /bin/echo"),
        ("/bin/false", "crashes, or never comes back, under /bin/false"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="its programs lie elsewhere")
def test_a_python_that_does_not_suit_is_named(installed: dict[str, str], python: str, words: str) -> None:
    told = why({**installed, "UPREZ_RESOLVE_PYTHON": python})
    assert words in told and "set UPREZ_RESOLVE_PYTHON to it" in told


def test_a_library_that_crashes_at_attaching_is_the_pythons_fault(
    installed: dict[str, str], resolve: FakeResolve
) -> None:
    resolve.turn(attach_crashes=True)
    assert f"crashes, or never comes back, under {sys.executable}" in why(installed)


@pytest.mark.parametrize(("runs", "words"), [(True, OFF), (False, CLOSED)])
def test_closed_and_locked_up_are_told_apart(
    installed: dict[str, str], resolve: FakeResolve, runs: bool, words: str
) -> None:
    resolve.user.quit()
    with pytest.raises(HostGone) as gone:
        attached(Path(installed["RESOLVE_SCRIPT_LIB"]), installed, lambda: runs)
    assert str(gone.value) == f"DaVinci Resolve: {words}"


def test_a_call_that_fails_says_what_to_look_at(installed: dict[str, str], resolve: FakeResolve) -> None:
    resolve.fail("GetProductName", "bridge is dead")
    with reached(installed) as remote, pytest.raises(HostError, match=r"bridge is dead\); look whether"):
        remote.resolve.call("GetProductName")
    resolve.mend()


def test_what_its_library_prints_stands_in_no_answer(installed: dict[str, str]) -> None:
    library = Path(installed["RESOLVE_SCRIPT_LIB"])
    library.write_text(library.read_text() + "\n\nprint('a banner')\n")
    with reached(installed) as remote:
        assert isinstance(remote.resolve.call("GetProjectManager"), Handle)


def test_the_bridge_passes_on_no_call_that_uprez_does_not_make() -> None:
    folder = Path(reach.__file__).parent
    inside = runpy.run_path(str(folder / "inside" / "table.py"))
    passed = {name for names in inside["HANDLES"].values() for name in names}
    passed |= {name for names in inside["PLAIN"].values() for name in names.split()}
    code = "".join(file.read_text(encoding="utf-8") for file in folder.glob("*.py"))
    called = set(re.findall(r'"([A-Z][A-Za-z]+)"', code))
    called |= {f"GetSource{end}{what}" for end in ("Start", "End") for what in ("Frame", "Time")}
    assert passed - called == set()


@pytest.mark.parametrize(
    ("system", "listed", "there"),
    [
        ("linux", "/sbin/init\n/opt/resolve/bin/resolve -nogui\n", True),
        ("linux", "/opt/resolve/bin/resolve\n", True),
        ("linux", "/usr/bin/resolvectl monitor\nvim /opt/resolve/bin/resolve.txt\n", False),
        ("linux", "tail -f /opt/resolve/bin/resolve\n", False),
        ("darwin", "/Applications/DaVinci Resolve/DaVinci Resolve.app/Contents/MacOS/Resolve\n", True),
        ("darwin", "/Applications/Other.app/Contents/MacOS/ResolveHelper\n", False),
        ("win32", "System  4 Services\nResolve.exe   1234 Console   1   9,000 K\n", True),
        ("win32", "MyResolve.exe   1234 Console   1   9,000 K\n", False),
    ],
)
def test_a_running_resolve_is_known_by_its_own_name(system: str, listed: str, there: bool) -> None:
    assert among(listed, system) is there
