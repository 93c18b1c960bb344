"""One shot of the page: its wipe, and everything known of it."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from uprez.media.thumbnails import Stills
from uprez.report import words
from uprez.report.markup import Markup, fill, html, join, tag
from uprez.report.values import Report, Row, Timed
from uprez.times import from_timecode, to_timecode

LABELS = ("First frame shown", "Middle frame")
NONE = Markup("")


def card(report: Report, row: Row, number: int, picture: Stills | str) -> Markup:
    """Build the card of a shot; `picture` says in a sentence why there is none where there is none."""
    return fill(
        "card.html",
        number=number,
        name=row.name,
        track=row.track,
        badges=badges(row),
        why=tag("p", words.reason(row), class_="why") if row.why else NONE,
        views=_views(row, picture) if isinstance(picture, Stills) else tag("p", picture, class_="blank"),
        facts=join(
            Markup(f"<div><dt>{html(name)}</dt><dd>{html(value)}</dd></div>")
            for name, value in _facts(report, row)
        ),
        remarks=_remarks(row),
    )


def badges(row: Row) -> Markup:
    """Build what became of a shot as words in boxes; the colour only repeats what they say."""
    shown = [tag("span", words.said(row.state), class_=f"badge {words.STATES[row.state]}")]
    if row.verdict:
        shown.append(tag("span", row.verdict.value, class_=f"badge {words.TONES[row.verdict]}"))
    if row.generative:
        shown.append(tag("span", "generative", class_="badge generative"))
    return join(shown, " ")


def moments(row: Row) -> tuple[int, ...]:
    """Return the source frames to look at: the first that is shown, and the middle where it is another."""
    frames = row.source.frames
    middle = frames.start if row.speed == 0 else frames.start + frames.count // 2
    return tuple(dict.fromkeys((row.first_shown, middle)))


def _views(row: Row, stills: Stills) -> Markup:
    frames = moments(row)
    views = [_wipe(row, stills, which, frame) for which, frame in enumerate(frames)]
    buttons = [
        tag("button", LABELS[which], type="button", class_="frame", aria_pressed=str(which == 0).lower())
        for which in range(len(frames))
        if len(frames) > 1
    ]
    flip = Markup('<button type="button" class="flip" title="B">Flip <b>before / after</b></button>')
    return join((*views, tag("div", join((flip, *buttons, _poster(row, stills))), class_="tools")))


def _wipe(row: Row, stills: Stills, which: int, frame: int) -> Markup:
    pair = stills.pairs[which]
    return fill(
        "wipe.html",
        which=which,
        hidden=Markup(" hidden") if which else NONE,
        width=stills.box.width,
        height=stills.box.height,
        before=_base64(pair.before),
        after=_base64(pair.after),
        name=row.name,
        label=LABELS[which],
        frame=frame,
        timecode=_timecode(row, frame),
    )


def _poster(row: Row, stills: Stills) -> Markup:
    box, width, height = stills.box, stills.width, stills.height
    place = (
        f"left:{100 * box.x / width:.2f}%;top:{100 * box.y / height:.2f}%;"
        f"width:{100 * box.width / width:.2f}%;height:{100 * box.height / height:.2f}%"
    )
    image = Markup(f'<img src="data:image/jpeg;base64,{_base64(stills.poster)}" alt="" decoding="async">')
    title = f"The window shown, in the whole picture of {row.name}"
    return tag("div", join((image, tag("span", "", style=place))), class_="poster", title=title)


def _facts(report: Report, row: Row) -> Iterator[tuple[str, object]]:
    yield "Record", _range(row.record)
    yield "Source", _range(row.source)
    yield "Media", join((html(row.media.name), tag("small", f" {words.rate(row.rate)}")))
    if row.speed != 1:
        yield "Retime", f"{words.speed(row.speed)}, kept in the timeline"
    if row.generative:
        yield "Size", words.size(row.after)
    else:
        yield "Size", f"{words.size(row.before)} → {words.size(row.after)}"
    handles = row.handles
    yield "Handles", f"{handles.head} head, {handles.tail} tail (asked for {handles.asked})"
    yield "Made by", f"{row.provider} {row.model}"
    shared = f", one pull for {row.cost.shots} shots" if row.cost.shots > 1 else ""
    yield "Cost", f"{words.price(row.cost)}{shared}"
    if row.render:
        yield "Render", tag("code", _near(report, row.render))
    if row.plate:
        yield "Plate", tag("code", _near(report, row.plate))
    yield (
        "Pull",
        join((tag("code", row.pull), tag("small", words.span(row.pull_frames), class_="under"))),
    )


def _remarks(row: Row) -> Markup:
    kinds = (
        ("found", row.findings, words.TONES[row.verdict] if row.verdict else ""),
        ("warning", row.warnings, "doubt"),
        ("narrowed", row.narrowed, "doubt"),
        ("note", row.notes, ""),
    )
    lines = [
        tag("li", join((tag("b", f"{kind}: "), html(sentence))), class_=tone)
        for kind, sentences, tone in kinds
        for sentence in sentences
    ]
    return tag("ul", join(lines), class_="remarks") if lines else NONE


def _range(timed: Timed) -> Markup:
    frames = timed.frames
    times = tag("span", f"{timed.first} – {timed.end}", class_="mono")
    return join((times, tag("small", words.span(frames), class_="under")))


def _timecode(row: Row, frame: int) -> str:
    """Count from the source's own first timecode, which may be a drop-frame one."""
    first = from_timecode(row.source.first, row.rate)
    return to_timecode(first + frame - row.source.frames.start, row.rate, drop=";" in row.source.first)


def _near(report: Report, path: object) -> str:
    """Name a file from the workspace on, where it lies in it."""
    return str(path).removeprefix(f"{report.workspace}/")


def _base64(data: bytes) -> Markup:
    return Markup(base64.b64encode(data).decode("ascii"))
