"""A plate reaches Oxen's file store whole, in one request or in pieces, and is taken out of it again."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from services.oxen import Oxen
from services.oxen_bench import Bench
from services.oxen_store import Repository as Kept
from services.oxen_store import digest as named

from uprez.errors import StagingError, Unavailable
from uprez_oxen.chunks import digest
from uprez_oxen.repository import Repository

Make = Callable[..., Bench]
LARGE = (21 << 20) + 17  # bytes: three pieces


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Oxen]:
    with Oxen(tmp_path / "oxen", "a-key-for-oxen") as running:
        yield running
    assert running.broken == []
    assert running.storage.leaks == []


@pytest.fixture
def at(tmp_path: Path, hub: Oxen) -> Make:
    return lambda *given, **how: Bench(tmp_path, hub, *given, **how)


def repository(bench: Bench) -> Repository:
    return bench.provider._repository


def large(folder: Path) -> Path:
    path = folder / "large.mp4"
    path.write_bytes(Random(7).randbytes(LARGE))
    return path


@pytest.mark.parametrize("documented", [False, True], ids=["the server's route", "the documented route"])
def test_a_large_plate_goes_in_pieces_and_arrives_as_it_was(
    at: Make, hub: Oxen, tmp_path: Path, documented: bool
) -> None:
    hub.documented_route, hub.put_limit = documented, 1 << 20
    plate, bench = large(tmp_path), at(single_put_mb=1)
    name, url = asyncio.run(repository(bench).put(plate, "a-token"))
    assert name == "uprez/a-token.mp4"
    assert url == f"{hub.url}/api/repos/editor/plates/file/main/{name}"
    kept = hub.repositories["editor", "plates"]
    assert kept.files[name].read_bytes() == plate.read_bytes()
    assert hub.count("PUT", "/chunks") == 3
    assert kept.commits[-1]["author"] == "uprez"
    assert hub.workspaces == {}
    asyncio.run(repository(bench).remove(name))
    asyncio.run(repository(bench).remove(name))
    assert hub.lent() == []


def test_a_piece_whose_line_breaks_is_sent_again_alone(at: Make, hub: Oxen, tmp_path: Path) -> None:
    hub.fault("PUT", "/chunks", nth=2, drop="before")
    plate, bench = large(tmp_path), at(single_put_mb=1)
    name, _ = asyncio.run(repository(bench).put(plate, "a-token"))
    assert hub.repositories["editor", "plates"].files[name].read_bytes() == plate.read_bytes()
    assert hub.count("PUT", "/chunks") == 4


def test_bytes_that_the_store_has_already_are_not_sent_again(at: Make, hub: Oxen, tmp_path: Path) -> None:
    plate, bench = large(tmp_path), at(single_put_mb=1)
    asyncio.run(repository(bench).put(plate, "first"))
    asyncio.run(repository(bench).put(plate, "second"))
    assert hub.count("PUT", "/chunks") == 3
    assert sorted(hub.lent()) == ["uprez/first.mp4", "uprez/second.mp4"]


def test_a_branch_that_moved_on_meanwhile_has_the_upload_made_again(at: Make, hub: Oxen) -> None:
    hub.fault("POST", "/merge/", status=409, body={"status_message": "conflict"})
    bench = at(single_put_mb=0)
    bench.is_done()
    assert hub.count("POST", "/merge/") == 2
    assert hub.lent() == []
    assert hub.workspaces == {}


def test_pieces_that_do_not_join_are_said(at: Make, hub: Oxen) -> None:
    hub.fault("POST", "/complete", status=400, body={"status_message": "Hash mismatch writing x"}, times=9)
    with pytest.raises(StagingError, match="Hash mismatch"):
        at(single_put_mb=0).staged()


def test_orders_at_once_commit_one_after_another(at: Make, hub: Oxen) -> None:
    bench = at(single_put_mb=0)
    orders = [bench.shop.order(first, 2) for first in (0, 2, 4, 6)]
    standings = bench.shop.run(bench.provider, *orders)
    assert [standing.state for standing in standings] == ["done"] * 4
    assert hub.count("POST", "/merge/") == 4


@pytest.mark.parametrize("file_reply", [False, True], ids=["the commit", "the file"])
def test_both_answers_to_an_upload_are_understood(at: Make, hub: Oxen, file_reply: bool) -> None:
    hub.file_reply = file_reply
    at().is_done()


def test_a_repository_that_exists_is_used_as_it_is(at: Make, hub: Oxen) -> None:
    hub.repositories["editor", "plates"] = Kept(public=True)
    at().is_done()
    assert hub.repositories["editor", "plates"].public


def test_a_repository_that_can_not_be_made_is_said(at: Make, hub: Oxen) -> None:
    with pytest.raises(StagingError, match=r"provider\.oxen\.repository"):
        at(repository="nobody/plates").staged()


def test_a_busy_repository_is_waited_for_as_long_as_it_says(at: Make, hub: Oxen) -> None:
    body = {"error": {"type": "lock_timeout"}, "status_message": "too_many_requests"}
    hub.fault("PUT", "/file/", status=429, headers={"Retry-After": "5"}, body=body)
    bench = at()
    bench.is_done()
    assert max(bench.shop.slept) >= 5
    assert hub.lent() == []


def test_an_upload_whose_answer_was_lost_leaves_no_plate_behind(at: Make, hub: Oxen) -> None:
    hub.fault("PUT", "/file/", drop="after")
    at().is_done()
    assert hub.count("PUT", "/file/") == 2
    assert hub.lent() == []


def test_a_plate_that_one_request_can_not_carry_is_said(at: Make, hub: Oxen) -> None:
    hub.put_limit = 100
    with pytest.raises(StagingError, match="size limit"):
        at().staged()


def test_plates_stay_where_the_settings_say_so(at: Make, hub: Oxen) -> None:
    at(keep=True).is_done()
    assert len(hub.lent()) == 1


def test_an_old_client_is_told_so(at: Make, hub: Oxen) -> None:
    hub.fault("PUT", "/file/", status=426, body={"error": {"type": "update_required"}}, times=5)
    with pytest.raises(StagingError, match="426"):
        at().staged()


def test_a_service_that_is_away_is_waited_for(at: Make, hub: Oxen) -> None:
    hub.fault("POST", "/api/repos$", status=503, times=2)
    bench = at()
    with pytest.raises(Unavailable):
        bench.staged()
    bench.is_done()


@pytest.mark.parametrize("content", [b"", b"uprez", bytes(3_000_000)], ids=len)
def test_a_file_is_named_by_its_hash(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "plate.mp4"
    path.write_bytes(content)
    assert digest(path) == named(content)
    assert not digest(path).startswith("0")
