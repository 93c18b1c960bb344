"""What Oxen's models do with an order: fetch the plate for real, scale it, and tell who listens."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
from services.common import digest, make_render, make_still, probed
from services.oxen_models import STILL, Fields, complaint

if TYPE_CHECKING:
    from services.oxen import Oxen


@dataclass
class Job:
    """Hold an order as the service knows it."""

    id: str
    sent: Fields
    enqueued_at: float
    listed: bool = True
    state: str = "queued"
    started_at: float | None = None
    completed_at: float | None = None
    reason: str = ""
    doom: str | None = None
    file: str = ""
    digest: str = ""
    source: Path | None = None
    price: Decimal = Decimal(0)
    given_back: bool = False
    working: Any = None

    @property
    def ended(self) -> bool:
        return self.state in ("succeeded", "failed", "cancelled")


async def work(hub: Oxen, job: Job, source: str) -> None:
    """Bring an order to its end; what goes wrong in this file itself is for the test to see."""
    try:
        why, file = await _made(hub, job, source)
        while hub.clock.now() < job.enqueued_at + hub.seconds / 2:
            await asyncio.sleep(0.01)
        if job.ended:
            return
        job.state, job.started_at = "processing", hub.clock.now()
        while hub.clock.now() < job.enqueued_at + hub.seconds:
            await asyncio.sleep(0.01)
        if not job.ended:  # else it was cancelled meanwhile
            _end(hub, job, why, file)
    except asyncio.CancelledError:
        raise
    except BaseException as broken:
        hub.broken.append(broken)
        raise


def _end(hub: Oxen, job: Job, why: str | None, file: str) -> None:
    job.completed_at, job.reason, job.file = hub.clock.now(), why or "", file
    job.state = "failed" if why else "succeeded"
    if why:
        hub.give_back(job)
    else:
        hub.bill.commit(job.id, job.price)
    kind = "image" if job.sent["model"] in STILL else "video"
    about: Fields = {"generation_id": job.id, "status": job.state, "media_type": kind}
    about |= {"error": why} if why else {"model": job.sent["model"], "url": hub._address(job)}
    hub.tell("deployment_updated", {"generation_id": job.id, "status": "failed"})
    hub.tell("media_generation_completed", about)


async def _made(hub: Oxen, job: Job, source: str) -> tuple[str | None, str]:
    """Return why an order fails, or the name of its render."""
    why = job.doom or complaint(job.sent["model"], hub.rate, job.sent)
    if why:
        return why, ""
    plate = await _fetched(hub, job, source)
    if plate is None:
        return "Could not download the input: 401 unauthenticated", ""
    job.digest = job.digest or digest(plate)
    if job.sent["model"] in STILL:
        factor = int(str(job.sent.get("upscale_factor") or job.sent.get("scale") or "2x").rstrip("x"))
        _, _, width, height = probed(plate)
        file = f"{job.id}.{job.sent.get('output_format', 'png')}"
        await asyncio.to_thread(make_still, plate, hub.storage.path(file), (factor * width, factor * height))
        return None, file
    word = str(job.sent.get("resolution") or job.sent.get("target_resolution") or "")
    _, rate, width, height = probed(plate)
    size = hub.sizes[word] if word else (width, height)
    wanted = Fraction(str(job.sent.get("target_fps", rate)))
    file = f"{job.id}.mp4"
    to = hub.storage.path(file)
    await asyncio.to_thread(make_render, plate, to, size, rate=wanted, more=hub.frames_off)
    return None, file


async def _fetched(hub: Oxen, job: Job, source: str) -> Path | None:
    """Fetch the plate from its address, without a key; None where it may not be read."""
    own = next((one for one in hub.repositories.values() if job.source in one.files.values()), None)
    if own is not None and not own.public and hub.reads_private:
        return job.source
    path = hub.folder / f"fetched-{job.id}"
    async with aiohttp.ClientSession() as session, session.get(source) as answer:
        if answer.status != 200:
            return None
        path.write_bytes(await answer.read())
    return path
