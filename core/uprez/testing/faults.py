"""What goes wrong between the engine and a provider's methods."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from uprez.errors import Unavailable
from uprez.orders import Queued, Running, Status, Succeeded, Ticket
from uprez.provider import Provider


def fail(
    provider: Provider, method: str, failure: BaseException, *, times: int = 1, after: bool = False
) -> None:
    """Let a method of `provider` fail a number of times, before or `after` it did its work."""
    inner: Callable[..., Awaitable[Any]] = getattr(provider, method)
    left = times

    async def failing(*args: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            return await inner(*args)
        if after:
            await inner(*args)
        raise failure

    setattr(provider, method, failing)


def break_fetch(provider: Provider) -> None:
    """Let the first fetch leave half a file and lose its connection."""
    inner, calls = provider.fetch, iter([True])

    async def breaking(done: Succeeded, to: Path) -> None:
        if next(calls, False):
            to.write_bytes(b"half of a render")
            raise Unavailable("the connection was cut", provider=provider.name)
        await inner(done, to)

    setattr(provider, "fetch", breaking)  # noqa: B010 - mypy knows no assigned methods


def slow_down(provider: Provider, polls: int, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Let the first `polls` polls say that it runs, each doing something `meanwhile`."""
    inner, left = provider.poll, iter(range(polls))

    async def slow(ticket: Ticket) -> Status:
        if next(left, None) is None:
            return await inner(ticket)
        meanwhile()
        return Running()

    setattr(provider, "poll", slow)  # noqa: B010


def tell_first(provider: Provider, progress: Iterable[Queued | Running]) -> None:
    """Let the first polls tell this progress, whatever the truth is."""
    inner, told = provider.poll, iter(progress)

    async def telling(ticket: Ticket) -> Status:
        status = next(told, None)
        return await inner(ticket) if status is None else status

    setattr(provider, "poll", telling)  # noqa: B010


def charge_more(provider: Provider, times: int, price: Decimal) -> None:
    """Let the service say that an order cost `times` what it did, or what was quoted."""
    inner = provider.poll

    async def dear(ticket: Ticket) -> Status:
        status = await inner(ticket)
        if not isinstance(status, Succeeded):
            return status
        return status.model_copy(update={"charged": times * (status.charged or price)})

    setattr(provider, "poll", dear)  # noqa: B010


def heard(provider: Provider) -> list[Status]:
    """Return a list that fills with every status that the provider tells."""
    inner, statuses = provider.poll, list[Status]()

    async def hearing(ticket: Ticket) -> Status:
        statuses.append(await inner(ticket))
        return statuses[-1]

    setattr(provider, "poll", hearing)  # noqa: B010
    return statuses
