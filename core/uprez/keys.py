"""Keys of services: a value that does not show itself."""

from __future__ import annotations

from uprez.errors import Unauthorized

_known: set[str] = set()


class Key:
    """Hold a key that no repr, str, log line or JSON shows; `secret()` is the one way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value
        _known.add(value)

    def secret(self) -> str:
        """Return the key itself, to be sent to its own service and nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return "Key(********)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a key is not written anywhere")


def known_secrets() -> frozenset[str]:
    """Return every key that this process has held, for what takes them out of texts."""
    return frozenset(_known)


def required(key: Key | None, provider: str, key_env: str) -> Key:
    """Return a provider's key; raises Unauthorized naming its variable where there is none."""
    if key is None:
        raise Unauthorized(
            f"{provider}: there is no key; set {key_env} or run `uprez keys set {provider}`",
            provider=provider,
        )
    return key
