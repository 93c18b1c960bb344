"""Where a provider's key comes from: the environment, a file that it names, or the system's keyring."""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path
from typing import Any, NamedTuple

from uprez.errors import PlanError
from uprez.keys import Key
from uprez.provider import Provider

SERVICE = "uprez"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LEAST_PRIORITY = 1  # below are backends that write plain text, or nothing
_log = logging.getLogger("uprez")


class Found(NamedTuple):
    """Hold a key and say in words where it comes from."""

    key: Key
    source: str


def key_for(kind: type[Provider]) -> Found | None:
    """Return a provider's key: from its variable, from the file that VARIABLE_FILE names, from the keyring.

    None where it needs none or there is none. Raises PlanError for a key file that others can read.
    """
    if kind.key_env is None:
        return None
    if value := os.environ.get(kind.key_env, "").strip():
        return Found(Key(value), kind.key_env)
    if named := os.environ.get(f"{kind.key_env}_FILE"):
        return Found(_from_file(f"{kind.key_env}_FILE", Path(named)), f"{kind.key_env}_FILE")
    return _from_keyring(kind.name)


def keep_key(kind: type[Provider], value: str) -> str:
    """Write a provider's key into the system's keyring; returns the keyring's name. Raises PlanError."""
    ring = ring_for(kind)
    try:
        ring.set_password(SERVICE, kind.name, Key(value).secret())
    except Exception as refused:  # a backend is anybody's code
        raise PlanError(
            f"{kind.name}: {_name(ring)} did not take the key ({type(refused).__name__}); unlock it, "
            f"or set {kind.key_env}"
        ) from None
    return _name(ring)


def ring_for(kind: type[Provider]) -> Any:
    """Return the keyring that would keep a provider's key. Raises PlanError where there is none."""
    rings = _rings()
    if not rings:
        raise PlanError(
            f"{kind.name}: this machine has no keyring that keeps a key safe (`pip install uprez[keyring]` "
            f"brings the library); set {kind.key_env} or {kind.key_env}_FILE"
        )
    return rings[0]


def keyring_name() -> str | None:
    """Return the name of the keyring that would be used, None where there is none."""
    rings = _rings()
    return _name(rings[0]) if rings else None


def _from_file(variable: str, path: Path) -> Key:
    try:
        if path.stat().st_mode & _OTHERS and os.name == "posix":
            raise PlanError(f"{variable}: {path} can be read by others; `chmod 600` it")
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as broken:
        why = getattr(broken, "strerror", None) or "it is no text"
        raise PlanError(f"{variable}: {path} can't be read ({why}); mend the path or unset it") from None
    if not value:
        raise PlanError(f"{variable}: {path} is empty; write the key into it")
    return Key(value)


def _from_keyring(name: str) -> Found | None:
    for ring in _rings():
        try:
            value = ring.get_password(SERVICE, name)
        except Exception as closed:  # locked, no session bus, somebody's plugin: as good as not there
            _log.debug("%s gave no key (%s)", _name(ring), type(closed).__name__)
            continue
        if value:
            return Found(Key(value), _name(ring))
    return None


def _rings() -> list[Any]:
    """Return the keyrings that keep a key safe, best first: none on a headless machine."""
    try:
        import keyring

        ring = keyring.get_keyring()
        rings = getattr(ring, "backends", None) or [ring]
        return [one for one in rings if one.priority >= _LEAST_PRIORITY]
    except Exception as absent:
        _log.debug("no keyring (%s)", type(absent).__name__)
        return []


def _name(ring: Any) -> str:
    kind = type(ring)
    return f"the keyring {kind.__module__.removeprefix('keyring.backends.')}.{kind.__qualname__}"
