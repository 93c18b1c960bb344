"""`uprez doctor` says in plain words why nothing happens in Resolve."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from uprez.testing.fake_resolve import FakeResolve
from uprez_resolve import reach
from uprez_resolve.doctoring import findings
from uprez_resolve.entries import log_of, script
from uprez_resolve.installing import Places, install


@pytest.fixture(scope="module")
def resolve() -> Iterator[FakeResolve]:
    with FakeResolve("studio_20_3_2", patience=2) as fake:
        yield fake


@pytest.fixture
def fake(resolve: FakeResolve) -> FakeResolve:
    resolve.reset("studio_20_3_2")
    resolve.user.timeline("Reel 1")
    return resolve


def places(folder: Path) -> Places:
    return Places(folder, "linux", {}, folder / "kept")


def said(folder: Path, environment: dict[str, str], *, runs: bool = True) -> tuple[str, bool]:
    """Return the line about Resolve itself."""
    found = list(findings(places(folder), environment, lambda: runs, patience=1.5))
    (line,) = [finding for finding in found if finding.what == "Resolve"]
    return line.found, line.good


def library(folder: Path, text: str) -> dict[str, str]:
    path = folder / "fusionscript.py"
    path.write_text(text)
    return {"RESOLVE_SCRIPT_LIB": str(path)}


def test_an_open_resolve_is_named_with_its_timeline(fake: FakeResolve, tmp_path: Path) -> None:
    found = said(tmp_path, dict(fake.install(tmp_path)))
    assert found == ("DaVinci Resolve Studio 20.3.2.9, timeline Reel 1", True)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, tuple[str, ...]]:
    """Look for libraries where a test puts them, and nowhere else."""
    places = {sys.platform: (str(tmp_path / "one.py"), str(tmp_path / "two.py"))}
    monkeypatch.setattr(reach, "_PLACES", places)
    monkeypatch.setenv("UPREZ_RESOLVE_FOLDER", str(tmp_path / "workspaces"))
    return places


def test_a_machine_without_resolve_has_nothing_wrong(bare: object, tmp_path: Path) -> None:
    found = list(findings(places(tmp_path), {}))
    assert all(finding.good for finding in found)
    assert "not on this machine" in found[0].found and "no entries" in found[-1].found


def test_a_library_that_is_named_and_not_there_is_said(bare: object, tmp_path: Path) -> None:
    named = {"RESOLVE_SCRIPT_LIB": str(tmp_path / "none.so")}
    first = next(iter(findings(places(tmp_path), named)))
    assert not first.good and f"names {tmp_path / 'none.so'}, which is not there" in first.found
    (tmp_path / "one.py").touch()
    first = next(iter(findings(places(tmp_path), named)))
    assert not first.good and f"{tmp_path / 'one.py'} is taken in its place" in first.found


def test_a_second_resolve_is_named(bare: object, fake: FakeResolve, tmp_path: Path) -> None:
    for name in ("one.py", "two.py"):
        (tmp_path / name).write_bytes(Path(fake.install(tmp_path)["RESOLVE_SCRIPT_LIB"]).read_bytes())
    first, attached, *_ = findings(places(tmp_path), {})
    assert first.found.startswith(str(tmp_path / "one.py")) and first.good and attached.good
    assert f"{tmp_path / 'two.py'} is there as well; RESOLVE_SCRIPT_LIB chooses" in first.found


def test_workspaces_that_can_not_be_written_are_said(
    bare: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {one.what: one for one in findings(places(tmp_path), {})}["Resolve's workspaces"]
    assert found.good and found.found == f"in {tmp_path / 'workspaces'}"
    (tmp_path / "a file").touch()
    monkeypatch.setenv("UPREZ_RESOLVE_FOLDER", str(tmp_path / "a file" / "workspaces"))
    found = {one.what: one for one in findings(places(tmp_path), {})}["Resolve's workspaces"]
    assert not found.good and "set UPREZ_RESOLVE_FOLDER to a folder that can" in found.found


def test_a_closed_resolve_is_to_be_opened(fake: FakeResolve, tmp_path: Path) -> None:
    environment = dict(fake.install(tmp_path))
    fake.user.quit()
    closed = "is not open; open it with its project and try again"
    assert said(tmp_path, environment, runs=False) == (closed, False)


def test_scripting_that_is_off_and_the_free_edition_are_named(fake: FakeResolve, tmp_path: Path) -> None:
    environment = dict(fake.install(tmp_path))
    fake.reset("free_20_3_2_inapp")
    found, good = said(tmp_path, environment, runs=True)
    assert not good
    assert "External scripting using to Local" in found
    assert "free edition" in found and "uprez resolve install" in found


def test_a_python_that_the_library_refuses_is_named(tmp_path: Path) -> None:
    environment = library(tmp_path, "raise ImportError('bad magic number')")
    found, good = said(tmp_path, environment)
    assert not good and sys.executable in found
    assert "bad magic number" in found and "UPREZ_RESOLVE_PYTHON" in found


def test_a_library_that_crashes_its_python_takes_no_one_with_it(tmp_path: Path) -> None:
    found, good = said(tmp_path, library(tmp_path, "import os; os.abort()"))
    assert not good and "crashes" in found and "python.org" in found


def test_a_python_that_is_not_there_is_named(fake: FakeResolve, tmp_path: Path) -> None:
    environment = {**fake.install(tmp_path), "UPREZ_RESOLVE_PYTHON": str(tmp_path / "nowhere")}
    found, good = said(tmp_path, environment)
    assert not good and f"UPREZ_RESOLVE_PYTHON {tmp_path / 'nowhere'} can't be started" in found


def test_the_project_manager_is_to_be_closed(fake: FakeResolve, tmp_path: Path) -> None:
    environment = dict(fake.install(tmp_path))
    fake.user.project_manager()
    found, good = said(tmp_path, environment)
    assert not good and "Project Manager, is open; close it" in found


def test_a_window_that_waits_for_an_answer_is_named(fake: FakeResolve, tmp_path: Path) -> None:
    environment = dict(fake.install(tmp_path))
    fake.user.window("Preferences")
    found, good = said(tmp_path, environment)
    assert not good and "window of its own" in found


def test_a_resolve_that_came_up_without_its_library_of_projects_is_to_be_restarted(
    fake: FakeResolve, tmp_path: Path
) -> None:
    environment = dict(fake.install(tmp_path))
    fake.user.lose_database()
    found, good = said(tmp_path, environment)
    assert not good and "restart it" in found


def test_the_look_changes_nothing(fake: FakeResolve, tmp_path: Path) -> None:
    environment, before = dict(fake.install(tmp_path)), fake.snapshot()
    said(tmp_path, environment)
    assert fake.snapshot() == before


def test_the_menu_line_says_where_entries_are_and_what_is_wrong_with_them(tmp_path: Path) -> None:
    nowhere = {"RESOLVE_SCRIPT_LIB": str(tmp_path / "none.so")}
    list(install(places(tmp_path), apply=True))
    line = list(findings(places(tmp_path), nowhere))[-1]
    assert line.good and str(places(tmp_path).menu) in line.found
    assert str(log_of(places(tmp_path).kept)) in line.found
    other = places(tmp_path).menu.parent / "Edit" / "Revert to Original.py"
    other.parent.mkdir()
    other.write_bytes(script(other.name, tmp_path))
    line = list(findings(places(tmp_path), nowhere))[-1]
    assert not line.good and line.found == f"{other}: a second copy of an entry; remove it"
    for entry in places(tmp_path).menu.iterdir():
        entry.write_text(entry.read_text() + "# touched")
    line = list(findings(places(tmp_path), nowhere))[-1]
    assert f"5 entries in {places(tmp_path).menu}: changed since it was installed" in line.found


def test_a_mac_on_which_resolve_sees_no_python_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uprez_resolve.doctoring.MAC_PYTHON", tmp_path / "python3")
    mac = Places(tmp_path, "darwin", {}, tmp_path / "kept")
    list(install(mac, apply=True))
    nowhere = {"RESOLVE_SCRIPT_LIB": str(tmp_path / "none.so")}
    line = list(findings(mac, nowhere))[-1]
    assert not line.good and "sees no Python" in line.found
    (tmp_path / "python3").touch()
    assert list(findings(mac, nowhere))[-1].good


def test_doctor_asks_every_host(fake: FakeResolve, tmp_path: Path) -> None:
    environment = {**os.environ, **fake.install(tmp_path), "UPREZ_HOME": str(tmp_path), "HOME": str(tmp_path)}
    program = "import sys; from uprez.cli import main; sys.argv = ['uprez', 'doctor', '--json']; main()"
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    lines = {finding["what"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert lines["Resolve"]["found"].endswith("timeline Reel 1")
