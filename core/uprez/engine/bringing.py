"""The half of an order after it stands: wait, fetch, finish, verify, and give the render its name."""

from __future__ import annotations

import logging

from uprez.engine import files
from uprez.engine.bench import Bench
from uprez.engine.buying import with_plate
from uprez.engine.threads import Meter, in_thread
from uprez.errors import Unavailable
from uprez.failpoints import failpoint
from uprez.ledger import Attempt
from uprez.media.compare import compare
from uprez.media.finish import finish
from uprez.media.judging import judge_made
from uprez.media.probe import probe
from uprez.media.reading import is_sound
from uprez.model import Render, Verdict
from uprez.orders import Failed, Order, Running, Staged, Status, Succeeded, Ticket
from uprez.stamping import stamp_for, write_sidecar
from uprez.verify import Wanted, held_to_rate

log = logging.getLogger("uprez.engine")

_SLOWER, _SLOWEST = 1.2, 4.0


async def wait(bench: Bench, order: Order, attempt: Attempt) -> Attempt:
    """Poll until the order has ended at the provider, and pass on a wish to cancel it."""
    ticket, provider = _ticket(attempt), bench.provider(order)
    pause, stopped, asked = provider.poll_every, False, False
    done, total = 0, order.plate.pull.frames.count
    while True:
        if not asked and bench.ledger.cancel_wanted(order.id):
            asked, stopped = True, await bench.ask(lambda: provider.cancel(ticket))
        status: Status = await bench.ask(lambda: provider.poll(ticket))
        if isinstance(status, Succeeded):
            attempt = bench.ledger.move(attempt, "remote-done", succeeded=status)
            failpoint("remote-done")
            return attempt
        if isinstance(status, Failed) or stopped:
            attempt = _ended(bench, order, attempt, status, asked)
            await clear(bench, order, attempt)
            return attempt
        if isinstance(status, Running) and status.done is not None:
            done, total = max(done, status.done), status.total or total
        bench.say(order, "wait", done, total)
        await bench.clock.sleep(pause)
        pause = min(pause * _SLOWER, provider.poll_every * _SLOWEST)


async def fetch(bench: Bench, order: Order, attempt: Attempt) -> Attempt:
    """Bring the render home whole; where its address has expired, ask for another one."""
    ticket, provider, done = _ticket(attempt), bench.provider(order), attempt.succeeded
    to = files.fetched_path(bench.workspace, order)
    part = files.part_of(to)
    to.parent.mkdir(parents=True, exist_ok=True)
    bench.say(order, "fetch")

    async def once() -> None:
        nonlocal done
        if done is None:
            status = await provider.poll(ticket)
            if not isinstance(status, Succeeded):
                raise Unavailable(
                    f"{provider.name}: order {order.id} has no render just now; try again later"
                )
            done = status
        current, done = done, None
        await provider.fetch(current, part)

    failpoint("fetching")
    await bench.ask(once)
    digest = await in_thread(lambda: files.sha256(part))
    failpoint("fetched")
    part.replace(to)
    files.sync_folder(to.parent)
    attempt = bench.ledger.move(attempt, "downloaded", sha256=digest)
    failpoint("downloaded")
    return attempt


async def renew(bench: Bench, order: Order, attempt: Attempt) -> Attempt:
    """Have a render fetched again that an earlier run could not finish because its file is broken."""
    fetched, digest = files.fetched_path(bench.workspace, order), attempt.sha256
    if bench.ledger.standing(order.id).error is None or not fetched.exists():
        return attempt
    sound = await in_thread(lambda: files.sha256(fetched) == digest and is_sound(fetched))
    return attempt if sound else bench.ledger.move(attempt, "acked")


async def prove(bench: Bench, order: Order, attempt: Attempt) -> Attempt:
    """Finish what was fetched and hold it against its plate. Raises MediaError; what was paid is kept."""
    fetched, part = files.fetched_path(bench.workspace, order), files.finished_part(bench.workspace, order)
    if not fetched.exists():
        return bench.ledger.move(attempt, "acked")
    order = await with_plate(bench, order)
    part.parent.mkdir(parents=True, exist_ok=True)
    async with bench.finishing:
        meter = Meter(bench.watch, order.id, "finish", order.plate.pull.frames.count)
        stamp = stamp_for(order, attempt.price, attempt.unit)
        info = await in_thread(lambda: finish(fetched, order, part, meter, stamp), meter)
        await in_thread(lambda: files.sync(part))
        failpoint("finished")
        verdict = await _compared(bench, order)
    name = files.target(bench.workspace, order, info.height, verdict).name
    attempt = bench.ledger.move(
        attempt, "verified", verdict=verdict, info=info, name=name, bytes=part.stat().st_size
    )
    failpoint("verified")
    return attempt


