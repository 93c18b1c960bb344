"""Join what was bought in pieces: one file for the whole stretch, proved frame for frame like any other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock
from pydantic import ValidationError

from uprez.engine import files
from uprez.errors import MediaError
from uprez.failpoints import failpoint
from uprez.frozen import Frozen
from uprez.model import Call, Pull, Render
from uprez.orders import Order
from uprez.outcome import Progress, Stage, Standing
from uprez.plan import Plan
from uprez.splitting import Join, keep_of
from uprez.stamp import Stamp
from uprez.stamping import stamp_for, write_sidecar

if TYPE_CHECKING:
    from uprez.media.finish import Kept

_log = logging.getLogger("uprez")
Watch = Callable[[Progress], None]
_WORST_FIRST = ("needs-you", "queued", "cancelled", "failed", "active", "done")


def cuts_for(joins: Iterable[Join], have: Iterable[Pull]) -> dict[str, tuple[int, ...]]:
    """Return the frames that begin another picture, by stretch, so that pieces can meet there.

    What is bought already, the pulls `have`, is not looked through again.
    """
    found: dict[str, tuple[int, ...]] = {}
    bought = {pull.id for pull in have}
    for whole in (join.whole for join in joins if not {piece.id for piece in join.pieces} <= bought):
        from uprez.media.cuts import cuts_in  # numpy, which most plans can spare

        try:
            found[whole.id] = cuts_in(whole)
        except MediaError as unreadable:  # export will say so, where it can name the order
            _log.info("%s: looked for no cuts (%s)", whole.media.path, unreadable)
    return found


class _Record(Frozen):
    """Remember a joined render, what it was made from, and how long the file is."""

    pieces: tuple[str, ...]
    codec: str
    bytes: int
    render: Render


def join_all(
    planned: Plan, by_pull: Mapping[str, Standing], wholes: Mapping[str, Order], workspace: Path, watch: Watch
) -> dict[str, Standing]:
    """Return by pull id where a plan's stretches stand, each joined as far as its pieces are there."""
    return {
        join.whole.id: joined(
            join, [by_pull[piece.id] for piece in join.pieces], wholes[join.whole.id], workspace, watch
        )
        for join in planned.joins
    }


def seamed(wholes: Mapping[str, Order], workspace: Path, *, accept_unsure: bool) -> dict[str, str]:
    """Return by pull id, with the reason, the stretches whose joined file shows that it is joined.

    With `accept_unsure` only those that are not their source's picture at all.
    """
    found = {}
    for pull, order in wholes.items():
        known = _read(workspace / "joins" / f"{order.id}.json")
        if known is None:
            continue
        verdict = known.render.verdict
        if files.failed(verdict) or (verdict.seams and not accept_unsure):
            found[pull] = (
                f"{_where(order)}: its join shows ({verdict.findings[0]}), so it has to be bought whole"
            )
    return found


def joined(join: Join, pieces: Sequence[Standing], order: Order, workspace: Path, watch: Watch) -> Standing:
    """Return where a stretch stands; once all its pieces are there its file is made, once.

    `order` is the stretch as one order, which nobody placed. What can't be joined is told as its error;
    the pieces are kept.
    """
    standing = _summed(order, pieces)
    if standing.state != "done":
        return standing
    record = workspace / "joins" / f"{order.id}.json"
    record.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(record.with_suffix(".lock")):
        try:
            stamp = stamp_for(order, standing.charged, standing.unit, standing.pieces)
            render = _remembered(record, order, pieces) or _made(join, pieces, order, workspace, watch, stamp)
        except (MediaError, OSError) as broken:
            error = f"{_where(order)}: its pieces can't be joined ({broken}); they are kept, run again"
            return standing.model_copy(update={"state": "failed", "error": error})
        _remember(record, order, pieces, render)
    if files.failed(render.verdict):
        why = render.verdict.findings[0]
        error = f"{_where(order)}: the joined pieces are not its picture ({why}); kept as {render.path}"
        return standing.model_copy(update={"state": "failed", "error": error, "render": render})
    return standing.model_copy(update={"render": render})


