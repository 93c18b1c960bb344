"""A prompt as Astria tells of it, read leniently: it has no status, so its fields say how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from uprez.frozen import Frozen

_MC_PER_DOLLAR = 100_000  # thousandths of a cent (facts: A-CLI)
_CLIPS = frozenset({".mp4", ".mov", ".webm", ".mkv"})


class Prompt(Frozen):
    """Hold a prompt; `images` pairs each address with its content type, empty where it isn't told.

    `callback` is None where it is told to be none; `tells_callback` says whether it is told at all.
    """

    id: int
    model: str = ""
    callback: str | None = None
    tells_callback: bool = False
    seed: int | None = None
    started: bool = False
    trained_at: str = ""
    images: tuple[tuple[str, str], ...] = ()
    error: str = ""
    cost: Decimal | None = None

    def render(self, *, clip: bool | None) -> str | None:
        """Return the address of the render; the still before a clip is none (facts: A-COMM).

        Whether a clip is wanted follows from the prompt itself where `clip` is None.
        """
        if not self.trained_at:
            return None
        clip = bool(self.model) if clip is None else clip
        return next((url for url, kind in self.images if _is_clip(url, kind) == clip), None)

    def ended_before(self, now: float, seconds: float) -> bool:
        """Tell whether it ended more than `seconds` before `now`, by the service's own clock."""
        try:
            return now - datetime.fromisoformat(self.trained_at).timestamp() > seconds
        except ValueError:
            return False


def read(body: Any) -> Prompt | None:
    """Return the prompt in an answer, bare, wrapped, or in a list of one; None where there is none."""
    if isinstance(body, list):
        return read(body[0]) if body else None
    if not isinstance(body, dict):
        return None
    if "id" not in body and isinstance(body.get("prompt"), dict):
        return read(body["prompt"])
    try:
        number = int(body.get("id"))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return Prompt(
        id=number,
        model=_text(body.get("video_model")),
        callback=_text(body.get("callback")) or None,
        tells_callback="callback" in body,
        seed=_whole(body.get("seed")),
        started=bool(body.get("started_training_at")),
        trained_at=_text(body.get("trained_at")),
        images=_images(body),
        error=" ".join(_text(body.get("user_error")).split())[:300],
        cost=_dollars(body.get("cost_mc")),
    )


def read_all(body: Any) -> list[Prompt] | None:
    """Return the prompts of a list, None where an answer is no list of prompts."""
    if isinstance(body, dict):
        body = body.get("prompts")
    if not isinstance(body, list):
        return None
    found = [read(one) for one in body]
    return None if None in found else [one for one in found if one is not None]


def _images(body: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    images, kinds = body.get("images"), body.get("content_types")
    urls = images if isinstance(images, list) else []
    told = [_text(kind).lower() for kind in kinds] if isinstance(kinds, list) else []
    told += [""] * (len(urls) - len(told))
    return tuple((url, kind) for url, kind in zip(urls, told, strict=False) if isinstance(url, str) and url)


def _is_clip(url: str, kind: str) -> bool:
    if kind:
        return kind.startswith("video/")
    try:
        return PurePosixPath(urlsplit(url).path).suffix.lower() in _CLIPS
    except ValueError:
        return False


def _text(found: Any) -> str:
    return "" if found is None or found is False else str(found)


def _whole(found: Any) -> int | None:
    try:
        return int(found)
    except (TypeError, ValueError):
        return None


def _dollars(found: Any) -> Decimal | None:
    if isinstance(found, bool):
        return None
    try:
        amount = Decimal(str(found)) / _MC_PER_DOLLAR
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount >= 0 else None
