"""Every call passes here: is Resolve there, may it, does it exist, what was broken on purpose; all noted."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from uprez.testing.fake_resolve.api import FACES
from uprez.testing.fake_resolve.api.face import Dead, Ref
from uprez.testing.fake_resolve.app import UNTITLED, App
from uprez.testing.fake_resolve.table import Method, methods


class CallError(Exception):
    """Carry an error to the caller's side: its class there and its words."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name, self.text = name, text


@dataclass
class Fault:
    """Break the `nth` call of a method and as many after it as `times` says.

    `how` is lie (says yes, nothing has happened), value (answers `value` instead), raise, hang or before
    (`value` is done first: an act of the user's).
    """

    method: str
    how: str
    nth: int = 1
    times: int = 1
    value: Any = None
    seen: int = 0

    def meets(self, spoken: str) -> bool:
        """Count a call and tell whether the fault falls on it."""
        if self.method not in (spoken, spoken.partition(".")[2]):
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times


@dataclass
class Calls:
    """The one door to a Resolve: a call at a time."""

    app: App
    act: Callable[[str, list[Any], dict[str, Any]], Any]
    journal: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    allowed: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    hung: bool = False
    free: threading.Condition = field(default_factory=threading.Condition)

    def call(self, on: list[Any], name: str, args: list[Any], via: str, boot: int) -> Any:
        """Make one call over a connection of a certain start of Resolve; raises CallError."""
        with self.free:
            method = self._method(on[0], name)
            if method is None or not method.takes(len(args)):
                wanted = " ".join(method.arguments) if method else "nothing"
                raise CallError("TypeError", f"{on[0]}.{name}: {len(args)} arguments; it takes {wanted}")
            if self.app.saved is None:  # what was made before any script came is on disk
                self.app.saved = copy.deepcopy(self.app.project)
            entry = {"method": method.spoken, "id": on[1], "args": _shown(args), "via": via, "answer": None}
            self.journal.append(entry)
            met = [fault for fault in self.faults if fault.meets(method.spoken)]
            answer = self._answer(method, on, args, met, boot)
            entry["answer"] = _shown(answer)
            return answer

    def _method(self, kind: str, name: str) -> Method | None:
        method = methods().get((kind, name))
        return method if method and method.since <= self.app.profile.version else None

    def _answer(self, method: Method, on: list[Any], args: list[Any], met: list[Fault], boot: int) -> Any:
        for fault in met:
            if fault.how == "before":
                self.act(*fault.value)
        if not self.app.running or boot != self.app.boot:
            if self.app.knobs.gone == "none":
                return None
            raise CallError("RuntimeError", f"{method.spoken}: Resolve has closed")
        self._wait(lambda: self.app.modal is None and not self.hung)
        if method.spoken in self.app.knobs.hang_on or any(fault.how == "hang" for fault in met):
            self._hang()
        if self._forbidden(method, args):
            self.refused.append(method.spoken)
            raise CallError("ForbiddenCall", f"{method.spoken}: destroys what is the user's; don't call it")
        if (gate := self._gate(method)) is not None:
            return gate[0]
        thing = self.resolve(on)
        if isinstance(thing, Dead):
            if self.app.knobs.dead_handles == "raise":
                raise CallError("RuntimeError", f"{method.spoken}: the object is no more")
            return None
        return self._broken(method, thing, on, args, met)

    def _wait(self, done: Callable[[], bool]) -> None:
        """Wait for the user; what waits is carried out then, even where its caller has given up."""
        app, boot = self.app, self.app.boot
        while not done():
            self.free.wait(0.2)
            if self.app is not app or app.boot != boot or not app.running:
                raise CallError("RuntimeError", "the Resolve that this call hung in is gone")

    def _hang(self) -> None:
        """Hang, and every later call too (4.8), until Resolve is ended or the faults are taken back."""
        self.hung = True
        try:
            self._wait(lambda: not self.hung)
        finally:
            self.hung = False
        raise CallError("RuntimeError", "the call that hung was given up")

    def _forbidden(self, method: Method, args: list[Any]) -> bool:
        starts = method.spoken == "Project.StartRendering"
        whole_queue = starts and not (args and isinstance(args[0], list) and args[0])
        return (method.forbidden or whole_queue) and method.name not in self.allowed

    def _gate(self, method: Method) -> tuple[Any] | None:
        """Return the answer in a wrapper where the state of Resolve decides it (18.5)."""
        app = self.app
        untitled = method.name == "SaveProject" and app.project.name == UNTITLED
        if untitled and app.profile.headless:
            self._hang()
        if method.writes and app.page is None:
            return (None,)
        if method.writes and not app.database:
            return (None if method.name == "SaveProject" else method.fail,)
        if method.writes and app.rendering and method.name != "DeleteRenderJob":
            return (method.fail,)
        return None

    def resolve(self, on: list[Any]) -> Any:
        """Return what a handle points at; a Dead where it is no more."""
        kind, uid, epoch = on
        app, project = self.app, self.app.project
        if kind in ("Resolve", "ProjectManager"):
            return None
        if epoch != app.epoch:
            return Dead(kind)
        if kind in ("Project", "MediaPool"):
            return None if uid in (project.uid, project.pool) else Dead(kind)
        place = app.item(uid.rstrip("?")) if kind in ("TimelineItem", "Graph") else None
        found: Any = {
            "Folder": project.folders.get(uid),
            "MediaPoolItem": project.clips.get(uid),
            "Timeline": app.timeline(uid),
        }.get(kind, place[4] if place else None)
        return Dead(kind) if found is None else found

    def _broken(self, method: Method, thing: Any, on: list[Any], args: list[Any], met: list[Fault]) -> Any:
        kinds = {fault.how: fault for fault in met}
        if "raise" in kinds:
            raise CallError("RuntimeError", str(kinds["raise"].value or f"{method.spoken}: it broke"))
        if "value" in kinds:
            return kinds["value"].value
        if on[1].endswith("?") and method.name == "GetUniqueId":
            return ""
        before = (copy.deepcopy(self.app.project), self.app.page) if "lie" in kinds else None
        answer = self._made(method, thing, args)
        if before is not None:
            self.app.project, self.app.page = before
        return answer

    def _made(self, method: Method, thing: Any, args: list[Any]) -> Any:
        face = FACES[method.object](self.app, thing)
        try:
            return getattr(face, method.name)(*args)
        except (TypeError, ValueError) as wrong:
            raise CallError("TypeError", f"{method.spoken}: {wrong}") from None


def _shown(value: Any) -> Any:
    """Return a value as the journal keeps it: plain, with ids for things."""
    if isinstance(value, Ref):
        return f"{value.kind}:{value.uid}"
    if isinstance(value, dict):
        return {str(key): _shown(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(one) for one in value]
    if hasattr(value, "uid"):
        return f"{type(value).__name__}:{value.uid}"
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