def _summed(order: Order, pieces: Sequence[Standing]) -> Standing:
    """Add up the money of the pieces; the stretch is as far as the one that is worst off."""
    worst = min(pieces, key=lambda piece: _WORST_FIRST.index(piece.state))
    quoted = [piece.quoted for piece in pieces if piece.quoted is not None]
    return Standing(
        order=order,
        state=worst.state,
        render=worst.render if worst.state == "failed" else None,
        error=worst.error,
        unit=worst.unit,
        reserved=sum((piece.reserved for piece in pieces), Decimal(0)),
        charged=sum((piece.charged for piece in pieces), Decimal(0)),
        quoted=sum(quoted, Decimal(0)) if len(quoted) == len(pieces) else None,
        refunded=sum((piece.refunded for piece in pieces), Decimal(0)),
        pieces=tuple(piece.order.id for piece in pieces),
    )


def _made(
    join: Join, pieces: Sequence[Standing], order: Order, workspace: Path, watch: Watch, stamp: Stamp
) -> Render:
    """Write the joined file, hold it against the whole stretch, and give it its name."""
    from uprez.media.compare import compare
    from uprez.media.export import export
    from uprez.media.finish import finish_joined
    from uprez.verify import Wanted

    def tell(stage: Stage) -> Callable[[int], None]:
        total = order.plate.pull.frames.count
        return lambda done: watch(Progress(order=order.id, stage=stage, done=done, total=total))

    part = files.finished_part(workspace, order)
    part.parent.mkdir(parents=True, exist_ok=True)
    plate = export(order.plate, tell("export"))
    kept = [*_kept(join, pieces, workspace)]
    info = finish_joined(kept, order.model_copy(update={"plate": plate}), part, tell("finish"), stamp)
    files.sync(part)
    failpoint("joined")
    verdict = compare(plate.path, part, wanted=Wanted.of(order, plate, join.seams), progress=tell("verify"))
    said = {warning: None for piece in pieces if piece.render for warning in piece.render.verdict.warnings}
    verdict = verdict.model_copy(update={"warnings": tuple({**said, **dict.fromkeys(verdict.warnings)})})
    path = files.place(part, files.target(workspace, order, info.height, verdict))
    if not files.failed(verdict):
        write_sidecar(path, stamp, verdict)
    failpoint("join-placed")
    tell("done" if verdict.call in (Call.MATCH, Call.UNSURE) else "failed")(info.frames)
    return Render(order=order.id, path=path, info=info, verdict=verdict)


def _kept(join: Join, pieces: Sequence[Standing], workspace: Path) -> Iterator[Kept]:
    """Name the frames of each piece that are shown, in the file that came or else in its render."""
    from uprez.media.finish import Kept

    for pull, piece in zip(join.pieces, pieces, strict=True):
        assert piece.render is not None
        came = files.fetched_path(workspace, piece.order)
        keep = keep_of(pull)
        path = came if came.exists() else piece.render.path
        yield Kept(path, keep.start - pull.frames.start, keep.count)


def _remembered(record: Path, order: Order, pieces: Sequence[Standing]) -> Render | None:
    """Return the render that was joined from the same pieces before, where its file is still whole."""
    known = _read(record)
    if known is None:
        return None
    try:
        whole = known.render.path.stat().st_size == known.bytes
    except OSError:
        return None
    same = known.pieces == _ids(pieces) and known.codec == order.recipe.render
    return known.render if same and whole else None


def _read(record: Path) -> _Record | None:
    try:
        return _Record.model_validate_json(record.read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def _remember(record: Path, order: Order, pieces: Sequence[Standing], render: Render) -> None:
    size = render.path.stat().st_size
    known = _Record(pieces=_ids(pieces), codec=order.recipe.render, bytes=size, render=render)
    part = files.part_of(record)
    part.write_text(known.model_dump_json(), encoding="utf-8")
    part.replace(record)


def _ids(pieces: Sequence[Standing]) -> tuple[str, ...]:
    return tuple(piece.order.id for piece in pieces)


def _where(order: Order) -> str:
    pull = order.plate.pull
    return f"{pull.media.path.name} {pull.frames.start}-{pull.frames.end - 1}"
