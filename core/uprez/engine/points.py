"""Every point at which a test kills the engine, in the order an order passes them."""

from __future__ import annotations

FAILPOINTS = (
    "reserved",
    "exported",
    "staged",
    "intent",
    "answered",
    "acked",
    "remote-done",
    "fetching",
    "fetched",
    "downloaded",
    "finished",
    "verified",
    "renamed",
    "placed",
)
"""`intent` is written and nothing sent; `answered` has the ticket and has not written it."""
