"""What happens behind an entry of Resolve's menu, in a process that outlives the entry and Resolve."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from uprez.errors import UprezError
from uprez.outcome import Progress
from uprez.plugins import Plugins, load
from uprez.redaction import guard_logs, masked
from uprez.session import Session
from uprez.settings import Settings, read_settings
from uprez_resolve import actions
from uprez_resolve.entries import LOG, log_of
from uprez_resolve.installing import Places
from uprez_resolve.reach import let_go
from uprez_resolve.telling import Page

LINGERS = 600.0  # seconds for the browser to fetch the last word
TITLES = {
    "upscale": "uprez: upscale selected clips",
    "quote": "uprez: quote selected clips",
    "bring": "uprez: bring back what is finished",
    "compare": "uprez: compare before and after",
    "revert": "uprez: revert to original",
}
_log = logging.getLogger("uprez")


@dataclass
class Job:
    """Hold what one entry works with: the page it tells things on, and how it opens a timeline.

    `free` tells that Resolve is the free edition.
    """

    page: Page
    log: Path
    settings: Settings = field(default_factory=lambda: read_settings(Path.home()))
    plugins: Plugins = field(init=False)
    names: dict[str, str] = field(default_factory=dict)
    free: bool = False

    def __post_init__(self) -> None:
        self.plugins = load(self.settings.plugins)

    def session(self, address: str, workspace: Path | None = None) -> Session:
        """Open a timeline. Raises PlanError, HostGone."""
        return Session(address, self.plugins, workspace=workspace, settings=self.settings, watch=self._step)

    def say(self, sentence: str) -> None:
        """Tell a sentence on the page and in the log."""
        _log.warning("%s", sentence)

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Put on the page what the block prints, so that it says the very words of the command line."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            yield
        text = masked(printed.getvalue()).rstrip()
        if text:
            _log.info("%s", text)
            self.page.show(text)

    def heard(self, record: logging.LogRecord) -> bool:
        """Tell on the page what a person is told in the log, such as how --selected was understood."""
        if record.levelno == logging.WARNING:
            self.page.say(masked(record.getMessage()))
        return True

    def _step(self, progress: Progress) -> None:
        name = self.names.get(progress.order, progress.order)
        count = f" {progress.done} of {progress.total} frames" if progress.total else ""
        self.page.told.steps[progress.order] = f"{name}: {progress.stage}{count}"


def carried_out(action: str, page: Page, log: Path, lingers: float = LINGERS) -> int:
    """Do what an entry asks for and tell it on the page; what goes wrong is told with the log's place."""
    code = 0
    try:
        job = Job(page, log)
        _log.addFilter(job.heard)
        _ACTIONS[action](job)
    except UprezError as refused:
        code = _wrong(page, log, str(refused))
    except Exception as bug:
        _log.exception("a fault")
        code = _wrong(page, log, f"a fault in uprez itself ({type(bug).__name__}: {bug}); please report it")
    finally:
        let_go()
        page.end(lingers)
    return code


def main(words: Sequence[str] = sys.argv) -> int:
    """Carry out one entry, named by its word; its log is what the menu entry gave as stderr."""
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s uprez: %(message)s")
    guard_logs()
    action = words[1] if len(words) == 2 else ""
    if action not in _ACTIONS:
        _log.error("no such entry: %s", " ".join(words[1:]))
        return 2
    page = Page(TITLES[action])
    if action != "compare" and not page.open():
        _log.warning("no browser could be opened; the page is at %s", page.address)
    return carried_out(action, page, Path(os.environ.get(LOG) or log_of(Places(Path.home()).kept)))


def _wrong(page: Page, log: Path, sentence: str) -> int:
    sentence = masked(sentence)
    _log.error("%s", sentence)
    page.told.wrong = f"{sentence}. The log is {log}."
    if not page.opened:
        page.open()
    return 1


_ACTIONS: dict[str, Callable[[Job], None]] = {
    "upscale": actions.upscale,
    "quote": actions.quote,
    "bring": actions.bring,
    "compare": actions.compare,
    "revert": actions.revert,
}

if __name__ == "__main__":
    sys.exit(main())
