"""What stands at the top of the page: what needs a person, what failed, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from uprez.outcome import NeedsYou
from uprez.report import words
from uprez.report.markup import Markup, html, join, tag
from uprez.report.values import Report, Row

Links = Mapping[str, Markup]


def code(*arguments: object) -> Markup:
    """Write a command of uprez so that it can be copied into a shell."""
    return tag("code", words.command(*arguments))


def notices(report: Report) -> Markup:
    """Build what a person has to do or know before anything else; empty where all went well."""
    links = {row.shot: _link(row, number) for number, row in enumerate(report.rows, 1)}
    return join((*_attention(report, links), *_notes(report)))


def _attention(report: Report, links: Links) -> Iterator[Markup]:
    if report.needs_you:
        todo = join(
            (html("Look at the service, then settle it: "), code("orders", report.workspace, "--needs-you"))
        )
        count = words.counted(len(report.needs_you), "order")
        verb = "needs" if len(report.needs_you) == 1 else "need"
        yield _notice(
            "bad", f"{count} {verb} you", (_asked(links, asked) for asked in report.needs_you), todo
        )
    failed = [row for row in report.rows if row.state == "failed"]
    if failed:
        todo = join(
            (
                html("What was not charged is tried again, and nothing done is done twice: "),
                code("resume", report.workspace),
            )
        )
        yield _notice("bad", f"{words.counted(len(failed), 'shot')} failed", _reasons(links, failed), todo)
    waiting = [row for row in report.rows if row.state in ("not bought", "not relinked", "cancelled")]
    if waiting:
        cap = "The cap was reached; raise --max-cost and go on: " if report.over_cap else "To go on: "
        todo = join((html(cap), code("resume", report.workspace)))
        yield _notice(
            "doubt", f"{words.counted(len(waiting), 'shot')} not done", _reasons(links, waiting), todo
        )


def _notice(tone: str, title: str, lines: Iterator[Markup], todo: Markup) -> Markup:
    listed = tag("ul", join((*(tag("li", line) for line in lines), tag("li", todo, class_="todo"))))
    return tag("section", join((tag("h2", title), listed)), class_=f"notice {tone}")


def _asked(links: Links, asked: NeedsYou) -> Markup:
    names = join((links[shot] for shot in asked.shots if shot in links), ", ")
    return join((tag("code", asked.order), names, html(asked.error)), " · ")


def _reasons(links: Links, rows: list[Row]) -> Iterator[Markup]:
    for row in rows:
        yield join((links[row.shot], html(f"on {row.track}"), html(words.reason(row))), " · ")


def _link(row: Row, number: int) -> Markup:
    return tag("a", row.name, href=f"#shot-{number}")


def _notes(report: Report) -> Iterator[Markup]:
    if report.notes:
        listed = tag("ul", join(tag("li", note) for note in report.notes))
        yield tag("section", join((tag("h2", "Notes"), listed)), class_="notice")
