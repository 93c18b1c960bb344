"""The client keeps the key at home, repeats what is safe, and takes no file for whole that isn't."""

import asyncio
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web
from services.common import Server, Storage

from uprez.errors import (
    MediaError,
    NotPlaced,
    OutOfCredit,
    Rejected,
    StagingError,
    Unauthorized,
    Unavailable,
)
from uprez.http import Answer, Client

KEY = {"X-API-Key": "secret-of-mine"}
LARGEST = 1 << 30


class Api(Server):
    """Echo, redirect, stream, and serve a file whose line is cut every so many bytes."""

    def routes(self) -> None:
        self.keys: list[str] = []
        self.body = bytes(range(256)) * 4000
        self.cut_every: int | None = None
        self.ranged = True
        self.etag: str | None = '"one"'
        self.elsewhere = ""
        self.app.router.add_get("/file", self._file)
        self.app.router.add_route("*", "/echo", self._echo)
        self.app.router.add_get("/away", self._away)
        self.app.router.add_get("/events", self._events)

    async def _echo(self, request: web.Request) -> web.Response:
        self.keys.append(request.headers.get("X-API-Key", ""))
        return web.json_response({"got": len(await request.read())})

    async def _away(self, request: web.Request) -> web.Response:
        self.keys.append(request.headers.get("X-API-Key", ""))
        raise web.HTTPFound(self.elsewhere)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        await answer.write(b": keep-alive\n\nevent: done\ndata: {\ndata: }\n\ndata: x\n\n")
        return answer

    async def _file(self, request: web.Request) -> web.StreamResponse:
        start = 0
        given = request.headers.get("Range")
        fresh = request.headers.get("If-Range") in (None, self.etag)
        if given and self.ranged and fresh:
            start = int(given.removeprefix("bytes=").partition("-")[0])
        body = self.body[start:]
        headers = {"Content-Length": str(len(body))}
        if self.etag:
            headers["ETag"] = self.etag
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(self.body) - 1}/{len(self.body)}"
        answer = web.StreamResponse(status=206 if start else 200, headers=headers)
        await answer.prepare(request)
        if self.cut_every is not None and len(body) > self.cut_every:
            await answer.write(body[: self.cut_every])
            await asyncio.sleep(0.02)
            assert request.transport is not None
            request.transport.abort()
            return answer
        await answer.write(body)
        return answer


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with Api(tmp_path / "api") as api:
        yield api
        assert api.broken == []


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with Storage(tmp_path / "storage") as storage:
        yield storage
        assert storage.broken == []
        assert storage.leaks == [], "a key reached the storage host"


@pytest.fixture
def client(api: Api) -> Client:
    return Client("mine", api.url, KEY, "MINE_API_KEY")


def ask(client: Client, method: str = "GET", path: str = "/echo", **given: object) -> Answer:
    return asyncio.run(client.ask(method, path, **given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (401, Unauthorized, "MINE_API_KEY"),
        (403, Unauthorized, "MINE_API_KEY"),
        (402, OutOfCredit, "credit"),
        (429, NotPlaced, "later"),
        (422, Rejected, "too large"),
        (301, Rejected, "redirect"),
        (500, Unavailable, "asked again"),
        (503, Unavailable, "asked again"),
        (504, Unavailable, "asked again"),
    ],
)
def test_a_status_becomes_the_error_somebody_acts_on(
    api: Api, client: Client, status: int, error: type[Exception], words: str
) -> None:
    api.fault("GET", "/echo", status=status, body={"message": "too large"}, headers={"Location": "/x"})
    with pytest.raises(error, match=words) as raised:
        ask(client)
    assert type(raised.value) is error
    assert "too large" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("body", [{"error": {"detail": "no"}}, {"errors": [{"message": "no"}]}, "no", ["no"]])
def test_the_words_of_a_service_are_found_in_any_shape(api: Api, client: Client, body: object) -> None:
    api.fault("GET", "/echo", status=400, body=body)
    with pytest.raises(Rejected, match=r"\(no\)"):
        ask(client)


