"""What the five menu entries do, on the same pieces as the command line."""

from __future__ import annotations

import logging
import webbrowser
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from uprez.cli import show
from uprez.cli.agreeing import due, keep_cap
from uprez.cli.options import Wish
from uprez.cli.quote import EVERY, print_quotes
from uprez.cli.show_outcome import outcome as print_outcome
from uprez.cli.show_plan import counted, plan_text, price, summary
from uprez.cli.show_quote import Priced, quotes_text
from uprez.errors import HostError, HostGone, PlanError
from uprez.model import Cut, Manner, Selection
from uprez.plan import raster
from uprez.quoting import without
from uprez.ready import relink_ready
from uprez.request import Request, pinned, remembered
from uprez_resolve.host import ResolveHost
from uprez_resolve.journal import read_receipt
from uprez_resolve.ours import SUFFIX
from uprez_resolve.project import project_of, timeline_of
from uprez_resolve.reach import let_go, reached
from uprez_resolve.waiting import at_work, note, only_one, strike, waiting

if TYPE_CHECKING:
    from uprez.orders import Quote
    from uprez.plan import Plan
    from uprez.session import Session
    from uprez_resolve.inapp import Job

PATIENCE = 12 * 3600.0  # seconds for a person to say yes on the page; then nothing is bought
_OUTSIDE = "Resolve is closed, or lets no program in from outside, as the free edition never does."
_log = logging.getLogger("uprez")
_SELECTED = Selection(selected=True)
_UHD = 3840, 2160  # the largest picture that the free edition delivers


class Looked(ResolveHost):
    """Stand for a timeline that was read once, while the menu entry was there to read it through."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self._cut = super().shots(_SELECTED)
        let_go()

    def shots(self, selection: Selection) -> Cut:
        """Return what was selected then."""
        return self._cut


def upscale(job: Job) -> None:
    """Plan and price what is selected; go on by itself where it is free, else after a yes on the page."""
    session = _looked(job)
    planned, quoted = _priced(job, session)
    request = Request(
        address=session.address,
        selection=_SELECTED,
        recipe=planned.recipe,
        manner=Manner(kind=session.host.manners[0]),
        cap=job.settings.max_cost,
    )
    session.refuse(planned, request)
    keep_cap(planned, quoted, request.cap)
    job.say("Resolve is not needed while this runs: work on, or close it.")
    if _agreed(job, session, planned, quoted):
        _go_on(job, session, planned, quoted, request)


def quote(job: Job) -> None:
    """Say what the selected clips would cost, provider by provider; nothing is bought."""
    session = _looked(job)
    with job.shown():
        wish = replace(Wish(), provider=EVERY)
        print_quotes(session, job.settings, _SELECTED, wish, json=False)
    job.say("Nothing was bought. Upscale Selected Clips... takes the provider of uprez.toml, else local.")


def bring(job: Job) -> None:
    """Relink what is finished, then let what is still under way go on."""
    address = _open_timeline(job)
    workspace = job.session(address).workspace
    under_way = []
    for request in waiting(workspace) or [_last(workspace)]:
        request = request.model_copy(update={"address": address})  # it may have got another name since
        session = job.session(address, workspace)
        planned = session.plan(request.selection, request.recipe, request.making)
        _name_orders(job, session, planned)
        if _brought(job, session, planned, request):
            strike(workspace, request)
        else:
            under_way.append((session, planned, request))
    let_go()
    if under_way and at_work(workspace):
        job.say("The others are still at work; the job that was begun for them goes on.")
        return
    for session, planned, request in under_way:
        job.say("The others are not home yet; this goes on with them.")
        quoted = session.quote(planned)
        keep_cap(planned, quoted, request.cap)
        if _agreed(job, session, planned, quoted, resuming=True):
            _go_on(job, session, planned, quoted, request)


def _last(workspace: Path) -> Request:
    """Return what was run last, from the command line too. Raises PlanError."""
    try:
        return remembered(workspace)
    except PlanError:
        raise PlanError(
            f"{workspace}: nothing was begun on this timeline yet; choose Upscale Selected Clips... first"
        ) from None


def _brought(job: Job, session: Session, planned: Plan, request: Request) -> bool:
    """Relink what is home; tells whether that is all."""
    ended = relink_ready(session, planned, request)
    with job.shown():
        show.left_out(ended.left_out)
        for shot in ended.relinked:
            show.say(f"relinked: {shot.name} ({shot.verdict.value})")
    job.say(f"{len(ended.relinked)} of {counted(len(planned.shots), 'shot')} show their render now.")
    return not (ended.failed or ended.needs_you or ended.over_cap)


def compare(job: Job) -> None:
    """Open the report of the timeline's last run in the browser. Raises PlanError where there is none."""
    report = job.session(_open_timeline(job)).workspace / "report.html"
    if not report.is_file():
        raise PlanError(f"{report}: there is no report yet; upscale something first")
    webbrowser.open(report.absolute().as_uri())


