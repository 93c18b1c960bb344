"""The calls of Oxen's AI interface, each sent once; answers are read leniently (facts: O-DOC, O-OLD)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote, urljoin

from uprez.errors import OutOfCredit, Rejected, Unavailable
from uprez.frozen import Frozen
from uprez.http import Answer, Client
from uprez.http.answer import check, words
from uprez.keys import required
from uprez.provider import Context

KEY_ENV = "OXEN_API_KEY"
ID = re.compile(r"[A-Za-z0-9-]{1,80}")
"""What an id of the service can be: it becomes a part of addresses and of file names."""
ENDED = ("succeeded", "failed", "cancelled")
STATES = ("queued", "processing", *ENDED)
"""The words of `status`, in the order in which an order passes them."""
_BROKE = re.compile(r"credit|insufficient (funds|balance)", re.I)
_REFUSALS = (400, 403, 404, 409, 413, 415, 422)
_URLS = (("url",), ("images", 0, "url"), ("videos", 0, "url"), ("video", "url"), ("image", "url"))


class Job(Frozen):
    """Hold what the service says of an order; `fields` is all of it, with every parameter that was sent."""

    id: str
    state: str
    url: str | None = None
    reason: str = ""
    fields: dict[str, Any] = {}

    @property
    def begun(self) -> bool:
        """Tell whether work on it is known to have begun."""
        return self.state != "queued" and self.fields.get("started_at") is not None


class Listed(Frozen):
    """Hold the jobs of a list; `whole` says that the service counts no more than it lists."""

    jobs: tuple[Job, ...] = ()
    whole: bool = True


class Api:
    """Talk to the service; the key goes to it alone."""

    def __init__(self, context: Context, base_url: str) -> None:
        self._key = context.key
        headers = {"Authorization": f"Bearer {context.key.secret()}"} if context.key else {}
        self._client = Client("oxen", context.base_url or base_url, headers, KEY_ENV)

    @property
    def client(self) -> Client:
        """Return the client; raises Unauthorized where there is no key."""
        required(self._key, "oxen", KEY_ENV)
        return self._client

    async def model(self, name: str) -> dict[str, Any]:
        """Return what the catalogue says of a model; free. Raises Rejected where it isn't there."""
        answer = await self.client.ask("GET", f"/ai/models/{quote(name, safe='')}", accept=(404,))
        if answer.status == 404:
            raise Rejected(
                f"oxen: there is no model {name} at the service; `uprez providers` lists what uprez knows",
                provider="oxen",
            )
        found = object_of(answer.json())
        inner = object_of(found.get("data")) or object_of(found.get("model")) or found
        if not inner.get("id"):
            raise Unavailable(f"oxen: what is said of model {name} can't be read; it is asked again")
        return inner

    async def enqueue(self, body: Mapping[str, Any]) -> str:
        """Place an order: the call that pays; returns its id.

        Raises Rejected and OutOfCredit where it is refused, Unavailable where it may stand all the same.
        """
        answer = await self.client.ask("POST", "/ai/queue", json=dict(body), accept=_REFUSALS)
        _refuse(answer)
        made = object_of(answer.json())
        several = made.get("generations")
        first = object_of(several[0]) if isinstance(several, list) and several else {}
        found = str(first.get("generation_id") or "")
        if not ID.fullmatch(found):
            said = f" ({words(answer)})" if made.get("error") else ""
            raise Unavailable(f"oxen: an order was answered without an id{said}; it is looked for")
        return found

    async def generate(self, path: str, body: Mapping[str, Any], wait: float) -> dict[str, Any]:
        """Place an order and wait for its render: pays as well; the line is silent for up to `wait` seconds.

        Raises what `enqueue` raises.
        """
        answer = await self.client.ask("POST", path, json=dict(body), accept=_REFUSALS, wait=wait)
        _refuse(answer)
        return object_of(answer.json())

    async def job(self, name: str) -> Job | None:
        """Ask how an order stands; None where the queue does not know it, or not any more."""
        answer = await self.client.ask("GET", f"/ai/queue/{name}", accept=(404,))
        if answer.status == 404:
            return None
        return self._read(answer, name)

    async def record(self, name: str) -> Job | None:
        """Ask the history for an order, which alone tells its cost; None where it isn't kept there."""
        answer = await self.client.ask("GET", f"/ai/generations/{name}", accept=(404,))
        if answer.status == 404:
            return None
        return self._read(answer, name)

    async def listed(self, state: str, namespace: str) -> Listed:
        """Return the orders in a state; a hub that keeps only active ones lists those, whatever is asked."""
        params = {"status": state} | ({"namespace": namespace} if namespace else {})
        found = object_of((await self.client.ask("GET", "/ai/queue", params=params)).json())
        several = found.get("generations")
        if not isinstance(several, list):
            raise Unavailable("oxen: the list of orders can't be read; it is asked again", provider="oxen")
        jobs = tuple(job for one in several if (job := self._job(object_of(one))) is not None)
        count = _number(found.get("count"))
        return Listed(jobs=jobs, whole=len(jobs) == len(several) and (count is None or count <= len(jobs)))

    async def cancel(self, name: str) -> bool:
        """Ask to stop an order; False where the service does not know it, or not any more."""
        answer = await self.client.ask("DELETE", f"/ai/queue/{name}", accept=(400, 404, 409))
        return answer.status < 300

    def whole(self, url: str) -> str:
        """Return a result's whole address: some are paths of the service."""
        return url if "://" in url else urljoin(f"{self._client.base_url}/", url)

    def _read(self, answer: Answer, name: str) -> Job:
        found = object_of(answer.json())
        inner = next(
            (object_of(found[key]) for key in ("generation", "data") if object_of(found.get(key))), found
        )
        job = self._job({"generation_id": inner.get("id"), **inner})
        if job is None or job.id != name:
            raise Unavailable(f"oxen: what is said of order {name} can't be read; it is asked again")
        return job

    def _job(self, found: dict[str, Any]) -> Job | None:
        name = str(found.get("generation_id") or "")
        if not ID.fullmatch(name):
            return None
        state = str(found.get("status") or "processing").lower()  # an old hub lists what is active, wordless
        url = url_of(found)
        return Job(
            id=name,
            state={"canceled": "cancelled", "completed": "succeeded"}.get(state, state),
            url=self.whole(url) if url else None,
            reason=_reason(found),
            fields=found,
        )


