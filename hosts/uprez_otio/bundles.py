"""OTIO's bundles, media inside: unpack one to read it, and write one that any OTIO reads.

OTIO's own writer takes no two files of one name, loses references that are not shown, and trips over some
names; this one takes them all.
"""

from __future__ import annotations

import contextlib
import filecmp
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from uprez.errors import HostError
from uprez_otio.edits import Edit, edited
from uprez_otio.format import Format
from uprez_otio.media_url import locate, locate_folder

CONTENT, VERSION, MEDIA = "content.otio", "version.txt", "media"
SUFFIXES = (".otioz", ".otiod")
_SAFE = "!$&'()*+,;=@-._~"
_MOST_FILES = 100_000
_SPARE = 1 << 28


def is_bundle(path: Path) -> bool:
    """Tell whether a file is to hold its media."""
    return path.suffix.lower() in SUFFIXES


def unpack(path: Path, to: Path) -> Path:
    """Lay out the media of an .otioz under a folder, where they are not there yet; returns the folder.

    Raises HostError for a bundle with strange names or more than the disk holds.
    """
    try:
        with zipfile.ZipFile(path) as bundle:
            wanted = [entry for entry in _inside(path, bundle) if not _is_out(entry, to)]
            need = sum(entry.file_size for entry in wanted)
            if wanted:
                to.mkdir(parents=True, exist_ok=True)
                if need + _SPARE > shutil.disk_usage(to).free:
                    raise HostError(f"{path}: its media take {need >> 20} MiB, more than is free; make room")
            for entry in wanted:
                _lay_out(bundle, entry, to / entry.filename)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as broken:
        raise HostError(f"{path}: can't be unpacked ({broken}); export it again") from broken
    return to


