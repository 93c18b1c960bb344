"""docs/round-trips.md says what its table says, and each row of the table names tests that are there."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hosts.round_trips import OUTCOMES, PAGE, SEEN, Row, page, read_table, split

TESTS = Path(__file__).parents[1]
TABLE = read_table()
ROWS = [pytest.param(row, id=f"{where}: {row.feature}") for where, row in TABLE.rows()]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def file_of(name: str) -> Path:
    (found,) = TESTS.rglob(name)
    return found


def parts(test: str) -> tuple[str, str, str]:
    """Return a test's file, its name, and the case that is meant."""
    name, _, case = split(test)
    file, _, name = name.partition("::")
    return file, name, case


@cache
def defined(path: Path) -> dict[str, ast.FunctionDef | ast.ClassDef]:
    """Return the tests of a file, those of a class as "Class::test"."""
    found: dict[str, ast.FunctionDef | ast.ClassDef] = {}
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        if isinstance(node, ast.ClassDef):
            found |= {
                f"{node.name}::{one.name}": one for one in node.body if isinstance(one, ast.FunctionDef)
            }
    return found


def taken(path: Path, name: str) -> set[str]:
    """Return the fixtures that a test takes, and those of its file that these take."""
    found = defined(path).get(name)
    own = {each.arg for each in found.args.args} if isinstance(found, ast.FunctionDef) else set()
    return own.union(*(taken(path, each) for each in own))


@cache
def cases(path: Path) -> frozenset[str]:
    """Return the words that lists, tables and decorated functions of a file give to their cases."""
    words: set[str] = set()
    for node in ast.walk(tree(path)):
        within: list[ast.expr | None] = []
        if isinstance(node, ast.Dict):
            within = list(node.keys)
        elif isinstance(node, ast.List | ast.Tuple):
            within = list(node.elts)
        elif isinstance(node, ast.FunctionDef) and node.decorator_list:
            words |= {node.name, node.name.replace("_", " ")}
        words |= {str(each.value) for each in within if isinstance(each, ast.Constant)}
    return frozenset(words)


def around(path: Path) -> list[Path]:
    """Return a test file and the files of tests that it takes its cases from."""
    found = [path]
    for node in ast.walk(tree(path)):
        named = node.module if isinstance(node, ast.ImportFrom) else None
        if named and named.startswith("hosts."):
            found.append(TESTS / f"{named.replace('.', '/')}.py")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(".py"):
            found += (TESTS / "corpus").glob(node.value)
    return found


def test_the_page_is_the_one_that_the_table_makes() -> None:
    again = "run python tests/hosts/round_trips.py"
    assert PAGE.read_text(encoding="utf-8") == page(TABLE), again


def test_links_lead_to_sections_and_options_are_those_of_uprez_run() -> None:
    text = PAGE.read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^a-z0-9 -]", "", line[3:].lower()) for line in text.splitlines() if line[:3] == "## "
    }
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= {each.replace(" ", "-") for each in headings}
    command = [Path(sys.executable).with_name("uprez"), "run", "--help"]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    options = set(re.findall(r"--[a-z-]+[a-z]", told.stdout))
    assert set(re.findall(r"(?<=[` ])--[a-z-]+[a-z]", text)) <= options


@pytest.mark.parametrize("test", TABLE.tests())
def test_every_test_that_is_named_is_there(test: str) -> None:
    file, name, one = parts(test)
    path = file_of(file)
    assert name in defined(path)
    assert not one or any(one in cases(each) for each in around(path)), f"no case is called {one}"


@pytest.mark.parametrize("row", ROWS)
def test_no_row_claims_anything_without_a_test(row: Row) -> None:
    assert row.outcome in OUTCOMES
    assert row.seen in SEEN
    assert row.tests
    assert row.note or row.outcome != "compensated", "what is changed has to say how"


@pytest.mark.parametrize("row", ROWS)
def test_who_saw_it_is_who_its_tests_have(row: Row) -> None:
    """An engine's word needs a test that has the engine; what only uprez saw claims nothing of an editor."""
    files = [(file_of(file), name) for file, name, _ in map(parts, row.tests)]
    played = {path.name for path, name in files if "engine" in taken(path, name)}
    if row.seen == "MLT":
        assert "test_mlt_oracle.py" in played
    if row.seen == "engine":
        assert played & {"test_mlt_relinking.py", "test_kdenlive_relinking.py"}
    if row.seen == "fake":
        assert all(path.name.startswith("test_resolve_") for path, _ in files)
    if row.seen == "uprez":
        assert row.outcome == "left out"
