"""What a service answered, and which error its status means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from uprez.errors import NotPlaced, OutOfCredit, Rejected, Unauthorized, Unavailable
from uprez.redaction import masked

_LONGEST_WORDS = 300
_WORDS = ("detail", "message", "error", "title", "errors", "error_message", "msg", "status_message")
_LATER = frozenset({408, 425, 500, 502, 503, 504})


@dataclass(frozen=True)
class Answer:
    """Hold an answer whole; `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    def json(self) -> Any:
        """Return the body read as JSON; raises Unavailable where it isn't any."""
        try:
            return json.loads(self.text) if self.text.strip() else None
        except ValueError:
            raise Unavailable(f"the service answered {self.status} without JSON; it is asked again") from None

    @property
    def retry_after(self) -> float | None:
        """Return the seconds that the service asks to wait, from either form of Retry-After."""
        return retry_after(self.headers.get("retry-after"))


def retry_after(said: str | None) -> float | None:
    """Read Retry-After: seconds, or a date that is held against this machine's clock."""
    if not said:
        return None
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def check(answer: Answer, provider: str, what: str, key_env: str | None) -> None:
    """Raise what an error status means; a status below 300 means nothing.

    Raises Unauthorized, OutOfCredit, Rejected, Unavailable, and NotPlaced for 429: refused unread.
    """
    status, said = answer.status, words(answer)
    if status < 300:
        return
    about = f"{provider}: {what} was answered {status}" + (f" ({said})" if said else "")
    if status in (401, 403):
        name = key_env or "the key"
        raise Unauthorized(f"{about}; the key is refused, set {name}", provider=provider)
    if status == 402:
        raise OutOfCredit(f"{about}; the account has not enough credit, add some", provider=provider)
    if status == 429:
        raise NotPlaced(
            f"{about}; it is tried again later", provider=provider, retry_after=answer.retry_after
        )
    if status in _LATER or status > 504:
        raise Unavailable(f"{about}; it is asked again", provider=provider, retry_after=answer.retry_after)
    if status < 400:
        raise Rejected(f"{about}, a redirect that is not followed; check the address", provider=provider)
    raise Rejected(f"{about}; change the order", provider=provider)


def words(answer: Answer) -> str:
    """Return what the service says went wrong, in its own words as far as they can be found."""
    try:
        said = _found(json.loads(answer.text))
    except ValueError:
        said = "" if "<" in answer.text[:20] else answer.text
    return masked(" ".join(said.split()))[:_LONGEST_WORDS]  # some services repeat the key they refuse


def _found(body: Any) -> str:
    if isinstance(body, str):
        return body
    if isinstance(body, list):
        return "; ".join(filter(None, map(_found, body[:3])))
    if isinstance(body, dict):
        for key in _WORDS:
            if said := _found(body.get(key)):
                return said
    return ""
