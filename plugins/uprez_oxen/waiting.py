"""The synchronous route: the line is held until the render is there, and its answer is all there is of it."""

from __future__ import annotations

import base64
import binascii
import os
import shutil
from pathlib import Path
from typing import Any

from uprez.errors import Unavailable
from uprez.orders import Order, Staged, Status, Succeeded, Ticket
from uprez_oxen.api import Api, object_of, url_of

PATIENCE = 1200.0
"""Seconds that the service may take; it says 1 to 15 minutes (facts: O-DOC)."""
LARGEST_FRAME = 8  # bytes a pixel: more than any encoder of the service needs


def largest(order: Order) -> int:
    """Return how many bytes the render of an order can have at most."""
    return order.width * order.height * order.plate.pull.frames.count * LARGEST_FRAME + (64 << 20)


def ticket(found: dict[str, Any], order: Order, staged: Staged, api: Api, scratch: Path) -> Ticket:
    """Return the ticket of an order whose render is there already; raises Unavailable where it isn't."""
    name = str(staged.data["token"])
    about = {"sync": True, "largest": largest(order)}
    url = url_of(found)
    if url is not None:
        return Ticket(id=name, data={**about, "url": api.whole(url)})
    content = _content(found)
    if not content:
        raise Unavailable("oxen: the synchronous route answered without a render", provider="oxen")
    _keep(scratch / f"{name}.render", content)
    return Ticket(id=name, data={**about, "kept": f"{name}.render"})


def status(ticket: Ticket) -> Status:
    """Say where the render is, which came with the answer."""
    return Succeeded(data=ticket.data)


def fetch(scratch: Path, name: str, to: Path) -> None:
    """Copy a render that came inside the answer; raises Unavailable where it is gone."""
    part = to.with_name(f"{to.name}.copy")
    try:
        shutil.copyfile(scratch / Path(name).name, part)
    except FileNotFoundError:
        raise Unavailable(f"oxen: {name} is not in the workspace any more; buy it anew") from None
    part.replace(to)


def clear(scratch: Path, ticket: Ticket) -> None:
    """Remove a render that came inside the answer."""
    if "kept" in ticket.data:
        (scratch / Path(str(ticket.data["kept"])).name).unlink(missing_ok=True)


def _content(found: dict[str, Any]) -> bytes:
    for key in ("videos", "images", "data"):
        several = found.get(key)
        first = object_of(several[0]) if isinstance(several, list) and several else {}
        try:
            content = base64.b64decode(str(first.get("b64_json") or ""), validate=True)
        except binascii.Error:
            continue
        if content:
            return content
    return b""


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
