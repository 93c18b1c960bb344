"""Which addresses a download may come from: a result's URL is data, and data may lie."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

from uprez.errors import MediaError, Unavailable

Origin = tuple[str, str, int]
_PORTS = {"http": 80, "https": 443}


def origin(url: str) -> Origin:
    """Return scheme, host and port of a URL; raises MediaError for one that has none."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise MediaError(f"{host_of(url)}: not an address of a file on the web; nothing is fetched") from None
    return parts.scheme, (parts.hostname or "").lower().rstrip("."), port


def host_of(url: str) -> str:
    """Return what may be shown of a URL: its host, since the rest can carry a signature."""
    try:
        return urlsplit(url).hostname or "an address without a host"
    except ValueError:
        return "an unreadable address"


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, by its name or number."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def admitted(url: str, own: Origin) -> str | None:
    """Check that a file may be fetched from a URL, and return the address to connect to.

    `own` is the service's origin: what it serves itself is fetched as it stands (None is returned). Other
    hosts need https and public addresses; where the service itself is on this machine, as in a test, other
    ports of this machine do as well. Raises MediaError, and Unavailable where the name does not resolve.
    """
    scheme, host, port = found = origin(url)
    if found == own or (is_loopback(own[1]) and is_loopback(host)):
        return None
    if scheme != "https" or not host or "@" in urlsplit(url).netloc:
        raise MediaError(f"{host or url[:40]}: a render is fetched only by https; nothing is fetched")
    addresses = await _resolved(host, port)
    if not addresses or not all(map(_is_public, addresses)):
        raise MediaError(f"{host}: is an address inside a private network; nothing is fetched from there")
    return addresses[0]


async def _resolved(host: str, port: int) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise Unavailable(f"{host}: the name does not resolve; it is tried again") from None
    return [str(address[4][0]) for address in found]


def _is_public(address: str) -> bool:
    number = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(number, "ipv4_mapped", None)
    return (mapped or number).is_global and not number.is_multicast
