"""Read the addresses that editors write for their media, and write new ones in the same style."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePath
from urllib.parse import quote, unquote

_DRIVE = re.compile(r"^[A-Za-z]:[\\/]")
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+):")
_FILE = re.compile(r"^file:(//(?P<host>[^/\\]*))?(?P<path>[/\\]?.*)$", re.IGNORECASE | re.DOTALL)
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_SAFE = "/~!$&'()*+,;=@-._"


@dataclass(frozen=True, slots=True)
class Address:
    """Hold where a media address points on this machine; `path` is None where it can't, `why` says so."""

    path: Path | None
    why: str = ""


def locate(url: str, folder: Path) -> Address:
    """Find the file that `url`, written in a timeline in `folder`, means; opens nothing."""
    if not url or "\0" in url:
        return Address(None, "its media has no address; relink it in your editor")
    paths = [Path(os.path.normpath(folder / path)) for path in _candidates(url) if path]
    if not paths:
        return Address(None, _elsewhere(url))
    found = next((path for path in paths if _is_file(path)), None)
    if found is None:
        return Address(None, f"its media is offline ({paths[0]}); put it there or relink it in your editor")
    return Address(found.absolute())


def locate_folder(url: str, folder: Path) -> Address:
    """Find the folder that `url`, written in a timeline in `folder`, means; an empty one is that folder."""
    if not url:
        return Address(folder.absolute())
    paths = [Path(os.path.normpath(folder / path)) for path in _candidates(url) if path and "\0" not in path]
    found = next((path for path in paths if path.is_dir()), None)
    if found is None:
        return Address(None, f"its media is offline ({url}); put it there or relink it in your editor")
    return Address(found.absolute())


def is_relative(url: str) -> bool:
    """Tell whether an address counts from the timeline's folder."""
    return bool(url) and not _SCHEME.match(url) and not _is_absolute(url)


def like(url: str, path: Path, folder: Path, origin: Path) -> str:
    """Write `path` for a timeline in `folder` in the style in which one in `origin` wrote `url`."""
    if not _DRIVE.match(url) and _SCHEME.match(url):
        return _like_file(url, path)
    if _is_absolute(url):
        return str(path) if "\\" in url else path.as_posix()
    try:
        text = Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive
        text = path.as_posix()
    if _is_escaped(url, origin):
        text = quote(text, safe=_SAFE)
    return f"./{text}" if url.startswith("./") and not text.startswith("..") else text


def _candidates(url: str) -> list[str]:
    """Return the paths that an address may mean, the likelier first; none where it is not of this machine."""
    if _DRIVE.match(url) or url.startswith("\\\\"):
        return [url] if os.name == "nt" else []
    scheme = _SCHEME.match(url)
    if scheme and scheme[1].lower() != "file":
        return []
    match = _FILE.match(url) if scheme else None
    if match is None:
        return [url, unquote(url)]
    host, path = match["host"] or "", match["path"]
    if host.lower() not in ("", "localhost"):
        return [f"//{host}{unquote(path)}"] if os.name == "nt" else []
    both = [unquote(path), path]
    if _DRIVE.match(both[0].lstrip("/")):
        return [path.lstrip("/") for path in both] if os.name == "nt" else []
    return both


def _elsewhere(url: str) -> str:
    scheme = _SCHEME.match(url)
    if scheme and scheme[1].lower() != "file" and not _DRIVE.match(url):
        return f"its media is not a file ({scheme[1]}:); bring it to this machine and relink it"
    return f"its media is offline ({url}); relink it to a file on this machine"


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _is_absolute(url: str) -> bool:
    return url.startswith(("/", "\\\\")) or bool(_DRIVE.match(url))


def _is_escaped(url: str, folder: Path) -> bool:
    return bool(_PERCENT.search(url)) and not _is_file(folder / url)


def _like_file(url: str, path: PurePath) -> str:
    host = "localhost" if url.lower().startswith("file://localhost/") else ""
    start = f"file://{host}" if url[5:7] == "//" else "file:"
    text = path.as_posix()
    text = text if text.startswith("/") else f"/{text}"
    raw = " " in url or (not _PERCENT.search(url) and not url.isascii())
    if raw:
        return start + text
    colon = "" if re.search(r"/[A-Za-z]%3a/", url, re.IGNORECASE) else ":"
    return start + quote(text, safe=_SAFE + colon)
