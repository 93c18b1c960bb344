"""What a claim for a refund needs: who was asked for what, when, and what came. Never a key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from uprez.engine import files
from uprez.errors import MediaError, PlanError
from uprez.ledger import Attempt, Ledger
from uprez.model import Info
from uprez.orders import Event, Order
from uprez.outcome import Standing
from uprez.redaction import masked_values

_ADDRESS = ("http://", "https://", "s3://")


def evidence(ledger: Ledger, order_id: str) -> dict[str, Any]:
    """Return all that is known of an order, as JSON's kind of values; files are read for their digests."""
    standing = ledger.standing(order_id)
    attempts = ledger.attempts(order_id)
    told = [event for event in ledger.events() if event.order == order_id]
    shown: dict[str, Any] = masked_values(
        {
            "order": order_id,
            "written": _utc(datetime.now(UTC).timestamp()),
            "state": standing.state,
            "error": standing.error,
            "asked": _asked(standing.order),
            "money": _money(standing),
            "attempts": [_attempt(one) for one in attempts],
            "events": [_event(event) for event in told],
            "came": _came(ledger, standing, attempts),
        }
    )
    return shown


def write_evidence(found: dict[str, Any], to: Path) -> tuple[Path, Path]:
    """Write evidence as JSON and as text beside it; returns both. Raises PlanError."""
    as_json, as_text = to.with_suffix(".json"), to.with_suffix(".txt")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        as_json.write_text(json.dumps(found, indent=2, ensure_ascii=False), encoding="utf-8")
        as_text.write_text("\n".join(lines(found)) + "\n", encoding="utf-8")
    except OSError as refused:
        raise PlanError(
            f"{to}: can't be written ({refused.strerror}); choose another place with -o"
        ) from None
    return as_json, as_text


def lines(found: dict[str, Any]) -> Iterator[str]:
    """Write evidence for people, one fact a line."""
    yield f"Evidence on order {found['order']}, written {found['written']} by uprez"
    for heading in ("state", "error"):
        if found[heading]:
            yield f"{heading}: {found[heading]}"
    for heading in ("asked", "money", "came"):
        yield ""
        yield {"asked": "What was asked", "money": "Money", "came": "What came"}[heading]
        yield from _nested(found[heading])
    for attempt in found["attempts"]:
        yield ""
        yield f"Attempt {attempt['n']}"
        yield from _nested({name: value for name, value in attempt.items() if name != "n"})
    yield ""
    yield "What happened (UTC)"
    for event in found["events"]:
        detail = ", ".join(f"{name} {value}" for name, value in event["detail"].items())
        yield f"  {event['at']}  {event['kind']}" + (f": {detail}" if detail else "")


def _nested(facts: dict[str, Any], indent: str = "  ") -> Iterator[str]:
    for name, value in facts.items():
        if isinstance(value, dict):
            yield f"{indent}{name}:"
            yield from _nested(value, indent + "  ")
        elif value not in (None, [], ""):
            written = "; ".join(map(str, value)) if isinstance(value, list) else value
            yield f"{indent}{name}: {written}"


def _asked(order: Order) -> dict[str, Any]:
    recipe, words = order.recipe, order.plate.preset == "none"
    return {
        "provider": recipe.provider,
        "model": recipe.model,
        "options": dict(recipe.options),
        **({"render": {"frames": order.frames, "rate": str(order.rate)}} if words else _made_of(order)),
        "stills": {role: _file(still) for role, still in order.extra.items()},
    }


def _made_of(order: Order) -> dict[str, Any]:
    """Tell of the picture that an order is made of; one made of words alone has none."""
    pull, plate = order.plate.pull, order.plate
    return {
        "source": {
            "file": pull.media.path.name,
            "first frame": pull.frames.start,
            "frames": pull.frames.count,
            "rate": str(pull.media.rate),
            "raster": f"{pull.media.width}x{pull.media.height}",
        },
        "render": {"raster": f"{order.width}x{order.height}", "frames": pull.frames.count},
        "plate": {**_file(plate.path), "preset": plate.preset, "rate": str(plate.rate)},
    }


def _money(standing: Standing) -> dict[str, Any]:
    return {
        "unit": standing.unit,
        "quoted": None if standing.quoted is None else f"{standing.quoted:f}",
        "reserved": f"{standing.reserved:f}",
        "charged": f"{standing.charged:f}",
        "refunded": f"{standing.refunded:f}",
    }


def _attempt(one: Attempt) -> dict[str, Any]:
    staged, ticket = one.staged, one.ticket
    sent = staged.sent if staged else None
    return {
        "n": one.n,
        "state": one.state,
        "sent": None if sent is None else _utc(sent),
        "the service's id": ticket.id if ticket else None,
        "ticket": plain(ticket.data) if ticket else {},
        "sent with": plain(staged.data) if staged else {},
        "reserved": f"{one.reserved:f} {one.unit}",
        "charged": None if one.charged is None else f"{one.charged:f} {one.unit}",
        "said to cost": _said(one),
    }


def _said(one: Attempt) -> str | None:
    told = one.succeeded.charged if one.succeeded else None
    return None if told is None else f"{told:f} {one.unit}"


def _event(event: Event) -> dict[str, Any]:
    return {"at": _utc(event.at), "kind": event.kind, "detail": plain(event.detail)}


def _came(ledger: Ledger, standing: Standing, attempts: tuple[Attempt, ...]) -> dict[str, Any]:
    fetched = files.fetched_path(ledger.folder, standing.order)
    digests = [one.sha256 for one in attempts if one.sha256]
    came: dict[str, Any] = {
        "fetched": {**_file(fetched), "sha256 when it came": digests[-1] if digests else None}
    }
    render = standing.render
    if render is not None:
        came["render"] = {**_file(render.path), **_looks(render.info)}
        came["verdict"] = {
            "call": render.verdict.call.value,
            "findings": list(render.verdict.findings),
            "warnings": list(render.verdict.warnings),
            "offset": render.verdict.offset,
        }
    return came


def _looks(info: Info) -> dict[str, Any]:
    return {"raster": f"{info.width}x{info.height}", "frames": info.frames, "rate": str(info.rate)}


def _file(path: Path) -> dict[str, Any]:
    try:
        return {"file": path.name, "bytes": path.stat().st_size, "sha256": files.sha256(path)}
    except (OSError, MediaError):
        return {"file": path.name, "bytes": None, "sha256": None}


def plain(facts: dict[str, Any]) -> dict[str, Any]:
    """Return the facts that may be shown: addresses carry signatures, so they are left out."""
    return {name: shown for name, value in facts.items() if (shown := _shown(value)) is not None}


def _shown(value: Any) -> Any:
    if isinstance(value, str) and value.lower().startswith(_ADDRESS):
        return None
    if isinstance(value, dict):
        return plain(value)
    if isinstance(value, list):
        return [shown for one in value if (shown := _shown(one)) is not None]
    return value


def _utc(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
