"""The work at Topaz: a request walks from state to state, and its money with it."""

from __future__ import annotations

import asyncio
import math
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from services import topaz_media as media
from services.common import Bill, Clock, Storage, probed
from services.topaz_rules import credits_for

DAY = 86_400.0
STATES = ("initializing", "preprocessing", "processing", "postprocessing", "complete")
ENDED = ("complete", "canceled", "failed")


@dataclass
class Request:
    id: str
    body: dict[str, Any]
    cost: tuple[int, int]
    made: float
    state: str = "requested"
    parts: int = 0
    progress: float = 0.0
    message: str = ""
    ts: dict[str, float] = field(default_factory=dict)
    express: bool = False
    source: Path | None = None
    gone: bool = False
    number: int | None = None  # what the first frame of its source carries

    @property
    def result(self) -> str:
        return f"results/{self.id}.{self.body['output'].get('container') or self.body['source']['container']}"

    def part(self, number: int) -> str:
        return f"uploads/{self.id}/part-{number}"


class Work:
    """Make requests, bring them on, tell of them, and settle their money; switches are set by a test."""

    clock: Clock

    def __init__(self, storage: Storage, bill: Bill) -> None:
        self.storage, self.bill = storage, bill
        self.requests: dict[str, Request] = {}
        self.hooks: list[dict[str, Any]] = []
        self.spread, self.price = 1, 1.0  # upper end over lower end; a factor on prices
        self.more = 0  # frames that a render has more, or fewer
        self.walks = True
        self.failing: str | None = None  # why the next job to process fails
        self.american = True  # spells `canceled`; False answers as the image side does

    def held(self, name: str) -> Decimal:
        """Return what was reserved for a request or still and has not come back."""
        sign = {"reserve": 1, "commit": 0, "rollback": -1}
        return sum(
            (sign[kind] * amount for order, kind, amount in self.bill.entries if order == name), Decimal(0)
        )

    def _make(self, body: dict[str, Any]) -> Request:
        least = math.ceil(credits_for(body) * self.price) if "frameCount" in body["source"] else 0
        made = Request(str(uuid.uuid4()), body, (least, least + self.spread), self.clock.now())
        self.requests[made.id] = made
        self._reach(made, "requested")
        return made

    def _estimates(self, made: Request) -> dict[str, list[int]]:
        return {"cost": list(made.cost), "time": [30, 60]}

    def _start_express(self, made: Request) -> None:
        made.source = self.storage.path(made.part(1))
        made.number = media.first_number(made.source)
        frames, rate, _, _ = probed(made.source)
        made.body["source"] |= {"frameCount": frames, "frameRate": float(rate)}
        made.cost = (math.ceil(credits_for(made.body)), math.ceil(credits_for(made.body)) + self.spread)
        self.bill.reserve(made.id, Decimal(made.cost[0]))
        self._reach(made, "initializing")

    def _shown(self, made: Request) -> dict[str, Any]:
        frames = made.body["source"].get("frameCount", 0)
        state = made.state if self.american else made.state.replace("cancel", "cancell")
        answer: dict[str, Any] = {
            "status": state,
            "progress": made.progress,
            "estimates": self._estimates(made),
            "message": made.message,
            "averageFps": 3.5,
            "combinedFps": 3.5,
        }
        if made.state == "processing":
            done = int(frames * made.progress / 100)
            answer["processingJobs"] = [
                {"chunkId": made.id, "chunkIndex": 0, "taskIndex": 0, "status": "processing",
                 "currentFrame": done, "expectedOutputFrames": frames, "progress": made.progress}
            ]  # fmt: skip
        if made.state == "complete":
            answer["outputSize"] = "1 MB"
            if not made.gone and self.clock.now() < made.ts["complete"] + 7 * DAY:
                url = self.storage.sign(made.result, seconds=DAY)
                answer["download"] = {"url": url, "expiresIn": 86_400_000,
                                      "expiresAt": int((self.clock.now() + DAY) * 1000)}  # fmt: skip
        return answer

    async def walk(self, made: Request) -> None:
        """Bring a job one state further."""
        if made.state == "canceling":
            self._reach(made, "canceled")
        elif made.state == "processing" and self.failing:
            self._fail(made, self.failing)
        elif made.state == "processing" and made.progress < 100:
            made.progress += 50
        elif made.state == "postprocessing":
            await self._render(made)
            self.bill.commit(made.id, Decimal(made.cost[0]))
            self._reach(made, "complete")
            await self._call_hook(made)
        elif made.state in STATES[:-1]:
            self._reach(made, STATES[STATES.index(made.state) + 1])

    async def _render(self, made: Request) -> None:
        assert made.source is not None
        to = self.storage.path(made.result)
        await asyncio.to_thread(media.render, made.source, made.body["output"], to, self.more)

    def _fail(self, made: Request, why: str) -> None:
        made.message = why
        self.bill.rollback(made.id, Decimal(made.cost[0]))
        self._reach(made, "failed")

    async def _call_hook(self, made: Request) -> None:
        """Call the webhook once; the shape of what it carries is invented."""
        url = made.body.get("notifications", {}).get("webhookUrl")
        if url:
            said = {"requestId": made.id, "status": made.state}
            self.hooks.append(said)
            async with ClientSession() as session, session.post(url, json=said):
                pass

    def _give_back(self, made: Request) -> None:
        """Give all back before processing, later the share that is left."""
        cost = made.cost[0]
        worked = made.state in ("processing", "postprocessing")
        kept = math.ceil(cost * made.progress / 100) if worked else 0
        if kept:
            self.bill.commit(made.id, Decimal(cost))
        if cost - kept:
            self.bill.rollback(made.id, Decimal(cost - kept))

    def kept(self, made: Request) -> int:
        """Count the files of a request that are still here."""
        names = (made.result, *(made.part(number) for number in range(1, made.parts + 1)))
        return sum(self.storage.path(name).exists() for name in names)

    def _entry(self, made: Request) -> dict[str, Any]:
        moves = [
            {"operation": kind, "amount": int(amount)}
            for order, kind, amount in self.bill.entries
            if order == made.id
        ]
        return {"id": made.id, "userId": "u", "status": made.state, "ts": made.ts, "transactions": moves,
                "estimates": self._estimates(made), "error": {"message": made.message}}  # fmt: skip

    def _reach(self, made: Request, state: str) -> None:
        made.state = state
        made.ts[state] = self.clock.now()
        if state == "postprocessing":
            made.progress = 100
