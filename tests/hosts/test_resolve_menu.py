"""A menu entry runs in Resolve's own Python, starts uprez beside it, and lets nobody else in."""

from __future__ import annotations

import json
import os
import runpy
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hosts.resolve_pythons import pythons

from uprez.testing.fake_resolve import FakeResolve
from uprez_resolve import entries
from uprez_resolve.entries import script

pytestmark = pytest.mark.skipif(os.name == "nt", reason="shell scripts stand for uprez and the browser")
ROOT = Path(__file__).parents[2]
CALLER = """
import json, os, socket, sys, time
sys.path[:0] = {path!r}
from uprez_resolve.reach import BRIDGE, let_go, reached
from uprez_resolve.remote import SocketWire, Remote
from uprez.errors import HostError, HostGone
told = {{"words": sys.argv[1:], "python": [name for name in os.environ if name.startswith("PYTHON")]}}
port, token = os.environ[BRIDGE].split()
{body}
with open({out!r}, "w") as file:
    json.dump(told, file)
"""
ASKS = """
with reached() as remote:
    told["product"] = remote.resolve.call("GetProductName")
    project = remote.resolve.call("GetProjectManager").call("GetCurrentProject")
    told["timeline"] = project.call("GetCurrentTimeline").call("GetName")
"""


PYTHONS = {version: path for version, path in pythons().items() if version.startswith("3.")}


@pytest.fixture(scope="module")
def resolve() -> Iterator[FakeResolve]:
    with FakeResolve("free_20_3_2_inapp", patience=10) as fake:
        yield fake


@pytest.fixture
def fake(resolve: FakeResolve) -> FakeResolve:
    resolve.reset("free_20_3_2_inapp")
    resolve.user.timeline("Reel 1")
    return resolve


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    (tmp_path / "kept").mkdir()
    return tmp_path / "kept"


def entry(kept: Path, python: Path, name: str = "Quote Selected....py") -> Path:
    """Write the entry that `uprez resolve install` would, for a uprez that lives in `python`."""
    was, sys.executable = sys.executable, str(python)
    try:
        text = script(name, kept)
    finally:
        sys.executable = was
    file = kept.parent / name
    file.write_bytes(text)
    return file


def caller(folder: Path, body: str) -> tuple[Path, Path]:
    """Write an interpreter that does what a uprez behind the entry might, and where it tells of it."""
    out, code, python = folder / "told.json", folder / "caller.py", folder / "uprez-python"
    code.write_text(CALLER.format(path=[str(ROOT / "core"), str(ROOT / "hosts")], body=body, out=str(out)))
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{code}" "$@"\n')
    python.chmod(0o755)
    return python, out


def told(out: Path) -> Any:
    until = time.monotonic() + 15
    while time.monotonic() < until:
        if out.exists() and out.read_text():
            return json.loads(out.read_text())
        time.sleep(0.05)
    raise AssertionError("the caller told nothing")


def no_browser(folder: Path) -> dict[str, str]:
    """Let a script that writes addresses down stand for the browser."""
    program = folder / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" >> "{folder}/browsed"\n')
    program.chmod(0o755)
    return {"BROWSER": f"{program} %s"}


@pytest.mark.parametrize("version", [version for version in PYTHONS if version != "3.6"])
def test_an_entry_works_in_whatever_python_resolve_has(
    version: str, fake: FakeResolve, kept: Path, tmp_path: Path
) -> None:
    python, out = caller(tmp_path, ASKS + "let_go()")
    clicked = fake.menu.run(
        entry(kept, python), python=PYTHONS[version], environment={"PYTHONHOME_OF_RESOLVE": "x"}
    )
    assert clicked.wait(15) == 0, clicked.communicate()
    said = told(out)
    assert said["product"] == "DaVinci Resolve" and said["timeline"] == "Reel 1"
    assert said["words"] == ["-P", "-m", "uprez_resolve.inapp", "quote"]
    assert said["python"] == []
    assert not (kept / "menu.lock").exists()
    assert {call.via for call in fake.journal("GetProductName")} == {"menu"}


@pytest.mark.skipif("3.6" not in PYTHONS, reason="no Python 3.6 on this machine")
def test_an_entry_works_in_the_oldest_python_of_all(kept: Path, tmp_path: Path) -> None:
    python, out = caller(tmp_path, 'told["product"] = reached().resolve.call("GetProductName"); let_go()')
    runner = (
        "class R(object):\n def GetProductName(self): return 'DaVinci Resolve'\n"
        f"exec(compile(open({str(entry(kept, python))!r}).read(), 'menu', 'exec'), {{'resolve': R()}})"
    )
    subprocess.run([PYTHONS["3.6"], "-I", "-S", "-c", runner], check=True, timeout=15)
    assert told(out)["product"] == "DaVinci Resolve"


