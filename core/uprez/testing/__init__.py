"""The conformance kits and fakes that plugin authors test against; shipped in the wheel.

The kits need pytest (`pip install uprez[test]`); the clips don't, so a kit is imported when it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from uprez.testing.clips import make_clip, read_number, read_numbers

if TYPE_CHECKING:
    from uprez.testing.host_contract import HostContract
    from uprez.testing.provider_contract import ProviderContract, Service
    from uprez.testing.stager_contract import StagerContract
    from uprez.testing.web import Asked, Reply, WebService

__all__ = [
    "Asked",
    "HostContract",
    "ProviderContract",
    "Reply",
    "Service",
    "StagerContract",
    "WebService",
    "make_clip",
    "read_number",
    "read_numbers",
]
_KITS = {
    "HostContract": "host_contract",
    "ProviderContract": "provider_contract",
    "Service": "provider_contract",
    "StagerContract": "stager_contract",
    "Asked": "web",
    "Reply": "web",
    "WebService": "web",
}


def __getattr__(name: str) -> Any:
    if name not in _KITS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_KITS[name]}"), name)
