"""Write docs/round-trips.md from `round_trips.toml`: for each editor the clicks, and what survives.

    python tests/hosts/round_trips.py

`test_round_trips.py` holds the page to the table, and the table to tests that are there.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_suffix(".toml")
PAGE = Path(__file__).parents[2] / "docs" / "round-trips.md"
HEAD = "<!-- Written by tests/hosts/round_trips.py from round_trips.toml: change that and run it. -->"
OUTCOMES = ("kept", "compensated", "left out")
SEEN = ("engine", "MLT", "file", "fake", "uprez")
"""Who saw that it is so; the page's intro says what each word means."""


@dataclass(frozen=True, slots=True)
class Row:
    """Say what becomes of one feature, who saw it, and the tests that prove it."""

    feature: str
    outcome: str
    note: str
    seen: str
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Editor:
    """Hold an editor's section; `like` names the one whose rows hold here too, but for its own `rows`."""

    name: str
    file: str
    command: str
    out: tuple[str, ...]
    back: tuple[str, ...]
    mind: tuple[str, ...]
    rows: dict[str, Row]
    like: str
    whole: bool
    """Whether `rows` are meant to be all that can be said."""
    absent: tuple[str, ...]
    """The features that its format can't say."""


@dataclass(frozen=True, slots=True)
class Table:
    """Hold all that the page is made of."""

    intro: str
    features: dict[str, str]
    everywhere: dict[str, Row]
    editors: tuple[Editor, ...]

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Yield each row with the name of its section."""
        yield from (("In every editor", row) for row in self.everywhere.values())
        yield from ((editor.name, row) for editor in self.editors for row in editor.rows.values())

    @property
    def common(self) -> set[str]:
        """Return the features that more than one format says something about."""
        named = Counter(name for editor in self.editors if editor.whole for name in editor.rows)
        return {name for name, count in named.items() if count > 1}

    def tests(self) -> list[str]:
        """Return the tests that rows name, in the order in which the page numbers them."""
        return list(dict.fromkeys(test for _, row in self.rows() for test in row.tests))


def read_table(path: Path = TABLE) -> Table:
    """Read the table."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    reader = _Reader(told["features"], told["tests"], told["absent"])
    formats = {name: reader.rows(rows) for name, rows in told["formats"].items()}
    editors = tuple(reader.editor(each, formats) for each in told["editors"])
    everywhere = {words: reader.row(words, row) for words, row in told["everywhere"].items()}
    return Table(told["intro"].strip(), told["features"], everywhere, editors)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Read rows; `short` are the short names of tests that many rows name."""

    features: Mapping[str, str]
    short: Mapping[str, str]
    absent: Mapping[str, list[str]]

    def rows(self, told: Mapping[str, Any]) -> dict[str, Row]:
        """Return rows by feature, in the order of the features."""
        if unknown := set(told) - set(self.features):
            raise ValueError(f"round_trips.toml: no feature is called {', '.join(sorted(unknown))}")
        return {name: self.row(words, told[name]) for name, words in self.features.items() if name in told}

    def row(self, words: str, told: Mapping[str, Any]) -> Row:
        tests = tuple(self._whole(test) for test in told["tests"])
        return Row(words, told["is"], told.get("note", ""), told["seen"], tests)

    def _whole(self, test: str) -> str:
        name = split(test)[0]
        return self.short.get(name, name) + test[len(name) :]

    def editor(self, told: Mapping[str, Any], formats: Mapping[str, dict[str, Row]]) -> Editor:
        found = {**formats.get(told.get("format", ""), {}), **self.rows(told.get("rows", {}))}
        rows = {name: found[name] for name in self.features if name in found}
        out, back, mind = (tuple(told[key]) for key in ("export", "import", "mind"))
        form = told.get("format", "")
        last = told.get("like", ""), bool(form), tuple(self.absent.get(form, ()))
        return Editor(told["name"], told["file"], told["command"], out, back, mind, rows, *last)


def page(table: Table) -> str:
    """Return the page as it is to be."""
    cases = _cases(table.tests())
    numbers = {test: number for number, test in enumerate(cases, 1)}
    names = ["In every editor", *(editor.name for editor in table.editors)]
    lines = [HEAD, "", "# Round trips", "", table.intro, "", *(f"- {_link(name)}" for name in names), ""]
    lines += ["## In every editor", "", *_lines(table.everywhere, numbers), ""]
    for editor in table.editors:
        lines += [f"## {editor.name}", "", *_section(table, editor, numbers), ""]
    lines += [
        "## The tests",
        "",
        "In `tests/hosts` and `tests/core`; behind the colon are cases of a test.",
        "",
    ]
    for test, number in numbers.items():
        lines.append(f"{number}. `{test}`" + (f": {', '.join(cases[test])}" if cases[test] else ""))
    return "\n".join(lines) + "\n"


def _cases(tests: list[str]) -> dict[str, list[str]]:
    """Return the cases that are named of each test."""
    found: dict[str, list[str]] = {}
    for test in tests:
        name, _, case = split(test)
        found.setdefault(name, []).extend([case] if case else [])
    return found


def split(test: str) -> tuple[str, str, str]:
    """Return a test's name, the mark before its case, and the case."""
    parts = re.fullmatch(r"([^#\[]*)([#\[]?)(.*)", test, re.DOTALL)
    assert parts is not None
    return parts[1], parts[2], parts[3].removesuffix("]" if parts[2] == "[" else "")


def _section(table: Table, editor: Editor, numbers: Mapping[str, int]) -> Iterator[str]:
    yield from (f"File: {editor.file}", "")
    steps = [*editor.out, f"`{editor.command}`", *editor.back]
    yield from (f"{number}. {step}" for number, step in enumerate(steps, 1))
    if editor.like:
        yield from (
            "",
            f"What survives is what {_link(editor.like)} says" + (", and:" if editor.rows else "."),
        )
    if editor.rows:
        yield from ("", *_lines(editor.rows, numbers))
    if editor.absent:
        yield from ("", f"Not in the format: {'; '.join(table.features[name] for name in editor.absent)}.")
    unsaid = table.common - {*editor.rows, *editor.absent}
    missing = [words for name, words in table.features.items() if name in unsaid]
    if missing and editor.whole:
        yield from ("", f"No test says anything about: {'; '.join(missing)}.")
    if editor.mind:
        yield from ("", "Mind:", "", *(f"- {each}" for each in editor.mind))


def _link(name: str) -> str:
    return f"[{name}](#{re.sub(r'[^a-z0-9 -]', '', name.lower()).replace(' ', '-')})"


def _lines(rows: Mapping[str, Row], numbers: Mapping[str, int]) -> Iterator[str]:
    yield "| in the cut | after the relink | seen by | tests |"
    yield "|---|---|---|---|"
    for row in rows.values():
        after = f"**{row.outcome}**" + (f": {row.note}" if row.note else "")
        tests = ", ".join(map(str, sorted({numbers[split(test)[0]] for test in row.tests})))
        yield f"| {row.feature} | {after} | {row.seen} | {tests} |"


if __name__ == "__main__":
    PAGE.write_text(page(read_table()), encoding="utf-8")
    print(PAGE)