def test_only_the_calls_of_the_table_pass(fake: FakeResolve, kept: Path, tmp_path: Path) -> None:
    body = """
told["refused"] = []
with reached() as remote:
    project = remote.resolve.call("GetProjectManager").call("GetCurrentProject")
    for handle, name, words in [
        (remote.resolve, "Quit", []), (remote.resolve, "__class__", []),
        (remote.resolve, "GetMediaStorage", []),
        (project, "DeleteAllRenderJobs", []), (project, "StartRendering", []), (project, "StopRendering", []),
    ]:
        try:
            handle.call(name, *words)
        except HostError as why:
            told["refused"].append([name, "passed on" in str(why) or "own queue" in str(why)])
    told["still"] = remote.resolve.call("GetProductName")
let_go()
"""
    python, out = caller(tmp_path, body)
    fake.menu.run(entry(kept, python)).wait(15)
    said = told(out)
    assert [refused for _, refused in said["refused"]] == [True] * 6
    assert said["still"] == "DaVinci Resolve"
    called = {call.method.partition(".")[2] for call in fake.journal()}
    assert not called & {"Quit", "GetMediaStorage", "DeleteAllRenderJobs", "StartRendering", "StopRendering"}


def test_a_caller_with_a_wrong_token_gets_no_word(fake: FakeResolve, kept: Path, tmp_path: Path) -> None:
    body = """
def heard(first):
    with socket.create_connection(("127.0.0.1", int(port)), timeout=5) as caller:
        caller.settimeout(8)
        try:
            caller.sendall(first + b'{"id": 1, "do": "call", "on": 0, "name": "GetProductName"}\\n')
            return len(caller.recv(100))
        except OSError:
            return 0
page = f"POST / HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\nOrigin: http://evil\\r\\n\\r\\n{token}\\n".encode()
wrong = (b"", b"\\n", b"0" * 64 + b"\\n", token[:-1].encode() + b"\\n", b"x" * 9000, b"\\xff\\n", page)
told["heard"] = [heard(first) for first in wrong]
told["right"] = heard(token.encode() + b"\\n") > 0
let_go()
"""
    python, out = caller(tmp_path, body)
    fake.menu.run(entry(kept, python)).wait(30)
    said = told(out)
    assert said["heard"] == [0] * 7
    assert said["right"] is True
    assert len(fake.journal("GetProductName")) == 1


