"""`uprez quote`: what it would cost, provider by provider."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from uprez.cli import options as o
from uprez.cli import show
from uprez.errors import PlanError, Unauthorized, UprezError

if TYPE_CHECKING:
    from uprez.cli.show_quote import Priced, Refused
    from uprez.model import LeftOut, Selection
    from uprez.session import Session
    from uprez.settings import Settings

EVERY = "all"


@dataclass
class _Answers:
    """Gather what the providers say, and which clips are left out whoever does it."""

    priced: list[Priced] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    left_out: dict[LeftOut, None] = field(default_factory=dict)


def quote(
    timeline: o.Timeline,
    choice: o.Choice,
    wish: o.Wish,
    workspace: o.Workspace = None,
    json: o.AsJson = False,
) -> None:
    """Say what it would cost; `-p all` asks every provider. Free, nothing is exported."""
    from uprez.cli.opening import opened

    session, settings = opened(timeline, workspace)
    selection, answers = choice.selection(), _Answers()
    if wish.provider == EVERY:
        for name in sorted(session.plugins.providers):
            _ask_one_of_all(session, settings, selection, wish, name, answers)
        if not answers.priced:
            said = "; ".join(f"{one.provider}: {one.reason}" for one in answers.refused)
            raise PlanError(said or "no provider is installed; see `uprez plugins`")
    else:
        _ask(session, settings, selection, wish, None, answers)
    _print(answers, json=json)


def _ask(
    session: Session,
    settings: Settings,
    selection: Selection,
    wish: o.Wish,
    provider: str | None,
    answers: _Answers,
) -> None:
    from uprez.cli.show_quote import Priced
    from uprez.quoting import without

    whole = session.plan(selection, wish.recipe(settings, session.plugins, provider))
    if provider and not whole.shots:
        reasons = dict.fromkeys(left.reason for left in whole.left_out)
        raise PlanError("; ".join(reasons) or "the timeline has no clip")
    quoted = session.quote(whole)
    planned = without(whole, quoted.refused)
    answers.priced.append(Priced(planned, quoted))
    answers.left_out.update(dict.fromkeys(planned.left_out))


def _ask_one_of_all(
    session: Session,
    settings: Settings,
    selection: Selection,
    wish: o.Wish,
    provider: str,
    answers: _Answers,
) -> None:
    """Ask one of many: what keeps it from answering is a row of the table, whatever it is."""
    from uprez.cli.keys import source_of
    from uprez.cli.show_quote import Refused

    kind = session.plugins.providers[provider]
    try:
        _ask(session, settings, selection, wish, provider, answers)
    except Unauthorized as refused:
        said, there = source_of(kind)
        answers.refused.append(Refused(provider, str(refused) if there else f"{refused} ({said})", "key"))
    except UprezError as why:
        answers.refused.append(Refused(provider, str(why), "refused"))
    except Exception as bug:  # a provider is anybody's code, and the others still have a price
        reason = f"it failed with {bug!r}, which is a bug; please report it"
        answers.refused.append(Refused(provider, reason, "fault"))


def _print(answers: _Answers, *, json: bool) -> None:
    from uprez.cli.show_quote import priced_json, quotes_text

    if json:
        show.as_json(
            {
                "quotes": [priced_json(one) for one in answers.priced],
                "refused": [
                    {"provider": one.provider, "reason": one.reason, "kind": one.kind}
                    for one in answers.refused
                ],
                "left_out": show.left_out_json(answers.left_out),
            }
        )
        return
    quotes_text(answers.priced, answers.refused)
    show.left_out(answers.left_out)
