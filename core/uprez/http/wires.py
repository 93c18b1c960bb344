"""Open connections, and say in our errors what went wrong on them: the one place that builds a client."""

from __future__ import annotations

import functools
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from uprez.errors import NotPlaced, Unavailable
from uprez.failpoints import failpoint
from uprez.http.guard import host_of

if TYPE_CHECKING:
    import httpx

CONNECT, READ, WRITE, POOL = 10.0, 60.0, 120.0, 30.0  # seconds


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Load the certificates once: it takes longer than most requests."""
    import httpx

    return httpx.create_ssl_context()


@asynccontextmanager
async def sent(
    method: str,
    url: str,
    provider: str,
    *,
    headers: Mapping[str, str] | None = None,
    address: str | None = None,
    read: float | None = READ,
    **given: Any,
) -> AsyncIterator[httpx.Response]:
    """Send a request and yield its answer before its body is read; no redirect is followed.

    `address` is the number to connect to, where the host's name was checked before; `read` is in seconds,
    None waits for ever. Raises NotPlaced where nothing was sent, Unavailable for what else breaks.
    """
    import httpx  # at the first request: every command loads the plugins, and few of them ask a service

    unsent = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
    target, sent_headers, extensions = httpx.URL(url), dict(headers or {}), {}
    if address is not None:
        extensions = {"sni_hostname": target.host}
        sent_headers["Host"] = target.netloc.decode()
        target = target.copy_with(host=address)
    timeout = httpx.Timeout(connect=CONNECT, read=read, write=WRITE, pool=POOL)
    try:
        async with httpx.AsyncClient(verify=_trusted(), timeout=timeout) as client:
            request = client.build_request(
                method, target, headers=sent_headers, extensions=extensions, **given
            )
            request.extensions["timeout"] = timeout.as_dict()
            failpoint("request")
            answer = await client.send(request, stream=True)
            failpoint("response")
            try:
                yield answer
            finally:
                await answer.aclose()
    except unsent as never:
        raise NotPlaced(
            f"{provider}: {host_of(url)} can't be reached ({_why(never)}); it is tried again",
            provider=provider,
        ) from None
    except (httpx.HTTPError, httpx.StreamError, OSError) as lost:
        raise Unavailable(
            f"{provider}: the line to {host_of(url)} broke ({_why(lost)}); it is tried again",
            provider=provider,
        ) from None


def _why(failure: Exception) -> str:
    return str(failure) or type(failure).__name__
