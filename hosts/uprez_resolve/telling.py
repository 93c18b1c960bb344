"""The page in the browser behind a menu entry: the plan, what it costs, how it goes, and one button."""

from __future__ import annotations

import html
import secrets
import threading
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

_LONGEST = 100  # bytes of an answer
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
    "pre{background:#8881;padding:1rem;overflow:auto}"
    "button{font:inherit;padding:.5rem 1.2rem;margin-right:1rem}"
    ".wrong{color:#b00}@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}.wrong{color:#f77}}"
)
_SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


@dataclass
class Told:
    """Hold what the page says now, in the order in which it came up, and how far the orders are.

    `parts` are sentences, and texts with columns, which keep their lines.
    """

    title: str
    parts: list[tuple[Literal["p", "pre"], str]] = field(default_factory=list)
    steps: dict[str, str] = field(default_factory=dict)
    wrong: str = ""
    question: str = ""
    over: bool = False


class Page:
    """Show one job at an address on this machine that only who opened it can know."""

    def __init__(self, title: str, browse: Callable[[str], object] = webbrowser.open) -> None:
        self.told, self._browse = Told(title), browse
        self._token, self._answer = secrets.token_urlsafe(32), ""
        self._answered, self._seen = threading.Event(), threading.Event()
        self.opened = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="uprez page", daemon=True).start()

    @property
    def port(self) -> int:
        """Return the port on this machine that the page is on."""
        return self._server.server_port

    @property
    def address(self) -> str:
        """Return where the page is, the secret part of it included."""
        return f"http://127.0.0.1:{self.port}/{self._token}/"

    def open(self) -> bool:
        """Show the page in the browser; False where there is none."""
        self.opened = True
        return bool(self._browse(self.address))

    def say(self, sentence: str) -> None:
        """Add a sentence, once."""
        if ("p", sentence) not in self.told.parts:
            self.told.parts.append(("p", sentence))

    def show(self, text: str) -> None:
        """Add a text that keeps its lines."""
        self.told.parts.append(("pre", text))

    def ask(self, question: str, seconds: float) -> bool:
        """Wait for a person to say yes or no on the page; silence for so many seconds is a no."""
        self._answered.clear()
        self.told.question = question
        try:
            return self._answered.wait(seconds) and self._answer == "yes"
        finally:
            self.told.question = ""

    def end(self, seconds: float) -> None:
        """Say that nothing more comes, give the browser so long to fetch that, and be gone."""
        self.told.over = True
        if self.opened:
            self._seen.wait(seconds)
        self._server.shutdown()
        self._server.server_close()

    def get(self, path: str) -> str | None:
        """Return the page for its own address, None for any other."""
        if not secrets.compare_digest(path.encode(), f"/{self._token}/".encode()):
            return None
        return written(self.told)

    def fetched(self, text: str) -> None:
        """Hear that the browser has a text whole: with the last one there is nothing to stay for."""
        if self.told.over and text == written(self.told):
            self._seen.set()

    def post(self, path: str, body: str) -> bool:
        """Take the answer to the question; False where it was not asked here."""
        if not secrets.compare_digest(path.encode(), f"/{self._token}/".encode()):
            return False
        if self.told.question and body in ("say=yes", "say=no"):
            self._answer = body.partition("=")[2]
            self._answered.set()
        return True


def written(told: Told) -> str:
    """Return the page as HTML; it loads itself anew until there is nothing more to come."""
    again = "" if told.over else "<meta http-equiv=refresh content=2>"
    safe = html.escape
    body = [f"<h1>{safe(told.title)}</h1>"]
    body += [f"<{kind}>{safe(text)}</{kind}>" for kind, text in told.parts]
    if told.question:
        body.append(
            f"<form method=post><p><b>{safe(told.question)}</b></p>"
            "<button name=say value=yes>Yes, buy this</button><button name=say value=no>No</button></form>"
        )
    if told.steps and not told.over:
        body.append(f"<pre>{safe(chr(10).join(told.steps.values()))}</pre>")
    if told.wrong:
        body.append(f"<p class=wrong>{safe(told.wrong)}</p>")
    head = f"<!doctype html><html lang=en><meta charset=utf-8>{again}<title>{safe(told.title)}</title>"
    return f"{head}<style>{_STYLE}</style>{''.join(body)}</html>"


def _handler(page: Page) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text = page.get(self.path) if self._from_here() else None
            self._send(404 if text is None else 200, text or "not here")
            page.fetched(text or "")

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length") or "0"
            if not (self._from_here() and length.isdecimal() and int(length[:9]) <= _LONGEST):
                self._send(404, "not here")  # unread: it may have no end
                return
            body = self.rfile.read(int(length[:9])).decode("ascii", "replace")
            if not page.post(self.path, body):
                self._send(404, "not here")
                return
            self.send_response(303)
            self.send_header("Location", self.path)
            self.end_headers()

        def _from_here(self) -> bool:
            """Refuse what a page of another site sends, or sends under another name for this machine."""
            here = f"127.0.0.1:{page.port}"
            origin = self.headers.get("Origin")
            return self.headers.get("Host") == here and origin in (None, "null", f"http://{here}")

        def _send(self, code: int, text: str) -> None:
            content = text.encode("utf-8", "backslashreplace")
            self.send_response(code)
            for name, value in {**_SAFE, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Write no address with its secret part anywhere."""

    return Handler
