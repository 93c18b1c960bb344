"""Write docs/round-trips.md from `round_trips.toml`: for each editor the clicks, what survives and what doesn't.

    python tests/hosts/round_trips.py

`test_round_trips.py` holds the page to the table, and the table to tests that are there.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_suffix(".toml")
PAGE = Path(__file__).parents[2] / "docs" / "round-trips.md"
OUTCOMES = ("kept", "compensated", "left out", "not in the format")
SEEN = {
    "engine": "its own engine",
    "mlt": "MLT; not run in the editor",
    "file": "the file; not run in the editor",
    "fake": "a fake; not run in the editor",
    "uprez": "uprez",
}
"""Who saw that it is so, by the word that stands in the table."""


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
    """Hold an editor's section; `rows` are those of its format and its own, `own` what differs from `like`."""

    name: str
    file: str
    command: str
    out: tuple[str, ...]
    back: tuple[str, ...]
    limits: tuple[str, ...]
    rows: dict[str, Row]
    like: str


@dataclass(frozen=True, slots=True)
class Table:
    """Hold all that the page is made of."""

    intro: str
    features: dict[str, str]
    everywhere: dict[str, Row]
    editors: tuple[Editor, ...]

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Yield each row with the name of its section."""
        yield from (("everywhere", row) for row in self.everywhere.values())
        yield from ((editor.name, row) for editor in self.editors for row in editor.rows.values())

    def tests(self) -> list[str]:
        """Return the tests that rows name, in the order in which the page numbers them."""
        return list(dict.fromkeys(test for _, row in self.rows() for test in row.tests))


def read_table(path: Path = TABLE) -> Table:
    """Read the table."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    formats = {name: rows_of(told["features"], rows) for name, rows in told["formats"].items()}
    editors = tuple(_editor(told["features"], formats, each) for each in told["editors"])
    everywhere = {name: Row(row["what"], *_parts(row)) for name, row in told["everywhere"].items()}
    return Table(told["intro"].strip(), told["features"], everywhere, editors)


def rows_of(features: Mapping[str, str], rows: Mapping[str, Any]) -> dict[str, Row]:
    """Return rows by feature, in the order of the features."""
    unknown = set(rows) - set(features)
    if unknown:
        raise ValueError(f"round_trips.toml: no feature is called {', '.join(sorted(unknown))}")
    return {name: Row(words, *_parts(rows[name])) for name, words in features.items() if name in rows}


def _parts(row: Mapping[str, Any]) -> tuple[str, str, str, tuple[str, ...]]:
    return row["is"], row.get("note", ""), row["seen"], tuple(row["tests"])


def _editor(features: Mapping[str, str], formats: Mapping[str, dict[str, Row]], told: Any) -> Editor:
    own = rows_of(features, told.get("rows", {}))
    like = told.get("like", "")
    found = own if like else {**formats[told["format"]], **own}
    rows = {name: found[name] for name in features if name in found}
    out, back, limits = (tuple(told[key]) for key in ("export", "import", "limits"))
    return Editor(told["name"], told["file"], told["command"], out, back, limits, rows, like)


def page(table: Table) -> str:
    """Return the page as it is to be."""
    numbers = {test: number for number, test in enumerate(table.tests(), 1)}
    lines = [
        "<!-- Written by tests/hosts/round_trips.py from round_trips.toml: change that and run it. -->", "",
        "# Round trips", "", table.intro, "", "## In every editor", "",
        *_lines(table.everywhere, numbers),
    ]  # fmt: skip
    for editor in table.editors:
        lines += ["", f"## {editor.name}", "", *_section(table, editor, numbers)]
    lines += [
        "",
        "## The tests",
        "",
        "In `tests/hosts` and `tests/core`; `#` names one of the cases in a test.",
        "",
    ]
    lines += [f"{number}. `{test}`" for test, number in numbers.items()]
    return "\n".join(lines) + "\n"


def _section(table: Table, editor: Editor, numbers: Mapping[str, int]) -> Iterator[str]:
    yield f"File: {editor.file}"
    yield ""
    steps = [*editor.out, f"`{editor.command}`", *editor.back]
    yield from (f"{number}. {step}" for number, step in enumerate(steps, 1))
    yield ""
    if editor.like:
        anchor = editor.like.lower().replace(" ", "-").replace(",", "").replace("/", "")
        yield f"What survives is what [{editor.like}](#{anchor}) says" + (", but:" if editor.rows else ".")
        yield ""
    if editor.rows:
        yield from _lines(editor.rows, numbers)
        yield ""
    missing = [words for name, words in table.features.items() if name not in editor.rows]
    if missing and not editor.like:
        yield f"No test says anything about: {'; '.join(missing)}."
        yield ""
    yield "Mind:"
    yield ""
    yield from (f"- {limit}" for limit in editor.limits)


def _lines(rows: Mapping[str, Row], numbers: Mapping[str, int]) -> Iterator[str]:
    yield "| in the cut | after the relink | seen by | tests |"
    yield "|---|---|---|---|"
    for row in rows.values():
        after = f"**{row.outcome}**" + (f": {row.note}" if row.note else "")
        tests = ", ".join(str(number) for number in sorted(numbers[test] for test in row.tests))
        yield f"| {row.feature} | {after} | {SEEN[row.seen]} | {tests} |"


if __name__ == "__main__":
    PAGE.write_text(page(read_table()), encoding="utf-8")
    print(PAGE)
