"""A service on a loopback port, so that an author writes only what it answers."""

from __future__ import annotations

import json
import socketserver
import threading
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

from uprez.keys import Key
from uprez.provider import Context, Provider
from uprez.testing.service import Service


@dataclass(frozen=True)
class Asked:
    """Hold a request; `path` is without its query, `headers` have lower-case names."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body read as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """Answer with bytes as they are, None as nothing, anything else as JSON."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class WebService(Service):
    """Serve `answer` over real sockets from the moment it is made until the test ends."""

    provider: ClassVar[type[Provider]]
    key = "a-key-of-the-test"

    def __init__(self) -> None:
        self.broken: list[BaseException] = []
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        """Return the address that takes the place of the provider's `base_url`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @abstractmethod
    def answer(self, asked: Asked) -> Reply:
        """Answer a request as the service does when it is well; several may come at once."""

    def connect(self, scratch: Path) -> Provider:
        """Return a new provider object at this address."""
        return self.provider(Context(scratch=scratch, key=Key(self.key), base_url=self.url))

    def close(self) -> None:
        """Stop serving; raises what went wrong in `answer`."""
        self._server.shutdown()
        self._server.server_close()
        if self.broken:
            raise self.broken[0]


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


def _handler(service: WebService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _served(self) -> None:
            try:
                self._reply(service.answer(self._asked()))
            except ConnectionError:
                pass
            except BaseException as broken:
                service.broken.append(broken)
                self._reply(Reply({"message": repr(broken)}, 500))

        def _asked(self) -> Asked:
            address = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", "0")))
            return Asked(self.command, unquote(address.path), dict(parse_qsl(address.query)), headers, body)

        def _reply(self, reply: Reply) -> None:
            body, kind = reply.body, "application/octet-stream"
            if not isinstance(body, bytes):
                body, kind = b"" if body is None else json.dumps(body).encode(), "application/json"
            self.send_response(reply.status)
            for name, value in {"Content-Type": kind, **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: Any) -> None:
            pass

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _served  # noqa: N815

    return Handler