@pytest.mark.parametrize("first", [b"\xff\n", b"nobody\n", b"x" * 9000, b""])
def test_who_has_no_token_does_not_keep_the_bridge_open(
    first: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each conversation gives uprez a quarter of an hour for the next one; a stranger's gives nothing."""
    inside = Path(entries.__file__).parent / "inside"
    monkeypatch.syspath_prepend(str(inside))
    bridge = runpy.run_path(str(inside / "menu.py"))["Bridge"](None)
    ours, stranger = socket.socketpair()
    stranger.sendall(first)
    stranger.shutdown(socket.SHUT_WR)
    assert bridge.converse(ours, lambda: True) is None
    stranger.close()
    bridge.socket.close()


def test_handles_of_one_conversation_mean_nothing_in_the_next(
    fake: FakeResolve, kept: Path, tmp_path: Path
) -> None:
    body = """
with reached() as remote:
    held = remote.resolve.call("GetProjectManager")
with reached() as remote:
    try:
        asked = {"do": "call", "on": held.number, "name": "GetCurrentProject", "with": []}
        told["answer"] = remote.ask(asked)
    except HostError as why:
        told["why"] = str(why)
    told["product"] = remote.resolve.call("GetProductName")
let_go()
"""
    python, out = caller(tmp_path, body)
    fake.menu.run(entry(kept, python)).wait(15)
    said = told(out)
    assert "answer" not in said and "KeyError" in said["why"] and said["product"] == "DaVinci Resolve"


def test_an_entry_ends_with_uprez_even_if_that_dies_in_the_middle_of_a_call(
    fake: FakeResolve, kept: Path, tmp_path: Path
) -> None:
    python, _ = caller(tmp_path, 'remote = reached(); remote.resolve.call("GetProductName"); os._exit(3)')
    clicked = fake.menu.run(entry(kept, python), environment=no_browser(tmp_path))
    out, _ = clicked.communicate(timeout=15)
    assert "uprez ended with a fault" in out and str(kept / "log.txt") in out
    assert (tmp_path / "browsed").read_text().strip() == (kept / "trouble.html").as_uri()
    assert str(kept / "log.txt") in (kept / "trouble.html").read_text()


def test_uprez_lives_on_after_the_entry_ended(fake: FakeResolve, kept: Path, tmp_path: Path) -> None:
    body = "let_go(); time.sleep(1.5); told['group'] = os.getpgrp() == os.getpid()"
    python, out = caller(tmp_path, body)
    began = time.monotonic()
    assert fake.menu.run(entry(kept, python)).wait(15) == 0
    assert not out.exists() and time.monotonic() - began < 1.5 + 10
    assert told(out)["group"] is True


def test_an_entry_dies_with_the_window_that_it_was_clicked_in(kept: Path, tmp_path: Path) -> None:
    """Resolve is gone at once, as in a crash, while uprez is in the middle of a conversation."""
    seen = tmp_path / "seen"
    body = f"""
with reached() as remote:
    told["product"] = remote.resolve.call("GetProductName")
    open({str(seen)!r}, "w").close()
    until = time.monotonic() + 10
    while "gone" not in told and time.monotonic() < until:
        try:
            remote.resolve.call("GetProductName")
            time.sleep(0.1)
        except HostGone as why:
            told["gone"] = str(why)
try:
    reached()
except HostGone as why:
    told["closed"] = str(why)
"""
    python, out = caller(tmp_path, body)
    code = (
        "class R(object):\n def GetProductName(self): return 'DaVinci Resolve'\n"
        f"exec(compile(open({str(entry(kept, python))!r}).read(), 'menu', 'exec'), {{'resolve': R()}})"
    )
    window = (
        "import os, subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-I', '-S', '-c', sys.argv[1]])\n"
        f"while not os.path.exists({str(seen)!r}): time.sleep(0.05)\n"
        "os._exit(0)"
    )
    subprocess.run(
        [sys.executable, "-c", window, code],
        check=True,
        timeout=20,
        env={**os.environ, **no_browser(tmp_path)},
    )
    said = told(out)
    assert said["product"] == "DaVinci Resolve"
    assert "is over" in said["gone"] and "is over" in said["closed"]
    assert not (kept / "menu.lock").exists()


def test_a_second_click_while_the_first_is_at_work_is_told_so(
    fake: FakeResolve, kept: Path, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    body = f"""
with reached() as remote:
    told["product"] = remote.resolve.call("GetProductName")
    while not os.path.exists({str(go)!r}):
        time.sleep(0.05)
let_go()
"""
    python, out = caller(tmp_path, body)
    first = fake.menu.run(entry(kept, python))
    until = time.monotonic() + 10
    while not fake.journal("GetProductName") and time.monotonic() < until:
        time.sleep(0.05)
    second = fake.menu.run(entry(kept, python), environment=no_browser(tmp_path))
    said, _ = second.communicate(timeout=15)
    go.touch()
    assert first.wait(15) == 0
    assert "still reading the timeline for an earlier click" in said
    assert told(out)["product"] == "DaVinci Resolve"


@pytest.mark.parametrize(
    "left", ["", "{", "[]", '{"pid": 1}', '{"pid": 999999999, "port": 1}', '{"pid": null, "port": "x"}']
)
def test_what_a_dead_entry_left_stops_nobody(
    left: str, fake: FakeResolve, kept: Path, tmp_path: Path
) -> None:
    (kept / "menu.lock").write_text(left)
    python, out = caller(tmp_path, ASKS + "let_go()")
    assert fake.menu.run(entry(kept, python), environment=no_browser(tmp_path)).wait(15) == 0
    assert told(out)["timeline"] == "Reel 1"


def test_a_lock_of_a_number_that_another_program_has_now_stops_nobody(
    fake: FakeResolve, kept: Path, tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (kept / "menu.lock").write_text(json.dumps({"pid": os.getpid(), "port": port}))
    python, out = caller(tmp_path, ASKS + "let_go()")
    assert fake.menu.run(entry(kept, python), environment=no_browser(tmp_path)).wait(15) == 0
    assert told(out)["timeline"] == "Reel 1"


def test_a_uprez_that_is_not_there_any_more_is_said_in_console_log_and_browser(
    fake: FakeResolve, kept: Path, tmp_path: Path
) -> None:
    gone = tmp_path / "no" / "python"
    clicked = fake.menu.run(entry(kept, gone), environment=no_browser(tmp_path))
    said, _ = clicked.communicate(timeout=15)
    sentence = f"uprez is not at {gone} any more; run `uprez resolve install --apply` again"
    assert sentence in said and sentence in (kept / "log.txt").read_text()
    assert (tmp_path / "browsed").exists()


def test_a_log_folder_that_was_cleared_out_is_made_again(
    fake: FakeResolve, kept: Path, tmp_path: Path
) -> None:
    python, out = caller(tmp_path, ASKS + "let_go()")
    script_file = entry(kept, python)
    kept.rmdir()
    assert fake.menu.run(script_file, environment=no_browser(tmp_path)).wait(15) == 0
    assert told(out)["timeline"] == "Reel 1"
    assert "quote with Python" in (kept / "log.txt").read_text()


def test_a_log_that_can_not_be_written_is_said_in_the_console(
    fake: FakeResolve, kept: Path, tmp_path: Path
) -> None:
    script_file = entry(kept, Path(sys.executable))
    kept.rmdir()
    kept.touch()
    said, wrong = fake.menu.run(script_file, environment=no_browser(tmp_path)).communicate(timeout=15)
    assert wrong == "" and "the menu entry failed (" in said and str(kept / "log.txt") in said


def test_a_resolve_that_hands_itself_to_no_script_is_said(kept: Path, tmp_path: Path) -> None:
    path = entry(kept, Path(sys.executable))
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"exec(open({str(path)!r}).read(), {{'resolve': None}})"],
        env={**os.environ, **no_browser(tmp_path)}, capture_output=True, text=True, timeout=15,
    )  # fmt: skip
    assert "since 21.1 only Studio does" in done.stdout and "uprez run" in done.stdout
