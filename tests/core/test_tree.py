"""The tree keeps its own laws: what is packaged, and who may import what."""

import ast
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
WHEEL = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
SOURCES = [file for folder in ("core", "plugins", "hosts") for file in (ROOT / folder).rglob("*.py")]
FOREIGN = {"av", "httpx", "opentimelineio", "onnxruntime", "numpy", "typer", "rich", "sqlite3"}
CORE = "core/uprez/"
MAY_IMPORT = {
    "av": ("core/uprez/media/", "core/uprez/testing/", "core/uprez/doctor.py", "plugins/uprez_local/"),
    "opentimelineio": ("hosts/", "core/uprez/testing/", "core/uprez/doctor.py"),
    "httpx": ("core/uprez/http/", "core/uprez/provider.py", "core/uprez/testing/"),
    "sqlite3": ("core/uprez/ledger",),
    "typer": ("core/uprez/cli/",),
    "onnxruntime": ("plugins/uprez_local/", "core/uprez/doctor.py"),
}
VALUES = {
    "times",
    "gap",
    "info",
    "keys",
    "model",
    "newness",
    "orders",
    "errors",
    "finding",
    "pulls",
    "splitting",
    "plan",
    "frozen",
    "selection",
    "outcome",
    "results",
    "retime",
    "spans",
    "delta",
    "stamp",
}
INTERFACES = {"provider", "host", "stager"}


@cache
def imported(file: Path) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def roots(file: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported(file)}


def where(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("library", MAY_IMPORT)
def test_a_library_is_imported_only_where_it_belongs(library: str) -> None:
    strays = [where(file) for file in SOURCES if library in roots(file)]
    assert [stray for stray in strays if not stray.startswith(MAY_IMPORT[library])] == []


@pytest.mark.parametrize("name", sorted(VALUES | INTERFACES))
def test_values_and_interfaces_import_no_io(name: str) -> None:
    file = ROOT / CORE / f"{name}.py"
    ours = {module.split(".")[1] for module in imported(file) if module.startswith("uprez.")}
    assert ours <= VALUES | ({"stager"} if name == "provider" else set())
    assert not roots(file) & FOREIGN - ({"httpx"} if name == "provider" else set())


def test_the_core_names_no_concrete_plugin() -> None:
    plugins = {Path(package).name for package in WHEEL} - {"uprez"}
    core = [file for file in SOURCES if where(file).startswith(CORE)]
    assert [where(file) for file in core if roots(file) & plugins] == []


def test_every_package_folder_is_in_the_wheel_and_typed() -> None:
    folders = {f"{top}/{folder.parent.name}" for top in ("core", "plugins", "hosts")
               for folder in (ROOT / top).glob("*/__init__.py")}  # fmt: skip
    assert folders == set(WHEEL)
    assert [package for package in WHEEL if not (ROOT / package / "py.typed").exists()] == []


def test_every_plugin_folder_has_its_entry_point() -> None:
    entries = set(PROJECT["project"]["entry-points"]["uprez"].values())
    assert entries == {Path(package).name for package in WHEEL} - {"uprez"}


def test_no_module_has_grown_into_two() -> None:
    long = {where(file): lines for file in SOURCES if (lines := len(file.read_text().splitlines())) > 250}
    assert long == {}


def test_tests_have_unique_names_and_no_packages() -> None:
    names = [file.name for file in (ROOT / "tests").rglob("test_*.py")]
    assert len(names) == len(set(names))
    assert list((ROOT / "tests").rglob("__init__.py")) == []