def revert(job: Job) -> None:
    """Give every clip of the newest relink of this timeline its original back."""
    host = ResolveHost(_open_timeline(job))
    receipt = newest_receipt(host.workspace(), host.uid)
    if receipt is None:
        raise PlanError(f"{host.timeline}: nothing of it was relinked, so there is nothing to revert")
    conform = host.revert(receipt)
    with job.shown():
        show.left_out(conform.left_out)
    job.say(f"{counted(len(conform.relinked), 'shot')} back to the original; the renders are kept.")


def newest_receipt(workspace: Path, uid: str) -> Path | None:
    """Return the receipt of the last relink of a timeline that is not taken back, None for none.

    That of a duplicate is in the workspace of the timeline that it was made of. Raises HostError.
    """
    beside = workspace.parent.glob(f"*{SUFFIX}/*.uprez-receipt.json")
    for path in sorted(beside, key=lambda path: path.stat().st_mtime_ns, reverse=True):
        try:
            receipt = read_receipt(path)
        except HostError:
            if path.parent == workspace:
                raise
            continue
        done = any(change.state != "reverted" for change in receipt.changes.values())
        if done and uid in (receipt.timeline, receipt.copy_id):
            return path
    return None


def _looked(job: Job) -> Session:
    session = job.session(_open_timeline(job))
    session.host = Looked(session.address)
    return session


def _open_timeline(job: Job) -> str:
    """Say which Resolve this is, and return the address of the timeline that is open in it."""
    with reached() as remote:
        product, version = remote.resolve.call("GetProductName"), remote.resolve.call("GetVersionString")
        name = str(timeline_of(project_of(remote)).call("GetName"))
    job.say(f"{product} {version}, timeline {name}")
    job.free = "Studio" not in str(product)
    return f"resolve:{name}"


def _priced(job: Job, session: Session) -> tuple[Plan, Quote]:
    planned = session.plan(_SELECTED, Wish().recipe(job.settings, session.plugins))
    quoted = session.quote(planned)
    planned = without(planned, quoted.refused)
    _name_orders(job, session, planned)
    sizes = [raster(planned.recipe.size, shot.media.info) for shot in planned.shots]
    if job.free and any(width > _UHD[0] or height > _UHD[1] for width, height in sizes):
        job.say("The free edition delivers no more than 3840x2160; a larger render is only cropped into.")
    with job.shown():
        plan_text(planned, session.plugins.model(planned.recipe.provider, planned.recipe.model))
    with job.shown():
        quotes_text([Priced(planned, quoted)], left_out=planned.left_out)
    return planned, quoted


def _agreed(job: Job, session: Session, planned: Plan, quoted: Quote, *, resuming: bool = False) -> bool:
    """Ask on the page before money moves; what is free, or was agreed to before, needs no answer."""
    todo = due(session, planned, quoted, resuming=resuming)
    if todo is None:
        return True
    if job.page.ask(f"Buy this for {price(todo)}?", PATIENCE):
        job.say(f"You agreed to {price(todo)}.")
        return True
    job.say("Nothing was bought, as nobody said yes.")
    return False


def _go_on(job: Job, session: Session, planned: Plan, quoted: Quote, request: Request) -> None:
    """Run to the end, and relink if Resolve lets us in by then; else the renders wait for the menu entry."""
    job.say(summary(planned))
    request = pinned(request, (shot.id for shot in planned.shots))
    with only_one(session.workspace):
        note(session.workspace, request)
        try:
            ended = session.run(planned, quoted, request)
        except HostError as why:
            _log.info("%s", why)
            gone = isinstance(why, HostGone)
            job.say(f"The renders are ready in {session.workspace}. {_OUTSIDE if gone else f'{why}.'}")
            job.say("Choose Workspace > Scripts > Bring Back Finished once this timeline is open in Resolve.")
            return
        strike(session.workspace, request)
    with job.shown():
        print_outcome(ended, json=False)


def _name_orders(job: Job, session: Session, planned: Plan) -> None:
    names = {shot.id: shot.name for shot in planned.shots}
    orders = {**session.orders(planned), **session.stretches(planned)}
    for pull in (*planned.pulls, *(join.whole for join in planned.joins)):
        job.names[orders[pull.id].id] = ", ".join(dict.fromkeys(names[shot] for shot in pull.shots))
