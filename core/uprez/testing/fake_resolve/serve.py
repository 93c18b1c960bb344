"""The process that holds a Resolve: a listener on loopback which lives as long as who started it."""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
import socketserver
import sys
import threading
from typing import Any

from uprez.testing.fake_resolve.api.face import Dead, Ref
from uprez.testing.fake_resolve.app import App
from uprez.testing.fake_resolve.calls import CallError, Calls
from uprez.testing.fake_resolve.control import Control
from uprez.testing.fake_resolve.profiles import PROFILES
from uprez.testing.fake_resolve.table import constants, methods


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    token = secrets.token_hex(16)
    control: Control


class _Talk(socketserver.StreamRequestHandler):
    """Serve one connection: a script's, or the test's own."""

    server: _Server

    def handle(self) -> None:
        via = self._greeted()
        if via is None:
            return
        boot = self.server.control.calls.app.boot
        for line in self.rfile:
            try:
                answer = {"value": self._answer(json.loads(line), via, boot)}
            except CallError as error:
                answer = {"error": error.name, "text": error.text}
            except Exception as broken:  # a fault of the fake's own must reach the test, not a log
                answer = {"error": "RuntimeError", "text": f"fake_resolve: {broken!r}"}
            self._send(answer)

    def _greeted(self) -> str | None:
        first = json.loads(self.rfile.readline() or b"{}")
        if not secrets.compare_digest(str(first.get("token")), self.server.token):
            return None
        via = str(first["via"])
        self._send({"value": self._hello(via)})
        return via

    def _hello(self, via: str) -> dict[str, Any]:
        app = self.server.control.calls.app
        known: dict[str, list[str]] = {}
        values = {name: value for name, (value, since) in constants().items() if since <= app.profile.version}
        for (kind, name), method in methods().items():
            if method.since <= app.profile.version:
                known.setdefault(kind, []).append(name)
        return {
            "open": via == "test" or app.lets_in(via),
            "epoch": app.epoch,
            "methods": known,
            "constants": values,
            "crashes": via == "outside" and app.knobs.attach_crashes,
            "bleeds": via == "menu" and app.knobs.names_bleed,
        }

    def _answer(self, message: dict[str, Any], via: str, boot: int) -> Any:
        control = self.server.control
        if via == "test":
            return control.do(message["do"], message["args"], message["named"])
        calls = control.calls
        with calls.free:
            args = [_decoded(arg, calls) for arg in message["args"]]
        answer = calls.call(message["on"], message["call"], args, via, boot)
        return _encoded(answer, calls.app.epoch)

    def _send(self, answer: dict[str, Any]) -> None:
        try:
            self.wfile.write(json.dumps(answer).encode() + b"\n")
        except OSError:
            return  # who asked has lost patience


def _decoded(value: Any, calls: Calls) -> Any:
    if isinstance(value, list):
        return [_decoded(one, calls) for one in value]
    if isinstance(value, dict) and "handle" in value:
        return calls.resolve(value["handle"])
    if isinstance(value, dict):
        return {_decoded(key, calls): _decoded(one, calls) for key, one in value["pairs"]}
    return value


def _encoded(value: Any, epoch: int) -> Any:
    if isinstance(value, Ref):
        return {"handle": [value.kind, value.uid, epoch]}
    if isinstance(value, dict):
        return {"pairs": [[_encoded(key, epoch), _encoded(one, epoch)] for key, one in value.items()]}
    if isinstance(value, list | tuple):
        return [_encoded(one, epoch) for one in value]
    if isinstance(value, Dead) or dataclasses.is_dataclass(value):
        raise TypeError(f"{value!r} may not leave the process")
    return value


def main() -> None:
    """Say where we listen, and end when whoever started us is gone."""
    server = _Server(("127.0.0.1", 0), _Talk)
    server.control = Control(App(PROFILES[sys.argv[1]]))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"127.0.0.1:{server.server_address[1]}:{server.token}", flush=True)
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