def cost(job: Job | None) -> Decimal | None:
    """Return what an order has cost in USD, None where that isn't told."""
    return None if job is None else _number(job.fields.get("cost"))


def url_of(found: Mapping[str, Any]) -> str | None:
    """Return the address of a render wherever an answer has it (facts: O-COMM)."""
    for place in (("result_url",), *_URLS, *(("result", *place) for place in _URLS[:1])):
        here: Any = found
        for step in place:
            here = here[step] if _has(here, step) else None
        if isinstance(here, str) and here:
            return here
    return None


def strings_of(found: Any) -> Iterator[str]:
    """Yield every text in what an answer says."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, dict | list):
        for one in found.values() if isinstance(found, dict) else found:
            yield from strings_of(one)


def object_of(found: Any) -> dict[str, Any]:
    """Return what was read from JSON if it is an object, else an empty one."""
    return found if isinstance(found, dict) else {}


def _refuse(answer: Answer) -> None:
    """Raise what a refusal means; an account without credit has no code of its own in the documents."""
    if answer.status in (400, 402, 403, 422) and _BROKE.search(words(answer)):
        raise OutOfCredit(
            f"oxen: the order was answered {answer.status} ({words(answer)}); add credit to the account",
            provider="oxen",
        )
    check(answer, "oxen", "the order", KEY_ENV)


def _reason(found: Mapping[str, Any]) -> str:
    error = found.get("error")
    said = found.get("error_message") or (
        next((error[key] for key in ("detail", "message", "title") if error.get(key)), "")
        if isinstance(error, dict)
        else error
    )
    return " ".join(str(said or "").split())[:300]


def _has(here: Any, step: str | int) -> bool:
    if isinstance(step, int):
        return isinstance(here, list) and len(here) > step
    return isinstance(here, dict) and step in here


def _number(found: Any) -> Decimal | None:
    try:
        number = Decimal(str(found))
    except InvalidOperation:
        return None
    return number if number.is_finite() and not isinstance(found, bool) else None
