"""Put uprez's entries into Resolve's Scripts menu, and take them away again by a receipt."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from uprez.errors import PlanError
from uprez.frozen import Frozen
from uprez.settings import state
from uprez_resolve.entries import ENTRIES, MARK, script

_BLACKMAGIC = "Blackmagic Design/DaVinci Resolve"
_MINE = {
    "darwin": f"Library/Application Support/{_BLACKMAGIC}/Fusion/Scripts",
    "win32": f"AppData/Roaming/{_BLACKMAGIC}/Support/Fusion/Scripts",
    "linux": ".local/share/DaVinciResolve/Fusion/Scripts",
}
_EVERYBODYS = {
    "darwin": f"/Library/Application Support/{_BLACKMAGIC}/Fusion/Scripts",
    "win32": f"C:/ProgramData/{_BLACKMAGIC}/Fusion/Scripts",
    "linux": "/opt/resolve/Fusion/Scripts",
}
_PAGES = "Utility"  # Resolve's folder of what is shown on all of its pages
_RECEIPT = "installed.json"


class Installed(Frozen):
    """Remember what was written, by path its digests, and the folders that were made for it.

    While files are being written a path has two: a crash leaves one or the other.
    """

    files: dict[str, tuple[str, ...]] = {}
    folders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Places:
    """Say where things go for the person at `home`; `kept` is where the receipt, the log and the lock are."""

    home: Path
    system: str = sys.platform
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    kept: Path = field(default_factory=lambda: (state() / "resolve-menu").absolute())

    @property
    def menu(self) -> Path:
        """Return the one folder that this person's Resolve shows on every page; raises PlanError."""
        if self.system not in _MINE:
            raise PlanError(f"{self.system}: Resolve does not run there; nothing was changed")
        roaming = self.environment.get("APPDATA") if self.system == "win32" else None
        if roaming:
            return Path(roaming) / f"{_BLACKMAGIC}/Support/Fusion/Scripts" / _PAGES
        return self.home / _MINE[self.system] / _PAGES

    @property
    def others(self) -> tuple[Path, ...]:
        """Return the folders in which Resolve looks besides, where copies of another age may lie."""
        top = Path(_EVERYBODYS.get(self.system, "/nowhere"))
        kinds = ("Utility", "Edit", "Comp", "Color")
        found = (folder / kind for folder in (top, self.menu.parent) for kind in kinds)
        return tuple(folder for folder in found if folder != self.menu)

    @property
    def receipt(self) -> Path:
        """Return the file that says what was installed."""
        return self.kept / _RECEIPT


def install(places: Places, *, apply: bool) -> Generator[str]:
    """Write the menu entries; says line by line what is, or without `apply` would be, done.

    Raises PlanError, with nothing changed, where a file of that name is not what uprez wrote.
    """
    known = remembered(places)
    for name in ENTRIES:
        _refuse_foreign(places.menu / name, known)
    texts = {places.menu / name: script(name, places.kept) for name in ENTRIES}
    if not apply:
        yield from (f"would write {path}" for path in texts)
        yield "nothing was changed; give --apply to do it"
        return
    made = _made(places.menu)
    after = Installed(
        files={**known.files, **{str(path): (_digest(text),) for path, text in texts.items()}},
        folders=(*known.folders, *made),
    )
    both = {path: (*known.files.get(path, ()), *digests) for path, digests in after.files.items()}
    _remember(places, after.model_copy(update={"files": both}))
    for path, text in texts.items():
        _write(path, text)
        yield f"wrote {path}"
    _remember(places, after)
    yield "restart DaVinci Resolve; the entries are under Workspace > Scripts"


def uninstall(places: Places, *, apply: bool) -> Iterator[str]:
    """Remove the menu entries; a file that somebody has changed since stays, and is named."""
    known = remembered(places)
    if not known.files:
        yield "no menu entry of uprez is installed; nothing was changed"
        return
    stay = [Path(path) for path, digests in known.files.items() if not _is(Path(path), digests)]
    gone = [Path(path) for path in known.files if Path(path) not in stay]
    yield from (f"{path} was changed since and stays; remove it yourself" for path in stay if path.exists())
    if not apply:
        yield from (f"would remove {path}" for path in gone)
        yield "nothing was changed; give --apply to do it"
        return
    for path in gone:
        _unlink(path)
        yield f"removed {path}"
    _tidy(places, known)


def wrongs(places: Places) -> Iterator[tuple[Path, str]]:
    """Say of each entry what is wrong with it, and name copies that Resolve would show besides."""
    known = remembered(places)
    for name in ENTRIES:
        path = places.menu / name
        digests = known.files.get(str(path), ())
        if not digests or not path.exists():
            yield path, "not installed; install again"
        elif not _is(path, digests):
            yield path, "changed since it was installed; install again"
        elif not _is(path, (_digest(script(name, places.kept)),)):
            yield path, "not as this uprez would write it now; install again"
    for copy in copies(places):
        yield copy, "a second copy of an entry; remove it"


def copies(places: Places) -> list[Path]:
    """Return the scripts of uprez that lie where Resolve looks but this install doesn't write."""
    there = (folder / name for folder in places.others for name in ENTRIES)
    return [path for path in there if MARK in _text(path)]


def remembered(places: Places) -> Installed:
    """Read the receipt; nothing is remembered where there is none. Raises PlanError where it is damaged."""
    try:
        return Installed.model_validate_json(places.receipt.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return Installed()
    except (OSError, ValidationError):
        raise PlanError(
            f"{places.receipt}: the receipt of the menu entries can't be read; remove the entries in "
            f"{places.menu} and this file by hand"
        ) from None


def _refuse_foreign(path: Path, known: Installed) -> None:
    if path.exists() and not _is(path, known.files.get(str(path), ())):
        raise PlanError(f"{path}: is not as uprez wrote it, or not its own; move it away and install again")


def _made(folder: Path) -> list[str]:
    """Make a folder and return those that had to be made, the deepest first."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as broken:
        raise PlanError(f"{folder}: can't be made ({broken.strerror}); mend its permissions") from None
    return [str(one) for one in missing]


def _remember(places: Places, installed: Installed) -> None:
    """Write the receipt before what it speaks of: a crash must leave nothing that nobody knows of."""
    try:
        places.kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as broken:
        raise PlanError(f"{places.kept}: can't be made ({broken.strerror}); mend its permissions") from None
    _write(places.receipt, installed.model_dump_json(indent=1).encode())


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as broken:
        part.unlink(missing_ok=True)
        raise PlanError(f"{path}: can't be written ({broken.strerror}); mend its permissions") from None


def _unlink(path: Path) -> None:
    try:
        path.unlink()
    except OSError as broken:
        raise PlanError(f"{path}: can't be removed ({broken.strerror}); mend its permissions") from None


def _tidy(places: Places, known: Installed) -> None:
    """Take away the folders that were made, as far as nobody put anything in them, and what was kept."""
    for file in places.kept.iterdir():
        _unlink(file)
    for folder in (*map(Path, known.folders), places.kept):
        with contextlib.suppress(OSError):
            folder.rmdir()


def _is(path: Path, digests: Sequence[str]) -> bool:
    try:
        return _digest(path.read_bytes()) in digests
    except OSError:
        return False


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
