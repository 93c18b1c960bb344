"""One entry of Resolve's Scripts menu: start uprez beside Resolve and answer its calls until it hangs up.

`uprez resolve install` joins table.py, serving.py and this file into one file for each entry, and fills in
INSTALLED, since a menu script has no sure __file__ and nothing beside it that it could import.
"""

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import webbrowser

from serving import Table, answer

INSTALLED = None
FIRST, NEXT, TICK = 120.0, 900.0, 0.25  # seconds: for uprez to call, to call again, between two looks
LARGEST = 1 << 20  # bytes of log, then a new one begins
DROPPED = ("PYTHON", "DYLD_", "LD_", "QT_", "VIRTUAL_ENV", "__PYVENV")


class Trouble(Exception):
    """Why nothing happens, in one sentence for a person."""


class Bridge:
    """Answer one caller at a time that knows the token; nobody else gets a word."""

    def __init__(self, resolve):
        self.table = Table(resolve)
        self.token = secrets.token_hex(32)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(4)
        self.socket.settimeout(TICK)
        self.port = self.socket.getsockname()[1]

    def serve(self, goes_on):
        """Answer until uprez says that it is done, ends, or lets too long pass between two calls."""
        until = time.time() + FIRST
        while goes_on() and time.time() < until:
            try:
                caller = self.socket.accept()[0]
            except socket.timeout:
                continue
            told = self.converse(caller, goes_on)
            self.table.forget()
            if told == "end":
                return True
            if told is not None:
                until = time.time() + NEXT
        return False

    def converse(self, caller, goes_on):
        """Answer the lines of one caller; returns "end" where it says so, None where its token is wrong."""
        lines, known = Lines(caller, goes_on), None
        try:
            told = lines.next(5.0)
            if told is None or not secrets.compare_digest(told.encode(), self.token.encode()):
                return None
            known = ""
            for line in iter(lines.next, None):
                if line == "end":
                    return line
                caller.sendall((answer(line, self.table) + "\n").encode("ascii"))
            return known
        except (OSError, ValueError):
            return known
        finally:
            caller.close()


class Lines:
    """Read lines off a socket for as long as it makes sense to wait for them."""

    def __init__(self, caller, goes_on):
        caller.settimeout(TICK)
        self.caller, self.goes_on, self.rest = caller, goes_on, b""

    def next(self, patience=None):
        """Return the next line, None where none comes."""
        until = None if patience is None else time.time() + patience
        while b"\n" not in self.rest:
            if not self.goes_on() or (until is not None and (time.time() > until or len(self.rest) > 4096)):
                return None
            try:
                more = self.caller.recv(65536)
            except socket.timeout:
                continue
            if not more:
                return None
            self.rest += more
        line, _, self.rest = self.rest.partition(b"\n")
        return line.decode("utf-8")


def lives(pid, port):
    """Tell whether an entry that wrote its number down is still at work: it would hold its port."""
    probe = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    probe.settimeout(2)
    try:
        probe.connect(("127.0.0.1", port))
    except (OSError, OverflowError, TypeError):
        return False
    finally:
        probe.close()
    if os.name == "nt":
        return True
    try:
        os.kill(pid, 0)
    except (OSError, OverflowError, TypeError):
        return False
    return True


def alone(bridge):
    """Write down who is at work; raises Trouble where another entry is."""
    try:
        with open(INSTALLED["lock"], "r") as file:
            other = json.load(file)
    except (OSError, ValueError):
        other = {}
    if isinstance(other, dict) and "port" in other and lives(other.get("pid"), other["port"]):
        raise Trouble("uprez is still reading the timeline for an earlier click; wait a moment and try again")
    with open(INSTALLED["lock"], "w") as file:
        json.dump({"pid": os.getpid(), "port": bridge.port}, file)


def started(bridge):
    """Start uprez in its own environment, so that it lives on when this entry and Resolve end."""
    python = INSTALLED["python"]
    if not os.path.isfile(python):
        raise Trouble("uprez is not at %s any more; run `uprez resolve install --apply` again" % python)
    environment = {name: os.environ[name] for name in os.environ if not name.upper().startswith(DROPPED)}
    environment.update(INSTALLED["environment"])
    environment["UPREZ_RESOLVE_BRIDGE"] = "%d %s" % (bridge.port, bridge.token)
    words = [python, "-P", "-m", "uprez_resolve.inapp", INSTALLED["action"]]
    with open(INSTALLED["log"], "ab") as log:
        return subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
            cwd=os.path.expanduser("~"), close_fds=True, **apart()
        )  # fmt: skip


def apart():
    """Return how a process is started that doesn't end with this one."""
    return {"creationflags": 0x00000208} if os.name == "nt" else {"start_new_session": True}


def found(names):
    """Return Resolve as it hands itself to its menu scripts."""
    resolve = names.get("resolve")
    if resolve is None and names.get("bmd") is not None:
        resolve = names["bmd"].scriptapp("Resolve")
    if resolve is None:
        raise Trouble(
            "DaVinci Resolve did not hand itself to this menu entry; since 21.1 only Studio does, and the "
            "free edition works with files: export the timeline as OTIO and run `uprez run` on it"
        )
    return resolve


def entry(names):
    """Carry the entry out; whatever keeps it from that is shown, never swallowed."""
    note("%s with Python %s" % (INSTALLED["action"], sys.version.split()[0]))
    try:
        bridge = Bridge(found(names))
        alone(bridge)
        work(bridge)
    except Trouble as trouble:
        show(str(trouble))
    except Exception as failure:
        show("the menu entry failed (%s: %s); please report it" % (type(failure).__name__, failure))


def work(bridge):
    """Start uprez and answer it; a uprez that ends at once has said why in the log."""
    try:
        child = started(bridge)
        window = os.getppid()
        ended = bridge.serve(lambda: child.poll() is None and os.getppid() == window)
        bridge.socket.close()
        if not ended and child.poll():
            raise Trouble("uprez ended with a fault")
    finally:
        bridge.socket.close()
        with contextlib.suppress(OSError):
            os.remove(INSTALLED["lock"])


def note(sentence):
    """Write a line into the log; one that can't be written keeps nothing from being done."""
    log = INSTALLED["log"]
    line = "%s menu: %s\n" % (time.strftime("%Y-%m-%d %H:%M:%S"), sentence)
    with contextlib.suppress(OSError):
        os.makedirs(os.path.dirname(log), exist_ok=True)
        if os.path.exists(log) and os.path.getsize(log) > LARGEST:
            os.replace(log, log + ".old")
        with open(log, "ab") as file:
            file.write(line.encode("utf-8", "backslashreplace"))


def show(sentence):
    """Say what is wrong where it will be seen: Resolve's console, the log, and a page in the browser."""
    note(sentence)
    sentence = "%s. The log is %s" % (sentence, INSTALLED["log"])
    print("uprez: " + sentence)
    safe = sentence.replace("&", "&amp;").replace("<", "&lt;")
    page = "<!doctype html><meta charset=utf-8><title>uprez</title><h1>uprez</h1><p>%s</p>" % safe
    for name in [name for name in os.environ if name.upper().startswith(DROPPED)]:
        del os.environ[name]  # a browser can't live with Resolve's libraries
    with contextlib.suppress(OSError):  # then the console has to do
        with open(INSTALLED["page"], "wb") as file:
            file.write(page.encode("utf-8", "backslashreplace"))
        webbrowser.open(INSTALLED["page_address"])


if INSTALLED is not None:
    entry(globals())
