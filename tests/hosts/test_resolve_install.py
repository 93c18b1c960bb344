"""`uprez resolve install` writes five files into one folder, says so first, and takes exactly these away."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hosts.resolve_pythons import pythons

from uprez.errors import PlanError
from uprez_resolve import entries
from uprez_resolve.entries import ENTRIES, script
from uprez_resolve.installing import Places, install, remembered, uninstall, wrongs

MENU = ("Upscale Selected Clips...", "Quote Selected...", "Bring Back Finished", "Compare Before and After",
        "Revert to Original")  # fmt: skip
OF_3_6 = {"contextlib", "importlib.machinery", "importlib.util", "json", "os", "secrets", "socket",
          "subprocess", "sys", "time", "webbrowser"}  # fmt: skip
FOLDERS = {
    "darwin": "Library/Application Support/Blackmagic Design/DaVinci Resolve/Fusion/Scripts/Utility",
    "win32": "AppData/Roaming/Blackmagic Design/DaVinci Resolve/Support/Fusion/Scripts/Utility",
    "linux": ".local/share/DaVinciResolve/Fusion/Scripts/Utility",
}


def places(home: Path, system: str = "linux") -> Places:
    return Places(home, system, {}, home / "kept")


def tree(folder: Path) -> dict[str, bytes]:
    files = sorted(folder.rglob("*"))
    return {str(file.relative_to(folder)): file.read_bytes() if file.is_file() else b"/" for file in files}


@pytest.mark.parametrize("system", FOLDERS)
def test_the_entries_go_into_the_one_folder_of_each_system(system: str, tmp_path: Path) -> None:
    told = list(install(places(tmp_path, system), apply=True))
    there = {file.stem for file in (tmp_path / FOLDERS[system]).iterdir()}
    assert there == set(MENU)
    assert "restart" in told[-1]


def test_on_windows_the_profile_that_roams_wins(tmp_path: Path) -> None:
    found = Places(tmp_path, "win32", {"APPDATA": str(tmp_path / "Roaming")}, tmp_path / "kept")
    assert found.menu.is_relative_to(tmp_path / "Roaming")


def test_nothing_is_changed_unless_it_is_asked_for(tmp_path: Path) -> None:
    told = list(install(places(tmp_path), apply=False))
    assert tree(tmp_path) == {}
    assert [line for line in told if line.startswith("would write")] == told[:-1]
    assert len(told) == 6 and "--apply" in told[-1]


@pytest.mark.parametrize("system", FOLDERS)
def test_uninstall_leaves_nothing(system: str, tmp_path: Path) -> None:
    list(install(places(tmp_path, system), apply=True))
    (tmp_path / "kept" / "log.txt").write_text("what happened")
    before = tree(tmp_path)
    assert "nothing was changed" in list(uninstall(places(tmp_path, system), apply=False))[-1]
    assert tree(tmp_path) == before
    assert len(list(uninstall(places(tmp_path, system), apply=True))) == 5
    assert tree(tmp_path) == {}


def test_what_others_put_there_stays(tmp_path: Path) -> None:
    menu = places(tmp_path).menu
    menu.mkdir(parents=True)
    (menu / "Somebody Else.py").write_text("print('mine')")
    before = tree(menu)
    list(install(places(tmp_path), apply=True))
    list(uninstall(places(tmp_path), apply=True))
    assert tree(menu) == before


def test_a_file_of_that_name_that_is_not_ours_is_never_written_over(tmp_path: Path) -> None:
    menu = places(tmp_path).menu
    menu.mkdir(parents=True)
    (menu / "Revert to Original.py").write_text("print('mine')")
    before = tree(tmp_path)
    with pytest.raises(PlanError, match=r"Revert to Original\.py: is not as uprez wrote it"):
        list(install(places(tmp_path), apply=True))
    assert tree(tmp_path) == before


def test_an_entry_that_was_edited_stays_and_is_named(tmp_path: Path) -> None:
    list(install(places(tmp_path), apply=True))
    edited = places(tmp_path).menu / "Revert to Original.py"
    edited.write_text(edited.read_text() + "print('mine')\n")
    assert list(wrongs(places(tmp_path))) == [(edited, "changed since it was installed; install again")]
    told = list(uninstall(places(tmp_path), apply=True))
    assert f"{edited} was changed since and stays; remove it yourself" in told
    assert [file.name for file in places(tmp_path).menu.iterdir()] == ["Revert to Original.py"]


def test_installing_again_brings_entries_of_another_uprez_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/elsewhere/python")
    list(install(places(tmp_path), apply=True))
    monkeypatch.undo()
    assert ["not as this uprez" in why for _, why in wrongs(places(tmp_path))] == [True] * 5
    list(install(places(tmp_path), apply=True))
    assert list(wrongs(places(tmp_path))) == []
    list(uninstall(places(tmp_path), apply=True))
    assert tree(tmp_path) == {}


def test_a_crash_between_two_files_is_mended_by_either_command(tmp_path: Path) -> None:
    steps = install(places(tmp_path), apply=True)
    next(steps), next(steps)
    steps.close()
    assert len(remembered(places(tmp_path)).files) == 5
    list(install(places(tmp_path), apply=True))
    assert list(wrongs(places(tmp_path))) == []
    steps = install(places(tmp_path), apply=True)
    next(steps)
    steps.close()
    list(uninstall(places(tmp_path), apply=True))
    assert tree(tmp_path) == {}


def test_a_second_copy_where_resolve_looks_as_well_is_found(tmp_path: Path) -> None:
    list(install(places(tmp_path), apply=True))
    other = places(tmp_path).menu.parent / "Edit" / "Bring Back Finished.py"
    other.parent.mkdir()
    other.write_bytes(script(other.name, tmp_path))
    assert list(wrongs(places(tmp_path))) == [(other, "a second copy of an entry; remove it")]


def test_an_entry_is_plain_text_that_any_python_reads_whatever_the_home_is_called(tmp_path: Path) -> None:
    kept = tmp_path / "Jürgen Ñandú 川"
    for name in ENTRIES:
        text = script(name, kept).decode("ascii")
        ast.parse(text, feature_version=(3, 7))
        assert "from table" not in text and "from serving" not in text and "import uprez" not in text
        installed = next(line for line in text.splitlines() if line.startswith("INSTALLED = "))
        assert ast.literal_eval(installed.partition(" = ")[2])["log"] == str(kept / "log.txt")


@pytest.mark.parametrize("file", [*ENTRIES, "child.py"])
def test_nothing_but_the_standard_library_of_the_oldest_python_is_needed(file: str, tmp_path: Path) -> None:
    inside = Path(entries.__file__).parent / "inside"
    text = (inside / file).read_text() if file == "child.py" else script(file, tmp_path).decode()
    tree = ast.parse(text, feature_version=(3, 7))
    from_ = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
    assert set(names) <= OF_3_6
    assert from_ == (["serving"] if file == "child.py" else [])
    assert not any(isinstance(node, ast.JoinedStr) for node in ast.walk(tree))  # it parses in 2.7 as well


@pytest.mark.parametrize("version", ["3.6", "3.7", "3.8"])
def test_it_compiles_in_an_old_python(version: str, tmp_path: Path) -> None:
    file = tmp_path / "entry.py"
    file.write_bytes(script("Revert to Original.py", tmp_path))
    _run_in(version, "import sys; compile(open(sys.argv[1]).read(), 'menu', 'exec')", file)


def test_a_python_that_is_too_old_is_said_before_anything_is_imported(tmp_path: Path) -> None:
    text = script("Revert to Original.py", tmp_path).decode()
    run = "import sys; sys.version_info = (2, 7, 18); exec(compile(open(sys.argv[1]).read(), 'menu', 'exec'))"
    file = tmp_path / "entry.py"
    file.write_text(text)
    done = subprocess.run([sys.executable, "-c", run, str(file)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "needs Python 3.6 or newer" in done.stdout
    assert "needs Python 3.6 or newer" in _run_in(
        "2.7", run.replace("sys.version_info = (2, 7, 18); ", ""), file
    )


def _run_in(version: str, code: str, file: Path) -> str:
    """Run a line in a Python of a version, which not every machine has."""
    if version not in pythons():
        pytest.skip(f"no Python {version} on this machine")
    done = subprocess.run([pythons()[version], "-c", code, str(file)], capture_output=True, text=True)
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout


def test_settings_that_lie_elsewhere_go_with_an_entry_and_keys_never_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPREZ_RESOLVE_FOLDER", str(tmp_path / "renders"))
    monkeypatch.setenv("TOPAZ_API_KEY", "a key that nobody may read")
    text = script("Bring Back Finished.py", tmp_path).decode()
    assert str(tmp_path / "renders") in text and "a key that nobody may read" not in text


@pytest.mark.skipif(os.name == "nt", reason="permissions are other ones there")
def test_what_can_not_be_written_or_removed_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    blocked = Places(tmp_path, "linux", {}, tmp_path / "state" / "kept" / "menu")
    with pytest.raises(PlanError, match="menu: can't be made"):
        list(install(blocked, apply=True))
    (tmp_path / "state").unlink()
    list(install(places(tmp_path), apply=True))
    (tmp_path / "kept" / "somebody's folder").mkdir()
    with pytest.raises(PlanError, match="somebody's folder: can't be removed"):
        list(uninstall(places(tmp_path), apply=True))


def test_the_command_previews_writes_and_removes(
    uprez: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("UPREZ_HOME", str(tmp_path / "u"))
    (tmp_path / "home").mkdir()

    def said(*words: str) -> str:
        code, out, err = uprez("resolve", *words)
        assert code == 0, err
        return out

    assert said("install").count("would write") == 5
    assert list((tmp_path / "home").iterdir()) == []
    assert said("install", "--apply").count("wrote") == 5
    assert "entries are in" in said("status")
    assert said("uninstall").count("would remove") == 5
    assert said("uninstall", "--apply").count("removed") == 5
    assert list((tmp_path / "home").iterdir()) == []
