"""Read a timeline with OTIO and print it as rows; runs as a process of its own, since OTIO can be crashed.

    python -I -m uprez_otio.child rows|text TIMELINE

What it prints is our own small JSON, a list of rows on each line; the last row is `["end", count]`. Numbers
are still OTIO's floats: `convert` makes frames of them.
"""

from __future__ import annotations

import gc
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from uprez_otio.limits import BYTES, DEPTH, BadTimeline, limit_this_process

_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_NEWER_MARKER = re.compile(r'("OTIO_SCHEMA"\s*:\s*)"Marker\.(?:[3-9]|\d\d+)"')
_BATCH = 512


def main(argv: list[str]) -> int:
    """Print the rows or the OTIO JSON of a timeline; what is wrong with it goes out as one sentence."""
    limit_this_process()
    gc.disable()
    out = sys.stdout.buffer
    try:
        if argv[0] == "text":
            out.write(_text(Path(argv[1])))
        else:
            for line in _lines(Path(argv[1])):
                out.write(line)
    except (BadTimeline, OSError, zipfile.BadZipFile) as bad:
        out.write(_told(bad))
        return 3
    except RecursionError:
        out.write(_told("it is nested too deeply"))
        return 3
    except Exception as broken:  # OTIO and its adapters raise whatever they like
        out.write(_told(f"OpenTimelineIO can't read it: {' '.join(str(broken).split())[:300]}"))
        return 3
    return 0


def _told(why: object) -> bytes:
    return b"\n" + json.dumps([["error", str(why)]]).encode()


def _lines(path: Path) -> Iterator[bytes]:
    native = native_text(path)
    if native is not None:
        check_depth(native)
    from uprez_otio.walking import rows

    count, batch = 0, []
    for row in rows(_root(path, native)):
        count += 1
        batch.append(row)
        if len(batch) == _BATCH:
            yield json.dumps(batch).encode() + b"\n"
            batch = []
    yield json.dumps([*batch, ["end", count]]).encode() + b"\n"


def _text(path: Path) -> bytes:
    native = native_text(path)
    if native is not None:
        return native
    text: str = _root(path, None).to_json_string(4)
    return text.encode()


def native_text(path: Path) -> bytes | None:
    """Return the OTIO JSON that a file or bundle holds, None for other formats; raises BadTimeline."""
    suffix = path.suffix.lower()
    if suffix == ".otioz":
        with zipfile.ZipFile(path) as bundle:
            member = bundle.getinfo("content.otio")
            _check_size(member.file_size)
            return bundle.read(member)
    if suffix not in (".otio", ".otiod"):
        _check_size(path.stat().st_size)
        return None
    file = path / "content.otio" if suffix == ".otiod" else path
    _check_size(file.stat().st_size)
    return file.read_bytes()


def _check_size(size: int) -> None:
    if size == 0:
        raise BadTimeline("it is empty; export it again")
    if size > BYTES:
        raise BadTimeline(f"it has {size >> 20} MiB, more than the {BYTES >> 20} that are read; split it")


def check_depth(text: bytes) -> None:
    """Raise BadTimeline for JSON nested so deeply that OTIO would hang or crash on it."""
    brackets = text.translate(None, _NOT_BRACKETS)
    for _ in range(DEPTH):
        inside = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if len(inside) == len(brackets):
            return
        brackets = inside
    raise BadTimeline(f"it is nested more than {DEPTH} deep; export it again")


def _root(path: Path, native: bytes | None) -> Any:
    import opentimelineio as otio

    if native is None:
        return otio.adapters.read_from_file(str(path))
    try:
        text = native.decode("utf-8")
    except UnicodeDecodeError:
        raise BadTimeline("it is no UTF-8 text; export it again") from None
    try:
        return otio.core.deserialize_json_from_string(text)
    except otio.exceptions.UnsupportedSchemaError:
        if not _NEWER_MARKER.search(text):
            raise BadTimeline("it was written by a newer OpenTimelineIO; update opentimelineio") from None
    return otio.core.deserialize_json_from_string(_older_markers(text))


def _older_markers(text: str) -> str:
    """Relabel markers of schemas to come: they move no frame, and only our reading copy changes."""

    def older(thing: dict[str, Any]) -> dict[str, Any]:
        if str(thing.get("OTIO_SCHEMA", "")).startswith("Marker."):
            thing["OTIO_SCHEMA"] = "Marker.2"
            color = thing.get("color")
            thing["color"] = str(color.get("name", "")) if isinstance(color, dict) else color
        return thing

    return json.dumps(json.loads(text, object_hook=older))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
