"""The page behind a menu entry is for who opened it: nobody else reads it, and nobody else says yes."""

from __future__ import annotations

import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from uprez_resolve.telling import Page


@pytest.fixture
def page() -> Iterator[Page]:
    made = Page("uprez: upscale selected clips", browse=lambda address: True)
    yield made
    made.end(0)


def fetched(address: str, **headers: str) -> tuple[int, str]:
    return sent(urllib.request.Request(address, headers=headers))


def sent(request: urllib.request.Request) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def answer(address: str, body: str, **headers: str) -> int:
    return sent(urllib.request.Request(address, data=body.encode(), headers=headers))[0]


def asked(page: Page, seconds: float = 5) -> Iterator[bool]:
    with ThreadPoolExecutor(1) as pool:
        question = pool.submit(page.ask, "Buy this for 3 USD?", seconds)
        while not page.told.question and not question.done():
            time.sleep(0.01)
        yield True
        yield question.result()


@pytest.mark.parametrize(("said", "bought"), [("say=yes", True), ("say=no", False)])
def test_a_person_decides_on_the_page(said: str, bought: bool, page: Page) -> None:
    steps = asked(page)
    next(steps)
    assert "Buy this for 3 USD?" in fetched(page.address)[1]
    assert answer(page.address, said, Origin=f"http://127.0.0.1:{page.port}") == 200
    assert next(steps) is bought
    assert "Buy this" not in fetched(page.address)[1]


def test_silence_is_a_no(page: Page) -> None:
    assert page.ask("Buy this for 3 USD?", 0.05) is False


def test_a_yes_from_before_the_question_counts_for_nothing(page: Page) -> None:
    answer(page.address, "say=yes")
    assert page.ask("Buy this for 3 USD?", 0.05) is False


@pytest.mark.parametrize("path", ["", "wrong/", "x" * 43 + "/", "../", "favicon.ico"])
def test_nobody_reads_it_without_the_secret_part(path: str, page: Page) -> None:
    root = f"http://127.0.0.1:{page.port}/"
    assert fetched(root + path) == (404, "not here")
    steps = asked(page, 0.3)
    next(steps)
    assert answer(root + path, "say=yes") == 404
    assert next(steps) is False


def test_another_site_can_not_say_yes_in_this_browser(page: Page) -> None:
    steps = asked(page, 0.5)
    next(steps)
    assert answer(page.address, "say=yes", Origin="http://evil.example") == 404
    assert answer(page.address, "say=yes", Host=f"evil.example:{page.port}") == 404
    assert fetched(page.address, Host="evil.example")[0] == 404
    assert next(steps) is False


@pytest.mark.parametrize("body", ["", "say=maybe", "yes", "say=yes&say=no", "say=yes" + "x" * 200])
def test_only_a_yes_is_a_yes(body: str, page: Page) -> None:
    steps = asked(page, 0.3)
    next(steps)
    answer(page.address, body)
    assert next(steps) is False


@pytest.mark.parametrize("length", ["-1", "many", "99999999999", "9" * 5000])
@pytest.mark.parametrize("known", [True, False])
def test_a_body_without_end_or_of_no_length_is_refused_at_once(length: str, known: bool, page: Page) -> None:
    path = f"/{page.address.split('/')[3]}/" if known else "/"
    steps = asked(page, 0.3)
    next(steps)
    with socket.create_connection(("127.0.0.1", page.port), timeout=3) as caller:
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\nContent-Length: {length}\r\n\r\n"
        caller.sendall(f"{head}say=yes".encode())
        assert caller.recv(100).split()[1] == b"404"
    assert next(steps) is False


def test_names_from_the_timeline_stay_text(page: Page) -> None:
    page.say("<script>alert(1)</script>")
    page.show("<b>bold</b> & more")
    page.told.wrong = "<i>"
    text = fetched(page.address)[1]
    assert "<script>" not in text and "<b>" not in text.partition("<h1>")[2] and "<i>" not in text
    with urllib.request.urlopen(page.address) as got:
        assert "default-src 'none'" in got.headers["Content-Security-Policy"]
        assert got.headers["Cache-Control"] == "no-store"


def test_a_page_that_nobody_opened_keeps_nobody() -> None:
    page = Page("uprez", browse=lambda address: True)
    began = time.monotonic()
    page.end(10)
    assert time.monotonic() - began < 5


def test_it_stays_until_the_browser_has_the_last_word() -> None:
    page = Page("uprez", browse=lambda address: True)
    page.open()
    address = page.address
    assert "http-equiv=refresh" in fetched(address)[1]
    ending = threading.Thread(target=page.end, args=(10,))
    ending.start()
    page.told.wrong = "it went wrong"
    while not page.told.over:
        time.sleep(0.01)
    text = fetched(address)[1]
    assert "it went wrong" in text and "http-equiv=refresh" not in text
    ending.join(5)
    assert not ending.is_alive()
    with pytest.raises(urllib.error.URLError):
        fetched(address)
