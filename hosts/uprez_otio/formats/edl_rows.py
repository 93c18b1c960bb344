"""Read EDLs (CMX 3600 and what editors made of it) as the rows of `walking`."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from uprez_otio.formats.edl_names import address, clip_name, is_any_file, named
from uprez_otio.formats.edl_rate import rates_of
from uprez_otio.formats.edl_text import Sheet, sheet_of
from uprez_otio.formats.edl_tree import Tree, Use
from uprez_otio.limits import check_size

Row = list[Any]


def rows(path: Path) -> Iterator[Row]:
    """Yield the rows of an EDL; where its rate is open, first which it may have and what it names."""
    sheet = sheet_of(_text(path))
    rates = rates_of(sheet)
    if len(rates) > 1:
        uses = [use for _, use in Tree.of(sheet, rates[0]).uses()]
        yield ["rates", list(rates), [names_of(use, False) for use in uses]]
    yield from _rows(sheet, rates[0])


def rows_at(path: Path, rate: int) -> Iterator[Row]:
    """Yield the rows of an EDL whose rate its media told."""
    yield from _rows(sheet_of(_text(path)), rate)


def names_of(use: Use, drop: bool) -> list[Any]:
    """Return all by which a clip's file may be found: reel, name, source file, frames taken, drop-frame."""
    source = named(use.event, use.outgoing, "SOURCE FILE")
    told = source.value.told if source else ""
    name = clip_name(use.event, use.outgoing)
    return [
        "" if is_any_file(use.line) else use.line.reel.told,
        name.value.told if name else "",
        "" if told.upper() in ("(NULL)", "") else told,
        use.playing.span,
        drop,
    ]


def _text(path: Path) -> str:
    check_size(path.stat().st_size)
    return path.read_bytes().decode("latin-1")


def _rows(sheet: Sheet, rate: int) -> Iterator[Row]:
    tree = Tree.of(sheet, rate)
    drop = bool(sheet.drop) and rate in (30, 60, 120)
    exact = float(Fraction(rate * 1000, 1001)) if drop else float(rate)
    yield ["timeline", sheet.title, exact, [float(tree.start), exact], ["edl"], []]
    yield ["stack", "", None, True, None, None, None, None]
    known: dict[str, int] = {}
    for number, lane in enumerate(tree.lanes):
        yield ["track", str(number), lane.name, None, True, None, None]
        for index, child in enumerate(lane.children):
            path = f"{number}/{index}"
            if isinstance(child, Use):
                yield from _clip(child, path, exact, known)
            elif child is None:
                yield ["transition", path]
            else:
                yield ["gap", path, [float(child), exact]]
        yield ["track end"]
    if tree.sounds:
        yield ["sound", str(len(tree.lanes)), "sound", "Audio", tree.sounds]
    yield ["stack end"]


def _clip(use: Use, path: str, rate: float, known: dict[str, int]) -> Iterator[Row]:
    names = names_of(use, ";" in use.line.source_in.text or use.line.drop)
    where = address(use.event, use.outgoing)
    url = where.value.told if where else ""
    key = repr((url, names))
    if key not in known:
        known[key] = len(known)
        yield ["media", "reel", url, None, names]
    playing = use.playing
    head, tail = playing.head, playing.tail + use.tail
    markers = [each.value.told for each in use.event.comments if each.key == "LOC"] if use.outgoing else []
    yield [
        "clip",
        path,
        use.name,
        [float(playing.start), rate, float(use.end - use.start), rate],
        known[key],
        None if playing.speed is None else float(playing.speed),
        use.problem,
        [float(head), rate] if head else None,
        [float(tail), rate] if tail else None,
        True,
        None,
        markers,
    ]
