"""Read Runware's envelope: `data` and `errors` beside each other, and which of our errors a code means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from uprez.errors import OutOfCredit, ProviderError, Rejected, Unauthorized, Unavailable
from uprez.frozen import Frozen

_KEY = ("apikey", "unauthorized", "forbidden", "token", "suspended", "disabled")
_CREDIT = ("credit", "quota", "balance", "paymentrequired", "environmentpaused")
_BUSY = ("ratelimit", "internalservererror", "serviceunavailable", "standarderror", "unknownerror")
_UNKNOWN = ("taskfailedornotfound", "tasknotfound")
_REFUSED = ("invalid", "missing", "conflict", "duplicate", "unsupported", "value", "array", "max")
_REFUSED_TOO = frozenset(
    {
        "unknownparameter", "incompatibleparameters", "unknownmodel", "modelnotfound",
        "contentpolicyviolation", "nsfwcontentdetected", "promptblocked", "imageblocked",
    }
)  # fmt: skip
Kind = Literal["key", "credit", "busy", "refused", "other"]


class Said(Frozen):
    """Hold what an answer says of one task: its items, and its errors."""

    items: tuple[dict[str, Any], ...] = ()
    errors: tuple[dict[str, Any], ...] = ()

    @property
    def code(self) -> str:
        """Return the first error's code, "" where there is none."""
        return str(self.errors[0].get("code") or "") if self.errors else ""

    @property
    def unknown(self) -> bool:
        """Tell whether the service says that it knows no such task, or none any more."""
        return self.code.lower() in _UNKNOWN

    @property
    def stands(self) -> bool:
        """Tell whether the service refused a taskUUID because it has it (facts: R-PY, conflictTaskUUID)."""
        low = self.code.lower()
        return low.startswith(("conflict", "duplicate")) and "taskuuid" in low


def kind_of(code: str) -> Kind:
    """Class a code, as far as R-SDK's classes tell; `refused` is only what is refused before it is taken."""
    low = code.lower()
    if any(part in low for part in _KEY):
        return "key"
    if any(part in low for part in _CREDIT):
        return "credit"
    if any(part in low for part in _BUSY):
        return "busy"
    if low in _REFUSED_TOO or (low.startswith(_REFUSED) and "provider" not in low):
        return "refused"
    return "other"


def said_of(body: Any, task: str) -> Said:
    """Pick what an answer says of a task; what names no task is taken to be about it (facts: R-SDK)."""
    if not isinstance(body, Mapping):
        return Said()
    single = body.get("error") or ()
    errors = [*_list(body.get("errors")), *_list(single)]
    mine = [error for error in errors if error.get("taskUUID") in (None, "", task)]
    items = [item for item in _list(body.get("data")) if item.get("taskUUID") in (None, "", task)]
    for item in items:
        if item.get("status") == "error":
            mine.append(item["error"] if isinstance(item.get("error"), dict) else item)
    return Said(items=tuple(items), errors=tuple(mine))


def error_of(error: Mapping[str, Any], what: str) -> ProviderError:
    """Return what an error of the service means to whoever asked.

    Rejected is only what was surely not taken; a timeout or a failure behind the service is Unavailable.
    """
    code = str(error.get("code") or "an error without a code")
    parameter = error.get("parameter")
    named = f", parameter {parameter}" if parameter else ""
    about = f"runware: {what} was refused with {code}{named} ({words(error)})"
    kind = kind_of(code)
    if kind == "key":
        return Unauthorized(f"{about}; set RUNWARE_API_KEY to a key that is valid", provider="runware")
    if kind == "credit":
        return OutOfCredit(f"{about}; add credit to the account", provider="runware")
    if kind == "refused":
        return Rejected(f"{about}; change the order", provider="runware")
    return Unavailable(f"{about}; it is asked again", provider="runware")


def words(error: Mapping[str, Any]) -> str:
    """Return what the service says in its own words, in one line."""
    return " ".join(str(error.get("message") or error.get("code") or "no reason given").split())[:300]


def _list(found: Any) -> list[dict[str, Any]]:
    several = found if isinstance(found, list | tuple) else [found]
    return [one for one in several if isinstance(one, dict)]
