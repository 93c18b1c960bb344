"""Tokens, and the orders that bear them: how an order whose answer was lost is found again.

Astria echoes the callback's address, so a token in it names the order. The seed is new for every order as
well: by the account's idempotency switch, and as it seems without it, equal texts with equal seeds are one.
"""

from __future__ import annotations

import time
import uuid
from typing import Any

from uprez.errors import InDoubt, Rejected, Unavailable
from uprez.orders import Staged
from uprez_astria.api import PAGE, Api
from uprez_astria.options import LARGEST_SEED
from uprez_astria.prompts import Prompt

CALLBACK = "https://callback.invalid"
QUIET = (
    120.0  # seconds after which an order that isn't listed isn't there (infra: send_by + 120 s, two looks)
)
SECOND_LOOK = 10.0
MOST_PAGES = 500


def minted(chosen_seed: int) -> dict[str, Any]:
    """Return a new token, and a seed of its own where the person chose none."""
    token = uuid.uuid4()
    return {
        "token": token.hex,
        "seed": token.int % LARGEST_SEED if chosen_seed < 0 else chosen_seed,
        "own_seed": chosen_seed < 0,
    }


def callback(base: str, token: str) -> str:
    """Return the address that bears a token; nobody has to listen there."""
    return f"{base}&uprez={token}" if "?" in base else f"{base.rstrip('/')}/{token}"


def refuse_collapsed(made: Prompt, staged: Staged) -> None:
    """Refuse an answer that names an earlier order: nothing was made or charged for this one."""
    if made.callback is not None and staged.data["token"] not in made.callback:
        raise Rejected(
            f"astria: prompt {made.id} was given for this order, an earlier one with equal text and seed; "
            "choose another seed, or -1",
            provider="astria",
        )


class Finder:
    """Look for orders by their tokens, among those that are newer than the last one before submit."""

    def __init__(self, api: Api, quiet: float) -> None:
        self._api, self._quiet = api, quiet
        self._looked: set[str] = set()

    async def newest(self, tune: int) -> int:
        """Return the id of the newest prompt of a tune, 0 for none."""
        return max((one.id for one in await self._api.listed(tune, count=1)), default=0)

    async def find(self, staged: Staged) -> Prompt | None:
        """Return the order, None where two looks after a quiet time have not seen it.

        Raises Unavailable while it is too early to be sure, InDoubt where the list can't tell.
        """
        found = await self._look(staged)
        if found is not None:
            return found
        token = staged.data["token"]
        left = self._quiet - (time.time() - (staged.sent or time.time()))
        if left > 0 or token not in self._looked:
            self._looked.add(token)
            raise Unavailable(
                "astria: the order is not listed yet; it is looked for again",
                provider="astria",
                retry_after=max(left, SECOND_LOOK),
            )
        return None

    async def _look(self, staged: Staged) -> Prompt | None:
        before: int | None = None
        for _ in range(MOST_PAGES):
            page = await self._api.listed(staged.data["tune"], before)
            if found := next((one for one in page if bears(one, staged)), None):
                return found
            newer = [one for one in page if one.id > staged.data["after"]]
            _check(page, newer, before)
            if len(newer) < len(page) or not page:
                return None
            before = page[-1].id
        raise InDoubt(
            f"astria: more than {MOST_PAGES * PAGE} prompts are newer than the order; look for it there",
            provider="astria",
        )


def bears(one: Prompt, staged: Staged) -> bool:
    """Tell whether a prompt is the order: by its callback, or by its own seed where no callback is kept."""
    if one.callback is not None:
        return bool(staged.data["token"] in one.callback)
    return bool(staged.data["own_seed"] and one.seed == staged.data["seed"] and one.id > staged.data["after"])


def _check(page: list[Prompt], newer: list[Prompt], before: int | None) -> None:
    """Raise InDoubt for a list that could hide the order: in another sequence, or without callbacks."""
    ids = [one.id for one in page]
    backwards = ids != sorted(ids, reverse=True) or (before is not None and any(one >= before for one in ids))
    if backwards or any(not one.tells_callback for one in newer):
        raise InDoubt(
            "astria: the list of prompts can't tell whether the order is there; look for it at the service",
            provider="astria",
        )