async def place(bench: Bench, order: Order, attempt: Attempt) -> Attempt:
    """Give a proved render its name, and settle the money."""
    part = files.finished_part(bench.workspace, order)
    verdict, info, name = attempt.verdict, attempt.info, attempt.name
    assert verdict is not None and info is not None and name is not None
    to = bench.workspace / ("rejected" if files.failed(verdict) else "renders") / name
    if part.exists():
        to = files.place(part, to)
    elif not (to.exists() and to.stat().st_size == attempt.bytes):
        return bench.ledger.move(attempt, "downloaded")
    failpoint("renamed")
    if not files.failed(verdict):
        write_sidecar(to, stamp_for(order, attempt.price, attempt.unit), verdict)
    render = Render(order=order.id, path=to, info=info, verdict=verdict)
    if files.failed(verdict):
        why = _why(order, verdict, to)
        attempt = bench.ledger.move(attempt, "failed", charged=attempt.price, render=render, error=why)
    else:
        attempt = bench.ledger.move(attempt, "placed", render=render)
    failpoint("placed")
    if attempt.price == 0:
        files.fetched_path(bench.workspace, order).unlink(missing_ok=True)
    if attempt.state == "placed":
        await clear(bench, order, attempt)
    return attempt


async def clear(bench: Bench, order: Order, attempt: Attempt) -> None:
    """Have the provider remove what an ended order left there; a render that failed its proof stays."""
    try:
        await bench.provider(order).clear(attempt.staged or Staged(), attempt.ticket)
    except Exception as kept:
        log.info("order %s: what it left at %s stays there (%s)", order.id, order.recipe.provider, kept)


async def _compared(bench: Bench, order: Order) -> Verdict:
    plate, part = order.plate, files.finished_part(bench.workspace, order)
    if order.frames is not None:
        fetched = files.fetched_path(bench.workspace, order)
        return await in_thread(lambda: judge_made(part, order, fetched))
    meter = Meter(bench.watch, order.id, "verify", plate.pull.frames.count)
    wanted = Wanted.of(order, plate)
    verdict = await in_thread(lambda: compare(plate.path, part, wanted=wanted, progress=meter), meter)
    if not _keeps_rate(bench, order):
        return verdict
    came = await in_thread(lambda: probe(files.fetched_path(bench.workspace, order)))
    return held_to_rate(verdict, plate.rate, came)


def _keeps_rate(bench: Bench, order: Order) -> bool:
    """Tell whether the file that a model returns is to say its plate's rate; one that isn't known is."""
    models = bench.provider(order).models
    return next((model.keeps_rate for model in models if model.name == order.recipe.model), True)


def _ended(bench: Bench, order: Order, attempt: Attempt, status: Status, asked: bool) -> Attempt:
    """Write an order off that brought no render, with what it cost all the same."""
    if isinstance(status, Failed):
        error = None if asked else f"{order.recipe.provider}: order {order.id} failed there, {status.reason}"
        return bench.ledger.move(attempt, "failed", charged=status.charged, error=error, cancelled=asked)
    return bench.ledger.move(attempt, "failed", cancelled=True)


def _ticket(attempt: Attempt) -> Ticket:
    assert attempt.ticket is not None, f"attempt {attempt.id} is {attempt.state} without a ticket"
    return attempt.ticket


def _why(order: Order, verdict: Verdict, path: object) -> str:
    pull = order.plate.pull
    what = verdict.findings[0] if verdict.findings else verdict.call.value
    if order.frames is not None:
        made = f"{pull.media.path.name}, {order.frames} new frames"
        return f"{made}: the new picture is not what was asked for ({what}); it is kept as {path}"
    frames = f"{pull.frames.start}-{pull.frames.end - 1}"
    where = f"{pull.media.path.name} {frames}"
    return f"{where}: the render is not its plate's picture ({what}); it is kept as {path}"