def test_retry_after_is_read_as_seconds_and_as_a_date(api: Api, client: Client) -> None:
    api.fault("GET", "/echo", status=503, headers={"Retry-After": "7"})
    with pytest.raises(Unavailable) as raised:
        ask(client)
    assert raised.value.retry_after == 7
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    api.fault("GET", "/echo", status=429, nth=1, headers={"Retry-After": later})
    with pytest.raises(Unavailable) as raised:
        ask(client)
    assert 55 < (raised.value.retry_after or 0) <= 60


def test_a_request_that_never_left_is_told_apart_from_a_lost_answer(api: Api, client: Client) -> None:
    with pytest.raises(NotPlaced):
        ask(Client("mine", "http://127.0.0.1:9"))
    api.fault("POST", "/echo", drop="after")
    with pytest.raises(Unavailable) as lost:
        ask(client, "POST", json={"a": 1})
    assert not isinstance(lost.value, NotPlaced)
    assert api.count("POST", "/echo") == 1, "nothing is repeated by the client"


def test_the_key_goes_to_its_own_host_only(
    api: Api, client: Client, storage: Storage, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"a plate")
    asyncio.run(client.put(storage.sign("up", method="PUT"), file))
    ask(client)
    api.elsewhere = storage.sign("up")
    asyncio.run(client.download("/away", tmp_path / "got", largest=LARGEST))
    assert (tmp_path / "got").read_bytes() == b"a plate"
    assert api.keys == [KEY["X-API-Key"]] * 2
    assert storage.leaks == []
    assert KEY["X-API-Key"] not in repr(client)
    with pytest.raises(Rejected, match="redirect"):
        ask(client, "GET", "/away")


def test_an_upload_sends_a_stretch_and_repeats_it_whole(
    storage: Storage, client: Client, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(range(250)) * 1000)
    storage.fault("PUT", "part", drop="before")
    storage.fault("PUT", "part", nth=1, status=503, headers={"Retry-After": "0"})
    answer = asyncio.run(client.put(storage.sign("part", method="PUT"), file, offset=1000, count=5000))
    assert storage.path("part").read_bytes() == file.read_bytes()[1000:6000]
    assert answer.headers["etag"] == f'"{hashlib.md5(file.read_bytes()[1000:6000]).hexdigest()}"'
    with pytest.raises(StagingError, match="nothing to upload"):
        asyncio.run(client.put(storage.sign("part", method="PUT"), file, offset=250_000))
    with pytest.raises(StagingError, match="gone"):
        asyncio.run(client.put(storage.sign("part", method="PUT"), tmp_path / "away"))


def fetch(client: Client, tmp_path: Path, largest: int = LARGEST) -> bytes:
    to = tmp_path / "home" / "render.mp4"
    asyncio.run(client.download("/file", to, largest=largest))
    assert [path.name for path in to.parent.iterdir()] == ["render.mp4"]
    return to.read_bytes()


def test_a_download_goes_on_where_the_line_broke(api: Api, client: Client, tmp_path: Path) -> None:
    api.cut_every = 300_000
    assert fetch(client, tmp_path) == api.body
    ranges = [one.headers.get("range") for one in api.seen]
    assert ranges[0] is None and ranges[1] is not None


def test_a_download_goes_on_in_a_later_process(api: Api, client: Client, tmp_path: Path) -> None:
    api.cut_every = 100_000
    while True:
        try:
            assert fetch(client, tmp_path) == api.body
            break
        except Unavailable:
            continue
    assert sum(one.headers.get("range") is None for one in api.seen) == 1