def _inside(path: Path, bundle: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    entries = bundle.infolist()
    if len(entries) > _MOST_FILES:
        raise HostError(f"{path}: holds more than {_MOST_FILES} files; unpack it by hand")
    for entry in entries:
        parts = PurePosixPath(entry.filename).parts
        if not entry.is_dir() and parts[:1] == (MEDIA,):
            if ".." in parts or "\\" in entry.filename or ":" in entry.filename or "\0" in entry.filename:
                raise HostError(f"{path}: names {entry.filename!r}, which leads out of it; export it again")
            yield entry


def _is_out(entry: zipfile.ZipInfo, to: Path) -> bool:
    there = to / entry.filename
    return there.is_file() and there.stat().st_size == entry.file_size


def _lay_out(bundle: zipfile.ZipFile, entry: zipfile.ZipInfo, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    part = to.with_name(f"{to.name}.part")
    try:
        with bundle.open(entry) as packed, part.open("wb") as out:
            shutil.copyfileobj(packed, out, 1 << 20)
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)


def packed(kind: Format, text: str, folder: Path, bundle: Path) -> tuple[str, dict[str, Path]]:
    """Return a timeline whose addresses lie in its bundle, and the files by their names there.

    Addresses count from `folder`. Media that are not on this machine stay as they are written; what a
    folder bundle holds already keeps its name.
    """
    names: dict[Path, str] = {}
    edits = []
    for address in kind.addresses(text):
        path = address.path(folder) if address.url else None
        if path is not None:
            name = names.get(path) or _free_name(path, names.values(), bundle)
            names[path] = name
            edits.append(Edit(address.start, address.end, kind.escaped(_written(name, path))))
    packed, _ = edited(text, edits)
    return packed, {name: path for path, name in names.items()}


def _written(name: str, path: Path) -> str:
    return quote(name, safe=f"/{_SAFE}") + ("/" if path.is_dir() else "")


def inside(thing: Any, media: Mapping[str, Path], folder: Path) -> Any:
    """Return what a clip had before, with the addresses that it has in the bundle."""
    if isinstance(thing, list):
        return [inside(each, media, folder) for each in thing]
    if not isinstance(thing, dict):
        return thing
    told = {key: inside(each, media, folder) for key, each in thing.items()}
    for key, find in (("target_url", locate), ("target_url_base", locate_folder)):
        url = told.get(key)
        path = find(url, folder).path if isinstance(url, str) and url else None
        name = next((name for name, there in media.items() if there == path), None)
        if name is not None and path is not None:
            told[key] = _written(name, path)
    return told


def _free_name(path: Path, taken: Iterable[str], bundle: Path) -> str:
    """Return a name inside the bundle: the file's own, with a number where another has it."""
    known = {name.lower() for name in taken}
    name, number = f"{MEDIA}/{path.name}", 1
    while name.lower() in known or _is_another(bundle / name, path):
        number += 1
        name = f"{MEDIA}/{path.stem}-{number}{path.suffix}"
    return name


def _is_another(there: Path, path: Path) -> bool:
    if path.is_dir():
        return there.exists()
    return there.is_file() and not filecmp.cmp(there, path, shallow=False)


def write_bundle(output: Path, content: bytes, media: Mapping[str, Path]) -> None:
    """Write a bundle whole or not at all. Raises HostError, with nothing changed."""
    write = _write_folder if output.suffix.lower() == ".otiod" else _write_zip
    try:
        write(output, content, media)
    except (OSError, zipfile.BadZipFile) as broken:
        raise HostError(f"{output}: can't be written ({broken}); nothing was changed") from broken


def rewrite(bundle: Path, content: bytes) -> None:
    """Give a bundle another timeline, its media as they are. Raises HostError, with nothing changed."""
    if bundle.is_dir():
        _put(bundle / CONTENT, content)
        return
    part = _part_of(bundle)
    try:
        with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(part, "w") as new:
            for entry in old.infolist():
                fresh = zipfile.ZipInfo(entry.filename, entry.date_time)
                fresh.compress_type = entry.compress_type
                with new.open(fresh, "w", force_zip64=True) as out:
                    if entry.filename == CONTENT:
                        out.write(content)
                    else:
                        with old.open(entry) as there:
                            shutil.copyfileobj(there, out, 1 << 20)
        part.replace(bundle)
    except (OSError, zipfile.BadZipFile) as broken:
        raise HostError(f"{bundle}: can't be written ({broken}); nothing was changed") from broken
    finally:
        part.unlink(missing_ok=True)


def _write_zip(output: Path, content: bytes, media: Mapping[str, Path]) -> None:
    part = _part_of(output)
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as bundle:
            bundle.writestr(VERSION, "1.0.0", zipfile.ZIP_DEFLATED)
            bundle.writestr(CONTENT, content, zipfile.ZIP_DEFLATED)
            for name, path in _files(media):
                bundle.write(path, name)
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


def _write_folder(output: Path, content: bytes, media: Mapping[str, Path]) -> None:
    """Add to a folder what is not there; its timeline is changed last, and nothing is taken away."""
    for name, path in _files(media):
        to = output / name
        if to.exists():
            continue
        to.parent.mkdir(parents=True, exist_ok=True)
        part = _part_of(to)
        try:
            shutil.copyfile(path, part)
            part.replace(to)
        finally:
            part.unlink(missing_ok=True)
    output.mkdir(parents=True, exist_ok=True)
    _put(output / VERSION, b"1.0.0")
    _put(output / CONTENT, content)


def _files(media: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    """Yield the files to pack by their names; of a folder, an image sequence's, what lies right in it."""
    for name, path in media.items():
        if path.is_dir():
            yield from ((f"{name}/{file.name}", file) for file in sorted(path.iterdir()) if file.is_file())
        else:
            yield name, path


def _put(path: Path, content: bytes) -> None:
    part = _part_of(path)
    with contextlib.ExitStack() as stack:
        stack.callback(part.unlink, missing_ok=True)
        part.write_bytes(content)
        part.replace(path)


def _part_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
