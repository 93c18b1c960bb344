"""docs/round-trips.md says what its table says, and each row of the table names tests that are there."""

from __future__ import annotations

import ast
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
    named = [
        (file_of(parts(test)[0]), defined(file_of(parts(test)[0]))[parts(test)[1]]) for test in row.tests
    ]
    played = [path.name for path, node in named if isinstance(node, ast.FunctionDef)
              and "engine" in {each.arg for each in node.args.args}]  # fmt: skip
    if row.seen == "MLT":
        assert "test_mlt_oracle.py" in played
    if row.seen == "engine":
        assert set(played) & {"test_mlt_relinking.py", "test_kdenlive_relinking.py"}
    if row.seen == "fake":
        assert all(path.name.startswith("test_resolve_") for path, _ in named)
    if row.seen == "uprez":
        assert row.outcome == "left out"
