"""`uprez quote`: what it would cost, provider by provider."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from uprez.cli import options as o
from uprez.cli import show
from uprez.errors import PlanError, UprezError

if TYPE_CHECKING:
    from uprez.model import LeftOut
    from uprez.orders import Quote

EVERY = "all"


@dataclass
class _Answers:
    """Gather what the providers say, and which clips are left out whoever does it."""

    quotes: list[Quote] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
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
    every = wish.provider == EVERY
    selection, answers = choice.selection(), _Answers()
    for name in sorted(session.plugins.providers) if every else [None]:
        try:
            planned = session.plan(selection, wish.recipe(settings, session.plugins, name))
            answers.quotes.append(session.quote(planned))
            answers.left_out.update(dict.fromkeys(planned.left_out))
        except UprezError as why:
            if not every:
                raise
            answers.refused[name or ""] = str(why)
    if every and not answers.quotes:
        raise PlanError("; ".join(f"{name}: {why}" for name, why in answers.refused.items()) or "no provider")
    _print(answers, json=json)


def _print(answers: _Answers, *, json: bool) -> None:
    from uprez.cli.show_plan import quote_json, quotes_text

    if json:
        show.as_json(
            {
                "quotes": [quote_json(one) for one in answers.quotes],
                "refused": [{"provider": name, "reason": why} for name, why in answers.refused.items()],
                "left_out": show.left_out_json(answers.left_out),
            }
        )
        return
    quotes_text(answers.quotes)
    for name, why in answers.refused.items():
        show.say(f"no quote: {name}: {why}")
    show.left_out(answers.left_out)
