"""The whole page: what needs a person first, then the sums, the table, the shots, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from uprez.media.thumbnails import Stills
from uprez.report import words
from uprez.report.card import badges, card
from uprez.report.markup import Markup, fill, hash_of, html, join, tag, text
from uprez.report.notices import code, notices
from uprez.report.values import Report, Row

NO_PICTURE = "No picture."
COLUMNS = (
    "#",
    "Shot",
    "Track",
    "Record in",
    "Frames",
    "Source in",
    "Speed",
    "Size",
    "Handles",
    "Outcome",
    "Cost",
)
NUMERIC = {"#", "Frames"}


def page(report: Report, pictures: Mapping[str, Stills | str]) -> str:
    """Write the report as one HTML file that loads nothing; `pictures` by shot id, or why there is none."""
    script = text("page.js")
    numbered = list(enumerate(report.rows, 1))
    return fill(
        "page.html",
        allowed=Markup(hash_of(script)),
        style=Markup(text("page.css")),
        script=Markup(script),
        timeline=report.timeline,
        made=_made(report),
        stats=join(_stat(*stat) for stat in _stats(report)),
        attention=notices(report),
        kinds=_kinds(report),
        headings=join(_heading(name) for name in COLUMNS),
        rows=join(_row(row, number) for number, row in numbered),
        cards=join(card(report, row, number, pictures.get(row.shot, NO_PICTURE)) for number, row in numbered),
        left_out=_left_out(report),
        footer=_footer(report),
    )


def _made(report: Report) -> Markup:
    lines = (
        html(f"{report.provider} {report.model}, {report.codec}"),
        html(f"{words.rate(report.rate)} timeline"),
        tag("time", f"{report.made:%Y-%m-%d %H:%M} UTC", datetime=report.made.isoformat()),
    )
    return join(lines, "<br>")


def _stats(report: Report) -> Iterator[tuple[str, str, str]]:
    totals = report.totals
    done = sum(row.state == "relinked" for row in report.rows)
    clips = len(report.rows) + len(report.left_out)
    yield (
        "Relinked",
        f"{words.number(done)} of {words.number(clips)}",
        f"clips; {len(report.left_out)} left out by name",
    )
    yield "Used by the cut", words.number(totals.used_frames), "source frames"
    yield "Exported", words.number(totals.pull_frames), "frames, handles included"
    saved = totals.naive_frames - totals.pull_frames
    yield (
        "Saved by merging",
        words.number(saved),
        f"of {words.number(totals.naive_frames)} if each shot went apart",
    )
    spared = totals.media_frames - totals.pull_frames
    yield "Never touched", words.number(spared), f"of {words.number(totals.media_frames)} frames of media"
    yield "Charged", words.total_price(report), "by this run"


def _stat(name: str, value: str, small: str) -> Markup:
    return tag("div", join((tag("dt", name), tag("dd", join((html(value), tag("small", small)))))))


def _kinds(report: Report) -> Markup:
    found = sorted({kind for row in report.rows for kind in words.kinds(row)})
    return join((tag("option", "all", value=""), *(tag("option", kind, value=kind) for kind in found)))


def _heading(name: str) -> Markup:
    button = tag("button", name, type="button")
    return tag("th", button, scope="col", class_="n") if name in NUMERIC else tag("th", button, scope="col")


def _row(row: Row, number: int) -> Markup:
    searched = f"{row.name} {row.track} {row.media.name} {row.state} {row.verdict or ''} {row.pull}".lower()
    handles = f"{row.handles.head}+{row.handles.tail}"
    cells = (
        _cell(number, number, "n"),
        _cell(tag("a", row.name, href=f"#shot-{number}"), row.name, "wide"),
        _cell(row.track, row.track),
        _cell(row.record.first, row.record.frames.start, "mono"),
        _cell(row.record.frames.count, row.record.frames.count, "n"),
        _cell(row.source.first, f"{row.media.name} {row.source.frames.start}", "mono"),
        _cell(words.speed(row.speed) or "100%", float(row.speed)),
        _cell(f"{words.size(row.before)} → {words.size(row.after)}", row.after[1]),
        _cell(handles, row.handles.head + row.handles.tail),
        _cell(badges(row), f"{row.state} {row.verdict or ''}"),
        _cell(words.price(row.cost), row.cost.amount or 0),
    )
    return tag("tr", join(cells), data_row=number, data_text=searched, data_kinds="|".join(words.kinds(row)))


def _cell(shown: object, key: object, kind: str = "") -> Markup:
    return tag("td", shown, data_key=key, class_=kind) if kind else tag("td", shown, data_key=key)


def _left_out(report: Report) -> Markup:
    if not report.left_out:
        return Markup("")
    head = "<thead><tr><th>Clip<th>Track<th>Why, and what to do</tr></thead>"
    lines = join(
        tag(
            "tr",
            join(
                (
                    tag("td", left.name, class_="wide"),
                    tag("td", left.track),
                    tag("td", left.reason, class_="wide"),
                )
            ),
        )
        for left in report.left_out
    )
    table = Markup(f"<table>{head}<tbody>{lines}</tbody></table>")
    title = tag("h2", f"{words.counted(len(report.left_out), 'clip')} left out")
    return tag("section", join((title, tag("div", table, class_="scroll"))), class_="notice", id="left-out")


def _footer(report: Report) -> Markup:
    lines = [
        html(
            "Ranges are half-open: like an EDL's, each out names the frame after the last. "
            "Timecodes of sources are the files' own."
        ),
        html(
            "The pictures show one pixel of the render as one pixel of the screen, "
            "in the window with the most detail; before is the plate, enlarged by bicubic."
        ),
        join((html("Workspace "), tag("code", report.workspace))),
    ]
    if report.output:
        lines.append(join((html("Written to "), tag("code", report.output))))
    if report.receipt:
        lines.append(join((html("Take it all back: "), code("revert", report.receipt))))
    return join(tag("p", line) for line in lines)
