"""`uprez quote`: what it would cost, provider by provider."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from uprez.cli import options as o
from uprez.cli import show
from uprez.errors import PlanError, Unauthorized, UprezError

if TYPE_CHECKING:
    from uprez.cli.show_quote import Priced, Refused
    from uprez.model import LeftOut, Selection
    from uprez.orders import Model
    from uprez.provider import Provider
    from uprez.session import Session
    from uprez.settings import Settings

EVERY = "all"


@dataclass
class _Answers:
    """Gather what the providers say."""

    priced: list[Priced] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def left_out(self) -> list[LeftOut]:
        """Return the clips that are left out whoever does it."""
        every = [{(clip.name, clip.track) for clip in one.planned.left_out} for one in self.priced]
        common = set.intersection(*every) if every else set()
        found = {(clip.name, clip.track): clip for one in self.priced for clip in one.planned.left_out}
        return [clip for place, clip in found.items() if place in common]


@dataclass(frozen=True)
class _Question:
    """Hold what every provider is asked."""

    session: Session
    settings: Settings
    selection: Selection
    wish: o.Wish

    def ask(self, provider: str | None, model: str | None) -> Priced:
        """Return the price at a provider's model. Raises UprezError, and whatever the provider does."""
        from uprez.cli.show_quote import Priced
        from uprez.quoting import without

        wish = replace(self.wish, model=model)
        whole = self.session.plan(self.selection, wish.recipe(self.settings, self.session.plugins, provider))
        if provider and not whole.shots:
            raise PlanError(self._reasons(whole.left_out) or "the timeline has no clip")
        quoted = self.session.quote(whole)
        return Priced(without(whole, quoted.refused), quoted)

    def _reasons(self, left_out: tuple[LeftOut, ...]) -> str:
        """Say why a model does none of the clips; those that nobody could do are no reason."""
        anyway = self.session.host.shots(self.selection).left_out
        reasons = [left.reason for left in left_out if left not in anyway] or [one.reason for one in left_out]
        return "; ".join(dict.fromkeys(reasons))


def quote(
    timeline: o.Timeline,
    choice: o.Choice,
    wish: o.Wish,
    workspace: o.Workspace = None,
    json: o.AsJson = False,
) -> None:
    """Say what it would cost; `-p all` asks every provider. Free, nothing is exported.

    With `-p all` and no -m each provider is asked for its first model that can do it.
    """
    from uprez.cli.opening import opened

    session, settings = opened(timeline, workspace, choice.media)
    print_quotes(session, settings, choice.selection(), wish, json=json)


def print_quotes(
    session: Session, settings: Settings, selection: Selection, wish: o.Wish, *, json: bool
) -> None:
    """Ask the provider, or every one of them, and print what they say. Raises PlanError."""
    question, answers = _Question(session, settings, selection, wish), _Answers()
    if wish.provider == EVERY:
        for name in _asked(session, wish.model):
            _ask_one_of_all(question, name, answers)
        if not answers.priced:
            said = "; ".join(f"{one.provider}: {one.reason}" for one in answers.refused)
            raise PlanError(said or "no provider is installed; see `uprez plugins`")
    else:
        answers.priced.append(question.ask(None, wish.model))
    _print(answers, json=json)


def _ask_one_of_all(question: _Question, provider: str, answers: _Answers) -> None:
    """Ask one of many: what keeps it from answering is a row of the table, whatever it is."""
    from uprez.cli.show_quote import Refused

    kind = question.session.plugins.providers[provider]
    refused: list[Refused] = []
    for model in _candidates(kind, question):
        try:
            answers.priced.append(question.ask(provider, model.name))
            return
        except Unauthorized as no_key:
            answers.refused.append(Refused(provider, model.name, _keyless(kind, model, no_key), "key"))
            return
        except UprezError as why:
            refused.append(Refused(provider, model.name, str(why), "refused"))
        except Exception as bug:  # a provider is anybody's code, and the others still have a price
            reason = f"it failed with {bug!r}, which is a bug; please report it"
            answers.refused.append(Refused(provider, model.name, reason, "fault"))
            return
    nothing = Refused(provider, "-", "it makes new pictures only, never a conform", "refused")
    telling = [one for one in refused if not one.reason.startswith("-O")]
    answers.refused.append((telling or refused or [nothing])[0])


def _asked(session: Session, model: str | None) -> list[str]:
    """Return the providers to ask: all, or those that have a model of that name. Raises PlanError."""
    kinds = session.plugins.providers
    found = [name for name in kinds if model in (None, *(one.name for one in kinds[name].models))]
    if kinds and not found:
        raise PlanError(f"-m {model}: no provider has a model of that name; see `uprez providers`")
    return sorted(found)


def _candidates(kind: type[Provider], question: _Question) -> list[Model]:
    """Return the models to ask for in turn: the one that is named, else the usual one, then the others."""
    if question.wish.model:
        return [model for model in kind.models if model.name == question.wish.model]
    usual = question.settings.recipe
    first = usual.model if usual.provider in (None, kind.name) else None
    able = [model for model in kind.models if model.keeps_picture]
    return sorted(able, key=lambda model: model.name != first)


def _keyless(kind: type[Provider], model: Model, refused: Unauthorized) -> str:
    from uprez.cli.keys import source_of

    said, there = source_of(kind)
    reason = str(refused)
    if not there:
        unset = said.endswith("is not set")
        reason = f"{said}; set it, or run `uprez keys set {kind.name}`" if unset else said
    return reason if model.price == "unknown" else f"{reason} (its price: {model.price})"


def _print(answers: _Answers, *, json: bool) -> None:
    from uprez.cli.show_quote import priced_json, quotes_text

    if json:
        show.as_json(
            {
                "quotes": [priced_json(one) for one in answers.priced],
                "refused": [one._asdict() for one in answers.refused],
                "left_out": show.left_out_json(answers.left_out()),
            }
        )
        return
    quotes_text(answers.priced, answers.refused, left_out=answers.left_out())
    show.left_out(answers.left_out())