def test_a_file_that_changed_meanwhile_is_fetched_from_its_beginning(
    api: Api, client: Client, tmp_path: Path
) -> None:
    api.cut_every = 700_000
    api.fault("GET", "/file", nth=2, status=500)
    with pytest.raises(Unavailable):
        fetch(client, tmp_path)
    api.body, api.etag, api.cut_every = b"another render" * 50_000, '"two"', None
    assert fetch(client, tmp_path) == api.body


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_strong_etag_a_broken_download_begins_anew(
    api: Api, client: Client, tmp_path: Path, etag: str | None
) -> None:
    api.etag, api.cut_every = etag, 600_000
    with pytest.raises(Unavailable):
        fetch(client, tmp_path)
    api.cut_every = None
    assert fetch(client, tmp_path) == api.body
    assert all("range" not in one.headers for one in api.seen)


def test_a_server_that_ignores_ranges_still_ends_whole(api: Api, client: Client, tmp_path: Path) -> None:
    api.ranged, api.cut_every = False, 600_000
    with pytest.raises(Unavailable):
        fetch(client, tmp_path)
    api.cut_every = None
    assert fetch(client, tmp_path) == api.body


def test_a_file_above_the_cap_is_refused_before_it_fills_the_disk(
    api: Api, client: Client, tmp_path: Path
) -> None:
    with pytest.raises(MediaError, match="more than a render can have"):
        fetch(client, tmp_path, largest=1000)


def test_a_checksum_that_the_server_sends_is_held_against_the_file(
    storage: Storage, client: Client, tmp_path: Path
) -> None:
    storage.path("sum").write_bytes(b"what is there")
    storage.fault("GET", "sum", status=200, body=b"what came", headers={"Content-MD5": "AAAA"})
    with pytest.raises(Unavailable, match="damaged"):
        asyncio.run(client.download(storage.sign("sum"), tmp_path / "got", largest=LARGEST))
    assert not list(tmp_path.glob("got*"))


def test_an_expired_address_asks_for_another_one(storage: Storage, client: Client, tmp_path: Path) -> None:
    storage.path("old").write_bytes(b"x")
    url = storage.sign("old", seconds=10)
    storage.clock.advance(60)
    with pytest.raises(Unavailable, match="new address"):
        asyncio.run(client.download(url, tmp_path / "got", largest=LARGEST))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/render.mp4",
        "https://10.1.2.3/render.mp4",
        "https://127.0.0.1/render.mp4",
        "https://localhost/render.mp4",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://100.64.1.1/x",
        "https://0.0.0.0/x",
        "https://2130706433/x",
        "https://user@127.0.0.1/x",
        "file:///etc/passwd",
        "ftp://example.com/x",
        "//example.com/x",
        "https:///x",
    ],
)
def test_a_result_is_fetched_from_no_private_or_plain_address(url: str, tmp_path: Path) -> None:
    client = Client("mine", "https://api.mine.example", KEY)
    where = url if "://" in url else f"x:{url}"
    with pytest.raises((MediaError, Unavailable)) as refused:
        asyncio.run(client.download(where if "://" in where else "http:" + url, tmp_path / "got", largest=1))
    assert "secret" not in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_a_replaced_address_on_this_machine_may_serve_its_own_results(
    api: Api, storage: Storage, tmp_path: Path
) -> None:
    storage.path("mine").write_bytes(b"render")
    asyncio.run(Client("mine", api.url).download(storage.sign("mine"), tmp_path / "got", largest=LARGEST))
    assert (tmp_path / "got").read_bytes() == b"render"


def test_events_are_read_as_the_stream_writes_them(client: Client) -> None:
    async def heard() -> list[tuple[str, str]]:
        return [event async for event in client.events("/events")]

    assert asyncio.run(heard()) == [("done", "{\n}"), ("message", "x")]


def test_a_form_carries_files_as_they_lie_on_disk(api: Api, client: Client, tmp_path: Path) -> None:
    file = tmp_path / "plate.png"
    file.write_bytes(b"x" * 70_000)
    answer = ask(client, "POST", form={"text": "ü"}, files={"file": ("plate.png", file, "image/png")})
    assert answer.json()["got"] > 70_000
