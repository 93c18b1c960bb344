"""Stills by the Image API: another vocabulary, one call that uploads and pays, and no way to look it up."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from uprez.errors import InDoubt, Rejected, Unauthorized, Unavailable
from uprez.model import Pull
from uprez.orders import Estimate, Failed, Order, Queued, Recipe, Running, Status, Succeeded, Ticket
from uprez_topaz.api import ID, Api, object_of
from uprez_topaz.asking import limits_of, model_of, size_of
from uprez_topaz.models import IMAGE_MODELS
from uprez_topaz.records import Record, Records

FORMATS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".tif": "tiff", ".tiff": "tiff"}
BYTES_A_PIXEL = 16
LARGEST = 1 << 32  # bytes of a still whose raster is not known


class Stills:
    """Buy stills (facts: I-SPEC, Image API 1.2.0)."""

    def __init__(self, api: Api, records: Records) -> None:
        self._api, self._records = api, records

    async def estimate(self, pull: Pull, recipe: Recipe) -> Estimate:
        """Ask what a still would cost; free. The facts name the call and not its fields."""
        width, height = size_of(pull, recipe)
        _format(pull.media.path)
        form = {
            **_wanted(recipe, width, height),
            "category": "Enhance",
            "input_width": str(pull.media.width),
            "input_height": str(pull.media.height),
        }
        said = object_of((await self._api.client.ask("POST", "/image/v1/estimate", files=_form(form))).json())
        price, seconds = said.get("credits"), said.get("eta")
        if not isinstance(price, int | float):
            return Estimate(amount=None, unit="credits", frames=1)
        return Estimate(
            amount=Decimal(str(price)),
            unit="credits",
            basis="quoted",
            seconds=float(seconds) if isinstance(seconds, int | float) else None,
            frames=1,
        )

    async def submit(self, order: Order, token: str) -> Ticket:
        """Upload a still and have it worked on: this pays, and only its answer tells the id."""
        plate = order.plate.path
        kind = _format(plate)
        form = {**_wanted(order.recipe, order.width, order.height), "output_format": kind}
        files = {**_form(form), "image": (f"still{plate.suffix}", plate, f"image/{kind}")}
        try:
            answer = await self._api.client.ask("POST", "/image/v1/enhance/async", files=files)
        except Unauthorized:
            self._records.keep(Record(request=token, asked="", given_up=True))
            raise
        found = str(object_of(answer.json()).get("process_id") or answer.headers.get("x-process-id", ""))
        if not ID.fullmatch(found):
            raise Unavailable("topaz: a still was taken without an id", provider="topaz", order=order.id)
        self._records.keep(Record(request=token, asked=found))
        return _ticket(order, found)

    def find(self, order: Order, token: str) -> Ticket | None:
        """Tell what this machine knows of a still: its id, or that it was refused; else raises InDoubt."""
        record = self._records.read(token)
        if record is None:
            raise InDoubt(
                f"topaz: still {order.id} was sent and no answer came; look at the service and settle it",
                provider="topaz",
                order=order.id,
            )
        return None if record.given_up else _ticket(order, record.asked)

    async def poll(self, ticket: Ticket) -> Status:
        """Ask how a still stands; free."""
        said = object_of((await self._api.client.ask("GET", f"/image/v1/status/{ticket.id}")).json())
        state, price = str(said.get("status", "")).lower(), said.get("credits")
        charged = Decimal(str(price)) if isinstance(price, int | float) else None
        if state in ("completed", "complete"):
            return Succeeded(data={**ticket.data, "still": True, "request": ticket.id}, charged=charged)
        if state in ("failed", "cancelled", "canceled"):
            reason = "it was cancelled" if state.startswith("cancel") else str(said.get("message") or state)
            return Failed(reason=reason)
        return Queued() if state == "pending" else Running()

    async def fetch(self, done: Succeeded, to: Path) -> None:
        """Bring a still home from a fresh address; raises Unavailable, MediaError."""
        path = f"/image/v1/download/{done.data['request']}"
        answer = await self._api.client.ask("GET", path, accept=(404, 409))
        url = object_of(answer.json()).get("download_url") if answer.status < 300 else None
        if not isinstance(url, str):
            raise Unavailable(
                "topaz: the still can't be downloaded just now; try again later", provider="topaz"
            )
        await self._api.client.download(url, to, largest=int(done.data.get("largest", LARGEST)))

    async def cancel(self, ticket: Ticket) -> bool:
        """Ask to stop a still; free."""
        path = f"/image/v1/cancel/{ticket.id}"
        answer = await self._api.client.ask("DELETE", path, accept=(400, 404, 409))
        return answer.status < 300


def _ticket(order: Order, found: str) -> Ticket:
    largest = order.width * order.height * BYTES_A_PIXEL + (1 << 20)
    return Ticket(id=found, data={"still": True, "largest": largest})


def _wanted(recipe: Recipe, width: int, height: int) -> dict[str, str]:
    model = model_of(recipe)
    limits_of(model, recipe)  # checks the options
    return {"model": IMAGE_MODELS[model.name], "output_width": str(width), "output_height": str(height)}


def _form(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of a multipart form: without a file name they are no files."""
    return {name: (None, value.encode(), "text/plain") for name, value in fields.items()}


def _format(path: Path) -> str:
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise Rejected(
            f"{path.name}: Topaz returns PNG, JPEG and TIFF alone; convert it and relink it", provider="topaz"
        )
    return FORMATS[ending]
