"""The Image API of Topaz: one call uploads and pays, and there is no list of what was bought."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from aiohttp import web
from services import topaz_media as media
from services.common import Bill, Clock, Storage
from services.topaz_rules import Invalid, say

STILL_MODELS = {"Standard V2", "Low Resolution V2", "CGI", "High Fidelity V2", "Text Refine"}


class StillDesk:
    """Estimate, take, make and hand out stills."""

    clock: Clock
    folder: Path
    storage: Storage
    bill: Bill
    price: float

    def __init__(self) -> None:
        self.stills: dict[str, dict[str, Any]] = {}

    def still_routes(self, app: web.Application) -> None:
        add = app.router.add_route
        add("POST", "/image/v1/estimate", self._still_estimate)
        add("POST", "/image/v1/enhance/async", self._still_enhance)
        add("GET", "/image/v1/status/{id}", self._still_status)
        add("GET", "/image/v1/download/{id}", self._still_download)
        add("DELETE", "/image/v1/cancel/{id}", self._still_cancel)

    async def _still_form(self, request: web.Request) -> dict[str, Any]:
        form = await request.post()
        if form.get("model", "Standard V2") not in STILL_MODELS:
            raise Invalid(f"model {form.get('model')!r}")
        return dict(form)

    async def _still_estimate(self, request: web.Request) -> web.Response:
        form = await self._still_form(request)
        if not ("input_width" in form and "input_height" in form):
            raise Invalid("input_width and input_height are required")
        return web.json_response({"credits": self._still_price(form), "eta": 5})

    def _still_price(self, form: Mapping[str, Any]) -> int:
        pixels = int(form["output_width"]) * int(form["output_height"])
        return math.ceil(math.ceil(pixels / 24_000_000) * self.price)

    async def _still_enhance(self, request: web.Request) -> web.Response:
        form = await self._still_form(request)
        image = form.get("image")
        if not isinstance(image, web.FileField) or form.get("output_format") not in media.STILL_FORMATS:
            raise Invalid("image and output_format are required")
        name, price = str(uuid.uuid4()), self._still_price(form)
        if not self.bill.reserve(name, Decimal(price)):
            return say(402, "Insufficient funds.")
        source = self.folder / f"{name}{Path(image.filename).suffix}"
        source.write_bytes(image.file.read())
        self.stills[name] = {"form": form, "source": source, "price": price, "status": "Pending",
                             "number": media.first_number(source)}  # fmt: skip
        answer = {"process_id": name, "source_id": uuid.uuid4().hex, "eta": 5}
        return web.json_response(answer, headers={"X-Process-ID": name})

    async def _still_status(self, request: web.Request) -> web.Response:
        still = self._still(request)
        answer = {
            "process_id": request.match_info["id"],
            "status": still["status"],
            "credits": still["price"],
        }
        if still["status"] in ("Pending", "Processing"):
            still["status"] = {"Pending": "Processing", "Processing": "Completed"}[still["status"]]
            if still["status"] == "Completed":
                self.bill.commit(request.match_info["id"], Decimal(still["price"]))
                name = f"stills/{request.match_info['id']}.{still['form']['output_format']}"
                media.render_still(still["source"], still["form"], self.storage.path(name))
        return web.json_response(answer)

    async def _still_download(self, request: web.Request) -> web.Response:
        still = self._still(request)
        if still["status"] != "Completed":
            return say(409, "Not ready")
        name = f"stills/{request.match_info['id']}.{still['form']['output_format']}"
        url = self.storage.sign(name)
        return web.json_response({"download_url": url, "expiry": int(self.clock.now() + 3600)})

    async def _still_cancel(self, request: web.Request) -> web.Response:
        still = self._still(request)
        if still["status"] not in ("Pending", "Processing"):
            return say(409, f"Process is {still['status']}")
        still["status"] = "Cancelled"
        self.bill.rollback(request.match_info["id"], Decimal(still["price"]))
        return web.json_response({})

    def _still(self, request: web.Request) -> dict[str, Any]:
        try:
            return self.stills[request.match_info["id"]]
        except KeyError:
            raise web.HTTPNotFound from None
