"""The error tree. A class exists only if somebody acts differently on it.

    UprezError
    ├ PlanError          nothing exported, nothing spent; change the request
    ├ PluginError        that plugin is out; the others go on
    ├ MediaError         this file can't be read or written; the others go on
    ├ HostError
    │  ├ RelinkError     the timeline was left as it was
    │  └ HostGone        the editor closed; come back when it is open
    ├ ProviderError      (.provider, .order)
    │  ├ Unauthorized    stop this provider, name the key's variable
    │  ├ OutOfCredit     stop this provider, keep what is running
    │  ├ Rejected        this order will never pass; the others go on
    │  ├ Unavailable     (.retry_after) wait and repeat; never for submit
    │  │  └ NotPlaced    surely nothing was taken: the one failure after which submit may be called anew
    │  └ InDoubt         may have been charged; a person decides
    ├ StagingError       the plate could not be put where the provider reads it
    ├ VerifyError        (.wanted, .found) the render is not the same picture
    ├ BudgetError        the cap would be passed; nothing was sent
    └ LedgerError        (.why: locked · too new · damaged · full · read-only)

Every message is one sentence: what and where first, then what is wrong, then what to do.
"""

from typing import Literal


class UprezError(Exception):
    """Anything uprez says to a person in one sentence instead of a traceback."""


class PlanError(UprezError):
    """Nothing was exported and nothing spent; the request has to change."""


class PluginError(UprezError):
    """One plugin is out; the others go on."""


class MediaError(UprezError):
    """One file can't be read or written; the others go on."""


class HostError(UprezError):
    """The timeline can't be read or written."""


class RelinkError(HostError):
    """A relink did not read back as asked; the timeline was left as it was."""


class HostGone(HostError):
    """The editor is not there any more; renders stay in the workspace until it is."""


class ProviderError(UprezError):
    """Something went wrong at a provider."""

    def __init__(self, message: str, *, provider: str = "", order: str = "") -> None:
        super().__init__(message)
        self.provider = provider
        self.order = order


class Unauthorized(ProviderError):
    """The key is missing or refused: no order of this provider can pass."""


class OutOfCredit(ProviderError):
    """The account is empty: nothing new is sent, what runs is kept."""


class Rejected(ProviderError):
    """This order will never pass; nothing was charged for it."""


class Unavailable(ProviderError):
    """The service can't answer now; wait `retry_after` seconds (None: the engine's own backoff)."""

    def __init__(
        self, message: str, *, provider: str = "", order: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(message, provider=provider, order=order)
        self.retry_after = retry_after


class NotPlaced(Unavailable):
    """Nothing was sent, or it was refused unread (429): the order surely does not stand."""


class InDoubt(ProviderError):
    """The order may have been charged and nothing tells; a person decides."""


class StagingError(UprezError):
    """A plate could not be put where the provider can read it; nothing was charged."""


class VerifyError(UprezError):
    """A render is not the same picture as its plate."""

    def __init__(self, message: str, *, wanted: str = "", found: str = "") -> None:
        super().__init__(message)
        self.wanted = wanted
        self.found = found


class BudgetError(UprezError):
    """The cap would be passed; nothing was sent."""


class LedgerError(UprezError):
    """The ledger can't be used, and guessing could spend twice."""

    def __init__(
        self, message: str, *, why: Literal["locked", "too new", "damaged", "full", "read-only"]
    ) -> None:
        super().__init__(message)
        self.why = why
