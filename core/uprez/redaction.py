"""Take keys and signatures out of every text that leaves the program: logs, errors, evidence."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

from uprez.keys import known_secrets

MASK = "********"
_LEAST = 6  # characters: a shorter "key" would take ordinary words out of every text
_NAMES = r"signature|sig|token|access_token|api[-_]?key|apikey|key-pair-id|policy|credential|password|secret"
_PATTERNS = (
    re.compile(r"(?i)(\bx-(?:amz|goog)-[a-z-]*(?:=|%3d))[^&\s\"'<>]+"),
    re.compile(rf"(?i)((?<![a-z0-9])(?:{_NAMES})(?:=|%3d))[^&\s\"'<>]+"),
    re.compile(r"(?i)(\b(?:bearer|basic|token)\s+)(?=[^\s\"']*[0-9_-])[A-Za-z0-9._~+/=-]{12,}"),
    re.compile(
        r"(?i)([\"']?\b(?:authorization|x-api-key|api[-_]?key)[\"']?\s*[:,]\s*b?[\"']?)[^\s\"',}]{6,}"
    ),
    re.compile(r"(\b)(?:sd|sk)_[A-Za-z0-9]{8,}\b"),
)


def masked(text: str) -> str:
    """Return a text with every key this process holds, and what looks like a signature, masked."""
    secrets = known_secrets()
    if secrets and (found := _secrets(secrets)) is not None:
        text = found.sub(MASK, text)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<1>{MASK}", text)
    return text


def masked_values(value: Any) -> Any:
    """Return JSON's kind of value with every text in it masked."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {key: masked_values(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [masked_values(one) for one in value]
    return value


class MaskingFilter(logging.Filter):
    """Mask a record as it will be written, its traceback included; it belongs on handlers."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the record's text, and let it pass."""
        record.msg, record.args = masked(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.exc_info = None
        record.exc_text = masked(record.exc_text) if record.exc_text else None
        record.stack_info = masked(record.stack_info) if record.stack_info else None
        return True


def guard_logs() -> None:
    """Put the filter on every handler that the program's log goes through; once is enough."""
    for handler in (*logging.getLogger().handlers, logging.lastResort):
        if handler is not None and not any(isinstance(one, MaskingFilter) for one in handler.filters):
            handler.addFilter(MaskingFilter())


@lru_cache(maxsize=8)
def _secrets(secrets: frozenset[str]) -> re.Pattern[str] | None:
    forms = {form for secret in secrets if len(secret) >= _LEAST for form in _forms(secret)}
    longest_first = sorted(forms, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))) if forms else None


def _forms(secret: str) -> Iterator[str]:
    """Yield a key as it is, quoted for URLs, and in base64 at each of the places it can begin at there."""
    yield secret
    yield quote(secret, safe="")
    yield quote_plus(secret)
    for before in range(3):
        raw = b"\0" * before + secret.encode()
        whole = raw[: len(raw) - len(raw) % 3]  # the last characters depend on what follows
        start = (0, 2, 3)[before]  # and the first ones on what goes before
        for encoded in (base64.b64encode(whole), base64.urlsafe_b64encode(whole)):
            if len(encoded) - start >= _LEAST:
                yield encoded.decode()[start:]
